"""Where one way of answering gives place to another: both give the same answer, and these numbers say which is faster.

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
"""From so many units, changes or steps on arrays pay; fewer go through a loop.

A call of numpy takes about as long as a loop over ten items, and a question makes several of them. An act of 128
changes takes 1.0 ms by steps and 0.5 ms by arrays, one of 64 takes 0.5 ms and 0.6; the parents of 128 units 0.09 and
0.04; the tree of 128 units 0.05 and 0.11, of 300 units the same.
"""

SHARE: Final = 256
"""Batches smaller than this part of all units go one by one: some arrays are as long as there are units.

In an organisation of 20,000 units an act of 78 changes takes as long by either way.
"""

FOLD_FROM: Final = 16_384
"""From so many changed pairs of a track and a subject on, what was written is folded into the columns.

Folding 300,000 units takes some 30 ms, so that each write bears 2 us of it; until then a read looks into the overlay first.
"""

INDEX_AFTER: Final = 8
"""After so many single questions of one kind the answers to all of them are worked out at once and kept.

All subtrees of a day of 300,000 units cost what about 8 of them do one by one.
"""

ROW_INDEX_AFTER: Final = 64
"""After so many acts whose rows were found by a scan of a track, the rows are indexed by act, once.

An index costs as much as 20 scans of a track of a thousand rows (47 us against 2.4), 70 of ten thousand, 180 of a
hundred thousand, 900 of a million (325 ms against 0.36): the smallest number that is never slow in either way.
"""

LINKS_PER_WALK: Final = 16
"""Walking along the links of one unit costs as much as 16 links where those of all units are followed at once."""

LEVELS: Final = 256
"""Beyond so many levels, which no organisation has, a loop over all units is faster than arrays for each level."""


def least_for_arrays(units: int, *, to_fold: bool = False) -> int:
    """The fewest steps or rows for which arrays pay in an organisation of so many units.

    If an overlay must be folded first, that takes as long as some 400 rows one by one: judging 280 rows of 20 mergers
    among 20,000 units takes 40 ms in a draft without folding, and 75 with it.
    """
    return max(4 * ARRAYS_FROM if to_fold else ARRAYS_FROM, units // SHARE)
