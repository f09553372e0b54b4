"""Pictures: what is drawn is what the data say."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

import orgmodel as om
from orgmodel.party import vietnam
from orgmodel.testing.strategies import histories, structures
from orgmodel.view import boxes, cluster_flow, flow, org_chart, timeline

go = pytest.importorskip("plotly.graph_objects")

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def texts(figure: Any) -> list[str]:
    """All labels of an org chart or timeline, in no order."""
    return [text for trace in figure.data if trace.text is not None for text in trace.text]


def bands(figure: Any) -> list[tuple[str, str, float]]:
    """(from, to, thickness) of a flow."""
    (trace,) = figure.data
    labels = trace.node.label
    link = trace.link
    return [(labels[s], labels[t], v) for s, t, v in zip(link.source, link.target, link.value, strict=True)]


# ---- org chart and boxes


def test_org_chart_of_the_country() -> None:
    """34 provinces under the centre, each saying how many are below it."""
    structure = vietnam.reform_2025().at(AFTER)
    figure = org_chart(structure, depth=1, most=40)
    assert isinstance(figure, go.Figure)
    assert len(texts(figure)) == 35
    cao_bang = structure.one("Cao Bằng", kind="province").id
    assert f" Cao Bằng ({len(structure.children(cao_bang))} below)" in texts(figure)
    assert {trace.name for trace in figure.data if trace.showlegend is not False} == {"centre", "province"}


def test_org_chart_counts_what_it_leaves_out() -> None:
    """With more children than fit, the rest is one row that says how many."""
    rows = [{"id": "r"}, *({"id": f"u{n}", "parent": "r"} for n in range(9))]
    structure = om.structure_of(rows, day=AFTER)
    assert " ... and 6 more" in texts(org_chart(structure, most=4))
    assert len(texts(org_chart(structure, most=9))) == 10


@given(structures(max_units=30))
def test_org_chart_places_no_two_units_on_one_spot(structure: om.Structure) -> None:
    """All units are drawn, each in its own place, children to the right of their parent."""
    figure = org_chart(structure, depth=99, most=99)
    spots = [(x, y) for trace in figure.data if trace.text is not None for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(set(spots)) == len(spots) == len(structure)
    depths = Counter(structure.depth(unit) for unit in structure)
    assert Counter(x for x, _ in spots) == depths


@given(structures(max_units=30))
def test_org_chart_keeps_rows_for_what_it_leaves_out(structure: om.Structure) -> None:
    """What is left out is counted, unit by unit, and no label stands on another."""
    figure = org_chart(structure, depth=99, most=2)
    drawn = [
        t for trace in figure.data if trace.text is not None for t in zip(trace.x, trace.y, trace.text, strict=True)
    ]
    assert len({(x, y) for x, y, _ in drawn}) == len(drawn)
    more = [int(text.split()[2]) for *_, text in drawn if text.startswith(" ... and ")]
    shown = {structure.root()}
    left_out = []
    for unit in structure:
        if unit in shown:
            kids = structure.children(unit)
            shown.update(kids if len(kids) <= 2 else kids[:1])
            left_out += [len(kids) - 1] if len(kids) > 2 else []
    assert Counter(more) == Counter(left_out)
    assert len(drawn) == len(shown) + len(more)


def test_boxes_by_a_measure() -> None:
    """Boxes may stand for a count; one that is not known is not drawn as nothing."""
    rows = [{"id": "r"}, {"id": "a", "parent": "r", "members": 3}, {"id": "b", "parent": "r", "members": 4}]
    assert boxes(om.structure_of(rows, day=AFTER), measure="members").data[0].values == (7, 3, 4)
    del rows[2]["members"]
    with pytest.raises(om.Refused, match="b: the total of 'members' is not known"):
        boxes(om.structure_of(rows, day=AFTER), measure="members")


# ---- flow


def test_flow_of_the_provinces() -> None:
    """52 provinces flow into 23; with the unchanged ones, 63 into 34."""
    history = vietnam.reform_2025()
    merged = bands(flow(history, BEFORE, AFTER, kind="province"))
    assert len(merged) == 52
    assert len({new for _, new, _ in merged}) == 23
    assert ("Bắc Giang", "Bắc Ninh", 1.0) in merged
    assert len(bands(flow(history, BEFORE, AFTER, kind="province", changed=False))) == 63


def test_flow_says_the_act_and_what_is_not_known() -> None:
    """Each band has its act, and a part without a share says so."""
    figure = flow(vietnam.reform_2025(), BEFORE, AFTER, kind="commune", under="vn-p-31")
    told = figure.data[0].link.customdata
    assert all(text.endswith("/NQ-UBTVQH15 (partly memory)") for text in told)
    parts = [text for text in told if text.startswith("part")]
    assert parts
    assert all(text.startswith("part; its share is not known") for text in parts)
    assert figure.layout.title.text.startswith("commune: 168 on 2025-06-30 → 50 on 2025-07-01")


def test_flow_tells_shares() -> None:
    """A share that a source gives is told."""
    start = om.Act("s", "2024-01-01", [om.Creation(om.Unit("r")), om.Creation(om.Unit("a", parent="r"))])
    links = [
        om.Link("a", new, "part", {"members": share}) for new, share in (("b", Fraction(1, 3)), ("c", Fraction(2, 3)))
    ]
    split = om.Succession(links, [om.Unit("b", parent="r"), om.Unit("c", parent="r")])
    history = om.History().enact(start, om.Act("x", AFTER, [split], om.Source("9/NQ")))
    figure = flow(history, BEFORE, AFTER)
    assert figure.data[0].link.customdata == (
        "part: 1/3 of members<br>2025-07-01 9/NQ",
        "part: 2/3 of members<br>2025-07-01 9/NQ",
    )


def test_flow_of_nothing_is_refused() -> None:
    """Where nothing changed there is nothing to draw."""
    with pytest.raises(om.Refused, match="nothing changed from 2025-07-02 to 2025-07-03"):
        flow(vietnam.reform_2025(), "2025-07-02", "2025-07-03")


def test_cluster_flow() -> None:
    """Both clusters of 14 keep to themselves and become 9."""
    history = vietnam.reform_2025()
    (clustering,) = history.at(BEFORE).clusterings()
    figure = cluster_flow(history, BEFORE, AFTER, clustering.id)
    found = [(a, b) for a, b, _ in bands(figure) if "outside" not in a + b]
    assert found == [(f"Cụm thi đua số {n}: 14", f"Cụm thi đua số {n}: 9") for n in (1, 2)]
    with pytest.raises(om.UnknownUnit):
        cluster_flow(history, BEFORE, AFTER, "no such")


# ---- timeline


def test_timeline_of_the_provinces_since_1976() -> None:
    """One bar or more for each province there ever was, and a line for each succession."""
    history = vietnam.province_history()
    figure = timeline(history, kind="province")
    rows = {y for trace in figure.data if trace.type == "bar" for y in trace.y}
    ever = [
        u
        for u in history.units_ever()
        if any(f.track == "kind" and f.value == "province" for f in history.biography(u))
    ]
    assert len(rows) == len(ever)
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    inside = [link for link in history.lineage.links() if link.old != link.new and {link.old, link.new} <= set(ever)]
    assert sum(line.x.count(None) for line in lines) == len(inside)
    # Each succession is a line of its own.
    assert len(lines) == len({link.seq for link in inside})
    assert {"Hà Bắc", "Bắc Giang", "Bắc Ninh"} <= set(texts(figure))


def test_timeline_draws_lives_and_names() -> None:
    """A bar begins and ends with its unit, and is divided where the name changes."""
    history = om.History().enact(
        om.Act("s", "2024-01-01", [om.Creation(om.Unit("r", name="A")), om.Creation(om.Unit("u", parent="r"))]),
        om.Act("n", "2024-06-01", [om.Change("r", "name", "B")]),
        om.Act("e", "2024-07-01", [om.Closure("u")]),
    )
    figure = timeline(history, until="2025-01-01")
    assert figure.layout.title.text.endswith(" to 2025-01-01")
    (bars,) = figure.data
    days = [dt.timedelta(milliseconds=length).days for length in bars.x]
    assert list(zip(bars.text, bars.base, days, strict=True)) == [
        ("A", "2024-01-01", 152),
        ("B", "2024-06-01", 214),
        ("u", "2024-01-01", 182),
    ]


def test_timeline_of_nothing_is_refused() -> None:
    """No unit, or one that never was, cannot be shown."""
    with pytest.raises(om.Refused, match="no unit is chosen"):
        timeline(om.History())
    with pytest.raises(om.UnknownUnit):
        timeline(vietnam.province_history(), ["nobody"])


@given(histories())
def test_every_history_has_a_timeline(history: om.History) -> None:
    """Lives of no whole day have no bar; all others do, and plotly can write it."""
    figure = timeline(history)
    lives = [history.life(unit) for unit in history.units_ever()]
    rows = {y for trace in figure.data if trace.type == "bar" for y in trace.y}
    assert len(rows) == sum(life.start != life.end for life in lives)
    json.loads(figure.to_json())


def test_without_plotly_it_says_what_to_install() -> None:
    """Drawing without plotly names the extra; importing works."""
    code = (
        "import sys; sys.modules['plotly'] = None; sys.modules['plotly.graph_objects'] = None\n"
        "import orgmodel as om\nfrom orgmodel.view import org_chart\n"
        "try:\n    org_chart(om.structure_of([{'id': 'a'}], day='2025-07-01'))\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "this needs plotly; install it with: pip install 'orgmodel[view]'\n"


def test_a_code_that_is_taken_away_colours_no_day_after() -> None:
    """From the day on which a unit has no code any more, its bar has the colour of those without one."""
    history = om.history_of([{"id": "a", "code": "01"}], day="2024-01-01")
    with history.draft("2024-01-11") as act:
        act.recode("a", None)
    figure = timeline(history.enact(act), until="2024-01-31", colour_by="code")
    bars = {trace.name: [int(x) // 86_400_000 for x in trace.x] for trace in figure.data if trace.type == "bar"}
    assert bars == {"01": [10], "not stated": [20]}
