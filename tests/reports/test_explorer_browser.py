"""The explorer in a real browser: Debian's Chromium. Without one these tests are skipped, with a line that says so."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import HOSTILE, hostile
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

import orgmodel as om
from orgmodel.history.history import History
from orgmodel.reports.explorer.page import write_explorer
from orgmodel.reports.explorer.words import WORDS

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
READY = "html[data-ready=yes]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def file(reform: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer(reform, tmp_path_factory.mktemp("explorer") / "reform.html")


class Opened:
    """A page without a network that remembers what went wrong."""

    def __init__(self, browser: Browser, file: Path, link: str = "", size: tuple[int, int] = (1280, 800), **more: Any):
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, locale="en-GB", **more
        )
        self.tab: Tab = self.context.new_page()
        self.faults: list[str] = []
        self.tab.on("console", lambda message: self.faults.append(message.text))
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on(
            "request", lambda asked: self.faults.extend([asked.url] if not asked.url.startswith("file:") else [])
        )
        self.tab.goto(file.as_uri() + link)
        if more.get("java_script_enabled", True):
            self.tab.wait_for_selector(READY, state="attached")

    def __enter__(self) -> Tab:
        return self.tab

    def __exit__(self, *problem: object) -> None:
        self.context.close()
        if problem[0] is None:
            assert self.faults == []


def rows(tab: Tab) -> list[str]:
    return [text.strip() for text in tab.locator("#tree .row .name").all_inner_texts()]


def test_the_first_screen(browser: Browser, file: Path, reform: History) -> None:
    structure = reform.at(reform.last_day)
    with Opened(browser, file) as tab:
        shown = rows(tab)
        names = [structure.called(unit) for unit in (structure.root(), *structure.children(structure.root()))]
        assert shown == names[: len(shown)]
        assert len(shown) > 15
        assert "3,321 commune" in tab.inner_text(".counts")


def test_the_slider_goes_from_day_to_day(browser: Browser, file: Path, reform: History) -> None:
    with Opened(browser, file, "#day=2025-07-01") as tab:
        assert "34 province (was 63)" in tab.inner_text(".counts")
        tab.locator("#slider").press("ArrowLeft")
        assert "63 province" in tab.inner_text(".counts")
        assert "#day=2025-03-01" in tab.url
        # What was first recorded on a day is not told as a change.
        assert "was" not in tab.inner_text(".counts")
        tab.fill("#day", "30/02/2025")
        tab.press("#day", "Enter")
        assert "is no day" in tab.inner_text(".counts")
        tab.fill("#day", "30/06/2025")
        tab.press("#day", "Enter")
        assert "10,035 commune" in tab.inner_text(".counts")
        assert "#day=2025-06-30" in tab.url
        tab.fill("#day", "2019-01-01")
        tab.press("#day", "Enter")
        assert "Not recorded before 2024-01-01" in tab.inner_text(".counts")
        assert rows(tab) == []


def test_what_a_link_names_and_the_page_has_not_is_said(browser: Browser, file: Path) -> None:
    """It is passed over, so what is shown is not what was asked for."""
    with Opened(browser, file, "#day=2025-13-01&unit=nobody") as tab:
        assert {"nobody", "2025-13-01"} <= set(re.findall(r"“(.+?)”", tab.text_content(".problem") or ""))
    with Opened(browser, file, "#day=2025-07-01&unit=vn-p-08-2025") as tab:
        assert not tab.query_selector(".problem")


def test_search_needs_no_marks_and_enter_asks_the_library(browser: Browser, file: Path, reform: History) -> None:
    with Opened(browser, file, "#day=2026-01-01") as tab:
        tab.fill("#search", "bac nin")
        assert "Bắc Ninh" in tab.locator("#found li").first.inner_text()
        tab.fill("#search", "24")
        tab.press("#search", "Enter")
        assert "unit=vn-p-24-2025" in tab.url
        assert "Bắc Ninh" in tab.inner_text("h2")
        tab.fill("#search", "Ban Tổ chức Tỉnh ủy Bắc Ninh")
        tab.press("#search", "Enter")
        assert "unit=vn-p-24-2025-btc" in tab.url
        names = Counter(unit.name for unit in reform.at("2026-01-01").units())
        name, several = names.most_common(1)[0]
        tab.fill("#search", str(name))
        tab.press("#search", "Enter")
        assert several > 1
        assert f"{several} units are called so" in tab.inner_text(".counts")
        tab.fill("#search", "no such place")
        tab.press("#search", "Enter")
        assert "No unit is called" in tab.inner_text(".counts")


def test_who_became_whom(browser: Browser, file: Path, reform: History) -> None:
    with Opened(browser, file, "#day=2026-01-01&unit=vn-p-24") as tab:
        assert "It ended on 2025-07-01. Now: Bắc Ninh" in tab.inner_text(".notice")
        assert tab.locator(".flow .old .end").all_inner_texts() == ["Bắc Giang", "Bắc Ninh"]
        assert tab.locator(".flow .self").inner_text() == "Bắc Giang"
        assert "202/2025/QH15" in tab.locator(".became .source").inner_text()
        tab.get_by_role("button", name="Show 2025-06-30").click()
        assert tab.locator(".notice").count() == 0
        assert "#day=2025-06-30" in tab.url
    # Every succession of a divided unit, with its parts.
    part = next(link for link in reform.lineage.links() if link.extent == "part")
    with Opened(browser, file, f"#day=2025-06-30&unit={part.old}") as tab:
        assert tab.locator(".flow path.part").count() >= 2


def test_clusters_before_and_after(browser: Browser, file: Path, reform: History) -> None:
    changes = reform.cluster_changes("2025-06-30", "2025-07-01")
    with Opened(browser, file, "#day=2025-07-01&view=clusters") as tab:
        titles = tab.locator(".change h2").all_inner_texts()
        assert titles == [f"{change.name}: {change.size_before} → {change.size_after} members" for change in changes]
        merged = sum(len(change.of("merged within")) for change in changes)
        assert tab.locator("tr.moved", has_text="merged within").count() == merged
        # What happened is told before what did not.
        assert "merged within" in tab.locator(".change tbody tr").first.inner_text()


def test_the_tree_by_keyboard(browser: Browser, file: Path) -> None:
    with Opened(browser, file, "#day=2026-01-01") as tab:
        tree = tab.locator("#tree")
        tree.focus()
        for key in ("Home", "ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
            tree.press(key)
        assert tab.locator("#tree .row.here").get_attribute("aria-level") == "3"
        tree.press("End")
        active = tree.get_attribute("aria-activedescendant")
        assert tab.locator(f"#{active}").count() == 1
        tree.press("Home")
        tree.press("ArrowLeft")
        assert len(rows(tab)) == 1


@pytest.mark.parametrize("size", [(1280, 800), (390, 800)])
@pytest.mark.parametrize("view", ["", "&view=clusters", "&view=acts", "&unit=vn-p-24-2025", "&unit=vn-p-24"])
def test_nothing_is_wider_than_the_screen(browser: Browser, file: Path, size: tuple[int, int], view: str) -> None:
    # Vietnamese words are the longer ones.
    with Opened(browser, file, f"#day=2025-07-01&lang=vi{view}", size) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert tab.evaluate("document.documentElement.lang") == "vi"


def test_a_phone_shows_the_list_or_the_unit(browser: Browser, file: Path) -> None:
    with Opened(browser, file, "#day=2025-07-01", (390, 800)) as tab:
        assert tab.locator("#tree").is_visible()
        assert not tab.locator(".pane").is_visible()
        tab.locator("#tree .row").nth(3).click()
        assert tab.locator(".pane").is_visible()
        assert not tab.locator("#tree").is_visible()
        tab.locator(".back").click()
        assert tab.locator("#tree").is_visible()


def test_both_languages(browser: Browser, file: Path) -> None:
    with Opened(browser, file, "#day=2025-07-01&lang=vi") as tab:
        assert "3.321 xã, phường, thị trấn, đặc khu" in tab.inner_text(".counts")
        assert "01/07/2025" in tab.inner_text(".counts")
        titles = [tab.title()]
        tab.locator(".lang").click()
        titles.append(tab.title())
        assert titles == [WORDS["heading"][vi] for vi in (True, False)]
        assert "3,321 commune" in tab.inner_text(".counts")
        assert "lang=en" in tab.url


def test_without_scripts_there_is_a_plain_tree(browser: Browser, file: Path, reform: History) -> None:
    with Opened(browser, file, java_script_enabled=False) as tab:
        assert tab.locator("noscript li").count() == len(reform.at(reform.last_day))


def test_hostile_names_do_nothing(browser: Browser, tmp_path: Path) -> None:
    made = write_explorer(hostile(), tmp_path / "hostile.html", title=HOSTILE[0])
    with Opened(browser, made, "#unit=h1") as tab:
        assert tab.title() == HOSTILE[0]
        assert tab.inner_text("h1") == HOSTILE[0]
        names = rows(tab)
        assert [" ".join(name.split()) for name in HOSTILE] == [" ".join(name.split()) for name in names]
        tab.locator(".source summary").first.click()
        assert HOSTILE[1] in tab.locator(".source dl").first.inner_text()
        assert tab.locator("img").count() == 0


def test_a_figure_is_a_number_and_a_colour(browser: Browser, tmp_path: Path) -> None:
    rows = [
        {"id": "vn", "name": "All", "kind": "centre"},
        {"id": "a", "name": "A", "parent": "vn", "kind": "province", "members": 1200},
        {"id": "b", "name": "B", "parent": "vn", "kind": "province"},
        {"id": "c", "name": "C", "parent": "vn", "kind": "province", "members": 0},
    ]
    history = om.history_of(rows, day="2024-01-01", source=om.Source("a count"), measures=[om.Measure("members")])
    made = write_explorer(history, tmp_path / "figure.html", figure="members")
    with Opened(browser, made, "#unit=vn") as tab:
        assert [text.strip() for text in tab.locator(".badge").all_inner_texts()] == ["1200 or more", "1,200", "?", "0"]
        assert "1200 or more (1 unit states nothing)" in tab.inner_text("article")
        tab.locator(".lang").click()
        assert "ít nhất 1.200 (1 đơn vị chưa nêu)" in tab.inner_text("article")


def test_many_days_share_bars(browser: Browser, tmp_path: Path) -> None:
    history = om.history_of([{"id": "vn", "name": "n0"}], day="2000-01-01", source=om.Source("a register"))
    acts = [
        om.Act(f"a{year}", f"{year}-01-01", [om.Change("vn", "name", f"n{year}")], om.Source(f"{year}"))
        for year in range(2001, 2101)
    ]
    made = write_explorer(history.enact(*acts), tmp_path / "many.html")
    with Opened(browser, made) as tab:
        assert tab.locator(".bar").count() <= 40
        tab.locator("#slider").press("Home")
        assert "n0" in rows(tab)


def test_it_is_small(file: Path) -> None:
    """How quick it is, ``bench`` measures."""
    assert file.stat().st_size <= 1_000_000
