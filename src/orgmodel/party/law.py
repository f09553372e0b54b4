"""The Party's rulebook: the Charter and its regulations, as far as a structure can decide them.

:func:`rulebook` reads ``orgmodel/party/data/rulebook.toml``, where each rule has its
statement, its numbers, their days and their citation. What cannot be said by the ready-made
checks of :mod:`orgmodel.rules.checks` is a function here, with its numbers still in the file.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Quantity
from orgmodel.model.track import CORRESPONDS, OFFICE, OWN
from orgmodel.party import kinds, offices
from orgmodel.party.committees import FUNCTION_TRACK, LEAD
from orgmodel.party.congresses import COMMITTEE, TERM_TRACK, Term
from orgmodel.party.deadlines import Case, add_working_days
from orgmodel.party.facts import MEASURES
from orgmodel.party.tracks import TENURE
from orgmodel.period import as_day
from orgmodel.rules.checks import CHECKS, Cases, CheckType, chosen
from orgmodel.rules.file import first_day, parse_rulebook, read_rulebook
from orgmodel.rules.rule import Rule, Undecided, Verdict
from orgmodel.rules.rulebook import Rulebook
from orgmodel.rules.view import View
from orgmodel.structure.day_columns import TOTAL, Floats, Places, bounds

STATE_KINDS: Final = ("state-centre", "state-province", "state-district", "state-commune")
"""Kinds of units of the State, in the hierarchy ``state``, for those who record them."""

_LEVELS: Final = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
_CELL_LIKE: Final = frozenset({kinds.CELL_OF_GRASSROOTS})


@cache
def rulebook() -> Rulebook:
    """The Party's rules that a structure, its figures, offices and congresses can decide.

    >>> book = rulebook()
    >>> book["D14"].on("2025-05-29").values["value"], book["D14"].on("2025-05-30").values["value"]
    ([9, 11], [11, 13])
    """
    text = (files("orgmodel.party") / "data" / "rulebook.toml").read_text(encoding="utf-8")
    return parse_rulebook(text, name="rulebook.toml", measures=MEASURES, kinds=KIND_IDS, checks=PARTY_CHECKS)


def read_party_rulebook(path: str | os.PathLike[str]) -> Rulebook:
    """A rulebook file that may use the checks, measures and kinds of the Party, for changed numbers or further rules.

    Raises:
        InvalidFile: with all its faults, each with its line.
    """
    return read_rulebook(path, measures=MEASURES, kinds=KIND_IDS, checks=PARTY_CHECKS)


# ---- how the checks of this module are made


@frozen
class _Check:
    """A function of a view and of the settings in the file."""

    function: Callable[[View, Mapping[str, Any]], Iterable[Verdict]]
    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        return self.function(view, self.settings)


_ON: Final = {"on": "kinds", "category": "words"}
PARTY_CHECKS: dict[str, CheckType] = dict(CHECKS)
"""The ready-made checks and those of this module, by the name that the file uses."""


def _check(
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
) -> Callable[[Callable[[View, Mapping[str, Any]], Iterable[Verdict]]], Rule]:
    def add(function: Callable[[View, Mapping[str, Any]], Iterable[Verdict]]) -> Rule:
        def make(given: Mapping[str, Any]) -> Rule:
            return _Check(function, given)

        PARTY_CHECKS[name] = CheckType(make, settings or {}, _ON, values or {}, optional or {})
        return make({})

    return add


def _finding(view: View, units: Iterable[str], text: str, text_vi: str, severity: str = "error") -> Finding:
    ids = tuple(units)
    label = view.label(ids[0]) if ids and ids[0] in view else ids[0] if ids else ""
    return Finding("", f"{label}: {text}", ids, None, severity, f"{label}: {text_vi}")  # type: ignore[arg-type]


def _grassroots(view: View, category: str) -> tuple[str, ...]:
    return view.units(kinds.GRASSROOTS, category)


def _cells(view: View) -> Places:
    """Places of cells and grassroots cells."""
    columns = view.columns
    return np.concatenate([columns.where([kinds.CELL]), columns.where([kinds.GRASSROOTS], [kinds.CELL_OF_GRASSROOTS])])


def _day(told: Any) -> dt.date | None:
    """A recorded day; None if none is recorded, or what is recorded is no day."""
    if not isinstance(told, str):
        return None
    try:
        return as_day(told)
    except BadDay:
        return None


def _pair(slot: Any) -> tuple[Any, Any]:
    """A slot of two parts; two times None if it has not two."""
    return (slot[0], slot[1]) if isinstance(slot, (tuple, list)) and len(slot) == 2 else (None, None)


def _columns(view: View, places: Places, measure: str) -> tuple[Floats, Floats]:
    """What the units at some places have at least and at most."""
    amounts = view.columns.amounts(measure)
    return amounts.low.take(places), amounts.high.take(places)


def _at(view: View, places: Places, mask: Any) -> list[str]:
    """Ids of the units at the chosen places."""
    return view.columns.names(places[mask])


def _since(view: View) -> dt.date | None:
    since = view.values.get("merged_since")
    return since if isinstance(since, dt.date) else view.since


# ---- A: organisations and their members


@_check("founding", {"value": "number"})
def _founding(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A founded cell or grassroots organisation has enough official members."""
    assert view.changes is not None
    cases = Cases()
    for unit in view.changes.created:
        if unit not in view or view.kind(unit) not in (kinds.CELL, kinds.GRASSROOTS):
            continue
        # A grassroots cell is one cell: its members are its own, whatever groups it has.
        single = view.category(unit) == kinds.CELL_OF_GRASSROOTS
        low, high = view.bounds(unit, "members_official", OWN if single else TOTAL)
        if low >= view.value:
            cases.satisfied += 1
        elif high < view.value:
            parent = view.parent(unit)
            others = sorted(u for u in view.children(parent, view.kind(unit) or "") if u != unit) if parent else []
            where = f", such as {view.label(others[0])}" if others else ""
            yield _finding(
                view,
                (unit,),
                f"founded with {high:g} official members, needs {view.value}; "
                f"the superior committee places them in another organisation{where}",
                f"thành lập với {high:g} đảng viên chính thức, cần {view.value}; cấp ủy cấp trên giới thiệu đảng viên "
                "sinh hoạt ở tổ chức cơ sở đảng thích hợp",
            )
        else:
            cases.undecided("members_official", unit)
    yield from cases.verdicts()


def partners(view: View, unit: str, least: float) -> tuple[str, ...]:
    """Cells that a cell below the minimum could be merged into, the best first.

    They stand under the same unit and reach the minimum together with it; the smallest of
    them comes first, as it gains most, and equal ones by id.
    """
    parent = view.parent(unit)
    if parent is None:
        return ()
    low, _ = view.bounds(unit, "members_official")
    own = max(low, 0.0)
    found: list[tuple[float, str]] = []
    for other in view.children(parent, kinds.CELL):
        size, _ = view.bounds(other, "members_official")
        if other != unit and size + own >= least:
            found.append((size, other))
    return tuple(other for _, other in sorted(found))


@_check("small-cell", {"value": "number"})
def _small_cell(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell below the minimum must be topped up or merged; proposes with whom."""
    cases = Cases()
    columns = view.columns
    places = chosen(view, settings)
    amounts = columns.amounts("members_official")
    low, high = amounts.low.take(places), amounts.high.take(places)
    cases.satisfied = int((low >= view.value).sum())
    for k in (low < view.value).nonzero()[0].tolist():
        unit = columns.ids[places[k]]
        if high[k] >= view.value:
            cases.undecided("members_official", unit)
            continue
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
    yield from cases.verdicts()


@_check("consent", {"committee_below": "number", "cell_above": "number"})
def _consent(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """An exception has the written consent of the direct superior committee."""
    cases = Cases()
    consents = view.facts("consent")
    asked: list[tuple[str, str]] = [(unit, "a section") for unit in view.units(kinds.SECTION)]
    below, above = view.values["committee_below"], view.values["cell_above"]
    for unit in _grassroots(view, kinds.COMMITTEE_OF_GRASSROOTS):
        if view.bounds(unit, "members", TOTAL)[1] < below:
            asked.append((unit, f"a đảng bộ cơ sở with fewer than {below} members"))
    for unit in _grassroots(view, kinds.CELL_OF_GRASSROOTS):
        if view.bounds(unit, "members")[0] > above:
            asked.append((unit, f"a chi bộ cơ sở with more than {above} members"))
    for unit, what in asked:
        given = consents.get(unit)
        parent = view.parent(unit)
        # A section is founded by the grassroots committee, which asks its own superior.
        superiors = {parent, view.parent(parent)} if parent and view.kind(unit) == kinds.SECTION else {parent}
        if given is None:
            cases.undecided("consent", unit)
        elif given in superiors:
            cases.satisfied += 1
        else:
            whose = "it was refused" if given is False else f"the recorded one is of {given}"
            yield _finding(
                view,
                (unit,),
                f"{what} needs the written consent of the direct superior committee; {whose}",
                "cần văn bản đồng ý của cấp ủy cấp trên trực tiếp",
            )
    yield from cases.verdicts()


_DECIDED_KINDS: Final = frozenset(
    {kinds.CELL, kinds.GRASSROOTS, kinds.SECTION, kinds.COMMUNE, kinds.DIRECT_ORGANISATION}
)


@_check("decider")
def _decider(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Founding and dissolving are decided by the direct superior committee."""
    changes, before = view.changes, view.before
    assert changes is not None
    cases = Cases()

    def judge(unit: str, superior: str | None, fact: str, done: str, done_vi: str) -> Iterator[Finding]:
        by = changes.value(unit, fact_track(fact))
        if by is None:
            cases.undecided(fact, unit)
        elif by == superior:
            cases.satisfied += 1
        else:
            yield Finding(
                "",
                f"{unit} was {done} by {by}; its direct superior is {superior}",
                (unit,),
                message_vi=f"{unit}: {done_vi} bởi {by}; cấp ủy cấp trên trực tiếp là {superior}",
            )

    for unit in changes.created:
        if unit in view and view.kind(unit) in _DECIDED_KINDS:
            yield from judge(unit, view.parent(unit), "founded_by", "founded", "được thành lập")
    merged = {row.old for row in changes.became}
    for unit in changes.ended:
        # Who is merged is not dissolved: the decision on the merger founds the new unit.
        if unit not in merged and before is not None and unit in before and before.unit(unit).kind in _DECIDED_KINDS:
            yield from judge(unit, before.parent(unit), "dissolved_by", "dissolved", "bị giải thể")
    yield from cases.verdicts()


@_check("parent-of-group", {"cells": "kinds", "grassroots": "words"})
def _parent_of_group(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A party group stands under a cell or a grassroots cell."""
    cases = Cases()
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        parent = view.parent(unit)
        kind = None if parent is None else view.kind(parent)
        category = None if parent is None else view.category(parent)
        if kind in view.values["cells"] or (kind == kinds.GRASSROOTS and category in view.values["grassroots"]):
            cases.satisfied += 1
        elif parent is not None and (kind is None or (kind == kinds.GRASSROOTS and category is None)):
            cases.undecided("category", parent)
        else:
            yield _finding(
                view,
                (unit,) if parent is None else (unit, parent),
                f"a party group belongs under a cell, not under {category or kind or 'nothing'}",
                f"tổ đảng phải trực thuộc chi bộ, không thuộc {category or kind or 'tổ chức nào'}",
            )
    yield from cases.verdicts()


@_check("basis", {"words": "words"})
def _basis(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell under a grassroots committee is organised by place of work or residence."""
    cases = Cases()
    recorded = view.facts("basis")
    columns = view.columns
    cells = columns.where([kinds.CELL])
    inside = np.zeros(len(columns.ids) + 1, bool)
    inside[columns.where([kinds.GRASSROOTS, kinds.SECTION])] = True
    # The last entry stands for "no unit above", which -1 finds.
    for unit in _at(view, cells, inside.take(columns.parents.take(cells))):
        basis = recorded.get(unit)
        if basis is None:
            cases.undecided("basis", unit)
        elif basis in view.values["words"]:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"organised by {basis!r}; cells are organised by {' or '.join(view.values['words'])}",
                f"tổ chức theo {basis!r}; chi bộ tổ chức theo nơi làm việc hoặc nơi ở",
            )
    yield from cases.verdicts()


@_check("delegated-cell")
def _delegated_cell(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A grassroots cell under delegated powers has party groups, a legal person as host, and consent."""
    cases = Cases()
    for parent, holds in view.facts("delegated_powers").items():
        if not holds:
            continue
        for unit in view.children(parent, kinds.GRASSROOTS, kinds.CELL_OF_GRASSROOTS):
            legal, consent = view.fact(unit, "legal_person"), view.fact(unit, "consent")
            groups = view.children(unit, kinds.PARTY_GROUP)
            lacking = [
                text
                for bad, text in (
                    (legal is False, "its host is no legal person"),
                    (consent is False, "the next level refused its consent"),
                )
                if bad
            ]
            missing = [
                name
                for absent, name in (
                    (legal is None, "legal_person"),
                    (consent is None, "consent"),
                    (not groups, "party-group"),
                )
                if absent
            ]
            if lacking:
                yield _finding(
                    view,
                    (unit, parent),
                    f"cannot count as chi bộ cơ sở: {'; '.join(lacking)}",
                    "không đủ điều kiện là chi bộ cơ sở trong đảng bộ được giao quyền",
                )
            elif missing:
                cases.undecided(missing[0], unit)
            else:
                cases.satisfied += 1
    yield from cases.verdicts()


@_check("group-meetings", {"members": "number", "meetings": "number"})
def _group_meetings(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell that meets by party group is large enough, has groups, and does so seldom enough."""
    cases = Cases()
    cells = _cells(view)
    # What nobody stated is no case: hardly any cell meets by groups.
    stated = _columns(view, cells, "meetings_by_group")[0] > 0
    for unit in _at(view, cells, stated):
        low, high = view.bounds(unit, "meetings_by_group")
        most, least = view.values["meetings"], view.values["members"]
        members = view.bounds(unit, "members")
        faults = []
        if low > most:
            faults.append(f"{low:g} meetings by party group in a year, at most {most}")
        if members[1] < least:
            faults.append(f"{members[1]:g} members, needs {least}")
        groups = view.children(unit, kinds.PARTY_GROUP)
        if faults:
            yield _finding(view, (unit,), "; ".join(faults), "không đủ điều kiện sinh hoạt theo tổ đảng")
        elif members[0] < least:
            cases.undecided("members", unit)
        elif high > most:
            cases.undecided("meetings_by_group", unit)
        elif not groups:
            cases.undecided("party-group", unit)
        else:
            cases.satisfied += 1
    yield from cases.verdicts()


# ---- B: the system


@_check("correspondence", {"levels": "any"})
def _correspondence(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Party organisations of the levels and units of the State correspond, both ways."""
    cases = Cases()
    levels: Mapping[str, str] = view.values["levels"]
    columns = view.columns
    linked = columns.column(CORRESPONDS)
    states = set(levels.values())
    of_state: dict[str, list[str]] = {}
    for unit, state in linked.items():
        of_state.setdefault(state, []).append(unit)
    there = bool(len(columns.where(states)))
    for kind, state_kind in levels.items():
        for unit in view.units(kind):
            state = linked.get(unit)
            if state is None and not there:
                cases.undecided("corresponds_to", unit)
            elif state is None:
                yield _finding(
                    view, (unit,), "corresponds to no unit of the State", "không tương ứng với đơn vị hành chính nào"
                )
            elif state not in view:
                yield _finding(
                    view,
                    (unit, state),
                    f"corresponds to {state}, which has ended",
                    f"tương ứng với {state} đã kết thúc",
                )
            elif view.kind(state) != state_kind:
                yield _finding(
                    view,
                    (unit, state),
                    f"corresponds to a {view.kind(state)}, must be a {state_kind}",
                    f"tương ứng với {view.kind(state)}, phải là {state_kind}",
                )
            else:
                cases.satisfied += 1
    for state_kind in dict.fromkeys(levels.values()):
        for state in view.units(state_kind):
            partners_ = sorted(of_state.get(state, []))
            if len(partners_) == 1:
                cases.satisfied += 1
            else:
                yield _finding(
                    view,
                    (state, *partners_),
                    f"{len(partners_)} Party organisations correspond to it, must be 1",
                    f"có {len(partners_)} tổ chức đảng tương ứng, phải là 1",
                )
    yield from cases.verdicts()


@_check("levels", {"levels": "kinds"})
def _levels(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The levels of committees are those in force, and no unit of an abolished level is live."""
    levels = view.values["levels"]
    cases = Cases()
    missing = []
    for level in levels:
        if view.units(level):
            cases.satisfied += 1
        else:
            missing.append(level)
    for level in _LEVELS:
        if level not in levels:
            for unit in view.units(level):
                yield _finding(
                    view,
                    (unit,),
                    f"a {level} on {view.day}; the levels are {', '.join(levels)}",
                    f"còn cấp {level} ngày {view.day}; hệ thống gồm {', '.join(levels)}",
                )
    for level in missing:
        yield Undecided(level)
    yield from cases.verdicts()


@_check("above-grassroots", {"words": "words"})
def _above_grassroots(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A commune organisation is the direct superior of grassroots organisations."""
    cases = Cases()
    standing = view.facts("standing")
    columns = view.columns
    for place in chosen(view, settings).tolist():
        unit = columns.ids[place]
        told = standing.get(unit)
        if told is not None and told not in view.values["words"]:
            yield _finding(
                view,
                (unit,),
                f"recorded as {told}; it is the direct superior of grassroots organisations",
                f"ghi là {told}; phải là cấp trên trực tiếp của tổ chức cơ sở đảng",
            )
        elif told is None and not any(columns.kinds[k] == kinds.GRASSROOTS for k in columns.children.get(place, ())):
            cases.undecided("standing", unit)
        else:
            cases.satisfied += 1
    yield from cases.verdicts()


@_check("special-zone", {"words": "words"})
def _special_zone(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A special zone has one of two standings, with written consent."""
    cases = Cases()
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        told, consent = view.fact(unit, "standing"), view.fact(unit, "consent")
        if told is not None and told not in view.values["words"]:
            yield _finding(
                view, (unit,), f"recorded as {told}; choose {' or '.join(view.values['words'])}", f"ghi là {told}"
            )
        elif consent is False:
            yield _finding(
                view,
                (unit,),
                "its standing was chosen without the consent of the Central Organisation Commission",
                "chưa có văn bản thống nhất của Ban Tổ chức Trung ương",
            )
        elif told is None or consent is None:
            cases.undecided("standing" if told is None else "consent", unit)
        else:
            cases.satisfied += 1
    yield from cases.verdicts()


@_check("one-of-each", {"categories": "words"})
def _one_of_each(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Each unit has exactly one direct organisation of each of some categories."""
    cases = Cases()
    wanted = view.values["categories"]
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        found = {category: sorted(view.children(unit, (), category)) for category in wanted}
        if not any(found.values()):
            cases.undecided(wanted[0], unit)
            continue
        wrong = {category: kids for category, kids in found.items() if len(kids) != 1}
        for category, kids in wrong.items():
            yield _finding(
                view,
                (unit, *kids),
                f"{len(kids)} organisations {category!r} directly below, must be 1",
                f"có {len(kids)} {category} trực thuộc, phải là 1",
            )
        if not wrong:
            cases.satisfied += 1
    yield from cases.verdicts()


# ---- C: agencies


@_check("political-centre", {"category": "word", "value": "number"})
def _political_centre(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """One political centre where the seat of a former one is, none elsewhere."""
    cases = Cases()
    seats = view.facts("political_centre")
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        centres = sorted(view.children(unit, (), view.values["category"]))
        seat = seats.get(unit)
        must = view.value if seat else 0
        if seat is None and len(centres) <= view.value:
            cases.undecided("political_centre", unit)
        elif seat is not None and len(centres) == must:
            cases.satisfied += 1
        else:
            most = view.value if seat is None else must
            yield _finding(
                view,
                (unit, *centres),
                f"{len(centres)} political centres, must be {most}",
                f"có {len(centres)} trung tâm chính trị, phải là {most}",
            )
    yield from cases.verdicts()


@_check("one-lead")
def _one_lead(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Each function of a committee's agencies is led by exactly one of them."""
    cases = Cases()
    tasks = view.slots(FUNCTION_TRACK)
    leads: dict[tuple[str, str], list[str]] = {}
    for agency in view.units(kinds.AGENCY):
        parent = view.parent(agency)
        if agency not in tasks:
            cases.undecided("function", agency)
        elif parent is not None:
            for function, part in tasks[agency].items():
                found = leads.setdefault((parent, function), [])
                if part == LEAD:
                    found.append(agency)
    for (parent, function), agencies in leads.items():
        if len(agencies) == 1:
            cases.satisfied += 1
        else:
            agencies.sort()
            named = ", ".join(view.label(a) for a in agencies) or "none"
            yield _finding(
                view,
                (parent, *agencies),
                f"{len(agencies)} agencies lead {function!r} ({named}), must be 1",
                f"có {len(agencies)} cơ quan chủ trì {function!r} ({named}), phải là 1",
            )
    yield from cases.verdicts()


@_check("staff", {"value": "range", "most_with_centre": "number", "category": "word"})
def _staff(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The staff of a commune committee's agencies is within the range."""
    cases = Cases()
    low, high = view.value
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        centre = bool(view.children(unit, (), view.values["category"])) or view.fact(unit, "political_centre")
        most = view.values["most_with_centre"] if centre else high
        least, top = view.bounds(unit, "staff")
        if low <= least and top <= most:
            cases.satisfied += 1
        elif top < low or least > most:
            size = f"{least:g}" if least == top else f"{least:g} to {top:g}"
            yield _finding(
                view, (unit,), f"staff of {size}, must be {low} to {most}", f"biên chế {size}, phải {low}-{most}"
            )
        else:
            cases.undecided("staff", unit)
    yield from cases.verdicts()


@_check("inspection-exists")
def _inspection_exists(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Inspection committees exist from the grassroots committee upward, and not in cells."""
    cases = Cases()
    for unit in (
        *view.units((kinds.CENTRE, kinds.CENTRAL_ORGANISATION, kinds.PROVINCE, kinds.DISTRICT)),
        *view.units((kinds.DIRECT_ORGANISATION, kinds.COMMUNE)),
        *_grassroots(view, kinds.COMMITTEE_OF_GRASSROOTS),
    ):
        low, high = view.bounds(unit, "inspection_committee")
        if low > 0:
            cases.satisfied += 1
        elif high <= 0:
            yield _finding(view, (unit,), "has no inspection committee", "không có ủy ban kiểm tra")
        else:
            cases.undecided("inspection_committee", unit)
    cells = _cells(view)
    low_column, high_column = _columns(view, cells, "inspection_committee")
    cases.satisfied += int((high_column <= 0).sum())
    for unit in _at(view, cells, low_column > 0):
        yield _finding(
            view, (unit,), "a cell has no inspection committee; this one has", "chi bộ không lập ủy ban kiểm tra"
        )
    yield from cases.verdicts()


@_check("inspection-appointed", optional={"merged_since": "day"})
def _inspection_appointed(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """After a merger, until the first congress, the inspection committee is appointed."""
    cases = Cases()
    origins = view.facts("inspection_origin")
    held = view.facts("congress_held")
    for unit in view.units((kinds.PROVINCE, kinds.DIRECT_ORGANISATION, kinds.COMMUNE)):
        merged = view.merged_from(unit, _since(view))
        if merged is not None and merged < 2:
            continue
        day = _day(held.get(unit))
        if day is not None and view.columns.started(unit) <= day <= view.day:
            continue  # since its congress it elects its own
        origin = origins.get(unit)
        if merged is None:
            if origin == "elected":
                cases.undecided("merged_from", unit)
        elif origin is None:
            cases.undecided("inspection_origin", unit)
        elif origin == "appointed":
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"made of {merged} units, its inspection committee is {origin}; the direct superior appoints it",
                f"hợp nhất từ {merged} đơn vị, UBKT do {origin}; cấp trên trực tiếp chỉ định",
            )
    yield from cases.verdicts()


# ---- D: committees


@_check("cell-committee", {"value": "number"})
def _cell_committee(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A cell with enough official members elects a committee."""
    cases = Cases()
    places, needed = _cells(view), view.value
    low, high = _columns(view, places, "members_official")
    seats_low, seats_high = _columns(view, places, "cell_committee")
    large = low >= needed
    for unit in _at(view, places, ~large & (high >= needed)):
        cases.undecided("members_official", unit)
    cases.satisfied = int((large & (seats_low > 0)).sum())
    for unit in _at(view, places, large & (seats_low <= 0) & (seats_high > 0)):
        cases.undecided("cell_committee", unit)
    for unit in _at(view, places, large & (seats_high <= 0)):
        official = view.bounds(unit, "members_official")[0]
        yield _finding(
            view,
            (unit,),
            f"{official:g} official members and no cell committee; from {needed} on it elects one",
            f"có {official:g} đảng viên chính thức, phải bầu chi ủy (từ {needed} trở lên)",
        )
    yield from cases.verdicts()


@_check("small-cell-leaders", {"below": "number", "deputies": "number"})
def _small_cell_leaders(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A smaller cell has a secretary, at most one deputy, and no committee."""
    cases = Cases()
    below, most = view.values["below"], view.values["deputies"]
    places = _cells(view)
    low, high = _columns(view, places, "members_official")
    seats_low, seats_high = _columns(view, places, "cell_committee")
    deputies_low, deputies_high = _columns(view, places, "deputy_secretaries")
    small = high < below
    for unit in _at(view, places, (low < below) & ~small):
        cases.undecided("members_official", unit)
    wrong = small & ((seats_low > 0) | (deputies_low > most))
    for unit in _at(view, places, wrong):
        seats, deputies = (view.bounds(unit, m)[0] for m in ("cell_committee", "deputy_secretaries"))
        faults = [f"a cell committee of {seats:g}"] if seats > 0 else []
        faults += [f"{deputies:g} deputy secretaries"] if deputies > most else []
        yield _finding(
            view,
            (unit,),
            f"fewer than {below} official members and {' and '.join(faults)}; it has a secretary and at most {most} deputy",
            f"dưới {below} đảng viên chính thức: chỉ có bí thư và nhiều nhất {most} phó bí thư",
        )
    for unit in _at(view, places, small & ~wrong & (seats_high > 0)):
        cases.undecided("cell_committee", unit)
    for unit in _at(view, places, small & ~wrong & (seats_high <= 0) & (deputies_high > most)):
        cases.undecided("deputy_secretaries", unit)
    cases.satisfied = int((small & (seats_high <= 0) & (deputies_high <= most)).sum())
    yield from cases.verdicts()


@_check("failed-ballots", {"value": "number"})
def _failed_ballots(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """After so many failed ballots the superior appoints the cell secretary."""
    cases = Cases()
    origins = view.facts("secretary_origin")
    cells = _cells(view)
    for unit in _at(view, cells, _columns(view, cells, "failed_ballots")[0] >= view.value):
        origin = origins.get(unit)
        if origin is None:
            cases.undecided("secretary_origin", unit)
        elif origin == "appointed":
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"after {view.value} failed ballots the superior appoints the secretary; recorded is {origin}",
                f"sau {view.value} lần bầu không đạt, cấp trên chỉ định bí thư; ghi là {origin}",
            )
    yield from cases.verdicts()


@_check("standing-committee", {"value": "number"})
def _standing_committee(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A grassroots committee of enough members elects a standing committee; a smaller one does not."""
    cases = Cases()
    for unit in _grassroots(view, kinds.COMMITTEE_OF_GRASSROOTS):
        size = view.bounds(unit, "executive_committee")
        standing = view.bounds(unit, "standing_committee")
        if size[0] < view.value <= size[1]:
            cases.undecided("executive_committee", unit)
        elif standing[0] <= 0 < standing[1]:
            cases.undecided("standing_committee", unit)
        elif (size[0] >= view.value) == (standing[0] > 0):
            cases.satisfied += 1
        else:
            rule = "elects a standing committee" if size[0] >= view.value else "has only a secretary and a deputy"
            yield _finding(
                view,
                (unit,),
                f"a committee of {size[0]:g}, with a standing committee of {standing[0]:g}; it {rule}",
                f"đảng ủy {size[0]:g} ủy viên, ban thường vụ {standing[0]:g}: sai quy định (từ {view.value} ủy viên mới bầu)",
            )
    yield from cases.verdicts()


def _who(view: View, unit: str, post: str) -> set[str]:
    held = view.slots(OFFICE).get(unit)
    return {person for slot, person in held.items() if _pair(slot)[0] == post} if held else set()


@_check("double-office", {"mode": "word"}, settings={"post": "word", "other": "word"})
def _double_office(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Two posts of a unit are held by one person, or must not be."""
    cases = Cases()
    post, other = settings["post"], settings["other"]
    names = {key: known.name for key, known in offices.posts().items()}
    required = view.values["mode"] == "required"
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        here, there = _who(view, unit, post), _who(view, unit, other)
        if not here or not there:
            cases.undecided(f"office {other if here else post}", unit)
        elif bool(here & there) == required:
            cases.satisfied += 1
        else:
            verb = "must" if required else "must not"
            yield _finding(
                view,
                (unit,),
                f"{names.get(post, post)} and {names.get(other, other)} {verb} be one person",
                f"{post} và {other} {'phải' if required else 'không được'} do một người đảm nhiệm",
            )
    yield from cases.verdicts()


@_check("front-chair", {"value": "number"})
def _front_chair(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """With enough deputies one of them chairs the Fatherland Front; with fewer none does."""
    cases = Cases()
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        low, high = view.bounds(unit, "deputy_secretaries")
        deputies = _who(view, unit, offices.DEPUTY_SECRETARY) | _who(view, unit, offices.STANDING_DEPUTY)
        chairs = _who(view, unit, offices.FRONT_CHAIR)
        if low < view.value <= high:
            cases.undecided("deputy_secretaries", unit)
        elif not chairs or not deputies:
            cases.undecided(f"office {offices.DEPUTY_SECRETARY if chairs else offices.FRONT_CHAIR}", unit)
        elif bool(deputies & chairs) == (low >= view.value):
            cases.satisfied += 1
        else:
            must = "one of them chairs" if low >= view.value else "none of them chairs"
            yield _finding(
                view,
                (unit,),
                f"{low:g} deputy secretaries: {must} the Fatherland Front committee",
                f"{low:g} phó bí thư: {'một' if low >= view.value else 'không'} phó bí thư kiêm chủ tịch MTTQ",
            )
    yield from cases.verdicts()


@_check("head-in-committee", settings={"post": "word", "committees": "words"})
def _head_in_committee(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The holder of a post sits in one of some committees, or holds one of some posts."""
    cases = Cases()
    post = settings["post"]
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        heads = _who(view, unit, post)
        seats = [f"{committee}_member" for committee in settings["committees"]]
        members = {person for other in (*seats, *settings.get("posts", ())) for person in _who(view, unit, other)}
        if not heads or not members:
            cases.undecided(f"office {post}" if not heads else f"committee {settings['committees'][0]}", unit)
        elif heads <= members:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"the {post} is no member of the {' or '.join(settings['committees'])} committee",
                f"{post} không là ủy viên {' hoặc '.join(settings['committees'])}",
            )
    yield from cases.verdicts()


PARTY_CHECKS["head-in-committee"] = CheckType(
    PARTY_CHECKS["head-in-committee"].make,
    {"post": "word", "committees": "words"},
    {**_ON, "posts": "words"},
)


# ---- E: terms and congresses


def _term_of(unit: str, text: Any) -> Term | None:
    """A recorded term; None if what is recorded is none."""
    try:
        term = Term.parse(unit, str(text))
    except (BadDay, Refused):
        return None
    return term


@_check("term", {"months": "number"})
def _term(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A term that began while the rule is in force lasts as long as the rule says."""
    cases = Cases()
    recorded = view.slots(TERM_TRACK)
    months = view.values["months"]
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        text = recorded.get(unit, {}).get(COMMITTEE)
        if text is None:
            cases.undecided("term", unit)
            continue
        term = _term_of(unit, text)
        if term is None:
            yield _finding(
                view, (unit,), f"the term {text!r} is not two days with a slash between", "nhiệm kỳ không hợp lệ"
            )
            continue
        if view.since is not None and term.start < view.since:
            continue  # it began under what was in force before
        if term.lasts(months):
            cases.satisfied += 1
        else:
            due = term.start + relativedelta(months=months)
            yield _finding(
                view,
                (unit,),
                f"the term from {term.start} ends on {term.end}; {months} months end on {due}",
                f"nhiệm kỳ từ {term.start} kết thúc {term.end}; {months} tháng là đến {due}",
            )
    yield from cases.verdicts()


@_check("takes-over")
def _takes_over(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A committee takes over on the day it was elected."""
    cases = Cases()
    held = view.facts("congress_held")
    for unit, bodies in view.slots(TERM_TRACK).items():
        text = bodies.get(COMMITTEE)
        if text is None:
            continue
        day, term = held.get(unit), _term_of(unit, text)
        if term is not None and term.start.isoformat() == day:
            cases.satisfied += 1
        elif term is None or _day(day) is None:
            cases.undecided("term" if term is None else "congress_held", unit)
        else:
            yield _finding(
                view,
                (unit,),
                f"elected on {day}, the committee took over on {term.start}; it takes over at once",
                f"bầu ngày {day}, điều hành từ {term.start}; phải điều hành ngay sau khi được bầu",
            )
    yield from cases.verdicts()


@_check("first-congress", {"months": "number"})
def _first_congress(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation holds its congress within the time after its founding."""
    cases = Cases()
    held = view.facts("congress_held")
    dues: dict[dt.date, dt.date] = {}
    columns, counts = view.columns, view.merged_counts()
    places = columns.where((kinds.PROVINCE, kinds.DIRECT_ORGANISATION, kinds.COMMUNE, kinds.GRASSROOTS))
    # Of a unit that was there from the beginning nobody recorded whether it was new: no case.
    for unit in columns.names(places[counts.take(places) > 1]):
        start = columns.started(unit)
        if start not in dues:
            dues[start] = start + relativedelta(months=view.values["months"])
        due, told = dues[start], held.get(unit)
        day = _day(told)
        if day is not None and start <= day <= due:
            cases.satisfied += 1
        elif day is not None and day > due:
            yield _finding(
                view,
                (unit,),
                f"founded on {start}, its congress was on {told}, due by {due}",
                f"thành lập {start}, đại hội ngày {told}, hạn {due}",
            )
        elif view.day <= due:
            cases.satisfied += 1
        elif told is False:
            yield _finding(
                view, (unit,), f"founded on {start}, no congress was held by {due}", f"chưa đại hội trước hạn {due}"
            )
        else:
            cases.undecided("congress_held", unit)
    yield from cases.verdicts()


@_check(
    "seats-by-head",
    {"base": "number", "step": "number"},
    optional={"bonus_by_code": "numbers", "bonus_by_category": "numbers", "merged_since": "day"},
)
def _seats_by_head(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The delegates that an organisation has as such follow from how many it was made of."""
    cases = Cases()
    values = view.values
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        seats, merged = view.exact(unit, "seats_by_head"), view.merged_from(unit, _since(view))
        if seats is None or merged is None:
            cases.undecided("seats_by_head" if seats is None else "merged_from", unit)
            continue
        bonus = values.get("bonus_by_code", {}).get(view.code(unit), 0)
        bonus += values.get("bonus_by_category", {}).get(view.category(unit), 0)
        must = values["base"] + values["step"] * (merged - 1) + bonus
        if seats == must:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"{seats} delegates by head, must be {must} (made of {merged})",
                f"{seats} đại biểu theo đầu mối, phải là {must} (hợp nhất từ {merged})",
            )
    yield from cases.verdicts()


@_check("delegates-origin", optional={"merged_since": "day"})
def _delegates_origin(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The delegates of a merged organisation are appointed, those of another are elected."""
    cases = Cases()
    for unit, origin in view.facts("delegates_origin").items():
        merged = view.merged_from(unit, _since(view))
        if merged is None:
            cases.undecided("merged_from", unit)
            continue
        must = "appointed" if merged > 1 else "elected"
        if origin == must:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"made of {merged}, its delegates are {origin}; they must be {must}",
                f"hợp nhất từ {merged}, đại biểu {origin}; phải {'chỉ định' if merged > 1 else 'bầu'}",
            )
    yield from cases.verdicts()


@_check("numbering", optional={"merged_since": "day"})
def _numbering(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Congresses are counted from I again after a merger, and go on otherwise."""
    cases = Cases()
    for unit in view.units((kinds.PROVINCE, kinds.DIRECT_ORGANISATION, kinds.COMMUNE)):
        number = view.exact(unit, "congress_number")
        if number is None:
            cases.undecided("congress_number", unit)
            continue
        merged, before = view.merged_from(unit, _since(view)), view.exact(unit, "congress_number_before")
        if merged is None:
            cases.undecided("merged_from", unit)
        elif merged > 1 and number == 1:
            cases.satisfied += 1
        elif merged > 1:
            yield _finding(
                view,
                (unit,),
                f"made of {merged}, its congress has number {number}; numbering restarts at 1",
                f"hợp nhất từ {merged}, đại hội lần thứ {number}; phải tính lại từ lần thứ I",
            )
        elif before is None:
            cases.undecided("congress_number_before", unit)
        elif number == before + 1:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"congress number {number} after number {before}; it goes on with {before + 1}",
                f"đại hội lần thứ {number} sau lần thứ {before}; phải là lần thứ {before + 1}",
            )
    yield from cases.verdicts()


# ---- F: members


@_check("deadline", {"working_days": "number"}, settings={"case": "word"})
def _deadline(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A case is done within the working days allowed."""
    cases = Cases()
    limit = view.values["working_days"]
    dues: dict[dt.date, dt.date] = {}
    for unit, recorded in view.slots(fact_track(settings["case"])).items():
        for name, text in recorded.items():
            try:
                case = Case.parse(str(text))
            except BadDay as error:
                yield _finding(view, (unit,), f"case {name}: {error}", f"hồ sơ {name}: ngày không hợp lệ")
                continue
            if view.since is not None and case.start < view.since:
                continue  # decided under what was in force before
            end = case.done if case.done is not None and case.done <= view.day else view.day
            # Without the holidays the deadline comes no later than it really does.
            if case.start not in dues:
                dues[case.start] = add_working_days(case.start, int(limit), view.holidays or ())
            due = dues[case.start]
            if end <= due:
                cases.satisfied += 1
            elif view.holidays is None:
                cases.undecided("holidays", unit)
            else:
                state = f"done on {case.done}" if end == case.done else f"open on {view.day}"
                yield _finding(
                    view,
                    (unit,),
                    f"{settings['case']} {name} of {case.start} is {state}; {limit} working days ended on {due}",
                    f"{name} ngày {case.start}: quá hạn {limit} ngày làm việc ({due})",
                )
    yield from cases.verdicts()


@_check("conservation", {"measures": "measures"})
def _conservation(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """A merged organisation contains all organisations and members of its predecessors."""
    changes, before = view.changes, view.before
    assert changes is not None
    assert before is not None
    cases = Cases()
    whole = {(row.old, row.new) for row in changes.became if row.extent == "whole"}
    into: dict[str, set[str]] = {}
    for row in changes.became:
        into.setdefault(row.old, set()).add(row.new)
    ended = frozenset(changes.ended)
    old_view = View(before)
    for new, olds in changes.mergers():
        if new not in view or not all((old, new) in whole for old in olds) or any(old not in before for old in olds):
            continue  # divided units have no total that could be compared
        lost = sorted(
            child
            for old in olds
            for child in before.children(old)
            # What another act of the day ends, such as the level of districts, is that act's to answer for.
            if child in ended and child not in olds and child not in into
        )
        if lost:
            yield _finding(
                view,
                (new, *lost),
                f"{len(lost)} organisations of its predecessors are gone without a successor",
                f"thiếu {len(lost)} tổ chức đảng của các đảng bộ trước hợp nhất",
            )
            continue
        unknown, wrong = "", False
        for measure in view.values["measures"]:
            parts = [old_view.bounds(old, measure, TOTAL) for old in olds]
            low, high = (sum(part[i] for part in parts) for i in (0, 1))
            now = view.bounds(new, measure, TOTAL)
            if now[0] > high or now[1] < low:
                wrong = True
                said, was = (f"{a:g}" if a == b else f"{a:g} to {b:g}" for a, b in (now, (low, high)))
                yield _finding(
                    view,
                    (new, *olds),
                    f"{measure} {said} after, {was} before",
                    f"{measure} sau hợp nhất {said}, trước {was}",
                )
            elif not low == high == now[0] == now[1]:
                unknown = unknown or measure
        if wrong:
            continue
        known = any(
            all(b[0] == b[1] for b in (old_view.bounds(old, m, TOTAL) for old in olds)) for m in view.values["measures"]
        )
        if unknown and not known:
            cases.undecided(unknown, new)
        else:
            cases.satisfied += 1
    yield from cases.verdicts()


# ---- G: cadres


@_check("not-local", {"posts": "words"}, optional={"deadline": "day"})
def _not_local(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The holders of some posts are not local; until the deadline a local one is only noted."""
    cases = Cases()
    held, tenures = view.slots(OFFICE), view.slots(TENURE)
    deadline = first_day(view.values["deadline"]) if "deadline" in view.values else dt.date.min
    names = offices.posts()
    for place in chosen(view, settings).tolist():
        unit = view.columns.ids[place]
        for post in view.values["posts"]:
            person = held.get(unit, {}).get((post, 1))
            if person is None:
                cases.undecided(f"office {post}", unit)
                continue
            origin = offices.origin_of(tenures.get(unit, {}).get((post, 1)))
            local = offices.is_local(view.columns, origin, unit)
            if isinstance(local, Undecided):
                cases.undecided("origin", unit)
            elif not local:
                cases.satisfied += 1
            else:
                name = names[post].name if post in names else post
                name_vi = names[post].name_vi if post in names else post
                yield _finding(
                    view,
                    (unit,),
                    f"the {name} ({person}) is local: {origin} is part of it on {view.day}",
                    f"{name_vi} ({person}) là người địa phương",
                    "error" if view.day > deadline else "note",
                )
    yield from cases.verdicts()


GRADES: Final = ("not completed", "completed", "good", "excellent")
"""The grades of a rating, from the lowest."""


@_check(
    "rating",
    dict.fromkeys(("excellent", "good", "completed", "tasks_done", "above_target", "late"), "number"),
)
def _rating(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """The recorded rating is the one that points and tasks give."""
    cases = Cases()
    for unit, grade in view.facts("rating").items():
        points = view.exact(unit, "rating_points")
        if points is None:
            cases.undecided("rating_points", unit)
            continue
        may = _grades(view, unit, float(points))
        if isinstance(may, str):
            cases.undecided(may, unit)
        elif grade in may:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (unit,),
                f"rated {grade} with {points:g} points; that is {' or '.join(sorted(may))}",
                f"xếp loại {grade} với {points:g} điểm; phải là {' hoặc '.join(sorted(may))}",
            )
    yield from cases.verdicts()


def _grades(view: View, unit: str, points: float) -> set[str] | str:
    """The grades that fit, or what is missing to tell."""
    v = view.values
    if points < v["completed"]:
        return {"not completed"}
    if points < v["good"]:
        late = view.number(unit, "tasks_late")
        return _decide(late, v["late"], "tasks_late", "completed", "not completed", most=True)
    if points < v["excellent"]:
        return {"good"}
    if view.fact(unit, "disciplined"):
        return {"good"}
    done = _decide(view.number(unit, "tasks_done"), v["tasks_done"], "tasks_done", "excellent", "good")
    if done != {"excellent"}:
        return done
    return _decide(
        view.number(unit, "tasks_above_target"), v["above_target"], "tasks_above_target", "excellent", "good"
    )


def _decide(quantity: Quantity, limit: float, name: str, yes: str, no: str, *, most: bool = False) -> set[str] | str:
    low, high = bounds(quantity)
    if (high <= limit) if most else (low >= limit):
        return {yes}
    if (low > limit) if most else (high < limit):
        return {no}
    return name


@_check("excellent-share", {"value": "share"})
def _excellent_share(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of the organisations below one committee that are good or better, few enough are excellent."""
    cases = Cases()
    ratings = view.facts("rating")
    below: dict[str, list[str]] = {}
    for unit in view.units((kinds.GRASSROOTS, kinds.COMMUNE, kinds.DIRECT_ORGANISATION)):
        parent = view.parent(unit)
        if parent is not None:
            below.setdefault(parent, []).append(unit)
    for parent, units in below.items():
        rated = [ratings.get(unit) for unit in units]
        if not any(rated):
            continue  # nobody rated anybody here
        excellent, better = rated.count("excellent"), rated.count("excellent") + rated.count("good")
        if None in rated:
            cases.undecided("rating", parent)
        elif excellent <= view.value * better:
            cases.satisfied += 1
        else:
            yield _finding(
                view,
                (parent,),
                f"{excellent} of {better} rated good or better are excellent, at most {100 * view.value:g} %",
                f"{excellent} trong {better} tổ chức xếp loại tốt trở lên là xuất sắc, không quá {100 * view.value:g} %",
            )
    yield from cases.verdicts()


@_check("deciding-level", {"levels": "words"})
def _deciding_level(view: View, _settings: Mapping[str, Any]) -> Iterator[Verdict]:
    """For a person with several posts the level that manages the highest of them decides."""
    cases = Cases()
    posts = offices.posts()
    order = {level: n for n, level in enumerate(posts.levels)}
    held: dict[str, list[str | None]] = {}
    for unit, slots in view.slots(OFFICE).items():
        for slot, person in slots.items():
            post = posts.get(_pair(slot)[0])
            held.setdefault(person, []).append(None if post is None else post.level(view.kind(unit), view.day))
    for unit, slots in view.slots(TENURE).items():
        for slot, told in slots.items():
            taken = offices.tenure_of(told)
            person = view.slots(OFFICE).get(unit, {}).get(slot)
            if person is None or not isinstance(taken, offices.Taken) or not taken.managed_by:
                continue
            level = taken.managed_by
            managed = held[person]
            if None in managed or level not in order:
                cases.undecided("managing level", unit)
                continue
            must = max((m for m in managed if m is not None), key=lambda m: order[m])
            if level == must:
                cases.satisfied += 1
            else:
                yield _finding(
                    view,
                    (unit,),
                    f"{person} was decided on by the {level}; with {len(managed)} posts the {must} decides",
                    f"{person}: cấp {level} quyết định; giữ {len(managed)} chức vụ, cấp {must} quyết định",
                )
    yield from cases.verdicts()


MEASURE_IDS: Final = frozenset(measure.id for measure in MEASURES)
KIND_IDS: Final = frozenset(kind.id for kind in kinds.KINDS) | frozenset(STATE_KINDS)
CHECK_TYPES: Final[Mapping[str, CheckType]] = MappingProxyType(PARTY_CHECKS)
