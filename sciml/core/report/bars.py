"""One row a method or a science: scores with whiskers, and times stacked by stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sciml.core.report.axes import Axis, around, measured, number, tick_labels
from sciml.core.report.marks import COLOURS, WIDTH, frame, legend, marker
from sciml.core.report.markup import Html, tag
from sciml.core.report.panels import Column, Figure, Table

LETTER = 7.4  # widest mean width of a bold letter of the drawings' font, in their units


@dataclass(frozen=True)
class Bar:
    """One score of a method; `note` stands behind its value."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    look: int = 0
    note: str = ""


def bars(name: str, scores: Sequence[Bar], label: str, sentence: str, width: float = WIDTH) -> Figure:
    """One row for each method: its score as a marker, its interval as a whisker, the number beside it.

    A bar is drawn from zero only where zero is on the axis: a bar that starts elsewhere would mislead.
    """
    ends = [end for bar in scores for end in (bar.value, bar.low, bar.high) if end is not None]
    low, high = around(ends)
    if ends and 0 <= min(ends) < 0.5 * max(ends):
        low = 0.0
    if ends and max(ends) <= 1 < high:
        high = 1.0
    row, top = 30, 6
    bottom = top + row * len(scores)
    x = Axis(low, high, _name_room(bar.name for bar in scores), width - 158)
    pieces = _ticks(x, top, bottom, 3 if width < WIDTH else 4)
    pieces.append(tag("text", label, x=(x.start + x.end) / 2, y=bottom + 35, class_="label", text_anchor="middle"))
    for place, bar in enumerate(scores):
        pieces += _bar(bar, x, top + row * place + row / 2)
    rows = tuple((bar.name, bar.value, bar.low, bar.high, bar.note) for bar in scores)
    columns = (Column("method"), Column(label), Column("low"), Column("high"), Column("note"))
    return Figure(frame(bottom + 42, pieces, sentence, width), sentence, Table(name, columns, rows))


def card_bars(scores: Sequence[Bar], label: str, sentence: str) -> Html:
    """The same for a narrow card: names and numbers stand above their whiskers, which share one axis."""
    width, row, top = 240.0, 38, 2
    ends = [end for bar in scores for end in (bar.value, bar.low, bar.high) if end is not None]
    low, high = around(ends)
    if ends and max(ends) <= 1 < high:
        high = 1.0
    bottom = top + row * len(scores)
    x = Axis(low, high, 8, width - 8)
    ticks = x.ticks(2)
    pieces = [
        tag("text", text, x=x(tick), y=bottom + 14, class_="tick", text_anchor="middle")
        for tick, text in zip(ticks, tick_labels(ticks), strict=True)
    ]
    pieces.append(tag("text", label, x=width / 2, y=bottom + 30, class_="label", text_anchor="middle"))
    for place, bar in enumerate(scores):
        line, middle = top + row * place + 12, top + row * place + 26
        # not over the words of the next row
        grid = "".join(f"M{x(tick)} {middle - 7}v14" for tick in ticks)
        pieces += [tag("path", d=grid, class_="grid"), tag("text", bar.name, x=0, y=line, class_="name")]
        value, limits = (
            measured(bar.value, bar.low, bar.high) if bar.value is not None else (bar.note or "no value", "")
        )
        fits = LETTER * (len(bar.name) + len(value) + len(limits)) <= width
        written = f"{value} {limits}" if limits and fits else value
        pieces.append(tag("text", written, x=width, y=line, class_="value", text_anchor="end"))
        pieces += _point(bar, x, middle)
    return frame(bottom + 38, pieces, sentence, width)


def strip(name: str, rows: Mapping[str, Mapping[str, float]], unit: str, sentence: str) -> Figure:
    """One stacked bar for each row; the pieces in the order given, named in the legend."""
    kinds = list(dict.fromkeys(kind for parts in rows.values() for kind in parts))
    longest = max((sum(parts.values()) for parts in rows.values()), default=1.0) or 1.0
    height, top = 30, 8
    bottom = top + height * len(rows)
    x = Axis(0.0, longest * 1.02, _name_room(rows), WIDTH - 90)
    pieces = _ticks(x, top, bottom, 5)
    for place, (row, parts) in enumerate(rows.items()):
        middle, start = top + height * place + height / 2, 0.0
        pieces.append(tag("text", row, x=x.start - 10, y=middle + 4, class_="name", text_anchor="end"))
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
    return Figure(frame(bottom + 22, pieces, sentence), sentence, data, legend=key)


def _name_room(names: Iterable[str]) -> float:
    return min(190.0, 16 + LETTER * max((len(name) for name in names), default=0))


def _ticks(x: Axis, top: float, bottom: float, wanted: int) -> list[Html]:
    ticks = x.ticks(wanted)
    return [
        piece
        for tick, text in zip(ticks, tick_labels(ticks), strict=True)
        for piece in (
            tag("path", d=f"M{x(tick)} {top}V{bottom}", class_="grid"),
            tag("text", text, x=x(tick), y=bottom + 16, class_="tick", text_anchor="middle"),
        )
    ]


def _bar(bar: Bar, x: Axis, middle: float) -> list[Html]:
    look = bar.look % COLOURS
    pieces = [tag("text", bar.name, x=x.start - 10, y=middle + 4, class_="name", text_anchor="end")]
    if bar.value is None:
        return [*pieces, tag("text", bar.note or "no value", x=x.start + 4, y=middle + 4, class_="value")]
    across = x(bar.value)
    if x.low == 0:
        box = {"x": x.start, "y": middle - 8, "width": round(across - x.start, 2), "height": 16}
        pieces.append(tag("rect", class_=f"pale s{look}", **box))
    pieces += _point(bar, x, middle)
    written = " ".join(measured(bar.value, bar.low, bar.high))
    return [*pieces, tag("text", written, x=x.end + 14, y=middle + 4, class_="value")]


def _point(bar: Bar, x: Axis, middle: float) -> list[Html]:
    """Whisker and marker of a score; nothing where there is none."""
    if bar.value is None:
        return []
    look, pieces = bar.look % COLOURS, []
    if bar.low is not None and bar.high is not None:
        low, high = x(bar.low), x(bar.high)
        ends = f"M{low} {middle}H{high}M{low} {middle - 5}v10M{high} {middle - 5}v10"
        pieces.append(tag("path", d=ends, class_=f"whisker s{look}"))
    return [*pieces, tag("path", d=marker(look, x(bar.value), middle, 5.5), class_=f"mark s{look}")]
