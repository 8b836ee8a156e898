"""How much does rain vary from place to place, at each scale?

The radially averaged power spectrum of rain in decibels, as pysteps' `rapsd`, added up in bands of wavelength that do
not depend on the size of the grid, so that the spectra of unlike windows add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import fft

from sciml.nowcast.ensembles import DRY, at_least

# shortest wavelength of each band, km: thirds of an octave from 1 km
BANDS_KM = tuple(round(2 ** (third / 3), 4) for third in range(31))
DRY_DB = -15.0


@dataclass(frozen=True)
class Rings:
    """Which wavenumber, and which band, each coefficient of a real Fourier transform belongs to.

    Both are -1 for what is left out: the mean, and what the shorter side of the grid resolves along diagonals only.
    """

    number: np.ndarray
    weight: np.ndarray
    band: np.ndarray


def decibels(rain: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """10 log10 of the rate in mm/h, counted from -15: 0 below 0.1 mm/h and, for every field alike, outside the mask."""
    wet = mask & at_least(rain, DRY)
    field = np.zeros(rain.shape, np.float32)
    field[wet] = 10 * np.log10(rain[wet]) - DRY_DB
    return field


def band_power(field: np.ndarray, cell_km: float) -> np.ndarray:
    """(wavelength,) power of a field (y, x): for each wavenumber of a band the mean around its ring, added up."""
    height, width = field.shape
    rings = _rings(height, width, cell_km)
    power = np.square(np.abs(fft.rfft2(field))) / field.size
    used = rings.number >= 0
    total, cells = (
        np.bincount(rings.number[used], weights=weights[used], minlength=len(rings.band))
        for weights in (power * rings.weight, rings.weight)
    )
    mean = np.divide(total, cells, out=np.zeros(len(rings.band)), where=cells > 0)
    return np.bincount(rings.band[rings.band >= 0], weights=mean[rings.band >= 0], minlength=len(BANDS_KM))


def band_wavenumbers(shape: tuple[int, int], cell_km: float) -> np.ndarray:
    """(wavelength,) how many wavenumbers a grid has in each band."""
    band = _rings(*shape, cell_km).band
    return np.bincount(band[band >= 0], minlength=len(BANDS_KM)).astype(np.float64)


@lru_cache(maxsize=8)
def _rings(height: int, width: int, cell_km: float) -> Rings:
    """Ring r holds the waves that fit r times, rounded, into the longer side."""
    longer = max(height, width)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    number = np.rint(np.hypot(rows, columns) * longer).astype(np.int64)
    rings = (longer + 1) // 2
    number[(number >= rings) | (number == 0)] = -1
    # the other half of the columns mirrors this one
    weight = np.full(number.shape, 2.0)
    weight[:, 0] = 1.0
    if width % 2 == 0:
        weight[:, -1] = 1.0
    wavelength = longer * cell_km / np.maximum(1, np.arange(rings))
    band = np.searchsorted(BANDS_KM, wavelength * (1 + 1e-9), side="right") - 1
    band[0] = -1
    return Rings(number, weight, band)
