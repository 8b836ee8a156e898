"""Waves of known length land in their band; power is that of Parseval's theorem."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.nowcast.spectra import BANDS_KM, band_power, band_wavenumbers, decibels


def wave(length: float, size: int = 96, amplitude: float = 1.0) -> np.ndarray:
    row = amplitude * np.cos(2 * np.pi * np.arange(size) / length)
    return np.repeat(row[None], size, axis=0)


@pytest.mark.parametrize(
    ("cells", "cell_km", "band"), [(8, 1.0, 8), (8, 0.5, 4), (16, 1.0, 16), (4, 2.0, 8), (3, 1, 3)]
)
def test_a_wave_lies_in_the_band_of_its_length_in_km(cells: int, cell_km: float, band: float) -> None:
    power = band_power(wave(cells), cell_km)
    inside = BANDS_KM.index(max(edge for edge in BANDS_KM if edge <= band))
    assert power[inside] / power.sum() > 0.999


def test_twice_the_amplitude_is_four_times_the_power() -> None:
    assert band_power(wave(8, amplitude=2), 1.0).sum() == pytest.approx(4 * band_power(wave(8), 1.0).sum())


def test_the_mean_of_a_field_is_not_variation() -> None:
    assert band_power(np.full((64, 48), 7.0), 1.0).sum() == pytest.approx(0)


def test_turning_the_field_does_not_change_its_spectrum() -> None:
    field = np.random.default_rng(1).normal(size=(60, 44))
    np.testing.assert_allclose(band_power(field, 1.0), band_power(field.T, 1.0))
    np.testing.assert_allclose(band_power(field, 1.0), band_power(field[::-1, ::-1], 1.0))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_wave_is_as_long_along_either_side_of_an_oblong_grid(axis: int) -> None:
    along = np.cos(2 * np.pi * np.arange((48, 96)[axis]) / 16)
    power = band_power(np.broadcast_to(np.expand_dims(along, 1 - axis), (48, 96)), 1.0)
    assert power[BANDS_KM.index(16.0)] / power.sum() > 0.999


def test_every_wavenumber_below_the_shortest_wave_is_in_one_band() -> None:
    # 100 cells: wavenumbers 1 to 49
    assert band_wavenumbers((100, 80), 1.0).sum() == 49


def test_white_noise_has_the_same_power_at_every_wavenumber() -> None:
    field = np.random.default_rng(2).normal(size=(256, 256))
    power, count = band_power(field, 1.0), band_wavenumbers((256, 256), 1.0)
    # variance 1: on the mean 1 at each; bands of at least 8 wavenumbers hold hundreds of coefficients
    np.testing.assert_allclose((power / np.maximum(count, 1))[count >= 8], 1, atol=0.05)


def test_decibels_count_from_minus_15_and_dry_is_0_like_the_unknown() -> None:
    rain = np.array([[0.0, 0.09, 0.1], [10.0, np.nan, 10.0]], np.float32)
    mask = np.array([[True, True, True], [True, False, False]])
    # 0.1 mm/h is -10 dB, 10 mm/h is 10 dB
    np.testing.assert_allclose(decibels(rain, mask), [[0, 0, 5], [25, 0, 0]], atol=1e-5)
