"""A scenario: draft acts on a baseline, immutable, with a status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Literal, TypedDict, Unpack

from attrs import evolve, field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Answer, Conflict, Finding, Question, Refused
from orgmodel.history.history import History
from orgmodel.model.door import made_strictly, strictly
from orgmodel.model.source import Source
from orgmodel.model.words import Language
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure

__all__ = [
    "Scenario",
]

Status = Literal["draft", "submitted", "approved", "rejected"]


class _Changes(TypedDict, total=False):
    acts: tuple[Act, ...]
    status: Status
    recorded: dt.date | None


def _acts(acts: Iterable[Act | Draft]) -> tuple[Act, ...]:
    return tuple(act if isinstance(act, Act) else act.act for act in acts)


def _answers(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    return tuple(answers)


@strictly()
@made_strictly
@frozen(slots=False, repr=False)
class Scenario(Shown):
    """Acts that are tried on a baseline. A scenario is immutable; every change returns a new one.

    The baseline is a history or another scenario; it is never changed, not even when the
    scenario is approved: approving gives a new history.

    Attributes:
        name: its name, which also identifies it in comparisons.
        baseline: the history or scenario that it starts from.
        acts: the acts, in order.
        status: draft, submitted, approved or rejected; only the acts of a draft can be changed.
        notes: remarks, in order.
        recorded: the day on which its acts become known; None: as in :meth:`~orgmodel.history.history.History.enact`.
        answers: choices that its acts need on the baseline but do not state.

    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2024-01-01")
    >>> with history.draft("2027-01-01", source=Source("a proposal")) as act:
    ...     _ = act.merge(["a", "b"], counterparts=False)
    >>> trial = Scenario("one", history, [act])
    >>> trial
    <Scenario 'one', draft: 1 act on a history until 2024-01-01>
    >>> len(history.at("2027-01-01")), len(trial.at("2027-01-01")), len(trial.undo().at("2027-01-01"))
    (3, 2, 3)
    """

    name: str
    baseline: History | Scenario
    acts: tuple[Act, ...] = field(default=(), converter=_acts)
    status: Status = "draft"
    notes: tuple[str, ...] = ()
    recorded: dt.date | None = None
    answers: tuple[Answer, ...] = field(default=(), converter=_answers)
    _before: Scenario | None = field(default=None, eq=False)
    _after: Scenario | None = field(default=None, eq=False)

    # ---- what it makes

    @cached_property
    def history(self) -> History:
        """The baseline with the acts.

        Raises:
            InvalidAct, Conflict: an act is impossible on the baseline.
        """
        base = self.base
        return base.enact(*self.acts, recorded=self.recorded, answers=self.answers) if self.acts else base

    @property
    def base(self) -> History:
        """The history of the baseline."""
        return self.baseline if isinstance(self.baseline, History) else self.baseline.history

    def at(self, day: DayLike) -> Structure:
        """The structure in the scenario on a day."""
        return self.history.at(day)

    def draft(self, day: DayLike, source: Source = Source.unknown, *, act_id: str | None = None) -> Draft:
        """A draft of a further act on the scenario's history."""
        return self.history.draft(day, source, act_id=act_id)

    # ---- changing

    def _changed(self, **changes: Unpack[_Changes]) -> Scenario:
        new = evolve(self, before=self, after=None, **changes)
        _ = new.history  # computed now, so that impossible acts are refused here and not on first use
        return new

    def _only(self, verb: str, *statuses: Status) -> None:
        if self.status not in statuses:
            raise Refused(
                f"to {verb} the scenario {self.name!r}",
                [Finding("status", f"it is {self.status}; only one that is {' or '.join(statuses)} can be")],
            )

    def add(self, *acts: Act | Draft) -> Scenario:
        """The scenario with more acts.

        Raises:
            InvalidAct, Conflict: the acts are impossible in the scenario.
            Refused: it is no longer a draft.
        """
        self._only("change", "draft")
        return self._changed(acts=(*self.acts, *_acts(acts)))

    def drop(self, act: str) -> Scenario:
        """The scenario without an act.

        Raises:
            Refused: it has no such act, or is no longer a draft.
            InvalidAct, Conflict: the remaining acts need it.
        """
        self._only("change", "draft")
        left = tuple(a for a in self.acts if a.id != act)
        if len(left) == len(self.acts):
            known = ", ".join(repr(a.id) for a in self.acts) or "none"
            raise Refused(f"the scenario {self.name!r}", [Finding("act", f"it has no act {act!r}; it has {known}")])
        return self._changed(acts=left)

    def note(self, text: str) -> Scenario:
        """The scenario with a note."""
        return evolve(self, notes=(*self.notes, text), before=self, after=None)

    def undo(self) -> Scenario:
        """The scenario before the last change, of acts or of status.

        Raises:
            Refused: nothing was changed yet.
        """
        before = self._before
        if before is None and self.acts and self.status == "draft":
            # It was created with its acts; undoing that leaves the baseline alone.
            before = evolve(self, acts=())
        if before is None:
            raise Refused(f"to undo in {self.name!r}", [Finding("undo", "nothing was changed yet")])
        return evolve(before, after=self)

    def redo(self) -> Scenario:
        """The scenario before the last :meth:`undo`.

        Raises:
            Refused: nothing was undone, or something was changed since.
        """
        if self._after is None:
            raise Refused(f"to redo in {self.name!r}", [Finding("redo", "nothing was undone")])
        return self._after

    def branch(self, name: str, *acts: Act | Draft) -> Scenario:
        """A new draft scenario whose baseline is this scenario."""
        new = Scenario(name, self, acts)
        _ = new.history
        return new

    def rebase(self, onto: History | Scenario, *, answers: Iterable[Answer] = ()) -> Scenario:
        """The same decisions on another baseline, worked out as if they had been drafted on it.

        Args:
            onto: the other baseline.
            answers: choices that the acts need there but do not state, or that later acts of the baseline need then. Those
                that were given before count as well.

        Raises:
            Conflict: the acts are impossible there. The error names every act of the scenario
                that conflicts, with the reason; if an act makes a later act of the baseline
                impossible, the message names that one.
        """
        self._only("rebase", "draft", "submitted")
        base = onto if isinstance(onto, History) else onto.history
        findings: list[Finding] = []
        questions: list[Question] = []
        waiting = {act.id for act in self.acts}
        chosen = self._answers_on(base, waiting, tuple(answers))
        ordered = sorted(self.acts, key=lambda act: act.effective)
        for _, group in groupby(ordered, key=lambda act: act.effective):
            of_day = list(group)
            waiting -= {act.id for act in of_day}
            try:
                base = base.enact(*of_day, answers=[answer for answer in chosen if answer.act not in waiting])
            except Refused as error:
                findings += [_of_scenario(f, of_day) for f in error.findings]
                questions += getattr(error, "questions", ())
        if findings:
            raise Conflict(f"the scenario {self.name!r} does not fit its new baseline", findings, questions)
        return evolve(self, baseline=onto, answers=chosen, before=self, after=None)

    def _answers_on(self, base: History, own: Collection[str], further: Sequence[Answer]) -> tuple[Answer, ...]:
        """The answers that count on another baseline: those given before, of acts that are there, and further ones.

        Args:
            base: the other baseline.
            own: ids of the scenario's acts.
            further: new answers; they replace earlier ones to the same question.
        """

        def question(answer: Answer) -> tuple[str, str, str]:
            return answer.act, answer.about, answer.choice[0]

        replaced = set(map(question, further))
        there = {act.id for act in base.acts}.union(own)
        kept = (answer for answer in self.answers if question(answer) not in replaced and answer.act in there)
        return *kept, *further

    # ---- deciding

    def submit(self) -> Scenario:
        """The scenario as submitted; its acts can no longer change."""
        self._only("submit", "draft")
        return evolve(self, status="submitted", before=self, after=None)

    def reject(self, reason: str) -> Scenario:
        """The scenario as rejected; the reason becomes a note."""
        self._only("reject", "submitted")
        return evolve(self, status="rejected", notes=(*self.notes, reason), before=self, after=None)

    def approve(self, *, recorded: DayLike | None = None) -> Scenario:
        """The scenario as approved: its ``history`` is the baseline with the acts enacted.

        Args:
            recorded: the day on which the acts become known, as in ``History.enact``.

        Raises:
            Refused: it is not submitted, or its baseline is a scenario that is not approved.
        """
        self._only("approve", "submitted")
        if isinstance(self.baseline, Scenario) and self.baseline.status != "approved":
            raise Refused(
                f"to approve the scenario {self.name!r}",
                [Finding("status", f"it departs from {self.baseline.name!r}, which is {self.baseline.status}")],
            )
        return self._changed(status="approved", recorded=None if recorded is None else as_day(recorded))

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        columns = [
            Column(say("act", language)),
            Column(say("effective", language), "day"),
            Column(say("events", language), "number"),
        ]
        rows = [[act.source.cited, act.effective, len(act.events)] for act in self.acts]
        return Content(
            self.name, [table_of(say("acts", language), columns, rows, most)], language=language, subtitle=self.status
        )

    def __repr__(self) -> str:
        count = len(self.acts)
        if isinstance(self.baseline, Scenario):
            base = f"the scenario {self.baseline.name!r}"
        else:
            base = f"a history until {self.baseline.last_day}"
        return f"<Scenario {self.name!r}, {self.status}: {count} act{'' if count == 1 else 's'} on {base}>"


def _of_scenario(finding: Finding, of_day: Sequence[Act]) -> Finding:
    """A finding as one about acts of the scenario: if it is about an act of the baseline, its message names that one."""
    ids = [act.id for act in of_day]
    if finding.act in ids:
        return finding
    message = finding.message if finding.act is None else f"{finding.message} (in the baseline's act {finding.act!r})"
    return evolve(finding, act=", ".join(ids), message=message)
