"""`sciml stage`: each stage is called with what the workflow wrote, and nothing else gets through."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sciml.cli import stage
from sciml.cli.stage import STAGES, Part, part
from sciml.core.settings import DomainSettings
from sciml.registry import Rooms

# the words that the rules in workflow/rules/*.smk write, and the call that they must become
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "simulate": (
        "variants --config a.yaml b.yaml --out r/source --threads 2",
        {"out": Path("r/source"), "threads": 2},
    ),
    "ingest": ("variants --config a.yaml --out r/raw", {"source": None, "out": Path("r/raw")}),
    "prepare": (
        "variants --config a.yaml --raw r/raw --part 2-of-3 --out r/2-of-3.zarr",
        {"raw": Path("r/raw"), "part": 2, "parts": 3, "out": Path("r/2-of-3.zarr")},
    ),
    "gather": (
        "variants --config a.yaml --parts r/1.zarr r/2.zarr --out r/dataset.json",
        {"parts": [Path("r/1.zarr"), Path("r/2.zarr")], "out": Path("r/dataset.json")},
    ),
    "preview": (
        "variants --config a.yaml --raw r/raw --dataset r/dataset.json --out results/try-1/variants/data.html",
        {
            "raw": Path("r/raw"),
            "dataset": Path("r/dataset.json"),
            "out": Path("results/try-1/variants/data.html"),
            "run": "try-1",
            "origins": {"train.steps": "a.yaml:1"},
            "overlay": "none",
        },
    ),
    "train": (
        "variants --config a.yaml --dataset r/dataset.json --out r/model --checkpoint c --threads 4",
        {"dataset": Path("r/dataset.json"), "out": Path("r/model"), "checkpoint": Path("c"), "threads": 4},
    ),
    "predict": (
        "variants --config a.yaml --raw r/raw --method trained --model r/model --part 1-of-1 --out r/p --threads 1",
        {
            "raw": Path("r/raw"),
            "method": "trained",
            "model": Path("r/model"),
            "part": 1,
            "parts": 1,
            "out": Path("r/p"),
            "threads": 1,
        },
    ),
    "collect": (
        "variants --config a.yaml --raw r/raw --predictions r/p/1 r/p/2 --out r/shipped",
        {"raw": Path("r/raw"), "predictions": [Path("r/p/1"), Path("r/p/2")], "out": Path("r/shipped")},
    ),
    "evaluate": (
        "variants --config a.yaml --raw r/raw --predictions r/p/1 r/p/2 --out r/scores.json --cost r/cost.json",
        {
            "raw": Path("r/raw"),
            "predictions": [Path("r/p/1"), Path("r/p/2")],
            "out": Path("r/scores.json"),
            "cost": Path("r/cost.json"),
        },
    ),
    "report": (
        "variants --config a.yaml --raw r/raw --scores s.json --cost c.json --out x.html --run demo",
        {
            "raw": Path("r/raw"),
            "dataset": None,
            "model": None,
            "scores": Path("s.json"),
            "cost": Path("c.json"),
            "out": Path("x.html"),
            "run": "demo",
            "origins": {"train.steps": "a.yaml:1"},
            "overlay": "none",
        },
    ),
    "index": (
        "--run demo --results results/demo --domains variants --out results/demo/index.html",
        {
            "run": "demo",
            "results": Path("results/demo"),
            "domains": ["variants"],
            "out": Path("results/demo/index.html"),
            "overlay": "demo",
        },
    ),
}


def called(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the stage's function gets for these words, by the names of its own parameters."""
    import inspect

    from sciml.core import stages

    signature = inspect.signature(getattr(stages, name))
    got: dict[str, Any] = {}
    fake = SimpleNamespace(**{name: lambda *given: got.update(signature.bind(*given).arguments)})
    monkeypatch.setattr(stage, "_settings", lambda arguments: DomainSettings())
    monkeypatch.setattr(stage, "_origins", lambda arguments: {"train.steps": "a.yaml:1"})
    arguments = stage._parser().parse_args([name, *shlex.split(words)])
    STAGES[name].call(fake, arguments)
    return got


@pytest.mark.parametrize("name", STAGES)
def test_the_workflows_words_become_the_stages_call(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words, expected = CALLS[name]
    got = called(name, words, monkeypatch)
    if name != "index":
        assert isinstance(rooms := got.pop("rooms"), Rooms)
        assert rooms.name == "variants"
        assert got.pop("settings") == DomainSettings()
    assert got == expected


def test_every_stage_of_the_chain_has_a_command() -> None:
    assert set(STAGES) == set(CALLS)


def test_the_run_is_named_by_the_folder_of_its_page_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    words = CALLS["preview"][0]
    assert called("preview", f"{words} --run other", monkeypatch)["run"] == "other"


@pytest.mark.parametrize(
    ("layer", "overlay"),
    [
        ("config/demo/variants.yaml", "demo"),
        ("config/bench/variants.yaml", "bench"),
        ("config/real/variants-na12878.yaml", "real/variants-na12878"),
        ("/home/ann/runs/config/smoke/variants.yaml", "smoke"),
    ],
)
def test_the_page_names_the_overlay_that_made_it(layer: str, overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = CALLS["report"][0].replace("a.yaml", f"config/variants.yaml {layer}")
    assert called("report", words, monkeypatch)["overlay"] == overlay


@pytest.mark.parametrize(("text", "value"), [("1-of-1", Part(1, 1)), ("3-of-12", Part(3, 12))])
def test_a_part_is_read(text: str, value: Part) -> None:
    assert part(text) == value


@pytest.mark.parametrize("text", ["0-of-2", "3-of-2", "1of2", "-1-of-2", "1-of-0", "a-of-b", "1-of-2 ", "01-of-2", ""])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a part such as 1-of-2"):
        part(text)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "stage: the following arguments are required: STAGE"),
        ("prepair", "stage: argument STAGE: invalid choice: 'prepair'"),
        ("gather varants --config a --parts b --out c", "stage gather: argument domain: invalid choice: 'varants'"),
        ("gather variants --config a --out c", "stage gather: the following arguments are required: --parts"),
        ("simulate variants --config a --out c --threads 0", "stage simulate: argument --threads: '0' is not a number"),
        ("gather variants --conf a --parts b --out c", "stage gather: the following arguments are required: --config"),
        (
            "index --run ../x --results r --domains variants --out o",
            "stage index: argument --run: '../x' is not a name",
        ),
        ("index --run x --results r --domains a --out o", "stage index: argument --domains: 'a' is not a science"),
    ],
)
def test_wrong_words_end_with_2_and_one_line(sciml, words: str, line: str) -> None:
    ended = sciml("stage", *words.split())
    assert ended.code == 2
    assert ended.error.startswith(line)
    assert ended.error.endswith("--help`)")


def test_wrong_settings_end_with_2_before_any_work(sciml, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("train:\n  stepz: 3\n")
    out = tmp_path / "out"
    ended = sciml("stage", "ingest", "variants", "--config", str(path), "--out", str(out))
    assert ended.code == 2
    assert ended.error.startswith(f"{path}:2: train.stepz: there is no such setting; did you mean 'steps'?")
    assert not out.exists()


def test_a_raw_folder_that_is_not_there_is_one_line(sciml, tmp_path: Path) -> None:
    config = tmp_path / "a.yaml"
    config.touch()
    words = f"stage prepare variants --config {config} --raw {tmp_path}/gone --part 1-of-1 --out {tmp_path}/1.zarr"
    ended = sciml(*words.split())
    assert ended.code == 3
    assert f"{tmp_path}/gone/index.json: cannot be read" in ended.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml"]


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_explains_itself(sciml, name: str) -> None:
    ended = sciml("stage", name, "--help")
    assert ended.code == 0
    assert STAGES[name].about in ended.out
