from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sciml.core.errors import SettingsError
from sciml.scans.ingest import cases, ingest
from sciml.scans.settings import Settings
from sciml.scans.simulate import simulate


def wanted(**changes: int | float) -> Settings:
    few = {"train_patients": 4, "validation_patients": 1, "test_patients": 2, "chest_patients": 7, "size": 128}
    return Settings.model_validate({"simulate": {**few, **changes}})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "sim"
    simulate(wanted(), 1, folder, 1)
    return folder


def test_two_eyes_a_patient_and_chests_in_the_same_proportions(made: Path) -> None:
    rows = rows_of(made / "samples.tsv")
    retina = [row for row in rows if row["kind"] == "retina"]
    assert Counter(row["role"] for row in retina) == {"train": 8, "validation": 2, "test": 4}
    assert set(Counter(row["patient"] for row in retina).values()) == {2}
    assert retina[0]["name"] == "ret-0001-l"
    # 7 chests by 4 : 1 : 2
    chest = [row for row in rows if row["kind"] == "chest"]
    assert Counter(row["role"] for row in chest) == {"train": 4, "validation": 1, "test": 2}
    for row in rows:
        assert (made / row["image"]).is_file()


def test_labels_follow_from_the_planted_grade(made: Path) -> None:
    truths = {row["name"]: row for row in rows_of(made / "truth.tsv")}
    for row in rows_of(made / "samples.tsv"):
        known = dict(each.split("=") for each in row["findings"].split(";"))
        truth = truths[row["name"]]
        if row["kind"] == "retina":
            grade = int(truth["grade"])
            assert known == {"any_dr": str(int(grade >= 1)), "referable_dr": str(int(grade >= 2))}
            assert (int(truth["microaneurysms"]) > 0) == (grade >= 1)
        else:
            assert known["cardiomegaly"] == str(int(float(truth["heart_to_chest"]) > 0.5))


def test_what_is_simulated_can_be_listed_and_asked_about(made: Path, tmp_path: Path) -> None:
    settings = wanted()
    index = ingest(settings, made, tmp_path)
    assert len(index.units) == 14 + 7
    assert all(unit.simulated for unit in index.units)
    found = cases(settings, index)
    assert len(found) == 14
    assert len({case.group for case in found}) == 7
    assert all(case.has_truth for case in found)


def test_the_same_seed_makes_the_same_bytes_with_any_number_of_threads(made: Path, tmp_path: Path) -> None:
    simulate(wanted(), 1, tmp_path / "again", 3)
    assert digests(tmp_path / "again") == digests(made)
    simulate(wanted(train_patients=1, test_patients=1, chest_patients=0), 2, tmp_path / "other", 1)
    assert digests(tmp_path / "other")["images/ret-0001-l.jpg"] != digests(made)["images/ret-0001-l.jpg"]


def test_one_more_person_changes_no_other(made: Path, tmp_path: Path) -> None:
    simulate(wanted(test_patients=3, chest_patients=0), 1, tmp_path / "more", 1)
    before, after = digests(made), digests(tmp_path / "more")
    for number in range(1, 8):
        for side in "lr":
            name = f"images/ret-{number:04d}-{side}.jpg"
            assert before[name] == after[name]


def test_the_share_of_referable_patients_is_kept_in_every_role(tmp_path: Path) -> None:
    settings = wanted(train_patients=8, validation_patients=4, test_patients=4, chest_patients=0, size=128)
    simulate(settings, 3, tmp_path / "sim", 1)
    rows = rows_of(tmp_path / "sim/samples.tsv")
    referable = {row["patient"]: row["role"] for row in rows if "referable_dr=1" in row["findings"]}
    assert Counter(referable.values()) == {"train": 4, "validation": 2, "test": 2}


def test_photographs_have_the_height_that_was_asked_for(made: Path) -> None:
    with Image.open(made / "images/ret-0001-l.jpg") as image:
        assert (image.height, image.mode) == (128, "RGB")
        assert np.asarray(image).max() > 100


def test_simulation_that_is_off_is_said_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="switched off"):
        simulate(Settings(simulate=None), 1, tmp_path / "sim", 1)
    assert not list(tmp_path.iterdir())
