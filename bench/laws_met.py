"""What the cases of the laws have: of how many each law spoke, and how often each feature came.

``python bench/laws_met.py`` prints both tables of docs/reference/laws.md in Markdown:

    --examples 200   how many cases
    --seed 0         which
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable

from orgmodel.testing import laws
from orgmodel.testing.law import FEATURES, Case

COLUMNS = 4
"""How many laws stand side by side."""


def table(head: str, counts: Iterable[tuple[str, int]]) -> str:
    """Names with their counts as a table of several pairs of columns."""
    cells = [f"{name} | {count}" for name, count in counts]
    rows = [cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS)]
    lines = [f"| {' | '.join([f'{head} | cases'] * COLUMNS)} |", "| --- " * (2 * COLUMNS) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join([*row, *['  |  '] * (COLUMNS - len(row))])} |" for row in rows)])


def main(arguments: list[str] | None = None) -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    features: Counter[str] = Counter()

    def count(case: Case) -> None:
        # The Party's cases come after the others; features tell of mergers, which few of them have.
        if "emulation" not in {clustering.id for clustering in case.structure.clusterings()}:
            features.update(case.features)

    report = laws.check(max_examples=chosen.examples, seed=chosen.seed, all_met=False, first=count)
    print(table("law", ((outcome.law.id, outcome.met) for outcome in report.outcomes)))
    print()
    print(table("feature", ((name, features[name]) for name in FEATURES)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
