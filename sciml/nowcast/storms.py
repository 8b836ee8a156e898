"""Rain as it falls, frame by frame: a living texture carried by the wind, made into rain, with convective cells.

Where the Gaussian texture exceeds the level that leaves the wanted share wet, its excess becomes decibels of rain
above 0.1 mm/h. Hills add a part that stands still, a slow pulse lets everything grow and decay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from scipy import fft

from sciml.nowcast.cells import Cell, Cells
from sciml.nowcast.flow import SPACING, Drift, Flow, draw_flow
from sciml.nowcast.texture import Texture
from sciml.nowcast.weather import Weather

DRIEST_RATE = 0.1  # mm/h; the texture makes none that is weaker
GREATEST_RATE = 250.0  # mm/h
MARGIN_KM = 96.0  # between the window and its own image across the torus
GREATEST_STRAIN = 0.4
HILLS = {"large_slope": 1.6, "small_slope": 5.0, "break_km": 60.0, "stretch": 1.0}


@dataclass(frozen=True)
class Window:
    """Where and how often the rain is looked at."""

    size: int  # cells along each side
    cell_km: float
    step_minutes: float

    @property
    def torus(self) -> int:
        """Cells along each side of the torus that holds the window and a margin; a multiple of SPACING."""
        margin = min(self.size, max(self.size / 4, MARGIN_KM / self.cell_km))
        return SPACING * int(fft.next_fast_len(int(np.ceil((self.size + margin) / SPACING)), real=True))


class Storm:
    """One day's rain on a window, step by step from 0."""

    def __init__(self, weather: Weather, window: Window, rng: np.random.Generator) -> None:
        wind, texture, hills, cells, pulse = rng.spawn(5)
        size, scales = window.torus, (window.cell_km, window.step_minutes)
        self.weather, self.window, self.step = weather, window, 0
        self.flow: Flow = draw_flow(weather, size, *scales, wind)
        self._drift = Drift(self.flow)
        self._texture = Texture(weather, size, *scales, texture)
        self._hills = _hills(weather, window, hills)
        self._pulse_phase = float(pulse.uniform(0, 2 * np.pi))
        self._cells = Cells(weather, self.flow, *scales, cells)
        self._cells.populate(self._moisture)

    @property
    def cells(self) -> list[Cell]:
        """All convective cells so far, each at its place of birth, or of step 0 where it is older."""
        return self._cells.history

    def advance(self) -> None:
        """One step of the wind, the texture and the cells."""
        self.step += 1
        self._drift.advance()
        self._texture.advance()
        if self._drift.strain() > GREATEST_STRAIN:
            self._texture.relabel(self._drift.grid_labels(self.window.torus))
            self._drift.restart()
        self._cells.advance(self.step, self._moisture)

    def rain(self) -> np.ndarray:
        """Rain rates (y, x) float32 in mm/h at this step."""
        moving = self._texture.at(self._drift.grid_labels(self.window.size))
        share = self.weather.hills
        gaussian = np.float32(np.sqrt(1 - share**2)) * moving + np.float32(share) * self._hills
        rain = rain_of(gaussian + np.float32(self.pulse(self.step)), self.weather)
        return np.asarray(np.minimum(rain + self._cells.rain(self.step, moving), np.float32(GREATEST_RATE)))

    def pulse(self, step: int) -> float:
        """Growth (above 0) or decay of everything, in standard deviations of the Gaussian field."""
        period = self.weather.pulse_minutes / self.window.step_minutes
        return self.weather.pulse * float(np.sin(2 * np.pi * step / period + self._pulse_phase))

    def motion(self, step: float) -> np.ndarray:
        """Wind (component, y, x) in cells a step, at every cell of the window."""
        cells = np.arange(self.window.size, dtype=np.float64)
        return self.flow.at(np.stack(np.meshgrid(cells, cells, indexing="ij")), step)

    def _moisture(self, places: np.ndarray) -> np.ndarray:
        return self._texture.at(self._drift.labels(places))


def frames(storm: Storm, count: int) -> Iterator[np.ndarray]:
    """The storm's next `count` fields of rain, the present one first."""
    for number in range(count):
        if number:
            storm.advance()
        yield storm.rain()


def rain_of(gaussian: np.ndarray, weather: Weather) -> np.ndarray:
    """Rain in mm/h, float32, of a Gaussian field: decibels grow as a power of the excess over the level of wetness.

    The power is the one by which half of the wet area has `median_rate` and a twentieth `heavy_ratio` times that.
    """
    if weather.wet_share <= 0:
        return np.zeros(gaussian.shape, np.float32)
    normal, wet = NormalDist(), min(weather.wet_share, 0.999)
    level = normal.inv_cdf(1 - wet)
    half, heavy = (normal.inv_cdf(1 - wet * share) - level for share in (0.5, 0.05))
    decibels = 10 * np.log10(weather.median_rate / DRIEST_RATE)
    power = np.log(1 + 10 * np.log10(weather.heavy_ratio) / decibels) / np.log(heavy / half)
    excess = np.maximum(gaussian - np.float32(level), 0) / np.float32(half)
    rain = np.float32(DRIEST_RATE) * np.power(np.float32(10), np.float32(decibels / 10) * excess ** np.float32(power))
    return np.where(excess > 0, rain, np.float32(0)).astype(np.float32)


def _hills(weather: Weather, window: Window, rng: np.random.Generator) -> np.ndarray:
    """A standing Gaussian field (y, x) of variance 1: hills shape rain over tens of km, the wind its texture."""
    ground = replace(weather, **HILLS)
    cells = np.arange(window.size, dtype=np.float64)
    texture = Texture(ground, window.torus, window.cell_km, window.step_minutes, rng)
    return texture.at(np.stack(np.meshgrid(cells, cells, indexing="ij")))
