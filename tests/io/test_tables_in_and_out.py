"""Tables in and out: one table in every form is one history, and every result goes out as a table."""

from __future__ import annotations

import datetime as dt
import io
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.cli.app import run
from orgmodel.io import dynamic_graphs
from orgmodel.io.frames import write_parquet
from orgmodel.io.sheets import read_sheet, write_sheet
from orgmodel.io.tables import read_history_csv, read_units_csv, write_history_csv, write_units_csv
from orgmodel.model.frames import Tabular
from orgmodel.party import kinds, law, vietnam
from orgmodel.testing.strategies import histories

DAY = "2025-07-01"
MEASURES = [om.Measure("members"), om.Measure("area", "rate", "members")]
HEADER = ["id", "parent", "name", "code", "kind", "members", "area"]
ROWS: list[list[Any]] = [
    ["vn", None, "Việt Nam", None, None, None, None],
    ["p", "vn", "Hà Giang", "02", "tỉnh", 1200, 12.5],
    ["c", "p", "Xã Cán Tỷ", "00985", "xã", None, 3.25],
]
FORMS = ["csv", "semicolon", "tab", "bom", "xlsx", "parquet", "feather", "polars", "pandas", "arrow", "stdin"]


def written(form: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table in a form, as a reader takes it."""
    frame = pl.DataFrame(
        ROWS, schema=dict(zip(HEADER, [pl.String] * 5 + [pl.Int64, pl.Float64], strict=True)), orient="row"
    )
    match form:
        case "polars":
            return frame
        case "pandas":
            return frame.to_pandas()
        case "arrow":
            return frame.to_arrow()
        case "xlsx" | "parquet" | "feather":
            write_sheet(folder / f"t.{form}", HEADER, ROWS)
            return folder / f"t.{form}"
    sign, decimal = {"semicolon": (";", ","), "tab": ("\t", ",")}.get(form, (",", "."))
    target = folder / "t.csv"
    write_sheet(target, HEADER, ROWS, delimiter=sign, decimal=decimal)
    if form == "bom":
        target.write_bytes(b"\xef\xbb\xbf" + target.read_bytes().replace(b"\n", b"\r\n") + b",,,,,,\r\n \r\n")
    if form == "stdin":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(target.read_bytes())))
        return "-"
    return target


@pytest.mark.parametrize("form", FORMS)
def test_one_table_in_every_form(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV with any separator and a decimal comma, a workbook, Parquet, Arrow, frames, standard input: one history."""
    history = read_units_csv(written(form, tmp_path, monkeypatch), day=DAY, measures=MEASURES, source="a register")
    expected = read_units_csv(written("csv", tmp_path, monkeypatch), day=DAY, measures=MEASURES, source="a register")
    assert expected == history
    structure = history.at(DAY)
    assert ("02", 1200, 12.5) == (
        structure.unit("p").code,
        structure.measure("p", "members").value,
        structure.measure("p", "area").value,
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "feather"])
@times(0.25)
@given(data=st.data())
def test_what_is_written_is_read(ending: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A table of a history through time comes back from every form as it was, whichever convention its ends have."""
    history = data.draw(histories())
    ends = data.draw(st.sampled_from(["exclusive", "inclusive"]))
    folder = tmp_path_factory.mktemp("t")
    target = folder / f"t.{ending}"
    try:
        write_history_csv(history, target, ends=ends)
    except om.Refused:
        return
    plain = folder / "plain.csv"
    write_history_csv(history, plain)
    names = {
        name
        for name in read_sheet(plain).header
        if name not in ("id", "parent", "name", "code", "kind", "category", "start", "end")
    }
    options: dict[str, Any] = {
        "measures": [om.Measure(name) for name in names if ":" not in name],
        "schema": history.schema,
    }
    try:
        expected = read_history_csv(plain, ends="exclusive", **options)
    except om.InvalidTable:
        return
    assert read_history_csv(target, ends=ends, **options) == expected


def test_codes_that_lost_their_zeros_are_told(tmp_path: Path) -> None:
    """A workbook that holds codes as numbers is refused, with the row."""
    write_sheet(tmp_path / "t.xlsx", ["id", "code"], [["a", 2], ["b", "02"]])
    with pytest.raises(
        om.InvalidTable, match=r"row 1: a: the code 2 is no text in the file; write it as text, or 01 becomes 1"
    ):
        read_units_csv(tmp_path / "t.xlsx", day=DAY)


def test_decimal_commas() -> None:
    """With a semicolon a comma is decimal; a point then may be thousands and is told; with commas it is said how to read it."""
    structure = read_units_csv(io.StringIO("id;area\na;12,5\n"), day=DAY, measures=MEASURES).at(DAY)
    assert 12.5 == structure.measure("a", "area").value
    with pytest.raises(om.InvalidTable, match=r"'1\.234' may have marks between thousands; write 1234, or 1,234 if"):
        read_units_csv(io.StringIO("id;area\na;1.234\n"), day=DAY, measures=MEASURES)
    with pytest.raises(om.InvalidTable, match="decimal=','"):
        read_units_csv(io.StringIO('id,area\na,"12,5"\n'), day=DAY, measures=MEASURES)


def test_ends_of_the_other_convention_are_told() -> None:
    """Rows that go on the day after the end: the register's end is the last day; and rows of both kinds are told apart."""
    rows = ["a,,A,2024-01-01,2024-12-31", "a,,B,2025-01-01,2025-05-31", "a,,C,2025-06-01,"]
    table = "\n".join(["id,parent,name,start,end", *rows, ""])
    with pytest.raises(
        om.InvalidTable, match=r"ends look inclusive: .* 2 of 2 rows .* first in row 2; read it with ends='inclusive'"
    ):
        read_history_csv(io.StringIO(table))
    assert ["A", "B"] == [
        read_history_csv(io.StringIO(table), ends="inclusive").at(d).unit("a").name
        for d in ("2024-12-31", "2025-01-01")
    ]
    mixed = table.replace("2025-05-31", "2025-06-01").replace(
        "a,,C,2025-06-01,", "a,,C,2025-06-01,2025-07-01\na,,D,2025-07-01,"
    )
    with pytest.raises(
        om.InvalidTable,
        match=r"of two conventions: .* 2 rows begin where the row before ends, and 1 a day beside it \(rows 2\)",
    ):
        read_history_csv(io.StringIO(mixed))


def test_words_for_kinds() -> None:
    """A register in Vietnamese works as it is with a schema that has its words, or with a mapping; other words are told."""
    table = "id,parent,kind\nvn,,Trung ương\np,vn,Tỉnh\nd,p,huyện\nc,d,xã\n"
    history = read_units_csv(
        io.StringIO(table),
        day="2024-01-01",
        schema=om.Schema.levels(
            *kinds.KINDS[:1], *(k for k in kinds.KINDS if k.id in ("province", "district", "commune"))
        ),
        kinds={"Tỉnh": "province"},
    )
    assert ["centre", "province", "district", "commune"] == [unit.kind for unit in history.at("2024-01-01").units()]
    schema = om.Schema(
        [om.Kind("province", name_vi="tỉnh, thành phố"), om.Kind("district", name_vi="huyện, thành phố")]
    )
    with pytest.raises(om.InvalidTable, match="stands for several kinds: province, district; say which with kinds="):
        read_units_csv(io.StringIO("id,kind\na,thành phố\n"), day=DAY, schema=schema)


def test_an_audit_tells_of_kinds_that_its_rulebook_does_not_know() -> None:
    """An audit of units of other kinds is not silent: no rule was asked about them."""
    rows = [{"id": "p", "kind": "tỉnh"}, {"id": "c", "kind": "chi bộ", "parent": "p", "members": 2}]
    structure = om.structure_of(rows, day=DAY, measures=[om.Measure("members")])
    (told, *_) = structure.audit(law.rulebook()).findings
    assert ("unknown-kinds", "warning") == (told.rule, told.severity)
    assert "1 'chi bộ', 1 'tỉnh'" in told.message
    assert not [f for f in vietnam.reform_2025().at(DAY).audit(law.rulebook()).findings if f.rule == "unknown-kinds"]


def test_history_of_takes_frames() -> None:
    """A frame of polars or pandas, or Arrow data, is a table of units like a list of mappings."""
    rows = [{"id": "p", "name": "P"}, {"id": "c", "parent": "p", "members": 3}]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    for given_rows in (frame, frame.to_pandas(), frame.to_arrow()):
        assert om.history_of(given_rows, day=DAY) == om.history_of(rows, day=DAY)


def test_other_names_and_codes_in_tables(tmp_path: Path) -> None:
    """Columns ``code:gso`` and ``name:short`` are read and written."""
    table = "id,parent,name,code:gso,name:short\np,,Tỉnh Hà Giang,411,HG\n"
    history = read_units_csv(io.StringIO(table), day=DAY)
    assert "p" == history.at(DAY).one("411").id == history.at(DAY).one("hg").id
    write_units_csv(history.at(DAY), tmp_path / "t.csv")
    assert history.same_facts(read_units_csv(tmp_path / "t.csv", day=DAY))
    write_history_csv(history, tmp_path / "h.csv")
    assert history.same_facts(read_history_csv(tmp_path / "h.csv"))


# ---- out


def test_units_outside_the_main_hierarchy_have_no_row() -> None:
    """A row without a parent is the root's, so days on which a unit stands in another hierarchy alone have none."""
    schema = om.Schema(hierarchies=("main", "line"))
    units = [om.Creation(om.Unit("top")), om.Change("top", "parent:line", "/")]
    units.append(om.Creation(om.Unit("office", parent="top", hierarchy="line")))
    history = om.History(schema).enact(om.Act("founding", "2025-01-01", units))
    history = history.enact(om.Act("entry", "2025-07-01", [om.Change("office", "parent", "top")]))
    out = io.StringIO()
    write_history_csv(history, out)
    starts = {row.split(",")[0]: row.split(",")[6] for row in out.getvalue().splitlines()[1:]}
    assert starts == {"top": "2025-01-01", "office": "2025-07-01"}
    read = read_history_csv(io.StringIO(out.getvalue()))
    assert (list(read.at("2025-03-01")), list(read.at("2025-08-01"))) == (["top"], ["top", "office"])


def results() -> dict[str, Any]:
    """One of each sort of result."""
    reform = vietnam.reform_2025()
    before, after = "2025-06-30", DAY
    provinces = reform.correspondence(before, after, kind="province")
    return {
        "structure": reform.at(after), "matches": reform.at(before).match(["ha giang"]), "find": reform.find("Hà Giang"),
        "correspondence": provinces, "carried": provinces.account(dict.fromkeys(provinces.olds, 1), om.Measure("n")),
        "lineage": reform.lineage, "diff": reform.between("2025-06-30", "2025-06-30"), "clusters": reform.cluster_changes(before, after),
        "vintage": reform.vintage(["01", "02", "x"], kind="province"), "audit": reform.at(after).audit(law.rulebook()),
        "series": reform.series("n", "province", on=after, figures={before: dict.fromkeys(provinces.olds, 1)}) if not reform.measures else None,
    }  # fmt: skip


def test_every_result_goes_out_alike() -> None:
    """polars, pandas and the Arrow stream have the same rows and columns, with names beside ids."""
    for name, found in results().items():
        if found is None:
            continue
        assert isinstance(found, Tabular), name
        polars, pandas = found.to_polars(), found.to_pandas()
        arrow = pa.RecordBatchReader.from_stream(found).read_all()
        assert list(polars.columns) == list(pandas.columns) == arrow.column_names, name
        assert len(polars) == len(pandas) == arrow.num_rows, name
        assert pl.DataFrame(arrow).equals(polars), name
        assert any("name" in column for column in polars.columns), (name, polars.columns)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of dask
def test_frames_of_a_history(tmp_path: Path) -> None:
    """All frames go to Parquet, are read as they are by dask (and by duckdb, where it is), and say what the history says."""
    reform = vietnam.reform_2025()
    files = write_parquet(reform, tmp_path / "out")
    frames = reform.frames()
    assert [f"{name}.parquet" for name in frames] == [file.name for file in files]
    units = pq.read_table(tmp_path / "out" / "units.parquet").to_pandas()
    assert len(reform.units_ever()) == units["unit"].nunique()
    assert {"Hà Giang"} == set(units.loc[units["unit"] == "vn-p-02", "name"])
    import dask.dataframe as dd

    links = dd.read_parquet(tmp_path / "out" / "links.parquet")
    assert len(reform.lineage.links()) == len(links)
    assert (
        3 == int((links.compute()["new"] == "vn-p-08-2025").sum()) or (links.compute()["new"] == "vn-p-08-2025").any()
    )
    parents = frames["parents"].to_polars()
    live = parents.filter(
        (pl.col("start") <= dt.date(2025, 7, 1)) & (pl.col("end").is_null() | (pl.col("end") > dt.date(2025, 7, 1)))
    )
    structure = reform.at(DAY)
    assert {(u, structure.parent(u)) for u in structure} == set(live.select("unit", "parent").rows())
    duckdb = pytest.importorskip("duckdb")
    (count,) = duckdb.sql(f"select count(*) from '{tmp_path}/out/units.parquet'").fetchone()
    assert len(units) == count


def several() -> om.History:
    """A merger, a member, a share, a name with quotes."""
    history = om.history_of(
        [{"id": "p", "name": 'A "B" <C>'}, {"id": "a", "parent": "p", "members": 2}, {"id": "b", "parent": "p"}],
        day="2024-01-01",
    )
    history = history.enact(
        om.Act(
            "k",
            "2024-02-01",
            [
                om.Creation(om.Clustering("e")),
                om.Creation(om.Cluster("e1", "e", "E")),
                om.Change("a", "member:e", "e1"),
            ],
        )
    )
    with history.draft("2025-01-01") as act:
        act.merge(["a", "b"], into=om.Unit("ab", name="AB"), cluster="e1")
    return history.enact(act)


def test_a_graph_with_intervals() -> None:
    """Nodes and edges have the days on which they are; what became of what is an edge of its own."""
    graph = dynamic_graphs.to_networkx(several())
    assert ("2024-01-01", "2025-01-01") == (graph.nodes["a"]["start"], graph.nodes["a"]["end"])
    (edge,) = graph.get_edge_data("p", "a").values()
    assert ("above", "2024-01-01", "2025-01-01") == (edge["type"], edge["start"], edge["end"])
    (became,) = graph.get_edge_data("a", "ab").values()
    assert ("merger", "2025-01-01", "whole") == (became["type"], became["day"], became["extent"])
    assert {"a", "ab"} == set(graph.successors("e1"))
    with pytest.raises(nx.NetworkXError):
        graph.add_node("x")


def test_dynamic_gexf_for_gephi() -> None:
    """Every unit and edge has its spells; the end of a spell is its last day, as GEXF has it."""
    out = io.StringIO()
    dynamic_graphs.write_dynamic_gexf(several(), out)
    root = ET.fromstring(out.getvalue())
    space = {"g": "http://gexf.net/1.3"}
    graph = root.find("g:graph", space)
    assert graph is not None
    assert ("dynamic", "date") == (graph.get("mode"), graph.get("timeformat"))
    spells = {
        node.get("id"): [dict(s.attrib) for s in node.findall("g:spells/g:spell", space)]
        for node in graph.findall("g:nodes/g:node", space)
    }
    assert [{"start": "2024-01-01", "end": "2024-12-31"}] == spells["a"]
    assert [{"start": "2025-01-01"}] == spells["ab"]
    assert 3 == len(graph.findall("g:edges/g:edge", space))


def test_graphs_as_text() -> None:
    """Mermaid and DOT of a day, and of the way of a unit; what stands in a name breaks neither."""
    history = several()
    mermaid = dynamic_graphs.to_mermaid(history.at(DAY))
    assert 'n0["A #quot;B#quot; #lt;C#gt;"]' in mermaid
    assert "n0 --> n1" in mermaid
    assert '"p" [label="A \\"B\\" <C>"];' in dynamic_graphs.to_dot(history.at(DAY))
    way = dynamic_graphs.to_mermaid(history, "ab")
    assert 2 == way.count("2025-01-01 merger")
    assert 1 == dynamic_graphs.to_dot(history.at(DAY), depth=0).count("label")
    with pytest.raises(om.UnknownUnit):
        dynamic_graphs.to_dot(history, "zz")


def test_export_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line writes workbooks, Parquet, dynamic GEXF, Mermaid and DOT, a folder of frames, standard output."""
    om.dump(several(), tmp_path / "h.jsonl")
    for ending in ("xlsx", "parquet", "gexf", "mmd", "dot", "csv"):
        assert 0 == run(["export", str(tmp_path / f"out.{ending}"), "-f", str(tmp_path / "h.jsonl")])
        assert (tmp_path / f"out.{ending}").stat().st_size > 50
    (tmp_path / "frames").mkdir()
    assert 0 == run(["export", str(tmp_path / "frames"), "-f", str(tmp_path / "h.jsonl")])
    assert (tmp_path / "frames" / "log.parquet").exists()
    capsys.readouterr()
    assert 0 == run(["export", "-", "--on", DAY, "-f", str(tmp_path / "h.jsonl")])
    assert capsys.readouterr().out.startswith("id,parent,name,code,kind,category,members\n")


# ---- extras


def test_a_missing_extra_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The extra is named by our own error and on the command line, not by a traceback."""
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(om.MissingExtra, match=r"this needs polars; install it with: pip install 'orgmodel\[tables\]'"):
        several().lineage.to_polars()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    om.dump(several(), tmp_path / "h.jsonl")
    assert 2 == run(["export", str(tmp_path / "o.parquet"), "-f", str(tmp_path / "h.jsonl")])
    assert "orgmodel: this needs pyarrow; install it with: pip install 'orgmodel[tables]'\n" == capsys.readouterr().err


def test_shares_are_told_exactly() -> None:
    """A share is a number for computing and a text that is exact."""
    rows = [{"id": "p"}, {"id": "a", "parent": "p"}]
    history = om.history_of(rows, day="2024-01-01", measures=[om.Measure("members")])
    with history.draft("2025-01-01") as act:
        act.break_down(
            "a",
            [om.Unit("x"), om.Unit("y")],
            shares={"x": {"members": Fraction(1, 3)}, "y": {"members": Fraction(2, 3)}},
        )
    rows = history.enact(act).frames()["shares"].to_polars().select("new", "measure", "share", "exact_share").rows()
    assert [("x", "members", 1 / 3, "1/3"), ("y", "members", 2 / 3, "2/3")] == sorted(rows)


def test_pandas_days_can_be_computed_with() -> None:
    """Days are datetimes in pandas, nullable numbers stay numbers."""
    frame = several().frames()["units"].to_pandas()
    assert (frame["end"] - frame["start"]).dt.days.dropna().tolist() == [366, 366]
    assert pd.api.types.is_datetime64_any_dtype(frame["start"])


def test_names_are_translated_with_what_stands_above_and_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workbook of old names with their provinces: new names, and how each was found; or by standard input and output."""
    rows = [["xa tan lap", "huyện Vũ Thư", "T. Thái Bình"], ["Xã Gari", "", "Quảng Nam"], ["Xã Nào", "", ""]]
    write_sheet(tmp_path / "old.xlsx", ["xã", "huyện", "tỉnh"], rows)
    line = [
        "--from",
        "2025-06-30",
        "--to",
        DAY,
        "--kind",
        "xã",
        "--by",
        "name",
        "--column",
        "xã",
        "--above",
        "huyện",
        "--above",
        "tỉnh",
    ]
    assert 1 == run(["correspond", str(tmp_path / "old.xlsx"), str(tmp_path / "new.xlsx"), *line])
    sheet = read_sheet(tmp_path / "new.xlsx")
    assert ("xã", "huyện", "tỉnh", "new_xã", "status", "how") == sheet.header
    assert ["above", "folded", ""] == [cells[-1] for _, cells in sheet.rows]
    assert ["whole", "unknown"] == [sheet.rows[at][1][-2] for at in (0, 2)]
    write_sheet(tmp_path / "old.csv", ["xã", "huyện", "tỉnh"], rows, delimiter=";")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "old.csv").read_bytes())))
    capsys.readouterr()
    assert 1 == run(["correspond", "-", "-", *line])
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "xã;huyện;tỉnh;new_xã;status;how"
    assert "3 rows read" in told.err


@given(
    number=st.integers(1000, 10**9),
    mark=st.sampled_from([" ", "\u00a0", "\u202f", "."]),
    decimals=st.sampled_from(["", "5", "25"]),
)
def test_a_number_with_marks_between_thousands_is_refused_with_what_to_write(
    number: int, mark: str, decimals: str
) -> None:
    """What is to be written is read as the number that was meant, and the first form never as another one."""
    text = f"{number:,}".replace(",", mark) + (f",{decimals}" if decimals else "")
    table = f"id;area\na;{text}\n"
    with pytest.raises(om.InvalidTable) as refused:
        read_units_csv(io.StringIO(table), day=DAY, measures=MEASURES)
    (finding,) = refused.value.findings
    assert (finding.rule, finding.row) == ("number", 1)
    remedy = finding.message.partition("write ")[2].split(", or ")[0]
    read = read_units_csv(io.StringIO(f"id;area\na;{remedy}\n"), day=DAY, measures=MEASURES)
    assert read.at(DAY).measure("a", "area").value == float(f"{number}.{decimals or 0}")


def test_titles_in_decomposed_unicode_are_composed_or_told() -> None:
    """A file of another system: its titles look like those that are asked for, and are not equal to them."""
    table = unicodedata.normalize("NFD", "mã,mã cha,tên\np,,Tỉnh Á\nc,p,Xã Ờ\n")
    columns = {"mã": "id", "mã cha": "parent", "tên": "name"}
    with pytest.raises(om.InvalidTable) as refused:
        read_units_csv(io.StringIO(table), day=DAY, columns=columns)
    assert {finding.rule for finding in refused.value.findings} == {"composed-unicode"}
    read = read_units_csv(io.StringIO(table), day=DAY, columns=columns, compose=True)
    assert [unit.name for unit in read.at(DAY).units()] == ["Tỉnh Á", "Xã Ờ"]


@pytest.mark.parametrize("ends", [",,", ", ,"])
def test_columns_that_a_spreadsheet_left_behind_are_left_out(ends: str) -> None:
    """Columns without a title and a value are none; a value beyond the titles is told with its row."""
    table = f"id,parent{ends}\np,{ends}\nc,p{ends}\n"
    assert read_units_csv(io.StringIO(table), day=DAY).at(DAY).children("p") == ("c",)
    with pytest.raises(om.InvalidTable, match="row 2: there is something beyond the last column that has a title"):
        read_units_csv(io.StringIO("id,parent,,\np,,,\nc,p,,x\n"), day=DAY)


def test_a_title_above_the_header_is_told_and_nothing_else() -> None:
    """A register begins with what it is called: all further faults would follow from it."""
    table = "Danh sách đơn vị,,\n,,\nmã,cha,số\np,,\n"
    with pytest.raises(om.InvalidTable) as refused:
        read_units_csv(io.StringIO(table), day=DAY, columns={"mã": "id", "cha": "parent", "số": "code"})
    (finding,) = refused.value.findings
    assert "row 2 below it names the columns" in finding.message


def test_a_kind_that_is_missing_or_has_no_marks_is_told() -> None:
    """None is no word that somebody wrote, and what was meant by "xa" is suggested."""
    schema = om.Schema.levels(om.Kind("province", name_vi="tỉnh"), om.Kind("commune", name_vi="xã, phường"))
    with pytest.raises(om.InvalidTable) as refused:
        read_units_csv(io.StringIO("id,parent,kind\np,,\nc,p,xa\n"), day=DAY, schema=schema)
    missing, misspelt = sorted((finding.message for finding in refused.value.findings), key=len)
    assert missing == "its kind is missing; the schema knows province, commune"
    assert "did you mean 'xã'" in misspelt
