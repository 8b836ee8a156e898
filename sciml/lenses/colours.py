"""How much brighter or fainter is a galaxy in one band than in another?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sciml.core.errors import SettingsError

# magnitude of one count in every band
ZERO_POINT = 30.0


class BandColours(NamedTuple):
    """Magnitudes above the i band: red galaxies at redshift 0.5, their growth with redshift, blue galaxies, stars."""

    red: float
    red_slope: float
    blue: float
    star: float


COLOURS = {
    "u": BandColours(4.3, 2.4, 0.75, 2.3),
    "g": BandColours(2.6, 2.25, 0.38, 1.0),
    "r": BandColours(0.85, 1.5, 0.13, 0.3),
    "i": BandColours(0.0, 0.0, 0.0, 0.0),
    "z": BandColours(-0.36, -0.75, -0.1, -0.15),
    "y": BandColours(-0.52, -0.9, -0.14, -0.22),
}
RED_REDSHIFTS = (0.3, 0.7)
RED_SCATTER, BLUE_SCATTER = 0.07, 0.4


def check_bands(bands: Sequence[str]) -> None:
    """Refuse bands of which no colour is known."""
    if strange := [band for band in bands if band not in COLOURS]:
        raise SettingsError(
            "lenses.simulate.bands", f"{strange[0]!r} cannot be simulated", f"take of {', '.join(COLOURS)}"
        )


def red_flux(magnitude: np.ndarray, bands: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Counts (object, band) of old galaxies with these i magnitudes, at redshifts of their own."""
    redshift = rng.uniform(*RED_REDSHIFTS, len(magnitude)) - 0.5
    above = np.array([[COLOURS[band].red, COLOURS[band].red_slope] for band in bands])
    colour = above[:, 0] + redshift[:, None] * above[:, 1]
    return _counts(magnitude[:, None] + colour + rng.normal(0, RED_SCATTER, colour.shape))


def blue_flux(magnitude: np.ndarray, bands: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Counts (object, band) of galaxies that form stars; the older the redder, all bands together."""
    age = np.clip(rng.normal(1, BLUE_SCATTER, len(magnitude)), 0, 2.5)
    return _counts(magnitude[:, None] + age[:, None] * np.array([COLOURS[band].blue for band in bands]))


def star_flux(magnitude: np.ndarray, bands: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Counts (object, band) of stars, from hot to cool."""
    coolness = rng.uniform(0.2, 1.8, len(magnitude))
    return _counts(magnitude[:, None] + coolness[:, None] * np.array([COLOURS[band].star for band in bands]))


def _counts(magnitude: np.ndarray) -> np.ndarray:
    return np.asarray(10 ** (0.4 * (ZERO_POINT - magnitude)))
