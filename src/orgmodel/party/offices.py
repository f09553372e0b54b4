"""Posts and their holders: appointing, relieving, candidates, the deciding level, local origin.

A person is an opaque id and never a subject: it is the value of an office, with the slot (post, seat). The track
``fact:tenure`` of the same slot says how the office is held, or why it is vacant. Posts are data: see
:mod:`orgmodel.party.posts`. Questions through time are in :mod:`orgmodel.party.tenures`; both are listed here too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, Final, cast

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.history.history import History
from orgmodel.model.door import refuse, strict
from orgmodel.model.matter import Person
from orgmodel.model.office import slot_of
from orgmodel.model.track import OFFICE
from orgmodel.party.posts import (
    EARLY,
    HOW,
    REASONS,
    Left,
    Post,
    Posts,
    Taken,
    asked_on,
    origin_of,
    posts,
    tenure_of,
)
from orgmodel.party.questions import on_day
from orgmodel.party.tenures import Holding, ended_early, holdings, interruptions, vacancies
from orgmodel.party.tracks import CANDIDACY, TENURE
from orgmodel.period import DayLike
from orgmodel.rules.rule import Undecided
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

__all__ = [
    "EARLY", "HOW", "REASONS", "STAGES", "Appoint", "Holding", "Post", "Posts", "Relieve", "Stage", "candidates",
    "deciding_level", "double_offices", "ended_early", "holder", "holders", "holdings", "interruptions", "local",
    "posts", "posts_of", "share_not_local", "stages", "vacancies",
]  # fmt: skip


SECRETARY: Final = "secretary"
STANDING_DEPUTY: Final = "standing_deputy_secretary"
DEPUTY_SECRETARY: Final = "deputy_secretary"
COMMITTEE_CHAIR: Final = "committee_chair"
FRONT_CHAIR: Final = "front_chair"

PLANNED: Final = "planned"
NOMINATED: Final = "nominated"
STAGES: Final = {
    PLANNED: "quy hoạch",
    "trained": "đào tạo, bồi dưỡng",
    "rotated": "luân chuyển",
    NOMINATED: "giới thiệu ứng cử",
    "elected": "trúng cử, bổ nhiệm",
    "not elected": "không trúng cử",
}
"""The stages of a candidate, in order; the last two close it. No source names these six: a user may give others."""

MOVE_KINDS: Final = (*HOW, NOMINATED, *REASONS, "up", "down", "level")
"""The kinds of moves of cadres, then the directions: see :mod:`orgmodel.party.cadre_moves`."""


# ---- operations


def _person_id(person: str | Person) -> str:
    """The opaque id of a person, which may be given as a :class:`Person` or as the id.

    Raises:
        Refused: it is no text, or empty.
    """
    return (person if isinstance(person, Person) else Person(person)).id


def _maybe_person(person: str | Person | None) -> str | None:
    return None if person is None else _person_id(person)


def check_word(context: OperationContext, rule: str, word: str, known: Iterable[str], *units: str) -> None:
    """Add a fault if a word of a verb is not one of the known ones."""
    if word not in known:
        context.fault(rule, f"{word!r} is none of {', '.join(known)}", *units)


def _known_post(context: OperationContext, unit: str, post: str) -> Post | None:
    """The post as declared; a fault if it is not declared, or not for units of the kind."""
    declared = posts().get(post)
    if declared is None:
        context.fault("post", f"no post {post!r} is declared (there are {', '.join(posts())}); add it to offices.toml")
    elif context.live(unit):
        kind = context.structure.unit(unit).kind
        if kind is not None and declared.kinds and kind not in declared.kinds:
            having = ", ".join(sorted(declared.kinds))
            context.fault("post-kind", f"a {kind} has no {declared.name}; those have: {having}", unit)
    return declared


def _seats_held(structure: Structure, unit: str, post: str) -> dict[int, str]:
    """Seat -> opaque id of its holder, of one post of a unit."""
    return {slot[1]: person for slot, person in structure.slots(unit, OFFICE).items() if slot[0] == post}


@frozen
class Appoint(Operation[int]):
    """Somebody takes a post (bổ nhiệm, bầu, chỉ định, điều động ...), or takes it anew (bổ nhiệm lại).

    Attributes:
        unit: id of the unit.
        post: id of the post.
        person: opaque id.
        how: one of :data:`HOW`.
        until: first day on which it is no longer given.
        decided_by: id of the unit that decides.
        managed_by: the level that manages the holder, where that is stated.
        origin: id of the unit that the holder comes from.
        seat: which seat; the holder's own, else the first that is free, if None.

    Raises:
        InvalidAct: with every fault: the unit does not live, has no such post or no free seat; an unknown word for how it is taken or for the level.

    >>> from orgmodel.party import example
    >>> with example("p").draft("2025-07-01") as act:
    ...     seat = act.appoint("p", "secretary", person="P-17", how="elected")
    >>> seat, holder(act.structure, "p", "secretary")
    (1, 'P-17')
    """

    name: ClassVar[str] = "party.appoint"
    unit: arg.One = field(converter=arg.one)
    post: str
    person: str = field(converter=_person_id, kw_only=True)
    how: str = field(default="appointed", kw_only=True)
    until: arg.Day = field(default=None, converter=arg.day, kw_only=True)
    decided_by: str = field(default="", kw_only=True)
    managed_by: str = field(default="", kw_only=True)
    origin: str = field(default="", kw_only=True)
    seat: int | None = field(default=None, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the office and its tenure."""
        context, unit = OperationContext(at), self.unit
        post = _known_post(context, unit, self.post)
        check_word(context, "how", self.how, HOW, unit)
        if self.managed_by:
            check_word(context, "level", self.managed_by, posts().levels, unit)
        # Units that have ended are right here: a holder may come from a district that no longer exists.
        for role, named in (("decided_by", self.decided_by), ("origin", self.origin)):
            if named and not at.structure.was_used(named):
                context.fault("live-unit", f"{role} names {named!r}, which never was a unit", named)
        until = context.until(self.until, "a post", unit)
        seat = self.seat or 1
        if post is not None and unit in at.structure:
            seat = self._seat(context, post)
        taken = Taken(self.how, until, self.decided_by, self.managed_by, self.origin)
        slot = (self.post, seat)
        # Both end on one day, so that no statement of how a post is held outlives the holding.
        context.events += [
            Change(unit, OFFICE, self.person, slot, until),
            Change(unit, TENURE, taken.value, slot, until),
        ]
        return context.done(
            f"an appointment in {unit!r} on {at.day}", f"{self.post} {seat} of {unit}: {self.how}", [str(seat)]
        )

    def _seat(self, context: OperationContext, post: Post) -> int:
        """The seat to take: the holder's own, else the named one, else the first free one."""
        holder_of = _seats_held(context.structure, self.unit, post.id)
        # A merger may leave a person two seats: the first counts.
        seat_of = {person: seat for seat, person in sorted(holder_of.items(), reverse=True)}
        if self.person in seat_of:
            return self._own_seat(context, post, seat_of[self.person])
        if self.how == "re-appointed":
            context.fault("holding", f"{post.name} is not held by this person; who is re-appointed holds it", self.unit)
        first_free = min(set(range(1, len(holder_of) + 2)) - holder_of.keys())
        seat = self.seat or first_free
        if post.seats and seat > post.seats:
            full = "" if self.seat else ", all held; relieve somebody first"
            seats = "1 seat" if post.seats == 1 else f"{post.seats} seats"
            context.mend("seats", f"{post.name} has {seats}{full}", self.unit)
            return post.seats
        # The one seat of a post passes from its holder to the next; of several seats none is taken from anybody.
        if seat in holder_of and post.seats != 1:
            context.fault("seats", f"seat {seat} of {post.name} is held; relieve the holder first", self.unit)
        return seat

    def _own_seat(self, context: OperationContext, post: Post, seat: int) -> int:
        """The seat that the person holds already: it is held anew, and no second one is taken."""
        if self.seat not in (None, seat):
            message = f"this person has seat {seat} of {post.name}; one seat of a post is enough"
            context.fault("one-seat", message, self.unit)
        return seat

    def gives(self, events: Events) -> int:
        """The seat."""
        return int(events.made[0])


@frozen
class Relieve(Operation[None]):
    """A holder leaves a post before or at the end of the time for which it was given (miễn nhiệm, từ chức, cách chức ...).

    Attributes:
        unit: id of the unit.
        post: id of the post.
        reason: one of :data:`REASONS`.
        person: whose seat; the one seat that is held if None.
        seat: which seat, instead.

    Raises:
        InvalidAct: nobody holds it, several do and none is named, or there is no such reason.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17")
    >>> history = history.enact(act)
    >>> with history.draft("2025-08-01") as act:
    ...     act.relieve("p", "secretary", reason="resignation")
    >>> holder(history, "p", "secretary", on="2025-07-31"), holder(act.structure, "p", "secretary")
    ('P-17', None)
    """

    name: ClassVar[str] = "party.relieve"
    unit: arg.One = field(converter=arg.one)
    post: str
    reason: str = field(kw_only=True)
    person: str | None = field(default=None, converter=_maybe_person, kw_only=True)
    seat: int | None = field(default=None, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the office and its tenure."""
        context, unit = OperationContext(at), self.unit
        check_word(context, "end-reason", self.reason, REASONS, unit)
        if context.live(unit):
            holders = _seats_held(at.structure, unit, self.post).items()
            seats = [seat for seat, who in holders if self.seat in (None, seat) and self.person in (None, who)]
            if len(seats) == 1:
                slot, left = (self.post, seats[0]), Left(self.reason)
                context.events += [Change(unit, OFFICE, None, slot), Change(unit, TENURE, left.value, slot)]
            else:
                fault = f"{len(seats)} persons hold it; name person= or seat=" if seats else "nobody holds it"
                context.fault("holding", f"{self.post} of {unit!r}: {fault}", unit)
        return context.done(f"the end of a holding in {unit!r} on {at.day}", f"{self.post} of {unit}: {self.reason}")


@frozen
class Stage(Operation[None]):
    """A candidate for a post comes to a stage: planned (quy hoạch), nominated (giới thiệu ứng cử), elected ...

    Attributes:
        unit: id of the unit.
        post: id of the post.
        person: opaque id.
        to: the stage.
        stages: the stages in order, from the first; :data:`STAGES` if not given.

    Raises:
        InvalidAct: no such stage, or it comes before the candidate's present stage.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     act.stage("p", "secretary", person="P-17", to="planned")
    ...     act.stage("p", "secretary", person="P-18", to="nominated")
    >>> stages(act.structure, "p", "secretary")
    {'planned': 1, 'nominated': 1}
    """

    name: ClassVar[str] = "party.stage"
    unit: arg.One = field(converter=arg.one)
    post: str
    person: str = field(converter=_person_id, kw_only=True)
    to: str = field(kw_only=True)
    stages: tuple[str, ...] = field(default=tuple(STAGES), converter=tuple, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context, unit = OperationContext(at), self.unit
        _known_post(context, unit, self.post)
        check_word(context, "stage", self.to, self.stages, unit)
        slot = (self.post, self.person)
        if not context.faults:
            now = at.structure.slots(unit, CANDIDACY).get(slot)
            if now in self.stages and self.stages.index(now) >= self.stages.index(self.to):
                context.fault("stage-order", f"the candidate is {now} already; {self.to} does not come after it", unit)
        context.events.append(Change(unit, CANDIDACY, self.to, slot))
        return context.done(f"a stage of a candidate in {unit!r} on {at.day}", f"{self.post} of {unit}: {self.to}")


# ---- one day


@strict
def holders(h: Structure | History, unit: str, post: str, *, on: DayLike | None = None) -> tuple[str, ...]:
    """The opaque ids of all who hold a post, by seat.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     for person in ("P-17", "P-18"):
    ...         _ = act.appoint("p", "deputy_secretary", person=person)
    >>> holders(act.structure, "p", "deputy_secretary")
    ('P-17', 'P-18')
    """
    structure = asked_on(h, on, post)
    return tuple(person for _, person in sorted(_seats_held(structure, unit, post).items()))


@strict
def holder(h: Structure | History, unit: str, post: str, *, seat: int = 1, on: DayLike | None = None) -> str | None:
    """The opaque id of whoever holds a post, None if nobody is recorded.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        seat: which of several seats, from 1.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17")
    >>> holder(history.enact(act), "p", "secretary", on="2025-07-01"), holder(act.structure, "vn", "secretary")
    ('P-17', None)
    """
    return _seats_held(asked_on(h, on, post), unit, post).get(seat)


@strict
def posts_of(
    h: Structure | History, person: str | Person, *, on: DayLike | None = None
) -> tuple[tuple[str, str, int], ...]:
    """The posts that a person holds: (unit, post, seat), units in preorder.

    Args:
        h: a structure, or a history.
        person: opaque id of the person.
        on: the day, if a history is asked; None: the last one of it.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17")
    >>> posts_of(act.structure, "P-17")
    (('p', 'secretary', 1),)
    """
    columns, asked = DayColumns(on_day(h, on)), _person_id(person)
    posts_held = [
        (columns.place.get(unit, -1), unit, *slot_of(slot))
        for unit, slots in columns.slots(OFFICE).items()
        for slot, holder in slots.items()
        if holder == asked
    ]
    return tuple((unit, post, seat) for _, unit, post, seat in sorted(posts_held))


@strict
def double_offices(
    h: Structure | History, unit: str, post: str, others: Iterable[tuple[str, str]], *, on: DayLike | None = None
) -> tuple[tuple[str, str, str], ...]:
    """Who holds a post of a unit and another post as well: (person, other unit, other post).

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        others: (unit, post) of the other posts.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: one of the units does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p", below={"c": "commune"}, day="2025-07-01")
    >>> with history.draft("2025-09-01") as act:
    ...     _ = act.appoint("p", "deputy_secretary", person="P-17")
    ...     _ = act.appoint("c", "secretary", person="P-17")
    >>> double_offices(act.structure, "p", "deputy_secretary", [("c", "secretary")])
    (('P-17', 'c', 'secretary'),)
    """
    structure, pairs = on_day(h, on), [*cast("Iterable[Any]", others)]
    if strange := [pair for pair in pairs if not isinstance(pair, (tuple, list)) or len(pair) != 2]:
        refuse("double offices", f"the others are pairs of a unit and a post, not {strange[0]!r}")
    # Asked through holders(), so that each unit and post is checked.
    mine = set(holders(structure, unit, post))
    return tuple((who, *pair) for pair in pairs for who in holders(structure, *pair) if who in mine)


@strict
def candidates(
    h: Structure | History, unit: str, post: str, *, stage: str | None = None, on: DayLike | None = None
) -> tuple[str, ...]:
    """The opaque ids of the candidates for a post, of one stage if it is named.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        stage: only candidates in this stage; None: in any.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     act.stage("p", "secretary", person="P-17", to="planned")
    ...     act.stage("p", "secretary", person="P-18", to="nominated")
    >>> candidates(act.structure, "p", "secretary"), candidates(act.structure, "p", "secretary", stage="nominated")
    (('P-17', 'P-18'), ('P-18',))
    """
    stage_of = sorted(_stages_reached(asked_on(h, on, post), unit, post).items())
    return tuple(person for person, reached in stage_of if stage in (None, reached))


def _stages_reached(structure: Structure, unit: str, post: str) -> dict[str, str]:
    """Candidate for a post of a unit -> the stage."""
    return {slot[1]: stage for slot, stage in structure.slots(unit, CANDIDACY).items() if slot[0] == post}


@strict
def stages(h: Structure | History, unit: str, post: str, *, on: DayLike | None = None) -> dict[str, int]:
    """Stage -> how many candidates for a post are in it, in the order of the stages.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     act.stage("p", "secretary", person="P-17", to="planned")
    ...     act.stage("p", "secretary", person="P-18", to="planned")
    >>> {stage: number for stage, number in stages(act.structure, "p", "secretary").items() if number}
    {'planned': 2}
    """
    counted = Counter(_stages_reached(asked_on(h, on, post), unit, post).values())
    # A user's own stages come after the stages of the package.
    order = [*STAGES, *sorted(set(counted) - set(STAGES))]
    return {name: counted[name] for name in order if counted[name]}


# ---- who decides


@frozen
class Decision:
    """The level that decides on a person, and the regulation that says so.

    Attributes:
        level: the highest of the levels that manage the person's posts.
        regulation: its number, or what is missing.
        posts: the person's posts, with the level that manages each.
    """

    level: str
    regulation: str | Undecided
    posts: tuple[tuple[str, str, str], ...]


@strict
def deciding_level(
    h: Structure | History, person: str | Person, *, on: DayLike | None = None, table: Posts | None = None
) -> Decision | Undecided:
    """The level that decides on a person: the highest over all posts held (rule G11).

    Undecided if the person holds no post, or only posts for which the table has no level. A level stated in the tenure
    goes before the table's.

    Args:
        h: a structure, or a history.
        person: opaque id of the person.
        on: the day, if a history is asked; None: the last one of it.
        table: other posts and levels than the Party's.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-09-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17")
    >>> decision = deciding_level(act.structure, "P-17")
    >>> decision.level, decision.regulation
    ('centre', '50-QĐ/TW (2021); 80-QĐ/TW (2022); 41-QĐ/TW (2021); 148-QĐ/TW (2024)')
    """
    structure, declared = on_day(h, on), table or posts()
    held_posts = posts_of(structure, person)
    levels = [_level_of(structure, unit, post, seat, declared) for unit, post, seat in held_posts]
    managed = tuple((unit, post, level) for (unit, post, _), level in zip(held_posts, levels, strict=True) if level)
    if managed:
        highest = declared.highest(level for *_, level in managed)
        return Decision(highest, declared.regulation(structure.day), managed)
    names = ", ".join(dict.fromkeys(post for _, post, _ in held_posts))
    message = f"no table says who manages {names}; add it to offices.toml" if names else "no post is recorded"
    return Undecided("managing_level", tuple(unit for unit, *_ in held_posts), "G11", structure.day, message)


def _level_of(structure: Structure, unit: str, post: str, seat: int, declared: Posts) -> str:
    """The level that manages the holder of a post: as stated in the tenure, else by the table; empty if neither says."""
    tenure = tenure_of(structure.slots(unit, TENURE).get((post, seat)))
    if isinstance(tenure, Taken) and tenure.managed_by:
        return tenure.managed_by
    known = declared.get(post)
    return (known and known.level(structure.unit(unit).kind, structure.day)) or ""


# ---- local origin


@strict
def is_local(structure: Structure | DayColumns, origin: str | None, unit: str) -> bool | Undecided:
    """Whether someone from ``origin`` is local in ``unit`` on the structure's day.

    The unit of origin is followed through the lineage: the units that it has become by the day count. Undecided if the
    origin is not recorded, has no successor, is larger than the unit, or was divided and only a part went there.
    """
    columns = structure if isinstance(structure, DayColumns) else DayColumns(structure)
    heirs = columns.heirs(origin) if origin else None
    # Local is whose origin lies wholly inside. An origin above the unit, or only partly inside, decides nothing.
    if heirs:
        inside = {columns.within(heir, unit) for heir in heirs}
        if inside == {True}:
            return True
        if True not in inside and not any(columns.within(unit, heir) for heir in heirs):
            return False
    return Undecided(
        "origin", (unit,), "G01", message="the holder's unit of origin is not recorded, or does not decide it"
    )


@strict
def local(
    h: Structure | History, unit: str, post: str, *, seat: int = 1, on: DayLike | None = None
) -> bool | Undecided:
    """Whether the holder of a post is local (rules G01, G03); undecided if nobody holds it or the origin does not tell.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        post: id of the post.
        seat: which of several seats, from 1.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("a", "secretary", person="P-17", origin="b")
    >>> local(act.structure, "a", "secretary"), type(local(act.structure, "b", "secretary")).__name__
    (False, 'Undecided')
    """
    structure = asked_on(h, on, post)
    return is_local(structure, origin_of(structure.slots(unit, TENURE).get((post, seat))), unit)


@frozen
class LocalShare:
    """How many holders of some posts are not local.

    Attributes:
        not_local: how many come from elsewhere.
        local: how many are local.
        unknown: for how many that is not known.
        vacant: how many posts have no recorded holder.
    """

    not_local: int
    local: int
    unknown: int
    vacant: int

    @property
    def posts(self) -> int:
        """How many posts there are."""
        return self.not_local + self.local + self.unknown + self.vacant

    def __str__(self) -> str:
        return f"{self.not_local} of {self.posts} not local"


@strict
def share_not_local(
    h: Structure | History, kind: str, posts: Iterable[str], *, under: str | None = None, on: DayLike | None = None
) -> LocalShare:
    """How many of the holders of some posts (one seat each) in units of a kind are not local.

    Args:
        h: a structure, or a history.
        kind: kind of the units.
        posts: ids of the posts.
        under: only units below one.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        Refused: there is no such kind.
        UnknownUnit, UnitEnded, UnitNotYet: the unit ``under`` does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("a", "b", "c")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("a", "secretary", person="P-17", origin="b")
    ...     _ = act.appoint("b", "secretary", person="P-18", origin="b")
    >>> share = share_not_local(act.structure, "province", ["secretary"])
    >>> share.not_local, share.local, share.vacant
    (1, 1, 1)
    """
    posts = tuple(posts)
    slots = [(post, 1) for post in posts]
    structure = asked_on(h, on, *posts)
    columns = DayColumns(structure)
    offices, tenures = columns.slots(OFFICE), columns.slots(TENURE)
    units = structure.select(kind) if under is None else structure.select(kind=kind, under=under)
    answers = [
        is_local(columns, origin_of(tenures.get(unit, {}).get(slot)), unit)
        for unit in units
        for slot in slots
        if slot in offices.get(unit, {})
    ]
    not_local, local = answers.count(False), answers.count(True)
    return LocalShare(not_local, local, len(answers) - not_local - local, len(units) * len(slots) - len(answers))


# ---- functions of the verbs: (structure, arguments) -> events

appoint = function(Appoint)
relieve = function(Relieve)
stage = function(Stage)
