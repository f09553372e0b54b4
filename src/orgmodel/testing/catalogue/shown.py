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
from collections import Counter
from importlib.util import find_spec
from typing import Final
from xml.etree import ElementTree as ET

from orgmodel import view
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.content.blocks import cell_text
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
from orgmodel.rules.rulebook import Counts
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.law import Case, broken, same
from orgmodel.testing.moves import pick

__all__ = ["law"]

law: Final = Family()


def _span(case: Case) -> tuple[dt.date, dt.date]:
    first, second = (pick(case.days[1:], case.number(at)) for at in (2, 3))
    return min(first, second), max(first, second)


# ---- pictures


@law(
    "V1",
    "a chart and nested boxes show each unit once, under its own name, where it stands, none left out untold",
    "history",
    needs="plotly",
    seldom=2,
)
def v1(case: Case) -> None:
    structure, day = case.structure, case.on(case.day)
    top = structure.root()
    shown = day.below(top)
    most = 2 + case.number(5) % 4
    chart = view.org_chart(structure, depth=9, most=most)
    drawn = Counter(text.split("<br>")[1] for trace in chart.data for text in trace.hovertext or ())
    for unit, times in drawn.items():
        if times != 1 or unit.removeprefix("id ") not in shown:
            broken(f"the chart draws {unit} {times} times; the tree has {sorted(shown)}")
    texts = [text for trace in chart.data for text in trace.text or ()]
    left = sum(int(match[1]) for text in texts if (match := re.match(r" \.\.\. and (\d+) more", text)))
    hidden = {u for u in shown if f"id {u}" not in drawn}
    tops = [u for u in hidden if day.parent(u) not in hidden]
    same(left, len(tops), f"how many the chart says it leaves out, of {most} at most under one unit")
    nested = view.boxes(structure).data[0]
    same(sorted(nested.ids), sorted(shown), "units in the nested boxes")
    for unit, above, value in zip(nested.ids, nested.parents, nested.values, strict=True):
        same(above or None, day.parent(unit), f"the box around {unit!r}")
        leaves = [u for u in day.below(unit) if not day.children(u)]
        same(value, len(leaves), f"the area of the box of {unit!r}")


@law(
    "V2",
    "a picture of what became of units has a band for each pair that a correspondence tells, as thick as its part",
    "history",
    needs="plotly",
)
def v2(case: Case) -> None:
    a, b = _span(case)
    rows = [row for row in case.history.correspondence(a, b) if row.old != row.new or row.links]
    met(rows)
    sankey = view.flow(case.history, a, b).data[0]
    ids, link = sankey.node.customdata, sankey.link
    bands = {(ids[s], ids[t]): v for s, t, v in zip(link.source, link.target, link.value, strict=True)}
    parts = Counter(row.old for row in rows)
    expected = {(row.old, row.new): 1.0 if row.extent == "whole" else 1.0 / parts[row.old] for row in rows}
    same(bands, expected, f"bands from {a} to {b}")
    named = dict(zip(ids, sankey.node.label, strict=True))
    second = case.on(b)
    for row in rows:
        if second.value(row.new, tracks.NAME) is not None and row.old != row.new:
            same(named[row.new], second.called(row.new), f"the name of {row.new!r} on {b}")


@law(
    "V3",
    "a timeline shows every unit for as long as it lived, under the names it had",
    "history",
    needs="plotly",
    seldom=2,
)
def v3(case: Case) -> None:
    until = case.day + dt.timedelta(days=10)
    units = [u for u in case.history.units_ever() if case.history.life(u).start != case.history.life(u).end]
    met(units)
    figure = view.timeline(case.history, units, until=until, colour_by=tracks.CODE)
    length, names = Counter[str](), dict[str, set[str]]()
    for bars in (trace for trace in figure.data if trace.type == "bar"):
        for hover_text, name, days in zip(bars.hovertext, bars.text, bars.x, strict=True):
            unit = hover_text.split("<br>")[1].removeprefix("id ")
            length[unit] += int(days) // 86_400_000
            names.setdefault(unit, set()).add(name)
    spans = list(zip(case.days, [*case.days[1:], until], strict=True))
    for unit in units:
        lived = [(day, after) for day, after in spans if unit in case.on(day).units]
        same(length[unit], sum((after - day).days for day, after in lived), f"days of {unit!r} in the timeline")
        borne = {case.on(day).called(unit) for day, _ in lived}
        same(names.get(unit, set()), borne, f"names of {unit!r} in the timeline")


@law(
    "V4",
    "a picture of clusters has as many members on each side as there were in each cluster on its day",
    "history",
    needs="plotly",
)
def v4(case: Case) -> None:
    a, b = _span(case)
    clusterings = {c.id: c for day in (a, b) for c in case.history.at(day).clusterings() if not c.cover}
    met(clusterings)
    clustering = pick(sorted(clusterings), case.number(6))
    both = [case.on(day) for day in (a, b)]
    counts = [
        {c: len(day.members(c)) for c, begun in day.living(Cluster).items() if begun.clustering == clustering}
        for day in both
    ]
    called = {cluster: {day.called(cluster) for day in both} for day in both for cluster in day.living(Cluster)}
    met(any(counts[0].values()) or any(counts[1].values()))
    sankey = view.cluster_flow(case.history, a, b, clustering).data[0]
    labels = list(sankey.node.label)
    olds = {labels[s] for s in sankey.link.source}
    news = {labels[t] for t in sankey.link.target}
    for side, side_labels, of in ((0, olds, counts[0]), (1, news, counts[1])):
        for cluster, number in of.items():
            if number and not {f"{name}: {number}" for name in called[cluster]} & side_labels:
                broken(f"{cluster!r} has {number} members on {(a, b)[side]}; the picture has {sorted(side_labels)}")


# ---- pages


@law(
    "V5",
    "the tables of a page about days, a unit or a cluster have the numbers that the facts of the days give",
    "history",
)
def v5(case: Case) -> None:
    a, b = _span(case)
    first, second = case.on(a), case.on(b)
    kinds = [Counter(map(day.kind, day.units)) for day in (first, second)]
    counted = {row["kind"]: row for row in reform_content(case.history, a, b).tables[0].records()}
    for kind in {*kinds[0], *kinds[1]} - {None}:
        row = counted[case.history.schema.kind_name(kind, "en")]
        numbers_shown = tuple(row[word] for word in ("before", "after", "change"))
        if isinstance(numbers_shown[2], int):
            same(
                numbers_shown,
                (kinds[0][kind], kinds[1][kind], kinds[1][kind] - kinds[0][kind]),
                f"the number of {kind}",
            )
    met(second.units)
    unit = pick(second.units, case.number(7))
    page = unit_content(case.history, unit, on=b)
    values = {cell["name"]: cell["value"] for cell in page.tables[0].records()}
    for word in (tracks.KIND, tracks.CODE, tracks.CATEGORY):
        value = second.value(unit, word)
        expected = value if word != tracks.KIND or value is None else case.history.schema.kind_name(value, "en")
        same(values.get(word), expected, f"the {word} of {unit!r} on its page")
    change = case.history.cluster_changes(a, b)
    for cluster in list(change)[:1]:
        title = cluster_content(case.history, cluster.id, a, b).title
        sizes = [len(day.members(cluster.id)) for day in (first, second)]
        numbers = [int(n) for n in re.findall(r"\d+", title.rpartition(": ")[2])]
        if len(numbers) == 2:
            same(numbers, sizes, f"how many members {cluster.id!r} has, in the title of its page")


@law("V6", "a map draws each unit once, in its own shape, with its figure", "history", needs="plotly", seldom=4)
def v6(case: Case) -> None:
    units = list(case.structure)
    squares = {unit: [[[at, turn], [at + 1, turn], [at, turn]] for turn in range(3)] for at, unit in enumerate(units)}
    geometry = {unit: {"type": "MultiPolygon", "coordinates": [[ring] for ring in squares[unit]]} for unit in units}
    shapes = {"features": [{"properties": {"id": unit}, "geometry": geometry[unit]} for unit in units]}
    figures = {unit: case.number(at) for at, unit in enumerate(units) if case.number(at) % 3}
    drawn = [
        shape for shape in view.map_of(case.structure, shapes, by="id", of="id", figures=figures).data if shape.text
    ]
    same(len(drawn), len(units), "shapes on the map")
    for unit, shape in zip(units, drawn, strict=True):
        name, code, figure = shape.text.split("<br>")
        same(code, case.on(case.day).value(unit, tracks.CODE) or unit, f"the code of {unit!r} on the map")
        same(figure, f"{figures[unit]:,}" if unit in figures else "no figure", f"the figure of {unit!r} on the map")
        same(name, case.structure.called(unit), f"the name of {unit!r} on the map")
        corners = [(x, y) for x, y in zip(shape.x, shape.y, strict=True) if x is not None]
        same(corners, [tuple(corner) for ring in squares[unit] for corner in ring], f"the shape of {unit!r}")


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
    columns = {name: _unpacked(column) for name, column in data["facts"].items() if name != "of"}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for day in _span(case):
        page_facts: dict[str, dict[str, str | None]] = {}
        for row in rows:
            ended = row["end"] >= 0 and data["days"][row["end"]] <= str(day)
            track, _, _, refers = data["tracks"][row["track"]]
            if track not in _SHOWN or ended or data["days"][row["start"]] > str(day):
                continue
            value = data["texts"][row["value"]] if not refers else subjects[row["value"]] if row["value"] >= 0 else None
            page_facts.setdefault(subjects[row["unit"]], {})[track] = value
        on_day = case.on(day)
        for unit in on_day.units:
            expected = {track: on_day.value(unit, track) for track in _SHOWN} | {tracks.PARENT: on_day.parent(unit)}
            same(
                {track: page_facts.get(unit, {}).get(track) for track in _SHOWN},
                expected,
                f"the page about {unit!r} on {day}",
            )
    links = [
        (subjects[old], subjects[new])
        for old, new in zip(*(_unpacked(data["links"][side]) for side in ("old", "new")), strict=True)
    ]
    same(Counter(links), Counter((link.old, link.new) for link in case.history.lineage.links()), "links on the page")


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
        same(
            [cell for row in expected for cell in row if cell not in text], [], f"cells of {unit!r} that the page lacks"
        )


@law(
    "V9",
    "a workbook has every cell of the tables that it is written from, numbers as numbers",
    "history",
    needs="xlsxwriter",
    seldom=4,
)
def v9(case: Case) -> None:
    content = reform_content(case.history, *_span(case))
    with zipfile.ZipFile(io.BytesIO(workbook(content))) as book:
        shared = ["".join(item.itertext()) for item in ET.fromstring(book.read("xl/sharedStrings.xml"))]
        # The first sheet has the texts.
        sheets = [f"xl/worksheets/sheet{2 + at}.xml" for at, _ in enumerate(content.tables)]
        roots = [ET.fromstring(book.read(sheet)) for sheet in sheets]
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

    def value(cell: ET.Element) -> str | float:
        written = cell.findtext(f"{name}v") or ""
        return shared[int(written)] if cell.get("t") == "s" else float(written or "nan")

    for root, table in zip(roots, content.tables, strict=True):
        rows = [[value(cell) for cell in row] for row in root.iter(f"{name}row")][1 : 1 + len(table.rows)]
        same(len(rows), len(table.rows), f"how many rows the sheet {table.title!r} has")
        for row, cells in zip(rows, table.rows, strict=True):
            for shown, cell in zip(row, cells, strict=False):
                if isinstance(cell.value, (int, str)) and not (isinstance(cell.value, bool) or cell.note):
                    same(
                        shown,
                        cell.value if isinstance(cell.value, int) else cell_text(cell),
                        f"a cell in {table.title!r}",
                    )


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
    named = sorted({kind for unit in day.units if (kind := day.kind(unit))})
    met(named)
    met(case.history.measures.get("members") is not None)
    kind, above = pick(named, case.number(0)), pick(named, case.number(1))
    track = tracks.measure_track("members")
    exact = [n for unit in day.units if isinstance(n := day.value(unit, track, tracks.OWN), int)]
    # Mostly the exact figure of some unit, as mistakes in a rule show at the limit itself.
    limit = pick([*exact, 100], case.number(2))
    most = case.number(3) % 3
    kinds = ", ".join(f'"{name}"' for name in named)
    # The limit holds from this day on; the day before, every figure was large enough.
    span = {"day": case.day, "before": case.day - ONE_DAY}
    book = parse_rulebook(_BOOK.format(kind=kind, above=above, limit=limit, most=most, kinds=kinds, **span))
    audit = book.audit(case.structure)
    mine = day.where(tracks.KIND, kind)
    figures = {unit: day.value(unit, track, tracks.OWN) for unit in mine}
    bad, good = set(), set()
    for unit, value in figures.items():
        if value is None:
            continue
        figure = Quantity.of(value)
        low, high = (figure.value, figure.value) if figure.is_exact else (figure.low, figure.high)
        if low is not None and low >= limit:
            good.add(unit)
        elif high is not None and high < limit:
            bad.add(unit)
    same({f.units[0] for f in audit.of("figure")}, bad, f"{kind} with less than {limit} members")
    same(
        audit.counts["figure"],
        Counts(len(good), len(bad), len(mine) - len(good) - len(bad)),
        f"{kind} judged by members",
    )
    below = {unit: sum(day.kind(child) is not None for child in day.children(unit)) for unit in mine}
    same(
        {f.units[0] for f in audit.of("children")},
        {u for u, n in below.items() if n > most},
        f"{kind} with more than {most} below",
    )
    # Under a unit of no kind the rule does not say what belongs there.
    wrong = {
        unit
        for unit in mine
        if (top := day.parent(unit)) is None or (day.kind(top) is not None and day.kind(top) != above)
    }
    same({f.units[0] for f in audit.of("parent")}, wrong, f"{kind} that stand elsewhere than under {above}")


@law(
    "J3",
    "an audit of a period finds what is found at the end of a day on which something happens or a rule changes, and was not "
    "found the day before",
    "history",
)
def j3(case: Case) -> None:
    met(case.history.measures.get("members") is not None)
    a, b = _span(case)
    kinds = sorted({kind for kind in case.structure.counts() if kind})
    met(kinds)
    kind, above = pick(kinds, case.number(0)), pick(kinds, case.number(1))
    names = ", ".join(f'"{name}"' for name in kinds)
    book = parse_rulebook(_BOOK.format(kind=kind, above=above, limit=case.number(2) % 20, most=case.number(3) % 3,
                                       kinds=names, day=b, before=b - ONE_DAY))  # fmt: skip
    days = sorted({day for day in (*case.history.days(), b) if a < day <= b})
    met(days)
    expected: Counter[tuple[str, tuple[str, ...], dt.date]] = Counter()
    for day in days:
        before, after = ({(f.rule, f.units) for f in book.audit(case.history.at(d))} for d in (day - ONE_DAY, day))
        expected.update((*finding, day) for finding in after - before)
    arisen = case.history.audit(book, a, b)
    same(Counter((f.rule, f.units, f.day) for f in arisen), expected, f"what arose from {a} to {b}")


@law("J2", "what rules see an act change is what its events say, one by one", "history")
def j2(case: Case) -> None:
    act = pick(case.history.acts, case.number(0))
    changes = changes_of(act)
    created, ended, links, writes = [], [], [], []
    for event in act.events:
        if isinstance(event, Creation) and isinstance(event.what, Unit) and not event.first_known:
            created.append(event.what.id)
        elif isinstance(event, Closure):
            ended.append(event.subject)
        elif isinstance(event, Change):
            writes.append((event.subject, event.track, event.slot, event.value))
        elif isinstance(event, Succession):
            created += [unit.id for unit in event.created]
            ended += event.ended
            links += [(link.old, link.new, link.extent) for link in event.links]
            writes += [(c.subject, c.track, c.slot, c.value) for c in event.changes]
    same(list(changes.created), created, f"units that {act.id!r} creates")
    same([(row.old, row.new, row.extent) for row in changes.became], links, f"links of {act.id!r}")
    same([(w.subject, w.track, w.slot, w.value) for w in changes.writes], writes, f"what {act.id!r} writes")
    units = set(case.history.units_ever())
    same({u for u in changes.ended if u in units}, {u for u in ended if u in units}, f"units that {act.id!r} ends")
    into: dict[str, set[str]] = {}
    for old, new, _ in links:
        into.setdefault(new, set()).add(old)
    same(
        {new: set(olds) for new, olds in changes.mergers()},
        {n: o for n, o in into.items() if len(o) > 1},
        f"mergers of {act.id!r}",
    )
