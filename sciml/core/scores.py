"""How good is each method, how sure is that, and how does a model compare with the classical ones?

Statistics add up over units, and a metric is a function of their sums: so evaluation scatters, and no ratio is ever
averaged. Intervals come from a paired bootstrap over the units (`sciml.core.bootstrap`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.bootstrap import Measured, Metric, Sums, interval, measure, quotient
from sciml.core.settings import EvaluateSettings

__all__ = ["Estimate", "Headline", "Metric", "Standing", "Sums", "quotient", "score"]

MODELS = ("shipped", "trained", "given")
DIGITS = 10


@dataclass(frozen=True)
class Estimate:
    """A value with its interval (None without one) and what it was measured on."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Standing:
    """One method in the verdict: its name, and its estimates by (metric, stratum)."""

    method: str
    demonstration: bool
    estimates: Mapping[tuple[str, str], Estimate]


@dataclass(frozen=True)
class Headline:
    """The one score that stands for a run, and the sentence that tells it.

    `sentence` gets the model and the baseline that the verdict is about; either may be missing.
    """

    metric: str
    stratum: str
    sentence: Callable[[Standing | None, Standing | None], str]


def score(
    statistics: Mapping[str, xr.Dataset],
    metrics: Mapping[str, Metric],
    headline: Headline,
    settings: EvaluateSettings,
    methods: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Table, differences, sums and verdict, as plain JSON values.

    Parameters
    ----------
    statistics
        For each method that answered, additive variables of (unit, stratum) or (unit, stratum, bin). A unit that a
        method lacks counts as zeros.
    methods
        What is known of every method, at least its `kind`: model or baseline. None: shipped, trained and given are
        models.
    """
    described = methods or {name: {"kind": "model" if name in MODELS else "baseline"} for name in statistics}
    aligned = _aligned(statistics)
    measured = measure(aligned, metrics, settings)
    strata = [str(name) for name in next(iter(aligned.values())).stratum.values] if aligned else []
    table = list(_table(measured, strata, settings))
    differences = list(_differences(measured, strata, described, settings))
    chosen = [_chosen(kind, headline, metrics, table, described) for kind in ("model", "baseline")]
    return {
        "methods": {name: dict(facts) for name, facts in described.items()},
        "metrics": {m.name: {"title": m.title, "unit": m.unit, "better": m.better} for m in metrics.values()},
        "table": table,
        "differences": differences,
        "sums": {method: _sums(dataset) for method, dataset in aligned.items()},
        "headline": {
            "metric": headline.metric,
            "stratum": headline.stratum,
            "model": chosen[0].method if chosen[0] else None,
            "baseline": chosen[1].method if chosen[1] else None,
        },
        "verdict": headline.sentence(*chosen),
    }


def _aligned(statistics: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """All methods on the same units and strata."""
    units = sorted({str(unit) for dataset in statistics.values() for unit in dataset.unit.values})
    strata = list(dict.fromkeys(str(name) for dataset in statistics.values() for name in dataset.stratum.values))
    return {method: dataset.reindex(unit=units, stratum=strata, fill_value=0) for method, dataset in statistics.items()}


def _table(
    measured: Mapping[tuple[str, str], Measured], strata: Sequence[str], settings: EvaluateSettings
) -> Iterator[dict[str, Any]]:
    for (method, metric), found in measured.items():
        low, high = interval(found.draws, found.units, settings)
        for place, stratum in enumerate(strata):
            if found.units[place]:
                yield {
                    "method": method,
                    "stratum": stratum,
                    "metric": metric,
                    "value": _plain(found.value[place]),
                    "low": _plain(low[place]),
                    "high": _plain(high[place]),
                    "n": round(float(found.n[place])),
                }


def _differences(
    measured: Mapping[tuple[str, str], Measured],
    strata: Sequence[str],
    described: Mapping[str, Mapping[str, Any]],
    settings: EvaluateSettings,
) -> Iterator[dict[str, Any]]:
    for (method, metric), mine in measured.items():
        for (other, its), theirs in measured.items():
            if its != metric or described[method]["kind"] != "model" or described[other]["kind"] != "baseline":
                continue
            low, high = interval(mine.draws - theirs.draws, np.maximum(mine.units, theirs.units), settings)
            for place, stratum in enumerate(strata):
                if mine.units[place] or theirs.units[place]:
                    yield {
                        "method": method,
                        "baseline": other,
                        "stratum": stratum,
                        "metric": metric,
                        "difference": _plain(mine.value[place] - theirs.value[place]),
                        "low": _plain(low[place]),
                        "high": _plain(high[place]),
                    }


def _chosen(
    kind: str,
    headline: Headline,
    metrics: Mapping[str, Metric],
    table: Sequence[Mapping[str, Any]],
    described: Mapping[str, Mapping[str, Any]],
) -> Standing | None:
    """Of the baselines the best; of the models the first that is no demonstration, not the luckiest in this test."""
    values = {
        row["method"]: row["value"]
        for row in table
        if (row["metric"], row["stratum"]) == (headline.metric, headline.stratum) and row["value"] is not None
    }
    names = [name for name in (*MODELS, *described) if name in values and described[name]["kind"] == kind]
    if not names:
        return None
    if kind == "model":
        name = min(names, key=lambda each: bool(described[each].get("demonstration")))
    else:
        sign = 1 if metrics[headline.metric].better == "higher" else -1
        name = max(names, key=lambda each: sign * values[each])
    estimates = {
        (row["metric"], row["stratum"]): Estimate(row["value"], row["low"], row["high"], row["n"])
        for row in table
        if row["method"] == name
    }
    return Standing(name, bool(described[name].get("demonstration")), estimates)


def _sums(dataset: xr.Dataset) -> dict[str, Any]:
    """Every variable added up over the units; `bins` are the lower edges of a histogram's other dimension."""
    return {
        str(name): {
            "dims": [str(dim) for dim in total.dims],
            "strata": [str(stratum) for stratum in dataset.stratum.values],
            "bins": {str(dim): total[dim].to_numpy().tolist() for dim in total.dims if dim != "stratum"},
            "values": _plain_all(total.to_numpy().astype(np.float64).tolist()),
        }
        for name, total in sorted(dataset.sum("unit").items(), key=lambda item: str(item[0]))
    }


def _plain_all(values: Any) -> Any:
    return [_plain_all(value) for value in values] if isinstance(values, list) else _plain(values)


def _plain(value: float) -> float | int | None:
    """A JSON number: whole where it is whole, ten significant digits, null for NaN and infinity."""
    if not np.isfinite(value):
        return None
    rounded = float(f"{float(value):.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
