"""Random fields by scale."""

from __future__ import annotations

import numpy as np
import torch

from sciml.nowcast.noise import BANDS, band_filters, banded, evolving, white


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_band_has_variance_one() -> None:
    fields = banded(white((40, 96, 128), seeded(1)), band_filters(96, 128), 96, 128)
    assert fields.shape == (40, BANDS, 96, 128)
    # the widest band has few waves on the grid: its sample variance scatters most
    np.testing.assert_allclose(fields.var(dim=(0, 2, 3)).numpy(), 1.0, atol=0.15)


def test_a_band_holds_waves_of_its_octave() -> None:
    filters = band_filters(128, 128)
    frequency = torch.hypot(torch.fft.fftfreq(128)[:, None].expand(128, 65), torch.fft.rfftfreq(128).expand(128, 65))
    for band in range(1, BANDS - 1):
        power = filters[band] ** 2
        wavelength = 1 / frequency[power > 0.25 * power.max()]
        assert wavelength.min() > 2.0 ** (band + 1) * 0.7
        assert wavelength.max() < 2.0 ** (band + 2) * 1.5


def test_no_band_has_a_mean() -> None:
    fields = banded(white((3, 64, 64), seeded(2)), band_filters(64, 64), 64, 64)
    np.testing.assert_allclose(fields.mean(dim=(2, 3)).numpy(), 0, atol=1e-5)


def test_noise_remembers_as_it_is_told_and_keeps_its_variance() -> None:
    memory = np.array([0.0, 0.3, 0.5, 0.7, 0.9, 0.9])
    pairs = [list(evolving(96, 96, 12, memory, seeded(seed))) for seed in range(6)]
    first = torch.stack([member[10] for member in pairs])
    second = torch.stack([member[11] for member in pairs])
    products = (first * second).mean(dim=(0, 2, 3)) / (first * first).mean(dim=(0, 2, 3))
    np.testing.assert_allclose(products[:5].numpy(), memory[:5], atol=0.06)
    np.testing.assert_allclose(second[:, :4].var(dim=(0, 2, 3)).numpy(), 1.0, atol=0.1)


def test_the_same_seed_draws_the_same_noise() -> None:
    memory = np.full(BANDS, 0.5)
    for one, two in zip(evolving(64, 64, 3, memory, seeded(7)), evolving(64, 64, 3, memory, seeded(7)), strict=True):
        assert torch.equal(one, two)
