"""Profiles of hypothesis: ``ci`` (the default), ``dev``, ``seek`` and ``full``.

Choose one with ``--hypothesis-profile`` or the variable ``HYPOTHESIS_PROFILE``. No
profile has a deadline: a law that is slow once is no broken law, and bench/ measures.
"""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import databases
import pytest
from databases import Place
from hypothesis import HealthCheck, Phase, settings
from tracing import trace_first_parts

from orgmodel.history.history import History
from orgmodel.party import vietnam

ALWAYS: Final[dict[str, Any]] = {"deadline": None, "print_blob": True}
SLOW_TOO: Final[dict[str, Any]] = {**ALWAYS, "suppress_health_check": [HealthCheck.too_slow]}

# The same examples in every run: a red run means that the change did it.
settings.register_profile("ci", derandomize=True, max_examples=40, stateful_step_count=20, **SLOW_TOO)
settings.register_profile("dev", max_examples=100, stateful_step_count=30, **ALWAYS)
# New examples in each run, and enough of them to meet what is rare: tools/seek, not CI, which is to be short.
settings.register_profile("seek", derandomize=False, max_examples=300, stateful_step_count=50, **SLOW_TOO)
settings.register_profile("full", max_examples=2_000, stateful_step_count=60, **SLOW_TOO)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Histories of the whole country stay in memory, with millions of objects. By default the collector goes through them
# again and again, which took a fifth of the time.
gc.set_threshold(50_000, 20, 100)


def pytest_configure(config: pytest.Config) -> None:
    trace_first_parts(config.pluginmanager)


@pytest.fixture
def unshrunk() -> Iterator[None]:
    """Nobody looks for the smallest case: for tests that say no more than that a planted fault is found."""
    before = settings.get_current_profile_name()
    settings.register_profile("unshrunk", settings(), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(before)


@pytest.fixture(scope="session")
def reform() -> History:
    """The embedded reform of 2025: a value, which all tests share."""
    return vietnam.reform_2025()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL that runs until the tests end."""
    # The path of a socket must be short, which a folder of pytest's is not.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, databases.server(Path(folder)) as address:
        yield address


@pytest.fixture(params=databases.KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Gives addresses of new, empty places for stores, in each kind of database."""
    if request.param == "sqlite":
        numbers = itertools.count()
        return lambda: str(tmp_path / f"register-{next(numbers)}.db")
    address = request.getfixturevalue("postgresql")
    return lambda: databases.schema_in(address)
