"""What an organisation department writes each month, quarter and year: one report of a unit and a period.

Stocks are those of the last day of the period, flows those of the period, both against the period before; of a unit that
a merger made in between, against its predecessors together. Each cell names the acts that it rests on. What is not
recorded is said to be unknown, never zero, and what a rule cannot decide is listed with what is missing.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.content.blocks import Block, Cell, Column, Content, Heading, Note, Table, Text, table_of
from orgmodel.errors import Finding, Refused
from orgmodel.history.flows import MEMBER_FLOWS, Balance
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import Quantity
from orgmodel.model.office import slot_of
from orgmodel.model.words import Language
from orgmodel.party import kinds, offices
from orgmodel.party.cadre_moves import moves
from orgmodel.party.congresses import due, overdue, roman
from orgmodel.party.facts import MEASURES
from orgmodel.party.law import rulebook
from orgmodel.party.members import flow
from orgmodel.party.questions import is_on_record, matters
from orgmodel.party.surpluses import surplus
from orgmodel.party.tracks import CANDIDACY, FLOW, HOST, HOSTS
from orgmodel.period import Period, as_day
from orgmodel.rules.rulebook import Audit, Rulebook
from orgmodel.rules.view import Holidays
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.matters import Dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "DUE",
    "FIGURES",
    "MOST",
    "SECTIONS",
    "STOCKS",
    "Section",
    "before",
    "period_of",
    "report",
]

_SPAN: Final = re.compile(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(0[1-9]|1[0-2])))?")

STOCKS: Final = ("members", "members_official", "members_probationary", "members_temporary")
"""The stocks of members that the report shows, on the last day."""

DUE: Final = 180
"""Within how many days a congress or an end of a term is told as due."""

MOST: Final = 40
"""How many rows a table of units or findings shows; the rest is counted."""


def period_of(text: str | Period) -> Period:
    """The days of a month, quarter, half-year or year, ``2025-07``, ``2025-Q3``, ``2025-H2``, ``2025``; or of a span.

    Raises:
        Refused: it is none.

    >>> print(period_of("2025-Q3"), period_of("2025-07"), period_of("2025-07-01/2025-07-10"), sep="; ")
    2025-07-01 to 2025-09-30; 2025-07-01 to 2025-07-31; 2025-07-01 to 2025-07-10
    """
    if isinstance(text, Period):
        period = text
    else:
        first, slash, last = text.partition("/")
        found = _SPAN.fullmatch(text)
        if slash:
            period = Period.inclusive(as_day(first), as_day(last))
        elif found is None:
            told = f"{text!r} is no period: write 2025-07, 2025-Q3, 2025-H2, 2025 or FIRST/LAST"
            raise Refused("the period of a report", [Finding("period", told)])
        else:
            year, quarter, half, month = (None if part is None else int(part) for part in found.groups())
            assert year is not None
            months = 12 if quarter is half is month is None else 3 if quarter else 6 if half else 1
            start = 1 if months == 12 else 3 * quarter - 2 if quarter else 6 * half - 5 if half else month or 1
            end = year * 12 + start - 1 + months
            period = Period(dt.date(year, start, 1), dt.date(end // 12, end % 12 + 1, 1))
    if period.start is None or period.end is None:
        told = "a report is about days from a first to a last one; give both"
        raise Refused("the period of a report", [Finding("period", told)])
    return period


def before(period: Period) -> Period:
    """The period before: as many whole months where it is whole months, else as many days.

    >>> print(before(period_of("2025-Q3")), before(period_of("2025-07-11/2025-07-20")), sep="; ")
    2025-04-01 to 2025-06-30; 2025-07-01 to 2025-07-10
    """
    start, end = period.start, period.end
    assert start is not None
    assert end is not None
    if start.day == end.day == 1:
        months = start.year * 12 + start.month - (end.year - start.year) * 12 - (end.month - start.month) - 1
        return Period(dt.date(months // 12, months % 12 + 1, 1), start)
    return Period(start - (end - start), start)


def _change(now: Any, was: Any) -> Any:
    """By how much a figure changed, where both are known exactly."""
    a, b = Quantity.of(now), Quantity.of(was)
    return (
        int(a.value) - int(b.value)
        if a.is_exact and b.is_exact and a.value is not None and b.value is not None
        else None
    )


def _added(parts: Sequence[Quantity]) -> Quantity:
    """The sum of some numbers; at least what is known of them where some are not known."""
    known = [part for part in parts if part.is_known or part.low is not None]
    if not known:
        return Quantity.unknown()
    found = reduce(operator.add, known)
    low = found.value if found.value is not None else found.low
    return found if len(known) == len(parts) or low is None else Quantity(low, "at least")


class _Desk:
    """What the sections ask: the unit on the last day of the period and of the one before, and how things are said."""

    def __init__(
        self, history: History, unit: str, period: Period, language: Language, book: Rulebook, holidays: Holidays | None
    ) -> None:
        self.history, self.unit, self.period, self.language = history, unit, period, language
        self.book, self.holidays = book, holidays
        self.earlier = before(period)
        assert period.last is not None
        assert self.earlier.last is not None
        self.last, self.last_before = period.last, self.earlier.last
        self.now: Structure = history.at(self.last)
        life = history.life(unit)
        if unit not in self.now:
            told = f"it lived {life} and not on {self.last}, the last day of the period"
            raise Refused("a report", [Finding("live-unit", told, (unit,), self.last)])
        first = history.first_day
        # Figures and steps of a period are often told after it: they are read as known at the end of the record.
        latest = history.last_day
        self.known: Structure = self.now if latest is None or latest <= self.last else history.at(latest)
        self.on_record = first is not None and first <= self.last_before
        self.was: Structure | None = history.at(self.last_before) if self.on_record else None

    def say(self, en: str, vi: str) -> str:
        """A text in the language of the report."""
        return vi if self.language == "vi" else en

    # ---- who

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The unit in the period before: itself, or those that it was made of."""
        if self.was is None:
            return ()
        if self.unit in self.was:
            return (self.unit,)
        return tuple(u for u in self.history.lineage.predecessors(self.unit, on=self.last_before) if u in self.was)

    @cached_property
    def inside(self) -> frozenset[str]:
        """The unit and all below it on the last day."""
        return frozenset((self.unit, *self.now.descendants(self.unit)))

    @cached_property
    def inside_before(self) -> frozenset[str]:
        """Those in the period before."""
        if self.was is None:
            return frozenset()
        return frozenset(u for root in self.roots for u in (root, *self.was.descendants(root)))

    def name(self, unit: str) -> str:
        """What a unit is called on the last day it lived by the end of the period."""
        for structure in (self.now, self.was):
            if structure is not None and unit in structure:
                return structure.unit(unit).name or unit
        return next((c.name or c.id for c in self.now.clusters() if c.id == unit), unit)

    def kind(self, kind: str | None) -> str:
        """What a kind is called."""
        declared = _KINDS.get(kind or "")
        if declared is None:
            return kind or "–"
        return (declared.name_vi if self.language == "vi" else declared.name) or declared.id

    def kind_name(self, kind: str) -> str:
        """What a kind of matter is called."""
        declared = self.now.schema.matter_kinds.get(kind)
        return kind if declared is None else self.say(declared.label, declared.name_vi or declared.label)

    def kind_of(self, one: Dossier) -> str:
        """What the kind of a matter is called."""
        return self.kind_name(one.matter.kind)

    def title(self, one: Dossier) -> str:
        """What a matter is called: its name, else its kind, number and whose it is."""
        if one.matter.name:
            return one.matter.name
        number = one.said.get("number")
        told = roman(int(number)) if one.matter.kind == "congress" and number else str(number or "")
        whose = next(
            (self.name(who) for role in ("of", "scope", "issuer") for who in one.of(role) if isinstance(who, str)), ""
        )
        return " ".join(part for part in (self.kind_of(one), told, whose) if part) or one.id

    def step(self, one: Dossier, step: str | None) -> str:
        """What a step is called."""
        declared = None if step is None else one.kind.step(step)
        if step is None:
            return self.say("not on record", "chưa ghi nhận")
        return self.say(step.replace("_", " "), declared.name_vi if declared and declared.name_vi else step)

    def measure(self, measure: str) -> str:
        """What a figure is called."""
        if measure in FIGURES:
            return self.say(*FIGURES[measure])
        declared = self.now.measures.get(measure) or _MEASURES.get(measure)
        if self.language == "vi" and declared is not None and declared.name_vi:
            return declared.name_vi
        return measure.replace("_", " ")

    # ---- figures

    def total(self, measure: str) -> Quantity:
        """A stock of the unit and all below it on the last day."""
        return self.now.total(measure, under=self.unit)

    def total_before(self, measure: str) -> Quantity:
        """The same in the period before."""
        parts = [] if self.was is None else [self.was.total(measure, under=root) for root in self.roots]
        return _added(parts)

    def acts_of(self, unit: str, measure: str) -> tuple[str, ...]:
        """The acts that a unit's figure on the last day rests on."""
        track = tracks.measure_track(measure)
        facts = [f for f in self.history.biography(unit) if f.track == track and f.start <= self.last]
        held = [f for f in facts if f.end is None or f.end > self.last]
        return tuple(dict.fromkeys(f.act.source.cited for f in held))

    @cached_property
    def flowing(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(figure, group) -> the units of both periods of which anything is recorded."""
        found: dict[tuple[str, str], set[str]] = {}
        for unit in self.inside | self.inside_before:
            for figure, group, *_ in self.known.last_slots(unit, FLOW):
                found.setdefault((figure, group), set()).add(unit)
        return {key: frozenset(units) for key, units in found.items()}

    def flow(self, subject: str, figure: str, period: Period, group: str = "") -> Quantity:
        """A figure of a period: the unit's own, predecessors included, else what the units below it had together.

        Unknown where nothing is on record: that is not none.
        """
        found = flow(self.known, subject, figure, period=period, group=group)
        if found.parts or (found.value.is_exact and self._is_complete(subject, figure, period)):
            return found.value
        below = self.flowing.get((figure, group), frozenset()) - {subject} if subject == self.unit else frozenset()
        had = {
            unit: told for unit in below if (told := flow(self.known, unit, figure, period=period, group=group)).parts
        }
        # What a unit states covers the units below it, and what became of its predecessors.
        covered = {one for unit in had for one in (*self._under(unit), *self.known.origins(unit))}
        mine = [told.value for unit, told in had.items() if unit not in covered]
        return _added([*mine, Quantity.unknown()]) if mine else Quantity.unknown()

    def _is_complete(self, subject: str, figure: str, period: Period) -> bool:
        """Whether all of a figure is on record of a subject in a period."""
        return is_on_record(self.known, subject, figure, period)

    def _under(self, unit: str) -> tuple[str, ...]:
        """The units below one on the last day, or in the period before."""
        here = (s for s in (self.now, self.was) if s is not None and unit in s)
        return next((s.descendants(unit) for s in here), ())

    def flow_acts(self, subject: str, figure: str, group: str = "") -> tuple[str, ...]:
        """The acts that state or made a figure within the period, predecessors' included."""
        start, end = str(self.period.start), str(self.period.end)
        found: dict[str, None] = {}
        below = self.flowing.get((figure, group), frozenset()) if subject == self.unit else frozenset()
        for unit in dict.fromkeys((subject, *self.known.origins(subject), *sorted(below))):
            for fact in self.history.biography(unit):
                mine = fact.track == FLOW and fact.slot[:2] == (figure, group)
                if mine and start <= fact.slot[2] and fact.slot[3] <= end:
                    found[fact.act.source.cited] = None
        return tuple(found)

    # ---- matters

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The unit, all below it, those of the period before, and the clusters that one of them is a member of."""
        units = self.inside | self.inside_before
        mine = [c.id for c in self.now.clusters() if not units.isdisjoint(self.now.members(c.id))]
        return units.union(mine)

    @cached_property
    def matters(self) -> tuple[Dossier, ...]:
        """The matters in which one of them takes part, with the steps taken by the last day."""
        return tuple(
            evolve(one, steps=tuple(s for s in one.steps if s.when.first is None or s.when.first <= self.last))
            for one in matters(self.known)
            if any(isinstance(part.who, str) and part.who in self.subjects for part in one.parties)
        )

    def step_acts(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The acts by which steps of matters are known."""
        facts = (fact for one in ids for fact in self.history.biography(one))
        return tuple(dict.fromkeys(f.act.source.cited for f in facts if f.track == tracks.STEP))

    # ---- what rules say

    @cached_property
    def audits(self) -> tuple[Audit, Audit | None]:
        """What the rulebook says on the last day, and on that of the period before."""
        was = None if self.was is None else self.book.audit(self.was, holidays=self.holidays)
        return self.book.audit(self.now, holidays=self.holidays), was

    # ---- blocks

    def heading(self, en: str, vi: str) -> Heading:
        """A section's heading."""
        return Heading(self.say(en, vi))

    def compared(self, title: tuple[str, str], rows: Iterable[tuple[str, Any, Any, Sequence[str]]]) -> Table:
        """A table of what, how many, how many before, the change: rows are (label, now, before, acts)."""
        return Table(
            [
                self.say("what", "nội dung"),
                Column(f"{self.last}", "number"),
                Column(f"{self.last_before}", "number"),
                Column(self.say("change", "tăng, giảm"), "number"),
            ],
            [[label, Cell(now, tuple(acts)), was, _change(now, was)] for label, now, was, acts in rows],
            self.say(*title),
        )

    def none(self, en: str, vi: str) -> Note:
        """What is not on record."""
        return Note(self.say(en, vi))


_KINDS: Final = {kind.id: kind for kind in kinds.KINDS}
_MEASURES: Final = {measure.id: measure for measure in MEASURES}

FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "moves.appointed": ("appointments", "bổ nhiệm"),
    "moves.nominated": ("nominations for election", "giới thiệu ứng cử"),
    "moves.transferred": ("transfers and rotations", "điều động, luân chuyển"),
    "documents": ("documents", "văn bản"),
    "documents.scheme": ("schemes", "đề án"),
    "documents.resolution": ("resolutions", "nghị quyết"),
    "documents.regulation": ("regulations", "quy định"),
    "documents.plan": ("plans", "kế hoạch"),
    "schemes": ("schemes and tasks done", "đề án, nhiệm vụ hoàn thành"),
    "opinion_meetings": ("meetings to take opinions", "hội nghị lấy ý kiến"),
    "meetings": ("meetings of cells", "sinh hoạt chi bộ"),
}
"""What figures of a period are called that are no measures; others are told by their ids."""

Section = Callable[[_Desk], Iterator[Block]]


# ---- the organisation


def _cited(acts: Iterable[Act | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(act.source.cited for act in acts if act is not None))


def _organisation(d: _Desk) -> Iterator[Block]:
    """Units by kind, and what explains how many there are."""
    yield d.heading("Organisation", "Tổ chức")
    diff = d.history.between(d.last_before, d.last) if d.on_record else None
    makers = {x.subject: x.act for x in (*diff.created, *diff.ended)} if diff is not None else {}
    now = {unit: d.now.unit(unit).kind for unit in d.inside}
    was = {} if d.was is None else {unit: d.was.unit(unit).kind for unit in d.inside_before}
    flows: dict[str, Counter[str | None]] = {name: Counter() for name in ("new", "in", "ended", "out")}
    acts: dict[str | None, list[Act | None]] = {}
    for unit in (now.keys() | was.keys()) if d.was is not None else ():
        a, b = was.get(unit), now.get(unit)
        if unit in now and unit in was and a == b:
            continue
        if unit in now:
            flows["in" if d.was is not None and unit in d.was else "new"][b] += 1
            acts.setdefault(b, []).append(makers.get(unit))
        if unit in was:
            flows["out" if unit in d.now else "ended"][a] += 1
            acts.setdefault(a, []).append(makers.get(unit))
    counts, counts_before = Counter(now.values()), Counter(was.values())
    order = [kind.id for kind in kinds.KINDS]
    listed = sorted(counts.keys() | counts_before.keys(), key=lambda k: (order.index(k) if k in order else 99, k or ""))
    heads = [
        (str(d.last_before), str(d.last_before)),
        ("begun", "mới có"),
        ("came in", "chuyển đến"),
        ("ended", "kết thúc"),
        ("left", "chuyển đi"),
        (str(d.last), str(d.last)),
    ]
    known = d.was is not None
    yield Table(
        [d.say("kind", "loại"), *(Column(d.say(*head), "number") for head in heads)],
        [
            [
                d.kind(kind),
                counts_before[kind] if known else Quantity.unknown(),
                *(flows[name][kind] if known else None for name in ("new", "in", "ended", "out")),
                Cell(counts[kind], _cited(acts.get(kind, ()))),
            ]
            for kind in listed
        ],
        d.say("Units by kind, and what explains them", "Số đơn vị theo loại và biến động"),
    )
    if not known:
        yield d.none(f"The record begins after {d.last_before}.", f"Chưa có ghi nhận ngày {d.last_before}.")
        return
    if d.was is not None and d.unit not in d.was:
        made_of = ", ".join(d.name(u) for u in d.roots)
        yield Text(d.say(f"The period before is that of {made_of}.", f"Kỳ trước tính theo {made_of}."))
    yield from _became(d, makers)


def _became(d: _Desk, makers: Mapping[str, Act | None]) -> Iterator[Block]:
    """What became of units in the period: made of others, ended without a successor, called otherwise."""
    lineage, sorts = d.history.lineage, Counter[str]()
    acts: dict[str, list[Act | None]] = {}
    touched = d.inside | d.inside_before
    for unit in sorted(makers.keys() & touched):
        if unit in d.now:
            sort = "made" if lineage.predecessors(unit, direct=True) else "founded"
        else:
            sort = "became" if lineage.successors(unit, direct=True) else "closed"
        sorts[sort] += 1
        acts.setdefault(sort, []).append(makers[unit])
    diff = d.history.between(d.last_before, d.last)
    for sort, differences in (("renamed", diff.renamed), ("reclassified", diff.reclassified), ("moved", diff.moved)):
        mine = [x for x in differences if x.subject in touched]
        sorts[sort] = len(mine)
        acts[sort] = [x.act for x in mine]
    words = {
        "founded": ("begun without a predecessor", "mới, không từ đơn vị nào trước đó"),
        "made": ("made of others", "lập từ các đơn vị khác"),
        "became": ("became others", "hợp nhất, chia vào đơn vị khác"),
        "closed": ("ended without a successor on record", "kết thúc, không ghi nhận đơn vị kế tiếp"),
        "renamed": ("renamed", "đổi tên"),
        "reclassified": ("of another kind or category", "đổi loại"),
        "moved": ("under another unit", "chuyển cấp trên trực tiếp"),
    }
    yield Table(
        [d.say("in the period", "trong kỳ"), Column(d.say("units", "đơn vị"), "number")],
        [[d.say(*words[sort]), Cell(sorts[sort], _cited(acts.get(sort, ())))] for sort in words],
        d.say("What happened to units", "Biến động tổ chức"),
    )


# ---- members


def _members(d: _Desk) -> Iterator[Block]:
    """Stocks of members, flows of the period, and by unit directly below."""
    yield d.heading("Members", "Đảng viên")
    rows = [
        (d.measure(m), d.total(m), d.total_before(m), tuple(a for u in (d.unit,) for a in d.acts_of(u, m)))
        for m in STOCKS
    ]
    yield d.compared(("Members", "Đảng viên"), rows)
    yield _flows(d, d.unit, MEMBER_FLOWS, ("Who came and went", "Biến động đảng viên"))
    if any(d.flowing.get((figure, ""), frozenset()) - {d.unit} for figure in ("transferred_in", "transferred_out")):
        yield d.none(
            "Members who moved between units below it count as come and as gone, unless it states the figure itself.",
            "Đảng viên chuyển giữa các đơn vị trực thuộc được tính cả chuyển đến và chuyển đi, trừ khi đơn vị tự báo cáo.",
        )
    yield from _explained(d)
    below = [(child, d.now.total("members", under=child)) for child in d.now.children(d.unit)]
    known = [(child, total) for child, total in below if total.low is not None and total.low > 0]
    if known:
        yield table_of(
            d.say("Members by unit directly below, as far as stated", "Đảng viên theo đơn vị trực thuộc đã có số liệu"),
            [d.say("unit", "đơn vị"), Column(d.say("members", "đảng viên"), "number")],
            [[d.name(child), Cell(total, d.acts_of(child, "members"))] for child, total in known],
            MOST,
        )
    if len(known) < len(below):
        silent = len(below) - len(known)
        yield d.none(
            f"{silent} of {len(below)} units directly below state no members: that is unknown, not none.",
            f"{silent} trong {len(below)} đơn vị trực thuộc chưa có số liệu đảng viên: chưa rõ, không phải bằng không.",
        )


def _flows(d: _Desk, subject: str, figures: Iterable[str], title: tuple[str, str]) -> Table:
    """Figures of the period beside those of the period before, each with its groups; predecessors count along."""
    said = {
        (slot[0], slot[1]) for unit in (subject, *d.known.origins(subject)) for slot in d.known.last_slots(unit, FLOW)
    }
    rows: list[list[Any]] = []
    for figure in figures:
        for group in ("", *sorted(of for name, of in said if name == figure and of)):
            now, was = (d.flow(subject, figure, period, group) for period in (d.period, d.earlier))
            label = d.measure(figure) + (f" ({group})" if group else "")
            rows.append([label, Cell(now, d.flow_acts(subject, figure, group)), was, _change(now, was)])
    heads = (str(d.period), str(d.earlier)) if d.language == "en" else ("trong kỳ", "kỳ trước")
    return Table(
        [
            d.say("what", "nội dung"),
            Column(heads[0], "number"),
            Column(heads[1], "number"),
            Column(d.say("change", "tăng, giảm"), "number"),
        ],
        rows,
        d.say(*title),
    )


def _explained(d: _Desk) -> Iterator[Block]:
    """Whether the flows explain the stock: a gap is told, never spread."""
    if not d.on_record:
        return
    flows = {name: d.flow(d.unit, name, d.period) for name in MEMBER_FLOWS}
    known = {name: value for name, value in flows.items() if value.is_known}
    stocks = [d.total_before("members"), d.total("members")]
    if known and all(stock.is_exact for stock in stocks):
        balance = Balance(stocks[0], stocks[1], known, unit=d.name(d.unit))
        if balance.finding is not None:
            yield Note(str(balance.finding), "warning")


# ---- cells


def _cells(d: _Desk) -> Iterator[Block]:
    """Cells: how many, too small, meeting too seldom; grassroots organisations and cells by the host that they are in."""
    kinds_ = (kinds.GRASSROOTS, kinds.CELL)
    mine = [u for u in d.inside if d.now.unit(u).kind in kinds_]
    yield d.heading("Grassroots organisations and cells", "Tổ chức cơ sở đảng và chi bộ")
    if not mine:
        yield d.none("None is on record: that is unknown, not none.", "Chưa ghi nhận: chưa rõ, không phải bằng không.")
        return
    hosts = DayColumns(d.now).column(HOST)
    by_host = Counter((d.now.unit(u).kind, hosts.get(u)) for u in mine)
    yield Table(
        [d.say("kind", "loại"), d.say("host", "loại hình"), Column(d.say("units", "đơn vị"), "number")],
        [
            [d.kind(kind), d.say(host, HOSTS.get(host, host)) if host else d.say("not on record", "chưa ghi nhận"), n]
            for (kind, host), n in sorted(by_host.items(), key=lambda item: (item[0][0] or "", item[0][1] or ""))
        ],
        d.say("By kind and host", "Theo loại và loại hình"),
    )
    audit = d.audits[0]
    yield Table(
        [
            d.say("rule", "quy tắc"),
            d.say("what it asks", "nội dung"),
            Column(d.say("broken", "vi phạm"), "number"),
            Column(d.say("cannot be told", "chưa rõ"), "number"),
        ],
        [
            [
                rule,
                d.say(d.book[rule].statement, d.book[rule].statement_vi),
                sum(f.units[0] in d.inside for f in audit.of(rule)),
                sum(u in d.inside for one in audit.undecided if one.rule == rule for u in one.units),
            ]
            for rule in ("A01", "A03", "E04")
            if rule in audit.counts
        ],
        d.say("Size and meetings", "Số lượng và sinh hoạt"),
    )


# ---- posts


def _posts(d: _Desk) -> Iterator[Block]:
    """Committees and their seats, posts held, vacant and not on record."""
    yield d.heading("Committees and posts", "Cấp ủy và chức vụ")
    seats = ("executive_committee", "standing_committee", "deputy_secretaries", "inspection_committee")
    rows = []
    for measure in seats:
        was = [] if d.was is None else [d.was.measure(root, measure) for root in d.roots]
        # Committees of predecessors are several committees: no sum of theirs is one that was before.
        rows.append(
            (
                d.measure(measure),
                d.now.measure(d.unit, measure),
                was[0] if len(was) == 1 else None,
                d.acts_of(d.unit, measure),
            )
        )
    yield d.compared(("Seats of the unit itself", "Số lượng ủy viên"), rows)
    kind = d.now.unit(d.unit).kind
    shown = []
    for post in offices.posts().values():
        # Seats of committees are counted above: who is not on record in them is no vacancy.
        if kind not in post.kinds or post.seats != 1:
            continue
        facts = [f for f in d.history.biography(d.unit) if f.track == tracks.OFFICE and slot_of(f.slot)[0] == post.id]
        held = [f for f in facts if f.start <= d.last and (f.end is None or f.end > d.last)]
        ended = [f for f in facts if f.end is not None and f.end <= d.last]
        since: dt.date | None = None
        act: Act | None = None
        if held:
            state, since, act = d.say("held", "đang giữ"), held[-1].start, held[-1].act
        elif ended:
            state, since, act = d.say("vacant", "khuyết"), max(f.end for f in ended if f.end), ended[-1].ended_by
        else:
            state = d.say("not on record", "chưa ghi nhận")
        days = (d.last - since).days + 1 if since is not None and not held else None
        shown.append([d.say(post.name, post.name_vi), Cell(state, _cited([act])), since, days])
    if shown:
        yield Table(
            [
                d.say("post", "chức vụ"),
                d.say("state", "tình trạng"),
                Column(d.say("since", "từ ngày"), "day"),
                Column(d.say("days vacant", "số ngày khuyết"), "number"),
            ],
            shown,
            d.say("Posts", "Chức vụ"),
        )


def _cadres(d: _Desk) -> Iterator[Block]:
    """Moves of the period by how posts were taken and left, as kept and as stated; candidates by stage."""
    yield d.heading("Cadres", "Cán bộ")
    found = moves(d.history, d.unit, period=d.period)
    earlier = moves(d.history, d.unit, period=d.earlier) if d.on_record else None
    if found.moves:
        words = {**offices.HOW, offices.NOMINATED: offices.STAGES[offices.NOMINATED], **offices.REASONS}
        before_ = {} if earlier is None else earlier.count(("kind", "level", "direction"))
        rows = []
        for key, number in sorted(found.count(("kind", "level", "direction")).items()):
            kind, level, direction = key
            acts = [d.history.act(move.act) for move in found.moves if (move.kind, move.level, move.direction) == key]
            rows.append(
                [
                    d.say(kind, words.get(kind, kind)),
                    level or "–",
                    direction or "–",
                    Cell(number, _cited(acts)),
                    before_.get(key),
                ]
            )
        yield Table(
            [
                d.say("move", "nội dung"),
                d.say("managed by", "cấp quản lý"),
                d.say("direction", "hướng"),
                Column(d.say("in the period", "trong kỳ"), "number"),
                Column(d.say("before", "kỳ trước"), "number"),
            ],
            rows,
            d.say("Moves on record", "Biến động cán bộ đã ghi"),
        )
    yield from (Note(finding.message, "warning") for finding in found.findings)
    stated = [(s, f) for s in sorted(d.subjects) for f in _figures(d, s) if f.startswith("moves.")]
    for subject in dict.fromkeys(s for s, _ in stated):
        names = [figure for s, figure in stated if s == subject]
        yield _flows(d, subject, names, (f"Moves stated by {d.name(subject)}", f"Số liệu của {d.name(subject)}"))
    with_candidates = _candidates(d)
    stages = Counter(
        stage
        for unit in d.inside
        for stage in (d.now.slots(unit, CANDIDACY).values() if unit in with_candidates else ())
    )
    if stages:
        yield Table(
            [d.say("stage", "khâu"), Column(d.say("candidates", "số người"), "number")],
            [[d.say(stage, offices.STAGES.get(stage, stage)), n] for stage, n in stages.items()],
            d.say("Candidates", "Nguồn cán bộ"),
        )
    if not found.moves and not stated and not stages:
        yield d.none(
            "No move of a cadre is on record: that is unknown, not none.", "Chưa ghi nhận biến động cán bộ nào."
        )


def _candidates(d: _Desk) -> frozenset[str]:
    """The units for whose posts there are candidates."""
    return frozenset(DayColumns(d.now).slots(CANDIDACY))


def _figures(d: _Desk, subject: str) -> list[str]:
    """The figures that are stated of a subject within the period or the one before."""
    start, end = str(d.earlier.start), str(d.period.end)
    slots = d.known.last_slots(subject, FLOW)
    return sorted({slot[0] for slot in slots if start <= slot[2] and slot[3] <= end})


def _surplus(d: _Desk) -> Iterator[Block]:
    """Posts, seats and staff above each cap."""
    yield d.heading("Surplus after mergers", "Dôi dư sau hợp nhất")
    found = surplus(d.now, d.unit, book=d.book)
    if found.found:
        yield table_of(
            d.say("Above the caps in force", "Vượt định mức hiện hành"),
            [
                d.say("unit", "đơn vị"),
                d.say("of what", "nội dung"),
                Column(d.say("recorded", "hiện có"), "number"),
                Column(d.say("cap", "định mức"), "number"),
                Column(d.say("above", "dôi dư"), "number"),
                Column(d.say("allowed until", "được phép đến"), "day"),
                d.say("rule", "căn cứ"),
            ],
            [
                [d.name(one.unit), d.measure(one.measure), Cell(one.recorded, d.acts_of(one.unit, one.measure)), one.cap,
                 one.over, one.until, f"{one.rule}: {one.citation}" if one.rule else d.say("assigned staff", "biên chế giao")]
                for one in found.found
            ],
            MOST,
        )  # fmt: skip
    else:
        yield Text(d.say("Nothing recorded is above a cap.", "Không có số liệu nào vượt định mức."))
    missing = sum(one.count for one in found.undecided)
    if missing:
        yield d.none(
            f"{missing:,} cases cannot be decided, as the figure is not on record.",
            f"{missing:,} trường hợp chưa đủ số liệu để kết luận.".replace(",", "."),
        )


# ---- terms and congresses


def _terms(d: _Desk) -> Iterator[Block]:
    """Congresses due within half a year and those that are late."""
    yield d.heading("Terms and congresses", "Nhiệm kỳ và đại hội")
    found = [one for one in (*overdue(d.now), *due(d.now, days=DUE)) if one.unit in d.inside]
    held = [one for one in d.matters if one.matter.kind == "congress" and _in(d, one)]
    if held:
        yield table_of(
            d.say("Congresses with a step in the period", "Đại hội có bước trong kỳ"),
            [
                d.say("congress", "đại hội"),
                d.say("state", "tình trạng"),
                d.say("when", "thời gian"),
                Column(d.say("delegates", "đại biểu"), "number"),
            ],
            [
                [
                    d.title(one),
                    Cell(d.step(one, one.state), d.step_acts([one.id])),
                    str(one.steps[-1].when),
                    _delegates(one),
                ]
                for one in held
            ],
            MOST,
        )
    if found:
        yield table_of(
            d.say("Congresses due", "Đại hội đến hạn"),
            [d.say("unit", "đơn vị"), d.say("kind", "loại"), Column(d.say("due", "hạn"), "day"), Column(d.say("days left", "còn lại (ngày)"), "number")],
            [[d.name(one.unit), d.kind(one.kind), one.due, one.days] for one in found],
            MOST,
        )  # fmt: skip
    if not held and not found:
        yield d.none("No term that ends soon is on record.", "Chưa ghi nhận nhiệm kỳ nào sắp hết hạn.")


def _delegates(one: Dossier) -> int | None:
    """The delegates of a congress: those present, else those of each sort together, if all are known."""
    said = [one.said.get(sort) for sort in ("ex_officio", "elected", "appointed")]
    told = one.said.get("present") or one.said.get("summoned")
    return int(told) if told else sum(map(int, said)) if all(n is not None for n in said) else None  # type: ignore[arg-type]


# ---- emulation


def _emulation(d: _Desk) -> Iterator[Block]:
    """The clusters of the unit, of its agencies and of what is below: members, leaders, deputies."""
    yield d.heading("Emulation", "Thi đua")
    rows = []
    for cluster in d.now.clusters():
        members = d.now.members(cluster.id)
        mine = [u for u in members if u in d.inside]
        if not mine:
            continue
        leader = d.now.leader(cluster.id)
        led = d.say("not on record", "chưa ghi nhận") if isinstance(leader, Absent) else d.name(leader)
        acts = [f.act for f in d.history.biography(cluster.id) if f.track == tracks.ROLE and f.start <= d.last]
        rows.append(
            [cluster.name or cluster.id, len(members), len(mine), Cell(led, _cited(acts[-1:])),
             ", ".join(d.name(u) for u in d.now.deputies(cluster.id)) or d.say("not on record", "chưa ghi nhận")]
        )  # fmt: skip
    if not rows:
        yield d.none("No cluster with a unit of this one is on record.", "Chưa ghi nhận cụm thi đua nào.")
        return
    yield Table(
        [
            d.say("cluster", "cụm"),
            Column(d.say("members", "thành viên"), "number"),
            Column(d.say("of them here", "trong đó thuộc đơn vị"), "number"),
            d.say("leader", "cụm trưởng"),
            d.say("deputies", "cụm phó"),
        ],
        rows,
        d.say("Clusters", "Cụm thi đua"),
    )
    years = [one for one in d.matters if one.matter.kind == "work-year" and _in(d, one)]
    if years:
        yield table_of(
            d.say("Years of work with a step in the period", "Năm công tác có bước trong kỳ"),
            [d.say("year of work", "năm công tác"), d.say("steps", "các bước"), d.say("state", "tình trạng")],
            [
                [
                    d.title(one),
                    Cell(
                        "; ".join(f"{d.step(one, s.step)} {s.when}" for s in one.steps if s.when.meets(d.period)),
                        d.step_acts([one.id]),
                    ),
                    d.step(one, one.state),
                ]
                for one in years
            ],
            MOST,
        )
    yield from _counted(d, ("award",))


# ---- matters


def _in(d: _Desk, one: Dossier, period: Period | None = None) -> bool:
    """Whether a matter took a step in the period."""
    return any(taken.when.meets(d.period if period is None else period) for taken in one.steps)


def _counted(d: _Desk, chosen: Sequence[str], *, hidden: bool = False) -> Iterator[Block]:
    """How many matters of some kinds took each step in the period, by form, beside the period before.

    Args:
        d: the desk.
        chosen: ids of the kinds.
        hidden: whether numbers below three are not shown: they would point at persons.
    """
    rows: list[list[Any]] = []
    undated = 0
    for kind in chosen:
        mine = [one for one in d.matters if one.matter.kind == kind]
        steps = [step.id for step in mine[0].kind.steps] if mine else []
        found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        for one in mine:
            for taken in one.steps:
                key = str(one.said.get("form") or d.kind_of(one)), taken.step
                if taken.when.meets(d.period):
                    found.setdefault(key, ([], []))[0].append(one.id)
                elif taken.when.meets(d.earlier):
                    found.setdefault(key, ([], []))[1].append(one.id)
                elif taken.when.meets(d.period) is None:
                    undated += 1
        for (form, step), (now, was) in sorted(found.items(), key=lambda item: (item[0][0], steps.index(item[0][1]))):
            shown = [d.say("under 3", "dưới 3") if hidden and 0 < len(ids) < 3 else len(ids) for ids in (now, was)]
            sources = d.step_acts(now) if not hidden else ()
            rows.append([form, d.step(mine[0], step), Cell(shown[0], sources), shown[1]])
    if rows:
        yield Table(
            [
                d.say("what", "nội dung"),
                d.say("step", "bước"),
                Column(d.say("in the period", "trong kỳ"), "number"),
                Column(d.say("before", "kỳ trước"), "number"),
            ],
            rows,
            d.say("On record, at least", "Đã ghi nhận, ít nhất"),
        )
    elif not undated:
        names = ", ".join(d.kind_name(kind) for kind in chosen)
        yield d.none(f"Nothing of this is on record ({names}): unknown, not none.", f"Chưa ghi nhận ({names}).")
    if undated:
        yield d.none(
            f"{undated} steps are on days that are not known well enough to tell the period.",
            f"{undated} bước chưa rõ ngày nên chưa xếp được vào kỳ.",
        )


def _inspection(d: _Desk) -> Iterator[Block]:
    """Inspections and discipline, by form and step; small numbers are not shown."""
    yield d.heading("Inspection and discipline", "Kiểm tra, giám sát và kỷ luật")
    yield from _counted(d, ("inspection",))
    yield from _counted(d, ("discipline",), hidden=True)


def _documents(d: _Desk) -> Iterator[Block]:
    """Documents, meetings, training: single ones on record, and figures that are stated."""
    yield d.heading("Documents, meetings, training", "Văn bản, hội nghị, bồi dưỡng")
    yield from _counted(d, ("document", "meeting", "activity", "election"))
    flows_of_members = {*MEMBER_FLOWS}
    for subject in sorted(d.subjects):
        figures = [f for f in _figures(d, subject) if f not in flows_of_members and not f.startswith("moves.")]
        if figures:
            yield _flows(d, subject, figures, (f"Stated by {d.name(subject)}", f"Số liệu của {d.name(subject)}"))


def _targets(d: _Desk) -> Iterator[Block]:
    """Targets and steering committees that are open in the period, or took a step in it."""
    yield d.heading("Targets and steering committees", "Chỉ tiêu và ban chỉ đạo")
    mine = [one for one in d.matters if one.matter.kind in ("target", "steering") and (one.is_open or _in(d, one))]
    if not mine:
        yield d.none("None is on record.", "Chưa ghi nhận.")
        return
    yield table_of(
        d.say("Open, or with a step in the period", "Đang thực hiện hoặc có bước trong kỳ"),
        [
            d.say("kind", "loại"),
            d.say("what", "nội dung"),
            d.say("state", "tình trạng"),
            d.say("period or latest day", "kỳ, chậm nhất"),
        ],
        [
            [
                d.kind_of(one),
                str(one.said.get("title") or one.said.get("task") or one.matter.name or one.id),
                Cell(d.step(one, one.state), d.step_acts([one.id])),
                str(one.said.get("period") or one.said.get("latest") or "–"),
            ]
            for one in mine
        ],
        MOST,
    )


# ---- what rules say


def _audit(d: _Desk) -> Iterator[Block]:
    """Findings gained and lost against the period before, and what cannot be decided."""
    yield d.heading("Audit", "Kiểm tra theo quy định")
    now, was = d.audits
    here, there = _mine(now, d.inside), {} if was is None else _mine(was, d.inside_before)
    gained = [finding for key, finding in here.items() if key not in there]
    lost = [finding for key, finding in there.items() if key not in here]
    kept = len(here) - len(gained)
    for title, findings in (
        (("Findings gained", "Phát hiện mới"), gained),
        (("Findings lost", "Phát hiện không còn"), lost),
    ):
        if findings:
            yield table_of(
                d.say(*title),
                [
                    d.say("rule", "quy tắc"),
                    d.say("severity", "mức"),
                    d.say("finding", "nội dung"),
                    d.say("law", "căn cứ"),
                ],
                [
                    [f.rule, f.severity, Cell(d.say(f.message, f.message_vi), note=f.certainty), f.citation]
                    for f in findings
                ],
                MOST,
            )
    yield Text(
        d.say(
            f"{len(gained)} findings gained, {len(lost)} lost, {kept} as before.",
            f"{len(gained)} phát hiện mới, {len(lost)} không còn, {kept} như kỳ trước.",
        )
    )
    missing: dict[tuple[str, str, str], int] = {}
    for one in now.undecided:
        units = sum(unit in d.inside for unit in one.units)
        key = one.rule, one.missing, one.citation
        missing[key] = missing.get(key, 0) + units
    rows = [[rule, what, units, law] for (rule, what, law), units in missing.items() if units]
    if rows:
        yield Table(
            [d.say("rule", "quy tắc"), d.say("missing", "còn thiếu"), Column(d.say("cases", "trường hợp"), "number"), d.say("law", "căn cứ")],
            rows,
            d.say("Cannot be decided, and what is missing", "Chưa kết luận được và số liệu còn thiếu"),
        )  # fmt: skip
    if now.not_on_record:
        count = len(now.not_on_record)
        yield d.none(
            f"{count} rules were not asked: what held then is not on record.",
            f"{count} quy tắc không xét: quy định thời điểm đó chưa được ghi nhận.",
        )


def _mine(audit: Audit, inside: frozenset[str]) -> dict[tuple[str, tuple[str, ...]], Finding]:
    return {(f.rule, f.units): f for f in audit.findings if f.units and f.units[0] in inside}


def _learned(d: _Desk) -> Iterator[Block]:
    """Acts recorded in the period about earlier days."""
    assert d.period.start is not None
    late = [
        entry
        for entry in d.history.log
        if entry.recorded in d.period
        and (entry.type != "act" or (entry.act is not None and entry.act.effective < d.period.start))
    ]
    if not late:
        return
    yield d.heading("Learned since", "Ghi nhận sau")
    yield table_of(
        d.say("Recorded in the period about earlier days", "Ghi nhận trong kỳ về thời gian trước"),
        [
            Column(d.say("recorded", "ngày ghi"), "day"),
            d.say("what", "loại"),
            d.say("act", "văn bản"),
            Column(d.say("about", "hiệu lực"), "day"),
            d.say("reason", "lý do"),
        ],
        [
            [
                entry.recorded,
                entry.type,
                (entry.act.source.cited if entry.act is not None else entry.amends) or "",
                None if entry.act is None else entry.act.effective,
                entry.reason,
            ]
            for entry in late
        ],
        MOST,
    )


SECTIONS: Final[Mapping[str, Section]] = {
    "organisation": _organisation,
    "members": _members,
    "cells": _cells,
    "posts": _posts,
    "cadres": _cadres,
    "surplus": _surplus,
    "terms": _terms,
    "emulation": _emulation,
    "inspection": _inspection,
    "documents": _documents,
    "targets": _targets,
    "audit": _audit,
    "learned": _learned,
}
"""The sections of the report, in order."""


def report(
    history: History,
    unit: str,
    period: str | Period,
    *,
    sections: Iterable[str] | None = None,
    language: Language = "en",
    book: Rulebook | None = None,
    holidays: Holidays | None = None,
) -> Content:
    """The report of a unit and all below it about a period, as content: headings, typed tables, findings, notes.

    Args:
        history: where everything is recorded.
        unit: its id; it lives on the last day of the period.
        period: ``2025-07``, ``2025-Q3``, ``2025-H2``, ``2025``, ``FIRST/LAST``, or a Period.
        sections: which of :data:`SECTIONS`, in this order; all if None.
        language: of its texts: ``en`` or ``vi``.
        book: the rulebook; the Party's if None.
        holidays: says which days are public holidays, for deadlines in working days.

    Raises:
        Refused: the unit does not live on the last day, it is no period, there is no such section.
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.history.history import history_of
    >>> rows = [dict(id="p", kind="province", name="Huế"), dict(id="c", kind="commune", parent="p", members=40)]
    >>> made = history_of(rows, day="2025-01-01", measures=MEASURES)
    >>> print(report(made, "p", "2025-08", sections=["members"]).text())  # doctest: +ELLIPSIS
    Huế: 2025-08-01 to 2025-08-31
    against 2025-07-01 to 2025-07-31
    <BLANKLINE>
    Members
    <BLANKLINE>
    Members
    what                  2025-08-31  2025-07-31  change
    members                       40          40       0
    ...
    """
    chosen = tuple(SECTIONS if sections is None else sections)
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        told = f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}"
        raise Refused("a report", [Finding("section", told)])
    days = period_of(period)
    desk = _Desk(history, unit, days, language, rulebook() if book is None else book, holidays)
    blocks = [block for name in chosen for block in SECTIONS[name](desk)]
    subtitle = desk.say(f"against {desk.earlier}", f"so với {desk.earlier.start} – {desk.earlier.last}")
    shown = f"{days}" if language == "en" else f"{days.start} – {days.last}"
    return Content(f"{desk.name(unit)}: {shown}", blocks, language=language, subtitle=subtitle)
