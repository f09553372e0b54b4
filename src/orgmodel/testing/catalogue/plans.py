"""The laws of plans (X): what is tried comes to what enacting it comes to, one by one or many at once."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
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
from orgmodel.testing.catalogue.shared import agree, case_of, enacted, kinds_of, two_small_acts
from orgmodel.testing.decisions import DECIDED, Decider
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import SOURCE, Case, NotMet, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.schemas import AGENCIES
from orgmodel.testing.twin import PlainDay

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
        raise NotMet from None
    steps = [PlanStep(record.pop("op"), record) for record in records]
    plan = Plan("plan", (Stage("stage", drawn.effective, tuple(steps), source=SOURCE),))
    try:
        (act,), planned = plan.carry_out(case.history)
    except OrgmodelError as error:
        if happens(case.history, Act(drawn.id, drawn.effective, operations, SOURCE)) is not None:
            broken(f"refused as a plan ({error}), and enacted it stands")
        return
    plain = case.history.enact(Act(act.id, drawn.effective, operations, SOURCE))
    for day in (case.day, drawn.effective, drawn.effective + ONE_DAY):
        same(planned.at(day).facts(), plain.at(day).facts(), f"{day} after a plan, and after its operations")


@law("X2", "plans that are tried together have the numbers that each has alone, in their order", "history")
def x2(case: Case) -> None:
    on = case.day + ONE_DAY
    nobody = Act("nobody", on, [Change("nobody", tracks.NAME, "x")], SOURCE)
    acts = [_decided(case, "first", 1), nobody, _decided(case, "second", 1)]
    # The first one again: what was tried in between must leave no trace; one that fails must not shift the rows.
    acts.append(acts[0])

    def trial(act: Act) -> Any:
        return lambda baseline: [act] if isinstance(baseline, History) else []

    rows = simulate_many(map(trial, acts), case.history, on=on, metrics=[UnitsByKind()])
    for row, act in zip(rows, acts, strict=True):
        history = happens(case.history, act)
        same(row["failed"] is None, history is not None, f"whether plan {row['number']} can be carried out")
        if history is not None:
            day = PlainDay(history.at(on).facts())
            numbers = Counter(f"units: {kind}" for unit in day.units if (kind := day.kind(unit)))
            agree(numbers, row.get, numbers.get, f"units of each kind after plan {row['number']}")


@law(
    "X3",
    "a metric counts what a loop over the facts counts, and mergers that are tried at once have the numbers that each has "
    "alone",
    "history",
)
def x3(case: Case) -> None:
    structure, day = case.structure, case.on(case.day)

    def read(metric: Callable[[Structure, Structure], Mapping[str, Any]]) -> Mapping[str, Any]:
        return metric(structure, structure)

    children: dict[str, list[int]] = defaultdict(list)
    for unit in day.units:
        if (count := len(day.children(unit))) and day.kind(unit):
            children[day.kind(unit)].append(count)
    spans = {f"{kind} mean": Fraction(sum(counts), len(counts)) for kind, counts in children.items()}
    spans |= {f"{kind} most": Fraction(max(counts)) for kind, counts in children.items()}
    same(read(metrics.Span()), spans, "the metric of spans")
    depths = [len(day.above(unit)) for unit in day.where_stated(tracks.PARENT)]
    steps = {"most": max(depths), "mean": Fraction(sum(depths), len(depths))}
    same(read(metrics.Depth()), steps, "the metric of depth")
    agencies = sum(structure.schema.is_agency(day.kind(unit)) for unit in day.units)
    same(read(metrics.Agencies()), {"all": agencies}, "the metric of agencies")
    sizes = {cluster: len(day.members(cluster)) for cluster in day.living(Cluster)}
    of_clustering: dict[str, list[int]] = defaultdict(list)
    for cluster, life in day.living(Cluster).items():
        of_clustering[life.clustering].append(sizes[cluster])
    spreads = {f"{clustering} spread": max(each) - min(each) for clustering, each in of_clustering.items()}
    agree(sizes | spreads, read(metrics.ClusterSizes()).get, (sizes | spreads).get, "the metric of clusters")
    kinds = kinds_of(structure)
    if not kinds:
        return
    kind = pick(kinds, case.number(3))
    same(read(metrics.Ratio(kind, kind)), {"ratio": 1}, f"{kind} per {kind}")
    figures = [day.value(u, tracks.measure_track("members"), tracks.OWN) for u in day.where(tracks.KIND, kind)]
    known = [figure for figure in figures if isinstance(figure, int)]
    per_unit: dict[str, Any] = {"stated": len(known)}
    per_unit |= {"mean": Fraction(sum(known), len(known)), "least": min(known), "most": max(known)} if known else {}
    same(read(metrics.MembersPerUnit(kind=kind)), per_unit, f"members of every {kind}")
    _trial_measured(case, kinds)
    _tried_at_once(case)


def _trial_measured(case: Case, kinds: Iterable[str]) -> None:
    """The metrics that compare a trial with the baseline count who moved and which posts it takes."""
    # Of a unit that moves, all units below move with it and keep their superior.
    move = case.move(4, ["reassign"] if case.number(5) % 2 else ())
    trial = enacted(case, move.events).at(case.day)
    was, now = case.on(case.day), PlainDay(trial.facts())
    for kind in kinds:
        olds, news = (set(day.where(tracks.KIND, kind)) for day in (was, now))
        moved = {unit for unit in olds & news if was.parent(unit) != now.parent(unit)}
        changes = metrics.SuperiorChanges(kind)
        same(changes(trial, case.structure)["units"], len(moved), f"how many {kind} change their superior")
        posts = metrics.LeadingPosts({kind: 3})
        expected = {"in all": 3 * len(news), "to fill": 3 * len(news - olds), "to give up": 3 * len(olds - news)}
        same(posts(trial, case.structure), expected, f"posts of every {kind}")
        # At the limit and beyond it, where a mistake in the comparison shows.
        for target in (len(moved), len(moved) + 1):
            reached = metrics.Reached(changes, "units", target)(trial, case.structure)
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
        # The laws of single mergers name a fault of a single merger; the history of the case may have none.
        merger_case = case_of(history, case)
        merger_case.named = tuple("pqr")
        for plainer in PLAIN:
            plainer.judge(merger_case)
    same(tried, list(alone), "mergers of provinces, tried at once and one by one")


@law(
    "X4",
    "a scenario is undone and redone, loses the act that is dropped, is approved as it stands, and its branch goes on from it",
    "history",
)
def x4(case: Case) -> None:
    first, second = two_small_acts(case)
    alone = needed(happens(case.history, first))
    both, only_second = needed(happens(alone, second)), happens(case.history, second)
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
    ]
    if only_second is not None:
        expected.append(("without the first", longer.drop(first.id), only_second))
    for label, scenario, history in expected:
        for day in (case.day, case.day + ONE_DAY):
            same(scenario.at(day).facts(), history.at(day).facts(), f"{label}: the scenario on {day}")
