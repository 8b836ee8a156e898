"""`sciml scans classify`: a row for each image and finding, or one clear line; nothing half-written."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from example_findings import fundus, model_folder, written

from sciml import scans as library
from sciml.cli import scans as command
from sciml.core import weights
from sciml.scans import findings_table

SAID = pytest.mark.filterwarnings("always::sciml.core.errors.DataWarning")


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, str]:
    """Two eyes, a model, and files that are no images."""
    words = {name: str(written(fundus(n, 9), tmp_path / "in" / f"{name}.png")) for n, name in enumerate("ab")}
    words["model"] = str(model_folder(tmp_path / "model"))
    for name, content in {"empty": b"", "text": b"dear diary", "cut": Path(words["a"]).read_bytes()[:900]}.items():
        path = tmp_path / "in" / f"{name}.jpg"
        path.write_bytes(content)
        words[name] = str(path)
    return words


@pytest.fixture
def classify(sciml: Callable[..., Any], tmp_path: Path, inputs: dict[str, str]) -> Callable[..., Any]:
    """Run the verb with the model, accepted; the table goes to out/findings.csv."""

    def run(*words: str) -> Any:
        told = ["--model", inputs["model"], "--accept-demonstration", "-q"]
        return sciml("scans", "classify", *words, *told, "--out", str(tmp_path / "out" / "findings.csv"))

    return run


def rows(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "out" / "findings.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def refused(ended: Any, tmp_path: Path, code: int) -> str:
    """The one line of a command that ended with this status and left nothing."""
    assert ended.code == code, ended.err
    assert list((tmp_path / "out").rglob("*")) == []
    return str(ended.error)


# --- what the words do -----------------------------------------------------------------------------------------------


def test_every_word_reaches_the_library(sciml, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    signature = inspect.signature(library.classify)

    def stand_in(*words: Any, **named: Any) -> str:
        given.update(signature.bind(*words, **named).arguments)
        return "table"

    monkeypatch.setattr(library, "classify", stand_in, raising=False)
    monkeypatch.setattr(library, "write_findings", lambda table, out: Path(out).write_text(table), raising=False)
    out = tmp_path / "findings.parquet"
    words = "./a.jpg b//c.dcm --model chest --heatmaps maps --accept-demonstration --threads 3 -q"
    ended = sciml("scans", "classify", *words.split(), "--out", str(out))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    del given["progress"]
    assert given == {
        "images": ["./a.jpg", "b//c.dcm"],  # as typed
        "model": "chest",
        "heatmaps": Path("maps"),
        "accept_demonstration": True,
        "threads": 3,
    }
    assert out.read_text() == "table"


def test_the_defaults_and_suffixes_are_the_librarys_own() -> None:
    own, offered = (inspect.signature(one).parameters for one in (library.classify, command.classify))
    for name in ("model", "heatmaps", "accept_demonstration", "threads"):
        assert offered[name].default == own[name].default, name
    assert command.TABLE_SUFFIXES == findings_table.SUFFIXES


def test_two_eyes_make_four_rows(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):  # an earlier table is replaced
        ended = classify(inputs["a"], inputs["b"], "--heatmaps", str(tmp_path / "maps"))
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    found = rows(tmp_path)
    assert list(found[0]) == ["file", "finding", "probability", "decision", "gradable", "reason", "note"]
    assert [(row["file"], row["finding"]) for row in found] == [
        (inputs[name], finding) for name in "ab" for finding in ("any_dr", "referable_dr")
    ]
    for row in found:
        assert 0 <= float(row["probability"]) <= 1
        assert row["decision"] in ("yes", "no")
        assert (row["gradable"], row["reason"], row["note"]) == ("yes", "", "demonstration")
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [
        "a_any_dr.png",
        "a_referable_dr.png",
        "b_any_dr.png",
        "b_referable_dr.png",
    ]


def test_parquet_holds_the_same_rows(classify, sciml, inputs: dict[str, str], tmp_path: Path) -> None:
    classify(inputs["a"])
    out = tmp_path / "findings.parquet"
    words = ("--model", inputs["model"], "--accept-demonstration", "--out", str(out))
    ended = sciml("scans", "classify", inputs["a"], *words)
    assert ended.code == 0
    assert ended.err.startswith("classifying: 100 % of 1 images in ")
    found = pd.read_parquet(out)
    assert [f"{value:.4f}" for value in found["probability"]] == [row["probability"] for row in rows(tmp_path)]


def test_an_image_that_is_not_gradable_says_why(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    black = written(np.zeros((128, 128, 3), np.uint8), tmp_path / "in" / "black.png")
    assert classify(str(black)).code == 0
    for row in rows(tmp_path):
        assert (row["decision"], row["gradable"]) == ("not gradable", "no")
        assert row["reason"]
        assert row["probability"]


@SAID
@pytest.mark.parametrize("bad", ["empty", "text", "cut"])
def test_one_bad_image_among_others_is_said_and_stays_without_probability(
    bad: str, classify, inputs: dict[str, str], tmp_path: Path
) -> None:
    ended = classify(inputs["a"], inputs[bad], "--heatmaps", str(tmp_path / "maps"))
    assert ended.code == 0
    assert inputs[bad] in ended.error
    found = rows(tmp_path)
    assert [row["probability"] == "" for row in found] == [False, False, True, True]
    assert all(row["reason"] and row["gradable"] == "no" for row in found[2:])
    assert len(list((tmp_path / "maps").iterdir())) == 2


# --- images that nothing can be said of ------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["empty", "text", "cut"])
def test_a_file_that_is_no_image_is_named(bad: str, classify, inputs: dict[str, str], tmp_path: Path) -> None:
    line = refused(classify(inputs[bad], "--heatmaps", str(tmp_path / "out" / "maps")), tmp_path, 3)
    assert line.startswith(inputs[bad])


def test_a_file_that_is_not_there_is_named(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    assert refused(classify(inputs["a"], "gone.jpg"), tmp_path, 4).startswith("gone.jpg: there is no such file")


def test_a_folder_is_no_image(classify, tmp_path: Path) -> None:
    assert "is a folder" in refused(classify(str(tmp_path)), tmp_path, 3)


def test_no_image_at_all_is_wrong_usage(classify, tmp_path: Path) -> None:
    assert "missing argument" in refused(classify(), tmp_path, 2)


# --- models ----------------------------------------------------------------------------------------------------------


def test_a_demonstration_wants_a_word(sciml, inputs: dict[str, str], tmp_path: Path) -> None:
    ended = sciml(
        "scans", "classify", inputs["a"], "--model", inputs["model"], "--out", str(tmp_path / "out" / "a.csv")
    )
    line = refused(ended, tmp_path, 2)
    assert "is a demonstration: it learnt from simulated images" in line
    assert "--accept-demonstration" in line


@pytest.mark.parametrize("kind", ["retina", "chest"])
def test_a_kind_is_the_name_of_shipped_weights(
    kind: str, sciml, inputs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    model_folder(tmp_path / "models" / f"scans-{kind}", kind)
    monkeypatch.setattr(weights, "files", lambda package: tmp_path)
    out = tmp_path / "out" / "findings.csv"
    ended = sciml("scans", "classify", inputs["a"], "--model", kind, "--accept-demonstration", "-q", "--out", str(out))
    assert (ended.code, ended.err) == (0, "")
    assert len(rows(tmp_path)) == {"retina": 2, "chest": 3}[kind]


@pytest.mark.parametrize(("name", "code"), [("knee", 4), ("nowcast-europe", 3)])
def test_a_model_that_is_not_there_or_of_another_science_is_refused(
    name: str, code: int, sciml, inputs: dict[str, str], tmp_path: Path
) -> None:
    ended = sciml("scans", "classify", inputs["a"], "--model", name, "--out", str(tmp_path / "out" / "a.csv"))
    refused(ended, tmp_path, code)


def test_a_folder_without_a_model_is_refused(sciml, inputs: dict[str, str], tmp_path: Path) -> None:
    folder = str(tmp_path / "in")
    ended = sciml("scans", "classify", inputs["a"], "--model", folder, "--out", str(tmp_path / "out" / "a.csv"))
    assert "is not a model folder" in refused(ended, tmp_path, 3)


# --- outputs that cannot be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xlsx", "a", ".csv"])
def test_another_suffix_is_refused_before_the_work(sciml, tmp_path: Path, name: str) -> None:
    ended = sciml("scans", "classify", "gone.jpg", "--out", str(tmp_path / "out" / name))
    assert ".csv or .parquet" in refused(ended, tmp_path, 2)


def test_an_input_is_not_overwritten(sciml, inputs: dict[str, str], tmp_path: Path) -> None:
    image = Path(inputs["a"]).rename(tmp_path / "in" / "eye.csv")
    before = image.read_bytes()
    ended = sciml("scans", "classify", str(image), "--model", inputs["model"], "--out", str(image))
    assert "is also an input" in refused(ended, tmp_path, 2)
    assert image.read_bytes() == before


def test_heatmaps_do_not_go_into_a_file(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("dear diary")
    line = refused(classify(inputs["a"], "--heatmaps", str(tmp_path / "maps")), tmp_path, 2)
    assert "is a file" in line
    assert (tmp_path / "maps").read_text() == "dear diary"


def test_heatmaps_do_not_go_below_a_file(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    line = refused(classify(inputs["a"], "--heatmaps", inputs["text"] + "/maps"), tmp_path, 2)
    assert "text.jpg is not a folder" in line


def test_heatmaps_of_a_name_that_no_file_system_takes_leave_nothing(
    classify, inputs: dict[str, str], tmp_path: Path
) -> None:
    long = Path(inputs["a"]).rename(tmp_path / "in" / ("e" * 248 + ".png"))
    line = refused(classify(str(long), "--heatmaps", str(tmp_path / "out" / "maps")), tmp_path, 1)
    assert "a name is too long for this file system" in line


def test_heatmaps_of_the_same_name_are_refused(classify, inputs: dict[str, str], tmp_path: Path) -> None:
    other = written(fundus(5), tmp_path / "in" / "left" / "a.png")
    line = refused(classify(inputs["a"], str(other), "--heatmaps", str(tmp_path / "out" / "maps")), tmp_path, 2)
    assert str(other) in line
    assert "same name" in line


def test_the_table_does_not_go_into_the_folder_of_the_heatmaps(
    classify, inputs: dict[str, str], tmp_path: Path
) -> None:
    line = refused(classify(inputs["a"], "--heatmaps", str(tmp_path / "out")), tmp_path, 2)
    assert "lies in the folder of the heatmaps" in line
