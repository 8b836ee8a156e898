"""The baselines as a room: each answers a case on its window, with what the settings ask for."""

from __future__ import annotations

import numpy as np
import pytest
from radar_frames import drifting, radar

from sciml.core.contract import Case, Unit
from sciml.nowcast.baseline import METHODS, VERSIONS
from sciml.nowcast.pysteps_methods import pysteps_version
from sciml.nowcast.rain_store import write_series
from sciml.nowcast.settings import NowcastPredictSettings, Settings

SETTINGS = Settings(predict=NowcastPredictSettings(members=3, seed=9))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    store = tmp_path_factory.mktemp("raw") / "storm.zarr"
    write_series(radar(drifting(7, size=128)), store)
    unit = Unit("storm", "storm", "test", True, "none", {}, {}, store=str(store))
    place = {"time": "2016-09-28T16:15:00", "context": 4, "leads": 2, "y": 20, "x": 30, "height": 96, "width": 80}
    return Case("storm.20160928T1615", unit, "storm:2016-09-28", True, {**place, "minutes": 60})


@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_a_case_on_its_window(case: Case, method: str) -> None:
    if VERSIONS[method]() == "not installed":
        pytest.skip("pysteps is not installed: make .venv/.ready-pysteps")
    found = METHODS[method](SETTINGS, case)
    assert found["rain_rate"].shape == (3 if method == "steps" else 1, 2, 96, 80)
    assert found["y"].values[0] == 7e6 - 20_000
    assert found["x"].values[0] == 30_000
    assert str(found["time"].values[0])[:16] == "2016-09-28T16:20"
    assert (found.attrs["method"], found.attrs["seed"], found.attrs["status"]) == (method, 9, "ok")


def test_persistence_is_the_last_context_frame(case: Case) -> None:
    found = METHODS["persistence"](SETTINGS, case)
    frame = drifting(7, size=128)[3, 20:116, 30:110]
    np.testing.assert_allclose(found["rain_rate"][0, 1], frame, atol=0.00501)


def test_every_method_has_a_version() -> None:
    assert VERSIONS.keys() == METHODS.keys()
    assert VERSIONS["persistence"]().startswith("sciml ")
    assert VERSIONS["steps"]() == pysteps_version()
