"""orgmodel, through its public API: a history made by ``from_tables``, corrected once and branched once.

All invariants were checked when it was made and are checked by the merger. Ids are texts in every
question; the whole numbers of the other libraries are given as ``"17"``.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import bad_tables
import numpy as np

import orgmodel as om
from orgmodel.party import kinds
from peers.data import EPOCH, FAR, KINDS, REFORM, SNAPSHOT, Questions
from peers.peer import Clock, Peer, size_of

MEMBERS = "members_official"


def days(ordinals: Any) -> Any:
    out = (np.asarray(ordinals, np.int64) - EPOCH).astype("datetime64[D]")
    out[np.asarray(ordinals) == FAR] = np.datetime64("NaT", "D")
    return out


def day_of(ordinal: int) -> dt.date:
    return dt.date.fromordinal(ordinal)


class Ours(Peer):
    name = "orgmodel"
    version = om.__version__
    cheap_branches = True
    notes: ClassVar[dict[str, str]] = {
        "build": "from whole-number ids; all invariants checked",
        "parents": "an array; a day not asked about before",
        "count": "a day not asked about before",
        "merge": "all invariants checked",
        "load": "mapped: header and lengths checked",
    }

    def tables(self, *, texts: bool = False, before: int = FAR) -> dict[str, Any]:
        """The arguments of ``from_tables``; of what was known before a day."""
        d = self.data
        named = np.array([f"unit-{n}" for n in range(len(d["unit_kind"]))], object) if texts else None

        def ids(numbers: Any) -> Any:
            if named is None:
                return numbers
            out = named.take(np.maximum(numbers, 0))
            out[numbers < 0] = None
            return out

        def part(prefix: str, value: str = "value") -> dict[str, Any]:
            rows = np.flatnonzero(d[f"{prefix}_start"] < before)
            unit, held = d[f"{prefix}_unit"].take(rows), d[f"{prefix}_value"].take(rows)
            held = ids(held) if value == "parent" else held
            return {"unit": ids(unit), value: held, "start": days(d[f"{prefix}_start"].take(rows))}

        units = np.flatnonzero(d["unit_start"] < before)
        assert units[-1] == len(units) - 1 or before == FAR
        end = d["unit_end"].take(units)
        links = np.flatnonzero(d["link_day"] < before)
        names = part("name")
        names["value"] = np.array([f"name {k}" for k in range(int(d["name_value"].max()) + 1)], object).take(
            names["value"]
        )
        return {
            "units": {
                "id": ids(units),
                "start": days(d["unit_start"].take(units)),
                "end": days(np.where(end >= before, FAR, end)),
                "kind": np.array(KINDS, object).take(d["unit_kind"].take(units)),
            },
            "parents": part("edge", "parent"),
            "facts": {f"measure:{MEMBERS}": part("head"), "name": names},
            "links": {
                "old": ids(d["link_old"].take(links)),
                "new": ids(d["link_new"].take(links)),
                "day": days(d["link_day"].take(links)),
            },
            "schema": kinds.SCHEMA,
            "measures": [m for m in kinds.MEASURES if m.id == MEMBERS],
        }

    def ready(self) -> None:
        self.given = self.tables()

    def build(self) -> None:
        self.built = om.from_tables(**self.given)

    @property
    def history(self) -> om.History:
        """What was built, corrected once and branched once."""
        if not hasattr(self, "_history"):
            last = self.built.last_day
            assert last is not None
            wrong = om.Act("wrong", last, [om.Change("0", "name", "Trung uong")], om.Source("a decision"))
            right = om.Act("wrong", last, [om.Change("0", "name", "Trung ương")], om.Source("a decision"))
            corrected = self.built.enact(wrong).correct("wrong", right, reason="misread")
            self._history = corrected.enact(om.Act("note", last, [om.Change("0", "code", "0")], om.Source("a branch")))
        return self._history

    def fresh(self) -> om.History:
        """A branch that remembers no day it was asked about."""
        return self.history.enact(om.Act("nothing", self.history.last_day, [], om.Source("a branch")))

    def parents(self, day: int) -> Any:
        return self.fresh().at(day_of(day)).parent_numbers()

    def count(self, kind: int, day: int) -> int:
        return self.fresh().at(day_of(day)).count(KINDS[kind])

    def edges_of(self, answer: Any) -> tuple[int, int]:
        child = np.flatnonzero(answer >= 0)
        return super().edges_of((child, answer.take(child)))

    def called(self, units: Sequence[int]) -> Sequence[str]:
        return list(map(str, units))

    def plain(self, answers: Sequence[Any]) -> list[Any]:
        numbers = {
            str: int,
            type(None): lambda _: -1,
            tuple: lambda ids: [int(unit) for unit in ids],
            frozenset: lambda ids: {int(unit) for unit in ids},
        }
        return [numbers[type(answer)](answer) for answer in answers]

    def each_parent(self, units: Sequence[str], day: int) -> list[str | None]:
        parent = self.history.at(day_of(day)).parent
        return [parent(unit) for unit in units]

    def each_path(self, units: Sequence[str], day: int) -> list[tuple[str, ...]]:
        ancestors = self.history.at(day_of(day)).ancestors
        return [ancestors(unit) for unit in units]

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        return self._subtree(self.fresh().at(day_of(day)), str(top))

    @staticmethod
    def _subtree(structure: om.Structure, top: str) -> tuple[int, int]:
        return structure.count(under=top), structure.total(MEMBERS, top).value or 0

    def totals(self, day: int) -> Any:
        return self._totals(self.fresh().at(day_of(day)))

    @staticmethod
    def _totals(structure: om.Structure) -> dict[int, tuple[int, int]]:
        counts, members = structure.counts_below("province"), structure.totals(MEMBERS, "province")
        return {int(unit): (count, members[unit].value or 0) for unit, count in counts.items()}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        found = self.history.between(day_of(a), day_of(b)).counts("created", "ended", "moved")
        return found["created"], found["ended"], found["moved"]

    def each_successors(self, units: Sequence[str]) -> list[frozenset[str]]:
        successors = self.history.lineage.successors
        return [frozenset(successors(unit)) for unit in units]

    def branch(self) -> om.History:
        # A history never changes: whoever holds it has a branch.
        return self.history

    def merge(self, branch: om.History, gone: int, into: int, day: int) -> om.History:
        old, new, on = str(gone), str(into), day_of(day)
        children = branch.at(on).children(old)
        changes = [om.Change(child, "parent", new) for child in children]
        links = [om.Link(old, new), om.Link(new, new)]
        return branch.enact(om.Act("merge", on, [om.Succession(links, changes=changes)], om.Source("a proposal")))

    def children(self, branch: Any, unit: int, day: int) -> int:
        return len((branch or self.history).at(day_of(day)).children(str(unit)))

    def save(self) -> float:
        file = self.folder / "ours.om"
        om.save(self.history, file)
        return size_of(file)

    def load(self) -> Any:
        history = om.open_history(self.folder / "ours.om")
        return history.at(day_of(SNAPSHOT)).parent("5")

    def more(self, clock: Clock, q: Questions) -> None:
        few, base = self.called(q.old_units[:100]), self.history._state.base

        def forgotten() -> None:
            base._final, base._walked = None, 0

        clock(
            "successors at first",
            lambda _: self.each_successors(few),
            lambda got: self.plain(got) == q.successors[:100],
            per=len(few),
            setup=forgotten,
            note="walked along the links, before so many were asked about that those of all are looked at",
        )
        structure = self.history.at(day_of(SNAPSHOT))
        clock("parents again", lambda: [structure.parent_numbers() for _ in range(1_000)], per=1_000)
        everyone = np.array(q.points)
        clock(
            "parents of many",
            lambda: self.history.parents_of(everyone, day_of(SNAPSHOT)),
            lambda got: got.tolist() == q.parents,
            per=len(everyone),
        )
        top = str(q.province)
        structure.descendants(str(q.province))
        len(structure)
        clock("subtree again", lambda: self._subtree(structure, top), lambda got: got == q.subtree)
        clock("totals again", lambda: self._totals(structure), lambda got: got == q.totals)
        clock("load and verify", lambda: om.open_history(self.folder / "ours.om", verify=True))
        self._bare(clock)
        clock(
            "build from texts",
            self._from_texts(),
            lambda history: len(history.unit_ids()) == len(self.data["unit_kind"]),
        )
        self._reform(clock)
        if len(self.data["unit_kind"]) > 100_000:
            self._faults(clock)

    def _bare(self, clock: Clock) -> None:
        """What the machine takes for the least that there is to do, in the same run: what our times are bound by."""
        columns = [a for c in self.history._state.base.columns.values() for a in (c.subject, c.start, c.end, c.value)]
        size = sum(a.nbytes for a in columns) / 2**20
        clock("bare copy", lambda: [a.copy() for a in columns], note=f"{size:.0f} MiB into new memory")
        clock("bare checksum", lambda: [zlib.crc32(a) for a in columns], note=f"CRC-32 of the same {size:.0f} MiB")
        rows = self.history._state.base.columns[f"measure:{MEMBERS}"]
        day = SNAPSHOT
        note = f"two comparisons over {len(rows):,} rows, and the places of those that hold"
        clock("bare scan", lambda: np.flatnonzero((rows.start <= day) & (day < rows.end)), note=note)
        places = np.random.default_rng(1).permutation(len(self.data["unit_kind"]))
        lives = rows.off[:-1].copy()
        clock("bare gather", lambda: lives.take(places), note="one number for each unit, from anywhere")
        some = list(range(1_000))
        clock("bare calls", lambda: [self._nothing(unit, day) for unit in some], per=len(some))

    def _nothing(self, unit: int, day: int) -> int:
        """An empty method of two arguments."""
        del day
        return unit

    def _faults(self, clock: Clock) -> None:
        """A million rows with ten faults of different kinds, refused."""
        tables = bad_tables.tables(1_000_000)
        planted = bad_tables.plant(tables)

        def refused() -> set[int | None]:
            try:
                om.from_tables(**tables)
            except om.InvalidTable as error:
                return {finding.row for finding in error.findings}
            return set()

        clock("ten faults", refused, lambda rows: rows >= set(planted.values()))

    def _from_texts(self) -> Any:
        tables = self.tables(texts=True)
        return lambda: om.from_tables(**tables)

    # ---- the day of the reform as one act

    def _reform(self, clock: Clock) -> None:
        """All merges, moves and closures of the reform on a history that ends before it."""
        if len(self.data["unit_kind"]) > 1_000_000:
            return
        d = self.data
        late = d["unit_start"] >= REFORM
        known = np.flatnonzero(~late)
        # Whole-number ids have no gaps: the units of after the reform are left out, so that texts are needed.
        tables = self.tables(texts=True)
        # Before the reform nobody knew how long districts would stand under provinces.
        placements = dict.fromkeys(om.Placement(p.child, p.parent) for p in kinds.SCHEMA.placements)
        schema = om.Schema(kinds.SCHEMA.kinds, tuple(placements))
        tables = {**tables, **self._until(tables, known), "schema": schema}
        before = om.from_tables(**tables)
        after = om.from_tables(**self.tables(texts=True))
        events = next(act.events for act in after.acts if act.effective == day_of(REFORM))
        source = om.Source("202/2025/QH15")
        expected = after.at(day_of(REFORM)).counts()

        def right(history: om.History) -> bool:
            return history.at(day_of(REFORM)).counts() == expected

        count = len(events)
        clock(
            "reform as events",
            lambda: before.enact(om.Act("reform", day_of(REFORM), events, source)),
            right,
            note=f"one act of {count:,} events, enacted with all checks",
        )
        frames = self._frames(events)
        clock(
            "reform in a draft",
            lambda drafted: before.enact(drafted()),
            right,
            setup=lambda: self._drafted(before, source, events),
            note="each merger and reorganisation an operation, what moves found by it; then enacted",
        )
        lost = next(at for at, event in enumerate(events) if isinstance(event, om.Change) and event.track == "parent")
        wrong = [*events[:lost], *events[lost + 1 :]]

        def refused() -> int:
            try:
                before.enact(om.Act("reform", day_of(REFORM), wrong, source))
            except om.InvalidAct as error:
                return len(error.findings)
            return 0

        clock("reform refused", refused, lambda found: found > 0, note="one child of a unit that ends is left behind")
        clock(
            "reform from tables",
            lambda: before.enact(om.act_from_tables(day_of(REFORM), source=source, act_id="reform", **frames)),
            right,
            note="the same act given as tables",
        )

    def _drafted(self, before: om.History, source: om.Source, events: Sequence[Any]) -> Callable[[], Any]:
        """How a user would write the reform: level by level, each decision an operation."""
        day = day_of(REFORM)
        kind = before.at(day).unit
        begun = {event.what.id: event.what for event in events if isinstance(event, om.Creation)}
        home = {e.subject: e.value for e in events if isinstance(e, om.Change) and e.track == "parent"}
        by_kind: dict[str | None, list[Any]] = defaultdict(list)
        for event in events:
            if isinstance(event, om.Succession):
                by_kind[kind(event.links[0].old).kind].append(event)
        children = before.at(day).children
        homes: dict[int, dict[str, str]] = {}
        for at, event in enumerate(by_kind["commune"]):
            tied = Counter(link.old for link in event.links)
            homes[at] = {c: home[c] for old in tied if tied[old] > 1 for c in children(old) if c in home}

        def draft() -> Any:
            with before.draft(day, source, act_id="reform") as act:
                with act.together():
                    for event in by_kind["province"]:
                        new = begun[event.links[0].new]
                        act.merge([link.old for link in event.links], into=om.Unit(new.id, name=new.name))
                with act.together():
                    for event in by_kind["direct-organisation"]:
                        new = begun[event.links[0].new]
                        act.merge([link.old for link in event.links], into=om.Unit(new.id, name=new.name))
                    for at, event in enumerate(by_kind["commune"]):
                        news = [begun[new] for new in event.news if new in begun]
                        if event.type == "merger":
                            into = om.Unit(news[0].id, name=news[0].name)
                            act.merge([link.old for link in event.links], into=into, under=news[0].parent)
                        else:
                            made = [om.Unit(new.id, name=new.name, parent=new.parent) for new in news]
                            act.reorganise(event.links, created=made, children=homes[at])
                    for event in by_kind["district"]:
                        act.replace(event.links[0].old, begun[event.links[0].new], cross_kind=True)
                act.abolish_level("district")
            return act

        return draft

    @staticmethod
    def _frames(events: Sequence[Any]) -> dict[str, Any]:
        """The tables of an act whose events are in the order of tables."""
        begun = [event.what for event in events if isinstance(event, om.Creation)]
        links: list[tuple[str, str | None, int, bool]] = []
        for number, event in enumerate(events):
            if isinstance(event, om.Closure):
                links.append((event.subject, None, number, False))
            elif isinstance(event, om.Succession):
                links += [(link.old, link.new, number, event.cross_kind) for link in event.links]

        def column(values: Any) -> Any:
            return np.array(list(values), object)

        def table(track: str, value: str) -> dict[str, Any]:
            chosen = [e for e in events if isinstance(e, om.Change) and e.track == track]
            return {"unit": column(e.subject for e in chosen), value: column(e.value for e in chosen)}

        fields = ("id", "parent", "kind", "name")
        return {
            "units": {name: column(getattr(unit, name) for unit in begun) for name in fields},
            "parents": table("parent", "parent"),
            "facts": {"name": table("name", "value")},
            "links": {
                name: np.array(values, object if name in ("old", "new") else None)
                for name, values in zip(("old", "new", "event", "cross_kind"), zip(*links, strict=True), strict=True)
            },
        }

    def _until(self, tables: dict[str, Any], known: Any) -> dict[str, Any]:
        """Tables with what was known before the reform only."""
        d = self.data
        end = d["unit_end"].take(known)
        units = {name: column.take(known) for name, column in tables["units"].items()}
        units["end"] = days(np.where(end >= REFORM, FAR, end))

        def early(table: dict[str, Any], start: Any) -> dict[str, Any]:
            rows = np.flatnonzero(start < REFORM)
            return {name: column.take(rows) for name, column in table.items()}

        facts = tables["facts"]
        return {
            "units": units,
            "parents": early(tables["parents"], d["edge_start"]),
            "facts": {
                f"measure:{MEMBERS}": early(facts[f"measure:{MEMBERS}"], d["head_start"]),
                "name": early(facts["name"], d["name_start"]),
            },
            "links": early(tables["links"], d["link_day"]),
        }
