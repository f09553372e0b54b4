"""Questions about a period agree with asking each of its days, and many pairs at once with asking one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.errors import InvalidTable, NotOnRecord, Refused
from orgmodel.history.history import History, history_of
from orgmodel.model.measure import Measure
from orgmodel.model.source import Source
from orgmodel.party import vietnam
from orgmodel.period import Period

KINDS = ["province", "commune", None]


@st.composite
def records(draw: st.DrawFn) -> History:
    """Units of three kinds that move, change kind, are counted, join clusters, merge and close within ten days."""
    rows = [
        {"id": "r", "kind": "province"},
        *({"id": f"u{n}", "parent": "r", "kind": draw(st.sampled_from(KINDS))} for n in range(5)),
    ]
    history = history_of(rows, day="2025-01-01", measures=[Measure("m")]).enact(
        Act("k", "2025-01-01", [Creation(om.Clustering("c")), *(Creation(om.Cluster(k, "c")) for k in ("k1", "k2"))])
    )
    for number in range(draw(st.integers(0, 10))):
        day = dt.date(2025, 1, 1) + dt.timedelta(days=draw(st.integers(0, 9)))
        unit, other = draw(st.sampled_from([f"u{n}" for n in range(5)])), draw(st.sampled_from(["r", "u0", "u1", "u2"]))
        event = draw(
            st.sampled_from(
                [
                    Change(unit, "parent", other),
                    Change(unit, "kind", draw(st.sampled_from(KINDS[:2]))),
                    Change(unit, "measure:m", draw(st.integers(0, 3)), "own"),
                    Change(unit, "member:c", draw(st.sampled_from(["k1", "k2", None]))),
                    Closure(unit),
                ]
            )
        )
        try:
            history = history.enact(Act(f"a{number}", day, [event]))
        except om.Refused:
            continue
    return history


DAYS = [dt.date(2025, 1, 1) + dt.timedelta(days=n) for n in range(12)]


@given(records(), st.sampled_from([pl.DataFrame, pd.DataFrame]), st.data())
def test_many_pairs_at_once(history: History, frame: Any, data: st.DataObject) -> None:
    """An as-of join says of each pair what the structure of its day says, and why it says nothing."""
    units, days = [*history.units_ever(), "nobody"], [dt.date(2024, 12, 31), *DAYS]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(units), st.sampled_from(days)), min_size=1))
    asked = frame({"unit": [u for u, _ in pairs], "day": [d.isoformat() for _, d in pairs], "x": range(len(pairs))})
    made = history.as_of(asked, ["parent", "kind", "m"], above=["province"])
    assert isinstance(made, frame)
    assert ["unit", "day", "x", "parent", "kind", "m", "province", "basis"] == list(made.columns)
    for place, (unit, day) in enumerate(pairs):
        row = {c: made[c].to_list()[place] for c in ("parent", "kind", "m", "province")}
        row = {c: None if pd.isna(value) else value for c, value in row.items()}
        basis = made["basis"].to_list()[place]
        if day < DAYS[0] or unit not in history.at(day):
            assert set(row.values()) == {None}
            assert basis == ("not on record" if day < DAYS[0] else "no such unit on the day")
            continue
        structure = history.at(day)
        chain = [u for u in (unit, *structure.ancestors(unit)) if structure.unit(u).kind == "province"]
        assert row == {
            "parent": structure.parent(unit),
            "kind": structure.unit(unit).kind,
            "m": structure.measure(unit, "m").value,
            "province": chain[0] if chain else None,
        }
        assert basis == "on record"


def test_codes_of_their_days() -> None:
    """Code 24 is Bắc Giang before the reform and the new Bắc Ninh after it; a commune is found in its province."""
    history = vietnam.reform_2025()
    asked = pl.DataFrame(
        {"code": ["24", "24", "27", "27"], "day": [dt.date(2025, 6, 30), dt.date(2025, 7, 1)] * 2, "n": [1, 2, 3, 4]}
    )
    made = history.as_of(asked, ["name"], unit="code", by="code", kind="province")
    assert ["Bắc Giang", "Bắc Ninh", "Bắc Ninh", None] == made["name"].to_list()
    assert ["on record"] * 3 + ["no such unit on the day"] == made["basis"].to_list()
    with pytest.raises(InvalidTable, match=r"there is a column 'code' already; give a suffix="):
        history.as_of(asked, ["code"], unit="code", by="code")
    with pytest.raises(InvalidTable, match="there is no column 'unit'"):
        history.as_of(asked)


def test_districts_closed_in_each_new_province() -> None:
    """All 696 districts that the reform abolished are counted in the 34 provinces of today."""
    history = vietnam.reform_2025()
    found = history.over("2025-06-30", "2025-07-02").ended("district", within="province")
    assert (696, {}, ()) == (sum(found.counts().values()), found.divided, found.nowhere)
    assert set(found.within) <= set(history.at("2025-07-01").select(kind="province"))


def test_a_divided_parent_is_not_guessed() -> None:
    """A cell that was closed in a province that was divided since belongs to nobody for sure, unless one is dominant."""
    rows = [
        {"id": "vn"},
        {"id": "p", "parent": "vn", "kind": "province"},
        *({"id": c, "parent": "p", "kind": "cell"} for c in "xyzw"),
    ]
    closings = Act("c", "2025-02-01", [Closure("x")]), Act("m", "2025-03-01", [Succession([Link("y", "z")])])
    parts = [om.Unit(u, kind="province", parent="vn") for u in "qr"]
    for dominant in (False, True):
        links = [Link("p", "q", "part", dominant=dominant), Link("p", "r", "part")]
        history = history_of(rows, day="2025-01-01").enact(
            *closings,
            Act(
                "d", "2025-06-01", [Succession(links, parts, [Change("z", "parent", "q"), Change("w", "parent", "r")])]
            ),
        )
        found = history.over("2025-01-01", "2026-01-01").ended("cell", within="province", closed=True)
        assert ({"q": ("x",)} if dominant else {}, {} if dominant else {"x": ("q", "r")}) == (
            dict(found.within),
            dict(found.divided),
        )


def test_periods_that_cannot_be_asked() -> None:
    """No day, a day before the record, a category."""
    history = history_of([{"id": "a"}], day="2025-01-01", measures=[Measure("t", "category")])
    with pytest.raises(Refused, match="there is no day"):
        history.over("2025-01-01", "2025-01-01")
    with pytest.raises(NotOnRecord):
        history.over("2024-01-01", "2025-02-01")
    with pytest.raises(Refused, match="'t' is a category"):
        history.over("2025-01-01", "2025-02-01").mean("t", "a")


class TestDaysThatAreNotKnown:
    """An act of which only the month is known takes effect on its last day; before, what it writes is uncertain."""

    def history(self) -> History:
        rows = [{"id": "vn"}, *({"id": u, "parent": "vn", "members": 4} for u in "ab")]
        history = history_of(rows, day="2025-01-01", measures=[Measure("members")])
        within = Period("2025-03-01", "2025-04-01")
        with history.draft("2025-03-31", Source("a memoir"), act_id="m", within=within) as draft:
            draft.merge(["a", "b"], into=om.Unit("c"))
        return history.enact(draft)

    def test_before_and_after(self) -> None:
        """Each fact that it writes is there with both values; outside the month nothing is uncertain."""
        history = self.history()
        found = {(f.subject, f.track): (f.before, f.after) for f in history.uncertain("2025-03-10")}
        assert {
            ("a", "life"): ("unit", None),
            ("b", "life"): ("unit", None),
            ("c", "life"): (None, "unit"),
            ("c", "measure:members"): (None, 8),
        } == found
        assert [(), (), ()] == [history.uncertain(day) for day in ("2025-02-28", "2025-03-31", "2025-04-01")]

    def test_a_unit_that_becomes_the_root_of_a_hierarchy(self) -> None:
        """It had no place in it before, which is another thing than to have nothing above it."""
        act = Act("n", "2025-05-31", [Change("vn", "parent:line", "/")], within=Period("2025-05-01", "2025-06-01"))
        schema = om.Schema(hierarchies=["main", "line"])
        history = history_of([{"id": "vn"}], day="2025-01-01", schema=schema).enact(act)
        (fact,) = history.uncertain("2025-05-10")
        assert (fact.track, fact.before, fact.after) == ("parent:line", None, "/")

    def test_its_day_is_the_last(self) -> None:
        """Another day of the period is refused, and says which it must be."""
        act = Act("n", "2025-05-01", [Change("c", "name", "C")], within=Period("2025-05-01", "2025-06-01"))
        with pytest.raises(Refused, match="2025-05-01 to 2025-05-31, so it takes effect on the last of these days"):
            self.history().enact(act)

    def test_kept_in_files(self) -> None:
        """What is uncertain is so after a file was written and read."""
        history = self.history()
        again = om.loads(om.dumps(history))
        assert list(map(str, history.uncertain("2025-03-10"))) == list(map(str, again.uncertain("2025-03-10")))


def test_a_cluster_that_is_formed_on_an_uncertain_day_is_uncertain() -> None:
    """What an act without an exact day forms may be there already, clusterings and clusters too."""
    history = om.history_of([{"id": "p"}], day="2025-01-01")
    with history.draft("2025-07-31", within=Period("2025-07-01", "2025-08-01")) as act:
        act.form(om.Clustering("groups"))
        act.form(om.Cluster("g", "groups"))
    open_lives = {fact.subject for fact in history.enact(act).uncertain("2025-07-10") if fact.track == "life"}
    assert open_lives == {"groups", "g"}
