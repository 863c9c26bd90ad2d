"""The score as a drawing: one bar cut in contributions, and the interval under it."""

from collections.abc import Sequence
from dataclasses import dataclass

NARROWEST_FOR_A_NUMBER = 3.0  # points; a thinner segment has no room for its number


@dataclass(frozen=True, slots=True)
class Segment:
    """One contribution, in points from the left edge of a bar of 100; `number` is its row in the table."""

    component: str
    number: int
    start: float
    width: float
    is_dark: bool

    @property
    def middle(self) -> float:
        """Where its number stands."""
        return round(self.start + self.width / 2, 2)

    @property
    def has_room(self) -> bool:
        """Whether its number fits."""
        return self.width >= NARROWEST_FOR_A_NUMBER


@dataclass(frozen=True, slots=True)
class Bar:
    """Segments from the left, largest first, with the whisker from low to high and the conservative value."""

    segments: tuple[Segment, ...]
    value: float
    low: float
    high: float
    conservative: float

    def segment_of(self, component: str) -> Segment | None:
        """The segment of a component, or None when it adds no points."""
        return next((s for s in self.segments if s.component == component), None)


def draw_bar(parts: Sequence[tuple[str, float]], value: float, low: float, high: float, conservative: float) -> Bar:
    """Lay contributions (component, points) side by side, largest first; neighbours differ in shade."""
    segments = []
    start = 0.0
    for place, (component, points) in enumerate(sorted(parts, key=lambda part: (-part[1], part[0]))):
        segments.append(Segment(component, place + 1, round(start, 2), round(points, 2), place % 2 == 0))
        start += points
    return Bar(tuple(segments), value, low, high, conservative)
