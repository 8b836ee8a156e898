"""Rain that is carried, made of a texture, standing on hills: known answers."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from known_weather import FROZEN, PLAIN, uniform_flow

from sciml.nowcast.flow import SPACING, Drift, Wave
from sciml.nowcast.storms import DRIEST_RATE, GREATEST_RATE, Storm, Window, frames, rain_of
from sciml.nowcast.texture import Texture
from sciml.nowcast.weather import Weather, draw_weather

WINDOW = Window(96, 1.0, 5.0)


def storm(weather: Weather, window: Window = WINDOW, seed: int = 0) -> Storm:
    return Storm(weather, window, np.random.default_rng(seed))


def test_in_a_uniform_wind_frozen_rain_moves_by_speed_times_time() -> None:
    # 36 km/h along the columns are 3 cells a step
    rain = list(frames(storm(FROZEN), 6))
    for number in range(1, 6):
        assert rain[number][:, 3 * number :] == pytest.approx(rain[0][:, : -3 * number], rel=1e-3, abs=1e-4)
    assert rain[0].std() > 0.3


def test_a_wind_between_the_cells_moves_frozen_rain_as_truly() -> None:
    # 30 km/h are 2.5 cells a step: every second frame has moved by whole cells
    rain = list(frames(storm(replace(FROZEN, wind_km_h=30.0)), 5))
    assert rain[4][:, 10:] == pytest.approx(rain[0][:, :-10], rel=1e-3, abs=1e-4)


def test_without_growth_the_mean_rain_of_the_torus_is_conserved() -> None:
    drift = Drift(uniform_flow(192, 2.3, -1.7, Wave(1, 0, 0.4, 0.3), Wave(1, 1, 0.3, 1.0)))
    texture = Texture(FROZEN, 192, 1.0, 5.0, np.random.default_rng(3))
    means = []
    for _ in range(30):
        drift.advance()
        means.append(rain_of(texture.at(drift.grid_labels(192)), FROZEN).mean())
    assert means == pytest.approx([means[0]] * 30, rel=0.01)


def test_the_pulse_lets_all_rain_grow_and_decay_as_the_truth_says() -> None:
    still = replace(FROZEN, wind_km_h=0.0, pulse=0.3, pulse_minutes=100.0)
    day = storm(still)
    means = [field.mean() for field in frames(day, 20)]
    pulses = [day.pulse(number) for number in range(20)]
    assert np.argmax(means) == np.argmax(pulses)
    assert np.argmin(means) == np.argmin(pulses)
    assert max(means) > 1.4 * min(means)
    assert max(pulses) == pytest.approx(0.3, rel=0.05)


def test_rain_has_the_wet_share_the_median_and_the_heavy_rate_of_the_day() -> None:
    gaussian = np.random.default_rng(0).standard_normal(400_000).astype(np.float32)
    rain = rain_of(gaussian, replace(PLAIN, wet_share=0.3, median_rate=0.8, heavy_ratio=6.0))
    wet = rain[rain > 0]
    assert len(wet) / len(rain) == pytest.approx(0.3, abs=0.005)
    assert wet.min() >= DRIEST_RATE
    assert np.median(wet) == pytest.approx(0.8, rel=0.02)
    assert np.quantile(wet, 0.95) == pytest.approx(4.8, rel=0.02)


def test_more_of_the_gaussian_field_is_more_rain() -> None:
    rain = rain_of(np.linspace(-4, 4, 200, dtype=np.float32), PLAIN)
    assert (np.diff(rain) >= 0).all()
    assert (np.diff(rain)[110:] > 0).all()


def test_a_day_without_rain_is_dry() -> None:
    assert not any(field.any() for field in frames(storm(replace(PLAIN, wet_share=0.0)), 3))


def test_rain_on_hills_stays_where_other_rain_goes() -> None:
    steady, passing = (replace(PLAIN, hills=share, wind_km_h=72.0, lifetime_10km=20.0) for share in (0.9, 0.0))
    alike = []
    for weather in (steady, passing):
        rain = [np.log(field + 0.1).ravel() for field in frames(storm(weather), 13)]
        alike.append(np.corrcoef(rain[0], rain[12])[0, 1])
    assert alike[0] > 0.6
    assert alike[1] < 0.4


def test_motion_is_the_wind_at_every_cell() -> None:
    motion = storm(PLAIN).motion(4.5)
    assert motion.shape == (2, 96, 96)
    assert motion[0] == pytest.approx(0, abs=1e-9)
    assert motion[1] == pytest.approx(3)


@pytest.mark.parametrize("size", [64, 100, 256, 640])
def test_the_torus_leaves_a_margin_and_fits_the_labels(size: int) -> None:
    torus = Window(size, 1.0, 5.0).torus
    assert torus % SPACING == 0
    assert min(64, size) <= torus - size <= size + 64


def test_labels_start_afresh_before_the_wind_has_torn_the_texture() -> None:
    """Strong eddies: a relabelling comes, and the rain after it is still carried rain, frame by frame."""
    day = storm(replace(PLAIN, eddy_km_h=25.0, lifetime_10km=60.0))
    strains, rain = [], []
    for field in frames(day, 40):
        strains.append(day._drift.strain())
        rain.append(np.log(field + 0.1).ravel())
    restarts = [number for number in range(1, 40) if strains[number] < strains[number - 1]]
    assert restarts
    alike = [np.corrcoef(a, b)[0, 1] for a, b in pairwise(rain)]
    for number in restarts:
        assert alike[number - 1] > min(alike) - 0.02
    assert max(strains) < 0.6


def test_no_rain_is_heavier_than_rain_can_be() -> None:
    torrent = replace(PLAIN, median_rate=30.0, heavy_ratio=8.0)
    assert max(field.max() for field in frames(storm(torrent), 2)) == GREATEST_RATE


@pytest.mark.slow
def test_a_storm_of_forty_frames_costs_less_than_six_seconds() -> None:
    start = time.process_time()
    day = storm(draw_weather("convective", np.random.default_rng(1)), Window(256, 1.0, 5.0))
    assert sum(1 for _ in frames(day, 40)) == 40
    assert time.process_time() - start < 6
