"""Pictures measured in a real browser: no label is cut, none lies on another. Without Chromium these are skipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

import orgmodel as om
from orgmodel.content.colours import ink_on, kind_colours
from orgmodel.history.history import History
from orgmodel.party import vietnam
from orgmodel.reports.composed import cluster_content
from orgmodel.reports.explorer.data import page_data
from orgmodel.rules.rulebook import Audit
from orgmodel.view import (
    boxes,
    carried,
    cluster_flow,
    cluster_members,
    compared,
    findings,
    flow,
    map_of,
    org_chart,
    series,
    timeline,
)

A, B = "2025-06-30", "2025-07-01"
CHROMIUM = shutil.which("chromium")

MEASURE = """() => {
    const svg = document.querySelector('.main-svg, svg').getBoundingClientRect();
    const texts = [...document.querySelectorAll('svg text')].map((text) => [text.textContent, text.getBoundingClientRect()])
        .filter(([text, at]) => text.trim() && at.width > 0);
    const cut = texts.filter(([, at]) => at.left < svg.left - 1 || at.right > svg.right + 1 || at.top < svg.top - 1 || at.bottom > svg.bottom + 1);
    const over = [];
    texts.forEach(([a, one], at) => texts.slice(at + 1).forEach(([b, two]) => {
        const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (wide > 2 && high > 4) over.push([a, b]);
    }));
    return { count: texts.length, cut: cut.map(([text]) => text), over };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def plans(history: History) -> Any:
    with history.draft("2027-01-01", source=om.Source("a proposal")) as act:
        act.merge(["vn-p-11", "vn-p-12"], into=om.Unit(name="Tây Bắc", kind="province"))
    return om.compare(history, om.Scenario("north-west", history, [act]), on="2027-01-01")


def figures(history: History) -> Any:
    table = {"24": 91, "27": 60, "38": om.Quantity(236, "about")}
    return history.correspondence(A, B, kind="province").account(table, "members", by="code")


PICTURES: dict[str, Callable[[History], Any]] = {
    "chart": lambda h: org_chart(h.at(B), depth=1, most=40),
    "chart of two levels": lambda h: org_chart(h.at(B), "vn-p-24-2025", depth=2, most=30),
    "boxes": lambda h: boxes(h.at(B), "vn-p-24-2025"),
    "flow": lambda h: flow(h, A, B, kind="province"),
    "flow of communes": lambda h: flow(h, A, B, kind="commune", under="vn-p-31"),
    "clusters": lambda h: cluster_flow(h, A, B, "emulation"),
    "one cluster": lambda h: cluster_members(h, A, B, "cluster-1"),
    "timeline": lambda h: timeline(h, kind="province", until="2026-12-31"),
    "plans": lambda h: compared(plans(h)),
    "carried": lambda h: carried(figures(h)),
    "series": lambda h: series(h.series("members", kind="province", figures={A: {"vn-p-24": 91, "vn-p-27": 60}}, on=B)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_label_is_cut_or_covered(browser: Browser, reform: History, tmp_path: Path, name: str) -> None:
    path = tmp_path / "picture.html"
    PICTURES[name](reform).write_html(path, include_plotlyjs=True)
    tab = browser.new_page(viewport={"width": 1200, "height": 900})
    tab.goto(path.as_uri())
    tab.wait_for_selector(".main-svg")
    told = tab.evaluate(MEASURE)
    tab.close()
    assert told["count"] > 2
    assert told["cut"] == []
    assert told["over"] == []


def test_pictures_of_reports_too(browser: Browser, reform: History, tmp_path: Path) -> None:
    content = cluster_content(reform, "cluster-1", A, B)
    (tmp_path / "picture.html").write_text(f"<meta charset=utf-8>{content.blocks[0].svg}", encoding="utf-8")  # type: ignore[union-attr]
    tab = browser.new_page()
    tab.goto((tmp_path / "picture.html").as_uri())
    told = tab.evaluate(MEASURE)
    tab.close()
    assert told["count"] == 2 + 14 + 9
    assert told["cut"] == []
    assert told["over"] == []


def test_a_kind_has_one_colour_everywhere(reform: History) -> None:
    shade = kind_colours(reform.schema)
    chart = org_chart(reform.at(B), depth=2, most=3)
    drawn = {trace.name: trace.marker.color for trace in chart.data if trace.name in shade}
    assert drawn == {kind: shade[kind] for kind in drawn}
    assert {"province", "commune"} <= set(drawn)
    told = {kind: colour for kind, _, _, colour, _ in page_data(reform)["kinds"]}
    assert told == {kind: shade[kind] for kind in told}


def test_letters_on_colours_can_be_read() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for colour in kind_colours(vietnam.reform_2025().schema).values():
        light, dark = sorted([luminance(colour), luminance(ink_on(colour))], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_flow_of_a_country_asks_for_a_narrower_question(reform: History) -> None:
    with pytest.raises(om.Refused, match="narrow it with under="):
        flow(reform, A, B, kind="commune")


def test_sources_are_in_the_caption(reform: History) -> None:
    for name in ("flow", "one cluster", "timeline", "plans", "carried"):
        captions = [note.text for note in PICTURES[name](reform).layout.annotations]
        assert any("sources: " in caption for caption in captions), name


def test_weights_of_your_own(reform: History) -> None:
    made = flow(reform, A, B, kind="province", weights={"vn-p-24": 2_000, "vn-p-27": 1_500})
    assert sorted(made.data[0].link.value) == [1_500, 2_000]
    with pytest.raises(om.Refused) as refused:
        flow(reform, A, B, kind="province", weights={"vn-p-24": -1, "nobody": 1})
    assert len(refused.value.findings) == 2


def test_boxes_of_your_own_figures(reform: History) -> None:
    structure = reform.at(B)
    made = boxes(structure, figures={"vn-p-24-2025-btc": 12, "vn-p-01-btc": 8})
    assert dict(zip(made.data[0].ids, made.data[0].values, strict=True))["vn"] == 20
    with pytest.raises(om.Refused, match="too small"):
        boxes(structure, figures={"vn-p-01-btc": -1})


def test_findings_are_counted_where_they_stand(reform: History) -> None:
    structure = reform.at(B)
    audit = Audit(
        structure.day,
        findings=[
            om.Finding("A", "too few", units=("vn-c-07210-2025",), citation="the Charter, art. 1"),
            om.Finding("A", "too few", units=("vn-p-24-2025-btc", "vn-p-38")),
            om.Finding("B", "a warning", units=("vn",), severity="warning"),
        ],
    )
    made = findings(audit, structure)
    counts = {bar.name: dict(zip(bar.y, bar.x, strict=True)) for bar in made.data}
    assert counts["error"]["Bắc Ninh"] == 2
    assert counts["error"]["Thanh Hóa"] == 1
    assert counts["warning"]["outside every province"] == 1
    assert "the Charter, art. 1" in made.layout.annotations[0].text
    with pytest.raises(om.Refused, match="found nothing"):
        findings(Audit(structure.day), structure)


def test_figures_that_are_not_known_are_not_drawn_as_numbers(reform: History) -> None:
    table = reform.correspondence(A, B, kind="province")
    some = {"24": om.Quantity(91), "27": om.Quantity.unknown(low=10, high=60), "38": om.UNKNOWN, "01": 5}
    made = carried(table.account(some, "members", by="code"), most=2)
    (bar,) = made.data
    assert list(bar.y) == ["Bắc Ninh", "Hà Nội"]
    # 91 and between 10 and 60 more: a bar to what is certain, a whisker to what may be.
    assert (bar.x[0], bar.error_x.array[0]) == (101, 50)
    assert "1 units not known" in made.layout.annotations[0].text
    with pytest.raises(om.Refused, match="no figure is known"):
        carried(table.account({"38": om.UNKNOWN}, "members", by="code"))


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def feature(geometry: Any = SQUARE, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_a_map_of_the_callers_shapes(reform: History, tmp_path: Path) -> None:
    structure = reform.at(B)
    two = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], SQUARE["coordinates"]]}
    point = {"type": "Point", "coordinates": [105.8, 21.0]}
    shapes = collection(feature(code="24"), feature(two, code="31"), feature(point, code="38"))
    made = map_of(structure, shapes, figures={"vn-p-24-2025": 10, "vn-p-38": 20})
    assert [trace.name for trace in made.data if trace.name] == ["Bắc Ninh", "Hải Phòng", "Thanh Hóa"]
    assert made.data[1].x.count(None) == 1
    assert made.data[1].fillcolor == "#dddddd"
    assert made.data[0].fillcolor != made.data[2].marker.color
    path = tmp_path / "shapes.geojson"
    path.write_text(json.dumps(shapes), encoding="utf-8")
    # A shape for each unit, and a line of the legend.
    assert len(map_of(structure, path).data) == 3 + 1
    assert len(map_of(structure, collection(feature(id="vn-p-38")), by="id", of="id").data) == 1 + 1


def test_the_legend_of_a_map_has_the_colours_of_its_shapes(reform: History) -> None:
    """A line for each kind in the colour of its units; of figures a scale whose ends are those of the least and most."""
    structure = reform.at(B)
    commune = structure.of_kind("commune")[0]
    shapes = collection(feature(code="24"), feature(code="31"), feature(id=commune, code=structure.unit(commune).code))
    made = map_of(structure, shapes)
    lines = {trace.name: trace.marker.color for trace in made.data if trace.showlegend}
    assert list(lines) == [structure.schema.kind_name(kind) for kind in ("province", "commune")]
    assert list(lines.values()) == [made.data[0].fillcolor, made.data[2].fillcolor]
    figures = {"vn-p-24-2025": 10, structure.find(code="31")[0].id: 1200}
    scaled = map_of(structure, shapes, figures=figures)
    (bar,) = [trace.marker for trace in scaled.data if trace.marker.showscale]
    assert (bar.cmin, bar.cmax) == (10, 1200)
    assert [colour for _, colour in bar.colorscale] == [scaled.data[0].fillcolor, scaled.data[1].fillcolor]
    alone = map_of(structure, shapes, figures={"vn-p-24-2025": 10})
    (bar,) = [trace.marker for trace in alone.data if trace.marker.showscale]
    assert bar.cmin < bar.cmax
    assert not any(trace.marker.showscale or trace.showlegend for trace in map_of(structure, shapes, figures={}).data)


def test_a_picture_is_written_as_png_where_kaleido_is_installed(reform: History, tmp_path: Path) -> None:
    pytest.importorskip("kaleido")
    target = tmp_path / "boxes.png"
    boxes(reform.at(B), depth=1).write_image(target, width=400, height=300)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_all_faults_of_a_map_are_told_together(reform: History) -> None:
    structure = reform.at(B)
    with pytest.raises(om.Refused) as refused:
        map_of(structure, collection(feature(code="999"), feature(name="x"), feature(code="24")), figures={"vn": 1})
    assert [(finding.rule, finding.row) for finding in refused.value.findings] == [
        ("geojson", 1),
        ("geojson", 2),
        ("figures", None),
    ]
    for wrong in ({}, {"features": []}, collection({"properties": {}}), collection({"properties": {}, "geometry": 3})):
        with pytest.raises(om.Refused):
            map_of(structure, wrong)
    with pytest.raises(om.Refused, match="did you mean 'code'"):
        map_of(structure, collection(feature(code="24")), of="codes")  # type: ignore[arg-type]


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), "5", None, True, 10**400, om.Quantity(3)])
def test_what_is_no_number_is_not_drawn(reform: History, figure: Any) -> None:
    """NaN would be drawn as nothing at all, infinity as everything."""
    structure, unit = reform.at(B), "vn-p-01"
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    shapes = {"type": "FeatureCollection", "features": [{"properties": {"code": "01"}, "geometry": square}]}
    pictures: list[Callable[[], Any]] = [
        lambda: boxes(structure, figures={"vn-p-01-btc": figure}),
        lambda: flow(reform, A, B, kind="province", weights={"vn-p-24": figure}),
        lambda: map_of(structure, shapes, figures={unit: figure}),
    ]
    for picture in pictures:
        with pytest.raises(om.Refused, match="is no number that can be drawn"):
            picture()


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[["a", 0]]]},
        {"type": "Polygon", "coordinates": [[[float("nan"), 0], [1, 1], [2, 2]]]},
        {"type": "MultiPolygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point"},
        {"type": "Polygon", "coordinates": []},
    ],
)
def test_shapes_without_positions_are_refused_by_row(reform: History, geometry: Any) -> None:
    shapes = {"type": "FeatureCollection", "features": [{"properties": {"code": "01"}, "geometry": geometry}]}
    with pytest.raises(om.Refused, match="row 1: the coordinates of its"):
        map_of(reform.at(B), shapes)


def test_a_file_that_is_no_json_is_no_map(reform: History, tmp_path: Path) -> None:
    path = tmp_path / "shapes.geojson"
    path.write_text("code,name\n")
    with pytest.raises(om.Refused, match="is no JSON"):
        map_of(reform.at(B), path)


def test_limits_and_words_of_pictures_are_checked(reform: History) -> None:
    """A limit below its least would draw everything; a track that nobody has would give one colour to all."""
    structure = reform.at(B)
    for picture, told in (
        (lambda: boxes(structure, depth=-1), "depth is -1"),
        (lambda: boxes(structure, figures={}), "nothing to show"),
        (lambda: boxes(structure, measure="members", figures={"vn-p-01": 1}), "not both"),
        (lambda: org_chart(structure, most=0), "most is 0"),
        (lambda: flow(reform, A, B, most=0), "most is 0"),
        (lambda: timeline(reform, ["vn-p-24"], colour_by="categry"), "did you mean 'category'"),
        (lambda: timeline(reform, ["vn-p-24"], until="2000-01-01"), "give a later day"),
    ):
        with pytest.raises(om.Refused, match=told):
            picture()
