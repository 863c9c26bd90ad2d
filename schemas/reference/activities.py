"""What a unit does (NAF rev. 2) and how many people it employs (INSEE bands)."""

from schemas.reference.lists import labels_of, read_list


def naf_label(code: str | None) -> str | None:
    """The label of a NAF rev. 2 sub-class, written `70.10Z` (INSEE) or `7010Z` (RNE)."""
    compact = (code or "").replace(".", "").strip().upper()
    return labels_of("naf_rev2").get(f"{compact[:2]}.{compact[2:]}")


def naf_section(code: str | None) -> str | None:
    """The section (A to U) of a NAF code, by its division."""
    division = (code or "").strip()[:2]
    rows = read_list("naf_sections")
    return next((row["code"] for row in rows if row["first_division"] <= division <= row["last_division"]), None)


def section_label(code: str) -> str | None:
    """The label of a NAF section."""
    return labels_of("naf_sections").get(code)


def size_band(code: str | None) -> tuple[int | None, int | None]:
    """Least and most employees of a band; (None, None) when the unit employs nobody that we know of (NN) or no band."""
    row = next((row for row in read_list("size_bands_fr") if row["code"] == code), None)
    if row is None:
        return None, None
    return (int(row["min"]) if row["min"] else None), (int(row["max"]) if row["max"] else None)


def size_band_label(code: str | None) -> str | None:
    """INSEE's own words for a band."""
    return labels_of("size_bands_fr").get(code or "")
