"""A simulated camera puts everything where it belongs, keeps its flux, and is as noisy for lenses as for others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sciml.lenses.background import sky_of
from sciml.lenses.galaxies import Population, population
from sciml.lenses.psf import blurred, moffat
from sciml.lenses.sky import SATURATION, expose, paint

SIDE, SCALE = 180, 0.2
PLACES = np.array([[-10.0, 10.0, -10.0, 10.0], [-10.0, -10.0, 10.0, 10.0]])


def scene(lens_share: float = 0.5, empty: bool = True) -> Population:
    """Four galaxies, 100 pixels apart; `empty`: no field and no stars."""
    drawn = population(*PLACES, SIDE * SCALE, ("g", "i"), (lens_share, 0.0), np.random.default_rng(8))
    if not empty:
        return drawn
    light = type(drawn.light)(*(values[:4] for values in drawn.light))
    none = np.zeros(0)
    return replace(
        drawn, light=light, light_flux=drawn.light_flux[:4], star_x=none, star_y=none, star_flux=np.zeros((0, 2))
    )


def corner(image: np.ndarray, number: int) -> np.ndarray:
    """The quarter of the tile of one galaxy; rows grow with y."""
    half = SIDE // 2
    x, y = PLACES[:, number] > 0
    return image[half * y : half * (y + 1), half * x : half * (x + 1)]


def test_each_galaxy_shines_in_its_own_place_with_its_own_flux() -> None:
    drawn = scene()
    steady, _ = paint(drawn, SIDE, SCALE)
    for number in range(4):
        for band in range(2):
            counts = corner(steady[band], number)
            # wings beyond 8 arcsec are cut: they hold a tenth at the most
            assert 0.85 < counts.sum() / drawn.light_flux[number, band] < 1.03
        rows, columns = np.indices(counts.shape)
        middle = ((counts * columns).sum() / counts.sum(), (counts * rows).sum() / counts.sum())
        # a position of 10 arcsec is 50 pixels from 89.5, the middle of the tile
        expected = [89.5 + place / SCALE - 90 * (place > 0) for place in PLACES[:, number]]
        assert middle == pytest.approx(expected, abs=0.3)


def test_arcs_lie_around_lenses_alone_and_are_magnified() -> None:
    drawn = scene()
    _, arcs = paint(drawn, SIDE, SCALE)
    for number, kind in enumerate(drawn.kind):
        flux = corner(arcs[1], number).sum()
        if kind == "lens":
            source = drawn.source_flux[list(drawn.lensing).index(number), 1]
            assert 2 < flux / source < 100
        else:
            assert flux < 1


def test_a_form_is_the_same_in_every_band_but_for_its_flux() -> None:
    drawn = scene()
    steady, _ = paint(drawn, SIDE, SCALE)
    for number in range(4):
        first, second = (corner(steady[band], number) / drawn.light_flux[number, band] for band in range(2))
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_the_empty_sky_scatters_as_the_exposure_says() -> None:
    exposures, signal_to_noise = expose(
        scene(empty=False), SIDE, SCALE, ("g", "i"), (0.7, 0.7), np.random.default_rng(1)
    )
    for exposure in exposures.values():
        found = sky_of(exposure.flux)
        # faint galaxies below the noise add a little
        assert 0.97 < found.sigma / exposure.sigma < 1.2
        assert abs(found.level) < 0.6 * exposure.sigma
    assert np.isfinite(signal_to_noise).sum() == 2
    assert np.nanmin(signal_to_noise) > 0


def test_bright_pixels_scatter_as_photons_do() -> None:
    drawn = scene()
    drawn = replace(drawn, light_flux=15 * drawn.light_flux)
    steady, arcs = paint(drawn, SIDE, SCALE)
    exposure = expose(drawn, SIDE, SCALE, ("g", "i"), (0.7, 0.8), np.random.default_rng(5))[0]["i"]
    # the sky of 20.3 mag is 10^(0.4 * 9.7) * 0.04 = 303 counts a pixel; a depth of 24.8 mag, within 2 arcsec, is a
    # scatter of 10^(0.4 * 5.2) / (5 * sqrt(pi / 0.04)) = 2.71 counts: 303 / 2.71^2 = 41 electrons a count
    assert exposure.gain == pytest.approx(41, rel=0.25)
    kernel = moffat(exposure.seeing_arcsec / SCALE, 45)
    counts = blurred(steady[1] + arcs[1], kernel)
    scatter = np.sqrt(exposure.sigma**2 + np.maximum(counts, 0) / exposure.gain)
    bright = counts > 4 * exposure.gain * exposure.sigma**2
    assert bright.sum() > 40
    residual = ((exposure.flux - counts) / scatter)[bright]
    # the sky is known to a tenth of its scatter; n pixels tell a scatter to 1 / sqrt(2 n)
    assert np.nanstd(residual) == pytest.approx(1, abs=4 / np.sqrt(2 * bright.sum()))


def test_a_star_that_is_too_bright_is_cut_and_bleeds() -> None:
    star = replace(scene(), star_x=np.array([0.0]), star_y=np.array([0.0]), star_flux=np.full((1, 2), 3e7))
    exposure = expose(star, SIDE, SCALE, ("g", "i"), (0.7, 0.7), np.random.default_rng(1))[0]["i"]
    full, blank = exposure.flux == SATURATION, np.isnan(exposure.flux)
    assert full[88:92, 88:92].all()
    # along its columns, never along its rows: above and below what is full
    bled = blank[:, 85:95]
    assert bled[: np.flatnonzero(full.any(axis=1))[0]].any()
