import pytest

from schemas.reference import office_of, office_of_role
from schemas.reference.lists import read_list
from schemas.reference.offices import UNKNOWN, fold_title
from schemas.vocabulary import ExecutiveRole as Role
from schemas.vocabulary import OfficeGroup as Group


@pytest.mark.parametrize(
    ("title", "role", "group"),
    [
        ("Président de SAS", Role.PRESIDENT, Group.EXECUTIVE),
        ("PRESIDENT DE SAS", Role.PRESIDENT, Group.EXECUTIVE),
        ("Présidente", Role.PRESIDENT, Group.EXECUTIVE),
        ("Président(e)", Role.PRESIDENT, Group.EXECUTIVE),
        ("Directeur Général", Role.CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("Directrice générale", Role.CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("Directrice générale déléguée", Role.DEPUTY_CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("Président-directeur général", Role.CHAIR_AND_CEO, Group.EXECUTIVE),
        ("Président du conseil d'administration et directeur général", Role.CHAIR_AND_CEO, Group.EXECUTIVE),
        ("Présidente du conseil d’administration, Directrice générale", Role.CHAIR_AND_CEO, Group.EXECUTIVE),
        ("Président du conseil d'administration", Role.BOARD_CHAIR, Group.BOARD),
        ("Administrateur", Role.BOARD_MEMBER, Group.BOARD),
        ("Administratrice, Directrice générale", Role.CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("Membre du conseil de surveillance", Role.SUPERVISORY_BOARD_MEMBER, Group.SUPERVISORY),
        ("Gérante", Role.MANAGER, Group.EXECUTIVE),
        ("Gérant·e", Role.MANAGER, Group.EXECUTIVE),
        ("Co-gérant", Role.MANAGER, Group.EXECUTIVE),
        ("Gérant et associé indéfiniment responsable", Role.MANAGER, Group.EXECUTIVE),
        ("Associé indéfiniment responsable", Role.PARTNER, Group.OTHER),
        ("Personne physique, exploitant en commun", Role.MANAGER, Group.EXECUTIVE),
        ("Commissaire aux comptes titulaire", Role.AUDITOR, Group.CONTROL),
        ("Commissaire aux comptes suppléant", Role.AUDITOR, Group.CONTROL),
        ("Auditeur de durabilité", Role.AUDITOR, Group.CONTROL),
        ("Liquidateur", Role.LIQUIDATOR, Group.DISTRESS),
        ("Autre, Liquidateur", Role.LIQUIDATOR, Group.DISTRESS),
        ("Gérant, Liquidateur", Role.LIQUIDATOR, Group.DISTRESS),
        ("Mandataire ad hoc", Role.ADMINISTRATOR_IN_DISTRESS, Group.DISTRESS),
        ("Autre", Role.OTHER, Group.OTHER),
        ("Maire", Role.ELECTED_OFFICIAL, Group.EXECUTIVE),
        ("Chief Executive Officer", Role.CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("Chairman & CEO", Role.CHAIR_AND_CEO, Group.EXECUTIVE),
        ("Chairwoman of the Board of Directors", Role.BOARD_CHAIR, Group.BOARD),
        ("Executive Vice President", Role.VICE_PRESIDENT, Group.EXECUTIVE),
        ("Non-Executive Director", Role.BOARD_MEMBER, Group.BOARD),
        ("Deputy Chief Executive Officer", Role.DEPUTY_CHIEF_EXECUTIVE, Group.EXECUTIVE),
        ("director", Role.DIRECTOR, Group.BOARD),
        ("Directeur", Role.DIRECTOR, Group.EXECUTIVE),
        ("Directrice des achats", Role.DIRECTOR, Group.EXECUTIVE),
        ("Chief Financial Officer", Role.DIRECTOR, Group.EXECUTIVE),
        ("corporate-secretary", Role.OTHER, Group.OTHER),
        ("Grand chambellan", Role.UNKNOWN, Group.OTHER),
        ("", Role.UNKNOWN, Group.OTHER),
        ("  ", Role.UNKNOWN, Group.OTHER),
        (",;/", Role.UNKNOWN, Group.OTHER),
        (None, Role.UNKNOWN, Group.OTHER),
    ],
)
def test_titles(title: str | None, role: Role, group: Group) -> None:
    assert office_of(title) == (role, group)


@pytest.mark.parametrize("row", read_list("roles_rne"), ids=lambda row: f"{row['code']} {row['label']}")
def test_each_rne_label_has_the_office_of_its_code(row: dict[str, str]) -> None:
    office = (Role(row["role"]), Group(row["office_group"]))
    assert office_of_role(row["code"]) == office
    assert office_of(row["label"]) == office
    assert office_of(row["label"].upper()) == office
    assert office[0] is not Role.UNKNOWN


def test_control_and_distress_never_lead() -> None:
    leading = {Group.EXECUTIVE, Group.BOARD, Group.SUPERVISORY}
    never = {Role.AUDITOR, Role.LIQUIDATOR, Role.ADMINISTRATOR_IN_DISTRESS}
    rows = [*read_list("roles_rne"), *read_list("titles")]
    assert not [row for row in rows if row["role"] in never and row["office_group"] in leading]


def test_common_titles_are_folded_once_and_never_contradict_themselves() -> None:
    titles = [row["title"] for row in read_list("titles")]
    assert titles == sorted(set(titles))
    assert [fold_title(title) for title in titles] == titles


def test_unknown_role_code_stays_unknown() -> None:
    assert office_of_role("999") == office_of_role(None) == UNKNOWN
    assert office_of_role("073") == office_of_role("73")
