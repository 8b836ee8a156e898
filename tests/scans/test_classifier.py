"""A model folder at work, and the folders that are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from example_findings import SIDE, case_of, fundus, model_folder, settings_of, written

from sciml.core.errors import BadInput, Missing
from sciml.scans import predict as room
from sciml.scans.answers import read_answer
from sciml.scans.classifier import load_classifier
from sciml.scans.formats import read_scan
from sciml.scans.network import build
from sciml.scans.sight import Sight, seen


def sight(image: np.ndarray, folder: Path) -> Sight:
    return seen(read_scan(written(image, folder / "eye.png")), SIDE, "retina")


def test_scores_are_the_networks_logits_by_temperature_and_decisions_follow_the_threshold(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model", threshold=0.4)
    edited(folder, lambda record: record["calibration"].update({"temperature.referable_dr": 2.0}))
    eye = sight(fundus(1), tmp_path)
    answer = load_classifier(folder).answer(eye)
    torch.manual_seed(5)
    network = build("retina", settings_of().model).eval()
    with torch.inference_mode():
        logits = network(torch.from_numpy(eye.pixels)[None])[0].double().numpy()
    np.testing.assert_allclose(answer["score"], logits / [1.0, 2.0], atol=1e-4)
    np.testing.assert_allclose(answer["probability"], 1 / (1 + np.exp(-answer["score"])))
    assert answer["decision"].values.tolist() == [int(p >= 0.4) for p in answer["probability"].values]
    assert answer["finding"].values.tolist() == ["any_dr", "referable_dr"]
    assert bool(answer["gradable"])
    assert answer.attrs["reason"] == ""
    assert answer["heatmap"].dims == ("finding", "row", "column")
    assert 0 <= float(answer["heatmap"].min()) <= float(answer["heatmap"].max()) <= 1


def test_a_black_image_has_a_probability_and_no_decision(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    answer = load_classifier(folder).answer(sight(np.zeros((100, 100, 3), np.uint8), tmp_path))
    assert not bool(answer["gradable"])
    assert answer.attrs["reason"] in ("blank", "too dark")
    assert answer["decision"].values.tolist() == [-1, -1]
    assert np.isfinite(answer["probability"]).all()


def test_an_answer_is_the_same_when_it_was_written_and_read(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    image = written(fundus(3), tmp_path / "eye.png")
    answer = room.predict(settings_of(), room.load(folder), case_of(image, {"any_dr": 1}))
    room.export(answer, tmp_path / "eye.nc")
    again = read_answer(tmp_path / "eye.nc")
    for name in ("score", "probability", "decision", "heatmap"):
        np.testing.assert_array_equal(again[name], answer[name])
    assert bool(again["gradable"]) is True
    assert again["finding"].values.tolist() == ["any_dr", "referable_dr"]


def test_a_model_of_another_kind_of_image_is_not_applied(tmp_path: Path) -> None:
    model = room.load(model_folder(tmp_path / "model", "chest"))
    case = case_of(written(fundus(3), tmp_path / "eye.png"), {})
    with pytest.raises(Missing, match="a model for retina images: is needed, and this one reads chest images"):
        room.predict(settings_of(), model, case)


def test_all_answers_make_one_table(tmp_path: Path) -> None:
    model = room.load(model_folder(tmp_path / "model"))
    answers = []
    for name in ("b", "a"):
        case = case_of(written(fundus(3), tmp_path / f"{name}.png"), {})
        room.export(room.predict(settings_of(), model, case), tmp_path / f"{name}.nc")
        answers.append((case, tmp_path / f"{name}.nc"))
    room.collect(answers, tmp_path)
    lines = (tmp_path / "findings.csv").read_text().splitlines()
    assert lines[0] == "file,finding,probability,decision,gradable,reason,note"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["b", "any_dr"],
        ["b", "referable_dr"],
        ["a", "any_dr"],
        ["a", "referable_dr"],
    ]


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    record = json.loads((folder / "model.json").read_text())
    change(record)
    (folder / "model.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.update(domain="lenses"), "is a model for lenses, not for scans"),
        (lambda record: record["settings"]["ingest"].update(kind="skin"), "settings that this version does not know"),
        (lambda record: record["settings"].pop("prepare"), "settings that this version does not know"),
        (lambda record: record["settings"]["model"].update(blocks=[]), "settings that this version does not know"),
        (lambda record: record["calibration"].pop("threshold.any_dr"), "settings that this version does not know"),
        (lambda record: record["settings"]["scaling"].update(light="as it is"), "reads other channels, findings or"),
        (lambda record: record.update(classes=["any_dr"]), "reads other channels, findings or"),
        (lambda record: record["settings"]["model"].update(growth=5), "does not fit the network"),
        (lambda record: record.update(weights_sha256="0" * 64), "does not have the digest"),
    ],
)
def test_a_folder_that_is_something_else_is_refused(
    change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=said):
        load_classifier(edited(model_folder(tmp_path / "model"), change))


def test_what_is_no_answer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "eye.nc").write_text("no answer")
    with pytest.raises(BadInput, match="cannot be read as NetCDF"):
        read_answer(tmp_path / "eye.nc")
