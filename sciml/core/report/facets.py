"""Several small charts of the same methods in one drawing, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sciml.core.report.axes import Axis, around, tick_labels
from sciml.core.report.figures import Series, line_pieces
from sciml.core.report.marks import WIDTH, frame, legend
from sciml.core.report.markup import Html, tag
from sciml.core.report.panels import Cell, Column, Figure, Table

ACROSS = 2
TALL, GAP = 214, 26
LEFT, TOP, BOTTOM = 40, 22, 54


@dataclass(frozen=True)
class Facet:
    """One small chart: its title and its lines."""

    title: str
    series: Sequence[Series]


def facets(
    name: str,
    shown: Sequence[Facet],
    x_label: str,
    y_label: str,
    sentence: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> Figure:
    """Charts that share both axes and the legend, two in a row; `name` is that of the CSV."""
    everything = [one for facet in shown for one in facet.series]
    x_range = x_range or around(value for one in everything for value in one.x)
    y_range = y_range or around(value for one in everything for value in (*one.y, *one.low, *one.high))
    wide = (WIDTH - GAP * (ACROSS - 1)) / ACROSS
    pieces = [
        _facet(
            facet,
            (place % ACROSS) * (wide + GAP),
            (place // ACROSS) * TALL,
            wide,
            x_range,
            y_range,
            # the axis is named once, under the last chart of a column
            x_label if place + ACROSS >= len(shown) else "",
        )
        for place, facet in enumerate(shown)
    ]
    rows = -(-len(shown) // ACROSS)
    looks = dict.fromkeys((one.name, one.look) for one in everything)
    svg = frame(TALL * rows, pieces, sentence)
    return Figure(svg, sentence, _table(name, shown, x_label, y_label), None, legend(list(looks)))


def _facet(
    facet: Facet,
    left: float,
    top: float,
    wide: float,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    x_label: str,
) -> Html:
    # half of the last tick's label stands beyond the axis
    x = Axis(*x_range, left + LEFT, left + wide - 14)
    y = Axis(*y_range, top + TALL - BOTTOM, top + TOP)
    across, up = x.ticks(4), y.ticks(4)
    grid = "".join(f"M{x.start} {y(tick)}H{x.end}" for tick in up)
    return tag(
        "g",
        tag("path", d=grid, class_="grid"),
        *(
            tag("text", text, x=x.start - 6, y=y(tick) + 4, class_="tick", text_anchor="end")
            for tick, text in zip(up, tick_labels(up), strict=True)
        ),
        *(
            tag("text", text, x=x(tick), y=y.start + 15, class_="tick", text_anchor="middle")
            for tick, text in zip(across, tick_labels(across), strict=True)
        ),
        tag("path", d=f"M{x.start} {y.start}H{x.end}", class_="axis"),
        tag("text", facet.title, x=x.start, y=top + 12, class_="name"),
        tag("text", x_label, x=x.end, y=y.start + 31, class_="label", text_anchor="end") if x_label else None,
        tag(
            "svg", *(piece for one in facet.series for piece in line_pieces(one, x, y)), **_inner(x, y), class_="inner"
        ),
    )


def _inner(x: Axis, y: Axis) -> dict[str, object]:
    """What lies outside of the axes is cut off, as far as a marker on their edge still shows."""
    left, top, wide, tall = x.start - 4, y.end - 4, x.end - x.start + 8, y.start - y.end + 8
    box = f"{left:g} {top:g} {wide:g} {tall:g}"
    return {"x": f"{left:g}", "y": f"{top:g}", "width": f"{wide:g}", "height": f"{tall:g}", "viewBox": box}


def _table(name: str, shown: Sequence[Facet], x_label: str, y_label: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for facet in shown:
        for one in facet.series:
            low, high = (one.low or [None] * len(one.y)), (one.high or [None] * len(one.y))
            rows += [(facet.title, one.name, *values) for values in zip(one.x, one.y, low, high, strict=True)]
    columns = (Column("chart"), Column("series"), Column(x_label), Column(y_label), Column("low"), Column("high"))
    return Table(name, columns, tuple(rows), shown=3)
