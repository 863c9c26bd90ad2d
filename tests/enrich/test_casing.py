import polars as pl
import pytest

from enrich.casing import clean_name_case


@pytest.mark.parametrize(
    ("registered", "cleaned"),
    [
        ("BRISEL INDUSTRIES SA", "Brisel Industries SA"),
        ("BRSL VOYAGEURS", "BRSL Voyageurs"),
        ("SOCIETE DE L'ARBRISEL ET FILS", "Societe de L'Arbrisel et Fils"),
        ("LA TALVANE", "La Talvane"),
        ("TALVANE GMBH & CO. KG", "Talvane GmbH & Co. KG"),
        ("COMPAGNIE DE BRISEL (CDBE)", "Compagnie de Brisel (CDBE)"),
        ("SAINT-BRISEL S.A.S.", "Saint-Brisel S.A.S."),
        ("brisel AG", "brisel AG"),
        ("Mixed CASE Brisel", "Mixed CASE Brisel"),
        ("ÉTABLISSEMENTS BRISÉL", "Établissements Brisél"),
        ("", ""),
        (None, None),
    ],
)
def test_capitals_become_readable(registered: str | None, cleaned: str | None) -> None:
    assert clean_name_case(pl.Series([registered], dtype=pl.String)).to_list() == [cleaned]
