"""Histories of random decisions, for what is learned late."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.policies import ByMeasure, ClusterOfLargest, LeaveAll, MajorityCluster
from orgmodel.structure.structure import Structure

FIRST: Final = dt.date(2020, 1, 1)
SCHEMA: Final = om.Schema([om.Kind("r"), om.Kind("p"), om.Kind("d"), om.Kind("c"), om.Kind("ag", agency=True)])
MEASURES: Final = (om.Measure("m"), om.Measure("rate", type="rate", weight="m"), om.Measure("grade", type="category"))
ABOVE: Final = {"p": "r", "d": "p", "c": "d"}

FEW: Final = [
    "record",
    "record",
    "record",
    "record",
    "rate",
    "grade",
    "create",
    "create",
    "agency",
    "agency",
    "agency",
    "join",
    "join",
    "leave",
    "form",
    "rename",
    "recode",
]
LATE: Final = (*FEW, *["reassign", "reassign_some", "merge", "take_over", "split_off", "close", "abolish", "office", "fact", "reclassify"],
               *["designate", "dissolve", "transfer", "break_down", "replace"])  # fmt: skip
DECIDED: Final = (*["merge"] * 9, *["break_down"] * 5, *["abolish"] * 2, *["take_over"] * 2, *["split_off"] * 2, *["record"] * 3,
                  *["merge_some", "replace", "split_some", "transfer", "reassign", "reassign", "reassign_some", "reassign_small", "rename"],
                  *["recode", "reclassify", "rate", "grade", "create", "create", "agency", "agency", "agency", "close", "form", "join", "join", "leave"],
                  *["dissolve", "designate", "succeed", "reestablish", "office", "fact"])  # fmt: skip


def day(number: int) -> dt.date:
    """The day of a number."""
    return FIRST + dt.timedelta(days=10 * number)


@frozen
class FirstPart:
    """Every child goes to one part."""

    part: str

    def __call__(self, structure: Structure, child: str) -> str:
        return self.part


def start() -> om.History:
    """Two provinces of three districts of two communes, a clustering with two clusters."""
    with om.History(SCHEMA, MEASURES).draft(day(0), act_id="start") as act:
        act.create(om.Unit("r", kind="r"))
        for p in "AB":
            act.create(om.Unit(p, kind="p", name=p), under="r")
            for d in "xyz":
                act.create(om.Unit(p + d, kind="d", name=p + d), under=p)
                for c in "12":
                    act.create(om.Unit(p + d + c, kind="c", name=p + d + c), under=p + d)
        act.form(om.Clustering("E", "E"))
        act.form(om.Cluster("k1", "E", "K1"), ["A", "B"])
        act.form(om.Cluster("k2", "E", "K2"))
    return om.History(SCHEMA, MEASURES).enact(act)


class Decisions:
    """Draws operations that fit a structure, mostly."""

    def __init__(self, draw: random.Random) -> None:
        self.draw, self.made = draw, 0

    def fresh(self, prefix: str = "n") -> str:
        """An id that was never used."""
        self.made += 1
        return f"{prefix}{self.made}"

    def do(self, act: Draft, verbs: Sequence[str]) -> None:
        """One operation, on a draft.

        Raises:
            LookupError: there is nothing that it could be about.
            OrgmodelError: it does not fit.
        """
        draw, s = self.draw, act.structure
        by: dict[str, list[str]] = {}
        for unit in s:
            if unit != "r":
                by.setdefault(str(s.unit(unit).kind), []).append(unit)
        every = [unit for units in by.values() for unit in units]

        def pick(kind: str | None = None, number: int = 1) -> list[str]:
            pool = every if kind is None else by.get(kind, [])
            if len(pool) < number:
                raise LookupError(kind)
            return draw.sample(pool, number)

        def into(**more: Any) -> om.Unit:
            return om.Unit(self.fresh() if draw.random() < 0.7 else "", name=draw.choice([None, "N", "M"]), **more)

        clusters = [c.id for c in s.clusters("E")]
        kind = draw.choice([k for k in by if k != "ag"] or [""])
        cluster = draw.choice([None, None, None, MajorityCluster(), LeaveAll(), ClusterOfLargest("m"), *clusters[:1]])
        verb = draw.choice(verbs)
        match verb:
            case "merge":
                units = pick(kind, draw.choice([2, 2, 3]))
                above = {s.parent(u) for u in units}
                under = draw.choice(sorted(map(str, above))) if len(above) > 1 or draw.random() < 0.2 else None
                act.merge(units, into=into(), cluster=cluster, under=under)
            case "merge_some":
                at = draw.choice(by.get("p", []) + by.get("d", []))
                act.merge(om.select(kind=kind, under=at), into=into(), cluster=cluster)
            case "take_over":
                keeper, *others = pick(kind, 2)
                act.take_over(keeper, others, cluster=cluster)
            case "replace":
                act.replace(pick(kind)[0], into())
            case "break_down":
                unit, a, b = pick(kind)[0], self.fresh(), self.fresh()
                homes: Any = {c: draw.choice([a, b]) for c in s.children(unit)}
                how: dict[str, Any] = draw.choice([{}, {"shares": {a: {"m": "1/3"}}}, {"allocation": ByMeasure("m")}])
                act.break_down(unit, [om.Unit(a), om.Unit(b)], children=homes, cluster=cluster, **how)
            case "split_off":
                unit = pick(kind)[0]
                kids = list(s.children(unit))
                chosen = draw.sample(kids, min(len(kids), draw.randint(0, 2))) or None
                act.split_off(unit, om.Unit(self.fresh()), children=chosen, shares=draw.choice([None, {"m": "1/4"}]))
            case "split_some":
                unit = pick(kind)[0]
                act.split_off(
                    unit, om.Unit(self.fresh()), children=om.select(under=unit, kind=draw.choice(["d", "c", "ag"]))
                )
            case "transfer":
                giver, taker = pick(kind, 2)
                act.transfer(
                    giver, taker, children=list(s.children(giver))[:1] or None, shares=draw.choice([None, {"m": "1/2"}])
                )
            case "reassign":
                unit = pick()[0]
                above_kind = ABOVE.get(str(s.unit(unit).kind), draw.choice("pdc"))
                act.reassign(unit, "r" if above_kind == "r" else pick(above_kind)[0])
            case "reassign_some":
                act.reassign(om.select(kind="c", under=draw.choice(by.get("p", []) + by.get("d", []))), pick("d")[0])
            case "reassign_small":
                act.reassign(om.select(kind="c", measure=("m", "<", 5)), pick("d")[0])
            case "rename":
                act.rename(pick()[0], draw.choice(["N", "M", "Q"]))
            case "recode":
                act.recode(pick()[0], draw.choice(["1", "2", None]))
            case "reclassify":
                act.reclassify(pick()[0], category=draw.choice("uv"))
            case "record":
                act.record(
                    pick()[0], "m", draw.choice([1, 3, 7, None]), scope=draw.choice(["own", "own", "own", "subtree"])
                )
            case "rate":
                act.record(pick()[0], "rate", draw.choice([1, 3]))
            case "grade":
                act.record(pick()[0], "grade", draw.choice(["x", "y"]))
            case "create":
                kind = draw.choice(["p", "d", "c"])
                unit_id = self.fresh() if draw.random() < 0.7 else ""
                measures = draw.choice([None, {"m": 2}])
                parent = "r" if kind == "p" else pick(ABOVE[kind])[0]
                act.create(om.Unit(unit_id, kind=kind, name=draw.choice([None, "N"])), under=parent, measures=measures)
            case "agency":
                unit = om.Unit(self.fresh("g"), kind="ag", category=draw.choice("fg"), name=draw.choice("st"))
                act.create(unit, under=pick(draw.choice(["p", "p", "d"]))[0])
            case "close":
                act.close(
                    pick()[0], children_to=draw.choice([None, None, pick()[0]]), close_agencies=draw.random() < 0.5
                )
            case "abolish":
                act.abolish_level(draw.choice(["d", "c"]), close_agencies=draw.random() < 0.5)
            case "form":
                act.form(om.Cluster(self.fresh("k"), "E", "K"), [pick()[0] for _ in range(draw.randint(1, 2))])
            case "join":
                act.join(pick(draw.choice(["p", "p", "ag", "d"]))[0], draw.choice(clusters))
            case "leave":
                at = draw.choice(clusters)
                act.leave(draw.choice(s.members(at)), at)
            case "dissolve":
                act.dissolve(draw.choice(clusters), members_to=draw.choice([None, draw.choice(clusters)]))
            case "designate":
                at = draw.choice(clusters)
                role = draw.choice(["leader", "deputy"])
                act.designate(at, role, draw.choice(s.members(at)), instead=draw.random() < 0.3)
            case "succeed":
                act.succeed_role(draw.choice(clusters), draw.choice(["leader", "deputy"]))
            case "reestablish":
                act.reestablish("Ax", om.Unit(self.fresh(), kind="d"), under=pick("p")[0])
            case "office":
                act.add(om.Change(pick()[0], "office", draw.choice(["p1", "p2"]), ("secretary", 1)))
            case "fact":
                act.add(om.Change(pick()[0], "fact:x", draw.choice([1, 2])))

    def act(self, history: om.History, number: int, name: str, verbs: Sequence[str], most: int = 2) -> Act | None:
        """An act of one or two operations on a day, that fits the history as it is on it; None if none was found."""
        for _ in range(8):
            try:
                with history.draft(day(number), act_id=name) as act:
                    for _ in range(self.draw.randint(1, most)):
                        self.do(act, verbs)
                if act.day >= (history.last_day or act.day):
                    history.enact(act)
            except (LookupError, ValueError, om.OrgmodelError):
                continue
            return act.act
        return None


def outcome(make: Callable[[], om.History]) -> tuple[str, Any]:
    """("ok", history), or what was refused: "asks" or "refused", and the error."""
    try:
        return "ok", make()
    except om.OrgmodelError as error:
        return ("asks" if getattr(error, "questions", ()) else "refused"), error


def grown(draw: random.Random) -> tuple[om.History, Decisions, int]:
    """A history of some decisions, who drew them, and the number of its last day."""
    decisions, history, number = Decisions(draw), start(), 1
    for at in range(draw.randint(2, 6)):
        number += draw.choice([0, 1, 1, 2])
        made = decisions.act(history, number, f"a{at}", DECIDED)
        if made is not None:
            history = history.enact(made)
    return history, decisions, number


MET: Final[Counter[str]] = Counter()
