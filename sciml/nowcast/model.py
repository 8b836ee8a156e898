"""Which network learns to forecast, and what goes with its weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable
from sciml.core.weights import ModelRecord
from sciml.nowcast.network import CONTEXT
from sciml.nowcast.settings import Settings

ARRAYS = ("rain", "motion")
NOTE = (
    "Inputs are rain rates in mm/h on cells of about 1 km, cells that were not observed left as NaN; rates above "
    "128 mm/h are taken as 128. Clutter, bright band and attenuation must have been dealt with before. Where storms "
    "are simulated: how wet, grainy, fast and lasting they may be was fitted by hand to the range over four real days "
    "(MeteoSwiss 2015-05-15 and 2017-01-31, FMI 2016-09-28, KNMI 2010-08-26), on which forecasts are also scored here."
)


def module(settings: Settings, manifest: Mapping[str, Any]) -> Trainable:
    """The network with its loss, ready to train."""
    leads = _leads(manifest)
    if settings.model.family == "dgmr":
        from sciml.nowcast.dgmr_training import dgmr_module

        return dgmr_module(settings, leads)
    from sciml.nowcast.cascade import Cascade

    return Cascade(settings, leads)


def record(settings: Settings, manifest: Mapping[str, Any]) -> ModelRecord:
    """What forecasting needs to know beside the weights."""
    return ModelRecord(
        domain="nowcast",
        task="ensemble of rain rates on a radar grid, from four frames",
        channels=tuple(f"rain rate, frame {age} steps before the last, mm/h" for age in range(CONTEXT - 1, -1, -1)),
        classes=("rain rate, mm/h",),
        settings={
            "model": settings.model.model_dump(mode="json"),
            "step_minutes": settings.prepare.step_minutes,
            "leads": _leads(manifest),
        },
        data={"cell_km": 1.0, "note": NOTE},
    )


def calibrate(settings: Settings, module: Trainable, batches: Iterable[Batch]) -> Calibrated:
    """Nothing: the score that members are trained by is calibration and sharpness at once."""
    return Calibrated()


def _leads(manifest: Mapping[str, Any]) -> int:
    return int(manifest["sizes"]["time"]) - CONTEXT
