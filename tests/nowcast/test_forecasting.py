"""One call for every method: what comes out, what is flagged, and what is refused."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import xarray as xr
from radar_frames import drifting, radar

import sciml.nowcast
from sciml.core.errors import BadInput, DataWarning, Missing, SettingsError
from sciml.core.weights import ModelRecord
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.baseline import CLASSICAL
from sciml.nowcast.forecasting import LEARNED, Method, forecast, forecast_file
from sciml.nowcast.pysteps_methods import pysteps_version

INSTALLED = [m for m in CLASSICAL if m in ("persistence", "extrapolation") or pysteps_version() != "not installed"]


class FakeNowcaster:
    """Says its last frame plus the number of the member and a hundredth of the seed."""

    def __init__(self, **settings: Any) -> None:
        own = {"step_minutes": 5, "leads": 18, "model": {"family": "cascade", **settings}}
        self.record = ModelRecord("nowcast", "forecast", ("rain",), (), own, weights_sha256="0123456789abc")
        self.asked = 0

    def members(
        self, frames: np.ndarray, leads: int, members: int, seed: int, threads: int = 1
    ) -> Iterator[np.ndarray]:
        assert frames.shape[0] == 4
        assert frames.dtype == np.float32
        for member in range(members):
            self.asked += 1
            yield np.repeat(frames[-1:] + member + seed / 100, leads, axis=0)


@pytest.fixture
def nowcaster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeNowcaster:
    """Stands for the trained network in the folder `model` of tmp_path."""
    (tmp_path / "model").mkdir()
    fake, module = FakeNowcaster(), types.ModuleType("sciml.nowcast.nowcaster")
    module.load_nowcaster = lambda folder: fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return fake


def test_the_names_of_the_methods_are_those_that_there_are() -> None:
    assert set(get_args(Method)) == {*LEARNED, *CLASSICAL}


def test_the_verb_of_the_package_stays_a_function() -> None:
    for _ in range(2):  # a module of the same name would take its place after the first import
        assert sciml.nowcast.forecast is forecast


@pytest.mark.parametrize("method", INSTALLED)
def test_every_classical_method_answers_in_the_same_form(method: Method) -> None:
    found = forecast(radar(drifting()), leads=3, members=2, method=method, seed=5)
    assert found["rain_rate"].dims == ("member", "lead_time", "y", "x")
    assert found["rain_rate"].dtype == np.float32
    assert found.sizes["member"] == (2 if method == "steps" else 1)
    assert found["lead_time"].values.tolist() == [5, 10, 15]
    assert ("probability" in found) == (method == "steps")
    assert (found.attrs["method"], found.attrs["status"], found.attrs["seed"]) == (method, "ok", 5)


def test_the_network_is_asked_for_members(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    rain = drifting()
    found = forecast(radar(rain), leads=2, members=3, seed=7, model=tmp_path / "model")
    np.testing.assert_allclose(found["rain_rate"][2, 1], rain[-1] + 2.07, rtol=1e-6)
    # cells of 0 mm/h have members of 0.07, 1.07 and 2.07: two of three reach 0.5 and 1
    dry = rain[-1] == 0
    np.testing.assert_allclose(found["probability"].values[:2, 0][:, dry], 2 / 3)
    assert found.attrs["model"] == "model 0123456789ab"


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_the_file_holds_what_the_call_returns(nowcaster: FakeNowcaster, tmp_path: Path, suffix: str) -> None:
    words: dict[str, Any] = {"leads": 2, "members": 3, "model": tmp_path / "model"}
    seen: list[tuple[int, int]] = []
    out = tmp_path / f"out{suffix}"
    context = forecast_file(radar(drifting(6)), out, **words, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert context.sizes["time"] == 4
    expected = forecast(radar(drifting(6)), **words)
    with open_forecast(out) as found:
        np.testing.assert_allclose(found["rain_rate"], expected["rain_rate"], rtol=1e-6, atol=0.00501)
        # packed rain may round up to a threshold
        assert float(np.abs(found["probability"] - expected["probability"]).max()) <= 1e-4
        assert found.attrs["model"] == expected.attrs["model"]


def test_a_gap_is_said_and_kept_in_the_file(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    series = radar(drifting(6)).isel(time=[0, 1, 2, 3, 5])
    with pytest.warns(DataWarning, match="no frame at 2016-09-28T16:20Z"):
        found = forecast(series, leads=1, members=2, model=tmp_path / "model")
    assert found.attrs["context_note"].startswith("no frame at 2016-09-28T16:20Z")


@pytest.mark.parametrize("method", ["sciml", *INSTALLED])
def test_dry_in_is_dry_out_and_flagged(nowcaster: FakeNowcaster, tmp_path: Path, method: Method) -> None:
    rain = np.zeros((4, 64, 80), np.float32)
    rain[:, :, :7] = np.nan
    found = forecast(radar(rain), leads=2, members=2, method=method, model=tmp_path / "model")
    assert found.attrs["status"] == "dry"
    assert (found["rain_rate"][..., 7:] == 0).all()
    assert np.isnan(found["rain_rate"][..., :7]).all()
    assert nowcaster.asked == 0


def test_a_model_of_another_step_is_refused_with_a_remedy(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"steps of 5 minutes.*every 10 minutes; .*prepare\.step_minutes"):
        forecast(radar(drifting(), step=10), model=tmp_path / "model")


def test_leads_beyond_those_that_were_learnt_are_told_of(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match="learnt leads up to 90 minutes"):
        forecast(radar(drifting()), leads=19, members=1, model=tmp_path / "model")


def test_classical_methods_take_any_step() -> None:
    found = forecast(radar(drifting(), step=10), leads=2, method="extrapolation")
    assert found["lead_time"].values.tolist() == [10, 20]


@pytest.mark.parametrize(("cell_km", "warns"), [(1.0, False), (0.8, False), (1.24, False), (2.0, True), (0.5, True)])
def test_cells_of_another_size_are_warned_of(
    nowcaster: FakeNowcaster, tmp_path: Path, cell_km: float, warns: bool
) -> None:
    series = radar(drifting(), cell_km=cell_km)
    if warns:
        with pytest.warns(DataWarning, match=f"of {cell_km:g} km"):
            forecast(series, leads=1, members=2, model=tmp_path / "model")
    else:
        forecast(series, leads=1, members=2, model=tmp_path / "model")  # warnings are errors here


def test_the_other_family_must_be_named(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no weights of this family"):
        forecast(radar(drifting()), method="dgmr")
    with pytest.raises(BadInput, match="not a model of the family dgmr"):
        forecast(radar(drifting()), method="dgmr", model=tmp_path / "model")
    nowcaster.record.settings["model"]["family"] = "dgmr"  # type: ignore[index]
    found = forecast(radar(drifting()), leads=1, members=2, method="dgmr", model=tmp_path / "model")
    assert found.attrs["method"] == "dgmr"


@pytest.mark.parametrize("shape", [(64, 64), (97, 131)])
def test_any_size_of_grid_will_do(nowcaster: FakeNowcaster, tmp_path: Path, shape: tuple[int, int]) -> None:
    rain = np.ones((4, *shape), np.float32)
    found = forecast(radar(rain), leads=1, members=2, model=tmp_path / "model")
    assert found["rain_rate"].shape == (2, 1, *shape)


@pytest.mark.parametrize(
    "words", [{"leads": 0}, {"members": 0}, {"seed": -1}, {"method": "magic"}], ids=lambda words: next(iter(words))
)
def test_a_wrong_word_is_refused_before_the_frames_are_read(words: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(words))):
        forecast("no-such-file", **words)


def test_an_error_while_forecasting_leaves_no_file(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    def members(*words: Any) -> Iterator[np.ndarray]:
        yield np.zeros((2, 96, 96), np.float32)
        raise MemoryError

    nowcaster.members = members  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        forecast_file(radar(drifting()), tmp_path / "out.nc", leads=2, members=2, model=tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_lazy_frames_are_read_only_where_they_are_needed(nowcaster: FakeNowcaster, tmp_path: Path) -> None:
    series = radar(drifting(6))
    lazy = series.assign(rain_rate=series["rain_rate"].chunk(time=1).map_blocks(_refuse_the_first, template=None))
    found = forecast(lazy, leads=1, members=2, model=tmp_path / "model")
    np.testing.assert_allclose(found["rain_rate"][0, 0], series["rain_rate"][-1])


def _refuse_the_first(block: xr.DataArray) -> xr.DataArray:
    if block.sizes["time"] and str(block["time"].values[0])[:16] in ("2016-09-28T16:00", "2016-09-28T16:05"):
        raise AssertionError("this frame is not of the context")
    return block
