"""One marker for each case or score: two numbers against each other, with whiskers where there is an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sciml.core.report.axes import Axis, around, number
from sciml.core.report.figures import grid
from sciml.core.report.marks import BOTTOM, COLOURS, HEIGHT, LEFT, RIGHT, TOP, WIDTH, frame, legend, marker
from sciml.core.report.markup import Html, tag
from sciml.core.report.panels import Column, Figure, Table

# marks of a decade, ever finer, until there are enough of them
FINENESS = ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9))
ENOUGH = 3


@dataclass(frozen=True)
class Point:
    """One marker; `name` is what hovering over it says, `low` and `high` the ends of its whisker."""

    name: str
    x: float
    y: float
    group: str
    low: float | None = None
    high: float | None = None


def scatter(
    name: str,
    points: Sequence[Point],
    groups: Sequence[tuple[str, int]],
    x_label: str,
    y_label: str,
    sentence: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    x_ticks: Sequence[tuple[float, str]] = (),
    logarithmic: bool = False,
    diagonal: bool = False,
) -> Figure:
    """Points over one pair of axes; `groups` are (group, look) in the order of the legend.

    With `logarithmic` the x of the points, all above zero, is drawn by its logarithm.
    """
    place = math.log10 if logarithmic else float
    x_range = x_range or around(place(point.x) for point in points)
    y_range = y_range or around(value for point in points for value in (point.y, point.low, point.high))
    x, y = Axis(*x_range, LEFT, WIDTH - RIGHT), Axis(*y_range, HEIGHT - BOTTOM, TOP)
    if logarithmic and not x_ticks:
        x_ticks = round_decades(*x_range)
    looks = dict(groups)
    ideal = None
    if diagonal:
        low, high = max(x_range[0], y_range[0]), min(x_range[1], y_range[1])
        ideal = tag("path", d=f"M{x(low)} {y(low)}L{x(high)} {y(high)}", class_="ideal")
    # what the legend names first lies on top
    order = {group: turn for turn, (group, _) in enumerate(groups)}
    lowest_first = sorted(points, key=lambda point: -order[point.group])
    drawn = [piece for point in lowest_first for piece in _point(point, looks[point.group], x(place(point.x)), y)]
    svg = frame(HEIGHT, [grid(x, y, x_label, y_label, x_ticks), ideal, *drawn], sentence)
    key = legend(list(groups), joined=False) if len(groups) > 1 else None
    return Figure(svg, sentence, _table(name, points, x_label, y_label), legend=key)


def round_decades(low: float, high: float) -> list[tuple[float, str]]:
    """Ticks between two logarithms: powers of ten, or 1, 2 and 5 of each decade, or more where that gives too few."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    inside: list[float] = []
    for steps in FINENESS:
        values = [step * 10.0**decade for decade in decades for step in steps]
        inside = [value for value in values if low - 1e-9 <= math.log10(value) <= high + 1e-9]
        if len(inside) >= ENOUGH:
            break
    return [(math.log10(value), f"{value:,.10g}") for value in inside]


def _point(point: Point, look: int, x: float, y: Axis) -> list[Html]:
    look %= COLOURS
    pieces = []
    if point.low is not None and point.high is not None:
        low, high = y(point.low), y(point.high)
        ends = f"M{x} {low}V{high}M{x - 4:.2f} {low}h8M{x - 4:.2f} {high}h8"
        pieces.append(tag("path", d=ends, class_=f"whisker s{look}"))
    hint = tag("title", f"{point.name}: {number(point.x, 3)}, {number(point.y, 3)}")
    return [*pieces, tag("path", hint, d=marker(look, x, y(point.y), 4.6), class_=f"mark s{look}")]


def _table(name: str, points: Sequence[Point], x_label: str, y_label: str) -> Table:
    columns = [Column("point"), Column("group"), Column(x_label), Column(y_label)]
    spread = any(point.low is not None for point in points)
    columns += [Column("low"), Column("high")] if spread else []
    rows = tuple(
        (point.name, point.group, point.x, point.y, *((point.low, point.high) if spread else ())) for point in points
    )
    return Table(name, tuple(columns), rows, shown=12)
