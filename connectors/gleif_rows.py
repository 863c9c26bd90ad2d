"""GLEIF's files as columns of texts -> frames, with expressions: the same rows that the API's answers give."""

import re
from dataclasses import dataclass

import polars as pl

from connectors.contract import Batch, NotAnAnswerError, Rejected
from connectors.fields import UNWANTED
from connectors.rows import empty_frame, make_batch
from schemas.frames import LegalUnit, Relationship
from schemas.identifiers import normalise
from schemas.reference import registration_scheme
from schemas.vocabulary import Diffusion, LifeStatus, RelationshipKind

SOURCE = "gleif"
NO_REGISTER = ("RA888888", "RA999999")  # the entity has none, or one that the list of registers lacks
NO_LEGAL_FORM = ("8888", "9999")  # ELF: has no code yet, has no legal form
LIFE = {"ACTIVE": LifeStatus.ACTIVE.value, "INACTIVE": LifeStatus.CEASED.value, "NULL": LifeStatus.UNKNOWN.value}
TIES = {
    "IS_DIRECTLY_CONSOLIDATED_BY": RelationshipKind.DIRECTLY_CONSOLIDATED_BY.value,
    "IS_ULTIMATELY_CONSOLIDATED_BY": RelationshipKind.ULTIMATELY_CONSOLIDATED_BY.value,
    "IS_INTERNATIONAL_BRANCH_OF": RelationshipKind.BRANCH_OF.value,
    "IS_FUND-MANAGED_BY": RelationshipKind.FUND_MANAGED_BY.value,
    "IS_SUBFUND_OF": RelationshipKind.SUBFUND_OF.value,
    "IS_FEEDER_TO": RelationshipKind.FEEDER_TO.value,
}
EXCEPTIONS = {
    "DIRECT_ACCOUNTING_CONSOLIDATION_PARENT": RelationshipKind.NO_DIRECT_PARENT.value,
    "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT": RelationshipKind.NO_ULTIMATE_PARENT.value,
}
UNWANTED_TEXT = UNWANTED.pattern
LETTERS = {ord(letter): str(ord(letter) - 55) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}  # ISO 7064: A is 10
LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}", re.ASCII)
NAMES = tuple(
    f"Entity.{group}.{name}.{number}"
    for group, name in (
        ("OtherEntityNames", "OtherEntityName"),
        ("TransliteratedOtherEntityNames", "TransliteratedOtherEntityName"),
    )
    for number in range(1, 6)
)
PERIODS = tuple(range(1, 6))


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: what it must have, what else is read, and the beginnings of what is known and left out."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    known: tuple[str, ...]

    def knows(self, name: str) -> bool:
        """Whether a column is read, or left out by name."""
        return not name.endswith("!") and (
            name in self.required or name in self.optional or name.startswith(self.known)
        )


def _address(part: str) -> tuple[str, ...]:
    lines = ("FirstAddressLine", "AddressNumber", *(f"AdditionalAddressLine.{n}" for n in range(1, 4)))
    return tuple(f"Entity.{part}.{name}" for name in (*lines, "City", "Region", "PostalCode"))


KINDS_OF_FILE = {
    "lei2": FileKind(
        required=(
            "LEI", "Entity.LegalName", "Entity.LegalAddress.Country", "Entity.HeadquartersAddress.Country",
            "Entity.EntityStatus", "Registration.LastUpdateDate",
        ),
        optional=(
            *_address("LegalAddress"), *NAMES, "Entity.EntityCategory", "Entity.EntityCreationDate",
            "Entity.EntityExpirationDate", "Entity.LegalForm.EntityLegalFormCode",
            "Entity.RegistrationAuthority.RegistrationAuthorityID",
            "Entity.RegistrationAuthority.RegistrationAuthorityEntityID", "Entity.SuccessorEntity.1.SuccessorLEI",
            "Entity.SuccessorEntity.SuccessorLEI",
        ),
        known=(
            "ConformityFlag", "Entity.AssociatedEntity", "Entity.EntityExpirationReason", "Entity.EntitySubCategory",
            "Entity.HeadquartersAddress.", "Entity.LegalAddress.", "Entity.LegalEntityEvents.",
            "Entity.LegalForm.Other", "Entity.LegalJurisdiction", "Entity.LegalName.", "Entity.OtherAddresses.",
            "Entity.OtherEntityNames.", "Entity.RegistrationAuthority.Other", "Entity.SuccessorEntity",
            "Entity.TransliteratedOtherAddresses.",
            "Entity.TransliteratedOtherEntityNames.", "Extension", "Registration.InitialRegistrationDate",
            "Registration.ManagingLOU", "Registration.NextRenewalDate", "Registration.OtherValidationAuthorities.",
            "Registration.RegistrationStatus", "Registration.Validation",
        ),
    ),
    "rr": FileKind(
        required=(
            "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID", "Relationship.RelationshipType",
            "Relationship.RelationshipStatus",
        ),
        optional=(
            "Registration.LastUpdateDate", "Registration.RegistrationStatus",
            *(f"{start}.{n}.{name}" for n in PERIODS
              for start, names in (
                  ("Relationship.Period", ("startDate", "endDate", "periodType")),
                  ("Relationship.RelationshipPeriods.RelationshipPeriod", ("StartDate", "EndDate", "PeriodType")),
              ) for name in names),
        ),
        known=(
            "Extension", "Relationship.StartNode.NodeIDType", "Relationship.EndNode.NodeIDType", "Relationship.Period",
            "Relationship.Quantifiers.", "Relationship.Qualifiers.", "Relationship.RelationshipPeriods.",
            "Relationship.RelationshipQuantifiers.", "Relationship.RelationshipQualifiers.",
            "Registration.InitialRegistrationDate", "Registration.ManagingLOU", "Registration.NextRenewalDate",
            "Registration.Validation",
        ),
    ),
    "repex": FileKind(
        required=("LEI",),
        optional=(
            "Exception.Category", "Exception.Reason.1", "ExceptionCategory", "ExceptionReason.1", "ExceptionReason",
        ),
        known=("Exception.Reason.", "Exception.Reference.", "ExceptionReason.", "ExceptionReference", "Extension"),
    ),
}  # fmt: skip


def column_plan(names: "list[str] | dict[str, str]") -> tuple[str, frozenset[str]]:
    """Which kind of file has these columns, and which of them are read.

    Raises:
        NotAnAnswerError: no kind of file that we read.
    """
    present = set(names)
    kind = next(
        (
            kind
            for kind, mark in (("rr", "Relationship.RelationshipType"), ("lei2", "Entity.LegalName"), ("repex", "LEI"))
            if mark in present
        ),
        None,
    )
    if kind == "repex" and not present & {"Exception.Category", "ExceptionCategory"}:
        kind = None
    if kind is None:
        raise NotAnAnswerError("no file of GLEIF: neither legal entities nor relationships nor reporting exceptions")
    plan = KINDS_OF_FILE[kind]
    if isinstance(names, list) and (missing := [name for name in plan.required if name not in present]):
        raise NotAnAnswerError(f"the file of GLEIF lacks the column {missing[0]}")
    return kind, frozenset((*plan.required, *plan.optional))


def batch_of(kind: str, columns: pl.DataFrame, unknown: tuple[str, ...]) -> Batch:
    """One piece of a file, every record a row or rejected with its reason."""
    plan = KINDS_OF_FILE[kind]
    absent = [pl.lit(None, pl.String).alias(n) for n in (*plan.required, *plan.optional) if n not in columns.columns]
    texts = columns.with_columns(absent).with_columns(
        pl.all().str.replace_all(UNWANTED_TEXT, " ").str.replace_all(r"\s+", " ").str.strip_chars().replace("", None)
    )
    read = {"lei2": _units, "rr": _ties, "repex": _exceptions}[kind](texts)
    name = "legal_units" if kind == "lei2" else "relationships"
    schema = LegalUnit if kind == "lei2" else Relationship
    refused = read.filter(pl.col("_reason").is_not_null())
    told = refused.select("source_key", "_reason").rows()
    rejected = [Rejected(key, reason, "one record of a file") for key, reason in told]
    good = read.filter(pl.col("_reason").is_null()).drop("_reason")
    newest = good.sort("record_updated_at", descending=True, nulls_last=True, maintain_order=True)
    kept = newest.unique("source_key", keep="first", maintain_order=True)
    if kept.height < good.height:  # told twice: the newer one is kept
        twice = newest.filter(~newest["source_key"].is_first_distinct())
        reason = "the file tells this record twice; the newer one is kept"
        rejected += [Rejected(key, reason) for key in twice["source_key"]]
    else:
        kept = good
    frame = pl.concat([empty_frame(schema), kept], how="diagonal").select(empty_frame(schema).columns)
    valid, failure = schema.filter(frame, cast=True)
    if len(failure):
        bad = failure.invalid()["source_key"]
        rejected += [Rejected(key, "a rule of the frame refuses it", "one record of a file") for key in bad]
    other = {"legal_units": Relationship, "relationships": LegalUnit}[name]
    empty = "relationships" if name == "legal_units" else "legal_units"
    return make_batch({name: valid, empty: empty_frame(other)}, rejected, unknown)


def _units(texts: pl.DataFrame) -> pl.DataFrame:
    entity = "Entity."
    category = pl.col(entity + "EntityCategory")
    is_natural = (category == "SOLE_PROPRIETOR").fill_null(False)
    form = pl.col(entity + "LegalForm.EntityLegalFormCode")
    has_form = form.is_not_null() & ~form.is_in(NO_LEGAL_FORM)
    country, region = pl.col(entity + "LegalAddress.Country"), pl.col(entity + "LegalAddress.Region")
    life = pl.col(entity + "EntityStatus").replace_strict(LIFE, default=None, return_dtype=pl.String)
    created, expired, updated = (
        entity + "EntityCreationDate", entity + "EntityExpirationDate", "Registration.LastUpdateDate",
    )  # fmt: skip
    more = (f"AdditionalAddressLine.{i}" for i in (1, 2, 3))
    lines = [f"Entity.LegalAddress.{name}" for name in ("FirstAddressLine", *more)]
    number = pl.col("Entity.LegalAddress.AddressNumber")
    street = pl.concat_str([*lines], separator=", ", ignore_nulls=True).replace("", None)
    street = (
        pl.when(number.is_not_null() & ~street.str.contains(number, literal=True).fill_null(False))
        .then(pl.concat_str([street, number], separator=", ", ignore_nulls=True))
        .otherwise(street)
    )
    other = pl.concat_list([pl.col(name) for name in NAMES]).list.drop_nulls().list.unique().list.sort()
    successor = pl.coalesce(entity + "SuccessorEntity.1.SuccessorLEI", entity + "SuccessorEntity.SuccessorLEI")
    return texts.select(
        source=pl.lit(SOURCE),
        source_key="LEI",
        lei="LEI",
        name=entity + "LegalName",
        other_names=other.list.set_difference(pl.concat_list(pl.col(entity + "LegalName"))).list.sort(),
        **_registered(texts),
        legal_form_code=pl.when(has_form).then(form),
        legal_form_scheme=pl.when(has_form).then(pl.lit("ELF")),
        entity_category=category,
        is_natural_person=is_natural,
        diffusion=pl.lit(Diffusion.OPEN.value),
        life_status=life,
        created_on=_day(created),
        ceased_on=_day(expired),
        successor_key=successor,
        country_code=country,
        address_line=pl.when(~is_natural).then(street),  # a sole proprietor's may be a home
        postal_code=entity + "LegalAddress.PostalCode",
        city=entity + "LegalAddress.City",
        region_code=pl.when(
            region.str.contains("^[A-Z]{2}-[A-Z0-9]{1,3}$") & (region.str.head(2) == country)
        ).then(region),
        hq_country_code=entity + "HeadquartersAddress.Country",
        record_updated_at=_instant(updated),
        _reason=_first_reason(
            ~_are_leis(texts["LEI"]), "LEI is no LEI (twenty characters, ISO 7064 mod 97-10)",
            pl.col(entity + "LegalName").is_null(), "Entity.LegalName is missing",
            life.is_null(), "Entity.EntityStatus is none of ACTIVE, INACTIVE, NULL",
            country.is_null(), "Entity.LegalAddress.Country is missing",
            _instant(updated).is_null(), "Registration.LastUpdateDate is missing, or no date and time",
            pl.col(created).is_not_null() & _day(created).is_null(), f"{created}: expected a date and time",
            pl.col(expired).is_not_null() & _day(expired).is_null(), f"{expired}: expected a date and time",
        ),
    )  # fmt: skip


def _registered(texts: pl.DataFrame) -> dict[str, pl.Series]:
    """The number in the entity's own register, of a scheme that we know where it is valid there, else by authority."""
    authority, number = (
        texts[f"Entity.RegistrationAuthority.{name}"]
        for name in ("RegistrationAuthorityID", "RegistrationAuthorityEntityID")
    )
    codes = [code for code in authority.unique() if code and code not in NO_REGISTER]
    schemes = {code: registration_scheme(code) for code in codes}
    ruled = {code for code, scheme in schemes.items() if scheme != code}
    plain = number.str.to_uppercase().to_list()
    ids: list[str | None] = []
    names: list[str | None] = []
    for code, text in zip(authority, plain, strict=True):  # three registers in a hundred have a rule of their own
        valid = text if code in schemes else None
        scheme = code if valid else None
        if valid and code in ruled and (own := normalise(schemes[code], text)):
            valid, scheme = own, schemes[code]
        ids.append(valid)
        names.append(scheme)
    return {"national_id": pl.Series(ids, dtype=pl.String), "national_id_scheme": pl.Series(names, dtype=pl.String)}


def _ties(texts: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("Relationship.RelationshipType").replace_strict(TIES, default=None, return_dtype=pl.String)
    child, parent = "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID"
    started, ended = _newest_period()
    return texts.select(
        source=pl.lit(SOURCE),
        source_key=pl.concat_str([child, kind, parent], separator="|"),
        kind=kind,
        child_key=child,
        parent_key=parent,
        is_active=pl.col("Relationship.RelationshipStatus") == "ACTIVE",
        registration_status="Registration.RegistrationStatus",  # LAPSED: the fee is unpaid, the tie stands
        started_on=started,
        ended_on=ended,
        record_updated_at=_instant("Registration.LastUpdateDate"),
        _reason=_first_reason(
            ~(_are_leis(texts[child]) & _are_leis(texts[parent])), "a node is no LEI (ISO 7064 mod 97-10)",
            kind.is_null(), f"Relationship.RelationshipType is none of {', '.join(TIES)}",
            pl.col("Relationship.RelationshipStatus").is_null(), "Relationship.RelationshipStatus is missing",
        ),
    )  # fmt: skip


def _newest_period() -> tuple[pl.Expr, pl.Expr]:
    """First and last day of the newest RELATIONSHIP_PERIOD; accounting and filing periods are none of the tie's."""
    started, ended = [], []
    for n in PERIODS:
        csv, inner = f"Relationship.Period.{n}.", f"Relationship.RelationshipPeriods.RelationshipPeriod.{n}."
        is_tie = pl.coalesce(csv + "periodType", inner + "PeriodType") == "RELATIONSHIP_PERIOD"
        start = pl.coalesce(_day(csv + "startDate"), _day(inner + "StartDate"))
        started.append(pl.when(is_tie).then(start))
        ended.append(pl.when(is_tie).then(pl.coalesce(_day(csv + "endDate"), _day(inner + "EndDate"))))
    newest = pl.max_horizontal(started)
    last = pl.coalesce([pl.when(start == newest).then(end) for start, end in zip(started, ended, strict=True)])
    return newest, last


def _exceptions(texts: pl.DataFrame) -> pl.DataFrame:
    category = pl.coalesce("Exception.Category", "ExceptionCategory")
    kind = category.replace_strict(EXCEPTIONS, default=None, return_dtype=pl.String)
    reason = pl.coalesce("Exception.Reason.1", "ExceptionReason.1", "ExceptionReason")
    return texts.select(
        source=pl.lit(SOURCE),
        source_key=pl.concat_str(["LEI", kind], separator="|"),
        kind=kind,
        child_key="LEI",
        exception_reason=reason,
        is_active=pl.lit(True),
        record_updated_at=pl.lit(None, pl.Datetime("us", "UTC")),
        _reason=_first_reason(
            ~_are_leis(texts["LEI"]), "LEI is no LEI (twenty characters, ISO 7064 mod 97-10)",
            kind.is_null(), f"Exception.Category is none of {', '.join(EXCEPTIONS)}",
            reason.is_null(), "Exception.Reason is missing",
        ),
    )  # fmt: skip


def _first_reason(*pairs: "pl.Expr | pl.Series | str") -> pl.Expr:
    """The first reason whose fault a record has; null for a good one."""
    faults, reasons = pairs[::2], pairs[1::2]
    told = [
        pl.when(pl.lit(f) if isinstance(f, pl.Series) else f).then(pl.lit(r))
        for f, r in zip(faults, reasons, strict=True)
    ]
    return pl.coalesce(told)


def _are_leis(texts: pl.Series) -> pl.Series:
    """Which texts are LEIs. Arithmetic on whole numbers of forty digits: no column type holds them."""
    found = [
        bool(text) and LEI.fullmatch(text) is not None and int(text.translate(LETTERS)) % 97 == 1 for text in texts
    ]
    return pl.Series(found, dtype=pl.Boolean)


def _instant(column: str) -> pl.Expr:
    text = pl.col(column).str.replace("Z$", "+00:00")
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False)


def _day(column: str) -> pl.Expr:
    """The calendar day that an instant stands for: the nearest midnight, as for the API's answers."""
    return _instant(column).dt.convert_time_zone("UTC").dt.offset_by("12h").dt.date()
