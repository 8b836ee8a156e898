"""Which pixels of an image were never observed, though a number stands there?"""

from __future__ import annotations

import numpy as np

# numbers that surveys write where nothing was observed; beyond HUGE lie those of noise maps (1e16, 1e30)
SENTINELS = (0.0, -99.0, 100.0)
HUGE = 1e15
# a sentinel shows by how often it stands there, in all and against any number that is measured
MIN_PIXELS, MIN_SHARE, MIN_EXCESS = 16, 1e-3, 10
PROBE = 20_000


def without_blanks(pixels: np.ndarray, whole_numbers: bool) -> np.ndarray:
    """The same array, in place, NaN where a sentinel stood.

    `whole_numbers`: counts as the detector gave them, of which any may be common, so that none of the smaller ones is
    taken for a sentinel.
    """
    with np.errstate(invalid="ignore"):
        pixels[~(np.abs(pixels) < HUGE)] = np.nan
    for sentinel in () if whole_numbers else SENTINELS:
        blank = pixels == np.float32(sentinel)
        count = int(np.count_nonzero(blank))
        if count < max(MIN_PIXELS, MIN_SHARE * pixels.size):
            continue
        # an image without noise has many equal numbers: then none of them stands out
        if count > MIN_EXCESS * _commonest_share(pixels[~blank]) * pixels.size:
            pixels[blank] = np.nan
    return pixels


def _commonest_share(values: np.ndarray) -> float:
    """The share of the commonest finite number, of a probe spread over the image."""
    probe = values[:: max(1, len(values) // PROBE)]
    _, counts = np.unique(probe[np.isfinite(probe)], return_counts=True)
    return float(counts.max() / counts.sum()) if len(counts) else 0.0
