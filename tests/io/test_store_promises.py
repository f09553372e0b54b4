"""What a store promises, one by one, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pickle
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from databases import Place
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from places import DATA, ROOT, SUPPORT
from profiles import times
from sqlalchemy import create_engine, delete, insert, select, text, update
from store_registers import alike, named, small

import orgmodel as om
from orgmodel.engine.file import unpacked
from orgmodel.io import jsonl
from orgmodel.io.store import creating, reading, tables
from orgmodel.model.source import Source

# ---- the log and its head


def test_the_log_is_the_file(place: Place) -> None:
    """A store holds the lines of the history's file, and its head is the one that the file ends with."""
    history = small()
    with om.Store.create(place(), history) as store, store._database.reading() as connection:
        said = store._said(connection)
        assert reading.text(connection, said) == jsonl.dumps(history)
        assert store.head == jsonl.head_of(history)
        assert store.number == len(history.log) == 3


def test_an_empty_register(place: Place) -> None:
    """A store may begin with nothing; its schema and measures come back."""
    schema, measures = om.Schema(kinds=[om.Kind("cell")]), [om.Measure("members")]
    with om.Store.create(address := place(), schema=schema, measures=measures) as store:
        assert store.number == 0
        assert store.head == jsonl.head_of(store.history)
        store.enact(om.Act("a", "2025-01-01", [om.Creation(om.Unit("x", kind="cell"))]))
    with om.Store(address) as store:
        assert store.history.schema == schema
        assert list(store.history.measures) == ["members"]
        assert store.history.at("2025-01-01").unit("x").kind == "cell"


def test_enacting_what_is_there_records_nothing(place: Place) -> None:
    """An act that is there already, equal, is passed over."""
    with om.Store.create(place(), small()) as store:
        store.enact(named("W"))
        head = store.head
        assert store.enact(named("W")) == store.history
        assert store.head == head


def test_a_store_begins_with_one_thing(place: Place) -> None:
    """A history has its own schema: another one beside it is refused."""
    with pytest.raises(om.Refused, match="of its own"):
        om.Store.create(place(), small(), measures=[om.Measure("members")])


def test_acts_are_durable(place: Place) -> None:
    """Whatever is usual in the database, an act is written through to the disk before the call returns."""
    address = place()
    with om.Store.create(address, small()) as store, store._database.writing() as connection:
        if store._database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            return
    lax = address.replace("options=", "options=-csynchronous_commit%3Doff%20")
    with om.Store(lax) as store:
        with store._database.reading() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off"
        with store._database.writing() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_register_of_which_no_act_counts(place: Place) -> None:
    """Where all acts were cancelled the log is there, and it goes on."""
    history = om.history_of([{"id": "vn"}], day="2024-01-01")
    history = history.cancel(history.acts[0].id, reason="a trial")
    with om.Store.create(address := place(), history) as store:
        assert store.history == history
        store.enact(om.Act("anew", "2024-01-01", [om.Creation(om.Unit("vn"))]))
        assert store.check() == ()
    with om.Store(address) as store:
        assert store.number == 3
        store.cancel("anew", reason="another trial")
        with om.Store(address) as opened:
            alike(opened.history, store.history)


# ---- two writers


def test_of_two_writers_one_is_told(place: Place) -> None:
    """Who stands on an older head gets StaleHead with what came between, and nothing of his is recorded."""
    address = place()
    with om.Store.create(address, small()) as one, om.Store(address) as two:
        head = one.head
        one.enact(named("W"), named("X", "2025-02-01"))
        with pytest.raises(om.StaleHead) as caught:
            two.enact(named("Y", "2025-03-01"))
        error = caught.value
        assert isinstance(error, om.Conflict)
        assert [act.id for act in error.between] == ["named W", "named X"]
        assert [entry.number for entry in error.entries] == [4, 5]
        assert (error.expected, error.head) == (head, one.head)
        assert "named W" in str(error)
        same = pickle.loads(pickle.dumps(error))
        assert (same.between, same.expected, str(same)) == (error.between, head, str(error))
        # He has looked now.
        two.refresh()
        two.enact(named("Y", "2025-03-01"))
        assert [act.id for act in one.history.acts][-1] == "named Y"


def test_an_expected_head(place: Place) -> None:
    """``expect`` is the head that the register must have, however the store was used since it was read."""
    with om.Store.create(place(), small()) as store:
        head = store.head
        store.enact(named("W"), expect=head)
        with pytest.raises(om.StaleHead) as caught:
            store.enact(named("X", "2025-02-01"), expect=head)
        assert [act.id for act in caught.value.between] == ["named W"]
        store.enact(named("X", "2025-02-01"), expect=head, retry=1)
        with pytest.raises(om.StaleHead, match="no entry has the head nonsense"):
            store.enact(named("Y", "2025-03-01"), expect="nonsense")
        assert [act.id for act in store.history.acts][-2:] == ["named W", "named X"]


def test_a_cancellation_is_told_as_what_came_between(place: Place) -> None:
    """A cancellation is among the entries, and has no act."""
    address = place()
    with om.Store.create(address, small()) as one, om.Store(address) as two:
        one.cancel("found", reason="a forgery")
        with pytest.raises(om.StaleHead) as caught:
            two.enact(named("W"))
        assert caught.value.between == ()
        assert [(entry.type, entry.about) for entry in caught.value.entries] == [("cancellation", "found")]


def test_retry_answers_no_questions(place: Place) -> None:
    """``retry`` enacts on the new head; where that asks, the question is raised and nothing is recorded."""
    address = place()
    rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}, {"id": "c", "parent": "vn"}]
    with om.Store.create(address, om.history_of(rows, day="2024-01-01")) as one, om.Store(address) as two:
        with two.history.draft("2025-01-01") as act:
            act.break_down("a", into=[om.Unit("n"), om.Unit("s")], children={})
        # Meanwhile it got a child, and nobody said in which part it goes.
        one.enact(om.Act("child", "2024-06-01", [om.Change("c", "parent", "a")]))
        with pytest.raises(om.Ambiguous):
            two.enact(act, retry=5)
        assert one.history.acts[-1].id == "child"


def test_what_is_refused_on_old_ground_is_tried_on_the_new(place: Place) -> None:
    """Another writer found that a unit lived longer: an act about it stands, whoever had not read that yet."""
    address = place()
    with om.Store.create(address, small()) as one, om.Store(address) as two:
        merger = one.history.act("1965-07-01 12/NQ")
        moved = evolve(merger, effective=dt.date(1970, 7, 1), resolved=None, on=None)
        one.correct(merger.id, moved, reason="five years later", recorded="2024-01-01")
        act = om.Act("figure", "1968-01-01", [om.Change("a", "measure:members", 9, "own")])
        with pytest.raises(om.StaleHead) as stale:
            two.enact(act, recorded="2025-01-01")
        assert isinstance(stale.value.__cause__, om.InvalidAct)
        assert two.enact(act, retry=1, recorded="2025-01-01").at("1968-01-01").measure("a", "members") == 9
        with pytest.raises(om.InvalidAct):
            two.enact(om.Act("late", "1971-01-01", [om.Change("a", "measure:members", 9, "own")]), retry=3)


def test_a_file_that_was_replaced_is_not_written_to(tmp_path: Path) -> None:
    """Who has a store open does not go on with a file that nobody sees any more; a backup is never the store itself."""
    path = tmp_path / "register.db"
    with om.Store.create(path, small()) as store:
        (tmp_path / "link.db").symlink_to(path)
        for target in (path, tmp_path / "link.db"):
            with pytest.raises(om.Refused, match="is the store itself; name another file"):
                store.backup(target)
        store.backup(tmp_path / "copy.db")
        os.replace(tmp_path / "copy.db", path)
        for use in (lambda: store.enact(named("W", "2030-01-01")), lambda: store.history):
            with pytest.raises(om.StoreFailed, match="replaced or removed since it was opened"):
                use()
    with om.Store(path) as again:
        assert again.enact(named("W", "2030-01-01")).at("2030-01-01").unit("vn").name == "W"


@pytest.mark.parametrize("retry", [-1, -20])
def test_a_number_of_retries(place: Place, retry: int) -> None:
    """A number of retries below 0 is refused."""
    with om.Store.create(place()) as store, pytest.raises(om.Refused, match="from 0 on"):
        store.enact(named("W"), retry=retry)


def test_eight_writers(place: Place) -> None:
    """Eight processes that write at once with ``retry=20`` record eight acts."""
    address = place()
    om.Store.create(address, small()).close()
    # A process of its own, so that what it forks has one thread.
    subprocess.run([sys.executable, SUPPORT / "store_trials.py", "writers", address, "8"], check=True, timeout=120)
    with om.Store(address) as store:
        assert {act.id for act in store.history.acts} >= {f"named {n}" for n in range(8)}
        assert store.number == 3 + 8
        assert store.check() == ()


def test_threads_of_one_store(place: Place) -> None:
    """Several threads may use one store: each act is recorded once."""
    with om.Store.create(place(), small()) as store:
        threads = [threading.Thread(target=store.enact, args=(named(str(n)),)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.number == 3 + 6
        assert store.check() == ()


def test_a_history_of_another_branch_is_not_recorded(place: Place) -> None:
    """What a function gives back must go on from what it got."""
    with om.Store.create(place(), small()) as store:
        with pytest.raises(om.Refused, match="does not continue"):
            store.change(lambda history: small().enact(named("W")))
        with pytest.raises(om.Refused, match="does not continue"):
            store.change(lambda history: history.as_recorded(1))
        assert store.number == 3
        # All that it does is recorded, or nothing is.
        store.change(lambda history: history.enact(named("W")).cancel("found", reason="a forgery"))
        assert store.number == 5


def test_readers_see_whole_acts(place: Place) -> None:
    """Who reads while somebody writes sees both units that an act founds, or none."""
    address = place()
    om.Store.create(address, small()).close()
    done = threading.Event()
    faults: list[str] = []
    looks = 0

    def read() -> None:
        nonlocal looks
        with om.Store(address) as reader:
            while not done.is_set():
                history = reader.history
                looks += 1
                pairs = [unit for unit in history.units_ever() if unit.startswith("pair-")]
                if len(pairs) % 2 or len(pairs) != 2 * (len(history.log) - 3):
                    faults.append(f"{len(history.log)} entries, {len(pairs)} units")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with om.Store(address) as writer:
            for n in range(15):
                units = [om.Creation(om.Unit(f"pair-{n}-{side}", parent="vn")) for side in "ab"]
                writer.enact(om.Act(f"pair {n}", "2025-01-01", units))
    finally:
        done.set()
        reader.join()
    assert faults == []
    assert looks > 0


def test_what_is_learned_late_is_read_in_order(place: Place) -> None:
    """Who reads what somebody else learned late lists units in the order in which a history lists them."""
    address = place()
    rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}]
    with om.Store.create(address, om.history_of(rows, day="2024-01-01")) as one, om.Store(address) as two:
        with one.history.draft("2025-01-01") as act:
            act.merge(["a", "b"], into=om.Unit("ab"))
        one.enact(act)
        alike(two.history, one.history)
        # Units of before the merger come before what came of it, whatever was recorded first.
        born = [om.Creation(om.Unit(unit, parent="vn")) for unit in ("y", "x")]
        one.enact(om.Act("late", "2024-06-01", born), recorded="2026-01-01")
        assert two.history.unit_ids() == ("vn", "a", "b", "y", "x", "ab")
        alike(two.history, one.history)
        # So do mergers of before a merger, and what was born and is gone again leaves nothing.
        with one.history.draft("2024-09-01") as act:
            act.merge(["x", "y"], into=om.Unit("xy"))
        one.enact(act)
        one.enact(om.Act("never", "2024-07-01", [om.Creation(om.Unit("z", parent="vn"))]))
        one.cancel("never", reason="a slip")
        with pytest.raises(om.Refused, match="was cancelled"):
            two.enact(om.Act("never", "2024-07-01", [om.Creation(om.Unit("z", parent="vn"))]), retry=1)
        assert two.history.unit_ids() == ("vn", "a", "b", "y", "x", "xy", "ab")
        alike(two.history, one.history)
        assert one.check() == ()


def test_what_was_enacted_act_by_act(place: Place) -> None:
    """A register that grew act by act has the same rows as one that is made from the same log."""
    history = small()
    with om.Store.create(place(), history.as_recorded(1)) as grown, om.Store.create(place(), history) as made:
        for entry in history.log[1:]:
            assert entry.act is not None
            grown.enact(evolve(entry.act, resolved=None, on=None), recorded=entry.recorded)
        assert grown.head == made.head
        assert grown.check() == ()
        for table in (tables.acts, tables.facts, tables.facts_before, *tables.LINES):
            with grown._database.reading() as one, made._database.reading() as other:
                asked = select(*table.columns)
                assert sorted(map(str, one.execute(asked))) == sorted(map(str, other.execute(asked)))


# ---- what was said, and what was corrected


def test_what_the_register_said(place: Place) -> None:
    """What it said on a day about another, what was corrected since, by whom and why: one call each."""
    with om.Store.create(place(), small()) as store:
        # In 2020 the merger was known, and nothing of the members of b.
        then = store.said("1967-01-01", recorded="2020-12-31")
        assert str(then.measure("ab", "members")) == "unknown, 3 to ?"
        assert store.history.at("1967-01-01").measure("ab", "members").low == 7
        assert {unit.id for unit in store.said("1967-01-01", recorded=1).units()} == {"vn", "a", "b"}
        with pytest.raises(om.NotOnRecord, match="on 1959-12-31: the record begins on 1960-01-01"):
            store.said("1967-01-01", recorded="1959-12-31")
        (late,) = store.corrected(since="2020-12-31")
        assert (late.number, late.type, late.act, late.source.label, late.was) == (
            3,
            "act",
            "found",
            "an archive",
            None,
        )
        assert [(f.subject, f.value) for f in late.after if f.track == "measure:members"] == [("ab", "7"), ("b", "4")]
        assert [f.subject for f in late.before] == ["ab"]
        store.correct("found", om.Act("found", "1962-06-01", [om.Change("b", "measure:members", 5, "own")],
                      Source("the archive itself")), reason="misread", recorded="2024-01-01")  # fmt: skip
        store.cancel("found", reason="a forgery", recorded="2025-01-01")
        told = store.corrected(since="2020-12-31")
        assert [(c.type, c.reason, c.source.label) for c in told] == [
            ("act", "", "an archive"),
            ("correction", "misread", "the archive itself"),
            ("cancellation", "a forgery", "the archive itself"),
        ]
        assert str(told[1]) == "2024-01-01 correction of found: misread [the archive itself]"
        assert [c.number for c in store.corrected(since=3)] == [4, 5]
        # Nothing of it is about 1961, when all was as the register said.
        assert store.corrected(since="2020-12-31", about="1961-01-01") == ()
        assert len(store.corrected(since="2020-12-31", about="1963-01-01")) == 3
        # A new act of a day that nobody could have asked about corrects nothing.
        store.enact(named("W", "2026-01-01"))
        assert len(store.corrected(since="2020-12-31")) == 3


SAID = """
    SELECT subject, value, source FROM said
    WHERE track = :track AND recorded <= :on AND (superseded IS NULL OR superseded > :on)
      AND from_day <= :about AND (until_day IS NULL OR until_day > :about)
    ORDER BY subject
"""


def test_views_say_what_calls_say(place: Place) -> None:
    """The views by the same names, asked by hand as another tool would, say the same."""
    with om.Store.create(place(), small()) as store:
        store.correct("found", om.Act("found", "1962-06-01", [om.Change("b", "measure:members", 5, "own")],
                      Source("the archive itself")), reason="misread", recorded="2024-01-01")  # fmt: skip
        with store._database.reading() as connection:

            def asked(query: str, **values: Any) -> list[tuple[Any, ...]]:
                return [tuple(row) for row in connection.execute(text(query), values)]

            about = {"track": "measure:members", "about": "1963-01-01"}
            assert asked(SAID, on="2020-12-31", **about) == [("a", "3", "a register")]
            assert asked(SAID, on="2023-06-01", **about) == [("a", "3", "a register"), ("b", "4", "an archive")]
            assert asked(SAID, on="2025-01-01", **about) == [("a", "3", "a register"), ("b", "5", "the archive itself")]
            # Who said so and why.
            since = "SELECT act, type, reason, source, was_source FROM corrected WHERE recorded > :day AND late ORDER BY number"
            assert asked(since, day="2020-12-31") == [
                ("found", "act", "", "an archive", None),
                ("found", "correction", "misread", "the archive itself", "an archive"),
            ]
            what = """SELECT word, subject, value FROM corrected_facts WHERE number = 4 AND subject = 'b' AND
                      track = 'measure:members' ORDER BY word DESC"""
            assert asked(what) == [("was", "b", "4"), ("is", "b", "5")]
            # All that the view says of a day is what the call gives.
            names = "SELECT subject FROM facts WHERE track = 'life' AND value = 'unit' AND until_day IS NULL"
            assert {row[0] for row in asked(names)} == {unit.id for unit in store.history.at("2025-01-01").units()}


def test_a_source_that_was_corrected(place: Place) -> None:
    """Where only the source of an act is corrected, what it says is known since by the new one, and before by the old."""
    with om.Store.create(place(), small()) as store:
        found = store.history.act("found")
        store.correct(
            "found", evolve(found, source=Source("a better archive")), reason="misquoted", recorded="2024-01-01"
        )
        about = {"track": "measure:members", "about": "1963-01-01"}
        with store._database.reading() as connection:
            said = [
                {row.subject: row.source for row in connection.execute(text(SAID), {"on": day, **about})}["b"]
                for day in ("2023-06-01", "2024-06-01")
            ]
        assert said == ["an archive", "a better archive"]
        (late, correction) = store.corrected(since="2020-12-31")
        assert (correction.before, correction.after) == ((), ())
        assert correction.source.label == "a better archive"
        assert late.source.label == "an archive"


# ---- texts, days and numbers of all sorts


@times(0.25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), number=st.integers(-(2**70), 2**70))
def test_every_value_comes_back(place: Place, name: str, number: int) -> None:
    """Names of any characters, large and small numbers, slots of all sorts come back from the tables."""
    history = om.history_of([{"id": "vn"}], day="0001-01-01")
    changes = [
        om.Change("vn", "name", name),
        om.Change("vn", "fact:number", number),
        om.Change("vn", "fact:of", name, ("chair", 1)),
        om.Change("vn", "fact:of", True, "json:like"),
        om.Change("vn", "fact:of", None, name),
        om.Change("vn", "measure:x", om.Quantity(abs(number)), "own"),
    ]
    with om.Store.create(address := place(), history) as store:
        store.enact(om.Act("all", "9999-12-31", changes, note=name))
        with om.Store(address) as opened:
            alike(opened.history, store.history)
            assert opened.history.at("9999-12-31").unit("vn").name == name


def test_histories_from_tables(place: Place) -> None:
    """A history from tables, whose acts make their events from rows, is recorded as all others are."""
    units = [
        {"id": f"u{n}", "start": "2024-01-01", "name": f"U{n}", "end": "2025-01-01" if n > 8 else ""} for n in range(12)
    ]
    parents = [{"unit": f"u{n}", "parent": "u0" if n else "", "start": "2024-01-01"} for n in range(12)]
    history = om.from_tables(pl.DataFrame(units), parents=pl.DataFrame(parents))
    with om.Store.create(address := place(), history) as store:
        alike(store.history, jsonl.loads(jsonl.dumps(history)))
        store.enact(om.Act("b", "2026-01-01", [om.Change("u3", "name", "B")]))
        assert store.check() == ()
        with om.Store(address) as opened:
            alike(opened.history, store.history)


def test_acts_from_tables(place: Place) -> None:
    """An act from tables, enacted on a store, is recorded with the events that it makes."""
    history = om.history_of([{"id": "vn"}, *({"id": f"u{n}", "parent": "vn"} for n in range(6))], day="2024-01-01")
    links = pl.DataFrame([{"old": f"u{n}", "new": f"w{n // 2}"} for n in range(6)])
    units = pl.DataFrame([{"id": f"w{n}", "parent": "vn", "name": f"W{n}"} for n in range(3)])
    with om.Store.create(address := place(), history) as store:
        act = om.act_from_tables("2025-07-01", links=links, units=units, source=Source("15/NQ"))
        store.enact(act)
        assert store.check() == ()
        with om.Store(address) as opened:
            alike(opened.history, store.history)


# ---- columns, and what is made from the log


def test_opening_reads_what_came_since(place: Place) -> None:
    """A store is opened from its columns and what was recorded since; the log is not read."""
    address = place()
    with om.Store.create(address, small()) as store:
        store.enact(named("W"))
        with store._database.writing() as connection:
            # Were the founding act read again, its line would be missed.
            connection.execute(update(tables.events).where(tables.events.c.entry == 1).values(record="{}"))
    with om.Store(address) as store:
        assert store.history.at("2025-01-01").unit("vn").name == "W"


@pytest.mark.parametrize("damage", ["a byte", "cut", "a part", "all", "another head", "another number"])
def test_columns_that_are_not_whole_are_not_used(place: Place, damage: str) -> None:
    """Columns that were torn, or are those of another log, are told from whole ones, and the log is read instead."""
    address, history = place(), small()
    with om.Store.create(address, history) as store:
        store.enact(named("W"))
        history = store.history
        table = tables.columns_cache
        with store._database.writing() as connection:
            raw = connection.execute(select(table.c.bytes).where(table.c.part == 0)).scalar_one()
            assert unpacked(raw)
            match damage:
                case "a byte":
                    torn = raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :]
                    connection.execute(update(table).values(bytes=torn))
                case "cut":
                    connection.execute(update(table).values(bytes=raw[:-100]))
                case "a part":
                    connection.execute(update(table).values(part=1, bytes=raw[100:]))
                case "all":
                    connection.execute(delete(table))
                case "another head":
                    connection.execute(update(table).values(head="0" * 32))
                case _:
                    connection.execute(update(table).values(number=2))
    with om.Store(address) as store:
        alike(store.history, history)
        found = store.check()
        assert all(finding.severity == "warning" and finding.rule == "columns" for finding in found)
        assert len(found) == (damage != "all")
        store.rebuild()
        assert store.check() == ()
        alike(store.history, history)


def test_facts_are_made_anew(place: Place) -> None:
    """Whatever became of the tables that are made from the log: the check tells it, and ``rebuild`` mends it."""
    with om.Store.create(address := place(), small()) as store:
        with store._database.writing() as connection:
            for table in creating.DERIVED:
                connection.execute(delete(table))
        found = store.check()
        assert {finding.rule for finding in found} == {"derived"}
        assert any("facts is missing" in finding.message for finding in found)
        store.rebuild()
        assert store.check() == ()
    with om.Store(address) as store:
        alike(store.history, small())


def cells() -> list[tuple[str, str]]:
    """Each column of each table of the log and of what is made from it, that says anything."""
    passed_over = {"nth", "position", "id", "part"}
    return [
        (table.name, column.name)
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if column.name not in passed_over
    ]


def test_a_changed_cell_is_found(tmp_path: Path) -> None:
    """Whatever cell of whatever table is changed: the check finds it, or the store says at once that it is damaged."""
    whole, path = tmp_path / "whole.db", tmp_path / "r.db"
    om.Store.create(whole, rich()).close()
    silent: list[str] = []
    for table, column in cells():
        shutil.copyfile(whole, path)
        changed = tables.metadata.tables[table]
        with om.Store(path) as store:
            with store._database.writing() as connection:
                rows = connection.execute(select(changed)).mappings().all()
                assert rows, f"nothing to change in {table}: make the history richer"
                row = max(rows, key=lambda row: (row[column] is not None, str([row[c.name] for c in changed.c])))
                other = _other(row[column], changed.c[column].type.python_type)
                where = [c == row[c.name] for c in changed.primary_key.columns]
                connection.execute(update(changed).where(*where).values({column: other}))
            found = store.check()
        with contextlib.suppress(om.OrgmodelError), om.Store(path) as store:
            # An answer, or one of our errors.
            assert store.history.units_ever()
        if not found:
            silent.append(f"{table}.{column}: {row[column]!r} -> {other!r}")
    assert silent == []


def _other(value: Any, sort: type) -> Any:
    if value is None:
        return {str: "x", int: 7, dt.date: dt.date(1999, 1, 1)}[sort]
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes):
        return value[:-1]
    if isinstance(value, int):
        return value + 1_000
    if isinstance(value, dt.date):
        return value + dt.timedelta(400)
    return value[:-2] + ("x" if value[-2:-1] != "x" else "y") + value[-1:] if len(value) > 1 else value + "x"


def rich() -> om.History:
    """A history in which every column of the tables says something."""
    history = small()
    source = Source("14/NQ", issuer="the centre", title="a title", decided="2019-01-01", in_force="2019-02-01")
    placed = om.Act("placed", "1965-07-01", [om.Change("vn", "name", "P")], source, "a note", before="1965-07-01 12/NQ")
    history = history.enact(placed, recorded="2023-03-01")
    placed = om.Act("placed too", "1965-07-01", [om.Change("vn", "code", "P")], source, after="placed",
                    within=om.Period("1965-06-01", "1965-07-02"))  # fmt: skip
    history = history.enact(placed, recorded="2023-03-02")
    until = om.Act("until", "2024-01-01", [om.Change("vn", "fact:plan", "p", until=dt.date(2024, 6, 1))])
    history = history.enact(until, recorded="2024-01-01")
    # A child that is learned of late is asked for by the merger, and answered.
    answer = om.Answer("1965-07-01 12/NQ", about="ab", parent="vn")
    late = om.Act("late", "1963-01-01", [om.Change("a", "name", "A")])
    return history.enact(late, recorded="2024-02-01", answers=[answer])


@pytest.mark.parametrize("table", [table.name for table in (tables.entries, *tables.LINES)])
@pytest.mark.parametrize("how", ["lost", "doubled", "moved"])
def test_a_lost_or_doubled_line_is_found(tmp_path: Path, table: str, how: str) -> None:
    """A line of the log that is lost, doubled or moved is found and named; without columns the store is not opened."""
    address = tmp_path / "r.db"
    with om.Store.create(address, rich()) as store:
        changed = tables.metadata.tables[table]
        by_line = "line" in changed.c
        with store._database.writing() as connection:
            connection.execute(delete(tables.columns_cache))
            order = [changed.c.entry, changed.c.line] if by_line else [changed.c.number]
            row = dict(connection.execute(select(changed).order_by(*order)).mappings().all()[-1])
            where = [column == row[column.name] for column in changed.primary_key.columns]
            more = {"line": row["line"] + 1} if by_line else {"number": row["number"] + 1}
            if how == "lost":
                connection.execute(delete(changed).where(*where))
            elif how == "doubled":
                hashed = {} if by_line else {"hash": "0" * 32}
                connection.execute(insert(changed), [row | more | hashed])
            else:
                connection.execute(update(changed).where(*where).values(more))
        assert store.check() != ()
    if how != "moved" or not by_line:
        with pytest.raises(om.InvalidFile):
            om.Store(address)


# ---- a backup, and who is forgotten


def test_a_backup_while_others_write(place: Place, tmp_path: Path) -> None:
    """A backup is a store of its own, whole, in a file, whoever writes meanwhile."""
    address = place()
    with om.Store.create(address, small()) as store, om.Store(address) as other:
        stop = threading.Event()

        def write() -> None:
            for n in range(1_000):
                if stop.is_set():
                    return
                other.enact(named(str(n)), retry=3)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for n in range(3):
                store.backup(tmp_path / f"{n}.db")
        finally:
            stop.set()
            writer.join()
        whole = store.history
    for n in range(3):
        with om.Store(tmp_path / f"{n}.db") as copy:
            assert copy.check() == ()
            assert copy.history.log == whole.log[: copy.number]
            copy.enact(named("of the copy", "2030-01-01"))
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]


def with_a_person(person: str) -> om.History:
    history = small()
    office = om.Change("ab", "office", person, ("chair", 1))
    appointed = om.Act("appointed", "1970-01-01", [office], Source("13/NQ"), f"appoints {person}")
    history = history.enact(appointed, recorded="2024-01-01")
    return history.enact(named("W"))


def test_a_person_is_forgotten(place: Place) -> None:
    """A tombstone stands in the place of an id, the log has another head, and an entry at its end says so."""
    address, person = place(), "person-0f3a"
    with om.Store.create(address, with_a_person(person)) as store, om.Store(address) as reader:
        store.correct("appointed", om.Act("appointed", "1970-02-01", [om.Change("ab", "office", person, ("chair", 1))],
                      note="misprinted"), reason="misread", recorded="2026-01-01")  # fmt: skip
        reader.refresh()
        head = store.head
        done = store.forget(person, recorded="2026-02-01", source=Source("a request"))
        assert (done.head_before, done.head, done.entries) == (head, store.head, (4, 6))
        assert store.head != head
        said = store.history.log[-1]
        assert (said.type, said.about, str(said.recorded)) == ("act", "forgetting-1", "2026-02-01")
        assert said.act is not None
        assert head in said.act.note
        assert said.act.source.label == "a request"
        assert store.history.at("1970-03-01").slots("ab", "office") == {("chair", 1): done.tombstone}
        # The number of entries and the rest of what they say are as they were.
        assert store.number == 7
        assert store.check() == ()
        with store._database.reading() as connection:
            for table in tables.metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    there = [value for value in row if person in (value if isinstance(value, str) else "")]
                    # The note is a text of its own, which is told and left.
                    assert not [value for value in there if "appoints" not in value]
                    assert not any(isinstance(value, bytes) and b'"' + person.encode() in value for value in row)
        assert done.left == (f"entry 4: appoints {person}",)
        # Who had read before reads anew, and who wrote on the old head is told.
        with pytest.raises(om.StaleHead):
            reader.enact(named("X", "2027-01-01"))
        alike(reader.history, store.history)
        assert store.forget(done.tombstone).act == "forgetting-2"


@pytest.mark.parametrize("sort", ["vn", "chair", "nobody", "found", "AB"])
def test_only_persons_are_forgotten(place: Place, sort: str) -> None:
    """The id of a unit, of an act, a post, a name or nothing at all is refused, and nothing is changed."""
    with om.Store.create(place(), with_a_person("p-1")) as store:
        head = store.head
        with pytest.raises(om.Refused):
            store.forget(sort)
        store.refresh()
        assert store.head == head


def test_nothing_of_a_forgotten_person_is_left_in_the_file(tmp_path: Path) -> None:
    """The bytes of the id are gone from the file of SQLite and from its log, free pages too."""
    person = "person-0f3a77"
    history = small().enact(om.Act("appointed", "1970-01-01", [om.Change("ab", "office", person, ("chair", 1))]))
    with om.Store.create(tmp_path / "r.db", history) as store:
        # Free pages with the id: columns that were kept and kept anew.
        for _ in range(3):
            store.rebuild()
        assert any(person.encode() in file.read_bytes() for file in tmp_path.iterdir())
        assert store.forget(person).left == ()
        assert not any(person.encode() in file.read_bytes() for file in tmp_path.iterdir())


# ---- what is no store


def test_what_is_no_store(tmp_path: Path) -> None:
    """Files that are no store are refused by one of our errors, and nothing is made in passing."""
    with pytest.raises(FileNotFoundError):
        om.Store(tmp_path / "nothing.db")
    (tmp_path / "text.db").write_text(jsonl.dumps(small()))
    (tmp_path / "empty.db").write_bytes(b"")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE register (name TEXT)")
    other.close()
    (tmp_path / "cut.db").write_bytes(b"SQLite format 3\0")
    (tmp_path / "folder.db").mkdir()
    for name in ("text", "empty", "other", "cut", "folder"):
        with pytest.raises((om.InvalidFile, om.StoreFailed)):
            om.Store(tmp_path / f"{name}.db")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".db") == [
        "cut.db", "empty.db", "folder.db", "other.db", "text.db",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe is no store, and nobody waits for what comes through it."""
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(om.InvalidFile):
        om.Store(tmp_path / "pipe.db")


@pytest.mark.parametrize("address", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "postgresql://[", "://"])
def test_addresses_that_are_none(address: str) -> None:
    """An address of something else is refused and says what would do."""
    with pytest.raises(om.StoreFailed):
        om.Store(address)


def test_a_driver_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver of PostgreSQL one line says which extra brings it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(om.OrgmodelError, match=r"orgmodel\[postgresql\]"):
        om.Store("postgresql://me@localhost/registers")


def test_a_database_that_is_not_there() -> None:
    """A server that does not answer is told as one of our errors, without the password."""
    with pytest.raises(om.StoreFailed) as caught:
        om.Store("postgresql://me:secret@localhost:1/registers", wait=1)
    assert "secret" not in str(caught.value)


def test_a_store_is_made_once(place: Place, tmp_path: Path) -> None:
    """Where there is a store, or another file, none is made; a making that was cut off leaves a place for one."""
    address = place()
    om.Store.create(address, small()).close()
    with pytest.raises((FileExistsError, om.StoreFailed)):
        om.Store.create(address)
    with om.Store(address) as store:
        assert store.number == 3
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises((FileExistsError, om.InvalidFile)):
        om.Store.create(tmp_path / "letter.txt")
    assert (tmp_path / "letter.txt").read_text() == "Dear all"
    (tmp_path / "empty.db").touch()
    om.Store.create(tmp_path / "empty.db").close()


def test_a_history_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """If the first history is refused, no file is left."""

    class Broken(om.History):
        @property
        def _record(self) -> Any:
            raise om.Refused("a history", [])

        @_record.setter
        def _record(self, value: Any) -> None:
            return

    with pytest.raises(om.Refused):
        om.Store.create(tmp_path / "r.db", Broken())
    assert list(tmp_path.iterdir()) == []


# ---- versions


def test_a_version_that_is_not_known(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of an older version are migrated when asked, all or nothing; those of a newer one are refused."""
    address = place()
    om.Store.create(address, small()).close()
    monkeypatch.setattr(tables, "VERSION", 3)
    with pytest.raises(om.InvalidFile, match="up to date with"):
        om.Store(address)
    seen: list[int] = []
    monkeypatch.setattr(creating, "MIGRATIONS", {1: lambda connection: seen.append(1)})
    with pytest.raises(om.InvalidFile, match="nothing brings tables of version 2"):
        om.Store.migrate(address)
    with pytest.raises(om.InvalidFile, match="version 1"):
        om.Store(address)
    monkeypatch.setattr(creating, "MIGRATIONS", {1: lambda _: seen.append(1), 2: lambda _: seen.append(2)})
    assert om.Store.migrate(address) == (1, 3)
    assert seen == [1, 1, 2]
    assert om.Store.migrate(address) == (3, 3)
    with om.Store(address) as store:
        assert store.history == small()
    monkeypatch.setattr(tables, "VERSION", 1)
    with pytest.raises(om.InvalidFile, match="a newer orgmodel made it"):
        om.Store(address)


def test_the_first_version_is_read(tmp_path: Path) -> None:
    """A store as version 1 wrote it, kept as text, is read by this release and all later ones."""
    made = sqlite3.connect(tmp_path / "r.db")
    made.executescript((DATA / "store-1.sql").read_text(encoding="utf-8"))
    made.close()
    if tables.VERSION > 1:
        om.Store.migrate(tmp_path / "r.db")
    with om.Store(tmp_path / "r.db") as store:
        assert store.history == rich()
        assert store.check() == ()
        store.enact(named("later", "2030-01-01"))


# ---- who may write


def test_roles(postgresql: str) -> None:
    """The roles of the how-to: a reader cannot write, a recorder appends and cannot rewrite the log."""
    from databases import schema_in

    address = schema_in(postgresql)
    om.Store.create(address, small()).close()
    schema = address.rpartition("%3D")[2]
    page = (ROOT / "docs" / "how-to" / "keep-a-register.md").read_text(encoding="utf-8")
    (grants,) = (block for block in page.split("```")[1::2] if block.startswith("sql\n") and "CREATE ROLE" in block)
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
        connection.exec_driver_sql(grants.removeprefix("sql\n"))
        connection.exec_driver_sql("CREATE USER a_reader IN ROLE register_reader")
        connection.exec_driver_sql("CREATE USER a_recorder IN ROLE register_recorder")
    as_ = lambda user: address.replace("postgres:@", f"{user}:@")  # noqa: E731
    with om.Store(as_("a_recorder")) as store:
        store.enact(named("W"))
        with pytest.raises(om.StoreFailed, match="permission denied"):
            store.rebuild()
        with pytest.raises(om.StoreFailed, match="permission denied"), store._database.writing() as connection:
            connection.execute(update(tables.entries).values(reason="x"))
    with om.Store(as_("a_reader")) as store:
        assert store.history.at("2025-01-01").unit("vn").name == "W"
        assert store.check() == ()
        with pytest.raises(om.StoreFailed, match="permission denied"):
            store.enact(named("X", "2026-01-01"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY register_reader, register_recorder, a_reader, a_recorder")
        connection.exec_driver_sql("DROP ROLE a_reader, a_recorder, register_reader, register_recorder")
    engine.dispose()


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    """Who may only read the file reads it, and an act is refused."""
    path = tmp_path / "r.db"
    om.Store.create(path, small()).close()
    os.chmod(path, stat.S_IRUSR)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everything")
    with om.Store(path) as store:
        assert store.history == small()
        with pytest.raises(om.StoreFailed):
            store.enact(named("W"))


def test_a_store_in_another_process(place: Place) -> None:
    """A store is pickled as its address, and the history of a store as all histories are."""
    with om.Store.create(place(), small()) as store, pickle.loads(pickle.dumps(store)) as same:
        assert same.history == store.history
        assert pickle.loads(pickle.dumps(store.history)) == store.history
        assert repr(store).startswith("<Store ")
