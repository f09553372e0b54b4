"""Stores: what a register in a database promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any, ClassVar

from attrs import evolve
from databases import Place
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete
from store_registers import alike

import orgmodel as om
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.io.store import reading, tables
from orgmodel.testing.decisions import DECIDED, LATE, Decider, concerned, learned_late

ONE_DAY = dt.timedelta(days=1)


def tried(change: Callable[[], History]) -> tuple[Any, om.OrgmodelError | None]:
    """What a change gives, or how it is refused."""
    try:
        return change(), None
    except om.OrgmodelError as error:
        return None, error


# ---- a machine: the store does what a history in memory does


class Registers(RuleBasedStateMachine):
    """A store with a reader and a second writer beside a plain history, under whatever happens to a register."""

    address: ClassVar[Callable[[], str]]

    @initialize(seed=st.integers(0, 2**32), units=st.integers(2, 8))
    def begin(self, seed: int, units: int) -> None:
        self.draw = random.Random(seed)
        rows: list[dict[str, Any]] = [{"id": "vn"}]
        for number in range(units):
            parent = self.draw.choice([row["id"] for row in rows])
            rows.append({"id": f"u{number}", "parent": parent, "members": self.draw.randint(1, 9)})
        self.plain = om.history_of(rows, day="2024-01-01")
        self.place = type(self).address()
        self.store = om.Store.create(self.place, self.plain)
        self.reader, self.other = om.Store(self.place), om.Store(self.place)
        self.decider, self.late_decider = Decider(self.draw), Decider(self.draw, "late-")
        self.count = 0

    def change(self, change: Callable[[Any], Any], *, stale: bool = False) -> None:
        """The same change in the store and in memory: both come to the same, or refuse alike."""
        after, refused = tried(lambda: change(self.plain))
        writer = self.other if stale else self.store
        recorded, error = tried(lambda: change(writer))
        if isinstance(error, om.StaleHead):
            # The second writer has not looked since the first one wrote.
            assert stale
            assert error.entries == self.plain.log[writer.number :]
            assert writer.history == self.plain
            recorded, error = tried(lambda: change(writer))
        if not stale:
            assert type(error) is type(refused)
        # Whoever stood on another history may be refused for another reason.
        self.plain = self.plain if recorded is None else after

    @rule(days=st.sampled_from([0, 1, 1, 3]), stale=st.booleans())
    def decide(self, days: int, stale: bool) -> None:
        self.count += 1
        assert self.plain.last_day is not None
        act = self.decider.act(self.plain, self.plain.last_day + days * ONE_DAY, f"act {self.count}", DECIDED)
        if act is not None:
            self.change(lambda it: it.enact(act), stale=stale)

    @rule(number=st.integers(0, 1_000), placed=st.booleans())
    def learn_late(self, number: int, placed: bool) -> None:
        self.count += 1
        first, last = self.plain.first_day, self.plain.last_day
        assert first is not None
        assert last is not None
        day = first + number % ((last - first).days + 1) * ONE_DAY
        self.late_decider.focus = concerned(self.plain, day)
        act = self.late_decider.act(self.plain, day, f"late {self.count}", LATE)
        if act is None:
            return
        mates = [other for other in self.plain.acts if other.effective == day]
        if placed and mates:
            act = evolve(act, **{self.draw.choice(["before", "after"]): self.draw.choice(mates).id})
        answers = learned_late(self.plain, act, number).answers
        self.change(lambda it: it.enact(act, answers=answers))

    @rule(number=st.integers(0, 1_000), how=st.integers(0, 2))
    def correct(self, number: int, how: int) -> None:
        acts = self.plain.acts[1:]
        if not acts:
            return
        act = acts[number % len(acts)]
        first = self.plain.first_day
        assert first is not None
        moved = max(first, act.effective + (number % 7 - 3) * ONE_DAY)
        new = [
            evolve(act, note=f"note {number}"),
            evolve(act, effective=moved, resolved=None, on=None),
            evolve(act, events=act.operations[:1], resolved=None, on=None, keys=None),
        ][how]
        self.change(lambda it: it.correct(act.id, new, reason="a slip"))

    @rule(number=st.integers(0, 1_000))
    def cancel(self, number: int) -> None:
        acts = self.plain.acts[1:]
        if acts:
            self.change(lambda it: it.cancel(acts[number % len(acts)].id, reason="a slip"))

    @rule()
    def read(self) -> None:
        alike(self.reader.history, self.plain)

    @rule()
    def open_anew(self) -> None:
        self.reader.close()
        self.reader = om.Store(self.place)

    @rule(kept=st.booleans())
    def keep_columns(self, kept: bool) -> None:
        """Columns are kept up to the last entry, or lost."""
        with self.store._database.writing() as connection:
            if kept:
                place = reading.StoredPlace(self.store.number, self.store.head)
                reading.keep_columns(connection, place, self.store._history)
            else:
                connection.execute(delete(tables.columns_cache))

    @invariant()
    def the_head_is_that_of_the_file(self) -> None:
        assert self.store.history == self.plain
        assert self.store.head == jsonl.head_of(self.plain)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            alike(self.store.history, self.plain)
            with om.Store(self.place) as opened:
                alike(opened.history, self.plain)
            assert self.store.check() == ()
            # Made anew from the log, or made from a history, it is the same.
            self.store.rebuild()
            assert self.store.check() == ()
            with om.Store.create(type(self).address(), self.plain) as made:
                alike(made.history, jsonl.loads(jsonl.dumps(self.plain)))
                assert made.check() == ()
        finally:
            for store in (self.store, self.reader, self.other):
                store.close()


def test_a_store_does_what_a_history_does(place: Place) -> None:
    """Whatever is decided, learned late, corrected or cancelled: store, reader, writers and a history agree."""

    class Here(Registers):
        address = staticmethod(place)

    few = max(6, settings().max_examples // 6)
    # A run is its seed: there is little to make smaller.
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=few, stateful_step_count=12, phases=[Phase.explicit, Phase.reuse, Phase.generate]
        ),
    )
