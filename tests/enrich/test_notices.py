"""Notices: administration texts in their four layouts, with invented names, and what else a notice tells."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from enrich.administration import is_same_officer, split_administration
from enrich.notices import (
    find_departures,
    find_movements,
    find_notice_events,
    find_open_proceedings,
    find_standing_notices,
)
from schemas.frames import Notice

SIREN = "002041002"


def notices(*rows: dict[str, Any]) -> Any:
    base: dict[str, Any] = dict.fromkeys(Notice.column_names()) | {
        "source": "bodacc", "unit_key": SIREN, "party": "subject", "is_natural_person": False,
        "family": "modification", "kind": "initial", "published_on": date(2026, 7, 23),
    }  # fmt: skip
    filled = []
    for number, row in enumerate(rows, start=1):
        key = row.get("notice_key", f"B|20260141|{number}")
        filled.append(base | {"notice_key": key, "source_key": f"{key}|{row.get('unit_key', SIREN)}"} | row)
    return Notice.validate(pl.DataFrame(filled, infer_schema_length=None), cast=True)


def texts(text: str) -> list[tuple[str, str, str, str | None, bool]]:
    return [(kind.value, *rest) for kind, *rest in split_administration(text)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Président : FERRANDEAU PARTICIPATIONS ; Directeur général : GROUPE MAISONS INVENTEES ; Commissaire aux"
            " comptes suppléant : DELORMEAU François.",
            [
                ("roster", "Président", "FERRANDEAU PARTICIPATIONS", None, False),
                ("roster", "Directeur général", "GROUPE MAISONS INVENTEES", None, False),
                ("roster", "Commissaire aux comptes suppléant", "DELORMEAU François", None, False),
            ],
        ),
        (
            "Président : Vasquelle, Samuel Serge Elie, Directeur général : Jorneau, Victor Isaac",
            [
                ("roster", "Président", "Vasquelle, Samuel Serge Elie", None, False),
                ("roster", "Directeur général", "Jorneau, Victor Isaac", None, False),
            ],
        ),
        (
            " Gérant partant : Shelmore, Johanna, nomination du Gérant : Craneham, Sean Hugo, nomination du Commissaire"
            " aux comptes titulaire : CHIFFRES & CO AUDIT ",
            [
                ("out", "Gérant", "Shelmore, Johanna", None, False),
                ("in", "Gérant", "Craneham, Sean Hugo", None, False),
                ("in", "Commissaire aux comptes titulaire", "CHIFFRES & CO AUDIT", None, False),
            ],
        ),
        (
            "Président partant : Brissonneau, Étienne Marc ; nomination du Président : B.V.N. SLU représenté par"
            " BRISSONNEAU Étienne Marc Adresse : 17 rue Inventée ... Nulleville",
            [
                ("out", "Président", "Brissonneau, Étienne Marc", None, False),
                ("in", "Président", "B.V.N. SLU", "BRISSONNEAU Étienne Marc", False),
            ],
        ),
        ("Gérant partant : Martineau, Paul (décédé)", [("out", "Gérant", "Martineau, Paul", None, True)]),
        (
            "modification de l'Administrateur : Orlune, Ève ; Président du conseil d'administration : Milandre, Luc",
            [
                ("mod", "Administrateur", "Orlune, Ève", None, False),
                ("roster", "Président du conseil d'administration", "Milandre, Luc", None, False),
            ],
        ),
        ("Rien qui nomme quelqu'un", []),
    ],
)
def test_a_text_is_split_on_roles_and_never_on_commas(text: str, expected: list[Any]) -> None:
    assert texts(text) == expected


def departures(text: str) -> list[str]:
    return find_departures(find_movements(notices({"administration": text})))["who"].to_list()


def test_a_founder_behind_the_new_president_has_not_left() -> None:
    text = (
        "Président partant : Brissonneau, Étienne Marc ; nomination du Président : B.V.N. SLU représenté par"
        " BRISSONNEAU Étienne Marc"
    )
    assert departures(text) == []
    assert departures(text.replace("par BRISSONNEAU Étienne", "par ORLUNE Étienne")) == ["Brissonneau, Étienne Marc"]


def test_a_manager_who_becomes_the_liquidator_has_not_left() -> None:
    movements = find_movements(
        notices({"administration": "nomination du Liquidateur : Delormeau, Jean ; Gérant partant : Delormeau, Jean"})
    )
    assert movements["office_group"].to_list() == ["distress", "executive"]
    assert movements["is_staying"].to_list() == [False, True]


def test_auditors_alone_move_nobody_who_leads() -> None:
    assert departures("Commissaire aux comptes titulaire partant : AUDIT DE NULLEPART") == []


def test_a_changed_auditor_leaves_the_roster_of_leaders_as_it_was() -> None:
    roster = "Président : {} ; Commissaire aux comptes titulaire : {}"
    moves = find_movements(
        notices(
            {"administration": roster.format("FERRANDEAU DEFONTAINE PARTICIPATIONS", "AUDIT DE NULLEPART")},
            {"administration": roster.format("FERRANDEAU DEVELOPPEMENT PARTICIPATIONS", "AUDIT DE NULLEPART")},
            {"administration": roster.format("FERRANDEAU DEVELOPPEMENT PARTICIPATIONS", "CHIFFRES & CO")},
        )
    )
    assert set(moves["kind"]) == {"roster"}
    leaders = moves.filter(pl.col("office_group") != "control")["who"].to_list()
    assert leaders[1] == leaders[2] != leaders[0]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Brissonneau, Étienne Marc", "BRISSONNEAU Etienne", True),
        ("Brissonneau, Étienne", "BRISSONNEAU Luc", False),
        ("ORLUNE", "ORLUNE AUDIT", False),
    ],
)
def test_one_officer_in_two_spellings(left: str, right: str, same: bool) -> None:
    assert is_same_officer(left, right) is same


def test_corrections_replace_and_cancellations_remove() -> None:
    rows = notices(
        {"notice_key": "B|20260130|1"},
        {"notice_key": "B|20260131|1"},
        {"notice_key": "B|20260132|2", "kind": "correction", "corrects_key": "B|20260130|1"},
        {"notice_key": "B|20260132|3", "kind": "cancellation", "corrects_key": "B|20260131|1"},
        {"notice_key": "B|20260133|9"},
    )
    assert find_standing_notices(rows)["notice_key"].to_list() == ["B|20260132|2", "B|20260133|9"]


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ({"description": "Modification survenue sur l'administration, le capital."},
         {"administration_changed", "capital_changed"}),
        ({"description": "modification survenue sur le capital (augmentation)"}, {"capital_changed"}),
        ({"description": "transfert du siège social"}, {"head_office_moved"}),
        ({"description": "diffusion de logiciels"}, set()),
        ({"description": "Fusion absorption"}, {"merger"}),
        ({"description": "dissolution et transmission universelle du patrimoine"}, {"dissolved", "assets_transferred"}),
        ({"family": "insolvency", "judgement_kind": "Jugement prononçant la liquidation judiciaire"}, {"liquidation"}),
        ({"family": "insolvency", "judgement_kind": "Jugement d'ouverture d'une procédure de redressement judiciaire"},
         {"receivership"}),
        ({"family": "insolvency", "judgement_kind": "Jugement d'ouverture d'une procédure de sauvegarde"},
         {"safeguard"}),
        ({"family": "insolvency", "judgement_kind": "Jugement arrêtant le plan de cession"}, {"disposal_plan"}),
        ({"family": "insolvency", "judgement_kind": "Jugement arrêtant le plan de redressement"},
         {"continuation_plan"}),
        ({"family": "insolvency", "judgement_kind": "Jugement de clôture pour insuffisance d'actif"},
         {"proceedings_closed"}),
        ({"family": "insolvency",
          "judgement_kind": "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire"},
         {"liquidation"}),
        ({"family": "insolvency",
          "judgement_kind": "Jugement prorogeant le délai au terme duquel la clôture de la procédure sera examinée"},
         {"other_judgement"}),
        ({"family": "insolvency", "judgement_kind": "Jugement mettant fin à la procédure de redressement judiciaire"},
         {"proceedings_closed"}),
        ({"family": "sale"}, {"business_bought"}),
        ({"family": "sale", "party": "previous_owner"}, {"business_sold"}),
        ({"family": "striking_off"}, {"struck_off"}),
        ({"family": "striking_off", "description": "Rapport de radiation d'office"}, {"striking_off_reported"}),
        ({"family": "accounts_filing", "description": "Comptes annuels et rapports"}, set()),
    ],
)  # fmt: skip
def test_events_of_a_notice(row: dict[str, Any], kinds: set[str]) -> None:
    assert set(find_notice_events(notices(row))["kind"]) == kinds


def test_the_real_texts_are_read_right(shared: Path) -> None:
    document = json.loads((shared / "data/bodacc/real_administration_texts.json").read_text("utf-8"))
    found = [texts(row["administration"]) for row in document["administration"]]
    assert [len(parts) for parts in found] == [4, 4, 5, 4, 4, 2, 2, 2, 1]
    assert all(kind == "roster" for parts in (*found[:4], found[6]) for kind, *_ in parts)
    assert [kind for kind, *_ in found[4]] == ["out", "in", "in", "in"]
    assert [kind for kind, *_ in found[5]] == ["out", "in"]
    assert [kind for kind, *_ in found[7]] == ["in", "out"]
    assert found[8][0][4]
    presidents = [parts[0][2] for parts in found[:4]]
    assert presidents[1:] == [presidents[1]] * 3 != [presidents[0]] * 3
    for row, parts in zip(document["administration"], found, strict=True):
        words = {"adresse", "représenté", "décédé", "nomination", "partant"}
        for _, title, who, behind, _ in parts:
            assert f"{title} " in f"{row['administration'].lower()} {title} "
            assert not words & set(f"{who} {behind}".lower().split())
            assert who in row["administration"]


OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"


@pytest.mark.parametrize(
    ("judgements", "standing"),
    [
        ([OPENED], ["receivership"]),
        ([OPENED, "Dépôt de l'état des créances"], ["receivership"]),
        ([OPENED, "Jugement de conversion en liquidation judiciaire"], ["liquidation"]),
        ([OPENED, "Jugement arrêtant le plan de cession"], ["disposal_plan"]),
        ([OPENED, "Jugement arrêtant le plan de redressement"], []),
        ([OPENED, "Jugement de clôture pour insuffisance d'actif"], []),
        ([OPENED, "Jugement de clôture pour extinction du passif", OPENED], ["receivership"]),
    ],
)
def test_the_newest_judgement_says_whether_proceedings_are_open(judgements: list[str], standing: list[str]) -> None:
    rows = notices(
        *(
            {"family": "insolvency", "judgement_kind": kind, "published_on": date(2026, 3, day)}
            for day, kind in enumerate(judgements, start=1)
        )
    )
    assert find_open_proceedings(find_notice_events(rows))["kind"].to_list() == standing


def test_a_cancelled_judgement_opens_nothing() -> None:
    rows = notices(
        {"notice_key": "A|20260130|1", "family": "insolvency", "judgement_kind": OPENED},
        {"notice_key": "A|20260132|3", "kind": "cancellation", "corrects_key": "A|20260130|1", "family": "insolvency"},
    )
    assert find_open_proceedings(find_notice_events(find_standing_notices(rows))).is_empty()
