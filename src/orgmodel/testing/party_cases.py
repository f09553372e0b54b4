"""Histories of Party organisations, told by bytes: what the laws of the Party's questions (P) are judged on.

A founding act sets up provinces with communes, cells and agencies, some with members, and a cluster of the provinces.
Then decisions are taken, one act each, days or months apart: the verbs of the Party, mergers, moves and closures. What
the library refuses is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.acts.policies import CarryOver
from orgmodel.errors import Ambiguous, Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import MatterKind
from orgmodel.model.measure import Measure
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import facts, kinds, offices, work
from orgmodel.party import tracks as words
from orgmodel.party.decisions import GRADES
from orgmodel.party.ratings import FOUR_GOOD
from orgmodel.structure.matters import dossier
from orgmodel.testing.moves import Look, Nothing, pick, value_of

__all__ = ["CLUSTERING", "FOUNDED", "MEASURES", "VERBS", "party_histories", "party_history"]

FOUNDED: Final = dt.date(2025, 7, 1)
"""The day of the founding act: there are no districts any more."""

CLUSTERING: Final = "emulation"
MEASURES: Final[tuple[Measure, ...]] = (*kinds.MEASURES, *facts.MEASURES)
PERSONS: Final = tuple(f"person-{n}" for n in range(1, 4))
POSTS: Final = (offices.SECRETARY, offices.DEPUTY_SECRETARY, offices.COMMITTEE_CHAIR, "executive_member")
PERIODS: Final = ("2025-07/2025-12", "2025", "2025-07-01/2025-07-31")
SOURCE: Final = Source("a test", issuer="orgmodel.testing")
EACH: Final = 8
"""How many numbers tell of one decision."""
FOUNDING: Final = 8

Verb = Callable[[Draft, "_Numbers"], Any]


class _Numbers(Look):
    """What there is for a decision, chosen by its numbers."""

    def number(self, below: int = 256) -> int:
        """The next number, below another one."""
        return super().number() % below

    def unit(self, *of: str) -> str:
        """A unit of some kinds."""
        return str(self.one(unit.id for unit in self.structure.units() if unit.kind in of))

    def units(self, *of: str) -> list[str]:
        """Two units of a kind under one parent."""
        first = self.unit(*of)
        others = self.structure.children(self.structure.parent(first) or "", kind=self.kind(first))
        return [first, str(self.one(unit for unit in others if unit != first))]

    def matter(self, *of: str) -> str:
        """A matter of some kinds; of any if none is named."""
        return str(self.one(matter.id for matter in self.structure.matters() if not of or matter.kind in of))

    def kind_of_matter(self, matter: str) -> MatterKind:
        """The declaration of its kind."""
        kind: MatterKind = self.structure.schema.matter_kinds[dossier(self.structure, matter).matter.kind]
        return kind

    def who(self) -> str:
        """A person."""
        return str(self.one(PERSONS))

    def scope(self) -> str:
        """A cluster, or a unit that works by the year."""
        return str(self.one([*(c.id for c in self.structure.clusters()), self.unit(*_SEATED)]))


_SEATED: Final = (kinds.PROVINCE, kinds.COMMUNE)
_WITH_MEMBERS: Final = (kinds.CELL, kinds.CELL, kinds.COMMUNE)


def _seated(n: _Numbers) -> str:
    """One of the first few units that have posts: so that a post is given twice, and a person goes from one to another."""
    seated = [unit.id for unit in n.structure.units() if unit.kind in _SEATED]
    return str(n.one(seated[:2]))


def _appoint(act: Draft, n: _Numbers) -> None:
    origin = n.one(["", *(unit.id for unit in n.structure.units() if unit.kind in _SEATED)])
    how = n.one(list(offices.HOW))
    act.appoint(_seated(n), n.one(POSTS), person=n.who(), how=how, origin=origin)


def _relieve(act: Draft, n: _Numbers) -> None:
    unit, (post, _), who = n.one(
        (unit.id, slot, who)
        for unit in n.structure.units()
        for slot, who in sorted(n.structure.slots(unit.id, tracks.OFFICE).items())
    )
    act.relieve(unit, post, person=who, reason=n.one(list(offices.REASONS)))


def _award(act: Draft, n: _Numbers) -> None:
    form = n.one([work.FLAG, work.CERTIFICATE, work.MERIT])
    unit = n.unit(*_SEATED, kinds.CELL)
    if n.number(2):
        act.award(unit, form, year=2025, by=n.structure.root())
    else:
        act.propose(unit, form, year=2025 + n.number(2), by=n.structure.root())


def _transfer(act: Draft, n: _Numbers) -> None:
    giver, taker = n.unit(*_WITH_MEMBERS), n.unit(*_WITH_MEMBERS)
    form = n.one(["formal", "temporary", "abroad"])
    act.transfer_members(
        giver, taker, official=n.number(4), probationary=n.number(2), form=form, received=bool(n.number(2))
    )


def _rate_best(act: Draft, n: _Numbers) -> None:
    """Rate a cell best twice: in years that follow each other, or with one between them that may stay unrated."""
    cell, year = n.unit(kinds.CELL), 2022 + n.number(3)
    for rated in (year, year + 1 + n.number(2)):
        act.rate(cell, GRADES[-1], year=rated)


def _merge(act: Draft, n: _Numbers) -> None:
    kind = n.one([kinds.COMMUNE, kinds.COMMUNE, kinds.CELL, kinds.PROVINCE])
    olds = n.units(kind)
    new = Unit(f"{'+'.join(olds)}", "Merged", kind=kind, parent=n.structure.parent(olds[0]))
    act.merge(olds, into=new, offices=n.one([None, CarryOver()]))


def _target(act: Draft, n: _Numbers) -> None:
    metric = n.one(
        [
            ("count", kinds.CELL),
            ("count", kinds.CELL),
            ("figure", "members"),
            ("flow", "admitted"),
            ("matters", "award"),
        ]
    )
    act.set_target(n.unit(*_SEATED), metric, n.number(6), period=n.one(PERIODS), comparison=n.one([">=", "<="]))


_CHECKED: Final = "target"
"""The kind of matter whose fields only its own verb checks: what a target counts by must be a metric that there is."""


def _begin(act: Draft, n: _Numbers) -> None:
    """A matter of any kind, with a party, a field and a first step."""
    kind: MatterKind = n.one(kind for kind in n.structure.schema.matter_kinds.values() if kind.id != _CHECKED)
    stated = {field.id: value_of(field.values, n.number(4)) for field in kind.fields[: 1 + n.number(2)]}
    act.begin(kind.id, parties={kind.roles[0].id: n.unit(*_SEATED)}, said=stated, step=n.one(kind.steps).id)


def _step(act: Draft, n: _Numbers) -> None:
    matter = n.matter()
    act.step(matter, n.one(n.kind_of_matter(matter).steps).id)


def _amend(act: Draft, n: _Numbers) -> None:
    matter = n.matter(*(kind for kind in n.structure.schema.matter_kinds if kind != _CHECKED))
    field = n.one(n.kind_of_matter(matter).fields)
    act.amend_matter(matter, {field.id: n.one([value_of(field.values, n.number(4)), None])})


def _take_part(act: Draft, n: _Numbers) -> None:
    matter = n.matter()
    parties = dossier(n.structure, matter).parties
    if parties and n.number(3) == 2:
        party = n.one(parties)
        act.take_part(matter, party.role, who=party.who, leaves=True)
    else:
        act.take_part(matter, n.one(n.kind_of_matter(matter).roles).id, who=n.unit(*_SEATED, kinds.CELL))


def _meet(act: Draft, n: _Numbers) -> None:
    attendees = [n.unit(kinds.COMMUNE, kinds.CELL)]
    form = n.one(["hội nghị", "giao ban"])
    act.meet(n.unit(*_SEATED), form, attendees=attendees, points=n.one([{}, {"commune": 1 + n.number(2)}]), present=9)


VERBS: Final[dict[str, Verb]] = {
    "appoint": _appoint,
    "relieve": _relieve,
    "stage": lambda act, n: act.stage(_seated(n), n.one(POSTS[:2]), person=n.who(), to=n.one(list(offices.STAGES))),
    "admit": lambda act, n: act.admit(n.unit(*_WITH_MEMBERS), 1 + n.number(5), group=n.one(["", "", "students"])),
    "confirm": lambda act, n: act.confirm(n.unit(*_WITH_MEMBERS), 1 + n.number(2)),
    "remove": lambda act, n: act.remove_members(
        n.unit(*_WITH_MEMBERS), official=n.number(3), probationary=n.number(2), why=n.one(["removed", "deceased"])
    ),
    "host": lambda act, n: act.host_members(n.unit(*_WITH_MEMBERS), 1 + n.number(3)),
    "transfer": _transfer,
    "receive": lambda act, n: act.receive_members(n.matter("transfer")),
    "report": lambda act, n: act.report(
        n.unit(*_SEATED), n.one(["admitted", "moves.appointed"]), value=n.number(30), period=n.one(PERIODS)
    ),
    "complete": lambda act, n: act.complete(
        n.unit(*_SEATED, kinds.CELL), n.one(["admitted", "award"]), period=n.one(PERIODS)
    ),
    "begin a term": lambda act, n: act.begin_term([n.unit(*_SEATED, kinds.CELL)], months=1 + n.number(12)),
    "hold a congress": lambda act, n: act.hold_congress(n.unit(*_SEATED), 1 + n.number(9), term_months=1 + n.number(9)),
    "award": _award,
    "decide": lambda act, n: act.decide([n.matter("award")], to=n.one(["granted", "declined"]), by=n.structure.root()),
    "discipline": lambda act, n: act.discipline(n.unit(*_SEATED), n.unit(kinds.CELL), form="khiển trách"),
    "inspect": lambda act, n: act.inspect(n.unit(*_SEATED), [n.unit(kinds.COMMUNE, kinds.CELL)], form="kiểm tra"),
    "issue": lambda act, n: act.issue(n.unit(*_SEATED), f"{n.number(90)}-QĐ", form=n.one(["quyết định", "kế hoạch"])),
    "rate": lambda act, n: act.rate(n.unit(*_SEATED, kinds.CELL), n.one(GRADES), year=2022 + n.number(4)),
    "rate best": _rate_best,
    "four good": lambda act, n: act.check_four_good(
        n.unit(kinds.CELL), {one: bool(n.number(4)) for one in FOUR_GOOD[: 1 + n.number(4)]}, year=2025
    ),
    "set a target": _target,
    "give a function": lambda act, n: act.give_function(
        n.unit(kinds.AGENCY), n.one(["inspection", "organisation"]), part=n.one([words.LEAD, words.PART])
    ),
    "merge": _merge,
    "begin a matter": _begin,
    "take a step": _step,
    "amend a matter": _amend,
    "take part": _take_part,
    "strike a matter": lambda act, n: act.strike_matter(n.matter()),
    "plan": lambda act, n: act.plan(n.scope(), 2025, criteria=n.one([None, "points"])),
    "launch": lambda act, n: act.launch(n.scope(), 2025, theme=n.one(["tasks", "results"]), by=n.structure.root()),
    "sign": lambda act, n: act.sign(n.scope(), 2025, groups=["tasks"]),
    "sum up": lambda act, n: act.sum_up(n.scope(), 2025, step=n.one(["reviewed", "scored", "summed_up"])),
    "meet": _meet,
    "run": lambda act, n: act.run(n.unit(*_SEATED), "tuyên truyền", topic=n.one([None, "law"]), number=1 + n.number(9)),
    "call an election": lambda act, n: act.call_election(
        n.unit(*_SEATED), level="commune", term="2026-2031", seats=n.number(20)
    ),
    "elect": lambda act, n: act.elect("cluster", "leader", units=[n.unit(kinds.PROVINCE)], year=2025 + n.number(2)),
    "move": lambda act, n: act.reassign(n.unit(kinds.CELL), n.unit(kinds.COMMUNE)),
    "close": lambda act, n: act.close(n.unit(kinds.CELL)),
}
"""What is decided, each by the numbers."""

_OFTEN: Final = {
    "appoint": 8,
    "relieve": 3,
    "stage": 4,
    "admit": 6,
    "transfer": 5,
    "rate": 3,
    "rate best": 4,
    "four good": 2,
    "award": 2,
    "decide": 2,
    "give a function": 6,
    "set a target": 4,
    "plan": 2,
    "begin a matter": 2,
    "take a step": 3,
    "amend a matter": 2,
    "take part": 2,
}
_CHOICES: Final = tuple(verb for name, verb in VERBS.items() for _ in range(_OFTEN.get(name, 1)))
"""The verbs, as often as they shall come: more often those of which it takes several to show anything."""


def _founding(numbers: Sequence[int]) -> Act:
    provinces, communes, cells, agencies, stated = (numbers[i] for i in range(5))
    events: list[Event] = [
        Creation(Unit("vn", "Trung ương", kind=kinds.CENTRE)),
        Creation(Clustering(CLUSTERING, "Emulation")),
        Creation(Cluster("cluster", CLUSTERING, "Cluster")),
    ]

    def begin(unit: str, name: str, kind: str, parent: str) -> None:
        events.append(Creation(Unit(unit, name, kind=kind, parent=parent)))

    for p in range(1, 2 + provinces % 3):
        province = f"p{p}"
        begin(province, f"Province {p}", kinds.PROVINCE, "vn")
        events.append(Change(province, tracks.member_track(CLUSTERING), "cluster"))
        for a in range(1, 2 + (agencies + p) % 2):
            begin(f"{province}-a{a}", f"Agency {a} of {p}", kinds.AGENCY, province)
        for c in range(1, 2 + (communes + p) % 3):
            commune = f"{province}-c{c}"
            begin(commune, f"Commune {c} of {p}", kinds.COMMUNE, province)
            for e in range(1, 1 + (cells + c) % 4):
                cell = f"{commune}-e{e}"
                begin(cell, f"Cell {e} of {c} of {p}", kinds.CELL, commune)
                if (stated + e) % 4:
                    official, probationary = 5 + (stated + 7 * e + c) % 20, (stated + e) % 5
                    for measure, value in zip(
                        ("members_official", "members_probationary", "members"),
                        (official, probationary, official + probationary),
                        strict=True,
                    ):
                        events.append(Change(cell, tracks.measure_track(measure), value, tracks.OWN))
    return Act("founding", FOUNDED, events, SOURCE)


def party_history(numbers: Sequence[int]) -> History:
    """The history that some numbers tell.

    >>> history = party_history(bytes(40))
    >>> history.at(FOUNDED).counts()["province"], history.first_day == FOUNDED
    (1, True)
    """
    history = History(kinds.SCHEMA, MEASURES).enact(_founding([*numbers[:FOUNDING], *[0] * FOUNDING]))
    day = FOUNDED
    for count, at in enumerate(range(FOUNDING, len(numbers) - EACH + 1, EACH)):
        part = numbers[at : at + EACH]
        if part[0] < 32:  # a small byte says that nothing happens, so that cases shrink
            continue
        day += dt.timedelta(days=(0, 0, 0, 1, 1, 7, 40, 150)[part[1] % 8])
        draft = history.draft(day, SOURCE, act_id=f"act {count + 1}")
        try:
            pick(_CHOICES, part[0] - 32)(draft, _Numbers(draft.structure, part[1:], "x"))
            history = history.enact(draft)
        except (Refused, Ambiguous, Nothing):
            continue
    return history


def party_histories(*, most: int = 20) -> st.SearchStrategy[History]:
    """Histories of Party organisations: a founding act and up to so many decisions; shrinks to fewer and plainer ones.

    Args:
        most: most decisions.
    """
    size = FOUNDING + most * EACH
    return st.binary(min_size=size, max_size=size).map(party_history)
