"""Rulebooks: rules that check a day or an act with the values in force then."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, final

from attrs import evolve, field, frozen

from orgmodel.content.blocks import Cell, Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, Refused
from orgmodel.model.door import made_strictly
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import ColumnSort, Tabular, columns_of
from orgmodel.model.words import Language, word
from orgmodel.period import DayLike, as_day
from orgmodel.rules.changes import Changes
from orgmodel.rules.rule import CitedRule, Satisfied, Undecided, Version
from orgmodel.rules.view import Holidays, View
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

__all__ = [
    "Audit",
    "Counts",
    "Rulebook",
    "UnknownRule",
]


@final
@frozen
class Counts:
    """The numbers of cases of one rule that are in order, break it, or are undecided.

    >>> print(Counts(8, 1, 2))
    8 satisfied, 1 violated, 2 undecided
    """

    satisfied: int = 0
    violated: int = 0
    undecided: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.satisfied + other.satisfied, self.violated + other.violated, self.undecided + other.undecided
        )

    def __str__(self) -> str:
        return f"{self.satisfied} satisfied, {self.violated} violated, {self.undecided} undecided"


def _findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(findings)


def _undecided(undecided: Iterable[Undecided]) -> tuple[Undecided, ...]:
    return tuple(undecided)


def _not_modelled(rules: Iterable[NotModelled]) -> tuple[NotModelled, ...]:
    return tuple(rules)


def _by_id(rules: Iterable[CitedRule]) -> tuple[CitedRule, ...]:
    """The rules; refused if two have one id, or versions of one overlap."""
    listed = tuple(rules)
    counts = Counter(rule.id for rule in listed)
    faults = [
        Finding("rule-id", f"two rules have the id {name!r}; give one another id")
        for name, count in counts.items()
        if count > 1
    ]
    faults += [
        Finding("validity", f"rule {r.id!r}: {a.period} and {b.period} overlap; end the one before the other begins")
        for r in listed
        for a, b in combinations(r.versions, 2)
        if a.period.overlaps(b.period)
    ]
    if faults:
        raise Refused("a rulebook", faults)
    return listed


@final
@frozen
class NotModelled:
    """A rule that the rulebook names but cannot check, with the reason.

    Attributes:
        id: id of the rule.
        reason: why no structure, figure, office or committee can decide it.
        statement: the rule in words.
    """

    id: str
    reason: str
    statement: str = ""


@final
@frozen(slots=False)
class Audit(Tabular, Shown):
    """The result of an audit: findings, undecided cases, and counts.

    Attributes:
        day: the day of the audit, or the last day of a period.
        findings: each case that breaks a rule, in order of the rules, then of the units.
        undecided: the undecided cases, with what is missing.
        counts: the numbers of cases of each rule that was applied.
        not_on_record: the rules that were not applied because the day is before their first version and the law of that
            time is not on record.
        statements: id of a rule -> the rule in words.
        names: id of a unit in the findings -> its name.

    >>> from orgmodel.errors import Finding
    >>> audit = Audit(dt.date(2025, 7, 1), (Finding("A01", "too few", units=("c1",)),), counts={"A01": Counts(3, 1, 0)})
    >>> len(audit), audit.counts["A01"].satisfied, [f.units for f in audit.errors]
    (1, 3, [('c1',)])
    """

    day: dt.date
    findings: tuple[Finding, ...] = field(default=(), converter=_findings)
    undecided: tuple[Undecided, ...] = field(default=(), converter=_undecided)
    counts: Mapping[str, Counts] = field(factory=dict, hash=False)
    statements: Mapping[str, str] = field(factory=dict, repr=False, eq=False)
    not_on_record: tuple[Undecided, ...] = field(default=(), converter=_undecided)
    names: Mapping[str, str] = field(factory=dict, repr=False, eq=False)

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that block an act."""
        return tuple(f for f in self.findings if f.severity == "error")

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(f for f in self.findings if f.rule == rule)

    def about(self, unit: str) -> tuple[Finding, ...]:
        """The findings that name a unit."""
        return tuple(f for f in self.findings if unit in f.units)

    def groups(self, key: str | Callable[[Finding], Any] = "rule") -> dict[Any, tuple[Finding, ...]]:
        """The findings grouped by a field (``rule``, ``severity``, ``citation``, ``day`` ...) or a function of one."""
        get = key if callable(key) else lambda finding: getattr(finding, key)
        out: dict[Any, list[Finding]] = {}
        for finding in self.findings:
            out.setdefault(get(finding), []).append(finding)
        return {value: tuple(findings) for value, findings in out.items()}

    def _columns(self) -> dict[str, FrameColumn]:
        texts: dict[str, ColumnSort] = dict.fromkeys(
            ("rule", "outcome", "severity", "day", "units", "unit_names", "message", "message_vi", "missing", "citation",
             "certainty", "act"), "text",
        )  # fmt: skip
        rows = [row | {"unit_names": [self.names.get(unit, unit) for unit in row["units"]]} for row in self.table()]
        return columns_of(rows, texts | {"day": "day", "units": "texts", "unit_names": "texts"})

    def table(self) -> list[dict[str, Any]]:
        """One row per finding, per undecided rule and per rule that is not on record, for a data frame.

        Columns: rule, outcome (``violated``, ``undecided`` or ``not on record``), severity, day, units,
        message, message_vi, missing, citation, certainty, act.
        """
        rows = [
            {
                "rule": f.rule,
                "outcome": "violated",
                "severity": f.severity,
                "day": f.day,
                "units": list(f.units),
                "message": f.message,
                "message_vi": f.message_vi,
                "missing": None,
                "citation": f.citation,
                "certainty": f.certainty,
                "act": f.act,
            }
            for f in self.findings
        ]
        rows += [
            {
                "rule": u.rule,
                "outcome": outcome,
                "severity": None,
                "day": u.day,
                "units": list(u.units),
                "message": u.message or f"{u.missing} is missing",
                "message_vi": u.message_vi or f"thiếu {u.missing}",
                "missing": u.missing,
                "citation": u.citation,
                "certainty": None,
                "act": None,
            }
            for outcome, cases in (("undecided", self.undecided), ("not on record", self.not_on_record))
            for u in cases
        ]
        return rows

    def summary(self) -> list[dict[str, Any]]:
        """One row per rule that was applied: rule, statement, satisfied, violated, undecided."""
        return [
            {
                "rule": rule,
                "statement": self.statements.get(rule, ""),
                "satisfied": c.satisfied,
                "violated": c.violated,
                "undecided": c.undecided,
            }
            for rule, c in self.counts.items()
        ]

    def __repr__(self) -> str:
        return f"<Audit {self}>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        vi = language == "vi"
        columns = [
            Column(say("rule", language)),
            *(Column(say(key, language), "number") for key in ("satisfied", "violated", "undecided")),
        ]
        rows = [
            [each["rule"], *(each[key] for key in ("satisfied", "violated", "undecided"))] for each in self.summary()
        ]
        shown = [
            [
                row["rule"],
                word("outcome", row["outcome"], language),
                row["day"],
                row["message_vi" if vi and row["message_vi"] else "message"],
                Cell(row["citation"] or None),
            ]
            for row in self.table()
        ]
        heads = [
            Column(say("rule", language)),
            Column(say("outcome", language)),
            Column(say("day", language), "day"),
            Column(say("finding", language)),
            Column(say("citation", language)),
        ]
        blocks = [
            table_of(say("findings", language), heads, shown, most),
            table_of(say("rules", language), columns, rows, most),
        ]
        return Content(say("audit", language, day=self.day), blocks, language=language, subtitle=str(self))

    def __str__(self) -> str:
        total = sum(self.counts.values(), Counts())
        silent = f", {len(self.not_on_record)} not on record" if self.not_on_record else ""
        return f"{self.day}: {len(self.counts)} rules, {total}{silent}"


UNKNOWN_KINDS: Final = "unknown-kinds"
"""The rule of the finding about units of kinds that a rulebook does not know."""


def _kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(kinds))


@final
class UnknownRule(Refused, KeyError):
    """A rule that a rulebook does not have."""

    __str__ = Refused.__str__


@final
@made_strictly
@frozen(slots=False)
class Rulebook(Shown):
    """Rules with their periods of validity; an audit uses the values in force on its day.

    Attributes:
        rules: the rules, in the order in which they are applied.
        name: for people.
        not_modelled: the rules that it cannot check, with the reasons.
        kinds: ids of the kinds that its rules know; an audit reports units of other kinds. Empty: any.

    >>> from orgmodel.rules.rule import rule
    >>> @rule("seats", citation="house rule 3")
    ... def seats(view):
    ...     yield Satisfied(len(view.units()))
    >>> book = Rulebook([seats])
    >>> len(book), book["seats"].id, book.select("seats").rules == book.rules
    (1, 'seats', True)
    """

    rules: tuple[CitedRule, ...] = field(default=(), converter=_by_id)
    name: str = ""
    not_modelled: tuple[NotModelled, ...] = field(default=(), converter=_not_modelled)
    kinds: tuple[str, ...] = field(default=(), kw_only=True, converter=_kinds)

    def __repr__(self) -> str:
        return f"<Rulebook {self.name!r}: {len(self.rules)} rules, {len(self.not_modelled)} that cannot be decided>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        vi = language == "vi"
        columns = [say(key, language) for key in ("rule", "says", "citation")]
        rows = [
            [
                rule.id,
                (vi and getattr(rule, "statement_vi", "")) or rule.statement,
                "; ".join(dict.fromkeys(version.citation for version in rule.versions)),
            ]
            for rule in self.rules
        ]
        return Content(self.name or say("rules", language), [table_of("", columns, rows, most)], language=language)

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[CitedRule]:
        return iter(self.rules)

    def __contains__(self, rule: object) -> bool:
        return any(r.id == rule for r in self.rules)

    def __getitem__(self, rule: str) -> CitedRule:
        for r in self.rules:
            if r.id == rule:
                return r
        raise UnknownRule("a rulebook", [self._unknown(rule)])

    def _unknown(self, rule: str) -> Finding:
        return Finding("rule", f"no rule {rule!r}; there are {', '.join(each.id for each in self.rules)}")

    def _check_ids(self, ids: Iterable[str]) -> None:
        """Refuse ids that name no rule: a misspelt one would look like a rule without findings."""
        # "D14" names "D14.deputies" and its like as well.
        known = {id_ for rule in self.rules for id_ in (rule.id, rule.id.partition(".")[0])}
        if faults := [self._unknown(id_) for id_ in ids if id_ not in known]:
            raise UnknownRule("a rulebook", faults)

    def __add__(self, other: Rulebook | Iterable[CitedRule]) -> Rulebook:
        """The rules of both, for example the Party's and your own."""
        return evolve(self, rules=[*self.rules, *other])

    def select(self, *ids: str) -> Rulebook:
        """The rulebook with some rules only, by id; ``"D14"`` includes ``"D14.deputies"``.

        Raises:
            UnknownRule: there is no such rule.
        """
        self._check_ids(ids)
        return evolve(self, rules=[r for r in self.rules if r.id in ids or r.id.partition(".")[0] in ids])

    def without(self, *ids: str) -> Rulebook:
        """The rulebook without some rules, by id.

        Raises:
            UnknownRule: there is no such rule.
        """
        self._check_ids(ids)
        return evolve(self, rules=[r for r in self.rules if r.id not in ids])

    def on(self, day: DayLike) -> dict[str, Version]:
        """The version of each rule that is in force on a day."""
        day = as_day(day)
        versions = ((r.id, r.on(day)) for r in self.rules)
        return {name: version for name, version in versions if version is not None}

    def law(self, rule: str, day: DayLike) -> Version | Undecided | None:
        """The version of a rule on a day, see :meth:`orgmodel.rules.rule.CitedRule.law`; None if it has ended.

        Raises:
            UnknownRule: there is no such rule.
        """
        return self[rule].law(day)

    def boundaries(self, after: DayLike, until: DayLike) -> tuple[dt.date, ...]:
        """The days in (after, until] on which a rule begins, changes or ends."""
        first, last = as_day(after), as_day(until)
        return tuple(sorted({day for r in self.rules for day in r.boundaries() if first < day <= last}))

    # ---- asking

    def audit(self, structure: Structure, *, holidays: Holidays | None = None) -> Audit:
        """What the rules about structures find on the structure's day.

        Args:
            structure: the organisation on a day.
            holidays: says which days are public holidays, for deadlines in working days.
        """
        audit = self._apply(View(structure, holidays=holidays))
        unknown = self._unknown_kinds(structure)
        audit = audit if unknown is None else evolve(audit, findings=(unknown, *audit.findings))
        named = dict.fromkeys(unit for finding in audit.findings for unit in finding.units)
        return evolve(audit, names={unit: structure.called(unit) for unit in named})

    def _unknown_kinds(self, structure: Structure) -> Finding | None:
        """A finding about units of kinds that the rulebook does not know: no rule was applied to them."""
        if not self.kinds:
            return None
        counts = {kind: count for kind, count in structure.counts().items() if kind not in self.kinds}
        if not counts:
            return None
        counted = ", ".join(
            f"{count:,} {kind!r}" if kind else f"{count:,} without a kind" for kind, count in counts.items()
        )
        message = (
            f"no rule was asked about units of kinds that the rulebook does not know: {counted}; it knows "
            f"{', '.join(self.kinds)}: give these to the reader of the table with kinds={{...}}"
        )
        message_vi = f"không quy tắc nào được xét cho các tổ chức thuộc loại mà bộ quy tắc không biết: {counted}"
        return Finding(UNKNOWN_KINDS, message, day=structure.day, severity="warning", message_vi=message_vi)

    def check_act(
        self,
        before: Structure,
        changes: Changes | Sequence[Changes],
        after: Structure,
        *,
        holidays: Holidays | None = None,
    ) -> tuple[Finding, ...]:
        """The rules that an act, or the acts of one day, would break.

        Rules about acts see each act once. Rules about structures see the structure after the acts; what they find
        before them as well is left out, because the acts did not cause it.

        Args:
            before: the structure before the first act.
            changes: the effects of the act; several for the acts of one day, in order.
            after: the structure after the last act.
            holidays: the public holidays.
        """
        acts = (changes,) if isinstance(changes, Changes) else tuple(changes)
        return tuple(finding for audit in self._audits(before, acts, after, holidays) for finding in audit.findings)

    def _audits(
        self, before: Structure, acts: Sequence[Changes], after: Structure, holidays: Holidays | None
    ) -> Iterator[Audit]:
        """An audit of each act, then one of the structure after them, with only the findings that are new."""
        # The acts of a day are judged by the structure at its end, so they share its columns.
        columns = DayColumns(after)
        for act in acts:
            yield self._apply(View(after, before, act, holidays, columns=columns), about="act")
        # By rule and units, not by message: a cell that lacked two members and lacks one now is no new finding.
        old = {(f.rule, f.units) for f in self._apply(View(before, holidays=holidays)).findings}
        audit = self._apply(View(after, holidays=holidays, columns=columns))
        new = (finding for finding in audit.findings if (finding.rule, finding.units) not in old)
        yield evolve(audit, findings=[evolve(finding, act=finding.act or _culprit(finding, acts)) for finding in new])

    def audit_acts(
        self,
        days: Iterable[tuple[Structure, Sequence[Changes], Structure]],
        *,
        holidays: Holidays | None = None,
    ) -> Audit:
        """The findings that arose on a sequence of days, each with its day and act.

        Args:
            days: for each day the structure of the day before, the effects of its acts in order (none if only a rule
                came into force), and the structure at its end.
            holidays: the public holidays.
        """
        findings: list[Finding] = []
        counts: dict[str, Counts] = {}
        last: Audit | None = None
        for before, acts, after in days:
            *of_acts, last = self._audits(before, acts, after, holidays)
            for audit in of_acts:
                findings += audit.findings
                for rule, count in audit.counts.items():
                    counts[rule] = counts.get(rule, Counts()) + count
            findings += last.findings
            # The cases of a structure are those of the last day: most are the same on each day.
            counts |= last.counts
        if last is None:
            raise Refused("an audit of a period", [Finding("days", "no day was given; name a period with acts in it")])
        return Audit(last.day, findings, last.undecided, counts, self._statements(), last.not_on_record)

    def _statements(self) -> dict[str, str]:
        return {r.id: r.statement for r in self.rules}

    def _apply(self, view: View, about: str = "structure") -> Audit:
        """The audit of a view by the rules about structures, or about acts."""
        findings: list[Finding] = []
        undecided: list[Undecided] = []
        counts: dict[str, Counts] = {}
        not_on_record: list[Undecided] = []
        # Made here once, so that all rules share the columns.
        view = evolve(view, columns=view.columns)
        for r in self.rules:
            version = r.law(view.day)
            # That the law of the day is unknown is no verdict on any unit, so it is listed apart from the cases.
            if isinstance(version, Undecided):
                not_on_record.append(version)
            if r.about != about or not isinstance(version, Version):
                continue
            satisfied = violated = unknown = 0
            for verdict in r(view):
                if isinstance(verdict, Finding):
                    findings.append(verdict)
                    violated += 1
                elif isinstance(verdict, Satisfied):
                    satisfied += verdict.count
                elif isinstance(verdict, Undecided):
                    undecided.append(verdict)
                    unknown += verdict.count
            counts[r.id] = Counts(satisfied, violated, unknown)
        return Audit(view.day, findings, undecided, counts, self._statements(), not_on_record)


def _culprit(finding: Finding, acts: Sequence[Changes]) -> str | None:
    """The act that caused a finding: the only one of its day, else the last one that changes its units."""
    if len(acts) == 1:
        return acts[0].act
    for act in reversed(acts):
        if act.touched().intersection(finding.units):
            return act.act
    return None
