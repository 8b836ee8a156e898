"""How sure is a metric? Paired bootstrap over units.

The units are drawn with replacement, the same draws for every method, so that what the units share cancels in a
difference (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import xarray as xr

from sciml.core.settings import EvaluateSettings

Sums: TypeAlias = Mapping[str, np.ndarray]
# weights in memory at a time; 300,000 units (a genome in blocks of 10 kb) are drawn in several goes
MAX_WEIGHTS = 5_000_000


@dataclass(frozen=True)
class Metric:
    """A number made of sums.

    `of` takes the sums of the variables that it `needs`, each (draw, stratum, ...), and returns (draw, stratum), NaN
    where there is no answer. `counted` are the variables that add up to n, what the metric was measured on; with none,
    n is the number of units that hold something. Only a metric whose best lies at an end, higher or lower, may be the
    headline.
    """

    name: str
    title: str
    unit: str
    better: Literal["higher", "lower", "nearer 0", "nearer 1"]
    needs: tuple[str, ...]
    of: Callable[[Sums], np.ndarray]
    counted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """One metric of one method: the value of each stratum, of each draw (draw, stratum), n and units by stratum."""

    value: np.ndarray
    draws: np.ndarray
    n: np.ndarray
    units: np.ndarray


def measure(
    aligned: Mapping[str, xr.Dataset], metrics: Mapping[str, Metric], settings: EvaluateSettings
) -> dict[tuple[str, str], Measured]:
    """Every metric of every method, by (method, metric); the methods have the same units and strata."""
    needed = sorted({name for metric in metrics.values() for name in (*metric.needs, *metric.counted)})
    arrays = {
        (method, name): dataset[name].transpose("unit", "stratum", ...).to_numpy().astype(np.float64)
        for method, dataset in aligned.items()
        for name in needed
    }
    parts: dict[tuple[str, str], list[np.ndarray]] = {key: [] for key in arrays}
    units = len(next(iter(arrays.values()))) if arrays else 0
    for weights in _weights(units, settings):
        for key, array in arrays.items():
            parts[key].append(np.tensordot(weights, array, axes=1))
    drawn = {key: np.concatenate(some) for key, some in parts.items() if some}
    return {
        (method, metric.name): _measured(
            metric,
            {name: arrays[method, name] for name in needed},
            {name: drawn[method, name] for name in metric.needs},
        )
        for method in aligned
        for metric in metrics.values()
    }


def _weights(units: int, settings: EvaluateSettings) -> Iterator[np.ndarray]:
    """How often each unit is drawn, (draw, unit), in pieces of bounded size."""
    if units == 0:
        return
    rng = np.random.default_rng(settings.seed)
    at_a_time = max(1, MAX_WEIGHTS // units)
    for first in range(0, settings.bootstrap, at_a_time):
        draws = min(at_a_time, settings.bootstrap - first)
        yield rng.multinomial(units, np.full(units, 1 / units), size=draws).astype(np.float64)


def _measured(metric: Metric, arrays: Sums, drawn: Sums) -> Measured:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = metric.of({name: arrays[name].sum(axis=0, keepdims=True) for name in metric.needs})[0]
        draws = metric.of(drawn)
    filled = [_any_bin(arrays[name]) for name in metric.needs]
    units = np.logical_or.reduce(filled).sum(axis=0)
    counted = [arrays[name].reshape(*arrays[name].shape[:2], -1).sum(axis=(0, 2)) for name in metric.counted]
    return Measured(value, draws, np.sum(counted, axis=0) if counted else units, units)


def _any_bin(array: np.ndarray) -> np.ndarray:
    return np.asarray(np.any(array.reshape(*array.shape[:2], -1) != 0, axis=2))


def interval(draws: np.ndarray, units: np.ndarray, settings: EvaluateSettings) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles over the draws in which the metric has a value; NaN where too few units hold something."""
    outside = (1 - settings.confidence) / 2
    bounds = np.full((2, draws.shape[1]), np.nan)
    for place in range(draws.shape[1]):
        values = draws[:, place]
        values = values[np.isfinite(values)]
        if units[place] >= settings.min_units and len(values):
            bounds[:, place] = np.quantile(values, (outside, 1 - outside))
    return bounds[0], bounds[1]
