"""Power failures: what a disk holds at the moment in which a call has returned, or in which it has not.

A file system in a file is mounted; its image is copied while it is in use, as a disk stands when the power fails, and
the copy is mounted. That needs root and loop devices, so it is asked for: ``ORGMODEL_POWER=1 pytest tests/io/test_power.py``.
That the content is flushed before the rename, and the folder after it, is tested everywhere: see ``test_writing``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import orgmodel as om

pytestmark = pytest.mark.skipif(
    not os.environ.get("ORGMODEL_POWER") or sys.platform != "linux", reason="ORGMODEL_POWER=1 asks for it; needs root"
)


def organisation(units: int) -> om.History:
    return om.history_of(
        [{"id": "vn"}, *({"id": f"c{i}", "name": f"Xã {i}", "parent": "vn"} for i in range(units))], day="2024-01-01"
    )


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    folder = image.with_suffix(".mounted")
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def disk(folder: Path, megabytes: int) -> Path:
    """An empty disk in a file."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    return image


WAYS: dict[str, tuple[Any, Any]] = {
    "dump": (om.dump, om.load),
    "save": (om.save, lambda path: om.open_history(path, verify="full")),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("others", [False, True])
def test_what_was_written_is_there_after_a_power_failure(tmp_path: Path, way: str, others: bool) -> None:
    """The new file once the call has returned, whether or not another program flushed the journal; nothing half."""
    write, read = WAYS[way]
    image = disk(tmp_path, megabytes=128)
    with mounted(image) as folder:
        write(organisation(2000), folder / "h")
        os.sync()
        write(organisation(2100), folder / "h")
        if others:
            with (folder / "other").open("w") as file:
                file.write("x")
                file.flush()
                os.fsync(file.fileno())
        shutil.copyfile(image, tmp_path / "after.img")
    with mounted(tmp_path / "after.img") as folder:
        assert read(folder / "h") == organisation(2100)
        assert sorted(os.listdir(folder)) == sorted(["h", "lost+found", *(["other"] if others else [])])


@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, way: str) -> None:
    """And nothing beside it."""
    write, read = WAYS[way]
    image = disk(tmp_path, megabytes=1)
    with mounted(image) as folder:
        write(organisation(50), folder / "h")
        with pytest.raises(OSError, match="No space"):
            write(organisation(30_000), folder / "h")
        assert read(folder / "h") == organisation(50)
        assert sorted(os.listdir(folder)) == ["h", "lost+found"]
