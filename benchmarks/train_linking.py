"""Learns the weights of linking from labelled names and writes `schemas/reference/linking_weights.json`.

    python -m benchmarks.train_linking FOLDER [--out FILE]     FOLDER: as eval/linking/dev (link, dedupe, pairs)

Needs scikit-learn, which the product does not: install it in an environment of its own. Everything is cross-validated
by name family (the first letters of the name), so that sisters of one company never stand on both sides.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-not-found]

from enrich import competition
from enrich.candidates import build_index
from enrich.context import clean_context
from enrich.evidence import FEATURES, gather_evidence
from enrich.grams import list_features
from enrich.lexicon import load_lexicon
from enrich.linking import SWAPPED, ScoredPairs, find_best, find_twins, read_names, rival_table, twin_table

Floats = npt.NDArray[np.float32]
FOLDS = 5
SETTINGS = {"learning_rate": 0.1, "max_leaf_nodes": 12, "l2_regularization": 3.0, "min_samples_leaf": 40}
PAIR_TREES, RIVAL_TREES = 120, 70
ORGANISATIONS = ["Company", "Organization", "LegalEntity"]
# More of these never makes two names less alike: it keeps the model sane where the labels are thin.
RISING = {"ratio", "core_ratio", "full_ratio", "token_sort", "key_ratio", "cover_min", "country", "same", "named"}
FALLING = {"missing_left", "missing_right", "worst_left", "worst_right", "worst_min", "numbers", "edits"}
# Judged, not learnt: the labelled names come without context. Log-odds of (equal, different).
CONTEXT = {
    "domain": (4.0, -0.5), "phone": (3.0, -0.3), "postal_code": (1.5, -0.7), "city": (0.7, -0.7),
    "address": (1.5, -0.4),
}  # fmt: skip
BANDS = {"pair_auto": 0.97, "pair_review": 0.5, "link_auto": 0.75, "link_review": 0.45, "cluster": 0.4, "telling": 0.9}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--out", type=Path, default=Path("schemas/reference/linking_weights.json"))
    options.add_argument("--folds", type=Path, help="write the out-of-fold scores here (npz)")
    chosen = options.parse_args()
    link, duplicates, pairs = (read_task(chosen.folder, task) for task in ("link", "dedupe", "pairs"))
    parts = [link, duplicates, pairs]
    table = np.concatenate([part.table for part in parts])
    label = np.concatenate([part.label for part in parts])
    family = np.concatenate([part.family for part in parts])
    weight = np.concatenate([np.full(len(part.label), part.weight) for part in parts])
    pair, odds = fit(table, label, family, weight, FEATURES, PAIR_TREES, both_ways=True)
    at = len(link.label)
    link.report("pairs of link", odds[:at])
    duplicates.report("pairs of dedupe", odds[at : at + len(duplicates.label)])
    pairs.report("pairs of opensanctions", odds[at + len(duplicates.label) :])
    scored = link.score(odds[:at])
    names = (*competition.FEATURES, *FEATURES)
    rivals, rival_odds = fit(
        rival_table(scored), link.label, link.family, np.ones(at), names, RIVAL_TREES, both_ways=False
    )
    link.report("candidates of link", rival_odds)
    twin_names = (
        *(f"lesser {n}" for n in competition.FEATURES),
        *(f"greater {n}" for n in competition.FEATURES),
        *FEATURES,
    )
    scored = duplicates.score(odds[at : at + len(duplicates.label)])
    twins, twin_odds = fit(
        twin_table(scored), duplicates.label, duplicates.family, np.ones(len(duplicates.label)), twin_names,
        RIVAL_TREES, both_ways=False,
    )  # fmt: skip
    duplicates.report("twins of dedupe", twin_odds)
    if chosen.folds:
        np.savez(chosen.folds, rival=rival_odds, twin=twin_odds, left=link.pairs["left"], right=link.pairs["right"],
                 a=duplicates.pairs["left"], b=duplicates.pairs["right"],
                 pairs=odds[at + len(duplicates.label):])  # fmt: skip
    numbers = {"version": "2", "bands": BANDS, "context": CONTEXT, "pair": pair, "rivals": rivals, "twins": twins}
    chosen.out.write_text(write_json(numbers), encoding="utf-8")


class Task:
    """Labelled pairs with their evidence."""

    def __init__(
        self, pairs: pl.DataFrame, table: Floats, label: npt.NDArray[np.bool_], heads: pl.Series, weight: float
    ):
        self.pairs, self.table, self.label, self.weight = pairs, table, label, weight
        self.family = heads.str.replace_all(" ", "").str.slice(0, 4).hash(3).to_numpy() % FOLDS

    def score(self, odds: Floats) -> ScoredPairs:
        """As `score_names` does, with out-of-fold scores."""
        from enrich.evidence import Evidence

        empty = pl.Series([], dtype=pl.String)
        probability = pl.Series((1 / (1 + np.exp(-odds))).astype(np.float32))
        nothing = pl.DataFrame()
        return ScoredPairs(
            self.pairs.with_columns(probability=probability),
            Evidence(self.table, empty, empty),
            nothing,
            np.zeros(0, np.int8),
        )

    def report(self, title: str, odds: Floats) -> None:
        """Print F1 of the pairs at 0.5."""
        said = odds > 0
        hit = (said & self.label).sum()
        print(f"{title}: {len(self.label)} pairs, F1 {2 * hit / (said.sum() + self.label.sum()):.3f} at 0.5")


def read_task(folder: Path, task: str) -> Task:
    lexicon = load_lexicon()
    if task == "pairs":
        gold = pl.read_csv(folder / "pairs/opensanctions.csv", infer_schema=False).filter(
            pl.col("schema").is_in(ORGANISATIONS)
        )
        blank = pl.lit("").alias("country")
        sides = [read_names(gold.select(name=f"name_{side}").with_columns(blank), lexicon) for side in "ab"]
        rows = pl.int_range(gold.height, dtype=pl.UInt32, eager=True)
        met = pl.DataFrame({"left": rows, "right": rows})
        table = gather_evidence(*sides, met, lexicon).table
        return Task(met, table, (gold["label"] == "true").to_numpy(), sides[0]["strong"], 20.0)
    if task == "link":
        left = pl.read_csv(folder / "link/queries.csv", infer_schema=False)
        right = pl.read_parquet(folder / "link/registry.parquet")
        truth = left.join(
            pl.read_csv(folder / "link/truth.csv", infer_schema=False), on="id", how="left", maintain_order="left"
        )
        keys = truth["true_id"], right["id"]
    else:
        left = right = pl.read_csv(folder / "dedupe/records.csv", infer_schema=False)
        truth = left.join(
            pl.read_csv(folder / "dedupe/truth.csv", infer_schema=False), on="id", how="left", maintain_order="left"
        )
        keys = truth["entity_id"], truth["entity_id"]
    one = read_names(left, lexicon)
    two = one if left is right else read_names(right, lexicon)
    contexts = clean_context(left.select("name")), clean_context(right.select("name"))
    features = list_features(one)
    if left is right:
        met = find_twins(one, contexts[0])
    else:
        met = find_best(one, two, build_index(two, features["feature"].unique()), contexts, features)
    table = gather_evidence(one, two, met, lexicon).table
    label = (keys[0].gather(met["left"]) == keys[1].gather(met["right"])).fill_null(False).to_numpy()
    return Task(met, table, label, one["strong"].gather(met["left"]), 1.0)


def fit(
    table: Floats, label: npt.NDArray[np.bool_], family: npt.NDArray[np.int64], weight: Floats,
    names: tuple[str, ...], trees: int, *, both_ways: bool,
) -> tuple[dict[str, Any], Floats]:  # fmt: skip
    """A model of all rows as plain numbers, and the log-odds that models without a row's family give it."""
    rising = [1 if n in RISING else -1 if n in FALLING else 0 for n in names] if both_ways else None
    odds = np.zeros(len(label), dtype=np.float32)

    def learn(keep: npt.NDArray[np.bool_]) -> Any:
        x, y, w = table[keep], label[keep], weight[keep]
        if both_ways:
            x, y, w = np.concatenate([x, x[:, SWAPPED]]), np.concatenate([y, y]), np.concatenate([w, w])
        model = HistGradientBoostingClassifier(max_iter=trees, monotonic_cst=rising, **SETTINGS)
        return model.fit(x, y, sample_weight=w)

    for fold in range(FOLDS):
        out = family == fold
        model = learn(~out)
        odds[out] = model.decision_function(table[out])
        if both_ways:
            odds[out] = (odds[out] + model.decision_function(table[out][:, SWAPPED])) / 2
    return export(learn(np.ones(len(label), dtype=bool)), names), odds


def export(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The trees as lists of numbers."""
    trees = []
    for (predictor,) in model._predictors:
        rows: list[list[float]] = []
        nodes = predictor.nodes
        values = node_means(nodes)
        for node, value in zip(nodes, values, strict=True):
            if node["is_leaf"]:
                rows.append([round(float(value), 4)])
            else:
                threshold = float(np.float32(node["num_threshold"]))
                rows.append(
                    [
                        int(node["feature_idx"]),
                        round(threshold, 6),
                        int(node["left"]),
                        int(node["right"]),
                        round(float(value), 4),
                    ]
                )
        trees.append(rows)
    return {"features": list(names), "baseline": round(float(model._baseline_prediction.ravel()[0]), 5), "trees": trees}


def node_means(nodes: Any) -> Floats:
    """The mean of the leaves below each node, by the number of their rows."""
    means = np.array([node["value"] for node in nodes], dtype=np.float64)
    for place in reversed(range(len(nodes))):
        if not nodes[place]["is_leaf"]:
            left, right = int(nodes[place]["left"]), int(nodes[place]["right"])
            a, b = float(nodes[left]["count"]), float(nodes[right]["count"])
            means[place] = (means[left] * a + means[right] * b) / (a + b)
    return means


def write_json(numbers: dict[str, Any]) -> str:
    """Readable: one line a tree."""
    lines = []
    for key in ("version", "bands", "context"):
        lines.append(f'"{key}": {json.dumps(numbers[key])},')
    for key in ("pair", "rivals", "twins"):
        model = numbers[key]
        trees = ",\n    ".join(json.dumps(tree, separators=(",", ":")) for tree in model["trees"])
        lines.append(
            f'"{key}": {{\n  "features": {json.dumps(model["features"])},\n  "baseline": {model["baseline"]},\n'
            f'  "trees": [\n    {trees}\n  ]\n}}' + ("" if key == "twins" else ",")
        )
    return "{\n" + "\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
