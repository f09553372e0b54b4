"""The shared parts of all operations: reading arguments, collecting faults, returning events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any, Final

from orgmodel.acts.events import Event, derive_id
from orgmodel.acts.operation import Events, Point
from orgmodel.acts.value_faults import unknown_kind
from orgmodel.errors import (
    Ambiguous,
    Finding,
    InvalidAct,
    NotOnRecord,
    Question,
    Refused,
    Severity,
    UnitError,
    UnknownUnit,
)
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.track import Track
from orgmodel.model.unit import ROOT
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "UNCLEAR",
    "OperationContext",
    "plural",
    "quoted",
]

_BY_THEMSELVES: Final = frozenset(
    {
        tracks.LIFE, tracks.LINK, tracks.PARENT, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE,
        tracks.MEMBER, tracks.ROLE, tracks.OFFICE,
    }
)  # fmt: skip
"""Families of tracks that a succession handles by rules of their own."""

UNCLEAR: Final = "?"
"""Stands for a choice that the caller must make."""


class Survey:
    """Which facts a structure has; the same for the thousands of operations of a block, which all see one structure."""

    def __init__(self, structure: Structure) -> None:
        self.schema, self.declared = structure.schema, structure.measures
        self.tracks = frozenset(structure.track_names())

    @cached_property
    def clustered(self) -> bool:
        """Whether any unit was ever in a cluster."""
        return any(map(tracks.is_member, self.tracks))

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The declared measures, and as counts those that have figures without being declared."""
        figures = sorted(tracks.item(track) for track in self.tracks if tracks.is_measure(track))
        return (*self.declared.values(), *(Measure(name) for name in figures if name not in self.declared))

    @cached_property
    def counted(self) -> tuple[Measure, ...]:
        """The measures with figures that combine by arithmetic: counts and rates."""
        return tuple(m for m in self.measures if m.type != "category" and not m.fate and m.track in self.tracks)

    @cached_property
    def facts(self) -> tuple[Track, ...]:
        """The declarations of all other facts with any rows.

        All but existence, place, membership, offices, names, and figures that combine by arithmetic.
        """
        combined = {measure.track for measure in self.counted}
        result = sorted(t for t in self.tracks if tracks.family(t) not in _BY_THEMSELVES and t not in combined)
        accompanying = [t.id for t in self.schema.tracks if t.goes_with in self.tracks and t.id not in self.tracks]
        return tuple(map(self.declaration, result + accompanying))

    def declaration(self, track: str) -> Track:
        """The declaration of a track; of a measure the one that follows from its type and fate."""
        if not tracks.is_measure(track):
            return self.schema.track(track)
        measure = self.declared.get(tracks.item(track))
        if measure is None or (measure.type != "category" and not measure.fate):
            return tracks.declared(track)
        label, fate = measure.id, measure.fate or "keep"
        return Track(track, label, measure.name_vi, ("scope",), merged=fate, rated=measure.type == "category")


class OperationContext:
    """The context of one operation: the structure that it reads, its events, faults and notes so far.

    Faults are collected; :meth:`done` raises them together. If all of them are choices that the caller left open, the
    error is ``Ambiguous``.
    """

    def __init__(self, at: Point) -> None:
        self.at, self.structure = at, at.structure
        self.survey = at.structure._once(Survey)
        self.events: list[Event] = []
        self.faults: list[Finding] = []
        self.questions: list[Question] = []
        self.open_choices = 0
        self.notes: list[Finding | Callable[[], Iterable[Finding]]] = []
        """Notes, and functions that make some when the notes are read."""
        self._children: dict[tuple[str, str], tuple[str, ...]] = {}
        self.became: dict[str, str] = {}
        """Units that the operation has ended so far -> their only successor."""
        self.functions: set[str] = set()
        """Functions for which the operation makes an agency."""

    # ---- findings

    def fault(self, rule: str, message: str, *units: str) -> None:
        """Add a fault: the operation cannot be carried out."""
        self.faults.append(self._finding(rule, message, units, "error"))

    def mend(self, rule: str, message: str, *units: str) -> None:
        """Add a fault that the caller can mend; if a decision is worked out anew, a note."""
        if self.at.anew:
            self.note(rule, message, *units)
        else:
            self.fault(rule, message, *units)

    def ask(
        self, rule: str, message: str, *units: str, about: str = "", choice: str = "", options: Iterable[str] = ()
    ) -> None:
        """Add a question: a choice that the caller must make.

        Args:
            rule: the rule that needs it.
            message: the question in words.
            units: the units concerned.
            about: the unit that an answer is about; empty: the first of ``units``.
            choice: the kind of choice; empty if the act itself must be amended.
            options: the possible answers.
        """
        self.open_choices += 1
        self.fault(rule, message, *units)
        about = about or (units[0] if units else "")
        self.questions.append(Question(self.at.act, rule, message, about, choice, tuple(options), units))

    def answer(self, choice: str, about: str, fits: Callable[[str], bool] | None = None) -> str | None:
        """The caller's answer to a question, None if there is none; call it only where the question arises.

        Args:
            choice: the kind of choice.
            about: the unit of the question.
            fits: whether a choice is one for this question, where a unit may have several of a kind: one for each
                clustering or hierarchy. The first that fits counts.
        """
        for answer in self.at.answers:
            if answer.act == self.at.act and answer.about == about and answer.choice[0] == choice:
                chosen = answer.choice[1]
                if fits is None or fits(chosen):
                    self.note("answered", f"its {choice} is {chosen!r} by an answer", about)
                    return chosen
        return None

    def note(self, rule: str, message: str, *units: str, severity: Severity = "note") -> None:
        """Add a note: something the caller should know."""
        self.notes.append(self._finding(rule, message, units, severity))

    def _finding(self, rule: str, message: str, units: Sequence[str], severity: Severity) -> Finding:
        return Finding(rule, message, units, self.structure.day, severity, act=self.at.act or None)

    def stop(self, title: str) -> None:
        """Raise the faults so far, if there are any."""
        if self.faults and self.open_choices == len(self.faults):
            raise Ambiguous(title, dict.fromkeys(self.faults), dict.fromkeys(self.questions))
        if self.faults:
            raise InvalidAct(title, dict.fromkeys(self.faults))

    def done(self, title: str, text: str, made: Iterable[str] = ()) -> Events:
        """The events; raises if there are faults."""
        self.stop(title)
        # Most notes are never read: where history works a decision out anew, nobody asks for them.
        return Events(self.events, made, partial(_each_once, self.notes) if self.notes else (), text)

    # ---- reading

    def live(self, unit: object, role: str = "unit") -> bool:
        """Whether a unit exists on the day; a fault that names its successors if it does not."""
        if unit in self.structure:
            return True
        if not isinstance(unit, str):
            self.fault("live-unit", f"the {role} is given as an id or a Unit, not as {unit!r}")
            return False
        if unit == "":
            self.fault("live-unit", f"the {role} has no id; name a live unit")
            return False
        day = self.structure.day
        try:
            self.structure.unit(unit)
        except UnknownUnit as error:
            # The state knows ids of later days; for a draft of an earlier day they do not exist yet.
            later = self.structure.is_known(unit) and not self.structure.was_used(unit)
            message = f"unit {unit!r} begins only after {day}" if later else str(error)
            self.fault("live-unit", f"{message}; name a unit that lives on {day}", unit)
        except UnitError as error:
            self.fault("live-unit", f"{error}; name a unit that lives on {day}", unit)
        return False

    def ids(self, chosen: Iterable[str | Selection], noun: str = "units") -> list[str]:
        """Ids of the chosen units, each once, in order; a fault if there are none. They may have ended."""
        listed = tuple(chosen)
        misspelt = len(self.faults)
        result = dict.fromkeys(unit for choice in listed for unit in self._ids(choice))
        if not result and len(self.faults) == misspelt:
            message = f" ({listed[0]})" if len(listed) == 1 and isinstance(listed[0], Selection) else ""
            self.mend("nothing-chosen", f"the {noun}{message} are none on {self.structure.day}; check the choice")
        return list(result)

    def _ids(self, choice: object) -> Iterable[str]:
        if isinstance(choice, str):
            return (choice,)
        if isinstance(choice, Selection):
            try:
                return self.structure.in_order(self.structure.select(choice))
            except Refused as error:
                message = "; ".join(finding.message for finding in error.findings)
            except (UnitError, NotOnRecord) as error:
                message = str(error)
            self.mend("nothing-chosen", f"the choice ({choice}) chooses nothing: {message}")
            return ()
        self.fault("live-unit", f"a unit is given as its id, a Unit or a selection, not as {choice!r}")
        return ()

    def under(self, places: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Hierarchy -> parent, without hierarchies and parents that do not exist, which are faults."""
        return {
            hierarchy: parent
            for hierarchy, parent in places
            if self.hierarchy(hierarchy) and self.live(parent, "parent")
        }

    def until(self, until: dt.date | str | None, noun: str, subject: str) -> dt.date | None:
        """The day until which something holds; a fault if it is no day after that of the act."""
        day = self.structure.day
        if isinstance(until, str):
            self.fault("until", f"{until!r} is not a day; write an ISO day such as '2025-07-01'", subject)
            return None
        if until is not None and until <= day:
            self.fault("until", f"{noun} from {day} on cannot end on {until}", subject)
        return until

    def hierarchy(self, hierarchy: str) -> bool:
        """Whether there is such a hierarchy; a fault if there is not."""
        if hierarchy in self.structure.hierarchies:
            return True
        known = ", ".join(self.structure.hierarchies)
        self.fault("hierarchy", f"there is no hierarchy {hierarchy!r} (there are {known})")
        return False

    def place(self, unit: str, hierarchy: str) -> str | None:
        """The parent of a unit, :data:`ROOT` for the root, None for a unit outside the hierarchy.

        A parent that the operation has ended is replaced by its successor.
        """
        parent = self.structure.parent(unit, hierarchy)
        if parent is not None:
            return self.became.get(parent, parent)
        return ROOT if unit == self.root(hierarchy) else None

    def all_children(self, unit: str) -> tuple[str, ...]:
        """Ids of the children in any hierarchy."""
        hierarchies = self.structure.hierarchies
        if len(hierarchies) == 1:
            return self.children(unit)
        return tuple(dict.fromkeys(c for h in hierarchies for c in self.children(unit, h)))

    def children(self, unit: str, hierarchy: str = tracks.MAIN) -> tuple[str, ...]:
        """Ids of the children in a hierarchy; cached."""
        result = self._children.get((unit, hierarchy))
        if result is None:
            result = self._children[unit, hierarchy] = self.structure.children(unit, hierarchy)
        return result

    def root(self, hierarchy: str) -> str | None:
        """The root of a hierarchy, None if the hierarchy is empty."""
        try:
            return self.structure.root(hierarchy)
        except UnitError:
            return None

    # ---- making

    def fresh(self, subject: str, noun: str = "unit") -> bool:
        """Whether an id was never used; a fault if it was."""
        if subject in self.structure:
            day = self.structure.day
            self.fault("id-once", f"a live unit has the id {subject!r} on {day}; give the new {noun} another", subject)
        elif subject == ROOT or not subject:
            self.fault("id-once", f"{subject!r} names no {noun}")
        elif self.structure.was_used(subject):
            self.fault("id-once", f"the id {subject!r} was used before; an id is never used again", subject)
        else:
            return True
        return False

    def derive(self, role: str, *which: Hashable, among: Sequence[str] = ()) -> str:
        """An id for a unit without one.

        It depends only on the act, the operation's key and the role. Without an act (a function that is called with a
        structure) it depends on the day and the units concerned.

        Args:
            role: the part of the unit in the operation: "into", "part", "agency" ...
            which: tells several units with one role apart.
            among: the units concerned.
        """
        if self.at.act:
            return derive_id("u", self.at.act, self.at.key, role, *which)
        return derive_id("u", self.structure.day, role, *which, sorted(among))

    def known_kind(self, kind: str | None, unit: str) -> bool:
        """Whether the schema knows a kind; a fault if it does not."""
        if self.structure.schema.knows(kind):
            return True
        self.fault("kind", unknown_kind(self.structure.schema, kind), unit)
        return False

    # ---- words

    def label(self, unit: str) -> str:
        """The name of a unit for a text."""
        return self.structure.called(unit)

    def labels(self, units: Sequence[str], joined: str = " + ", most: int = 4) -> str:
        """The names of several units for a text."""
        shown = joined.join(self.label(unit) for unit in units[:most])
        return shown if len(units) <= most else f"{shown} and {len(units) - most} more"


def _each_once(notes: Iterable[Finding | Callable[[], Iterable[Finding]]]) -> Iterable[Finding]:
    """All notes, equal ones once."""
    # Keyed by the fields that differ: hashing a finding would hash all its fields.
    result: dict[tuple[Any, ...], Finding] = {}
    for listed in notes:
        for note in listed() if callable(listed) else (listed,):
            result.setdefault((note.rule, note.message, note.units), note)
    return result.values()


def quoted(units: Iterable[str], most: int = 5) -> str:
    """Ids for a message.

    >>> quoted(["a", "b"])
    "'a', 'b'"
    """
    listed = list(units)
    shown = ", ".join(map(repr, listed[:most])) or "none"
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "unit"), plural(2, "unit")
    ('1 unit', '2 units')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
