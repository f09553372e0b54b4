"""Coverage is measured in the first part of each test: what a test does for long it mostly does again and again.

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

TRACED: Final = 1.0
"""How many seconds of processor time of each part of a test (setup, call, teardown) are traced, unless its mark
``traced`` gives a number of its own."""


class FirstPartTraced:
    """A plugin of pytest that stops tracing once a part of a test has had its time, until the next part begins."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.paused = self.begun = False
        # A timer of processor time is what reaches into the middle of a test, whatever it is busy with.
        signal.signal(signal.SIGPROF, lambda *_: self._pause(True))
        # System calls that the signal meets go on: libraries with threads of their own need not expect it.
        signal.siginterrupt(signal.SIGPROF, False)

    def _pause(self, paused: bool) -> None:
        if paused != self.paused:
            (self.coverage.stop if paused else self.coverage.start)()
            self.paused = paused

    def _begin(self) -> None:
        """Make the reform once, traced to its end: else the test that needs it first would have no time left."""
        from orgmodel.party import vietnam

        vietnam.reform_2025()
        # The workers of pytest-xdist needed it to begin; a process that a test starts would only be slower by it.
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        self.begun = True

    def _part(self, item: pytest.Item) -> Generator[None, Any, Any]:
        mark = item.get_closest_marker("traced")
        self._pause(False)
        signal.setitimer(signal.ITIMER_PROF, TRACED if mark is None else mark.args[0])
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if not self.begun:
            self._begin()
        return (yield from self._part(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._part(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        return (yield from self._part(item))


def trace_first_parts(plugins: pytest.PytestPluginManager) -> None:
    """Do as the module says, if coverage is measured at all."""
    try:
        from coverage import Coverage
    except ImportError:
        return
    if (coverage := Coverage.current()) is not None:
        plugins.register(FirstPartTraced(coverage))
