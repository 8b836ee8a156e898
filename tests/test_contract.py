"""Every science keeps the same promises: its rooms have the shapes of core/contract.py, and the chain runs through.

Adding a science means one entry in each list of the first part, where mypy holds the modules against the protocols.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sciml.nowcast.baseline
import sciml.nowcast.evaluate
import sciml.nowcast.ingest
import sciml.nowcast.model
import sciml.nowcast.predict
import sciml.nowcast.prepare
import sciml.nowcast.settings
import sciml.nowcast.simulate
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

SETTINGS: list[SettingsRoom] = [sciml.nowcast.settings, sciml.variants.settings]
SIMULATE: list[SimulateRoom] = [sciml.nowcast.simulate, sciml.variants.simulate]
INGEST: list[IngestRoom] = [sciml.nowcast.ingest, sciml.variants.ingest]
PREPARE: list[PrepareRoom] = [sciml.nowcast.prepare, sciml.variants.prepare]
MODEL: list[ModelRoom] = [sciml.nowcast.model, sciml.variants.model]
PREDICT: list[PredictRoom] = [sciml.nowcast.predict, sciml.variants.predict]
BASELINE: list[BaselineRoom] = [sciml.nowcast.baseline, sciml.variants.baseline]
EVALUATE: list[EvaluateRoom] = [sciml.nowcast.evaluate, sciml.variants.evaluate]

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
