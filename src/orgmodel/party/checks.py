"""What the rules of the Party ask of a structure or an act, where no ready-made check says it.

Each check is a function of one unit, or of all of them, whose numbers stand in the rulebook's
file. It yields :data:`~orgmodel.rules.checks.OK` for a case in order, an
:class:`~orgmodel.rules.rule.Undecided` that names what is missing, or a finding.
The decisions that a question shares with a rule (which grade, which deadline, how many
seats) are functions of the values in force, without a unit: see :func:`grades` and those beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from fractions import Fraction
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
    "AFTER_DISSOLUTION",
    "CHECK_TYPES",
    "GRADES",
    "MEETINGS",
    "PARTY_CHECKS",
    "UNKNOWN",
    "Bounds",
    "Each",
    "Subject",
    "Whole",
    "due",
    "grades",
    "in_time",
    "most_staff",
    "next_number",
    "partners",
    "seats_by_head",
]

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

    def wrong(self, text: str, text_vi: str, *others: str, severity: str = "error") -> Finding:
        """It breaks the rule; other units may be named with it."""
        return _finding(self.view, (self.unit, *others), text, text_vi, severity)


def _finding(view: View, units: tuple[str, ...], text: str, text_vi: str, severity: str = "error") -> Finding:
    label = view.label(units[0]) if units[0] in view else units[0]
    return Finding("", f"{label}: {text}", units, None, severity, f"{label}: {text_vi}")  # type: ignore[arg-type]


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
    having: str = "",
    settings: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Callable[[Each], Rule]:
    """A check of one unit at a time: those that the file chooses, else those of some kinds, or that have a track."""
    kinds_ = tuple(on)

    def add(function: Each) -> Rule:
        def every(view: View, given: Mapping[str, Any]) -> Iterator[Verdict]:
            if having:
                units = list(view.slots(having))
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
            yield subject.wrong(
                f"founded with {high:g} official members, needs {view.value}; "
                f"the superior committee places them in another organisation{where}",
                f"thành lập với {high:g} đảng viên chính thức, cần {view.value}; cấp ủy cấp trên giới thiệu đảng viên "
                "sinh hoạt ở tổ chức cơ sở đảng thích hợp",
            )


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
            view,
            (unit, *with_whom),
            f"{high[k]:g} official members, below {view.value}: "
            + (f"merge it into one of {names}" if names else "no cell beside it can take it; transfer members in"),
            f"có {high[k]:g} đảng viên chính thức, dưới {view.value}: "
            + (f"sáp nhập với một trong {names}" if names else "bổ sung đảng viên"),
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
        yield it.wrong(
            f"{what} needs the written consent of the direct superior committee; {whose}",
            "cần văn bản đồng ý của cấp ủy cấp trên trực tiếp",
        )


_DECIDED_KINDS: Final = frozenset(
    {kinds.CELL, kinds.GRASSROOTS, kinds.SECTION, kinds.COMMUNE, kinds.DIRECT_ORGANISATION}
)


@_check("decider")
def _decider(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Founding and dissolving are decided by the direct superior committee."""
    changes, before = view.changes, view.before
    assert changes is not None

    def judge(unit: str, superior: str | None, fact: str, done: str, done_vi: str) -> Verdict:
        by = changes.value(unit, DECIDED, fact)
        if by is None:
            return Undecided(fact, (unit,))
        return (
            OK
            if by == superior
            else Finding(
                "",
                f"{unit} was {done} by {by}; its direct superior is {superior}",
                (unit,),
                message_vi=f"{unit}: {done_vi} bởi {by}; cấp ủy cấp trên trực tiếp là {superior}",
            )
        )

    for unit in changes.created:
        if unit in view and view.kind(unit) in _DECIDED_KINDS:
            yield judge(unit, view.parent(unit), "founding", "founded", "được thành lập")
    merged = {row.old for row in changes.became}
    for unit in changes.ended:
        # Who is merged is not dissolved: the decision on the merger founds the new unit.
        if unit not in merged and before is not None and unit in before and before.unit(unit).kind in _DECIDED_KINDS:
            yield judge(unit, before.parent(unit), "dissolution", "dissolved", "bị giải thể")


@_each("section-decided", on=(kinds.SECTION,))
def _section_decided(it: Subject) -> Verdict:
    """The grassroots committee decided on a section, after consulting its own direct superior."""
    parent = it.view.parent(it.unit)
    superior = None if parent is None else it.view.parent(parent)
    by, consulted = it.fact("decided", "founding"), _exception(it, "A08", "A06")
    if by is not None and by != parent:
        return it.wrong(
            f"founded by {by}; the committee above it, of {parent}, decides",
            f"do {by} quyết định; phải do đảng ủy {parent} quyết định",
        )
    if consulted is not None and consulted not in (superior, parent):
        whose = "it was refused" if consulted is False else f"{consulted} was asked"
        return it.wrong(
            f"the superior of {parent}, {superior}, is consulted before; {whose}",
            f"phải xin ý kiến cấp ủy cấp trên trực tiếp {superior}",
        )
    missing = [name for name, told in (("founding", by), ("consent", consulted)) if told is None]
    return it.lacks(*missing) if missing else OK


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
        f"a party group belongs under a cell, not under {category or kind or 'nothing'}",
        f"tổ đảng phải trực thuộc chi bộ, không thuộc {category or kind or 'tổ chức nào'}",
        *([] if parent is None else [parent]),
    )


@_check("basis", {"words": "words"})
def _basis(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell under a grassroots committee is organised by place of work or residence."""
    columns, words = view.columns, view.values["words"]
    cells = columns.where([kinds.CELL])
    inside = np.zeros(len(columns.ids) + 1, bool)
    inside[columns.where([kinds.GRASSROOTS, kinds.SECTION])] = True
    recorded = view.facts("basis")
    # The last entry stands for "no unit above", which -1 finds.
    for unit in _at(view, cells, inside.take(columns.parents.take(cells))):
        basis, it = recorded.get(unit), Subject(view, unit, settings)
        if basis is None:
            yield it.lacks("basis")
        elif basis in words:
            yield OK
        else:
            yield it.wrong(
                f"organised by {basis!r}; cells are organised by {' or '.join(words)}",
                f"tổ chức theo {basis!r}; chi bộ tổ chức theo nơi làm việc hoặc nơi ở",
            )


@_check("delegated-cell")
def _delegated_cell(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A grassroots cell under delegated powers has party groups, a legal person as host, and consent."""
    for parent, holds in view.facts("mark/delegated_powers").items():
        for unit in view.children(parent, kinds.GRASSROOTS, kinds.CELL_OF_GRASSROOTS) if holds else ():
            it = Subject(view, unit, settings)
            legal, consent = it.fact("mark", "legal_person"), _exception(it, "A12")
            told = {"legal_person": legal, "consent": consent, "party-group": view.children(unit, kinds.PARTY_GROUP)}
            faults = ["its host is no legal person"] if legal is False else []
            faults += ["the next level refused its consent"] if consent is False else []
            missing = [name for name, value in told.items() if value is None or value == ()]
            if faults:
                yield it.wrong(
                    f"cannot count as chi bộ cơ sở: {'; '.join(faults)}",
                    "không đủ điều kiện là chi bộ cơ sở trong đảng bộ được giao quyền",
                    parent,
                )
            else:
                yield it.lacks(*missing) if missing else OK


@_check("group-meetings", {"members": "number", "meetings": "number"})
def _group_meetings(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell that meets by party group is large enough, has groups, and does so seldom enough."""
    cells = _cells(view)
    most, least = view.values["meetings"], view.values["members"]
    # What nobody stated is no case: hardly any cell meets by groups.
    for unit in _at(view, cells, _columns(view, cells, "meetings_by_group")[0] > 0):
        it = Subject(view, unit, settings)
        low, high = it.bounds("meetings_by_group")
        members = it.bounds("members")
        faults = [f"{low:g} meetings by party group in a year, at most {most}"] if low > most else []
        faults += [f"{members[1]:g} members, needs {least}"] if members[1] < least else []
        told = {
            "members": members[0] >= least,
            "meetings_by_group": high <= most,
            "party-group": bool(view.children(unit, kinds.PARTY_GROUP)),
        }
        missing = [name for name, known in told.items() if not known]
        if faults:
            yield it.wrong("; ".join(faults), "không đủ điều kiện sinh hoạt theo tổ đảng")
        else:
            yield it.lacks(*missing) if missing else OK


@_each("headcount")
def _headcount(it: Subject) -> Verdict:
    """Guests on temporary activity are not counted among a unit's members."""
    guests, stated = it.bounds("members_temporary"), it.bounds("members")
    own = [it.bounds(measure) for measure in ("members_official", "members_probationary")]
    low, high = (sum(part[i] for part in own) for i in (0, 1))
    if guests[1] <= 0 or stated[1] <= low:
        return OK  # nobody is there to be counted wrongly, or nobody was
    if stated[0] > high and guests[0] > 0:
        return it.wrong(
            f"{stated[0]:g} members, of whom {high:g} are its own; of its {guests[0]:g} on temporary activity none counts",
            f"{stated[0]:g} đảng viên, trong đó chính thức và dự bị {high:g}; không tính đảng viên sinh hoạt tạm thời",
        )
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
                yield it.wrong("corresponds to no unit of the State", "không tương ứng với đơn vị hành chính nào")
            elif state not in view:
                text = f"corresponds to {state}, which has ended"
                yield it.wrong(text, f"tương ứng với {state} đã kết thúc", state)
            elif view.kind(state) != state_kind:
                text = f"corresponds to a {view.kind(state)}, must be a {state_kind}"
                yield it.wrong(text, f"tương ứng với {view.kind(state)}, phải là {state_kind}", state)
            else:
                yield OK
    for state in view.units(levels.values()):
        others = sorted(of_state.get(state, []))
        yield (
            OK
            if len(others) == 1
            else _finding(
                view,
                (state, *others),
                f"{len(others)} Party organisations correspond to it, must be 1",
                f"có {len(others)} tổ chức đảng tương ứng, phải là 1",
            )
        )


@_check("levels", {"levels": "kinds"})
def _levels(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The levels of committees are those in force, and no unit of an abolished level is live."""
    levels = view.values["levels"]
    for level in levels:
        yield OK if view.units(level) else Undecided(level)
    for unit in view.units([level for level in _LEVELS if level not in levels] or ["-"]):
        level = view.kind(unit)
        yield _finding(
            view,
            (unit,),
            f"a {level} on {view.day}; the levels are {', '.join(levels)}",
            f"còn cấp {level} ngày {view.day}; hệ thống gồm {', '.join(levels)}",
        )


@_each("above-grassroots")
def _above_grassroots(it: Subject) -> Verdict:
    """A commune organisation is the direct superior of grassroots organisations."""
    told = it.fact("mark", "above_grassroots")
    if told is False:
        return it.wrong(
            "recorded as a grassroots organisation; it is the direct superior of such",
            "ghi là tổ chức cơ sở đảng; phải là cấp trên trực tiếp của tổ chức cơ sở đảng",
        )
    return OK if told or it.view.children(it.unit, kinds.GRASSROOTS) else it.lacks("above_grassroots")


@_each("special-zone")
def _special_zone(it: Subject) -> Verdict:
    """A special zone has one of two standings, with written consent."""
    told, consent = it.fact("mark", "above_grassroots"), _exception(it, "B05")
    if consent is False:
        return it.wrong(
            "its standing was chosen without the consent of the Central Organisation Commission",
            "chưa có văn bản thống nhất của Ban Tổ chức Trung ương",
        )
    missing = [name for name, value in (("above_grassroots", told), ("consent", consent)) if value is None]
    return it.lacks(*missing) if missing else OK


@_each("one-of-each", {"categories": "words"})
def _one_of_each(it: Subject) -> Iterator[Verdict]:
    """Each unit has exactly one direct organisation of each of some categories."""
    found = {category: sorted(it.view.children(it.unit, (), category)) for category in it.values["categories"]}
    if not any(found.values()):
        yield it.lacks(*found)
        return
    wrong = {category: kids for category, kids in found.items() if len(kids) != 1}
    for category, kids in wrong.items():
        yield it.wrong(
            f"{len(kids)} organisations {category!r} directly below, must be 1",
            f"có {len(kids)} {category} trực thuộc, phải là 1",
            *kids,
        )
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
    return it.wrong(
        f"{len(centres)} political centres, must be {must}",
        f"có {len(centres)} trung tâm chính trị, phải là {must}",
        *centres,
    )


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
                view,
                (parent, *sorted(agencies)),
                f"{len(agencies)} agencies lead {function!r} ({named}), must be 1",
                f"có {len(agencies)} cơ quan chủ trì {function!r} ({named}), phải là 1",
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
    return it.wrong(f"staff of {size}, must be {low} to {most:g}", f"biên chế {size}, phải {low}-{most:g}")


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
            yield it.wrong("has no inspection committee", "không có ủy ban kiểm tra")
    cells = _cells(view)
    seats_low, seats_high = _columns(view, cells, "inspection_committee")
    yield Satisfied(int((seats_high <= 0).sum()))
    for unit in _at(view, cells, seats_low > 0):
        text = "a cell has no inspection committee; this one has"
        yield _finding(view, (unit,), text, "chi bộ không lập ủy ban kiểm tra")


@_each("inspection-appointed", on=_MERGING, optional={"merged_since": "day"})
def _inspection_appointed(it: Subject) -> Iterator[Verdict]:
    """After a merger, until the first congress, the inspection committee is appointed."""
    merged = it.view.merged(it.unit, it.merged_since())
    start = it.view.columns.started(it.unit)
    if merged is False or any(when.first is not None and when.first >= start for when, _ in _held(it.view, it.unit)):
        return  # it was not merged, or elects its own since its congress
    origin = it.fact("formed", "inspection")
    if merged is None:
        if origin == "elected":
            yield it.lacks("merged_from")
    elif origin is None:
        yield it.lacks("formed inspection")
    elif origin == "appointed":
        yield OK
    else:
        yield it.wrong(
            f"made by a merger, its inspection committee is {origin}; the direct superior appoints it",
            f"mới hợp nhất, UBKT do {origin}; cấp trên trực tiếp chỉ định",
        )


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
        yield Subject(view, unit, settings).wrong(
            f"{official:g} official members and no cell committee; from {needed} on it elects one",
            f"có {official:g} đảng viên chính thức, phải bầu chi ủy (từ {needed} trở lên)",
        )


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
        yield Subject(view, unit, settings).wrong(
            f"fewer than {below} official members and {' and '.join(faults)}; it has a secretary and at most {most} deputy",
            f"dưới {below} đảng viên chính thức: chỉ có bí thư và nhiều nhất {most} phó bí thư",
        )


@_check("failed-ballots", {"value": "number"})
def _failed_ballots(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """After so many failed ballots the superior appoints the cell secretary."""
    cells = _cells(view)
    for unit in _at(view, cells, _columns(view, cells, "failed_ballots")[0] >= view.value):
        it = Subject(view, unit, settings)
        origin = it.fact("formed", "secretary")
        if origin is None:
            yield it.lacks("formed secretary")
        elif origin == "appointed":
            yield OK
        else:
            yield it.wrong(
                f"after {view.value} failed ballots the superior appoints the secretary; recorded is {origin}",
                f"sau {view.value} lần bầu không đạt, cấp trên chỉ định bí thư; ghi là {origin}",
            )


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
    rule = "elects a standing committee" if size[0] >= needed else "has only a secretary and a deputy"
    return it.wrong(
        f"a committee of {size[0]:g}, with a standing committee of {standing[0]:g}; it {rule}",
        f"đảng ủy {size[0]:g} ủy viên, ban thường vụ {standing[0]:g}: sai quy định (từ {needed} ủy viên mới bầu)",
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
        f"{name} and {name_of_other} {'must' if required else 'must not'} be one person",
        f"{post} và {other} {'phải' if required else 'không được'} do một người đảm nhiệm",
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
    return it.wrong(
        f"{low:g} deputy secretaries: {'one' if enough else 'none'} of them chairs the Fatherland Front committee",
        f"{low:g} phó bí thư: {'một' if enough else 'không'} phó bí thư kiêm chủ tịch MTTQ",
    )


@_each("head-in-committee", settings={"post": "word", "committees": "words"}, more={"posts": "words"})
def _head_in_committee(it: Subject) -> Verdict:
    """The holder of a post sits in one of some committees, or holds one of some posts."""
    post, committees = it.settings["post"], it.settings["committees"]
    heads = _who(it.view, it.unit, post)
    seats = [f"{committee}_member" for committee in committees]
    members: set[str] = set().union(*(_who(it.view, it.unit, o) for o in (*seats, *it.settings.get("posts", ()))))
    if not heads or not members:
        return it.lacks(f"committee {committees[0]}" if heads else f"office {post}")
    return (
        OK
        if heads <= members
        else it.wrong(
            f"the {post} is no member of the {' or '.join(committees)} committee",
            f"{post} không là ủy viên {' hoặc '.join(committees)}",
        )
    )


# ---- E: terms and congresses


@_each("term", {"months": "number"})
def _term_lasts(it: Subject) -> Iterator[Verdict]:
    """A term lasts as long as the rule said on the day on which it began."""
    text = it.view.slots(TERM_TRACK).get(it.unit, {}).get(COMMITTEE)
    term = None if text is None else _term(it.unit, text)
    if text is None:
        yield it.lacks("term")
    elif term is None:
        yield it.wrong(f"the term {text!r} is not two days with a slash between", "nhiệm kỳ không hợp lệ")
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
            said = it.wrong(
                f"the term from {term.start} ends on {term.end}; {months} months end on {last}",
                f"nhiệm kỳ từ {term.start} kết thúc {term.end}; {months} tháng là đến {last}",
            )
            yield evolve(said, citation=law.citation, certainty=law.certainty)


@_each("takes-over", having=TERM_TRACK)
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
        yield it.wrong(
            f"elected on {day}, the committee took over on {term.start}; it takes over at once",
            f"bầu ngày {day}, điều hành từ {term.start}; phải điều hành ngay sau khi được bầu",
        )


@_check("first-congress", {"months": "number"})
def _first_congress(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A founded or merged organisation holds its congress within the time after its founding."""
    columns = view.columns
    places = columns.where((*_MERGING, kinds.GRASSROOTS))
    for unit in columns.names(places):
        # Of a unit that was there from the beginning nobody recorded whether it was new: no case.
        if columns.started(unit) == columns.first_day and not view.merged(unit):
            continue
        it, start = Subject(view, unit, settings), columns.started(unit)
        last = start + relativedelta(months=view.values["months"])
        held = [when for when, _ in _held(view, unit) if when.last is None or when.last >= start]
        if any(when.first and when.first >= start and when.last and when.last <= last for when in held):
            yield OK
        elif held and all(when.first is not None and when.first > last for when in held):
            yield it.wrong(
                f"founded on {start}, its congress was on {held[0]}, due by {last}",
                f"thành lập {start}, đại hội ngày {held[0]}, hạn {last}",
            )
        elif held:
            yield it.lacks("congress")
        elif view.day <= last:
            # Not yet due is not done: it can still be held, or not.
            yield it.lacks(
                "congress",
                message=f"founded on {start}, its congress is due by {last}",
                message_vi=f"thành lập {start}, đại hội phải tổ chức trước ngày {last}",
            )
        elif is_on_record(view.after, unit, "congress", Period(start, last + ONE_DAY)):
            text = f"founded on {start}, no congress was held by {last}"
            yield it.wrong(text, f"chưa đại hội trước hạn {last}")
        else:
            yield it.lacks("congress")


@_check("provisional-committee")
def _provisional_committee(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Until its first congress the committee of a founded or merged organisation is one that was appointed."""
    columns = view.columns
    for unit in columns.names(columns.where((*_MERGING, kinds.GRASSROOTS))):
        start = columns.started(unit)
        held = any(when.first is None or when.first >= start for when, _ in _held(view, unit))
        if held or (start == columns.first_day and not view.merged(unit)):
            continue
        it = Subject(view, unit, settings)
        formed = it.fact("formed", "executive")
        if formed is None:
            yield it.lacks("formed executive")
        elif formed in ("appointed", "provisional"):
            yield OK
        else:
            yield it.wrong(
                f"founded on {start} and without a congress, its committee is {formed}; the direct superior appoints it",
                f"thành lập {start}, chưa đại hội, cấp ủy {formed}; cấp trên trực tiếp chỉ định cấp ủy lâm thời",
            )


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
    return (
        OK
        if seats == must
        else it.wrong(
            f"{seats} delegates by head, must be {must} (made of {merged})",
            f"{seats} đại biểu theo đầu mối, phải là {must} (hợp nhất từ {merged})",
        )
    )


@_check("delegates-origin", optional={"merged_since": "day"})
def _delegates_origin(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The delegates of a merged organisation are appointed, those of another are elected."""
    for unit, origin in view.facts("formed/delegates").items():
        it = Subject(view, unit, settings)
        merged = view.merged(unit, it.merged_since())
        must = "appointed" if merged else "elected"
        if merged is None:
            yield it.lacks("merged_from")
        elif origin == must:
            yield OK
        else:
            yield it.wrong(
                f"{'merged' if merged else 'not merged'}, its delegates are {origin}; they must be {must}",
                f"{'đã hợp nhất' if merged else 'không hợp nhất'}, đại biểu {origin}; "
                f"phải {'chỉ định' if merged else 'bầu'}",
            )


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
        return it.wrong(
            f"merged, its congress has number {number}; numbering restarts at 1",
            f"đã hợp nhất, đại hội lần thứ {number}; phải tính lại từ lần thứ I",
        )
    return it.wrong(
        f"congress number {number} after number {before}; it goes on with {must}",
        f"đại hội lần thứ {number} sau lần thứ {before}; phải là lần thứ {must}",
    )


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
        yield Subject(view, unit, settings).wrong(
            f"{high[k]:g} meetings in {last.start:%Y}, must be at least {needed}",
            f"{high[k]:g} kỳ sinh hoạt năm {last.start:%Y}, phải từ {needed} trở lên",
        )


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
            f"{name} {matter} of {case.start} is {state}; {limit} working days ended on {last}",
            f"{matter} ngày {case.start}: quá hạn {limit} ngày làm việc ({last})",
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
                yield it.wrong(
                    f"{measure} {said} after, {was} before", f"{measure} sau hợp nhất {said}, trước {was}", *olds
                )
            elif low == high and low > 0 and now[0] <= 0 and now[1] == np.inf:
                # Known before and nowhere after: they were not carried along.
                yield it.wrong(
                    f"{measure} not recorded after, {was} before",
                    f"{measure} sau hợp nhất không ghi, trước {was}",
                    *olds,
                )
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
        yield (
            OK
            if not lost
            else _finding(
                view,
                (new, *lost),
                f"{len(lost)} organisations of its predecessors are gone without a successor",
                f"thiếu {len(lost)} tổ chức đảng của các đảng bộ trước hợp nhất",
            )
        )


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
                f"the {name} ({person}) is local: {origin} is part of it on {it.view.day}",
                f"{name_vi} ({person}) là người địa phương",
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
            yield it.wrong(
                f"rated {grade} with {said} points; that is {' or '.join(sorted(may))}",
                f"xếp loại {grade} với {said} điểm; phải là {' hoặc '.join(sorted(may))}",
            )


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
            yield _finding(
                view,
                (parent,),
                f"{best} of {better} rated good or better are excellent, at most {100 * float(share):g} %",
                f"{best} trong {better} tổ chức xếp loại tốt trở lên là xuất sắc, không quá {100 * float(share):g} %",
            )


@_check("deciding-level", {"levels": "words"})
def _deciding_level(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """For a person with several posts the level that manages the highest of them decides."""
    posts = offices.posts()
    order = {level: n for n, level in enumerate(posts.levels)}
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
            if None in managed or level not in order:
                yield it.lacks("managing level")
                continue
            must = max((m for m in managed if m is not None), key=order.__getitem__)
            yield (
                OK
                if level == must
                else it.wrong(
                    f"{person} was decided on by the {level}; with {len(managed)} posts the {must} decides",
                    f"{person}: cấp {level} quyết định; giữ {len(managed)} chức vụ, cấp {must} quyết định",
                )
            )


CHECK_TYPES: Final[Mapping[str, CheckType]] = MappingProxyType(PARTY_CHECKS)
"""The ready-made checks and those of this module, by the name that the file uses."""
