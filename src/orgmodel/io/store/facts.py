"""Rows of tracks as facts in plain names, and what a change of a history makes different among them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import written_by
from orgmodel.acts.events import Creation, Succession
from orgmodel.engine.columns import ABOVE_ROOT, TrackRow
from orgmodel.engine.state import State
from orgmodel.errors import Finding, InvalidFile
from orgmodel.io.columns import object_text, text_object
from orgmodel.model import track as tracks
from orgmodel.period import from_ordinal, to_ordinal

__all__ = [
    "Key",
    "Step",
    "StoredDifference",
    "StoredFact",
    "Successions",
    "differences",
    "facts_of",
    "in_order",
    "row_of",
    "slot_of",
    "touched_by",
]

_CODED: Final = "json:"
"""The prefix of a slot that is no text."""


class Key(NamedTuple):
    """The key of a fact: its subject and track, and its place among their rows."""

    subject: str
    track: str
    known: int
    nth: int


class StoredFact(NamedTuple):
    """The columns of the table ``facts`` after its key."""

    slot: str | None
    from_day: dt.date
    until_day: dt.date | None
    value: str | None
    form: str
    act: str
    event: int
    said_until: dt.date | None
    sequence: int | None
    position: int

    @property
    def said(self) -> tuple[Any, ...]:
        """All but what orders it among others."""
        return self[:8]

    @property
    def tied(self) -> tuple[Any, ...]:
        """What facts of one subject and track have in common that only their position orders."""
        return self.from_day, self.act, self.event


Step = tuple[str, int]
"""Id of an act, and the place of one of its steps, which the rows that it wrote bear as a label."""


class Successions:
    """Which succession of its step a link is of: the first, the second and so on.

    The engine numbers the successions of all acts through, and renumbers them when one comes in between. A store
    that kept these numbers would write all successions anew.

    Args:
        acts: the acts whose links are asked about.
        steps: those of their steps whose links may be others than before.
    """

    def __init__(self, acts: Iterable[Act], steps: Container[Step]) -> None:
        self.steps = steps
        self._nth: dict[tuple[str, int, str, str], list[int]] = {}
        for act in acts:
            count: dict[int, int] = {}
            for event, label in zip(act.events, act.event_labels, strict=True):
                pairs: list[tuple[str, str]] = []
                if isinstance(event, Succession):
                    pairs = [(link.old, link.new) for link in event.links]
                elif isinstance(event, Creation) and event.reestablishes is not None:
                    pairs = [(event.reestablishes, event.what.id)]
                if pairs:
                    nth = count[label] = count.get(label, -1) + 1
                    for old, new in pairs:
                        self._nth.setdefault((act.id, label, old, new), []).append(nth)

    def number(self, facts: list[StoredFact], old: str) -> list[StoredFact]:
        """The links out of a unit, in order, with the numbers of their successions."""
        numbers: dict[tuple[str, int, str, str], int] = {}
        numbered: list[StoredFact] = []
        for fact in facts:
            assert fact.slot is not None
            key = fact.act, fact.event, old, fact.slot
            at = numbers[key] = numbers.get(key, -1) + 1
            listed = self._nth.get(key, ())
            numbered.append(fact._replace(sequence=listed[at] if at < len(listed) else at))
        return numbered


def facts_of(state: State, track: str, rows: Sequence[TrackRow]) -> list[StoredFact]:
    """The rows of a subject in a track as facts, in order."""
    return [_fact(state, track, row, position) for position, row in enumerate(rows)]


def _fact(state: State, track: str, row: TrackRow, position: int) -> StoredFact:
    start, end, value, slot, act, until, event = row
    text, form = _value(state, track, value)
    is_link = track == tracks.LINK
    named = state.name(slot) if is_link else _slot_text(slot)
    said_until = None if is_link else from_ordinal(until)
    day = dt.date.fromordinal(start)
    return StoredFact(named, day, from_ordinal(end), text, form, act.id, event, said_until, None, position)


def _value(state: State, track: str, value: Any) -> tuple[str | None, str]:
    if value is None:
        return None, "none"
    if tracks.refers_to_subject(track):
        return (None, "root") if value == ABOVE_ROOT else (state.name(value), "unit")
    if type(value) is str and "\0" not in value:
        # PostgreSQL has no place for a zero character in a text; escaped it has.
        return value, "text"
    if type(value) is int:
        return str(value), "number"
    return object_text(value), "json"


def _slot_text(slot: Any) -> str | None:
    if slot is None:
        return None
    if type(slot) is str and "\0" not in slot and not slot.startswith(_CODED):
        return slot
    return _CODED + object_text(slot)


def slot_of(text: str | None) -> Any:
    """The slot that stands so in the tables.

    >>> slot_of("own"), slot_of('json:{"value":["chair",1]}')
    ('own', ('chair', 1))
    """
    return text_object(text.removeprefix(_CODED)) if text is not None and text.startswith(_CODED) else text


def row_of(fact: StoredFact, track: str, numbers: Mapping[str, int], act: Act) -> TrackRow:
    """The row of a fact; the row of a link has the sequence number of the fact.

    Args:
        fact: the fact.
        track: its track.
        numbers: the numbers of the subjects it refers to.
        act: its act.

    Raises:
        InvalidFile: the fact has no such form.
    """
    try:
        value: Any = fact.value
        match fact.form:
            case "none":
                value = None
            case "root":
                value = ABOVE_ROOT
            case "unit":
                value = numbers[value]
            case "number":
                value = int(value)
            case "json":
                value = text_object(value)
            case "text":
                pass
            case form:
                raise ValueError(f"there is no form {form!r}")
        slot: Any = fact.slot
        until = to_ordinal(fact.said_until)
        if track == tracks.LINK:
            if fact.sequence is None:
                raise ValueError("a succession has a sequence")
            slot, until = numbers[slot], fact.sequence
        else:
            slot = slot_of(slot)
    except (ValueError, TypeError, KeyError, json.JSONDecodeError) as error:
        raise InvalidFile("a fact of the store", [Finding("facts", f"{fact}: {error}", act=act.id)]) from error
    return fact.from_day.toordinal(), to_ordinal(fact.until_day), value, slot, act, until, fact.event


def touched_by(acts: Iterable[Act]) -> dict[str, None]:
    """Ids of the subjects that acts write of."""
    return written_by(chain.from_iterable(act.events for act in acts))


class StoredDifference(NamedTuple):
    """The facts of a subject and track that are superseded, and those that are known instead."""

    subject: str
    track: str
    gone: list[StoredFact]
    new: list[StoredFact]


def differences(
    before: State, after: State, subjects: Iterable[str], amended: frozenset[str], successions: Successions
) -> Iterator[StoredDifference]:
    """The facts that differ between two states, by subject and track.

    Args:
        before: one state.
        after: the other.
        subjects: the subjects whose facts may differ.
        amended: ids of acts that read otherwise now; their facts count as new.
        successions: the acts that are new or were worked out anew; facts of their steps count as new.
    """
    if not before.count:
        yield from _all_facts(after, successions)
        return
    every = sorted({*before.tracks(), *after.tracks()})
    # Facts of an amended act are superseded and added again even where they are the same, and so are links of its
    # steps: the stored facts depend on what the log says, not on how the engine worked it out.
    share = not amended and _share_columns(before, after)
    for subject in subjects:
        was, now = before.number(subject), after.number(subject)
        for track in every:
            is_link = track == tracks.LINK
            same = share and was == now and not is_link
            if same and before.written(track, was) is after.written(track, now):
                continue
            old = () if was is None else before.rows(track, was)
            new = () if now is None else after.rows(track, now)
            anew = successions.steps if is_link else ()
            superseded, added = _differing(facts_of(before, track, old), facts_of(after, track, new), amended, anew)
            if superseded or added:
                yield StoredDifference(
                    subject, track, superseded, successions.number(added, subject) if is_link else added
                )


def _all_facts(state: State, successions: Successions) -> Iterator[StoredDifference]:
    """All facts of a state, as differences from an empty one."""
    for track in state.tracks():
        rows: dict[int, list[TrackRow]] = {}
        for number, row in state.iter_rows(track):
            rows.setdefault(number, []).append(row)
        for number, listed in rows.items():
            facts, name = facts_of(state, track, listed), state.name(number)
            yield StoredDifference(name, track, [], successions.number(facts, name) if track == tracks.LINK else facts)


def _share_columns(before: State, after: State) -> bool:
    """Whether states differ in what was written over the same columns only, and number the same subjects alike."""
    if before.base is not after.base:
        return False
    return all(after.new_ids.get(subject) == number for subject, number in before.new_ids.items())


def _differing(
    old: list[StoredFact], new: list[StoredFact], amended: frozenset[str], anew: Container[Step]
) -> tuple[list[StoredFact], list[StoredFact]]:
    """The old facts that are superseded, and the new ones that are added.

    Facts that one step wrote of a subject differ by their position only, so they are replaced together.
    """

    def by_step(facts: list[StoredFact]) -> dict[Any, list[StoredFact]]:
        by_label: dict[Any, list[StoredFact]] = {}
        for fact in facts:
            by_label.setdefault(fact.tied, []).append(fact)
        return by_label

    was, now = by_step(old), by_step(new)
    superseded: list[StoredFact] = []
    added: list[StoredFact] = []
    for tied in dict.fromkeys((*was, *now)):
        _, act, step = tied
        before, after = was.get(tied, []), now.get(tied, [])
        if act in amended or (act, step) in anew or [f.said for f in before] != [f.said for f in after]:
            superseded += before
            added += after
    return superseded, added


def in_order(facts: Iterable[StoredFact], place: Mapping[str, int]) -> list[StoredFact]:
    """Facts of one subject and track in the order of their rows.

    Args:
        facts: the facts.
        place: the place of each act on its day.
    """
    return sorted(facts, key=lambda fact: (fact.from_day, place[fact.act], fact.event, fact.position))
