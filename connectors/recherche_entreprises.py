"""recherche-entreprises (DINUM): French legal units, sites, officers, one year of figures (SOURCES section 1)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import polars as pl

from connectors.contract import (
    OFFICERS_OF,
    STREET_OF,
    Batch,
    ListScope,
    NotAnAnswerError,
    RecordRejectedError,
    Rejected,
    SourceTerms,
)
from connectors.fields import Record
from connectors.paging import read_numbered_pages, split_until_fits
from connectors.rows import Row, make_batch, to_frame
from connectors.strict_json import read_json, write_json
from schemas.frames import Appointment, Establishment, FinancialStatement, LegalUnit
from schemas.identifiers import normalise_siren, normalise_siret, normalise_vat
from schemas.provenance import Payload, Watermark
from schemas.reference import office_of
from schemas.reference.lists import labels_of
from schemas.vocabulary import Diffusion, FinancialScope, LifeStatus, OfficerKind, ScopeKind, SiteStatus, SizeCategory

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SOURCE = "recherche_entreprises"
FRAMES = {
    "legal_units": LegalUnit,
    "establishments": Establishment,
    "appointments": Appointment,
    "financial_statements": FinancialStatement,
}
MASK = "[NON-DIFFUSIBLE]"
MASKS = frozenset({MASK, "[ND]"})
PAGE_SIZE = 25  # the most that the source gives
MOST_RESULTS = 10_000  # total_results stops here: it then means "this many or more"
SHORTEST_QUERY = 3  # characters; a shorter q is refused with 400

SOLE_TRADER_FORM = "1000"  # nature juridique: entrepreneur individuel
NAF2008_CODE = re.compile(r"[0-9]{2}\.[0-9]{2}[A-Z]", re.ASCII)  # sites closed before 2008 keep codes such as 74.1J
BIRTH_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
YEAR = re.compile(r"(?:19|20|21)[0-9]{2}", re.ASCII)
NAME_AND_BIRTH_NAME = re.compile(r"(?P<usage>[^()]*)\((?P<birth>[^()]+)\)")
TRAILING_BRACKET = re.compile(r"(?P<rest>.*\S)\s*\((?P<alias>[^()]*)\)")

DEPARTEMENTS = tuple(
    [f"{n:02d}" for n in range(1, 20)]
    + ["2A", "2B"]
    + [str(n) for n in range(21, 96)]
    + ["971", "972", "973", "974", "976"]
)
SECTIONS = tuple("ABCDEFGHIJKLMNOPQRSTU")
EMPLOYEES_BANDS = ("NN", "00", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53")
DIMENSIONS: Sequence[tuple[str, Sequence[str]]] = (
    ("departement", DEPARTEMENTS),
    ("section_activite_principale", SECTIONS),
    ("tranche_effectif_salarie", EMPLOYEES_BANDS),
)
SEARCHABLE_CATEGORIES = ("PME", "ETI", "GE")

DIFFUSION = {"O": Diffusion.OPEN, "P": Diffusion.PARTIAL, "N": Diffusion.PARTIAL}
LIFE = {"A": LifeStatus.ACTIVE, "C": LifeStatus.CEASED}
SITE = {"A": SiteStatus.OPEN, "F": SiteStatus.CLOSED}
SIZE = {c.value: c for c in (SizeCategory.SMALL_MEDIUM, SizeCategory.INTERMEDIATE, SizeCategory.LARGE)}
OFFICER = {"personne physique": OfficerKind.PERSON, "personne morale": OfficerKind.ORGANISATION}

TERMS = SourceTerms(
    title="API Recherche d'entreprises",
    publisher="Direction interministérielle du numérique (DINUM)",
    homepage="https://recherche-entreprises.api.gouv.fr/docs/",
    base_url="https://recherche-entreprises.api.gouv.fr",
    licence="Licence-Ouverte-2.0",
    attribution="Source : API Recherche d'entreprises (DINUM), données INSEE et INPI, Licence Ouverte 2.0",
    personal_data=(
        "Names officers with their birth month. statut_diffusion P: a natural person is not kept at all, a legal one "
        "without street and persons; both may not be prospected (R123-232-1 Code de commerce). Nationality, elected "
        "officials and the street of a sole trader are not read; the birth month only tells namesakes apart."
    ),
    requests_per_second=5.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=None,
    own_limit="7 requests/s an address, 30 a network (ASN)",
)


@dataclass
class _Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    rosters: dict[str, int] = field(default_factory=dict)  # SIREN -> officers of it who could not be read
    unknown: set[str] = field(default_factory=set)

    def record(self, value: object, path: str) -> Record:
        return Record(value, path, self.unknown, MASKS, never_null=NEVER_NULL)

    def reject(self, error: RecordRejectedError | str, source_key: str | None, what: str) -> None:
        self.rejected.append(Rejected(source_key, str(error), what))


class RechercheEntreprises:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The units that the rule selects, then each unit of the universe that they did not hold, then look-ups.

        There is no incremental question at this source: every unit is asked again every night.
        """
        told: set[str] = set()
        for category in window.size_categories:
            if category in SEARCHABLE_CATEGORIES:
                for page in _search_category(client, category):
                    told.update(_sirens_in(page))
                    yield page
        for siren in window.identifiers.get("FR-RCS", ()):
            if siren not in told:
                yield client.get("search", {"q": siren})
        for name in window.names:
            if len(name.strip()) >= SHORTEST_QUERY:
                yield client.get("search", {"q": name.strip(), "page": 1, "per_page": PAGE_SIZE})

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """Units, sites, officers and figures of one answer, with one roster scope a unit that lists its officers."""
        answer = _read_answer(payload)
        reading = _Reading()
        envelope = reading.record(answer, "")
        results = envelope.raw("results", list)
        total, page, pages = (envelope.integer(name) for name in ("total_results", "page", "total_pages"))
        envelope.ignore("per_page")
        try:
            envelope.close()
        except RecordRejectedError as error:
            raise NotAnAnswerError(f"no answer of {SOURCE}: {error}") from error
        for result in results:
            _read_result(reading, result)
        yield _batch(reading, _query_of(payload), total or 0, page or 1, pages or 1)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these units (SIREN), sites (SIRET) or officers (keys of appointments)."""
        answer = _read_answer(payload)
        kept = [r for r in answer["results"] if not (isinstance(r, dict) and str(r.get("siren")) in source_keys)]
        gone = len(answer["results"]) - len(kept)
        if gone and not kept:
            return None
        answer["results"] = kept
        answer["total_results"] = max(answer["total_results"] - gone, 0)
        for result in kept:
            if isinstance(result, dict):
                _redact_parts(result, source_keys)
        return write_json(answer)


CONNECTOR = RechercheEntreprises()


# ------------------------------------------------------------------------------------------------------- asking


def _search_category(client: "PoliteClient", category: str) -> Iterator[Payload]:
    def ask(query: Mapping[str, str], number: int = 1) -> Payload:
        return client.get("search", {**query, "page": number, "per_page": PAGE_SIZE})

    rule = {"categorie_entreprise": category, "etat_administratif": "A"}
    for window in split_until_fits(rule, ask, lambda p: _count_in(p, "total_results"), DIMENSIONS, MOST_RESULTS):

        def page(number: int, window: Any = window) -> Payload:
            return window.first if number == 1 else ask(window.query, number)

        yield from read_numbered_pages(page, lambda p: _count_in(p, "total_pages"))


def _count_in(payload: Payload, name: str) -> int:
    """A number of the envelope; 0 of an answer that `parse` will refuse."""
    try:
        return int(_read_answer(payload).get(name) or 0)
    except (NotAnAnswerError, TypeError, ValueError):
        return 0


def _sirens_in(payload: Payload) -> set[str]:
    try:
        return {str(r.get("siren")) for r in _read_answer(payload)["results"] if isinstance(r, dict)}
    except NotAnAnswerError:
        return set()


# ------------------------------------------------------------------------------------------------------ reading


def _read_answer(payload: Payload) -> dict[str, Any]:
    answer = read_json(payload.body)
    if not isinstance(answer, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object with results, found another JSON value")
    if "erreur" in answer:
        raise NotAnAnswerError(f"the source answers with an error: {str(answer['erreur'])[:200]}")
    if "result" in answer and "results" not in answer:
        raise NotAnAnswerError(
            f"no answer of {SOURCE}: it has `result` but no `results` (wrapped? then --unwrap result)"
        )
    if missing := [name for name in ("results", "total_results") if name not in answer]:
        raise NotAnAnswerError(f"no answer of {SOURCE}: {' and '.join(missing)} missing")
    if not isinstance(answer["results"], list) or not isinstance(answer["total_results"], int):
        raise NotAnAnswerError(f"no answer of {SOURCE}: results must be a list and total_results a number")
    return answer


def _read_result(reading: _Reading, result: object) -> None:
    """One unit and all that hangs on it; each record is read or rejected on its own."""
    unit = reading.record(result, "results[]")
    siren = normalise_siren(unit.filled("siren"))
    if siren is None:
        unit.reject("results[].siren is no SIREN (nine digits with a Luhn key)")
    sites = [unit.raw("siege", dict), *(unit.raw("matching_etablissements", list) or [])]
    officers, figures = unit.raw("dirigeants", list), unit.raw("finances", dict)
    row = _read_unit(unit)
    before = {name: len(rows) for name, rows in reading.rows.items()}
    is_partial, is_natural = row["diffusion"] == Diffusion.PARTIAL, row["is_natural_person"]
    head = _read_sites(reading, sites, siren, row)
    _read_figures(reading, figures, siren, unit)
    # P: whoever opposed is not read from another field either; without a roster nothing is taken for a departure
    if officers is not None and not is_partial:
        _read_officers(reading, officers, siren, row["_rne_updated_at"])
    row |= {"source_key": siren, "national_id": siren, **_address(head, is_partial or is_natural)}
    row["other_names"] = _distinct([*row["_aliases"], *(head["_names"] if head else [])], row["name"])
    try:
        unit.close()
    except RecordRejectedError as error:
        reading.reject(error, siren, "one legal unit")
        if row["diffusion"] != Diffusion.OPEN:
            _drop_parts(reading, siren, before)
    else:
        reading.rows["legal_units"].append({k: v for k, v in row.items() if not k.startswith("_")})


def _drop_parts(reading: _Reading, siren: str | None, before: Mapping[str, int]) -> None:
    """Of a unit that cannot be read and is not known to be O nothing is kept: who it is decides what may be."""
    for name, rows in reading.rows.items():
        for _ in rows[before[name] :]:  # under the unit's number: an appointment's key holds names
            reading.reject("its legal unit cannot be read, and is not known to be O", siren, name)
        del rows[before[name] :]
    reading.rosters.pop(siren or "", None)


def _read_unit(unit: Record) -> dict[str, Any]:
    is_hidden = unit.is_masked("nom_complet") or unit.is_masked("nom_raison_sociale")
    full_name, name, acronym = unit.text("nom_complet"), unit.text("nom_raison_sociale"), unit.text("sigle")
    plain_name, aliases = split_aliases(full_name)
    if (name or plain_name) is None and not is_hidden:
        unit.reject("results[]: neither nom_raison_sociale nor nom_complet names the unit")
    activity, form = unit.text("activite_principale"), unit.text("nature_juridique")
    vat_numbers = [vat for text in unit.texts("tva", optional=True) if (vat := normalise_vat(text))]
    diffusion = unit.one_of("statut_diffusion", DIFFUSION)
    if diffusion is None:
        unit.reject("results[].statut_diffusion is empty: without it nobody knows whether the unit may be shown")
    complements = unit.part("complements", optional=True)
    is_sole_trader = complements.flag("est_entrepreneur_individuel", optional=True)
    buys_responsibly = complements.flag("est_achats_responsables", optional=True)
    complements.ignore(*UNUSED_COMPLEMENTS)
    insee, rne = (unit.instant(f"date_mise_a_jour_{by}", optional=True) for by in ("insee", "rne"))
    unit.ignore(*UNUSED_UNIT_FIELDS)
    return {
        "source": SOURCE,
        "name": name or plain_name,
        "_aliases": [acronym, *aliases],
        "country_code": "FR",
        "national_id_scheme": "FR-RCS",
        "vat_number": vat_numbers[0] if vat_numbers else None,
        "legal_form_code": form,
        "legal_form_scheme": "FR-CJ" if form else None,
        "is_natural_person": form == SOLE_TRADER_FORM or bool(is_sole_trader),
        "diffusion": diffusion,
        "life_status": unit.one_of("etat_administratif", LIFE) or LifeStatus.UNKNOWN,
        "created_on": unit.day("date_creation"),
        "ceased_on": unit.day("date_fermeture", optional=True),
        "activity_code": activity,
        "activity_code_scheme": "NAF2008" if activity and NAF2008_CODE.fullmatch(activity) else None,
        "size_category": unit.one_of("categorie_entreprise", SIZE),
        "employees_band": unit.text("tranche_effectif_salarie"),
        "employees_year": unit.integer("annee_tranche_effectif_salarie"),
        "sites_count": unit.integer("nombre_etablissements"),
        "sites_open_count": unit.integer("nombre_etablissements_ouverts"),
        "has_responsible_buyer_label": buys_responsibly,
        # not date_mise_a_jour: that is the night on which the source built its index, the same for every unit
        "record_updated_at": max(filter(None, (insee, rne)), default=None),
        "_rne_updated_at": rne,
    }


def split_aliases(full_name: str | None) -> tuple[str | None, list[str]]:
    """`RATP DEV (RATP) (BUS)` -> the name and what stands in the brackets behind it."""
    aliases: list[str] = []
    while full_name and (found := TRAILING_BRACKET.fullmatch(full_name)):
        full_name = found["rest"]
        aliases.insert(0, found["alias"].strip())
    return full_name, [alias for alias in aliases if alias]


def _read_sites(reading: _Reading, sites: list[Any], siren: str | None, unit: dict[str, Any]) -> dict[str, Any] | None:
    """Head office first; the same site told again among the matching ones is one record. Returns the head office."""
    head: dict[str, Any] | None = None
    seen: set[str] = set()
    for position, value in enumerate(sites):
        if value is None or (position == 0 and not value):
            continue
        told = str(value.get("siret")) if isinstance(value, dict) else None
        if told in seen:
            continue
        site = reading.record(value, "results[].siege" if position == 0 else "results[].matching_etablissements[]")
        row = _read_site(site, siren, unit)
        try:
            site.close()
        except RecordRejectedError as error:
            reading.reject(error, row["source_key"], "one establishment")
            continue
        finally:
            seen.update([told] if told else [])
        reading.rows["establishments"].append({k: v for k, v in row.items() if not k.startswith("_")})
        if position == 0:
            head = row
    return head


def _read_site(site: Record, siren: str | None, unit: dict[str, Any]) -> dict[str, Any]:
    siret = normalise_siret(site.filled("siret"))
    if siret is None:
        site.reject(f"{site.path}.siret is no SIRET (fourteen digits with a Luhn key, La Poste excepted)")
    elif siret[:9] != siren:
        site.reject(f"{site.path}.siret does not begin with the SIREN of its unit")
    is_hidden = site.is_masked("adresse") or site.is_masked("code_postal")
    # answers of 2023 have no status for the site: then the unit's counts, and a mask says P by itself
    own = site.one_of("statut_diffusion_etablissement", DIFFUSION, optional=True)
    diffusion = Diffusion.PARTIAL if is_hidden else own or unit["diffusion"]
    full, postal_code, city = site.text("adresse"), site.text("code_postal"), site.text("libelle_commune")
    is_abroad = site.text("code_pays_etranger", optional=True) is not None
    abroad = country_of_label(site.text("libelle_pays_etranger", optional=True))
    trade_name, signs = site.text("nom_commercial"), site.texts("liste_enseignes")
    names = [name for name in (trade_name, *signs) if name]
    hide_street = diffusion == Diffusion.PARTIAL or unit["is_natural_person"]  # a sole trader's may be a home
    row = {
        "source": SOURCE,
        "source_key": siret,
        "unit_key": siren,
        "name": names[0] if names else None,
        "_names": names,
        "is_head_office": bool(site.flag("est_siege")),
        "site_status": site.one_of("etat_administratif", SITE),
        "diffusion": diffusion,
        "address_line": None if hide_street else street_of(full, postal_code),
        "postal_code": postal_code,
        "city": city,
        "region_code": site.text("region"),
        "country_code": abroad if is_abroad else "FR",
        "activity_code": site.text("activite_principale"),
        "employees_band": site.text("tranche_effectif_salarie"),
        "opened_on": site.day("date_creation"),
        "closed_on": site.day("date_fermeture", optional=True),
        "record_updated_at": site.instant("date_mise_a_jour_insee", optional=True),
    }
    if row["site_status"] is None:
        site.reject(f"{site.path}.etat_administratif is empty")
    site.ignore(*UNUSED_SITE_FIELDS)
    return row


def street_of(full_address: str | None, postal_code: str | None) -> str | None:
    """What stands before the postal code: `3 RUE X 75002 PARIS` -> `3 RUE X`; whole where there is no code."""
    if full_address is None or postal_code is None:
        return full_address
    before, found, _ = f" {full_address}".rpartition(f" {postal_code}")
    return (before.strip() or None) if found else full_address


def country_of_label(label: str | None) -> str | None:
    """The ISO code of a country as INSEE writes it in French capitals (`ALLEMAGNE`), or None when no list has it."""
    return _countries_by_label().get(_plain(label or ""))


@cache
def _countries_by_label() -> dict[str, str]:
    return {_plain(label): code for code, label in labels_of("countries", "name_fr").items()}


def _plain(label: str) -> str:
    letters = (letter for letter in unicodedata.normalize("NFKD", label) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalpha() else " " for letter in letters).upper().split())


def _address(head: dict[str, Any] | None, hide_street: bool) -> dict[str, Any]:
    """The unit's address is its head office's."""
    if head is None:
        return {}
    names = ("address_line", "postal_code", "city", "region_code", "country_code")
    return {name: None if name == "address_line" and hide_street else head[name] for name in names}


def _read_figures(reading: _Reading, figures: dict[str, Any] | None, siren: str | None, unit: Record) -> None:
    for year, value in (figures or {}).items():
        statement = reading.record(value, "results[].finances.*")
        if siren is None:
            statement.reject("the figures belong to a unit without a SIREN")
        if not YEAR.fullmatch(year):
            statement.reject(f"results[].finances: {year[:20]!r} is no year")
        revenue, income = statement.number("ca"), statement.number("resultat_net")
        try:
            statement.close()
        except RecordRejectedError as error:
            reading.reject(error, siren and f"{siren}|{year[:20]}", "one financial statement")
            continue
        reading.rows["financial_statements"].append(
            {
                "source": SOURCE,
                "source_key": f"{siren}|{year}",
                "unit_key": siren,
                "closing_year": int(year),
                "scope": FinancialScope.UNKNOWN,  # the register mixes consolidated and own accounts and does not say
                "revenue_eur": revenue or None,  # a declared 0 is unknown (SOURCES section 11)
                "net_income_eur": income or None,
            }
        )


def _read_officers(reading: _Reading, officers: list[Any], siren: str | None, updated_at: datetime | None) -> None:
    unread = 0
    for value in officers:
        officer = reading.record(value, "results[].dirigeants[]")
        is_hidden = officer.is_masked("nom") or officer.is_masked("denomination")
        if siren is None:
            officer.reject("the officer belongs to a unit without a SIREN")
        row = _read_officer(officer) | {"unit_key": siren, "record_updated_at": updated_at}
        try:
            officer.close()
        except RecordRejectedError as error:
            if is_hidden:  # withheld by the register: not ours to name, and no error
                continue
            reading.reject(error, siren, "one officer")
            unread += 1
        else:
            reading.rows["appointments"].append(row | {"source_key": appointment_key(row)})
    if siren is not None:
        reading.rosters[siren] = reading.rosters.get(siren, 0) + unread


def _read_officer(officer: Record) -> dict[str, Any]:
    kind = officer.one_of("type_dirigeant", OFFICER)
    title = officer.text("qualite")
    role, group = office_of(title)
    row: dict[str, Any] = {"source": SOURCE, "officer_kind": kind, "title": title, "role": role, "office_group": group}
    if kind is None:
        officer.reject("results[].dirigeants[].type_dirigeant is empty")
    if kind is OfficerKind.ORGANISATION:
        name = officer.text("denomination")
        row |= {"organisation_id": normalise_siren(officer.text("siren")), "organisation_name": name}
        if name is None and row["organisation_id"] is None:
            officer.reject("results[].dirigeants[]: the organisation has neither denomination nor SIREN")
        return row
    family, usage = split_names(officer.text("nom"))
    given, birth_month = officer.text("prenoms"), officer.text("date_de_naissance")
    if family is None:
        officer.reject("results[].dirigeants[].nom is empty")
    if birth_month and not BIRTH_MONTH.fullmatch(birth_month):
        officer.reject("results[].dirigeants[].date_de_naissance: expected YYYY-MM")
    officer.ignore("annee_de_naissance", "nationalite")
    return row | {"family_name": family, "usage_name": usage, "given_names": given, "birth_month": birth_month}


def split_names(name: str | None) -> tuple[str | None, str | None]:
    """`THEISSIG (MOLITOR)` is usage name, then birth name in brackets -> family name MOLITOR, usage name THEISSIG.

    Returns:
        Family name (of birth) and usage name, null where it is the same or not given.
    """
    found = NAME_AND_BIRTH_NAME.fullmatch(name or "")
    if found is None:
        return name, None
    usage, birth = found["usage"].strip(), found["birth"].strip()
    return (birth, usage if usage and usage != birth else None) if birth else (usage or None, None)


def appointment_key(row: Mapping[str, Any]) -> str:
    """`unit|title|family|usage|given|birth month`, or `unit|title|organisation`, in lower case (frames.Appointment)."""
    if row["officer_kind"] is OfficerKind.ORGANISATION:
        parts = [row["organisation_id"] or row["organisation_name"]]
    else:
        parts = [row[name] for name in ("family_name", "usage_name", "given_names", "birth_month")]
    return "|".join((part or "").replace("|", "/") for part in (row["unit_key"], row["title"], *parts)).lower()


def _distinct(names: list[str | None], name: str | None) -> list[str]:
    found = {text.casefold(): text for text in reversed(names) if text}
    found.pop((name or "").casefold(), None)
    return sorted(found.values())


# ------------------------------------------------------------------------------------------------------ handing on


def _batch(reading: _Reading, query: str | None, total: int, page: int, pages: int) -> Batch:
    frames, rejected = {}, list(reading.rejected)
    for name, schema in FRAMES.items():
        frames[name], refused = to_frame(schema, reading.rows[name])
        if name == "appointments":
            refused = _without_persons(reading, refused, set(frames[name]["source_key"]))
        rejected += refused
    scopes = [_roster(siren, unread, frames["appointments"]) for siren, unread in reading.rosters.items()]
    if query is not None:
        # at the cap the source counts no further: one more than the cap keeps the list from ever looking whole
        counted = total if total < MOST_RESULTS else MOST_RESULTS + 1
        keys = tuple(frames["legal_units"]["source_key"])
        scopes.append(ListScope(query, ScopeKind.LIST, "legal_units", keys, page, max(pages, 1), counted))
    return make_batch(frames, rejected, reading.unknown, scopes)


def _without_persons(reading: _Reading, refused: list[Rejected], kept: set[str]) -> list[Rejected]:
    """An officer's key holds name and birth month: in quarantine the unit's SIREN stands for it."""
    named_after_unit = []
    for one in refused:
        siren = (one.source_key or "").partition("|")[0]
        if one.source_key not in kept:
            reading.rosters[siren] += 1
        named_after_unit.append(Rejected(siren, one.reason, "one officer"))
    return named_after_unit


def _roster(siren: str, unread: int, appointments: pl.DataFrame) -> ListScope:
    """One unit's officers; one who could not be read leaves the roster incomplete, so that nobody is taken for gone."""
    keys = tuple(appointments.filter(pl.col("unit_key") == siren)["source_key"])
    return ListScope(f"roster:{siren}", ScopeKind.ROSTER, "appointments", keys, total=len(keys) + unread)


def _query_of(payload: Payload) -> str | None:
    """`query:...` of a list by rule; a look-up (q) is no list, and an imported file does not say what was asked."""
    path, _, query = payload.key.partition("?")
    asked = dict(parse_qsl(query))
    if path.strip("/") != "search" or not asked or "q" in asked:
        return None
    listed = sorted((name, value) for name, value in asked.items() if name not in ("page", "per_page"))
    return f"query:{urlencode(listed)}"


def _redact_parts(result: dict[str, Any], source_keys: frozenset[str]) -> None:
    sites, officers = result.get("matching_etablissements"), result.get("dirigeants")
    if isinstance(result.get("siege"), dict) and str(result["siege"].get("siret")) in source_keys:
        result["siege"] = None
    if isinstance(sites, list):
        result["matching_etablissements"] = [
            s for s in sites if not (isinstance(s, dict) and str(s.get("siret")) in source_keys)
        ]
    for site in (result.get("siege"), *(result["matching_etablissements"] if isinstance(sites, list) else ())):
        if isinstance(site, dict) and f"{STREET_OF}{site.get('siret')}" in source_keys:
            site |= {name: MASK for name in STREET_FIELDS if site.get(name) is not None}
    if isinstance(officers, list) and f"{OFFICERS_OF}{result.get('siren')}" in source_keys:
        result["dirigeants"] = []
    elif isinstance(officers, list):
        result["dirigeants"] = [o for o in officers if _key_of(o, result.get("siren")) not in source_keys]


def _key_of(officer: object, siren: Any) -> str | None:
    record = Record(officer, "", set(), MASKS)
    row = _read_officer(record) | {"unit_key": normalise_siren(str(siren))}
    try:
        record.close()
    except RecordRejectedError:
        return None
    return appointment_key(row)


# What the source always fills, in 104 recorded units and SOURCES section 1: null there is a fault, and rejects the
# record. Other fields may be null; a whole load without them is caught by its fill rates (flows/belief.py).
NEVER_NULL = frozenset(
    {
        "total_results", "page", "total_pages", "results",
        "results[].siren", "results[].statut_diffusion", "results[].etat_administratif", "results[].nature_juridique",
        "results[].nombre_etablissements", "results[].nombre_etablissements_ouverts", "results[].complements",
        "results[].dirigeants", "results[].matching_etablissements", "results[].dirigeants[].type_dirigeant",
        "results[].dirigeants[].nom", "results[].siege.siret", "results[].siege.etat_administratif",
        "results[].siege.est_siege", "results[].matching_etablissements[].siret",
        "results[].matching_etablissements[].etat_administratif", "results[].matching_etablissements[].est_siege",
    }
)  # fmt: skip
# What real answers leave out: `minimal=true` sends no parts, answers of 2023 lack the later fields.
MAY_BE_ABSENT = frozenset(
    {
        "results[].date_fermeture", "results[].date_mise_a_jour_insee", "results[].date_mise_a_jour_rne",
        "results[].siege", "results[].matching_etablissements", "results[].dirigeants", "results[].finances",
        "results[].finances.*", "results[].complements", "results[].complements.est_achats_responsables",
        "results[].complements.est_entrepreneur_individuel", "results[].tva", "results[].siege.date_fermeture",
        "results[].siege.date_mise_a_jour_insee", "results[].siege.code_pays_etranger",
        "results[].siege.libelle_pays_etranger", "results[].siege.statut_diffusion_etablissement",
        "results[].matching_etablissements[].date_fermeture",
        "results[].matching_etablissements[].statut_diffusion_etablissement",
    }
)  # fmt: skip

# What the source sends and we leave out. Elected officials of a local authority hold no office of a company; the
# fields that serve the source's own web site may vanish at any time (SOURCES section 1).
UNUSED_UNIT_FIELDS = (
    "activite_principale_naf25", "admin", "annee_categorie_entreprise", "bodacc", "caractere_employeur",
    "date_mise_a_jour", "etablissements", "immatriculation", "score", "section_activite_principale", "slug",
)  # fmt: skip
UNUSED_COMPLEMENTS = (
    "a_aide_ademe", "a_aide_minimis", "bilan_ges_renseigne", "collectivite_territoriale",
    "convention_collective_renseignee", "egapro_renseignee", "est_administration", "est_alim_confiance",
    "est_association", "est_avocat", "est_bio", "est_entrepreneur_spectacle", "est_ess", "est_finess", "est_l100_3",
    "est_organisme_formation", "est_patrimoine_vivant", "est_qualiopi", "est_rge", "est_service_public", "est_siae",
    "est_societe_mission", "est_uai", "identifiant_association", "liste_finess_juridique",
    "liste_id_organisme_formation", "liste_idcc", "statut_entrepreneur_spectacle", "type_siae",
)  # fmt: skip
# what the source itself masks of a legal person's site under P
STREET_FIELDS = (
    "adresse", "complement_adresse", "coordonnees", "dernier_numero_voie", "distribution_speciale", "geo_adresse",
    "geo_id", "indice_repetition", "latitude", "libelle_voie", "longitude", "numero_voie", "type_voie",
)  # fmt: skip
UNUSED_SITE_FIELDS = (
    "activite_principale_naf25", "activite_principale_registre_metier", "ancien_siege",
    "annee_tranche_effectif_salarie", "caractere_employeur", "cedex", "commune", "complement_adresse", "coordonnees",
    "date_debut_activite", "date_mise_a_jour", "departement", "dernier_numero_voie", "distribution_speciale", "epci",
    "geo_adresse", "geo_id", "indice_repetition", "latitude", "libelle_cedex", "libelle_commune_etranger",
    "libelle_voie", "liste_finess", "liste_id_bio", "liste_id_organisme_formation",
    "liste_idcc", "liste_rge", "liste_uai", "longitude", "numero_voie", "type_voie",
)  # fmt: skip
