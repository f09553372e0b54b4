"""Hashes of values by content: with them an interrupted run recognises that it is called with the same arguments.

Values with the same content have the same hash in every process, whatever their addresses, the seed of Python's own
hashes, and the parts that they share. The hash of a function covers its code and the values in its closure; the hash
of an object covers its class, with the code of its methods, and its state.
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
"""Types whose ``repr`` is the whole content of a value."""


def content_hash(value: Any) -> str:
    """The hash of a value by its content.

    Args:
        value: plain values, containers, histories, functions, and objects that can be pickled.

    Raises:
        Refused: it holds something without comparable content, such as an open file or a lock.

    >>> content_hash({"a": 1, "b": [2]}) == content_hash({"b": [2], "a": 1})
    True
    >>> content_hash(lambda: 1) == content_hash(lambda: 2)
    False
    """
    return _Content().of(value)


class _Content:
    def __init__(self) -> None:
        self._open: list[Any] = []
        """The values that are being hashed, from the outermost to the innermost."""
        self._back = 0
        """The lowest place in ``_open`` that a value inside it refers back to."""
        self._known: dict[int, tuple[Any, str]] = {}
        """Address -> object and its hash. Keeping the objects prevents that an address is used again."""

    def of(self, value: Any) -> str:
        if isinstance(value, _PLAIN):
            return _hash(type(value).__qualname__, repr(value))
        if id(value) in self._known:
            return self._known[id(value)][1]
        place = len(self._open)
        for outer, open_value in enumerate(self._open):
            if open_value is value:
                self._back = min(self._back, outer)
                return _hash("back", str(place - outer))
        before, self._back = self._back, place
        self._open.append(value)
        try:
            digest = _hash(*self.parts(value))
        finally:
            self._open.pop()
        if self._back == place:
            # It has no references to the values around it, so its hash is the same in any other place.
            self._known[id(value)] = value, digest
        self._back = min(before, self._back)
        return digest

    def parts(self, value: Any) -> Iterator[str]:
        """The texts whose hash is the hash of the value."""
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
            # A new release changes their code; an interrupted run can continue all the same.
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
        """An object, by its parts as pickle would store them."""
        try:
            reduced = value.__reduce_ex__(4)
        except TypeError as error:
            message = (
                f"{type(value).__qualname__}: {error}; what goes on later must be told from another by its content"
            )
            raise Refused("a run that could go on", [Finding("content", message)]) from None
        if isinstance(reduced, str):
            yield from ("global", type(value).__module__, reduced)
            return
        maker, arguments, *remaining = reduced
        state, items, pairs = (*remaining, None, None, None)[:3]
        yield from ("object", self.of(type(value)), self.of(maker), self.of(arguments), self.of(state))
        yield from self._listed(items)
        yield from self._listed(pairs)

    def _listed(self, items: Iterable[Any] | None) -> Iterator[str]:
        yield from () if items is None else map(self.of, items)


def _is_of_attrs(function: types.FunctionType) -> bool:
    """Whether attrs generated a method or put one of its own into the class.

    Generated methods follow from the attributes, and contain numbers that differ between processes. attrs' own methods
    are renamed after the class that was decorated last.
    """
    own = (function.__module__ or "").partition(".")[0] in ("attr", "attrs")
    return own or function.__code__.co_filename.startswith("<attrs")


def _hash(*parts: str) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        # With the lengths, ("ab", "c") and ("a", "bc") have different hashes.
        raw = part.encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()
