"""Whose numbers stand on a legal notice; all numbers lie in the range that nobody holds."""

from connectors.pages.legal_notice import notice_parts
from connectors.pages.legal_numbers import find_numbers
from connectors.pages.lines import page_title, read_lines
from enrich.legal_identity import Fact, find_identity
from schemas.identifiers import normalise_siren, vat_of_siren

OWN = next(n for n in (f"0020000{i:02d}" for i in range(100)) if normalise_siren(n))
HOST = next(n for n in (f"0020100{i:02d}" for i in range(100)) if normalise_siren(n))


def identity(html: str) -> dict[str, Fact]:
    return find_identity(notice_parts(read_lines(html)), find_numbers(html), page_title(html))


def page(body: str) -> str:
    return f"<html><body><h1>Mentions légales</h1>{body}</body></html>"


def test_the_publishers_number_wins_over_the_hosts() -> None:
    found = identity(
        page(
            f"<h2>Hébergeur</h2><p>Borvex SAS, RCS Lille {HOST}</p><h2>Éditeur du site</h2>"
            f"<p>ARDOVIA, SAS au capital de 24.000 €, 3 rue des Tisserands, 69001 Lyon</p>"
            f"<p>RCS Lyon {OWN} - TVA {vat_of_siren(OWN)}</p><p>Directeur de la publication : Paul Verdoux</p>"
        )
    )
    told = {name: fact.value for name, fact in found.items()}
    assert told == {
        "siren": OWN, "vat": vat_of_siren(OWN), "rcs_city": "Lyon", "capital": 24000, "legal_form": "SAS",
        "director": "Paul Verdoux", "postcode": "69001", "city": "Lyon", "name": "ARDOVIA",
    }  # fmt: skip
    assert all(fact.quote and fact.place for fact in found.values())


def test_only_a_host_gives_no_number() -> None:
    assert "siren" not in identity(page(f"<p>Site édité par Ardovia. Hébergé par Borvex SAS, RCS Lille {HOST}.</p>"))


def test_placeholders_and_phones_are_refused() -> None:
    assert "siren" not in identity(
        page("<p>SIREN : 123 456 789</p><p>RCS Lyon 000 000 000</p><p>Tél : 002 000 006</p>")
    )
    assert "name" not in identity(page("<p>Raison sociale : [À COMPLÉTER]</p>"))


def test_labels_and_values_of_a_table_belong_together() -> None:
    found = identity(
        page(
            "<table><tr><th>Capital social</th><td>1 000 €</td></tr><tr><th>Dénomination "
            "sociale</th><td>Ardovia</td></tr></table>"
        )
    )
    assert (found["capital"].value, found["name"].value) == (1000, "Ardovia")
