"""Charts as inline SVG: lines with bands, scores with whiskers, calibration, counts, stacked times.

Colours come from the style sheet (`s0` to `s5`), so that a drawing follows light, dark and print; every series also
has a dash and a marker of its own, so that none is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sciml.core.report.axes import Axis, around, number, tick_labels
from sciml.core.report.marks import COLOURS, DASHES, HEIGHT, WIDTH, frame, legend, marker
from sciml.core.report.markup import Html, join, tag
from sciml.core.report.panels import Cell, Column, Figure, Table

LEFT, RIGHT, TOP, BOTTOM = 62, 14, 12, 46


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


@dataclass(frozen=True)
class Bar:
    """One score of a method; `note` stands behind its value."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    look: int = 0
    note: str = ""


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
    drawn = [piece for one in series for piece in _line(one, x, y)]
    points = [_mark(mark, x, y) for mark in marks]
    svg = frame(HEIGHT, [_grid(x, y, x_label, y_label), ideal, *drawn, *points], sentence)
    key = legend([(one.name, one.look) for one in series])
    return Figure(
        join([svg, key]), sentence, _series_table(name, series, x_label, y_label), _chart(series, x_label, y_label)
    )


def bars(name: str, scores: Sequence[Bar], label: str, sentence: str) -> Figure:
    """One row for each method: its score as a dot, its interval as a whisker, the number beside it.

    A bar is drawn from zero only where zero is on the axis: a bar that starts elsewhere would mislead.
    """
    ends = [end for bar in scores for end in (bar.value, bar.low, bar.high) if end is not None]
    low, high = around(ends)
    if ends and min(ends) >= 0 and min(ends) < 0.5 * max(ends):
        low = 0.0
    if ends and max(ends) <= 1 < high:
        high = 1.0
    row, top = 34, 8
    bottom = top + row * len(scores)
    x = Axis(low, high, 150, WIDTH - 190)
    ticks = x.ticks(4)
    pieces: list[Html | None] = []
    for tick, text in zip(ticks, tick_labels(ticks), strict=True):
        pieces += [
            tag("path", d=f"M{x(tick)} {top}V{bottom}", class_="grid"),
            tag("text", text, x=x(tick), y=bottom + 16, class_="tick", text_anchor="middle"),
        ]
    pieces.append(tag("text", label, x=(x.start + x.end) / 2, y=bottom + 36, class_="label", text_anchor="middle"))
    for place, bar in enumerate(scores):
        pieces += _bar(bar, x, top + row * place + row / 2)
    return Figure(frame(bottom + 44, pieces, sentence), sentence, _bar_table(name, scores, label))


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
    pieces: list[Html | None] = [_grid(x, y, x_label, y_label)]
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
    svg = join([frame(HEIGHT, pieces, sentence), key])
    return Figure(svg, sentence, Table(name, columns, rows))


def strip(name: str, rows: Mapping[str, Mapping[str, float]], unit: str, sentence: str) -> Figure:
    """One stacked bar for each row; the pieces in the order given, named in the legend."""
    kinds = list(dict.fromkeys(kind for parts in rows.values() for kind in parts))
    longest = max((sum(parts.values()) for parts in rows.values()), default=1.0) or 1.0
    height, top = 30, 8
    bottom = top + height * len(rows)
    x = Axis(0.0, longest * 1.02, 150, WIDTH - 90)
    ticks = x.ticks(5)
    pieces: list[Html | None] = [
        piece
        for tick, text in zip(ticks, tick_labels(ticks), strict=True)
        for piece in (
            tag("path", d=f"M{x(tick)} {top}V{bottom}", class_="grid"),
            tag("text", text, x=x(tick), y=bottom + 16, class_="tick", text_anchor="middle"),
        )
    ]
    for place, (row, parts) in enumerate(rows.items()):
        middle, start = top + height * place + height / 2, 0.0
        pieces.append(tag("text", row, x=140, y=middle + 4, class_="name", text_anchor="end"))
        for kind, amount in parts.items():
            wide = x(start + amount) - x(start)
            box = {"x": x(start), "y": middle - 9, "width": round(max(0.0, wide - 1), 2), "height": 18}
            hint = tag("title", f"{row}, {kind}: {number(amount, 3)} {unit}")
            look = kinds.index(kind)
            pieces.append(tag("rect", hint, class_=f"bar s{look % COLOURS}", **box))
            if wide > 18:
                pieces.append(
                    tag("text", look + 1, x=x(start) + wide / 2, y=middle + 4, class_="inbar", text_anchor="middle")
                )
            start += amount
        pieces.append(tag("text", f"{number(start, 3)} {unit}", x=x(start) + 6, y=middle + 4, class_="value"))
    key = legend([(f"{look + 1} {kind}", look) for look, kind in enumerate(kinds)], boxes=True)
    table = tuple((row, kind, amount) for row, parts in rows.items() for kind, amount in parts.items())
    data = Table(name, (Column("row"), Column("part"), Column("amount", unit)), table)
    return Figure(join([frame(bottom + 22, pieces, sentence), key]), sentence, data)


def _grid(x: Axis, y: Axis, x_label: str, y_label: str) -> Html:
    across, up = x.ticks(6), y.ticks(5)
    return tag(
        "g",
        *(tag("path", d=f"M{LEFT} {y(tick)}H{WIDTH - RIGHT}", class_="grid") for tick in up),
        *(
            tag("text", text, x=LEFT - 8, y=y(tick) + 4, class_="tick", text_anchor="end")
            for tick, text in zip(up, tick_labels(up), strict=True)
        ),
        *(
            tag("text", text, x=x(tick), y=HEIGHT - BOTTOM + 18, class_="tick", text_anchor="middle")
            for tick, text in zip(across, tick_labels(across), strict=True)
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


def _line(one: Series, x: Axis, y: Axis) -> list[Html]:
    look = one.look % COLOURS
    inside = [
        (x(_clip(across, x)), y(_clip(up, y))) if up is not None and math.isfinite(up) else None
        for across, up in zip(one.x, one.y, strict=True)
    ]
    pieces = []
    if one.low:
        band = [
            (x(across), y(_clip(low, y)), y(_clip(high, y)))
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


def _bar(bar: Bar, x: Axis, middle: float) -> list[Html | None]:
    look = bar.look % COLOURS
    pieces: list[Html | None] = [tag("text", bar.name, x=140, y=middle + 4, class_="name", text_anchor="end")]
    if bar.value is None:
        return [*pieces, tag("text", bar.note or "no value", x=x.start + 4, y=middle + 4, class_="value")]
    across = x(bar.value)
    if x.low == 0:
        box = {"x": x.start, "y": middle - 8, "width": round(across - x.start, 2), "height": 16}
        pieces.append(tag("rect", class_=f"pale s{look}", **box))
    text = number(bar.value, 3)
    if bar.low is not None and bar.high is not None:
        low, high = x(bar.low), x(bar.high)
        ends = f"M{low} {middle}H{high}M{low} {middle - 5}v10M{high} {middle - 5}v10"
        pieces.append(tag("path", d=ends, class_=f"whisker s{look}"))
        text += f" [{number(bar.low, 3)}, {number(bar.high, 3)}]"
    pieces.append(tag("path", d=marker(look, across, middle, 5.5), class_=f"mark s{look}"))
    pieces.append(tag("text", text, x=WIDTH - 180, y=middle + 4, class_="value"))
    return pieces


def _series_table(name: str, series: Sequence[Series], x_label: str, y_label: str) -> Table:
    columns = (Column("series"), Column(x_label), Column(y_label), Column("low"), Column("high"))
    banded = any(one.low for one in series)
    rows: list[tuple[Cell, ...]] = []
    for one in series:
        low, high = (one.low or [None] * len(one.y)), (one.high or [None] * len(one.y))
        for x, y, lowest, highest in zip(one.x, one.y, low, high, strict=True):
            rows.append((one.name, x, y, lowest, highest) if banded else (one.name, x, y))
    return Table(name, columns if banded else columns[:3], tuple(rows), shown=20)


def _bar_table(name: str, scores: Sequence[Bar], label: str) -> Table:
    rows = tuple((bar.name, bar.value, bar.low, bar.high, bar.note) for bar in scores)
    return Table(name, (Column("method"), Column(label), Column("low"), Column("high"), Column("note")), rows)


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
