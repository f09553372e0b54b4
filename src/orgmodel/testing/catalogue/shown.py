"""The laws of what is shown (V) and judged (J): pictures, pages and findings say what the facts of the days say.

Of a picture the laws read the data that it draws, of a page its tables, of a finding the units it names. Where plotly
is not installed, the laws of pictures are skipped, and the report of the laws says so.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import itertools
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from typing import Any, Final
from xml.etree import ElementTree as ET

from attrs import evolve

from orgmodel import view
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Change, Creation
from orgmodel.content.blocks import Cell, Column, cell_text, table_of
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.reports.composed import cluster_content, reform_content, unit_content
from orgmodel.reports.explorer.data import page_data
from orgmodel.reports.writers.page import page
from orgmodel.reports.writers.word import document
from orgmodel.reports.writers.workbook import workbook
from orgmodel.rules.file import parse_rulebook
from orgmodel.rules.rulebook import Counts, Rulebook
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.shared import (
    agree,
    case_of,
    kinds_of,
    link_pairs,
    two_days,
)
from orgmodel.testing.law import Case, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.statements import statements
from orgmodel.testing.twin import PlainDay

__all__ = ["law"]

law: Final = Family()


# ---- pictures


@law(
    "V1",
    "a chart and nested boxes show each unit once, under its own name, where it stands, none left out untold",
    "history",
    needs="plotly",
    seldom=2,
)
def v1(case: Case) -> None:
    day, root = case.on(case.day), case.structure.root()
    inside = day.below(root)
    _chart_read(case, day, inside)
    boxes = view.boxes(case.structure).data[0]
    shown = {
        unit: (above or None, area) for unit, above, area in zip(boxes.ids, boxes.parents, boxes.values, strict=True)
    }
    # A box is as large as the number of the lowest units in it.
    leaves = {unit: sum(not day.children(lower) for lower in day.below(unit)) for unit in inside}
    expected = {unit: (day.parent(unit), leaves[unit]) for unit in inside}
    same(shown, expected, "the box around each unit, and its area")


def _chart_read(case: Case, day: PlainDay, inside: Sequence[str]) -> None:
    """Require that a chart draws a unit once, and says how many it leaves out."""
    most = 2 + case.number(5) % 4
    chart = view.org_chart(case.structure, depth=9, most=most)
    drawn = Counter(text.split("<br>")[1].removeprefix("id ") for trace in chart.data for text in trace.hovertext or ())
    wrong = {unit: times for unit, times in drawn.items() if times != 1 or unit not in inside}
    same(wrong, {}, "wrong boxes in the chart")
    texts = [text for trace in chart.data for text in trace.text or ()]
    left_out = sum(int(match[1]) for text in texts if (match := re.match(r" \.\.\. and (\d+) more", text)))
    hidden = set(inside).difference(drawn)
    tops = [unit for unit in hidden if day.parent(unit) not in hidden]
    same(left_out, len(tops), f"how many the chart says it leaves out, of {most} at most under one unit")


@law(
    "V2",
    "a picture of what became of units has a band for each pair that a correspondence tells, as thick as its part",
    "history",
    needs="plotly",
)
def v2(case: Case) -> None:
    a, b = two_days(case, at=2)
    rows = [row for row in case.history.correspondence(a, b) if row.old != row.new or row.links]
    met(rows)
    sankey = view.flow(case.history, a, b).data[0]
    ids, link = sankey.node.customdata, sankey.link
    bands = {(ids[s], ids[t]): v for s, t, v in zip(link.source, link.target, link.value, strict=True)}
    parts = Counter(row.old for row in rows)
    expected = {(row.old, row.new): 1.0 if row.extent == "whole" else 1.0 / parts[row.old] for row in rows}
    same(bands, expected, f"bands from {a} to {b}")
    labels, second = dict(zip(ids, sankey.node.label, strict=True)), case.on(b)
    named = {row.new for row in rows if row.old != row.new and second.value(row.new, tracks.NAME) is not None}
    agree(named, labels.get, second.called, f"names on {b}")


@law(
    "V3",
    "a timeline shows every unit for as long as it lived, under the names it had",
    "history",
    needs="plotly",
    seldom=2,
)
def v3(case: Case) -> None:
    # Few codes change by themselves.
    recoded = Change(pick(list(case.structure), case.number(0)), tracks.CODE, "V3")
    longer = happens(case.history, case.act([recoded], day=case.day + ONE_DAY))
    case = case if longer is None else case_of(longer, case)
    until = case.day + dt.timedelta(days=10)
    units = [u for u in case.history.units_ever() if case.history.life(u).start != case.history.life(u).end]
    met(units)
    figure = view.timeline(case.history, units, until=until, colour_by=tracks.CODE)
    length, names, codes = Counter[str](), defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for bars in (trace for trace in figure.data if trace.type == "bar"):
        for hover_text, name, milliseconds in zip(bars.hovertext, bars.text, bars.x, strict=True):
            unit = hover_text.split("<br>")[1].removeprefix("id ")
            length[unit] += int(milliseconds) // 86_400_000
            names[unit].add(name)
            codes[unit].add(bars.name)
    stretches = [(case.on(day), (end - day).days) for day, end in itertools.pairwise([*case.days, until])]
    agree(
        units,
        lambda unit: (length[unit], names[unit], codes[unit]),
        lambda unit: (
            sum(days for on_day, days in stretches if unit in on_day.units),
            {on_day.called(unit) for on_day, _ in stretches if unit in on_day.units},
            {on_day.value(unit, tracks.CODE) or "not stated" for on_day, _ in stretches if unit in on_day.units},
        ),
        "days, names and codes of units in the timeline",
    )


@law(
    "V4",
    "a picture of clusters has as many members on each side as there were in each cluster on its day",
    "history",
    needs="plotly",
)
def v4(case: Case) -> None:
    a, b = two_days(case, at=2)
    clusterings = {c.id: c for day in (a, b) for c in case.history.at(day).clusterings() if not c.cover}
    met(clusterings)
    clustering = pick(sorted(clusterings), case.number(6))
    both = [case.on(day) for day in (a, b)]
    # A cluster may have another name on each day, and the picture one of them.
    called = {cluster: {day.called(cluster) for day in both} for day in both for cluster in day.living(Cluster)}
    sides = [
        {c: len(day.members(c)) for c, life in day.living(Cluster).items() if life.clustering == clustering}
        for day in both
    ]
    met(any(sides[0].values()) or any(sides[1].values()))
    sankey = view.cluster_flow(case.history, a, b, clustering).data[0]
    for numbers, places, day in zip(sides, (sankey.link.source, sankey.link.target), (a, b), strict=True):
        labels = {sankey.node.label[place] for place in places}
        unshown = {c for c, n in numbers.items() if n and labels.isdisjoint(f"{name}: {n}" for name in called[c])}
        same(unshown, set(), f"clusters of {day} that the picture does not show with their members; it has {labels}")


# ---- pages


@law(
    "V5",
    "the tables of a page about days, a unit or a cluster have the numbers that the facts of the days give",
    "history",
)
def v5(case: Case) -> None:
    a, b = two_days(case, at=2)
    first, second = case.on(a), case.on(b)
    schema = case.history.schema
    before, after = (Counter(map(day.kind, day.units)) for day in (first, second))
    rows = reform_content(case.history, a, b).tables[0].records()
    shown = {
        row["kind"]: (row["before"], row["after"], row["change"]) for row in rows if isinstance(row["change"], int)
    }
    numbers = {
        schema.kind_name(kind, "en"): (before[kind], after[kind], after[kind] - before[kind])
        for kind in {*before, *after} - {None}
    }
    agree(numbers.keys() & shown.keys(), shown.get, numbers.get, "units of each kind: before, after and change")
    met(second.units)
    unit = pick(second.units, case.number(7))
    values = {cell["name"]: cell["value"] for cell in unit_content(case.history, unit, on=b).tables[0].records()}
    words = {word: second.value(unit, word) for word in (tracks.KIND, tracks.CODE, tracks.CATEGORY)}
    if words[tracks.KIND] is not None:
        words[tracks.KIND] = schema.kind_name(words[tracks.KIND], "en")
    agree(words, values.get, words.get, f"the page of {unit!r}")
    for cluster in list(case.history.cluster_changes(a, b))[:1]:
        title = cluster_content(case.history, cluster.id, a, b).title
        sizes = [len(day.members(cluster.id)) for day in (first, second)]
        shown_sizes = [int(n) for n in re.findall(r"\d+", title.rpartition(": ")[2])]
        if len(shown_sizes) == 2:
            same(shown_sizes, sizes, f"how many members {cluster.id!r} has, in the title of its page")


@law("V6", "a map draws each unit once, in its own shape, with its figure", "history", needs="plotly", seldom=4)
def v6(case: Case) -> None:
    units = list(case.structure)
    squares = {unit: [[[at, turn], [at + 1, turn], [at, turn]] for turn in range(3)] for at, unit in enumerate(units)}
    features = [
        {
            "properties": {"id": unit},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]},
        }
        for unit, rings in squares.items()
    ]
    figures = {unit: case.number(at) for at, unit in enumerate(units) if case.number(at) % 3}
    drawn = view.map_of(case.structure, {"features": features}, by="id", of="id", figures=figures).data
    shapes = [
        (shape.text.split("<br>"), [(x, y) for x, y in zip(shape.x, shape.y, strict=True) if x is not None])
        for shape in drawn
        if shape.text
    ]
    day = case.on(case.day)
    expected = []
    for unit, rings in squares.items():
        figure = f"{figures[unit]:,}" if unit in figures else "no figure"
        text = [case.structure.called(unit), day.value(unit, tracks.CODE) or unit, figure]
        expected.append((text, [tuple(corner) for ring in rings for corner in ring]))
    same(shapes, expected, "name, code, figure and corners of each unit on the map")


# ---- pages


def _unpacked(column: list[int]) -> list[int]:
    """A column of the explorer's page: as it is, steps, runs, or runs of steps."""
    form, *numbers = column
    if form >= 2:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        numbers = [number for number, times in pairs for _ in range(times)]
    return list(itertools.accumulate(numbers)) if form % 2 else numbers


@law(
    "V7",
    "the explorer's page has of every unit on each day its name, kind, category, code and parent, and every link",
    "history",
)
def v7(case: Case) -> None:
    data = page_data(case.history)
    subjects: list[str] = []
    for shared, suffix in zip(data["units"][::2], data["units"][1::2], strict=True):
        subjects.append((subjects[-1] if subjects else "")[:shared] + suffix)
    for day in two_days(case, at=2):
        shown, on_day = _page_facts(data, subjects, day), case.on(day)
        expected = {
            unit: {track: on_day.value(unit, track) for track in _SHOWN} | {tracks.PARENT: on_day.parent(unit)}
            for unit in on_day.units
        }
        same({unit: shown[unit] for unit in expected}, expected, f"pages on {day}")
    ends = (_unpacked(data["links"][side]) for side in ("old", "new"))
    links = Counter((subjects[old], subjects[new]) for old, new in zip(*ends, strict=True))
    same(links, link_pairs(case.history), "links on the page")


def _page_facts(data: Mapping[str, Any], subjects: list[str], day: dt.date) -> Mapping[str, dict[str, str | None]]:
    """Unit -> track -> value, of all that the explorer's page shows of a day."""
    facts: dict[str, dict[str, str | None]] = defaultdict(lambda: dict.fromkeys(_SHOWN))
    columns = {name: _unpacked(column) for name, column in data["facts"].items() if name != "of"}
    for row in (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)):
        track, _, _, refers = data["tracks"][row["track"]]
        end = data["days"][row["end"]] if row["end"] >= 0 else "9999"
        if track in _SHOWN and data["days"][row["start"]] <= str(day) < end:
            # A root has no unit above it.
            texts = subjects if refers else data["texts"]
            facts[subjects[row["unit"]]][track] = texts[row["value"]] if row["value"] >= 0 else None
    return facts


_SHOWN: Final = (tracks.NAME, tracks.KIND, tracks.CATEGORY, tracks.CODE, tracks.PARENT)
"""The tracks of the explorer that V7 reads."""


@law(
    "V8",
    "a Word document and a page in HTML have every cell of the tables that they are written from",
    "history",
    needs="docx",
    seldom=6,
)
def v8(case: Case) -> None:
    from docx import Document

    unit = pick(list(case.structure), case.number(7))
    content = unit_content(case.history, unit, on=case.day)
    expected = [[cell_text(cell) for cell in row] for table in content.tables for row in table.rows]
    tables = Document(io.BytesIO(document(content))).tables
    written = [[cell.text for cell in row.cells] for table in tables for row in table.rows[1:]]
    same(len(written), len(expected), f"how many rows the document about {unit!r} has")
    # A table whose rows have sources has one more column, for these.
    rows = [row[: len(cells)] for row, cells in zip(written, expected, strict=True)]
    same(rows, expected, f"rows of the document about {unit!r}")
    if find_spec("jinja2") is not None:
        text = html.unescape(page(content))
        lacking = [cell for row in expected for cell in row if cell not in text]
        same(lacking, [], f"cells of {unit!r} that the page lacks")


@law(
    "V9",
    "a workbook has every cell of the tables that it is written from, numbers as numbers",
    "history",
    needs="xlsxwriter",
    seldom=4,
)
def v9(case: Case) -> None:
    # Numbers, shares and days of each unit, beside the tables of a page, which have few of them.
    units = [
        (unit, case.number(at), Fraction(case.number(at), 256), case.day) for at, unit in enumerate(case.structure)
    ]
    columns = [Column("unit"), Column("number", "number"), Column("share", "number"), Column("day")]
    content = reform_content(case.history, *two_days(case, at=2))
    content = evolve(content, blocks=[*content.blocks, table_of("units", columns, units)])
    with zipfile.ZipFile(io.BytesIO(workbook(content))) as book:
        shared = ["".join(item.itertext()) for item in ET.fromstring(book.read("xl/sharedStrings.xml"))]
        # The first sheet has the texts.
        sheets = [f"xl/worksheets/sheet{2 + at}.xml" for at, _ in enumerate(content.tables)]
        roots = [ET.fromstring(book.read(sheet)) for sheet in sheets]
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

    def shown(cell: ET.Element) -> str | float:
        written = cell.findtext(f"{name}v") or ""
        return shared[int(written)] if cell.get("t") == "s" else float(written or "nan")

    for root, table in zip(roots, content.tables, strict=True):
        rows = [[shown(cell) for cell in row] for row in root.iter(f"{name}row")][1 : 1 + len(table.rows)]
        same(len(rows), len(table.rows), f"how many rows the sheet {table.title!r} has")
        pairs = [pair for row, cells in zip(rows, table.rows, strict=True) for pair in zip(row, cells, strict=False)]
        # What is less than exact is a text that says so.
        plain = [(value, cell) for value, cell in pairs if type(cell.value) in _PLAIN and not cell.note]
        same([value for value, _ in plain], [_in_sheet(cell) for _, cell in plain], f"cells in {table.title!r}")


_PLAIN: Final = (int, str, Fraction, dt.date)
"""The types of values that a workbook has as they are."""


def _in_sheet(cell: Cell) -> str | float:
    """What a sheet has for a plain value: shares as numbers, days counted as spreadsheets do."""
    value = cell.value
    if isinstance(value, dt.date):
        return float((value - dt.date(1899, 12, 30)).days)
    return float(value) if isinstance(value, (int, Fraction)) else cell_text(cell)


# ---- what rules find

_BOOK: Final = """
[[rule]]
id = "figure"
statement = "A figure is large enough"
check = "measure"
on = ["{kind}"]
measure = "members"
compare = ">="
[[rule.version]]
from = "2000-01"
to = "{before}"
value = 0
document = "a test"
certainty = "seen"
[[rule.version]]
from = "{day}"
value = {limit}
document = "a test"
certainty = "seen"

[[rule]]
id = "children"
statement = "There are not too many below"
check = "children"
on = ["{kind}"]
child_kind = [{kinds}]
compare = "<="
none_is_known = true
[[rule.version]]
from = "2000-01"
value = {most}
document = "a test"
certainty = "seen"

[[rule]]
id = "parent"
statement = "It stands where it belongs"
check = "parent"
on = ["{kind}"]
[[rule.version]]
from = "2000-01"
kinds = ["{above}"]
document = "a test"
certainty = "seen"
"""


@law(
    "J1",
    "a rule of a figure, of children and of parents finds exactly the units that a loop over the facts finds",
    "history",
)
def j1(case: Case) -> None:
    day = case.on(case.day)
    # Mostly the exact figure of some unit, as mistakes in a rule show at the limit itself.
    track = tracks.measure_track("members")
    exact = [n for unit in day.units if isinstance(n := day.value(unit, track, tracks.OWN), int)]
    limit, most = pick([*exact, 100], case.number(2)), case.number(3) % 3
    # The limit holds from this day on; the day before, every figure was large enough.
    book, kind, above = _rulebook(case, case.day, limit, most)
    audit = book.audit(case.structure)
    judged = day.where(tracks.KIND, kind)
    stated = {unit: value for unit in judged if (value := day.value(unit, track, tracks.OWN)) is not None}
    figures = {unit: Quantity.of(value) for unit, value in stated.items()}
    good = {unit for unit, figure in figures.items() if figure.low is not None and figure.low >= limit}
    bad = {unit for unit, figure in figures.items() if figure.high is not None and figure.high < limit}
    numbers = Counts(len(good), len(bad), len(judged) - len(good) - len(bad))
    same(audit.counts["figure"], numbers, f"{kind} judged by members")
    too_many = {unit for unit in judged if sum(day.kind(child) is not None for child in day.children(unit)) > most}
    # Under a unit of no kind the rule does not say what belongs there.
    places = {unit: day.parent(unit) for unit in judged}
    wrong = {unit for unit, top in places.items() if top is None or day.kind(top) not in (None, above)}
    expected = {"figure": bad, "children": too_many, "parent": wrong}
    agree(expected, lambda rule: {f.units[0] for f in audit.of(rule)}, expected.get, f"{kind} that a rule finds")


def _rulebook(case: Case, day: dt.date, limit: int, most: int) -> tuple[Rulebook, str, str]:
    """Rules about a kind, in force from a day on, with this kind and the one under which it belongs.

    Raises:
        NotMet: there are no kinds, or nobody counts members.
    """
    kinds = kinds_of(case.structure)
    met(kinds and case.history.measures.get("members") is not None)
    kind, above = pick(kinds, case.number(0)), pick(kinds, case.number(1))
    names = ", ".join(f'"{name}"' for name in kinds)
    span = {"day": day, "before": day - ONE_DAY}
    text = _BOOK.format(kind=kind, above=above, limit=limit, most=most, kinds=names, **span)
    return parse_rulebook(text), kind, above


@law(
    "J3",
    "an audit of a period finds what is found at the end of a day on which something happens or a rule changes, and was not "
    "found the day before",
    "history",
)
def j3(case: Case) -> None:
    a, b = two_days(case, at=2)
    book, _, _ = _rulebook(case, b, case.number(2) % 20, case.number(3) % 3)
    days = sorted({day for day in (*case.history.days(), b) if a < day <= b})
    met(days)
    expected: Counter[tuple[str, tuple[str, ...], dt.date]] = Counter()
    for day in days:
        before, after = ({(f.rule, f.units) for f in book.audit(case.history.at(on))} for on in (day - ONE_DAY, day))
        expected.update((*finding, day) for finding in after - before)
    arisen = case.history.audit(book, a, b)
    same(Counter((f.rule, f.units, f.day) for f in arisen), expected, f"what arose from {a} to {b}")


@law("J2", "what rules see an act change is what its events say, one by one", "history")
def j2(case: Case) -> None:
    act = pick(case.history.acts, case.number(0))
    changes, stated = changes_of(act), statements(act.events)
    # A unit that is only known from a day on is older than that.
    known = {event.what.id for event in act.events if isinstance(event, Creation) and event.first_known}
    created = [begun.id for begun in stated.begun if isinstance(begun, Unit) and begun.id not in known]
    same(list(changes.created), created, f"units that {act.id!r} creates")
    links = [(link.old, link.new, link.extent) for link in stated.links]
    same([(row.old, row.new, row.extent) for row in changes.became], links, f"links of {act.id!r}")
    written, expected = (
        [(w.subject, w.track, w.slot, w.value) for w in each] for each in (changes.writes, stated.changes)
    )
    same(written, expected, f"what {act.id!r} writes")
    units = set(case.history.units_ever())
    same(units & {*changes.ended}, units & {*stated.ended}, f"units that {act.id!r} ends")
    sources = defaultdict[str, set[str]](set)
    for old, new, _ in links:
        sources[new].add(old)
    mergers = {new: olds for new, olds in sources.items() if len(olds) > 1}
    same({new: set(olds) for new, olds in changes.mergers()}, mergers, f"mergers of {act.id!r}")
