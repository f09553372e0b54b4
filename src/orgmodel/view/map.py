"""A map of units, where the caller has their shapes: the library ships none whose licence it does not know."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from orgmodel.content.colours import kind_colours
from orgmodel.errors import Finding, Refused
from orgmodel.model.door import one_of, strict
from orgmodel.reading import read_file
from orgmodel.structure.structure import Structure
from orgmodel.view.labels import INK, LEGEND, captioned, figure_faults, framed, graph_objects, lighter

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "Ring",
    "map_of",
]

Ring = Sequence[Sequence[float]]
_FIGURE: Final = "#004488"
_FAINTEST: Final = 0.15
"""How much of that colour the lowest figure has."""
_NONE: Final = "#dddddd"
"""Of a unit without a figure."""


@strict
def map_of(
    structure: Structure,
    shapes: Mapping[str, Any] | str | Path,
    *,
    by: str = "code",
    of: Literal["code", "id"] = "code",
    figures: Mapping[str, float] | None = None,
) -> go.Figure:
    """Units as polygons or points, by colour of their kind or of your own figures.

    Args:
        structure: whose units are shown.
        shapes: GeoJSON, as a mapping or a file: features with ``Polygon``, ``MultiPolygon`` or ``Point``.
        by: the property of a feature that names its unit.
        of: whether that is a unit's code or its id.
        figures: numbers by unit id; a unit without one is grey. None: each kind has its colour.

    Raises:
        Refused: the shapes are no GeoJSON, a feature names no unit or several, a figure is not finite or for no unit
            shown. All faults come together.
        OSError: the file cannot be read.

    >>> from orgmodel.history.history import structure_of
    >>> structure = structure_of([{"id": "p", "code": "24", "name": "Bắc Giang"}], day="2024-01-01")
    >>> square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    >>> shapes = {"type": "FeatureCollection", "features": [{"properties": {"code": "24"}, "geometry": square}]}
    >>> map_of(structure, shapes).data[0].name
    'Bắc Giang'
    """
    go = graph_objects()
    one_of(of, ("code", "id"), "of=")
    features = _features(shapes)
    units, faults = _units(structure, features, by, of)
    if figures is not None:
        faults += figure_faults(figures, set(units), "no shape is given for it")
    if faults:
        raise Refused("a map", faults)
    shade = _colours(structure, units, figures)
    figure = go.Figure()
    for unit, feature in zip(units, features, strict=True):
        value = "" if figures is None else f"<br>{figures[unit]:,}" if unit in figures else "<br>no figure"
        text = f"{structure.called(unit)}<br>{structure.unit(unit).code or unit}{value}"
        figure.add_trace(_shape(structure.called(unit), feature["geometry"], shade[unit], text))
    for entry in _legend(structure, units, figures):
        figure.add_trace(entry)
    framed(figure, f"{len(units):,} units on {structure.day}", top=90, height=800, legend=LEGEND)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    captioned(figure, (), note="grey: no figure" if figures is not None and len(figures) < len(units) else "")
    return figure


def _shape(name: str, geometry: Mapping[str, Any], colour: str, text: str) -> go.Scatter:
    """The polygons or the point of a unit, with the text under the pointer."""
    x, y = _line(geometry)
    is_point = geometry["type"] == "Point"
    return graph_objects().Scatter(
        x=x,
        y=y,
        name=name,
        mode="markers" if is_point else "lines",
        fill=None if is_point else "toself",
        fillcolor=colour,
        line={"color": "#ffffff", "width": 0.8},
        marker={"size": 11, "color": colour, "line": {"color": INK, "width": 0.5}},
        text=text,
        hoverinfo="text",
        hoveron="points" if is_point else "fills",
        showlegend=False,
    )


def _features(shapes: Mapping[str, Any] | str | Path) -> list[Mapping[str, Any]]:
    """The features of GeoJSON, all of a form that can be drawn."""
    read = shapes if isinstance(shapes, Mapping) else _json_of(shapes)
    features = read.get("features") if isinstance(read, Mapping) else None
    if not isinstance(features, Sequence) or not features:
        raise Refused("a map", [Finding("geojson", "it is no GeoJSON with features")])
    messages = ((row, _fault_of(feature)) for row, feature in enumerate(features, start=1))
    if faults := [Finding("geojson", message, row=row) for row, message in messages if message]:
        raise Refused("a map", faults)
    return list(features)


def _json_of(path: str | Path) -> Any:
    try:
        return json.loads(read_file(path))
    except (ValueError, RecursionError) as error:
        raise Refused("a map", [Finding("geojson", f"{path} is no JSON: {error}")]) from error


def _fault_of(feature: Any) -> str:
    """Why a feature cannot be drawn; empty if it can."""
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    sort = geometry.get("type") if isinstance(geometry, Mapping) else None
    if sort not in ("Polygon", "MultiPolygon", "Point") or not isinstance(feature.get("properties"), Mapping):
        return f"a feature needs properties and a Polygon, MultiPolygon or Point; it has {sort}"
    assert geometry is not None
    return "" if _has_positions(geometry) else f"the coordinates of its {sort} are no lists of positions"


def _has_positions(geometry: Mapping[str, Any]) -> bool:
    """Whether the coordinates of a geometry are finite numbers in the lists that its type has."""
    try:
        x, y = _line(geometry)
    except (TypeError, ValueError, LookupError, OverflowError):
        return False
    return bool(x) and all(number is None or math.isfinite(number) for number in (*x, *y))


def _units(
    structure: Structure, features: Sequence[Mapping[str, Any]], by: str, of: str
) -> tuple[list[str], list[Finding]]:
    """The unit that each feature names, and what is wrong with those that name none or several."""
    units: list[str] = []
    faults: list[Finding] = []
    for row, feature in enumerate(features, start=1):
        named = feature["properties"].get(by)
        if named is None:
            message = f"it has no property {by!r}; say which one names the unit with by="
            faults.append(Finding("geojson", message, row=row))
            continue
        if of == "code":
            named_units = [unit.id for unit in structure.find(code=str(named))]
        else:
            named_units = [str(named)] if str(named) in structure else []
        if len(named_units) == 1:
            units += named_units
            continue
        have = f"{len(named_units)} units have" if named_units else "no unit has"
        faults.append(Finding("geojson", f"{have} the {of} {named!r}", row=row, day=structure.day))
    return units, faults


def _colours(structure: Structure, units: Sequence[str], figures: Mapping[str, float] | None) -> Mapping[str, str]:
    if figures is None:
        shade = _kind_shades(structure, units)
        return {unit: shade[structure.unit(unit).kind] for unit in units}
    low, high = min(figures.values(), default=0), max(figures.values(), default=0)
    width = (high - low) or 1
    # From the faintest shade of the lowest figure to the full colour of the highest.
    colours = {
        unit: lighter(_FIGURE, _FAINTEST + (1 - _FAINTEST) * (figure - low) / width) for unit, figure in figures.items()
    }
    return {unit: colours.get(unit, _NONE) for unit in units}


def _kind_shades(structure: Structure, units: Sequence[str]) -> dict[str | None, str]:
    shade = kind_colours(structure.schema, (structure.unit(unit).kind for unit in units))
    return {kind: lighter(colour, 0.6) for kind, colour in shade.items()}


def _legend(structure: Structure, units: Sequence[str], figures: Mapping[str, float] | None) -> Iterator[go.Scatter]:
    """What the colours mean: a line for each kind, or a scale of the figures. The traces draw nothing else."""
    go = graph_objects()
    nowhere = {"x": [None], "y": [None], "mode": "markers", "hoverinfo": "skip"}
    if figures:
        low, high = min(figures.values()), max(figures.values())
        scale = [[0, lighter(_FIGURE, _FAINTEST)], [1, _FIGURE]]
        # Of one value only there is no scale: its colour is the faintest.
        bar = {"thickness": 14, "len": 0.5, "outlinewidth": 0, "tickformat": ",~g"}
        marker = {"color": [low], "cmin": low, "cmax": high if high > low else low + 1, "colorscale": scale}
        yield go.Scatter(**nowhere, marker={**marker, "showscale": True, "colorbar": bar}, showlegend=False)
    elif figures is None:
        shade = _kind_shades(structure, units)
        for kind in dict.fromkeys(structure.unit(unit).kind for unit in units):
            name = structure.schema.kind_name(kind) if kind else "without kind"
            marker = {"size": 12, "symbol": "square", "color": shade[kind]}
            yield go.Scatter(**nowhere, name=name, marker=marker, showlegend=True)


def _line(geometry: Mapping[str, Any]) -> tuple[list[float | None], list[float | None]]:
    """The rings of a geometry as one line with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in _rings(geometry):
        if x:
            x.append(None)
            y.append(None)
        x += [float(point[0]) for point in ring]
        y += [float(point[1]) for point in ring]
    return x, y


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    coordinates = geometry["coordinates"]
    match geometry["type"]:
        case "Point":
            yield [coordinates]
        case "Polygon":
            yield from coordinates
        case "MultiPolygon":
            for polygon in coordinates:
                yield from polygon
