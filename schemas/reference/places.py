"""Countries, French regions and departments, registers of companies."""

from schemas.reference.lists import labels_of

# French records at GLEIF name INSEE or the RCS, British ones a register of Companies House (England and Wales,
# Scotland, Northern Ireland): SOURCES section 5, "Join to FR"; Norwegian ones Brønnøysundregistrene.
SCHEMES = {
    "RA000189": "FR-RCS",
    "RA000192": "FR-RCS",
    "RA000585": "GB-COH",
    "RA000586": "GB-COH",
    "RA000587": "GB-COH",
    "RA000472": "NO-BRC",
}


def registration_scheme(authority: str) -> str:
    """The scheme of identifiers that a GLEIF registration authority gives; without a rule of ours, its own code."""
    return SCHEMES.get(authority, authority)


def country_name(code: str, lang: str = "en") -> str | None:
    """The name of a country in English (`en`) or French (`fr`), or None for no code of ISO 3166-1."""
    return labels_of("countries", f"name_{lang}").get(code)


def region_of_department(code: str) -> str | None:
    """The region of a French department (`2A`, `69`, `971`); overseas collectivities have none."""
    return labels_of("departments_fr", "region_code").get(code) or None


def region_label(code: str) -> str | None:
    """The name of a French region."""
    return labels_of("regions_fr").get(code)


def regions_total(country: str | None) -> int | None:
    """How many regions a country has, where we know the list whole: France (18)."""
    return len(labels_of("regions_fr")) if country == "FR" else None
