"""Drawings say what the numbers say, to every kind of sight."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.report.axes import Axis, around, measured, number, tick_labels
from sciml.core.report.bars import Bar, bars, strip
from sciml.core.report.figures import Mark, Series, histogram, lines, reliability
from sciml.core.report.marks import DASHES, marker
from sciml.core.report.page import resource
from sciml.core.report.shapes import Boxes, Letters, Strokes, Words, drawing

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
DICHROMACIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Colours by name, in light and in dark."""
    light, dark = resource("tokens.css").split("@media (prefers-color-scheme: dark)")
    first = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return first, {**first, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, two: str) -> float:
    """WCAG 2.1: (L1 + 0.05) / (L2 + 0.05) of the relative luminances."""
    lights = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, two))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = (matrix @ np.clip(rgb, 0, 1)) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", [0, 1])
def test_text_and_graphics_stand_out_from_their_ground(theme: int) -> None:
    colours = tokens()[theme]
    for text in ("ink", "soft", "link", "failed"):
        for ground in ("paper", "sheet"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for word in ("simulated", "real", "mixed"):
        assert contrast(colours[f"{word}-ink"], colours[word]) >= 4.5, word
    for drawn in ("s0", "s1", "s2", "s3", "s4", "s5", "a", "c", "g", "t", "edge", "insertion", "alternate"):
        assert contrast(colours[drawn], colours["paper"]) >= 3, drawn
    for base in "acgt":
        # the letter on the base
        assert contrast(colours["paper"], colours[base]) >= 4.5, base


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("sight", DICHROMACIES)
def test_the_first_three_series_differ_for_every_kind_of_sight(theme: int, sight: str) -> None:
    colours = tokens()[theme]
    seen = [lab(np.array(DICHROMACIES[sight]) @ linear(colours[f"s{look}"])) for look in range(3)]
    apart = min(float(np.linalg.norm(one - two)) for one, two in itertools.combinations(seen, 2))
    assert apart >= 10  # CIE 1976; 2.3 is just noticeable


def test_no_two_series_share_dash_and_marker() -> None:
    looks = {(DASHES[look], marker(look, 0, 0)) for look in range(len(DASHES))}
    assert len(looks) == len(DASHES) == 6


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_lie_on_the_axis_and_are_told_apart(low: float, span: float) -> None:
    axis = Axis(low, low + span, 0, 100)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 11
    assert all(low - 1e-6 * span <= tick <= low + span + 1e-6 * span for tick in ticks)


def test_tick_labels_have_no_more_decimals_than_they_need() -> None:
    assert tick_labels([0.0, 0.5, 1.0]) == ["0.0", "0.5", "1.0"]
    assert tick_labels([0.0, 1000.0]) == ["0", "1,000"]
    assert tick_labels([-0.25, 0.0]) == ["−0.25", "0.00"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.98, "0.980"), (0.99996, "1.00"), (12345, "12,345"), (1234.5, "1,234"), (0.0, "0"), (None, "–"),
     (float("nan"), "–"), (1.3e-6, "1.30e−06"), (-0.5, "−0.500")],
)  # fmt: skip
def test_numbers_are_cut_after_three_significant_digits(value: float | None, text: str) -> None:
    assert number(value, 3) == text


def test_a_value_and_its_interval_share_their_decimals() -> None:
    assert measured(0.9442, 0.8926, 1.0) == ("0.944", "[0.893, 1.000]")
    assert measured(-0.0207, -0.0496, -0.00459) == ("−0.0207", "[−0.0496, −0.0046]")
    assert measured(1.0, None, None) == ("1.000", "")
    assert measured(123.4, 99.0, 150.2) == ("123", "[99, 150]")
    assert measured(None, None, None) == ("–", "")
    assert measured(0.0, -0.0, 0.0) == ("0.000", "[0.000, 0.000]")


def test_a_range_has_room_but_never_beyond_its_bounds() -> None:
    assert around([0.5, 1.0]) == pytest.approx((0.47, 1.03))
    assert around([0.5, 1.0], ceiling=1.0) == pytest.approx((0.47, 1.0))
    low, high = around([])
    assert low < high


def test_a_bar_is_drawn_from_zero_only_where_zero_is_on_the_axis() -> None:
    near_one = bars("b", [Bar("model", 0.96, 0.95, 0.97), Bar("other", 0.94, 0.9, 0.96)], "F1", "said")
    assert 'class="pale' not in near_one.svg
    from_zero = bars("b", [Bar("model", 0.9, 0.8, 0.95), Bar("other", 0.1, 0.05, 0.2)], "F1", "said")
    assert from_zero.svg.count('class="pale') == 2


def test_a_method_without_a_score_keeps_its_row_and_says_why() -> None:
    figure = bars("b", [Bar("model", 0.9, 0.8, 0.95), Bar("other", None, note="not installed")], "F1", "said")
    assert "not installed" in figure.svg
    assert "0.900 [0.800, 0.950]" in figure.svg
    assert figure.data is not None
    assert figure.data.rows[1] == ("other", None, None, None, "not installed")


def test_a_line_runs_through_its_points_and_breaks_where_one_is_missing() -> None:
    series = Series("one", [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, None, 1.0])
    svg = lines("l", [series], "x", "y", "said", (0, 3), (0, 1)).svg
    # x: 62 to 626 in three steps of 188; y: 0 at 294, 1 at 12
    assert 'd="M62.0 294.0L250.0 12.0M626.0 12.0"' in svg


def test_a_band_covers_low_to_high() -> None:
    series = Series("one", [0.0, 3.0], [0.5, 0.5], [0.0, 0.0], [1.0, 1.0])
    svg = lines("l", [series], "x", "y", "said", (0, 3), (0, 1)).svg
    assert 'd="M62.0 12.0L626.0 12.0L626.0 294.0L62.0 294.0z"' in svg


def test_every_line_has_its_numbers_and_its_name_in_the_legend() -> None:
    series = [Series("one <b>", [0.0, 1.0], [0.25, 0.5]), Series("two", [0.0, 1.0], [1.0, 0.0], look=1)]
    figure = lines("l", series, "x", "y", "said", marks=[Mark("here", 0.5, 0.5, 1)])
    assert figure.data is not None
    assert figure.data.rows == (("one <b>", 0.0, 0.25), ("one <b>", 1.0, 0.5), ("two", 0.0, 1.0), ("two", 1.0, 0.0))
    assert "one &lt;b&gt;" in str(figure.legend)
    assert 'aria-label="said"' in figure.svg


def test_reliability_has_the_line_on_which_every_number_means_what_it_says() -> None:
    figure = reliability("r", [Series("one", [10.0], [12.0])], "x", "y", "said", 50)
    assert 'class="ideal"' in figure.svg


def test_the_columns_of_a_histogram_are_as_high_as_their_counts() -> None:
    figure = histogram("h", [0.0, 1.0, 2.0], {"a": [10, 5]}, "x", "count", "said")
    heights = [float(up) for up in re.findall(r"M[\d.]+ 294\.0V([\d.]+)h", figure.svg)]
    assert (294 - heights[0]) / (294 - heights[1]) == pytest.approx(2, rel=0.01)
    assert figure.data is not None
    assert figure.data.rows == ((0.0, 1.0, 10.0), (1.0, 2.0, 5.0))


def test_stacked_times_are_as_long_as_their_sum() -> None:
    figure = strip("s", {"variants": {"train": 60.0, "predict": 20.0}, "lenses": {"train": 40.0}}, "s", "said")
    widths = [float(width) + 1 for width in re.findall(r'<rect class="bar[^>]* width="([\d.]+)"', figure.svg)]
    assert widths[0] / widths[2] == pytest.approx(1.5, rel=0.01)
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.02)
    assert "80.0 s" in figure.svg


def test_a_drawing_has_one_element_for_a_thousand_boxes() -> None:
    boxes = Boxes("read", [(float(at), 0.0, 1.0, 1.0) for at in range(1_000)])
    letters = Letters("letter", [(1.0, 2.0, "A"), (3.0, 2.0, "<")])
    figure = drawing(
        100, 50, [boxes, letters, Strokes("gap", [[(0, 0), (5, 5)]]), Words("name", 1, 1, "a & b")], "said"
    )
    assert figure.svg.count("<path") == 2
    assert '<text x="1 3" y="2 2" class="letter" text-anchor="middle">A&lt;</text>' in figure.svg
    assert "a &amp; b" in figure.svg
