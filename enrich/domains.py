"""Whose a web domain is, by what its own pages say: an identifier ties it, a second one forbids to.

A name alone never ties (two companies may share it), and the host's or the web agency's number is not the company's.
"""

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import DomainTie, LinkRecord, ObservedLegalUnit, ObservedPage
from schemas.vocabulary import ClaimPlace, SiteParty, TieStatus

SIREN, SIRET, VAT, LEI = "FR-RCS", "FR-SIRET", "VAT", "LEI"
SIREN_LENGTH = 9
FRENCH_VAT = "^FR[0-9A-Z]{2}[0-9]{9}$"
CLAIM = pl.Struct({name: pl.String for name in ("scheme", "value", "party", "place", "quote")})
CLAIMED = ["scheme", "value"]
OWNER = ["owner_scheme", "owner"]
# the best evidence first: what the law makes a company say, then what it tells search engines
PLACES = {ClaimPlace.LEGAL_NOTICE.value: 0, ClaimPlace.JSON_LD.value: 1}


@step
def tie_domains(
    pages: dy.DataFrame[ObservedPage], units: dy.DataFrame[ObservedLegalUnit], accounts: dy.DataFrame[LinkRecord]
) -> dy.DataFrame[DomainTie]:
    """Tie each domain to the legal unit whose number its publisher claims.

    Args:
        pages: current pages.
        units: current legal units of all registers.
        accounts: the CRM's accounts; `domain` registrable, lower case.

    Returns:
        `tied`: one row a domain, where all claims name one known unit. `conflict`: one row for each claimant, where
        two units are claimed, or where every account with this domain has another unit's number. A domain whose pages
        claim nothing, or a unit that no register told of, has no row: unknown stays unknown.
    """
    owners = _owners(units)
    claims = _name_owners(_publisher_claims(pages), owners)
    rivals = claims.group_by("domain").agg(rivals=pl.struct(OWNER).n_unique())
    best = (
        claims.join(rivals, on="domain")
        .sort(["domain", *OWNER, "place_rank", "source_key", "scheme", "value", "quote"], nulls_last=True)
        .unique(["domain", *OWNER], keep="first", maintain_order=True)
        .join(_account_words(accounts, owners), on=["domain", *OWNER], how="left")
        .join(_contradicted(accounts, owners, claims), on="domain", how="left")
    )
    is_rivalled = pl.col("rivals") > 1
    is_denied = pl.col("denied_by").is_not_null()
    judged = best.filter(is_rivalled | pl.col("is_known")).with_columns(
        status=pl.when(is_rivalled | is_denied)
        .then(pl.lit(TieStatus.CONFLICT.value))
        .otherwise(pl.lit(TieStatus.TIED.value)),
        reason=pl.when(is_rivalled)
        .then(pl.format("{} different companies are named as publisher", "rivals"))
        .when(is_denied)
        .then(pl.format("account {} has this domain and another number", "denied_by"))
        .otherwise(
            pl.concat_str(
                pl.format("{} {} on the site", "scheme", "value"), "agreed", separator="; ", ignore_nulls=True
            )
        ),
    )
    ties = judged.select(
        "domain",
        pl.col("owner_scheme").alias("scheme"),
        pl.col("owner").alias("identifier"),
        "status",
        pl.col("place").alias("method"),
        "quote",
        "reason",
        "source",
        "source_key",
        "payload_sha256",
        pl.col("observed_from").alias("observed_at"),
    )
    return DomainTie.cast(ties.sort("domain", "scheme", "identifier"))


def _owners(units: pl.DataFrame) -> pl.DataFrame:
    """Which unit each identifier names (scheme, value, owner_scheme, owner); one that names two units names none."""
    known = units.with_columns(
        owner_scheme=pl.coalesce("national_id_scheme", pl.when(pl.col("lei").is_not_null()).then(pl.lit(LEI))),
        owner=pl.coalesce("national_id", "lei"),
    ).filter(pl.col("owner").is_not_null())
    long = pl.concat(
        [
            known.select(*OWNER, scheme="national_id_scheme", value="national_id"),
            known.select(*OWNER, scheme=pl.lit(LEI), value="lei"),
            known.select(*OWNER, scheme=pl.lit(VAT), value="vat_number"),
        ]
    ).drop_nulls()
    distinct = long.unique()
    # a unit that one register knows by number and LEI, and another by its LEI alone, is one: the number names it
    is_weaker = (pl.col("owner_scheme") == LEI) & (pl.len().over(CLAIMED) > 1)
    return distinct.filter(~is_weaker).filter(pl.len().over(CLAIMED) == 1)


def _publisher_claims(pages: pl.DataFrame) -> pl.DataFrame:
    """One row for each number that a page gives its publisher; a SIRET and a French VAT number tell the SIREN."""
    told = (
        pages.select("domain", "source", "source_key", "payload_sha256", "observed_from", "claims")
        .explode("claims")
        .drop_nulls("claims")
        .with_columns(pl.col("claims").str.json_decode(CLAIM))
        .unnest("claims")
        .filter(pl.col("party") == SiteParty.PUBLISHER.value)
    )
    is_french_vat = (pl.col("scheme") == VAT) & pl.col("value").str.contains(FRENCH_VAT)
    return told.with_columns(
        scheme=pl.when((pl.col("scheme") == SIRET) | is_french_vat).then(pl.lit(SIREN)).otherwise("scheme"),
        value=pl.when(pl.col("scheme") == SIRET)
        .then(pl.col("value").str.head(SIREN_LENGTH))
        .when(is_french_vat)
        .then(pl.col("value").str.tail(SIREN_LENGTH))
        .otherwise("value"),
        place_rank=pl.col("place").replace_strict(PLACES, default=len(PLACES), return_dtype=pl.Int32),
    )


def _name_owners(claims: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """The claims with the unit that each names; a SIREN names a unit also where no register of ours told of it."""
    named = claims.join(owners, on=CLAIMED, how="left").with_columns(is_known=pl.col("owner").is_not_null())
    stands_alone = pl.col("owner").is_null() & (pl.col("scheme") == SIREN)
    return named.with_columns(
        owner_scheme=pl.when(stands_alone).then("scheme").otherwise("owner_scheme"),
        owner=pl.when(stands_alone).then("value").otherwise("owner"),
    ).filter(pl.col("owner").is_not_null())


def _account_owners(accounts: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """What the CRM says: domain, record and the unit that the account's own number names."""
    told = pl.concat(
        [
            accounts.select("domain", "record", scheme="national_id_scheme", value="national_id"),
            accounts.select("domain", "record", scheme=pl.lit(LEI), value="lei"),
        ]
    ).drop_nulls()
    named = told.join(owners, on=CLAIMED, how="left")
    return named.select(
        "domain",
        "record",
        owner_scheme=pl.coalesce("owner_scheme", "scheme"),
        owner=pl.coalesce("owner", "value"),
    ).unique()


def _account_words(accounts: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """The domains and units that an account joins as well, in words."""
    told = _account_owners(accounts, owners)
    return told.group_by("domain", *OWNER).agg(agreed=pl.format("agrees with {}", pl.col("record").min()).first())


def _contradicted(accounts: pl.DataFrame, owners: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Domains whose accounts all have another unit's number (domain, denied_by); one that agrees is enough.

    Only numbers of one scheme contradict each other: a foreign number says nothing of a SIREN.
    """
    told = _account_owners(accounts, owners)
    site = claims.select("domain", *OWNER).unique()
    met = told.join(site, on=["domain", "owner_scheme"], suffix="_site").with_columns(
        agrees=pl.col("owner") == pl.col("owner_site")
    )
    denied = met.group_by("domain").agg(pl.col("agrees").any(), pl.col("record").min().alias("denied_by"))
    return denied.filter(~pl.col("agrees")).select("domain", "denied_by")


@step
def fill_identifiers(accounts: dy.DataFrame[LinkRecord], ties: dy.DataFrame[DomainTie]) -> dy.DataFrame[LinkRecord]:
    """Give accounts that hold a domain and nothing else to go by the number that the domain is tied to.

    An account with a name keeps to its name: subsidiaries share their group's domain.
    """
    tied = ties.filter(pl.col("status") == TieStatus.TIED.value).select(
        "domain", tied_scheme="scheme", tied_to="identifier"
    )
    joined = accounts.join(tied, on="domain", how="left", maintain_order="left")
    is_bare = pl.all_horizontal(pl.col("name", "national_id", "lei", "vat_number").is_null())
    is_lei = pl.col("tied_scheme") == LEI
    filled = joined.with_columns(
        national_id=pl.when(is_bare & ~is_lei).then("tied_to").otherwise("national_id"),
        national_id_scheme=pl.when(is_bare & ~is_lei).then("tied_scheme").otherwise("national_id_scheme"),
        lei=pl.when(is_bare & is_lei).then("tied_to").otherwise("lei"),
    )
    return LinkRecord.cast(filled.select(accounts.columns))
