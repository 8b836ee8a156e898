from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom, fundus_like, ramp

from sciml.core.errors import BadInput
from sciml.scans.formats import check_scan, read_scan


def test_the_format_is_told_by_the_first_bytes_not_by_the_name(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "it.png")
    (tmp_path / "it.png").rename(tmp_path / "it.dcm")
    dicom(tmp_path / "it.jpg", ramp())
    assert check_scan(tmp_path / "it.dcm")["format"] == "PNG"
    assert check_scan(tmp_path / "it.jpg")["format"] == "DICOM"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"not an image at all", "neither a JPEG"),
        (b"GIF89a" + b"\0" * 200, "neither a JPEG"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"\0" * 128 + b"DICM", "without an image"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 500, "without an image"),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "it.dcm"
    path.write_bytes(content)
    for verb in (check_scan, read_scan):
        with pytest.raises(BadInput, match=problem) as caught:
            verb(path)
        assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_scan(tmp_path / "nowhere.jpg")
    with pytest.raises(BadInput, match="is a directory"):
        read_scan(tmp_path)


def test_a_red_picture_is_taken_for_a_retina_and_a_grey_one_for_a_chest(tmp_path: Path) -> None:
    Image.fromarray(fundus_like()).save(tmp_path / "red.png")
    Image.fromarray(np.stack([ramp()] * 3, axis=-1)).save(tmp_path / "grey.png")
    assert read_scan(tmp_path / "red.png").kind_hint == "retina"
    assert read_scan(tmp_path / "grey.png").kind_hint == "chest"
    assert read_scan(dicom(tmp_path / "x.dcm", ramp(), Modality="OP")).kind_hint == "retina"
