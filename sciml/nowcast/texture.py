"""Gaussian texture in which every scale has its own strength and its own lifetime.

The additive cascade of STEPS (Bowler, Pierce and Seed 2006, Quarterly Journal of the Royal Meteorological Society
132, 2127) without bands: each Fourier mode of the field is a second-order autoregressive process whose lifetime grows
with its wavelength. It lives in the frame of the moving air; `at` looks it up at labels (see flow.py).
"""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage

from sciml.nowcast.weather import Weather

OUTER_KM = 400.0  # the spectrum is flat above
FAST_SHARE = 0.3  # second lifetime over the first: tendencies last a while, as in AR(2) fits to radar


class Texture:
    """A field of mean 0 and variance 1 on a torus of `torus` cells a side, renewed step by step."""

    def __init__(
        self, weather: Weather, torus: int, cell_km: float, step_minutes: float, rng: np.random.Generator
    ) -> None:
        wavenumber = _wavenumber(weather, torus, cell_km)
        self._torus, self._rng = torus, rng
        self._amplitude = _amplitude(weather, wavenumber, torus)
        with np.errstate(divide="ignore"):
            lifetime = weather.lifetime_10km * (0.1 / wavenumber) ** weather.lifetime_exponent
        slow = np.exp(-step_minutes / lifetime)
        fast = np.exp(-step_minutes / (FAST_SHARE * lifetime))
        self._first, self._second = slow + fast, -slow * fast
        alike = self._first / (1 - self._second)  # correlation of two successive states
        renewal = (1 + self._second) * ((1 - self._second) ** 2 - self._first**2) / (1 - self._second)
        self._renewal = (np.sqrt(np.maximum(renewal, 0)) * self._amplitude).astype(np.float32)
        self._first, self._second = self._first.astype(np.float32), self._second.astype(np.float32)
        self._now = self._noise() * self._amplitude
        self._before = alike * self._now + np.sqrt(1 - alike**2) * self._amplitude * self._noise()
        self._now, self._before = self._now.astype(np.complex64), self._before.astype(np.complex64)
        self._spline = _spline_response(torus)
        self._coefficients = self._spline_coefficients()

    def advance(self) -> None:
        """One step of every mode."""
        later = self._first * self._now + self._second * self._before + self._renewal * self._noise()
        self._now, self._before = later, self._now
        self._coefficients = self._spline_coefficients()

    def at(self, labels: np.ndarray) -> np.ndarray:
        """Values at labels (component, ...) in cells, by cubic splines: sharp down to three cells."""
        return np.asarray(
            ndimage.map_coordinates(
                self._coefficients, labels, order=3, mode="grid-wrap", prefilter=False, output=np.float32
            )
        )

    def relabel(self, labels: np.ndarray) -> None:
        """Let the field be what is now seen at the labels (component, y, x) of the whole torus."""
        moved = []
        for state in (self._before, self._now):
            self._now = state
            self._coefficients = self._spline_coefficients()
            moved.append(fft.rfft2(self.at(labels), norm="ortho", workers=1).astype(np.complex64))
        self._before, self._now = moved
        self._coefficients = self._spline_coefficients()

    def _noise(self) -> np.ndarray:
        """Spectrum (row, column) of white noise of variance 1."""
        parts = self._rng.standard_normal((2, self._torus, self._torus // 2 + 1), dtype=np.float32)
        noise = (parts[0] + 1j * parts[1]) * np.float32(np.sqrt(0.5))
        # the first and last columns hold each mode twice, and their mean counts
        noise[:, [0, -1]] *= np.float32(np.sqrt(2))
        return np.asarray(noise)

    def _spline_coefficients(self) -> np.ndarray:
        return np.asarray(fft.irfft2(self._now / self._spline, s=(self._torus,) * 2, norm="ortho", workers=1))


def _wavenumber(weather: Weather, torus: int, cell_km: float) -> np.ndarray:
    """Wavenumber (row, column) in 1/km, longer across the bands than along them; never 0 but at the mean."""
    down, right = np.meshgrid(fft.fftfreq(torus, cell_km), fft.rfftfreq(torus, cell_km), indexing="ij")
    angle, stretch = np.radians(weather.band_degrees), np.sqrt(weather.stretch)
    along = down * np.cos(angle) + right * np.sin(angle)
    across = right * np.cos(angle) - down * np.sin(angle)
    return np.asarray(np.hypot(along * stretch, across / stretch))


def _amplitude(weather: Weather, wavenumber: np.ndarray, torus: int) -> np.ndarray:
    """Square root of the power, two power laws that meet at `break_km`; the mean of the field stays 0."""
    power = (wavenumber**2 + OUTER_KM**-2) ** (-weather.large_slope / 2)
    power *= (1 + (wavenumber * weather.break_km) ** 2) ** ((weather.large_slope - weather.small_slope) / 2)
    power[0, 0] = 0
    twice = np.full(power.shape[1], 2.0)
    twice[[0, -1]] = 1
    return np.asarray(np.sqrt(power * torus**2 / (power * twice).sum()).astype(np.float32))


def _spline_response(torus: int) -> np.ndarray:
    """What cubic B-splines through coefficients make of each mode, float32 (row, column)."""
    rows = (2 + np.cos(2 * np.pi * fft.fftfreq(torus))) / 3
    columns = (2 + np.cos(2 * np.pi * fft.rfftfreq(torus))) / 3
    return np.asarray(np.outer(rows, columns).astype(np.float32))
