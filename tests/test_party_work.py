"""Ratings, agencies, steering committees, members, targets, regions, cadres, handbooks: their edges and refusals."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Succession
from orgmodel.errors import Ambiguous, Finding, InvalidAct, InvalidFile, Refused, UnitEnded
from orgmodel.history.history import History, history_of
from orgmodel.io.jsonl import dumps, loads
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import (
    cadres,
    emulation,
    facts,
    handbook,
    kinds,
    law,
    ratings,
    records,
    regions,
    steering,
    targets,
)
from orgmodel.party.agencies import (
    Founding,
    agencies,
    assign,
    direct_organisations,
    functions,
    lead,
    lead_findings,
    merge_bodies,
    one_of_each,
    replace_bodies,
    united,
)
from orgmodel.party.deadlines import Case
from orgmodel.period import Period
from orgmodel.structure.selection import select


def small(*rows: dict[str, Any], day: str = "2024-01-01") -> History:
    return history_of(rows, day=day, measures=facts.MEASURES)


def then(history: History, day: str, *events: Any, act: str = "") -> History:
    return history.enact(Act(act or f"act {len(history.acts)}", day, events, Source("a fixture")))


def rules(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [fault.rule for fault in error.value.findings]


class TestRatings:
    def test_a_grade_is_one_of_four(self) -> None:
        for wrong in (lambda: ratings.Rating("a", 2025, "great"), lambda: ratings.runs([], "a", "great")):
            with pytest.raises(Refused, match="no grade"):
                wrong()

    def test_one_grade_a_year(self) -> None:
        twice = [ratings.Rating("a", 2025, "good"), ratings.Rating("a", 2025, "excellent")]
        for refused_by in (lambda: ratings.rating_changes(twice), lambda: ratings.runs(twice, "a")):
            with pytest.raises(Refused) as refused:
                refused_by()
            assert rules(refused) == ["rating-once"]
        with pytest.raises(Refused) as refused:
            ratings.rating_changes([ratings.Rating("b", 2025, "good"), *twice])
        assert [(fault.row, "row 2" in fault.message) for fault in refused.value.findings] == [(3, True)]
        # The same grade told twice contradicts nothing.
        assert ratings.longest_run([twice[0], twice[0]], "a", "good") == ratings.Run("a", 2025, 2025)

    def test_a_correction_is_followed_and_as_recorded_remembers(self) -> None:
        made = then(
            small({"id": "a"}), "2025-12-01", *ratings.rating_changes([ratings.Rating("a", 2025, "good")]), act="r"
        )
        better = Act("r", "2025-12-01", ratings.rating_changes([ratings.Rating("a", 2025, "excellent")]))
        mended = made.correct("r", better, reason="a slip")
        assert [r.grade for r in ratings.ratings_of(mended.at("2026-01-01"))] == ["excellent"]
        assert [r.grade for r in ratings.ratings_of(mended.as_recorded(2).at("2026-01-01"))] == ["good"]

    def test_an_ended_unit_keeps_its_past(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"})
        given_ = [ratings.Rating("a", year, "good", "124-QĐ/TW") for year in (2023, 2024)]
        made = then(made, "2025-01-01", *ratings.rating_changes(given_))
        with made.draft("2025-07-01") as act:
            act.merge(["a", "b"], into=Unit("ab"))
        made = made.enact(act)
        assert ratings.ratings_ever(made, "a") == tuple(given_)
        with pytest.raises(UnitEnded):
            ratings.ratings_of(made.at("2025-07-01"), ["a"])

    def test_the_latest_is_shown_to_the_rulebook(self) -> None:
        given_ = [ratings.Rating("a", 2025, "good"), ratings.Rating("a", 2024, "excellent")]
        made = then(small({"id": "a"}), "2026-01-01", *ratings.rating_changes(given_))
        assert made.at("2026-01-01").value("a", "fact:rating") == "good"
        made = then(made, "2026-02-01", *ratings.rating_changes([ratings.Rating("a", 2020, "completed")], latest=False))
        assert made.at("2026-02-01").value("a", "fact:rating") == "good"
        assert [r.year for r in ratings.ratings_of(made.at("2026-02-01"))] == [2020, 2024, 2025]

    @given(st.sets(st.integers(2000, 2012)))
    def test_runs_are_the_maximal_ones(self, years: set[int]) -> None:
        """Each rated year is in exactly one run, and no run touches another."""
        found = ratings.runs([ratings.Rating("a", year, "excellent") for year in years], "a")
        assert sorted(y for run in found for y in range(run.first, run.last + 1)) == sorted(years)
        assert all(b.first > a.last + 1 for a, b in pairwise(found))
        longest = ratings.longest_run([ratings.Rating("a", year, "excellent") for year in years], "a")
        assert (longest is None) == (not years)
        assert longest is None or longest.length == max(run.length for run in found)

    def test_of_equally_long_runs_the_latest(self) -> None:
        given_ = [ratings.Rating("a", year, "good") for year in (2019, 2020, 2023, 2024)]
        run = ratings.longest_run(given_, "a", "good")
        assert run is not None
        assert (run.first, run.last) == (2023, 2024)

    def test_one_year_is_a_run(self) -> None:
        assert ratings.rated_throughout([ratings.Rating("a", 2025, "excellent")], 2025, 2025) == ("a",)

    def test_0_and_100_points_are_points(self) -> None:
        full = {"tasks_done": 100, "tasks_above_target": 100, "tasks_late": 0, "disciplined": False}
        assert [law.grade(n, "2025-12-01", **full) for n in (0, 100)] == ["not completed", "excellent"]

    def test_years_in_order(self) -> None:
        with pytest.raises(Refused):
            ratings.rated_throughout([], 2025, 2021)

    def test_what_is_missing_is_named(self) -> None:
        assert law.grade(None, "2025-12-01").missing == (
            "rating_points, tasks_late, tasks_done, tasks_above_target, disciplined"
        )
        assert law.grade(95, "2025-12-01").missing == "tasks_done, tasks_above_target, disciplined"
        assert str(law.grade(95, "2020-12-01")) == "what held before 2025-08-30 is not on record [G08]"
        assert law.grade(95, "2025-12-01", disciplined=True) == "good"

    def test_inherited_only_where_all_are_rated(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"})
        assert ratings.inherited(made.at("2024-01-01"), "ab", "p", ratings.lowest) == ()
        assert ratings.lowest([]) is None

    def test_checklists_are_checked(self) -> None:
        with pytest.raises(Refused) as refused:
            ratings.checklist_changes("c", 2025, {"x": True, "political tasks": 1})
        assert rules(refused) == ["four-good", "four-good"]
        now = small({"id": "g"}).at("2024-01-01")
        for wrong in (0, "1.01"):
            with pytest.raises(Refused, match="more than 0 and at most 1"):
                ratings.four_good(now, "g", 2025, wrong)
        # Without any cell nothing can be said.
        assert ratings.four_good(now, "g", 2025, 1).four_good is None


class TestAgencies:
    @pytest.fixture
    def made(self) -> History:
        rows = [{"id": "p", "kind": "province"}]
        rows += [{"id": one, "kind": "agency", "parent": "p"} for one in "xyz"]
        return then(
            small(*rows, {"id": "desk", "kind": "agency", "parent": "x"}),
            "2024-02-01",
            Creation(Clustering("other")),
            Creation(Cluster("o", "other")),
            *assign("x", {"one": "lead", "two": "part"}),
            *assign("y", {"two": "part", "three": "lead"}),
            *(Change(u, "member:other", "o") for u in "xy"),
        )

    def test_shares(self, made: History) -> None:
        now = made.at("2024-02-01")
        assert united(now, "xy") == {"one": "lead", "two": "part", "three": "lead"}
        assert functions(now, "x") == {"one": "lead", "two": "part"}
        assert [f.message for f in lead_findings(now, "p", expected=["four"])] == [
            "the function 'two' has no lead",
            "the function 'four' has no lead",
        ]
        with pytest.raises(Ambiguous, match="no agency leads"):
            lead(now, "p", "two")
        with pytest.raises(InvalidAct) as refused:
            assign("x", {"one": "boss", "two": "all"})  # type: ignore[dict-item]
        assert rules(refused) == ["function", "function"]

    def test_a_merger_is_like_any_other(self, made: History) -> None:
        """The new agency has the functions, the units below and the cluster of those it was made of."""
        with made.draft("2024-03-01") as act:
            new = merge_bodies(act, ["x", "y"], into=Unit("xy", name="x and y"))
        now = made.enact(act).at("2024-03-01")
        assert functions(now, new) == {"one": "lead", "three": "lead", "two": "part"}
        assert (now.children(new), now.clusters_of(new), now.unit(new).kind) == (("desk",), ("o",), "agency")
        assert agencies(now, "p") == ("z", new)
        assert [e.type for e in act.events if isinstance(e, Succession)] == ["merger"]
        for bodies in (["x"], ["x", "nobody"]):
            with pytest.raises((InvalidAct, LookupError)), made.draft("2024-03-01") as bad:
                merge_bodies(bad, bodies, into=Unit("xy"))


class TestReplacingBodies:
    @pytest.fixture
    def made(self) -> History:
        return small(
            {"id": "p", "kind": "province"},
            {"id": "khoi", "kind": "direct-organisation", "category": "khối", "parent": "p"},
            {"id": "vp", "kind": "agency", "parent": "khoi"},
            {"id": "doan", "kind": "delegation", "parent": "khoi"},
            *({"id": f"g{n}", "kind": "grassroots-organisation", "parent": "khoi"} for n in range(4)),
            {"id": "far", "kind": "grassroots-organisation", "parent": "p"},
        )

    def new(self, name: str, *ids: str, parent: str | None = "p") -> Founding:
        return Founding(Unit(name, kind="direct-organisation", category=name, parent=parent), select(ids=ids))

    def test_rest_nested_bodies_and_units_from_elsewhere(self, made: History) -> None:
        """Agencies and bodies inside a body end with it; what stands elsewhere moves if it is chosen."""
        was = made.at("2025-02-01")
        events = replace_bodies(was, ["khoi", "doan"], [self.new("a", "g0", "far"), self.new("b", "g1")], rest="p")
        assert [e.subject for e in events if isinstance(e, Change)] == ["g0", "g1", "g2", "g3", "far"]
        now = then(made, "2025-02-01", *events).at("2025-02-01")
        assert {u: now.children(u) for u in ("a", "b")} == {"a": ("g0", "far"), "b": ("g1",)}
        assert set(now.children("p")) == {"a", "b", "g2", "g3"}
        assert [unit for unit in ("khoi", "vp", "doan") if unit in now] == []
        assert direct_organisations(now, "p", besides="grassroots-organisation") == ("a", "b")
        assert one_of_each(now, "province", ["a", "b"]) == ()
        assert [f.message for f in one_of_each(now, "province", ["khối"])] == ["it has 0 x 'khối', not one"]

    def test_all_faults_together(self, made: History) -> None:
        was = made.at("2025-02-01")
        wrong = [
            self.new("g0"),
            self.new("a", parent=None),
            self.new("b", parent="khoi"),
            self.new("", parent="nobody"),
        ]
        with pytest.raises(InvalidAct) as refused:
            replace_bodies(was, ["khoi", "ended"], wrong, rest="khoi", founded_by="who")
        assert rules(refused) == ["live", "id", "live-parent", "live-parent", "id", "live-parent", "live", "live"]
        assert [f.units for f in refused.value.findings if f.rule == "id"] == [("g0",), ()]

    def test_one_that_would_stand_above_itself(self, made: History) -> None:
        with pytest.raises(InvalidAct) as refused:
            replace_bodies(made.at("2025-02-01"), ["khoi"], [self.new("a", "p")], rest="p")
        assert rules(refused) == ["no-cycle"]

    def test_under_one_founded_with_it(self, made: History) -> None:
        """A founded organisation may stand under another founded one."""
        events = replace_bodies(
            made.at("2025-02-01"), ["khoi", "doan"], [self.new("a", "g0"), self.new("b", parent="a")], rest="b"
        )
        now = then(made, "2025-02-01", *events).at("2025-02-01")
        assert (now.parent("b"), now.parent("g3")) == ("a", "b")


class TestSteering:
    def test_needs_a_task_and_an_end(self) -> None:
        with pytest.raises(Refused) as refused:
            steering.set_up(steering.SteeringCommittee("", "u", ""))
        assert rules(refused) == ["steering"] * 3

    def test_a_last_day_alone_is_enough(self) -> None:
        """Ended early there is no condition to end with it; set up again, it has one life from first to last."""
        made = small({"id": "u"})
        later, body = (steering.SteeringCommittee(one, "u", "task", last_day="2024-12-31") for one in ("z", "b"))
        made = then(made, "2024-02-01", *steering.set_up(later), *steering.set_up(body))
        assert [one.id for one in steering.active(made.at("2024-02-01"))] == ["b", "z"]
        ending = steering.end(made.at("2024-03-01"), "u", "b")
        assert [change.track for change in ending] == [steering.STEERING]
        with pytest.raises(Refused, match=r"no committee 'x' is at work \(there is 'z', 'b'\)"):
            steering.end(made.at("2024-03-01"), "u", "x")
        made = then(made, "2024-03-01", *ending)
        with pytest.raises(Refused, match=r"\(there is 'z'\)"):
            steering.end(made.at("2024-03-01"), "u", "b")
        with pytest.raises(Refused, match=r"\(there is none\)"):
            steering.end(made.at("2024-01-01"), "u", "b")
        made = then(made, "2024-05-01", *steering.set_up(body))
        assert {one: str(life) for one, life in steering.lives(made, "u").items()} == {
            "b": "2024-02-01 to 2024-12-31",
            "z": "2024-02-01 to 2024-12-31",
        }

    def test_a_condition_alone_is_enough(self) -> None:
        body = steering.SteeringCommittee("b", "u", "task", "when it is done")
        made = then(small({"id": "u"}, {"id": "v", "parent": "u"}), "2024-02-01", *steering.set_up(body))
        made = then(
            made, "2024-03-01", *steering.set_up(steering.SteeringCommittee("c", "v", "other", last_day="2024-06-30"))
        )
        now = made.at("2024-06-30")
        assert [(one.unit, one.id) for one in steering.active(now)] == [("u", "b"), ("v", "c")]
        assert steering.active(now, "u") == (body,)
        assert steering.active(made.at("2024-07-01")) == (body,)
        made = then(made, "2024-08-01", *steering.end(made.at("2024-07-31"), "u", "b"))
        assert steering.active(made.at("2024-08-01")) == ()
        assert str(steering.lives(made, "u")["b"]) == "2024-02-01 to 2024-07-31"
        assert steering.active(loads(dumps(made)).at("2024-07-01")) == (body,)

    def test_it_ends_with_its_organisation(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"})
        made = then(made, "2024-02-01", *steering.set_up(steering.SteeringCommittee("k", "a", "t", "done")))
        with made.draft("2025-07-01") as act:
            act.merge(["a", "b"], into=Unit("ab"))
        assert steering.active(made.enact(act).at("2025-07-01")) == ()


class TestDeadlines:
    """Cases that are open, late, or hang on public holidays."""

    def test_open_transfers_and_holidays(self) -> None:
        open_case = Case.parse("2025-07-01/")
        assert isinstance(law.deadline("F01", open_case, "2025-12-01", holidays=()), Finding)
        late = Case.parse("2025-07-01/2025-09-24")
        assert law.deadline("F01", late, "2025-12-01", holidays={dt.date(2025, 9, 2)}) is None
        # In time whatever the holidays.
        assert law.deadline("F01", Case.parse("2025-07-01/2025-09-23"), "2025-12-01") is None


class TestTargets:
    def test_count_and_figure(self) -> None:
        made = small(
            {"id": "p", "members": 1},
            {"id": "a", "kind": "cell", "parent": "p", "members": 5},
            {"id": "b", "kind": "cell", "parent": "p", "members": 6},
        )
        made = then(made, "2025-01-01", Change("b", "measure:members", 9, "own"))
        day = dt.date(2025, 6, 1)
        assert targets.Count("cell")(made, "p", day) == 2
        assert targets.Figure("members")(made, "p", day) == 15
        assert targets.Figure("members")(made, "gone", day) is None
        assert targets.Count("cell")(made, "gone", day) is None
        found = targets.measure_target(made, targets.Target("p", targets.Figure("members"), 15, "2025-12-31"), day)
        assert (found.state, found.met_on, found.margin) == ("met", dt.date(2025, 1, 1), 0)
        fewer = targets.Target("p", targets.Count("cell"), 1, "2025-12-31", "<=")
        assert targets.measure_target(made, fewer, day).state == "open"
        assert targets.measure_target(made, fewer, "2026-01-01").state == "missed"
        stated = then(made, "2025-02-01", Change("p", "measure:members", Quantity(20, "about"), "subtree"))
        assert targets.Figure("members")(stated, "p", day) is None
        with pytest.raises(Ambiguous):
            targets.Target("p", targets.Count("cell"), 1, "2025-12-31", "=>")  # type: ignore[arg-type]

    def test_once_met_stays_met(self) -> None:
        """Reached in time and lost again: met, with the day."""
        made = small({"id": "p"}, {"id": "a", "kind": "cell", "parent": "p"})
        made = then(made, "2025-01-01", Creation(Unit("b", kind="cell", parent="p")))
        with made.draft("2025-03-01") as act:
            act.close("b")
        made = made.enact(act)
        target = targets.Target("p", targets.Count("cell"), 2, "2025-12-31")
        found = targets.measure_target(made, target, "2025-06-01")
        assert (found.state, found.met_on, found.value) == ("met", dt.date(2025, 1, 1), 1)
        assert found.margin == -1

    def test_all_gone_and_none_before(self) -> None:
        """A unit whose last ones ended is reduced by all of them; one that had none is left out."""
        made = small(
            {"id": "top"}, {"id": "p", "parent": "top"}, {"id": "q", "parent": "top"},
            {"id": "c", "kind": "commune", "parent": "p"},
        )  # fmt: skip
        with made.draft("2025-07-01") as act:
            act.close("c")
            act.create(Unit("d", kind="commune"), under="q")
        made = made.enact(act)
        found = targets.reductions(made, "commune", "2025-06-30", "2025-07-01", ["q", "p"])
        assert [(row.unit, row.before, row.after, row.share) for row in found] == [("p", 1, 0, 1)]
        target = targets.Target("q", targets.Reduction("commune", "2025-06-30"), 0, "2025-12-31")
        assert targets.measure_target(made, target, "2025-07-01").state == "unknown"

    def test_a_divided_predecessor_is_refused(self) -> None:
        """What was below a province that went into two cannot be told apart."""
        made = small({"id": "top"}, {"id": "p", "parent": "top"}, {"id": "c", "kind": "commune", "parent": "p"})
        with made.draft("2025-07-01") as act:
            act.break_down("p", into=[Unit("p1"), Unit("p2")], children={"c": "p1"})
        made = made.enact(act)
        metric = targets.Reduction("commune", "2025-06-30")
        with pytest.raises(Ambiguous) as refused:
            metric(made, "p1", dt.date(2025, 7, 1))
        assert refused.value.findings[0].units == ("p", "p1")
        assert metric(made, "top", dt.date(2025, 7, 1)) == 0
        assert metric(made, "p", dt.date(2025, 7, 1)) is None
        assert metric(made, "top", dt.date(2025, 6, 29)) is None

    def test_a_new_unit_has_nothing_to_compare_with(self) -> None:
        made = then(small({"id": "top"}), "2025-07-01", Creation(Unit("p", parent="top")))
        assert targets.Reduction("commune", "2025-06-30")(made, "p", dt.date(2025, 7, 1)) is None
        assert targets.reductions(made, "commune", "2025-06-30", "2025-07-01", ["p", "top"]) == ()


class TestRegions:
    def test_points_are_checked_together(self) -> None:
        now = small({"id": "p", "kind": "province"}, {"id": "c", "kind": "commune", "parent": "p"}).at("2024-01-01")
        with pytest.raises(Refused) as refused:
            regions.attendance(now, "commune", ["c", "c", "p", "gone"])
        assert rules(refused) == ["point-once", "kind", "live", "points"]
        assert regions.attendance(now, "district", 0).share is None
        assert str(regions.attendance(now, "district", 0)) == "0 of 0 district"
        assert regions.count_under(now, [], "commune") == 0

    def test_a_region_follows_by_decision(self) -> None:
        """Membership ends with the province; the image tells what it became, and an act moves it on."""
        made = small({"id": "tw"}, *({"id": u, "kind": "province", "parent": "tw"} for u in "abc"))
        made = then(made, "2024-02-01", *regions.set_up_regions({"v1": ["a", "b"], "v2": ["c"]}, names={"v1": "Vụ I"}))
        with made.draft("2025-07-01") as act:
            act.merge(["b", "c"], into=Unit("bc"), cluster="v2")
        made = made.enact(act)
        found = regions.followed(made, "v1", "2025-06-30", "2025-07-01")
        assert (found.image, found.closed, found.strangers) == (("a", "bc"), False, ("c",))
        assert [r.units for r in regions.regions(made.at("2025-07-01"))] == [("a",), ("bc",)]
        assert made.at("2025-07-01").cluster("v1").name == "Vụ I"


class TestCadres:
    def test_moves_are_counted_once(self) -> None:
        move = cadres.Move("a", cadres.APPOINTMENT, "2024-01-05", "province", "u1", "u2", "province")
        with pytest.raises(Refused) as refused:
            cadres.count_moves([move, move], by=["kind", "colour"])  # type: ignore[list-item]
        assert rules(refused) == ["by", "move-once"]
        other = cadres.Move("a", cadres.ROTATION, "2024-01-05", "commune", "u2")
        assert cadres.count_moves([move, other], units=["u2"]) == {("rotation",): 1}
        assert cadres.count_moves([move, other], by=["unit", "from_unit", "managed_by", "year", "month"]) == {
            ("u1", "u2", "province", "2024", "2024-01"): 1,
            ("u2", "", "", "2024", "2024-01"): 1,
        }
        assert cadres.count_moves([move, other], by=[]) == {(): 2}
        assert cadres.count_moves([move, other], level="commune") == {("rotation",): 1}

    def test_stages_are_six_and_distinct(self) -> None:
        with pytest.raises(Refused) as refused:
            cadres.Stages(["a", "a", ""])
        assert rules(refused) == ["six-stages"] * 3
        stages = cadres.Stages("abcdef")
        with pytest.raises(Refused, match="no stage 'z'"):
            stages.enter(stages.begin("p", "2024-01-01"), "z", "2024-02-01")
        with pytest.raises(Refused, match="the first stage is 'a'"):
            stages.enter(cadres.Progress("p"), "b", "2024-02-01")
        broken = cadres.Progress("p", (cadres.Entered("b", "2024-01-01"),))
        with pytest.raises(Refused, match="it entered b"):
            stages.next(broken)
        done = stages.begin("p", "2024-01-01")
        for name in "bcdef":
            done = stages.enter(done, name, "2024-01-01")
        assert (done.on("2023-12-31"), done.on("2024-01-01")) == (None, "f")
        with pytest.raises(Refused, match="'f' was the last stage"):
            stages.enter(done, "a", "2024-02-01")


class TestHandbook:
    BOOK = handbook.Handbook(
        [
            handbook.Document(
                "d1", "a", "kế hoạch", "2024-01-30", "01-KH", tags=["x"], source=Source("n", decided="2024-01-29")
            ),
            handbook.Document("d2", "b", "quy định", "2024-03-01"),
        ],
        [handbook.Meeting("m1", "a", "sinh hoạt", "2024-02-03", 10, 9, ["d2"], ["y"])],
    )

    def test_it_is_checked_as_a_whole(self) -> None:
        with pytest.raises(Refused) as refused:
            handbook.Handbook(
                [handbook.Document("d", "a", "k", "2024-01-01"), handbook.Document("d", "a", "k", "2024-01-02")],
                [
                    handbook.Meeting("", "a", "k", "2024-01-01", -1, 2, ["none"]),
                    handbook.Meeting("m", "a", "k", "2024-01-01", 3, 4),
                ],
            )
        assert [(f.row, f.rule) for f in refused.value.findings] == [
            (2, "id-once"), (1, "id"), (1, "document"), (1, "summoned"), (1, "present"), (2, "present"),
        ]  # fmt: skip

    def test_filters(self) -> None:
        def ids(book: handbook.Handbook) -> list[str]:
            return [one.id for one in (*book.documents, *book.meetings)]

        assert ids(self.BOOK.of("a")) == ["d1", "d2", "m1"]
        assert ids(self.BOOK.of(["b"])) == ["d2"]
        assert ids(handbook.Handbook([handbook.Document("d", "a1", "k", "2024-01-01")]).of("a1")) == ["d"]
        assert ids(self.BOOK.of(period=Period("2024-02-01", "2024-03-01"))) == ["d2", "m1"]
        assert ids(self.BOOK.of(kind="kế hoạch")) == ids(self.BOOK.of(tag="x")) == ["d1"]
        assert self.BOOK.count_documents(units=["b"]) == {"quy định": 1}
        more = self.BOOK.adding([handbook.Document("d3", "a", "kế hoạch", "2024-04-01")])
        assert (len(self.BOOK.documents), more.count_documents()) == (2, {"kế hoạch": 2, "quy định": 1})

    def test_units_live_on_the_day(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}, day="2024-02-01")
        assert [(f.row, f.units) for f in self.BOOK.findings(made)] == [(1, ("a",))]

    def test_export_of_every_sort_of_value(self) -> None:
        made = small({"id": "p", "kind": "province", "name": "Huế"}, {"id": "a", "parent": "p", "members": 3})
        values = [
            ("fact:text", "x", None), ("fact:number", 3, 2025), ("fact:share", Fraction(1, 3), None), ("fact:yes", True, ("a", 1)),
            ("fact:day", dt.date(2025, 1, 1), None), ("fact:half", 0.5, None), ("fact:why", Absent.UNKNOWN, None),
            ("measure:members", Quantity(None, "unknown", 3, Fraction(7, 2)), "own"), ("fact:list", ("a", ("b", 1)), None),
        ]  # fmt: skip
        made = then(made, "2024-02-01", *(Change("p", track, value, slot) for track, value, slot in values))
        made = then(made, "2024-02-01", Change("p", "fact:gone", 1, None, dt.date(2024, 2, 3)))
        export = handbook.export(made, "p", "2024-02-03", self.BOOK, with_units=True)
        assert handbook.from_json(handbook.to_json(export)) == export
        for track, value, slot in values:
            assert export.value(track, slot) == value
            assert type(export.value(track, slot)) is type(value)
        assert export.value("fact:gone") is None
        assert [one.id for one in export.handbook.documents] == ["d1", "d2"]
        assert handbook.export(made, "p", "2024-02-03", self.BOOK).handbook == handbook.Handbook()
        assert handbook.export(made, "p", "2024-02-03", below=False).units == ()
        assert next(line for line in export.facts if line.track == "fact:text").source == Source("a fixture")

    def test_persons_stay_outside(self) -> None:
        """Offices, origins and committee seats are opaque ids already; an export has none of them."""
        made = small({"id": "p"})
        personal = [("office", ("chair", 1)), ("fact:origin", ("chair", 1)), ("fact:committee", ("executive", "x9"))]
        made = then(made, "2024-02-01", *(Change("p", track, "x9", slot) for track, slot in personal))
        text = handbook.to_json(handbook.export(made, "p", "2024-02-01"))
        assert "x9" not in text
        assert {track for track, _ in personal} == handbook.PERSONAL

    def test_a_value_without_a_form_is_refused(self) -> None:
        made = then(small({"id": "p"}), "2024-02-01", Change("p", "fact:odd", frozenset("a")))
        with pytest.raises(Refused, match="frozenset"):
            handbook.to_json(handbook.export(made, "p", "2024-02-01"))

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", '{"format": "x"}', '{"format": "orgmodel unit", "version": 2}', "[" * 100_000]
    )
    def test_no_export_at_all(self, text: str) -> None:
        with pytest.raises(InvalidFile):
            handbook.from_json(text)

    def test_all_faults_of_a_file(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"})
        data = json.loads(
            handbook.to_json(handbook.export(made, "p", "2024-03-01", self.BOOK.adding(), with_units=True))
        )
        data["unit"]["id"] = 7
        data["path"] = "p"
        data["day"] = "2024-13-01"
        data["facts"][0]["value"] = {"odd": 1}
        data["handbook"]["meetings"][0]["summoned"] = "10"
        with pytest.raises(InvalidFile) as refused:
            handbook.from_json(json.dumps(data))
        places = sorted(f.message.rpartition("@ ")[2] for f in refused.value.findings)
        assert places == ["$.day", "$.facts[0].value", "$.handbook.meetings[0].summoned", "$.path", "$.unit.id"]

    def test_a_register_that_contradicts_itself(self) -> None:
        made = small({"id": "p"}, {"id": "a", "parent": "p"})
        data = json.loads(handbook.to_json(handbook.export(made, "p", "2024-03-01", self.BOOK, with_units=True)))
        data["handbook"]["meetings"][0]["present"] = 11
        with pytest.raises(InvalidFile, match="11 present of 10 summoned"):
            handbook.from_json(json.dumps(data))


def test_kinds_know_agencies_without_a_schema() -> None:
    """A structure with a schema and one without name the same agencies."""
    rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"}]
    rows += [
        {"id": "x", "kind": "agency", "parent": "p"},
        {"id": "g", "kind": "grassroots-organisation", "parent": "p"},
    ]
    for schema in (kinds.SCHEMA, None):
        made = history_of(rows, day="2024-01-01", **({"schema": schema} if schema else {})).at("2024-01-01")
        assert (agencies(made, "p"), direct_organisations(made, "p")) == (("x",), ("g",))


RECORDS: list[Any] = [
    emulation.Pact("k", 2026, "2025-11-18", ["one", "hai"], ["a", "b"], "theme", Source("n", decided="2025-11-01")),
    emulation.Launch("k", 2026, "theme", "2025-11-18", "a"),
    emulation.Award("a", emulation.FLAG, 2025, proposed="2025-11-18", source=Source("n")),
    emulation.Award("p", emulation.MERIT, 2025, "individual", "granted", "k", "2025-11-18", "centre", "2025-12-08"),
    emulation.Milestone("plan", 2025, "k", "2025-01-30", ["01-KH"]),
    emulation.Milestone("plan", 2025, "k", Period("2025-01-01")),
    emulation.Milestone("plan", 2025, "k"),
    emulation.Criteria("c", [emulation.Criterion("x", most="89.9", weight=Fraction(1, 3)), emulation.Criterion("y")]),
    emulation.Quota(emulation.FLAG, share=Fraction(1, 3)),
    ratings.Rating("p", 2025, "excellent", "366-QĐ/TW"),
    emulation.Launch("k", 2026, "one\u2028two\nthree", "2025-11-18", "a"),
    cadres.Move("p", cadres.ROTATION, "2024-01-05", "province", "u1"),
    cadres.Stages("abcdef").begin("p", "2024-01-01"),
    handbook.Meeting("m", "u", "k", "2024-01-01", 3, 2),
    steering.SteeringCommittee("b", "u", "task", last_day="2030-12-31"),
]


class TestRecords:
    @pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
    def test_what_is_read_equals_what_was_written(self, record: Any) -> None:
        text = records.dumps([record, record])
        assert records.loads(text, type(record)) == (record, record)
        assert records.dumps(records.loads(text, type(record))) == text

    def test_one_type_at_a_time(self) -> None:
        with pytest.raises(Refused, match="Pact, Launch"):
            records.dumps(RECORDS[:2])
        assert records.loads(records.dumps([]), emulation.Award) == ()
        with pytest.raises(Refused, match="no form in JSON"):
            records.dumps([handbook.Line("t", frozenset(), dt.date(2024, 1, 1))])

    def test_all_faults_of_a_file_with_their_lines(self) -> None:
        lines = records.dumps([RECORDS[2]] * 5).splitlines()
        lines[1] = lines[1].replace("2025-11-18", "2025-02-30")
        lines[2] = lines[2].replace('"recipient"', '"name"')
        lines[3] = "{"
        lines[4] = "[]"
        lines[5] = lines[5].replace('"year":2025', '"year":"2025"')
        with pytest.raises(InvalidFile) as refused:
            records.loads("\n".join(lines), emulation.Award)
        assert [fault.row for fault in refused.value.findings] == [2, 3, 3, 4, 5, 6]
        with pytest.raises(InvalidFile) as refused:
            records.loads("\n".join(["{", *lines[1:2]]), emulation.Award)
        assert [fault.row for fault in refused.value.findings] == [1, 2]

    @pytest.mark.parametrize("text", ["", '{"format":"orgmodel records","type":"Pact","version":1}\n'])
    def test_another_file(self, text: str) -> None:
        with pytest.raises(InvalidFile, match=r"row 1: (the first line is not|not JSON)"):
            records.loads(text, emulation.Award)
