"""Decisions that fit an organisation, drawn from small numbers: verbs as values, for the laws of late knowledge.

Unlike the moves of :mod:`orgmodel.testing.moves`, which are outcomes that a twin can follow, these read what is there
when they are carried out, so that what is learned late flows through them. They fit mostly: what is refused is drawn
anew, and what asks is kept where the answers are drawn with it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts import operations as verbs
from orgmodel.acts.act import Act
from orgmodel.acts.operation import Operation
from orgmodel.acts.policies import ByMeasure, ClusterOfLargest, LeaveAll, MajorityCluster
from orgmodel.errors import Ambiguous, Answer, Conflict, OrgmodelError, Question, Refused
from orgmodel.history.anew import subjects_of
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.selection import select
from orgmodel.structure.structure import Structure

DECIDED: Final[Mapping[str, int]] = {
    "merge": 8,
    "break down": 5,
    "take over": 3,
    "split off": 3,
    "merge selected": 5,
    "abolish level": 2,
    "record": 3,
    "adjust": 1,
    "transfer": 1,
    "replace": 1,
    "reassign": 2,
    "reassign selected": 2,
    "rename": 1,
    "recode": 1,
    "reclassify": 1,
    "create": 2,
    "agency": 3,
    "close": 1,
    "form": 1,
    "join": 2,
    "leave": 1,
    "dissolve": 1,
    "designate": 2,
    "succeed role": 1,
    "office": 1,
    "fact": 1,
    "reestablish": 1,
}
"""How often a decision of a history is of each sort: mostly those that read what is there."""

LATE: Final[Mapping[str, int]] = {
    "record": 6,
    "create": 3,
    "agency": 5,
    "join": 5,
    "leave": 1,
    "form": 1,
    "rename": 1,
    "recode": 1,
    "office": 3,
    "fact": 3,
    "designate": 1,
    "dissolve": 1,
    "adjust": 1,
    "reassign": 1,
    "merge": 1,
    "take over": 1,
    "split off": 1,
    "close": 1,
    "reclassify": 1,
}
"""How often what is learned late is of each sort: mostly facts that were not on record."""

SOURCE: Final = Source("a decision", issuer="orgmodel.testing")
_TRIES: Final = 8
_FOCUSED: Final = 0.75
_ROUNDS: Final = 4
"""How often answers lead to further questions before it is given up."""


class Nothing(LookupError):
    """There is nothing that a decision of the sort could be about."""


class Decider:
    """Draws decisions about a structure.

    Args:
        draw: chance.
        prefix: begins the ids of what is created, so that no two deciders use one.
    """

    def __init__(self, draw: random.Random, prefix: str = "d") -> None:
        self.draw, self.prefix = draw, prefix
        self.ended: list[str] = []
        """Units that are no more, for those that are established again."""
        self.focus: Collection[str] = ()
        """Units that matter, which facts are mostly about: those of later decisions."""
        self._made = 0

    def fresh(self) -> str:
        """An id nobody has."""
        self._made += 1
        return f"{self.prefix}{self._made}"

    def operation(self, structure: Structure, sorts: Mapping[str, int]) -> Operation[Any]:
        """An operation of one of some sorts.

        Raises:
            Nothing: there is nothing that it could be about.
        """
        sort = self.draw.choices(list(sorts), list(sorts.values()))[0]
        return _SORTS[sort](_Look(self, structure))

    def act(self, history: History, day: dt.date, name: str, sorts: Mapping[str, int], *, most: int = 2) -> Act | None:
        """An act of a few operations that can be carried out on what the history has on a day; None if none was found.

        What later acts of the history say to it is not asked.
        """
        there = history.at(day)
        self.ended = [unit for unit in history.units_ever() if unit not in there and there.was_used(unit)]
        for _ in range(_TRIES):
            try:
                with history.draft(day, SOURCE, act_id=name) as act:
                    for _ in range(self.draw.randint(1, most)):
                        act.do(self.operation(act.structure, sorts))
            except (Nothing, OrgmodelError):
                continue
            return evolve(act.act, resolved=None, on=None)
        return None


class _Look:
    """A structure as a decider sees it: what there is to choose from."""

    def __init__(self, decider: Decider, structure: Structure) -> None:
        self.draw, self.fresh, self.ended = decider.draw, decider.fresh, decider.ended
        self.structure = structure
        focus = [unit for unit in structure if unit in decider.focus]
        self.about: Sequence[str] = focus if focus and self.draw.random() < _FOCUSED else list(structure)
        """The units that a fact may be about."""

    def kind(self, unit: str) -> Any:
        return self.structure.value(unit, tracks.KIND)

    def one(self, among: Iterable[Any]) -> Any:
        listed = list(among)
        if not listed:
            raise Nothing
        return self.draw.choice(listed)

    @property
    def inner(self) -> list[str]:
        """Units with a parent."""
        return [unit for unit in self.structure if self.structure.parent(unit) is not None]

    def is_agency(self, unit: str) -> bool:
        return self.structure.schema.is_agency(self.kind(unit))

    def group(self, least: int = 2) -> list[str]:
        """Some units of one kind, none above another; mostly siblings."""
        unit = self.one(u for u in self.inner if not self.is_agency(u))
        structure, kind = self.structure, self.kind(unit)
        near = {unit, *structure.ancestors(unit), *structure.descendants(unit)}
        others = [u for u in self.inner if u not in near and self.kind(u) == kind]
        siblings = [u for u in others if structure.parent(u) == structure.parent(unit)]
        pool = siblings if siblings and self.draw.random() < 0.6 else others
        self.draw.shuffle(pool)
        found = [unit]
        for other in pool:
            if not any(other in structure.descendants(u) or u in structure.descendants(other) for u in found):
                found.append(other)
            if len(found) == self.draw.choice([2, 2, 3]):
                break
        if len(found) < least:
            raise Nothing
        return found

    def place(self, kind: Any) -> str:
        """A unit under which one of a kind may stand."""
        structure = self.structure
        places = [u for u in structure if structure.schema.allows(kind, self.kind(u), structure.day)]
        return str(self.one([u for u in places if u in self.about] or places))

    def home(self, unit: str) -> str:
        """Another unit under which a unit may stand."""
        near = {unit, *self.structure.descendants(unit)}
        kind, day = self.kind(unit), self.structure.day
        return str(
            self.one(
                u for u in self.structure if u not in near and self.structure.schema.allows(kind, self.kind(u), day)
            )
        )

    def placed(self, *, agency: bool) -> tuple[Any, str]:
        """A kind, and a unit under which one of it may stand."""
        schema = self.structure.schema
        kinds: list[Any] = [k.id for k in schema.kinds if schema.is_agency(k.id) == agency] or (
            [] if agency else [None]
        )
        kind = self.one(kinds)
        return kind, self.place(kind)

    def counts(self) -> list[Measure]:
        return [m for m in self.structure.measures.values() if m.type == "count"]

    def count(self) -> str:
        return str(self.one(self.counts()).id)

    def clustering(self) -> str:
        return str(self.one(self.structure.clusterings()).id)

    def cluster(self) -> str:
        return str(self.one(self.structure.clusters()).id)

    def joined(self) -> Any:
        """What an operation says of clusters: mostly nothing, so that it asks where members are in several."""
        clusters = [c.id for c in self.structure.clusters()]
        counts = [ClusterOfLargest(m.id) for m in self.counts()]
        return self.draw.choice([None, None, MajorityCluster(), LeaveAll(), *counts[:1], *clusters[:1]])

    def into(self) -> Unit:
        named = self.draw.choice([None, "New", "Newer"])
        return Unit(self.fresh() if self.draw.random() < 0.6 else "", name=named)

    def under(self, units: Sequence[str]) -> str | None:
        above = {self.structure.parent(u) for u in units}
        return self.draw.choice(sorted(map(str, above))) if len(above) > 1 else None

    def divided(self, parts: Sequence[str]) -> dict[str, Any]:
        """How counts are divided among parts: not, by shares for some, or by what the children have."""
        counts = self.counts()
        how: list[dict[str, Any]] = [{}]
        if counts:
            measure = self.draw.choice(counts).id
            how += [{"shares": {parts[0]: {measure: "1/3"}}}, {"allocation": ByMeasure(measure)}]
        return self.draw.choice(how)


def _merge(look: _Look) -> Operation[Any]:
    units = look.group()
    return verbs.Merge(units, into=look.into(), under=look.under(units), cluster=look.joined())


def _merge_selected(look: _Look) -> Operation[Any]:
    unit = look.group()[0]
    chosen = select(kind=look.kind(unit), under=look.structure.parent(unit))
    # Without an id of its own: who is selected is not to decide what the new unit is called.
    return verbs.Merge([chosen], into=evolve(look.into(), id=""), cluster=look.joined())


def _take_over(look: _Look) -> Operation[Any]:
    keeper, *others = look.group()
    return verbs.TakeOver(keeper, others, cluster=look.joined())


def _replace(look: _Look) -> Operation[Any]:
    return verbs.Replace(look.one(look.inner), look.into())


def _break_down(look: _Look) -> Operation[Any]:
    unit = look.one(look.inner)
    parts = [look.fresh(), look.fresh()]
    homes = {child: look.draw.choice(parts) for child in look.structure.children(unit)}
    return verbs.BreakDown(
        unit, [Unit(part) for part in parts], children=homes, cluster=look.joined(), **look.divided(parts)
    )


def _split_off(look: _Look) -> Operation[Any]:
    unit = look.one(look.inner)
    children = list(look.structure.children(unit))
    chosen: Any = look.draw.sample(children, min(len(children), look.draw.randint(0, 2))) or None
    if children and look.draw.random() < 0.3:
        chosen = select(kind=look.kind(look.draw.choice(children)), under=unit)
    counts = [{c.id: "1/4"} for c in look.counts()]
    return verbs.SplitOff(unit, Unit(look.fresh()), children=chosen, shares=look.draw.choice([None, *counts[:1]]))


def _transfer(look: _Look) -> Operation[Any]:
    giver, taker, *_ = look.group()
    counts = [{c.id: "1/2"} for c in look.counts()]
    return verbs.Transfer(
        giver,
        taker,
        children=list(look.structure.children(giver))[:1] or None,
        shares=look.draw.choice([None, *counts[:1]]),
    )


def _reassign(look: _Look) -> Operation[Any]:
    unit = look.one(look.inner)
    return verbs.Reassign(unit, look.home(unit))


def _reassign_selected(look: _Look) -> Operation[Any]:
    unit = look.one(look.inner)
    kind = look.kind(unit)
    small = [{"measure": (look.count(), "<", 50)}] if look.counts() else []
    how: dict[str, Any] = look.draw.choice([{"under": look.structure.parent(unit)}, *small])
    return verbs.Reassign(select(kind=kind, **how), look.home(unit))


def _rename(look: _Look) -> Operation[Any]:
    return verbs.Rename(look.one(look.about), look.draw.choice(["Old", "New", "Newer"]))


def _recode(look: _Look) -> Operation[Any]:
    return verbs.Recode(look.one(look.about), look.draw.choice(["81", "82", None]))


def _reclassify(look: _Look) -> Operation[Any]:
    return verbs.Reclassify(look.one(look.about), category=look.draw.choice(["rural", "urban"]))


def _record(look: _Look) -> Operation[Any]:
    measure = look.one(look.structure.measures.values())
    unit = look.one(look.about)
    if measure.type == "category":
        return verbs.Record(unit, measure.id, look.draw.choice("ABC"))
    value = look.draw.choice([1, 3, 7, 40, None])
    return verbs.Record(unit, measure.id, value, scope=look.draw.choice(["own", "own", "own", "subtree"]))


def _adjust(look: _Look) -> Operation[Any]:
    return verbs.Adjust(look.one(look.about), look.count(), look.draw.choice([1, 3]))


def _create(look: _Look) -> Operation[Any]:
    kind, place = look.placed(agency=False)
    unit = Unit(look.fresh() if look.draw.random() < 0.7 else "", kind=kind, name=look.draw.choice([None, "New"]))
    stated = [{measure.id: 2} for measure in look.counts()]
    return verbs.Create(unit, under=place, measures=look.draw.choice([None, *stated[:1]]))


def _agency(look: _Look) -> Operation[Any]:
    kind, place = look.placed(agency=True)
    return verbs.Create(Unit(look.fresh(), kind=kind, category=look.draw.choice("fg")), under=place)


def _close(look: _Look) -> Operation[Any]:
    unit = look.one(look.inner)
    children = look.structure.children(unit)
    home = look.home(children[0]) if children else None
    return verbs.Close(unit, children_to=None if home == unit else home, close_agencies=look.draw.random() < 0.5)


def _abolish_level(look: _Look) -> Operation[Any]:
    # Where the root is of the kind too, nobody would be left.
    top = {look.kind(u) for u in look.structure if look.structure.parent(u) is None}
    kind = look.one(kind for u in look.inner if (kind := look.kind(u)) not in top)
    return verbs.AbolishLevel(str(kind), close_agencies=look.draw.random() < 0.5)


def _form(look: _Look) -> Operation[Any]:
    cluster = look.fresh()
    if not look.structure.clusterings():
        return verbs.Form(Clustering(f"{cluster}-groups", cover=look.draw.random() < 0.3))
    members = [look.one(look.about) for _ in range(look.draw.randint(1, 2))]
    return verbs.Form(Cluster(cluster, look.clustering()), members)


def _join(look: _Look) -> Operation[Any]:
    return verbs.Join(look.one(look.about), look.cluster())


def _leave(look: _Look) -> Operation[Any]:
    cluster = look.cluster()
    return verbs.Leave(look.one(look.structure.members(cluster)), cluster)


def _dissolve(look: _Look) -> Operation[Any]:
    cluster = look.cluster()
    others = [c.id for c in look.structure.clusters() if c.id != cluster]
    return verbs.Dissolve(cluster, members_to=look.draw.choice([None, *others[:1]]))


def _designate(look: _Look) -> Operation[Any]:
    cluster = look.cluster()
    member = look.one(look.structure.members(cluster))
    return verbs.Designate(cluster, look.draw.choice([LEADER, DEPUTY]), member, instead=look.draw.random() < 0.3)


def _succeed_role(look: _Look) -> Operation[Any]:
    return verbs.SucceedRole(look.cluster(), look.draw.choice([LEADER, DEPUTY]))


def _office(look: _Look) -> Operation[Any]:
    return verbs.ChangeFact(look.one(look.about), tracks.OFFICE, look.draw.choice(["p1", "p2"]), ("head", 1))


def _fact(look: _Look) -> Operation[Any]:
    return verbs.ChangeFact(look.one(look.about), "fact:drawn", look.draw.choice([1, 2]))


def _reestablish(look: _Look) -> Operation[Any]:
    old = look.one(look.ended)
    kind, place = look.placed(agency=False)
    return verbs.Reestablish(old, Unit(look.fresh(), kind=kind), under=place)


_SORTS: Final[Mapping[str, Callable[[_Look], Operation[Any]]]] = {
    "merge": _merge,
    "merge selected": _merge_selected,
    "take over": _take_over,
    "replace": _replace,
    "break down": _break_down,
    "split off": _split_off,
    "transfer": _transfer,
    "reassign": _reassign,
    "reassign selected": _reassign_selected,
    "rename": _rename,
    "recode": _recode,
    "reclassify": _reclassify,
    "record": _record,
    "adjust": _adjust,
    "create": _create,
    "agency": _agency,
    "close": _close,
    "abolish level": _abolish_level,
    "form": _form,
    "join": _join,
    "leave": _leave,
    "dissolve": _dissolve,
    "designate": _designate,
    "succeed role": _succeed_role,
    "office": _office,
    "fact": _fact,
    "reestablish": _reestablish,
}


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
    except (Conflict, Ambiguous) as error:
        return Verdict(None, error, tuple(error.questions))
    except Refused as error:
        return Verdict(None, error)


def answered(questions: Iterable[Question], number: int) -> list[Answer] | None:
    """An answer to each of some questions, chosen by a number; None if one has none."""
    found: list[Answer] = []
    for at, question in enumerate(questions):
        options = [option for option in question.options if option] or ([] if question.options == () else [""])
        if not question.choice or not options:
            return None
        found.append(question.answer(options[(number + at) % len(options)]))
    return found


def undecided(history: History) -> list[Act]:
    """The decisions of a history in order of time, as if nothing had been worked out."""
    return [evolve(act, resolved=None, on=None) for act in history.acts]


@frozen
class Learned:
    """A history of decisions, and what is learned late.

    Attributes:
        history: the history before.
        late: the act that is learned late, effective before the history's last day.
        told: what becomes of enacting it.
        answers: the answers to all that was asked, where there are any.
        settled: what becomes of enacting it with them; as ``told`` where nothing was asked.
    """

    history: History
    late: Act
    told: Verdict
    answers: tuple[Answer, ...]
    settled: Verdict


def grown(history: History, draw: random.Random, acts: int) -> History:
    """A history that goes on by some acts of decisions, each on the same day as the one before or some days later."""
    decider, day = Decider(draw), history.last_day or dt.date.min
    for at in range(acts):
        day += draw.choice([0, 1, 1, 3]) * ONE_DAY if at else ONE_DAY
        made = decider.act(history, day, f"decision {at}", DECIDED)
        if made is not None:
            try:
                history = history.enact(made)
            except Refused:
                continue
    return history


def early(history: History, late: Act, answers: Iterable[Answer] = ()) -> Verdict:
    """What becomes of the decisions of a history taken in order of time with one more in its place."""
    acts = undecided(history)
    place = sum(act.effective <= late.effective for act in acts)
    acts.insert(place, evolve(late, resolved=None, on=None))
    return verdict(lambda: History.taken(acts, history.schema, history.measures, answers))


def learned(history: History, draw: random.Random, acts: int, number: int) -> Learned | None:
    """A history that went on by decisions, and something learned late; None if nothing was found.

    Args:
        history: where it begins.
        draw: chance.
        acts: how many acts are tried.
        number: chooses the day and the answers.
    """
    if any(isinstance(step, Operation) and step.unnamed for act in history.acts for step, _ in act.steps):
        # A choice by a function without a name is not made again: what is learned before it is a question by rule.
        return None
    begun = history.last_day
    history = grown(history, draw, acts)
    last = history.last_day
    if begun is None or last is None or last == begun:
        return None
    # Mostly among the decisions; now and then before the outcomes that the history began with.
    first = history.first_day if number % 8 == 7 else begun
    assert first is not None
    day = first + (number // 8 % (last - first).days) * ONE_DAY
    decider = Decider(draw, "late-")
    decider.focus = concerned(history, day)
    late = decider.act(history, day, "late", LATE)
    return None if late is None else told_late(history, late, number)


def concerned(history: History, day: dt.date) -> set[str]:
    """Ids of all that decisions after a day are about."""
    decided = [act for act in history.acts if act.effective > day and not act.is_outcome]
    return {subject for act in decided for subject in subjects_of(act.events)}


def told_late(history: History, late: Act, number: int = 0) -> Learned:
    """What becomes of an act that is learned late, with all that it asks answered.

    Args:
        history: the history before.
        late: the act.
        number: chooses the answers.
    """
    told = settled = verdict(lambda: history.enact(late))
    answers: tuple[Answer, ...] = ()
    for _ in range(_ROUNDS):
        # What was undecided while a question was open may ask after it.
        more = answered(settled.questions, number) if settled.questions else None
        if not more:
            break
        answers = (*answers, *more)
        settled = verdict(lambda answers=answers: history.enact(late, answers=answers))  # type: ignore[misc]
    return Learned(history, late, told, answers, settled)
