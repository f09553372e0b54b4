"""Operations as values, and the points at which they are carried out.

An :class:`Operation` is a frozen value with the arguments of one verb. It can be written to a file and does not depend
on a structure. :meth:`Operation.resolve` carries it out: it reads the structure at a :class:`Point` and returns events.
An act has its operations; the history has their events, and works them out anew when something earlier becomes known.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, Concatenate, Final, Generic, ParamSpec, Protocol, TypeVar, cast

import attrs
from attrs import evolve, field, frozen

from orgmodel.acts.argument_values import unreadable_fields, unwritable_fields
from orgmodel.acts.events import Event
from orgmodel.errors import Answer, Finding, InvalidAct, OrgmodelError, Refused
from orgmodel.model.door import Unsuited, field_checks, items, kind_of, refuse
from orgmodel.model.source import Source
from orgmodel.structure.structure import Structure

__all__ = [
    "Events",
    "Operation",
    "Point",
    "Together",
]

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
P = ParamSpec("P")

VERBS: Final[dict[str, type[Operation[Any]]]] = {}
"""Name of a verb -> its class; defining a class with a name adds it."""


class Events(tuple[Event, ...]):
    """The events of an operation: a tuple with attributes.

    Attributes:
        made: ids of the units or clusters that begin, the requested one first; of a takeover or transfer the unit that
            goes on.
        text: the operation in one line, with names.

    >>> import orgmodel as om
    >>> from orgmodel.acts import operations
    >>> structure = om.structure_of([{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}],
    ...                             day="2025-01-01")
    >>> events = operations.merge(structure, ["a", "b"], into=om.Unit("c", name="C"))
    >>> events.made, events.text, [event.type for event in events]
    (('c',), 'merge a + b -> C', ['merger'])
    """

    made: tuple[str, ...]
    text: str
    _notes: Iterable[Finding] | Callable[[], Iterable[Finding]]

    def __new__(
        cls,
        events: Iterable[Event] = (),
        made: Iterable[str] = (),
        notes: Iterable[Finding] | Callable[[], Iterable[Finding]] = (),
        text: str = "",
    ) -> Events:
        """A tuple with attributes; ``notes`` may be a function that makes them when they are first read."""
        new = super().__new__(cls, events)
        new.made, new.text = tuple(made), text
        new._notes = notes if callable(notes) else tuple(notes)
        return new

    @cached_property
    def notes(self) -> tuple[Finding, ...]:
        """Findings that do not prevent the operation: what lapses, what is unknown then, which choice the data made."""
        made = tuple(self._notes() if callable(self._notes) else self._notes)
        # The function would keep the structure that it reads.
        self._notes = made
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self), self.made, self.notes, self.text


@frozen(eq=False)
class Point:
    """The point at which an operation is carried out: the organisation just before it, and the source of new ids.

    Attributes:
        structure: the structure before the operation.
        act: id of the act.
        key: the operation's position in the act when it was first recorded. Operations of a corrected act that stay
            keep their keys.
        source: where the act comes from.
        anew: whether the decision was taken before and is carried out again after something earlier changed. Faults
            that the caller of a new operation would have to mend (a home named for a child that has ended) are then
            notes.
        answers: answers to the questions that the operation would ask.

    >>> import orgmodel as om
    >>> from orgmodel.acts.operations import Create
    >>> structure = om.structure_of([{"id": "top"}], day="2025-01-01")
    >>> at = Point(structure, act="resolution-1", key=2)
    >>> at.day, Create(om.Unit(name="A"), under="top").resolve(at).made    # the id follows from the act and the key
    (datetime.date(2025, 1, 1), ('u-...',))
    """

    structure: Structure
    act: str = ""
    key: int = 0
    source: Source = Source.unknown
    anew: bool = False
    answers: tuple[Answer, ...] = ()

    @property
    def day(self) -> dt.date:
        """The effective day."""
        return self.structure.day


_FOREIGN: Final = (TypeError, ValueError, AttributeError, LookupError, AssertionError)


def _guard(cls: type[Any]) -> None:
    """Make an operation refuse arguments of a wrong type, with our errors and not those of Python.

    Fields with a converter are read by it; the others are checked by their annotations, so that the year ``"2025"``
    does not become another slot than 2025. The rest is what neither of them foresaw.
    """
    init = cls.__init__
    # At the first call, as annotations may name modules that are not imported yet.
    checks = functools.cache(lambda: _checks_of_plain_fields(cls))

    @functools.wraps(init)
    def checked_init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
            _check_plain_fields(self, checks())
        except OrgmodelError:
            raise
        except _FOREIGN as error:
            message = f"an argument is not what it must be: {' '.join(str(error).split())}"
            raise Unsuited(f"{cls.name}()", [Finding("arguments", message)]) from None

    cls.__init__ = checked_init
    resolve = vars(cls).get("resolve")
    if resolve is None:
        return

    @functools.wraps(resolve)
    def checked_resolve(self: Any, at: Point) -> Events:
        try:
            events = resolve(self, at)
            # The operation's own faults come first. What no file could give back is refused here, not when it is read.
            if not at.anew:
                _check_forms(self, at)
            # A verb of a user may give a plain list.
            return events if isinstance(events, Events) else Events(events)
        except OrgmodelError:
            raise
        except OverflowError as error:
            # Only a number or a day beyond what Python and its calendar hold.
            message = f"an argument is too large: {error}"
            raise InvalidAct(f"the arguments of {self.name} on {at.day}", [Finding("form", message)]) from None
        except _FOREIGN:
            checks = field_checks(cls, stored=True)
            for attribute in attrs.fields(cls):
                if attribute.alias in checks and (value := getattr(self, attribute.name)) is not attribute.default:
                    checks[attribute.alias](value, f"the argument {attribute.alias} of {cls.name}()")
            _check_forms(self, at)
            raise

    cls.resolve = checked_resolve


def _check_forms(operation: Any, at: Point) -> None:
    """Refuse an operation that no file could give back."""
    if faults := [Finding("form", message) for _, message in unreadable_fields(operation)]:
        raise InvalidAct(f"the arguments of {operation.name} on {at.day}", faults)


def _checks_of_plain_fields(cls: type[Any]) -> list[tuple[attrs.Attribute[Any], Callable[[Any, str], Any]]]:
    """The fields of an operation that no converter reads, with the check of each by its annotation."""
    checks = field_checks(cls, stored=True)
    return [(each, checks[each.alias]) for each in attrs.fields(cls) if each.converter is None and each.alias in checks]


def _check_plain_fields(
    operation: Any, checks: Iterable[tuple[attrs.Attribute[Any], Callable[[Any, str], Any]]]
) -> None:
    """Convert the values of fields, or refuse all that are of a wrong type."""
    faults: list[Finding] = []
    for attribute, check in checks:
        value = getattr(operation, attribute.name)
        if value is attribute.default:
            continue
        try:
            object.__setattr__(operation, attribute.name, check(value, ""))
        except Refused as refused:
            faults += [evolve(fault, message=f"{attribute.alias}: {fault.message}") for fault in refused.findings]
    if faults:
        raise Refused(f"the arguments of {operation.name}()", faults)


class Operation(ABC, Generic[R_co]):
    """One verb with its arguments.

    Subclasses are frozen attrs classes with a :attr:`name`. Once defined, a subclass works in drafts
    (``act.do(operation)``), plans and files. ``R_co`` is what the draft's method returns.

    Attributes:
        name: the verb, as in files and plans.

    >>> from orgmodel.acts.operations import Merge
    >>> operation = Merge(["a", "b"], cluster="k1")
    >>> operation.name, operation.units, operation.unnamed
    ('merge', ('a', 'b'), ())
    """

    name: ClassVar[str] = ""
    __slots__ = ()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        # Called for the finished class; __init_subclass__ would get the class that attrs replaces by a slotted one.
        if cls.name:
            VERBS[cls.name] = cls
        _guard(cls)

    @abstractmethod
    def resolve(self, at: Point) -> Events:
        """The events of the operation at a point.

        Raises:
            InvalidAct: it cannot be carried out there; with all faults.
            Ambiguous: only choices are open; :attr:`~orgmodel.errors.Ambiguous.questions` has them.
        """

    def gives(self, events: Events) -> R_co:  # noqa: ARG002
        """What the draft's method returns, such as the ids that the operation made; by default None."""
        return cast(R_co, None)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The arguments that are functions without a name, which no file can hold.

        Their choice is never made again: the operation is written as its events.
        """
        return unwritable_fields(self)


def function(verb: Callable[P, Operation[Any]]) -> Callable[Concatenate[Structure | Point, P], Events]:
    """The function of a verb: (structure, arguments) -> events.

    Ids of new units are derived from the day and the units concerned; if it is called with a :class:`Point` instead of a
    structure, from the act and the operation's key.
    """

    def call(at: Structure | Point, /, *args: P.args, **options: P.kwargs) -> Events:
        if not isinstance(at, (Structure, Point)):
            refuse(cast("type[Operation[Any]]", verb).name, f"a structure comes first, not {kind_of(at)}")
        return verb(*args, **options).resolve(at if isinstance(at, Point) else Point(at))

    return _described(call, verb, "at")


class Carrier(Protocol):
    """A draft, or anything else that carries operations out one after the other."""

    def do(self, operation: Operation[R]) -> R:
        """Carry an operation out; returns the result of its method, such as the ids that it made."""
        ...


def method(verb: Callable[P, Operation[R]]) -> Callable[Concatenate[Carrier, P], R]:
    """The method of a draft that carries out a verb, with the arguments and the docstring of the verb."""

    def call(draft: Carrier, /, *args: P.args, **options: P.kwargs) -> R:
        return draft.do(verb(*args, **options))

    return _described(call, verb, "self")


F = TypeVar("F", bound=Callable[..., Any])


def _described(call: F, verb: Callable[..., Any], first: str) -> F:
    """The function ``call`` with the name, arguments and docstring of a verb."""
    cls = cast("type[Operation[Any]]", verb)
    signature = inspect.signature(verb)
    arguments = [inspect.Parameter(first, inspect.Parameter.POSITIONAL_ONLY), *signature.parameters.values()]
    described: Any = call
    described.__name__ = cls.name
    described.__qualname__ = f"Draft.{cls.name}" if first == "self" else cls.name
    described.__module__ = "orgmodel.acts.draft" if first == "self" else cls.__module__
    # The example of the class stays there: as it calls this function, doctest would run it twice. cleandoc, because only
    # Python 3.13 and later remove the indentation of docstrings.
    described.__doc__ = inspect.cleandoc(cls.__doc__ or "").partition(">>>")[0].replace("Attributes:", "Args:").rstrip()
    described.__signature__ = signature.replace(parameters=arguments, return_annotation=inspect.Signature.empty)
    return call


def _in_order(operations: Iterable[Any]) -> tuple[Any, ...]:
    # A converter of its own: mypy does not see the items of a bare ``tuple``.
    return tuple(items(operations, "operations"))


@frozen
class Together:
    """Operations of one act that all see the organisation as it was before the first of them.

    Attributes:
        operations: the operations in order; none may be about a unit that another one changes.

    >>> from orgmodel.acts.operations import Rename
    >>> block = Together([Rename("a", "B"), Rename("b", "A")])
    >>> [number for _, number in flat([block, Rename("c", "C")])]
    [0, 0, -1]
    """

    operations: tuple[Any, ...] = field(converter=_in_order)


def flat(decided: Sequence[Any]) -> Iterator[tuple[Any, int]]:
    """Each operation or event of a decision, with the number of its block (from 0), or -1 if it stands alone."""
    block = 0
    for item in decided:
        if isinstance(item, Together):
            for operation in item.operations:
                yield operation, block
            block += 1
        else:
            yield item, -1
