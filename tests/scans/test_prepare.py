from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scan_files import dicom, fundus_like, ramp

from sciml.core.contract import Case
from sciml.core.errors import BadInput, DataWarning
from sciml.scans.field_of_view import square
from sciml.scans.formats import read_scan
from sciml.scans.ingest import cases, ingest
from sciml.scans.prepare import LAYOUT, prepare_part, square_of_unit
from sciml.scans.settings import Settings


def prepared_cases(folder: Path, kind: str = "retina") -> tuple[Settings, list[Case]]:
    """Two eyes and a chest, listed."""
    levels = fundus_like()
    Image.fromarray(levels).save(folder / "a.png")
    Image.fromarray(levels[:, ::-1]).save(folder / "b.png")
    dicom(folder / "c.dcm", ramp())
    inputs = [
        {"name": "a", "image": str(folder / "a.png"), "patient": "one", "findings": ("any_dr=1", "referable_dr=0")},
        {"name": "b", "image": str(folder / "b.png"), "patient": "two", "findings": ("any_dr=0",), "site": "north"},
        {"name": "c", "image": str(folder / "c.dcm"), "kind": "chest", "findings": ("effusion=1",)},
    ]
    settings = Settings.model_validate({"ingest": {"kind": kind, "inputs": inputs}, "prepare": {"side": 64}})
    return settings, cases(settings, ingest(settings, None, folder))


def test_samples_are_squares_with_what_is_known(tmp_path: Path) -> None:
    settings, listed = prepared_cases(tmp_path)
    part = prepare_part(settings, listed)
    assert set(part) == set(LAYOUT.arrays)
    assert part["image"].shape == (2, 3, 64, 64)
    assert part["labels"].values.tolist() == [[1, 0], [0, -1]]
    assert part["name"].values.tolist() == ["a", "b"]
    assert part["site"].values.tolist() == ["not stated", "north"]
    assert part["group"].values.tolist() == [case.group for case in listed]
    expected = square(read_scan(tmp_path / "a.png"), 64, "retina")
    np.testing.assert_array_equal(part["image"].values[0], expected)


def test_a_chest_has_one_channel_and_its_own_findings(tmp_path: Path) -> None:
    settings, listed = prepared_cases(tmp_path, "chest")
    part = prepare_part(settings, listed)
    assert part["image"].shape == (1, 1, 64, 64)
    assert part["labels"].values.tolist() == [[-1, 1, -1]]


def test_no_case_makes_an_empty_part_of_the_right_shape(tmp_path: Path) -> None:
    part = prepare_part(Settings(), [])
    assert part["image"].shape == (0, 3, 128, 128)
    assert part["labels"].shape == (0, 2)
    for name, array in LAYOUT.arrays.items():
        assert array.dtype == "str" or part[name].dtype == array.dtype


def test_an_image_that_turns_out_damaged_is_left_out_and_said(tmp_path: Path) -> None:
    settings, listed = prepared_cases(tmp_path)
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:2000])
    with pytest.warns(DataWarning, match=r"a\.png.*left out"):
        part = prepare_part(settings, listed)
    assert part["name"].values.tolist() == ["b"]


def test_an_image_that_has_changed_since_it_was_listed_is_refused(tmp_path: Path) -> None:
    _, listed = prepared_cases(tmp_path)
    (tmp_path / "b.png").rename(tmp_path / "a.png")
    with pytest.raises(BadInput, match="has changed since it was listed"):
        square_of_unit(listed[0].unit, 64, "retina")
