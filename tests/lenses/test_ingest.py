"""The index lists tiles as they are, and what is wrong with any of them is told of all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from survey_files import DEC, RA, noise, write_catalog, write_image, write_tile

from sciml.core.contract import Index
from sciml.core.errors import BadInput, ScimlError
from sciml.lenses.ingest import cases, ingest, objects_of_unit, read, tile_of_unit
from sciml.lenses.settings import IngestSettings, InputTile, Settings


def ingested(*tiles: InputTile) -> Index:
    return ingest(Settings(ingest=IngestSettings(inputs=tiles)), None, Path("unused"))


def a_tile(folder: Path, name: str = "tile", catalog: bool = True) -> InputTile:
    images = write_tile(folder, name)
    rows = [f"a,{RA},{DEC},1,lens", f"b,{RA},{DEC + 0.001},0,ring", f"c,{RA + 1},{DEC},,"]
    listed = write_catalog(folder / f"{name}.csv", rows) if catalog else None
    return InputTile(
        name=name,
        bands=tuple(images),
        images=tuple(map(str, images.values())),
        catalog=None if listed is None else str(listed),
    )


def test_a_tile_is_a_case_with_the_truth_of_its_catalogue(tmp_path: Path) -> None:
    index = ingested(a_tile(tmp_path), a_tile(tmp_path, "other", catalog=False))
    first, second = cases(Settings(), index)
    assert (first.id, first.group, first.has_truth) == ("tile", "tile", True)
    assert second.has_truth is False
    facts = index.units[0].facts
    assert {name: facts[name] for name in ("objects", "outside", "truths", "lenses")} == {
        "objects": 3,
        "outside": 1,
        "truths": 2,
        "lenses": 1,
    }
    assert facts["scale_arcsec"] == pytest.approx(0.2)


def test_the_index_survives_json_and_its_images_are_read_lazily(tmp_path: Path) -> None:
    index = Index.from_json(json.loads(json.dumps(ingested(a_tile(tmp_path)).to_json(), allow_nan=False)))
    (unit,) = index.units
    opened = read(unit)
    assert opened["flux"].dims == ("band", "y", "x")
    assert opened["flux"].chunks is not None
    assert (list(opened["band"].values), opened.attrs["scale_arcsec"]) == (["g", "r", "i"], pytest.approx(0.2))
    np.testing.assert_array_equal(opened["flux"].sel(band="r"), fits.getdata(tmp_path / "tile_r.fits"))
    assert fits.Header.fromstring(opened.attrs["wcs"], sep="\n")["CRVAL1"] == RA
    tile = tile_of_unit(unit)
    assert list(objects_of_unit(unit, tile).id) == ["a", "b", "c"]


def test_a_stack_is_read_by_object_and_its_hdus_are_kept(tmp_path: Path) -> None:
    cubes = [fits.ImageHDU(noise((3, 16, 16), seed), name=name) for seed, name in ((1, "G"), (2, "R"))]
    fits.HDUList([fits.PrimaryHDU(), *cubes]).writeto(tmp_path / "s.fits")
    spec = f"{tmp_path}/s.fits"
    index = ingested(InputTile(name="s", bands=("g", "r"), images=(f"{spec}[G]", f"{spec}[2]")))
    (unit,) = index.units
    opened = read(unit)
    assert opened["flux"].dims == ("object", "band", "y", "x")
    np.testing.assert_array_equal(opened["flux"].values[:, 1], cubes[1].data)
    assert (unit.facts["objects"], unit.facts["stack"], unit.facts["scale_arcsec"]) == (3, True, None)
    assert unit.files["image-g"].path == spec


def test_what_is_wrong_with_any_tile_is_told_of_all(tmp_path: Path) -> None:
    (tmp_path / "bad.fits").write_bytes(b"")
    bad = InputTile(name="bad", bands=("g",), images=(str(tmp_path / "bad.fits"),))
    lost = InputTile(name="lost", bands=("g",), images=(str(tmp_path / "lost.fits"),))
    with pytest.raises(ScimlError) as refused:
        ingested(bad, a_tile(tmp_path), lost)
    assert len(str(refused.value).splitlines()) == 2
    assert "bad.fits" in str(refused.value)
    assert "lost.fits" in str(refused.value)


def test_no_input_a_name_twice_or_an_image_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no input"):
        ingested()
    tile = a_tile(tmp_path)
    with pytest.raises(BadInput, match="is listed twice"):
        ingested(tile, tile.model_copy(update={"name": "Tile"}))
    with pytest.raises(ScimlError, match="is an image of tile tile and of tile twin"):
        ingested(tile, tile.model_copy(update={"name": "twin"}))


def test_a_sheet_names_files_beside_itself(tmp_path: Path) -> None:
    a_tile(tmp_path)
    row = "tile\tg;r;i\ttile_g.fits;tile_r.fits;tile_i.fits\ttile.csv\ttest"
    (tmp_path / "samples.tsv").write_text(f"name\tbands\timages\tcatalog\trole\n{row}\n", encoding="utf-8")
    (unit,) = ingest(Settings(), tmp_path, tmp_path / "raw").units
    assert (unit.role, unit.simulated, unit.facts["bands"]) == ("test", True, ["g", "r", "i"])


def test_a_missing_catalogue_is_told(tmp_path: Path) -> None:
    tile = a_tile(tmp_path).model_copy(update={"catalog": str(tmp_path / "none.csv")})
    with pytest.raises(BadInput, match=r"none\.csv: .*"):
        ingested(tile)


def test_one_image_is_one_file(tmp_path: Path) -> None:
    image = write_image(tmp_path / "one.fits", noise((40, 40)))
    (unit,) = ingested(InputTile(name="one", bands=("VIS",), images=(str(image),))).units
    assert unit.files["image-VIS"].size == image.stat().st_size
