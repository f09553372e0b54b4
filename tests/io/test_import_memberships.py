"""Lists of members beside a history of the units."""

from __future__ import annotations

from typing import Any

import pytest

import orgmodel as om
from orgmodel.io.importers import import_memberships


def units() -> om.History:
    """Six units, of which two merge between the lists, one is renamed and one ends."""
    rows = [
        {"id": "vn"},
        *({"id": unit, "code": unit.upper(), "name": f"Unit {unit}", "parent": "vn"} for unit in "abcdef"),
    ]
    history = om.history_of(rows, day="2020-01-01", source=om.Source("a register"))
    with history.draft("2021-07-01", source=om.Source("a merger")) as act:
        act.merge(["a", "b"], into=om.Unit("ab", code="AB"))
    history = history.enact(act)
    with history.draft("2021-09-01", source=om.Source("a closure")) as act:
        act.close("f")
    return history.enact(act)


LISTS = {
    "2021-01-01": [("a", "k1"), ("b", "k2"), ("c", "k2"), ("d", "k2"), ("e", "k3"), ("f", "k1")],
    "2022-01-01": [("ab", "k1"), ("c", "k1"), ("d", "k2")],
    "2023-01-01": [("ab", "k1"), ("c", "k1"), ("d", "k2"), ("e", "k2")],
}


def tables(lists: Any = LISTS) -> Any:
    """Lists as tables."""
    return {day: [{"unit": unit, "cluster": cluster} for unit, cluster in rows] for day, rows in lists.items()}


def read(**options: Any) -> Any:
    return import_memberships(units(), tables(), clustering="groups", source="the list", **options)


def test_who_was_where_follows_from_lists_and_mergers() -> None:
    """A list is so on its day; the merger puts the new unit where the next list has it."""
    done = read()
    for day, rows in LISTS.items():
        structure = done.history.at(day)
        for unit, cluster in rows:
            assert structure.cluster_of(unit, "groups") == cluster
    assert done.history.at("2021-07-01").cluster_of("ab", "groups") == "k1"
    assert str(done.history.act("2022-01-01 groups").within) == "2021-01-02 to 2022-01-01"


def test_each_change_cites_the_merger_and_the_list() -> None:
    """Joined, moved, merged, ended, dissolved: each with the acts that say so."""
    told = [(c.unit, c.what, c.before, c.after, c.acts) for c in read().between("2021-01-01", "2022-01-01")]
    the_list = "2022-01-01 groups"
    assert told == [
        ("a", "merged", "k1", "k1", ("2021-07-01 a merger", the_list)),
        ("b", "merged", "k2", "k1", ("2021-07-01 a merger", the_list)),
        ("c", "moved", "k2", "k1", (the_list,)),
        ("e", "dissolved", "k3", None, (the_list,)),
        ("f", "ended", "k1", None, ("2021-09-01 a closure", the_list)),
    ]
    assert [(c.unit, c.what) for c in read().between("2022-01-01", "2023-01-01")] == [("e", "joined")]


@pytest.mark.parametrize(("not_listed", "cluster", "what"), [("left", None, "left"), ("unknown", "k2", "not listed")])
def test_who_is_not_listed_has_left_or_is_not_known(not_listed: Any, cluster: Any, what: str) -> None:
    """Which it is, the caller says; what is not known is told."""
    lists = tables({"2021-01-01": [("c", "k2"), ("d", "k2")], "2022-01-01": [("d", "k2")]})
    done = import_memberships(units(), lists, clustering="groups", not_listed=not_listed)
    assert done.history.at("2022-01-01").cluster_of("c", "groups") == cluster
    assert [(change.unit, change.what) for change in done.changes] == [("c", what)]
    assert len(done.about("not-listed")) == (not_listed == "unknown")


def test_a_merger_that_no_list_answers_is_told() -> None:
    """Where lists do not say in which cluster a merged unit is, it is in none, with a warning."""
    lists = tables({"2021-01-01": [("a", "k1"), ("b", "k2")]})
    done = import_memberships(units(), lists, clustering="groups")
    assert done.history.at("2021-07-01").cluster_of("ab", "groups") is None
    assert [finding.units for finding in done.about("cluster")] == [("ab",)]


@pytest.mark.parametrize(("by", "named"), [("id", "c"), ("code", "C"), ("name", "Unit c")])
def test_units_are_named_by_id_code_or_name(by: Any, named: str) -> None:
    """Lists name units in their own way, and columns by their own names."""
    lists = {"2021-01-01": [{"Đơn vị": named, "Cụm": "k1", "Tên cụm": "Cụm 1"}]}
    columns = {"Đơn vị": "unit", "Cụm": "cluster", "Tên cụm": "cluster_name"}
    done = import_memberships(units(), lists, columns, clustering="groups", by=by)
    assert done.history.at("2021-01-01").members("k1") == ("c",)
    assert done.history.at("2021-01-01").cluster("k1").name == "Cụm 1"
    assert done.unit_of[1] == "c"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [([("z", "k1")], "live-unit"), ([("c", None)], "member"), ([("c", "k1"), ("c", "k2")], "member")],
)
def test_faulty_lists_are_refused_with_their_row(rows: Any, rule: str) -> None:
    """Unknown units, empty clusters, units twice."""
    with pytest.raises(om.InvalidTable) as caught:
        import_memberships(units(), tables({"2021-01-01": rows}), clustering="groups")
    assert {(finding.rule, finding.row) for finding in caught.value.findings} == {(rule, len(rows))}
