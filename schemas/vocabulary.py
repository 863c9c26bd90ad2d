"""The closed lists of words that frames, tables and pages share. Codes are English; labels stand in FR and EN."""

from enum import StrEnum


class LifeStatus(StrEnum):
    """Whether a legal unit lives, as its register says."""

    ACTIVE = "active"
    CEASED = "ceased"
    UNKNOWN = "unknown"


class SiteStatus(StrEnum):
    """Whether an establishment is open."""

    OPEN = "open"
    CLOSED = "closed"


class Diffusion(StrEnum):
    """INSEE's `statutDiffusion`: P means that the person or company opposed (historic N is read as P)."""

    OPEN = "O"
    PARTIAL = "P"


class OfficerKind(StrEnum):
    """An officer is a natural person or an organisation."""

    PERSON = "person"
    ORGANISATION = "organisation"


class OfficeGroup(StrEnum):
    """What an office is for: only `executive`, `board` and `supervisory` are about leading the company."""

    EXECUTIVE = "executive"
    BOARD = "board"
    SUPERVISORY = "supervisory"
    CONTROL = "control"
    DISTRESS = "distress"
    OTHER = "other"


class ExecutiveRole(StrEnum):
    """The office that a title as published stands for; `unknown` stays unknown."""

    CHAIR_AND_CEO = "chair_and_ceo"
    CHIEF_EXECUTIVE = "chief_executive"
    DEPUTY_CHIEF_EXECUTIVE = "deputy_chief_executive"
    PRESIDENT = "president"
    VICE_PRESIDENT = "vice_president"
    MANAGER = "manager"
    MANAGEMENT_BOARD_CHAIR = "management_board_chair"
    MANAGEMENT_BOARD_MEMBER = "management_board_member"
    BOARD_CHAIR = "board_chair"
    BOARD_MEMBER = "board_member"
    SUPERVISORY_BOARD_CHAIR = "supervisory_board_chair"
    SUPERVISORY_BOARD_MEMBER = "supervisory_board_member"
    SECRETARY_GENERAL = "secretary_general"
    TREASURER = "treasurer"
    DIRECTOR = "director"
    AUTHORISED_REPRESENTATIVE = "authorised_representative"
    PARTNER = "partner"
    ELECTED_OFFICIAL = "elected_official"
    AUDITOR = "auditor"
    LIQUIDATOR = "liquidator"
    ADMINISTRATOR_IN_DISTRESS = "administrator_in_distress"
    OTHER = "other"
    UNKNOWN = "unknown"


class RelationshipKind(StrEnum):
    """What one legal unit is to another, in GLEIF's level 2 terms; the last two are its reporting exceptions.

    `controlled_by` is what registers of control or filings tell; nobody says that the accounts are consolidated.
    """

    DIRECTLY_CONSOLIDATED_BY = "directly_consolidated_by"
    ULTIMATELY_CONSOLIDATED_BY = "ultimately_consolidated_by"
    BRANCH_OF = "branch_of"
    FUND_MANAGED_BY = "fund_managed_by"
    SUBFUND_OF = "subfund_of"
    FEEDER_TO = "feeder_to"
    CONTROLLED_BY = "controlled_by"
    NO_DIRECT_PARENT = "no_direct_parent"
    NO_ULTIMATE_PARENT = "no_ultimate_parent"


class ScopeKind(StrEnum):
    """What a load covers: a list (query, children, file), one unit's roster of officers, or single records."""

    LIST = "list"
    ROSTER = "roster"


class Band(StrEnum):
    """What to do with a scored pair: merge unseen, ask a person, or leave."""

    AUTO = "auto"
    REVIEW = "review"
    REJECT = "reject"


class Judgement(StrEnum):
    """A human's word on a pair; it outranks every score."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class MatchStatus(StrEnum):
    """What became of one CRM account."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no_match"
    INVALID_INPUT = "invalid_input"
    SUPPRESSED = "suppressed"


class ChangeKind(StrEnum):
    """What happened to a mandate (DESIGN: words for changes)."""

    APPOINTED = "appointed"
    DEPARTED = "departed"
    TITLE_CHANGED = "title_changed"
    RENEWED = "renewed"
    REPRESENTATIVE_CHANGED = "representative_changed"


class ChangeStatus(StrEnum):
    """How far a change can be believed."""

    NEW = "new"
    CONFIRMED = "confirmed"
    HELD = "held"
    REVIEW = "review"
    RETRACTED = "retracted"


class MassState(StrEnum):
    """What became of a mass of changes that came in one night (RELIABILITY R7)."""

    HELD = "held"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ChangeContext(StrEnum):
    """What else explains a change."""

    INITIAL = "initial"
    REORGANISATION = "reorganisation"
    INTERIM = "interim"
    GROUP_WIDE = "group_wide"
    MOVED = "moved"


class DateBasis(StrEnum):
    """Where the date of a mandate or change comes from."""

    DECLARED = "declared"
    PUBLISHED = "published"
    FIRST_SEEN = "first_seen"


class EntityKind(StrEnum):
    """A profile is one legal unit or one consolidated group."""

    COMPANY = "company"
    GROUP = "group"


class ProfileStatus(StrEnum):
    """Life cycle of a published row; rows never vanish silently."""

    ACTIVE = "active"
    CEASED = "ceased"
    MERGED = "merged"
    SUPPRESSED = "suppressed"


class GroupRole(StrEnum):
    """Place of an entity in its group tree."""

    HEAD = "head"
    INTERMEDIATE = "intermediate"
    SUBSIDIARY = "subsidiary"
    STANDALONE = "standalone"
    UNKNOWN = "unknown"


class PresenceLevel(StrEnum):
    """One region, two regions or more, 2 to 9 countries, 10 countries or more."""

    LOCAL = "local"
    NATIONAL = "national"
    MULTINATIONAL = "multinational"
    GLOBAL = "global"
    UNKNOWN = "unknown"


class PresenceKind(StrEnum):
    """What proves that a profile is present in a country."""

    REGISTERED_OFFICE = "registered_office"
    SUBSIDIARY = "subsidiary"
    BRANCH = "branch"
    SITE = "site"


class SizeCategory(StrEnum):
    """INSEE's category of the economic enterprise (decree 2008-1354 of the LME act)."""

    MICRO = "TPE"
    SMALL_MEDIUM = "PME"
    INTERMEDIATE = "ETI"
    LARGE = "GE"
    UNKNOWN = "unknown"


class FinancialScope(StrEnum):
    """What a turnover covers; a register that does not say leaves `unknown`."""

    LEGAL = "legal"
    CONSOLIDATED = "consolidated"
    UNKNOWN = "unknown"


class StatementDoubt(StrEnum):
    """Why a figure of one closing year is not taken as its source tells it (SOURCES section 11)."""

    UNIT_MENDED = "unit_mended"
    OUT_OF_SCALE = "out_of_scale"
    REPEATED_YEAR = "repeated_year"


class ContractParty(StrEnum):
    """The part that a legal unit plays in a public contract."""

    BUYER = "buyer"
    WINNER = "winner"


class ContractStage(StrEnum):
    """How far a public contract is: tenders are asked for, it is awarded, or an awarded one is changed."""

    CALL = "call"
    AWARD = "award"
    MODIFICATION = "modification"


class BuyingRole(StrEnum):
    """The part a person plays when the account buys (the seed's three words and three more)."""

    DECIDEUR = "decideur"
    NEGOCIATEUR = "negociateur"
    ORDONNATEUR = "ordonnateur"
    PRESCRIPTEUR = "prescripteur"
    UTILISATEUR = "utilisateur"
    FILTRE = "filtre"


class Tier(StrEnum):
    """Key-account tier, from the gates and the conservative score."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class NoticeFamily(StrEnum):
    """What a legal notice is about: BODACC's `familleavis`, in English."""

    CREATION = "creation"
    REGISTRATION = "registration"
    SALE = "sale"
    MODIFICATION = "modification"
    STRIKING_OFF = "striking_off"
    INSOLVENCY = "insolvency"
    CONCILIATION = "conciliation"
    PERSONAL_RECOVERY = "personal_recovery"
    ACCOUNTS_FILING = "accounts_filing"
    OTHER = "other"


class NoticeKind(StrEnum):
    """Whether a notice stands by itself, or corrects or cancels an older one (BODACC's `typeavis`)."""

    INITIAL = "initial"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"


class NoticeParty(StrEnum):
    """The part that a legal unit plays in a notice: whom it is about, or who owned or ran the business before."""

    SUBJECT = "subject"
    PREVIOUS_OWNER = "previous_owner"


class MovementKind(StrEnum):
    """What a notice's administration text says of one officer; a roster says who is there, not who came."""

    IN = "in"
    OUT = "out"
    MODIFIED = "mod"
    ROSTER = "roster"


class NoticeEventKind(StrEnum):
    """What else a notice tells about a company."""

    ADMINISTRATION_CHANGED = "administration_changed"
    SAFEGUARD = "safeguard"
    RECEIVERSHIP = "receivership"
    LIQUIDATION = "liquidation"
    CONTINUATION_PLAN = "continuation_plan"
    DISPOSAL_PLAN = "disposal_plan"
    PROCEEDINGS_CLOSED = "proceedings_closed"
    OTHER_JUDGEMENT = "other_judgement"
    CONCILIATION = "conciliation"
    BUSINESS_BOUGHT = "business_bought"
    BUSINESS_SOLD = "business_sold"
    MERGER = "merger"
    ASSETS_TRANSFERRED = "assets_transferred"
    DISSOLVED = "dissolved"
    HEAD_OFFICE_MOVED = "head_office_moved"
    CAPITAL_CHANGED = "capital_changed"
    STRUCK_OFF = "struck_off"
    STRIKING_OFF_REPORTED = "striking_off_reported"


class PageKind(StrEnum):
    """What a company's own page is for; `other` is a page that neither its address nor its headings tell."""

    HOME = "home"
    LEGAL_NOTICE = "legal_notice"
    ABOUT = "about"
    LEADERSHIP = "leadership"
    GOVERNANCE = "governance"
    LOCATIONS = "locations"
    PRESS = "press"
    FEED = "feed"
    OTHER = "other"


class CorroboratedProperty(StrEnum):
    """What a source that anybody may write says of a company: to compare with, never an event of its own."""

    WEB_SITE = "web_site"
    PARENT = "parent"
    EMPLOYEES = "employees"


class SiteParty(StrEnum):
    """Whose number a page shows: the publisher's is the company's, the host's and the web agency's are not."""

    PUBLISHER = "publisher"
    HOST = "host"
    AGENCY = "agency"
    UNKNOWN = "unknown"


class ClaimPlace(StrEnum):
    """Where on a page a company tells who it is."""

    LEGAL_NOTICE = "legal_notice"
    JSON_LD = "json_ld"


class TieStatus(StrEnum):
    """What the claims of one domain's pages come to; a domain without any has no row."""

    TIED = "tied"
    CONFLICT = "conflict"


class ClaimStatus(StrEnum):
    """What survivorship decided about one claimed value."""

    CHOSEN = "chosen"
    REJECTED = "rejected"
    CONFLICTING = "conflicting"
    DERIVED = "derived"


class FeedOperation(StrEnum):
    """What a feed row tells a CRM."""

    INSERT = "insert"
    UPDATE = "update"
    MERGE = "merge"
    CEASE = "cease"
    SUPPRESS = "suppress"


class RunState(StrEnum):
    """State of a run in the ledger."""

    RUNNING = "running"
    DONE = "done"
    DEGRADED = "degraded"
    FAILED = "failed"
    CRASHED = "crashed"


class IdKind(StrEnum):
    """What an id names; the value is the word that is hashed, the prefix stands in `ID_PREFIXES`."""

    ENTITY = "entity"
    COMPANY = "company"
    GROUP = "group"
    PERSON = "person"
    CHANGE = "change"
    SIGNAL = "signal"


ID_PREFIXES: dict[IdKind, str] = {
    IdKind.ENTITY: "gce_",
    IdKind.COMPANY: "gcp_",
    IdKind.GROUP: "gcp_",
    IdKind.PERSON: "gch_",
    IdKind.CHANGE: "gcc_",
    IdKind.SIGNAL: "gcs_",
}
