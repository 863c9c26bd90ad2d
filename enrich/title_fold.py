"""One person's offices from roster to roster: which differences are a change of title."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from enrich.rosters import MISSING_LIMIT
from enrich.titles import UNTITLED
from schemas.vocabulary import ChangeStatus

Office = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What one good roster says of a holder's offices, beside the last roster that had the holder.

    Attributes:
        first_seen_at: the roster. seen_before: the last good roster with the offices of before.
        second_at, third_at: the rosters that count after this one (`enrich.rosters`).
        before, after: the offices then and now, by office key.
        ends: the declared end date of the offices that ended so, by office key.
    """

    first_seen_at: datetime
    seen_before: datetime | None
    second_at: datetime | None
    third_at: datetime | None
    before: dict[str, Office]
    after: dict[str, Office]
    ends: dict[str, date] = field(default_factory=dict)


@dataclass(slots=True)
class TitleChange:
    """One office exchanged for another, taken on beside the others (no `lost`), or given up (no `gained`)."""

    lost: Office | None
    gained: Office | None
    step: Step
    seen_before: datetime | None
    status: ChangeStatus = ChangeStatus.NEW
    missing: int | None = None
    ended_on: date | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether an office is missing and its absence does not count yet."""
        return self.status is ChangeStatus.HELD


def fold_steps(steps: list[Step], left_at: datetime | None = None, *, is_gone: bool = False) -> list[TitleChange]:
    """Fold one holder's steps, in time, into title changes.

    An office that goes while another comes is exchanged at once; one that goes alone without a declared end waits for
    the third counted roster, as an absence does, and is forgotten when it comes back or when the holder leaves first.

    Args:
        steps: the rosters at which the holder's offices differ, oldest first.
        left_at: the first roster without the holder at all after the last step, or None.
        is_gone: whether that absence counts as a departure.
    """
    changes: list[TitleChange] = []
    for step in steps:
        _confirm(changes, step.first_seen_at)
        gained = {key: office for key, office in step.after.items() if key not in step.before}
        lost = {key: office for key, office in step.before.items() if key not in step.after}
        # A title that the register did not give before, or no longer gives, is information and no change.
        if UNTITLED in lost:
            gained = {}
        if UNTITLED in gained:
            lost = {}
        _take_back(changes, step, gained, lost)
        gains, losses = (_by_rank(offices) for offices in (gained, lost))
        waiting = [change for change in changes if change.is_waiting and change.lost]
        while gains:
            gain = gains.pop(0)
            if losses:
                loss: Office | None = _pick(losses, gain)
                seen_before = step.seen_before
            elif waiting:  # the old title went a few nights before the new one came
                held = waiting.pop(0)
                held.status = ChangeStatus.RETRACTED
                loss, seen_before = held.lost, held.seen_before
            else:
                loss, seen_before = None, step.seen_before
            if loss is None or loss["title_text"] != gain["title_text"]:
                changes.append(TitleChange(loss, gain, step, seen_before))
        for loss in losses:
            ended_on = step.ends.get(loss["office_key"])
            status = ChangeStatus.NEW if ended_on else ChangeStatus.HELD
            missing = None if ended_on else 1
            changes.append(TitleChange(loss, None, step, step.seen_before, status, missing, ended_on))
    _confirm(changes, left_at)
    for change in changes:
        if change.is_waiting and is_gone:
            change.status = ChangeStatus.RETRACTED  # the departure tells it
    return changes


def _by_rank(offices: dict[str, Office]) -> list[Office]:
    titled = (office for key, office in offices.items() if key != UNTITLED)
    return sorted(titled, key=lambda office: (office["rank"], office["source_key"]))


def _pick(losses: list[Office], gain: Office) -> Office:
    """Take the loss that the same record shows, or the highest."""
    same = [loss for loss in losses if loss["source_key"] == gain["source_key"]]
    loss = (same or losses)[0]
    losses.remove(loss)
    return loss


def _confirm(changes: list[TitleChange], until: datetime | None) -> None:
    """Count the rosters before `until` (None: all) that miss each waiting office."""
    for change in changes:
        if change.is_waiting:
            counted = (change.step.first_seen_at, change.step.second_at, change.step.third_at)
            change.missing = sum(1 for at in counted if at is not None and (until is None or at < until))
            if change.missing == MISSING_LIMIT:
                change.status = ChangeStatus.NEW


def _take_back(changes: list[TitleChange], step: Step, gained: dict[str, Office], lost: dict[str, Office]) -> None:
    """Retract what this roster shows to have been a gap or a mistake; takes those offices out of gained and lost."""
    for change in changes:
        key = change.lost["office_key"] if change.lost else None
        if key not in gained or change.status is ChangeStatus.RETRACTED:
            continue
        third_at = change.step.third_at
        is_quick = third_at is None or third_at >= step.first_seen_at
        if change.is_waiting:
            change.status = ChangeStatus.RETRACTED
            del gained[key]
        elif change.gained and is_quick and change.gained["office_key"] in lost:
            change.status = ChangeStatus.RETRACTED
            del gained[key], lost[change.gained["office_key"]]
