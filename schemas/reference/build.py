"""Write the reference lists from the recorded originals: `python -m schemas.reference.build SHARED_DIR`.

Run by hand when an original changes; NOTICE tells the origin, licence and date of each list. Names of countries need
Babel (Unicode CLDR), which is no dependency of the product: run this in a throwaway environment that has it.
"""

import csv
import importlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from schemas.reference import judged
from schemas.reference.offices import fold_title

HERE = Path(__file__).parent
COUNTRY_CODES = Path("/usr/share/zoneinfo/iso3166.tab")  # tz database, public domain: the 249 codes of ISO 3166-1
KOSOVO = "XK"  # user-assigned, not in ISO 3166-1, but GLEIF and the ELF list use it
ELF_COLUMNS = {
    "code": "ELF Code",
    "country_code": "Country Code (ISO 3166-1)",
    "subdivision_code": "Country sub-division code (ISO 3166-2)",
    "language": "Language Code (ISO 639-1)",
    "name": "Entity Legal Form name Local name",
    "transliterated_name": "Entity Legal Form name Transliterated name (per ISO 01-140-10)",
    "abbreviations": "Abbreviations Local language",
    "transliterated_abbreviations": "Abbreviations transliterated",
    "created_on": "Date created YYYY-MM-DD (ISO 8601)",
    "status": "ELF Status ACTV/INAC",
}
NO_AUTHORITY = {"RA777777", "RA888888", "RA999999"}  # GLEIF's words for `none`, `not on the list`


def main(arguments: Sequence[str]) -> int:
    """Write every list and print its number of rows; 2 when the originals are not where they should be."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "data" / "labels_fr").is_dir():
        print("usage: python -m schemas.reference.build SHARED_DIR (the folder that holds data/labels_fr)")
        return 2
    data = Path(arguments[0]) / "data"
    write("legal_forms_iso20275", list(ELF_COLUMNS), legal_forms(data / "gleif" / "elf-codes-1.4.1.csv"))
    write("legal_categories_fr", ["code", "label"], labels(data, "natures-juridiques"))
    write("naf_rev2", ["code", "label"], labels(data, "codes-NAF"))
    write("naf_sections", ["code", "label", "first_division", "last_division"], sections(data))
    write("size_bands_fr", ["code", "min", "max", "label"], size_bands(data))
    write("roles_rne", ["code", "label", "role", "office_group"], roles(data))
    write("cfe_events", ["code", "label"], events(data))
    write("titles", ["title", "role", "office_group"], titles())
    write("regions_fr", ["code", "label"], labels(data, "regions"))
    write("departments_fr", ["code", "label", "region_code"], departments(data))
    write("countries", ["code", "name_en", "name_fr"], countries())
    write("registration_authorities", ["code", "country_code", "name", "organization"], authorities(data / "gleif"))
    return 0


def write(name: str, columns: list[str], rows: Iterable[Sequence[object]]) -> None:
    """One list as csv: UTF-8, comma, LF, a header; empty means unknown."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    kept = [["" if cell is None else str(cell) for cell in row] for row in rows]
    writer.writerows(kept)
    (HERE / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    print(f"{name}.csv: {len(kept)} rows")


def tidy(text: str | None) -> str:
    """One line without doubled, leading or no-break blanks."""
    return re.sub(r"\s+", " ", text or "").strip()


def read_json(path: Path) -> Any:
    """One recorded JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def events(data: Path) -> list[tuple[str, str]]:
    """INSEE's list of what a formality may tell (InseeFr/ARC): code and label, by code."""
    text = (data / "labels_fr" / "cfe_evenements_insee_arc.csv").read_text(encoding="utf-8")
    return sorted((row["code"], tidy(row["libelle"])) for row in csv.DictReader(text.splitlines()))


def labels(data: Path, name: str) -> list[tuple[str, str]]:
    """A published table of code and label, in code order."""
    return sorted((code, tidy(label)) for code, label in read_json(data / "labels_fr" / f"{name}.json").items())


def legal_forms(path: Path) -> list[list[str]]:
    """All rows of GLEIF's ELF list: a code has one row for each language of its name."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [[tidy(row[column]) for column in ELF_COLUMNS.values()] for row in csv.DictReader(stream)]


def sections(data: Path) -> list[tuple[str, str, str, str]]:
    """Sections with the divisions they hold."""
    return [(code, label, *judged.SECTION_DIVISIONS[code]) for code, label in labels(data, "sections-codes-NAF")]


def size_bands(data: Path) -> list[tuple[str, int | None, int | None, str]]:
    """Bands in the order of their size."""
    published = dict(labels(data, "tranches-effectifs"))
    return [(code, *bounds, published[code]) for code, bounds in judged.SIZE_BOUNDS.items()]


def roles(data: Path) -> list[tuple[str, str, str, str]]:
    """The RNE's roles in the order of their codes, with our reading of each."""
    published = read_json(data / "labels_fr" / "roles_dirigeants_rne.json")
    ordered = sorted(published.items(), key=lambda item: int(item[0]))
    return [(code, tidy(label), *judged.RNE_OFFICES[code]) for code, label in ordered]


def titles() -> list[tuple[str, str, str]]:
    """Common titles, folded, by title."""
    return sorted((fold_title(title), *office) for office, words in judged.COMMON_TITLES.items() for title in words)


def departments(data: Path) -> list[tuple[str, str, str | None]]:
    """Departments and collectivities with the region they belong to, if any."""
    region_of = {code: region for region, codes in judged.REGION_DEPARTMENTS.items() for code in codes.split()}
    return [(code, label, region_of.get(code)) for code, label in labels(data, "departements")]


def countries() -> list[tuple[str, str, str]]:
    """Codes of ISO 3166-1 (and Kosovo) with CLDR's names."""
    lines = COUNTRY_CODES.read_text(encoding="utf-8").splitlines()
    codes = {line.split("\t")[0] for line in lines if line and not line.startswith("#")} | {KOSOVO}
    locale = importlib.import_module("babel").Locale
    english, french = locale("en").territories, locale("fr").territories
    return [(code, english[code], french[code]) for code in sorted(codes)]


def authorities(gleif: Path) -> list[tuple[str, str, str | None, str | None]]:
    """Registration authorities that we have a record of: names from the recorded list, countries from LEI records.

    The recorded list is the first page of 108 (10 of 1,071 authorities); the other rows are the codes under which
    recorded LEI records are registered, with the country of most of them and no name.
    """
    seen: dict[str, Counter[str]] = {}
    for record in lei_entities(gleif):
        code, country = record
        if code not in NO_AUTHORITY:
            seen.setdefault(code, Counter())[country] += 1
    rows: dict[str, tuple[str, str, str | None, str | None]] = {
        code: (code, countries.most_common(1)[0][0], None, None) for code, countries in seen.items()
    }
    page = read_json(gleif / "api_v1" / "registration_authorities" / "registration_authorities_all.json")
    for item in page["data"]:
        facts = item["attributes"]
        name = tidy(facts["internationalName"] or facts["localName"])
        organization = tidy(facts["internationalOrganizationName"] or facts["localOrganizationName"])
        country = facts["jurisdictions"][0]["countryCode"]
        rows[facts["code"]] = (facts["code"], country, name, organization)
    return [rows[code] for code in sorted(rows)]


def lei_entities(gleif: Path) -> Iterable[tuple[str, str]]:
    """(registration authority, country of the jurisdiction) of every recorded LEI record that has both."""
    for path in sorted((gleif / "api_v1" / "lei_records").glob("*.json")):
        found = read_json(path).get("data")
        for item in found if isinstance(found, list) else [found]:
            entity = ((item or {}).get("attributes") or {}).get("entity") or {}
            code, jurisdiction = (entity.get("registeredAt") or {}).get("id"), entity.get("jurisdiction")
            if code and jurisdiction:
                yield code, jurisdiction[:2]
    delta = read_json(gleif / "20240505-0000-gleif-goldencopy-lei2-intra-day.json")
    for record in delta["records"]:
        entity = record["Entity"]
        code = entity.get("RegistrationAuthority", {}).get("RegistrationAuthorityID", {}).get("$")
        jurisdiction = entity.get("LegalJurisdiction", {}).get("$")
        if code and jurisdiction:
            yield code, jurisdiction[:2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
