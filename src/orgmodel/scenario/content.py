"""What tells one value from another by its content: for runs that go on where they were cut off.

Two values of one content have one hash in every process, whatever their addresses, the seed of Python's own hashes, or
which of their parts are shared. Of a function the code counts and what it closes over; of an object its class, with
the code of its methods, and its state.
"""

from __future__ import annotations

import datetime as dt
import functools
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from hashlib import blake2b
from typing import Any, Final

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.history.identity import identity_of

__all__ = [
    "content_hash",
]

_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, dt.date, dt.time, dt.timedelta, Fraction)
"""Types whose ``repr`` is all of a value."""


def content_hash(value: Any) -> str:
    """The hash of a value by its content.

    Args:
        value: plain values, containers, histories, functions, and objects that could be pickled.

    Raises:
        Refused: it holds something that cannot be told from another one: an open file, a lock.

    >>> content_hash({"a": 1, "b": [2]}) == content_hash({"b": [2], "a": 1})
    True
    >>> content_hash(lambda: 1) == content_hash(lambda: 2)
    False
    """
    return _Content().of(value)


class _Content:
    def __init__(self) -> None:
        self._open: list[Any] = []
        """What is being looked at, from the outermost to the innermost."""
        self._back = 0
        """The place in it of the outermost thing that something inside refers back to."""
        self._known: dict[int, tuple[Any, str]] = {}
        """Hashes of objects that were seen, which are kept so that no other gets their address."""

    def of(self, value: Any) -> str:
        if isinstance(value, _PLAIN):
            return _hash(type(value).__qualname__, repr(value))
        if id(value) in self._known:
            return self._known[id(value)][1]
        place = len(self._open)
        for outer, seen in enumerate(self._open):
            if seen is value:
                self._back = min(self._back, outer)
                return _hash("back", str(place - outer))
        before, self._back = self._back, place
        self._open.append(value)
        try:
            told = _hash(*self.parts(value))
        finally:
            self._open.pop()
        if self._back == place:
            # Nothing in it refers to what is around it, so that its hash is the same elsewhere.
            self._known[id(value)] = value, told
        self._back = min(before, self._back)
        return told

    def parts(self, value: Any) -> Iterator[str]:
        """What the hash of a value is made of."""
        match value:
            case History():
                yield from ("history", identity_of(value))
            case Enum():
                yield from ("enum", self.of(type(value)), value.name)
            case type():
                yield from self.of_class(value)
            case list() | tuple():
                yield from (type(value).__qualname__, *map(self.of, value))
            case set() | frozenset():
                yield from ("set", *sorted(map(self.of, value)))
            case Mapping():
                yield from ("mapping", *sorted(self.of(key) + self.of(value[key]) for key in value))
            case types.FunctionType():
                yield from self.of_function(value)
            case types.MethodType():
                yield from ("method", self.of(value.__func__), self.of(value.__self__))
            case types.BuiltinFunctionType() | types.ModuleType():
                yield from ("builtin", str(getattr(value, "__module__", "")), value.__name__)
            case types.CodeType():
                yield from ("code", value.co_code.hex(), *map(self.of, value.co_consts), *value.co_names)
            case functools.partial():
                yield from ("partial", self.of(value.func), self.of(value.args), self.of(value.keywords))
            case _:
                yield from self.of_object(value)

    def of_class(self, cls: type) -> Iterator[str]:
        yield from ("class", cls.__module__, cls.__qualname__)
        if cls.__module__.partition(".")[0] in ("builtins", "orgmodel"):
            # Their code changes with a release, which need not undo what was done.
            return
        for name, member in sorted(vars(cls).items()):
            code = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(code, types.FunctionType) and not _is_of_attrs(code):
                yield from (name, self.of(code))

    def of_function(self, function: types.FunctionType) -> Iterator[str]:
        yield from ("function", function.__module__ or "", function.__qualname__, self.of(function.__code__))
        yield from (self.of(function.__defaults__), self.of(function.__kwdefaults__))
        for cell in function.__closure__ or ():
            try:
                yield self.of(cell.cell_contents)
            except ValueError:  # the cell is empty
                yield "empty"

    def of_object(self, value: Any) -> Iterator[str]:
        """An object as pickle would take it apart."""
        try:
            made = value.__reduce_ex__(4)
        except TypeError as error:
            message = (
                f"{type(value).__qualname__}: {error}; what goes on later must be told from another by its content"
            )
            raise Refused("a run that could go on", [Finding("content", message)]) from None
        if isinstance(made, str):
            yield from ("global", type(value).__module__, made)
            return
        maker, given, *rest = made
        state, items, pairs = (*rest, None, None, None)[:3]
        yield from ("object", self.of(type(value)), self.of(maker), self.of(given), self.of(state))
        yield from self._listed(items)
        yield from self._listed(pairs)

    def _listed(self, items: Iterable[Any] | None) -> Iterator[str]:
        yield from () if items is None else map(self.of, items)


def _is_of_attrs(function: types.FunctionType) -> bool:
    """Whether attrs made a method, or lent one of its own.

    What it makes follows from the attributes and has numbers in it that are others in each process; what it lends is
    called after the class that was made last.
    """
    lent = (function.__module__ or "").partition(".")[0] in ("attr", "attrs")
    return lent or function.__code__.co_filename.startswith("<attrs")


def _hash(*parts: str) -> str:
    made = blake2b(digest_size=16)
    for part in parts:
        # The lengths keep ("ab", "c") and ("a", "bc") apart.
        raw = part.encode(errors="surrogatepass")
        made.update(len(raw).to_bytes(8, "little") + raw)
    return made.hexdigest()
