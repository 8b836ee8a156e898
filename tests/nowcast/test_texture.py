"""The living texture: its variance, its spectrum, its lifetimes, and that carrying it does not blur it."""

from dataclasses import replace

import numpy as np
import pytest
from known_weather import FROZEN, PLAIN, uniform_flow

from sciml.nowcast.flow import Drift, Wave
from sciml.nowcast.texture import Texture
from sciml.nowcast.weather import Weather

TORUS = 192


def grid(size: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(size, dtype=float), np.arange(size, dtype=float), indexing="ij"))


def texture(weather: Weather, torus: int = TORUS, seed: int = 0) -> Texture:
    return Texture(weather, torus, 1.0, 5.0, np.random.default_rng(seed))


def power(field: np.ndarray, shortest: float, longest: float) -> float:
    """Mean power over the wavelengths from `shortest` to `longest`, cells."""
    frequency = np.hypot(np.fft.fftfreq(len(field))[:, None], np.fft.fftfreq(len(field)))
    band = (frequency > 1 / longest) & (frequency <= 1 / shortest)
    return float((np.abs(np.fft.fft2(field)) ** 2)[band].mean())


def test_it_has_mean_zero_and_variance_one() -> None:
    fields = np.array([texture(PLAIN, 64, seed).at(grid(64)) for seed in range(60)])
    assert fields.mean() == pytest.approx(0, abs=1e-5)
    # long waves hold most of the variance: some 20 independent ones a field
    assert fields.var() == pytest.approx(1, abs=4 * np.sqrt(2 / (60 * 20)))


def test_the_variance_stays_one_as_it_lives() -> None:
    short = replace(PLAIN, lifetime_10km=2.0)
    living, variances = texture(short, 64), []
    for _ in range(120):
        living.advance()
        variances.append(living.at(grid(64)).var())
    assert np.mean(variances[60:]) == pytest.approx(1, abs=0.25)


def test_the_power_falls_with_the_two_slopes_of_the_day() -> None:
    field = texture(replace(PLAIN, large_slope=2.0, small_slope=4.0, break_km=16.0), 512).at(grid(512))
    # the slopes hold away from the bend at 16 km: (4 / 2) ** 4 is 16, and from 128 to 64 km 2 ** 2 is 4
    assert power(field, 3.9, 4.1) / power(field, 2.4, 2.5) == pytest.approx((4 / 2.45) ** 4, rel=0.15)
    assert power(field, 60, 100) / power(field, 30, 50) == pytest.approx(4, rel=0.35)


def test_bands_stretch_along_their_direction() -> None:
    field = texture(replace(PLAIN, stretch=4.0, band_degrees=90.0), 256).at(grid(256))
    along, across = (np.mean((field - np.roll(field, 5, axis)) ** 2) for axis in (1, 0))
    assert along < 0.5 * across


def test_each_scale_forgets_at_its_own_pace() -> None:
    """Correlation after 15 minutes of AR(2) with lifetimes T and 0.3 T, T = 10 min at 10 km, growing as scale ** 1."""
    living = texture(replace(PLAIN, lifetime_exponent=1.0), 256, 5)
    first = np.fft.fft2(living.at(grid(256)))
    for _ in range(3):
        living.advance()
    last = np.fft.fft2(living.at(grid(256)))
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256))
    for scale in (8, 16, 32):
        band = np.abs(frequency - 1 / scale) < 0.1 / scale
        found = (first * last.conj()).real[band].sum() / np.sqrt(
            (np.abs(first[band]) ** 2).sum() * (np.abs(last[band]) ** 2).sum()
        )
        slow, fast = np.exp(-5 / scale), np.exp(-5 / (0.3 * scale))
        correlation = [1.0, (slow + fast) / (1 + slow * fast)]
        for _ in range(2):
            correlation.append((slow + fast) * correlation[-1] - slow * fast * correlation[-2])
        assert found == pytest.approx(correlation[3], abs=0.12)


@pytest.mark.parametrize("weather", [PLAIN, FROZEN], ids=["living", "frozen"])
def test_a_hundred_minutes_of_swirling_wind_do_not_blur_it(weather: Weather) -> None:
    drift = Drift(uniform_flow(TORUS, 2.37, -1.61, Wave(1, 0, 0.4, 0.3), Wave(0, 1, 0.3, 1.0)))
    carried, powers = texture(weather), []
    for _ in range(40):
        drift.advance()
        carried.advance()
        powers.append(power(carried.at(drift.grid_labels(TORUS)), 4, 16))
    assert drift.strain() > 0.1
    assert powers[39] / powers[3] == pytest.approx(1, abs=0.15)


def test_what_does_not_change_keeps_its_values_between_the_cells() -> None:
    """A wave of 8 cells, looked up half way between cells, is the wave to a thousandth."""
    still = texture(replace(FROZEN, small_slope=4.0), 64)
    whole = still.at(grid(64))
    half = still.at(grid(64) + np.array([0.5, 0.0])[:, None, None])
    rows = np.fft.fftfreq(64)[:, None]
    exact = np.fft.ifft2(np.fft.fft2(whole) * np.exp(2j * np.pi * rows * 0.5)).real
    smooth = np.hypot(rows, np.fft.fftfreq(64)) <= 1 / 8
    assert np.abs(np.fft.ifft2(np.fft.fft2(half - exact) * smooth)).max() < 2e-3


def test_relabelling_changes_the_labels_and_not_the_field() -> None:
    drift = Drift(uniform_flow(TORUS, 2.4, -1.7, Wave(1, 1, 0.5, 0.3)))
    carried = texture(PLAIN)
    for _ in range(12):
        drift.advance()
        carried.advance()
    before = carried.at(drift.grid_labels(TORUS))
    carried.relabel(drift.grid_labels(TORUS))
    assert carried.at(grid(TORUS)) == pytest.approx(before, abs=1e-4)
    carried.advance()
    assert carried.at(grid(TORUS)).var() == pytest.approx(before.var(), rel=0.2)
    assert np.corrcoef(carried.at(grid(TORUS)).ravel(), before.ravel())[0, 1] > 0.9
