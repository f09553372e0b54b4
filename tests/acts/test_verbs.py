"""Operations as values: one class gives the function, the method of a draft, the plan, the record and the schema."""

from __future__ import annotations

import inspect
import json
from fractions import Fraction
from typing import Any, assert_type

import jsonschema
import pytest
from attrs import evolve, field, fields, frozen
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import arguments as arg
from orgmodel.acts import operations as ops
from orgmodel.acts import policies
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.acts.forms import (
    UnknownOperation,
    arguments_of,
    decided_record,
    operation_record,
    operation_schema,
    read_decided,
    read_operation,
    schema_definitions,
)
from orgmodel.acts.operation import VERBS, Events, Operation, Point, Together
from orgmodel.errors import Answer
from orgmodel.model.cluster import Absent
from orgmodel.scenario.plan import parse_plan
from orgmodel.scenario.tables import Succeed
from orgmodel.structure.structure import Structure

DAY = "2025-07-01"
AWARD = om.MatterKind(
    "award",
    steps=[om.Step("proposed"), om.Step("granted", rank=2, closes=True)],
    roles=[om.MatterRole("recipient"), om.MatterRole("granter", ended="follows")],
    fields=[om.Said("form", needed=True), om.Said("year", values="number")],
    key=["recipient", "form", "year"],
)
SOURCE = om.Source("202/2025/QH15")


def country() -> om.History:
    """Three provinces with communes, agencies, members, two clusters, an ended unit and a leader that ended."""
    rows: list[dict[str, Any]] = [{"id": "vn", "kind": "centre", "name": "VN"}]
    for province in "abc":
        rows.append({"id": province, "kind": "province", "parent": "vn", "name": province.upper(), "code": province})
        rows += [
            {"id": f"{province}{n}", "kind": "commune", "parent": province, "members": 10 * n, "name": f"{province}{n}"}
            for n in (1, 2)
        ]
        rows.append({"id": f"{province}-o", "kind": "agency", "category": "Ban Tổ chức", "parent": province})
    rows.append({"id": "gone", "kind": "province", "parent": "vn"})
    history = om.history_of(rows, day="2024-01-01", schema=om.Schema(matters=[AWARD]))
    with history.draft("2024-06-01", SOURCE, act_id="before") as act:
        act.form(om.Clustering("emulation", "Thi đua"))
        act.form(om.Cluster("k1", "emulation", "Cụm 1"), ["a", "b", "gone"])
        act.form(om.Cluster("k2", "emulation", "Cụm 2"), ["c"])
        act.designate("k1", "leader", "gone")
        act.begin("award", id="m1", parties={"recipient": "a", "granter": "b"}, said={"form": "flag"}, step="proposed")
    with history.draft("2024-06-02", SOURCE, act_id="ended") as end:
        pass
    history = history.enact(act)
    with history.draft("2024-06-02", SOURCE, act_id="ended") as end:
        end.take_over("a", ["gone"])
    return history.enact(end)


HISTORY = country()
BEFORE = HISTORY.at(DAY)

# ---- operations of all verbs, of which many can be carried out

PROVINCES, COMMUNES, AGENCIES = ["a", "b", "c"], ["a1", "a2", "b1", "b2", "c1"], ["a-o", "b-o"]
UNITS = [*PROVINCES, *COMMUNES, *AGENCIES]
some = st.sampled_from
texts = some(["N", "Đ", "x y", 'a "quoted" name'])
selections = st.recursive(
    st.one_of(
        st.builds(lambda kind: om.select(kind=kind), some(["province", "commune", ["commune", "agency"]])),
        st.builds(lambda unit, kind: om.select(under=unit, kind=kind), some(PROVINCES), some(["commune", "agency"])),
        st.builds(lambda unit: om.select(under=unit), some(PROVINCES)),
        st.builds(lambda cluster: om.select(cluster=cluster), some(["k1", "k2"])),
        st.builds(lambda n: om.select(measure=("members", "<", n)), st.integers(5, 30)),
        st.builds(lambda ids: om.select(ids=ids), st.lists(some(UNITS), max_size=3)),
        st.builds(lambda code: om.select(code=code, name="A"), some(["a", ["b", "c"]])),
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        inner.map(lambda a: ~a),
    ),
    max_leaves=3,
)
chosen = st.one_of(some(UNITS), st.lists(st.one_of(some(UNITS), selections), min_size=1, max_size=3), selections)
new = st.builds(
    lambda ident, name, kind: om.Unit(ident, name=name, kind=kind),
    some(["", "", "n1", "n2"]),
    st.none() | texts,
    st.none() | some(["province", "commune"]),
)
news = st.lists(new, min_size=1, max_size=3)
under = st.none() | some(["vn", "a"]) | some([{"main": "vn"}, {"main": "b"}])
cluster = some([None, "k1", "k2", policies.MajorityCluster(), policies.LeaveAll(), policies.ClusterOf("a")])
offices = some([None, policies.Lapse(), policies.CarryOver(posts=["p"], of=["a"])])
ratings = some([None, policies.KeepIfEqual(), policies.LowestGrade(("bad", "good"))])
function_of = some([None, policies.ByCategory(), policies.ByName(), policies.ByNamePrefix()])
allocation = some(
    [None, policies.Equal(), policies.ByMeasure("members"), policies.GivenShares({"n1": {"members": "1/3"}})]
)
fractions = st.fractions(0, 1, max_denominator=5)
shares = st.dictionaries(st.just("members"), fractions, min_size=1)
flags = st.booleans()
homes = st.none() | st.dictionaries(some(UNITS), some([0, 1, "n1", "N"]), max_size=3)
parents = st.one_of(st.none(), some(UNITS), st.dictionaries(some(UNITS), some(UNITS), max_size=3))
figures = st.one_of(
    st.integers(0, 50),
    st.none(),
    some([om.Quantity(30, "about"), om.Quantity(40, "more than"), om.Quantity.unknown(0, 9)]),
)
days = st.none() | some(["2026-01-01", "2025-01-01"])
whens = st.none() | some(["2025-06-30", "2025-06", "2024", "2025-01/2025-06", "/2025-06-01", "", "2026-01-01"])


def maybe(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of some keyword arguments."""
    return st.fixed_dictionaries({}, optional=options)


def called(verb: Any, *needed: st.SearchStrategy[Any], **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A call of a verb: the class, its positional arguments, its keyword arguments."""
    return st.tuples(st.just(verb), st.tuples(*needed), maybe(**options))


merging = {
    "under": under,
    "cluster": cluster,
    "offices": offices,
    "ratings": ratings,
    "cross_kind": flags,
}
with_agencies = {
    **merging,
    "counterparts": some([True, False, None, "agency", ["agency", "commune"]]),
    "function_of": function_of,
    "agencies": some([{}, {"Ban Tổ chức": om.Unit("n-o", name="Ban")}, {"Khác": om.Unit()}]),
}
dividing = {"allocation": allocation, "under": under, "cluster": cluster, "cross_kind": flags}
CALLS: dict[str, st.SearchStrategy[Any]] = {
    "merge": called(ops.Merge, chosen, into=st.none() | new, **with_agencies),
    "merge_by": called(ops.MergeBy, st.builds(ops.PolicyMerger, st.none() | new, under, cluster), chosen),
    "take_over": called(ops.TakeOver, some(UNITS), chosen, **with_agencies),
    "replace": called(ops.Replace, some(UNITS), new, **merging),
    "break_down": called(
        ops.BreakDown,
        some(UNITS),
        news,
        children=homes,
        shares=st.dictionaries(some([0, "n1"]), shares, max_size=2),
        dominant=some([None, 0, "n1"]),
        dominant_by=some(["", "a law"]),
        **dividing,
    ),
    "split_off": called(
        ops.SplitOff, some(UNITS), new, children=st.none() | chosen | homes, shares=st.none() | shares, **dividing
    ),
    "split_off_several": called(ops.SplitOffSeveral, some(UNITS), news, children=homes, **dividing),
    "transfer": called(
        ops.Transfer, some(UNITS), some(UNITS), children=st.none() | chosen, shares=shares, cross_kind=flags
    ),
    "reorganise": called(
        ops.Reorganise,
        st.lists(
            st.one_of(
                st.tuples(some(UNITS), some(["n1", 0, "b1"])),
                st.tuples(some(UNITS), some(["n1", 0]), some(["whole", "part"])),
                st.builds(Link, some(UNITS), some(["n1", "b1"]), some(["whole", "part"]), st.just({"members": "1/2"})),
            ),
            max_size=3,
        ),
        created=news,
        children=homes,
        **{**merging, "allocation": allocation},
    ),
    "create": called(
        ops.Create, new, under=under, first_known=flags, measures=st.dictionaries(st.just("members"), figures)
    ),
    "reestablish": called(
        ops.Reestablish,
        some(["gone", "a"]),
        new,
        under=under,
        out_of=some([None, "a"]),
        measures=st.dictionaries(st.just("members"), figures),
    ),
    "close": called(ops.Close, chosen, children_to=parents, close_agencies=flags, last_known=flags),
    "abolish_level": called(
        ops.AbolishLevel, some(["province", "commune", "district"]), mapping=parents, close_agencies=flags
    ),
    "reassign": called(ops.Reassign, chosen, some([*UNITS, None]), hierarchy=some(["main", "system"])),
    "rename": called(ops.Rename, some(UNITS), texts),
    "recode": called(ops.Recode, some(UNITS), some(["a", "77", None])),
    "reclassify": called(ops.Reclassify, chosen, kind=some([None, "district"]), category=some([None, "phường"])),
    "change": called(
        ops.ChangeFact,
        some(UNITS),
        some(["fact:seat", "fact:rank"]),
        some([None, "x", 3, ("a", 1), om.Quantity(3, "about"), Fraction(1, 3), Absent.VACANT]),
        slot=some([None, "s", ("s", 1)]),
        until=days,
    ),
    "record": called(
        ops.Record, some(UNITS), some(["members", "staff"]), figures, scope=some(["own", "subtree", "all"])
    ),
    "adjust": called(ops.Adjust, some(UNITS), some(["members", "staff"]), st.integers(-50, 50)),
    "form": called(
        ops.Form,
        some([om.Cluster("k9", "emulation", "K"), om.Cluster("", "emulation"), om.Clustering("g", cover=True)]),
        members=st.none() | chosen,
    ),
    "dissolve": called(ops.Dissolve, some(["k1", "k2", "emulation", "x"]), members_to=some([None, "k1", "k2"])),
    "join": called(ops.Join, chosen, some(["k1", "k2"])),
    "leave": called(ops.Leave, chosen, some(["k1", "k2"])),
    "designate": called(
        ops.Designate,
        some(["k1", "k2"]),
        some(["leader", "deputy"]),
        some(["a", "b", Absent.VACANT, None]),
        seat=some([1, 2]),
        until=days,
        instead=flags,
    ),
    "succeed_role": called(ops.SucceedRole, some(["k1", "k2"]), by=some([None, "a", "b"]), until=days),
    "begin": called(
        ops.Begin,
        some(["award", "duty"]),
        id=some(["", "m2", "m1"]),
        called=texts,
        parties=some(
            [
                {"recipient": ["a", om.Other("a team")], "granter": None},
                {"granter": {"b": 3}},
                [("recipient", om.Person("p")), ("granter", "c", "in writing")],
                {"guest": "a"},
            ]
        ),
        said=some([{"form": "flag"}, {"form": "flag", "year": 2025}, {"form": 3}, {"name": "x"}, {}]),
        step=some(["", "proposed", "granted", "lost"]),
        when=whens,
    ),
    "step": called(ops.TakeStep, some(["m1", "m2", "a"]), some(["granted", "proposed", "lost"]), when=whens),
    "amend_matter": called(ops.AmendMatter, some(["m1", "a"]), some([{"form": "cup"}, {"year": 2024}, {"x": "y"}])),
    "take_part": called(
        ops.TakePart,
        some(["m1", "a"]),
        some(["recipient", "granter", "guest"]),
        who=some(["a", "b", "nowhere", om.Person("p"), om.Other("a team")]),
        value=some([None, 3, "in writing"]),
        leaves=flags,
    ),
    "strike_matter": called(ops.StrikeMatter, some(["m1", "a"])),
    "succeed": called(
        Succeed,
        links=st.just([{"old_kind": "commune", "old_code": "a", "new_code": "9"}]),
        created=st.just([{"code": "9", "kind": "commune", "name": "N", "parent_kind": "province", "parent_code": "a"}]),
        goes_on=some([(), ("code",)]),
        allocation=allocation,
    ),
}
NEEDED_OPTIONS = {"succeed": ("links", "created"), "take_part": ("who",)}


@st.composite
def calls(draw: st.DrawFn) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A verb with arguments as a caller gives them."""
    op = draw(some(sorted(CALLS)))
    verb, args, options = draw(CALLS[op])
    if op == "take_part":
        options = {"who": "a", **options}
    if op == "succeed":
        rows = {"links": [{"old_kind": "province", "old_code": "a", "new_code": "9"}], "created": []}
        options = {**rows, **options}
    return verb, args, options


def outcome(made: Any) -> Any:
    """What a call gives: events with notes, or its refusal."""
    try:
        events = made()
    except om.Refused as error:
        return type(error), sorted((f.rule, f.message, f.units) for f in error.findings)
    return tuple(events), events.made, events.text, sorted((n.rule, n.message, n.units) for n in events.notes)


def enacted(operation: Operation[Any], draft: Draft) -> om.History:
    """The history with a draft of one operation."""
    draft.carry_out(operation)
    return HISTORY.enact(draft)


def as_toml(value: Any) -> str:
    """A record's value as TOML; null is false there."""
    match value:
        case None:
            return "false"
        case bool():
            return str(value).lower()
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {as_toml(v)}" for k, v in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def test_each_verb_has_a_strategy_here():
    """No verb is left out of what is drawn."""
    own = ("orgmodel.acts.", "orgmodel.scenario.")
    assert set(CALLS) == {name for name, verb in VERBS.items() if verb.__module__.startswith(own)}


@given(calls())
def test_an_operation_comes_back_from_its_record(call: Any):
    """The record is plain JSON, fits its schema, leaves defaults out, and reads as an equal operation."""
    verb, args, options = call
    operation = verb(*args, **options)
    record = json.loads(json.dumps(operation_record(operation)))
    assert read_operation(record) == operation
    assert operation_record(read_operation(record)) == record
    schema = {"$defs": schema_definitions(), **operation_schema(operation.name)}
    jsonschema.validate(record, schema)
    assert evolve(operation) == operation
    assert hash(evolve(operation)) == hash(operation)
    assert operation.unnamed == ()


def values() -> st.SearchStrategy[Any]:
    """Values that a fact may have, of all types, in tuples too."""
    numbers = st.one_of(
        st.integers(-9, 9),
        st.fractions(-9, 9),
        st.decimals(-9, 9, places=2),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    single = st.one_of(
        numbers,
        st.text(max_size=3),
        st.booleans(),
        st.dates(),
        st.sampled_from(Absent),
        st.builds(om.Quantity, numbers, st.sampled_from(["exact", "about", "more than"])),
    )
    return st.one_of(single, st.lists(single, min_size=1, max_size=3).map(tuple))


@given(values(), values())
def test_a_verb_writes_every_value_that_an_event_may_hold(value: Any, slot: Any):
    """What was decided is in the file with the types of its values, and fits the schema."""
    operation = ops.ChangeFact("a", "fact:x", value, slot)
    record = json.loads(json.dumps(operation_record(operation)))
    again = read_operation(record)
    assert (again, repr(again)) == (operation, repr(operation))
    jsonschema.validate(record, {"$defs": schema_definitions(), **operation_schema(operation.name)})


@given(calls())
def test_all_doors_give_the_same_events(call: Any):
    """Function, draft, record and plan of one operation come to the same, refusals and ids included."""
    verb, args, options = call
    operation = verb(*args, **options)
    point = Point(BEFORE, "act", 0, SOURCE)
    plain = outcome(lambda: operation.resolve(point))
    function = getattr(ops, operation.name, None)
    if function is not None:
        assert outcome(lambda: function(point, *args, **options)) == plain
    record = operation_record(operation)
    assert outcome(lambda: read_operation(record).resolve(point)) == plain
    draft = HISTORY.draft(DAY, SOURCE, act_id="act")
    applied = outcome(lambda: draft.carry_out(operation))
    if not isinstance(plain[0], type) and not isinstance(applied[0], type):
        assert applied == plain
        again = HISTORY.draft(DAY, SOURCE, act_id="act")
        if hasattr(again, operation.name):
            getattr(again, operation.name)(*args, **options)
            assert again.act == draft.act
        assert draft.act.operations == (operation,)
        assert draft.act.resolved == (plain[0],)


@given(calls())
def test_a_plan_says_what_a_draft_says(call: Any):
    """The record as a step of a plan gives the draft's act, or is refused as well."""
    verb, args, options = call
    operation = verb(*args, **options)
    record = operation_record(operation)
    if record["op"] == "change":
        # A fact may be false; none is another table there.
        record = {key: {"absent": "none"} if value is None else value for key, value in record.items()}
    lines = [f"{key} = {as_toml(value)}" for key, value in record.items()]
    text = "\n".join(['name = "p"', f'day = "{DAY}"', "[[stage]]", 'name = "s"', "[[stage.do]]", *lines])
    ident = f"p: s ({DAY} source unknown)"
    draft = HISTORY.draft(DAY, act_id=ident)
    try:
        plan = parse_plan(text)
        acts, _ = plan.carry_out(HISTORY)
    except om.InvalidFile as error:
        rules = {finding.rule for finding in error.findings}
        # What a plan checks beforehand: empty and doubled selections, clusters that are none.
        if not rules & {"empty", "twice", "policy"}:
            with pytest.raises(om.Refused):
                enacted(operation, draft)
        return
    draft.carry_out(operation)
    assert acts[0].events == draft.act.events
    assert acts[0].operations == draft.act.operations


def test_functions_methods_and_classes_have_one_signature_and_one_docstring():
    """All that a verb has is its class's."""
    for name, verb in VERBS.items():
        if not verb.__module__.startswith("orgmodel.acts"):
            continue
        function, method = getattr(ops, name), getattr(Draft, name)
        taken = list(inspect.signature(verb).parameters)
        assert list(inspect.signature(function).parameters) == ["at", *taken]
        assert list(inspect.signature(method).parameters) == ["self", *taken]
        assert (function.__name__, method.__qualname__) == (name, f"Draft.{name}")
        documented = inspect.cleandoc(verb.__doc__ or "")
        told = documented.partition(">>>")[0].replace("Attributes:", "Args:").rstrip()
        assert method.__doc__ == function.__doc__ == told
        for argument in (a.alias for a in fields(verb) if a.name == a.alias):
            assert f"\n    {argument}:" in documented, (name, argument)


def test_wrong_arguments_are_refused_by_name():
    """Missing, unknown and misshapen arguments of a record come together."""
    with pytest.raises(om.Refused) as caught:
        read_operation({"op": "merge", "unit": "a", "cross_kind": "yes", "into": {"nome": "x"}})
    told = [finding.message for finding in caught.value.findings]
    assert told[0] == "merge needs 'units'"
    assert told[1].startswith("merge has no argument 'unit'; it has units, into, under")
    assert told[2] == "cross_kind of merge is true or false, not 'yes'"
    assert told[3].startswith("into of merge is a table of id, name")
    for wrong in (
        {"op": "close", "units": [3]},
        {"op": "record", "unit": "a", "measure": "m", "value": {"value": "1/0"}},
        {"op": "succeed_role", "cluster": "k", "until": "soon"},
        {"op": "lowest", "units": "a"} | {"op": "merge", "ratings": {"policy": "lowest-grade", "marks": []}},
    ):
        with pytest.raises(om.Refused):
            read_operation(wrong)
    with pytest.raises(TypeError, match="intoo"):
        ops.merge(BEFORE, ["a", "b"], intoo=om.Unit())  # type: ignore[call-arg]


def test_a_verb_or_policy_that_is_not_registered_is_kept_and_never_carried_out():
    """Nothing is imported: the record comes back as it was, and a refusal names what is missing."""
    for record, told in (
        ({"op": "os.system", "x": ["rm"]}, "no verb 'os.system'"),
        ({"op": "merge", "units": ["a", "b"], "cluster": "mine"}, "no policy 'mine'"),
        ({"op": "close", "units": "a", "children_to": {"policy": "mine", "n": 3}}, "no policy 'mine'"),
        ({"op": "merge_by", "rule": "mine", "units": ["a", "b"]}, "no policy 'mine'"),
    ):
        operation = read_operation(record)
        assert isinstance(operation, UnknownOperation)
        assert operation_record(operation) == record
        assert read_operation(operation_record(operation)) == operation
        with pytest.raises(om.InvalidAct, match=told):
            operation.resolve(Point(BEFORE))


def largest(structure: Structure, clustering: om.Clustering, members: Any) -> Any:
    """A policy of the test's own."""
    return ("k1",)


def test_a_choice_by_a_function_without_a_name_cannot_be_written():
    """The operation says which; a registered function travels by its name."""
    operation = ops.Merge(["a", "b"], cluster=largest)
    assert operation.unnamed == ("cluster",)
    with pytest.raises(om.Refused, match="cluster of merge holds a function without a name"):
        operation_record(operation)
    assert ops.Close(om.select(where=lambda s, u: True), children_to=lambda s, c: "vn").unnamed == (
        "units",
        "children_to",
    )
    assert ops.MergeBy(lambda *_: [], ["a", "b"]).unnamed == ("rule",)
    assert ops.BreakDown("a", [om.Unit("x")], children=lambda s, c: 0).unnamed == ("children",)
    named = policies.register("test-largest")(largest)
    assert operation_record(ops.Merge(["a", "b"], cluster=named))["cluster"] == "test-largest"
    assert read_operation(operation_record(operation)) == operation
    policies.register("test-largest")(largest)
    with pytest.raises(om.Refused, match="stands for"):
        policies.register("test-largest")(policies.LeaveAll)


def test_a_block_is_data():
    """Operations together are one value of the act; their record comes back."""
    with HISTORY.draft(DAY, SOURCE) as act:
        act.rename("vn", "Việt Nam")
        with act.together():
            act.rename("a1", "A1")
            act.recode("a2", "2")
            act.add(Change("b1", "name", "B1"))
    rename, block = act.act.operations
    assert block == Together([ops.Rename("a1", "A1"), ops.Recode("a2", "2"), Change("b1", "name", "B1")])
    assert [number for _, number in act.act.steps] == [-1, 0, 0, 0]
    assert [len(events) for events in act.act.resolved] == [1, 1, 1, 1]
    written = Together(block.operations[:2])
    assert read_decided(json.loads(json.dumps(decided_record(written)))) == written
    assert read_decided(decided_record(rename)) == rename


def test_ids_depend_on_the_act_the_key_and_the_role_alone():
    """A member more or another event before does not rename what an operation makes; another key does."""
    two = ops.Merge(["a", "b"], under="vn").resolve(Point(BEFORE, "x", 3))
    three = ops.Merge(["a", "b", "c"], under="vn", cluster="k1").resolve(Point(BEFORE, "x", 3))
    assert two.made == three.made
    assert [e.news for e in two] == [e.news for e in three]  # type: ignore[union-attr]
    assert two.made != ops.Merge(["a", "b"], under="vn").resolve(Point(BEFORE, "x", 4)).made
    parts = ops.BreakDown("a", [om.Unit(), om.Unit()], children={"a1": 0, "a2": 1, "a-o": 0})
    made = parts.resolve(Point(BEFORE, "x", 3)).made
    assert len({*made, *two.made}) == 3
    assert (
        ops.break_down(BEFORE, "b1", [om.Unit(), om.Unit()]).made
        != ops.break_down(BEFORE, "b2", [om.Unit(), om.Unit()]).made
    )


def test_agencies_of_a_merger_are_named_by_their_function():
    """The one that is made of the two Ban Tổ chức is what the caller says; a function that nobody has is refused."""
    named = {"Ban Tổ chức": om.Unit("ab-o", name="Ban Tổ chức AB")}
    events = ops.merge(BEFORE, ["a", "b"], counterparts="agency", agencies=named)
    agency = events[1]
    assert isinstance(agency, Succession)
    assert [(unit.id, unit.name) for unit in agency.created] == [("ab-o", "Ban Tổ chức AB")]
    with pytest.raises(om.InvalidAct, match="'Khác'"):
        ops.merge(BEFORE, ["a", "b"], agencies={"Khác": om.Unit("x")})


def test_what_is_asked_can_be_answered():
    """Each question names its act and choice; with its answer the operation does what the caller would have said."""
    merge = ops.Merge(["b", "c"], into=om.Unit("bc"), under="vn")
    point = Point(BEFORE, "law", 0)
    with pytest.raises(om.Ambiguous) as caught:
        merge.resolve(point)
    (question,) = caught.value.questions
    assert (question.act, question.about, question.choice, question.options) == (
        "law",
        "bc",
        "cluster",
        ("k1", "k2", ""),
    )
    answered = merge.resolve(evolve(point, answers=(question.answer("k2"),)))
    assert tuple(answered) == tuple(evolve(merge, cluster="k2").resolve(point))
    assert [note.rule for note in answered.notes if note.rule == "answered"] == ["answered"]
    unneeded = (question.answer("k1"), Answer("other", about="bc", cluster="k1"))
    assert evolve(merge, cluster="k2").resolve(evolve(point, answers=unneeded)) == answered

    with pytest.raises(om.Ambiguous):
        merge.resolve(evolve(point, answers=(Answer("other", about="bc", cluster="k2"),)))

    division = ops.BreakDown("a", [om.Unit("n"), om.Unit("s")], children={"a1": "n"})
    with pytest.raises(om.Ambiguous) as caught:
        division.resolve(point)
    assert {q.about: q.options for q in caught.value.questions} == {"a2": ("n", "s"), "a-o": ("n", "s")}
    answers = tuple(q.answer("s") for q in caught.value.questions)
    whole = evolve(division, children={"a1": "n", "a2": "s", "a-o": "s"}, into=division.into)
    assert tuple(division.resolve(evolve(point, answers=answers))) == tuple(whole.resolve(point))

    with pytest.raises(om.Ambiguous) as caught:
        ops.Close("a").resolve(point)
    answers = tuple(q.answer("b") for q in caught.value.questions)
    assert tuple(ops.Close("a").resolve(evolve(point, answers=answers))) == tuple(
        ops.close(BEFORE, "a", children_to="b")
    )

    parents = ops.Merge(["a1", "b1"], into=om.Unit("m"))
    with pytest.raises(om.Ambiguous) as caught:
        parents.resolve(point)
    (question,) = caught.value.questions
    assert (question.about, question.choice, set(question.options)) == ("m", "parent", {"a", "b"})
    placed = parents.resolve(evolve(point, answers=(question.answer("b"),)))
    assert tuple(placed) == tuple(evolve(parents, under="b").resolve(point))

    kinds = ops.Merge(["a", "b1"], into=om.Unit("m"), under="vn", cross_kind=True, cluster=policies.LeaveAll())
    with pytest.raises(om.Ambiguous) as caught:
        kinds.resolve(point)
    (question,) = caught.value.questions
    assert (question.choice, question.options) == ("kind", ("commune", "province"))
    assert kinds.resolve(evolve(point, answers=(question.answer("province"),)))[0].created[0].kind == "province"  # type: ignore[union-attr]


def test_worked_out_anew_what_a_caller_would_mend_is_a_note():
    """A home for what is no child, a selection of nothing, a member that left: told, not refused."""
    anew = Point(BEFORE, "law", 0, anew=True)
    for operation, rule in (
        (ops.SplitOff("a1", om.Unit("n"), children={"b2": "n"}), "children"),
        (ops.Transfer("a", "b", children=["a1", "c1"], shares={"members": 0}), "children"),
        (ops.Close(om.select(kind="cell")), "nothing-chosen"),
        (ops.Reassign(om.select(kind="cell"), "a"), "nothing-chosen"),
        (ops.Merge(om.select(kind="cell")), "nothing-chosen"),
        (ops.AbolishLevel("cell"), "nothing-chosen"),
        (ops.Close("a1", children_to={"b2": "b"}), "children"),
        (ops.Leave("c", "k1"), "member"),
    ):
        with pytest.raises(om.InvalidAct) as caught:
            operation.resolve(evolve(anew, anew=False))
        assert rule in {finding.rule for finding in caught.value.findings}
        events = operation.resolve(anew)
        assert rule in {note.rule for note in events.notes}, operation
        assert rule != "nothing-chosen" or events == ()


def test_members_of_a_selection_come_in_order_of_creation():
    """The order does not depend on where units stand."""
    moved = HISTORY.draft(DAY)
    moved.reassign("a1", "c")
    for structure in (BEFORE, moved.structure):
        assert [e.subject for e in ops.reclassify(structure, om.select(kind="commune"), category="x")] == [  # type: ignore[union-attr]
            "a1", "a2", "b1", "b2", "c1", "c2",
        ]  # fmt: skip


@given(st.integers(0, 40), st.lists(st.integers(-40, 40), max_size=4))
def test_relative_changes_add_up(stock: int, steps: list[int]):
    """One after the other they come to the sum; a count never falls below zero."""
    draft = HISTORY.draft(DAY)
    draft.record("a1", "members", stock)
    total = stock
    for step in steps:
        if total + step < 0:
            with pytest.raises(om.InvalidAct, match="negative"):
                draft.adjust("a1", "members", step)
        else:
            draft.adjust("a1", "members", step)
            total += step
    assert draft.structure.measure("a1", "members") == total


def test_a_relative_change_of_what_is_not_known_is_not_known():
    """Bounds move; nothing becomes a number."""
    draft = HISTORY.draft(DAY)
    draft.adjust("a", "members", 3)
    assert draft.structure.measure("a", "members") == om.Quantity.unknown(low=3)
    draft.record("a1", "members", om.Quantity(40, "more than"))
    draft.adjust("a1", "members", 3)
    assert draft.structure.measure("a1", "members") == om.Quantity(43, "more than")


def test_reestablishing_and_closing_say_what_is_known():
    """Out of which unit, and that a unit is only not seen any more, stand in the events."""
    (creation,) = ops.reestablish(BEFORE, "gone", om.Unit("gone-2", kind="province"), under="vn", out_of="a")
    assert isinstance(creation, Creation)
    assert (creation.reestablishes, creation.out_of) == ("gone", "a")
    assert ops.close(BEFORE, "a1", last_known=True) == (Closure("a1", last_known=True),)


def test_the_leader_of_a_dissolved_cluster_is_told():
    """Its role ends with the cluster."""
    history = HISTORY
    with history.draft("2025-01-01") as act:
        act.designate("k2", "leader", "c", instead=True)
    draft = history.enact(act).draft(DAY)
    draft.dissolve("k2", members_to="k1")
    assert [(note.rule, note.units) for note in draft.notes if note.rule == "role-lapses"] == [("role-lapses", ("c",))]


def test_the_place_of_an_act_in_its_day_is_data():
    """before= and after= of a draft are its act's."""
    first = HISTORY.draft(DAY, SOURCE, act_id="x", before="y")
    assert (first.act.before, first.act.after) == ("y", "")
    assert HISTORY.draft(DAY, SOURCE, act_id="x", after="z").act.after == "z"


@frozen
class Twin(Operation[tuple[str, str]]):
    """A verb of a user: a copy of a unit begins beside it."""

    unit: arg.One = field(converter=arg.one)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The creation."""
        made = f"{self.unit}-twin"
        return Events([Creation(om.Unit(made, parent=at.structure.parent(self.unit)))], made=[self.unit, made])

    def gives(self, events: Events) -> tuple[str, str]:
        """Both."""
        return events.made[0], events.made[1]


def test_a_verb_of_a_user_is_one_class(monkeypatch: pytest.MonkeyPatch):
    """It stands in drafts, records, plans and the schema like those of the library."""
    monkeypatch.setitem(VERBS, "twin", Twin)
    monkeypatch.setattr(Twin, "name", "twin", raising=False)
    assert HISTORY.draft(DAY).do(Twin("a1")) == ("a1", "a1-twin")
    assert operation_record(Twin("a1", cluster="k1")) == {
        "op": "twin",
        "unit": "a1",
        "cluster": {"policy": "join", "cluster": "k1"},
    }
    assert read_operation({"op": "twin", "unit": "a1"}) == Twin("a1")
    assert set(arguments_of(Twin)[0]) == {"unit"}
    plan = parse_plan(
        f'name = "p"\nday = "{DAY}"\n[[stage]]\nname = "s"\ndo = [{{ op = "twin", unit = "a1", as = "t" }}]'
    )
    assert "a1-twin" in plan.simulate(HISTORY).at(DAY)


def test_a_plan_says_what_only_drafts_said_before():
    """Form, dissolve, re-establish, reorganise, take over in another place: with labels and selections in them."""
    text = f'''
name = "p"
day = "{DAY}"
[[stage]]
name = "s"
do = [
  {{ op = "form", what = {{ id = "k3", clustering = "emulation" }}, members = {{ kind = "commune", under = "a" }} }},
  {{ op = "dissolve", what = "k2", members_to = "k3" }},
  {{ op = "reestablish", old = "gone", unit = {{ id = "again", kind = "province" }}, under = "vn", out_of = "a", as = "g" }},
  {{ op = "reorganise", links = [["b1", "n"], ["b2", "n"]], created = [{{ id = "n" }}], as = "n" }},
  {{ op = "reassign", units = "$n", to = "$g" }},
  {{ op = "designate", cluster = "k3", role = "leader", unit = {{ absent = "vacant" }} }},
  {{ op = "recode", unit = "c", code = false }},
  {{ op = "adjust", unit = "$n", measure = "members", by = 5 }},
  {{ op = "close", units = {{ any = [{{ code = "x" }}, {{ kind = "commune", under = "c" }}] }} }},
]'''
    after = parse_plan(text).simulate(HISTORY).at(DAY)
    assert after.members("k3") == ("a1", "a2", "c")
    assert (after.parent("n"), after.measure("n", "members"), after.unit("c").code) == ("again", 35, None)
    assert after.children("c") == ("c-o",)


def test_counterparts_merge_in_every_hierarchy():
    """Agencies that stand in another hierarchy than the main one merge with their parents as well."""
    kinds = [
        om.Kind("centre"),
        om.Kind("province"),
        om.Kind("system"),
        om.Kind("office"),
        om.Kind("front", agency=True),
    ]
    places = [("centre", None), ("province", "centre"), ("system", None), ("office", "system"), ("front", "office")]
    schema = om.Schema(kinds, [om.Placement(*place) for place in places], hierarchies=("main", "system"))
    history = om.History(schema)
    with history.draft("2025-01-01", SOURCE) as act:
        act.create(om.Unit("vn", kind="centre"))
        act.create(om.Unit("sys", kind="system", hierarchy="system"))
        for p in "ab":
            act.create(om.Unit(p, name=f"T{p}", kind="office", parent="sys", hierarchy="system"))
            act.create(om.Unit(f"f{p}", name=f"MT T{p}", kind="front", category="MT", parent=p, hierarchy="system"))
    draft = history.enact(act).draft(DAY)
    draft.merge(["a", "b"], into=om.Unit("n", name="Tn"))
    (front,) = draft.structure.select(kind="front")
    assert (draft.structure.unit(front).name, draft.structure.parent(front, "system")) == ("MT Tn", "n")
    closing = history.enact(act).draft(DAY)
    closing.close("a", close_agencies=True)
    assert "fa" not in closing.structure


def test_the_types_of_a_drafts_methods():
    """Arguments and results are typed by the verb's class."""
    draft = HISTORY.draft(DAY)
    assert_type(draft.merge(["a1", "a2"], into=om.Unit("m")), str)
    assert_type(draft.break_down("b1", [om.Unit("x"), om.Unit("y")]), tuple[str, ...])
    assert_type(draft.split_off("b2", om.Unit("z"), children=None), str)
    assert_type(draft.split_off_several("c1", [om.Unit("u"), om.Unit("v")]), tuple[str, ...])
    assert_type(draft.do(ops.Rename("a", "Á")), None)
    assert_type(ops.rename(BEFORE, "a", "Á"), Events)
    with pytest.raises(TypeError, match="name"):
        draft.rename("a")  # type: ignore[call-arg]
