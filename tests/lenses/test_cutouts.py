"""Cutouts are the pixels of the tile, to the last bit where the scale is the same."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.nddata import Cutout2D
from survey_files import noise, objects_at, tile_of

from sciml.lenses.cutouts import ALL_BAD, MISSING_BAND, OUTSIDE, PARTIAL, SATURATED, cutouts
from sciml.lenses.settings import PrepareSettings

PREPARE = PrepareSettings(bands=("g", "r"), size=15)


def test_pixels_are_those_of_astropy_also_beyond_the_border() -> None:
    fluxes = {"g": noise((60, 80), 1), "r": noise((60, 80), 2)}
    x, y = [40, 0, 79, 3, 77, 20], [30, 0, 59, 50, 2, 58]
    image = cutouts(tile_of(fluxes), objects_at(x, y), PREPARE)["image"]
    for number, place in enumerate(zip(x, y, strict=True)):
        for band, flux in fluxes.items():
            expected = Cutout2D(flux, place, 15, mode="partial", fill_value=np.nan).data
            np.testing.assert_array_equal(image.sel(band=band)[number], expected)


def test_a_position_belongs_to_the_pixel_in_which_it_lies() -> None:
    flux = noise((60, 80))
    found = cutouts(tile_of({"g": flux, "r": flux}), objects_at([40.49, 39.5], [29.6, 30.4]), PREPARE)["image"]
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0, 0, 7, 7] == flux[30, 40]


def test_flux_is_counted_in_scatters_above_the_sky() -> None:
    flux = np.full((40, 40), 3170.0, np.float32)
    flux[20, 20] += 58
    tile = tile_of({"g": flux, "r": flux * 1e-12}, level=3170.0, sigma=29.0)
    assert float(cutouts(tile, objects_at([20], [20]), PREPARE)["image"][0, 0, 7, 7]) == 2.0


def test_each_flaw_has_its_flag_and_the_worst_its_word() -> None:
    flux = noise((100, 100))
    flux[80:, 80:] = np.nan
    flux[50, 52] = 9000
    tile = tile_of({"g": flux, "r": flux})
    objects = objects_at([20, 2, 50, 90, -30, np.nan], [20, 50, 50, 90, 10, 10])
    found = cutouts(tile.__class__(**{**vars(tile), "saturation": {"g": 9000.0}}), objects, PREPARE)
    flags = found["flags"].values
    assert list(flags) == [0, PARTIAL, SATURATED, PARTIAL | ALL_BAD, *[PARTIAL | ALL_BAD | OUTSIDE] * 2]
    assert list(found["reason"].values) == ["ok", "partial", "ok", "all_bad", "outside", "outside"]
    # of 15 columns about column 2 five lie beyond the border
    np.testing.assert_allclose(found["missing"].values, [0, 5 / 15, 0, 1, 1, 1], atol=1e-6)


def test_a_band_that_the_tile_lacks_is_a_blank_plane_in_its_place() -> None:
    found = cutouts(tile_of({"r": noise((40, 40))}), objects_at([20], [20]), PREPARE)
    assert list(found["band"].values) == ["g", "r"]
    assert np.isnan(found["image"][0, 0]).all()
    assert not np.isnan(found["image"][0, 1]).any()
    assert (int(found["flags"][0]), str(found["reason"].values[0])) == (MISSING_BAND, "missing_band")


def test_a_slice_of_a_stack_is_cut_about_its_object() -> None:
    flux = noise((4, 21, 21))
    found = cutouts(tile_of({"g": flux, "r": flux}), objects_at([10, 10], [10, 8], index=[3, 1]), PREPARE)["image"]
    np.testing.assert_array_equal(found[0, 0], flux[3, 3:18, 3:18])
    np.testing.assert_array_equal(found[1, 0], flux[1, 1:16, 3:18])


def test_no_object_makes_no_cutout() -> None:
    found = cutouts(tile_of({"g": noise((40, 40))}), objects_at([], []), PREPARE)
    assert found["image"].shape == (0, 2, 15, 15)


@pytest.mark.parametrize("scale", [0.03, 0.1, 0.263, 0.454])
def test_at_another_scale_the_sky_keeps_its_scatter(scale: float) -> None:
    rng = np.random.default_rng(3)
    flux = rng.normal(0, 1, (900, 900)).astype(np.float32)
    x, y = rng.uniform(200, 700, (2, 60))
    found = cutouts(tile_of({"g": flux, "r": flux}, scale=scale), objects_at(x, y), PREPARE)["image"]
    assert float(found.std()) == pytest.approx(1, abs=0.05)


def test_at_another_scale_a_galaxy_keeps_its_size_on_the_sky() -> None:
    axis = np.arange(201) - 100
    # a Gaussian of 1.5 arcsec at a scale of 0.1 arcsec
    flux = np.exp(-0.5 * (axis[None, :] ** 2 + axis[:, None] ** 2) / 15**2).astype(np.float32)
    prepare = PrepareSettings(bands=("g",), size=45)
    image = cutouts(tile_of({"g": flux}, scale=0.1), objects_at([100], [100]), prepare)["image"].values[0, 0]
    axis = np.arange(45) - 22
    width = np.sqrt((image.sum(axis=0) * axis**2).sum() / image.sum())
    # 1.5 arcsec are 7.5 pixels of 0.2 arcsec, cut at three of them
    assert width == pytest.approx(7.5, rel=0.03)
    assert np.unravel_index(image.argmax(), image.shape) == (22, 22)


def test_at_another_scale_what_was_not_observed_stays_so() -> None:
    flux = noise((200, 200))
    flux[:, 110:] = np.nan
    found = cutouts(tile_of({"g": flux, "r": flux}, scale=0.1), objects_at([100], [100]), PREPARE)
    blank = np.isnan(found["image"].values[0, 0])
    # 10 pixels of 0.1 arcsec to the right of the middle are 5 of 0.2
    assert blank[:, 13:].all()
    assert not blank[:, :11].any()
    assert int(found["flags"][0]) == PARTIAL


def test_a_scale_two_percent_off_is_the_same() -> None:
    flux = noise((60, 60))
    found = cutouts(tile_of({"g": flux, "r": flux}, scale=0.203), objects_at([30], [30]), PREPARE)["image"]
    np.testing.assert_array_equal(found[0, 0], flux[23:38, 23:38])
