"""Arrivals and departures in sentences of the press and of filings; the company and the persons are invented."""

from datetime import date

import pytest

from enrich.appointments import Appointment, find_appointments
from enrich.registry_acts import is_administration_text, read_administration, read_borme
from schemas.page_text import Line

PUBLISHED = date(2026, 3, 10)


def read(text: str) -> list[Appointment]:
    return find_appointments([Line(text, "text", "main", 1)], "Ardovia", PUBLISHED)


CASES: list[tuple[str, set[tuple[str, str]]]] = [
    ("Ardovia : Clémence Tarrade nommée directrice générale", {("Clémence Tarrade", "arr")}),
    ("Ardovia nomme Clémence Tarrade au poste de directrice des achats", {("Clémence Tarrade", "arr")}),
    ("Clémence Tarrade prend la tête d'Ardovia", {("Clémence Tarrade", "arr")}),
    ("Clémence Tarrade succède à Paul Verdoux à la direction générale d'Ardovia", {("Clémence Tarrade", "arr")}),
    (
        "Paul Verdoux quitte la direction d'Ardovia, Clémence Tarrade lui succède",
        {("Paul Verdoux", "dep"), ("Clémence Tarrade", "arr")},
    ),
    ("Ardovia : le directeur général Paul Verdoux démissionne", {("Paul Verdoux", "dep")}),
    ("Ardovia : départ du directeur financier Paul Verdoux", {("Paul Verdoux", "dep")}),
    (
        "Le conseil d'administration d'Ardovia, réuni le 4 mars, a décidé de nommer Clémence Tarrade "
        "présidente-directrice générale, en remplacement de Paul Verdoux, à compter du 1er avril.",
        {("Clémence Tarrade", "arr")},
    ),
    ("Clémence Tarrade rejoint Ardovia en tant que directrice des ressources humaines.", {("Clémence Tarrade", "arr")}),
    (
        "Clémence Tarrade, 45 ans, est promue directrice générale adjointe d'Ardovia. Elle remplace Paul "
        "Verdoux, qui part à la retraite.",
        {("Clémence Tarrade", "arr"), ("Paul Verdoux", "dep")},
    ),
    (
        "Paul Verdoux devient président du conseil de surveillance d'Ardovia et cède sa place à Clémence Tarrade.",
        {("Clémence Tarrade", "arr"), ("Paul Verdoux", "arr")},
    ),
    ("Ardovia accueille Clémence Tarrade comme directrice commerciale", {("Clémence Tarrade", "arr")}),
    ("Clémence Tarrade, nouvelle directrice marketing d'Ardovia", {("Clémence Tarrade", "arr")}),
    ("Nouveau directeur général chez Ardovia : Paul Verdoux", {("Paul Verdoux", "arr")}),
    ("Paul Verdoux assurera l'intérim de la direction générale d'Ardovia.", {("Paul Verdoux", "arr")}),
    ("Ardovia dément le départ de Paul Verdoux", set()),
    ("Paul Verdoux réélu président d'Ardovia", set()),
    ("Paul Verdoux reconduit à la tête d'Ardovia", set()),
    ("Ardovia : Paul Verdoux élu manager de l'année", set()),
    ("Ardovia : le mandat de Paul Verdoux renouvelé pour quatre ans", set()),
    ("Rencontre avec Paul Verdoux, directeur général d'Ardovia", set()),
    ("Ardovia : Clémence Tarrade remplace Paul Verdoux comme directeur financier", {("Clémence Tarrade", "arr")}),
    (
        "Ardovia annonce la nomination de Clémence Tarrade en qualité de Directrice Juridique",
        {("Clémence Tarrade", "arr")},
    ),
    ("Clémence Tarrade est cooptée administratrice d'Ardovia", {("Clémence Tarrade", "arr")}),
    ("Paul Verdoux se retire du conseil d'administration d'Ardovia", {("Paul Verdoux", "dep")}),
    ("Ardovia se sépare de son directeur général Paul Verdoux", {("Paul Verdoux", "dep")}),
    ("Clémence Tarrade prendra ses fonctions de directrice générale d'Ardovia le 2 mai", {("Clémence Tarrade", "arr")}),
    (
        "Clémence Tarrade, jusqu'ici directrice financière, succède à Paul Verdoux, nommé président, "
        "tandis que Luc Marsan prend la direction financière.",
        {("Clémence Tarrade", "arr"), ("Luc Marsan", "arr"), ("Paul Verdoux", "arr")},
    ),
    ("Ardovia: l'ancien ministre Paul Verdoux entre au conseil d'administration", {("Paul Verdoux", "arr")}),
    ("Paul Verdoux arrive à la direction des opérations d'Ardovia", {("Paul Verdoux", "arr")}),
    (
        "Paul Verdoux intègre le comité exécutif d'Ardovia en tant que directeur des systèmes d'information",
        {("Paul Verdoux", "arr")},
    ),
    ("Décès de Paul Verdoux, fondateur et président d'Ardovia", {("Paul Verdoux", "dep")}),
    ("Ardovia a un nouveau patron", set()),
    ("Ardovia names Jane Harlow as chief procurement officer", {("Jane Harlow", "arr")}),
    ("Ardovia CEO Mark Pellew to step down in June", {("Mark Pellew", "dep")}),
    ("Jane Harlow to succeed Mark Pellew as Ardovia CEO", {("Jane Harlow", "arr")}),
    (
        "Mark Pellew, chief executive of Ardovia, will retire on 30 June 2026 and will be succeeded by Jane Harlow.",
        {("Jane Harlow", "arr"), ("Mark Pellew", "dep")},
    ),
    ("Ardovia promotes Jane Harlow to chief operating officer", {("Jane Harlow", "arr")}),
    ("Ardovia hires Jane Harlow from Borvex as CFO", {("Jane Harlow", "arr")}),
    ("Jane Harlow joins Ardovia as General Counsel", {("Jane Harlow", "arr")}),
    ("Ardovia appoints new CFO", set()),
    ("Ardovia re-elects Mark Pellew to the board", set()),
    ("Ardovia denies CEO Mark Pellew is leaving", set()),
    ("Mark Pellew of Ardovia wins CEO of the Year award", set()),
    ("Ardovia's board extended Mark Pellew's contract as CEO until 2030", set()),
    ("Q&A with Ardovia CFO Jane Harlow", set()),
    (
        "The Board appointed Jane Harlow and Peter Lund as independent directors, effective April 1, 2026.",
        {("Peter Lund", "arr"), ("Jane Harlow", "arr")},
    ),
    (
        "On March 3, 2026, Mark Pellew tendered his resignation as Chief Financial Officer of the Company, "
        "effective March 31, 2026. The Company appointed Jane Harlow, its Controller, as interim Chief "
        "Financial Officer.",
        {("Jane Harlow", "arr"), ("Mark Pellew", "dep")},
    ),
    (
        "Effective immediately, Jane Harlow has been named Chair of the Board, replacing Mark Pellew, who "
        "has resigned.",
        {("Mark Pellew", "dep"), ("Jane Harlow", "arr")},
    ),
    ("Jane Harlow has been appointed to the Board of Directors of Ardovia.", {("Jane Harlow", "arr")}),
    (
        "Ardovia announced that Mark Pellew has decided to leave the company to pursue other interests.",
        {("Mark Pellew", "dep")},
    ),
    ("The Compensation Committee approved a base salary of $500,000 for Jane Harlow, Chief Financial Officer.", set()),
    ("If Ms. Harlow resigns for good reason, she will receive severance. Jane Harlow is our CFO.", set()),
    ("Ardovia: Petra Hollmann wird neue Finanzchefin", {("Petra Hollmann", "arr")}),
    ("Petra Hollmann folgt auf Jens Karber als CEO von Ardovia", {("Petra Hollmann", "arr")}),
    ("Jens Karber verlässt Ardovia", {("Jens Karber", "dep")}),
    ("Ardovia beruft Petra Hollmann zur Geschäftsführerin", {("Petra Hollmann", "arr")}),
    ("Jens Karber tritt als Verwaltungsratspräsident von Ardovia zurück", {("Jens Karber", "dep")}),
    ("Petra Hollmann übernimmt die Leitung des Einkaufs bei Ardovia", {("Petra Hollmann", "arr")}),
    ("Neuer CEO bei Ardovia: Jens Karber", {("Jens Karber", "arr")}),
    ("Ardovia verlängert Vertrag mit CEO Jens Karber", set()),
    ("Ardovia nombra a Lucía Perales directora financiera", {("Lucía Perales", "arr")}),
    ("Lucía Perales sustituye a Javier Montal como consejera delegada de Ardovia", {("Lucía Perales", "arr")}),
    ("Javier Montal deja la presidencia de Ardovia", {("Javier Montal", "dep")}),
    ("Javier Montal dimite como director general de Ardovia", {("Javier Montal", "dep")}),
    ("Ardovia ficha a Lucía Perales como directora de compras", {("Lucía Perales", "arr")}),
    ("Javier Montal, reelegido presidente de Ardovia", set()),
]


@pytest.mark.parametrize(("text", "events"), CASES)
def test_who_comes_and_who_goes(text: str, events: set[tuple[str, str]]) -> None:
    found = {(event.person, "dep" if event.type == "departure" else "arr") for event in read(text)}
    assert found == events


def test_the_successor_takes_the_office_and_its_day() -> None:
    (event,) = read(
        "Le conseil d'administration d'Ardovia a décidé de nommer Clémence Tarrade présidente-directrice générale, "
        "en remplacement de Paul Verdoux, à compter du 1er avril."
    )
    assert (event.effective, event.predecessor) == ("2026-04-01", "Paul Verdoux")
    assert "Clémence" in event.quote
    assert event.place == "line 1 (text)"


def test_a_chain_in_one_sentence_is_three_moves() -> None:
    events = {
        event.person: event
        for event in read(
            "Clémence Tarrade, jusqu'ici directrice financière, succède à Paul Verdoux, nommé président, tandis que "
            "Luc Marsan prend la direction financière."
        )
    }
    assert events["Clémence Tarrade"].predecessor == "Paul Verdoux"
    assert events["Luc Marsan"].new_role == "directeur financier"


def test_administration_text_names_who_left_and_who_came() -> None:
    text = (
        "Gérant partant : Verdoux, Paul, nomination du Gérant : Tarrade, Clémence, nomination du "
        "Commissaire aux comptes titulaire : BORVEX AUDIT"
    )
    assert is_administration_text(text)
    gone, come = read_administration(text, "line 1")
    assert (gone.person, gone.type, gone.successor) == ("Paul Verdoux", "departure", "Clémence Tarrade")
    assert (come.person, come.new_role, come.predecessor) == ("Clémence Tarrade", "Gérant", "Paul Verdoux")


def test_a_founder_behind_the_company_that_follows_him_neither_left_nor_came() -> None:
    text = (
        "Président partant : Verdoux, Paul André ; nomination du Président : P.V. INVENTIONS SLU représenté par "
        "VERDOUX Paul André Adresse : 12 rue de nulle part"
    )
    assert is_administration_text(text)
    assert read_administration(text, "line 1") == []


@pytest.mark.parametrize("word", ["sortant", "démissionnaire", "partant"])
def test_who_goes_is_told_in_several_words(word: str) -> None:
    (gone,) = read_administration(f"Gérant {word} : VERDOUX Paul", "line 1")
    assert (gone.type, gone.old_role) == ("departure", "Gérant")


def test_borme_act_joins_the_offices_of_one_person() -> None:
    text = (
        "123 - ARDOVIA IBERIA SA. Ceses/Dimisiones. Consejero: MONTAL RIBO JAVIER. Presidente: MONTAL RIBO JAVIER. "
        "Reelecciones. Consejero: PERALES SOTO LUCIA. Datos registrales. S 8 , H B 1, I/A 2 (14.07.26)."
    )
    (event,) = read_borme(text, "line 1")
    assert (event.old_role, event.effective) == ("Presidente; Consejero", "2026-07-14")


@pytest.mark.xfail(strict=True, reason="a retirement 'at the end of the term' whose date stands paragraphs before")
def test_the_end_of_a_term_dates_a_departure() -> None:
    (event,) = read(
        "The agreement of Mark Pellew, chief executive, runs through March 31, 2027. "
        "Mr. Pellew has indicated his intention to retire as Chief Executive Officer at the end of the term."
    )
    assert event.effective == "2027-03-31"


@pytest.mark.parametrize(
    "piece", ["Mr. Mark Pellew resigned as Director. ", "succède à Paul ", "<p0> ", "of the ", "((", "\u00e9"]
)
def test_fifty_kilobytes_of_anything_end_well(piece: str) -> None:
    read(piece * (50_000 // len(piece)))
