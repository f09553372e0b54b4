"""The readers, each with its samples, its mutation, and what is done with what it accepts."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import random
import re
import sqlite3
import struct
import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import frozen

import orgmodel as om
from fuzzing import samples
from fuzzing.mutate import (
    Mutation,
    mutated_bytes,
    mutated_json,
    mutated_json_lines,
    mutated_toml,
)
from orgmodel.engine.file import read_arrays
from orgmodel.io import jsonl

Read = Callable[[bytes, Path], object]


@frozen
class Target:
    """One reader.

    Attributes:
        samples: right inputs, made when they are asked for.
        mutation: what makes wrong ones of them.
        read: reads an input and uses what it got; the folder may hold files of its own.
    """

    samples: Callable[[], list[bytes]]
    mutation: Mutation
    read: Read


def use(history: om.History) -> None:
    """Asks a history all sorts of things."""
    om.dumps(history)
    days = history.days()
    for day in (*days[:4], *days[-2:]):
        structure = history.at(day)
        structure.units()
        structure.counts()
        if "members" in history.measures or not history.measures:
            with contextlib.suppress(om.OrgmodelError):
                structure.total("members")
        structure.tree()
    for unit in history.units_ever()[:6]:
        history.biography(unit)
        history.lineage.successors(unit)
    if days:
        history.between(days[0], days[-1]).counts()
    for act in history.acts:
        act.events  # noqa: B018 - it is read from the file here


# ---- histories


def _jsonl() -> list[bytes]:
    return [om.dumps(made).encode() for made in (samples.history(), samples.small(), samples.from_rows())]


def _rechained(rng: random.Random, sample: bytes) -> bytes:
    """JSON Lines of which the hashes are right again, as of one who means it."""
    mutated = mutated_json_lines(rng, sample)
    if rng.random() < 0.5:
        return mutated
    with contextlib.suppress(om.OrgmodelError, ValueError):
        return om.dumps(om.load(io.BytesIO(mutated), verify=False)).encode()
    return mutated


def _load(raw: bytes, folder: Path) -> None:
    for verify in (True, False):
        history = om.load(io.BytesIO(raw), verify=verify)
        use(history)
        assert om.loads(om.dumps(history)) == history


_WIDTHS: Final = {"<i4": 4, "<i8": 8, "<u8": 8, "|u1": 1}
_HEAD: Final = struct.Struct("<8sQQQ")


def _columns() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = []
        for number, made in enumerate((samples.history(), samples.small(), samples.from_rows())):
            om.save(made, f"{folder}/{number}")
            found.append(Path(folder, str(number)).read_bytes())
    return found


def _packed(header: Any, arrays: Mapping[str, Any], table: Mapping[str, Any] | None = None) -> bytes:
    """A file of columns with right checksums, whatever it says."""
    body, made = b"", {}
    for name, array in arrays.items():
        body += bytes(-len(body) % 64)
        raw = array.tobytes()
        made[name] = {"type": array.dtype.str, "at": len(body), "length": len(array), "crc": zlib.crc32(raw)}
        body += raw
    said = {"header": header, "arrays": made if table is None else table, "size": len(body)}
    text = json.dumps(said, sort_keys=True).encode()
    return _HEAD.pack(b"orgmodel", 2, len(text), zlib.crc32(text)) + text + bytes(-(_HEAD.size + len(text)) % 64) + body


def _crafted(rng: random.Random, sample: bytes) -> bytes:
    """A file of columns that somebody made, with checksums that are right; sometimes a damaged one."""
    if rng.random() < 0.15:
        return mutated_bytes(rng, sample)
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(sample)
        file.flush()
        read = read_arrays(file.name)
    header, arrays = read.header, dict(read)
    kind = rng.randrange(6)
    if kind == 0:
        return _packed(mutated_json(rng, header), arrays)
    if kind == 1:
        said = json.loads(sample[_HEAD.size : _HEAD.size + _HEAD.unpack_from(sample)[2]])
        return _packed(header, arrays, mutated_json(rng, said["arrays"]))
    if kind == 2:
        name = rng.choice(["log.acts", "log.sources", "log.entries"])
        text = json.dumps(mutated_json(rng, json.loads(arrays[name].tobytes())))
        arrays[name] = np.frombuffer(text.encode(), np.uint8)
    elif kind == 3:
        name = rng.choice([name for name in arrays if name.endswith("bytes")])
        arrays[name] = np.frombuffer(mutated_bytes(rng, arrays[name].tobytes()), np.uint8)
    else:
        name = rng.choice(list(arrays))
        array = arrays[name].copy()
        for _ in range(rng.choice([1, 1, 3]) if len(array) else 0):
            info = np.iinfo(array.dtype)
            new = rng.choice([0, 1, 2, 5, 100, 127, info.max, info.min, 2**31 - 1, 2**40, -1, 10**6])
            array[rng.randrange(len(array))] = new if info.min <= new <= info.max else 3
        if rng.random() < 0.2:
            array = array[: rng.randrange(len(array) + 1)]
        arrays[name] = array
    return _packed(header, arrays)


def _open(raw: bytes, folder: Path) -> None:
    path = folder / "h.om"
    path.write_bytes(raw)
    try:
        use(om.open_history(path, verify=False))
    except om.OrgmodelError:
        use(om.open_history(path))
    history = om.open_history(path, verify="full")
    use(history)
    # Nothing that was looked at as a whole contradicts what its log says.
    assert om.loads(om.dumps(history)).same_facts(history)


# ---- tables


def _table_sample() -> list[bytes]:
    return [b"units", b"act"]


_CELLS: Final[tuple[Any, ...]] = (
    *(None, "", 0, -1, 1, 5, 2**31, 2**40, 10**30, 1.5, float("nan"), float("inf"), True, False, "a", "b", "vn", "zz"),
    *("2025-07-01", "0001-01-01", "9999-12-31", "2025-02-29", dt.date(2025, 7, 1), dt.datetime(2025, 7, 1, 12)),
    *(dt.date.max, dt.date.min, np.datetime64("2025-07-01"), np.datetime64("NaT", "D"), np.datetime64("20000-01-01")),
    *(np.int64(5), np.float64("nan"), np.str_("a"), Decimal("1.5"), Decimal("NaN"), Fraction(1, 3), b"a", object()),
    *(om.ROOT, om.Quantity(3, "about"), [], {}, ("a", 1), "e\u0301", "\ud800", "x" * 3000, 2 + 3j, dt.time(1)),
)


def _mutated_tables(rng: random.Random, sample: bytes) -> bytes:
    """What to do is drawn later from this seed, as cells are more than bytes can say."""
    return sample + b" " + str(rng.getrandbits(62)).encode()


def _tables(raw: bytes, folder: Path) -> None:
    sort, _, seed = raw.partition(b" ")
    rng = random.Random(seed.decode())
    if sort == b"act":
        given: dict[str, Any] = {
            "units": {"id": ["m1", "m2"], "parent": ["vn", "vn"], "name": ["A", "B"], "code": ["90", "91"]},
            "parents": {"unit": ["a"], "parent": ["m1"]},
            "facts": {"measure:members": {"unit": ["a", "b"], "value": [5, 6]}},
            "links": {"old": ["a", "b"], "new": ["m1", "m1"]},
        }
    else:
        given = {name: _listed(table) for name, table in om.to_tables(samples.small()).items()}
    tables = [table for name, table in given.items() if isinstance(table, dict) and name != "facts"]
    tables += list(given.get("facts", {}).values())
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        _mutate_table(rng, rng.choice(tables))
    if rng.random() < 0.3:
        import pandas as pd
        import polars as pl
        import pyarrow as pa

        frame = rng.choice([pd.DataFrame, lambda table: pl.DataFrame(table, strict=False), pa.table])
        try:
            given["units"] = frame(given["units"])
        except BaseException:  # noqa: BLE001 - then it is no frame that could be given; polars' own is no Exception
            return
    if sort == b"act":
        history = samples.small().enact(om.act_from_tables("2026-01-01", source=om.Source("d"), **given))
    else:
        history = om.from_tables(given.pop("units"), **given)
    use(history)
    assert om.loads(om.dumps(history)) == history


def _listed(table: Any) -> Any:
    """A table with columns of Python's own values."""
    if not isinstance(table, dict):
        return table
    return {
        name: _listed(column)
        if isinstance(column, dict)
        else [None if str(cell) == "NaT" else cell for cell in column.tolist()]
        if hasattr(column, "tolist")
        else column
        for name, column in table.items()
    }


def _mutate_table(rng: random.Random, table: dict[str, Any]) -> None:
    names = [name for name, column in table.items() if isinstance(column, list)]
    if not names:
        return
    name = rng.choice(names)
    column = table[name]
    match rng.randrange(9):
        case 0:
            del table[name]
        case 1:
            more = ("end", "slot", "extent", "dominant", "shares", "event", "kind", "code", "name", "until", "x", "act")
            table[rng.choice(more)] = [rng.choice(_CELLS) for _ in column]
        case 2:
            table[name] = column[: rng.randrange(len(column) + 1)]
        case 3:
            table[name] = [*column, rng.choice(_CELLS)]
        case 4:
            with contextlib.suppress(Exception):
                table[name] = np.array(column, dtype=rng.choice(["U", "object", "datetime64[D]", "int64", "bool", "S"]))
        case 5:
            odd = (None, [], (), "abc", 5, {"a": 1}, np.zeros((3, 2)), np.array(5), iter([1]), range(len(column)))
            table[name] = rng.choice(odd)
        case _:
            if column:
                table[name] = [*column]
                table[name][rng.randrange(len(column))] = rng.choice(_CELLS)


def _import(raw: bytes, folder: Path) -> None:
    from orgmodel.io.importers import import_snapshots

    rng = random.Random(raw.decode())
    lists: dict[Any, dict[str, Any]] = {
        "2020-01-01": {"code": ["1", "2", "3"], "name": ["A", "B", "C"], "kind": ["x", "x", "y"]},
        "2021-01-01": {"code": ["1", "3"], "name": ["A", "C2"], "kind": ["x", "y"]},
    }
    successors: dict[str, Any] = {"code": ["2"], "successors": ["1;3"], "end": ["2020-06-01"]}
    for _ in range(rng.choice([1, 1, 2, 3])):
        _mutate_table(rng, rng.choice([*lists.values(), successors]))
    if rng.random() < 0.2:
        lists[rng.choice(_CELLS[:14])] = lists.pop("2021-01-01")
    history = import_snapshots(lists, successors=successors if rng.random() < 0.5 else None).history
    use(history)
    assert om.loads(om.dumps(history)) == history


def _csv(raw: bytes, folder: Path) -> None:
    from orgmodel.io.tables import read_history_csv, read_units_csv

    for read in (
        lambda: read_history_csv(io.BytesIO(raw), measures=samples.MEASURES),
        lambda: read_units_csv(io.BytesIO(raw), day="2025-07-01", columns={"start": None, "last": None}),
    ):
        with contextlib.suppress(om.OrgmodelError):
            made = read()
            if isinstance(made, om.History):
                use(made)
                assert om.loads(om.dumps(made)) == made


def _csv_samples() -> list[bytes]:
    raw = samples.UNITS_CSV.encode()
    return [raw, raw.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + raw]


def _recode(raw: bytes, folder: Path) -> None:
    from orgmodel.io import translation as recode

    history = samples.history()
    translator = recode.translator(history, "2025-06-30", "2025-07-01", kind="province")
    ending = "parquet" if b"PAR1" in raw[:4] or b"PAR1" in raw[-4:] else "csv"
    source = folder / f"in.{ending}"
    source.write_bytes(raw)
    with contextlib.suppress(om.OrgmodelError):
        recode.recode(source, folder / f"out.{ending}", translator)
    history.vintage(recode.read_column(source, None))


def _parquet() -> list[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"code": [f"{i:02d}" for i in range(6)], "x": list(range(6))}), out)
    return [out.getvalue()]


# ---- plans and rulebooks


def _plans() -> list[bytes]:
    """The plan, and each of its operations alone, so that a fault in one hides no other."""
    head, _, _ = samples.PLAN.partition("[[stage]]")
    alone = [
        f'{head}[[stage]]\nname = "s"\n[[stage.do]]{operation.partition("[[stage]]")[0]}'.replace("$north_west", "pn")
        for operation in samples.PLAN.split("[[stage.do]]")[1:]
    ]
    return [text.encode() for text in (samples.PLAN, *alone)]


def _plan(raw: bytes, folder: Path) -> None:
    for name, text in samples.PLAN_TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "p.toml").write_bytes(raw)
    plan = om.read_plan(folder / "p.toml", strict=False)
    with contextlib.suppress(om.OrgmodelError):
        plan.critical_path()
    plan.simulate(samples.history())


def _rulebooks() -> list[bytes]:
    import orgmodel.party

    path = next(Path(next(iter(orgmodel.party.__path__))).rglob("rulebook*.toml"))
    blocks = re.split(r"(?m)^(?=\[\[rule\]\])", path.read_text(encoding="utf-8"))
    rng = random.Random(3)
    return ["".join([blocks[0], *rng.sample(blocks[1:], 4)]).encode() for _ in range(40)]


def _rulebook(raw: bytes, folder: Path) -> None:
    from orgmodel.party.checks import CHECK_TYPES
    from orgmodel.rules.file import read_rulebook

    (folder / "r.toml").write_bytes(raw)
    read_rulebook(folder / "r.toml", checks=CHECK_TYPES).audit(samples.history().at("2025-09-01"))


# ---- the command line

_DAYS: Final = ("2025-07-01", "2024-06-30", "0001-01-01", "9999-12-31", "2025-02-30", "", "x", "20250701")
_UNITS: Final = ("vn", "p0", "pn", "c1", "Tỉnh mới", "77", "", "x", "\0", "../x", "*", "(", "-", "--", "$a", "é" * 500)


def _commands(raw: bytes, folder: Path) -> None:
    from orgmodel.cli.app import run

    rng = random.Random(zlib.crc32(raw))
    (folder / "hm").write_bytes(raw)
    (folder / "in.csv").write_text(samples.CODES_CSV)
    om.dump(samples.history(), folder / "h.jsonl")
    om.save(samples.history(), folder / "h.om")
    name = rng.choice(["hm", "h.jsonl", "h.jsonl", "h.om", "h.om", "none", ""])
    unit, a, b = rng.choice(_UNITS), rng.choice(_DAYS), rng.choice(_DAYS)
    out, source = str(folder / rng.choice(["out.csv", "out.gexf", "out.x", "."])), str(folder / "in.csv")
    delimiter = rng.choice([",", "", "ab", ";", "\n", '"', "\0"])
    commands = [
        ["show", unit, "--on", a],
        ["show", unit, "--json"],
        ["lineage", unit, "--on", a],
        ["lineage", unit, "--json", "--limit", rng.choice(["0", "-1", "x", "9" * 20])],
        ["diff", a, b],
        ["clusters", a, b],
        ["audit", "--from", a, "--to", b],
        ["export", out, "--on", a],
        ["correspond", source, out, "--from", a, "--to", b, "--delimiter", delimiter],
        ["vintage", source, "--delimiter", delimiter],
        ["check", str(folder / name)],
        ["simulate", str(folder / "hm")],
    ]
    command = rng.choice(commands)
    tokens = command if command[0] == "check" else [*command, "--file", str(folder / name) if name else ""]
    told_out, told_err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told_out), contextlib.redirect_stderr(told_err):
        status = run(tokens)
    assert status in (0, 1, 2), (tokens, status, told_err.getvalue())
    assert "Traceback" not in told_err.getvalue(), tokens


# ---- stores


def _stores() -> list[bytes]:
    import tempfile

    found = []
    for made in (samples.history(), samples.small(), samples.from_rows()):
        with tempfile.TemporaryDirectory() as folder:
            with om.Store.create(f"{folder}/r.db", made) as store:
                # Something that came since the columns were kept.
                day = made.last_day or dt.date(2024, 1, 1)
                unit = next(iter(made.units_ever()))
                store.enact(om.Act("since", day, [om.Change(unit, "name", "N")]))
                store.backup(f"{folder}/copy.db")
            found.append(Path(folder, "copy.db").read_bytes())
    return found


def _wrong_store(rng: random.Random, sample: bytes) -> bytes:
    """A store in which somebody changed cells, rows or lines; sometimes with hashes that are right again."""
    if rng.random() < 0.1:
        return mutated_bytes(rng, sample)
    database = sqlite3.connect(":memory:")
    # One in memory has no write-ahead log, and its header must not ask for one.
    database.deserialize(sample[:18] + b"\1\1" + sample[20:])
    try:
        if rng.random() < 0.5:
            database.execute("DELETE FROM columns_cache")
        for _ in range(rng.randint(1, 3)):
            with contextlib.suppress(sqlite3.Error, OverflowError):
                _change_a_cell(rng, database)
        if rng.random() < 0.5:
            with contextlib.suppress(sqlite3.Error, TypeError, AttributeError, ValueError):
                _chain_anew(database)
        database.commit()
        return bytes(database.serialize())
    finally:
        database.close()


def _change_a_cell(rng: random.Random, database: sqlite3.Connection) -> None:
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    table = rng.choice(tables)
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    keys = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5]]
    rows = database.execute(f"SELECT {', '.join(keys)}, {', '.join(columns)} FROM {table}").fetchall()
    if not rows:
        return
    row, column = rng.choice(rows), rng.choice(columns)
    where = " AND ".join(f"{key} = ?" for key in keys)
    if rng.random() < 0.15:
        database.execute(f"DELETE FROM {table} WHERE {where}", row[: len(keys)])
        return
    was = row[len(keys) + columns.index(column)]
    value: Any = rng.choice([None, 0, -1, 2**62, 1.5, "", "x", "2024-02-30", "none", "json", b"\0", was])
    if isinstance(was, bytes):
        value = mutated_bytes(rng, was)
    elif isinstance(was, str) and was.startswith("{"):
        value = json.dumps(
            mutated_json(rng, json.loads(was)), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
    database.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *row[: len(keys)]))


def _chain_anew(database: sqlite3.Connection) -> None:
    """Writes the hashes of the log as somebody would who means what it says."""
    (header,) = database.execute("SELECT header FROM register").fetchone()
    head, number = jsonl.hash_of([header]), 0
    lines = " UNION ALL ".join(
        f"SELECT line, record FROM {name} WHERE entry = :n" for name in ("operations", "events", "remade", "answers")
    )
    for number, record in database.execute("SELECT number, record FROM entries ORDER BY number").fetchall():
        said = json.loads(record) | {"previous": head}
        first = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        body = [line for _, line in sorted(database.execute(lines, {"n": number}).fetchall())]
        database.execute("UPDATE entries SET record = ?, previous = ? WHERE number = ?", (first, head, number))
        head = jsonl.hash_of([first, *body])
        database.execute("UPDATE entries SET hash = ? WHERE number = ?", (head, number))
    database.execute("UPDATE register SET head = ?, number = ?", (head, number))


def _store(raw: bytes, folder: Path) -> None:
    path = folder / "r.db"
    path.write_bytes(raw)
    with om.Store(path) as store:
        use(store.history)
        store.check()
        store.corrected(since=0)
        with contextlib.suppress(om.OrgmodelError):
            store.enact(om.Act("after", "2030-01-01", [om.Change("a", "name", "Z")]))
        with contextlib.suppress(om.OrgmodelError):
            store.forget("p")
        store.rebuild()
        use(store.history)
        assert store.check() == ()


TARGETS: Final[Mapping[str, Target]] = {
    "loads": Target(_jsonl, _rechained, _load),
    "open_history": Target(_columns, _crafted, _open),
    "stores": Target(_stores, _wrong_store, _store),
    "tables": Target(_table_sample, _mutated_tables, _tables),
    "csv": Target(_csv_samples, mutated_bytes, _csv),
    "recode": Target(lambda: [samples.CODES_CSV.encode()], mutated_bytes, _recode),
    "parquet": Target(_parquet, mutated_bytes, _recode),
    "plans": Target(_plans, mutated_toml, _plan),
    "rulebooks": Target(_rulebooks, mutated_toml, _rulebook),
    "importers": Target(lambda: [b"lists"], _mutated_tables, _import),
    "commands": Target(_jsonl, mutated_json_lines, _commands),
}
