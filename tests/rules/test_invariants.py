"""The invariant checker finds what the replay would have refused: shown on states broken by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import orgmodel as om
from orgmodel.engine.columns import ABOVE_ROOT
from orgmodel.engine.state import Editor
from orgmodel.model.cluster import Cluster
from orgmodel.rules.invariants import check
from orgmodel.structure.structure import Structure

DAY = "2025-07-01"
SCHEMA = om.Schema.levels("centre", "province", "commune")


def sound() -> om.History:
    history = om.history_of(
        [
            {"id": "vn", "kind": "centre"},
            {"id": "p1", "parent": "vn", "kind": "province", "code": "1"},
            {"id": "p2", "parent": "vn", "kind": "province", "code": "2"},
            {"id": "c1", "parent": "p1", "kind": "commune", "members": 3},
        ],
        day="2025-01-01",
        schema=SCHEMA,
        measures=[om.Measure("members")],
    )
    clusters = [
        om.Creation(om.Clustering("e")),
        om.Creation(om.Cluster("k1", "e")),
        om.Creation(om.Cluster("k2", "e")),
        om.Creation(om.Clustering("cover", cover=True)),
        om.Creation(om.Cluster("v", "cover")),
        om.Change("p1", "member:e", "k1"),
        om.Change("p1", "member:cover", "v"),
        om.Change("k1", "role", "p1", ("leader", 1)),
    ]
    return history.enact(om.Act("k", "2025-01-02", clusters))


def broken(change: Callable[[Editor, Callable[[str], int], int, Any], None]) -> Structure:
    """The sound structure after writes that no replay has seen."""
    history = sound()
    editor = history._state.edit()
    day = history.at(DAY).day.toordinal() - 1

    def number(subject: str) -> int:
        found = editor.number(subject)
        assert found is not None
        return found

    change(editor, number, day, history.acts[-1])
    return Structure(editor.done(), history.at(DAY).day, SCHEMA, history.measures)


def test_a_sound_structure_has_no_findings():
    """Nothing is found where nothing is wrong."""
    assert check(sound().at(DAY)) == ()


BREAKS: dict[str, tuple[Callable[[Editor, Callable[[str], int], int, Any], None], str]] = {
    "two roots": (lambda e, n, d, a: e.write("parent", n("p1"), d, ABOVE_ROOT, a), "one-root"),
    "no root": (lambda e, n, d, a: e.write("parent", n("vn"), d, n("c1"), a), "one-root"),
    "a cycle": (lambda e, n, d, a: e.write("parent", n("p1"), d, n("c1"), a), "no-cycle"),
    "a dead parent": (lambda e, n, d, a: e.end(n("p1"), d, a), "live-parent"),
    "no parent": (lambda e, n, d, a: e.write("parent", n("c1"), d, None, a), "placed"),
    "a place": (lambda e, n, d, a: e.write("parent", n("c1"), d, n("vn"), a), "schema"),
    "a kind": (lambda e, n, d, a: e.write("kind", n("c1"), d, "village", a), "kind"),
    "a code": (lambda e, n, d, a: e.write("code", n("p1"), d, "2", a), "unique-code"),
    "a count": (lambda e, n, d, a: e.write("measure:members", n("c1"), d, -2, a, "own"), "count"),
    "a fraction": (lambda e, n, d, a: e.write("measure:members", n("c1"), d, 1.5, a, "own"), "count"),
    "a life": (lambda e, n, d, a: e.write("life", n("c1"), d, None, a), "live"),
    "two clusters": (lambda e, n, d, a: e.write("member:e", n("p1"), d, n("k2"), a, n("k2")), "cluster"),
    "a dead cluster": (lambda e, n, d, a: e.end(n("k1"), d, a), "cluster"),
    "another clustering": (lambda e, n, d, a: e.write("member:e", n("p1"), d, n("v"), a), "cluster"),
    "a slot": (lambda e, n, d, a: e.write("member:cover", n("p1"), d, n("v"), a, "elsewhere"), "cluster"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_breach_is_found(name: str):
    """Whatever is broken by hand is found by its rule."""
    change, rule = BREAKS[name]
    assert rule in [finding.rule for finding in check(broken(change))]


def test_cluster_ids_are_no_units():
    """A cluster is no unit of the structure."""
    structure = sound().at(DAY)
    assert "k1" not in structure
    assert structure.cluster("k1") == Cluster("k1", "e")
    with pytest.raises(om.UnknownUnit):
        structure.unit("k1")
