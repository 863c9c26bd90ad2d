"""Links 100,000 generated names: what blocking, scoring and clustering cost on this machine."""

import random
import time

import dataframely as dy
import polars as pl

from enrich.blocking import block_on_names, find_identifier_pairs
from enrich.clustering import cluster_records
from enrich.names import add_name_keys
from enrich.scoring import count_token_frequencies, score_pairs
from schemas.frames import CandidatePair, LinkRecord, RecordJudgement

NAMES = 100_000
SEED = 20260101
VARIANT_SHARE = 0.2  # records that are another spelling of an earlier one
FORMS = ["SA", "SAS", "GmbH", "AG", "Ltd", "Inc", "BV", "SpA"]
TRADES = ["Industries", "Logistics", "Services", "Energy", "Foods", "Systems", "Transport", "Chemicals", "Group"]
SYLLABLES = [
    "ba", "bri", "cor", "dal", "el", "fen", "gor", "hu", "is", "jal", "kor", "lin", "mar", "nov", "or", "pel",
    "qui", "ras", "sol", "tan", "u", "vel", "wim", "xan", "yor", "zel", "pra", "sto", "tri", "glo",
]  # fmt: skip
COUNTRIES = ["FR", "DE", "GB", "IT", "NL", "US"]


def run(names: int = NAMES) -> dict[str, float]:
    """Link generated names with themselves; seconds by stage, pairs scored and clusters found."""
    records = generate_records(names)
    forms = frozenset(FORMS)
    took: dict[str, float] = {}
    start = mark = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal mark
        now = time.perf_counter()
        took[f"{stage}_seconds"] = round(now - mark, 2)
        mark = now

    named = add_name_keys(records, forms)
    lap("keys")
    blocked = block_on_names(named)
    lap("blocking")
    scored = score_pairs(blocked, named, named, count_token_frequencies(named))
    lap("scoring")
    pairs = CandidatePair.cast(pl.concat([find_identifier_pairs(named), scored]))
    clusters = cluster_records(named, pairs, RecordJudgement.create_empty())
    lap("clustering")
    return {
        "names": float(names),
        "seconds": round(time.perf_counter() - start, 2),
        **took,
        "pairs": float(blocked.height),
        "clusters": float(clusters["cluster"].n_unique()),
    }


def generate_records(names: int, seed: int = SEED) -> dy.DataFrame[LinkRecord]:
    """Invented company names; every fifth is another spelling of an earlier one (a slip, another legal form)."""
    chance = random.Random(seed)
    spelled: list[str] = []
    countries: list[str] = []
    originals: list[int] = []
    for _ in range(names):
        if originals and chance.random() < VARIANT_SHARE:
            original = chance.choice(originals)
            spelled.append(_respell(spelled[original], chance))
            countries.append(countries[original])
        else:
            originals.append(len(spelled))
            brand = "".join(chance.choices(SYLLABLES, k=chance.randint(3, 5))).capitalize()
            second = "".join(chance.choices(SYLLABLES, k=2)).capitalize()
            words = [brand, second, chance.choice(TRADES), chance.choice(FORMS)]
            spelled.append(" ".join(words if chance.random() < 0.5 else [words[0], *words[2:]]))
            countries.append(chance.choice(COUNTRIES))
    columns = {
        "record": [f"bench|{number:07d}" for number in range(names)],
        "source": ["bench"] * names,
        "name": spelled,
        "other_names": [[] for _ in range(names)],
        "country_code": countries,
    }
    dtypes = LinkRecord.create_empty().schema
    frame = pl.DataFrame(columns, schema_overrides={name: dtypes[name] for name in columns})
    empty = [pl.lit(None, dtypes[name]).alias(name) for name in dtypes if name not in columns]
    return LinkRecord.validate(frame.with_columns(empty).select(list(dtypes)))


def _respell(name: str, chance: random.Random) -> str:
    words = name.split(" ")
    words[-1] = chance.choice(FORMS)
    if chance.random() < 0.5:
        place = chance.randrange(1, len(words[0]) - 1)
        words[0] = words[0][:place] + words[0][place + 1 :]
    return " ".join(words).upper() if chance.random() < 0.5 else " ".join(words)
