"""Files are written as a whole, durably, or not at all."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from orgmodel import writing
from orgmodel.writing import replacing, replacing_text, write_file

linux = pytest.mark.skipif(sys.platform != "linux", reason="a file has no name while it is written on Linux only")


@pytest.fixture(params=["nameless", "named", "by path"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways of making the new file: without a name; where a file system has no such files; by paths alone."""
    if request.param != "nameless":
        monkeypatch.setattr(writing._Folder, "nameless", lambda self, mode: None)
    if request.param == "by path":
        monkeypatch.setattr(writing, "_IN_FOLDER", False)
    return str(request.param)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("way")
class TestReplacing:
    def test_a_file_is_written_and_replaced(self, tmp_path: Path) -> None:
        """There is the content and no other file."""
        target = tmp_path / "f"
        for text in ("Hà Giang", "", "Tuyên Quang" * 9999):
            write_file(target, text)
            assert target.read_text(encoding="utf-8") == text
        write_file(target, [b"a", memoryview(b"bc"), b""])
        assert target.read_bytes() == b"abc"
        assert names(tmp_path) == ["f"]

    def test_an_error_leaves_the_old_file(self, tmp_path: Path) -> None:
        """What fails inside of the block changes nothing, whether there was a file or not."""
        write_file(tmp_path / "f", "old")
        for name in ("f", "g"):
            with pytest.raises(TypeError), replacing(tmp_path / name) as out:
                out.writelines([b"half", None])  # type: ignore[list-item]
        with pytest.raises(UnicodeEncodeError):
            write_file(tmp_path / "f", "\ud800")
        assert names(tmp_path) == ["f"]
        assert (tmp_path / "f").read_text() == "old"

    @pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit on the size of files")
    def test_a_full_disk_leaves_the_old_file(self, tmp_path: Path) -> None:
        """Whether the place ran out at the beginning, in the middle or when the last bytes were flushed."""
        import resource

        write_file(tmp_path / "f", "old")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            with pytest.raises(OSError, match="large"):
                write_file(tmp_path / "f", b"x" * 50_000)
            with pytest.raises(OSError, match="large"), replacing(tmp_path / "f") as out:
                out.writelines([b"x" * 1000] * 11)
            with pytest.raises(OSError, match="large"), replacing_text(tmp_path / "f") as text:
                text.write("é" * 5001)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert names(tmp_path) == ["f"]
        assert (tmp_path / "f").read_text() == "old"

    def test_permissions_are_kept(self, tmp_path: Path) -> None:
        """Those of an older file stay, without the bits that give rights to programs; a new one has the usual ones."""
        target = tmp_path / "f"
        mask = os.umask(0o027)
        try:
            write_file(target, "a")
            assert mode_of(target) == 0o640
        finally:
            os.umask(mask)
        for mode in (0o600, 0o666, 0o604, 0o755):
            target.chmod(mode)
            write_file(target, "b")
            assert mode_of(target) == mode
        target.chmod(0o4755)
        write_file(target, "b")
        assert mode_of(target) == 0o755

    def test_nobody_else_reads_it_while_it_is_written(self, tmp_path: Path) -> None:
        """The new file of a private one is private from its first byte on."""
        target = tmp_path / "f"
        write_file(target, "a")
        target.chmod(0o600)
        with replacing(target) as out:
            assert stat.S_IMODE(os.fstat(out.fileno()).st_mode) == 0o600

    def test_a_name_may_be_as_long_as_the_system_allows(self, tmp_path: Path) -> None:
        """255 bytes, in one-byte characters or not."""
        for name in ("n" * 255, "ế" * 85):
            for text in ("a", "b"):
                write_file(tmp_path / name, text)
                assert (tmp_path / name).read_text() == text

    def test_the_file_behind_a_link_is_replaced(self, tmp_path: Path) -> None:
        """The link stays one, also if what it points to is not there yet."""
        (tmp_path / "folder").mkdir()
        link = tmp_path / "link"
        link.symlink_to(Path("folder", "f"))
        for text in ("a", "b"):
            write_file(link, text)
            assert link.is_symlink()
            assert (tmp_path / "folder" / "f").read_text() == text

    def test_what_cannot_be_written_is_an_error_of_the_system(self, tmp_path: Path) -> None:
        """No folder, a folder, and a file in the place of a folder."""
        (tmp_path / "f").write_text("a")
        for path, error in ((tmp_path / "no" / "f", FileNotFoundError), (tmp_path, IsADirectoryError)):
            with pytest.raises(error):
                write_file(path, "b")
        with pytest.raises(NotADirectoryError):
            write_file(tmp_path / "f" / "g", "b")
        assert names(tmp_path) == ["f"]

    def test_two_writers_of_one_file(self, tmp_path: Path) -> None:
        """The one who ends last has the last word, and both are whole."""
        target = tmp_path / "f"
        with replacing(target) as one:
            with replacing(target) as other:
                other.write(b"other")
                one.write(b"one")
            assert target.read_text() == "other"
        assert target.read_text() == "one"
        assert names(tmp_path) == ["f"]

    def test_many_writers_and_readers_at_once(self, tmp_path: Path) -> None:
        """A reader sees one of the contents as a whole; nobody's file is cleared away."""
        target = tmp_path / "f"
        contents = [bytes([65 + number]) * 20_000 for number in range(4)]
        write_file(target, contents[0])
        failed: list[BaseException] = []

        def work(content: bytes) -> None:
            try:
                for _ in range(15):
                    write_file(target, content)
                    assert target.read_bytes() in contents
            except BaseException as error:  # noqa: BLE001 - told by the test
                failed.append(error)

        threads = [threading.Thread(target=work, args=(content,)) for content in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert names(tmp_path) == ["f"]

    def test_the_order_is_the_one_that_survives_a_power_failure(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        """The content is flushed before the file has the target's name, and the folder after that.

        A file system may write a rename before the content (then there is an empty file after a failure), and may
        keep both back until it is asked (then the caller was told too early).
        """
        told: list[str] = []

        def watch(name: str) -> None:
            real = getattr(os, name)

            def call(*args: Any, **kwargs: Any) -> Any:
                if name == "fsync":
                    what = "folder" if stat.S_ISDIR(os.fstat(args[0]).st_mode) else "file"
                    told.append(f"flush {what} of {os.fstat(args[0]).st_size}" if what == "file" else "flush folder")
                else:
                    told.append(f"{name} f" if os.path.basename(args[1]) == "f" else name)
                return real(*args, **kwargs)

            monkeypatch.setattr(os, name, call)

        for name in ("fsync", "link", "rename", "replace"):
            watch(name)
        write_file(tmp_path / "f", b"x" * 5000)
        folder = [] if way == "by path" else ["flush folder"]
        moved = "replace f" if way == "by path" else "rename f"
        assert told == ["flush file of 5000", "link f" if way == "nameless" else moved, *folder]
        told.clear()
        write_file(tmp_path / "f", b"x" * 6000)
        assert told == ["flush file of 6000", *(["link"] if way == "nameless" else []), moved, *folder]

    def test_a_killed_writer_leaves_nothing(self, tmp_path: Path, way: str) -> None:
        """After each kill there is the old content or the new one; what is left beside it goes with the next write."""
        target = tmp_path / "f"
        contents = {bytes([65 + number]) * 300_000 for number in range(3)}
        write_file(target, min(contents))
        chance = random.Random(4)
        left = 0
        for _ in range(20):
            child = os.fork()
            if child == 0:
                while True:
                    for content in contents:
                        write_file(target, content)
            time.sleep(chance.uniform(0.001, 0.02))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            assert target.read_bytes() in contents
            left = max(left, len(names(tmp_path)) - 1)
        assert left <= 1
        write_file(target, "at last")
        assert names(tmp_path) == ["f"]


class TestWhatIsNoFile:
    def test_a_pipe_is_written_to(self, tmp_path: Path) -> None:
        """It stays a pipe, and who reads it gets the content."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        got: list[bytes] = []
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        write_file(pipe, "content")
        got.append(os.read(reader, 99))
        with replacing_text(pipe) as out:
            out.write("more")
        got.append(os.read(reader, 99))
        os.close(reader)
        assert got == [b"content", b"more"]
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_a_pipe_that_nobody_reads_is_not_waited_for(self, tmp_path: Path) -> None:
        """It is an error at once."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with pytest.raises(OSError) as told:
            write_file(pipe, "content")
        assert told.value.errno == errno.ENXIO

    def test_a_device_is_written_to(self) -> None:
        """Nothing takes its place."""
        write_file("/dev/null", "content")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    @linux
    def test_an_open_file_of_the_process_is_written_to(self, tmp_path: Path) -> None:
        """``/dev/stdout`` is where the process writes, also where the shell made that a file."""
        code = "from orgmodel.writing import write_file; print('a', flush=True); write_file('/dev/stdout', 'b\\n')"
        with open(tmp_path / "f", "a") as out:
            subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
        assert (tmp_path / "f").read_text() == "a\nb\n"


class TestOfOthers:
    """Files and folders of other users; only root can make them."""

    pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")

    def as_somebody(self, code: str) -> int:
        """What a process of another user ends with."""
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(4321)
                os.setuid(4321)
                exec(code, {"write_file": write_file, "replacing": replacing})
                os._exit(0)
            except PermissionError:
                os._exit(13)
            except BaseException:  # noqa: BLE001 - this process has nobody to tell
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def open_folder(self, tmp_path: Path, mode: int = 0o777) -> Path:
        # The folders above are those of one user.
        for above in [tmp_path, *tmp_path.parents]:
            if above != Path("/") and not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)
        folder = tmp_path / "open"
        folder.mkdir()
        folder.chmod(mode)
        return folder

    def test_root_keeps_the_owner(self, tmp_path: Path) -> None:
        """Whoever owned the file owns it afterwards."""
        target = tmp_path / "f"
        write_file(target, "a")
        os.chown(target, 4321, 8765)
        target.chmod(0o640)
        write_file(target, "b")
        status = target.stat()
        assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (4321, 8765, 0o640)

    def test_a_group_that_cannot_be_kept_gets_no_more_than_everybody(self, tmp_path: Path) -> None:
        """The rights of the group were meant for another one."""
        target = self.open_folder(tmp_path) / "f"
        write_file(target, "a")
        os.chown(target, 0, 8765)
        for before, after in ((0o666, 0o666), (0o662, 0o622), (0o676, 0o666)):
            target.chmod(before)
            os.chown(target, 0, 8765)
            assert self.as_somebody(f"write_file({str(target)!r}, 'b')") == 0
            assert (mode_of(target), target.stat().st_uid) == (after, 4321)

    def test_a_file_that_may_not_be_written_to_is_not_replaced(self, tmp_path: Path) -> None:
        """Although the folder would allow it."""
        target = self.open_folder(tmp_path) / "f"
        write_file(target, "a")
        target.chmod(0o644)
        assert self.as_somebody(f"write_file({str(target)!r}, 'b')") == 13
        assert target.read_text() == "a"

    def test_a_folder_that_may_not_be_read_can_be_written_to(self, tmp_path: Path) -> None:
        """As a letter box."""
        folder = self.open_folder(tmp_path, 0o733)
        assert self.as_somebody(f"write_file({str(folder / 'f')!r}, 'b')") == 0
        assert (folder / "f").read_text() == "b"


def test_only_files_of_a_writer_are_cleared_away(tmp_path: Path) -> None:
    """Other hidden and temporary files stay, and one that is being written too."""
    kept = [".orgmodel-notes.tmp", ".orgmodel-0123456789abcdef.tmpx", "x.tmp", ".orgmodel-0123456789ABCDEF.tmp"]
    for name in [*kept, ".orgmodel-0123456789abcdef.tmp"]:
        (tmp_path / name).write_text("x")
    write_file(tmp_path / "f", "a")
    assert names(tmp_path) == sorted([*kept, "f"])


def test_nothing_else_writes_files() -> None:
    """All of the package goes through the one module; what it opens elsewhere it reads."""
    import ast

    writers = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "replace", "rename", "tofile", "savez"}
    found: list[str] = []
    package = Path(writing.__file__).parent
    for path in sorted(package.rglob("*.py")):
        if path.name == "writing.py" and path.parent == package:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "")
            given = [*node.args, *(word.value for word in node.keywords if word.arg in ("mode", "flags"))]
            modes = [arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if (name == "open" and any(set(mode) & set("wax+") and len(mode) < 4 for mode in modes)) or (
                name in writers and (owner in ("os", "shutil", "tempfile", "np") or name.startswith("write_"))
            ):
                found.append(f"{path.relative_to(package)}:{node.lineno} {ast.unparse(node)[:60]}")
    # What is called write_text in io/ is the module's own way for paths and open files.
    # What goes to the null device is kept nowhere.
    assert [line for line in found if " write_text(" not in line and "os.devnull" not in line] == []


def test_cells_of_spreadsheets_are_no_formulas(tmp_path: Path) -> None:
    """Where it is asked for; numbers and plain names stay as they are."""
    import orgmodel as om
    from orgmodel.io.tables import write_history_csv, write_units_csv

    names = ["=1+1", "+84", "-cmd|' /C calc'!A0", "@SUM(1)", "Hà Giang", "-5", "1,5"]
    rows = [{"id": "vn"}, *({"id": f"c{i}", "name": name, "parent": "vn"} for i, name in enumerate(names))]
    history = om.history_of(rows, day="2024-01-01")
    for write in (write_units_csv, write_history_csv):
        told = history.at("2024-01-01") if write is write_units_csv else history
        write(told, tmp_path / "plain.csv")  # type: ignore[operator]
        write(told, tmp_path / "sheet.csv", spreadsheet=True)  # type: ignore[operator]
        plain, sheet = ((tmp_path / f"{name}.csv").read_text(encoding="utf-8") for name in ("plain", "sheet"))
        assert all(name in plain for name in names[:3])
        for escaped in ("'=1+1", "'-cmd", "'@SUM(1)", "+84", "Hà Giang", "-5"):
            assert escaped in sheet
        assert "'+84" not in sheet
