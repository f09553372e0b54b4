"""The made-up national organisation: the same everywhere, sound on every day, in the published proportions."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import numpy as np
import pytest

import orgmodel as om
from orgmodel.history.tables import from_tables
from orgmodel.party import kinds, synthetic
from orgmodel.party.national import SOURCE, synthetic_tables
from orgmodel.rules.invariants import check

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.

DAYS = ("2011-01-01", "2014-05-05", "2020-06-15", "2025-06-30", "2025-07-01", "2025-12-31")


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return synthetic_tables(units=6_000, years=15, seed=7)


@pytest.fixture(scope="module")
def history(tables: dict[str, Any]) -> om.History:
    return from_tables(**tables)


def digest(tables: dict[str, Any]) -> str:
    """A digest of every column of every table."""
    found = hashlib.sha256()
    named = {**{k: tables[k] for k in ("units", "parents", "links")}, **tables["facts"]}
    for name, table in sorted(named.items()):
        for column, values in sorted(table.items()):
            found.update(f"{name}.{column}\n".encode())
            found.update("\n".join(map(str, np.asarray(values).tolist())).encode())
    return found.hexdigest()[:16]


def test_the_same_arguments_make_the_same_organisation(tables: dict[str, Any]) -> None:
    """On every platform and in every process: the digest is written down here."""
    assert digest(tables) == "2488f5bc1f9c7b98"
    assert digest(synthetic_tables(units=6_000, years=15, seed=8)) != digest(tables)


@pytest.mark.parametrize("day", DAYS)
def test_every_day_is_sound(history: om.History, day: str) -> None:
    """Live parents, one root, no cycle, kinds where the schema allows them."""
    assert check(history.at(day)) == ()


def test_proportions_are_the_published_ones(history: om.History) -> None:
    """Units and members of the made-up part stand to each other as those of Đà Nẵng."""
    first, last = history.at("2011-01-01"), history.at("2025-12-31")
    assert len(first) == pytest.approx(6_000, abs=60)
    assert len(last) == pytest.approx(
        6_000 - first.count("district") - first.count("commune") + last.count("commune"), rel=0.1
    )
    for structure in (first, last):
        committees = structure.count(kind="grassroots-organisation", category=kinds.COMMITTEE_OF_GRASSROOTS)
        singles = structure.count(kind="grassroots-organisation", category=kinds.CELL_OF_GRASSROOTS)
        cells = structure.count("cell")
        assert committees / cells == pytest.approx(300 / 5_120, rel=0.1)
        assert singles / cells == pytest.approx(534 / 5_120, rel=0.1)
        assert structure.count("section") / cells == pytest.approx(37 / 5_120, rel=0.15)
        members = structure.total("members_official") + structure.total("members_probationary")
        assert members.value is not None
        assert members.value / (cells + singles) == pytest.approx(139_534 / (534 + 5_120), rel=0.06)
    under = [structure.unit(parent).kind for parent in map(last.parent, last.select("cell")) if parent is not None]
    assert under.count("commune") / len(under) == pytest.approx(3_405 / 5_120, rel=0.1)


def test_the_reform_is_the_real_one() -> None:
    """With its whole skeleton the organisation has the real numbers, before and after."""
    history = synthetic(units=100_000, years=1, seed=1)
    before, after = history.at("2025-06-30").counts(), history.at("2025-07-01").counts()
    assert [before.get(kind, 0) for kind in ("province", "district", "commune")] == [63, 696, 10_035]
    assert [after.get(kind, 0) for kind in ("province", "district", "commune")] == [34, 0, 3_321]


def test_no_cell_is_lost_on_the_day_of_the_reform(history: om.History) -> None:
    """All that is made up lives on below what the units above it became, with its members."""
    before, after = history.at("2025-06-30"), history.at("2025-07-01")
    for kind in ("cell", "section", "grassroots-organisation"):
        assert sorted(before.select(kind)) == sorted(after.select(kind))
    assert before.total("members_official") == after.total("members_official")
    lineage = history.lineage
    for commune in before.select("commune"):
        heirs = {commune, *lineage.successors(commune, on="2025-07-01")}
        for cell in before.children(commune, kind="cell"):
            assert after.parent(cell) in heirs


def test_mergers_keep_and_splits_divide_the_number_of_members(history: om.History) -> None:
    """What a cell had is in its successors, to the last member."""
    day_of: dict[tuple[str, dt.date], list[str]] = {}
    merged = split = 0
    for link in history.lineage.links():
        if link.old.startswith("c-") and link.old != link.new:
            day_of.setdefault((link.old, link.day), []).append(link.new)
    together: dict[tuple[str, dt.date], list[str]] = {}
    for (old, day), news in day_of.items():
        eve, after = history.at(day - dt.timedelta(1)), history.at(day)
        if len(news) == 2:
            split += 1
            halves = [after.measure(new, "members_official").value or 0 for new in news]
            assert sum(halves) == eve.measure(old, "members_official").value
        else:
            together.setdefault((news[0], day), []).append(old)
    for (new, day), olds in together.items():
        merged += 1
        eve, after = history.at(day - dt.timedelta(1)), history.at(day)
        number = sum(eve.measure(unit, "members_official").value or 0 for unit in (new, *olds))
        # The number may be counted anew on the very day of the merger.
        assert abs((after.measure(new, "members_official").value or 0) - number) <= 6
    assert merged > 50
    assert split > 50


def test_all_that_is_made_up_says_so(history: om.History) -> None:
    """Every act has the synthetic source, but that of the reform."""
    assert {act.source for act in history.acts if act.effective != kinds.THREE_LEVELS_FROM} == {SOURCE}
    assert "2025/QH15" in next(a.source.number for a in history.acts if a.effective == kinds.THREE_LEVELS_FROM)


def test_a_number_out_of_range_is_refused() -> None:
    """All of them together."""
    with pytest.raises(om.Refused) as refused:
        synthetic(units=10, years=99, seed=-1)
    assert len(refused.value.findings) == 3


def test_the_acts_say_the_same_one_by_one() -> None:
    """Enacted as events, with every check after every event, they make the same organisation."""
    history = synthetic(units=1_500, years=3, seed=4)
    # From the first day on a district is known to stand under its province until the reform only.
    placements = dict.fromkeys(om.Placement(p.child, p.parent) for p in kinds.SCHEMA.placements)
    again = om.History(om.Schema(kinds.SCHEMA.kinds, tuple(placements)), history.measures).enact(*history.acts)
    for day in ("2023-01-01", "2025-06-30", "2025-07-01", "2025-12-31"):
        assert again.at(day) == history.at(day)
