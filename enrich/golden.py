"""Which source wins each field of an entity, and what the others claimed (survivorship)."""

from collections.abc import Sequence

import dataframely as dy
import polars as pl

from enrich.casing import clean_name_case
from enrich.contract import step
from enrich.names import normalise_names
from schemas.frames import Claim, EntityRecord, GoldenEntity, ObservedLegalUnit
from schemas.vocabulary import ClaimStatus, Diffusion, LifeStatus

# Fields that only mean something together come from one record: a code with its scheme, a street with its town. A
# group is taken from the best record that has any of its leading fields.
GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("name",), ()),
    (("country_code",), ()),
    (("national_id",), ("national_id_scheme",)),
    (("lei",), ()),
    (("vat_number",), ()),
    (("legal_form_code",), ("legal_form_scheme",)),
    (("entity_category",), ()),
    (("life_status",), ("ceased_on",)),
    (("created_on",), ()),
    (("activity_code",), ("activity_code_scheme",)),
    (("size_category",), ()),
    (("employees_band",), ()),
    (("city", "postal_code"), ("address_line", "region_code")),
    (("sites_open_count",), ()),
    (("has_responsible_buyer_label",), ()),
)
FIELDS = [field for leading, following in GROUPS for field in (*leading, *following)]
ADDRESS = ["city", "postal_code", "address_line", "region_code"]
METHOD = "registry"
CONFIDENCE = 1.0  # a register is believed; doubt is about which records are one, and stands on EntityRecord
LIFE_ORDER = {LifeStatus.ACTIVE.value: 0, LifeStatus.UNKNOWN.value: 1, LifeStatus.CEASED.value: 2}


@step
def pick_golden_records(
    units: dy.DataFrame[ObservedLegalUnit], entity_records: dy.DataFrame[EntityRecord], source_priority: Sequence[str]
) -> tuple[dy.DataFrame[GoldenEntity], dy.DataFrame[Claim]]:
    """Choose the values of every entity, field by field.

    The active record comes first, then the source by its priority, then the newest update, then the record's key.
    Diffusion P on any record wins: such an entity has no street, its address is never completed from a source that
    does not know of the opposition, and a natural person under P has no values and no claims at all.

    Args:
        units: current versions of the legal units.
        entity_records: which of them are one entity; units without an entity are left out.
        source_priority: sources from the most to the least trusted; others come last.

    Returns:
        one golden row an entity, and the claims: `chosen` (for `name`, `derived` where only its case was cleaned),
        `rejected` (the chosen value in another spelling) and `conflicting` (another value). A record that repeats a
        value exactly makes no second claim.
    """
    ranked = _hide_opposed(_rank_records(units, entity_records, source_priority))
    golden = _pick_values(ranked)
    claims = _list_claims(ranked, golden)
    return (
        GoldenEntity.cast(golden.select(GoldenEntity.column_names()).sort("entity_id")),
        Claim.cast(claims.select(Claim.column_names()).sort("subject_id", "field", "source", "source_key")),
    )


def _rank_records(units: pl.DataFrame, entity_records: pl.DataFrame, source_priority: Sequence[str]) -> pl.DataFrame:
    """Units with their entity, the best record of each entity first; an unknown life status is no value."""
    homes = entity_records.select("source", "source_key", "entity_id")
    places = {source: place for place, source in enumerate(source_priority)}
    place = pl.col("source").replace_strict(places, default=len(places), return_dtype=pl.Int32)
    life = pl.col("life_status").replace_strict(LIFE_ORDER, return_dtype=pl.Int32)
    return (
        units.join(homes, on=["source", "source_key"])
        .with_columns(place=place, life=life)
        .sort(
            ["entity_id", "life", "place", "record_updated_at", "source", "source_key"],
            descending=[False, False, False, True, False, False],
            nulls_last=True,
        )
        .with_columns(
            pl.when(pl.col("life_status") != LifeStatus.UNKNOWN.value).then("life_status").alias("life_status"),
            rank=pl.int_range(pl.len()).over("entity_id"),
            is_opposed=(pl.col("diffusion") == Diffusion.PARTIAL.value).any().over("entity_id"),
            is_person=pl.col("is_natural_person").any().over("entity_id"),
        )
        .drop("place", "life")
    )


def _hide_opposed(ranked: pl.DataFrame) -> pl.DataFrame:
    """Blank what an opposition forbids before anything is chosen or claimed."""
    is_gone = pl.col("is_opposed") & pl.col("is_person")
    completes = pl.col("is_opposed") & (pl.col("diffusion") != Diffusion.PARTIAL.value)
    return ranked.with_columns(
        pl.when(~pl.col("is_opposed")).then("address_line").alias("address_line"),
        *(pl.when(~completes).then(field).alias(field) for field in ADDRESS if field != "address_line"),
    ).with_columns(
        *(pl.when(~is_gone).then(field).alias(field) for field in FIELDS),
        pl.when(~is_gone).then("other_names").otherwise(pl.lit([], pl.List(pl.String))).alias("other_names"),
    )


def _pick_values(ranked: pl.DataFrame) -> pl.DataFrame:
    """One row an entity: each group of fields from the first record that has it, `name` in a readable case."""
    chosen = [
        pl.col(*leading, *following).filter(pl.any_horizontal(pl.col(*leading).is_not_null())).first()
        for leading, following in GROUPS
    ]
    golden = ranked.group_by("entity_id", maintain_order=True).agg(
        *chosen,
        pl.col("is_person").first().alias("is_natural_person"),
        pl.when(pl.col("is_opposed").first())
        .then(pl.lit(Diffusion.PARTIAL.value))
        .otherwise(pl.lit(Diffusion.OPEN.value))
        .alias("diffusion"),
    )
    return (
        golden.join(_collect_aliases(ranked, golden), on="entity_id", how="left", maintain_order="left")
        .with_columns(pl.col("life_status").fill_null(LifeStatus.UNKNOWN.value), legal_name="name")
        .with_columns(pl.col("aliases").fill_null(pl.lit([], pl.List(pl.String))), name=clean_name_case(golden["name"]))
    )


def _collect_aliases(ranked: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """Every other name of an entity's records, once a spelling that differs after normalisation."""
    spelled = pl.concat(
        [
            ranked.select("entity_id", "rank", alias="other_names").explode("alias"),
            ranked.select("entity_id", "rank", alias="name"),
        ]
    ).drop_nulls("alias")
    names = golden.select("entity_id", key=_squeeze(golden["name"]))
    return (
        spelled.with_columns(key=_squeeze(spelled["alias"]))
        .drop_nulls("key")
        .join(names, on=["entity_id", "key"], how="anti")
        .sort("entity_id", "rank", "alias")
        .unique(["entity_id", "key"], keep="first")
        .group_by("entity_id")
        .agg(aliases=pl.col("alias").sort())
    )


def _list_claims(ranked: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """What each record says of each field, against what was chosen."""
    index = ["entity_id", "rank", "source", "source_key", "payload_sha256", "observed_from"]
    texts = pl.col(FIELDS).cast(pl.String)
    said = ranked.select(*index, texts).unpivot(FIELDS, index=index, variable_name="field").drop_nulls("value")
    registered = golden.with_columns(name="legal_name").select("entity_id", texts)
    chosen = registered.unpivot(FIELDS, index="entity_id", variable_name="field", value_name="chosen")
    met = (
        said.sort("entity_id", "field", "rank")
        .unique(["entity_id", "field", "value"], keep="first", maintain_order=True)
        .join(chosen, on=["entity_id", "field"], how="left", maintain_order="left")
    )
    is_same = (_squeeze(met["value"]) == _squeeze(met["chosen"])).fill_null(False)
    status = (
        pl.when(pl.col("value") == pl.col("chosen"))
        .then(pl.lit(ClaimStatus.CHOSEN.value))
        # A value beside a chosen record that is silent (a street without the chosen town) is no contradiction.
        .when(is_same | pl.col("chosen").is_null())
        .then(pl.lit(ClaimStatus.REJECTED.value))
        .otherwise(pl.lit(ClaimStatus.CONFLICTING.value))
    )
    claims = met.with_columns(status=status, field=pl.col("field").replace("name", "legal_name"))
    return pl.concat([claims, _claim_cleaned_names(claims, golden)]).with_columns(
        subject_id="entity_id",
        observed_at="observed_from",
        method=pl.lit(METHOD),
        confidence=pl.lit(CONFIDENCE),
    )


def _claim_cleaned_names(claims: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """`name` rests on the record that gave `legal_name`."""
    is_base = (pl.col("field") == "legal_name") & (pl.col("status") == ClaimStatus.CHOSEN.value)
    based = claims.filter(is_base).join(golden.select("entity_id", cleaned="name"), on="entity_id")
    is_as_registered = pl.col("cleaned") == pl.col("value")
    return based.with_columns(
        field=pl.lit("name"),
        value="cleaned",
        status=pl.when(is_as_registered)
        .then(pl.lit(ClaimStatus.CHOSEN.value))
        .otherwise(pl.lit(ClaimStatus.DERIVED.value)),
    ).select(claims.columns)


def _squeeze(values: pl.Series) -> pl.Series:
    """Values for comparison: neither case, accents, punctuation nor blanks count."""
    return normalise_names(values).str.replace_all(" ", "", literal=True)
