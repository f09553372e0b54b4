"""A history read from the tables of a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from attrs import frozen
from sqlalchemy import delete, insert, select, union_all
from sqlalchemy.engine import Connection

from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import begun_by
from orgmodel.engine.file import packed, unpacked
from orgmodel.engine.patch import in_order as in_order_of_creation
from orgmodel.engine.patch import links_in_order
from orgmodel.engine.state import State
from orgmodel.errors import Finding, InvalidFile
from orgmodel.history.history import History
from orgmodel.history.log import Entry, Order
from orgmodel.io import columns, jsonl
from orgmodel.io.store import tables
from orgmodel.io.store.facts import StoredFact, in_order, row_of
from orgmodel.io.store.record import extended
from orgmodel.model import track as tracks

__all__ = [
    "PART",
    "Pair",
    "Read",
    "Register",
    "StoredPlace",
    "advanced",
    "cached",
    "from_log",
    "hash_at",
    "is_of",
    "keep_columns",
    "lines_after",
    "number_of",
    "read",
    "register",
    "text",
    "together",
]

PART: Final = 2**20
"""The columns file is cut into rows of this many bytes."""
_FACT: Final = [tables.facts.c[name] for name in StoredFact._fields]


@frozen
class StoredPlace:
    """Where a log ends.

    Attributes:
        number: of the last entry.
        head: its hash.
    """

    number: int
    head: str


@frozen
class Register:
    """The one row of the table ``register``."""

    version: int
    header: str
    place: StoredPlace


def register(connection: Connection, *, to_write: bool = False) -> Register | None:
    """The row of the table ``register``; None if there is none.

    Args:
        connection: the connection.
        to_write: whether other writers wait until the transaction ends.
    """
    asked = select(tables.register)
    row = connection.execute(asked.with_for_update() if to_write else asked).mappings().one_or_none()
    return None if row is None else Register(row["version"], row["header"], StoredPlace(row["number"], row["head"]))


def is_of(connection: Connection, place: StoredPlace, header: str) -> bool:
    """Whether the log still has an entry with this hash: nothing up to it was rewritten."""
    return number_of(connection, place.head, header) == place.number


def number_of(connection: Connection, head: str, header: str) -> int | None:
    """The number of the entry with a hash, 0 for the header's hash; None if no entry has it."""
    if head == jsonl.hash_of([header]):
        return 0
    number: int | None = connection.execute(
        select(tables.entries.c.number).where(tables.entries.c.hash == head)
    ).scalar_one_or_none()
    return number


def hash_at(connection: Connection, number: int, header: str) -> str | None:
    """The hash of an entry, of the header for 0; None if there is no such entry."""
    if number == 0:
        return jsonl.hash_of([header])
    hash_there: str | None = connection.execute(
        select(tables.entries.c.hash).where(tables.entries.c.number == number)
    ).scalar_one_or_none()
    return hash_there


# ---- the log


def together(connection: Connection) -> dict[int, int]:
    """Number of each entry -> the last of the entries that were recorded with it."""
    asked = select(tables.entries.c.number, tables.entries.c.recorded_with)
    return {number: last for number, last in connection.execute(asked) if type(last) is type(number) is int}


def lines_after(connection: Connection, number: int) -> Iterator[list[str]]:
    """The lines of each entry after one, its first line first."""
    heads = connection.execute(
        select(tables.entries.c.number, tables.entries.c.record)
        .where(tables.entries.c.number > number)
        .order_by(tables.entries.c.number)
    )
    parts = [select(t.c.entry, t.c.line, t.c.record).where(t.c.entry > number) for t in tables.LINES]
    body = connection.execute(union_all(*parts).order_by("entry", "line"))
    later_lines: Iterator[tuple[int, Iterable[Any]]] = groupby(body, key=itemgetter(0))
    following = next(later_lines, None)
    for entry, first in heads:
        lines = [first]
        # Lines of no entry are passed over here; the check of the store reports them.
        while following is not None and following[0] < entry:
            following = next(later_lines, None)
        if following is not None and following[0] == entry:
            lines += [line for _, _, line in following[1]]
            following = next(later_lines, None)
        yield lines


def text(connection: Connection, register: Register) -> str:
    """The whole log as the file that :func:`orgmodel.io.jsonl.dump` writes."""
    lines = [register.header]
    for group in lines_after(connection, 0):
        lines += group
    return "".join(f"{line}\n" for line in [*lines, jsonl.end_line(len(lines) + 1, register.place.head)])


def from_log(connection: Connection, register: Register, name: str) -> History:
    """The history read from the log alone.

    Raises:
        InvalidFile: a line was lost, doubled, moved or altered.
    """
    return jsonl.loads(text(connection, register), name=name)


# ---- the columns


def cached(connection: Connection, header: str) -> tuple[StoredPlace, History] | None:
    """The history in the columns cache, and its last entry; None if there is no intact cache."""
    table = tables.columns_cache
    rows = connection.execute(select(table).order_by(table.c.part)).mappings().all()
    if not rows:
        return None
    places = {StoredPlace(row["number"], row["head"]) for row in rows}
    if len(places) != 1:
        return None
    place = places.pop()
    if not is_of(connection, place, header):
        return None
    raw = b"".join(row["bytes"] for row in rows)
    try:
        history = columns._history(unpacked(raw, "the columns of the store", verify=True))
    except InvalidFile:
        return None
    return place, history


def keep_columns(connection: Connection, place: StoredPlace, history: History) -> None:
    """Replace the columns cache of a store by the columns of a history."""
    raw = b"".join(packed(*columns._parts(history)))
    connection.execute(delete(tables.columns_cache))
    for part, at in enumerate(range(0, len(raw), PART)):
        row = {"part": part, "number": place.number, "head": place.head, "bytes": raw[at : at + PART]}
        connection.execute(insert(tables.columns_cache), [row])


# ---- what came since


@frozen
class Read:
    """A history that was read, and how much of it was not in the columns.

    Attributes:
        history: the history.
        place: where its log ends.
        changed: of how many pairs (subject, track) the facts were read one by one.
    """

    history: History
    place: StoredPlace
    changed: int


def read(connection: Connection, register: Register, name: str) -> Read:
    """The history of a store: the columns cache and the entries since; without an intact cache, its whole log."""
    cached_columns = cached(connection, register.header)
    if cached_columns is None:
        history = from_log(connection, register, name)
        return Read(history, register.place, history._state.count)
    place, history = cached_columns
    return advanced(connection, history, place, register, name)


def advanced(connection: Connection, history: History, place: StoredPlace, register: Register, name: str) -> Read:
    """A history with what was recorded since: its entries, and the facts that they changed.

    Args:
        connection: the connection.
        history: the history up to ``place``.
        place: an entry of the log.
        register: what the store says of itself.
        name: of the store, for messages.

    Raises:
        InvalidFile: what stands there does not go on from the history.
    """
    if place == register.place:
        return Read(history, place, 0)
    groups = list(lines_after(connection, place.number))
    known = {name: act for name, (_, act) in history._record.known.items()}
    head = place.head
    for lines in groups:
        if f'"previous":"{head}"' not in lines[0]:
            raise InvalidFile(
                f"{name} cannot be read",
                [Finding("hash", "an entry does not go on from the one before it; orgmodel check says more")],
            )
        head = jsonl.hash_of(lines)
    if head != register.place.head:
        raise InvalidFile(f"{name} cannot be read", [Finding("hash", "the last entry is not the one it should be")])
    entries = jsonl.read_entries([line for lines in groups for line in lines], known, name)
    record, first = extended(history._record, entries)
    changed = _changed(connection, place.number)
    state = _overlaid(connection, history._state, changed, record.order, entries, place.number, first)
    history = history._with(state, record)
    history._origin = None
    return Read(history, register.place, len(changed))


Pair = tuple[str, str]
"""Id of a subject, and a track."""


def _changed(connection: Connection, number: int) -> list[Pair]:
    """The (subject, track) pairs whose facts changed after an entry."""
    new, old = tables.facts.c, tables.facts_before.c
    asked = union_all(
        select(new.subject, new.track).where(new.known > number).distinct(),
        select(old.subject, old.track).where(old.superseded > number).distinct(),
    )
    return list(dict.fromkeys((subject, track) for subject, track in connection.execute(asked)))


def _facts_of(connection: Connection, number: int) -> Iterator[tuple[Pair, list[tuple[int, StoredFact]]]]:
    """All facts of pairs that changed after an entry, each with the entry by which it is known."""
    table, old = tables.facts, tables.facts_before
    new = table.alias("new")
    pairs = (
        select(new.c.subject, new.c.track)
        .where(new.c.known > number)
        .union(select(old.c.subject, old.c.track).where(old.c.superseded > number))
        .subquery()
    )
    asked = (
        select(table.c.subject, table.c.track, table.c.known, *_FACT)
        .join(pairs, (pairs.c.subject == table.c.subject) & (pairs.c.track == table.c.track))
        .order_by(table.c.subject, table.c.track)
    )
    for pair, rows in groupby(connection.execute(asked), key=lambda row: (row[0], row[1])):
        yield pair, [(row[2], StoredFact(*row[3:])) for row in rows]


class _Places(dict[str, int]):
    """Id of an act -> its position on its day; -1 if the act no longer counts."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order

    def __missing__(self, act: str) -> int:
        place = self._order.place(act)
        self[act] = number = -1 if place is None else place
        return number


class _Numbers(dict[str, int]):
    """Id of a subject -> its number in a state that is being written."""

    def __init__(self, intern: Any) -> None:
        super().__init__()
        self._intern = intern

    def __missing__(self, subject: str) -> int:
        number: int = self._intern(subject)
        self[subject] = number
        return number


def _overlaid(
    connection: Connection,
    state: State,
    changed: Iterable[Pair],
    order: Order,
    entries: Sequence[Entry],
    number: int,
    first: dt.date | None,
) -> State:
    """A state in which the rows of changed pairs are replaced by all facts now known of them."""
    place, nth = _Places(order), _nth(entries)
    facts = _facts_now(connection, state, changed, number, place)
    births = {subject: listed[0] for (subject, track), listed in facts.items() if track == tracks.LIFE and listed}

    def creation(subject: str) -> tuple[Any, ...]:
        birth = births[subject]
        return birth.from_day, place[birth.act], birth.event, nth.get(subject, 0)

    new_subjects = sorted((subject for subject in births if state.number(subject) is None), key=creation)
    # All rows go into the overlay first. New links are numbered behind all others, and put in order afterwards.
    after = _with_facts(state, facts, new_subjects, order)
    if any(track == tracks.LINK for _, track in facts):
        after = links_in_order(after, place.__getitem__)
    lives = (subject for subject, track in facts if track == tracks.LIFE)
    if first is not None and any(_born_otherwise(state, subject, births.get(subject)) for subject in lives):
        # A unit that began by one of the entries and was taken back since has no number.
        among = {of_unit: n for unit, n in nth.items() if (of_unit := after.number(unit)) is not None}
        after = in_order_of_creation(after, place.__getitem__, first.toordinal(), among)
    return after.settled()


def _facts_now(
    connection: Connection, state: State, changed: Iterable[Pair], number: int, place: Mapping[str, int]
) -> dict[Pair, list[StoredFact]]:
    """The facts now known of each changed pair, in order; none where all were superseded."""
    facts: dict[Pair, list[StoredFact]] = {pair: [] for pair in changed}
    links: dict[Pair, list[tuple[int, StoredFact]]] = {}
    for pair, known_by in _facts_of(connection, number):
        if pair[1] == tracks.LINK:
            links[pair] = known_by
        else:
            facts[pair] = in_order((fact for _, fact in known_by), place)
    # Links are ordered by their successions, which get their numbers all at once.
    return facts | _numbered(links, state, number, place)


def _with_facts(
    state: State, facts: Mapping[Pair, Sequence[StoredFact]], new_subjects: Iterable[str], order: Order
) -> State:
    """The state in which the rows of each pair are those of its facts."""
    editor = state.edit()
    numbers = _Numbers(editor.intern)
    for subject in new_subjects:
        # A look-up numbers the subject: in order of creation, as replaying the log would.
        numbers[subject]
    for (subject, track), known in facts.items():
        if not known and state.number(subject) is None:
            # It was added and has been superseded since.
            continue
        rows = tuple(row_of(fact, track, numbers, _act(order, fact.act)) for fact in known)
        editor.replace(track, numbers[subject], rows)
        if track == tracks.LINK:
            editor.seq = max(editor.seq, *(row[5] for row in rows), 0)
    return editor.done()


def _numbered(
    links: Mapping[Pair, list[tuple[int, StoredFact]]], state: State, number: int, place: Mapping[str, int]
) -> dict[Pair, list[StoredFact]]:
    """Links with numbers of their successions as a state has them.

    Known links keep their numbers. New ones get numbers after all others, one for each succession, by which
    :func:`~orgmodel.engine.patch.links_in_order` can put them where they belong.
    """
    new = {(f.act, f.event, f.sequence or 0) for listed in links.values() for known, f in listed if known > number}
    behind = {key: state.seq + 1 + n for n, key in enumerate(sorted(new))}
    by_pair: dict[Pair, list[StoredFact]] = {}
    for (subject, track), listed in links.items():
        at = state.number(subject)
        existing: dict[tuple[str, int, str], list[int]] = {}
        for row in () if at is None else state.rows(track, at):
            existing.setdefault((row[4].id, row[6], state.name(row[3])), []).append(row[5])
        facts: list[StoredFact] = []
        for known, fact in sorted(listed, key=lambda pair: pair[1].position):
            own = existing.get((fact.act, fact.event, fact.slot or ""))
            if known <= number and own:
                sequence = own.pop(0)
            else:
                sequence = behind.get((fact.act, fact.event, fact.sequence or 0), state.seq + 1)
            facts.append(fact._replace(sequence=sequence))
        by_pair[subject, track] = sorted(
            facts, key=lambda f: (f.from_day, place[f.act], f.event, f.sequence or 0, f.position)
        )
    return by_pair


def _born_otherwise(state: State, subject: str, birth: StoredFact | None) -> bool:
    """Whether the first row of a subject's life in a state is another one than a fact, or is missing on one side."""
    number = state.number(subject)
    rows = () if number is None else state.rows(tracks.LIFE, number)
    old_birth = (rows[0][0], rows[0][4].id, rows[0][6]) if rows else None
    return old_birth != (None if birth is None else (birth.from_day.toordinal(), birth.act, birth.event))


def _act(order: Order, name: str) -> Act:
    act = order.get(name)
    if act is None:
        raise InvalidFile("the facts of the store", [Finding("facts", "there is no such act", act=name)])
    return act


def _nth(entries: Iterable[Entry]) -> dict[str, int]:
    """The order of what begins by one step of the acts of some entries."""
    counts: dict[str, int] = {}
    for entry in entries:
        for act in (entry.act, *entry.remade):
            if act is not None:
                for events in act.resolved:
                    counts |= {unit: nth for nth, unit in enumerate(begun_by(events))}
    return counts
