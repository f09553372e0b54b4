"""A store loses nothing: kills at any moment, a full disk, a torn log, a power failure; more of it by command."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from databases import Place
from places import SUPPORT
from store_trials import disk, start

import orgmodel as om

TRIALS = SUPPORT / "store_trials.py"


def carried_out(what: str, where: str | Path, count: int) -> str:
    """What trials print: what was lost."""
    done = subprocess.run(
        [sys.executable, TRIALS, what, where, str(count)], capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout + done.stderr


def test_kills(place: Place) -> None:
    """Whatever was said to be recorded is there after a kill, in whole acts."""
    address = place()
    om.Store.create(address, start()).close()
    assert carried_out("kills", address, 10) == ""


def test_a_full_disk(tmp_path: Path) -> None:
    """On a full disk an act is refused as a whole, and goes in when there is room again."""
    assert carried_out("full", tmp_path, 3) == ""


def test_a_torn_log(tmp_path: Path) -> None:
    """Wherever the write-ahead log ends after a power failure, what is left are whole acts, the first ones."""
    assert carried_out("torn", tmp_path, 12) == ""


def test_a_power_failure() -> None:
    """What an act returned for is on the disk, and so is a backup."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            image = Path(folder, "disk.img")
            image.write_bytes(bytes(2**20))
            subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
            with disk(image, Path(folder, "tried")):
                pass
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this user, or this machine, has no disks in files")
        assert carried_out("power", folder, 2) == ""
