"""Bad input to operations: each is refused with what, where and what to do; all faults together; nothing changes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import operations as ops
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.policies import Equal, GivenShares
from orgmodel.history.history import History

DAY = "2025-07-01"
SCHEMA = om.Schema(
    (
        om.Kind("centre"),
        om.Kind("province"),
        om.Kind("agency", agency=True),
        om.Kind("district"),
        om.Kind("commune"),
    ),
    hierarchies=("main", "state"),
)
MEASURES = (om.Measure("members"), om.Measure("share", "rate", weight="members"), om.Measure("grade", "category"))


def country() -> History:
    history = om.history_of(
        [
            {"id": "vn", "kind": "centre"},
            {"id": "p1", "kind": "province", "name": "Một", "code": "1", "parent": "vn"},
            {"id": "p2", "kind": "province", "name": "Hai", "code": "2", "parent": "vn"},
            {"id": "old", "kind": "province", "parent": "vn"},
            {"id": "older", "kind": "province", "parent": "vn"},
            {"id": "d1", "kind": "district", "parent": "p1"},
            {"id": "c1", "kind": "commune", "code": "1", "parent": "p1", "members": 5},
            {"id": "c2", "kind": "commune", "code": "2", "parent": "p2", "members": 7},
            {"id": "c3", "kind": "commune", "code": "3", "parent": "d1", "members": 7},
            {"id": "a1", "kind": "agency", "category": "tc", "parent": "p1"},
            {"id": "a2", "kind": "agency", "category": "tc", "parent": "p2"},
        ],
        day="2024-01-01",
        schema=SCHEMA,
        measures=MEASURES,
    )
    with history.draft("2024-06-01") as act:
        act.form(om.Clustering("emulation"))
        act.form(om.Clustering("topics", cover=True))
        act.form(om.Cluster("k1", "emulation"), ["a1"])
        act.form(om.Cluster("k2", "emulation"), ["a2"])
        act.form(om.Cluster("k0", "emulation"))
        act.form(om.Cluster("t1", "topics"), ["p1"])
        act.designate("k1", "leader", "a1")
        act.merge(["old", "older"], into=om.Unit("middle", name="Giữa"))
        act.dissolve("k0")
        act.create(om.Unit("state", hierarchy="state", kind="centre"))
    history = history.enact(act)
    with history.draft("2025-12-01") as act:
        act.create(om.Unit("later", kind="province", name="Sau"), under="vn")
    return history.enact(act)


HISTORY = country()

SECOND = Creation(om.Unit("second", kind="centre"))

# name -> (what is done, text that the message holds, ids of rules that are found)
CASES: dict[str, tuple[Callable[[Draft], object], str, set[str]]] = {
    # ---- mergers
    "one unit": (lambda act: act.merge("p1"), "needs two units or more", {"merge-two"}),
    "a unit with itself": (lambda act: act.merge(["p1", "p1"]), "needs two units or more", {"merge-two"}),
    "nothing": (lambda act: act.merge([]), "units are none", {"nothing-chosen"}),
    "an empty selection": (
        lambda act: act.merge(om.select(kind="district", under="p2")),
        "the units (kind = district and under p2) are none on 2025-07-01",
        {"nothing-chosen"},
    ),
    "an ended unit": (
        lambda act: act.merge(["p1", "old"], cluster="k1"),
        "unit 'old' ended on 2024-06-01 and does not exist on 2025-07-01; it went on in 'middle'; name a unit that lives",
        {"live-unit"},
    ),
    "a unit before its birth": (
        lambda act: act.merge(["p1", "later"]),
        "unit 'later' begins only after 2025-07-01; name a unit that lives",
        {"live-unit"},
    ),
    "an unknown unit": (lambda act: act.merge(["p1", "p3"]), "no unit has the id 'p3'", {"live-unit"}),
    "no id": (lambda act: act.merge(["p1", om.Unit(name="Một")]), "has no id", {"live-unit"}),
    "something else": (
        lambda act: act.merge(["p1", "p2", 3], cluster="k1"),  # type: ignore[list-item]
        "a unit is given as its id, a Unit or a selection, not as 3",
        {"live-unit"},
    ),
    "different kinds": (
        lambda act: act.merge(["c1", "d1"], under="p2", into=om.Unit("n", name="N", code="9")),
        "c1 is a commune, d1 is a district) have one successor; ask for it with cross_kind=True",
        {"same-kind"},
    ),
    "another kind": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit(kind="commune"), cluster="k1"),
        "would be a commune",
        {"same-kind"},
    ),
    "different kinds and none stated": (
        lambda act: act.merge(["c1", "d1"], cross_kind=True),
        "the kind of 'u-",
        {"same-kind"},
    ),
    "an unknown kind": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit(kind="xã"), cluster="k1", cross_kind=True),
        "the schema knows no kind 'xã' (it knows centre, province, agency, district, commune)",
        {"kind"},
    ),
    "different parents": (
        lambda act: act.merge(["c1", "c2"]),
        "stand under different ones (c1 under p1, c2 under p2); state under=",
        {"one-parent"},
    ),
    "a parent that ends": (
        lambda act: act.merge(["p1", "p2"], under="p1", cluster="k1"),
        "the parent 'p1' ends itself",
        {"no-cycle"},
    ),
    "a parent below": (
        lambda act: act.merge(["p1", "p2"], under="c3", cluster="k1"),
        "the parent 'c3' stands below 'p1', which ends; name a parent outside",
        {"no-cycle"},
    ),
    "a dead parent": (
        lambda act: act.merge(["c1", "c2"], under="old"),
        "unit 'old' ended on 2024-06-01",
        {"live-unit", "one-parent"},
    ),
    "itself as parent": (
        lambda act: act.merge(["c1", "c2"], into=om.Unit("n", parent="n")),
        "a unit cannot stand under itself",
        {"no-cycle"},
    ),
    "two parents stated": (
        lambda act: act.merge(["c1", "c2"], into=om.Unit(parent="p1"), under="p2"),
        "stated as 'p1' and as 'p2'",
        {"parent"},
    ),
    "a hierarchy that is not": (
        lambda act: act.merge(["c1", "c2"], under={"main": "p1", "stat": "state"}),
        "there is no hierarchy 'stat' (there are main, state)",
        {"hierarchy"},
    ),
    "across clusters": (
        lambda act: act.merge(["p1", "p2"]),
        "its predecessors are not all in one (a1 in k1, a2 in k2); state cluster=, an id or a policy",
        {"one-cluster"},
    ),
    "one in a cluster, one in none": (
        lambda act: act.merge(["a1", act.create(om.Unit("x", kind="agency"), under="p1")]),
        "(a1 in k1, x in none)",
        {"one-cluster"},
    ),
    "a cluster of another clustering": (
        lambda act: act.merge(["p1", "p2"], cluster=lambda s, c, m: ["t1"] if c.id == "emulation" else None),
        "names 't1', which is no cluster of 'emulation' (there are 'k1', 'k2')",
        {"cluster-policy"},
    ),
    "two clusters of a partition": (
        lambda act: act.merge(["p1", "p2"], cluster=lambda s, c, m: ["k1", "k2"] if c.id == "emulation" else None),
        "a unit is in one cluster",
        {"cluster-policy"},
    ),
    "two agencies of one function": (
        lambda act: (act.create(om.Unit("a3", kind="agency", category="tc"), under="p1"), act.merge(["p1", "p2"])),
        "of the function 'tc' p1 has a1, a3; p2 has a2; give function_of= a policy",
        {"counterpart"},
    ),
    "an id that lives": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit("c1"), cluster="k1"),
        "a live unit has the id 'c1' on 2025-07-01; give the new unit another",
        {"id-once"},
    ),
    "an id of a member": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit("p1"), cluster="k1"),
        "use take_over to let it go on",
        {"id-once"},
    ),
    "an id that was used": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit("old"), cluster="k1"),
        "the id 'old' was used before; an id is never used again",
        {"id-once"},
    ),
    "an id that will be used": (
        lambda act: act.merge(["p1", "p2"], into=om.Unit("k1"), cluster="k1"),
        "the id 'k1' was used before",
        {"id-once"},
    ),
    "a code that another bears": (
        lambda act: HISTORY.enact(
            _drafted(act, lambda: act.create(om.Unit("n", kind="commune", code="3"), under="p1"))
        ),
        "the code '3' of kind 'commune' is borne by",
        {"unique-code"},
    ),
    "taking itself over": (
        lambda act: act.take_over("p1", ["p1", "p2"]),
        "cannot take itself over",
        {"take-over-self"},
    ),
    "a takeover of another kind": (
        lambda act: act.take_over("p1", ["c2"]),
        "its successor 'p1' of kind 'province'",
        {"same-kind"},
    ),
    "a replacement of another kind": (
        lambda act: act.replace("d1", om.Unit(kind="commune")),
        "ask for it with cross_kind=True",
        {"same-kind"},
    ),
    # ---- divisions
    "a breakdown without homes": (
        lambda act: act.break_down("p1", [om.Unit("n1"), om.Unit("n2")]),
        "say in children= where this child of 'p1' goes: 'n1', 'n2'",
        {"children"},
    ),
    "a breakdown into one": (
        lambda act: act.break_down("c1", [om.Unit("n1")]),
        "needs two new units or more, not 1; use replace",
        {"break-down-two"},
    ),
    "a home that is no part": (
        lambda act: act.break_down("d1", [om.Unit("n1"), om.Unit("n2")], children={"c3": "n3"}),
        "names 'n3', which is none of the parts ('n1', 'n2')",
        {"part", "children"},
    ),
    "an index out of range": (
        lambda act: act.break_down("d1", [om.Unit("n1"), om.Unit("n2")], children={"c3": 2}),
        "names 2, which is none of the parts",
        {"part", "children"},
    ),
    "a home for a stranger": (
        lambda act: act.break_down("d1", [om.Unit("n1"), om.Unit("n2")], children={"c3": "n1", "c2": "n1"}),
        "c2: it is no child of 'd1'; leave it out of children=",
        {"children"},
    ),
    "breaking the root down": (
        lambda act: act.break_down("state", [om.Unit("n1"), om.Unit("n2")]),
        "n2: 'state' has one root and that is 'n1' then; state under={'state': ...}",
        {"one-root"},
    ),
    "splitting the root": (
        lambda act: act.split_off("vn", om.Unit("n1")),
        "n1: 'main' has one root and that is 'vn' then; state under=",
        {"one-root"},
    ),
    "one id for two parts": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n1")]),
        "two new units have the id 'n1'",
        {"id-once"},
    ),
    "shares above one": (
        lambda act: act.break_down(
            "c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"members": "2/3"}, "n2": {"members": "2/3"}}
        ),
        "the shares of 'members' of 'c1' (2/3, 2/3) are not parts of 1",
        {"shares"},
    ),
    "negative shares": (
        lambda act: act.break_down(
            "c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"members": "-1/3"}, "n2": {"members": "4/3"}}
        ),
        "are not parts of 1",
        {"shares"},
    ),
    "shares below one": (
        lambda act: act.break_down(
            "c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"members": "1/3"}, "n2": {"members": "1/3"}}
        ),
        "are not parts of 1",
        {"shares"},
    ),
    "shares of what is no number": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"members": "a third"}}),
        "a share is a fraction such as '1/3'",
        {"shares"},
    ),
    "shares of an unknown measure": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"people": "1/3"}}),
        "there is no measure 'people' (there are grade, members, share)",
        {"shares"},
    ),
    "shares without a measure": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": "1/3"}),
        "given as measure -> fraction, not as '1/3'",
        {"shares"},
    ),
    "shares and an allocation": (
        lambda act: act.break_down(
            "c1", [om.Unit("n1"), om.Unit("n2")], shares={"n1": {"members": 1}}, allocation=Equal()
        ),
        "give one of them",
        {"shares"},
    ),
    "an allocation that gives too few": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], allocation=lambda s, u, m, parts: [1]),
        "gives 1 share of 'members' (1) for 2 parts",
        {"allocation"},
    ),
    "an allocation that gives too much": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], allocation=lambda s, u, m, parts: [1, 1]),
        "add up to 1",
        {"allocation"},
    ),
    "a dominant part that is none": (
        lambda act: act.break_down("c1", [om.Unit("n1"), om.Unit("n2")], dominant="n3"),
        "dominant= names 'n3'",
        {"part"},
    ),
    "splitting off nothing": (lambda act: act.split_off("p1", []), "needs a new unit", {"split-off-one"}),
    "splitting off a stranger": (
        lambda act: act.split_off("p1", om.Unit("n"), children=["c2"]),
        "c2: it is no child of 'p1'",
        {"children"},
    ),
    "splitting off under a child that comes along": (
        lambda act: act.split_off("p1", om.Unit("n"), children=["d1"], under="c3"),
        "the parent 'c3' stands below it then, as 'd1' goes to it",
        {"no-cycle"},
    ),
    "splitting off several without homes": (
        lambda act: act.split_off("p1", [om.Unit("n"), om.Unit("m")], children=["c1"]),
        "say child -> new unit",
        {"children"},
    ),
    "a transfer to itself": (lambda act: act.transfer("p1", "p1"), "cannot give a part to itself", {"transfer-two"}),
    "a transfer of a stranger": (
        lambda act: act.transfer("p1", "p2", children="c2"),
        "c2, p1: it is no child of 'p1'",
        {"children"},
    ),
    "a transfer between kinds": (
        lambda act: act.transfer("c1", "p2"),
        "giver and taker are of kinds commune and province",
        {"same-kind"},
    ),
    "a transfer from the dead to the unborn": (
        lambda act: act.transfer("old", "later"),
        "unit 'later' begins only after 2025-07-01",
        {"live-unit"},
    ),
    "no links": (lambda act: act.reorganise([]), "needs links", {"links"}),
    "a link to nowhere": (
        lambda act: act.reorganise([("c1", "n1")]),
        "n1: it neither lives nor is among created=",
        {"links"},
    ),
    "a link to a unit that does not say that it goes on": (
        lambda act: act.reorganise([("c1", "c2")]),
        "c2: it lives and goes on, so it needs a link to itself as well",
        {"links"},
    ),
    "a unit that no link makes": (
        lambda act: act.reorganise([("c1", "n1")], created=[om.Unit("n1"), om.Unit("n2")]),
        "n2: it is created but no link leads to it",
        {"links"},
    ),
    "a whole and another": (
        lambda act: act.reorganise([("c1", "n1", "whole"), ("c1", "n2")], created=[om.Unit("n1"), om.Unit("n2")]),
        "goes to 'n1' as a whole and to another unit as well",
        {"links"},
    ),
    "a link twice": (
        lambda act: act.reorganise([("c1", "n1"), ("c1", "n1")], created=[om.Unit("n1")]),
        "the link 'c1' -> 'n1' is there twice",
        {"links"},
    ),
    "an extent that is none": (
        lambda act: act.reorganise([("c1", "n1", "half")], created=[om.Unit("n1")]),  # type: ignore[list-item]
        "the extent is whole or part, not 'half'",
        {"extent"},
    ),
    "a home that no link leads to": (
        lambda act: act.reorganise(
            [("p1", "n1"), ("p1", "n2"), ("p2", "n2"), ("p2", "n3")],
            created=[om.Unit("n1"), om.Unit("n2"), om.Unit("n3")],
            children={"c1": "n3", "d1": "n1", "a1": "n1", "c2": "n2", "a2": "n2"},
        ),
        "the child of 'p1' cannot go to 'n3': no link leads there",
        {"children"},
    ),
    # ---- one unit
    "creating with a used id": (
        lambda act: act.create(om.Unit("old", kind="province"), under="vn"),
        "the id 'old' was used before",
        {"id-once"},
    ),
    "creating with an id that lives": (
        lambda act: act.create(om.Unit("p1"), under="vn"),
        "a live unit has the id 'p1'",
        {"id-once", "kind"},
    ),
    "creating with two parents": (
        lambda act: act.create(om.Unit("n", kind="commune", parent="p1"), under="p2"),
        "its parent is stated as 'p1' and as 'p2'",
        {"parent"},
    ),
    "creating a second root": (
        lambda act: act.create(om.Unit("n", kind="centre")),
        "'main' has a root already, 'vn'; state the parent in under=",
        {"one-root"},
    ),
    "creating under the dead": (
        lambda act: act.create(om.Unit("n", kind="province", parent="old")),
        "unit 'old' ended on",
        {"live-unit"},
    ),
    "creating under a unit of another hierarchy": (
        lambda act: act.create(om.Unit("n", kind="province"), under={"state": "p1"}),
        "the parent 'p1' is not in the hierarchy 'state'",
        {"live-parent"},
    ),
    "creating in a hierarchy that is not": (
        lambda act: act.create(om.Unit("n", kind="province", hierarchy="x"), under="vn"),
        "there is no hierarchy 'x'",
        {"hierarchy"},
    ),
    "creating with wrong figures": (
        lambda act: act.create(om.Unit("n", kind="province"), under="vn", measures={"members": -1, "people": 1}),
        "counts, and -1 is negative",
        {"count", "measure"},
    ),
    "re-establishing the living": (
        lambda act: act.reestablish("p1", om.Unit("n", kind="province"), under="vn"),
        "it lives and cannot be re-established",
        {"re-established"},
    ),
    "re-establishing the unknown": (
        lambda act: act.reestablish("nobody", om.Unit("n", kind="province"), under="vn"),
        "only a unit that has ended can be",
        {"re-established"},
    ),
    "re-establishing under the old id": (
        lambda act: act.reestablish("old", om.Unit("old", kind="province"), under="vn"),
        "needs an id of its own",
        {"id-once"},
    ),
    "closing with children": (
        lambda act: act.close("p1"),
        "say where this child of 'p1' goes",
        {"children"},
    ),
    "closing with children to what closes": (
        lambda act: act.close(["p1", "p2"], children_to="p2"),
        "the new parent 'p2' of 'c1' closes as well",
        {"live-parent"},
    ),
    "closing with children to the dead": (
        lambda act: act.close("d1", children_to={"c3": "old"}),
        "unit 'old' ended on",
        {"live-unit"},
    ),
    "closing with children below themselves": (
        lambda act: act.close("p1", children_to={"d1": "c3", "c1": "p2", "a1": "p2"}),
        "it cannot move below itself (c3 under d1)",
        {"no-cycle"},
    ),
    "closing with children to one that is dead": (
        lambda act: act.close("d1", children_to="old"),
        "unit 'old' ended on",
        {"live-unit", "children"},
    ),
    "closing with homes for strangers": (
        lambda act: act.close("d1", children_to={"d1": "p1", "c1": "p2"}),
        "c1: it neither closes nor is a child of a unit that does",
        {"children"},
    ),
    "abolishing what is not": (
        lambda act: act.abolish_level("xã"),
        "there is no unit of kind 'xã' on 2025-07-01 (there are centre, province, agency, district, commune)",
        {"nothing-chosen"},
    ),
    "abolishing the top": (
        lambda act: act.abolish_level("centre"),
        "say where this child of 'vn' goes",
        {"children"},
    ),
    "closing with a child below itself, after another that may go there": (
        lambda act: (act.reassign("c3", "c1"), act.close("p1", children_to={"d1": "c3", "c1": "c3", "a1": "p2"})),
        "it cannot move below itself (c3 under c1)",
        {"no-cycle"},
    ),
    "moving under itself": (lambda act: act.reassign("p1", "p1"), "cannot stand under itself", {"no-cycle"}),
    "moving below itself": (
        lambda act: act.reassign("p1", "c3"),
        "it cannot move below itself (c3 under d1 under p1); move 'c3' away first",
        {"no-cycle"},
    ),
    "moving the root": (lambda act: act.reassign("vn", "p1"), "cannot move below itself", {"no-cycle"}),
    "moving to the dead": (lambda act: act.reassign("c1", "old"), "it went on in 'middle'", {"live-unit"}),
    "moving nowhere": (lambda act: act.reassign("c1", None), "needs a parent in the main hierarchy", {"one-root"}),
    "moving in a hierarchy that is not": (
        lambda act: act.reassign("c1", "p2", hierarchy="x"),
        "there is no hierarchy 'x'",
        {"hierarchy"},
    ),
    "moving under a unit of another hierarchy": (
        lambda act: act.reassign("c1", "p2", hierarchy="state"),
        "the parent 'p2' is not in the hierarchy 'state'",
        {"live-parent"},
    ),
    "leaving a hierarchy with children": (
        lambda act: (
            act.reassign("p1", "state", hierarchy="state"),
            act.reassign("c1", "p1", hierarchy="state"),
            act.reassign("p1", None, hierarchy="state"),
        ),
        "it would leave 'state' with children ('c1')",
        {"live-parent"},
    ),
    "an empty name": (lambda act: act.rename("p1", ""), "a name is a text that is not empty", {"text"}),
    "a name that is no text": (lambda act: act.rename("p1", 7), "it is a text, not the int 7", {"type"}),  # type: ignore[arg-type]
    "a decomposed name": (
        lambda act: act.rename("p1", unicodedata.normalize("NFD", "Bắc Ninh")),
        "is not composed (NFC); pass unicodedata.normalize('NFC', text)",
        {"composed-unicode"},
    ),
    "a name for the dead": (lambda act: act.rename("old", "Cũ"), "unit 'old' ended on", {"live-unit"}),
    "an empty code": (lambda act: act.recode("p1", ""), "None takes the code away", {"text"}),
    "no class": (lambda act: act.reclassify("p1"), "neither a kind nor a category", {"reclassify"}),
    "an unknown class": (lambda act: act.reclassify("p1", kind="xã"), "the schema knows no kind 'xã'", {"kind"}),
    "an unknown measure": (
        lambda act: act.record("c1", "people", 1),
        "there is no measure 'people' (there are members, share, grade)",
        {"measure"},
    ),
    "an unknown scope": (lambda act: act.record("c1", "members", 1, scope="all"), "own or subtree", {"measure"}),
    "a negative count": (lambda act: act.record("c1", "members", -1), "negative or a fraction", {"count"}),
    "half a member": (lambda act: act.record("c1", "members", 0.5), "negative or a fraction", {"count"}),
    "a text for a count": (lambda act: act.record("c1", "members", "12"), "is a number, not '12'", {"measure"}),
    "a truth for a count": (lambda act: act.record("c1", "members", True), "is a number, not True", {"measure"}),
    "no number": (lambda act: act.record("c1", "share", float("nan")), "a finite number, not nan", {"measure"}),
    "infinity": (lambda act: act.record("c1", "share", float("inf")), "a finite number, not inf", {"measure"}),
    # ---- clusters
    "a cluster without a clustering": (
        lambda act: act.form(om.Cluster("k9", "x")),
        "there is no clustering 'x' on 2025-07-01 (there are 'emulation', 'topics')",
        {"cluster"},
    ),
    "a cluster with a used id": (
        lambda act: act.form(om.Cluster("p1", "emulation")),
        "a live unit has the id 'p1' on 2025-07-01; give the new cluster another",
        {"id-once"},
    ),
    "a clustering with members": (
        lambda act: act.form(om.Clustering("new"), ["p1"]),
        "a clustering has clusters, not members",
        {"cluster"},
    ),
    "joining an ended cluster": (
        lambda act: act.join("p1", "k0"),
        "the cluster 'k0' ended on 2024-06-01",
        {"cluster"},
    ),
    "joining an unknown cluster": (
        lambda act: act.join("p1", "k9"),
        "there is no cluster 'k9' on 2025-07-01 (there are 'k1', 'k2', 't1'",
        {"cluster"},
    ),
    "a cluster of a cluster": (
        lambda act: act.form(om.Cluster("k9", "k1")),
        "there is no clustering 'k1'",
        {"cluster"},
    ),
    "succeeding as what has a role already": (
        lambda act: (
            act.join("a2", "k1"),
            act.designate("k1", "deputy", "a2"),
            act.take_over("a2", ["a1"], under={"main": "p1"}),
            act.succeed_role("k1"),
        ),
        "it is deputy (seat 1) of 'k1' already",
        {"seat"},
    ),
    "joining a unit": (lambda act: act.join("p1", "p2"), "it is a unit, not a cluster", {"cluster"}),
    "joining a clustering": (lambda act: act.join("p1", "emulation"), "it is a clustering, not a cluster", {"cluster"}),
    "leaving where one is not": (lambda act: act.leave("a2", "k1"), "it is no member of 'k1'", {"member"}),
    "dissolving a unit": (lambda act: act.dissolve("p1"), "it is a unit, not a cluster; use close", {"cluster"}),
    "dissolving into itself": (
        lambda act: act.dissolve("k1", members_to="k1"),
        "its members cannot join the cluster that ends",
        {"cluster"},
    ),
    "dissolving into another clustering": (
        lambda act: act.dissolve("k1", members_to="t1"),
        "it is a cluster of 'topics', not of 'emulation'",
        {"cluster"},
    ),
    "dissolving a clustering into a cluster": (
        lambda act: act.dissolve("emulation", members_to="k1"),
        "leave it out",
        {"cluster"},
    ),
    "a leader from outside": (
        lambda act: act.designate("k2", "leader", "a1"),
        "it is no member of 'k2' and cannot be its leader",
        {"member"},
    ),
    "a second leader": (
        lambda act: (act.join("a2", "k1"), act.designate("k1", "leader", "a2")),
        "'a1' is leader (seat 1) of 'k1' on 2025-07-01; pass instead=True to replace it",
        {"seat"},
    ),
    "a leader on a second seat": (
        lambda act: (act.join("a2", "k1"), act.designate("k1", "leader", "a2", seat=2)),
        "a cluster has one leader; there is no seat 2",
        {"role"},
    ),
    "a leader as deputy": (
        lambda act: act.designate("k1", "deputy", "a1"),
        "it is leader (seat 1) of 'k1' already",
        {"seat"},
    ),
    "a seat that is none": (lambda act: act.designate("k1", "deputy", None, seat=0), "numbered from 1", {"role"}),
    "a role without a name": (lambda act: act.designate("k1", "", None), "a role is a word", {"role"}),
    "a role until a day that is none": (
        lambda act: act.designate("k1", "leader", "a1", until="2025-02-30"),
        "'2025-02-30' is not a day",
        {"until"},
    ),
    "a role until before it begins": (
        lambda act: act.designate("k1", "leader", "a1", until="2025-07-01"),
        "cannot end on 2025-07-01",
        {"until"},
    ),
    "succeeding the living": (lambda act: act.succeed_role("k1"), "has not ended; use designate", {"succeed-role"}),
    "succeeding nobody": (lambda act: act.succeed_role("k2"), "no unit is recorded as its leader", {"succeed-role"}),
    "succeeding what has no successor": (
        lambda act: (act.close("a1"), act.succeed_role("k1")),
        "no live unit succeeds 'a1'",
        {"succeed-role"},
    ),
    "succeeding as a stranger": (
        lambda act: (act.merge(["p1", "p2"], cluster="k1"), act.succeed_role("k1", by="c1")),
        "it is no successor of 'a1'",
        {"succeed-role"},
    ),
    "succeeding from outside": (
        lambda act: (act.merge(["p1", "p2"], cluster="k2"), act.succeed_role("k1")),
        "the successor of 'a1' is no member of 'k1'",
        {"member"},
    ),
    # ---- raw events
    "raw events": (
        lambda act: act.add(Change("p1", "parent", "c3"), Closure("d1"), SECOND),
        "would stand above itself",
        {"no-cycle", "live-parent", "one-root"},
    ),
}


def _drafted(act: Draft, step: Callable[[], object]) -> Draft:
    step()
    return act


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_and_changes_nothing(name: str) -> None:
    """The error says what and where, is of the right class, and neither draft nor history is another afterwards."""
    step, message, rules = CASES[name]
    was = HISTORY.at(DAY).facts()
    act = HISTORY.draft(DAY)
    with pytest.raises(om.Refused) as caught:
        step(act)
    assert message in str(caught.value)
    assert rules == {finding.rule for finding in caught.value.findings}
    for finding in caught.value.findings:
        assert finding.severity == "error"
        # What is no argument at all is refused before there is an operation with a day.
        assert finding.day == (None if finding.rule in ("type", "extent") else act.day)
        assert finding.act in (None, act.id)
    assert was == HISTORY.at(DAY).facts()


def test_all_faults_of_an_operation_come_together() -> None:
    """Seven faults of one merger in one error, choices beside mistakes; the class is that of mistakes."""
    with pytest.raises(om.InvalidAct) as caught:
        ops.merge(
            HISTORY.at(DAY),
            ["c1", "c2", "d1", "old", "later"],
            into=om.Unit("p1", kind="commune"),
            under={"state": "nobody"},
        )
    assert not isinstance(caught.value, om.Ambiguous)
    assert sorted(finding.rule for finding in caught.value.findings) == [
        "id-once",
        "live-unit",
        "live-unit",
        "live-unit",
        "one-parent",
        "same-kind",
    ]
    with pytest.raises(om.Ambiguous) as open_choices:
        ops.merge(HISTORY.at(DAY), ["a1", "a2"])
    assert {finding.rule for finding in open_choices.value.findings} == {"one-cluster", "one-parent"}


def test_all_children_without_a_home_are_listed() -> None:
    """Not the first one, all of them, each by its id."""
    rows = [{"id": "r"}, {"id": "u", "parent": "r"}, *({"id": f"c{i}", "parent": "u"} for i in range(40))]
    structure = om.history_of(rows, day="2024-01-01").at(DAY)
    children = {f"c{i}" for i in range(40)}
    for operation in (
        lambda: ops.break_down(structure, "u", [om.Unit("a"), om.Unit("b")]),
        lambda: ops.close(structure, "u"),
        lambda: ops.reorganise(structure, [("u", "a"), ("u", "b")], created=[om.Unit("a"), om.Unit("b")]),
    ):
        with pytest.raises(om.Ambiguous) as caught:
            operation()
        assert children == {finding.units[0] for finding in caught.value.findings}
        assert "and 20 more" in str(caught.value)


def test_a_bad_row_of_many_is_named_with_the_others() -> None:
    """Moving many units names each that cannot move, and moves none."""
    act = HISTORY.draft(DAY)
    with pytest.raises(om.InvalidAct) as caught:
        act.reassign(["c1", "p1", "old", "d1", "d1"], "d1")
    assert [finding.units[0] for finding in caught.value.findings] == ["old", "p1", "d1"]
    assert act.structure.parent("c1") == "p1"


@given(st.data())
def test_whatever_the_units_an_operation_gives_valid_events_or_refuses(data: st.DataObject) -> None:
    """No operation crashes on ids of anything, and none gives events that replay refuses within the day."""
    ids = st.sampled_from([*HISTORY.at(DAY), "old", "later", "nobody", "", "k1", "emulation", "/"])
    one, two, three = data.draw(ids), data.draw(ids), data.draw(ids)
    new = om.Unit(
        data.draw(ids.filter(lambda i: i != "/") | st.just("new")), kind=data.draw(st.none() | st.just("province"))
    )
    options: dict[str, Any] = data.draw(
        st.sampled_from([{}, {"under": three}, {"cluster": "k1"}, {"cross_kind": True}])
    )
    act = HISTORY.draft(DAY)
    was = act.structure.facts()
    steps: list[Callable[[], object]] = [
        lambda: act.merge([one, two], into=new, **options),
        lambda: act.take_over(one, [two, three], cross_kind=True),
        lambda: act.replace(one, new, **options),
        lambda: act.break_down(one, [new, om.Unit("m")], children=lambda s, c: 0, **options),
        lambda: act.split_off(one, new, children=[two], **options),
        lambda: act.transfer(one, two, children=three, cross_kind=True),
        lambda: act.reorganise([(one, two), (one, three)], created=[new], **options),
        lambda: act.create(new, under=one),
        lambda: act.reestablish(one, new, under=two),
        lambda: act.close([one, two], children_to=three),
        lambda: act.reassign([one, two], three),
        lambda: act.rename(one, "Tên"),
        lambda: act.recode(one, "9"),
        lambda: act.record(one, "members", 3),
        lambda: act.form(om.Cluster(one, two), [three]),
        lambda: act.join(one, two),
        lambda: act.leave(one, two),
        lambda: act.dissolve(one, members_to=data.draw(st.none() | ids)),
        lambda: act.designate(one, "deputy", two),
        lambda: act.succeed_role(one, by=two),
    ]
    step = data.draw(st.sampled_from(range(len(steps))))
    try:
        steps[step]()
    except om.Refused as error:
        refused = error.what
        assert was == act.structure.facts()
    else:
        refused = ""
        assert act.events or act.notes
    assert not refused.startswith("act "), "replay found what the operation should have"


def test_a_policy_that_is_given_shares_of_no_part_is_told() -> None:
    """GivenShares for parts that are not there gives nothing; shares= refuses them by name."""
    structure = HISTORY.at(DAY)
    parts = [om.Unit("n1"), om.Unit("n2")]
    with pytest.raises(om.InvalidAct, match="names 'n3', which is none of the parts"):
        ops.break_down(structure, "c1", parts, shares={"n3": {"members": 1}})
    events = ops.break_down(structure, "c1", parts, allocation=GivenShares({"n3": {"members": 1}}))
    assert {note.rule for note in events.notes} == {"divided"}
