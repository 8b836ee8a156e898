"""What a real browser makes of the pages: from a file, offline, by keyboard, without programs, on paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.front_page import front_page
from sciml.core.report.panels import RunView
from sciml.variants.panels import PANELS, SUBJECT
from tests.browser import pages as opening
from tests.browser.pages import Opened, text_of_pdf, without_blanks
from tests.example_run import CONTIG, SNP, another, example_run

pytestmark = pytest.mark.browser
browser = opening.browser
NAMES = ("report", "data", "index")


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def pages(view: RunView) -> dict[str, Path]:
    """The three pages of the example run, where a run would leave them."""
    assert view.benchmarks is not None
    assert view.model is not None
    folder = view.model.parent
    (folder / "source").mkdir()
    written = {"report": folder / "report.html", "data": folder / "data.html", "index": folder.parent / "index.html"}
    written["report"].write_text(report_page(view, SUBJECT, PANELS["report"]), encoding="utf-8")
    written["data"].write_text(data_page(view, SUBJECT, PANELS["data"]), encoding="utf-8")
    top = view.benchmarks.parent.parent.parent
    front = front_page(view.run, folder.parent, ["variants"], top / "logs", view.benchmarks.parent, {}, ["snakemake"])
    written["index"].write_text(front, encoding="utf-8")
    return written


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    with Opened(browser, pages[name]) as opened:
        if name != "index":
            opened.viewer()
        for button in opened.page.locator("button.explore").all():
            button.click()
        opened.page.wait_for_timeout(200)
        opening.asks_for_nothing_else(opened, pages[name])


def test_the_pileup_is_drawn_and_changes_with_every_control(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        view = opened.viewer()
        before = opened.picture()
        assert before.std() > 10
        for control in ("Closer", "Fade by base quality", "Next", "False positives"):
            view.get_by_role("button", name=control).first.click()
            after = opened.picture()
            assert after.std() > 10, control
            assert len(after) != len(before) or (after != before).any(), control
            before = after


def test_the_pileup_says_what_a_base_is(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    """The read-out under the pointer names the base that the BAM holds, in the column of the SNP."""
    with Opened(browser, pages["report"]) as opened:
        viewer = opened.viewer()
        viewer.get_by_role("button", name=f"chr1:{SNP + 1:,}").first.click()
        box = viewer.locator("canvas").first.bounding_box()
        # 101 columns right of a gutter of 26 pixels, the site in the middle; the first read is 82 pixels down
        column = 26 + (box["width"] - 28) * 50.5 / 101
        opened.page.mouse.move(box["x"] + column, box["y"] + 89)
        said = viewer.locator(".view-stage > output").inner_text()
        assert f"chr1:{SNP + 1:,}, reference {CONTIG[SNP]}: base {another(CONTIG[SNP])}, quality" in said


def test_every_control_of_the_pileup_is_reached_and_used_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        opening.every_control_is_reached(opened, opened.viewer())


def test_keys_step_zoom_and_tell_themselves(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        view = opened.viewer()
        canvas = view.locator("canvas").first
        canvas.focus()
        first = view.locator("h4").inner_text()
        opened.page.keyboard.press("j")
        assert view.locator("h4").inner_text() != first
        opened.page.keyboard.press("k")
        assert view.locator("h4").inner_text() == first
        assert view.locator(".view-help").is_hidden()
        opened.page.keyboard.press("?")
        assert "next call" in view.locator(".view-help").inner_text()
        before = opened.picture()
        opened.page.keyboard.press("+")
        assert (opened.picture() != before).any()
        opened.page.keyboard.press("0")
        assert (opened.picture() == before).all()


def test_random_true_calls_are_shown_first(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        pressed = opened.viewer().locator(".view-tabs [aria-pressed=true]")
        assert pressed.inner_text() == "Random true calls (3)"


def test_a_canvas_says_in_words_what_it_shows(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        view = opened.viewer()
        for canvas in view.locator("canvas").all():
            assert canvas.get_attribute("role") == "img"
            assert len(canvas.get_attribute("aria-label")) > 20


def test_a_table_is_saved_as_the_csv_that_the_page_was_made_with(
    browser: Any, pages: dict[str, Path], view: RunView
) -> None:
    with Opened(browser, pages["report"], accept_downloads=True) as opened:
        with opened.page.expect_download() as download:
            opened.page.locator("button[data-name='scores_all.csv']").click()
        lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
        assert view.scores is not None
        row = next(
            row
            for row in view.scores["table"]
            if (row["method"], row["stratum"], row["metric"]) == ("shipped", "all", "f1")
        )
        assert lines[0].startswith("Method,Kind,F1,low,high")
        assert lines[1].split(",")[2] == str(row["value"])


def test_a_sorted_table_is_in_order(browser: Any, pages: dict[str, Path]) -> None:
    with Opened(browser, pages["report"]) as opened:
        table = opened.page.locator("#errors table").first
        heading = table.locator("thead th").nth(1)
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == "ascending"
        values = [int(cell) for cell in table.locator("tbody td:nth-child(2)").all_inner_texts()]
        assert values == sorted(values)


@pytest.mark.parametrize("name", NAMES)
def test_without_programs_everything_is_there_but_the_interaction(
    browser: Any, pages: dict[str, Path], view: RunView, name: str
) -> None:
    with Opened(browser, pages[name], java_script_enabled=False) as opened:
        assert opened.page.locator("h1").count() == 1
        assert opened.page.locator("button:visible").count() == 0
        assert opened.page.locator("svg:visible, img:visible").count() >= 1
        if name == "report":
            assert view.scores is not None
            assert opened.page.locator(".verdict").inner_text() == view.scores["verdict"]
            assert opened.page.locator("#cases .static svg:visible").count() == 3
            assert "needs JavaScript" in opened.page.locator("#cases").inner_text()
            assert opened.page.locator("#scores table").first.is_visible()


def test_weight_nodes_and_heap_stay_within_their_limits(browser: Any, pages: dict[str, Path]) -> None:
    assert pages["index"].stat().st_size <= opening.MAX_INDEX_BYTES
    for name in ("report", "data"):
        with Opened(browser, pages[name]) as opened:
            opened.viewer()
            opening.stays_within_its_limits(opened, pages[name])


def test_the_answer_can_be_searched_for_on_paper(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with Opened(browser, pages["report"]) as opened:
        opened.page.wait_for_timeout(200)
        printed = opened.page.pdf(format="A4")
    assert len(printed) <= opening.MAX_PRINT_BYTES
    # at least a page a section
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 9
    assert view.scores is not None
    assert without_blanks(view.scores["verdict"]) in without_blanks(text_of_pdf(printed))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_scrolls_sideways_on_a_small_screen(browser: Any, pages: dict[str, Path], name: str) -> None:
    with Opened(browser, pages[name], viewport={"width": 320, "height": 700}) as opened:
        if name != "index":
            opened.viewer()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_hostile_name_does_nothing(browser: Any, tmp_path: Path) -> None:
    hostile = '<img src=x onerror="document.title=1">'
    view = example_run(tmp_path, sample=hostile)
    page = tmp_path / "page.html"
    page.write_text(report_page(view, SUBJECT, PANELS["report"]), encoding="utf-8")
    with Opened(browser, page) as opened:
        opened.viewer()
        assert hostile in opened.page.locator("#data").inner_text()
        assert opened.page.locator("img").count() == 0
        assert "Germline" in opened.page.title()
        assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe = opening.axe_core()
    with Opened(browser, pages[name], color_scheme=scheme, bypass_csp=True) as opened:
        if name != "index":
            opened.viewer()
        opening.axe_finds_nothing(opened, axe)
