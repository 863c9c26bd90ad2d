"""RNE (INPI): French legal units, sites, officers by role code, events and filed acts (SOURCES section 3)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Batch, NotAnAnswerError, SourceTerms
from connectors.rne_account import Account
from connectors.rne_company import batch_of, corporate_managers, read_company, redact_company
from connectors.rne_events import read_acts, redact_acts
from connectors.rne_fields import MAY_BE_ABSENT
from connectors.rne_shared import SOURCE, Reading
from connectors.strict_json import read_json, write_json
from schemas.frames import Appointment, Establishment, LegalUnit, Notice
from schemas.identifiers import normalise_siren
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

FRAMES = {
    "legal_units": LegalUnit,
    "establishments": Establishment,
    "appointments": Appointment,
    "notices": Notice,
}
__all__ = ["CONNECTOR", "MAY_BE_ABSENT", "Rne"]

CHANGES = "companies/diff"
UNITS_A_QUESTION = 100  # values of siren[]
NEXT_PAGE = "pagination-search-after"  # the header that holds the SIREN to go on behind
ONE_DAY = timedelta(days=1)

TERMS = SourceTerms(
    title="Registre national des entreprises (RNE)",
    publisher="Institut national de la propriété industrielle (INPI)",
    homepage="https://data.inpi.fr/content/editorial/Acces_API_Entreprises",
    base_url="https://registre-national-entreprises.inpi.fr/api",
    licence="LicenseRef-INPI-RNE-homologated",
    attribution="Source : INPI, Registre national des entreprises, licence homologuée RNE",
    personal_data=(
        "Names officers with their birth month, home commune and nationality. diffusionCommerciale false (opposition "
        "to prospecting) and diffusionINSEE P or N are read as P: a natural person is not kept at all, a legal one "
        "without street and officers. Home addresses, nationality, beneficial owners, the persons behind a corporate "
        "officer and a sole trader's own name are not read; the birth month only tells namesakes apart."
    ),
    requests_per_second=0.8,
    needs_key=True,
    checked_on=date(2026, 11, 24),
    retention_days=365,
    own_limit="10,000 requests a day an account; above 1 request/s the connection is cut (third parties)",
)


class Rne:
    """The connector. Its key is `USER:PASSWORD` of an INPI account that may use the API."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """What changed of the units that we know, the acts that those filed, then the units that are new to us.

        Only units of the universe are asked for (`siren[]`): the whole register's changes of a day would bring the
        persons of 15,000 other companies.

        Raises:
            SourceUnavailableError: no login, the day's requests are used up, or the register is out of order. The
                client's cursor then says where the next night goes on.
        """
        wanted = sorted(set(window.identifiers.get("FR-RCS", ())))
        if not wanted:
            return
        account = Account(client)
        last = (window.until or datetime.now(UTC)).date()
        is_new = window.since is None and not window.cursor
        known = [] if is_new else [siren for siren in wanted if siren in window.told]
        for first, until, sirens in _periods(window, last, known):
            yield from _read_changes(account, first, until, sirens)
        yesterday = str(last - ONE_DAY)  # changes of the day that is under way are read again tomorrow
        client.cursor = {"from": yesterday, "to": yesterday, "after": ""}
        yield from _look_up(account, [siren for siren in wanted if siren not in known])
        client.cursor = {}

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One company, a page of changed companies, or the acts that one company filed."""
        answer = _read_answer(payload)
        reading = Reading()
        if isinstance(answer, list):
            for item in answer:
                envelope = reading.record(item, "[]")
                company = envelope.raw("company", dict, optional=False)
                if company is None:
                    envelope.reject("[].company is empty")
                if reading.close(envelope, None, "one company"):
                    read_company(reading, company, "[].company")
        elif "actes" in answer:
            read_acts(reading, answer)
        else:
            read_company(reading, answer, "")
        yield batch_of(reading, FRAMES)

    def dated(self, payload: Payload) -> datetime | None:
        """When the register last touched the one company of the answer (UTC); a page of several has no date."""
        try:
            answer = read_json(payload.body)
            instant = datetime.fromisoformat(answer["updatedAt"])
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (NotAnAnswerError, LookupError, TypeError, ValueError, OverflowError):
            return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these units (SIREN), sites (SIRET), officers or events (keys of their rows)."""
        answer = _read_answer(payload)
        if isinstance(answer, list):
            kept = []
            for item in answer:
                company = item.get("company") if isinstance(item, dict) else None
                if not isinstance(company, dict):
                    kept.append(item)
                elif (left := redact_company(company, source_keys)) is not None:
                    kept.append({**item, "company": left})
            return write_json(kept) if kept or not answer else None
        if "actes" in answer:
            acts = redact_acts(answer, source_keys)
            return None if acts is None else write_json(acts)
        left = redact_company(answer, source_keys)
        return None if left is None else write_json(left)


CONNECTOR = Rne()


# ------------------------------------------------------------------------------------------------------- asking


def _periods(window: Watermark, last: date, known: Sequence[str]) -> Iterator[tuple[date, date, list[str]]]:
    """(day before the first, last day, units): first what a stopped night left, then what came since.

    The cursor says: of the changes after `from` up to `to`, those of the units up to `after` are read.
    """
    if window.cursor:
        start, end = (date.fromisoformat(window.cursor[name]) for name in ("from", "to"))
        if start < end:
            yield start, end, [siren for siren in known if siren > window.cursor.get("after", "")]
    elif window.since is not None:
        end = window.since.date() - ONE_DAY  # `from` is excluded: the day of the last night is read again
    else:
        return
    if end < last:
        yield end, last, list(known)


def _read_changes(account: Account, first: date, last: date, sirens: Sequence[str]) -> Iterator[Payload]:
    """The changes after day `first` up to day `last` of these units, each page followed by its companies' acts."""
    place = {"from": str(first), "to": str(last)}
    for start in range(0, len(sirens), UNITS_A_QUESTION):
        some = sirens[start : start + UNITS_A_QUESTION]
        question = {"from": str(first), "to": str(last), "siren[]": some}
        marker = ""
        while True:
            page = account.read_page(CHANGES, question | ({"searchAfter": marker} if marker else {}))
            changed = _sirens_in(page)
            if changed is None:  # parse will refuse it by name; behind it nobody knows where to go on
                yield page
                break
            if not changed:
                break
            yield page
            yield from _attachments(account, [siren for siren in changed if siren in set(some)])
            following = page.headers.get(NEXT_PAGE, "").strip()
            if not following or following == marker:
                break
            marker = following
            if normalise_siren(marker):
                account.client.cursor = {**place, "after": marker}
        account.client.cursor = {**place, "after": some[-1]}


def _attachments(account: Account, sirens: Iterable[str]) -> Iterator[Payload]:
    for siren in dict.fromkeys(sirens):
        payload = account.ask(f"companies/{siren}/attachments")
        if payload.status != 404:
            yield payload


def _look_up(account: Account, sirens: Sequence[str]) -> Iterator[Payload]:
    """One question each; where all who lead a company are companies, those as well: one level, never more."""
    asked = set(sirens)
    for siren in sirens:
        payload = account.ask(f"companies/{siren}")
        if payload.status == 404:
            continue
        yield payload
        for manager in _managers_in(payload):
            if manager not in asked:  # nor itself: a company may stand among its own officers
                asked.add(manager)
                found = account.ask(f"companies/{manager}")
                if found.status != 404:
                    yield found


def _sirens_in(page: Payload) -> list[str] | None:
    """The units of a page in its order; None where it is no page."""
    try:
        items = read_json(page.body)
    except NotAnAnswerError:
        return None
    if not isinstance(items, list):
        return None
    companies = [item.get("company") for item in items if isinstance(item, dict)]
    return [str(company.get("siren")) for company in companies if isinstance(company, dict)]


def _managers_in(payload: Payload) -> list[str]:
    try:
        return corporate_managers(read_json(payload.body))
    except NotAnAnswerError:
        return []


# ------------------------------------------------------------------------------------------------------ reading


def _read_answer(payload: Payload) -> dict[str, Any] | list[Any]:
    answer = read_json(payload.body)
    if isinstance(answer, list) and (answer or payload.key.startswith(CHANGES)):
        if not any(isinstance(item, dict) and "company" in item for item in answer) and answer:
            raise NotAnAnswerError(f"no answer of {SOURCE}: expected a list of objects with company")
        return answer
    if isinstance(answer, dict) and (
        isinstance(answer.get("formality"), dict) or isinstance(answer.get("actes"), list)
    ):
        return answer
    said = answer.get("message") or answer.get("error") if isinstance(answer, dict) else None
    told = f"; it says {str(said)[:200]!r}" if said else ""
    raise NotAnAnswerError(f"no answer of {SOURCE}: expected formality, actes or a list of companies{told}")
