"""What all drawings share: the frame, the markers and dashes that tell series apart, the legend."""

from __future__ import annotations

from collections.abc import Sequence

from sciml.core.report.markup import Html, tag

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 12, 46
COLOURS = 6
DASHES = (None, "7 4", "2 3", "9 3 2 3", "12 4", "4 2")


def frame(height: float, pieces: Sequence[Html | None], sentence: str, width: float = WIDTH) -> Html:
    return tag(
        "svg",
        *pieces,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        aria_label=sentence,
    )


def marker(look: int, x: float, y: float, size: float = 3.2) -> str:
    """Circle, square, triangle, diamond, cross, bar: one for each look."""
    s = size
    if look == 0:
        return f"M{x - s:.1f} {y:.1f}a{s} {s} 0 1 0 {2 * s} 0a{s} {s} 0 1 0 {-2 * s} 0z"
    if look == 1:
        return f"M{x - s:.1f} {y - s:.1f}h{2 * s}v{2 * s}h{-2 * s}z"
    if look == 2:
        return f"M{x:.1f} {y - 1.2 * s:.1f}l{1.2 * s:.1f} {2.2 * s:.1f}h{-2.4 * s:.1f}z"
    if look == 3:
        t = 1.3 * s
        return f"M{x:.1f} {y - t:.1f}l{t:.1f} {t:.1f}l{-t:.1f} {t:.1f}l{-t:.1f} {-t:.1f}z"
    if look == 4:
        t = s / 2.6
        return (
            f"M{x - s:.1f} {y - t:.1f}h{s - t:.1f}v{t - s:.1f}h{2 * t:.1f}v{s - t:.1f}h{s - t:.1f}v{2 * t:.1f}"
            f"h{t - s:.1f}v{s - t:.1f}h{-2 * t:.1f}v{t - s:.1f}h{t - s:.1f}z"
        )
    return f"M{x - s:.1f} {y - s / 2:.1f}h{2 * s}v{s}h{-2 * s}z"


def legend(entries: Sequence[tuple[str, int]], boxes: bool = False, joined: bool = True) -> Html:
    """Names with their boxes, else with their markers, on a piece of their line where points are joined."""

    def key(look: int) -> Html:
        look %= COLOURS
        if boxes:
            drawn = [tag("rect", x=2, y=1, width=24, height=10, class_=f"bar s{look}")]
        else:
            line = tag("path", d="M0 6H28", class_=f"line s{look}", stroke_dasharray=DASHES[look])
            dot = tag("path", d=marker(look, 14, 6), class_=f"dot s{look}")
            drawn = [line, dot] if joined else [dot]
        return tag("svg", *drawn, viewBox="0 0 28 12", width=28, height=12, aria_hidden="true")

    return tag("ul", *(tag("li", key(look), " ", name) for name, look in entries), class_="legend")
