"""How fast the explorer's page is in a browser, at desktop size and as on a phone.

    python -m bench.explorer            # the embedded reform
    python -m bench.explorer --times 10 # ten copies of it below one root

Needs Chromium. Times are to the next frame, median and worst; a phone is a screen of 390 pixels and a processor four
times slower.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from attrs import evolve

from orgmodel.history.history import History, history_of
from orgmodel.party import vietnam
from orgmodel.reports.explorer.page import write_explorer

FRAME = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
MEASURED = {
    "a step of the slider": """const slider = document.getElementById('slider');
        for (const at of [0, 1, 2, 3, 4, 3, 2, 1, 2, 3, 2, 3]) timed(() => { slider.value = at; slider.dispatchEvent(new Event('input')); });""",
    "a key in the search": """const search = document.getElementById('search');
        for (const text of ['b', 'ba', 'bac', 'bac n', 't', 'ta', '']) timed(() => { search.value = text; search.dispatchEvent(new Event('input')); });""",
    "opening a unit's list": """for (const at of [3, 8, 12, 5]) { const rows = () => [...document.querySelectorAll('#tree .row .toggle')], toggle = () => rows()[Math.min(at, rows().length - 1)].click();
        timed(toggle); untimed(toggle); }""",
}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1, help="how many copies of the reform")
    times = parser.parse_args().times
    history = vietnam.reform_2025() if times == 1 else copies(times)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        path = write_explorer(history, Path(folder) / "explorer.html")
        took = time.perf_counter() - began
        raw = path.read_bytes()
        print(f"{len(history.units_ever()):,} units: {len(raw) / 1e6:.2f} MB, {len(gzip.compress(raw)) / 1e6:.2f} MB")
        print(f"compressed, written in {took:.1f} s")
        in_browser(path)


def in_browser(path: Path) -> None:
    """Opens the page as on a desk and as on a phone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, rate, width in (("desktop", 1, 1280), ("phone", 4, 390)):
            context = browser.new_context(viewport={"width": width, "height": 800})
            tab = context.new_page()
            context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": rate})
            tab.goto(path.as_uri())
            tab.wait_for_selector("html[data-ready=yes]", state="attached")
            print(f"{name:8} usable after {tab.evaluate('performance.now()'):.0f} ms")
            for what, script in MEASURED.items():
                told: list[float] = tab.evaluate(_script(script))
                print(f"{name:8} {what}: {statistics.median(told):.0f} ms, at most {max(told):.0f}")
            context.close()
        browser.close()


def _script(body: str) -> str:
    """Each step is one frame; the steps are collected first and then carried out one after the other."""
    return f"""async () => {{ const steps = [], times = [];
        const timed = (act) => steps.push([act, true]), untimed = (act) => steps.push([act, false]);
        {body}
        for (const [act, counts] of steps) {{ const began = performance.now(); act(); {FRAME} if (counts) times.push(performance.now() - began); }}
        return times; }}"""


def copies(times: int) -> History:
    """As many copies of the embedded reform below one root."""
    # Copies bear the same codes, and a centre stands under another.
    reform = vietnam.reform_2025()
    schema = evolve(reform.schema, placements=(), unique_codes=False)
    reform = History.from_log(reform.log, schema, reform.measures.values())
    top = [{"id": "all", "name": "All", "kind": "centre"}]
    history = history_of(top, day="2023-01-01", schema=schema, measures=reform.measures.values())
    for number in range(times):
        history = history.graft(reform, under="all", ids=f"{number}-")
    return history


if __name__ == "__main__":
    main()
