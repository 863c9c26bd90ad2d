"""A small model of boosted trees as plain numbers, evaluated by numpy: no library, no pickle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
LEAF = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree; node 0 is the root, a leaf has feature -1. `value` of an inner node is the mean of what lies below."""

    feature: npt.NDArray[np.int64]
    threshold: Floats
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: Floats
    depth: int


@dataclass(frozen=True, slots=True)
class Model:
    """Boosted trees over named features; their sum is a log-odds."""

    features: tuple[str, ...]
    baseline: float
    trees: tuple[Tree, ...]

    @classmethod
    def read(cls, numbers: Mapping[str, Any]) -> "Model":
        """Make a model from its file."""
        return cls(tuple(numbers["features"]), float(numbers["baseline"]), tuple(map(_read_tree, numbers["trees"])))

    def score(self, table: Floats) -> Floats:
        """Probabilities of rows of `features`."""
        return (1 / (1 + np.exp(-self.sum_trees(table)))).astype(np.float32)

    def sum_trees(self, table: Floats) -> Floats:
        """Log-odds of rows of `features`."""
        total = np.full(len(table), self.baseline, dtype=np.float32)
        columns = np.ascontiguousarray(table.T)
        rows = np.arange(len(table))
        for tree in self.trees:
            total += tree.value[_descend(tree, columns, rows)]
        return total

    def weigh_features(self, table: Floats) -> Floats:
        """What each feature adds to the log-odds of each row: at every split it moves the mean."""
        moved = np.zeros((len(table), len(self.features)), dtype=np.float32)
        rows = np.arange(len(table))
        for tree in self.trees:
            node = np.zeros(len(table), dtype=np.int64)
            for _ in range(tree.depth):
                feature = tree.feature[node]
                inner = feature != LEAF
                goes_left = table[rows, np.maximum(feature, 0)] <= tree.threshold[node]
                below = np.where(inner, np.where(goes_left, tree.left[node], tree.right[node]), node)
                np.add.at(moved, (rows[inner], feature[inner]), (tree.value[below] - tree.value[node])[inner])
                node = below
        return moved


def _descend(tree: Tree, columns: Floats, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    node = np.zeros(len(rows), dtype=np.int64)
    for _ in range(tree.depth):
        feature = np.maximum(tree.feature[node], 0)
        goes_left = columns[feature, rows] <= tree.threshold[node]
        node = np.where(goes_left, tree.left[node], tree.right[node])  # a leaf points at itself
    return node


def _read_tree(rows: Sequence[Sequence[float]]) -> Tree:
    """A tree from its nodes: [feature, threshold, left, right, value], or [value] for a leaf."""
    feature = [LEAF if len(row) == 1 else int(row[0]) for row in rows]
    left = [place if len(row) == 1 else int(row[2]) for place, row in enumerate(rows)]
    right = [place if len(row) == 1 else int(row[3]) for place, row in enumerate(rows)]
    depth = [0] * len(rows)
    for place, row in enumerate(rows):
        if len(row) > 1:
            depth[left[place]] = depth[right[place]] = depth[place] + 1
    return Tree(
        np.array(feature),
        np.array([0.0 if len(row) == 1 else row[1] for row in rows], dtype=np.float32),
        np.array(left),
        np.array(right),
        np.array([row[-1] for row in rows], dtype=np.float32),
        max(depth),
    )
