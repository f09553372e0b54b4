"""Takes docs/_static/explorer.png, the picture of the explorer in the README, from the data in the package.

Run it in an environment with the package, playwright and a Chromium: python tools/explorer_picture.py
It needs no network. The picture has 1,200 x 800 points and stays under 200 KB, so that the README loads at once.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from orgmodel.party import vietnam
from orgmodel.reports.explorer.page import write_explorer

OUT = Path(__file__).parents[1] / "docs" / "_static" / "explorer.png"
MOST = 200_000
DAY, UNIT = "2025-07-01", "vn-p-24-2025"


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("there is no chromium on this machine", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        page = write_explorer(vietnam.reform_2025(), Path(folder, "explorer.html"))
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 800})
        tab.goto(f"{page.as_uri()}#day={DAY}&unit={UNIT}&lang=en")
        tab.wait_for_selector("[role=treeitem]")
        tab.wait_for_timeout(500)
        taken = tab.screenshot()
        browser.close()
    if len(taken) > MOST:
        print(f"the picture has {len(taken):,} bytes, more than {MOST:,}", file=sys.stderr)
        return 1
    OUT.write_bytes(taken)
    print(f"wrote {OUT}: {len(taken):,} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
