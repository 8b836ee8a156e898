"""A cutout becomes a picture whose colours are those of its light."""

from __future__ import annotations

import numpy as np
import pytest
from gallery_sky import SIZE, galaxy

from sciml.lenses.stretch import UNOBSERVED, colour, linear, residual, round_profile

MIDDLE = SIZE // 2


def test_the_brighter_pixel_is_never_darker_in_the_linear_picture() -> None:
    image = galaxy(noise=0.0)
    picture, light = linear(image).ravel().astype(int), image.mean(axis=0).ravel()
    order = np.argsort(light)
    assert (np.diff(picture[order]) >= 0).all()
    assert picture.max() == 255


def test_an_empty_sky_stays_dark() -> None:
    sky = np.random.default_rng(1).standard_normal((3, SIZE, SIZE)).astype(np.float32)
    # white is at 12 sigma at least: one sigma above a sky of 0 is (1 + 1) / 13 of 255
    assert np.median(linear(sky)) == pytest.approx(255 / 13, abs=3)


def test_light_of_equal_bands_is_grey_and_of_the_shortest_band_blue() -> None:
    image = np.zeros((3, 5, 5), np.float32)
    image[:, 1, 1] = 20
    image[0, 3, 3] = 20
    picture = colour(image).astype(int)
    assert np.ptp(picture[1, 1]) == 0
    red, green, blue = picture[3, 3]
    assert blue > 2 * red
    assert red == green


def test_a_pixel_beyond_white_keeps_its_colour() -> None:
    image = np.zeros((3, 41, 41), np.float32)
    image[:, 20, 20] = [100, 200, 400]
    image += 0.0
    red, green, blue = colour(image)[20, 20].astype(float)
    # one sigma is added to each band: 401 : 201 : 101
    assert (red, green / red, blue / red) == pytest.approx((255, 201 / 401, 101 / 401), abs=0.01)


def test_a_round_galaxy_leaves_nothing_and_an_arc_stays() -> None:
    round_, arc = residual(galaxy(noise=0.0)).astype(int), residual(galaxy(arc=True, noise=0.0)).astype(int)
    # a third of a sigma in the steep core
    assert np.abs(round_[MIDDLE - 15 : MIDDLE + 16, MIDDLE - 15 : MIDDLE + 16] - 127.5).max() < 14
    # 8 pixels towards larger y, blue in the last channel
    assert arc[MIDDLE + 8, MIDDLE, 2] > 200
    assert abs(arc[MIDDLE - 8, MIDDLE, 2] - 127) < 12


def test_a_whole_ring_is_not_taken_for_the_galaxy() -> None:
    """A median alone would take it away: the profile may not rise outwards."""
    y, x = np.indices((SIZE, SIZE)) - MIDDLE
    radius = np.hypot(y, x)
    image = 30 * np.exp(-radius / 3) + 15 * np.exp(-((radius - 10) ** 2) / 2)
    left = image - round_profile(image)
    assert left[MIDDLE, MIDDLE + 10] > 10
    assert np.all(np.diff(round_profile(image)[MIDDLE, MIDDLE:]) <= 1e-9)


@pytest.mark.parametrize("stretch", [linear, colour, residual])
def test_what_no_band_observed_is_plain_grey(stretch: object) -> None:
    image = galaxy()
    image[:, :, :4] = np.nan
    image[0] = np.nan
    picture = stretch(image)  # type: ignore[operator]
    assert (picture[:, :4] == UNOBSERVED).all()
    assert picture[:, 4:].std() > 1
    assert (stretch(np.full((3, 9, 9), np.nan, np.float32)) == UNOBSERVED).all()  # type: ignore[operator]


@pytest.mark.parametrize("bands", [1, 2, 3, 5])
def test_any_number_of_bands_makes_a_picture(bands: int) -> None:
    picture = colour(np.stack([galaxy()[0]] * bands))
    assert picture.shape == (SIZE, SIZE, 3)
    # all bands alike: grey
    assert np.ptp(picture.astype(int), axis=-1).max() <= 1
