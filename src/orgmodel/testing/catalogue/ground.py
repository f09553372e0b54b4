"""The laws of ground (G): what holds of correspondences on every level, whatever moved below.

Most are judged on what is drawn: moves across borders, takeovers, divisions, and units that are taken up again out of
living ones. What G3 compares with is plain: each piece of ground is a token that is moved by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.errors import Refused
from orgmodel.history.correspondence import Correspondence
from orgmodel.history.history import History, history_of
from orgmodel.history.level import ground_kinds
from orgmodel.model import track as tracks
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import reckoned_back, two_days
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, pick
from orgmodel.testing.schemas import AGENCIES, MEASURES

__all__ = ["law"]

law: Final = Family()

STEPS = 3
LOST = ""
"""Where ground is that went nowhere."""


def _levels(*structures: Structure) -> list[str]:
    """Kinds that have units on all days, of which none stands below another of its kind."""
    first = structures[0]
    kinds = [kind for kind in first.counts() if kind and all(kind in other.counts() for other in structures)]
    return [
        kind for kind in kinds if not first.schema.is_agency(kind) and not any(_nested(s, kind) for s in structures)
    ]


def _nested(structure: Structure, kind: str) -> bool:
    lines = structure.hierarchies
    return any(
        structure.value(above, tracks.KIND) == kind
        for unit in structure.of_kind(kind)
        for line in lines
        if structure.value(unit, tracks.parent_track(line)) is not None
        for above in structure.ancestors(unit, line)
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
    counts = [measure.id for measure in structure.measures.values() if measure.type == "count"]
    agencies = [unit for unit in structure if structure.schema.is_agency(structure.value(unit, tracks.KIND))]
    return [m for m in counts if not any(structure.slots(unit, tracks.measure_track(m)) for unit in agencies)]


# ---- what is drawn


def _restructured(case: Case) -> list[History]:
    """The history, and after each of some days on which only restructuring happens; then a unit is taken up again."""
    # Few drawn organisations have units on several levels side by side, and moves across borders are the point here.
    histories = [_counted(_country(case) if case.number(5) % 2 else case)]
    measures = _counts(histories[0].at(case.day))
    for step in range(STEPS):
        now = Case(histories[-1], [*case.dice[step:], *case.dice[:step]], case.kit)
        # A division may leave open who gets how many; moves, mergers and takeovers never do.
        for only in (RESTRUCTURING, ("reassign", "merge", "take over")):
            move = now.move(4, only, prefix=f"g{step}")
            again = happens(histories[-1], Act(f"ground {step}", now.day + ONE_DAY, move.events))
            if move.name in only and again is not None and _keeps(histories[-1], again, measures):
                histories.append(again)
                break
    last = _taken_up_again(case, histories[-1])
    return [*histories, last] if last is not None and _keeps(histories[-1], last, measures) else histories


def _keeps(before: History, after: History, measures: Iterable[str]) -> bool:
    return all(before.at(before.last_day).total(m) == after.at(after.last_day).total(m) for m in measures)


def _country(case: Case) -> Case:
    """A country with two provinces, each with two communes, which have one to three cells each."""
    rows: list[UnitRow] = [{"id": "top", "kind": "centre"}]
    for province in "pq":
        rows.append({"id": province, "kind": "province", "parent": "top"})
        for commune in (f"{province}1", f"{province}2"):
            rows.append({"id": commune, "kind": "commune", "parent": province})
            cells = [f"{commune}{cell}" for cell in "abc"[: 1 + case.number(len(rows)) % 3]]
            rows += [{"id": cell, "kind": "cell", "parent": commune} for cell in cells]
    return Case(history_of(rows, day=case.day, schema=AGENCIES, measures=MEASURES), case.dice, case.kit)


def _counted(case: Case) -> History:
    """The history after a census: of one measure every lowest unit states what it has, and no other states anything."""
    structure = case.structure
    measures = [measure.id for measure in structure.measures.values() if measure.type == "count"]
    met(measures)
    track = tracks.measure_track(pick(measures, case.number(6)))
    units = [unit for unit in structure if not structure.schema.is_agency(structure.value(unit, tracks.KIND))]
    above = {structure.parent(unit) for unit in units if structure.value(unit, tracks.PARENT) is not None}
    lowest = [unit for unit in units if unit not in above]
    events = [Change(unit, track, None, slot) for unit in structure for slot in structure.slots(unit, track)]
    events += [Change(unit, track, case.number(at) % 9, tracks.OWN) for at, unit in enumerate(lowest)]
    return happens(case.history, case.act(events, "census")) or case.history


def _taken_up_again(case: Case, history: History) -> History | None:
    """A unit that another took over is taken up again out of it."""
    day = history.last_day
    assert day is not None
    now = history.at(day)
    taken = {link.old for link in history.lineage.links() if link.type == "re-establishment"}
    absorbed = [
        link
        for link in history.lineage.links()
        if link.new in now and link.old not in now and link.extent == "whole" and link.old not in taken
    ]
    if not absorbed:
        return None
    link = pick(absorbed, case.number(7))
    home, then = now.unit(link.new), history.at(link.day - ONE_DAY)
    for measure in _counts(now) if link.old in then else ():
        had, has = then.measure(link.old, measure), now.measure(link.new, measure)
        if had.is_exact and has.is_exact and had.value > has.value:  # type: ignore[operator]  # exact ones have values
            return None  # What it had has gone on to others, which would have to give it back.
    unit = Unit("taken-up", kind=home.kind, parent=home.parent, hierarchy=home.hierarchy)
    changes = [
        change for measure in _counts(now) for change in _passing(then, now, link.old, link.new, unit.id, measure)
    ]
    events: list[Event] = [
        Creation(unit, reestablishes=link.old, out_of=link.new),
        Succession([Link(link.new, link.new, "part"), Link(link.new, unit.id, "part")], changes=changes),
    ]
    return happens(history, Act("ground again", day + ONE_DAY, events)) if home.parent else None


def _passing(then: Structure, now: Structure, old: str, holder: str, new: str, measure: str) -> list[Change]:
    """What a unit had at its end goes from who has had it since to who takes it up; nothing where it is not known."""
    if old not in then:
        return []
    had, has = then.measure(old, measure), now.measure(holder, measure)
    if not (had.is_exact and has.is_exact and isinstance(had.value, int) and isinstance(has.value, int)):
        return []
    if had.value > has.value:
        return []
    track = tracks.measure_track(measure)
    return [Change(new, track, had.value, tracks.OWN), Change(holder, track, has.value - had.value, tracks.OWN)]


@law(
    "G1",
    "figures of a level that are carried over days of restructuring and called exact are its totals on the last day",
    "library",
    "figures that are not known, transfers whose shares are left open, levels that stand below themselves",
)
def g1(case: Case) -> None:
    histories = _restructured(case)
    met(len(histories) > 1)
    last = histories[-1]
    assert last.last_day is not None
    before, after = last.at(case.day), last.at(last.last_day)
    spoke = False
    for measure in _counts(before):
        totals = [last.at(history.last_day).total(measure) for history in histories]
        # Where the whole changed, or is not known, figures were stated in between, or left open.
        if not all(total.is_exact and total == totals[0] for total in totals):
            continue
        for kind in _levels(before, after):
            of_units = {unit: before.total(measure, under=unit) for unit in before.of_kind(kind)}
            if not all(total.is_exact for total in of_units.values()):
                continue
            values = {unit: total.value for unit, total in of_units.items()}
            table = last.correspondence(case.day, after.day, kind=kind)
            for unit, figure in _exact(table, values, measure).items():
                total = after.total(measure, under=unit)
                if total.is_exact and after.value(unit, tracks.KIND) == kind:
                    spoke = True
                    same(figure, total.value, f"{measure} of the {kind} {unit!r}")
    met(spoke)


def _exact(table: Correspondence, values: dict[str, Any], measure: str) -> dict[str, Any]:
    carried = table.account(values, measure, "bounds", unmapped="drop")
    return {unit: carried[unit] for unit, exact in carried.exact.items() if exact}


@law(
    "G2",
    "on every level shares add up to 1 and lie within their bounds; carried in two steps a figure is that of one step "
    "where both are exact, and else the bounds overlap",
    "history",
    "units of which a part went nowhere",
)
def g2(case: Case) -> None:
    spoke = False
    for span, table in _tables(case):
        for old in table.olds:
            rows = table[old]
            for measure in _counts(table.before):
                shares = [row.share(measure) for row in rows]
                bounds = [row.share_bounds(measure) for row in rows]
                known = [share for share in shares if share is not None]
                total = sum(known, Fraction(0))
                if total > 1 or (rows and len(known) == len(rows) and total != 1 and not table.is_partly_lost(old)):
                    broken(f"{span}: the shares of {old!r} in {measure} are {shares}")
                for row, share, (low, high) in zip(rows, shares, bounds, strict=True):
                    spoke = True
                    if not 0 <= low <= (low if share is None else share) <= high <= 1:
                        broken(f"{span}: {row}: {share} is not between {low} and {high}")
        spoke = _in_two_steps(case, table, span) or spoke
    met(spoke)


def _in_two_steps(case: Case, direct: Correspondence, span: str) -> bool:
    between = [day for day in case.days if direct.start <= day <= direct.end]
    middle = pick(between, case.number(2))
    if direct.kind is not None and direct.kind not in _levels(case.history.at(middle)):
        return False
    first_table = case.history.correspondence(direct.start, middle, kind=direct.kind)
    second_table = case.history.correspondence(middle, direct.end, kind=direct.kind)
    for measure in _counts(direct.before):
        values = {unit: Quantity(7 * at) for at, unit in enumerate(direct.olds)}
        directly = direct.account(values, measure, "bounds", unmapped="drop")
        halfway = first_table.account(
            {unit: values.get(unit, Quantity(0)) for unit in first_table.olds}, measure, "bounds", unmapped="drop"
        )
        # What flows together with a level on the last day only is not of it on the day between: it may hold anything.
        begun = set(first_table.unmapped.new)
        halfway_figures = {
            unit: halfway.get(unit, Quantity(0) if unit in begun else UNKNOWN) for unit in second_table.olds
        }
        by_way = second_table.account(halfway_figures, measure, "bounds", unmapped="drop")
        if halfway.dropped or directly.dropped or by_way.dropped:
            continue  # What lay below a unit on the day between may have ended since, and its own ground is not told apart.
        for unit in directly.keys() & by_way.keys():
            a, b = Quantity.of(directly[unit]), Quantity.of(by_way[unit])
            # The second step does not know what the first left open, and may call a remainder exact that is not.
            sure = directly.exact[unit] and by_way.exact[unit] and halfway.all_exact
            if sure and a != b:
                broken(f"{span} by way of {middle}: {measure} of {unit!r} is {b}, directly {a}")
            if a.low is not None and b.high is not None and a.low > b.high:
                broken(
                    f"{span} by way of {middle}: {measure} of {unit!r} is at most {b.high}, directly at least {a.low}"
                )
    return True


@law(
    "G3",
    "who corresponds to whom on a level, and what is whole there, is what tokens tell that are moved by hand",
    "history",
    "units that take up the former ground of ended ones, and what is only first or last known",
)
def g3(case: Case) -> None:
    a, b = two_days(case)
    history = case.history
    acts = [act for act in case.acts if a < act.effective <= b]
    before, after = history.at(a), history.at(b)
    spoke = False
    for kind in _levels(before, after):
        moved = _moved(history, acts, before, kind)
        if moved is None:
            continue
        table = history.correspondence(a, b, kind=kind)
        places: dict[str, set[str]] = {unit: set() for unit in before.of_kind(kind)}
        for atom, units in moved.items():
            holder = _holder(before, atom, kind)
            if holder in places:
                places[holder] |= {_holder(after, unit, kind) if unit in after else LOST for unit in units}
        for unit, expected in places.items():
            spoke = True
            label = f"{a} to {b}: the {kind} {unit!r}"
            same({row.new for row in table[unit]}, expected - {LOST}, f"{label} is in")
            wholly_in = {row.new for row in table[unit] if row.extent == "whole"}
            same(wholly_in, expected if len(expected) == 1 and LOST not in expected else set(), f"{label} is wholly in")
            same(table.is_partly_lost(unit), LOST in expected and len(expected) > 1, f"{label} is partly lost")
    met(spoke)


def _moved(history: History, acts: Iterable[Act], before: Structure, kind: str) -> dict[str, set[str]] | None:
    """Atom of a day -> the units that any of it is in after some acts; None where the law does not speak of them."""
    kinds = ground_kinds(history.schema, kind, None)

    def is_ground(name: str | None) -> bool:
        return not history.schema.is_agency(name) if kinds is None else name in kinds

    kind_of = {unit: before.value(unit, tracks.KIND) for unit in before}
    where = {unit: {unit} for unit in before if is_ground(kind_of[unit]) and _has_own(before, unit, is_ground)}
    for act in acts:
        for event in act.events:
            if isinstance(event, Creation) and isinstance(event.what, Unit):
                if event.first_known or event.reestablishes:
                    return None
                kind_of[event.what.id] = event.what.kind
            elif isinstance(event, Closure):
                if event.last_known:
                    return None
                where = {atom: {LOST if u == event.subject else u for u in units} for atom, units in where.items()}
            elif isinstance(event, Succession):
                kind_of.update((unit.id, unit.kind) for unit in event.created)
                ways = _ways(event)
                if ways is None:
                    return None
                to = {old: {new if is_ground(kind_of.get(new)) else LOST for new in news} for old, news in ways.items()}
                where = {atom: set().union(*(to.get(unit, {unit}) for unit in units)) for atom, units in where.items()}
    return where


def _ways(event: Succession) -> dict[str, set[str]] | None:
    """Old unit -> where parts of it go; None of what begins and is divided in one event, or of shares that lose some."""
    ways: dict[str, set[str]] = {}
    olds = [link.old for link in event.links]
    if not {unit.id for unit in event.created}.isdisjoint(olds) or any(
        share for link in event.links for share in link.shares
    ):
        return None
    for link in event.links:
        ways.setdefault(link.old, set()).add(link.new)
        if olds.count(link.old) == 1 and link.extent == "part":
            ways[link.old].add(LOST)
    return ways


def _has_own(structure: Structure, unit: str, is_ground: Any) -> bool:
    """Whether a ground unit has ground of its own: none below it, or a count of itself."""
    counts = [measure.id for measure in structure.measures.values() if measure.type == "count"]
    own = [structure.slots(unit, tracks.measure_track(m)).get(tracks.OWN) for m in counts]
    if any(value is not None and Quantity.of(value) != 0 for value in own):
        return True
    lines = [
        h
        for h in structure.hierarchies
        if structure.value(unit, tracks.parent_track(h)) is not None or h == tracks.MAIN
    ]
    below = {child for line in lines[:1] for child in _below(structure, unit, line)}
    return not any(is_ground(structure.value(child, tracks.KIND)) for child in below)


def _below(structure: Structure, unit: str, line: str) -> tuple[str, ...]:
    try:
        return structure.descendants(unit, line)
    except (LookupError, Refused):
        return ()


def _holder(structure: Structure, unit: str, kind: str) -> str:
    for line in structure.hierarchies:
        try:
            chain = (unit, *structure.ancestors(unit, line))
        except (LookupError, Refused):
            continue
        return next((holder for holder in chain if structure.value(holder, tracks.KIND) == kind), unit)
    return unit


@law(
    "G4",
    "from a day back to an earlier one is the inverse of the way forth, and twice turned it is the way",
    "history",
    "units that are older than their record, by links alone",
)
def g4(case: Case) -> None:
    spoke = False
    for span, table in _tables(case):
        back = case.history.correspondence(table.end, table.start, kind=table.kind)
        forth = sorted((row.old, row.new) for row in table)
        for turned in (table.invert(), back):
            spoke = True
            same(sorted((row.new, row.old) for row in turned), forth, f"{span}: turned")
            unmapped, unmapped_turned = table.unmapped, turned.unmapped
            same(
                (unmapped_turned.old, unmapped_turned.new, set(unmapped_turned.bare)),
                (unmapped.new, unmapped.old, set(unmapped.bare)),
                f"{span}: what has nothing",
            )
            same([str(row) for row in turned.invert()], [str(row) for row in table], f"{span}: turned twice")
        mapped = {old for old, _ in forth}
        left_out = set(table.olds) - {*mapped, *table.unmapped.old, *table.unmapped.bare}
        # On a level a unit without ground of its own is neither.
        if left_out and table.kind is None:
            broken(f"{span}: {sorted(left_out)} became something or nothing, and neither is told")
        for unit in table.news:
            olds = {old for old, new in forth if new == unit}
            same({row.old for row in table.into(unit)}, olds, f"{span}: rows into {unit!r}")
            same(set(table.predecessors(unit)), olds, f"{span}: what {unit!r} came of")
    met(spoke)


@law(
    "G5",
    "shares that are stated of one measure change nothing of any other",
    "library",
    "divisions that the kit does not draw",
)
def g5(case: Case) -> None:
    other = "of-g5"
    move = case.move(4, DIVISIONS)
    met(move.name in DIVISIONS)
    day = case.day + ONE_DAY
    events = [_stating(event, other) for event in move.events]
    met(any(new is not old for new, old in zip(events, move.events, strict=True)))
    plain, stating = (needed(happens(case.history, case.act(drawn, day=day))) for drawn in (move.events, events))
    for kind in (None, *_levels(plain.at(case.day), plain.at(day))):
        tables = [history.correspondence(case.day, day, kind=kind) for history in (plain, stating)]
        measures = _counts(tables[0].before)
        plain_rows, stating_rows = (
            [
                (row.old, row.new, row.extent, row.exact, [(row.share(m), row.share_bounds(m)) for m in measures])
                for row in table
            ]
            for table in tables
        )
        same(stating_rows, plain_rows, f"{move.name}, {kind or 'by links'}: with shares of another measure")


DIVISIONS = ("break down", "split off", "transfer", "reorganise")


def _stating(event: Event, measure: str) -> Event:
    """An event whose divided units divide a measure evenly."""
    if not isinstance(event, Succession):
        return event
    counts = Counter(link.old for link in event.links)
    if max(counts.values(), default=0) < 2:
        return event
    links = [
        evolve(link, shares={**dict(link.shares), measure: Fraction(1, counts[link.old])})
        if counts[link.old] > 1
        else link
        for link in event.links
    ]
    return evolve(event, links=links)


@law(
    "G6",
    "whatever policy divides it, a figure that is carried is neither lost nor made, and is the sum of the parts that explain "
    "it; a rate and a category of units that went on whole are those of the units they came from",
    "history",
    "figures that are not known; units without a successor, whose figures are told apart",
)
def g6(case: Case) -> None:
    a, b = two_days(case)
    table = case.history.correspondence(a, b)
    met(table.olds)
    values = {unit: 1 + case.number(at) for at, unit in enumerate(table.olds)}
    for policy in ("equal", "bounds", "dominant"):
        try:
            carried = table.account(values, "members", policy, unmapped="drop")
        except Refused:
            continue
        dropped = sum((Quantity.of(figure) for figure in carried.dropped.values()), Quantity(0))
        total = sum(map(Quantity.of, carried.values()), Quantity(0)) + dropped
        if total.is_exact:
            same(total, Quantity(sum(values.values())), f"{a} to {b}: all that is carried by the policy {policy!r}")
        for unit, figure in carried.items():
            parts = carried.explain(unit).parts
            explained = sum((Quantity.of(part.amount) for part in parts), Quantity(0))
            same(Quantity.of(figure), explained, f"{a} to {b}: what explains the figure of {unit!r} by {policy!r}")
            for part in parts:
                if part.row.extent == "whole":
                    same(part.amount, Quantity(values[part.row.old]), f"what {part.row.old!r} brought to {unit!r}")
    rates = {unit: Fraction(case.number(at), 100) for at, unit in enumerate(table.olds)}
    grades = {unit: pick("AB", case.number(at + 3)) for at, unit in enumerate(table.olds)}
    rated = table.account(rates, Measure("rate", "rate", weight="members"), "bounds", weights=values, unmapped="drop")
    graded = table.account(grades, Measure("grade", "category"), "collect", unmapped="drop")
    for unit in table.news:
        olds = [row.old for row in table.into(unit)]
        if olds and all(row.extent == "whole" for row in table.into(unit)):
            mean = sum((rates[old] * values[old] for old in olds), Fraction(0)) / sum(values[old] for old in olds)
            same(Quantity.of(rated[unit]), Quantity(mean), f"{a} to {b}: the rate of {unit!r}")
            category = graded[unit]
            listed = {category} if isinstance(category, str) else set(category)
            same(listed, {grades[old] for old in olds}, f"{a} to {b}: the categories of {unit!r}")


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
