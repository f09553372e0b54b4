"""Plans: a restructuring as a readable file, in stages, with operations on chosen units.

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
    as = "north_west"                      # "$north_west" means the new unit from here on

    [[stage]]
    name = "cells"
    after = ["provinces"]

    [[stage.do]]
    op = "reassign"
    units = { kind = "cell", under = "$north_west" }
    to = "$north_west"

Units are named by id, by ``"$label"``, by a table of the criteria of ``om.select``, or by a
list of those. Tables of data stand beside the plan as CSV; see the operation ``succeed``.
Nothing in a plan is run: it names operations and policies of this package, or of those
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
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.acts import policies
from orgmodel.acts.act import Act, act_id
from orgmodel.acts.arguments import COMBINED, Form, is_choice, read_criteria, read_policy
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Closure, Event, Link, Succession
from orgmodel.acts.forms import arguments_of, misfits
from orgmodel.acts.operation import VERBS
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, InvalidFile, OrgmodelError, Refused
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
    "POLICIES",
    "Plan",
    "PlanStep",
    "Policies",
    "Stage",
    "parse_plan",
    "read_plan",
]

Policies = Mapping[str, Callable[..., Any]]
"""Name in a plan -> what makes the policy."""

_LARGEST: Final = 2**26
"""A table beside a plan has fewer bytes."""

POLICIES: Final[Policies] = policies.REGISTRY
"""The policies that a plan may name: those of this package and those registered by :func:`~policies.register`."""


@frozen
class PlanStep:
    """One operation of a stage.

    Attributes:
        op: its name, a verb; empty if the file has a fault there.
        arguments: as the file gives them.
        label: what to call the unit that it makes.
        line: where it stands.
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
        after: names of the stages that come before it.
        takes: how many days it takes to prepare, for the critical path.
        source: where its act comes from.
        line: where it stands.
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
        name: the name of the scenario that it makes.
        stages: in the order in which they are carried out.
        folder: where its tables lie; None: it may name none.
        folders: further folders that tables may lie in, for those that are named with a path.
        faults: what is wrong with the form of the file, of a plan that was read for all
            its faults to be told together.
        lost: stages that those faults leave without a day.

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
            # Stages that are not there are among the faults of the plan.
            graph.add_weighted_edges_from((name, stage.name, takes[name]) for name in stage.after if name in takes)
        return graph

    def critical_path(self) -> tuple[tuple[str, ...], int]:
        """The stages that take longest one after the other, and how many days they take in all.

        Raises:
            InvalidFile: there are stages that wait for each other.
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
    ) -> Scenario:
        """The scenario that the plan makes on a baseline; all of it or nothing.

        Each stage is one act. A stage that fails is left out, and what does not build on
        it is tried all the same, so that the faults of several stages come together.

        Args:
            baseline: what it departs from.
            known: policies that it may name.
            progress: called with (stages done, stages in all) after each stage.

        Raises:
            InvalidFile: with every fault and the line of the plan that it comes from.
        """
        history = baseline if isinstance(baseline, History) else baseline.history
        acts, _ = self.carry_out(history, known=known, progress=progress)
        return Scenario(self.name, baseline, acts)

    def carry_out(
        self,
        history: History,
        *,
        known: Policies = POLICIES,
        progress: Callable[[int, int], object] | None = None,
    ) -> tuple[tuple[Act, ...], History]:
        """The acts of the plan, and the history with them: what :meth:`simulate` does, without a scenario.

        Raises:
            InvalidFile: with every fault and the line of the plan that it comes from.
        """
        faults = list(self.faults)
        failed = set(self.lost)
        # Where the file itself has faults, a label may be missing because of them: that is not told again.
        promised = {step.label for stage in self.stages for step in stage.steps} if faults else set[str]()
        acts: list[Act] = []
        labels: dict[str, str] = {}
        for day, stages in groupby(self.stages, key=lambda stage: stage.day):
            of_day: list[Draft] = []
            for stage in stages:
                if progress is not None:
                    progress(self.stages.index(stage), len(self.stages))
                if failed.intersection(stage.after):
                    failed.add(stage.name)
                    continue
                ident = f"{self.name}: {stage.name} ({act_id(day, stage.source)})"
                draft = history.draft(day, stage.source, act_id=ident)
                if of_day:
                    # The stages of one day see what those before them did; the day is judged at its end.
                    draft = of_day[-1].followed_by(stage.source, act_id=ident)
                wrong = _carry_out(stage, draft, labels, promised, known, self)
                if wrong:
                    faults += wrong
                    failed.add(stage.name)
                else:
                    of_day.append(draft)
            try:
                history = history.enact(*of_day)
            except Refused as error:
                lines = {f"{self.name}: {s.name} ({act_id(day, s.source)})": s.line for s in self.stages}
                faults += [
                    Finding(f.rule, f.message, f.units, day=f.day, row=lines.get(f.act or "")) for f in error.findings
                ]
                failed.update(stage.name for stage in self.stages if stage.day == day)
            else:
                acts += [draft.act for draft in of_day]
        if progress is not None:
            progress(len(self.stages), len(self.stages))
        if faults:
            raise InvalidFile(f"the plan {self.name!r}", sorted(faults, key=lambda f: f.row or 0))
        return tuple(acts), history


def _carry_out(
    stage: Stage, draft: Draft, labels: dict[str, str], broken: set[str], known: Policies, plan: Plan
) -> list[Finding]:
    """The faults of a stage's steps; the steps are carried out on its draft.

    Labels of units that are not made, as their operation failed, join ``broken``.
    """
    faults: list[Finding] = []
    ended: dict[str, int | None] = {}
    for step in stage.steps:
        if not step.op:
            continue
        done = len(draft.events)
        try:
            made = _Step(step, draft.structure, labels, broken, known, plan).carry_out(draft)
        except _Skipped:
            if step.label:
                broken.add(step.label)
            continue
        except Refused as error:
            faults += [
                Finding(f.rule, _told(f, ended), f.units, day=f.day or stage.day, row=step.line) for f in error.findings
            ]
        except OrgmodelError as error:
            faults.append(Finding("unit", str(error), day=stage.day, row=step.line))
        else:
            ended |= dict.fromkeys(_ended(draft.events[done:]), step.line)
            if step.label:
                labels[step.label] = made
            continue
        if step.label:
            broken.add(step.label)
    return faults


def _ended(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        if isinstance(event, Closure):
            yield event.subject
        elif isinstance(event, Succession):
            survivors = set(event.survivors)
            yield from (old for old in event.olds if old not in survivors)


def _told(finding: Finding, ended: Mapping[str, int | None]) -> str:
    lines = [f"{unit!r} ended by the operation of line {ended[unit]}" for unit in finding.units if unit in ended]
    return f"{finding.message}; {', '.join(lines)}" if lines else finding.message


class _Skipped(Exception):
    """A step that builds on a failed one, whose fault is reported already."""


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
        """Carry the step out; the id of the unit that it makes, if it makes one.

        Raises:
            Refused: with its faults.
        """
        verb = VERBS[self.step.op]
        needs, may = arguments_of(verb)
        forms = {**needs, **may}
        arguments = {name: self.argument(name, forms[name], value) for name, value in self.step.arguments.items()}
        if self.faults:
            raise Refused(self.step.op, self.faults)
        made = draft.carry_out(verb(**arguments)).made
        return made[0] if made else ""

    def fault(self, rule: str, message: str) -> None:
        self.faults.append(Finding(rule, message))

    def argument(self, name: str, form: Form, value: Any) -> Any:
        """What the operation is given, with ids for labels and for criteria of one unit."""
        if value is False and form.fits(value) and form.role:
            return None if form.read(value) is None else value
        match form.role:
            case "table":
                return self.table(name, value)
            case "unit":
                return self.one(value)
            case "units":
                return self.units(value)
            case "places" if isinstance(value, dict) and not is_choice(value):
                return {hierarchy: self.one(parent) for hierarchy, parent in value.items()}
            case "places":
                return self.one(value)
            case "holder" if not (isinstance(value, dict) and "absent" in value):
                return self.one(value)
            case "new":
                return self.new_units(value)
            case "agencies":
                return {function: self.new_units(unit) for function, unit in value.items()}
            case "policy" | "cluster":
                return self.policy(form, value)
            case "homes" | "homes or units" | "parents":
                return self.homes(form, value)
            case "links":
                return [self.link(link) for link in value]
        try:
            return form.read(value)
        except (TypeError, ValueError, LookupError) as error:
            self.fault("argument", f"{name}: {error}")
            return None

    def homes(self, form: Form, value: Any) -> Any:
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
        if isinstance(value, dict):
            named = {"old": self.one(value["old"]), "new": str(self.one(value["new"]))}
            try:
                return Link(**{**value, **named})
            except (TypeError, ValueError) as error:
                self.fault("links", f"no link can be made of {value!r}: {error}")
                return (named["old"], named["new"])
        return (self.one(value[0]), self.one(value[1]), *value[2:])

    def table(self, name: str, value: Any) -> Any:
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
        """The path of a table, if it lies in a folder that the caller allows; else that is a fault."""
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
        if isinstance(value, list):
            return [self.new_units(item) for item in value]
        given = {key: self.one(item) if key == "parent" else item for key, item in value.items()}
        try:
            return Unit(**given)
        except (TypeError, Refused) as error:
            self.fault("unit", f"no unit can be made of {value!r}: {error}")
            return Unit()

    def named(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Criteria with ids for the labels in them."""
        if len(value) == 1 and set(value) <= set(COMBINED):
            ((key, item),) = value.items()
            return {key: [self.named(part) for part in item] if isinstance(item, list) else self.named(item)}
        given = dict(value)
        if "under" in given:
            under = given["under"]
            given["under"] = [self.one(unit) for unit in under] if isinstance(under, list) else self.one(under)
        return given

    def criteria(self, value: Mapping[str, Any]) -> Selection:
        try:
            return read_criteria(self.named(value))
        except (TypeError, Refused) as error:
            self.fault("selection", f"{value!r} chooses nothing: {error}")
            return select(ids=())

    def units(self, value: Any) -> list[str | Selection]:
        """Ids and selections; a selection is kept, so that the decision says whom it means on any structure."""
        kept: list[str | Selection] = []
        found: list[str] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                selection = self.criteria(item)
                chosen = self.structure.select(selection)
                if not chosen:
                    self.fault("empty", f"the selection {_said(item)} chooses no unit on {self.structure.day}")
                kept.append(selection)
                found += chosen
            else:
                one = self.one(item)
                if one is not None:
                    kept.append(one)
                    found.append(one)
        twice = sorted(unit for unit, count in Counter(found).items() if count > 1)
        if twice and self.step.op in ("merge", "take_over"):
            self.fault("twice", f"named twice: {', '.join(twice)}")
        return kept

    def one(self, value: Any) -> Any:
        if isinstance(value, dict):
            chosen = self.structure.select(self.criteria(value))
            if len(chosen) != 1:
                self.fault("one-unit", f"{_said(value)} means {len(chosen)} units on {self.structure.day}, not one")
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


def _said(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key} = {item!r}" for key, item in value.items()) + "}"


# ---- reading


@door.strict
def read_plan(
    path: str | os.PathLike[str], *, strict: bool = True, folders: Iterable[str | os.PathLike[str]] = ()
) -> Plan:
    """The plan in a TOML file; its tables are looked for beside it, and nowhere outside of its folder.

    Args:
        path: the file.
        folders: further folders in which a table may lie that the plan names with a path.
        strict: False to keep faults of form in the plan instead of raising them:
            :meth:`Plan.simulate` then raises them together with what the plan cannot do.

    Raises:
        InvalidFile: with every fault of its form and the line of each: unknown keys,
            operations, arguments; days that are none; stages that wait for each other.
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


def parse_plan(
    text: str,
    *,
    name: str = "the plan",
    folder: Path | None = None,
    strict: bool = True,
    folders: Iterable[str | os.PathLike[str]] = (),
) -> Plan:
    """The plan in a TOML text, as :func:`read_plan`; without a ``folder`` it can name no tables.

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
    """Reads the tables of a plan and collects faults of form."""

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
        raw: dict[str, tuple[int, Mapping[str, Any]]] = {}
        for i, stage in enumerate(self.tables(table.get("stage"), "the plan has no [[stage]]", "stage")):
            label = stage.get("name", f"stage {i + 1}")
            if not isinstance(label, str) or not label:
                self.fault("stage", f"the name of a stage is a text, not {label!r}", "stage", i, "name")
                label = f"stage {i + 1}"
            if label in raw:
                self.fault("stage", f"two stages are called {label!r}", "stage", i, "name")
                label = f"{label} (stage {i + 1})"
            raw[label] = i, stage
        days: dict[str, dt.date | None] = {}
        stages: list[Stage] = []
        for label in self.order(raw):
            i, stage = raw[label]
            stages.append(self.stage(i, label, stage, base, source, days))
        lost = frozenset(label for label, day in days.items() if day is None)
        stages = sorted((stage for stage in stages if stage.name not in lost), key=lambda stage: stage.day)
        self.check_days(stages)
        faults = tuple(sorted(self.faults, key=lambda f: f.row or 0))
        return Plan(str(table.get("name") or self.name), stages, self.folder, faults, lost)

    def tables(self, given: Any, none: str, *path: Any) -> Sequence[Mapping[str, Any]]:
        """The tables of an array; a fault if there are none, or something else."""
        if not isinstance(given, list) or not given:
            self.fault("do" if path[-1] == "do" else "stage", none, *path)
            return []
        for i, item in enumerate(given):
            if not isinstance(item, dict):
                self.fault("table", f"a table stands here, not {item!r}", *path, i)
        return [item if isinstance(item, dict) else {} for item in given]

    def order(self, raw: Mapping[str, tuple[int, Mapping[str, Any]]]) -> list[str]:
        """The names of the stages, each after those that it waits for."""
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
        for key in sorted(set(stage) - {"name", "day", "source", "after", "takes", "do", "note"}):
            self.fault("key", f"a stage has no {key!r}; it has name, day, source, after, takes, do", "stage", i, key)
        after = self.names(stage.get("after", []), i)
        latest = max((d for name in after if (d := days.get(name)) is not None), default=None)
        day = base if "day" not in stage else self.day(stage["day"], latest or base, "stage", i, "day")
        if "day" not in stage and latest is not None and (day is None or latest > day):
            day = latest
        if day is None and "day" not in stage:
            self.fault("day", f"the stage {label!r} has no day, nor has the plan", "stage", i)
        days[label] = day
        takes = stage.get("takes", 0)
        if not isinstance(takes, int) or isinstance(takes, bool) or takes < 0:
            self.fault("takes", "takes is a number of days", "stage", i, "takes")
            takes = 0
        given = self.tables(
            stage.get("do"), f"the stage {label!r} does nothing: it has no [[stage.do]]", "stage", i, "do"
        )
        steps = [self.step(i, k, step) for k, step in enumerate(given)]
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
            found = list(misfits(op, arguments))
            for key, told in found:
                self.fault("argument", told, *path, *([] if key is None else [key]))
            wrong = bool(found)
        if not isinstance(label, str) or label.startswith("$"):
            self.fault("label", f"a label is a text without $, not {label!r}; $ is for where it is used", *path, "as")
            label = ""
        return PlanStep("" if wrong else op, arguments, label, line)

    def day(self, value: Any, base: dt.date | None, *path: Any) -> dt.date | None:
        """A day: a date, an ISO text, or a table of offsets from the stages before, else from the plan's day."""
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
        # Stages of one day keep the order of their dependencies: the sort by days is stable.
