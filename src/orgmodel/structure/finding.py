"""Searches for units of a day by id, code or name, for :class:`~orgmodel.structure.structure.Structure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from orgmodel.engine.state import UNIT
from orgmodel.errors import Ambiguous, Finding, Refused, UnknownUnit
from orgmodel.model import track as tracks
from orgmodel.model.door import a_text, like, texts
from orgmodel.model.unit import Unit
from orgmodel.structure.day_reader import DayReader
from orgmodel.structure.matcher import Match
from orgmodel.structure.matches import Matches

__all__ = [
    "ID",
    "above_of_each",
    "find",
    "known_kind",
    "match",
    "meaning",
    "one",
    "scheme_of",
]

ID: Final = "id"


def known_kind(structure: DayReader, kind: Any) -> str:
    """The id of a kind, by its id, or by its name in a language if only one kind has it.

    Raises:
        Refused: no unit ever had such a kind, and the schema does not know it.
    """
    word = a_text(kind, "a kind")
    schema, state = structure.schema, structure._state
    if word in schema.by_id or state.may_hold(tracks.KIND, word):
        return word
    named = schema.kinds_called(word)
    if len(named) == 1:
        return named[0]
    if named:
        message = f"{word!r} is said of several kinds: {', '.join(named)}; give one of these"
    else:
        ever = {kind for kind in state.spans(tracks.KIND)[4] if kind is not None}
        known = list(dict.fromkeys([*(schema_kind.id for schema_kind in schema.kinds), *sorted(ever)]))
        near = like(word, known) or [near for near in [schema.nearest_kind(word)] if near]
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        message = f"there is no kind {word!r} (there are {', '.join(known) or 'none'}){hint}"
    raise Refused("a kind", [Finding("kind", message, day=structure.day)])


def find(
    structure: DayReader,
    text: str | None,
    *,
    code: str | None,
    name: str | None,
    kind: str | None,
    category: str | None,
    above: str | Iterable[str],
) -> tuple[Unit, ...]:
    """The units that a text or criteria find: see :meth:`~orgmodel.structure.structure.Structure.find`."""
    kind = None if kind is None else known_kind(structure, kind)
    structure._check_on_record(kind)
    matcher, tops = structure._matcher, texts(above, "what stands above")
    category = None if category is None else a_text(category, "a category")
    # A unit must meet all criteria that name one.
    meeting: list[list[int]] = []
    if text is not None:
        meeting.append(matcher.find(a_text(text, "a text"), above=tops, kind=kind)[0])
    if code is not None:
        meeting.append(matcher.under(matcher.coded(a_text(code, "a code"))[1], tops))
    if name is not None:
        meeting.append(matcher.find(a_text(name, "a name"), above=tops, kind=kind, names_only=True)[0])
    if meeting:
        numbers = list(set(meeting[0]).intersection(*meeting[1:]))
        if len(numbers) > 1:
            # Nearly always there is one, and then the preorder of the day is not needed.
            order = set(numbers)
            numbers = [number for number in structure._units.tolist() if number in order]
    else:
        numbers = matcher.under(structure._units.tolist(), tops)
    units = map(structure._unit, numbers)
    return tuple(u for u in units if (kind is None or u.kind == kind) and category in (None, u.category))


def one(structure: DayReader, text: str | None, **criteria: Any) -> Unit:
    """The only unit that a text or criteria find: see :meth:`~orgmodel.structure.structure.Structure.one`."""
    fitting = find(structure, text, **criteria)
    if len(fitting) == 1:
        return fitting[0]
    words = ", ".join(f"{key}={value!r}" for key, value in criteria.items() if value not in (None, ()))
    asked = text if text is not None else words
    if fitting:
        units = ", ".join(f"{u.id} ({u.kind} {u.label})" for u in fitting[:5])
        more = f" and {len(fitting) - 5} more" if len(fitting) > 5 else ""
        message = f"{len(fitting)} units fit: {units}{more}; give the id, or add kind= or above="
        raise Ambiguous(f"the unit {asked!r}", [Finding("one-unit", message, day=structure.day)])
    named = next((word for word in (text, criteria["name"], criteria["code"]) if word is not None), None)
    if named is None:
        raise UnknownUnit(asked)
    _raise_for_other_days(structure, named, criteria)
    tops = texts(criteria["above"], "what stands above")
    if criteria["kind"] is not None:
        criteria["kind"] = known_kind(structure, criteria["kind"])
    *_, elsewhere = structure._matcher.find(named, above=tops, kind=criteria["kind"])
    if elsewhere:
        ids = [structure._state.name(number) for number in elsewhere]
        raise UnknownUnit(asked, ids, why=f"it is borne elsewhere: {_called(structure, ids)}")
    near = structure._matcher.near(named, above=tops, kind=criteria["kind"])
    raise UnknownUnit(asked, near, why=f"on {structure.day}; near it {_called(structure, near)}" if near else "")


def _called(structure: DayReader, ids: Sequence[str]) -> str:
    """The first units with their names, for a message."""
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return "; ".join(f"{structure._called(unit)} ({unit})" for unit in ids[:3]) + more


def _raise_for_other_days(structure: DayReader, text: str, criteria: Mapping[str, Any]) -> None:
    """Raise if a text means units of other days: they have ended, or begin later."""
    state = structure._state
    tops = texts(criteria["above"], "what stands above")
    ids = structure._matcher_ever.match(text, above=tops, kind=criteria["kind"], near=False).units
    others = [number for unit in ids if (number := state.number(unit)) is not None]
    others = [number for number in others if state.value(tracks.LIFE, number, structure._at) != UNIT]
    if len(others) == 1:
        # Raises with its days and its successors.
        structure._missing(state.name(others[0]))
    if others:
        lives = []
        for number in others[:5]:
            rows = state.rows(tracks.LIFE, number)
            days = f"{dt.date.fromordinal(rows[0][0])} to before {dt.date.fromordinal(rows[-1][1])}"
            lives.append(f"{state.name(number)} ({days})" if rows[-1][1] <= structure._at else
                        f"{state.name(number)} (from {dt.date.fromordinal(rows[0][0])})")  # fmt: skip
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise UnknownUnit(text, (), why=f"on {structure.day}; on other days there are {', '.join(lives)}{more}")


def match(
    structure: DayReader,
    wanted: str | Iterable[str],
    *,
    above: str | Iterable[str | Iterable[str] | None],
    kind: str | None,
    by: str | None,
) -> Matches:
    """The matches of many texts: see :meth:`~orgmodel.structure.structure.Structure.match`."""
    kind = None if kind is None else known_kind(structure, kind)
    structure._check_on_record(kind)
    listed = texts(wanted, "the texts")
    tops = above_of_each(above, len(listed))
    if by is not None:
        asked = meaning(structure, by, kind)
    else:
        asked = cache(lambda text, top: structure._matcher.match(text, above=top, kind=kind))
    return Matches(tuple(asked(text, top) for text, top in zip(listed, tops, strict=True)), structure._called)


def scheme_of(by: Any) -> str:
    """The scheme by which units are named: ``id``, ``code``, ``name``, or another one such as ``code:gso``.

    Raises:
        Refused: it is none of these.

    >>> scheme_of("name:short")
    'name:short'
    """
    word = a_text(by, "by=")
    if word != ID and tracks.family(word) not in (tracks.NAME, tracks.CODE):
        near = like(word.casefold(), (ID, tracks.NAME, tracks.CODE), least=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        message = f"units are named by id, code or name, or by one such as code:gso, not by {word!r}{hint}"
        raise Refused("by=", [Finding("by", message)])
    return word


def meaning(
    structure: DayReader, by: str, kind: str | None = None, among: Callable[[int], bool] | None = None
) -> Callable[[str, tuple[str, ...]], Match]:
    """A function (text, names of units above) -> match, for the units of a day.

    Args:
        structure: the structure of the day.
        by: the scheme, see :func:`scheme_of`.
        kind: the kind of the units.
        among: whether a unit, by its number, may be meant.
    """
    scheme, matcher = scheme_of(by), structure._matcher
    family = tracks.family(scheme)

    @cache
    def asked(text: str, above: tuple[str, ...]) -> Match:
        if family == tracks.NAME:
            only = None if scheme == tracks.NAME else scheme
            return matcher.match(text, above=above, kind=kind, scheme=only, among=among, names_only=True)
        return matcher.match_exact(text, scheme, above=above, kind=kind, among=among)

    return asked


def above_of_each(above: str | Iterable[str | Iterable[str] | None], count: int) -> list[tuple[str, ...]]:
    """For each of ``count`` texts the names of units above it; a single text counts for all of them.

    Raises:
        Refused: their number differs, or one is no text.
    """
    if isinstance(above, str):
        return [(above,)] * count
    listed = [() if tops is None else texts(tops, "what stands above") for tops in above]
    if not listed:
        return [()] * count
    if len(listed) != count:
        message = f"there are {len(listed)} for {count} texts; give one for each text, None where it is not known"
        raise Refused("what stands above", [Finding("above", message)])
    return [tuple(part for part in tops if part.strip()) for tops in listed]
