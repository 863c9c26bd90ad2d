"""DECP (decp.info): the contracts that French public buyers awarded, one parquet file each weekday (SOURCES 9b).

The producers' own JSON (formats of 2019 and 2022) is read as well: `connectors.decp_documents`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.contract import Batch, NotAnAnswerError, Rejected, SourceTerms, SourceUnavailableError
from connectors.decp_documents import SOURCE, read_document, redact_document
from connectors.decp_table import is_parquet, read_table, redact_table, reduce_table
from connectors.rows import make_batch, to_frame
from connectors.strict_json import read_json, write_json
from schemas.frames import ContractAward
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

DATASET = "api/1/datasets/donnees-essentielles-de-la-commande-publique-consolidees-format-tabulaire/"
FILE_HOSTS = ("static.data.gouv.fr", "object.files.data.gouv.fr", "www.data.gouv.fr")
LARGEST_FILE = 1_000_000_000  # bytes; 58 columns of some 2M rows are a few hundred MB
FIRST_NIGHT = timedelta(days=92)  # contracts published earlier come by backfill
OVERLAP = timedelta(days=7)  # producers publish late, under the date at which they should have
LATER = "Known values stay; run again later."

TERMS = SourceTerms(
    title="DECP, données essentielles de la commande publique (consolidées)",
    publisher="decp.info, d'après les acheteurs publics français",
    homepage="https://www.data.gouv.fr/datasets/donnees-essentielles-de-la-commande-publique-consolidees-format-tabulaire",
    base_url="https://www.data.gouv.fr",
    licence="Licence-Ouverte-2.0",
    attribution="Source : données essentielles de la commande publique consolidées (decp.info), Licence Ouverte 2.0",
    personal_data=(
        "No contact person. A winner may be a sole trader: of winners only the SIREN is kept, never a name. The source "
        "knows no diffusion status; a unit that objected elsewhere loses its rows and its part of the archived files."
    ),
    requests_per_second=0.5,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=30,
    own_limit="one file each weekday morning",
)


class Decp:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("contract_awards",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The newest parquet file, unless it is the one that was read last; only the window's contracts are kept of it.

        The file tells of years of contracts and names the winners, sole traders among them: what nobody reads, nobody
        could find again when somebody objects.

        Raises:
            SourceUnavailableError: the data set has no parquet file with a checksum, or it cannot be had.
        """
        if window.until is None:
            return
        listing = client.get(DATASET)
        address, checksum = _newest_file(listing, client)
        client.cursor = {"checksum": checksum}
        if window.cursor.get("checksum") == checksum:
            return
        last = window.until.date()
        first = window.first_day(last, overlap=OVERLAP, first_night=FIRST_NIGHT)
        key = f"decp.parquet?since={first}&until={last}"
        try:
            yield client.get_file(address, key, LARGEST_FILE, reduce=lambda body: reduce_table(body, first, last))
        except NotAnAnswerError as error:
            raise SourceUnavailableError(f"{SOURCE}: {error}. {LATER}") from error

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row for each buyer and each winner of a contract; of a contract that was changed its present state."""
        if is_parquet(payload.body):
            yield read_table(payload.body)
            return
        answer = _read_answer(payload)
        unknown: set[str] = set()
        rejected: list[Rejected] = []
        rows = [] if "resources" in answer else read_document(answer, unknown, rejected)
        frame, refused = to_frame(ContractAward, rows)
        yield make_batch({"contract_awards": frame}, (*rejected, *refused), unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: a file carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The file without these units (SIREN) or rows; a contract without its buyer is gone as well."""
        if is_parquet(payload.body):
            return redact_table(payload.body, source_keys)
        answer = _read_answer(payload)
        if "resources" in answer:
            return payload.body
        kept = redact_document(answer, source_keys)
        return None if kept is None else payload.body if kept is answer else write_json(kept)


CONNECTOR = Decp()


def _read_answer(payload: Payload) -> dict[str, Any]:
    answer = read_json(payload.body)
    if isinstance(answer, dict) and isinstance(answer.get("marches"), dict | list):
        return answer
    if isinstance(answer, dict) and isinstance(answer.get("resources"), list) and "slug" in answer:
        return answer  # the catalogue's page of the data set, which tells of no contract
    raise NotAnAnswerError(f"no answer of {SOURCE}: expected a parquet file or an object with marches")


def _newest_file(listing: Payload, client: "PoliteClient") -> tuple[str, str]:
    """Address and checksum of the parquet file that changed last."""
    try:
        answer = read_json(listing.body)
    except NotAnAnswerError as error:
        raise SourceUnavailableError(f"{SOURCE}: {listing.key}: {error}. {LATER}") from error
    resources = answer.get("resources") if isinstance(answer, dict) else None
    found = [file for file in resources or () if isinstance(file, dict) and file.get("format") == "parquet"]
    for file in sorted(found, key=lambda one: str(one.get("last_modified")), reverse=True):
        address, checksum = file.get("url"), file.get("checksum")
        value = checksum.get("value") if isinstance(checksum, dict) else None
        if isinstance(address, str) and isinstance(value, str) and _may_ask(address, client):
            return address, value
    raise SourceUnavailableError(
        f"{SOURCE}: the data set names no parquet file with a checksum on {', '.join(FILE_HOSTS)}. {LATER}"
    )


def _may_ask(address: str, client: "PoliteClient") -> bool:
    """Whether a file stands where data.gouv.fr keeps its files, or on the mirror that the settings name."""
    parts = urlsplit(address)
    is_own = parts.netloc == urlsplit(client.base_url).netloc
    return is_own or (parts.scheme == "https" and parts.netloc in FILE_HOSTS)


# Real documents lack these (formats of 2019 and 2022, contracts and concessions).
MAY_BE_ABSENT = (
    frozenset(
        f"marches.{kind}[].{name}"
        for kind, names in (
            ("marche", ("codeCPV", "dureeMois", "montant", "offresRecues", "titulaires", "modifications")),
            ("contrat-concession", ("dureeMois", "valeurGlobale", "concessionnaires")),
        )
        for name in names
    )
    | frozenset({"marches.marche", "marches.contrat-concession", "marches.marche[].modifications[].modification"})
    | frozenset(
        f"marches.marche[].modifications[].modification.{name}" for name in ("dureeMois", "montant", "titulaires")
    )
)
