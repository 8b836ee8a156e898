"""Can anything be told from this scan at all?

The bounds are set so that every photograph and X-ray among the real ones that were at hand passes, and none of them
does after a Gaussian blur of 2 % of its height.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from sciml.scans.settings import Kind

# blur is told at this side: what a smaller picture has lost, it has lost anyway
JUDGED_SIDE = 128
LEAST_SHARPNESS = {"retina": 0.17, "chest": 0.13}
LIT = 8
# grey levels of 255: the median of the brightest channel, and the standard deviation over the field
DARKEST, BRIGHTEST, LEAST_CONTRAST = 25.0, 245.0, 2.0
LEAST_REDNESS = 1.1
REASONS = ("ok", "blank", "too dark", "too bright", "no fundus disc", "blurred")


def gradable(pixels: np.ndarray, kind: Kind) -> tuple[bool, str]:
    """Whether a square of `field_of_view.square` (channel, side, side) can be judged, and if not, why: see REASONS."""
    reason = _reason(pixels, kind)
    return reason == "ok", reason


def sharpness(plane: np.ndarray, field: np.ndarray) -> float:
    """Fine over coarse structure, at a side of 128: a ratio of standard deviations of two bands.

    The bands are differences of Gaussians of 0.7 and 1.4, and of 1.4 and 5.6 pixels; contrast cancels.
    """
    smooth = [ndimage.gaussian_filter(plane.astype(np.float32), sigma) for sigma in (0.7, 1.4, 5.6)]
    inner = ndimage.binary_erosion(field, iterations=6)  # the edge of the field is no structure
    if not inner.any():
        return 0.0
    fine, coarse = float((smooth[0] - smooth[1])[inner].std()), float((smooth[1] - smooth[2])[inner].std())
    return fine / coarse if coarse > 0 else 0.0


def _reason(pixels: np.ndarray, kind: Kind) -> str:
    planes = _judged(pixels)
    brightest = planes.max(axis=0)
    side = planes.shape[1]
    if kind == "retina":
        from_centre = np.hypot(*np.mgrid[:side, :side] - (side - 1) / 2) / (side / 2)
        corners, within = from_centre > 1.04, from_centre < 0.97
    else:
        corners, within = np.zeros((side, side), bool), np.ones((side, side), bool)
    field = within & (brightest > LIT)
    plane = planes[1] if kind == "retina" else planes[0]
    if field.mean() < 0.02:
        return "blank" if np.ptp(planes) < LEAST_CONTRAST * 2 else "too dark"
    if np.median(brightest[within & (brightest > 0)]) < DARKEST:
        return "too dark"
    if np.median(plane[field]) > BRIGHTEST:
        return "too bright"
    if plane[field].std() < LEAST_CONTRAST:
        return "blank"
    if kind == "retina" and not _is_fundus(planes, field, corners):
        return "no fundus disc"
    if pixels.shape[1] >= JUDGED_SIDE and sharpness(plane, field) < LEAST_SHARPNESS[kind]:
        return "blurred"
    return "ok"


def _is_fundus(planes: np.ndarray, field: np.ndarray, corners: np.ndarray) -> bool:
    """A lit disc in black corners, redder than it is blue: haemoglobin and melanin take the short waves."""
    red, _, blue = planes[:, field].mean(axis=1)
    return bool((planes[:, corners].max(axis=0) <= LIT).mean() > 0.98 and red > LEAST_REDNESS * blue)


def _judged(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[1] <= JUDGED_SIDE:
        return pixels.astype(np.float32)
    size = (JUDGED_SIDE, JUDGED_SIDE)
    planes = [Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR) for plane in np.ascontiguousarray(pixels)]
    return np.stack([np.asarray(plane, np.float32) for plane in planes])
