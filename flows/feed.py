"""The difference between what is published and what should be: rows to write and the feed that tells of them. Pure."""

from dataclasses import dataclass

import polars as pl

from schemas.tables import table_named
from schemas.tables.columns import Points
from schemas.vocabulary import FeedOperation, ProfileStatus

PROFILE = table_named("prospect_profile")
OWN = ("profile_id", "updated_at", "change_seq")  # ours to set
FIELDS = [c.name for c in PROFILE.columns if c.name not in OWN]
WINDOW = {"new_exec_window_open": pl.Boolean(), "new_exec_window_until": pl.Date()}
SHOWN = [*FIELDS, *WINDOW]
# what a row says of another profile
REFERENCES = {
    "merged_into_id": ("merged_into_id",),
    "parent_id": ("parent_id",),
    "ultimate_parent_id": ("ultimate_parent_id", "ultimate_parent_name", "ultimate_parent_country"),
}
TOP_EXECUTIVE = ("top_executive_name", "top_executive_title")
FEED_SCHEMA = {
    "profile_id": pl.String(),
    "op": pl.String(),
    "changed_fields": pl.List(pl.String()),
    "before": pl.String(),
    "after": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that change (FIELDS and profile_id) and one feed row for each profile that changes (FEED_SCHEMA)."""

    rows: pl.DataFrame
    feed: pl.DataFrame


def keep_contract(profiles: pl.DataFrame) -> pl.DataFrame:
    """Cut texts to the column's length, a joined list behind its last whole part, and round points to two decimals."""
    joined = [
        name for name in ("aliases", "countries", "procurement_evidence", "risk_flags") if name in profiles.columns
    ]
    cut = []
    for column in PROFILE.columns:
        name, length = column.name, getattr(column.type, "length", None)
        if name not in profiles.columns:
            continue
        if isinstance(column.type, Points):
            cut.append(pl.col(name).round(2))
        elif length and name in joined:
            whole = pl.col(name).str.slice(0, length).str.replace(";[^;]*$", "")
            cut.append(pl.when(pl.col(name).str.len_chars() > length).then(whole).otherwise(pl.col(name)).alias(name))
        elif length and not name.endswith("_id"):
            cut.append(pl.col(name).str.slice(0, length))
    return profiles.with_columns(cut)


def without_withheld(profiles: pl.DataFrame, withheld: frozenset[str], hidden: pl.DataFrame) -> pl.DataFrame:
    """The profiles that may be shown, without what they say of withheld profiles and persons.

    Args:
        profiles: FIELDS and profile_id.
        withheld: profiles that may not be shown.
        hidden: profile_id, full_name of executives who may not be shown.
    """
    ids = sorted(withheld)
    shown = profiles.filter(~pl.col("profile_id").is_in(ids))
    shown = shown.with_columns(
        pl.when(pl.col(reference).is_in(ids)).then(None).otherwise(pl.col(name)).alias(name)
        for reference, names in REFERENCES.items()
        for name in names
    )
    names = hidden.select("profile_id", pl.col("full_name").alias("top_executive_name")).unique()
    silent = shown.join(names, on=["profile_id", "top_executive_name"], how="semi")["profile_id"].to_list()
    return shown.with_columns(
        pl.when(pl.col("profile_id").is_in(silent)).then(None).otherwise(pl.col(name)).alias(name)
        for name in TOP_EXECUTIVE
    )


def find_difference(
    desired: pl.DataFrame, windows: pl.DataFrame, current: pl.DataFrame, withheld: frozenset[str]
) -> Difference:
    """What changes and how the feed tells it; a row whose visible values are the same is not touched.

    Args:
        desired: FIELDS and profile_id, without the withheld.
        windows: profile_id and WINDOW for the profiles whose timing was computed.
        current: FIELDS, profile_id and WINDOW as published.
        withheld: profiles that may not be shown.
    """
    is_new = pl.col("was").is_null()
    timed = windows.select(
        "profile_id", *(pl.col(name).alias(f"timed_{name}") for name in WINDOW), is_timed=pl.lit(True)
    )
    before = current.select("profile_id", *(pl.col(n).alias(f"before_{n}") for n in SHOWN), was=pl.col("status"))
    pairs = desired.join(timed, on="profile_id", how="left").join(before, on="profile_id", how="left")
    pairs = pairs.with_columns(
        pl.when("is_timed").then(f"timed_{name}").otherwise(f"before_{name}").alias(name) for name in WINDOW
    ).with_columns(
        # no timing row yet and a closed window say the same
        pl.col("new_exec_window_open").fill_null(False),
        pl.col("before_new_exec_window_open").fill_null(False),
    )
    changes = {name: pl.col(name).ne_missing(pl.col(f"before_{name}")) for name in SHOWN}
    pairs = pairs.with_columns(change.alias(f"changed_{name}") for name, change in changes.items())
    pairs = pairs.filter(is_new | pl.any_horizontal(f"changed_{name}" for name in SHOWN))
    names = [pl.when(f"changed_{name}").then(pl.lit(name)) for name in SHOWN]
    feed = pairs.select(
        "profile_id",
        _operation(is_new).alias("op"),
        pl.concat_list(names).list.drop_nulls().alias("changed_fields"),
        pl.when(~is_new).then(_json_of_changed("before_")).alias("before"),
        _json_of_changed("").alias("after"),
    )
    gone = current.filter(pl.col("profile_id").is_in(sorted(withheld))).select(
        "profile_id",
        pl.lit(FeedOperation.SUPPRESS.value).alias("op"),
        pl.lit([], pl.List(pl.String)).alias("changed_fields"),
        pl.lit(None, pl.String).alias("before"),
        pl.lit(None, pl.String).alias("after"),
    )
    feed = pl.concat([feed, gone]).sort("profile_id", "op")
    return Difference(pairs.select("profile_id", *FIELDS), feed)


def _operation(is_new: pl.Expr) -> pl.Expr:
    def turned(status: ProfileStatus) -> pl.Expr:
        return (pl.col("status") == status.value) & pl.col("was").ne_missing(pl.lit(status.value))

    return (
        pl.when(is_new)
        .then(pl.lit(FeedOperation.INSERT.value))
        .when(turned(ProfileStatus.MERGED))
        .then(pl.lit(FeedOperation.MERGE.value))
        .when(turned(ProfileStatus.CEASED))
        .then(pl.lit(FeedOperation.CEASE.value))
        .otherwise(pl.lit(FeedOperation.UPDATE.value))
    )


def _json_of_changed(prefix: str) -> pl.Expr:
    """`{"field": value, ...}` of the changed fields only, in the order of the columns."""
    parts = []
    for name in SHOWN:
        whole = pl.struct(pl.col(f"{prefix}{name}").alias(name)).struct.json_encode()
        parts.append(pl.when(f"changed_{name}").then(whole.str.slice(1).str.head(-1)))
    return pl.concat_str(pl.lit("{"), pl.concat_str(parts, separator=",", ignore_nulls=True), pl.lit("}"))
