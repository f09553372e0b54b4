"""Findings and exceptions.

A :class:`Finding` describes one fault. :class:`Refused` has all faults at once, so that a caller never meets the second
one only after mending the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, Literal

from attrs import field, frozen

__all__ = [
    "CHOICES",
    "Ambiguous",
    "Answer",
    "BadDay",
    "Conflict",
    "Finding",
    "InvalidAct",
    "InvalidFile",
    "InvalidTable",
    "MissingExtra",
    "NotOnRecord",
    "OrgmodelError",
    "Question",
    "Refused",
    "Severity",
    "TableWarning",
    "UnitEnded",
    "UnitError",
    "UnitNotYet",
    "UnknownUnit",
]

Severity = Literal["error", "warning", "note"]


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    if type(texts) is tuple and {*map(type, texts)} <= {str}:
        return texts
    if isinstance(texts, str):
        return (texts,)
    if not isinstance(texts, Iterable):
        raise Refused("a finding", [Finding("type", f"its units are ids, not a {type(texts).__name__}")])
    return tuple(map(str, texts))


@frozen
class Finding:
    """One fault, warning or note of a check.

    Attributes:
        rule: the id of the rule, invariant or law (``"live-parent"``, ``"A01"``).
        message: what is wrong and what to do about it; English.
        units: ids of the units concerned, most important first.
        day: the day of the fault.
        severity: ``error`` blocks an act, ``warning`` and ``note`` do not.
        message_vi: the same in Vietnamese, for rules of the field.
        citation: the law, regulation or paper that sets the rule.
        certainty: how certain the citation is (``seen``, ``partly memory``, ``memory``).
        row: number of the row or line of the input, 1 is the first row of data.
        act: id of the act.

    >>> print(Finding("live-parent", "the parent ended on 2025-07-01", units=("c1",), row=3))
    row 3: c1: the parent ended on 2025-07-01 [live-parent]
    """

    rule: str
    message: str
    units: tuple[str, ...] = field(default=(), converter=_texts)
    day: dt.date | None = None
    severity: Severity = "error"
    message_vi: str = ""
    citation: str = ""
    certainty: str = ""
    row: int | None = None
    act: str | None = None

    def __str__(self) -> str:
        where = [f"row {self.row}"] if self.row is not None else []
        if self.act is not None:
            where.append(f"act {self.act}")
        if self.day is not None:
            where.append(str(self.day))
        if self.units:
            more = f" and {len(self.units) - 3} more" if len(self.units) > 3 else ""
            where.append(", ".join(map(str, self.units[:3])) + more)
        rule = f"{self.rule}: {self.citation}" if self.citation else self.rule
        return ": ".join([*where, f"{self.message} [{rule}]"])


class OrgmodelError(Exception):
    """The root of all errors of this package."""


class MissingExtra(OrgmodelError, ModuleNotFoundError):
    """A library that only some functions need is not installed.

    Attributes:
        library: its name.
        extra: the extra that installs it.
    """

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(f"this needs {library}; install it with: pip install 'orgmodel[{extra}]'", name=library)

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.library, self.extra)


class BadDay(OrgmodelError, ValueError):
    """A text that is not a day."""

    def __init__(self, value: object, reason: str) -> None:
        self.value, self.reason = value, reason
        super().__init__(f"{value!r} is not a day ({reason}); write an ISO day such as '2025-07-01'")

    def __reduce__(self) -> tuple[type, tuple[object, str]]:
        return type(self), (self.value, self.reason)


class Refused(OrgmodelError, ValueError):
    """Something was refused completely; nothing was changed.

    Attributes:
        what: the refused thing, in a few words.
        findings: every fault, in order of the input.
    """

    def __init__(self, what: str, findings: Iterable[Finding]) -> None:
        self.what = what
        self.findings = tuple(findings)
        count = len(self.findings)
        head = f"{what}: {count} fault{'' if count == 1 else 's'}"
        shown = [f"  - {finding}" for finding in self.findings[:20]]
        if count > len(shown):
            shown.append(f"  ... and {count - len(shown)} more (all are in .findings)")
        super().__init__("\n".join([head, *shown]))

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        # Not exactly typed: errors derived from this one are made of more.
        return type(self), (self.what, self.findings)


class InvalidAct(Refused):
    """An act, event or operation that the structure on its day does not allow."""


CHOICES: Final = ("home", "cluster", "parent", "kind", "successor")
"""What an answer can choose."""


@frozen
class Answer:
    """A choice that a later decision needs after something earlier became known.

    It counts only if the decision would ask without it, and only as long as its entry of the log.

    Attributes:
        act: id of the act that asks.
        about: id of the unit of the question: a child without a home, a successor without a cluster.
        home: the unit that the child goes to.
        cluster: the cluster that the successor joins; an empty text for none.
        parent: the unit under which the successor stands.
        kind: the kind of the successor.
        successor: the unit that takes a role over.

    >>> Answer("202/2025/QH15", about="vn-p-82-2025-btc", cluster="cluster-3").choice
    ('cluster', 'cluster-3')
    """

    act: str
    about: str = field(kw_only=True)
    home: str | None = field(default=None, kw_only=True)
    cluster: str | None = field(default=None, kw_only=True)
    parent: str | None = field(default=None, kw_only=True)
    kind: str | None = field(default=None, kw_only=True)
    successor: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        chosen = [name for name in CHOICES if getattr(self, name) is not None]
        if len(chosen) != 1:
            names = ", ".join(chosen) or "nothing"
            raise Refused(
                "an answer",
                [
                    Finding(
                        "answer", f"it chooses one of {', '.join(CHOICES)}, not {names}", (self.about,), act=self.act
                    )
                ],
            )

    @property
    def choice(self) -> tuple[str, str]:
        """The pair (sort of choice, choice)."""
        return next((name, value) for name in CHOICES if (value := getattr(self, name)) is not None)


@frozen
class Question:
    """A choice that a decision needs and does not state.

    Attributes:
        act: id of the act that asks.
        rule: the rule that asks, as in a :class:`Finding`.
        message: the question in words.
        about: id of the unit concerned.
        choice: the sort of choice, one of :data:`CHOICES`; empty if no answer is possible here and the act itself must be
            amended.
        options: the possible choices; empty: any.
        units: other units concerned.

    >>> question = Question("12/NQ", "children", "where does it go?", "c", "home", ("n", "s"))
    >>> question.answer("n")
    Answer(act='12/NQ', about='c', home='n', cluster=None, parent=None, kind=None, successor=None)
    """

    act: str
    rule: str
    message: str
    about: str = ""
    choice: str = ""
    options: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def answer(self, value: str) -> Answer:
        """The answer that makes a choice.

        Raises:
            Refused: only an amendment of the act answers the question, or the value is none of the options.
        """
        if not self.choice:
            message = "it has no answer here; amend the act"
        elif self.options and value not in self.options:
            message = f"{value!r} is none of {', '.join(map(repr, self.options))}"
        else:
            return Answer(self.act, about=self.about, **{self.choice: value})
        raise Refused("an answer", [Finding(self.rule, message, (self.about,), act=self.act)])

    def __str__(self) -> str:
        chosen = f"; {self.choice}= one of {', '.join(self.options)}" if self.options else ""
        return f"{self.act}: {self.about}: {self.message}{chosen} [{self.rule}]"


class _Asking(Refused):
    """A refusal with questions: choices that the caller can make in the same call."""

    def __init__(self, what: str, findings: Iterable[Finding], questions: Iterable[Question] = ()) -> None:
        super().__init__(what, findings)
        self.questions: tuple[Question, ...] = tuple(questions)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.what, self.findings, self.questions)


class Ambiguous(_Asking, InvalidAct):
    """The input leaves a choice that the caller must make.

    Attributes:
        questions: the choices, if answers can be given apart from the act.
    """


class Conflict(_Asking):
    """A backdated, corrected or cancelled act that a later act contradicts.

    Attributes:
        questions: what the later acts ask, if answers in the same call would do.
    """


class InvalidTable(Refused):
    """Rows of a table that do not make an organisation."""


class TableWarning(UserWarning):
    """Something in a table was read in a way that its author should know."""


class InvalidFile(Refused):
    """A file that cannot be read in its format."""


class UnitError(OrgmodelError, LookupError):
    """A question about a unit that cannot be answered."""

    def __init__(self, unit: str, message: str) -> None:
        self.unit = unit
        super().__init__(message)


class UnknownUnit(UnitError):
    """No unit ever had this id, or has this name; or no cluster, matter or act, as the noun says.

    Attributes:
        near: ids of units that may be meant.
        why: more about the name, such as units elsewhere that have it.
        noun: what was asked for: ``unit``, ``cluster``, ``act`` ...
    """

    def __init__(self, unit: str, near: Iterable[str] = (), why: str = "", noun: str = "unit") -> None:
        self.near, self.why, self.noun = tuple(near), why, noun
        hint = f"; did you mean {' or '.join(map(repr, self.near))}?" if self.near else ""
        # Only units are looked up by code and name, too.
        named = "id, code or name" if why and noun == "unit" else "id"
        reason = f": {why}" if why else ""
        super().__init__(unit, f"no {noun} has the {named} {unit!r}{reason}{hint}")

    def __reduce__(self) -> tuple[type, tuple[str, tuple[str, ...], str, str]]:
        return type(self), (self.unit, self.near, self.why, self.noun)


class UnitEnded(UnitError):
    """The unit had ended by the day of the question."""

    def __init__(
        self, unit: str, ended: dt.date, day: dt.date, successors: Iterable[str] = (), noun: str = "unit"
    ) -> None:
        self.ended, self.day, self.successors, self.noun = ended, day, tuple(successors), noun
        went = f"; it went on in {', '.join(map(repr, self.successors))}" if self.successors else ""
        super().__init__(unit, f"{noun} {unit!r} ended on {ended} and does not exist on {day}{went}")

    def __reduce__(self) -> tuple[type, tuple[str, dt.date, dt.date, tuple[str, ...], str]]:
        return type(self), (self.unit, self.ended, self.day, self.successors, self.noun)


class UnitNotYet(UnitError):
    """The unit begins only after the day of the question."""

    def __init__(self, unit: str, starts: dt.date, day: dt.date, noun: str = "unit") -> None:
        self.starts, self.day, self.noun = starts, day, noun
        super().__init__(unit, f"{noun} {unit!r} starts on {starts}, after {day}")

    def __reduce__(self) -> tuple[type, tuple[str, dt.date, dt.date, str]]:
        return type(self), (self.unit, self.starts, self.day, self.noun)


class NotOnRecord(OrgmodelError, LookupError):
    """The day is before the record begins: it is unknown whether there was anything.

    Attributes:
        kind: the level whose record begins later; None: the whole history.
        first_day: the first day on record.
        day: the day of the question.
    """

    def __init__(self, kind: str | None, first_day: dt.date, day: dt.date) -> None:
        self.kind, self.first_day, self.day = kind, first_day, day
        subject = "nothing" if kind is None else f"no unit of kind {kind!r}"
        super().__init__(
            f"{subject} is on record on {day}: the record begins on {first_day}; ask for that day or a later one"
        )

    def __reduce__(self) -> tuple[type, tuple[str | None, dt.date, dt.date]]:
        return type(self), (self.kind, self.first_day, self.day)
