"""The organisations, plans and trials that several tests try; a module of its own, so that processes find it."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

import orgmodel as om
from orgmodel.acts.draft import Draft
from orgmodel.scenario import metrics
from orgmodel.scenario.ensemble import MergeUnits, Trial, renamed, simulate_many
from orgmodel.scenario.plan import Plan, parse_plan

DAY: Final = "2027-01-01"
ON: Final = dt.date.fromisoformat(DAY)

TWO_BY_TWO: Final = """#:schema plan.schema.json
name = "two by two"
source = { number = "a proposal", issuer = "an office" }
day = "2026-12-15"
note = "for readers"

[[stage]]
name = "provinces"
day = { months = 1, day = 1 }
takes = 30

[[stage.do]]
op = "merge"
units = [{ code = "A", kind = "province" }, "b"]
into = { name = "A and B" }
cluster = "leave-all"
counterparts = "agency"
as = "ab"

[[stage.do]]
op = "recode"
unit = "$ab"
code = "AB"

[[stage]]
name = "communes"
after = "provinces"
takes = 10

[[stage.do]]
op = "reassign"
units = { kind = "commune", under = ["c"], measure = ["members", "<", 2] }
to = "$ab"

[[stage.do]]
op = "break_down"
unit = "d1"
into = [{ id = "x", name = "X" }, { id = "y", name = "Y" }]
children = {}
shares = { x = { members = "2/5" }, y = { members = 0.6 } }

[[stage]]
name = "names"
takes = 35
day = 2026-12-16

[[stage.do]]
op = "rename"
unit = { code = "D" }
name = "Delta"
"""


def organisation() -> om.History:
    """A centre, four provinces in two clusters, each with an agency and two communes."""
    schema = om.Schema.levels("centre", "province", "commune")
    schema = om.Schema(
        (*schema.kinds, om.Kind("agency", agency=True)), (*schema.placements, om.Placement("agency", "province"))
    )
    rows: list[dict[str, Any]] = [{"id": "vn", "kind": "centre"}]
    for p in "abcd":
        rows.append({"id": p, "parent": "vn", "kind": "province", "code": p.upper(), "name": f"Province {p.upper()}"})
        rows.append({"id": f"{p}-o", "parent": p, "kind": "agency", "category": "ban tổ chức", "name": f"Ban {p}"})
        rows += [{"id": f"{p}{n}", "parent": p, "kind": "commune", "code": f"{p}{n}", "members": n} for n in (1, 2)]
    history = om.history_of(rows, day="2024-01-01", schema=schema, measures=[om.Measure("members")])
    with history.draft("2024-01-02") as act:
        act.form(om.Clustering("emulation"))
        act.form(om.Cluster("k1", "emulation"), ["a-o", "b-o"])
        act.form(om.Cluster("k2", "emulation"), ["c-o", "d-o"])
    return history.enact(act)


def provinces_63() -> om.History:
    """The 63 provinces before the reform of 2025, each with its agencies, under the centre."""
    from orgmodel.party import vietnam

    eve = vietnam.reform_2025().at("2025-06-30")
    kept = [unit for unit in eve.units() if unit.kind not in ("district", "commune")]
    assert eve.count("province") == 63
    rows = [
        {"id": u.id, "parent": u.parent, "kind": u.kind, "code": u.code, "name": u.name, "category": u.category}
        for u in kept
    ]
    return om.history_of(rows, day="2025-01-01", schema=eve.schema)


@frozen
class SomeMerger:
    """Draws one to three mergers of provinces; now and then something impossible."""

    units: tuple[str, ...]

    def __call__(self, number: int, rng: random.Random, /) -> Plan | Trial:
        chosen = rng.sample([*self.units, "nobody"], 2)
        return MergeUnits(tuple(chosen), ON)


@frozen
class TwoActs:
    """A trial of two acts on different days, as no plan of one merger is."""

    name: str

    def __call__(self, history: om.History, /) -> Iterable[om.Act | Draft]:
        first = om.Act(f"{self.name} 1", "2026-01-01", [om.Change("a", "name", "A")])
        return [first, om.Act(f"{self.name} 2", DAY, [om.Change("a1", "parent", "b")])]


MEASURED = (*metrics.DEFAULT, metrics.SuperiorChanges("commune"), metrics.MembersPerUnit(kind="commune"))


def mixed() -> list[Plan | Trial]:
    """Plans and trials, some of which fail."""
    plan = parse_plan(TWO_BY_TWO)
    pairs = [MergeUnits(pair, ON) for pair in itertools.combinations("abcd", 2)]
    return [plan, *pairs, TwoActs("two"), MergeUnits(("a", "a1"), ON), renamed(plan, "again"), MergeUnits(("x",), ON)]


def simulated(plans: Any, history: om.History, **options: Any) -> list[dict[str, Any]]:
    return simulate_many(plans, history, on=DAY, metrics=MEASURED, **options)
