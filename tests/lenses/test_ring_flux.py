"""Light around a galaxy is told from the galaxy's own."""

from __future__ import annotations

import numpy as np
import pytest
from small_sky import COLOURS, galaxy, ring

from sciml.lenses.ring_flux import elliptical_profile, ring_flux, shapes

SIDE, MIDDLE = 45, 22


def images(count: int = 24, rings: float = 0.0, extra: np.ndarray | float = 0.0, ratio: float = 0.7) -> np.ndarray:
    """Cutouts (object, band, y, x) in sky sigmas, of one galaxy in other noise each time."""
    bands = [
        blue * galaxy(SIDE, MIDDLE, MIDDLE, ratio=ratio) + red * ring(SIDE, MIDDLE, MIDDLE, rings)
        for blue, red in COLOURS.values()
    ]
    return np.array(bands)[None] + extra + np.random.default_rng(2).normal(0, 1, (count, 3, SIDE, SIDE))


def spot(x: float, y: float, peak: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)


def test_every_ringed_galaxy_scores_above_every_plain_one() -> None:
    assert ring_flux(images(rings=3.0), 0.2).min() > ring_flux(images(), 0.2).max()


def test_a_brighter_ring_scores_higher() -> None:
    means = [ring_flux(images(rings=peak), 0.2).mean() for peak in (0.0, 1.0, 2.0, 4.0)]
    assert means == sorted(means)


def test_half_a_ring_scores_above_a_plain_galaxy() -> None:
    arc = np.where(np.mgrid[:SIDE, :SIDE][0] > MIDDLE, ring(SIDE, MIDDLE, MIDDLE, 4.0), 0.0)
    assert np.median(ring_flux(images(extra=arc), 0.2)) > np.quantile(ring_flux(images(), 0.2), 0.95)


def test_a_bright_neighbour_outside_the_annulus_changes_nothing() -> None:
    # 5.7 arcsec off, and cut off well before the annulus, wherever the galaxy is long
    away = np.hypot(*(np.mgrid[:SIDE, :SIDE] - MIDDLE)) * 0.2
    far = np.where(away > 4.2, spot(MIDDLE + 20, MIDDLE + 20, 300.0), 0.0)
    quiet, loud = ring_flux(images(), 0.2), ring_flux(images(extra=far), 0.2)
    assert np.median(np.abs(quiet - loud)) < 0.01
    assert np.abs(quiet - loud).max() < 0.3


def test_a_short_bright_neighbour_scores_below_a_long_faint_arc() -> None:
    blob = ring_flux(images(extra=spot(MIDDLE + 8, MIDDLE, 100.0)), 0.2)
    assert np.median(blob) < np.median(ring_flux(images(rings=2.0), 0.2))


def test_a_bright_galaxy_alone_is_no_ring() -> None:
    bright = 10 * images(count=1).mean(0) + np.random.default_rng(3).normal(0, 1, (24, 3, SIDE, SIDE))
    assert np.median(ring_flux(bright, 0.2)) < np.median(ring_flux(images(rings=3.0), 0.2))


def test_an_orientation_changes_no_score_by_much() -> None:
    cut = images(rings=2.0)
    np.testing.assert_allclose(ring_flux(cut, 0.2), ring_flux(cut[:, :, ::-1].swapaxes(2, 3), 0.2), atol=0.6)


def test_missing_bands_and_pixels_are_borne() -> None:
    plain, ringed = images(), images(rings=3.0)
    for image in (plain, ringed):
        image[:, 0] = np.nan
        image[:, :, :12] = np.nan
    assert np.median(ring_flux(ringed, 0.2)) > ring_flux(plain, 0.2).max()


def test_nothing_observed_has_the_lowest_score() -> None:
    assert ring_flux(np.full((2, 3, SIDE, SIDE), np.nan), 0.2).tolist() == [-12.0, -12.0]


def test_the_shape_of_an_ellipse_is_found() -> None:
    rows, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    # a Gaussian of 4 x 2 pixels: the squared radius of determinant 1 is x^2 / 2 + 2 y^2, as 4 / 2 is 2
    light = 100 * np.exp(-(columns**2 / 16 + rows**2 / 4) / 2)
    found = shapes(light[None], 0.2)[0]
    np.testing.assert_allclose(found, [[0.5, 0.0], [0.0, 2.0]], atol=0.05)


def test_the_profile_of_a_smooth_galaxy_is_the_galaxy() -> None:
    light = galaxy(SIDE, MIDDLE, MIDDLE, peak=100.0, ratio=1.0)[None, None]
    model = elliptical_profile(light, np.eye(2)[None])
    outside = np.hypot(*(np.mgrid[:SIDE, :SIDE] - MIDDLE)) * 0.2 > 0.8
    # steps of one pixel through an exponential of three pixels: some per cent of the light there
    assert np.abs(model - light)[0, 0][outside].max() < 0.05 * 100 * np.exp(-0.8 / 0.6)


@pytest.mark.parametrize("side", [15, 46])
def test_small_and_even_cutouts_are_borne(side: int) -> None:
    assert np.isfinite(ring_flux(np.random.default_rng(1).normal(0, 1, (3, 1, side, side)), 0.2)).all()
