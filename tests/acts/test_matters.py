"""Matters: what begins, takes steps and has parties is corrected, cancelled, carried over, written and undone like all else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.forms import operation_record, operation_schema, read_operation, schema_definitions
from orgmodel.acts.operation import VERBS
from orgmodel.acts.operations import Close, Merge, TakeOver
from orgmodel.acts.operations.matters import begin
from orgmodel.errors import InvalidAct, Refused, UnknownUnit
from orgmodel.history.history import History, history_of
from orgmodel.history.tables import from_tables, to_tables
from orgmodel.party import agencies, congresses, emulation, kinds, members, offices, questions, ratings, vietnam, work
from orgmodel.rules.rule import Undecided
from orgmodel.structure.matters import dossier

DUTY = om.MatterKind(
    "duty",
    "duty",
    "nhiệm vụ",
    steps=[om.Step("given"), om.Step("done", rank=2, closes=True), om.Step("dropped", rank=2, closes=True)],
    roles=[
        om.MatterRole("giver"),
        om.MatterRole("keeper", ended="follows"),
        om.MatterRole("owner", ended="lapses", one=True),
        om.MatterRole("body", ended="asks"),
        om.MatterRole("until_done", ended="follows", until="done"),
    ],
    fields=[om.Said("name"), om.Said("number", values="number"), om.Said("items", values="words")],
    key=["giver", "number!"],
)
SCHEMA = om.Schema(matters=[DUTY])
ROLES = ("giver", "keeper", "owner", "body")


def made(**parties: Any) -> History:
    """A root with three units, and one duty of 2025-02-01."""
    rows = [{"id": "r"}, *({"id": unit, "parent": "r"} for unit in "abc")]
    history = history_of(rows, day="2025-01-01", schema=SCHEMA)
    return on(history, "2025-02-01", ("begin", "duty", {"id": "d", "parties": parties, "step": "given"}))


def on(history: History, day: str, *verbs: tuple[Any, ...]) -> History:
    with history.draft(day, source=om.Source(f"act of {day}"), act_id=f"act {len(history.acts)}") as act:
        for verb, *args, options in verbs:
            getattr(act, verb)(*args, **options)
    return history.enact(act)


def duty(history: History, day: str = "2025-12-31", matter: str = "d") -> om.Dossier:
    return om.dossier(history.at(day), matter)


# ---- laws


verbs = st.sampled_from(
    [
        ("step", "d", "done", {}),
        ("step", "d", "dropped", {"when": "2025"}),
        ("amend_matter", "d", {"number": 3}, {}),
        ("amend_matter", "d", {"number": None, "items": ["x", "y"]}, {}),
        ("take_part", "d", "keeper", {"who": "c", "value": 3}),
        ("take_part", "d", "keeper", {"who": om.Person("p")}),
        ("take_part", "d", "giver", {"who": "a", "leaves": True}),
        ("merge", ["a", "b"], {"into": om.Unit("n", name="N")}),
        ("take_over", "a", ["b"], {}),
        ("close", "b", {}),
        ("break_down", "b", [om.Unit("x", name="X"), om.Unit("y", name="Y")], {}),
        ("begin", "duty", {"id": "e", "parties": {"keeper": ["b", "c"]}, "said": {"number": 3}}),
        ("strike_matter", "d", {}),
    ]
)


@given(st.lists(verbs, min_size=1, max_size=6), st.data())
def test_whatever_happens_it_is_written_read_and_taken_back(steps: list[Any], data: st.DataObject) -> None:
    """Files, columns and tables give it back; a cancelled act leaves the history as if it had never been."""
    history = made(giver="a", keeper=["a", "b"], owner="b", body="b")
    for n, step in enumerate(steps):
        try:
            history = on(history, f"2025-03-{n + 1:02}", step)
        except Refused:
            continue
    again = om.loads(om.dumps(history))
    assert again == history
    tables = to_tables(history)
    assert from_tables(tables.pop("units"), **tables).at("2025-12-31") == history.at("2025-12-31")
    for other in history.at("2025-12-31").matters():
        for part in om.dossier(history.at("2025-12-31"), other.id).parties:
            assert isinstance(part.who, om.Person) or other.id in {f.value for f in history.biography(part.who)}
    chosen = data.draw(st.sampled_from(history.acts[1:]))
    try:
        without = history.cancel(chosen.id, reason="x")
    except Refused:
        return
    fresh = history_of([{"id": "r"}, *({"id": u, "parent": "r"} for u in "abc")], day="2025-01-01", schema=SCHEMA)
    kept = [act for act in history.acts[1:] if act.id != chosen.id]
    assert without.at("2025-12-31") == fresh.enact(*kept).at("2025-12-31")


@given(st.permutations([("2025-03-01", "a"), ("2025-04-01", "b"), ("2025-05-01", "c")]))
def test_the_order_in_which_it_becomes_known_does_not_matter(order: list[tuple[str, str]]) -> None:
    """A merger of later passes a duty on that is learned of only now, as if it had been known before."""
    merged = on(made(), "2025-07-01", ("merge", ["a", "b"], {"into": om.Unit("n", name="N")}))
    for day, unit in order:
        with merged.draft(day, act_id=day) as act:
            act.begin("duty", id=f"of {unit}", parties={"keeper": unit}, step="given")
        merged = merged.enact(act)
    assert [duty(merged, matter=f"of {unit}").of("keeper") for unit in "abc"] == [("n",), ("n",), ("c",)]


# ---- what becomes of parties


def test_roles_stay_follow_lapse_or_ask() -> None:
    """Done things stay with who did them; duties pass on, lapse, or are to be recorded anew, each with a note."""
    history = made(giver="a", keeper=["a", "b"], owner="a", body="b")
    with history.draft("2025-07-01") as act:
        act.merge(["a", "b"], into=om.Unit("n", name="N"))
    notes = {note.rule: note for note in act.notes}
    assert set(notes) == {"matter-follows", "matter-lapses", "matter-open"}
    assert notes["matter-open"].severity == "warning"
    now = duty(history.enact(act))
    assert {role: now.of(role) for role in ROLES} == {"giver": ("a",), "keeper": ("n",), "owner": (), "body": ()}
    assert duty(history.enact(act), "2025-06-30").of("keeper") == ("a", "b")


def test_a_closed_matter_is_left_alone() -> None:
    """What is done is not passed on; a role may be a duty only until a step."""
    history = on(made(keeper="a", until_done="a"), "2025-03-01", ("step", "d", "done", {}))
    merged = on(history, "2025-07-01", ("merge", ["a", "b"], {"into": om.Unit("n", name="N")}))
    assert (duty(merged).of("keeper"), duty(merged).of("until_done")) == (("a",), ("a",))


def test_a_takeover_and_a_closure() -> None:
    """The survivor has the duty once; without a successor it ends, with a warning."""
    taken = on(made(keeper=["a", "b"]), "2025-07-01", ("take_over", "a", ["b"], {}))
    assert duty(taken).of("keeper") == ("a",)
    history = made(keeper="b")
    with history.draft("2025-07-01") as act:
        act.close("b")
    assert [(note.rule, note.severity) for note in act.notes if "matter" in note.rule] == [("matter-lapses", "warning")]
    assert duty(history.enact(act)).of("keeper") == ()
    divided = [om.Unit("x", name="X"), om.Unit("y", name="Y")]
    assert duty(on(made(keeper="b"), "2025-07-01", ("break_down", "b", divided, {}))).of("keeper") == ()
    dominant = on(made(keeper="b"), "2025-07-01", ("break_down", "b", divided, {"dominant": "x"}))
    assert duty(dominant).of("keeper") == ("x",)


def test_many_mergers_in_one_block_pass_on_parts_of_one_matter() -> None:
    """None of them is about what another one changes."""
    history = made(keeper=["a", "b"])
    with history.draft("2025-07-01", act_id="block") as act, act.together():
        act.replace("a", om.Unit("x", name="X"))
        act.replace("b", om.Unit("y", name="Y"))
    assert set(duty(history.enact(act)).of("keeper")) == {"x", "y"}


def test_a_register_that_states_successors_only_passes_duties_on_too() -> None:
    """What a table of links leaves unsaid follows as for an operation."""
    link = om.Succession([om.Link("a", "n"), om.Link("b", "n")], created=[om.Unit("n", parent="r")])
    history = made(keeper="a").enact(om.Act("told", "2025-07-01", [link], om.Source("a register")))
    assert duty(history).of("keeper") == ("n",)


def test_a_scenario_undoes_and_does() -> None:
    """What a scenario adds is seen there only."""
    history = made(keeper="a")
    with history.draft("2026-01-01") as act:
        act.merge(["a", "b"], into=om.Unit("n", name="N"))
    scenario = om.Scenario("what if", history, [act.act])
    found = om.dossier(scenario.history.at("2026-01-01"), "d")
    assert (found.of("keeper"), om.dossier(history.at("2026-01-01"), "d").of("keeper")) == (("n",), ("a",))


# ---- what is refused


@pytest.mark.parametrize(
    ("verb", "rules"),
    [
        (("begin", "dutty", {}), {"matter-kind"}),
        (("begin", "duty", {"id": "d"}), {"id-once"}),
        (("begin", "duty", {"id": "a"}), {"id-once"}),
        (("begin", "duty", {"parties": {"guest": "a"}}), {"matter-role"}),
        (("begin", "duty", {"parties": {"owner": ["a", "b"]}}), {"matter-role"}),
        (("begin", "duty", {"parties": {"keeper": "nobody"}}), {"live-unit"}),
        (("begin", "duty", {"parties": {"keeper": om.Person("p")}}), {"within"}),
        (("begin", "duty", {"parties": [("keeper", 3)]}), {"party"}),
        (("begin", "duty", {"said": {"title": "x", "number": "3"}}), {"matter-field"}),
        (("step", "d", "finished", {}), {"matter-step"}),
        (("step", "d", "given", {}), {"matter-step"}),
        (("step", "d", "done", {"when": "2025-01-01"}), {"matter-step"}),
        (("step", "d", "done", {"when": "2027"}), {"when"}),
        (("step", "a", "done", {}), {"matter"}),
        (("amend_matter", "nothing", {"name": "x"}, {}), {"matter"}),
        (("take_part", "d", "keeper", {"who": "c", "leaves": True}), {"party"}),
        (("strike_matter", "a", {}), {"matter"}),
    ],
)
def test_all_that_is_wrong_is_told(verb: tuple[Any, ...], rules: set[str]) -> None:
    with pytest.raises(InvalidAct) as error:
        on(made(giver="a"), "2025-03-01", verb)
    assert {finding.rule for finding in error.value.findings} == rules


def test_a_field_that_a_matter_needs_is_not_taken_away() -> None:
    """A target without its metric could not be measured: it may get another one, and keeps one."""
    rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"}]
    history = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA)
    target = ("set_target", "p", ("count", "commune"), 3, {"period": "2025", "id": "t"})
    history = on(history, "2025-02-01", target)
    with pytest.raises(InvalidAct, match="says its metric; it may be another one, but not taken away"):
        on(history, "2025-03-01", ("amend_matter", "t", {"metric": None}, {}))
    changed = on(history, "2025-03-01", ("amend_matter", "t", {"metric": ["count", "cell"]}, {}))
    assert dossier(changed.at("2025-03-01"), "t").said["metric"] == ("count", "cell")


def test_two_ends_of_one_matter_exclude_each_other() -> None:
    """Of two steps that close it one is taken."""
    done = on(made(), "2025-03-01", ("step", "d", "done", {}))
    with pytest.raises(InvalidAct, match="it is done already"):
        on(done, "2025-04-01", ("step", "d", "dropped", {}))


def test_the_natural_key_is_unique_and_needs_what_it_needs() -> None:
    """Without a number there is no key; with one a second is refused, and told which."""
    first = {"parties": {"giver": "a"}, "said": {"number": 3}, "id": "one"}
    history = on(made(giver="a"), "2025-03-01", ("begin", "duty", first))
    with pytest.raises(InvalidAct, match="duty 'one' has the same giver"):
        on(history, "2025-04-01", ("begin", "duty", {**first, "id": "two"}))
    other = {**first, "id": "two", "parties": {"giver": "b"}}
    assert {matter.id for matter in on(history, "2025-04-01", ("begin", "duty", other)).at("2025-05-01").matters()} == {
        "d", "one", "two"
    }  # fmt: skip


def test_rows_are_judged_whichever_door_they_come_through() -> None:
    """A step of a unit, a party that never was, a role of a matter: each is refused with its day."""
    history = made(giver="a")
    for change in (
        om.Change("a", "step", "2025", ("done", 1)),
        om.Change("d", "party", "nobody", ("giver", 2)),
        om.Change("d", "office", "p", ("secretary", 1)),
        om.Change("d", "parent", "r"),
    ):
        with pytest.raises(InvalidAct):
            history.enact(om.Act("x", "2025-03-01", [change]))
    with pytest.raises(Refused, match="d"):
        made(giver="a").cancel(made(giver="a").acts[0].id, reason="x")


def test_a_kind_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(Refused) as error:
        om.MatterKind(
            "k",
            steps=[om.Step("s"), om.Step("s")],
            roles=[om.MatterRole("r", ended="vanishes")],  # type: ignore[arg-type]
            fields=[om.Said("f", values="poem")],
            key=["nothing!"],
        )
    assert len(error.value.findings) == 4


@pytest.mark.parametrize("text", ["2025-13", "soon", "2025-02-30", "12", "2025-02/2025-01"])
def test_when_is_a_day_a_month_a_year_or_a_span(text: str) -> None:
    with pytest.raises(Refused):
        om.When.of(text)


# ---- questions


@pytest.fixture(scope="module")
def party() -> History:
    return om.History(kinds.SCHEMA, kinds.MEASURES).enact(*vietnam.reform_acts())


def test_a_commune_keeps_its_own_matters_and_a_province_sees_those_of_its_predecessors(party: History) -> None:
    """Marked as the predecessor's; asked without lineage they are not there."""
    history = on(party, "2025-03-01", ("issue", "vn-p-24", "1-KH", {"form": "kế hoạch", "keeper": "vn-p-24"}))
    (new,) = history.lineage.successors("vn-p-24", direct=True)
    (found,) = questions.matters(history, new, "document")
    assert (found.through, found.one("issuer"), found.one("keeper")) == ("", "vn-p-24", new)
    assert [one.through for one in questions.matters(history, new, "document", role="issuer")] == ["vn-p-24"]
    assert questions.matters(history, new, "document", role="issuer", through=False) == ()


def test_counts_are_at_least_until_all_is_on_record(party: History) -> None:
    """Nothing on record is not none; a statement that all is on record makes it so."""
    unit = "vn-p-46"
    assert str(questions.count(party, unit, "discipline", year=2025)) == "0 or more"
    whole = on(party, "2026-01-01", ("complete", unit, "discipline", {"period": 2025}))
    assert str(questions.count(whole, unit, "discipline", year=2025)) == "0"
    assert str(questions.count(whole, unit, "discipline", year=2024)) == "0 or more"


def test_names_that_are_none_are_told(party: History) -> None:
    with pytest.raises(Refused, match="there is no kind of matter 'awards'"):
        questions.matters(party, kind="awards")
    with pytest.raises(Refused, match="there is no role 'guest'"):
        questions.matters(party, kind="award", role="guest")
    with pytest.raises(UnknownUnit):
        questions.matters(party, "nowhere")
    begun = on(party, "2025-03-01", ("begin", "activity", {"id": "x", "said": {"form": "contest"}}))
    assert isinstance(questions.state(begun, "x"), Undecided)
    with pytest.raises(Refused, match="there is no role 'winner'"):
        questions.parties(begun, "x", "winner")
    with pytest.raises(AttributeError, match="a activity has no 'colour'"):
        _ = om.dossier(begun.at("2025-03-01"), "x").colour


def test_periods_and_undated_steps(party: History) -> None:
    """A step whose span lies in a period counts, one of which it cannot be told does not, and is found as undated."""
    history = on(
        party,
        "2025-01-10",
        ("meet", "vn", "giao ban", {"id": "m1", "when": "2024-03"}),
        ("meet", "vn", "giao ban", {"id": "m2", "when": "2024"}),
        ("meet", "vn", "giao ban", {"id": "m3", "when": ""}),
    )
    half = om.Period("2024-01-01", "2024-07-01")
    assert [one.id for one in questions.matters(history, "vn", "meeting", period=half)] == ["m1"]
    assert {one.id for one in questions.matters(history, "vn", "meeting", undated=True)} == {"m1", "m2", "m3"}
    assert {one.id for one in questions.matters(history, "vn", "meeting", year=2024)} == {"m1", "m2"}


def test_each_kind_of_the_party_has_words_in_both_languages() -> None:
    """And every step, role and field of it; steps are reachable in their order."""
    assert len(kinds.SCHEMA.matters) == 12
    for kind in kinds.SCHEMA.matters:
        assert kind.name
        assert kind.name_vi
        assert all(one.name_vi for one in (*kind.steps, *kind.roles, *kind.fields)), kind.id
        assert [step.rank for step in kind.steps] == sorted(step.rank for step in kind.steps), kind.id
        assert all(kind.step(role.until) for role in kind.roles if role.until), kind.id


def test_a_year_of_all_verbs_comes_back_from_every_file(tmp_path: Path) -> None:
    """One of each verb of the Party's work, dumped, saved, in tables."""
    unit, other, person = "vn-p-46", "vn-p-01", om.Person("p")
    rows = [{"id": "vn", "kind": "centre"}, {"id": f"{unit}-btc", "kind": "agency", "parent": unit}]
    rows += [{"id": one, "kind": "province", "parent": "vn"} for one in (unit, other)]
    history = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA, measures=kinds.MEASURES)
    history = on(
        history,
        "2025-08-01",
        ("issue", unit, "1-CT", {"form": "chương trình kiểm tra, giám sát", "planned": 4, "id": "ct"}),
        ("issue", unit, "2-QC", {"form": "quy chế", "working_rules_of": unit, "step": "in_force"}),
        ("inspect", unit, [other, person], {"form": "giám sát", "programme": "ct", "within": other, "id": "kt"}),
        ("step", "kt", "concluded", {}),
        ("discipline", unit, person, {"form": "cảnh cáo", "inspection": "kt"}),
        ("run", unit, "training", {"topic": "x", "participants": {other: 20}}),
        ("run", unit, "contest", {"number": 2, "participants": [other, person]}),
        ("call_election", unit, {"level": "province", "term": "2026-2031", "seats": 50, "candidates": 80}),
        ("set_up", unit, "35", {"latest": "2030-12-31", "chair": person, "members": [other]}),
        ("set_target", unit, ("flow", "admitted"), 100, {"period": 2026, "by": "vn"}),
        ("hold_congress", unit, 17, {"ex_officio": 46, "senders": {other: 3}}),
        ("meet", unit, "hội nghị", {"attendees": [other], "summoned": 60, "present": 58, "of": "vn"}),
        ("appoint", unit, "secretary", {"person": person, "how": "elected"}),
        ("stage", unit, "committee_chair", {"person": person, "to": "planned"}),
        ("rate", unit, "good", {"year": 2024, "person": person}),
        ("give_function", "vn-p-46-btc", "organisation", {}),
        ("mark", unit, "political_centre", {}),
        ("decide_on", unit, "exception:A06", {"by": "vn"}),
        ("form_body", unit, "inspection", {"how": "appointed"}),
        ("begin_term", unit, "council", {"months": 60}),
        ("propose", person, work.MERIT, {"year": 2025, "within": unit}),
    )
    assert len(questions.matters(history, unit)) == 12
    text = io.StringIO()
    om.dump(history, text)
    assert om.loads(text.getvalue()) == history
    om.save(history, tmp_path / "h.om")
    assert om.open_history(tmp_path / "h.om") == history
    tables = to_tables(history)
    assert from_tables(tables.pop("units"), **tables).at("2025-09-01") == history.at("2025-09-01")
    assert str(members.flow(history, unit, "admitted", period=2026).value) == "unknown"
    with history.draft("2026-01-01", act_id="merger") as act:
        act.merge([unit, other], into=om.Unit("n", name="N"))
    merged = history.enact(act)
    assert om.loads(om.dumps(merged)) == merged


P = om.Person("p")
OPERATIONS = [
    work.Issue("u", "1", form="x", planned=4),
    work.Inspect("u", ["o", P], form="g", within="o"),
    work.Discipline("u", P, form="x"),
    work.Run("u", "training", topic="x", participants={"o": 20}),
    work.Run("u", "c", participants=["o", P]),
    work.CallElection("u", level="p", term="t"),
    work.SetUp("u", "35", latest="2030-12-31", chair=P, members=["o"]),
    work.SetTarget("u", ("flow", "a"), 100, period=2026, by="vn"),
    congresses.HoldCongress("u", 17, senders={"o": 3}),
    work.Meet("u", "h", attendees=["o"], of="c"),
    work.Meet("u", "h", points={"commune": 3}),
    offices.Appoint("u", "s", person=P, until="2027-01-01"),
    offices.Stage("u", "s", person=P, to="planned"),
    ratings.Rate("u", "good", year=2024, person=P),
    agencies.GiveFunction("u", "f"),
    agencies.Mark("u", "host", "army"),
    agencies.DecideOn("u", "founding", by=False),
    agencies.FormBody("u", "e", how="x"),
    congresses.BeginTerm("u", "council", months=60),
    work.Propose(P, "m", year=2025, within="u"),
    members.Report("u", "a", value=om.Quantity(3, "about"), period=2025),
    members.Complete("u", "a", period="2024-01/2024-06"),
    emulation.Elect("c", "leader", units="u", year=2026),
    emulation.Score("u", {"a": 89.9, "b": None}, criteria="c", year=2025),
    agencies.ReplaceBodies(["k"], foundings=[om.Unit("n", parent="p")], receives={"n": ["x", "y"]}, rest="p"),
    agencies.ReplaceBodies(["k"], foundings=[om.Unit("n", parent="p")], receives={"n": om.select(kind="cell")}),
    ratings.CheckFourGood("u", {"political tasks": True}, year=2025),
    work.Sign("c", 2026, groups=["a"]),
    work.Plan("c", 2026, quota=[("f", None, 1)], when="2026-01"),
    work.Decide(["a"], by="u", when=""),
    agencies.Correspond("u", None),
    agencies.Correspond("u", "s"),
    members.Admit("u", 3, group="students"),
    members.Confirm("u", 2),
    members.RemoveMembers("u", official=1, why="deceased"),
    members.HostMembers("u", 2),
    members.TransferMembers("u", "v", official=2, person="m"),
    members.ReceiveMembers("m"),
    offices.Relieve("u", "s", reason="term", person=P),
    work.Launch("c", 2026, theme="t", by="u"),
    work.SumUp("c", 2026, step="reviewed", when=""),
    work.Award(om.Other("x"), "f", year=2025, granter="u"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_each_verb_of_the_party_reads_back_as_it_was_written(operation: Any) -> None:
    """As JSON, and fits the schema of its operation in a plan."""
    record = json.loads(json.dumps(operation_record(operation)))
    assert read_operation(record) == operation
    assert operation_record(read_operation(record)) == record
    jsonschema.validate(record, {"$defs": schema_definitions(), **operation_schema(operation.name)})


def test_no_verb_of_the_party_is_left_out() -> None:
    assert {type(one).name for one in OPERATIONS} == {name for name in VERBS if name.startswith("party.")}


def test_the_function_of_a_verb_derives_the_same_id_from_the_same_matter() -> None:
    """Called with a structure, without an act."""
    structure = made().at("2025-03-01")
    twice = [begin(structure, "duty", parties={"giver": "a"}).made for _ in range(2)]
    assert twice[0] == twice[1]
    assert begin(structure, "duty", parties={"giver": "b"}).made != twice[0]
    assert Merge(["a", "b"]).name != TakeOver("a", ["b"]).name != Close("a").name


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (work.Plan("p", 2026, part_of="u"), "part_of names 'u', which is no year of work; the one of 'u' is 'w'"),
        (work.Plan("p", 2026, part_of="p"), "part_of names 'p', which is no year of work"),
        (work.Plan("p", 2026, part_of="d"), "part_of names 'd', which is no year of work"),
        (work.Inspect("p", "u", form="giám sát", programme="u"), "programme names 'u', which is no document"),
        (work.Issue("p", "2", form="kết luận", replaces="u"), "replaces names 'u', which is no document"),
    ],
)
def test_what_a_matter_is_asked_for_is_no_unit(operation: Any, told: str) -> None:
    """A year of work is a part of a year of work, not of a cluster or unit; the fault names the one that is meant."""
    rows = [{"id": "p", "kind": "centre"}, {"id": "u", "kind": "agency", "parent": "p"}]
    history = history_of(rows, day="2025-07-01", schema=kinds.SCHEMA)
    with history.draft("2025-08-01") as act:
        act.begin("work-year", id="w", parties={"scope": "u"}, said={"year": 2026}, step="planned")
        act.issue("p", "1", form="kế hoạch", id="d")
    history = history.enact(act)
    with history.draft("2025-09-01") as act, pytest.raises(InvalidAct) as caught:
        act.do(operation)
    assert any(told in str(finding) for finding in caught.value.findings)
    with history.draft("2025-09-01") as act:
        assert act.plan("p", 2026, part_of="w", document="d")


def test_the_year_of_a_document_is_that_of_its_first_step() -> None:
    """Issued in 2024 and put on record in 2025: a document of 2024; where the day is not known it has no year."""
    history = history_of([{"id": "p", "kind": "centre"}], day="2025-07-01", schema=kinds.SCHEMA)
    with history.draft("2025-08-01") as act:
        for number, when in (("1", "2024-05"), ("2", None), ("3", "")):
            act.issue("p", number, form="kế hoạch", when=when, id=f"d{number}")
    found = history.enact(act).at("2025-08-01")
    assert [dossier(found, f"d{n}").said.get("year") for n in (1, 2, 3)] == [2024, 2025, None]


def test_the_record_of_a_matter_is_asked_of_a_day() -> None:
    """A history has no day: what a dossier is asked of says so."""
    with pytest.raises(om.Refused, match="it is a Structure, not a History"):
        om.dossier(om.history_of([{"id": "r"}], day="2025-01-01"), "x")  # type: ignore[arg-type]
