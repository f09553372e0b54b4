"""Operations of any verb, drawn from what its arguments are declared to be: one's own verbs are drawn as the library's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts import argument_forms, argument_values, policies
from orgmodel.acts.forms import arguments_of
from orgmodel.acts.operation import Operation
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure

__all__ = ["OperationsFor", "operations_for", "operations_of"]

OperationsFor = Callable[[Structure], st.SearchStrategy[Operation[Any]]]
"""What draws an operation about a structure."""

_NEW: Final = st.integers(1, 99).map(lambda number: Unit(f"drawn-{number}", name=f"Name {number % 3}"))


def _unit(structure: Structure) -> st.SearchStrategy[str]:
    return st.sampled_from(list(structure))


def _text(structure: Structure) -> st.SearchStrategy[str]:
    """A word, or the id of a measure, cluster or matter: the form of an argument does not say which of them it means."""
    clusters = [cluster.id for cluster in structure.clusters()]
    known = [*structure.measures, *clusters, *(matter.id for matter in structure.matters())]
    return st.sampled_from(["Name 1", "Name 2", *known])


_DRAWN: Final[Mapping[str, Callable[[Structure], st.SearchStrategy[Any]]]] = {
    form.told: draw
    for form, draw in (
        (argument_forms.UNIT, _unit),
        (argument_forms.UNITS, lambda structure: st.lists(_unit(structure), min_size=1, max_size=3, unique=True)),
        (argument_forms.PLACES, _unit),
        (argument_values.TEXT, _text),
        (argument_forms.WORDS, lambda structure: st.lists(_text(structure), max_size=2)),
        (argument_values.BOOL, lambda _: st.booleans()),
        (argument_values.WHOLE, lambda _: st.integers(1, 3)),
        (argument_forms.NEW, lambda _: _NEW),
        (argument_forms.NEW_OR_NEWS, lambda _: _NEW),
        (argument_forms.HOLDER, _unit),
        (argument_forms.PARTY, _unit),
        (argument_forms.NEWS, lambda _: st.lists(_NEW, min_size=2, max_size=3, unique_by=lambda unit: unit.id)),
        (argument_values.DAY, lambda structure: st.integers(1, 3).map(lambda days: structure.day + days * ONE_DAY)),
        (argument_forms.FIGURE, lambda _: st.integers(0, 255)),
        (argument_forms.VALUE, lambda structure: _text(structure) | st.integers(0, 9)),
        (argument_forms.CLUSTER, lambda _: st.sampled_from([policies.MajorityCluster(), policies.LeaveAll()])),
    )
}
"""What a form says of itself -> what draws a value of it."""


def _expected(form: argument_values.Form) -> str:
    return form.told.removesuffix(", or false for none")


def operations_of(verb: type[Operation[Any]]) -> OperationsFor:
    """What draws operations of a verb: all that it needs, and now and then what else it takes.

    A value fits the form of its argument and no more: many operations are refused, which a check counts.
    Shrinks towards operations with nothing that need not be said, about the first unit.

    Args:
        verb: a class of operations, of the library or of one's own.

    Raises:
        InvalidArgument: it needs an argument of a form that is not drawn; a function of a structure can draw it.

    >>> from orgmodel.acts.operations import Rename
    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.testing.hierarchies import smallest
    >>> smallest(operations_of(Rename)(structure_of([{"id": "a"}], day="2025-07-01")))
    Rename(unit='a', to='Name 1')
    """
    needs, may = arguments_of(verb)
    strange = [name for name, form in needs.items() if _expected(form) not in _DRAWN]
    if strange:
        raise InvalidArgument(
            f"{verb.__name__} needs {strange[0]!r}, {needs[strange[0]].told}, which is not drawn by itself; "
            f"give a function instead, such as lambda structure: st.builds({verb.__name__}, {strange[0]}=...)"
        )

    def draw(structure: Structure) -> st.SearchStrategy[Operation[Any]]:
        def values(forms: Mapping[str, argument_values.Form]) -> dict[str, st.SearchStrategy[Any]]:
            return {
                name: _DRAWN[_expected(form)](structure) for name, form in forms.items() if _expected(form) in _DRAWN
            }

        arguments_drawn = st.fixed_dictionaries(values(needs), optional=values(may))
        return arguments_drawn.map(lambda named: verb(**named))

    return draw


def operations_for(verb: OperationsFor | type[Operation[Any]]) -> OperationsFor:
    """What draws operations: the function that does, or one for a verb."""
    return operations_of(verb) if isinstance(verb, type) else verb
