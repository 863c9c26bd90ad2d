"""Writes files of the size and shape that sources give out: Sirene's stock, GLEIF's golden copy, the DECP table.

Everybody in them is made up. Columns are those of SOURCES sections 2, 5 and 9b.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SEED = 20261124
WORDS = ("HALKI", "NOR", "VADOUR", "OSTRE", "VIGNE", "SANTE", "METAUX", "LOGIS", "BOREAL", "TERRA")
LETTERS = {ord(letter): str(ord(letter) - 55) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

UNIT_COLUMNS = (
    "siren", "statutDiffusionUniteLegale", "unitePurgeeUniteLegale", "dateCreationUniteLegale", "sigleUniteLegale",
    "sexeUniteLegale", "prenom1UniteLegale", "prenom2UniteLegale", "prenom3UniteLegale", "prenom4UniteLegale",
    "prenomUsuelUniteLegale", "pseudonymeUniteLegale", "identifiantAssociationUniteLegale",
    "trancheEffectifsUniteLegale", "anneeEffectifsUniteLegale", "dateDernierTraitementUniteLegale",
    "nombrePeriodesUniteLegale", "categorieEntreprise", "anneeCategorieEntreprise", "dateDebut",
    "etatAdministratifUniteLegale", "nomUniteLegale", "nomUsageUniteLegale", "denominationUniteLegale",
    "denominationUsuelle1UniteLegale", "denominationUsuelle2UniteLegale", "denominationUsuelle3UniteLegale",
    "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale", "nomenclatureActivitePrincipaleUniteLegale",
    "activitePrincipaleNAF25UniteLegale", "nicSiegeUniteLegale", "economieSocialeSolidaireUniteLegale",
    "caractereEmployeurUniteLegale",
)  # fmt: skip
ADDRESS = (
    "complementAdresse", "numeroVoie", "indiceRepetition", "dernierNumeroVoie", "indiceRepetitionDernierNumeroVoie",
    "typeVoie", "libelleVoie", "codePostal", "libelleCommune", "libelleCommuneEtranger", "distributionSpeciale",
    "codeCommune", "codeCedex", "libelleCedex", "codePaysEtranger", "libellePaysEtranger",
)  # fmt: skip
SITE_COLUMNS = (
    "siren", "nic", "siret", "statutDiffusionEtablissement", "dateCreationEtablissement",
    "trancheEffectifsEtablissement", "anneeEffectifsEtablissement",
    "activitePrincipaleRegistreMetiersEtablissement", "dateDernierTraitementEtablissement", "etablissementSiege",
    "nombrePeriodesEtablissement",
    *(f"{name}Etablissement" for name in ADDRESS), "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement", "coordonneeLambertOrdonneeEtablissement",
    *(f"{name}2Etablissement" for name in ADDRESS), "dateDebut", "etatAdministratifEtablissement",
    "enseigne1Etablissement", "enseigne2Etablissement", "enseigne3Etablissement", "denominationUsuelleEtablissement",
    "activitePrincipaleEtablissement", "nomenclatureActivitePrincipaleEtablissement",
    "activitePrincipaleNAF25Etablissement", "caractereEmployeurEtablissement",
)  # fmt: skip


def write_legal_units(path: Path, rows: int) -> None:
    """A Sirene stock of legal units, CSV or parquet by the ending; 3 in 100 are under P, a quarter natural persons."""
    random = np.random.default_rng(SEED)
    numbers = sirens(np.arange(rows, dtype=np.int64) + 200_000)
    is_person, is_hidden = random.random(rows) < 0.25, random.random(rows) < 0.03
    names = random_names(random, rows)
    columns: dict[str, Any] = dict.fromkeys(UNIT_COLUMNS, pl.lit(None, pl.String))
    columns |= {
        "siren": numbers,
        "statutDiffusionUniteLegale": picked(is_hidden, "P", "O"),
        "dateCreationUniteLegale": random_days(random, rows, 1960),
        "trancheEffectifsUniteLegale": choice(random, rows, ("NN", "00", "01", "11", "21", "32", "53")),
        "anneeEffectifsUniteLegale": pl.lit("2023"),
        "dateDernierTraitementUniteLegale": random_days(random, rows, 2020) + pl.lit("T08:30:00"),
        "nombrePeriodesUniteLegale": choice(random, rows, ("1", "2", "3", "5")),
        "categorieEntreprise": choice(random, rows, ("PME", "PME", "PME", "ETI", "GE")),
        "anneeCategorieEntreprise": pl.lit("2023"),
        "dateDebut": random_days(random, rows, 2000),
        "etatAdministratifUniteLegale": choice(random, rows, ("A", "A", "C")),
        "nomUniteLegale": masked(pl.when(pl.Series(is_person)).then(names), is_hidden),
        "prenom1UniteLegale": masked(pl.when(pl.Series(is_person)).then(pl.lit("EXEMPLE")), is_hidden),
        "denominationUniteLegale": masked(pl.when(pl.Series(~is_person)).then(names), is_hidden),
        "categorieJuridiqueUniteLegale": picked(is_person, "1000", "5710"),
        "activitePrincipaleUniteLegale": choice(random, rows, ("70.10Z", "62.02A", "47.11F", "01.11Z")),
        "nomenclatureActivitePrincipaleUniteLegale": pl.lit("NAFRev2"),
        "nicSiegeUniteLegale": pl.lit("00012"),
        "economieSocialeSolidaireUniteLegale": pl.lit("N"),
        "caractereEmployeurUniteLegale": pl.lit("N"),
    }
    write(path, columns)


def write_establishments(path: Path, rows: int) -> None:
    """A Sirene stock of establishments; two of each legal unit."""
    random = np.random.default_rng(SEED + 1)
    units = sirens(np.arange(rows, dtype=np.int64) // 2 + 200_000)
    nics = pl.Series(["00012", "00020"] * (rows // 2 + 1), dtype=pl.String)[:rows]
    is_hidden = random.random(rows) < 0.03
    columns: dict[str, Any] = dict.fromkeys(SITE_COLUMNS, pl.lit(None, pl.String))
    columns |= {
        "siren": units,
        "nic": nics,
        "siret": with_luhn_key(units + nics.str.head(4)),
        "statutDiffusionEtablissement": picked(is_hidden, "P", "O"),
        "dateCreationEtablissement": random_days(random, rows, 1960),
        "trancheEffectifsEtablissement": choice(random, rows, ("NN", "00", "01", "11", "21")),
        "dateDernierTraitementEtablissement": random_days(random, rows, 2020) + pl.lit("T08:30:00"),
        "etablissementSiege": pl.Series(["true", "false"] * (rows // 2 + 1), dtype=pl.String)[:rows],
        "nombrePeriodesEtablissement": choice(random, rows, ("1", "2", "3")),
        "numeroVoieEtablissement": masked(choice(random, rows, ("1", "12", "103")), is_hidden),
        "typeVoieEtablissement": masked(choice(random, rows, ("RUE", "AV", "CHE")), is_hidden),
        "libelleVoieEtablissement": masked(random_names(random, rows), is_hidden),
        "codePostalEtablissement": masked(choice(random, rows, ("01000", "75002", "69003", "97400")), is_hidden),
        "libelleCommuneEtablissement": choice(random, rows, ("EXEMPLEVILLE", "OSTREVIGNE", "SAINT-HALKI")),
        "codeCommuneEtablissement": choice(random, rows, ("01053", "75102", "69383", "2A004", "97411")),
        "dateDebut": random_days(random, rows, 2000),
        "etatAdministratifEtablissement": choice(random, rows, ("A", "F")),
        "enseigne1Etablissement": choice(random, rows, (None, None, None, "HALKI")),
        "activitePrincipaleEtablissement": choice(random, rows, ("70.10Z", "62.02A", "47.11F")),
        "nomenclatureActivitePrincipaleEtablissement": pl.lit("NAFRev2"),
        "caractereEmployeurEtablissement": pl.lit("N"),
    }
    # the NIC's last digit closes the Luhn key of the SIRET
    frame = pl.select(**columns).with_columns(nic=pl.col("siret").str.tail(5))
    write_frame(path, frame.select(SITE_COLUMNS))


def write_contracts(path: Path, rows: int) -> None:
    """The consolidated DECP table in parquet, one row a winner; two in ten stand for former versions."""
    random = np.random.default_rng(SEED + 2)
    sirets = with_luhn_key(sirens(np.arange(rows, dtype=np.int64) % 50_000 + 200_000) + pl.Series(["0001"]))
    winners = with_luhn_key(sirens(np.arange(rows, dtype=np.int64) % 90_000 + 300_000) + pl.Series(["0001"]))
    numbers = pl.Series(np.arange(rows)).cast(pl.String)
    columns: dict[str, Any] = {
        "uid": sirets + numbers,
        "id": numbers,
        "acheteur_id": sirets,
        "acheteur_nom": random_names(random, rows),
        "nature": pl.lit("Marché"),
        "objet": random_names(random, rows),
        "codeCPV": choice(random, rows, ("72000000", "45210000-2", "NC", "90910000")),
        "procedure": choice(random, rows, ("Procédure adaptée", "Appel d'offres ouvert")),
        "dureeMois": pl.Series(random.integers(1, 60, rows)),
        "dateNotification": random_days(random, rows, 2018).str.to_date(),
        "datePublicationDonnees": random_days(random, rows, 2019).str.to_date(),
        "montant": pl.Series(np.round(np.exp(random.normal(11, 2.5, rows)), 2)),
        "formePrix": pl.lit("Ferme"),
        "offresRecues": pl.Series(random.integers(1, 12, rows)),
        "titulaire_id": winners,
        "titulaire_typeIdentifiant": choice(random, rows, ("SIRET", "SIRET", "SIRET", "TVA")),
        "titulaire_nom": random_names(random, rows),
        "titulaire_categorie": choice(random, rows, ("PME", "ETI", "GE")),
        "donneesActuelles": pl.Series(random.random(rows) < 0.8),
        "sourceDataset": pl.lit("bench"),
    }
    write(path, columns)


def write_golden_copy(path: Path, records: int) -> None:
    """GLEIF's golden copy of legal entities: JSON in its `$` form as it is published (indented), or CSV."""
    with path.open("w", encoding="utf-8") as out:
        if path.suffix == ".csv":
            out.write(",".join(f'"{name}"' for name in GOLDEN_COLUMNS) + "\n")
            out.writelines(golden_row(number) for number in range(records))
            return
        out.write('{"records":[\n')
        out.writelines((",\n" if number else "") + golden_record(number) for number in range(records))
        out.write("]}\n")


def invented_lei(number: int) -> str:
    """An LEI of the issuer prefix 0000, which nobody has."""
    body = f"0000BENCH{number:09d}"
    return f"{body}{98 - int(f'{body}00'.translate(LETTERS)) % 97:02d}"


def golden_record(number: int) -> str:
    """One record; about as long as a real one."""
    country, authority = ("FR", "RA000189") if number % 10 == 0 else ("DE", "RA000242")
    category = "SOLE_PROPRIETOR" if number % 27 == 0 else "GENERAL"
    return GOLDEN_RECORD % {
        "lei": invented_lei(number), "number": number, "country": country, "authority": authority,
        "category": category, "status": "INACTIVE" if number % 9 == 0 else "ACTIVE",
    }  # fmt: skip


def golden_row(number: int) -> str:
    """The same as a line of the CSV."""
    lei = invented_lei(number)
    cells = [
        lei, f"Halki {number} GmbH", "de", f"HALKI {number}", f"Musterstrasse {number % 300}", "Hinterhaus",
        "Musterstadt", "DE-BE", "DE", "10115", f"Musterstrasse {number % 300}", "Musterstadt", "DE", "RA000242",
        f"HRB {number}", "DE", "GENERAL", "2HBR", "ACTIVE", "2001-02-03T00:00:00+01:00", "2015-01-01T00:00:00Z",
        "2026-11-20T08:00:00Z", "ISSUED", "2027-01-01T00:00:00Z", "0000BENCH00000000000", "FULLY_CORROBORATED",
    ]  # fmt: skip
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


GOLDEN_COLUMNS = (
    "LEI", "Entity.LegalName", "Entity.LegalName.xmllang", "Entity.OtherEntityNames.OtherEntityName.1",
    "Entity.LegalAddress.FirstAddressLine", "Entity.LegalAddress.AdditionalAddressLine.1", "Entity.LegalAddress.City",
    "Entity.LegalAddress.Region", "Entity.LegalAddress.Country", "Entity.LegalAddress.PostalCode",
    "Entity.HeadquartersAddress.FirstAddressLine", "Entity.HeadquartersAddress.City",
    "Entity.HeadquartersAddress.Country", "Entity.RegistrationAuthority.RegistrationAuthorityID",
    "Entity.RegistrationAuthority.RegistrationAuthorityEntityID", "Entity.LegalJurisdiction", "Entity.EntityCategory",
    "Entity.LegalForm.EntityLegalFormCode", "Entity.EntityStatus", "Entity.EntityCreationDate",
    "Registration.InitialRegistrationDate", "Registration.LastUpdateDate", "Registration.RegistrationStatus",
    "Registration.NextRenewalDate", "Registration.ManagingLOU", "Registration.ValidationSources",
)  # fmt: skip


def _leaf(name: str, text: str, depth: int, language: str = "") -> str:
    pad = " " * 4 * depth
    mark = f'{pad}    "@xml:lang": "{language}",\n' if language else ""
    return f'{pad}"{name}": {{\n{mark}{pad}    "$": "{text}"\n{pad}}}'


def _address(name: str) -> str:
    leaves = [
        _leaf("FirstAddressLine", "Musterstrasse %(number)d", 3), _leaf("City", "Musterstadt", 3),
        _leaf("Region", "%(country)s-BE", 3), _leaf("Country", "%(country)s", 3), _leaf("PostalCode", "10115", 3),
    ]  # fmt: skip
    return f'        "{name}": {{\n            "@xml:lang": "de",\n' + ",\n".join(leaves) + "\n        }"


def _object(name: str, leaves: list[str], depth: int) -> str:
    pad = " " * 4 * depth
    return f'{pad}"{name}": {{\n' + ",\n".join(leaves) + f"\n{pad}}}"


_ENTITY = [
    _leaf("LegalName", "Halki %(number)d Société", 2, "de"),
    _address("LegalAddress"),
    _address("HeadquartersAddress"),
    _object(
        "RegistrationAuthority",
        [
            _leaf("RegistrationAuthorityID", "%(authority)s", 3),
            _leaf("RegistrationAuthorityEntityID", "HRB %(number)d", 3),
        ],
        2,
    ),
    _leaf("LegalJurisdiction", "%(country)s", 2),
    _leaf("EntityCategory", "%(category)s", 2),
    _object("LegalForm", [_leaf("EntityLegalFormCode", "2HBR", 3)], 2),
    _leaf("EntityStatus", "%(status)s", 2),
    _leaf("EntityCreationDate", "2001-02-03T00:00:00+01:00", 2),
]
_REGISTRATION = [
    _leaf("InitialRegistrationDate", "2015-01-01T00:00:00Z", 2),
    _leaf("LastUpdateDate", "2026-11-20T08:00:00.000Z", 2),
    _leaf("RegistrationStatus", "LAPSED", 2),
    _leaf("NextRenewalDate", "2027-01-01T00:00:00Z", 2),
    _leaf("ManagingLOU", "0000BENCH00000000000", 2),
    _leaf("ValidationSources", "FULLY_CORROBORATED", 2),
    _object(
        "ValidationAuthority",
        [_leaf("ValidationAuthorityID", "%(authority)s", 3), _leaf("ValidationAuthorityEntityID", "HRB %(number)d", 3)],
        2,
    ),
]
GOLDEN_RECORD = (
    "{\n"
    + ",\n".join([_leaf("LEI", "%(lei)s", 1), _object("Entity", _ENTITY, 1), _object("Registration", _REGISTRATION, 1)])
    + "\n}"
)


# ---------------------------------------------------------------------------------------------------- the material


def write(path: Path, columns: dict[str, Any]) -> None:
    """The columns as a file, in their order."""
    write_frame(path, pl.select(**columns))


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """CSV (comma, UTF-8) or parquet by the ending."""
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)


def sirens(numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pl.Series:
    """SIRENs with a leading zero and a Luhn key: the range that nobody holds (002) is too small for millions."""
    return with_luhn_key(pl.Series(numbers).cast(pl.String).str.zfill(8))


def with_luhn_key(bodies: pl.Series) -> pl.Series:
    """The texts of digits, each with its Luhn key behind."""
    length = int(bodies.str.len_bytes().max() or 0)  # type: ignore[arg-type]
    total = pl.lit(0)
    for place in range(length):
        digit = pl.col("b").str.slice(place, 1).cast(pl.Int64)
        doubled = digit * 2
        total = total + (pl.when(doubled > 9).then(doubled - 9).otherwise(doubled) if (length - place) % 2 else digit)
    key = ((10 - total % 10) % 10).cast(pl.String)
    return pl.DataFrame({"b": bodies}).select(pl.col("b") + key).to_series()


def random_names(random: np.random.Generator, rows: int) -> pl.Series:
    """Names of two invented words and a number."""
    first, second = (pl.Series(WORDS).gather(random.integers(0, len(WORDS), rows)) for _ in range(2))
    return first + " " + second + " " + pl.Series(random.integers(1, 9999, rows)).cast(pl.String)


def random_days(random: np.random.Generator, rows: int, first_year: int) -> pl.Series:
    """Days from a year on, `YYYY-MM-DD`."""
    days = random.integers(0, (2026 - first_year) * 365, rows)
    return (pl.Series([0]).cast(pl.Date).dt.offset_by(f"{first_year - 1970}y")[0:1].gather([0] * rows)
            + pl.Series(days).cast(pl.Duration("ms")) * 86_400_000).cast(pl.Date).cast(pl.String)  # fmt: skip


def choice(random: np.random.Generator, rows: int, values: "tuple[str | None, ...]") -> pl.Series:
    """One of these texts a row."""
    return pl.Series(values, dtype=pl.String).gather(random.integers(0, len(values), rows))


def picked(mask: "np.ndarray[tuple[int], np.dtype[np.bool_]]", yes: str, no: str) -> pl.Expr:
    """One text where the mask is set, another elsewhere."""
    return pl.when(pl.Series(mask)).then(pl.lit(yes)).otherwise(pl.lit(no))


def masked(values: "pl.Expr | pl.Series", is_hidden: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> pl.Expr:
    """`[ND]` where somebody opposed."""
    return pl.when(pl.Series(is_hidden)).then(pl.lit("[ND]")).otherwise(values)
