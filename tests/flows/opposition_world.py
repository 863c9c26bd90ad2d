"""Small answers of ours about units that oppose and come back, played night by night over a real store and archive."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import zstandard

from connectors.archive import Archive
from flows.demo import french_answers, gleif_answers
from flows.demo.people import Officer
from flows.demo.world import FrenchUnit, LeiEntity, instant_of
from flows.night import NightPlan, NightReport, play_night
from flows.runtime import Runtime, open_runtime
from flows.settings import read_settings
from schemas.provenance import Payload
from tests.flows.demo_nights import DemoWorld

MASK = french_answers.MASK
STREETS = {201: "14 RUE DU PUITS FICTIF", 202: "3 QUAI DES SONGES", 203: "8 IMPASSE CHIMERE", 204: "5 ALLEE DU LEURRE"}


def french_unit(
    number: int, name: str, *, legal_form: str = "5710", sites: tuple[str, ...] = ("NANTES",)
) -> FrenchUnit:
    """A French unit that no table of the demo knows; a natural person has the legal form 1000."""
    return FrenchUnit(
        f"test-{number}", number, name, legal_form, "43.32A", "F", "ETI", "12", "2011-05-02", sites,
        is_natural_person=legal_form == "1000",
    )  # fmt: skip


def lei_entity(number: int, name: str, country: str = "FR", parent: str | None = None) -> LeiEntity:
    """An entity of the Global LEI Index that no table of the demo knows."""
    form = {"FR": "6CHY", "DE": "2HBR"}[country]
    return LeiEntity(f"test-{number}", number, name, country, "NANTES", "44000", form, parent)


def shown(unit: FrenchUnit, night: int, *officers: Officer) -> dict[str, Any]:
    """The unit as the register shows it under O."""
    row = french_answers.unit_result(unit, night, with_sites=True)
    row["sigle"] = None
    row["dirigeants"] = [french_answers.officer_row(officer) for officer in officers]
    for site in (row["siege"], *row["matching_etablissements"]):
        place_at(site, STREETS[unit.number])
    return row


def opposed(unit: FrenchUnit, night: int, *officers: Officer) -> dict[str, Any]:
    """The unit as the register shows it under P: a natural person without name, a legal one with name and officers."""
    hidden = replace(unit, is_partial=True, name=MASK if unit.is_natural_person else unit.name)
    row = french_answers.unit_result(hidden, night, with_sites=True)
    if not unit.is_natural_person:
        row["dirigeants"] = [french_answers.officer_row(officer) for officer in officers]
    return row


def with_site_opposed(row: dict[str, Any], siret: str) -> dict[str, Any]:
    """The same unit with one site under P."""
    for site in (row["siege"], *row["matching_etablissements"]):
        if site["siret"] == siret:
            site["statut_diffusion_etablissement"] = "P"
            site |= dict.fromkeys(french_answers.MASKED_FOR_A_LEGAL_PERSON, MASK)
    return row


def place_at(site: dict[str, Any], street: str) -> None:
    """Let a site stand in a street that no other unit has; the second site in the one behind it."""
    number, kind, name = street.split(" ", 2)
    number = str(int(number) + int(site["siret"][9:13]) - 1)
    site["adresse"] = f"{number} {kind} {name} {site['code_postal']} {site['libelle_commune']}"
    site |= {"numero_voie": number, "type_voie": kind, "libelle_voie": name}


def search(night: int, asked: str, *units: dict[str, Any]) -> Payload:
    """The answer to a search."""
    answer = {"results": list(units), "total_results": len(units), "page": 1, "per_page": 10, "total_pages": 1}
    key = f"search?q={quote_plus(asked)}"
    return Payload(
        "recherche_entreprises",
        key,
        json.dumps(answer, ensure_ascii=False).encode(),
        fetched_at=instant_of(night),
        url=f"https://recherche-entreprises.api.gouv.fr/{key}",
    )


def lei_records(night: int, *entities: tuple[LeiEntity, FrenchUnit | None]) -> Payload:
    """The answer to a look-up by LEI; a French entity stands in its register and in the street of its unit."""
    path = f"lei-records?filter[lei]={','.join(entity.lei for entity, _ in entities)}"
    answer = json.loads(gleif_answers.record_list_answer(path, [e for e, _ in entities], night, page=1, size=15))
    for item, (_, unit) in zip(answer["data"], entities, strict=True):
        name_in_register(item, unit)
    return gleif_payload(night, path, answer)


def name_in_register(item: dict[str, Any], unit: FrenchUnit | None) -> None:
    """Let a record name the unit's SIREN and street."""
    entity = item["attributes"]["entity"]
    if unit is not None:
        entity["registeredAs"] = item["attributes"]["registration"]["validatedAs"] = unit.siren
        for kind in ("legalAddress", "headquartersAddress"):
            entity[kind] = entity[kind] | {"addressLines": [STREETS[unit.number]]}


def lookup_by_number(night: int, unit: FrenchUnit) -> Payload:
    """The answer to a look-up by SIREN that finds nothing: only the question names the unit."""
    path = f"lei-records?filter[entity.registeredAs]={unit.siren}&filter[entity.jurisdiction]=FR"
    return gleif_payload(night, path, json.loads(gleif_answers.record_list_answer(path, [], night, page=1, size=15)))


def children(night: int, parent: LeiEntity, *entities: tuple[LeiEntity, FrenchUnit | None]) -> list[Payload]:
    """Both lists of a head's children, and their relationship records."""
    payloads = []
    for level in ("direct", "ultimate"):
        path = f"lei-records/{parent.lei}/{level}-children"
        answer = json.loads(gleif_answers.record_list_answer(path, [e for e, _ in entities], night, page=1, size=15))
        for item, (_, unit) in zip(answer["data"], entities, strict=True):
            name_in_register(item, unit)
        payloads.append(gleif_payload(night, path, answer))
    for child, _ in entities:
        for level, kind in (("direct", gleif_answers.DIRECT), ("ultimate", gleif_answers.ULTIMATE)):
            path = f"lei-records/{child.lei}/{level}-parent-relationship"
            payloads.append(
                gleif_payload(night, path, json.loads(gleif_answers.relationship_answer(child, parent, kind, night)))
            )
    return payloads


def gleif_payload(night: int, path: str, answer: dict[str, Any]) -> Payload:
    """An answer of GLEIF."""
    body = json.dumps(answer, ensure_ascii=False).encode()
    return Payload("gleif", path, body, fetched_at=instant_of(night), url=f"{gleif_answers.BASE}/{path}")


class OppositionWorld(DemoWorld):
    """The house with answers that a test chooses, and without an accounts file."""

    def night(self, night: int, payloads: Iterable[Payload]) -> NightReport:
        """Bring these answers and run the night."""
        archive = Archive(self.environment["GRANDCOMPTE_ARCHIVE_URL"])
        for payload in payloads:
            archive.put(payload)
        return self.again(night)

    def again(self, night: int) -> NightReport:
        """Run the night over what the archive holds."""
        return play_night(NightPlan(instant=instant_of(night), offline=True))

    def runtime(self, night: int) -> AbstractContextManager[Runtime]:
        """What a privacy command works with."""
        return open_runtime(read_settings(), instant_of(night))

    def tables_naming(self, *texts: str) -> dict[str, list[str]]:
        """By text the tables in which it stands, the ledger left out."""
        rows = {table: "\n".join(lines).casefold() for table, lines in self.rows().items()}
        return {text: hit for text in texts if (hit := [t for t, lines in rows.items() if text.casefold() in lines])}

    def archive_naming(self, *texts: str) -> dict[str, int]:
        """By text in how many files of the archive it stands, decompressed."""
        files = [path.read_bytes() for path in (self.folder / "archive").rglob("*") if path.is_file()]
        plain = [zstandard.ZstdDecompressor().decompress(b) if b[:4] == zstandard.FRAME_HEADER else b for b in files]
        decoded = [body.decode("utf-8").casefold() for body in plain]
        counts = {text: sum(text.casefold() in body for body in decoded) for text in texts}
        return {text: count for text, count in counts.items() if count}

    def ids_of(self, siren: str) -> tuple[str, str]:
        """Profile id and entity id of the company of this SIREN."""
        rows = self.read("prospect_profile").to_dicts()
        (row,) = [row for row in rows if row["national_id"] == siren and row["entity_kind"] == "company"]
        return str(row["profile_id"]), str(row["entity_id"])

    def company(self, siren: str) -> dict[str, Any]:
        """The published company of this SIREN."""
        rows = self.read("prospect_profile").to_dicts()
        (row,) = [row for row in rows if row["national_id"] == siren and row["entity_kind"] == "company"]
        return row

    def feed_of(self, profile_id: str) -> list[tuple[str, Any, Any]]:
        """Operation, before and after of each feed row of a profile."""
        rows = self.read("profile_change").to_dicts()
        return [(row["op"], row["before"], row["after"]) for row in rows if row["profile_id"] == profile_id]
