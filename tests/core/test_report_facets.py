"""Small charts beside each other share their axes and keep every number."""

from __future__ import annotations

import re

from sciml.core.report.facets import Facet, facets
from sciml.core.report.figures import Series

LINES = [Series("a", [0.0, 10.0], [0.0, 1.0], look=0), Series("b", [0.0, 10.0], [1.0, None], look=1)]


def test_every_chart_is_drawn_on_the_same_axes() -> None:
    figure = facets("f", [Facet("one", LINES[:1]), Facet("two", LINES[:1])], "x", "y", "Two.", (0, 10), (0, 1))
    paths = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" class="line', figure.svg)
    (x0, y0, x1, y1), (u0, v0, u1, v1) = ([float(value) for value in path] for path in paths)
    # the second stands right of the first, at the same height and as wide
    assert (y0, y1) == (v0, v1)
    assert x1 - x0 == u1 - u0
    assert u0 > x1
    assert y1 < y0


def test_the_legend_names_each_method_once() -> None:
    figure = facets("f", [Facet("one", LINES), Facet("two", LINES)], "x", "y", "Two.")
    assert figure.legend is not None
    assert figure.legend.count("<li>") == 2


def test_the_numbers_of_all_charts_are_in_one_table() -> None:
    figure = facets("f", [Facet("one", LINES), Facet("two", LINES)], "x", "y", "Two.")
    assert figure.data is not None
    assert figure.data.rows[:4] == (
        ("one", "a", 0.0, 0.0, None, None),
        ("one", "a", 10.0, 1.0, None, None),
        ("one", "b", 0.0, 1.0, None, None),
        ("one", "b", 10.0, None, None, None),
    )
    assert [row[0] for row in figure.data.rows] == ["one"] * 4 + ["two"] * 4


def test_a_title_with_markup_stays_text() -> None:
    figure = facets("f", [Facet("<script>", LINES)], "x", "y", "One.")
    assert "<script>" not in figure.svg
    assert "&lt;script&gt;" in figure.svg
