"""Sanity rules for declared figures, on Danone's real rows and on small series of our own."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from connectors.ratios import CONNECTOR
from enrich.finances import believe_statements, choose_statements
from schemas.frames import BelievedStatement, EntityStatement, ProfileMember
from schemas.provenance import Payload

ENTITY, COMPANY, GROUP = "gce_" + "A" * 26, "gcp_" + "C" * 26, "gcp_" + "G" * 26
Told = tuple[int, str, float | None, float | None]  # year, scope, turnover, result


def statements(*told: Told, source: str = "ratios") -> dy.DataFrame[EntityStatement]:
    rows = [
        {
            "source": source, "source_key": f"002800019|{year}-12-31|{scope}", "unit_key": "002800019",
            "closing_year": year, "closed_on": date(year, 12, 31), "scope": scope, "revenue_eur": revenue,
            "net_income_eur": income, "record_updated_at": None, "entity_id": ENTITY,
            "observed_from": datetime(2026, 11, 24, tzinfo=UTC), "payload_sha256": "0" * 64,
        }
        for year, scope, revenue, income in told
    ]  # fmt: skip
    return EntityStatement.cast(pl.DataFrame(rows, schema=EntityStatement.create_empty().schema))


MEMBERS = ProfileMember.validate(
    pl.DataFrame(
        {
            "profile_id": [COMPANY, GROUP],
            "entity_id": [ENTITY, ENTITY],
            "entity_kind": ["company", "group"],
            "is_anchor": [True, True],
            "is_complete": [True, True],
        }
    )
)


def believed(*told: Told) -> dict[tuple[int, str], tuple[float | None, float | None, str | None]]:
    rows = believe_statements(statements(*told)).iter_rows(named=True)
    return {(r["closing_year"], r["scope"]): (r["revenue_eur"], r["net_income_eur"], r["doubt"]) for r in rows}


def chosen(frame: dy.DataFrame[BelievedStatement]) -> dict[str, dict[str, Any]]:
    return {row["profile_id"]: row for row in choose_statements(frame, MEMBERS).iter_rows(named=True)}


def test_nothing_and_zero_are_unknown() -> None:
    assert believed((2022, "legal", 0.0, 0.0)) == {(2022, "legal"): (None, None, None)}


def test_a_turnover_in_thousands_is_mended_and_says_so() -> None:
    found = believed(
        (2021, "consolidated", 8e9, 1.0), (2022, "consolidated", 8.2e6, 4e8), (2023, "consolidated", 9e9, 5e8)
    )
    assert found[2022, "consolidated"] == (8.2e9, 4e8, "unit_mended")
    assert found[2021, "consolidated"][2] is None


@pytest.mark.parametrize("wrong", [1e4, 1e14])
def test_a_figure_out_of_scale_that_no_unit_explains_is_refused(wrong: float) -> None:
    found = believed((2021, "legal", 8e8, None), (2022, "legal", wrong, 2e7), (2023, "legal", 9e8, None))
    assert found[2022, "legal"] == (None, 2e7, "out_of_scale")


def test_of_two_figures_that_contradict_each_other_neither_is_believed() -> None:
    found = believed((2022, "legal", 8e8, None), (2023, "legal", 1e6, None))
    assert {doubt for _, _, doubt in found.values()} == {"out_of_scale"}
    assert {revenue for revenue, _, _ in found.values()} == {None}


def test_consolidated_years_that_repeat_each_other_are_all_refused() -> None:
    found = believed(
        (2020, "consolidated", 8e9, 4e8), (2021, "consolidated", 8e9, None), (2022, "consolidated", 9e9, 1e8)
    )
    assert found[2020, "consolidated"] == found[2021, "consolidated"] == (None, None, "repeated_year")
    assert found[2022, "consolidated"] == (9e9, 1e8, None)


def test_own_accounts_may_repeat_a_turnover_but_not_the_result_too() -> None:
    same = believed((2020, "legal", 6e8, 4e7), (2021, "legal", 6e8, 5e7))
    assert all(doubt is None for _, _, doubt in same.values())
    copied = believed((2020, "legal", 6e8, 4e7), (2021, "legal", 6e8, 4e7))
    assert all(doubt == "repeated_year" for _, _, doubt in copied.values())


def test_kinds_of_accounts_are_not_held_against_each_other() -> None:
    """A holding's own turnover is no unit error of the group's."""
    found = believed(
        *((year, "consolidated", 8e9 + year, 1.0) for year in (2020, 2021, 2022)), (2022, "legal", 6e6, 1.0)
    )
    assert found[2022, "legal"] == (6e6, 1.0, None)


def test_a_result_in_other_units_than_its_turnover_is_refused() -> None:
    assert believed((2022, "legal", 6e6, 2e9))[2022, "legal"] == (6e6, None, None)


def test_a_group_shows_its_consolidated_accounts_and_a_company_its_own() -> None:
    frame = believe_statements(statements(
        (2019, "consolidated", 8e9, 4e8), (2022, "consolidated", 8.5e9, 4e8), (2023, "legal", 6e8, 1e7),
    ))  # fmt: skip
    shown = chosen(frame)
    assert (shown[GROUP]["scope"], shown[GROUP]["closing_year"], shown[GROUP]["revenue_eur"]) == (
        "consolidated",
        2022,
        8.5e9,
    )
    assert shown[GROUP]["revenue_cagr_3y"] == pytest.approx((8.5 / 8.0) ** (1 / 3) - 1)
    assert (shown[COMPANY]["scope"], shown[COMPANY]["revenue_eur"]) == ("legal", 6e8)
    assert shown[COMPANY]["revenue_cagr_3y"] is None  # no own accounts of 2020: a consolidated year is no substitute


def test_accounts_that_are_years_behind_give_way() -> None:
    frame = believe_statements(statements((2015, "consolidated", 8e9, 4e8), (2020, "unknown", 7e9, 4e8)))
    assert chosen(frame)[GROUP]["closing_year"] == 2020


def test_a_register_that_does_not_say_which_accounts_it_tells_has_no_trend() -> None:
    shown = chosen(believe_statements(statements((2020, "unknown", 1e9, None), (2023, "unknown", 2e9, None))))
    assert shown[GROUP]["revenue_eur"] == shown[COMPANY]["revenue_eur"] == 2e9
    assert shown[GROUP]["revenue_cagr_3y"] is None


def test_the_real_rows_of_danone(shared: Path) -> None:
    """10 rows: 2019 told in thousands, 2019 and 2021 repeated in the years after them, results of 0."""
    told = json.loads((shared / "data/bilans_financiers/552032534.json").read_bytes())["result"]["indicateurs"]
    names = {
        "siren": "siren", "dateClotureExercice": "date_cloture_exercice", "chiffreDAffaires": "chiffre_d_affaires",
        "resultatNet": "resultat_net", "type": "type_bilan", "confidentiality": "confidentiality",
    }  # fmt: skip
    records = [{"fields": {new: row[old] for old, new in names.items()}} for row in told]
    body = json.dumps({"nhits": len(records), "records": records}).encode()
    (batch,) = CONNECTOR.parse(Payload("ratios", "import/danone.json", body))
    assert batch.rejected == ()
    stamps = {"entity_id": ENTITY, "payload_sha256": "0" * 64}
    frame = batch.frames["financial_statements"].with_columns(
        **{name: pl.lit(value) for name, value in stamps.items()},
        observed_from=pl.lit(datetime(2026, 11, 24, tzinfo=UTC)).dt.cast_time_unit("us"),
    )
    rows = believe_statements(EntityStatement.cast(frame.select(EntityStatement.column_names())))
    kept = (
        rows.filter(pl.col("revenue_eur").is_not_null())
        .select("closing_year", "scope", "revenue_eur")
        .sort("closing_year")
    )
    assert kept.rows() == [
        (2017, "consolidated", 24_677_000_000.0),
        (2018, "consolidated", 24_812_000_000.0),
        (2019, "legal", 593_000_000.0),
        (2023, "consolidated", 27_661_000_000.0),
    ]
    assert rows.filter(pl.col("doubt") == "repeated_year").height == 6
    assert chosen(rows)[GROUP]["revenue_eur"] == 27_661_000_000.0
