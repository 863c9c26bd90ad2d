"""Reference lists, whole, with small cached readers; NOTICE tells where each list comes from.

Nothing is read at import. The lists are written by `schemas.reference.build`; `legal_form_words.csv` is kept by hand.
"""

from schemas.reference.activities import naf_label, naf_section, section_label, size_band, size_band_label
from schemas.reference.legal_forms import legal_form_label, legal_form_tokens
from schemas.reference.offices import office_of, office_of_role
from schemas.reference.places import (
    country_name,
    region_label,
    region_of_department,
    regions_total,
    registration_scheme,
)

__all__ = [
    "country_name",
    "legal_form_label",
    "legal_form_tokens",
    "naf_label",
    "naf_section",
    "office_of",
    "office_of_role",
    "region_label",
    "region_of_department",
    "regions_total",
    "registration_scheme",
    "section_label",
    "size_band",
    "size_band_label",
]
