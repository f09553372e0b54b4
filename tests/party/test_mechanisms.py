"""The 28 mechanisms of Party organisation work, each with the acceptance example that was written for it.

Numbers come from the tables in the package where they are there; what is invented for a test is called a
fixture. docs/reference/mechanisms.md says which module and function each mechanism is, and names these tests.
"""

from __future__ import annotations

import datetime as dt
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest
from places import ROOT

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.operations import Begin, Dissolve, Form, Merge, Record, SucceedRole, TakeStep
from orgmodel.errors import Ambiguous, InvalidAct, Refused, UnitEnded
from orgmodel.history.flows import Balance, parts_add_up
from orgmodel.history.history import History, history_of
from orgmodel.io.jsonl import dumps, loads
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Other, Person
from orgmodel.model.measure import Quantity
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import (
    agencies,
    auditing,
    cadre_moves,
    congresses,
    decisions,
    emulation,
    examples,
    facts,
    handbook,
    kinds,
    law,
    members,
    membership,
    offices,
    questions,
    ratings,
    regions,
    targets,
    vietnam,
    vietnam_acts,
    work,
)
from orgmodel.party.law import rulebook
from orgmodel.party.terms import Term
from orgmodel.party.tracks import TRACKS
from orgmodel.period import Period, as_day
from orgmodel.rules.rule import Undecided
from orgmodel.rules.rulebook import Audit
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.matters import dossier
from orgmodel.structure.selection import select
from orgmodel.structure.structure import Structure

BEFORE, AFTER = "2025-06-30", "2025-07-01"


@pytest.fixture(scope="module")
def party(history: History) -> History:
    """The real reform with all figures of the field declared."""
    return History(kinds.SCHEMA, facts.MEASURES).enact(*history.acts)


def figure(row: str) -> Quantity:
    """A published figure, by the id of its row."""
    return next(one.value for one in vietnam.party_figures() if one.id == row)


def party_unit(name: str) -> vietnam.PartyUnit:
    return next(row for row in vietnam.party_units() if row.province == name)


def commission(structure: Structure, name: str) -> str:
    """The organisation commission of a province, by the province's name on the day."""
    (agency,) = structure.children(structure.one(name=name, kind="province").id, kind="agency")
    return agency


def audit(structure: Structure, *rules: str) -> Audit:
    return rulebook().select(*rules).audit(structure)


def with_events(history: History, day: str, events: Iterable[Any], act: str = "fixture") -> History:
    return history.enact(Act(act, day, tuple(events), Source("a fixture")))


def small(*rows: dict[str, Any], day: str = "2024-01-01") -> History:
    """A small organisation with the figures of the field."""
    return history_of(
        rows, day=day, schema=Schema(tracks=TRACKS, matters=kinds.SCHEMA.matters), measures=facts.MEASURES
    )


class Test01EmulationClusters:
    def test_image_is_the_published_list(self, history: History) -> None:
        """The image of the 14 members of cluster 1 is the list of 9; the pre-image of the 9 of cluster 2 has 14."""
        first = history.at("2024-06-30").members("cluster-1")
        published = {
            vietnam_acts.commission_of(row)
            for row in vietnam.table("clusters")
            if vietnam_acts.cluster_id(row) == "cluster-1" and row["code_list"] == "2025"
        }
        assert len(first) == 14 == figure("P047")
        assert set(membership.image(history, first, "2025-12-05")) == published
        assert len(published) == 9

        second = history.at("2025-11-18").members("cluster-2")
        olds = membership.preimage(history, second, BEFORE)
        assert (len(second), len(olds)) == (9, 14)
        assert set(olds) == set(history.at(BEFORE).members("cluster-2"))

    def test_both_are_closed(self, history: History) -> None:
        for cluster in ("cluster-1", "cluster-2"):
            found = membership.image_between(history, history.at(BEFORE).members(cluster), BEFORE, AFTER)
            assert found.closed, found

    def test_a_list_that_is_not_closed_is_told(self, history: History, before: Structure) -> None:
        """Without Thái Bình the list is not closed: Hưng Yên took in a stranger."""
        gone = commission(before, "Thái Bình")
        rest = [unit for unit in before.members("cluster-2") if unit != gone]
        found = membership.image_between(history, rest, BEFORE, AFTER)
        assert (found.closed, found.strangers, found.lost) == (False, (gone,), ())

    def test_coverage(self, before: Structure, after: Structure) -> None:
        """28 of 63 before and 18 of 34 after; 35 and 16 remain outside."""
        found = [membership.coverage(structure, "emulation", "agency") for structure in (before, after)]
        assert [(len(one.inside), len(one.outside)) for one in found] == [(28, 35), (18, 16)]


class Test02LeadingUnits:
    def test_cluster_1_in_2024(self, history: History) -> None:
        day = history.at("2024-06-30")
        held = emulation.role_holdings(history, "cluster-1", period=2024)
        assert [(h.role, h.unit) for h in held] == [
            ("leader", commission(day, "Hà Nội")),
            *(("deputy", commission(day, name)) for name in ("Sơn La", "Phú Thọ", "Hà Giang")),
        ]
        assert len(held) == figure("P048") == 4

    def test_cluster_2(self, history: History) -> None:
        for year, name in ((2025, "Thanh Hóa"), (2026, "Hưng Yên")):
            structure = history.at(f"{year}-12-01")
            assert structure.leader("cluster-2") == commission(structure, name)
            assert emulation.days_without_leader(history, "cluster-2", year) == 0

    def test_only_days_on_which_the_cluster_is_there_are_without_a_leader(self) -> None:
        """Formed on 1 February, led from 5 January of the next year, dissolved on 1 June: 335 and 4 days, then none."""
        history = done(
            examples.example("p", below={"b": "agency"}, day="2024-01-01"), "2024-02-01", Form(Clustering("e")), act="e"
        )
        history = done(history, "2024-02-01", Form(Cluster("c", "e"), ["b"]), act="c")
        history = done(history, "2025-01-05", emulation.Elect("c", "leader", units="b", year=2025), act="leader")
        history = done(history, "2025-06-01", Dissolve("c"), act="end")
        assert [emulation.days_without_leader(history, "c", year) for year in (2024, 2025)] == [335, 4]
        for year in (2023, 2026):
            with pytest.raises(Refused, match=f"there 2024-02-01 to 2025-05-31, on no day of {year}"):
                emulation.days_without_leader(history, "c", year)

    def test_second_leader_is_refused(self, history: History, after: Structure) -> None:
        again = emulation.Elect("cluster-2", "leader", units=commission(after, "Thanh Hóa"), year=2026)
        with pytest.raises(InvalidAct, match="1 elected before, 1 to be leader; 1 at most in 2026"):
            done(history, "2026-02-01", again, act="again")

    def test_all_faults_of_an_election_are_told(self, history: History, after: Structure) -> None:
        """Another year, no member, no such role, a unit in two seats."""
        stranger, member = commission(after, "Cần Thơ"), after.members("cluster-1")[0]
        wrong = emulation.Elect("cluster-1", "chief", units=[stranger, member], year=2027)
        with pytest.raises(InvalidAct) as refused:
            done(history, "2026-01-01", wrong, act="wrong")
        assert {fault.rule for fault in refused.value.findings} == {"role", "year", "member"}

    def test_successor_takes_the_seat_by_an_act(self, history: History, before: Structure, after: Structure) -> None:
        """Were Hà Giang's role of 2024 still running on 2025-07-01, ``succeed_role`` would move it to Tuyên Quang."""
        ha_giang, tuyen_quang = commission(before, "Hà Giang"), commission(after, "Tuyên Quang")
        # The real history tells who led from 2025-12-05 on; the fixture tells another story of that year.
        history = history.cancel("vn-cluster-1-2025", reason="a fixture")
        running = done(
            history, "2025-01-01", emulation.Elect("cluster-1", "deputy", units=ha_giang, year=2025), act="elected"
        )
        assert running.at(BEFORE).deputies("cluster-1") == (ha_giang,)
        ((cluster, slot, unit, heirs),) = running.at(AFTER).lapsed_roles()
        assert (cluster, slot[0], unit, heirs) == ("cluster-1", "deputy", ha_giang, (tuyen_quang,))

        mended = done(running, "2025-07-02", SucceedRole("cluster-1", "deputy", until="2026-01-01"), act="succeeds")
        assert mended.at("2025-07-02").deputies("cluster-1") == (tuyen_quang,)
        assert mended.at(BEFORE).deputies("cluster-1") == (ha_giang,)
        assert mended.at("2025-07-02").lapsed_roles() == ()
        assert mended.at("2026-01-01").deputies("cluster-1") == ()


class Test03ScoresAndAwards:
    @pytest.fixture
    def proposed(self, party: History, after: Structure) -> History:
        """1 flag, 3 collective and 9 individual certificates, proposed by cluster 2 on 2025-11-18."""
        flag = work.Propose(commission(after, "Bắc Ninh"), work.FLAG, year=2025, by="cluster-2", id="flag")
        several = [work.Propose(unit, work.MERIT, year=2025, by="cluster-2") for unit in after.members("cluster-2")[:3]]
        persons = [work.Propose(Person(f"p{n}"), work.MERIT, year=2025, by="cluster-2") for n in range(9)]
        return done(party, "2025-11-18", flag, *several, *persons, act="proposals")

    def test_proposals_and_grants(self, proposed: History) -> None:
        """13 records before the grant and after it: one record, another step."""
        assert [figure(row) for row in ("P044", "P045", "P046")] == [1, 3, 9]
        assert questions.count(proposed, "cluster-2", "award", by="recipient") == {
            "collective": Quantity(4, "at least"),
            "individual": Quantity(9, "at least"),
        }
        assert questions.count(proposed, "cluster-2", "award", by="form") == {
            work.FLAG: Quantity(1, "at least"),
            work.MERIT: Quantity(12, "at least"),
        }
        granted = done(proposed, "2025-12-08", work.Decide("flag", by="vn"), act="granted")
        states = questions.count(granted, "cluster-2", "award", by="state")
        assert states == {"granted": Quantity(1, "at least"), "proposed": Quantity(12, "at least")}
        assert [one.id for one in questions.matters(granted, "vn", "award", role="granter")] == ["flag"]
        with pytest.raises(InvalidAct, match="was taken already"):
            done(granted, "2025-12-09", work.Decide("flag", by="vn"), act="twice")
        with pytest.raises(InvalidAct, match="it is granted already"):
            done(granted, "2025-12-09", work.Decide("flag", to="declined", by="vn"), act="declined")

    def test_a_second_proposal_of_the_same_is_refused(self, proposed: History, after: Structure) -> None:
        """Form, year and recipient tell awards apart; a person's unit must be named."""
        again = work.Propose(commission(after, "Bắc Ninh"), work.FLAG, year=2025, by="cluster-2")
        with pytest.raises(InvalidAct, match="has the same recipient"):
            done(proposed, "2025-11-19", again, act="again")
        other = work.Propose(commission(after, "Bắc Ninh"), work.FLAG, year=2026, by="cluster-2")
        assert len(questions.matters(done(proposed, "2025-11-19", other, act="other"), "cluster-2", "award")) == 14
        with pytest.raises(InvalidAct, match="name the unit within which that is"):
            done(proposed, "2025-11-19", work.Propose(Person("x"), work.MERIT, year=2025), act="alone")

    def test_it_is_corrected_cancelled_diffed_and_kept(self, proposed: History, after: Structure) -> None:
        """In the biographies of all it concerns, in a file, and gone with its act."""
        unit = commission(after, "Bắc Ninh")
        assert [fact.value for fact in proposed.biography(unit) if fact.track == "party"] == ["flag"]
        assert next(fact.value for fact in proposed.biography(Person("p3"))).startswith("m-")
        assert any(d.subject == "flag" for d in proposed.between("2025-11-17", "2025-11-18").others)
        assert loads(dumps(proposed)) == proposed
        assert questions.matters(proposed.cancel("proposals", reason="a mistake"), unit, "award") == ()

    def test_central_grants_and_certificates_of_a_province(self, party: History) -> None:
        """5 flags and 13 collective certificates on 2025-12-08; S4: giấy khen for 4, 13, 12 and 12."""
        central = [
            work.Award(Other(f"collective {n}"), form, year=2025, granter="vn")
            for form, row in ((work.FLAG, "P063"), (work.MERIT, "P064"))
            for n in range(int(figure(row)))
        ]
        made = done(party, "2025-12-08", *central, act="central")
        found = questions.count(made, "vn", "award", role="granter", by="form")
        assert found == {work.FLAG: Quantity(5, "at least"), work.MERIT: Quantity(13, "at least")}

        unit = party_unit("Huế").unit
        groups = (
            ("excellent in 2025", Other, "P067"),
            ("excellent 2021-2025", Person, "P068"),
            ("served the congresses", Other, "P069"),
            ("served the congresses", Person, "P070"),
        )
        given = [
            work.Award(sort(f"{what} {n}"), work.CERTIFICATE, year=2025, title=what, within=unit, granter=unit)
            for what, sort, row in groups
            for n in range(int(figure(row)))
        ]
        made = done(party, "2026-01-12", *given, act="province")
        awards = questions.matters(made, unit, "award", role="granter")
        counted = Counter((one.title, type(one.one("recipient"))) for one in awards)
        assert [counted[what, sort] for what, sort, _ in groups] == [4, 13, 12, 12]

    def test_ranking_is_deterministic_and_leaves_ties(self, history: History, after: Structure) -> None:
        """Equal points stay equal unless a tie-break is given; who lacks points is named, not ranked."""
        units = after.members("cluster-2")
        points = [97, 95, 97, 90.5, 90.5, 88, 99, 80, 70]
        made = done(
            History(kinds.SCHEMA, facts.MEASURES).enact(*history.acts),
            "2025-11-18",
            work.Issue("vn", "x", form="bộ tiêu chí", criteria=[("tasks", 100), ("vote", None, 0)], id="c"),
            work.Plan("cluster-2", 2025, criteria="c"),
            *(
                emulation.Score(unit, {"tasks": p, "vote": n}, criteria="c", year=2025)
                for n, (unit, p) in enumerate(zip(units, points, strict=True))
            ),
            act="points",
        )
        ranking = emulation.rank(made, "cluster-2", 2025, on="2025-11-18")
        assert isinstance(ranking, emulation.Ranking)
        assert [place.rank for place in ranking.places] == [1, 2, 2, 4, 5, 5, 7, 8, 9]
        assert ranking.ties == ((units[0], units[2]), (units[3], units[4]))
        broken = emulation.rank(made, "cluster-2", 2025, tie_break=["vote"], on="2025-11-18")
        assert isinstance(broken, emulation.Ranking)
        assert [place.rank for place in broken.places] == list(range(1, 10))
        assert broken.at(2) == (units[2],)
        assert isinstance(emulation.best(ranking, 2), Undecided)
        assert emulation.best(ranking, 3) == (units[6], units[0], units[2])
        assert isinstance(emulation.rank(made, "cluster-2", 2024, on="2025-11-18"), Undecided)
        wrong = emulation.Score(units[0], {"tasks": 101, "x": 1}, criteria="c", year=2025)
        with pytest.raises(InvalidAct, match="0 to 100"):
            done(made, "2025-11-19", wrong, act="too many")

    def test_points_of_predecessors_count_by_a_named_policy_only(self, party: History, before: Structure) -> None:
        """A commission made on 2025-07-01 has none of its own for 2024: it is not ranked, or has the lowest."""
        members = before.members("cluster-2")
        made = done(
            party,
            "2025-01-10",
            work.Issue("vn", "y", form="bộ tiêu chí", criteria=[("tasks", 100)], id="c"),
            *(emulation.Score(u, {"tasks": 50 + n}, criteria="c", year=2024) for n, u in enumerate(members)),
            act="points",
        )
        now = made.at("2025-11-18")
        own = emulation.rank(now, "cluster-2", 2024, criteria="c")
        lowest = emulation.rank(now, "cluster-2", 2024, criteria="c", predecessors="lowest")
        assert isinstance(own, emulation.Ranking)
        assert isinstance(lowest, emulation.Ranking)
        assert len(own.places) + len(own.unranked) == 9 == len(lowest.places)
        assert {missing for _, missing in own.unranked} == {("tasks",)}

    @pytest.mark.parametrize(
        ("own", "days", "total"),
        [
            (90, {}, (181 * 60 + 181 * 80 + 184 * 90, 181 + 181 + 184)),
            (None, {}, None),  # who lived in the year and was not scored leaves no mean
            (None, {"ab": 0}, (60 + 80, 2)),
            (90, {"a": 1, "b": 0, "ab": 2}, (60 + 2 * 90, 3)),
        ],
    )
    def test_the_mean_of_a_merged_unit_counts_each_by_its_days(
        self, own: int | None, days: dict[str, int], total: tuple[int, int] | None
    ) -> None:
        """Two of 181 days with 60 and 80 points and what they became on 2025-07-01: each by the days that it lived."""
        rows = [{"id": "vn", "kind": "centre"}, *({"id": one, "kind": "agency", "parent": "vn"} for one in "ab")]
        made = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA)
        issued = work.Issue("vn", "y", form="bộ tiêu chí", criteria=[("tasks", 100)], id="c")
        scored = [emulation.Score(one, {"tasks": n}, criteria="c", year=2025) for one, n in (("a", 60), ("b", 80))]
        made = done(made, "2025-06-01", issued, *scored, act="points")
        made = done(made, "2025-07-01", Merge(["a", "b"], into=Unit("ab", name="AB", kind="agency")), act="merger")
        if own is not None:
            made = done(made, "2025-12-01", emulation.Score("ab", {"tasks": own}, criteria="c", year=2025), act="own")
        policy = emulation.MeanWeighted(days) if days else "mean"
        found = emulation.rank(made, "k", 2025, criteria="c", among=["ab"], predecessors=policy)
        assert isinstance(found, emulation.Ranking)
        assert [one.total for one in found.places] == ([] if total is None else [Fraction(*total)])


class Test04Pacts:
    def test_signatories_are_the_members_of_the_day(self, party: History) -> None:
        """Cluster 1, 2024: 8 groups of content, 14 signatories; cluster 2, 2026: signed by the 9 of 2025-11-18."""
        groups = [f"nhóm nội dung {n}" for n in range(1, int(figure("P049")) + 1)]
        made = done(party, "2024-01-30", work.Sign("cluster-1", 2024, groups=groups), act="first")
        made = done(made, "2025-11-18", work.Sign("cluster-2", 2026, groups=groups), act="second")
        first = questions.find(made, "work-year", scope="cluster-1", year=2024)
        second = questions.find(made, "work-year", scope="cluster-2", year=2026)
        assert first is not None
        assert second is not None
        assert (len(first.groups), len(first.of("signatory")), first.state) == (8, 14, "signed")
        assert set(second.of("signatory")) == set(made.at("2025-11-18").members("cluster-2"))
        assert len(second.of("signatory")) == 9

    def test_signatures_stay_with_who_signed(self, party: History, before: Structure, after: Structure) -> None:
        """The merger touches no signature; the successor finds the pact through its predecessor."""
        made = done(party, "2025-02-01", work.Sign("cluster-2", 2025), act="pact")
        old, new = commission(before, "Thái Bình"), commission(after, "Hưng Yên")
        pact = questions.find(made, "work-year", scope="cluster-2", year=2025, on="2025-12-01")
        assert pact is not None
        assert old in pact.of("signatory")
        assert new not in pact.of("signatory")
        found = questions.matters(made, new, "work-year")
        assert [(one.id, one.through in made.at("2025-12-01").origins(new)) for one in found] == [(pact.id, True)]
        assert questions.matters(made, new, "work-year", through=False) == ()

    def test_a_unit_that_has_ended_cannot_sign(self, party: History, before: Structure, after: Structure) -> None:
        """Thái Bình's commission ended on 2025-06-30; the refusal names the day and its successor."""
        gone, heir = commission(before, "Thái Bình"), commission(after, "Hưng Yên")
        signing = [*after.members("cluster-2"), gone]
        with pytest.raises(InvalidAct) as refused:
            done(party, "2025-11-18", work.Sign("cluster-2", 2026, signatories=signing), act="x")
        (fault,) = refused.value.findings
        assert (fault.rule, fault.units) == ("live-unit", (gone,))
        assert "2025-07-01" in fault.message
        assert heir in fault.message

    def test_the_leader_launches_under_a_theme(self, party: History, after: Structure) -> None:
        """One matter for the year, whatever step of it is known first."""
        by = commission(after, "Hưng Yên")
        made = done(
            party,
            "2025-11-18",
            work.Launch("cluster-2", 2026, theme="a theme", motto="a motto", by=by),
            work.Sign("cluster-2", 2026),
            act="launched",
        )
        (year,) = questions.matters(made, "cluster-2", "work-year")
        assert (year.theme, year.motto, year.one("launcher")) == ("a theme", "a motto", by)
        assert {taken.step for taken in year.steps} == {"launched", "signed"}


class Test05YearlyCycle:
    def test_2024_is_in_order_with_an_undated_review(self, party: History) -> None:
        """The conclusion, the plan of the cluster, and a review of which nobody knows the day."""
        made = done(party, "2024-01-11", work.Issue("vn", "09-KL/BTCTW", form="kết luận", id="kl"), act="conclusion")
        made = done(made, "2024-01-30", work.Plan("cluster-1", 2024, document="kl"), act="plan")
        made = done(made, "2024-07-31", work.SumUp("cluster-1", 2024, step="reviewed", when=""), act="review")
        (year,) = questions.matters(made, "cluster-1", "work-year", undated=True)
        assert [(taken.step, str(taken.when)) for taken in year.steps] == [("planned", "2024-01-30"), ("reviewed", "/")]
        assert questions.state(made, year.id) == "reviewed"
        assert questions.state(made, "kl") == "issued"
        assert [one.id for one in questions.matters(made, "kl", "work-year")] == [year.id]

    @pytest.mark.parametrize(
        ("plan", "review", "right"), [("2024-03", "2024-01/2024-06", True), ("2024-05", "2024-01/2024-03", False)]
    )
    def test_a_span_counts_as_far_as_it_can(self, party: History, plan: str, review: str, right: bool) -> None:
        """A review in the first half can follow a plan of March; one of the first quarter cannot follow one of May."""
        made = done(party, "2024-08-01", work.Plan("cluster-1", 2024, when=plan), act="plan")
        step = work.SumUp("cluster-1", 2024, step="reviewed", when=review)
        if right:
            (year,) = questions.matters(done(made, "2024-08-02", step, act="review"), "cluster-1", "work-year")
            assert year.state == "reviewed"
        else:
            with pytest.raises(InvalidAct, match="before it was planned"):
                done(made, "2024-08-02", step, act="review")


class Test06TwoTiers:
    def test_levels_are_dated(self) -> None:
        administrative = ("centre", "province", "district", "commune")
        on = {day: {k for k in kinds.SCHEMA.kinds_on(day) if k in administrative} for day in (BEFORE, AFTER)}
        assert on[BEFORE] == set(administrative)
        assert on[AFTER] == {"centre", "province", "commune"}

    def test_abolishing_the_level(self, history: History) -> None:
        """On the list of 2024 the operation closes 696 districts in 63 provinces and moves 10,035 communes up."""
        old = History(kinds.SCHEMA, kinds.MEASURES).enact(*(a for a in history.acts if a.effective < as_day(AFTER)))
        was = old.at(BEFORE)
        assert sum(not was.children(district) for district in was.select("district")) == 5
        with old.draft(AFTER, source=Source("a fixture")) as act:
            act.abolish_level("district")
        new = old.enact(act)
        diff = new.between(BEFORE, AFTER)
        assert (len(diff.ended), len(diff.moved)) == (696, 10_035)
        now = new.at(AFTER)
        assert now.counts() == {"centre": 1, "province": 63, "commune": 10_035, "agency": 63}
        above = {now.parent(commune) for commune in now.select("commune")}
        assert {now.unit(one).kind for one in above if one} == {"province"}
        assert figure("P014") == 694

    def test_no_district_is_valid_afterwards(self, history: History, before: Structure) -> None:
        (district, *_) = before.select("district")
        with pytest.raises(UnitEnded):
            history.at(AFTER).unit(district)
        late = Act("late", "2025-08-01", [Creation(Unit("new", kind="district", parent="vn-p-01"))])
        with pytest.raises(InvalidAct) as refused:
            history.enact(late)
        assert [fault.rule for fault in refused.value.findings] == ["schema"]


class Test07Mergers:
    def test_provinces(self, history: History) -> None:
        """63 -> 34: 52 merge into 23 (17 of two, 6 of three), 11 stay."""
        rows = history.correspondence(BEFORE, AFTER, kind="province").rows
        olds = Counter(row.new for row in rows)
        assert Counter(olds.values()) == {1: 11, 2: 17, 3: 6}
        assert (len(rows), len(olds)) == (63, 34)

    def test_communes(self, history: History, before: Structure, after: Structure) -> None:
        """10,573 edges: 9,598 whole, 975 parts of 442; every old one has a successor, every new one a predecessor."""
        rows = [
            row
            for row in history.correspondence(BEFORE, AFTER).rows
            if row.new in after and after.unit(row.new).kind == "commune"
        ]
        assert Counter(row.extent for row in rows) == {"whole": 9_598, "part": 975}
        assert len({row.old for row in rows if row.extent == "part"}) == 442
        assert {row.new for row in rows} == set(after.select("commune"))
        olds = {row.old for row in rows}
        assert olds >= set(before.select("commune"))
        assert Counter(before.unit(old).kind for old in olds) == {"commune": 10_035, "district": 5}
        towards: dict[str, set[str]] = {}
        for row in rows:
            province = next(u for u in before.path(row.old) if before.unit(u).kind == "province")
            towards.setdefault(row.new, set()).update(history.lineage.successors(province, on=AFTER))
        assert all(len(provinces) == 1 for provinces in towards.values())

    def test_three_dates(self, history: History) -> None:
        act = history.act("202/2025/QH15")
        assert (act.source.in_force, act.effective) == (dt.date(2025, 6, 12), dt.date(2025, 7, 1))

    def test_members_are_conserved(self) -> None:
        """Rule F07: a merger that keeps all members passes, one that loses some is refused."""
        made = small(
            {"id": "vn", "kind": "centre"},
            {"id": "a", "kind": "province", "parent": "vn", "members": 30},
            {"id": "b", "kind": "province", "parent": "vn", "members": 12},
        )
        with made.draft(AFTER, act_id="merger") as act:
            new = act.merge(["a", "b"], into=Unit(name="a and b"))
        book = rulebook().select("F07")
        assert made.enact(act, rulebook=book).at(AFTER).total("members") == 42
        lossy = Act("merger", AFTER, (*act.events, Change(new, "measure:members", 41, "own")))
        with pytest.raises(InvalidAct) as refused:
            made.enact(lossy, rulebook=book)
        assert {fault.rule for fault in refused.value.findings} == {"F07"}


class Test08MergingAgencies:
    @pytest.fixture
    def merged(self) -> History:
        rows = [
            {"id": "hue", "kind": "province"},
            *({"id": one, "kind": "agency", "parent": "hue", "category": one} for one in ("BTC", "BTG", "BDV")),
        ]
        given = [
            ("BTC", "organisation", "lead"),
            ("BTG", "propaganda", "lead"),
            ("BTG", "culture", "lead"),
            ("BTG", "religion", "part"),
            ("BDV", "mass mobilisation", "lead"),
            ("BDV", "religion", "lead"),
        ]
        functions = [agencies.GiveFunction(agency, name, part=part) for agency, name, part in given]
        made = done(small(*rows), "2024-02-01", *functions, act="functions")
        new = Unit("BTGDV", name="Ban Tuyên giáo và Dân vận")
        return done(made, "2025-07-01", Merge(["BTG", "BDV"], into=new), act="merger")

    def test_hue(self, merged: History) -> None:
        """One agency fewer, the functions of both, each with one lead; a second lead is a finding of C04."""
        was, now = merged.at("2025-06-30"), merged.at("2025-07-01")
        assert (len(agencies.agencies(was, "hue")), len(agencies.agencies(now, "hue"))) == (3, 2)
        assert set(agencies.functions(now, "hue")) == set(agencies.functions(was, "hue"))
        assert {name: agencies.lead(now, "hue", name) for name in agencies.functions(now, "hue")} == {
            "culture": "BTGDV",
            "mass mobilisation": "BTGDV",
            "organisation": "BTC",
            "propaganda": "BTGDV",
            "religion": "BTGDV",
        }
        assert audit(now, "C04").findings == ()
        assert loads(dumps(merged)) == merged
        doubled = done(merged, "2025-07-02", agencies.GiveFunction("BTC", "religion"), act="two leads")
        (finding,) = audit(doubled.at("2025-07-02"), "C04").findings
        assert finding.rule == "C04"
        told = agencies.lead(doubled, "hue", "religion")
        assert isinstance(told, Undecided)
        assert "2 agencies lead it" in told.message

    def test_a_function_that_moves_is_told_and_one_that_is_carried_is_not(self, merged: History) -> None:
        """Phân cấp, phân quyền: what begins and ends with whom, with its act."""
        moved = done(
            merged,
            "2025-09-01",
            agencies.GiveFunction("BTC", "culture"),
            agencies.GiveFunction("BTGDV", "culture", part=None),
            act="moved",
        )
        found = agencies.function_moves(moved, "hue", period="2025-02/2025-12")
        assert [(one.function, one.agency, one.what, one.act) for one in found] == [
            ("culture", "BTC", "begins", "moved"),
            ("culture", "BTGDV", "ends", "moved"),
        ]

    def test_the_rulebook_dates_the_central_merger(self) -> None:
        version = rulebook()["C06"].on("2025-02-03")
        assert version is not None
        assert rulebook()["C06"].on("2025-02-02") is None


PARTY_AGENCIES, PEOPLES_COMMITTEE = "Đảng bộ các cơ quan Đảng", "Đảng bộ UBND"
FOUR_DIRECT = (PARTY_AGENCIES, PEOPLES_COMMITTEE, "Đảng bộ Quân sự", "Đảng bộ Công an")


class Test09EndingAndFounding:
    @pytest.fixture
    def dong_thap(self) -> History:
        """A province with 8 đảng đoàn, 3 ban cán sự đảng, 1 đảng ủy khối and its 73 grassroots organisations."""
        bodies = [("đảng đoàn", 8, "delegation"), ("ban cán sự đảng", 3, "delegation")]
        bodies.append(("đảng ủy khối", 1, "direct-organisation"))
        rows: list[dict[str, Any]] = [
            {"id": "vn", "kind": "centre"},
            {"id": "dt", "kind": "province", "parent": "vn"},
        ]
        for category, number, kind in bodies:
            rows += [
                {"id": f"{category} {n}", "kind": kind, "category": category, "parent": "dt"} for n in range(number)
            ]
        hosts = ["agency"] * int(figure("P027")) + ["service"] * int(figure("P028"))
        grassroots = [f"g{n}" for n in range(len(hosts))]
        rows += [{"id": g, "kind": "grassroots-organisation", "parent": "đảng ủy khối 0"} for g in grassroots]
        made = history_of(rows, day="2024-01-01", schema=kinds.SCHEMA, measures=facts.MEASURES)
        said = [agencies.Mark(g, "host", host) for g, host in zip(grassroots, hosts, strict=True)]
        return done(made, "2024-02-01", *said, act="hosts")

    def replaced(self, ending: Any, decided_by: str, **changed: Any) -> agencies.ReplaceBodies:
        two = ((PARTY_AGENCIES, "agency"), (PEOPLES_COMMITTEE, "service"))
        units = [Unit(name, name, kind="direct-organisation", category=name, parent="dt") for name, _ in two]
        chosen = {
            name: [f"g{n}" for n in range(20)] if host == "agency" else select(under="đảng ủy khối 0")
            for name, host in two
        }
        chosen[PEOPLES_COMMITTEE] = [f"g{n}" for n in range(20, 73)]
        receives = changed.get("receives", chosen)
        return agencies.ReplaceBodies(ending, foundings=units, receives=receives, decided_by=decided_by)

    def test_dong_thap(self, dong_thap: History) -> None:
        """12 bodies ended; 20 and 53 grassroots organisations in the two new ones, 73 in all."""
        day = "2025-02-24"
        assert agencies.by_host(dong_thap) == {"agency": 20, "service": 53}
        ending = dong_thap.at(day).select(category=["đảng đoàn", "ban cán sự đảng", "đảng ủy khối"])
        assert len(ending) == 8 + 3 + 1
        with dong_thap.draft(day, act_id="B07") as act:
            act.do(self.replaced(ending, "dt"))
        made = dong_thap.enact(act)
        now = made.at(day)
        assert [len(now.children(name)) for name in (PARTY_AGENCIES, PEOPLES_COMMITTEE)] == [20, 53]
        assert now.count("grassroots-organisation") == 73
        assert sum(isinstance(event, Closure) for event in act.events) == 12
        assert agencies.direct_organisations(now, "dt") == (PARTY_AGENCIES, PEOPLES_COMMITTEE)
        assert now.value(PARTY_AGENCIES, "fact:decided", "founding") == "dt"
        assert loads(dumps(made)) == made

    def test_an_organisation_that_nobody_chose(self, dong_thap: History) -> None:
        """Nothing is guessed: every organisation that two selections or none choose is listed."""
        chosen = {PARTY_AGENCIES: ["g0", "g1"], PEOPLES_COMMITTEE: ["g1"]}
        with pytest.raises(Ambiguous) as refused:
            done(dong_thap, "2025-02-24", self.replaced(["đảng ủy khối 0"], "dt", receives=chosen), act="x")
        named = {fault.units[0] for fault in refused.value.findings}
        assert named == {f"g{n}" for n in range(1, 73)}

    @pytest.mark.parametrize("name", ["Phú Thọ", "Hải Phòng", "Lào Cai", "Đà Nẵng"])
    def test_direct_organisations(self, history: History, name: str) -> None:
        """The communes and four more: Phú Thọ 148 + 4, Hải Phòng 114 + 4, Lào Cai 99 + 4; Đà Nẵng 93 + 4, without Hoàng Sa."""
        row = party_unit(name)
        founded = with_events(
            history,
            "2025-07-02",
            [
                Creation(Unit(f"{row.unit} {what}", what, kind="direct-organisation", category=what, parent=row.unit))
                for what in FOUR_DIRECT
            ],
        )
        now = founded.at("2025-07-02")
        assert len(agencies.direct_organisations(now, row.unit, besides="commune")) == 4
        hoang_sa = [unit.id for unit in now.find(name="Đặc khu Hoàng Sa") if now.parent(unit.id) == row.unit]
        assert len(agencies.direct_organisations(now, row.unit)) - len(hoang_sa) == row.direct_organisations
        assert row.unit not in {unit for finding in audit(now, "B07") for unit in finding.units}


class Test10Congresses:
    def test_hue_goes_on_and_merged_ones_restart(self, party: History) -> None:
        """Huế XVII with 400 = 46 + 336 + 18 within 400; Phú Thọ I with 500; Tuyên Quang I with 415 within 450."""
        row = party_unit("Huế")
        counts = {"ex_officio": 46, "elected": 18, "appointed": 336}
        made = done(party, str(row.as_of), congresses.HoldCongress(row.unit, 17, **counts), act="congress")
        (hue,) = congresses.congresses(made, row.unit)
        assert sum(hue.said[name] for name in counts) == 400
        assert (congresses.roman(hue.number), hue.state) == (row.congress, "held")
        assert congresses.next_congress(made, row.unit) == 18
        (term,) = congresses.terms(made, row.unit)
        assert (term.years, made.at(row.as_of).value(row.unit, "fact:formed", "executive")) == ("2025-2030", "elected")
        phu_tho = party_unit("Phú Thọ").unit
        first = done(party, "2025-10-01", congresses.HoldCongress(phu_tho), act="first")
        assert [one.number for one in congresses.congresses(first, phu_tho)] == [1]
        unknown = congresses.HoldCongress("vn-p-01")
        with pytest.raises(InvalidAct, match="the number of the congress before is not on record"):
            done(party, "2025-10-01", unknown, act="x")
        for name, cap in (("Huế", 400), ("Phú Thọ", 500), ("Tuyên Quang", 450)):
            assert party_unit(name).delegate_cap == cap
        merged = party_unit("Phú Thọ").merged_from
        assert (merged, congresses.roman(decisions.next_number(merged > 1, 19))) == (3, party_unit("Phú Thọ").congress)
        assert decisions.next_number(False, 16) == 17

    def test_a_congress_that_was_prepared_is_the_one_that_is_held(self, party: History) -> None:
        """Its steps are in order, and an open one lapses where its unit is merged."""
        begin = Begin("congress", parties={"of": "vn-p-46"}, said={"number": 17}, step="prepared")
        made = done(party, "2025-08-01", begin, act="prepared")
        held = done(made, "2025-10-02", congresses.HoldCongress("vn-p-46", 17), act="held")
        (one,) = congresses.congresses(held, "vn-p-46")
        assert [taken.step for taken in one.steps] == ["prepared", "held"]
        open_one = Begin("congress", parties={"of": "vn-p-34"}, said={"number": 21}, step="prepared", id="open")
        early = done(party, "2025-05-01", open_one, act="early")
        assert dossier(early.at(AFTER), "open").of("of") == ()

    def record(self, party: History) -> History:
        rows = [row for row in vietnam.party_units() if row.delegates is not None]
        changes = [
            Change(row.unit, f"measure:{name}", value, "own")
            for row in rows
            for name, value in (("congress_delegates", row.delegates), ("merged_from", row.merged_from))
        ]
        return with_events(party, "2025-10-31", changes, "congresses")

    def test_all_15_are_within_their_caps(self, party: History) -> None:
        said = audit(self.record(party).at("2025-10-31"), "E07")
        assert (said.counts["E07"].satisfied, said.findings) == (15, ())

    def test_451_in_tuyen_quang_is_a_finding(self, party: History) -> None:
        unit = party_unit("Tuyên Quang").unit
        fixture = with_events(
            self.record(party), "2025-11-01", [Change(unit, "measure:congress_delegates", 451, "own")]
        )
        (finding,) = audit(fixture.at("2025-11-01"), "E07").findings
        assert finding.units[0] == unit

    def test_lower_levels_come_first(self) -> None:
        made = small({"id": "p", "kind": "province"}, {"id": "c", "kind": "commune", "parent": "p"}).at("2025-10-31")
        assert congresses.check_upward(made, {"c": "2025-08-01", "p": "2025-10-01"}) == ()
        assert len(congresses.check_upward(made, {"c": "2025-10-02", "p": "2025-10-01"})) == 1


class Test11Delegates:
    def test_seats_by_head(self, after: Structure) -> None:
        """11 x 13 + 17 x 24 + 6 x 35 = 761 for the 34 provinces, 781 with the two bonuses."""
        merged = {
            unit: DayColumns(after).merged_from(unit, as_day("2025-01-01")) or 1 for unit in after.select("province")
        }
        values = law.in_force("E10", "2025-11-01").values
        plain = {unit: decisions.seats_by_head(values, n, None, None) for unit, n in merged.items()}
        assert Counter(plain.values()) == {13: 11, 24: 17, 35: 6}
        assert sum(plain.values()) == 761
        two = [after.one(name=name, kind="province").id for name in ("Hà Nội", "Hồ Chí Minh")]
        with_bonus = {
            u: decisions.seats_by_head(values, n, after.unit(u).code, after.unit(u).category) for u, n in merged.items()
        }
        assert [with_bonus[unit] for unit in two] == [23, 45]
        assert sum(with_bonus.values()) == 781

    def test_totals(self) -> None:
        assert figure("P021") == 165 + 353 + 1_070 == 1_588
        assert figure("P022") == 163 + 353 + 1_070 == 1_586

    def test_seats_by_membership_need_a_divisor(self) -> None:
        with pytest.raises(Refused, match="either a divisor or a total"):
            congresses.seats_by_members({"a": 10})
        assert sum(congresses.seats_by_members({"a": 10, "b": 25, "c": 31}, total=7).values()) == 7


class Test12Committees:
    def record(self, party: History, name: str) -> tuple[str, Structure]:
        row = party_unit(name)
        seats = {
            "executive_committee": row.executive_committee,
            "standing_committee": row.standing_committee,
            "deputy_secretaries": row.deputy_secretaries,
            "inspection_committee": row.inspection_committee,
        }
        changes = [Change(row.unit, f"measure:{name}", value, "own") for name, value in seats.items()]
        return row.unit, with_events(party, str(row.as_of), changes).at(row.as_of)

    def test_hue_meets_the_rule(self, party: History) -> None:
        unit, now = self.record(party, "Huế")
        numbers = ("executive_committee", "standing_committee", "deputy_secretaries", "inspection_committee")
        assert [now.measure(unit, name) for name in numbers] == [52, 15, 3, 11]
        said = audit(now, "D14").of("D14")
        assert [finding for finding in said if unit in finding.units] == []

    def test_ha_noi_gives_one_finding_of_a_disputed_source(self, party: History) -> None:
        unit, now = self.record(party, "Hà Nội")
        assert now.measure(unit, "inspection_committee") == 12
        (finding,) = (f for f in audit(now, "D14").of("D14") if unit in f.units)
        assert (finding.certainty, finding.severity) == ("disputed source", "warning")


Given = tuple[str, str, str]


def done(history: History, day: str, *verbs: Any, act: str) -> History:
    """The history with an act of operations."""
    with history.draft(day, source=Source(act), act_id=act) as draft:
        for verb in verbs:
            draft.do(verb)
    return history.enact(draft)


def holding(history: History, day: str, *held: Given, act: str = "holdings", **more: Any) -> History:
    return done(history, day, *(offices.Appoint(u, post, person=who, **more) for u, post, who in held), act=act)


class Test13DualPosts:
    @pytest.fixture
    def thanh_hoa(self) -> History:
        made = small(
            {"id": "p", "kind": "province", "deputy_secretaries": 3},
            {"id": "cq", "kind": "direct-organisation", "parent": "p"},
        )
        return holding(
            made,
            "2025-07-01",
            ("p", offices.DEPUTY_SECRETARY, "person-1"),
            ("p", offices.FRONT_CHAIR, "person-1"),
            ("p", offices.STANDING_DEPUTY, "person-2"),
            ("cq", offices.SECRETARY, "person-2"),
        )

    def test_two_posts_each(self, thanh_hoa: History) -> None:
        first = offices.posts_of(thanh_hoa.at("2025-11-18"), "person-1")
        second = offices.posts_of(thanh_hoa.at("2026-01-12"), "person-2")
        assert {post for _, post, _ in first} == {offices.DEPUTY_SECRETARY, offices.FRONT_CHAIR}
        assert {(unit, post) for unit, post, _ in second} == {("p", offices.STANDING_DEPUTY), ("cq", offices.SECRETARY)}

    def test_with_two_deputies_it_is_a_finding(self, thanh_hoa: History) -> None:
        assert audit(thanh_hoa.at("2025-11-18"), "D11").findings == ()
        fewer = with_events(thanh_hoa, "2025-11-19", [Change("p", "measure:deputy_secretaries", 2, "own")], "fewer")
        (finding,) = audit(fewer.at("2025-11-19"), "D11").findings
        assert finding.rule == "D11"


def chairs(after_day: str = "2025-07-02") -> History:
    """34 provinces with a secretary from elsewhere and a chair who is local; on three days chairs are replaced.

    A fixture that reproduces the published numbers: 17, 20, 34 chairs who are not local.
    """
    history = vietnam.reform_2025()
    units = history.at(AFTER).select("province")
    elsewhere = {unit: units[(n + 1) % len(units)] for n, unit in enumerate(units)}
    until = dt.date(2026, 7, 1)

    def chair(unit: str, person: str, origin: str) -> offices.Appoint:
        return offices.Appoint(unit, offices.COMMITTEE_CHAIR, person=person, until=until, origin=origin)

    first = [offices.Appoint(u, offices.SECRETARY, person=f"s-{u}", origin=elsewhere[u]) for u in units]
    first += [chair(u, f"c-{u}", elsewhere[u] if n < 17 else u) for n, u in enumerate(units)]
    made = done(history, after_day, *first, act="first")
    for day, these in (("2025-11-05", units[17:20]), ("2025-11-24", units[20:])):
        ended = [offices.Relieve(unit, offices.COMMITTEE_CHAIR, reason="transfer") for unit in these]
        new = [chair(unit, f"n-{unit}", elsewhere[unit]) for unit in these]
        made = done(made, day, *ended, *new, act=f"new {day}")
    return made


class Test14NotLocal:
    def test_shares_by_day(self) -> None:
        made = chairs()
        found = {
            day: offices.share_not_local(made, "province", [offices.COMMITTEE_CHAIR], on=day).not_local
            for day in ("2025-10-17", "2025-11-05", "2025-11-24")
        }
        assert list(found.values()) == [17, 20, 34] == [figure(row).value for row in ("P038", "P040", "P041")]
        secretaries = offices.share_not_local(made, "province", [offices.SECRETARY], on="2025-10-17")
        assert str(secretaries) == "34 of 34 not local"
        both = offices.share_not_local(made, "province", [offices.SECRETARY, offices.COMMITTEE_CHAIR], on="2025-12-08")
        assert (both.not_local, both.posts) == (68, 68)

    def test_a_merger_changes_the_answer(self, before: Structure, after: Structure) -> None:
        """A person from old Bắc Giang is not local in old Bắc Ninh, and local in the new one."""
        origin = before.one(name="Bắc Giang", kind="province")
        assert origin.code == "24"
        assert offices.is_local(before, origin.id, before.one(name="Bắc Ninh", kind="province").id) is False
        new = after.one(name="Bắc Ninh", kind="province")
        assert new.code == "24"
        assert offices.is_local(after, origin.id, new.id) is True

    def test_cao_bang(self, history: History) -> None:
        """100 per cent of the district secretaries of Cao Bằng come from elsewhere, in the fixture and in the figure."""
        structure = history.at("2025-03-01")
        cao_bang = structure.one(name="Cao Bằng", kind="province").id
        districts = structure.select(kind="district", under=cao_bang)
        made = holding(history, "2025-03-02", *((d, offices.SECRETARY, d) for d in districts), origin="vn-p-01")
        away = [offices.local(made, d, offices.SECRETARY, on="2025-03-02") for d in districts]
        assert away == [False] * len(districts)
        assert 100 * away.count(False) / len(districts) == figure("P057").value


class Test15Composition:
    def test_shares_with_margins(self) -> None:
        """25 women of 109 meet 15 per cent; 14 of 100 do not, and the finding says by how much."""
        rows = [{"id": "tw", "kind": "centre"}]
        rows += [
            {"id": one, "kind": "province", "parent": "tw", "executive_women": part, "executive_committee": whole}
            for one, part, whole in (("hcm", 25, 109), ("p", 14, 100))
        ]
        found = audit(small(*rows).at("2025-11-01"), "G04").of("G04")
        assert {unit for finding in found for unit in finding.units if unit in ("hcm", "p")} == {"p"}
        assert round(100 * int(figure("P023")) / int(figure("P022")), 2) == 18.98


class Test16CadreMoves:
    def test_353_moves_from_what_is_on_record(self) -> None:
        """166 appointments + 147 nominations + 40 transfers and rotations, all of cadres whom provinces manage."""
        numbers = {row: int(figure(row)) for row in ("P054", "P055", "P056")}
        half = numbers["P056"] // 2
        hows = [("appointed", numbers["P054"]), ("transferred", half), ("rotated", numbers["P056"] - half)]
        rows: list[dict[str, Any]] = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"}]
        rows += [{"id": f"d{n}", "kind": "district", "parent": "p"} for n in range(210)]
        made = history_of(rows, day="2023-12-01", schema=kinds.SCHEMA, measures=facts.MEASURES)
        posts = iter(range(210))
        taken = [
            (next(posts), how, f"2024-{1 + n % 6:02}-{1 + n % 28:02}") for how, number in hows for n in range(number)
        ]
        for day in sorted({day for *_, day in taken}):
            verbs = [
                offices.Appoint(f"d{n}", offices.SECRETARY, person=f"x{n}", how=how)
                for n, how, on in taken
                if on == day
            ]
            made = done(made, day, *verbs, act=day)
        nominated = [
            offices.Stage(f"d{n}", offices.COMMITTEE_CHAIR, person=f"y{n}", to="nominated")
            for n in range(numbers["P055"])
        ]
        late = offices.Appoint("d209", offices.SECRETARY, person="late")
        made = done(made, "2024-06-30", *nominated, act="nominated")
        made = done(made, "2024-07-01", late, act="late")
        found = cadre_moves.moves(made, period="2024-01/2024-06", managed_by="province")
        assert found.count() == {
            "appointed": Quantity(166, "at least"),
            "nominated": Quantity(147, "at least"),
            "transferred": Quantity(20, "at least"),
            "rotated": Quantity(20, "at least"),
        }
        assert len(found.moves) == 353
        assert cadre_moves.moves(made, period="2024-01/2024-06", managed_by="centre").moves == ()
        complete = done(made, "2024-07-02", members.Complete("vn", "moves", period="2024-01/2024-06"), act="complete")
        assert cadre_moves.moves(complete, period="2024-01/2024-06").count()["nominated"] == Quantity(147)
        assert cadre_moves.moves(complete, period="2024-07").count() == {"appointed": Quantity(1, "at least")}
        gone = complete.cancel("nominated", reason="a mistake")
        assert "nominated" not in cadre_moves.moves(gone, period="2024-01/2024-06").count()

    def test_published_numbers_stand_beside_what_is_derived(self, party: History) -> None:
        """The 166, 147 and 40 of cluster 1 are stated; one that is on record is not added to them."""
        period = "2024-01/2024-06"
        stated = [
            members.Report("cluster-1", f"moves.{kind}", value=figure(row), period=period)
            for kind, row in (("appointed", "P054"), ("nominated", "P055"), ("transferred", "P056"))
        ]
        made = done(party, "2024-07-31", *stated, act="published")
        found = cadre_moves.moves(made, "cluster-1", period=period)
        assert found.moves == ()
        assert found.count() == {
            "appointed": figure("P054"),
            "nominated": figure("P055"),
            "transferred": figure("P056"),
        }
        with pytest.raises(Refused, match="there is no move 'bought'"):
            cadre_moves.moves(made, kind="bought", period=period)

    def test_up_and_down_follow_from_ranks(self) -> None:
        """Có lên có xuống: from deputy to secretary is up, back is down; whoever moves the same day does not also leave."""
        rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"}]
        made = history_of(rows, day="2024-01-01", schema=kinds.SCHEMA)
        made = holding(made, "2024-02-01", ("p", offices.DEPUTY_SECRETARY, "x"), act="first")
        up = [
            offices.Relieve("p", offices.DEPUTY_SECRETARY, reason="transfer"),
            offices.Appoint("p", offices.SECRETARY, person="x"),
        ]
        made = done(made, "2025-02-01", *up, act="up")
        down = [
            offices.Relieve("p", offices.SECRETARY, reason="dismissal"),
            offices.Appoint("p", offices.DEPUTY_SECRETARY, person="x"),
        ]
        made = done(made, "2025-05-01", *down, act="down")
        found = cadre_moves.moves(made, "p", period=2025).moves
        assert [(one.kind, one.direction) for one in found] == [
            ("appointed", "up"),
            ("appointed", "down"),
            ("dismissal", ""),
        ]
        assert [one.act for one in cadre_moves.moves(made, kind="down", period=2025).moves] == ["down"]
        disciplined = done(made, "2025-04-01", work.Discipline("p", Person("x"), form="cảnh cáo"), act="discipline")
        after = cadre_moves.moves(disciplined, period=2025, after="discipline").moves
        assert {one.act for one in after} == {"down"}

    def test_112_documents(self) -> None:
        """15 + 3 + 49 + 45 documents advised in the half-year; one of July does not count."""
        kinds_ = {"đề án": "P050", "nghị quyết": "P051", "quy định": "P052", "kế hoạch": "P053"}
        made = small({"id": "u"}, {"id": "v", "parent": "u"})
        several = [
            work.Issue("u", None, form=kind, advisers="v")
            for kind, row in kinds_.items()
            for _ in range(int(figure(row)))
        ]
        made = done(made, "2024-05-01", *several, act="half")
        made = done(made, "2024-07-01", work.Issue("u", "late", form="kế hoạch"), act="late")
        half = Period("2024-01-01", "2024-07-01")
        found = questions.count(made, "v", "document", by="form", role="adviser", period=half)
        assert {form: int(number.value or 0) for form, number in found.items()} == {
            "đề án": 15, "nghị quyết": 3, "quy định": 49, "kế hoạch": 45
        }  # fmt: skip
        assert str(questions.count(made, "u", "document", period=half)) == "112 or more"


class Test17Replacement:
    def test_holdings_ended_before_the_term(self) -> None:
        """Between 2025-10-17 and 2025-11-24 at least 17 holdings end before the term does, each with a reason."""
        period = Period("2025-10-17", "2025-11-25")
        ended = offices.ended_early(chairs(), "province", [offices.COMMITTEE_CHAIR], period=period)
        assert len(ended) == 17
        assert {one.reason for one in ended} == {"transfer"}
        term = dt.date(2026, 7, 1)
        assert all(one.period.end is not None and one.period.end < term for one in ended)

    def test_vacancy_of_16_days(self) -> None:
        made = holding(small({"id": "p", "kind": "province"}), "2025-07-01", ("p", "secretary", "a"))
        made = done(made, "2026-01-16", offices.Relieve("p", "secretary", reason="resignation"), act="end")
        made = holding(made, "2026-02-01", ("p", "secretary", "b"), act="next")
        (gap,) = offices.vacancies(made, "p", "secretary", period=Period("2025-07-01", "2027-01-01"))
        assert (gap.days(), gap.reason) == (16, "resignation")


class Test18Ratings:
    def test_runs_of_five_years(self) -> None:
        """13 members are excellent in each year 2021 to 2025, though the scheme changed; a gap ends a run."""
        given = [
            ratings.Rate("u", "excellent", year=year, scheme="124" if year < 2025 else "366", person=f"m{n}")
            for n in range(int(figure("P068")))
            for year in range(2021, 2026)
        ]
        given += [ratings.Rate("u", "excellent", year=year, person="gap") for year in (2021, 2022, 2024, 2025)]
        given += [
            ratings.Rate("u", "good" if y == 2023 else "excellent", year=y, person="once") for y in range(2021, 2026)
        ]
        made = done(small({"id": "u"}), "2026-01-12", *given, act="ratings")
        found = ratings.runs(made, "u", least=5)
        assert {run.subject for run in found} == {Person(f"m{n}") for n in range(13)}
        (run,) = ratings.runs(made, Person("m0"))
        assert (run.first, run.last, run.length, run.schemes) == (2021, 2025, 5, ("124", "366"))
        assert [one.length for one in ratings.runs(made, Person("gap"))] == [2, 2]
        assert loads(dumps(made)) == made
        assert ratings.runs(made.cancel("ratings", reason="x"), "u") == ()

    def test_four_organisations_are_excellent(self) -> None:
        rows = [{"id": "p", "kind": "province"}]
        rows += [{"id": f"g{n}", "kind": "grassroots-organisation", "parent": "p"} for n in range(20)]
        best = int(figure("P067"))
        given = [ratings.Rate(f"g{n}", "excellent" if n < best else "good", year=2025) for n in range(20)]
        made = done(small(*rows), "2025-12-20", *given, act="ratings")
        assert [n for n in range(20) if ratings.grade(made, f"g{n}", 2025) == "excellent"] == [0, 1, 2, 3]
        assert isinstance(ratings.grade(made, "g0", 2025, on="2025-12-19"), Undecided)
        with pytest.raises(InvalidAct, match="no grade 'great'"):
            done(made, "2025-12-21", ratings.Rate("g0", "great", year=2025), act="x")

    def test_bands(self) -> None:
        """89.9 is good, 90 with all tasks and 30 per cent above target excellent, 50 completed, 49.9 not completed."""
        day = "2025-08-30"
        full = {"tasks_done": 100, "tasks_above_target": 30, "disciplined": False}
        cases = [
            ({"points": 89.9, **full}, "good"),
            ({"points": 90, **full}, "excellent"),
            ({"points": 90, **full, "tasks_done": 99}, "good"),
            ({"points": 95, **full, "tasks_above_target": 29}, "good"),
            ({"points": 95, **full, "disciplined": True}, "good"),
            ({"points": 70}, "good"),
            ({"points": 69.9, "tasks_late": 0}, "completed"),
            ({"points": 50, "tasks_late": 20}, "completed"),
            ({"points": 60, "tasks_late": 21}, "not completed"),
            ({"points": 49.9}, "not completed"),
        ]
        assert [law.grade(day=day, **given) for given, _ in cases] == [grade for _, grade in cases]
        assert isinstance(law.grade(day="2025-08-29", **cases[1][0]), Undecided)

    @pytest.mark.parametrize(
        ("policy", "expected"), [(None, {}), (ratings.inherited(), {2023: "completed", 2024: "good"})]
    )
    def test_what_a_merged_unit_inherits(self, policy: Any, expected: dict[int, str]) -> None:
        """Nothing, or the lowest grade of its predecessors, by a stated policy; 2025 is not inherited: b has none."""
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"})
        grades = [("a", 2023, "completed"), ("b", 2023, "excellent"), ("a", 2024, "good"), ("b", 2024, "good")]
        given = [ratings.Rate(u, grade, year=year) for u, year, grade in (*grades, ("a", 2025, "excellent"))]
        made = done(made, "2026-01-01", *given, act="ratings")
        merger = Merge(["a", "b"], into=Unit("n", name="a and b"), ratings=policy)
        made = done(made, "2026-07-01", merger, act="merger")
        found = {year: ratings.grade(made, "n", year) for year in (2023, 2024, 2025)}
        assert {year: grade for year, grade in found.items() if isinstance(grade, str)} == expected
        assert ratings.runs(made, "n", "good") == ()
        assert [(run.first, run.last) for run in ratings.runs(made, "a", "excellent")] == [(2025, 2025)]


class Test19FourGood:
    def test_checklist(self) -> None:
        made = small(
            {"id": "p"}, {"id": "a", "kind": "cell", "parent": "p"}, {"id": "b", "kind": "cell", "parent": "p"}
        )
        all_met = dict.fromkeys(ratings.FOUR_GOOD, True)
        answers = {"a": all_met, "b": {**all_met, "unity and discipline": False}}
        given = [ratings.CheckFourGood(u, said, year=2025) for u, said in answers.items()]
        made = done(made, "2025-12-01", *given, act="checked")
        assert ratings.four_good(made, "a", 2025).four_good is True
        assert ratings.four_good(made, "b", 2025).four_good is False
        assert ratings.four_good(made, "b", 2025).not_good == ("unity and discipline",)
        told = ratings.four_good(made, "b", 2024).four_good
        assert isinstance(told, Undecided)
        assert "political tasks" in told.message
        with pytest.raises(InvalidAct, match="say True or False") as refused:
            done(
                made,
                "2025-12-02",
                ratings.CheckFourGood("a", {"luck": True, "political tasks": "yes"}, year=2025),
                act="x",
            )
        assert len(refused.value.findings) == 2

    @pytest.mark.parametrize(("good", "unknown", "expected"), [(8, 0, True), (7, 0, False), (7, 1, None), (8, 2, True)])
    def test_an_organisation_depends_on_its_cells(self, good: int, unknown: int, expected: bool | None) -> None:
        """At 80 per cent 8 of 10 give the status, 7 do not; a cell of which nothing is known may decide."""
        rows = [{"id": "g"}, *({"id": f"c{n}", "kind": "cell", "parent": "g"} for n in range(10))]
        given = [
            ratings.CheckFourGood(f"c{n}", dict.fromkeys(ratings.FOUR_GOOD, n < good), year=2025)
            for n in range(10 - unknown)
        ]
        found = ratings.four_good(done(small(*rows), "2025-12-01", *given, act="c"), "g", 2025, share="0.8")
        told = found.four_good
        assert (None if isinstance(told, Undecided) else told, len(found.good)) == (expected, good)
        with pytest.raises(Refused, match="more than 0 and at most 1"):
            ratings.four_good(small(*rows), "g", 2025, share=2)


class Test20FlowsOfMembers:
    def test_hue(self) -> None:
        """58,280 at the end needs 56,510 at the start if 1,770 admissions are the only flow; 56,511 is a finding."""
        row = party_unit("Huế")
        end, admitted = int(row.members), int(figure("P065"))
        assert (end, admitted) == (58_280, 1_770)
        made = small({"id": "hue", "members": 56_510})
        made = done(made, "2025-10-02", members.Admit("hue", admitted), act="admitted")
        found = members.flow(made, "hue", "admitted", period=2025).value
        assert (made.at("2025-10-02").measure("hue", "members"), found) == (end, Quantity(admitted, "at least"))
        assert not members.flow(made, "hue", "admitted", period=2026).value.is_known
        complete = members.Complete("hue", "admitted", period=2025)
        known = done(made, "2025-12-31", complete, act="complete")
        assert members.flow(known, "hue", "admitted", period=2025).value == admitted
        (balance,) = members.balances(known, period=2025)
        assert (balance.needed_opening, balance.verdict) == (56_510, "explained")
        more = Balance(56_511, end, {"admitted": admitted}, unit="hue")
        assert more.finding is not None
        assert (more.gap, more.finding.units) == (-1, ("hue",))
        assert str(figure("P066")) == "more than 58000"

    def test_temporary_activity_is_not_counted(self) -> None:
        """20 members on temporary activity leave the host's count as it was."""
        made = small({"id": "host", "members": 40, "members_official": 40})
        made = done(made, "2025-02-28", Record("host", "members_temporary", 0), act="none so far")
        made = done(made, "2025-03-01", members.HostMembers("host", 20), act="hosted")
        now = made.at("2025-03-01")
        assert [now.measure("host", name) for name in ("members_temporary", "members", "members_official")] == [
            20,
            40,
            40,
        ]

    def test_operations_keep_the_identity(self) -> None:
        rows = [{"id": "p"}]
        rows += [
            {"id": u, "parent": "p", "members_official": 20, "members_probationary": 3, "members": 23} for u in "ab"
        ]
        made = history_of(rows, day="2024-12-31", schema=Schema(matters=kinds.SCHEMA.matters), measures=facts.MEASURES)
        steps = (
            members.Admit("a", 4),
            members.Confirm("a", 2),
            members.TransferMembers("a", "b", official=5, probationary=1, received=True),
            members.RemoveMembers("b", official=1),
            members.RemoveMembers("b", probationary=1, why="deceased"),
        )
        for n, step in enumerate(steps):
            made = done(made, f"2025-03-0{n + 1}", step, act=f"step {n}")
        now = made.at("2025-03-09")
        flows = {"a": {"admitted": 4, "transferred_out": 6}, "b": {"transferred_in": 6, "removed": 1, "deceased": 1}}
        all_of = [members.Complete(unit, name, period="2025-01/2025-03") for unit, of in flows.items() for name in of]
        made = done(made, "2025-03-31", *all_of, act="complete")
        found = {balance.unit: balance for balance in members.balances(made, period="2025-01/2025-03")}
        for unit, of in flows.items():
            assert {name: int(quantity) for name, quantity in found[unit].flows.items()} == of
            assert (int(found[unit].opening), found[unit].verdict) == (23, "explained")
        assert parts_add_up(now) == ()
        assert now.total("members") == 23 + 23 + 4 - 2


class Test21Abroad:
    def test_a_cell_needs_three_official_members(self) -> None:
        """2 official and 5 probationary members: refused by the rule; with 3 official the cell abroad is founded."""
        day = "2025-09-01"
        for official, refused in ((2, True), (3, False)):
            assert (law.founding(official, day) is not None) is refused
            made = small(
                {"id": "p", "kind": "central-organisation"},
                {"id": "g", "kind": "grassroots-organisation", "parent": "p"},
            )
            act = Act(
                "founding",
                day,
                [
                    Creation(Unit("abroad", kind="cell", category="chi bộ ở nước ngoài", parent="g")),
                    Change("abroad", "measure:members_official", official, "own"),
                    Change("abroad", "measure:members_probationary", 5, "own"),
                ],
            )
            book = rulebook().select("A01", "A02")
            if refused:
                with pytest.raises(InvalidAct) as said:
                    made.enact(act, rulebook=book)
                assert {"A01", "A02"} & {fault.rule for fault in said.value.findings}
            else:
                assert "abroad" in made.enact(act, rulebook=book).at(day)

    def test_students_move_to_another_organisation(self) -> None:
        """With fewer than three, the members go elsewhere: the sum stays the same."""
        rows = [{"id": "p"}, {"id": "a", "parent": "p", "members": 10}, {"id": "b", "parent": "p", "members": 5}]
        made = history_of(rows, day="2025-01-01", schema=Schema(matters=kinds.SCHEMA.matters), measures=facts.MEASURES)
        moved = members.TransferMembers("a", "b", official=2, received=True)
        made = done(made, "2025-09-01", moved, act="moved")
        assert [int(made.at("2025-09-01").measure(u, "members")) for u in "ab"] == [8, 7]

    @pytest.mark.parametrize(("end", "late"), [("2025-09-23", False), ("2025-09-24", True)])
    def test_transfer_on_the_60th_and_61st_working_day(self, end: str, late: bool) -> None:
        made = small(
            {"id": "g", "kind": "grassroots-organisation"},
            *({"id": one, "kind": "cell", "parent": "g", "members": 9} for one in "cd"),
        )
        made = done(made, "2025-07-01", members.TransferMembers("c", "d", official=1), act="decided")
        (case,) = questions.matters(made, "c", "transfer")
        made, on = done(made, end, members.ReceiveMembers(case.id), act="received"), "2025-12-01"
        said = rulebook().select("F01").audit(made.at(on), holidays=frozenset())
        assert [finding.rule for finding in said.findings] == (["F01"] if late else [])


class Test22Handbook:
    def test_hue_on_a_day(self, party: History) -> None:
        """40 communes, congress XVII, term 2025-2030, 1,770 admitted, more than 58,000 members; the import is equal."""
        row = party_unit("Huế")
        unit = row.unit
        tags = ("hồ sơ cán bộ điện tử", "sổ tay đảng viên điện tử", "theo dõi nhiệm vụ")
        counts = {"ex_officio": 46, "elected": 18, "appointed": 336}
        made = done(party, str(row.as_of), congresses.HoldCongress(unit, 17, **counts, id="dh"), act="congress")
        made = done(
            made,
            "2025-12-09",
            members.Report(unit, "admitted", value=int(figure("P065")), period=2025),
            Record(unit, "members", figure("P066")),
            offices.Appoint(unit, "secretary", person="person-1"),
            ratings.Rate(unit, "excellent", year=2024, person="person-2"),
            ratings.Rate(unit, "good", year=2024),
            *(work.Issue(unit, f"{n}-BC", form="báo cáo", tags=[tag]) for n, tag in enumerate(tags)),
            work.Propose(Person("person-3"), work.MERIT, year=2025, within=unit, id="award"),
            work.Discipline(unit, Person("person-4"), form="khiển trách"),
            act="figures",
        )
        made = done(made, "2025-12-10", work.Issue(unit, "later", form="báo cáo"), act="later")
        found = handbook.export(made, unit, on="2025-12-09")
        now = found.at("2025-12-09")
        assert now.count("commune") == 40 == row.communes
        (congress,) = congresses.congresses(found, unit)
        assert congresses.roman(congress.number) == "XVII"
        assert [term.years for term in congresses.terms(found, unit)] == ["2025-2030"]
        assert members.flow(found, unit, "admitted", period=2025).value == 1_770
        assert str(now.measure(unit, "members")) == "more than 58000"
        assert set(questions.count(found, unit, "document", by="tag")) == set(tags)
        assert ratings.grade(found, unit, 2024) == "good"
        text = dumps(found)
        assert loads(text) == found
        assert not any(f"person-{n}" in text for n in range(1, 5))
        assert {matter.kind for matter in now.matters()} == {"congress", "document", "award"}
        assert {act.source.number for act in found.acts} >= {"congress", "figures"}


class Test23Inspection:
    @pytest.mark.parametrize(
        ("day", "seats", "found"),
        [
            ("2025-05-29", 8, True),
            ("2025-05-29", 9, False),
            ("2025-05-29", 11, False),
            ("2025-05-29", 12, True),
            ("2025-05-30", 10, True),
            ("2025-05-30", 11, False),
            ("2025-05-30", 13, False),
            ("2025-05-30", 14, True),
        ],
    )
    def test_seats_of_a_province(self, day: str, seats: int, found: bool) -> None:
        """9 to 11 until 2025-05-29, 11 to 13 from the next day: Huế's 11 meets both."""
        made = small(
            {"id": "tw", "kind": "centre"},
            {"id": "p", "kind": "province", "parent": "tw", "inspection_committee": seats},
        )
        assert bool(audit(made.at(day), "D14").of("D14")) is found
        assert party_unit("Huế").inspection_committee == 11

    @pytest.mark.parametrize(("seats", "found"), [(2, True), (3, False), (7, False), (8, True)])
    def test_seats_of_a_commune(self, seats: int, found: bool) -> None:
        made = small(
            {"id": "p", "kind": "province"},
            {"id": "c", "kind": "commune", "parent": "p", "inspection_committee": seats},
        )
        assert bool(audit(made.at("2025-07-01"), "D18").of("D18")) is found

    def test_a_cell_has_none(self) -> None:
        made = small(
            {"id": "g", "kind": "grassroots-organisation"},
            {"id": "c", "kind": "cell", "parent": "g", "inspection_committee": 3},
        )
        assert [f.units for f in audit(made.at("2025-07-01"), "C07").findings] == [("c",)]

    @pytest.mark.parametrize(("origin", "found"), [("elected", True), ("appointed", False)])
    def test_after_a_merger_it_is_appointed(self, origin: str, found: bool) -> None:
        made = small(
            {"id": "tw", "kind": "centre"},
            *({"id": one, "kind": "province", "parent": "tw"} for one in "ab"),
            day="2020-01-01",
        )
        with made.draft("2025-07-01") as act:
            new = act.merge(["a", "b"], into=Unit(name="new"))
            act.record(new, "inspection_committee", 11)
            act.form_body(new, "inspection", how=origin)
        now = made.enact(act).at("2025-07-01")
        assert [f.units for f in audit(now, "C08").findings] == ([(new,)] if found else [])


class Test24SteeringCommittees:
    BODY = work.SetUp("vn", "sums up Nghị quyết 18-NQ/TW", ends_when="goal", latest="2030-12-31", id="bcd-18")

    def test_it_ends_at_the_latest_with_its_last_day(self, party: History) -> None:
        made = done(party, "2024-12-01", self.BODY, act="bcd")
        days = ("2024-11-30", "2024-12-01", "2030-12-31", "2031-01-01")
        assert [len(targets.active(made, on=day)) for day in days] == [0, 1, 1, 0]
        assert [one.task for one in targets.active(made, "vn", on="2025-01-01")] == ["sums up Nghị quyết 18-NQ/TW"]

    def test_or_the_day_after_its_target_is_met(self, party: History) -> None:
        """60 per cent fewer communes were reached on 2025-07-01: inactive from the next day."""
        goal = work.SetTarget("vn", ("reduction", "commune", BEFORE), 0.6, period="2024-12/2030-12", id="goal")
        made = done(party, "2024-12-01", goal, self.BODY, act="bcd")
        days = (BEFORE, AFTER, "2025-07-02")
        assert [len(targets.active(made, on=day)) for day in days] == [1, 1, 0]

    def test_or_when_it_is_ended(self, party: History) -> None:
        """Reported on 2025-12-08: inactive from the next day."""
        made = done(party, "2024-12-01", self.BODY, act="bcd")
        made = done(made, "2025-12-09", TakeStep("bcd-18", "ended"), act="ended")
        assert [len(targets.active(made, on=day)) for day in ("2025-12-08", "2025-12-09")] == [1, 0]
        with pytest.raises(InvalidAct, match="it never ends"):
            done(party, "2024-12-01", work.SetUp("vn", "something"), act="x")

    def test_it_is_no_agency(self, party: History) -> None:
        commune = party.at(AFTER).children(party_unit("Huế").unit, kind="commune")[0]
        plain = [Creation(Unit(f"{commune}-{n}", kind="agency", parent=commune)) for n in range(3)]
        made = with_events(party, "2025-07-02", plain, "agencies")
        body = work.SetUp(commune, "ideological foundation", latest="2030-12-31", id="bcd-35")
        with_body = done(made, "2025-07-02", body, act="bcd")
        assert len(agencies.agencies(with_body, commune)) == 3
        assert [f for f in audit(with_body.at("2025-07-02"), "C01").findings if commune in f.units] == []


class Test25DecidingLevel:
    def test_the_highest_post_decides(self) -> None:
        """Commune and province give province; a post managed by the centre gives centre."""
        rows = [
            {"id": "p", "kind": "province"},
            {"id": "c", "kind": "commune", "parent": "p"},
            {"id": "g", "kind": "grassroots-organisation", "parent": "c"},
        ]
        made = holding(small(*rows), "2025-07-01", ("g", offices.SECRETARY, "x"), ("c", offices.SECRETARY, "x"))
        decided = offices.deciding_level(made.at("2025-11-01"), "x")
        assert isinstance(decided, offices.Decision)
        assert {level for *_, level in decided.posts} == {"commune", "province"}
        assert (decided.level, decided.regulation) == ("province", "377-QĐ/TW")
        earlier = offices.deciding_level(made.at("2025-10-07"), "x")
        assert isinstance(earlier, offices.Decision)
        assert "80-QĐ/TW" in str(earlier.regulation)
        made = holding(made, "2025-12-01", ("p", offices.SECRETARY, "x"), act="more")
        more = offices.deciding_level(made.at("2025-12-01"), "x")
        assert isinstance(more, offices.Decision)
        assert more.level == "centre"

    def test_moves_of_cadres_managed_by_provinces(self) -> None:
        """The 353 moves are of cadres whose posts a province manages: deciding level province, each."""
        rows = [{"id": "p", "kind": "province"}]
        rows += [{"id": f"c{n}", "kind": "commune", "parent": "p"} for n in range(353)]
        made = holding(small(*rows), "2024-03-01", *((f"c{n}", offices.SECRETARY, f"person-{n}") for n in range(353)))
        now = made.at("2024-03-01")
        for n in range(353):
            decided = offices.deciding_level(now, f"person-{n}")
            assert isinstance(decided, offices.Decision)
            assert decided.level == "province"
        found = cadre_moves.moves(made, period="2024-03").count(by="level")
        assert found == {"province": Quantity(353, "at least")}


class Test26Elections:
    def test_terms_and_units(self, before: Structure, after: Structure) -> None:
        """Party 2025-2030, councils 2026-2031; 3,355 units after, 10,794 before."""
        assert len(congresses.council_units(after)) == 34 + 3_321 == 3_355
        assert len(congresses.council_units(before)) == 63 + 696 + 10_035 == 10_794
        assert Term.of("vn-p-46", "2025-10-02", 60).years == "2025-2030"

    def test_a_council_of_2026_cannot_be_linked_to_a_district(self, party: History, before: Structure) -> None:
        made = done(party, "2026-07-01", congresses.BeginTerm("vn-p-46", "council"), act="term")
        assert [one.years for one in congresses.terms(made, "vn-p-46", body="council")] == ["2026-2031"]
        (district, *_) = before.select("district")
        with pytest.raises(InvalidAct, match="ended on 2025-07-01"):
            done(party, "2026-07-01", congresses.BeginTerm([district], "council"), act="x")
        agency = commission(party.at(AFTER), "Huế")
        with pytest.raises(InvalidAct, match="a agency has no council"):
            done(party, "2026-07-01", congresses.BeginTerm(agency, "council"), act="y")
        with pytest.raises(InvalidAct, match="'senate' is none of"):
            done(party, "2026-07-01", congresses.BeginTerm("vn-p-46", "senate", until="2031-07-01", months=60), act="z")

    def test_an_election_is_consulted_on_in_three_rounds(self, party: History) -> None:
        """Hiệp thương: steps of one matter; the National Assembly of the XVIth term."""
        made = done(
            party,
            "2025-11-01",
            work.CallElection("vn", level="national", term="XVI", seats=500, candidates=868, id="qh"),
            act="call",
        )
        for n, day in enumerate(("2025-12-05", "2026-02-03", "2026-02-20"), 1):
            made = done(made, day, TakeStep("qh", f"consulted_{n}"), act=f"round {n}")
        assert questions.state(made, "qh") == "consulted_3"
        assert questions.state(made, "qh", on="2025-12-31") == "consulted_1"
        with pytest.raises(InvalidAct, match="more are needed"):
            done(
                party,
                "2025-11-01",
                work.CallElection("vn", level="national", term="XVII", seats=5, candidates=5),
                act="x",
            )


class Test27Targets:
    def test_reduction_of_communes(self, history: History) -> None:
        """66.91 % for the country, 76.05 % for Hà Nội (526 -> 126), 60.84 % for Cần Thơ, the lowest."""
        (country,) = targets.reductions(history, "commune", since=BEFORE, among=["vn"], on=AFTER)
        assert (country.before, country.after) == (10_035, 3_321)
        assert f"{float(country.share):.2%}" == "66.91%" == f"{float(figure('P018')):.2f}%"
        rows = targets.reductions(history, "commune", since=BEFORE, among="province", on=AFTER)
        names = history.at(AFTER)
        first, last = rows[0], rows[-1]
        assert (names.unit(first.unit).name, first.before, first.after) == ("Hà Nội", 526, 126)
        assert f"{float(first.share):.2%}" == "76.05%" == f"{float(figure('P019')):.2f}%"
        assert (names.unit(last.unit).name, f"{float(last.share):.2%}") == ("Cần Thơ", "60.84%")
        assert (len(rows), sum(row.before for row in rows), sum(row.after for row in rows)) == (34, 10_035, 3_321)

    def test_a_target_of_60_per_cent_is_met_by_all(self, party: History) -> None:
        units = party.at(AFTER).select("province")
        set_all = [
            work.SetTarget(u, ("reduction", "commune", BEFORE), 0.6, period="2025-07/2030-12", by="vn", id=f"t-{u}")
            for u in units
        ]
        made = done(party, AFTER, *set_all, act="targets")
        for unit in units:
            found = targets.outcome(made, f"t-{unit}")
            assert (found.state, found.met_on) == ("met", as_day(AFTER))

    def test_due_days(self, party: History) -> None:
        """Open before, met on the day, missed if its period ended the day before, unknown for what is not measured."""
        metric = ("reduction", "commune", "2025-03-01")
        verbs = [work.SetTarget("vn", metric, 0.6, period=f"2025-03-01/{last}", id=last) for last in (BEFORE, AFTER)]
        made = done(party, "2025-03-01", *verbs, act="targets")
        assert targets.outcome(made, AFTER, on=BEFORE).state == "open"
        assert targets.outcome(made, AFTER, on=AFTER).state == "met"
        assert targets.outcome(made, BEFORE, on=AFTER).state == "missed"
        silent = work.SetTarget("vn", ("figure", "staff"), 10, period="2025-03", id="silent")
        assert targets.outcome(done(made, "2025-03-02", silent, act="s"), "silent", on="2025-05-01").state == "unknown"
        faults = work.SetTarget("vn", ("luck",), 1, period=2025, comparison="~")
        with pytest.raises(InvalidAct, match="'~' is none of") as refused:
            done(made, "2025-03-02", faults, act="x")
        assert {fault.rule for fault in refused.value.findings} == {"comparison", "metric"}

    @pytest.mark.parametrize(
        ("said", "fault"),
        [({"metric": ("luck",)}, "'luck' is no metric"), ({"metric": ("reduction", "cell")}, "argument: 'since'"),
         ({"comparison": "=>"}, "is none of"), ({"value": "many"}, "is no number")],
    )  # fmt: skip
    def test_one_that_cannot_be_measured_is_refused_and_audited(self, said: dict[str, Any], fault: str) -> None:
        """Verbs for matters of any kind, tables and files know fields, not metrics: the questions say what is wrong."""
        fields = {"metric": ("count", "cell"), "value": 1, "period": "2025-01-01/2026-01-01"} | said
        made = done(
            small({"id": "vn"}), "2025-01-02", Begin("target", parties={"owner": "vn"}, said=fields, id="t"), act="t"
        )
        with pytest.raises(Refused, match=fault):
            targets.outcome(made, "t", on=AFTER)
        (finding,) = auditing.audit(made, rules=["target"], on=AFTER)
        assert "cannot be measured" in finding.message
        assert re.search(fault, finding.message)

    def test_what_happened_before_the_period_meets_nothing(self) -> None:
        """Admissions of last year are not those of this one; a merger lets the target lapse."""
        made = small({"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"})
        made = done(made, "2024-12-01", members.Admit("a", 10), act="last year")
        made = done(made, "2025-01-01", work.SetTarget("a", ("flow", "admitted"), 5, period=2025, id="t"), act="t")
        assert targets.outcome(made, "t", on="2025-06-01").state == "open"
        made = done(made, "2025-06-01", members.Admit("a", 6), act="now")
        assert targets.outcome(made, "t", on="2025-07-01").met_on == dt.date(2025, 6, 1)
        assert targets.outcome(made, "t", on="2025-05-01").state == "open"
        merged = done(made, "2025-08-01", Merge(["a", "b"], into=Unit("n", name="N")), act="merger")
        with pytest.raises(Refused, match="has no owner on 2025-08-01: a target lapses when its owner ends"):
            targets.outcome(merged, "t")


class Test28Regions:
    def test_department_1(self, history: History, before: Structure) -> None:
        """14 provinces in 2024; their image has 9, with 2,530 communes before and 803 after."""
        provinces = [str(before.parent(unit)) for unit in before.members("cluster-1")]
        made = with_events(
            history, "2024-01-02", regions.set_up_regions({"vdp-1": provinces}, names={"vdp-1": "Vụ Địa phương I"})
        )
        (was,) = regions.regions(made.at(BEFORE))
        assert (len(was.units), was.below["commune"]) == (14, 2_530)
        found = regions.followed(made, "vdp-1", BEFORE, AFTER)
        assert (len(found.image), found.closed) == (9, True)
        assert regions.count_under(made.at(AFTER), found.image, "commune") == 803

    def test_conference_points(self, party: History) -> None:
        """40 points = 34 provinces + 6 central organisations; 2,085 commune points are 62.8 % of 3,321."""
        with party.draft("2025-07-02", source=Source("341-QĐ/TW")) as act:
            for n in range(6):
                act.create(Unit(f"central-{n}", f"central organisation {n}", kind="central-organisation"), under="vn")
        made = party.enact(act)
        assert len(regions.central_points(made)) == figure("P058") == 34 + 6
        counted = {"commune": int(figure("P059"))}
        conference = work.Meet("vn", "hội nghị toàn quốc", points=counted, id="hn", when="2025-12-08")
        held = done(made, "2025-12-09", conference, act="conference")
        assert str(regions.attendance(held, "hn", "commune")) == "2,085 of 3,321 commune = 62.8%"
        assert isinstance(regions.attendance(held, "hn", "province"), Undecided)
        named = work.Meet("vn", "giao ban", points=made.at(AFTER).select("province"), id="gb")
        assert (
            str(regions.attendance(done(made, "2025-12-08", named, act="n"), "gb", "province"))
            == "34 of 34 province = 100.0%"
        )
        with pytest.raises(InvalidAct, match="3322 points for 3321 units"):
            done(made, "2025-12-09", work.Meet("vn", "x", points={"commune": 3_322}), act="x")


def test_the_table_of_mechanisms_is_true() -> None:
    """Every mechanism has a row in the docs, and every function and test that the row names is there."""
    page = ROOT / "docs" / "reference" / "mechanisms.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 29))
    for row in rows:
        _, number, _, names, tests, _ = (cell.strip() for cell in row.split("|"))
        named = re.findall(r"`([\w.]+)`", names)
        assert named, f"row {number} names no function"
        for name in named:
            assert callable(pkgutil.resolve_name(f"orgmodel.{name}")) or name == "party.kinds.SCHEMA", (
                f"row {number}: {name}"
            )
        named = re.findall(r"`(\w+)`", tests)
        assert named, f"row {number} names no test"
        for test in named:
            assert test in globals(), f"row {number}: {test}"


def test_members_move_between_clusters_by_name_only() -> None:
    """A clustering of regions is one like any other: a province cannot be in two departments at once."""
    made = small({"id": "tw", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "tw"})
    with pytest.raises(Refused, match="choose one"):
        regions.set_up_regions({"a": ["p"], "b": ["p"]})
    made = with_events(made, "2024-02-01", regions.set_up_regions({"a": ["p"], "b": []}))
    assert made.at("2024-02-01").clusterings() == (Clustering("regions", "Vụ Địa phương"),)
    assert made.at("2024-02-01").clusters("regions") == (Cluster("a", "regions"), Cluster("b", "regions"))
