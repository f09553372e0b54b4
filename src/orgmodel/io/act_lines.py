"""The operations of an act and the events that they were resolved to, as lines of a file.

Each line is a JSON object:

* ``{"operation": {...}}``: one operation, as :func:`orgmodel.acts.forms.operation_record` writes it;
* ``{"event": "creation", ...}``: an event that the act states, where only the outcome is known;
* ``{"event": ..., "of": 3}``: an event that step 3 came to. Steps are the operations and stated events of the act,
  counted from 0. A stated event that came to itself alone is not written twice; one that came to something else has
  ``"completed": true``;
* ``{"remade": "202/2025/QH15", "step": 7, "events": [...]}``: what a step of an older act came to when the entry
  worked that act out anew. Only steps that differ are written;
* ``{"answer": "202/2025/QH15", "about": "c", "home": "n"}``: a choice that the entry made for an older act.

Operations and stated events may have a ``key``, where it is not their place, and a ``block``, the number of the block
``together()`` they stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast

from attrs import Factory, define, evolve

from orgmodel.acts.act import Act, Decided, Resolved
from orgmodel.acts.events import Event
from orgmodel.acts.forms import operation_record, read_operation
from orgmodel.acts.operation import Operation, Together
from orgmodel.errors import Finding, Refused
from orgmodel.io.records import BAD, event_record, read_event, shown

__all__ = [
    "WORDS",
    "ActLines",
    "Record",
    "act_records",
    "read_remade",
    "remade_records",
]

Record = dict[str, Any]

WORDS: Final = ("operation", "event")
"""A line of an act has one of these fields."""
_EXTRAS: Final = ("key", "block", "completed", "of")


# -- writing ---------------------------------------------------------------------------


def act_records(act: Act) -> Iterator[Record]:
    """The lines of an act, in order.

    Raises:
        Refused: a value of it has no form in a file.

    >>> from orgmodel.acts.events import Closure
    >>> list(act_records(Act("a", "2025-07-01", [Closure("x")])))
    [{'event': 'closure', 'subject': 'x'}]
    """
    if act.is_outcome and act.keys is None and all(own == (stated,) for own, (stated, _) in _came_to(act)):
        for number, event in enumerate(act.events):
            yield _written(act, f"event {number + 1}", event)
        return
    for number, (came_to, (step, block)) in enumerate(_came_to(act)):
        record = _written(act, f"step {number + 1}", step)
        if act.key(number) != number:
            record["key"] = act.key(number)
        if block >= 0:
            record["block"] = block
        if not isinstance(step, Operation):
            if came_to == (step,):
                yield record
                continue
            record["completed"] = True
        yield record
        for event in came_to:
            yield _written(act, f"step {number + 1}", event) | {"of": number}


def _came_to(act: Act) -> Iterable[tuple[tuple[Event, ...], tuple[Any, int]]]:
    if act._resolved is None and act.is_outcome:
        # An act of outcomes has only events as steps, and each is what it comes to.
        events = cast("Sequence[tuple[Event, int]]", act.steps)
        return (((event,), (event, block)) for event, block in events)
    return zip(act.resolved, act.steps, strict=True)


def _written(act: Act, where: str, item: Operation[Any] | Event) -> Record:
    try:
        if not isinstance(item, Operation):
            return event_record(item)
        if chosen := item.unnamed:
            # Such a choice cannot be made again from a file: its events stand, and the line says why.
            return {"operation": {"op": f"{item.name}, {' and '.join(chosen)} by a function without a name"}}
        return {"operation": operation_record(item)}
    except (TypeError, ValueError) as error:
        message = f"{where}, a {type(item).__name__}: {error}"
        raise Refused("a history that cannot be written", [Finding("writable", message, act=act.id)]) from error


def remade_records(before: Act, after: Act) -> list[Record]:
    """The lines of an act that was worked out anew: one for each step with another outcome.

    Args:
        before: the act as it was known.
        after: the same decision, worked out anew.
    """
    changed: list[Record] = [
        {"remade": after.id, "step": step, "events": [_written(after, f"step {step + 1}", event) for event in new]}
        for step, (old, new) in enumerate(zip(before.resolved, after.resolved, strict=True))
        if old != new
    ]
    return changed or [{"remade": after.id}]


# -- reading ---------------------------------------------------------------------------


@define
class ActLines:
    """The lines of one act as they are read; :meth:`act` gives the act."""

    steps: list[tuple[Operation[Any] | Event, int | None, int | None, bool]] = Factory(list)
    """Each step with its key, its block, and whether its events stand in lines of their own."""
    results: dict[int, list[Event]] = Factory(dict)
    plain: bool = True
    """Whether all lines so far are stated events and nothing else."""

    def read(self, record: Record, faults: list[str]) -> None:
        """Read a line that has one of :data:`WORDS`; its faults are added to ``faults``."""
        if not record.keys().isdisjoint(_EXTRAS) or "operation" in record:
            self._read(record, faults)
        else:
            self.stated(record, faults)

    def stated(self, record: Record, faults: list[str]) -> None:
        """Read an event that the act states; files of version 1 have nothing else."""
        event = read_event(record, faults)
        if event is not BAD:
            self.steps.append((event, None, None, False))

    def _read(self, record: Record, faults: list[str]) -> None:
        extras = {name: record[name] for name in _EXTRAS if name in record}
        fields = {name: value for name, value in record.items() if name not in extras}
        before = len(faults)
        faults += [
            f"{name} must be a whole number from 0, not {shown(extras[name])}"
            for name in ("key", "block", "of")
            if name in extras and not _is_number(extras[name])
        ]
        if extras.get("completed", True) is not True:
            faults.append(f"completed is true or not there, not {shown(extras['completed'])}")
        self.plain = False
        item = _operation(fields, faults) if "operation" in fields else read_event(fields, faults)
        if len(faults) > before:
            return
        if "of" in extras:
            self._read_result(extras, item, faults)
        else:
            own = isinstance(item, Operation) or "completed" in extras
            self.steps.append((item, extras.get("key"), extras.get("block"), own))

    def _read_result(self, extras: Mapping[Any, Any], item: Any, faults: list[str]) -> None:
        """Take an event as what a step came to."""
        step = extras["of"]
        if len(extras) > 1 or isinstance(item, Operation):
            faults.append("what a step came to is an event, with no more than the number of the step")
        elif step >= len(self.steps) or not self.steps[step][3]:
            faults.append(f"it is said to be of step {step}, and that is no operation and no completed event")
        else:
            self.results.setdefault(step, []).append(item)

    def act(self, later: Callable[[], Mapping[int, Sequence[Event]]] | None = None, **fields: Any) -> Act:
        """The act.

        Args:
            later: reads what the steps came to, by their places, if those lines are not read yet.
            fields: its other arguments, by name.

        Raises:
            Refused: it cannot be so.
        """
        if self.plain and later is None:
            return Act(events=cast("list[Decided]", [step for step, *_ in self.steps]), **fields)
        decided: list[Decided] = []
        count = 0
        for block, group in groupby(self.steps, key=lambda step: step[2]):
            items = [step for step, *_ in group]
            if block is None:
                decided += items
                continue
            if block != count:
                message = f"blocks are numbered from 0 in their order; block {block} stands where {count} would"
                raise Refused("an act", [Finding("block", message, act=fields.get("id"))])
            decided.append(Together(cast("Any", items)))
            count += 1
        keys = tuple(place if key is None else key for place, (_, key, _, _) in enumerate(self.steps))
        own = None if keys == tuple(range(len(keys))) else keys
        act = Act(events=tuple(decided), keys=own, **fields)
        if later is not None:
            return evolve(act, resolved=lambda: self._resolved(later()))
        return act.came_to(self._resolved(self.results))

    def _resolved(self, results: Mapping[int, Sequence[Event]]) -> Resolved:
        return tuple(
            tuple(results.get(place, ())) if has_own else (cast("Event", step),)
            for place, (step, _, _, has_own) in enumerate(self.steps)
        )


def _is_number(value: Any) -> bool:
    """Whether a value is a whole number from 0; true is none, though Python counts with it."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _operation(record: Record, faults: list[str]) -> Any:
    fields = record["operation"]
    if len(record) > 1:
        faults.append(f"an operation stands alone in its line, not with {', '.join(sorted(record.keys() - WORDS))}")
    if not isinstance(fields, dict):
        faults.append(f"operation must be an object, not {shown(fields)}")
        return BAD
    try:
        return read_operation(fields)
    except Refused as refused:
        faults.extend(f"operation: {finding.message}" for finding in refused.findings)
        return BAD


def read_remade(record: Record, known: Mapping[str, Act], remade: dict[str, Act], faults: list[str]) -> None:
    """Read the new outcome of a step of an act that was worked out anew.

    Args:
        record: the line.
        known: the acts that count so far, by id.
        remade: the acts that the entry worked out anew; the act of the line is added.
        faults: the faults of the line are added.
    """
    name = record.get("remade")
    if more := sorted(record.keys() - {"remade", "step", "events"}):
        faults.append(f"a remade step has the unknown field {more[0]!r}")
    act = remade.get(name) or known.get(name) if isinstance(name, str) else None
    if act is None:
        faults.append(f"there is no act {shown(name)} here that could have been worked out anew")
        return
    if ("step" in record) != ("events" in record):
        faults.append("a remade step has the fields step and events, or neither")
        return
    if "step" not in record:
        # The act came to what it came to before.
        remade[act.id] = act
        return
    step, fields, count = record["step"], record["events"], len(act.steps)
    events = [
        _remade_event(number, raw, faults) for number, raw in enumerate(fields if isinstance(fields, list) else ())
    ]
    if not _is_number(step) or step >= count or not isinstance(fields, list):
        faults.append(f"step {shown(step)} with events {shown(fields)}: act {name!r} has the steps 0 to {count - 1}")
        return
    if BAD in events:
        return
    resolved = list(act.resolved)
    resolved[step] = tuple(events)
    remade[act.id] = act.came_to(resolved)


def _remade_event(number: int, raw: Any, faults: list[str]) -> Any:
    if isinstance(raw, dict) and "event" in raw:
        return read_event(raw, faults)
    faults.append(f"events[{number}] must be an event, not {shown(raw)}")
    return BAD
