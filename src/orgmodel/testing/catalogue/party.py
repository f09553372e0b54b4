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
from functools import partial
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.acts.arguments import several
from orgmodel.acts.events import Change, Creation
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
    deadlines,
    decisions,
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
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    agree,
    case_of,
    enacted,
)
from orgmodel.testing.law import SOURCE, Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.party_cases import CLUSTERING
from orgmodel.testing.reproduce import code
from orgmodel.testing.statements import stated_in
from orgmodel.testing.twin import PlainDay

__all__ = ["law"]

law: Final = Family(cases="party")


def _decided(case: Case, *sorts: type[Any]) -> Iterator[tuple[Any, Any]]:
    """Each operation of the given types with its act, in the order of the history."""
    for act in case.history.acts:
        for operation in act.operations:
            if isinstance(operation, sorts):
                yield act, operation


def _so_far(case: Case, later: int = 0) -> Period:
    """The days from the first one, or some days later, up to the last act."""
    return Period(needed(case.history.first_day) + later * ONE_DAY, case.day + ONE_DAY)


def _known(answer: Any) -> Any:
    """An answer, None where the library cannot decide."""
    return None if isinstance(answer, Undecided) else answer


# ---- posts


@law("P1", "who holds a post, stands for it or has it vacant on a day is what that day's facts say", "history")
def p1(case: Case) -> None:
    on = pick((case.day, case.day, *case.days[1:]), case.number(0))
    day, structure = case.on(on), case.history.at(on)
    # (unit, post, seat) -> person, and (unit, post, person) -> stage.
    seats = {(unit, *slot): who for unit in day.units for slot, who in day.slots(unit, tracks.OFFICE).items()}
    stages = {(unit, *slot): stage for unit in day.units for slot, stage in day.slots(unit, words.CANDIDACY).items()}
    met(seats or stages)
    _holders_read(structure, seats)
    agree(
        {at[:2] for at in stages},
        lambda post: (set(offices.candidates(structure, *post)), offices.stages(structure, *post)),
        lambda post: (
            {at[2] for at in stages if at[:2] == post},
            Counter(stage for at, stage in stages.items() if at[:2] == post),
        ),
        "candidates for posts, and how many are at each stage",
    )


def _holders_read(structure: Structure, seats: Mapping[tuple[str, str, int], str]) -> None:
    """Require that posts have the holders of their seats; ``seats``: (unit, post, seat) -> person."""
    agree(seats, lambda at: offices.holder(structure, at[0], at[1], seat=at[2]), seats.get, "holders of seats")
    agree(
        {at[:2] for at in seats},
        lambda post: list(offices.holders(structure, *post)),
        lambda post: [seats[at] for at in sorted(seats) if at[:2] == post],
        "holders of posts",
    )
    agree(
        set(seats.values()),
        lambda who: set(offices.posts_of(structure, who)),
        lambda who: {at for at, holder in seats.items() if holder == who},
        "posts of persons",
    )
    for at, who in seats.items():
        others = [other[:2] for other, holder in seats.items() if holder == who and other != at]
        elsewhere = {(u, p) for _, u, p in offices.double_offices(structure, at[0], at[1], others)}
        same(elsewhere, set(others), f"the other posts of {who}, who holds {at[1]} of {at[0]}")


@law("P2", "on each day of a unit's life a post is held by whom its holdings say, or is among its vacancies", "history")
def p2(case: Case) -> None:
    changes = stated_in(case.history.acts).changes
    seats = sorted({(change.subject, *change.slot) for change in changes if change.track == tracks.OFFICE})
    met(seats)
    days = {day: case.on(day) for day in case.days[1:]}
    for unit, post, seat in seats:
        holdings = [h for h in offices.holdings(case.history, unit) if (h.post, h.seat) == (post, seat)]
        gaps = [gap.period for gap in offices.vacancies(case.history, unit, post, seat=seat)]
        holders = {day: on.slots(unit, tracks.OFFICE).get((post, seat)) for day, on in days.items() if unit in on.units}
        answers = {
            day: ([h.person for h in holdings if day in h.period], any(day in gap for gap in gaps)) for day in holders
        }
        expected = {day: ([], True) if who is None else ([who], False) for day, who in holders.items()}
        same(answers, expected, f"who holds {post} {seat} of {unit}, and whether it is vacant")
    _ended_early(case)
    _reasons_kept(case)


def _reasons_kept(case: Case) -> None:
    """Require that a holding that a decision ended has the reason of this decision."""
    for act, left in _decided(case, offices.Relieve):
        reasons = {
            h.reason
            for h in offices.holdings(case.history, left.unit)
            if (h.post, h.person, h.period.end) == (left.post, left.person, act.effective)
        }
        if reasons and left.reason not in reasons:
            broken(f"{left.person} left {left.post} of {left.unit} by {left.reason!r}, not {reasons}")


def _ended_early(case: Case) -> None:
    """Require that the holdings that ended early are those that ended for such a reason, in each kind of unit."""
    ended = [h for h in offices.holdings(case.history) if h.reason in offices.EARLY]
    kind_of = {h: case.history.at(h.period.start).value(h.unit, tracks.KIND) for h in ended}
    posts, days = {h.post for h in offices.holdings(case.history)}, _so_far(case)
    for kind in {*kind_of.values()} or {kinds.PROVINCE}:
        early = offices.ended_early(case.history, kind, posts, period=days)
        expected = {h for h in ended if kind_of[h] == kind and h.period.end and h.period.end in days}
        same(set(early), expected, f"who left a {kind} early")


@law(
    "P3",
    "moves of cadres are the appointments, departures and nominations that were decided, each once",
    "history",
    "a seat that two decisions of one day are about",
)
def p3(case: Case) -> None:
    decisions = list(_decided(case, offices.Appoint, offices.Relieve, offices.Stage))
    met(decisions)
    times = Counter((o.unit, o.post, act.effective) for act, o in decisions if not isinstance(o, offices.Stage))

    def is_plain(unit: str, post: str, _: str, day: dt.date, kind: str) -> bool:
        """Whether the unit is there at the end of the day, and no other decision of the day is about the post."""
        return unit in case.on(day).units and (kind == offices.NOMINATED or times[unit, post, day] == 1)

    expected = {
        (operation.unit, operation.post, operation.person, act.effective, kind)
        for act, operation in decisions
        if (kind := _kind_of_move(case, act.effective, operation))
    }
    moves = cadre_moves.moves(case.history, period=_so_far(case)).moves
    listed = {(m.unit, m.post, m.person, m.day, m.kind) for m in moves}
    same(
        {move for move in listed if is_plain(*move)},
        {move for move in expected if is_plain(*move)},
        "the moves, and what was decided",
    )
    for move in moves:
        _level_and_direction(case, move)


def _kind_of_move(case: Case, day: dt.date, operation: Any) -> str | None:
    """By what a decision moves a person; None if it moves nobody."""
    match operation:
        case offices.Stage(to=stage):
            candidacies = case.on(day).slots(operation.unit, words.CANDIDACY)
            stands = candidacies.get((operation.post, operation.person)) == stage == offices.NOMINATED
            return offices.NOMINATED if stands else None
        case offices.Appoint(how=how):
            return str(how)
    appointed = {o.person for act, o in _decided(case, offices.Appoint) if act.effective == day}
    # The end of a term moves nobody, and who is transferred is listed where he arrives.
    is_none = operation.reason in ("merger", "term")
    is_arrival = operation.reason == "transfer" and operation.person in appointed
    return None if is_none or is_arrival else str(operation.reason)


def _level_and_direction(case: Case, move: Any) -> None:
    """Require that a move names the level that manages its post, and goes up or down as the ranks of the posts say."""
    posts = offices.posts()
    # A unit whose holder leaves may be gone on the day of the move.
    on = move.day - ONE_DAY * (move.kind in offices.REASONS)
    level = posts[move.post].level(case.history.at(on).unit(move.unit).kind, move.day)
    same(move.level, level or "", f"the level that manages {move.post} of {move.unit}")
    if move.kind not in offices.HOW or move.kind == "re-appointed":
        return
    eve = move.day - ONE_DAY
    before = case.on(eve)
    seats = [(slot, who) for unit in before.units for slot, who in before.slots(unit, tracks.OFFICE).items()]
    ranks = [posts[post].rank for (post, _), who in seats if who == move.person]
    left = any((h.person, h.period.end) == (move.person, eve) for h in offices.holdings(case.history))
    if ranks and not left:
        rank, highest = posts[move.post].rank, max(ranks)
        way = "up" if rank > highest else "down" if rank < highest else "level"
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
        self.linked = stated_in(history.acts).linked
        self.is_about_members = False
        self._transfers: dict[str, Any] = {}
        for act in history.acts:
            for event in act.events if act.is_outcome else ():
                if isinstance(event, Change) and tracks.is_measure(event.track) and event.slot == tracks.OWN:
                    self.stocks[event.subject, tracks.item(event.track)] = event.value
            for operation in act.operations:
                self._take(operation, act)

    def _take(self, operation: Any, act: Act) -> None:
        match operation:
            case members.Report():
                self.reported.add((operation.subject, operation.figure))
                return
            case members.Admit(unit=unit, number=number):
                self._add(unit, "admitted", probationary=number)
            case members.Confirm(unit=unit, number=number):
                self._add(unit, "", official=number, probationary=-number)
                self.flows[unit, "confirmed"] += number
            case members.RemoveMembers(unit=unit, official=official, probationary=probationary, why=why):
                self._add(unit, why, official=-official, probationary=-probationary)
            case members.HostMembers(unit=unit, number=number):
                self._host(unit, number)
            case members.TransferMembers():
                begun = next(e.what.id for e in act.events if isinstance(e, Creation) and isinstance(e.what, Matter))
                self._transfers[begun] = operation
                if operation.received:
                    self._move(operation)
            case members.ReceiveMembers(matter=matter):
                self._move(self._transfers[matter])
            case _:
                return
        self.is_about_members = True

    def _add(self, unit: str, flow: str, *, official: int = 0, probationary: int = 0) -> None:
        both = official + probationary
        changes = {members.OFFICIAL: official, members.PROBATIONARY: probationary, members.MEMBERS: both}
        for measure, number in changes.items():
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
        self._add(transfer.giver, "transferred_out", official=-official, probationary=-probationary)
        self._add(transfer.taker, "transferred_in", official=official, probationary=probationary)


@law(
    "P4",
    "stocks of members are what plain adding of the decisions gives; flows are the numbers decided, and explain the stocks",
    "history",
    "units that were merged, and stocks that are not exact",
)
def p4(case: Case) -> None:
    # Two admissions of one day: few cases have any.
    unit = pick(case.on(case.day).units, case.number(0))
    twice = [members.Admit(unit, 1 + case.number(at)) for at in (1, 2)]
    longer = happens(case.history, Act("admitted twice", case.day + ONE_DAY, twice, SOURCE))
    case = case if longer is None else case_of(longer, case)
    book, now = _Book(case.history), case.on(case.day)
    met(book.is_about_members)
    stocks = {at: n for at, n in book.stocks.items() if at[0] in now.units and at[0] not in book.linked}
    agree(stocks, lambda at: now.value(at[0], tracks.measure_track(at[1]), tracks.OWN), stocks.get, "stocks of members")
    flows = {at: n for at, n in book.flows.items() if n and at[0] not in book.linked and at not in book.reported}
    days = _so_far(case)
    agree(
        flows,
        lambda at: members.flow(case.history, at[0], at[1], period=days, through=False).value.value,
        flows.get,
        "flows, decided one by one",
    )
    # A balance counts no flows on the founding day: the opening stock is that of the end of the day.
    decided_then = any(act.effective == days.start and not act.is_outcome for act in case.history.acts)
    if not (decided_then or case.day == days.start or book.linked or stated_in(case.history.acts).ended):
        for balance in members.balances(case.history, period=_so_far(case, 1)):
            _explained(book, balance)


def _explained(book: _Book, balance: Any) -> None:
    """Require that a balance has the flows that were decided, and that they explain its stocks."""
    is_reported = any(unit == balance.unit for unit, _ in book.reported)
    if is_reported or not (balance.opening.is_exact and balance.closing.is_exact):
        return
    decided = {
        figure: n for (unit, figure), n in book.flows.items() if n and unit == balance.unit and figure in MEMBER_FLOWS
    }
    # What is counted may be more; a sum of what came and went is then not known, but each flow has its number.
    counted = {figure: flow.value for figure, flow in balance.flows.items() if flow.value}
    same(counted, decided, f"the flows of {balance.unit}")
    net = sum(MEMBER_FLOWS[figure] * number for figure, number in decided.items())
    if balance.net.is_known:
        same(balance.net.value, net, f"what the flows of {balance.unit} add up to")
    same(int(balance.closing) - int(balance.opening), net, f"by how much the stock of {balance.unit} changed")


# ---- matters


@law(
    "P5",
    "which matters there are, who takes part, how far they are and how many is what that day's facts say",
    "history",
)
def p5(case: Case) -> None:
    day, structure = case.on(case.day), case.structure
    matters = day.living(Matter)
    met(matters)
    for matter, life in matters.items():
        record, kind = dossier(structure, matter), case.history.schema.matter_kinds[life.kind]
        taken = {slot[0] for slot in day.slots(matter, tracks.STEP)}
        same(record.is_open, not any(s.closes for s in kind.steps if s.id in taken), f"whether {matter} is open")
        same(dict(record.said), day.slots(matter, tracks.SAID), f"what is said of {matter}")
        ranks = {step.id: step.rank for step in kind.steps}
        if taken and record.state is not None:
            same(ranks[record.state], max(map(ranks.__getitem__, taken)), f"the rank of the state of {matter}")
    for act, decision in _decided(case, work.Decide):
        for award in matters.keys() & set(decision.awards):
            if not dossier(structure, award).has(decision.to):
                broken(f"{award} was {decision.to} by {act.id!r}, and its matter does not say so")
    for word in dict.fromkeys(life.kind for life in matters.values()):
        parties = {m: day.slots(m, tracks.PARTY) for m, life in matters.items() if life.kind == word}
        _matters_counted(structure, None, word, parties)
        for subject in day.units:
            mine = {matter: slots for matter, slots in parties.items() if subject in slots.values()}
            _matters_counted(structure, subject, word, mine)


def _matters_counted(
    structure: Structure, subject: str | None, word: str, parties: Mapping[str, Mapping[Any, str]]
) -> None:
    """Require the matters of a kind in which a subject takes part (anybody, if None); ``parties``: matter -> its own."""
    about = f"{word} of {subject}"
    listed = questions.matters(structure, subject, word, through=False)
    same({matter.id for matter in listed}, set(parties), about)
    # Nobody said that all of them are on record.
    number = questions.count(structure, subject, word, through=False)
    same(number, Quantity(len(parties), "at least"), f"how many {about}")
    counted = questions.count(structure, subject, word, through=False, by="state")
    states = Counter(dossier(structure, matter).state for matter in parties)
    same({state: number.value for state, number in counted.items()}, dict(states), f"{about} by state")
    having: dict[str, set[str]] = defaultdict(set)
    for matter, slots in parties.items():
        for (role, *_), who in slots.items():
            having[role] |= {matter} if subject in (None, who) else set()
    agree(
        having,
        lambda role: {m.id for m in questions.matters(structure, subject, word, role=role, through=False)},
        having.get,
        f"{about} by role",
    )


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
    decisions = [
        (act, operation)
        for act, operation in _decided(case, *_WRITTEN, TakeStep, AmendMatter, TakePart, StrikeMatter)
        if len(act.operations) == 1 and act.events
    ]
    met(decisions)
    for act, operation in decisions:
        about = {event.what.id if isinstance(event, Creation) else event.subject for event in act.events}
        same(len(about), 1, f"how many subjects {operation.name} of {act.id!r} is about")
        structure = case.history.at(after=(act.id, len(act.events) - 1))
        _is_written(structure, about.pop(), operation, f"after {code(operation)} on {act.effective}")


def _is_written(structure: Structure, matter: str, operation: Any, where: str) -> None:
    """Require that a matter says what an operation wrote of it."""
    if isinstance(operation, StrikeMatter):
        same([m.id for m in structure.matters() if m.id == matter], [], where)
        return
    record = dossier(structure, matter)
    kind, step, roles, fields = _WRITTEN.get(type(operation), (record.matter.kind, "", {}, ()))
    same(record.matter.kind, kind, f"the kind of {matter!r} {where}")
    for argument, role in roles.items():
        absent = set(several(getattr(operation, argument))) - set(record.of(role))
        same(absent, set(), f"who is not {role} of {matter!r} {where}")
    written = dict(operation.said) if isinstance(operation, AmendMatter) else {}
    written |= {name: value for name in fields if (value := getattr(operation, name)) not in (None, ())}
    agree(written, record.said.get, written.get, f"what {matter!r} says {where}")
    if isinstance(operation, TakePart):
        same(operation.who in record.of(operation.role), not operation.leaves, f"whether it is a party {where}")
    elif step := step or getattr(operation, "step", ""):
        when = When(structure.day, structure.day) if operation.when is None else operation.when
        same(needed(record.when(step)), when, f"when it was {step} {where}")


@law(
    "P15",
    "when a unit becomes another, its roles in open matters pass on or end as their kinds declare; all other roles stay",
    "history",
)
def p15(case: Case) -> None:
    day = case.on(case.day)
    matters = day.living(Matter)
    parties: dict[str, list[tuple[str, Any]]] = {unit: [] for unit in day.units if day.parent(unit) is not None}
    for matter in matters:
        for slot, who in day.slots(matter, tracks.PARTY).items():
            if who in parties:
                parties[who].append((matter, slot))
    # The one with the most roles: most units have none.
    unit = max(parties, key=lambda name: len(parties[name]))
    met(parties[unit])
    now = PlainDay(enacted(case, replace(case.structure, unit, Unit("heir"))).at(case.day).facts())
    passed_on: set[tuple[str, str]] = set()
    for matter, slot in parties[unit]:
        kind = case.history.schema.matter_kinds[matters[matter].kind]
        role = next(declared for declared in kind.roles if declared.id == slot[0])
        taken = {step for step, *_ in day.slots(matter, tracks.STEP)}
        is_closed = role.until in taken or any(step.closes for step in kind.steps if step.id in taken)
        # Who has a role twice passes it on once.
        heir = "heir" if role.ended == "follows" and (matter, slot[0]) not in passed_on else None
        passed_on.add((matter, slot[0]))
        expected = unit if is_closed or role.ended == "stays" else heir
        party = now.value(matter, tracks.PARTY, slot)
        same(party, expected, f"who is {slot[0]} of {matter!r}, a {kind.id}, since {unit!r} ended")


# ---- terms and congresses


@law("P6", "terms and congresses that are due or late are what the recorded terms and the day say", "history")
def p6(case: Case) -> None:
    day, structure = case.on(case.day), case.structure
    spans = {unit: str(span).split("/") for unit in day.units if (span := day.slots(unit, TERM_TRACK).get(COMMITTEE))}
    met(spans)
    ends = {unit: dt.date.fromisoformat(end) for unit, (_, end) in spans.items()}
    same({(t.unit, t.end) for t in congresses.terms(structure)}, set(ends.items()), f"terms on {case.day}")
    left = sorted((end, unit, (end - case.day).days) for unit, end in ends.items())
    late = [(d.due, d.unit, d.days) for d in congresses.overdue(structure)]
    same(late, [term for term in left if term[2] < 0], f"late congresses on {case.day}")
    for days in (0, 30, 200):
        due = [(d.due, d.unit, d.days) for d in congresses.due(structure, days=days)]
        same(due, [term for term in left if 0 <= term[2] <= days], f"congresses due within {days} days of {case.day}")
    begun: dict[str, str] = {}
    for act, operation in _decided(case, congresses.HoldCongress, congresses.BeginTerm):
        units = [operation.unit] if isinstance(operation, congresses.HoldCongress) else operation.units
        begun |= {str(unit): act.effective.isoformat() for unit in units if str(unit) in spans}
    agree(begun, lambda unit: spans[unit][0], begun.get, "first days of last terms")


@law(
    "P11",
    "windows of congresses follow each other upward, an upper unit whose congress comes before one below it is found, and seats are shared out "
    "by largest remainders",
    "history",
)
def p11(case: Case) -> None:
    day = case.on(case.day)
    live = {day.kind(unit) for unit in day.units}
    weeks = {kind: 1 + case.number(at) % 5 for at, kind in enumerate(congresses.UPWARD) if kind in live}
    met(weeks)
    windows, end = [], case.day + ONE_DAY
    for kind in reversed(weeks):
        windows.append((kind, Period(end - dt.timedelta(weeks=weeks[kind]), end)))
        end -= dt.timedelta(weeks=weeks[kind])
    slots = congresses.congress_windows(case.structure, case.day, weeks=weeks)
    same([(slot.kind, slot.period) for slot in slots], windows[::-1], "windows of congresses")
    # Some units hold no congress, and then the next one above counts.
    congress_days = {
        u: case.day + case.number(at) % 5 * ONE_DAY for at, u in enumerate(day.units) if case.number(at + 1) % 3
    }
    uppers = {
        unit: next((above for above in day.above(unit) if above in congress_days), None) for unit in congress_days
    }
    early = {
        (above, unit)
        for unit, above in uppers.items()
        if above is not None and congress_days[above] < congress_days[unit]
    }
    found_early = {finding.units for finding in congresses.check_upward(case.structure, congress_days)}
    same(found_early, early, "who came too early")
    _in_time(case)
    _seats_shared(1 + case.number(2) % 30, {unit: case.number(at) % 20 for at, unit in enumerate(day.units)})


def _in_time(case: Case) -> None:
    """Require that working days are counted one by one, and that a case takes none after it was done or the day."""
    done, on = (case.day + case.number(at) % 40 * ONE_DAY for at in (3, 4))
    last = min(done, on)
    days = [case.day + (1 + at) * ONE_DAY for at in range((last - case.day).days)]
    taken = deadlines.Proceeding(case.day, done).days_taken(on)
    same(taken, sum(day.weekday() < 5 for day in days), f"working days from {case.day} to {done}, on {on}")


def _seats_shared(total: int, numbers: Mapping[str, int]) -> None:
    """Require that seats are shared out by largest remainders."""
    met(any(numbers.values()))
    quotas = {unit: Fraction(total * number, sum(numbers.values())) for unit, number in numbers.items()}
    seats = congresses.seats_by_members(numbers, total=total)
    same(sum(seats.values()), total, "seats in all")
    extra = {unit: seats[unit] - int(quota) for unit, quota in quotas.items()}
    least = min((quotas[unit] % 1 for unit in extra if extra[unit]), default=1)
    if set(extra.values()) - {0, 1} or any(quotas[unit] % 1 > least for unit in extra if not extra[unit]):
        broken(f"{total} seats for {numbers} are {seats}")


# ---- rankings, surpluses, targets, proposals


@law(
    "P12",
    "a ranking has the units in order of their weighted points, and departments have the units that are below them",
    "history",
)
def p12(case: Case) -> None:
    day = case.on(case.day)
    clusters = {cluster.id: set(day.members(cluster.id)) for cluster in case.structure.clusters(CLUSTERING)}
    for row in regions.regions(case.structure, CLUSTERING, below=(kinds.COMMUNE, kinds.CELL)):
        same(set(row.units), clusters[row.region], f"the units of {row.region}")
        below = Counter(day.kind(u) for u in {u for unit in row.units for u in day.below(unit)[1:]})
        same(dict(row.below), {kind: below[kind] for kind in row.below}, f"units below {row.region}")
    _attended(case, day)
    scored = [unit for unit in day.units if day.kind(unit) in (kinds.COMMUNE, kinds.PROVINCE)]
    points = {unit: {"tasks": case.number(at) % 4, "vote": case.number(at + 1) % 3} for at, unit in enumerate(scored)}
    criteria = [("tasks", 9, 2), ("vote", 9, 1)]
    issued = work.Issue(case.structure.root(), "x", form="bộ tiêu chí", criteria=criteria, id="criteria")
    # One gets no points, and so has no rank.
    scores = [emulation.Score(unit, points[unit], criteria="criteria", year=2025) for unit in scored[1:]]
    history = enacted(case, [issued, *scores])
    met(len(scored) > 2 and clusters)
    ranking = emulation.rank(history.at(case.day), next(iter(clusters)), 2025, criteria="criteria", among=scored)
    assert isinstance(ranking, emulation.Ranking)
    totals = {unit: 2 * points[unit]["tasks"] + points[unit]["vote"] for unit in scored[1:]}
    expected = {(1 + sum(other > total for other in totals.values()), unit, total) for unit, total in totals.items()}
    same({(place.rank, place.unit, place.total) for place in ranking.places}, expected, "places")
    same([unit for unit, _ in ranking.unranked], scored[:1], "who lacks points")


def _attended(case: Case, day: PlainDay) -> None:
    """Require that the share of communes that had a point of a meeting is counted on its day, whatever began since."""
    provinces, communes = day.where(tracks.KIND, kinds.PROVINCE), day.where(tracks.KIND, kinds.COMMUNE)
    if not provinces or not communes:
        return
    meeting = work.Meet(case.structure.root(), "giao ban", points=[(kinds.COMMUNE, 1)], id="meeting")
    begun = Create(Unit("later", kind=kinds.COMMUNE), under=provinces[0])
    acts = Act("met", case.day, [meeting], SOURCE), Act("more", case.day + ONE_DAY, [begun], SOURCE)
    answer = _known(regions.attendance(needed(happens(case.history, *acts)), "meeting", kinds.COMMUNE))
    same(answer and (answer.points, answer.units), (1, len(communes)), "communes that had a point of a meeting")


@law(
    "P13",
    "staff above the assigned number is a surplus, a target that is missed is found by an audit, and proposed clusters "
    "have each unit once, within their sizes and fixed places",
    "history",
)
def p13(case: Case) -> None:
    day = case.on(case.day)
    figures = {unit: (case.number(at) % 9, case.number(at + 3) % 9) for at, unit in enumerate(day.units)}
    measures = [tracks.measure_track(measure) for measure in (surpluses.STAFF, surpluses.QUOTA)]
    stated = [Change(u, track, n, tracks.OWN) for u in figures for track, n in zip(measures, figures[u], strict=True)]
    top = pick(day.units, case.number(0))
    rows = surpluses.surplus(enacted(case, stated).at(case.day), top).found
    over = {unit: staff - quota for unit, (staff, quota) in figures.items() if staff > quota and unit in day.below(top)}
    same({row.unit: int(row.over) for row in rows if not row.rule}, over, f"staff above the assigned number in {top!r}")
    aimed = _with_targets(case)
    owned = [target.id for target in _dossiers(aimed) if isinstance(target.one("owner"), str)]
    # A year later most periods are over.
    later = case.day + dt.timedelta(days=365)
    missed = [target for target in owned if targets.outcome(aimed.history, target, on=later).state == "missed"]
    findings = [f for f in audit(aimed.history, rules=["target"], on=later) if "missed" in f.message]
    same(len(findings), len(missed), f"targets that an audit finds missed, of {owned}")
    _clusters_proposed(case, day.units, 1 + case.number(1) % 3)


def _clusters_proposed(case: Case, units: list[str], number: int) -> None:
    """Require that clusters that are proposed keep what was asked for."""
    met(len(units) >= number)
    # One unit has a fixed place, every second one companions.
    fixed, pairs = {unit: case.number(5) % number for unit in units[:1]}, list(itertools.pairwise(units))
    asked = reclustering.task(units, number, companions=[units[::2]], neighbours=pairs, fixed=fixed)
    proposal = reclustering.propose(asked, {"only": reclustering.Weights()}, starts=1)[0]
    same(sorted(unit for group in proposal.groups for unit in group), sorted(units), "units of the proposed clusters")
    agree(fixed, proposal.group_of, fixed.get, "fixed places")
    sizes = {len(group) for group in proposal.groups}
    if sizes - {len(units) // number, -(-len(units) // number)}:
        broken(f"{len(units)} units are to make {number} clusters of equal size; they are of {sorted(sizes)}")
    near = sum(set(pair) <= set(group) for pair in pairs for group in proposal.groups)
    same(proposal.measured.neighbours, near, "neighbours that are together")


def _with_targets(case: Case) -> Case:
    """The case with targets for how many cells there shall be: as many as there are, one more or one less."""
    day = case.on(case.day)
    owners = [unit for unit in day.units if day.kind(unit) in (kinds.PROVINCE, kinds.COMMUNE)]
    met(owners)
    steps = []
    for at in range(3):
        owner = pick(owners, case.number(at))
        # About as many as there are, as mistakes show at the limit.
        wanted = max(0, _below(day, owner, kinds.CELL) - 1 + case.number(at + 1) % 3)
        comparison = pick([">=", "<="], case.number(at + 2))
        steps.append(
            work.SetTarget(owner, ("count", kinds.CELL), wanted, comparison=comparison, period="2025", id=f"aim {at}")
        )
    return case_of(enacted(case, steps, "aims"), case)


def _dossiers(case: Case) -> list[Dossier]:
    """What is on record of each target."""
    return [dossier(case.structure, matter.id) for matter in case.structure.matters("target")]


def _below(day: PlainDay, unit: str, kind: str) -> int:
    """How many units of a kind are below a unit."""
    return sum(day.kind(lower) == kind for lower in day.below(unit)[1:])


@law(
    "P9",
    "a target is met from the first day on which what it measures reaches it, and missed or open otherwise",
    "history",
    "metrics of predecessors, and what is not known",
)
def p9(case: Case) -> None:
    case = _with_targets(case)
    aims = [
        target
        for target in _dossiers(case)
        if target.said["metric"][0] == "count" and not target.has("withdrawn") and target.one("owner") is not None
    ]
    met(aims)
    for target in aims:
        start, end = map(dt.date.fromisoformat, str(target.said["period"]).split("/"))
        reached, outcome = _first_reached(case, target, start, end), targets.outcome(case.history, target.id)
        same(outcome.met_on, reached, f"the first day on which {target.id} ({target.said['metric']}) is reached")
        if reached is not None or outcome.state != "unknown":
            state = "met" if reached is not None else "missed" if case.day >= end else "open"
            same(outcome.state, state, f"how {target.id} stands")


def _first_reached(case: Case, target: Dossier, start: dt.date, end: dt.date) -> dt.date | None:
    """The first day of a period on which there are as many units below the owner as a target says."""
    owner, wanted, (_, kind) = str(target.one("owner")), int(target.said["value"]), target.said["metric"]
    first, last = max(start, needed(case.history.first_day)), min(case.day, end - ONE_DAY)
    for day in sorted({day for day in (*case.days, start, last) if first <= day <= last}):
        on = case.on(day)
        number = _below(on, owner, kind)
        if owner in on.units and (number >= wanted if target.said.get("comparison") == ">=" else number <= wanted):
            return day
    return None


# ---- ratings and functions


_LIMITS: Final = {"completed": 50, "good": 70, "excellent": 90, "tasks_done": 100, "above_target": 30, "late": 20}
"""From how many points on a grade is given, and the per cent of tasks that it needs."""


@law("P7", "grades, runs of a grade and what is met of four good are what was recorded, year by year", "history")
def p7(case: Case) -> None:
    day, structure, years = case.on(case.day), case.structure, range(2020, 2028)
    # On both sides of each limit.
    points = pick([49, 50, 69, 70, 89], case.number(0))
    grade = decisions.GRADES[0] if points < 50 else decisions.COMPLETED if points < 70 else decisions.GOOD
    same(decisions.grades(_LIMITS, (points, points), tasks_late=(0, 0)), (frozenset({grade}), ()), f"{points} points")
    rated = {unit: {y: g for (y, who), g in day.slots(unit, words.RATED).items() if not who} for unit in day.units}
    checked = {unit: day.slots(unit, ratings.FOUR_GOOD_TRACK) for unit in day.units}
    met(any(rated.values()) or any(checked.values()))
    for unit, grades in rated.items():
        answers = {year: _known(ratings.grade(structure, unit, year)) for year in years}
        same(answers, {year: grades.get(year) for year in years}, f"grades of {unit}")
        # A grade given under another rule of its year begins a run of its own.
        if not any(slot[0] in grades for slot in day.slots(unit, ratings.RATED_UNDER)):
            runs = [(run.first, run.last, run.length) for run in ratings.runs(structure, unit)]
            best = {year for year, grade in grades.items() if grade == ratings.EXCELLENT}
            same(runs, _runs_of_years(best), f"runs of the best grade of {unit}")
        _four_good_read(
            structure, unit, {name: is_met for (year, name), is_met in checked[unit].items() if year == 2025}
        )


def _runs_of_years(years: set[int]) -> list[tuple[int, int, int]]:
    """First year, last year and length of each run of years without a gap."""
    firsts, lasts = (sorted(year for year in years if year + step not in years) for step in (-1, 1))
    return [(first, last, last - first + 1) for first, last in zip(firsts, lasts, strict=True)]


def _four_good_read(structure: Structure, unit: str, answers: Mapping[str, bool]) -> None:
    """Require that the criteria of four good of 2025 are sorted by how they were answered, if any was."""
    if not answers:
        return
    criteria = ratings.four_good(structure, unit, 2025)
    for word, is_met in (("good", True), ("not_good", False), ("unknown", None)):
        expected = {name for name in ratings.FOUR_GOOD if answers.get(name) is is_met}
        same(set(getattr(criteria, word)), expected, f"criteria of {unit} that are {word}")


@law(
    "P8",
    "who leads a function, and which agencies there are, is what that day's facts say; moves of functions, too",
    "history",
)
def p8(case: Case) -> None:
    day, structure = case.on(case.day), case.structure
    parts = {unit: day.slots(unit, agencies.FUNCTION) for unit in day.units}
    met(any(parts.values()))
    for unit in day.units:
        own = [child for child in day.children(unit) if case.history.schema.is_agency(day.kind(child))]
        same(set(agencies.agencies(structure, unit)), set(own), f"the agencies of {unit}")
        shared: dict[str, dict[str, str]] = defaultdict(dict)
        for agency in (unit, *own):
            for name, part in parts[agency].items():
                shared[name][agency] = part
        same(agencies.functions(structure, unit), dict(shared), f"the functions of {unit}")
        leads = {name: [who for who, part in by.items() if part == words.LEAD] for name, by in shared.items()}
        leaders = {name: _known(agencies.lead(structure, unit, name)) for name in shared}
        expected = {name: who[0] if len(who) == 1 else None for name, who in leads.items()}
        same(
            {name: who if isinstance(who, str) else None for name, who in leaders.items()},
            expected,
            f"who leads the functions of {unit}",
        )
    _functions_begun(case)


def _functions_begun(case: Case) -> None:
    """Require that a function that a decision gives, and the agency had not the day before, is among the moves."""
    moves = agencies.function_moves(case.history, period=_so_far(case))
    begun = {(m.agency, m.function, m.day) for m in moves if m.what == "begins"}
    for act, decision in _decided(case, agencies.GiveFunction):
        eve, on = (
            case.on(day).slots(decision.agency, agencies.FUNCTION).get(decision.function)
            for day in (act.effective - ONE_DAY, act.effective)
        )
        if eve != on == decision.part is not None and (decision.agency, decision.function, act.effective) not in begun:
            broken(f"{decision.agency} has {decision.function!r} from {act.effective}, and that is not among the moves")


# ---- the report


def _tables(content: Any) -> dict[str, list[list[Any]]]:
    return {
        block.title: [[cell.value for cell in row] for row in block.rows]
        for block in content.blocks
        if hasattr(block, "rows")
    }


_SECTIONS: Final = ("organisation", "members", "posts", "cadres", "terms", "emulation")


@law(
    "P10",
    "the numbers of a report are those of the questions, and of a loop over the days they are about",
    "history",
    seldom=2,
)
def p10(case: Case) -> None:
    day, structure = case.on(case.day), case.structure
    tops = sorted(unit for unit in day.units if day.kind(unit) in (kinds.PROVINCE, kinds.CENTRE))
    met(tops)
    unit = pick(tops, case.number(0))
    period = Period(case.day - dt.timedelta(days=(30, 180)[case.number(2) % 2]), case.day + ONE_DAY)
    tables: Mapping[str, list[list[Any]]] = defaultdict(
        list, _tables(report(case.history, unit, period, sections=_SECTIONS))
    )
    _kinds_reported(tables["Units by kind, and what explains them"], Counter(map(day.kind, day.below(unit))), unit)
    stock = {row[0]: str(row[1]) for row in tables["Members"]}
    same(stock["members"], str(structure.total("members", under=unit)), f"members of {unit}, in its report")
    posts_held = {post for post, _ in day.slots(unit, tracks.OFFICE)}
    posts = {post.name: post.id in posts_held for post in offices.posts().values()}
    shown = {row[0]: row[1] == "held" for row in tables["Posts"]}
    agree(shown, shown.get, posts.get, f"which posts of {unit} are held, in its report")
    moves = cadre_moves.moves(case.history, unit, period=period).moves
    moved = Counter((move.kind, move.level or "–", move.direction or "–") for move in moves)
    listed_moves = {tuple(row[:3]): int(row[3]) for row in tables["Moves on record"]}
    same(listed_moves, dict(moved), f"moves in {unit}, in its report")
    _terms_reported(tables["Congresses due, terms that end"], structure, unit)


def _kinds_reported(rows: list[list[Any]], counts: Mapping[str, int], unit: str) -> None:
    """Require that a report has the number of units of each kind, and that what explains it adds up."""
    names = {kind.id: kind.name for kind in kinds.KINDS}
    expected = {names[kind]: count for kind, count in counts.items()}
    same({row[0]: row[-1] for row in rows if row[-1]}, expected, f"units of {unit} by kind, in its report")
    explained = {row[0]: row[1:7] for row in rows if all(isinstance(number, int) for number in row[1:6])}
    agree(
        explained,
        lambda kind: explained[kind][5],
        lambda kind: sum(explained[kind][:3]) - sum(explained[kind][3:5]),
        "numbers by kind, and what explains them",
    )


def _terms_reported(rows: list[list[Any]], structure: Structure, unit: str) -> None:
    """Require that a report lists the terms that are over or end soon."""
    due = sorted(
        (body, str(term.due), term.days)
        for body in congresses.BODIES
        for ask in (congresses.overdue, partial(congresses.due, days=DUE))
        for term in ask(structure, unit, body=body)
    )
    # The report lists as many at most.
    if len(due) < 20:
        same(
            sorted((row[2], str(row[3]), int(row[4])) for row in rows), due, f"terms that end in {unit}, in its report"
        )
