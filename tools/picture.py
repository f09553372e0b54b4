"""Draws docs/_static/reform.svg, the README's picture, from the data in the package.

Run it in an environment in which the package is installed: python tools/picture.py
tests/view/test_picture.py says whether the picture is still what the data say.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape

from orgmodel.history.history import History
from orgmodel.party import vietnam

BEFORE, AFTER = "2025-06-30", "2025-07-01"
LEVELS = [
    ("province", "provinces · tỉnh, thành phố"),
    ("district", "districts · huyện"),
    ("commune", "communes · xã, phường"),
]
COLOURS = {"cluster-1": "#1f5fa8", "cluster-2": "#a8521f"}
WIDTH, ROW, PANEL, GAP, TOP = 880, 21, 420, 40, 155
OUT = Path(__file__).parents[1] / "docs" / "_static" / "reform.svg"


def text(x: float, y: float, what: str, *, anchor: str = "start", size: int = 13, **style: str) -> str:
    more = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in style.items())
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{more}>{escape(what)}</text>'


def bars(history: History) -> list[str]:
    """How many units of each level there are before and after, as bars."""
    before, after = history.at(BEFORE), history.at(AFTER)
    out = []
    for i, (kind, label) in enumerate(LEVELS):
        x, (old, new) = 20 + i * 290, (before.count(kind), after.count(kind))
        out.append(text(x, 58, label, fill="#555"))
        for y, number in ((68, old), (90, new)):
            length = 150 * number / old
            out.append(
                f'<rect x="{x}" y="{y}" width="{length:.1f}" height="16" fill="{"#b9b9b9" if y == 68 else "#555"}"/>'
            )
            out.append(text(x + length + 6, y + 13, f"{number:,}", font_weight="bold"))
    return out


def panel(history: History, cluster: str, x: float) -> tuple[list[str], int]:
    """Members of a cluster before (left) and after (right), and which became which."""
    before, after = history.at(BEFORE), history.at(AFTER)
    news = list(after.members(cluster))
    becomes = {
        old: [n for n in history.lineage.successors(old, on=AFTER) if n in news] for old in before.members(cluster)
    }
    # Old members stand beside those they merge with, so that no two bands cross.
    olds = sorted(becomes, key=lambda old: min((news.index(n) for n in becomes[old]), default=len(news)))
    step = ROW * len(olds) / len(news)
    old_y = {old: TOP + 40 + ROW * i for i, old in enumerate(olds)}
    new_y = {new: TOP + 40 + step * i + (step - ROW) / 2 for i, new in enumerate(news)}
    left, right = x + 130, x + PANEL - 130
    title = f"{after.cluster(cluster).name}: {len(olds)} → {len(news)}"
    out = [text(x + PANEL / 2, TOP + 14, title, anchor="middle", size=15, font_weight="bold")]
    for old in olds:
        y = old_y[old]
        out.append(text(left - 8, y + 5, before.unit(before.unit(old).parent or old).label, anchor="end"))
        for new in becomes[old]:
            z, middle = new_y[new], (left + right) / 2
            merged = sum(new in targets for targets in becomes.values()) > 1
            out.append(
                f'<path d="M{left:g} {y:g}C{middle:g} {y:g} {middle:g} {z:.1f} {right:g} {z:.1f}" fill="none" '
                f'stroke="{COLOURS[cluster]}" stroke-width="{9 if merged else 5}" stroke-opacity="{0.75 if merged else 0.3}"/>'
            )
    for new in news:
        out.append(text(right + 8, new_y[new] + 5, after.unit(after.unit(new).parent or new).label))
    return out, len(olds)


def draw() -> str:
    """The whole picture as SVG."""
    history = vietnam.reform_2025()
    parts = [text(WIDTH / 2, 28, "30 June 2025 → 1 July 2025", anchor="middle", size=17, font_weight="bold")]
    parts += bars(history)
    what = "two emulation clusters (cụm thi đua) of organisation commissions, which merged with their provinces"
    parts.append(text(WIDTH / 2, TOP - 14, what, anchor="middle", fill="#555"))
    rows = 0
    for i, cluster in enumerate(COLOURS):
        drawn, count = panel(history, cluster, i * (PANEL + GAP))
        parts += drawn
        rows = max(rows, count)
    height = TOP + 40 + ROW * rows + 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="DejaVu Sans, Noto Sans, Arial, sans-serif" role="img">'
    )
    title = (
        "<title>The reform of 2025 in Viet Nam: units by level, and two emulation clusters, before and after</title>"
    )
    return "\n".join([head, title, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>", ""])


if __name__ == "__main__":
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(draw(), encoding="utf-8")
    print(f"wrote {OUT}", file=sys.stderr)
