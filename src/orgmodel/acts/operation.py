"""Operations as values: what was decided, and the point at which it is carried out.

An :class:`Operation` is a frozen value with the arguments of one verb. It can be written in a file, says the
same on any structure, and is carried out by :meth:`Operation.resolve`, which reads the structure at a
:class:`Point` and gives events. An act keeps its operations; the history keeps what they came to, and works
them out anew when something earlier is learned.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Concatenate, Final, Generic, ParamSpec, Protocol, TypeVar, cast

import attrs
from attrs import field, frozen

from orgmodel.acts.arguments import unwritable_fields
from orgmodel.acts.events import Event
from orgmodel.errors import Answer, Finding, OrgmodelError
from orgmodel.model.door import Unsuited, field_checks, items
from orgmodel.model.source import Source
from orgmodel.structure.structure import Structure

__all__ = [
    "VERBS",
    "Carrier",
    "Events",
    "Operation",
    "Point",
    "Together",
    "flat",
    "function",
    "method",
]

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
P = ParamSpec("P")

VERBS: Final[dict[str, type[Operation[Any]]]] = {}
"""Name of a verb -> its class; a class joins when it is defined with a name."""


class Events(tuple[Event, ...]):
    """The events that an operation gives: a tuple, with what it has to say about them.

    Attributes:
        made: ids of the units or clusters that begin, the wanted one first; of a takeover
            or transfer the unit that goes on.
        notes: findings that do not stand against the operation: what lapses, what is not
            known afterwards, which choice was taken from the data.
        text: the operation in one line, with names.
    """

    made: tuple[str, ...]
    notes: tuple[Finding, ...]
    text: str

    def __new__(
        cls, events: Iterable[Event] = (), made: Iterable[str] = (), notes: Iterable[Finding] = (), text: str = ""
    ) -> Events:
        """A tuple with attributes."""
        new = super().__new__(cls, events)
        new.made, new.notes, new.text = tuple(made), tuple(notes), text
        return new

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self), self.made, self.notes, self.text


@frozen(eq=False)
class Point:
    """Where an operation is carried out: the organisation just before it, and what ids are derived from.

    Attributes:
        structure: the structure before the operation.
        act: id of the act.
        key: the operation's place in the act when it was first recorded. An act that is corrected keeps the keys
            of the operations that stay.
        source: where the act comes from.
        anew: whether the decision was taken before and is only carried out on changed ground: what the caller
            would have to mend in a new one (a home named for a child that is gone) is then a note.
        answers: choices for what the operation would ask.
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
    """Lets an operation refuse in our own words what its arguments cannot be.

    It looks at its arguments itself, and tells more than this can; this is for what it did not think of.
    """
    init = cls.__init__

    @functools.wraps(init)
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except OrgmodelError:
            raise
        except _FOREIGN as error:
            message = f"an argument is not what it must be: {' '.join(str(error).split())}"
            raise Unsuited(f"{cls.name}()", [Finding("arguments", message)]) from None

    cls.__init__ = made
    resolve = vars(cls).get("resolve")
    if resolve is None:
        return

    @functools.wraps(resolve)
    def resolved(self: Any, at: Point) -> Events:
        try:
            events = resolve(self, at)
            # A verb of a user may give a plain list.
            return events if isinstance(events, Events) else Events(events)
        except OrgmodelError:
            raise
        except _FOREIGN:
            checks = field_checks(cls, kept=True)
            for attribute in attrs.fields(cls):
                if attribute.alias in checks and (value := getattr(self, attribute.name)) is not attribute.default:
                    checks[attribute.alias](value, f"the argument {attribute.alias} of {cls.name}()")
            raise

    cls.resolve = resolved


class Operation(ABC, Generic[R_co]):
    """One verb with its arguments: what was decided.

    Subclasses are frozen attrs classes with a :attr:`name`; defining one is all it takes for it to stand in
    drafts (``act.do(operation)``), plans and files. ``R_co`` is what the draft's method gives back.

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
        # Called for the finished class; __init_subclass__ sees the one that attrs replaces by a slotted one.
        if cls.name:
            VERBS[cls.name] = cls
        _guard(cls)

    @abstractmethod
    def resolve(self, at: Point) -> Events:
        """The events that the operation comes to at a point.

        Raises:
            InvalidAct: it cannot be carried out there, with all that stands against it.
            Ambiguous: only choices are open; :attr:`~orgmodel.errors.Ambiguous.questions` has them.
        """

    def gives(self, events: Events) -> R_co:  # noqa: ARG002
        """What the draft's method gives back: ids of what the operation made, by default nothing."""
        return cast(R_co, None)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Arguments that hold a choice made by a function without a name, which no file can say.

        Such a choice is never made again: the operation is written as the events that it came to.
        """
        return unwritable_fields(self)


def function(verb: Callable[P, Operation[Any]]) -> Callable[Concatenate[Structure | Point, P], Events]:
    """The function of a verb: (structure, arguments) -> events.

    Called with a structure, it derives the ids of new units from the day and the units concerned; called with a
    :class:`Point`, from the act and the operation's key.
    """

    def call(at: Structure | Point, /, *args: P.args, **options: P.kwargs) -> Events:
        return verb(*args, **options).resolve(at if isinstance(at, Point) else Point(at))

    return _described(call, verb, "at")


class Carrier(Protocol):
    """What carries operations out one after the other: a draft."""

    def do(self, operation: Operation[R]) -> R:
        """Carry an operation out; what it gives back, such as the ids of what it made."""
        ...


def method(verb: Callable[P, Operation[R]]) -> Callable[Concatenate[Carrier, P], R]:
    """The method of a draft by which a verb is carried out there, with the arguments and the docstring of the verb."""

    def call(draft: Carrier, /, *args: P.args, **options: P.kwargs) -> R:
        return draft.do(verb(*args, **options))

    return _described(call, verb, "self")


F = TypeVar("F", bound=Callable[..., Any])


def _described(call: F, verb: Callable[..., Any], first: str) -> F:
    """A function made of a verb, with the verb's name, arguments and docstring."""
    cls = cast("type[Operation[Any]]", verb)
    signature = inspect.signature(verb)
    arguments = [inspect.Parameter(first, inspect.Parameter.POSITIONAL_ONLY), *signature.parameters.values()]
    made: Any = call
    made.__name__ = cls.name
    made.__qualname__ = f"Draft.{cls.name}" if first == "self" else cls.name
    made.__module__ = "orgmodel.acts.draft" if first == "self" else cls.__module__
    # Without the example, which is the class's and calls the function. Python 3.13 takes the indentation of docstrings
    # away and earlier ones keep it: here it goes on each.
    made.__doc__ = inspect.cleandoc(cls.__doc__ or "").partition(">>>")[0].replace("Attributes:", "Args:").rstrip()
    made.__signature__ = signature.replace(parameters=arguments, return_annotation=inspect.Signature.empty)
    return call


def _in_order(operations: Iterable[Any]) -> tuple[Any, ...]:
    # A converter of its own: mypy does not see what a bare ``tuple`` would hold.
    return tuple(items(operations, "operations"))


@frozen
class Together:
    """Operations of one act that all see the organisation as it was before the first of them.

    Attributes:
        operations: in order; none may be about a unit that another one changes.

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
