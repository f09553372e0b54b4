"""The reports of a history: a reform, a unit, a cluster. Each is a content that a writer puts into some form."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation
from orgmodel.content.blocks import (
    Block,
    Cell,
    Column,
    Content,
    Heading,
    Note,
    Picture,
    Table,
    Text,
    columns_of,
    table_of,
)
from orgmodel.content.words import cited, say
from orgmodel.engine.bulk import components
from orgmodel.errors import NotOnRecord, UnitNotYet
from orgmodel.history.biography import Fact, is_personal
from orgmodel.history.clusters import ClusterChange
from orgmodel.history.correspondence import Correspondence
from orgmodel.history.history import History
from orgmodel.history.lineage import DatedLink
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import UNKNOWN
from orgmodel.model.source import SEEN
from orgmodel.model.unit import ROOT, Unit
from orgmodel.model.words import Language, word
from orgmodel.period import ONE_DAY, DayLike, as_day
from orgmodel.reports.explorer.data import last_recorded
from orgmodel.reports.pictures import Became, became_svg
from orgmodel.structure.structure import Structure

__all__ = [
    "MOST_DRAWN",
    "ON_A_PAGE",
    "cluster_content",
    "reform_content",
    "unit_content",
]

MOST_DRAWN: Final = 120
"""Rows of names: more are a table only, as nobody reads a picture of ten pages."""
ON_A_PAGE: Final = 26
"""Rows of names in one picture, so that it stands on a page beside its heading."""


def reform_content(
    history: History, a: DayLike, b: DayLike, *, language: Language = "en", title: str = "", most: int = 0
) -> Content:
    """What a reform changed between two days: counts, who became whom on each level, clusters, acts.

    Args:
        history: the history.
        a: the day before.
        b: the day after.
        language: of the report.
        title: its heading.
        most: rows of a table at most; 0 for all. A table says how many it leaves out.

    Raises:
        NotOnRecord: a day lies before the first of the history.

    >>> from orgmodel.party import vietnam
    >>> content = reform_content(vietnam.reform_2025(), "2025-06-30", "2025-07-01")
    >>> content.tables[0].records()[1]
    {'kind': 'province', 'before': 63, 'after': 34, 'change': -29}
    """
    return _Reform(history, as_day(a), as_day(b), language, most).content(title)


def unit_content(
    history: History, unit: str, *, on: DayLike | None = None, language: Language = "en", title: str = ""
) -> Content:
    """A unit on a day: where it stands, what was ever said of it, what became of it, what is below it.

    Args:
        history: the history.
        unit: its id.
        on: the day; the last of the history, or the last on which the unit lived.
        language: of the report.
        title: its heading; the name if none is given.

    Raises:
        UnknownUnit, UnitNotYet: there never was one, or not yet on the day.

    >>> from orgmodel.party import vietnam
    >>> content = unit_content(vietnam.reform_2025(), "vn-p-24")
    >>> print(content.title, content.subtitle, sep="; ")
    Bắc Giang; 2025-06-30
    """
    life = history.life(unit)
    last = history.last_day
    assert last is not None
    if on is not None and life.start is not None and as_day(on) < life.start:
        raise UnitNotYet(unit, life.start, as_day(on))
    day = as_day(on) if on is not None else last if life.end is None else max(life.end - ONE_DAY, life.start or last)
    return _UnitReport(history, unit, day, language).content(title)


def cluster_content(
    history: History, cluster: str, a: DayLike, b: DayLike, *, language: Language = "en", title: str = ""
) -> Content:
    """What became of a cluster between two days: members, leaders, what merged, with a picture.

    Raises:
        UnknownUnit: there is no such cluster on either day.
        NotOnRecord: a day lies before the first of the history.

    >>> from orgmodel.party import vietnam
    >>> content = cluster_content(vietnam.reform_2025(), "cluster-2", "2025-06-30", "2025-07-01")
    >>> content.title
    'Cụm thi đua số 2: 14 → 9 members'
    """
    change = history.cluster_changes(a, b).of(cluster)
    names = _Names(history, as_day(a), as_day(b))
    blocks = list(_cluster_blocks(change, names, language))
    subtitle = _subtitle(history, language, say("between", language, a=as_day(a), b=as_day(b)))
    return Content(title or _size(change, language), blocks, language=language, subtitle=subtitle)


class _Names:
    """The names of units on the two days of a report."""

    def __init__(self, history: History, a: dt.date, b: dt.date) -> None:
        self.before, self.after = history.at(a), history.at(b)

    def old(self, units: Iterable[str]) -> list[str]:
        return [self.before.called(unit) for unit in units]

    def new(self, units: Iterable[str]) -> list[str]:
        return [self.after.called(unit) for unit in units]


class _Reform:
    def __init__(self, history: History, a: dt.date, b: dt.date, language: Language, most: int) -> None:
        self._history, self._a, self._b, self._most = history, a, b, most
        self._language: Language = language
        self._before, self._after = history.at(a), history.at(b)
        self._names = _Names(history, a, b)
        history.check_on_record(a, b)

    def content(self, title: str) -> Content:
        blocks = [*self._counts(), *self._levels(), *self._clusters(), *self._acts()]
        between = say("between", self._language, a=self._a, b=self._b)
        subtitle = _subtitle(self._history, self._language, between)
        return Content(title or say("reform", self._language), blocks, language=self._language, subtitle=subtitle)

    def _kind(self, kind: str) -> str:
        return self._history.schema.kind_name(kind, self._language)

    def _kinds(self) -> list[str]:
        return list(dict.fromkeys([*self._before.counts(), *self._after.counts()]))

    def _counts(self) -> Iterator[Block]:
        rows = []
        for kind in self._kinds():
            first, second = _count(self._before, kind), _count(self._after, kind)
            change = UNKNOWN if UNKNOWN in (first, second) else second - first
            rows.append([self._kind(kind), first, second, change])
        columns = _columns("kind | before: number | after: number | change: number", self._language)
        yield Table(columns, rows, say("counts", self._language))
        yield from self._first_recorded()

    def _first_recorded(self) -> Iterator[Note]:
        """A note on units first recorded in between: they began before, and their number would look like growth."""
        for act in self._between():
            days = Counter(
                event.what.kind
                for event in act.events
                if isinstance(event, Creation) and event.first_known and isinstance(event.what, Unit)
            )
            for kind, count in days.items():
                named = self._kind(kind or "")
                yield Note(say("first recorded", self._language, count=count, kind=named, day=act.effective), "warning")

    def _levels(self) -> Iterator[Block]:
        """The successions of each level that has any."""
        yield Heading(say("became", self._language))
        after = self._after.counts()
        for kind in self._kinds():
            # Before its first record a level had units too; what became of them nobody can say.
            try:
                self._before.check_on_record(kind or None)
            except NotOnRecord as error:
                message = say(
                    "not on record", self._language, kind=self._kind(kind), day=error.day, first=error.first_day
                )
                yield Note(message, "warning")
                continue
            count = _count(self._before, kind)
            if count and kind not in after:
                yield Heading(self._kind(kind), 2)
                yield Text(say("level ended", self._language, count=count, kind=self._kind(kind)))
            elif count:
                yield from self._level(kind, self._history.correspondence(self._a, self._b, kind=kind or None))

    def _level(self, kind: str, table: Correspondence) -> Iterator[Block]:
        """What became of the units of one kind: how many stayed, what is not certain, pictures, a table."""
        changed = [row for row in table if row.links or row.moves or row.old != row.new]
        if not changed and not table.unmapped:
            return
        language, name = self._language, self._kind(kind)
        yield Heading(name, 2)
        ended, last_known = len(table.unmapped.old), len(table.unmapped.last_known)
        # Units that stayed as they were are counted, not listed: of 10,000 communes nobody reads them.
        same = len(table.olds) - len({row.old for row in changed}) - ended - last_known
        if same > 0:
            yield Text(say("unchanged", language, count=same, kind=name))
        if not table.exact:
            yield Note(say("inexact", language, kind=name), "warning")
        if last_known:
            yield Note(say("last known", language, count=last_known, kind=name), "warning")
        if ended:
            yield Note(say("without successor", language, count=ended, kind=name))
        sources = sorted({cited(link.act.source, language) for row in changed for link in row.links})
        yield from _pictures(_groups(changed, self._names), name, sources, language)
        columns = _columns("old | code: code | new | code: code | extent", language)
        yield table_of(f"{name}: {say('became', language)}", columns, [*map(self._changed_row, changed)], self._most)

    def _changed_row(self, row: CorrespondenceRow) -> list[Any]:
        """Old unit and its code, new unit and its code, how much of the old one."""
        language = self._language
        sources = _sources([*(link.act for link in row.links), *row.moves], language)
        note = "" if row.exact else ("inexact", "không chắc chắn")[language == "vi"]
        old, old_code = self._before.called(row.old), self._before.unit(row.old).code
        new, new_code = self._after.called(row.new), self._after.unit(row.new).code
        return [old, old_code, new, new_code, Cell(word("extent", row.extent, language), sources, note)]

    def _clusters(self) -> Iterator[Block]:
        changes = [change for change in self._history.cluster_changes(self._a, self._b) if change.changed]
        if changes:
            yield Heading(say("clusters", self._language))
        for change in changes:
            yield Heading(_size(change, self._language), 2)
            yield from _cluster_blocks(change, self._names, self._language)

    def _between(self) -> list[Act]:
        return [act for act in self._history.acts if self._a < act.effective <= self._b]

    def _acts(self) -> Iterator[Block]:
        yield Heading(say("acts", self._language))
        acts = self._between()
        if not acts:
            yield Text(say("no acts", self._language))
            return
        unsure = [act.source.label for act in acts if act.source.certainty not in ("", SEEN)]
        if unsure:
            named = ", ".join(unsure[:5]) + (" ..." if len(unsure) > 5 else "")
            yield Note(say("unsure", self._language, count=len(unsure), acts=named), "warning")
        language = self._language
        rows = []
        for act in acts:
            source = act.source
            certainty = word("certainty", source.certainty, language) if source.certainty else None
            rows.append([source.label, act.effective, source.issuer, len(act.events), certainty])
        heads = "act | effective: day | issuer | events: number | certainty"
        yield table_of("", _columns(heads, language), rows)


class _UnitReport:
    def __init__(self, history: History, unit: str, day: dt.date, language: Language) -> None:
        self._history, self._unit, self._day = history, unit, day
        self._language: Language = language
        self._structure = history.at(day)

    def content(self, title: str) -> Content:
        name = self._structure.called(self._unit)
        subtitle = _subtitle(self._history, self._language, _day(self._day, self._language))
        blocks = [*self._place(), *self._became(), *self._below(), *self._figures(), *self._facts()]
        return Content(title or name, blocks, language=self._language, subtitle=subtitle)

    def _place(self) -> Iterator[Block]:
        history, language = self._history, self._language
        life = history.life(self._unit)
        rows: list[list[Any]] = []
        if self._unit in self._structure:
            it = self._structure.unit(self._unit)
            above = [self._structure.called(unit) for unit in self._structure.path(self._unit)[:-1]]
            rows += [
                [say("kind", language), None if it.kind is None else history.schema.kind_name(it.kind, language)],
                [say("category", language), it.category],
                [say("code", language), it.code],
                [say("place", language), " › ".join(above) or None],
            ]
        words = "life since" if life.end is None else "no whole day" if life.end == life.start else "between"
        rows.append([say("life", language), say(words, language, a=life.start, b=life.last)])
        yield Table(_columns("name | value", language), rows, self._structure.called(self._unit))
        if life.end is not None:
            yield Text(say("ended", language, day=life.end))
            now = history.lineage.successors(self._unit)
            last = history.at(history.last_day)
            if now:
                yield Text(say("now", language, units=", ".join(last.called(unit) for unit in now)))

    def _became(self) -> Iterator[Block]:
        """The successions that it took part in, with all their old and new units."""
        history, language = self._history, self._language
        events = {
            link.seq: link for link in (*history.lineage.links(old=self._unit), *history.lineage.links(new=self._unit))
        }
        if not events:
            return
        yield Heading(say("became", language))
        every = [link for link in history.lineage.links() if link.seq in events]
        for seq, first in sorted(events.items()):
            links = [link for link in every if link.seq == seq]
            # Old units are called as on the eve, new ones as on the day: one that goes on is often renamed by the act.
            before, after = history.at(first.day - ONE_DAY), history.at(first.day)
            group = _became(links, before.called, after.called)
            kind = word("event", first.type, language)
            caption = f"{_day(first.day, language)}, {kind} [{cited(first.act.source, language)}]"
            if group.high <= MOST_DRAWN:
                yield Picture(became_svg([group]), caption)
            yield Text(f"{caption}: {' + '.join(group.olds)} → {' + '.join(group.news)}")

    def _below(self) -> Iterator[Block]:
        if self._unit not in self._structure:
            return
        children = [self._structure.unit(child) for child in self._structure.children(self._unit)]
        if not children:
            return
        language = self._language
        columns = _columns("code: code | name | kind | category", language)
        rows = [[it.code, it.label, self._history.schema.kind_name(it.kind, language), it.category] for it in children]
        yield Table(columns, rows, say("below", language))

    def _figures(self) -> Iterator[Block]:
        if self._unit not in self._structure:
            return
        rows = []
        for measure in self._history.measures.values():
            if measure.type != "count":
                continue
            total = self._structure.total(measure.id, self._unit)
            # A total of which nothing is known says no more than a missing row.
            if total.is_known or total.low or total.high is not None:
                rows.append([self._measure_name(measure.id), total])
        if rows:
            columns = _columns("name | value: number", self._language)
            yield Table(columns, rows, say("figures", self._language))

    def _facts(self) -> Iterator[Block]:
        language = self._language
        facts = [
            fact
            for fact in self._history.biography(self._unit)
            if fact.track != tracks.LIFE and not is_personal(fact, self._history.schema)
        ]
        rows = []
        for fact in facts:
            # Reports show the last day; the record has the first day after it.
            last = None if fact.end is None else fact.end - ONE_DAY
            sources = _sources([fact.act], language)
            rows.append([self._fact_name(fact), self._value(fact), fact.start, Cell(last, sources)])
        columns = _columns("fact | value | since: day | to: day", language)
        yield Table(columns, rows, say("biography", language))

    def _measure_name(self, measure: str) -> str:
        declared = self._history.measures.get(measure)
        return declared.name_vi if declared is not None and self._language == "vi" and declared.name_vi else measure

    def _fact_name(self, fact: Fact) -> str:
        if tracks.is_measure(fact.track):
            # All measures are one declared track, whose name would leave open which figure it is.
            name = self._measure_name(tracks.item(fact.track))
            return name if fact.slot == tracks.OWN else f"{name} ({fact.slot})"
        track = self._history.schema.track(fact.track)
        name = track.name_vi if self._language == "vi" and track.name_vi else track.label
        return name if fact.slot in (None, tracks.OWN) else f"{name} ({fact.slot})"

    def _value(self, fact: Fact) -> Any:
        if isinstance(fact.value, Absent):
            return word("absent", fact.value.value, self._language)
        if tracks.refers_to_subject(fact.track):
            return None if fact.value is None or fact.value == ROOT else self._structure.called(fact.value)
        return fact.value


def _cluster_blocks(change: ClusterChange, names: _Names, language: Language) -> Iterator[Block]:
    # Those that changed come first; joined and left units have nothing on the other side of a picture.
    in_order = sorted(change.entries, key=lambda entry: entry.what == "retained")
    both = [entry for entry in in_order if entry.before and entry.after]
    groups = [Became(names.old(entry.before), names.new(entry.after)) for entry in both]
    sources = sorted({cited(act.source, language) for entry in change.entries for act in entry.acts})
    yield from _pictures(groups, change.name or change.id, sources, language)
    rows = []
    for entry in change.entries:
        before, after = ", ".join(names.old(entry.before)) or None, ", ".join(names.new(entry.after)) or None
        happened = word("change in a cluster", entry.what, language)
        rows.append([Cell(before), happened, Cell(after, _sources(entry.acts, language))])
    yield table_of("", _columns("before | what happened | after", language), rows)
    for office in change.lapsed:
        now = ", ".join(names.new(office.successors)) or "–"
        role, sources_of_end = word("role", office.role, language), ", ".join(_sources(office.acts, language))
        yield Note(f"{role}: {names.old([office.unit])[0]} → {now} [{sources_of_end}]", "warning")


def _pictures(groups: Sequence[Became], picture: str, sources: Sequence[str], language: Language) -> Iterator[Picture]:
    """Successions as pictures that each fit on a page."""
    if sum(group.high for group in groups) > MOST_DRAWN:
        return
    pages = list(_on_pages(groups))
    cited_sources = ", ".join(sources[:6]) + (" ..." if len(sources) > 6 else "") or "–"
    heads = (say("before", language), say("after", language))
    for number, page in enumerate(pages, start=1):
        which = f"{picture} ({number}/{len(pages)})" if len(pages) > 1 else picture
        yield Picture(became_svg(page, heads), say("became caption", language, kind=which, sources=cited_sources))


def _on_pages(groups: Sequence[Became]) -> Iterator[list[Became]]:
    """The successions in order, as many together as fit on a page; one that is larger has a page of its own."""
    page: list[Became] = []
    for group in groups:
        if page and sum(other.high for other in page) + group.high > ON_A_PAGE:
            yield page
            page = []
        page.append(group)
    if page:
        yield page


def _groups(rows: Sequence[CorrespondenceRow], names: _Names) -> list[Became]:
    """The connected rows, one picture for each connected component."""
    old_at: dict[str, int] = {}
    new_at: dict[str, int] = {}
    labels = components(
        np.array([old_at.setdefault(row.old, len(old_at)) for row in rows], np.int32),
        np.array([new_at.setdefault(row.new, len(new_at)) for row in rows], np.int32),
    )
    groups: dict[int, list[CorrespondenceRow]] = {}
    for label, row in zip(labels.tolist(), rows, strict=True):
        groups.setdefault(label, []).append(row)
    return [_became(group, names.before.called, names.after.called) for group in groups.values()]


def _became(
    links: Sequence[DatedLink | CorrespondenceRow],
    old_name: Callable[[str], str],
    new_name: Callable[[str], str],
) -> Became:
    """One succession as a picture: its old and new units, and the lines between them, dashed for parts."""
    olds, news = list(dict.fromkeys(link.old for link in links)), list(dict.fromkeys(link.new for link in links))
    pairs = [(olds.index(link.old), news.index(link.new)) for link in links]
    parts = [pair for pair, link in zip(pairs, links, strict=True) if link.extent == "part"]
    return Became([old_name(unit) for unit in olds], [new_name(unit) for unit in news], parts, pairs)


def _count(structure: Structure, kind: str) -> Any:
    """The number of units of a kind; unknown on a day before the kind is on record."""
    if not kind:
        return structure.counts().get(kind, 0)  # units of no kind
    try:
        return structure.count(kind)
    except NotOnRecord:
        return UNKNOWN


def _size(change: ClusterChange, language: Language) -> str:
    name = change.name or change.id
    return say("members changed", language, name=name, before=change.size_before, after=change.size_after)


def _columns(heads: str, language: Language) -> list[Column]:
    return columns_of(heads, lambda name: say(name, language))


def _sources(acts: Iterable[Act], language: Language) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cited(act.source, language) for act in acts))


def _subtitle(history: History, language: Language, days: str) -> str:
    """The days of a report, and the day of the knowledge where that is on record."""
    recorded = last_recorded(history)
    return days if recorded is None else f"{days}; {say('as known', language, day=recorded)}"


def _day(day: dt.date, language: Language) -> str:
    return f"{day:%d/%m/%Y}" if language == "vi" else str(day)
