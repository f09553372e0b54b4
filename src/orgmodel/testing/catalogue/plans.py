"""The laws of plans (X): what is tried comes to what enacting it comes to, one by one or many at once."""

from __future__ import annotations

import random
from typing import Any, Final

from orgmodel.acts.act import Act, act_id
from orgmodel.acts.events import Change
from orgmodel.acts.forms import operation_record
from orgmodel.acts.operation import Operation
from orgmodel.errors import OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.period import ONE_DAY
from orgmodel.scenario.ensemble import simulate_many
from orgmodel.scenario.metrics import UnitsByKind
from orgmodel.scenario.plan import Plan, PlanStep, Stage
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.decisions import DECIDED, Decider, verdict
from orgmodel.testing.law import SOURCE, Case, broken, same
from orgmodel.testing.twin import UNIT

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
