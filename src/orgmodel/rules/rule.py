"""The rule: one call that looks at a structure, or at an act, and says what it found.

A rule is anything that can be called with a :class:`~orgmodel.rules.view.View` and yields
verdicts: a :class:`~orgmodel.errors.Finding` for a case that breaks it, an
:class:`Undecided` for cases that cannot be told because something is missing, and a
:class:`Satisfied` that counts the cases that are in order. It is called once for a
structure, never once for a unit, so that it can work on whole columns.
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
    "CERTAINTIES",
    "About",
    "CitedRule",
    "Rule",
    "Satisfied",
    "Undecided",
    "Verdict",
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
    """Cases that a rule cannot decide, and what is missing.

    Attributes:
        missing: the measure or fact that nobody recorded (``"members_official"``).
        units: ids of the units it is missing for; sorted by the rulebook.
        rule: id of the rule; filled in by the rulebook.
        day: the day asked about; filled in by the rulebook.
        message: what would settle it; English.
        message_vi: the same in Vietnamese.
        citation: the law that asks; filled in by the rulebook.

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
        """How many cases: one for each unit, one if it names none."""
        return max(1, len(self.units))

    def __str__(self) -> str:
        more = f" and {len(self.units) - 3} more" if len(self.units) > 3 else ""
        where = f"{', '.join(self.units[:3])}{more}: " if self.units else ""
        return f"{where}{self.message or f'{self.missing} is missing'} [{self.rule}]"


@frozen
class Satisfied:
    """How many cases a rule looked at and found in order."""

    count: int
    rule: str = ""


Verdict = Finding | Undecided | Satisfied


class Rule(Protocol):
    """What a check is: one call.

    It gets a view of the structure (and, for a rule about acts, of the structure before
    and of the table of changes) and yields verdicts. It must be pure: the same view
    gives the same verdicts, and nothing is changed. It need not fill in the ids,
    citations and days of its verdicts: the rulebook does.
    """

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        """The verdicts on what the view shows."""
        ...


@frozen
class Version:
    """What a rule says during a period, and where it says so.

    Attributes:
        period: the days on which it is in force.
        values: its numbers and words, by name; one alone is called ``value``.
        document: the act of law.
        article: where in the act.
        certainty: how sure the citation is: ``seen``, ``partly memory`` or ``memory``.
        ref: the id of the row of the source table this was made from.
        note: what a reader should know.
        severity: of its findings, if not the rule's: what stands on memory need not block an act.
        line: the line of the file it was read from.

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
        """The act of law and where in it."""
        return ", ".join(part for part in (self.document, self.article) if part)


@final
@frozen(slots=False)
class CitedRule:
    """A check with its law: id, statement, versions in time, severity.

    Attributes:
        id: the word used in findings.
        check: what is called.
        statement: what the rule says; English.
        statement_vi: the same, or its term, in Vietnamese.
        severity: of its findings, unless the check says otherwise.
        about: ``structure`` looks at a day, ``act`` at what an act does.
        versions: what it says, when; they never overlap.

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
        """What it says on a day: the version in force, None after its last day.

        Before its first day it is undecided: what held then is not on record, which is not the same
        as that nothing held.

        >>> seats = CitedRule("D14", lambda view: (), versions=[Version(Period("2021-07-28"), {"value": [9, 11]}, "22-QĐ/TW")])
        >>> print(seats.law("2019-01-01"))
        what held before 2021-07-28 is not on record [D14]
        """
        day = as_day(day)
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
        """The days on which what it says begins, changes or ends, sorted."""
        days = {day for v in self.versions for day in (v.period.start, v.period.end) if day is not None}
        return tuple(sorted(days))

    def __call__(self, view: View, /) -> Iterator[Verdict]:
        """The verdicts of the check with id, day, citation and certainty filled in.

        The check sees the values in force on the view's day, and what was in force on others. Cases
        in order are added up, cases that lack the same thing are listed together. A rule that is not
        in force that day, or that speaks of acts where no act is shown, says nothing.
        """
        version = self.on(view.day)
        if version is None or (self.about == "act" and view.changes is None):
            return
        act = view.changes.act if self.about == "act" and view.changes is not None else None
        severity = version.severity or self.severity
        satisfied = 0
        missing: dict[tuple[str, str], list[Undecided]] = {}
        for verdict in self.check(view.asked_by(self)):
            match verdict:
                case Finding():
                    yield evolve(
                        verdict,
                        rule=verdict.rule or self.id,
                        day=verdict.day or view.day,
                        citation=verdict.citation or version.citation,
                        certainty=verdict.certainty or version.certainty,
                        severity=severity if verdict.severity == "error" else verdict.severity,
                        act=verdict.act or act,
                    )
                case Undecided():
                    missing.setdefault((verdict.missing, verdict.message), []).append(verdict)
                case Satisfied():
                    satisfied += verdict.count
                case _:
                    raise TypeError(
                        f"rule {self.id!r} yielded {type(verdict).__name__}; it must yield Finding, Undecided or Satisfied"
                    )
        for alike in missing.values():
            # By id: what is said must not hang on the order in which units were created.
            units = sorted(unit for one in alike for unit in one.units)
            words = [view.name_vi(word) for word in alike[0].missing.split(", ")]
            message_vi = alike[0].message_vi or f"thiếu {', '.join(words)}"
            yield evolve(
                alike[0],
                units=units,
                rule=self.id,
                day=view.day,
                message_vi=message_vi,
                citation=version.citation,
            )
        if satisfied:
            yield Satisfied(satisfied, self.id)


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
        citation: the law, regulation or paper that sets the rule; required: a check
            that nobody can look up is an opinion.
        statement: what it says; the first line of the docstring if empty.
        statement_vi: the same in Vietnamese.
        severity: of its findings: ``error``, ``warning`` or ``note``.
        about: ``structure``, or ``act`` for a rule that looks at what an act does.
        period: the days on which it is in force; every day if None.
        certainty: how sure the citation is.
        values: what the view shows the function as ``view.values``.

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
        said = statement or (getattr(check, "__doc__", None) or "").strip().partition("\n")[0]
        version = Version(period or Period(), dict(values or {}), citation, certainty=certainty)
        return CitedRule(rule_id, check, said, statement_vi, severity, about, (version,))

    return wrap
