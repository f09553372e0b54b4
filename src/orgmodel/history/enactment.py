"""How acts come into a history: what is put on record of them, and the state that follows.

A history's ``enact``, ``correct``, ``cancel`` and ``amend`` are calls of this module. Acts that come after all others are
replayed or carried out on the state that is there. Anything else changes the past, which :mod:`orgmodel.history.anew`
carries through the later decisions.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.replay import replay
from orgmodel.engine.state import State
from orgmodel.errors import Answer, Finding, Refused
from orgmodel.history.anew import Ground, Reckoning, carry_out
from orgmodel.history.log import ActRecord, Entry, Order, answers_after, extend, in_order
from orgmodel.history.operation_keys import strays
from orgmodel.history.past import Past
from orgmodel.history.read_index import ReadIndex
from orgmodel.history.unsaid import leaves_open, says_all
from orgmodel.model.door import like
from orgmodel.model.schema import Schema
from orgmodel.period import DayLike, Period, as_day

__all__ = [
    "Enactment",
    "schema_changes",
]


class Enactment:
    """One change of a history: acts are added, read otherwise, or never counted.

    Args:
        history: the history before it.
        index: what each operation of the history and its branches read.
    """

    def __init__(self, history: Past, index: ReadIndex) -> None:
        self._history, self._index = history, index
        self._state, self._record = history._state, history._record
        self._schema, self._measures = history.schema, history.measures

    # ---- what is to be put on record

    def new_acts(
        self, acts: Sequence[Act | Draft], changes: Mapping[str, Act | None] = MappingProxyType({})
    ) -> list[Act]:
        """The acts that are not here yet; an equal act that is here is passed over.

        Args:
            acts: acts or drafts.
            changes: the acts that read otherwise in the same call; None: cancelled.
        """
        new: dict[str, Act] = {}
        faults: list[Finding] = []
        for act_or_draft in acts:
            act = act_or_draft if isinstance(act_or_draft, Act) else act_or_draft._enacted()
            known = new.get(act.id) or self._record.order.get(act.id)
            if known is None:
                new[act.id] = act
            elif not known.decides_as(act):
                message = f"the id stands for another act already ({known}); give this one its own id, or use correct()"
                faults.append(Finding("act-once", message, act=act.id, day=act.effective))
        readings = {**changes, **new}
        for act in new.values():
            faults += self._misplaced(act, readings)
        faults += [
            Finding("act-once", "the act was cancelled; give it a new id", act=name)
            for name in new
            if name in self._record.cancelled
        ]
        if faults:
            raise Refused("the acts", faults)
        return list(new.values())

    def amendments(
        self,
        changes: Mapping[str, Act | Draft | None],
        more: Sequence[Act | Draft],
        with_keys: Callable[[Act, Act], Act],
    ) -> tuple[dict[str, Act | None], list[Act]]:
        """The acts that really read otherwise (None: cancelled), and those that are new.

        Args:
            changes: id of an act -> what it says now; None: cancelled.
            more: further acts.
            with_keys: gives an act that corrects another one (what it says now, and what it said) the keys of its
                operations.
        """
        readings: dict[str, Act | None] = {}
        faults: list[Finding] = []
        for act_id, change in changes.items():
            old = self._history.act(act_id)
            act = change if change is None or isinstance(change, Act) else change.act
            if act is None:
                readings[act_id] = None
            elif act.id != act_id:
                message = f"a corrected act keeps its id {act_id!r}, not {act.id!r}"
                faults.append(Finding("act-once", message, act=act_id))
            elif not act.decides_as(old):
                readings[act_id] = corrected = with_keys(act, old)
                faults += strays(act, corrected)
        new = self.new_acts(more, readings)
        among = {**readings, **{act.id: act for act in new}}
        for act_id, act in readings.items():
            # An act that only reads otherwise keeps a place beside a neighbour that was moved or cancelled since.
            if act is not None and _placed(act) != _placed(self._history.act(act_id)):
                faults += self._misplaced(act, among)
        if faults:
            raise Refused("a correction", faults)
        return readings, new

    def _misplaced(self, act: Act, readings: Mapping[str, Act | None]) -> Iterator[Finding]:
        """A finding if the day of an act is not that of its period, and if its neighbour is not on its day.

        Args:
            act: a new act, or one that reads otherwise.
            readings: all acts of the same call, by id, as they read after it; None: cancelled.
        """
        if act.within is not None and act.within.last != act.effective:
            message = (
                f"its day is only known to lie {act.within}, so it takes effect on the last of these days, "
                f"not on {act.effective}"
            )
            yield Finding("act-within", message, act=act.id, day=act.effective)
        neighbour = act.before or act.after
        other = readings.get(neighbour, self._record.order.get(neighbour))
        if neighbour and (other is None or other.id == act.id or other.effective != act.effective):
            message = f"no act {neighbour!r} is on its day; before= and after= name another act of the day"
            yield Finding("act-order", message, act=act.id, day=act.effective)

    def recorded_day(self, recorded: DayLike | None, acts: Iterable[Act]) -> dt.date:
        """The day of a new entry: as stated, else that of the entry before or of the first act, whichever is later."""
        last = self._record.recorded
        if recorded is None:
            first = min((act.effective for act in acts), default=last or dt.date.min)
            return first if last is None else max(first, last)
        day = as_day(recorded)
        if last is not None and day < last:
            message = f"{day} is before {last}, the day of the last entry; knowledge only grows"
            raise Refused("the day of recording", [Finding("recorded", message, day=day)])
        return day

    # ---- what comes of it

    def result(
        self,
        changes: Mapping[str, Act | None],
        new: Sequence[Act],
        day: dt.date,
        reason: str,
        answers: Iterable[Answer],
        draft: Draft | None = None,
    ) -> tuple[State, ActRecord]:
        """The state and the record after it.

        Args:
            changes: id of an act -> what it says now; None: it never counted.
            new: the acts that are added.
            day: the day on which all this becomes known.
            reason: why acts are amended.
            answers: choices for what later decisions ask.
            draft: the draft of the only new act, if it has one.
        """
        record, new_answers = self._record, tuple(answers)
        if new_answers:
            _check_answers(new_answers, {*record.known, *(act.id for act in new)})
        cancelled = {act_id for act_id, act in changes.items() if act is None}
        # What the entry of a cancelled act answered was answered for that act only.
        answers_before = (answer for giver, answer in record.answers if giver not in cancelled)
        ground = Ground(self._schema, self._measures, (*answers_before, *new_answers))
        readings: dict[str, Act | None] = {**changes, **{act.id: act for act in new}}
        if not changes and self._come_last(new):
            state, order, last, outcomes = self._added(new, ground, draft)
        else:
            state, order, last, outcomes = self._reworked(readings, ground)
        entries = [
            Entry(number, day, act and outcomes.get(name, act), *((name, reason) if name in changes else ()))
            for number, (name, act) in enumerate(readings.items(), record.number + 1)
        ]
        remade = in_order((order.known[name][0], act) for name, act in outcomes.items() if name not in readings)
        # What else was worked out anew follows from all entries of the call, so it stands in the last of them.
        if remade or new_answers:
            entries[-1] = evolve(entries[-1], remade=tuple(remade), answers=new_answers)
        answers_now = answers_after([*record.answering, *entries]) if ground.answers else ()
        log = extend(record.log, entries)
        return state, ActRecord(log, order, last, record.cancelled | cancelled, answers_now)

    def taken(self, acts: Sequence[Act], answers: tuple[Answer, ...]) -> tuple[State, ActRecord]:
        """The state and the record of an empty history after decisions that are each recorded on their day.

        Args:
            acts: the decisions, in order.
            answers: choices for what they ask.
        """
        times = Counter(act.id for act in acts)
        if repeated := [act for act, count in times.items() if count > 1]:
            message = "it is given more than once; leave the others out, or give them ids of their own"
            raise Refused("the acts", [Finding("act-once", message, act=act) for act in repeated])
        _check_answers(answers, times)
        state, outcomes = self._carried_out(acts, Ground(self._schema, self._measures, answers), anew=True)
        entries = [Entry(number, act.effective, outcomes[act.id]) for number, act in enumerate(acts, 1)]
        entries[-1] = evolve(entries[-1], answers=answers)
        return state, ActRecord.of(entries)

    def _come_last(self, acts: Iterable[Act]) -> bool:
        """Whether acts take their places after all that are here: then no decision has to be worked out anew."""
        last = self._record.last
        return last is None or all(
            act.effective > last or (act.effective == last and not act.before and not act.after) for act in acts
        )

    def _added(
        self, new: Sequence[Act], ground: Ground, draft: Draft | None
    ) -> tuple[State, Order, dt.date | None, Mapping[str, Act]]:
        """The state, the order of the acts, its last day, and the outcomes, after acts that come last."""
        state, outcomes = self._carried_out(new, ground, draft)
        order, _ = self._record.order.after(((act.id, outcomes[act.id]) for act in new), self._record.number)
        # Not the last of `order.ordinals`, which sorts the days of all acts.
        return state, order, max(act.effective for act in new), outcomes

    def _reworked(
        self, readings: Mapping[str, Act | None], ground: Ground
    ) -> tuple[State, Order, dt.date | None, Mapping[str, Act]]:
        """The state, the order of the acts, its last day, and new outcomes, after a change of the past."""
        before = self._record.order
        order, _ = before.after(readings.items(), self._record.number)
        reworked = Reckoning(self._state, before, order, readings, ground, self._index).done()
        last = dt.date.fromordinal(order.ordinals[-1]) if order.ordinals else None
        return reworked.state, order.with_outcomes(reworked.acts.values()), last, reworked.acts

    def _carried_out(
        self, acts: Sequence[Act], ground: Ground, draft: Draft | None = None, *, anew: bool = False
    ) -> tuple[State, dict[str, Act]]:
        """The state after acts that come last, and the acts with their outcomes, by id."""
        state, last = self._state, self._record.last
        if draft is not None and last is not None:
            # The draft made this state already when it was written on this very history.
            enacted = draft._enacted_on(state, acts[0], everything=schema_changes(self._schema, last, draft.day))
            if enacted is not None:
                return enacted, {acts[0].id: acts[0]}
        outcomes: dict[str, Act] = {}
        batch: list[Act] = []
        """Acts whose events are known already."""

        def replay_batch() -> None:
            nonlocal state, last
            if batch:
                state = replay(state, batch, self._schema, self._measures, last)
                last = batch[-1].effective
                outcomes.update((act.id, act) for act in batch)
                batch.clear()

        # Acts that state all are replayed together: a run of ten thousand of them is one pass of the engine.
        for day, group in groupby(sorted(acts, key=_EFFECTIVE), key=_EFFECTIVE):
            of_day = in_order(enumerate(group))
            if all(map(says_all, of_day)):
                batch += of_day
                continue
            # Whether the next act leaves something open is a question about the state before it.
            replay_batch()
            if len(of_day) == 1 and of_day[0].is_worked_out_on(state):
                batch.append(evolve(of_day[0], on=None))
            elif len(of_day) == 1 and not leaves_open(of_day[0], state):
                batch.append(of_day[0].as_stated())
            else:
                crossed = schema_changes(self._schema, last, day)
                state, done = carry_out(state, of_day, ground, crossed, self._index, anew=anew)
                outcomes |= {act.id: act for act in done}
                last = day
        replay_batch()
        return state, outcomes


_EFFECTIVE = attrgetter("effective")


def schema_changes(schema: Schema, judged: dt.date | None, day: dt.date) -> bool:
    """Whether a schema is another one on a day than on the last day that was judged."""
    return judged is not None and any(judged < boundary <= day for boundary in schema.boundaries())


def _placed(act: Act) -> tuple[dt.date, Period | None, str, str]:
    """What an act says of its day, and of its place on it."""
    return act.effective, act.within, act.before, act.after


def _check_answers(answers: Iterable[Answer], known: Collection[str]) -> None:
    """Raise if answers are to acts that are not there: their ids are misspelt."""
    about_of_unknown = {answer.act: answer.about for answer in answers if answer.act not in known}
    faults: list[Finding] = []
    for act, about in about_of_unknown.items():
        near = like(act, known)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        faults.append(Finding("answer", f"it answers an act that is not here{hint}", (about,), act=act))
    if faults:
        raise Refused("the answers", faults)
