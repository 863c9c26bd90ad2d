"""Average linkage over a sparse graph of scores, with records that must never meet.

Plain Python on purpose: every merge depends on the one before, and only records that have a link come here.
"""

import heapq
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

Known = Mapping[str, frozenset[str]]
TOLERANCE = 1e-9  # an average of 0.9 may come out as 0.8999999999999999


@dataclass(slots=True)
class Cluster:
    """Records that are one so far, and what speaks for and against others.

    Attributes:
        members: numbers of its records.
        known: its identifiers by scheme.
        foes: records that a human judged different from one of the members.
        sums: sum of the scores towards each neighbouring cluster; a pair that was never scored counts as 0.
    """

    members: set[int]
    known: dict[str, frozenset[str]]
    foes: set[int]
    sums: dict[int, float] = field(default_factory=dict)

    def average(self, neighbour: int, other: "Cluster") -> float:
        """Average score of all pairs of records between two clusters."""
        return self.sums.get(neighbour, 0.0) / (len(self.members) * len(other.members))

    def conflicts_with(self, other: "Cluster") -> bool:
        """Whether some scheme is known on both sides without an identifier in common."""
        return any(self.known[s].isdisjoint(other.known[s]) for s in self.known.keys() & other.known.keys())


class Linkage:
    """Merges numbered records; the smallest record of a cluster names it, and ties go to smaller numbers."""

    def __init__(self, records: Iterable[int], known: Mapping[int, Known], foes: Mapping[int, Set[int]]):
        """Start with every record alone.

        Args:
            records: all numbers that links and scores may name.
            known: identifiers of records, by scheme.
            foes: records judged different, in both directions.
        """
        self.clusters = {r: Cluster({r}, dict(known.get(r, {})), set(foes.get(r, ()))) for r in records}
        self.home = {record: record for record in self.clusters}
        self.confidence = dict.fromkeys(self.clusters, 1.0)

    def bind(self, left: int, right: int, *, by_human: bool = False) -> bool:
        """Join the clusters of two records before any score; a human's word outranks conflicting identifiers."""
        a, b = sorted((self.home[left], self.home[right]))
        if a == b:
            return True
        if not self._may_meet(a, b, by_human=by_human):
            return False
        self._merge(a, b, 1.0)
        return True

    def weigh(self, scores: Iterable[tuple[int, int, float]]) -> None:
        """Take the scores of pairs of records; call it once, after `bind`."""
        for left, right, score in scores:
            a, b = self.home[left], self.home[right]
            if a != b:
                self.clusters[a].sums[b] = self.clusters[a].sums.get(b, 0.0) + score
                self.clusters[b].sums[a] = self.clusters[b].sums.get(a, 0.0) + score

    def run(self, threshold: float) -> None:
        """Merge the two closest clusters until no average reaches the threshold."""
        queue = [link for a in self.clusters for link in self._links_of(a, threshold) if link[1] == a]
        heapq.heapify(queue)
        while queue:
            minus_average, a, b = heapq.heappop(queue)
            if a not in self.clusters or b not in self.clusters:
                continue
            # A cluster keeps its name when it grows: an entry from before says another average.
            if self.clusters[a].average(b, self.clusters[b]) != -minus_average or not self._may_meet(a, b):
                continue
            self._merge(a, b, -minus_average)
            for link in self._links_of(a, threshold):
                heapq.heappush(queue, link)

    def _links_of(self, a: int, threshold: float) -> list[tuple[float, int, int]]:
        own = self.clusters[a]
        averages = ((own.average(b, self.clusters[b]), b) for b in own.sums)
        return [(-average, min(a, b), max(a, b)) for average, b in averages if average >= threshold - TOLERANCE]

    def _may_meet(self, a: int, b: int, *, by_human: bool = False) -> bool:
        own, other = self.clusters[a], self.clusters[b]
        return own.foes.isdisjoint(other.members) and (by_human or not own.conflicts_with(other))

    def _merge(self, a: int, b: int, score: float) -> None:
        """Put cluster `b` into `a`, whose smallest record is smaller."""
        own, other = self.clusters[a], self.clusters.pop(b)
        joining = other.members | own.members if len(own.members) == 1 else other.members
        for record in joining:
            self.confidence[record] = min(self.confidence[record], score)
        for record in other.members:
            self.home[record] = a
        own.members |= other.members
        own.foes |= other.foes
        for scheme, values in other.known.items():
            own.known[scheme] = own.known.get(scheme, frozenset()) | values
        own.sums.pop(b, None)
        for neighbour, total in other.sums.items():
            if neighbour != a:
                own.sums[neighbour] = own.sums.get(neighbour, 0.0) + total
                sums = self.clusters[neighbour].sums
                sums[a] = sums.get(a, 0.0) + sums.pop(b)
