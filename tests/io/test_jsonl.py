"""Histories as JSON Lines: what is written is what was, and what is wrong is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.io.records import read_value, to_json, value_record
from orgmodel.model.measure import Quantity
from orgmodel.party import vietnam
from orgmodel.testing.strategies import histories

END = '{"end":true}'


def small() -> om.History:
    """Two units, a merger, a correction and a cancellation."""
    start = om.Act(
        "start",
        "2024-01-01",
        [
            om.Creation(om.Unit("vn", name="Việt Nam", kind="centre"), first_known=True),
            *(om.Creation(om.Unit(u, name=f"Xã {u}", code=u, kind="xã", parent="vn")) for u in ("a", "b", "x")),
            om.Creation(om.Clustering("emulation", "thi đua", cover=True)),
            om.Creation(om.Cluster("e1", "emulation", "Cụm 1")),
            om.Change("a", "member:emulation", "e1", "e1"),
            om.Change("e1", "role", "a", ("leader", 1), dt.date(2025, 1, 1)),
            om.Change("e1", "role", om.Absent.VACANT, ("deputy", 1)),
            om.Change("a", "measure:members", Quantity(30, "about", 25, 35), "own"),
        ],
        om.Source("1/QĐ", issuer="Tỉnh ủy", title="Founding", decided="2023-12-01", in_force="2023-12-15", note="n"),
        "first",
    )
    links = (
        om.Link("a", "c"),
        om.Link("b", "c", "part", {"members": Fraction(1, 3)}, True, "the act"),
        om.Link("b", "b", "part", {"members": Fraction(2, 3)}),
    )
    merger = om.Succession(links, (om.Unit("c", name="Xã C", kind="xã", parent="vn"),), (om.Change("b", "code", "9"),))
    merger_act = om.Act("merger", "2025-07-01", [merger], om.Source("2/NQ"))
    history = om.History(om.Schema(["centre", "xã"], unique_codes=False), [om.Measure("members", name_vi="đảng viên")])
    history = history.enact(start, merger_act, recorded="2025-07-02")
    history = history.enact(om.Act("end", "2025-08-01", [om.Closure("x")]), recorded="2025-08-02")
    history = history.cancel("end", reason="a slip", recorded="2025-08-03")
    return history.correct(
        "merger", om.Act("merger", "2025-07-02", [merger], om.Source("2/NQ")), reason="the day", recorded="2025-08-04"
    )


def lines() -> list[str]:
    return om.dumps(small()).splitlines()


def faults_of(text: str | bytes, *, verify: bool = True) -> list[tuple[int | None, str]]:
    """(line, message) of everything that is wrong with a file."""
    file: Any = io.StringIO(text) if isinstance(text, str) else io.BytesIO(text)
    with pytest.raises(om.InvalidFile) as caught:
        om.load(file, verify=verify)
    return [(fault.row, fault.message) for fault in caught.value.findings]


# ---- round trips


@given(histories(max_moves=8, max_amendments=3), st.data())
def test_what_was_known_when_is_kept(history: om.History, data: st.DataObject) -> None:
    """The log is kept: the history as it was recorded at any entry is the same."""
    number = data.draw(st.integers(1, len(history.log)))
    try:
        known = history.as_recorded(number)
    except om.Refused:
        # Entries that were only possible together cannot be told apart.
        return
    assert om.loads(om.dumps(history)).as_recorded(number) == known


def test_every_form_of_record_is_kept() -> None:
    """All sorts of events, fields and entries come back."""
    history = small()
    again = om.loads(om.dumps(history))
    assert again == history
    assert [entry.type for entry in again.log] == ["act", "act", "act", "cancellation", "correction"]
    assert str(again.log[0].recorded) == "2025-07-02"
    assert again.at("2025-08-05").measure("b", "members") == history.at("2025-08-05").measure("b", "members")


numbers = (
    st.integers()
    | st.fractions()
    | st.floats(allow_nan=False, allow_infinity=False)
    # No figure has more than a thousand digits.
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number.adjusted()) < 900)
)
bounds = st.none() | numbers


def bounded(value: Any, qualifier: Any, low: Any, high: Any) -> Quantity:
    """A quantity, without the bounds that would contradict each other."""
    least = value if qualifier in ("more than", "at least") else low
    most = value if qualifier == "at most" else high
    if least is not None and most is not None and least > most:
        low = high = None
    return Quantity(value, qualifier, low, high)


quantities = (
    st.builds(Quantity, numbers)
    | st.builds(bounded, numbers, st.sampled_from(["about", "more than", "at least", "at most"]), bounds, bounds)
    | st.builds(bounded, st.none(), st.just("unknown"), bounds, bounds)
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | texts | numbers | quantities | st.dates() | st.sampled_from(om.Absent),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


def _plain(value: Any) -> Any:
    """The value with exact quantities as their numbers."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.value if isinstance(value, Quantity) and value.is_exact else value


@given(values)
def test_any_value_comes_back(value: Any) -> None:
    """Values of every type come back equal and of an equal type; an exact quantity as its number."""
    back = read_value(json.loads(to_json(value_record(value))), "value", [])
    assert back == value
    assert repr(back) == repr(_plain(value))


@given(texts)
def test_any_text_stays_on_its_line(text: str) -> None:
    """Line breaks of any sort inside a text break no line of the file."""
    history = om.history_of([{"id": "u"}], day="2024-01-01", source=om.Source(f"n{text}"))
    dumped = om.dumps(history)
    assert dumped.count("\n") == 4
    assert om.loads(dumped) == history


def test_equal_histories_give_equal_text() -> None:
    """An exact quantity equals its number, so both are written alike."""
    acts = [
        om.Act("a", "2024-01-01", [om.Creation(om.Unit("u")), om.Change("u", "measure:members", value, "own")])
        for value in (5, Quantity(5))
    ]
    assert acts[0] == acts[1]
    assert om.dumps(om.History().enact(acts[0])) == om.dumps(om.History().enact(acts[1]))


def test_amendments_that_only_stand_together_are_loaded() -> None:
    """A correction and the act that mends what it breaks are checked together, not one by one."""
    start = om.Act("s", "2024-01-01", [om.Creation(om.Unit("vn")), om.Creation(om.Unit("a", parent="vn"))])
    child = om.Act("c", "2024-02-01", [om.Creation(om.Unit("b", parent="a"))])
    history = om.History().enact(start, child)
    fewer = om.Act("s", "2024-01-01", [om.Creation(om.Unit("vn"))])
    under_root = om.Act("c", "2024-02-01", [om.Creation(om.Unit("b", parent="vn"))])
    history = history.amend({"s": fewer, "c": under_root}, reason="a never was")
    assert om.loads(om.dumps(history)) == history


_HASHES = """
import hashlib, sys
import orgmodel as om
from orgmodel.party import vietnam
for history in (vietnam.reform_2025(), om.load(sys.argv[1])):
    print(hashlib.sha256(om.dumps(history).encode()).hexdigest())
"""


def test_t5_equal_bytes_in_every_process(tmp_path: Path) -> None:
    """T5: the reform of 2025 gives the same bytes under another hash seed, made anew and loaded."""
    file = tmp_path / "reform.jsonl"
    history = vietnam.reform_2025()
    om.dump(history, file)
    text = file.read_bytes()
    assert om.load(file) == history
    # This process has a hash seed of its own.
    done = subprocess.run(
        [sys.executable, "-c", _HASHES, str(file)],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [hashlib.sha256(text).hexdigest()] * 2


# ---- files


@pytest.mark.parametrize("kind", [str, Path, open], ids=["text", "path", "file"])
def test_paths_and_files(kind: Callable[[Any], Any], tmp_path: Path) -> None:
    """A path as text, a Path and an open file will all do."""
    target = tmp_path / "h.jsonl"
    history = small()
    if kind is open:
        with target.open("w", encoding="utf-8", newline="") as out:
            om.dump(history, out)
        with target.open(encoding="utf-8") as file:
            assert om.load(file) == history
    else:
        om.dump(history, kind(target))
        assert om.load(kind(target)) == history
    assert target.read_bytes() == om.dumps(history).encode()


def test_a_failed_dump_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half is written, and no other file stays behind."""
    target = tmp_path / "h.jsonl"
    target.write_text("as it was")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        om.dump(small(), target)
    monkeypatch.undo()
    assert target.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["h.jsonl"]


def test_dump_keeps_permissions_and_links(tmp_path: Path) -> None:
    """A file that is replaced keeps its mode, and a link keeps pointing to it."""
    target, link = tmp_path / "h.jsonl", tmp_path / "link.jsonl"
    target.write_text("")
    target.chmod(0o640)
    link.symlink_to(target)
    om.dump(small(), link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert om.load(target) == small()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), frozenset({1, 2}), b"x", dt.datetime(2024, 1, 1, 12)])
def test_values_without_a_form_are_refused(value: Any) -> None:
    """What could not be written and read back is refused when it is said, not when a day's work is saved."""
    with pytest.raises(om.Refused, match=r"u: fact:seen: .* form in the file"):
        om.Change("u", "fact:seen", value)


def test_windows_line_ends_and_mark_do_no_harm(tmp_path: Path) -> None:
    """A byte-order mark and Windows line ends are read over."""
    target = tmp_path / "h.jsonl"
    target.write_bytes(b"\xef\xbb\xbf" + om.dumps(small()).replace("\n", "\r\n").encode())
    assert om.load(target) == small()
    assert om.loads("\ufeff" + om.dumps(small())) == small()


# ---- bad input


def test_a_file_cut_off_anywhere_is_refused() -> None:
    """No proper beginning of a file loads, other than without its last line feed."""
    text = om.dumps(small())
    assert om.loads(text[:-1]) == small()
    for end in range(len(text) - 1):
        with pytest.raises(om.InvalidFile):
            om.loads(text[:end])


def test_not_utf8_is_told_with_line_and_byte() -> None:
    """Each line that is not UTF-8 is told, with the byte and what stands before it."""
    text = om.dumps(small()).encode().split(b"\n")
    text[2] = text[2].replace("ệ".encode(), b"\xea", 1)
    text[4] = text[4] + b"\xff"
    found = faults_of(b"\n".join(text))
    assert [line for line, _ in found] == [3, 5]
    assert "(0xea) is not UTF-8, after" in found[0][1]
    assert faults_of("x".encode("utf-16"))[0][1].startswith("this is no UTF-8 text")


HEADER = '{"format":"orgmodel history","schema":{},"version":1}'
CANCELLED = '{"cancellation":"a","number":2,"reason":"r","recorded":"2024-01-01"}'
EARLIER = '{"act":"b","effective":"2024-01-01","number":2,"recorded":"2023-01-01"}'
ACT = '{"act":"a","effective":"2024-01-01","number":1,"recorded":"2024-01-01"}'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file is empty; its first line must be a header"),
        ("hello", 1, "this is no history file: the header is not JSON at character 1"),
        ("[1]", 1, "a JSON object was expected, not [1]"),
        ('{"format":"gexf"}', 1, "this is no history file: the header's format is \"gexf\", not 'orgmodel history'"),
        ('{"format":"orgmodel history","schema":{},"version":3}', 1, "version 3, and this orgmodel reads 1 and 2; a newer"),
        ('{"format":"orgmodel history","schema":{},"version":true}', 1, "format version true"),
        ('{"format":"orgmodel history","schema":{}}', 1, "format version null"),
        ('{"format":"orgmodel history","schema":{"kind":[]},"version":1}\n{"end":true}', 1, "unknown field 'kind'"),
        (
            '{"format":"orgmodel history","measures":[{"id":"r","type":"rate"}],"schema":{},"version":1}\n{"end":true}',
            1,
            "header.measures[0]: measure 'r': a rate, and only a rate, names the count that weighs it",
        ),
        (f"{HEADER}\n", 1, "the file was cut off here"),
        (f"{HEADER}\n{END}\n{ACT}", 3, "a line after the last one"),
        (f'{HEADER}\n{{"end":1}}', 2, "end.end must be true, not 1"),
        (f"{HEADER}\n\n{END}", 2, "an empty line"),
        (f'{HEADER}\n{{"x":1}}\n{END}', 2, "of no known sort: it has none of event, act, correction, cancellation, end"),
        (f'{HEADER}\n{{"event":"closure","subject":"u"}}\n{END}', 2, "an event that follows no act"),
        (f'{HEADER}\n{{"act":"a","act":"b"}}\n{END}', 2, "the field 'act' stands twice"),
        (f'{HEADER}\n{{"act":"a","effective":"2024-01-01","number":NaN}}\n{END}', 2, "NaN is no number of JSON"),
        (f'{HEADER}\n{{"act":"a\\ud800"}}\n{END}', 2, "half of a surrogate pair"),
        (f"{HEADER}\n{'[' * 100_000}\n{END}", 2, "nested too deep"),
        (f'{HEADER}\n{{"act":"a","effective":"2024-01-01","number":1}}\n{END}', 2, "act lacks the field 'recorded'"),
        (f"{HEADER}\n{ACT.replace('2024-01-01', '2025-02-30', 1)}\n{END}", 2, "'2025-02-30' is not a day"),
        (f"{HEADER}\n{ACT.replace('2024-01-01', '2024-W01-1', 1)}\n{END}", 2, "is not a day (a week or a day of one)"),
        (f"{HEADER}\n{ACT.replace('2024-01-01', '2024', 1)}\n{END}", 2, "act.effective: '2024' is not a day"),
        (f"{HEADER}\n{ACT.replace('1,', '0,')}\n{END}", 2, "act.number must be a whole number from 1, not 0"),
        (f"{HEADER}\n{ACT.replace('1,', 'true,')}\n{END}", 2, "act.number must be a whole number from 1, not true"),
        (f"{HEADER}\n{ACT.replace('1,', '7,')}\n{END}", 2, "its number is 7, and it is entry 1"),
        (f"{HEADER}\n{ACT}\n{ACT.replace('1,', '2,')}\n{END}", 3, "an act with this id is recorded above"),
        (
            f"{HEADER}\n{ACT}\n{EARLIER}\n{END}",
            3,
            "recorded on 2023-01-01, before the entry above it",
        ),
        (
            f'{HEADER}\n{{"cancellation":"z","number":1,"reason":"r","recorded":"2024-01-01"}}\n{END}',
            2,
            "there is no act 'z' here that it could amend",
        ),
        (
            f'{HEADER}\n{ACT}\n{{"cancellation":"a","number":2,"reason":"","recorded":"2024-01-01"}}\n{END}',
            3,
            "say why the act is corrected or cancelled",
        ),
        (
            f'{HEADER}\n{ACT}\n{CANCELLED}\n{{"event":"closure","subject":"u"}}\n{END}',
            4,
            "an event that follows no act and no correction",
        ),
    ],
)  # fmt: skip
def test_bad_files(text: str, line: int, message: str) -> None:
    """Each fault is told with its line, in words that name what was expected."""
    found = faults_of(text)
    assert any(row == line and message in said for row, said in found), found


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ('{"event":"merger"}', 'the event is "merger"; it must be one of change, closure, creation, succession'),
        ('{"event":["x"]}', 'the event is ["x"]'),
        ('{"event":"closure"}', "closure lacks the field 'subject'"),
        ('{"event":"closure","subject":""}', "closure.subject must be an id, a text that is not empty"),
        ('{"event":"closure","subject":7}', "closure.subject must be an id"),
        ('{"event":"creation"}', "it must have one of the fields unit, cluster, clustering and matter"),
        ('{"event":"creation","unit":{"id":"u","parnet":"v"}}', "creation.unit has the unknown field 'parnet'"),
        ('{"event":"creation","unit":{"id":"u","name":3}}', "creation.unit.name must be text, not 3"),
        ('{"event":"creation","unit":{"id":"/"}}', "'/' stands for 'above the root' and names no unit"),
        ('{"event":"creation","unit":{"id":"u","name":"e\u0302"}}', "is not composed (NFC)"),
        ('{"event":"creation","first_known":"yes","unit":{"id":"u"}}', "creation.first_known must be true or false"),
        ('{"event":"creation","clustering":{"cover":1,"id":"u"}}', "creation.clustering.cover must be true or false"),
        ('{"event":"succession","links":{}}', "succession.links must be a list"),
        ('{"event":"succession","links":[{"new":"b","old":"a"},3]}', "succession.links[1] must be an object, not 3"),
        ('{"event":"succession","links":[{"extent":"half","new":"b","old":"a"}]}', "must be 'whole' or 'part', not"),
        (
            '{"event":"succession","links":[{"new":"b","old":"a","shares":{"m":0.3}}]}',
            'succession.links[0].shares.m must be a fraction as text, such as "1/3", not 0.3',
        ),
        ('{"event":"succession","links":[{"new":"b","old":"a","shares":{"m":"1/0"}}]}', 'not "1/0"'),
        ('{"event":"change","subject":"u","track":"name","value":3}', "the name must be text, not 3"),
        ('{"event":"change","subject":"u","track":"name","value":"e\u0302"}', "is not composed (NFC)"),
        ('{"event":"change","subject":"u","track":"name"}', "change lacks the field 'value'"),
        ('{"event":"change","subject":"u","track":"x","until":"soon","value":1}', "change.until: 'soon' is not a day"),
        (
            '{"event":"change","subject":"u","track":"x","value":{"a":1,"b":2}}',
            "a plain value or an object with one field",
        ),
        (
            '{"event":"change","subject":"u","track":"x","value":{"set":[1]}}',
            "one field of absent, day, decimal, fraction, quantity",
        ),
        ('{"event":"change","subject":"u","track":"x","value":[{"day":"x"}]}', "change.value[0].day: 'x' is not a day"),
        ('{"event":"change","subject":"u","track":"x","value":{"absent":"gone"}}', "must be 'unknown' or 'vacant'"),
        (
            '{"event":"change","subject":"u","track":"x","value":{"quantity":{"qualifier":"about"}}}',
            "'about' and the value None do not go together",
        ),
    ],
)
def test_bad_events(event: str, message: str) -> None:
    """Each fault of an event is told with its place in the line."""
    found = faults_of(f"{HEADER}\n{ACT}\n{event}\n{END}")
    assert [row for row, _ in found] == [3]
    assert message in found[0][1]


def test_all_faults_of_a_file_are_told_together() -> None:
    """Faults of different sorts in different lines come in one error, by line."""
    text = [*lines()]
    text[2] = text[2].replace("Việt Nam", "Vie\u0302\u0323t Nam")
    text[3] = text[3][:-5]
    text[4] = text[4].replace('"name"', '"nmae"').replace('"id":"b"', '"id":7')
    text[1] = text[1].replace("2023-12-15", "2023-13-15")
    found = faults_of("\n".join(text[:-1]) + "\n")
    assert [row for row, _ in found] == [2, 3, 4, 5, 5, len(text) - 1]


def test_faults_of_meaning_name_the_line_of_the_act() -> None:
    """A file whose form is right and whose acts cannot be is refused with the line of the act."""
    text = om.dumps(small()).replace('"parent":"vn"}', '"parent":"nowhere"}')
    found = faults_of(text, verify=False)
    assert {row for row, _ in found} <= {2, 13, 17}
    assert any("nowhere" in said for _, said in found)


@given(st.data())
def test_a_damaged_file_is_refused_or_read(data: st.DataObject) -> None:
    """Whatever is done to the bytes of a file, it is read as a history or refused with reasons."""
    text = bytearray(om.dumps(small()).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(at, min(at + 40, len(text))))
        text[at:end] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"null", b"{}", b"[]", b'"', b"\n", b"9" * 400])
        )
        if not text:
            text = bytearray(b" ")
    findings: tuple[om.Finding, ...] | None = None
    try:
        history = om.load(io.BytesIO(bytes(text)))
    except om.InvalidFile as error:
        findings = error.findings
    if findings is not None:
        assert findings
        assert all(finding.message for finding in findings)
    else:
        assert om.loads(om.dumps(history)) == history


def test_huge_numbers_are_refused_like_other_faults() -> None:
    """A number too long to convert is a fault of its line."""
    event = f'{{"event":"change","subject":"u","track":"x","value":{"9" * 5000}}}'
    assert faults_of(f"{HEADER}\n{ACT}\n{event}\n{END}")[0][0] == 3
