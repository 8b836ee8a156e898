from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    MediaStorageDirectoryStorage,
    RLELossless,
)
from scan_files import dicom, ramp

from sciml.core.errors import BadInput, Missing
from sciml.scans.formats import check_scan, read_scan


def shown(path: Path) -> np.ndarray:
    return read_scan(path).pixels[..., 0]


def table(entries: list[int], first: int, bits: int) -> Dataset:
    lut = Dataset()
    lut.LUTDescriptor, lut.LUTData = [len(entries), first, bits], np.array(entries, "<u2").tobytes()
    lut.ModalityLUTType = "US"
    return lut


def test_the_first_window_spreads_from_black_to_white(tmp_path: Path) -> None:
    stored = ramp(top=4095)
    path = dicom(tmp_path / "x.dcm", stored, BitsStored=12, WindowCenter=[2048, 40], WindowWidth=[1001, 400])
    # PS3.3 C.11.2.1.2.1: (x - (c - 0.5)) / (w - 1) + 0.5
    expected = np.clip((stored - 2047.5) / 1000 + 0.5, 0, 1)
    np.testing.assert_allclose(shown(path), expected, atol=1e-6)
    assert read_scan(path).facts["grey"] == "window"


def test_an_exact_and_a_sigmoid_window(tmp_path: Path) -> None:
    stored = ramp(top=4095)
    window = {"BitsStored": 12, "WindowCenter": 2000, "WindowWidth": 1000}
    exact = dicom(tmp_path / "e.dcm", stored, VOILUTFunction="LINEAR_EXACT", **window)
    np.testing.assert_allclose(shown(exact), np.clip((stored - 2000.0) / 1000 + 0.5, 0, 1), atol=1e-6)
    curved = dicom(tmp_path / "s.dcm", stored, VOILUTFunction="SIGMOID", **window)
    np.testing.assert_allclose(shown(curved), 1 / (1 + np.exp(-4 * (stored - 2000.0) / 1000)), atol=1e-6)


@pytest.mark.parametrize("width", [0, -5, None])
def test_an_impossible_window_is_passed_over(tmp_path: Path, width: int | None) -> None:
    stored = ramp(top=4095)
    path = dicom(tmp_path / "x.dcm", stored, BitsStored=12, WindowCenter=2000, WindowWidth=width)
    np.testing.assert_allclose(shown(path), stored / 4095, atol=1e-6)
    assert read_scan(path).facts["grey"] == "range"


def test_the_window_applies_to_rescaled_values(tmp_path: Path) -> None:
    stored = ramp(top=4000)
    tags = {"RescaleSlope": 0.5, "RescaleIntercept": -1000, "WindowCenter": 0.5, "WindowWidth": 1001}
    # -1000 to 1000 after rescaling, the window from -500 to 500
    expected = np.clip((stored * 0.5 - 1000) / 1000 + 0.5, 0, 1)
    np.testing.assert_allclose(shown(dicom(tmp_path / "x.dcm", stored, **tags)), expected, atol=1e-6)


def test_a_table_of_values_of_interest_wins_over_a_window(tmp_path: Path) -> None:
    stored = ramp(top=3).astype(np.uint8)
    tags = {"VOILUTSequence": [table([0, 100, 300, 1000], 0, 16)], "WindowCenter": 1, "WindowWidth": 2}
    path = dicom(tmp_path / "x.dcm", stored, **tags)
    np.testing.assert_allclose(shown(path), np.array([0, 0.1, 0.3, 1.0])[stored], atol=1e-6)
    assert read_scan(path).facts["grey"] == "lut"


def test_a_modality_table_comes_before_the_window(tmp_path: Path) -> None:
    stored = ramp(top=3).astype(np.uint8)
    tags = {"ModalityLUTSequence": [table([0, 10, 50, 200], 0, 16)], "WindowCenter": 100.5, "WindowWidth": 201}
    path = dicom(tmp_path / "x.dcm", stored, **tags)
    np.testing.assert_allclose(shown(path), np.array([0, 0.05, 0.25, 1.0])[stored], atol=1e-6)


@pytest.mark.parametrize(
    ("tags", "inverted"),
    [
        ({"PhotometricInterpretation": "MONOCHROME2"}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"PhotometricInterpretation": "MONOCHROME2", "PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}, True),
    ],
)
def test_grey_levels_are_inverted_once_and_only_where_the_least_is_white(
    tmp_path: Path, tags: dict[str, str], inverted: bool
) -> None:
    stored = ramp()
    expected = (255 - stored if inverted else stored) / 255
    np.testing.assert_allclose(shown(dicom(tmp_path / "x.dcm", stored, **tags)), expected, atol=1e-6)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_signed_values_of_any_byte_order(tmp_path: Path, syntax: str) -> None:
    stored = (ramp(top=4000).astype(np.int16) - 2000).astype(np.int16)
    raw = stored.astype(">i2" if syntax == ExplicitVRBigEndian else "<i2")
    path = tmp_path / "x.dcm"
    dicom(path, stored, syntax, PixelData=raw.tobytes(), BitsStored=13)
    np.testing.assert_allclose(shown(path), (stored + 2000.0) / 4000, atol=1e-6)


def test_run_lengths_are_decoded(tmp_path: Path) -> None:
    plain = pydicom.dcmread(dicom(tmp_path / "plain.dcm", ramp()))
    plain.compress(RLELossless)
    plain.save_as(tmp_path / "rle.dcm")
    np.testing.assert_allclose(shown(tmp_path / "rle.dcm"), ramp() / 255, atol=1e-6)


def test_what_was_not_recorded_is_black_and_does_not_count_for_the_range(tmp_path: Path) -> None:
    stored = ramp(top=1000) + np.uint16(500)
    stored[:, :10] = 60_000
    padded = {"PhotometricInterpretation": "MONOCHROME1", "PixelPaddingValue": 60_000}
    pixels = shown(dicom(tmp_path / "x.dcm", stored, **padded))
    assert not pixels[:, :10].any()
    # without the padding the values run from that of column 10 to 1500, which is black
    least = float(stored[0, 10])
    np.testing.assert_allclose(pixels[:, 10:], 1 - (stored[:, 10:] - least) / (1500 - least), atol=1e-6)


@pytest.mark.parametrize("planar", [0, 1])
def test_colour_by_triples_and_by_planes(tmp_path: Path, planar: int) -> None:
    colours = np.stack([ramp(), ramp()[:, ::-1], np.full((64, 96), 51, np.uint8)], axis=-1)
    data = colours.transpose(2, 0, 1) if planar else colours
    path = dicom(
        tmp_path / "x.dcm", colours, PlanarConfiguration=planar, PixelData=np.ascontiguousarray(data).tobytes()
    )
    np.testing.assert_allclose(read_scan(path).pixels, colours / 255, atol=1e-6)


def test_a_palette_gives_its_colours(tmp_path: Path) -> None:
    stored = ramp(top=1).astype(np.uint8)
    palette: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, values in {"Red": [0, 65_535], "Green": [0, 32_768], "Blue": [0, 0]}.items():
        palette[f"{colour}PaletteColorLookupTableDescriptor"] = [2, 0, 16]
        palette[f"{colour}PaletteColorLookupTableData"] = np.array(values, "<u2").tobytes()
    pixels = read_scan(dicom(tmp_path / "x.dcm", stored, **palette)).pixels
    np.testing.assert_allclose(pixels[0, 0], [0, 0, 0])
    np.testing.assert_allclose(pixels[0, -1], [1, 32_768 / 65_535, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"NumberOfFrames": 2, "PixelData": ramp().tobytes() * 2}, "holds 2 frames"),
        ({"PhotometricInterpretation": "HSV"}, "photometric interpretation"),
        ({"Rows": None}, "without an image"),
        ({"PixelData": ramp().tobytes()[:100]}, "cut short"),
        ({"PixelData": None}, "(holds no pixels|cut short)"),
        ({"Rows": 20_000, "Columns": 20_000}, "more than 100 million"),
        ({"Rows": 20, "Columns": 307}, "at least 64 x 64"),
        ({"BitsAllocated": 7}, "damaged"),
        ({"WindowCenter": 3, "WindowWidth": 3, "VOILUTSequence": [Dataset()]}, "damaged"),
    ],
)
def test_what_cannot_be_one_image_is_refused_by_name(tmp_path: Path, tags: dict[str, Any], problem: str) -> None:
    path = dicom(tmp_path / "x.dcm", ramp(), **tags)
    with pytest.raises(BadInput, match=problem) as caught:
        read_scan(path)
    assert "\n" not in str(caught.value)


def test_a_table_of_contents_is_refused(tmp_path: Path) -> None:
    path = dicom(tmp_path / "DICOMDIR", ramp())
    header = pydicom.dcmread(path)
    header.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    header.save_as(path)
    with pytest.raises(BadInput, match="DICOMDIR"):
        check_scan(path)


def test_a_compression_that_nothing_here_decodes_is_missing_with_the_remedy(tmp_path: Path) -> None:
    plain = pydicom.dcmread(dicom(tmp_path / "plain.dcm", ramp()))
    plain.compress(RLELossless)
    plain.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    plain.save_as(tmp_path / "lossless.dcm")
    for verb in (check_scan, read_scan):
        with pytest.raises(Missing, match=r"JPEG Lossless.*pip install pylibjpeg"):
            verb(tmp_path / "lossless.dcm")


def test_a_file_cut_in_the_middle_of_its_pixels_is_refused_by_the_header_alone(tmp_path: Path) -> None:
    path = dicom(tmp_path / "x.dcm", ramp(200, 300))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(BadInput, match="cut short"):
        check_scan(path)


def test_only_known_words_of_a_view_are_kept(tmp_path: Path) -> None:
    for word, kept in (("AP", "AP"), ("LL", "lateral"), ("MRS DOE", "")):
        assert check_scan(dicom(tmp_path / "x.dcm", ramp(), ViewPosition=word))["view"] == kept
