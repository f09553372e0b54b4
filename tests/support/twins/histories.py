"""Random histories of a flat organisation, written as plain events, for tests of succession and clusters."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit

START = dt.date(2020, 1, 1)
PARTITION, COVER = "e", "f"
CLUSTERS = {PARTITION: ("A", "B", "C"), COVER: ("X", "Y")}


class _Maker:
    """Draws one act after the other, keeping account of which units are live."""

    def __init__(self, draw: Any, shares: bool, clusters: bool) -> None:
        self.draw, self.shares, self.clusters = draw, shares, clusters
        self.live: list[str] = []
        self.made = 0

    def new(self) -> str:
        self.made += 1
        return f"u{self.made}"

    def pick(self, least: int, most: int) -> list[str]:
        count = self.draw(st.integers(least, min(most, len(self.live))))
        rest = list(self.live)
        return [rest.pop(self.draw(st.integers(0, len(rest) - 1))) for _ in range(count)]

    def start(self, units: int) -> Act:
        events: list[Event] = [Creation(Unit("root"))]
        for _ in range(units):
            unit = self.new()
            events.append(Creation(Unit(unit, parent="root", code=unit.upper())))
            self.live.append(unit)
        if self.clusters:
            for clustering, ids in CLUSTERS.items():
                events.append(Creation(Clustering(clustering, cover=clustering == COVER)))
                events += [Creation(Cluster(c, clustering)) for c in ids]
            for unit in self.live:
                events += self.memberships(unit)
            events += [
                Change("A", "role", self.live[0], ("leader", 1)),
                Change("A", "role", self.live[-1], ("deputy", 1)),
            ]
        return Act("start", START, events, Source("start"))

    def memberships(self, unit: str) -> list[Change]:
        found = []
        one = self.draw(st.sampled_from([*CLUSTERS[PARTITION], None]))
        if one is not None:
            found.append(Change(unit, f"member:{PARTITION}", one))
        found += [Change(unit, f"member:{COVER}", c) for c in CLUSTERS[COVER] if self.draw(st.integers(0, 3)) == 0]
        return found

    def links(self, old: str, news: list[str]) -> list[Link]:
        if len(news) == 1:
            return [Link(old, news[0])]
        weights = [self.draw(st.integers(1, 4)) for _ in news]
        dominant = self.draw(st.integers(-1, len(news) - 1))
        return [
            Link(
                old,
                new,
                "part",
                {"members": Fraction(weight, sum(weights))} if self.shares else {},
                dominant=i == dominant,
                dominant_by="a source" if i == dominant else "",
            )
            for i, (new, weight) in enumerate(zip(news, weights, strict=True))
        ]

    def succession(self, links: list[Link], created: list[str]) -> Succession:
        changes = [c for unit in created if self.clusters for c in self.memberships(unit)]
        event = Succession(links, [Unit(u, parent="root", code=u.upper()) for u in created], changes, complete=True)
        for old in event.ended:
            self.live.remove(old)
        self.live += created
        return event

    def event(self) -> Event | None:
        sort = self.draw(st.sampled_from(range(11 if self.clusters else 9)))
        if sort in (0, 1) and len(self.live) > 2:
            olds, new = self.pick(2, 3), self.new()
            return self.succession([Link(old, new) for old in olds], [new])
        if sort == 2 and len(self.live) > 2:
            survivor, *olds = self.pick(2, 3)
            return self.succession([Link(old, survivor) for old in (survivor, *olds)], [])
        if sort == 3:
            (old,) = self.pick(1, 1)
            news = [self.new() for _ in range(self.draw(st.integers(2, 3)))]
            return self.succession(self.links(old, news), news)
        if sort == 4:
            (old,), new = self.pick(1, 1), self.new()
            return self.succession(self.links(old, [old, new]), [new])
        if sort == 5 and len(self.live) > 1:
            giver, taker = self.pick(2, 2)
            own = [Link(taker, taker)] if self.draw(st.booleans()) else []
            return self.succession([*self.links(giver, [giver, taker]), *own], [])
        if sort == 6 and len(self.live) > 2:
            olds = self.pick(2, 3)
            news = [self.new() for _ in range(2)]
            kept = [olds[0]] if self.draw(st.booleans()) else []
            links: list[Link] = []
            for i, old in enumerate(olds):
                targets = self.draw(st.lists(st.sampled_from([*news, *kept]), min_size=1, unique=True))
                if i < len(news) and news[i] not in targets:
                    targets.append(news[i])
                if old in kept and old not in targets:
                    targets.append(old)
                links += self.links(old, targets)
            return self.succession(links, news)
        if sort == 7:
            unit = self.new()
            self.live.append(unit)
            return Creation(Unit(unit, parent="root"))
        if sort == 8 and len(self.live) > 2:
            (unit,) = self.pick(1, 1)
            self.live.remove(unit)
            return Closure(unit)
        if sort == 9:
            (unit,) = self.pick(1, 1)
            return Change(
                unit,
                f"member:{PARTITION}",
                self.draw(st.sampled_from([*CLUSTERS[PARTITION], *CLUSTERS[PARTITION], None])),
            )
        if sort == 10:
            (unit,), cluster = self.pick(1, 1), self.draw(st.sampled_from(CLUSTERS[COVER]))
            value = self.draw(st.sampled_from([cluster, None]))
            return Change(unit, f"member:{COVER}", value, cluster)
        return None


@st.composite
def acts(draw: Any, *, shares: bool = False, clusters: bool = False) -> list[Act]:
    """Acts of a flat organisation with a single root, in effective order, several on one day.

    With ``shares`` every part link states its share of ``members``; with ``clusters`` there are a partition and a
    cover of the units.

    Shrinks to few acts on few units.
    """
    maker = _Maker(draw, shares, clusters)
    found = [maker.start(draw(st.integers(1, 6)))]
    day = START
    for number in range(draw(st.integers(0, 12))):
        day += dt.timedelta(draw(st.sampled_from([0, 0, 1, 2])))
        events = [e for e in (maker.event() for _ in range(draw(st.integers(1, 2)))) if e is not None]
        if events:
            found.append(Act(f"act{number}", day, events, Source(f"decision {number}")))
    return found


def days(found: list[Act]) -> st.SearchStrategy[dt.date]:
    """A day on which, before or after which something happens."""
    last = max(act.effective for act in found)
    return st.integers(0, (last - START).days + 1).map(lambda n: START + dt.timedelta(n))
