"""Fates: what becomes of facts when units become other units.

The declaration of a track (:class:`orgmodel.model.track.Track`) names a fate for a merger, a takeover and a division.
Each fate is a function from the facts of the predecessors to those of the successor. Facts that it leaves out are
reported by a note, so that none disappears silently. Users register their own fates under a name with a dot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import frozen

from orgmodel.acts.events import Change
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.acts.policies import Graded, RatingPolicy
from orgmodel.errors import Finding, Refused, Severity
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import added
from orgmodel.model.measure import Quantity
from orgmodel.model.track import Track
from orgmodel.structure.structure import Structure

__all__ = [
    "Fate",
    "Inheritance",
    "register",
]

Held = Mapping[str, Mapping[Any, Any]]
"""Unit -> slot -> value."""


_NOT_PASSED: Final = ("lapse", "ask", "restart", "stay")
"""Fates by which the parts of a divided unit have nothing of a fact."""


@frozen
class Inheritance:
    """The facts of one track that one unit may inherit.

    Attributes:
        structure: the structure before the operation.
        track: the declaration of the track.
        new: id of the inheriting unit.
        held: predecessor -> slot -> value, for all predecessors that pass the track on, also those without values; the
            unit itself comes first if it existed before.
        ratings: the operation's policy for ratings; None if it has none.

    >>> facts = Inheritance(None, Track("fact:grade"), "new", {"a": {2024: "good", 2025: "fair"}, "b": {2025: "good"}})
    >>> facts.slots, facts.values(2024), facts.values(2025)
    ((2024, 2025), ['good', None], ['fair', 'good'])
    """

    structure: Structure
    track: Track
    new: str
    held: Held
    ratings: RatingPolicy | None = None

    @property
    def slots(self) -> tuple[Any, ...]:
        """The slots in which any predecessor has a value, in a fixed order."""
        return tuple(dict.fromkeys(slot for values in self.held.values() for slot in sorted(values, key=repr)))

    def values(self, slot: Any) -> list[Any]:
        """The predecessors' values in a slot; None for those without one."""
        return [values.get(slot) for values in self.held.values()]


class Fate(Protocol):
    """A function that decides which facts of a track a successor gets.

    >>> def newest(inheritance):
    ...     return {slot: inheritance.values(slot)[-1] for slot in inheritance.slots}
    >>> fate: Fate = newest
    >>> fate(Inheritance(None, Track("fact:motto"), "new", {"a": {None: "unity"}, "b": {None: "order"}}))
    {None: 'order'}
    """

    def __call__(self, inheritance: Inheritance, /) -> Mapping[Any, Any]:
        """Slot -> value in the successor; a slot that is left out lapses, and a note says so."""
        ...


def keep(inheritance: Inheritance) -> Mapping[Any, Any]:
    """In each slot the common value of all predecessors.

    >>> held = {"a": {1: "x", 2: "y"}, "b": {1: "x", 2: "z"}}
    >>> keep(Inheritance(None, Track("fact:t"), "n", held))
    {1: 'x'}
    """
    result: dict[Any, Any] = {}
    for slot in inheritance.slots:
        first, *others = inheritance.values(slot)
        if first is not None and all(_same(value, first) for value in others):
            result[slot] = first
    return result


def union(inheritance: Inheritance) -> Mapping[Any, Any]:
    """In each slot the value of the predecessors that have one, unless they differ.

    >>> held = {"a": {1: "x", 2: "y"}, "b": {2: "z", 3: "w"}}
    >>> union(Inheritance(None, Track("fact:t"), "n", held))
    {1: 'x', 3: 'w'}
    """
    result: dict[Any, Any] = {}
    for slot in inheritance.slots:
        first, *others = [value for value in inheritance.values(slot) if value is not None]
        if all(_same(value, first) for value in others):
            result[slot] = first
    return result


def add(inheritance: Inheritance) -> Mapping[Any, Any]:
    """In each slot the sum of the predecessors' numbers.

    >>> add(Inheritance(None, Track("fact:t"), "n", {"a": {None: 2}, "b": {None: 3}}))
    {None: 5}
    """
    return {
        slot: added(Quantity.of(value) for value in inheritance.values(slot) if value is not None).plain
        for slot in inheritance.slots
    }


def survivor(inheritance: Inheritance) -> Mapping[Any, Any]:
    """The facts that the surviving unit had before."""
    return inheritance.held.get(inheritance.new, {})


def nothing(inheritance: Inheritance) -> Mapping[Any, Any]:  # noqa: ARG001  # as a Fate
    """Nothing."""
    return {}


_FATES: Final[dict[str, Fate]] = {
    "keep": keep,
    "ask": keep,
    "same": keep,
    "union": union,
    "follow": union,
    "add": add,
    "survivor": survivor,
    "restart": nothing,
    "lapse": nothing,
    "stay": nothing,
}


def register(name: str) -> Callable[[Fate], Fate]:
    """A decorator that registers a function as a fate for declarations: ``@register("party.functions")``.

    Raises:
        Refused: the name has no dot (names without one belong to the library), or another function has it.

    >>> @register("doctest.longest")
    ... def longest(inheritance):
    ...     return {slot: max(filter(None, inheritance.values(slot)), key=len) for slot in inheritance.slots}
    >>> fate_of(Track("fact:motto", merged="doctest.longest"), "merged") is longest
    True
    """

    def registered(fate: Fate) -> Fate:
        known = _FATES.get(name)
        if "." not in name or (known is not None and _origin(known) != _origin(fate)):
            message = (
                "another function has it" if "." in name else "a name of yours has a dot, such as 'party.functions'"
            )
            raise Refused("a fate", [Finding("fate", f"{name!r} cannot be registered: {message}")])
        _FATES[name] = fate
        return fate

    return registered


def _origin(fate: Fate) -> tuple[Any, ...]:
    """The module and name where a function is defined: a module that is loaded again registers the same functions."""
    return getattr(fate, "__module__", None), getattr(fate, "__qualname__", repr(fate))


def fate_of(track: Track, event: str) -> Fate:
    """The function of a track's fate.

    Args:
        track: the declaration.
        event: ``merged``, ``taken_over`` or ``divided``.

    Raises:
        Refused: it is not registered.
    """
    name = getattr(track, event)
    result = _FATES.get(name)
    if result is None:
        message = f"its fate {name!r} is unknown: import what registers it, or use one of {', '.join(_FATES)}"
        raise Refused(f"the declaration of {track.id!r}", [Finding("fate", message)])
    return result


def rated(inheritance: Inheritance) -> Mapping[Any, Any]:
    """Slot -> value by the operation's policy for ratings, without slots for which it has none."""
    assert inheritance.ratings is not None
    members = sorted(inheritance.held)
    ratings = {
        slot: inheritance.ratings(inheritance.structure, Graded(inheritance.track.id, slot), members)
        for slot in inheritance.slots
    }
    return {slot: value for slot, value in ratings.items() if value is not None}


def _same(value: Any, other: Any) -> bool:
    """Whether two values are equal and of one type: True is not 1."""
    return bool(type(value) is type(other) and value == other)


# ---- all facts of a succession


class Facts:
    """The inheritance of all facts in a succession that have no rules of their own.

    Args:
        context: receives the notes.
        out: old unit -> pairs (new unit, whether all of the old one went there).
        into: new unit -> pairs (old unit, whether all of it came).
        ratings: the operation's policy for ratings.
        stated: (subject, track, slot) -> value that the act states itself.
    """

    def __init__(
        self,
        context: OperationContext,
        out: Mapping[str, Sequence[tuple[str, bool]]],
        into: Mapping[str, Sequence[tuple[str, bool]]],
        ratings: RatingPolicy | None,
        stated: Mapping[tuple[str, str, Any], Any],
    ) -> None:
        self.context, self.structure, self.out, self.into, self.ratings = context, context.structure, out, into, ratings
        self.stated: dict[tuple[str, str], dict[Any, Any]] = {}
        for (subject, track, slot), value in stated.items():
            self.stated.setdefault((subject, track), {})[slot] = value

    def changes(self) -> list[Change]:
        """The changes; facts that do not go on are noted."""
        result: list[Change] = []
        for track in self.context.survey.facts:
            slots_of = {old: slots for old in self.out if (slots := self.structure.slots(old, track.id))}
            if slots_of or self._accompanies(track):
                result += self._of(track, slots_of)
        return result

    def _accompanies(self, track: Track) -> bool:
        """Whether a predecessor has facts that the track goes with."""
        return bool(track.goes_with) and any(self.structure.slots(old, track.goes_with) for old in self.out)

    def _of(self, track: Track, slots_of: Held) -> list[Change]:
        result: list[Change] = []
        afterwards: dict[str, Mapping[Any, Any]] = {}
        for new, links in self.into.items():
            before = slots_of.get(new, {}) if new in self.out else {}
            after = dict(self._after(track, new, links, slots_of))
            stated = self.stated.get((new, track.id), {})
            afterwards[new] = {**after, **stated}
            ends = [(slots_of[old], self.structure.untils(old, track.id)) for old, _ in links if old in slots_of]
            for slot, value in after.items():
                if slot not in stated and not _same(before.get(slot), value):
                    until = last_until(until.get(slot) for of, until in ends if slot in of)
                    result.append(Change(new, track.id, value, slot, until))
            result += [Change(new, track.id, None, slot) for slot in before if slot not in afterwards[new]]
        for old, slots in slots_of.items():
            self._note_lost(track, old, by_themselves(self.context, track, old, slots), afterwards)
        return result

    def _after(self, track: Track, new: str, links: Sequence[tuple[str, bool]], slots_of: Held) -> Mapping[Any, Any]:
        """The facts that a unit has afterwards."""
        others = sorted(link for link in links if link[0] != new)
        wholes = [old for old, is_whole in others if is_whole]
        parts = [old for old, is_whole in others if not is_whole]
        if len(others) < len(links):
            own = slots_of.get(new, {})
            # A survivor keeps its facts; a part of another unit brings none.
            return self._passed(track, "taken_over", new, {new: own, **_of(wholes, slots_of)}) if wholes else own
        merged = self._passed(track, "merged", new, _of(wholes, slots_of)) if wholes else {}
        if not parts or track.divided in _NOT_PASSED:
            return merged
        divided = fate_of(track, "divided")(Inheritance(self.structure, track, new, _of(parts, slots_of)))
        # Where whole units and parts of others disagree, the fact lapses.
        conflicts = {slot for slot in merged.keys() & divided.keys() if not _same(divided[slot], merged[slot])}
        return {slot: value for slot, value in {**merged, **divided}.items() if slot not in conflicts}

    def _passed(self, track: Track, event: str, new: str, slots_of: Held) -> Mapping[Any, Any]:
        inheritance = Inheritance(self.structure, track, new, slots_of, self.ratings)
        if track.rated and self.ratings is not None:
            return rated(inheritance)
        return fate_of(track, event)(inheritance)

    def _note_lost(
        self, track: Track, old: str, slots: Mapping[Any, Any], afterwards: Mapping[str, Mapping[Any, Any]]
    ) -> None:
        """Note the facts that a unit had and no successor has."""
        links = self.out[old]
        lost = {
            slot: value
            for slot, value in slots.items()
            if not any(self._has_it(track, new, is_whole, slot, value, afterwards[new]) for new, is_whole in links)
        }
        if not lost:
            return
        rule, why = self._why(track, old)
        severity: Severity = "warning" if rule == "fact-open" else "note"
        news = [new for new, _ in links if new != old]
        self.context.note(rule, f"{said(track, lost)} {why}", old, *news, severity=severity)

    def _has_it(self, track: Track, new: str, is_whole: bool, slot: Any, value: Any, after: Mapping[Any, Any]) -> bool:
        """Whether a successor has a value, or a sum that includes it."""
        if slot not in after:
            return False
        if is_whole and track.rated and self.ratings is not None:
            return True
        fate = (track.taken_over if new in self.out else track.merged) if is_whole else track.divided
        return _same(after[slot], value) or fate == "add" or "." in fate

    def _why(self, track: Track, old: str) -> tuple[str, str]:
        """The rule and the reason why a fact of a unit does not go on."""
        links = self.out[old]
        news = [new for new, _ in links]
        divided = len(links) > 1 or not links[0][1]
        fate = track.divided if divided else track.taken_over if news[0] in self.out else track.merged
        where = quoted(news)
        if track.rated and self.ratings is not None:
            return "fact-lapses", f"lapses, as {self.ratings!r} gives {where} none"
        if old in news:
            return "fact-lapses", "ends, as other units go on in it"
        rule, reason = _REASONS.get(fate, ("fact-lapses", "lapses and does not pass to {where}"))
        return rule, reason.format(where=where)


_DISAGREE: Final = ("fact-lapses", "lapses, as the predecessors of {where} do not agree")
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "restart": ("fact-restarts", "does not go on: {where} begins anew"),
    "stay": ("fact-stays", "stays on its record and does not pass to {where}"),
    "ask": ("fact-open", "is open for {where}: record what holds there"),
    "survivor": ("fact-lapses", "lapses, as {where} keeps its own"),
    "keep": _DISAGREE,
    "union": _DISAGREE,
    "same": _DISAGREE,
    "follow": _DISAGREE,
}
"""Fate -> the rule and the reason that are noted where a fact does not go on by it."""


def _of(olds: Iterable[str], slots_of: Held) -> dict[str, Mapping[Any, Any]]:
    return {old: slots_of.get(old, {}) for old in olds}


def last_until(untils: Iterable[dt.date | None]) -> dt.date | None:
    """The last of several ends; None if one of them is open.

    >>> last_until([dt.date(2026, 1, 1), dt.date(2027, 1, 1)]), last_until([None, dt.date(2026, 1, 1)])
    (datetime.date(2027, 1, 1), None)
    """
    listed = list(untils)
    return None if not listed or None in listed else max(day for day in listed if day is not None)


def said(track: Track, slots: Mapping[Any, Any], most: int = 3) -> str:
    """The facts of a unit in a track, for a message; the track's label is quoted, as it may be plural.

    >>> said(Track("fact:term", "term", slots=("body",)), {"council": "2021/2026"})
    "the fact 'term' (council: '2021/2026')"
    """
    shown = [_shown(track, slot, value) for slot, value in list(slots.items())[:most]]
    if len(slots) > most:
        shown.append(f"{len(slots) - most} more")
    return f"the fact {track.label!r} ({', '.join(shown)})"


def _shown(track: Track, slot: Any, value: Any) -> str:
    if track.personal:
        # Messages are logged, and a log must not name persons.
        return "of a person" if slot is None else f"{slot[0] if isinstance(slot, tuple) else 'of a person'}"
    text = str(value) if isinstance(value, (int, float, Quantity)) else repr(value)
    if slot is None or (tracks.is_measure(track.id) and slot == tracks.OWN):
        return text
    return f"{' '.join(map(str, slot)) if isinstance(slot, tuple) else slot}: {text}"


def by_themselves(context: OperationContext, track: Track, unit: str, slots: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The facts to report: without those that accompany a fact that is reported itself."""
    if not track.goes_with or not slots:
        return slots
    reported = context.structure.slots(unit, track.goes_with)
    return {slot: value for slot, value in slots.items() if slot not in reported}


def ends(context: OperationContext, unit: str) -> None:
    """Note the facts that end with a unit without a successor."""
    for track in context.survey.facts:
        slots = by_themselves(context, track, unit, context.structure.slots(unit, track.id))
        if not slots:
            continue
        if track.ended == "stay":
            context.note("fact-stays", f"{said(track, slots)} stays on its record", unit)
        else:
            context.note("fact-ends", f"{said(track, slots)} ends with it", unit)
    for measure in context.survey.counted:
        for scope, value in context.structure.slots(unit, measure.track).items():
            # The closure itself warns about the unit's own counts.
            if measure.type == "rate" or scope != tracks.OWN:
                of = "" if scope == tracks.OWN else f" of its {scope}"
                context.note("fact-ends", f"its {measure.id!r}{of} ({value}) ends with it", unit)
