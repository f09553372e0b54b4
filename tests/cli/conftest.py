"""The command line, run in this process."""

from __future__ import annotations

import pytest
from commands import Call

from orgmodel.cli.app import run


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command line in this process: (status, output, errors)."""

    def called(*tokens: object) -> tuple[int, str, str]:
        status = run([str(token) for token in tokens])
        out, err = capsys.readouterr()
        return status, out, err

    return called
