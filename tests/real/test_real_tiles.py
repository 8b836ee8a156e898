"""Every image of the shared surveys opens as what it is, or is refused in one line that says why."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from sciml.core.errors import BadInput
from sciml.lenses.catalogs import objects_of, read_catalog, within
from sciml.lenses.cutouts import PARTIAL, SATURATED, cutouts
from sciml.lenses.ingest import cases, ingest, read
from sciml.lenses.settings import IngestSettings, InputTile, PrepareSettings, Settings
from sciml.lenses.tile_files import read_image
from sciml.lenses.tiles import Tile, open_tile

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "survey"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "cfhtls").exists(), reason="the real survey images are not here"),
]
EUCLID = "euclid/102020532_NEG589257492489565961.fits"
# the lens SL2S J142209+524652 in lenscat
SL2S = (215.538, 52.781)


def tile(pattern: str, bands: str | tuple[str, ...]) -> Tile:
    return open_tile({band: DATA / pattern.format(band) for band in bands})


def the_object(ra: float, dec: float) -> Table:
    return Table({"id": ["a"], "ra": [ra], "dec": [dec]})


def test_every_fits_file_has_an_image_of_finite_pixels() -> None:
    files = sorted([*DATA.rglob("*.fits"), *DATA.rglob("*.fits.fz")])
    assert len(files) >= 30
    for file in files:
        image = read_image(file)
        assert image.flux.dtype == np.float32
        assert image.flux.ndim in (2, 3)
        # the z band of PS1 lacks a third of its pixels; no other image as many
        assert np.isfinite(image.flux).mean() > 0.6, file


@pytest.mark.parametrize(
    ("pattern", "bands", "shape", "scale"),
    [
        ("cfhtls/CFHTLS-test_{}.fits", "gri", (440, 440), 0.186),
        ("kids/KiDS-test_{}.fits", "gri", (101, 101), 0.2),
        ("vics82/VICS82-test_{}.fits", ("i", "J", "Ks"), (374, 374), 0.202),
        ("ps1/PS1-test_{}.fits", "riz", (49, 49), 0.2),
        ("des/des_lrg_{}_00-35.fits", "grizY", (36, 91, 91), 0.263),
        ("hst/hst_lens_system3_{}.fits", ("F475X", "F600LP"), (130, 130), 0.04),
        ("hsc/Cut_HST1.fits", ("I",), (250, 250), 0.03),
        (EUCLID + "[{}_FLUX]", ("VIS", "NIR_Y", "NIR_J", "NIR_H"), (300, 300), 0.1),
        ("legacypipe/testcase4/c4d_170316_062107_ooi_z_ls9.N2.fits", "z", (251, 245), 0.262),
        ("legacypipe/mzlsbass2/k4m_160319_075112_ooi_zd_ls9.CCD3.fits", "z", (208, 204), 0.26),
    ],
)
def test_tiles_of_every_survey_open(
    pattern: str, bands: str | tuple[str, ...], shape: tuple[int, ...], scale: float
) -> None:
    found = tile(pattern, bands)
    assert found.bands == tuple(bands)
    assert found.shape == shape
    assert found.scale_arcsec == pytest.approx(scale, rel=0.003)
    for band in bands:
        # of the pixels two thirds at most are sky; the scatter is that of the darker ones
        dark = np.nanpercentile(found.flux(band), 10)
        assert 0 < (found.sky(band) - dark) / found.sky_sigma(band) < 3


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        ({"g": "hsc/Cut_HSC1.fits"}, "cube of 5 planes"),
        ({"Y": EUCLID + "[6]", "p": EUCLID + "[5]"}, "differ in shape: 300 x 300 and 33 x 33"),
        ({"Y": EUCLID + "[99]"}, "has no HDU 99; it has 0 PRIMARY, 1 VIS_FLUX"),
        (
            {
                "g": "legacypipe/mzlsbass2/ksb_180313_081856_ooi_g_ls9.CCD4.fits",
                "z": "legacypipe/mzlsbass2/k4m_160319_075112_ooi_zd_ls9.CCD3.fits",
            },
            "differ in shape: 119 x 118 and 208 x 204",
        ),
        ({"g": "hsc/hsc_cosmos_35.npz"}, "cannot be read as FITS"),
        ({"g": "README.md"}, "cannot be read as FITS"),
        ({"g": "catalog/lenscat_catalog.csv"}, "cannot be read as FITS"),
    ],
)
def test_what_is_no_tile_is_refused(images: dict[str, str], problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        open_tile({band: DATA / path for band, path in images.items()})
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_bands_of_one_grid_agree_though_each_has_a_distortion_of_its_own() -> None:
    images = {
        "g": DATA / "legacypipe/mzlsbass2/ksb_180313_081856_ooi_g_ls9.CCD4.fits",
        "r": DATA / "legacypipe/mzlsbass2/ksb_170430_055945_ooi_r_ls9.CCD4.fits",
    }
    first, second = (open_tile({band: path}).wcs for band, path in images.items())
    assert first is not None
    assert second is not None
    there = np.array(first.all_world2pix(*second.all_pix2world([10, 100], [10, 100], 0), 0))
    assert 0.01 < np.abs(there - [[10, 100], [10, 100]]).max() < 0.5
    assert open_tile(images).bands == ("g", "r")


def test_the_known_lens_of_cfhtls_is_where_lenscat_says() -> None:
    cfhtls = tile("cfhtls/CFHTLS-test_{}.fits", "gri")
    with pytest.warns(UserWarning, match="listed twice"):
        known = read_catalog(DATA / "catalog/lenscat_catalog.csv")
    objects = objects_of(cfhtls, known)
    inside = objects[within(cfhtls, objects.x, objects.y)]
    assert [str(name) for name in inside.id] == ["SL2SJ142209+524652"]
    assert (inside.ra[0], inside.dec[0]) == pytest.approx(SL2S, abs=1e-3)
    found = cutouts(cfhtls, inside, PrepareSettings())
    assert float(found["missing"][0]) == 0
    # at 0.186 arcsec it is resampled to 0.2; a galaxy stands within an arcsec and a half of the middle
    bright = found["image"].sel(band="i").values[0]
    row, column = np.unravel_index(bright[12:33, 12:33].argmax(), (21, 21))
    assert np.hypot(row - 10, column - 10) < 7.5
    assert bright[12:33, 12:33].max() > 20


def test_a_saturated_star_and_blank_pixels_are_flagged() -> None:
    cfhtls = tile("cfhtls/CFHTLS-test_{}.fits", "gri")
    row, column = np.unravel_index(np.nanargmax(cfhtls.flux("g")), cfhtls.shape)
    star = Table({"id": ["star"], "x": [float(column)], "y": [float(row)]})
    assert int(cutouts(cfhtls, objects_of(cfhtls, star), PrepareSettings())["flags"][0]) & SATURATED
    ps1 = tile("ps1/PS1-test_{}.fits", "riz")
    cloverleaf = cutouts(ps1, objects_of(ps1, the_object(213.9427, 11.4954)), PrepareSettings(bands=("r", "i", "z")))
    assert int(cloverleaf["flags"][0]) & PARTIAL
    # 822 of 2401 pixels of the z band, and of the other bands none, are blank
    assert 0.05 < float(cloverleaf["missing"][0]) < 0.15


def test_fluxes_of_a_millionth_of_a_millionth_are_cut_like_any() -> None:
    kids = tile("kids/KiDS-test_{}.fits", "gri")
    image = cutouts(kids, objects_of(kids, Table({"id": ["a"], "x": [50.0], "y": [50.0]})), PrepareSettings())["image"]
    assert np.isfinite(image).all()
    assert 0.5 < float(image.std()) < 50


def test_a_stack_is_ingested_without_a_catalogue(tmp_path: Path) -> None:
    images = tuple(str(DATA / f"des/des_lrg_{band}_00-35.fits") for band in "gri")
    inputs = (InputTile(name="des-lrg", bands=("g", "r", "i"), images=images),)
    settings = Settings(ingest=IngestSettings(inputs=inputs))
    index = ingest(settings, None, tmp_path)
    (case,) = cases(settings, index)
    assert (case.id, case.has_truth, case.unit.facts["objects"]) == ("des-lrg", False, 36)
    flux = read(case.unit)["flux"]
    assert flux.sizes == {"object": 36, "band": 3, "y": 91, "x": 91}
    np.testing.assert_array_equal(flux[:, 1], fits.getdata(images[1]))
    opened = open_tile(dict(zip("gri", images, strict=True)), "des-lrg")
    found = cutouts(opened, objects_of(opened, None), PrepareSettings())
    # 0.263 arcsec to 0.2: 45 pixels of a cutout are 34 of the stack's 91
    assert set(found["reason"].values) == {"ok"}
    assert (found["image"].sel(band="i").values[:, 18:27, 18:27].max(axis=(1, 2)) > 20).mean() > 0.9


def test_four_quarters_of_a_frame_give_the_cutouts_of_the_whole(tmp_path: Path) -> None:
    prepare = PrepareSettings(bands=("g", "r", "i"), scale_arcsec=0.186)
    whole = tile("cfhtls/CFHTLS-test_{}.fits", "gri")
    rng = np.random.default_rng(1)
    # 54 pixels, ten arcsec, of overlap: quarters end at 247 and begin at 193
    x, y = rng.uniform(30, 190, (2, 20))
    expected = cutouts(whole, objects_of(whole, Table({"id": range(20), "x": x, "y": y})), prepare)["image"]
    images = {}
    for band in "gri":
        pixels, cards = fits.getdata(DATA / f"cfhtls/CFHTLS-test_{band}.fits", header=True)
        images[band] = tmp_path / f"{band}.fits"
        fits.PrimaryHDU(pixels[:247, :247], cards).writeto(images[band])
    quarter = open_tile(images)
    ra, dec = whole.wcs.all_pix2world(x, y, 0)
    found = cutouts(quarter, objects_of(quarter, Table({"id": range(20), "ra": ra, "dec": dec})), prepare)["image"]
    for band in "gri":
        # the sky of a quarter is its own; the pixels are the same
        ours, theirs = (
            each.sel(band=band).values * np.float32(one.sky_sigma(band)) + np.float32(one.sky(band))
            for each, one in ((found, quarter), (expected, whole))
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
