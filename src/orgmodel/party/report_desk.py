"""What the sections of a report share: the unit in both periods, its figures, matters, and the words for them.

Texts are written in English where they are used; the Vietnamese ones stand in ``data/report_vi.toml`` under the English.
"""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property, partial, reduce
from importlib.resources import files
from itertools import islice
from typing import Any, Final, cast

from attrs import evolve
from dateutil.relativedelta import relativedelta

from orgmodel.acts.act import Act
from orgmodel.content.blocks import Cell, Heading, Note, Table, Text, columns_of, table_of
from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.history.diff import Diff
from orgmodel.history.flows import negative
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.words import Language
from orgmodel.party import kinds
from orgmodel.party.checking import in_vietnamese
from orgmodel.party.congresses import roman
from orgmodel.party.facts import MEASURES
from orgmodel.party.members import FIGURES, flow_of
from orgmodel.party.periods import span
from orgmodel.party.questions import is_on_record, matters, whole
from orgmodel.party.tenures import Holding, holdings
from orgmodel.party.tracks import FLOW
from orgmodel.period import Period
from orgmodel.rules.rulebook import Audit, Rulebook
from orgmodel.rules.view import Holidays
from orgmodel.structure.matters import Dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "MOST", "Desk", "added", "before", "change", "cited", "period_of", "vietnamese",
]  # fmt: skip

MOST: Final = 40
"""How many rows a table of units or findings shows; the rest is counted."""

_NO_ROMAN: Final = 4000
"""From this number on there are no Roman numerals in common use."""
_KINDS: Final = {kind.id: kind for kind in kinds.KINDS}
_MEASURES: Final = {measure.id: measure for measure in MEASURES}


# ---- periods


def period_of(text: str | Period | int) -> Period:
    """The days of a month, quarter, half-year or year, ``2025-07``, ``2025-Q3``, ``2025-H2``, ``2025``; or of a span.

    Raises:
        Refused: it is not a period.

    >>> print(period_of("2025-Q3"), period_of("2025-07"), period_of("2025-07-01/2025-07-10"), sep="; ")
    2025-07-01 to 2025-09-30; 2025-07-01 to 2025-07-31; 2025-07-01 to 2025-07-10
    """
    try:
        return span(text)
    except (BadDay, Refused):
        if isinstance(text, Period):
            raise
        message = f"{text!r} is no period: write 2025-07, 2025-Q3, 2025-H2, 2025 or FIRST/LAST"
        raise Refused("the period of a report", [Finding("period", message)]) from None


def before(period: Period) -> Period:
    """The period before: as many whole months where it is whole months, else as many days.

    >>> print(before(period_of("2025-Q3")), before(period_of("2025-07-11/2025-07-20")), sep="; ")
    2025-04-01 to 2025-06-30; 2025-07-01 to 2025-07-10
    """
    start, end = period.start, period.end
    assert start is not None
    assert end is not None
    if start.day == end.day == 1:
        months = 12 * (end.year - start.year) + end.month - start.month
        return Period(start - relativedelta(months=months), start)
    return Period(start - (end - start), start)


# ---- figures


def change(now: Any, was: Any) -> int | None:
    """The change of a figure, if both values are known exactly.

    >>> change(7, 5), change(Quantity(7, "at least"), 5)
    (2, None)
    """
    difference = Quantity.of(now) + negative(Quantity.of(was))
    return int(difference) if difference.is_exact else None


def added(parts: Sequence[Quantity]) -> Quantity:
    """The sum of some numbers; a lower bound if some are not known."""
    known = [part for part in parts if part.is_known or part.low is not None]
    if not known:
        return Quantity.unknown()
    total = reduce(operator.add, known)
    least = total.value if total.value is not None else total.low
    return total if len(known) == len(parts) or least is None else Quantity(least, "at least")


def cited(acts: Iterable[Act | None]) -> tuple[str, ...]:
    """The sources of some acts, as they are cited, each once."""
    return tuple(dict.fromkeys(act.source.cited for act in acts if act is not None))


# ---- words


@cache
def vietnamese() -> Mapping[str, str]:
    """English text of a report -> the Vietnamese one.

    >>> vietnamese()["Posts"]
    'Chức vụ'
    """
    text = (files("orgmodel.party") / "data" / "report_vi.toml").read_text(encoding="utf-8")
    return cast("dict[str, str]", tomllib.loads(text))


def _total(structure: Structure, unit: str, measure: str) -> Quantity:
    return structure.total(measure, under=unit) if structure.states(measure) else Quantity.unknown()


class Desk:
    """The unit on the last day of the period and of the one before, its figures and matters, and their words."""

    def __init__(
        self,
        history: History,
        unit: str,
        period: Period,
        language: Language,
        book: Rulebook,
        holidays: Holidays | None,
        due_within: int,
    ) -> None:
        self.history, self.unit, self.period, self.language = history, unit, period, language
        self.book, self.holidays, self.due_within = book, holidays, due_within
        self._acts: dict[str, Mapping[str, list[tuple[Any, Act]]]] = {}
        self.earlier = before(period)
        assert period.last is not None
        assert self.earlier.last is not None
        self.last, self.last_before = period.last, self.earlier.last
        self.now: Structure = history.at(self.last)
        life = history.life(unit)
        if unit not in self.now:
            message = f"it lived {life} and not on {self.last}, the last day of the period"
            raise Refused("a report", [Finding("live-unit", message, (unit,), self.last)])
        first = history.first_day
        # Figures and steps of a period are often recorded after it: they are read as known at the end of the record.
        latest = history.last_day
        self.known: Structure = self.now if latest is None or latest <= self.last else history.at(latest)
        on_record = first is not None and first <= self.last_before
        self.was: Structure | None = history.at(self.last_before) if on_record else None

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
        """The same in the period before."""
        if self.was is None:
            return frozenset()
        return frozenset(u for root in self.roots for u in (root, *self.was.descendants(root)))

    @cached_property
    def days(self) -> tuple[tuple[Structure, frozenset[str]], ...]:
        """The structure of the last day with the units inside, then the same for the period before."""
        return ((self.now, self.inside), *(() if self.was is None else ((self.was, self.inside_before),)))

    @cached_property
    def kinds_inside(self) -> Mapping[str, str | None]:
        """Unit on the last day -> its kind."""
        return {unit: self.now.unit(unit).kind for unit in self.inside}

    @cached_property
    def kinds_inside_before(self) -> Mapping[str, str | None]:
        """Unit in the period before -> its kind."""
        return {} if self.was is None else {unit: self.was.unit(unit).kind for unit in self.inside_before}

    # ---- what happened

    @cached_property
    def diff(self) -> Diff | None:
        """The changes of the period; None where nothing is on record before."""
        return None if self.was is None else self.history.between(self.last_before, self.last)

    @cached_property
    def begun_or_ended(self) -> Mapping[str, Act | None]:
        """Unit -> the act of the period by which it began or ended."""
        if self.diff is None:
            return {}
        return {change.subject: change.act for change in (*self.diff.created, *self.diff.ended)}

    # ---- words

    def say(self, text: str, **parts: Any) -> str:
        """A text of the report in its language, with its parts filled in."""
        template = vietnamese()[text] if self.language == "vi" else text
        days = {"last": self.last, "last_before": self.last_before, "period": self.period, "earlier": self.earlier}
        return template.format(**(days | parts))

    def word(self, word: str, words: Mapping[str, str]) -> str:
        """A word of the record, or the Vietnamese one where the report is in Vietnamese and there is one."""
        return words.get(word, word) if self.language == "vi" else word

    def word_of_record(self, word: str) -> str:
        """A word by which something is recorded or missing."""
        return in_vietnamese(word) if self.language == "vi" else word

    def finding(self, finding: Finding) -> str:
        """What a finding says."""
        return self.word(finding.message, {finding.message: finding.message_vi or finding.message})

    def name(self, unit: str) -> str:
        """What a unit is called on the last day it lived by the end of the period."""
        for structure, _ in self.days:
            if unit in structure:
                return structure.unit(unit).name or unit
        return next((c.name or c.id for c in self.now.clusters() if c.id == unit), unit)

    def kind(self, kind: str | None) -> str:
        """What a kind is called."""
        declared = _KINDS.get(kind or "")
        if declared is None:
            return kind or "–"
        return (declared.name_vi if self.language == "vi" else declared.name) or declared.id

    def kind_of_matter(self, kind: str) -> str:
        """What a kind of matter is called."""
        declared = self.now.schema.matter_kinds.get(kind)
        return kind if declared is None else self.word(declared.label, {declared.label: declared.name_vi or kind})

    def title(self, entry: Dossier) -> str:
        """What a matter is called: its name, else its kind, number and whose it is."""
        if entry.matter.name:
            return entry.matter.name
        stated = entry.said.get("number")
        number, counted = "" if stated is None else str(stated), whole(stated)
        if entry.matter.kind == "congress" and counted is not None and 0 < counted < _NO_ROMAN:
            number = roman(counted)
        owners = (who for role in ("of", "scope", "issuer") for who in entry.of(role) if isinstance(who, str))
        words = (self.kind_of_matter(entry.matter.kind), number, *map(self.name, islice(owners, 1)))
        return " ".join(filter(None, words)) or entry.id

    def step(self, entry: Dossier, step: str | None) -> str:
        """What a step is called."""
        if step is None:
            return self.say("not on record")
        declared, name = entry.kind.step(step), step.replace("_", " ")
        return self.word(name, {name: declared.name_vi or step} if declared else {})

    def state_of(self, entry: Dossier) -> Cell:
        """The furthest step of a matter, with the acts by which its steps are known."""
        return Cell(self.step(entry, entry.state), self.step_acts([entry.id]))

    def figure(self, figure: str) -> str:
        """What a measure or a figure of a period is called."""
        if figure in FIGURES:
            return self.say(FIGURES[figure])
        declared = self.now.measures.get(figure) or _MEASURES.get(figure)
        if self.language == "vi" and declared is not None and declared.name_vi:
            return declared.name_vi
        return figure.replace("_", " ")

    # ---- blocks

    def heading(self, text: str) -> Heading:
        """A section's heading."""
        return Heading(self.say(text))

    def text(self, text: str, **parts: Any) -> Text:
        """A sentence."""
        return Text(self.say(text, **parts))

    def note(self, text: str, **parts: Any) -> Note:
        """What is not on record, or how a figure is to be read."""
        return Note(self.say(text, **parts))

    def table(self, title: str, heads: str, rows: Iterable[Sequence[Any]], most: int = 0, **parts: Any) -> Table:
        """A table of at most ``most`` rows (0: all) under heads such as ``unit | due: day``: a name and its type of value."""
        columns = columns_of(heads, partial(self.say, **parts))
        return table_of(self.say(title, **parts), columns, list(rows), most)

    def compared(
        self,
        title: str,
        rows: Iterable[tuple[str, Any, Any, Sequence[str]]],
        days: str = "{last}: number | {last_before}",
        **parts: Any,
    ) -> Table:
        """A table of what, how many, how many before, the change: rows are (label, now, before, acts)."""
        lines = [[label, Cell(now, tuple(acts)), was, change(now, was)] for label, now, was, acts in rows]
        return self.table(title, f"what | {days}: number | change: number", lines, **parts)

    # ---- stocks

    def total(self, measure: str, unit: str = "") -> Quantity:
        """A stock of a unit and all below it on the last day; the unit of the report by default."""
        return _total(self.now, unit or self.unit, measure)

    def total_before(self, measure: str) -> Quantity:
        """The same in the period before."""
        return added([] if self.was is None else [_total(self.was, root, measure) for root in self.roots])

    def seats(self, measure: str) -> tuple[Quantity, Quantity | None]:
        """A figure of the unit itself on the last day, and in the period before if it was one unit then."""
        known, roots = self.now.states(measure), self.roots if self.was is not None else ()
        # Predecessors had a committee each: the sum of their seats is no committee to compare with.
        was = self.was.measure(roots[0], measure) if known and self.was is not None and len(roots) == 1 else None
        return (self.now.measure(self.unit, measure) if known else Quantity.unknown()), was

    def acts_on(self, track: str) -> Mapping[str, list[tuple[Any, Act]]]:
        """Subject -> (slot, act) of its values in a track on the last day; read once for all subjects."""
        if track not in self._acts:
            state, day = self.history._state, self.last.toordinal()
            acts: dict[str, list[tuple[Any, Act]]] = {}
            for number, (start, end, value, slot, by, *_) in state.iter_rows(track):
                if value is not None and start <= day < end:
                    acts.setdefault(state.name(number), []).append((slot, self.history._now(by)))
            self._acts[track] = acts
        return self._acts[track]

    def acts_of(self, units: Iterable[str], track: str, slot: Any = ...) -> tuple[str, ...]:
        """The acts behind the values of a track for some units on the last day; of one slot, if it is named."""
        recorded = (row for unit in units for row in self.acts_on(track).get(unit, ()))
        return cited(act for at, act in recorded if slot in (..., at))

    def acts_of_measure(self, unit: str, measure: str) -> tuple[str, ...]:
        """The acts behind a total of a unit: of its own figure, else of the figures of the units below it."""
        track = tracks.measure_track(measure)
        return self.acts_of([unit], track) or self.acts_of(self.now.descendants(unit), track)

    # ---- figures of a period

    @cached_property
    def flowing(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(figure, group) -> the units of both periods with a record of it."""
        units_of: dict[tuple[str, str], set[str]] = {}
        for unit in self.inside | self.inside_before:
            for name, group, *_ in self.known.last_slots(unit, FLOW):
                units_of.setdefault((name, group), set()).add(unit)
        return {key: frozenset(units) for key, units in units_of.items()}

    def _below(self, subject: str, figure: str, group: str) -> frozenset[str]:
        """The units below the unit of the report with a record of a figure; none for another subject."""
        return self.flowing.get((figure, group), frozenset()) - {subject} if subject == self.unit else frozenset()

    def flow(self, subject: str, figure: str, period: Period, group: str = "") -> Quantity:
        """A figure of a period: the unit's own, predecessors included, else what the units below it had together.

        Unknown where nothing is on record: that is not none.
        """
        # What a unit states of itself is never added to what the units below it state.
        own = flow_of(self.known, subject, figure, period, group=group)
        if own.parts or (own.value.is_exact and is_on_record(self.known, subject, figure, period)):
            return own.value
        below = [flow_of(self.known, unit, figure, period, group=group) for unit in self._below(subject, figure, group)]
        stated = {flow.subject: flow.value for flow in below if flow.parts}
        # What a unit states covers the units below it, and what its predecessors stated.
        covered: set[str] = set()
        for unit in stated:
            covered.update(self._under(unit), self.known.origins(unit))
        topmost = [value for unit, value in stated.items() if unit not in covered]
        # Units that state nothing may have had some as well: the sum is a lower bound.
        return added([*topmost, Quantity.unknown()]) if topmost else Quantity.unknown()

    def _under(self, unit: str) -> tuple[str, ...]:
        """The units below one on the last day, or in the period before."""
        return next((structure.descendants(unit) for structure, _ in self.days if unit in structure), ())

    def flow_acts(self, subject: str, figure: str, group: str = "") -> tuple[str, ...]:
        """The acts that state or made a figure within the period, those of predecessors of units below included."""
        start, end = str(self.period.start), str(self.period.end)
        asked = (subject, *sorted(self._below(subject, figure, group)))
        units = [of_unit for unit in asked for of_unit in (unit, *self.known.origins(unit))]
        return cited(
            fact.act
            for unit in dict.fromkeys(units)
            for fact in self.history.biography(unit)
            if fact.track == FLOW and fact.slot[:2] == (figure, group)
            if start <= fact.slot[2] and fact.slot[3] <= end
        )

    def stated(self, subject: str) -> list[str]:
        """The figures that are stated of a subject within the period or the one before."""
        start, end = str(self.earlier.start), str(self.period.end)
        slots = self.known.last_slots(subject, FLOW)
        return sorted({slot[0] for slot in slots if start <= slot[2] and slot[3] <= end})

    def flows(self, subject: str, figures: Iterable[str], title: str, **parts: Any) -> Table:
        """Figures of the period beside the period before, each with its groups; predecessors are included."""
        units = (subject, *self.known.origins(subject))
        recorded = {(slot[0], slot[1]) for unit in units for slot in self.known.last_slots(unit, FLOW)}
        rows = []
        for figure in figures:
            for group in ("", *sorted(group for name, group in recorded if name == figure and group)):
                now, was = (self.flow(subject, figure, period, group) for period in (self.period, self.earlier))
                label = self.figure(figure) + (f" ({group})" if group else "")
                rows.append((label, now, was, self.flow_acts(subject, figure, group)))
        return self.compared(title, rows, "{period}: number | {earlier}", **parts)

    # ---- posts, matters, rules

    @cached_property
    def posts_held(self) -> Mapping[str, list[Holding]]:
        """Unit on the last day -> the holdings of its posts that began by then."""
        by_unit: dict[str, list[Holding]] = {}
        for holding in holdings(self.history):
            start = holding.period.start
            if holding.unit in self.inside and start is not None and start <= self.last:
                by_unit.setdefault(holding.unit, []).append(holding)
        return by_unit

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The unit, all below it in both periods, and the clusters with a member among them."""
        units = self.inside | self.inside_before
        mine = [c.id for c in self.now.clusters() if not units.isdisjoint(self.now.members(c.id))]
        return units.union(mine)

    @cached_property
    def matters(self) -> tuple[Dossier, ...]:
        """The matters of these subjects, with the steps taken by the last day; not those begun later."""
        listed = []
        for entry in matters(self.known):
            if any(isinstance(part.who, str) and part.who in self.subjects for part in entry.parties):
                steps = tuple(s for s in entry.steps if s.when.first is None or s.when.first <= self.last)
                if steps or not entry.steps:
                    listed.append(evolve(entry, steps=steps))
        return tuple(listed)

    def of_kind(self, *chosen: str, in_period: bool = True) -> list[Dossier]:
        """The matters of some kinds; only those that took a step in the period, unless all are asked for."""
        mine = [entry for entry in self.matters if entry.matter.kind in chosen]
        return [entry for entry in mine if not in_period or any(taken.when.meets(self.period) for taken in entry.steps)]

    def step_acts(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The acts by which steps of matters are known."""
        facts = (fact for matter in ids for fact in self.history.biography(matter))
        return cited(fact.act for fact in facts if fact.track == tracks.STEP)

    @cached_property
    def audits(self) -> tuple[Audit, Audit | None]:
        """The audits of the last day, and of the last day of the period before."""
        was = None if self.was is None else self.book.audit(self.was, holidays=self.holidays)
        return self.book.audit(self.now, holidays=self.holidays), was
