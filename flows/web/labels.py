"""The words of the pages, French and English side by side."""

import re
from collections.abc import Mapping

from flows.web.formats import format_money, format_number
from schemas.vocabulary import (
    ChangeContext,
    ChangeKind,
    ChangeStatus,
    DateBasis,
    EntityKind,
    ExecutiveRole,
    GroupRole,
    PresenceKind,
    PresenceLevel,
    SizeCategory,
)

LANGUAGES = ("fr", "en")

TEXTS: Mapping[str, tuple[str, str]] = {
    "account_sheet": ("Fiche de compte", "Account sheet"),
    "demo_title": ("Données inventées.", "Invented data."),
    "demo_text": (
        "Cette entreprise, ces personnes et ces événements n'existent pas : démonstration hors ligne.",
        "This company, these people and these events do not exist: offline demonstration.",
    ),
    "tier": ("Rang", "Tier"),
    "tier_text": ("de A (priorité) à D", "from A (priority) to D"),
    "size": ("Taille", "Size"),
    "activity": ("Activité", "Activity"),
    "revenue": ("Chiffre d'affaires", "Revenue"),
    "scope_legal": ("comptes sociaux", "own accounts"),
    "scope_consolidated": ("comptes consolidés", "consolidated accounts"),
    "scope_unknown": ("périmètre non précisé par la source", "scope not told by the source"),
    "employees": ("Effectif", "Employees"),
    "employees_from": ("{low} et plus", "{low} or more"),
    "employees_range": ("{low} à {high}", "{low} to {high}"),
    "identifiers": ("Identifiants", "Identifiers"),
    "unknown": ("inconnu", "unknown"),
    "criteria": ("Les trois critères d'un grand compte", "The three criteria of a key account"),
    "criteria_count": ("{met} sur 3 remplis", "{met} of 3 met"),
    "criteria_count_unknown": ("{met} sur 3 remplis, inconnus : {unknown}", "{met} of 3 met, {unknown} unknown"),
    "gate_met": ("Rempli", "Met"),
    "gate_not_met": ("Non rempli", "Not met"),
    "gate_unknown": ("Inconnu", "Unknown"),
    "gate_presence": ("Présence nationale ou internationale", "National or international presence"),
    "gate_buying": ("Achats professionnels", "Professional buying"),
    "gate_potential": ("Potentiel d'achat", "Purchase potential"),
    "no_evidence": (
        "Aucune source capable de répondre n'a encore répondu.",
        "No source able to answer has answered yet.",
    ),
    "no_source_yet": ("aucune source n'a encore répondu", "no source has answered yet"),
    "risks": ("Alerte :", "Warning:"),
    "risk_insolvency": ("procédure collective en cours", "insolvency proceedings under way"),
    "risk_strike_off": ("entreprise cessée ou radiée", "ceased or struck off"),
    "risk_negative_equity": ("capitaux propres négatifs", "negative equity"),
    "risk_loss_2y": ("deux exercices déficitaires de suite", "two years of loss in a row"),
    "risk_late_accounts": ("comptes déposés en retard", "late accounts"),
    "risk_exec_churn": ("dirigeants souvent remplacés", "executives replaced often"),
    "risk_seen": ("vu le {day}", "seen on {day}"),
    "score": ("Score de grand compte", "Key-account score"),
    "out_of_100": ("sur 100", "out of 100"),
    "interval": (
        "Entre {low} et {high} selon ce qui reste inconnu",
        "Between {low} and {high}, depending on what is still unknown",
    ),
    "conservative": ("Valeur prudente {value}", "Conservative value {value}"),
    "coverage": ("Connu sur {value} % du poids", "Known on {value}% of the weight"),
    "reasons": ("Ce qui pèse le plus : {list}.", "What weighs most: {list}."),
    "no_score": ("Rien n'est encore connu : pas de score.", "Nothing is known yet: no score."),
    "bar_caption": (
        "Score {score} : {parts}. Intervalle de {low} à {high}, valeur prudente {conservative}.",
        "Score {score}: {parts}. Interval from {low} to {high}, conservative value {conservative}.",
    ),
    "bar_legend": (
        "Les numéros renvoient au tableau. Le trait va du minimum au maximum possible ; le losange est la valeur"
        " prudente.",
        "Numbers refer to the table. The line runs from the lowest to the highest possible; the diamond is the "
        "conservative value.",
    ),
    "component": ("Composante", "Component"),
    "weight": ("Poids", "Weight"),
    "points": ("Points", "Points"),
    "evidence": ("Ce qui a été compté", "What was counted"),
    "score_version": ("politique version {version}", "policy version {version}"),
    "total": ("Total", "Total"),
    "presence": ("Présence", "Presence"),
    "countries_count": ("{n} pays", "{n} countries"),
    "countries_at_least": (
        "au moins {n} pays (la liste des filiales n'est pas complète)",
        "at least {n} countries (the list of subsidiaries is not whole)",
    ),
    "one_country_at_least": (
        "au moins 1 pays (les filiales ne sont pas toutes connues)",
        "at least 1 country (not all subsidiaries are known)",
    ),
    "one_country": ("1 pays", "1 country"),
    "sites_open": ("{n} établissements ouverts", "{n} open sites"),
    "regions": ("{n} régions sur {total}", "{n} of {total} regions"),
    "regions_alone": ("{n} régions", "{n} regions"),
    "regions_unknown": ("nombre de régions inconnu", "number of regions unknown"),
    "no_country": ("Aucun pays prouvé.", "No country proved."),
    "group": ("Groupe", "Group"),
    "group_count": ("{n} entités", "{n} entities"),
    "group_incomplete": (
        "Liste incomplète : la source n'a pas tout donné. Au moins {n} entités.",
        "Incomplete list: the source did not give all of it. At least {n} entities.",
    ),
    "no_group": ("Aucun groupe connu.", "No group known."),
    "this_account": ("ce compte", "this account"),
    "and_more": ("et {n} de plus", "and {n} more"),
    "country_unknown": ("pays inconnu", "country unknown"),
    "executives": ("Dirigeants", "Executives"),
    "since": ("Depuis le {day}", "Since {day}"),
    "seen_since": ("Vu depuis le {day}", "Seen since {day}"),
    "seen_since_text": (
        "« Vu depuis » : la source ne donne pas de date de prise de fonction.",
        "“Seen since”: the source gives no date on which the office began.",
    ),
    "organisation": ("personne morale", "organisation"),
    "title_unknown": ("titre non publié", "title not published"),
    "missing": ("absent {n} fois sur 3", "missing {n} of 3"),
    "no_executives": ("Aucun dirigeant publié.", "No executive published."),
    "changes": ("Changements", "Changes"),
    "changes_text": (
        "Une absence sans date de fin reste « en attente » jusqu'au troisième relevé complet qui la confirme.",
        "An absence without an end date stays “held” until the third complete reading that confirms it.",
    ),
    "who": ("Qui", "Who"),
    "what": ("Quoi", "What"),
    "when": ("Quand", "When"),
    "proof": ("Preuve", "Proof"),
    "window": ("entre le {before} et le {after}", "between {before} and {after}"),
    "seen_first": ("vu pour la première fois le {day}", "first seen on {day}"),
    "effective": ("effet le {day}", "effective {day}"),
    "confidence": ("confiance {value} %", "confidence {value}%"),
    "no_changes": ("Aucun changement observé.", "No change observed."),
    "unknowns": ("Ce que nous ne savons pas", "What we do not know"),
    "nothing_unknown": ("Rien ne manque.", "Nothing is missing."),
    "unknown_component": ("{component} (poids {weight})", "{component} (weight {weight})"),
    "unknown_revenue": ("chiffre d'affaires", "revenue"),
    "unknown_employees": ("effectif", "number of employees"),
    "unknown_group": ("liste complète des entités du groupe", "the whole list of the group's entities"),
    "unknown_regions": ("nombre de régions", "number of regions"),
    "unknown_sites": ("nombre d'établissements", "number of sites"),
    "sources": ("Sources", "Sources"),
    "source": ("Source", "Source"),
    "licence": ("Licence", "Licence"),
    "attribution": ("Mention", "Attribution"),
    "observed_on": ("Relevé le", "Observed on"),
    "as_of": ("État au {instant}", "As of {instant}"),
    "verified": ("dernière vérification {instant}", "last verified {instant}"),
    "objection": (
        "Toute personne citée peut s'opposer à figurer ici ; l'opposition l'emporte sur toutes les sources.",
        "Anybody named here may object; an objection wins over every source.",
    ),
}  # fmt: skip

COMPONENTS: Mapping[str, tuple[str, str]] = {
    "international": ("Présence internationale", "International presence"),
    "national_multisite": ("Implantation nationale", "National sites"),
    "professional_buying": ("Achats professionnels", "Professional buying"),
    "complexity": ("Complexité de la structure", "Complexity of the structure"),
    "purchase_potential": ("Potentiel d'achat", "Purchase potential"),
    "sector_leadership": ("Position dans le secteur", "Position in its sector"),
    "reputation": ("Réputation", "Reputation"),
    "technology": ("Technologie", "Technology"),
    "growth": ("Croissance", "Growth"),
}

_OFFICES: Mapping[ExecutiveRole, tuple[str, str]] = {
    ExecutiveRole.CHAIR_AND_CEO: ("présidence-direction générale", "chair and chief executive"),
    ExecutiveRole.CHIEF_EXECUTIVE: ("direction générale", "chief executive"),
    ExecutiveRole.DEPUTY_CHIEF_EXECUTIVE: ("direction générale déléguée", "deputy chief executive"),
    ExecutiveRole.PRESIDENT: ("présidence", "president"),
    ExecutiveRole.VICE_PRESIDENT: ("vice-présidence", "vice president"),
    ExecutiveRole.MANAGER: ("gérance", "manager"),
    ExecutiveRole.MANAGEMENT_BOARD_CHAIR: ("présidence du directoire", "chair of the management board"),
    ExecutiveRole.MANAGEMENT_BOARD_MEMBER: ("directoire", "management board"),
    ExecutiveRole.BOARD_CHAIR: ("présidence du conseil", "chair of the board"),
    ExecutiveRole.BOARD_MEMBER: ("conseil d'administration", "board member"),
    ExecutiveRole.SUPERVISORY_BOARD_CHAIR: ("présidence du conseil de surveillance", "chair of the supervisory board"),
    ExecutiveRole.SUPERVISORY_BOARD_MEMBER: ("conseil de surveillance", "supervisory board"),
    ExecutiveRole.SECRETARY_GENERAL: ("secrétariat général", "secretary general"),
    ExecutiveRole.TREASURER: ("trésorerie", "treasurer"),
    ExecutiveRole.DIRECTOR: ("direction", "director"),
    ExecutiveRole.AUTHORISED_REPRESENTATIVE: ("représentation", "authorised representative"),
    ExecutiveRole.PARTNER: ("associé", "partner"),
    ExecutiveRole.ELECTED_OFFICIAL: ("mandat électif", "elected official"),
    ExecutiveRole.AUDITOR: ("commissariat aux comptes", "auditor"),
    ExecutiveRole.LIQUIDATOR: ("liquidation", "liquidator"),
    ExecutiveRole.ADMINISTRATOR_IN_DISTRESS: ("administration judiciaire", "administrator in distress"),
    ExecutiveRole.OTHER: ("autre fonction", "other office"),
    ExecutiveRole.UNKNOWN: ("fonction inconnue", "office unknown"),
}

VOCABULARIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "role": {member.value: labels for member, labels in _OFFICES.items()},
    "change_kind": {
        ChangeKind.APPOINTED.value: ("Arrivée", "Appointment"),
        ChangeKind.DEPARTED.value: ("Départ", "Departure"),
        ChangeKind.TITLE_CHANGED.value: ("Changement de titre", "Change of title"),
        ChangeKind.RENEWED.value: ("Renouvellement", "Renewal"),
        ChangeKind.REPRESENTATIVE_CHANGED.value: ("Changement de représentant", "Change of representative"),
    },
    "change_status": {
        ChangeStatus.NEW.value: ("nouveau", "new"),
        ChangeStatus.CONFIRMED.value: ("confirmé", "confirmed"),
        ChangeStatus.HELD.value: ("en attente", "held"),
        ChangeStatus.REVIEW.value: ("à vérifier", "to review"),
        ChangeStatus.RETRACTED.value: ("annulé", "retracted"),
    },
    "change_context": {
        ChangeContext.INITIAL.value: ("premier dépôt", "first filing"),
        ChangeContext.REORGANISATION.value: ("réorganisation", "reorganisation"),
        ChangeContext.INTERIM.value: ("par intérim", "interim"),
        ChangeContext.GROUP_WIDE.value: ("dans tout le groupe", "group-wide"),
        ChangeContext.MOVED.value: ("passage d'une entité à l'autre", "moved within the group"),
    },
    "date_basis": {
        DateBasis.DECLARED.value: ("date déclarée", "declared"),
        DateBasis.PUBLISHED.value: ("date de publication", "published"),
        DateBasis.FIRST_SEEN.value: ("première observation", "first seen"),
    },
    "entity_kind": {
        EntityKind.COMPANY.value: ("Entreprise", "Company"),
        EntityKind.GROUP.value: ("Groupe consolidé", "Consolidated group"),
    },
    "group_role": {
        GroupRole.HEAD.value: ("tête de groupe", "head"),
        GroupRole.INTERMEDIATE.value: ("intermédiaire", "intermediate"),
        GroupRole.SUBSIDIARY.value: ("filiale", "subsidiary"),
        GroupRole.STANDALONE.value: ("indépendante", "standalone"),
        GroupRole.UNKNOWN.value: ("place inconnue", "place unknown"),
    },
    "presence_level": {
        PresenceLevel.LOCAL.value: ("locale", "local"),
        PresenceLevel.NATIONAL.value: ("nationale", "national"),
        PresenceLevel.MULTINATIONAL.value: ("multinationale", "multinational"),
        PresenceLevel.GLOBAL.value: ("mondiale", "global"),
        PresenceLevel.UNKNOWN.value: ("inconnue", "unknown"),
    },
    "presence_kind": {
        PresenceKind.REGISTERED_OFFICE.value: ("siège", "registered office"),
        PresenceKind.SUBSIDIARY.value: ("filiale", "subsidiary"),
        PresenceKind.BRANCH.value: ("succursale", "branch"),
        PresenceKind.SITE.value: ("établissement", "site"),
    },
    "presence_kinds": {
        PresenceKind.REGISTERED_OFFICE.value: ("sièges", "registered offices"),
        PresenceKind.SUBSIDIARY.value: ("filiales", "subsidiaries"),
        PresenceKind.BRANCH.value: ("succursales", "branches"),
        PresenceKind.SITE.value: ("établissements", "sites"),
    },
    "size_category": {
        SizeCategory.MICRO.value: ("microentreprise", "micro company"),
        SizeCategory.SMALL_MEDIUM.value: ("petite ou moyenne entreprise", "small or medium-sized company"),
        SizeCategory.INTERMEDIATE.value: ("entreprise de taille intermédiaire", "intermediate-size company"),
        SizeCategory.LARGE.value: ("grande entreprise", "large company"),
        SizeCategory.UNKNOWN.value: ("inconnue", "unknown"),
    },
    "scheme": {
        "FR-RCS": ("SIREN", "SIREN"),
        "GB-COH": ("Companies House", "Companies House"),
        "LEI": ("LEI", "LEI"),
        "VAT": ("TVA", "VAT"),
        "DOMAIN": ("Site web", "Web site"),
    },
}

# What the score's evidence says in English (`enrich.components`), as patterns, and the same in French.
_EVIDENCE_IN_FRENCH: tuple[tuple[str, str], ...] = (
    (r"\bat least\b", "au moins"),
    (r"; the list is not whole\b", " ; liste incomplète"),
    (r"\b(\d+) (?:country|countries)\b", r"\1 pays"),
    (r"\b(\d+) open site\b", r"\1 établissement ouvert"),
    (r"\b(\d+) open sites\b", r"\1 établissements ouverts"),
    (r"\b(\d+) of (\d+) regions\b", r"\1 régions sur \2"),
    (r"\b(\d+) entity\b", r"\1 entité"),
    (r"\b(\d+) entities\b", r"\1 entités"),
    (r"\b(\d+) level\b", r"\1 niveau"),
    (r"\b(\d+) levels\b", r"\1 niveaux"),
    (r"\b(\d+) activity division\b", r"\1 division d'activité"),
    (r"\b(\d+) activity divisions\b", r"\1 divisions d'activité"),
    (r"\bactivities unknown\b", "activités inconnues"),
    (r"\brevenue\b", "chiffre d'affaires"),
    (r"\b(\d+) employees?\b", r"\1 salariés"),
    (r"\bpercentile (\d+)\.?(\d*) of its sector\b", r"centile \1 de son secteur"),
    (r"(-?\d+)\.(\d+) % a year over 3 years", r"\1,\2 % par an sur 3 ans"),
    (r"\bnone found\b", "aucun indice trouvé"),
)
THOUSANDS = re.compile(r"\b[0-9]{4,}\b")
MILLIONS = re.compile(r"(?<!\d)(\d+(?:\.\d+)?) M€")
EVIDENCE_WORDS: Mapping[str, tuple[str, str]] = {
    "rfar_label": ("label Relations fournisseurs et achats responsables", "responsible-purchasing label (RFAR)"),
    "tenders_as_buyer": ("appels d'offres comme acheteur", "tenders as buyer"),
    "procurement_exec": ("dirigeant chargé des achats", "procurement executive"),
    "procurement_entity": ("centrale d'achat", "procurement entity"),
    "supplier_portal": ("portail fournisseurs", "supplier portal"),
    "tender_wording": ("vocabulaire d'appel d'offres", "tender wording"),
    "buyer_ads": ("offres d'emploi d'acheteur", "job ads for buyers"),
    "index_member": ("valeur d'un indice boursier", "member of a stock index"),
    "listed": ("société cotée", "listed company"),
    "wikipedia": ("article Wikipédia", "Wikipedia article"),
    "press": ("presse", "press"),
    "patents": ("brevets", "patents"),
    "site_technology": ("technologies du site", "technologies of the web site"),
    "research_wording": ("vocabulaire de recherche", "research wording"),
}


def text(key: str, lang: str, **values: object) -> str:
    """One text of the page with its values filled in.

    Raises:
        KeyError: a text that no table has.
        ValueError: a language other than `fr` and `en`.
    """
    return TEXTS[key][_index(lang)].format(**values)


def label(vocabulary: str, value: str | None, lang: str) -> str:
    """The word for a code of one vocabulary; a code without a label stays as it is, null is `unknown`."""
    if value is None:
        return TEXTS["unknown"][_index(lang)]
    labels = VOCABULARIES[vocabulary].get(value)
    return labels[_index(lang)] if labels else value


def component_label(component: str, lang: str) -> str:
    """The name of a component of the score; one that we do not know stays as it is."""
    labels = COMPONENTS.get(component)
    return labels[_index(lang)] if labels else component


def tell_evidence(evidence: str | None, lang: str) -> str | None:
    """The score's evidence (`14 countries`, `rfar_label`) in the page's language."""
    if evidence is None:
        return None
    for word, labels in EVIDENCE_WORDS.items():
        evidence = re.sub(rf"\b{word}\b", labels[_index(lang)], evidence)
    if lang == "fr":
        for english, french in _EVIDENCE_IN_FRENCH:
            evidence = re.sub(english, french, evidence)
    evidence = MILLIONS.sub(lambda found: format_money(float(found[1]) * 1e6, lang), evidence)
    return THOUSANDS.sub(lambda found: format_number(int(found[0]), lang), evidence)


def _index(lang: str) -> int:
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r}: fr or en is expected")
    return LANGUAGES.index(lang)
