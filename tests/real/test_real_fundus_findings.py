"""The verb on photographs and X-rays of real people: every one is read, judged and drawn upon, and none is named.

The network is untrained: this is about the way of the image, not about what is found.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from example_findings import model_folder
from PIL import Image

from sciml.scans import classify, write_findings

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "scans"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "fundus").is_dir(), reason="the real scans are not here"),
]


def test_every_fundus_photograph_is_gradable_and_has_its_pictures(tmp_path: Path) -> None:
    photographs = sorted(path for path in (DATA / "fundus").iterdir() if path.suffix in (".jpg", ".png"))
    assert len(photographs) >= 16
    model = model_folder(tmp_path / "model")
    table = classify(photographs, model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert len(table) == 2 * len(photographs)
    assert set(table["gradable"]) == {"yes"}
    assert table["probability"].between(0, 1).all()
    for path in photographs:
        for finding in ("any_dr", "referable_dr"):
            with Image.open(tmp_path / "maps" / f"{path.stem}_{finding}.png") as picture:
                assert max(picture.size) <= 1024 + 44  # 1024 pixels, and two lines of words below


def test_a_chest_x_ray_is_no_retina(tmp_path: Path) -> None:
    table = classify(
        [DATA / "chest_dicom" / "RG1_J2KI.dcm"], model=model_folder(tmp_path / "model"), accept_demonstration=True
    )
    assert set(table["decision"]) == {"not gradable"}
    assert set(table["reason"]) == {"no fundus disc"}


def test_a_dicom_x_ray_is_read_and_what_its_header_says_in_words_is_written_nowhere(tmp_path: Path) -> None:
    import pydicom

    source = DATA / "chest_dicom" / "RG1_J2KI.dcm"
    header = pydicom.dcmread(source)
    header.PatientName, header.PatientID, header.InstitutionName = "Doe^Jane", "MRN-4711", "Saint Elsewhere"
    header.save_as(tmp_path / "chest.dcm")
    model = model_folder(tmp_path / "model", "chest")
    table = classify([tmp_path / "chest.dcm"], model=model, accept_demonstration=True, heatmaps=tmp_path / "out")
    write_findings(table, tmp_path / "out" / "findings.csv")
    assert set(table["gradable"]) == {"yes"}
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert not [word for word in (b"Doe", b"Jane", b"MRN-4711", b"Elsewhere") if word in content], path
