"""What each operation says by example, and what the catalogue of laws does not say of them.

Conservation, the algebra of mergers and who keeps what are laws of orgmodel.testing (C, A, F, Q): tests/testing.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import assume, given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import operations as ops
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.acts.policies import (
    ByMeasure,
    ByName,
    CarryOver,
    ClusterOf,
    Equal,
    JoinCluster,
    LeaveAll,
    LowestGrade,
    MajorityCluster,
)
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.structure.structure import Structure

BEFORE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
SCHEMA = om.Schema(("unit", om.Kind("agency", agency=True)), hierarchies=("main", "state"))
MEASURES = (om.Measure("members"), om.Measure("share", "rate", weight="members"), om.Measure("grade", "category"))


# ---- random organisations


@frozen
class Drawn:
    """An organisation, and units of it that may merge."""

    history: History
    members: tuple[str, ...]

    @property
    def before(self) -> Structure:
        return self.history.at(BEFORE)


def first_cluster(structure: Structure, clustering: om.Clustering, members: Any) -> list[str]:
    """A policy as users write one: the first cluster by id that any predecessor is in."""
    return sorted(c for m in members for c in structure.clusters_of(m, clustering.id))[:1]


@st.composite
def organisations(draw: st.DrawFn) -> Drawn:
    """A root, units below it in any shape, agencies, a second hierarchy, a partition; and two to four units."""
    count = draw(st.integers(4, 12))
    rows: list[dict[str, Any]] = []
    for i in range(count):
        agency = i > 4 and draw(st.booleans())
        rows.append(
            {
                "id": f"u{i}",
                "kind": "agency" if agency else "unit",
                "name": draw(st.sampled_from(["Đông", "Tây", f"Xã {i}"])),
                "category": draw(st.sampled_from(["tổ chức", "tuyên giáo"])) if agency else None,
                "parent": None if i == 0 else f"u{draw(st.integers(0, i - 1))}",
                "members": draw(st.integers(0, 9)),
                "share": draw(st.none() | st.integers(0, 3)),
                "grade": draw(st.none() | st.sampled_from(["good", "poor"])),
            }
        )
    history = om.history_of(rows, day="2024-01-01", schema=SCHEMA, measures=MEASURES)
    with history.draft("2024-01-02") as act:
        act.form(om.Clustering("k"))
        for cluster in ("k1", "k2"):
            act.form(om.Cluster(cluster, "k"))
        act.add(Change("u0", "parent:state", om.ROOT))
        inside = ["u0"]
        for row in rows[1:]:
            where = draw(st.none() | st.sampled_from(["k1", "k2"]))
            if where is not None:
                act.join(row["id"], where)
            # Agencies stand under the root there, so that counterparts have a common place.
            agency = row["kind"] == "agency"
            if draw(st.booleans()):
                act.reassign(row["id"], "u0" if agency else draw(st.sampled_from(inside)), hierarchy="state")
                inside.extend([] if agency else [row["id"]])
    history = history.enact(act)
    units = [row["id"] for row in rows[1:] if row["kind"] == "unit"]
    members = draw(st.lists(st.sampled_from(units), min_size=2, max_size=4, unique=True))
    return Drawn(history, tuple(members))


def outside(structure: Structure, members: Any) -> dict[str, str]:
    """A parent for the merged unit in each hierarchy: the root, which no member is."""
    inside = {h for h in structure.hierarchies for m in members if structure.value(m, tracks.parent_track(h))}
    return dict.fromkeys(inside | {"main"}, "u0")


def same_function(structure: Structure, agency: str) -> Any:
    """Agencies of one category, told apart where one parent has several: only its first counts."""
    category = structure.value(agency, "category")
    siblings = structure.children(structure.parent(agency) or "", kind="agency")
    return category if agency == next(s for s in siblings if structure.value(s, "category") == category) else None


def merged(drawn: Drawn) -> Structure:
    """The structure after a merger, through a draft and the history, so that every invariant is checked."""
    with drawn.history.draft(DAY, om.Source("a law"), act_id="merger") as act:
        act.merge(
            drawn.members,
            into=om.Unit("new", name="Mới"),
            under=outside(drawn.before, drawn.members),
            cluster=first_cluster,
            function_of=same_function,
        )
    return drawn.history.enact(act).at(DAY)


def members_of(structure: Structure) -> int:
    return int(structure.total("members"))


# ---- laws of one operation


@given(organisations())
def test_rates_are_weighted_means(drawn: Drawn) -> None:
    """A rate of the merged unit, times its weight, is what the predecessors' rates times theirs add up to.

    Law Q6 says it too, of histories of which few have rates and weights that tell a weighted mean from a plain one.
    """
    before = drawn.before
    after = merged(drawn)
    pairs = [(before.measure(m, "share"), int(before.measure(m, "members"))) for m in drawn.members]
    # The rate of a unit without members is a rate of nothing.
    pairs = [(rate, weight) for rate, weight in pairs if weight] or pairs
    merged_rate = after.measure("new", "share")
    if all(rate.is_known for rate, _ in pairs) and sum(weight for _, weight in pairs):
        expected = sum(Fraction(rate.value or 0) * weight for rate, weight in pairs)
        assert expected == merged_rate.value * sum(weight for _, weight in pairs)  # type: ignore[operator]
    elif len({rate.value for rate, _ in pairs}) > 1:
        assert not merged_rate.is_known


@given(organisations(), st.data())
def test_a_selection_means_its_units(drawn: Drawn, data: st.DataObject) -> None:
    """An operation on a selection is the operation on the ids that it chooses, in order of creation."""
    under = data.draw(st.sampled_from([u for u in drawn.before if u != "u0"]))
    few = om.select(kind="unit", under=under)
    chosen = drawn.before.in_order(drawn.before.select(few))
    assume(chosen)
    assert ops.reassign(drawn.before, few, "u0") == ops.reassign(drawn.before, chosen, "u0")


@given(organisations(), st.data())
def test_abolishing_a_level_leaves_every_other_unit_with_the_nearest_ancestor(
    drawn: Drawn, data: st.DataObject
) -> None:
    """Each unit of the kind closes; the parent of each other unit is its nearest ancestor that remains."""
    before = drawn.before
    level = data.draw(st.sets(st.sampled_from([u for u in before if u != "u0"]), min_size=1))
    schema = evolve(SCHEMA, kinds=(*SCHEMA.kinds, om.Kind("district")))
    rows = [
        {
            "id": u.id,
            "parent": u.parent,
            "kind": "district" if u.id in level else u.kind,
            "members": int(before.measure(u.id, "members")),
        }
        for u in before.units()
    ]
    history = om.history_of(rows, day="2024-01-01", schema=schema, measures=MEASURES)
    with history.draft(DAY) as act:
        act.abolish_level("district")
    after = history.enact(act).at(DAY)
    assert set(before) - level == set(after)
    for unit in after:
        remaining = [a for a in before.ancestors(unit) if a not in level]
        assert (remaining[0] if remaining else None) == after.parent(unit)
    left = sum(int(before.measure(u, "members")) for u in level)
    assert members_of(before) - left == members_of(after)


# ---- by example


def country(*more: dict[str, Any], **options: Any) -> History:
    """A centre with three provinces, their commissions in clusters, and communes."""
    rows: list[dict[str, Any]] = [
        {"id": "vn", "kind": "centre", "name": "Trung ương"},
        {"id": "bg", "kind": "province", "name": "Bắc Giang", "code": "24", "parent": "vn"},
        {"id": "bn", "kind": "province", "name": "Bắc Ninh", "code": "27", "parent": "vn"},
        {"id": "hp", "kind": "province", "name": "Hải Phòng", "code": "31", "parent": "vn", "category": "thành phố"},
        {"id": "bg1", "kind": "commune", "name": "Tân Dân", "code": "1", "parent": "bg", "members": 10},
        {"id": "bn1", "kind": "commune", "name": "Tân Dân", "code": "2", "parent": "bn", "members": 20},
        {"id": "hp1", "kind": "commune", "name": "An Dương", "code": "3", "parent": "hp", "members": 40},
    ]
    for province, prefix in (("bg", "Tỉnh ủy"), ("bn", "Tỉnh ủy"), ("hp", "Thành ủy")):
        name = next(row["name"] for row in rows if row["id"] == province)
        rows.append(
            {
                "id": f"{province}-tc",
                "kind": "commission",
                "category": "Ban Tổ chức",
                "name": f"Ban Tổ chức {prefix} {name}",
                "parent": province,
            }
        )
    schema = om.Schema(
        (om.Kind("centre"), om.Kind("province"), om.Kind("commission", agency=True), om.Kind("commune")),
        hierarchies=("main", "state"),
    )
    history = om.history_of([*rows, *more], day="2024-01-01", schema=schema, measures=MEASURES, **options)
    with history.draft("2024-01-02") as act:
        act.form(om.Clustering("emulation", "Cụm thi đua"))
        act.form(om.Cluster("k1", "emulation", "Cụm 1"), ["bg-tc", "bn-tc"])
        act.form(om.Cluster("k2", "emulation", "Cụm 2"), ["hp-tc"])
        act.designate("k1", "leader", "bg-tc")
        act.designate("k2", "leader", "hp-tc", until="2026-01-01")
    return history.enact(act)


def test_a_merger_of_provinces_merges_their_commissions() -> None:
    """Counterparts merge in the same act, keep the cluster and are named as they were."""
    history = country()
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"], into=om.Unit("24", name="Bắc Ninh", code="24"))
    after = history.enact(act).at(DAY)
    (commission,) = after.children(new, kind="commission")
    assert after.unit(commission) == om.Unit(
        commission, name="Ban Tổ chức Tỉnh ủy Bắc Ninh", kind="commission", category="Ban Tổ chức", parent="24"
    )
    assert after.members("k1") == (commission,)
    assert after.total("members", under="24") == 30
    assert [event.type for event in act.events] == ["merger", "merger"]
    assert {note.rule for note in act.notes} == {"one-name", "role-lapses"}
    assert after.leader("k1") == "bg-tc"


def test_a_commission_is_named_after_the_one_that_bears_the_new_name() -> None:
    """Where the words before the parents' names differ, the agency of the unit whose name goes on tells."""
    history = country()
    with history.draft(DAY) as act:
        new = act.merge(["bg", "hp"], into=om.Unit(name="Hải Phòng"), cluster=JoinCluster("k2"))
    after = history.enact(act).at(DAY)
    assert [after.unit(a).name for a in after.children(new, kind="commission")] == ["Ban Tổ chức Thành ủy Hải Phòng"]


def test_a_function_without_a_partner_moves_unchanged() -> None:
    """An agency that only one predecessor has goes on as it is, under the new unit."""
    history = country({"id": "bg-x", "kind": "commission", "category": "Đảng ủy Khối", "parent": "bg"})
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"])
    after = history.enact(act).at(DAY)
    assert "bg-x" in after.children(new)
    assert len(after.children(new, kind="commission")) == 2


def test_counterparts_may_stay_apart_or_be_other_kinds() -> None:
    """counterparts=None moves all agencies; a kind by name merges children of that kind."""
    history = country()
    before = history.at(BEFORE)
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"], counterparts=None)
    assert {"bg-tc", "bn-tc"} < set(history.enact(act).at(DAY).children(new))
    events = ops.merge(before, ["bg", "bn"], counterparts=["commune"], function_of=ByName())
    assert [set(e.olds) for e in events if isinstance(e, Succession)] == [{"bg", "bn"}, {"bg1", "bn1"}]
    named = ops.merge(before, ["bg", "bn"], counterparts="commission")
    assert named == ops.merge(before, ["bg", "bn"], counterparts="agency")


def test_agencies_of_agencies_merge_too() -> None:
    """Counterparts of counterparts are found at every depth."""
    history = country(
        {"id": "bg-p", "kind": "commission", "category": "Phòng", "name": "Phòng 1", "parent": "bg-tc"},
        {"id": "bn-p", "kind": "commission", "category": "Phòng", "name": "Phòng 1", "parent": "bn-tc"},
    )
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"])
    after = history.enact(act).at(DAY)
    (commission,) = after.children(new, kind="commission")
    (office,) = after.children(commission)
    assert after.unit(office).name == "Phòng 1"


def test_a_predecessor_below_an_agency_of_another_ends_like_all() -> None:
    """A unit that merges is no child any more of an agency that merges after it."""
    history = country(
        {"id": "bx", "kind": "province", "parent": "bg-tc"},
        {"id": "bx-tc", "kind": "commission", "category": "Ban Tổ chức", "parent": "bx"},
    )
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bx"], cluster="k1")
    after = history.enact(act).at(DAY)
    (commission,) = after.children(new, kind="commission")
    assert after.parent(new) == "vn"
    assert after.children(commission) == ()


def test_a_takeover_lets_the_survivors_agency_go_on() -> None:
    """The survivor keeps its id, code and name; its commission takes the other's over."""
    history = country()
    with history.draft(DAY) as act:
        assert act.take_over("bn", ["bg"]) == "bn"
    after = history.enact(act).at(DAY)
    assert [event.type for event in act.events] == ["takeover", "takeover"]
    assert after.children("bn", kind="commission") == ("bn-tc",)
    assert after.unit("bn").code == "27"
    assert after.total("members", under="bn") == 30


def test_a_takeover_across_clusters_says_which_membership_ends() -> None:
    """The survivor stays in its cluster; what the other leaves is a warning, not silence."""
    history = country()
    with history.draft(DAY) as act:
        act.take_over("hp", ["bg"])
    assert [note.units for note in act.notes if note.rule == "membership-ends"] == [("bg-tc", "hp-tc")]
    assert history.enact(act).at(DAY).clusters_of("hp-tc") == ("k2",)


def test_a_child_that_takes_its_parent_over_takes_its_place() -> None:
    """The survivor moves up to where the parent stood, with all that was below it."""
    history = country()
    with history.draft(DAY) as act:
        act.take_over("bg1", ["bg"], cross_kind=True)
    after = history.enact(act).at(DAY)
    assert after.parent("bg1") == "vn"
    assert after.children("bg1") == ("bg-tc",)


def test_a_unit_further_below_takes_the_place_of_the_topmost() -> None:
    """Below one that ends in it, through others that stay or end as well."""
    history = country(
        {"id": "bg2", "kind": "commune", "parent": "bg1", "members": 1},
        {"id": "bg3", "kind": "commune", "parent": "bg2", "members": 1},
    )
    with history.draft(DAY) as act:
        act.take_over("bg3", ["bg"], cross_kind=True)
    after = history.enact(act).at(DAY)
    assert (after.parent("bg3"), after.parent("bg2"), after.parent("bg1")) == ("vn", "bg1", "bg3")
    with history.draft(DAY) as act:
        act.take_over("bg3", ["bg", "bg2", "bg1"], cross_kind=True)
    after = history.enact(act).at(DAY)
    assert (after.parent("bg3"), after.children("bg3")) == ("vn", ("bg-tc",))


def test_what_all_predecessors_have_goes_on_and_the_rest_is_told() -> None:
    """Name, code and category are kept if equal; else the unit has none, and a note says so."""
    before = country().at(BEFORE)
    events = ops.merge(before, ["bg1", "bn1"], under="vn")
    assert events[0].created[0].name == "Tân Dân"
    assert events[0].created[0].code is None
    assert [note.rule for note in events.notes] == ["no-code"]


def test_the_root_may_merge_with_units_below_it() -> None:
    """The merged unit stands where the topmost stood, be it the root."""
    history = country()
    with history.draft(DAY) as act:
        new = act.merge(["vn", "bg"], into=om.Unit(kind="centre"), cross_kind=True)
    after = history.enact(act).at(DAY)
    assert after.root() == new
    assert {"bn", "hp", "bg1"} < set(after.children(new))


def test_memberships_in_a_cover_all_go_on() -> None:
    """In a cover the successor is in every cluster of its predecessors."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.form(om.Clustering("topics", cover=True))
        act.form(om.Cluster("t1", "topics"), ["bg", "bn"])
        act.form(om.Cluster("t2", "topics"), ["bn"])
        act.form(om.Cluster("t3", "topics"), ["hp"])
    history = history.enact(act)
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"])
        act.leave(new, "t1")
    assert set(act.structure.clusters_of(new)) == {"t2"}
    with history.draft(DAY) as act:
        act.take_over("hp", ["bn"], cluster=lambda s, clustering, members: ["t1", "t2"] if clustering.cover else None)
    assert set(act.structure.clusters_of("hp", "topics")) == {"t1", "t2"}
    with history.draft(DAY) as act:
        act.take_over("hp", ["bn"], counterparts=None)
    assert set(act.structure.clusters_of("hp", "topics")) == {"t1", "t2", "t3"}


def test_subtree_figures_add_up_once() -> None:
    """Figures stated for whole subtrees add up, but not a unit's and one's below it."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.record("bg", "members", 100, scope="subtree")
        act.record("bn", "members", 50, scope="subtree")
        act.record("bg1", "members", 10, scope="subtree")
    history = history.enact(act)
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bn"])
    assert act.structure.measure(new, "members", "subtree") == 150
    with history.draft(DAY) as act:
        new = act.merge(["bg", "bg1"], into=om.Unit(kind="province"), cross_kind=True)
    assert act.structure.measure(new, "members", "subtree") == 100


def test_categories_follow_the_policy() -> None:
    """Kept if equal, else dropped with a note; or the lowest grade."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.record("bg1", "grade", "good")
        act.record("bn1", "grade", "excellent")
    before = act.structure
    kept = ops.merge(before, ["bg1", "bn1"], under="vn")
    assert [c for c in kept[0].changes if c.track == "measure:grade"] == []
    assert "fact-lapses" in {note.rule for note in kept.notes}
    lowest = ops.merge(before, ["bg1", "bn1"], under="vn", ratings=LowestGrade(("good", "excellent")))
    assert [c.value for c in lowest[0].changes if c.track == "measure:grade"] == ["good"]


def with_changes(*changes: Change) -> Structure:
    """The country with some changes of 2025-01-01."""
    with country().draft("2025-01-01") as act:
        act.add(*changes)
    return act.structure


def test_offices_lapse_and_are_reported_or_carried_over() -> None:
    """No office goes on by itself; a policy carries holders and their origins over."""
    before = with_changes(
        Change("bg", "office", "person-1", ("secretary", 1)),
        Change("bg", "fact:origin", "bg", ("secretary", 1)),
        Change("bn", "office", "person-2", ("secretary", 1)),
    )
    lapsed = ops.merge(before, ["bg", "bn"])
    assert [note.units for note in lapsed.notes if note.rule == "office-lapses"] == [("bg",), ("bn",)]
    assert not [c for c in lapsed[0].changes if c.track == "office"]
    carried = ops.merge(before, ["bg", "bn"], offices=CarryOver(of=["bg"]))
    assert [(c.track, c.value, c.slot) for c in carried[0].changes if c.track in ("office", "fact:origin")] == [
        ("office", "person-1", ("secretary", 1)),
        ("fact:origin", "bg", ("secretary", 1)),
    ]
    assert [note.units for note in carried.notes if note.rule == "office-lapses"] == [("bn",)]


def test_an_office_that_the_survivor_has_is_not_given_to_another() -> None:
    """A seat that is held stays held; the caller says what else shall be. A free one is taken."""
    before = with_changes(
        Change("bg", "office", "person-1", ("secretary", 1)),
        Change("bg", "office", "person-3", ("deputy", 1)),
        Change("bn", "office", "person-2", ("secretary", 1)),
    )
    with pytest.raises(om.Ambiguous, match=r"\('secretary', 1\) of 'bn' is held already; 'person-1' cannot go on"):
        ops.take_over(before, "bn", ["bg"], offices=CarryOver())
    (event, _) = ops.take_over(before, "bn", ["bg"], offices=CarryOver(posts=["deputy"]))
    assert [(c.value, c.slot) for c in event.changes if c.track == "office"] == [("person-3", ("deputy", 1))]


def test_what_corresponds_goes_on_if_it_is_one() -> None:
    """A common counterpart of the State goes on; different ones are told."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.add(Change("bg", "corresponds_to", "hp"), Change("bn", "corresponds_to", "hp"))
    same = ops.merge(act.structure, ["bg", "bn"])
    assert [c.value for c in same[0].changes if c.track == "corresponds_to"] == ["hp"]
    with history.draft("2025-01-01") as act:
        act.add(Change("bg", "corresponds_to", "hp"), Change("bn", "corresponds_to", "vn"))
    other = ops.merge(act.structure, ["bg", "bn"])
    assert [c for c in other[0].changes if c.track == "corresponds_to"] == []
    assert "fact-open" in {note.rule for note in other.notes}


def test_a_replacement_keeps_all_but_the_identity() -> None:
    """One unit ends, a new one takes up name, code, place, cluster, figures and children."""
    history = country()
    with history.draft(DAY) as act:
        act.replace("bg", om.Unit("bg2"))
        commission = act.replace("bg-tc", om.Unit(category="Ban Tổ chức và Nội vụ"))
        act.replace("bn1", om.Unit("bn2", kind="province", name="Tân Dân"), under="vn", cross_kind=True)
    after = history.enact(act).at(DAY)
    assert after.unit("bg2") == om.Unit("bg2", name="Bắc Giang", code="24", kind="province", parent="vn")
    assert after.clusters_of(commission) == ("k1",)
    assert after.measure("bn2", "members") == 20
    assert {event.type for event in act.events} == {"replacement"}


# ---- divisions by example


def test_a_breakdown_names_parts_in_every_way() -> None:
    """Children find their part by id, name, index and unit."""
    before = country(*({"id": f"bg{i}", "kind": "commune", "parent": "bg", "members": i} for i in range(2, 5))).at(
        BEFORE
    )
    south = om.Unit(name="Nam", code="99")
    homes = {"bg1": "north", "bg2": "Nam", "bg3": 1, "bg4": south, "bg-tc": 0}
    events = ops.break_down(before, "bg", [om.Unit("north", name="Bắc"), south], children=homes, cluster="k1")
    (event,) = events
    made = events.made[1]
    moves = {c.subject: c.value for c in event.changes if c.track == "parent"}
    assert moves == {"bg1": "north", "bg2": made, "bg3": made, "bg4": made, "bg-tc": "north"}
    assert events.text == "break down Bắc Giang into Bắc, Nam"
    assert all(link.extent == "part" for link in event.links)
    assert [unit.code for unit in event.created] == [None, "99"]


def test_given_shares_stand_on_the_links_and_assumed_ones_do_not() -> None:
    """A source's shares are kept in the succession; a policy's are no source."""
    before = country().at(BEFORE)
    parts = [om.Unit("a"), om.Unit("b")]
    (given_,) = ops.break_down(before, "hp1", parts, shares={"a": {"members": "1/4"}})
    assert [link.share("members") for link in given_.links] == [Fraction(1, 4), Fraction(3, 4)]
    assert [(c.subject, c.value) for c in given_.changes] == [("a", 10), ("b", 30)]
    (assumed,) = ops.break_down(before, "hp1", parts, allocation=Equal())
    assert [link.share("members") for link in assumed.links] == [None, None]
    assert [(c.subject, c.value) for c in assumed.changes] == [("a", 20), ("b", 20)]


def test_a_breakdown_may_name_a_dominant_part() -> None:
    """The one to take where only one can be, and who says so."""
    before = country().at(BEFORE)
    (event,) = ops.break_down(before, "hp1", [om.Unit("a"), om.Unit("b")], dominant="b", dominant_by="the resolution")
    assert [(link.new, link.dominant, link.dominant_by) for link in event.links] == [
        ("a", False, ""),
        ("b", True, "the resolution"),
    ]


def test_a_split_off_keeps_what_is_not_given() -> None:
    """Children that are not named stay; the new unit stands beside the old one, in its cluster."""
    history = country(*({"id": f"bg{i}", "kind": "commune", "parent": "bg", "members": i} for i in range(2, 5)))
    with history.draft(DAY) as act:
        new = act.split_off("bg", om.Unit(name="Yên Thế"), children=om.select(code="1") | om.select(ids=["bg2"]))
        commission = act.split_off("bg-tc", om.Unit(name="Ban Tổ chức Yên Thế"), under=new)
    after = history.enact(act).at(DAY)
    assert after.children(new) == ("bg1", "bg2", commission)
    assert set(after.children("bg")) == {"bg-tc", "bg3", "bg4"}
    assert after.parent(new) == "vn"
    assert after.unit(new).code is None
    assert after.clusters_of(commission) == ("k1",)


def test_a_split_off_by_the_measure_of_children() -> None:
    """ByMeasure divides by the totals of the children on either side."""
    history = country({"id": "bg2", "kind": "commune", "parent": "bg", "members": 30})
    with history.draft(DAY) as act:
        act.record("bg", "members", 8)
        act.split_off("bg", om.Unit("new"), children="bg2", allocation=ByMeasure("members"))
    assert (act.structure.measure("bg", "members"), act.structure.measure("new", "members")) == (2, 6)


def test_several_units_split_off() -> None:
    """With several new units children are mapped; the rest of the count stays."""
    history = country()
    with history.draft(DAY) as act:
        made = act.split_off_several(
            "hp1",
            [om.Unit("a"), om.Unit("b")],
            shares={"a": {"members": "1/4"}, "b": {"members": "1/4"}},
        )
    assert made == ("a", "b")
    assert [act.structure.measure(u, "members").value for u in ("hp1", "a", "b")] == [20, 10, 10]
    (event,) = act.events
    assert isinstance(event, Succession)
    assert [link.share("members") for link in event.links] == [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]


def test_a_transfer_moves_a_part() -> None:
    """Both units go on; without shares both become unknown within bounds."""
    history = country()
    with history.draft(DAY) as act:
        act.transfer("bg1", "bn1", shares={"members": "1/2"})
        act.transfer("bg", "bn", children="bg1")
    assert (act.structure.measure("bg1", "members"), act.structure.measure("bn1", "members")) == (5, 25)
    assert act.structure.parent("bg1") == "bn"
    assert [event.type for event in act.events] == ["transfer", "transfer"]
    with history.draft(DAY) as act:
        act.transfer("bg1", "bn1")
    assert act.structure.measure("bg1", "members") == om.Quantity.unknown(0, 10)
    assert act.structure.measure("bn1", "members") == om.Quantity.unknown(20, 30)
    assert {note.rule for note in act.notes} == {"divided"}


def test_rates_and_categories_do_not_divide() -> None:
    """A rate of a unit that gives or takes a part is not known; a new part has none."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.record("bg1", "share", 3)
        act.record("bg1", "grade", "good")
    history = history.enact(act)
    with history.draft(DAY) as act:
        act.split_off("bg1", om.Unit("new"))
    assert not act.structure.measure("bg1", "share").is_known
    assert act.structure.slots("new", "measure:share") == {}
    assert act.structure.slots("bg1", "measure:grade") == {"own": "good"}
    assert act.structure.slots("new", "measure:grade") == {}


def test_a_reorganisation_of_many_to_many() -> None:
    """Whole links bring everything, divided units need homes, survivors keep their own."""
    history = country(
        {"id": "bg2", "kind": "commune", "parent": "bg", "members": 7},
        {"id": "cell", "kind": "commune", "parent": "bg2", "members": 1},
        {"id": "cell1", "kind": "commune", "parent": "bg1", "members": 1},
    )
    with history.draft(DAY) as act:
        act.reorganise(
            [("bg1", "x"), ("bg2", "x"), ("bg2", "bn1"), ("bn1", "bn1")],
            created=[om.Unit("x", name="Mới")],
            children={"cell": "bn1"},
            shares={"x": {"members": "3/7"}},
            under="bg",
        )
    after = history.enact(act).at(DAY)
    assert after.parent("cell") == "bn1"
    assert after.parent("cell1") == "x"
    assert (after.measure("x", "members"), after.measure("bn1", "members")) == (13, 24)
    assert act.events[0].type == "reorganisation"
    assert after.parent("x") == "bg"


def test_links_may_bear_their_own_shares() -> None:
    """Shares on a link are the source's; where one is missing the rest is its."""
    before = country().at(BEFORE)
    links = [om.Link("hp1", "a", "part", {"members": Fraction(1, 8)}), om.Link("hp1", "b", "part")]
    (event,) = ops.reorganise(before, links, created=[om.Unit("a"), om.Unit("b")])
    assert [(c.subject, c.value) for c in event.changes] == [("a", 5), ("b", 35)]


def test_with_two_shares_missing_the_rest_is_bounded() -> None:
    """What is known of one part bounds the others."""
    before = country().at(BEFORE)
    links = [om.Link("hp1", "a", "part", {"members": Fraction(1, 8)}), ("hp1", "b"), ("hp1", "c")]
    (event,) = ops.reorganise(before, links, created=[om.Unit(p) for p in "abc"])
    found = {c.subject: c.value for c in event.changes}
    assert found == {"a": 5, "b": om.Quantity.unknown(0, 35), "c": om.Quantity.unknown(0, 35)}


def test_a_unit_below_one_that_ends_with_it_stands_under_its_successor() -> None:
    """A parent that becomes another in the same event is followed."""
    before = country({"id": "bg2", "kind": "province", "parent": "bg1"}).at(BEFORE)
    (event,) = ops.reorganise(
        before,
        [("bg", "x"), ("bg1", "y")],
        created=[om.Unit("x"), om.Unit("y")],
    )
    assert {unit.id: unit.parent for unit in event.created} == {"x": "vn", "y": "x"}
    assert {c.subject: c.value for c in event.changes if c.track == "parent"} == {"bg-tc": "x", "bg2": "y"}


# ---- units by example


def test_create_in_several_hierarchies_with_figures() -> None:
    """A unit is created with its places and its own numbers; None says not known."""
    history = country()
    with history.draft(DAY) as act:
        act.create(om.Unit("state", kind="centre", hierarchy="state"))
        made = act.create(
            om.Unit(name="Mới", kind="commune"),
            under={"main": "bg", "state": "state"},
            measures={"members": 3, "share": None},
            first_known=True,
        )
    after = history.enact(act).at(DAY)
    assert (after.parent(made), after.parent(made, "state")) == ("bg", "state")
    assert after.measure(made, "members") == 3
    assert [e.first_known for e in act.events if isinstance(e, Creation)] == [False, True]
    with history.draft(DAY, act_id="other") as act:
        act.create(om.Unit("state", kind="centre", hierarchy="state"))
        assert made != act.create(om.Unit(name="Mới", kind="commune"), under="bg")


def test_reestablished_units_are_new_and_linked() -> None:
    """The id is new, the lineage links both, the old one stays ended."""
    history = country()
    with history.draft(DAY) as act:
        act.merge(["bg", "bn"], into=om.Unit("x", name="Hà Bắc"))
    history = history.enact(act)
    with history.draft("2026-01-01") as act:
        again = act.reestablish(
            "bg", om.Unit(name="Bắc Giang", code="24", kind="province"), under="vn", measures={"members": 1}
        )
    history = history.enact(act)
    assert {"x", again} == set(history.lineage.successors("bg", direct=True))
    assert "bg" not in history.at("2026-01-01")


def test_a_unit_comes_back_out_of_the_one_that_has_its_ground() -> None:
    """Another one is refused, several candidates and figures that still count the ground are told."""
    rows = [{"id": "r"}, *({"id": unit, "parent": "r", "members": 10} for unit in "xab")]
    history = om.history_of(rows, day="2020-01-01")

    def notes_of(base: om.History, out_of: str | None) -> list[tuple[str, tuple[str, ...]]]:
        with base.draft("2023-01-01") as act:
            act.reestablish("x", om.Unit("x2"), under="r", out_of=out_of)
        return [(note.rule, note.units) for note in act.notes]

    with history.draft("2021-01-01", act_id="union") as act:
        act.take_over("a", ["x"])
    united = history.enact(act)
    for out_of in ("a", None):
        assert [("divided", ("a", "x"))] == notes_of(united, out_of)
    with pytest.raises(om.InvalidAct, match="is in 'a', not in 'b'; name that unit in out_of="):
        notes_of(united, "b")

    with united.draft("2022-01-01") as act:
        act.break_down("a", [om.Unit("p"), om.Unit("q")])
    divided = united.enact(act)
    assert [("out-of", ("x", "p", "q"))] == notes_of(divided, None)
    assert [] == notes_of(divided, "q")

    # Learned later: it was b that took x over. The decision stands, and a note says that the record disagrees.
    with united.draft("2023-01-01", act_id="back") as act:
        act.reestablish("x", om.Unit("x2"), under="r", out_of="a")
    other = om.Act("union", "2021-01-01", [om.Succession([om.Link("x", "b"), om.Link("b", "b")])])
    corrected = united.enact(act).correct("union", other, reason="the archive says b")
    assert ("b",) == corrected.lineage.successors("x", on="2022-01-01")
    assert "x2" in corrected.at("2023-01-01")


@pytest.mark.parametrize(
    ("given", "expected", "noted"),
    [
        (10, ("20", "10", "30"), []),
        (30, ("0", "30", "30"), []),
        (40, ("30", "40", "70"), ["divided"]),
        (om.Quantity(10, "about"), ("30", "about 10", "about 40"), ["divided"]),
        (None, ("30", "unknown", "30 or more"), ["divided"]),
    ],
)
def test_what_a_unit_takes_back_is_not_counted_twice(given: Any, expected: tuple[str, ...], noted: list[str]) -> None:
    """An exact count is taken off that of the unit that had it, also of one that is learned late; else a note says so."""
    rows = [{"id": "r"}, {"id": "a", "parent": "r", "members": 20}, {"id": "x", "parent": "r", "members": 10}]
    history = om.history_of(rows, day="2020-01-01", measures=[om.Measure("members")])
    with history.draft("2021-01-01") as act:
        act.take_over("a", ["x"])
    history = history.enact(act)
    with history.draft("2023-01-01") as act:
        act.reestablish("x", om.Unit("x2"), under="r", measures={"members": given})
    assert noted == [note.rule for note in act.notes]

    def figures(history: om.History) -> tuple[str, ...]:
        structure = history.at("2024-01-01")
        total = str(structure.total("members")).partition(" (")[0]
        return *(str(structure.measure(unit, "members")) for unit in ("a", "x2")), total

    history = history.enact(act)
    assert expected == figures(history)
    with history.draft("2020-06-01") as late:
        late.record("a", "members", 25)
    known = history.enact(late)
    # Five more, whether they were taken off again or not.
    assert str(int(expected[0]) + 5) == figures(known)[0]
    assert figures(om.loads(om.dumps(known))) == figures(known)
    assert expected == figures(known.cancel(late.id, reason="an error"))


def test_closing_sends_children_away() -> None:
    """One parent for all, a mapping by child or by closing unit, or a function."""
    before = country().at(BEFORE)
    one = ops.close(before, "bg", children_to="bn")
    assert one == (
        Change("bg1", "parent", "bn"),
        Change("bg-tc", "parent", "bn"),
        Closure("bg"),
    )
    assert one == ops.close(before, "bg", children_to={"bg": "bn"})
    assert one == ops.close(before, "bg", children_to={"bg1": "bn", "bg-tc": "bn"})
    assert one == ops.close(before, "bg", children_to=lambda structure, child: "bn")
    agencies = ops.close(before, "bg", children_to="bn", close_agencies=True)
    assert agencies == (Change("bg1", "parent", "bn"), Closure("bg-tc"), Closure("bg"))
    assert {note.rule for note in agencies.notes} == {"membership-ends", "role-lapses"}


def test_closing_a_unit_with_all_below_it() -> None:
    """A subtree closes from below, in every hierarchy; the counts that end are told."""
    history = country()
    with history.draft("2025-01-01") as act:
        act.add(Change("vn", "parent:state", om.ROOT))
        act.reassign("bg1", "vn", hierarchy="state")
        act.reassign("bg", "bg1", hierarchy="state")
    history = history.enact(act)
    with history.draft(DAY) as act:
        act.close(["bg", *act.structure.descendants("bg")], children_to="vn")
    # bg stands above bg1 in one hierarchy and below it in the other: no order of closing suits both.
    assert set(history.enact(act).at(DAY)) == set(history.at(BEFORE)) - {"bg", "bg1", "bg-tc"}
    assert [note.units for note in act.notes if note.rule == "count-ends"] == [("bg1",)]


def test_abolishing_a_level_with_a_mapping() -> None:
    """Children go where the mapping says, else to the nearest ancestor; agencies may end."""
    history = country(
        {"id": "d1", "kind": "centre", "parent": "bg"},
        {"id": "d2", "kind": "centre", "parent": "d1"},
        {"id": "x1", "kind": "commune", "parent": "d1"},
        {"id": "x2", "kind": "commune", "parent": "d2"},
        {"id": "d-tc", "kind": "commission", "parent": "d2"},
    )
    history = om.history_of(
        [evolve(u, kind="district") if u.id in ("d1", "d2") else u for u in history.at(BEFORE).units()],
        day="2024-01-01",
        schema=evolve(history.schema, kinds=(*history.schema.kinds, om.Kind("district"))),
        measures=MEASURES,
    )
    with history.draft(DAY) as act:
        act.abolish_level("district", {"x1": "bn"}, close_agencies=True)
    after = history.enact(act).at(DAY)
    assert (after.parent("x1"), after.parent("x2")) == ("bn", "bg")
    assert not {"d1", "d2", "d-tc"} & set(after)
    with history.draft(DAY) as act:
        act.abolish_level("district", {"d2": "bn"})
    assert (act.structure.parent("x1"), act.structure.parent("x2"), act.structure.parent("d-tc")) == ("bg", "bn", "bn")


def test_names_codes_kinds_and_categories_change() -> None:
    """Each is one change; what is so already is passed over with a note."""
    history = country()
    with history.draft(DAY) as act:
        act.rename("bg", "Kinh Bắc")
        act.rename("k1", "Cụm thi đua số 1")
        act.recode("bg", "27")
        act.recode("bn", "24")
        act.recode("hp", None)
        act.reclassify(om.select(kind="commune"), category="phường")
        act.reclassify("bg1", kind="province", category="tỉnh")
        act.rename("bn", "Bắc Ninh")
        act.recode("bn", "24")
        act.reclassify("bn1", kind="commune")
    after = history.enact(act).at(DAY)
    assert after.unit("bg") == om.Unit("bg", name="Kinh Bắc", code="27", kind="province", parent="vn")
    assert after.unit("hp").code is None
    assert after.cluster("k1").name == "Cụm thi đua số 1"
    assert after.unit("bn1").category == "phường"
    assert after.unit("bg1").kind == "province"
    assert [note.rule for note in act.notes] == ["no-change"] * 3
    assert {event.type for event in act.events} == {"renaming", "recoding", "reclassification"}


def test_reassigning_passes_over_what_stands_there_already() -> None:
    """No event for a unit that has the parent; a note says so."""
    events = ops.reassign(country().at(BEFORE), ["bg1", "bn1"], "bn")
    assert events == (Change("bg1", "parent", "bn"),)
    assert [(note.rule, note.units) for note in events.notes] == [("no-change", ("bn1",))]


def test_reassigning_tells_of_units_that_would_have_come_along() -> None:
    """A unit chosen together with one above it moves by itself; a note says so."""
    events = ops.reassign(country().at(BEFORE), om.select(under="vn") & om.select(ids=["bg", "bg1"]), "hp")
    assert events == (Change("bg", "parent", "hp"), Change("bg1", "parent", "hp"))
    assert [(note.rule, note.units) for note in events.notes] == [("nested", ("bg1", "bg"))]


def test_units_enter_and_leave_another_hierarchy() -> None:
    """A second hierarchy is entered by reassigning, and left with None."""
    history = country()
    with history.draft(DAY) as act:
        act.add(Change("vn", "parent:state", om.ROOT))
        act.reassign(["bg", "bg1"], "vn", hierarchy="state")
        act.reassign("bg1", "bg", hierarchy="state")
        act.reassign(["bg", "bg1"], None, hierarchy="state")
    assert act.structure.children("vn", "state") == ()
    assert act.structure.parent("bg1", "state") is None


def test_recording_figures() -> None:
    """Numbers, quantities, not known; whole floats count; equal figures are passed over."""
    history = country()
    with history.draft(DAY) as act:
        act.record("bg1", "members", 12.0)
        act.record("bn1", "members", om.Quantity(20, "about"))
        act.record("hp1", "members", None)
        act.record("bg1", "members", 12)
        act.record("bg", "members", 70, scope="subtree")
    after = act.structure
    assert after.slots("bg1", "measure:members") == {"own": 12}
    assert isinstance(after.slots("bg1", "measure:members")["own"], int)
    assert after.measure("bn1", "members") == om.Quantity(20, "about")
    assert not after.measure("hp1", "members").is_known
    assert after.measure("bg", "members", "subtree") == 70
    assert [note.rule for note in act.notes] == ["no-change"]


def test_measures_that_nobody_declared_are_conserved_too() -> None:
    """A figure without a declaration counts."""
    history = om.history_of(
        [{"id": "vn"}, {"id": "a", "parent": "vn", "area": 1.5}, {"id": "b", "parent": "vn", "area": 2}],
        day="2024-01-01",
    )
    with history.draft(DAY) as act:
        new = act.merge(["a", "b"])
    assert act.structure.measure(new, "area") == 3.5


# ---- clusters by example


def test_clusters_are_formed_joined_left_and_dissolved() -> None:
    """In a partition a unit is in one cluster; joining another leaves the first, with a note."""
    history = country()
    with history.draft(DAY) as act:
        k3 = act.form(om.Cluster("", "emulation", "Cụm 3"), ["hp-tc"])
        act.join("bn-tc", k3)
        act.leave("bg-tc", "k1")
        act.dissolve("k1")
        act.join("bg-tc", "k2")
        act.dissolve("k2", members_to=k3)
    after = history.enact(act).at(DAY)
    assert [cluster.id for cluster in after.clusters()] == [k3]
    assert set(after.members(k3)) == {"hp-tc", "bn-tc", "bg-tc"}
    assert [note.rule for note in act.notes] == ["leaves-cluster", "role-lapses", "leaves-cluster", "role-lapses"]
    with history.draft(DAY) as act:
        act.join("bg-tc", "k1")
        act.form(om.Clustering("topics", cover=True))
        act.form(om.Cluster("t1", "topics"), ["bg", "bn"])
        act.form(om.Cluster("t2", "topics"))
        act.dissolve("t1", members_to="t2")
    assert [note.rule for note in act.notes] == ["no-change"]
    assert set(act.structure.members("t2")) == {"bg", "bn"}
    with history.draft(DAY) as act:
        act.dissolve("emulation")
    assert history.enact(act).at(DAY).clusterings() == ()


def test_roles_are_for_members_and_for_a_time() -> None:
    """A leader until a day; after it the seat is not known to be held."""
    history = country()
    with history.draft("2026-01-01") as act:
        act.designate("k2", "leader", om.Absent.VACANT)
        act.designate("k1", "deputy", "bn-tc", until="2027-01-01")
    history = history.enact(act)
    assert history.at("2025-12-31").leader("k2") == "hp-tc"
    assert history.at("2026-01-01").leader("k2") is om.Absent.VACANT
    assert history.at("2026-06-01").deputies("k1") == ("bn-tc",)
    assert history.at("2027-01-01").deputies("k1") == ()


def test_the_successor_of_a_leader_takes_its_role_by_an_act_only() -> None:
    """Until succeed_role the ended holder is reported; then its successor leads."""
    history = country()
    with history.draft(DAY) as act:
        act.merge(["bg", "bn"])
    history = history.enact(act)
    ((cluster, slot, holder, heirs),) = history.at(DAY).lapsed_roles()
    assert (cluster, slot, holder) == ("k1", ("leader", 1), "bg-tc")
    with history.draft("2025-07-15") as act:
        act.succeed_role("k1", until="2026-01-01")
    history = history.enact(act)
    assert history.at("2025-07-15").leader("k1") == heirs[0]
    assert history.at("2025-07-14").leader("k1") == "bg-tc"
    assert history.at("2025-07-15").lapsed_roles() == ()
    assert history.at("2026-01-01").leader("k1") is om.Absent.UNKNOWN


def test_one_of_several_successors_is_named() -> None:
    """A leader that was divided is followed by the successor that the caller names."""
    history = country()
    with history.draft(DAY) as act:
        act.break_down("bg-tc", [om.Unit("a"), om.Unit("b")])
        act.merge(["b", "bn-tc"], into=om.Unit("c"), under="bg")
        with pytest.raises(om.Ambiguous, match="'a', 'c'"):
            act.succeed_role("k1")
        act.succeed_role("k1", by="c")
    assert act.structure.leader("k1") == "c"


def test_policies_choose_the_cluster() -> None:
    """Each ready-made policy in a merger."""
    before = country().at(BEFORE)
    chosen = {}
    for policy in ("k2", JoinCluster("k1"), ClusterOf("hp-tc"), LeaveAll(), MajorityCluster()):
        events = ops.merge(before, ["bg-tc", "bn-tc", "hp-tc"], under="vn", cluster=policy)
        chosen[repr(policy)] = [c.value for c in events[0].changes if c.track == "member:emulation"]
    assert list(chosen.values()) == [["k2"], ["k1"], ["k2"], [], ["k1"]]


def test_a_policy_merger_is_a_merger_rule() -> None:
    """A rule made of policies gives what merge gives, whatever the order of the members."""
    before = country().at(BEFORE)
    rule = ops.PolicyMerger(into=om.Unit(name="Mới"), cluster=MajorityCluster())
    source = om.Source("202/2025/QH15")
    one, two = rule(before, ["bg", "bn"], DAY, source), rule(before, ["bn", "bg"], DAY, source)
    assert one == two
    assert one == ops.merge(before, ["bg", "bn"], into=om.Unit(name="Mới"))


def test_children_that_end_bear_no_name_twice() -> None:
    """Agencies of one name that merge as counterparts, and a child that is among the units, are no namesakes after it."""
    schema = om.Schema((om.Kind("centre"), om.Kind("province"), om.Kind("agency", agency=True), om.Kind("commune")))
    rows = [{"id": "vn", "kind": "centre"}, *({"id": p, "kind": "province", "parent": "vn"} for p in "ab")]
    rows += [{"id": f"{p}-c", "kind": "commune", "name": "An", "parent": p} for p in "ab"]
    agencies = [{"id": f"{p}-t", "kind": "agency", "category": "Ban", "name": "Ban", "parent": p} for p in "ab"]
    history = om.history_of([*rows, *agencies], day="2024-01-01", schema=schema)
    with history.draft(DAY) as act:
        act.merge(["a", "b"], into=om.Unit("ab"))
    assert [note.units for note in act.notes if note.rule == "one-name"] == [("a-c", "b-c")]
