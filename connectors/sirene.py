"""Sirene (INSEE): French legal units and sites, from the API 3.11 and from the stock files (SOURCES section 2)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import STREET_OF, Batch, NotAnAnswerError, SourceTerms, SourceUnavailableError
from connectors.rows import make_batch, to_frames
from connectors.sirene_records import MASK, NEVER_NULL, SOURCE, STREET, Reading, read_site, read_unit
from connectors.sirene_stock import is_stock, read_stock, redact_stock
from connectors.strict_json import read_json, write_json
from schemas.frames import Establishment, LegalUnit
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

__all__ = ["CONNECTOR", "NEVER_NULL", "Sirene"]

FRAMES = {"legal_units": LegalUnit, "establishments": Establishment}
KEY_HEADER = "X-INSEE-Api-Key-Integration"
FRESHNESS = "informations"
LISTS = {"unitesLegales": "uniteLegale", "etablissements": "etablissement"}  # several, one
PAGE_SIZE = 1000
UNITS_A_QUESTION = 80  # names of a question's units; the address stays below 4 kB
ONE_DAY = timedelta(days=1)
FIRST_CURSOR = "*"

TERMS = SourceTerms(
    title="API Sirene 3.11 et fichiers stock Sirene",
    publisher="Institut national de la statistique et des études économiques (INSEE)",
    homepage="https://portail-api.insee.fr/",
    base_url="https://api.insee.fr/api-sirene/3.11",
    licence="Licence-Ouverte-2.0",
    attribution="Source : INSEE, répertoire Sirene, Licence Ouverte 2.0",
    personal_data=(
        "statutDiffusion P or N means that the unit opposed (INSEE's notice on prospecting): a natural person is not "
        "kept at all, a legal one without street. Names, sex and first names of natural persons are not read, nor "
        "their street. [ND] is null."
    ),
    requests_per_second=0.45,
    needs_key=True,
    checked_on=date(2026, 11, 24),
    retention_days=365,
    own_limit="30 requests/min",
)


class Sirene:
    """The connector. `fetch` asks the API; a stock file (CSV, zip or parquet) comes by `archive import`."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """Day by day what INSEE took in of the units that we know, then every site of the units that are new to us.

        Nothing is asked on the first of a month: the stock is exchanged then, and the days are read by the next night.
        The cursor says up to which day the updates are read: it stays where it is while INSEE has put out nothing new.

        Raises:
            SourceUnavailableError: the list of a day is not shown whole.
        """
        wanted = sorted(set(window.identifiers.get("FR-RCS", ())))
        client.cursor = dict(window.cursor)
        if not wanted:
            return
        if window.until is not None and window.until.day == 1:
            client.notes.append(f"{SOURCE}: not asked on the first of a month, when the stock is exchanged")
            if not window.cursor and window.since is not None:
                client.cursor = {"read_until": str(window.since.date())}
            return
        if client.key:
            client.authorise({KEY_HEADER: client.key})
        state = client.get(FRESHNESS)
        newest = _newest_day(state)
        yield state
        last = min(newest, window.until.date()) if window.until else newest
        told = [siren for siren in wanted if siren in window.told]
        if first := _first_day(window):
            for number in range((last - first).days + 1):
                day = first + number * ONE_DAY
                yield from _read_lists(client, told, f"dateDernierTraitementEtablissement:{day}")
                yield from _read_lists(
                    client, told, f"etablissementSiege:true AND dateDernierTraitementUniteLegale:{day}"
                )
        new = wanted if first is None else [siren for siren in wanted if siren not in window.told]
        yield from _read_lists(client, new, "")
        client.cursor = {"read_until": str(max(last, first) if first else last)}

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """A page of sites or units, one of them, the state of the service (which holds no record), or a stock file."""
        if is_stock(payload.body):
            yield from read_stock(payload.body, FRAMES)
            return
        answer = _read_answer(payload)
        reading = Reading()
        for name in LISTS:
            for value in _listed(answer, name):
                if name == "unitesLegales":
                    read_unit(reading, value, _path(answer, name))
                else:
                    read_site(reading, value, _path(answer, name))
        frames, refused = to_frames(FRAMES, reading.rows)
        yield make_batch(frames, (*reading.rejected, *refused), reading.unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content, a stock file's month stands in its title only."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer or stock file without these units (SIREN), sites (SIRET) or streets."""
        if is_stock(payload.body):
            return redact_stock(payload.body, source_keys)
        answer = _read_answer(payload)
        gone = left = 0
        for name, single in LISTS.items():
            records = _listed(answer, name)
            kept = [record for record in records if not _names_one(record, source_keys)]
            gone, left = gone + len(records) - len(kept), left + len(kept)
            for record in kept:
                _mask_street(record, source_keys)
            if name in answer:
                answer[name] = kept
            elif records and not kept:
                del answer[single]
        if gone and not left:
            return None
        if gone and isinstance(answer.get("header"), dict) and isinstance(answer["header"].get("total"), int):
            answer["header"]["total"] = max(answer["header"]["total"] - gone, 0)
        return write_json(answer)


CONNECTOR = Sirene()


# ------------------------------------------------------------------------------------------------------- asking


def _first_day(window: Watermark) -> date | None:
    """The first day of updates to read, the one that was read last again; None when nothing was read yet."""
    if window.cursor:
        return date.fromisoformat(window.cursor["read_until"])
    return window.since.date() if window.since else None


def _newest_day(state: Payload) -> date:
    """Up to which day the service holds INSEE's updates: the day before it last put data at disposal."""
    try:
        told = read_json(state.body)["datesDernieresMisesAJourDesDonnees"]
        days = [date.fromisoformat(str(one["dateDerniereMiseADisposition"])[:10]) for one in told]
        return min(days) - ONE_DAY
    except (NotAnAnswerError, LookupError, TypeError, ValueError) as error:
        raise SourceUnavailableError(
            f"{SOURCE}: {FRESHNESS} does not say how fresh the data are. Known values stay; run again later."
        ) from error


def _read_lists(client: "PoliteClient", sirens: Sequence[str], rule: str) -> Iterator[Payload]:
    """All sites that fit, of these units, by cursor to the end."""
    for start in range(0, len(sirens), UNITS_A_QUESTION):
        units = " OR ".join(f"siren:{siren}" for siren in sirens[start : start + UNITS_A_QUESTION])
        query = f"{rule} AND ({units})" if rule else f"({units})"
        cursor = FIRST_CURSOR
        while True:
            page = client.get("siret", {"q": query, "nombre": PAGE_SIZE, "curseur": cursor})
            if page.status == 404:  # its way to say that nothing fits
                break
            following = _next_cursor(page)
            yield page
            if not following or following == cursor:
                break
            cursor = following


def _next_cursor(page: Payload) -> str:
    try:
        header = _read_answer(page)["header"]
        return str(header.get("curseurSuivant") or "")
    except NotAnAnswerError as error:
        raise SourceUnavailableError(f"{SOURCE}: {page.key}: {error}. Known values stay; run again later.") from error
    except (LookupError, AttributeError):
        return ""


# ------------------------------------------------------------------------------------------------------ reading


def _read_answer(payload: Payload) -> dict[str, Any]:
    answer = read_json(payload.body)
    if not isinstance(answer, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object with header")
    if isinstance(answer.get("datesDernieresMisesAJourDesDonnees"), list):
        return answer
    kinds = {**dict.fromkeys(LISTS, list), **dict.fromkeys(LISTS.values(), dict)}
    if not any(isinstance(answer.get(name), kind) for name, kind in kinds.items()):
        said = answer.get("header") or answer.get("message") or answer.get("fault")
        told = f"; it says {str(said)[:200]!r}" if said else ""
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected {' or '.join(LISTS)}{told}")
    return answer


def _listed(answer: Mapping[str, Any], name: str) -> list[Any]:
    """The records of a list, or the only one."""
    if isinstance(answer.get(name), list):
        return list(answer[name])
    single = answer.get(LISTS[name])
    return [single] if isinstance(single, dict) else []


def _path(answer: Mapping[str, Any], name: str) -> str:
    return f"{name}[]" if name in answer else LISTS[name]


def _names_one(record: object, source_keys: frozenset[str]) -> bool:
    return isinstance(record, dict) and bool({str(record.get("siren")), str(record.get("siret"))} & source_keys)


def _mask_street(record: object, source_keys: frozenset[str]) -> None:
    if not isinstance(record, dict):
        return
    keys = {f"{STREET_OF}{record.get(name)}" for name in ("siren", "siret")}
    address = record.get("adresseEtablissement")
    if keys & source_keys and isinstance(address, dict):
        address |= {name: MASK for name in STREET if isinstance(address.get(name), str)}
