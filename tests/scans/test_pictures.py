from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scan_files import png_header, ramp

from sciml.core.errors import BadInput
from sciml.scans.formats import check_scan, read_scan

EXIF_ORIENTATION = 0x0112


def test_sixteen_bits_keep_their_scale(tmp_path: Path) -> None:
    levels = ramp(top=65_535)
    for suffix in ("png", "tif"):
        Image.fromarray(levels).save(tmp_path / f"deep.{suffix}")
        pixels = read_scan(tmp_path / f"deep.{suffix}").pixels
        np.testing.assert_allclose(pixels[..., 0], levels / 65_535, atol=1e-6)


def test_a_tiff_whose_least_value_is_white_is_turned_round(tmp_path: Path) -> None:
    levels = ramp(top=65_535)
    Image.fromarray(levels).save(tmp_path / "white.tif", tiffinfo={262: 0})
    shown = read_scan(tmp_path / "white.tif").pixels[..., 0]
    np.testing.assert_allclose(shown, 1 - levels / 65_535, atol=1e-6)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_out_upright(tmp_path: Path, orientation: int, deep: bool) -> None:
    upright = np.zeros((80, 96), np.uint16 if deep else np.uint8)
    upright[:20, :30], upright[:20, 60:] = (60_000, 30_000) if deep else (240, 120)
    # what a camera stores that was held so: the inverse of what a viewer does
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: np.rot90(upright, 2).T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    path = tmp_path / "held.png"
    Image.fromarray(np.ascontiguousarray(turned)).save(path, exif=exif)
    pixels = read_scan(path).pixels[..., 0]
    np.testing.assert_allclose(pixels, upright / (65_535 if deep else 255), atol=1e-6)
    facts = check_scan(path)
    assert (facts["height"], facts["width"]) == upright.shape


def test_transparency_is_black_and_a_palette_its_colours(tmp_path: Path) -> None:
    clear = np.zeros((64, 64, 4), np.uint8)
    clear[..., 0], clear[:, 32:, 3] = 200, 255
    Image.fromarray(clear).save(tmp_path / "alpha.png")
    pixels = read_scan(tmp_path / "alpha.png").pixels
    assert pixels.shape == (64, 64, 3)
    assert not pixels[:, :32].any()
    np.testing.assert_allclose(pixels[:, 32:, 0], 200 / 255, atol=1e-6)
    Image.fromarray(clear[..., :3]).quantize(4).save(tmp_path / "palette.png")
    np.testing.assert_allclose(read_scan(tmp_path / "palette.png").pixels[0, 0], [200 / 255, 0, 0], atol=0.01)


def test_a_transparent_picture_that_was_held_sideways_is_turned_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    Image.new("RGBA", (96, 64), (255, 0, 0, 255)).save(tmp_path / "turned.png", exif=exif)
    assert read_scan(tmp_path / "turned.png").pixels.shape == (96, 64, 3)


def test_printing_inks_become_light(tmp_path: Path) -> None:
    # no ink is white paper; full magenta and yellow leave red
    inks = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    inks.save(tmp_path / "inks.tif")
    inks.save(tmp_path / "inks.jpg", quality=95)
    for name in ("inks.tif", "inks.jpg"):
        red, green, blue = read_scan(tmp_path / name).pixels[32, 32]
        assert red > 0.95
        assert max(green, blue) < 0.05


def test_a_large_jpeg_is_decoded_small_where_that_is_enough(tmp_path: Path) -> None:
    Image.fromarray(ramp(1600, 2000)).save(tmp_path / "large.jpg")
    small = read_scan(tmp_path / "large.jpg", at_least=380)
    # a quarter: 1600 / 4 = 400 pixels are at least 380, an eighth would be 200
    assert small.pixels.shape == (400, 500, 1)
    assert small.facts["height"] == 1600
    whole = read_scan(tmp_path / "large.jpg").pixels
    means = whole.reshape(400, 4, 500, 4, 1).mean(axis=(1, 3))
    np.testing.assert_allclose(small.pixels, means, atol=0.02)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_picture_cut_short_is_refused_in_one_line(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    whole = tmp_path / f"whole.{suffix}"
    Image.fromarray(noise).save(whole)
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(BadInput, match="cut short or damaged") as caught:
        read_scan(cut)
    assert str(caught.value).startswith(str(cut))
    assert "\n" not in str(caught.value)
    # the decoder's own words are not shown in a traceback either
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_jpeg_damaged_in_the_middle_is_refused_or_read_but_never_crashes(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (128, 128, 3), np.uint8)
    path = tmp_path / "noise.png"
    Image.fromarray(noise).save(path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(BadInput, match="damaged"):
        read_scan(path)


def test_bombs_and_specks_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    for verb in (check_scan, read_scan):
        with pytest.raises(BadInput, match="has 10001 x 10000 pixels, more than 100 million"):
            verb(png_header(tmp_path / "bomb.png", 10_001, 10_000))
        with pytest.raises(BadInput, match="more than 100 million"):
            verb(png_header(tmp_path / "larger.png", 300_000, 200_000))
    Image.new("L", (63, 400)).save(tmp_path / "speck.png")
    with pytest.raises(BadInput, match="at least 64 x 64"):
        check_scan(tmp_path / "speck.png")


def test_several_pictures_in_one_file_are_refused(tmp_path: Path) -> None:
    page = Image.new("L", (64, 64))
    page.save(tmp_path / "pages.tif", save_all=True, append_images=[page])
    with pytest.raises(BadInput, match="several pictures"):
        check_scan(tmp_path / "pages.tif")


def test_pixels_of_floating_point_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((64, 64), np.float32)).save(tmp_path / "real.tif")
    with pytest.raises(BadInput, match="kind F"):
        check_scan(tmp_path / "real.tif")
