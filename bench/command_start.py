"""How long the command line takes to answer, beside importing numpy: python bench/command_start.py [ROUNDS]

Processor time of whole processes, the least of some rounds in turn: other work on the machine disturbs it little. The
aim is four times the import of numpy, for help and for ``show`` of a small file.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import orgmodel as om

TOOL = (sys.executable, "-m", "orgmodel")


def processor_seconds(command: tuple[str, ...]) -> float:
    """What a process costs, its start and end included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "small.jsonl"))
        rows = [{"id": "vn", "name": "Top"}, {"id": "a", "name": "Xã A", "parent": "vn"}]
        om.dump(om.history_of(rows, day="2024-01-01"), file)
        commands = {
            "import numpy": (sys.executable, "-c", "import numpy"),
            "orgmodel --help": (*TOOL, "--help"),
            "orgmodel show": (*TOOL, "show", "a", "--file", file),
        }
        # The first round writes the bytecode of the modules and is not counted.
        times = [{name: processor_seconds(command) for name, command in commands.items()} for _ in range(rounds + 1)][
            1:
        ]
    best = {name: min(each[name] for each in times) for name in commands}
    for name, seconds in best.items():
        print(f"{name:16} {1000 * seconds:5.0f} ms  {seconds / best['import numpy']:.2f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
