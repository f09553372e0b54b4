"""What comes in by an argument: converted where it is plain what is meant, else refused in our own words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from orgmodel.errors import Finding, Refused


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
    """The items of something that can be gone through: a list, a Series, an array, an Arrow column.

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
        Refused: they are no texts; the place of the first that is none is told, from 1.

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
