"""Which units border on each other: from pairs, a graph, points or polygons.

>>> near = neighbours_of([("a", "b"), ("b", "c")])
>>> sorted(near.pairs), near.islands(["a", "b", "c", "d"])
([('a', 'b'), ('b', 'c')], ('d',))
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import items, kind_of, refuse
from orgmodel.model.extras import extra
from orgmodel.model.measure import Number
from orgmodel.scenario.propose.constraints import exact

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "Neighbours",
    "from_points",
    "from_polygons",
]

Pair = tuple[str, str]
Coordinates = tuple[float, float]


@frozen
class Neighbours:
    """Which units border on each other, and the lengths of the borders.

    Attributes:
        pairs: (unit, other unit), the smaller id first -> length of the border; 1 if it is unknown.
        points: unit -> (longitude or x, latitude or y), for pictures.
    """

    pairs: Mapping[Pair, Fraction] = field(hash=False)
    points: Mapping[str, Coordinates] = field(factory=dict, hash=False)

    @property
    def units(self) -> tuple[str, ...]:
        """Ids of the units that have a neighbour or a point, in order."""
        return tuple(sorted({unit for pair in self.pairs for unit in pair} | set(self.points)))

    def islands(self, units: Iterable[str]) -> tuple[str, ...]:
        """Which of these units have no neighbour among them."""
        listed = list(dict.fromkeys(units))
        chosen = set(listed)
        tied = {unit for a, b in self.pairs if a in chosen and b in chosen for unit in (a, b)}
        return tuple(unit for unit in listed if unit not in tied)

    def graph(self) -> nx.Graph[str]:
        """The same as a networkx graph; the length is the edge attribute ``border``."""
        import networkx as nx

        graph: nx.Graph[str] = nx.Graph()
        for unit in self.units:
            graph.add_node(unit, **({"point": self.points[unit]} if unit in self.points else {}))
        graph.add_edges_from((a, b, {"border": length}) for (a, b), length in self.pairs.items())
        return graph

    def lifted(self, home: Mapping[str, str]) -> Neighbours:
        """The neighbours of larger units that consist of these units; the lengths of borders are added up.

        Args:
            home: unit -> the larger unit; units that are not in it are left out.

        >>> near = neighbours_of({("a", "x"): 2, ("b", "x"): 3, ("a", "b"): 9})
        >>> dict(near.lifted({"a": "P", "b": "P", "x": "Q"}).pairs)
        {('P', 'Q'): Fraction(5, 1)}
        """
        pairs: dict[Pair, Fraction] = {}
        for (a, b), length in self.pairs.items():
            if a in home and b in home and home[a] != home[b]:
                pair = _pair(home[a], home[b])
                pairs[pair] = pairs.get(pair, Fraction(0)) + length
        sums: dict[str, list[float]] = {}
        for unit in sorted(self.points):
            if unit in home:
                x, y = self.points[unit]
                at = sums.setdefault(home[unit], [0.0, 0.0, 0.0])
                at[0], at[1], at[2] = at[0] + x, at[1] + y, at[2] + 1
        return Neighbours(pairs, {unit: (x / n, y / n) for unit, (x, y, n) in sums.items()})

    def joined(self, islands: Iterable[str], reach: int = 1) -> Neighbours:
        """The same with islands as neighbours of the nearest units, across the water.

        Args:
            islands: units with points.
            reach: how many of the nearest other units become neighbours of each island.

        Raises:
            Refused: an island has no point.

        >>> near = neighbours_of([("a", "b")], points={"a": (0, 0), "b": (1, 0), "i": (2, 0)})
        >>> sorted(near.joined(["i"]).pairs)
        [('a', 'b'), ('b', 'i')]
        """
        listed = list(dict.fromkeys(islands))
        lost = [unit for unit in listed if unit not in self.points]
        if lost:
            raise Refused("islands joined", [Finding("point", "it has no point to measure from", (u,)) for u in lost])
        pairs = dict(self.pairs)
        for unit in listed:
            x, y = self.points[unit]
            others = sorted(
                ((px - x) ** 2 + (py - y) ** 2, other) for other, (px, py) in self.points.items() if other != unit
            )
            # A crossing is not a real border; with a very short length, borders on land take precedence.
            pairs |= {_pair(unit, other): Fraction(1, 1000) for _, other in others[:reach]}
        return Neighbours(pairs, self.points)


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _two(pair: Any) -> Pair:
    """A pair of neighbours, after a check of its form."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        refuse("neighbours", f"each is a pair of units, not {kind_of(pair)}")
    return pair[0], pair[1]


def neighbours_of(
    given: Neighbours | Mapping[Pair, Number] | Iterable[Pair] | nx.Graph[Any],
    *,
    length: str = "border",
    points: Mapping[str, Coordinates] | None = None,
) -> Neighbours:
    """Neighbours from pairs or a graph.

    Args:
        given: pairs; a mapping from pairs to the lengths of their borders; or an undirected networkx graph of unit ids.
        length: the edge attribute of a graph with the length of the border; 1 if an edge does not have it.
        points: unit -> (x, y); the points of a graph's node attributes ``point`` are used as well.

    Raises:
        Refused: a unit borders on itself, or the length of a border is negative.
    """
    if isinstance(given, Neighbours):
        return given
    listed: Iterable[tuple[Pair, Any]]
    places: dict[str, Coordinates] = {}
    if isinstance(given, Mapping):
        listed = list(given.items())
    elif hasattr(given, "adjacency"):
        # isinstance would import networkx even for users without graphs.
        graph: Any = given
        listed = [((a, b), data.get(length, 1)) for a, b, data in graph.edges(data=True)]
        places = {unit: data["point"] for unit, data in graph.nodes(data=True) if "point" in data}
    else:
        listed = [(_two(pair), 1) for pair in items(given, "neighbours")]
    faults = [
        Finding("neighbours", f"{a!r} is no neighbour of itself" if a == b else f"a border of length {border}", (a, b))
        for (a, b), border in listed
        if a == b or border < 0
    ]
    if faults:
        raise Refused("neighbours", faults)
    pairs: dict[Pair, Fraction] = {}
    for (a, b), border in listed:
        pairs[_pair(a, b)] = max(exact(border), pairs.get(_pair(a, b), Fraction(0)))
    return Neighbours(dict(sorted(pairs.items())), {**places, **(points or {})})


def from_points(points: Mapping[str, Coordinates], *, within: float | None = None) -> Neighbours:
    """Neighbours by the Delaunay triangulation of points.

    Needs scipy (``pip install 'orgmodel[propose]'``). Fewer than three points, or points on one line, are neighbours
    in their order along the line.

    Args:
        points: unit -> (x, y).
        within: the largest distance between neighbours, in the unit of the points; None for no limit.

    >>> square = {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (5, 5)}
    >>> sorted(from_points(square, within=2).pairs)
    [('a', 'b'), ('a', 'c'), ('b', 'c')]
    """
    import numpy as np

    with extra():
        from scipy.spatial import Delaunay, QhullError

    units = sorted(points)
    where = np.array([points[unit] for unit in units], dtype=float).reshape(-1, 2)
    edges: set[tuple[int, int]] = set()
    try:
        for corners in Delaunay(where).simplices.tolist():
            edges |= {(min(a, b), max(a, b)) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)}
    except (QhullError, ValueError):
        order = sorted(range(len(units)), key=lambda i: (*where[i].tolist(), units[i]))
        edges = {(min(a, b), max(a, b)) for a, b in itertools.pairwise(order)}
    near = [(a, b) for a, b in sorted(edges) if within is None or np.hypot(*(where[a] - where[b])) <= within]
    return neighbours_of([(units[a], units[b]) for a, b in near], points=points)


def from_polygons(polygons: Mapping[str, Any], *, tolerance: float = 0.0) -> Neighbours:
    """Neighbours by areas that share a border, with its length; touching in a corner is not enough.

    Needs shapely, which is in none of the extras and must be installed separately.

    Args:
        polygons: unit -> shapely geometry, all in one plane coordinate system.
        tolerance: the largest distance of two lines that count as one border.

    >>> from shapely import box  # doctest: +SKIP
    >>> near = from_polygons({"a": box(0, 0, 1, 2), "b": box(1, 0, 2, 1), "c": box(2, 1, 3, 2)})  # doctest: +SKIP
    >>> dict(near.pairs)  # c touches b in a corner only  # doctest: +SKIP
    {('a', 'b'): Fraction(1, 1)}
    """
    from shapely import STRtree

    units = sorted(polygons)
    shapes = [polygons[unit] for unit in units]
    tree = STRtree([shape.buffer(tolerance) if tolerance else shape for shape in shapes])
    pairs: dict[Pair, float] = {}
    for i, shape in enumerate(shapes):
        for j in sorted(int(k) for k in tree.query(shape)):
            if i < j:
                other = shapes[j].buffer(tolerance) if tolerance else shapes[j]
                shared = shape.boundary.intersection(other).length if tolerance else shape.intersection(other).length
                if shared > 0:
                    pairs[units[i], units[j]] = round(shared, 9)
    centres = {unit: (s.centroid.x, s.centroid.y) for unit, s in zip(units, shapes, strict=True)}
    return neighbours_of(pairs, points=centres)
