"""Faults planted around the core: in the Party's questions, pictures, pages, rules, files, the command line, plans.

The machine has no Party organisations, so that faults there are sought by the laws alone.
"""

from __future__ import annotations

import itertools
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
from orgmodel.history import series, vintage
from orgmodel.history.clusters import ClusterChange
from orgmodel.history.flows import negative
from orgmodel.io import columns, dynamic_graphs, jsonld, tables
from orgmodel.io.importers import snapshots
from orgmodel.io.store.store import Store
from orgmodel.model import track as tracks
from orgmodel.party import (
    agencies,
    auditing,
    cadre_moves,
    congresses,
    emulation,
    members,
    offices,
    questions,
    ratings,
    reclustering,
    regions,
    report_desk,
    reporting,
    surpluses,
    targets,
    tenures,
)
from orgmodel.period import ONE_DAY, Period
from orgmodel.reports import composed
from orgmodel.reports.explorer import data as explorer_data
from orgmodel.reports.writers import page as html_page
from orgmodel.reports.writers import word
from orgmodel.rules import checks
from orgmodel.rules.changes import Changes
from orgmodel.rules.rule import CitedRule
from orgmodel.rules.view import View
from orgmodel.scenario import ensemble
from orgmodel.scenario import plan as planning
from orgmodel.scenario.propose import proposal
from orgmodel.structure import matcher
from orgmodel.structure.matters import Dossier
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue import metamorphic, shown, written
from orgmodel.view import chart

of_party = partial(bug, by=(LAWS,), subtle=True)
around = partial(bug, subtle=True)

# Functions of the package hide the modules of their names.
flow_picture = sys.modules["orgmodel.view.flow"]
time_picture = sys.modules["orgmodel.view.timeline"]
map_picture = sys.modules["orgmodel.view.map"]


# ---- posts and moves


@of_party("the second holder of a post is not among its holders", "P1")
def _() -> list[Patch]:
    real = offices.holders
    return [(offices, "holders", lambda h, unit, post, *, on=None: real(h, unit, post, on=on)[:1])]


@of_party("candidates for one post stand for every post", "P1")
def _() -> list[Patch]:
    def candidates(h: Any, unit: str, post: str, *, stage: Any = None, on: Any = None) -> Any:
        answer = questions.on_day(h, on).slots(unit, offices.CANDIDACY)
        return tuple(slot[1] for slot, now in sorted(answer.items()) if stage in (None, now))

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
    real = tenures._holdings_of
    return [(tenures, "_holdings_of", lambda history, unit: [evolve(h, reason=None) for h in real(history, unit)])]


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
    return [(congresses, "_dues", lambda *args: [evolve(item, days=item.days + 1) for item in real(*args)])]


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
        answer = real(*args, **how)
        return evolve(answer, good=(*answer.good, *answer.unknown), unknown=())

    return [(ratings, "four_good", four_good)]


@of_party("who has a part in a function leads it", "P8")
def _() -> list[Patch]:
    real = agencies.lead

    def lead(h: Any, unit: str, function: str, *, on: Any = None) -> Any:
        answer = agencies.functions(h, unit, on=on).get(function)
        return next(iter(answer)) if answer else real(h, unit, function, on=on)

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
        answer = real(history, target, on=on)
        back = answer.met_on is not None and answer.value is not None and answer.value != answer.wanted
        return evolve(answer, met_on=None, state="open") if back else answer

    return [(targets, "outcome", outcome)]


# ---- the report of a period


@of_party("a report tells the moves of everywhere", "P10")
def _() -> list[Patch]:
    real = reporting.moves
    return [(reporting, "moves", lambda history, unit, **how: real(history, **how))]


@of_party("a report leaves the last unit below out of its numbers", "P10")
def _() -> list[Patch]:
    real = report_desk.Desk.total

    def total(self: Any, measure: str, unit: str = "") -> Any:
        children = self.now.children(unit or self.unit)
        return report_desk.added([real(self, measure, child) for child in children[:-1]])

    return [(report_desk.Desk, "total", total)]


@of_party("in a report a post that is held is vacant from the last change on", "P10")
def _() -> list[Patch]:
    real = reporting._posts

    def posts(desk: Any) -> Any:
        for block in real(desk):
            rows = block.rows if getattr(block, "title", "") == "Posts" else ()
            values_held = [row for row in rows if row[1].value == "held"]
            yield (
                evolve(
                    block,
                    rows=tuple(
                        (row[0], evolve(row[1], value="vacant"), *row[2:]) if row in values_held else row
                        for row in rows
                    ),
                )
                if values_held
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
        answer = {unit.id: 1 for unit in units}
        for unit in reversed(units[1:]):
            answer[unit.parent] = answer.get(unit.parent, 0) + answer[unit.id]
        return answer

    return [(chart, "_leaves", leaves)]


@around("a picture of a reform draws a divided unit as going one way", "V2")
def _() -> list[Patch]:
    real = flow_picture.between

    def between(*args: Any, **how: Any) -> Any:
        answer = real(*args, **how)
        ways = {row.old: row for row in answer.rows}
        return SimpleNamespace(before=answer.before, after=answer.after, rows=tuple(ways.values()))

    return [(flow_picture, "between", between)]


@around("a picture of a reform names new units by their old names", "V2")
def _() -> list[Patch]:
    return [(flow_picture, "name_on", lambda history, unit, day: unit)]


@around("a timeline shows the last name for the whole life", "V3")
def _() -> list[Patch]:
    def value_on(facts: Any, track: str, day: Any) -> Any:
        last = [fact.value for fact in facts if fact.track == track]
        return str(last[-1]) if last and last[-1] is not None else None

    return [(time_picture, "_value_on", value_on)]


@around("a timeline ends a life a day early", "V3")
def _() -> list[Patch]:
    real = time_picture._pieces

    def pieces(*args: Any) -> Any:
        *others, last = [*real(*args)] or [None]
        if last is None:
            return []
        return [*others, last if last.start == last.end - ONE_DAY else last._replace(end=last.end - ONE_DAY)]

    return [(time_picture, "_pieces", pieces)]


@around("a picture of clusters has on the second day the numbers of the first", "V4", "V5", "L7", "E14")
def _() -> list[Patch]:
    return [(ClusterChange, "size_after", ClusterChange.__dict__["size_before"])]


@around("a picture of clusters leaves out who came and went", "V4")
def _() -> list[Patch]:
    real = flow_picture.cluster_changes

    class Told:
        def __init__(self, answer: Any) -> None:
            self._found = answer

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
        answer = real(act)
        plain = {event.subject for event in act.events if hasattr(event, "track")}
        return evolve(answer, writes=tuple(write for write in answer.writes if write.subject in plain))

    return [(shown, "changes_of", changes)]


# ---- files, stores, tables, graphs


@around("a file of columns forgets why something was corrected", "W1", "D6")
def _() -> list[Patch]:
    real = columns._json

    def told(name: str, value: Any) -> Any:
        return real(name, [[*row[:3], "", *row[4:]] for row in value] if name == "log.entries" else value)

    return [(columns, "_json", told)]


@around("a file of columns forgets until when something was said to hold", "W1", "D6", "E1")
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
            remaining = [
                e for e in act.events if getattr(e, "track", "") not in (tracks.NAME, tracks.CODE, tracks.CATEGORY)
            ]
            return type(act)(act.id, act.effective, remaining, act.source)

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
        remaining = {
            day: [{**row, "name": first.get(row["code"], row["name"])} for row in rows] for day, rows in lists.items()
        }
        return real(remaining, *args, **how)

    return [(written, "import_snapshots", imported)]


@around("an import of lists does not see who moved", "W5")
def _() -> list[Patch]:
    real = snapshots._list

    def listed(rows: Any, name: str, findings: Any) -> Any:
        answer = real(rows, name, findings)
        return (
            answer
            if len(answer) < 3
            else {k: evolve(item, parent=None) if hasattr(item, "parent") else item for k, item in answer.items()}
        )

    return [(snapshots, "_list", listed)]


# ---- the command line


@around("the list of the command line leaves out the last unit", "W6")
def _() -> list[Patch]:
    real = listing.print_json
    return [(listing, "print_json", lambda described: real({**described, "units": described["units"][:-1]}))]


@around("the comparison of the command line takes the days the other way round", "W6")
def _() -> list[Patch]:
    real = cli_diff.print_json
    return [
        (
            cli_diff,
            "print_json",
            lambda described: real({**described, "created": described["ended"], "ended": described["created"]}),
        )
    ]


@around("the log of the command line says of nothing why", "W6")
def _() -> list[Patch]:
    real = cli_log._record
    return [(cli_log, "_record", lambda entry, **how: {**real(entry, **how), "reason": ""})]


# ---- plans


@around("a plan forgets the last operation of a stage", "X1")
def _() -> list[Patch]:
    real = planning.Plan.carry_out

    def carry_out(self: Any, *args: Any, **how: Any) -> Any:
        short = [evolve(s, steps=s.steps[:-1]) if len(s.steps) > 1 else s for s in self.stages]
        return real(evolve(self, stages=tuple(short)), *args, **how)

    return [(planning.Plan, "carry_out", carry_out)]


@around("plans that are tried together build on each other", "X2", "X3")
def _() -> list[Patch]:
    real = ensemble.try_one
    visited: dict[int, Any] = {}

    def try_one(number: int, plan: Any, baseline: Any, without: Any, listed: Any) -> Any:
        row = real(number, plan, visited.get(number - 1, baseline), without, listed)
        if row["failed"] is None and callable(plan):
            visited[number] = visited.get(number - 1, baseline).enact(*plan(baseline))
        return row

    return [(ensemble, "try_one", try_one)]


@around("a plan that fails has the numbers of the one before", "X2")
def _() -> list[Patch]:
    real = ensemble.try_one

    def try_one(*args: Any) -> Any:
        return {**real(*args), "failed": None}

    return [(ensemble, "try_one", try_one)]


# ---- what texts mean, and series


@around("of several units of one name a text means the first", "Q10")
def _() -> list[Patch]:
    real = matcher.Matcher.find

    def find(self: Any, text: str, **how: Any) -> Any:
        numbers, *more = real(self, text, **how)
        return (numbers[:1], *more)

    return [(matcher.Matcher, "find", find)]


@around("a text is sought as a name alone", "Q10")
def _() -> list[Patch]:
    real = matcher.Matcher.match
    return [(matcher.Matcher, "match", lambda self, text, **how: real(self, text, **{**how, "names_only": True}))]


@around("a list of codes fits from the day after", "Q10")
def _() -> list[Patch]:
    real = vintage.of

    def of(*args: Any) -> Any:
        answer = real(*args)
        fits = [fit for fit in answer.fits if fit.period.start is not None and fit.period.start != fit.period.last]
        return evolve(
            answer, fits=tuple(evolve(fit, period=Period(fit.period.start + ONE_DAY, fit.period.end)) for fit in fits)
        )

    return [(vintage, "of", of)]


@around("growth in a series is counted the other way round", "Q11")
def _() -> list[Patch]:
    real = series._points

    def points(*args: Any) -> Any:
        for point in real(*args):
            yield point if point.growth is None else evolve(point, growth=negative(point.growth))

    return [(series, "_points", points)]


@around("equal figures in a series have ranks of their own", "Q11")
def _() -> list[Patch]:
    real = series._points

    def points(*args: Any) -> Any:
        taken: dict[Any, set[int]] = {}
        for point in real(*args):
            ranks, rank = taken.setdefault(point.day, set()), point.rank
            while rank is not None and rank in ranks:
                rank += 1
            ranks.add(rank)
            yield evolve(point, rank=rank)

    return [(series, "_points", points)]


# ---- maps, the explorer, documents


@around("a map draws the first part of a unit alone", "V6")
def _() -> list[Patch]:
    real = map_picture._rings
    return [(map_picture, "_rings", lambda geometry: list(real(geometry))[:1])]


@around("a map shows codes for names", "V6")
def _() -> list[Patch]:
    real = Structure.called

    def called(self: Any, unit: str) -> Any:
        return self.unit(unit).code or real(self, unit)

    class Coded:
        def __init__(self, structure: Any) -> None:
            self._structure = structure

        def called(self, unit: str) -> Any:
            return called(self._structure, unit)

        def __iter__(self) -> Any:
            return iter(self._structure)

        def __contains__(self, unit: str) -> bool:
            return unit in self._structure

        def __getattr__(self, name: str) -> Any:
            return getattr(self._structure, name)

    draw = map_picture.map_of
    return [(shown.view, "map_of", lambda structure, *args, **how: draw(Coded(structure), *args, **how))]


@around("the explorer's page leaves out codes that end", "V7")
def _() -> list[Patch]:
    real = explorer_data._value_text
    return [(explorer_data, "_value_text", lambda fact: "" if fact.track == tracks.CODE and fact.end else real(fact))]


@around("the explorer's page lacks the last link", "V7")
def _() -> list[Patch]:
    real = explorer_data._Writer._events

    def events(self: Any) -> Any:
        described, links = real(self)
        return described, {name: explorer_data.packed(shown._unpacked(column)[:-1]) for name, column in links.items()}

    return [(explorer_data._Writer, "_events", events)]


@around("a Word document lacks the last row of a table", "V8")
def _() -> list[Patch]:
    real = word._Writer._copies
    return [
        (word._Writer, "_copies", lambda self, table, block: real(self, table, evolve(block, rows=block.rows[:-1])))
    ]


@around("a page in HTML lacks its last table", "V8")
def _() -> list[Patch]:
    real = html_page.fragment
    return [(html_page, "fragment", lambda content: real(evolve(content, blocks=content.blocks[:-1])))]


# ---- rules in time, and proposals


@around("a rule is in force from the day after", "J1")
def _() -> list[Patch]:
    real = CitedRule.on
    return [(CitedRule, "on", lambda self, day: real(self, day - ONE_DAY))]


@around("a rule says what its first version says", "J1")
def _() -> list[Patch]:
    real = CitedRule.on
    return [(CitedRule, "on", lambda self, day: real(self, day) and self.versions[0])]


@around("a proposal puts together who are no neighbours", "M5")
def _() -> list[Patch]:
    real = metamorphic.propose_mergers

    def propose(structure: Any, neighbours: Any, *more: Any, **how: Any) -> Any:
        units = list(dict.fromkeys(unit for pair in neighbours for unit in pair))
        return real(structure, list(itertools.combinations(units, 2)), *more, **how)

    return [(metamorphic, "propose_mergers", propose)]


@around("of a proposed group two merge", "M5")
def _() -> list[Patch]:
    real = proposal.Proposal.mergers
    read = real.fget if isinstance(real, property) else real.func
    return [(proposal.Proposal, "mergers", property(lambda self: tuple(group[:2] for group in read(self))))]


# ---- calendars, rankings, clusters of the Party


@of_party("windows of congresses overlap by a day", "P11")
def _() -> list[Patch]:
    real = congresses.congress_windows

    def windows(*args: Any, **how: Any) -> Any:
        return tuple(
            evolve(slot, period=Period(slot.period.start, slot.period.end + ONE_DAY)) for slot in real(*args, **how)
        )

    return [(congresses, "congress_windows", windows)]


@of_party("a congress is compared with that of the parent alone", "P11")
def _() -> list[Patch]:
    real = congresses.check_upward

    def check(structure: Any, values_held: Any) -> Any:
        return tuple(
            finding
            for finding in real(structure, values_held)
            if structure.parent(finding.units[1]) == finding.units[0]
        )

    return [(congresses, "check_upward", check)]


@of_party("seats that are left over go to the first", "P11")
def _() -> list[Patch]:
    real = congresses.seats_by_members

    def seats(numbers: Any, *, divisor: Any = None, total: Any = None) -> Any:
        if total is None:
            return real(numbers, divisor=divisor)
        answer = {unit: total * number // sum(numbers.values()) for unit, number in numbers.items()}
        for unit in sorted(answer)[: total - sum(answer.values())]:
            answer[unit] += 1
        return answer

    return [(congresses, "seats_by_members", seats)]


@of_party("after a shared rank none is skipped", "P12")
def _() -> list[Patch]:
    real = emulation._places

    def places(merit: Any) -> Any:
        listed = list(real(merit))
        order = sorted({place.rank for place in listed})
        return (evolve(place, rank=1 + order.index(place.rank)) for place in listed)

    return [(emulation, "_places", places)]


@of_party("all criteria of a ranking weigh alike", "P12")
def _() -> list[Patch]:
    real = emulation.criteria_of
    return [(emulation, "criteria_of", lambda document: {k: evolve(v, weight=1) for k, v in real(document).items()})]


@of_party("of a department the first province alone is counted", "P12")
def _() -> list[Patch]:
    real = regions.count_under
    return [(regions, "count_under", lambda structure, units, kind: real(structure, list(units)[:1], kind))]


@of_party("who has more staff than assigned is counted everywhere", "P13")
def _() -> list[Patch]:
    real = surpluses._above_quota
    return [(surpluses, "_above_quota", lambda view, inside: real(view, set(view.columns.ids)))]


@of_party("a surplus of one does not count", "P13")
def _() -> list[Patch]:
    real = surpluses._above_quota
    return [(surpluses, "_above_quota", lambda view, inside: (row for row in real(view, inside) if int(row.over) > 1))]


@of_party("an audit passes over targets that were missed by one", "P13")
def _() -> list[Patch]:
    real = auditing.outcome

    def outcome(*args: Any, **how: Any) -> Any:
        answer = real(*args, **how)
        near = answer.value is not None and abs(answer.value - answer.wanted) == 1
        return evolve(answer, state="open") if near else answer

    return [(auditing, "outcome", outcome)]


@of_party("proposed clusters may be of any size", "P13")
def _() -> list[Patch]:
    real = reclustering.task
    return [(reclustering, "task", lambda *args, **how: evolve(real(*args, **how), slack=3))]


@of_party("neighbours are told to be together by their order", "P13")
def _() -> list[Patch]:
    real = reclustering.Task.measure

    def measure(self: Any, groups: Any) -> Any:
        answer = real(self, groups)
        return evolve(answer, neighbours=max(0, answer.neighbours - 1))

    return [(reclustering.Task, "measure", measure)]


@around("an import of members takes the first cluster of the list for all", "W5")
def _() -> list[Patch]:
    real = written.import_memberships

    def imported(history: Any, lists: Any, **how: Any) -> Any:
        first = {day: [{**row, "cluster": rows[0]["cluster"]} for row in rows] for day, rows in lists.items()}
        return real(history, first, **how)

    return [(written, "import_memberships", imported)]


@around("an import of members does not see who moved to another cluster", "W5")
def _() -> list[Patch]:
    real = written.import_memberships

    def imported(history: Any, lists: Any, **how: Any) -> Any:
        known: dict[str, str] = {}
        remaining = {
            day: [{**row, "cluster": known.setdefault(row["unit"], row["cluster"])} for row in rows]
            for day, rows in lists.items()
        }
        return real(history, remaining, **how)

    return [(written, "import_memberships", imported)]
