"""How a law is entered in the catalogue, and what it says where it does not speak of a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from orgmodel.testing.law import About, Case, Cases, Law, NotMet

__all__ = [
    "Family",
    "met",
    "needed",
]


class Family:
    """The laws of one module, in their order; a decorator enters a function as one.

    The function ends quietly where the law holds, says what is ``broken``, and raises ``NotMet`` where the case is
    none that the law speaks of.

    Attributes:
        laws: id -> law.
        cases: on which examples they are judged if none are given.

    >>> law = Family()
    >>> @law("X1", "there is a unit", "history")
    ... def x1(case: Case) -> None:
    ...     met(case.structure)
    >>> law.laws["X1"] is x1
    True
    """

    def __init__(self, cases: Cases = "any") -> None:
        self.laws: dict[str, Law] = {}
        self.cases = cases

    def __call__(
        self, number: str, statement: str, about: About, caveat: str = "", *, needs: str = "", seldom: int = 1
    ) -> Callable[[Callable[[Case], None]], Law]:
        """Enter a function; the arguments are those of :class:`~orgmodel.testing.law.Law`."""

        def enter(holds: Callable[[Case], None]) -> Law:
            self.laws[number] = Law(number, statement, about, caveat, holds, self.cases, needs, seldom)
            return self.laws[number]

        return enter


Thing = TypeVar("Thing")


def met(condition: object) -> None:
    """Go on only if the law speaks of the case."""
    if not condition:
        raise NotMet


def needed(thing: Thing | None) -> Thing:
    """A thing that the law needs; without it the law does not speak of the case."""
    if thing is None:
        raise NotMet
    return thing
