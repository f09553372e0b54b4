"""Merging the small cells of one organisation, so that each has enough members."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any, Final

from orgmodel.acts.draft import Draft
from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.propose.constraints import AtLeast, Constraint, MostUnits, Pairs, Term
from orgmodel.scenario.propose.enact import Naming, joined_names
from orgmodel.scenario.propose.mergers import propose_mergers
from orgmodel.scenario.propose.proposal import Proposal, Proposals
from orgmodel.structure.selection import select
from orgmodel.structure.structure import Structure

__all__ = [
    "draft_cells",
    "propose_cells",
]

OFFICIAL: Final = "members_official"
"""The measure for the number of official members of a cell."""


ENOUGH: Final = AtLeast(OFFICIAL, 3)
"""The default rule: a cell has at least three official members (Charter of the Party, article 24)."""


@strict
def propose_cells(
    structure: Structure,
    under: str,
    rules: Constraint | Iterable[Constraint] = ENOUGH,
    *,
    kind: str = "cell",
    **options: Any,
) -> Proposals:
    """Merge cells of one organisation so that none is too small and as many as possible are left.

    Any cells of the organisation may be merged; cells under the same unit are preferred.

    Args:
        structure: the organisation before.
        under: the organisation; cells at any depth below it can be merged.
        rules: constraints on every cell; by default at least three official members.
        kind: the kind of the cells.
        options: as in :func:`~orgmodel.scenario.propose.mergers.propose_mergers`.

    Raises:
        Refused: there are no cells, or a number of members is unknown; ``unknown="alone"`` leaves such cells as they are.
        Infeasible: all cells together do not have enough members.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "xa"}, *({"id": c, "parent": "xa", "kind": "cell", OFFICIAL: n} for c, n in zip("abc", (2, 7, 2)))]
    >>> found = propose_cells(structure_of(rows, day="2025-01-01"), "xa")
    >>> found[0].mergers, [str(reason) for reason in found[0].groups[0].reasons]
    ((('a', 'c'),), ['a has 2 members_official, 1 below the floor of 3', 'c has 2 members_official, 1 below the floor of 3'])
    """
    cells = structure.select(select(kind=kind, under=under))
    beside: dict[str | None, list[str]] = {}
    for cell in cells:
        beside.setdefault(structure.parent(cell), []).append(cell)
    # All pairs together have a weight below 1, so that they never outweigh the number of units.
    pairs = [pair for together in beside.values() for pair in combinations(together, 2)]
    near = Pairs(pairs, f"1/{len(pairs) + 1}", "cells beside each other")
    terms: list[Term] = [MostUnits(), near] if len(beside) > 1 else [MostUnits()]
    return propose_mergers(structure, None, rules, terms, units=cells, **options)


def draft_cells(
    proposal: Proposal,
    history: History,
    day: DayLike,
    source: Source = Source.unknown,
    *,
    measure: str = OFFICIAL,
    named: Naming = joined_names,
    **choices: Any,
) -> Draft:
    """The act for a proposal: the cells of each group are reassigned to the parent of the largest one, then merged.

    Args:
        proposal: a proposal of :func:`propose_cells`.
        history: the history to draft the act on.
        day: the effective day.
        source: the source of the act.
        measure: the measure that decides which cell is the largest.
        named: gives the names of the new cells.
        choices: as in ``draft.merge``.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "xa"}, *({"id": s, "parent": "xa", "kind": "section"} for s in ("s", "t"))]
    >>> rows += [{"id": c, "parent": p, "kind": "cell", OFFICIAL: n} for c, p, n in (("a", "s", 2), ("b", "t", 7))]
    >>> history = history_of(rows, day="2025-01-01")
    >>> found = propose_cells(history.at("2025-01-01"), "xa")
    >>> print(draft_cells(found[0], history, "2026-01-01"))
    2026-01-01 source unknown: 2 events
      reassign a to t
      merge a + b -> ...
    """
    with history.draft(as_day(day), source=source) as act:
        before = act.structure
        for cells in proposal.mergers:
            largest = max(cells, key=lambda cell: (proposal.request.total(measure, [cell]), cell))
            home = before.parent(largest)
            away = [cell for cell in cells if before.parent(cell) != home]
            if away and home is not None:
                act.reassign(away, home)
            act.merge(cells, into=Unit(name=named(before, cells)), **choices)
    return act
