"""What every method sees of an image file: one square of bytes, and whether anything can be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.core.contract import Case
from sciml.scans.field_of_view import square
from sciml.scans.formats import Scan
from sciml.scans.prepare import square_of_unit
from sciml.scans.quality import gradable
from sciml.scans.settings import Kind


@dataclass(frozen=True)
class Sight:
    """Bytes (channel, y, x) of a square; `reason` says why it is not gradable, and is empty where it is."""

    pixels: np.ndarray
    gradable: bool
    reason: str


def sight_of(case: Case, side: int, kind: Kind) -> Sight:
    """The image of a case, `side` pixels wide."""
    return judged(square_of_unit(case.unit, side, kind), kind)


def seen(scan: Scan, side: int, kind: Kind) -> Sight:
    """A scan as a method that reads this kind of image sees it."""
    sight = judged(square(scan, side, kind), kind)
    if kind == "chest" and scan.kind_hint == "retina":
        return Sight(sight.pixels, False, "a colour photograph")
    return sight


def judged(pixels: np.ndarray, kind: Kind) -> Sight:
    """A square with the word on its quality."""
    usable, reason = gradable(pixels, kind)
    return Sight(pixels, usable, "" if usable else reason)
