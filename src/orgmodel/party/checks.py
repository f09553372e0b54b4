"""What the rules of the Party ask of a structure or an act, where no ready-made check asks it.

The numbers stand in the rulebook's file, the words of findings in ``findings.toml``; how a check is declared,
:mod:`orgmodel.party.checking` says. Checks stand in the order of the rulebook's parts A to G. A case is in order
(:data:`~orgmodel.rules.checks.OK`), breaks the rule, or is undecided and names what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from attrs import evolve
from dateutil.relativedelta import relativedelta

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.model.matter import When
from orgmodel.model.track import CORRESPONDS, OFFICE, OWN
from orgmodel.party import decisions, kinds, offices
from orgmodel.party.checking import PARTY_CHECKS, Subject, Wording, check, each, finding, undecided
from orgmodel.party.deadlines import Proceeding
from orgmodel.party.decisions import EXCELLENT, GOOD, UNKNOWN, Bounds
from orgmodel.party.members import flow_of
from orgmodel.party.periods import span
from orgmodel.party.posts import Posts, Taken, origin_of, posts, tenure_of
from orgmodel.party.questions import day_of, is_on_record, whole
from orgmodel.party.terms import COMMITTEE, Term
from orgmodel.party.tracks import DECIDED, FLOW, LEAD, RATED, TENURE
from orgmodel.period import ONE_DAY, Period
from orgmodel.rules.changes import Changes
from orgmodel.rules.checks import OK, CheckType, chosen, lacking
from orgmodel.rules.file import first_day
from orgmodel.rules.rule import Satisfied, Undecided, Verdict
from orgmodel.rules.view import RuleInForce, View
from orgmodel.structure.day_columns import TOTAL, Floats, Places, bounds
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "AFTER_DISSOLUTION",
    "CHECK_TYPES",
    "MEETINGS",
    "most_staff",
    "partners",
]

_LEVELS: Final = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
_MERGING: Final = (kinds.PROVINCE, kinds.DIRECT_ORGANISATION, kinds.COMMUNE)


# ---- how facts are read


def _pair(slot: Any) -> tuple[Any, Any]:
    """A slot of two parts; two times None if it has another shape."""
    return (slot[0], slot[1]) if isinstance(slot, (tuple, list)) and len(slot) == 2 else (None, None)


def _term(unit: str, text: Any) -> Term | None:
    """A recorded term; None if there is none, or what is recorded cannot be read as one."""
    try:
        return None if text is None else Term.parse(unit, str(text))
    except (BadDay, Refused):
        return None


def _holders(it: Subject, *posts: str) -> set[str]:
    """The persons who hold any of some posts of the unit."""
    holder_of = it.view.slots(OFFICE).get(it.unit, {})
    return {person for slot, person in holder_of.items() if _pair(slot)[0] in posts}


class _Congress(NamedTuple):
    """A congress that was held."""

    when: When
    number: int | None

    @property
    def day(self) -> dt.date | None:
        """Its day, if that is known."""
        return self.when.first if self.when.is_day else None


_CONGRESSES: WeakKeyDictionary[Any, Mapping[str, list[_Congress]]] = WeakKeyDictionary()
"""By the columns of a day, so that the rules of an audit share it and it goes with them."""


def _congresses(view: View, unit: str) -> list[_Congress]:
    """The congresses of a unit that were held, in order."""
    by_unit = _CONGRESSES.get(view.columns)
    if by_unit is None:
        by_unit = _CONGRESSES[view.columns] = _congresses_by_unit(view.after)
    return by_unit.get(unit, [])


def _congresses_by_unit(structure: Structure) -> Mapping[str, list[_Congress]]:
    by_unit: dict[str, list[_Congress]] = {}
    for matter in structure.matters("congress"):
        congress = dossier(structure, matter.id)
        for unit in congress.of("of") if congress.has("held") else ():
            entry = _Congress(congress.when("held") or When(), whole(congress.said.get("number")))
            by_unit.setdefault(str(unit), []).append(entry)
    for congresses in by_unit.values():
        congresses.sort(key=lambda congress: (congress.when.first or dt.date.min, congress.number or 0))
    return by_unit


def _latest_grades(view: View) -> dict[str, tuple[int, str]]:
    """Unit -> the latest year in which it was itself rated, and the grade."""
    latest: dict[str, tuple[int, str]] = {}
    for unit, slots in view.slots(RATED).items():
        # A slot with a second part is the rating of a person in the unit.
        own = [(year, grade) for (year, person), grade in slots.items() if isinstance(year, int) and not person]
        if own:
            latest[unit] = max(own)
    return latest


def _disciplined(view: View, unit: str, year: int) -> bool | None:
    """Whether a collective, or somebody within it, was disciplined in a year; None if that is not on record."""
    period = span(year)
    for matter in view.after.matters_of(unit):
        if view.after.matter(matter).kind != "discipline":
            continue
        case = dossier(view.after, matter)
        concerned = unit in (*case.of("subject"), *case.of("within"))
        if concerned and any(taken.step == "decided" and taken.when.meets(period) for taken in case.steps):
            return True
    return False if is_on_record(view.after, unit, "discipline", period) else None


def _cells(view: View) -> Places:
    """Places of cells and grassroots cells."""
    # A chi bộ cơ sở is recorded as a grassroots organisation, and is a cell for the rules on cells (Charter, art. 21.3).
    columns = view.columns
    return np.concatenate([columns.where([kinds.CELL]), columns.where([kinds.GRASSROOTS], [kinds.CELL_OF_GRASSROOTS])])


def _columns(view: View, places: Places, measure: str) -> tuple[Floats, Floats]:
    """What the units at some places have at least and at most."""
    amounts = view.columns.amounts(measure)
    return amounts.low.take(places), amounts.high.take(places)


def _at(view: View, places: Places, mask: Any) -> list[str]:
    """Ids of the units at the chosen places."""
    return view.columns.names(places[mask])


def _amount(low: float, high: float) -> Wording:
    """A figure as findings write it: a number, or its bounds."""
    return Wording("amount" if low == high else "amount-between", {"low": low, "high": high})


def _at_least(
    view: View, places: Places, low: Floats, high: Floats, missing: str, broken: Callable[[str, float], Finding]
) -> Iterator[Verdict]:
    """The verdicts on units whose figure must reach the rule's number: right, undecided, and each that is too low."""
    yield Satisfied(int((low >= view.value).sum()))
    if open_cases := _at(view, places, (low < view.value) & (high >= view.value)):
        yield undecided(open_cases, missing)
    too_low = high < view.value
    for unit, number in zip(_at(view, places, too_low), high[too_low].tolist(), strict=True):
        yield broken(unit, number)


def _changes(view: View) -> Changes:
    """What the act did, for the rules that are only asked about acts."""
    assert view.changes is not None
    return view.changes


def _rule_of_then(it: Subject, began: dt.date) -> RuleInForce | Undecided:
    """The version of the rule when a case began, by which it is judged; undecided if that is not on record."""
    return it.view.in_force(began) or it.lacks(
        f"the rule of {began}",
        message=f"what held on {began} is not on record",
        message_vi=f"quy định ngày {began} chưa được ghi nhận",
    )


def _by_rule_of_then(law: RuleInForce, broken: Finding) -> Finding:
    """A finding with the citation of the rule that it breaks."""
    return evolve(broken, citation=law.citation, certainty=law.certainty)


# ---- A: organisations and their members


@check("founding", {"value": "number"})
def _founding(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A founded cell or grassroots organisation has enough official members."""
    for unit in _changes(view).created:
        if unit not in view or view.kind(unit) not in (kinds.CELL, kinds.GRASSROOTS):
            continue
        it = Subject(view, unit, settings)
        # A grassroots cell is one cell: its members are its own, whatever groups it has.
        single = view.category(unit) == kinds.CELL_OF_GRASSROOTS
        low, high = it.bounds("members_official", OWN if single else TOTAL)
        if low >= view.value:
            yield OK
        elif high >= view.value:
            yield it.lacks("members_official")
        else:
            parent = view.parent(unit)
            siblings = set(view.children(parent, view.kind(unit) or "") if parent else ()) - {unit}
            where = Wording("such-as", {"unit": view.label(min(siblings))}) if siblings else ""
            yield it.wrong("too-few-founders", high=high, where=where)


def partners(view: View, unit: str, least: float) -> tuple[str, ...]:
    """Cells that a cell below the minimum could be merged into, the best first.

    They stand under the same unit and reach the minimum together with it; the smallest of
    them comes first, as it gains most, and equal ones by id.
    """
    parent = view.parent(unit)
    if parent is None:
        return ()
    own = max(view.bounds(unit, "members_official")[0], 0.0)
    sizes = {other: view.bounds(other, "members_official")[0] for other in view.children(parent, kinds.CELL)}
    large_enough = (other for other, size in sizes.items() if other != unit and size + own >= least)
    return tuple(sorted(large_enough, key=lambda other: (sizes[other], other)))


@check("small-cell", {"value": "number"})
def _small_cell(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell below the minimum must be topped up or merged; the finding proposes with whom."""

    def broken(unit: str, number: float) -> Finding:
        best = partners(view, unit, view.value)[:3]
        text = "small-cell" if best else "small-cell-alone"
        return finding(view, (unit, *best), text, number=number, names=", ".join(map(view.label, best)))

    places = chosen(view, settings)
    yield from _at_least(view, places, *_columns(view, places, "members_official"), "members_official", broken)


@each(
    "consent", {"committee_below": "number", "cell_above": "number"}, on=(kinds.SECTION, kinds.GRASSROOTS, kinds.CELL)
)
def _consent(it: Subject) -> Iterator[Verdict]:
    """An exception has the written consent of the direct superior committee."""
    exception = _exception(it)
    if exception is None:
        return
    consent, parent = it.consent("A06", "A05", "A04", "A08"), it.view.parent(it.unit)
    superiors = {parent}
    if it.view.kind(it.unit) != kinds.GRASSROOTS and parent:
        # A section or a cell is founded by the grassroots committee, which asks its own superior.
        superiors.add(it.view.parent(parent))
    if consent is None:
        yield it.lacks("consent")
    elif consent in superiors:
        yield OK
    else:
        whose = Wording("refused") if consent is False else Wording("consent-of", {"consent": consent})
        yield it.wrong("no-consent", exception=Wording(exception), whose=whose)


def _exception(it: Subject) -> str | None:
    """The text that names the exception of Charter article 21.4 that a unit makes; None if it makes none."""
    if it.view.kind(it.unit) == kinds.SECTION:
        return "section"
    category = it.view.category(it.unit)
    if category == kinds.COMMITTEE_OF_GRASSROOTS and it.bounds("members", TOTAL)[1] < it.values["committee_below"]:
        return "small-committee"
    is_cell = it.view.kind(it.unit) == kinds.CELL
    if (is_cell or category == kinds.CELL_OF_GRASSROOTS) and it.bounds("members")[0] > it.values["cell_above"]:
        return "large-cell" if is_cell else "large-grassroots-cell"
    return None


_DECIDED_KINDS: Final = frozenset(
    {kinds.CELL, kinds.GRASSROOTS, kinds.SECTION, kinds.COMMUNE, kinds.DIRECT_ORGANISATION}
)


@check("decider")
def _decider(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Founding and dissolving are decided by the direct superior committee."""
    changes, before = _changes(view), view.before
    assert before is not None

    def judge(unit: str, superior: str | None, decision: str) -> Verdict:
        by = changes.value(unit, DECIDED, decision)
        if by is None:
            return undecided((unit,), decision)
        return OK if by == superior else finding(view, (unit,), f"{decision}-decided", by=by, superior=superior)

    for unit in changes.created:
        if unit in view and view.kind(unit) in _DECIDED_KINDS:
            yield judge(unit, view.parent(unit), "founding")
    # A merged unit is not dissolved: the decision on the merger founds the new one.
    merged = {row.old for row in changes.became}
    for unit in changes.ended:
        if unit not in merged and unit in before and before.unit(unit).kind in _DECIDED_KINDS:
            yield judge(unit, before.parent(unit), "dissolution")


@each("section-decided", on=(kinds.SECTION,))
def _section_decided(it: Subject) -> Verdict:
    """The grassroots committee decided on a section, after consulting its own direct superior."""
    parent = it.view.parent(it.unit)
    superior = None if parent is None else it.view.parent(parent)
    # Consent is recorded under the rule of sections or under the general one on exceptions.
    by, consulted = it.fact("decided", "founding"), it.consent("A08", "A06")
    if by is not None and by != parent:
        return it.wrong("section-founded-by-another", by=by, parent=parent)
    if consulted is not None and consulted not in (superior, parent):
        whose = Wording("refused") if consulted is False else Wording("asked", {"consulted": consulted})
        return it.wrong("section-superior-not-consulted", parent=parent, superior=superior, whose=whose)
    return it.known({"founding": by is not None, "consent": consulted is not None})


@each("parent-of-group", {"cells": "kinds", "grassroots": "words"})
def _parent_of_group(it: Subject) -> Verdict:
    """A party group stands under a cell or a grassroots cell."""
    parent = it.view.parent(it.unit)
    if parent is None:
        return it.wrong("group-under-nothing")
    kind, category = it.view.kind(parent), it.view.category(parent)
    if kind in it.values["cells"] or (kind == kinds.GRASSROOTS and category in it.values["grassroots"]):
        return OK
    if kind is None or (kind == kinds.GRASSROOTS and category is None):
        return undecided((parent,), "category")
    return it.wrong("group-not-under-a-cell", parent, above=category or kind)


def _in_grassroots(view: View) -> list[str]:
    """The cells directly under a grassroots organisation or a section."""
    columns = view.columns
    cells = columns.where([kinds.CELL])
    # The last entry stands for "no unit above", which -1 finds.
    inside = np.zeros(len(columns.ids) + 1, bool)
    inside[columns.where([kinds.GRASSROOTS, kinds.SECTION])] = True
    return _at(view, cells, inside.take(columns.parents.take(cells)))


@each("basis", {"words": "words"}, among=_in_grassroots)
def _basis(it: Subject) -> Verdict:
    """A cell under a grassroots committee is organised by place of work or residence."""
    return it.one_of(it.values["words"], it.fact("basis"), "basis", "basis")


def _under_delegated_powers(view: View) -> list[str]:
    """The grassroots cells under organisations with delegated powers."""
    superiors = [unit for unit, has_powers in view.facts("mark/delegated_powers").items() if has_powers]
    return [cell for unit in superiors for cell in view.children(unit, kinds.GRASSROOTS, kinds.CELL_OF_GRASSROOTS)]


@each("delegated-cell", among=_under_delegated_powers)
def _delegated_cell(it: Subject) -> Verdict:
    """A grassroots cell under delegated powers has party groups, a legal person as host, and consent."""
    legal, consent = it.fact("mark", "legal_person"), it.consent("A12")
    faults = [Wording("no-legal-person")] if legal is False else []
    faults += [Wording("superior-refused")] if consent is False else []
    if faults:
        return it.wrong("no-grassroots-cell", it.view.parent(it.unit) or "", faults=faults)
    has_groups = bool(it.view.children(it.unit, kinds.PARTY_GROUP))
    return it.known({"legal_person": legal is not None, "consent": consent is not None, kinds.PARTY_GROUP: has_groups})


def _meeting_by_group(view: View) -> list[str]:
    """The cells that state meetings by party group; the others are no case, as hardly any cell meets by groups."""
    cells = _cells(view)
    return _at(view, cells, _columns(view, cells, "meetings_by_group")[0] > 0)


@each("group-meetings", {"members": "number", "meetings": "number"}, among=_meeting_by_group)
def _group_meetings(it: Subject) -> Verdict:
    """A cell that meets by party group is large enough, has groups, and does so seldom enough."""
    most, least = it.values["meetings"], it.values["members"]
    meetings, members = it.bounds("meetings_by_group"), it.bounds("members")
    faults = [Wording("often-by-group", {"number": meetings[0]})] if meetings[0] > most else []
    faults += [Wording("small-for-groups", {"number": members[1]})] if members[1] < least else []
    if faults:
        return it.wrong("meets-by-group", faults=faults)
    has_groups = bool(it.view.children(it.unit, kinds.PARTY_GROUP))
    return it.known(
        {"members": members[0] >= least, "meetings_by_group": meetings[1] <= most, kinds.PARTY_GROUP: has_groups}
    )


@each("headcount")
def _headcount(it: Subject) -> Verdict:
    """Guests on temporary activity are not counted among a unit's members."""
    figures = {
        name: it.bounds(name) for name in ("members", "members_official", "members_probationary", "members_temporary")
    }
    stated, official, probationary, guests = figures.values()
    if guests[1] <= 0 or stated[1] <= official[0] + probationary[0]:
        return OK  # There are no guests, or none was counted.
    own = official[1] + probationary[1]
    # More than all its own members can only be reached with guests; F04 forbids counting them.
    if stated[0] > own and guests[0] > 0:
        return it.wrong("guests-counted", stated=stated[0], own=own, guests=guests[0])
    return it.lacks(*[name for name, (low, high) in figures.items() if low != high or low == -np.inf])


# ---- B: the system


@check("correspondence", {"levels": "any"})
def _correspondence(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Party organisations of the levels and units of the State correspond, both ways."""
    levels: Mapping[str, str] = view.values["levels"]
    state_of = view.columns.column(CORRESPONDS)
    party_of: dict[str, list[str]] = {}
    for unit, state in state_of.items():
        party_of.setdefault(state, []).append(unit)
    recorded_kinds = {state_kind for state_kind in levels.values() if view.units(state_kind)}
    for kind, state_kind in levels.items():
        for unit in view.units(kind):
            yield _corresponds(Subject(view, unit, settings), state_of.get(unit), state_kind, recorded_kinds)
    for state in view.units(levels.values()):
        units = sorted(party_of.get(state, []))
        number = len(units)
        yield OK if number == 1 else finding(view, (state, *units), "corresponding-not-one", number=number)


def _corresponds(it: Subject, state: str | None, state_kind: str, recorded_kinds: set[str]) -> Verdict:
    if state is None:
        return it.wrong("corresponds-to-none") if state_kind in recorded_kinds else it.lacks("corresponds_to")
    if state not in it.view:
        return it.wrong("corresponds-to-ended", state, state=state)
    if it.view.kind(state) != state_kind:
        return it.wrong("corresponds-to-another-kind", state, kind=it.view.kind(state), must=state_kind)
    return OK


@check("levels", {"levels": "kinds"})
def _levels(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The levels of committees are those in force, and no unit of an abolished level is live."""
    levels = view.values["levels"]
    for level in levels:
        yield OK if view.units(level) else undecided((), level)
    for level in _LEVELS:
        for unit in () if level in levels else view.units(level):
            words = [Wording("word", {"word": name}) for name in levels]
            yield finding(view, (unit,), "level-abolished", level=level, day=view.day, levels=words)


@each("above-grassroots")
def _above_grassroots(it: Subject) -> Verdict:
    """A commune organisation is the direct superior of grassroots organisations."""
    mark = it.fact("mark", "above_grassroots")
    if mark is False:
        return it.wrong("not-above-grassroots")
    return OK if mark or it.view.children(it.unit, kinds.GRASSROOTS) else it.lacks("above_grassroots")


@each("special-zone")
def _special_zone(it: Subject) -> Verdict:
    """The standing of a special zone is recorded, and has written consent."""
    mark, consent = it.fact("mark", "above_grassroots"), it.consent("B05")
    if consent is False:
        return it.wrong("special-zone-without-consent")
    return it.known({"above_grassroots": mark is not None, "consent": consent is not None})


@each("one-of-each", {"categories": "words"})
def _one_of_each(it: Subject) -> Iterator[Verdict]:
    """Each unit has exactly one direct organisation of each of some categories."""
    children = {category: sorted(it.view.children(it.unit, (), category)) for category in it.values["categories"]}
    if not any(children.values()):
        yield it.lacks(*children)
        return
    several = {category: units for category, units in children.items() if len(units) != 1}
    for category, units in several.items():
        yield it.wrong("category-not-one", *units, number=len(units), category=category)
    if not several:
        yield OK


# ---- C: agencies


@each("political-centre", {"category": "word", "value": "number"})
def _political_centre(it: Subject) -> Verdict:
    """One political centre where the seat of a former one is, none elsewhere."""
    centres = sorted(it.view.children(it.unit, (), it.values["category"]))
    is_seat, allowed = it.fact("mark", "political_centre"), it.view.value
    # Without the mark none and one may both be right; two are wrong either way.
    if is_seat is None and len(centres) <= allowed:
        return it.lacks("political_centre")
    must = 0 if is_seat is False else allowed
    if len(centres) == must:
        return OK
    return it.wrong("political-centres", *centres, number=len(centres), must=must)


@check("one-lead")
def _one_lead(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Each function of a committee's agencies is led by exactly one of them."""
    functions = view.slots(fact_track("function"))
    leads: dict[tuple[str, str], list[str]] = {}
    for agency in view.units(kinds.AGENCY):
        parent = view.parent(agency)
        if agency not in functions:
            yield undecided((agency,), "function")
        elif parent is not None:
            for function, part in functions[agency].items():
                leads.setdefault((parent, function), []).extend([agency] if part == LEAD else [])
    for (parent, function), agencies in leads.items():
        if len(agencies) == 1:
            yield OK
            continue
        units = sorted(agencies)
        named = ", ".join(map(view.label, units)) or Wording("none")
        yield finding(view, (parent, *units), "leads-not-one", number=len(units), function=function, named=named)


def most_staff(view: View, unit: str, values: Mapping[str, Any]) -> float:
    """The largest staff of a commune committee's agencies, by whether it has a political centre (rule C05)."""
    centre = view.children(unit, (), values["category"]) or view.facts("mark/political_centre").get(unit)
    return float(values["most_with_centre"] if centre else values["value"][1])


@each(
    "staff",
    {"value": "range", "most_with_centre": "number", "category": "word"},
    optional={"met_by": "day"},
)
def _staff(it: Subject) -> Verdict:
    """The staff of a commune committee's agencies is within the range."""
    least, most = it.view.value[0], most_staff(it.view, it.unit, it.values)
    low, high = it.bounds("staff")
    if least <= low and high <= most:
        return OK
    if high >= least and low <= most:
        return it.lacks("staff")
    return it.wrong("staff", size=_amount(low, high), low=least, most=most)


@check("inspection-exists")
def _inspection_exists(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Inspection committees exist from the grassroots committee upward, and not in cells."""
    with_committee = (
        *view.units((kinds.CENTRE, kinds.CENTRAL_ORGANISATION, kinds.DISTRICT, *_MERGING)),
        *view.units(kinds.GRASSROOTS, kinds.COMMITTEE_OF_GRASSROOTS),
    )
    for it in (Subject(view, unit, settings) for unit in with_committee):
        low, high = it.bounds("inspection_committee")
        if low > 0:
            yield OK
        else:
            yield it.lacks("inspection_committee") if high > 0 else it.wrong("no-inspection-committee")
    cells = _cells(view)
    low_seats, high_seats = _columns(view, cells, "inspection_committee")
    yield Satisfied(int((high_seats <= 0).sum()))
    for unit in _at(view, cells, low_seats > 0):
        yield finding(view, (unit,), "cell-with-inspection-committee")


@each("inspection-appointed", on=_MERGING, optional={"merged_since": "day"})
def _inspection_appointed(it: Subject) -> Iterator[Verdict]:
    """After a merger, until the first congress, the inspection committee is appointed."""
    merged, days = it.merged(), [congress.when.first for congress in _congresses(it.view, it.unit)]
    if merged is False or any(day is not None and day >= it.started for day in days):
        return  # It was not merged, or elects its own since its congress.
    origin = it.fact("formed", "inspection")
    if merged:
        yield it.one_of(("appointed",), origin, "formed inspection", "inspection-not-appointed")
    elif origin == "elected":
        yield it.lacks("merged_from")


# ---- D: committees


@check("cell-committee", {"value": "number"})
def _cell_committee(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell with enough official members elects a committee."""
    places, needed = _cells(view), view.value
    low, high = _columns(view, places, "members_official")
    low_seats, high_seats = _columns(view, places, "cell_committee")
    large = low >= needed
    yield Satisfied(int((large & (low_seats > 0)).sum()))
    yield from lacking("members_official", _at(view, places, ~large & (high >= needed)))
    yield from lacking("cell_committee", _at(view, places, large & (low_seats <= 0) & (high_seats > 0)))
    for unit in _at(view, places, large & (high_seats <= 0)):
        yield finding(view, (unit,), "no-cell-committee", official=view.bounds(unit, "members_official")[0])


@check("small-cell-leaders", {"below": "number", "deputies": "number"})
def _small_cell_leaders(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A smaller cell has a secretary, at most one deputy, and no committee."""
    # At national scale there are hundreds of thousands of cells: columns are compared, only wrong cells looked at singly.
    below, most = view.values["below"], view.values["deputies"]
    places = _cells(view)
    low, high = _columns(view, places, "members_official")
    low_seats, high_seats = _columns(view, places, "cell_committee")
    low_deputies, high_deputies = _columns(view, places, "deputy_secretaries")
    small = high < below
    # Wrong is what is certainly wrong: lower bounds break the rule, upper bounds leave it open.
    wrong = small & ((low_seats > 0) | (low_deputies > most))
    right = small & ~wrong
    yield Satisfied(int((right & (high_seats <= 0) & (high_deputies <= most)).sum()))
    yield from lacking("members_official", _at(view, places, (low < below) & ~small))
    yield from lacking("cell_committee", _at(view, places, right & (high_seats > 0)))
    yield from lacking("deputy_secretaries", _at(view, places, right & (high_seats <= 0) & (high_deputies > most)))
    for k in np.flatnonzero(wrong).tolist():
        faults = [Wording("has-cell-committee", {"seats": low_seats[k]})] if low_seats[k] > 0 else []
        faults += [Wording("has-deputies", {"number": low_deputies[k]})] if low_deputies[k] > most else []
        yield finding(view, (view.columns.ids[places[k]],), "small-cell-leaders", faults=faults)


def _without_secretary(view: View) -> list[str]:
    """The cells whose ballots for a secretary failed as often as the rule says."""
    cells = _cells(view)
    return _at(view, cells, _columns(view, cells, "failed_ballots")[0] >= view.value)


@each("failed-ballots", {"value": "number"}, among=_without_secretary)
def _failed_ballots(it: Subject) -> Verdict:
    """After a number of failed ballots the superior committee appoints the cell secretary."""
    return it.one_of(("appointed",), it.fact("formed", "secretary"), "formed secretary", "failed-ballots")


@each("standing-committee", {"value": "number"}, on=(kinds.GRASSROOTS,), category=kinds.COMMITTEE_OF_GRASSROOTS)
def _standing_committee(it: Subject) -> Verdict:
    """A grassroots committee of enough members elects a standing committee; a smaller one does not."""
    size, standing, needed = it.bounds("executive_committee"), it.bounds("standing_committee"), it.view.value
    if size[0] < needed <= size[1]:
        return it.lacks("executive_committee")
    if standing[0] <= 0 < standing[1]:
        return it.lacks("standing_committee")
    large = size[0] >= needed
    if large == (standing[0] > 0):
        return OK
    text = "needs-standing-committee" if large else "needs-no-standing-committee"
    return it.wrong(text, size=size[0], standing=standing[0])


@each("double-office", {"mode": "word"}, settings={"post": "word", "other": "word"})
def _double_office(it: Subject) -> Verdict:
    """Two posts of a unit are held by one person, or must not be."""
    post, other, declared = it.settings["post"], it.settings["other"], posts()
    holders, other_holders = _holders(it, post), _holders(it, other)
    if not holders or not other_holders:
        return it.lacks(f"office {other if holders else post}")
    required = it.values["mode"] == "required"
    if bool(holders & other_holders) == required:
        return OK
    name, other_name = (declared[p].name if p in declared else p for p in (post, other))
    text = "not-one-person" if required else "one-person"
    return it.wrong(text, name=name, other_name=other_name, post=post, other=other)


@each("front-chair", {"value": "number"})
def _front_chair(it: Subject) -> Verdict:
    """With enough deputies one of them chairs the Fatherland Front; with fewer none does."""
    low, high = it.bounds("deputy_secretaries")
    if low < it.view.value <= high:
        return it.lacks("deputy_secretaries")
    deputies = _holders(it, offices.DEPUTY_SECRETARY, offices.STANDING_DEPUTY)
    chairs = _holders(it, offices.FRONT_CHAIR)
    if not chairs or not deputies:
        return it.lacks(f"office {offices.DEPUTY_SECRETARY if chairs else offices.FRONT_CHAIR}")
    enough = low >= it.view.value
    if bool(deputies & chairs) == enough:
        return OK
    return it.wrong("no-deputy-chairs-front" if enough else "deputy-chairs-front", number=low)


@each("head-in-committee", settings={"post": "word", "committees": "words"}, more_settings={"posts": "words"})
def _head_in_committee(it: Subject) -> Verdict:
    """The holder of a post sits in one of the named committees, or holds one of the named posts."""
    post, committees = it.settings["post"], it.settings["committees"]
    seats = [f"{committee}_member" for committee in committees]
    heads, members = _holders(it, post), _holders(it, *seats, *it.settings.get("posts", ()))
    if not heads or not members:
        return it.lacks(f"committee {committees[0]}" if heads else f"office {post}")
    return OK if heads <= members else it.wrong("head-not-in-committee", post=post, committees=committees)


# ---- E: terms and congresses


@each("term", {"months": "number"})
def _term_lasts(it: Subject) -> Iterator[Verdict]:
    """A term lasts as long as the rule of its first day says."""
    text = it.fact("term", COMMITTEE)
    term = _term(it.unit, text)
    if text is None:
        yield it.lacks("term")
    elif term is None:
        yield it.wrong("term-unreadable", recorded=text)
    elif term.start <= it.view.day:
        law = _rule_of_then(it, term.start)
        if isinstance(law, Undecided):
            yield law
        elif term.lasts(months := law.values["months"]):
            yield OK
        else:
            last = term.start + relativedelta(months=months)
            broken = it.wrong("term-length", start=term.start, end=term.end, months=months, last=last)
            yield _by_rule_of_then(law, broken)


@each("takes-over", among=lambda view: view.facts(f"term/{COMMITTEE}"))
def _takes_over(it: Subject) -> Verdict:
    """A committee takes over on the day it was elected."""
    term = _term(it.unit, it.fact("term", COMMITTEE))
    if term is None:
        return it.lacks("term")
    congresses = _congresses(it.view, it.unit)
    days = [day for congress in congresses if (day := congress.day) is not None]
    if term.start in days:
        return OK
    if not days or len(days) < len(congresses):
        # A congress of which only the month is known may have been held on the first day of the term.
        return it.lacks("congress")
    day = max((day for day in days if day <= term.start), default=min(days))
    return it.wrong("takes-over-later", day=day, start=term.start)


def _founded(view: View) -> Iterator[str]:
    """The organisations that hold congresses and were founded or merged.

    One that was there from the first day on may be older than the record: it is no case unless it was merged.
    """
    columns = view.columns
    for unit in columns.names(columns.where((*_MERGING, kinds.GRASSROOTS))):
        if columns.started(unit) != columns.first_day or view.merged(unit):
            yield unit


@each("first-congress", {"months": "number"}, among=_founded)
def _first_congress(it: Subject) -> Verdict:
    """A founded or merged organisation holds its congress within the time after its founding."""
    view, start = it.view, it.started
    last = start + relativedelta(months=it.values["months"])
    congresses = [when for when, _ in _congresses(view, it.unit) if when.last is None or when.last >= start]
    if congresses:
        return _held_by(it, congresses, start, last)
    if view.day <= last:
        # Not yet due is not done: it can still be held, or not.
        return it.lacks(
            "congress",
            message=f"founded on {start}, its congress is due by {last}",
            message_vi=f"thành lập {start}, đại hội phải tổ chức trước ngày {last}",
        )
    if is_on_record(view.after, it.unit, "congress", Period(start, last + ONE_DAY)):
        return it.wrong("congress-missing", start=start, last=last)
    return it.lacks("congress")


def _held_by(it: Subject, congresses: list[When], start: dt.date, last: dt.date) -> Verdict:
    if any(when.first and when.first >= start and when.last and when.last <= last for when in congresses):
        return OK
    if all(when.first and when.first > last for when in congresses):
        return it.wrong("congress-late", start=start, held=congresses[0], last=last)
    return it.lacks("congress")


@each("provisional-committee", among=_founded)
def _provisional_committee(it: Subject) -> Iterator[Verdict]:
    """Until its first congress a founded or merged organisation has an appointed committee."""
    start = it.started
    if not any(when.first is None or when.first >= start for when, _ in _congresses(it.view, it.unit)):
        allowed = ("appointed", "provisional")
        formed = it.fact("formed", "executive")
        yield it.one_of(allowed, formed, "formed executive", "committee-not-appointed", start=start)


@each(
    "seats-by-head",
    {"base": "number", "step": "number"},
    optional={"bonus_by_code": "numbers", "bonus_by_category": "numbers", "merged_since": "day"},
)
def _seats_by_head(it: Subject) -> Verdict:
    """The delegates that an organisation has as such follow from how many it was made of."""
    seats, merged = it.view.exact(it.unit, "seats_by_head"), it.view.merged_from(it.unit, it.merged_since())
    if seats is None or merged is None:
        return it.lacks("seats_by_head" if seats is None else "merged_from")
    must = decisions.seats_by_head(it.values, merged, it.view.code(it.unit), it.view.category(it.unit))
    return OK if seats == must else it.wrong("seats-by-head", seats=seats, must=must, merged=merged)


@each("delegates-origin", optional={"merged_since": "day"}, among=lambda view: view.facts("formed/delegates"))
def _delegates_origin(it: Subject) -> Verdict:
    """The delegates of a merged organisation are appointed, the delegates of any other are elected."""
    merged = it.merged()
    if merged is None:
        return it.lacks("merged_from")
    allowed, text = ("appointed", "delegates-of-merged") if merged else ("elected", "delegates-not-elected")
    return it.one_of((allowed,), it.fact("formed", "delegates"), "formed delegates", text)


@each("numbering", on=_MERGING, optional={"merged_since": "day"})
def _numbering(it: Subject) -> Verdict:
    """Congresses are counted from I again after a merger, and go on otherwise."""
    numbers = [number for _, number in _congresses(it.view, it.unit) if number is not None]
    merged = it.merged()
    if not numbers or merged is None:
        return it.lacks("merged_from" if numbers else "congress number")
    *_, before, number = (None, *numbers)
    # Only the first congress after a merger is counted anew.
    restarts = merged and before is None
    must = decisions.next_number(restarts, before)
    if must is None:
        return it.lacks("number of the congress before")
    if number == must:
        return OK
    if restarts:
        return it.wrong("numbering-restarts", number=number)
    return it.wrong("numbering-goes-on", number=number, before=before, must=must)


MEETINGS: Final = "meetings"
"""The figure of a period that says how often a cell met."""


@check("meetings", {"value": "number"})
def _meetings(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell or grassroots committee met often enough in the last year that is over.

    By the meetings that are reported of that year, or of its months, else by the figure that the unit states itself.
    """

    def broken(unit: str, number: float) -> Finding:
        return finding(view, (unit,), "too-few-meetings", number=number, year=last.start)

    # Of the year that runs it is not known how many meetings are still to come.
    last = span(view.day.year - 1)
    reported = {unit for unit, slots in view.slots(FLOW).items() if any(slot[0] == MEETINGS for slot in slots)}
    places = chosen(view, settings)
    # Copies, as the columns of the day are shared by all rules.
    low, high = (column.copy() for column in _columns(view, places, "meetings_last_year"))
    for k, unit in enumerate(view.columns.names(places)):
        if unit in reported:
            meetings = flow_of(view.after, unit, MEETINGS, last).value
            low[k], high[k] = bounds(meetings) if meetings.is_known else UNKNOWN
    yield from _at_least(view, places, low, high, MEETINGS, broken)


# ---- F: members


AFTER_DISSOLUTION: Final = "after dissolution"
"""The form of a transfer of the members of a dissolved organisation."""


@check("deadline", {"working_days": "number"}, settings={"case": "word"})
def _deadline(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A case is done within the working days allowed on the day of its decision."""
    for matter in view.after.matters("transfer"):
        transfer = dossier(view.after, matter.id)
        giver = transfer.one("giver")
        of_dissolution = transfer.said.get("form") == AFTER_DISSOLUTION
        if (
            isinstance(giver, str)
            and of_dissolution == (settings["case"] == "dissolution")
            and not transfer.has("returned")
            and not transfer.has("closed")
        ):
            yield _transfer_in_time(Subject(view, giver, settings), transfer)


def _transfer_in_time(it: Subject, transfer: Dossier) -> Verdict:
    is_introduction = it.settings["case"] == "introduction"
    step = "presented" if is_introduction and transfer.has("presented") else "received"
    decided, done = day_of(transfer, "decided"), day_of(transfer, step)
    if decided is None:
        return it.lacks("day of the decision")
    if done is None and transfer.has(step):
        return it.lacks("day on which it was done")
    verdict = _in_time(it, transfer.id, Proceeding(decided, done))
    # A member who was received in time had presented the paper in time; of one received late that is not known.
    is_guess = is_introduction and step == "received" and done is not None
    return it.lacks("presented") if is_guess and isinstance(verdict, Finding) else verdict


def _in_time(it: Subject, matter: str, case: Proceeding) -> Verdict:
    day, law = it.view.day, _rule_of_then(it, case.start)
    if isinstance(law, Undecided):
        return law
    done, last = decisions.in_time(law.values, case, day, it.view.holidays)
    if done is None:
        return it.lacks("holidays")
    if done:
        return OK
    is_done = case.done is not None and case.done <= day
    state = Wording("done-on", {"done": case.done}) if is_done else Wording("open-on", {"day": day})
    broken = it.wrong(
        "deadline-over",
        case=it.settings["case"],
        matter=matter,
        start=case.start,
        state=state,
        limit=law.values["working_days"],
        last=last,
    )
    return _by_rule_of_then(law, broken)


def _merged_wholly(view: View) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unit that an act made of others, and those: only where all of them came wholly."""
    changes, before = _changes(view), view.before
    assert before is not None
    wholly = {(row.old, row.new) for row in changes.became if row.extent == "whole"}
    for new, olds in changes.mergers():
        # Divided units have no total that could be compared.
        if new in view and all((old, new) in wholly and old in before for old in olds):
            yield new, olds


@check("conservation", {"measures": "measures"})
def _conservation(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation has all members of its predecessors: each figure is a case of its own."""
    assert view.before is not None
    old_view = View(view.before)
    # Compared as bounds: a sum that is known in part can still be certainly too large or too small.
    for new, olds in _merged_wholly(view):
        it = Subject(view, new, settings)
        for measure in view.values["measures"]:
            parts = [old_view.bounds(old, measure, TOTAL) for old in olds]
            low, high = map(sum, zip(*parts, strict=True))
            yield _conserved(it, olds, measure, (low, high))


def _conserved(it: Subject, olds: tuple[str, ...], measure: str, before: Bounds) -> Verdict:
    (low, high), (now_low, now_high) = before, it.bounds(measure, TOTAL)
    was, now = _amount(low, high), _amount(now_low, now_high)
    if low == high == now_low == now_high:
        return OK
    if now_low > high or now_high < low:
        return it.wrong("figure-changed", *olds, measure=measure, now=now, was=was)
    if low == high and low > 0 and now_low <= 0 and now_high == np.inf:
        # Known before and nowhere after: they were not carried along.
        return it.wrong("figure-lost", *olds, measure=measure, was=was)
    return it.lacks(measure)


@check("organisations-kept")
def _organisations_kept(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation contains all organisations of its predecessors."""
    changes, before = _changes(view), view.before
    assert before is not None
    # What another act of the day ends, such as the level of districts, is not in this act's table.
    ended_without_successor = set(changes.ended) - {row.old for row in changes.became}
    for new, olds in _merged_wholly(view):
        children = {child for old in olds for child in before.children(old)}
        lost = sorted(children & ended_without_successor - set(olds))
        yield finding(view, (new, *lost), "organisations-lost", number=len(lost)) if lost else OK


# ---- G: cadres


@each("not-local", {"posts": "words"}, optional={"deadline": "day"})
def _not_local(it: Subject) -> Iterator[Verdict]:
    """The holders of some posts are not local; until the deadline a local one is only noted."""
    holders, tenures = (it.view.slots(track).get(it.unit, {}) for track in (OFFICE, TENURE))
    deadline = first_day(it.values["deadline"]) if "deadline" in it.values else dt.date.min
    declared = posts()
    for post in it.values["posts"]:
        person, origin = holders.get((post, 1)), origin_of(tenures.get((post, 1)))
        local = None if person is None else offices.is_local(it.view.columns, origin, it.unit)
        if person is None:
            yield it.lacks(f"office {post}")
        elif not isinstance(local, bool):
            yield it.lacks("origin")
        elif not local:
            yield OK
        else:
            name = declared[post].name if post in declared else post
            severity: Any = "error" if it.view.day > deadline else "note"
            yield it.wrong(
                "local", severity=severity, name=name, post=post, person=person, origin=origin, day=it.view.day
            )


@check("rating", dict.fromkeys(("excellent", "good", "completed", "tasks_done", "above_target", "late"), "number"))
def _rating(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The recorded rating equals the rating by points and tasks."""
    for unit, (year, grade) in _latest_grades(view).items():
        it = Subject(view, unit, settings)
        points = it.bounds("rating_points")
        tasks = {name: it.bounds(name) for name in ("tasks_done", "tasks_above_target", "tasks_late")}
        disciplined = _disciplined(view, unit, year)
        possible, missing = decisions.grades(view.values, points, **tasks, disciplined=disciplined)
        if points == UNKNOWN:
            # Some grades are out of reach whatever the points are: of a collective with a disciplined member, excellent.
            wrong = None if grade in possible else it.wrong("rating-unpointed", grade=grade, possible=sorted(possible))
            yield wrong or it.lacks("rating_points")
        elif grade not in possible:
            yield it.wrong("rating", grade=grade, points=_amount(*points), possible=sorted(possible))
        else:
            yield it.lacks(*missing) if len(possible) > 1 else OK


@check("excellent-share", {"value": "share"})
def _excellent_share(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of the organisations below one committee that are good or better, few enough are excellent."""
    ratings = _latest_grades(view)
    grades_below: dict[str, list[str | None]] = {}
    for unit in view.units((kinds.GRASSROOTS, kinds.COMMUNE, kinds.DIRECT_ORGANISATION)):
        parent = view.parent(unit)
        if parent is not None:
            grades_below.setdefault(parent, []).append(ratings.get(unit, (0, None))[1])
    share = Fraction(str(view.value))
    for parent, grades in grades_below.items():
        # The share is of all rated good or better, not of all rated (Regulation 124, art. 12).
        best = grades.count(EXCELLENT)
        better = best + grades.count(GOOD)
        if not any(grades):
            continue  # No organisation here was rated.
        if None in grades:
            yield undecided((parent,), "rating")
        elif best <= share * better:
            yield OK
        else:
            yield finding(view, (parent,), "too-many-excellent", best=best, better=better, share=100 * float(share))


@check("deciding-level", {"levels": "words"})
def _deciding_level(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """For a person with several posts the level that manages the highest of them decides."""
    all_posts = posts()
    levels_of: dict[str, list[str | None]] = {}
    for unit, slots in view.slots(OFFICE).items():
        for slot, person in slots.items():
            post = all_posts.get(_pair(slot)[0])
            level = None if post is None else post.level(view.kind(unit), view.day)
            levels_of.setdefault(person, []).append(level)
    for unit, tenures in view.slots(TENURE).items():
        it, holders = Subject(view, unit, settings), view.slots(OFFICE).get(unit, {})
        for slot, value in tenures.items():
            tenure, person = tenure_of(value), holders.get(slot)
            if person is not None and isinstance(tenure, Taken) and tenure.managed_by:
                yield _decided_by_highest(it, all_posts, person, tenure.managed_by, levels_of[person])


def _decided_by_highest(it: Subject, posts: Posts, person: str, level: str, levels: list[str | None]) -> Verdict:
    known = [managing for managing in levels if managing is not None]
    if len(known) < len(levels) or level not in posts.levels:
        return it.lacks("managing level")
    must = posts.highest(known)
    if level == must:
        return OK
    return it.wrong("decided-at-another-level", person=person, level=level, number=len(levels), must=must)


CHECK_TYPES: Final[Mapping[str, CheckType]] = MappingProxyType(PARTY_CHECKS)
"""The ready-made checks and the checks of this module, by the name that the file uses."""
