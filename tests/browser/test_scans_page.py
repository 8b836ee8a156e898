"""What a real browser makes of the scan viewer: window, heatmap, operating point, and no name of a person anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from example_scans import SECRET, THRESHOLDS, example_run

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.panels import RunView
from sciml.core.report.score_tables import estimate
from sciml.scans.panels import PANELS, SUBJECT
from tests.browser import pages as opening

pytestmark = pytest.mark.browser
browser = opening.browser
NAMES = ("report", "data")
HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("scans"), gradable=False)


@pytest.fixture(scope="module")
def pages(view: RunView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    made = {"report": report_page, "data": data_page}
    written = {name: folder / f"{name}.html" for name in made}
    for name, make in made.items():
        written[name].write_text(make(view, SUBJECT, PANELS[name]), encoding="utf-8")  # type: ignore[index]
    return written


def loaded(opened: Any) -> Any:
    """The scan viewer once its first image is decoded."""
    return opened.viewer()


def operating(opened: Any) -> Any:
    """The second viewer of the report."""
    place = opened.page.locator("[data-viewer=operating]")
    place.scroll_into_view_if_needed()
    opened.page.wait_for_selector(".operating-view canvas[aria-label]")
    return opened.page.locator(".operating-view")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    with opening.Opened(browser, pages[name]) as opened:
        if name != "data":
            loaded(opened)
            operating(opened)
        opened.page.wait_for_timeout(300)
        opening.asks_for_nothing_else(opened, pages[name])


def test_the_image_is_drawn_and_changes_with_every_control(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = loaded(opened)
        before = opened.picture()
        assert before.std() > 10
        for place in range(3):
            field = view.locator(".scan-ranges input").nth(place)
            field.focus()
            for _ in range(6):
                opened.page.keyboard.press("PageUp")
            after = opened.picture()
            assert after.std() > 4, place
            assert (after != before).any(), place
            before = after
        view.get_by_role("button", name="Invert").click()
        assert (opened.picture() != before).any()


def test_the_heatmap_is_off_at_first_and_carries_its_warning(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = loaded(opened)
        heat = view.locator(".scan-ranges input").nth(2)
        assert heat.input_value() == "0"
        assert "not where disease is" in view.locator(".scan-warning").inner_text()
        plain, canvas = opened.picture(), view.locator("canvas").first
        assert "heatmap" not in canvas.get_attribute("aria-label")
        canvas.focus()
        opened.page.keyboard.press("h")
        hot = opened.picture()
        assert (hot != plain).any()
        assert "With the heatmap of" in canvas.get_attribute("aria-label")
        opened.page.keyboard.press("f")
        assert (opened.picture() != hot).any()
        opened.page.keyboard.press("h")
        assert (opened.picture() == plain).all()


def test_keys_step_invert_and_reset(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = loaded(opened)
        canvas, title = view.locator("canvas").first, view.locator("h4")
        canvas.focus()
        first, plain = title.inner_text(), opened.picture()
        opened.page.keyboard.press("i")
        inverted = opened.picture()
        # of a byte: what was dark is bright
        assert (abs(inverted.astype(int) - (255 - plain.astype(int))) <= 1).all()
        opened.page.keyboard.press("ArrowRight")
        assert view.locator(".scan-ranges input").first.input_value() == "263"
        opened.page.keyboard.press("0")
        assert (opened.picture() == plain).all()
        opened.page.keyboard.press("j")
        assert title.inner_text() != first
        opened.page.keyboard.press("k")
        assert title.inner_text() == first
        opened.page.keyboard.press("?")
        assert "window and level" in view.locator(".view-help").inner_text()


def test_dragging_over_the_image_changes_window_and_level(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = loaded(opened)
        box = view.locator("canvas").first.bounding_box()
        opened.page.mouse.move(box["x"] + 100, box["y"] + 100)
        opened.page.mouse.down()
        opened.page.mouse.move(box["x"] + 140, box["y"] + 80)
        opened.page.mouse.up()
        values = [view.locator(".scan-ranges input").nth(place).input_value() for place in range(2)]
        # 40 pixels to the right widen the window by 40; 20 upwards lower the level by 10
        assert values == ["295", "117"]


def test_the_named_threshold_shows_the_sensitivity_of_the_scores(
    browser: Any, pages: dict[str, Path], view: RunView
) -> None:
    assert view.scores is not None
    with opening.Opened(browser, pages["report"]) as opened:
        shown = operating(opened)
        for finding, threshold in THRESHOLDS.items():
            shown.get_by_role("button", name=finding.replace("_", " "), exact=True).click()
            assert f"{100 * threshold:.3g} %" in shown.get_by_role("button", name="The model's threshold").inner_text()
            told = shown.locator(".operating-result").inner_text()
            for metric in ("sensitivity", "specificity"):
                found = estimate(view.scores, "trained", finding, metric)
                assert found is not None
                assert re.search(rf"{metric.capitalize()}\n{found[0].value:.3f} ", told), (finding, metric, told)


def test_the_slider_and_the_prevalence_move_the_numbers(browser: Any, pages: dict[str, Path]) -> None:
    """PPV by Bayes' rule from the sensitivity and specificity that the page itself prints."""
    with opening.Opened(browser, pages["report"]) as opened:
        shown = operating(opened)
        result, slider = shown.locator(".operating-result"), shown.locator("input[type=range]")
        before = result.inner_text()
        slider.focus()
        opened.page.keyboard.press("End")
        assert "nobody is called" in result.inner_text()
        opened.page.keyboard.press("Home")
        # from a probability of nearly 0 on everybody is called: PPV is the prevalence
        assert "10.0 %" in result.inner_text()
        assert "all are called" in result.inner_text()
        shown.locator("input[type=number]").fill("2")
        assert "2.0 %" in result.inner_text()
        shown.get_by_role("button", name="The model's threshold").click()
        told = result.inner_text()
        assert told != before
        sensitivity, specificity = (
            float(re.search(rf"{name}\n([\d.]+)", told).group(1))  # type: ignore[union-attr]
            for name in ("Sensitivity", "Specificity")
        )
        expected = 100 * 0.02 * sensitivity / (0.02 * sensitivity + 0.98 * (1 - specificity))
        assert float(re.search(r"have it\n([\d.]+) %", told).group(1)) == pytest.approx(expected, abs=0.2)  # type: ignore[union-attr]


@pytest.mark.parametrize("which", ["scan", "operating"])
def test_every_control_is_reached_by_keyboard_and_its_focus_is_seen(
    browser: Any, pages: dict[str, Path], which: str
) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        opening.every_control_is_reached(opened, loaded(opened) if which == "scan" else operating(opened))


def test_without_programs_and_on_paper_still_pictures_stand_in_its_place(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], java_script_enabled=False) as opened:
        assert opened.page.locator("#cases .static svg:visible").count() == 1
        assert opened.page.locator("#curves table:visible").count() >= 1
        assert opened.page.locator("button:visible").count() == 0
    with opening.Opened(browser, pages["report"]) as opened:
        loaded(opened)
        opened.page.emulate_media(media="print")
        assert opened.page.locator("#cases .static svg:visible").count() == 1
        assert opened.page.locator(".view:visible").count() == 0
        printed = opened.page.pdf(format="A4")
    assert len(printed) <= opening.MAX_PRINT_BYTES
    assert "Rightlynotcalled" in opening.without_blanks(opening.text_of_pdf(printed))


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_person_or_a_file(browser: Any, pages: dict[str, Path], name: str) -> None:
    """In the file, and in what the browser unpacks from it."""
    assert SECRET not in pages[name].read_text(encoding="utf-8")
    unpack = """async () => {
        const found = [];
        for (const block of document.querySelectorAll('script[type="application/x-sciml-block"]')) {
            const bytes = Uint8Array.from(atob(block.textContent.trim()), (letter) => letter.charCodeAt(0));
            if (block.dataset.encoding !== 'gzip') { found.push(new TextDecoder('latin1').decode(bytes)); continue; }
            const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
            found.push(new TextDecoder('latin1').decode(await new Response(stream).arrayBuffer()));
        }
        return found.join('');
    }"""
    with opening.Opened(browser, pages[name]) as opened:
        inside = opened.page.evaluate(unpack)
        assert "eye-" in inside
        assert SECRET not in inside


def test_a_hostile_site_does_nothing(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(report_page(example_run(tmp_path / "run", site=HOSTILE), SUBJECT, PANELS["report"]))
    with opening.Opened(browser, page) as opened:
        view = loaded(opened)
        view.locator(".view-list button").last.click()
        assert HOSTILE in opened.page.locator("#errors").inner_text()
        assert opened.page.locator("img").count() == 0
        assert "Medical scans" in opened.page.title()
        assert opened.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_scrolls_sideways_on_a_small_screen(browser: Any, pages: dict[str, Path], name: str) -> None:
    with opening.Opened(browser, pages[name], viewport={"width": 320, "height": 700}) as opened:
        if name != "data":
            loaded(opened)
            operating(opened)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_weight_nodes_and_heap_stay_within_their_limits(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        loaded(opened)
        operating(opened)
        opening.stays_within_its_limits(opened, pages["report"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe = opening.axe_core()
    with opening.Opened(browser, pages[name], color_scheme=scheme, bypass_csp=True) as opened:
        if name != "data":
            loaded(opened)
            operating(opened)
        opening.axe_finds_nothing(opened, axe)
