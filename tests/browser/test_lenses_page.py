"""What a real browser makes of the lens gallery: stretches, grades by key, hostile names, paper."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_lenses import example_run
from gallery_sky import search

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.panels import RunView
from sciml.lenses.gallery import gallery_page
from sciml.lenses.panels import PANELS, SUBJECT
from tests.browser import pages as opening

pytestmark = pytest.mark.browser
browser = opening.browser
NAMES = ("report", "data", "gallery")
HOSTILE = '"><img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("lenses"))


@pytest.fixture(scope="module")
def pages(view: RunView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    contents = {
        "report": report_page(view, SUBJECT, PANELS["report"]),
        "data": data_page(view, SUBJECT, PANELS["data"]),
        "gallery": gallery_page("field-1", *search(60)),
    }
    written = {name: folder / f"{name}.html" for name in contents}
    for name, content in contents.items():
        written[name].write_text(content, encoding="utf-8")
    return written


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    with opening.Opened(browser, pages[name]) as opened:
        if name != "data":
            opened.viewer()
        for button in opened.page.locator("button.explore").all():
            button.click()
        opened.page.wait_for_timeout(300)
        opening.asks_for_nothing_else(opened, pages[name])


def test_the_pictures_are_drawn_and_change_with_every_stretch(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = opened.viewer()
        seen = [opened.picture()]
        assert seen[0].std() > 10
        for control in ("Linear", "Residual", "Colour"):
            view.get_by_role("button", name=control, exact=True).click()
            seen.append(opened.picture())
            assert seen[-1].std() > 4, control
            assert (seen[-1] != seen[-2]).any(), control
        assert (seen[-1] == seen[0]).all()


def test_keys_choose_the_stretch_and_the_object(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["gallery"]) as opened:
        view = opened.viewer()
        view.locator(".gallery button").first.focus()
        for key, name in (("1", "Linear"), ("3", "Residual"), ("2", "Colour")):
            opened.page.keyboard.press(key)
            assert view.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed") == "true"
        title = view.locator(".gallery-one h4")
        # every third object is one with an arc and stands before the others
        assert title.inner_text() == "g0"
        opened.page.keyboard.press("ArrowRight")
        assert title.inner_text() == "g3"
        # eight tiles in a row
        opened.page.keyboard.press("ArrowDown")
        assert title.inner_text() == "g27"
        opened.page.keyboard.press("ArrowUp")
        opened.page.keyboard.press("ArrowLeft")
        assert title.inner_text() == "g0"
        opened.page.keyboard.press("n")
        assert "25–48 of 59" in view.inner_text()
        opened.page.keyboard.press("?")
        assert "no lens" in view.locator(".view-help").inner_text()


def test_grades_by_key_are_saved_as_they_were_given(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["gallery"], accept_downloads=True) as opened:
        view = opened.viewer()
        save = view.get_by_role("button", name="Save grades (CSV)")
        assert save.is_disabled()
        view.locator(".gallery button").first.focus()
        for key in "abcx":
            opened.page.keyboard.press(key)
        # each grade moved on to the next object; the same grade again takes it back
        opened.page.keyboard.press("ArrowLeft")
        opened.page.keyboard.press("x")
        opened.page.keyboard.press("1")
        opened.page.keyboard.press("c")
        assert "4 of 59 graded" in view.inner_text()
        opened.page.reload()
        view = opened.viewer()
        assert "4 of 59 graded" in view.inner_text()
        with opened.page.expect_download() as download:
            view.get_by_role("button", name="Save grades (CSV)").click()
        with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        given = [(row["id"], row["grade"], row["stretch"]) for row in rows]
        assert given == [
            ("g0", "A", "colour"),
            ("g3", "B", "colour"),
            ("g6", "C", "colour"),
            ("g9", "C", "linear"),
        ]
        assert float(rows[1]["ra"]) == pytest.approx(150.0 - 90 * 0.2 / 3600, abs=1e-6)


def test_scores_are_hidden_from_a_grader_until_asked_for(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["gallery"]) as opened:
        view = opened.viewer()
        assert "3.00" not in view.locator(".gallery").inner_text()
        assert "Score" not in view.locator(".gallery-one dl").inner_text()
        view.get_by_role("button", name="Scores", exact=True).click()
        assert view.locator(".gallery").inner_text().startswith("3.00")
        assert "Rank\n1" in view.locator(".gallery-one dl").inner_text()


def test_tabs_and_order_choose_what_is_shown(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = opened.viewer()
        assert view.locator(".view-tabs [aria-pressed=true]").inner_text() == "All (72)"
        view.locator(".view-tabs button[data-kind='lens missed']").click()
        view.locator("select").select_option("score")
        # the lens that the model gives its lowest score
        assert view.locator(".gallery").inner_text().startswith("-6.00")
        assert "lens missed" in view.locator(".gallery-one").inner_text()


def test_every_control_is_reached_by_keyboard_and_its_focus_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        opening.every_control_is_reached(opened, opened.viewer())


def test_a_canvas_says_in_words_what_it_shows(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        for canvas in opened.viewer().locator("canvas").all():
            assert canvas.get_attribute("role") == "img"
            assert "score" in canvas.get_attribute("aria-label")


def test_without_programs_and_on_paper_still_pictures_stand_in_its_place(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], java_script_enabled=False) as opened:
        assert opened.page.locator("#cases .static svg:visible").count() == 4
        assert "needs JavaScript" in opened.page.locator("#cases").inner_text()
        assert opened.page.locator("button:visible").count() == 0
    with opening.Opened(browser, pages["report"]) as opened:
        opened.viewer()
        opened.page.emulate_media(media="print")
        assert opened.page.locator("#cases .static svg:visible").count() == 4
        assert opened.page.locator(".view:visible").count() == 0
        printed = opened.page.pdf(format="A4")
    assert len(printed) <= opening.MAX_PRINT_BYTES
    assert "Lensesmissed" in opening.without_blanks(opening.text_of_pdf(printed))


def test_hostile_names_do_nothing(browser: Any, tmp_path: Path) -> None:
    cutouts, table = search(6, tile=HOSTILE)
    table["id"] = [f"{HOSTILE}{place}" for place in range(6)]
    page = tmp_path / "page.html"
    page.write_text(gallery_page(HOSTILE, cutouts, table), encoding="utf-8")
    with opening.Opened(browser, page) as opened:
        view = opened.viewer()
        view.get_by_role("button", name="Scores", exact=True).click()
        assert HOSTILE in view.locator(".gallery-one").inner_text()
        assert opened.page.locator("img").count() == 0
        assert opened.page.title() == f"Lens candidates in {HOSTILE}"
        assert opened.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_scrolls_sideways_on_a_small_screen(browser: Any, pages: dict[str, Path], name: str) -> None:
    with opening.Opened(browser, pages[name], viewport={"width": 320, "height": 700}) as opened:
        if name != "data":
            opened.viewer()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_weight_nodes_and_heap_stay_within_their_limits(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    many = tmp_path / "many.html"
    many.write_text(gallery_page("field", *search(240)), encoding="utf-8")
    for page in (pages["report"], many):
        with opening.Opened(browser, page) as opened:
            opened.viewer()
            opening.stays_within_its_limits(opened, page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe = opening.axe_core()
    with opening.Opened(browser, pages[name], color_scheme=scheme, bypass_csp=True) as opened:
        if name != "data":
            opened.viewer()
        opening.axe_finds_nothing(opened, axe)


def test_the_arc_is_north_on_the_screen(browser: Any, pages: dict[str, Path]) -> None:
    """Rows of a FITS image run upwards: light towards larger y stands in the upper half of the canvas."""
    with opening.Opened(browser, pages["gallery"]) as opened:
        opened.viewer().get_by_role("button", name="Linear", exact=True).click()
        # the galaxy is the same on both sides; the arc covers a twentieth of a half and is up to 60 of 255 brighter
        upper, lower = np.array_split(opened.picture().astype(float), 2)
        assert upper.mean() > lower.mean() + 1.5
