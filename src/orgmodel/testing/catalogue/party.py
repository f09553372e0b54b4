"""The laws of the Party's questions (P): answers about posts, members, matters and reports agree with the decisions.

They are checked on histories of Party organisations (:mod:`orgmodel.testing.party_cases`), and on your own if you pass
any. The expected answers are computed simply: the operations are added up one by one, or a loop reads ``facts()``.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.acts.arguments import several
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.acts.operations import Create, replace
from orgmodel.acts.operations.matters import AmendMatter, StrikeMatter, TakePart, TakeStep
from orgmodel.history.flows import MEMBER_FLOWS
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter, When
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.party import (
    agencies,
    cadre_moves,
    congresses,
    emulation,
    kinds,
    members,
    offices,
    questions,
    ratings,
    reclustering,
    regions,
    surpluses,
    targets,
    work,
)
from orgmodel.party import tracks as words
from orgmodel.party.auditing import audit
from orgmodel.party.reporting import DUE, report
from orgmodel.party.terms import COMMITTEE, TERM_TRACK
from orgmodel.period import ONE_DAY, Period
from orgmodel.rules.rule import Undecided
from orgmodel.structure.matters import dossier
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.law import SOURCE, Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.party_cases import CLUSTERING
from orgmodel.testing.reproduce import code
from orgmodel.testing.twin import PlainDay

__all__ = ["law"]

law: Final = Family(cases="party")


def _decided(case: Case, *sorts: type[Any]) -> Iterator[tuple[Any, Any]]:
    """Each operation of the given types with its act, in the order of the history."""
    for act in case.history.acts:
        for operation in act.operations:
            if isinstance(operation, sorts):
                yield act, operation


# ---- posts


@law("P1", "who holds a post, stands for it or has it vacant on a day is what that day's facts say", "history")
def p1(case: Case) -> None:
    on = pick((case.day, case.day, *case.days[1:]), case.number(0))
    day, structure = case.on(on), case.history.at(on)
    holders = {(unit, slot): who for unit in day.units for slot, who in day.slots(unit, tracks.OFFICE).items()}
    met(holders or any(day.slots(unit, words.CANDIDACY) for unit in day.units))
    for (unit, (post, seat)), who in holders.items():
        same(offices.holder(structure, unit, post, seat=seat), who, f"the holder of {post} {seat} of {unit}")
        seats = sorted((slot[1], w) for (u, slot), w in holders.items() if u == unit and slot[0] == post)
        same(list(offices.holders(structure, unit, post)), [w for _, w in seats], f"the holders of {post} of {unit}")
        others = [(u, slot[0]) for (u, slot), w in holders.items() if w == who and (u, slot) != (unit, (post, seat))]
        posts_elsewhere = {(u, p) for _, u, p in offices.double_offices(structure, unit, post, others)}
        same(posts_elsewhere, set(others), f"the other posts of {who}, who holds {post} of {unit}")
    for who in dict.fromkeys(holders.values()):
        mine = {(unit, *slot) for (unit, slot), w in holders.items() if w == who}
        same(set(offices.posts_of(structure, who)), mine, f"the posts of {who}")
    for unit in day.units:
        stands = day.slots(unit, words.CANDIDACY)
        for post in dict.fromkeys(slot[0] for slot in stands):
            of_post = {person: stage for (p, person), stage in stands.items() if p == post}
            same(set(offices.candidates(structure, unit, post)), set(of_post), f"candidates for {post} of {unit}")
            same(offices.stages(structure, unit, post), dict(Counter(of_post.values())), f"stages for {post} of {unit}")


@law("P2", "on each day of a unit's life a post is held by whom its holdings say, or is among its vacancies", "history")
def p2(case: Case) -> None:
    slots = {
        (change.subject, change.slot)
        for act in case.history.acts
        for event in act.events
        for change in (event.changes if isinstance(event, Succession) else [event] if isinstance(event, Change) else [])
        if change.track == tracks.OFFICE
    }
    met(slots)
    days = {day: case.on(day) for day in case.days[1:]}
    for unit, (post, seat) in sorted(slots):
        holdings = [h for h in offices.holdings(case.history, unit) if (h.post, h.seat) == (post, seat)]
        gaps = offices.vacancies(case.history, unit, post, seat=seat)
        for day, facts_of_day in days.items():
            if unit not in facts_of_day.units:
                continue
            who = facts_of_day.slots(unit, tracks.OFFICE).get((post, seat))
            by = [h.person for h in holdings if day in h.period]
            same(by, [] if who is None else [who], f"who holds {post} {seat} of {unit} on {day}, by its holdings")
            vacant = any(day in gap.period for gap in gaps)
            same(vacant, who is None, f"whether {post} {seat} of {unit} is vacant on {day}")
    for act, departure in _decided(case, offices.Relieve):
        ended = [h for h in offices.holdings(case.history, departure.unit) if h.period.end == act.effective]
        if any(h.post == departure.post and h.person == departure.person for h in ended):
            reasons = {h.reason for h in ended if h.post == departure.post and h.person == departure.person}
            if departure.reason not in reasons:
                broken(
                    f"{departure.person} left {departure.post} of {departure.unit} on {act.effective} "
                    f"by {departure.reason!r}, not {reasons}"
                )


@law(
    "P3",
    "moves of cadres are the appointments, departures and nominations that were decided, each once",
    "history",
    "a seat that two decisions of one day are about",
)
def p3(case: Case) -> None:
    met(any(True for _ in _decided(case, offices.Appoint, offices.Relieve, offices.Stage)))
    touched = Counter(
        (act.effective, operation.unit, operation.post)
        for act, operation in _decided(case, offices.Appoint, offices.Relieve)
    )
    expected: set[tuple[Any, ...]] = set()
    for act, operation in _decided(case, offices.Appoint, offices.Relieve, offices.Stage):
        day, unit = act.effective, operation.unit
        now = case.on(day)
        if isinstance(operation, offices.Stage):
            if (
                operation.to == offices.NOMINATED
                and now.slots(unit, words.CANDIDACY).get((operation.post, operation.person)) == operation.to
            ):
                expected.add((unit, operation.post, operation.person, day, operation.to))
        elif touched[day, unit, operation.post] > 1 or unit not in now.units:
            continue
        elif isinstance(operation, offices.Appoint):
            expected.add((unit, operation.post, operation.person, day, operation.how))
        elif operation.reason not in ("merger", "term") and (
            operation.reason != "transfer"
            or not any(o.person == operation.person for a, o in _decided(case, offices.Appoint) if a.effective == day)
        ):
            expected.add((unit, operation.post, operation.person, day, operation.reason))
    first = case.history.first_day
    assert first is not None
    moves = cadre_moves.moves(case.history, period=Period(first, case.day + ONE_DAY)).moves
    listed = {
        (m.unit, m.post, m.person, m.day, m.kind)
        for m in moves
        if m.kind == offices.NOMINATED or touched[m.day, m.unit, m.post] == 1
    }
    listed = {move for move in listed if move[0] in case.on(move[3]).units}
    same(listed, expected, "the moves, and what was decided")
    for move in moves:
        post = offices.posts()[move.post]
        level = post.level(
            case.history.at(move.day - ONE_DAY * (move.kind in offices.REASONS)).unit(move.unit).kind, move.day
        )
        same(move.level, level or "", f"the level that manages {move.post} of {move.unit}")
        if move.kind in offices.HOW and move.kind != "re-appointed":
            before = case.on(move.day - ONE_DAY)
            ranks = [
                offices.posts()[slot[0]].rank
                for unit in before.units
                for slot, who in before.slots(unit, tracks.OFFICE).items()
                if who == move.person
            ]
            just_left = [
                h for h in offices.holdings(case.history) if h.person == move.person and h.period.end is not None
            ]
            if ranks and not any(h.period.end == move.day - ONE_DAY for h in just_left):
                way = "up" if post.rank > max(ranks) else "down" if post.rank < max(ranks) else "level"
                same(move.direction, way, f"the direction of {move}")


# ---- members


class _Book:
    """Members as the decisions of a history add up, one by one.

    Attributes:
        stocks: (unit, measure) -> its number, where one was stated.
        flows: (unit, figure) -> how many were admitted, hosted ...
        reported: the flows that a unit reported itself.
        linked: units that became others, or began as such.
        is_about_members: whether a decision was about members at all.
    """

    def __init__(self, history: History) -> None:
        self.stocks: dict[tuple[str, str], Any] = {}
        self.flows: Counter[tuple[str, str]] = Counter()
        self.reported: set[tuple[str, str]] = set()
        self.linked: set[str] = set()
        self.is_about_members = False
        self._transfers: dict[str, Any] = {}
        for act in history.acts:
            for event in act.events:
                self._take_event(event, stated=act.is_outcome)
            for operation in act.operations:
                self._take(operation, act)

    def _take_event(self, event: Any, *, stated: bool) -> None:
        if isinstance(event, Succession):
            self.linked |= {end for link in event.links for end in (link.old, link.new)}
        elif stated and isinstance(event, Change) and tracks.is_measure(event.track) and event.slot == tracks.OWN:
            self.stocks[event.subject, tracks.item(event.track)] = event.value

    def _take(self, operation: Any, act: Act) -> None:
        match operation:
            case members.Report():
                self.reported.add((operation.subject, operation.figure))
                return
            case members.Admit(unit=unit, number=number):
                self._add(unit, probationary=number, flow="admitted")
            case members.Confirm(unit=unit, number=number):
                self._add(unit, official=number, probationary=-number)
                self.flows[unit, "confirmed"] += number
            case members.RemoveMembers(unit=unit, official=official, probationary=probationary, why=why):
                self._add(unit, official=-official, probationary=-probationary, flow=why)
            case members.HostMembers(unit=unit, number=number):
                self._host(unit, number)
            case members.TransferMembers():
                begun = [e.what.id for e in act.events if isinstance(e, Creation) and isinstance(e.what, Matter)]
                self._transfers[begun[0]] = operation
                if operation.received:
                    self._move(operation)
            case members.ReceiveMembers(matter=matter):
                self._move(self._transfers[matter])
            case _:
                return
        self.is_about_members = True

    def _add(self, unit: str, *, official: int = 0, probationary: int = 0, flow: str = "") -> None:
        both = official + probationary
        for measure, number in (
            (members.OFFICIAL, official),
            (members.PROBATIONARY, probationary),
            (members.MEMBERS, both),
        ):
            if (unit, measure) in self.stocks:
                self.stocks[unit, measure] += number
        if flow:
            self.flows[unit, flow] += abs(both)

    def _host(self, unit: str, number: int) -> None:
        if (unit, members.TEMPORARY) in self.stocks:
            self.stocks[unit, members.TEMPORARY] += number
        self.flows[unit, "hosted"] += number

    def _move(self, transfer: Any) -> None:
        official, probationary = transfer.official, transfer.probationary
        if transfer.form == "temporary":
            self._host(transfer.taker, official + probationary)
            return
        self._add(transfer.giver, official=-official, probationary=-probationary, flow="transferred_out")
        self._add(transfer.taker, official=official, probationary=probationary, flow="transferred_in")


@law(
    "P4",
    "stocks of members are what plain adding of the decisions gives; flows are the numbers decided, and explain the stocks",
    "history",
    "units that were merged, and stocks that are not exact",
)
def p4(case: Case) -> None:
    book, now, first = _Book(case.history), case.on(case.day), needed(case.history.first_day)
    met(book.is_about_members)
    for (unit, measure), value in book.stocks.items():
        if unit not in book.linked and unit in now.units:
            recorded = now.value(unit, tracks.measure_track(measure), tracks.OWN)
            same(recorded, value, f"{measure} of {unit} on {case.day}")
    all_days = Period(first, case.day + ONE_DAY)
    for (unit, figure), number in book.flows.items():
        if unit not in book.linked and (unit, figure) not in book.reported and number:
            counted = members.flow(case.history, unit, figure, period=all_days, through=False).value
            same(counted.value, number, f"{figure} of {unit}, decided one by one")
    _balanced(case, book, first)


def _balanced(case: Case, book: _Book, first: dt.date) -> None:
    """The balances from the day after the founding on are those of the flows."""
    # A balance counts no flows on the founding day: the opening stock is that of the end of the day.
    decided_then = any(act.effective == first and not act.is_outcome for act in case.history.acts)
    closed = any(isinstance(event, Closure) for act in case.history.acts for event in act.events)
    if decided_then or case.day == first or book.linked or closed:
        return
    for balance in members.balances(case.history, period=Period(first + ONE_DAY, case.day + ONE_DAY)):
        reported = any(unit == balance.unit for unit, _ in book.reported)
        if reported or not (balance.opening.is_exact and balance.closing.is_exact):
            continue
        flows = {figure: number for (unit, figure), number in book.flows.items() if unit == balance.unit}
        net = sum(MEMBER_FLOWS.get(figure, 0) * number for figure, number in flows.items())
        # What is counted may be more; a sum of what came and went is then not known, but each flow has its number.
        counted = {figure: flow.value for figure, flow in balance.flows.items() if flow.value}
        decided = {figure: number for figure, number in flows.items() if number and figure in MEMBER_FLOWS}
        same(counted, decided, f"the flows of {balance.unit}")
        if balance.net.is_known:
            same(balance.net.value, net, f"what the flows of {balance.unit} add up to")
        grown = int(balance.closing) - int(balance.opening)
        same(grown, net, f"by how much the stock of {balance.unit} changed")


# ---- matters


@law(
    "P5",
    "which matters there are, who takes part, how far they are and how many is what that day's facts say",
    "history",
)
def p5(case: Case) -> None:
    day = case.on(case.day)
    structure = case.structure
    lives = {s: own_facts[tracks.LIFE, None] for s, own_facts in day.facts.items()}
    all_of = {s: life for s, life in lives.items() if isinstance(life, Matter)}
    met(all_of)
    parties = {matter_id: day.slots(matter_id, tracks.PARTY) for matter_id in all_of}
    for matter_id, life in all_of.items():
        kind = case.history.schema.matter_kinds[life.kind]
        record = dossier(structure, matter_id)
        taken = {slot[0] for slot in day.slots(matter_id, tracks.STEP)}
        ranks = {step.id: (step.rank, at) for at, step in enumerate(kind.steps)}
        furthest = max(taken, key=ranks.__getitem__) if taken else None
        if furthest is not None and ranks[record.state or furthest][0] != ranks[furthest][0]:
            broken(f"{matter_id} is {record.state!r}; the furthest of its steps is {furthest!r}")
        same(record.is_open, not any(s.closes for s in kind.steps if s.id in taken), f"whether {matter_id} is open")
        same(dict(record.said), day.slots(matter_id, tracks.SAID), f"what is said of {matter_id}")
    for act, decision in _decided(case, work.Decide):
        for award in decision.awards:
            if award in all_of and not dossier(structure, award).has(decision.to):
                broken(f"{award} was {decision.to} by {act.id!r}, and its matter does not say so")
    for subject in [*day.units, None]:
        for word in dict.fromkeys(life.kind for life in all_of.values()):
            mine = {
                matter_id: parties[matter_id]
                for matter_id, life in all_of.items()
                if life.kind == word and (subject is None or subject in parties[matter_id].values())
            }
            _matters_counted(structure, subject, word, mine)


def _matters_counted(
    structure: Structure, subject: str | None, word: str, mine: Mapping[str, Mapping[Any, Any]]
) -> None:
    """What is asked about the matters of a kind in which a subject takes part, of anybody's if it is None."""
    listed_matters = questions.matters(structure, subject, word, through=False)
    same({matter.id for matter in listed_matters}, set(mine), f"matters of the kind {word!r} of {subject}")
    # Nobody said that all of them are on record.
    number = questions.count(structure, subject, word, through=False)
    same(number, Quantity(len(mine), "at least"), f"how many {word} of {subject}")
    states = Counter(dossier(structure, matter_id).state for matter_id in mine)
    counted = questions.count(structure, subject, word, through=False, by="state")
    same({name: number.value for name, number in counted.items()}, dict(states), f"{word} of {subject} by state")
    for role in dict.fromkeys(slot[0] for of in mine.values() for slot in of):
        roles = {matter: {who for (name, *_), who in of.items() if name == role} for matter, of in mine.items()}
        having = {matter for matter, who in roles.items() if (subject in who if subject is not None else who)}
        listed = {matter.id for matter in questions.matters(structure, subject, word, role=role, through=False)}
        same(listed, having, f"{word} in which {subject} is {role}")


Written = tuple[str, str, Mapping[str, str], tuple[str, ...]]
"""(kind of matter, step, argument -> role of the parties it names, arguments that are fields)."""

_AWARD: Final[Mapping[str, str]] = {
    "recipient": "recipient",
    "by": "proposer",
    "within": "within",
    "granter": "granter",
}
_WRITTEN: Final[Mapping[type[Any], Written]] = {
    work.Propose: ("award", "proposed", _AWARD, ("form", "year", "title")),
    work.Award: ("award", "granted", _AWARD, ("form", "year", "title")),
    work.Issue: ("document", "", {"issuer": "issuer", "keeper": "keeper"}, ("form", "number", "title", "tags")),
    work.Meet: ("meeting", "", {"host": "host", "attendees": "attendee"}, ("form", "place", "summoned", "present")),
    work.Inspect: ("inspection", "", {"inspector": "inspector", "inspected": "inspected"}, ("form",)),
    work.Discipline: ("discipline", "", {"decider": "decider", "subject": "subject"}, ("form",)),
    work.Run: ("activity", "", {"organiser": "organiser"}, ("form", "topic", "number")),
    work.CallElection: ("election", "called", {"body": "body", "front": "front"}, ("level", "term", "seats")),
    work.Plan: ("work-year", "planned", {"scope": "scope"}, ("year", "criteria")),
    work.Launch: ("work-year", "launched", {"scope": "scope", "by": "launcher"}, ("year", "theme", "motto")),
    work.Sign: ("work-year", "signed", {"scope": "scope"}, ("year", "groups")),
    work.SumUp: ("work-year", "", {"scope": "scope"}, ("year",)),
}
"""What a verb writes; without a step here it is the argument of that name."""


@law(
    "P14",
    "a verb on a matter writes what it says: a matter of its kind, who has which role in it, its fields, and its step with "
    "the day",
    "history",
)
def p14(case: Case) -> None:
    spoke = False
    for act, operation in _decided(case, *_WRITTEN, TakeStep, AmendMatter, TakePart, StrikeMatter):
        if len(act.operations) > 1 or not act.events:
            continue
        spoke = True
        about = {event.what.id if isinstance(event, Creation) else event.subject for event in act.events}
        structure = case.history.at(after=(act.id, len(act.events) - 1))
        same(len(about), 1, f"how many subjects {operation.name} of {act.id!r} is about")
        _is_written(structure, about.pop(), operation, f"after {code(operation)} on {act.effective}")
    met(spoke)


def _is_written(structure: Structure, matter: str, operation: Any, where: str) -> None:
    """Require that a matter says what an operation wrote of it."""
    if isinstance(operation, StrikeMatter):
        same([m.id for m in structure.matters() if m.id == matter], [], where)
        return
    record = dossier(structure, matter)
    kind, step, roles, fields = _WRITTEN.get(type(operation), (record.matter.kind, "", {}, ()))
    same(record.matter.kind, kind, f"the kind of {matter!r} {where}")
    for argument, role in roles.items():
        for who in several(getattr(operation, argument)):
            same(who in record.of(role), True, f"whether {who!r} is {role} of {matter!r} {where}")
    fields_said = dict(operation.said) if isinstance(operation, AmendMatter) else {}
    fields_said |= {name: value for name in fields if (value := getattr(operation, name)) not in (None, ())}
    same({name: record.said.get(name) for name in fields_said}, fields_said, f"what {matter!r} says {where}")
    if isinstance(operation, TakePart):
        same(operation.who in record.of(operation.role), not operation.leaves, f"whether it is a party {where}")
    elif step := step or getattr(operation, "step", ""):
        when = needed(record.when(step))
        same(
            when,
            When(structure.day, structure.day) if operation.when is None else operation.when,
            f"when it was {step} {where}",
        )


@law(
    "P15",
    "when a unit becomes another, its roles in open matters pass on or end as their kinds declare; all other roles stay",
    "history",
)
def p15(case: Case) -> None:
    structure, day = case.structure, case.on(case.day)
    parts = {
        unit: [(matter, slot) for matter in day.living(Matter) for slot, who in day.slots(matter, tracks.PARTY).items()
               if who == unit] for unit in day.units if day.parent(unit) is not None
    }  # fmt: skip
    unit = max(parts, key=lambda name: len(parts[name]))
    met(parts[unit])
    after = needed(happens(case.history, case.act(replace(structure, unit, Unit("heir"))))).at(case.day)
    passed_on: set[tuple[str, str]] = set()
    for matter, slot in parts[unit]:
        kind = case.history.schema.matter_kinds[day.living(Matter)[matter].kind]
        role = next(declared for declared in kind.roles if declared.id == slot[0])
        taken = {step for step, *_ in day.slots(matter, tracks.STEP)}
        is_closed = role.until in taken or any(step.closes for step in kind.steps if step.id in taken)
        stays = is_closed or role.ended == "stays"
        # Who has a role twice passes it on once.
        has_heir = "heir" if role.ended == "follows" and (matter, slot[0]) not in passed_on else None
        passed_on.add((matter, slot[0]))
        party = PlainDay(after.facts()).value(matter, tracks.PARTY, slot)
        same(party, unit if stays else has_heir, f"who is {slot[0]} of {matter!r}, a {kind.id}, since {unit!r} ended")


@law("P6", "terms and congresses that are due or late are what the recorded terms and the day say", "history")
def p6(case: Case) -> None:
    day = case.on(case.day)
    spans = {unit: span for unit in day.units if (span := day.slots(unit, TERM_TRACK).get(COMMITTEE))}
    met(spans)
    ends = {unit: dt.date.fromisoformat(str(text).partition("/")[2]) for unit, text in spans.items()}
    terms = congresses.terms(case.structure)
    same({(t.unit, t.end) for t in terms}, set(ends.items()), f"terms on {case.day}")
    left = {unit: (end - case.day).days for unit, end in ends.items()}
    late = sorted((ends[unit], unit, n) for unit, n in left.items() if n < 0)
    same([(d.due, d.unit, d.days) for d in congresses.overdue(case.structure)], late, f"late congresses on {case.day}")
    for days in (0, 30, 200):
        soon = sorted((ends[unit], unit, n) for unit, n in left.items() if 0 <= n <= days)
        due = [(d.due, d.unit, d.days) for d in congresses.due(case.structure, days=days)]
        same(due, soon, f"congresses due within {days} days of {case.day}")
    last = {}
    for act, operation in _decided(case, congresses.HoldCongress, congresses.BeginTerm):
        for unit in [operation.unit] if isinstance(operation, congresses.HoldCongress) else list(operation.units):
            last[str(unit)] = act.effective
    for unit, begun in last.items():
        if unit in spans:
            same(str(spans[unit]).partition("/")[0], begun.isoformat(), f"the first day of the last term of {unit}")


@law(
    "P11",
    "windows of congresses follow each other upward, whoever comes before a unit below is told, and seats are shared out "
    "by largest remainders",
    "history",
)
def p11(case: Case) -> None:
    day = case.on(case.day)
    live = {day.kind(unit) for unit in day.units}
    weeks = {kind: 1 + case.number(at) % 5 for at, kind in enumerate(congresses.UPWARD) if kind in live}
    met(weeks)
    expected, end = [], case.day + ONE_DAY
    for kind in reversed(weeks):
        expected.append((kind, Period(end - dt.timedelta(weeks=weeks[kind]), end)))
        end -= dt.timedelta(weeks=weeks[kind])
    slots = congresses.congress_windows(case.structure, case.day, weeks=weeks)
    same([(slot.kind, slot.period) for slot in slots], expected[::-1], "windows of congresses")
    congress_days = {
        u: case.day + case.number(at) % 5 * ONE_DAY for at, u in enumerate(day.units) if case.number(at + 1) % 3
    }
    early = set()
    for unit, congress_day in congress_days.items():
        above = day.value(unit, tracks.PARENT)
        while above in day.facts and above not in congress_days:
            above = day.value(above, tracks.PARENT)
        if above in congress_days and congress_days[above] < congress_day:
            early.add((above, unit))
    same(
        {finding.units for finding in congresses.check_upward(case.structure, congress_days)},
        early,
        "who came too early",
    )
    members = {unit: case.number(at) % 20 for at, unit in enumerate(day.units)}
    met(sum(members.values()))
    total = 1 + case.number(2) % 30
    quotas = {unit: Fraction(total * number, sum(members.values())) for unit, number in members.items()}
    seats = congresses.seats_by_members(members, total=total)
    same(sum(seats.values()), total, "seats in all")
    more = [quota % 1 for unit, quota in quotas.items() if seats[unit] > int(quota)]
    less = [quota % 1 for unit, quota in quotas.items() if seats[unit] == int(quota)]
    if any(seats[unit] - int(quota) not in (0, 1) for unit, quota in quotas.items()) or max(less, default=0) > min(
        more, default=1
    ):
        broken(f"{total} seats for {members} are {seats}")


@law(
    "P12",
    "a ranking has the units in order of their weighted points, and departments have the units that are below them",
    "history",
)
def p12(case: Case) -> None:
    day = case.on(case.day)
    track = tracks.member_track(CLUSTERING)
    inside = {
        c.id: {u for u in day.units if c.id in day.slots(u, track).values()}
        for c in case.structure.clusters(CLUSTERING)
    }
    for row in regions.regions(case.structure, CLUSTERING, below=(kinds.COMMUNE, kinds.CELL)):
        same(set(row.units), inside[row.region], f"the units of {row.region}")
        for kind, number in row.below.items():
            below = {u for unit in inside[row.region] for u in day.below(unit)[1:] if day.kind(u) == kind}
            same(number, len(below), f"how many {kind} {row.region} has")
    _attended(case)
    scored = [unit for unit in day.units if day.kind(unit) in (kinds.COMMUNE, kinds.PROVINCE)]
    points = {unit: {"tasks": case.number(at) % 4, "vote": case.number(at + 1) % 3} for at, unit in enumerate(scored)}
    decided = [
        work.Issue(
            case.structure.root(), "x", form="bộ tiêu chí", criteria=[("tasks", 9, 2), ("vote", 9, 1)], id="criteria"
        ),
        *(emulation.Score(unit, points[unit], criteria="criteria", year=2025) for unit in scored[1:]),
    ]
    after = happens(case.history, Act("scores", case.day, decided, SOURCE))
    met(after is not None and len(scored) > 2 and inside)
    assert after is not None
    ranking = emulation.rank(after.at(case.day), next(iter(inside)), 2025, criteria="criteria", among=scored)
    assert isinstance(ranking, emulation.Ranking)
    totals = {unit: 2 * points[unit]["tasks"] + points[unit]["vote"] for unit in scored[1:]}
    expected = {(1 + sum(other > total for other in totals.values()), unit, total) for unit, total in totals.items()}
    same({(place.rank, place.unit, place.total) for place in ranking.places}, expected, "places")
    same([unit for unit, _ in ranking.unranked], scored[:1], "who lacks points")


def _attended(case: Case) -> None:
    """What share of the units of a kind had a point of a meeting is counted on its day, whatever began since."""
    day = case.on(case.day)
    provinces, communes = day.where(tracks.KIND, kinds.PROVINCE), day.where(tracks.KIND, kinds.COMMUNE)
    if not provinces or not communes:
        return
    meeting = work.Meet(case.structure.root(), "giao ban", points=[(kinds.COMMUNE, 1)], id="meeting")
    begun = Create(Unit("later", kind=kinds.COMMUNE), under=provinces[0])
    acts = Act("met", case.day, [meeting], SOURCE), Act("more", case.day + ONE_DAY, [begun], SOURCE)
    answer = regions.attendance(needed(happens(case.history, *acts)), "meeting", kinds.COMMUNE)
    shares = None if isinstance(answer, Undecided) else (answer.points, answer.units)
    same(shares, (1, len(communes)), "communes that had a point of a meeting")


@law(
    "P13",
    "staff above the assigned number is a surplus, a target that is missed is found by an audit, and proposed clusters "
    "have each unit once, within their sizes and fixed places",
    "history",
)
def p13(case: Case) -> None:
    day = case.on(case.day)
    figures = {unit: (case.number(at) % 9, case.number(at + 3) % 9) for at, unit in enumerate(day.units)}
    tracked = [tracks.measure_track(measure) for measure in (surpluses.STAFF, surpluses.QUOTA)]
    stated = [Change(u, track, n, tracks.OWN) for u in figures for track, n in zip(tracked, figures[u], strict=True)]
    after = happens(case.history, case.act(stated))
    met(after is not None)
    assert after is not None
    top = pick(day.units, case.number(0))
    above = {u: staff - quota for u, (staff, quota) in figures.items() if staff > quota and u in day.below(top)}
    surplus_rows = [row for row in surpluses.surplus(after.at(case.day), top).found if not row.rule]
    same({row.unit: int(row.over) for row in surplus_rows}, above, f"staff above the assigned number in {top!r}")
    aimed = _with_targets(case)
    aims = [
        aim.id
        for aim in aimed.structure.matters("target")
        if isinstance(dossier(aimed.structure, aim.id).one("owner"), str)
    ]
    # A year later most periods are over.
    later = case.day + dt.timedelta(days=365)
    missed = [aim for aim in aims if targets.outcome(aimed.history, aim, on=later).state == "missed"]
    missed_in_audit = [f for f in audit(aimed.history, rules=["target"], on=later) if "missed" in f.message]
    same(len(missed_in_audit), len(missed), f"targets that an audit finds missed, of {aims}")
    units, groups = day.units, 1 + case.number(1) % 3
    met(len(units) >= groups)
    fixed = {unit: case.number(5) % groups for unit in units[:1]}
    asked = reclustering.task(units, groups, companions=[units[::2]], neighbours=itertools.pairwise(units), fixed=fixed)
    proposal = reclustering.propose(asked, {"only": reclustering.Weights()}, starts=1)[0]
    same(sorted(unit for group in proposal.groups for unit in group), sorted(units), "units of the proposed clusters")
    same({unit: proposal.group_of(unit) for unit in fixed}, fixed, "fixed places")
    sizes = {len(group) for group in proposal.groups}
    if sizes - {len(units) // groups, -(-len(units) // groups)}:
        broken(f"{len(units)} units are to make {groups} clusters of equal size; they are of {sorted(sizes)}")
    near = sum(any({a, b} <= set(group) for group in proposal.groups) for a, b in itertools.pairwise(units))
    same(proposal.measured.neighbours, near, "neighbours that are together")


def _with_targets(case: Case) -> Case:
    """The case with targets for how many cells there shall be: as many as there are, one more or one less."""
    day = case.on(case.day)
    owners = [unit for unit in day.units if day.kind(unit) in (kinds.PROVINCE, kinds.COMMUNE)]
    met(owners)
    steps = []
    for at in range(3):
        owner = pick(owners, case.number(at))
        cells = sum(day.kind(unit) == kinds.CELL for unit in day.below(owner)[1:])
        wanted, comparison = max(0, cells - 1 + case.number(at + 1) % 3), pick([">=", "<="], case.number(at + 2))
        steps.append(
            work.SetTarget(owner, ("count", kinds.CELL), wanted, comparison=comparison, period="2025", id=f"aim {at}")
        )
    return Case(needed(happens(case.history, Act("aims", case.day, steps, SOURCE))), case.dice, case.kit)


# ---- ratings, functions, targets


@law("P7", "grades, runs of a grade and what is met of four good are what was recorded, year by year", "history")
def p7(case: Case) -> None:
    day = case.on(case.day)
    rated = {unit: {y: g for (y, who), g in day.slots(unit, words.RATED).items() if not who} for unit in day.units}
    checked = {unit: day.slots(unit, ratings.FOUR_GOOD_TRACK) for unit in day.units}
    met(any(rated.values()) or any(checked.values()))
    for unit in day.units:
        under = day.slots(unit, ratings.RATED_UNDER)
        for year in range(2020, 2028):
            graded = ratings.grade(case.structure, unit, year)
            same(
                None if isinstance(graded, Undecided) else graded,
                rated[unit].get(year),
                f"the grade of {unit} for {year}",
            )
        if not any(slot[0] in rated[unit] for slot in under):
            best = sorted(year for year, grade in rated[unit].items() if grade == ratings.EXCELLENT)
            expected: list[list[int]] = []
            for year in best:
                if expected and expected[-1][-1] == year - 1:
                    expected[-1].append(year)
                else:
                    expected.append([year])
            runs = [(run.first, run.last, run.length) for run in ratings.runs(case.structure, unit)]
            same(runs, [(r[0], r[-1], len(r)) for r in expected], f"runs of the best grade of {unit}")
        answers = {name: is_met for (year, name), is_met in checked[unit].items() if year == 2025}
        if answers:
            criteria = ratings.four_good(case.structure, unit, 2025)
            for word, answer in (("good", True), ("not_good", False), ("unknown", None)):
                of = {name for name in ratings.FOUR_GOOD if answers.get(name) is answer}
                same(set(getattr(criteria, word)), of, f"criteria of four good of {unit}: {word}")


@law(
    "P8",
    "who leads a function, and which agencies there are, is what that day's facts say; moves of functions, too",
    "history",
)
def p8(case: Case) -> None:
    day = case.on(case.day)
    at = {unit: day.slots(unit, agencies.FUNCTION) for unit in day.units}
    met(any(at.values()))
    for unit in day.units:
        under = [u for u in day.units if day.value(u, tracks.PARENT) == unit]
        mine = {u for u in under if case.history.schema.is_agency(day.kind(u))}
        same(set(agencies.agencies(case.structure, unit)), mine, f"the agencies of {unit}")
        expected: dict[str, dict[str, str]] = defaultdict(dict)
        for agency in (unit, *mine):
            for name, part in at[agency].items():
                expected[name][agency] = part
        same(agencies.functions(case.structure, unit), dict(expected), f"the functions of {unit}")
        for name, parts in expected.items():
            leads = [agency for agency, part in parts.items() if part == words.LEAD]
            leader = agencies.lead(case.structure, unit, name)
            same(
                leader if isinstance(leader, str) else None,
                leads[0] if len(leads) == 1 else None,
                f"who leads {name} of {unit}",
            )
    first = case.history.first_day
    assert first is not None
    begun = {(m.agency, m.function, m.day) for m in agencies.function_moves(case.history, period=Period(first, case.day + ONE_DAY))
             if m.what == "begins"}  # fmt: skip
    for act, operation in _decided(case, agencies.GiveFunction):
        on = case.on(act.effective)
        if on.slots(operation.agency, agencies.FUNCTION).get(operation.function) == operation.part is not None:
            had = case.on(act.effective - ONE_DAY).slots(operation.agency, agencies.FUNCTION).get(operation.function)
            if had != operation.part and (operation.agency, operation.function, act.effective) not in begun:
                broken(
                    f"{operation.agency} has {operation.function!r} from {act.effective}, "
                    "and that is not among the moves"
                )


@law(
    "P9",
    "a target is met from the first day on which what it measures reaches it, and missed or open otherwise",
    "history",
    "metrics of predecessors, and what is not known",
)
def p9(case: Case) -> None:
    case = _with_targets(case)
    aims = [matter.id for matter in case.structure.matters("target")]
    met(aims)
    spoke = False
    for aim in aims:
        target = dossier(case.structure, aim)
        name, word = target.said["metric"]
        owner, (start, _, end) = str(target.one("owner")), str(target.said["period"]).partition("/")
        if name != "count" or target.has("withdrawn") or target.one("owner") is None:
            continue
        spoke = True
        first, last = dt.date.fromisoformat(start), min(case.day, dt.date.fromisoformat(end) - ONE_DAY)
        begun = case.history.first_day
        assert begun is not None
        days = sorted({d for d in (*case.days, first, last) if max(first, begun) <= d <= last})
        wanted, reached = int(target.said["value"]), None
        for day in days:
            on = case.on(day)
            if owner not in on.units:
                continue
            number = sum(on.kind(u) == word for u in on.below(owner)[1:])
            if number >= wanted if target.said.get("comparison") == ">=" else number <= wanted:
                reached = day
                break
        outcome = targets.outcome(case.history, aim)
        same(outcome.met_on, reached, f"the first day on which {aim} ({word} of {owner}) is reached")
        if reached is None and outcome.state != "unknown":
            same(outcome.state, "missed" if case.day >= dt.date.fromisoformat(end) else "open", f"how {aim} stands")
        elif reached is not None:
            same(outcome.state, "met", f"how {aim} stands")
    met(spoke)


# ---- the report


def _tables(content: Any) -> dict[str, list[list[Any]]]:
    return {
        block.title: [[cell.value for cell in row] for row in block.rows]
        for block in content.blocks
        if hasattr(block, "rows")
    }


@law(
    "P10",
    "the numbers of a report are those of the questions, and of a loop over the days they are about",
    "history",
    seldom=2,
)
def p10(case: Case) -> None:
    day = case.on(case.day)
    tops = [unit for unit in day.units if day.kind(unit) in (kinds.PROVINCE, kinds.CENTRE)]
    met(tops)
    unit = pick(sorted(tops), case.number(0))
    start = case.day - dt.timedelta(days=(30, 180)[case.number(2) % 2])
    asked = Period(start, case.day + ONE_DAY)
    tables = _tables(
        report(case.history, unit, asked, sections=("organisation", "members", "posts", "cadres", "terms", "emulation"))
    )
    inside, names = day.below(unit), {kind.id: kind.name for kind in kinds.KINDS}
    counts = Counter(names[day.kind(u)] for u in inside)
    rows = tables["Units by kind, and what explains them"]
    same({row[0]: row[-1] for row in rows if row[-1]}, dict(counts), f"units of {unit} by kind, in its report")
    for row in rows:
        if isinstance(row[1], int) and all(isinstance(n, int) for n in row[2:6]):
            same(row[1] + row[2] + row[3] - row[4] - row[5], row[6], f"what explains the number of {row[0]}")
    stock = next(row for row in tables["Members"] if row[0] == "members")
    same(str(stock[1]), str(case.structure.total("members", under=unit)), f"members of {unit}, in its report")
    for row in tables.get("Posts", ()):
        post = next(p for p in offices.posts().values() if p.name == row[0])
        is_held = any(slot[0] == post.id for slot in day.slots(unit, tracks.OFFICE))
        same(row[1] == "held", is_held, f"whether {post.name} of {unit} is held, in its report")
    moved = Counter(
        (m.kind, m.level or "–", m.direction or "–") for m in cadre_moves.moves(case.history, unit, period=asked).moves
    )
    same(
        {tuple(row[:3]): int(row[3]) for row in tables.get("Moves on record", ())},
        dict(moved),
        f"moves in {unit}, in its report",
    )
    due = sorted(
        (body, str(d.due), d.days)
        for body in congresses.BODIES
        for d in (
            *congresses.overdue(case.structure, unit, body=body),
            *congresses.due(case.structure, unit, days=DUE, body=body),
        )
    )
    listed = sorted((row[2], str(row[3]), int(row[4])) for row in tables.get("Congresses due, terms that end", ()))
    if len(due) < 20:
        same(listed, due, f"terms that end in {unit}, in its report")
