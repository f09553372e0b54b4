"""What a planted fault is: a part of the library that does otherwise while it is planted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import frozen

Patch = tuple[Any, str, Any]

LAWS, MACHINE = "laws", "machine"
BY: Final = (LAWS, MACHINE)
"""What looks for faults: ``laws.check`` or the default machine."""

OWN: Final = "own"
"""``laws.check`` of the families alone whose laws may name a fault."""


@frozen
class Bug:
    """A fault.

    Attributes:
        name: what is wrong.
        laws: which laws may name it.
        plant: gives (owner, attribute, what stands there instead), several if needed.
        subtle: whether neither the tree nor the totals of a day show it.
        by: what can see it: the laws, and the machine unless it does not come by (what the Party asks, say).
    """

    name: str
    laws: frozenset[str]
    plant: Callable[[], list[Patch]]
    subtle: bool
    by: tuple[str, ...] = BY

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The library with the fault."""
        patches = self.plant()
        before = [(owner, name, owner.__dict__[name]) for owner, name, _ in patches]
        for owner, name, new in patches:
            setattr(owner, name, new)
        try:
            yield
        finally:
            for owner, name, old in before:
                setattr(owner, name, old)


BUGS: list[Bug] = []


def bug(
    name: str, *its_laws: str, subtle: bool = False, by: tuple[str, ...] = BY
) -> Callable[[Callable[[], list[Patch]]], None]:
    def enter(plant: Callable[[], list[Patch]]) -> None:
        BUGS.append(Bug(name, frozenset(its_laws), plant, subtle, by))

    return enter
