"""What becomes of facts when units become units: the words of the declarations, carried out.

The declaration of a track (:class:`orgmodel.model.track.Track`) names a fate for a merger, a takeover and a division.
Each fate is a function from what the predecessors have to what the successor has; whatever it leaves out is reported by a
note, so that nothing goes without a word. Users register their own under a name with a dot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import frozen

from orgmodel.acts.events import Change
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.acts.operations.figures import added, stored
from orgmodel.acts.policies import Graded, RatingPolicy
from orgmodel.errors import Finding, Refused, Severity
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.track import Track
from orgmodel.structure.structure import Structure

__all__ = [
    "Facts",
    "Fate",
    "Held",
    "Inheritance",
    "add",
    "by_themselves",
    "ends",
    "fate_of",
    "keep",
    "last_until",
    "nothing",
    "rated",
    "register",
    "said",
    "survivor",
    "union",
]

Held = Mapping[str, Mapping[Any, Any]]
"""Unit -> slot -> value."""


@frozen
class Inheritance:
    """What one unit may take over of one track.

    Attributes:
        structure: the structure before the operation.
        track: the declaration of the track.
        new: id of the unit that is afterwards.
        held: predecessor -> slot -> value, of all predecessors that pass it on, those that have none of it included;
            the unit itself first, if it was there before.
        ratings: the operation's policy for ratings, None if it has none.
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
        """What the predecessors have in a slot; None for one that has nothing."""
        return [values.get(slot) for values in self.held.values()]


class Fate(Protocol):
    """What a successor has of a track."""

    def __call__(self, inheritance: Inheritance, /) -> Mapping[Any, Any]:
        """Slot -> value in the successor; a slot that is left out lapses, and a note says so."""
        ...


def keep(inheritance: Inheritance) -> Mapping[Any, Any]:
    """In each slot the value that all predecessors have.

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
    """In each slot the value of those that have one, where they do not differ.

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
    """In each slot the sum of the numbers of those that have one.

    >>> add(Inheritance(None, Track("fact:t"), "n", {"a": {None: 2}, "b": {None: 3}}))
    {None: 5}
    """
    return {
        slot: stored(added(Quantity.of(value) for value in inheritance.values(slot) if value is not None))
        for slot in inheritance.slots
    }


def survivor(inheritance: Inheritance) -> Mapping[Any, Any]:
    """What the unit had that goes on."""
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
    """Let a function be the fate of tracks that name it: ``@register("party.functions")``.

    Raises:
        Refused: the name has no dot, as the words of the library have none, or another function has it.

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
    """Where a function is defined: a module that is loaded again registers the same ones."""
    return getattr(fate, "__module__", None), getattr(fate, "__qualname__", repr(fate))


def fate_of(track: Track, event: str) -> Fate:
    """The function for a track's fate.

    Args:
        track: the declaration.
        event: ``merged``, ``taken_over`` or ``divided``.

    Raises:
        Refused: nobody registered it.
    """
    name = getattr(track, event)
    result = _FATES.get(name)
    if result is None:
        message = f"its fate {name!r} is unknown: import what registers it, or use one of {', '.join(_FATES)}"
        raise Refused(f"the declaration of {track.id!r}", [Finding("fate", message)])
    return result


def rated(inheritance: Inheritance) -> Mapping[Any, Any]:
    """What the operation's policy for ratings says in each slot; nothing where it says nothing."""
    assert inheritance.ratings is not None
    members = sorted(inheritance.held)
    found = {
        slot: inheritance.ratings(inheritance.structure, Graded(inheritance.track.id, slot), members)
        for slot in inheritance.slots
    }
    return {slot: value for slot, value in found.items() if value is not None}


def _same(value: Any, other: Any) -> bool:
    """Equal and of one sort: True is not 1."""
    return bool(type(value) is type(other) and value == other)


# ---- all facts of a succession


class Facts:
    """What becomes of the facts in a succession that no other part of it works out.

    Args:
        context: where notes go.
        out: old unit -> the units it went to, with whether all of it went there.
        into: new unit -> the units it came from, with whether all of each came.
        ratings: the operation's policy for ratings.
        stated: (subject, track, slot) -> value, of what the act says itself.
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
        """The changes; what does not go on is noted."""
        result: list[Change] = []
        for track in self.context.facts:
            held = {old: slots for old in self.out if (slots := self.structure.slots(old, track.id))}
            if held or self._accompanies(track):
                result += self._of(track, held)
        return result

    def _accompanies(self, track: Track) -> bool:
        """Whether something is there that the track goes with."""
        return bool(track.goes_with) and any(self.structure.slots(old, track.goes_with) for old in self.out)

    def _of(self, track: Track, held: Held) -> list[Change]:
        result: list[Change] = []
        afterwards: dict[str, Mapping[Any, Any]] = {}
        for new, links in self.into.items():
            before = held.get(new, {}) if new in self.out else {}
            after = dict(self._after(track, new, links, held))
            stated = self.stated.get((new, track.id), {})
            afterwards[new] = {**after, **stated}
            ends = [(held[old], self.structure.untils(old, track.id)) for old, _ in links if old in held]
            for slot, value in after.items():
                if slot not in stated and not _same(before.get(slot), value):
                    until = last_until(until.get(slot) for of, until in ends if slot in of)
                    result.append(Change(new, track.id, value, slot, until))
            result += [Change(new, track.id, None, slot) for slot in before if slot not in afterwards[new]]
        for old, slots in held.items():
            self._tell(track, old, by_themselves(self.context, track, old, slots), afterwards)
        return result

    def _after(self, track: Track, new: str, links: Sequence[tuple[str, bool]], held: Held) -> Mapping[Any, Any]:
        """What a unit has afterwards."""
        survives = new in self.out and any(old == new for old, _ in links)
        olds = sorted(old for old, whole in links if whole and old != new)
        parts = sorted(old for old, whole in links if not whole and old != new)
        if survives:
            own = {new: held.get(new, {})}
            # One that goes on keeps what it has; a part that comes to it brings none.
            return self._passed(track, "taken_over", new, {**own, **_of(olds, held)}) if olds else own[new]
        whole = self._passed(track, "merged", new, _of(olds, held)) if olds else {}
        if not parts or track.divided in ("lapse", "ask", "restart", "stay"):
            return whole
        came = fate_of(track, "divided")(Inheritance(self.structure, track, new, _of(parts, held)))
        if not olds:
            return came
        both = {slot: value for slot, value in whole.items() if slot not in came or _same(came[slot], value)}
        return both | {slot: value for slot, value in came.items() if slot not in whole}

    def _passed(self, track: Track, event: str, new: str, held: Held) -> Mapping[Any, Any]:
        inheritance = Inheritance(self.structure, track, new, held, self.ratings)
        if track.rated and self.ratings is not None:
            return rated(inheritance)
        return fate_of(track, event)(inheritance)

    def _tell(
        self, track: Track, old: str, slots: Mapping[Any, Any], afterwards: Mapping[str, Mapping[Any, Any]]
    ) -> None:
        """A note on what a unit had and no successor has."""
        links = self.out[old]
        lost = {
            slot: value
            for slot, value in slots.items()
            if not any(self._has_it(track, new, whole, slot, value, afterwards[new]) for new, whole in links)
        }
        if not lost:
            return
        rule, why = self._why(track, old)
        severity: Severity = "warning" if rule == "fact-open" else "note"
        news = [new for new, _ in links if new != old]
        self.context.note(rule, f"{said(track, lost)} {why}", old, *news, severity=severity)

    def _has_it(self, track: Track, new: str, whole: bool, slot: Any, value: Any, after: Mapping[Any, Any]) -> bool:
        """Whether a successor has a value, or one that it went into."""
        if slot not in after:
            return False
        if whole and track.rated and self.ratings is not None:
            return True
        fate = (track.taken_over if new in self.out else track.merged) if whole else track.divided
        return _same(after[slot], value) or fate == "add" or "." in fate

    def _why(self, track: Track, old: str) -> tuple[str, str]:
        """The rule and the reason by which something of a unit does not go on."""
        links = self.out[old]
        news = [new for new, _ in links]
        divided = len(links) > 1 or not links[0][1]
        fate = track.divided if divided else track.taken_over if news[0] in self.out else track.merged
        where = quoted(news)
        if track.rated and self.ratings is not None:
            return "fact-lapses", f"lapses, as {self.ratings!r} gives {where} none"
        if old in news:
            return "fact-lapses", "ends, as other units go on in it"
        match fate:
            case "restart":
                return "fact-restarts", f"does not go on: {where} begins anew"
            case "stay":
                return "fact-stays", f"stays on its record and does not pass to {where}"
            case "ask":
                return "fact-open", f"is open for {where}: record what holds there"
            case "survivor":
                return "fact-lapses", f"lapses, as {where} keeps its own"
            case "keep" | "union" | "same" | "follow":
                return "fact-lapses", f"lapses, as the predecessors of {where} do not agree"
            case _:
                return "fact-lapses", f"lapses and does not pass to {where}"


def _of(olds: Iterable[str], held: Held) -> dict[str, Mapping[Any, Any]]:
    return {old: held.get(old, {}) for old in olds}


def last_until(untils: Iterable[dt.date | None]) -> dt.date | None:
    """The day until which something holds that several units state: the last; None if one is open.

    >>> last_until([dt.date(2026, 1, 1), dt.date(2027, 1, 1)]), last_until([None, dt.date(2026, 1, 1)])
    (datetime.date(2027, 1, 1), None)
    """
    listed = list(untils)
    return None if not listed or None in listed else max(day for day in listed if day is not None)


def said(track: Track, slots: Mapping[Any, Any], most: int = 3) -> str:
    """What a unit has of a track, for a message; a track's name may be plural, so that it is quoted.

    >>> said(Track("fact:term", "term", slots=("body",)), {"council": "2021/2026"})
    "the fact 'term' (council: '2021/2026')"
    """
    shown = [_shown(track, slot, value) for slot, value in list(slots.items())[:most]]
    if len(slots) > most:
        shown.append(f"{len(slots) - most} more")
    return f"the fact {track.label!r} ({', '.join(shown)})"


def _shown(track: Track, slot: Any, value: Any) -> str:
    if track.personal:
        # Whom it names is for nobody who reads a log.
        return "of a person" if slot is None else f"{slot[0] if isinstance(slot, tuple) else 'of a person'}"
    told = str(value) if isinstance(value, (int, float, Quantity)) else repr(value)
    if slot is None or (tracks.is_measure(track.id) and slot == tracks.OWN):
        return told
    return f"{' '.join(map(str, slot)) if isinstance(slot, tuple) else slot}: {told}"


def by_themselves(context: OperationContext, track: Track, unit: str, slots: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The facts to report: without those that go with a fact that is reported already."""
    if not track.goes_with or not slots:
        return slots
    told = context.structure.slots(unit, track.goes_with)
    return {slot: value for slot, value in slots.items() if slot not in told}


def ends(context: OperationContext, unit: str) -> None:
    """Notes on the facts that end with a unit that has no successor."""
    for track in context.facts:
        slots = by_themselves(context, track, unit, context.structure.slots(unit, track.id))
        if not slots:
            continue
        if track.ended == "stay":
            context.note("fact-stays", f"{said(track, slots)} stays on its record", unit)
        else:
            context.note("fact-ends", f"{said(track, slots)} ends with it", unit)
    for measure in context.counted:
        for scope, value in context.structure.slots(unit, measure.track).items():
            # Its own count is told by the closure itself, as a warning.
            if measure.type == "rate" or scope != tracks.OWN:
                of = "" if scope == tracks.OWN else f" of its {scope}"
                context.note("fact-ends", f"its {measure.id!r}{of} ({value}) ends with it", unit)
