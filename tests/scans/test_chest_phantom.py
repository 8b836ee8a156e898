from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sciml.core.streams import stream
from sciml.scans.chest_phantom import Chest, draw_chest, radiograph
from sciml.scans.dicom_files import MAKERS, write_chest
from sciml.scans.field_of_view import square_of
from sciml.scans.formats import read_scan
from sciml.scans.quality import gradable

HEALTHY = Chest(ratio=0.45, fluid=None, nodule=None)


def picture(chest: Chest = HEALTHY, seed: int = 1, size: int = 256) -> np.ndarray:
    return radiograph(size, chest, stream(seed, "chest"))


def test_lungs_are_dark_and_the_spine_is_bright() -> None:
    shown = picture()
    lung = np.median(shown[90:150, 70:90])
    assert np.median(shown[200:240, 120:136]) > lung + 0.4
    assert shown[:20, :20].max() < 0.05  # air beside the neck
    assert gradable(square_of(shown[..., None], 128, "chest"), "chest") == (True, "ok")


def test_findings_follow_from_what_is_drawn() -> None:
    assert HEALTHY.findings == {"cardiomegaly": False, "effusion": False, "nodule": False}
    assert Chest(0.51, 0.1, 0.02).findings == {"cardiomegaly": True, "effusion": True, "nodule": True}
    drawn = [draw_chest(stream(seed, "person")).findings for seed in range(200)]
    # two of five, by 200 draws: a standard deviation of 0.035
    for name in HEALTHY.findings:
        assert np.mean([each[name] for each in drawn]) == pytest.approx(0.4, abs=0.11)


def test_a_large_heart_covers_more_of_the_lungs_and_fluid_whitens_a_base() -> None:
    healthy = picture()
    large, wet = picture(Chest(0.60, None, None)), picture(Chest(0.45, 0.15, None))
    assert (large - healthy)[120:190, 60:220].mean() > 0.01
    assert (wet - healthy)[120:190, 40:220].mean() > 0.01
    assert np.abs(wet - healthy)[30:100].mean() < 0.03


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.photometric)
def test_what_is_written_is_read_back(tmp_path: Path, maker: object) -> None:
    assert maker in MAKERS
    shown = picture()
    write_chest(tmp_path / "x.dcm", shown, maker, "nobody")  # type: ignore[arg-type]
    scan = read_scan(tmp_path / "x.dcm")
    assert scan.facts["grey"] == "window"
    assert scan.kind_hint == "chest"
    # 3,301 steps between black and white
    np.testing.assert_allclose(scan.pixels[..., 0], shown, atol=0.5 / 3300 + 1e-4)


def test_two_makers_writings_of_one_chest_read_alike(tmp_path: Path) -> None:
    shown = picture()
    for name, maker in zip("ab", MAKERS, strict=True):
        write_chest(tmp_path / f"{name}.dcm", shown, maker, "nobody")
    assert {maker.photometric for maker in MAKERS} == {"MONOCHROME1", "MONOCHROME2"}
    first, second = (square_of(read_scan(tmp_path / f"{name}.dcm").pixels, 128, "chest") for name in "ab")
    assert np.abs(first.astype(int) - second).max() <= 1


def test_the_same_chest_is_the_same_file(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_chest(tmp_path / folder / "x.dcm", picture(), MAKERS[0], "nobody")
    assert (tmp_path / "one/x.dcm").read_bytes() == (tmp_path / "two/x.dcm").read_bytes()
