"""Operations collected into one act, each seeing what those before it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, overload

from orgmodel.acts import operations
from orgmodel.acts.events import Act, Change, Closure, Creation, Event, Succession
from orgmodel.acts.events import act_id as default_act_id
from orgmodel.acts.operation import Events
from orgmodel.acts.operations.desk import Chosen, Desk, Under
from orgmodel.acts.operations.divisions import Homes, LinkLike, PartRef, Shares
from orgmodel.acts.operations.mergers import Counterparts
from orgmodel.acts.operations.units import NewParents
from orgmodel.acts.policies import (
    Allocation,
    ClusterPolicy,
    CounterpartPolicy,
    MergerRule,
    OfficePolicy,
    RatingPolicy,
)
from orgmodel.acts.replay import Running
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.state import State
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER, Absent, Cluster, Clustering
from orgmodel.model.measure import Number, Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike
from orgmodel.structure.structure import Structure

_LARGE: Final = 1_000
"""From this many events on, the state that a draft has made is kept when it is enacted: small ones are as fast anew."""


class Draft:
    """An act in the making; got from :meth:`orgmodel.history.history.History.draft`.

    Each method is the operation of the same name in :mod:`orgmodel.acts.operations`,
    applied at once to the draft's own running state. One that is refused changes
    nothing. Used with ``with``: an exception that leaves the block discards the draft.
    A draft is enacted by ``history.enact(draft)``, never by itself.

    Methods that make units return their ids.

    Attributes:
        day: the effective day.
        source: where the act comes from.
        id: the act's id.
        note: for readers.

    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2024-01-01")
    >>> with history.draft("2025-07-01", source=Source("a proposal")) as act:
    ...     ab = act.merge(["a", "b"], into=Unit(name="A and B"))
    ...     act.recode(ab, "7")
    >>> print(act)
    2025-07-01 a proposal: 2 events
      merge a + b -> A and B
      recode A and B as 7
    >>> history.enact(act).at("2025-07-01").children("vn") == (ab,)
    True
    """

    def __init__(self, running: Running, day: dt.date, source: Source, act_id: str, note: str = "") -> None:
        self.day, self.source, self.id, self.note = day, source, act_id, note
        self._running = running
        self._events: list[Event] = []
        self._notes: list[Finding] = []
        self._lines: list[str] = []
        self._closed = ""
        self._together: _Together | None = None
        # What the running state's writes point to until the act is whole.
        self._standing = Act(act_id, day, (), source, note)

    # ---- what it is so far

    @property
    def structure(self) -> Structure:
        """The structure on the draft's day after the operations so far; in a block :meth:`together`, before it.

        Raises:
            Refused: the draft was discarded.
        """
        if self._closed == "discarded":
            self._refuse()
        return self._running.structure

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far, in order."""
        return tuple(self._events)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What the operations reported so far: what lapses, what is not known afterwards."""
        return tuple(self._notes)

    @property
    def act(self) -> Act:
        """The act, as it is so far.

        Raises:
            Refused: the draft was discarded.
        """
        self._must_be_whole()
        return Act(self.id, self.day, self._events, self.source, self.note)

    def _stands_on(self, state: State, *, last: dt.date | None) -> State | None:
        """What it makes of a state, judged as at the end of its day; None if it was not begun on that state.

        Args:
            state: the state.
            last: the last day with an act before.

        Raises:
            InvalidAct: with every fault.
            Refused: the draft was discarded.
        """
        self._must_be_whole()
        if self._running.origin is not state:
            return None
        self._running.judge(last)
        return self._running.state

    def _enacted_on(self, state: State, act: Act, *, last: dt.date | None) -> State | None:
        """What it made of a state, with its act in full; None if it was not begun on that state, or is small.

        Args:
            state: the state.
            act: the act that it has become.
            last: as in :meth:`_stands_on`.

        Raises:
            InvalidAct: with every fault.
        """
        if len(self._events) < _LARGE:
            return None
        found = self._stands_on(state, last=last)
        return None if found is None else found.with_act(self._standing, act)

    def followed_by(self, source: Source = Source.unknown, *, act_id: str | None = None, note: str = "") -> Draft:
        """A draft of another act of the same day, on what this one has done so far.

        Enact both together: a day is judged at its end.

        Args:
            source: where the other act comes from.
            act_id: its id; day and source if None.
            note: for readers.
        """
        self._must_be_whole()
        running = Running(self._running.state, self._running.schema, self._running.measures, self.day)
        return Draft(running, self.day, source, act_id or default_act_id(self.day, source), note)

    def _must_be_whole(self) -> None:
        """Refuse to tell of a draft that was discarded, or whose block :meth:`together` is still open."""
        if self._closed == "discarded":
            self._refuse()
        if self._together is not None:
            raise Refused(
                f"the draft {self.id!r}",
                [Finding("together", "its block together() has not ended; ask behind it", day=self.day, act=self.id)],
            )

    def _refuse(self) -> None:
        told = "an exception left its block" if self._closed == "discarded" else "its block has ended"
        raise Refused(
            f"the draft {self.id!r}",
            [Finding("draft", f"it is {self._closed}: {told}; begin a new one", day=self.day, act=self.id)],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._closed = "finished"
        else:
            self._closed = "discarded"
            self._events.clear()
            self._notes.clear()
            self._lines.clear()

    def __repr__(self) -> str:
        state = f", {self._closed}" if self._closed else ""
        notes = f", {_count(len(self._notes), 'note')}" if self._notes else ""
        return f"<Draft {self.id!r} on {self.day}: {_count(len(self._events), 'event')}{notes}{state}>"

    def __str__(self) -> str:
        head = f"{self.day} {self.source.label}: {_count(len(self._events), 'event')}"
        lines = [f"  {line}" for line in self._lines]
        notes = [f"  {note.severity}: {note.message} ({', '.join(note.units[:3])})" for note in self._notes]
        return "\n".join([head, *lines, *notes])

    # ---- applying

    def apply(self, operation: Callable[..., Iterable[Event]], *args: Any, **options: Any) -> Events:
        """The events of an operation, applied to the running state.

        Args:
            operation: a function ``(structure, ..., act_id=..., position=...) -> events``:
                one of :mod:`orgmodel.acts.operations`, or your own.
            args: what it takes after the structure.
            options: its keyword arguments.

        Raises:
            InvalidAct: what the operation or the replay found; the draft is as before.
        """
        if self._closed:
            self._refuse()
        with collector_paused():
            given = operation(self.structure, *args, act_id=self.id, position=len(self._events), **options)
            return self._take(given, getattr(operation, "__name__", "an operation"))

    def _take(self, given: Iterable[Event], what: str) -> Events:
        events = given if isinstance(given, Events) else Events(given)
        if events and self._together is not None:
            self._together.add(events, self)
        elif events:
            self._running.apply(events, self._standing)
        self._events.extend(events)
        self._notes.extend(events.notes)
        self._lines.append(events.text or f"{what}: {_count(len(events), 'event')}")
        return events

    def add(self, *events: Event) -> None:
        """Add events as they are, for what no operation says.

        Raises:
            InvalidAct: what the replay found; none of them was added.
        """
        if self._closed:
            self._refuse()
        self._take(Events(events, text=", ".join(event.type for event in events)), "events")

    @contextmanager
    def together(self) -> Iterator[Self]:
        """Operations that happen together: each sees the organisation as it was before all of them.

        For what one decision says of many units at once, such as thousands of mergers: they
        are applied in one go when the block ends, which is many times as fast. None may be
        about a unit that another one in the block changed; where one builds on another, end
        the block in between. What leaves the block as an exception takes all of it back.

        Raises:
            Refused: an operation is about a unit that another one in the block changed.
            InvalidAct: at the end of the block, with every fault; nothing in it was applied.

        >>> from orgmodel.history.history import history_of
        >>> rows = [{"id": "vn"}, *({"id": c, "parent": "vn"} for c in "abcd")]
        >>> history = history_of(rows, day="2024-01-01")
        >>> with history.draft("2025-07-01") as act, act.together():
        ...     made = [act.merge([*pair], into=Unit(name=pair.upper())) for pair in ("ab", "cd")]
        >>> [unit.name for unit in history.enact(act).at("2025-07-01").units() if unit.id in made]
        ['AB', 'CD']
        """
        if self._together is not None:
            yield self
            return
        kept = len(self._events), len(self._notes), len(self._lines)
        self._together = _Together()
        try:
            with collector_paused():
                yield self
                if len(self._events) > kept[0]:
                    self._running.apply(self._events[kept[0] :], self._standing)
        except BaseException:
            del self._events[kept[0] :], self._notes[kept[1] :], self._lines[kept[2] :]
            raise
        finally:
            self._together = None

    # ---- many to one

    def merge(
        self,
        units: Chosen,
        *,
        into: Unit | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        counterparts: Counterparts = True,
        function_of: CounterpartPolicy | None = None,
        offices: OfficePolicy | None = None,
        ratings: RatingPolicy | None = None,
        cross_kind: bool = False,
        rule: MergerRule | None = None,
    ) -> str:
        """Merge units into a new one; its id. See :func:`orgmodel.acts.operations.mergers.merge`.

        Args:
            units: the units: ids or a selection.
            into: what the new unit shall be.
            under: its parent, or hierarchy -> parent.
            cluster: the cluster it joins, or a policy.
            counterparts: which children merge with their counterparts.
            function_of: what tells the function of an agency.
            offices: which offices go on.
            ratings: what becomes of measures that do not combine.
            cross_kind: whether kinds may differ.
            rule: a merger rule that makes the events instead; it stands alone.
        """
        if rule is not None:
            chosen = (into, under, cluster, function_of, offices, ratings)
            if any(choice is not None for choice in chosen) or counterparts is not True or cross_kind:
                raise Refused(
                    "a merger",
                    [Finding("rule", "a rule makes all choices; give rule= alone", day=self.day, act=self.id)],
                )
            return self._by_rule(units, rule)
        return self.apply(
            operations.merge,
            units,
            into=into,
            under=under,
            cluster=cluster,
            counterparts=counterparts,
            function_of=function_of,
            offices=offices,
            ratings=ratings,
            cross_kind=cross_kind,
        ).made[0]

    def _by_rule(self, units: Chosen, rule: MergerRule) -> str:
        if self._closed:
            self._refuse()
        desk = Desk(self.structure, self.id, len(self._events))
        members = sorted(desk.ids(units))
        if len(members) == 1:
            desk.fault("merge-two", "a merger needs two units or more", *members)
        for unit in members:
            desk.live(unit)
        desk.stop(f"a merger of {_count(len(members), 'unit')} on {self.day}")
        text = f"merge {desk.labels(members)} by {rule!r}"
        given = rule(self.structure, members, self.day, self.source)
        events = given if isinstance(given, Events) else Events(given, text=text)
        became = dict.fromkeys(
            link.new for event in events if isinstance(event, Succession) for link in event.links if link.old in members
        )
        if len(became) != 1:
            told = ", ".join(map(repr, became)) or "nothing"
            desk.fault("rule", f"{rule!r} is to make one unit of them and made {told}", *members)
            desk.stop("a merger rule")
        self._take(events, text)
        return next(iter(became))

    def take_over(
        self,
        survivor: str | Unit,
        units: Chosen,
        *,
        under: Mapping[str, str] | None = None,
        cluster: ClusterPolicy | str | None = None,
        counterparts: Counterparts = True,
        function_of: CounterpartPolicy | None = None,
        offices: OfficePolicy | None = None,
        ratings: RatingPolicy | None = None,
        cross_kind: bool = False,
    ) -> str:
        """Let a unit take others over; its id. See :func:`orgmodel.acts.operations.mergers.take_over`."""
        return self.apply(
            operations.take_over,
            survivor,
            units,
            under=under,
            cluster=cluster,
            counterparts=counterparts,
            function_of=function_of,
            offices=offices,
            ratings=ratings,
            cross_kind=cross_kind,
        ).made[0]

    def replace(
        self,
        unit: str | Unit,
        into: Unit,
        *,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        offices: OfficePolicy | None = None,
        ratings: RatingPolicy | None = None,
        cross_kind: bool = False,
    ) -> str:
        """Replace a unit by a new one; its id. See :func:`orgmodel.acts.operations.mergers.replace`."""
        return self.apply(
            operations.replace,
            unit,
            into,
            under=under,
            cluster=cluster,
            offices=offices,
            ratings=ratings,
            cross_kind=cross_kind,
        ).made[0]

    # ---- one to many, many to many

    def break_down(
        self,
        unit: str | Unit,
        into: Sequence[Unit],
        *,
        children: Homes = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        dominant: PartRef | None = None,
        dominant_by: str = "",
        cross_kind: bool = False,
    ) -> tuple[str, ...]:
        """Break a unit down; ids of the parts. See :func:`orgmodel.acts.operations.divisions.break_down`."""
        return self.apply(
            operations.break_down,
            unit,
            into,
            children=children,
            shares=shares,
            allocation=allocation,
            under=under,
            cluster=cluster,
            dominant=dominant,
            dominant_by=dominant_by,
            cross_kind=cross_kind,
        ).made

    @overload
    def split_off(
        self,
        unit: str | Unit,
        into: Unit,
        *,
        children: Homes | Chosen = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        cross_kind: bool = False,
    ) -> str: ...

    @overload
    def split_off(
        self,
        unit: str | Unit,
        into: Sequence[Unit],
        *,
        children: Homes | Chosen = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        cross_kind: bool = False,
    ) -> tuple[str, ...]: ...

    def split_off(
        self,
        unit: str | Unit,
        into: Unit | Sequence[Unit],
        *,
        children: Homes | Chosen = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        cross_kind: bool = False,
    ) -> str | tuple[str, ...]:
        """Split new units off; the id, or the ids if a sequence was given.

        See :func:`orgmodel.acts.operations.divisions.split_off`.
        """
        made = self.apply(
            operations.split_off,
            unit,
            into,
            children=children,
            shares=shares,
            allocation=allocation,
            under=under,
            cluster=cluster,
            cross_kind=cross_kind,
        ).made
        return made[0] if isinstance(into, Unit) else made

    def transfer(
        self,
        giver: str | Unit,
        taker: str | Unit,
        *,
        children: Chosen | None = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        cross_kind: bool = False,
    ) -> None:
        """Transfer part of a unit to another. See :func:`orgmodel.acts.operations.divisions.transfer`."""
        self.apply(
            operations.transfer,
            giver,
            taker,
            children=children,
            shares=shares,
            allocation=allocation,
            cross_kind=cross_kind,
        )

    def reorganise(
        self,
        links: Iterable[LinkLike],
        *,
        created: Sequence[Unit] = (),
        children: Homes = None,
        shares: Shares = None,
        allocation: Allocation | None = None,
        under: Under = None,
        cluster: ClusterPolicy | str | None = None,
        offices: OfficePolicy | None = None,
        ratings: RatingPolicy | None = None,
        cross_kind: bool = False,
    ) -> tuple[str, ...]:
        """Units become units, many to many; ids of the created. See :func:`orgmodel.acts.operations.divisions.reorganise`."""
        return self.apply(
            operations.reorganise,
            links,
            created=created,
            children=children,
            shares=shares,
            allocation=allocation,
            under=under,
            cluster=cluster,
            offices=offices,
            ratings=ratings,
            cross_kind=cross_kind,
        ).made

    # ---- one unit

    def create(
        self,
        unit: Unit,
        *,
        under: Under = None,
        first_known: bool = False,
        measures: Mapping[str, Quantity | Number | None] | None = None,
    ) -> str:
        """Create a unit; its id. See :func:`orgmodel.acts.operations.units.create`."""
        return self.apply(operations.create, unit, under=under, first_known=first_known, measures=measures).made[0]

    def reestablish(
        self,
        old: str,
        unit: Unit,
        *,
        under: Under = None,
        measures: Mapping[str, Quantity | Number | None] | None = None,
    ) -> str:
        """Re-establish an ended unit; the new one's id. See :func:`orgmodel.acts.operations.units.reestablish`."""
        return self.apply(operations.reestablish, old, unit, under=under, measures=measures).made[0]

    def close(self, units: Chosen, *, children_to: NewParents = None, close_agencies: bool = False) -> None:
        """Close units. See :func:`orgmodel.acts.operations.units.close`."""
        self.apply(operations.close, units, children_to=children_to, close_agencies=close_agencies)

    def abolish_level(self, kind: str, mapping: NewParents = None, *, close_agencies: bool = False) -> None:
        """Close every unit of a kind. See :func:`orgmodel.acts.operations.units.abolish_level`."""
        self.apply(operations.abolish_level, kind, mapping=mapping, close_agencies=close_agencies)

    def reassign(self, units: Chosen, to: str | Unit | None, *, hierarchy: str = tracks.MAIN) -> None:
        """Give units another parent. See :func:`orgmodel.acts.operations.units.reassign`."""
        self.apply(operations.reassign, units, to, hierarchy=hierarchy)

    def rename(self, unit: str | Unit, name: str) -> None:
        """Rename a unit or cluster. See :func:`orgmodel.acts.operations.units.rename`."""
        self.apply(operations.rename, unit, name)

    def recode(self, unit: str | Unit, code: str | None) -> None:
        """Give a unit another code. See :func:`orgmodel.acts.operations.units.recode`."""
        self.apply(operations.recode, unit, code)

    def reclassify(self, units: Chosen, *, kind: str | None = None, category: str | None = None) -> None:
        """Give units another kind or category. See :func:`orgmodel.acts.operations.units.reclassify`."""
        self.apply(operations.reclassify, units, kind=kind, category=category)

    def record(self, unit: str | Unit, measure: str, value: Any, *, scope: str = tracks.OWN) -> None:
        """Record a figure of a unit. See :func:`orgmodel.acts.operations.units.record`."""
        self.apply(operations.record, unit, measure, value, scope=scope)

    # ---- clusters

    def form(self, what: Cluster | Clustering, members: Chosen | None = None) -> str:
        """Form a cluster or a clustering; its id. See :func:`orgmodel.acts.operations.clusters.form`."""
        return self.apply(operations.form, what, members).made[0]

    def dissolve(self, what: str, *, members_to: str | None = None) -> None:
        """Dissolve a cluster or clustering. See :func:`orgmodel.acts.operations.clusters.dissolve`."""
        self.apply(operations.dissolve, what, members_to=members_to)

    def join(self, units: Chosen, cluster: str) -> None:
        """Let units join a cluster. See :func:`orgmodel.acts.operations.clusters.join`."""
        self.apply(operations.join, units, cluster)

    def leave(self, units: Chosen, cluster: str) -> None:
        """Let units leave a cluster. See :func:`orgmodel.acts.operations.clusters.leave`."""
        self.apply(operations.leave, units, cluster)

    def designate(
        self,
        cluster: str,
        role: str,
        unit: str | Unit | Absent | None,
        *,
        seat: int = 1,
        until: DayLike | None = None,
        instead: bool = False,
    ) -> None:
        """Give a member a role in its cluster. See :func:`orgmodel.acts.operations.clusters.designate`."""
        self.apply(operations.designate, cluster, role, unit, seat=seat, until=until, instead=instead)

    def succeed_role(
        self,
        cluster: str,
        role: str = LEADER,
        *,
        seat: int = 1,
        by: str | Unit | None = None,
        until: DayLike | None = None,
    ) -> None:
        """Let the successor of a holder take its role over. See :func:`orgmodel.acts.operations.clusters.succeed_role`."""
        self.apply(operations.succeed_role, cluster, role, seat=seat, by=by, until=until)


class _Together:
    """What operations of one block have changed so far."""

    def __init__(self) -> None:
        self._changed: set[str] = set()

    def add(self, events: Iterable[Event], draft: Draft) -> None:
        """The events of another operation; refused if they are about a unit that one before it changed."""
        about = set(_about(events))
        twice = sorted(about & self._changed)
        if twice:
            told = "another operation of this block changes it as well, and neither sees the other; end the block first"
            raise Refused(
                "an operation in a block together()",
                [Finding("together", told, (unit,), day=draft.day, act=draft.id) for unit in twice],
            )
        self._changed |= about


def _about(events: Iterable[Event]) -> Iterator[str]:
    """Ids of the units and clusters that begin or end by events, become others, or of which something changes."""
    for event in events:
        match event:
            case Succession():
                yield from (unit for link in event.links for unit in (link.old, link.new))
                yield from (change.subject for change in event.changes)
            case Creation():
                yield event.what.id
            case Closure() | Change():
                yield event.subject


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
