"""From a case to an ensemble in a CF file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rain_cascade import cascade_folder
from series import series, stored_unit

from sciml.core.errors import BadInput
from sciml.nowcast.issue_times import cases_of
from sciml.nowcast.predict import SUFFIX, collect, export, load, predict
from sciml.nowcast.settings import Settings

SETTINGS = Settings.model_validate({"ingest": {"leads": 4, "case_minutes": 30}, "predict": {"members": 2}})


def test_a_case_is_answered_in_a_file_that_opens_again(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=20, size=96), tmp_path)
    case = cases_of(SETTINGS.ingest, [unit])[0]
    answer = predict(SETTINGS, load(cascade_folder(tmp_path / "model")), case)
    assert answer["rain_rate"].dims == ("member", "lead_time", "y", "x")
    assert answer.sizes["member"] == 2
    export(answer, tmp_path / f"{case.id}{SUFFIX}")
    whole = tmp_path / "whole"
    whole.mkdir()
    collect([(case, tmp_path / f"{case.id}{SUFFIX}")], whole)
    with xr.open_dataset(whole / f"{case.id}{SUFFIX}", engine="h5netcdf") as opened:
        # hundredths of mm/h
        np.testing.assert_allclose(opened["rain_rate"].values, answer["rain_rate"].values, atol=0.0051)


def test_a_series_of_another_time_step_is_refused(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=20, size=96, step_minutes=10), tmp_path)
    settings = Settings.model_validate({"ingest": {"leads": 4}, "predict": {"members": 2}})
    case = cases_of(settings.ingest, [unit])[0]
    with pytest.raises(BadInput, match="every 10 minutes"):
        predict(settings, load(cascade_folder(tmp_path / "model")), case)
