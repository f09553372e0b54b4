"""The real reform as a test of the proposals: from the 63 provinces to 34, with no other knowledge than the number.

    python bench/backtest_reform.py

Borders are those of the communes of after the reform. What was decided weighed history, size, economy and more, none of
which is in the data, so no method can be expected to come near; the question is by how much it beats chance.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import mean
from typing import Any

from orgmodel.party import vietnam
from orgmodel.scenario.propose.agreement import Agreement, agreement
from orgmodel.scenario.propose.constraints import UNITS, AtLeast, AtMost, Compact, Count, Even, MostUnits, Within
from orgmodel.scenario.propose.mergers import propose_mergers, sample_mergers

Division = Sequence[Sequence[str]]


def real() -> list[list[str]]:
    """Which of the 63 became one."""
    history = vietnam.reform_2025()
    after = history.at("2025-07-01")
    found: dict[str, list[str]] = {}
    for unit in history.at("2025-06-30").select(kind="province"):
        now = (unit,) if unit in after else history.lineage.successors(unit, on="2025-07-01")
        found.setdefault(now[0], []).append(unit)
    return list(found.values())


def contiguous_mergers(number: int, rng: random.Random, sizes: dict[str, int] | None = None) -> Division:
    """Random neighbours merged until so many are left; with sizes, always the smallest with its smallest neighbour."""
    near = vietnam.neighbours("old province")
    groups = [[unit] for unit in near.units]
    while len(groups) > number:
        place = {unit: i for i, group in enumerate(groups) for unit in group}
        borders = sorted({tuple(sorted((place[a], place[b]))) for a, b in near.pairs if place[a] != place[b]})
        if sizes is None:
            a, b = borders[rng.randrange(len(borders))]
        else:
            total = [sum(sizes[unit] for unit in group) for group in groups]
            least = min(range(len(groups)), key=lambda i: (total[i], groups[i]))
            beside = [a + b - least for a, b in borders if least in (a, b)]
            a, b = sorted((least, min(beside, key=lambda i: (total[i], groups[i]))))
        groups[a] += groups.pop(b)
    return groups


def told(what: str, divisions: Iterable[Division], decided: Division) -> None:
    found: list[Agreement] = [agreement(division, decided) for division in divisions]
    pairs, index = [one.both for one in found], [float(one.adjusted_rand) for one in found]
    print(
        f"{what:48} {len(found):4}  pairs {mean(pairs):5.2f} (most {max(pairs):2}) of {found[0].other}"
        f"  adjusted Rand {mean(index):.3f} (most {max(index):.3f})",
        flush=True,
    )


def provinces() -> None:
    history, decided = vietnam.reform_2025(), real()
    before, near = history.at("2025-06-30"), vietnam.neighbours("old province")
    communes = {unit: before.count(kind="commune", under=unit) for unit in near.units}
    counted: dict[str, Any] = {"communes": communes}
    print("63 provinces become 34: how many of the pairs that were put together the proposals have")
    told("random contiguous mergers", (contiguous_mergers(34, random.Random(i)) for i in range(200)), decided)
    told("smallest first, by communes", [contiguous_mergers(34, random.Random(0), communes)], decided)
    told("ensemble, 34 units", [p.divided for p in sample_mergers(before, near, Count(34), n=200)], decided)
    bounds = [Count(34), AtMost(UNITS, 3)]
    told("ensemble, at most 3", [p.divided for p in sample_mergers(before, near, bounds, n=200)], decided)
    found = propose_mergers(before, near, Count(34), n=20)
    told("proposals, even numbers of provinces", [p.divided for p in found], decided)
    found = propose_mergers(before, near, Count(34), [Even("communes"), Compact()], n=20, measures=counted)
    told("proposals, even numbers of communes", [p.divided for p in found], decided)


def next_of_34() -> None:
    history = vietnam.reform_2025()
    after, near = history.at("2025-07-01"), vietnam.neighbours("province")
    communes = {unit: after.count(kind="commune", under=unit) for unit in near.units}
    found = propose_mergers(after, near, Count(28), [Even("communes"), Compact()], n=3, measures={"communes": communes})
    print("\n34 provinces would become 28 (six fewer, made up), by even numbers of communes:")
    for proposal in found:
        print(" ", "; ".join(" + ".join(after.unit(u).label for u in group) for group in proposal.mergers))


def communes() -> None:
    history = vietnam.reform_2025()
    after, near, areas = history.at("2025-07-01"), vietnam.neighbours(), vietnam.commune_areas()
    print("\ncommunes under floors of area and of a made-up number of people")
    made_up = random.Random(5)
    people = {unit: made_up.randint(2_000, 40_000) for unit in after.select(kind="commune")}
    for name in ("vn-p-04", "vn-p-38", "vn-p-01"):
        units = after.children(name, kind="commune")
        found = propose_mergers(
            after,
            near,
            [AtLeast("area", Fraction(30)), AtLeast("people", 16_000)],
            [MostUnits(), Compact()],
            units=units,
            measures={"area": areas, "people": people},
            islands="alone",
            unknown="alone",
        )
        print(f"  {after.unit(name).label}: {len(units)} become {len(found[0].divided)}")
        for note in found.notes:
            print(f"    {note}")
    found = propose_mergers(
        after,
        near,
        [AtLeast("area", Fraction(80)), Within("province")],
        [MostUnits(), Compact()],
        measures={"area": areas},
        islands="alone",
        unknown="alone",
        starts=1,
    )
    print(f"  all: {len(found.request.units)} become {len(found[0].divided)} under a floor of 80 km2 within provinces")
    for note in found.notes:
        print(f"    {note.message}: {', '.join(after.unit(u).label for u in note.units)}")


if __name__ == "__main__":
    provinces()
    next_of_34()
    communes()
