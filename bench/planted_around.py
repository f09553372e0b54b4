"""Faults planted around the core: in the Party's questions, pictures, pages, rules, files, the command line, plans.

The machine has no Party organisations, so that faults there are sought by the laws alone.
"""

from __future__ import annotations

import operator
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

from attrs import evolve
from planting import LAWS, Patch, bug

from orgmodel.cli import diff as cli_diff
from orgmodel.cli import listing
from orgmodel.cli import log as cli_log
from orgmodel.history.clusters import ClusterChange
from orgmodel.io import columns, dynamic_graphs, jsonld, tables
from orgmodel.io.importers import snapshots
from orgmodel.io.store.store import Store
from orgmodel.model import track as tracks
from orgmodel.party import (
    agencies,
    cadre_moves,
    congresses,
    members,
    offices,
    questions,
    ratings,
    report_desk,
    reporting,
    targets,
)
from orgmodel.period import ONE_DAY, Period
from orgmodel.reports import composed
from orgmodel.rules import checks
from orgmodel.rules.changes import Changes
from orgmodel.rules.view import View
from orgmodel.scenario import ensemble
from orgmodel.scenario import plan as planning
from orgmodel.structure.matters import Dossier
from orgmodel.testing.catalogue import written
from orgmodel.view import chart

of_party = partial(bug, by=(LAWS,), subtle=True)
around = partial(bug, subtle=True)

# Functions of the package hide the modules of their names.
flow_picture = sys.modules["orgmodel.view.flow"]
time_picture = sys.modules["orgmodel.view.timeline"]


# ---- posts and moves


@of_party("the second holder of a post is not among its holders", "P1")
def _() -> list[Patch]:
    real = offices.holders
    return [(offices, "holders", lambda h, unit, post, *, on=None: real(h, unit, post, on=on)[:1])]


@of_party("candidates for one post stand for every post", "P1")
def _() -> list[Patch]:
    def candidates(h: Any, unit: str, post: str, *, stage: Any = None, on: Any = None) -> Any:
        found = questions.on_day(h, on).slots(unit, offices.CANDIDACY)
        return tuple(slot[1] for slot, now in sorted(found.items()) if stage in (None, now))

    return [(offices, "candidates", candidates)]


@of_party("a post is vacant from the day after its holder left", "P2")
def _() -> list[Patch]:
    real = offices.vacancies

    def vacancies(*args: Any, **how: Any) -> Any:
        return tuple(
            evolve(gap, period=Period(gap.period.start + ONE_DAY, gap.period.end))
            for gap in real(*args, **how)
            if gap.period.start is not None
        )

    return [(offices, "vacancies", vacancies)]


@of_party("why a holder left is forgotten", "P2", "P3")
def _() -> list[Patch]:
    real = offices._holdings_of
    return [(offices, "_holdings_of", lambda history, unit: [evolve(h, reason=None) for h in real(history, unit)])]


@of_party("who goes up is told to go down", "P3")
def _() -> list[Patch]:
    real = cadre_moves._direction
    turned = {"up": "down", "down": "up"}
    return [(cadre_moves, "_direction", lambda *args: turned.get(real(*args), real(*args)))]


@of_party("nominations are no moves", "P3")
def _() -> list[Patch]:
    return [(cadre_moves, "_nominated", lambda history, asked: ())]


# ---- members


@of_party("a temporary member counts where he is a guest", "P4")
def _() -> list[Patch]:
    real = members._moved
    return [
        (
            members,
            "_moved",
            lambda ledger, giver, taker, form, *numbers: real(
                ledger, giver, taker, "formal" if form == "temporary" else form, *numbers
            ),
        )
    ]


@of_party("members who are admitted are official at once", "P4")
def _() -> list[Patch]:
    real = members._Ledger.stock

    def stock(self: Any, unit: str, official: int, probationary: int) -> None:
        real(self, unit, official + max(0, probationary), min(0, probationary))

    return [(members._Ledger, "stock", stock)]


@of_party("of two numbers of one day the larger one counts", "P4")
def _() -> list[Patch]:
    def apart(rows: Any, most: Any) -> Any:
        days: dict[Any, Any] = {}
        for row in sorted(rows, key=most):
            days[row[1], row[2]] = row
        return list(days.values()), False

    return [(members, "_apart", apart)]


# ---- matters, terms, ratings, functions, targets


@of_party("a matter is open whatever closed it", "P5")
def _() -> list[Patch]:
    return [(Dossier, "is_open", property(lambda self: True))]


@of_party("matters of two roles count in the first alone", "P5")
def _() -> list[Patch]:
    real = Dossier.of

    def of(self: Any, role: str) -> Any:
        return real(self, role)[:1] if role == self.parties[0].role else ()

    return [(Dossier, "of", of)]


@of_party("a congress is told to be due a day late", "P6")
def _() -> list[Patch]:
    real = congresses._dues
    return [(congresses, "_dues", lambda *args: [evolve(one, days=one.days + 1) for one in real(*args)])]


@of_party("of several terms the last is left out", "P6")
def _() -> list[Patch]:
    real = congresses.terms
    return [(congresses, "terms", lambda *args, **how: real(*args, **how)[:-1])]


@of_party("a year without a rating does not end a run", "P7")
def _() -> list[Patch]:
    real = ratings._runs

    def runs(subject: Any, years: Any, grade: str) -> Any:
        first, last = min(years, default=0), max(years, default=-1)
        return real(subject, {y: years.get(y, (grade, "")) for y in range(first, last + 1)}, grade)

    return [(ratings, "_runs", runs)]


@of_party("what nobody answered of four good counts as met", "P7")
def _() -> list[Patch]:
    real = ratings.four_good

    def four_good(*args: Any, **how: Any) -> Any:
        found = real(*args, **how)
        return evolve(found, good=(*found.good, *found.unknown), unknown=())

    return [(ratings, "four_good", four_good)]


@of_party("who has a part in a function leads it", "P8")
def _() -> list[Patch]:
    real = agencies.lead

    def lead(h: Any, unit: str, function: str, *, on: Any = None) -> Any:
        found = agencies.functions(h, unit, on=on).get(function)
        return next(iter(found)) if found else real(h, unit, function, on=on)

    return [(agencies, "lead", lead)]


@of_party("an agency below an agency counts as the unit's own", "P8", "P10")
def _() -> list[Patch]:
    def of(h: Any, unit: str, *, on: Any = None) -> Any:
        structure = questions.on_day(h, on)
        return tuple(u for u in structure.descendants(unit) if agencies.is_agency(structure, u))

    return [(agencies, "agencies", of)]


@of_party("a target of at most so many is read as at least", "P9")
def _() -> list[Patch]:
    return [(targets, "COMPARISONS", {**targets.COMPARISONS, "<=": operator.ge})]


@of_party("a target that was reached is open again when it falls back", "P9")
def _() -> list[Patch]:
    real = targets.outcome

    def outcome(history: Any, target: str, *, on: Any = None) -> Any:
        found = real(history, target, on=on)
        back = found.met_on is not None and found.value is not None and found.value != found.wanted
        return evolve(found, met_on=None, state="open") if back else found

    return [(targets, "outcome", outcome)]


# ---- the report of a period


@of_party("a report tells the moves of everywhere", "P10")
def _() -> list[Patch]:
    real = reporting.moves
    return [(reporting, "moves", lambda history, unit, **how: real(history, **how))]


@of_party("a report leaves the unit itself out of its numbers", "P10")
def _() -> list[Patch]:
    real = report_desk.Desk.total
    return [
        (
            report_desk.Desk,
            "total",
            lambda self, measure: (
                real(self, measure) + self.now.measure(self.unit, measure)
                if self.now.measure(self.unit, measure).is_known
                else self.now.measure(self.unit, measure)
            ),
        )
    ]


@of_party("in a report a post that is held is vacant from the last change on", "P10")
def _() -> list[Patch]:
    real = reporting._posts

    def posts(desk: Any) -> Any:
        for block in real(desk):
            rows = block.rows if getattr(block, "title", "") == "Posts" else ()
            held = [row for row in rows if row[1].value == "held"]
            yield (
                evolve(
                    block,
                    rows=tuple(
                        (row[0], evolve(row[1], value="vacant"), *row[2:]) if row in held else row for row in rows
                    ),
                )
                if held
                else block
            )

    return [(reporting, "_posts", posts), (reporting, "SECTIONS", {**reporting.SECTIONS, "posts": posts})]


# ---- pictures


@around("a chart leaves out units without a word", "V1")
def _() -> list[Patch]:
    real = chart._grown

    def grown(*args: Any) -> Any:
        node = real(*args)
        if node.children:
            node.hidden = 0
        return node

    return [(chart, "_grown", grown)]


@around("a box is as large as the number of its units, those in between too", "V1")
def _() -> list[Patch]:
    def leaves(units: Any) -> Any:
        found = {unit.id: 1 for unit in units}
        for unit in reversed(units[1:]):
            found[unit.parent] = found.get(unit.parent, 0) + found[unit.id]
        return found

    return [(chart, "_leaves", leaves)]


@around("a picture of a reform draws a divided unit as going one way", "V2")
def _() -> list[Patch]:
    real = flow_picture.between

    def between(*args: Any, **how: Any) -> Any:
        found = real(*args, **how)
        ways = {row.old: row for row in found.rows}
        return SimpleNamespace(before=found.before, after=found.after, rows=tuple(ways.values()))

    return [(flow_picture, "between", between)]


@around("a picture of a reform names new units by their old names", "V2")
def _() -> list[Patch]:
    return [(flow_picture, "name_on", lambda history, unit, day: unit)]


@around("a timeline shows the last name for the whole life", "V3")
def _() -> list[Patch]:
    def held(facts: Any, track: str, day: Any) -> Any:
        last = [fact.value for fact in facts if fact.track == track]
        return str(last[-1]) if last and last[-1] is not None else None

    return [(time_picture, "_held", held)]


@around("a timeline ends a life a day early", "V3")
def _() -> list[Patch]:
    real = time_picture._pieces

    def pieces(*args: Any) -> Any:
        found = real(*args)
        if not found or found[-1][1] == found[-1][2] - ONE_DAY:
            return found
        unit, start, end, *more = found[-1]
        return [*found[:-1], (unit, start, end - ONE_DAY, *more)]

    return [(time_picture, "_pieces", pieces)]


@around("a picture of clusters has on the second day the numbers of the first", "V4", "V5", "L7", "E14")
def _() -> list[Patch]:
    return [(ClusterChange, "size_after", ClusterChange.__dict__["size_before"])]


@around("a picture of clusters leaves out who came and went", "V4")
def _() -> list[Patch]:
    real = flow_picture.cluster_changes

    class Told:
        def __init__(self, found: Any) -> None:
            self._found = found

        def flows(self, clustering: str) -> Any:
            return [f for f in self._found.flows(clustering) if f.old == f.new]

        def __iter__(self) -> Any:
            return iter(self._found)

    return [(flow_picture, "cluster_changes", lambda *args: Told(real(*args)))]


# ---- pages


@around("a page about a reform counts a kind one too many", "V5")
def _() -> list[Patch]:
    real = composed._count
    return [(composed, "_count", lambda structure, kind: real(structure, kind) + (structure.count(kind) > 2))]


@around("a page about a unit shows the code it had first", "V5")
def _() -> list[Patch]:
    real = composed._UnitReport._place

    def place(self: Any) -> Any:
        for block in real(self):
            yield (
                evolve(block, rows=tuple(row for row in block.rows if row[0].value != "code"))
                if hasattr(block, "rows")
                else block
            )

    return [(composed._UnitReport, "_place", place)]


# ---- rules


@around("at least so many is read as more", "J1")
def _() -> list[Patch]:
    real = checks.interval
    return [(checks, "interval", lambda compare, limit: real(">" if compare == ">=" else compare, limit))]


@around("a rule counts one child less", "J1")
def _() -> list[Patch]:
    real = View.children
    return [(View, "children", lambda self, *args, **how: tuple(real(self, *args, **how))[1:])]


@around("a figure that is not stated breaks a rule", "J1")
def _() -> list[Patch]:
    real = checks._Limits.good

    def good(self: Any, low: Any, high: Any) -> Any:
        return real(self, low, high) | ((low == -float("inf")) & (high == float("inf")))

    return [(checks._Limits, "good", good)]


@around("a rule sees a merger of three as one of two", "J2")
def _() -> list[Patch]:
    real = Changes.mergers
    return [(Changes, "mergers", lambda self: ((new, olds[:2]) for new, olds in real(self)))]


@around("rules do not see what a succession changes besides", "J2")
def _() -> list[Patch]:
    from orgmodel.testing.catalogue import shown

    real = shown.changes_of

    def changes(act: Any) -> Any:
        found = real(act)
        plain = {event.subject for event in act.events if hasattr(event, "track")}
        return evolve(found, writes=tuple(write for write in found.writes if write.subject in plain))

    return [(shown, "changes_of", changes)]


# ---- files, stores, tables, graphs


@around("a file of columns forgets why something was corrected", "W1", "Q4", "D6")
def _() -> list[Patch]:
    real = columns._json

    def told(name: str, value: Any) -> Any:
        return real(name, [[*row[:3], "", *row[4:]] for row in value] if name == "log.entries" else value)

    return [(columns, "_json", told)]


@around("a file of columns forgets until when something was said to hold", "W1", "Q4", "E1")
def _() -> list[Patch]:
    real = columns.records.source_record
    return [(columns.records, "source_record", lambda source: {k: v for k, v in real(source).items() if k != "issuer"})]


@around("a store answers an act with what there was before it", "W2")
def _() -> list[Patch]:
    real = Store.enact

    def enact(self: Any, *acts: Any, **how: Any) -> Any:
        before = self.history
        real(self, *acts, **how)
        return before

    return [(Store, "enact", enact)]


@around("a store loses the names that an act gives", "W2")
def _() -> list[Patch]:
    real = Store.enact

    def enact(self: Any, *acts: Any, **how: Any) -> Any:
        def without(act: Any) -> Any:
            kept = [e for e in act.events if getattr(e, "track", "") not in (tracks.NAME, tracks.CODE, tracks.CATEGORY)]
            return type(act)(act.id, act.effective, kept, act.source)

        return real(self, *map(without, acts), **how)

    return [(Store, "enact", enact)]


@around("a table writes the last day of a stretch as the day after", "W3")
def _() -> list[Patch]:
    return [(tables, "relativedelta", lambda: ONE_DAY)]


@around("a table rounds figures to tens", "W3")
def _() -> list[Patch]:
    real = tables._cell
    return [
        (tables, "_cell", lambda value, unit: str(value // 10 * 10) if isinstance(value, int) else real(value, unit))
    ]


@around("a graph has no ends", "W4")
def _() -> list[Patch]:
    real = dynamic_graphs._span
    return [(dynamic_graphs, "_span", lambda row: {k: v for k, v in real(row).items() if k != "end"})]


@around("organisations in JSON stand under nothing", "W4")
def _() -> list[Patch]:
    return [(jsonld, "_above", lambda unit: None)]


@around("an import of lists keeps the first list's names", "W5")
def _() -> list[Patch]:
    real = written.import_snapshots

    def imported(lists: Any, *args: Any, **how: Any) -> Any:
        first = {row["code"]: row["name"] for row in next(iter(lists.values()))}
        kept = {
            day: [{**row, "name": first.get(row["code"], row["name"])} for row in rows] for day, rows in lists.items()
        }
        return real(kept, *args, **how)

    return [(written, "import_snapshots", imported)]


@around("an import of lists does not see who moved", "W5")
def _() -> list[Patch]:
    real = snapshots._list

    def listed(rows: Any, name: str, findings: Any) -> Any:
        found = real(rows, name, findings)
        return (
            found
            if len(found) < 3
            else {k: evolve(one, parent=None) if hasattr(one, "parent") else one for k, one in found.items()}
        )

    return [(snapshots, "_list", listed)]


# ---- the command line


@around("the list of the command line leaves out the last unit", "W6")
def _() -> list[Patch]:
    real = listing.print_json
    return [(listing, "print_json", lambda told: real({**told, "units": told["units"][:-1]}))]


@around("the comparison of the command line takes the days the other way round", "W6")
def _() -> list[Patch]:
    real = cli_diff.print_json
    return [(cli_diff, "print_json", lambda told: real({**told, "created": told["ended"], "ended": told["created"]}))]


@around("the log of the command line says of nothing why", "W6")
def _() -> list[Patch]:
    real = cli_log._record
    return [(cli_log, "_record", lambda entry, *, told: {**real(entry, told=told), "reason": ""})]


# ---- plans


@around("a plan forgets the last operation of a stage", "X1")
def _() -> list[Patch]:
    real = planning.Plan.carry_out

    def carry_out(self: Any, *args: Any, **how: Any) -> Any:
        short = [evolve(s, steps=s.steps[:-1]) if len(s.steps) > 1 else s for s in self.stages]
        return real(evolve(self, stages=tuple(short)), *args, **how)

    return [(planning.Plan, "carry_out", carry_out)]


@around("plans that are tried together build on each other", "X2")
def _() -> list[Patch]:
    real = ensemble.try_one
    seen: dict[int, Any] = {}

    def try_one(number: int, plan: Any, baseline: Any, without: Any, listed: Any) -> Any:
        row = real(number, plan, seen.get(number - 1, baseline), without, listed)
        if row["failed"] is None and callable(plan):
            seen[number] = seen.get(number - 1, baseline).enact(*plan(baseline))
        return row

    return [(ensemble, "try_one", try_one)]


@around("a plan that fails has the numbers of the one before", "X2")
def _() -> list[Patch]:
    real = ensemble.try_one

    def try_one(*args: Any) -> Any:
        return {**real(*args), "failed": None}

    return [(ensemble, "try_one", try_one)]
