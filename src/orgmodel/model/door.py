"""What comes in by an argument: converted where it is plain what is meant, else refused in our own words."""

from __future__ import annotations

import ast
import builtins
import datetime as dt
import difflib
import functools
import importlib
import inspect
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


def refuse(what: str, told: str, rule: str = "type") -> NoReturn:
    """Raise the refusal of an argument.

    Raises:
        Refused: always.
    """
    raise Refused(what, [Finding(rule, told)])


def kind_of(value: object) -> str:
    """What a value is, in words, for messages: its type, and what it says if that is short.

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


def a_text(value: Any, what: str) -> str:
    """A text, composed.

    Raises:
        Refused: it is none. A number may have been a code that lost its zeros.

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
    return refuse(what, f"it is a text, not {kind_of(value)}{zeros}")


def an_id(value: Any, what: str = "a unit") -> str:
    """The id of a unit or cluster, which may be given itself.

    Raises:
        Refused: it is neither a text nor a thing with an id.

    >>> from orgmodel.model.unit import Unit
    >>> an_id(Unit("24", name="Bắc Ninh")), an_id("24")
    ('24', '24')
    """
    if isinstance(value, str):
        return str(value)
    own = getattr(value, "id", None)
    return own if isinstance(own, str) and own and not isinstance(value, type) else a_text(value, what)


def items(values: Any, what: str) -> list[Any]:
    """The items of an iterable: a list, a Series, an array, an Arrow column.

    Raises:
        Refused: it is one thing, or a mapping.

    >>> items((1, 2), "figures")
    [1, 2]
    """
    if hasattr(values, "to_pylist"):
        return list(values.to_pylist())
    if hasattr(values, "tolist") and not isinstance(values, (str, bytes)):
        listed = values.tolist()
        return listed if isinstance(listed, list) else refuse(what, f"several are wanted, not {kind_of(values)}")
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        return refuse(what, f"several are wanted, in a list, not {kind_of(values)}")
    return list(values)


def texts(values: Any, what: str) -> tuple[str, ...]:
    """One text, or several, as several; units stand for their ids.

    Raises:
        Refused: they are no texts; the message names the first by its position, from 1.

    >>> texts("vn", "units"), texts(["a", "b"], "units")
    (('vn',), ('a', 'b'))
    """
    if isinstance(values, str) or isinstance(getattr(values, "id", None), str):
        return (a_text(an_id(values, what), what),)
    listed = items(values, what)
    for row, value in enumerate(listed, 1):
        if not isinstance(value, str) and not isinstance(getattr(value, "id", None), str):
            zeros = "; read codes as text, or 01 becomes 1" if isinstance(value, (int, float)) else ""
            raise Refused(what, [Finding("type", f"it is a text, not {kind_of(value)}{zeros}", row=row)])
    return tuple(a_text(an_id(value), what) for value in listed)


LIKE: Final = 0.75
"""From this similarity on a word is suggested."""


def like(text: str, choices: Iterable[str], most: int = 3, least: float = LIKE) -> list[str]:
    """The choices that look like a text, the most alike first: for telling, never for taking.

    rapidfuzz does it where it is installed, in a hundredth of the time of the standard library.

    >>> like("provnce", ["province", "commune"])
    ['province']
    """
    listed = list(choices)
    try:
        from rapidfuzz import fuzz, process
    except ModuleNotFoundError:
        return difflib.get_close_matches(text, listed, most, least)
    found = process.extract(text, listed, scorer=fuzz.ratio, limit=most, score_cutoff=100 * least)
    return [choice for choice, *_ in found]


def one_of(value: Any, choices: Iterable[str], what: str) -> str:
    """The word, which must be one of the allowed ones.

    Raises:
        Refused: it is not; the message suggests similar ones.

    >>> one_of("drop", ("refuse", "drop"), "unmapped=")
    'drop'
    """
    listed = list(choices)
    if isinstance(value, str) and value in listed:
        return value
    near = like(value.casefold(), listed, 1, 0.6) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]!r}?" if near else ""
    shown = repr(value) if isinstance(value, str) else kind_of(value)
    return refuse(what, f"{shown} is none of {', '.join(map(repr, listed))}{hint}", "choice")


# ---- by annotations

_Check = Callable[[Any, str], Any]
"""Gives the value as it is meant, or raises ``Refused``; the text says of what."""


def _day(value: Any, _what: str) -> Any:
    return as_day(value)


def a_flag(value: Any, what: str) -> bool:
    """True or False.

    Raises:
        Refused: it is neither.

    >>> a_flag(True, "direct=")
    True
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    return refuse(what, f"it is True or False, not {kind_of(value)}")


def _whole(value: Any, what: str) -> Any:
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return refuse(what, f"it is a whole number, not {kind_of(value)}")


def _number(value: Any, what: str) -> Any:
    if isinstance(value, Real | Decimal) and not isinstance(value, bool):
        return value
    return refuse(what, f"it is a number, not {kind_of(value)}")


def _mapping(value: Any, what: str) -> Any:
    return value if isinstance(value, Mapping) else refuse(what, f"it is a mapping, not {kind_of(value)}")


def _function(value: Any, what: str) -> Any:
    return value if callable(value) else refuse(what, f"it is a function, not {kind_of(value)}")


def _several(value: Any, what: str) -> Any:
    # What comes one by one may have no end, and is looked at by who takes it.
    return value if isinstance(value, Iterator) else items(value, what)


def _stream(value: Any, what: str) -> Any:
    if hasattr(value, "read") or hasattr(value, "write"):
        return value
    return refuse(what, f"it is a path or an open file, not {kind_of(value)}")


def _instance(wanted: type) -> _Check:
    def check(value: Any, what: str) -> Any:
        if isinstance(value, wanted):
            return value
        return refuse(what, f"it is a {wanted.__name__}, not {kind_of(value)}")

    return check


def _literal(choices: tuple[Any, ...]) -> _Check:
    def check(value: Any, what: str) -> Any:
        return one_of(value, choices, what)

    return check


def _each(of: _Check) -> _Check:
    def check(value: Any, what: str) -> Any:
        listed = [value] if isinstance(value, str) else items(value, what)
        return [of(item, f"{what}, {place}") for place, item in enumerate(listed, 1)]

    return check


def _tuple_of(of: _Check) -> _Check:
    each = _each(of)
    return lambda value, what: tuple(each(value, what))


def _container(several: _Check) -> _Check:
    """Whatever answers ``in`` and is no list, such as a calendar of holidays, is taken as it is."""

    def check(value: Any, what: str) -> Any:
        answers = isinstance(value, Container) and not isinstance(value, (str, bytes))
        return (
            value
            if answers and (isinstance(value, Mapping) or not isinstance(value, Iterable))
            else several(value, what)
        )

    return check


_PLAIN: Final[Mapping[Any, _Check]] = {str: an_id, bool: a_flag, int: _whole, float: _number}


def _check_of(hint: Any) -> _Check | None:
    """The check for an annotation; None if any value will do."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Annotated:
        return _check_of(arguments[0])
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, UnionType):
        return _either(arguments)
    if hint is dt.date:
        return _day
    if origin in (IO, TextIO, BinaryIO) or hint in (IO, TextIO, BinaryIO):
        return _stream
    named = origin or hint
    if not isinstance(named, type) or named in (object, Any):
        return None
    if getattr(named, "_is_protocol", False):
        return _function if "__call__" in vars(named) else None
    if issubclass(named, Mapping):
        return _mapping
    if named.__name__ == "Callable":
        return _function
    if named in (Iterable, Sequence, Collection, Set, tuple, list, frozenset, set, Container):
        if arguments == (str,):
            return texts
        alike = arguments and (named is not tuple or arguments[1:] == (Ellipsis,))
        of = _check_of(arguments[0]) if alike else None
        check = _several if of is None else _tuple_of(of) if named is tuple else _each(of)
        return _container(check) if named is Container else check
    return _instance(named)


def _either(hints: tuple[Any, ...]) -> _Check | None:
    others = [hint for hint in hints if hint is not type(None)]
    optional = len(others) < len(hints)
    if dt.date in others and str in others:
        # A day as users write it; a whole number beside it stands for itself.
        kept = tuple(hint for hint in others if hint not in (dt.date, str))
        checks: list[_Check | None] = [*map(_check_of, kept), _day]
    else:
        checks = [_check_of(hint) for hint in sorted(others, key=lambda hint: hint is str)]
    if any(check is None for check in checks):
        return None
    known = [check for check in checks if check is not None]
    is_text = str in others and dt.date not in others

    def check(value: Any, what: str) -> Any:
        if (value is None and optional) or (isinstance(value, str) and is_text):
            return value
        for attempt in known[:-1]:
            try:
                return attempt(value, what)
            except Refused:
                continue
        return known[-1](value, what)

    return check


class _Names(dict[str, Any]):
    """The names of a module, with those of the package that it imports for types only."""

    def __init__(self, function: Callable[..., Any] | type) -> None:
        super().__init__(vars(builtins) | vars(sys.modules[function.__module__]))
        self._module = function.__module__

    def __missing__(self, name: str) -> Any:
        module = _for_types_only(self._module).get(name)
        if module is None:
            raise NameError(name)
        return getattr(importlib.import_module(module), name)


@functools.cache
def _for_types_only(module: str) -> Mapping[str, str]:
    """Name -> module of what a module of the package imports from it under ``if TYPE_CHECKING``."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:
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
    """Parameter -> check, of those whose annotation asks for one."""
    known = _Names(function)
    result: dict[str, _Check] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        hint = parameter.annotation
        if isinstance(hint, str):
            try:
                hint = eval(hint, {}, known)  # the package's own annotations
            except (NameError, TypeError, AttributeError):
                continue  # A name that is imported for types only.
        check = None if hint is parameter.empty else _check_of(hint)
        if check is not None and parameter.kind is not parameter.VAR_KEYWORD:
            result[name] = check
    return result


def strict(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose arguments are converted where it is plain what is meant, and refused where they are no such.

    What is asked of an argument is what its annotation says. A unit stands for its id, a single text for a list of
    one, whatever is a day for a day.

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
    """A function whose arguments go through checks, which are found at the first call, when all modules are there."""
    signature = inspect.signature(function)
    checks: dict[str, _Check] = {}
    made: list[bool] = []

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not made:
            checks.update(find())
            made.append(True)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise Unsuited(f"{name}()", [Finding("arguments", str(error))]) from None
        for key, check in checks.items():
            if key in bound.arguments:
                what = f"the argument {key} of {name}()"
                given = bound.arguments[key]
                if signature.parameters[key].kind is inspect.Parameter.VAR_POSITIONAL:
                    bound.arguments[key] = tuple(check(item, what) for item in given)
                elif given is not signature.parameters[key].default:
                    bound.arguments[key] = check(given, what)
        return function(*bound.args, **bound.kwargs)

    return checked


class Unsuited(Refused, TypeError):
    """Arguments that a function does not have, or that it needs and were not given."""


C = TypeVar("C", bound=type)


def strictly(*left_out: str) -> Callable[[C], C]:
    """A class decorator that makes all public methods :func:`strict`, those left out and properties aside.

    Args:
        left_out: methods that look at their arguments themselves, as they are called too often to be wrapped.
    """

    def made(cls: C) -> C:
        for name, member in list(vars(cls).items()):
            if name.startswith("_") or name in left_out:
                continue
            if isinstance(member, (classmethod, staticmethod)):
                setattr(cls, name, type(member)(strict(member.__func__)))
            elif inspect.isfunction(member):
                setattr(cls, name, strict(member))
        return cls

    return made


def made_strictly(cls: C) -> C:
    """A class decorator for attrs classes: what is given for a field must be what the field is declared to be.

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
    cls.__init__ = _checked(cls.__init__, cls.__name__, lambda: field_checks(cls))  # type: ignore[misc]
    return cls


def field_checks(cls: type, *, kept: bool = False) -> dict[str, _Check]:
    """Argument -> check, of the fields of an attrs class.

    Args:
        cls: the class.
        kept: whether what is kept is looked at; else what is given, where a converter takes more than is kept.

    >>> from orgmodel.model.source import Source
    >>> field_checks(Source)["number"]("12/NQ", "a number")
    '12/NQ'
    """
    result: dict[str, _Check] = {}
    for attribute in attrs.fields(cls):
        hint, known = attribute.type, _Names(cls)
        if attribute.converter is not None and not kept:
            if not inspect.isfunction(attribute.converter):
                continue
            given = [*inspect.signature(attribute.converter).parameters.values()]
            hint, known = given[0].annotation, _Names(attribute.converter)
        if isinstance(hint, str):
            try:
                hint = eval(hint, {}, known)  # the package's own annotations
            except (NameError, TypeError, AttributeError):
                continue
        check = None if hint is None else _check_of(hint)
        if check is not None:
            result[attribute.alias] = check
    return result
