"""The page of the explorer as one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from orgmodel.content.html import template
from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.reports.explorer.data import page_data
from orgmodel.reports.explorer.words import WORDS
from orgmodel.structure.structure import Structure
from orgmodel.writing import write_file

__all__ = [
    "explorer_page",
    "write_explorer",
]

_SCRIPTS: Final = ("lit.js", "names.js", "model.js", "page.js")


@strict
def explorer_page(
    history: History,
    *,
    title: str | None = None,
    figure: str | None = None,
    language: Literal["en", "vi"] = "en",
) -> str:
    """A page (HTML) that shows a history on every day: search, tree, biographies, who became whom, clusters, acts.

    It is one file without links to others, and works without a network and, as a plain tree of the last day, without
    scripts. All it says was answered by the library when the page was made.

    Args:
        history: the history.
        title: the heading; a general one if none is given.
        figure: a measure whose totals are shown beside the units, as numbers and colour.
        language: in which language the page opens; it can be changed on the page.

    Raises:
        Refused: the history has no act, or no such measure.
        ModuleNotFoundError: jinja2 is not installed.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "name": "Việt Nam"}, {"id": "24", "name": "Bắc Giang", "parent": "vn"}]
    >>> page = explorer_page(history_of(rows, day="2024-01-01"), title="Two units")
    >>> "<title>Two units</title>" in page, "src=" in page.partition("<script>")[0]
    (True, False)
    """
    data = page_data(history, figure)
    vi = language == "vi"
    data |= {
        "title": title,
        "lang": language,
        "ui": {key: list(pair) for key, pair in WORDS.items()},
    }
    scripts = [_asset(name).replace("</script", "<\\/script") for name in _SCRIPTS]
    structure = history.at(history.last_day)
    return str(
        template("assets/page.html", "orgmodel.reports.explorer").render(
            lang=language,
            title=title or WORDS["heading"][vi],
            css=_asset("page.css"),
            data=_json(data),
            scripts=[{"text": text, "hash": f"'sha256-{_hash(text)}'"} for text in scripts],
            plain_head=f"{structure.day:%d/%m/%Y}" if vi else str(structure.day),
            plain_tree=_plain_tree(structure),
        )
    )


@strict
def write_explorer(
    history: History,
    path: str | Path,
    *,
    title: str | None = None,
    figure: str | None = None,
    language: Literal["en", "vi"] = "en",
) -> Path:
    """Writes :func:`explorer_page` to a file, and returns its path.

    Raises:
        Refused: the history has no act, or no such measure.
        ModuleNotFoundError: jinja2 is not installed.
        OSError: the file cannot be written.

    >>> import tempfile
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a", "name": "Alpha"}], day="2025-01-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_explorer(history, Path(folder, "explorer.html"))
    ...     "Alpha" in path.read_text(encoding="utf-8")
    True
    """
    page = explorer_page(history, title=title, figure=figure, language=language)
    path = Path(path)
    write_file(path, page)
    return path


def _asset(name: str) -> str:
    return (files("orgmodel.reports.explorer") / "assets" / name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """JSON that can stand inside a page: no text in it ends the element or begins a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.translate({ord("<"): "\\u003c", 0x2028: "\\u2028", 0x2029: "\\u2029"})


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _plain_tree(structure: Structure) -> str:
    """The units of a day as nested lists, for readers without scripts."""
    out: list[str] = []
    levels: list[int] = []
    # Units come in preorder, those of other hierarchies last: they are not in this tree.
    for unit, depth in zip(structure, structure.depths(), strict=False):
        while levels and levels[-1] > depth:
            out.append("</ul>")
            levels.pop()
        if not levels or levels[-1] < depth:
            levels.append(depth)
            out.append("<ul>")
        out.append(f"<li>{html.escape(structure.called(unit))}")
    out.extend("</ul>" for _ in levels)
    return "".join(out)
