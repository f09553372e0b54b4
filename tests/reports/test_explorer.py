"""The explorer: what the page says is what the library says."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hostile import HOSTILE, hostile
from hypothesis import example, given
from hypothesis import strategies as st
from profiles import times
from py_mini_racer import MiniRacer
from spellings import written

import orgmodel as om
from orgmodel.history.history import History
from orgmodel.party import kinds
from orgmodel.reports.explorer import page
from orgmodel.reports.explorer.columns import front_coded, packed
from orgmodel.reports.explorer.data import page_data, texts_in
from orgmodel.reports.explorer.words import WORDS
from orgmodel.reports.report import report
from orgmodel.testing.strategies import histories

REGISTER = om.Source("a register")


class Page:
    """The page's model, run without a browser."""

    def __init__(self, history: History, figure: str | None = None) -> None:
        self.history = history
        self.racer = MiniRacer()
        self.racer.eval(page._asset("names.js"))
        self.racer.eval(page._asset("model.js"))
        self.racer.eval(f"const model = new explorer.Model({page._json(page_data(history, figure))}); 0")

    def ask(self, expression: str, **values: Any) -> Any:
        given = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        text = self.racer.eval(f"(() => {{ {given} return JSON.stringify({expression}) ?? 'null'; }})()")
        return json.loads(str(text))


IDS = "(units) => units.map((unit) => model.units[unit])"


@pytest.fixture(scope="module")
def real(reform: History) -> Page:
    return Page(reform)


@given(st.lists(st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 1, 1, 1, 5])))
def test_columns_come_back(values: list[int]) -> None:
    form = packed(values)
    assert RACER.eval(f"JSON.stringify(explorer.unpack({form}))") == json.dumps(values, separators=(",", ":"))
    # The shortest of the forms is never longer than the plain one.
    assert len(str(form)) <= len(str([0, *values]))


@given(st.lists(st.text(max_size=6) | st.sampled_from(["vn-p-01", "vn-p-02", "𝒳a", "𝒴a"])))
@example(["𝒳", "𝒴", "𝒳a"])
def test_ids_come_back(texts: list[str]) -> None:
    texts = [text for text in texts if not any(0xD800 <= ord(letter) < 0xE000 for letter in text)]
    racer = RACER
    told = racer.eval(f"JSON.stringify(explorer.unpackTexts({json.dumps(front_coded(texts))}))")
    assert json.loads(str(told)) == texts


def days_to_ask(history: History) -> list[dt.date]:
    first, last = history.first_day, history.last_day
    assert first is not None
    assert last is not None
    return sorted({*history.days(), last + dt.timedelta(days=400)})


def root_of(structure: om.Structure, hierarchy: str) -> str | None:
    try:
        return structure.root(hierarchy)
    except om.UnknownUnit:
        return None


def same(shown: Page, history: History, day: dt.date, units: Iterator[str] | None = None) -> None:
    """All that the page says of a day equals what the library says."""
    structure = history.at(day)
    asked = str(day)
    for hierarchy in structure.hierarchies:
        shown.ask("[globalThis.seen = model.snapshot(day, h)].length", day=asked, h=hierarchy)
        for unit in structure if units is None else units:
            if unit not in structure:
                continue
            told = shown.ask(
                "(() => { const at = model.number.get(unit);"
                f"const ids = {IDS};"
                "return {path: ids(model.path(seen, at)), children: ids(seen.children.get(at) ?? []),"
                " below: seen.below[at], name: model.name(at, day), kind: model.textOn('kind', at, day),"
                " code: model.textOn('code', at, day)}; })()",
                unit=unit,
                day=asked,
            )
            it = structure.unit(unit)
            stands = structure.path(unit, hierarchy)[0] == root_of(structure, hierarchy)
            assert told == {
                "path": list(structure.path(unit, hierarchy)) if stands else [],
                "children": list(structure.children(unit, hierarchy)),
                "below": len(structure.descendants(unit, hierarchy)) if stands else 0,
                "name": it.name if it.name is not None else told["name"],
                "kind": it.kind,
                "code": it.code,
            }
    counts = shown.ask("model.stops[model.stopOn(day)].counts", day=asked)
    assert counts == structure.counts()


@given(histories(more_hierarchies=["state"]))
def test_the_page_says_of_every_day_what_the_library_says(history: History) -> None:
    if not history.acts:
        return
    shown = Page(history)
    for day in days_to_ask(history):
        same(shown, history, day)
        structure = history.at(day)
        for cluster in structure.clusters():
            told = shown.ask(
                f"(({IDS}))(model.members(model.number.get(cluster), day))", cluster=cluster.id, day=str(day)
            )
            assert sorted(told) == sorted(structure.members(cluster.id))
    lineage = history.lineage
    for unit in history.units_ever():
        told = shown.ask(f"((units) => units && ({IDS})(units))(model.successors(model.number.get(unit)))", unit=unit)
        ended = history.life(unit).end is not None
        assert told == (list(lineage.successors(unit)) if ended else None)
        # Every fact is on one card, under its act and day.
        cards = shown.ask(
            "model.biography(model.number.get(unit)).flatMap((card) => card.began.map((row) =>"
            " [card.day, model.acts[card.act].id, model.data.tracks[model.facts.track[row]][0]]))",
            unit=unit,
        )
        schema = history.schema
        facts = [fact for fact in history.biography(unit) if not schema.track(fact.track).personal]
        assert sorted(cards) == sorted([str(fact.start), fact.act.id, fact.track] for fact in facts)
        # What an act ended, without saying anything else in its place, is on the act's card.
        ended = shown.ask(
            "model.biography(model.number.get(unit)).flatMap((card) => card.ended.map((row) =>"
            " [card.day, model.acts[card.act].id, model.data.tracks[model.facts.track[row]][0]]))",
            unit=unit,
        )
        over = [
            [str(fact.end), fact.ended_by.id, fact.track]
            for fact in facts
            if fact.ended_by is not None
            and not any(
                other is not fact and (other.track, other.slot, other.start) == (fact.track, fact.slot, fact.end)
                for other in facts
            )
        ]
        assert sorted(ended) == sorted(over)


def test_the_reform(real: Page, reform: History) -> None:
    for day in reform.days():
        structure = reform.at(day)
        some = [*structure.of_kind("province"), *structure.of_kind("agency"), *structure.of_kind("commune")[::97]]
        same(real, reform, day, iter([*some]))
    at = real.ask("model.stopOn('2025-07-01')")
    changes = real.ask("model.clusterChanges(at)", at=at)
    sizes = {
        real.ask("model.units[at]", at=change["cluster"]): (change["before"], change["after"]) for change in changes
    }
    assert sizes == {"cluster-1": (14, 9), "cluster-2": (14, 9)}
    told = real.ask(f"({IDS})(model.successors(model.number.get('vn-p-24')))")
    assert told == list(reform.lineage.successors("vn-p-24"))


TYPED = [
    "Bắc Ninh",
    "bac ninh",
    "BẮC NINH",
    "24",
    "vn-p-24",
    "Hà nội",
    "ha  noi ",
    "hạ nội",
    "",
    "xã Tân Lập",
    "Tân Lập",
]


@pytest.mark.parametrize("query", TYPED)
def test_enter_finds_what_the_library_finds(real: Page, reform: History, query: str) -> None:
    for day in reform.days():
        told = real.ask(f"({IDS})(model.find(query, day))", query=query, day=str(day))
        assert sorted(told) == sorted(unit.id for unit in reform.at(day).find(query))


@given(st.sampled_from(HOSTILE) | st.text(max_size=8), st.sampled_from([str.lower, str.upper, str]))
@times(0.5)
def test_enter_finds_what_the_library_finds_for_any_name(name: str, typed: Any) -> None:
    name = name.strip()
    rows = [{"id": "top", "name": "Top"}, {"id": "under", "parent": "top", "name": name or "none", "code": "7"}]
    history = om.history_of(rows, day="2024-01-01", source=REGISTER)
    query = typed(name or "none")
    told = Page(history).ask(f"({IDS})(model.find(query, day))", query=query, day="2024-01-01")
    assert told == [unit.id for unit in history.at("2024-01-01").find(query)]


def test_suggestions_have_the_stated_order(real: Page) -> None:
    told = real.ask("model.suggest('ninh', '2025-07-01', 8).map((unit) => model.name(unit, '2025-07-01'))")
    plain = [real.ask("explorer.plain(name)", name=name) for name in told]
    ranks = [0 if key == "ninh" else 1 if key.startswith("ninh") else 2 if " ninh" in key else 3 for key in plain]
    assert ranks == sorted(ranks)
    assert len(told) == 8


def test_a_figure_says_what_is_known() -> None:
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "a", "parent": "vn", "kind": "province", "members": 10},
        {"id": "b", "parent": "vn", "kind": "province"},
    ]
    history = om.history_of(rows, day="2024-01-01", source=REGISTER, measures=[om.Measure("members")])
    history = history.enact(
        om.Act("late", "2025-01-01", [om.Change("b", "measure:members", 5, slot="own")], source=REGISTER)
    )
    shown = Page(history, "members")
    for day in ("2024-01-01", "2025-01-01"):
        structure = history.at(day)
        for unit in structure:
            told = shown.ask(
                "model.figure(model.number.get(unit), model.stopOn(day))?.text ?? null", unit=unit, day=day
            )
            assert told == str(structure.total("members", unit))


def test_links_are_checked(real: Page) -> None:
    read = "model.read(hash)"
    assert real.ask(read, hash="#day=2025-02-30&unit=nobody&view=x&lang=fr") == {}
    unread = "model.unread(hash)"
    assert real.ask(unread, hash="#day=2025-02-30&unit=nobody") == {"day": "2025-02-30", "unit": "nobody"}
    assert (
        real.ask(unread, hash="#day=2025-07-01&unit=vn-p-24")
        == real.ask(unread, hash="")
        == {"day": None, "unit": None}
    )
    unit = real.ask("model.number.get('vn-p-24')")
    asked = "#day=2025-06-30&unit=vn-p-24&view=acts&lang=vi"
    assert real.ask(read, hash=asked) == {"day": "2025-06-30", "unit": unit, "view": "acts", "lang": "vi"}
    assert real.ask("model.write(model.read(hash))", hash=asked) == asked


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("01/07/2025", "2025-07-01"),
        ("1.7.2025", "2025-07-01"),
        (" 2025-07-01 ", "2025-07-01"),
        ("29/02/2024", "2024-02-29"),
        ("29/02/2025", None),
        ("31/04/2025", None),
        ("07/2025", None),
        ("", None),
    ],
)
def test_days_are_typed_in_two_ways(real: Page, typed: str, day: str | None) -> None:
    assert real.ask("explorer.dayOf(typed)", typed=typed) == day


def test_persons_are_left_out() -> None:
    """Of offices, of what else is declared personal, and of parties of matters; in reports and notebooks, too."""
    rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn", "name": "P"}]
    history = om.history_of(rows, day="2024-01-01", schema=kinds.SCHEMA, measures=kinds.MEASURES, source=REGISTER)
    with history.draft("2024-02-01", source=REGISTER) as act:
        act.appoint("p", "secretary", person="person-77")
        parties = {"recipient": om.Person("person-78"), "within": "p"}
        act.begin("award", id="m1", parties=parties, step="granted", said={"form": "bằng khen", "year": 2024})
    history = history.enact(act)
    data = page_data(history)
    assert data["hidden"] >= 2
    difference = history.between("2024-01-01", "2024-02-01")
    shown = [*texts_in([data]), str(report(history, unit="p")), str(report(difference)), str(difference._repr_html_())]
    assert [text for text in shown if "person-7" in text] == []
    # Who asks for them gets them.
    assert "person-77" in str(history.biography("p")) + str(list(difference))


def test_hostile_names_stay_texts() -> None:
    text = page.explorer_page(hostile(), title=HOSTILE[0])
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "taken'</script>" not in text
    assert 'onerror="' not in outside
    assert all("\u2028" not in script for script in re.findall(r"<script.*?</script>", text, flags=re.DOTALL))
    # The names come back from the page whole.
    data = re.search(r'id="data">(.*?)</script>', text, flags=re.DOTALL)
    assert data is not None
    assert set(HOSTILE) <= set(json.loads(data[1])["texts"])


def test_what_the_page_says_is_there_in_both_languages() -> None:
    script = page._asset("page.js")
    asked = set(re.findall(r'say\("([^"]+)"', script)) | set(re.findall(r'\? "([a-z ]+)" : "no units"', script))
    assert asked - {"no units"} <= set(WORDS)
    assert set(WORDS) - asked <= {"no units", "not recorded before"}
    for english, vietnamese in WORDS.values():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", vietnamese))


def test_faults_are_told() -> None:
    with pytest.raises(om.Refused, match="no act"):
        page_data(om.History())
    history = om.history_of([{"id": "vn"}], day="2024-01-01", source=REGISTER, measures=[om.Measure("members")])
    with pytest.raises(om.Refused, match="no measure 'member'; use one of: members"):
        page_data(history, "member")


RACER = MiniRacer()
RACER.eval(page._asset("names.js"))
RACER.eval(page._asset("model.js"))


@pytest.mark.parametrize("day", ["2025-06-30", "2025-07-01"])
def test_enter_finds_what_the_library_finds_for_everyday_spellings(real: Page, reform: History, day: str) -> None:
    """The spellings that the library's own matcher is measured with, here only for being found alike."""
    structure = reform.at(day)
    queries = [each.text for each in written(structure, 300, 7)]
    told = real.ask(f"queries.map((query) => ({IDS})(model.find(query, day)))", queries=queries, day=day)
    wrong = [
        (query, ids)
        for query, ids in zip(queries, told, strict=True)
        if sorted(ids) != sorted(unit.id for unit in structure.find(query))
    ]
    assert wrong == []
