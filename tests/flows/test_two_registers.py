"""Two registers have a word on the same natural person: only the one that hid him can show him again."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from flows.diffusion import IS_OWN_RECORD, follow_register
from flows.privacy import KeyedHash
from flows.store import Store

SIREN = "002000016"
KEYED = KeyedHash(b"a pepper for tests only")


def word(source: str, diffusion: str, day: int) -> pl.DataFrame:
    row = {
        "source": source,
        "source_key": SIREN,
        "national_id": SIREN,
        "national_id_scheme": "FR-RCS",
        "lei": None,
        "is_natural_person": True,
        "diffusion": diffusion,
        "observed_from": datetime(2026, 3, day, tzinfo=UTC),
    }
    told = pl.DataFrame([row], schema_overrides={"lei": pl.String})
    assert told.select(IS_OWN_RECORD).item()
    return told


def is_hidden(store: Store) -> bool:
    return KEYED.unit("FR-RCS", SIREN) in store.read_suppressions()


def test_only_the_register_that_hid_a_person_shows_him_again(store: Store) -> None:
    runtime = cast(Any, SimpleNamespace(store=store, keyed_hash=KEYED))
    steps = [
        ("rne", "P", 2, True),
        ("recherche_entreprises", "O", 3, True),  # it never hid him
        ("recherche_entreprises", "P", 4, True),
        ("rne", "O", 5, True),  # the other one still does
        ("recherche_entreprises", "O", 6, False),
    ]
    for source, diffusion, day, expected in steps:
        follow_register(runtime, word(source, diffusion, day))
        assert is_hidden(store) is expected, (source, diffusion, day)
