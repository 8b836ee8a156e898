"""Nothing that names a patient gets further than the image file: not into lists, stores, errors, warnings or logs."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from scan_files import dicom, fundus_like, ramp

from sciml.core.errors import ScimlError
from sciml.core.records import INDEX, write_json
from sciml.core.store import write_part
from sciml.scans.formats import check_scan, read_scan
from sciml.scans.ingest import cases, ingest, read
from sciml.scans.prepare import LAYOUT, prepare_part
from sciml.scans.settings import Settings

# text that a name, number, date or place of a real patient could be, by value representation
SECRETS = {
    "PN": "ZQXSECRET^PERSON",
    "LO": "ZQXSECRET long",
    "SH": "ZQXSECRET sh",
    "LT": "ZQXSECRET text",
    "ST": "ZQXSECRET st",
    "UT": "ZQXSECRET ut",
    "CS": "ZQXSECRET CS",
    "AE": "ZQXSECRET AE",
    "DA": "19731119",
    "DT": "19731119010203",
    "TM": "010203.73",
    "AS": "073Y",
    "UI": "1.2.73.1973.1119",
    "IS": "7319731",
}
KEYWORDS = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientSex",
    "PatientAge",
    "PatientComments",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "EthnicGroup",
    "Occupation",
    "AdditionalPatientHistory",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "ContentDate",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "ImageComments",
    "StationName",
    "InstitutionName",
    "InstitutionAddress",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "RequestingPhysician",
    "DeviceSerialNumber",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "ViewPosition",
    "BodyPartExamined",
    "VOILUTFunction",
    "WindowCenterWidthExplanation",
    "PresentationLUTShape",
    "BurnedInAnnotation",
    "InstanceNumber",
)
TRACES = (b"ZQXSECRET", b"19731119", b"010203.73", b"073Y", b"1.2.73.1973", b"7319731")


def named(path: Path, stored: np.ndarray | None = None, **tags: Any) -> Path:
    """A chest image with something secret in every tag of text, in a sequence, in private tags and in the overlay."""
    path = dicom(path, ramp() if stored is None else stored)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = pydicom.dcmread(path)
        for keyword in KEYWORDS:
            setattr(image, keyword, SECRETS[dictionary_VR(keyword)])
        nested = Dataset()
        nested.PatientName, nested.PatientID = SECRETS["PN"], SECRETS["LO"]
        image.OtherPatientIDsSequence = [nested]
        image.private_block(0x0009, "ZQXSECRET maker", create=True).add_new(1, "LO", SECRETS["LO"])
        image.file_meta.MediaStorageSOPInstanceUID = SECRETS["UI"]
        for keyword, value in tags.items():
            setattr(image, keyword, value)
        image.save_as(path, enforce_file_format=True)
    assert all(trace in path.read_bytes() for trace in TRACES)
    return path


def assert_clean(text: str | bytes) -> None:
    content = text.encode() if isinstance(text, str) else text
    assert not [trace for trace in TRACES if trace in content]


def test_nothing_that_is_written_names_the_patient(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scan = named(tmp_path / "scan.dcm")
    inputs = [{"name": "x1", "image": str(scan), "kind": "chest", "patient": "ZQXSECRET", "findings": ("nodule=1",)}]
    settings = Settings.model_validate({"ingest": {"kind": "chest", "inputs": inputs}})
    raw = tmp_path / "raw"
    raw.mkdir()
    index = ingest(settings, None, raw)
    write_json(raw / INDEX, index.to_json())
    part = tmp_path / "part.zarr"
    samples = prepare_part(settings, cases(settings, index))
    write_part(part, {"train": samples}, LAYOUT, 8, np.random.default_rng(1), 1.0, {"domain": "scans"})
    written = [path for folder in (raw, part) for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 5
    for path in written:
        assert_clean(path.read_bytes())
        assert_clean(path.name)
    assert_clean(repr(index))
    assert_clean(repr(samples))
    assert_clean(repr(read(index.units[0])))
    assert_clean(repr(dict(read_scan(scan).facts)))
    assert_clean(caplog.text)


@pytest.mark.parametrize(
    "tags",
    [
        {"PixelData": b"\0\0"},
        {"NumberOfFrames": 7},
        {"PhotometricInterpretation": "ZQXSECRET"},
        {"Rows": 3},
        {"BitsAllocated": 13},
        {"WindowCenter": 5, "WindowWidth": 9, "VOILUTSequence": [Dataset()]},
    ],
)
def test_no_error_quotes_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture, tags: dict[str, Any]) -> None:
    caplog.set_level(logging.DEBUG)
    scan = named(tmp_path / "scan.dcm", **tags)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(ScimlError) as caught:
            read_scan(scan)
    assert_clean(str(caught.value))
    # a traceback would show no cause either
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not said
    assert_clean(caplog.text)


def test_dates_and_numbers_that_break_the_standard_are_not_quoted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scan = named(tmp_path / "scan.dcm")
    # a patient's number where a number of pixels should be: pydicom would warn of it in so many words
    content = scan.read_bytes().replace(b"19731119", b"ZQX1973!")
    scan.write_bytes(content)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_scan(scan)
        read_scan(scan)
    assert not said
    assert_clean(caplog.text)
    assert "ZQX" not in caplog.text


def test_words_in_a_picture_file_stay_there(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "ZQXSECRET description", "ZQXSECRET artist"
    picture = Image.fromarray(fundus_like())
    picture.save(tmp_path / "a.jpg", exif=exif, comment=b"ZQXSECRET comment")
    text = PngInfo()
    text.add_text("Patient", "ZQXSECRET")
    picture.save(tmp_path / "b.png", pnginfo=text, exif=exif)
    for name in ("a.jpg", "b.png"):
        scan = read_scan(tmp_path / name)
        assert_clean(repr(dict(scan.facts)))
        assert set(scan.facts) == {"format", "height", "width", "channels"}
