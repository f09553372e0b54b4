"""Tables without an order of events: each day is put in an order in which it can happen, or refused."""

from __future__ import annotations

import io
import tempfile
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import orgmodel as om

DAYS = ["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01"]
S, D = DAYS[0], DAYS[1]


@st.composite
def linked_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Units in two levels that begin and end on a few days, and links among them in any order."""
    count = draw(st.integers(2, 6))
    ids = ["r", *(f"u{n}" for n in range(count))]
    starts, ends, parents = [S], [None], [None]
    for _ in range(count):
        first = draw(st.integers(0, 2))
        last = draw(st.none() | st.integers(first, 3))
        starts.append(DAYS[first])
        ends.append(None if last is None else DAYS[last])
        parents.append(draw(st.sampled_from(ids[: len(starts) - 1])))
    pairs = draw(st.lists(st.tuples(*[st.integers(1, count)] * 2, st.sampled_from(DAYS[1:])), max_size=5, unique=True))
    links = {
        "old": [ids[old] for old, _, _ in pairs],
        "new": [ids[new] for _, new, _ in pairs],
        "day": [day for *_, day in pairs],
    }
    if draw(st.booleans()):
        links["event"] = draw(st.lists(st.integers(0, 3), min_size=len(pairs), max_size=len(pairs)))
    return {
        "units": {"id": ids, "start": starts, "end": ends},
        "parents": {"unit": ids, "parent": parents, "start": starts},
        "links": links if pairs else None,
    }


def links_of(history: om.History) -> list[tuple[Any, ...]]:
    return [(k.old, k.new, k.day, k.extent, k.type, k.event) for k in history.lineage.links()]


@given(linked_tables())
def test_what_is_accepted_comes_back(tables: dict[str, Any]) -> None:
    """R1: from text, columns and tables a history of tables comes back with links, events and every day equal."""
    try:
        history = om.from_tables(**tables)
    except om.InvalidTable:
        return
    again = om.to_tables(history)
    with tempfile.TemporaryDirectory() as folder:
        om.save(history, f"{folder}/h.om")
        doors = [
            om.loads(om.dumps(history)),
            om.open_history(f"{folder}/h.om"),
            om.from_tables(again.pop("units"), **again),
        ]
        for other in doors:
            assert other.acts == history.acts
            assert links_of(other) == links_of(history)
            assert all(other.at(day) == history.at(day) for day in DAYS)
            for day in DAYS:
                assert other.lineage.links() == history.lineage.links() or day


@given(linked_tables(), st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(tables: dict[str, Any], random: Any) -> None:
    """R3: rows of links in another order give a history with the same days and the same links."""
    links = tables["links"]
    assume(links is not None)
    order = list(range(len(links["old"])))
    random.shuffle(order)
    shuffled = {name: [column[at] for at in order] for name, column in links.items()}

    def told(given: Any) -> Any:
        try:
            history = om.from_tables(tables["units"], parents=tables["parents"], links=given)
        except om.InvalidTable:
            return None
        return [history.at(day).facts() for day in DAYS], sorted(link[:5] for link in links_of(history))

    assert told(links) == told(shuffled)


def base(ids: str, starts: list[str], ends: list[Any], parents: list[Any] | None = None) -> dict[str, Any]:
    above = parents or [None, *["r"] * (len(ids) - 1)]
    return {
        "units": {"id": list(ids), "start": starts, "end": ends},
        "parents": {"unit": list(ids), "parent": above, "start": starts},
    }


def test_an_event_by_which_nobody_ends_is_kept() -> None:
    """A transfer before two mergers of the same day has its links and its event."""
    tables = base("rabcedf", [S] * 5 + [D] * 2, [None, D, D, D, D, None, None])
    rows = [("a", "a", 1), ("a", "b", 1), ("b", "b", 1), ("a", "d", 2), ("c", "d", 2), ("b", "f", 3), ("e", "f", 3)]
    links = {
        "old": [old for old, _, _ in rows],
        "new": [new for _, new, _ in rows],
        "day": [D] * 7,
        "event": [event for *_, event in rows],
        "extent": ["part", "part", *["whole"] * 5],
    }
    history = om.from_tables(**tables, links=links)
    assert [event.type for event in history.acts[-1].events] == ["creation", "creation", "transfer", "merger", "merger"]
    assert links_of(om.loads(om.dumps(history))) == links_of(history)
    late = om.Act("late", "2020-06-01", [om.Change("r", "name", "R")])
    assert len(history.enact(late, recorded="2024-01-01").lineage.links()) == 7


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("event", [None, [1, 2, 3]])
def test_a_chain_of_one_day(order: tuple[int, ...], event: Any) -> None:
    """A -> b -> c, b living no day, is a chain in whatever order its rows stand."""
    tables = base("rabc", [S, S, D, S], [None, D, D, None])
    rows = [("a", "b"), ("b", "c"), ("c", "c")]
    links: dict[str, Any] = {"old": [rows[at][0] for at in order], "new": [rows[at][1] for at in order], "day": [D] * 3}
    if event is not None:
        links["event"] = [{"a": 1, "b": 2, "c": 2}[old] for old in links["old"]]
    history = om.from_tables(**tables, links=links)
    assert history.lineage.successors("a") == ("c",)
    assert [type(e).__name__ for e in om.loads(om.dumps(history)).acts[-1].events] == [
        "Creation",
        "Succession",
        "Succession",
    ]


def test_a_unit_ends_after_those_below_it() -> None:
    """A district closes after the commune that began and ended under it on that day."""
    history = om.from_tables(**base("rdc", [S, S, D], [None, D, D], [None, "r", "d"]))
    assert [event.type for event in history.acts[-1].events] == ["creation", "closure", "closure"]
    assert om.load(io.StringIO(om.dumps(history))) == history


def test_links_and_lives_that_contradict_each_other_are_refused() -> None:
    """A unit that passes on as a whole cannot live on, and events that wait for each other cannot happen."""
    with pytest.raises(om.InvalidTable, match="'a' passes on without a link to itself, which ends it"):
        om.from_tables(**base("rab", [S] * 3, [None] * 3), links={"old": ["a"], "new": ["b"], "day": [D]})
    circle = {"old": ["a", "b", "a", "b"], "new": ["b", "c", "c", "a"], "day": [D] * 4, "event": [1, 1, 2, 2]}
    with pytest.raises(om.InvalidTable, match="wait for each other: rows 1, 2, 3, 4"):
        om.from_tables(**base("rabc", [S] * 4, [None, D, D, None]), links={**circle, "extent": ["part"] * 4})
    closes = om.from_tables(
        **base("rab", [S] * 3, [None, D, D]), links={"old": ["b", "a"], "new": ["b", "b"], "day": [D] * 2}
    )
    assert [event.type for event in closes.acts[-1].events] == ["takeover", "closure"]
    assert om.loads(om.dumps(closes)).at(D).is_known("b") == closes.at(D).is_known("b")
