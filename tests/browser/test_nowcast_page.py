"""What a real browser makes of the rain viewer: read-outs, keys, motion, paper, small screens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_nowcast import example_forecast, example_run

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.panels import RunView, Viewer
from sciml.nowcast.animation import animation_page
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.cases import context_of
from sciml.nowcast.forecast_panel import forecasts_panel
from sciml.nowcast.ingest import cases
from sciml.nowcast.panels import PANELS, SUBJECT
from sciml.nowcast.rain_scale import NO_DATA, RAIN
from tests.browser import pages as opening

pytestmark = pytest.mark.browser
browser = opening.browser
expect = opening.sync_api.expect
NAMES = ("report", "data", "forecast")
STILL = opening.STILL
# as radar.js lays the maps out, in pixels
LEFT, TOP, BETWEEN, TALLEST = 44, 22, 10, 560


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("nowcast"))


@pytest.fixture(scope="module")
def viewer(view: RunView) -> Viewer:
    (found,) = (item for item in forecasts_panel(view).items if isinstance(item, Viewer))
    return found


@pytest.fixture(scope="module")
def pages(view: RunView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    context = context_of(cases(view.settings, view.index)[0])  # type: ignore[arg-type]
    contents = {
        "report": report_page(view, SUBJECT, PANELS["report"]),
        "data": data_page(view, SUBJECT, PANELS["data"]),
        "forecast": animation_page(context, example_forecast("trained", context)),
    }
    written = {name: folder / f"{name}.html" for name in contents}
    for name, content in contents.items():
        written[name].write_text(content, encoding="utf-8")
    return written


def reading(opened: Any) -> str:
    return str(opened.page.locator(".view output.reading").inner_text())


def at_minutes(opened: Any, minutes: int) -> None:
    """Step from the issue time by keyboard."""
    opened.page.locator(".view canvas.map").focus()
    opened.page.keyboard.press("i")
    for _ in range(minutes // 5):
        opened.page.keyboard.press("ArrowRight")


def said(step: int) -> str:
    """What the read-out calls a step of the rain scale."""
    return "no data" if step == NO_DATA else f"{RAIN.label(step)} ({RAIN.word(step)})"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    with opening.Opened(browser, pages[name], **STILL) as opened:
        if name != "data":
            opened.viewer()
        for button in opened.page.locator("button.explore").all():
            button.click()
        opened.page.wait_for_timeout(600)
        opening.asks_for_nothing_else(opened, pages[name])


def test_at_thirty_minutes_the_read_out_is_what_the_file_holds(
    browser: Any, pages: dict[str, Path], view: RunView, viewer: Viewer
) -> None:
    """The cell under the cross, and one under the pointer, against the NetCDF of the forecast."""
    case = viewer.header["cases"][0]
    unit = case["title"].split(",")[0]
    assert view.predictions is not None
    (path,) = (view.predictions / "trained" / "1-of-1").glob(f"{unit}.*.nc")
    with open_forecast(path) as forecast:
        mean = RAIN.classes(forecast["rain_rate"].values.mean(axis=0))[5]
        member = RAIN.classes(forecast["rain_rate"].values[0])[5]
    observed = viewer.arrays["0_observed"][case["issue"] + 6]
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        opened.viewer()
        at_minutes(opened, 30)
        row, column = case["start"]
        text = reading(opened)
        assert "+30 min" in text
        assert f"Ensemble mean: {said(mean[row, column])}." in text
        assert f"Observed: {said(observed[row, column])}." in text
        known = np.argwhere((member != NO_DATA) & (member > 0) & (observed != NO_DATA))
        row, column = (int(value) for value in known[len(known) // 3])
        opened.page.get_by_role("button", name="Member 1").click()
        canvas = opened.page.locator(".view canvas.map")
        box = canvas.bounding_box()
        # one pixel of border on each side
        wide = min((box["width"] - 2 - LEFT - 2 - BETWEEN) / 2, TALLEST)
        size = wide / case["width"]
        opened.page.mouse.move(box["x"] + 1 + LEFT + (column + 0.5) * size, box["y"] + 1 + TOP + (row + 0.5) * size)
        assert f"Member 1: {said(member[row, column])}." in reading(opened)
        assert f"Observed: {said(observed[row, column])}." in reading(opened)


def test_a_missing_frame_is_said_to_be_missing(browser: Any, pages: dict[str, Path], viewer: Viewer) -> None:
    place = next(at for at, case in enumerate(viewer.header["cases"]) if case["title"].startswith("day-1"))
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        opened.viewer().locator(".view-tabs button").nth(place).click()
        at_minutes(opened, 25)
        assert "+25 min" in reading(opened)
        assert "Observed: no data." in reading(opened)


def test_the_maps_are_drawn_and_change_with_every_control(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        view = opened.viewer()
        before = opened.picture()
        assert before.std() > 10
        for control in ("Forward", "Member 1", "Chance of 1 mm/h", "Mean − observed", "Motion", "Closer", "Swipe"):
            view.get_by_role("button", name=control, exact=True).click()
            after = opened.picture()
            assert after.std() > 10, control
            assert len(after) != len(before) or (after != before).any(), control
            before = after


def test_keys_step_play_and_tell_themselves(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        view = opened.viewer()
        view.locator("canvas.map").focus()
        clock = view.locator(".clock")
        opened.page.keyboard.press("Home")
        assert clock.inner_text().startswith("−15 min")
        opened.page.keyboard.press("End")
        assert clock.inner_text().startswith("+90 min")
        opened.page.keyboard.press("ArrowLeft")
        assert clock.inner_text().startswith("+85 min")
        assert view.locator("input[aria-label=Time]").get_attribute("aria-valuetext") == clock.inner_text()
        opened.page.keyboard.press("Home")
        opened.page.keyboard.press(" ")
        assert view.locator("button.play").inner_text() == "Pause"
        expect(clock).not_to_have_text(re.compile("^−15"))
        opened.page.keyboard.press(" ")
        assert view.locator("button.play").inner_text() == "Play"
        stopped = clock.inner_text()
        opened.page.wait_for_timeout(600)
        assert clock.inner_text() == stopped
        assert view.locator(".view-help").is_hidden()
        opened.page.keyboard.press("?")
        assert "play or pause" in view.locator(".view-help").inner_text()


def test_the_cross_is_moved_by_keyboard_and_by_click(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        view = opened.viewer()
        canvas, heading = view.locator("canvas.map"), view.locator(".view-side h5").first
        canvas.focus()
        first = heading.inner_text()
        opened.page.keyboard.press("Shift+ArrowUp")
        moved = heading.inner_text()
        assert moved != first
        opened.page.keyboard.press("Shift+ArrowDown")
        assert heading.inner_text() == first
        canvas.click(position={"x": 200, "y": 200})
        assert heading.inner_text() not in (first, moved)
        numbers = view.locator(".view-numbers")
        numbers.locator("summary").click()
        # four context frames and eighteen leads
        expect(numbers.locator("tbody tr")).to_have_count(22)


def test_the_frames_run_by_themselves_unless_motion_is_unwanted(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["forecast"]) as opened:
        opened.viewer()
        assert opened.page.locator("button.play").inner_text() == "Pause"
        expect(opened.page.locator(".clock")).to_have_text(re.compile(r"^\+\d+ min"), timeout=20_000)
        assert opened.complaints == []
    with opening.Opened(browser, pages["forecast"], **STILL) as opened:
        opened.viewer()
        assert opened.page.locator("button.play").inner_text() == "Play"
        assert opened.page.locator(".clock").inner_text().startswith("+30 min")
        opened.page.wait_for_timeout(700)
        assert opened.page.locator(".clock").inner_text().startswith("+30 min")


def test_every_control_is_reached_by_keyboard_and_its_focus_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        opening.every_control_is_reached(opened, opened.viewer())


def test_a_canvas_says_in_words_what_it_shows(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        view = opened.viewer()
        for canvas in view.locator("canvas").all():
            assert canvas.get_attribute("role") == "img"
        label = view.locator("canvas.map").get_attribute("aria-label")
        assert re.search(r"Ensemble mean: \d+ percent of the known map has 1 mm/h or more", label)
        assert re.search(r"Observed: \d+ percent", label)


def test_without_programs_and_on_paper_still_pictures_stand_in_its_place(
    browser: Any, pages: dict[str, Path], viewer: Viewer
) -> None:
    count = len(viewer.header["cases"])
    with opening.Opened(browser, pages["report"], java_script_enabled=False) as opened:
        assert opened.page.locator("#cases .static svg:visible").count() == count
        assert "needs JavaScript" in opened.page.locator("#cases").inner_text()
        assert opened.page.locator("button:visible").count() == 0
    with opening.Opened(browser, pages["report"], **STILL) as opened:
        opened.viewer()
        opened.page.emulate_media(media="print")
        assert opened.page.locator("#cases .static svg:visible").count() == count
        assert opened.page.locator(".view:visible").count() == 0
        printed = opened.page.pdf(format="A4")
    assert len(printed) <= opening.MAX_PRINT_BYTES
    text = opening.without_blanks(opening.text_of_pdf(printed))
    for lead in ("+10min", "+30min", "+60min", "+90min", "smoothbyconstruction"):
        assert lead in text


@pytest.mark.parametrize("name", NAMES)
def test_nothing_scrolls_sideways_on_a_small_screen(browser: Any, pages: dict[str, Path], name: str) -> None:
    with opening.Opened(browser, pages[name], viewport={"width": 320, "height": 700}, **STILL) as opened:
        if name != "data":
            opened.viewer()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_weight_nodes_and_heap_stay_within_their_limits(browser: Any, pages: dict[str, Path]) -> None:
    for name in ("report", "forecast"):
        with opening.Opened(browser, pages[name], **STILL) as opened:
            opened.viewer()
            opening.stays_within_its_limits(opened, pages[name])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe = opening.axe_core()
    with opening.Opened(browser, pages[name], color_scheme=scheme, bypass_csp=True, **STILL) as opened:
        if name != "data":
            opened.viewer()
            opened.page.locator(".view-numbers summary").click()
        opening.axe_finds_nothing(opened, axe)
