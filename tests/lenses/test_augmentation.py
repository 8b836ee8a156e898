"""What another survey would record is still in units of its own sky's scatter, and of the same galaxy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from sciml.lenses.augmentation import augmented, fainter, recoloured, recorded_elsewhere, smoothed


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(3)


def sky(samples: int = 400, bands: int = 2, side: int = 21) -> Tensor:
    return torch.randn(samples, bands, side, side)


def galaxy(peak: float) -> Tensor:
    """One bright pixel in the middle of an empty sky, (sample, band, y, x)."""
    image = torch.zeros(200, 2, 9, 9)
    image[:, :, 4, 4] = peak
    return image


@pytest.mark.parametrize("change", [fainter, smoothed])
def test_the_scatter_of_a_white_sky_stays_one(change: Callable[[Tensor], Tensor]) -> None:
    # 231,000 numbers, of which smoothing leaves some 60,000 independent: a standard error of 0.3 %; the outermost
    # pixels have fewer neighbours
    assert float(change(sky())[:, :, 2:-2, 2:-2].std()) == pytest.approx(1.0, abs=0.015)


def test_a_shallower_survey_shows_less_of_a_galaxy() -> None:
    peaks = fainter(galaxy(1000.0))[:, :, 4, 4]
    assert float(peaks.min()) > 0.39 * 1000
    assert float(peaks.max()) < 1004


def test_smoothing_moves_no_centroid_and_spreads_evenly() -> None:
    image = smoothed(galaxy(100.0))
    assert torch.allclose(image, image.flip(2).flip(3))
    assert torch.allclose(image, image.transpose(2, 3), atol=1e-5)
    assert bool((image[:, :, 4, 4] >= image[:, :, 4, 5]).all())


def test_bands_change_by_themselves_and_all_pixels_of_one_alike() -> None:
    factors = recoloured(torch.ones(300, 2, 3, 3))
    assert bool((factors.amax((2, 3)) == factors.amin((2, 3))).all())
    # the logarithms have a standard deviation of 0.1, and those of two bands are independent
    logs = factors[:, :, 0, 0].log()
    assert float(logs.std()) == pytest.approx(0.1, abs=0.015)
    assert abs(float(torch.corrcoef(logs.T)[0, 1])) < 0.2


def test_what_was_not_observed_stays_unobserved_and_spoils_no_neighbour() -> None:
    image = sky(50)
    image[:, :, :, 0] = torch.nan
    changed = recorded_elsewhere(image)
    assert torch.equal(torch.isnan(changed), torch.isnan(image))


def test_some_cutouts_stay_as_they_were_recorded() -> None:
    image = sky(1000, bands=1, side=5)
    same = (recorded_elsewhere(image) == image).all(dim=(1, 2, 3)).float().mean()
    # 0.3 of 1,000: a standard error of 0.015
    assert float(same) == pytest.approx(0.3, abs=0.06)


def test_an_augmented_batch_keeps_its_shape() -> None:
    assert augmented(sky(8), 0.5).shape == (8, 2, 21, 21)
