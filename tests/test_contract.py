"""Every science keeps the same promises: its rooms have the shapes of core/contract.py, and the chain runs through.

Adding a science means one line in each list of the first part; mypy holds the modules against the protocols.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sciml.variants.baseline
import sciml.variants.evaluate
import sciml.variants.ingest
import sciml.variants.model
import sciml.variants.predict
import sciml.variants.prepare
import sciml.variants.settings
import sciml.variants.simulate
from sciml.core import stages
from sciml.core.contract import (
    BaselineRoom,
    EvaluateRoom,
    IngestRoom,
    ModelRoom,
    PredictRoom,
    PrepareRoom,
    SettingsRoom,
    SimulateRoom,
)
from sciml.core.layers import load
from sciml.core.records import read_index, read_json
from sciml.core.store import open_split
from sciml.core.weights import verify
from sciml.registry import DOMAINS, ROOMS, Rooms

SETTINGS: list[SettingsRoom] = [sciml.variants.settings]
SIMULATE: list[SimulateRoom] = [sciml.variants.simulate]
INGEST: list[IngestRoom] = [sciml.variants.ingest]
PREPARE: list[PrepareRoom] = [sciml.variants.prepare]
MODEL: list[ModelRoom] = [sciml.variants.model]
PREDICT: list[PredictRoom] = [sciml.variants.predict]
BASELINE: list[BaselineRoom] = [sciml.variants.baseline]
EVALUATE: list[EvaluateRoom] = [sciml.variants.evaluate]

CONFIG = Path(__file__).parents[1] / "config"


@dataclass(frozen=True)
class Chain:
    """What the smoke run of one science left behind."""

    rooms: Rooms
    settings: Any
    folder: Path


@pytest.fixture(scope="module", params=sorted(DOMAINS))
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Run every stage of a science once on its smoke settings."""
    domain: str = request.param
    rooms, folder = Rooms(domain), tmp_path_factory.mktemp(domain)
    layers = [CONFIG / f"{domain}.yaml", CONFIG / "smoke" / f"{domain}.yaml"]
    settings: Any = load(layers, rooms.settings.Settings, {})
    raw, dataset, model = folder / "raw", folder / "dataset.json", folder / "model"
    stages.simulate(rooms, settings, folder / "source", threads=2)
    stages.ingest(rooms, settings, folder / "source", raw)
    parts = [folder / f"parts/{part}-of-2.zarr" for part in (1, 2)]
    for number, part in enumerate(parts, start=1):
        stages.prepare(rooms, settings, raw, number, 2, part)
    stages.gather(rooms, settings, parts, dataset)
    stages.train(rooms, settings, dataset, model, folder / "checkpoint", threads=2)
    answers = []
    for method in ("trained", *rooms.baseline.METHODS):
        for number in (1, 2):
            answers.append(folder / f"predictions/{method}/{number}-of-2")
            stages.predict(rooms, settings, raw, method, model, number, 2, answers[-1], threads=1)
    stages.evaluate(rooms, settings, raw, answers, folder / "scores.json", folder / "cost.json")
    return Chain(rooms, settings, folder)


def test_every_science_is_in_every_list() -> None:
    for rooms in (SETTINGS, SIMULATE, INGEST, PREPARE, MODEL, PREDICT, BASELINE, EVALUATE):
        assert sorted(room.__name__.split(".")[1] for room in rooms) == sorted(DOMAINS)  # type: ignore[attr-defined]


def test_no_room_and_no_module_is_longer_than_a_reader_has_patience_for() -> None:
    for domain in DOMAINS:
        for module in (CONFIG.parent / "sciml" / domain).glob("*.py"):
            limit = 250 if module.stem in ROOMS else 400
            assert len(module.read_text().splitlines()) <= limit, module


def test_samples_are_as_the_layout_says(chain: Chain) -> None:
    layout = chain.rooms.prepare.LAYOUT
    samples = open_split(chain.folder / "dataset.json", "train")
    assert samples.sizes["sample"] > 0
    for name, array in layout.arrays.items():
        assert samples[name].dims == array.dims
        assert array.dtype == "str" or samples[name].dtype == array.dtype


def test_no_group_is_in_two_splits(chain: Chain) -> None:
    manifest = chain.folder / "dataset.json"
    groups = {
        split: set(open_split(manifest, split)["group"].values.tolist()) for split in ("train", "validation", "test")
    }
    assert groups["train"]
    assert groups["validation"]
    assert groups["test"]
    assert not groups["train"] & groups["validation"]
    assert not (groups["train"] | groups["validation"]) & groups["test"]


def test_the_model_folder_is_whole_and_says_that_it_is_a_demonstration(chain: Chain) -> None:
    record = verify(chain.folder / "model")
    assert record.domain == chain.rooms.name
    assert record.demonstration
    assert record.data["sources"]


def test_every_case_has_an_answer_of_every_installed_method(chain: Chain) -> None:
    index = read_index(chain.folder / "raw")
    known = {case.id for case in chain.rooms.ingest.cases(chain.settings, index)}
    for method in (chain.folder / "predictions").iterdir():
        answered = {
            path.name.removesuffix(chain.rooms.predict.SUFFIX)
            for path in method.glob(f"*/*{chain.rooms.predict.SUFFIX}")
        }
        assert answered <= known
        assert answered or list(method.glob("*/missing.json")), method.name


def test_each_score_stands_beside_a_baseline_with_an_interval_and_a_count(chain: Chain) -> None:
    scores = read_json(chain.folder / "scores.json")
    done = {name: method["kind"] for name, method in scores["methods"].items() if method["status"] == "done"}
    assert {"model", "baseline"} <= set(done.values())
    stratum, metric = chain.rooms.evaluate.HEADLINE.stratum, chain.rooms.evaluate.HEADLINE.metric
    rows = {row["method"]: row for row in scores["table"] if (row["stratum"], row["metric"]) == (stratum, metric)}
    assert rows.keys() == done.keys()
    for row in rows.values():
        assert row["n"] > 0
        assert row["value"] is None or row["low"] <= row["value"] <= row["high"]
    assert scores["verdict"].endswith(".")


def test_the_scores_are_the_same_bytes_when_judged_again(chain: Chain) -> None:
    raw = chain.folder / "raw"
    answers = sorted((chain.folder / "predictions").glob("*/*-of-2"))
    again = chain.folder / "again"
    stages.evaluate(chain.rooms, chain.settings, raw, answers, again / "scores.json", again / "cost.json")
    assert (again / "scores.json").read_bytes() == (chain.folder / "scores.json").read_bytes()


def test_reading_a_unit_is_lazy_and_described(chain: Chain) -> None:
    unit = read_index(chain.folder / "raw").units[0]
    opened = chain.rooms.ingest.read(unit)
    for variable in opened.data_vars.values():
        assert variable.chunks is not None, "not lazy"
        assert variable.attrs["units"]
    assert json.dumps(opened.attrs)
