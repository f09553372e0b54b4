"""What a law covers it covers with its first examples: later ones are not traced.

Tracing of branches more than doubles the time of what it traces, and two thirds of the time of the suite is that of
laws, with some hundred examples each. Nothing changes where nobody measures coverage, nor in what is tried.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import core

TRACED: Final = 12
"""How many examples of a property are traced."""


class FewExamplesTraced:
    """Stands around the runs of hypothesis as long as coverage is measured in this process."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.paused = False

    def pause(self, paused: bool) -> None:
        """Stop tracing, or go on with it."""
        if paused != self.paused:
            (self.coverage.stop if paused else self.coverage.start)()
            self.paused = paused

    def around(self, patch: pytest.MonkeyPatch) -> None:
        """Count the examples of each run."""
        # hypothesis tells nobody in public which example it is at.
        state = core.StateForActualGivenExecution
        run_engine, execute_once = state.run_engine, state.execute_once

        def run(it: Any) -> None:
            before = self.paused
            try:
                run_engine(it)
            finally:
                self.pause(before)

        def once(it: Any, *args: Any, **options: Any) -> Any:
            it.tried = getattr(it, "tried", 0) + 1
            if it.tried > TRACED:
                self.pause(True)
            return execute_once(it, *args, **options)

        patch.setattr(state, "run_engine", run)
        patch.setattr(state, "execute_once", once)


def few_examples_traced(patch: pytest.MonkeyPatch) -> None:
    """Do as the module says, if coverage is measured at all."""
    try:
        from coverage import Coverage
    except ImportError:
        return
    if (coverage := Coverage.current()) is not None:
        FewExamplesTraced(coverage).around(patch)
        # The workers of pytest-xdist needed it to begin; a process that a test starts would only be slower by it.
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
