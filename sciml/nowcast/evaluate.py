"""How good were the forecasts? Sums over the cells that all methods know, the scores they make, and every event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Evaluation
from sciml.core.scores import Headline, Standing
from sciml.core.streams import draw
from sciml.core.wording import counted, n_of, told, verdict
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.cases import truth_of
from sciml.nowcast.panels import PANELS, SUBJECT
from sciml.nowcast.settings import Settings
from sciml.nowcast.skill import metrics
from sciml.nowcast.verification import lead_minutes, verify

__all__ = ["HEADLINE", "METRICS", "PANELS", "SUBJECT", "evaluate"]

METRICS = metrics()
HEADLINE_MINUTES = (30, 60)
EXAMPLE_DIGITS = 6


def evaluate(settings: Settings, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    """Compare all methods' forecasts of one case with what the radar saw, on the cells that all of them know."""
    truth = truth_of(case)
    with ExitStack() as stack:
        forecasts = {method: stack.enter_context(open_forecast(path)) for method, path in answers.items()}
        found = verify(settings.evaluate, truth, forecasts, float(case.unit.facts["cell_km"]), case.id)
    return {
        method: Evaluation(sums.expand_dims(unit=[case.group]), [_example(case, lead_minutes(truth), sums)])
        for method, sums in found.items()
    }


def _example(case: Case, minutes: Sequence[int], sums: xr.Dataset) -> dict[str, Any]:
    """One forecast with every score at every lead, as lists in the order of `leads` (minutes).

    `draw` follows from the case alone, so that of many cases the same ones are shown for every method.
    """
    about = {
        "kind": "forecast",
        "draw": draw(case.id),
        "case": case.id,
        "unit": case.group,
        "time": str(case.place["time"]),
    }
    by_lead = sums.sel(stratum=[f"{minute} min" for minute in minutes])
    arrays = {str(name): by_lead[name].to_numpy()[None] for name in by_lead.data_vars}
    scores = {name: _plain(metric.of(arrays)[0]) for name, metric in METRICS.items()}
    return {**about, "leads": list(minutes), **scores}


def _plain(values: np.ndarray) -> list[float | None]:
    return [round(float(value), EXAMPLE_DIGITS) if np.isfinite(value) else None for value in values]


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    return verdict(model, baseline, "No forecast was scored.", _reached, _values, _measured_on)


def _strata(standing: Standing) -> list[str]:
    """Half an hour and an hour where they were forecast, else the last lead."""
    leads = [stratum for metric, stratum in standing.estimates if metric == HEADLINE.metric and stratum != "all"]
    wanted = [name for name in (f"{minute} min" for minute in HEADLINE_MINUTES) if name in leads]
    return wanted or sorted(leads, key=lambda name: int(name.split()[0]))[-1:]


def _reached(standing: Standing) -> str:
    """The first value with its unit, the others without."""
    said = [
        f"{_value(standing, stratum)}{' mm/h' if place == 0 else ''} at {stratum}"
        for place, stratum in enumerate(_strata(standing))
    ]
    return "a fair CRPS of " + " and ".join(said) if said else "no score, as no radar frame followed"


def _values(standing: Standing) -> str:
    strata = _strata(standing)
    return " and ".join(_value(standing, stratum) for stratum in strata) if strata else "none either"


def _value(standing: Standing, stratum: str) -> str:
    return told(standing.estimates.get((HEADLINE.metric, stratum)))


def _measured_on(standing: Standing) -> str:
    forecasts = counted(n_of(standing, HEADLINE.metric), "forecast")
    return f"Measured on {forecasts} of {counted(n_of(standing, 'common_share'), 'storm day')}."


HEADLINE = Headline("fair_crps", "all", _sentence)
