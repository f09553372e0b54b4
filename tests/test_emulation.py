"""Emulation: elections, pacts, scores, awards, the year's cycle; what is refused, with all faults together."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation
from orgmodel.errors import Ambiguous, InvalidAct, Refused
from orgmodel.history.history import History, history_of
from orgmodel.io.jsonl import dumps, loads
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import emulation
from orgmodel.party.emulation.cycle import STAGES
from orgmodel.party.emulation.scores import exact
from orgmodel.period import Period

UNITS = "abcdef"
YEAR = 2025


@pytest.fixture
def history() -> History:
    """Six units under one root, five of them in a cluster from 2024 on; ``f`` is in none."""
    made = history_of([{"id": "top"}, *({"id": u, "parent": "top"} for u in UNITS)], day="2024-01-01")
    cluster = [
        Creation(Clustering("emu")),
        Creation(Cluster("k", "emu")),
        *(Change(u, "member:emu", "k") for u in "abcde"),
    ]
    return made.enact(Act("cluster", "2024-01-01", cluster))


def merged(history: History, day: str = "2025-07-01") -> History:
    """``a`` and ``b`` become ``ab``, which joins the cluster."""
    with history.draft(day, act_id="merger") as act:
        act.merge(["a", "b"], into=Unit("ab"), cluster="k")
    return history.enact(act)


def rules(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [fault.rule for fault in error.value.findings]


class TestElections:
    def test_all_faults_together(self, history: History) -> None:
        with pytest.raises(InvalidAct) as refused:
            emulation.elect(history, "k", YEAR, leader="f", deputies=["a", "a", "b", "nobody"], held="2026-02-01")
        assert sorted(set(rules(refused))) == ["conference", "deputies", "live", "member", "one-seat"]

    def test_before_there_was_a_cluster(self, history: History) -> None:
        with pytest.raises(InvalidAct) as refused:
            emulation.elect(history, "k", YEAR, leader="a", held="2023-12-31")
        assert rules(refused) == ["conference", "cluster"]
        with pytest.raises(Refused) as unsigned:
            emulation.sign(history, "k", 2023, on="2023-12-31", groups=["all"], signatories=["a"])
        assert rules(unsigned) == ["cluster"]

    def test_exactly_one_leader(self, history: History) -> None:
        with pytest.raises(InvalidAct) as refused:
            emulation.elect(history, "k", YEAR, deputies=["a"], held="2024-12-01")
        assert rules(refused) == ["one-leader"]

    @pytest.mark.parametrize("number", [0, 1, 2, 3])
    def test_deputies_0_to_3(self, history: History, number: int) -> None:
        act = emulation.elect(history, "k", YEAR, leader="a", deputies="bcde"[:number], held="2024-12-01")
        now = history.enact(act).at("2025-01-01")
        assert now.leader("k") == "a"
        assert now.deputies("k") == tuple("bcde"[:number])
        assert emulation.findings(now) == ()

    def test_four_deputies_are_too_many_unless_allowed(self, history: History) -> None:
        with pytest.raises(InvalidAct) as refused:
            emulation.elect(history, "k", YEAR, leader="a", deputies="bcde", held="2024-12-01")
        assert rules(refused) == ["deputies"]
        act = emulation.elect(history, "k", YEAR, leader="a", deputies="bcde", held="2024-12-01", most_deputies=4)
        now = history.enact(act).at("2025-01-01")
        assert [f.rule for f in emulation.findings(now)] == ["deputies"]
        assert emulation.findings(now, most_deputies=4) == ()

    def test_deputies_added_later_take_free_seats(self, history: History) -> None:
        first = history.enact(emulation.elect(history, "k", YEAR, leader="a", deputies="b", held="2024-12-01"))
        more = first.enact(emulation.elect(first, "k", YEAR, deputies="cd", held="2025-02-01"))
        now = more.at("2025-02-01")
        assert now.deputies("k") == ("b", "c", "d")
        assert more.at("2025-01-31").deputies("k") == ("b",)
        with pytest.raises(InvalidAct) as refused:
            emulation.elect(more, "k", YEAR, deputies="e", held="2025-03-01")
        assert rules(refused) == ["deputies"]

    def test_the_role_counts_for_the_year(self, history: History) -> None:
        made = history.enact(emulation.elect(history, "k", YEAR, leader="a", held="2024-12-01"))
        found = [made.at(day).leader("k") for day in ("2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01")]
        assert found == [Absent.UNKNOWN, "a", "a", Absent.UNKNOWN]
        assert made.acts[-1].source.decided == dt.date(2024, 12, 1)
        assert loads(dumps(made)) == made

    def test_a_conference_in_the_year_itself(self, history: History) -> None:
        act = emulation.elect(history, "k", YEAR, leader="a", source=Source("minutes", decided="2025-01-12"))
        assert act.effective == dt.date(2025, 1, 12)
        for year, held in ((YEAR, "2026-01-01"), (2026, "2024-12-31")):
            with pytest.raises(InvalidAct) as refused:
                emulation.elect(history, "k", year, leader="a", held=held)
            assert rules(refused) == ["conference"]

    def test_a_member_of_the_conference_day_only(self, history: History) -> None:
        """Who leaves before the year begins cannot be elected, nor who joins after the conference."""
        left = history.enact(Act("left", "2024-12-15", [Change("a", "member:emu", None)]))
        for unit, made in (
            ("a", left),
            ("f", history.enact(Act("in", "2024-12-15", [Change("f", "member:emu", "k")]))),
        ):
            with pytest.raises(InvalidAct) as refused:
                emulation.elect(made, "k", YEAR, leader=unit, held="2024-12-01")
            assert rules(refused) == ["member"]

    def test_a_known_vacancy_can_be_filled(self, history: History) -> None:
        vacant = history.enact(
            Act("vacant", "2025-01-01", [Change("k", "role", Absent.VACANT, ("leader", 1), dt.date(2026, 1, 1))])
        )
        assert [f.severity for f in emulation.findings(vacant.at("2025-01-01"))] == ["error"]
        made = vacant.enact(emulation.elect(vacant, "k", YEAR, leader="a", held="2025-03-01"))
        assert made.at("2025-03-01").leader("k") == "a"

    def test_days_without_a_leader(self, history: History) -> None:
        """A leader that lays down its role in June leaves the rest of the year; one of whom nothing is said, all of it."""
        assert emulation.days_without_leader(history, "k", YEAR) == 365
        made = history.enact(emulation.elect(history, "k", YEAR, leader="a", deputies="b", held="2024-12-01"))
        assert emulation.days_without_leader(made, "k", YEAR) == 0
        assert [h.role for h in emulation.holdings(made, "k")] == ["leader", "deputy"]
        vacant = Change("k", "role", Absent.VACANT, ("leader", 1), dt.date(2026, 1, 1))
        made = made.enact(Act("vacant", "2025-06-01", [vacant]))
        assert emulation.days_without_leader(made, "k", YEAR) == 214

    def test_not_known_is_a_note(self, history: History) -> None:
        assert [(f.rule, f.severity) for f in emulation.findings(history.at("2025-01-01"))] == [("one-leader", "note")]

    def test_a_holder_that_is_no_member_is_found(self, history: History) -> None:
        made = history.enact(emulation.elect(history, "k", YEAR, leader="a", deputies="b", held="2024-12-01"))
        made = made.enact(Act("left", "2025-05-01", [Change("b", "member:emu", None)]))
        assert emulation.findings(made.at("2025-04-30")) == ()
        assert [f.rule for f in emulation.findings(made.at("2025-05-01"))] == ["member"]
        (finding,) = emulation.findings_of_year(made, "k", YEAR)
        assert (finding.rule, finding.day) == ("member", dt.date(2025, 5, 1))

    def test_two_seats_are_found(self, history: History) -> None:
        made = history.enact(emulation.elect(history, "k", YEAR, leader="a", held="2024-12-01"))
        made = made.enact(Act("raw", "2025-05-01", [Change("k", "role", "a", ("deputy", 1))]))
        assert [f.rule for f in emulation.findings(made.at("2025-05-01"))] == ["one-seat"]


class TestSuccession:
    @pytest.fixture
    def led(self, history: History) -> History:
        return history.enact(emulation.elect(history, "k", YEAR, leader="a", deputies="bc", held="2024-12-01"))

    def test_reported_until_it_is_done(self, led: History) -> None:
        made = merged(led)
        now = made.at("2025-07-01")
        assert now.leader("k") == "a"
        found = emulation.findings(now)
        assert [(f.rule, f.units, f.severity) for f in found] == [
            ("lapsed", ("b", "ab"), "warning"),
            ("lapsed", ("a", "ab"), "warning"),
        ]
        assert emulation.days_without_leader(made, "k", YEAR) == (dt.date(2026, 1, 1) - dt.date(2025, 7, 1)).days

        done = made.enact(emulation.succeed(made, "k", "leader", "2025-07-11"))
        assert [done.at(day).leader("k") for day in ("2025-07-10", "2025-07-11", "2025-12-31")] == ["a", "ab", "ab"]
        assert done.at("2026-01-01").leader("k") is Absent.UNKNOWN
        assert emulation.days_without_leader(done, "k", YEAR) == 10
        assert [f.day for f in emulation.findings_of_year(done, "k", YEAR)] == [dt.date(2025, 7, 1)] * 2

    def test_only_where_the_holder_has_ended(self, led: History) -> None:
        for made, role, seat in ((led, "leader", 1), (merged(led), "deputy", 2)):
            with pytest.raises(InvalidAct, match="has not ended"):
                emulation.succeed(made, "k", role, "2025-07-01", seat=seat)
        with pytest.raises(InvalidAct, match="no unit is recorded"):
            emulation.succeed(led, "k", "deputy", "2025-07-01", seat=3)

    def test_only_a_successor_in_the_cluster(self, led: History) -> None:
        made = merged(led)
        with pytest.raises(InvalidAct, match="no successor of 'a'"):
            emulation.succeed(made, "k", "leader", "2025-07-01", to="c")
        assert emulation.succeed(made, "k", "leader", "2025-07-01", to="ab").events[0] == Change(
            "k", "role", "ab", ("leader", 1), dt.date(2026, 1, 1)
        )

    def test_one_successor_takes_one_seat(self, led: History) -> None:
        """Leader and deputy merged: the successor leads, and the deputy's seat is for an election."""
        made = merged(led)
        made = made.enact(emulation.succeed(made, "k", "leader", "2025-07-01"))
        with pytest.raises(InvalidAct, match=r"leader .*already"):
            emulation.succeed(made, "k", "deputy", "2025-07-01")

    def test_a_successor_outside_is_no_choice(self, led: History) -> None:
        """Of two successors only one is a member: it takes the seat."""
        with led.draft("2025-07-01", act_id="breakdown") as act:
            act.break_down("a", into=[Unit("a1"), Unit("a2")], cluster="k")
            act.leave("a1", "k")
        made = led.enact(act)
        assert made.enact(emulation.succeed(made, "k", "leader", "2025-07-01")).at("2025-07-01").leader("k") == "a2"

    def test_several_successors_must_be_named(self, led: History) -> None:
        with led.draft("2025-07-01", act_id="breakdown") as act:
            act.break_down("a", into=[Unit("a1"), Unit("a2")])
            for unit in act.structure.children("top"):
                if unit in ("a1", "a2") and act.structure.cluster_of(unit, "emu") is None:
                    act.join(unit, "k")
        made = led.enact(act)
        with pytest.raises(Ambiguous) as refused:
            emulation.succeed(made, "k", "leader", "2025-07-01")
        assert set(refused.value.findings[0].units) == {"a", "a1", "a2"}
        assert (
            made.enact(emulation.succeed(made, "k", "leader", "2025-07-01", to="a2")).at("2025-07-01").leader("k")
            == "a2"
        )

    def test_a_correction_of_the_merger_is_followed(self, led: History) -> None:
        """Cancel the merger, and nothing has lapsed."""
        made = merged(led).cancel("merger", reason="it never happened")
        assert emulation.findings(made.at("2025-07-01")) == ()


class TestPacts:
    def test_all_faults_together(self, history: History) -> None:
        made = merged(history)
        with pytest.raises(Refused) as refused:
            emulation.sign(
                made, "k", 2027, on="2025-08-01", groups=["one", "one", " "], signatories=["ab", "a", "c", "c", "f"]
            )
        assert rules(refused) == [
            "year", "groups", "groups", "signatories", "live", "member", "signatories", "signatories",
        ]  # fmt: skip
        missing = [f.units[0] for f in refused.value.findings if "did not sign" in f.message]
        assert missing == ["d", "e"]

    def test_members_are_those_of_the_day(self, history: History) -> None:
        made = merged(history)
        before, after = (
            emulation.sign(made, "k", YEAR, on=day, groups=["all"]).signatories for day in ("2025-06-30", "2025-07-01")
        )
        assert (set(before), set(after)) == (set("abcde"), {"ab", "c", "d", "e"})

    def test_a_pact_judged_again_after_a_correction(self, history: History) -> None:
        """The pact is a record; whether it still fits is asked of the history as it now reads."""
        pact = emulation.sign(history, "k", YEAR, on="2025-08-01", groups=["all"])
        assert emulation.pact_findings(pact, history) == ()
        assert {f.rule for f in emulation.pact_findings(pact, merged(history))} == {"live", "signatories"}

    def test_launch_without_a_known_leader(self, history: History) -> None:
        assert emulation.launch(history, "k", YEAR, theme="t", on="2025-01-15", by="a").by == "a"
        vacant = history.enact(
            Act("vacant", "2025-01-01", [Change("k", "role", Absent.VACANT, ("leader", 1), dt.date(2026, 1, 1))])
        )
        with pytest.raises(Refused) as refused:
            emulation.launch(vacant, "k", YEAR, theme=" ", on="2023-01-15", by="f")
        assert rules(refused) == ["year", "theme", "live", "leader"] or set(rules(refused)) >= {
            "year",
            "theme",
            "leader",
        }

    def test_the_leader_of_the_day_within_the_year(self, history: History) -> None:
        """After a succession the successor launches, not the unit that was elected."""
        made = merged(history.enact(emulation.elect(history, "k", YEAR, leader="a", held="2024-12-01")))
        made = made.enact(emulation.succeed(made, "k", "leader", "2025-07-01"))
        assert emulation.launch(made, "k", YEAR, theme="t", on="2025-08-01", by="ab").by == "ab"
        assert emulation.launch(made, "k", YEAR, theme="t", on="2025-03-01", by="a").by == "a"
        with pytest.raises(Refused, match="'ab'; 'c' cannot launch"):
            emulation.launch(made, "k", YEAR, theme="t", on="2025-08-01", by="c")


CRITERIA = emulation.Criteria(
    "set",
    [
        emulation.Criterion("x", most=10),
        emulation.Criterion("y", most=10, weight=2),
        emulation.Criterion("v", weight=0),
    ],
)


class TestRanking:
    def test_criteria_are_checked(self) -> None:
        with pytest.raises(Refused) as refused:
            emulation.Criteria("set", [emulation.Criterion("x"), emulation.Criterion("x", weight=-1)])
        assert rules(refused) == ["criterion-once", "weight"]
        with pytest.raises(Refused):
            emulation.Criteria("none", [])
        assert (CRITERIA.most, emulation.Criteria("open", [emulation.Criterion("x")]).most) == (30, None)

    def test_scores_are_checked_with_rows(self) -> None:
        bad = [
            emulation.Score("a", YEAR, "x", 10.5),
            emulation.Score("a", YEAR, "z", 1),
            emulation.Score("a", YEAR, "x", 3),
            emulation.Score("b", YEAR, "x", -1),
            emulation.Score("b", YEAR, "y", float("nan")),
            emulation.Score("c", YEAR, "y", True),
            emulation.Score("c", YEAR, "v", 999),
        ]
        found = emulation.score_findings(bad, CRITERIA)
        assert [(f.row, f.rule) for f in found] == [
            (1, "points"), (2, "criterion"), (3, "score-once"), (4, "points"), (5, "points"), (6, "points"),
        ]  # fmt: skip

    def test_weights_and_decimals_are_exact(self) -> None:
        """0.1 + 0.2 is 0.3 here: equal totals are equal."""
        criteria = emulation.Criteria("d", [emulation.Criterion(name) for name in "xyz"])
        given_ = [emulation.Score("a", YEAR, n, p) for n, p in zip("xyz", (0.1, 0.2, 0), strict=True)]
        given_ += [emulation.Score("b", YEAR, n, p) for n, p in zip("xyz", (0.3, 0, 0), strict=True)]
        ranking = emulation.rank("ab", given_, criteria, YEAR)
        assert ranking.ties == (("a", "b"),)
        assert exact(0.1) == Fraction(1, 10)

    def test_a_missing_score_is_not_zero(self) -> None:
        scores = [emulation.Score(u, YEAR, c, 0) for u, c in (("a", "x"), ("a", "y"), ("b", "x"))]
        with pytest.raises(Refused, match="not scored on y"):
            emulation.rank("ab", scores, CRITERIA, YEAR)
        ranking = emulation.rank("ab", scores, CRITERIA, YEAR, missing="unranked")
        assert (ranking.unranked, ranking.rank_of("a"), ranking.rank_of("b")) == ((("b", ("y",)),), 1, None)
        assert "- b: not scored on y" in str(ranking)
        # A criterion that only breaks ties is needed when it is asked to.
        with pytest.raises(Refused, match="not scored on v"):
            emulation.rank("a", scores[:2], CRITERIA, YEAR, tie_break=["v"])

    def test_strangers_repeats_and_unknown_tie_breaks(self) -> None:
        scores = [emulation.Score("z", YEAR, "x", 1)]
        with pytest.raises(Refused) as refused:
            emulation.rank("aa", scores, CRITERIA, YEAR, tie_break=["w"])
        assert rules(refused) == ["unit-once", "unit", "tie-break"]

    def test_other_years_do_not_count(self, history: History) -> None:
        scores = [emulation.Score("a", y, c, p) for y, p in ((2024, 9), (YEAR, 1)) for c in "xy"]
        made = history.enact(Act("scores", "2026-01-05", emulation.score_changes(scores, CRITERIA)))
        now = made.at("2026-01-05")
        assert [s.points for s in emulation.scores_of(now, "a", YEAR)] == [1, 1]
        ranking = emulation.rank_cluster(now, "k", 2024, CRITERIA, missing="unranked")
        assert (ranking.at(1), ranking.places[0].total, len(ranking.unranked)) == (("a",), 27, 4)
        assert emulation.scores_of(loads(dumps(made)).at("2026-01-05"), "a", 2024) == emulation.scores_of(
            now, "a", 2024
        )

    @given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=5), st.randoms())
    def test_order_of_input_never_matters(self, points: list[tuple[int, int]], rng: object) -> None:
        """Ranks depend on the points alone, and equal ranks mean equal totals."""
        units = [f"u{n}" for n in range(len(points))]
        scores = [
            emulation.Score(u, YEAR, c, p)
            for u, pair in zip(units, points, strict=True)
            for c, p in zip("xy", pair, strict=True)
        ]
        ranking = emulation.rank(units, scores, CRITERIA, YEAR)
        shuffled = list(scores)
        rng.shuffle(shuffled)  # type: ignore[attr-defined]
        assert emulation.rank(units, shuffled, CRITERIA, YEAR) == ranking
        totals = {u: x + 2 * y for u, (x, y) in zip(units, points, strict=True)}
        for unit in units:
            assert ranking.rank_of(unit) == 1 + sum(total > totals[unit] for total in totals.values())
        for place in ranking.places:
            assert place.tied == (list(totals.values()).count(totals[place.unit]) > 1)


class TestAwards:
    def test_quota_as_a_share_needs_the_members(self) -> None:
        quota = emulation.Quota(emulation.MERIT, "collective", most=3, share=Fraction(1, 3))
        assert [quota.limit(n) for n in (2, 5, 9, 30)] == [0, 1, 3, 3]
        award = [emulation.Award("a", emulation.MERIT, YEAR)]
        with pytest.raises(Refused, match="give the members"):
            emulation.Awards().propose(award, on="2025-12-01", quotas=[quota])
        assert len(emulation.Awards().propose(award, on="2025-12-01", quotas=[quota], members="abc")) == 1
        with pytest.raises(Refused, match="0 at most"):
            emulation.Awards().propose(award, on="2025-12-01", quotas=[quota], members="ab")
        with pytest.raises(Refused):
            emulation.Quota(emulation.MERIT)

    def test_a_quota_counts_what_is_in_the_register(self) -> None:
        """Another year and another proposer have their own quota; a declined proposal frees its place."""
        quota = [emulation.Quota(emulation.FLAG, most=1)]

        def flag(unit: str, year: int = YEAR, by: str = "k") -> emulation.Award:
            return emulation.Award(unit, emulation.FLAG, year, proposed_by=by)

        register = emulation.Awards().propose([flag("a")], on="2025-12-01", quotas=quota)
        for more in (flag("b", 2026), flag("b", by="k2")):
            assert len(register.propose([more], on="2025-12-01", quotas=quota)) == 2
        with pytest.raises(Refused, match="2 x"):
            register.propose([flag("b")], on="2025-12-01", quotas=quota)
        declined = register.decline([register.records[0].id], on="2025-12-02", by="centre")
        assert len(declined.propose([flag("b")], on="2025-12-03", quotas=quota)) == 2

    def test_decisions_are_checked_together(self) -> None:
        register = emulation.Awards().propose(
            [emulation.Award(u, emulation.MERIT, YEAR) for u in "ab"], on="2025-12-01"
        )
        first, second = (award.id for award in register)
        granted = register.grant([first], on="2025-12-02", by="centre", source=Source("decision 1"))
        assert granted.records[0].decision == Source("decision 1")
        assert granted.records[0].decided == dt.date(2025, 12, 2)
        assert granted.records[1].status == "proposed"
        with pytest.raises(Refused) as refused:
            granted.grant([first, second, "none"], on="2025-11-30", by="")
        assert rules(refused) == ["decided", "status", "order", "award"]
        with pytest.raises(Refused, match="in the register already"):
            granted.propose([emulation.Award("a", emulation.MERIT, YEAR)], on="2025-12-05")

    def test_a_register_is_checked_as_a_whole(self) -> None:
        with pytest.raises(Refused) as refused:
            emulation.Awards(
                [
                    emulation.Award("a", emulation.MERIT, YEAR),
                    emulation.Award("a", emulation.MERIT, YEAR, status="granted"),
                    emulation.Award("", emulation.MERIT, YEAR, status="lost"),  # type: ignore[arg-type]
                    emulation.Award(
                        "b", emulation.MERIT, YEAR, "collective", "granted", "k", "2025-12-02", "centre", "2025-12-01"
                    ),
                ]
            )
        assert [(f.row, f.rule) for f in refused.value.findings] == [
            (2, "award-once"), (2, "decided"), (3, "status"), (3, "recipient"), (4, "order"),
        ]  # fmt: skip

    def test_a_decision_has_a_day_and_a_body(self) -> None:
        half = [
            emulation.Award("a", emulation.MERIT, YEAR, status="granted", decided="2025-12-01"),
            emulation.Award("b", emulation.MERIT, YEAR, status="declined", decided_by="centre"),
        ]
        with pytest.raises(Refused) as refused:
            emulation.Awards(half)
        assert rules(refused) == ["decided", "decided"]

    def test_recipients_live_and_are_members(self, history: History) -> None:
        made = merged(history)
        register = emulation.Awards().propose(
            [
                *(emulation.Award(u, emulation.MERIT, YEAR, proposed_by="k") for u in ("a", "ab", "f")),
                emulation.Award("person", emulation.MERIT, YEAR, "individual", proposed_by="k"),
                emulation.Award("b", emulation.MERIT, YEAR, proposed_by="somebody"),
            ],
            on="2025-08-01",
        )
        found = emulation.recipient_findings(register, made)
        assert [(f.row, f.rule) for f in found] == [(1, "live"), (3, "member"), (5, "live")]

    def test_where_filters_by_each_criterion(self) -> None:
        register = emulation.Awards(
            [
                emulation.Award("a", emulation.FLAG, 2024),
                emulation.Award("b", emulation.MERIT, YEAR, "individual", proposed_by="k"),
            ]
        )
        for criteria in (
            {"kind": emulation.MERIT}, {"year": YEAR}, {"recipient_type": "individual"}, {"recipient": "b"},
            {"proposed_by": "k"},
        ):  # fmt: skip
            assert [award.recipient for award in register.where(**criteria)] == ["b"]  # type: ignore[arg-type]
        assert (len(register.where(status="proposed")), len(register.where(decided_by="x"))) == (2, 0)


class TestCycle:
    def test_unknown_stage(self) -> None:
        with pytest.raises(Refused, match="no stage 'party'"):
            emulation.in_order([emulation.Milestone("plan", YEAR, "k"), emulation.Milestone("party", YEAR, "k")])

    def test_in_order_puts_the_undated_last_in_their_stage(self) -> None:
        first, later = (
            emulation.Milestone("summary", YEAR, scope, day)
            for scope, day in (("x", "2025-11-01"), ("b", "2025-11-02"))
        )
        undated, plan = emulation.Milestone("summary", YEAR, "a"), emulation.Milestone("plan", YEAR, "z")
        old = emulation.Milestone("national conference", YEAR - 1, "z")
        assert emulation.in_order([undated, later, plan, first, old]) == (old, plan, first, later, undated)
        half = emulation.Milestone("plan", YEAR, "z", Period(None, "2025-03-01"))
        assert emulation.undated([undated, later, half]) == (undated,)
        with pytest.raises(Refused) as refused:
            emulation.in_order([plan, emulation.Milestone("feast", YEAR, "z")])
        assert [fault.row for fault in refused.value.findings] == [2]

    def test_how_a_milestone_reads(self) -> None:
        days = {
            "2025-11-01": "2025-11-01",
            Period("2025-01-01", "2025-07-01"): "2025-01-01 to 2025-06-30",
            None: "undated",
        }
        for given_, text in days.items():
            assert str(emulation.Milestone("plan", YEAR, "k", given_)) == f"plan of k, {text}"
        late = [
            emulation.Milestone("plan", YEAR, "k", "2025-11-03"),
            emulation.Milestone("summary", YEAR, "k", "2025-11-01"),
        ]
        assert "came 2 days after" in emulation.cycle_findings(late)[0].message

    def test_years_do_not_mix(self) -> None:
        late = emulation.Milestone("plan", 2026, "k", "2025-12-30")
        assert emulation.cycle_findings([late, emulation.Milestone("summary", 2025, "k", "2026-01-10")]) == ()

    def test_an_undated_one_between_two_that_contradict(self) -> None:
        """The review has no day; the plan after the summary is the fault."""
        found = emulation.cycle_findings(
            [
                emulation.Milestone("mid-year review", YEAR, "k"),
                emulation.Milestone("plan", YEAR, "k", "2025-11-01"),
                emulation.Milestone("summary", YEAR, "k", "2025-10-01"),
            ]
        )
        assert [f.day for f in found] == [dt.date(2025, 11, 1)]
        assert emulation.undated([emulation.Milestone("plan", YEAR, "k")]) != ()

    def test_same_day_and_same_stage_are_in_order(self) -> None:
        day = "2025-12-08"
        stages = [emulation.Milestone(stage, YEAR, "k", day) for stage in STAGES]
        parts = [emulation.Milestone("summary", YEAR, "x", "2025-12-01")]
        assert all(emulation.cycle_findings([*order]) == () for order in permutations(stages[:4]))
        assert emulation.cycle_findings([*stages[3:], *parts]) == ()

    @given(
        st.lists(
            st.tuples(st.sampled_from(STAGES), st.none() | st.tuples(st.integers(0, 20), st.integers(0, 9))), max_size=5
        )
    )
    def test_no_finding_means_that_days_can_be_chosen(self, rows: list[tuple[str, tuple[int, int] | None]]) -> None:
        """Against a plain search: the order can be kept if and only if there is no finding."""
        start = dt.date(2025, 1, 1)

        def span(bounds: tuple[int, int] | None) -> Period | None:
            if bounds is None:
                return None
            first = start + dt.timedelta(bounds[0])
            return Period.inclusive(first, first + dt.timedelta(bounds[1]))

        milestones = [emulation.Milestone(stage, YEAR, f"s{n}", span(b)) for n, (stage, b) in enumerate(rows)]
        clock, possible = dt.date.min, True
        for stage in STAGES:
            # The earliest days that the stages before leave; a stage takes the latest of its earliest days.
            chosen = []
            for one in (m for m in milestones if m.stage == stage):
                day = max(clock, one.first or dt.date.min)
                possible &= one.last is None or day <= one.last
                chosen.append(day)
            clock = max([clock, *chosen])
        assert (emulation.cycle_findings(milestones) == ()) is possible
