"""For every rule of the Party's rulebook a satisfying, a violating and an undecidable case.

A case is a small organisation; the day is the first day of the version it belongs to, so
that the test can ask about the day before as well. Persons are opaque ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter
from orgmodel.model.measure import Quantity
from orgmodel.model.schema import Schema
from orgmodel.model.track import CORRESPONDS, OFFICE
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.facts import MEASURES
from orgmodel.party.posts import Taken
from orgmodel.party.tracks import ON_RECORD, TENURE

FOUNDED = dt.date(2008, 1, 1)
"""The day on which the organisations of the cases begin: before all rules."""

GRASSROOTS, CELL, GROUP = "grassroots-organisation", "cell", "party-group"
COMMITTEE, CELL_OF = "đảng bộ cơ sở", "chi bộ cơ sở"
AGENCIES = "Đảng bộ các cơ quan Đảng Trung ương"
GOVERNMENT = "Đảng bộ Chính phủ"

Fact = tuple[str, str, Any] | tuple[str, str, Any, Any] | Any


class One(NamedTuple):
    """A unit with its own figures."""

    id: str
    kind: str
    parent: str | None
    category: str | None
    code: str | None
    hierarchy: str
    figures: dict[str, Any]


def u(
    id: str,  # noqa: A002
    kind: str,
    parent: str | None = "tw",
    category: str | None = None,
    code: str | None = None,
    hierarchy: str = "main",
    **figures: Any,
) -> One:
    """A unit of a case."""
    return One(id, kind, None if kind == "centre" else parent, category, code, hierarchy, figures)


class World(NamedTuple):
    """An organisation: its units, and its facts as (unit, track, value, slot)."""

    units: tuple[One, ...]
    facts: tuple[Fact, ...] = ()


def world(*units: One, facts: Iterable[Fact] = ()) -> World:
    """An organisation with a centre on top."""
    if not any(one.kind == "centre" for one in units):
        units = (u("tw", "centre", None), *units)
    return World(units, tuple(facts))


def history_of(made: World, founded: dt.date = FOUNDED) -> History:
    """The history of an organisation that begins, with all its facts, on one day."""
    events: list[Any] = [
        Creation(Unit(one.id, one.id, one.code, one.kind, one.category, one.parent, one.hierarchy))
        for one in made.units
    ]
    for one in made.units:
        events += [Change(one.id, f"measure:{name}", value, "own") for name, value in one.figures.items()]
    for fact in made.facts:
        events.append(Change(fact[0], fact[1], fact[2], *fact[3:]) if isinstance(fact, tuple) else fact)
    schema = Schema(hierarchies=("main", "state"), unique_codes=False, matters=kinds.SCHEMA.matters)
    return History(schema, MEASURES).enact(Act("start", founded, events))


Make = Callable[[dt.date], World]


class Cases(NamedTuple):
    """What satisfies, what violates, what leaves a rule undecided, on the first day of a version."""

    good: Make
    bad: Make
    unclear: Make
    version: int = 0


def _always(made: World) -> Make:
    return lambda day: made


def fixed(good: World, bad: World, unclear: World, version: int = 0) -> Cases:
    """Cases that do not depend on the day."""
    return Cases(_always(good), _always(bad), _always(unclear), version)


def figure(
    kind: str,
    name: str,
    good: Any,
    bad: Any,
    unclear: Any = None,
    *,
    parent: str = "tw",
    category: str | None = None,
    code: str | None = None,
    version: int = 0,
    **more: Any,
) -> Cases:
    """Cases of one unit whose figure decides; unclear is an unrecorded one unless it is given."""

    def made(value: Any) -> World:
        figures = {**more, **({} if value is None else {name: value})}
        return world(u("it", kind, parent, category, code, **figures))

    return fixed(made(good), made(bad), made(unclear), version)


def with_fact(*units: One, good: Iterable[Fact], bad: Iterable[Fact], unclear: Iterable[Fact] = ()) -> Cases:
    """Cases of one organisation whose facts decide."""
    return fixed(world(*units, facts=good), world(*units, facts=bad), world(*units, facts=unclear))


def office(unit: str, post: str, person: str, seat: int = 1) -> Fact:
    """A person in a post."""
    return (unit, OFFICE, person, (post, seat))


def member(unit: str, committee: str, person: str) -> Fact:
    """A person in a committee."""
    return office(unit, f"{committee}_member", person, 1)


def taken(unit: str, post: str, **said: str) -> Fact:
    """How a post is held."""
    return (unit, TENURE, Taken(**said).value, (post, 1))  # type: ignore[arg-type]


CONSENT = "exception:A06"


def matter(id: str, kind: str, role: str, unit: str, steps: dict[str, Any], **said: Any) -> tuple[Any, ...]:  # noqa: A002
    """The events of a matter of a unit; days of steps may be later than the day on which the case begins."""
    return (
        Creation(Matter(id, kind)),
        Change(id, tracks.PARTY, unit, (role, 1)),
        *(Change(id, tracks.STEP, str(day), (step, 1)) for step, day in steps.items()),
        *(Change(id, tracks.SAID, value, field) for field, value in said.items()),
    )


def congress(unit: str, day: Any, number: int | None = None) -> tuple[Any, ...]:
    """A congress that was held."""
    said = {} if number is None else {"number": number}
    return matter(f"congress-{unit}-{number or ''}", "congress", "of", unit, {"held": day}, **said)


def disciplined(unit: str, day: str = "2025-03-01") -> tuple[Any, ...]:
    """Somebody within a unit was disciplined."""
    return matter(f"discipline-{unit}", "discipline", "within", unit, {"decided": day})


def transfer(unit: str, start: Any, done: Any, case: str = "transfer", form: str = "formal") -> tuple[Any, ...]:
    """A transfer of members that was decided and, if it was, done."""
    end = {} if done is None else {"presented" if case == "introduction" else "received": done}
    return matter(f"{case}-{unit}-{start}-{done}", "transfer", "giver", unit, {"decided": start, **end}, form=form)


def on_record(unit: str, what: str) -> Fact:
    """All of some sort is on record: what is not there did not happen."""
    return (unit, ON_RECORD, True, (what, "2000-01-01", "2040-01-01"))


def span(start: dt.date, months: int) -> str:
    """A term of whole months from a day, as the fact records it."""
    years, month = divmod(start.month - 1 + months, 12)
    return f"{start}/{start.replace(year=start.year + years, month=month + 1)}"


PROVINCE, COMMUNE, DIRECT = u("it", "province"), u("it", "commune", category="xã"), u("it", "direct-organisation")
BRANCH = u("it", GRASSROOTS, category=COMMITTEE)
HANOI = Quantity(500_000, "about")


def share(kind: str, part: str, whole: str, good: int, bad: int, of: int, **more: Any) -> Cases:
    """Cases of a share."""
    return fixed(
        world(u("it", kind, **{part: good, whole: of}, **more)),
        world(u("it", kind, **{part: bad, whole: of}, **more)),
        world(u("it", kind, **{whole: of}, **more)),
    )


def no_more_than_at_merger(name: str) -> Cases:
    """Cases of D09."""
    return fixed(
        world(u("it", "province", merged_from=2, **{name: 60, f"{name}_at_merger": 60})),
        world(u("it", "province", merged_from=2, **{name: 61, f"{name}_at_merger": 60})),
        world(u("it", "province", merged_from=2, **{name: 60})),
    )


def as_in_2015(name: str) -> Cases:
    """Cases of D10."""
    return fixed(
        world(u("it", "province", merged_from=1, **{name: 55, f"{name}_2015": 55})),
        world(u("it", "province", merged_from=1, **{name: 54, f"{name}_2015": 55})),
        world(u("it", "province", merged_from=1, **{name: 55})),
    )


def deadline(name: str, late_by: int) -> Cases:
    """Cases of a deadline; a late one is undecided where nobody told the holidays."""

    def case(days: int) -> Make:
        return lambda day: world(
            u("it", "commune"),
            facts=transfer(
                "it",
                day,
                day + dt.timedelta(days),
                name,
                form="after dissolution" if name == "dissolution" else "formal",
            ),
        )

    return Cases(case(7), case(late_by), case(late_by))


def agency(name: str, category: str | None = None) -> One:
    """An agency of the unit under test."""
    return u(name, "agency", "it", category)


def agencies(category: str, good: int, bad: int) -> Cases:
    """Cases of a number of agencies."""
    it = u("it", "commune", category=category)
    return fixed(
        world(it, *(agency(f"a{n}") for n in range(good)), agency("school", "trung tâm chính trị")),
        world(it, *(agency(f"a{n}") for n in range(bad))),
        world(it),
    )


NEW_ORGANISATIONS = ("Đảng bộ các cơ quan Đảng", "Đảng bộ UBND", "Đảng bộ Quân sự", "Đảng bộ Công an")
STATE = u("state", "state-centre", None, hierarchy="state")
STATE_PROVINCE = u("sp", "state-province", "state", hierarchy="state")
SECTION = u("s", "section", "it")


def section_under(category: str | None) -> World:
    """A section under a grassroots organisation."""
    return world(u("it", GRASSROOTS, category=category), SECTION)


def below(*ratings: str | None) -> World:
    """Rated grassroots organisations under one commune."""
    units = [u(f"g{n}", GRASSROOTS, "x") for n in range(len(ratings))]
    facts = [(f"g{n}", "fact:rated", rating, (2025, "")) for n, rating in enumerate(ratings) if rating]
    return world(u("x", "commune"), *units, facts=facts)


def rated(grade: str, **figures: Any) -> World:
    """A rated organisation."""
    return world(u("it", GRASSROOTS, **figures), facts=[("it", "fact:rated", grade, (2025, ""))])


def undisciplined(grade: str, **figures: Any) -> World:
    """A rated organisation of which it is known that nobody in it was disciplined."""
    made = rated(grade, **figures)
    return made._replace(facts=(*made.facts, on_record("it", "discipline")))


def guests(
    members: int | None, official: int | Quantity | None, probationary: int | None, temporary: int | None
) -> World:
    """A cell with members of its own and on temporary activity."""
    told = dict(  # noqa: C408
        members=members, members_official=official, members_probationary=probationary, members_temporary=temporary
    )
    return world(u("it", CELL, **{name: value for name, value in told.items() if value is not None}))


def central(*extra: One, provinces: int = 34, facts: Iterable[Fact] = ()) -> World:
    """The organisations directly under the centre."""
    return world(
        *(u(f"p{n}", "province") for n in range(provinces)),
        *(u(f"o{n}", "central-organisation") for n in range(6)),
        *extra,
        facts=facts,
    )


CASES: dict[str, list[Cases]] = {
    "A01": [
        figure(CELL, "members_official", 3, 2),
        # A grassroots cell with a party group that states nothing: its members are its own.
        fixed(
            world(u("it", GRASSROOTS, category=CELL_OF, members_official=3), u("t", GROUP, "it")),
            world(u("it", GRASSROOTS, category=CELL_OF, members_official=2), u("t", GROUP, "it")),
            world(u("it", GRASSROOTS, category=CELL_OF), u("t", GROUP, "it")),
        ),
        fixed(
            world(u("it", GRASSROOTS, category=COMMITTEE), u("c", CELL, "it", members_official=3)),
            world(u("it", GRASSROOTS, category=COMMITTEE), u("c", CELL, "it", members_official=2)),
            world(u("it", GRASSROOTS, category=COMMITTEE), u("c", CELL, "it")),
        ),
    ],
    "A03": [figure(CELL, "members_official", 3, 2)],
    "A04": [figure(GRASSROOTS, "members", 29, 30, category=CELL_OF)],
    "A05": [figure(GRASSROOTS, "members", 30, 29, category=COMMITTEE)],
    "A06": [
        with_fact(
            u("it", GRASSROOTS, category=COMMITTEE, members=29),
            good=[("it", "fact:decided", "tw", CONSENT)],
            bad=[("it", "fact:decided", "another", CONSENT)],
        ),
        with_fact(
            u("it", GRASSROOTS, category=CELL_OF, members=31),
            good=[("it", "fact:decided", "tw", CONSENT)],
            bad=[("it", "fact:decided", False, CONSENT)],
        ),
        with_fact(
            BRANCH, SECTION, good=[("s", "fact:decided", "tw", CONSENT)], bad=[("s", "fact:decided", False, CONSENT)]
        ),
    ],
    "A08": [
        fixed(section_under(COMMITTEE), section_under(CELL_OF), section_under(None)),
        fixed(section_under(COMMITTEE), section_under(CELL_OF), section_under(None), version=1),
        # Until 2025-06-30 a commune was itself a grassroots organisation; since then a section under it is none.
        fixed(
            world(u("it", "commune"), SECTION),
            world(u("it", "district"), SECTION),
            section_under(None),
        ),
        fixed(section_under(COMMITTEE), world(u("it", "commune"), SECTION), section_under(None), version=-1),
    ],
    "A08.decided": [
        with_fact(
            u("x", "commune"),
            u("it", GRASSROOTS, "x", COMMITTEE),
            SECTION,
            good=[("s", "fact:decided", "it", "founding"), ("s", "fact:decided", "x", CONSENT)],
            bad=bad,
            unclear=unclear,
        )
        for bad, unclear in (
            (
                [("s", "fact:decided", "x", "founding"), ("s", "fact:decided", "x", CONSENT)],
                [("s", "fact:decided", "it", "founding")],
            ),
            (
                [("s", "fact:decided", "it", "founding"), ("s", "fact:decided", False, CONSENT)],
                [("s", "fact:decided", "x", CONSENT)],
            ),
            ([("s", "fact:decided", "it", "founding"), ("s", "fact:decided", "tw", CONSENT)], []),
        )
    ],
    "A09": [
        fixed(
            world(u("it", GRASSROOTS, category=CELL_OF)),
            world(u("it", GRASSROOTS, category="đảng đoàn")),
            world(u("it", GRASSROOTS)),
        )
    ],
    "A10": [
        fixed(
            world(u("it", GRASSROOTS, category=CELL_OF), u("t", GROUP, "it")),
            world(u("it", GRASSROOTS, category=COMMITTEE), u("t", GROUP, "it")),
            world(u("it", GRASSROOTS), u("t", GROUP, "it")),
        ),
        fixed(
            world(u("it", CELL), u("t", GROUP, "it")),
            world(u("it", "commune"), u("t", GROUP, "it")),
            world(u("it", GRASSROOTS), u("t", GROUP, "it")),
        ),
    ],
    "A11": [
        with_fact(BRANCH, u("c", CELL, "it"), good=[("c", "fact:basis", "work")], bad=[("c", "fact:basis", "age")])
    ],
    "A12": [
        with_fact(
            u("it", "direct-organisation"),
            u("g", GRASSROOTS, "it", CELL_OF),
            u("t", GROUP, "g"),
            good=[
                ("it", "fact:mark", True, "delegated_powers"),
                ("g", "fact:mark", True, "legal_person"),
                ("g", "fact:decided", "tw", "exception:A12"),
            ],
            bad=[
                ("it", "fact:mark", True, "delegated_powers"),
                ("g", "fact:mark", False, "legal_person"),
                ("g", "fact:decided", "tw", "exception:A12"),
            ],
            unclear=[("it", "fact:mark", True, "delegated_powers"), ("g", "fact:mark", True, "legal_person")],
        )
    ],
    "A13": [
        fixed(
            world(u("it", CELL, members=50, meetings_by_group=3), u("t", GROUP, "it")),
            world(u("it", CELL, members=50, meetings_by_group=4), u("t", GROUP, "it")),
            world(u("it", CELL, meetings_by_group=3), u("t", GROUP, "it")),
        ),
        fixed(
            world(u("it", CELL, members=50, meetings_by_group=1), u("t", GROUP, "it")),
            world(u("it", CELL, members=49, meetings_by_group=1), u("t", GROUP, "it")),
            world(u("it", CELL, members=50, meetings_by_group=1)),
        ),
    ],
    "B01": [
        fixed(
            world(PROVINCE, STATE, STATE_PROVINCE, facts=[("it", CORRESPONDS, "sp")]),
            world(PROVINCE, STATE, STATE_PROVINCE, u("p2", "province"), facts=[("it", CORRESPONDS, "sp")]),
            world(PROVINCE),
        ),
        fixed(
            world(PROVINCE, STATE, STATE_PROVINCE, facts=[("it", CORRESPONDS, "sp")]),
            # The other way: a unit of the State without a Party organisation.
            world(
                PROVINCE,
                STATE,
                STATE_PROVINCE,
                u("sp2", "state-province", "state", hierarchy="state"),
                facts=[("it", CORRESPONDS, "sp")],
            ),
            world(PROVINCE),
        ),
    ],
    "B02": [
        fixed(
            world(u("p", "province"), u("d", "district", "p"), u("x", "commune", "d")),
            # Before, a district was no violation and there is nothing above four levels.
            world(u("p", "province"), u("d", "district", "p"), u("x", "commune", "d")),
            world(u("p", "province"), u("x", "commune", "p")),
            version=-1,
        ),
        fixed(
            world(u("p", "province"), u("x", "commune", "p")),
            world(u("p", "province"), u("d", "district", "p"), u("x", "commune", "d")),
            world(u("p", "province")),
            version=1,
        ),
    ],
    "B04": [
        with_fact(
            COMMUNE,
            good=[("it", "fact:mark", True, "above_grassroots")],
            bad=[("it", "fact:mark", False, "above_grassroots")],
        )
    ],
    "B05": [
        with_fact(
            u("it", "commune", category="đặc khu"),
            good=[("it", "fact:mark", False, "above_grassroots"), ("it", "fact:decided", "tw", "exception:B05")],
            bad=[("it", "fact:mark", False, "above_grassroots"), ("it", "fact:decided", False, "exception:B05")],
            unclear=[("it", "fact:mark", False, "above_grassroots")],
        )
    ],
    "B06": [
        fixed(central(), central(provinces=35), world(*(u(f"p{n}", "province") for n in range(34)))),
        # Organisations abroad come on top of the forty.
        fixed(
            central(u("abroad", "central-organisation", category="Đảng bộ Ngoài nước")),
            central(u("inland", "central-organisation", category="Đảng bộ khác")),
            world(u("abroad", "central-organisation", category="Đảng bộ Ngoài nước")),
        ),
        fixed(
            central(u("abroad", "central-organisation"), facts=[("abroad", "fact:host", "abroad")]),
            central(u("abroad", "central-organisation"), facts=[("abroad", "fact:host", "territory")]),
            world(*(u(f"o{n}", "central-organisation") for n in range(6))),
        ),
    ],
    "B07": [
        fixed(
            world(PROVINCE, *(u(f"o{n}", "direct-organisation", "it", c) for n, c in enumerate(NEW_ORGANISATIONS))),
            world(PROVINCE, *(u(f"o{n}", "direct-organisation", "it", c) for n, c in enumerate(NEW_ORGANISATIONS[:3]))),
            world(PROVINCE),
        )
    ],
    "B08": [
        fixed(
            world(PROVINCE, u("o", "direct-organisation", "it", NEW_ORGANISATIONS[0])),
            world(PROVINCE, u("o", "delegation", "it", "đảng đoàn")),
            world(PROVINCE),
        )
    ],
    "C01": [agencies("xã", 3, 4), agencies("phường", 3, 2)],
    "C02": [
        fixed(
            world(COMMUNE, agency("s", "trung tâm chính trị"), facts=[("it", "fact:mark", True, "political_centre")]),
            world(COMMUNE, agency("s", "trung tâm chính trị"), facts=[("it", "fact:mark", False, "political_centre")]),
            world(COMMUNE, agency("s", "trung tâm chính trị")),
        )
    ],
    "C03": [agencies("đặc khu", 4, 5)],
    "C04": [
        fixed(
            world(
                COMMUNE,
                agency("a"),
                agency("b"),
                facts=[("a", "fact:function", "lead", "f"), ("b", "fact:function", "part", "f")],
            ),
            world(
                COMMUNE,
                agency("a"),
                agency("b"),
                facts=[("a", "fact:function", "lead", "f"), ("b", "fact:function", "lead", "f")],
            ),
            world(COMMUNE, agency("a")),
        )
    ],
    "C05": [
        figure("commune", "staff", 17, 18, category="xã"),
        fixed(
            world(COMMUNE._replace(figures={"staff": 20}), agency("s", "trung tâm chính trị")),
            world(COMMUNE._replace(figures={"staff": 21}), agency("s", "trung tâm chính trị")),
            world(COMMUNE, agency("s", "trung tâm chính trị")),
        ),
    ],
    "C06": [
        fixed(
            world(u("tw", "centre", None), u("a", "agency", "tw", "Ban Tuyên giáo và Dân vận")),
            world(u("tw", "centre", None), u("a", "agency", "tw", "Ban Tuyên giáo")),
            world(u("tw", "centre", None)),
        )
    ],
    "C07": [
        fixed(
            world(u("tw", "centre", None, inspection_committee=23)),
            world(u("tw", "centre", None, inspection_committee=0)),
            world(u("tw", "centre", None)),
        ),
        fixed(
            world(u("tw", "centre", None, inspection_committee=23), u("it", CELL, inspection_committee=0)),
            world(u("tw", "centre", None, inspection_committee=23), u("it", CELL, inspection_committee=3)),
            world(u("tw", "centre", None), u("it", CELL, inspection_committee=0)),
        ),
    ],
    "C08": [
        with_fact(
            u("it", "province", merged_from=2),
            good=[("it", "fact:formed", "appointed", "inspection")],
            bad=[("it", "fact:formed", "elected", "inspection")],
        )
    ],
    "D01": [figure(CELL, "cell_committee", 3, 0, members_official=9)],
    "D02": [figure(CELL, "cell_committee", 7, 8, Quantity.unknown(low=5, high=9))],
    "D03": [
        figure(CELL, "cell_committee", 0, 3, members_official=8, deputy_secretaries=1),
        figure(CELL, "deputy_secretaries", 1, 2, members_official=8, cell_committee=0),
    ],
    "D04": [
        with_fact(
            u("it", CELL, failed_ballots=3),
            good=[("it", "fact:formed", "appointed", "secretary")],
            bad=[("it", "fact:formed", "elected", "secretary")],
        )
    ],
    "D05": [
        figure(GRASSROOTS, "standing_committee", 3, 0, category=COMMITTEE, executive_committee=9),
        figure(GRASSROOTS, "standing_committee", 0, 3, category=COMMITTEE, executive_committee=8),
    ],
    "D06": [
        figure("commune", "executive_committee", 27, 28, merged_from=2),
        figure("commune", "executive_committee", 33, 34, merged_from=4),
        figure("commune", "executive_committee", 33, 34, merged_from=3),
        # What every limit allows is in order, what none allows is not, whatever it was made of.
        figure("commune", "executive_committee", 27, 34, 28, merged_from=Quantity.unknown(low=2)),
        fixed(
            world(u("it", "commune", executive_committee=27, merged_from=1)),
            world(u("it", "commune", executive_committee=28, merged_from=1)),
            world(u("it", "commune", executive_committee=28, merged_from=Quantity.unknown(low=2))),
        ),
    ],
    "D07": [figure("commune", "standing_committee", 9, 8), figure("commune", "standing_committee", 11, 12)],
    "D08": [figure("commune", "deputy_secretaries", 2, 3)],
    "D08.chair": [
        with_fact(
            COMMUNE,
            good=[office("it", "deputy_secretary", "a", 2), office("it", "committee_chair", "a")],
            bad=[office("it", "deputy_secretary", "a"), office("it", "committee_chair", "b")],
            unclear=[office("it", "committee_chair", "b")],
        )
    ],
    "D09": [no_more_than_at_merger("executive_committee")],
    "D09.standing": [no_more_than_at_merger("standing_committee")],
    "D09.deputies": [no_more_than_at_merger("deputy_secretaries")],
    "D10": [as_in_2015("executive_committee")],
    "D10.standing": [as_in_2015("standing_committee")],
    "D11": [
        with_fact(
            u("it", "province", deputy_secretaries=3),
            good=[office("it", "deputy_secretary", "a"), office("it", "front_chair", "a")],
            bad=[office("it", "deputy_secretary", "a"), office("it", "front_chair", "b")],
            unclear=[office("it", "deputy_secretary", "a")],
        ),
        with_fact(
            u("it", "province", deputy_secretaries=2),
            good=[office("it", "deputy_secretary", "a"), office("it", "front_chair", "b")],
            bad=[office("it", "deputy_secretary", "a"), office("it", "front_chair", "a")],
            unclear=[office("it", "front_chair", "a")],
        ),
    ],
    "D12": [figure("central-organisation", "executive_committee", 39, 40, category=AGENCIES)],
    "D12.standing": [figure("central-organisation", "standing_committee", 17, 18, category=AGENCIES)],
    "D12.deputies": [figure("central-organisation", "deputy_secretaries", 3, 4, category=AGENCIES)],
    "D13": [figure("central-organisation", "executive_committee", 61, 62, category=GOVERNMENT)],
    "D13.standing": [figure("central-organisation", "standing_committee", 17, 18, category=GOVERNMENT)],
    "D13.deputies": [figure("central-organisation", "deputy_secretaries", 4, 5, category=GOVERNMENT)],
    "D14": [
        figure("province", "inspection_committee", 9, 12, code="46"),
        figure("province", "inspection_committee", 12, 9, code="46", version=1),
        figure("province", "inspection_committee", 11, 9, code="38"),
    ],
    "D14.deputies": [
        figure("province", "inspection_deputies", 4, 5, code="46"),
        figure("province", "inspection_deputies", 5, 6, code="01"),
    ],
    "D14.head": [
        with_fact(
            PROVINCE,
            good=[office("it", "inspection_head", "a"), member("it", "standing", "a")],
            bad=[office("it", "inspection_head", "a"), member("it", "standing", "b")],
            unclear=[office("it", "inspection_head", "a")],
        )
    ],
    "D16": [
        fixed(
            world(u("tw", "centre", None, inspection_committee=25)),
            world(u("tw", "centre", None, inspection_committee=22)),
            world(u("tw", "centre", None)),
        )
    ],
    "D16.share": [
        fixed(
            world(u("tw", "centre", None, inspection_committee=24, inspection_from_executive=8)),
            world(u("tw", "centre", None, inspection_committee=24, inspection_from_executive=9)),
            world(u("tw", "centre", None, inspection_committee=24)),
        )
    ],
    "D17": [
        figure("central-organisation", "inspection_committee", 11, 12, category=AGENCIES),
        figure("central-organisation", "inspection_committee", 13, 10, category=GOVERNMENT),
    ],
    "D18": [figure("commune", "inspection_committee", 3, 2), figure("commune", "inspection_committee", 7, 8)],
    "D18.deputies": [figure("commune", "inspection_deputies", 2, 3)],
    "D18.head": [
        with_fact(
            COMMUNE,
            good=[office("it", "inspection_head", "a"), office("it", "deputy_secretary", "a")],
            bad=[office("it", "inspection_head", "a"), member("it", "standing", "b")],
            unclear=[member("it", "standing", "b")],
        )
    ],
    "E01": [
        Cases(
            lambda day: world(
                BRANCH,
                facts=[
                    ("it", "fact:term", span(day, 60), "committee"),
                    ("tw", "fact:term", span(day, 60), "committee"),
                ],
            ),
            lambda day: world(
                BRANCH,
                facts=[
                    ("it", "fact:term", span(day, 48), "committee"),
                    ("tw", "fact:term", span(day, 60), "committee"),
                ],
            ),
            lambda day: world(BRANCH, facts=[("tw", "fact:term", span(day, 60), "committee")]),
        )
    ],
    "E02": [
        Cases(
            lambda day: world(u("it", CELL), facts=[("it", "fact:term", span(day, 30), "committee")]),
            lambda day: world(u("it", CELL), facts=[("it", "fact:term", span(day, 60), "committee")]),
            lambda day: world(u("it", CELL)),
        ),
        Cases(
            lambda day: world(u("it", CELL), facts=[("it", "fact:term", span(day, 60), "committee")]),
            lambda day: world(u("it", CELL), facts=[("it", "fact:term", span(day, 30), "committee")]),
            lambda day: world(u("it", CELL)),
            version=1,
        ),
    ],
    "E04": [
        figure(CELL, "meetings_last_year", 12, 11),
        with_fact(
            u("it", CELL),
            good=[("it", "fact:flow", 12, ("meetings", "", "2010-01-01", "2011-01-01", ""))],
            bad=[("it", "fact:flow", 11, ("meetings", "", "2010-01-01", "2011-01-01", ""))],
            # Eleven in eleven months leave the twelfth open.
            unclear=[("it", "fact:flow", 11, ("meetings", "", "2010-01-01", "2010-12-01", ""))],
        ),
    ],
    "E05": [
        with_fact(
            BRANCH,
            good=[
                ("it", "fact:term", "2010-05-10/2015-05-10", "committee"),
                *congress("it", "2010-05-10"),
            ],
            bad=[("it", "fact:term", "2010-05-12/2015-05-12", "committee"), *congress("it", "2010-05-10")],
            unclear=[("it", "fact:term", "2010-05-10/2015-05-10", "committee")],
        )
    ],
    "E06": [
        with_fact(
            u("it", "commune", merged_from=2),
            good=[*congress("it", "2009-01-01")],
            bad=[*congress("it", "2009-01-02")],
        ),
        with_fact(
            u("it", "commune", merged_from=2),
            good=[*congress("it", "2008-06-30")],
            bad=[on_record("it", "congress")],
        ),
    ],
    "E06.committee": [
        with_fact(
            u("it", "commune", merged_from=2),
            good=[("it", "fact:formed", how, "executive")],
            bad=[("it", "fact:formed", "elected", "executive")],
        )
        for how in ("provisional", "appointed")
    ],
    "E07": [
        figure("province", "congress_delegates", 450, 451, merged_from=2, code="08"),
        figure("province", "congress_delegates", 500, 501, merged_from=3, code="25"),
        figure("province", "congress_delegates", 400, 401, merged_from=1, code="46"),
        figure("province", "congress_delegates", 550, 551, merged_from=3, code="79"),
        figure("province", "congress_delegates", 500, 501, merged_from=1, code="40"),
    ],
    "E08": [figure("direct-organisation", "congress_delegates", 300, 301)],
    "E08.commune": [
        # Until 2025-06-30 a commune was itself a grassroots organisation.
        figure("commune", "congress_delegates", 250, 251, merged_from=1),
        figure("commune", "congress_delegates", 250, 251, merged_from=2, version=1),
        figure("commune", "congress_delegates", 300, 301, merged_from=1, version=1),
        figure("commune", "congress_delegates", 250, 301, 270, merged_from=Quantity.unknown(low=1, high=2), version=1),
    ],
    "E08.grassroots": [figure(GRASSROOTS, "congress_delegates", 250, 251)],
    "E09": [
        figure("central-organisation", "congress_delegates", 450, 451, category=GOVERNMENT),
        figure("central-organisation", "congress_delegates", 300, 299, category="Đảng bộ Công an Trung ương"),
    ],
    "E10": [
        figure("province", "seats_by_head", 13, 14, merged_from=1, code="46"),
        figure("province", "seats_by_head", 24, 13, merged_from=2, code="08"),
        figure("province", "seats_by_head", 45, 35, merged_from=3, code="79"),
        figure("central-organisation", "seats_by_head", 23, 13, merged_from=1, category="Đảng bộ Quân đội"),
    ],
    "E11": [
        fixed(
            world(u("it", "commune", merged_from=2), facts=[("it", "fact:formed", "appointed", "delegates")]),
            world(u("it", "commune", merged_from=1), facts=[("it", "fact:formed", "appointed", "delegates")]),
            world(
                u("it", "commune", merged_from=Quantity.unknown()),
                facts=[("it", "fact:formed", "appointed", "delegates")],
            ),
        )
    ],
    "E12": [
        with_fact(
            u("it", "province", merged_from=2),
            good=congress("it", "2025-10-01", 1),
            bad=congress("it", "2025-10-01", 17),
        ),
        with_fact(
            u("it", "province", merged_from=1),
            good=[*congress("it", "2020-10-01", 16), *congress("it", "2025-10-01", 17)],
            bad=[*congress("it", "2020-10-01", 16), *congress("it", "2025-10-01", 1)],
            unclear=congress("it", "2025-10-01", 17),
        ),
    ],
    "E13": [
        share("centre", "delegates_present", "delegates_summoned", 300, 299, 450),
        # More than were summoned is no large share, but a wrong figure.
        share("centre", "delegates_present", "delegates_summoned", 450, 451, 450),
    ],
    "E13.organisations": [share("centre", "organisations_present", "direct_organisations", 80, 79, 120)],
    "E13.election": [
        fixed(
            world(u("tw", "centre", None, delegates_summoned=450, fewest_votes=226)),
            world(u("tw", "centre", None, delegates_summoned=450, fewest_votes=225)),
            world(u("tw", "centre", None, fewest_votes=226)),
        )
    ],
    "F01": [deadline("transfer", 100)],
    "F02": [deadline("introduction", 60)],
    "F04": [
        fixed(guests(25, 23, 2, 20), guests(45, 23, 2, 20), guests(45, 23, 2, None)),
        # One guest counted is one too many; with nobody to be counted nothing can be wrong.
        fixed(guests(26, 23, 2, 0), guests(26, 23, 2, 1), guests(26, 23, None, 1)),
        fixed(guests(25, 23, 2, None), guests(26, 23, 2, 20), guests(None, 23, 2, 20)),
        # Of its own it may have as many as it counts: nobody can tell whether one of them is a guest.
        fixed(guests(25, 23, 2, 20), guests(26, 23, 2, 20), guests(25, Quantity.unknown(low=18, high=23), 2, 20)),
    ],
    "F05": [deadline("dissolution", 60)],
    "F06": [
        fixed(
            world(u("it", CELL, voting_base=27, members_official=30, members_away=2, members_exempt=1)),
            world(u("it", CELL, voting_base=30, members_official=30, members_away=2, members_exempt=1)),
            world(u("it", CELL, voting_base=27, members_official=30, members_away=2)),
        )
    ],
    "G01": [
        with_fact(
            u("it", "province"),
            u("p2", "province"),
            good=[
                fact
                for unit, home in (("it", "p2"), ("p2", "it"))
                for post in ("secretary", "committee_chair", "inspection_head", "chief_inspector")
                for fact in (office(unit, post, f"{unit}-{post}"), taken(unit, post, origin=home))
            ],
            bad=[
                fact
                for unit, home in (("it", "it"), ("p2", "it"))
                for post in ("secretary", "committee_chair", "inspection_head", "chief_inspector")
                for fact in (office(unit, post, f"{unit}-{post}"), taken(unit, post, origin=home))
            ],
            unclear=[office("it", "secretary", "a")],
        )
    ],
    "G04": [
        share("province", "executive_women", "executive_committee", 15, 14, 100),
        share("province", "executive_women", "executive_committee", 8, 7, 53)._replace(version=-1),
    ],
    "G04.standing": [
        figure("province", "standing_women", 1, 0),
        figure("province", "standing_women", 2, 0, Quantity.unknown(low=0), version=-1),
    ],
    "G05": [share("province", "executive_under_40", "executive_committee", 5, 4, 50)],
    "G06": [share("province", "executive_science", "executive_committee", 5, 4, 100)],
    "G07": [
        fixed(
            world(u("it", "province", executive_ethnic=7, executive_ethnic_target=7)),
            world(u("it", "province", executive_ethnic=6, executive_ethnic_target=7)),
            world(u("it", "province", executive_ethnic=6)),
        )
    ],
    "G08": [
        fixed(
            undisciplined("excellent", rating_points=90, tasks_done=100, tasks_above_target=30),
            undisciplined("excellent", rating_points=89.9, tasks_done=100, tasks_above_target=30),
            undisciplined("excellent", rating_points=90, tasks_done=100),
        ),
        fixed(
            undisciplined("excellent", rating_points=95, tasks_done=100, tasks_above_target=40),
            undisciplined("excellent", rating_points=95, tasks_done=99.9, tasks_above_target=40),
            # Nobody recorded whether anybody was disciplined.
            rated("excellent", rating_points=95, tasks_done=100, tasks_above_target=40),
        ),
        fixed(
            rated("good", rating_points=70),
            rated("good", rating_points=95, tasks_late=0, tasks_done=100)._replace(
                facts=(("it", "fact:rated", "completed", (2025, "")),)
            ),
            rated("good", rating_points=95, tasks_done=100),
        ),
        fixed(rated("good", rating_points=89.9), rated("good", rating_points=69, tasks_late=0), rated("good")),
        fixed(
            rated("completed", rating_points=50, tasks_late=20),
            rated("completed", rating_points=49.9, tasks_late=20),
            rated("completed", rating_points=50),
        ),
    ],
    "G09": [
        fixed(
            below("excellent", "good", "good", "good", "good"),
            below("excellent", "good", "good", "good"),
            below("excellent", "good", None),
        )
    ],
    "G11": [
        with_fact(
            PROVINCE,
            u("x", "commune", "it"),
            good=[
                office("it", "secretary", "a"),
                office("x", "secretary", "a"),
                taken("x", "secretary", managed_by="centre"),
            ],
            bad=[
                office("it", "secretary", "a"),
                office("x", "secretary", "a"),
                taken("x", "secretary", managed_by="province"),
            ],
            unclear=[
                office("it", "gardener", "a"),
                office("x", "secretary", "a"),
                taken("x", "secretary", managed_by="province"),
            ],
        )
    ],
}
"""Rule -> its cases. Rules about acts (A02, A07, F07) have theirs in test_rulebook.py."""
