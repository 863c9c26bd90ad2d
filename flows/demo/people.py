"""The invented officers of the French units, and the five things that happen to them between the nights.

Titles are the register's own words. Everybody here is made up; a birth month is what the source gives to tell
namesakes apart, and never leaves the observed layer.
"""

from dataclasses import dataclass
from typing import NamedTuple

from flows.demo.invented import siren
from flows.demo.world import FRENCH_UNITS

SECOND_NIGHT = 2


class Officer(NamedTuple):
    """One office: a natural person with a birth month, or an organisation with a SIREN (family and given are empty)."""

    title: str
    family: str
    given: str
    birth_month: str
    organisation: str = ""
    organisation_siren: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """What a person who objects tells us; the caller stores it as a keyed hash only.

    Attributes:
        family, given, birth_month: as the register writes them. unit: SIREN of the company where they hold office.
    """

    family: str
    given: str
    birth_month: str
    unit: str


PDG, PCA = "Président-directeur général", "Président du conseil d'administration"
DG, DGD = "Directeur Général", "Directeur général délégué"
ADM, PSAS, GERANT = "Administrateur", "Président de SAS", "Gérant"
CAC, CACS = "Commissaire aux comptes titulaire", "Commissaire aux comptes suppléant"

KLEBERMANN = Officer(DGD, "KLEBERMANN", "AGATHE", "1975-12")  # who objected before the first night
FOUNDER = Officer(PSAS, "MIROBRACQ", "LEOPOLD", "1971-05")
FOUNDERS_HOLDING = Officer(PSAS, "", "", "", "MIROBRACQ PARTICIPATIONS", siren(905))

# title | family | given names | birth month, one office a line; `&` begins an organisation: title | & name | number
_ROSTERS = {
    "ancelvaux": f"""
        {PCA} | VAUQUELARD | SOLENE MARIE | 1961-04
        {DGD} | BRESSANDRY | THIBAUT | 1970-11
        {ADM} | OSTREMONT (GALVIAC) | HELENE | 1966-02
        {ADM} | TOURNEFOYE | MARC-ANTOINE | 1959-08
        {ADM} | DE KERVANNOU | YSEULT | 1972-01
        {ADM} | LAMBRESCQ | OLIVIER | 1964-06
        {ADM} | ZWERTHAL | INGRID | 1968-12
        {ADM} | PONTARVELLE | CESAR | 1975-03
        {ADM} | MIRVOISIN | NADEGE | 1971-09
    """,
    "ancelvaux-reseaux": f"""
        {PSAS} | BRESSANDRY | THIBAUT | 1970-11
        {DG} | QUINTRELLEC | ARMELLE | 1977-05
        {CAC} | & ARDEVIN AUDIT | 901
    """,
    "ancelvaux-services": f"""
        {PSAS} | FAUVERMONT | REGIS | 1967-10
        {DG} | SALVADRIC | CLEMENCE | 1980-02
        {CAC} | & ARDEVIN AUDIT | 901
    """,
    "ancelvaux-solaire": f"""
        {PSAS} | & ANCELVAUX ENERGIES | 101
        {DG} | BELCASTELET | YOUNES | 1983-07
    """,
    "ancelvaux-maintenance": f"""
        {PSAS} | & ANCELVAUX SERVICES | 103
        {DG} | TREGUIVEL | MAUD | 1978-12
    """,
    "lormancet": f"""
        {PDG} | GRANDVALET | AUGUSTIN | 1963-05
        {DGD} | CORMEZAC | VIOLAINE | 1974-04
        {ADM} | STEENVOORDT | PIETER | 1960-09
        {ADM} | LORMANDEL | EDITH | 1957-03
        {ADM} | CHABRIVOUX | JEAN-NOEL | 1965-11
        {ADM} | NERVACQUE | PRISCILLE | 1979-06
        {CAC} | & CABINET TROUVELAND | 902
        {CACS} | & MARESQUIER ET ASSOCIES | 903
    """,
    "lormancet-emboutissage": f"""
        {PSAS} | & LORMANCET INDUSTRIES | 111
        {DG} | CORMEZAC | VIOLAINE | 1974-04
    """,
    "lormancet-cablage": f"""
        {PSAS} | & LORMANCET INDUSTRIES | 111
        {DG} | DUVALERIN | KARIM | 1981-01
    """,
    "halquinor-france": f"""
        {PSAS} | RIEDENBRANDT | JUTTA | 1969-08
        {DG} | ESCALVIERE | FLORIAN | 1976-10
        {CAC} | & MARESQUIER ET ASSOCIES | 903
    """,
    "penhallard-france": f"""
        {PSAS} | WITHERSTOKE | GARETH | 1966-07
        {DG} | HAUTECLAIRVAL | SABINE | 1982-03
    """,
    "ostrevigne": f"""
        {PCA} | DESMAREZELLES | ODILE | 1958-10
        {DGD} | VANTROUILH | BASTIEN | 1973-02
        {ADM} | POULVERANT | GHISLAINE | 1962-12
        {ADM} | RACQUENOIS | EMERIC | 1969-04
        {ADM} | THELVACQ | SIBYLLE | 1977-08
        {CAC} | & CABINET TROUVELAND | 902
    """,
    "mirobrac": f"""
        {PSAS} | MIROBRACQ | LEOPOLD | 1971-05
        {DG} | AUBERVILLARD | CAPUCINE | 1984-09
        {CAC} | & ARDEVIN AUDIT | 901
    """,
    "sanvadour": f"""
        {PDG} | ESTARVIELLE | MATHURIN | 1960-01
        {DGD} | KLEBERMANN | AGATHE | 1975-12
        {ADM} | FONTREVAULT | ARSENE | 1955-07
        {ADM} | JUVIGNEROL | PERRINE | 1970-03
        {CAC} | & CABINET TROUVELAND | 902
    """,
    "quelorme": f"""
        {GERANT} | QUELORMEAU | TANCREDE | 1986-06
    """,
    "vernaloy": f"""
        {PSAS} | VERNALOYER | BLANDINE | 1973-11
    """,
}


def _read_roster(text: str) -> list[Officer]:
    officers = []
    for line in filter(None, map(str.strip, text.splitlines())):
        title, name, *rest = (part.strip() for part in line.split("|"))
        if name.startswith("& "):
            officers.append(Officer(title, "", "", "", name[2:], siren(int(rest[0]))))
        else:
            officers.append(Officer(title, name, rest[0], rest[1]))
    return officers


def officers_of(key: str, night: int) -> list[Officer]:
    """The roster that the register shows of one French unit on that night.

    From the second night on: a chief executive arrives at the head of Ancelvaux, whose auditor changes; a director of
    Lormancet is missing; a deputy of Ostrevigne becomes chief executive; the founder of Mirobrac lets a company preside
    that he represents himself.
    """
    officers = _read_roster(_ROSTERS.get(key, ""))
    later = night >= SECOND_NIGHT
    if key == "ancelvaux":
        officers += [Officer(DG, "SERVANDIEU", "ISAURE", "1973-06")] if later else []
        number, auditor = (904, "BOISVERGNE AUDIT") if later else (901, "ARDEVIN AUDIT")
        officers.append(Officer(CAC, "", "", "", auditor, siren(number)))
    if key == "lormancet" and later:
        officers = [officer for officer in officers if officer.family != "CHABRIVOUX"]
    if key == "ostrevigne" and later:
        officers = [o._replace(title=DG) if o.family == "VANTROUILH" else o for o in officers]
    if key == "mirobrac" and later:
        officers = [FOUNDERS_HOLDING if o == FOUNDER else o for o in officers]
    return officers


def demo_suppressions() -> tuple[Objection, ...]:
    """The one executive of the invented world who objected before the first night."""
    return (Objection(KLEBERMANN.family, KLEBERMANN.given, KLEBERMANN.birth_month, FRENCH_UNITS["sanvadour"].siren),)
