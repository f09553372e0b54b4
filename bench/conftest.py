"""The option ``--units``, and the organisation that is measured."""

from __future__ import annotations

import pytest
from made_up import Made, make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--units", type=int, default=30_000, help="size of the organisation that is measured")


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest) -> Made:
    return make(request.config.getoption("--units"))
