"""How many small faults in your merger rule your tests would notice.

A mutant is your rule with one small, named fault in what it says: a member dropped, a figure rounded, a child left
behind, what it says over a day later. A test *notices* a mutant if it fails with it. A mutant that no test notices is
a question: is the test missing, or is the mutant as good as the original? Faults in the source text, such as ``<`` for
``<=``, are made by tools of their own (mutmut, cosmic-ray).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts.events import Change, Event, Succession
from orgmodel.acts.policies import MergerRule
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY
from orgmodel.testing import laws

__all__ = ["Mutant", "Score", "mutants", "mutation_score"]

Test = Callable[[Any], object]


@frozen
class Mutant:
    """A merger rule with one fault.

    Attributes:
        name: what is wrong with it.
        call: the faulty rule.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> mutants(PolicyMerger())[-1].name
    'what is written over a day later'
    """

    name: str
    call: MergerRule


@frozen
class Score:
    """Which mutants the tests notice.

    Attributes:
        noticed: mutant -> the test that noticed it, by name.
        unnoticed: names of those that none noticed.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> def says_nothing(rule):
    ...     assert callable(rule)
    >>> print(str(mutation_score(PolicyMerger(), [says_nothing])).splitlines()[0])
    0 of 10 mutants noticed
    """

    noticed: dict[str, str]
    unnoticed: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part of the mutants that was noticed, 1.0 if there are none."""
        count = len(self.noticed) + len(self.unnoticed)
        return len(self.noticed) / count if count else 1.0

    def __str__(self) -> str:
        count = len(self.noticed) + len(self.unnoticed)
        lines = [f"{len(self.noticed)} of {count} mutants noticed"]
        lines += [f"  noticed    {name}  [{test}]" for name, test in self.noticed.items()]
        lines += [f"  UNNOTICED  {name}" for name in self.unnoticed]
        return "\n".join(lines)


# ---- faults

Spoil = Callable[[list[Event], Sequence[str]], list[Event]]
"""The events of a rule and the members -> events with a fault."""


def _spoiled(rule: MergerRule, spoil: Spoil) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        return spoil(list(rule(structure, members, day, source)), members)

    return mutant


def _in_first_change(wanted: Callable[[Change], bool], new: Callable[[Change], Change | None]) -> Spoil:
    """The first change that is wanted becomes another, or nothing."""

    def spoil(events: list[Event], _: Sequence[str]) -> list[Event]:
        for place, event in enumerate(events):
            changes: list[Any] = list(event.changes) if isinstance(event, Succession) else [event]
            at = next((i for i, c in enumerate(changes) if isinstance(c, Change) and wanted(c)), None)
            if at is not None:
                instead = new(changes[at])
                changes[at : at + 1] = [] if instead is None else [instead]
                faulty = [evolve(event, changes=changes)] if isinstance(event, Succession) else changes
                return [*events[:place], *faulty, *events[place + 1 :]]
        return events

    return spoil


def _in_first_succession(new: Callable[[Succession, Sequence[str]], Succession]) -> Spoil:
    """The first succession becomes another."""

    def spoil(events: list[Event], members: Sequence[str]) -> list[Event]:
        at = next((i for i, event in enumerate(events) if isinstance(event, Succession)), None)
        if at is not None:
            events[at] = new(events[at], members)  # type: ignore[arg-type]
        return events

    return spoil


def _figure(change: Change) -> Any:
    """The number that is stated, None if it is not exact."""
    quantity = Quantity.of(change.value) if isinstance(change.value, (int, Quantity)) else Quantity.unknown()
    return quantity.value if quantity.is_exact else None


def _is_figure(change: Change) -> bool:
    return tracks.is_measure(change.track) and isinstance(_figure(change), int)


def _may_lapse(change: Change) -> bool:
    lasts = change.until is None and change.value is not None
    return lasts and tracks.family(change.track) in (tracks.MEASURE, tracks.MEMBER)


def _named_by_order(event: Succession, members: Sequence[str]) -> Succession:
    if not event.created:
        return event
    first, *others = event.created
    return evolve(event, created=(first.evolve(name=f"Successor of {members[0]}"), *others))


def _without_last_link(event: Succession, _: Sequence[str]) -> Succession:
    return evolve(event, links=event.links[:-1]) if len(event.links) > 1 else event


def _drops_member(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        return rule(structure, members[:-1] if len(members) > 2 else members, day, source)

    return mutant


def _accepts_one(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        try:
            return list(rule(structure, members, day, source))
        except Refused:
            if len(set(members)) > 1:
                raise
            return []

    return mutant


def _lapses(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        shorten = _in_first_change(_may_lapse, lambda change: evolve(change, until=day + ONE_DAY))
        return shorten(list(rule(structure, members, day, source)), members)

    return mutant


_SPOILS: Final[dict[str, Spoil]] = {
    "the last link left out": _in_first_succession(_without_last_link),
    "the order of members used for the name": _in_first_succession(_named_by_order),
    "a figure one off": _in_first_change(_is_figure, lambda c: evolve(c, value=_figure(c) + 1)),
    "a figure rounded down to tens": _in_first_change(
        lambda c: _is_figure(c) and _figure(c) % 10 > 0, lambda c: evolve(c, value=_figure(c) // 10 * 10)
    ),
    "a figure left out": _in_first_change(_is_figure, lambda _: None),
    "a child left behind": _in_first_change(lambda c: tracks.is_parent(c.track), lambda _: None),
    "a cluster not joined": _in_first_change(lambda c: tracks.is_member(c.track), lambda _: None),
}
"""Faults in the events of a rule."""

_FAULTS: Final[dict[str, Callable[[MergerRule], MergerRule]]] = {
    "a member dropped": _drops_member,
    "one member alone accepted": _accepts_one,
    "what is written over a day later": _lapses,
}
"""Faults in how a rule is asked, or that need the day."""


def mutants(rule: MergerRule) -> list[Mutant]:
    """The mutants of a merger rule.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> [mutant.name for mutant in mutants(PolicyMerger())][:2]
    ['the last link left out', 'the order of members used for the name']
    """
    spoiled = [Mutant(name, _spoiled(rule, spoil)) for name, spoil in _SPOILS.items()]
    return [*spoiled, *(Mutant(name, fault(rule)) for name, fault in _FAULTS.items())]


def _all_laws(rule: Any) -> None:
    laws.check(rule=rule, max_examples=100, shrink=False)


def mutation_score(rule: MergerRule, tests: Iterable[Test] = (), *, extra: Iterable[Mutant] = ()) -> Score:
    """Which mutants of a merger rule some tests notice.

    Args:
        rule: the merger rule.
        tests: functions that are called with a rule and fail (raise) if it is wrong. If
            there are none: all laws about merger rules.
        extra: mutants of your own.

    Raises:
        AssertionError: a test fails with the rule itself, so that it can tell nothing.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.model.source import Source
    >>> structure = structure_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2025-07-01")
    >>> def test(rule):
    ...     succession, = rule(structure, ["a", "b"], structure.day, Source.unknown)
    ...     assert succession.olds == ("a", "b")
    >>> mutation_score(PolicyMerger(), [test]).noticed
    {'the last link left out': 'test'}
    """
    chosen = list(tests) or [_all_laws]
    for test in chosen:
        try:
            test(rule)
        except Exception as error:
            raise AssertionError(f"{_name(test)} fails with the rule itself: {error}") from error
    first_to_notice = {mutant.name: _first_to_notice(mutant, chosen) for mutant in [*mutants(rule), *extra]}
    unnoticed = tuple(name for name, test in first_to_notice.items() if test is None)
    return Score({name: _name(test) for name, test in first_to_notice.items() if test is not None}, unnoticed)


def _first_to_notice(mutant: Mutant, tests: Iterable[Test]) -> Test | None:
    for test in tests:
        try:
            test(mutant.call)
        except Exception:  # noqa: BLE001  # any failure is a notice
            return test
    return None


def _name(test: Test) -> str:
    return getattr(test, "__name__", repr(test)).lstrip("_")
