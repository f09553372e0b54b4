"""Members of emulation clusters (cụm thi đua) seen through mergers: images, pre-images, coverage.

The members of a cluster are agencies, the organisation commissions of provinces; who is
one on a day is a fact of the structure (``structure.members``), and ``history.cluster_changes``
says what happens to members between two days. The questions here need only the lineage:
which units a list has become, and which units a list came from.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.period import DayLike, as_day
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "Coverage", "Image", "coverage", "image", "image_between", "preimage",
]  # fmt: skip


@strict
def image(history: History, units: Iterable[str], on: DayLike) -> tuple[str, ...]:
    """The units that some units have become by a day, each once, in order of the units given.

    Args:
        history: the history.
        units: ids of the units.
        on: the day.

    Raises:
        UnknownUnit: no unit ever had one of the ids.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> image(reform_2025(), ["vn-p-02-btc", "vn-p-08-btc"], "2025-07-01")
    ('vn-p-08-2025-btc',)
    """
    day, lineage = as_day(on), history.lineage
    return tuple(dict.fromkeys(new for unit in units for new in lineage.successors(unit, on=day)))


@strict
def preimage(history: History, units: Iterable[str], on: DayLike) -> tuple[str, ...]:
    """The units of a day that have become some units, each once, in order of the units given.

    Args:
        history: the history.
        units: ids of the units.
        on: the earlier day.

    Raises:
        UnknownUnit: no unit ever had one of the ids.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> preimage(reform_2025(), ["vn-p-08-2025-btc"], "2025-06-30")
    ('vn-p-02-btc', 'vn-p-08-btc')
    """
    day, lineage = as_day(on), history.lineage
    return tuple(dict.fromkeys(old for unit in units for old in lineage.predecessors(unit, on=day)))


@frozen
class Image:
    """A list of units, what it has become, and what that came from.

    Attributes:
        units: ids of the units of the first day.
        image: ids of the units of the second day that they have become.
        preimage: ids of the units of the first day that have become the image.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, *({"id": p, "parent": "vn"} for p in "abc")], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> images = image_between(history.enact(act), ["a", "c"], "2025-06-30", "2025-07-01")
    >>> images.image, images.preimage, images.strangers
    (('ab', 'c'), ('a', 'b', 'c'), ('b',))
    """

    units: tuple[str, ...]
    image: tuple[str, ...]
    preimage: tuple[str, ...]

    @property
    def strangers(self) -> tuple[str, ...]:
        """Units of the first day that are not in the list but went into its image."""
        mine = set(self.units)
        return tuple(unit for unit in self.preimage if unit not in mine)

    @property
    def lost(self) -> tuple[str, ...]:
        """Units of the list that are in no unit of the image: they ended without a successor."""
        went_in = set(self.preimage)
        return tuple(unit for unit in self.units if unit not in went_in)

    @property
    def closed(self) -> bool:
        """Whether no merger crossed the border of the list: the image comes from the list, all of it and only it."""
        return not self.strangers and not self.lost


@strict
def image_between(history: History, units: Iterable[str], before: DayLike, after: DayLike) -> Image:
    """The units that a list of one day has become by another, and whether it was closed under the mergers between.

    A cluster is closed if its members merged only with each other.

    Args:
        history: the history.
        units: ids of units of the first day.
        before: the first day.
        after: the second day.

    Raises:
        UnknownUnit: no unit ever had one of the ids.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> history = reform_2025()
    >>> members = history.at("2024-06-30").members("cluster-1")
    >>> images = image_between(history, members, "2024-06-30", "2025-07-01")
    >>> len(images.units), len(images.image), images.closed
    (14, 9, True)
    """
    units = tuple(units)
    after_units = image(history, units, after)
    return Image(units, after_units, preimage(history, after_units, before))


@frozen
class Coverage:
    """Which units are in some cluster of a clustering and which are in none.

    Attributes:
        inside: ids of the units in a cluster, in preorder.
        outside: ids of the units in none, in preorder.

    >>> import orgmodel as om
    >>> with om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01").draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["b"])
    >>> covered = coverage(act.structure, "emulation")
    >>> covered.inside, covered.outside
    (('b',), ('a',))
    """

    inside: tuple[str, ...]
    outside: tuple[str, ...]


@strict
def coverage(structure: Structure, clustering: str, among: Selection | str | None = None) -> Coverage:
    """Which units of a structure are in the clusters of a clustering.

    Args:
        structure: the day.
        clustering: id of the clustering.
        among: the units that could be members: a selection or a kind; all units if None.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> covered = coverage(reform_2025().at("2025-07-01"), "emulation", "agency")
    >>> len(covered.inside), len(covered.outside)
    (18, 16)
    """
    # A cover may have a unit in several clusters: inside is inside, however often.
    members = {unit for cluster in structure.clusters(clustering) for unit in structure.members(cluster.id)}
    chosen = structure.select(among)
    return Coverage(
        tuple(unit for unit in chosen if unit in members), tuple(unit for unit in chosen if unit not in members)
    )
