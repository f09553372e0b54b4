"""Stores under what no test process survives: writers at once, kills, a full disk, a power failure.

    python tests/support/store_trials.py kills ADDRESS-OR-FOLDER 1000
    python tests/support/store_trials.py power FOLDER 20                  # needs root, for a disk in a file

Run as a program of one thread, as it forks. Each trial says nothing, or what was lost.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orgmodel as om


def start() -> om.History:
    """What the registers of the trials begin with."""
    return om.history_of([{"id": "vn"}], day="2024-01-01")


def act(name: str) -> om.Act:
    return om.Act(f"named {name}", "2025-01-01", [om.Change("vn", "name", name)])


def forked(do: Callable[[], None]) -> int:
    """A process that does something and ends."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        do()
        status = 0
    finally:
        os._exit(status)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _loaded(address: str) -> None:
    """Load what a store needs before processes fork: a kill would mostly hit the imports of a child otherwise."""
    om.Store(address).close()


def writers(address: str, count: int) -> list[str]:
    """Several processes write at once, each one act; what went wrong."""
    _loaded(address)

    def write(n: int) -> None:
        with om.Store(address) as store:
            store.enact(act(str(n)), retry=20)

    children = [forked(lambda n=n: write(n)) for n in range(count)]  # type: ignore[misc]
    return [f"writer {n} failed" for n, child in enumerate(children) if ended(child)]


def kills(address: str, count: int, seed: int = 0) -> list[str]:
    """A process that appends act after act is killed at some moment, again and again; what was lost."""
    _loaded(address)
    draw, faults = random.Random(seed), list[str]()
    for trial in range(count):
        reading, writing = os.pipe()

        def append(trial: int = trial, out: int = writing) -> None:
            with om.Store(address) as store:
                for n in range(10_000):
                    if n % 5 == 4:
                        store.cancel(f"named {trial}-{n - 1}", reason="a slip")
                    elif n % 7 == 6:
                        store.rebuild()
                        continue
                    else:
                        store.enact(act(f"{trial}-{n}"))
                    # What is said here was recorded.
                    os.write(out, f"{store.number} {store.head}\n".encode())

        child = forked(append)
        os.close(writing)
        time.sleep(draw.random() * 0.3)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            said = told.read().split("\n")[:-1]
        with om.Store(address) as store:
            found = store.check()
            heads = {entry.number for entry in store.history.log}
            if found:
                faults.append(f"kill {trial}: {found[0]}")
            for line in said:
                number, head = line.split()
                if int(number) not in heads or store.head_at(int(number)) != head:
                    faults.append(f"kill {trial}: entry {number} was said to be recorded and is lost")
    return faults


def full(folder: Path, count: int) -> list[str]:
    """A disk that is full at some byte: the act is refused as a whole, and the register is as it was."""
    faults: list[str] = []
    for trial in range(count):
        path = folder / f"full-{trial}.db"
        om.Store.create(path, start()).close()

        def append(path: Path = path, trial: int = trial) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            with om.Store(path) as store:
                store.enact(act("first"))
                before = store.head
                size = max(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
                resource.setrlimit(resource.RLIMIT_FSIZE, (size + trial * 5_000, resource.RLIM_INFINITY))
                try:
                    for n in range(1_000):
                        store.enact(act(f"{n}" * 200))
                        before = store.head
                    raise SystemExit("the disk was never full")
                except om.StoreFailed:
                    pass
                assert store.head == before
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                assert store.check() == ()
                # With room again it goes on.
                store.enact(act("afterwards"))

        if ended(forked(append)):
            faults.append(f"full disk {trial}: not refused, or not as it was")
            continue
        with om.Store(path) as store:
            if store.check() or store.history.acts[-1].id != "named afterwards":
                faults.append(f"full disk {trial}: the register is damaged")
    return faults


def torn(folder: Path, count: int, seed: int = 0) -> list[str]:
    """The write-ahead log ends at some byte, as after a power failure: whole acts are left, the first ones."""
    draw, faults = random.Random(seed), list[str]()
    path = folder / "torn.db"
    om.Store.create(path, start()).close()
    store = om.Store(path)
    for n in range(6):
        store.enact(act(str(n)))
    log = path.with_name("torn.db-wal")
    raw, data, whole = log.read_bytes(), path.read_bytes(), store.history.log
    store.close()
    for trial in range(count):
        copy = folder / f"torn-{trial}.db"
        copy.write_bytes(data)
        cut = draw.randrange(len(raw) + 1)
        # What stands behind the end was never written, or is the noise of another file.
        noise = draw.randbytes(len(raw) - cut) if trial % 2 else b""
        copy.with_name(f"{copy.name}-wal").write_bytes(raw[:cut] + noise)
        with om.Store(copy) as opened:
            if opened.check() or opened.history.log != whole[: opened.number]:
                faults.append(f"log cut at byte {cut}: {opened.check()[:1]}")
    return faults


@contextlib.contextmanager
def disk(image: Path, folder: Path) -> Iterator[None]:
    """A disk in a file, mounted."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, folder], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def power(folder: Path, count: int) -> list[str]:
    """The power fails right after an act was recorded: what the disk holds then has the act."""
    faults: list[str] = []
    for trial in range(count):
        image, later = folder / "disk.img", folder / "later.img"
        with open(image, "wb") as out:
            out.truncate(64 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        with disk(image, folder / "disk"), om.Store.create(folder / "disk" / "r.db", start()) as store:
            for n in range(trial % 4 + 1):
                store.enact(act(str(n)))
            head = store.head
            if trial % 3 == 0:
                store.backup(folder / "disk" / "b.db")
            # The disk as it is, without what the system has not written yet.
            shutil.copyfile(image, later)
        with disk(later, folder / "later"):
            for name in ("r.db", "b.db") if trial % 3 == 0 else ("r.db",):
                with om.Store(folder / "later" / name) as store:
                    if store.head != head or store.check():
                        faults.append(f"power failure {trial}: {name} has {store.number} entries")
        image.unlink()
        later.unlink()
    return faults


def main(what: str, where: str, count: str) -> int:
    """Carries out trials and prints what was lost."""
    number = int(count)
    match what:
        case "writers":
            faults = writers(where, number)
        case "kills":
            if Path(where).is_dir():
                where = str(Path(where, "kills.db"))
                om.Store.create(where, start()).close()
            faults = kills(where, number)
        case "full":
            faults = full(Path(where), number)
        case "torn":
            faults = torn(Path(where), number)
        case "power":
            faults = power(Path(where), number)
        case _:
            sys.exit(__doc__)
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
