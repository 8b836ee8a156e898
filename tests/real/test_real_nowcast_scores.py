"""On real rain the scores tell apart what they should: sharp from smooth, moving from standing still."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter

from sciml.nowcast.advection import advect, departures
from sciml.nowcast.cases import wettest_window
from sciml.nowcast.evaluate import METRICS
from sciml.nowcast.formats import open_radar
from sciml.nowcast.motion import motion
from sciml.nowcast.settings import NowcastEvaluateSettings
from sciml.nowcast.verification import verify

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "radar"
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason=f"no radar data in {DATA}; set SCIML_DATA"),
]
LEADS, SIZE = 6, 320


@pytest.fixture(scope="module")
def scores() -> dict[str, dict[str, float]]:
    """Half an hour of a convective day over Switzerland: persistence, drift, blurred drift, and four noisy drifts."""
    series = open_radar(sorted((DATA / "mch" / "20150515").glob("*.gif")))
    rain = series["rain_rate"].isel(time=slice(0, 4 + LEADS)).values
    row, column = wettest_window(rain[:4].mean(axis=0), SIZE)
    rain = rain[:, row : row + SIZE, column : column + SIZE]
    drift = np.stack([advect(rain[3], back) for back in departures(motion(rain[:4]), LEADS)])
    rng, dry = np.random.default_rng(1), np.isnan(drift)
    noise = [np.exp(gaussian_filter(rng.normal(0, 12, drift.shape), (0, 8, 8))) for _ in range(4)]
    blurred = np.where(dry, np.nan, gaussian_filter(np.nan_to_num(drift), (0, 4, 4)))
    members = {"persistence": [[rain[3]] * LEADS], "drift": [drift], "blurred": [blurred], "noisy": drift * noise}
    minutes = np.arange(1, LEADS + 1, dtype=np.int32) * 5
    dims = ("member", "lead_time", "y", "x")
    answers = {
        name: xr.Dataset({"rain_rate": (dims, np.asarray(each, np.float32))}, {"lead_time": minutes})
        for name, each in members.items()
    }
    truth = xr.DataArray(rain[4:], dims=dims[1:], coords={"lead_time": minutes})
    found = verify(NowcastEvaluateSettings(), truth, answers, 1.0, "mch")
    return {method: _at_half_an_hour(sums) for method, sums in found.items()}


def _at_half_an_hour(sums: xr.Dataset) -> dict[str, float]:
    arrays = {str(name): sums.sel(stratum=["30 min"])[name].to_numpy()[None] for name in sums.data_vars}
    return {name: float(metric.of(arrays)[0, 0]) for name, metric in METRICS.items()}


def test_rain_that_drifts_is_foreseen_better_than_rain_that_stays(scores: dict[str, dict[str, float]]) -> None:
    for name in ("csi_0.5", "csi_1", "fss_1", "value_1"):
        assert scores["drift"][name] > scores["persistence"][name] + 0.03, name
    assert scores["drift"]["mae"] < scores["persistence"]["mae"]


def test_blur_wins_the_error_and_pays_with_its_spectrum(scores: dict[str, dict[str, float]]) -> None:
    for name in ("mae", "rmse"):
        assert scores["blurred"][name] < scores["drift"][name], name
    assert scores["blurred"]["spectra_ratio"] < 0.4
    for name in ("persistence", "drift"):
        assert 0.7 < scores[name]["spectra_ratio"] < 1.4


def test_members_that_differ_are_worth_more_than_one(scores: dict[str, dict[str, float]]) -> None:
    assert scores["noisy"]["fair_crps"] < scores["drift"]["fair_crps"]
    # too narrow: noise of amount alone says nothing about place
    assert 0 < scores["noisy"]["spread_skill"] < 1
    assert scores["noisy"]["outliers"] > 1


def test_all_are_measured_on_most_of_the_window(scores: dict[str, dict[str, float]]) -> None:
    shares = {method: each["common_share"] for method, each in scores.items()}
    assert len(set(shares.values())) == 1
    assert 0.6 < shares["drift"] < 1
