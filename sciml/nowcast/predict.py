"""From a case to an ensemble in a CF file: the nowcaster on its context."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.nowcast.answers import forecast_dataset, write_forecast
from sciml.nowcast.cases import context_of
from sciml.nowcast.classical import request_for
from sciml.nowcast.forecasting import SHIPPED, check_model, ensemble_of
from sciml.nowcast.settings import Settings

if TYPE_CHECKING:  # baselines write through this room too, and should not pay for torch
    from sciml.nowcast.nowcaster import Nowcaster

__all__ = ["SHIPPED", "SUFFIX", "collect", "export", "load", "predict"]

SUFFIX = ".nc"


def load(folder: Path) -> Nowcaster:
    """The nowcaster in a model folder."""
    from sciml.nowcast.nowcaster import load_nowcaster

    return load_nowcaster(folder)


def predict(settings: Settings, model: Nowcaster, case: Case) -> xr.Dataset:
    """The ensemble for one case, on its window: rain_rate (member, lead_time, y, x)."""
    context = context_of(case)
    request = request_for(settings.predict, case, context)
    check_model(model.record, case.unit.id, request)
    fields, attrs = ensemble_of(model, context["rain_rate"].values, request, threads=1)
    return forecast_dataset(np.stack(list(fields)), context, attrs)


def export(answer: xr.Dataset, out: Path) -> None:
    """Write a forecast as CF NetCDF."""
    write_forecast(answer, out)


def collect(answers: Sequence[tuple[Case, Path]], out: Path) -> None:
    """One file for each issue time of each series."""
    for case, path in answers:
        shutil.copyfile(path, out / f"{case.id}{SUFFIX}")
