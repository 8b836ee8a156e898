"""Pictures of plain shapes, for what is no chart: boxes, letters, strokes, words and images."""

from __future__ import annotations

import base64
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


@dataclass(frozen=True)
class Picture:
    """A PNG (see `palette_png`) or WebP (see `photo`) in its place; `sharp` keeps the edges of its pixels."""

    x: float
    y: float
    width: float
    height: float
    file: bytes
    sharp: bool = True


@dataclass(frozen=True)
class Swatches:
    """Boxes of one colour that means the same on light, dark and paper; the colour is data, not style."""

    colour: str
    boxes: Sequence[tuple[float, float, float, float]]


Shape = Boxes | Letters | Strokes | Words | Picture | Swatches


def drawing(width: float, height: float, shapes: Sequence[Shape], sentence: str, data: Table | None = None) -> Figure:
    """Plain shapes in their order; one element for each `Shape`, however many boxes it holds."""
    return Figure(frame(height, [_shape(shape) for shape in shapes], sentence, width), sentence, data)


def _shape(shape: Shape) -> Html:
    match shape:
        case Boxes(look, boxes, opacity):
            return tag("path", d=_outline(boxes), class_=look, opacity=None if opacity == 1 else f"{opacity:g}")
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
        case Picture(x, y, width, height, file, sharp):
            kind = "webp" if file[:4] == b"RIFF" else "png"
            source = f"data:image/{kind};base64,{base64.b64encode(file).decode('ascii')}"
            place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
            return tag("image", href=source, preserveAspectRatio="none", class_="pixels" if sharp else None, **place)
        case Swatches(colour, boxes):
            return tag("path", d=_outline(boxes), fill=colour)


def _outline(boxes: Sequence[tuple[float, float, float, float]]) -> str:
    return "".join(f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z" for x, y, width, height in boxes)
