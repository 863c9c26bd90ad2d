"""The declared frames: what crosses a floor, with its key and rules.

Three families, in the order of the night: what connectors read (observed), what `enrich` decides (resolved), and what
a profile is made of. `record` is always `source|source_key`. Lists are sorted and hold no empty text.
"""

from typing import Any

import dataframely as dy
import polars as pl

from schemas.vocabulary import (
    Band,
    BuyingRole,
    ChangeKind,
    ChangeStatus,
    ClaimPlace,
    ClaimStatus,
    ContractParty,
    ContractStage,
    CorroboratedProperty,
    DateBasis,
    Diffusion,
    EntityKind,
    ExecutiveRole,
    FinancialScope,
    GroupRole,
    Judgement,
    LifeStatus,
    MassState,
    MatchStatus,
    MovementKind,
    NoticeEventKind,
    NoticeFamily,
    NoticeKind,
    NoticeParty,
    OfficeGroup,
    OfficerKind,
    PageKind,
    PresenceKind,
    PresenceLevel,
    ProfileStatus,
    RelationshipKind,
    SiteStatus,
    SizeCategory,
    StatementDoubt,
    Tier,
    TieStatus,
)


def words(enum: type[Any], **options: Any) -> dy.String:
    """A text column that takes the values of one vocabulary only."""
    return dy.String(regex=f"^({'|'.join(member.value for member in enum)})$", **options)


def instant(**options: Any) -> dy.Datetime:
    """A UTC instant."""
    return dy.Datetime(time_zone="UTC", time_unit="us", **options)


def country(**options: Any) -> dy.String:
    """An ISO 3166-1 alpha-2 country code."""
    return dy.String(regex="^[A-Z]{2}$", **options)


def share(**options: Any) -> dy.Float64:
    """A number from 0 to 1."""
    return dy.Float64(min=0.0, max=1.0, **options)


# ---------------------------------------------------------------------------------------------------- observed


class SourceRecord(dy.Schema):
    """What every observed row begins with."""

    source = dy.String(primary_key=True, min_length=1)
    source_key = dy.String(primary_key=True, min_length=1)


class LegalUnit(SourceRecord):
    """`legal_units`: one register's record of one legal unit. Masked texts ([ND], [NON-DIFFUSIBLE]) are null."""

    name = dy.String(nullable=True, max_length=500)
    other_names = dy.List(dy.String())
    country_code = country(nullable=True)
    national_id = dy.String(nullable=True)
    national_id_scheme = dy.String(nullable=True)
    lei = dy.String(nullable=True, regex="^[A-Z0-9]{20}$")
    vat_number = dy.String(nullable=True)
    legal_form_code = dy.String(nullable=True)
    legal_form_scheme = dy.String(nullable=True)  # FR-CJ (INSEE categories juridiques) or ELF (ISO 20275)
    entity_category = dy.String(nullable=True)  # GLEIF: GENERAL, FUND, BRANCH, SOLE_PROPRIETOR, ...
    is_natural_person = dy.Bool()
    diffusion = words(Diffusion)
    life_status = words(LifeStatus)
    created_on = dy.Date(nullable=True)
    ceased_on = dy.Date(nullable=True)
    successor_key = dy.String(nullable=True)
    activity_code = dy.String(nullable=True)
    activity_code_scheme = dy.String(nullable=True)  # NAF2008
    size_category = words(SizeCategory, nullable=True)
    employees_band = dy.String(nullable=True)  # INSEE tranche d'effectif, a code and never sorted as text
    employees_year = dy.Int32(nullable=True)
    address_line = dy.String(nullable=True)
    postal_code = dy.String(nullable=True)
    city = dy.String(nullable=True)
    region_code = dy.String(nullable=True)
    hq_country_code = country(nullable=True)
    sites_count = dy.Int32(nullable=True, min=0)
    sites_open_count = dy.Int32(nullable=True, min=0)
    has_responsible_buyer_label = dy.Bool(nullable=True)  # RFAR: est_achats_responsables
    record_updated_at = instant(nullable=True)

    @dy.rule()
    def identifier_has_scheme(cls) -> pl.Expr:
        """A national identifier always says whose it is."""
        return pl.col("national_id").is_null() == pl.col("national_id_scheme").is_null()


class Establishment(SourceRecord):
    """`establishments`: one site of a legal unit; `unit_key` is the unit's source_key in the same source."""

    unit_key = dy.String(min_length=1)
    name = dy.String(nullable=True, max_length=500)
    is_head_office = dy.Bool()
    site_status = words(SiteStatus)
    diffusion = words(Diffusion)
    address_line = dy.String(nullable=True)
    postal_code = dy.String(nullable=True)
    city = dy.String(nullable=True)
    region_code = dy.String(nullable=True)
    country_code = country(nullable=True)
    activity_code = dy.String(nullable=True)
    employees_band = dy.String(nullable=True)
    opened_on = dy.Date(nullable=True)
    closed_on = dy.Date(nullable=True)
    record_updated_at = instant(nullable=True)


class Appointment(SourceRecord):
    """`appointments`: one office held in one legal unit.

    Where the register has no officer id, source_key is `unit | title | family | usage | given | birth month` (or the
    organisation's id), lower case; the birth month lives here and in person keys only.
    """

    unit_key = dy.String(min_length=1)
    officer_kind = words(OfficerKind)
    family_name = dy.String(nullable=True, max_length=300)
    usage_name = dy.String(nullable=True, max_length=300)
    given_names = dy.String(nullable=True, max_length=300)
    birth_month = dy.String(nullable=True, regex=r"^[0-9]{4}-[0-9]{2}$")
    organisation_name = dy.String(nullable=True, max_length=500)
    organisation_id = dy.String(nullable=True)
    officer_id = dy.String(nullable=True)
    title = dy.String(nullable=True, max_length=300)
    role = words(ExecutiveRole)
    office_group = words(OfficeGroup)
    started_on = dy.Date(nullable=True)
    ended_on = dy.Date(nullable=True)
    record_updated_at = instant(nullable=True)

    @dy.rule()
    def officer_has_a_name(cls) -> pl.Expr:
        """A person has a family name, an organisation a name or an identifier."""
        person = (pl.col("officer_kind") == OfficerKind.PERSON.value) & pl.col("family_name").is_not_null()
        organisation = pl.col("organisation_name").is_not_null() | pl.col("organisation_id").is_not_null()
        return person | ((pl.col("officer_kind") == OfficerKind.ORGANISATION.value) & organisation)


class Relationship(SourceRecord):
    """`relationships`: child and parent by their source_key in the same source; exceptions have no parent.

    A row that a list of children implies has the key `child|kind|parent|list`, one of a relationship record
    `child|kind|parent`, an exception `child|kind`.
    """

    kind = words(RelationshipKind)
    child_key = dy.String(min_length=1)
    parent_key = dy.String(nullable=True)
    exception_reason = dy.String(nullable=True)
    is_active = dy.Bool()
    registration_status = dy.String(nullable=True)
    started_on = dy.Date(nullable=True)
    ended_on = dy.Date(nullable=True)
    record_updated_at = instant(nullable=True)

    @dy.rule()
    def parent_or_exception(cls) -> pl.Expr:
        """Exceptions name no parent; every other kind does."""
        exceptions = [RelationshipKind.NO_DIRECT_PARENT.value, RelationshipKind.NO_ULTIMATE_PARENT.value]
        return pl.col("kind").is_in(exceptions) == pl.col("parent_key").is_null()

    @dy.rule()
    def not_its_own_parent(cls) -> pl.Expr:
        """No unit is its own parent."""
        return pl.col("parent_key").is_null() | (pl.col("parent_key") != pl.col("child_key"))


class FinancialStatement(SourceRecord):
    """`financial_statements`: one closing year of one unit, in EUR; a declared 0 is unknown (SOURCES section 11)."""

    unit_key = dy.String(min_length=1)
    closing_year = dy.Int32(min=1900, max=2200)
    closed_on = dy.Date(nullable=True)
    scope = words(FinancialScope)
    revenue_eur = dy.Float64(nullable=True)
    net_income_eur = dy.Float64(nullable=True)
    record_updated_at = instant(nullable=True)


NOTICE_KEY = r"^[A-Z]\|[0-9]{8}\|[0-9A-Za-z_=-]+$"  # publication|parution|number: the joined text alone is ambiguous


class Notice(SourceRecord):
    """`notices`: what one legal notice says of one company that it names.

    source_key is `publication|parution|number|SIREN`, because a sale names several companies; unit_key is the SIREN.
    Person names stand in `administration` and `description` only, and in no row of a natural person.
    """

    notice_key = dy.String(regex=NOTICE_KEY)
    unit_key = dy.String(min_length=1)
    party = words(NoticeParty)
    is_natural_person = dy.Bool()
    family = words(NoticeFamily)
    kind = words(NoticeKind)
    published_on = dy.Date()
    administration = dy.String(nullable=True)  # the raw text, lists joined with ` ; `
    description = dy.String(nullable=True)
    judgement_kind = dy.String(nullable=True)
    effective_on = dy.Date(nullable=True)
    capital_amount = dy.Float64(nullable=True)
    capital_currency = dy.String(nullable=True)
    corrects_key = dy.String(nullable=True, regex=NOTICE_KEY)  # notice_key of the older notice
    record_updated_at = instant(nullable=True)

    @dy.rule()
    def natural_persons_are_not_described(cls) -> pl.Expr:
        """Nothing is kept of a natural person but that there was a notice."""
        silent = pl.col("administration").is_null() & pl.col("description").is_null()
        return ~pl.col("is_natural_person") | silent


class Page(SourceRecord):
    """`pages`: one page of a company's own site and what it says of its publisher; source_key is the address asked.

    No person: a title that may name one is null, and a quote begins at the number's own label. Each of `claims` is a
    JSON object with scheme (FR-RCS, FR-SIRET, VAT, LEI), value, party (SiteParty), place (ClaimPlace) and quote (up to
    300 characters).
    """

    url = dy.String(min_length=1)
    domain = dy.String(min_length=1)
    kind = words(PageKind)
    language = dy.String(nullable=True, regex="^[a-z]{2}$")
    title = dy.String(nullable=True, max_length=300)
    canonical_url = dy.String(nullable=True)
    legal_names = dy.List(dy.String())
    claims = dy.List(dy.String())
    record_updated_at = instant(nullable=True)


class ContractAward(SourceRecord):
    """`contract_awards`: one legal unit's part in one public contract, or in one call for tenders.

    source_key is `contract_key|party|unit_key`. unit_key is the SIREN where the unit has one (scheme FR-RCS), else
    `scheme|identifier`; a party without an identifier that can be cleaned joins nothing and has no row. No name is kept
    but the buyer's, which is a public body; contact persons are never read.
    """

    contract_key = dy.String(min_length=1)
    unit_key = dy.String(min_length=1)
    unit_scheme = dy.String(min_length=1)
    party = words(ContractParty)
    stage = words(ContractStage)
    buyer_name = dy.String(nullable=True, max_length=500)
    country_code = country(nullable=True)  # of this party
    cpv_code = dy.String(nullable=True, regex="^[0-9]{8}$")
    amount_eur = dy.Float64(nullable=True, min=0.0)
    duration_months = dy.Int32(nullable=True, min=1)
    tenders_count = dy.Int32(nullable=True, min=1)
    awarded_on = dy.Date(nullable=True)
    published_on = dy.Date(nullable=True)
    record_updated_at = instant(nullable=True)


class Corroboration(SourceRecord):
    """`corroborations`: one statement about a unit by a source that anybody may write; no person is named in it.

    unit_key is the unit's source_key in the same source. Only statements of the best rank that have not ended.
    """

    unit_key = dy.String(min_length=1)
    property = words(CorroboratedProperty)
    value = dy.String(min_length=1, max_length=500)  # a registrable domain, the parent's source_key, a number
    is_preferred = dy.Bool()
    record_updated_at = instant(nullable=True)


OBSERVED_FRAMES: dict[str, type[SourceRecord]] = {
    "legal_units": LegalUnit,
    "establishments": Establishment,
    "appointments": Appointment,
    "relationships": Relationship,
    "financial_statements": FinancialStatement,
    "notices": Notice,
    "pages": Page,
    "contract_awards": ContractAward,
    "corroborations": Corroboration,
}


class ObservedPage(Page):
    """The current version of a page, with the payload that told of it."""

    observed_from = instant()
    payload_sha256 = dy.String()


class AppointmentVersion(Appointment):
    """One version of an appointment as the store keeps it: seen from `observed_from` until `observed_to` (half-open).

    observed_to is null while the newest good full roster still has the row.
    """

    observed_from = instant(primary_key=True)
    observed_to = instant(nullable=True)
    payload_sha256 = dy.String()


class CurrentRelationship(Relationship):
    """The newest version of a relationship; `observed_from` is when that version was first seen."""

    observed_from = instant()


class RosterSnapshot(dy.Schema):
    """How complete one load of one unit's roster was."""

    source = dy.String(primary_key=True)
    unit_key = dy.String(primary_key=True)
    observed_at = instant(primary_key=True)
    is_full = dy.Bool()
    is_good = dy.Bool()
    count = dy.Int32(min=0)


class ListCompleteness(dy.Schema):
    """For each list scope of relationships (`direct-children:KEY`, ...): is the newest load the whole list?"""

    source = dy.String(primary_key=True)
    list_name = dy.String(primary_key=True)
    unit_key = dy.String()
    is_full = dy.Bool()


# ---------------------------------------------------------------------------------------------------- resolved


class LinkRecord(dy.Schema):
    """One name to link: a register's unit or a CRM account, with whatever else is known of it."""

    record = dy.String(primary_key=True)
    source = dy.String()
    name = dy.String(nullable=True)
    other_names = dy.List(dy.String())
    country_code = country(nullable=True)
    city = dy.String(nullable=True)
    postal_code = dy.String(nullable=True)
    address = dy.String(nullable=True)
    national_id = dy.String(nullable=True)
    national_id_scheme = dy.String(nullable=True)
    lei = dy.String(nullable=True)
    vat_number = dy.String(nullable=True)
    domain = dy.String(nullable=True)


class NamedRecord(LinkRecord):
    """A link record with its name keys (`enrich.names.add_name_keys`); a non-empty name never has an empty key."""

    name_key = dy.String(nullable=True)  # all tokens, normalised, in order
    core_key = dy.String(nullable=True)  # the same without legal forms; never empty when name_key is not
    other_keys = dy.List(dy.String())  # core keys of the other names
    tokens = dy.List(dy.String())  # distinct tokens of core_key and of the other names' core keys
    legal_forms = dy.List(dy.String())


class TokenFrequency(dy.Schema):
    """How many records have a token; `rarity` is 1 for a token that no record has, near 0 for one that all have."""

    token = dy.String(primary_key=True)
    record_count = dy.UInt32(min=1)
    rarity = share()


class BlockSize(dy.Schema):
    """What one block of one blocking rule costs."""

    rule = dy.String(primary_key=True)
    key = dy.String(primary_key=True)
    left_count = dy.UInt32()
    right_count = dy.UInt32()
    pair_count = dy.UInt64()


class BlockedPair(dy.Schema):
    """Two records that share a block and deserve a score."""

    left_record = dy.String(primary_key=True)
    right_record = dy.String(primary_key=True)


class CandidatePair(dy.Schema):
    """Two records that may be one, scored; `left_record` < `right_record` when both come from one frame."""

    left_record = dy.String(primary_key=True)
    right_record = dy.String(primary_key=True)
    score = share()
    band = words(Band)
    reasons = dy.String()


class RecordJudgement(dy.Schema):
    """A human's word on two records."""

    left_record = dy.String(primary_key=True)
    right_record = dy.String(primary_key=True)
    judgement = words(Judgement)


class RecordCluster(dy.Schema):
    """Records of one cluster share `cluster`, the smallest record of the cluster."""

    record = dy.String(primary_key=True)
    cluster = dy.String()
    confidence = share()  # the weakest average link that holds the record in its cluster; 1 alone or by identifier


class RegisteredId(dy.Schema):
    """One row of id_registry: which record founded an id, and when."""

    id = dy.String(primary_key=True)
    kind = dy.String()
    source = dy.String()
    source_key = dy.String()
    n = dy.Int32(min=0)
    minted_at = instant()


class Founder(dy.Schema):
    """A record that founds an id (`enrich.identity.register_ids`)."""

    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)


class EntityRecord(dy.Schema):
    """Which records are one entity."""

    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)
    entity_id = dy.String(regex="^gce_")
    confidence = share()


class IdRedirect(dy.Schema):
    """The loser of a merge and the id that survives."""

    old_id = dy.String(primary_key=True)
    new_id = dy.String()


class AccountMatch(dy.Schema):
    """What one CRM account was matched to; several candidates have ranks from 1."""

    account_id = dy.String(primary_key=True)
    rank = dy.Int32(primary_key=True, min=1)
    match_status = words(MatchStatus)
    entity_id = dy.String(nullable=True)
    score = share(nullable=True)
    band = words(Band)
    reasons = dy.String()


class DomainTie(dy.Schema):
    """Whose web domain it is by its own pages: one row where it is tied, one for each claimant in a conflict.

    scheme and identifier are those of the legal unit (its national number, else its LEI); a row of a conflict may name
    a unit that no source of ours told of.
    """

    domain = dy.String(primary_key=True)
    scheme = dy.String(primary_key=True)
    identifier = dy.String(primary_key=True)
    status = words(TieStatus)
    method = words(ClaimPlace)
    quote = dy.String(nullable=True, max_length=300)
    reason = dy.String()
    source = dy.String()
    source_key = dy.String()
    payload_sha256 = dy.String()
    observed_at = instant()


class ObservedLegalUnit(LegalUnit):
    """The current version of a legal unit's record, with the payload that told of it."""

    observed_from = instant()
    payload_sha256 = dy.String()


class GoldenEntity(dy.Schema):
    """One entity with its chosen values (survivorship: `enrich.golden`)."""

    entity_id = dy.String(primary_key=True)
    name = dy.String(nullable=True)
    legal_name = dy.String(nullable=True)
    aliases = dy.List(dy.String())
    country_code = country(nullable=True)
    national_id = dy.String(nullable=True)
    national_id_scheme = dy.String(nullable=True)
    lei = dy.String(nullable=True)
    vat_number = dy.String(nullable=True)
    legal_form_code = dy.String(nullable=True)
    legal_form_scheme = dy.String(nullable=True)
    entity_category = dy.String(nullable=True)
    is_natural_person = dy.Bool()
    diffusion = words(Diffusion)
    life_status = words(LifeStatus)
    created_on = dy.Date(nullable=True)
    ceased_on = dy.Date(nullable=True)
    activity_code = dy.String(nullable=True)
    activity_code_scheme = dy.String(nullable=True)
    size_category = words(SizeCategory, nullable=True)
    employees_band = dy.String(nullable=True)
    address_line = dy.String(nullable=True)
    postal_code = dy.String(nullable=True)
    city = dy.String(nullable=True)
    region_code = dy.String(nullable=True)
    sites_open_count = dy.Int32(nullable=True)
    has_responsible_buyer_label = dy.Bool(nullable=True)


class Claim(dy.Schema):
    """One claimed value of one field of one entity or profile, and what survivorship made of it."""

    subject_id = dy.String(primary_key=True)
    field = dy.String(primary_key=True)
    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)
    value = dy.String(nullable=True)
    status = words(ClaimStatus)
    payload_sha256 = dy.String(nullable=True)
    observed_at = instant(nullable=True)
    method = dy.String()
    confidence = share()


class GroupLink(dy.Schema):
    """A dated link from child to parent entity; `parent_entity_id` is null where the parent has no record."""

    link_id = dy.String(primary_key=True)  # the relationship's record
    kind = words(RelationshipKind)
    child_entity_id = dy.String()
    parent_entity_id = dy.String(nullable=True)
    parent_key = dy.String(nullable=True)
    exception_reason = dy.String(nullable=True)
    valid_from = dy.Date(nullable=True)
    valid_to = dy.Date(nullable=True)
    source = dy.String()


class BrokenLink(dy.Schema):
    """A link that was left out of the tree because it closes a ring; `link_id` is the GroupLink's."""

    link_id = dy.String(primary_key=True)
    child_entity_id = dy.String()
    parent_entity_id = dy.String()
    reason = dy.String()


class GroupMember(dy.Schema):
    """Place of every entity in its tree; standalone entities are their own head."""

    entity_id = dy.String(primary_key=True)
    head_entity_id = dy.String()
    parent_entity_id = dy.String(nullable=True)
    ultimate_parent_entity_id = dy.String(nullable=True)  # null when unknown, also when only an identifier is known
    depth = dy.Int32(min=0)  # levels under the head; the head has 0
    group_role = words(GroupRole)


class Group(dy.Schema):
    """One group: a head that consolidates at least one other entity."""

    head_entity_id = dy.String(primary_key=True)
    entity_count = dy.Int32(nullable=True, min=2)  # head included; null while a list of children is cut
    known_entity_count = dy.Int32(min=2)  # lower bound
    depth = dy.Int32(min=1)
    is_complete = dy.Bool()


class GroupAnchor(dy.Schema):
    """A group id as the last night left it: its head entity, when it was minted and its status."""

    group_id = dy.String(primary_key=True)
    head_entity_id = dy.String()
    minted_at = instant()
    status = words(ProfileStatus)


class AnchoredGroup(dy.Schema):
    """Which id tonight's group keeps; null = none, a new id is minted for its head."""

    head_entity_id = dy.String(primary_key=True)
    group_id = dy.String(nullable=True)


class CeasedGroup(dy.Schema):
    """A group id whose head no longer consolidates anything."""

    group_id = dy.String(primary_key=True)


class ProfileMember(dy.Schema):
    """Which entities a profile stands for: one for a company, head and consolidated entities for a group."""

    profile_id = dy.String(primary_key=True)
    entity_id = dy.String(primary_key=True)
    entity_kind = words(EntityKind)
    is_anchor = dy.Bool()
    is_complete = dy.Bool()  # every list of children that the group depends on was read whole


class EntityStatement(FinancialStatement):
    """A current financial statement with the entity that it is about, and where it was seen."""

    entity_id = dy.String()
    observed_from = instant()
    payload_sha256 = dy.String()


class BelievedStatement(EntityStatement):
    """A statement after the sanity rules: what is not believed is null, and `doubt` says why."""

    doubt = words(StatementDoubt, nullable=True)


class ProfileFinances(dy.Schema):
    """The statement that one profile shows, and its growth a year over three years of the same kind of accounts."""

    profile_id = dy.String(primary_key=True)
    source = dy.String()
    source_key = dy.String()
    payload_sha256 = dy.String()
    observed_from = instant()
    scope = words(FinancialScope)
    closing_year = dy.Int32()
    revenue_eur = dy.Float64()
    net_income_eur = dy.Float64(nullable=True)
    revenue_cagr_3y = dy.Float64(nullable=True)
    doubt = words(StatementDoubt, nullable=True)


class EntityEstablishment(Establishment):
    """A current establishment with the entity that its unit belongs to."""

    entity_id = dy.String()


class PresenceEvidence(dy.Schema):
    """What proves one country for one profile: one row an entity or site count."""

    profile_id = dy.String(primary_key=True)
    country_code = country(primary_key=True)
    kind = words(PresenceKind, primary_key=True)
    entity_id = dy.String(primary_key=True)
    count = dy.Int32(min=1)
    source = dy.String()
    source_key = dy.String()


class Presence(dy.Schema):
    """How far one profile reaches; unknown stays null, a lower bound never counts as a count."""

    profile_id = dy.String(primary_key=True)
    countries = dy.List(dy.String())  # most evidence first, then by code
    countries_count = dy.Int32(nullable=True, min=1)
    countries_known_count = dy.Int32(min=0)  # lower bound: what the evidence shows
    sites_open_count = dy.Int32(nullable=True, min=0)
    regions_count = dy.Int32(nullable=True, min=0)
    regions_known_count = dy.Int32(min=0)  # lower bound: regions of the home country with a known open site
    home_regions_total = dy.Int32(nullable=True, min=1)
    presence_level = words(PresenceLevel)


class Mandate(dy.Schema):
    """One person's or organisation's office in one entity over time."""

    mandate_id = dy.String(primary_key=True)  # the appointment record that opened it
    entity_id = dy.String()
    person_id = dy.String(nullable=True)  # null for an organisation
    officer_kind = words(OfficerKind)
    full_name = dy.String()  # given names, then family or usage name, cleaned case; organisation's name otherwise
    title = dy.String(nullable=True)
    role = words(ExecutiveRole)
    office_group = words(OfficeGroup)
    started_on = dy.Date(nullable=True)
    started_on_basis = words(DateBasis)
    ended_on = dy.Date(nullable=True)
    is_current = dy.Bool()  # a held absence still counts as current
    missing_snapshots = dy.Int32(min=0)
    first_seen_at = instant()
    last_seen_at = instant()
    source = dy.String()
    source_key = dy.String()
    payload_sha256 = dy.String()


class PersonRecord(dy.Schema):
    """Which appointment records of one unit are one natural person (`enrich.executives.find_people`)."""

    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)
    unit_key = dy.String()
    founder_source_key = dy.String()  # the person's founding appointment record in the same source
    verdict = words(Judgement)  # same: the grouping is sure; unsure: some other person of the unit may be this one
    doubtful_with = dy.List(dy.String())  # founder_source_key of those others


class PersonAppointment(PersonRecord):
    """A person record with the id that its founder was given."""

    person_id = dy.String()


class Person(dy.Schema):
    """One natural person inside one entity's rosters, with the ids that its records founded."""

    person_id = dy.String(primary_key=True)
    source = dy.String()
    source_key = dy.String()  # the founding appointment record


class ChangeFacts(dy.Schema):
    """Who arrived, left or changed title; without a declared date it is a window (seen_before, first_seen_at]."""

    entity_id = dy.String()
    person_id = dy.String(nullable=True)
    officer_kind = words(OfficerKind)
    full_name = dy.String()
    kind = words(ChangeKind)
    status = words(ChangeStatus)
    context = dy.List(dy.String())
    from_title = dy.String(nullable=True)
    to_title = dy.String(nullable=True)
    role = words(ExecutiveRole)
    office_group = words(OfficeGroup)
    effective_on = dy.Date(nullable=True)
    seen_before = instant(nullable=True)  # last good roster before the change
    first_seen_at = instant()  # first good roster that shows it
    missing_snapshots = dy.Int32(nullable=True)  # departures without an end date: 1, 2, 3 of 3
    confidence = share()
    source = dy.String()
    source_key = dy.String()
    payload_sha256 = dy.String()


class ExecutiveChangeDraft(ChangeFacts):
    """A change before it has an id; every night finds every draft again from the whole history, under the same key."""

    change_key = dy.String(primary_key=True)  # source|appointment source_key|kind|first_seen_at


class ExecutiveChange(ChangeFacts):
    """A change with its id."""

    change_id = dy.String(primary_key=True, regex="^gcc_")


class CoveredOfficers(dy.Schema):
    """How many officers a source lists who hold an office now."""

    source = dy.String(primary_key=True)
    officers_count = dy.Int32(min=0)


class MassChange(dy.Schema):
    """So many changes of one kind of one source in one night that nobody believes them unasked (RELIABILITY R7)."""

    mass_id = dy.String(primary_key=True)  # source:kind:night, and :2 for what came after a decision
    source = dy.String()
    kind = words(ChangeKind)
    night = dy.Date()  # the day of its morning: a night lasts from noon to noon, UTC
    change_count = dy.Int32(min=1)
    officers_count = dy.Int32(min=0)
    threshold = dy.Float64(min=0)  # more changes than this are a mass
    reason = dy.String()
    held_at = instant()
    state = words(MassState)
    decided_by = dy.String(nullable=True)
    decided_at = instant(nullable=True)


class MassMember(dy.Schema):
    """Which mass a change belongs to; it stays there whatever is decided."""

    change_id = dy.String(primary_key=True, regex="^gcc_")
    mass_id = dy.String()


class NoticeMovement(dy.Schema):
    """What a notice's administration text says of one officer; `position` counts from 0 in the text.

    `is_staying`: leaves one office and is named in another one in the same notice, by himself, as the liquidator or
    behind a company that he represents: no departure (SOURCES section 4, false positives b and c).
    """

    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)
    position = dy.UInt32(primary_key=True)
    unit_key = dy.String()
    published_on = dy.Date()
    effective_on = dy.Date(nullable=True)
    kind = words(MovementKind)
    title = dy.String()
    role = words(ExecutiveRole)
    office_group = words(OfficeGroup)
    who = dy.String()
    represented_by = dy.String(nullable=True)
    is_deceased = dy.Bool()
    is_staying = dy.Bool()


class NoticeEvent(dy.Schema):
    """One event that a notice tells of one company beside its officers."""

    source = dy.String(primary_key=True)
    source_key = dy.String(primary_key=True)
    kind = words(NoticeEventKind, primary_key=True)
    unit_key = dy.String()
    published_on = dy.Date()
    effective_on = dy.Date(nullable=True)
    capital_amount = dy.Float64(nullable=True)  # capital_changed only: the new amount
    capital_currency = dy.String(nullable=True)
    quote = dy.String(nullable=True)


class BuyingEvidence(dy.Schema):
    """What shows that a profile buys professionally; [] = asked, none found; null = nobody able to answer was asked."""

    profile_id = dy.String(primary_key=True)
    buying_evidence = dy.List(dy.String(), nullable=True)


class ExecutiveArrival(dy.Schema):
    """Someone who took (or will take) an office that matters to the account's buying."""

    profile_id = dy.String(primary_key=True)
    arrival_id = dy.String(primary_key=True)  # the change's id
    buying_role = words(BuyingRole)
    effective_on = dy.Date(nullable=True)  # null = announced without a date
    confidence = share()


class ProfileFacts(dy.Schema):
    """What the score reads of one profile; null means that no source able to answer was asked and answered."""

    profile_id = dy.String(primary_key=True)
    countries_count = dy.Int32(nullable=True, min=0)
    countries_known_count = dy.Int32(min=0)
    sites_open_count = dy.Int32(nullable=True, min=0)
    regions_count = dy.Int32(nullable=True, min=0)
    regions_known_count = dy.Int32(min=0)  # lower bound, for the presence gate only
    home_regions_total = dy.Int32(nullable=True, min=1)
    entities_count = dy.Int32(nullable=True, min=1)
    depth = dy.Int32(nullable=True, min=1)  # levels of the tree, a standalone company has 1
    activity_divisions_count = dy.Int32(nullable=True, min=1)
    revenue_eur = dy.Float64(nullable=True)
    employees = dy.Int32(nullable=True, min=0)
    buying_evidence = dy.List(dy.String(), nullable=True)  # words of the policy's buying table; [] = asked, none found
    sector_rank_pct = share(nullable=True)
    reputation_evidence = dy.List(dy.String(), nullable=True)
    technology_evidence = dy.List(dy.String(), nullable=True)
    revenue_cagr_3y = dy.Float64(nullable=True)
    risk_flags = dy.List(dy.String())


class ProfileScore(dy.Schema):
    """The key-account score of one profile (PRODUCT section 6); points 0 to 100 with two decimals."""

    profile_id = dy.String(primary_key=True)
    key_account_score = dy.Float64(nullable=True, min=0, max=100)  # null when nothing at all is known
    score_low = dy.Float64(min=0, max=100)
    score_high = dy.Float64(min=0, max=100)
    score_coverage = dy.Int32(min=0, max=100)
    score_conservative = dy.Float64(min=0, max=100)
    risk_score = dy.Float64(min=0, max=100)
    gate_presence = dy.Bool(nullable=True)
    gate_buying = dy.Bool(nullable=True)
    gate_potential = dy.Bool(nullable=True)
    criteria_met = dy.Int32(min=0, max=3)
    criteria_unknown = dy.Int32(min=0, max=3)
    key_account_tier = words(Tier)
    score_reasons = dy.String(max_length=255)
    score_version = dy.String(max_length=16)


class ScoreDetail(dy.Schema):
    """One component of one profile's score; points of a profile add up to its key_account_score exactly."""

    profile_id = dy.String(primary_key=True)
    component = dy.String(primary_key=True)
    weight = dy.Float64(min=0)
    value = share(nullable=True)  # null = unknown
    points = dy.Float64(nullable=True)
    evidence = dy.String(nullable=True)  # what was counted, in words: `14 countries`


class ProfileTiming(dy.Schema):
    """What moves by calendar alone (joined in the view)."""

    profile_id = dy.String(primary_key=True)
    now_score = dy.Float64(min=0, max=100)
    priority_score = dy.Float64(min=0, max=100)
    new_exec_window_open = dy.Bool()
    new_exec_window_until = dy.Date(nullable=True)
