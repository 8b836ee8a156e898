"""Heatmaps over the image that they are about, as PNG: where a score is sensitive, for people to see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sciml.core.whole import whole_file
from sciml.scans.field_of_view import find_disc
from sciml.scans.formats import Scan
from sciml.scans.settings import Kind

LARGEST_SIDE = 1024
CAPTION = "where the score is sensitive, not where disease is"
# from no to full sensitivity, dark to light: blues, as no retina has them and no X-ray any colour
COLOURS = np.array([(0, 0, 60), (0, 50, 160), (0, 120, 230), (40, 190, 255), (170, 240, 255)], np.float64)
OPACITY = 0.6
LINE = 22  # pixels of height that a line of the caption takes


def overlay(scan: Scan, heatmap: np.ndarray, kind: Kind, title: str) -> np.ndarray:
    """The image (y, x, red green blue) uint8, at most 1024 pixels wide and high, under a map (row, column) of 0 to 1.

    Below it stand the title and what the map does not mean, inside the picture, so that no copy loses them.
    """
    shown = _shown(scan.pixels)
    heat = _laid(heatmap, scan.pixels, kind, shown.shape[:2])
    mixed = _mixed(shown, heat)
    return _captioned(mixed, (title, CAPTION))


def write_overlay(picture: np.ndarray, out: Path) -> None:
    """Write a picture as PNG, whole."""
    with whole_file(out) as temporary:
        Image.fromarray(picture).save(temporary, format="PNG")


def field(pixels: np.ndarray, kind: Kind) -> tuple[float, float, float]:
    """Left, top and side of the square that `sciml.scans.field_of_view.square` cuts, in pixels of the image."""
    height, width = pixels.shape[:2]
    disc = find_disc(pixels) if kind == "retina" else None
    if disc is not None:
        return disc.x + 0.5 - disc.radius, disc.y + 0.5 - disc.radius, 2 * disc.radius
    longest = max(height, width)
    return (width - longest) / 2, (height - longest) / 2, float(longest)


def _shown(pixels: np.ndarray) -> np.ndarray:
    levels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3))))
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


def _laid(heatmap: np.ndarray, pixels: np.ndarray, kind: Kind, shape: tuple[int, int]) -> np.ndarray:
    """The map on the pixels that are shown (y, x), 0 beyond the square that it is about."""
    scale = shape[1] / pixels.shape[1]
    left, top, side = (round(value * scale) for value in field(pixels, kind))
    smooth = Image.fromarray(heatmap.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    canvas = Image.new("F", (shape[1], shape[0]))
    canvas.paste(smooth, (left, top))
    return np.asarray(np.clip(np.asarray(canvas), 0, 1))


def _mixed(shown: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Where nothing is sensitive the image stays as it is."""
    steps = np.linspace(0, 1, len(COLOURS))
    colour = np.stack([np.interp(heat, steps, channel) for channel in COLOURS.T], axis=-1)
    share = (OPACITY * heat)[..., None]
    return np.asarray(np.rint(shown * (1 - share) + colour * share), np.uint8)


def _captioned(picture: np.ndarray, lines: tuple[str, ...]) -> np.ndarray:
    height, width = picture.shape[:2]
    image = Image.new("RGB", (width, height + LINE * len(lines)))
    image.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((4, height + LINE * number + 2), line, fill=(255, 255, 255), font=_font(draw, line, width - 8))
    return np.asarray(image)


def _font(draw: ImageDraw.ImageDraw, line: str, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """As large as fits into the width, from 16 pixels down."""
    for size in range(16, 4, -1):
        font = ImageFont.load_default(size)
        if draw.textlength(line, font=font) <= width:
            return font
    return ImageFont.load_default(4)
