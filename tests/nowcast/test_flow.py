"""The wind of a simulated storm: known paths, no divergence, no drift of what it carries."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_weather import PLAIN, uniform_flow

from sciml.nowcast.flow import Drift, Flow, Wave, draw_flow

SWIRL = (Wave(1, 0, 0.6, 0.3), Wave(1, -1, 0.4, 2.0))


def grid(size: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(size, dtype=float), np.arange(size, dtype=float), indexing="ij"))


@given(rows=st.floats(-9, 9), columns=st.floats(-9, 9), steps=st.integers(0, 60))
@settings(max_examples=10, deadline=None)
def test_in_a_uniform_wind_a_label_is_the_place_less_speed_times_time(rows: float, columns: float, steps: int) -> None:
    drift = Drift(uniform_flow(64, rows, columns))
    for _ in range(steps):
        drift.advance()
    expected = grid(64) - steps * np.array([rows, columns])[:, None, None]
    assert drift.grid_labels(64) == pytest.approx(expected, abs=1e-9)
    assert drift.strain() < 1e-9


def test_labels_of_scattered_places_are_those_of_the_grid() -> None:
    drift = Drift(uniform_flow(96, 3, -2, *SWIRL))
    for _ in range(20):
        drift.advance()
    places = grid(96)[:, ::7, ::5]
    assert drift.labels(places) == pytest.approx(drift.grid_labels(96)[:, ::7, ::5], abs=1e-9)


def test_a_label_is_where_a_particle_started() -> None:
    """Particles carried forward in steps a fiftieth as long come from their labels, to a thirtieth of a cell."""
    flow = uniform_flow(96, 3, -2, *SWIRL)
    start = np.random.default_rng(1).uniform(0, 96, (2, 200))
    place, drift = start.copy(), Drift(flow)
    for step in range(20):
        drift.advance()
        for _ in range(50):
            place = place + flow.at(place + 0.5 * flow.at(place, step) / 50, step) / 50
    assert np.abs(drift.labels(place) - start).max() < 1 / 30


def test_the_wind_has_no_divergence() -> None:
    wind = uniform_flow(64, 3, -2, *SWIRL).at(grid(64), 0)
    downwards = np.roll(wind[0], -1, 0) - np.roll(wind[0], 1, 0)
    rightwards = np.roll(wind[1], -1, 1) - np.roll(wind[1], 1, 1)
    # centred differences stretch both terms of a diagonal wave alike, so that they still cancel
    assert np.abs(downwards + rightwards).max() < 1e-12
    assert np.abs(downwards).max() > 0.01


def test_strain_grows_with_the_swirl_and_a_restart_clears_it() -> None:
    drift = Drift(uniform_flow(96, 3, -2, *SWIRL))
    strains = []
    for _ in range(10):
        drift.advance()
        strains.append(drift.strain())
    assert strains == sorted(strains)
    # one step strains by at most the greatest gradient: 2 pi / 96 x the sum of the waves' winds
    assert 0.01 < strains[0] < 2 * np.pi / 96 * (0.6 + np.sqrt(2) * 0.4)
    drift.restart()
    assert drift.strain() == 0
    assert np.array_equal(drift.grid_labels(96), grid(96))


def test_a_drawn_wind_has_the_speed_and_direction_of_the_day() -> None:
    # 36 km/h are 3 km in 5 minutes, 1.5 cells of 2 km; 90 degrees is along the columns
    flow = draw_flow(PLAIN, 64, 2.0, 5.0, np.random.default_rng(0))
    assert flow.mean(0) == pytest.approx([0, 1.5], abs=1e-12)
    assert flow.at(grid(64), 7).mean(axis=(1, 2)) == pytest.approx([0, 1.5], abs=1e-12)


def test_eddies_have_the_speed_of_the_day() -> None:
    day = replace(PLAIN, eddy_km_h=6.0)
    flow = draw_flow(day, 64, 1.0, 5.0, np.random.default_rng(0))
    eddies = flow.at(grid(64), 0) - flow.mean(0)[:, None, None]
    # 6 km/h are 0.5 cells of 1 km in 5 minutes
    assert np.sqrt((eddies**2).sum(0).mean()) == pytest.approx(0.5, rel=1e-6)


def test_the_wind_swings_about_its_mean() -> None:
    flow = Flow(64, 2.0, 0.5, swing=0.2, swing_steps=40, swing_phase=0.0)
    angles = [np.arctan2(*flow.mean(step)[::-1]) for step in range(40)]
    assert max(angles) == pytest.approx(0.7)
    assert min(angles) == pytest.approx(0.3)
    assert [np.hypot(*flow.mean(step)) for step in range(40)] == pytest.approx([2.0] * 40)
