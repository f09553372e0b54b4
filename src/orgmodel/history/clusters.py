"""What became of clusters between two days, derived from what happened to their members.

Nothing here is recorded: who was a member is read from the structure of either day, who
became whom from the succession between them. Each entry names the acts that caused it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import chain, product
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from attrs import field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Extent, Succession
from orgmodel.content.blocks import Block, Cell, Content, Heading, Note, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, Refused, UnknownUnit
from orgmodel.history.correspondence import Correspondence, of_level
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent, Cluster
from orgmodel.model.door import strictly
from orgmodel.model.frames import Column, Tabular, columns_of
from orgmodel.model.words import Language, word
from orgmodel.period import DayLike, as_day

if TYPE_CHECKING:
    from orgmodel.history.lineage import Traced
    from orgmodel.structure.structure import Structure

__all__ = [
    "WHATS",
    "ClusterChange",
    "ClusterChanges",
    "ClusterEntry",
    "ClusterFlow",
    "LapsedOffice",
    "What",
    "changes",
]

What = Literal[
    "retained",
    "merged within",
    "divided within",
    "absorbed from outside",
    "joined",
    "left",
    "moved to another cluster",
    "ended",
    "last known",
]
WHATS: Final[tuple[What, ...]] = get_args(What)
"""What can happen to members, in the order of the entries."""


@frozen
class ClusterEntry:
    """One thing that happened to members of a cluster.

    Attributes:
        what: ``retained``: one member before, one after, the same unit or its only
            successor in the cluster. ``merged within``: several members became one.
            ``divided within``: one member became several. ``absorbed from outside``: a
            member took in a unit, or part of one, that was not in the cluster.
            ``joined``: a member now, and no member was it before. ``left``: it goes on
            outside every other cluster. ``moved to another cluster``: it goes on there.
            ``ended``: it has no successor. ``last known``: what became of it is not on record.
        before: ids of the units on the first day.
        after: ids of the units on the second day.
        extent: ``part`` if only parts of the units of the first day are concerned.
        clusters: other clusters concerned: where it went, or where it came from.
        acts: the acts that caused it, in order; none for a unit nothing happened to.
    """

    what: What
    before: tuple[str, ...]
    after: tuple[str, ...]
    extent: Extent = "whole"
    clusters: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()


@frozen
class LapsedOffice:
    """A leader or deputy of the first day that had ended by the second.

    Attributes:
        role: ``leader`` or ``deputy``.
        seat: which of several seats of the role.
        unit: the holder.
        successors: what it became: a proposal of who could follow, not a decision.
        acts: the acts by which it ended.
    """

    role: str
    seat: int
    unit: str
    successors: tuple[str, ...]
    acts: tuple[Act, ...] = ()


class _Late:
    """A value that is worked out when it is first asked for, and kept."""

    def __init__(self, make: Callable[[], tuple[Any, ...]]) -> None:
        self._make: Callable[[], tuple[Any, ...]] | None = make
        self._found: tuple[Any, ...] = ()

    def __call__(self) -> tuple[Any, ...]:
        if self._make is not None:
            self._found, self._make = self._make(), None
        return self._found


def _made(value: tuple[Any, ...] | Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    return value() if callable(value) else value


@frozen
class ClusterChange(Shown):
    """What became of one cluster.

    Attributes:
        id: id of the cluster.
        clustering: id of its clustering.
        name: what it is called, on the second day if it is still there.
        members_before: ids of the members of the first day.
        members_after: ids of the members of the second day.
        leader_before, leader_after: id of the leading unit (Cụm trưởng), or why there is none.
        deputies_before, deputies_after: ids of the deputies (Cụm phó).
        lapsed: leaders and deputies that have ended, with their successors.
        formed: the act that formed the cluster in between, if one did.
        dissolved: the act that dissolved it in between, if one did.
    """

    id: str
    clustering: str
    name: str
    members_before: tuple[str, ...]
    members_after: tuple[str, ...]
    leader_before: str | Absent
    leader_after: str | Absent
    deputies_before: tuple[str, ...]
    deputies_after: tuple[str, ...]
    lapsed: tuple[LapsedOffice, ...]
    _entries: tuple[ClusterEntry, ...] | Callable[[], tuple[ClusterEntry, ...]] = field(repr=False, eq=_made)
    formed: Act | None = None
    dissolved: Act | None = None
    _labels: Mapping[str, str] = field(factory=dict, repr=False, eq=False)

    @property
    def entries(self) -> tuple[ClusterEntry, ...]:
        """What happened to the members, in the order of :data:`WHATS`; worked out when first asked for."""
        return _made(self._entries)

    @property
    def size_before(self) -> int:
        """How many members there were."""
        return len(self.members_before)

    @property
    def size_after(self) -> int:
        """How many members there are."""
        return len(self.members_after)

    def of(self, what: What) -> tuple[ClusterEntry, ...]:
        """The entries of one sort."""
        return tuple(entry for entry in self.entries if entry.what == what)

    @property
    def changed(self) -> bool:
        """Whether anything is other than it was."""
        quiet = all(entry.what == "retained" and entry.before == entry.after for entry in self.entries)
        return not quiet or (self.leader_before, self.deputies_before) != (self.leader_after, self.deputies_after)

    def __str__(self) -> str:
        width = max((len(entry.what) for entry in self.entries), default=0)
        lines = [self._line(entry, width) for entry in self.entries]
        for office in self.lapsed:
            heirs = " + ".join(map(self._label, office.successors)) or "nobody"
            lines.append(f"{office.role} ended: {self._label(office.unit)}; succeeded by {heirs}{_why(office.acts)}")
        return "\n".join([f"{self.name or self.id}: {self.size_before} -> {self.size_after} members", *lines])

    def __repr__(self) -> str:
        return f"<ClusterChange {self.id!r}: {self.size_before} -> {self.size_after} members>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        title = say(
            "members changed", language, name=self.name or self.id, before=self.size_before, after=self.size_after
        )
        columns = [say(key, language) for key in ("before", "what happened", "after")]
        rows = [
            [
                " + ".join(map(self._label, entry.before)) or None,
                word("change in a cluster", entry.what, language),
                Cell(" + ".join(map(self._label, entry.after)) or None, [act.source.cited for act in entry.acts]),
            ]
            for entry in self.entries
        ]
        notes = [
            Note(
                f"{word('role', each.role, language)}: {self._label(each.unit)} {say('has ended', language)}", "warning"
            )
            for each in self.lapsed
        ]
        return Content(title, [table_of("", columns, rows, most), *notes], language=language)

    def _line(self, entry: ClusterEntry, width: int) -> str:
        before, after = (" + ".join(map(self._label, units)) for units in (entry.before, entry.after))
        part = "part of " if entry.extent == "part" else ""
        if entry.what == "joined" and entry.before in ((), entry.after):
            text = after
        elif not after or entry.before == entry.after:
            text = before
        else:
            text = f"{part}{before} -> {after}"
        clusters_text = f" ({'in' if entry.what == 'moved to another cluster' else 'from'} {', '.join(entry.clusters)})"
        return f"{entry.what:<{width}}  {text}{clusters_text if entry.clusters else ''}{_why(entry.acts)}"

    def _label(self, unit: str) -> str:
        return self._labels.get(unit, unit)


def _why(acts: Iterable[Act]) -> str:
    sources = ", ".join(dict.fromkeys(act.source.cited for act in acts))
    return f"  [{sources}]" if sources else ""


@frozen
class ClusterFlow:
    """How many members went from one cluster to another.

    Attributes:
        old: id of the cluster of the first day; None for none.
        new: id of the cluster of the second day; None for none.
        before: how many units of the first day went this way.
        after: how many units of the second day came this way.
    """

    old: str | None
    new: str | None
    before: int
    after: int


@strictly()
@frozen
class ClusterChanges(Tabular, Shown):
    """What became of all clusters between two days.

    Attributes:
        start: the first day.
        end: the second day.
        changes: one for each cluster of either day, those of the first day first.

    Iterating gives the changes.
    """

    start: dt.date
    end: dt.date
    changes: tuple[ClusterChange, ...]
    _flows: Mapping[str, Callable[[], tuple[ClusterFlow, ...]]] = field(factory=dict, repr=False, eq=False)
    _called: Callable[[str], str] | None = field(default=None, repr=False, eq=False)

    def __iter__(self) -> Iterator[ClusterChange]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @cached_property
    def _by_id(self) -> Mapping[str, ClusterChange]:
        return {change.id: change for change in self.changes}

    def of(self, cluster: str) -> ClusterChange:
        """What became of one cluster.

        Raises:
            UnknownUnit: it exists on neither day.
        """
        if cluster not in self._by_id:
            raise UnknownUnit(cluster, list(self._by_id)[:3])
        return self._by_id[cluster]

    def clustering(self, clustering: str) -> tuple[ClusterChange, ...]:
        """What became of the clusters of one clustering."""
        return tuple(change for change in self.changes if change.clustering == clustering)

    def flows(self, clustering: str) -> tuple[ClusterFlow, ...]:
        """From which cluster to which the members went, with None for outside.

        A unit that was divided is counted on every way that a part of it went.

        Raises:
            UnknownUnit: the clustering exists on neither day.
        """
        if clustering not in self._flows:
            raise UnknownUnit(clustering, list(self._flows)[:3])
        return self._flows[clustering]()

    def _columns(self) -> dict[str, Column]:
        names = {change.id: change.name for change in self.changes}
        called = self._called or str
        rows = [
            row
            | {
                "cluster_name": names[row["cluster"]],
                "before_names": [*map(called, row["before"])],
                "after_names": [*map(called, row["after"])],
            }
            for row in self.table()
        ]
        return columns_of(
            rows,
            {"clustering": "text", "cluster": "text", "cluster_name": "text", "what": "text", "before": "texts",
             "before_names": "texts", "after": "texts", "after_names": "texts", "extent": "text", "clusters": "texts",
             "acts": "texts"},
        )  # fmt: skip

    def table(self) -> list[dict[str, Any]]:
        """One flat record for each entry: clustering, cluster, what, before, after, extent, clusters, acts."""
        return [
            {
                "clustering": change.clustering,
                "cluster": change.id,
                "what": entry.what,
                "before": list(entry.before),
                "after": list(entry.after),
                "extent": entry.extent,
                "clusters": list(entry.clusters),
                "acts": [act.id for act in entry.acts],
            }
            for change in self.changes
            for entry in change.entries
        ]

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        changed = [change for change in self.changes if change.changed]
        blocks: list[Block] = []
        for change in changed[:most] if most else changed:
            part = change._content(most, language)
            blocks += [Heading(part.title, 2), *part.blocks]
        if most and len(changed) > most:
            blocks.append(Note(say("more clusters", language, count=len(changed) - most)))
        return Content(say("between", language, a=self.start, b=self.end), blocks, language=language)

    def __repr__(self) -> str:
        changed = sum(change.changed for change in self.changes)
        return f"<ClusterChanges {self.start} to {self.end}: {changed} of {len(self.changes)} clusters changed>"

    def __str__(self) -> str:
        return "\n\n".join(str(change) for change in self.changes)


def changes(history: Traced, a: DayLike, b: DayLike) -> ClusterChanges:
    """What became of every cluster between day ``a`` and day ``b``.

    Args:
        history: the history whose acts are followed.
        a: the first day.
        b: the second day, not before the first; what happened in (a, b] counts.

    Raises:
        BadDay: a text is not a day.
        Refused: the second day is before the first.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Link
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.cluster import Clustering
    >>> from orgmodel.model.source import Source
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [
    ...     Creation(Unit("vn")), *(Creation(Unit(u, parent="vn")) for u in ("Bắc Giang", "Bắc Ninh", "Thanh Hóa")),
    ...     Creation(Clustering("emulation")), Creation(Cluster("2", "emulation", "Cluster 2")),
    ...     *(Change(u, "member:emulation", "2") for u in ("Bắc Giang", "Bắc Ninh", "Thanh Hóa"))])
    >>> merger = Succession((Link("Bắc Giang", "BN"), Link("Bắc Ninh", "BN")),
    ...     created=(Unit("BN", name="Bắc Ninh", parent="vn"),), changes=(Change("BN", "member:emulation", "2"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger], Source("202/2025/QH15")))
    >>> print(changes(history, "2025-06-30", "2025-07-01").of("2"))
    Cluster 2: 3 -> 2 members
    retained       Thanh Hóa
    merged within  Bắc Giang + Bắc Ninh -> Bắc Ninh  [202/2025/QH15]
    """
    first, last = as_day(a), as_day(b)
    if last < first:
        raise Refused(
            "cluster changes",
            [
                Finding(
                    "days",
                    f"{last} is before {first}; changes are listed forward in time, so give the earlier day first",
                )
            ],
        )
    before, after = history.at(first), history.at(last)
    with collector_paused():
        return _Derivation(history, _ByKind(history, before, after)).all()


class _ByKind:
    """The correspondences of two days by kind: each unit on its own level, worked out for the kinds that are asked for."""

    def __init__(self, history: Traced, before: Structure, after: Structure) -> None:
        self.history, self.before, self.after = history, before, after
        self._tables: dict[str | None, Correspondence] = {}
        self._only: Correspondence | None = None

    def touched(self, olds: Iterable[str], news: Iterable[str]) -> set[str]:
        """Units that something happened to, on the levels of some units: all others of both days are what they were."""
        kinds = {*self._kinds_of(self.before, olds), *self._kinds_of(self.after, news)}
        touched: set[str] = set()
        for kind in kinds:
            table = self._table(kind)
            touched.update(table._table, table._by_new)
        if len(kinds) == 1:
            # Of members alone no kind need be looked up.
            (self._only,) = map(self._table, kinds)
        return touched

    def rows(self, member: str) -> tuple[CorrespondenceRow, ...]:
        """The rows of a member of the first day."""
        rows = None if self._only is None else self._only._table.get(member)
        return rows or self[member]

    @staticmethod
    def _kinds_of(structure: Structure, units: Iterable[str]) -> list[str | None]:
        codes, kinds = structure._kinds
        codes_present = np.unique(codes.take(np.array(structure._state.numbers(list(units)), np.int64)))
        return [None if code < 0 else kinds[code] for code in codes_present.tolist()]

    def _kind(self, side: int, unit: str) -> str | None:
        structure = (self.before, self.after)[side]
        number = structure._state.number(unit)
        codes, kinds = structure._kinds
        code = -1 if number is None else codes[number]
        return None if code < 0 else kinds[code]

    def _table(self, kind: str | None) -> Correspondence:
        if kind not in self._tables:
            self._tables[kind] = of_level(self.history, self.before.day, self.after.day, kind)
        return self._tables[kind]

    def __getitem__(self, old: str) -> tuple[CorrespondenceRow, ...]:
        rows = self._table(self._kind(0, old))[old]
        return rows or ((CorrespondenceRow(old, old),) if self._goes_on(old) else ())

    def _goes_on(self, unit: str) -> bool:
        """Whether a unit of either day is one of both: without ground it is still the member that it was."""
        return unit in self.before and unit in self.after

    def is_last_known(self, old: str) -> bool:
        """Whether it is not on record what became of a unit of the first day."""
        return self._table(self._kind(0, old)).is_last_known(old)

    def into(self, new: str) -> tuple[CorrespondenceRow, ...]:
        """The rows that lead to a member of the second day."""
        rows = self._only._by_new.get(new) if self._only is not None else None
        if rows:
            return rows
        rows = self._table(self._kind(1, new)).into(new)
        if not rows and self._goes_on(new) and not self._table(self._kind(0, new))[new]:
            return (CorrespondenceRow(new, new),)
        return rows


class _Members:
    """The members and roles of all clusters on a day."""

    def __init__(self, structure: Structure) -> None:
        self.of = structure.members_of_all()
        self.clusters = {cluster.id: cluster for cluster in structure.clusters()}
        self.roles = structure.roles_of_all()

    @cached_property
    def _clusters_of(self) -> dict[str, dict[str, tuple[str, ...]]]:
        by_clustering: dict[str, dict[str, tuple[str, ...]]] = {}
        for cluster, members in self.of.items():
            mine = by_clustering.setdefault(self.clusters[cluster].clustering, {})
            # In a partition no unit is in two clusters: then all members are put in at once.
            if mine.keys().isdisjoint(members):
                mine.update(dict.fromkeys(members, (cluster,)))
            else:
                mine.update((unit, (*mine.get(unit, ()), cluster)) for unit in members)
        return by_clustering

    def clusters_of(self, unit: str, clustering: str) -> tuple[str, ...]:
        """The clusters of a unit in a clustering."""
        return self._clusters_of.get(clustering, {}).get(unit, ())

    def leader(self, cluster: str) -> str | Absent:
        """The leader of a cluster, or why there is none."""
        return self.roles.get(cluster, {}).get((LEADER, 1), Absent.UNKNOWN)

    def deputies(self, cluster: str) -> tuple[str, ...]:
        """The deputies of a cluster, by seat."""
        roles = sorted(self.roles.get(cluster, {}).items())
        return tuple(unit for (role, _), unit in roles if role == DEPUTY and not isinstance(unit, Absent))


_Between = tuple[str | None, str | None]
"""A cluster of the first day and one of the second; None for outside of all."""


class _Derivation:
    """Reads both structures, the correspondences and the acts in between."""

    def __init__(self, history: Traced, by_kind: _ByKind) -> None:
        self.before, self.after = by_kind.before, by_kind.after
        self.map = by_kind
        self.lineage = history.lineage
        self.acts = [*history._record.order.between(self.before.day, self.after.day)]
        self.was, self.now = _Members(self.before), _Members(self.after)
        self._place = {act.id: place for place, act in enumerate(self.acts)}

    @cached_property
    def _touched(self) -> set[str]:
        olds, news = (dict.fromkeys(u for units in side.of.values() for u in units) for side in (self.was, self.now))
        return self.map.touched(olds, news)

    def all(self) -> ClusterChanges:
        changes = tuple(map(self.change, {**self.was.clusters, **self.now.clusters}))
        names = dict.fromkeys([*(c.id for c in self.before.clusterings()), *(c.id for c in self.after.clusterings())])
        return ClusterChanges(
            self.before.day,
            self.after.day,
            changes,
            {name: _Late(partial(self.flows, name)) for name in names},
            called=self.after.called,
        )

    # ---- one cluster

    def change(self, cluster: str) -> ClusterChange:
        was, now = self.was.clusters.get(cluster), self.now.clusters.get(cluster)
        it = now or was
        assert it is not None
        olds, news = self.was.of.get(cluster, ()), self.now.of.get(cluster, ())
        roles = self.was.roles.get(cluster, {})
        return ClusterChange(
            cluster,
            it.clustering,
            it.name,
            olds,
            news,
            self.was.leader(cluster),
            self.now.leader(cluster),
            self.was.deputies(cluster),
            self.now.deputies(cluster),
            tuple(
                LapsedOffice(role, seat, unit, *self._succeeded(unit))
                for (role, seat), unit in sorted(roles.items(), key=lambda item: (item[0][0] != LEADER, item[0]))
                if role in (LEADER, DEPUTY) and not isinstance(unit, Absent) and unit not in self.after
            ),
            _Late(partial(self._entries, it, olds, news)),
            None if was else self._formed.get(cluster),
            None if now else self._closed.get(cluster),
            self._labels,
        )

    def _succeeded(self, unit: str) -> tuple[tuple[str, ...], tuple[Act, ...]]:
        if unit not in self.before:
            # It had ended by the first day already, and no other was named in its place.
            return self.lineage.successors(unit, on=self.after.day), ()
        rows = self.map[unit]
        return tuple(row.new for row in rows), self._causes(rows) or self._closing(unit)

    def _entries(self, cluster: Cluster, olds: tuple[str, ...], news: tuple[str, ...]) -> tuple[ClusterEntry, ...]:
        members, now = set(olds), set(news)
        # Nearly all members are those of the day before, and nothing happened to them.
        still = (members & now) - self._touched
        entries: dict[What, list[ClusterEntry]] = {what: [] for what in WHATS}
        retained = entries["retained"]
        for new in news:
            if new in still:
                retained.append(ClusterEntry("retained", (new,), (new,)))
            else:
                for entry in self._of_member(cluster, new, members, now):
                    entries[entry.what].append(entry)
        for entry in self._of_leavers(cluster, [old for old in olds if old not in still], now):
            entries[entry.what].append(entry)
        return tuple(chain.from_iterable(entries.values()))

    def _of_member(self, cluster: Cluster, new: str, members: set[str], now: set[str]) -> Iterator[ClusterEntry]:
        rows = self.map.into(new)
        inside = [row for row in rows if row.old in members]
        outside = [row for row in rows if row.old not in members] if len(inside) < len(rows) else []
        if not inside:
            yield ClusterEntry(
                "joined",
                tuple(row.old for row in rows),
                (new,),
                _extent(rows),
                self._elsewhere(cluster, (row.old for row in rows), self.was),
                self._membership_acts(cluster, rows, new) or self._causes(rows),
            )
            return
        if len(inside) > 1:
            yield ClusterEntry(
                "merged within", tuple(r.old for r in inside), (new,), _extent(inside), (), self._causes(inside)
            )
        elif len([row for row in self.map.rows(inside[0].old) if row.new in now]) == 1:
            yield ClusterEntry("retained", (inside[0].old,), (new,), _extent(inside), (), self._causes(inside))
        if outside:
            yield ClusterEntry(
                "absorbed from outside",
                tuple(row.old for row in outside),
                (new,),
                _extent(outside),
                self._elsewhere(cluster, (row.old for row in outside), self.was),
                self._causes(outside),
            )

    def _of_leavers(self, cluster: Cluster, olds: Iterable[str], now: set[str]) -> Iterator[ClusterEntry]:
        for old in olds:
            rows = self.map.rows(old)
            inside = [row for row in rows if row.new in now]
            if len(inside) > 1:
                yield ClusterEntry(
                    "divided within",
                    (old,),
                    tuple(row.new for row in inside),
                    _extent(inside),
                    (),
                    self._causes(inside),
                )
            if not rows:
                what: What = "last known" if self.map.is_last_known(old) else "ended"
                yield ClusterEntry(what, (old,), (), "whole", (), self._closing(old))
            for row in rows:
                if row.new in now:
                    continue
                clusters_after = set(self.now.clusters_of(row.new, cluster.clustering))
                fresh = clusters_after - set(self.was.clusters_of(old, cluster.clustering))
                yield ClusterEntry(
                    "moved to another cluster" if fresh else "left",
                    (old,),
                    (row.new,),
                    row.extent,
                    tuple(sorted(fresh)),
                    self._membership_acts(cluster, [row], row.new) or self._causes([row]),
                )

    def _elsewhere(self, cluster: Cluster, units: Iterable[str], on: _Members) -> tuple[str, ...]:
        return tuple(sorted({c for unit in units for c in on.clusters_of(unit, cluster.clustering)}))

    # ---- causes

    def _ordered(self, acts: Iterable[Act]) -> tuple[Act, ...]:
        wanted = {act.id: act for act in acts}
        if len(wanted) > 1:
            return tuple(self.acts[at] for at in sorted(self._place[id_] for id_ in wanted if id_ in self._place))
        return tuple([act for id_, act in wanted.items() if id_ in self._place])

    def _causes(self, rows: Iterable[CorrespondenceRow]) -> tuple[Act, ...]:
        return self._ordered([act for row in rows for act in row.acts])

    def _membership_acts(self, cluster: Cluster, rows: Iterable[CorrespondenceRow], new: str) -> tuple[Act, ...]:
        """The acts that wrote a membership of the clustering for a unit on the way, or closed the cluster."""
        written = self._written.get(cluster.clustering)
        if written is None:
            return ()
        units = {new}.union(*[row.units for row in rows])
        return self._ordered([act for unit in units if unit in written for act in written[unit]])

    def _closing(self, unit: str) -> tuple[Act, ...]:
        """The act that closed the unit, or what it became last."""
        reached, acts = {unit}, []
        for act in self.acts:
            for event in act.events:
                if isinstance(event, Succession):
                    ways = [link for link in event.links if link.old in reached]
                    if ways:
                        reached.update(link.new for link in ways)
                        acts.append(act)
                elif isinstance(event, Closure) and event.subject in reached:
                    acts.append(act)
        return self._ordered(acts)

    @cached_property
    def _formed(self) -> Mapping[str, Act]:
        return {
            event.what.id: act
            for act in self.acts
            for event in act.events
            if isinstance(event, Creation) and isinstance(event.what, Cluster)
        }

    @cached_property
    def _closed(self) -> Mapping[str, Act]:
        return {event.subject: act for act in self.acts for event in act.events if isinstance(event, Closure)}

    @cached_property
    def _written(self) -> Mapping[str, Mapping[str, list[Act]]]:
        written: dict[str, dict[str, list[Act]]] = {}
        for act in self.acts:
            for event in act.events:
                changes: tuple[Change, ...] = ()
                if isinstance(event, Change):
                    changes = (event,)
                elif isinstance(event, Succession):
                    changes = event.changes
                for change in changes:
                    if tracks.is_member(change.track):
                        clustering = tracks.item(change.track)
                        written.setdefault(clustering, {}).setdefault(change.subject, []).append(act)
        return written

    # ---- between clusters

    def flows(self, clustering: str) -> tuple[ClusterFlow, ...]:
        """From which cluster of a clustering to which how many members went."""
        mine = [c.id for c in {**self.was.clusters, **self.now.clusters}.values() if c.clustering == clustering]
        first = {u for c in mine for u in self.was.of.get(c, ())}
        last = {u for c in mine for u in self.now.of.get(c, ())}
        still = (first & last) - self._touched
        olds, news = self._moved_between(clustering, first - still, last - still)
        counts: defaultdict[_Between, list[int]] = defaultdict(lambda: [0, 0])
        # Nearly all units are on both days what they were: they are counted, not collected.
        for unit in still:
            for pair in product(self.was.clusters_of(unit, clustering), self.now.clusters_of(unit, clustering)):
                counts[pair][0] += 1
                counts[pair][1] += 1
        for side, units_of in enumerate((olds, news)):
            for way, units in units_of.items():
                counts[way][side] += len(units)
        order = {cluster: n for n, cluster in enumerate(mine)}
        keys = sorted(counts, key=lambda way: tuple(len(order) if c is None else order[c] for c in way))
        return tuple(ClusterFlow(*way, *counts[way]) for way in keys)

    def _moved_between(
        self, clustering: str, first: set[str], last: set[str]
    ) -> tuple[dict[_Between, set[str]], dict[_Between, set[str]]]:
        """(old cluster, new cluster) -> the units of the first day, and those of the second, that went this way."""
        was, now = self.was.clusters_of, self.now.clusters_of
        pairs = {(old, row.new) for old in first for row in self.map[old]}
        pairs |= {(row.old, new) for new in last for row in self.map.into(new)}
        olds: defaultdict[_Between, set[str]] = defaultdict(set)
        news: defaultdict[_Between, set[str]] = defaultdict(set)
        for old, new in pairs:
            for way in product(was(old, clustering) or (None,), now(new, clustering) or (None,)):
                olds[way].add(old)
                news[way].add(new)
        for old in first:
            if not self.map[old]:
                for source in was(old, clustering):
                    olds[source, None].add(old)
        for new in last:
            if not self.map.into(new):
                for target in now(new, clustering):
                    news[None, target].add(new)
        return olds, news

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return _Labels(self.before, self.after)


class _Labels(dict[str, str]):
    """Unit -> what it is called, looked up when it is printed."""

    def __init__(self, *structures: Structure) -> None:
        super().__init__()
        self.structures = structures

    def get(self, unit: str, default: Any = None) -> Any:
        for structure in reversed(self.structures):
            if unit in structure:
                return structure.unit(unit).label
        return default


def _extent(rows: Iterable[CorrespondenceRow]) -> Extent:
    return "part" if "part" in [row.extent for row in rows] else "whole"
