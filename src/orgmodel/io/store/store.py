"""A register that grows: a history in a database, to which acts are appended."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from orgmodel.acts.act import Act
from orgmodel.errors import Answer, Finding, InvalidFile, NotOnRecord, Refused
from orgmodel.history.history import History
from orgmodel.io.store.errors import StaleHead, StoreFailed
from orgmodel.model.door import strict, strictly
from orgmodel.model.extras import extra
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from orgmodel.acts.draft import Draft
    from orgmodel.io.store.asking import Correction
    from orgmodel.io.store.connecting import Database
    from orgmodel.io.store.forgetting import Forgotten
    from orgmodel.io.store.reading import Read, Register, StoredPlace
    from orgmodel.rules.rulebook import Rulebook
    from orgmodel.rules.view import Holidays

__all__ = ["Store"]

Address = str | os.PathLike[str]
"""The path of a file, ``sqlite:///PATH`` or ``postgresql://USER@HOST/DATABASE``."""

_KEEP: Final = 2_000
"""From so many changed pairs of subject and track behind the columns on, they are kept anew when a store is opened."""


@strictly()
class Store:
    """A history in a database: a file of SQLite, or PostgreSQL for several writers over a network.

    An act that was enacted is durable when the call returns, and costs what it touches, not what the register holds.
    Others may read and write at the same time: readers see whole acts only, and of two writers who stand on the same
    head one succeeds and the other is refused (:class:`~orgmodel.io.store.errors.StaleHead`).

    Args:
        address: a path, ``sqlite:///PATH`` or ``postgresql://USER@HOST/DATABASE``.
        wait: how many seconds to wait for other writers.

    Raises:
        FileNotFoundError: there is no such file; :meth:`create` makes one.
        StoreFailed: the database refuses.
        InvalidFile: it is no store, of another version, or damaged.

    >>> import tempfile
    >>> from orgmodel.acts.events import Change
    >>> from orgmodel.history.history import history_of
    >>> folder = tempfile.TemporaryDirectory()
    >>> start = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}], day="2024-01-01")
    >>> with Store.create(f"{folder.name}/register.db", start) as store:
    ...     _ = store.enact(Act("12/NQ", "2025-07-01", [Change("a", "name", "A")]))
    >>> with Store(f"{folder.name}/register.db") as store:
    ...     store.history.at("2025-07-01").unit("a").name
    'A'
    >>> folder.cleanup()
    """

    @strict
    def __init__(self, address: Address, *, wait: float = 60.0) -> None:
        self._address, self._wait = address, wait
        self._lock = threading.RLock()
        self._database: Database = _database(address, wait)
        self._database.check_there()
        try:
            with self._database.reading() as connection:
                read = self._read(connection)
            self._history, self._place = read.history, read.place
            if read.changed >= _KEEP:
                self._keep()
        except BaseException:
            self._database.close()
            raise

    @classmethod
    def create(
        cls,
        address: Address,
        history: History | None = None,
        *,
        schema: Schema = OPEN,
        measures: Iterable[Measure] | Mapping[str, Measure] = (),
        wait: float = 60.0,
    ) -> Self:
        """A new store.

        Args:
            address: where. A file must not be there yet, or be an empty one; in a database there must be no store.
            history: what it begins with, its whole log; None: nothing.
            schema: kinds and placements, of a store that begins with nothing.
            measures: declared measures, likewise.
            wait: how many seconds to wait for other writers.

        Raises:
            FileExistsError: there is a file.
            StoreFailed: there is a store already, or the database refuses.
            Refused: a history was given, and a schema or measures too.
        """
        with extra():
            from orgmodel.io.store import creating

        new_history = tuple(measures.values() if isinstance(measures, Mapping) else measures)
        if history is not None and (new_history or schema != OPEN):
            message = "a history has a schema and measures of its own: give it, or these"
            raise Refused("a new store", [Finding("store", message)])
        creating.create(_database(address, wait), History(schema, new_history) if history is None else history)
        return cls(address, wait=wait)

    @staticmethod
    def migrate(address: Address, *, wait: float = 60.0) -> tuple[int, int]:
        """Brings the tables of an older store up to date, all or nothing; make a backup before.

        Args:
            address: the store.
            wait: how many seconds to wait for other writers.

        Returns:
            The version of the tables before and after.
        """
        with extra():
            from orgmodel.io.store import creating

        database = _database(address, wait)
        database.check_there()
        try:
            return creating.migrate(database)
        finally:
            database.close()

    # ---- looking

    @property
    def name(self) -> str:
        """What the store is called in messages: its address without a password."""
        return self._database.name

    @property
    def history(self) -> History:
        """The register as it is now: what was recorded since the last look is read."""
        return self.refresh()

    @property
    def head(self) -> str:
        """The hash that stands for all of :attr:`history` as it was looked at last.

        It equals :func:`orgmodel.io.jsonl.head_of`, and the head in the last line of the history's file.
        """
        return self._place.head

    @property
    def number(self) -> int:
        """The number of the last entry of :attr:`history` as it was looked at last."""
        return self._place.number

    def head_at(self, number: int) -> str | None:
        """The hash of an entry, which was the head while that entry was the last; None if there is no such entry.

        Args:
            number: of the entry; 0 for a register without entries.
        """
        with extra():
            from orgmodel.io.store import reading

        with self._database.reading() as connection:
            return reading.hash_at(connection, number, self._said(connection).header)

    def refresh(self) -> History:
        """The register as it is now."""
        with self._lock, self._database.reading() as connection:
            self._look(connection)
            return self._history

    def _look(self, connection: Connection) -> None:
        """Brings the history up to what the connection sees."""
        read = self._read(connection, self._history, self._place)
        self._history, self._place = read.history, read.place

    def _read(self, connection: Connection, history: History | None = None, place: StoredPlace | None = None) -> Read:
        with extra():
            from orgmodel.io.store import reading

        register = self._said(connection)
        if history is not None and place is not None:
            if place == register.place:
                return reading.Read(history, place, 0)
            if reading.is_of(connection, place, register.header):
                return reading.advanced(connection, history, place, register, self.name)
        return reading.read(connection, register, self.name)

    def _said(self, connection: Connection, *, to_write: bool = False) -> Register:
        with extra():
            from orgmodel.io.store import creating

        return creating.said(connection, self.name, to_write=to_write)

    def _keep(self) -> None:
        """Keeps the columns of the history in the store, if the database lets this user write."""
        with extra():
            from orgmodel.io.store import reading

        try:
            with self._database.writing() as connection:
                if reading.is_of(connection, self._place, self._said(connection, to_write=True).header):
                    reading.keep_columns(connection, self._place, self._history)
        except StoreFailed:
            # Who may only read reads the log a little longer.
            return

    # ---- changing

    def enact(
        self,
        *acts: Act | Draft,
        expect: str | None = None,
        retry: int = 0,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
        rulebook: Rulebook | None = None,
        holidays: Holidays | None = None,
    ) -> History:
        """The register with more acts, which are on the disk when the call returns; all of them or none.

        Args:
            acts: acts or drafts, as in :meth:`orgmodel.history.history.History.enact`.
            expect: the head that the register must have; None: the head of the history as last read.
            retry: how often to enact on the new head where another writer was faster. What an act decides is then
                carried out on what is there; questions that it asks there are never answered.
            recorded: the day on which they become known.
            answers: choices for what later decisions would ask.
            rulebook: rules whose errors block the acts.
            holidays: which days are public holidays.

        Raises:
            StaleHead: another writer recorded something since; it says what.
            InvalidAct, Conflict, Refused: as in :meth:`orgmodel.history.history.History.enact`.
            StoreFailed: the database refuses; nothing was recorded.
        """
        chosen = tuple(answers)
        return self.change(
            lambda history: history.enact(
                *acts, recorded=recorded, answers=chosen, rulebook=rulebook, holidays=holidays
            ),
            expect=expect,
            retry=retry,
        )

    def correct(
        self,
        act_id: str,
        act: Act | Draft,
        *,
        reason: str,
        expect: str | None = None,
        retry: int = 0,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
    ) -> History:
        """The register in which an act reads otherwise: see :meth:`orgmodel.history.history.History.correct`."""
        return self.amend({act_id: act}, reason=reason, expect=expect, retry=retry, recorded=recorded, answers=answers)

    def cancel(
        self,
        act_id: str,
        *,
        reason: str,
        expect: str | None = None,
        retry: int = 0,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
    ) -> History:
        """The register in which an act never counted: see :meth:`orgmodel.history.history.History.cancel`."""
        return self.amend({act_id: None}, reason=reason, expect=expect, retry=retry, recorded=recorded, answers=answers)

    def amend(
        self,
        changes: Mapping[str, Act | Draft | None],
        *more: Act | Draft,
        reason: str,
        expect: str | None = None,
        retry: int = 0,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
    ) -> History:
        """The register in which several acts read otherwise and others are new: see ``History.amend``."""
        chosen = tuple(answers)
        return self.change(
            lambda history: history.amend(changes, *more, reason=reason, recorded=recorded, answers=chosen),
            expect=expect,
            retry=retry,
        )

    def change(self, change: Callable[[History], History], *, expect: str | None = None, retry: int = 0) -> History:
        """The register with whatever a function does to its history: several acts and corrections, all or none.

        Args:
            change: takes the history and returns one that continues it. With ``retry`` it may be called again.
            expect: as in :meth:`enact`.
            retry: as in :meth:`enact`.

        Raises:
            StaleHead, StoreFailed: as in :meth:`enact`.
            Refused: what the function gives back does not go on from what it got.
        """
        if retry < 0:
            message = f"retry is how often to try again, from 0 on, not {retry}"
            raise Refused("a change of the store", [Finding("retry", message)])
        with self._lock:
            while True:
                if expect is not None and expect != self._place.head:
                    self.refresh()
                if expect is not None and expect != self._place.head:
                    stale = self._stale(expect)
                else:
                    done = self._tried(change)
                    if done is None:
                        return self._history
                    stale = done
                if not retry:
                    raise stale
                retry, expect = retry - 1, None
                self.refresh()

    def _tried(self, change: Callable[[History], History]) -> StaleHead | None:
        """Make a change of the history as last read; returns the error if another writer was first."""
        try:
            new = change(self._history)
        except Refused as error:
            stale = self._stale(self._place.head)
            if stale.head == self._place.head:
                raise
            # What was refused on the ground of then may be right on that of now: a unit had not ended after all.
            stale.__cause__ = error
            return stale
        return self._appended(new)

    def _appended(self, new: History) -> StaleHead | None:
        """Append what a history has beyond the one last read; returns the error if another writer was first."""
        with extra():
            from orgmodel.io.store import reading
        from orgmodel.io.store.steps import StepGroup
        from orgmodel.io.store.writing import append

        entries = new._record.since(self._place.number)
        if not new._record.goes_on_from(self._history._record) or new.schema != self._history.schema:
            message = "the history does not continue that of the store: build on the history that the function is given"
            raise Refused("a change of the store", [Finding("goes-on", message)])
        if not entries:
            return None
        with self._database.writing() as connection:
            register = self._said(connection, to_write=True)
            if register.place == self._place:
                head = append(connection, StepGroup(self._history, new, entries), register.place.head)
                place = reading.StoredPlace(entries[-1].number, head)
            else:
                place = None
        if place is None:
            return self._stale(self._place.head)
        self._history, self._place = new, place
        return None

    def _stale(self, expected: str) -> StaleHead:
        """What came after the entry with a hash."""
        with extra():
            from orgmodel.io.store import reading

        with self._database.reading() as connection:
            number = reading.number_of(connection, expected, self._said(connection).header)
            self_now = self._read(connection, self._history, self._place)
        entries = () if number is None else self_now.history._record.since(number)
        return StaleHead(self.name, expected, self_now.place.head, entries)

    # ---- what was recorded

    def said(self, on: DayLike, *, recorded: DayLike | int) -> Structure:
        """What the register said on one day about another: the view ``said`` as a structure.

        Args:
            on: the day that is asked about.
            recorded: the day on which it is asked, or the number of the last entry that counts.

        Raises:
            NotOnRecord: on the day on which it is asked nothing was recorded yet.

        >>> import tempfile
        >>> from orgmodel.acts.events import Change
        >>> from orgmodel.history.history import history_of
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = Store.create(f"{folder.name}/r.db", history_of([{"id": "vn", "name": "V"}], day="1960-01-01"))
        >>> late = Act("found-in-the-archive", "1966-05-01", [Change("vn", "name", "W")], Source("a gazette"))
        >>> _ = store.enact(late, recorded="2023-02-01")
        >>> store.said("1967-01-01", recorded="2020-12-31").unit("vn").name, store.history.at("1967-01-01").unit("vn").name
        ('V', 'W')
        >>> [(str(c.recorded), c.source.label) for c in store.corrected(since="2020-12-31")]
        [('2023-02-01', 'a gazette')]
        >>> store.close(); folder.cleanup()
        """
        day, now = as_day(on), self.refresh()
        then = now.as_recorded(recorded)
        # An empty register would answer that there was no unit, where nobody had said anything.
        if now._record.number and not then._record.number and not isinstance(recorded, int):
            raise NotOnRecord(None, now.log[0].recorded, as_day(recorded))
        return then.at(day)

    def corrected(self, *, since: DayLike | int, about: DayLike | None = None) -> tuple[Correction, ...]:
        """The corrections of the past since a day, by which source and why: the view ``corrected``.

        Args:
            since: what was recorded after this day, or after the entry with this number.
            about: only what changed the facts of this day.
        """
        with extra():
            from orgmodel.io.store import asking

        with self._lock, self._database.reading() as connection:
            self._look(connection)
            return asking.corrected(connection, self._history, since, None if about is None else as_day(about))

    # ---- keeping it

    def backup(self, path: Address) -> None:
        """Writes the register as it is now to a new store in a file, while others go on writing.

        Args:
            path: the file, which is replaced as a whole, and only by a store that is whole.

        Raises:
            Refused: it is the file of this store.
        """
        with extra():
            from orgmodel.io.store import creating

        creating.backup(self._database, path)

    def forget(self, person: str, *, recorded: DayLike | None = None, source: Source = Source.unknown) -> Forgotten:
        """Takes the opaque id of a person out of the register, everywhere and for ever.

        A tombstone stands in its place, the same in all places and made of chance. The log is written anew from the
        first entry that had the id, so that it has another head; an entry at its end says so and names the head that
        it had. Backups and files that were written before still have the id.

        Args:
            person: the id, as it stands in offices and other facts.
            recorded: the day on which it is forgotten; the day of the last entry if None.
            source: who asked for it, such as a decision.

        Raises:
            Refused: it stands nowhere, or is the id of a unit, a cluster or an act.
        """
        with extra():
            from orgmodel.io.store import forgetting

        with self._lock:
            forgotten = forgetting.forget(
                self._database, person, None if recorded is None else as_day(recorded), source
            )
            self.refresh()
            return forgotten

    def rebuild(self) -> None:
        """Makes all that is made from the log anew: facts, the table of acts, columns.

        Raises:
            InvalidFile: the log itself is damaged; it says where.
        """
        with extra():
            from orgmodel.io.store import creating

        with self._lock:
            creating.rebuild(self._database)
            with self._database.reading() as connection:
                read = self._read(connection)
            self._history, self._place = read.history, read.place

    def check(self) -> tuple[Finding, ...]:
        """What is wrong with the store: lost, doubled or altered entries, facts that do not follow from them."""
        with extra():
            from orgmodel.io.store import checking

        try:
            with self._database.reading() as connection:
                return tuple(checking.check(connection, self._said(connection), self.name))
        except InvalidFile as error:
            return error.findings

    def close(self) -> None:
        """Gives the connections back; a store that is used again opens new ones."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (type(self), self._address, self._wait)

    def __repr__(self) -> str:
        return f"<Store {self.name}: {self.number:,} entries, head {self.head}>"


def _opened(kind: type[Store], address: Address, wait: float) -> Store:
    return kind(address, wait=wait)


def _database(address: Address, wait: float) -> Database:
    with extra():
        from orgmodel.io.store.connecting import Database
    return Database(address, wait=wait)


def history_at(address: Address) -> History:
    """The history in a store, which is opened and closed."""
    with Store(address) as store:
        return store.history
