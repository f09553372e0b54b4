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
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from orgmodel.acts.events import Change
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
from orgmodel.model.cluster import DEPUTY, Absent
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.unit import ROOT
from orgmodel.period import ONE_DAY
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    agree,
    case_of,
    dated_links,
    holds_on,
    link_pairs,
    same_days,
    same_history,
    two_days,
)
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.statements import stated_in
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
        # What was known earlier is worked out from the file, too.
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
    act = case.act(case.move(4).events, "stored")
    longer = needed(happens(case.history, act))
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "store.db"
        with Store.create(address, case.history) as store:
            same_history(store.history, case, "in a store that was made of it")
            same_history(store.enact(act), case_of(longer, case), "in the store, after a further act")
        with contextlib.closing(sqlite3.connect(address)) as database:
            rows = database.execute("SELECT subject, track, said_until FROM facts WHERE said_until IS NOT NULL")
            until = {(subject, track, day) for subject, track, day in rows}
        ends = {(c.subject, c.track, str(c.until)) for c in stated_in(longer.acts).changes if c.until is not None}
        same(ends - until, set(), "ends that are stated, and the table of facts does not have")
        with Store(address) as store:
            same_history(store.history, case_of(longer, case), "in the store, opened again")
            store.cancel(act.id, reason="withdrawn")
            cancelled = case_of(longer.cancel(act.id, reason="withdrawn"), case)
            same_history(store.history, cancelled, "in the store, after a cancellation")
            same([str(finding) for finding in store.check()], [], "what a check of the store finds")


def _text(write: Callable[..., object], *arguments: Any, **options: Any) -> str:
    """What a function writes, whose second argument is where."""
    out = io.StringIO()
    write(arguments[0], out, *arguments[1:], **options)
    return out.getvalue()


def _lines(text: str) -> list[dict[str, str]]:
    """The rows of a table in CSV."""
    return list(csv.DictReader(io.StringIO(text)))


@law(
    "W3",
    "a table of units, or of their stretches of days, has each unit of a day once, with what holds then",
    "history",
    "clusters, sources and other hierarchies, which have no column",
)
def w3(case: Case) -> None:
    day = pick(case.days[1:], case.number(0))
    on_day, structure = case.on(day), case.history.at(day)
    rows = _lines(_text(write_units_csv, structure))
    inside = [unit for unit in structure if on_day.value(unit, tracks.PARENT) is not None]
    same([row["id"] for row in rows], inside, f"units in the table of {day}")
    _as_said(rows, on_day, f"in the table of {day}")
    try:
        text = _text(write_history_csv, case.history)
    except Exception as error:  # a figure with bounds has no cell
        met("bounds" not in str(error))
        raise
    stretches = _lines(text)
    # A history may state figures that nobody declared; a reader wants to know that they are measures.
    stated = {name for row in stretches for name in row} - {"id", "start", "end", "last", *_WORDS}
    measures = case.history.measures.values() or [Measure(name) for name in sorted(stated)]
    read = read_history_csv(io.StringIO(text), schema=case.history.schema, measures=measures)
    for on in case.days[1:]:
        shown = [row for row in stretches if row["start"] <= on.isoformat() < (row["end"] or "9999")]
        units = sorted(case.on(on).where_stated(tracks.PARENT))
        same(sorted(row["id"] for row in shown), units, f"units of {on} in the table of stretches")
        _as_said(shown, case.on(on), f"in the table of stretches, on {on}")
        again = PlainDay(read.at(on).facts())
        same(
            _described(again, units), _described(case.on(on), units), f"units of {on}, read from the table of stretches"
        )


def _described(day: PlainDay, units: Iterable[str]) -> dict[str, list[Any]]:
    """Unit -> its name, code, kind, category and parent."""
    return {unit: [day.value(unit, word) for word in _WORDS] for unit in units}


def _as_said(rows: Iterable[dict[str, str]], day: PlainDay, where: str) -> None:
    """Require that rows say of their units what holds on a day."""
    for row in rows:
        unit = row["id"]
        expected = {word: day.value(unit, word) for word in _WORDS} | {tracks.PARENT: day.parent(unit)}
        same({word: row.get(word, "") or None for word in _WORDS}, expected, f"{unit!r} {where}")
        members = day.value(unit, tracks.measure_track("members"), tracks.OWN)
        if members is None or isinstance(members, int):
            same(row.get("members", ""), "" if members is None else str(members), f"the members of {unit!r} {where}")


@law(
    "W4",
    "a graph with intervals, and organisations in JSON, have on each day the edges and names that hold then",
    "history",
)
def w4(case: Case) -> None:
    graph = to_networkx(case.history)
    edges = [(a, b, data) for a, b, data in graph.edges(data=True) if data.get("hierarchy", tracks.MAIN) == tracks.MAIN]
    for day in case.days[1:]:
        on_day, text = case.on(day), day.isoformat()
        holding = Counter(
            (a, b, data["type"])
            for a, b, data in edges
            if data["type"] in ("above", "member") and data.get("start", "") <= text < (data.get("end") or "9999")
        )
        expected = Counter((above, unit, "above") for above, unit in _edges(on_day))
        expected += Counter((cluster, unit, "member") for unit in on_day.units for cluster in on_day.clusters(unit))
        same(dict(holding), dict(expected), f"edges of the graph on {day}")
    links = Counter((a, b) for a, b, data in graph.edges(data=True) if data["type"] not in ("above", "member"))
    same(links, link_pairs(case.history), "links in the graph")
    _dynamic_graph_read(case)
    _drawn_read(case)
    organizations = json.loads(_text(write_popolo, case.history, on=case.day))["organizations"]
    by_id, last = {organization["id"]: organization for organization in organizations}, case.on(case.day)
    agree(
        last.units,
        lambda unit: (by_id[unit]["name"], by_id[unit].get("parent_id"), by_id[unit].get("dissolution_date")),
        lambda unit: (last.called(unit), last.parent(unit), None),
        "name, parent and end of the units that live, in JSON",
    )
    ends = {unit: end for unit in by_id if (end := case.history.life(unit).end) is not None and end <= case.day}
    agree(
        ends,
        lambda unit: by_id[unit].get("dissolution_date"),
        lambda unit: (ends[unit] - ONE_DAY).isoformat(),
        "last days, in JSON",
    )
    for day in (day for day in case.days[1:] if day <= case.day):
        _names_read(case.on(day), by_id, day)


def _names_read(on_day: PlainDay, by_id: Mapping[str, Mapping[str, Any]], day: dt.date) -> None:
    """Require that records in Popolo's terms have the names of a day."""
    names = {unit: name for unit in on_day.units if unit in by_id and (name := on_day.value(unit, tracks.NAME))}
    agree(
        names,
        # A name that was borne again later may be among the former ones or not.
        lambda unit: _former_names(by_id[unit], day) or {by_id[unit]["name"]},
        lambda unit: {names[unit]},
        f"names on {day}, in JSON",
    )


def _former_names(organization: Mapping[str, Any], day: dt.date) -> set[str]:
    """The former names that a record in Popolo's terms has of a day."""
    return {
        former["name"]
        for former in organization.get("other_names", ())
        if former["start_date"] <= day.isoformat() <= former["end_date"]
    }


_GEXF: Final = "{http://gexf.net/1.3}"
_GRAPHML: Final = "{http://graphml.graphdrawing.org/xmlns}"


def _dynamic_graph_read(case: Case) -> None:
    """Require that a dynamic graph in GEXF has the units and edges of each day."""
    gexf = ET.fromstring(_text(write_dynamic_gexf, case.history))

    def lasts(element: ET.Element, day: dt.date) -> bool:
        spells = element.iter(f"{_GEXF}spell")
        return any(spell.get("start", "") <= day.isoformat() <= spell.get("end", "9999") for spell in spells)

    placed = {unit for on_day in map(case.on, case.days) for unit in on_day.where_stated(tracks.PARENT)}
    for day in case.days[1:]:
        nodes = {node.get("id") for node in gexf.iter(f"{_GEXF}node") if lasts(node, day)}
        same(nodes, placed & set(case.on(day).units), f"nodes on {day}, in GEXF")
        edges = {(edge.get("source"), edge.get("target")) for edge in gexf.iter(f"{_GEXF}edge") if lasts(edge, day)}
        same(edges, _edges(case.on(day)), f"edges on {day}, in GEXF")


def _drawn_read(case: Case) -> None:
    """Require that graphs for other programs have the units, edges and links of the last day."""
    structure, last = case.structure, case.on(case.day)
    graphml = ET.fromstring(_text(write_graphml, structure)).iter(f"{_GRAPHML}edge")
    same({(edge.get("source"), edge.get("target")) for edge in graphml}, _edges(last), "edges in GraphML")
    again = from_networkx(structure.to_networkx(), schema=structure.schema, measures=structure.measures.values())
    inside = last.where_stated(tracks.PARENT)
    read = _described(PlainDay(again.facts()), inside)
    same(read, _described(last, inside), "units, read from a graph of networkx")
    same(set(re.findall(r'"(.+?)" -> "(.+?)";', to_dot(structure))), _edges(last), "edges in DOT")
    top, depth = pick(last.units, case.number(1)), case.number(2) % 3
    near = {(last.parent(unit), unit) for unit in last.units if top in last.above(unit)[:depth]}
    drawn = to_dot(structure, top, depth=depth)
    same(set(re.findall('"(.+?)" -> "(.+?)";', drawn)), near, f"edges in DOT, {depth} levels below {top!r}")
    links = link_pairs(case.history)
    same(Counter(re.findall(r'"(.+?)" -> "(.+?)" \[', to_dot(case.history))), links, "links in DOT")
    unit = pick(case.history.units_ever(), case.number(0))
    # An arrow of a link begins at a place with or without a text.
    arrows = len(re.findall(r'"? --> ', to_mermaid(case.history, unit)))
    of_unit = sum(times for ends, times in links.items() if unit in ends)
    if arrows < of_unit:
        broken(f"{unit!r} has {of_unit} links, and its picture in Mermaid {arrows}")


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
    days = first, last = case.days[1], case.day
    met(first < last)
    met(all(len(case.on(day).where_stated(tracks.PARENT)) == len(case.on(day).units) for day in days))
    rows = {day: [_row(case.on(day), unit) for unit in case.history.at(day)] for day in days}
    imported = import_snapshots(rows).history
    for day in days:
        structure = imported.at(day)
        units = {
            unit.code: (unit.name, structure.unit(unit.parent).code if unit.parent else None)
            for unit in structure.units()
            if unit.code
        }
        expected = {row["code"]: (row["name"], row["parent"]) for row in rows[day]}
        same(units, expected, f"units of {day}, imported")
    _members_imported(case, days)


def _members_imported(case: Case, days: tuple[dt.date, dt.date]) -> None:
    """Lists of the members of clusters on two days, imported, give these members on these days."""
    first, last = days
    became = Counter(link.new for link in case.history.lineage.links() if first < link.day <= last)
    if any(count > 1 for count in became.values()):
        # Units of different clusters may have merged in between, and no list says which cluster the new unit joined.
        first, last = last, last + ONE_DAY
    clusters = {
        day: {unit: pick("pq", case.number(at + turn)) for at, unit in enumerate(case.history.at(day))}
        for turn, day in enumerate((first, last))
    }
    lists = {day: [{"unit": unit, "cluster": of} for unit, of in each.items()] for day, each in clusters.items()}
    imported = import_memberships(case.history, lists, clustering="listed").history
    for day, expected in clusters.items():
        read = {unit: imported.at(day).cluster_of(unit, "listed") for unit in expected}
        same(read, expected, f"clusters of {day}, imported")


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
    before, now = case.on(a), case.on(b)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "history.jsonl")
        jsonl.dump(case.history, path)
        listed = _command("list", "--on", b.isoformat(), "--file", path, "--json", "--limit", "0")
        same([u["id"] for u in listed["units"]], [*case.history.at(b)], f"units that 'list' lists on {b}")
        same(listed["count"], len(now.units), f"how many units 'list' counts on {b}")
        words = (tracks.CODE, tracks.KIND, tracks.CATEGORY)
        described = {unit["id"]: [unit[word] for word in words] for unit in listed["units"]}
        agree(described, described.get, lambda unit: [now.value(unit, word) for word in words], "units in 'list'")
        diff = _command("diff", a.isoformat(), b.isoformat(), "--file", path, "--json")
        units = set(case.history.units_ever())
        shown = [{row["subject"] for row in diff[word]} & units for word in ("ended", "created")]
        was, are = set(before.units), set(now.units)
        same(shown, [was - are, are - was], f"units that 'diff' says ended and created from {a} to {b}")
        rows = [
            (row["about"], row["reason"], row["type"]) for row in _command("log", "--file", path, "--json")["entries"]
        ]
        entries = [(entry.about, entry.reason, entry.type) for entry in case.history.log]
        same(rows, entries, "the entries of 'log': about what, why, and of which type")
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
    for cluster in case.structure.clusters()[:1]:
        # Few clusters of a case have a second deputy.
        seated = Change(cluster.id, tracks.ROLE, case.structure.root(), (DEPUTY, 2))
        case = case_of(happens(case.history, case.act([seated])) or case.history, case)
    tables = to_tables(case.history)
    again = from_tables(tables.pop("units"), **tables)
    same_days(again, case, "from tables")
    same(dated_links(again), dated_links(case.history), "links, from tables")
    frames = case.history.frames()
    for day in case.days:
        same(list(again.at(day)), list(case.history.at(day)), f"the order of units on {day}, from tables")
        rows = Counter(
            (name, *map(row.get, keys))
            for name, keys in _KEYS.items()
            for row in frames[name].rows
            if holds_on(day, row["start"], row["end"])
        )
        same(rows, Counter(_framed(case.facts(day))), f"rows of the frames on {day}")


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
    for subject, own_facts in facts.items():
        for (track, slot), value in own_facts.items():
            item = tracks.item(track)
            match tracks.family(track):
                case tracks.LIFE if value == UNIT:
                    yield "units", subject
                case tracks.LIFE:
                    yield "clusters", subject, getattr(value, "clustering", None)
                case tracks.PARENT:
                    yield "parents", subject, item, None if value == ROOT else value
                case tracks.MEMBER:
                    yield "members", subject, item, value
                case tracks.ROLE:
                    yield (
                        "roles",
                        subject,
                        *slot,
                        *((None, value.value) if isinstance(value, Absent) else (value, None)),
                    )
                case tracks.MEASURE if isinstance(value, str):
                    yield "figures", subject, item, slot, None, None, None, value
                case tracks.MEASURE:
                    figure = Quantity.of(value)
                    yield "figures", subject, item, slot, figure.value, figure.low, figure.high, None
                case _:
                    yield "facts", subject, track, _cell(slot), _cell(value)


def _cell(value: Any) -> str | None:
    return None if value is None else " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@law(
    "W8",
    "a register of records, and a table of movements, of the same events give the units of each day under their names, and "
    "what became of them; ratios give shares that add up to 1",
    "library",
)
def w8(case: Case) -> None:
    registered = _Registered(case)
    since, start = registered.days[0], registered.start
    by_movements = import_movements(registered.movements, since=since, start=start, source="a test").history
    by_records = import_register(registered.records, ends="inclusive", source="a test").history
    for label, history in (("a register", by_records), ("movements", by_movements)):
        # The day before each event shows whether something came a day early.
        days = [*registered.days, *(day - ONE_DAY for day in registered.days[1:])]
        names = [*registered.names, *registered.names[:-1]]
        for day, expected in zip(days, names, strict=True):
            units = {unit.code: unit.name for unit in history.at(day).units() if unit.code}
            same(units, expected, f"units of {day} by {label}")
        last = history.at(registered.days[-1])
        for code, became in registered.became.items():
            (unit,) = history.at(since).find(code=code)
            same(unit.id in last, became == {code}, f"whether the unit of {code} goes on by {label}")
            heirs = {last.unit(heir).code for heir in history.lineage.successors(unit.id)}
            same(heirs, became, f"what became of {code} by {label}")
    _ratios_imported(Fraction(1 + case.number(3) % 7, 8), case.number(4) % 2 == 1)


def _ratios_imported(share: Fraction, backwards: bool) -> None:
    """Require that ratios give links with shares: what a ratio leaves goes to the other unit."""
    rows = [
        {"old": "a", "new": "x", "forward": str(share)},
        {"old": "a", "new": "y"},
        {"old": "b", "new": "y", "forward": "1"},
    ]
    weights = import_weights(rows[::-1] if backwards else rows, measure="members")
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
        codes = list(self.names[-1])
        first = numbers[1] % len(codes)
        how = (
            pick(["merge", "divide", "rename"], numbers[0])
            if len(codes) > 1
            else pick(["divide", "rename"], numbers[0])
        )
        olds = [codes[first]]
        if how == "merge":
            olds.append(codes[first - 1 - numbers[2] % (len(codes) - 1)])
        news = {"merge": [event], "divide": [f"{event}a", f"{event}b"], "rename": olds}[how]
        for code in olds:
            self._open.pop(code).update(end=(day - ONE_DAY).isoformat(), abolition=event)
        names = {code: f"Unit {code} of {event}" for code in news}
        for code, name in names.items():
            self._open[code] = self._record(code, name, day, {"admission": event})
        about = {"day": day.isoformat(), "mode": "change", "event": event}
        for old, new in itertools.product(olds, news):
            ends = {"old_code": old, "old_name": self.names[-1][old], "new_code": new, "new_name": names[new]}
            self.movements.append(about | ends)
        for origin, codes_now in self.became.items():
            if not codes_now.isdisjoint(olds):
                self.became[origin] = codes_now.difference(olds).union(news)
        self.names.append({code: name for code, name in self.names[-1].items() if code not in olds} | names)


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
    ask, ask_all, ask_dominant = (
        Translator(table, case.history, by="id", policy=policy) for policy in (None, "all", "dominant")
    )
    for old in table.olds:
        rows = table[old]
        news, dominant = tuple(row.new for row in rows), tuple(row.new for row in rows if row.dominant)[:1]
        went_whole = len(rows) == 1 and rows[0].extent == "whole"
        sure, open_ = (news, ()) if went_whole else ((), news)
        answers = ask(old).new, ask(old).candidates, ask_all(old).new, ask_dominant(old).new
        same(
            answers,
            (sure, open_, news, sure or dominant),
            f"{a} to {b}: what {old!r} is translated into, by each policy",
        )
    # A file of codes is translated line by line, and keeps its other columns.
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "old.csv"), Path(folder, "new.csv")
        write_file(source, "\n".join(["id,n", *(f"{old},{at}" for at, old in enumerate(table.olds))]))
        report = recode(source, target, ask, column="id")
        rows_written = _lines(target.read_text(encoding="utf-8"))
    outcomes = {old: ask(old) for old in table.olds}
    expected = [
        {"id": old, "n": str(at), "new_id": "".join(outcome.new), "status": outcome.status}
        for at, (old, outcome) in enumerate(outcomes.items())
    ]
    same(rows_written, expected, f"{a} to {b}: the translated list")
    same(dict(report.counts), dict(Counter(outcome.status for outcome in outcomes.values())), "statuses in the report")
