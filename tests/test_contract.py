"""Every science keeps the same promises: its rooms have the shapes of core/contract.py, and the chain runs through.

Adding a science means one entry in each list of the first part, where mypy holds the modules against the protocols.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sciml.lenses.baseline
import sciml.lenses.evaluate
import sciml.lenses.ingest
import sciml.lenses.model
import sciml.lenses.predict
import sciml.lenses.prepare
import sciml.lenses.settings
import sciml.lenses.simulate
import sciml.nowcast.baseline
import sciml.nowcast.evaluate
import sciml.nowcast.ingest
import sciml.nowcast.model
import sciml.nowcast.predict
import sciml.nowcast.prepare
import sciml.nowcast.settings
import sciml.nowcast.simulate
import sciml.proteins.baseline
import sciml.proteins.evaluate
import sciml.proteins.ingest
import sciml.proteins.model
import sciml.proteins.predict
import sciml.proteins.prepare
import sciml.proteins.settings
import sciml.proteins.simulate
import sciml.scans.baseline
import sciml.scans.evaluate
import sciml.scans.ingest
import sciml.scans.model
import sciml.scans.predict
import sciml.scans.prepare
import sciml.scans.settings
import sciml.scans.simulate
import sciml.variants.baseline
import sciml.variants.evaluate
import sciml.variants.ingest
import sciml.variants.model
import sciml.variants.predict
import sciml.variants.prepare
import sciml.variants.settings
import sciml.variants.simulate
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
from sciml.registry import DOMAINS, ROOMS, Rooms
from tests.chain import PROMISES, Chain, run_chain

SETTINGS: list[SettingsRoom] = [
    sciml.lenses.settings,
    sciml.nowcast.settings,
    sciml.proteins.settings,
    sciml.scans.settings,
    sciml.variants.settings,
]
SIMULATE: list[SimulateRoom] = [
    sciml.lenses.simulate,
    sciml.nowcast.simulate,
    sciml.proteins.simulate,
    sciml.scans.simulate,
    sciml.variants.simulate,
]
INGEST: list[IngestRoom] = [
    sciml.lenses.ingest,
    sciml.nowcast.ingest,
    sciml.proteins.ingest,
    sciml.scans.ingest,
    sciml.variants.ingest,
]
PREPARE: list[PrepareRoom] = [
    sciml.lenses.prepare,
    sciml.nowcast.prepare,
    sciml.proteins.prepare,
    sciml.scans.prepare,
    sciml.variants.prepare,
]
MODEL: list[ModelRoom] = [
    sciml.lenses.model,
    sciml.nowcast.model,
    sciml.proteins.model,
    sciml.scans.model,
    sciml.variants.model,
]
PREDICT: list[PredictRoom] = [
    sciml.lenses.predict,
    sciml.nowcast.predict,
    sciml.proteins.predict,
    sciml.scans.predict,
    sciml.variants.predict,
]
BASELINE: list[BaselineRoom] = [
    sciml.lenses.baseline,
    sciml.nowcast.baseline,
    sciml.proteins.baseline,
    sciml.scans.baseline,
    sciml.variants.baseline,
]
EVALUATE: list[EvaluateRoom] = [
    sciml.lenses.evaluate,
    sciml.nowcast.evaluate,
    sciml.proteins.evaluate,
    sciml.scans.evaluate,
    sciml.variants.evaluate,
]

CONFIG = Path(__file__).parents[1] / "config"


@pytest.fixture(scope="module", params=sorted(DOMAINS))
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Run every stage of a science once on its smoke settings."""
    rooms = Rooms(request.param)
    layers = [CONFIG / f"{rooms.name}.yaml", CONFIG / "smoke" / f"{rooms.name}.yaml"]
    return run_chain(rooms, load(layers, rooms.settings.Settings, {}), tmp_path_factory.mktemp(rooms.name))


def test_every_science_is_in_every_list() -> None:
    lists: tuple[list[Any], ...] = (SETTINGS, SIMULATE, INGEST, PREPARE, MODEL, PREDICT, BASELINE, EVALUATE)
    for rooms in lists:
        assert sorted(room.__name__.split(".")[1] for room in rooms) == sorted(DOMAINS)


def test_no_room_and_no_module_is_longer_than_a_reader_has_patience_for() -> None:
    for domain in DOMAINS:
        for module in (CONFIG.parent / "sciml" / domain).glob("*.py"):
            limit = 250 if module.stem in ROOMS else 400
            assert len(module.read_text().splitlines()) <= limit, module


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_every_science_keeps_its_promises(chain: Chain, promise: Callable[[Chain], None]) -> None:
    promise(chain)
