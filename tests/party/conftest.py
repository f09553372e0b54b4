"""The reform of 2025, on the days around it."""

from __future__ import annotations

import pytest

from orgmodel.history.history import History
from orgmodel.structure.structure import Structure


@pytest.fixture(scope="session")
def history(reform: History) -> History:
    return reform


@pytest.fixture(scope="session")
def before(history: History) -> Structure:
    return history.at("2025-06-30")


@pytest.fixture(scope="session")
def after(history: History) -> Structure:
    return history.at("2025-07-01")
