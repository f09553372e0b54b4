"""Content as a workbook: one sheet for the texts, one for each table."""

from __future__ import annotations

import datetime as dt
import importlib
import io
import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.content.blocks import WORDS, Cell, Content, Heading, Note, Picture, Table, Text, cell_text, number_text
from orgmodel.model.extras import extra
from orgmodel.model.measure import Quantity
from orgmodel.model.words import Language, word

__all__ = [
    "WIDEST",
    "workbook",
]

WIDEST: Final = 60
"""Of a column, in characters: longer texts are wrapped."""
_SHEET: Final = 31
"""The longest name of a sheet."""


def workbook(content: Content) -> bytes:
    """A workbook (.xlsx). Numbers are numbers, codes are texts; no text is ever taken for a formula.

    Raises:
        ModuleNotFoundError: xlsxwriter is not installed.

    >>> workbook(Content("A report", [Table(["a"], [["=1+1"]], "t")]))[:2]
    b'PK'
    """
    with extra():
        xlsxwriter = importlib.import_module("xlsxwriter")
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        # The same content gives the same bytes, whenever it is written.
        book.set_properties({"title": content.title, "created": dt.datetime(2000, 1, 1)})
        _Writer(book, content.language).write(content)
    return out.getvalue()


class _Writer:
    def __init__(self, book: Any, language: Language) -> None:
        self._book = book
        self._language: Language = language
        vi = language == "vi"
        wrapped = {"text_wrap": True, "valign": "top"}
        self._formats = {
            "head": book.add_format({"bold": True, "bottom": 1, **wrapped}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "heading": book.add_format({"bold": True, "font_size": 12}),
            "text": book.add_format(wrapped),
            "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
            "decimal": book.add_format({"num_format": "#,##0.##", "valign": "top"}),
            "share": book.add_format({"num_format": "0.0%", "valign": "top"}),
            "day": book.add_format({"num_format": "dd/mm/yyyy" if vi else "yyyy-mm-dd", "valign": "top"}),
        }
        self._names: set[str] = set()

    def write(self, content: Content) -> None:
        first = self._book.add_worksheet(self._name(("Report", "Báo cáo")[self._language == "vi"]))
        first.set_column(0, 0, 100)
        self._print(first)
        lines: list[tuple[str, str]] = [
            (content.title, "title"),
            *([(content.subtitle, "text")] if content.subtitle else []),
        ]
        for block in content.blocks:
            match block:
                case Heading():
                    lines += [("", "text"), (block.text, "heading")]
                case Text():
                    lines.append((block.text, "text"))
                case Note():
                    lines.append((f"{word('severity', block.sort, self._language)}: {block.text}", "text"))
                case Picture():
                    lines.append((f"[{block.caption}]", "text"))
                case Table():
                    lines.append((f"→ {self._table(block)}", "text"))
        for at, (text, style) in enumerate(lines):
            first.write_string(at, 0, text, self._formats[style])

    def _name(self, wanted: str) -> str:
        """A name that a sheet may bear and none bears yet."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", wanted).strip()[:_SHEET] or "table"
        name, number = plain, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{plain[: _SHEET - len(str(number)) - 1]} {number}"
        self._names.add(name.casefold())
        return name

    def _print(self, sheet: Any) -> None:
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=1.18, right=0.6, top=0.8, bottom=0.8)
        sheet.set_footer("&C&P / &N")

    def _table(self, block: Table) -> str:
        name = self._name(block.title or ("table", "bảng")[self._language == "vi"])
        sheet = self._book.add_worksheet(name)
        self._print(sheet)
        heads = [column.head for column in block.columns]
        if block.has_sources:
            heads.append(WORDS["sources"][self._language == "vi"])
        for at, head in enumerate(heads):
            sheet.write_string(0, at, head, self._formats["head"])
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(block.rows), len(heads) - 1)
        widths = [len(head) + 2 for head in heads]
        for number in range(len(block.rows)):
            texts = self._row(sheet, block, number)
            widths = [min(WIDEST, max(width, len(text) + 2)) for width, text in zip(widths, texts, strict=True)]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        if block.left_out:
            count = number_text(block.left_out, self._language)
            sheet.write_string(len(block.rows) + 1, 0, WORDS["more"][self._language == "vi"].format(count=count))
        return name

    def _row(self, sheet: Any, block: Table, number: int) -> list[str]:
        """Write a row below the heads; returns its texts."""
        cells = list(block.rows[number])
        texts = [cell_text(cell, self._language) for cell in cells]
        # Wrapped rows: not every program that reads the file sets heights by itself.
        lines = max((math.ceil(len(text) / WIDEST) for text in texts), default=1)
        if lines > 1:
            sheet.set_row(number + 1, 15 * lines)
        if block.has_sources:
            texts.append("; ".join(block.sources(number)))
            cells.append(Cell(texts[-1]))
        for at, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            self._put(sheet, number + 1, at, cell, text)
        return texts

    def _put(self, sheet: Any, row: int, at: int, cell: Cell, text: str) -> None:
        """A value as what it is; what is less than exact is a text that says so."""
        value = cell.value.value if isinstance(cell.value, Quantity) and cell.value.is_exact else cell.value
        if cell.note or isinstance(value, bool):
            sheet.write_string(row, at, text, self._formats["text"])
        elif isinstance(value, int) and abs(value) < 2**53:
            sheet.write_number(row, at, value, self._formats["number"])
        elif isinstance(value, (float, Decimal)) and math.isfinite(value):
            sheet.write_number(row, at, float(value), self._formats["decimal"])
        elif isinstance(value, Fraction):
            sheet.write_number(row, at, float(value), self._formats["share"])
        elif isinstance(value, dt.date) and value.year >= 1900:
            sheet.write_datetime(row, at, dt.datetime(value.year, value.month, value.day), self._formats["day"])
        else:
            sheet.write_string(row, at, text, self._formats["text"])
