"""Faults planted where nothing was planted before: verbs and what follows of them, joins, importers, tables, metrics.

They were thought of without the laws in mind; of most a law was made only when one had been missed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from attrs import evolve
from planting import LAWS, Patch, bug

import orgmodel as om
from orgmodel.acts import completion, policies
from orgmodel.acts.operations import clusters, fates, transition, units
from orgmodel.history import (
    anew,
    ask,
    audit,
    carry,
    carry_run,
    columns_out,
    edition,
    enactment,
    find,
    flows,
    frames,
    graft,
    history,
    log,
    over,
    pooling,
    series,
)
from orgmodel.history.diff import Diff
from orgmodel.history.history import History
from orgmodel.history.lineage import Lineage
from orgmodel.io import dynamic_graphs, graphs, tables, translation
from orgmodel.io.importers import register, weights
from orgmodel.io.store.store import Store
from orgmodel.model import track as tracks
from orgmodel.model.matter import MatterKind
from orgmodel.model.measure import Quantity
from orgmodel.party import questions, regions, work
from orgmodel.period import ONE_DAY, Period
from orgmodel.reports.writers import workbook
from orgmodel.scenario import batch, metrics
from orgmodel.scenario import tables as scenario_tables
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure import selection, subtree_figures
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue import readers, written

elsewhere = partial(bug, subtle=True)


def _resolving(verb: Any, change: Callable[[Any, Any, list[Any]], list[Any]]) -> list[Patch]:
    """A verb whose events are changed by a function of (operation, point, events)."""
    real = verb.resolve

    def resolve(self: Any, at: Any) -> Any:
        events = real(self, at)
        return type(events)(change(self, at, list(events)), events.made, events.notes, events.text)

    return [(verb, "resolve", resolve)]


# ---- verbs on units and clusters


@elsewhere("members of a dissolved cluster join no other", "O1")
def _() -> list[Patch]:
    real = clusters._dissolve
    return [(clusters, "_dissolve", lambda context, cluster, of, members_to: real(context, cluster, of, None))]


@elsewhere("who leaves one cluster of a cover stays in it", "O1")
def _() -> list[Patch]:
    return _resolving(clusters.Leave, lambda self, at, events: [e for e in events if e.slot is None])


@elsewhere("who replaces the holder of a seat gets the next seat", "O1", "O2")
def _() -> list[Patch]:
    def next_seat(self: Any, at: Any, events: list[Any]) -> list[Any]:
        return [evolve(e, slot=(e.slot[0], e.slot[1] + 1)) if self.instead and self.seat == 1 else e for e in events]

    return _resolving(clusters.Designate, next_seat)


@elsewhere("a role that passes on is vacant", "O2")
def _() -> list[Patch]:
    return _resolving(
        clusters.SucceedRole, lambda self, at, events: [evolve(e, value=om.Absent.VACANT) for e in events]
    )


@elsewhere("an adjustment by three is one by two", "O1")
def _() -> list[Patch]:
    def less(self: Any, at: Any, events: list[Any]) -> list[Any]:
        return [evolve(e, value=e.value - 1) if self.by == 3 and isinstance(e.value, int) else e for e in events]

    return _resolving(units.Adjust, less)


@elsewhere("the children of a level that ends go to the root", "O1")
def _() -> list[Patch]:
    def to_root(self: Any, at: Any, events: list[Any]) -> list[Any]:
        return [evolve(e, value=at.structure.root()) if getattr(e, "track", "") == tracks.PARENT else e for e in events]

    return _resolving(units.AbolishLevel, to_root)


@elsewhere("a figure of a subtree is recorded as the unit's own", "O1")
def _() -> list[Patch]:
    return _resolving(units.Record, lambda self, at, events: [evolve(e, slot=tracks.OWN) for e in events])


@elsewhere("a unit that enters another hierarchy loses its category", "O1")
def _() -> list[Patch]:
    def without(self: Any, at: Any, events: list[Any]) -> list[Any]:
        if self.hierarchy == tracks.MAIN:
            return events
        return [*events, *(om.Change(e.subject, tracks.CATEGORY, None) for e in events)]

    return _resolving(units.Reassign, without)


@elsewhere("a unit that is established again takes the name of the old one", "O1")
def _() -> list[Patch]:
    def named(self: Any, at: Any, events: list[Any]) -> list[Any]:
        return [*events, *(om.Change(unit, tracks.NAME, "again") for unit in [events[0].what.id])]

    return _resolving(units.Reestablish, named)


# ---- what follows of successions


@elsewhere("what a source states as links joins no cluster", "O3")
def _() -> list[Patch]:
    return [(completion._Completion, "_joined", lambda self, *_: None)]


@elsewhere("what a source states as links gives the new unit no name", "O3")
def _() -> list[Patch]:
    return [(completion._Completion, "_named", lambda self, *_: None)]


@elsewhere("an office that goes on has no end", "O4")
def _() -> list[Patch]:
    real = transition.Transition._held_on
    return [
        (
            transition.Transition,
            "_held_on",
            lambda self, new, slot, holder, source, companions: real(self, new, slot, holder, None, companions),
        )
    ]


@elsewhere("a sum of figures has no end", "O4")
def _() -> list[Patch]:
    real = transition.Transition._state
    return [(transition.Transition, "_state", lambda self, *what: real(self, *what[:5]))]


@elsewhere("a sum of figures ends with the first of its parts", "O4")
def _() -> list[Patch]:
    return [(transition, "last_until", lambda days: min((day for day in days if day is not None), default=None))]


@elsewhere("of a cover a new unit joins only the clusters that all its members were in", "E9")
def _() -> list[Patch]:
    real = transition.Transition._common_clusters

    def common(self: Any, clustering: Any, new: str, olds: Any, clusters_of: Any) -> Any:
        if not clustering.cover:
            return real(self, clustering, new, olds, clusters_of)
        return sorted(set.intersection(*(set(clusters_of.get(old, ())) for old in olds)))

    return [(transition.Transition, "_common_clusters", common)]


# ---- joins, searches, audits, what is carried


@elsewhere("an as-of join looks above a unit only", "Q12")
def _() -> list[Patch]:
    def nearest(self: Any, structure: Any, unit: str, kind: str) -> Any:
        return next((u for u in structure.ancestors(unit) if structure.value(u, tracks.KIND) == kind), None)

    return [(over._Joined, "_nearest", nearest)]


@elsewhere("an as-of join does not tell a day before the record from one without the unit", "Q12")
def _() -> list[Patch]:
    return [(over, "NOT_ON_RECORD", over.NOT_THERE)]


@elsewhere("what an act without an exact day writes is certain from the second of its days on", "Q12")
def _() -> list[Patch]:
    real = over.uncertain
    return [(over, "uncertain", lambda h, day: tuple(f for f in real(h, day) if f.act.within.start == day))]


@elsewhere("who bore a name once bears it for ever", "Q12")
def _() -> list[Patch]:
    real = find._borne
    return [
        (find, "_borne", lambda *args: (evolve(item, period=Period(item.period.start, None)) for item in real(*args)))
    ]


@elsewhere("an audit of a period passes over days on which only a rule changes", "J3")
def _() -> list[Patch]:
    real = audit._days
    return [(audit, "_days", lambda *args: [day for i, day in enumerate(real(*args)) if day[1] or not i])]


@elsewhere("what is divided and carried loses one", "G1", "G6")
def _() -> list[Patch]:
    real = pooling.divide

    def divide(quantity: Any, shares: Any, step: Any) -> Any:
        parts = list(real(quantity, shares, step))
        at = next((i for i, p in enumerate(parts) if len(parts) > 2 and p.amount.is_exact and p.amount.value), None)
        return [evolve(p, amount=p.amount + -1) if i == at else p for i, p in enumerate(parts)]

    return [(pooling, "divide", divide)]


@elsewhere("a rate is carried without weights", "G6")
def _() -> list[Patch]:
    real = carry_run.CarryRun.weighed
    return [
        (
            carry_run.CarryRun,
            "weighed",
            lambda self, new, parts, weights: real(self, new, parts, dict.fromkeys(weights, Fraction(1))),
        )
    ]


@elsewhere("of categories that are carried the first counts", "G6")
def _() -> list[Patch]:
    real = carry_run.CarryRun.agreed
    return [(carry_run.CarryRun, "agreed", lambda self, new, parts: real(self, new, parts[:1]))]


@elsewhere("an explanation of a carried figure lacks its last part", "G6")
def _() -> list[Patch]:
    real = carry.Carried.explain

    def explain(self: Any, unit: str) -> Any:
        answer = real(self, unit)
        return evolve(answer, parts=answer.parts[:-1]) if len(answer.parts) > 1 else answer

    return [(carry.Carried, "explain", explain)]


@elsewhere("units with children are counted by kind without the last", "X3")
def _() -> list[Patch]:
    real = Structure.child_counts_by_kind

    def counts(self: Structure, hierarchy: str = tracks.MAIN) -> Any:
        return {kind: answer[:-1] or answer for kind, answer in real(self, hierarchy).items()}

    return [(Structure, "child_counts_by_kind", counts)]


@elsewhere("the depth of an organisation leaves out its root", "X3")
def _() -> list[Patch]:
    def depth(self: Any, structure: Any, without: Any) -> Any:
        depths = [structure.depth(unit) for unit in structure][1:] or [0]
        return {"most": max(depths), "mean": Fraction(sum(depths), len(depths))}

    return [(metrics.Depth, "__call__", depth)]


@elsewhere("who moves with the unit above counts as under another superior", "X3")
def _() -> list[Patch]:
    def changes(self: Any, structure: Any, without: Any) -> Any:
        remaining = [u for u in structure.select(self.kind) if u in without]
        return {"units": sum(structure.ancestors(u) != without.ancestors(u) for u in remaining), "members": None}

    return [(metrics.SuperiorChanges, "__call__", changes)]


@elsewhere("mergers that are tried at once keep all agencies", "X3")
def _() -> list[Patch]:
    return [(batch.Batch, "agencies_lost", lambda self, places: Counter())]


@elsewhere("what was undone cannot be done again", "X4")
def _() -> list[Patch]:
    real = Scenario.undo
    return [(Scenario, "undo", lambda self: evolve(real(self), after=None))]


@elsewhere("dropping an act drops what came after it", "X4")
def _() -> list[Patch]:
    def drop(self: Any, act: str) -> Any:
        at = [other.id for other in self.acts].index(act)
        return self._changed(acts=self.acts[:at])

    return [(Scenario, "drop", drop)]


# ---- tables, importers, workbooks, stores


@elsewhere("the tables of a history forget the shares of links", "W7")
def _() -> list[Patch]:
    real = written.to_tables

    def tables(h: History) -> Any:
        answer = real(h)
        if "links" in answer:
            answer["links"].pop("shares", None)
        return answer

    return [(written, "to_tables", tables)]


@elsewhere("the frames of a history give all seats the number 1", "W7")
def _() -> list[Patch]:
    real = frames._fact

    def fact(*args: Any) -> Any:
        name, row = real(*args)
        return name, {**row, "seat": 1} if name == "roles" else row

    return [(frames, "_fact", fact)]


@elsewhere("the frames of a history write a unit without a figure as one with 0", "W7")
def _() -> list[Patch]:
    real = frames._figure
    return [(frames, "_figure", lambda raw: {k: 0 if k == "low" and v is None else v for k, v in real(raw).items()})]


@elsewhere("the last day of a record counts as the first without it", "W8")
def _() -> list[Patch]:
    return [(register, "ONE_DAY", dt.timedelta(0))]


@elsewhere("who only changes its name in a register is a new unit", "W8")
def _() -> list[Patch]:
    return [(register._Register, "_pair", lambda self, group: None)]


@elsewhere("a ratio that is not stated is none", "W8")
def _() -> list[Patch]:
    real = weights._ratio
    return [
        (
            weights,
            "_ratio",
            lambda row, side, *more: real(row, side, *more) or (Fraction(0) if side == "forward" else None),
        )
    ]


@elsewhere("a workbook writes numbers as texts", "V9")
def _() -> list[Patch]:
    def put(self: Any, sheet: Any, row: int, at: int, cell: Any, text: str) -> None:
        sheet.write_string(row, at, text, self._formats["text"])

    return [(workbook._Writer, "_put", put)]


@elsewhere("a workbook lacks the last row of each table", "V9")
def _() -> list[Patch]:
    real = workbook._Writer._table
    return [(workbook._Writer, "_table", lambda self, block: real(self, evolve(block, rows=block.rows[:-1])))]


@elsewhere("a store does not keep a cancellation", "W2")
def _() -> list[Patch]:
    return [(Store, "cancel", lambda self, act, **how: self.history.cancel(act, reason=how["reason"]))]


# ---- both time axes, and what is asked


@elsewhere("the place that an act names among those of its day is not read", "T8")
def _() -> list[Patch]:
    def by_number(acts: Any) -> list[Any]:
        return [act for _, act in sorted(acts, key=lambda pair: (pair[1].effective, pair[0]))]

    return [(log, "in_order", by_number), (enactment, "in_order", by_number), (history, "in_order", by_number)]


@elsewhere("what was known by a day lacks the entries of that day", "B1")
def _() -> list[Patch]:
    real = History.as_recorded
    return [(History, "as_recorded", lambda self, on: real(self, on - ONE_DAY if isinstance(on, dt.date) else on))]


@elsewhere("a newer edition corrects nothing", "B2")
def _() -> list[Patch]:
    return [(edition, "_placed_as", lambda old, act: old)]


@elsewhere("a trial tells only the first question", "K1")
def _() -> list[Patch]:
    real = ask.Ask.__call__
    return [(ask.Ask, "__call__", lambda self, *acts, **how: real(self, *acts, **how)[:1])]


# ---- selections, differences, lists of codes, grafts


@elsewhere("of two choices that must both hold the second alone counts", "Q1")
def _() -> list[Patch]:
    return [(selection.Selection, "__and__", lambda self, other: other)]


@elsewhere("a choice that must not hold chooses nothing", "Q1")
def _() -> list[Patch]:
    return [(selection.Selection, "__invert__", lambda self: selection.select(kind="none"))]


@elsewhere("parents that are asked for together come in order of creation", "Q1")
def _() -> list[Patch]:
    real = Structure.parents_of

    def parents(self: Structure, units: Any, hierarchy: str = tracks.MAIN) -> Any:
        answer = real(self, units, hierarchy)
        return answer if len(answer) < 4 else [*answer[:-2], answer[-1], answer[-2]]

    return [(Structure, "parents_of", parents)]


@elsewhere("renamings that a diff counts are one less", "D1")
def _() -> list[Patch]:
    real = Diff._count
    return [(Diff, "_count", lambda self, sort: max(0, real(self, sort) - (sort == "renamed")))]


@elsewhere("a diff leaves out the last of those that moved", "D1")
def _() -> list[Patch]:
    real = Diff.__dict__["moved"].func
    return [(Diff, "moved", property(lambda self: real(self)[:-1]))]


@elsewhere("a code of a divided unit is translated into the first part", "W9")
def _() -> list[Patch]:
    real = translation.Translator._of_divided

    def divided(self: Any, text: str, rows: Any, code_of: Any) -> Any:
        answer = real(self, text, rows, code_of)
        return evolve(answer, new=answer.candidates[:1]) if answer.status == "ambiguous" else answer

    return [(translation.Translator, "_of_divided", divided)]


@elsewhere("a translated list says of every row that all went there", "W9")
def _() -> list[Patch]:
    real = translation._added_cells
    return [(translation, "_added_cells", lambda outcome, width: real(evolve(outcome, status="whole"), width))]


@elsewhere("clusters of what is grafted have no members", "D8")
def _() -> list[Patch]:
    real = graft._Graft._change

    def change(self: Any, of: Any) -> Any:
        answer = real(self, of)
        return evolve(answer, value=None) if tracks.is_member(answer.track) else answer

    return [(graft._Graft, "_change", change)]


# ---- modules taken at random


@elsewhere("the graph of unit stages says of every link that all went there", "L1")
def _() -> list[Patch]:
    real = Lineage.graph

    def graph(self: Lineage) -> Any:
        stages = real(self).copy()
        for *_, attributes in stages.edges(data=True):
            attributes["extent"] = "whole"
        return stages

    return [(Lineage, "graph", graph)]


@elsewhere("of links between two units only the first end counts", "Q3")
def _() -> list[Patch]:
    real = Lineage.links
    return [(Lineage, "links", lambda self, old=None, new=None: real(self, old, None if old is not None else new))]


@elsewhere("a frame of figures that is carried on loses its bounds", "G7")
def _() -> list[Patch]:
    return [(columns_out, "_with_bounds", lambda value, *_: value)]


@elsewhere("a frame of figures that is carried on is exact throughout", "G7")
def _() -> list[Patch]:
    real = columns_out.read
    return [(columns_out, "read", lambda *data: evolve(real(*data), inexact=frozenset()))]


@elsewhere("a declared fact that goes on after a merger has no end", "O4")
def _() -> list[Patch]:
    real = fates.Facts._of
    return [(fates.Facts, "_of", lambda self, track, slots: [evolve(c, until=None) for c in real(self, track, slots)])]


@elsewhere("dynamic GEXF ends a spell on the day after its last", "W4")
def _() -> list[Patch]:
    def days(row: Any) -> dict[str, str]:
        return {word: row[word].isoformat() for word in ("start", "end") if row[word] is not None}

    return [(dynamic_graphs, "_days", days)]


@elsewhere("the way of a unit is drawn without where it came from", "W4")
def _() -> list[Patch]:
    return [
        (dynamic_graphs, "_links_around", lambda history, unit: list(dynamic_graphs._followed(history, unit, True)))
    ]


@elsewhere("GraphML lacks the last edge", "W4")
def _() -> list[Patch]:
    real = graphs._simple

    def simple(structure: Structure, hierarchy: str) -> Any:
        graph = real(structure, hierarchy)
        graph.remove_edges_from([*graph.edges][-1:])
        return graph

    return [(graphs, "_simple", simple)]


@elsewhere("a unit that goes on by a table of links keeps its category", "O5")
def _() -> list[Patch]:
    real = scenario_tables._continued

    def continued(old: Any, new: Any) -> Any:
        return [change for change in real(old, new) if change.track != tracks.CATEGORY]

    return [(scenario_tables, "_continued", continued)]


@elsewhere("a role that is given until some day has no end", "O1")
def _() -> list[Patch]:
    real = clusters._seat
    return [(clusters, "_seat", lambda *arguments: (real(*arguments), None)[1])]


@elsewhere("a reclassification changes no kind", "O1")
def _() -> list[Patch]:
    real = units._text

    def text(context: Any, unit: str, track: str, *more: Any) -> None:
        if track != tracks.KIND:
            real(context, unit, track, *more)

    return [(units, "_text", text)]


@elsewhere("an activity forgets its topic", "P14", by=(LAWS,))
def _() -> list[Patch]:
    real = work._fields

    def fields(operation: Any, kind: Any) -> Any:
        return {name: value for name, value in real(operation, kind).items() if name != "topic"}

    return [(work, "_fields", fields)]


@elsewhere("nobody is told to have launched a year of work", "P14", by=(LAWS,))
def _() -> list[Patch]:
    return [(work.Launch, "_roles", {})]


@elsewhere("roles in closed matters pass on as well", "P15", by=(LAWS,))
def _() -> list[Patch]:
    real = MatterKind.is_duty
    return [(MatterKind, "is_duty", lambda self, role, taken: real(self, role, ()))]


@elsewhere("who moved and was renamed counts as renamed only", "D1")
def _() -> list[Patch]:
    real = Diff.__dict__["moved"].func

    def moved(self: Diff) -> Any:
        renamed = {difference.subject for difference in self.renamed}
        return tuple(difference for difference in real(self) if difference.subject not in renamed)

    return [(Diff, "moved", property(moved))]


@elsewhere("a table of stretches is read with each stretch a day longer", "W3")
def _() -> list[Patch]:
    real = tables._Table._period

    def period(self: Any, *row: Any, **how: Any) -> Any:
        start, end = real(self, *row, **how)
        return start, end if end is None else end + ONE_DAY

    return [(tables._Table, "_period", period)]


def _exactly(number: Any, *_: str) -> Quantity:
    return Quantity(number)


@elsewhere("the number of matters on record is told as the number of all", "P5", by=(LAWS,))
def _() -> list[Patch]:
    return [(questions, "Quantity", _exactly)]


@elsewhere("attendance is counted by the units of the last day", "P12", by=(LAWS,))
def _() -> list[Patch]:
    real = regions.attendance
    return [(regions, "attendance", lambda h, *asked, **how: real(h.at(h.last_day), *asked, **how))]


@elsewhere("what is not read for want of any fact is not seen as read once there is one", "K1", "K2", "K6", "R1")
def _() -> list[Patch]:
    return [(anew, "reads_of", lambda recording, events: recording.keys)]


@elsewhere("who leaves a subtree is not taken off its figure", "C9")
def _() -> list[Patch]:
    real = subtree_figures._Crossing._flows
    return [(subtree_figures._Crossing, "_flows", lambda self, unit: (f for f in real(self, unit) if f[1] > 0))]


@elsewhere("who enters a subtree below a unit that enters it too is added twice", "C9")
def _() -> list[Patch]:
    return [(subtree_figures._Crossing, "_nearest_changed_above", lambda self, unit: None)]


@elsewhere("a part that leaves a subtree takes the whole figure off", "C9")
def _() -> list[Patch]:
    return [(subtree_figures._Crossing, "_part", lambda self, unit, end: self._totals.span(unit))]


@elsewhere("flows that take away are added in a balance", "Q13", by=(LAWS,))
def _() -> list[Patch]:
    real = flows.Balance.__dict__["net"].fget
    return [(flows.Balance, "net", property(lambda self: real(evolve(self, signs=dict.fromkeys(self.signs, 1)))))]


@elsewhere("what ended without a successor has no balance", "Q13", by=(LAWS,))
def _() -> list[Patch]:
    real = flows.balances

    def balances(history: Any, a: Any, b: Any, *more: Any, **how: Any) -> Any:
        return tuple(balance for balance in real(history, a, b, *more, **how) if balance.unit in history.at(b))

    return [(readers, "balances", balances)]


@elsewhere("a drawn hierarchy goes one level too deep", "W4", by=(LAWS,))
def _() -> list[Patch]:
    real = dynamic_graphs._hierarchy

    def deeper(structure: Any, unit: Any, depth: Any, hierarchy: str) -> Any:
        return real(structure, unit, depth if depth is None else depth + 1, hierarchy)

    return [(dynamic_graphs, "_hierarchy", deeper)]


@elsewhere("a series has a day of each figure of a subtree", "Q11", by=(LAWS,))
def _() -> list[Patch]:
    real = series._recorded_days

    def days(history: Any, measure: str, kind: Any, scope: Any) -> Any:
        return sorted({*real(history, measure, kind, scope), *real(history, measure, kind, "subtree")})

    return [(series, "_recorded_days", days)]


@elsewhere("who asks for a day is not told the links of that day", "Q3", "E2")
def _() -> list[Patch]:
    real = Lineage._steps
    earlier = lambda self, unit, day, forward: real(self, unit, day - 1, forward)  # noqa: E731
    return [(Lineage, "_steps", earlier)]


@elsewhere("of equally large members the last decides the cluster", "Q5")
def _() -> list[Patch]:
    real = policies.ClusterOfLargest.__call__

    def decide(self: Any, structure: Structure, clustering: Any, members: Any) -> Any:
        sizes = [structure.measure(member, self.measure).value for member in members]
        if None in sizes:
            return real(self, structure, clustering, members)
        return structure.clusters_of(max(zip(sizes, members, strict=True))[1], clustering.id)

    return [(policies.ClusterOfLargest, "__call__", decide)]


@elsewhere("what went into a unit on a day is told from the next day on", "Q3")
def _() -> list[Patch]:
    real = Structure.origins
    return [(Structure, "origins", lambda self, unit: real(self._on(self.day - ONE_DAY), unit))]
