"""Lenses and what is none are drawn from the same galaxies: nothing but the light around them tells them apart."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.core.errors import SettingsError
from sciml.lenses.colours import blue_flux, check_bands, red_flux
from sciml.lenses.galaxies import EINSTEIN_RADII, Population, population
from sciml.lenses.raytrace import Deflectors, Profiles, grid, sersic, source_plane

BANDS = ("g", "r", "i")


@pytest.fixture(scope="module")
def scene() -> Population:
    return population(np.zeros(800), np.zeros(800), 120.0, BANDS, (0.5, 0.24), np.random.default_rng(3))


def test_shares_are_exact(scene: Population) -> None:
    kinds = dict(zip(*np.unique(scene.kind, return_counts=True), strict=True))
    # 192 lookalikes, 64 of each kind
    assert kinds == {"lens": 400, "plain": 104, "field": 104, "ring": 64, "spiral": 64, "companion": 64}
    few = population(np.zeros(4), np.zeros(4), 40.0, BANDS, (1.0, 0.5), np.random.default_rng(1))
    assert list(few.kind) == ["lens"] * 4
    none = population(np.zeros(4), np.zeros(4), 40.0, BANDS, (0.0, 0.0), np.random.default_rng(1))
    assert sorted(none.kind) == ["field", "field", "plain", "plain"]


def test_what_else_a_catalogue_holds_is_fainter_and_bluer(scene: Population) -> None:
    field, plain = scene.kind == "field", scene.kind == "plain"
    flux = scene.light_flux[: len(scene.kind)]
    assert np.median(flux[field, 2]) < np.median(flux[plain, 2]) / 2
    assert np.median(flux[field, 0] / flux[field, 2]) > 2 * np.median(flux[plain, 0] / flux[plain, 2])


def test_red_galaxies_are_as_bright_large_and_red_whether_they_lens_or_not(scene: Population) -> None:
    lens, plain = scene.kind == "lens", scene.kind == "plain"
    flux = scene.light_flux[: len(scene.kind)]
    for value in (np.log10(flux[:, 2]), np.log10(flux[:, 2] / flux[:, 0]), scene.light.radius[: len(lens)]):
        spread = value[lens].std() * np.sqrt(1 / lens.sum() + 1 / plain.sum())
        assert abs(value[lens].mean() - value[plain].mean()) < 4 * spread


def test_einstein_radii_are_those_of_galaxies(scene: Population) -> None:
    assert scene.einstein_radius.min() > EINSTEIN_RADII[0]
    assert scene.einstein_radius.max() < EINSTEIN_RADII[1]
    assert 1.1 < np.median(scene.einstein_radius) < 1.5


def test_blue_light_is_as_bright_in_what_is_no_lens_as_in_arcs(scene: Population) -> None:
    x, y = grid(51, 0.2, 2)
    arcs = []
    for number in range(200):
        lens = Deflectors(*(values[number : number + 1] for values in scene.deflectors))
        source = Profiles(*(values[number : number + 1] for values in scene.sources))
        arcs.append(scene.source_flux[number] * sersic(*source_plane(x, y, lens), source).sum() * 0.1**2)
    magnitudes = -2.5 * np.log10(np.median(arcs, axis=0))
    rings = -2.5 * np.log10(np.median(scene.ring_flux, axis=0))
    # a scatter of 0.8 mag: the median of 64 is known to 0.13
    np.testing.assert_allclose(rings, magnitudes, atol=0.5)


def test_sources_lie_where_they_are_seen_more_than_once(scene: Population) -> None:
    away = np.hypot(scene.sources.x - scene.deflectors.x, scene.sources.y - scene.deflectors.y)
    assert (away <= 0.5 * scene.deflectors.einstein_radius).all()
    assert len(away) == (scene.kind == "lens").sum()


def test_old_galaxies_are_redder_than_young_ones_in_every_pair_of_bands() -> None:
    rng, bands = np.random.default_rng(1), ("u", "g", "r", "i", "z", "y")
    old, young = (np.median(flux(np.full(200, 20.0), bands, rng), axis=0) for flux in (red_flux, blue_flux))
    assert (np.diff(-2.5 * np.log10(old)) < np.diff(-2.5 * np.log10(young))).all()
    # 10^(0.4 (30 - 20)) counts in the band of the magnitude
    assert old[3] == pytest.approx(10_000, rel=0.03)


def test_a_band_without_colours_is_refused() -> None:
    with pytest.raises(SettingsError, match="'VIS' cannot be simulated; take of u, g, r, i, z, y"):
        check_bands(("g", "VIS"))
