"""What the rules of the Party ask of a structure or an act, where no ready-made check says it.

Each check is a function of one unit, or of all of them, whose numbers stand in the rulebook's
file. It yields :data:`~orgmodel.rules.checks.OK` for a case in order, an
:class:`~orgmodel.rules.rule.Undecided` that names what is missing, or a finding.
The decisions that a question shares with a rule (which grade, which deadline, how many
seats) are functions of the values in force, without a unit: see :func:`grades` and those beside it.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from attrs import evolve, field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.model.matter import When
from orgmodel.model.track import CORRESPONDS, OFFICE, OWN
from orgmodel.party import kinds, offices
from orgmodel.party.deadlines import Proceeding, add_working_days
from orgmodel.party.members import flow
from orgmodel.party.questions import is_on_record
from orgmodel.party.terms import COMMITTEE, TERM_TRACK, Term
from orgmodel.party.tracks import DECIDED, FLOW, LEAD, RATED, TENURE
from orgmodel.period import ONE_DAY, Period
from orgmodel.rules.checks import CHECKS, OK, CheckType, chosen, lacking
from orgmodel.rules.file import first_day
from orgmodel.rules.rule import Rule, Satisfied, Undecided, Verdict
from orgmodel.rules.view import View
from orgmodel.structure.day_columns import TOTAL, Floats, Places, bounds
from orgmodel.structure.matters import dossier

__all__ = [
    "AFTER_DISSOLUTION", "CHECK_TYPES", "GRADES", "MEETINGS", "PARTY_CHECKS", "UNKNOWN", "Bounds", "Each", "Subject",
    "Whole", "due", "grades", "in_time", "most_staff", "next_number", "partners", "seats_by_head",
]  # fmt: skip

GRADES: Final = ("not completed", "completed", "good", "excellent")
"""The grades of a rating, from the lowest."""

NOT_COMPLETED, COMPLETED, GOOD, EXCELLENT = GRADES

_LEVELS: Final = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
_MERGING: Final = (kinds.PROVINCE, kinds.DIRECT_ORGANISATION, kinds.COMMUNE)
_ON: Final = {"on": "kinds", "category": "words"}


# ---- decisions: what the values in force say of a case, whoever asks

Bounds = tuple[float, float]
"""What is known of a figure: at least, at most; infinite where nothing is."""

UNKNOWN: Final[Bounds] = (-np.inf, np.inf)


def _reaches(known: Bounds, least: float) -> bool | None:
    return True if known[0] >= least else False if known[1] < least else None


def grades(
    values: Mapping[str, Any],
    points: Bounds,
    *,
    tasks_done: Bounds = UNKNOWN,
    tasks_above_target: Bounds = UNKNOWN,
    tasks_late: Bounds = UNKNOWN,
    disciplined: bool | None = None,
) -> tuple[frozenset[str], tuple[str, ...]]:
    """The grades that fit what is known, and what is missing where they are several (rule G08).

    Args:
        values: those of the rule: the least points of each grade, and per cent of tasks.
        points: of 100.
        tasks_done: per cent of the tasks.
        tasks_above_target: per cent of the tasks.
        tasks_late: per cent of the tasks.
        disciplined: whether the collective has a disciplined member or unit.

    >>> law = dict(excellent=90, good=70, completed=50, tasks_done=100, above_target=30, late=20)
    >>> grades(law, (89.9, 89.9))
    (frozenset({'good'}), ())
    >>> sorted(grades(law, (95, 95), tasks_done=(100, 100), tasks_above_target=(40, 40))[0])
    ['excellent', 'good']
    >>> grades(law, (60, 60))[1]
    ('tasks_late',)
    """
    found: set[str] = set()
    missing: list[str] = []
    low, high = points
    if low < values["completed"]:
        found.add(NOT_COMPLETED)
    if low < values["good"] and high >= values["completed"]:
        late = _reaches(tasks_late, float(np.nextafter(values["late"], np.inf)))
        found |= {NOT_COMPLETED} if late else {COMPLETED} if late is False else {COMPLETED, NOT_COMPLETED}
        missing += ["tasks_late"] if late is None else []
    if low < values["excellent"] and high >= values["good"]:
        found.add(GOOD)
    if high >= values["excellent"]:
        conditions = {
            "tasks_done": _reaches(tasks_done, values["tasks_done"]),
            "tasks_above_target": _reaches(tasks_above_target, values["above_target"]),
            "disciplined": None if disciplined is None else not disciplined,
        }
        if False in conditions.values():
            found.add(GOOD)
        else:
            unknown = [name for name, held in conditions.items() if held is None]
            found |= {GOOD, EXCELLENT} if unknown else {EXCELLENT}
            missing += unknown
    bands = [low < limit <= high for limit in (values["completed"], values["good"], values["excellent"])]
    if any(bands):
        missing.insert(0, "rating_points")
    return frozenset(found), tuple(missing) if len(found) > 1 else ()


def due(values: Mapping[str, Any], start: dt.date, holidays: Container[dt.date] = ()) -> dt.date:
    """The last day in time of something decided on a day (rules F01, F02, F05).

    >>> due({"working_days": 60}, dt.date(2025, 7, 1))
    datetime.date(2025, 9, 23)
    """
    return add_working_days(start, int(values["working_days"]), holidays)


def in_time(
    values: Mapping[str, Any], case: Proceeding, day: dt.date, holidays: Container[dt.date] | None
) -> tuple[bool | None, dt.date]:
    """Whether a case was done in time, or still can be on a day, and the last day in time.

    None where it hangs on the public holidays and nobody told them: without them the last day
    is no later than it really is, so that what meets it is in time whatever the holidays.

    >>> in_time({"working_days": 60}, Proceeding.parse("2025-07-01/2025-09-24"), dt.date(2025, 12, 1), None)[0] is None
    True
    """
    end = case.done if case.done is not None and case.done <= day else day
    last = due(values, case.start, holidays or ())
    return (True if end <= last else None if holidays is None else False), last


def seats_by_head(values: Mapping[str, Any], merged_from: int, code: str | None, category: str | None) -> int:
    """The delegates that an organisation has as such, by how many it was made of (rule E10).

    >>> law = {"base": 13, "step": 11, "bonus_by_code": {"79": 10}}
    >>> [seats_by_head(law, n, "08", None) for n in (1, 2, 3)], seats_by_head(law, 3, "79", None)
    ([13, 24, 35], 45)
    """
    if merged_from < 1:
        raise Refused("seats by head", [Finding("merged-from", f"no organisation is made of {merged_from}; 1 or more")])
    bonus = values.get("bonus_by_code", {}).get(code, 0) + values.get("bonus_by_category", {}).get(category, 0)
    return int(values["base"] + values["step"] * (merged_from - 1) + bonus)


def next_number(merged: bool, previous: int | None) -> int | None:
    """The number of a congress: 1 after a merger, else one more; None if nobody recorded the one before (rule E12).

    >>> next_number(False, 16), next_number(True, 16), next_number(False, None)
    (17, 1, None)
    """
    return 1 if merged else None if previous is None else previous + 1


# ---- how checks are made

Each = Callable[["Subject"], Verdict | Iterable[Verdict]]
Whole = Callable[[View, Mapping[str, Any]], Iterable[Verdict]]

PARTY_CHECKS: dict[str, CheckType] = dict(CHECKS)
"""The ready-made checks and those of this module, by the name that the file uses."""


@frozen
class _Check:
    """A function of a view and of the settings in the file."""

    function: Whole
    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        return self.function(view, self.settings)


@frozen
class Subject:
    """One unit that a rule asks about, and how its answer is told.

    Attributes:
        view: what the rule sees.
        unit: id of the unit.
        settings: those of the rule in the file.
    """

    view: View
    unit: str
    settings: Mapping[str, Any]

    @property
    def values(self) -> Mapping[str, Any]:
        """The rule's numbers and words in force on the day."""
        return self.view.values

    def bounds(self, measure: str, scope: str = OWN) -> Bounds:
        """What the unit has at least and at most."""
        return self.view.bounds(self.unit, measure, scope)

    def fact(self, name: str, slot: Any = None) -> Any:
        """A recorded fact, None if nobody recorded it."""
        return self.view.facts(name).get(self.unit) if slot is None else self.view.fact(self.unit, name, slot)

    def merged_since(self) -> dt.date | None:
        """The day since which mergers count: the rule's own, else that on which it came into force."""
        since = self.values.get("merged_since")
        return since if isinstance(since, dt.date) else self.view.since

    def lacks(self, *missing: str, message: str = "", message_vi: str = "") -> Undecided:
        """It cannot be told, as something is missing."""
        return Undecided(", ".join(missing), (self.unit,), message=message, message_vi=message_vi)

    def known(self, **told: bool) -> Verdict:
        """In order, if all is known; else what is not, by its name."""
        missing = [name for name, known in told.items() if not known]
        return self.lacks(*missing) if missing else OK

    def word(self, told: Any, right: Container[Any], missing: str, text: str, **parts: Any) -> Verdict:
        """In order if the word on record is a right one, wrong by a text if it is another, undecided if there is none."""
        return self.lacks(missing) if told is None else OK if told in right else self.wrong(text, told=told, **parts)

    def wrong(self, text: str, *others: str, severity: str = "error", **parts: Any) -> Finding:
        """It breaks the rule, by a text of ``findings.toml``; other units may be named with it."""
        return _finding(self.view, (self.unit, *others), text, severity=severity, **parts)


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """What findings say, by language."""
    return tomllib.loads((files("orgmodel.party") / "data" / "findings.toml").read_text(encoding="utf-8"))


def _finding(view: View, units: tuple[str, ...], text: str, *, severity: str = "error", **parts: Any) -> Finding:
    """A finding by a text of ``findings.toml``, with the rule's values in force and what is told of the case."""
    label = view.label(units[0]) if units[0] in view else units[0]

    def said(language: str, either: str) -> str:
        known = {**view.values, **parts}
        shown = {name: either.join(map(str, v)) if isinstance(v, (list, tuple)) else v for name, v in known.items()}
        return f"{label}: {_texts()[text][language].format(**shown)}"

    return Finding("", said("en", " or "), units, None, severity, said("vi", " hoặc "))  # type: ignore[arg-type]


def _add(
    name: str,
    values: Mapping[str, str] | None,
    settings: Mapping[str, str] | None,
    optional: Mapping[str, str] | None,
    function: Whole,
    more: Mapping[str, str] | None = None,
) -> Rule:
    def make(given: Mapping[str, Any]) -> Rule:
        return _Check(function, given)

    PARTY_CHECKS[name] = CheckType(make, settings or {}, {**_ON, **(more or {})}, values or {}, optional or {})
    return make({})


def _check(
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
) -> Callable[[Whole], Rule]:
    """A check that looks at all units at once."""
    return lambda function: _add(name, values, settings, optional, function)


def _each(
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    on: Iterable[str] = (),
    category: str | tuple[str, ...] = (),
    among: Callable[[View], Iterable[str]] | None = None,
    settings: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Callable[[Each], Rule]:
    """A check of one unit at a time: those that the file chooses, else those of some kinds, or that a function names."""
    kinds_ = tuple(on)

    def add(function: Each) -> Rule:
        def every(view: View, given: Mapping[str, Any]) -> Iterator[Verdict]:
            if among is not None:
                units = list(among(view))
            elif "on" in given or not kinds_:
                units = view.columns.names(chosen(view, given))
            else:
                units = list(view.units(kinds_, category))
            for unit in units:
                said = function(Subject(view, unit, given))
                if isinstance(said, (Finding, Satisfied, Undecided)):
                    yield said
                else:
                    yield from said

        return _add(name, values, settings, optional, every, more)

    return add


# ---- how facts are read


def _pair(slot: Any) -> tuple[Any, Any]:
    """A slot of two parts; two times None if it has not two."""
    return (slot[0], slot[1]) if isinstance(slot, (tuple, list)) and len(slot) == 2 else (None, None)


def _term(unit: str, text: Any) -> Term | None:
    """A recorded term; None if what is recorded is none."""
    try:
        return Term.parse(unit, str(text))
    except (BadDay, Refused):
        return None


def _who(view: View, unit: str, post: str) -> set[str]:
    held = view.slots(OFFICE).get(unit)
    return {person for slot, person in held.items() if _pair(slot)[0] == post} if held else set()


def _exception(it: Subject, *rules: str) -> Any:
    """Whose committee consented to an exception from one of some rules; False if one refused, None if nobody recorded it."""
    told = [it.fact("decided", f"exception:{rule}") for rule in rules]
    return next((by for by in told if by is not None), None)


_HELD: WeakKeyDictionary[Any, Mapping[str, list[tuple[When, int | None]]]] = WeakKeyDictionary()


def _held(view: View, unit: str) -> list[tuple[When, int | None]]:
    """(when, number) of the congresses of a unit that were held, in order."""
    found = _HELD.get(view.columns)
    if found is None:
        by_unit: dict[str, list[tuple[When, int | None]]] = {}
        for matter in view.after.matters("congress"):
            one = dossier(view.after, matter.id)
            for who in one.of("of") if one.has("held") else ():
                by_unit.setdefault(str(who), []).append((one.when("held") or When(), one.said.get("number")))
        for congresses in by_unit.values():
            congresses.sort(key=lambda one: (one[0].first or dt.date.min, one[1] or 0))
        found = _HELD[view.columns] = by_unit
    return found.get(unit, [])


def _latest_grades(view: View) -> dict[str, tuple[int, str]]:
    """Unit -> the latest year in which it was itself rated, and the grade."""
    found: dict[str, tuple[int, str]] = {}
    for unit, slots in view.slots(RATED).items():
        years = {
            pair[0]: grade for slot, grade in slots.items() if isinstance((pair := _pair(slot))[0], int) and not pair[1]
        }
        if years:
            found[unit] = max(years.items())
    return found


def _disciplined(view: View, unit: str, year: int) -> bool | None:
    """Whether a collective, or somebody within it, was disciplined in a year; None if that is not on record."""
    period = Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
    for matter in view.after.matters_of(unit):
        one = dossier(view.after, matter) if view.after.matter(matter).kind == "discipline" else None
        here = one is not None and unit in (*one.of("subject"), *one.of("within"))
        if here and one is not None and any(s.step == "decided" and s.when.meets(period) for s in one.steps):
            return True
    return False if is_on_record(view.after, unit, "discipline", period) else None


def _cells(view: View) -> Places:
    """Places of cells and grassroots cells."""
    columns = view.columns
    return np.concatenate([columns.where([kinds.CELL]), columns.where([kinds.GRASSROOTS], [kinds.CELL_OF_GRASSROOTS])])


def _columns(view: View, places: Places, measure: str) -> tuple[Floats, Floats]:
    """What the units at some places have at least and at most."""
    amounts = view.columns.amounts(measure)
    return amounts.low.take(places), amounts.high.take(places)


def _at(view: View, places: Places, mask: Any) -> list[str]:
    """Ids of the units at the chosen places."""
    return view.columns.names(places[mask])


def _not_on_record(subject: Subject, began: dt.date) -> Undecided:
    """A case that began before any version of the rule: what held then is not on record."""
    return subject.lacks(
        f"the rule of {began}",
        message=f"what held on {began} is not on record",
        message_vi=f"quy định ngày {began} chưa được ghi nhận",
    )


# ---- A: organisations and their members


@_check("founding", {"value": "number"})
def _founding(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A founded cell or grassroots organisation has enough official members."""
    assert view.changes is not None
    for unit in view.changes.created:
        if unit not in view or view.kind(unit) not in (kinds.CELL, kinds.GRASSROOTS):
            continue
        subject = Subject(view, unit, settings)
        # A grassroots cell is one cell: its members are its own, whatever groups it has.
        single = view.category(unit) == kinds.CELL_OF_GRASSROOTS
        low, high = subject.bounds("members_official", OWN if single else TOTAL)
        if low >= view.value:
            yield OK
        elif high >= view.value:
            yield subject.lacks("members_official")
        else:
            parent = view.parent(unit)
            others = sorted(u for u in view.children(parent, view.kind(unit) or "") if u != unit) if parent else []
            where = f", such as {view.label(others[0])}" if others else ""
            yield subject.wrong("too-few-founders", high=high, where=where)


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
    return tuple(sorted((u for u in sizes if u != unit and sizes[u] + own >= least), key=lambda u: (sizes[u], u)))


@_check("small-cell", {"value": "number"})
def _small_cell(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell below the minimum must be topped up or merged; proposes with whom."""
    places = chosen(view, settings)
    low, high = _columns(view, places, "members_official")
    yield Satisfied(int((low >= view.value).sum()))
    yield from lacking("members_official", _at(view, places, (low < view.value) & (high >= view.value)))
    for k in np.flatnonzero(high < view.value).tolist():
        unit = view.columns.ids[places[k]]
        with_whom = partners(view, unit, view.value)[:3]
        names = ", ".join(view.label(u) for u in with_whom)
        yield _finding(
            view, (unit, *with_whom), "small-cell" if names else "small-cell-alone", number=high[k], names=names
        )


@_each("consent", {"committee_below": "number", "cell_above": "number"}, on=(kinds.SECTION, kinds.GRASSROOTS))
def _consent(it: Subject) -> Iterator[Verdict]:
    """An exception has the written consent of the direct superior committee."""
    view, category = it.view, it.view.category(it.unit)
    below, above = it.values["committee_below"], it.values["cell_above"]
    section = view.kind(it.unit) == kinds.SECTION
    if section:
        what = "a section"
    elif category == kinds.COMMITTEE_OF_GRASSROOTS and it.bounds("members", TOTAL)[1] < below:
        what = f"a đảng bộ cơ sở with fewer than {below} members"
    elif category == kinds.CELL_OF_GRASSROOTS and it.bounds("members")[0] > above:
        what = f"a chi bộ cơ sở with more than {above} members"
    else:
        return
    given, parent = _exception(it, "A06", "A05", "A04", "A08"), view.parent(it.unit)
    # A section is founded by the grassroots committee, which asks its own superior.
    superiors = {parent, view.parent(parent)} if parent and section else {parent}
    if given is None:
        yield it.lacks("consent")
    elif given in superiors:
        yield OK
    else:
        whose = "it was refused" if given is False else f"the recorded one is of {given}"
        yield it.wrong("no-consent", what=what, whose=whose)


_DECIDED_KINDS: Final = frozenset(
    {kinds.CELL, kinds.GRASSROOTS, kinds.SECTION, kinds.COMMUNE, kinds.DIRECT_ORGANISATION}
)


@_check("decider")
def _decider(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Founding and dissolving are decided by the direct superior committee."""
    changes, before = view.changes, view.before
    assert changes is not None

    def judge(unit: str, superior: str | None, done: str) -> Verdict:
        by = changes.value(unit, DECIDED, done)
        if by is None:
            return Undecided(done, (unit,))
        return OK if by == superior else _finding(view, (unit,), f"{done}-decided", by=by, superior=superior)

    for unit in changes.created:
        if unit in view and view.kind(unit) in _DECIDED_KINDS:
            yield judge(unit, view.parent(unit), "founding")
    merged = {row.old for row in changes.became}
    for unit in changes.ended:
        # Who is merged is not dissolved: the decision on the merger founds the new unit.
        if unit not in merged and before is not None and unit in before and before.unit(unit).kind in _DECIDED_KINDS:
            yield judge(unit, before.parent(unit), "dissolution")


@_each("section-decided", on=(kinds.SECTION,))
def _section_decided(it: Subject) -> Verdict:
    """The grassroots committee decided on a section, after consulting its own direct superior."""
    parent = it.view.parent(it.unit)
    superior = None if parent is None else it.view.parent(parent)
    by, consulted = it.fact("decided", "founding"), _exception(it, "A08", "A06")
    if by is not None and by != parent:
        return it.wrong("section-founded-by-another", by=by, parent=parent)
    if consulted is not None and consulted not in (superior, parent):
        whose = "it was refused" if consulted is False else f"{consulted} was asked"
        return it.wrong("section-superior-not-consulted", parent=parent, superior=superior, whose=whose)
    return it.known(founding=by is not None, consent=consulted is not None)


@_each("parent-of-group", {"cells": "kinds", "grassroots": "words"})
def _parent_of_group(it: Subject) -> Verdict:
    """A party group stands under a cell or a grassroots cell."""
    parent = it.view.parent(it.unit)
    kind = None if parent is None else it.view.kind(parent)
    category = None if parent is None else it.view.category(parent)
    if kind in it.values["cells"] or (kind == kinds.GRASSROOTS and category in it.values["grassroots"]):
        return OK
    if parent is not None and (kind is None or (kind == kinds.GRASSROOTS and category is None)):
        return Undecided("category", (parent,))
    return it.wrong(
        "group-not-under-a-cell" if category or kind else "group-under-nothing",
        *([] if parent is None else [parent]),
        above=category or kind,
    )


def _in_grassroots(view: View) -> list[str]:
    """The cells directly under a grassroots organisation or a section."""
    columns = view.columns
    cells = columns.where([kinds.CELL])
    # The last entry stands for "no unit above", which -1 finds.
    inside = np.zeros(len(columns.ids) + 1, bool)
    inside[columns.where([kinds.GRASSROOTS, kinds.SECTION])] = True
    return _at(view, cells, inside.take(columns.parents.take(cells)))


@_each("basis", {"words": "words"}, among=_in_grassroots)
def _basis(it: Subject) -> Verdict:
    """A cell under a grassroots committee is organised by place of work or residence."""
    return it.word(it.fact("basis"), it.values["words"], "basis", "basis")


def _under_delegated_powers(view: View) -> list[str]:
    """The grassroots cells under organisations with delegated powers."""
    holders = [unit for unit, holds in view.facts("mark/delegated_powers").items() if holds]
    return [unit for one in holders for unit in view.children(one, kinds.GRASSROOTS, kinds.CELL_OF_GRASSROOTS)]


@_each("delegated-cell", among=_under_delegated_powers)
def _delegated_cell(it: Subject) -> Verdict:
    """A grassroots cell under delegated powers has party groups, a legal person as host, and consent."""
    legal, consent = it.fact("mark", "legal_person"), _exception(it, "A12")
    faults = ["its host is no legal person"] if legal is False else []
    faults += ["the next level refused its consent"] if consent is False else []
    if faults:
        return it.wrong("no-grassroots-cell", it.view.parent(it.unit) or "", faults="; ".join(faults))
    told = {"legal_person": legal is not None, "consent": consent is not None}
    return it.known(**told, **{"party-group": bool(it.view.children(it.unit, kinds.PARTY_GROUP))})


def _meeting_by_group(view: View) -> list[str]:
    """The cells that state meetings by party group: what nobody stated is no case, hardly any cell meets by groups."""
    cells = _cells(view)
    return _at(view, cells, _columns(view, cells, "meetings_by_group")[0] > 0)


@_each("group-meetings", {"members": "number", "meetings": "number"}, among=_meeting_by_group)
def _group_meetings(it: Subject) -> Verdict:
    """A cell that meets by party group is large enough, has groups, and does so seldom enough."""
    most, least = it.values["meetings"], it.values["members"]
    (low, high), members = it.bounds("meetings_by_group"), it.bounds("members")
    faults = [f"{low:g} meetings by party group in a year, at most {most}"] if low > most else []
    faults += [f"{members[1]:g} members, needs {least}"] if members[1] < least else []
    if faults:
        return it.wrong("meets-by-group", faults="; ".join(faults))
    told = {"members": members[0] >= least, "meetings_by_group": high <= most}
    return it.known(**told, **{"party-group": bool(it.view.children(it.unit, kinds.PARTY_GROUP))})


@_each("headcount")
def _headcount(it: Subject) -> Verdict:
    """Guests on temporary activity are not counted among a unit's members."""
    guests, stated = it.bounds("members_temporary"), it.bounds("members")
    own = [it.bounds(measure) for measure in ("members_official", "members_probationary")]
    low, high = (sum(part[i] for part in own) for i in (0, 1))
    if guests[1] <= 0 or stated[1] <= low:
        return OK  # nobody is there to be counted wrongly, or nobody was
    if stated[0] > high and guests[0] > 0:
        return it.wrong("guests-counted", stated=stated[0], own=high, guests=guests[0])
    known = {"members": stated, "members_official": own[0], "members_probationary": own[1], "members_temporary": guests}
    return it.lacks(*[name for name, (least, most) in known.items() if least != most or least == -np.inf])


# ---- B: the system


@_check("correspondence", {"levels": "any"})
def _correspondence(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Party organisations of the levels and units of the State correspond, both ways."""
    levels: Mapping[str, str] = view.values["levels"]
    linked = view.columns.column(CORRESPONDS)
    of_state: dict[str, list[str]] = {}
    for unit, state in linked.items():
        of_state.setdefault(state, []).append(unit)
    on_record = {state_kind for state_kind in levels.values() if view.units(state_kind)}
    for kind, state_kind in levels.items():
        for unit in view.units(kind):
            it, state = Subject(view, unit, settings), linked.get(unit)
            if state is None and state_kind not in on_record:
                yield it.lacks("corresponds_to")
            elif state is None:
                yield it.wrong("corresponds-to-none")
            elif state not in view:
                yield it.wrong("corresponds-to-ended", state, state=state)
            elif view.kind(state) != state_kind:
                yield it.wrong("corresponds-to-another-kind", state, kind=view.kind(state), must=state_kind)
            else:
                yield OK
    for state in view.units(levels.values()):
        others = sorted(of_state.get(state, []))
        yield (
            OK if len(others) == 1 else _finding(view, (state, *others), "corresponding-not-one", number=len(others))
        )


@_check("levels", {"levels": "kinds"})
def _levels(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The levels of committees are those in force, and no unit of an abolished level is live."""
    levels = view.values["levels"]
    for level in levels:
        yield OK if view.units(level) else Undecided(level)
    for unit in view.units([level for level in _LEVELS if level not in levels] or ["-"]):
        level = view.kind(unit)
        yield _finding(view, (unit,), "level-abolished", level=level, day=view.day, levels=", ".join(levels))


@_each("above-grassroots")
def _above_grassroots(it: Subject) -> Verdict:
    """A commune organisation is the direct superior of grassroots organisations."""
    told = it.fact("mark", "above_grassroots")
    if told is False:
        return it.wrong("not-above-grassroots")
    return OK if told or it.view.children(it.unit, kinds.GRASSROOTS) else it.lacks("above_grassroots")


@_each("special-zone")
def _special_zone(it: Subject) -> Verdict:
    """A special zone has one of two standings, with written consent."""
    told, consent = it.fact("mark", "above_grassroots"), _exception(it, "B05")
    if consent is False:
        return it.wrong("special-zone-without-consent")
    return it.known(above_grassroots=told is not None, consent=consent is not None)


@_each("one-of-each", {"categories": "words"})
def _one_of_each(it: Subject) -> Iterator[Verdict]:
    """Each unit has exactly one direct organisation of each of some categories."""
    found = {category: sorted(it.view.children(it.unit, (), category)) for category in it.values["categories"]}
    if not any(found.values()):
        yield it.lacks(*found)
        return
    wrong = {category: kids for category, kids in found.items() if len(kids) != 1}
    for category, kids in wrong.items():
        yield it.wrong("category-not-one", *kids, number=len(kids), category=category)
    if not wrong:
        yield OK


# ---- C: agencies


@_each("political-centre", {"category": "word", "value": "number"})
def _political_centre(it: Subject) -> Verdict:
    """One political centre where the seat of a former one is, none elsewhere."""
    centres = sorted(it.view.children(it.unit, (), it.values["category"]))
    seat, one = it.fact("mark", "political_centre"), it.view.value
    must = one if seat or seat is None else 0
    if seat is None and len(centres) <= one:
        return it.lacks("political_centre")
    if len(centres) == must:
        return OK
    return it.wrong("political-centres", *centres, number=len(centres), must=must)


@_check("one-lead")
def _one_lead(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Each function of a committee's agencies is led by exactly one of them."""
    tasks = view.slots(fact_track("function"))
    leads: dict[tuple[str, str], list[str]] = {}
    for agency in view.units(kinds.AGENCY):
        parent = view.parent(agency)
        if agency not in tasks:
            yield Undecided("function", (agency,))
        elif parent is not None:
            for function, part in tasks[agency].items():
                leads.setdefault((parent, function), []).extend([agency] if part == LEAD else [])
    for (parent, function), agencies in leads.items():
        named = ", ".join(view.label(a) for a in sorted(agencies)) or "none"
        yield (
            OK
            if len(agencies) == 1
            else _finding(
                view, (parent, *sorted(agencies)), "leads-not-one", number=len(agencies), function=function, named=named
            )
        )


def most_staff(view: View, unit: str, values: Mapping[str, Any]) -> float:
    """The largest staff of a commune committee's agencies, by whether it has a political centre (rule C05)."""
    centre = bool(view.children(unit, (), values["category"])) or view.facts("mark/political_centre").get(unit)
    return float(values["most_with_centre"] if centre else values["value"][1])


@_each(
    "staff",
    {"value": "range", "most_with_centre": "number", "category": "word"},
    optional={"met_by": "day"},
)
def _staff(it: Subject) -> Verdict:
    """The staff of a commune committee's agencies is within the range."""
    low, most = it.view.value[0], most_staff(it.view, it.unit, it.values)
    least, top = it.bounds("staff")
    if low <= least and top <= most:
        return OK
    if top >= low and least <= most:
        return it.lacks("staff")
    size = f"{least:g}" if least == top else f"{least:g} to {top:g}"
    return it.wrong("staff", size=size, low=low, most=most)


@_check("inspection-exists")
def _inspection_exists(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Inspection committees exist from the grassroots committee upward, and not in cells."""
    for unit in (
        *view.units((kinds.CENTRE, kinds.CENTRAL_ORGANISATION, kinds.DISTRICT, *_MERGING)),
        *view.units(kinds.GRASSROOTS, kinds.COMMITTEE_OF_GRASSROOTS),
    ):
        it = Subject(view, unit, settings)
        low, high = it.bounds("inspection_committee")
        if low > 0:
            yield OK
        elif high > 0:
            yield it.lacks("inspection_committee")
        else:
            yield it.wrong("no-inspection-committee")
    cells = _cells(view)
    seats_low, seats_high = _columns(view, cells, "inspection_committee")
    yield Satisfied(int((seats_high <= 0).sum()))
    for unit in _at(view, cells, seats_low > 0):
        yield _finding(view, (unit,), "cell-with-inspection-committee")


@_each("inspection-appointed", on=_MERGING, optional={"merged_since": "day"})
def _inspection_appointed(it: Subject) -> Iterator[Verdict]:
    """After a merger, until the first congress, the inspection committee is appointed."""
    merged = it.view.merged(it.unit, it.merged_since())
    start = it.view.columns.started(it.unit)
    if merged is False or any(when.first is not None and when.first >= start for when, _ in _held(it.view, it.unit)):
        return  # it was not merged, or elects its own since its congress
    origin = it.fact("formed", "inspection")
    if merged is not None:
        yield it.word(origin, ("appointed",), "formed inspection", "inspection-not-appointed")
    elif origin == "elected":
        yield it.lacks("merged_from")


# ---- D: committees


@_check("cell-committee", {"value": "number"})
def _cell_committee(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell with enough official members elects a committee."""
    places, needed = _cells(view), view.value
    low, high = _columns(view, places, "members_official")
    seats_low, seats_high = _columns(view, places, "cell_committee")
    large = low >= needed
    yield Satisfied(int((large & (seats_low > 0)).sum()))
    yield from lacking("members_official", _at(view, places, ~large & (high >= needed)))
    yield from lacking("cell_committee", _at(view, places, large & (seats_low <= 0) & (seats_high > 0)))
    for unit in _at(view, places, large & (seats_high <= 0)):
        official = view.bounds(unit, "members_official")[0]
        yield Subject(view, unit, settings).wrong("no-cell-committee", official=official)


@_check("small-cell-leaders", {"below": "number", "deputies": "number"})
def _small_cell_leaders(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A smaller cell has a secretary, at most one deputy, and no committee."""
    below, most = view.values["below"], view.values["deputies"]
    places = _cells(view)
    low, high = _columns(view, places, "members_official")
    seats_low, seats_high = _columns(view, places, "cell_committee")
    deputies_low, deputies_high = _columns(view, places, "deputy_secretaries")
    small = high < below
    wrong = small & ((seats_low > 0) | (deputies_low > most))
    right = small & ~wrong
    yield Satisfied(int((right & (seats_high <= 0) & (deputies_high <= most)).sum()))
    yield from lacking("members_official", _at(view, places, (low < below) & ~small))
    yield from lacking("cell_committee", _at(view, places, right & (seats_high > 0)))
    yield from lacking("deputy_secretaries", _at(view, places, right & (seats_high <= 0) & (deputies_high > most)))
    for unit in _at(view, places, wrong):
        seats, deputies = (view.bounds(unit, m)[0] for m in ("cell_committee", "deputy_secretaries"))
        faults = [f"a cell committee of {seats:g}"] if seats > 0 else []
        faults += [f"{deputies:g} deputy secretaries"] if deputies > most else []
        yield Subject(view, unit, settings).wrong("small-cell-leaders", faults=" and ".join(faults))


def _without_secretary(view: View) -> list[str]:
    """The cells whose ballots for a secretary failed as often as the rule says."""
    cells = _cells(view)
    return _at(view, cells, _columns(view, cells, "failed_ballots")[0] >= view.value)


@_each("failed-ballots", {"value": "number"}, among=_without_secretary)
def _failed_ballots(it: Subject) -> Verdict:
    """After so many failed ballots the superior appoints the cell secretary."""
    return it.word(it.fact("formed", "secretary"), ("appointed",), "formed secretary", "failed-ballots")


@_each("standing-committee", {"value": "number"}, on=(kinds.GRASSROOTS,), category=kinds.COMMITTEE_OF_GRASSROOTS)
def _standing_committee(it: Subject) -> Verdict:
    """A grassroots committee of enough members elects a standing committee; a smaller one does not."""
    size, standing, needed = it.bounds("executive_committee"), it.bounds("standing_committee"), it.view.value
    if size[0] < needed <= size[1]:
        return it.lacks("executive_committee")
    if standing[0] <= 0 < standing[1]:
        return it.lacks("standing_committee")
    if (size[0] >= needed) == (standing[0] > 0):
        return OK
    return it.wrong(
        "needs-standing-committee" if size[0] >= needed else "needs-no-standing-committee",
        size=size[0],
        standing=standing[0],
    )


@_each("double-office", {"mode": "word"}, settings={"post": "word", "other": "word"})
def _double_office(it: Subject) -> Verdict:
    """Two posts of a unit are held by one person, or must not be."""
    post, other, known = it.settings["post"], it.settings["other"], offices.posts()
    required = it.values["mode"] == "required"
    here, there = _who(it.view, it.unit, post), _who(it.view, it.unit, other)
    if not here or not there:
        return it.lacks(f"office {other if here else post}")
    if bool(here & there) == required:
        return OK
    name, name_of_other = (known[p].name if p in known else p for p in (post, other))
    return it.wrong(
        "not-one-person" if required else "one-person", name=name, other_name=name_of_other, post=post, other=other
    )


@_each("front-chair", {"value": "number"})
def _front_chair(it: Subject) -> Verdict:
    """With enough deputies one of them chairs the Fatherland Front; with fewer none does."""
    low, high = it.bounds("deputy_secretaries")
    posts = (offices.DEPUTY_SECRETARY, offices.STANDING_DEPUTY)
    deputies: set[str] = set().union(*(_who(it.view, it.unit, post) for post in posts))
    chairs = _who(it.view, it.unit, offices.FRONT_CHAIR)
    if low < it.view.value <= high:
        return it.lacks("deputy_secretaries")
    if not chairs or not deputies:
        return it.lacks(f"office {offices.DEPUTY_SECRETARY if chairs else offices.FRONT_CHAIR}")
    enough = low >= it.view.value
    if bool(deputies & chairs) == enough:
        return OK
    return it.wrong("no-deputy-chairs-front" if enough else "deputy-chairs-front", number=low)


@_each("head-in-committee", settings={"post": "word", "committees": "words"}, more={"posts": "words"})
def _head_in_committee(it: Subject) -> Verdict:
    """The holder of a post sits in one of some committees, or holds one of some posts."""
    post, committees = it.settings["post"], it.settings["committees"]
    heads = _who(it.view, it.unit, post)
    seats = [f"{committee}_member" for committee in committees]
    members: set[str] = set().union(*(_who(it.view, it.unit, o) for o in (*seats, *it.settings.get("posts", ()))))
    if not heads or not members:
        return it.lacks(f"committee {committees[0]}" if heads else f"office {post}")
    return OK if heads <= members else it.wrong("head-not-in-committee", post=post, committees=committees)


# ---- E: terms and congresses


@_each("term", {"months": "number"})
def _term_lasts(it: Subject) -> Iterator[Verdict]:
    """A term lasts as long as the rule said on the day on which it began."""
    text = it.view.slots(TERM_TRACK).get(it.unit, {}).get(COMMITTEE)
    term = None if text is None else _term(it.unit, text)
    if text is None:
        yield it.lacks("term")
    elif term is None:
        yield it.wrong("term-unreadable", told=text)
    elif term.start <= it.view.day:
        law = it.view.in_force(term.start)
        if law is None:
            yield _not_on_record(it, term.start)
            return
        months = law.values["months"]
        if term.lasts(months):
            yield OK
        else:
            last = term.start + relativedelta(months=months)
            said = it.wrong("term-length", start=term.start, end=term.end, months=months, last=last)
            yield evolve(said, citation=law.citation, certainty=law.certainty)


@_each("takes-over", among=lambda view: view.slots(TERM_TRACK))
def _takes_over(it: Subject) -> Iterator[Verdict]:
    """A committee takes over on the day it was elected."""
    text = it.view.slots(TERM_TRACK)[it.unit].get(COMMITTEE)
    if text is None:
        return
    term = _term(it.unit, text)
    held = [when for when, _ in _held(it.view, it.unit)]
    days = sorted(when.first for when in held if when.is_day and when.first is not None)
    if term is None:
        yield it.lacks("term")
    elif term.start in days:
        yield OK
    elif not days or len(days) < len(held):
        yield it.lacks("congress")
    else:
        day = max((day for day in days if day <= term.start), default=days[0])
        yield it.wrong("takes-over-later", day=day, start=term.start)


def _founded(view: View) -> Iterator[str]:
    """The organisations that hold congresses and were founded or merged.

    Of one that was there from the beginning nobody recorded whether it was new: it is no case unless it was merged.
    """
    columns = view.columns
    for unit in columns.names(columns.where((*_MERGING, kinds.GRASSROOTS))):
        if columns.started(unit) != columns.first_day or view.merged(unit):
            yield unit


@_each("first-congress", {"months": "number"}, among=_founded)
def _first_congress(it: Subject) -> Verdict:
    """A founded or merged organisation holds its congress within the time after its founding."""
    view, unit, start = it.view, it.unit, it.view.columns.started(it.unit)
    last = start + relativedelta(months=it.values["months"])
    held = [when for when, _ in _held(view, unit) if when.last is None or when.last >= start]
    if any(when.first and when.first >= start and when.last and when.last <= last for when in held):
        return OK
    if held and all(when.first is not None and when.first > last for when in held):
        return it.wrong("congress-late", start=start, held=held[0], last=last)
    if not held and view.day <= last:
        # Not yet due is not done: it can still be held, or not.
        return it.lacks(
            "congress",
            message=f"founded on {start}, its congress is due by {last}",
            message_vi=f"thành lập {start}, đại hội phải tổ chức trước ngày {last}",
        )
    if not held and is_on_record(view.after, unit, "congress", Period(start, last + ONE_DAY)):
        return it.wrong("congress-missing", start=start, last=last)
    return it.lacks("congress")


@_each("provisional-committee", among=_founded)
def _provisional_committee(it: Subject) -> Iterator[Verdict]:
    """Until its first congress the committee of a founded or merged organisation is one that was appointed."""
    start = it.view.columns.started(it.unit)
    if not any(when.first is None or when.first >= start for when, _ in _held(it.view, it.unit)):
        right = ("appointed", "provisional")
        yield it.word(it.fact("formed", "executive"), right, "formed executive", "committee-not-appointed", start=start)


@_each(
    "seats-by-head",
    {"base": "number", "step": "number"},
    optional={"bonus_by_code": "numbers", "bonus_by_category": "numbers", "merged_since": "day"},
)
def _seats_by_head(it: Subject) -> Verdict:
    """The delegates that an organisation has as such follow from how many it was made of."""
    seats, merged = it.view.exact(it.unit, "seats_by_head"), it.view.merged_from(it.unit, it.merged_since())
    if seats is None or merged is None:
        return it.lacks("seats_by_head" if seats is None else "merged_from")
    must = seats_by_head(it.values, merged, it.view.code(it.unit), it.view.category(it.unit))
    return OK if seats == must else it.wrong("seats-by-head", seats=seats, must=must, merged=merged)


@_each("delegates-origin", optional={"merged_since": "day"}, among=lambda view: view.facts("formed/delegates"))
def _delegates_origin(it: Subject) -> Verdict:
    """The delegates of a merged organisation are appointed, those of another are elected."""
    merged = it.view.merged(it.unit, it.merged_since())
    if merged is None:
        return it.lacks("merged_from")
    right, text = ("appointed", "delegates-of-merged") if merged else ("elected", "delegates-not-elected")
    return it.word(it.fact("formed", "delegates"), (right,), "formed delegates", text)


@_each("numbering", on=_MERGING, optional={"merged_since": "day"})
def _numbering(it: Subject) -> Verdict:
    """Congresses are counted from I again after a merger, and go on otherwise."""
    numbers = [number for _, number in _held(it.view, it.unit) if number is not None]
    number, before = (numbers[-1] if numbers else None), (numbers[-2] if len(numbers) > 1 else None)
    merged = it.view.merged(it.unit, it.merged_since())
    if number is None or merged is None:
        return it.lacks("congress number" if number is None else "merged_from")
    if merged and before is not None:
        merged = False  # it is not its first congress any more
    must = next_number(merged, before)
    if must is None:
        return it.lacks("number of the congress before")
    if number == must:
        return OK
    if merged:
        return it.wrong("numbering-restarts", number=number)
    return it.wrong("numbering-goes-on", number=number, before=before, must=must)


@_check("meetings", {"value": "number"})
def _meetings(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell or grassroots committee met often enough in the last year that is over.

    By the meetings that are reported of that year, or of its months, else by the figure that the unit states itself.
    """
    last = Period(dt.date(view.day.year - 1, 1, 1), dt.date(view.day.year, 1, 1))
    reported = {unit for unit, slots in view.slots(FLOW).items() if any(slot[0] == MEETINGS for slot in slots)}
    places = chosen(view, settings)
    low, high = (column.copy() for column in _columns(view, places, "meetings_last_year"))
    for k, unit in enumerate(view.columns.names(places)):
        if unit in reported:
            told = flow(view.after, unit, MEETINGS, period=last).value
            low[k], high[k] = bounds(told) if told.is_known else UNKNOWN
    needed = view.value
    yield Satisfied(int((low >= needed).sum()))
    yield from lacking(MEETINGS, _at(view, places, (low < needed) & (high >= needed)))
    for k in np.flatnonzero(high < needed).tolist():
        unit = view.columns.ids[places[k]]
        yield Subject(view, unit, settings).wrong("too-few-meetings", number=high[k], year=last.start)


MEETINGS: Final = "meetings"
"""The figure of a period that says how often a cell met."""


# ---- F: members


@_check("deadline", {"working_days": "number"}, settings={"case": "word"})
def _deadline(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A case is done within the working days allowed on the day of its decision."""
    name = settings["case"]
    for matter in view.after.matters("transfer"):
        found = dossier(view.after, matter.id)
        giver, steps = found.one("giver"), {taken.step: taken.when for taken in found.steps}
        after_dissolution = found.said.get("form") == AFTER_DISSOLUTION
        if (
            not isinstance(giver, str)
            or after_dissolution != (name == "dissolution")
            or steps.keys() & {"returned", "closed"}
        ):
            continue
        it, start = Subject(view, giver, settings), steps.get("decided")
        done = steps.get("received")
        if name == "introduction":
            # Who was received in time had presented the paper; of one received late it is not known when it was presented.
            done = steps.get("presented") or done
        if start is None or start.first is None or not start.is_day or (done is not None and not done.is_day):
            yield it.lacks("day of the decision" if start is None or not start.is_day else "day on which it was done")
        else:
            case = Proceeding(start.first, None if done is None else done.first)
            for verdict in _deadline_of(it, matter.id, case):
                guessed = name == "introduction" and "presented" not in steps and done is not None
                yield it.lacks("presented") if guessed and isinstance(verdict, Finding) else verdict


AFTER_DISSOLUTION: Final = "after dissolution"
"""The form of a transfer of the members of a dissolved organisation."""


def _deadline_of(it: Subject, matter: str, case: Proceeding) -> Iterator[Verdict]:
    view, name = it.view, it.settings["case"]
    law = view.in_force(case.start)
    if law is None:
        yield _not_on_record(it, case.start)
        return
    done, last = in_time(law.values, case, view.day, view.holidays)
    if done:
        yield OK
    elif done is None:
        yield it.lacks("holidays")
    else:
        state = f"done on {case.done}" if case.done and case.done <= view.day else f"open on {view.day}"
        limit = law.values["working_days"]
        said = it.wrong(
            "deadline-over", case=name, matter=matter, start=case.start, state=state, limit=limit, last=last
        )
        yield evolve(said, citation=law.citation, certainty=law.certainty)


def _merged_wholly(view: View) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unit that an act made of others, and those: only where all of them came wholly."""
    changes, before = view.changes, view.before
    assert changes is not None
    assert before is not None
    whole = {(row.old, row.new) for row in changes.became if row.extent == "whole"}
    for new, olds in changes.mergers():
        # Divided units have no total that could be compared.
        if new in view and all((old, new) in whole and old in before for old in olds):
            yield new, olds


@_check("conservation", {"measures": "measures"})
def _conservation(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation has all members of its predecessors: each figure is a case of its own."""
    assert view.before is not None
    old_view = View(view.before)
    for new, olds in _merged_wholly(view):
        it = Subject(view, new, settings)
        for measure in view.values["measures"]:
            parts = [old_view.bounds(old, measure, TOTAL) for old in olds]
            low, high = (sum(part[i] for part in parts) for i in (0, 1))
            now = it.bounds(measure, TOTAL)
            was = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            if low == high and now == (low, high):
                yield OK
            elif now[0] > high or now[1] < low:
                said = f"{now[0]:g}" if now[0] == now[1] else f"{now[0]:g} to {now[1]:g}"
                yield it.wrong("figure-changed", *olds, measure=measure, now=said, was=was)
            elif low == high and low > 0 and now[0] <= 0 and now[1] == np.inf:
                # Known before and nowhere after: they were not carried along.
                yield it.wrong("figure-lost", *olds, measure=measure, was=was)
            else:
                yield it.lacks(measure)


@_check("organisations-kept")
def _organisations_kept(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation contains all organisations of its predecessors."""
    changes, before = view.changes, view.before
    assert changes is not None
    assert before is not None
    ended = frozenset(changes.ended)
    went_on = {row.old for row in changes.became}
    for new, olds in _merged_wholly(view):
        # What another act of the day ends, such as the level of districts, is that act's to answer for.
        lost = sorted({child for old in olds for child in before.children(old)} & ended - set(olds) - went_on)
        yield (OK if not lost else _finding(view, (new, *lost), "organisations-lost", number=len(lost)))


# ---- G: cadres


@_each("not-local", {"posts": "words"}, optional={"deadline": "day"})
def _not_local(it: Subject) -> Iterator[Verdict]:
    """The holders of some posts are not local; until the deadline a local one is only noted."""
    held, tenures = (it.view.slots(track).get(it.unit, {}) for track in (OFFICE, TENURE))
    deadline = first_day(it.values["deadline"]) if "deadline" in it.values else dt.date.min
    names = offices.posts()
    for post in it.values["posts"]:
        person, origin = held.get((post, 1)), offices.origin_of(tenures.get((post, 1)))
        local = None if person is None else offices.is_local(it.view.columns, origin, it.unit)
        if person is None or not isinstance(local, bool):
            yield it.lacks(f"office {post}" if person is None else "origin")
        elif not local:
            yield OK
        else:
            name, name_vi = (names[post].name, names[post].name_vi) if post in names else (post, post)
            yield it.wrong(
                "local",
                post=name,
                post_vi=name_vi,
                person=person,
                origin=origin,
                day=it.view.day,
                severity="error" if it.view.day > deadline else "note",
            )


@_check("rating", dict.fromkeys(("excellent", "good", "completed", "tasks_done", "above_target", "late"), "number"))
def _rating(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The recorded rating is the one that points and tasks give."""
    for unit, (year, grade) in _latest_grades(view).items():
        it = Subject(view, unit, settings)
        points = it.bounds("rating_points")
        if points == UNKNOWN:
            yield it.lacks("rating_points")
            continue
        may, missing = grades(
            view.values,
            points,
            **{name: it.bounds(name) for name in ("tasks_done", "tasks_above_target", "tasks_late")},
            disciplined=_disciplined(view, unit, year),
        )
        if may == {grade}:
            yield OK
        elif grade in may:
            yield it.lacks(*missing)
        else:
            said = f"{points[0]:g}" if points[0] == points[1] else f"{points[0]:g} to {points[1]:g}"
            yield it.wrong("rating", grade=grade, points=said, may=sorted(may))


@_check("excellent-share", {"value": "share"})
def _excellent_share(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of the organisations below one committee that are good or better, few enough are excellent."""
    ratings = _latest_grades(view)
    below: dict[str, list[str | None]] = {}
    for unit in view.units((kinds.GRASSROOTS, kinds.COMMUNE, kinds.DIRECT_ORGANISATION)):
        parent = view.parent(unit)
        if parent is not None:
            below.setdefault(parent, []).append(ratings.get(unit, (0, None))[1])
    share = Fraction(str(view.value))
    for parent, given in below.items():
        best, better = given.count(EXCELLENT), given.count(EXCELLENT) + given.count(GOOD)
        if not any(given):
            continue  # nobody rated anybody here
        if None in given:
            yield Undecided("rating", (parent,))
        elif best <= share * better:
            yield OK
        else:
            yield _finding(view, (parent,), "too-many-excellent", best=best, better=better, share=100 * float(share))


@_check("deciding-level", {"levels": "words"})
def _deciding_level(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """For a person with several posts the level that manages the highest of them decides."""
    posts = offices.posts()
    held: dict[str, list[str | None]] = {}
    for unit, slots in view.slots(OFFICE).items():
        for slot, person in slots.items():
            post = posts.get(_pair(slot)[0])
            held.setdefault(person, []).append(None if post is None else post.level(view.kind(unit), view.day))
    for unit, tenures in view.slots(TENURE).items():
        it = Subject(view, unit, settings)
        for slot, told in tenures.items():
            taken, person = offices.tenure_of(told), view.slots(OFFICE).get(unit, {}).get(slot)
            if person is None or not isinstance(taken, offices.Taken) or not taken.managed_by:
                continue
            level, managed = taken.managed_by, held[person]
            if None in managed or level not in posts.levels:
                yield it.lacks("managing level")
                continue
            must = posts.highest(m for m in managed if m is not None)
            yield (
                OK
                if level == must
                else it.wrong("decided-at-another-level", person=person, level=level, number=len(managed), must=must)
            )


CHECK_TYPES: Final[Mapping[str, CheckType]] = MappingProxyType(PARTY_CHECKS)
"""The ready-made checks and those of this module, by the name that the file uses."""
