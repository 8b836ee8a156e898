"""How sure is a metric? Paired bootstrap over units.

The units are drawn with replacement, the same draws for every method, so that what the units share cancels in a
difference (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import xarray as xr

from sciml.core.settings import EvaluateSettings

Sums: TypeAlias = Mapping[str, np.ndarray]
# weights, or sums of one variable, in memory at a time: 300,000 units (a genome in blocks of 10 kb) and histograms of
# many findings are drawn in several goes
MAX_NUMBERS = 5_000_000


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


def quotient(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part` over `whole`, NaN where the whole is not positive: what most metrics make of two sums."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


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
    draws: dict[tuple[str, str], list[np.ndarray]] = {(method, name): [] for method in aligned for name in metrics}
    for weights in _weights(list(arrays.values()), settings):
        for method in aligned:
            for name, values in _drawn(weights, method, arrays, metrics):
                draws[method, name].append(values)
    return {
        (method, metric.name): _measured(
            metric, {each: arrays[method, each] for each in needed}, np.concatenate(draws[method, name])
        )
        for method in aligned
        for name, metric in metrics.items()
    }


def _drawn(
    weights: np.ndarray, method: str, arrays: Mapping[tuple[str, str], np.ndarray], metrics: Mapping[str, Metric]
) -> Iterator[tuple[str, np.ndarray]]:
    """Each metric of one method in these draws: (draw, stratum)."""
    needed = sorted({name for metric in metrics.values() for name in metric.needs})
    sums = {name: np.tensordot(weights, arrays[method, name], axes=1) for name in needed}
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, metric in metrics.items():
            yield name, metric.of({each: sums[each] for each in metric.needs})


def _weights(arrays: Sequence[np.ndarray], settings: EvaluateSettings) -> Iterator[np.ndarray]:
    """How often each unit is drawn, (draw, unit), in pieces of bounded size; the arrays are (unit, ...)."""
    units = len(arrays[0]) if arrays else 0
    if units == 0:
        return
    rng = np.random.default_rng(settings.seed)
    at_a_time = max(1, MAX_NUMBERS // max(units, *(array[0].size for array in arrays)))
    for first in range(0, settings.bootstrap, at_a_time):
        draws = min(at_a_time, settings.bootstrap - first)
        yield rng.multinomial(units, np.full(units, 1 / units), size=draws).astype(np.float64)


def _measured(metric: Metric, arrays: Sums, draws: np.ndarray) -> Measured:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = metric.of({name: arrays[name].sum(axis=0, keepdims=True) for name in metric.needs})[0]
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
