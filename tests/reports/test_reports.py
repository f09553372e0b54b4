"""Reports: one content, and each form says all of it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import times
from python_calamine import CalamineWorkbook

import orgmodel as om
from orgmodel.cli.app import run
from orgmodel.content.blocks import (
    Cell,
    Column,
    Content,
    Heading,
    Note,
    Picture,
    Table,
    Text,
    cell_text,
    value_text,
)
from orgmodel.content.html import fragment
from orgmodel.content.words import WORDS
from orgmodel.history.history import History
from orgmodel.reports.composed import reform_content
from orgmodel.reports.pictures import Became, became_svg
from orgmodel.reports.report import Report, report
from orgmodel.reports.writers.page import page
from orgmodel.reports.writers.word import document
from orgmodel.reports.writers.workbook import workbook

HOSTILE = "</td><script>alert(1)</script>"


values = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.text(alphabet="aáđ<&=+-@0 ", max_size=6),
    st.fractions(0, 1, max_denominator=9),
    st.dates(dt.date(1930, 1, 1), dt.date(2100, 1, 1)),
    st.decimals(-1000, 1000, places=2),
    st.booleans(),
    st.integers(0, 99).map(lambda number: om.Quantity(number, "about")),
)
cells = st.builds(
    Cell, values, st.lists(st.sampled_from(["12/NQ", "13/NQ", "<b>"]), max_size=2), st.sampled_from(["", "assumed"])
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    count = draw(st.integers(1, 3))
    columns = [
        Column(f"c{at}", draw(st.sampled_from(["text", "number", "code", "day", "share"]))) for at in range(count)
    ]
    rows = draw(st.lists(st.lists(cells, min_size=count, max_size=count), max_size=4))
    return Table(columns, rows, draw(st.sampled_from(["", "a table", "=1+1", "a:b/c"])), draw(st.integers(0, 2)))


contents = st.builds(
    Content,
    st.sampled_from(["A report", "<i>", "Báo cáo"]),
    st.lists(
        st.one_of(
            tables(),
            st.builds(Heading, st.sampled_from(["Part", "Phần"]), st.integers(1, 2)),
            st.builds(Text, st.sampled_from(["a < b", "text"])),
            st.builds(Note, st.just("unknown"), st.sampled_from(["error", "warning", "note"])),
            st.just(Picture(became_svg([Became(["a"], ["b"])]), "who became whom")),
        ),
        max_size=4,
    ),
    language=st.sampled_from(["en", "vi"]),
)


def said(content: Content) -> list[str]:
    """Every text that each form must show."""
    out = [content.title]
    for block in content.blocks:
        match block:
            case Heading() | Text() | Note():
                out.append(block.text)
            case Table():
                out += [column.head for column in block.columns]
                for at, row in enumerate(block.rows):
                    out += [cell_text(cell, content.language) for cell in row]
                    out += block.sources(at)
            case Picture():
                out.append(block.caption)
    return [" ".join(text.split()) for text in out if text.strip()]


def plain(html: str) -> str:
    import html as escapes

    return " ".join(escapes.unescape(re.sub(r"<[^>]*>", " ", html)).split())


@given(contents)
@times(0.5)
def test_each_form_says_all_of_the_content(content: Content) -> None:
    shown = plain(page(content))
    text = " ".join(content.text().split())
    word = docx.Document(io.BytesIO(document(content)))
    written = [paragraph.text for paragraph in word.paragraphs]
    written += [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    in_word = " ".join(" ".join(written).split())
    for each in said(content):
        # A note in brackets stands apart on a page.
        assert each.replace("(", "").replace(")", "") in shown.replace("( ", "(").replace("(", "").replace(")", "")
        assert each in text
        assert each in in_word
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(content)))
    assert len(book.sheet_names) == 1 + len(content.tables)
    for sheet, table in zip(book.sheet_names[1:], content.tables, strict=True):
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for row, cells in zip(rows[1:], table.rows, strict=False):
            for got, cell in zip(row, cells, strict=False):
                same_in_a_sheet(got, cell, content)


def same_in_a_sheet(got: Any, cell: Cell, content: Content) -> None:
    value = cell.value
    if cell.note or isinstance(value, (bool, str, om.Quantity)) or value is None:
        assert got == cell_text(cell, content.language)
    elif isinstance(value, dt.date):
        assert got in (value, dt.datetime(value.year, value.month, value.day))
    else:
        assert float(got) == pytest.approx(float(value))


@given(contents)
@times(0.25)
def test_the_same_content_gives_the_same_bytes(content: Content) -> None:
    assert page(content) == page(content)
    assert workbook(content) == workbook(content)


def test_texts_never_become_formulas_or_markup() -> None:
    content = Content(HOSTILE, [Table([HOSTILE], [[HOSTILE], ["=HYPERLINK(1)"]], HOSTILE), Note(HOSTILE)])
    assert "<script" not in page(content)
    book = zipfile.ZipFile(io.BytesIO(workbook(content)))
    sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert not any("<f>" in sheet for sheet in sheets)


def test_a_word_document_has_the_letter_and_margins_of_official_documents() -> None:
    content = Content("Báo cáo", [Table([Column("số", "number")], [[1], [2]], "t")], language="vi")
    word = docx.Document(io.BytesIO(document(content)))
    section = word.sections[0]
    assert [round(length.mm) for length in (section.page_width, section.page_height)] == [210, 297]
    margins = (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    assert [round(length.mm) for length in margins] == [30, 15, 20, 20]
    xml = word.element.xml
    assert xml.count("w:tblHeader") == 1
    assert xml.count("w:cantSplit") == 2
    assert 'w:jc w:val="right"' in xml
    styles = word.styles.element.xml
    assert 'w:val="vi-VN"' in styles
    normal = re.search(r'w:styleId="Normal".*?</w:style>', styles, flags=re.DOTALL)
    assert normal is not None
    assert "Theme" not in normal[0]
    assert all(f'w:{slot}="Times New Roman"' in normal[0] for slot in ("ascii", "hAnsi", "cs", "eastAsia"))


def test_the_reform(reform: History) -> None:
    content = reform_content(reform, "2025-06-30", "2025-07-01", language="vi")
    counts = {row["loại"]: (row["trước"], row["sau"]) for row in content.tables[0].records()}
    assert counts["tỉnh, thành phố trực thuộc trung ương"] == (63, 34)
    assert counts["xã, phường, thị trấn, đặc khu"] == (10_035, 3_321)
    provinces = next(table for table in content.tables if table.title.startswith("tỉnh, thành phố"))
    # 52 provinces took part in mergers; each row names its act.
    assert len(provinces.rows) == 52
    assert {provinces.sources(at) for at in range(52)} == {("202/2025/QH15",)}
    communes = next(table for table in content.tables if table.title.startswith("xã, phường"))
    rows = [row for row in reform.correspondence("2025-06-30", "2025-07-01", kind="commune") if row.links]
    assert len(communes.rows) == len(rows)
    text = content.text()
    assert "Cụm thi đua số 1: 14 → 9 thành viên" in text
    assert "một phần theo trí nhớ" in text
    assert "partly memory" not in text


def test_what_is_first_recorded_is_said(reform: History) -> None:
    notes = [
        block.text for block in reform_content(reform, "2025-01-01", "2025-06-30").blocks if isinstance(block, Note)
    ]
    assert any("commune: 10,035 first recorded on 2025-03-01" in note for note in notes)


def test_reports_of_a_unit_and_a_cluster(reform: History) -> None:
    made = report(reform, unit="vn-p-24-2025", on="2025-07-01")
    assert "Bắc Giang + Bắc Ninh → Bắc Ninh" in str(made)
    below = next(table for table in made.content.tables if table.title == "Units directly below")
    assert len(below.rows) == 100
    ended = report(reform, unit="vn-p-24")
    assert "It ended on 2025-07-01." in str(ended)
    assert "It is now: Bắc Ninh." in str(ended)
    cluster = report(reform, cluster="cluster-2", between=("2025-06-30", "2025-07-01"), language="vi")
    assert cluster.content.title == "Cụm thi đua số 2: 14 → 9 thành viên"
    assert str(cluster).count("hợp nhất trong cụm") == 4


def test_a_unit_is_reported_in_the_language_of_its_readers_and_each_figure_by_its_name() -> None:
    """A life in words and days of the language; of two figures it stands there which is which, and of what scope."""
    measures = [om.Measure("members", name_vi="đảng viên"), om.Measure("cells")]
    rows = [{"id": "vn"}, {"id": "a", "parent": "vn", "members": 3, "cells": 4}, {"id": "b", "parent": "vn"}]
    history = om.history_of(rows, day="2024-01-01", measures=measures)
    with history.draft("2025-01-01") as act:
        act.record("a", "members", 7, scope="subtree")
        act.close("b")
        act.create(om.Unit("z", parent="vn"))
        act.close("z")
    history = history.enact(act)
    assert re.search(
        "tồn tại +không trọn một ngày, trong ngày 01/01/2025", str(report(history, unit="z", language="vi"))
    )
    made, lived = str(report(history, unit="a", language="vi")), str(report(history, unit="b", language="vi"))
    assert re.search("tồn tại +từ 01/01/2024", made)
    assert re.search("tồn tại +từ 01/01/2024 đến 31/12/2024", lived)
    for line in ("đảng viên +3 +01/01/2024", "cells +4 +01/01/2024", r"đảng viên \(subtree\) +7 +01/01/2025"):
        assert re.search(line, made), line


def test_parts_are_dashed_in_pictures(reform: History) -> None:
    part = next(link for link in reform.lineage.links() if link.extent == "part")
    pictures = [block.svg for block in report(reform, unit=part.old).content.blocks if isinstance(block, Picture)]
    whole = report(reform, unit="vn-p-24").content.blocks
    assert any("stroke-dasharray" in svg for svg in pictures)
    assert not any("stroke-dasharray" in block.svg for block in whole if isinstance(block, Picture))


@pytest.mark.parametrize("asked", [{}, {"unit": "vn", "cluster": "cluster-1"}, {"cluster": "cluster-1"}])
def test_what_is_not_clear_is_refused(reform: History, asked: dict[str, Any]) -> None:
    with pytest.raises(om.Refused, match="say what of the history"):
        report(reform, **asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"between": ("2025-06-30", "2025-07-01"), "on": "2025-07-01"}, "on goes with unit"),
        ({"unit": "vn", "most": 3}, "most goes with a reform"),
        ({"between": ("2025-06-30", "2025-07-01"), "most": -1}, "most is -1"),
        ({"between": ("2025-06-30", "2025-07-01", "2026-01-01")}, "say what of the history"),
        ({"between": "2025-07-01"}, "several are wanted"),
        ({"unit": "vn", "language": "fr"}, "'fr' is none of 'en', 'vi'"),
        ({"unit": "vn-p-24-2025", "on": "2025-01-01"}, "starts on 2025-07-01"),
    ],
)
def test_nothing_is_left_out_in_silence(reform: History, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(om.OrgmodelError, match=told):
        report(reform, **asked)
    with pytest.raises(om.Refused, match="unit and on say nothing to a Structure"):
        report(reform.at("2025-07-01"), unit="vn", on="2025-07-01")
    assert report(reform.at("2025-07-01"), title="The country").content.title == "The country"


def test_other_subjects_are_refused() -> None:
    with pytest.raises(om.Refused, match="int has nothing to report"):
        report(3)
    with pytest.raises(om.Refused, match=r"use one of \.html, \.docx, \.xlsx, \.txt"):
        Report(Content("t", [])).write("t.pdf")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, asked in {
        "unit.html": ["--unit", "vn-p-24", "--lang", "vi"],
        "cluster.docx": ["--cluster", "cluster-1", "--after", "2025-07-01"],
        "reform.xlsx": ["--after", "2025-07-01", "--most", "20"],
    }.items():
        assert run(["report", str(tmp_path / name), *asked]) == 0
        assert (tmp_path / name).stat().st_size > 5_000
    capsys.readouterr()
    assert run(["report", str(tmp_path / "x.html")]) == 2
    assert "say what to report" in capsys.readouterr().err
    assert run(["report", str(tmp_path / "x.html"), "--unit", "vn", "--after", "2025-07-01"]) == 2
    assert run(["report", str(tmp_path / "x.html"), "--on", "2025-07-01"]) == 2
    assert not (tmp_path / "x.html").exists()


def test_words_are_there_in_both_languages() -> None:
    for english, vietnamese in WORDS.values():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", vietnamese))


@pytest.mark.parametrize(
    ("value", "english", "vietnamese"),
    [
        (1_234_567, "1,234,567", "1.234.567"),
        (Decimal("1234.5"), "1,234.5", "1.234,5"),
        (Fraction(1, 8), "12.5 %", "12,5 %"),
        (dt.date(2025, 7, 1), "2025-07-01", "01/07/2025"),
        (None, "–", "–"),
        (om.Quantity(5, "at least"), "at least 5", "ít nhất 5"),
        (om.Quantity.unknown(5, 45), "5–45", "5–45"),
        (om.UNKNOWN, "unknown", "chưa rõ"),
    ],
)
def test_values_as_people_write_them(value: Any, english: str, vietnamese: str) -> None:
    assert value_text(value) == english
    assert value_text(value, "vi") == vietnamese


def test_zero_unknown_and_not_applicable_look_different() -> None:
    assert len({value_text(value) for value in (0, None, om.UNKNOWN)}) == 3


def test_a_table_whose_rows_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0 of the table 't'"):
        Table(["a", "b"], [[1]], "t")


def test_a_notebook_shows_a_report() -> None:
    html = Report(Content("A report", [Text("hello")]))._repr_html_()
    assert html is not None
    assert "hello" in html
    assert "<style>" in html
    assert fragment(Content("t", [Heading("H", 2)])).strip() == "<h3>H</h3>"
