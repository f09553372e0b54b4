"""Tables of units as CSV: read with every fault told, and written so that they can be read back."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.io.tables import read_history_csv, read_units_csv, write_history_csv, write_units_csv
from orgmodel.model.measure import Measure, Quantity
from orgmodel.party import vietnam
from orgmodel.rules.invariants import check
from orgmodel.testing.strategies import structures

DAY = "2025-07-01"
MEMBERS = [Measure("members")]


def read(text: str, **options: Any) -> om.Structure:
    return read_units_csv(io.StringIO(text), **{"day": DAY, **options}).at(options.get("day", DAY))


def faults_of(text: str | bytes, **options: Any) -> list[tuple[int | None, str, str]]:
    """(row, rule, message) of everything that is wrong with a table."""
    file: Any = io.StringIO(text) if isinstance(text, str) else io.BytesIO(text)
    with pytest.raises(om.InvalidTable) as caught:
        read_units_csv(file, **{"day": DAY, **options})
    return [(fault.row, fault.rule, fault.message) for fault in caught.value.findings]


# ---- what is read


def test_rows_in_any_order() -> None:
    """Children may stand above their parents; empty cells say nothing."""
    structure = read("parent,id,name,kind\na,b,,xã\n,a,Tỉnh A,\n")
    assert structure.units() == (om.Unit("a", name="Tỉnh A"), om.Unit("b", kind="xã", parent="a"))
    assert check(structure) == ()


def test_figures() -> None:
    """Whole numbers, fractions, decimals, qualifiers, unknown and nothing are kept apart."""
    cells = ["12", "1/3", "0.5", "about 30", "more than 500", "at most 4", "unknown", '"unknown, 0 to 9"', ""]
    rows = "".join(f"u{place},{'' if place == 0 else 'u0'},{cell}\n" for place, cell in enumerate(cells))
    measures = [*MEMBERS, Measure("women", type="rate", weight="members")]
    structure = read(f"id,parent,women\n{rows}", measures=measures)
    assert [structure.measure(f"u{place}", "women") for place in range(len(cells))] == [
        Quantity(12),
        Quantity(Fraction(1, 3)),
        Quantity(0.5),
        Quantity(30, "about"),
        Quantity(500, "more than"),
        Quantity(4, "at most"),
        om.UNKNOWN,
        Quantity.unknown(0, 9),
        om.UNKNOWN,
    ]
    assert "u8" not in structure.stated("women")


def test_columns_can_be_renamed_or_left_out() -> None:
    """A register's own column names will do."""
    text = "mã;tên;cấp trên;ghi chú\n01;Hà Nội;;x\n02;Xã A;01;y\n"
    columns = {"mã": "id", "tên": "name", "cấp trên": "parent", "ghi chú": None}
    structure = read(text, columns=columns, delimiter=";")
    assert structure.unit("02") == om.Unit("02", name="Xã A", parent="01")


def test_windows_line_ends_mark_and_quotes() -> None:
    """A table as spreadsheets write it: byte-order mark, CRLF, quoted cells with line breaks, empty lines at the end."""
    text = '\ufeffid,parent,name\r\nvn,,"Việt\nNam, ""VN"""\r\na,vn,\r\n\r\n,,\r\n'
    structure = read_units_csv(io.BytesIO(text.encode()), day=DAY).at(DAY)
    assert structure.unit("vn").name == 'Việt\nNam, "VN"'
    assert structure.select() == ("vn", "a")


def test_last_is_the_last_day_and_end_the_first_day_after() -> None:
    """``last`` is included, ``end`` is not, and both say the same thing."""
    by_last = read_history_csv(io.StringIO("id,name,start,last\na,A,2024-01-01,2024-12-31\na,B,2025-01-01,\n"))
    by_end = read_history_csv(io.StringIO("id,name,start,end\na,A,2024-01-01,2025-01-01\na,B,2025-01-01,\n"))
    assert by_last == by_end
    assert [by_last.at(day).unit("a").name for day in ("2024-12-31", "2025-01-01")] == ["A", "B"]


def test_dated_table_on_a_day() -> None:
    """Of a dated table one day can be asked for."""
    text = "id,start,last\na,2024-01-01,\n"
    assert read(text).day.isoformat() == DAY
    assert len(read(text, day="2023-12-31")) == 0


def test_two_units_that_change_places() -> None:
    """A unit may come under its own child on one day, if that child comes out from under it."""
    text = (
        "id,parent,start,end\nr,,2024-01-01,\na,r,2024-01-01,2025-01-01\nb,a,2024-01-01,2025-01-01\n"
        "a,b,2025-01-01,\nb,r,2025-01-01,\n"
    )
    history = read_history_csv(io.StringIO(text))
    assert history.at("2024-06-01").path("b") == ("r", "a", "b")
    assert history.at("2025-01-01").path("a") == ("r", "b", "a")


# ---- round trips


@given(structures(measures=MEMBERS))
def test_units_come_back(structure: om.Structure) -> None:
    """What is written of a structure is read back equal, in the same bytes."""
    out = io.StringIO()
    write_units_csv(structure, out)
    again = read_units_csv(
        io.StringIO(out.getvalue()), day=structure.day, measures=MEMBERS, schema=structure.schema
    ).at(structure.day)
    assert again.units() == structure.units()
    assert again.stated("members") == structure.stated("members")
    second = io.StringIO()
    write_units_csv(again, second)
    assert second.getvalue() == out.getvalue()


def test_the_reform_as_a_table(tmp_path: Path) -> None:
    """The real reform, written as a table, gives the same units before and after."""
    history = vietnam.reform_2025()
    write_history_csv(history, tmp_path / "reform.csv")
    again = read_history_csv(tmp_path / "reform.csv", schema=history.schema)
    for day in ("2025-06-30", "2025-07-01"):
        assert set(again.at(day).units()) == set(history.at(day).units())


def test_figures_with_bounds_of_their_own_are_refused(tmp_path: Path) -> None:
    """A cell has no form for them, so nothing is written rather than something else."""
    rows = [{"id": "a", "members": Quantity(30, "about", 25, 35)}]
    target = tmp_path / "units.csv"
    with pytest.raises(om.Refused, match=r"'about 30' with bounds 25 to 35 has no form in a cell"):
        write_units_csv(om.structure_of(rows, day=DAY), target)
    assert not target.exists()


# ---- bad input


@pytest.mark.parametrize(
    ("text", "row", "rule", "message"),
    [
        ("", None, "columns", "the file is empty; its first row must name the columns"),
        ("parent\na\n", None, "columns", "the column 'id' is missing; the file has parent"),
        ("id,parnet\na,\n", None, "columns", "the column 'parnet' is not known; did you mean 'parent'?"),
        ("id,members\na,1\n", None, "columns", "the column 'members' is not known"),
        ("id,id\na,b\n", None, "columns", "two columns are 'id'"),
        ("id,code:gso,code:gso\na,1,2\n", None, "columns", "two columns are 'code:gso'"),
        ("id,start,end,last\na,2024-01-01,,\n", None, "columns", "'end' and 'last' say the same in two ways"),
        ("id,end\na,\n", None, "columns", "the column 'start' is missing"),
        ("id,parent\na\n", 1, "cells", "1 cells, and the header has 2"),
        ('id,parent\n"a,\n', 1, "csv", "is not CSV"),
        ("id,parent\n,\nb,\n,b\n", 3, "id", "the unit has no id"),
        ("id,parent\na,\na,\n", 2, "id-once", "the id is that of row 1 as well"),
        ("id,parent\na,/\n", 1, "id", "'/' names no unit; leave the parent of the root empty"),
        ("id,parent\na,\nb,A\n", 2, "live", "no unit 'A' has begun by 2025-07-01"),
        ("id,parent\nvn-01,\nb,vn-10\n", 2, "live", "did you mean 'vn-01'?"),
        ("id,parent\na,\nb,b\n", 2, "no-cycle", "unit 'b' would stand above itself"),
        ("id,parent\na,\nb,d\nc,b\nd,c\n", 2, "no-cycle", "b under d under c under b"),
        ("id,parent\na,\nb,\n", 2, "one-root", "'parent' would have 2 roots: 'a', 'b'"),
        ("id,parent,code\na,,1\nb,a,1\n", 2, "unique-code", "the code '1' of kind None is borne by 'a', 'b'"),
        ("id,parent,name\na,,Hue\u0302\u0301\n", 1, "composed-unicode", "is in decomposed Unicode; read it with compose"),
        ("id,parent,name\na,, A\n", 1, "space", "the name ' A' begins or ends with space"),
        ("id,start\na,2025-02-30\n", 1, "day", "start: '2025-02-30' is not a day (day is out of range for month)"),
        ("id,start\na,\n", 1, "start", "the row has no start"),
        ("id,start,last\na,2025-02-02,2025-02-01\n", 1, "period", "its last day 2025-02-01 is before its start 2025-02-02"),
        (
            "id,start,last\na,2024-01-01,2024-06-30\na,2024-06-30,\n",
            2,
            "overlap",
            "from 2024-06-30 on it overlaps row 1 (2024-01-01 to 2024-06-30)",
        ),
        ("id,start,last\na,2024-01-01,2024-06-30\na,2024-08-01,\n", 2, "gap", "begins again on 2024-08-01"),
        (
            "id,parent,start,last\na,,2024-01-01,\nb,a,2024-01-01,2024-06-30\nc,b,2024-01-01,\n",
            3,
            "live-parent",
            "unit 'b' would end with live children: 'c'; say where they go (it lives from 2024-01-01 to 2024-06-30)",
        ),
    ],
)  # fmt: skip
def test_bad_tables(text: str, row: int | None, rule: str, message: str) -> None:
    """Each fault is told with its row and its rule."""
    found = faults_of(text)
    assert any(r == row and u == rule and message in said for r, u, said in found), found


@pytest.mark.parametrize("cell", ["12 members", "1,200", "nan", "1/0", "about", "inf", "1e999", "١٢"])
def test_bad_figures(cell: str) -> None:
    """What is no number is told, with what would be one."""
    found = faults_of(f'id,members\na,"{cell}"\n', measures=MEMBERS)
    assert [(row, rule) for row, rule, _ in found] == [(1, "number")]
    assert repr(cell) in found[0][2]


@pytest.mark.parametrize("cell", ["1.000", "12.345.678", "about 2.000", "1.200 or more"])
@pytest.mark.parametrize("mark", [".", ","])
def test_a_count_with_marks_of_thousands_is_refused(cell: str, mark: str) -> None:
    """1.000 is a thousand to half of the world, and 1 to the other: neither is guessed."""
    written = cell.replace(".", mark)
    found = faults_of(f'id,members\na,"{written}"\n', measures=MEMBERS, decimal=mark)
    assert found == [
        (1, "number", f"members {written!r} may be in thousands; write {cell.replace('.', '')}, without any mark")
    ]


def test_a_count_written_otherwise_is_a_whole_number() -> None:
    """1e3 and 12.0 are whole numbers, and kept as such; so are parts of a thousand of a rate."""
    measures = [*MEMBERS, om.Measure("share", "rate", weight="members")]
    structure = read("id,parent,members,share\na,,1e3,0.125\nb,a,12.0,1.125\nc,a,at least 3,\n", measures=measures)
    assert [repr(structure.measure(unit, "members")) for unit in "abc"] == [
        "Quantity(1000)", "Quantity(12)", "Quantity(3 or more)",
    ]  # fmt: skip
    assert structure.measure("b", "share") == 1.125


def test_not_utf8_is_told_with_row_and_byte() -> None:
    """A table in a code page of Windows is told as such, with all its other faults."""
    text = "id,parent,name\na,,Huế\nb,x,Xa\nc,a,Café\n".encode()
    text = text.replace("Café".encode(), "Café".encode("cp1252"))
    found = faults_of(text)
    assert [(row, rule) for row, rule, _ in found] == [(2, "live"), (3, "utf-8")]
    assert "byte 8 of line 4 (0xe9) is not UTF-8, after 'c,a,Caf'" in found[1][2]


def test_decomposed_names_can_be_composed() -> None:
    """With ``compose=True`` a name is composed and then found."""
    structure = read("id,name\na,Hue\u0302\u0301\n", compose=True)
    assert structure.one("Huế").id == "a"


def test_codes_may_pass_on_but_not_be_shared() -> None:
    """A code is free again on the day after its bearer's last; before that it is not."""
    table = "id,parent,code,start,last\nr,,,2024-01-01,\na,r,24,2024-01-01,2025-06-30\nb,r,24,{},\n"
    assert read_history_csv(io.StringIO(table.format("2025-07-01"))).at("2025-07-01").unit("b").code == "24"
    with pytest.raises(om.InvalidTable, match="the code '24' of kind None is borne by 'a', 'b'"):
        read_history_csv(io.StringIO(table.format("2025-06-30")))
    assert read_history_csv(io.StringIO(table.format("2025-06-30")), schema=om.Schema(unique_codes=False))


def test_what_the_schema_forbids_is_told_with_its_row() -> None:
    """Kinds that the schema does not know or place are told with their rows."""
    schema = om.Schema.levels("province", "commune")
    found = faults_of("id,parent,kind\na,,province\nb,a,village\nc,a,province\n", schema=schema)
    assert [row for row, _, _ in found] == [2, 3]


def test_all_faults_are_told_together() -> None:
    """Faults of form, of single rows and between rows come in one error, by row."""
    text = (
        "id,parent,name,start,last\n"
        "r,,,2024-01-01,\n"
        "a,r,,2025-02-30,\n"
        "b,a,,2024-01-01,\n"  # its parent is there, though its row is faulty: not told as well
        "c,zz,,2024-01-01,\n"
        "d,e,,2024-01-01,\n"
        "e,d,,2024-01-01,\n"
        "f,r,Hue\u0302\u0301,2024-01-01,\n"
        "g,r,,2024-01-01,2024-03-31\n"
        "g,r,,2024-03-01,\n"
    )
    found = faults_of(text)
    assert [(row, rule) for row, rule, _ in found] == [
        (2, "day"),
        (4, "live"),
        (5, "no-cycle"),
        (6, "no-cycle"),
        (7, "composed-unicode"),
        (9, "overlap"),
    ]


@given(st.data())
def test_a_damaged_table_is_refused_or_read(data: st.DataObject) -> None:
    """Whatever is done to the bytes of a table, it is read as a history or refused with reasons."""
    table = "id,parent,code,members,start,last\nr,,,,2024-01-01,\na,r,24,7,2024-01-01,2025-06-30\nb,r,24,,2025-07-01,\n"
    text = bytearray(table.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(at, min(at + 12, len(text))))
        pieces = st.sampled_from([b"a", b"b", b"r", b",", b"\n", b'"', b"\r\n", b"2024-01-01", b"\xff", b"\0"])
        text[at:end] = data.draw(pieces | st.binary(max_size=4))
    findings: tuple[om.Finding, ...] | None = None
    try:
        history = read_history_csv(io.BytesIO(bytes(text)), measures=MEMBERS)
    except om.InvalidTable as error:
        findings = error.findings
    if findings is not None:
        assert findings
    else:
        assert all(check(history.at(day)) == () for day in history.days())


def test_grades_are_written_as_they_are_and_read_again() -> None:
    """A measure may be a category: no number, and no reason to refuse the table."""
    measures = [om.Measure("members"), om.Measure("rating", type="category")]
    rows = [
        {"id": "a", "members": 3, "rating": "A"},
        {"id": "b", "parent": "a", "rating": "C"},
        {"id": "c", "parent": "a"},
    ]
    out = io.StringIO()
    write_units_csv(om.structure_of(rows, day=DAY, measures=measures), out)
    assert out.getvalue().splitlines()[1:] == ["a,,,,,,3,A", "b,a,,,,,,C", "c,a,,,,,,"]
    again = read_units_csv(io.StringIO(out.getvalue()), day=DAY, measures=measures).at(DAY)
    assert again.slots("b", "measure:rating") == {"own": "C"}
