"""A walk through a log: the histories before and after each of its entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from orgmodel.acts.replay import replay
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.history.log import Entry, in_order
from orgmodel.io.store.facts import StoredDifference, Successions, differences, touched_by
from orgmodel.io.store.record import extended

__all__ = [
    "StepGroup",
    "going_on",
    "groups",
]


@frozen
class StepGroup:
    """Entries that were recorded together, all or none, and the histories before and after them."""

    before: History
    after: History
    entries: tuple[Entry, ...]

    @property
    def last(self) -> int:
        """The number of the last of them."""
        return self.entries[-1].number

    def differences(self) -> Iterator[StoredDifference]:
        """The facts that differ by these entries."""
        known = self.before._record.known
        new = [entry.act for entry in self.entries if entry.act is not None]
        remade = [act for entry in self.entries for act in entry.remade]
        old = [known[name][1] for name in {*self.numbers, *(act.id for act in remade)} if name in known]
        amended = frozenset(entry.amends for entry in self.entries if entry.amends is not None)
        steps = {(act.id, step) for act in new for step in range(len(act.steps))}
        for act in remade:
            before = known[act.id][1].resolved if act.id in known else ()
            # Unchanged acts are the same objects in both, so this compares identities, not all events.
            steps |= {(act.id, n) for n, events in enumerate(act.resolved) if n >= len(before) or before[n] != events}
        successions = Successions((*new, *remade), steps)
        touched = touched_by((*old, *new, *remade))
        return differences(self.before._state, self.after._state, touched, amended, successions)

    @property
    def numbers(self) -> dict[str, int]:
        """Id of the act of each entry -> the number of the entry."""
        return {e.about: e.number for e in self.entries}


def groups(start: History, entries: Iterable[Entry], together: Mapping[int, int] | None = None) -> Iterator[StepGroup]:
    """The entries of a log as they were recorded, all or none, with the histories before and after.

    Args:
        start: an empty history with the schema and the measures.
        entries: the log.
        together: number of an entry -> the number of the last entry recorded with it. Without it each entry stands alone, or
            with as many that follow as it takes to make a history that can stand.

    Raises:
        Refused: what the entries say cannot stand.
    """
    before = start
    waiting: list[Entry] = []
    refused: Refused | None = None
    for entry in entries:
        waiting.append(entry)
        if together is not None and together.get(entry.number, entry.number) > entry.number:
            continue
        # Without the store's own notes the groups are found by trial: the fewest entries that can stand together.
        try:
            after = _after(before, waiting)
        except Refused as error:
            if together is not None:
                raise
            refused = error
            continue
        yield StepGroup(before, after, tuple(waiting))
        before, waiting, refused = after, [], None
    if refused is not None:
        raise refused
    if waiting:
        # The entries that it was recorded with are missing.
        yield StepGroup(before, _after(before, waiting), tuple(waiting))


def _after(before: History, entries: Sequence[Entry]) -> History:
    """The history after entries, with the outcomes that they had when they were recorded."""
    record, first = extended(before._record, entries)
    if first is None:
        acts = in_order((entry.number, entry.act) for entry in entries if entry.act is not None)
        state = replay(before._state, acts, before.schema, before.measures, before.last_day)
    else:
        # Acts that were worked out anew are of that day or later.
        counting = in_order(pair for pair in record.known.values() if pair[1].effective >= first)
        state = before._replayed(first, counting)
    return before._with(state, record)


def going_on(history: History, entries: Iterable[Entry]) -> History:
    """The history with entries that were recorded elsewhere, with the outcomes that they had there.

    Raises:
        Refused: they cannot stand.
    """
    for group in groups(history, entries):
        history = group.after
    return history
