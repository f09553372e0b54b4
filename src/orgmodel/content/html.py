"""Content as HTML: the part of a page, with one set of styles, light and dark. Every text is escaped."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, runtime_checkable

from orgmodel.content.blocks import WORDS, Content, value_text
from orgmodel.model.extras import extra
from orgmodel.model.words import Language, word

__all__ = [
    "HasContent",
    "Shown",
    "fragment",
    "style",
    "template",
]


def fragment(content: Content) -> str:
    """The blocks of a content as HTML, without its title.

    Raises:
        ModuleNotFoundError: jinja2 is not installed.

    >>> from orgmodel.content.blocks import Text
    >>> fragment(Content("t", [Text("a < b")])).strip()
    '<p>a &lt; b</p>'
    """
    vi = content.language == "vi"
    return str(
        template("fragment.html").render(
            content=content,
            words={key: pair[vi] for key, pair in WORDS.items()},
            shown=lambda value: value_text(value, content.language),
            severity=lambda value: word("severity", value, content.language),
        )
    )


def style() -> str:
    """The style sheet of every HTML page and part."""
    return (files("orgmodel.content") / "style.css").read_text(encoding="utf-8")


@cache
def template(name: str, package: str = "orgmodel.content") -> Any:
    """A template of a package; it escapes every value that it is given.

    Raises:
        ModuleNotFoundError: jinja2 is not installed; the message says how to get it.
    """
    with extra():
        jinja2 = importlib.import_module("jinja2")
    text = (files(package) / name).read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(text)


@runtime_checkable
class HasContent(Protocol):
    """Anything that can be shown: it says what to show, and others make a page, a report or text of it."""

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        """The content to show: tables of at most ``most`` rows (0: all), texts in a language."""
        ...


class Shown:
    """A class that shows itself in a notebook: it defines ``_content``, and this makes HTML of it."""

    __slots__ = ()

    def _repr_html_(self: HasContent) -> str | None:
        """HTML for notebooks; None without jinja2, and the notebook falls back to the ``repr``."""
        content = self._content()
        try:
            body = fragment(content)
        except ModuleNotFoundError:
            return None
        return str(template("notebook.html").render(content=content, body=body, style=style()))
