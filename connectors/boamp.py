"""BOAMP (DILA): French calls for tenders and award notices; their buyers, and winners where eForms name them (9a)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from connectors.boamp_notices import SOURCE, read_notice, redact_record
from connectors.contract import Batch, Rejected, SourceTerms
from connectors.opendatasoft import (
    MOST_SHOWN,
    read_answer,
    read_pages,
    records_of,
    total_and_records,
    total_in,
    write_kept,
)
from connectors.rows import Row, make_batch, to_frame
from schemas.frames import ContractAward
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

RECORDS = "api/explore/v2.1/catalog/datasets/boamp/records"
FIRST_NIGHT = timedelta(days=31)  # some hundred notices a day; older ones come by backfill
OVERLAP = timedelta(days=3)
IN_ORDER = "dateparution,idweb"

TERMS = SourceTerms(
    title="BOAMP, annonces de marchés publics",
    publisher="Direction de l'information légale et administrative (DILA)",
    homepage="https://boamp-datadila.opendatasoft.com/explore/dataset/boamp/",
    base_url="https://boamp-datadila.opendatasoft.com",
    licence="Licence-Ouverte-2.0",
    attribution="Source : BOAMP (DILA), annonces de marchés publics, Licence Ouverte 2.0",
    personal_data=(
        "Notices name contact persons inside `donnees`: none is read. `titulaire` may be a sole trader's name: it is "
        "not read, winners are taken only where an identifier names them. The source knows no objection; a unit that "
        "objected elsewhere loses its rows and its part of the archived answers."
    ),
    requests_per_second=1.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=90,
    own_limit="100 records a page, 10,000 a question (Opendatasoft); SOURCES counts with 2 requests a second",
)


class Boamp:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("contract_awards",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The notices published in the window: in pages where the source shows them all, else day after day.

        Raises:
            SourceUnavailableError: a list is not shown whole, so that notices would be missed unseen.
        """
        if window.until is None:
            return
        last = window.until.date()
        first = window.first_day(last, overlap=OVERLAP, first_night=FIRST_NIGHT)
        where = f"dateparution >= date'{first}' AND dateparution <= date'{last}'"
        if total_in(client.get(RECORDS, {"where": where, "limit": 1})) <= MOST_SHOWN:
            yield from read_pages(client, RECORDS, {"where": where, "order_by": IN_ORDER})
            return
        for number in range((last - first).days + 1):
            refine = f"dateparution:{first + timedelta(days=number):%Y/%m/%d}"
            yield from read_pages(client, RECORDS, {"refine": refine, "order_by": IN_ORDER})

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row for each buyer and winner that a notice names by an identifier."""
        answer = read_answer(payload)
        unknown: set[str] = set()
        rejected: list[Rejected] = []
        rows: list[Row] = []
        for path, value in records_of(answer, unknown):
            rows += read_notice(value, path, unknown, rejected)
        frame, refused = to_frame(ContractAward, rows)
        yield make_batch({"contract_awards": frame}, (*rejected, *refused), unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these units (SIREN) or rows, wherever a notice names them."""
        answer = read_answer(payload)
        records = answer[total_and_records(answer)[1]]
        kept = [after for record in records if (after := redact_record(record, source_keys)) is not None]
        return write_kept(answer, kept)


CONNECTOR = Boamp()

# A notice of one kind lacks the other kind's part, and v1.0 leaves out what is empty.
MAY_BE_ABSENT = frozenset(f"results[].{name}" for name in ("donnees", "titulaire", "datefindiffusion"))
