"""Two histories as one: a register that others keep, put below a unit of another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol, Self, TypeVar

from attrs import evolve, fields, has

from orgmodel.acts.act import Act
from orgmodel.acts.argument_values import criteria_of, forms_of, read_criteria
from orgmodel.acts.event_subjects import begun_by
from orgmodel.acts.events import Change, Creation, Event, Succession
from orgmodel.acts.operation import Operation, Together
from orgmodel.acts.operations import Create, Reestablish, TakeOver
from orgmodel.errors import Answer, Finding, Refused
from orgmodel.history.log import Entry
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure.selection import Selection

__all__ = [
    "Grafted",
    "grafted",
]


class Grafted(Past, Protocol):
    """A history that another one can be grafted on."""

    @property
    def log(self) -> tuple[Entry, ...]:
        """All entries."""
        ...

    def unit_ids(self) -> tuple[str, ...]:
        """All ids."""
        ...

    def units_ever(self) -> tuple[str, ...]:
        """Ids of all units that ever lived."""
        ...

    def enact(self, *acts: Act, recorded: DayLike | None = None) -> Self:
        """The history with more acts."""
        ...

    @classmethod
    def from_log(cls, entries: Iterable[Entry], schema: Schema, measures: Iterable[Measure]) -> Self:
        """The history of a log."""
        ...


H = TypeVar("H", bound=Grafted)

_ID_ARGUMENTS: Final = frozenset(
    {"cluster", "what", "members_to", "clustering", "subject", "shares", "dominant", "matter"}
)
"""Arguments of operations that hold ids, though their form does not say so."""

_WORD_FIELDS: Final = frozenset({"name", "extent", "evidence", "dominant_by", "hierarchy", "code", "kind", "category"})
"""Fields of values that hold names and words, never ids: a name that equals an id must not get a prefix."""


def grafted(
    history: H,
    other: Grafted,
    *,
    under: str | Mapping[str, str],
    ids: str,
    links: Iterable[tuple[Any, ...]] = (),
    recorded: DayLike | None = None,
) -> H:
    """One history of two: see :meth:`orgmodel.history.history.History.graft`."""
    faults = _against(history, other, ids)
    if faults:
        raise Refused("a graft", faults)
    places = {tracks.MAIN: under} if isinstance(under, str) else dict(under)
    stated = [(str(old), str(new), as_day(day)) for old, new, day in links]
    ended = [link for link in stated if not _lives(history, other, ids, link)]
    graft = _Graft(history, other, ids, places, {new: old for old, new, _ in ended})
    schema = _joined_schema(history.schema, other.schema)
    measures = {**history.measures, **other.measures}
    entries = [evolve(entry, history=None) for entry in history.log]
    # Stable: entries of one day stay in the order of their own log, this history's first.
    mixed = sorted([*entries, *graft.entries()], key=lambda entry: entry.recorded)
    # Through the log, not through the states: what was known when can still be asked of either part.
    joined = type(history).from_log(
        [evolve(entry, number=number) for number, entry in enumerate(mixed, 1)], schema, measures.values()
    )
    acts = [
        Act(f"{day} {old} is {new}", day, [TakeOver(new, [old], cross_kind=True)], Source("links of a graft"))
        for old, new, day in stated
        if (old, new, day) not in ended
    ]
    return joined.enact(*acts, recorded=recorded) if acts else joined


def _lives(history: Grafted, other: Grafted, ids: str, link: tuple[str, str, Any]) -> bool:
    """Whether the old unit of a link still lives on the day of the link."""
    old, _, day = link
    if old in history.units_ever():
        return old in history.at(day)
    return old.removeprefix(ids) in other.at(day)


def _against(history: Grafted, other: Grafted, ids: str) -> list[Finding]:
    """The reasons why two histories cannot be one."""
    faults: list[Finding] = []
    if not ids:
        faults.append(Finding("ids", "say in ids= what goes before the ids of the other history, such as 'ch-'"))
        return faults
    here = set(history.unit_ids())
    both = [f"{ids}{unit}" for unit in other.unit_ids() if f"{ids}{unit}" in here]
    if both:
        message = "both histories have these ids; take another prefix"
        faults.append(Finding("id-once", message, sorted(both)))
    for name, measure in other.measures.items():
        if history.measures.get(name, measure) != measure:
            faults.append(Finding("measures", f"the measure {name!r} is declared in two ways; declare it alike"))
    for kind in other.schema.kinds:
        if history.schema.by_id.get(kind.id, kind) != kind:
            faults.append(Finding("schema", f"the kind {kind.id!r} is declared in two ways; declare it alike"))
    if bool(history.schema.kinds) != bool(other.schema.kinds):
        faults.append(Finding("schema", "one history has kinds and the other allows any; give both a schema, or none"))
    return faults


def _joined_schema(a: Schema, b: Schema) -> Schema:
    """A schema that allows what either does."""
    return evolve(
        a,
        kinds=tuple(dict.fromkeys((*a.kinds, *b.kinds))),
        placements=tuple(dict.fromkeys((*a.placements, *b.placements))),
        hierarchies=tuple(dict.fromkeys((*a.hierarchies, *b.hierarchies))),
        unique_codes=a.unique_codes and b.unique_codes,
        tracks=tuple({track.id: track for track in (*a.tracks, *b.tracks)}.values()),
    )


class _Graft:
    """The entries of the other history as they stand in the joined one."""

    def __init__(
        self, history: Grafted, other: Grafted, prefix: str, under: Mapping[str, str], again: Mapping[str, str]
    ) -> None:
        self.other, self.prefix, self.again = other, prefix, again
        self.under = {h: unit for h, unit in under.items() if h in other.schema.hierarchies or h == tracks.MAIN}
        taken = {entry.about for entry in history.log}
        acts = [act for entry in other.log for act in (entry.act, *entry.remade) if act is not None]
        self.act_ids = {act.id: f"{prefix}{act.id}" for act in acts if act.id in taken}
        # An id derived from an act's id would be derived again when the act is worked out anew, so it gets no prefix.
        derived = {unit for act in acts if act.id not in self.act_ids for unit in _derived(act)}
        self.ids = {unit: f"{prefix}{unit}" for unit in other.unit_ids() if unit not in derived}
        self.tracks = {tracks.member_track(old): tracks.member_track(new) for old, new in self.ids.items()}

    def entries(self) -> Iterator[Entry]:
        """The entries, in their order."""
        for entry in self.other.log:
            yield evolve(
                entry,
                act=None if entry.act is None else self._act(entry.act),
                amends=None if entry.amends is None else self.act_ids.get(entry.amends, entry.amends),
                remade=tuple(map(self._act, entry.remade)),
                answers=tuple(map(self._answer, entry.answers)),
                history=None,
            )

    def _answer(self, answer: Answer) -> Answer:
        fields_of_ids = ("about", "home", "cluster", "parent", "successor")
        ids = {name: self._id(unit) for name in fields_of_ids if (unit := getattr(answer, name)) is not None}
        return evolve(answer, act=self.act_ids.get(answer.act, answer.act), **ids)

    def _id(self, unit: str) -> str:
        """The id in the joined history for an id of the other one."""
        return self.ids.get(unit, unit)

    def _act(self, act: Act) -> Act:
        events = [tuple(map(self._event, events)) for events in act.resolved]
        note = f"{act.note}; from {self.prefix}" if act.note else f"from {self.prefix}"
        name = self.act_ids.get(act.id, act.id)
        before, after = (self.act_ids.get(placed, placed) for placed in (act.before, act.after))
        if act.id in self.act_ids and any(_derived(act)):
            # Under another id the act would derive other ids, so only its events are kept.
            decided: list[Any] = [event for step in events for event in step]
            return Act(name, act.effective, decided, act.source, note, within=act.within, before=before, after=after)
        return Act(
            name, act.effective, [self._decided(item) for item in act.operations], act.source, note,
            within=act.within, before=before, after=after, keys=act.keys, resolved=tuple(events),
        )  # fmt: skip

    # ---- ids inside operations, events and values

    def _decided(self, item: Any) -> Any:
        if isinstance(item, Together):
            return Together(tuple(map(self._decided, item.operations)))
        return self._operation(item) if isinstance(item, Operation) else self._event(item)

    def _operation(self, operation: Operation[Any]) -> Operation[Any]:
        forms = forms_of(type(operation))
        changed: dict[str, Any] = {}
        cls: Any = type(operation)
        for attribute in fields(cls):
            value = getattr(operation, attribute.name)
            form = forms[attribute.alias]
            refers = attribute.name == "value" and tracks.refers_to_subject(getattr(operation, "track", ""))
            if form.role or attribute.name in _ID_ARGUMENTS or refers or has(type(value)):
                changed[attribute.alias] = self._value(value)
            elif attribute.name == "track":
                changed[attribute.alias] = self.tracks.get(value, value)
            else:
                changed[attribute.alias] = value
        mapped: Operation[Any] = cls(**changed)
        if not isinstance(mapped, Create):
            return mapped
        # With under= the operation states its places itself.
        unit = mapped.unit if mapped.under else self._rooted(mapped.unit)
        old = self.again.get(unit.id)
        if old is not None:
            return Reestablish(old, unit, under=mapped.under, measures=mapped.measures)
        return evolve(mapped, unit=unit)

    def _event(self, event: Event) -> Event:
        mapped: Event = self._value(event)
        match mapped:
            case Creation(what=Unit() as what):
                unit = self._rooted(what)
                return evolve(mapped, what=unit, reestablishes=self.again.get(unit.id, mapped.reestablishes))
            case Succession():
                return evolve(
                    mapped,
                    created=tuple(map(self._rooted, mapped.created)),
                    changes=tuple(map(self._moved, mapped.changes)),
                )
            case Change():
                return self._moved(mapped)
        return mapped

    def _rooted(self, unit: Unit) -> Unit:
        """A unit; a root of the other history stands under its new parent."""
        if unit.parent is None and unit.hierarchy in self.under:
            return evolve(unit, parent=self.under[unit.hierarchy])
        return unit

    def _moved(self, change: Change) -> Change:
        """A change; where it made a unit the root, it moves it to the new parent instead."""
        if change.value == ROOT and tracks.is_parent(change.track):
            hierarchy = next((h for h in self.under if tracks.parent_track(h) == change.track), None)
            return change if hierarchy is None else evolve(change, value=self.under[hierarchy])
        return change

    def _value(self, value: Any) -> Any:
        """A value with the ids of the joined history."""
        match value:
            case str():
                return self._id(value)
            case Selection():
                return read_criteria(self._criteria(criteria_of(value)))
            case Unit():
                return evolve(value, id=self._id(value.id), parent=value.parent and self._id(value.parent))
            case Change():
                return self._change(value)
            case Succession(links=links, created=created, changes=changes):
                return evolve(
                    value, links=self._value(links), created=self._value(created), changes=self._value(changes)
                )
            case tuple() | list():
                return tuple(map(self._value, value))
            case Mapping():
                return {self._value(key): self._value(item) for key, item in value.items()}
            case Measure() | Source():
                return value
        return self._attributes(value) if has(type(value)) else value

    def _change(self, change: Change) -> Change:
        refers = tracks.refers_to_subject(change.track) and isinstance(change.value, str)
        return evolve(
            change,
            subject=self._id(change.subject),
            slot=self._id(change.slot) if tracks.is_member(change.track) else change.slot,
            track=self.tracks.get(change.track, change.track),
            value=self._id(change.value) if refers else change.value,
        )

    def _attributes(self, value: Any) -> Any:
        """A value of any other attrs class, field by field."""
        changed: dict[str, Any] = {}
        for attribute in fields(type(value)):
            if attribute.init:
                field = getattr(value, attribute.name)
                changed[attribute.alias] = field if attribute.name in _WORD_FIELDS else self._value(field)
        return type(value)(**changed)

    def _criteria(self, criteria: Any) -> Any:
        if isinstance(criteria, Mapping):
            return {
                key: self._value(item) if key in ("under", "cluster", "ids") else self._criteria(item)
                for key, item in criteria.items()
            }
        return [self._criteria(item) for item in criteria] if isinstance(criteria, list) else criteria


def _derived(act: Act) -> Iterator[str]:
    """Ids of units that begin by an act and that its operations do not name: they are derived from its own id."""
    if act.is_outcome:
        return
    for (item, _), events in zip(act.steps, act.resolved, strict=True):
        if isinstance(item, Operation):
            stated = set(_texts(item))
            yield from (unit for unit in begun_by(events) if unit not in stated)


def _texts(value: Any) -> Iterator[str]:
    """All texts in an operation."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list, frozenset)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.items():
            yield from _texts(item)
    elif has(type(value)):
        for attribute in fields(type(value)):
            yield from _texts(getattr(value, attribute.name))
