"""Everything shows itself: a short repr, HTML for notebooks that escapes every text, and a report in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import orgmodel as om
from orgmodel.content import html
from orgmodel.content.blocks import Content
from orgmodel.history.history import History
from orgmodel.party import law
from orgmodel.reports.report import report
from orgmodel.scenario.plan import parse_plan

A, B = "2025-06-30", "2025-07-01"
HOSTILE = "<script>alert(1)</script>"
PLAN = """
name = "one"
day = "2026-12-15"
[[stage]]
name = "merge"
do = [{ op = "merge", units = ["vn-p-11", "vn-p-12"], as = "x" }]
"""


def draft(history: History) -> Any:
    with history.draft("2027-01-01", source=om.Source("a proposal")) as act:
        act.merge(["vn-p-11", "vn-p-12"], into=om.Unit(name="Tây Bắc", kind="province"))
    return act


def scenario(history: History) -> om.Scenario:
    return om.Scenario("north-west", history, [draft(history)])


MADE: dict[str, tuple[Callable[[History], Any], str]] = {
    "structure": (lambda h: h.at(B), "3,321"),
    "history": (lambda h: h, "2025-07-01"),
    "diff": (lambda h: h.between(A, B), "Bắc Giang"),
    "cluster changes": (lambda h: h.cluster_changes(A, B), "Cụm thi đua số 1"),
    "cluster change": (lambda h: h.cluster_changes(A, B).of("cluster-1"), "Ban Tổ chức Tỉnh ủy Hà Giang"),
    "correspondence": (lambda h: h.correspondence(A, B, kind="province"), "Bắc Giang"),
    "carried": (
        lambda h: h.correspondence(A, B, kind="province").account({"24": 91, "27": 60}, "members", by="code"),
        "151",
    ),
    "series": (lambda h: h.series("members", kind="province", figures={A: {"vn-p-24": 91}}, on=B), "Bắc Ninh"),
    "lineage": (lambda h: h.lineage, "and 10,525 more"),
    "audit": (lambda h: law.rulebook().audit(h.at(B)), "finding"),
    "rulebook": (lambda h: law.rulebook(), "A01"),
    "comparison": (lambda h: om.compare(h, scenario(h), on="2027-01-01"), "baseline"),
    "scenario": (scenario, "a proposal"),
    "plan": (lambda h: parse_plan(PLAN), "merge"),
    "draft": (draft, "Điện Biên"),
}


@pytest.fixture(scope="module", params=MADE)
def made(request: pytest.FixtureRequest, reform: History) -> tuple[Any, str]:
    make, told = MADE[request.param]
    return make(reform), told


def test_a_short_repr_and_html_with_what_matters(made: tuple[Any, str]) -> None:
    value, told = made
    assert len(repr(value)) <= 200
    assert "object at 0x" not in repr(value)
    shown = value._repr_html_()
    assert told in shown
    # Twenty rows of a table at most, and a hint that there are more.
    assert len(shown) < 60_000


def test_a_report_in_one_call_in_both_languages(made: tuple[Any, str]) -> None:
    value, _ = made
    if isinstance(value, History):
        pytest.skip("a history is asked what of it: see test_reports")
    for language in ("en", "vi"):
        content = report(value, language=language, most=30).content
        assert isinstance(content, Content)
        assert content.language == language
        assert content.text()


def test_a_part_of_a_difference_keeps_its_names(reform: History) -> None:
    part = reform.between(A, B).under("vn-p-24-2025", reform.at(A), reform.at(B))
    assert "Phường Bắc Giang" in part.to_pandas()["name"].tolist()


def test_hostile_names_are_escaped() -> None:
    rows = [{"id": "a", "name": HOSTILE}, {"id": "b", "parent": "a", "name": HOSTILE}]
    history = om.history_of(rows, day="2024-01-01", source=om.Source(HOSTILE))
    history = history.enact(om.Act("end", "2024-02-01", [om.Closure("b")], om.Source(HOSTILE)))
    for value in (history, history.at("2024-01-01"), history.between("2024-01-01", "2024-02-01")):
        assert "<script>" not in value._repr_html_()


def test_without_jinja2_a_notebook_shows_the_repr(reform: History, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    html.template.cache_clear()
    monkeypatch.setattr(html.importlib, "import_module", missing)
    try:
        assert reform._repr_html_() is None
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'orgmodel\[report\]'"):
            html.template("fragment.html")
    finally:
        html.template.cache_clear()
