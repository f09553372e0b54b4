"""Decisions that fit an organisation, for the laws of late knowledge: verbs as values, and what is learned late.

Decisions read what is there when they are carried out, so that what is learned late flows through them. They fit
mostly: what is refused is drawn anew, and what asks is kept where the answers are drawn with it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from orgmodel.acts import operations as verbs
from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import subjects_of
from orgmodel.acts.events import Creation
from orgmodel.acts.operation import Operation
from orgmodel.errors import Ambiguous, Answer, Conflict, OrgmodelError, Question, Refused
from orgmodel.history.history import History
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.moves import EVENTS_ONLY, MOVES, WIDTH, Look, attempt, figure_of, pick

__all__ = [
    "DECIDED",
    "FACTS",
    "LATE",
    "SOURCE",
    "Decider",
    "Learned",
    "Verdict",
    "answered",
    "bare",
    "concerned",
    "early",
    "ended_by",
    "grown",
    "learned",
    "learned_late",
    "undecided",
    "verdict",
]


def _weighted(**times: int) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name, many in times.items() for _ in range(many))


DECIDED: Final = (
    *(name for name in MOVES if name not in EVENTS_ONLY),
    *_weighted(merge=7, break_down=4, take_over=2, split_off=2, merge_selected=4, reassign_selected=1),
    *_weighted(abolish_level=1, record=2, create_an_agency=2, join=1, designate=1),
)
"""What a decision of a history is about, each sort as often as it shall come: mostly those that read what is there."""

LATE: Final = _weighted(
    record=6, create=3, create_an_agency=5, join=5, leave=1, form=1, rename=1, recode=1, appoint=3, state_a_fact=3,
    designate=1, dissolve=1, adjust=1, reassign=1, merge=1, take_over=1, split_off=1, close=1, reclassify=1,
)  # fmt: skip
"""What is learned late, each sort as often as it shall come: mostly facts that were not on record."""

FACTS: Final = _weighted(record=5, appoint=3, state_a_fact=3, create_an_agency=1, form=1)
"""What is learned late of units of which nothing was on record."""

SOURCE: Final = Source("a decision", issuer="orgmodel.testing")
_TRIES: Final = 8
_ROUNDS: Final = 4
"""How often answers lead to further questions before it is given up."""


class Decider:
    """Draws decisions about a structure.

    Args:
        draw: chance.
        prefix: begins the ids of what is created, so that no two deciders use one.
    """

    def __init__(self, draw: random.Random, prefix: str = "d") -> None:
        self.draw, self.prefix = draw, prefix
        self.focus: Collection[str] = ()
        """Units that matter, which facts are mostly about: those of later decisions."""

    def act(self, history: History, day: dt.date, name: str, sorts: Sequence[str], *, most: int = 2) -> Act | None:
        """An act of a few operations that can be carried out on what the history has on a day; None if none was found.

        What later acts of the history say to it is not asked.
        """
        ended = ended_by(history, day)
        for _ in range(_TRIES):
            with history.draft(day, SOURCE, act_id=name) as draft:
                for _ in range(self.draw.randint(1, most)):
                    numbers = self.draw.randbytes(WIDTH)
                    attempt(
                        draft, self.draw.choice(sorts), Look(draft.structure, numbers, self.prefix, ended, self.focus)
                    )
            if draft.act.operations:
                return evolve(draft.act, resolved=None, on=None)
        return None


def ended_by(history: History, day: dt.date) -> list[str]:
    """Units that are no more on a day, in order of creation."""
    living = history.at(day)
    return [unit for unit in history.units_ever() if unit not in living and living.was_used(unit)]


# ---- what is learned late


@frozen
class Verdict:
    """What became of a change of the past.

    Attributes:
        history: the history with it, None if it was refused.
        error: why it was refused, None if it was not.
        questions: what is open, where it asks.
    """

    history: History | None = None
    error: Refused | None = None
    questions: tuple[Question, ...] = ()

    @property
    def word(self) -> str:
        """``stands``, ``asks`` or ``refused``."""
        return "stands" if self.history is not None else "asks" if self.questions else "refused"


def verdict(make: Callable[[], History]) -> Verdict:
    """What becomes of a change of the past."""
    try:
        return Verdict(make())
    except Refused as error:
        questions = tuple(error.questions) if isinstance(error, (Conflict, Ambiguous)) else ()
        # Its traceback would hold the frames that hold the verdict: a circle.
        return Verdict(None, error.with_traceback(None), questions)


def answered(questions: Iterable[Question], number: int) -> list[Answer] | None:
    """An answer to each of some questions, chosen by a number; None if one has none."""
    answers: list[Answer] = []
    for at, question in enumerate(questions):
        options = [option for option in question.options if option] or ([] if question.options == () else [""])
        if not question.choice or not options:
            return None
        answers.append(question.answer(options[(number + at) % len(options)]))
    return answers


def undecided(history: History) -> list[Act]:
    """The decisions of a history in order of time, as if nothing had been worked out."""
    return [evolve(act, resolved=None, on=None) for act in history.acts]


@frozen
class Learned:
    """A history of decisions, and what is learned late.

    Attributes:
        history: the history before.
        late: the act that is learned late, effective before the history's last day.
        enacted: what becomes of enacting it.
        answers: the answers to all that was asked, where there are any.
        settled: what becomes of enacting it with them; as ``enacted`` where nothing was asked.
    """

    history: History
    late: Act
    enacted: Verdict
    answers: tuple[Answer, ...]
    settled: Verdict


def grown(history: History, draw: random.Random, acts: int, prefix: str = "d") -> History:
    """A history that goes on by some acts of decisions, each on the same day as the one before or some days later.

    Args:
        history: where it begins.
        draw: chance.
        acts: how many are tried.
        prefix: begins the ids of what is created, and of the acts where it is not the usual one.
    """
    decider, day = Decider(draw, prefix), history.last_day or dt.date.min
    word = "" if prefix == "d" else prefix
    for at in range(acts):
        day += draw.choice([0, 1, 1, 3]) * ONE_DAY if at else ONE_DAY
        act = decider.act(history, day, f"{word}decision {at}", DECIDED)
        if act is not None:
            try:
                history = history.enact(act)
            except Refused:
                continue
    return history


def bare(structure: Structure) -> History:
    """The units of a structure in the same tree, of which nothing else was ever said."""
    placed = map(structure.unit, [structure.root(), *structure.descendants(structure.root())])
    units = [Creation(Unit(unit.id, kind=unit.kind, parent=unit.parent)) for unit in placed]
    founding = Act("founding", structure.day, units, SOURCE)
    return History(structure.schema, structure.measures.values()).enact(founding)


def early(history: History, late: Act, answers: Iterable[Answer] = ()) -> Verdict:
    """What becomes of the decisions of a history taken in order of time with one more in its place."""
    acts = undecided(history)
    place = sum(act.effective <= late.effective for act in acts)
    acts.insert(place, evolve(late, resolved=None, on=None))
    # What was answered before is known as well.
    counting = {act.id for act in history.acts}
    before = [a for e in history.log if e.act is not None and e.act.id in counting for a in e.answers]
    return verdict(lambda: History.taken(acts, history.schema, history.measures, [*before, *answers]))


def learned(
    history: History,
    draw: random.Random,
    acts: int,
    number: int,
    prefix: str = "",
    sorts: Sequence[str] = LATE,
) -> Learned | None:
    """A history that went on by decisions, and something learned late; None if nothing was found.

    Args:
        history: where it begins.
        draw: chance.
        acts: how many acts are tried.
        number: chooses the day, what is learned and the answers.
        prefix: begins the ids of what is created, and of the acts.
        sorts: what is learned, each sort as often as it shall come.
    """
    if any(isinstance(step, Operation) and step.unnamed for act in history.acts for step, _ in act.steps):
        # A choice by a function without a name is not made again: what is learned before it is a question by rule.
        return None
    begun = history.last_day
    history = grown(history, draw, acts, f"{prefix}d")
    if begun is None or history.last_day == history.first_day:
        return None
    day, name = _late_day(history, begun, number), f"{prefix}late"
    decider = Decider(draw, f"{name}-")
    decider.focus = concerned(history, day)
    late = _late_of_its_sort(history, day, name, decider.focus, number)
    if late is not None:
        return learned_late(history, late, number)
    learning = None
    # Few late acts make a later decision ask: now and then several are tried until one does.
    for _ in range(4 if number % 4 == 3 else 1):
        late = decider.act(history, day, name, sorts)
        learning = learning if late is None else learned_late(history, late, number)
        if learning is not None and learning.enacted.questions:
            break
    return learning


def _late_day(history: History, begun: dt.date, number: int) -> dt.date:
    """The day of what is learned late: mostly among the decisions, now and then before the outcomes before them."""
    assert history.first_day is not None
    assert history.last_day is not None
    since = begun if number % 8 != 7 and begun < history.last_day else history.first_day
    return since + (number // 8 % (history.last_day - since).days) * ONE_DAY


def _late_of_its_sort(history: History, day: dt.date, name: str, focus: Collection[str], number: int) -> Act | None:
    """A late act of a sort that seldom comes by chance, for some numbers; None for the others, or if there is none."""
    if number % 4 == 2:
        return _anticipated(history, day, name)
    return _first_fact(history, day, name, focus, number) if number % 8 in (4, 5) else None


_REPEATABLE: Final = (
    *(verbs.Rename, verbs.Recode, verbs.Reclassify, verbs.Reassign, verbs.Record),
    *(verbs.Join, verbs.Leave, verbs.Designate, verbs.ChangeFact),
)
"""Verbs that create nothing, so that the same may be decided twice; the second time it changes nothing."""


def _anticipated(history: History, day: dt.date, name: str) -> Act | None:
    """An act that takes one of the later decisions on an earlier day already; None if none can be taken then."""
    for later in history.acts:
        if later.effective > day and not later.is_outcome:
            for item in later.operations:
                with history.draft(day, SOURCE, act_id=name) as draft, contextlib.suppress(OrgmodelError):
                    if isinstance(item, _REPEATABLE):
                        draft.do(item)
                if draft.act.operations:
                    return evolve(draft.act, resolved=None, on=None)
    return None


def _first_fact(history: History, day: dt.date, name: str, focus: Collection[str], number: int) -> Act | None:
    """An act that states the first figures or clusters of units that later decisions are about; None if each has some.

    Up to three at once: then several decisions may ask.
    """
    silent = [*_first_figures(history, day, focus, number), *_first_clusters(history.at(day), focus, number)]
    if not silent:
        return None
    with history.draft(day, SOURCE, act_id=name) as draft, contextlib.suppress(OrgmodelError):
        for turn in range(1 + number // 8 % 3):
            draft.do(pick(silent, number // 8 + 5 * turn))
    return evolve(draft.act, resolved=None, on=None) if draft.act.operations else None


def _first_figures(history: History, day: dt.date, focus: Collection[str], number: int) -> Iterator[Operation[None]]:
    """Statements of figures of units that state none on a day, nor on the last one."""
    structure, last = history.at(day), history.at(history.last_day or day)
    for unit in (unit for unit in structure if unit in focus):
        for measure in history.measures.values():
            days = [structure, last] if unit in last else [structure]
            if not any(on_day.slots(unit, measure.track) for on_day in days):
                yield verbs.Record(unit, measure.id, figure_of(measure, number))


def _first_clusters(structure: Structure, focus: Collection[str], number: int) -> Iterator[Operation[None]]:
    """Entries into clusters by units that are in none of a clustering."""
    for clustering in structure.clusterings():
        clusters = structure.clusters(clustering.id)
        free = [unit for unit in structure if unit in focus and not structure.clusters_of(unit, clustering.id)]
        yield from (verbs.Join(unit, pick(clusters, number).id) for unit in free if clusters)


def concerned(history: History, day: dt.date) -> set[str]:
    """Ids of all that decisions after a day are about."""
    decided = [act for act in history.acts if act.effective > day and not act.is_outcome]
    return {subject for act in decided for subject in subjects_of(act.events)}


def learned_late(history: History, late: Act, number: int = 0) -> Learned:
    """What becomes of an act that is learned late, with all that it asks answered.

    Args:
        history: the history before.
        late: the act.
        number: chooses the answers.
    """
    enacted = settled = verdict(lambda: history.enact(late))
    answers: tuple[Answer, ...] = ()
    for _ in range(_ROUNDS):
        # What was undecided while a question was open may ask after it.
        more = answered(settled.questions, number) if settled.questions else None
        if not more:
            break
        answers = (*answers, *more)
        settled = verdict(lambda answers=answers: history.enact(late, answers=answers))  # type: ignore[misc]
    return Learned(history, late, enacted, answers, settled)
