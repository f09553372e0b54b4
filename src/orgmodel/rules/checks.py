"""Ready-made checks whose numbers are data, so that a lawyer can change them without code.

Each works on whole columns. A case is a unit: it is in order, breaks the rule, or is undecided because a figure is
missing, which is not the same as zero.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Severity
from orgmodel.model import arithmetic
from orgmodel.model.track import OWN, SUBTREE
from orgmodel.period import FOREVER
from orgmodel.rules.rule import Rule, Satisfied, Undecided, Verdict
from orgmodel.rules.view import View
from orgmodel.structure.day_columns import TOTAL, Amounts, Floats, Places

__all__ = [
    "CHECKS",
    "CheckType",
]

COMPARISONS: Final = ("<", "<=", "==", ">=", ">", "between")
NAMES_VI: Final = "names_vi"
"""The setting by which the reader of a file passes the Vietnamese names of measures."""

_COMPARE: Final[Mapping[str, Callable[[Floats, Floats], npt.NDArray[np.bool_]]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
SCOPES: Final = (OWN, SUBTREE, TOTAL)


@frozen
class CheckType:
    """A kind of check that a rulebook file may name.

    Attributes:
        make: settings in the file -> rule.
        required: names of the required settings, with their shape.
        optional: names of the optional settings, with their shape.
        values: names of the required dated values, with their shape.
        optional_values: names of the optional dated values, with their shape.

    The shapes are ``word``, ``words``, ``measure``, ``measures``, ``kinds``, ``scope``,
    ``compare``, ``order`` (a comparison with one number), ``flag``, ``number``, ``share``, ``range``, ``limit`` (a number or a
    range), ``limits`` (a table of them), ``facts`` (a table of words), and ``any``.

    >>> import orgmodel as om
    >>> from orgmodel.rules.file import parse_rulebook
    >>> def coded(settings):
    ...     def check(view):
    ...         for unit in view.units(settings["on"]):
    ...             if not view.code(unit):
    ...                 yield om.Finding("", "it has no code", units=(unit,))
    ...     return check
    >>> text = '''
    ... [[rule]]
    ... id = "A1"
    ... statement = "a province has a code"
    ... check = "coded"
    ... on = ["province"]
    ... [[rule.version]]
    ... from = "2025-01-01"
    ... document = "house rule 1"
    ... certainty = "seen"
    ... '''
    >>> book = parse_rulebook(text, checks={**CHECKS, "coded": CheckType(coded, required={"on": "kinds"})})
    >>> structure = om.structure_of([{"id": "p", "kind": "province"}], day="2025-07-01")
    >>> [str(finding) for finding in structure.audit(book).findings]
    ['2025-07-01: p: it has no code [A1: house rule 1]']
    """

    make: Callable[[Mapping[str, Any]], Rule]
    required: Mapping[str, str] = field(factory=dict)
    optional: Mapping[str, str] = field(factory=dict)
    values: Mapping[str, str] = field(factory=dict)
    optional_values: Mapping[str, str] = field(factory=dict)


def interval(compare: str, limit: Any) -> tuple[float, float]:
    """The closed interval of the values that pass a comparison.

    >>> interval(">=", 3), interval("between", [9, 11]), interval("==", 2)
    ((3.0, inf), (9.0, 11.0), (2.0, 2.0))
    >>> 30 <= interval("<", 30)[1]
    False
    """
    if isinstance(limit, Sequence) and not isinstance(limit, str):
        return float(limit[0]), float(limit[1])
    value = float(limit)
    # An open end is the nearest float on the inside, so that all limits can be compared as closed intervals.
    match compare:
        case ">=":
            return value, np.inf
        case "<=":
            return -np.inf, value
        case ">":
            return float(np.nextafter(value, np.inf)), np.inf
        case "<":
            return -np.inf, float(np.nextafter(value, -np.inf))
        case _:
            return value, value


def in_words(compare: str, limit: Any) -> tuple[str, str]:
    """A comparison in words, English and Vietnamese.

    >>> in_words(">=", 3)
    ('at least 3', 'từ 3 trở lên')
    """
    if isinstance(limit, Sequence) and not isinstance(limit, str):
        if limit[0] == limit[1]:
            return f"{limit[0]}", f"bằng {limit[0]}"
        return f"{limit[0]} to {limit[1]}", f"từ {limit[0]} đến {limit[1]}"
    return {
        ">=": (f"at least {limit}", f"từ {limit} trở lên"),
        "<=": (f"at most {limit}", f"không quá {limit}"),
        ">": (f"more than {limit}", f"trên {limit}"),
        "<": (f"less than {limit}", f"dưới {limit}"),
    }.get(compare, (f"{limit}", f"bằng {limit}"))


def plain(measure: str) -> str:
    """The id of a measure as words.

    >>> plain("members_official")
    'members official'
    """
    return measure.replace("_", " ").replace(":", " ")


def _vi(view: View, settings: Mapping[str, Any], measure: str) -> str:
    """The Vietnamese name of a measure: from the structure, else from the rulebook's file, else its id."""
    declared = view.after.measures.get(measure)
    if declared is not None and declared.name_vi:
        return declared.name_vi
    return str(settings.get(NAMES_VI, {}).get(measure) or plain(measure))


def _number(value: float) -> str:
    return f"{int(value)}" if float(value).is_integer() else f"{value:.4g}"


def _exact(amounts: Amounts) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The figures, and a mask of those that are exact."""
    return amounts.low, np.isfinite(amounts.low) & (amounts.low == amounts.high)


def _shown(low: float, high: float) -> str:
    """The bounds of a figure, for a message."""
    if low == high:
        return _number(low)
    if low == -np.inf:
        return f"at most {_number(high)}"
    return f"at least {_number(low)}" if high == np.inf else f"{_number(low)} to {_number(high)}"


def chosen(view: View, settings: Mapping[str, Any]) -> Places:
    """Positions of the units that a rule's ``on``, ``category`` and ``where`` choose."""
    places = view.columns.where(settings.get("on", ()), settings.get("category", ()))
    only = settings.get("where")
    if only is not None:
        # A fact that is recorded as False does not choose a unit either.
        having = view.facts(only)
        ids = view.columns.ids
        places = np.array([i for i in places.tolist() if having.get(ids[i])], np.intp)
    return places


OK: Final = Satisfied(1)
"""One case in order."""


def lacking(missing: str, units: Iterable[str]) -> Iterator[Undecided]:
    """The undecided cases that lack a figure or fact, if there are any."""
    listed = tuple(units)
    if listed:
        yield Undecided(missing, listed)


def _either(view: View, words: Sequence[str]) -> tuple[str, str]:
    """Kinds or categories as alternatives, in English and Vietnamese."""
    return " or ".join(words), " hoặc ".join(map(view.name_vi, words))


@frozen
class _Limits:
    """The limits that may be in force for units; several for a unit whose mergers are not known for certain.

    Attributes:
        least: the lowest allowed figure, an array of units by limits.
        most: the highest allowed figure, likewise.
        may: whether the limit may be in force for the unit, likewise.
        stated: the limits as the file has them.
    """

    least: Floats = field(eq=False)
    most: Floats = field(eq=False)
    may: npt.NDArray[np.bool_] = field(eq=False)
    stated: tuple[Any, ...]

    def good(self, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
        """A mask of the units that pass every limit that may be in force."""
        passes = (low[:, None] >= self.least) & (high[:, None] <= self.most)
        return np.asarray((passes | ~self.may).all(axis=1))

    def bad(self, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
        """A mask of the units that pass no limit that may be in force."""
        fails = (high[:, None] < self.least) | (low[:, None] > self.most)
        return np.asarray((fails | ~self.may).all(axis=1))

    def of(self, k: int) -> list[Any]:
        """The limits that may be in force for unit number ``k``, as the file has them."""
        return [limit for limit, may in zip(self.stated, self.may[k].tolist(), strict=True) if may]

    def only(self, mask: npt.NDArray[np.bool_]) -> _Limits:
        """The limits of some units."""
        return evolve(self, least=self.least[mask], most=self.most[mask], may=self.may[mask])


def limits_for(view: View, places: Places, values: Mapping[str, Any], compare: str) -> _Limits:
    """The limits in force for units: by code, else by category, else by the number of units they were made of.

    ``by_merged`` has the limit from a number of merged units on. If this number is unknown, or depends on whether parts
    count, several limits may be in force. ``value`` is the limit for all others.
    """
    columns = view.columns
    merged = {int(n): limit for n, limit in values.get("by_merged", {}).items()}
    low, high = (column.take(places) for column in columns.merged_ranges(values.get("merged_since")))
    stated: list[Any] = []
    may: list[npt.NDArray[np.bool_]] = []

    def put(limit: Any, mask: npt.NDArray[np.bool_]) -> None:
        stated.append(limit)
        may.append(mask)

    # The law names some units by their code; that limit holds whatever their category. Both come before
    # the number of units that one was made of.
    free = np.ones(len(places), bool)
    for words, column in (("by_code", columns.column("code")), ("by_category", columns.column("category"))):
        own = [column.get(unit) for unit in columns.names(places)] if values.get(words) else []
        for word, limit in values.get(words, {}).items():
            mask = free & np.array([own_word == word for own_word in own], bool)
            put(limit, mask)
            free &= ~mask
    steps = sorted(merged)
    # Each step holds up to the next; the last one also for a number that is not known, which is FOREVER at most.
    for n, following in zip([0, *steps], [*steps, FOREVER + 1], strict=True):
        if n or "value" in values:
            put(merged[n] if n else values["value"], free & (low < following) & (high >= n))
    intervals = np.array([interval(compare, limit) for limit in stated]).reshape(-1, 2)
    least, most = (np.broadcast_to(intervals[:, i], (len(places), len(stated))) for i in (0, 1))
    return _Limits(least, most, np.array(may, bool).reshape(len(stated), len(places)).T, tuple(stated))


def _must(compare: str, limits: list[Any]) -> tuple[str, str]:
    """What a figure must be, in English and Vietnamese; several limits if it is not known which one is in force."""
    words = [in_words(compare, limit) for limit in limits]
    return " or ".join(en for en, _ in words), " hoặc ".join(vi for _, vi in words)


@frozen
class MeasureCheck:
    """A figure of each unit, compared with the limit in force.

    Args:
        settings: ``measure``, ``compare``, and if need be ``on`` (kinds), ``category``,
            ``where`` (a fact that must be recorded), ``scope``, ``own_category`` (categories
            whose own figure counts whatever the scope), ``unless`` (facts of which one excuses), ``only_stated`` (units that state nothing are no case), ``advice``
            (what to do), ``advice_vi``.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        s, measure = self.settings, self.settings["measure"]
        ids = view.columns.ids
        places, limits = self._cases(view)
        low, high = self._figures(view, places)
        good, bad = limits.good(low, high), limits.bad(low, high)
        # A fact excuses a unit whose figure is wrong or missing; one that is right needs no excuse.
        excused = {unit for fact in s.get("unless", ()) for unit, value in view.facts(fact).items() if value}
        for k in np.flatnonzero(~good).tolist() if excused else ():
            if ids[places[k]] in excused:
                good[k], bad[k] = True, False
        yield Satisfied(int(good.sum()))
        for k in np.flatnonzero(bad).tolist():
            yield self._finding(view, ids[places[k]], float(low[k]), float(high[k]), limits.of(k))
        # An exact figure that is undecided does not lack the figure: it is unknown which limit is in force.
        open_, exact = ~good & ~bad, low == high
        yield from lacking("merged_from", view.columns.names(places[open_ & exact]))
        yield from lacking(measure, view.columns.names(places[open_ & ~exact]))

    def _cases(self, view: View) -> tuple[Places, _Limits]:
        """The units that are asked about, and their limits; one without a limit, nor a default, is no case."""
        s = self.settings
        places = chosen(view, s)
        if s.get("only_stated"):
            places = places[view.columns.says(s["measure"], s.get("scope", OWN)).take(places)]
        limits = limits_for(view, places, view.values, s["compare"])
        limited = np.asarray(limits.may.any(axis=1))
        return places[limited], limits.only(limited)

    def _figures(self, view: View, places: Places) -> tuple[Floats, Floats]:
        """What units have at least and at most: their own figure where its category says so, else that of the scope."""
        s = self.settings
        amounts = view.columns.amounts(s["measure"], s.get("scope", OWN))
        low, high = amounts.low.take(places), amounts.high.take(places)
        if s.get("own_category"):
            own = view.columns.amounts(s["measure"])
            single = np.isin(places, view.columns.where((), s["own_category"]))
            low, high = np.where(single, own.low.take(places), low), np.where(single, own.high.take(places), high)
        return low, high

    def _finding(self, view: View, unit: str, low: float, high: float, limits: list[Any]) -> Finding:
        s = self.settings
        must, must_vi = _must(s["compare"], limits)
        shown = _shown(low, high)
        text = f"{view.label(unit)}: {plain(s['measure'])} is {shown}, must be {must}"
        text_vi = f"{view.label(unit)}: {_vi(view, s, s['measure'])} là {shown}, phải {must_vi}"
        # Another source may have other limits for some units. That casts no doubt on those of the others.
        disputed = view.values.get("disputed_by_code", {}).get(view.code(unit))
        severity: Severity = "error"
        certainty = ""
        if disputed is not None and low == high and disputed[0] <= low <= disputed[1]:
            severity, certainty = "warning", "disputed source"
            text += f"; another source gives {disputed[0]} to {disputed[1]}"
            text_vi += f"; nguồn khác ghi {disputed[0]} đến {disputed[1]}"
        if s.get("advice"):
            text += f"; {s['advice']}"
        if s.get("advice_vi"):
            text_vi += f"; {s['advice_vi']}"
        return Finding("", text, (unit,), None, severity, text_vi, certainty=certainty)


@frozen
class ShareCheck:
    """The share of a part in a whole, compared with the share in force; the finding has the margin.

    Args:
        settings: ``part`` and ``of`` (measures), ``compare``, ``on``, ``category``,
            ``only_stated``.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        s = self.settings
        limit = Fraction(str(view.value))
        must, must_vi = in_words(s["compare"], f"{100 * float(limit):.4g} %")
        parts, wholes = (_exact(view.columns.amounts(s[name])) for name in ("part", "of"))
        places = chosen(view, s)
        # Of nothing there is no share: a whole of 0 counts as one that is not stated.
        known = (parts[1] & wholes[1] & (wholes[0] != 0)).take(places)
        silent = places[~known]
        has_part = parts[1].take(silent)
        yield from lacking(s["of"], view.columns.names(silent[has_part]))
        without_part = silent[~has_part]
        if s.get("only_stated"):
            without_part = without_part[view.columns.says(s["part"]).take(without_part)]
        yield from lacking(s["part"], view.columns.names(without_part))
        places = places[known]
        # A part larger than its whole means that one of the figures is wrong.
        larger = parts[0].take(places) > wholes[0].take(places)
        for i in places[larger].tolist():
            unit, amount, sum_ = view.columns.ids[i], _number(parts[0][i]), _number(wholes[0][i])
            yield Finding(
                "",
                f"{view.label(unit)}: {plain(s['part'])} {amount} of {sum_}: a part is no more than the whole; mend the figures",
                (unit,),
                message_vi=f"{view.label(unit)}: {_vi(view, s, s['part'])} {amount} trên {sum_}: số liệu mâu thuẫn",
            )
        places = places[~larger]
        # Compared as products of whole numbers, which are exact: 2/3 of 300 is 200, and 0.15 of 100 is 15.
        good = _COMPARE[s["compare"]](
            parts[0].take(places) * limit.denominator, wholes[0].take(places) * limit.numerator
        )
        yield Satisfied(int(good.sum()))
        for i in places[~good].tolist():
            unit = view.columns.ids[i]
            part, total = (arithmetic.plain(n, n) for n in (float(parts[0][i]), float(wholes[0][i])))
            share = Fraction(part) / Fraction(total)
            margin = 100 * float(share - limit)
            yield Finding(
                "",
                f"{view.label(unit)}: {plain(s['part'])} {part} of {total} = {100 * float(share):.4g} %, must be {must} "
                f"({abs(margin):.3g} points {'below' if margin < 0 else 'above'})",
                (unit,),
                message_vi=f"{view.label(unit)}: {_vi(view, s, s['part'])} {part} trên {total} = {100 * float(share):.4g} %, "
                f"phải {must_vi} ({'thiếu' if margin < 0 else 'vượt'} {abs(margin):.3g} điểm)",
            )


@frozen
class RelationCheck:
    """A figure compared with the sum of others of the same unit.

    Args:
        settings: ``measure``, ``compare``, ``to`` (measures added), ``less`` (measures
            taken off), ``on``, ``category``, ``only_stated``, ``merged`` (True: only
            units made by a merger; False: only others).
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        s = self.settings
        scope = s.get("scope", OWN)
        names = (s["measure"], *s["to"], *s.get("less", ()))
        figures = [_exact(view.columns.amounts(m, scope)) for m in names]
        added = len(s["to"])
        places = chosen(view, s)
        if s.get("only_stated"):
            places = places[view.columns.says(s["measure"], scope).take(places)]
        if "merged" in s:
            since = view.values.get("merged_since")
            merged = {place: view.merged(view.columns.ids[place], since) for place in places.tolist()}
            unsure = [view.columns.ids[place] for place, is_merged in merged.items() if is_merged is None]
            yield from (Undecided("merged_from", [unit]) for unit in unsure)
            places = np.array([place for place, is_merged in merged.items() if is_merged == s["merged"]], np.intp)
        known_all = np.all([known.take(places) for _, known in figures], axis=0)
        silent = places[~known_all]
        # A unit that lacks several figures is one case, listed under the first of them.
        for name, (_, known) in zip(names, figures, strict=True):
            lacks = ~known.take(silent)
            yield from lacking(name, view.columns.names(silent[lacks]))
            silent = silent[~lacks]
        places = places[known_all]
        first, *addends = (values.take(places) for values, _ in figures)
        others = np.sum([*addends[:added], *(-column for column in addends[added:])], axis=0)
        good = _COMPARE[s["compare"]](first, others)
        yield Satisfied(int(good.sum()))
        for i, figure, other in zip(places[~good].tolist(), first[~good].tolist(), others[~good].tolist(), strict=True):
            yield self._finding(view, view.columns.ids[i], figure, other)

    def _finding(self, view: View, unit: str, figure: float, other: float) -> Finding:
        s = self.settings
        less = s.get("less", ())
        sum_en = " + ".join(map(plain, s["to"])) + "".join(f" - {plain(m)}" for m in less)
        sum_vi = " + ".join(_vi(view, s, m) for m in s["to"]) + "".join(f" - {_vi(view, s, m)}" for m in less)
        must, must_vi = in_words(s["compare"], _number(other))
        return Finding(
            "",
            f"{view.label(unit)}: {plain(s['measure'])} is {_number(figure)}, must be {must} ({sum_en})",
            (unit,),
            message_vi=f"{view.label(unit)}: {_vi(view, s, s['measure'])} là {_number(figure)}, phải {must_vi} ({sum_vi})",
        )


@frozen
class ParentCheck:
    """The kind and category of the parent.

    Args:
        settings: ``on``, ``category``; the values ``kinds`` and ``categories`` are those that may stand above,
            ``any_category`` the kinds whose category does not matter. A parent of the right kind without a category is
            undecided.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        columns = view.columns
        kinds, categories = view.values["kinds"], view.values.get("categories", ())
        free = view.values.get("any_category", () if categories else kinds)
        allowed, allowed_vi = _either(view, [*categories, *free])
        for i in chosen(view, self.settings).tolist():
            unit, above = columns.ids[i], int(columns.parents[i])
            if above < 0:
                text = f"{view.label(unit)} stands under nothing; it belongs under {allowed}"
                text_vi = f"{view.label(unit)} không trực thuộc cấp nào; phải trực thuộc {allowed_vi}"
                yield Finding("", text, (unit,), message_vi=text_vi)
                continue
            parent, kind, category = columns.ids[above], columns.kinds[above], columns.categories[above]
            if kind is None:
                yield Undecided("kind", [parent])
            elif kind in kinds and (kind in free or category in categories):
                yield OK
            elif kind in kinds and category is None:
                yield Undecided("category", [parent])
            else:
                word = category or kind or ""
                top, top_vi = (f"{view.label(parent)} ({text})" for text in (word, view.name_vi(word)))
                yield Finding(
                    "",
                    f"{view.label(unit)} stands under {top}; it belongs under {allowed}",
                    (unit, parent),
                    message_vi=f"{view.label(unit)} đang trực thuộc {top_vi}; phải trực thuộc {allowed_vi}",
                )


@frozen
class ChildrenCheck:
    """The number of children of some kind or category of each unit.

    Args:
        settings: ``on``, ``category``, ``where``; ``child_kind``, ``child_category``, ``child_not`` (categories that
            are not counted), ``child_without`` (facts of children that are not counted); ``compare``. Without any
            recorded child the case is undecided, because children may be missing, unless ``none_is_known``; with
            ``all_recorded`` it is undecided if one of the kinds has none.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        s = self.settings
        kinds, categories = s.get("child_kind", ()), s.get("child_category", ())
        words, words_vi = _either(view, categories or kinds)
        places = chosen(view, s)
        limits = limits_for(view, places, view.values, s["compare"])
        units = view.columns.names(places)
        children = [sorted(view.children(unit, kinds, categories)) for unit in units]
        uncounted = self._uncounted(view)
        counted = [[kid for kid in kids if kid not in uncounted] for kids in children]
        numbers = np.array(list(map(len, counted)), np.float64)
        good, bad = limits.good(numbers, numbers), limits.bad(numbers, numbers)
        # A unit without a limit, not even a default one, is no case.
        for k in np.flatnonzero(limits.may.any(axis=1)).tolist():
            unit, absent = units[k], [kind for kind in kinds if kind not in map(view.kind, children[k])]
            if s.get("all_recorded") and absent:
                yield Undecided(absent[0], [unit])
            elif not counted[k] and not s.get("none_is_known"):
                yield Undecided(words, [unit], message_vi=f"thiếu {words_vi}")
            elif good[k]:
                yield OK
            elif not bad[k]:
                yield Undecided("merged_from", [unit])
            else:
                must, must_vi = _must(s["compare"], limits.of(k))
                text = f"{view.label(unit)}: {len(counted[k])} of {words} directly below, must be {must}"
                text_vi = f"{view.label(unit)}: có {len(counted[k])} {words_vi} trực thuộc, phải {must_vi}"
                yield Finding("", text, (unit, *counted[k]), message_vi=text_vi)

    def _uncounted(self, view: View) -> set[str]:
        """The units that do not count: by their category, or by a fact."""
        by_category = view.units(category=ignored) if (ignored := self.settings.get("child_not", ())) else ()
        facts = self.settings.get("child_without", {}).items()
        return {*by_category, *(unit for name, word in facts for unit, v in view.facts(name).items() if v == word)}


@frozen
class AbsentCheck:
    """Units that may not exist at all.

    Args:
        settings: ``on`` (the units under which to look; each is a case), ``below`` (True: all units below, else only
            children), ``instead`` (categories of which one must be recorded there: else it is undecided whether the old
            units have ended or were never recorded). The values ``kinds`` and ``categories`` are the forbidden ones.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        columns, values = view.columns, view.values
        kinds, categories = values.get("kinds", ()), values.get("categories", ())
        wrong = np.zeros(len(columns.ids), bool)
        if kinds:
            wrong[columns.where(kinds)] = True
        if categories:
            wrong[columns.where((), categories)] = True
        places = chosen(view, self.settings).tolist()
        parents, ends = columns.parents, columns.ends
        instead = frozenset(self.settings.get("instead", ()))
        for i in places:
            # In preorder all units below one follow it, up to its end.
            inside = np.flatnonzero(wrong[i + 1 : ends[i]]) + i + 1
            if not self.settings.get("below"):
                inside = inside[parents.take(inside) == i]
            if not len(inside):
                # Without what took their place, the old ones may only be missing from the record.
                below = {columns.categories[k] for k in columns.children.get(i, ())}
                if instead and not instead & below:
                    words, words_vi = _either(view, self.settings["instead"])
                    yield Undecided(words, [columns.ids[i]], message_vi=f"thiếu {words_vi}")
                else:
                    yield OK
            for k in inside.tolist():
                unit, word = columns.ids[k], columns.categories[k] or columns.kinds[k]
                yield Finding(
                    "",
                    f"{view.label(unit)} is a {word} under {view.label(columns.ids[i])}; there may be none any more",
                    (unit, columns.ids[i]),
                    message_vi=f"{view.label(unit)} là {word} thuộc {view.label(columns.ids[i])}; loại hình này đã kết thúc",
                )


@frozen
class FactCheck:
    """A recorded fact, which must be one of several words.

    Args:
        settings: ``fact``, ``on``, ``category``, ``where``, ``only_stated``. The value ``words`` lists the allowed ones.
    """

    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on each unit."""
        s = self.settings
        recorded = view.facts(s["fact"]) if s["fact"] != "category" else None
        words = view.values["words"]
        for i in chosen(view, s).tolist():
            unit = view.columns.ids[i]
            value = view.columns.categories[i] if recorded is None else recorded.get(unit)
            if value is None:
                if not s.get("only_stated"):
                    yield Undecided(s["fact"], [unit])
            elif value in words:
                yield OK
            else:
                yield Finding(
                    "",
                    f"{view.label(unit)}: {plain(s['fact'])} is {value!r}; it must be {' or '.join(map(str, words))}",
                    (unit,),
                    message_vi=f"{view.label(unit)}: {plain(s['fact'])} là {value!r}; phải là {' hoặc '.join(map(str, words))}",
                )


_WHERE: Final = {"on": "kinds", "category": "words", "where": "word", "only_stated": "flag"}
_LIMITS: Final = {"by_code": "limits", "by_category": "limits", "by_merged": "limits", "merged_since": "day"}

CHECKS: Final[Mapping[str, CheckType]] = MappingProxyType(
    {
        "measure": CheckType(
            MeasureCheck,
            {"measure": "measure", "compare": "compare"},
            {
                **_WHERE,
                "scope": "scope",
                "own_category": "words",
                "unless": "words",
                "advice": "word",
                "advice_vi": "word",
            },
            {},
            {"value": "limit", **_LIMITS, "disputed_by_code": "limits"},
        ),
        "share": CheckType(
            ShareCheck, {"part": "measure", "of": "measure", "compare": "order"}, _WHERE, {"value": "share"}
        ),
        "relation": CheckType(
            RelationCheck,
            {"measure": "measure", "compare": "order", "to": "measures"},
            {**_WHERE, "less": "measures", "scope": "scope", "merged": "flag"},
            {},
            {"merged_since": "day"},
        ),
        "parent": CheckType(
            ParentCheck, {}, _WHERE, {"kinds": "kinds"}, {"categories": "words", "any_category": "kinds"}
        ),
        "children": CheckType(
            ChildrenCheck,
            {"compare": "compare"},
            {
                **_WHERE,
                "child_kind": "kinds",
                "child_category": "words",
                "child_not": "words",
                "child_without": "facts",
                "none_is_known": "flag",
                "all_recorded": "flag",
            },
            {},
            {"value": "limit", **_LIMITS},
        ),
        "absent": CheckType(
            AbsentCheck,
            {"on": "kinds"},
            {"category": "words", "below": "flag", "instead": "words"},
            {},
            {"kinds": "kinds", "categories": "words"},
        ),
        "fact": CheckType(FactCheck, {"fact": "word"}, _WHERE, {"words": "words"}),
    }
)
"""The checks that a rulebook file may name, by name."""
