"""The keys of a corrected act's operations.

The ids of what an operation makes are derived from its key, and later acts refer to them. So an operation that stays in a
corrected act, or is itself the one that was corrected, must keep the key it had.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import begun_by
from orgmodel.acts.events import Event
from orgmodel.acts.forms import UnknownOperation
from orgmodel.acts.operation import Operation
from orgmodel.errors import Finding

__all__ = [
    "keyed",
    "strays",
]


def keyed(act: Act, old: Act) -> Act:
    """A corrected act: an operation that stays keeps its key, and so does one that is corrected.

    From the key follow the ids of what an operation makes, to which later acts refer. An operation is a corrected one if
    it has the place of one of its verb in an act of as many operations, or if both acts have one of the verb left. Others
    take the next free number.

    >>> from orgmodel.acts.operations.units import Recode, Rename
    >>> a, b, c, d = Rename("u", "A"), Rename("u", "B"), Rename("u", "C"), Rename("u", "D")
    >>> new, old = Recode("u", "4"), Act("x", "2024-01-01", [a, b])
    >>> [keyed(Act("x", "2024-01-01", now), old).keys for now in ([new, b], [c, d], [b, new, c], [new, c, d])]
    [(2, 1), None, (1, 2, 0), (2, 3, 4)]
    """
    if act.is_outcome and old.is_outcome:
        # Events derive no ids.
        return act
    old_step_of = _counterparts([item for item, _ in act.steps], [item for item, _ in old.steps])
    following = max((old.key(step) for step in range(len(old.steps))), default=-1) + 1
    keys: list[int] = []
    for step in range(len(act.steps)):
        if step in old_step_of:
            keys.append(old.key(old_step_of[step]))
        else:
            keys.append(following)
            following += 1
    return evolve(act, keys=None if keys == list(range(len(keys))) else tuple(keys))


def strays(act: Act, corrected: Act) -> Iterator[Finding]:
    """A finding for each operation of an act that names a unit by an id which another operation makes no longer.

    Args:
        act: an act as it was drafted, where the key of each operation is its place.
        corrected: the same with the keys of the act that it corrects: see :func:`keyed`.
    """
    if corrected.keys is None or not act.is_worked_out:
        return
    maker_of: dict[str, int] = {}
    """Id -> the step of the draft that made it."""
    for step, (item, _) in enumerate(act.steps):
        text = repr(item)
        for made, maker in maker_of.items():
            if made in text:
                message = (
                    f"operation {step + 1} names {made!r}, the id that operation {maker + 1} has in the draft; in the corrected "
                    "act that makes another one, as acts before refer to these: give what it makes an id of its own"
                )
                yield Finding("made-id", message, (made,), act.effective, act=act.id)
        if corrected.key(step) != act.key(step):
            maker_of |= {made: step for made in begun_by(act.resolved[step]) if made not in text}


def _counterparts(
    items: Sequence[Operation[Any] | Event], old_items: Sequence[Operation[Any] | Event]
) -> dict[int, int]:
    """Step -> step of the old act, for the steps of a corrected act that stay or are corrected."""
    steps_by_text: dict[str, list[int]] = {}
    for step, item in enumerate(old_items):
        steps_by_text.setdefault(repr(item), []).append(step)
    old_step_of: dict[int, int] = {}
    for step, item in enumerate(items):
        if same := steps_by_text.get(repr(item)):
            old_step_of[step] = same.pop(0)
    left = sorted(set(range(len(old_items))) - set(old_step_of.values()))
    unmatched = [step for step in range(len(items)) if step not in old_step_of]
    # Where an operation was put in or left out, places say nothing.
    for step in unmatched if len(items) == len(old_items) else ():
        if step in left and _verb(items[step]) == _verb(old_items[step]):
            old_step_of[step] = step
            left.remove(step)
    # Of several, nobody can say which is which: they are new, and what they make has new ids.
    once_old = _once((step, _verb(old_items[step])) for step in left)
    once_new = _once((step, _verb(items[step])) for step in unmatched if step not in old_step_of)
    return old_step_of | {step: once_old[verb] for verb, step in once_new.items() if verb in once_old}


def _verb(item: Operation[Any] | Event) -> str:
    return item.verb if isinstance(item, UnknownOperation) else type(item).__qualname__


def _once(pairs: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Verb -> its step, for the verbs of which there is one step."""
    listed = list(pairs)
    times = Counter(verb for _, verb in listed)
    return {verb: step for step, verb in listed if times[verb] == 1}
