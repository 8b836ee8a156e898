"""How well does a finder rank lenses above what only looks like them? Histograms of scores, and what they tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Evaluation
from sciml.core.ranking import BIN_EDGES, LIMIT, histogram
from sciml.core.scores import Headline, Standing
from sciml.core.streams import draw
from sciml.core.wording import counted, n_of, told, verdict
from sciml.lenses.candidates import read_candidates
from sciml.lenses.catalogs import read_catalog
from sciml.lenses.ingest import CATALOG
from sciml.lenses.panels import PANELS, SUBJECT
from sciml.lenses.ranking_scores import metrics
from sciml.lenses.settings import Settings
from sciml.lenses.strata import ALL, Truth, strata, truth_of

__all__ = ["HEADLINE", "METRICS", "PANELS", "SUBJECT", "evaluate"]

METRICS = metrics()


def evaluate(settings: Settings, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    """Hold each method's ranking of a tile's objects against the truth of its catalogue.

    Every object of the catalogue counts for every method: one that a method could not score has the lowest score.
    """
    truth = truth_of(read_catalog(case.unit.files[CATALOG].path))
    found = {}
    for method, path in answers.items():
        score = scores_of(path, truth)
        found[method] = Evaluation(statistics(case.group, truth, score), list(_examples(case, truth, score)))
    return found


def scores_of(path: Path, truth: Truth) -> np.ndarray:
    """Score of each object of the truth, (object), the lowest where the answer has none."""
    table = read_candidates(path)
    said = dict(zip(map(str, table["id"]), np.asarray(table["score"], np.float64), strict=True))
    score = np.array([said.get(name, np.nan) for name in truth.id])
    return np.where(np.isnan(score), -LIMIT, score)


def statistics(unit: str, truth: Truth, score: np.ndarray) -> xr.Dataset:
    """Histograms of the scores of lenses and of others, (unit, stratum, bin), and how many there are of each."""
    names, positives, negatives = [], [], []
    for name, held in strata(truth):
        sought, others = histogram(score[held], truth.lens[held])
        names.append(name)
        positives.append(sought)
        negatives.append(others)
    bins = ("unit", "stratum", "bin")
    arrays = {"positives": np.array(positives)[None], "negatives": np.array(negatives)[None]}
    counts = {"lenses": arrays["positives"].sum(axis=-1), "others": arrays["negatives"].sum(axis=-1)}
    coordinates = {"unit": [unit], "stratum": names, "bin": BIN_EDGES}
    variables = {name: (bins[: array.ndim], array) for name, array in {**arrays, **counts}.items()}
    return xr.Dataset(variables, coordinates)


def _examples(case: Case, truth: Truth, score: np.ndarray) -> Iterator[dict[str, Any]]:
    """Every object as a searcher meets it who looks at as many of a tile as there are lenses in it.

    So no method needs a threshold. `draw` follows from case and object alone: the same objects for every method.
    """
    order = np.argsort(-score, kind="stable")
    looked = np.zeros(len(score), bool)
    looked[order[: truth.lens.sum()]] = True
    place = np.empty(len(score), int)
    place[order] = np.arange(1, len(score) + 1)
    words = {(True, True): "lens found", (True, False): "lens missed", (False, True): "false alarm"}
    for row, name in enumerate(truth.id):
        lens = bool(truth.lens[row])
        yield {
            "kind": words.get((lens, bool(looked[row])), "other"),
            "draw": draw(case.id, str(name)),
            "case": case.id,
            "unit": case.unit.id,
            "object": str(name),
            "row": row,
            "score": round(float(score[row]), 4),
            "rank": int(place[row]),
            "of": len(score),
            "truth": int(lens),
            "truth_kind": str(truth.kind[row]),
            "theta_e": _plain(truth.theta_e[row]),
            "arc_snr": _plain(truth.arc_snr[row]),
        }


def _plain(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    return verdict(model, baseline, "No finder was scored.", _reached, _reached, _measured_on)


def _reached(standing: Standing) -> str:
    """AUROC, and how many lenses are found while one of a hundred others comes along."""
    said = f"an AUROC of {told(standing.estimates.get(('auroc', ALL)))}"
    strict = standing.estimates.get(("tpr_at_1_percent", ALL))
    if strict is None or strict.value is None:
        return said
    return f"{said} and finds {told(strict)} of the lenses at 1 % false alarms"


def _measured_on(standing: Standing) -> str:
    lenses, others = n_of(standing, "auroc", ALL), n_of(standing, "tpr_before_tenth", ALL)
    return f"Measured on {counted(lenses, 'lens', 'lenses')} and {counted(others, 'other galaxy', 'other galaxies')}."


HEADLINE = Headline("auroc", ALL, _sentence)
