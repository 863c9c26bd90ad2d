"""Says whether a load can be believed (RELIABILITY R6, R8, R11; docs/decisions/0004-which-loads-are-believed.md).

Each rule gives the reason why not, in words for the ledger, or None. A unit's roster is no list: R8 guards it.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from enrich.executives import is_believable_roster
from flows.loads import ROWS, EarlierLoad, Load, Measure, Verdict

LOWEST_SHARE, HIGHEST_SHARE, LOADS_REMEMBERED = 0.8, 2.0, 7
QUARANTINE_SHARE, FEWEST_QUARANTINED = 0.01, 3  # below three records a share says nothing about a source
FILL_DROP, FEWEST_ROWS = 0.10, 20  # of twenty rows a tenth is two: below that one row is a fall
STREAMS, FEWEST_NOTICES = ("notices",), 100  # of fewer the families of one day already move a rate by ten points
FEWEST_IDS = 10  # in a shorter list one who left and one who came are half of it
LOADS_TO_CONVINCE = 2  # a roster that was not believed is, when it comes back the same a third time
LISTS_TO_CONVINCE = 6  # a list is when it comes back the same the seventh time, each at least SIGHTING_GAP apart
SIGHTING_GAP = timedelta(hours=20)
INSISTENCE = "seven loads in a row"


def judge_list(load: Load, measure: Measure, before: Sequence[EarlierLoad], *, strangers: int = 0) -> Verdict:
    """Hold one list against the earlier loads of its scope.

    Args:
        load: tonight's load.
        measure: what it holds.
        before: the earlier loads of the same scope, newest first.
        strangers: how many of its records no earlier night has told.
    """
    usual = usual_loads(before)
    wrong = why_unreadable(load, measure, usual)
    if wrong is not None or not usual:
        return Verdict(load, wrong is None and not load.is_cut, wrong, measure)
    unlike = why_cut(load, usual) or why_another_size(load, usual) or why_other_ids(load, usual, strangers)
    blanked = why_blanked(load, measure, usual)
    if unlike is not None and blanked is None and insists(load, before, usual):
        return Verdict(load, True, None, measure, INSISTENCE)
    wrong = unlike or blanked or why_a_frame_shrank(load, measure, usual)
    return Verdict(load, wrong is None, wrong, measure)


def judge_look_ups(load: Load, measure: Measure, before: Sequence[EarlierLoad], others: Sequence[str]) -> Verdict:
    """Hold a night's single look-ups against what is stored: whom they ask for changes with the universe.

    So neither their number nor their fill rates are compared with other nights' (DESIGN section 6: a load is a list);
    `others` compares record by record. Legal notices are never told twice: theirs are held against other nights' rates.
    """
    usual = usual_loads(before)
    is_released = bool(usual) and usual[0].released_by is not None
    stream = Measure(filled={n: c for n, c in measure.filled.items() if n in STREAMS and c[ROWS] >= FEWEST_NOTICES})
    wrong = why_unreadable(load, measure, usual) or why_blanked(load, stream, usual)
    wrong = wrong or (None if is_released else next(iter(others), None))
    return Verdict(load, wrong is None, wrong, measure)


def usual_loads(before: Sequence[EarlierLoad]) -> list[EarlierLoad]:
    """The last good loads, newest first; none is older than the last one that was released against its forerunners."""
    usual: list[EarlierLoad] = []
    for earlier in before:
        if earlier.is_good:
            usual.append(earlier)
            if earlier.released_by or len(usual) == LOADS_REMEMBERED:
                break
    return usual


def why_unreadable(load: Load, measure: Measure, usual: Sequence[EarlierLoad] = ()) -> str | None:
    """More than 1 % of its records in quarantine, and at least three (R11); who released a load accepted its share."""
    accepted = max([QUARANTINE_SHARE, *(u.measure.quarantined_share for u in usual if u.released_by)])
    if measure.quarantined < FEWEST_QUARANTINED or measure.quarantined_share <= accepted:
        return None
    told = f"{measure.quarantined} of {measure.records} records cannot be read ({measure.quarantined_share:.1%})"
    return f"{load.name}: {told}, at most {accepted:.0%} may: refused"


def why_blanked(load: Load, measure: Measure, usual: Sequence[EarlierLoad]) -> str | None:
    """A column that is filled more than 10 points less than in the median of the last good loads (R6)."""
    drops = list(find_drops(measure.filled, [u.measure.filled for u in usual]))
    return f"{load.name}: {'; '.join(drops[:5])}: not believed" if drops else None


def find_drops(
    filled: Mapping[str, Mapping[str, int]], earlier: Sequence[Mapping[str, Mapping[str, int]]]
) -> Iterator[str]:
    """The columns whose fill rate fell, in words; frames of fewer than twenty rows are not compared."""
    for frame, counts in filled.items():
        comparable = [e[frame] for e in earlier if e.get(frame, {}).get(ROWS, 0) >= FEWEST_ROWS]
        if counts[ROWS] < FEWEST_ROWS or not comparable:
            continue
        for column in counts:
            rates = [e[column] / e[ROWS] for e in comparable if column in e]
            rate, usual = counts[column] / counts[ROWS], statistics.median(rates or [0.0])
            if column != ROWS and usual - rate > FILL_DROP + 1e-9:
                yield f"{frame}.{column} is filled in {rate:.0%} of {counts[ROWS]} rows, {usual:.0%} usual"


def why_a_frame_shrank(load: Load, measure: Measure, usual: Sequence[EarlierLoad]) -> str | None:
    """The list is as long as ever, but what hangs on its records (officers, sites) is under 80 % of the usual."""
    for frame in sorted({name for one in usual for name in one.measure.filled}):
        rows = statistics.median(u.measure.filled.get(frame, {}).get(ROWS, 0) for u in usual)
        now = measure.filled.get(frame, {}).get(ROWS, 0)
        if rows >= FEWEST_ROWS and now < LOWEST_SHARE * rows:
            return f"{load.name}: {now} rows of {frame}, {rows:g} usual: not believed"
    return None


def why_cut(load: Load, usual: Sequence[EarlierLoad]) -> str | None:
    """A page is missing, or the source says that there are more."""
    if not load.is_cut:
        return None
    return f"{load.name}: the list is cut ({len(load.keys)} records read, {usual_count(usual):g} usual)"


def why_another_size(load: Load, usual: Sequence[EarlierLoad]) -> str | None:
    """Under 80 % or over 200 % of the median of the last good loads (R6)."""
    if is_alike(len(load.keys), usual_count(usual)):
        return None
    return f"{load.name}: {len(load.keys)} records, {usual_count(usual):g} usual: not believed"


def why_other_ids(load: Load, usual: Sequence[EarlierLoad], strangers: int) -> str | None:
    """As many records as ever, but fewer than 80 % of the usual number under ids that were told before (R6)."""
    known, count = len(load.keys) - strangers, usual_count(usual)
    if count < FEWEST_IDS or usual[0].released_by or known >= LOWEST_SHARE * count:
        return None
    return f"{load.name}: only {known} of {len(load.keys)} records have an id told before, not {count:g}: not believed"


def usual_count(usual: Sequence[EarlierLoad]) -> float:
    """The median of how many records the last good loads had."""
    return float(statistics.median(u.count for u in usual))


def is_alike(count: int, usual: float) -> bool:
    """Whether a number of records lies between 80 % and 200 % of the usual one; an empty list may grow."""
    return not usual or LOWEST_SHARE * usual <= count <= HIGHEST_SHARE * usual


def insists(load: Load, before: Sequence[EarlierLoad], usual: Sequence[EarlierLoad]) -> bool:
    """Whether a whole list says for the seventh time in a row what is not believed, each at least 20 hours apart.

    A group may sell its subsidiaries and an empty list never grows again; but a long list that is empty is believed
    only when an operator releases it.
    """
    if load.is_cut or (not load.keys and usual_count(usual) >= FEWEST_ROWS):
        return False
    said, last = 0, load.observed_at
    for earlier in before:
        is_same = not earlier.is_good and bool(earlier.reason)
        if not is_same or not (earlier.count == len(load.keys) or _is_near(earlier.count, len(load.keys))):
            break
        if last - earlier.observed_at >= SIGHTING_GAP:
            said, last = said + 1, earlier.observed_at
    return said >= LISTS_TO_CONVINCE


def _is_near(count: int, other: int) -> bool:
    return count > 0 and is_alike(count, other)


def judge_roster(load: Load, known: set[str], unbelieved: int = 0) -> Verdict:
    """A roster that is suddenly empty or mostly gone is an error page, not a mass resignation (R8).

    Unless it says so for the third time: a company can change most of its officers, and its old roster never comes
    back. An empty roster is never believed.
    """
    missing = len(known - load.keys)
    is_insistent = unbelieved >= LOADS_TO_CONVINCE and len(load.keys) > 0
    if is_insistent or is_believable_roster(len(known), missing, len(load.keys)):
        return Verdict(load, is_good=load.is_full)
    return Verdict(load, False, f"{load.name}: {missing} of {len(known)} officers gone at once: not believed")


def loads_unbelieved(before: Sequence[EarlierLoad], load: Load) -> int:
    """How many loads of this roster in a row, up to this one, said the same and were not believed.

    Args:
        before: the earlier loads of the roster, newest first.
        load: tonight's.
    """
    count = 0
    for earlier in before:
        if earlier.is_good or earlier.count != len(load.keys):
            break
        count += 1
    return count
