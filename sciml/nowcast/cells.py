"""Convective cells: born in moist places, grown in a quarter of an hour, gone within the hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sciml.nowcast.flow import Flow
from sciml.nowcast.weather import Weather

GROWTH_SHARE = 0.35  # of its life in which a cell grows
SHORTEST_MINUTES, LONGEST_MINUTES = 15.0, 70.0
LEAST_PEAK, GREATEST_PEAK = 15.0, 120.0  # mm/h
RADIUS_KM = (1.5, 4.0)  # where the rain has fallen to 1/e, mean of both axes
CANDIDATES = 10  # places from which a newborn takes the moistest
REACH = 4.0  # radii after which nothing is drawn
HALO_SHARE, HALO_WIDTH = 0.05, 2.0  # weaker rain around the core, in peaks and in radii
ROUGHNESS = 0.5  # how much the texture bends the outline


@dataclass(frozen=True)
class Cell:
    """One cell; times in steps, lengths in cells of the grid, on the torus and not wrapped."""

    birth: float
    life: float
    peak: float  # mm/h
    radius: float
    stretch: float
    angle: float
    deviation: tuple[float, float]  # motion beside the wind, cells a step
    place: tuple[float, float]

    def strength(self, step: float) -> float:
        """Share of the peak at a time: a quick rise, a slower fall, 0 outside its life."""
        age = (step - self.birth) / self.life
        if not 0 < age < 1:
            return 0.0
        rise = age / GROWTH_SHARE if age < GROWTH_SHARE else (1 - age) / (1 - GROWTH_SHARE)
        return float(np.sin(0.5 * np.pi * rise) ** 2)


class Cells:
    """The cells alive on a torus; `history` has all that ever lived, at birth or, if older, at step 0."""

    def __init__(
        self, weather: Weather, flow: Flow, cell_km: float, step_minutes: float, rng: np.random.Generator
    ) -> None:
        self._weather, self._flow, self._rng = weather, flow, rng
        self._cell_km, self._step_minutes = cell_km, step_minutes
        area = (flow.torus * cell_km) ** 2
        self._births = weather.cells_per_10000_km2 * area / 1e4 * step_minutes / weather.cell_minutes
        side = rng.normal(0.0, 0.15)  # storms tend to one side of the wind
        mean = flow.mean(0)
        self._aside = side * np.array([-mean[1], mean[0]])
        self._alive: list[Cell] = []
        self.history: list[Cell] = []

    def populate(self, moisture: Callable[[np.ndarray], np.ndarray]) -> None:
        """Bear the cells of the time before step 0 that are alive then."""
        steps = int(np.ceil(LONGEST_MINUTES / self._step_minutes))
        for step in range(-steps, 1):
            self._bear(step, moisture)
        self._alive = [cell for cell in self._alive if cell.birth + cell.life > 0]
        self.history = list(self._alive)

    def advance(self, step: int, moisture: Callable[[np.ndarray], np.ndarray]) -> None:
        """Move the living from `step` - 1 to `step`, bear new ones where `moisture` (of places) is high."""
        self._alive = [cell for cell in self._alive if cell.birth + cell.life > step]
        if self._alive:
            places = np.array([cell.place for cell in self._alive]).T
            drift = np.array([cell.deviation for cell in self._alive]).T
            middle = places + 0.5 * (self._flow.at(places, step - 0.5) + drift)
            moved = places + self._flow.at(middle, step - 0.5) + drift
            self._alive = [
                replace(cell, place=(float(row), float(column)))
                for cell, row, column in zip(self._alive, *moved, strict=True)
            ]
        self._bear(step, moisture)

    def rain(self, step: int, texture: np.ndarray) -> np.ndarray:
        """Rain (y, x) of all cells in mm/h; `texture`, over the same corner of the torus, roughens their outline."""
        field = np.zeros_like(texture, dtype=np.float32)
        outline = np.exp(-ROUGHNESS * texture)
        for cell in self._alive:
            strength = cell.strength(step)
            if strength > 0:
                _add(field, outline, cell, strength, self._flow.torus)
        return field

    def _bear(self, step: int, moisture: Callable[[np.ndarray], np.ndarray]) -> None:
        rng, weather = self._rng, self._weather
        count = int(rng.poisson(self._births))
        places = rng.uniform(0, self._flow.torus, (2, count, CANDIDATES))
        moist = moisture(places.reshape(2, -1)).reshape(count, CANDIDATES)
        for number in range(count):
            place = places[:, number, int(np.argmax(moist[number]))]
            life = np.clip(weather.cell_minutes * rng.lognormal(0, 0.3), SHORTEST_MINUTES, LONGEST_MINUTES)
            peak = np.clip(weather.peak_rate * rng.lognormal(0, 0.5), LEAST_PEAK, GREATEST_PEAK)
            deviation = self._aside + rng.normal(0, 0.08 * self._flow.speed, 2)
            cell = Cell(
                birth=float(step - rng.uniform()),
                life=float(life) / self._step_minutes,
                peak=float(peak),
                radius=float(rng.uniform(*RADIUS_KM)) / self._cell_km,
                stretch=float(rng.uniform(1, 2.2)),
                angle=float(rng.uniform(0, np.pi)),
                deviation=(float(deviation[0]), float(deviation[1])),
                place=(float(place[0]), float(place[1])),
            )
            self._alive.append(cell)
            self.history.append(cell)


def _add(field: np.ndarray, outline: np.ndarray, cell: Cell, strength: float, torus: int) -> None:
    """Add one cell to the field, an ellipse with a core and a halo; it may hang over the edge of the torus."""
    reach = REACH * cell.radius * np.sqrt(cell.stretch)
    axes = []
    for place, size in zip(cell.place, field.shape, strict=True):
        first = int(np.ceil(place % torus - reach))
        steps = np.arange(first, first + int(2 * reach) + 1)
        inside = steps % torus < size
        axes.append((steps[inside] % torus, steps[inside] - place % torus))
    (rows, down), (columns, right) = axes
    if not len(rows) or not len(columns):
        return
    along = down[:, None] * np.cos(cell.angle) + right * np.sin(cell.angle)
    across = right * np.cos(cell.angle) - down[:, None] * np.sin(cell.angle)
    block = np.ix_(rows, columns)
    squared = (along**2 / cell.stretch + across**2 * cell.stretch) / cell.radius**2 * outline[block]
    shape = (1 - HALO_SHARE) * np.exp(-squared) + HALO_SHARE * np.exp(-squared / HALO_WIDTH**2)
    field[block] += (cell.peak * strength * shape).astype(np.float32)
