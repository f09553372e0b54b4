"""First and last known units come in by every door, and back from every file."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import pytest

import orgmodel as om
from orgmodel.errors import InvalidTable
from orgmodel.history.crosswalk import Unmapped
from orgmodel.io.tables import read_history_csv

KINDS = om.Schema(["country", "commune"])


def tables(**more: Any) -> dict[str, Any]:
    units = {
        "id": ["vn", "a", "b", "c"],
        "kind": ["country", "commune", "commune", "commune"],
        "start": ["2000-01-01"] * 3 + ["2010-01-01"],
        "end": [None, None, "2010-01-01", None],
        "first_known": [True, True, True, False],
        "last_known": [False, False, True, None],
    }
    parents = {"unit": units["id"], "parent": [None, "vn", "vn", "vn"], "start": units["start"]}
    return {"units": {**units, **more}, "parents": parents, "schema": KINDS}


def known(history: om.History) -> Unmapped:
    return history.correspondence("2005-01-01", "2015-01-01", kind="commune").unmapped


def test_tables_say_first_and_last_known(tmp_path: Path) -> None:
    """Columns of the table of units; the history says so after files, pickles and tables as well."""
    history = om.from_tables(**tables())
    om.save(history, tmp_path / "h.om")
    out = om.to_tables(history)
    for found in (
        history,
        om.loads(om.dumps(history)),
        om.open_history(tmp_path / "h.om"),
        pickle.loads(pickle.dumps(history)),
        om.from_tables(**out),
        history.enact(om.Act("more", "2020-01-01", [om.Closure("c")])),
    ):
        assert Unmapped(new=("c",), last_known=("b",)) == known(found)
        with pytest.raises(om.NotOnRecord):
            found.at("1999-01-01").count("commune")
        first = [e for act in found.acts for e in act.events if isinstance(e, om.Creation) and e.first_known]
        assert {"vn", "a", "b"} == {event.what.id for event in first}


def test_without_the_columns_nothing_is_first_or_last_known() -> None:
    """And false and empty cells are the same as no column."""
    plain = tables()
    del plain["units"]["first_known"], plain["units"]["last_known"]
    blank = tables(first_known=[False] * 4, last_known=[None] * 4)
    assert Unmapped(old=("b",), new=("c",)) == known(om.from_tables(**plain)) == known(om.from_tables(**blank))
    assert om.from_tables(**plain) == om.from_tables(**blank)


@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("last_known", [True, False, True, None], "row 1.*no end"),
        ("first_known", ["maybe", 3, True, False], "row 1.*'maybe'.*\n.*row 2.*3"),
    ],
)
def test_odd_cells_are_refused(column: str, cells: list[Any], words: str) -> None:
    """What is not seen any more has a day from which it is not; a cell is true, false or empty."""
    with pytest.raises(InvalidTable, match=words):
        om.from_tables(**tables(**{column: cells}))


def test_links_contradict_what_is_not_on_record() -> None:
    """A unit of which a link says what it became has a successor on record; so the other way."""
    links = {"old": ["b"], "new": ["c"], "day": ["2010-01-01"]}
    with pytest.raises(InvalidTable, match="became") as error:
        om.from_tables(**tables(first_known=[True, True, True, True]), links=links)
    assert {"first_known", "last_known"} == {finding.rule for finding in error.value.findings}


def test_a_small_table_may_begin_with_first_known_units() -> None:
    """``history_of`` says it of all its units."""
    rows = [{"id": "vn", "kind": "country"}, {"id": "a", "kind": "commune", "parent": "vn"}]
    history = om.history_of(rows, day="2000-01-01", schema=KINDS, first_known=True)
    assert all(event.first_known for act in history.acts for event in act.events if isinstance(event, om.Creation))
    with pytest.raises(om.NotOnRecord):
        history.at("1999-01-01").count("commune")
    assert 0 == om.history_of(rows[:1], day="2000-01-01", schema=KINDS).at("2001-01-01").count("commune")


def test_dated_csv_tables_say_that_they_only_begin_and_end_there() -> None:
    """Units of the first day are first known, units that end last known; those that begin later are founded."""
    text = "id,parent,kind,start,last\nvn,,country,2000-01-01,\na,vn,commune,2000-01-01,2009-12-31\nc,vn,commune,2010-01-01,\n"
    history = read_history_csv(io.StringIO(text), schema=KINDS, first_known=True, last_known=True)
    assert Unmapped(new=("c",), last_known=("a",)) == known(history)
    assert Unmapped(old=("a",), new=("c",)) == known(read_history_csv(io.StringIO(text), schema=KINDS))
