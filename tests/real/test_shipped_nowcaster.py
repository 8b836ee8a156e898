"""The shipped weights on two Swiss days that they did not learn from: better than what drifts and what stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xarray as xr

from sciml.nowcast import forecast, open_radar
from sciml.nowcast.evaluate import METRICS
from sciml.nowcast.settings import NowcastEvaluateSettings
from sciml.nowcast.verification import verify

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "radar" / "mch"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real radar frames are not here"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("day", "least"), [("20150515", 0.3), ("20170131", 0.2)])
def test_the_ensemble_beats_drift_and_persistence_on_a_day_it_did_not_learn_from(day: str, least: float) -> None:
    """`least` is the share of extrapolation's error that must be gone at an hour; measured with some room below."""
    series = open_radar(sorted((DATA / day).glob("*.gif")))
    window = {"y": slice(150, 470), "x": slice(200, 520)}
    context, truth = (series.isel(time=span, **window) for span in (slice(10, 14), slice(14, 26)))
    forecasts = {
        method: forecast(context, leads=12, members=8, method=method)
        for method in ("sciml", "extrapolation", "persistence")
    }
    minutes = forecasts["sciml"]["lead_time"].values
    observed = xr.DataArray(
        truth["rain_rate"].values, dims=("lead_time", "y", "x"), coords={"lead_time": minutes}, name="rain_rate"
    )
    found = verify(NowcastEvaluateSettings(), observed, forecasts, 1.0, "swiss")
    crps = {method: _at_an_hour(sums, "fair_crps") for method, sums in found.items()}
    assert crps["sciml"] < (1 - least) * crps["extrapolation"]
    assert crps["sciml"] < (1 - least) * crps["persistence"]
    # rain that drifts is as rough as rain was; what became of it may be rougher or smoother
    rough = {method: _at_an_hour(found[method], "spectra_ratio") for method in ("sciml", "extrapolation")}
    assert 0.6 < rough["sciml"] / rough["extrapolation"] < 1.6


def _at_an_hour(sums: xr.Dataset, metric: str) -> float:
    arrays = {str(name): sums.sel(stratum=["60 min"])[name].to_numpy()[None] for name in sums.data_vars}
    return float(METRICS[metric].of(arrays)[0, 0])
