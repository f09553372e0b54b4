"""What a law is, what it looks at, and what it says when it is broken."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Literal, NoReturn, TypeVar

from attrs import evolve, field, frozen

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Closure, Creation, Event, Succession
from orgmodel.acts.operation import Point
from orgmodel.acts.operations import PolicyMerger
from orgmodel.acts.policies import Allocation, Equal, MergerRule
from orgmodel.errors import Ambiguous, Answer, Finding, OrgmodelError, Question, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT
from orgmodel.party.tracks import FLOW
from orgmodel.period import ONE_DAY
from orgmodel.rules.invariants import check
from orgmodel.structure.structure import Structure
from orgmodel.testing.decisions import Learned, learned, learned_late
from orgmodel.testing.moves import WIDTH, Made, make, pick
from orgmodel.testing.reproduce import code, draft_code, named, script
from orgmodel.testing.statements import stated_in
from orgmodel.testing.strategies import Story, mergeable
from orgmodel.testing.twin import Facts, Impossible, PlainDay, Twin, counted, renamed, replayed

__all__ = [
    "FEATURES",
    "Case",
    "Law",
    "LawBroken",
    "Untested",
    "broken",
    "same",
]

About = Literal["rule", "history", "library"]
"""Whose promise a law is: a merger rule's, that of any history, or that of the library's other operations."""

Cases = Literal["any", "party"]
"""On which examples a law is judged: any, or histories of Party organisations."""

SOURCE: Final = Source("a test", issuer="orgmodel.testing")


PolicySort = Literal["cluster", "allocation", "counterpart", "office", "rating"]
"""The Protocols of policies in ``orgmodel.acts.policies``, each by one word."""


UNANSWERED: Final = "it could not be answered"
"""How the text of a failure begins where the check of a law crashed."""


class NotMet(Exception):
    """The law does not apply to the case."""


class LawBroken(AssertionError):
    """A law that does not hold, with a case that shows it; the message is worked out when it is read.

    Attributes:
        law: the law.
        found: the case that broke it, and what is wrong in it.
        also: other laws that the same history breaks.
    """

    def __init__(self, law: Law, case: Case, why: str) -> None:
        self.law, self.found = law, (case, why)
        self.also: tuple[Law, ...] = ()
        super().__init__(law.id)

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _smallest(self) -> tuple[Case, str]:
        return SMALLER[-1](self.law, *self.found)

    @property
    def case(self) -> Case:
        """The smallest case that was found."""
        return self._smallest[0]

    @property
    def why(self) -> str:
        """What is wrong in it."""
        return self._smallest[1]

    @cached_property
    def _text(self) -> str:
        lines = [self.law.told(self.case, self.why)]
        if self.also:
            lines += ["", "the history, as it was found, also breaks:", *(f"  {law}" for law in self.also)]
        return "\n".join(lines)

    def with_others(self, laws: Iterable[Law]) -> LawBroken:
        """The same failure, which also names the other laws that the history breaks.

        They are asked about the case as it was found, as the smallest one has little besides what breaks this law; and
        with the numbers in other orders, as these choose what a law looks at: for laws of mergers in several.
        """
        case, dice = self.found[0], self.found[0].dice
        turned = [Case(case.history, dice[::-1], case.kit)]
        of_mergers = [Case(case.history, [*dice[at:], *dice[:at]], case.kit) for at in (2, 4, 6, 8)]

        def breaks(law: Law) -> bool:
            cases = (case, *turned, *(of_mergers if law.about == "rule" else ()))
            return law.id != self.law.id and any(map(law.is_broken, cases))

        self.also = tuple(filter(breaks, laws))
        return self


Smaller = Callable[["Law", "Case", str], tuple["Case", str]]
"""A law, a case that breaks it and what is wrong in it -> a smaller case, and what is wrong in that."""

SMALLER: Final[list[Smaller]] = [lambda _, case, why: (case, why)]
"""The last one finds the smaller case. ``orgmodel.testing.smallest`` enters it here: it judges laws of the catalogue,
which is made of this module."""


class Untested(AssertionError):
    """No example was met to which a law applies, so nothing is known of it."""


@frozen
class Law:
    """A law: what always holds, and where it must not be asserted.

    Attributes:
        id: ``C1``; the families are S structure, C conservation, A algebra of mergers,
            T time, B both time axes, L lineage, D diff, branch and storage, M
            metamorphic, E engine against its twin, O what verbs do, K what is learned late, R doors, F
            what a merger leaves alone, Q readers, G ground, J judging by rules, V pictures and
            pages, W what is written, X plans, P the Party's questions.
        statement: what holds.
        caveat: where it is not asserted.
        about: whose promise it is.
        holds: checks a case; None for the name of a law whose check is elsewhere.
        cases: on which examples it is judged if none are given: ``any``, or those of ``party`` organisations.
        needs: the package without which it cannot be judged.
        seldom: of how many cases one is judged: more than 1 for a law that writes files, say, and takes long.

    >>> import orgmodel as om
    >>> from orgmodel.testing import machines
    >>> def one_root(case):
    ...     for act in case.history.acts:
    ...         structure = case.history.at(act.effective)
    ...         same(len(structure.ancestors(structure.root())), 0, "units above the root")
    >>> law = Law("OURS-1", "nothing stands above the root", "history", holds=one_root)
    >>> print(law)
    OURS-1: nothing stands above the root
    >>> TestOurs = machines.restructuring(laws=[law]).TestCase
    """

    id: str
    statement: str
    about: About
    caveat: str = ""
    holds: Callable[[Case], None] | None = field(default=None, repr=False)
    cases: Cases = "any"
    needs: str = ""
    seldom: int = 1

    def __str__(self) -> str:
        return f"{self.id}: {self.statement}"

    def judge(self, case: Case) -> bool:
        """Whether the law applies to the case at all.

        Raises:
            LawBroken: it applies, and it is broken.
        """
        __tracebackhide__ = True
        if self.holds is None:
            return False
        try:
            if self.cases == "party" and not case.is_of_party:
                return False
            self.holds(case)
        except NotMet:
            return False
        except LawBroken:
            raise
        except Broken as broken:
            # A class of its own for each law, so that a shrinker does not slip from one law to another.
            raise error_of(self.id)(self, case, str(broken)) from None
        except Exception as error:  # a crash breaks the law that asked
            why = f"{type(error).__name__}: {error}"
            raise error_of(self.id)(self, case, f"{UNANSWERED}: {why}") from error
        return True

    def is_broken(self, case: Case) -> bool:
        """Whether the case breaks it."""
        try:
            self.judge(case)
        except LawBroken as error:
            # A case that cannot even be made breaks E3 or E7, whichever law asks.
            return error.law.id == self.id
        return False

    def told(self, case: Case, why: str) -> str:
        """The law, what is wrong, the structure as a tree, and a script that shows it again."""
        lines = [f"law {self.id} is broken: {self.statement}"]
        if self.caveat:
            lines.append(f"(not asserted: {self.caveat})")
        lines += ["", why, "", f"the structure on {case.day}:"]
        lines += ["  " + line for line in case.tree.splitlines()]
        if self.about == "rule":
            lines += case.of_the_rule()
        text = case.script(self.id)
        outcome = case.tried(text)
        if outcome and case.steps:
            # It shows only in what was done step by step.
            longer = case.script(self.id, stepwise=True)
            if not case.tried(longer):
                text, outcome = longer, []
        return "\n".join([*lines, "", "to see it again:", "", text, *outcome])


_errors: dict[str, type[LawBroken]] = {}


def error_of(law: str) -> type[LawBroken]:
    """The class of the failures of one law."""
    return _errors.setdefault(law, type(f"LawBroken{law}", (LawBroken,), {}))


class Broken(Exception):
    """What is wrong, said by the body of a law."""


def broken(why: str) -> NoReturn:
    """End the body of a law: it is broken.

    >>> from orgmodel.testing.laws import LAWS
    >>> def holds(case):
    ...     if len(case.history.acts) > 100:
    ...         broken("the history has more than 100 acts")
    >>> Law("OURS-1", "a history is short", "history", holds=holds).statement
    'a history is short'
    """
    raise Broken(why)


Thing = TypeVar("Thing")


def same(found: Thing, expected: Thing, what: str) -> None:
    """Require two values to be equal, as a law says; ``what`` names them in the message.

    >>> try:
    ...     same({"a": 1}, {"a": 2}, "the number of members")
    ... except Exception as error:
    ...     print(error)
    the number of members: 'a': 1 is not 2
    """
    if found != expected:
        broken(f"{what}: {difference(found, expected)}")


def difference(value: Any, expected: Any) -> str:
    """The text of a difference between two values; of facts, only those that differ are listed."""
    if isinstance(value, Structure):
        value = value.facts()
    if isinstance(expected, Structure):
        expected = expected.facts()
    if isinstance(value, dict) and isinstance(expected, dict):
        lines = []
        for key in [*value, *(key for key in expected if key not in value)]:
            mine, other = value.get(key), expected.get(key)
            if mine != other:
                both = isinstance(mine, dict) and isinstance(other, dict)
                name = _label(key)
                lines.append(f"{name}: {difference(mine, other)}" if both else f"{name}: {mine!r} is not {other!r}")
        return "; ".join(lines[:6]) + (f"; and {len(lines) - 6} more" if len(lines) > 6 else "")
    return f"{value!r} is not {expected!r}"


def _label(key: Any) -> str:
    """How a key of facts is shown: a subject, or a track with its slot."""
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], str):
        slot = "" if key[1] is None else f" {key[1]}" if isinstance(key[1], str) else f" {key[1]!r}"
        return f"{key[0]}{slot}"
    return repr(key)


@frozen
class Choosing:
    """The library's own merger, with every choice that it asks for made: the rule of the cases where none is given.

    Of several parents and clusters it takes the one that comes first in the order of creation, so that neither ids nor
    the order of members decide.

    Attributes:
        merger: the merger.
    """

    merger: PolicyMerger = PolicyMerger()

    def __call__(
        self,
        structure: Structure,
        members: Sequence[str],
        day: dt.date,  # noqa: ARG002  # as every rule
        source: Source,
    ) -> Iterable[Event]:
        """The events of the merger."""
        order = {name: at for at, name in enumerate([*structure, *(c.id for c in structure.clusters())])}
        operation = evolve(self.merger.of(members), under=self._under(structure, members, order))
        answers: list[Answer] = []
        asked: set[Question] = set()
        while True:
            try:
                return operation.resolve(Point(structure, source=source, answers=tuple(answers)))
            except Ambiguous as error:
                open_ = [question for question in error.questions if any(question.options) and question not in asked]
                if not open_:
                    raise
                asked.update(open_)
                # A unit that begins comes before all: agencies go with their parents.
                answers += [q.answer(min(filter(None, q.options), key=lambda o: order.get(o, -1))) for q in open_]

    def _under(self, structure: Structure, members: Sequence[str], order: Mapping[str, int]) -> dict[str, str]:
        """For each hierarchy in which members have several parents: one that is not merged itself."""
        parents: dict[str, str] = {}
        for line in structure.hierarchies:
            above = {place for m in members if (place := structure.value(m, tracks.parent_track(line))) is not None}
            surviving = {p for p in above if p in structure and not {p, *structure.ancestors(p, line)} & set(members)}
            if len(above) > 1 and surviving:
                parents[line] = min(surviving, key=order.__getitem__)
        return parents


@frozen
class Kit:
    """What is put under the laws.

    Attributes:
        rule: a merger rule.
        siblings: whether its members stand under one parent; either if None.
        kind: of which kind its members are; any if None.
        sizes: fewest and most members.
        allocation: how counts are divided among the parts of a unit.
    """

    rule: MergerRule = Choosing()
    siblings: bool | None = None
    kind: str | None = None
    sizes: tuple[int, int] = (2, 4)
    allocation: Allocation = Equal()


class Case:
    """One example that laws are checked on: a history, and a few numbers that choose in it.

    Attributes:
        dice: numbers from 0 to 255, counted round.
        kit: what is under test.
        ending: lines that end the script, where it is not the law asked again.
        steps: what made each step of a run, as lines; for a failure that the log alone does not show.
        refused: whether the rule under test was asked, and refused each time.
        named: the members of the merger, where they are given and not chosen by the numbers.
        late: an act that is learned late, where it is given and not drawn from the numbers.

    >>> from orgmodel.testing import laws
    >>> from orgmodel.testing.strategies import smallest
    >>> case = smallest(laws.cases())
    >>> print(case.tree)
    u0 [centre]
    ├─ u1 [province]
    └─ u2 [province]
    >>> [str(day) for day in case.days], case.findings
    (['2025-06-30', '2025-07-01', '2025-07-02'], ())
    """

    def __init__(self, history: History | Story, dice: Sequence[int], kit: Kit) -> None:
        self._told, self.dice, self.kit = history, tuple(dice) or (0,), kit
        self.ending: Sequence[str] = ()
        self.steps: Sequence[Callable[[], Iterable[str]]] = ()
        self.refused: bool | None = None
        self.named: tuple[str, ...] = ()
        self.late: Act | None = None
        self._facts: dict[dt.date, Facts] = {}
        self._merged: dict[tuple[tuple[str, ...], str, int], Merged | None] = {}
        self._asked: dict[tuple[tuple[str, ...], int], tuple[Event, ...] | Refused] = {}

    @cached_property
    def history(self) -> History:
        """What there is.

        Raises:
            LawBroken: by E3, as the library refuses what the twin can do.
        """
        if isinstance(self._told, History):
            return self._told
        so_far = History(self._told.schema, self._told.measures)
        try:
            for history in self._told.steps():
                so_far = history
        except Exception as error:  # whatever it is, the library could not follow
            why = f"{self._told.at_work}\nis possible, the twin says; the library: {type(error).__name__}: {error}"
            case = Case(so_far, self.dice, self.kit)
            if isinstance(self._told.at_work, Act):
                case.ending = [f"history = history.enact({code(self._told.at_work)})"]
            raise error_of("E3")(E3, case, why) from error
        return so_far

    def __repr__(self) -> str:
        return f"{self.history!r} with dice {bytes(self.dice).hex()}"

    def number(self, at: int) -> int:
        """One of the numbers."""
        return self.dice[at % len(self.dice)]

    @cached_property
    def _mixed(self) -> int:
        """A number that differs among cases which share most of their numbers, as those do that hypothesis varies."""
        events = sum(act.size for act in self.acts)
        return zlib.crc32(bytes([*self.dice, events % 256]))

    def comes(self, law: Law) -> bool:
        """Whether the case is one of those on which a law that takes long is judged."""
        # By its id too, so that such laws are not all judged on the same cases.
        return zlib.crc32(law.id.encode(), self._mixed) % law.seldom == 0

    def numbers(self, at: int) -> list[int]:
        """As many numbers as a move takes."""
        return [self.number(at + i) for i in range(WIDTH)]

    @property
    def is_of_party(self) -> bool:
        """Whether the schema declares what the Party's questions are about."""
        return any(track.id == FLOW for track in self.history.schema.tracks)

    @cached_property
    def day(self) -> dt.date:
        """The last day on which something happens."""
        return self.history.last_day or dt.date.min

    @cached_property
    def structure(self) -> Structure:
        """What there is on that day."""
        return self.history.at(self.day)

    def facts(self, day: dt.date) -> Facts:
        """What holds on a day, read once."""
        if day not in self._facts:
            self._facts[day] = self.history.at(day).facts()
        return self._facts[day]

    def on(self, day: dt.date) -> PlainDay:
        """What holds on a day, for plain loops; units in the order of the facts."""
        return PlainDay(self.facts(day))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the checker of invariants finds, day by day."""
        return tuple(finding for day in self.days for finding in check(self.history.at(day)))

    @cached_property
    def findings_inside(self) -> tuple[Finding, ...]:
        """What it finds after each of the last events of one act, where only the end of the day need be in order."""
        act = pick(self.acts, self.number(3))
        last = range(max(0, len(act.events) - 3), len(act.events))
        return tuple(finding for i in last for finding in check(self.history.at(after=(act.id, i))))

    @cached_property
    def tree(self) -> str:
        """The structure as a tree, as far as there is one."""
        try:
            return self.structure.tree()
        except (LookupError, Refused):
            return repr(self.structure)

    @cached_property
    def days(self) -> tuple[dt.date, ...]:
        """The days of the acts, with the day before and the day after each, in order."""
        days = {day + i * ONE_DAY for day in (act.effective for act in self.acts) for i in (-1, 0, 1)}
        return tuple(sorted(days))

    @cached_property
    def acts(self) -> list[Act]:
        """The acts that count, read from the log alone."""
        return counted(self.history.log)

    @cached_property
    def outcomes(self) -> list[Act]:
        """The same acts as events: as decisions, some may no longer be possible after what was learned since."""
        return [Act(act.id, act.effective, act.events, act.source) for act in self.acts]

    def twin(self, day: dt.date | None = None) -> Twin:
        """The twin on a day, the last one if None."""
        when = self.day if day is None else day
        twin = replayed(self.acts, self.history.schema, self.history.measures, when)
        twin.day = when
        return twin

    def move(self, at: int, only: Sequence[str] = (), *, prefix: str = "x", day: dt.date | None = None) -> Made:
        """A move that is possible on a day, from the numbers that begin at a place.

        Raises:
            NotMet: there is none.
        """
        with self.history.draft(self.day if day is None else day, SOURCE, act_id="move") as draft:
            move = make(draft, self.numbers(at), only, prefix=prefix)
        if not move.events:
            raise NotMet
        return move

    def act(self, events: Iterable[Decided], name: str = "law", day: dt.date | None = None) -> Act:
        """An act of the test."""
        return Act(name, self.day if day is None else day, events, SOURCE)

    def script(self, law: str, *, stepwise: bool = False) -> str:
        """Python that shows the case again: from the log, or step by step as a run made it."""
        step_lines = [line for step in self.steps for line in step()] if stepwise else None
        imports, options = [], []
        for word, used, usual in (("rule", self.kit.rule, Choosing()), ("allocation", self.kit.allocation, Equal())):
            if used != usual:
                more, name = named(used, word)
                imports += more
                options.append(f"{word}={name}")
        options += [f"siblings={self.kit.siblings}"] if self.kit.siblings is not None else []
        options += [f"kind={self.kit.kind!r}"] if self.kit.kind else []
        options += [f"sizes={self.kit.sizes}"] if self.kit.sizes != (2, 4) else []
        options += [f"members={list(self.named)}"] if self.named else []
        options += ["late=act"] if self.late is not None else []
        drafted = [] if self.late is None else draft_code(self.late)
        arguments = ", ".join([repr(law), "history", f"dice={bytes(self.dice).hex()!r}", *options])
        try:
            if self.ending:
                return script(self.history, ["", *self.ending], steps=step_lines)
            return script(
                self.history, ["", *self._plain_call(), *drafted, f"laws.again({arguments})"], imports, steps=step_lines
            )
        except Refused as error:  # a fault of the library can go as far as this
            return f"(no script: {error})"

    def _plain_call(self) -> list[str]:
        """The rule under test called by hand, where it is a user's."""
        if self.kit.rule == Choosing():
            return []
        with contextlib.suppress(NotMet, UnitError):
            day, name = self.day.isoformat(), named(self.kit.rule, "rule")[1]
            return [f"{name}(history.at({day!r}), {self.members}, {code(self.day)}, {code(SOURCE)})"]
        return []

    def of_the_rule(self) -> list[str]:
        """Lines with the members of the merger, their facts, and the events that the rule gives for them."""
        try:
            members, structure = self.members, self.structure
            lines = ["", f"the members: {', '.join(members)}"]
            for member in members:
                facts = {
                    track: value for (track, _), value in structure.facts()[member].items() if track != tracks.LIFE
                }
                lines.append(f"  {member}: " + ", ".join(f"{track} {value!r}" for track, value in facts.items()))
            lines += ["the rule gives:", *(f"  {code(e)}" for e in self.kit.rule(structure, members, self.day, SOURCE))]
        except Exception as error:  # noqa: BLE001  # shown as far as it goes
            lines = ["", f"the rule: {type(error).__name__}: {error}"]
        return lines

    def tried(self, text: str) -> list[str]:
        """Lines with the result of running a script; none if it fails as it should."""
        names: dict[str, Any] = {}
        for used, word in ((self.kit.rule, "rule"), (self.kit.allocation, "allocation")):
            lines, name = named(used, word)
            if name == word:
                # What cannot be imported by name stands for itself here.
                names[name] = used
                for line in lines:
                    text = text.replace(line, "")
        try:
            exec(compile(text, "<script of a failure>", "exec"), names)
        except (AssertionError, OrgmodelError):
            return []
        except Exception as error:  # noqa: BLE001  # what a fault of the library, or of the rule, makes of it
            return (
                []
                if self.ending or "could not" in text
                else [f"(run once more, it ends with {type(error).__name__}: {error})"]
            )
        return ["(run once more, it does not fail: the rule or the library does not do the same each time)"]

    # ---- mergers by the rule under test

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Ids of units that can merge.

        Raises:
            NotMet: there are none.
        """
        return self.some(self.kit.sizes[0])

    def some(self, least: int) -> tuple[str, ...]:
        """Ids of at least ``least`` units that can merge; in many cases, units with a rare feature.

        Raises:
            NotMet: there are none.
        """
        if self.named:
            if len(self.named) < least:
                raise NotMet
            return self.named
        groups = self._groups(least)
        plain = next(groups, None)
        if plain is None:
            raise NotMet
        # To the number 0, and so to any units of one parent, a case shrinks.
        sought = pick((None, *SOUGHT), self._mixed) if self.number(3) else None
        if sought is None:
            return plain
        has = FEATURES[sought]
        with_feature = (group for group in (plain, *groups) if has(self.history, self.structure, group))
        return next(with_feature, plain)

    def _groups(self, least: int) -> Iterator[tuple[str, ...]]:
        """Groups of units that can merge, those under one parent first; the numbers say where they begin."""
        most = max(least, self.kit.sizes[1])
        pools = [pool for pool in self._pools if len(pool) >= least]
        first, size, start = self.number(0), self.number(1), self.number(2)
        for at in range(len(pools)):
            pool = pick(pools, first + at)
            several = least + size % (min(most, len(pool)) - least + 1)
            for turn in range(len(pool)):
                yield tuple(sorted(pick(pool, start + turn + i) for i in range(several)))

    @cached_property
    def _pools(self) -> list[tuple[str, ...]]:
        """Units of which any two may merge, pool by pool; those under one parent first."""
        sides = (True, False) if self.kit.siblings is None else (self.kit.siblings,)
        kind, structure = self.kit.kind, self.structure
        return [pool for siblings in sides for pool in mergeable(structure, kind=kind, siblings=siblings)]

    @property
    def turned(self) -> tuple[str, ...]:
        """The members in another order."""
        members = self.members
        return (*members[1:], members[0]) if self.number(7) % 2 else members[::-1]

    @cached_property
    def features(self) -> tuple[str, ...]:
        """What is special about the members, and about the history: names of :data:`FEATURES`."""
        try:
            members: tuple[str, ...] = self.members
        except NotMet:
            members = ()
        return tuple(name for name, has in FEATURES.items() if has(self.history, self.structure, members))

    def merged(
        self, members: Sequence[str], history: History | None = None, *, name: str = "merger", later: int = 0
    ) -> Merged:
        """What the rule makes of some members, on the last day or some days later.

        Raises:
            NotMet: the rule refuses them.
        """
        known = (tuple(members), name, later)
        if history is not None:
            return self._merge(known, history)
        if known not in self._merged:
            if self.refused is None:
                self.refused = True
            try:
                self._merged[known] = self._merge(known, self.history)
                self.refused = False
            except NotMet:
                self._merged[known] = None
        merger = self._merged[known]
        if merger is None:
            raise NotMet
        return merger

    def _merge(self, wanted: tuple[tuple[str, ...], str, int], history: History) -> Merged:
        members, name, later = wanted
        day = self.day + later * ONE_DAY
        before = history.at(day)
        events = self.asked(members, later) if history is self.history else self._ask(before, members)
        if isinstance(events, Refused):
            raise NotMet
        act = Act(name, day, events, SOURCE)
        try:
            after = history.enact(act)
        except Ambiguous:
            # It leaves a choice to whoever enacts it, as a rule does that asks by itself.
            raise NotMet from None
        except Refused as error:
            shown = Case(history, self.dice, self.kit)
            shown.named = members
            why = f"the events of the rule for {list(members)} are refused: {error}"
            raise error_of("E7")(E7, shown, why) from error
        # What the rule leaves unsaid follows from its successions.
        return Merged(members, before, after.at(day), after, after.act(name))

    def asked(self, members: Sequence[str], later: int = 0) -> tuple[Event, ...] | Refused:
        """The events that the rule gives for some members, on the last day or some days later; or why it refuses.

        It is asked once for the same, as it does the same each time: ``check_merger_rule`` sees to that.
        """
        known = tuple(members), later
        if known not in self._asked:
            self._asked[known] = self._ask(self.history.at(self.day + later * ONE_DAY), known[0])
        return self._asked[known]

    def _ask(self, structure: Structure, members: tuple[str, ...]) -> tuple[Event, ...] | Refused:
        try:
            return tuple(self.kit.rule(structure, members, structure.day, SOURCE))
        except Refused as error:
            # Its traceback holds the frame that holds this case: a circle, which only the cycle collector would free.
            return error.with_traceback(None)

    def of_merger(self, merger: Merged, history: History) -> Case:
        """A merger that was made on a history, as a case of its own: the rule is not asked for it again."""
        case = Case(history, self.dice, self.kit)
        case.named = merger.members
        case._merged[merger.members, "merger", 0] = merger
        return case

    @cached_property
    def renamed(self) -> tuple[Case, dict[str, str]]:
        """The same case with other ids of units, clusters and persons, in reverse order; and old id -> new."""
        statements = stated_in(self.acts)
        clusters = {begun.id for begun in statements.begun if isinstance(begun, Cluster)}
        holders = {c.value for c in statements.changes if c.track == tracks.OFFICE and isinstance(c.value, str)}
        names: dict[str, str] = {}
        for letter, ids in (("p", holders), ("c", clusters), ("z", self.history.units_ever())):
            names |= {name: f"{letter}{number:03}" for number, name in enumerate(sorted(ids, reverse=True), 1)}
        acts = [Act(a.id, a.effective, [renamed(e, names) for e in a.events], a.source) for a in self.acts]
        other = Case(History(self.history.schema, self.history.measures).enact(*acts), self.dice, self.kit)
        return other, names

    # ---- what is learned late

    @cached_property
    def learned(self) -> Learned | None:
        """The history, gone on by decisions, and something that is learned late; None if nothing was found."""
        if self.late is not None:
            return learned_late(self.history, self.late, self.number(1))
        # Each seed draws other decisions; how many there are shrinks with the numbers.
        return learned(self.history, random.Random(bytes(self.dice)), 1 + self.number(0) % 4, self.number(1))

    @cached_property
    def merger(self) -> Merged:
        """What the rule makes of the members."""
        return self.merged(self.members)


@frozen(slots=False)
class Merged:
    """A merger that was made.

    Attributes:
        members: ids of the members.
        before: the structure before.
        after: the structure after.
        history: the history with it.
        act: its act.
    """

    members: tuple[str, ...]
    before: Structure
    after: Structure
    history: History
    act: Act

    @cached_property
    def facts_before(self) -> Facts:
        """All facts before, read once."""
        return self.before.facts()

    @cached_property
    def facts_after(self) -> Facts:
        """All facts after, read once."""
        return self.after.facts()

    @cached_property
    def news(self) -> tuple[str, ...]:
        """What the members became: the other ends of the links that begin at them."""
        successions = [event for event in self.act.events if isinstance(event, Succession)]
        links = [link for event in successions for link in event.links if link.old in self.members]
        lost = sorted(set(self.members) - {link.old for link in links})
        if lost:
            broken(f"{lost} became nothing: no link leads from them")
        return tuple(dict.fromkeys(link.new for link in links))

    @cached_property
    def new(self) -> str:
        """The one unit that the members became."""
        if len(self.news) != 1:
            broken(f"the members became {list(self.news)}, not one unit")
        if self.news[0] not in self.after:
            broken(f"{self.news[0]!r}, which the members became, does not live")
        return self.news[0]

    @cached_property
    def roots(self) -> dict[str, tuple[str, ...]]:
        """Unit that begins -> ids, sorted, of the units of the history before that went into it."""
        sources: dict[str, set[str]] = {}
        for event in self.act.events:
            if isinstance(event, Succession):
                for link in event.links:
                    sources.setdefault(link.new, set()).update(sources.get(link.old, {link.old}) or {link.old})
        return {new: tuple(sorted(olds)) for new, olds in sources.items()}


# ---- what cases have


def _own(structure: Structure, members: Iterable[str], *families: str) -> bool:
    return any(tracks.family(t) in families for m in members for t in structure.track_names() if structure.slots(m, t))


def _agencies_meet(_: History, structure: Structure, members: Sequence[str]) -> bool:
    earlier_words = set[str]()
    for member in members:
        children = [
            c for c in structure.children(member) if structure.schema.is_agency(structure.value(c, tracks.KIND))
        ]
        words = {word for child in children if (word := structure.value(child, tracks.CATEGORY))}
        if words & earlier_words:
            return True
        earlier_words |= words
    return False


def _of_types(_: History, structure: Structure, members: Sequence[str]) -> bool:
    named = [m.track for m in structure.measures.values() if m.type != "count"]
    return any(structure.slots(member, track) for track in named for member in members)


def _reestablished(history: History, _: Structure, members: Sequence[str]) -> bool:
    return any(
        isinstance(e, Creation) and e.reestablishes and e.what.id in members for a in history.acts for e in a.events
    )


def _led(_: History, structure: Structure, members: Sequence[str]) -> bool:
    return any(set(structure.roles(cluster.id).values()) & set(members) for cluster in structure.clusters())


def _covered(_: History, structure: Structure, members: Sequence[str]) -> bool:
    return any(structure.clusters_of(m, c.id) for c in structure.clusterings() if c.cover for m in members)


def _children(_: History, structure: Structure, members: Sequence[str]) -> bool:
    return sum(len(structure.children(member)) for member in members) > 1


def _other_lines(_: History, structure: Structure, members: Sequence[str]) -> bool:
    return any(_own(structure, members, tracks.parent_track(line)) for line in structure.hierarchies[1:]) or any(
        structure.value(member, tracks.parent_track(line)) for line in structure.hierarchies[1:] for member in members
    )


FEATURES: Final[Mapping[str, Callable[[History, Structure, Sequence[str]], bool]]] = {
    "3+ members": lambda _, __, members: len(members) > 2,
    "different parents": lambda _, structure, members: len({structure.parent(m) for m in members}) > 1,
    "several children": _children,
    "agencies merge": _agencies_meet,
    "a rate or category": _of_types,
    "codes": lambda _, structure, members: any(structure.value(m, tracks.CODE) for m in members),
    "a declared fact": lambda _, structure, members: _own(structure, members, tracks.FACT),
    "an office": lambda _, structure, members: _own(structure, members, tracks.OFFICE),
    "in a cluster": lambda _, structure, members: any(structure.clusters_of(m) for m in members),
    "different clusters": lambda _, structure, members: len({structure.clusters_of(m) for m in members}) > 1,
    "in a cover": _covered,
    "leads a cluster": _led,
    "re-established": _reestablished,
    "another hierarchy": _other_lines,
    "several days": lambda history, _, __: len(history.days()) > 1,
    "a chain of one day": lambda history, _, __: len(history.days()) < len(history.acts),
    "amended": lambda history, _, __: any(entry.amends for entry in history.log),
}
"""What makes a case worth testing: features of the members of its merger, and of its history."""

OF_HISTORIES: Final = ("several days", "a chain of one day", "amended", "another hierarchy", "re-established")
"""The features that are counted for laws of histories."""

SOUGHT: Final = (
    *("different parents", "agencies merge", "re-established", "leads a cluster", "in a cover", "3+ members"),
    *("several children", "an office", "different clusters", "a rate or category", "different parents"),
    *("agencies merge", "agencies merge", "agencies merge", "agencies merge"),
    *("re-established", "re-established", "re-established"),
)
"""What the choice of members looks for, the rare more often; which one, a number of the case says."""


E3: Final = Law("E3", "an act is accepted exactly where the twin can do it", "history")
"""The law that a history breaks which cannot even be made; its check is in the catalogue."""

E7: Final = Law("E7", "what the rule gives can be enacted", "rule", "members that the rule refuses")
"""The law that a merger breaks which cannot even be enacted; its check is in the catalogue."""


def canonical(facts: Facts, origins: Mapping[str, Iterable[str]]) -> Facts:
    """Facts with each unit that was created in the run named by what it came from."""
    names: dict[str, str] = {}
    uses: Counter[str] = Counter()
    for new, olds in origins.items():
        name = f"<{'+'.join(sorted(olds))}>"
        uses[name] += 1
        names[new] = name if uses[name] == 1 else f"{name}{uses[name]}"

    def value(track: str, fact: Any) -> Any:
        return names.get(fact, fact) if tracks.refers_to_subject(track) and isinstance(fact, str) else fact

    return {
        names.get(subject, subject): {(track, slot): value(track, v) for (track, slot), v in own_facts.items()}
        for subject, own_facts in facts.items()
    }


def stated(events: Iterable[Event] | Refused, names: Mapping[str, str] | None = None) -> object:
    """What events say in whatever order, with each unit that they create called by what it came from.

    Events that say the same come to the same. Laws compare them first, as enacting them and reading all facts takes
    many times as long.

    Args:
        events: the events; a refusal says nothing but itself.
        names: other names of what is there.
    """
    if isinstance(events, Refused):
        return events
    listed, called = list(events), dict(names or {})
    uses = Counter[str]()
    for event in listed:
        if isinstance(event, Succession):
            for unit in event.created:
                olds = [called.get(link.old, link.old) for link in event.links if link.new == unit.id]
                origin = f"<{'+'.join(sorted(olds))}>"
                called[unit.id] = f"{origin}{uses[origin] or ''}"
                uses[origin] += 1
    return [_unordered(renamed(event, called)) for event in listed]


def _unordered(event: Event) -> object:
    """An event to compare by what it says, not by the order in which it does."""
    if not isinstance(event, Succession):
        return event
    written = {(change.subject, change.track, change.slot) for change in event.changes}
    # Of two changes of one fact the last one counts.
    changes = frozenset(event.changes) if len(written) == len(event.changes) else event.changes
    return frozenset(event.links), frozenset(event.created), changes, event.cross_kind, event.complete


def footprint(events: Iterable[Event], before: Structure) -> set[str]:
    """All subjects that some events read or write: their units, the parents of these, moved children, clusters."""
    touched: set[str] = set()
    for event in events:
        for subject in _subjects(event):
            touched.add(subject)
            if subject in before:
                touched.update(before.clusters_of(subject))
                for hierarchy in before.hierarchies:
                    touched.update(filter(None, [before.parent(subject, hierarchy)]))
                    touched.update(before.children(subject, hierarchy))
    return touched - {ROOT}


def _subjects(event: Event) -> set[str]:
    if isinstance(event, Succession):
        subjects = {unit for link in event.links for unit in (link.old, link.new)}
        subjects |= {unit.parent for unit in event.created if unit.parent is not None}
        return subjects.union(*(_subjects(change) for change in event.changes))
    if isinstance(event, Creation):
        begun = event.what
        more = (getattr(begun, "parent", None), getattr(begun, "clustering", None), event.reestablishes, event.out_of)
        return {begun.id, *filter(None, more)}
    subjects = {event.subject}
    if isinstance(event, Closure):
        return subjects
    track, value = event.track, event.value
    if tracks.refers_to_subject(track) and isinstance(value, str):
        subjects.add(value)
    if tracks.is_member(track):
        subjects.add(tracks.item(track))
    if track == tracks.CODE and isinstance(value, str):
        # Codes are borne once: two events that give one code do not stand apart.
        subjects.add(f"code {value}")
    return subjects


def happens(history: History, *acts: Act) -> History | None:
    """The history with more acts, None if they are refused."""
    try:
        return history.enact(*acts)
    except Refused:
        return None


def imagined(twin: Twin, events: Iterable[Event]) -> bool:
    """Whether the twin can do some events, one after the other, up to the end of the day."""
    try:
        for event in events:
            twin.one(event)
        twin.check_day()
    except Impossible:
        return False
    return True
