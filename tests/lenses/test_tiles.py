"""The bands of a tile are on one grid, and are told apart from those that show nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from survey_files import header, noise, write_image, write_tile

from sciml.core.errors import BadInput, DataWarning, ScimlError
from sciml.lenses.tiles import open_tile


def test_a_tile_knows_its_scale_its_sky_and_its_wcs(tmp_path: Path) -> None:
    pixels = 50 + noise((100, 140), sigma=2)
    tile = open_tile({"g": write_image(tmp_path / "a_g.fits", pixels, 0.186, SATURATE=4e4, BUNIT="adu")})
    assert (tile.name, tile.bands, tile.shape, tile.stack) == ("a_g", ("g",), (100, 140), False)
    assert tile.scale_arcsec == pytest.approx(0.186, abs=1e-6)
    assert tile.sky("g") == pytest.approx(50, abs=0.1)
    assert tile.sky_sigma("g") == pytest.approx(2, rel=0.05)
    assert (tile.saturation, tile.units) == ({"g": 4e4}, "adu")
    # right ascension grows to the left
    ra, _ = tile.wcs.all_pix2world([0, 139], [50, 50], 0)
    assert ra[0] > ra[1]


def test_a_stack_has_no_wcs_and_may_state_its_scale(tmp_path: Path) -> None:
    tile = open_tile({"g": write_image(tmp_path / "a.fits", noise((7, 20, 20)), PIXSCALE=0.263)}, "stack")
    assert (tile.shape, tile.stack, tile.wcs, tile.scale_arcsec) == ((7, 20, 20), True, None, 0.263)
    unknown = open_tile({"g": write_image(tmp_path / "b.fits", noise((7, 20, 20)))})
    assert np.isnan(unknown.scale_arcsec)


def test_bands_of_another_shape_are_refused_by_the_names_of_both_files(tmp_path: Path) -> None:
    images = {
        "g": write_image(tmp_path / "a.fits", noise((50, 50))),
        "r": write_image(tmp_path / "b.fits", noise((50, 51))),
    }
    with pytest.raises(BadInput, match=r"a\.fits and .*b\.fits: differ in shape: 50 x 50 and 50 x 51"):
        open_tile(images)


@pytest.mark.parametrize(("moved", "scale", "fine"), [(0.4, 0.2, True), (0.7, 0.2, False), (0, 0.203, False)])
def test_bands_more_than_half_a_pixel_apart_are_refused(tmp_path: Path, moved: float, scale: float, fine: bool) -> None:
    write_image(tmp_path / "a.fits", noise((100, 100)))
    shifted = header((100, 100), scale)
    shifted["CRPIX1"] += moved
    fits.PrimaryHDU(noise((100, 100), 2), shifted).writeto(tmp_path / "b.fits")
    images = {"g": tmp_path / "a.fits", "r": tmp_path / "b.fits"}
    if fine:
        assert open_tile(images).bands == ("g", "r")
    else:
        with pytest.raises(BadInput, match=r"a\.fits and .*b\.fits: differ by .* pixels in position"):
            open_tile(images)


def test_a_blank_or_constant_band_counts_as_missing(tmp_path: Path) -> None:
    images = write_tile(tmp_path)
    images["z"] = write_image(tmp_path / "z.fits", np.full((120, 120), np.nan, np.float32))
    images["y"] = write_image(tmp_path / "y.fits", np.full((120, 120), 7, np.float32))
    with pytest.warns(DataWarning) as told:
        assert open_tile(images).bands == ("g", "r", "i")
    assert [str(each.message).split(": ")[1].split(";")[0] for each in told] == [
        "band z is blank",
        "band y is constant",
    ]
    with pytest.raises(BadInput, match="no band has anything but blank or constant"):
        open_tile({"z": images["z"]})


def test_a_cube_of_bands_is_no_stack_of_objects(tmp_path: Path) -> None:
    cards = header((20, 20))
    fits.PrimaryHDU(noise((5, 20, 20)), cards).writeto(tmp_path / "cube.fits")
    with pytest.raises(BadInput, match="cube of 5 planes with a sky WCS"):
        open_tile({"g": tmp_path / "cube.fits"})
    fits.PrimaryHDU(noise((1, 20, 20)), cards).writeto(tmp_path / "plane.fits")
    assert open_tile({"g": tmp_path / "plane.fits"}).shape == (20, 20)


def test_all_files_that_cannot_be_read_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.fits").write_bytes(b"")
    with pytest.raises(ScimlError) as refused:
        open_tile({"g": tmp_path / "a.fits", "r": tmp_path / "b.fits"})
    first, second = str(refused.value).splitlines()
    assert "a.fits: cannot be read" in first
    assert "b.fits: there is no such file" in second


def test_old_spellings_of_the_wcs_are_understood(tmp_path: Path) -> None:
    cards = fits.Header()
    for keyword, value in (("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN"), ("RADECSYS", "FK5"), ("PC001001", -1.0)):
        cards[keyword] = value
    for keyword, value in (("PC002002", 1.0), ("CDELT1", 5e-5), ("CDELT2", 5e-5), ("CRVAL1", 10.0), ("CRVAL2", 5.0)):
        cards[keyword] = value
    fits.PrimaryHDU(noise((30, 30)), cards).writeto(tmp_path / "old.fits")
    assert open_tile({"g": tmp_path / "old.fits"}).scale_arcsec == pytest.approx(0.18, abs=1e-4)
