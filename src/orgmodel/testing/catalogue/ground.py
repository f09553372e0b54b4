"""The laws of ground (G): what holds of correspondences on every level, whatever moved below.

Most are judged on what is drawn: moves across borders, takeovers, divisions, and units that are taken up again out of
living ones. What G3 compares with is plain: each piece of ground is a token that is moved by hand.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.errors import Refused
from orgmodel.history.carry import Carried
from orgmodel.history.correspondence import Correspondence
from orgmodel.history.history import History, history_of
from orgmodel.history.level import ground_kinds
from orgmodel.model import track as tracks
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    agree,
    case_of,
    count_measures,
    enacted,
    reckoned_back,
    two_days,
)
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, pick
from orgmodel.testing.schemas import AGENCIES, MEASURES
from orgmodel.testing.statements import statements

__all__ = ["law"]

law: Final = Family()

STEPS = 3
LOST = ""
"""Where ground is that went nowhere."""


def _levels(*structures: Structure) -> list[str]:
    """Kinds that have units on all days, of which none stands below another of its kind."""
    first = structures[0]
    kinds = [kind for kind in first.counts() if kind and not first.schema.is_agency(kind)]
    return [kind for kind in kinds if all(s.count(kind) and not _nested(s, kind) for s in structures)]


def _nested(structure: Structure, kind: str) -> bool:
    """Whether a unit of a kind stands below another of its kind in any hierarchy."""
    units = set(structure.of_kind(kind))
    return any(
        not units.isdisjoint(structure.ancestors(unit, line))
        for unit in units
        for line in structure.hierarchies
        if structure.value(unit, tracks.parent_track(line)) is not None
    )


def _tables(case: Case) -> Iterator[tuple[str, Correspondence]]:
    """Correspondences between two days: of each level, and by links alone."""
    a, b = two_days(case)
    # A unit that is older than its record may stand for earlier units that nobody recorded.
    by_links = [] if reckoned_back(case.acts, "first_known", "last_known") else [None]
    for kind in (*by_links, *_levels(case.history.at(a), case.history.at(b))):
        yield f"{a} to {b}, {kind or 'by links'}", case.history.correspondence(a, b, kind=kind)


def _counts(structure: Structure) -> list[str]:
    """Additive measures that no agency states: those stand beside the members of whom they are."""
    agencies = [unit for unit in structure if structure.schema.is_agency(structure.value(unit, tracks.KIND))]
    stated = {track for unit in agencies for track in structure.track_names() if structure.slots(unit, track)}
    return [measure for measure in count_measures(structure) if tracks.measure_track(measure) not in stated]


# ---- what is drawn


def _restructured(case: Case) -> list[History]:
    """The history, and after each of some days on which only restructuring happens; then a unit is taken up again."""
    # Few drawn organisations have units on several levels side by side, and moves across borders are the point here;
    # groups within groups are on no level at all.
    histories = [_counted(_country(case) if case.number(5) % 2 or not _levels(case.structure) else case)]
    measures = _counts(histories[0].at(case.day))
    for step in range(STEPS):
        now = Case(histories[-1], [*case.dice[step:], *case.dice[:step]], case.kit)
        # A division may leave open who gets how many; moves, mergers and takeovers never do.
        for names in (RESTRUCTURING, ("reassign", "merge", "take over")):
            move = now.move(4, names, prefix=f"g{step}")
            longer = happens(now.history, Act(f"ground {step}", now.day + ONE_DAY, move.events))
            if move.name in names and longer is not None and _keeps(now.history, longer, measures):
                histories.append(longer)
                break
    last = _taken_up_again(case, histories[-1])
    return [*histories, last] if last is not None and _keeps(histories[-1], last, measures) else histories


def _keeps(before: History, after: History, measures: Iterable[str]) -> bool:
    return all(before.at(before.last_day).total(m) == after.at(after.last_day).total(m) for m in measures)


def _country(case: Case) -> Case:
    """A country with two provinces, each with two communes, which have one to three cells each."""
    # Three levels below the top, so that a move across one border crosses another one as well.
    rows: list[UnitRow] = [{"id": "top", "kind": "centre"}]
    rows += [{"id": province, "kind": "province", "parent": "top"} for province in "pq"]
    for commune in ("p1", "p2", "q1", "q2"):
        rows.append({"id": commune, "kind": "commune", "parent": commune[0]})
        cells = "abc"[: 1 + case.number(len(rows)) % 3]
        rows += [{"id": f"{commune}{cell}", "kind": "cell", "parent": commune} for cell in cells]
    return case_of(history_of(rows, day=case.day, schema=AGENCIES, measures=MEASURES), case)


def _counted(case: Case) -> History:
    """The history after a census: of one measure every lowest unit states what it has, and no other states anything."""
    structure = case.structure
    measures = count_measures(structure)
    met(measures)
    track = tracks.measure_track(pick(measures, case.number(6)))
    units = [unit for unit in structure if not structure.schema.is_agency(structure.value(unit, tracks.KIND))]
    # At the bottom alone: then what a level has is the sum of what is below it, and nothing is counted twice.
    above = {structure.parent(unit) for unit in units if structure.value(unit, tracks.PARENT) is not None}
    lowest = [unit for unit in units if unit not in above]
    events = [Change(unit, track, None, slot) for unit in structure for slot in structure.slots(unit, track)]
    events += [Change(unit, track, case.number(at) % 9, tracks.OWN) for at, unit in enumerate(lowest)]
    return happens(case.history, case.act(events, "census")) or case.history


def _taken_up_again(case: Case, history: History) -> History | None:
    """A unit that another took over is taken up again out of it."""
    day = needed(history.last_day)
    now, links = history.at(day), history.lineage.links()
    taken = {link.old for link in links if link.type == "re-establishment"}
    absorbed = [k for k in links if k.new in now and k.old not in {*now, *taken} and k.extent == "whole"]
    if not absorbed:
        return None
    link = pick(absorbed, case.number(7))
    home, then = now.unit(link.new), history.at(link.day - ONE_DAY)
    unit = Unit("taken-up", kind=home.kind, parent=home.parent, hierarchy=home.hierarchy)
    changes: list[Change] = []
    for measure in _counts(now) if link.old in then else ():
        had, has = then.measure(link.old, measure), now.measure(link.new, measure)
        if had.is_exact and has.is_exact:
            remaining = int(has) - int(had)
            if remaining < 0:
                return None  # What it had has gone on to others, which would have to give it back.
            track = tracks.measure_track(measure)
            changes += [Change(unit.id, track, int(had), tracks.OWN), Change(link.new, track, remaining, tracks.OWN)]
    events: list[Event] = [
        Creation(unit, reestablishes=link.old, out_of=link.new),
        Succession([Link(link.new, link.new, "part"), Link(link.new, unit.id, "part")], changes=changes),
    ]
    return happens(history, Act("ground again", day + ONE_DAY, events)) if home.parent else None


@law(
    "G1",
    "figures of a level that are carried over days of restructuring and called exact are its totals on the last day",
    "library",
    "figures that are not known, transfers whose shares are left open, levels that stand below themselves",
)
def g1(case: Case) -> None:
    histories = _restructured(case)
    last = histories[-1]
    before, after = last.at(case.day), last.at(last.last_day)
    levels = _levels(before, after)
    compared = {
        (measure, kind): _carried_exactly(last, before, after, measure, kind)
        for measure in _counts(before)
        if _is_kept(histories, measure)
        for kind in levels
    }
    met(len(histories) > 1 and any(carried for carried, _ in compared.values()))
    for (measure, kind), (carried, totals) in compared.items():
        same(carried, totals, f"{measure} of each {kind}")


def _is_kept(histories: Sequence[History], measure: str) -> bool:
    """Whether the whole is known and stays as it is; else figures were stated in between, or left open."""
    totals = [histories[-1].at(history.last_day).total(measure) for history in histories]
    return totals[0].is_exact and all(total == totals[0] for total in totals)


def _carried_exactly(
    history: History, before: Structure, after: Structure, measure: str, kind: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is carried to units of a level and called exact, and their totals; nothing unless all of before are known."""
    figures, totals = (
        {unit: total.value for unit in s.of_kind(kind) if (total := s.total(measure, under=unit)).is_exact}
        for s in (before, after)
    )
    if len(figures) < before.count(kind):
        return {}, {}
    table = history.correspondence(before.day, after.day, kind=kind)
    carried = table.account(figures, measure, "bounds", unmapped="drop")
    exact = {unit: figure for unit, figure in carried.items() if carried.exact[unit] and unit in totals}
    return exact, {unit: totals[unit] for unit in exact}


@law(
    "G2",
    "on every level shares add up to 1 and lie within their bounds; carried in two steps a figure is that of one step "
    "where both are exact, and else the bounds overlap",
    "history",
    "units of which a part went nowhere",
)
def g2(case: Case) -> None:
    asked = [(span, table, measure) for span, table in _tables(case) for measure in count_measures(table.before)]
    for span, table, measure in asked:
        for old in table.olds:
            _divides(table, old, measure, span)
        _in_two_steps(case, table, measure, span)
    met(any(len(table) for _, table, _ in asked))


def _divides(table: Correspondence, old: str, measure: str, span: str) -> None:
    """Require that the shares of a unit add up to 1, or to less where a part is lost, and lie within their bounds."""
    rows = table[old]
    shares = [row.share(measure) for row in rows]
    known = [share for share in shares if share is not None]
    total, is_complete = sum(known, Fraction(0)), len(known) == len(rows) > 0 and not table.is_partly_lost(old)
    if total > 1 or (is_complete and total != 1):
        broken(f"{span}: the shares of {old!r} in {measure} are {shares}")
    for row, share in zip(rows, shares, strict=True):
        low, high = row.share_bounds(measure)
        if not 0 <= low <= (low if share is None else share) <= high <= 1:
            broken(f"{span}: {row}: {share} is not between {low} and {high}")


def _in_two_steps(case: Case, direct: Correspondence, measure: str, span: str) -> None:
    """Require that a figure that is carried by way of a day between agrees with what is carried directly."""
    between = [day for day in case.days if direct.start <= day <= direct.end]
    middle = pick(between, case.number(2))
    if direct.kind is not None and direct.kind not in _levels(case.history.at(middle)):
        return
    first, second = (
        case.history.correspondence(*days, kind=direct.kind) for days in ((direct.start, middle), (middle, direct.end))
    )

    def carry(table: Correspondence, figures: Mapping[str, Any]) -> Carried:
        return table.account(figures, measure, "bounds", unmapped="drop")

    values = {unit: Quantity(7 * at) for at, unit in enumerate(direct.olds)}
    directly, halfway = carry(direct, values), carry(first, {u: values.get(u, Quantity(0)) for u in first.olds})
    # What flows together with a level on the last day only is not of it on the day between: it may hold anything.
    begun = set(first.unmapped.new)
    by_way = carry(second, {u: halfway.get(u, Quantity(0) if u in begun else UNKNOWN) for u in second.olds})
    if halfway.dropped or directly.dropped or by_way.dropped:
        return  # What lay below a unit on the day between may have ended since, and its own ground is not known apart.
    for unit in directly.keys() & by_way.keys():
        a, b = Quantity.of(directly[unit]), Quantity.of(by_way[unit])
        label = f"{span}: {measure} of {unit!r}, directly {a}, by way of {middle} {b}"
        # The second step does not know what the first left open, and may call a remainder exact that is not.
        if directly.exact[unit] and by_way.exact[unit] and halfway.all_exact:
            same(b, a, label)
        if _is_above(a, b):
            broken(label)


def _is_above(first: Quantity, second: Quantity) -> bool:
    """Whether the bounds of one figure lie above those of another."""
    return first.low is not None and second.high is not None and first.low > second.high


@law(
    "G3",
    "who corresponds to whom on a level, and what is whole there, is what tokens tell that are moved by hand",
    "history",
    "units that take up the former ground of ended ones, and what is only first or last known",
)
def g3(case: Case) -> None:
    a, b = two_days(case)
    acts = [act for act in case.acts if a < act.effective <= b]
    before, after = case.history.at(a), case.history.at(b)
    moved = {kind: _moved(case.history, acts, before, kind) for kind in _levels(before, after)}
    met(any(places is not None for places in moved.values()))
    for kind, places in moved.items():
        if places is not None:
            table = case.history.correspondence(a, b, kind=kind)
            _level_agrees(table, places, f"{a} to {b}: where each {kind} is, where wholly, and whether a part is lost")


def _level_agrees(table: Correspondence, places: Mapping[str, set[str]], label: str) -> None:
    """Require that a correspondence says of the units of its level what their tokens say; ``places``: token -> units."""
    before, after, kind = table.before, table.after, needed(table.kind)
    inside: dict[str, set[str]] = {unit: set() for unit in before.of_kind(kind)}
    for token, units in places.items():
        holder = _holder(before, token, kind)
        if holder in inside:
            inside[holder] |= {_holder(after, unit, kind) if unit in after else LOST for unit in units}
    expected = {
        unit: (
            holders - {LOST},
            holders if len(holders) == 1 and LOST not in holders else set(),
            LOST in holders and len(holders) > 1,
        )
        for unit, holders in inside.items()
    }
    agree(
        inside,
        lambda unit: (
            {row.new for row in table[unit]},
            {row.new for row in table[unit] if row.extent == "whole"},
            table.is_partly_lost(unit),
        ),
        expected.get,
        label,
    )


def _moved(history: History, acts: Sequence[Act], before: Structure, kind: str) -> dict[str, set[str]] | None:
    """Token of a day -> the units that any of it is in after some acts; None where the law does not speak of them."""
    if reckoned_back(acts):
        return None
    kinds = ground_kinds(history.schema, kind, None)

    def is_ground(name: str | None) -> bool:
        return not history.schema.is_agency(name) if kinds is None else name in kinds

    kind_of = {unit: before.value(unit, tracks.KIND) for unit in before}
    where = {unit: {unit} for unit in before if is_ground(kind_of[unit]) and _has_own(before, unit, is_ground)}
    for event in (event for act in acts for event in act.events):
        ways: Mapping[str, set[str]] | None = {}
        match event:
            case Creation(what=Unit() as unit):
                kind_of[unit.id] = unit.kind
            case Closure(subject=subject):
                ways = {subject: {LOST}}
            case Succession():
                kind_of.update((unit.id, unit.kind) for unit in event.created)
                ways = _ways(event)
        if ways is None:
            return None
        to = {old: {new if is_ground(kind_of.get(new)) else LOST for new in news} for old, news in ways.items()}
        where = {token: set().union(*(to.get(unit, {unit}) for unit in units)) for token, units in where.items()}
    return where


def _ways(event: Succession) -> dict[str, set[str]] | None:
    """Old unit -> where parts of it go; None of what begins and is divided in one event, or of shares that lose some."""
    times = Counter(link.old for link in event.links)
    if any(unit.id in times for unit in event.created) or any(share for link in event.links for share in link.shares):
        return None
    ways: dict[str, set[str]] = {old: set() for old in times}
    for link in event.links:
        # A single link of a part leaves the other part nowhere.
        ways[link.old] |= {link.new, LOST} if times[link.old] == 1 and link.extent == "part" else {link.new}
    return ways


def _has_own(structure: Structure, unit: str, is_ground: Callable[[str | None], bool]) -> bool:
    """Whether a ground unit has ground of its own: none below it, or a count of itself."""
    own = [structure.value(unit, tracks.measure_track(m), tracks.OWN) for m in count_measures(structure)]
    if any(value is not None and Quantity.of(value) != 0 for value in own):
        return True
    below: tuple[str, ...] = ()
    with contextlib.suppress(LookupError, Refused):  # a unit outside the main hierarchy
        below = structure.descendants(unit)
    return not any(is_ground(structure.value(child, tracks.KIND)) for child in below)


def _holder(structure: Structure, unit: str, kind: str) -> str:
    """The unit of a kind in whose ground a unit is: itself or one above it; the unit where there is none."""
    for line in structure.hierarchies:
        with contextlib.suppress(LookupError, Refused):  # a unit outside the hierarchy
            chain = (unit, *structure.ancestors(unit, line))
            return next((holder for holder in chain if structure.value(holder, tracks.KIND) == kind), unit)
    return unit


@law(
    "G4",
    "from a day back to an earlier one is the inverse of the way forth, and twice turned it is the way",
    "history",
    "units that are older than their record, by links alone",
)
def g4(case: Case) -> None:
    _moved_back(case)
    tables = list(_tables(case))
    met(tables)
    for span, table in tables:
        forth, unmapped = sorted((row.old, row.new) for row in table), table.unmapped
        days = {act.effective for row in table for act in row.acts}
        same({day for day in days if not table.start < day <= table.end}, set(), f"{span}: days of acts outside of it")
        for turned in (table.invert(), case.history.correspondence(table.end, table.start, kind=table.kind)):
            same(sorted((row.new, row.old) for row in turned), forth, f"{span}: turned")
            nothing = turned.unmapped.new, turned.unmapped.old, set(turned.unmapped.bare)
            same(nothing, (unmapped.old, unmapped.new, set(unmapped.bare)), f"{span}: what has nothing")
            same([str(row) for row in turned.invert()], [str(row) for row in table], f"{span}: turned twice")
        # On a level a unit without ground of its own is neither.
        if table.kind is None:
            accounted_for = {*(old for old, _ in forth), *unmapped.old, *unmapped.bare}
            same(set(table.olds) - accounted_for, set(), f"{span}: units of which no row speaks")
        for unit in table.news:
            olds = {old for old, new in forth if new == unit}
            answers = {row.old for row in table.into(unit)}, set(table.predecessors(unit))
            same(answers, (olds, olds), f"{span}: rows into {unit!r}, and what it came of")


def _moved_back(case: Case) -> None:
    """Require that what moved on the first day and moves back later has gone by the later act alone."""
    move, next_day = case.move(4, ["reassign"]), case.day + ONE_DAY
    moves = statements(move.events).changes
    moved = happens(case.history, case.act(move.events, "there")) if move.name == "reassign" else None
    if moved is None:
        return
    home = Change(moves[0].subject, tracks.PARENT, case.structure.parent(moves[0].subject))
    back = happens(moved, case.act([home], "back", next_day))
    if back is None:
        return
    for kind in _levels(back.at(case.day), back.at(next_day)):
        rows = back.correspondence(case.day, next_day, kind=kind)
        acts = {act.id for row in rows if row.old != row.new for act in row.acts}
        same(acts - {"back"}, set(), f"acts besides the last one by which ground of each {kind} went back")


@law(
    "G5",
    "shares that are stated of one measure change nothing of any other",
    "library",
    "divisions that the kit does not draw",
)
def g5(case: Case) -> None:
    move = case.move(4, DIVISIONS)
    met(move.name in DIVISIONS)
    day = case.day + ONE_DAY
    events = [_stating(event, "of-g5") for event in move.events]
    met(events != [*move.events])
    plain, stating = enacted(case, move.events, day=day), enacted(case, events, day=day)
    measures = _counts(plain.at(case.day))
    for kind in (None, *_levels(plain.at(case.day), plain.at(day))):
        plain_rows, stating_rows = (
            [
                (row.old, row.new, row.extent, row.exact, [(row.share(m), row.share_bounds(m)) for m in measures])
                for row in history.correspondence(case.day, day, kind=kind)
            ]
            for history in (plain, stating)
        )
        same(stating_rows, plain_rows, f"{move.name}, {kind or 'by links'}: with shares of another measure")


DIVISIONS = ("break down", "split off", "transfer", "reorganise")


def _stating(event: Event, measure: str) -> Event:
    """An event whose divided units divide a measure evenly."""
    if not isinstance(event, Succession):
        return event
    times = Counter(link.old for link in event.links)

    def stating(link: Link) -> Link:
        shares = {**dict(link.shares), measure: Fraction(1, times[link.old])}
        return evolve(link, shares=shares) if times[link.old] > 1 else link

    return evolve(event, links=[stating(link) for link in event.links])


@law(
    "G6",
    "whatever policy divides it, a figure that is carried is neither lost nor made, and is the sum of the parts that explain "
    "it; a rate and a category of units that went on whole are those of the units they came from",
    "history",
    "figures that are not known; units without a successor, whose figures are reported apart",
)
def g6(case: Case) -> None:
    a, b = two_days(case)
    table = case.history.correspondence(a, b)
    met(table.olds)
    values = {unit: 1 + case.number(at) for at, unit in enumerate(table.olds)}
    for policy in ("equal", "bounds", "dominant"):
        with contextlib.suppress(Refused):
            carried = table.account(values, "members", policy, unmapped="drop")
            _accounted_for(carried, values, f"{a} to {b}, by {policy!r}")
    rates = {unit: Fraction(case.number(at), 100) for at, unit in enumerate(table.olds)}
    grades = {unit: pick("AB", case.number(at + 3)) for at, unit in enumerate(table.olds)}
    rated = table.account(rates, Measure("rate", "rate", weight="members"), "bounds", weights=values, unmapped="drop")
    graded = table.account(grades, Measure("grade", "category"), "collect", unmapped="drop")
    rows = {unit: table.into(unit) for unit in table.news}
    origins = {
        unit: [row.old for row in into]
        for unit, into in rows.items()
        if into and all(row.extent == "whole" for row in into)
    }
    weighted = {unit: sum(rates[old] * values[old] for old in olds) for unit, olds in origins.items()}
    agree(
        origins,
        lambda unit: Quantity.of(rated[unit]),
        lambda unit: Quantity(weighted[unit] / Fraction(sum(values[old] for old in origins[unit]))),
        f"{a} to {b}: rates of units into which others went whole",
    )
    agree(
        origins,
        lambda unit: {graded[unit]} if isinstance(graded[unit], str) else set(graded[unit]),
        lambda unit: {grades[old] for old in origins[unit]},
        f"{a} to {b}: categories of units into which others went whole",
    )


def _accounted_for(carried: Carried, values: Mapping[str, int], label: str) -> None:
    """Require that what is carried is all there was, and each figure the sum of what explains it."""
    parts = {unit: carried.explain(unit).parts for unit in carried}
    sums = {unit: sum((Quantity.of(part.amount) for part in each), Quantity(0)) for unit, each in parts.items()}
    agree(carried, lambda unit: Quantity.of(carried[unit]), sums.get, f"{label}: figures, and what explains them")
    total = sum(map(Quantity.of, [*carried.values(), *carried.dropped.values()]), Quantity(0))
    if total.is_exact:
        same(total, Quantity(sum(values.values())), f"{label}: all that is carried")
    brought = [
        (part.row.old, Quantity.of(part.amount))
        for each in parts.values()
        for part in each
        if part.row.extent == "whole"
    ]
    same(brought, [(old, Quantity(values[old])) for old, _ in brought], f"{label}: what whole units brought")


@law(
    "G7",
    "a frame of figures that is carried says what a mapping says, also when it is carried on: bounds stay, and what is not "
    "exact does not become so",
    "history",
    needs="polars",
)
def g7(case: Case) -> None:
    import polars as pl

    met("members" in case.history.measures)
    a, b = two_days(case)
    table, stay = case.history.correspondence(a, b), case.history.correspondence(b, b)
    met(table.olds)
    values = {unit: 1 + case.number(at) for at, unit in enumerate(table.olds)}
    frame = pl.DataFrame({"unit": list(values), "members": list(values.values())})
    for policy in ("equal", "bounds"):
        carried = table.account(values, "members", policy, unmapped="drop")
        expected = {unit: (Quantity.of(figure), carried.exact[unit]) for unit, figure in carried.items()}
        written = table.carry(frame, "members", policy, unmapped="drop")
        rows = {row["unit"]: (row["low"], row["high"], row["exact"]) for row in written.to_dicts()}
        same(rows, {u: (q.low, q.high, exact) for u, (q, exact) in expected.items()}, f"{a} to {b}, {policy}: a frame")
        again = stay.account(written, "members", policy)
        on = {unit: (Quantity.of(figure), again.exact[unit]) for unit, figure in again.items()}
        same(on, expected, f"{a} to {b}, {policy}: a frame, carried on")
