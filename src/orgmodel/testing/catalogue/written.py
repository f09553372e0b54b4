"""The laws of what is written (W): files, stores, tables, graphs and the command line say what the history says.

The text that was written is read with the standard library alone, and compared with the facts of the days.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import importlib
import io
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from orgmodel.history.history import History
from orgmodel.io import columns, jsonl
from orgmodel.io.dynamic_graphs import to_networkx
from orgmodel.io.importers.memberships import import_memberships
from orgmodel.io.importers.snapshots import import_snapshots
from orgmodel.io.jsonld import write_popolo
from orgmodel.io.store.store import Store
from orgmodel.io.tables import write_history_csv, write_units_csv
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT
from orgmodel.period import ONE_DAY
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.twin import UNIT, Facts

__all__ = ["law"]

law: Final = Family()

_WORDS: Final = (tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY, tracks.PARENT)


def _units(facts: Facts) -> list[str]:
    return [s for s, own_facts in facts.items() if own_facts.get((tracks.LIFE, None)) == UNIT]


def _above(facts: Facts, unit: str) -> str | None:
    parent = facts[unit].get((tracks.PARENT, None))
    return None if parent in (None, ROOT) else str(parent)


def _alike(copy: History, case: Case, where: str) -> None:
    """A copy of the history of the case has the same log, and the same facts, order of units and links."""
    same(len(copy.log), len(case.history.log), f"entries {where}")
    for mine, other in zip(copy.log, case.history.log, strict=True):
        entries = [(e.recorded, e.amends, e.reason, None if e.act is None else e.act.source) for e in (mine, other)]
        same(entries[0], entries[1], f"entry {other.number} {where}")
    for day in case.days:
        same(copy.at(day).facts(), case.facts(day), f"{day} {where}")
        same(list(copy.at(day)), list(case.history.at(day)), f"the order of units on {day} {where}")
    links = [sorted(map(str, history.lineage.links())) for history in (copy, case.history)]
    same(links[0], links[1], f"links {where}")


@law("W1", "a file of columns gives the history back, its log too, and goes on from there", "history")
def w1(case: Case) -> None:
    met(case.number(8) % 3 == 0)  # Writing a file is slow.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.columns"
        columns.save(case.history, path)
        opened = columns.open_history(path)
        _alike(opened, case, "from a file of columns")
        number = 1 + case.number(0) % len(case.history.log)
        day = pick(case.days, case.number(1))
        known = [history.as_recorded(number).at(day).facts() for history in (opened, case.history)]
        same(known[0], known[1], f"{day} as known at entry {number}, from a file of columns")
        with contextlib.suppress(Exception):
            columns.open_history(path, verify="full")
            return
        broken("a file of columns that was just written is refused when every row is verified")


@law(
    "W2",
    "a store gives the history back, also after a further act, which it takes exactly where the history takes it",
    "history",
    needs="sqlalchemy",
)
def w2(case: Case) -> None:
    met(case.number(8) % 8 == 1)  # A database is slow.
    move = case.move(4)
    act = case.act(move.events, "stored")
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "store.db"
        with Store.create(address, case.history) as store:
            _alike(store.history, case, "in a store that was made of it")
            then = store.enact(act)
            _further(then, case, act, "in the store")
        with Store(address) as store:
            _further(store.history, case, act, "in the store, opened again")
            same([str(finding) for finding in store.check()], [], "what a check of the store finds")


def _further(copy: History, case: Case, act: Any, where: str) -> None:
    after = happens(case.history, act)
    met(after is not None)
    assert after is not None
    for day in (case.day - ONE_DAY, case.day, case.day + ONE_DAY):
        same(copy.at(day).facts(), after.at(day).facts(), f"{day}, after a further act, {where}")
    same(copy.log[-1].act and copy.log[-1].act.id, act.id, f"the last entry {where}")


@law(
    "W3",
    "a table of units, or of their stretches of days, has each unit of a day once, with what holds then",
    "history",
    "clusters, sources and other hierarchies, which have no column",
)
def w3(case: Case) -> None:
    out = io.StringIO()
    day = pick(case.days[1:], case.number(0))
    facts = case.facts(day)
    write_units_csv(case.history.at(day), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    inside = [u for u in _units(facts) if (tracks.PARENT, None) in facts[u]]
    same([row["id"] for row in rows], [u for u in case.history.at(day) if u in inside], f"units in the table of {day}")
    for row in rows:
        _as_said(row, facts, f"in the table of {day}")
    out = io.StringIO()
    try:
        write_history_csv(case.history, out)
    except Exception as error:  # a figure with bounds has no cell
        met("bounds" not in str(error))
        raise
    stretches = list(csv.DictReader(io.StringIO(out.getvalue())))
    for when in case.days[1:]:
        valid_rows = [
            r for r in stretches if r["start"] <= when.isoformat() and (not r["end"] or when.isoformat() < r["end"])
        ]
        on = case.facts(when)
        same(sorted(row["id"] for row in valid_rows), sorted(_units(on)), f"units of {when} in the table of stretches")
        for row in valid_rows:
            _as_said(row, on, f"in the table of stretches, on {when}")


def _as_said(row: dict[str, str], facts: Facts, where: str) -> None:
    unit = row["id"]
    for word in _WORDS:
        value = _above(facts, unit) if word == tracks.PARENT else facts[unit].get((word, None))
        same(row.get(word, "") or None, value, f"the {word} of {unit!r} {where}")
    count = facts[unit].get((tracks.measure_track("members"), tracks.OWN))
    if count is None or isinstance(count, int):
        same(row.get("members", ""), "" if count is None else str(count), f"the members of {unit!r} {where}")


@law(
    "W4",
    "a graph with intervals, and organisations in JSON, have on each day the edges and names that hold then",
    "history",
)
def w4(case: Case) -> None:
    graph = to_networkx(case.history)
    edges = [(a, b, data) for a, b, data in graph.edges(data=True) if data["type"] in ("above", "member")]
    for day in case.days[1:]:
        facts = case.facts(day)
        now = Counter(
            (a, b, data["type"])
            for a, b, data in edges
            if data.get("start", "") <= day.isoformat() and not (data.get("end") and data["end"] <= day.isoformat())
            if data["type"] == "member" or data["hierarchy"] == tracks.MAIN
        )
        expected = Counter((above, u, "above") for u in _units(facts) if (above := _above(facts, u)) is not None)
        expected += Counter(
            (value, u, "member") for u in _units(facts) for (t, _), value in facts[u].items() if tracks.is_member(t)
        )
        same(dict(now), dict(expected), f"edges of the graph on {day}")
    links = Counter((a, b) for a, b, data in graph.edges(data=True) if data["type"] not in ("above", "member"))
    same(links, Counter((link.old, link.new) for link in case.history.lineage.links()), "links in the graph")
    out = io.StringIO()
    write_popolo(case.history, out, on=case.day)
    organizations = {organization["id"]: organization for organization in json.loads(out.getvalue())["organizations"]}
    facts = case.facts(case.day)
    for unit in _units(facts):
        same(organizations[unit]["name"], facts[unit].get((tracks.NAME, None)) or unit, f"the name of {unit!r} in JSON")
        same(organizations[unit].get("parent_id"), _above(facts, unit), f"the parent of {unit!r} in JSON")
        same(organizations[unit].get("dissolution_date"), None, f"when {unit!r}, which lives, was dissolved, in JSON")
    for unit, organization in organizations.items():
        end = case.history.life(unit).end
        if end is not None and end <= case.day:
            same(organization.get("dissolution_date"), (end - ONE_DAY).isoformat(), f"the last day of {unit!r} in JSON")


@law(
    "W5",
    "lists of two days, imported, give the units of these days, under their names and where they stood, and who was in "
    "which cluster",
    "history",
    "what happened between the two days, which lists do not tell",
)
def w5(case: Case) -> None:
    met(case.number(8) % 2)
    first, last = case.days[1], case.day
    met(first < last)
    days = (first, last)
    met(all((tracks.PARENT, None) in case.facts(day)[u] for day in days for u in _units(case.facts(day))))
    imported = import_snapshots({day: [_row(case.facts(day), u) for u in case.history.at(day)] for day in days}).history
    for day in days:
        structure = imported.at(day)
        units = {
            u.code: (u.name, structure.unit(u.parent).code if u.parent else None) for u in structure.units() if u.code
        }
        expected = {
            row["code"]: (row["name"], row["parent"])
            for row in (_row(case.facts(day), u) for u in _units(case.facts(day)))
        }
        same(units, expected, f"units of {day}, imported")
    _members_imported(case, days)


def _members_imported(case: Case, days: Sequence[dt.date]) -> None:
    """Lists of the members of clusters on two days, imported, give these members on these days."""
    first, last = days
    became = Counter(link.new for link in case.history.lineage.links() if first < link.day <= last)
    if any(count > 1 for count in became.values()):
        # Units of different clusters may have merged in between, and no list says which cluster the new unit joined.
        return
    lists = {
        day: [
            {"unit": u, "cluster": pick("pq", case.number(at + turn))} for at, u in enumerate(_units(case.facts(day)))
        ]
        for turn, day in enumerate(days)
    }
    imported = import_memberships(case.history, lists, clustering="listed").history
    for day, rows in lists.items():
        clusters = {unit: imported.at(day).cluster_of(unit, "listed") for unit in _units(case.facts(day))}
        same(clusters, {row["unit"]: row["cluster"] for row in rows}, f"clusters of {day}, imported")


def _row(facts: Facts, unit: str) -> dict[str, Any]:
    return {"code": unit, "parent": _above(facts, unit), "name": facts[unit].get((tracks.NAME, None)) or unit}


# ---- the command line


def _command(*tokens: str) -> Any:
    """What the command ``orgmodel`` prints, as JSON."""
    # Imported by name: the command line is a layer above the kit, and is installed only with its extra.
    command_line = importlib.import_module("orgmodel.cli.app")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        command_line.run(tokens)
    return json.loads(out.getvalue())


@law(
    "W6",
    "the commands list, compare, log, find and check what the library tells of the same file",
    "history",
    needs="cyclopts",
)
def w6(case: Case) -> None:
    met(case.number(8) % 8 == 2)
    a, b = sorted((pick(case.days[1:], case.number(1)), case.day))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "history.jsonl")
        jsonl.dump(case.history, path)
        listed = _command("list", "--on", b.isoformat(), "--file", path, "--json", "--limit", "0")
        facts = case.facts(b)
        same(
            [u["id"] for u in listed["units"]],
            [u.id for u in case.history.at(b).units()],
            f"units that 'list' lists on {b}",
        )
        same(listed["count"], len(_units(facts)), f"how many units 'list' counts on {b}")
        for unit in listed["units"]:
            for word in (tracks.CODE, tracks.KIND, tracks.CATEGORY):
                same(unit[word], facts[unit["id"]].get((word, None)), f"the {word} of {unit['id']!r} in 'list'")
        diff = _command("diff", a.isoformat(), b.isoformat(), "--file", path, "--json")
        ended = set(_units(case.facts(a))) - set(_units(facts))
        created = set(_units(facts)) - set(_units(case.facts(a)))
        for word, expected in (("ended", ended), ("created", created)):
            subjects = {row["subject"] for row in diff[word]} & set(case.history.units_ever())
            same(subjects, expected, f"units that 'diff' says {word} from {a} to {b}")
        entries = _command("log", "--file", path, "--json")["entries"]
        same([e["about"] for e in entries], [e.about for e in case.history.log], "what 'log' logs")
        same([e["reason"] for e in entries], [e.reason for e in case.history.log], "why, by 'log'")
        same([e["type"] for e in entries], [e.type for e in case.history.log], "of which type the entries of 'log' are")
        checked = _command("check", path, "--json")
        same(
            (checked["sound"], checked["head"]),
            (True, jsonl.head_of(case.history)),
            "what 'check' says of a sound file",
        )
        unit = pick(_units(facts), case.number(2))
        matches = _command("find", unit, "--by", "id", "--file", path, "--json")
        same({row["unit"] for row in matches["found"]}, {unit}, f"whom 'find' finds by the id {unit!r}")
