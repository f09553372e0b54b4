"""Acts that are wrong in a place or two, each fault with the rule that refuses it."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.events import Event
from orgmodel.model.cluster import Clustering
from orgmodel.testing.strategies import events, histories
from orgmodel.testing.twin import renamed

DAY = dt.date(2025, 7, 1)
SOURCE = om.Source("a test")


@st.composite
def tried(draw: st.DrawFn) -> tuple[om.History, om.Act]:
    """A history and an act that may be wrong in a place or two: an id for another, events in another order or twice."""
    history = draw(histories(max_units=9, max_amendments=0))
    listed: list[Event] = list(draw(events(history, min_moves=1, max_moves=6)))
    known = [*history.unit_ids(), "nobody", *(e.what.id for e in listed if isinstance(e, om.Creation))]
    for _ in range(draw(st.integers(0, 2 if listed else 0))):
        at = draw(st.integers(0, len(listed) - 1))
        match draw(st.sampled_from(["id", "swap", "again", "drop"])):
            case "id":
                listed[at] = renamed(listed[at], {draw(st.sampled_from(known)): draw(st.sampled_from(known))})
            case "swap":
                other = draw(st.integers(0, len(listed) - 1))
                listed[at], listed[other] = listed[other], listed[at]
            case "again":
                listed.append(listed[at])
            case "drop" if len(listed) > 1:
                del listed[at]
    day = history.last_day
    assert day is not None
    return history, om.Act("tried", day + dt.timedelta(draw(st.integers(0, 1))), listed, SOURCE)


def wrongs() -> dict[str, tuple[list[Event], str]]:
    """Faulty events on :func:`ground`, each with the rule that refuses them."""
    merger = om.Succession([om.Link("a", "b"), om.Link("b", "b")], changes=[om.Change("a1", "parent", "b")])
    return {
        "nobody": ([om.Change("nobody", "name", "N")], "live"),
        "a name of nothing": ([om.Change("a", "name", "")], "text"),
        "a name in pieces": ([om.Change("a", "name", "a\u0302")], "composed-unicode"),
        "no kind": ([om.Change("a", "kind", "moon")], "kind"),
        "less than none": ([om.Change("a", "measure:members", -1, "own")], "count"),
        "no measure": ([om.Change("a", "measure:moons", 1, "own")], "measure"),
        "a parent that is no unit": ([om.Change("a1", "parent", "nobody")], "live"),
        "a parent that is a cluster": ([om.Change("a1", "parent", "g")], "right-sort"),
        "a parent that begins later": (
            [om.Change("a1", "parent", "n"), om.Creation(om.Unit("n", kind="province", parent="vn"))],
            "live",
        ),
        "a parent that has ended": (
            [om.Change("b1", "parent", "a"), om.Closure("b"), om.Change("a1", "parent", "b")],
            "live",
        ),
        "above itself": ([om.Change("a", "parent", "a1")], "no-cycle"),
        "above itself by two": (
            [om.Change("a1", "parent", "b1"), om.Change("b1", "parent", "a1")],
            "no-cycle",
        ),
        "above itself for a moment": (
            [om.Change("a", "parent", "b1"), om.Change("b", "parent", "a1"), om.Change("a", "parent", "vn")],
            "no-cycle",
        ),
        "children left": ([om.Closure("a")], "live-parent"),
        "children come too late": ([om.Closure("a"), om.Change("a1", "parent", "b")], "live-parent"),
        "children of a merger left": (
            [
                om.Succession(
                    [om.Link("a", "n"), om.Link("b", "n")], [om.Unit("n", kind="province", parent="vn")], complete=True
                )
            ],
            "live-parent",
        ),
        "ended twice": ([merger, om.Closure("a")], "live"),
        "ended before it begins": (
            [om.Closure("n"), om.Creation(om.Unit("n", kind="province", parent="vn"))],
            "live",
        ),
        "changed when it has ended": ([merger, om.Change("a", "name", "A")], "live"),
        "passes on when it has ended": ([merger, om.Succession([om.Link("a", "b"), om.Link("b", "b")])], "live"),
        "into what has ended": ([merger, om.Succession([om.Link("b", "a")])], "live"),
        "a leaf into what has ended": ([om.Closure("a1"), om.Succession([om.Link("b1", "a1")])], "live"),
        "takes over when it has ended": (
            [om.Closure("a1"), om.Succession([om.Link("a1", "a1"), om.Link("b1", "a1")])],
            "live",
        ),
        "goes on when it has ended": (
            [om.Closure("a1"), om.Succession([om.Link("a1", "a1", "part"), om.Link("a1", "b1", "part")])],
            "live",
        ),
        "used": ([om.Creation(om.Unit("a", kind="province", parent="vn"))], "id-once"),
        "used twice": ([om.Creation(om.Unit("n", kind="province", parent="vn"))] * 2, "id-once"),
        "begins under what has ended": (
            [merger, om.Creation(om.Unit("n", kind="commune", parent="a"))],
            "live",
        ),
        "begins as no kind": ([om.Creation(om.Unit("n", kind="moon", parent="vn"))], "kind"),
        "begins nowhere": ([om.Creation(om.Unit("n", kind="province", parent="vn", hierarchy="moon"))], "hierarchy"),
        "below what is not there": ([om.Change("a", "parent:state", "b")], "live-parent"),
        "leaves with children": (
            [om.Change("a", "parent:state", "vn"), om.Change("vn", "parent:state", None)],
            "live-parent",
        ),
        "a second root": ([om.Change("a", "parent", "/")], "one-root"),
        "the root moves": ([om.Change("vn", "parent", "a")], "no-cycle"),
        "of another kind": (
            [om.Succession([om.Link("a1", "b")])],
            "same-kind",
        ),
        "of another kind by now": (
            [om.Change("a1", "kind", "district"), om.Succession([om.Link("a1", "b1")])],
            "same-kind",
        ),
        "a whole and a part": (
            [om.Succession([om.Link("a1", "b1"), om.Link("a1", "a1")])],
            "links",
        ),
        "a share that is not all": (
            [om.Succession([om.Link("a1", "b1", "whole", {"members": "1/2"}), om.Link("b1", "b1")])],
            "shares",
        ),
        "a share of one that is replaced": (
            [om.Succession([om.Link("a1", "b1", "whole", {"members": "1/2"})])],
            "shares",
        ),
        "misplaced": ([om.Change("a1", "parent", "vn")], "schema"),
        "a code borne twice": ([om.Change("a1", "code", "1"), om.Change("b1", "code", "1")], "unique-code"),
        "no name within a merger": (
            [om.Succession([om.Link("a1", "b1"), om.Link("b1", "b1")], changes=[om.Change("b1", "name", "")])],
            "text",
        ),
        "less than none within a merger": (
            [
                om.Succession(
                    [om.Link("a1", "b1"), om.Link("b1", "b1")], changes=[om.Change("b1", "measure:members", -1)]
                )
            ],
            "count",
        ),
        "until yesterday within a merger": (
            [
                om.Succession(
                    [om.Link("a1", "b1"), om.Link("b1", "b1")], changes=[om.Change("b1", "name", "B", until=DAY)]
                )
            ],
            "until",
        ),
        "a parent that is nobody within a merger": (
            [om.Succession([om.Link("a1", "b1"), om.Link("b1", "b1")], changes=[om.Change("b1", "parent", "nobody")])],
            "live",
        ),
        "two clusters of a cover within a merger, one of them nowhere": (
            [
                om.Creation(Clustering("circles", cover=True)),
                om.Creation(om.Cluster("c", "circles")),
                om.Succession(
                    [om.Link("a1", "b1"), om.Link("b1", "b1")],
                    changes=[om.Change("b1", "member:circles", name, name) for name in ("c", "nobody")],
                ),
            ],
            "live",
        ),
        "until yesterday": ([om.Change("a", "name", "A", until=DAY)], "until"),
    }


def ground() -> om.History:
    """Two provinces with a commune each, a cluster, and a second hierarchy with only its root."""
    kinds = ("centre", "province", "commune")
    placements = om.Schema.levels(*kinds).placements
    schema = om.Schema([*kinds, "district"], placements, hierarchies=("main", "state"))
    units = [("vn", "centre", None), ("a", "province", "vn"), ("b", "province", "vn"), ("a1", "commune", "a")]
    # Units come last: a number that counts from the end would name one.
    events: list[Event] = [om.Creation(Clustering("gs")), om.Creation(om.Cluster("g", "gs"))]
    events += [
        om.Creation(om.Unit(name, kind=kind, parent=parent)) for name, kind, parent in [*units, ("b1", "commune", "b")]
    ]
    events.append(om.Change("vn", "parent:state", "/"))
    return om.History(schema, [om.Measure("members")]).enact(om.Act("start", "2025-01-01", events, SOURCE))
