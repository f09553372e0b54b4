"""The laws of what is written (W): files, stores, tables, graphs and the command line say what the history says.

The text that was written is read with the standard library alone, and compared with the facts of the days.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import importlib
import io
import itertools
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from orgmodel.history.history import History
from orgmodel.history.tables import from_tables, to_tables
from orgmodel.io import columns, jsonl
from orgmodel.io.dynamic_graphs import to_dot, to_mermaid, to_networkx, write_dynamic_gexf
from orgmodel.io.graphs import from_networkx, write_graphml
from orgmodel.io.importers.memberships import import_memberships
from orgmodel.io.importers.movements import import_movements
from orgmodel.io.importers.register import import_register
from orgmodel.io.importers.snapshots import import_snapshots
from orgmodel.io.importers.weights import import_weights
from orgmodel.io.jsonld import write_popolo
from orgmodel.io.store.store import Store
from orgmodel.io.tables import read_history_csv, write_history_csv, write_units_csv
from orgmodel.io.translation import Translator, recode
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.unit import ROOT
from orgmodel.period import ONE_DAY
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.shared import dated_links, same_history, two_days
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.twin import UNIT, Facts, PlainDay
from orgmodel.writing import write_file

__all__ = ["law"]

law: Final = Family()

_WORDS: Final = (tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY, tracks.PARENT)


@law("W1", "a file of columns gives the history back, its log too, and goes on from there", "history", seldom=3)
def w1(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.columns"
        columns.save(case.history, path)
        opened = columns.open_history(path)
        same_history(opened, case, "from a file of columns")
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
    seldom=8,
)
def w2(case: Case) -> None:
    move = case.move(4)
    act = case.act(move.events, "stored")
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "store.db"
        with Store.create(address, case.history) as store:
            same_history(store.history, case, "in a store that was made of it")
            then = store.enact(act)
            _further(then, case, act, "in the store")
        with Store(address) as store:
            _further(store.history, case, act, "in the store, opened again")
            store.cancel(act.id, reason="withdrawn")
            same_history(store.history, Case(case.history.enact(act).cancel(act.id, reason="withdrawn"), case.dice, case.kit),
                   "in the store, after a cancellation")  # fmt: skip
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
    on_day = case.on(day)
    write_units_csv(case.history.at(day), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    inside = [unit for unit in case.history.at(day) if on_day.value(unit, tracks.PARENT) is not None]
    same([row["id"] for row in rows], inside, f"units in the table of {day}")
    for row in rows:
        _as_said(row, on_day, f"in the table of {day}")
    out = io.StringIO()
    try:
        write_history_csv(case.history, out)
    except Exception as error:  # a figure with bounds has no cell
        met("bounds" not in str(error))
        raise
    stretches = list(csv.DictReader(io.StringIO(out.getvalue())))
    # What holds between its days has no act, so that codes may stand twice on none of them.
    stated = {name for row in stretches for name in row} - {"id", "start", "end", "last", *_WORDS}
    # A history may state figures that nobody declared; a reader wants to know that they are measures.
    measures = case.history.measures.values() or [Measure(name) for name in sorted(stated)]
    read = read_history_csv(io.StringIO(out.getvalue()), schema=case.history.schema, measures=measures)
    for when in case.days[1:]:
        valid_rows = [
            r for r in stretches if r["start"] <= when.isoformat() and (not r["end"] or when.isoformat() < r["end"])
        ]
        on = case.on(when)
        units = sorted(on.where_stated(tracks.PARENT))
        same(sorted(row["id"] for row in valid_rows), units, f"units of {when} in the table of stretches")
        for row in valid_rows:
            _as_said(row, on, f"in the table of stretches, on {when}")
        again = PlainDay(read.at(when).facts())
        words = [{u: [day.value(u, word) for word in _WORDS] for u in units} for day in (again, on)]
        same(words[0], words[1], f"units of {when}, read from the table of stretches")


def _as_said(row: dict[str, str], day: PlainDay, where: str) -> None:
    unit = row["id"]
    for word in _WORDS:
        value = day.parent(unit) if word == tracks.PARENT else day.value(unit, word)
        same(row.get(word, "") or None, value, f"the {word} of {unit!r} {where}")
    count = day.value(unit, tracks.measure_track("members"), tracks.OWN)
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
        on_day = case.on(day)
        now = Counter(
            (a, b, data["type"])
            for a, b, data in edges
            if data.get("start", "") <= day.isoformat() and not (data.get("end") and data["end"] <= day.isoformat())
            if data["type"] == "member" or data["hierarchy"] == tracks.MAIN
        )
        expected = Counter((above, unit, "above") for above, unit in _edges(on_day))
        expected += Counter((cluster, unit, "member") for unit in on_day.units for cluster in on_day.clusters(unit))
        same(dict(now), dict(expected), f"edges of the graph on {day}")
    links = Counter((a, b) for a, b, data in graph.edges(data=True) if data["type"] not in ("above", "member"))
    same(links, Counter((link.old, link.new) for link in case.history.lineage.links()), "links in the graph")
    _drawn_read(case)
    out = io.StringIO()
    write_popolo(case.history, out, on=case.day)
    organizations = {organization["id"]: organization for organization in json.loads(out.getvalue())["organizations"]}
    last = case.on(case.day)
    for unit in last.units:
        same(organizations[unit]["name"], last.called(unit), f"the name of {unit!r} in JSON")
        same(organizations[unit].get("parent_id"), last.parent(unit), f"the parent of {unit!r} in JSON")
        same(organizations[unit].get("dissolution_date"), None, f"when {unit!r}, which lives, was dissolved, in JSON")
    for unit, organization in organizations.items():
        end = case.history.life(unit).end
        if end is not None and end <= case.day:
            same(organization.get("dissolution_date"), (end - ONE_DAY).isoformat(), f"the last day of {unit!r} in JSON")


_GEXF: Final = "{http://gexf.net/1.3}"
_GRAPHML: Final = "{http://graphml.graphdrawing.org/xmlns}"


def _drawn_read(case: Case) -> None:
    """Graphs for other programs have the units and edges of each day, or of the last one."""
    out = io.StringIO()
    write_dynamic_gexf(case.history, out)
    gexf = ET.fromstring(out.getvalue())

    def lasts(element: ET.Element, day: dt.date) -> bool:
        spells = element.iter(f"{_GEXF}spell")
        return any(spell.get("start", "") <= day.isoformat() <= spell.get("end", "9999") for spell in spells)

    placed = {unit for on_day in map(case.on, case.days) for unit in on_day.where_stated(tracks.PARENT)}
    for day in case.days[1:]:
        on_day = case.on(day)
        nodes = {node.get("id") for node in gexf.iter(f"{_GEXF}node") if lasts(node, day)}
        same(nodes, placed & set(on_day.units), f"nodes on {day}, in GEXF")
        edges = {(edge.get("source"), edge.get("target")) for edge in gexf.iter(f"{_GEXF}edge") if lasts(edge, day)}
        same(edges, _edges(on_day), f"edges on {day}, in GEXF")
    structure, last = case.structure, case.on(case.day)
    out = io.StringIO()
    write_graphml(structure, out)
    graphml = {(e.get("source"), e.get("target")) for e in ET.fromstring(out.getvalue()).iter(f"{_GRAPHML}edge")}
    same(graphml, _edges(last), "edges in GraphML")
    again = from_networkx(structure.to_networkx(), schema=structure.schema, measures=structure.measures.values())
    read, inside = PlainDay(again.facts()), last.where_stated(tracks.PARENT)
    words = [{unit: [day.value(unit, word) for word in _WORDS] for unit in inside} for day in (read, last)]
    same(words[0], words[1], "units, read from a graph of networkx")
    same(set(re.findall(r'"(.+?)" -> "(.+?)";', to_dot(structure))), _edges(last), "edges in DOT")
    links = Counter((link.old, link.new) for link in case.history.lineage.links())
    same(Counter(re.findall(r'"(.+?)" -> "(.+?)" \[', to_dot(case.history))), links, "links in DOT")
    unit = pick(case.history.units_ever(), case.number(0))
    arrows = to_mermaid(case.history, unit).count(" --> ") + to_mermaid(case.history, unit).count('" --> ')
    near = sum(times for link, times in links.items() if unit in link)
    if arrows < near:
        broken(f"{unit!r} has {near} links, and its picture in Mermaid {arrows}")


def _edges(day: PlainDay) -> set[tuple[str | None, str | None]]:
    """(parent, child) of all units of a day."""
    return {(above, unit) for unit in day.units if (above := day.parent(unit)) is not None}


@law(
    "W5",
    "lists of two days, imported, give the units of these days, under their names and where they stood, and who was in "
    "which cluster",
    "history",
    "what happened between the two days, which lists do not tell",
    seldom=2,
)
def w5(case: Case) -> None:
    first, last = case.days[1], case.day
    met(first < last)
    days = (first, last)
    met(all(case.on(day).value(unit, tracks.PARENT) is not None for day in days for unit in case.on(day).units))
    imported = import_snapshots({day: [_row(case.on(day), u) for u in case.history.at(day)] for day in days}).history
    for day in days:
        structure = imported.at(day)
        units = {
            u.code: (u.name, structure.unit(u.parent).code if u.parent else None) for u in structure.units() if u.code
        }
        expected = {
            row["code"]: (row["name"], row["parent"])
            for row in (_row(case.on(day), unit) for unit in case.on(day).units)
        }
        same(units, expected, f"units of {day}, imported")
    _members_imported(case, days)


def _members_imported(case: Case, days: Sequence[dt.date]) -> None:
    """Lists of the members of clusters on two days, imported, give these members on these days."""
    first, last = days
    became = Counter(link.new for link in case.history.lineage.links() if first < link.day <= last)
    if any(count > 1 for count in became.values()):
        # Units of different clusters may have merged in between, and no list says which cluster the new unit joined.
        first, last = last, last + ONE_DAY
    units = {day: list(case.history.at(day)) for day in (first, last)}
    lists = {
        day: [{"unit": unit, "cluster": pick("pq", case.number(at + turn))} for at, unit in enumerate(units[day])]
        for turn, day in enumerate(units)
    }
    imported = import_memberships(case.history, lists, clustering="listed").history
    for day, rows in lists.items():
        clusters = {unit: imported.at(day).cluster_of(unit, "listed") for unit in units[day]}
        same(clusters, {row["unit"]: row["cluster"] for row in rows}, f"clusters of {day}, imported")


def _row(day: PlainDay, unit: str) -> dict[str, Any]:
    return {"code": unit, "parent": day.parent(unit), "name": day.called(unit)}


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
    seldom=6,
)
def w6(case: Case) -> None:
    a, b = sorted((pick(case.days[1:], case.number(1)), case.day))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "history.jsonl")
        jsonl.dump(case.history, path)
        listed = _command("list", "--on", b.isoformat(), "--file", path, "--json", "--limit", "0")
        before, now = case.on(a), case.on(b)
        same(
            [u["id"] for u in listed["units"]],
            [u.id for u in case.history.at(b).units()],
            f"units that 'list' lists on {b}",
        )
        same(listed["count"], len(now.units), f"how many units 'list' counts on {b}")
        for unit in listed["units"]:
            for word in (tracks.CODE, tracks.KIND, tracks.CATEGORY):
                same(unit[word], now.value(unit["id"], word), f"the {word} of {unit['id']!r} in 'list'")
        diff = _command("diff", a.isoformat(), b.isoformat(), "--file", path, "--json")
        ended, created = set(before.units) - set(now.units), set(now.units) - set(before.units)
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
        unit = pick(now.units, case.number(2))
        matches = _command("find", unit, "--by", "id", "--file", path, "--json")
        same({row["unit"] for row in matches["found"]}, {unit}, f"whom 'find' finds by the id {unit!r}")


# ---- tables, and what others keep


@law(
    "W7",
    "the tables of a history give its facts, its order of units and its links back, and the rows of its frames hold on the "
    "days on which they are facts",
    "history",
    "corrections and cancellations, which tables leave out",
)
def w7(case: Case) -> None:
    tables = to_tables(case.history)
    again = from_tables(tables.pop("units"), **tables)
    frames = case.history.frames()
    for day in case.days:
        same(again.at(day).facts(), case.facts(day), f"{day}, from tables")
        same(list(again.at(day)), list(case.history.at(day)), f"the order of units on {day}, from tables")
        rows = Counter(
            key
            for name, frame in frames.items()
            if name in _KEYS
            for row in frame.rows
            if row["start"] <= day and (row["end"] is None or day < row["end"])
            for key in [(name, *map(row.get, _KEYS[name]))]
        )
        same(rows, Counter(_framed(case.facts(day))), f"rows of the frames on {day}")
    same(dated_links(again), dated_links(case.history), "links, from tables")


_KEYS: Final = {
    "units": ["unit"],
    "parents": ["unit", "hierarchy", "parent"],
    "members": ["unit", "clustering", "cluster"],
    "roles": ["cluster", "role", "seat", "unit", "absent"],
    "figures": ["unit", "measure", "scope", "value", "low", "high", "category"],
    "clusters": ["cluster", "clustering"],
    "facts": ["unit", "track", "slot", "value"],
}
"""Frame -> the columns that say what a row is about."""


def _framed(facts: Facts) -> Iterator[tuple[Any, ...]]:
    """The rows of the frames that hold on a day, by its facts."""

    def text(value: Any) -> str | None:
        return None if value is None else " ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    for subject, own_facts in facts.items():
        for (track, slot), value in own_facts.items():
            if track == tracks.LIFE:
                is_cluster = isinstance(value, Cluster)
                yield (
                    ("units", subject)
                    if value == UNIT
                    else ("clusters", subject, value.clustering if is_cluster else None)
                )
            elif tracks.is_parent(track):
                yield "parents", subject, tracks.item(track), None if value == ROOT else value
            elif tracks.is_member(track):
                yield "members", subject, tracks.item(track), value
            elif track == tracks.ROLE:
                holder = (None, value.value) if isinstance(value, Absent) else (value, None)
                yield "roles", subject, *slot, *holder
            elif tracks.is_measure(track):
                number = None if isinstance(value, str) else Quantity.of(value)
                figure = (None, None, None, value) if number is None else (number.value, number.low, number.high, None)
                yield "figures", subject, tracks.item(track), slot, *figure
            else:
                yield "facts", subject, track, text(slot), text(value)


@law(
    "W8",
    "a register of records, and a table of movements, of the same events give the units of each day under their names, and "
    "what became of them; ratios give shares that add up to 1",
    "library",
)
def w8(case: Case) -> None:
    registered = _Registered(case)
    registers = {
        "a register": import_register(registered.records, ends="inclusive", source="a test").history,
        "movements": import_movements(
            registered.movements, since=registered.days[0], start=registered.start, source="a test"
        ).history,
    }
    for label, history in registers.items():
        for day, names in zip(registered.days, registered.names, strict=True):
            units = {unit.code: unit.name for unit in history.at(day).units() if unit.code}
            same(units, names, f"units of {day} by {label}")
            if day != registered.days[0]:
                before = {unit.code: unit.name for unit in history.at(day - ONE_DAY).units() if unit.code}
                same(
                    before,
                    registered.names[registered.days.index(day) - 1],
                    f"units of the day before {day} by {label}",
                )
        last = history.at(registered.days[-1])
        for code, became in registered.became.items():
            (unit,) = history.at(registered.days[0]).find(code=code)
            same(unit.id in last, became == {code}, f"whether the unit of {code} goes on by {label}")
            heirs = {last.unit(heir).code for heir in history.lineage.successors(unit.id)}
            same(heirs, became, f"what became of {code} by {label}")
    share = Fraction(1 + case.number(3) % 7, 8)
    rows = [
        {"old": "a", "new": "x", "forward": str(share)},
        {"old": "a", "new": "y"},
        {"old": "b", "new": "y", "forward": "1"},
    ]
    weights = import_weights(rows[:: -1 if case.number(4) % 2 else 1], measure="members")
    shares = {(link.old, link.new): (link.extent, link.share("members")) for link in weights.links}
    expected = {("a", "x"): ("part", share), ("a", "y"): ("part", 1 - share), ("b", "y"): ("whole", 1)}
    same(shares, expected, "shares from ratios")


class _Registered:
    """Mergers, divisions and renamings of a few units, once as records and once as movements.

    Attributes:
        days: the first day, and those of the events.
        names: on each of these days, code -> name.
        became: code of the first day -> the codes that it became at last.
    """

    def __init__(self, case: Case) -> None:
        self.days = [dt.date(2000 + year, 1, 1) for year in range(5)]
        first = {code: f"Unit {code}" for code in ("10", "11", "12", "13")}
        self.start = [{"code": code, "name": name} for code, name in first.items()]
        self.names = [dict(first)]
        self.became = {code: {code} for code in first}
        self.records: list[dict[str, Any]] = []
        self.movements: list[dict[str, Any]] = []
        self._open = {code: self._record(code, name, self.days[0], {}) for code, name in first.items()}
        for at, day in enumerate(self.days[1:]):
            self._happen(day, f"e{at}", case.numbers(3 * at))

    def _record(self, code: str, name: str, start: dt.date, more: dict[str, Any]) -> dict[str, Any]:
        row = {"record": str(len(self.records)), "code": code, "name": name, "start": start.isoformat(), **more}
        self.records.append(row)
        return row

    def _happen(self, day: dt.date, event: str, numbers: Sequence[int]) -> None:
        """Two units merge, one is divided, or one gets another name."""
        names = dict(self.names[-1])
        codes = list(names)
        olds = [pick(codes, numbers[1])]
        how = numbers[0] % 3
        if how == 0 and len(codes) > 1:
            olds.append(pick([code for code in codes if code not in olds], numbers[2]))
        news = olds if how == 2 or (how == 0 and len(olds) == 1) else [f"{event}{part}" for part in range(1 + how)]
        ways = list(itertools.product(olds, news))
        for code in olds:
            self._open.pop(code).update(end=(day - ONE_DAY).isoformat(), abolition=event)
        for code in news:
            self._open[code] = self._record(code, f"Unit {code} of {event}", day, {"admission": event})
        for old, new in ways:
            self.movements.append({"day": day.isoformat(), "mode": "change", "event": event, "old_code": old,
                                   "old_name": names[old], "new_code": new, "new_name": f"Unit {new} of {event}"})  # fmt: skip
        for first, now in self.became.items():
            if now & set(olds):
                self.became[first] = (now - set(olds)) | set(news)
        names = {code: name for code, name in names.items() if code not in olds}
        self.names.append(names | {code: f"Unit {code} of {event}" for code in news})


@law(
    "W9",
    "a list of codes is translated as a correspondence says: whole where a unit went on whole, open where it was divided, "
    "each part or the dominant one where a policy says so",
    "history",
)
def w9(case: Case) -> None:
    a, b = two_days(case)
    table = case.history.correspondence(a, b)
    met(table.olds)
    translate = {
        policy: Translator(table, case.history, by="id", policy=policy) for policy in (None, "all", "dominant")
    }
    for old in table.olds:
        rows = table[old]
        news = tuple(row.new for row in rows)
        dominant = tuple(row.new for row in rows if row.dominant)[:1]
        went_whole = len(rows) == 1 and rows[0].extent == "whole"
        expected = {None: news if went_whole else (), "all": news, "dominant": news if went_whole else dominant}
        for policy, ask in translate.items():
            outcome = ask(old)
            same(outcome.new, expected[policy], f"{a} to {b}: what {old!r} is translated into, policy {policy}")
        same(
            translate[None](old).candidates,
            () if went_whole or not rows else news,
            f"{a} to {b}: candidates for {old!r}",
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "old.csv"), Path(folder, "new.csv")
        write_file(source, "\n".join(["id,n", *(f"{old},{at}" for at, old in enumerate(table.olds))]))
        report = recode(source, target, translate[None], column="id")
        rows_written = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    outcomes = {old: translate[None](old) for old in table.olds}
    expected_rows = [
        {"id": old, "n": str(at), "new_id": "".join(outcomes[old].new), "status": outcomes[old].status}
        for at, old in enumerate(table.olds)
    ]
    same(rows_written, expected_rows, f"{a} to {b}: the translated list")
    same(dict(report.counts), dict(Counter(outcome.status for outcome in outcomes.values())), "statuses in the report")
