"""Plans: a restructuring written as a file, in stages, each with operations on selected units.

A plan is TOML::

    name = "north-west"
    source = "a proposal"
    day = "2026-12-15"

    [[stage]]
    name = "provinces"
    day = { months = 1, day = 1 }          # the first of the month after the plan's day

    [[stage.do]]
    op = "merge"
    units = [{ code = "11", kind = "province" }, { code = "12", kind = "province" }]
    into = { name = "Điện Biên - Lai Châu" }
    as = "north_west"                      # below, "$north_west" stands for the new unit

    [[stage]]
    name = "cells"
    after = ["provinces"]

    [[stage.do]]
    op = "reassign"
    units = { kind = "cell", under = "$north_west" }
    to = "$north_west"

Units are named by id, by ``"$label"``, by a table with the criteria of ``om.select``, or by a
list of these. Larger tables lie beside the plan as CSV files; see the operation ``succeed``.
A plan contains no code: it names operations and policies of this package, and policies
that the caller passes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import evolve, field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.acts import policies
from orgmodel.acts.act import Act, act_id
from orgmodel.acts.argument_forms import is_choice
from orgmodel.acts.argument_values import COMBINED, Form, read_criteria, read_policy
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Closure, Event, Link, Succession
from orgmodel.acts.forms import arguments_of, misfits
from orgmodel.acts.operation import VERBS
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Answer, Finding, InvalidFile, OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.model import door
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.model.words import Language
from orgmodel.period import as_day
from orgmodel.reading import read_file
from orgmodel.rules.toml import Lines, parse_toml, read_toml
from orgmodel.scenario.plan_schema import OFFSETS
from orgmodel.scenario.scenario import Scenario
from orgmodel.scenario.tables import COLUMNS
from orgmodel.structure.selection import Selection, select
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "Plan",
    "Policies",
    "Stage",
    "parse_plan",
    "read_plan",
]

Policies = Mapping[str, Callable[..., Any]]
"""Name in a plan -> the class or function that creates the policy."""

_LARGEST: Final = 2**26
"""The limit on the size of a table file, in bytes."""

POLICIES: Final[Policies] = policies.REGISTRY
"""The policies that a plan may name: those of this package and those registered by :func:`~policies.register`."""


@frozen
class PlanStep:
    """One operation of a stage.

    Attributes:
        op: the name of the operation, a verb; empty if this part of the file has a fault.
        arguments: as the file gives them.
        label: the label for the unit that the operation creates.
        line: its line in the file.
    """

    op: str
    arguments: Mapping[str, Any]
    label: str = ""
    line: int | None = None


@frozen
class Stage:
    """Operations of one day.

    Attributes:
        name: its name.
        day: its effective day.
        steps: the operations, in order.
        after: names of the stages that must come before it.
        takes: how many days it takes to prepare, for the critical path.
        source: the source of its act.
        line: its line in the file.

    >>> plan = parse_plan('''
    ... name = "one"
    ... [[stage]]
    ... name = "merge"
    ... day = "2027-01-01"
    ... do = [{ op = "merge", units = ["a", "b"], as = "ab" }]
    ... ''')
    >>> stage, = plan.stages
    >>> stage.name, str(stage.day), [step.op for step in stage.steps], stage.line
    ('merge', '2027-01-01', ['merge'], 3)
    """

    name: str
    day: dt.date
    steps: tuple[PlanStep, ...]
    after: tuple[str, ...] = ()
    takes: int = 0
    source: Source = Source.unknown
    line: int | None = None


def _stages(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(stages)


@door.made_strictly
@frozen(slots=False)
class Plan(Shown):
    """Stages of a restructuring, in order of their days and dependencies.

    Attributes:
        name: the name of the plan and of the scenario that it leads to.
        stages: in the order in which they are carried out.
        folder: the folder of its tables; None if it may name no tables.
        folders: further folders in which its tables may lie.
        faults: faults in the form of the file, if the plan was read with ``strict=False``.
        lost: stages that have no day because of those faults.

    >>> plan = parse_plan('''
    ... name = "one"
    ... day = "2026-12-15"
    ... [[stage]]
    ... name = "merge"
    ... takes = 20
    ... do = [{ op = "merge", units = ["a", "b"], as = "ab" }]
    ... [[stage]]
    ... name = "rename"
    ... after = ["merge"]
    ... day = { months = 1, day = 1 }
    ... takes = 5
    ... do = [{ op = "rename", unit = "$ab", name = "A and B" }]
    ... ''')
    >>> plan.critical_path()
    (('merge', 'rename'), 25)
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2024-01-01")
    >>> plan.simulate(history).at("2027-01-01").units()[1].name
    'A and B'
    """

    name: str
    stages: tuple[Stage, ...] = field(converter=_stages)
    folder: Path | None = None
    faults: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()
    folders: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return f"<Plan {self.name!r}: {len(self.stages)} stages>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        columns = [
            Column(say("stage", language)),
            Column(say("day", language), "day"),
            Column(say("days it takes", language), "number"),
            Column(say("comes after", language)),
        ]
        rows = [[stage.name, stage.day, stage.takes, ", ".join(stage.after) or None] for stage in self.stages]
        return Content(self.name, [table_of(say("plan", language), columns, rows, most)], language=language)

    def graph(self) -> nx.DiGraph[str]:
        """The dependencies: an edge from each stage to those that come after it, with ``takes`` as weight."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for stage in self.stages:
            graph.add_node(stage.name, day=stage.day.isoformat(), takes=stage.takes)
        takes = {stage.name: stage.takes for stage in self.stages}
        for stage in self.stages:
            # A name of a missing stage is skipped here: it is one of the plan's faults.
            graph.add_weighted_edges_from((name, stage.name, takes[name]) for name in stage.after if name in takes)
        return graph

    def critical_path(self) -> tuple[tuple[str, ...], int]:
        """The longest chain of stages that wait for each other, and how many days it takes in all.

        Raises:
            InvalidFile: the dependencies form a cycle.
        """
        import networkx as nx

        graph = self.graph()
        if not nx.is_directed_acyclic_graph(graph):
            raise InvalidFile(self.name, [fault for fault in self.faults if fault.rule == "after"])
        takes = {stage.name: stage.takes for stage in self.stages}
        longest: dict[str, tuple[int, tuple[str, ...]]] = {}
        for name in nx.lexicographical_topological_sort(graph):
            before = [longest[p] for p in graph.predecessors(name)]
            days, path = max(before, default=(0, ()))
            longest[name] = days + takes[name], (*path, name)
        if not longest:
            return (), 0
        days, path = max(longest.values(), key=lambda item: (item[0], -len(item[1])))
        return path, days

    def simulate(
        self,
        baseline: History | Scenario,
        *,
        known: Policies = POLICIES,
        progress: Callable[[int, int], object] | None = None,
        answers: Iterable[Answer] = (),
    ) -> Scenario:
        """The scenario that results from carrying out the whole plan on a baseline.

        Each stage becomes one act. If a stage fails, the stages that do not depend on it are
        still tried, so that one error reports the faults of several stages.

        Args:
            baseline: the history or scenario to start from.
            known: policies that the plan may name.
            progress: called with (stages done, stages in all) after each stage.
            answers: choices that later acts of the baseline need because of the plan.

        Raises:
            InvalidFile: the plan has faults; the error lists each with its line.
        """
        history = baseline if isinstance(baseline, History) else baseline.history
        chosen = tuple(answers)
        acts, _ = self.carry_out(history, known=known, progress=progress, answers=chosen)
        return Scenario(self.name, baseline, acts, answers=chosen)

    def carry_out(
        self,
        history: History,
        *,
        known: Policies = POLICIES,
        progress: Callable[[int, int], object] | None = None,
        answers: Iterable[Answer] = (),
    ) -> tuple[tuple[Act, ...], History]:
        """The acts of the plan, and the history that includes them; like :meth:`simulate`, without a scenario.

        Raises:
            InvalidFile: the plan has faults; the error lists each with its line.
        """
        run = _Run(self, history, known, progress or (lambda _done, _all: None), tuple(answers))
        for day, stages in groupby(self.stages, key=lambda stage: stage.day):
            run.carry_out_day(day, stages)
        run.progress(len(self.stages), len(self.stages))
        if run.faults:
            raise InvalidFile(f"the plan {self.name!r}", sorted(run.faults, key=lambda f: f.row or 0))
        return tuple(run.acts), run.history


class _Run:
    """A plan that is being carried out on a history, day by day."""

    def __init__(
        self,
        plan: Plan,
        history: History,
        known: Policies,
        progress: Callable[[int, int], object],
        answers: Sequence[Answer],
    ) -> None:
        self.plan, self.history, self.known, self.progress = plan, history, known, progress
        self.answers = answers
        self.acts: list[Act] = []
        self.faults = list(plan.faults)
        self.failed = set(plan.lost)
        """Names of stages that failed or depend on one that failed."""
        self.labels: dict[str, str] = {}
        """Label -> id of the unit."""
        # Faults in the file may be why a label is unknown; then the use of the label is no further fault.
        self.broken = {step.label for stage in plan.stages for step in stage.steps} if plan.faults else set[str]()
        """Labels whose unit does not exist because of a fault that is already reported."""

    def act_id_of(self, stage: Stage) -> str:
        return f"{self.plan.name}: {stage.name} ({act_id(stage.day, stage.source)})"

    def carry_out_day(self, day: dt.date, stages: Iterable[Stage]) -> None:
        """Carry out the stages of one day and enact them together."""
        drafts = self.drafts_of(day, stages)
        # An answer about the act of a later day would be refused now: there is no such act yet.
        to_come = {self.act_id_of(stage) for stage in self.plan.stages if stage.day > day}
        answers = [answer for answer in self.answers if answer.act not in to_come] if drafts else []
        try:
            self.history = self.history.enact(*drafts, answers=answers)
        except Refused as error:
            of_day = [stage for stage in self.plan.stages if stage.day == day]
            lines = {self.act_id_of(stage): stage.line for stage in of_day}
            self.faults += [_of_plan(finding, lines) for finding in error.findings]
            self.failed.update(stage.name for stage in of_day)
        else:
            self.acts += [draft.act for draft in drafts]

    def drafts_of(self, day: dt.date, stages: Iterable[Stage]) -> list[Draft]:
        """The drafts of the stages of one day that can be carried out; the faults of the others are noted."""
        drafts: list[Draft] = []
        for stage in stages:
            self.progress(self.plan.stages.index(stage), len(self.plan.stages))
            if self.failed.intersection(stage.after):
                self.failed.add(stage.name)
                continue
            # A stage starts from the results of the earlier stages of its day; the rules are checked at the end of the
            # day.
            draft = (
                drafts[-1].followed_by(stage.source, act_id=self.act_id_of(stage))
                if drafts
                else self.history.draft(day, stage.source, act_id=self.act_id_of(stage))
            )
            if faults := _carry_out(stage, draft, self.labels, self.broken, self.known, self.plan):
                self.faults += faults
                self.failed.add(stage.name)
            else:
                drafts.append(draft)
        return drafts


def _of_plan(finding: Finding, lines: Mapping[str, int | None]) -> Finding:
    """A finding about acts of one day as one about their lines in the plan; one about another act names that act.

    Args:
        finding: what stands against the acts.
        lines: id of each of them -> the line of its stage.
    """
    if finding.act is None or finding.act in lines:
        return evolve(finding, row=lines.get(finding.act or ""), act=None)
    message = f"{finding.message} (in the act {finding.act!r}, which is there already)"
    return evolve(finding, message=message, row=next(iter(lines.values())), act=None)


def _carry_out(
    stage: Stage, draft: Draft, labels: dict[str, str], broken: set[str], known: Policies, plan: Plan
) -> list[Finding]:
    """Carry out the steps of a stage on its draft; the faults that came up.

    The labels of failed steps are added to ``broken``.
    """
    faults: list[Finding] = []
    ended: dict[str, int | None] = {}
    for step in stage.steps:
        if not step.op:
            continue
        done = len(draft.events)
        try:
            new_unit = _Step(step, draft.structure, labels, broken, known, plan).carry_out(draft)
        except _Skipped:
            if step.label:
                broken.add(step.label)
            continue
        except Refused as error:
            faults += [
                Finding(f.rule, _with_ended(f, ended), f.units, day=f.day or stage.day, row=step.line)
                for f in error.findings
            ]
        except OrgmodelError as error:
            faults.append(Finding("unit", str(error), day=stage.day, row=step.line))
        else:
            ended |= dict.fromkeys(_ended(draft.events[done:]), step.line)
            if step.label:
                labels[step.label] = new_unit
            continue
        if step.label:
            broken.add(step.label)
    return faults


def _ended(events: Iterable[Event]) -> Iterable[str]:
    """Ids of the units that the events end."""
    for event in events:
        if isinstance(event, Closure):
            yield event.subject
        elif isinstance(event, Succession):
            survivors = set(event.survivors)
            yield from (old for old in event.olds if old not in survivors)


def _with_ended(finding: Finding, ended: Mapping[str, int | None]) -> str:
    """The message of a finding, and which of its units an earlier step of the stage had ended."""
    lines = [f"{unit!r} ended by the operation of line {ended[unit]}" for unit in finding.units if unit in ended]
    return f"{finding.message}; {', '.join(lines)}" if lines else finding.message


class _Skipped(Exception):
    """A step uses the label of a step that failed; the fault of that one is already reported."""


class _Step:
    """One step with its references resolved."""

    def __init__(
        self,
        step: PlanStep,
        structure: Structure,
        labels: Mapping[str, str],
        broken: Collection[str],
        known: Policies,
        plan: Plan,
    ) -> None:
        self.step, self.structure, self.labels, self.broken = step, structure, labels, broken
        self.known, self.plan = known, plan
        self.faults: list[Finding] = []

    def carry_out(self, draft: Draft) -> str:
        """Carry out the step; the id of the first unit that it creates, or an empty text.

        Raises:
            Refused: with its faults.
        """
        verb = VERBS[self.step.op]
        needs, may = arguments_of(verb)
        forms = {**needs, **may}
        arguments = {name: self.argument(name, forms[name], value) for name, value in self.step.arguments.items()}
        if self.faults:
            raise Refused(self.step.op, self.faults)
        new_units = draft.carry_out(verb(**arguments)).made
        return new_units[0] if new_units else ""

    def fault(self, rule: str, message: str) -> None:
        self.faults.append(Finding(rule, message))

    def argument(self, name: str, form: Form, value: Any) -> Any:
        """The value of an argument for the operation: labels, and criteria for one unit, replaced by ids."""
        if value is False and form.fits(value) and form.role:
            return None if form.read(value) is None else value
        if form.role == "table":
            return self.table(name, value)
        reader = self._readers.get(form.role)
        if reader is not None and not (form.role == "holder" and isinstance(value, dict) and "absent" in value):
            return reader(self, form, value)
        try:
            return form.read(value)
        except (TypeError, ValueError, LookupError) as error:
            self.fault("argument", f"{name}: {error}")
            return None

    def places(self, value: Any) -> Any:
        """A parent, or one for each hierarchy."""
        if isinstance(value, dict) and not is_choice(value):
            return {hierarchy: self.one(parent) for hierarchy, parent in value.items()}
        return self.one(value)

    def homes(self, form: Form, value: Any) -> Any:
        """New parents: a policy, a table of unit and parent, or a unit or units."""
        if isinstance(value, dict) and "policy" in value:
            return self.policy(form, value)
        if isinstance(value, dict) and (form.role == "homes" or not is_choice(value)):
            return {self.one(key): self.one(home) for key, home in value.items()}
        if form.role == "homes":
            return self.policy(form, value)
        if form.role == "parents":
            return self.policy(form, value) if isinstance(value, str) and value in self.known else self.one(value)
        return self.units(value)

    def link(self, value: Any) -> Any:
        """One link of a succession."""
        if isinstance(value, dict):
            named = {"old": self.one(value["old"]), "new": str(self.one(value["new"]))}
            try:
                return Link(**{**value, **named})
            except (TypeError, ValueError) as error:
                self.fault("links", f"no link can be made of {value!r}: {error}")
                return (named["old"], named["new"])
        return (self.one(value[0]), self.one(value[1]), *value[2:])

    def table(self, name: str, value: Any) -> Any:
        """The rows of a table: those that are given, or those of the file that is named."""
        if not isinstance(value, str):
            return value
        path = self.allowed(value)
        if path is None:
            return []
        try:
            with io.StringIO(read_file(path, _LARGEST).decode("utf-8-sig"), newline="") as lines:
                rows = csv.DictReader(lines)
                missing = [column for column in COLUMNS[name] if column not in (rows.fieldnames or ())]
                if missing:
                    self.fault("table", f"the table {value!r} has no column {', '.join(missing)}")
                    return []
                return list(rows)
        except (OSError, ValueError, csv.Error) as error:
            why = error.findings[0].message if isinstance(error, InvalidFile) else error
            self.fault("table", f"the table {value!r} cannot be read: {why}")
            return []

    def allowed(self, name: str) -> Path | None:
        """The path of a table, if it lies in one of the allowed folders; otherwise a fault is added."""
        folder = self.plan.folder
        if folder is None:
            self.fault("table", f"the table {name!r} is not looked for: a plan that is no file names no other")
            return None
        try:
            path = (folder / name).resolve()
            inside = any(path.is_relative_to(other.resolve()) for other in (folder, *self.plan.folders))
        except (OSError, ValueError, RuntimeError) as error:
            self.fault("table", f"the table {name!r} cannot be read: {error}")
            return None
        if not inside:
            message = f"the table {name!r} lies outside of the plan's folder; read the plan with folders= that allow it"
            self.fault("table", message)
            return None
        return path

    def policy(self, form: Form, value: Any) -> Any:
        """A policy; for a cluster also the id of one."""
        if form.role == "cluster" and isinstance(value, str) and value not in self.known:
            try:
                self.structure.cluster(value)
            except OrgmodelError:
                self.unknown_policy(value)
            return value
        try:
            return read_policy(value, self.known)
        except LookupError as error:
            self.unknown_policy(error.args[0])
        except (TypeError, ValueError) as error:
            word = value["policy"] if isinstance(value, dict) else value
            settings = {k: v for k, v in value.items() if k != "policy"} if isinstance(value, dict) else {}
            self.fault("policy", f"the policy {word!r} cannot be made of {settings}: {error}")
        return None

    def unknown_policy(self, word: Any) -> None:
        self.fault("policy", f"there is no policy {word!r}; there are {', '.join(sorted(self.known))}")

    def new_units(self, value: Any) -> Any:
        """A new unit, or a list of them."""
        if isinstance(value, list):
            return [self.new_units(item) for item in value]
        facts = {key: self.one(item) if key == "parent" else item for key, item in value.items()}
        try:
            return Unit(**facts)
        except (TypeError, Refused) as error:
            self.fault("unit", f"no unit can be made of {value!r}: {error}")
            return Unit()

    def named(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Criteria in which labels are replaced by ids."""
        if len(value) == 1 and set(value) <= set(COMBINED):
            ((key, item),) = value.items()
            return {key: [self.named(part) for part in item] if isinstance(item, list) else self.named(item)}
        criteria = dict(value)
        if "under" in criteria:
            under = criteria["under"]
            criteria["under"] = [self.one(unit) for unit in under] if isinstance(under, list) else self.one(under)
        return criteria

    def criteria(self, value: Mapping[str, Any]) -> Selection:
        """The selection of a table of criteria."""
        try:
            return read_criteria(self.named(value))
        except (TypeError, Refused) as error:
            self.fault("selection", f"{value!r} chooses nothing: {error}")
            return select(ids=())

    def units(self, value: Any) -> list[str | Selection]:
        """Ids and selections. Selections stay selections: on another structure the act selects anew."""
        references: list[str | Selection] = []
        ids: list[str] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                selection = self.criteria(item)
                chosen = self.structure.select(selection)
                if not chosen:
                    self.fault("empty", f"the selection {_table_text(item)} chooses no unit on {self.structure.day}")
                references.append(selection)
                ids += chosen
            else:
                unit_id = self.one(item)
                if unit_id is not None:
                    references.append(unit_id)
                    ids.append(unit_id)
        twice = sorted(unit for unit, count in Counter(ids).items() if count > 1)
        if twice and self.step.op in ("merge", "take_over"):
            self.fault("twice", f"named twice: {', '.join(twice)}")
        return references

    def one(self, value: Any) -> Any:
        """The id of one unit, for an id, a label or criteria.

        Raises:
            _Skipped: for a label in ``broken``.
        """
        if isinstance(value, dict):
            chosen = self.structure.select(self.criteria(value))
            if len(chosen) != 1:
                self.fault(
                    "one-unit", f"{_table_text(value)} means {len(chosen)} units on {self.structure.day}, not one"
                )
                return None
            return chosen[0]
        if isinstance(value, str) and value.startswith("$"):
            label = value[1:]
            if label in self.labels:
                return self.labels[label]
            if label in self.broken:
                raise _Skipped
            known = ", ".join(f"${name}" for name in self.labels) or "none so far"
            self.fault("label", f"nothing is called {value!r} here (there is {known})")
            return None
        return value

    _readers: ClassVar[Mapping[str, Callable[[_Step, Form, Any], Any]]] = {
        "unit": lambda step, _, value: step.one(value),
        "units": lambda step, _, value: step.units(value),
        "places": lambda step, _, value: step.places(value),
        "holder": lambda step, _, value: step.one(value),
        "new": lambda step, _, value: step.new_units(value),
        "agencies": lambda step, _, value: {function: step.new_units(unit) for function, unit in value.items()},
        "policy": policy,
        "cluster": policy,
        "homes": homes,
        "homes or units": homes,
        "parents": homes,
        "links": lambda step, _, value: [step.link(link) for link in value],
    }
    """Role of an argument's form -> how its value is read."""


def _table_text(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key} = {item!r}" for key, item in value.items()) + "}"


# ---- reading


@door.strict
def read_plan(
    path: str | os.PathLike[str], *, strict: bool = True, folders: Iterable[str | os.PathLike[str]] = ()
) -> Plan:
    """The plan in a TOML file; its tables must lie in the folder of the file.

    Args:
        path: the file.
        folders: further folders in which tables may lie.
        strict: False to keep faults of form in the plan instead of raising them:
            :meth:`Plan.simulate` then raises them together with the faults of its operations.

    Raises:
        InvalidFile: the form of the file has faults, such as unknown keys, operations or
            arguments, invalid days, or stages that wait for each other; the error lists each
            with its line.
        OSError: the file cannot be opened.

    >>> import tempfile
    >>> lines = ['name = "one"', 'day = "2027-01-01"', "[[stage]]", 'name = "merge"']
    >>> lines += ["[[stage.do]]", 'op = "merge"', 'units = ["a", "b"]']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "plan.toml")
    ...     _ = path.write_text(chr(10).join(lines))
    ...     [stage.name for stage in read_plan(path).stages]
    ['merge']
    """
    return parse_plan(read_toml(path), name=str(path), folder=Path(path).parent, strict=strict, folders=folders)


@door.strict
def parse_plan(
    text: str,
    *,
    name: str = "the plan",
    folder: Path | None = None,
    strict: bool = True,
    folders: Iterable[str | os.PathLike[str]] = (),
) -> Plan:
    """The plan in a TOML text, as for :func:`read_plan`; without a ``folder`` it may name no tables.

    >>> plan = parse_plan('''
    ... name = "one"
    ... day = "2026-12-15"
    ... [[stage]]
    ... name = "merge"
    ... day = { months = 1, day = 1 }
    ... [[stage.do]]
    ... op = "merge"
    ... units = ["a", "b"]
    ... ''')
    >>> plan.stages[0].day
    datetime.date(2027, 1, 1)
    """
    table, lines = parse_toml(text, name)
    plan = evolve(_PlanReader(table, lines, name, folder).plan(), folders=tuple(map(Path, folders)))
    if strict and plan.faults:
        raise InvalidFile(name, plan.faults)
    return plan


class _PlanReader:
    """Reads a plan from its TOML table and collects faults of form."""

    def __init__(self, table: Mapping[str, Any], lines: Lines, name: str, folder: Path | None) -> None:
        self.table, self.lines, self.name, self.folder = table, lines, name, folder
        self.faults: list[Finding] = []

    def fault(self, rule: str, message: str, *path: Any) -> None:
        self.faults.append(Finding(rule, message, row=self.lines.of(*path) or 1))

    def plan(self) -> Plan:
        table = self.table
        for key in sorted(set(table) - {"name", "day", "source", "stage", "note"}):
            self.fault("key", f"nothing is called {key!r} here; there are name, day, source, note, stage", key)
        if not isinstance(table.get("name"), str) or not table["name"]:
            self.fault("name", "the plan has no name", "name")
        base = self.day(table["day"], None, "day") if "day" in table else None
        source = self.source(table.get("source"), "source")
        raw = self.named_stages()
        days: dict[str, dt.date | None] = {}
        stages: list[Stage] = []
        for label in self.order(raw):
            i, stage = raw[label]
            stages.append(self.stage(i, label, stage, base, source, days))
        lost = frozenset(label for label, day in days.items() if day is None)
        # The sort is stable: stages of one day keep the order of their dependencies.
        stages = sorted((stage for stage in stages if stage.name not in lost), key=lambda stage: stage.day)
        self.check_days(stages)
        faults = tuple(sorted(self.faults, key=lambda f: f.row or 0))
        return Plan(str(table.get("name") or self.name), stages, self.folder, faults, lost)

    def named_stages(self) -> dict[str, tuple[int, Mapping[str, Any]]]:
        """Name of each stage -> its number and table; a stage without a usable name gets one."""
        raw: dict[str, tuple[int, Mapping[str, Any]]] = {}
        for i, stage in enumerate(self.tables(self.table.get("stage"), "the plan has no [[stage]]", "stage")):
            label = stage.get("name", f"stage {i + 1}")
            if not isinstance(label, str) or not label:
                self.fault("stage", f"the name of a stage is a text, not {label!r}", "stage", i, "name")
                label = f"stage {i + 1}"
            if label in raw:
                self.fault("stage", f"two stages are called {label!r}", "stage", i, "name")
                label = f"{label} (stage {i + 1})"
            raw[label] = i, stage
        return raw

    def tables(self, value: Any, none: str, *path: Any) -> Sequence[Mapping[str, Any]]:
        """The tables of an array; a fault if it is empty or holds anything else."""
        if not isinstance(value, list) or not value:
            self.fault("do" if path[-1] == "do" else "stage", none, *path)
            return []
        for i, item in enumerate(value):
            if not isinstance(item, dict):
                self.fault("table", f"a table stands here, not {item!r}", *path, i)
        return [item if isinstance(item, dict) else {} for item in value]

    def order(self, raw: Mapping[str, tuple[int, Mapping[str, Any]]]) -> list[str]:
        """The names of the stages, each after the stages that it waits for."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(raw)
        for label, (i, stage) in raw.items():
            for before in self.names(stage.get("after", []), i):
                if before in raw:
                    graph.add_edge(before, label)
                else:
                    self.fault("after", f"there is no stage {before!r}", "stage", i, "after")
        loops = [sorted(part, key=list(raw).index) for part in nx.strongly_connected_components(graph) if len(part) > 1]
        loops += [[label] for label in raw if graph.has_edge(label, label)]
        for loop in loops:
            self.fault(
                "after",
                f"stages that wait for each other: {' -> '.join([*loop, loop[0]])}",
                "stage",
                raw[loop[0]][0],
                "after",
            )
        if loops:
            return list(raw)
        place = {label: k for k, label in enumerate(raw)}
        return list(nx.lexicographical_topological_sort(graph, key=lambda label: place[label]))

    def names(self, value: Any, i: int) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        self.fault("after", "after is a list of names of stages", "stage", i, "after")
        return []

    def stage(
        self,
        i: int,
        label: str,
        stage: Mapping[str, Any],
        base: dt.date | None,
        source: Source,
        days: dict[str, dt.date | None],
    ) -> Stage:
        """One stage, given the plan's day and source and the days of the stages that were read before.

        Its day is added to ``days``: None if it has no valid one.
        """
        for key in sorted(set(stage) - {"name", "day", "source", "after", "takes", "do", "note"}):
            self.fault("key", f"a stage has no {key!r}; it has name, day, source, after, takes, do", "stage", i, key)
        after = self.names(stage.get("after", []), i)
        latest = max((d for name in after if (d := days.get(name)) is not None), default=None)
        if "day" in stage:
            day = self.day(stage["day"], latest or base, "stage", i, "day")
        else:
            day = max((d for d in (base, latest) if d is not None), default=None)
            if day is None:
                self.fault("day", f"the stage {label!r} has no day, nor has the plan", "stage", i)
        days[label] = day
        takes = stage.get("takes", 0)
        if not isinstance(takes, int) or isinstance(takes, bool) or takes < 0:
            self.fault("takes", "takes is a number of days", "stage", i, "takes")
            takes = 0
        nothing = f"the stage {label!r} does nothing: it has no [[stage.do]]"
        steps = [
            self.step(i, k, step) for k, step in enumerate(self.tables(stage.get("do"), nothing, "stage", i, "do"))
        ]
        own = self.source(stage["source"], "stage", i, "source") if "source" in stage else source
        return Stage(label, day or dt.date.min, tuple(steps), tuple(after), takes, own, self.lines.of("stage", i))

    def step(self, i: int, k: int, step: Mapping[str, Any]) -> PlanStep:
        path = "stage", i, "do", k
        line = self.lines.of(*path)
        op, label = str(step.get("op", "")), step.get("as", "")
        arguments = {key: value for key, value in step.items() if key not in ("op", "as")}
        if op not in VERBS:
            self.fault("op", f"there is no operation {op!r}; there are {', '.join(sorted(VERBS))}", *path, "op")
            wrong = True
        else:
            misfit = list(misfits(op, arguments))
            for key, message in misfit:
                self.fault("argument", message, *path, *([] if key is None else [key]))
            wrong = bool(misfit)
        if not isinstance(label, str) or label.startswith("$"):
            self.fault("label", f"a label is a text without $, not {label!r}; $ is for where it is used", *path, "as")
            label = ""
        return PlanStep("" if wrong else op, arguments, label, line)

    def day(self, value: Any, base: dt.date | None, *path: Any) -> dt.date | None:
        """A day: a date, an ISO text, or a table of offsets from ``base`` or from the day it names itself."""
        if isinstance(value, (dt.date, str)):
            try:
                return as_day(value)
            except OrgmodelError as error:
                self.fault("day", str(error), *path)
                return None
        if not isinstance(value, dict) or not set(value) <= {*OFFSETS, "from"} or not value:
            names = ", ".join(OFFSETS)
            self.fault("day", f"{value!r} is no day; give an ISO day or a table of {names} and perhaps from", *path)
            return None
        if "from" in value:
            base = self.day(value["from"], None, *path)
        if base is None:
            self.fault("day", "a day that is relative needs one to start from: from, or the plan's day", *path)
            return None
        try:
            return base + relativedelta(**{key: number for key, number in value.items() if key != "from"})
        except (TypeError, ValueError, ArithmeticError) as error:
            self.fault("day", f"{value!r} leads to no day: {error}", *path)
            return None

    def source(self, value: Any, *path: Any) -> Source:
        if value is None:
            return Source.unknown
        try:
            return Source(value) if isinstance(value, str) else Source(**value)
        except (TypeError, ValueError, OrgmodelError) as error:
            self.fault("source", f"{value!r} is no source: {error}", *path)
            return Source.unknown

    def check_days(self, stages: Sequence[Stage]) -> None:
        """Add a fault for each stage whose day is before a stage that it waits for."""
        day_of = {stage.name: stage.day for stage in stages}
        for stage in stages:
            for before in stage.after:
                if before in day_of and day_of[before] > stage.day:
                    self.faults.append(
                        Finding(
                            "after",
                            f"the stage {stage.name!r} is on {stage.day}, before {before!r} ({day_of[before]}) that it waits for",
                            row=stage.line,
                        )
                    )
