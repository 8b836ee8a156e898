"""Where the air of a simulated storm goes, and where it came from.

The wind is a mean that swings slowly, plus a few long waves of a stream function: it has no divergence, so that it
moves rain and neither makes nor destroys it. Everything lives on a torus, a square grid whose edges join, in cells
and steps. `Drift` follows the air: each place has a label, the place where its air was at the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse

from sciml.nowcast.weather import Weather

SPACING = 8  # cells between the points at which labels are kept: the flow is smooth
WAVES = ((1, 0), (0, 1), (1, 1), (1, -1))  # wavelengths that fit the torus, along rows and columns
SWING_MINUTES = 600.0


@dataclass(frozen=True)
class Wave:
    """One wave of the stream function on the torus; `speed` is the greatest wind it makes, cells a step."""

    rows: int
    columns: int
    speed: float
    phase: float


@dataclass(frozen=True)
class Flow:
    """The wind on a torus of `torus` cells a side."""

    torus: int
    speed: float  # cells a step
    direction: float  # radians, from rows towards columns
    swing: float  # radians
    swing_steps: float  # period
    swing_phase: float
    waves: tuple[Wave, ...] = ()

    def mean(self, step: float) -> np.ndarray:
        """Mean wind (component), rows first, cells a step, at a time counted in steps."""
        turn = 2 * np.pi * step / self.swing_steps + self.swing_phase
        angle = self.direction + self.swing * np.sin(turn)
        return self.speed * np.array([np.cos(angle), np.sin(angle)])

    def at(self, places: np.ndarray, step: float) -> np.ndarray:
        """Wind (component, ...) at places (component, ...) in cells."""
        mean = self.mean(step).reshape(2, *(1 for _ in places.shape[1:]))
        wind = np.broadcast_to(mean, places.shape).copy()
        for wave in self.waves:
            length = np.hypot(wave.rows, wave.columns)
            angle = 2 * np.pi / self.torus * (wave.rows * places[0] + wave.columns * places[1]) + wave.phase
            strength = wave.speed / length * np.sin(angle)
            # across the wave: the flow along its crests has no divergence
            wind[0] -= wave.columns * strength
            wind[1] += wave.rows * strength
        return np.asarray(wind)


def draw_flow(weather: Weather, torus: int, cell_km: float, step_minutes: float, rng: np.random.Generator) -> Flow:
    """The wind of one day; the waves share the eddies' variance."""
    cells = step_minutes / 60 / cell_km  # cells a step for each km/h
    each = weather.eddy_km_h * cells * np.sqrt(2 / len(WAVES))
    phases = rng.uniform(0, 2 * np.pi, len(WAVES) + 1)
    return Flow(
        torus=torus,
        speed=weather.wind_km_h * cells,
        direction=np.radians(weather.wind_degrees),
        swing=np.radians(weather.turn_degrees),
        swing_steps=SWING_MINUTES / step_minutes,
        swing_phase=float(phases[-1]),
        waves=tuple(Wave(*wave, each, float(phase)) for wave, phase in zip(WAVES, phases, strict=False)),
    )


class Drift:
    """The labels of a torus: how far each place's air has come since the start or the last `restart`.

    The path since then is carried along whole and interpolated once, so that what is looked up at a label is as
    sharp after a hundred steps as after one.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow, self.steps = flow, 0
        ticks = np.arange(0, flow.torus, SPACING, dtype=np.float64)
        self._nodes = np.stack(np.meshgrid(ticks, ticks, indexing="ij"))
        self._path = np.zeros_like(self._nodes)

    def advance(self) -> None:
        """One step: midpoint rule for the last piece of the path, cubic for what was travelled before."""
        middle = self.steps + 0.5
        back = self.flow.at(self._nodes, middle)
        back = self.flow.at(self._nodes - 0.5 * back, middle)
        self._path = back + self._path_at(self._nodes - back)
        self.steps += 1

    def restart(self) -> None:
        """Let the labels be the present places."""
        self._path = np.zeros_like(self._path)

    def strain(self) -> float:
        """Greatest relative change of a distance between neighbours since the labels were the places."""
        change = [np.roll(self._path, -1, axis) - self._path for axis in (1, 2)]
        return float(max(np.abs(each).max() for each in change) / SPACING)

    def labels(self, places: np.ndarray) -> np.ndarray:
        """Labels (component, point) of scattered places (component, point)."""
        return np.asarray(places - self._path_at(places))

    def grid_labels(self, size: int) -> np.ndarray:
        """Labels (component, y, x) of all cells of the `size` x `size` corner of the torus."""
        weights = _spline_weights(self._path.shape[1], size)
        coefficients = [ndimage.spline_filter(part, order=3, mode="grid-wrap") for part in self._path]
        path = np.stack([(weights @ (weights @ part).T).T for part in coefficients])
        cells = np.arange(size, dtype=np.float64)
        return np.asarray(np.stack(np.meshgrid(cells, cells, indexing="ij")) - path)

    def _path_at(self, places: np.ndarray) -> np.ndarray:
        return np.stack(
            [ndimage.map_coordinates(part, places / SPACING, order=3, mode="grid-wrap") for part in self._path]
        )


def _spline_weights(nodes: int, size: int) -> sparse.csr_array:
    """Matrix (cell, node) from the coefficients of a periodic cubic spline on the nodes to values at the cells.

    Sparse, and so multiplied without BLAS, whose sums depend on its number of threads.
    """
    cells = np.arange(size)
    first, rest = cells // SPACING, cells % SPACING / SPACING
    taps = [(1 - rest) ** 3, 3 * rest**3 - 6 * rest**2 + 4, -3 * rest**3 + 3 * rest**2 + 3 * rest + 1, rest**3]
    columns = [(first + shift) % nodes for shift in (-1, 0, 1, 2)]
    entries = np.concatenate(taps) / 6
    return sparse.csr_array((entries, (np.tile(cells, 4), np.concatenate(columns))), shape=(size, nodes))
