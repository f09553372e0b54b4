"""A trial of a change of the past: the questions that it would ask, before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.errors import Ambiguous, Answer, Conflict, Question

__all__ = [
    "Ask",
    "Changeable",
]


class Changeable(Protocol):
    """A history whose past can be changed; a trial does not use the result."""

    def enact(self, *acts: Act | Draft, answers: Iterable[Answer]) -> object:
        """The history with more acts."""
        ...

    def correct(self, act_id: str, act: Act | Draft, /, *, reason: str, answers: Iterable[Answer]) -> object:
        """The history with one act corrected."""
        ...

    def cancel(self, act_id: str, /, *, reason: str, answers: Iterable[Answer]) -> object:
        """The history with one act cancelled."""
        ...

    def amend(
        self, changes: Mapping[str, Act | Draft | None], /, *more: Act | Draft, reason: str, answers: Iterable[Answer]
    ) -> object:
        """The history with several acts amended."""
        ...


@frozen(repr=False)
class Ask:
    """The questions that a change would ask; each method takes the arguments of the history's method.

    A change that no answer makes possible raises the same error as in the history.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.unit import Unit
    >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}], day="2024-01-01")
    >>> with history.draft("2026-01-01") as act:
    ...     _ = act.break_down("a", [Unit("n"), Unit("s")])
    >>> history = history.enact(act)
    >>> with history.draft("2025-01-01") as late:
    ...     _ = late.create(Unit("c", parent="a"))
    >>> question, = history.ask(late)
    >>> question.about, question.choice, question.options
    ('c', 'home', ('n', 's'))
    >>> history.enact(late, answers=[question.answer("s")]).at("2026-01-01").parent("c")
    's'
    """

    _history: Changeable

    def __call__(self, *acts: Act | Draft, answers: Iterable[Answer] = ()) -> tuple[Question, ...]:
        """The questions of later acts if these were enacted; none if they can be, as they are.

        Args:
            acts: as in ``History.enact``.
            answers: the answers that are given already; only open questions come back.
        """
        return self._of(lambda: self._history.enact(*acts, answers=answers))

    def correct(
        self, act_id: str, act: Act | Draft, *, reason: str, answers: Iterable[Answer] = ()
    ) -> tuple[Question, ...]:
        """The questions of later acts if an act was corrected."""
        return self._of(lambda: self._history.correct(act_id, act, reason=reason, answers=answers))

    def cancel(self, act_id: str, *, reason: str, answers: Iterable[Answer] = ()) -> tuple[Question, ...]:
        """The questions of later acts if an act was cancelled."""
        return self._of(lambda: self._history.cancel(act_id, reason=reason, answers=answers))

    def amend(
        self, changes: Mapping[str, Act | Draft | None], *more: Act | Draft, reason: str, answers: Iterable[Answer] = ()
    ) -> tuple[Question, ...]:
        """The questions of later acts if several were amended."""
        return self._of(lambda: self._history.amend(changes, *more, reason=reason, answers=answers))

    @staticmethod
    def _of(change: Callable[[], object]) -> tuple[Question, ...]:
        try:
            change()
        except (Conflict, Ambiguous) as error:
            if not error.questions:
                raise
            return error.questions
        return ()
