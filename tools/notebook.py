"""Writes examples/tour.ipynb from the scripts beside it, so that both say the same.

python tools/notebook.py
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = ("replay_and_report", "try_a_merger", "carry_figures", "a_company")
"""Those that are read top to bottom; the test file is for pytest."""


def cells(script: Path) -> list[dict[str, Any]]:
    """The docstring as text, then each paragraph of code as a cell."""
    text = script.read_text(encoding="utf-8")
    tree = ast.parse(text)
    told = (ast.get_docstring(tree) or "").split("\n\n")[0]
    first = tree.body[0]
    code = "\n".join(text.splitlines()[first.end_lineno or 0 :])
    # A notebook has no command line: files go beside it.
    code = code.replace('Path(sys.argv[1] if len(sys.argv) > 1 else ".")', 'Path(".")').replace("import sys\n", "")
    parts: list[str] = []
    for part in code.strip("\n").split("\n\n"):
        # A paragraph that is indented, or stands within a text, belongs to the one before.
        if parts and (part.startswith((" ", ")", "[[")) or parts[-1].count('"""') % 2):
            parts[-1] += "\n\n" + part
        else:
            parts.append(part.strip("\n"))
    return [
        {"cell_type": "markdown", "id": f"{script.stem}-0", "metadata": {}, "source": f"## {told}"},
        *(
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"{script.stem}-{at}",
                "metadata": {},
                "outputs": [],
                "source": part,
            }
            for at, part in enumerate(parts, start=1)
        ),
    ]


def notebook() -> str:
    """The notebook as JSON."""
    head = "# A tour of orgmodel\n\nThe scripts of this folder, one after the other. `tools/notebook.py` writes it."
    made = {
        "cells": [
            {"cell_type": "markdown", "id": "head", "metadata": {}, "source": head},
            *(cell for name in SCRIPTS for cell in cells(EXAMPLES / f"{name}.py")),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (EXAMPLES / "tour.ipynb").write_text(notebook(), encoding="utf-8")
