"""The four events of an organisation.

An event is data, fully resolved: the operation that built it made every choice (which cluster, whose children go
where), so a replay needs no policy.

* :class:`Creation`: a unit, cluster or clustering begins.
* :class:`Closure`: one ends without a successor.
* :class:`Succession`: units become other units; its type (merger, takeover, breakdown,
  split-off, transfer, reorganisation, replacement) is derived from its links.
* :class:`Change`: one dated fact gets another value.

The words are those of UNECE's GSIM Statistical Classifications Model, v1.1, appendix 3.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, TypeVar, cast

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import resolve
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.door import items, kind_of, refuse
from orgmodel.model.matter import Matter
from orgmodel.model.plain import check_texts, plain_fraction, plain_text
from orgmodel.model.unit import Unit
from orgmodel.model.values import plain_value
from orgmodel.period import as_day

__all__ = [
    "Change",
    "Closure",
    "Creation",
    "Event",
    "Extent",
    "Link",
    "Succession",
    "with_settled_shares",
]

_COMMON: Final = 2**62
"""Whole numbers below this size fit into the columns as they are."""

Extent = Literal["whole", "part"]
SuccessionType = Literal["merger", "takeover", "breakdown", "split-off", "transfer", "reorganisation", "replacement"]


def _shares(shares: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> tuple[tuple[str, Fraction], ...]:
    """Pairs as the caller passed them; the link reads the fractions, because its errors can name the link."""
    if type(shares) is tuple and not shares:
        # Nearly all links: a register has tens of thousands.
        return ()
    listed = list(shares.items()) if isinstance(shares, Mapping) else items(shares, "shares")
    for pair in listed:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            refuse("shares", f"each is a pair of measure and share, not {kind_of(pair)}")
    return tuple((measure, share) for measure, share in listed)


def _as_fraction(share: Any) -> Fraction | None:
    """A share as an exact fraction; None if it is no number."""
    if share is None or isinstance(share, bool):
        return None
    try:
        return plain_fraction(share)
    except ValueError:
        return None


def is_text(value: object) -> bool:
    """Whether a value is a text: events come from callers, whatever their types say.

    >>> is_text("a"), is_text(["a"])
    (True, False)
    """
    return isinstance(value, str)


@frozen
class Link:
    """One unit and a unit that it became.

    Attributes:
        old: id of the old unit.
        new: id of the new unit; equal to ``old`` if the unit goes on.
        extent: ``whole`` if all of the old unit went there, else ``part``.
        shares: pairs (measure, fraction): the share of the old unit's figure that went there, if a source states it.
        dominant: whether this is the successor to take if only one can be.
        dominant_by: who says so.
        evidence: what the link rests on: ``stated`` by the act, ``listed`` by others, ``inferred`` ...; empty if it
            is not known.
    """

    old: str
    new: str
    extent: Extent = "whole"
    shares: tuple[tuple[str, Fraction], ...] = field(default=(), converter=_shares)
    dominant: bool = False
    dominant_by: str = ""
    evidence: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not (is_text(self.old) and is_text(self.new)):
            raise Refused(
                "a link", [Finding("id", f"it goes from an id to an id, not from {self.old!r} to {self.new!r}")]
            )
        if not (self.old.isascii() and self.new.isascii()):
            check_texts("a link", old=self.old, new=self.new)
        if not is_text(self.extent) or self.extent not in ("whole", "part"):
            raise Refused(
                "a link", [Finding("extent", f"the extent is whole or part, not {self.extent!r}", (self.old,))]
            )
        if not (type(self.dominant_by) is str and type(self.evidence) is str) or self.dominant_by or self.evidence:
            check_texts("a link", dominant_by=self.dominant_by, evidence=self.evidence)
        if self.shares:
            self._read_shares()

    def _read_shares(self) -> None:
        read = [(measure, share, _as_fraction(share)) for measure, share in self.shares]
        faults = [
            Finding("shares", f"the share of {measure!r} is {share!r}, no number; write '1/3' or '0.333'", (self.old,))
            for measure, share, fraction in read
            if fraction is None
        ]
        if faults:
            raise Refused(f"the link {self.old!r} -> {self.new!r}", faults)
        known = sorted((measure, fraction) for measure, _, fraction in read if fraction is not None)
        object.__setattr__(self, "shares", tuple(known))

    def share(self, measure: str) -> Fraction | None:
        """The share of a measure that went along this link; None if it is not known.

        >>> Link("a", "b").share("members"), Link("a", "b", "part").share("members")
        (Fraction(1, 1), None)
        """
        for name, share in self.shares:
            if name == measure:
                return share
        return Fraction(1) if self.extent == "whole" else None


@frozen
class Linked:
    """The value of a row in the ``link`` track: a link without its two units.

    Attributes:
        extent: whole or part.
        shares: pairs (measure, fraction).
        dominant: whether it is the successor to take if only one can be.
        dominant_by: who says so.
        type: type of the succession, or ``re-establishment``.
        evidence: what it rests on.
    """

    extent: Extent
    shares: tuple[tuple[str, Fraction], ...]
    dominant: bool
    dominant_by: str
    type: str
    evidence: str = ""


@frozen
class Change:
    """A fact that has another value from the act's day on.

    Attributes:
        subject: id of the unit or cluster.
        track: the fact, a name of :mod:`orgmodel.model.track`.
        value: the new value; None if the fact no longer holds. A parent is an id, or
            :data:`orgmodel.model.unit.ROOT`.
        slot: which of several values of the same fact.
        until: first day on which it no longer holds; None for an open end.

    >>> Change("24", "name", "Bắc Ninh").type
    'renaming'
    """

    subject: str
    track: str
    value: Any
    slot: Any = None
    until: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        # A register has hundreds of thousands of changes: the common case takes as few checks as possible.
        subject, track, value, slot = self.subject, self.track, self.value, self.slot
        if type(subject) is str and not subject.isascii():
            # A subject that is no text is reported later, with the other faults of its act.
            plain_text(subject, "the subject of a change")
        if type(track) is str and not (track and track.isascii()):
            plain_text(track, "the track of a change", empty=False)
        kind = type(value)
        if not ((kind is str and value.isascii()) or (kind is int and -_COMMON < value < _COMMON) or value is None):
            object.__setattr__(self, "value", _of_change(self, value))
        if slot is not None and not (type(slot) is str and slot.isascii()):
            object.__setattr__(self, "slot", _of_change(self, slot))
        if self.until is not None:
            object.__setattr__(self, "until", as_day(self.until))

    @property
    def type(self) -> str:
        """The GSIM term for the change."""
        base = tracks.family(self.track)
        return _CHANGE_TYPES.get(base, base)


def _of_change(change: Change, value: Any) -> Any:
    try:
        return plain_value(value)
    except Refused as refused:
        faults = refused.findings
        findings = [Finding(fault.rule, f"{change.track}: {fault.message}", (change.subject,)) for fault in faults]
        raise Refused("a change", findings) from None


_CHANGE_TYPES = {
    tracks.NAME: "renaming",
    tracks.CODE: "recoding",
    tracks.KIND: "reclassification",
    tracks.CATEGORY: "reclassification",
    tracks.PARENT: "reassignment",
    tracks.MEASURE: "measurement",
    tracks.MEMBER: "membership",
    tracks.ROLE: "designation",
    tracks.OFFICE: "holding",
}


@frozen
class Creation:
    """The beginning of a unit, cluster, clustering or matter.

    Attributes:
        what: the object that begins, with its id.
        first_known: whether it is older and only first seen on this day.
        reestablishes: id of an ended unit that it takes up again; lineage links them.
        out_of: id of the unit that has held the ground of the ended one since.

    >>> Creation(Unit("vn", kind="centre")).type
    'creation'
    """

    what: Unit | Cluster | Clustering | Matter
    first_known: bool = False
    reestablishes: str | None = None
    out_of: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.what, (Unit, Cluster, Clustering, Matter)):
            message = f"what is created is a unit, a cluster, a clustering or a matter, not {self.what!r}"
            raise Refused("a creation", [Finding("what", message)])
        if self.reestablishes is not None or self.out_of is not None:
            check_texts("a creation", optional=True, reestablishes=self.reestablishes, out_of=self.out_of)

    @property
    def type(self) -> str:
        """``creation``, or ``re-establishment``."""
        return "creation" if self.reestablishes is None else "re-establishment"


@frozen
class Closure:
    """The end of a unit, cluster or clustering without a successor.

    Attributes:
        subject: its id.
        last_known: whether it is only last seen before this day: what became of it is not on record.

    >>> Closure("24").type
    'closure'
    """

    subject: str
    last_known: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.subject) is str and not self.subject.isascii():
            plain_text(self.subject, "the subject of a closure")

    @property
    def type(self) -> str:
        """Always ``closure``."""
        return "closure"


# A converter for each type: mypy does not see the items of a bare ``tuple``.


def _links(links: Iterable[Link]) -> tuple[Link, ...]:
    listed = links if type(links) is tuple else tuple(items(links, "links"))
    for sort in set(map(type, listed)):
        if not issubclass(sort, Link):
            refuse("links", f"each is a Link, not a {sort.__name__}")
    return listed


def _units(units: Iterable[Unit]) -> tuple[Unit, ...]:
    return units if type(units) is tuple else tuple(items(units, "units"))


def _changes(changes: Iterable[Change] | Parts) -> tuple[Change, ...] | Parts:
    return changes if type(changes) is tuple or isinstance(changes, Parts) else tuple(items(changes, "changes"))


def _opened(changes: tuple[Change, ...] | Parts) -> tuple[Change, ...]:
    return cast("tuple[Change, ...]", tuple(changes())) if isinstance(changes, Parts) else changes


@frozen(repr=False)
class Succession:
    """Units that become other units.

    The created units begin, the changes happen, then every old unit without a link to itself ends: all in one step, so
    that no child is ever without a parent.

    Attributes:
        links: from old to new. A unit that goes on has a link to itself.
        created: units that begin by this event, each the ``new`` of some link.
        changes: other changes that belong to it: children's parents, memberships, figures.
        cross_kind: whether a successor may be of another kind.
        complete: whether it states everything that follows. If not, what becomes of the predecessors' facts follows from
            the declarations of the tracks.

    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c"),))
    >>> merger.type, merger.ended, merger.survivors
    ('merger', ('a', 'b'), ())
    """

    links: tuple[Link, ...] = field(converter=_links)
    created: tuple[Unit, ...] = field(default=(), converter=_units)
    # Of a merger of large units nearly all changes are moves of children. A draft makes no object for each of them.
    _changes: tuple[Change, ...] | Parts = field(default=(), converter=_changes, eq=_opened)
    cross_kind: bool = False
    complete: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for link in self.links:
            if link.extent not in ("whole", "part"):
                message = f"the extent is whole or part, not {link.extent!r}"
                raise Refused("a succession", [Finding("links", message, (link.old, link.new))])

    def __repr__(self) -> str:
        return (
            f"Succession(links={self.links!r}, created={self.created!r}, changes={self.changes!r}, "
            f"cross_kind={self.cross_kind!r}, complete={self.complete!r})"
        )

    @property
    def changes(self) -> tuple[Change, ...]:
        """The other changes that belong to it, one by one."""
        changes = _opened(self._changes)
        if changes is not self._changes:
            # The same value in another form: whoever asks once asks again.
            object.__setattr__(self, "_changes", changes)
        return changes

    @property
    def parts(self) -> Sequence[Change | Run]:
        """The changes; those that an operation made as runs, each with one value for all its units, stay runs."""
        changes = self._changes
        return cast("tuple[Change | Run, ...]", changes.parts) if isinstance(changes, Parts) else changes

    @property
    def olds(self) -> tuple[str, ...]:
        """Ids of the old units, in order of the links."""
        return tuple(dict.fromkeys([link.old for link in self.links]))

    @property
    def news(self) -> tuple[str, ...]:
        """Ids of the new units, in order of the links."""
        return tuple(dict.fromkeys([link.new for link in self.links]))

    @property
    def survivors(self) -> tuple[str, ...]:
        """Ids of the units that go on: those with a link to themselves."""
        return tuple(link.old for link in self.links if link.old == link.new)

    @property
    def ended(self) -> tuple[str, ...]:
        """Ids of the units that end."""
        survivors = {link.old for link in self.links if link.old == link.new}
        return tuple(old for old in self.olds if old not in survivors) if survivors else self.olds

    @property
    def type(self) -> SuccessionType:
        """The GSIM term for it, derived from the links."""
        return succession_type(self.links)


def succession_type(links: Sequence[Link]) -> SuccessionType:
    """The GSIM term for a succession with these links.

    >>> succession_type([Link("a", "c"), Link("b", "c")])
    'merger'
    """
    olds, news = {link.old for link in links}, {link.new for link in links}
    if len(news) == 1 and olds != news:
        # If the only new unit is also an old one it goes on: no other unit is there for its link to lead to.
        if not news <= olds:
            return "merger" if len(olds) > 1 else "replacement"
        return "takeover"
    survivors = {link.old for link in links if link.old == link.new}
    if olds == news == survivors:
        return "transfer" if len(_givers(links)) == 1 or len(_takers(links)) == 1 else "reorganisation"
    if len(olds) == 1:
        return "split-off" if survivors else "breakdown"
    return "reorganisation"


def link_faults(event: Succession) -> list[tuple[str, str, tuple[str, ...]]]:
    """The faults of missing links: (rule, message, units) of each."""
    created = {unit.id for unit in event.created}
    if not event.links:
        return [("links", "a succession needs at least one link", tuple(sorted(created)))]
    return [
        ("links", f"{unit!r} is created by a succession but no link leads to it", (unit,))
        for unit in sorted(created - {link.new for link in event.links})
    ]


def with_settled_shares(links: Iterable[Link], tolerance: Any) -> tuple[tuple[Link, ...], tuple[tuple[str, str], ...]]:
    """The links with shares that add up to 1, and notes about what was changed: pairs (old unit, message).

    Shares that were rounded at their source miss 1 by a little. The difference goes to the largest of them.

    Args:
        links: the links of one succession.
        tolerance: by how much the shares of a measure of one old unit may miss 1.

    Raises:
        Refused: shares miss 1 by more; every such unit and measure is named.

    >>> halves = [Link("a", new, "part", {"members": "0.4999"}) for new in ("x", "y")]
    >>> settled, notes = with_settled_shares(halves, "0.001")
    >>> settled[0].share("members"), notes
    (Fraction(5001, 10000), (('a', "the shares of 'members' of 'a': 1/5000 given to the largest"),))
    """
    listed = list(links)
    allowed = _as_fraction(tolerance)
    if allowed is None or allowed < 0:
        raise Refused("a tolerance", [Finding("tolerance", f"{tolerance!r} is no number of 0 or more")])
    notes: list[tuple[str, str]] = []
    faults: list[Finding] = []
    for old, measure, places in _shared_measures(listed):
        shares = [listed[place].share(measure) for place in places]
        if None in shares:
            continue  # The link without a share gets the rest later.
        try:
            settled, note = resolve(shares, allowed)
        except ValueError as error:
            faults.append(Finding("shares", f"of {measure!r} of {old!r}: {error}", (old,)))
            continue
        if note:
            notes.append((old, f"the shares of {measure!r} of {old!r}: {note}"))
            for place, share in zip(places, settled, strict=True):
                listed[place] = evolve(listed[place], shares={**dict(listed[place].shares), measure: share})
    if faults:
        raise Refused("the shares of links", faults)
    return tuple(listed), tuple(notes)


def _shared_measures(links: Sequence[Link]) -> list[tuple[str, str, list[int]]]:
    """(old unit, measure, places of the unit's links) for each measure of which one of these states a share."""
    places_of: dict[str, list[int]] = {}
    for place, link in enumerate(links):
        places_of.setdefault(link.old, []).append(place)
    return [
        (old, measure, places)
        for old, places in places_of.items()
        for measure in sorted({name for place in places for name, _ in links[place].shares})
    ]


def shares_faults(old: str, links: Sequence[Link]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The faults of the links out of one unit in one event: (rule, message, units) of each.

    >>> [message for _, message, _ in shares_faults("a", [Link("a", "b"), Link("a", "c")])]
    ["'a' goes to one unit as a whole and to another as well"]
    """
    result: list[tuple[str, str, tuple[str, ...]]] = []
    if len(links) == 1 and not links[0].shares:
        return result
    news: set[str] = set()
    for link in links:
        if link.new in news:
            result.append(("links", f"the link {old!r} -> {link.new!r} is there twice", (old,)))
        news.add(link.new)
    if len(links) > 1 and any(link.extent == "whole" and link.new != old for link in links):
        result.append(("links", f"{old!r} goes to one unit as a whole and to another as well", (old,)))
    if sum(link.dominant for link in links) > 1:
        result.append(("links", f"{old!r} has more than one dominant successor", (old,)))
    for measure in {name for link in links for name, _ in link.shares}:
        total = _wrong_total([link.share(measure) for link in links])
        if total is not None:
            result.append(("shares", f"the shares of {measure!r} of {old!r} add up to {total}, not to 1", (old,)))
    return result


def _wrong_total(shares: Sequence[Fraction | None]) -> Fraction | None:
    """The total of the known shares if they cannot be right, else None."""
    known = [share for share in shares if share is not None]
    total = sum(known, Fraction(0))
    wrong = any(share < 0 for share in known) or total > 1 or (len(known) == len(shares) and total != 1)
    return total if wrong else None


def _givers(links: Iterable[Link]) -> set[str]:
    return {link.old for link in links if link.old != link.new}


def _takers(links: Iterable[Link]) -> set[str]:
    return {link.new for link in links if link.old != link.new}


Event = Creation | Closure | Succession | Change


class Texts(list[str]):
    """A list whose items are known to be texts, none of them empty, so that they need not be checked again.

    >>> Texts(["a", "b"]) == ["a", "b"]
    True
    """


class Run:
    """Consecutive changes of one track and slot, as columns.

    Attributes:
        track: the fact.
        subjects: ids of the units.
        values: the new value of each unit.
        slot: which of several values of the same fact, for all.

    >>> [change.subject for change in Run("name", ["a", "b"], ["A", "B"])]
    ['a', 'b']
    """

    __slots__ = ("slot", "subjects", "track", "values")

    def __init__(self, track: str, subjects: list[str], values: list[Any], slot: Any = None) -> None:
        self.track, self.subjects, self.values, self.slot = track, subjects, values, slot

    def __len__(self) -> int:
        return len(self.subjects)

    def __iter__(self) -> Iterator[Change]:
        for subject, value in zip(self.subjects, self.values, strict=True):
            yield Change(subject, self.track, value, self.slot)


class Parts:
    """Events, some of them in runs; a call returns them one by one.

    >>> parts = Parts([Run("name", ["a", "b"], ["A", "B"]), Closure("a")])
    >>> parts.size, parts()[1].value
    (3, 'B')
    """

    __slots__ = ("parts", "size")

    def __init__(self, parts: Iterable[Event | Run]) -> None:
        self.parts = tuple(parts)
        self.size = size_of(self.parts)

    def __call__(self) -> list[Event]:
        """The events, one by one."""
        return list(one_by_one(self.parts))


def size_of(parts: Iterable[Event | Run]) -> int:
    """The number of events."""
    return sum([len(part) if isinstance(part, Run) else 1 for part in parts])


E = TypeVar("E", bound="Event")


def one_by_one(parts: Iterable[E | Run]) -> Iterator[E | Change]:
    """The events one by one, with runs opened."""
    for part in parts:
        if isinstance(part, Run):
            yield from part
        else:
            yield part


def derive_id(prefix: str, *parts: object) -> str:
    """An id that depends only on its parts: the same in every process and branch.

    >>> derive_id("u", "act-1", 0, ["a", "b"])
    'u-691ca2ed76ad169a'
    """
    text = "\x1f".join("\x1e".join(sorted(map(str, p))) if isinstance(p, (list, tuple, set)) else str(p) for p in parts)
    return f"{prefix}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"
