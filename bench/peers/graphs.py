"""What graphs in memory have in common: walks over a function that gives a node's parent or children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from peers.data import FAR, Arrays


def climb(parent: Callable[[int], int], unit: int) -> list[int]:
    path = []
    while (unit := parent(unit)) >= 0:
        path.append(unit)
    return path


def walk(children: Callable[[int], Iterable[int]], head: Callable[[int], int], top: int) -> tuple[int, int]:
    """How many nodes lie below one, and the members of all of them."""
    count, members, stack = -1, 0, [top]
    while stack:
        unit = stack.pop()
        count += 1
        members += head(unit)
        stack += children(unit)
    return count, members


class Links:
    """Successors from a dict, which these libraries need beside their graphs."""

    def __init__(self, d: Arrays) -> None:
        self.next: dict[int, list[int]] = {}
        for old, new in zip(d["link_old"].tolist(), d["link_new"].tolist(), strict=True):
            self.next.setdefault(old, []).append(new)
        self.end = d["unit_end"].tolist()

    def final(self, units: Sequence[int]) -> list[set[int]]:
        becomes, end, out = self.next, self.end, []
        for unit in units:
            seen, stack = {unit}, [unit]
            for at in stack:
                for new in becomes.get(at, ()):
                    if new not in seen:
                        seen.add(new)
                        stack.append(new)
            out.append({at for at in seen if end[at] == FAR})
        return out
