"""Decisions and what follows from them: the rules, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.operation import Events, Point
from orgmodel.acts.operations.mergers import Merge
from orgmodel.acts.operations.units import Adjust, Record, Rename
from orgmodel.cli.app import run

MEMBERS = [om.Measure("members")]
SOURCE = om.Source("made up")


def start(**members: int | None) -> om.History:
    """Two units under one, from 2024 on."""
    rows = [{"id": "vn"}, *({"id": u, "parent": "vn", "members": members.get(u)} for u in "ab")]
    return om.history_of(rows, day="2024-01-01", measures=MEMBERS)


def merged(history: om.History, **options: object) -> om.History:
    """The same with both merged in 2026."""
    with history.draft("2026-01-01", act_id="merger") as act:
        act.merge(["a", "b"], into=om.Unit("n"), **options)  # type: ignore[arg-type]
    return history.enact(act)


def figure(history: om.History, day: str, unit: str, value: int, name: str = "late") -> Act:
    """A decision that states the members of a unit."""
    with history.draft(day, act_id=name) as act:
        act.record(unit, "members", value)
    return act.act


def test_a_stated_figure_outranks_a_carried_one() -> None:
    """Also where it was equal to it when it was stated (rule 6)."""
    history = merged(start(a=40, b=59))
    stated = history.enact(Act("stated", "2026-02-01", [om.Change("n", "measure:members", 99, "own")]))
    told = stated.enact(figure(history, "2025-01-01", "a", 42))
    assert told.at("2026-01-31").measure("n", "members") == 101
    assert told.at("2026-02-01").measure("n", "members") == 99


def test_a_relative_change_reads() -> None:
    """100, 3 more, 3 more; then 110 a month earlier: 116 (rule 16)."""
    history = start(a=100)
    for n in (1, 2):
        history = history.enact(Act(f"admitted {n}", "2025-03-01", [Adjust("a", "members", 3)]))
    told = history.enact(Act("late", "2025-02-01", [Record("a", "members", 110)]))
    assert told.at("2025-03-01").measure("a", "members") == 116
    assert told.cancel("admitted 1", reason="a slip").at("2025-03-01").measure("a", "members") == 113


def test_the_place_within_a_day_is_data() -> None:
    """A late act takes the last place of its day, unless it says before or after which it comes (rule 2)."""
    history = start().enact(Act("first", "2025-01-01", [om.Change("a", "name", "A")]))
    last = history.enact(Act("late", "2025-01-01", [om.Change("a", "name", "B")]))
    assert last.at("2025-01-01").unit("a").name == "B"
    before = history.enact(Act("late", "2025-01-01", [om.Change("a", "name", "B")], before="first"))
    assert before.at("2025-01-01").unit("a").name == "A"
    assert [act.id for act in before.acts][-2:] == ["late", "first"]
    assert om.loads(om.dumps(before)) == before
    with history.draft("2025-01-01", act_id="late", after="first") as act:
        act.rename("a", "C")
    assert history.enact(act).at("2025-01-01").unit("a").name == "C"


@pytest.mark.parametrize("place", [{"before": "merger"}, {"after": "name"}])
def test_a_draft_sees_what_is_there_at_its_place_of_the_day(place: dict[str, str]) -> None:
    """So it can speak of units that end later that day, and a preview shows what comes after it."""
    name = Act("name", "2026-01-01", [om.Change("a", "name", "A")])
    history = merged(start(b=4).enact(name))
    with history.draft("2026-01-01", act_id="late", **place) as act:
        assert act.structure.unit("a").name == "A"
        act.record("a", "members", 3)
    told = history.enact(act)
    assert [act.id for act in told.acts][-3:] == ["name", "late", "merger"]
    assert told.at("2026-01-01").measure("n", "members") == 7
    assert history.preview(act).facts() == told.at("2026-01-01").facts()


def test_a_preview_of_a_draft_at_an_earlier_place_shows_what_comes_after_it() -> None:
    """The last word of the day is that of the act that comes last."""
    history = start().enact(Act("last", "2025-01-01", [om.Change("a", "name", "A")]))
    with history.draft("2025-01-01", act_id="late", before="last") as act:
        act.rename("a", "B")
    assert history.preview(act).unit("a").name == history.enact(act).at("2025-01-01").unit("a").name == "A"


def test_a_corrected_act_keeps_the_ids_of_what_stays() -> None:
    """Operations that stay keep their keys, whatever comes before them (rule 5)."""
    history = start()
    with history.draft("2025-01-01", act_id="founding") as act:
        made = act.create(om.Unit(parent="vn", name="N"))
    history = history.enact(act)
    (create,) = act.act.operations
    wanted = Act("founding", "2025-01-01", [Rename("a", "A"), create])
    corrected = history.correct("founding", wanted, reason="a line was left out")
    assert made in corrected.at("2025-01-01")
    assert corrected.act("founding").keys == (1, 0)
    assert om.loads(om.dumps(corrected)) == corrected


def land() -> om.History:
    rows = [{"id": "vn"}, *({"id": unit, "parent": "vn", "members": 2**n} for n, unit in enumerate("abcd"))]
    return om.history_of(rows, day="2024-01-01", measures=MEMBERS)


def test_a_corrected_merger_makes_the_unit_to_which_later_acts_refer() -> None:
    """Its members were wrong, not what became of them: it is the same operation, and keeps its key (rule 5)."""
    history = land()
    with history.draft("2025-01-01", act_id="merger") as act:
        made = act.merge(["a", "b"], into=om.Unit(name="N"))
    history = history.enact(act)
    with history.draft("2026-01-01", act_id="later") as later:
        later.rename(made, "M")
    with land().draft("2025-01-01", act_id="merger") as right:
        right.rename("d", "D")
        right.merge(["a", "c"], into=om.Unit(name="N"))
    corrected = history.enact(later).correct("merger", right, reason="it was c")
    assert corrected.act("merger").keys == (1, 0)
    assert corrected.at("2026-01-01").unit(made).name == "M"
    assert corrected.at("2026-01-01").measure(made, "members") == 5
    assert om.loads(om.dumps(corrected)) == corrected


def test_a_correction_names_nothing_by_an_id_that_only_its_draft_has() -> None:
    """A draft numbers its operations from 0; in the correction the first merger is another one, and N is not what it was."""
    with land().draft("2025-01-01", act_id="merger") as act:
        act.merge(["a", "b"], into=om.Unit(name="N"))
    history = land().enact(act)
    with land().draft("2025-01-01", act_id="merger") as right:
        right.merge(["c", "d"], into=om.Unit(name="M"))
        right.rename(right.merge(["a", "b"], into=om.Unit(name="N")), "N2")
    with pytest.raises(
        om.Refused, match=r"operation 3 names 'u-.*', the id that operation 2 has in the draft"
    ) as caught:
        history.correct("merger", right, reason="a line was left out")
    assert [finding.rule for finding in caught.value.findings] == ["made-id"]


@given(st.data())
def test_a_record_that_is_amended_to_an_edition_says_what_the_edition_says(data: st.DataObject) -> None:
    """Also where acts of the edition refer to what its own acts made, in whatever order these make it."""

    def edition() -> om.History:
        history = land()
        with history.draft("2025-01-01", act_id="reform") as reform:
            pairs = data.draw(st.sampled_from([["ab"], ["ac"], ["cd", "ab"], ["ab", "cd"], ["bd", "ac"]]))
            if data.draw(st.booleans()):
                reform.recode("a", "1")
            made = [reform.merge(list(pair), into=om.Unit(name=pair)) for pair in pairs]
            if data.draw(st.booleans()):
                reform.recode(data.draw(st.sampled_from(made)), "2")
        history = history.enact(reform)
        with history.draft("2026-01-01", act_id="later") as later:
            later.record(data.draw(st.sampled_from(made)), "members", 50)
        return history.enact(later)

    first, second = edition(), edition()
    both = first.amend_to(second, reason="second edition")
    assert both.same_facts(second)
    assert both.as_recorded(len(first.log)) == first
    assert om.loads(om.dumps(both)) == both


def test_a_selection_that_gains_a_member_renames_nothing() -> None:
    """The id of what a merger of a selection makes does not depend on who is merged."""
    history = start(a=1, b=2)
    with history.draft("2026-01-01", act_id="merger") as act:
        made = act.merge(om.select(under="vn"))
    history = history.enact(act)
    with history.draft("2025-01-01", act_id="late") as late:
        late.create(om.Unit("c", parent="vn"), measures={"members": 4})
    told = history.enact(late)
    assert told.at("2026-01-01").measure(made, "members") == 7


def test_an_answer_counts_only_where_it_is_asked_for() -> None:
    """It goes with the entry that gave it, and the question comes back with what asked it (rule 7)."""
    history = merged(start())
    with history.draft("2025-01-01", act_id="clusters") as act:
        act.form(om.Clustering("e"))
        act.form(om.Cluster("k1", "e"), ["a"])
        act.form(om.Cluster("k2", "e"), ["b"])
    answer = om.Answer("merger", about="n", cluster="k2")
    told = history.enact(act, answers=[answer])
    assert told.at("2026-01-01").members("k2") == ("n",)
    assert told.log[-1].answers == (answer,)
    # With both in one cluster nothing is asked, and the answer does not count.
    moved = told.enact(Act("moved", "2025-06-01", [om.Change("b", "member:e", "k1")]))
    assert moved.at("2026-01-01").members("k1") == ("n",)
    assert moved.cancel("moved", reason="a slip").at("2026-01-01").members("k2") == ("n",)
    gone = told.cancel("clusters", reason="never formed")
    assert gone.same_facts(history)
    again = Act("clusters again", "2025-01-01", act.act.operations)
    assert [question.about for question in gone.ask(again)] == ["n"]


def test_all_questions_of_all_acts_come_at_once() -> None:
    """What depends on an open one is not asked too."""
    history = om.history_of([{"id": "vn"}, *({"id": u, "parent": "vn"} for u in "abcd")], day="2024-01-01")
    for day, members, name in (("2026-01-01", "ab", "n"), ("2026-02-01", "cd", "m"), ("2026-03-01", "nm", "l")):
        with history.draft(day, act_id=name) as act:
            act.merge([*members], into=om.Unit(name))
        history = history.enact(act)
    with history.draft("2025-01-01") as late:
        late.form(om.Clustering("e"))
        late.form(om.Cluster("k1", "e"), ["a", "c"])
        late.form(om.Cluster("k2", "e"), ["b", "d"])
    questions = history.ask(late)
    assert [(q.act, q.about) for q in questions] == [("n", "n"), ("m", "m")]
    answers = [questions[0].answer("k1"), questions[1].answer("k2")]
    assert [q.act for q in history.ask(late, answers=answers)] == ["l"]
    with pytest.raises(om.Conflict, match="n, m"):
        history.enact(late)


def test_what_is_wrong_with_a_late_act_is_told_with_what_it_makes_others_ask() -> None:
    """All at once: the commune that stands under the centre, and where the children of a later closure go."""
    schema = om.Schema(
        ["centre", "province", "commune"],
        [om.Placement("centre", None), om.Placement("province", "centre"), om.Placement("commune", "province")],
    )
    rows = [
        {"id": "r", "kind": "centre"},
        *({"id": unit, "kind": "province", "parent": "r"} for unit in "pq"),
        *({"id": unit, "kind": "commune", "parent": "p"} for unit in "ab"),
    ]
    ground = om.history_of(rows, day="2025-01-01", schema=schema)
    closure = ground.draft("2025-06-01", act_id="closure")
    closure.close("q")
    late = ground.draft("2025-03-01", act_id="late")
    late.reassign("a", to="q")
    late.add(om.Change("b", "parent", "r"))
    history = ground.enact(closure)
    with pytest.raises(om.Conflict, match=r"cannot stand as they are \(closure\), with act late") as caught:
        history.enact(late.act)
    assert [(finding.act, finding.rule) for finding in caught.value.findings] == [
        ("late", "schema"),
        ("closure", "children"),
    ]
    assert [question.act for question in caught.value.questions] == ["closure"]


def test_what_cannot_be_carried_out_any_more_is_refused() -> None:
    """The refusal names the act and the unit, and both can be mended in one call (rule 15)."""
    history = merged(start())
    closing = Act("closing", "2025-01-01", [om.Closure("a")])
    with pytest.raises(om.Conflict, match=r"merger: 2026-01-01: a: unit 'a' ended on 2025-01-01"):
        history.enact(closing)
    with pytest.raises(om.Conflict, match=r"as they are \(merger\), with act closing: 1 fault"):
        history.enact(closing)
    mended = history.amend({"merger": None}, closing, reason="there is nothing left to merge")
    assert mended.at("2026-01-01").children("vn") == ("b",)


def test_a_refusal_names_what_was_cancelled_and_each_fault_once() -> None:
    """Three decisions about a unit that is no more fail for one reason, which the title tells."""
    history = merged(start())
    with history.draft("2027-01-01", act_id="after") as act:
        act.rename("n", "N")
        act.recode("n", "01")
        act.record("n", "members", 5)
    with pytest.raises(om.Conflict, match=r"\(after\), without act merger: 1 fault"):
        history.enact(act).cancel("merger", reason="it never was")


def test_a_refusal_names_every_later_act_that_cannot_stand() -> None:
    """Who cancels them in the same call needs to try only once; an act that stands is not among them."""
    history = merged(start())
    later = {
        "name": lambda act: act.rename("n", "N"),
        "figure": lambda act: act.record("n", "members", 5),
        "child": lambda act: act.create(om.Unit("c"), under="n"),
        "grandchild": lambda act: act.create(om.Unit("d"), under="c"),
        "apart": lambda act: act.rename("vn", "V"),
    }
    for year, (name, operation) in enumerate(later.items(), 2027):
        with history.draft(f"{year}-01-01", act_id=name) as act:
            operation(act)
        history = history.enact(act)
    with pytest.raises(om.Conflict) as caught:
        history.cancel("merger", reason="it never was")
    named = dict.fromkeys(finding.act for finding in caught.value.findings)
    # The grandchild can stand as long as the child does, so nothing can be said of it yet.
    assert list(named) == ["name", "figure", "child"]
    gone = dict.fromkeys(["merger", "grandchild", *named])
    assert [act.id for act in history.amend(gone, reason="it never was").acts][1:] == ["apart"]


def test_a_choice_of_a_nameless_function_is_not_made_again() -> None:
    """What it read is another thing, so only its author can say (rule 11)."""
    history = start()
    with history.draft("2025-06-01") as act:
        act.form(om.Clustering("e"))
        act.form(om.Cluster("k1", "e"), ["a", "b"])
    history = merged(history.enact(act), cluster=lambda *_: ["k1"])
    (question,) = history.ask(figure(history, "2025-01-01", "a", 3))
    assert (question.act, question.rule, question.choice) == ("merger", "unnamed-choice", "")
    with pytest.raises(om.Refused, match="amend the act"):
        question.answer("k1")


def test_an_outcome_is_completed_unless_it_is_complete() -> None:
    """What it leaves unsaid follows, also when it is learned later; a complete one says all (rule 10)."""
    links = [om.Link("a", "n"), om.Link("b", "n")]
    for complete, before, after in ((False, 7, 9), (True, None, None)):
        event = om.Succession(links, [om.Unit("n", parent="vn")], complete=complete)
        history = start(a=3, b=4).enact(Act("m", "2026-01-01", [event]))
        told = history.enact(figure(history, "2025-01-01", "a", 5))
        assert [h.at("2026-01-01").measure("n", "members").value for h in (history, told)] == [before, after]


def test_a_scenario_on_another_baseline_is_worked_out_there() -> None:
    """K3: rebasing is drafting anew."""
    history = start()
    with history.draft("2026-01-01", act_id="merger") as act:
        act.merge(["a", "b"], into=om.Unit("n"))
    trial = om.Scenario("one", history, [act])
    other = start(a=3, b=4)
    assert trial.rebase(other).at("2026-01-01").measure("n", "members") == 7
    assert trial.rebase(other).history.same_facts(merged(other))


def test_consequences_are_told_fact_by_fact() -> None:
    """As rows, as columns, in words, and of one unit."""
    history = merged(start(a=3, b=4))
    told = history.enact(figure(history, "2025-01-01", "a", 5))
    found = told.log[-1].consequences()
    assert found.columns()["after"] == [9]
    assert "members of n from 2026-01-01: 7, now 9 (carried by merger)" in str(found)
    assert len(found.of("vn")) == 0
    assert str(history.log[0].consequences()) == "entry 1: nothing else is different"
    with pytest.raises(om.Refused, match="stands alone"):
        om.Entry(1, history.log[0].recorded, history.log[0].act).consequences()


def test_a_newer_version_that_reads_a_verb_otherwise_does_not_change_the_past(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``check --again`` tells of it; what is concerned later is told as drift, not as a consequence (rule 13)."""
    history = merged(start(a=3, b=4))
    om.dump(history, tmp_path / "h.jsonl")
    resolve = Merge.resolve

    def newer(self: Merge, at: Point) -> Events:
        events = resolve(self, at)
        return Events([*events, om.Change(self.into.id, "name", "Newer")], events.made, events.notes, events.text)

    monkeypatch.setattr(Merge, "resolve", newer)
    loaded = om.load(tmp_path / "h.jsonl")
    assert loaded.at("2026-01-01").unit("n").name is None
    (drift,) = loaded.drift()
    assert (drift.act, drift.rule) == ("merger", "drift")
    assert run(["check", str(tmp_path / "h.jsonl"), "--again"]) == 0
    assert "drift" in capsys.readouterr().out
    told = loaded.enact(Act("late", "2025-01-01", [om.Change("a", "name", "A")]))
    assert {row.how for row in told.log[-1].consequences() if row.track == "name"} == {"drift"}


def test_a_unit_that_began_late_is_no_drift() -> None:
    """A merger lists it behind the others, and in order of creation if it is carried out again: that says the same."""
    history = start(a=3, b=4)
    history = history.enact(Act("first", "2025-06-01", [om.Creation(om.Unit("x", parent="a"))]))
    told = merged(history).enact(Act("late", "2025-03-01", [om.Creation(om.Unit("w", parent="a"))]))
    assert told.at("2026-01-01").parents_of(["w", "x"]) == ["n", "n"]
    assert told.drift() == ()


def test_a_verb_that_is_not_known_here_keeps_its_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is imported for it; check names it, and if it is concerned later it is asked about."""
    path = tmp_path / "h.jsonl"
    history = merged(start(a=3, b=4))
    text = om.dumps(history).replace('"op":"merge"', '"op":"elsewhere.fuse"')
    path.write_text(text, encoding="utf-8")
    loaded = om.load(path, verify=False)
    assert loaded.at("2026-01-01").measure("n", "members") == 7
    assert run(["check", str(path)]) == 1  # its text was altered after it was written
    om.dump(loaded, path)
    assert run(["check", str(path)]) == 0
    assert "elsewhere.fuse" in capsys.readouterr().out
    (question,) = loaded.ask(figure(loaded, "2025-01-01", "a", 5))
    assert (question.act, question.rule, question.choice) == ("merger", "verb", "")


def test_a_unit_is_answered_for_in_each_clustering() -> None:
    """Where a merger asks about two clusterings, two answers count, also from a file; a later answer replaces both."""
    rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}]
    history = om.history_of(rows, day="2025-01-01")
    with history.draft("2025-02-01", act_id="groups") as act:
        for name in ("east", "west"):
            act.form(om.Clustering(name))
            act.form(om.Cluster(f"{name}-1", name))
            act.form(om.Cluster(f"{name}-2", name))
    history = history.enact(act)
    with history.draft("2025-07-01", act_id="merger") as act:
        act.merge(["a", "b"], into=om.Unit("c"))
    history = history.enact(act)
    late = history.draft("2025-03-01", act_id="late")
    for name in ("east", "west"):
        late.join("a", f"{name}-1")
        late.join("b", f"{name}-2")
    with pytest.raises(om.Refused) as refused:
        history.enact(late)
    questions = refused.value.questions
    assert [(question.about, question.choice) for question in questions] == [("c", "cluster")] * 2
    answers = [question.answer(question.options[1]) for question in questions]
    for chosen, expected in (
        (answers, {"east-2", "west-2"}),
        ([answers[1], om.Answer("merger", about="c", cluster="")], None),
    ):
        answered = history.enact(late, answers=chosen)
        clusters = {
            cluster for name in ("east", "west") for cluster in answered.at("2025-07-01").clusters_of("c", name)
        }
        assert clusters == (expected or {answers[1].cluster})
        again = om.loads(om.dumps(answered))
        assert again == answered
        # What else is learned later asks no more.
        with again.draft("2025-04-01", act_id="later") as later:
            later.rename("a", "A")
        assert again.enact(later).at("2025-07-01").facts()["c"] == answered.at("2025-07-01").facts()["c"]


def test_a_question_names_each_unit_once() -> None:
    """A child that is learned late is asked about, in the conflict too, and the unit that was divided is named beside it."""
    history = om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}], day="2025-01-01")
    with history.draft("2026-01-01") as act:
        act.break_down("a", [om.Unit("b"), om.Unit("c")])
    late = om.Act("late", "2025-06-01", [om.Creation(om.Unit("child", parent="a"))])
    with pytest.raises(om.Conflict) as refused:
        history.enact(act).enact(late)
    assert [("child", "a")] == [finding.units for finding in refused.value.findings]
