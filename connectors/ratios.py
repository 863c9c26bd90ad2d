"""INPI / BCE financial ratios: turnover and result of French companies by closing date (SOURCES section 11).

The connector repeats what the source says, a 0 as unknown; which of its rows can be believed is decided by
`enrich.finances`, which sees the years beside each other.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import Batch, RecordRejectedError, Rejected, SourceTerms
from connectors.fields import Record
from connectors.opendatasoft import fields_of, read_answer, read_pages, records_of, total_and_records, write_kept
from connectors.rows import Row, make_batch, to_frame
from schemas.frames import FinancialStatement
from schemas.identifiers import normalise_siren
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import FinancialScope

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SOURCE = "ratios"
RECORDS = "api/explore/v2.1/catalog/datasets/ratios_inpi_bce/records"
UNITS_A_QUESTION = 40  # some ten rows a company: far below the 10,000 that one question shows
# K consolidated accounts of a group; C complete and S simplified accounts of the company alone.
SCOPES = {"K": FinancialScope.CONSOLIDATED, "C": FinancialScope.LEGAL, "S": FinancialScope.LEGAL}
CONFIDENTIALITY = {"Public": False, "Partiellement confidentiel": False, "Confidentiel": True}

TERMS = SourceTerms(
    title="Ratios financiers (BCE / INPI)",
    publisher="Ministère de l'Économie, d'après les comptes annuels de l'INPI",
    homepage="https://data.economie.gouv.fr/explore/dataset/ratios_inpi_bce/",
    base_url="https://data.economie.gouv.fr",
    licence="Licence-Ouverte-2.0",
    attribution="Source : ratios financiers BCE / INPI (ministère de l'Économie), Licence Ouverte 2.0",
    personal_data=(
        "No person: accounts that companies filed, by SIREN. The source knows no diffusion status; a company that "
        "objected elsewhere loses its rows and its part of the archived answers. What a company declared confidential "
        "is not read."
    ),
    requests_per_second=1.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=None,
    own_limit="100 records a page, 10,000 a question (Opendatasoft); SOURCES counts with 2 requests a second",
)


class Ratios:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("financial_statements",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """All years of tonight's companies; the source tells no date of publication, so that the window says nothing.

        Raises:
            SourceUnavailableError: a list is not shown whole.
        """
        sirens = sorted({s for text in window.identifiers.get("FR-RCS", ()) if (s := normalise_siren(text))})
        for first in range(0, len(sirens), UNITS_A_QUESTION):
            some = ",".join(f'"{siren}"' for siren in sirens[first : first + UNITS_A_QUESTION])
            order = "siren,date_cloture_exercice,type_bilan"
            yield from read_pages(client, RECORDS, {"where": f"siren in ({some})", "order_by": order})

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row for each company, closing date and kind of accounts."""
        answer = read_answer(payload)
        unknown: set[str] = set()
        rows: list[Row] = []
        rejected: list[Rejected] = []
        for path, value in records_of(answer, unknown):
            record = Record(value, path, unknown, never_null=NEVER_NULL)
            row = _read_row(record)
            try:
                record.close()
                rows.append(row)
            except RecordRejectedError as error:
                rejected.append(Rejected(row["source_key"], str(error), "one year of accounts"))
        frame, refused = to_frame(FinancialStatement, rows)
        yield make_batch({"financial_statements": frame}, (*rejected, *refused), unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these companies (SIREN) or rows."""
        answer = read_answer(payload)
        records = answer[total_and_records(answer)[1]]
        return write_kept(answer, [one for one in records if not _is_hit(fields_of(one), source_keys)])


CONNECTOR = Ratios()


def _read_row(record: Record) -> dict[str, Any]:
    may_lack = record.path != "results[]"  # v1.0 leaves out what is null
    siren = normalise_siren(record.text("siren"))
    closed_on = record.day("date_cloture_exercice")
    kind = record.text("type_bilan")
    if siren is None or closed_on is None or kind not in SCOPES:
        record.reject(f"{record.path}: siren, date_cloture_exercice and type_bilan ({', '.join(SCOPES)}) make no key")
    is_hidden = record.one_of("confidentiality", CONFIDENTIALITY, optional=may_lack)
    revenue = record.number("chiffre_d_affaires", optional=may_lack)
    income = record.number("resultat_net", optional=may_lack)
    record.ignore(*UNUSED)
    return {
        "source": SOURCE,
        "source_key": f"{siren}|{closed_on}|{kind}",
        "unit_key": siren,
        "closing_year": closed_on.year if closed_on else None,
        "closed_on": closed_on,
        "scope": SCOPES.get(kind or "", FinancialScope.UNKNOWN),
        # 0 stands for "not told" (SOURCES section 11)
        "revenue_eur": None if is_hidden else revenue or None,
        "net_income_eur": None if is_hidden else income or None,
    }


def _is_hit(fields: dict[str, Any], source_keys: frozenset[str]) -> bool:
    siren = normalise_siren(fields["siren"]) if isinstance(fields.get("siren"), str) else None
    day, kind = (re.sub(r"\s", "", str(fields.get(name))) for name in ("date_cloture_exercice", "type_bilan"))
    return siren in source_keys or f"{siren}|{day}|{kind}" in source_keys


UNUSED = (
    "autonomie_financiere", "caf_sur_ca", "capacite_de_remboursement", "couverture_des_interets",
    "credit_clients_jours", "credit_fournisseurs_jours", "ebe", "ebit", "ebitda", "marge_brute", "marge_ebe",
    "poids_bfr_exploitation_sur_ca", "poids_bfr_exploitation_sur_ca_jours", "ratio_de_liquidite", "ratio_de_vetuste",
    "resultat_courant_avant_impots_sur_ca", "rotation_des_stocks_jours", "taux_d_endettement",
)  # fmt: skip
NEVER_NULL = frozenset({"results[].siren", "results[].date_cloture_exercice", "results[].type_bilan"})
MAY_BE_ABSENT = frozenset(
    f"records[].fields.{name}" for name in ("chiffre_d_affaires", "confidentiality", "resultat_net")
)
