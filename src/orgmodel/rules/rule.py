"""Rules: callables that check a structure or an act.

A rule takes a :class:`~orgmodel.rules.view.View` and yields verdicts: a :class:`~orgmodel.errors.Finding` for a case that
breaks it, an :class:`Undecided` for cases that lack something, and a :class:`Satisfied` that counts the cases in order.
It is called once for a structure, not once for each unit, so that it can work on whole columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, final

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Severity
from orgmodel.period import DayLike, Period, as_day

if TYPE_CHECKING:
    from orgmodel.rules.view import View

__all__ = [
    "CitedRule",
    "Rule",
    "Satisfied",
    "Undecided",
    "Version",
    "rule",
]

About = Literal["structure", "act"]
CERTAINTIES: Final = ("seen", "partly memory", "memory")


def _ids(units: Iterable[str]) -> tuple[str, ...]:
    return tuple(units)


def _versions(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(versions)


@frozen
class Undecided:
    """Cases that a rule cannot decide because something is missing.

    Attributes:
        missing: the measure or fact that is not recorded (``"members_official"``).
        units: ids of the units that lack it; sorted by the rulebook.
        rule: id of the rule; filled in by the rulebook.
        day: the day of the question; filled in by the rulebook.
        message: what would decide it; English.
        message_vi: the same in Vietnamese.
        citation: the law of the rule; filled in by the rulebook.

    >>> print(Undecided("members_official", ("c1", "c2"), rule="A01"))
    c1, c2: members_official is missing [A01]
    """

    missing: str
    units: tuple[str, ...] = field(default=(), converter=_ids)
    rule: str = ""
    day: dt.date | None = None
    message: str = ""
    message_vi: str = ""
    citation: str = ""

    @property
    def count(self) -> int:
        """The number of cases: one for each unit, one if it names none."""
        return max(1, len(self.units))

    def __str__(self) -> str:
        more = f" and {len(self.units) - 3} more" if len(self.units) > 3 else ""
        where = f"{', '.join(self.units[:3])}{more}: " if self.units else ""
        rule = f" [{self.rule}]" if self.rule else ""  # A question of a report, such as who is best, has none.
        return f"{where}{self.message or f'{self.missing} is missing'}{rule}"


@frozen
class Satisfied:
    """The number of cases that a rule found in order.

    Attributes:
        count: how many cases are in order.
        rule: id of the rule; the rulebook fills it in.

    >>> import orgmodel as om
    >>> @rule("units", citation="house rule 1", statement="there are units")
    ... def units(view):
    ...     yield Satisfied(len(view.units()))
    >>> audit = om.structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01").audit(om.Rulebook([units]))
    >>> audit.counts["units"].satisfied
    2
    """

    count: int
    rule: str = ""


Verdict = Finding | Undecided | Satisfied


class Rule(Protocol):
    """The check of a rule.

    It takes a view of the structure (for a rule about acts also of the structure before, and of the table of changes)
    and yields verdicts. It must be pure: the same view gives the same verdicts, and nothing is changed. The rulebook
    fills in ids, citations and days of the verdicts.

    >>> import orgmodel as om
    >>> def has_a_code(view):
    ...     for unit in view.units():
    ...         yield Satisfied(1) if view.code(unit) else Finding("", "it has no code", units=(unit,))
    >>> check: Rule = has_a_code
    >>> book = om.Rulebook([CitedRule("coded", check, versions=[Version(document="house rule 1")])])
    >>> audit = om.structure_of([{"id": "a", "code": "A1"}, {"id": "b", "parent": "a"}], day="2025-01-01").audit(book)
    >>> [str(finding) for finding in audit.findings]
    ['2025-01-01: b: it has no code [coded: house rule 1]']
    """

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on a view."""
        ...


@frozen
class Version:
    """The values of a rule during a period, with their citation.

    Attributes:
        period: the days on which it is in force.
        values: its numbers and words, by name; a single one is called ``value``.
        document: the act of law.
        article: the place in the act.
        certainty: how certain the citation is: ``seen``, ``partly memory`` or ``memory``.
        ref: the id of its row in the source table.
        note: a note for readers.
        severity: the severity of its findings, if not that of the rule: a rule cited from memory need not block an act.
        line: its line in the file.

    >>> version = Version(Period("2025-05-30"), {"value": [11, 13]}, "Quy định 296-QĐ/TW", "Đ.8")
    >>> version.citation
    'Quy định 296-QĐ/TW, Đ.8'
    """

    period: Period = Period()
    values: Mapping[str, Any] = field(factory=dict, hash=False)
    document: str = ""
    article: str = ""
    certainty: str = ""
    ref: str = ""
    note: str = ""
    severity: Severity | None = None
    line: int | None = field(default=None, eq=False)

    @property
    def citation(self) -> str:
        """The act of law and the place in it."""
        return ", ".join(part for part in (self.document, self.article) if part)


@final
@frozen(slots=False)
class CitedRule:
    """A check with its law: id, statement, versions in time, severity.

    Attributes:
        id: the word used in findings.
        check: the callable.
        statement: the rule in words; English.
        statement_vi: the same, or its term, in Vietnamese.
        severity: the severity of its findings, unless the check sets another.
        about: ``structure`` checks a day, ``act`` the effects of an act.
        versions: its values by period; periods never overlap.

    >>> @rule("no-empty-name", citation="house rule 1", statement="a unit has a name")
    ... def no_empty_name(view):
    ...     yield from ()
    >>> no_empty_name.id, no_empty_name.citation_on("2025-07-01")
    ('no-empty-name', 'house rule 1')
    """

    id: str
    check: Rule = field(eq=False)
    statement: str = ""
    statement_vi: str = ""
    severity: Severity = "error"
    about: About = "structure"
    versions: tuple[Version, ...] = field(default=(Version(),), converter=_versions)

    def on(self, day: DayLike) -> Version | None:
        """The version in force on a day, None if the rule is not in force."""
        day = as_day(day)
        for version in self.versions:
            if day in version.period:
                return version
        return None

    def law(self, day: DayLike) -> Version | Undecided | None:
        """The version in force on a day; None after the last one.

        Before the first version it is undecided: the law of that time is not on record, which does not mean that there
        was none.

        >>> seats = CitedRule("D14", lambda view: (), versions=[Version(Period("2021-07-28"), {"value": [9, 11]}, "22-QĐ/TW")])
        >>> print(seats.law("2019-01-01"))
        what held before 2021-07-28 is not on record [D14]
        """
        day = as_day(day)
        # A version without a first day reaches back as far as anything: then nothing is before the record.
        first = min((v.period.start for v in self.versions if v.period.start is not None), default=None)
        begins = all(v.period.start is not None for v in self.versions)
        if first is not None and begins and day < first:
            return Undecided(
                f"the rule of {day}",
                (),
                self.id,
                day,
                f"what held before {first} is not on record",
                f"quy định trước ngày {first} chưa được ghi nhận",
            )
        return self.on(day)

    def citation_on(self, day: DayLike) -> str:
        """The citation in force on a day, empty if the rule is not in force."""
        version = self.on(day)
        return "" if version is None else version.citation

    def boundaries(self) -> tuple[dt.date, ...]:
        """The days on which a version begins or ends, sorted."""
        days = {day for v in self.versions for day in (v.period.start, v.period.end) if day is not None}
        return tuple(sorted(days))

    def __call__(self, view: View, /) -> Iterator[Verdict]:
        """The verdicts of the check with id, day, citation and certainty filled in.

        The check sees the values in force on the view's day, and can ask for those of other days. Satisfied cases are
        added up, and cases that lack the same thing are listed together. A rule that is not in force that day yields
        nothing, and so does a rule about acts for a view without an act.
        """
        version = self.on(view.day)
        if version is None or (self.about == "act" and view.changes is None):
            return
        satisfied = 0
        missing: dict[tuple[str, str], list[Undecided]] = {}
        for verdict in self.check(view.asked_by(self)):
            match verdict:
                case Finding():
                    yield self._cited(verdict, version, view)
                case Undecided():
                    missing.setdefault((verdict.missing, verdict.message), []).append(verdict)
                case Satisfied():
                    satisfied += verdict.count
                case _:
                    sort = type(verdict).__name__
                    raise TypeError(f"rule {self.id!r} yielded {sort}; it must yield Finding, Undecided or Satisfied")
        for cases in missing.values():
            # By id, so that the order in which units were created does not show.
            units = sorted(unit for case in cases for unit in case.units)
            words_vi = ", ".join(map(view.name_vi, cases[0].missing.split(", ")))
            message_vi = cases[0].message_vi or f"thiếu {words_vi}"
            yield evolve(
                cases[0], units=units, rule=self.id, day=view.day, message_vi=message_vi, citation=version.citation
            )
        if satisfied:
            yield Satisfied(satisfied, self.id)

    def _cited(self, finding: Finding, version: Version, view: View) -> Finding:
        """A finding with the fields filled in that the check left open."""
        act = view.changes.act if self.about == "act" and view.changes is not None else None
        return evolve(
            finding,
            rule=finding.rule or self.id,
            day=finding.day or view.day,
            citation=finding.citation or version.citation,
            certainty=finding.certainty or version.certainty,
            severity=(version.severity or self.severity) if finding.severity == "error" else finding.severity,
            act=finding.act or act,
        )


def rule(
    rule_id: str,
    /,
    *,
    citation: str,
    statement: str = "",
    statement_vi: str = "",
    severity: Severity = "error",
    about: About = "structure",
    period: Period | None = None,
    certainty: str = "seen",
    values: Mapping[str, Any] | None = None,
) -> Callable[[Rule], CitedRule]:
    """A decorator that makes a cited rule of a function.

    Args:
        rule_id: the word used in findings.
        citation: the law, regulation or paper that sets the rule; required, because a check that nobody can look up is an
            opinion.
        statement: the rule in words; empty: the first line of the docstring.
        statement_vi: the same in Vietnamese.
        severity: the severity of its findings: ``error``, ``warning`` or ``note``.
        about: ``structure``, or ``act`` for a rule about the effects of an act.
        period: the days on which it is in force; None: every day.
        certainty: how certain the citation is.
        values: the values that the function reads as ``view.values``.

    >>> from orgmodel.errors import Finding
    >>> @rule("short-codes", citation="house rule 2")
    ... def short_codes(view):
    ...     '''A code has at most five characters.'''
    ...     for unit in view.units():
    ...         if len(view.code(unit) or "") > 5:
    ...             yield Finding("", f"the code {view.code(unit)} is too long", units=(unit,))
    >>> short_codes.statement
    'A code has at most five characters.'
    """
    if not citation:
        raise ValueError(f"rule {rule_id!r} has no citation; name the law, regulation or paper that sets it")

    def wrap(check: Rule) -> CitedRule:
        text = statement or (getattr(check, "__doc__", None) or "").strip().partition("\n")[0]
        version = Version(period or Period(), dict(values or {}), citation, certainty=certainty)
        return CitedRule(rule_id, check, text, statement_vi, severity, about, (version,))

    return wrap
