"""The invented world as tables of facts: who exists, where, and who consolidates whom.

Nothing here is about a real company. Two groups have a French head, one a German, one a British; the rest stand alone.
What moves from night to night is said in one place: `people.officers_of` and `direct_children`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.demo.invented import company_number, lei, siren

FIRST_NIGHT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def instant_of(night: int) -> datetime:
    """The UTC instant of a night, counted from 1; nights are 24 hours apart."""
    return FIRST_NIGHT + timedelta(days=night - 1)


@dataclass(frozen=True, slots=True)
class FrenchUnit:
    """A legal unit in the French register.

    Attributes:
        number: founds its SIREN. legal_form: INSEE category. activity: NAF rev. 2, with its section's letter.
        size: INSEE category. band: tranche d'effectif of the unit. sites: towns, the head office first.
        unlisted_sites: open sites that the source counts but does not list.
        closed_site: town of a former head office, or none. revenue_eur: turnover declared for 2024, or none.
        is_partial: Sirene P.
    """

    key: str
    number: int
    name: str
    legal_form: str
    activity: str
    section: str
    size: str
    band: str
    created: str
    sites: tuple[str, ...]
    revenue_eur: int | None = None
    net_income_eur: int = 0
    has_responsible_buyer_label: bool = False
    unlisted_sites: int = 0
    closed_site: str | None = None
    is_partial: bool = False
    is_natural_person: bool = False

    @property
    def siren(self) -> str:
        """Its SIREN, in the invented range."""
        return siren(self.number)


@dataclass(frozen=True, slots=True)
class LeiEntity:
    """A legal entity in the Global LEI Index.

    Attributes:
        parent: key of the entity that consolidates it directly, or none for a head.
        from_night: the first night on which the index knows it.
        registration: ISSUED or LAPSED (a fee unpaid, the company lives).
    """

    key: str
    number: int
    name: str
    country: str
    city: str
    postal_code: str
    legal_form: str
    parent: str | None = None
    from_night: int = 1
    registration: str = "ISSUED"

    @property
    def lei(self) -> str:
        """Its LEI, in the invented range."""
        return lei(self.number)

    @property
    def registered_as(self) -> str | None:
        """Its number in the home register: a SIREN, an invented British number, or none."""
        if self.key in FRENCH_UNITS:
            return FRENCH_UNITS[self.key].siren
        return company_number(self.number) if self.country == "GB" else None


_LARGE_TOWNS = (
    "NANTES",
    "RENNES",
    "LILLE",
    "LYON",
    "MARSEILLE",
    "BORDEAUX",
    "TOULOUSE",
    "STRASBOURG",
    "ROUEN",
    "DIJON",
)

FRENCH_UNITS = {
    unit.key: unit
    for unit in (
        FrenchUnit(
            "ancelvaux", 101, "ANCELVAUX ENERGIES", "5599", "70.10Z", "M", "GE", "53", "1968-04-01",
            (*_LARGE_TOWNS, "ORLEANS", "COURBEVOIE"), 6_240_000_000, 318_000_000, True, closed_site="ANGERS",
        ),
        FrenchUnit(
            "ancelvaux-reseaux", 102, "ANCELVAUX RESEAUX", "5710", "35.14Z", "D", "GE", "51", "1994-09-12",
            ("NANTES", "ANGERS", "LE MANS", "TOURS", "CAEN", "BREST", "AMIENS", "METZ", "BESANCON"), 2_150_000_000,
        ),
        FrenchUnit(
            "ancelvaux-services", 103, "ANCELVAUX SERVICES", "5710", "81.10Z", "N", "GE", "42", "2001-02-05",
            ("COURBEVOIE", "GRENOBLE", "MONTPELLIER", "NICE", "REIMS"), 640_000_000,
        ),
        FrenchUnit(
            "ancelvaux-solaire", 104, "ANCELVAUX SOLAIRE", "5710", "35.11Z", "D", "GE", "22", "2011-06-20",
            ("TOULOUSE", "MONTPELLIER", "AJACCIO"), 118_000_000,
        ),
        FrenchUnit(
            "ancelvaux-maintenance", 105, "ANCELVAUX MAINTENANCE", "5710", "33.12Z", "C", "GE", "32", "2004-11-02",
            ("LYON", "CLERMONT-FERRAND", "LIMOGES"), 96_000_000,
        ),
        FrenchUnit(
            "lormancet", 111, "LORMANCET INDUSTRIES", "5599", "70.10Z", "M", "GE", "32", "1957-10-21",
            ("LYON", "GRENOBLE", "DIJON", "STRASBOURG", "CAEN"), 1_870_000_000, 64_000_000,
        ),
        FrenchUnit(
            "lormancet-emboutissage", 112, "LORMANCET EMBOUTISSAGE", "5710", "25.50B", "C", "GE", "41", "1983-03-14",
            ("GRENOBLE", "BESANCON", "LE MANS"), 210_000_000,
        ),
        FrenchUnit(
            "lormancet-cablage", 113, "LORMANCET CABLAGE", "5710", "29.31Z", "C", "GE", "32", "1991-07-01",
            ("DIJON", "METZ"), 88_000_000,
        ),
        FrenchUnit(
            "halquinor-france", 121, "HALQUINOR FRANCE", "5710", "46.69B", "G", "ETI", "31", "2006-05-09",
            ("STRASBOURG", "LYON", "LILLE", "NANTES"), 142_000_000,
        ),
        FrenchUnit(
            "penhallard-france", 131, "PENHALLARD FRANCE", "5710", "52.29B", "H", "ETI", "22", "2014-01-15",
            ("ROUEN", "CAEN"), 57_000_000,
        ),
        FrenchUnit(
            "ostrevigne", 141, "OSTREVIGNE DISTRIBUTION", "5599", "47.11F", "G", "GE", "52", "1972-03-30",
            (
                "LILLE", "AMIENS", "ROUEN", "CAEN", "REIMS", "METZ", "STRASBOURG", "DIJON", "BESANCON", "LYON",
                "GRENOBLE", "CLERMONT-FERRAND", "LIMOGES", "BORDEAUX", "TOULOUSE", "MONTPELLIER", "MARSEILLE", "NICE",
                "ORLEANS", "TOURS", "NANTES", "ANGERS", "RENNES", "BREST", "PARIS",
            ),
            3_480_000_000, 41_000_000, True,
        ),
        FrenchUnit(
            "mirobrac", 151, "MIROBRAC EMBALLAGES", "5710", "17.21A", "C", "ETI", "32", "1988-12-05",
            ("BORDEAUX", "LIMOGES", "ANGERS"), 164_000_000, 5_200_000, unlisted_sites=4,
        ),
        FrenchUnit(
            "sanvadour", 161, "SANVADOUR SANTE", "5599", "21.20Z", "C", "ETI", "41", "1979-06-18",
            ("TOULOUSE", "MONTPELLIER", "PARIS"), 388_000_000, 21_500_000,
        ),
        FrenchUnit(
            "quelorme", 171, "QUELORME CONSEIL", "5499", "70.22Z", "M", "PME", "11", "2017-09-04", ("NICE",)
        ),
        FrenchUnit(
            "vernaloy", 181, "VERNALOY FONCIERE", "5710", "68.20B", "L", "PME", "01", "2009-02-16", ("RENNES",),
            is_partial=True,
        ),
        FrenchUnit(
            "masked-person", 191, "[NON-DIFFUSIBLE]", "1000", "68.20A", "L", "PME", "NN", "1998-10-01", ("TOURS",),
            is_partial=True, is_natural_person=True,
        ),
    )
}  # fmt: skip

LEI_ENTITIES = {
    entity.key: entity
    for entity in (
        LeiEntity("ancelvaux", 101, "ANCELVAUX ENERGIES", "FR", "NANTES", "44000", "K65D"),
        LeiEntity("ancelvaux-reseaux", 102, "ANCELVAUX RESEAUX", "FR", "NANTES", "44000", "6CHY", "ancelvaux"),
        LeiEntity("ancelvaux-services", 103, "ANCELVAUX SERVICES", "FR", "COURBEVOIE", "92400", "6CHY", "ancelvaux"),
        LeiEntity("ancelvaux-solaire", 104, "ANCELVAUX SOLAIRE", "FR", "TOULOUSE", "31000", "6CHY", "ancelvaux"),
        LeiEntity("ancelvaux-de", 106, "Ancelvaux Deutschland GmbH", "DE", "Köln", "50667", "2HBR", "ancelvaux"),
        LeiEntity("ancelvaux-be", 107, "Ancelvaux Belgium BV", "BE", "Gent", "9000", "3W7E", "ancelvaux"),
        LeiEntity("ancelvaux-it", 108, "Ancelvaux Italia S.r.l.", "IT", "Torino", "10121", "OV32", "ancelvaux"),
        LeiEntity("ancelvaux-gb", 109, "ANCELVAUX UK LIMITED", "GB", "Leeds", "LS1 1AA", "H0PO", "ancelvaux"),
        LeiEntity("ancelvaux-pl", 110, "Ancelvaux Polska Sp. z o.o.", "PL", "Wrocław", "50-001", "O7XB", "ancelvaux"),
        LeiEntity("ancelvaux-ch", 111, "Ancelvaux Schweiz AG", "CH", "Basel", "4051", "MVII", "ancelvaux"),
        LeiEntity("ancelvaux-us", 112, "Ancelvaux Energy LLC", "US", "Houston", "77002", "HZEH", "ancelvaux"),
        LeiEntity("ancelvaux-dk", 118, "Ancelvaux Danmark ApS", "DK", "Odense", "5000", "H8VP", "ancelvaux"),
        LeiEntity("ancelvaux-cz", 119, "Ancelvaux Česko s.r.o.", "CZ", "Ostrava", "702 00", "9HLU", "ancelvaux"),
        LeiEntity(
            "ancelvaux-maintenance", 105, "ANCELVAUX MAINTENANCE", "FR", "LYON", "69003", "6CHY", "ancelvaux-services"
        ),
        LeiEntity(
            "ancelvaux-es", 113, "Ancelvaux España S.L.", "ES", "Zaragoza", "50001", "DP3Q", "ancelvaux-services"
        ),
        LeiEntity(
            "ancelvaux-pt", 114, "Ancelvaux Portugal Lda", "PT", "Porto", "4000-001", "USOG", "ancelvaux-services"
        ),
        LeiEntity(
            "ancelvaux-nl",
            115,
            "Ancelvaux Nederland B.V.",
            "NL",
            "Utrecht",
            "3511 AA",
            "54M6",
            "ancelvaux-services",
            registration="LAPSED",
        ),
        LeiEntity("ancelvaux-at", 116, "Ancelvaux Austria GmbH", "AT", "Graz", "8010", "AXSB", "ancelvaux-de"),
        LeiEntity("ancelvaux-se", 117, "Ancelvaux Sverige AB", "SE", "Malmö", "211 11", "XJHM", "ancelvaux", 2),
        LeiEntity("lormancet", 121, "LORMANCET INDUSTRIES", "FR", "LYON", "69003", "K65D"),
        LeiEntity(
            "lormancet-emboutissage", 122, "LORMANCET EMBOUTISSAGE", "FR", "GRENOBLE", "38000", "6CHY", "lormancet"
        ),
        LeiEntity("lormancet-cablage", 123, "LORMANCET CABLAGE", "FR", "DIJON", "21000", "6CHY", "lormancet"),
        LeiEntity("lormancet-de", 124, "Lormancet Pressteile GmbH", "DE", "Chemnitz", "09111", "2HBR", "lormancet"),
        LeiEntity("lormancet-cz", 125, "Lormancet Česko s.r.o.", "CZ", "Plzeň", "301 00", "9HLU", "lormancet"),
        LeiEntity("lormancet-sk", 126, "Lormancet Slovensko s.r.o.", "SK", "Žilina", "010 01", "VSZS", "lormancet"),
        LeiEntity("lormancet-ro", 127, "Lormancet România S.R.L.", "RO", "Sibiu", "550160", "XHN1", "lormancet"),
        LeiEntity("lormancet-us", 128, "Lormancet Stamping LLC", "US", "Toledo", "43604", "HZEH", "lormancet"),
        LeiEntity(
            "lormancet-mx", 129, "Lormancet México S.A. de C.V.", "MX", "Querétaro", "76000", "JGV1", "lormancet"
        ),
        LeiEntity("lormancet-tn", 130, "Lormancet Tunisie", "TN", "Sousse", "4000", "WSE1", "lormancet"),
        LeiEntity("lormancet-ma", 131, "Lormancet Maroc", "MA", "Tanger", "90000", "9999", "lormancet"),
        LeiEntity("lormancet-es", 132, "Lormancet Ibérica S.L.", "ES", "Vitoria", "01001", "DP3Q", "lormancet"),
        LeiEntity("lormancet-it", 133, "Lormancet Stampi S.r.l.", "IT", "Brescia", "25121", "OV32", "lormancet"),
        LeiEntity("halquinor", 141, "Halquinor SE", "DE", "Bremen", "28195", "SGST"),
        LeiEntity("halquinor-france", 142, "HALQUINOR FRANCE", "FR", "STRASBOURG", "67000", "6CHY", "halquinor"),
        LeiEntity("halquinor-at", 143, "Halquinor Österreich GmbH", "AT", "Linz", "4020", "AXSB", "halquinor"),
        LeiEntity("halquinor-nl", 144, "Halquinor Benelux B.V.", "NL", "Breda", "4811 AA", "54M6", "halquinor"),
        LeiEntity("halquinor-dk", 145, "Halquinor Danmark ApS", "DK", "Aarhus", "8000", "H8VP", "halquinor"),
        LeiEntity("halquinor-fi", 146, "Halquinor Suomi Oy", "FI", "Tampere", "33100", "DKUW", "halquinor"),
        LeiEntity("penhallard", 151, "PENHALLARD GROUP PLC", "GB", "Bristol", "BS1 4AA", "B6ES"),
        LeiEntity("penhallard-gb", 152, "PENHALLARD LOGISTICS LIMITED", "GB", "Hull", "HU1 1AA", "H0PO", "penhallard"),
        LeiEntity("penhallard-ie", 153, "Penhallard Ireland Limited", "IE", "Cork", "T12 AA00", "MNQ7", "penhallard"),
        LeiEntity("penhallard-france", 154, "PENHALLARD FRANCE", "FR", "ROUEN", "76000", "6CHY", "penhallard"),
        LeiEntity(
            "penhallard-nl", 155, "Penhallard Nederland B.V.", "NL", "Rotterdam", "3011 AA", "54M6", "penhallard"
        ),
    )
}

HEADS = tuple(entity.key for entity in LEI_ENTITIES.values() if entity.parent is None)


def direct_children(key: str, night: int) -> list[LeiEntity]:
    """Whom this entity consolidates directly, as the index knows it on that night."""
    return [entity for entity in LEI_ENTITIES.values() if entity.parent == key and entity.from_night <= night]


def ultimate_children(key: str, night: int) -> list[LeiEntity]:
    """Whom this head consolidates at any level, top down."""
    found = direct_children(key, night)
    return found + [deeper for child in found for deeper in ultimate_children(child.key, night)]
