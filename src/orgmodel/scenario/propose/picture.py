"""A proposal as an SVG drawing: units as dots at their points, groups in colours, borders as lines."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import cos, pi, radians, sin
from typing import Final

from orgmodel.scenario.propose.proposal import Proposal

__all__ = [
    "picture",
]

_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c564b")
"""Colours that most people with colour blindness can distinguish (Okabe and Ito 2008, and two more)."""

_ALONE: Final = "#9a9a9a"


def picture(proposal: Proposal, *, title: str = "", width: int = 900) -> str:
    """The proposal as an SVG text; the same proposal gives the same bytes.

    Units are drawn at the points of the neighbours or, without points, on a circle, group after group. A group of two
    units or more has a colour that no neighbouring group has, as far as possible; other units are grey.

    Args:
        proposal: the proposal to draw.
        title: the title; by default the numbers of units.
        width: width in pixels; the height follows from it.

    >>> from orgmodel.scenario.propose.constraints import Count
    >>> from orgmodel.scenario.propose.mergers import propose_mergers
    >>> found = propose_mergers(None, [("a", "b"), ("b", "c")], Count(2))
    >>> drawn = picture(found[0])
    >>> drawn.startswith("<svg"), drawn.count("<circle"), drawn.count("<line")
    (True, 3, 2)
    """
    request = proposal.request
    at, height = _places(proposal, width)
    colour = _colours(proposal)
    message = title or f"{len(request.units)} units become {len(proposal.divided)}"
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif">',
        f"<title>{escape(message)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="16">{escape(message)}</text>',
    ]
    pairs = () if request.neighbours is None else sorted(request.neighbours.pairs)
    group_of = {unit: place for place, group in enumerate(proposal.divided) for unit in group}
    for a, b in pairs:
        if a in at and b in at:
            inside = group_of[a] == group_of[b]
            style = f'stroke="{colour[a]}" stroke-width="4"' if inside else 'stroke="#dddddd" stroke-width="1"'
            (x, y), (u, v) = at[a], at[b]
            lines.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}" {style}/>')
    radius = max(2.0, min(7.0, 150 / max(1, len(at)) ** 0.5))
    labelled = len(at) <= 80
    for unit, (x, y) in at.items():
        label = escape(request.label(unit))
        others = [request.label(other) for other in proposal.divided[group_of[unit]] if other != unit]
        more = escape(f" with {', '.join(others)}") if others else ""
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour[unit]}">'
            f"<title>{label}{more}</title></circle>"
        )
        if labelled:
            lines.append(f'<text x="{x + radius + 2:.1f}" y="{y + 4:.1f}" font-size="11">{label}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _places(proposal: Proposal, width: int) -> tuple[dict[str, tuple[float, float]], int]:
    """The positions of the units, and the height of the drawing."""
    request, margin = proposal.request, 50
    points = {} if request.neighbours is None else request.neighbours.points
    units = [unit for group in proposal.divided for unit in group]
    if not all(unit in points for unit in units):
        turn = 2 * pi / len(units)
        middle = width / 2
        reach = middle - 2 * margin
        return {u: (middle + reach * sin(i * turn), middle - reach * cos(i * turn)) for i, u in enumerate(units)}, width
    xs, ys = [points[unit][0] for unit in units], [points[unit][1] for unit in units]
    # If the coordinates can be degrees, longitudes are scaled: a degree of longitude is shorter than one of latitude.
    squeeze = cos(radians((min(ys) + max(ys)) / 2)) if max(map(abs, ys)) <= 90 and max(map(abs, xs)) <= 180 else 1.0
    wide, high = (max(xs) - min(xs)) * squeeze or 1.0, (max(ys) - min(ys)) or 1.0
    height = int(min(3 * width, max(width / 3, (width - 2 * margin) * high / wide + 2 * margin)))
    scale = min((width - 3 * margin) / wide, (height - 2 * margin) / high)
    return {
        unit: (
            margin + (points[unit][0] - min(xs)) * squeeze * scale,
            height - margin - (points[unit][1] - min(ys)) * scale,
        )
        for unit in units
    }, height


def _colours(proposal: Proposal) -> dict[str, str]:
    """A colour for each unit; neighbouring groups get different colours as long as there are enough."""
    group_of = {unit: place for place, group in enumerate(proposal.divided) for unit in group}
    beside = _neighbouring_groups(proposal, group_of)
    chosen: dict[int, int] = {}
    for place, group in enumerate(proposal.divided):
        if len(group) > 1:
            used = {chosen[other] for other in beside.get(place, ()) if other in chosen}
            free = [i for i in range(len(_COLOURS)) if i not in used]
            # Taking the free colours in turn spreads all colours over the drawing.
            chosen[place] = free[len(chosen) % len(free)] if free else place % len(_COLOURS)
    return {unit: _COLOURS[chosen[place]] if place in chosen else _ALONE for unit, place in group_of.items()}


def _neighbouring_groups(proposal: Proposal, group_of: Mapping[str, int]) -> dict[int, set[int]]:
    """Group -> groups that it borders on."""
    beside: dict[int, set[int]] = {}
    pairs = () if proposal.request.neighbours is None else proposal.request.neighbours.pairs
    for a, b in pairs:
        if a in group_of and b in group_of and group_of[a] != group_of[b]:
            beside.setdefault(group_of[a], set()).add(group_of[b])
            beside.setdefault(group_of[b], set()).add(group_of[a])
    return beside
