"""Content as one HTML page that needs no network and prints on A4."""

from __future__ import annotations

from orgmodel.content.blocks import Content
from orgmodel.content.html import fragment, style, template

__all__ = [
    "page",
]


def page(content: Content) -> str:
    """A whole page: styles within, no script, no link to another file.

    Raises:
        ModuleNotFoundError: jinja2 is not installed.

    >>> from orgmodel.content.blocks import Text
    >>> "<h1>A &amp; B</h1>" in page(Content("A & B", [Text("a text")]))
    True
    """
    parts = template("page.html", "orgmodel.reports.writers")
    return str(parts.render(content=content, body=fragment(content), style=style()))
