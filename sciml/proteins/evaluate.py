"""How many contacts were right, and how near is the fold? Sums over families, and the scores that they make."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Evaluation
from sciml.core.netcdf import read_netcdf
from sciml.core.scores import Headline, Metric, Standing, Sums, quotient
from sciml.core.streams import draw
from sciml.core.wording import counted, in_percent, n_of, named
from sciml.proteins.ingest import structure_of
from sciml.proteins.panels import PANELS, SUBJECT
from sciml.proteins.scoring import PARTS, density, precision
from sciml.proteins.settings import ProteinsEvaluateSettings, Settings
from sciml.proteins.similarity import distances, similarity
from sciml.proteins.structures import Structure

__all__ = ["HEADLINE", "METRICS", "PANELS", "SUBJECT", "evaluate"]

DEPTHS, LENGTHS = (100, 500, 1500), (100, 200)
PRECISIONS = tuple("precision_top_l" if part == 1 else f"precision_top_l{part}" for part in PARTS)
FOLDS = ("tm_score", "gdt_ts", "lddt")
BLIND = "contact_density"
DIGITS = 6


def evaluate(settings: Settings, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    """Compare all methods' contacts, and where there is one their fold, with the structure of one family."""
    told = {method: read_netcdf(path) for method, path in answers.items()}
    first = told[min(told)]
    native = structure_of(case.unit)
    # all methods in the same strata, whatever rows each has drawn
    strata = strata_of(len(native.sequence), float(first.attrs["neff"]))
    return {
        method: _evaluation(case, strata, answer, _measured(answer, native, settings.evaluate))
        for method, answer in told.items()
    }


def strata_of(length: int, neff: float) -> tuple[str, ...]:
    """All, and how deep the alignment and how long the chain is."""
    return "all", _between("Neff", neff, DEPTHS), _between("length", length, LENGTHS)


def _between(what: str, value: float, edges: tuple[int, ...]) -> str:
    place = int(np.searchsorted(edges, value, side="right"))
    if place == 0:
        return f"{what} below {edges[0]}"
    return f"{what} {edges[-1]} or more" if place == len(edges) else f"{what} {edges[place - 1]}-{edges[place]}"


def _measured(answer: xr.Dataset, native: Structure, settings: ProteinsEvaluateSettings) -> dict[str, float]:
    """Every score of one answer, NaN where it has none."""
    between = distances(native.cb)
    found = precision(answer["contact"].values, between, settings)
    scores = {**dict(zip(PRECISIONS, found, strict=True)), BLIND: density(between, settings)}
    if "ca" in answer:
        alike = similarity(answer["ca"].values, native.ca)
        scores |= {"tm_score": alike.tm, "gdt_ts": alike.gdt_ts, "lddt": alike.lddt}
    return {name: scores.get(name, float("nan")) for name in (*PRECISIONS, BLIND, *FOLDS)}


def _evaluation(case: Case, strata: tuple[str, ...], answer: xr.Dataset, scores: Mapping[str, float]) -> Evaluation:
    """A sum of each score and how many families have it: so that a metric is a mean over families."""
    known = {name: np.isfinite(score) for name, score in scores.items()}
    values = {
        "ranked": float(known[PRECISIONS[0]]),
        "folded": float(known[FOLDS[0]]),
        "right_fold": float(scores["tm_score"] > 0.5),
        **{name: score if known[name] else 0.0 for name, score in scores.items()},
    }
    where = {"unit": [case.group], "stratum": list(strata)}
    statistics = {name: (("unit", "stratum"), np.full((1, len(strata)), value)) for name, value in values.items()}
    return Evaluation(xr.Dataset(statistics, where), [_example(case, answer, scores)])


def _example(case: Case, answer: xr.Dataset, scores: Mapping[str, float]) -> dict[str, Any]:
    """One family with all its scores; `draw` follows from the case alone, so that all methods show the same ones."""
    about = {"kind": "family", "draw": draw(case.id), "case": case.id, "unit": case.group}
    facts = {
        "length": len(str(answer.attrs["sequence"])),
        "rows": int(answer.attrs["rows"]),
        "neff": round(float(answer.attrs["neff"]), 1),
        "confidence": _plain(float(answer["confidence"].mean())) if "confidence" in answer else None,
    }
    return {**about, **facts, **{name: _plain(score) for name, score in scores.items()}}


def _plain(value: float) -> float | None:
    return round(value, DIGITS) if np.isfinite(value) else None


def _mean(name: str, families: str, title: str) -> Metric:
    def of(sums: Sums) -> np.ndarray:
        return quotient(sums[name], sums[families])

    return Metric(name, title, "", "higher", (name, families), of, (families,))


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(
            _mean(name, "ranked", f"Long-range precision, top {'L' if part == 1 else f'L/{part}'}")
            for name, part in zip(PRECISIONS, PARTS, strict=True)
        ),
        # of no method, but of the folds: what a method must leave behind to have learnt anything
        _mean(BLIND, "ranked", "Long-range precision of a blind guess"),
        _mean("tm_score", "folded", "TM-score"),
        _mean("gdt_ts", "folded", "GDT_TS"),
        _mean("lddt", "folded", "lDDT of C-alpha atoms"),
        _mean("right_fold", "folded", "Share of folds with TM-score above 0.5"),
    )
}


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    first = model or baseline
    if first is None:
        return "No family was scored."
    reached = f"Of the L likeliest long-range contacts of {named(first, 'the')}, {_precision(first)} are right"
    if model is None or baseline is None:
        other = "no baseline" if baseline is None else "no model"
        return f"{reached}; {other} was scored beside it. {_measured_on(first)}"
    return f"{reached}; of the best baseline's, {baseline.method}, {_precision(baseline)}. {_measured_on(model)}"


def _precision(standing: Standing) -> str:
    return in_percent(standing.estimates.get((HEADLINE.metric, HEADLINE.stratum)))


def _measured_on(standing: Standing) -> str:
    tm = standing.estimates.get(("tm_score", "all"))
    said = f"Measured on {counted(n_of(standing, HEADLINE.metric), 'family', 'families')}"
    return f"{said}; its folds reach a TM-score of {tm.value:.2f}." if tm is not None and tm.value else f"{said}."


HEADLINE = Headline("precision_top_l", "all", _sentence)
