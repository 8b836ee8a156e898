"""What does a map of contacts look like? Predicted above the diagonal, true below."""

from __future__ import annotations

import numpy as np

from sciml.core.report.palette_png import palette_png
from sciml.core.report.shapes import Boxes, Picture, Shape, Words
from sciml.proteins.family_views import Map
from sciml.proteins.similarity import distances

# what is nearer along the chain touches because it is a chain, and would outshine everything else
MIN_SEPARATION = 6
SHADES = 8
NEAR_ANGSTROM = 12.0
# nothing, then ever deeper blue; true contact, near, not resolved
COLOURS = (
    *("#ffffff", "#dbe7f5", "#b7cfeb", "#90b4de", "#6797cf", "#3e79bd", "#1c5ca6", "#073f85"),
    *("#39424d", "#c9d0d8", "#efe6d2"),
)
CONTACT, NEAR, UNRESOLVED = SHADES, SHADES + 1, SHADES + 2


def strength(shown: Map) -> np.ndarray:
    """How strongly a pair is predicted, 0 to 1: its probability, or its score as a share of the highest one.

    The highest score is that of the pairs that are at least MIN_SEPARATION apart along the chain.
    """
    values = np.clip(np.nan_to_num(shown.values.astype(np.float64)), 0, None)
    if not shown.probable:
        apart = values[np.triu_indices(len(values), MIN_SEPARATION)]
        values = values / max(float(apart.max(initial=0.0)), 1e-12)
    return np.minimum(values, 1.0)


def codes(shown: Map, native_cb: np.ndarray, contact_angstrom: float) -> np.ndarray:
    """Places in COLOURS (residue, residue2): what is predicted above the diagonal, what is true below."""
    known = distances(native_cb)
    drawn = np.rint((SHADES - 1) * strength(shown)).astype(np.uint8)
    with np.errstate(invalid="ignore"):
        truth = np.where(known < contact_angstrom, CONTACT, np.where(known < NEAR_ANGSTROM, NEAR, 0))
    truth[~np.isfinite(known)] = UNRESOLVED
    below = np.tri(len(drawn), k=-1, dtype=bool)
    picture = np.where(below, truth, drawn).astype(np.uint8)
    np.fill_diagonal(picture, 0)
    return picture


def map_shapes(
    shown: Map, native_cb: np.ndarray, contact_angstrom: float, x: float, y: float, side: float
) -> list[Shape]:
    """The map as a picture with a frame, at (x, y)."""
    file = palette_png(codes(shown, native_cb, contact_angstrom), COLOURS)
    return [Picture(x, y, side, side, file), Boxes("gap", [(x, y, side, side)])]


def map_labels(length: int, x: float, y: float, side: float) -> list[Shape]:
    """Which half is which, and the first and last residue."""
    return [
        Words("small", x + side, y - 5, "predicted", "end"),
        Words("small", x, y + side + 13, "true"),
        Words("small", x, y - 5, "1"),
        Words("small", x + side, y + side + 13, f"{length:,}", "end"),
    ]
