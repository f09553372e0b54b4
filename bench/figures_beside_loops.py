"""Correspondences, carried figures and cluster changes beside plain loops and joins over the same facts, in one run.

python bench/figures_beside_loops.py
python bench/figures_beside_loops.py 300000      # ground of an organisation of so many units as well

By time of the processor; joins of polars by what the clock says as well, as it uses all cores.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import polars as pl

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Link, Succession

UNITS, DAYS, MERGERS = 37_000, 21, 300
MEMBERS, CLUSTERS = 30_000, 1_000
TIMES = 5


def least(run: Callable[[], Any]) -> tuple[float, Any]:
    """The least time of several runs, and what the last gave."""
    times = []
    for _ in range(TIMES):
        start = time.process_time()
        found = run()
        times.append(time.process_time() - start)
    return min(times), found


def mergers(day: int, live: list[str], count: int) -> tuple[list[Succession], dict[str, str]]:
    """Mergers of pairs of live units, and old -> new."""
    events, into = [], {}
    for number in range(count):
        a, b, new = live.pop(), live.pop(), f"n{day}-{number}"
        events.append(Succession([Link(a, new), Link(b, new)], [om.Unit(new, kind="commune", parent="vn")]))
        into[a] = into[b] = new
    return events, into


def fresh(history: om.History) -> om.History:
    """The same history with nothing remembered of what was asked before."""
    return history.enact(Act("nothing", "2030-01-01", []))


def founded(count: int) -> tuple[om.History, list[str]]:
    """Communes under one root, in a random order."""
    rows = [{"id": "vn"}, *({"id": f"u{n}", "parent": "vn", "kind": "commune"} for n in range(count))]
    live = [f"u{n}" for n in range(count)]
    random.Random(1).shuffle(live)
    return om.history_of(rows, day="2000-01-01", measures=[om.Measure("m")]), live


def carry() -> None:
    """Figures over many days of change beside a chain of dictionaries."""
    history, live = founded(UNITS)
    chain = []
    for day in range(DAYS):
        events, into = mergers(day, live, MERGERS)
        live = [*into.values(), *live]
        chain.append(into)
        history = history.enact(Act(f"m{day}", f"20{day + 1:02}-07-01", events))
    values = {f"u{n}": n % 100 for n in range(UNITS)}

    def plain() -> dict[str, int]:
        found = values
        for into in chain:
            after: dict[str, int] = {}
            for unit, value in found.items():
                new = into.get(unit, unit)
                after[new] = after.get(new, 0) + value
            found = after
        return found

    def table() -> Any:
        return fresh(history).correspondence("2000-06-01", "2025-01-01", kind="commune")

    def joins() -> dict[str, int]:
        found = frame
        for day in steps:
            after = found.join(day, left_on="unit", right_on="old", how="left")
            found = after.group_by(pl.coalesce("new", "unit").alias("unit")).agg(pl.col("m").sum())
        return dict(found.iter_rows())

    frame = pl.DataFrame({"unit": list(values), "m": list(values.values())})
    steps = [pl.DataFrame({"old": list(into), "new": list(into.values())}) for into in chain]
    loops, expected = least(plain)
    joined, same = least(joins)
    both, figures = least(lambda: table().carry(values, "m"))
    made, _ = least(table)
    assert dict(figures) == expected == same
    print(f"{UNITS} figures over {DAYS} days of change: {loops:.3f} s dictionaries, {joined:.3f} s joins of polars")
    print(
        f"correspondence and carry: {both:.3f} s, {both / loops:.1f} and {both / joined:.1f} times; of that {made:.3f} s"
    )
    print("the correspondence alone")
    one = least(lambda: fresh(history).correspondence("2010-06-30", "2010-07-01", kind="commune"))[0]
    none = least(lambda: fresh(history).correspondence("2010-07-01", "2010-07-02", kind="commune"))[0]
    print(f"over one day with {MERGERS} mergers {one * 1e3:.1f} ms, over one without any {none * 1e3:.1f} ms")


def clusters() -> None:
    """Changes of many clusters beside loops over who was and is in them."""
    history, live = founded(MEMBERS)
    was = {f"u{n}": f"k{n % CLUSTERS}" for n in range(MEMBERS)}
    changes = [Change(unit, "member:c", cluster) for unit, cluster in was.items()]
    begun = [Creation(om.Clustering("c")), *(Creation(om.Cluster(f"k{n}", "c")) for n in range(CLUSTERS))]
    history = history.enact(Act("k", "2000-01-01", [*begun, *changes]))
    events, into = mergers(0, live, MEMBERS // 6)
    joins = {event.created[0].id: was[event.olds[0]] for event in events}
    stated = [
        Succession(e.links, e.created, [Change(e.created[0].id, "member:c", joins[e.created[0].id])]) for e in events
    ]
    history = history.enact(Act("m", "2001-01-01", stated))
    now = {unit: cluster for unit, cluster in was.items() if unit not in into} | joins

    def plain() -> dict[str, list[tuple[Any, ...]]]:
        origins: dict[str, list[str]] = {}
        for old, new in into.items():
            origins.setdefault(new, []).append(old)
        before: dict[str, list[str]] = {}
        after: dict[str, list[str]] = {}
        for members, of in ((was, before), (now, after)):
            for unit, cluster in members.items():
                of.setdefault(cluster, []).append(unit)
        found: dict[str, list[tuple[Any, ...]]] = {}
        for cluster in {**before, **after}:
            olds, news = set(before.get(cluster, ())), set(after.get(cluster, ()))
            entries: list[tuple[Any, ...]] = []
            for new in after.get(cluster, ()):
                inside = [old for old in origins.get(new, [new]) if old in olds]
                outside = [old for old in origins.get(new, [new]) if old not in olds]
                entries.append(("joined" if not inside else "merged" if len(inside) > 1 else "retained", inside, new))
                if inside and outside:
                    entries.append(("absorbed", outside, new))
            for old in before.get(cluster, ()):
                new = into.get(old, old)
                if new not in news:
                    entries.append(("moved", old, new, now.get(new)))
            found[cluster] = entries
        return found

    loops, expected = least(plain)
    ours, _ = least(lambda: fresh(history).cluster_changes("2000-06-01", "2001-01-01"))
    every, told = least(
        lambda: [change.entries for change in fresh(history).cluster_changes("2000-06-01", "2001-01-01")]
    )
    assert sum(map(len, told)) == sum(map(len, expected.values()))
    print(f"{CLUSTERS} clusters of {MEMBERS} members: {loops:.3f} s loops, {ours:.3f} s here: {ours / loops:.1f} times")
    print(f"with all entries of all clusters read: {every:.3f} s: {every / loops:.1f} times")


def ground(units: int) -> None:
    """Provinces by their communes over 15 years, cold, and one day, beside one join of two frames by text id."""
    from orgmodel.party.national import synthetic_tables

    tables = synthetic_tables(units=units, years=15, seed=2025)
    history = om.from_tables(**tables)
    last = history.last_day
    assert last is not None
    days = sorted({day.tolist() for day in tables["links"]["day"]})
    day = days[len(days) // 2]

    def asked(a: Any, b: Any, kind: str) -> float:
        times = []
        for _ in range(TIMES):
            anew = history.enact(Act("nothing", last, []))
            start = time.process_time()
            anew.correspondence(a, b, kind=kind, ground=["commune"])
            times.append(time.process_time() - start)
        return min(times)

    ids = [f"unit-{n}" for n in range(units)]
    one = pl.DataFrame({"id": ids, "a": range(units)})
    random.Random(1).shuffle(ids)
    two = pl.DataFrame({"id": ids, "b": range(units)})
    join, _ = least(lambda: one.join(two, on="id"))
    clock = time.perf_counter()
    one.join(two, on="id")
    clock = time.perf_counter() - clock
    print(f"{units} units: one join {join:.3f} s of the processor, {clock:.3f} s by the clock")
    first = history.first_day
    for kind in ("province", "commune"):
        took = asked(first, last, kind)
        print(f"{kind} by communes, 15 years: {took:.3f} s, {took / join:.1f} joins; ", end="")
        print(f"one day: {asked(day - dt.timedelta(1), day, kind) * 1e3:.1f} ms")


if __name__ == "__main__":
    carry()
    clusters()
    if len(sys.argv) > 1:
        ground(int(sys.argv[1]))
