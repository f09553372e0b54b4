"""Rulebook files: TOML in which the numbers, their days and their citations are data.

The file is parsed, never run. All its faults are reported at once, each with its line. Days may be written as a month or
a year: as a beginning they mean its first day, as an end (``to``, the last day on which the rule holds) its last day.
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
import re
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import combinations
from typing import Any, Final, cast

from attrs import evolve, field, frozen

from orgmodel.errors import BadDay, Finding, InvalidFile, Severity
from orgmodel.model.measure import Measure
from orgmodel.model.plain import plain_fraction
from orgmodel.period import Period, as_day
from orgmodel.rules.checks import CHECKS, COMPARISONS, NAMES_VI, SCOPES, CheckType
from orgmodel.rules.rule import CERTAINTIES, About, CitedRule, Version
from orgmodel.rules.rulebook import NotModelled, Rulebook
from orgmodel.rules.toml import Lines, parse_toml, read_toml

__all__ = [
    "parse_rulebook",
    "read_rulebook",
]

_RULE_KEYS: Final = frozenset({"id", "statement", "statement_vi", "check", "severity", "about", "version"})
_VERSION_KEYS: Final = frozenset({"from", "to", "document", "article", "certainty", "ref", "note", "severity"})
_SEVERITIES: Final = ("error", "warning", "note")
_LARGE: Final = 1e100
"""Larger than any limit of a rule."""


def first_day(text: str | dt.date) -> dt.date:
    """The first day of a day, month or year.

    >>> first_day("2011-01"), first_day("2020"), first_day("2025-05-30")
    (datetime.date(2011, 1, 1), datetime.date(2020, 1, 1), datetime.date(2025, 5, 30))
    """
    if not isinstance(text, str):
        return as_day(text)
    if re.fullmatch(r"\d{4}", text):
        return as_day(f"{text}-01-01")
    return as_day(f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text)


def last_day(text: str | dt.date) -> dt.date:
    """The last day of a day, month or year.

    >>> last_day("2024-02"), last_day("2030"), last_day("2025-05-29")
    (datetime.date(2024, 2, 29), datetime.date(2030, 12, 31), datetime.date(2025, 5, 29))
    """
    # It refuses what is no day, so only the length is left to say what the text names.
    first = first_day(text)
    if isinstance(text, str) and len(text) == 4:
        return first.replace(month=12, day=31)
    if isinstance(text, str) and len(text) == 7:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


@frozen
class _Place:
    """A table of the file: how its faults name it, and where it stands.

    Attributes:
        lines: the lines of all tables.
        path: the keys and numbers that lead to it.
        name: goes before its faults: ``rule A01, version 2``.
        faults: the faults of the file so far.
    """

    lines: Lines
    path: tuple[str | int, ...] = ()
    name: str = ""
    faults: list[Finding] = field(factory=list)

    @property
    def line(self) -> int | None:
        """The line on which it begins."""
        return self.lines.of(*self.path)

    def inside(self, name: str, *path: str | int) -> _Place:
        """A table within it."""
        return evolve(self, path=(*self.path, *path), name=f"{self.name}, {name}" if self.name else name)

    def fault(self, rule: str, message: str, *path: str | int) -> None:
        """Note a fault of the table, or of what a path leads to from it."""
        named = f"{self.name}: {message}" if self.name else message
        self.faults.append(Finding(rule, named, row=self.lines.of(*self.path, *path)))


class _Reader:
    """Reads one file; what is wrong is noted at its place."""

    def __init__(
        self,
        measures: Iterable[Measure | str] | None,
        kinds: Iterable[str] | None,
        checks: Mapping[str, CheckType],
    ) -> None:
        self.checks = checks
        known = None if measures is None else [m if isinstance(m, Measure) else Measure(m) for m in measures]
        self.measures = None if known is None else frozenset(m.id for m in known)
        self.names_vi = {m.id: m.name_vi for m in known or () if m.name_vi}
        self.kinds = None if kinds is None else frozenset(kinds)

    # ---- shapes

    def _wrong(self, shape: str, value: Any) -> tuple[str, str] | None:
        """The id of the fault of a value and its remedy; None if it has the shape."""
        match shape:
            case "measure" | "measures":
                return self._wrong_measures([value] if shape == "measure" else value)
            case "kinds":
                if not _are_texts(value):
                    return "shape", 'write a list of kinds such as ["cell"]'
                unknown = [] if self.kinds is None else [k for k in value if k not in self.kinds]
                return ("kind", f"no kind is called {', '.join(unknown)}") if unknown else None
        if shape not in _SHAPES:
            return None
        fits, rule, remedy = _SHAPES[shape]
        return None if fits(value) else (rule, remedy)

    def _wrong_measures(self, value: Any) -> tuple[str, str] | None:
        if not _are_texts(value):
            return "shape", "name a measure"
        unknown = [] if self.measures is None else [m for m in value if m not in self.measures]
        return (
            ("measure", f"no measure is called {', '.join(unknown)}; declare it, or mend the name") if unknown else None
        )

    def _known(
        self, place: _Place, settings: Mapping[str, Any], shapes: Mapping[str, str], required: Iterable[str]
    ) -> None:
        """Note settings that are unknown, of a wrong shape, or missing."""
        for key, value in settings.items():
            if key not in shapes:
                place.fault("key", f"nothing is called {key!r} here; there are {', '.join(sorted(shapes))}", key)
            elif (wrong := self._wrong(shapes[key], value)) is not None:
                rule, remedy = wrong
                place.fault(rule, f"{key} is {value!r}; {remedy}", key)
        for key in required:
            if key not in settings:
                place.fault("key", f"{key} is missing")

    # ---- rules

    def rules(self, file: _Place, tables: Any) -> list[CitedRule]:
        """The rules without faults; ids that stand twice are faults."""
        if not _are_tables(tables):
            file.fault("rule", "the file has no [[rule]]", "rule")
            return []
        rules = [self.rule(file, table, i) for i, table in enumerate(tables)]
        # An id that no rule can have is a fault already.
        names = [(i, table["id"]) for i, table in enumerate(tables) if isinstance(table.get("id"), str)]
        line_of: dict[str, int | None] = {}
        for i, name in names:
            if name in line_of:
                message = f"rule {name} stands on line {line_of[name]} already; give this one another id"
                file.fault("rule-id", message, "rule", i, "id")
            else:
                line_of[name] = file.lines.of("rule", i, "id")
        return [rule for rule in rules if rule is not None]

    def not_modelled(self, file: _Place, tables: Any) -> list[NotModelled]:
        """The rules that are named and not modelled."""
        result: list[NotModelled] = []
        for i, table in enumerate(tables if isinstance(tables, list) else [tables]):
            if not isinstance(table, dict) or not table.get("id") or not table.get("reason"):
                file.fault("not-modelled", "a rule that is not modelled needs an id and a reason", "not_modelled", i)
            else:
                result.append(NotModelled(str(table["id"]), str(table["reason"]), str(table.get("statement", ""))))
        return result

    def rule(self, file: _Place, table: Mapping[str, Any], index: int) -> CitedRule | None:
        """The rule of a table; None if it has faults."""
        before = len(file.faults)
        name = table.get("id")
        if not isinstance(name, str) or not name:
            file.fault("rule-id", "a rule has no id", "rule", index)
            name = f"number {index + 1}"
        place = file.inside(f"rule {name}", "rule", index)
        check = self.checks.get(table["check"]) if _among(table.get("check"), self.checks) else None
        if check is None:
            message = f"no check is called {table.get('check')!r}; there are {', '.join(self.checks)}"
            place.fault("check", message, "check")
        _check_words(place, table)
        settings = {k: v for k, v in table.items() if k not in _RULE_KEYS}
        if check is not None:
            self._known(place, settings, {**check.required, **check.optional}, check.required)
        versions = self._versions(place, table, check, settings)
        if len(file.faults) > before or check is None:
            return None
        return CitedRule(
            name,
            check.make({**settings, NAMES_VI: self.names_vi}),
            table["statement"],
            table.get("statement_vi", ""),
            cast("Severity", table.get("severity", "error")),
            cast("About", table.get("about", "structure")),
            versions,
        )

    def _versions(
        self, place: _Place, table: Mapping[str, Any], check: CheckType | None, settings: Mapping[str, Any]
    ) -> list[Version]:
        """The versions of a rule; faults if there are none, or two overlap."""
        tables = table.get("version", [])
        if not _are_tables(tables):
            place.fault("version", "has no [[rule.version]]; say from when it holds and where it stands")
            return []
        read = [
            self._version(place.inside(f"version {i + 1}", "version", i), version, check, settings)
            for i, version in enumerate(tables)
        ]
        versions = [(i, version) for i, version in enumerate(read) if version is not None]
        for (_, a), (i, b) in combinations(versions, 2):
            if a.period.overlaps(b.period):
                message = f"{b.period} overlaps {a.period} of line {a.line}; end the one before the other begins"
                place.fault("validity", message, "version", i)
        return [version for _, version in versions]

    def _version(
        self, place: _Place, table: Mapping[str, Any], check: CheckType | None, settings: Mapping[str, Any]
    ) -> Version | None:
        if not table.get("document") or not isinstance(table["document"], str):
            place.fault("citation", "no citation; write the document that sets it")
        if not _among(table.get("certainty"), CERTAINTIES):
            state = "is missing" if "certainty" not in table else f"is {table['certainty']!r}"
            place.fault("certainty", f"certainty {state}; use one of {', '.join(CERTAINTIES)}", "certainty")
        _check_severity(place, table)
        _check_texts(place, table, ("document", "article", "ref", "note"))
        values = {k: v for k, v in table.items() if k not in _VERSION_KEYS}
        if check is not None:
            self._known(place, values, {**check.values, **check.optional_values}, check.values)
            _check_fit(place, values, settings)
        if "merged_since" in values and (since := _day_or_none(values["merged_since"])) is not None:
            values["merged_since"] = since
        period = _period(place, table)
        if period is None:
            return None
        texts = {k: str(table.get(k, "")) for k in ("document", "article", "certainty", "ref", "note")}
        severity = cast("Severity | None", table.get("severity"))
        return Version(period, values, severity=severity, line=place.line, **texts)


def _check_words(place: _Place, table: Mapping[str, Any]) -> None:
    """Note faults of the keys that all rules have: severity, about and the statements."""
    _check_severity(place, table)
    if not _among(table.get("about", "structure"), ("structure", "act")):
        place.fault("about", f"about is {table['about']!r}; use structure or act", "about")
    if not table.get("statement"):
        place.fault("statement", "says nothing; write its statement")
    _check_texts(place, table, ("statement", "statement_vi"))


def _check_severity(place: _Place, table: Mapping[str, Any]) -> None:
    if not _among(table.get("severity", "error"), _SEVERITIES):
        place.fault("severity", f"severity is {table['severity']!r}; use one of {', '.join(_SEVERITIES)}", "severity")


def _check_texts(place: _Place, table: Mapping[str, Any], keys: Iterable[str]) -> None:
    for key in keys:
        if not isinstance(table.get(key, ""), str):
            place.fault("shape", f"{key} is {table[key]!r}; write a text", key)


def _check_fit(place: _Place, values: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Note numbers that do not fit the comparison."""
    compare = settings.get("compare")
    if not _among(compare, COMPARISONS):
        return
    limits = [("value", values["value"])] if "value" in values else []
    for key in ("by_code", "by_category", "by_merged"):
        if isinstance(values.get(key), dict):
            limits += [(key, limit) for limit in values[key].values()]
            if key == "by_merged" and not all(str(n).isdigit() for n in values[key]):
                place.fault("shape", 'by_merged names numbers of units, such as { "3" = 33 }', key)
    # Figures are compared with a number of the law, but those of "to" with the sum of other figures.
    if not limits and not {"part", "measure", "of"}.isdisjoint(settings) and "to" not in settings:
        place.fault("key", "value is missing")
    for key, limit in limits:
        if (compare == "between") != isinstance(limit, list):
            fitting = "two numbers such as [9, 11]" if compare == "between" else "one number"
            place.fault("comparison", f"{key} {limit!r} does not go with {compare!r}; write {fitting}", key)


def _period(place: _Place, table: Mapping[str, Any]) -> Period | None:
    """The days on which a version is in force; None, and a fault, if it ends before it begins."""
    start, last = _day(place, table, "from", first_day), _day(place, table, "to", last_day)
    if start is not None and last is not None and last < start:
        place.fault("validity", f"ends on {last}, before it begins on {start}", "to")
        return None
    if "from" not in table:
        place.fault("validity", "from is missing")
    return Period.inclusive(start, last)


def _day(place: _Place, table: Mapping[str, Any], key: str, read: Callable[[str | dt.date], dt.date]) -> dt.date | None:
    if key not in table:
        return None
    try:
        return read(table[key])
    except BadDay as error:
        place.fault("day", f"{key}: {error}", key)
        return None


def _are_tables(value: Any) -> bool:
    """Whether a value is what TOML makes of ``[[name]]``: a list of tables, at least one."""
    return isinstance(value, list) and bool(value) and all(isinstance(table, dict) for table in value)


def _among(value: Any, words: Container[str]) -> bool:
    """Whether a value of any type is one of some words."""
    return isinstance(value, str) and value in words


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGE


def _is_share(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        return 0 <= plain_fraction(str(value)) <= 1
    except ValueError:
        return False


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _is_limit(value: Any) -> bool:
    return _is_number(value) or _is_range(value)


def _is_table(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test whether a value is a table with at least one value, all of which fit."""
    return lambda value: isinstance(value, dict) and bool(value) and all(map(fits, value.values()))


def _day_or_none(value: Any) -> dt.date | None:
    try:
        return first_day(value)
    except BadDay:
        return None


def read_rulebook(
    path: str | os.PathLike[str],
    *,
    measures: Iterable[Measure | str] | None = None,
    kinds: Iterable[str] | None = None,
    checks: Mapping[str, CheckType] = CHECKS,
) -> Rulebook:
    """The rulebook in a TOML file.

    Args:
        path: the file, UTF-8.
        measures: the measures that a rule may name, or their ids; None: any. Measures also have their Vietnamese names.
        kinds: ids of the kinds that a rule may name; None: any.
        checks: the checks that ``check`` may name: :data:`orgmodel.rules.checks.CHECKS`, and your own.

    Raises:
        InvalidFile: with every fault and its line: no TOML, a rule without an id or a citation, an unknown check,
            measure or kind, a wrong comparison, a text that is no day, periods that overlap.

    >>> import tempfile
    >>> from pathlib import Path
    >>> text = '''
    ... [[rule]]
    ... id = "A1"
    ... statement = "a cell has three members or more"
    ... check = "measure"
    ... on = ["cell"]
    ... measure = "members"
    ... compare = ">="
    ... [[rule.version]]
    ... value = 3
    ... from = "2025-01-01"
    ... document = "house rule 1"
    ... certainty = "seen"
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "rules.toml").write_text(text)
    ...     book = read_rulebook(Path(folder, "rules.toml"))
    >>> import orgmodel as om
    >>> rows = [{"id": "c", "kind": "cell", "members": 2}]
    >>> audit = om.structure_of(rows, day="2025-01-01", measures=[om.Measure("members")]).audit(book)
    >>> [str(finding) for finding in audit.findings]
    ['2025-01-01: c: c: members is 2, must be at least 3 [A1: house rule 1]']
    """
    text = read_toml(path)
    return parse_rulebook(text, name=str(path), measures=measures, kinds=kinds, checks=checks)


def parse_rulebook(
    text: str,
    *,
    name: str = "the rulebook",
    measures: Iterable[Measure | str] | None = None,
    kinds: Iterable[str] | None = None,
    checks: Mapping[str, CheckType] = CHECKS,
) -> Rulebook:
    """The rulebook in a TOML text; as :func:`read_rulebook`.

    >>> book = parse_rulebook('''
    ... [[rule]]
    ... id = "A01"
    ... statement = "An organisation needs at least 3 official members"
    ... check = "measure"
    ... on = ["cell"]
    ... measure = "members_official"
    ... compare = ">="
    ... [[rule.version]]
    ... from = "2011-01"
    ... value = 3
    ... document = "Điều lệ Đảng (2011)"
    ... article = "Đ.21 k.2"
    ... certainty = "seen"
    ... ''')
    >>> book["A01"].on("2025-07-01").values
    {'value': 3}
    """
    table, lines = parse_toml(text, name)
    reader, file = _Reader(measures, kinds, checks), _Place(lines)
    for key in table:
        if key not in ("name", "rule", "not_modelled"):
            file.fault("key", f"nothing is called {key!r} here; there are name, rule, not_modelled", key)
    rules = reader.rules(file, table.get("rule", []))
    left_out = reader.not_modelled(file, table.get("not_modelled", []))
    if file.faults:
        raise InvalidFile(name, sorted(file.faults, key=lambda finding: finding.row or 0))
    return Rulebook(rules, str(table.get("name", "")), left_out, kinds=kinds or ())


_SINGLE: Final = [comparison for comparison in COMPARISONS if comparison != "between"]

_SHAPES: Final[Mapping[str, tuple[Callable[[Any], bool], str, str]]] = {
    "word": (lambda value: isinstance(value, str) and bool(value), "shape", "write a text"),
    "words": (_are_texts, "shape", 'write a list of texts such as ["xã", "phường"]'),
    "flag": (lambda value: isinstance(value, bool), "shape", "write true or false"),
    "compare": (lambda value: _among(value, COMPARISONS), "comparison", f"use one of {', '.join(COMPARISONS)}"),
    "order": (lambda value: _among(value, _SINGLE), "comparison", f"use one of {', '.join(_SINGLE)}"),
    "scope": (lambda value: _among(value, SCOPES), "shape", f"use one of {', '.join(SCOPES)}"),
    "number": (_is_number, "shape", "write a number"),
    "share": (_is_share, "shape", 'write a share between 0 and 1, such as 0.15 or "2/3"'),
    "range": (_is_range, "shape", "write two numbers, the smaller first, such as [9, 11]"),
    "limit": (_is_limit, "shape", "write a number, or two with the smaller first, such as [9, 11]"),
    "limits": (_is_table(_is_limit), "shape", 'write a table such as { "01" = [13, 15] }'),
    "numbers": (_is_table(_is_number), "shape", 'write a table such as { "01" = 10 }'),
    "facts": (
        _is_table(lambda value: isinstance(value, (str, bool))),
        "shape",
        'write a table such as { "host" = "abroad" }',
    ),
    "day": (lambda value: _day_or_none(value) is not None, "day", "write a day such as 2025-07-01"),
}
"""Shape of a setting -> a test for it, the id of the fault, and the remedy."""
