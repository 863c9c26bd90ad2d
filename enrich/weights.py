"""The weights that ship: two small models, their bands, and what a context is worth (`linking_weights.json`)."""

from dataclasses import dataclass
from functools import cache

from enrich.boosted import Model
from schemas.reference.lists import read_numbers


@dataclass(frozen=True, slots=True)
class Weights:
    """What `benchmarks/train_linking.py` learnt.

    Attributes:
        version: changes with every new file; scores of two versions do not compare.
        pair: two names alone.
        rivals: a candidate among its query's others.
        twins: two records of one table, each among the other's rivals; None leaves them to `pair`.
        pair_auto: probability of a pair from which it is merged unseen.
        pair_review: from which a person is asked.
        link_auto: the same for a candidate among rivals.
        link_review: the same for review.
        cluster: average from which two clusters are one.
        telling: weight of an unmatched word that keeps a pair out of auto.
        context: log-odds of (equal, different) by column.
    """

    version: str
    pair: Model
    rivals: Model
    twins: Model | None
    pair_auto: float
    pair_review: float
    link_auto: float
    link_review: float
    cluster: float
    telling: float
    context: dict[str, tuple[float, float]]


@cache
def load_weights() -> Weights:
    """The weights that ship, read once."""
    numbers = read_numbers("linking_weights")
    bands = numbers["bands"]
    return Weights(
        version=numbers["version"],
        pair=Model.read(numbers["pair"]),
        rivals=Model.read(numbers["rivals"]),
        twins=Model.read(numbers["twins"]) if "twins" in numbers else None,
        context={name: (same, other) for name, (same, other) in numbers["context"].items()},
        **bands,
    )
