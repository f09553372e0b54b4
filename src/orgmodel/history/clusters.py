"""The changes of clusters between two days, derived from what happened to their members.

Nothing here is recorded: members are read from the structure of either day, and which unit became which from the
succession between them. Each entry names the acts that caused it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    "What",
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
"""The sorts of entries, in the order in which a cluster lists them."""


@frozen
class ClusterEntry:
    """One thing that happened to members of a cluster.

    Attributes:
        what: ``retained``: one member before, one after, the same unit or its only
            successor in the cluster. ``merged within``: several members became one.
            ``divided within``: one member became several. ``absorbed from outside``: a
            member took in a unit, or part of one, that was not in the cluster.
            ``joined``: a member now but not before. ``left``: it goes on
            outside every other cluster. ``moved to another cluster``: it goes on there.
            ``ended``: it has no successor. ``last known``: what became of it is not on record.
        before: ids of the units on the first day.
        after: ids of the units on the second day.
        extent: ``part`` if only parts of the units of the first day are concerned.
        clusters: other clusters concerned: where it went, or where it came from.
        acts: the acts that caused it, in order; none for a unit nothing happened to.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "abc")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b", "c"])
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> changes = history.enact(act).cluster_changes("2025-06-30", "2025-07-01")
    >>> [(entry.what, entry.before, entry.after) for entry in changes.of("c1").entries]
    [('retained', ('c',), ('c',)), ('merged within', ('a', 'b'), ('ab',))]
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


class _OnDemand:
    """A value that is worked out when it is first asked for, and kept."""

    def __init__(self, work_out: Callable[[], tuple[Any, ...]]) -> None:
        self._work_out: Callable[[], tuple[Any, ...]] | None = work_out
        self._value: tuple[Any, ...] = ()

    def __call__(self) -> tuple[Any, ...]:
        if self._work_out is not None:
            self._value, self._work_out = self._work_out(), None
        return self._value


def _value_of(value: tuple[Any, ...] | Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    return value() if callable(value) else value


@frozen
class ClusterChange(Shown):
    """The change of one cluster between two days.

    Attributes:
        id: id of the cluster.
        clustering: id of its clustering.
        name: its name, on the second day if it still exists.
        members_before: ids of the members of the first day.
        members_after: ids of the members of the second day.
        leader_before, leader_after: id of the leading unit (Cụm trưởng), or why there is none.
        deputies_before, deputies_after: ids of the deputies (Cụm phó).
        lapsed: leaders and deputies that have ended, with their successors.
        formed: the act that formed the cluster in between, if one did.
        dissolved: the act that dissolved it in between, if one did.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation", "Cluster 1"), ["a", "b"])
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     act.close("b")
    >>> change = history.enact(act).cluster_changes("2025-06-30", "2025-07-01").of("c1")
    >>> change.members_before, change.members_after
    (('a', 'b'), ('a',))
    >>> print(change)
    Cluster 1: 2 -> 1 members
    retained  a
    ended     b  [source unknown]
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
    _entries: tuple[ClusterEntry, ...] | Callable[[], tuple[ClusterEntry, ...]] = field(repr=False, eq=_value_of)
    formed: Act | None = None
    dissolved: Act | None = None
    _labels: Mapping[str, str] = field(factory=dict, repr=False, eq=False)

    @property
    def entries(self) -> tuple[ClusterEntry, ...]:
        """What happened to the members, in the order of :data:`WHATS`; worked out when first asked for."""
        return _value_of(self._entries)

    @property
    def size_before(self) -> int:
        """The number of members on the first day."""
        return len(self.members_before)

    @property
    def size_after(self) -> int:
        """The number of members on the second day."""
        return len(self.members_after)

    def of(self, what: What) -> tuple[ClusterEntry, ...]:
        """The entries of one sort."""
        return tuple(entry for entry in self.entries if entry.what == what)

    @property
    def changed(self) -> bool:
        """Whether members, leader or deputies differ."""
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
        clusters = ""
        if entry.clusters:
            clusters = f" ({'in' if entry.what == 'moved to another cluster' else 'from'} {', '.join(entry.clusters)})"
        return f"{entry.what:<{width}}  {text}{clusters}{_why(entry.acts)}"

    def _label(self, unit: str) -> str:
        return self._labels.get(unit, unit)


def _why(acts: Iterable[Act]) -> str:
    sources = ", ".join(dict.fromkeys(act.source.cited for act in acts))
    return f"  [{sources}]" if sources else ""


@frozen
class ClusterFlow:
    """The number of members that went from one cluster to another.

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
    """The changes of all clusters between two days.

    Attributes:
        start: the first day.
        end: the second day.
        changes: one for each cluster of either day, those of the first day first.

    Iterating gives the changes.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["b"])
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     act.join("b", "c1")
    >>> changes = history.enact(act).cluster_changes("2025-06-30", "2025-07-01")
    >>> [(change.id, len(change.members_before), len(change.members_after)) for change in changes]
    [('c1', 1, 2), ('c2', 1, 0)]
    >>> [(flow.old, flow.new, flow.before) for flow in changes.flows("emulation")]
    [('c1', 'c1', 1), ('c2', 'c1', 1)]
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
        """The change of one cluster.

        Raises:
            UnknownUnit: it exists on neither day.
        """
        if cluster not in self._by_id:
            raise UnknownUnit(cluster, list(self._by_id)[:3])
        return self._by_id[cluster]

    def clustering(self, clustering: str) -> tuple[ClusterChange, ...]:
        """The changes of the clusters of one clustering."""
        return tuple(change for change in self.changes if change.clustering == clustering)

    def flows(self, clustering: str) -> tuple[ClusterFlow, ...]:
        """The members that went from each cluster to each other one, with None for outside.

        A divided unit counts once for each cluster that a part of it went to.

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
    """The change of every cluster between day ``a`` and day ``b``.

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
        message = f"{last} is before {first}; changes are listed forward in time, so give the earlier day first"
        raise Refused("cluster changes", [Finding("days", message)])
    before, after = history.at(first), history.at(last)
    with collector_paused():
        return _Derivation(history, _ByKind(history, before, after)).all()


class _ByKind:
    """The correspondences of two days by kind, each worked out when needed: every unit is followed on its own level."""

    def __init__(self, history: Traced, before: Structure, after: Structure) -> None:
        self.history, self.before, self.after = history, before, after
        self._tables: dict[str | None, Correspondence] = {}
        self._only: Correspondence | None = None

    def touched(self, olds: Iterable[str], news: Iterable[str]) -> set[str]:
        """The units that have stored rows, on the levels of the given units; all others are unchanged."""
        kinds = {*self._kinds_of(self.before, olds), *self._kinds_of(self.after, news)}
        touched: set[str] = set()
        for kind in kinds:
            table = self._table(kind)
            touched.update(table._table, table._by_new)
        if len(kinds) == 1:
            # All members are of one level, so the kind of each need not be looked up.
            (self._only,) = map(self._table, kinds)
        return touched

    def rows(self, member: str) -> tuple[CorrespondenceRow, ...]:
        """The rows of a member of the first day."""
        rows = None if self._only is None else self._only._table.get(member)
        return rows or self[member]

    def by_links(self, old: str) -> tuple[CorrespondenceRow, ...]:
        """The rows of a unit of the first day by links between the days alone, whatever its ground."""
        return self._table(None)[old]

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
        """Whether a unit lives on both days: even without ground it is still the same member."""
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
            # In a partition no unit is in two clusters: then all members are added at once.
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
            {name: _OnDemand(partial(self.flows, name)) for name in names},
            called=self.after.called,
        )

    # ---- one cluster

    def change(self, cluster: str) -> ClusterChange:
        was, now = self.was.clusters.get(cluster), self.now.clusters.get(cluster)
        latest = now or was
        assert latest is not None
        olds, news = self.was.of.get(cluster, ()), self.now.of.get(cluster, ())
        roles = self.was.roles.get(cluster, {})
        return ClusterChange(
            cluster,
            latest.clustering,
            latest.name,
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
            _OnDemand(partial(self._entries, latest, olds, news)),
            None if was else self._formed.get(cluster),
            None if now else self._closed.get(cluster),
            self._labels,
        )

    def _succeeded(self, unit: str) -> tuple[tuple[str, ...], tuple[Act, ...]]:
        if unit not in self.before:
            # It had ended by the first day already, and no other was named in its place.
            return self.lineage.successors(unit, on=self.after.day), ()
        # A unit whose ground is all in units below it has no rows on its level, but it may have links.
        rows = self.map[unit] or self.map.by_links(unit)
        return tuple(row.new for row in rows), self._causes(rows) or self._closing(unit)

    def _entries(self, cluster: Cluster, olds: tuple[str, ...], news: tuple[str, ...]) -> tuple[ClusterEntry, ...]:
        before, after = set(olds), set(news)
        # Nearly all members are unchanged.
        unchanged = (before & after) - self._touched
        entries: dict[What, list[ClusterEntry]] = {sort: [] for sort in WHATS}
        entries["retained"] += [ClusterEntry("retained", (new,), (new,)) for new in news if new in unchanged]
        changed = [old for old in olds if old not in unchanged]
        # A member that went on as a unit of another kind is not among those that the level of that kind leads from.
        rows_into: dict[str, list[CorrespondenceRow]] = {}
        for row in chain.from_iterable(map(self.map.rows, changed)):
            rows_into.setdefault(row.new, []).append(row)
        of_members = (
            self._of_member(cluster, new, before, after, rows_into.get(new, ())) for new in news if new not in unchanged
        )
        of_leavers = self._of_leavers(cluster, changed, after)
        for entry in chain(*of_members, of_leavers):
            entries[entry.what].append(entry)
        # Retained members stand in the order of the cluster, whether anything happened to them or not.
        place = {new: at for at, new in enumerate(news)}
        entries["retained"].sort(key=lambda entry: place[entry.after[0]])
        return tuple(chain.from_iterable(entries.values()))

    def _of_member(
        self, cluster: Cluster, new: str, before: set[str], after: set[str], from_members: Iterable[CorrespondenceRow]
    ) -> Iterator[ClusterEntry]:
        """The entries of a member of the second day that is not unchanged."""
        rows = list({row.old: row for row in chain(from_members, self.map.into(new))}.values())
        inside = [row for row in rows if row.old in before]
        outside = [row for row in rows if row.old not in before]
        if not inside:
            acts = self._membership_acts(cluster, rows, new) or self._causes(rows)
            yield _entry("joined", rows, (new,), acts, self._clusters_before(cluster, rows))
            return
        if len(inside) > 1:
            yield _entry("merged within", inside, (new,), self._causes(inside))
        elif sum(row.new in after for row in self.map.rows(inside[0].old)) == 1:
            yield _entry("retained", inside, (new,), self._causes(inside))
        if outside:
            clusters = self._clusters_before(cluster, outside)
            yield _entry("absorbed from outside", outside, (new,), self._causes(outside), clusters)

    def _of_leavers(self, cluster: Cluster, olds: Iterable[str], after: set[str]) -> Iterator[ClusterEntry]:
        """The entries of members of the first day that were divided, went elsewhere or ended."""
        for old in olds:
            rows = self.map.rows(old)
            inside = [row for row in rows if row.new in after]
            if len(inside) > 1:
                yield _entry("divided within", inside[:1], [row.new for row in inside], self._causes(inside), of=inside)
            if not rows:
                sort: What = "last known" if self.map.is_last_known(old) else "ended"
                yield ClusterEntry(sort, (old,), (), acts=self._closing(old))
            for row in rows:
                if row.new not in after:
                    clusters_after = set(self.now.clusters_of(row.new, cluster.clustering))
                    others = clusters_after.difference(self.was.clusters_of(old, cluster.clustering))
                    acts = self._membership_acts(cluster, [row], row.new) or self._causes([row])
                    yield _entry("moved to another cluster" if others else "left", [row], (row.new,), acts, others)

    def _clusters_before(self, cluster: Cluster, rows: Iterable[CorrespondenceRow]) -> set[str]:
        """The clusters of the same clustering that the old units of rows were in."""
        return {other for row in rows for other in self.was.clusters_of(row.old, cluster.clustering)}

    # ---- causes

    def _ordered(self, acts: Iterable[Act]) -> tuple[Act, ...]:
        wanted = {act.id: act for act in acts}
        if len(wanted) > 1:
            return tuple(self.acts[at] for at in sorted(self._place[id_] for id_ in wanted if id_ in self._place))
        return tuple([act for id_, act in wanted.items() if id_ in self._place])

    def _causes(self, rows: Iterable[CorrespondenceRow]) -> tuple[Act, ...]:
        return self._ordered([act for row in rows for act in row.acts])

    def _membership_acts(self, cluster: Cluster, rows: Iterable[CorrespondenceRow], new: str) -> tuple[Act, ...]:
        """The acts that wrote a membership of the clustering for a unit along the rows."""
        written = self._written.get(cluster.clustering)
        if written is None:
            return ()
        units = {new}.union(*[row.units for row in rows])
        return self._ordered([act for unit in units if unit in written for act in written[unit]])

    def _closing(self, unit: str) -> tuple[Act, ...]:
        """The acts by which a unit passed on, and that closed the last units that it became."""
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
        """The members that went from each cluster of a clustering to each other one."""
        clusters = {**self.was.clusters, **self.now.clusters}.values()
        place: dict[str | None, int] = {
            cluster.id: n for n, cluster in enumerate(c for c in clusters if c.clustering == clustering)
        }
        first, last = ({unit for c in place for unit in side.of.get(c or "", ())} for side in (self.was, self.now))
        unchanged = (first & last) - self._touched
        olds, news = self._moved_between(clustering, first - unchanged, last - unchanged)
        counts: defaultdict[_Between, list[int]] = defaultdict(lambda: [0, 0])
        # Nearly all units are unchanged: they are counted, not collected.
        for unit in unchanged:
            for pair in product(self.was.clusters_of(unit, clustering), self.now.clusters_of(unit, clustering)):
                counts[pair][0] += 1
                counts[pair][1] += 1
        for side, units_of in enumerate((olds, news)):
            for pair_of_clusters, units in units_of.items():
                counts[pair_of_clusters][side] += len(units)
        # Outside comes last.
        outside = len(place)
        ways = sorted(counts, key=lambda way: [place.get(cluster, outside) for cluster in way])
        return tuple(ClusterFlow(*way, *counts[way]) for way in ways)

    def _moved_between(
        self, clustering: str, first: set[str], last: set[str]
    ) -> tuple[dict[_Between, set[str]], dict[_Between, set[str]]]:
        """(old cluster, new cluster) -> the units of the first day, and those of the second, that went this way."""
        pairs: set[tuple[str | None, str | None]] = set()
        # None stands for no unit: a unit that ended without a successor goes outside, one that was founded comes from there.
        for old in first:
            pairs.update((old, row.new) for row in self.map[old])
            if not self.map[old]:
                pairs.add((old, None))
        for new in last:
            pairs.update((row.old, new) for row in self.map.into(new))
            if not self.map.into(new):
                pairs.add((None, new))
        olds: defaultdict[_Between, set[str]] = defaultdict(set)
        news: defaultdict[_Between, set[str]] = defaultdict(set)
        for before, after in pairs:
            sources = () if before is None else self.was.clusters_of(before, clustering)
            targets = () if after is None else self.now.clusters_of(after, clustering)
            for way in product(sources or (None,), targets or (None,)):
                if before is not None:
                    olds[way].add(before)
                if after is not None:
                    news[way].add(after)
        return olds, news

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return _Labels(self.before, self.after)


class _Labels(dict[str, str]):
    """Unit -> its label, looked up when it is printed."""

    def __init__(self, *structures: Structure) -> None:
        super().__init__()
        self.structures = structures

    def get(self, unit: str, default: Any = None) -> Any:
        for structure in reversed(self.structures):
            if unit in structure:
                return structure.unit(unit).label
        return default


def _entry(
    sort: What,
    rows: Sequence[CorrespondenceRow],
    after: Iterable[str],
    acts: tuple[Act, ...],
    clusters: Iterable[str] = (),
    of: Sequence[CorrespondenceRow] | None = None,
) -> ClusterEntry:
    """An entry about the old units of some rows; ``of`` are the rows of its extent, if these are others."""
    extent: Extent = "part" if any(row.extent == "part" for row in of or rows) else "whole"
    return ClusterEntry(sort, tuple(row.old for row in rows), tuple(after), extent, tuple(sorted(clusters)), acts)
