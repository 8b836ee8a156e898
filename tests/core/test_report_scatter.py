"""A marker lies where its numbers say, and its name is in it."""

from __future__ import annotations

import math
import re

import pytest

from sciml.core.report.marks import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from sciml.core.report.scatter import Point, round_decades, scatter

GROUPS = (("model", 0), ("baseline", 1))


def corners(svg: str, look: int) -> list[tuple[float, float]]:
    """Where the markers of one look begin: the left end of a circle, the upper left corner of a square."""
    found = re.findall(rf'<path d="M([-\d.]+) ([-\d.]+)[^"]*" class="mark s{look}"', svg)
    return [(float(x), float(y)) for x, y in found]


def test_a_point_lies_where_its_numbers_say() -> None:
    points = [Point("p1", 0.0, 1.0, "model"), Point("p2", 1.0, 0.0, "model")]
    svg = scatter("s", points, GROUPS[:1], "x", "y", "A sentence.", (0, 1), (0, 1)).svg
    # a circle of radius 4.6 begins at its left end
    (x1, y1), (x2, y2) = corners(svg, 0)
    assert (x1, y1) == pytest.approx((LEFT - 4.6, TOP), abs=0.06)
    assert (x2, y2) == pytest.approx((WIDTH - RIGHT - 4.6, HEIGHT - BOTTOM), abs=0.06)
    assert "<title>p1: 0, 1.00</title>" in svg


def test_a_logarithmic_axis_has_equal_steps_for_equal_ratios() -> None:
    points = [Point("p", value, 0.5, "model") for value in (10.0, 100.0, 1000.0)]
    svg = scatter("s", points, GROUPS[:1], "x", "y", "A sentence.", (1, 3), (0, 1), logarithmic=True).svg
    places = [x for x, _ in corners(svg, 0)]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    assert ">1,000</text>" in svg


def test_ticks_of_a_logarithmic_axis_are_round() -> None:
    assert [text for _, text in round_decades(math.log10(8), math.log10(300))] == ["10", "20", "50", "100", "200"]
    assert [text for _, text in round_decades(0, 4)] == ["1", "10", "100", "1,000", "10,000"]
    assert [text for _, text in round_decades(math.log10(25), math.log10(65))] == ["30", "40", "50", "60"]


def test_what_the_legend_names_first_lies_on_top() -> None:
    points = [Point("a", 0.5, 0.5, "model"), Point("b", 0.5, 0.5, "baseline")]
    svg = scatter("s", points, GROUPS, "x", "y", "A sentence.", (0, 1), (0, 1)).svg
    assert svg.index("mark s1") < svg.index("mark s0")


def test_groups_differ_in_marker_and_an_interval_is_a_whisker() -> None:
    points = [Point("a", 0, 0.4, "model", 0.2, 0.6), Point("b", 1, 0.3, "baseline")]
    ticks = ((0.0, "left"), (1.0, "right"))
    figure = scatter("s", points, GROUPS, "x", "y", "A sentence.", (-0.5, 1.5), (0, 1), ticks)
    assert figure.svg.count('class="whisker s0"') == 1
    assert figure.svg.count('class="whisker s1"') == 0
    assert len(corners(figure.svg, 1)) == 1
    assert ">left</text>" in figure.svg
    assert figure.legend is not None
    # the points are not joined, and the legend does not say that they were
    assert 'class="line' not in figure.legend
    assert figure.data is not None
    assert figure.data.rows == (("a", "model", 0, 0.4, 0.2, 0.6), ("b", "baseline", 1, 0.3, None, None))
