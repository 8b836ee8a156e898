"""Which square of a scan does the network see?

Of a fundus photograph the field of view, a disc whose top and bottom are often cut off; all beyond is black and may
hold names and dates, so it is left out. Of a chest X-ray the whole, padded with black.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from sciml.scans.formats import Scan
from sciml.scans.settings import Kind

WORKING_HEIGHT = 256
# share of the brightness of the field at which the field ends
EDGE = 0.16
DARKEST_FIELD = 0.03
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
TRIMS = 8
MIN_ARC = 0.12
MAX_OUTSIDE, MIN_INSIDE = 0.06, 0.85


@dataclass(frozen=True)
class Disc:
    """The field of view of a fundus camera: centre and radius, in pixels of the scan."""

    y: float
    x: float
    radius: float


def square(scan: Scan, side: int, kind: Kind) -> np.ndarray:
    """Grey levels (channel, side, side) uint8: three channels of a retina, one of a chest."""
    return square_of(scan.pixels, side, kind)


def square_of(pixels: np.ndarray, side: int, kind: Kind) -> np.ndarray:
    """`square` of bare pixels (y, x, channel) in 0..1."""
    if kind == "chest":
        return _fitted(_levels(_grey(pixels)), side)
    levels = _levels(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
    disc = find_disc(pixels)
    if disc is None:
        return _fitted(levels, side)
    cut = _cut(levels, disc, side)
    from_centre = np.hypot(*np.mgrid[:side, :side] - (side - 1) / 2)
    cut[:, from_centre > side / 2] = 0
    return cut


def find_disc(pixels: np.ndarray) -> Disc | None:
    """The disc that the field of view is a part of; None where no dark surround shows its edge.

    A circle is fitted to the edge of the bright region (least squares, the worst points left out again and again, so
    that the notch and the lettering of a camera do not matter); edges of the picture itself are no edge of the field.
    """
    step = max(1, min(pixels.shape[:2]) // WORKING_HEIGHT)
    bright = _shrunk(pixels.max(axis=2), step)
    field = _field(bright)
    if field is None:
        return None
    points = _edge_points(field)
    if len(points) < MIN_ARC * sum(bright.shape):
        return None
    y, x, radius = _circle(points)
    if not _holds(field, y, x, radius):
        return None
    return Disc((y + 0.5) * step - 0.5, (x + 0.5) * step - 0.5, radius * step)


def _field(bright: np.ndarray) -> np.ndarray | None:
    level = max(DARKEST_FIELD, EDGE * float(np.percentile(bright, 95)))
    labels, count = ndimage.label(ndimage.median_filter(bright, 3) > level)
    if not count:
        return None
    largest = 1 + int(np.argmax(np.bincount(np.ravel(labels))[1:]))
    filled: np.ndarray = ndimage.binary_fill_holes(labels == largest)
    return filled


def _edge_points(field: np.ndarray) -> np.ndarray:
    """Where rows and columns enter and leave the field (point, (y, x)), but for the edges of the picture."""
    found = []
    for mask, flipped in ((field, False), (field.T, True)):
        rows = np.flatnonzero(mask.any(axis=1))
        first = mask[rows].argmax(axis=1) - 0.5
        last = mask.shape[1] - mask[rows, ::-1].argmax(axis=1) - 0.5
        for ends in (first, last):
            inside = (ends > 1.5) & (ends < mask.shape[1] - 2.5)
            pair = np.stack([rows[inside], ends[inside]], axis=1)
            found.append(pair[:, ::-1] if flipped else pair)
    points = np.concatenate(found).astype(np.float64)
    height, width = field.shape
    margin = (points > 1.5).all(axis=1) & (points[:, 0] < height - 2.5) & (points[:, 1] < width - 2.5)
    return np.asarray(points[margin])


def _circle(points: np.ndarray) -> tuple[float, float, float]:
    """Centre and radius by Kasa's linear fit, trimmed."""
    kept = points
    for _ in range(TRIMS):
        centre = kept.mean(axis=0)
        around = kept - centre
        design = np.column_stack([2 * around, np.ones(len(around))])
        solution, *_ = np.linalg.lstsq(design, (around**2).sum(axis=1), rcond=None)
        y, x = solution[:2] + centre
        radius = float(np.sqrt(max(solution[2] + solution[0] ** 2 + solution[1] ** 2, 0.0)))
        misfit = np.abs(np.hypot(points[:, 0] - y, points[:, 1] - x) - radius)
        near = misfit <= max(1.0, 2.5 * float(np.median(misfit)))
        kept = points[near]
    return float(y), float(x), radius


def _holds(field: np.ndarray, y: float, x: float, radius: float) -> bool:
    """Whether the disc fills the field, and the field the disc, as far as the picture shows it."""
    height, width = field.shape
    if not 0.3 * min(height, width) < radius < 0.9 * max(height, width):
        return False
    rows, columns = np.ogrid[:height, :width]
    disc = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    within_rows = np.asarray(field.any(axis=1))  # the camera may have cut top and bottom inside the picture
    shown = disc & within_rows[:, None]
    outside = (field & ~disc).sum() / field.sum()
    return bool(outside < MAX_OUTSIDE and shown.any() and field[shown].mean() > MIN_INSIDE)


def _grey(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.shape[2] == 1 else (pixels @ LUMINANCE)[..., None]


def _levels(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(np.clip(pixels, 0, 1) * np.float32(255)), np.uint8)


def _shrunk(plane: np.ndarray, step: int) -> np.ndarray:
    height, width = (size // step * step for size in plane.shape)
    blocks = plane[:height, :width].reshape(height // step, step, width // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _fitted(levels: np.ndarray, side: int) -> np.ndarray:
    """The whole picture in the middle of a black square."""
    height, width = levels.shape[:2]
    longest = max(height, width)
    size = (max(1, round(width * side / longest)), max(1, round(height * side / longest)))
    return _placed(levels, (0, 0, width, height), size, ((side - size[0]) // 2, (side - size[1]) // 2), side)


def _cut(levels: np.ndarray, disc: Disc, side: int) -> np.ndarray:
    """The square around the disc; what lies beyond the picture is black."""
    height, width = levels.shape[:2]
    scale = side / (2 * disc.radius)
    left, top = disc.x + 0.5 - disc.radius, disc.y + 0.5 - disc.radius
    box = (max(0.0, left), max(0.0, top), min(width, left + 2 * disc.radius), min(height, top + 2 * disc.radius))
    at = (round((box[0] - left) * scale), round((box[1] - top) * scale))
    size = tuple(max(1, round((end - begin) * scale)) for begin, end in ((box[0], box[2]), (box[1], box[3])))
    return _placed(levels, box, (size[0], size[1]), at, side)


def _placed(
    levels: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int], at: tuple[int, int], side: int
) -> np.ndarray:
    """The box of the picture resized (a triangle filter, wide enough not to alias) and put into a black square."""
    channels = []
    for channel in range(levels.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(levels[..., channel]))
        black = Image.new("L", (side, side))
        black.paste(plane.resize(size, Image.Resampling.BILINEAR, box=box), at)
        channels.append(np.asarray(black))
    return np.stack(channels)
