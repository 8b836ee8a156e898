"""How good were the forecasts? Sums over the cells that all methods know, the scores they make, and every event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Evaluation
from sciml.core.scores import Headline, Standing
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
    draw = int.from_bytes(hashlib.sha256(case.id.encode()).digest()[:6], "big") / 2**48
    about = {"kind": "forecast", "draw": draw, "case": case.id, "unit": case.group, "time": str(case.place["time"])}
    by_lead = sums.sel(stratum=[f"{minute} min" for minute in minutes])
    arrays = {str(name): by_lead[name].to_numpy()[None] for name in by_lead.data_vars}
    scores = {name: _plain(metric.of(arrays)[0]) for name, metric in METRICS.items()}
    return {**about, "leads": list(minutes), **scores}


def _plain(values: np.ndarray) -> list[float | None]:
    return [round(float(value), EXAMPLE_DIGITS) if np.isfinite(value) else None for value in values]


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    first = model or baseline
    if first is None:
        return "No forecast was scored."
    strata = _strata(first)
    if model is None or baseline is None:
        other = "no baseline" if baseline is None else "no model"
        return f"{_name(first)} reaches {_reached(first, strata)}; {other} was scored beside it. {_measured_on(first)}"
    return (
        f"{_name(model)} reaches {_reached(model, strata)}; the best baseline, {baseline.method}, "
        f"reaches {_values(baseline, strata)}. {_measured_on(model)}"
    )


def _strata(standing: Standing) -> list[str]:
    """Half an hour and an hour where they were forecast, else the last lead."""
    leads = [stratum for metric, stratum in standing.estimates if metric == HEADLINE.metric and stratum != "all"]
    wanted = [name for name in (f"{minute} min" for minute in HEADLINE_MINUTES) if name in leads]
    return wanted or sorted(leads, key=lambda name: int(name.split()[0]))[-1:]


def _reached(standing: Standing, strata: Sequence[str]) -> str:
    """The first value with its unit, the others without."""
    values = [_value(standing, stratum) for stratum in strata]
    said = [
        f"{value}{' mm/h' if place == 0 else ''} at {stratum}"
        for place, (value, stratum) in enumerate(zip(values, strata, strict=True))
    ]
    return "a fair CRPS of " + " and ".join(said) if said else "no score, as no radar frame followed"


def _values(standing: Standing, strata: Sequence[str]) -> str:
    return " and ".join(_value(standing, stratum) for stratum in strata) if strata else "none either"


def _value(standing: Standing, stratum: str) -> str:
    found = standing.estimates.get((HEADLINE.metric, stratum))
    if found is None or found.value is None:
        return "no value"
    interval = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{found.value:.3f}{interval}"


def _measured_on(standing: Standing) -> str:
    forecasts, days = (standing.estimates.get((metric, "all")) for metric in (HEADLINE.metric, "common_share"))
    counts = (0 if found is None else found.n for found in (forecasts, days))
    said = (_plural(count, noun) for count, noun in zip(counts, ("forecast", "storm day"), strict=True))
    return "Measured on {} of {}.".format(*said)


def _name(standing: Standing) -> str:
    if standing.method in ("shipped", "trained", "given"):
        return f"The {standing.method} model" + (" (a demonstration)" if standing.demonstration else "")
    return standing.method


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


HEADLINE = Headline("fair_crps", "all", _sentence)
