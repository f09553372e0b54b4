"""The organisation through time: a log of acts, and the state they make."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import takewhile
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from orgmodel.acts.act import Act
from orgmodel.acts.act import act_id as default_act_id
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Creation, Event
from orgmodel.acts.replay import Running, replay, table_faults
from orgmodel.content.blocks import Block, Column, Content, Heading, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.point import before_point
from orgmodel.engine.state import UNIT, State
from orgmodel.errors import Answer, BadDay, Finding, InvalidAct, InvalidTable, NotOnRecord, Refused, UnknownUnit
from orgmodel.history.anew import Ground, drifts, earlier_acts
from orgmodel.history.ask import Ask
from orgmodel.history.enactment import Enactment, schema_changes
from orgmodel.history.log import (
    ActRecord,
    Entry,
    in_order,
    log_faults,
)
from orgmodel.history.operation_keys import keyed
from orgmodel.history.parents_first import parents_first
from orgmodel.history.read_index import ReadIndex
from orgmodel.history.unit_rows import read_units
from orgmodel.model import track as tracks
from orgmodel.model.door import an_id, items, kind_of, like, refuse, strict, strictly
from orgmodel.model.matter import Person
from orgmodel.model.measure import Measure
from orgmodel.model.plain import plain_text
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source, SourceLike, as_source
from orgmodel.model.words import Language
from orgmodel.period import DayLike, Period, as_day, from_ordinal
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from orgmodel.acts.draft import Draft
    from orgmodel.acts.policies import Allocation
    from orgmodel.engine.columns import Ints
    from orgmodel.history.biography import Fact
    from orgmodel.history.carry_run import OfUnmapped
    from orgmodel.history.clusters import ClusterChanges
    from orgmodel.history.consequences import Consequences
    from orgmodel.history.correspondence import Correspondence
    from orgmodel.history.diff import Diff
    from orgmodel.history.find import EverBorne
    from orgmodel.history.frames import HistoryFrame
    from orgmodel.history.lineage import Lineage
    from orgmodel.history.over import Over, Uncertain
    from orgmodel.history.series import Scope, Series
    from orgmodel.history.unit_directory import By
    from orgmodel.history.vintage import Vintage
    from orgmodel.rules.rulebook import Audit, Rulebook
    from orgmodel.rules.view import Holidays

    Frame = TypeVar("Frame", pl.DataFrame, pd.DataFrame)

__all__ = [
    "History",
    "history_of",
    "structure_of",
]


_RULE_AND_UNITS: Final = attrgetter("rule", "units")


# What only passes its arguments on to a method that checks them is left out.
@strictly("at", "act", "parents_of")
class History(Shown):
    """The organisation through time; immutable.

    Every method that changes something returns another History and leaves this one as
    it was; both share what they have in common, so a branch is a reference.

    Days are half-open: an act counts from its effective day on. Acts of one day have an
    order, that in which they were recorded.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Change
    >>> from orgmodel.model.unit import Unit
    >>> history = History().enact(
    ...     Act("a1", "2024-01-01", [Creation(Unit("vn", name="Việt Nam")), Creation(Unit("24", name="Bắc Giang", parent="vn"))]),
    ...     Act("a2", "2025-07-01", [Change("24", "name", "Bắc Ninh")]),
    ... )
    >>> history.at("2025-06-30").unit("24").name, history.at("2025-07-01").unit("24").name
    ('Bắc Giang', 'Bắc Ninh')
    """

    def __init__(self, schema: Schema = OPEN, measures: Iterable[Measure] | Mapping[str, Measure] = ()) -> None:
        listed = list(measures.values()) if isinstance(measures, Mapping) else items(measures, "measures")
        for measure in listed:
            if not isinstance(measure, Measure):
                refuse("measures", f"each is a Measure, not {kind_of(measure)}")
        if not isinstance(schema, Schema):
            refuse("a schema", f"it is a Schema, not {kind_of(schema)}")
        self.schema = schema
        self.measures: Mapping[str, Measure] = MappingProxyType({measure.id: measure for measure in listed})
        self._state = State()
        self._record = ActRecord()
        self._origin: tuple[str, str] | None = None
        """The path of the file that it was opened from, and the identity of its content."""
        self._structures: dict[dt.date, Structure] = {}
        self._index = ReadIndex()

    def _with(self, state: State, record: ActRecord) -> Self:
        new = type(self).__new__(type(self))
        new.schema, new.measures = self.schema, self.measures
        new._state, new._record, new._structures = state, record, {}
        # The first entries can still be read from that file: only as_recorded drops entries.
        new._origin = self._origin
        new._index = self._index
        return new

    # ---- looking

    def at(self, day: DayLike | None = None, *, after: tuple[str, int] | None = None) -> Structure:
        """The structure on a day, after all acts that are effective on or before it.

        Args:
            day: the day.
            after: instead of a day, a point inside one: (id of an act, index of its
                event); the structure right after that event.

        Raises:
            UnknownUnit: no act has the id, or it has no such event.
        """
        if after is not None:
            return self._inside(*_point(after))
        if day is None:
            raise BadDay(day, "no day was given")
        day = as_day(day)
        structure = self._structures.get(day)
        if structure is None:
            structure = Structure(self._state, day, self.schema, self.measures)
            # Callers compare a few days again and again, and a structure keeps what it worked out: the last eight stay.
            if len(self._structures) >= 8:
                self._structures.pop(next(iter(self._structures)), None)
            self._structures[day] = structure
        return structure

    def _inside(self, act: str, index: int) -> Structure:
        """The structure right after an event of an act."""
        target = self._record.order.get(act)
        if target is None:
            raise self._unknown_act(act)
        if not 0 <= index < len(target.events):
            raise UnknownUnit(str(index), why=f"it has {len(target.events)}", noun=f"event of act {act!r}")
        before = takewhile(lambda other: other.id != act, self._record.order.of_day(target.effective))
        running = Running(
            self._state.before(target.effective.toordinal()), self.schema, self.measures, target.effective
        )
        for earlier in before:
            running.apply(earlier.events, earlier, earlier.event_labels)
        running.apply(target.events[: index + 1], target, target.event_labels[: index + 1])
        return running.structure

    @property
    def log(self) -> tuple[Entry, ...]:
        """All entries in the order in which they were recorded."""
        return tuple(entry.of(self) for entry in self._record.entries)

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """The acts that count today, by effective day and, within it, order of recording."""
        return tuple(self._record.acts_from())

    def act(self, act: str) -> Act:
        """The act with an id, as it reads now.

        Raises:
            UnknownUnit: there is none, or it was cancelled.
        """
        name = an_id(act, "an act")
        now = self._record.order.get(name)
        if now is None:
            raise self._unknown_act(name)
        return now

    def _unknown_act(self, name: str) -> UnknownUnit:
        """The error about an id that no act has, or none any more."""
        if name in self._record.cancelled:
            return UnknownUnit(
                name, why="it was cancelled; what counts after all is a new act, with an id of its own", noun="act"
            )
        return UnknownUnit(name, like(name, self._record.known), noun="act")

    @property
    def first_day(self) -> dt.date | None:
        """The effective day of the first act."""
        return self.acts[0].effective if self.acts else None

    @property
    def last_day(self) -> dt.date | None:
        """The effective day of the last act."""
        return self._record.last

    def days(self) -> tuple[dt.date, ...]:
        """The effective days of the acts, each once, in order."""
        return tuple(dict.fromkeys(act.effective for act in self.acts))

    def units_ever(self) -> tuple[str, ...]:
        """Ids of all units that ever lived, even for no whole day, in order of creation."""
        state = self._state
        # After an amendment rows do not stand in the order of numbers, which is that of creation.
        numbers = sorted({number for number, row in state.iter_rows(tracks.LIFE) if row[2] == UNIT})
        return tuple(map(state.name, numbers))

    def unit_ids(self) -> tuple[str, ...]:
        """The ids that the places in arrays of this history stand for, those of clusters among them.

        Places are handed out in order of first mention. A history that goes on from this
        one keeps them, unless it changes the past: then units that are first mentioned
        from that day on get theirs again, in the order of what counts now.

        >>> from orgmodel.history.history import history_of
        >>> history_of([{"id": "p"}, {"id": "c", "parent": "p"}], day="2025-07-01").unit_ids()
        ('p', 'c')
        """
        return tuple(self._state.all_ids())

    def parents_of(self, units: Sequence[str] | Ints, day: DayLike, hierarchy: str = tracks.MAIN) -> Any:
        """The parents of many units on a day: see :meth:`orgmodel.structure.structure.Structure.parents_of`.

        >>> from orgmodel.history.history import history_of
        >>> history = history_of([{"id": "p"}, {"id": "c", "parent": "p"}], day="2025-07-01")
        >>> history.parents_of(["c", "p"], "2025-07-01")
        ['p', None]
        """
        return self.at(day).parents_of(units, hierarchy)

    def life(self, subject: str) -> Period:
        """From when to when a unit or cluster exists; start and end are equal if it lived no whole day.

        Raises:
            UnknownUnit: it never did.
        """
        rows = self._state.rows(tracks.LIFE, self._number(subject))
        if not rows:
            raise UnknownUnit(subject)
        return Period(from_ordinal(rows[0][0]), from_ordinal(rows[-1][1]))

    def _now(self, act: Act) -> Act:
        """An act that a row points to, as it reads now: it may have been worked out anew since."""
        return self._record.order.get(act.id) or act

    def _number(self, subject: str) -> int:
        number = self._state.number(subject)
        if number is None or not self._state.rows(tracks.LIFE, number):
            raise UnknownUnit(subject, self.at(self._record.last)._near(subject) if self._record.last else ())
        return number

    def biography(self, subject: str | Person) -> tuple[Fact, ...]:
        """All that was ever said of a unit, cluster, matter or person, by day, each with its act.

        Facts that held on no whole day are included. References are ids. The matters in which a unit takes part are
        facts ``party`` with its role as slot and the matter as value; of a person those are all, with the offices held.

        Raises:
            UnknownUnit: there never was one.
        """
        from orgmodel.history.biography import facts_of

        return facts_of(self, subject)

    def find(
        self, text: str, *, kind: str | None = None, above: str | Iterable[str] = (), by: By | None = None
    ) -> EverBorne:
        """Who ever bore a name, code or id, on whatever day, and what it is now.

        Args:
            text: the name, in any spelling that :meth:`~orgmodel.structure.structure.Structure.find` takes; a code; an
                id.
            kind: the kind of the units.
            above: names, codes or ids of units that ever stood above it.
            by: ``id``, ``code``, ``name`` or another scheme, to look for nothing else.

        Raises:
            Refused: there is no such kind or scheme, the text is none.

        >>> from orgmodel.acts.events import Change
        >>> rows = [{"id": "p", "name": "Hà Bắc"}, {"id": "c", "name": "Xã A", "parent": "p"}]
        >>> history = history_of(rows, day="1990-01-01").enact(Act("n", "1997-01-01", [Change("p", "name", "Bắc Ninh")]))
        >>> print(history.find("ha bac"))
        p bore the name 'Hà Bắc' 1990-01-01 to 1996-12-31; it goes on
        """
        from orgmodel.history.find import ever_borne

        return ever_borne(self, text, kind=kind, above=above, by=by)

    def frames(self) -> dict[str, HistoryFrame]:
        """All that the history says, as tables with names beside ids, for other tools.

        They are ``units``, ``parents``, ``facts``, ``figures``, ``members``, ``roles``, ``clusters``, ``links``,
        ``shares``, ``acts`` and ``log``; :func:`orgmodel.io.frames.write_parquet` writes them as files.

        >>> frames = history_of([{"id": "p", "name": "Province"}, {"id": "c", "parent": "p"}], day="2025-07-01").frames()
        >>> frames["parents"].to_polars().select("unit", "parent", "parent_name", "start").rows()[1][:3]
        ('c', 'p', 'Province')
        """
        from orgmodel.history.frames import frames_of

        return frames_of(self)

    @cached_property
    def lineage(self) -> Lineage:
        """Which unit became which."""
        from orgmodel.history.lineage import Lineage

        return Lineage(self)

    def between(self, a: DayLike, b: DayLike) -> Diff:
        """What is different on day ``b`` from day ``a``, each with the act that made it so.

        Raises:
            NotOnRecord: a day lies before the first of the history.
        """
        from orgmodel.history.diff import between

        first, last = as_day(a), as_day(b)
        self.check_on_record(first, last)
        return between(self, first, last)

    def check_on_record(self, *days: dt.date) -> None:
        """Raise if one of the days lies before the first of the history.

        Raises:
            NotOnRecord: of the earliest of them; a history without acts knows of no day, and raises nothing.
        """
        first = self.first_day
        if first is not None and days and min(days) < first:
            raise NotOnRecord(None, first, min(days))

    def correspondence(
        self,
        a: DayLike,
        b: DayLike,
        *,
        kind: str | None = None,
        to: str | None = None,
        ground: Collection[str] | None = None,
        incomplete: Collection[str] = (),
    ) -> Correspondence:
        """What the units of day ``a`` are on day ``b``.

        With ``b`` before ``a`` it is the inverse of the correspondence from ``b`` to ``a``.

        Args:
            a: the first day: the structure after all that is effective on or before it.
            b: the second day; what happened in (a, b] counts.
            kind: the level of the first day, by its ground; units that flow together with it are included. None takes
                each unit by itself: only links count, whatever moved below it.
            to: the level of the second day; ``kind`` if None.
            ground: the kinds of which units of the level consist, instead of those that the schema names.
            incomplete: units that have more ground than the units below them.

        Raises:
            BadDay: a text is not a day.
            NotOnRecord: a day lies before the first of the history, or before that of the level.
            Refused: there is no unit of the kind on the first day, or none of ``to`` on the second.

        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Link, Succession
        >>> from orgmodel.model.unit import Unit
        >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", parent="vn"),))
        >>> history = history_of([{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "ab")], day="2024-01-01")
        >>> history = history.enact(Act("m", "2025-07-01", [merger]))
        >>> [(row.old, row.new) for row in history.correspondence("2024-12-31", "2025-07-01")]
        [('vn', 'vn'), ('a', 'c'), ('b', 'c')]
        """
        from orgmodel.history import correspondence

        return correspondence.between(self, a, b, kind, to=to, ground=ground, incomplete=incomplete)

    def over(self, start: DayLike, end: DayLike) -> Over:
        """Questions about the days from ``start`` to before ``end``: see :class:`orgmodel.history.over.Over`.

        Raises:
            NotOnRecord: the period begins before the first day of the history.
            Refused: it has no day.
        """
        from orgmodel.history.over import Over

        period = Period(start, end)
        if period.start == period.end:
            raise Refused("a period", [Finding("period", f"from {start} to before {end} there is no day")])
        self.check_on_record(as_day(start))
        return Over(period, self)

    def as_of(
        self,
        frame: Frame,
        columns: Sequence[str] = ("id", "name", "code", "kind", "parent"),
        *,
        above: Sequence[str] = (),
        unit: str = "unit",
        day: str = "day",
        by: By = "id",
        kind: str | None = None,
        suffix: str = "",
    ) -> Frame:
        """The rows of a frame with what was so of each unit on the day of its row.

        Where nothing is on record on a day, or there was no such unit, the new columns are null; the column ``basis``
        says which.

        Args:
            frame: a polars or pandas frame with a unit and a day in each row.
            columns: what is joined: ``id``, ``parent``, a fact of one slot such as ``name``, or a measure of the unit
                itself, null where it is not known.
            above: kinds; for each, a column of the nearest unit of that kind at or above the unit.
            unit: the column of the unit.
            day: the column of the day, as days or ISO text.
            by: whether units are named by ``id``, ``code`` or ``name``.
            kind: of which kind units named by code or name are.
            suffix: goes behind the names of the new columns.

        Raises:
            InvalidTable: a column is missing or there already, a row has no unit or day, a code names several units.

        >>> import polars as pl
        >>> history = history_of([{"id": "p"}, {"id": "c", "parent": "p"}], day="2025-07-01")
        >>> asked = pl.DataFrame({"unit": ["c", "c"], "day": ["2025-08-01", "2024-01-01"]})
        >>> history.as_of(asked, ["parent"]).rows()
        [('c', '2025-08-01', 'p', 'on record'), ('c', '2024-01-01', None, 'not on record')]
        """
        from orgmodel.history import over

        joined: Frame = over.as_of(
            self, frame, columns, above=above, unit=unit, day=day, by=by, kind=kind, suffix=suffix
        )
        return joined

    def uncertain(self, day: DayLike) -> tuple[Uncertain, ...]:
        """The facts that may or may not have held on a day, with the values before and after.

        An act of which only a month or a year is known (``within=``) takes effect on the last day of it; on an earlier
        day of that period all that it writes is uncertain.

        Raises:
            NotOnRecord: the day lies before the first of the history.

        >>> from orgmodel.acts.events import Change
        >>> act = Act("n", "2025-07-31", [Change("p", "name", "P")], within=Period("2025-07-01", "2025-08-01"))
        >>> history = history_of([{"id": "p"}], day="2025-01-01").enact(act)
        >>> [str(fact) for fact in history.uncertain("2025-07-10")], history.uncertain("2025-07-31")
        (['p: name None or P [source unknown, 2025-07-01 to 2025-07-31]'], ())
        """
        from orgmodel.history import over

        return over.uncertain(self, day)

    def cluster_changes(self, a: DayLike, b: DayLike) -> ClusterChanges:
        """What became of every cluster between two days: see :mod:`orgmodel.history.clusters`."""
        from orgmodel.history import clusters

        self.check_on_record(as_day(a), as_day(b))
        return clusters.changes(self, a, b)

    def series(
        self,
        measure: Measure | str,
        kind: str | None = None,
        *,
        on: DayLike,
        days: Iterable[DayLike] | None = None,
        figures: Mapping[Any, Mapping[str, Any]] | None = None,
        weights: Mapping[Any, Mapping[str, Any]] | None = None,
        scope: Scope = "own",
        policy: Allocation | str | None = None,
        unmapped: OfUnmapped = "refuse",
    ) -> Series:
        """Each period's figures in the structure of one day: see :mod:`orgmodel.history.series`."""
        from orgmodel.history import series

        return series.of(
            self,
            measure,
            kind,
            on=on,
            days=days,
            figures=figures,
            weights=weights,
            scope=scope,
            policy=policy,
            unmapped=unmapped,
        )

    def vintage(self, entries: Iterable[str], *, kind: str | None = None, by: By | None = None) -> Vintage:
        """Which days a list of codes, names or ids fits best: see :mod:`orgmodel.history.vintage`."""
        from orgmodel.history import vintage

        return vintage.of(self, entries, kind, by)

    def audit(self, rulebook: Rulebook, a: DayLike, b: DayLike, *, holidays: Holidays | None = None) -> Audit:
        """What a rulebook finds to have arisen in (a, b]: see :mod:`orgmodel.history.audit`."""
        from orgmodel.history.audit import audit_history

        return audit_history(self, rulebook, a, b, holidays=holidays)

    def _followed(self, entry: Entry) -> Consequences:
        from orgmodel.history.what_followed import consequences

        return consequences(self, entry)

    # ---- changing

    def draft(
        self,
        day: DayLike,
        source: SourceLike = Source.unknown,
        *,
        act_id: str | None = None,
        note: str = "",
        within: Period | None = None,
        before: str = "",
        after: str = "",
    ) -> Draft:
        """A draft of an act: operations on the structure of a day, collected.

        Args:
            day: the effective day.
            source: where the act comes from; a text is its number.
            act_id: its id; day and source if None.
            note: for readers.
            within: the days among which the day is, where only a month or a year is known; it is the last of them.
            before: id of an act of the same day before which it takes its place: the draft sees what is there then.
            after: id of an act of the same day after which it takes its place: likewise.
        """
        from orgmodel.acts.draft import Draft

        day, source = as_day(day), as_source(source)
        running = Running(self._state_for(day, before, after), self.schema, self.measures, day)
        name = act_id or default_act_id(day, source)
        return Draft(running, day, source, name, note, within=within, before=before, after=after)

    def _state_for(self, day: dt.date, before: str, after: str) -> State:
        """The state on which an act of a day is carried out: behind all others of the day, or at the place that it states."""
        order, state = self._record.order, self._state
        neighbour = order.get(before or after)
        if neighbour is not None and neighbour.effective == day:
            earlier = earlier_acts(order, neighbour)
            return before_point(state, day.toordinal(), earlier if before else earlier | {neighbour.id})
        if self._record.last is not None and day < self._record.last:
            return state.before(day.toordinal() + 1)
        return state

    def enact(
        self,
        *acts: Act | Draft,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
        rulebook: Rulebook | None = None,
        holidays: Holidays | None = None,
    ) -> Self:
        """The history with more acts; all of them or none.

        The operations of an act are carried out on what is there on its day. Acts may be effective before others
        that are here already: each later decision that they concern is then worked out anew, and what came out
        differently can be asked of the entry (:meth:`~orgmodel.history.log.Entry.consequences`). An act that is here
        already, equal, is passed over.

        Args:
            acts: acts or drafts. A late one takes the last place of its day, unless it says otherwise.
            recorded: the day on which they become known; if None, the day of the entry
                before, or of the first act, whichever is later. It never goes back.
            answers: choices for what later decisions would ask; see :attr:`ask`. They are recorded with the acts.
            rulebook: rules whose errors block the acts, if they were not there before: on the days of the acts, and on those
                of later decisions that come out otherwise.
            holidays: says which days are public holidays, for deadlines of the rulebook.

        Raises:
            InvalidAct: an act breaks an invariant or a rule of the rulebook; all its
                faults are listed.
            Conflict: a later act can no longer stand, or needs a choice; the later act is named, and
                :attr:`~orgmodel.errors.Conflict.questions` has what it asks.
            Refused: an id stands for another act, or ``recorded`` goes back.

        >>> from orgmodel.model.unit import Unit
        >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2024-01-01")
        >>> with history.draft("2026-01-01") as merger:
        ...     _ = merger.merge(["a", "b"], into=Unit("ab"))
        >>> with history.draft("2025-01-01") as late:
        ...     late.record("a", "members", 3)
        ...     late.record("b", "members", 4)
        >>> history.enact(merger).enact(late).at("2026-01-01").measure("ab", "members")
        Quantity(7)
        """
        enactment = Enactment(self, self._index)
        new = enactment.new_acts(acts)
        if not new:
            return self
        day = enactment.recorded_day(recorded, new)
        if rulebook is not None:
            return self._enact_judged(new, day, tuple(answers), rulebook, holidays)
        draft = acts[0] if len(acts) == 1 and not isinstance(acts[0], Act) else None
        return self._with(*enactment.result({}, new, day, "", answers, draft))

    @property
    def ask(self) -> Ask:
        """What a change of the past would ask, without making it: ``history.ask(late)``, ``history.ask.cancel(...)``.

        >>> history_of([{"id": "vn"}], day="2024-01-01").ask()
        ()
        """
        return Ask(self)

    def preview(self, draft: Draft, on: DayLike | None = None) -> Structure:
        """The structure on a day if a draft were enacted: what ``enact(draft).at(on)`` shows.

        A draft that was begun on this very history is not replayed a second time, so that
        many can be tried fast.

        Args:
            draft: the draft.
            on: the day; that of the draft if None.

        Raises:
            InvalidAct, Conflict, Refused: as for :meth:`enact`.

        >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}],
        ...                      day="2024-01-01")
        >>> with history.draft("2027-01-01") as act:
        ...     _ = act.merge(["a", "b"])
        >>> len(history.preview(act)), len(history.at("2027-01-01"))
        (2, 3)
        """
        day = draft.day if on is None else as_day(on)
        last = self._record.last
        placed = draft.before or draft.after
        if last is not None and last <= draft.day <= day and not placed and draft.id not in self._record.known:
            state = draft._stands_on(self._state, everything=schema_changes(self.schema, last, draft.day))
            if state is not None:
                return Structure(state, day, self.schema, self.measures)
        return self.enact(draft).at(day)

    def _enact_judged(
        self,
        acts: Sequence[Act],
        recorded: dt.date,
        answers: Sequence[Answer],
        rulebook: Rulebook,
        holidays: Holidays | None,
    ) -> Self:
        """The history with acts that a rulebook allows; day by day, so that each day is judged as its acts found it."""
        history, to_come = self, {act.id for act in acts}
        findings: list[Finding] = []
        for day in sorted({act.effective for act in acts}):
            acts_of_day = [act for act in acts if act.effective == day]
            to_come.difference_update([act.id for act in acts_of_day])
            # Decisions that are here already may ask as well, those of days to come cannot yet.
            answers_so_far = [answer for answer in answers if answer.act not in to_come]
            after = history.enact(*acts_of_day, recorded=recorded, answers=answers_so_far)
            changes = [changes_of(after.act(act.id)) for act in acts_of_day]
            findings += rulebook.check_act(history.at(day), changes, after.at(day), holidays=holidays)
            # What follows for later decisions is judged on their days; what lasts was reported on its first day.
            entries = after._record.since(history._record.number)
            for later in sorted({act.effective for entry in entries for act in entry.remade} - {day}):
                known = set(map(_RULE_AND_UNITS, findings))
                follows = rulebook.check_act(history.at(later), (), after.at(later), holidays=holidays)
                findings += [finding for finding in follows if _RULE_AND_UNITS(finding) not in known]
            history = after
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise InvalidAct("acts that break the rulebook", errors)
        return history

    @classmethod
    def taken(
        cls,
        acts: Iterable[Act],
        schema: Schema = OPEN,
        measures: Iterable[Measure] | Mapping[str, Measure] = (),
        answers: Iterable[Answer] = (),
    ) -> Self:
        """The history of some decisions as if each had been known on its day, in order of time.

        The law K1 says that learning them later gives the same. The decisions are carried out as taken ones: a choice
        that is not needed is a note, as where they are worked out anew.

        Args:
            acts: in any order of their days; those of one day in their order.
            schema: kinds and placements.
            measures: declared measures.
            answers: choices for what the acts ask.

        Raises:
            InvalidAct, Ambiguous: an act cannot stand, or asks.

        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Change, Creation
        >>> from orgmodel.model.unit import Unit
        >>> name, start = Act("n", "2025-01-01", [Change("vn", "name", "V")]), Act("s", "2024-01-01", [Creation(Unit("vn"))])
        >>> History.taken([name, start]).days()
        (datetime.date(2024, 1, 1), datetime.date(2025, 1, 1))
        """
        new = cls(schema, measures)
        ordered = in_order(enumerate(acts))
        if not ordered:
            return new
        return new._with(*Enactment(new, new._index).taken(ordered, tuple(answers)))

    def correct(
        self,
        act_id: str,
        act: Act | Draft,
        *,
        reason: str,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
    ) -> Self:
        """The history in which an act reads otherwise; what was known before stays on record.

        Args:
            act_id: id of the act to correct.
            act: what it says now; it has the same id. Its day may be another.
            reason: why.
            recorded: as in :meth:`enact`.
            answers: as in :meth:`enact`.

        Raises:
            UnknownUnit: no act has the id.
            InvalidAct: the corrected act breaks an invariant.
            Conflict: a later act cannot stand on it; answer what it asks, correct that one first, or give
                both in :meth:`amend`.
        """
        return self.amend({act_id: act}, reason=reason, recorded=recorded, answers=answers)

    def cancel(
        self, act_id: str, *, reason: str, recorded: DayLike | None = None, answers: Iterable[Answer] = ()
    ) -> Self:
        """The history in which an act never counted; what was known before stays on record.

        Raises:
            UnknownUnit: no act has the id.
            Conflict: a later act cannot stand without it.
        """
        return self.amend({act_id: None}, reason=reason, recorded=recorded, answers=answers)

    def amend(
        self,
        changes: Mapping[str, Act | Draft | None],
        *more: Act | Draft,
        reason: str,
        recorded: DayLike | None = None,
        answers: Iterable[Answer] = (),
    ) -> Self:
        """The history with several acts corrected (or, with None, cancelled) and others added, at once.

        Raises:
            UnknownUnit, InvalidAct, Conflict, Refused: as :meth:`correct`, :meth:`cancel`, :meth:`enact`.
        """
        return self._amended(changes, more, reason, recorded, answers, keyed)

    def _amended(
        self,
        changes: Mapping[str, Act | Draft | None],
        more: Sequence[Act | Draft],
        reason: str,
        recorded: DayLike | None,
        answers: Iterable[Answer],
        with_keys: Callable[[Act, Act], Act],
    ) -> Self:
        """The history after an amendment; ``with_keys`` as in :meth:`Enactment.amendments`."""
        if not reason:
            raise Refused("an amendment", [Finding("reason", "say why the act is corrected or cancelled")])
        plain_text(reason, "the reason of an amendment")
        enactment = Enactment(self, self._index)
        readings, new = enactment.amendments(changes, more, with_keys)
        if not readings and not new:
            return self
        return self._with(*enactment.result(readings, new, enactment.recorded_day(recorded, []), reason, answers))

    def amend_to(
        self, newer: History, *, reason: str, recorded: DayLike | None = None, answers: Iterable[Answer] = ()
    ) -> Self:
        """The history that says what a newer edition of it says; what this one says stays on record.

        Acts are matched by their ids: those that read otherwise are corrected, those that the newer edition lacks
        are cancelled, others are added at their place of the day. :meth:`as_recorded` gives this edition.

        Args:
            newer: the newer edition, of the same schema and measures.
            reason: why, such as "second edition of the register".
            recorded: as in :meth:`enact`.
            answers: as in :meth:`enact`.

        Raises:
            Refused: another schema, or an act that was cancelled here comes back.
            InvalidAct, Conflict: as for :meth:`amend`.

        >>> first = history_of([{"id": "24", "name": "Bac Giang"}], day="2024-01-01")
        >>> second = history_of([{"id": "24", "name": "Bắc Giang"}], day="2024-01-01")
        >>> both = first.amend_to(second, reason="second edition", recorded="2025-03-01")
        >>> both.at("2024-01-01").unit("24").name, both.as_recorded("2025-02-28").at("2024-01-01").unit("24").name
        ('Bắc Giang', 'Bac Giang')
        """
        from orgmodel.history.edition import amended_to

        return amended_to(self, newer, reason=reason, recorded=recorded, answers=answers)

    def graft(
        self,
        other: History,
        *,
        under: str | Mapping[str, str],
        ids: str,
        links: Iterable[tuple[Any, ...]] = (),
        recorded: DayLike | None = None,
    ) -> Self:
        """One history of two: another history stands below a unit of this one.

        All entries of both logs are kept, in order of their days of recording, so what was known when can still be asked.
        Units, clusters and clusterings of the other history get a prefix to their ids, and so do its acts where both
        have an act of the same id. Each of its acts notes where it is from.
        Where codes of one kind may clash, give the histories kinds of their own, or a schema without ``unique_codes``.

        Args:
            other: the history that is grafted.
            under: the unit under which the root of the other stands, or hierarchy -> unit.
            ids: the prefix to ids of the other, such as ``"ch-"``.
            links: (old, new, day) for units of one that are units of the other, with the ids of the result. An old unit
                that lives ends in the new one on that day; one that has ended is taken up by the new one when that
                begins.
            recorded: the day on which the links became known; that of the last entry if None.

        Raises:
            Refused: ids that both have, schemas or measures that contradict each other, links that cannot be.
            InvalidAct: the result breaks an invariant, as where the root begins before the unit that it is to stand
                under.

        >>> from orgmodel.model.source import Source
        >>> a = history_of([{"id": "eu"}], day="2000-01-01", source=Source("a list of countries"))
        >>> b = history_of([{"id": "ch", "name": "Schweiz"}, {"id": "be", "parent": "ch"}], day="2001-01-01")
        >>> both = a.graft(b, under="eu", ids="ch:")
        >>> print(both.at("2001-01-01").tree())
        eu
        └─ Schweiz (ch:ch)
           └─ ch:be
        >>> [str(act) for act in both.acts], both.acts[1].note
        (['2000-01-01 a list of countries: 1 event', '2001-01-01 source unknown: 2 events'], 'from ch:')
        """
        from orgmodel.history.graft import grafted

        return grafted(self, other, under=under, ids=ids, links=links, recorded=recorded)

    def as_recorded(self, until: DayLike | int) -> Self:
        """The history as it was known: after all entries recorded by a day, or up to an entry's number."""
        entries = self._record.entries
        # Entries are numbered from 1, and the day of recording never goes back: what was known is a prefix.
        if isinstance(until, int):
            count = max(until, 0)
        else:
            count = bisect_right(entries, as_day(until), key=lambda entry: entry.recorded)
        if count >= len(entries):
            return self
        touched = {entry.about for entry in entries[count:]}
        # Everything before the first day on which a touched act ever was effective stands as it is.
        first = min(entry.act.effective for entry in entries if entry.act is not None and entry.about in touched)
        record = ActRecord.of(entries[:count])
        known_then = self._with(self._replayed(first, record.acts_from(first)), record)
        known_then._origin = None
        return known_then

    def _replayed(self, first: dt.date, acts: Sequence[Act]) -> State:
        """The state in which the acts of a day and later are replayed; ``acts`` are all of them, in order."""
        ordinals = self._record.order.ordinals
        place = bisect_left(ordinals, first.toordinal())
        since = dt.date.fromordinal(ordinals[place - 1]) if place else None
        before = self._state.before(first.toordinal()).unnumbered()
        return replay(before, acts, self.schema, self.measures, since)

    @classmethod
    def from_log(
        cls, entries: Iterable[Entry], schema: Schema = OPEN, measures: Iterable[Measure] | Mapping[str, Measure] = ()
    ) -> Self:
        """The history that has a given log, checked as a whole: what :attr:`log` is read from and stored as.

        Args:
            entries: in the order in which they were recorded.
            schema: kinds and placements.
            measures: declared measures.

        Raises:
            Refused: the entries are no log: their numbers, days of recording or references do not go together.
            InvalidAct: the acts that count at the end break an invariant.

        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Creation
        >>> from orgmodel.model.unit import Unit
        >>> history = History().enact(Act("a1", "2024-01-01", [Creation(Unit("vn"))]))
        >>> History.from_log(history.log) == history
        True
        """
        entries = tuple(entries)
        faults = log_faults(entries)
        if faults:
            raise Refused("a log", faults)
        new = cls(schema, measures)
        record = ActRecord.of(entries)
        acts = record.acts_from()
        open_ = [act for act in acts if not act.is_worked_out]
        if open_:
            message = "it has operations, and what they came to is not there; enact it"
            raise Refused("a log", [Finding("worked-out", message, act=act.id, day=act.effective) for act in open_])
        state = replay(new._state, acts, new.schema, new.measures, None) if acts else new._state
        return new._with(state, record)

    # ---- showing

    def drift(self) -> tuple[Finding, ...]:
        """The operations that would give other events if they were carried out again on unchanged ground.

        Nothing is changed: an act keeps its recorded events. A newer version of the library may resolve an operation
        otherwise, or a verb of a file may not be registered here; it matters once something learned later makes such
        a decision be worked out anew.

        >>> history_of([{"id": "vn"}], day="2024-01-01").drift()
        ()
        """
        ground = Ground(self.schema, self.measures, tuple(answer for _, answer in self._record.answers))
        return tuple(drifts(self._state, self._record.order, ground))

    def same_facts(self, other: History) -> bool:
        """Whether another history says the same of the same units on all days, and links them alike.

        How it came to know does not count: which act states a value, when it was recorded, and what was corrected.
        ``==`` compares that too.

        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Change, Creation
        >>> from orgmodel.model.unit import Unit
        >>> start, name = Act("s", "2024-01-01", [Creation(Unit("vn"))]), Act("n", "2025-01-01", [Change("vn", "name", "V")])
        >>> a, b = History().enact(start, name), History().enact(start).enact(name, recorded="2026-01-01")
        >>> a.same_facts(b), a == b
        (True, False)
        """
        from orgmodel.history.facts import differences

        return next(differences(self._state, other._state), None) is None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return (self.schema, dict(self.measures), self.log) == (other.schema, dict(other.measures), other.log)

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        days = Counter(act.effective for act in self.acts)
        columns = [Column(say("day", language), "day"), Column(say("acts", language), "number")]
        blocks: list[Block] = [table_of(say("acts", language), columns, list(days.items()), most)]
        if self.last_day is not None:
            blocks += [Heading(say("at the end", language), 2), *self.at(self.last_day)._content(most, language).blocks]
        title = say("history", language, count=len(self.acts), first=self.first_day, last=self.last_day)
        return Content(title, blocks, language=language)

    def __reduce__(self) -> tuple[Any, ...]:
        # Files stand above histories, and only they know how one travels; the module is loaded when it is needed.
        reduced: tuple[Any, ...] = import_module("orgmodel.io.columns").reduced(self)
        return reduced

    def __repr__(self) -> str:
        if not self._record.known:
            return "<History: empty>"
        entries = self._record.number
        more = f", {entries} entries" if entries != len(self._record.known) else ""
        count = len(self._record.known)
        return (
            f"<History: {count:,} act{'' if count == 1 else 's'}{more}, "
            f"{self.acts[0].effective} to {self._record.last}; at the end {self.at(self._record.last)!r}>"
        )


def _point(after: Any) -> tuple[str, int]:
    """The value of ``after=``, checked: (id of an act, index of its event)."""
    if not (isinstance(after, tuple) and len(after) == 2 and isinstance(after[1], int)):
        refuse("a point inside a day", f"after= is (id of an act, index of its event), not {kind_of(after)}")
    return an_id(after[0], "an act"), after[1]


@strict
def structure_of(
    rows: Any,
    *,
    day: DayLike,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: SourceLike = Source.unknown,
) -> Structure:
    """A structure made alone from a small table; :func:`history_of` gives the one-act history behind it.

    >>> s = structure_of([{"id": "p", "name": "Province"}, {"id": "c", "parent": "p", "members": 12}], day="2025-07-01")
    >>> print(s.tree())
    Province (p)
    └─ c
    >>> s.total("members")
    Quantity(12)
    """
    return history_of(rows, day=day, schema=schema, measures=measures, source=source).at(day)


@strict
def history_of(
    rows: Any,
    *,
    day: DayLike,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: SourceLike = Source.unknown,
    first_known: bool = False,
) -> History:
    """A history of one act that founds the units of a small table, in any order.

    Args:
        rows: units, or mappings with ``id``, ``parent``, ``name``, ``code``, ``kind``, ``category``,
            ``hierarchy``, further names and codes such as ``code:gso``, and measures: any other key is a measure of
            the unit itself. A frame of polars or pandas, Arrow data, or lists by name have them as columns.
        day: the day on which they are founded.
        schema: kinds and placements.
        measures: declared measures.
        source: where it comes from.
        first_known: whether they are older than the day, which is only the first of which there is a record.

    Raises:
        InvalidTable: with the number of each faulty row.

    >>> history = history_of([{"id": "a", "parent": "p"}, {"id": "p"}], day="2024-01-01")
    >>> history.at("2025-01-01").children("p")
    ('a',)
    """
    table = read_units(rows)
    history = History(schema, measures)
    units = parents_first(table.units)
    events: list[Event] = [*(Creation(unit, first_known) for unit in units), *table.changes(units, history.measures)]
    act = Act(default_act_id(day, source), as_day(day), events, source)
    try:
        founded = history.enact(act)
    except InvalidAct as error:
        faults = table_faults([act], history.schema, history.measures, table.rows_of) or error.findings
        table.faults.extend(fault for fault in faults if table.faulty.isdisjoint(fault.units))
    if table.faults:
        raise InvalidTable("a table of units", table.faults_by_row())
    return founded
