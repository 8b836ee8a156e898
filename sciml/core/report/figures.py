"""Charts as inline SVG: lines with bands, calibration, counts in bins.

Colours come from the style sheet (`s0` to `s5`), so that a drawing follows light, dark and print; every series also
has a dash and a marker of its own, so that none is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sciml.core.report.axes import Axis, around, number, tick_labels
from sciml.core.report.marks import BOTTOM, COLOURS, DASHES, HEIGHT, LEFT, RIGHT, TOP, WIDTH, frame, legend, marker
from sciml.core.report.markup import Html, tag
from sciml.core.report.panels import Cell, Column, Figure, Table


@dataclass(frozen=True)
class Series:
    """One line: x and y of equal length, with an interval where there is one. `look` picks colour and dash."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    look: int = 0
    markers: bool = False
    stepped: bool = False


@dataclass(frozen=True)
class Mark:
    """A named point, for instance where a method operates."""

    name: str
    x: float
    y: float
    look: int = 0


def lines(
    name: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    sentence: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    marks: Sequence[Mark] = (),
    diagonal: bool = False,
) -> Figure:
    """Lines over one pair of axes, with a legend under them; `name` is that of the CSV."""
    x_range = x_range or around(value for one in series for value in one.x)
    y_range = y_range or around(value for one in series for value in (*one.y, *one.low, *one.high))
    x, y = Axis(*x_range, LEFT, WIDTH - RIGHT), Axis(*y_range, HEIGHT - BOTTOM, TOP)
    ideal = None
    if diagonal:
        low, high = max(x_range[0], y_range[0]), min(x_range[1], y_range[1])
        ideal = tag("path", d=f"M{x(low)} {y(low)}L{x(high)} {y(high)}", class_="ideal")
    drawn = [piece for one in series for piece in line_pieces(one, x, y)]
    points = [_mark(mark, x, y) for mark in marks]
    svg = frame(HEIGHT, [grid(x, y, x_label, y_label), _clipped([ideal, *drawn]), *points], sentence)
    table, chart = _series_table(name, series, x_label, y_label), _chart(series, x_label, y_label)
    return Figure(svg, sentence, table, chart, legend([(one.name, one.look) for one in series]))


def reliability(
    name: str, series: Sequence[Series], x_label: str, y_label: str, sentence: str, limit: float = 1.0
) -> Figure:
    """What was said against what came true: on the diagonal every number means what it says."""
    return lines(name, series, x_label, y_label, sentence, (0.0, limit), (0.0, limit), diagonal=True)


def histogram(
    name: str, edges: Sequence[float], groups: Mapping[str, Sequence[float]], x_label: str, y_label: str, sentence: str
) -> Figure:
    """Counts in bins, groups side by side; `edges` has one entry more than each group has counts."""
    highest = max((count for counts in groups.values() for count in counts), default=1.0) or 1.0
    x = Axis(edges[0], edges[-1], LEFT, WIDTH - RIGHT)
    y = Axis(0.0, highest * 1.05, HEIGHT - BOTTOM, TOP)
    pieces: list[Html | None] = [grid(x, y, x_label, y_label)]
    for look, counts in enumerate(groups.values()):
        path = []
        for (left, right), count in zip(pairwise(edges), counts, strict=True):
            width = (x(right) - x(left)) * 0.92 / len(groups)
            start = x(left) + (x(right) - x(left)) * 0.04 + look * width
            path.append(f"M{start:.1f} {y(0)}V{y(count)}h{width:.1f}V{y(0)}z")
        pieces.append(tag("path", d="".join(path), class_=f"bar s{look % COLOURS}"))
    rows = tuple(
        (left, right, *(float(counts[place]) for counts in groups.values()))
        for place, (left, right) in enumerate(pairwise(edges))
    )
    columns = (Column(f"{x_label} from"), Column("to"), *(Column(group) for group in groups))
    key = legend([(group, look) for look, group in enumerate(groups)]) if len(groups) > 1 else None
    return Figure(frame(HEIGHT, pieces, sentence), sentence, Table(name, columns, rows), legend=key)


def grid(x: Axis, y: Axis, x_label: str, y_label: str, x_ticks: Sequence[tuple[float, str]] = ()) -> Html:
    """Both axes with their labels; `x_ticks` are places with words, where numbers would not do."""
    ticks, up = x.ticks(6), y.ticks(5)
    across = x_ticks or list(zip(ticks, tick_labels(ticks), strict=True))
    return tag(
        "g",
        *(tag("path", d=f"M{LEFT} {y(tick)}H{WIDTH - RIGHT}", class_="grid") for tick in up),
        *(
            tag("text", text, x=LEFT - 8, y=y(tick) + 4, class_="tick", text_anchor="end")
            for tick, text in zip(up, tick_labels(up), strict=True)
        ),
        *(
            tag("text", text, x=x(tick), y=HEIGHT - BOTTOM + 18, class_="tick", text_anchor="middle")
            for tick, text in across
        ),
        tag("path", d=f"M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}", class_="axis"),
        tag("text", x_label, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 8, class_="label", text_anchor="middle"),
        tag(
            "text",
            y_label,
            x=-(TOP + HEIGHT - BOTTOM) / 2,
            y=14,
            transform="rotate(-90)",
            class_="label",
            text_anchor="middle",
        ),
    )


def _clipped(pieces: Sequence[Html | None]) -> Html:
    """What lies outside of the axes is cut off: an inner drawing shows nothing beyond its own frame."""
    width, height = WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP
    box = f"{LEFT} {TOP} {width} {height}"
    return tag("svg", *pieces, x=LEFT, y=TOP, width=width, height=height, viewBox=box, class_="inner")


def line_pieces(one: Series, x: Axis, y: Axis) -> list[Html]:
    """A line with its band and markers."""
    look = one.look % COLOURS
    inside = [
        (x(across), y(up)) if up is not None and math.isfinite(up) else None
        for across, up in zip(one.x, one.y, strict=True)
    ]
    pieces = []
    if one.low:
        band = [
            (x(across), y(low), y(high))
            for across, low, high in zip(one.x, one.low, one.high, strict=True)
            if low is not None and high is not None
        ]
        upper = "L".join(f"{across} {high}" for across, _, high in band)
        lower = "L".join(f"{across} {low}" for across, low, _ in reversed(band))
        if band:
            pieces.append(tag("path", d=f"M{upper}L{lower}z", class_=f"band s{look}"))
    path, pen = [], False
    for before, point in zip([None, *inside], inside, strict=False):
        if point is None:
            pen = False
            continue
        corner = f"H{point[0]}V{point[1]}" if one.stepped and before is not None else f"L{point[0]} {point[1]}"
        path.append(corner if pen else f"M{point[0]} {point[1]}")
        pen = True
    pieces.append(tag("path", d="".join(path), class_=f"line s{look}", stroke_dasharray=DASHES[look]))
    if one.markers:
        points = [point for point in inside if point is not None]
        pieces.append(tag("path", d="".join(marker(look, *point) for point in points), class_=f"dot s{look}"))
    return pieces


def _mark(mark: Mark, x: Axis, y: Axis) -> Html:
    across, up = x(_clip(mark.x, x)), y(_clip(mark.y, y))
    hint = tag("title", f"{mark.name}: {number(mark.x, 3)}, {number(mark.y, 3)}")
    return tag("path", hint, d=marker(mark.look % COLOURS, across, up, 6), class_=f"mark s{mark.look % COLOURS}")


def _series_table(name: str, series: Sequence[Series], x_label: str, y_label: str) -> Table:
    columns = (Column("series"), Column(x_label), Column(y_label), Column("low"), Column("high"))
    banded = any(one.low for one in series)
    rows: list[tuple[Cell, ...]] = []
    for one in series:
        low, high = (one.low or [None] * len(one.y)), (one.high or [None] * len(one.y))
        for x, y, lowest, highest in zip(one.x, one.y, low, high, strict=True):
            rows.append((one.name, x, y, lowest, highest) if banded else (one.name, x, y))
    return Table(name, columns if banded else columns[:3], tuple(rows), shown=12)


def _chart(series: Sequence[Series], x_label: str, y_label: str) -> Mapping[str, object]:
    """The same lines for uPlot: each series with its own x, joined by the program."""
    drawn = []
    for one in series:
        order = sorted(range(len(one.x)), key=lambda place: one.x[place])
        drawn.append(
            {
                "name": one.name,
                "look": one.look % COLOURS,
                "x": [_short(one.x[place]) for place in order],
                "y": [_short(one.y[place]) for place in order],
            }
        )
    return {"x": x_label, "y": y_label, "series": drawn}


def _clip(value: float, axis: Axis) -> float:
    return min(max(value, axis.low), axis.high)


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
