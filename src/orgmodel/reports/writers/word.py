"""Content as a Word document: A4 with the margins and the letter of Vietnamese official documents.

Margins, letter and size follow Decree 30/2020/NĐ-CP, annex I: A4, top and bottom 20 to 25 mm, left 30 to 35 mm, right 15 to
20 mm, Times New Roman 13 to 14.
"""

from __future__ import annotations

import importlib
import io
import re
from copy import deepcopy
from typing import Any, Final

from orgmodel.content.blocks import WORDS, Content, Heading, Note, Picture, Table, Text, cell_text, number_text
from orgmodel.model.extras import extra
from orgmodel.model.words import Language, word

__all__ = [
    "LETTER",
    "SLOTS",
    "document",
]

LETTER: Final = "Times New Roman"
SLOTS: Final = ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia")
"""Word picks a letter by the sort of character; Vietnamese needs the same in every slot."""


def document(content: Content) -> bytes:
    """A Word document (.docx).

    Pictures are left out with a line that says so: the page has them.

    Raises:
        ModuleNotFoundError: python-docx is not installed.

    >>> from orgmodel.content.blocks import Text
    >>> document(Content("A report", [Text("a text")]))[:2]
    b'PK'
    """
    with extra():
        docx = importlib.import_module("docx")
    out = io.BytesIO()
    _Writer(docx, content.language).write(content).save(out)
    return out.getvalue()


class _Writer:
    def __init__(self, docx: Any, language: Language) -> None:
        self._docx = docx
        self._qn = importlib.import_module("docx.oxml.ns").qn
        self._element = importlib.import_module("docx.oxml").OxmlElement
        self._shared = importlib.import_module("docx.shared")
        self._cell = importlib.import_module("docx.table")._Cell
        self._align = importlib.import_module("docx.enum.text").WD_ALIGN_PARAGRAPH
        self._language: Language = language

    def write(self, content: Content) -> Any:
        self._document = self._docx.Document()
        self._set_page()
        for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
            self._set_letter(self._document.styles[name])
        self._document.core_properties.title = content.title
        self._document.core_properties.author = ""
        self._document.add_heading(content.title, 0)
        if content.subtitle:
            self._document.add_paragraph(content.subtitle)
        for block in content.blocks:
            match block:
                case Heading():
                    self._document.add_heading(block.text, min(block.level, 2))
                case Text():
                    self._document.add_paragraph(block.text)
                case Note():
                    paragraph = self._document.add_paragraph()
                    paragraph.add_run(f"{word('severity', block.sort, self._language)}: ").bold = True
                    paragraph.add_run(block.text)
                case Table():
                    self._table(block)
                case Picture():
                    self._document.add_paragraph(f"[{block.caption}]")
        return self._document

    def _set_page(self) -> None:
        section = self._document.sections[0]
        mm = self._shared.Mm
        section.page_width, section.page_height = mm(210), mm(297)
        section.left_margin, section.right_margin = mm(30), mm(15)
        section.top_margin = section.bottom_margin = mm(20)

    def _set_letter(self, style: Any) -> None:
        style.font.name = LETTER
        style.font.color.rgb = self._shared.RGBColor(0, 0, 0)
        if style.name == "Normal":
            style.font.size = self._shared.Pt(13)
        properties = style.element.get_or_add_rPr()
        fonts = properties.find(self._qn("w:rFonts"))
        # A font of the theme would override the named one.
        for name in [name for name in fonts.attrib if "Theme" in name]:
            del fonts.attrib[name]
        for slot in SLOTS:
            fonts.set(self._qn(slot), LETTER)
        language = self._element("w:lang")
        language.set(self._qn("w:val"), "vi-VN" if self._language == "vi" else "en-GB")
        properties.append(language)

    def _table(self, block: Table) -> None:
        if block.title:
            caption = self._document.add_paragraph(block.title, style="Caption")
            caption.paragraph_format.keep_with_next = True
        heads = [column.head for column in block.columns]
        if block.has_sources:
            heads.append(WORDS["sources"][self._language == "vi"])
        table = self._document.add_table(rows=2 if block.rows else 1, cols=len(heads), style="Table Grid")
        right = [column.sort in ("number", "share") for column in block.columns]
        self._fill(table, table.rows[0], heads, right, bold=True)
        self._mark(table.rows[0], "w:tblHeader")
        if block.rows:
            self._mark(table.rows[1], "w:cantSplit")
            self._fill(table, table.rows[1], [" "] * len(heads), right)
            self._copies(table, block)
        if block.left_out:
            count = number_text(block.left_out, self._language)
            self._document.add_paragraph(WORDS["more"][self._language == "vi"].format(count=count))
        self._document.add_paragraph()

    def _fill(self, table: Any, row: Any, texts: list[str], right: list[bool], *, bold: bool = False) -> None:
        for place, (element, text) in enumerate(zip(row._tr.tc_lst, texts, strict=True)):
            paragraph = self._cell(element, table).paragraphs[0]
            run = paragraph.add_run(text)
            run.bold = bold
            run.font.size = self._shared.Pt(11)
            if place < len(right) and right[place]:
                paragraph.alignment = self._align.RIGHT

    def _copies(self, table: Any, block: Table) -> None:
        """One row is made in full and the others are copies of it: python-docx takes 10 ms to make one."""
        first = table.rows[1]._tr
        first.getparent().remove(first)
        for at, row in enumerate(block.rows):
            texts = [cell_text(cell, self._language) for cell in row]
            if block.has_sources:
                texts.append("; ".join(block.sources(at)))
            copies = deepcopy(first)
            for element, text in zip(copies.iter(self._qn("w:t")), texts, strict=True):
                element.text = _legal(text)
            table._tbl.append(copies)

    def _mark(self, row: Any, tag: str) -> None:
        """Tells Word to repeat a row on each page, or not to break it."""
        row._tr.get_or_add_trPr().append(self._element(tag))


def _legal(text: str) -> str:
    """The text without the control characters that no XML can hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
