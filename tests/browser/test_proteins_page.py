"""What a real browser makes of folds and maps of contacts: linked both ways, with the distances that Python finds."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_families import UNRESOLVED, example_run, truth
from PIL import Image

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.panels import RunView
from sciml.proteins.family_views import answer_of
from sciml.proteins.panels import PANELS, SUBJECT
from sciml.proteins.similarity import distances
from tests.browser import pages as opening

pytestmark = pytest.mark.browser
browser = opening.browser
NAMES = ("report", "data")
HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("proteins"))


@pytest.fixture(scope="module")
def pages(view: RunView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    made = {"report": report_page, "data": data_page}
    written = {name: folder / f"{name}.html" for name in made}
    for name, make in made.items():
        written[name].write_text(make(view, SUBJECT, PANELS[name]), encoding="utf-8")  # type: ignore[index]
    return written


@pytest.fixture(scope="module")
def without_webgl(browser: Any) -> Iterator[Any]:
    """Another browser of the same kind, in which no page gets a WebGL context."""
    opened = browser.browser_type.launch(
        executable_path=opening.CHROMIUM, args=["--no-sandbox", "--headless", "--disable-3d-apis"]
    )
    yield opened
    opened.close()


def started(opened: Any) -> Any:
    """The viewer once the fold is drawn."""
    opened.page.locator("[data-viewer=structure]").scroll_into_view_if_needed()
    opened.page.wait_for_selector(".chain-place canvas[aria-label]")
    return opened.page.locator(".structure-view")


def seen(place: Any) -> np.ndarray:
    """The pixels of an element as they are on the screen (y, x, colour)."""
    return np.asarray(Image.open(io.BytesIO(place.screenshot())).convert("RGB")).astype(int)


def fold_changes(opened: Any, before: np.ndarray) -> np.ndarray:
    """The fold once it no longer looks as before; drawing in software takes its time."""
    place = opened.page.locator(".chain-place")
    after = seen(place)
    for _ in range(200):
        if (after != before).any():
            return after
        opened.page.wait_for_timeout(100)
        after = seen(place)
    raise AssertionError("the fold looks as before")


def hover(opened: Any, length: int, i: int, j: int) -> str:
    """Point at the pair i, j (from 0) of the map, and what the page says of it."""
    canvas = opened.page.locator(".contact-map")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    side = box["width"] - 42
    opened.page.mouse.move(box["x"] + 34 + (j + 0.5) * side / length, box["y"] + 20 + (i + 0.5) * side / length)
    return opened.page.locator(".reading").inner_text()  # type: ignore[no-any-return]


def family_shown(opened: Any) -> str:
    return opened.page.locator(".structure-view h4").inner_text()  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    with opening.Opened(browser, pages[name]) as opened:
        if name == "report":
            started(opened)
        opened.page.wait_for_timeout(300)
        opening.asks_for_nothing_else(opened, pages[name])


def test_fold_map_and_bars_are_drawn_and_every_control_changes_them(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        view = started(opened)
        for place in (".chain-place", ".contact-map", ".chain-track"):
            assert seen(view.locator(place)).std() > 10, place
        fold = seen(view.locator(".chain-place"))
        for control in ("Native chain", "Nearer", "Reset", "Farther", "Native chain"):
            before = fold
            view.get_by_role("button", name=control, exact=True).click()
            fold = fold_changes(opened, before)
        chart = seen(view.locator(".contact-map"))
        view.get_by_role("button", name="Mark the top L").click()
        unmarked = seen(view.locator(".contact-map"))
        assert (unmarked != chart).any()
        view.locator("select").select_option("ridge-dca")
        assert (seen(view.locator(".contact-map")) != unmarked).any()
        assert "below it ridge-dca" in view.locator(".contact-map").get_attribute("aria-label")
        view.get_by_role("button", name="Next").click()
        assert (fold_changes(opened, fold) != fold).any()


def test_pointing_at_a_pair_tells_the_distances_that_python_finds(
    browser: Any, pages: dict[str, Path], view: RunView
) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        started(opened)
        name = family_shown(opened)
        answer, native = answer_of(view, "trained", name), distances(truth(view, name).cb)
        assert answer is not None
        fold, length = distances(answer["ca"].values), len(native)
        before = seen(opened.page.locator(".chain-place"))
        for i, j in ((0, length - 1), (4, 40), (11, 47)):
            told = hover(opened, length, i, j)
            residues = re.match(r"(\w{3}) (\d+) – (\w{3}) (\d+) ", told)
            assert residues is not None, told
            assert (int(residues[2]), int(residues[4])) == (i + 1, j + 1)
            probability = float(re.search(r"P ([\d.]+)", told)[1])  # type: ignore[index]
            assert probability == pytest.approx(float(answer["contact"][i, j]), abs=0.0075)
            true = float(re.search(r"true C-beta distance ([\d.]+) Å", told)[1])  # type: ignore[index]
            assert true == pytest.approx(native[i, j], abs=0.06)
            here, expected = map(float, re.search(r"in the fold ([\d.]+) Å, expected ([\d.]+) Å", told).groups())  # type: ignore[union-attr]
            assert here == pytest.approx(fold[i, j], abs=0.06)
            assert expected == pytest.approx(min(fold[i, j], 25.5), abs=0.06)
            # both residues and the line between them show on the fold
            before = fold_changes(opened, before)


def test_below_the_diagonal_the_same_pair_is_told(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        started(opened)
        length = len(truth(view, family_shown(opened)).sequence)
        assert hover(opened, length, 40, 4) == hover(opened, length, 4, 40)


def test_what_is_not_resolved_is_said_to_be(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        shown.locator(".view-list button", has_text="fam-00").click()
        length = len(truth(view, "fam-00").sequence)
        assert "true C-beta distance not resolved" in hover(opened, length, UNRESOLVED[0], 40)
        assert "not resolved" not in hover(opened, length, UNRESOLVED[-1] + 1, 40)


def test_arrows_move_the_pair_and_enter_keeps_it(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        native = distances(truth(view, family_shown(opened)).cb)
        shown.locator(".contact-map").focus()

        def pair() -> tuple[int, int]:
            told = shown.locator(".reading").inner_text()
            found = re.match(r"\w{3} (\d+) – \w{3} (\d+) ", told)
            assert found is not None, told
            i, j = int(found[1]) - 1, int(found[2]) - 1
            true = float(re.search(r"true C-beta distance ([\d.]+) Å", told)[1])  # type: ignore[index]
            assert true == pytest.approx(native[i, j], abs=0.06)
            return i, j

        opened.page.keyboard.press("ArrowDown")
        i, j = pair()  # the likeliest long-range pair comes first
        assert j - i >= 24
        opened.page.keyboard.press("ArrowDown")
        opened.page.keyboard.press("ArrowLeft")
        assert pair() == (i + 1, j - 1)
        opened.page.keyboard.press("Enter")
        opened.page.mouse.move(5, 5)
        assert pair() == (i + 1, j - 1)
        opened.page.keyboard.press("Escape")
        assert "Point at a pair" in shown.locator(".reading").inner_text()


def test_a_residue_of_the_bars_is_shown_in_map_and_fold(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        answer = answer_of(view, "trained", family_shown(opened))
        assert answer is not None
        fold, chart = seen(shown.locator(".chain-place")), seen(shown.locator(".contact-map"))
        shown.locator(".chain-track").focus()
        opened.page.keyboard.press("ArrowRight")
        opened.page.keyboard.press("ArrowRight")
        confidence = float(answer["confidence"][1])
        assert f" 2 · confidence {confidence:.0f}, " in shown.locator(".reading").inner_text()
        fold_changes(opened, fold)
        assert (seen(shown.locator(".contact-map")) != chart).any()
        opened.page.keyboard.press("Escape")
        assert "Point at a pair" in shown.locator(".reading").inner_text()


def test_the_fold_turns_by_keys_and_the_wheel_scrolls_the_page(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        canvas = shown.locator(".chain-place canvas")
        canvas.focus()
        before = seen(shown.locator(".chain-place"))
        for key in ("ArrowLeft", "ArrowUp", "+", "-"):
            opened.page.keyboard.press(key)
            before = fold_changes(opened, before)
        canvas.hover()
        top = opened.page.evaluate("scrollY")
        opened.page.mouse.wheel(0, 200)
        for _ in range(100):  # a policy of the page forbids what waits for a condition by itself
            if opened.page.evaluate("scrollY") > top:
                break
            opened.page.wait_for_timeout(100)
        assert opened.page.evaluate("scrollY") > top


def test_the_bands_are_told_in_words_with_their_counts(browser: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        answer = answer_of(view, "trained", family_shown(opened))
        assert answer is not None
        confidence = answer["confidence"].values
        legend = shown.locator(".chain-legend").inner_text()
        for word, low, high in (("very high", 90, 101), ("confident", 70, 90), ("low", 50, 70), ("very low", -1, 50)):
            count = int(((confidence > low) & (confidence <= high)).sum())
            assert re.search(rf"^{word} \([^)]*\): {count} residues$", legend, re.MULTILINE), (word, count, legend)
        assert f"{int((confidence <= 50).sum())} of very low confidence" in shown.locator(
            ".chain-place canvas"
        ).get_attribute("aria-label")


def test_keys_step_and_toggle(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        shown = started(opened)
        first = family_shown(opened)
        shown.locator(".contact-map").focus()
        opened.page.keyboard.press("j")
        assert family_shown(opened) != first
        opened.page.keyboard.press("k")
        assert family_shown(opened) == first
        for key, name in (("t", "Native chain"), ("m", "Mark the top L")):
            opened.page.keyboard.press(key)
            assert shown.get_by_role("button", name=name).get_attribute("aria-pressed") == "false"
        opened.page.keyboard.press("b")
        assert shown.locator("select").input_value() == "mutual-information"
        opened.page.keyboard.press("?")
        assert "native chain on or off" in shown.locator(".view-help").inner_text()


def test_without_webgl_the_fold_is_drawn_as_lines(without_webgl: Any, pages: dict[str, Path], view: RunView) -> None:
    with opening.Opened(without_webgl, pages["report"]) as opened:
        shown = started(opened)
        assert "no WebGL" in shown.inner_text()
        fold = seen(shown.locator(".chain-place"))
        assert fold.std() > 10
        shown.locator(".chain-place canvas").focus()
        for key in ("ArrowLeft", "ArrowDown", "+"):
            opened.page.keyboard.press(key)
            fold = fold_changes(opened, fold)
        hover(opened, len(truth(view, family_shown(opened)).sequence), 4, 40)
        fold = fold_changes(opened, fold)
        shown.get_by_role("button", name="Native chain").click()
        fold_changes(opened, fold)
        opening.asks_for_nothing_else(opened, pages["report"])


def test_every_control_is_reached_by_keyboard_and_its_focus_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        opening.every_control_is_reached(opened, started(opened))


def test_without_programs_and_on_paper_still_pictures_stand_in_its_place(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], java_script_enabled=False) as opened:
        assert opened.page.locator("#cases .static svg:visible").count() == 4
        assert opened.page.locator("#scores table:visible").count() >= 1
        assert opened.page.locator("button:visible").count() == 0
    with opening.Opened(browser, pages["report"]) as opened:
        started(opened)
        opened.page.emulate_media(media="print")
        assert opened.page.locator("#cases .static svg:visible").count() == 4
        assert opened.page.locator(".view:visible").count() == 0
        printed = opened.page.pdf(format="A4")
    assert len(printed) <= opening.MAX_PRINT_BYTES
    assert "amongthebest" in opening.without_blanks(opening.text_of_pdf(printed))


def test_a_method_that_folds_nothing_shows_its_map_alone(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run = example_run(tmp_path / "run", families=3, methods=("ridge-dca", "mutual-information"))
    page.write_text(report_page(run, SUBJECT, PANELS["report"]))
    with opening.Opened(browser, page) as opened:
        shown = opened.viewer()
        assert "folds nothing" in shown.inner_text()
        assert shown.locator(".chain-place:visible").count() == 0
        assert "of the highest score" in hover(opened, 50, 4, 40)
        opening.asks_for_nothing_else(opened, page)


def test_hostile_words_of_a_sheet_do_nothing(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(report_page(example_run(tmp_path / "run", families=3, licence=HOSTILE), SUBJECT, PANELS["report"]))
    with opening.Opened(browser, page) as opened:
        started(opened)
        assert HOSTILE in opened.page.locator("#data").inner_text()
        assert opened.page.locator("main img").count() == 0
        assert "Protein contacts" in opened.page.title()
        assert opened.complaints == []


def test_nothing_scrolls_sideways_on_a_small_screen(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"], viewport={"width": 320, "height": 700}) as opened:
        started(opened)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_weight_nodes_and_heap_stay_within_their_limits(browser: Any, pages: dict[str, Path]) -> None:
    with opening.Opened(browser, pages["report"]) as opened:
        started(opened)
        opening.stays_within_its_limits(opened, pages["report"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe = opening.axe_core()
    with opening.Opened(browser, pages[name], color_scheme=scheme, bypass_csp=True) as opened:
        if name == "report":
            started(opened)
        opening.axe_finds_nothing(opened, axe)
