"""What tables bring in: columns, lengths, missing values, open ends and tracks are met alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om

DAY = "2024-01-01"


def tables(**more: Any) -> dict[str, Any]:
    ids = ["r", "a", "b"]
    return {
        "units": {"id": ids, "start": [DAY] * 3, "end": [None, None, "2025-01-01"]},
        "parents": {"unit": ids, "parent": [None, "r", "r"], "start": [DAY] * 3},
        **more,
    }


def refused(given: dict[str, Any]) -> list[str]:
    with pytest.raises(om.InvalidTable) as caught:
        om.from_tables(**given)
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize("library", ["numpy", "pandas", "pandas, nullable", "polars"])
def test_tables_of_every_library_say_the_same(library: str) -> None:
    """Missing values have many names; the history is the same."""
    given = tables(facts={"measure:members": {"unit": ["a", "b"], "value": [5, None], "start": [DAY] * 2}})

    def made(table: dict[str, Any]) -> Any:
        match library:
            case "numpy":
                return {name: np.array(column, object) for name, column in table.items()}
            case "pandas":
                return pd.DataFrame(table)
            case "pandas, nullable":
                return pd.DataFrame(table).convert_dtypes()
            case _:
                return pl.DataFrame(table, strict=False)

    want = om.from_tables(**given)
    history = om.from_tables(
        made(given["units"]),
        parents=made(given["parents"]),
        facts={track: made(table) for track, table in given["facts"].items()},
    )
    for day in (DAY, "2025-01-01"):
        assert history.at(day).facts() == want.at(day).facts()


def test_the_end_of_time_is_an_open_end_and_1900_is_a_day() -> None:
    """9999-12-31 and later are read as no end known, and said so; early days are days."""
    for far in ("9999-12-31", dt.date(9999, 12, 31), np.datetime64("12000-01-01")):
        given = tables()
        column: Any = np.array([far, "NaT", "2025-01-01"], "datetime64[D]") if isinstance(far, np.datetime64) else None
        given["units"]["end"] = [far, None, "2025-01-01"] if column is None else column
        with pytest.warns(om.errors.TableWarning, match="end is 9999-12-31 or later in 1 rows"):
            assert om.from_tables(**given).life("r").end is None
    given = tables()
    given["units"]["start"] = given["parents"]["start"] = ["1900-01-01"] * 3
    assert om.from_tables(**given).first_day == dt.date(1900, 1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"facts": {"nmae": {}}}, "table 'facts[nmae]': there is no track 'nmae'; did you mean 'name'? [track]"),
        ({"facts": {"seat": {}}}, "there is no track 'seat'; a fact of your own is 'fact:seat'"),
        ({"facts": {"life": {}}}, "the track 'life' is written by the tables of units and links only"),
        ({"facts": {"member:k": {}}}, "'member:k' is about clusters: give tables of clusterings, clusters and acts"),
        (
            {"facts": {"corresponds_to": {"unit": ["a"], "value": ["zz"], "start": [DAY]}}},
            "row 1: 2024-01-01: zz: table 'facts[corresponds_to]': value: there is no unit 'zz'",
        ),
        (
            {"facts": {"corresponds_to": {"unit": ["a"], "value": ["b"], "start": ["2025-06-01"]}}},
            "table 'facts[corresponds_to]': unit 'b' ended on 2025-01-01",
        ),
        (
            {"parents": {"unit": ["r", "a", "b"], "parnet": [None, "r", "r"], "start": [DAY] * 3}},
            "table 'parents': it has the unknown column 'parnet'; did you mean 'parent'?",
        ),
        (
            {"parents": {"unit": ["r", "a", "b"], "parent": [None, "r"], "start": [DAY] * 3}},
            "table 'parents': its columns are not of one length: 'unit' has 3, 'parent' has 2, 'start' has 3",
        ),
        (
            {"links": {"old": ["b"], "new": ["a"], "day": ["2025-01-01"], "share": [1]}},
            "table 'links': it has the unknown column 'share'; did you mean 'shares'?",
        ),
        (
            {"clusters": {"id": ["c"]}},
            "clusters and matters need a table of acts, and rows that name their act and event",
        ),
    ],
)
def test_what_is_no_table_of_ours_is_refused(change: dict[str, Any], message: str) -> None:
    """A slip in a name, a length or a reference is told, with what was meant."""
    found = refused(tables(**{name: value for name, value in change.items() if name != "parents"}) | change)
    assert any(message in told for told in found), found


def test_what_corresponds_is_a_unit() -> None:
    """A reference to a unit is read as that unit, not as a number."""
    given = tables(facts={"corresponds_to": {"unit": ["a"], "value": ["b"], "start": [DAY]}})
    history = om.from_tables(**given)
    assert history.at(DAY).value("a", "corresponds_to") == "b"
    again = om.to_tables(history)
    assert om.from_tables(again.pop("units"), **again).at(DAY) == history.at(DAY) == om.loads(om.dumps(history)).at(DAY)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, "A", "B"]), st.sampled_from([None, 0, 7])), max_size=6)
)
def test_rows_say_the_same_however_they_come(drawn: list[tuple[int, str | None, int | None]]) -> None:
    """A frame, its rows with NaN in empty cells, its columns as lists, and rows without empty cells."""
    rows: list[dict[str, Any]] = [{"id": "u0", "parent": None, "name": "Root", "members": 1}]
    for number, (above, name, members) in enumerate(drawn, 1):
        rows.append({"id": f"u{number}", "parent": f"u{above % number}", "name": name, "members": members})
    frame = pd.DataFrame(rows)
    without = [{key: value for key, value in row.items() if value is not None} for row in rows]
    forms = [frame, pl.DataFrame(rows), frame.to_dict("records"), frame.to_dict("list"), rows, without]
    first, *others = (om.history_of(form, day=DAY, measures=[om.Measure("members")]) for form in forms)
    assert all(other == first for other in others)


def test_columns_of_a_table_have_one_length() -> None:
    """The shorter would be filled with what nobody wrote; one row is no column of texts."""
    with pytest.raises(om.Refused, match="different numbers of rows: 'id' 2, 'name' 1"):
        om.history_of({"id": ["a", "b"], "name": ["A"]}, day=DAY)
    with pytest.raises(om.Refused, match="the column 'id' of a table of units"):
        om.history_of({"id": "a", "name": "A"}, day=DAY)


def test_what_follows_from_a_faulty_row_is_not_told_and_names_are_no_ids() -> None:
    """One wrong code at the top is one fault, and who names a parent is answered with its id."""
    rows = [{"id": "p", "code": 7, "name": "Tỉnh A"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}]
    with pytest.raises(om.InvalidTable) as caught:
        om.history_of(rows, day=DAY)
    assert [(finding.rule, finding.row) for finding in caught.value.findings] == [("text", 1)]
    rows[0]["code"], rows[1]["parent"] = "07", "Tỉnh A"
    with pytest.raises(om.InvalidTable, match="the unit of that name has the id 'p'"):
        om.history_of(rows, day=DAY)
