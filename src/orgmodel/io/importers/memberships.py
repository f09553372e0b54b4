"""Lists of members by year, beside a history of the units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import filterfalse
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.operation import Operation
from orgmodel.acts.operations import Dissolve, Form, Join, Leave
from orgmodel.errors import Answer, Conflict, InvalidAct, InvalidTable, Question
from orgmodel.history.history import History
from orgmodel.io.importers.reading import (
    Columns,
    Table,
    TableFindings,
    TableRow,
    as_source,
    checked_word,
    lists_by_day,
    sources_by_day,
)
from orgmodel.io.importers.report import Imported
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.door import strict
from orgmodel.model.source import Source
from orgmodel.period import ONE_DAY, DayLike, Period, as_day
from orgmodel.structure.structure import Structure

__all__ = [
    "COLUMNS",
    "ImportedMemberships",
    "Membership",
    "import_memberships",
]

COLUMNS: Final = ("unit", "cluster", "cluster_name")
"""The columns of a list of members, by the names used here."""

By = Literal["id", "code", "name"]
"""By what a list names units."""

NotListed = Literal["left", "unknown"]
"""How a member is taken that the next list does not have."""

What = Literal["joined", "left", "moved", "merged", "ended", "dissolved", "not listed"]
"""What became of a membership from one list to the next."""


@frozen
class Membership:
    """What became of one membership between two lists.

    Attributes:
        unit: the unit, as it is or was last.
        what: what became of it: the unit joined, left, or moved to another cluster; it became another one that is
            listed (merged), or ended; its cluster is not there any more (dissolved); or it is not listed, and that it
            left is not known.
        before: its cluster in the list before, None if it was in none.
        after: its cluster in this list.
        day: the day of this list.
        acts: ids of the acts that say so: the list's, after those by which units became others since the list before.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}], day="2020-01-01")
    >>> lists = {"2021-01-01": [{"unit": "a", "cluster": "k1"}], "2022-01-01": [{"unit": "a", "cluster": "k2"}]}
    >>> imported = import_memberships(history, lists, clustering="groups", source="the list")
    >>> change = imported.changes[-1]
    >>> change.what, change.before, change.after, str(change.day)
    ('moved', 'k1', 'k2', '2022-01-01')
    """

    unit: str
    what: What
    before: str | None
    after: str | None
    day: dt.date
    acts: tuple[str, ...]


@frozen
class ImportedMemberships(Imported):
    """A history with the members that lists name, and what the lists say.

    Attributes:
        changes: what became of each membership from list to list.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, *({"id": p, "parent": "vn"} for p in "ab")], day="2020-01-01")
    >>> lists = {
    ...     "2021-01-01": [{"unit": "a", "cluster": "k1"}, {"unit": "b", "cluster": "k1"}],
    ...     "2022-01-01": [{"unit": "a", "cluster": "k1"}, {"unit": "b", "cluster": "k2"}],
    ... }
    >>> imported = import_memberships(history, lists, clustering="groups", source="the list")
    >>> imported.history.at("2022-01-01").members("k2"), [(change.unit, change.what) for change in imported.changes]
    (('b',), [('b', 'moved')])
    """

    changes: tuple[Membership, ...] = ()

    def between(self, a: DayLike, b: DayLike) -> tuple[Membership, ...]:
        """The changes by lists of days in (a, b]."""
        first, last = as_day(a), as_day(b)
        return tuple(change for change in self.changes if first < change.day <= last)


@strict
def import_memberships(
    history: History,
    lists: Mapping[Any, Table],
    columns: Columns | None = None,
    *,
    clustering: Clustering | str,
    by: By = "id",
    kind: str | None = None,
    not_listed: NotListed = "unknown",
    sources: Mapping[Any, Source | str] | None = None,
    source: Source | str = Source.unknown,
    recorded: DayLike | None = None,
) -> ImportedMemberships:
    """The history with the members of clusters that lists of some days name.

    Each list is an act of its day. Between two lists members become others by the acts that the history has; where
    such an act asks which cluster a merged unit is in, the next list answers. What a list says that the acts do not,
    such as a member that joined, left or moved, happened some time since the list before, and the act of the list says so
    (``within``).

    Args:
        history: the units and what became of them.
        lists: day -> list, a row for each member.
        columns: the table's name of a column -> one of :data:`COLUMNS`.
        clustering: the clustering, or its id; it is formed with the first list unless the history has it.
        by: whether units are named by id, code or name.
        kind: the kind of units that are named by code or name.
        not_listed: whether a member that the next list lacks has left, or goes on as one of whom that is not known.
        sources: day -> source of its list.
        source: of the lists that ``sources`` does not name.
        recorded: as for ``History.enact``.

    Raises:
        InvalidTable: with all that is wrong, each with its row.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.unit import Unit
    >>> rows = [{"id": "vn"}, *({"id": p, "parent": "vn"} for p in "abc")]
    >>> history = history_of(rows, day="2020-01-01")
    >>> with history.draft("2021-07-01", source=Source("a merger")) as act:
    ...     _ = act.merge(["a", "b"], into=Unit("ab"))
    >>> lists = {
    ...     "2021-01-01": [{"unit": "a", "cluster": "k1"}, {"unit": "b", "cluster": "k2"}, {"unit": "c", "cluster": "k2"}],
    ...     "2022-01-01": [{"unit": "ab", "cluster": "k1"}, {"unit": "c", "cluster": "k2"}],
    ... }
    >>> done = import_memberships(history.enact(act), lists, clustering="groups", source="the list")
    >>> done.history.at("2021-07-01").cluster_of("ab", "groups")
    'k1'
    >>> [(change.unit, change.what, change.acts) for change in done.between("2021-01-01", "2022-01-01")]
    [('a', 'merged', ('2021-07-01 a merger', '2022-01-01 groups')), ('b', 'merged', ('2021-07-01 a merger', '2022-01-01 groups'))]
    """
    findings = TableFindings("lists of members")
    checked_word("by", by, ("id", "code", "name"), findings)
    checked_word("not_listed", not_listed, ("left", "unknown"), findings)
    source_of = sources_by_day(sources, findings)
    read = lists_by_day(lists, columns, COLUMNS, ("unit", "cluster"), findings)
    findings.stop()
    group = Clustering(clustering) if isinstance(clustering, str) else clustering
    walk = _Walk(history, group, not_listed, recorded, findings)
    for day, rows in read.items():
        walk.members[day] = _Members(history.at(day), rows, by, kind, group.cover, findings)
    findings.stop()
    list_source = as_source(source)
    for day in read:
        walk.take(day, source_of.get(day, list_source))
    act_of = {row.number: f"{day} {group.id}" for day, rows in read.items() for row in rows}
    unit_of = {row: unit for members in walk.members.values() for row, unit in members.unit_of.items()}
    return ImportedMemberships(walk.history, tuple(findings.listed), act_of, unit_of, tuple(walk.changes))


class _Members:
    """A list of members with the units that it names.

    Attributes:
        clusters: unit -> cluster.
        names: cluster -> its name.
        unit_of: number of a row -> unit.
    """

    def __init__(
        self,
        structure: Structure,
        rows: Sequence[TableRow],
        by: By,
        kind: str | None,
        cover: bool,
        findings: TableFindings,
    ) -> None:
        self.clusters: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}
        self.unit_of: dict[int, str] = {}
        bearers = _bearers(structure, by, kind)
        for row in rows:
            named, cluster = row.text("unit"), row.text("cluster")
            fits = bearers(named)
            if not named or not cluster:
                findings.add("member", "it lacks its unit or its cluster", rows=[row.number], day=structure.day)
            elif len(fits) != 1:
                message = f"{len(fits) or 'no'} live units have the {by} {named!r}"
                findings.add("live-unit", message, rows=[row.number], day=structure.day)
            elif fits[0] in self.clusters and (not cover or cluster in self.clusters[fits[0]]):
                message = "it stands in the list twice"
                findings.add("member", message, rows=[row.number], units=fits, day=structure.day)
            else:
                self.clusters.setdefault(fits[0], []).append(cluster)
                self.unit_of[row.number] = fits[0]
                if row.text("cluster_name"):
                    self.names[cluster] = row.text("cluster_name")

    @cached_property
    def by_cluster(self) -> dict[str, list[str]]:
        """Cluster -> its members."""
        members: dict[str, list[str]] = {}
        for unit, clusters in self.clusters.items():
            for cluster in clusters:
                members.setdefault(cluster, []).append(unit)
        return members


def _bearers(structure: Structure, by: By, kind: str | None) -> Callable[[str], Sequence[str]]:
    """A function that gives the live units that a list means by an id, a code or a name."""
    if by == "id":
        return lambda named: [named] if named in structure else []
    units: dict[str, list[str]] = {}
    for unit in map(structure.unit, structure.of_kind(kind) if kind else structure):
        units.setdefault((unit.code if by == "code" else unit.name) or "", []).append(unit.id)
    return lambda named: units.get(named, [])


class _Walk:
    """From list to list: each is enacted on the history that has those before."""

    def __init__(
        self,
        history: History,
        clustering: Clustering,
        not_listed: NotListed,
        recorded: DayLike | None,
        findings: TableFindings,
    ) -> None:
        self.history, self.clustering, self.not_listed = history, clustering, not_listed
        self.recorded, self.findings = recorded, findings
        self.members: dict[dt.date, _Members] = {}
        self.before: dt.date | None = None
        self.changes: list[Membership] = []

    def take(self, day: dt.date, source: Source) -> None:
        """Enact the list of a day."""
        structure = self.history.at(day)
        act_id = f"{day} {self.clustering.id}"
        within = None
        if self.before is not None and (day - self.before).days > 1:
            within = Period(self.before + ONE_DAY, day + ONE_DAY)
        operations = list(self._operations(structure, self.members[day]))
        if self.before is not None:
            self.changes += self._became(structure, day, act_id)
        if operations:
            self._enact(Act(act_id, day, operations, source, within=within))
        # The next list is compared with this one, whether or not it changed anything.
        self.before = day

    def _operations(self, structure: Structure, members: _Members) -> Iterator[Operation[Any]]:
        """The operations that make the clusters of a day those of its list."""
        group, by_cluster = self.clustering.id, members.by_cluster
        is_known = group in {known.id for known in structure.clusterings()}
        clusters_now = {cluster.id for cluster in structure.clusters(group)} if is_known else set()
        if not is_known:
            yield Form(self.clustering)
        for cluster, units in by_cluster.items():
            if cluster not in clusters_now:
                yield Form(Cluster(cluster, group, members.names.get(cluster, "")), units)
            elif coming := [unit for unit in units if cluster not in structure.clusters_of(unit, group)]:
                yield Join(coming, cluster)
        # Joining comes first: in a partition who joins another cluster has left its own by that.
        for cluster in sorted(clusters_now):
            if cluster not in by_cluster:
                yield Dissolve(cluster)
            elif self.not_listed == "left" and (leavers := self._leavers(structure, members, cluster)):
                yield Leave(leavers, cluster)

    def _leavers(self, structure: Structure, members: _Members, cluster: str) -> list[str]:
        """The members of a cluster that a list does not have."""
        members_now = structure.members(cluster)
        if self.clustering.cover:
            return [unit for unit in members_now if cluster not in members.clusters.get(unit, ())]
        # A unit in another cluster now has left this one by joining that one.
        return [unit for unit in members_now if unit not in members.clusters]

    def _enact(self, act: Act) -> None:
        """Enact a list; where later mergers ask for the cluster of a unit, the next list answers."""
        answers: list[Answer] = []
        while True:
            try:
                self.history = self.history.enact(act, recorded=self.recorded, answers=answers)
                return
            except (Conflict, InvalidAct) as error:
                answered = {(answer.act, answer.about) for answer in answers}
                new = [
                    question
                    for question in getattr(error, "questions", ())
                    if question.choice == "cluster" and (question.act, question.about) not in answered
                ]
                # Answering one question may raise another, but without a new one it would go on for ever.
                if not new:
                    raise InvalidTable(self.findings.subject, error.findings) from error
                answers += [
                    Answer(question.act, about=question.about, cluster=self._answer(question, act.effective))
                    for question in new
                ]

    def _answer(self, question: Question, after: dt.date) -> str:
        """The cluster that a merged unit is in by the next list; an empty text if that does not say so."""
        day = self.history.act(question.act).effective
        later = next((known for known in sorted(self.members) if known >= day), None)
        clusters = [] if later is None else self._clusters_by_list(question.about, later)
        known = {cluster for at in self.members if at <= after for cluster in self.members[at].by_cluster}
        possible = known & set(question.options) if question.options else known
        for cluster in clusters:
            if cluster in possible:
                return cluster
        message = f"act {question.act} asks which cluster it is in, and no list says so: none"
        self.findings.add("cluster", message, units=[question.about], day=day, act=question.act, severity="warning")
        return ""

    def _clusters_by_list(self, unit: str, day: dt.date) -> Sequence[str]:
        """The clusters of a unit by the list of a day, else of the first unit that it has become and that is listed."""
        listed = self.members[day].clusters
        units = [unit]
        if any(unit in self.history.at(known) for known in sorted(self.members)):
            units += self.history.lineage.successors(unit, on=day)
        return next((listed[each] for each in units if each in listed), [])

    # ---- the fate of memberships

    def _became(self, structure: Structure, day: dt.date, act_id: str) -> Iterator[Membership]:
        """The fate of each membership of the list before, and the new memberships."""
        assert self.before is not None
        old, new = self.members[self.before].clusters, self.members[day].clusters
        # A unit that was in another cluster has moved and is no new member, unless clusters may overlap.
        known_before = set() if self.clustering.cover else set(old)
        for unit, clusters in old.items():
            if unit in structure:
                for cluster in clusters:
                    if cluster not in new.get(unit, ()):
                        yield self._left(unit, cluster, new.get(unit), day, act_id)
                continue
            heirs = [heir for heir in self.history.lineage.successors(unit, on=day) if heir in new]
            known_before.update(heirs)
            since = (*self._ended_by(unit), act_id)
            after = new[heirs[0]][0] if heirs else None
            for cluster in clusters:
                yield Membership(unit, "merged" if heirs else "ended", cluster, after, day, since)
        for unit in filterfalse(known_before.__contains__, new):
            for cluster in new[unit]:
                if cluster not in old.get(unit, ()):
                    yield Membership(unit, "joined", None, cluster, day, (act_id,))

    def _left(self, unit: str, cluster: str, now: Sequence[str] | None, day: dt.date, act_id: str) -> Membership:
        """The fate of the membership of a live unit that the list of a day does not have."""
        if now is not None and not self.clustering.cover:
            return Membership(unit, "moved", cluster, now[0], day, (act_id,))
        if cluster not in self.members[day].by_cluster:
            return Membership(unit, "dissolved", cluster, None, day, (act_id,))
        if self.not_listed == "left":
            return Membership(unit, "left", cluster, None, day, (act_id,))
        message = f"a member of {cluster!r} before, it is not listed on {day}; that it left is not known"
        self.findings.add("not-listed", message, units=[unit], day=day, severity="warning")
        return Membership(unit, "not listed", cluster, None, day, (act_id,))

    def _ended_by(self, unit: str) -> tuple[str, ...]:
        ends = [fact.ended_by.id for fact in self.history.biography(unit) if fact.track == "life" and fact.ended_by]
        return tuple(ends)
