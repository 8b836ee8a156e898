"""Pictures of plain shapes, for what is no chart: boxes, letters, strokes and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sciml.core.report.marks import frame
from sciml.core.report.markup import Html, tag
from sciml.core.report.panels import Figure, Table


@dataclass(frozen=True)
class Boxes:
    """Rectangles (x, y, width, height) of one look; `look` is a class of the style sheet."""

    look: str
    boxes: Sequence[tuple[float, float, float, float]]
    opacity: float = 1.0


@dataclass(frozen=True)
class Letters:
    """Single letters, each centred on its (x, y)."""

    look: str
    letters: Sequence[tuple[float, float, str]]


@dataclass(frozen=True)
class Strokes:
    """Open lines through points."""

    look: str
    strokes: Sequence[Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Words:
    """A line of text; `anchor` as SVG means it."""

    look: str
    x: float
    y: float
    text: str
    anchor: str = "start"


Shape = Boxes | Letters | Strokes | Words


def drawing(width: float, height: float, shapes: Sequence[Shape], sentence: str, data: Table | None = None) -> Figure:
    """Plain shapes in their order; one element for each `Shape`, however many boxes it holds."""
    return Figure(frame(height, [_shape(shape) for shape in shapes], sentence, width), sentence, data)


def _shape(shape: Shape) -> Html:
    match shape:
        case Boxes(look, boxes, opacity):
            path = "".join(f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z" for x, y, width, height in boxes)
            return tag("path", d=path, class_=look, opacity=None if opacity == 1 else f"{opacity:g}")
        case Letters(look, letters):
            across = " ".join(f"{x:g}" for x, _, _ in letters)
            down = " ".join(f"{y:g}" for _, y, _ in letters)
            text = "".join(letter for _, _, letter in letters)
            return tag("text", text, x=across, y=down, class_=look, text_anchor="middle")
        case Strokes(look, strokes):
            path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in points) for points in strokes)
            return tag("path", d=path, class_=look)
        case Words(look, x, y, text, anchor):
            return tag("text", text, x=f"{x:g}", y=f"{y:g}", class_=look, text_anchor=anchor)
