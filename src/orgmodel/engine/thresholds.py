"""Numbers that choose between two ways of the same answer, each with what was measured.

They are read when the choice is made (``thresholds.ARRAYS_FROM``), so that a test can ask for the answer both ways.
Measured on one core with Python 3.11 and numpy 2; a factor of two to either side changes little.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ARRAYS_FROM",
    "FOLD_FROM",
    "INDEX_AFTER",
    "LEVELS",
    "LINKS_PER_WALK",
    "ROW_INDEX_AFTER",
    "SHARE",
    "least_for_arrays",
]

ARRAYS_FROM: Final = 128
"""From this many units, changes or steps on, arrays are faster than a loop.

A call of numpy takes about as long as a loop over ten items, and a question makes several of them. An act of 128
changes takes 1.0 ms by steps and 0.5 ms by arrays, one of 64 takes 0.5 ms and 0.6; the parents of 128 units 0.09 and
0.04; the tree of 128 units 0.05 and 0.11, of 300 units the same.
"""

SHARE: Final = 256
"""Batches smaller than 1/256 of all units go one by one: the cost of arrays grows with the number of units.

In an organisation of 20,000 units an act of 78 changes takes as long by either way.
"""

FOLD_FROM: Final = 16_384
"""From this many changed pairs (track, subject) on, the overlay is folded into the columns.

Folding 300,000 units takes some 30 ms, so that each write bears 2 us of it; until then a read looks into the overlay first.
"""

INDEX_AFTER: Final = 8
"""After this many subtree queries, index the whole day.

All subtrees of a day of 300,000 units cost as much as about 8 of them one by one.
"""

ROW_INDEX_AFTER: Final = 64
"""After this many scans of a track for the rows of an act, index the rows by act.

An index costs as much as 20 scans of a track of a thousand rows (47 us against 2.4), 70 of ten thousand, 180 of a
hundred thousand, 900 of a million (325 ms against 0.36): the smallest number that is never slow in either way.
"""

LINKS_PER_WALK: Final = 16
"""Walking one unit costs about as much as 16 links of a pass over all units."""

LEVELS: Final = 256
"""Beyond this many levels, which no organisation has, a loop over all units is faster than arrays for each level."""


def least_for_arrays(units: int, *, to_fold: bool = False) -> int:
    """The fewest steps or rows for which arrays pay in an organisation of ``units`` units.

    If an overlay must be folded first, that takes as long as some 400 rows one by one: judging 280 rows of 20 mergers
    among 20,000 units takes 40 ms in a draft without folding, and 75 with it.
    """
    return max(4 * ARRAYS_FROM if to_fold else ARRAYS_FROM, units // SHARE)
