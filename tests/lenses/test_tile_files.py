"""FITS images of every kind give the same pixels; what is none is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from survey_files import header, noise, write_image

from sciml.core.errors import BadInput, ScimlError
from sciml.lenses.tile_files import read_image, split_spec
from sciml.lenses.tiles import open_tile


def refusal(spec: str | Path) -> str:
    with pytest.raises(ScimlError) as refused:
        read_image(spec)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_pixels_come_back_as_native_float32(tmp_path: Path) -> None:
    pixels = noise((20, 30))
    found = read_image(write_image(tmp_path / "a.fits", pixels))
    assert found.flux.dtype == np.float32
    assert found.flux.dtype.isnative
    np.testing.assert_array_equal(found.flux, pixels)


def test_scaled_whole_numbers_are_scaled_back_and_blanks_are_unobserved(tmp_path: Path) -> None:
    hdu = fits.PrimaryHDU(np.array([[1, 2], [40000, 65535]], np.uint16))
    hdu.writeto(tmp_path / "unsigned.fits")
    np.testing.assert_array_equal(read_image(tmp_path / "unsigned.fits").flux, [[1, 2], [40000, 65535]])
    packed = fits.PrimaryHDU(np.array([[1, -32768], [3, 4]], np.int16))
    packed.header["BLANK"] = -32768
    packed.writeto(tmp_path / "packed.fits")
    with fits.open(tmp_path / "packed.fits", mode="update", do_not_scale_image_data=True) as file:
        file[0].header["BSCALE"], file[0].header["BZERO"] = 0.5, 10.0
    # 0.5 * number + 10
    np.testing.assert_array_equal(read_image(tmp_path / "packed.fits").flux, [[10.5, np.nan], [11.5, 12.0]])


def test_a_compressed_image_is_that_image(tmp_path: Path) -> None:
    pixels = noise((64, 64))
    tile = fits.CompImageHDU(pixels, header(pixels.shape), compression_type="GZIP_2", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), tile]).writeto(tmp_path / "a.fits.fz")
    np.testing.assert_array_equal(read_image(tmp_path / "a.fits.fz").flux, pixels)
    fits.PrimaryHDU(pixels).writeto(tmp_path / "b.fits.gz")
    np.testing.assert_array_equal(read_image(tmp_path / "b.fits.gz").flux, pixels)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2])])
    images = [fits.ImageHDU(np.full((4, 5), value, np.float32), name=name) for value, name in ((1, "SCI"), (2, "ERR"))]
    fits.HDUList([fits.PrimaryHDU(), table, *images]).writeto(tmp_path / "several.fits")
    return tmp_path / "several.fits"


@pytest.mark.parametrize(("asked", "value"), [("", 1), ("[2]", 1), ("[3]", 2), ("[ERR]", 2), ("[err]", 2)])
def test_an_hdu_is_chosen_by_number_or_name_and_else_the_first_image(several: Path, asked: str, value: float) -> None:
    assert read_image(f"{several}{asked}").flux[0, 0] == value


@pytest.mark.parametrize("asked", ["[0]", "[1]", "[9]", "[RMS]"])
def test_an_hdu_that_is_no_image_is_refused_with_those_that_there_are(several: Path, asked: str) -> None:
    assert "2 SCI, 3 ERR" in refusal(f"{several}{asked}")


def test_a_name_with_brackets_is_that_file(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a[2]", noise((5, 5)))
    assert split_spec(path) == (path, None)
    assert read_image(path).flux.shape == (5, 5)


def test_what_is_no_image_is_refused_in_one_line(tmp_path: Path) -> None:
    whole = write_image(tmp_path / "whole.fits", noise((60, 60))).read_bytes()
    for name, content in (("empty", b""), ("text", b"id,ra\n1,2\n"), ("cut", whole[:9000]), ("head", whole[:1000])):
        (tmp_path / f"{name}.fits").write_bytes(content)
        assert f"{name}.fits: cannot be read as FITS" in refusal(tmp_path / f"{name}.fits")
    (tmp_path / "cut.fits.gz").write_bytes(b"\x1f\x8b\x08" + whole[:500])
    assert "cannot be read as FITS" in refusal(tmp_path / "cut.fits.gz")
    assert "there is no such file" in refusal(tmp_path / "nothing.fits")
    assert "is not a file" in refusal(tmp_path)
    fits.HDUList([fits.PrimaryHDU()]).writeto(tmp_path / "none.fits")
    assert "holds a 2-D or 3-D image" in refusal(tmp_path / "none.fits")


@pytest.mark.filterwarnings("ignore::sciml.core.errors.DataWarning")
@pytest.mark.parametrize("kind", ["a.fits", "a.fits.fz", "a.fits.gz"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, kind: str) -> None:
    image = fits.CompImageHDU if kind.endswith("fz") else fits.ImageHDU
    cards = header((40, 40))
    fits.HDUList([fits.PrimaryHDU(), image(noise((40, 40)), cards)]).writeto(tmp_path / kind)
    whole, rng, refused = (tmp_path / kind).read_bytes(), np.random.default_rng(1), list[str]()
    for number in range(60):
        damaged = bytearray(whole[: int(rng.integers(len(whole)))] if number % 3 == 0 else whole)
        for place in rng.integers(len(damaged), size=4) if damaged else ():
            damaged[place] = int(rng.integers(256))
        (tmp_path / kind).write_bytes(bytes(damaged))
        try:
            assert open_tile({"g": tmp_path / kind}).shape[-1] > 0
        except BadInput as error:
            refused.append(str(error))
    assert len(refused) >= 20
    assert not [text for text in refused if "\n" in text]
