"""Python's cycle collector, kept out of large loads."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "collector_paused",
]


@contextmanager
def collector_paused(*, when: bool = True) -> Iterator[None]:
    """Pause the cycle collector inside the block, unless it is off already.

    A load makes hundreds of thousands of objects, none of them in a cycle. Scanning them again and again takes a third
    of the time of a load.

    >>> with collector_paused():
    ...     gc.isenabled()
    False
    """
    if not when or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
