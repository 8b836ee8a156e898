from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import JPEGLSLossless, RLELossless
from scan_files import dicom, fundus_like, ramp

from sciml.core.errors import BadInput, DataWarning, Missing, Several
from sciml.scans.ingest import cases, ingest, labels_of, patient_code, read
from sciml.scans.settings import IngestSettings, InputScan, Settings

COLUMNS = ("name", "image", "kind", "patient", "findings", "site", "role", "licence")


def write_sheet(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter="\t", restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def picture(path: Path, seed: int = 0) -> str:
    levels = fundus_like()
    levels[100, 100] = seed  # no two files are the same
    Image.fromarray(levels).save(path)
    return path.name


def settings_of(sheet: Path, kind: str = "retina") -> Settings:
    return Settings(ingest=IngestSettings.model_validate({"sheet": str(sheet), "kind": kind}))


def test_a_sheet_becomes_units_whose_patients_have_codes(tmp_path: Path) -> None:
    rows = [
        {"name": "one", "image": picture(tmp_path / "1.png", 1), "patient": "Doe, Jane", "findings": "any_dr=1"},
        {"name": "two", "image": picture(tmp_path / "2.png", 2), "patient": "Doe, Jane ", "site": "north"},
        {
            "name": "three",
            "image": picture(tmp_path / "3.png", 3),
            "findings": "any_dr=0;referable_dr=0",
            "role": "test",
        },
    ]
    index = ingest(settings_of(write_sheet(tmp_path / "s.tsv", rows)), None, tmp_path)
    one, two, three = index.units
    assert one.sample == two.sample == patient_code("Doe, Jane")
    assert three.sample == patient_code("three")  # nobody was named: the image stands for its patient
    assert one.facts["findings"] == {"any_dr": 1}
    assert (one.facts["site"], two.facts["site"]) == ("not stated", "north")
    assert (three.role, one.role) == ("test", None)
    assert (one.facts["height"], one.facts["width"], one.facts["channels"]) == (200, 240, 3)
    assert labels_of(one, "retina").tolist() == [1, -1]
    found = cases(Settings(), index)
    assert [(case.id, case.group, case.has_truth) for case in found] == [
        ("one", one.sample, True),
        ("two", one.sample, False),
        ("three", three.sample, True),
    ]


def test_a_code_is_short_fixed_and_says_nothing() -> None:
    # computed once with hashlib.blake2b(b"007", key=b"sciml.scans", digest_size=4); another would move patients
    # between splits
    assert patient_code("007") == "p-6e9823a2"
    assert patient_code("007") == patient_code(" 007 ")
    assert patient_code("007") != patient_code("7")


def test_only_images_of_the_run_s_kind_are_cases(tmp_path: Path) -> None:
    rows = [
        {"name": "eye", "image": picture(tmp_path / "1.png")},
        {"name": "lung", "image": dicom(tmp_path / "c.dcm", ramp()).name, "kind": "chest", "findings": "nodule=1"},
    ]
    sheet = write_sheet(tmp_path / "s.tsv", rows)
    index = ingest(settings_of(sheet), None, tmp_path)
    assert [case.id for case in cases(settings_of(sheet), index)] == ["eye"]
    assert [case.id for case in cases(settings_of(sheet, "chest"), index)] == ["lung"]


def test_an_image_is_opened_lazily(tmp_path: Path) -> None:
    row = InputScan(name="eye", image=str(tmp_path / picture(tmp_path / "1.png")))
    (unit,) = ingest(Settings(ingest=IngestSettings(inputs=(row,))), None, tmp_path).units
    opened = read(unit)["pixels"]
    assert opened.chunks is not None
    np.testing.assert_allclose(opened.values, np.asarray(Image.open(tmp_path / "1.png")) / 255, atol=1e-6)


def test_an_image_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    lateral = dicom(tmp_path / "side.dcm", ramp(), ViewPosition="LL").name
    rows = [
        {"name": "good", "image": picture(tmp_path / "1.png")},
        {"name": "cut", "image": "cut.jpg"},
        {"name": "gone", "image": "gone.jpg"},
        {"name": "side", "image": lateral, "kind": "chest"},
    ]
    sheet = write_sheet(tmp_path / "s.tsv", rows)
    with pytest.warns(DataWarning) as said:
        index = ingest(settings_of(sheet), None, tmp_path)
    assert [unit.id for unit in index.units] == ["good"]
    texts = [str(each.message) for each in said]
    assert len(texts) == 3
    for text, (file, problem) in zip(
        texts, [("cut.jpg", "damaged"), ("gone.jpg", "no such file"), ("side.dcm", "lateral")], strict=True
    ):
        assert file in text
        assert problem in text
        assert "left out" in text


def test_if_no_image_remains_all_is_told_at_once(tmp_path: Path) -> None:
    rows = [{"name": "a", "image": "a.jpg"}, {"name": "b", "image": "b.jpg"}]
    with pytest.raises(Several) as caught:
        ingest(settings_of(write_sheet(tmp_path / "s.tsv", rows)), None, tmp_path)
    assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(BadInput, match="there is no input"):
        ingest(Settings(), None, tmp_path)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ({"name": "ONE"}, "is listed twice"),
        ({"findings": "any_drr=1"}, "any_drr is no finding of a retina; known are any_dr, referable_dr"),
        ({"findings": "any_dr=1;any_dr=0"}, "any_dr is both 0 and 1"),
        ({"role": "test"}, "image two: is of the same patient as image one, but has another role"),
        ({"image": "1.png", "patient": "B"}, "image two: is the same file as image one, with another patient"),
        ({"image": "1.png", "findings": "any_dr=0"}, "is the same file as image one, with other findings"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(tmp_path: Path, second: dict[str, str], problem: str) -> None:
    first = {"name": "one", "image": picture(tmp_path / "1.png", 1), "patient": "A", "role": "train"}
    first["findings"] = "any_dr=1"
    row = {**first, "name": "two", "image": picture(tmp_path / "2.png", 2), **second}
    with pytest.raises((BadInput, Several), match=problem) as caught:
        ingest(settings_of(write_sheet(tmp_path / "s.tsv", [first, row])), None, tmp_path)
    assert "patient A" not in str(caught.value)


def test_all_wrong_rows_are_told_at_once(tmp_path: Path) -> None:
    rows = [{"name": "a", "image": "a.jpg", "findings": "x=1"}, {"name": "b", "image": "b.jpg", "findings": "y=1"}]
    with pytest.raises(Several) as caught:
        ingest(settings_of(write_sheet(tmp_path / "s.tsv", rows)), None, tmp_path)
    assert len(caught.value.errors) == 2


def test_a_missing_decoder_alone_ends_with_its_own_status(tmp_path: Path) -> None:
    image = pydicom.dcmread(dicom(tmp_path / "x.dcm", ramp()))
    image.compress(RLELossless)
    image.file_meta.TransferSyntaxUID = JPEGLSLossless
    image.save_as(tmp_path / "x.dcm")
    row = InputScan(name="x", image=str(tmp_path / "x.dcm"), kind="chest")
    with pytest.raises(Missing, match="no decoder"):
        ingest(Settings(ingest=IngestSettings(inputs=(row,))), None, tmp_path)
