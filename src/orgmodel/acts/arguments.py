"""The arguments of operations: what callers may pass and what operations store.

Each kind of argument is declared once, as a type with its form in files (:mod:`orgmodel.acts.argument_forms`).
Converters turn what callers pass into one canonical value: a unit into its id, a mapping into sorted pairs, a day into a
date. What they cannot read they return unchanged; the operation then refuses it together with its other faults.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Annotated, Any, cast

from attrs import Attribute

from orgmodel.acts import argument_forms as forms
from orgmodel.acts import policies
from orgmodel.acts.argument_values import DAY, frozen_value, or_none
from orgmodel.acts.events import Link
from orgmodel.errors import BadDay
from orgmodel.model import door
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.door import an_id, kind_of, refuse
from orgmodel.model.matter import Other, Person, When
from orgmodel.model.measure import Number, Quantity
from orgmodel.model.plain import plain_fraction
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "Day",
    "Figure",
    "Figures",
    "New",
    "News",
    "One",
    "Parents",
    "Places",
    "Units",
    "Value",
    "chosen",
    "new",
    "one",
    "places",
]

# ---- what callers may pass

Chosen = str | Unit | Selection | Iterable["str | Unit | Selection"]
"""Units as callers name them: an id, a unit, a selection, or several of them."""

Under = str | Unit | Mapping[str, str] | Iterable[tuple[str, str]] | None
"""A parent in the main hierarchy, or hierarchy -> parent; None: the operation finds it."""

PartRef = str | int | Unit
"""A part as callers name it: its id or name, its index, or the unit that they passed."""

SharesGiven = Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None
"""part -> measure -> fraction, as a source states them."""

CounterpartsGiven = bool | str | Iterable[str] | None
"""Which children merge with their counterparts: True for the agencies of the schema, kinds by name, or none."""

# ---- the types of the fields of operations

One = Annotated[str, forms.UNIT]
Units = Annotated[tuple[str | Selection, ...], forms.UNITS]
Places = Annotated[tuple[tuple[str, str], ...], forms.PLACES]
New = Annotated[Unit, forms.NEW]
News = Annotated[tuple[Unit, ...], forms.NEWS]
NewOrNews = Annotated[tuple[Unit, ...], forms.NEW_OR_NEWS]
Agencies = Annotated[tuple[tuple[str, Unit], ...], forms.AGENCIES]
Clusters = Annotated[policies.ClusterPolicy | None, forms.CLUSTER]
Dividing = Annotated[policies.Allocation | None, forms.POLICY]
Functions = Annotated[policies.CounterpartPolicy | None, forms.POLICY]
Offices = Annotated[policies.OfficePolicy | None, forms.POLICY]
Ratings = Annotated[policies.RatingPolicy | None, forms.POLICY]
Rule = Annotated[policies.MergerRule, forms.POLICY]
Homes = Annotated[tuple[tuple[str, PartRef], ...] | Callable[[Structure, str], PartRef | None] | None, forms.HOMES]
HomesOrUnits = Annotated[
    tuple[tuple[str, PartRef], ...] | tuple[str | Selection, ...] | Callable[[Structure, str], PartRef | None] | None,
    forms.HOMES_OR_UNITS,
]
Parents = Annotated[str | tuple[tuple[str, str], ...] | Callable[[Structure, str], str | None] | None, forms.PARENTS]
Shares = Annotated[tuple[tuple[Any, Any], ...], forms.SHARES]
PartShares = Annotated[tuple[tuple[Any, Any], ...], forms.PART_SHARES]
Tolerance = Annotated[Any, forms.TOLERANCE]
Part = Annotated[PartRef | None, forms.PART]
Counterparts = Annotated[bool | tuple[str, ...], forms.COUNTERPARTS]
Figure = Annotated[Any, or_none(forms.FIGURE)]
Figures = Annotated[tuple[tuple[str, Any], ...], forms.FIGURES]
Day = Annotated[dt.date | str | None, DAY]
Holder = Annotated[str | Absent | None, forms.HOLDER]
Links = Annotated[tuple[Link | tuple[Any, ...], ...], forms.LINKS]
What = Annotated[Cluster | Clustering, forms.WHAT]
Value = Annotated[Any, forms.VALUE]
Who = Annotated[str | Person | Other, forms.PARTY]
Several = Annotated[tuple[str | Person | Other, ...], forms.SEVERAL]
Counted = Annotated[tuple[Any, ...], forms.COUNTED]
Parties = Annotated[tuple[tuple[Any, ...], ...], forms.PARTIES]
Says = Annotated[tuple[tuple[str, Any], ...], forms.SAYS]
On = Annotated[When | None, forms.WHEN]

# ---- converters: from what callers pass to what operations store


def one(unit: str | Unit) -> str:
    """The id of a unit.

    >>> one(Unit("a")), one("a")
    ('a', 'a')
    """
    return unit if isinstance(unit, str) else an_id(unit)


def maybe_one(unit: str | Unit | None) -> str | None:
    """The id of a unit, or None."""
    return None if unit is None else one(unit)


def holder(value: str | Unit | Absent | None) -> str | Absent | None:
    """The holder of a seat."""
    return value.id if isinstance(value, Unit) else value


def chosen(value: Chosen) -> tuple[str | Selection, ...]:
    """Units as a flat tuple of ids and selections.

    >>> chosen("a"), chosen(["a", [Unit("b")]])
    (('a',), ('a', 'b'))
    """
    if isinstance(value, Unit):
        return (value.id,)
    if isinstance(value, (list, tuple)) and {*map(type, value)} == {str}:
        # Nearly always a list of ids.
        return tuple(value)
    if isinstance(value, (str, Selection)) or not isinstance(value, Iterable):
        return (value,)
    # The order of a set differs from process to process.
    listed: Iterable[Any] = sorted(value, key=str) if isinstance(value, Set) else value
    return tuple(unit for item in listed for unit in chosen(item))


def maybe_chosen(value: Chosen | None) -> tuple[str | Selection, ...] | None:
    """Units, or None."""
    return None if value is None else chosen(value)


def _sorted(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple(sorted(pairs, key=lambda pair: (type(pair[0]).__name__, str(pair[0]))))


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    pairs = door.items(value, "pairs")
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            door.refuse("pairs", f"each is a pair, not {door.kind_of(pair)}")
    return pairs


def places(value: Under) -> tuple[tuple[str, str], ...]:
    """Pairs of hierarchy and parent.

    >>> places("p"), places(None), places({"system": "s"})
    ((('main', 'p'),), (), (('system', 's'),))
    """
    if value is None:
        return ()
    if isinstance(value, (Mapping, tuple, list)):
        return _sorted((hierarchy, one(parent)) for hierarchy, parent in _items(value))
    # `one` refuses anything else, such as a generator.
    return ((tracks.MAIN, one(cast("str | Unit", value))),)


def cluster(value: policies.ClusterPolicy | str | None) -> policies.ClusterPolicy | None:
    """A policy; the id of a cluster stands for :class:`~orgmodel.acts.policies.JoinCluster`.

    >>> cluster("cluster-1")
    JoinCluster(cluster='cluster-1')
    """
    return policies.JoinCluster(value) if isinstance(value, str) else value


def is_policy(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Refuse a policy that is none: one that is not needed today would be passed over in silence.

    >>> from orgmodel.acts.operations.mergers import Merge
    >>> Merge(["a", "b"], ratings="lowest")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: ratings=: 1 fault
      - it is a policy, see om.policies, not the str 'lowest' [type]
    """
    if value is not None and not callable(value):
        refuse(f"{attribute.name}=", f"it is a policy, see om.policies, not {kind_of(value)}")


def kinds(value: CounterpartsGiven) -> bool | tuple[str, ...]:
    """The kinds of children that merge with their counterparts; True and False: all and none.

    >>> kinds(None), kinds("agency"), kinds(True)
    (False, ('agency',), True)
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    return (value,) if isinstance(value, str) else tuple(sorted(value))


def agencies(value: Mapping[str, Unit] | Iterable[tuple[str, Unit]]) -> tuple[tuple[str, Unit], ...]:
    """Pairs of a function and the agency that takes it up."""
    return _sorted(_items(value))


def texts(value: Iterable[str]) -> tuple[str, ...]:
    """Texts; a single one stands for a list of one."""
    return door.texts(value, "texts")


def new(value: Unit | str | None) -> Unit:
    """A unit to be created: a text is its name, None leaves everything open.

    >>> new("Bắc Ninh").name
    'Bắc Ninh'
    """
    if value is None:
        return Unit()
    if isinstance(value, Unit):
        return value
    return Unit(name=door.a_text(value, "a unit to be created"))


def units(value: Iterable[Unit | str]) -> tuple[Unit, ...]:
    """Units to be created; texts are their names."""
    return tuple(map(new, door.items(value, "units to be created")))


def unit_or_units(value: Unit | str | Iterable[Unit | str]) -> tuple[Unit, ...]:
    """Units to be created, one or several."""
    return (new(value),) if isinstance(value, (Unit, str)) else units(value)


def homes(
    value: Mapping[str, PartRef] | Iterable[tuple[str, PartRef]] | Callable[[Structure, str], PartRef | None] | None,
) -> tuple[tuple[str, PartRef], ...] | Callable[[Structure, str], PartRef | None] | None:
    """Where children go: pairs of child and part, or a function."""
    if value is None or callable(value):
        return value
    return _sorted((one(child), part) for child, part in _items(value) if part is not None)


def homes_or_units(
    value: Mapping[str, PartRef]
    | Callable[[Structure, str], PartRef | None]
    | str
    | Unit
    | Selection
    | Iterable[Any]
    | None,
) -> tuple[tuple[str, PartRef], ...] | tuple[str | Selection, ...] | Callable[[Structure, str], PartRef | None] | None:
    """Which children go: pairs of child and part, a function, or units."""
    if value is None or isinstance(value, Mapping) or callable(value):
        return homes(value)
    if isinstance(value, tuple) and value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return homes(value)
    return chosen(value)


def parents(
    value: str | Unit | Mapping[str, str] | Iterable[tuple[str, str]] | Callable[[Structure, str], str | None] | None,
) -> str | tuple[tuple[str, str], ...] | Callable[[Structure, str], str | None] | None:
    """Where children of units that close go: one parent, pairs of unit and parent, or a function."""
    if value is None or isinstance(value, (str, Unit)):
        return maybe_one(value)
    if callable(value):
        return value
    return _sorted((one(child), one(home)) for child, home in _items(value) if home is not None)


def fraction(value: Any) -> Any:
    """A fraction; anything else unchanged, for the operation to refuse."""
    try:
        # Numbers are read by their text: 0.4 is two fifths, not the nearest binary fraction.
        return plain_fraction(value)
    except ValueError:
        return value


def shares(value: SharesGiven) -> tuple[tuple[Any, Any], ...]:
    """Pairs of part and its shares, or of measure and share.

    >>> shares({"n": {"members": "1/3"}}), shares({"members": 0.4})
    ((('n', (('members', Fraction(1, 3)),)),), (('members', Fraction(2, 5)),))
    """
    if value is None:
        return ()
    return _sorted(
        (
            part,
            _sorted((m, fraction(s)) for m, s in _items(of))
            if isinstance(of, (Mapping, tuple, list))
            else fraction(of),
        )
        for part, of in _items(value)
    )


def figures(
    value: Mapping[str, Quantity | Number | None] | Iterable[tuple[str, Quantity | Number | None]] | None,
) -> tuple[tuple[str, Quantity | Number | None], ...]:
    """Pairs of measure and value."""
    return () if value is None else _sorted(_items(value))


def day(value: DayLike | None) -> dt.date | str | None:
    """A day; anything else as text, for the operation to refuse."""
    try:
        return None if value is None else as_day(value)
    except BadDay:
        return str(value)


def links(value: Iterable[Link | tuple[Any, ...]]) -> tuple[Link | tuple[Any, ...], ...]:
    """Links, with ids for units."""
    return tuple(link if isinstance(link, Link) else (one(link[0]), *link[1:]) for link in value)


def who(value: str | Unit | Person | Other) -> str | Person | Other:
    """A party; a unit by its id."""
    return value.id if isinstance(value, Unit) else value


def several(value: Any) -> tuple[str | Person | Other, ...]:
    """Parties: one, several or none.

    >>> several("a"), several(["a", Person("p")]), several(None)
    (('a',), ('a', Person(id='p')), ())
    """
    if isinstance(value, (str, Unit, Person, Other)):
        return (who(value),)
    return tuple(who(party) for party in door.items(() if value is None else value, "parties"))


def counted(value: Any) -> tuple[Any, ...]:
    """Parties, or pairs of a party or kind and a number.

    >>> counted({"commune": 3}), counted(["a", Person("p")])
    ((('commune', 3),), ('a', Person(id='p')))
    """
    if isinstance(value, Mapping):
        return tuple((who(key), number) for key, number in value.items())
    if isinstance(value, (str, Unit, Person, Other)):
        return (who(value),)
    entries = door.items(() if value is None else value, "parties")
    return tuple((who(entry[0]), entry[1]) if isinstance(entry, (tuple, list)) else who(entry) for entry in entries)


def parties(value: Mapping[str, Any] | Iterable[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Tuples (role, party) or (role, party, value), from such tuples or a table role -> party or parties.

    >>> parties({"signatory": ["a", "b"], "document": None})
    (('signatory', 'a'), ('signatory', 'b'))
    >>> parties([("sender", "a", 12)])
    (('sender', 'a', 12),)
    """
    if not isinstance(value, Mapping):
        return tuple((role, who(party), *values) for role, party, *values in value)
    result: list[tuple[Any, ...]] = []
    for role, several in value.items():
        if isinstance(several, Mapping):
            result += [(role, who(party), number) for party, number in several.items()]
        elif isinstance(several, (str, Unit, Person, Other)):
            result.append((role, who(several)))
        else:
            result += [(role, who(party)) for party in several or ()]
    return tuple(result)


def says(statements: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """Pairs of field and value, sorted; fields with None are left out.

    >>> says({"year": 2025, "form": "flag", "title": None, "groups": ["a", "b"]})
    (('form', 'flag'), ('groups', ('a', 'b')), ('year', 2025))
    """
    return tuple(sorted((name, frozen_value(value)) for name, value in _items(statements) if value is not None))


def on(value: Any) -> When | None:
    """The time of a step; None: the day of the act.

    Raises:
        Refused: it is no day, month, year or span.
    """
    return None if value is None else When.of(value)


def refer(part: Any, into: Sequence[Unit]) -> Any:
    """A reference to a part that a file can hold: a unit among ``into`` by its id, or by its index if it has none.

    >>> north, south = Unit(name="N"), Unit("s")
    >>> refer(north, [north, south]), refer(south, [north, south]), refer("N", [north, south])
    (0, 's', 'N')
    """
    if not isinstance(part, Unit):
        return part
    same = [index for index, unit in enumerate(into) if unit is part]
    same = same or [index for index, unit in enumerate(into) if unit == part]
    if len(same) == 1:
        return into[same[0]].id or same[0]
    return part.id or part.label
