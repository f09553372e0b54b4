"""The laws of plans (X): what is tried comes to what enacting it comes to, one by one or many at once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts.act import Act, act_id
from orgmodel.acts.events import Change
from orgmodel.acts.forms import operation_record
from orgmodel.acts.operation import Operation
from orgmodel.errors import OrgmodelError, Refused
from orgmodel.history.history import History, history_of
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster
from orgmodel.period import ONE_DAY
from orgmodel.scenario import metrics
from orgmodel.scenario.batch import TWINS, Batch, try_mergers
from orgmodel.scenario.ensemble import MergeUnits, simulate_many
from orgmodel.scenario.metrics import UnitsByKind
from orgmodel.scenario.plan import Plan, PlanStep, Stage
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.mergers import PLAIN
from orgmodel.testing.catalogue.shared import two_small_acts
from orgmodel.testing.decisions import DECIDED, Decider, verdict
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import SOURCE, Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.schemas import AGENCIES
from orgmodel.testing.twin import UNIT, PlainDay

__all__ = ["law"]

law: Final = Family()


def _decided(case: Case, name: str, most: int) -> Act:
    """Operations that are possible on the day after the last one."""
    decider = Decider(random.Random(f"{name} {bytes(case.dice).hex()}"), f"{name}-")
    return needed(decider.act(case.history, case.day + ONE_DAY, name, DECIDED, most=most))


@law(
    "X1",
    "a plan comes to what its operations come to when they are enacted, each in its turn",
    "history",
    "verbs without a form",
)
def x1(case: Case) -> None:
    # Derived ids depend on the id of the act, and later operations name them: so the act gets the id of the plan's.
    drawn = _decided(case, f"plan: stage ({act_id(case.day + ONE_DAY, SOURCE)})", 3)
    operations = [operation for operation in drawn.operations if isinstance(operation, Operation)]
    met(operations)
    try:
        records = [operation_record(operation) for operation in operations]
    except Refused:
        met(False)
    steps = [
        PlanStep(record["op"], {name: value for name, value in record.items() if name != "op"}) for record in records
    ]
    plan = Plan("plan", (Stage("stage", drawn.effective, tuple(steps), source=SOURCE),))
    try:
        (act,), planned = plan.carry_out(case.history)
    except OrgmodelError as error:
        plain = verdict(lambda: case.history.enact(Act(drawn.id, drawn.effective, operations, SOURCE)))
        if plain.history is not None:
            broken(f"refused as a plan ({error}), and enacted it stands")
        return
    enacted = case.history.enact(Act(act.id, drawn.effective, operations, SOURCE))
    for day in (case.day, drawn.effective, drawn.effective + ONE_DAY):
        same(planned.at(day).facts(), enacted.at(day).facts(), f"{day} after a plan, and after its operations")


@law("X2", "plans that are tried together have the numbers that each has alone, in their order", "history")
def x2(case: Case) -> None:
    on = case.day + ONE_DAY
    nobody = Act("nobody", on, [Change("nobody", tracks.NAME, "x")], SOURCE)
    acts = [_decided(case, "first", 1), nobody, _decided(case, "second", 1)]
    outcomes = [verdict(lambda act=act: case.history.enact(act)) for act in acts]  # type: ignore[misc]

    def trial(act: Act) -> Any:
        return lambda baseline: [act] if isinstance(baseline, History) else []

    rows = simulate_many([trial(act) for act in (*acts, acts[0])], case.history, on=on, metrics=[UnitsByKind()])
    for row, outcome in zip(rows, (*outcomes, outcomes[0]), strict=True):
        same(row["failed"] is None, outcome.history is not None, f"whether plan {row['number']} can be carried out")
        if outcome.history is not None:
            facts = outcome.history.at(on).facts()
            for kind in {own_facts.get((tracks.KIND, None)) for own_facts in facts.values()} - {None}:
                number = sum(
                    own_facts.get((tracks.LIFE, None)) == UNIT and own_facts.get((tracks.KIND, None)) == kind
                    for own_facts in facts.values()
                )
                same(row.get(f"units: {kind}"), number, f"units of the kind {kind!r} after plan {row['number']}")


@law(
    "X3",
    "a metric counts what a loop over the facts counts, and mergers that are tried at once have the numbers that each has "
    "alone",
    "history",
)
def x3(case: Case) -> None:
    structure, day = case.structure, case.on(case.day)
    children: dict[str, list[int]] = defaultdict(list)
    for unit in day.units:
        if (count := len(day.children(unit))) and day.kind(unit):
            children[day.kind(unit)].append(count)
    spans = {f"{kind} mean": Fraction(sum(counts), len(counts)) for kind, counts in children.items()}
    spans |= {f"{kind} most": Fraction(max(counts)) for kind, counts in children.items()}
    same(metrics.Span()(structure, structure), spans, "the metric of spans")
    depths = [len(day.above(unit)) for unit in day.units if day.value(unit, tracks.PARENT) is not None]
    steps = {"most": max(depths), "mean": Fraction(sum(depths), len(depths))}
    same(metrics.Depth()(structure, structure), steps, "the metric of depth")
    agencies = sum(structure.schema.is_agency(day.kind(unit)) for unit in day.units)
    same(metrics.Agencies()(structure, structure), {"all": agencies}, "the metric of agencies")
    sizes = metrics.ClusterSizes()(structure, structure)
    for cluster, begun in day.living(Cluster).items():
        same(sizes[cluster], len(day.members(cluster)), f"the size of {cluster!r}")
        near = [len(day.members(c)) for c, life in day.living(Cluster).items() if life.clustering == begun.clustering]
        same(sizes[f"{begun.clustering} spread"], max(near) - min(near), f"the spread of {begun.clustering!r}")
    kinds = [kind for kind in structure.counts() if kind]
    if not kinds:
        return
    kind = pick(kinds, case.number(3))
    of_kind, inner = day.where(tracks.KIND, kind), metrics.Ratio(kind, kind)
    same(inner(structure, structure), {"ratio": 1}, f"{kind} per {kind}")
    figures = [day.value(unit, tracks.measure_track("members"), tracks.OWN) for unit in of_kind]
    known = [figure for figure in figures if isinstance(figure, int)]
    per_unit: dict[str, Any] = {"stated": len(known)}
    per_unit |= {"mean": Fraction(sum(known), len(known)), "least": min(known), "most": max(known)} if known else {}
    same(metrics.MembersPerUnit(kind=kind)(structure, structure), per_unit, f"members of every {kind}")
    _trial_measured(case, kinds)
    _tried_at_once(case)


def _trial_measured(case: Case, kinds: Iterable[str]) -> None:
    """The metrics that compare a trial with the baseline count who moved and which posts it takes."""
    # Of a unit that moves, all units below move with it and keep their superior.
    after = needed(happens(case.history, case.act(case.move(4, ["reassign"] if case.number(5) % 2 else ()).events))).at(
        case.day
    )
    was, now = case.on(case.day), PlainDay(after.facts())
    for kind in kinds:
        _kind_measured(case, after, was, now, kind)


def _kind_measured(case: Case, after: Structure, was: PlainDay, now: PlainDay, kind: str) -> None:
    moved = [unit for unit in now.where(tracks.KIND, kind) if unit in was.units and was.kind(unit) == kind]
    moved = [unit for unit in moved if was.parent(unit) != now.parent(unit)]
    changes = metrics.SuperiorChanges(kind)(after, case.structure)
    same(changes["units"], len(moved), f"how many {kind} change their superior")
    posts = metrics.LeadingPosts({kind: 3})(  # type: ignore[arg-type]  # its converter is dict
        after, case.structure
    )
    news, olds = (set(day.where(tracks.KIND, kind)) for day in (now, was))
    expected = {"in all": 3 * len(news), "to fill": 3 * len(news - olds), "to give up": 3 * len(olds - news)}
    same(posts, expected, f"posts of every {kind}")
    for target in (len(moved), len(moved) + 1):
        reached = metrics.Reached(metrics.SuperiorChanges(kind), "units", target)(after, case.structure)
        same([*reached.values()], [int(len(moved) >= target)], f"whether {len(moved)} reach {target}")


def _tried_at_once(case: Case) -> None:
    """A batch of mergers of one kind has a row for each, with the numbers of a trial of it alone."""
    rows: list[UnitRow] = [{"id": "top", "kind": "centre"}]
    for province in "pqr":
        rows.append({"id": province, "kind": "province", "parent": "top"})
        for at in range(case.number(len(rows)) % 4):
            below = ("agency", "f") if at == 0 else ("agency", "g") if case.number(at) % 2 else ("commune", "rural")
            rows.append({"id": f"{province}{at}", "kind": below[0], "category": below[1], "parent": province})
    history = history_of(rows, day=case.day, schema=AGENCIES)
    on, merged = case.day + ONE_DAY, ["pq", "pr", "qr", "pqr"]
    batch = Batch(history, on, "province", list(TWINS))
    alone = simulate_many([MergeUnits(tuple(of), on) for of in merged], history, on=on, metrics=list(TWINS.values()))
    tried = try_mergers(batch, merged)
    if tried != list(alone):
        # A fault of a single merger is told by the laws of single mergers; the history of the case may have none.
        made = Case(history, case.dice, case.kit)
        made.named = tuple("pqr")
        for plainer in PLAIN:
            plainer.judge(made)
    same(tried, list(alone), "mergers of provinces, tried at once and one by one")


@law(
    "X4",
    "a scenario is undone and redone, loses the act that is dropped, is approved as it stands, and its branch goes on from it",
    "history",
)
def x4(case: Case) -> None:
    first, second = two_small_acts(case)
    alone = needed(happens(case.history, first))
    both = needed(happens(alone, second))
    only_second = happens(case.history, second)
    trial = Scenario("trial", case.history).add(first)
    longer = trial.add(second)
    expected = [
        ("one act", trial, alone),
        ("two acts", longer, both),
        ("undone", longer.undo(), alone),
        ("undone twice", longer.undo().undo(), case.history),
        ("redone", longer.undo().redo(), both),
        ("without the second", longer.drop(second.id), alone),
        ("a branch", trial.branch("branch", second), both),
        ("approved", longer.submit().approve(), both),
        *([("without the first", longer.drop(first.id), only_second)] if only_second is not None else []),
    ]
    for label, scenario, history in expected:
        for day in (case.day, case.day + ONE_DAY):
            same(scenario.at(day).facts(), history.at(day).facts(), f"{label}: the scenario on {day}")
