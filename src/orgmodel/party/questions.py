"""Questions about matters: which are on record, how many, how far along, with which parties."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import evolve

from orgmodel.errors import Finding, Refused, UnknownUnit
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import like, strict
from orgmodel.model.matter import Party, Person
from orgmodel.model.measure import Quantity
from orgmodel.party.periods import OpenSpan, Span, any_span, span
from orgmodel.party.tracks import ON_RECORD
from orgmodel.period import DayLike, Period, as_day, from_ordinal
from orgmodel.rules.rule import Undecided
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "count", "find", "is_on_record", "lived", "matters", "on_day", "parties", "state",
]  # fmt: skip


@strict
def on_day(h: Structure | History, on: DayLike | None = None) -> Structure:
    """The structure that a question asks: the given one, or a history's on a day, by default its last.

    Raises:
        NotOnRecord: the record begins after the day: an empty answer would say that there was nothing.
        Refused: a day is given to a structure of another day.
    """
    if isinstance(h, History):
        # An empty history has no last day; on any day it is as empty.
        structure = h.at(on) if on is not None else h.at(h.days()[-1]) if h.acts else h.at("1900-01-01")
    elif on is not None and h.day != as_day(on):
        raise Refused("a question", [Finding("day", f"the structure is that of {h.day}; ask the history about {on}")])
    else:
        structure = h
    structure._check_begun()
    return structure


def lived(structure: Structure, subject: str) -> Period:
    """The days on which a unit, cluster or matter lived, as far as they are known on the day; no end if it lives on.

    >>> from orgmodel.history.history import structure_of
    >>> print(lived(structure_of([{"id": "a"}], day="2025-07-01"), "a"))
    from 2025-07-01
    """
    rows = structure._state.rows(tracks.LIFE, structure._state.number(subject) or 0)
    ended = rows[-1][2] is None and rows[-1][0] <= structure.day.toordinal()
    return Period(from_ordinal(rows[0][0]), from_ordinal(rows[-1][0]) if ended else None)


def known_life(structure: Structure, subject: str) -> Period:
    """The days on which a unit, cluster or matter is known to have lived; no start if it is older than its record.

    >>> from orgmodel.history.history import structure_of
    >>> print(known_life(structure_of([{"id": "a"}], day="2025-07-01"), "a"))
    from the beginning
    """
    life = lived(structure, subject)
    record_starts = int(structure._state.first_days().min())
    # What the first act of a history names was there before it; no record says since when.
    is_older = life.start is None or life.start.toordinal() <= record_starts
    number = structure._state.number(subject) or 0
    return Period(None, life.end) if is_older or structure._is_first_known(number) else life


def day_of(entry: Dossier, step: str) -> dt.date | None:
    """The day on which a matter took a step; None if it did not take it, or the day is not known."""
    when = entry.when(step)
    return None if when is None or not when.is_day else when.first


_Family = tuple[str | Person, ...] | None
"""The subject of a question and its predecessors; None if it is about all matters."""


def _family(structure: Structure, subject: str | Person | None, through: bool) -> _Family:
    if subject is None:
        return None
    if isinstance(subject, Person):
        return (subject,)
    if not structure.was_used(subject):
        raise UnknownUnit(subject)
    return (subject, *(structure.origins(subject) if through else ()))


def _about(structure: Structure, family: _Family) -> Iterator[tuple[str, str]]:
    """(id of a matter, id of the predecessor by which it is found, or nothing), each matter once."""
    if family is None:
        yield from ((matter.id, "") for matter in structure.matters())
        return
    through_of: dict[str, str] = {}
    for party in family:
        for matter in structure.matters_of(party):
            through_of.setdefault(matter, "" if party == family[0] else str(party))
    yield from through_of.items()


@strict
def matters(
    h: Structure | History,
    subject: str | Person | None = None,
    kind: str | None = None,
    *,
    role: str | None = None,
    step: str | None = None,
    form: str | None = None,
    year: int | None = None,
    period: OpenSpan | None = None,
    undated: bool = False,
    through: bool = True,
    on: DayLike | None = None,
) -> tuple[Dossier, ...]:
    """The matters in which a subject takes part, or all matters.

    Args:
        h: a structure, or a history.
        subject: a unit, a cluster, another matter or a person.
        kind: only matters of this kind.
        role: only matters in which the subject has this role.
        step: only matters that have taken this step.
        form: only matters of this form.
        year: only matters of this year: the field ``year``, else the year of a step.
        period: only matters that certainly took the step, or any step, in this period.
        undated: only matters that took the step, or any step, on a day that is not known exactly.
        through: whether matters of its predecessors count as well; their ``through`` names the predecessor.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit: there never was such a unit, cluster or matter.
        Refused: no kind, role or step of that name.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     _ = act.propose("p", "bằng khen", year=2025)
    >>> [(award.kind.id, award.state) for award in matters(history.enact(act), "p", "award", on="2025-11-18")]
    [('award', 'proposed')]
    """
    structure = on_day(h, on)
    _check_words(structure, kind, role=role, step=step)
    asked = None if period is None else any_span(period)
    # The subject comes first: a predecessor is named only where the subject itself has no part.
    family = _family(structure, subject, through)
    listed: list[Dossier] = []
    for matter, predecessor in _about(structure, family):
        # The kind first: reading a dossier costs much more.
        if kind not in (None, structure.matter(matter).kind):
            continue
        entry: Dossier | None = evolve(dossier(structure, matter), through=predecessor)
        if role is not None and entry is not None:
            entry = _in_role(entry, family, role)
        if entry is not None and _is_of(entry, form, year) and _has_step(entry, step, asked, undated=undated):
            listed.append(entry)
    return tuple(listed)


def _is_of(entry: Dossier, form: str | None, year: int | None) -> bool:
    return form in (None, entry.said.get("form")) and year in (None, _year(entry))


def _has_step(entry: Dossier, step: str | None, period: Period | None, *, undated: bool) -> bool:
    """Whether a matter took a step, if one is named, in a period and on a day that is not known, if that is asked."""
    days = [taken.when for taken in entry.steps if step in (None, taken.step)]
    return (
        (step is None or bool(days))
        and (period is None or any(when.meets(period) for when in days))
        and (not undated or any(not when.is_day for when in days))
    )


def _in_role(entry: Dossier, family: _Family, role: str) -> Dossier | None:
    """The matter, with the predecessor through which the subject has a role in it; None if it has not."""
    having = entry.of(role)
    if family is None:
        return entry if having else None
    who = next((who for who in family if who in having), None)
    if who is None:
        return None
    return evolve(entry, through="" if who == family[0] else str(who))


def whole(stated: Any) -> int | None:
    """A whole number that a field of a matter states; None of anything else.

    The verbs of the Party take whole numbers alone. What a table, a file or ``amend_matter`` put on record may be any number.

    >>> whole(15), whole(15.0), whole(2.5), whole(None)
    (15, 15, None, None)
    """
    if isinstance(stated, bool) or not isinstance(stated, (int, float, Fraction, Decimal)) or stated != int(stated):
        return None
    return int(stated)


def _year(entry: Dossier) -> int | None:
    """The year that a matter states, else the one year of all its steps."""
    year = whole(entry.said.get("year"))
    if year is not None:
        return year
    years = {day.year for taken in entry.steps for day in (taken.when.first, taken.when.last) if day is not None}
    return years.pop() if len(years) == 1 else None


def _check_words(structure: Structure, kind: str | None, *, role: str | None = None, step: str | None = None) -> None:
    """Refuse a kind of matter that is not declared, and a role or step that no kind asked about has."""
    declared = structure.schema.matter_kinds
    if kind is not None and kind not in declared:
        message = f"there is no kind of matter {kind!r} (there are {', '.join(declared)})"
        raise Refused("a question about matters", [Finding("matter-kind", message)])
    words = _words_of(structure, kind)
    # A schema without kinds of matters declares no words to compare with.
    asked = (("role", role), ("step", step)) if words else ()
    faults = [
        finding
        for sort, word in asked
        if word is not None
        for finding in unknown_words(sort, [word], words[sort], rule=f"matter-{sort}")
    ]
    if faults:
        raise Refused("a question about matters", faults)


def _words_of(structure: Structure, kind: str | None) -> Mapping[str, Set[str]]:
    """``role``, ``step`` and ``field`` -> the words of a declared kind, or of all; empty if there are no kinds."""
    declared = structure.schema.matter_kinds
    asked = tuple(declared.values()) if kind is None else (declared[kind],)
    if not asked:
        return {}
    return {
        "role": {role.id for each in asked for role in each.roles},
        "step": {step.id for each in asked for step in each.steps},
        "field": {field.id for each in asked for field in each.fields},
    }


_COUNTED_BY: Final = frozenset({"state", "step", "kind", "role", "tag"})
"""What matters are counted by beside their fields and roles."""


def _check_count_by(structure: Structure, kind: str | None, by: str | None) -> None:
    """Refuse a word to count by that is neither a field nor a role of a kind asked about: all would count as None."""
    _check_words(structure, kind)
    words = _words_of(structure, kind)
    if words and by is not None:
        known = words["field"] | words["role"] | _COUNTED_BY
        refuse_unknown("a question about matters", "by", [by], known, rule="matter-by")


def unknown_words(sort: str, words: Iterable[str], known: Collection[str], *, rule: str = "") -> list[Finding]:
    """A finding for each word that is not known, with the most similar known one, else with all.

    Args:
        sort: what the words are: ``post``, ``role``.
        words: the words that a caller gave.
        known: the words that are declared or on record.
        rule: the rule of the findings; the sort if empty.
    """
    # What is declared in order is listed in order.
    listed = sorted(known) if isinstance(known, Set) else list(known)
    findings = []
    for word in dict.fromkeys(words):
        if word not in known:
            similar = like(word, listed, 1, 0.6)
            hint = f"; did you mean {similar[0]!r}?" if similar else f" (there are {', '.join(listed)})"
            findings.append(Finding(rule or sort, f"there is no {sort} {word!r}{hint}"))
    return findings


def refuse_unknown(noun: str, sort: str, words: Iterable[str], known: Collection[str], *, rule: str = "") -> None:
    """Refuse the words that are not known: see :func:`unknown_words`.

    Raises:
        Refused: a question about ``noun`` with each word that is not known.
    """
    if faults := unknown_words(sort, words, known, rule=rule):
        raise Refused(noun, faults)


def words_on_record(structure: Structure, *names: str) -> set[str]:
    """The first part of every slot that was ever recorded in some tracks: posts, figures."""
    return {row[3][0] for track in names for _, row in structure._state.iter_rows(track)}


def subjects_of(history: History, track: str) -> list[str]:
    """The ids of all units, clusters and matters with a record in a track, each once."""
    state = history._state
    return list(dict.fromkeys(state.name(number) for number, _ in state.iter_rows(track)))


@strict
def is_on_record(h: Structure | History, subject: str, what: str, period: Span, *, on: DayLike | None = None) -> bool:
    """Whether a period is on record in full, for a sort of event, of a unit and of its predecessors.

    Args:
        h: a structure, or a history.
        subject: id of a unit or cluster.
        what: a figure (``admitted``), or a kind of matter (``discipline``).
        period: the period; its ``end`` is not included.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit: there never was such a unit or cluster.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2026-01-15") as act:
    ...     act.complete("vn", "discipline", period=2025)
    >>> is_on_record(act.structure, "vn", "discipline", om.Period("2025-03-01", "2025-04-01"))
    True
    """
    structure, asked = on_day(h, on), span(period)
    first, end = str(asked.start), str(asked.end)

    def covers(unit: str) -> bool:
        recorded = structure.last_slots(unit, ON_RECORD).items()
        return any((of == what and start <= first and end <= until) for (of, start, until), full in recorded if full)

    return all(map(covers, (subject, *structure.origins(subject))))


@strict
def count(
    h: Structure | History,
    subject: str | Person | None = None,
    kind: str | None = None,
    *,
    by: str | None = None,
    period: OpenSpan | None = None,
    **criteria: Any,
) -> Any:
    """The number of matters that :func:`matters` finds: a lower bound, unless all are on record.

    Args:
        h: a structure, or a history.
        subject: a unit, a cluster, another matter or a person.
        kind: only matters of this kind.
        by: count by a field, by ``state``, ``kind``, ``role`` or the sort of the party with a role: then a number for
            each; ``tag`` counts a document under each of its tags.
        period: only matters of this period; the number is exact if ``act.complete`` was recorded for all of it.
        criteria: the others of :func:`matters`.

    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-11-18") as act:
    ...     _ = act.propose("a", "bằng khen", year=2025)
    ...     _ = act.propose("b", "cờ thi đua", year=2025)
    >>> count(act.structure, kind="award"), count(act.structure, kind="award", by="form")
    (Quantity(2 or more), {'bằng khen': Quantity(1 or more), 'cờ thi đua': Quantity(1 or more)})
    """
    structure = on_day(h, criteria.pop("on", None))
    _check_count_by(structure, kind, by)
    listed = matters(structure, subject, kind, period=period, **criteria)
    year = criteria.get("year")
    asked = any_span(period) if period is not None else None if year is None else span(year)
    # Completeness is recorded of one subject, kind and period: any other question has a lower bound for an answer.
    complete = (
        isinstance(subject, str)
        and kind is not None
        and asked is not None
        and asked.start is not None
        and asked.end is not None
        and is_on_record(structure, subject, kind, asked)
    )

    def quantity(number: int) -> Quantity:
        return Quantity(number, "exact" if complete else "at least")

    if by is None:
        return quantity(len(listed))
    words = Counter(word for entry in listed for word in _words(entry, by, subject))
    return {word: quantity(number) for word, number in words.items()}


def _words(entry: Dossier, by: str, subject: str | Person | None) -> Iterable[Any]:
    """The words under which a matter is counted."""
    if entry.kind.role(by) is not None:
        return ["individual" if isinstance(who, Person) else "collective" for who in entry.of(by)]
    if by == "tag":
        return entry.said.get("tags") or ()
    if by == "role":
        return dict.fromkeys(part.role for part in entry.parties if part.who in (subject, entry.through))
    single = {"state": entry.state, "step": entry.state, "kind": entry.matter.kind}
    return (single[by] if by in single else entry.said.get(by),)


@strict
def state(h: Structure | History, matter: str, *, on: DayLike | None = None) -> str | Undecided:
    """The furthest step that a matter has taken; undecided if none is on record.

    Args:
        h: a structure, or a history.
        matter: id of the matter.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such matter on the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     award = act.propose("p", "bằng khen", year=2025)
    ...     act.decide(award, by="vn")
    >>> state(history.enact(act), award, on="2025-11-18")
    'granted'
    """
    step = dossier(on_day(h, on), matter).state
    return step or Undecided("step", (matter,), message="no step is on record; record one with step()")


@strict
def parties(h: Structure | History, matter: str, role: str, *, on: DayLike | None = None) -> tuple[Party, ...]:
    """Who has a role in a matter.

    Args:
        h: a structure, or a history.
        matter: id of the matter.
        role: a role of its kind.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such matter on the day.
        Refused: its kind has no such role.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     award = act.propose("p", "bằng khen", year=2025, granter="vn")
    >>> parties(act.structure, award, "recipient"), parties(act.structure, award, "granter")
    (('p',), ('vn',))
    """
    structure = on_day(h, on)
    _check_words(structure, structure.matter(matter).kind, role=role)
    return dossier(structure, matter).of(role)


@strict
def find(h: Structure | History, kind: str, *, on: DayLike | None = None, **key: Any) -> Dossier | None:
    """The matter of a kind by its natural key: ``find(h, "work-year", scope="cluster-2", year=2025)``.

    None if none is on record. If several fit, the matter is returned that states nothing for the rest of the key.

    Args:
        h: a structure, or a history.
        kind: id of the kind of matter.
        on: the day, if a history is asked; None: the last one of it.
        key: the parts of the natural key: roles with a party, fields with a value.

    Raises:
        Refused: the schema has no such kind, or the kind no such role or field.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-01-15") as act:
    ...     _ = act.plan("p", 2025)
    >>> find(act.structure, "work-year", scope="p", year=2025).state
    'planned'
    >>> find(act.structure, "work-year", scope="p", year=2024) is None
    True
    """
    structure = on_day(h, on)
    _check_words(structure, kind)
    wanted = {name: value for name, value in key.items() if value is not None}
    words = _words_of(structure, kind)
    refuse_unknown("a question about matters", "key", wanted, words["field"] | words["role"], rule="matter-key")
    # Matters of one party are few: its index narrows the search.
    subject = next((party for role, party in wanted.items() if role in words["role"]), None)
    listed = matters(structure, subject, kind, through=False)
    fitting = [entry for entry in listed if all(_states(entry, *part) for part in wanted.items())]
    if len(fitting) < 2:
        return next(iter(fitting), None)
    unnamed = set(structure.schema.matter_kinds[kind].keys) - wanted.keys() - words["role"]
    return next((entry for entry in fitting if not any(map(entry.said.get, unnamed))), None)


def _states(entry: Dossier, name: str, value: Any) -> bool:
    """Whether a matter has a party in a role, or a value in a field."""
    return value in entry.of(name) if entry.kind.role(name) is not None else bool(entry.said.get(name) == value)
