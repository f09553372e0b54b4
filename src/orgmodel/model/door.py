"""Checks of arguments: a value is converted if its meaning is clear, else refused with a message of our own."""

from __future__ import annotations

import ast
import builtins
import datetime as dt
import difflib
import functools
import importlib
import inspect
import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from numbers import Integral, Real
from types import UnionType
from typing import (
    IO,
    Annotated,
    Any,
    BinaryIO,
    Final,
    Literal,
    NamedTuple,
    NoReturn,
    ParamSpec,
    TextIO,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import attrs

from orgmodel.errors import Finding, Refused
from orgmodel.period import as_day

__all__ = [
    "LIKE",
    "Read",
    "Unsuited",
    "a_flag",
    "a_text",
    "an_id",
    "field_checks",
    "items",
    "kind_of",
    "like",
    "made_strictly",
    "one_of",
    "refuse",
    "strict",
    "strictly",
    "texts",
]

P = ParamSpec("P")
R = TypeVar("R")


def refuse(noun: str, message: str, rule: str = "type") -> NoReturn:
    """Raise the refusal of an argument.

    Raises:
        Refused: always.
    """
    raise Refused(noun, [Finding(rule, message)])


def kind_of(value: object) -> str:
    """A description of a value for messages: its type, and its value if that is short.

    >>> kind_of(3), kind_of({"a": 1}), kind_of(None)
    ('the int 3', 'a dict', 'None')
    """
    if value is None:
        return "None"
    name = type(value).__name__
    shown = repr(value) if isinstance(value, (int, float, str, bool)) else ""
    if shown and len(shown) < 40:
        return f"the {name} {shown}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def a_text(value: Any, noun: str) -> str:
    """A text, composed.

    Raises:
        Refused: it is no text. The message reminds that a number may be a code that lost its zeros.

    >>> a_text("vn", "an id")
    'vn'
    >>> a_text(1, "a code")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: a code: 1 fault
      - it is a text, not the int 1; read codes as text, or 01 becomes 1 [type]
    """
    if isinstance(value, str):
        return str(value) if value.isascii() else unicodedata.normalize("NFC", value)
    zeros = "; read codes as text, or 01 becomes 1" if isinstance(value, (int, float)) else ""
    return refuse(noun, f"it is a text, not {kind_of(value)}{zeros}")


def an_id(value: Any, noun: str = "a unit") -> str:
    """The id of a unit or cluster, from the id or from the object itself.

    Raises:
        Refused: it is neither a text nor an object with an id.

    >>> from orgmodel.model.unit import Unit
    >>> an_id(Unit("24", name="Bắc Ninh")), an_id("24")
    ('24', '24')
    """
    if isinstance(value, str):
        return str(value)
    own = getattr(value, "id", None)
    return own if isinstance(own, str) and own and not isinstance(value, type) else a_text(value, noun)


def items(values: Any, noun: str) -> list[Any]:
    """The items of an iterable: a list, a Series, an array, an Arrow column.

    Raises:
        Refused: it is a single value, or a mapping.

    >>> items((1, 2), "figures")
    [1, 2]
    """
    if type(values) in (list, tuple):
        return list(values)
    if hasattr(values, "to_pylist"):
        return list(values.to_pylist())
    if hasattr(values, "tolist") and not isinstance(values, (str, bytes)):
        listed = values.tolist()
        return listed if isinstance(listed, list) else refuse(noun, f"several are wanted, not {kind_of(values)}")
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        return refuse(noun, f"several are wanted, in a list, not {kind_of(values)}")
    return list(values)


def texts(values: Any, noun: str) -> tuple[str, ...]:
    """A tuple of texts, from one text or several; units count as their ids.

    Raises:
        Refused: one is no text; the message has the position of the first, from 1.

    >>> texts("vn", "units"), texts(["a", "b"], "units")
    (('vn',), ('a', 'b'))
    """
    if isinstance(values, str) or isinstance(getattr(values, "id", None), str):
        return (a_text(an_id(values, noun), noun),)
    listed = items(values, noun)
    # Lists are long, and nearly all are of plain ids: one look at all of them takes a tenth of one at each.
    if {*map(type, listed)} == {str} and "".join(listed).isascii():
        return tuple(listed)
    for row, value in enumerate(listed, 1):
        if not isinstance(value, str) and not isinstance(getattr(value, "id", None), str):
            zeros = "; read codes as text, or 01 becomes 1" if isinstance(value, (int, float)) else ""
            raise Refused(noun, [Finding("type", f"it is a text, not {kind_of(value)}{zeros}", row=row)])
    return tuple(a_text(an_id(value), noun) for value in listed)


LIKE: Final = 0.75
"""The least similarity of a word that is suggested."""


def like(text: str, choices: Iterable[str], most: int = 3, least: float = LIKE) -> list[str]:
    """The choices that are similar to a text, the most similar first: for suggestions, never for decisions.

    With rapidfuzz installed this takes a hundredth of the time of the standard library.

    >>> like("provnce", ["province", "commune"])
    ['province']
    """
    listed = list(choices)
    try:
        from rapidfuzz import fuzz, process
    except ModuleNotFoundError:
        return difflib.get_close_matches(text, listed, most, least)
    scored = process.extract(text, listed, scorer=fuzz.ratio, limit=most, score_cutoff=100 * least)
    return [choice for choice, *_ in scored]


def one_of(value: Any, choices: Iterable[str], noun: str) -> str:
    """The word, if it is one of the allowed ones.

    Raises:
        Refused: it is none of them; the message suggests similar ones.

    >>> one_of("drop", ("refuse", "drop"), "unmapped=")
    'drop'
    """
    listed = list(choices)
    if isinstance(value, str) and value in listed:
        return value
    near = like(value.casefold(), listed, 1, 0.6) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]!r}?" if near else ""
    shown = repr(value) if isinstance(value, str) else kind_of(value)
    return refuse(noun, f"{shown} is none of {', '.join(map(repr, listed))}{hint}", "choice")


# ---- by annotations

_Check = Callable[[Any, str], Any]
"""(value, what it is for messages) -> the converted value; raises ``Refused``."""


def _day(value: Any, _what: str) -> Any:
    return as_day(value)


def a_flag(value: Any, noun: str) -> bool:
    """True or False.

    Raises:
        Refused: it is neither.

    >>> a_flag(True, "direct=")
    True
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    return refuse(noun, f"it is True or False, not {kind_of(value)}")


def _integer(value: Any, noun: str) -> Any:
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return refuse(noun, f"it is a whole number, not {kind_of(value)}")


def _number(value: Any, noun: str) -> Any:
    if isinstance(value, Real | Decimal) and not isinstance(value, bool):
        return value
    return refuse(noun, f"it is a number, not {kind_of(value)}")


def _mapping(value: Any, noun: str) -> Any:
    return value if isinstance(value, Mapping) else refuse(noun, f"it is a mapping, not {kind_of(value)}")


def _function(value: Any, noun: str) -> Any:
    return value if callable(value) else refuse(noun, f"it is a function, not {kind_of(value)}")


def _several(value: Any, noun: str) -> Any:
    # An iterator may be endless: whoever consumes it checks its items.
    return value if isinstance(value, Iterator) else items(value, noun)


def _stream(value: Any, noun: str) -> Any:
    if hasattr(value, "read") or hasattr(value, "write"):
        return value
    return refuse(noun, f"it is a path or an open file, not {kind_of(value)}")


def _instance(wanted: type) -> _Check:
    def check(value: Any, noun: str) -> Any:
        if isinstance(value, wanted):
            return value
        return refuse(noun, f"it is a {wanted.__name__}, not {kind_of(value)}")

    return check


def _literal(choices: tuple[Any, ...]) -> _Check:
    def check(value: Any, noun: str) -> Any:
        return one_of(value, choices, noun)

    return check


def _each(of: _Check) -> _Check:
    def check(value: Any, noun: str) -> Any:
        listed = [value] if isinstance(value, str) else items(value, noun)
        try:
            return [of(item, noun) for item in listed]
        except Refused:
            # The place is worked out only for the message: most lists are in order.
            for place, item in enumerate(listed, 1):
                of(item, f"{noun}, {place}")
            raise

    return check


def _tuple_of(of: _Check) -> _Check:
    each = _each(of)
    return lambda value, what: tuple(each(value, what))


def _container(several: _Check) -> _Check:
    """A check that takes anything with ``in`` that is no list, such as a calendar of holidays, as it is."""

    def check(value: Any, noun: str) -> Any:
        has_in = isinstance(value, Container) and not isinstance(value, (str, bytes))
        if has_in and (isinstance(value, Mapping) or not isinstance(value, Iterable)):
            return value
        return several(value, noun)

    return check


class Read(NamedTuple):
    """Metadata of an annotation: the function that reads what a caller may give, such as a period as people write it.

    >>> @strict
    ... def year_after(year: Annotated[int | str, Read(int)]) -> int:
    ...     return year + 1
    >>> year_after("2025")
    2026
    """

    by: Callable[[Any], Any]


_PLAIN: Final[Mapping[Any, _Check]] = {str: an_id, bool: a_flag, int: _integer, float: _number, dt.date: _day}
_STREAMS: Final = (IO, TextIO, BinaryIO)
_SEVERAL: Final = (Iterable, Sequence, Collection, Set, tuple, list, frozenset, set, Container)


def _check_of(hint: Any) -> _Check | None:
    """The check for an annotation; None if it accepts any value."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Annotated:
        reader = next((note for note in arguments[1:] if isinstance(note, Read)), None)
        return _check_of(arguments[0]) if reader is None else lambda value, _: reader.by(value)
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, UnionType):
        return _either(arguments)
    named = origin or hint
    if named in _STREAMS:
        return _stream
    if not isinstance(named, type) or named in (object, Any):
        return None
    return _check_of_class(named, arguments)


def _check_of_class(named: type, arguments: tuple[Any, ...]) -> _Check | None:
    """The check for a class with the arguments of its annotation."""
    if getattr(named, "_is_protocol", False):
        return _function if "__call__" in vars(named) else None
    if issubclass(named, Mapping):
        # Any mapping will do where a Mapping or a dict is wanted, but not where one of ours is that knows more.
        return _mapping if issubclass(dict, named) else _instance(named)
    if named.__name__ == "Callable":
        return _function
    if named not in _SEVERAL:
        return _instance(named)
    if arguments == (str,):
        return texts
    # A tuple has items of one type only if an ellipsis follows: tuple[str, ...].
    alike = arguments and (named is not tuple or arguments[1:] == (Ellipsis,))
    of = _check_of(arguments[0]) if alike else None
    check = _several if of is None else _tuple_of(of) if named is tuple else _each(of)
    return _container(check) if named is Container else check


def _either(hints: tuple[Any, ...]) -> _Check | None:
    """The check for a union; None if one of its members accepts any value."""
    others = [hint for hint in hints if hint is not type(None)]
    optional = len(others) < len(hints)
    is_text = str in others and dt.date not in others
    if dt.date in others:
        # Texts beside days are days as users write them. Other members come first: an int must not become a day.
        others = [*(hint for hint in others if hint not in (dt.date, str)), dt.date]
    # A check for texts last: it takes units for their ids, and other checks should see them first.
    checks = [_check_of(hint) for hint in sorted(others, key=lambda hint: hint is str)]
    known = [check for check in checks if check is not None]
    if len(known) < len(checks):
        return None

    def check(value: Any, noun: str) -> Any:
        if (value is None and optional) or (isinstance(value, str) and is_text):
            return value
        for attempt in known[:-1]:
            try:
                return attempt(value, noun)
            except Refused:
                continue
        return known[-1](value, noun)

    return check


class _Names(dict[str, Any]):
    """The names of a module, including those that it imports from this package under ``if TYPE_CHECKING``."""

    def __init__(self, function: Callable[..., Any] | type) -> None:
        # What is made in a document or a shell may name a module that was never imported.
        module = sys.modules.get(function.__module__, builtins)
        super().__init__(vars(builtins) | vars(module))
        self._module = module.__name__

    def __missing__(self, name: str) -> Any:
        module = _for_types_only(self._module).get(name)
        if module is None:
            raise NameError(name)
        return getattr(importlib.import_module(module), name)


@functools.cache
def _for_types_only(module: str) -> Mapping[str, str]:
    """Name -> module, of the imports of a module from this package under ``if TYPE_CHECKING``."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):  # it has no source
        return {}
    return {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("orgmodel.")
        for alias in node.names
    }


def _checks_of(function: Callable[..., Any]) -> dict[str, _Check]:
    """Parameter -> check, for the parameters whose annotation needs one."""
    known = _Names(function)
    result: dict[str, _Check] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        has_hint = parameter.annotation is not parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        check = _check_of_hint(parameter.annotation, known) if has_hint else None
        if check is not None:
            result[name] = check
    return result


def _check_of_hint(hint: Any, known: _Names) -> _Check | None:
    """The check for an annotation that may be a text; None for one with names that are only known to type checkers."""
    if isinstance(hint, str):
        try:
            hint = eval(hint, {}, known)  # the package's own annotations
        except (NameError, TypeError, AttributeError):
            return None
    return None if hint is None else _check_of(hint)


def strict(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its arguments converted and checked by their annotations.

    A unit counts as its id, a single text as a list of one, anything that names a day as a day. Other values are
    refused.

    >>> @strict
    ... def called(unit: str, depth: int = 1) -> str:
    ...     return unit * depth
    >>> called("a", 2)
    'aa'
    >>> called("a", "2")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: the argument depth of called(): 1 fault
      - it is a whole number, not the str '2' [type]
    """
    return _checked(function, function.__name__, lambda: _checks_of(function))


def _checked(function: Callable[P, R], name: str, find: Callable[[], Mapping[str, _Check]]) -> Callable[P, R]:
    """The function with checked arguments."""
    signature = inspect.signature(function)
    # At the first call, as annotations may name modules that are not imported yet.
    checks = functools.cache(lambda: _placed(signature, name, find()))

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        passed: list[Any] = list(args)
        named: dict[str, Any] = kwargs
        for place, several, key, default, check, noun in checks():
            if place < len(passed):
                if several:
                    passed[place:] = [check(item, noun) for item in passed[place:]]
                elif passed[place] is not default:
                    passed[place] = check(passed[place], noun)
            elif key in named and named[key] is not default:
                named[key] = check(named[key], noun)
        try:
            return function(*passed, **named)
        except TypeError:
            # Python binds the arguments anyway: binding them beforehand too takes as long as the checks.
            try:
                signature.bind(*args, **kwargs)
            except TypeError as misfit:
                raise Unsuited(f"{name}()", [Finding("arguments", _misfit(misfit, signature))]) from None
            raise

    return checked


_Placed = tuple[int, bool, str, object, _Check, str]
"""Place among the arguments, whether all from there on are meant (``*args``), name, default, check, and noun."""


def _misfit(error: TypeError, signature: inspect.Signature) -> str:
    """Why arguments do not fit a function, with the names that an unknown one may have been meant for."""
    unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    near = like(unknown[1], signature.parameters, 1) if unknown else []
    return f"{error}; did you mean {near[0]}=?" if near else str(error)


def _placed(signature: inspect.Signature, name: str, checks: Mapping[str, _Check]) -> list[_Placed]:
    """The checks with what says whether a call has their argument, and where."""
    placed: list[_Placed] = []
    for at, (key, parameter) in enumerate(signature.parameters.items()):
        if key in checks:
            place = sys.maxsize if parameter.kind is parameter.KEYWORD_ONLY else at
            several = parameter.kind is parameter.VAR_POSITIONAL
            placed.append((place, several, key, parameter.default, checks[key], f"the argument {key} of {name}()"))
    return placed


class Unsuited(Refused, TypeError):
    """Arguments that a function does not have, or that are missing."""


C = TypeVar("C", bound=type)


def strictly(*left_out: str) -> Callable[[C], C]:
    """A class decorator that makes all public methods :func:`strict`, but for properties and ``left_out``.

    Args:
        left_out: methods that check their arguments themselves because they are called too often to be wrapped.
    """

    def decorated(cls: C) -> C:
        for name, member in list(vars(cls).items()):
            if name.startswith("_") or name in left_out:
                continue
            if isinstance(member, (classmethod, staticmethod)):
                setattr(cls, name, type(member)(strict(member.__func__)))
            elif inspect.isfunction(member):
                setattr(cls, name, strict(member))
        return cls

    return decorated


def made_strictly(cls: C) -> C:
    """A class decorator for attrs classes: arguments are converted and checked by the types of their fields.

    >>> from attrs import frozen
    >>> @made_strictly
    ... @frozen
    ... class Level:
    ...     id: str
    >>> Level(3)
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: the argument id of Level(): 1 fault
      - it is a text, not the int 3; read codes as text, or 01 becomes 1 [type]
    """
    checked = _checked(vars(cls)["__init__"], cls.__name__, lambda: field_checks(cls))
    # By `type`, as a checker of types takes an assignment to `cls.__init__` for a mistake.
    type.__setattr__(cls, "__init__", checked)
    return cls


def field_checks(cls: type, *, stored: bool = False) -> dict[str, _Check]:
    """Argument -> check, for the fields of an attrs class.

    Args:
        cls: the class.
        stored: whether the checks are for stored values; else for arguments, where a converter may take more types.

    >>> from orgmodel.model.source import Source
    >>> field_checks(Source)["number"]("12/NQ", "a number")
    '12/NQ'
    """
    result: dict[str, _Check] = {}
    for attribute in attrs.fields(cls):
        hint, known = attribute.type, _Names(cls)
        if attribute.converter is not None and not stored:
            if not inspect.isfunction(attribute.converter):
                continue
            parameters = [*inspect.signature(attribute.converter).parameters.values()]
            hint, known = parameters[0].annotation, _Names(attribute.converter)
        check = _check_of_hint(hint, known)
        if check is not None:
            result[attribute.alias] = check
    return result
