"""A sample is a cutout of an object whose truth is known, and its tile is its group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from survey_files import noise, write_catalog, write_image

from sciml.core.contract import Case
from sciml.lenses.ingest import cases, ingest
from sciml.lenses.prepare import LAYOUT, prepare_part
from sciml.lenses.settings import IngestSettings, InputTile, PrepareSettings, Settings

ROWS = ["a,30,30,1,lens", "b,60,60,0,ring", "c,50,20,,", "d,-1,40,1,lens", "e,119,80,0,"]


@pytest.fixture
def tile(tmp_path: Path) -> tuple[Settings, list[Case]]:
    images = tuple(
        str(write_image(tmp_path / f"{band}.fits", 10 + noise((120, 120), seed))) for seed, band in enumerate("gri")
    )
    catalog = write_catalog(tmp_path / "a.csv", ROWS, "id,x,y,lens,kind")
    inputs = (InputTile(name="t", bands=("g", "r", "i"), images=images, catalog=str(catalog)),)
    settings = Settings(ingest=IngestSettings(inputs=inputs), prepare=PrepareSettings(size=15, max_missing=0.5))
    return settings, cases(settings, ingest(settings, None, tmp_path))


def test_what_is_unknown_or_mostly_unobserved_is_no_sample(tile: tuple[Settings, list[Case]]) -> None:
    samples = prepare_part(*tile)
    # c has no truth, d is not on the tile; e lies in its last column: 7 of 15 columns are beyond, less than half
    assert list(samples["name"].values) == ["t a", "t b", "t e"]
    assert list(samples["label"].values) == [1, 0, 0]
    assert list(samples["kind"].values) == ["lens", "ring", "plain"]
    assert set(samples["group"].values) == {"t"}


def test_samples_are_as_the_layout_says(tile: tuple[Settings, list[Case]]) -> None:
    settings, its = tile
    for samples in (prepare_part(settings, its), prepare_part(settings, [])):
        assert set(samples.data_vars) == set(LAYOUT.arrays)
        for name, array in LAYOUT.arrays.items():
            assert samples[name].dims == array.dims
            assert samples[name].dtype.kind == ("U" if array.dtype == "str" else np.dtype(array.dtype).kind)
        assert samples["image"].shape[1:] == (3, 15, 15)


def test_an_image_is_what_the_tile_shows_around_the_object(tile: tuple[Settings, list[Case]]) -> None:
    samples = prepare_part(*tile)
    pixels = fits.getdata(tile[1][0].unit.files["image-r"].path)[53:68, 53:68]
    image = samples["image"].values[1, 1]
    # a sky of 10 with a scatter of 2, as far as 14,400 pixels tell
    np.testing.assert_allclose(image, (pixels - 10) / 2, atol=0.15 * np.abs(image).max())
    assert np.corrcoef(image.ravel(), pixels.ravel())[0, 1] > 0.9999
