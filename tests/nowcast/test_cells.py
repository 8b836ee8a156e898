"""Convective cells: their number, their life, their way."""

from dataclasses import replace

import numpy as np
import pytest
from known_weather import PLAIN, uniform_flow

from sciml.nowcast.cells import GREATEST_PEAK, GROWTH_SHARE, LEAST_PEAK, Cell, Cells
from sciml.nowcast.weather import Weather

BUSY = replace(PLAIN, cells_per_10000_km2=5.0)
CELL = Cell(2.0, 8.0, 60.0, radius=3.0, stretch=1.0, angle=0.3, deviation=(0.0, 0.0), place=(20.0, 30.0))


def anywhere(places: np.ndarray) -> np.ndarray:
    return np.zeros(places.shape[1])


def cells(weather: Weather, torus: int = 128, rows: float = 3.0, columns: float = -2.0, seed: int = 0) -> Cells:
    return Cells(weather, uniform_flow(torus, rows, columns), 1.0, 5.0, np.random.default_rng(seed))


def test_a_cell_grows_fast_and_decays_slowly() -> None:
    assert CELL.strength(2.0) == 0
    assert CELL.strength(2 + 8 * GROWTH_SHARE) == pytest.approx(1)
    assert CELL.strength(10.0) == 0
    # half way up the sine squared is a half
    assert CELL.strength(2 + 8 * GROWTH_SHARE / 2) == pytest.approx(0.5)
    assert CELL.strength(2 + 8 * (1 + GROWTH_SHARE) / 2) == pytest.approx(0.5)


def test_as_many_cells_live_as_the_day_asks_for() -> None:
    """5 cells on 10,000 km2 of a torus of 512 km make 131; their mean life is 1.05 of the median."""
    many = cells(BUSY, 512)
    many.populate(anywhere)
    alive = []
    for step in range(1, 30):
        many.advance(step, anywhere)
        alive.append(sum(cell.strength(step) > 0 for cell in many.history))
    assert np.mean(alive) == pytest.approx(131 * 1.05, rel=0.2)


def test_lives_and_peaks_are_those_of_thunderstorms() -> None:
    many = cells(BUSY, 512)
    many.populate(anywhere)
    for step in range(1, 20):
        many.advance(step, anywhere)
    lives = np.array([cell.life * 5 for cell in many.history])
    peaks = np.array([cell.peak for cell in many.history])
    assert np.quantile(lives, [0.1, 0.9]) == pytest.approx([35 * np.exp(-0.38), 35 * np.exp(0.38)], rel=0.15)
    assert peaks.min() >= LEAST_PEAK
    assert peaks.max() <= GREATEST_PEAK
    assert np.median(peaks) == pytest.approx(30, rel=0.15)


def test_cells_are_born_where_it_is_moist() -> None:
    many = cells(BUSY, 512)
    many.populate(lambda places: -places[0])
    rows = [cell.place[0] for cell in many.history]
    # the best of ten uniform places: a mean of 1 / 11 of the way
    assert np.mean(rows) / 512 == pytest.approx(1 / 11, rel=0.3)


def test_a_cell_moves_with_the_wind_and_its_own_deviation() -> None:
    many = cells(replace(BUSY, cells_per_10000_km2=1.0))
    many.populate(anywhere)
    first = many.rain(0, np.zeros((128, 128), np.float32))
    cell = next(cell for cell in many.history if cell.strength(0) > 0.05 and cell.strength(3) > 0.05)
    many._alive = [cell]
    for step in (1, 2, 3):
        many.advance(step, anywhere)
        many._alive = many._alive[:1]
    moved = np.array(many._alive[0].place) - cell.place
    assert moved == pytest.approx(3 * (np.array([3.0, -2.0]) + cell.deviation))
    assert first.max() > 0


def test_the_rain_of_a_cell_peaks_at_its_place_and_is_the_same_across_the_seam() -> None:
    many = cells(PLAIN)
    smooth = np.zeros((128, 128), np.float32)
    many._alive = [CELL]
    field = many.rain(5, smooth)
    assert np.unravel_index(field.argmax(), field.shape) == (20, 30)
    assert field.max() == pytest.approx(60 * CELL.strength(5))
    many._alive = [replace(CELL, place=(1.0 - 128, 127.0))]
    assert many.rain(5, smooth) == pytest.approx(np.roll(field, (1 - 20, 127 - 30), (0, 1)), abs=1e-4)


def test_moist_air_widens_a_cell() -> None:
    many = cells(PLAIN)
    many._alive = [CELL]
    dry, moist = (many.rain(5, np.full((128, 128), value, np.float32)).sum() for value in (-1, 1))
    # the area goes with the inverse of the outline's exponent, exp(-0.5) to exp(0.5)
    assert moist / dry == pytest.approx(np.e, rel=0.05)


def test_a_day_without_cells_has_none() -> None:
    none = cells(PLAIN)
    none.populate(anywhere)
    none.advance(1, anywhere)
    assert none.history == []
    assert not none.rain(1, np.zeros((64, 64), np.float32)).any()
