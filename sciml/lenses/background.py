"""How bright is the empty sky of an image, and how much does it scatter from pixel to pixel?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SAMPLE = 400_000
CLIP, ROUNDS = 3.0, 20
# median of the absolute deviations of a normal distribution, in standard deviations
MAD_OF_NORMAL = 0.6744897501960817


class Sky(NamedTuple):
    """Level and scatter (standard deviation) of the pixels without a source, in the unit of the image."""

    level: float
    sigma: float


def sky_of(flux: np.ndarray) -> Sky:
    """The sky of all finite pixels; NaN and NaN where there is none.

    The scatter is that of the pixels below the level, where sources do not reach; what lies more than 3 sigma off the
    level is left out, and both are measured anew until nothing changes.
    """
    values = flux.ravel()
    # a prime step: no row or column pattern is met again and again
    values = values[:: _prime_from(values.size // SAMPLE)] if values.size > SAMPLE else values
    values = np.sort(values[np.isfinite(values)]).astype(np.float64)
    if not len(values):
        return Sky(float("nan"), float("nan"))
    low, high = 0, len(values)
    for _ in range(ROUNDS):
        kept = values[low:high]
        level = float(np.median(kept))
        below = kept[kept <= level]
        sigma = float(np.median(level - below)) / MAD_OF_NORMAL
        limits = np.searchsorted(values, (level - CLIP * sigma, level + CLIP * sigma), side="left")
        if (int(limits[0]), int(limits[1])) == (low, high) or limits[0] >= limits[1]:
            break
        low, high = int(limits[0]), int(limits[1])
    return Sky(level, sigma)


def _prime_from(number: int) -> int:
    while any(number % factor == 0 for factor in range(2, int(number**0.5) + 1)):
        number += 1
    return max(1, number)
