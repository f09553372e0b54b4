"""What the commands print, in English and Vietnamese.

A command says its texts in English through :func:`say`; the Vietnamese ones stand in ``vietnamese.toml`` under the
English. The language is that of ``--lang``, which every command has. Names, ids and texts of sources are never translated; the words for values, such as
the type of an event, stand in :mod:`orgmodel.model.words`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from orgmodel.content.blocks import value_text
from orgmodel.model.words import Language

__all__ = [
    "LANGUAGE_VARIABLE",
    "language",
    "say",
    "speaking",
    "vietnamese",
]

LANGUAGE_VARIABLE: Final = "ORGMODEL_LANG"
"""A variable of the environment: the language where ``--lang`` is not given."""

_LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """The language in which the command prints."""
    return _LANGUAGE.get()


@contextmanager
def speaking(lang: Language) -> Iterator[None]:
    """Inside of the block, commands print in a language.

    >>> with speaking("vi"):
    ...     print(say("{count} units on {day}", count=10035, day="1/7/2025"))
    10.035 đơn vị vào ngày 1/7/2025
    """
    before = _LANGUAGE.set(lang)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


@cache
def vietnamese() -> Mapping[str, str]:
    """English text of a command -> the Vietnamese one.

    >>> vietnamese()["Checks"]
    'Kiểm tra'
    """
    text = (files("orgmodel.cli") / "vietnamese.toml").read_text(encoding="utf-8")
    return cast("dict[str, str]", tomllib.loads(text))


def say(text: str, /, **values: Any) -> str:
    """A text in the language of the command, with values put in as people of that language write them.

    Args:
        text: the English text, as it stands in ``vietnamese.toml``.
        values: what stands in its braces; numbers are grouped, days written out.

    >>> say("{count} units on {day}", count=10035, day="2025-07-01")
    '10,035 units on 2025-07-01'
    """
    chosen = language()
    template = text if chosen == "en" else vietnamese().get(text, text)
    return template.format(**{name: value_text(value, chosen) for name, value in values.items()})
