"""Plans for the benchmark of workers; a module of its own, so that the workers find it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.history.history import History


@frozen
class Slow:
    """A trial that takes 50 ms and leaves the processor to others meanwhile."""

    number: int

    def __call__(self, history: History, /) -> Iterable[Act | Draft]:
        time.sleep(0.05)
        return ()
