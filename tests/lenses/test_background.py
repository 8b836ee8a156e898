"""The sky is found under galaxies, and its scatter without them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from survey_files import noise

from sciml.lenses.background import sky_of


def crowded(level: float, sigma: float) -> np.ndarray:
    """A tenth of the pixels far above the sky."""
    flux = level + sigma * noise((400, 400), sigma=1)
    flux[:40] += sigma * np.random.default_rng(2).exponential(50, (40, 400)).astype(np.float32)
    return flux


def test_galaxies_move_neither_level_nor_scatter_by_much() -> None:
    found = sky_of(crowded(3166.0, 25.0))
    assert found.level == pytest.approx(3166, abs=0.15 * 25)
    assert found.sigma == pytest.approx(25, rel=0.07)


def test_pixels_that_were_not_observed_do_not_count() -> None:
    flux = noise((300, 300), sigma=2)
    holed = flux.copy()
    holed[::2] = np.nan
    assert sky_of(holed).sigma == pytest.approx(2, rel=0.03)
    assert np.isnan(sky_of(np.full((5, 5), np.nan, np.float32)).sigma)
    assert sky_of(np.full((5, 5), 7, np.float32)) == (7, 0)


@given(level=some.floats(-1e3, 1e3), exponent=some.integers(-13, 5))
def test_the_scatter_has_the_unit_of_the_image_however_small(level: float, exponent: int) -> None:
    unit = 10.0**exponent
    known = sky_of(noise((60, 60)))
    found = sky_of((noise((60, 60)).astype(np.float64) * unit).astype(np.float32))
    assert found.sigma == pytest.approx(known.sigma * unit, rel=1e-4)


def test_a_large_image_is_sampled_over_all_of_it() -> None:
    flux = np.tile(noise((1500, 1500), sigma=2), (1, 2))
    flux[:, 1500:] += 100
    # more than 3 sigma apart: one half is the sky, whichever; neither is a mean of both
    assert sky_of(flux).sigma < 3 or sky_of(flux).sigma > 30
