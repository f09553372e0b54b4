"""Names that would do harm where a text is taken for something else."""

from __future__ import annotations

import orgmodel as om
from orgmodel.history.history import History

HOSTILE = [
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "a\u2028b\u2029c",
    "${1 + 1} `x` \\",
    "<!--<script>",
    "𝒳 tỉnh 𝒴",
    "İstanbul ß ς",
]


def hostile() -> History:
    rows = [{"id": f"h{at}", "name": name, "parent": "h0" if at else None} for at, name in enumerate(HOSTILE)]
    return om.history_of(rows, day="2024-01-01", source=om.Source(HOSTILE[0], title=HOSTILE[1]))
