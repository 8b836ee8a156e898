"""The published GAN goes through the same workflow as the default network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sciml.core import layers
from sciml.core.records import read_json
from sciml.core.weights import verify
from sciml.nowcast.answers import open_forecast
from sciml.registry import Rooms
from tests.chain import every_case_has_an_answer_of_every_installed_method, run_chain

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.slow
def test_a_tiny_dgmr_is_simulated_for_prepared_trained_judged_and_its_members_differ(tmp_path: Path) -> None:
    overlay = tmp_path / "dgmr.yaml"
    overlay.write_text(
        "model: {family: dgmr, dgmr: tiny, dgmr_samples: 2}\ntrain: {steps: 4, batch_size: 2, validate_every: 2}\n"
    )
    rooms = Rooms("nowcast")
    files = [CONFIG / "nowcast.yaml", CONFIG / "smoke" / "nowcast.yaml", overlay]
    chain = run_chain(rooms, layers.load(files, rooms.settings.Settings, {}), tmp_path)
    record = verify(chain.folder / "model")
    assert record.settings["model"]["family"] == "dgmr"
    every_case_has_an_answer_of_every_installed_method(chain)
    rows = [row for row in read_json(chain.folder / "scores.json")["table"] if row["method"] == "trained"]
    assert {row["metric"] for row in rows} >= {"fair_crps", "csi_1", "spectra_ratio"}
    (answer, *_) = sorted((chain.folder / "predictions" / "trained").glob("*/*.nc"))
    rain = open_forecast(answer)["rain_rate"].values
    assert np.nanmin(rain) >= 0
    assert not np.array_equal(rain[0], rain[1], equal_nan=True)
