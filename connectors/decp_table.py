"""The consolidated DECP table: a parquet file of millions of rows, scanned lazily and read column by column."""

import io
from datetime import date

import polars as pl

from connectors.contract import Batch, NotAnAnswerError, Rejected
from connectors.contract_parties import LEAST_EUR, LONGEST_MONTHS, MOST_EUR
from connectors.decp_documents import SOURCE, identify_winner
from schemas.frames import ContractAward
from schemas.vocabulary import ContractParty, ContractStage

MAGIC = b"PAR1"
NEEDED = (
    "uid", "acheteur_id", "titulaire_id", "titulaire_typeIdentifiant", "montant", "codeCPV", "dureeMois",
    "offresRecues", "dateNotification", "datePublicationDonnees", "donneesActuelles",
)  # fmt: skip
TRUE = ("true", "oui", "1")
MOST_OFFERS = 10_000


def is_parquet(body: bytes) -> bool:
    """Whether these bytes claim to be a parquet file."""
    return body.startswith(MAGIC)


def reduce_table(body: bytes, since: date, until: date) -> bytes:
    """The file with the contracts published in these days (both included) only, and the columns that are read.

    A column that nobody knows stays by its name, empty, so that it is heard.

    Raises:
        NotAnAnswerError: no parquet, or a column that we need is not there.
    """
    table, unknown = _scan(body)
    out = io.BytesIO()
    try:
        kept = table.filter(_day("datePublicationDonnees").is_between(since, until)).select(
            *NEEDED, *(pl.lit(None, pl.String).alias(name) for name in unknown)
        )
        kept.collect().write_parquet(out)
    except pl.exceptions.PolarsError as error:
        raise NotAnAnswerError(f"the parquet file cannot be read: {str(error)[:200]}") from None
    return out.getvalue()


def read_table(body: bytes) -> Batch:
    """The contracts as they stand now.

    Raises:
        NotAnAnswerError: no parquet, or a column that we need is not there.
    """
    table, unknown = _scan(body)
    try:
        told = (
            table.filter(_is_true("donneesActuelles"))
            .select(
                pl.col("uid").cast(pl.String).alias("contract_key"),
                pl.col("acheteur_id").cast(pl.String),
                pl.col("titulaire_id").cast(pl.String),
                pl.col("titulaire_typeIdentifiant").cast(pl.String),
                pl.col("codeCPV").cast(pl.String).str.extract(r"^([0-9]{8})(?:-[0-9])?$").alias("cpv_code"),
                _between("montant", LEAST_EUR, MOST_EUR).alias("amount_eur"),
                _between("dureeMois", 1, LONGEST_MONTHS + 1).cast(pl.Int32).alias("duration_months"),
                _between("offresRecues", 1, MOST_OFFERS).cast(pl.Int32).alias("tenders_count"),
                _day("dateNotification").alias("awarded_on"),
                _day("datePublicationDonnees").alias("published_on"),
            )
            .collect()
        )
    except pl.exceptions.PolarsError as error:
        raise NotAnAnswerError(f"the parquet file cannot be read: {str(error)[:200]}") from None
    buyers = _rows(told, ContractParty.BUYER, pl.lit("SIRET"), pl.col("acheteur_id"))
    kind = pl.col("titulaire_typeIdentifiant").fill_null("SIRET")
    winners = _rows(told, ContractParty.WINNER, kind, pl.col("titulaire_id"))
    valid, failure = ContractAward.filter(pl.concat([buyers, winners]))
    refused = failure.details()
    rules = [name for name in refused.columns if name not in ContractAward.column_names()]
    rejected = tuple(
        Rejected(row["source_key"], "rule " + ", ".join(rule for rule in rules if row[rule] == "invalid"))
        for row in refused.iter_rows(named=True)
    )
    return Batch({"contract_awards": valid}, (), rejected, valid.height + len(rejected), unknown)


def redact_table(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    """The file without the rows that name these units; None when none is left.

    A contract whose buyer is named goes whole. A row of the table has one winner, so that the others' rows stay.
    """
    table, _ = _scan(body)
    sirens = [key for key in source_keys if key.isdigit()]
    keys = [key for key in source_keys if not key.isdigit()]
    buyer, winner = (pl.col(name).cast(pl.String) for name in ("acheteur_id", "titulaire_id"))
    uid = pl.col("uid").cast(pl.String)
    parts = [key.split("|") for key in keys if key.count("|") >= 2]
    of_buyers = [part[0] for part in parts if part[1] == ContractParty.BUYER.value]
    of_winners = [f"{part[0]}|{part[-1]}" for part in parts if part[1] == ContractParty.WINNER.value]
    padded = pl.when(winner.str.len_chars() < 14).then(winner.str.zfill(14)).otherwise(winner)
    names_winner = padded.str.slice(0, 9).is_in(sirens) | winner.str.slice(4).is_in(sirens)
    is_row = pl.concat_str(uid, pl.lit("|"), padded.str.slice(0, 9)).is_in(of_winners)
    is_vat = pl.concat_str(uid, pl.lit("|"), winner).is_in(of_winners)
    is_hit = buyer.str.zfill(14).str.slice(0, 9).is_in(sirens) | uid.is_in(of_buyers) | names_winner | is_row | is_vat
    whole = table.collect()
    kept = whole.filter(~is_hit.fill_null(False))
    if kept.height == whole.height:
        return body
    if kept.is_empty():
        return None
    out = io.BytesIO()
    kept.write_parquet(out)
    return out.getvalue()


def _scan(body: bytes) -> tuple[pl.LazyFrame, tuple[str, ...]]:
    """The table, nothing of it read yet, and the columns that nobody knows."""
    try:
        table = pl.scan_parquet(io.BytesIO(body))
        names = table.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise NotAnAnswerError(f"the parquet file cannot be read: {str(error)[:200]}") from None
    if missing := [name for name in NEEDED if name not in names]:
        raise NotAnAnswerError(f"no answer of {SOURCE}: the parquet file has no column {', '.join(missing)}")
    return table, tuple(sorted(name[:60] for name in names if name not in (*NEEDED, *UNUSED)))


def _rows(told: pl.DataFrame, party: ContractParty, kind: pl.Expr, number: pl.Expr) -> pl.DataFrame:
    """One row for each contract and unit of this party; each distinct identifier is looked at once."""
    named = told.with_columns(kind=kind, number=number).filter(
        pl.col("number").is_not_null(), pl.col("contract_key").is_not_null()
    )
    units = _identified(named.select("kind", "number").unique())
    joined = named.join(units, on=["kind", "number"])
    whose = pl.lit("FR") if party is ContractParty.BUYER else pl.lit(None, pl.String)
    return _newest(
        joined.select(
            pl.lit(SOURCE).alias("source"),
            pl.concat_str("contract_key", pl.lit(f"|{party.value}|"), "unit_key").alias("source_key"),
            "contract_key",
            "unit_key",
            "unit_scheme",
            pl.lit(party.value).alias("party"),
            pl.lit(ContractStage.AWARD.value).alias("stage"),
            pl.lit(None, pl.String).alias("buyer_name"),
            whose.alias("country_code"),
            "cpv_code",
            "amount_eur",
            "duration_months",
            "tenders_count",
            "awarded_on",
            "published_on",
            pl.lit(None, pl.Datetime("us", "UTC")).alias("record_updated_at"),
        )
    )


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a key, the newest; sorted are only the few that are told twice."""
    is_twice = rows["source_key"].is_duplicated()
    twice = rows.filter(is_twice).sort("source_key", "published_on", "awarded_on", "amount_eur", nulls_last=False)
    return pl.concat([rows.filter(~is_twice), twice.unique("source_key", keep="last", maintain_order=True)])


def _identified(units: pl.DataFrame) -> pl.DataFrame:
    """kind, number, unit_key and unit_scheme of the identifiers that are one: SIRET by columns, the rest one by one."""
    digits = pl.col("number").str.strip_chars().str.replace(r"\.0$", "")
    told = units.with_columns(digits=digits)
    is_french = pl.col("kind").str.to_uppercase().is_in(["SIRET", "SIREN"])
    is_siret = is_french & pl.col("digits").str.contains(r"^[0-9]{10,14}$")
    siret = told.filter(is_siret).with_columns(pl.col("digits").str.zfill(14))
    fits = siret.filter(_is_siret()).select(
        "kind", "number", pl.col("digits").str.slice(0, 9).alias("unit_key"), pl.lit("FR-RCS").alias("unit_scheme")
    )
    rest = told.join(siret, on=["kind", "number"], how="anti").select("kind", "number")
    found = [
        (kind, number, party.key, party.scheme)
        for kind, number in rest.iter_rows()
        if (party := identify_winner(number, kind))
    ]
    schema = dict.fromkeys(("kind", "number", "unit_key", "unit_scheme"), pl.String)
    return pl.concat([fits, pl.DataFrame(found, schema=schema, orient="row")])


def _is_siret() -> pl.Expr:
    """Luhn over 14 digits and over the SIREN in it; the sites of La Poste have a sum that 5 divides (INSEE)."""
    digit = [pl.col("digits").str.slice(place, 1).cast(pl.Int32) for place in range(14)]
    is_post = (pl.col("digits").str.slice(0, 9) == "356000000") & (pl.sum_horizontal(digit) % 5 == 0)
    is_zero = pl.col("digits").str.strip_chars("0") == ""
    return ~is_zero & ((_luhn_sum(digit) % 10 == 0) | is_post) & (_luhn_sum(digit[:9]) % 10 == 0)


def _luhn_sum(digits: list[pl.Expr]) -> pl.Expr:
    doubled = [digit * 2 for digit in digits[-2::-2]]
    return pl.sum_horizontal(digits[-1::-2]) + pl.sum_horizontal([d // 10 + d % 10 for d in doubled])


def _is_true(column: str) -> pl.Expr:
    """A flag, which older files tell in words."""
    return pl.col(column).cast(pl.String).str.to_lowercase().is_in(TRUE)


def _day(column: str) -> pl.Expr:
    """A date, a date and time, or a text that begins with one."""
    return pl.col(column).cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _between(column: str, least: float, most: float) -> pl.Expr:
    """A number from `least` to below `most`; texts such as NC, and what no contract can have, are null."""
    told = pl.col(column).cast(pl.String).str.replace(",", ".").cast(pl.Float64, strict=False)
    return pl.when((told >= least) & (told < most)).then(told)


UNUSED = frozenset(
    {
        "id", "nature", "acheteur_nom", "titulaire_nom", "objet", "type", "procedure", "techniques",
        "dureeRestanteMois", "formePrix", "typesPrix", "attributionAvance", "tauxAvance", "marcheInnovant",
        "modalitesExecution", "considerationsSociales", "considerationsEnvironnementales", "ccag",
        "sousTraitanceDeclaree", "typeGroupementOperateurs", "origineUE", "origineFrance", "lieuExecution_code",
        "lieuExecution_typeCode", "idAccordCadre", "titulaire_distance", "acheteur_categorie",
        "acheteur_commune_code", "acheteur_commune_nom", "acheteur_departement_code", "acheteur_departement_nom",
        "acheteur_region_code", "acheteur_region_nom", "acheteur_latitude", "acheteur_longitude",
        "titulaire_categorie", "titulaire_commune_code", "titulaire_commune_nom", "titulaire_departement_code",
        "titulaire_departement_nom", "titulaire_region_code", "titulaire_region_nom", "titulaire_latitude",
        "titulaire_longitude", "modification_id", "sourceDataset", "sourceFile",
    }
)  # fmt: skip
