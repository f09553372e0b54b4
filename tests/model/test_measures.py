"""Figures: what a measure takes, and sums of decimals."""

from __future__ import annotations

import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.io.tables import read_units_csv, write_units_csv

AREA, MEMBERS = om.Measure("area", unit="km2", decimal=True), om.Measure("members")


def country(figures: list[Any], measure: str = "area") -> om.History:
    """A unit for each figure, under one root."""
    rows = [{"id": "r"}, *({"id": f"u{n}", "parent": "r", measure: value} for n, value in enumerate(figures))]
    return om.history_of(rows, day="2020-01-01", measures=[AREA, MEMBERS])


def merged(history: om.History, count: int) -> om.History:
    with history.draft("2021-01-01", act_id="merger") as act:
        act.merge([f"u{n}" for n in range(count)], into=om.Unit("n"))
    return history.enact(act)


def places(most: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, 10**6, places=most, allow_nan=False)


@given(st.lists(st.integers(0, 4).flatmap(places), min_size=2, max_size=5))
def test_decimals_add_up_exactly_in_every_form(figures: list[Decimal]) -> None:
    """The total before a merger is that after it, to the last digit, also from the file and if known only later."""
    early = merged(country(figures), len(figures))
    late = merged(country([None] * len(figures)), len(figures))
    with late.draft("2020-06-01") as act:
        for number, value in enumerate(figures):
            act.record(f"u{number}", "area", value)
    for history in (early, om.loads(om.dumps(early)), om.from_tables(**om.to_tables(early)), late.enact(act)):
        assert sum(figures) == history.at("2020-12-31").total("area").value
        assert sum(figures) == history.at("2021-01-01").measure("n", "area").value


def figures() -> st.SearchStrategy[Any]:
    """A decimal, or one that is not certain."""
    number = st.integers(0, 12).flatmap(places)
    ordered = st.tuples(number, number).map(sorted)
    return st.one_of(
        number,
        st.builds(om.Quantity, number, st.sampled_from(["about", "more than", "at least", "at most"])),
        ordered.map(lambda bounds: om.Quantity.unknown(*bounds)),
    )


@given(figures())
def test_every_file_and_table_gives_a_decimal_back(value: Any) -> None:
    """What was decided and what it came to, in the log, in CSV with either mark, and in a workbook, to the last digit."""
    history = country([1])
    with history.draft("2020-06-01") as act:
        act.record("u0", "area", value)
    history = history.enact(act)
    assert om.loads(om.dumps(history)) == history
    now = history.at("2020-06-01")
    for form in ({}, {"decimal": ","}, {"delimiter": ";", "decimal": ","}):
        table = io.StringIO()
        write_units_csv(now, table, **form)
        read = read_units_csv(io.StringIO(table.getvalue()), day="2020-06-01", measures=[AREA], **form)
        assert read.at("2020-06-01").measure("u0", "area") == now.measure("u0", "area")
    with TemporaryDirectory() as folder:
        workbook = Path(folder, "units.xlsx")
        write_units_csv(now, workbook)
        read = read_units_csv(workbook, day="2020-06-01", measures=[AREA])
    assert read.at("2020-06-01").measure("u0", "area") == now.measure("u0", "area")


@pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
def test_floats_of_a_measure_of_decimals_are_their_digits(frame: Any, tmp_path: Path) -> None:
    """A frame has no decimals: 0.1 and 0.2 are read as what they show, and are 0.3 together."""
    table = frame({"id": ["r", "u0", "u1"], "parent": [None, "r", "r"], "area": [None, 0.1, 0.2]})
    history = om.history_of(table, day="2020-01-01", measures=[AREA])
    assert Decimal("0.3") == history.at("2020-01-01").total("area").value
    facts = {"measure:area": {"unit": ["u0", "u1"], "start": ["2020-01-01"] * 2, "value": [0.1, 0.2]}}
    units = {"id": ["r", "u0", "u1"], "start": ["2020-01-01"] * 3}
    parents = {"unit": ["r", "u0", "u1"], "parent": [None, "r", "r"], "start": ["2020-01-01"] * 3}
    read = om.from_tables(units, parents=parents, facts=facts, measures=[AREA])
    om.save(read, tmp_path / "a.om")
    assert Decimal("0.3") == om.open_history(tmp_path / "a.om").at("2020-01-01").total("area").value
    assert ("u1",) == read.at("2020-01-01").select(measure=("area", ">=", 0.2))


@pytest.mark.parametrize(
    ("measure", "value", "told"),
    [
        ("area", Decimal("-0.1"), "adds up, and .* is negative"),
        ("area", True, "is a number"),
        ("area", "0.1", "is a number"),
        ("members", 0.5, "is negative or a fraction"),
        ("members", Decimal("0.5"), "is negative or a fraction"),
        ("members", Fraction(1, 2), "is negative or a fraction"),
        ("members", om.Quantity(-1), "is negative or a fraction"),
    ],
)
def test_figures_that_a_measure_does_not_take(measure: str, value: Any, told: str) -> None:
    """Each door refuses them in the same words: a small table, an event, a verb."""
    with pytest.raises(om.InvalidTable, match=told):
        country([value], measure)
    history = country([None])
    with pytest.raises(om.InvalidAct, match=told):
        history.enact(om.Act("x", "2021-01-01", [om.Change("u0", f"measure:{measure}", value, "own")]))
    with pytest.raises(om.InvalidAct, match=told):
        history.draft("2021-01-01").record("u0", measure, value)


def test_an_event_states_decimals_as_decimals() -> None:
    """An event is kept as it is written, so that a float, whose sums are not exact, is refused with what to write."""
    change = om.Change("u0", "measure:area", 0.25, "own")
    with pytest.raises(om.InvalidAct, match=r"write Decimal\('0.25'\)"):
        country([None]).enact(om.Act("x", "2021-01-01", [change]))


def test_a_qualifier_that_is_no_text_is_refused() -> None:
    """Beside a plain number as well, where nothing else need be checked."""
    for wrong in (pd.Series(["exact", "about"]), ["exact"], None, 5):
        with pytest.raises(om.OrgmodelError, match="qualifier"):
            om.Quantity(5, wrong)  # type: ignore[arg-type]
