"""Plan files: their JSON Schema, and every fault of form and of content told together with its line."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from trials import DAY, TWO_BY_TWO, organisation

import orgmodel as om
from orgmodel.acts.draft import Draft
from orgmodel.acts.forms import arguments_of
from orgmodel.acts.operation import VERBS
from orgmodel.scenario.plan import parse_plan, read_plan
from orgmodel.scenario.plan_schema import plan_schema

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.


def as_json(text: str) -> Any:
    """A TOML text as the JSON that a validator sees: days are texts there."""
    return json.loads(json.dumps(tomllib.loads(text), default=lambda day: dt.date.isoformat(day)))


def schema() -> Any:
    return json.loads((files("orgmodel.scenario") / "plan.schema.json").read_text(encoding="utf-8"))


def one(do: str, more: str = "") -> str:
    return f'name = "x"\nday = "2027-01-01"\n[[stage]]\nname = "s"\n{more}\n[[stage.do]]\n{do}\n'


OWN = {name for name, verb in VERBS.items() if verb.__module__.startswith(("orgmodel.acts.", "orgmodel.scenario."))}
"""The library's own verbs; other tests and the Party's room have theirs."""


def test_the_schema_beside_the_package_is_the_one_of_the_operations():
    """The file that is packaged is what plan_schema() makes, and is a schema."""
    assert schema() == plan_schema(OWN)
    jsonschema.Draft202012Validator.check_schema(schema())


def test_operations_are_methods_of_drafts():
    """Each operation of a plan is one of a draft, with exactly the arguments that it has there; succeed is for tables."""
    assert {op for op in OWN if not hasattr(Draft, op)} == {"succeed"}
    for op in OWN - {"succeed"}:
        needs, may = arguments_of(VERBS[op])
        taken = {n: p for n, p in inspect.signature(getattr(Draft, op)).parameters.items() if n != "self"}
        assert {*needs, *may} == set(taken), op
        assert {n for n, p in taken.items() if p.default is inspect.Parameter.empty} == set(needs), op


GOOD = [
    TWO_BY_TWO,
    one('op = "merge"\nunits = ["a", "b"]\ncounterparts = false\ncross_kind = true'),
    one('op = "take_over"\nsurvivor = "a"\nunits = { kind = "province", name = ["X", "Y"] }\ncluster = "k1"'),
    one('op = "close"\nunits = "a"\nchildren_to = { a1 = "b", a2 = { code = "C" } }'),
    one('op = "split_off"\nunit = "a"\ninto = { id = "n" }\nchildren = ["a1", "$x"]'),
    one('op = "designate"\ncluster = "k1"\nrole = "leader"\nunit = "a-o"\nseat = 2\nuntil = 2028-01-01'),
    one('op = "record"\nunit = "a1"\nmeasure = "members"\nvalue = 12'),
    one('op = "create"\nunit = { id = "e", kind = "province" }\nunder = "vn"\nmeasures = { members = 3 }'),
    one('op = "succeed"\nlinks = "a.csv"\ncreated = "b.csv"\ngoes_on = ["code"]'),
    one('op = "merge"\nunits = ["a", "b"]\ncluster = { policy = "join", cluster = "k1" }', "day = { weeks = 2 }"),
]

BAD = [
    "day = 3",
    one('op = "marge"'),
    one('op = "merge"'),
    one('op = "merge"\nunits = 5'),
    one('op = "merge"\nunits = { typ = "province" }'),
    one('op = "merge"\nunits = { where = "x" }'),
    one('op = "merge"\nunits = ["a"]\ncross_kind = "yes"'),
    one('op = "merge"\nunits = ["a"]\ninto = { nome = "x" }'),
    one('op = "merge"\nunits = ["a"]\ncluster = { name = "join" }'),
    one('op = "break_down"\nunit = "a"\ninto = { id = "x" }'),
    one('op = "break_down"\nunit = "a"\ninto = []\nshares = { x = { members = "some" } }'),
    one('op = "break_down"\nunit = "a"\ninto = []\nshares = { x = { members = "1/0" } }'),
    one('op = "designate"\ncluster = "k1"\nrole = "leader"\nunit = "a"\nseat = 0'),
    one('op = "rename"\nunit = "a"\nname = ""'),
    one('op = "rename"\nunit = "a"\nname = "b"\ncode = "c"'),
    one('op = "rename"\nunit = "a"\nname = "b"', "takes = -1"),
    one('op = "rename"\nunit = "a"\nname = "b"', "day = { fortnights = 1 }"),
    one('op = "rename"\nunit = "a"\nname = "b"', 'typ = "x"'),
    one('op = "rename"\nunit = "a"\nname = "b"', "after = [1]"),
    'name = "x"\nday = "2027-01-01"\nstage = [1]',
    'name = "x"\nday = "2027-01-01"\n[[stage]]\nname = 3\ndo = ["x"]',
    'name = "x"\nday = "2027-01-01"\nsource = { who = "x" }\n[[stage]]\ndo = [{ op = "rename", unit = "a", name = "b" }]',
]


@pytest.mark.parametrize("text", GOOD)
def test_plans_that_are_read_fit_the_schema(text: str):
    """What the reader takes, the schema allows."""
    parse_plan(text)
    jsonschema.validate(as_json(text), schema())


@pytest.mark.parametrize("text", BAD)
def test_plans_that_are_refused_do_not_fit_the_schema(text: str):
    """What the reader refuses, with lines, the schema forbids."""
    with pytest.raises(om.InvalidFile) as caught:
        parse_plan(text)
    assert all(finding.row for finding in caught.value.findings)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(text), schema())


FAULTS_OF_FORM = {
    'name = "x"\n[[stage]]\nname = "s"\n[[stage.do]]\nop = "merge"\nunits = ["a"]': ("day",),
    'name = "x"\nday = "2026-02-30"\n[[stage]]\nname = "s"\ntyp = 1\n[[stage.do]]\nop = "marge"': (
        "day",
        "day",
        "key",
        "op",
    ),
    'name = "x"\nday = "2026-01-01"\n[[stage]]\nname = "s"\nafter = ["t"]\n[[stage.do]]\nop = "merge"\nunits = ["a"]\n'
    '[[stage]]\nname = "t"\nafter = ["s"]\n[[stage.do]]\nop = "rename"\nunit = "a"': ("after", "argument"),
    "day = 3": ("name", "day", "stage"),
    "x =": ("toml",),
}


@pytest.mark.parametrize("text", FAULTS_OF_FORM)
def test_the_form_of_a_plan_is_checked_as_a_whole(text: str):
    """Every fault of the form is told, by its rule and with its line."""
    with pytest.raises(om.InvalidFile) as caught:
        parse_plan(text)
    assert sorted(f.rule for f in caught.value.findings) == sorted(FAULTS_OF_FORM[text])
    assert all(f.row for f in caught.value.findings)


EVERYTHING = """name = "bad"
day = "2027-01-01"
[[stage]]
name = "mergers"
[[stage.do]]
op = "merge"
units = ["a", "b", "a"]
as = "ab"
[[stage.do]]
op = "take_over"
survivor = "c"
units = ["d"]
[[stage.do]]
op = "rename"
unit = "d"
name = "ended by line 9"
[[stage.do]]
op = "reassign"
units = { kind = "commune", name = "nowhere" }
to = "$ab"
[[stage.do]]
op = "close"
units = { kind = "commune", name = "nowhere" }
[[stage.do]]
op = "marge"
units = ["a", "b"]
as = "marged"
[[stage.do]]
op = "rename"
unit = "$marged"
name = "not told again"
[[stage.do]]
op = "take_over"
survivor = "a"
units = ["b"]
offices = "the best"
[[stage]]
name = "one"
after = ["two"]
[[stage.do]]
op = "rename"
unit = "a"
name = "A"
[[stage]]
name = "two"
after = ["one"]
[[stage.do]]
op = "rename"
unit = "a"
nome = "A"
[[stage]]
name = "behind the mergers"
after = ["mergers"]
[[stage.do]]
op = "rename"
unit = "nobody"
name = "not tried"
[[stage]]
name = "on its own"
[[stage.do]]
op = "rename"
unit = "nobody"
name = "tried"
[[stage.do]]
op = "recode"
unit = "$unknown"
code = "1"
"""


def test_faults_of_form_and_of_content_come_together():
    """A unit merged twice, one ended, an empty selection, unknown names, a cycle of stages: one list, by line."""
    plan = parse_plan(EVERYTHING, strict=False)
    with pytest.raises(om.InvalidFile) as caught:
        plan.simulate(organisation())
    assert {(finding.row, finding.rule) for finding in caught.value.findings} == {
        (5, "twice"),
        (13, "live-unit"),
        (21, "empty"),
        (25, "op"),
        (32, "policy"),
        (39, "after"),
        (47, "argument"),
        (50, "argument"),
        (60, "live-unit"),
        (64, "label"),
    }
    lines = [finding.row for finding in caught.value.findings]
    assert lines == sorted(lines)
    messages = "\n".join(finding.message for finding in caught.value.findings)
    assert "'d' ended by the operation of line 9" in messages
    assert "chooses no unit" in messages
    assert "one -> two -> one" in messages
    with pytest.raises(om.InvalidFile, match="4 faults"):
        parse_plan(EVERYTHING)


def test_a_unit_merged_twice_by_two_operations_is_told_with_both_lines():
    """The second merger names the line of the first."""
    text = one('op = "merge"\nunits = ["a", "b"]\n[[stage.do]]\nop = "merge"\nunits = ["b", "c"]')
    with pytest.raises(om.InvalidFile) as caught:
        parse_plan(text).simulate(organisation())
    (finding,) = caught.value.findings
    assert finding.row == 9
    assert "'b' ended by the operation of line 6" in finding.message


def test_a_stage_without_a_day_is_told_once():
    """What follows a stage whose day cannot be read is not tried, and not told either."""
    text = """name = "x"
[[stage]]
name = "one"
day = "2027-02-30"
do = [{ op = "rename", unit = "nobody", name = "B" }]
[[stage]]
name = "two"
after = ["one"]
day = "2027-03-01"
do = [{ op = "rename", unit = "nobody", name = "B" }]
[[stage]]
name = "three"
day = "2027-03-01"
do = [{ op = "rename", unit = "nobody", name = "B" }]
"""
    with pytest.raises(om.InvalidFile) as caught:
        parse_plan(text, strict=False).simulate(organisation())
    assert [(f.row, f.rule) for f in caught.value.findings] == [(4, "day"), (14, "live-unit")]


def test_tables_beside_a_plan_must_be_there_with_their_columns(tmp_path: Path):
    """A table that is missing, or lacks columns, is a fault of the plan's line."""
    (tmp_path / "links.csv").write_text("old_kind,old_code\ncommune,a1\n", encoding="utf-8")
    path = tmp_path / "plan.toml"
    path.write_text(one('op = "succeed"\nlinks = "links.csv"\ncreated = "none.csv"'), encoding="utf-8")
    with pytest.raises(om.InvalidFile) as caught:
        read_plan(path).simulate(organisation())
    first, second = sorted(caught.value.findings, key=lambda finding: finding.message)
    assert "no column new_code" in first.message
    assert "none.csv" in second.message
    assert {first.row, second.row} == {6}


def test_stages_give_the_state_of_each_day_between():
    """Every stage is an act of its day, in the order of days and of what waits for what; labels reach to later ones."""
    done: list[tuple[int, int]] = []
    plan = parse_plan(TWO_BY_TWO)
    assert [stage.name for stage in plan.stages] == ["names", "provinces", "communes"]
    assert plan.critical_path() == (("provinces", "communes"), 40)
    trial = plan.simulate(organisation(), progress=lambda *step: done.append(step))
    assert done == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [(str(day), trial.at(day).count("province")) for day in (stage.day for stage in plan.stages)] == [
        ("2026-12-16", 4),
        (DAY, 3),
        (DAY, 3),
    ]
    after = trial.at(DAY)
    ab = after.one(code="AB").id
    assert after.children(ab, kind="commune") == ("a1", "a2", "b1", "b2", "c1")
    assert (trial.at("2026-12-15").unit("d").name, trial.at("2026-12-16").unit("d").name) == ("Province D", "Delta")
    assert {act.source.issuer for act in trial.acts} == {"an office"}


@pytest.mark.parametrize(
    ("offset", "day"),
    [
        ("{ months = 1, day = 1 }", "2027-02-01"),
        ("{ days = -1 }", "2027-01-30"),
        ("{ months = 1 }", "2027-02-28"),
        ("{ years = 1, month = 7, day = 1 }", "2028-07-01"),
        ('{ from = "2026-03-05", weeks = 1 }', "2026-03-12"),
        ("2027-05-05", "2027-05-05"),
        ("", "2027-01-31"),
    ],
)
def test_days_may_be_relative(offset: str, day: str):
    """Offsets count from the plan's day, which is a stage's own if it gives none; they stay in the month they lead to."""
    text = one('op = "rename"\nunit = "a"\nname = "b"', f"day = {offset}" if offset else "").replace(DAY, "2027-01-31")
    assert str(parse_plan(text).stages[0].day) == day


def test_a_stage_counts_its_day_from_the_stages_before():
    """A relative day of a stage that waits counts from the latest of those; earlier than one of them is a fault."""
    text = one('op = "rename"\nunit = "a"\nname = "b"', "day = { months = 2 }")
    text += '[[stage]]\nname = "t"\nafter = ["s"]\nday = { days = 5 }\n[[stage.do]]\nop = "rename"\nunit = "a"\nname = "c"\n'
    assert [str(stage.day) for stage in parse_plan(text).stages] == ["2027-03-01", "2027-03-06"]
    with pytest.raises(om.InvalidFile, match="before 's'"):
        parse_plan(text.replace("{ days = 5 }", '"2027-02-01"'))


def test_a_plan_of_bytes_is_refused() -> None:
    with pytest.raises(om.Refused, match="it is a text, not a bytes"):
        parse_plan(b'name = "one"')  # type: ignore[arg-type]


def test_a_plan_before_later_acts_names_them_and_answers_what_they_ask() -> None:
    """A plan may come before what is on record: its errors name the act there, and its answers are given to that one."""
    history = om.history_of([{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "ab")], day="2024-01-01")
    with history.draft("2026-01-01", act_id="division") as division:
        division.break_down("a", [om.Unit("a1"), om.Unit("a2")])
    divided = history.enact(division)
    stage = 'name = "p"\n[[stage]]\nname = "s"\nday = 2025-01-01\n[[stage.do]]\nop = '
    founding = parse_plan(f'{stage}"create"\nunit = {{ id = "z" }}\nunder = "a"\n')
    with pytest.raises(om.InvalidFile, match="in the act 'division', which is there already") as caught:
        founding.simulate(divided)
    assert [finding.row for finding in caught.value.findings] == [2]
    scenario = founding.simulate(divided, answers=[om.Answer("division", about="z", home="a2")])
    assert scenario.at("2026-01-01").parent("z") == "a2"
