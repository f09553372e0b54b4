"""The smallest case that breaks a law, looked for among the events of one that does.

hypothesis makes the numbers smaller from which a case is drawn. Each of its steps carries out a whole history or a whole
run, and a number that says less may choose other units, so that it is stopped after :data:`MOST_CALLS` of them. What it
leaves is made smaller here: units, acts, operations and events are left out as long as the law stays broken in the same
way.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve
from hypothesis import Phase, settings
from hypothesis.control import current_build_context

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation
from orgmodel.errors import OrgmodelError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit
from orgmodel.testing.catalogue.whole import LAWS
from orgmodel.testing.law import SMALLER, UNANSWERED, Case, Law, LawBroken, NotMet

__all__ = ["MOST_CALLS", "Patience", "smaller"]

MOST_CALLS: Final = 100
"""How many smaller drawings hypothesis may try after the first failure."""

_WORK: Final = 40_000
"""How many events may be carried out again, in all trials together."""

_IN_CREATION: Final = (*(tracks.LIFE, tracks.KIND, tracks.CATEGORY), *(tracks.NAME, tracks.CODE, tracks.PARENT))
"""What a unit or a cluster has from its creation."""

Piece = tuple[int, int]
"""An act by its number, and the place of an operation or event in it."""


class Patience:
    """Counts what is tried after the first failure, and says when it is enough.

    Attributes:
        asked: the law that was asked when it failed: what is tried afterwards is judged by this one alone. None before
            a failure, an empty text where no law was asked.
    """

    def __init__(self) -> None:
        self.asked: str | None = None
        self._calls, self._told = 0, False

    def failed(self, law: str = "") -> None:
        """A law is broken, or something else is wrong; only the first time counts."""
        if self.asked is None:
            self.asked = law

    def spend(self) -> None:
        """Count a call, and end it if it is one too many; the last one, which tells the failure, never is."""
        context = current_build_context()
        if context.is_final:
            self._told = True
            return
        if self._told:  # a new search has begun
            self.asked, self._calls, self._told = None, 0, False
        self._calls += self.asked is not None
        if self._calls > MOST_CALLS:
            # As if the drawing had been too long: the one end that hypothesis takes wherever it comes.
            context.data.mark_overrun()

    def passes_over(self, law: str) -> bool:
        """Whether a law need not be judged, as another one is broken."""
        return self.asked not in (None, law)


def smaller(law: Law, case: Case, why: str) -> tuple[Case, str]:
    """A smaller case that breaks the same law, and what is wrong in it; the same case if there is none."""
    law = LAWS.get(law.id, law)
    # What a script does in steps of its own, or what is learned late, is not made again from acts alone.
    if case.ending or case.late is not None or law.holds is None or Phase.shrink not in settings().phases:
        return case, why
    return _Search(law, case, why).smallest()


class _Search:
    """One search: what each act holds, who merges, and the smallest case so far."""

    def __init__(self, law: Law, case: Case, why: str) -> None:
        self.given, self.law, self.best, self.kind = case, law, (case, why), _kind(why)
        self.items: dict[Piece, Any] = {
            (n, at): item for n, act in enumerate(case.acts) for at, item in enumerate(act.operations)
        }
        self.members: tuple[str, ...] = ()
        self.left = _WORK

    def smallest(self) -> tuple[Case, str]:
        """The smallest case, and what is wrong in it."""
        # A rule is asked about one day: mostly its past is not what matters. Else without corrections and
        # cancellations; if that does not break the law, they are what it is about.
        starts = (_founded(self.given), self.items) if self.law.about == "rule" else (self.items,)
        if any(self.breaks(items, members) for members in self.groups() for items in starts):
            for groups in (self.later_acts, self.units_founded):
                self.leave_out(groups())
            for member in self.members[::-1]:
                self.breaks(self.items, tuple(other for other in self.members if other != member))
            for groups in (self.units_founded, self.single_items):
                self.bring_together()
                self.leave_out(groups())
        return self.best

    def groups(self) -> Iterator[tuple[str, ...]]:
        """Who may have merged: named, so that a unit that is left out does not let the numbers choose others."""
        if self.law.about != "rule":
            yield ()
            return
        for least in (self.given.kit.sizes[0], 3):  # A2 asks for three
            with contextlib.suppress(NotMet):
                yield self.given.some(least)

    def later_acts(self) -> list[set[Piece]]:
        """The pieces of each act but the first, the last one first."""
        return [{piece for piece in self.items if piece[0] == n} for n in range(len(self.given.acts) - 1, 0, -1)]

    def units_founded(self) -> list[set[Piece]]:
        """For each unit that is founded what the first act says of it, the last one first."""
        events = {piece: event for piece, event in self.items.items() if piece[0] == 0}
        units = [event.what.id for event in events.values() if _founds_unit(event)]
        return [{piece for piece, event in events.items() if _concerns(event, unit)} for unit in reversed(units)]

    def single_items(self) -> list[set[Piece]]:
        """Each piece by itself, the last one first."""
        return [{piece} for piece in reversed(self.items)]

    def leave_out(self, groups: Sequence[set[Piece]]) -> None:
        """Leave out as many groups as can be: many at a time first, one at a time in the end."""
        size = len(groups)
        while size:
            for at in range(0, len(groups), size):
                away = set[Piece]().union(*groups[at : at + size])
                if away & self.items.keys():
                    self.breaks({p: item for p, item in self.items.items() if p not in away}, self.members)
            size //= 2

    def bring_together(self) -> None:
        """Found the units higher up, and members under one parent, so that who stood between can be left out."""
        for piece in [piece for piece, item in self.items.items() if _founds_unit(item)]:
            homes = {item.what.id: item.what.parent for item in self.items.values() if _founds_unit(item)}
            unit = self.items[piece].what
            beside = [homes.get(self.members[0])] if unit.id in self.members[1:] else []
            for home in (*beside, homes.get(unit.parent)):
                moved = evolve(self.items[piece], what=evolve(unit, parent=home))
                if home not in (None, unit.parent) and self.breaks({**self.items, piece: moved}, self.members):
                    break

    def breaks(self, items: Mapping[Piece, Any], members: tuple[str, ...]) -> bool:
        """Whether some items and members still break the law; they are what is left then."""
        self.left -= len(items) + 20
        if self.left < 0:
            return False
        by_act: dict[int, list[Any]] = {}
        for (number, _), item in items.items():
            by_act.setdefault(number, []).append(item)
        acts = [Act(a.id, a.effective, by_act[n], a.source) for n, a in enumerate(self.given.acts) if n in by_act]
        if not acts:  # Every law may crash where there is no day at all.
            return False
        try:
            history = History(self.given.history.schema, self.given.history.measures)
            for act in acts:  # One by one, as the script of the failure does.
                history = history.enact(act)
            case = Case(history, self.given.dice, self.given.kit)
            case.named = members
            # Where nothing lives in the end, other laws cannot be answered, and would count as broken too.
            if len(case.structure) and all(member in case.structure for member in members):
                self.law.judge(case)
        except LawBroken as error:
            if error.law.id == self.law.id and _kind(error.found[1]) == self.kind:
                self.items, self.members, self.best = dict(items), members, error.found
                return True
        except OrgmodelError:  # what was left out was needed
            pass
        return False


def _founded(case: Case) -> dict[Piece, Any]:
    """What there is on the last day, as events of the first act."""
    structure, facts = case.structure, case.structure.facts()
    units = sorted(structure.units(), key=lambda unit: structure.depth(unit.id))
    events: list[Any] = [Creation(clustering) for clustering in structure.clusterings()]
    events += [Creation(cluster) for cluster in structure.clusters()]
    events += [Creation(unit) for unit in units]
    for subject in (*(unit.id for unit in units), *(cluster.id for cluster in structure.clusters())):
        stated = {key: value for key, value in facts[subject].items() if key[0] not in _IN_CREATION}
        events += [Change(subject, track, value, slot) for (track, slot), value in stated.items()]
    return {(0, at): event for at, event in enumerate(events)}


def _founds_unit(event: Any) -> bool:
    return isinstance(event, Creation) and isinstance(event.what, Unit)


def _concerns(event: Any, unit: str) -> bool:
    """Whether an event is about a unit, or refers to it."""
    if isinstance(event, Creation):
        return event.what.id == unit
    return isinstance(event, Change) and unit in (event.subject, event.value)


def _kind(why: str) -> frozenset[str]:
    """What sort of thing is wrong, without who, when and how many: another sort is another fault.

    >>> _kind("total members of 'u1' on 2025-07-01: Quantity(3) is not Quantity(4)") == _kind("total members of 'x' on 2026-01-01: 1")
    True
    """
    said = ": ".join(why.split(": ")[: 2 if why.startswith(UNANSWERED) else 1])
    return frozenset(re.findall(r"[^\W\d_]+", re.sub(r"'[^']*'", "", said)))


SMALLER.append(smaller)
