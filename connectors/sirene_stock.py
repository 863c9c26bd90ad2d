"""Sirene's stock files as INSEE puts them out monthly (CSV, CSV in zip, parquet): scanned lazily, only what is used.

Every column is read as text, so that no SIREN, NIC, postal code or commune loses its zeros, and a parquet file with
typed columns reads as its CSV does.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from connectors.contract import Batch, NotAnAnswerError, Rejected
from connectors.rows import make_batch
from connectors.sirene_records import CURRENT_NAF, DIFFUSION, LIFE, MASK, NATURAL_FORM, SITE, SIZE, SOURCE
from connectors.zipped import ZIP, open_single_file
from schemas.frames import SourceRecord
from schemas.reference import region_of_department
from schemas.reference.lists import labels_of

PARQUET = b"PAR1"
LARGEST = 16 * 2**30  # bytes of one unpacked file; all sites with their history have about 9 GB
LA_POSTE, LA_POSTE_SEAT = "356000000", "35600000000048"
UNITS, SITES, HISTORY, SUCCESSION = "legal_units", "establishments", "history", "succession"
# What tells one file from the others, the most telling first.
KINDS = {
    SUCCESSION: ("siretEtablissementPredecesseur", "siretEtablissementSuccesseur", "dateLienSuccession"),
    HISTORY: ("siret", "dateFin", "dateDebut", "etatAdministratifEtablissement"),
    SITES: (
        "siren", "siret", "statutDiffusionEtablissement", "etablissementSiege", "etatAdministratifEtablissement",
        "dateDebut", "codePostalEtablissement", "libelleCommuneEtablissement", "codeCommuneEtablissement",
    ),
    UNITS: (
        "siren", "statutDiffusionUniteLegale", "etatAdministratifUniteLegale", "denominationUniteLegale",
        "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale", "dateDebut",
    ),
}  # fmt: skip
STREET = ("numeroVoie", "indiceRepetition", "typeVoie", "libelleVoie")
UNIT_COLUMNS = (
    *KINDS[UNITS], "dateCreationUniteLegale", "sigleUniteLegale", "trancheEffectifsUniteLegale",
    "anneeEffectifsUniteLegale", "dateDernierTraitementUniteLegale", "categorieEntreprise",
    "denominationUsuelle1UniteLegale", "denominationUsuelle2UniteLegale", "denominationUsuelle3UniteLegale",
    "nomenclatureActivitePrincipaleUniteLegale",
)  # fmt: skip
SITE_COLUMNS = (
    *KINDS[SITES], "dateCreationEtablissement", "trancheEffectifsEtablissement", "dateDernierTraitementEtablissement",
    *(f"{name}Etablissement" for name in STREET), "libelleCommuneEtrangerEtablissement",
    "libellePaysEtrangerEtablissement", "enseigne1Etablissement", "enseigne2Etablissement", "enseigne3Etablissement",
    "denominationUsuelleEtablissement", "activitePrincipaleEtablissement",
)  # fmt: skip


def is_stock(body: bytes) -> bool:
    """Whether these bytes are a stock file: parquet, zip, or CSV whose header names a SIREN or SIRET."""
    return body.startswith((PARQUET, ZIP)) or _plain(body[:40]).startswith(
        (b"siren,", b"siret,", b"siretEtablissement")
    )


def read_stock(body: bytes, schemas: Mapping[str, type[SourceRecord]]) -> Iterator[Batch]:
    """One batch: the units or sites of the file. History and successions have no frame: `scan_history`, ...

    Raises:
        NotAnAnswerError: no file of the stock, or one without a column that is needed.
    """
    table, columns = scan(body)
    kind = kind_of(columns)
    frames = {name: schema.create_empty() for name, schema in schemas.items()}
    if kind not in frames:
        yield Batch(frames=frames)
        return
    used = [name for name in (UNIT_COLUMNS if kind == UNITS else SITE_COLUMNS) if name in columns]
    wanted = _with_all(table.select(used), UNIT_COLUMNS if kind == UNITS else SITE_COLUMNS)
    rows = (_units(wanted) if kind == UNITS else _sites(wanted)).collect()
    empty = schemas[kind].create_empty()
    good, bad = rows.filter(pl.col("problem").is_null()), rows.filter(pl.col("problem").is_not_null())
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in empty.schema.items() if name not in good.columns]
    frame = good.with_columns(missing).select(empty.columns).cast(empty.schema)
    valid, failure = schemas[kind].filter(frame)
    rejected = [Rejected(key, reason, f"one row of {kind}") for key, reason in bad["source_key", "problem"].iter_rows()]
    if len(failure):
        broken = frame.join(valid.select("source_key"), on="source_key", how="anti")["source_key"]
        rejected += [Rejected(key, f"a rule of {kind}: {dict(failure.counts())}") for key in broken]
    yield make_batch({**frames, kind: valid}, rejected)


def scan(body: bytes) -> tuple[pl.LazyFrame, list[str]]:
    """The file as a lazy table of texts, with its columns; masked and empty values are null.

    Raises:
        NotAnAnswerError: it cannot be read.
    """
    try:
        if body.startswith(ZIP):
            with open_single_file(body, LARGEST) as (_, stream):
                body = stream.read()
        if body.startswith(PARQUET):
            table = pl.scan_parquet(io.BytesIO(body))
        else:
            table = pl.scan_csv(io.BytesIO(body), infer_schema=False, separator=",")
        columns = table.collect_schema().names()
    except (NotAnAnswerError, pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise NotAnAnswerError(f"no stock file of {SOURCE}: {str(error).splitlines()[0][:200]}") from None
    text = pl.all().cast(pl.String)
    return table.select(pl.when(~text.str.contains(MASK, literal=True) & (text != "")).then(text).name.keep()), columns


def kind_of(columns: list[str]) -> str:
    """Which file of the stock has these columns.

    Raises:
        NotAnAnswerError: none.
    """
    for kind, needed in KINDS.items():
        if set(needed) <= set(columns):
            return kind
    nearest = min(KINDS, key=lambda kind: len(set(KINDS[kind]) - set(columns)))
    missing = sorted(set(KINDS[nearest]) - set(columns))
    raise NotAnAnswerError(f"no stock file of {SOURCE}: nearest to {nearest}, but {', '.join(missing[:5])} missing")


def scan_history(body: bytes) -> pl.LazyFrame:
    """Each period of each site (source_key, site_status, started_on, ended_on): openings, closings, reopenings."""
    table, columns = scan(body)
    if kind_of(columns) != HISTORY:
        raise NotAnAnswerError(f"no history of sites of {SOURCE}")
    status = pl.col("etatAdministratifEtablissement").replace_strict(_words(SITE), default=None, return_dtype=pl.String)
    return table.select(
        source_key=pl.col("siret"), site_status=status, started_on=_day("dateDebut"), ended_on=_day("dateFin")
    ).filter(is_siret(pl.col("source_key")))


def scan_successions(body: bytes) -> pl.LazyFrame:
    """Which site followed which (predecessor_key, successor_key, on, is_seat_moved, is_continued)."""
    table, columns = scan(body)
    if kind_of(columns) != SUCCESSION:
        raise NotAnAnswerError(f"no successions of {SOURCE}")
    known = _with_all(table, ("transfertSiege", "continuiteEconomique"))
    return known.select(
        predecessor_key=pl.col("siretEtablissementPredecesseur"),
        successor_key=pl.col("siretEtablissementSuccesseur"),
        on=_day("dateLienSuccession"),
        is_seat_moved=_flag("transfertSiege"),
        is_continued=_flag("continuiteEconomique"),
    ).filter(is_siret(pl.col("predecessor_key")), is_siret(pl.col("successor_key")))


def redact_stock(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    """The file as CSV without these units and sites; None when nothing is left."""
    table, columns = scan(body)
    named = [name for name in ("siren", "siret") if name in columns]
    left = table.filter(~pl.any_horizontal(pl.col(name).is_in(list(source_keys)) for name in named)).collect()
    return left.write_csv().encode() if left.height else None


# ----------------------------------------------------------------------------------------------------- expressions


def _units(table: pl.LazyFrame) -> pl.LazyFrame:
    is_natural = pl.col("categorieJuridiqueUniteLegale") == NATURAL_FORM
    name, others = pl.col("denominationUniteLegale"), [f"denominationUsuelle{n}UniteLegale" for n in (1, 2, 3)]
    status = _coded("etatAdministratifUniteLegale", LIFE)
    shown = _coded("statutDiffusionUniteLegale", DIFFUSION)
    days = ("dateCreationUniteLegale", "dateDebut")
    other_names = pl.concat_list("sigleUniteLegale", *others).list.drop_nulls().list.unique().list.sort()
    problem = _first_problem(
        (~is_siren(pl.col("siren")), "siren is no SIREN"),
        (shown.is_null(), "statutDiffusionUniteLegale is none of O, P, N"),
        (status.is_null(), "etatAdministratifUniteLegale is none of A, C"),
        (name.is_null() & ~is_natural & (shown == "O"), "denominationUniteLegale is empty"),
        *((_is_no_day(day), f"{day}: expected YYYY-MM-DD") for day in days),
        (_is_no_instant("dateDernierTraitementUniteLegale"), "dateDernierTraitementUniteLegale: expected an instant"),
    )
    code, scheme = pl.col("activitePrincipaleUniteLegale"), pl.col("nomenclatureActivitePrincipaleUniteLegale")
    form = pl.col("categorieJuridiqueUniteLegale")
    return table.select(
        problem=problem,
        source=pl.lit(SOURCE),
        source_key=pl.col("siren"),
        name=pl.when(~is_natural).then(name.str.slice(0, 500)),
        other_names=other_names.list.set_difference(pl.concat_list(name)).list.drop_nulls().list.sort(),
        country_code=pl.lit("FR"),
        national_id=pl.col("siren"),
        national_id_scheme=pl.lit("FR-RCS"),
        legal_form_code=form,
        legal_form_scheme=pl.when(form.is_not_null()).then(pl.lit("FR-CJ")),
        is_natural_person=is_natural.fill_null(value=True),  # nobody knows: the more careful reading
        diffusion=shown,
        life_status=status,
        created_on=_day("dateCreationUniteLegale"),
        ceased_on=pl.when(status == LIFE["C"].value).then(_day("dateDebut")),
        activity_code=code,
        activity_code_scheme=pl.when(code.is_not_null() & (scheme == CURRENT_NAF)).then(pl.lit("NAF2008")),
        size_category=_coded("categorieEntreprise", SIZE),
        employees_band=pl.col("trancheEffectifsUniteLegale"),
        employees_year=pl.col("anneeEffectifsUniteLegale").cast(pl.Int32, strict=False),
        record_updated_at=_instant("dateDernierTraitementUniteLegale"),
    )


def _sites(table: pl.LazyFrame) -> pl.LazyFrame:
    """Sites without their street: this file does not say whose unit is a natural person, and it may be a home."""
    status, shown = _coded("etatAdministratifEtablissement", SITE), _coded("statutDiffusionEtablissement", DIFFUSION)
    head = _flag("etablissementSiege")
    days = ("dateCreationEtablissement", "dateDebut")
    problem = _first_problem(
        (~is_siret(pl.col("siret")), "siret is no SIRET"),
        (~pl.col("siret").str.starts_with(pl.col("siren")).fill_null(value=False), "siret is not of this siren"),
        (shown.is_null(), "statutDiffusionEtablissement is none of O, P, N"),
        (status.is_null(), "etatAdministratifEtablissement is none of A, F"),
        (head.is_null(), "etablissementSiege is neither true nor false"),
        *((_is_no_day(day), f"{day}: expected YYYY-MM-DD") for day in days),
        (
            _is_no_instant("dateDernierTraitementEtablissement"),
            "dateDernierTraitementEtablissement: expected an instant",
        ),
    )
    commune = pl.col("codeCommuneEtablissement")
    department = (
        pl.when(commune.str.contains("^9[78]")).then(commune.str.slice(0, 3)).otherwise(commune.str.slice(0, 2))
    )
    abroad = pl.col("libellePaysEtrangerEtablissement")
    return table.select(
        problem=problem,
        source=pl.lit(SOURCE),
        source_key=pl.col("siret"),
        unit_key=pl.col("siren"),
        name=pl.coalesce(
            *(f"enseigne{n}Etablissement" for n in (1, 2, 3)), "denominationUsuelleEtablissement"
        ).str.slice(0, 500),
        is_head_office=head,
        site_status=status,
        diffusion=shown,
        postal_code=pl.col("codePostalEtablissement"),
        city=pl.coalesce("libelleCommuneEtablissement", "libelleCommuneEtrangerEtablissement"),
        region_code=department.replace_strict(_regions(), default=None, return_dtype=pl.String),
        country_code=pl.when(abroad.is_null()).then(pl.lit("FR")).otherwise(_countries(abroad)),
        activity_code=pl.col("activitePrincipaleEtablissement"),
        employees_band=pl.col("trancheEffectifsEtablissement"),
        opened_on=_day("dateCreationEtablissement"),
        closed_on=pl.when(status == SITE["F"].value).then(_day("dateDebut")),
        record_updated_at=_instant("dateDernierTraitementEtablissement"),
    )


def is_siren(text: pl.Expr) -> pl.Expr:
    """Nine digits with a Luhn key."""
    return text.str.contains(r"^[0-9]{9}$").fill_null(value=False) & (_luhn(text, 9) % 10 == 0)


def is_siret(text: pl.Expr) -> pl.Expr:
    """Fourteen digits with a Luhn key; those of La Poste's sites, not its seat, have a sum that is a multiple of 5."""
    is_post = text.str.starts_with(LA_POSTE) & (text != LA_POSTE_SEAT)
    is_right = pl.when(is_post).then(_luhn(text, 14, doubled=1) % 5 == 0).otherwise(_luhn(text, 14) % 10 == 0)
    return text.str.contains(r"^[0-9]{14}$").fill_null(value=False) & is_right


def _luhn(text: pl.Expr, length: int, doubled: int = 2) -> pl.Expr:
    """The Luhn sum, or with `doubled` 1 the plain sum of the digits; one integer, no row loop."""
    number = text.cast(pl.UInt64, strict=False)
    digits = [number // 10**place % 10 for place in range(length)]
    twice = [digit * doubled - 9 * (digit * doubled > 9).cast(pl.UInt64) for digit in digits[1::2]]
    return pl.sum_horizontal(*digits[::2], *twice)


def _first_problem(*told: tuple[pl.Expr, str]) -> pl.Expr:
    return pl.coalesce(pl.when(condition).then(pl.lit(reason)) for condition, reason in told)


def _coded(column: str, meanings: Mapping[str, Any]) -> pl.Expr:
    return pl.col(column).replace_strict(_words(meanings), default=None, return_dtype=pl.String)


def _words(meanings: Mapping[str, Any]) -> dict[str, str]:
    return {code: word.value for code, word in meanings.items()}


def _day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y-%m-%d", strict=False)


def _is_no_day(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & _day(column).is_null()


def _instant(column: str) -> pl.Expr:
    """An instant without a zone, taken as UTC as in the API; a parquet file writes a blank for the T."""
    text = pl.col(column).str.slice(0, 19).str.replace(" ", "T", literal=True)
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us").dt.replace_time_zone("UTC")


def _is_no_instant(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & _instant(column).is_null()


def _flag(column: str) -> pl.Expr:
    """`true`, `True` or `false`: the API, the CSV and copies of it write it differently."""
    words = {"true": True, "false": False}
    return pl.col(column).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)


def _with_all(table: pl.LazyFrame, columns: tuple[str, ...]) -> pl.LazyFrame:
    """The table with the columns that this month's file does not have, empty."""
    there = set(table.collect_schema().names())
    return table.with_columns(pl.lit(None, pl.String).alias(name) for name in columns if name not in there)


def _regions() -> dict[str, str]:
    found = {code: region_of_department(code) for code in labels_of("departments_fr")}
    return {code: region for code, region in found.items() if region}


def _countries(label: pl.Expr) -> pl.Expr:
    """The ISO code of INSEE's French label; null for one that the list lacks."""
    known = {name.upper(): code for code, name in labels_of("countries", "name_fr").items()}
    return label.str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.String)


def _plain(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf").replace(b'"', b"")
