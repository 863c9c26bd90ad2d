import polars as pl

from enrich.blocking import block_on_names, count_block_sizes, find_identifier_pairs
from tests.enrich.linking_factory import named

SIREN = {"national_id_scheme": "FR-RCS"}
LEI = "0000" + "A" * 16


def test_each_identifier_pairs_and_says_so() -> None:
    frame = named(
        {"record": "a|1", "national_id": "001", **SIREN},
        {"record": "b|1", "national_id": "001", **SIREN, "lei": LEI},
        {"record": "c|1", "lei": LEI},
        {"record": "d|1", "vat_number": "FR00 001"},
        {"record": "e|1", "vat_number": "fr00001"},
    )
    found = find_identifier_pairs(frame)
    assert found.select("left_record", "right_record", "score", "band", "reasons").rows() == [
        ("a|1", "b|1", 1.0, "auto", "FR-RCS 001 = 001"),
        ("b|1", "c|1", 1.0, "auto", f"LEI {LEI} = {LEI}"),
        ("d|1", "e|1", 1.0, "auto", "VAT FR FR00001 = FR00001"),
    ]


def test_the_same_number_of_two_registers_is_no_pair() -> None:
    frame = named(
        {"record": "a|1", "national_id": "001", "national_id_scheme": "FR-RCS"},
        {"record": "b|1", "national_id": "001", "national_id_scheme": "GB-COH"},
    )
    assert find_identifier_pairs(frame).is_empty()


def test_a_shared_vat_group_with_two_register_numbers_goes_to_review() -> None:
    frame = named(
        {"record": "a|1", "national_id": "001", **SIREN, "vat_number": "FR00001"},
        {"record": "b|1", "national_id": "002", **SIREN, "vat_number": "FR00001"},
    )
    (row,) = find_identifier_pairs(frame).rows(named=True)
    assert (row["score"], row["band"]) == (0.5, "review")
    assert row["reasons"] == "VAT FR FR00001 = FR00001; FR-RCS differs: 001 / 002"


def test_a_placeholder_identifier_costs_no_square() -> None:
    frame = named(*({"record": f"a|{n:04d}", "national_id": "002000008", **SIREN} for n in range(500)))
    assert find_identifier_pairs(frame).height == 499


def test_names_that_share_a_rare_word_meet_once() -> None:
    frame = named(
        {"record": "a|1", "name": "Brisel Industries SA"},
        {"record": "a|2", "name": "Etablissements Brisel"},
        {"record": "a|3", "name": "Talvane"},
    )
    assert block_on_names(frame).rows() == [("a|1", "a|2")]


def test_a_slip_in_the_only_word_still_meets() -> None:
    left = named({"record": "crm|1", "name": "Brisle"}, {"record": "crm|2", "name": "Tallvanne"})
    right = named({"record": "a|1", "name": "Brisel"}, {"record": "a|2", "name": "Talvane"})
    assert block_on_names(left, right).rows() == [("crm|1", "a|1"), ("crm|2", "a|2")]


def test_other_names_block_too() -> None:
    left = named({"record": "crm|1", "name": "Corvel"})
    right = named({"record": "a|1", "name": "Talvane", "other_names": ["Corvel SA"]})
    assert block_on_names(left, right).rows() == [("crm|1", "a|1")]


def test_a_crowded_block_is_not_opened_and_its_cost_is_told() -> None:
    frame = named(*({"record": f"a|{n:03d}", "name": "Brisel"} for n in range(100)))
    assert block_on_names(frame, max_block=99).is_empty()
    assert block_on_names(frame, max_block=100).height == 100 * 99 // 2
    sizes = count_block_sizes(frame)
    assert sizes.filter(pl.col("rule") == "word").select("key", "left_count", "pair_count").rows() == [
        ("brisel", 100, 4950)
    ]
    assert sizes["pair_count"].is_sorted(descending=True)
