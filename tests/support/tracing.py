"""Coverage is measured while a test reaches lines that no test did before it, and now and then where it does not.

Tracing of branches makes what it traces two to four times as slow, and the longest tests, of laws and of the whole
country, would take most of the time of the suite for lines that they, or shorter ones, have reached before. Nothing
changes where nobody measures coverage, nor in what is tried.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from typing import Any, Final

import pytest

SLICE: Final = 0.1
"""For how many seconds of processor time tracing goes on before it is asked whether they reached anything new."""
SKIPPED: Final = 4
"""How many slices pass untraced after one that reached nothing new; twice as many after each further one."""


class NewLinesTraced:
    """A plugin of pytest that traces each part of a test (setup, call, teardown) in slices."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.traced, self.begun = True, False
        self.reached, self.skipped = 0, SKIPPED
        # A timer of processor time is what reaches into the middle of a test, whatever it is busy with.
        signal.signal(signal.SIGPROF, lambda *_: self._tick())
        # System calls that the signal meets go on: libraries with threads of their own need not expect it.
        signal.siginterrupt(signal.SIGPROF, False)

    def _trace(self, traced: bool) -> None:
        if traced != self.traced:
            (self.coverage.start if traced else self.coverage.stop)()
            self.traced = traced

    def _slice(self) -> None:
        self._trace(True)
        signal.setitimer(signal.ITIMER_PROF, SLICE)

    def _tick(self) -> None:
        """A slice, or the time without one, is over."""
        # The public figures are written to a file first, which takes as long as a slice.
        reached = sum(map(len, list(self.coverage._collector.data.values())))
        if not self.traced or reached > self.reached:
            self._slice()
        else:
            self._trace(False)
            signal.setitimer(signal.ITIMER_PROF, self.skipped * SLICE)
            self.skipped *= 2
        self.reached = reached

    def _begin(self) -> None:
        """Make the reform once, before the first test: else the test that needs it first would take its time."""
        from orgmodel.party import vietnam

        vietnam.reform_2025()
        # The workers of pytest-xdist needed it to begin; a process that a test starts would only be slower by it.
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        self.begun = True

    def _part(self) -> Generator[None, Any, Any]:
        self.skipped = SKIPPED
        self._slice()
        try:
            if not self.begun:
                self._begin()
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        return (yield from self._part())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        return (yield from self._part())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        return (yield from self._part())


def trace_new_lines(plugins: pytest.PytestPluginManager) -> None:
    """Do as the module says, if coverage is measured at all."""
    try:
        from coverage import Coverage
    except ImportError:
        return
    if (coverage := Coverage.current()) is not None:
        plugins.register(NewLinesTraced(coverage))
