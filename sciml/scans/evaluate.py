"""How well are findings told? Histograms of scores and counts of decisions, the metrics they make, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Evaluation
from sciml.core.ranking import BIN_EDGES, BINS, auroc, average_precision, histogram
from sciml.core.scores import Headline, Metric, Standing, Sums, quotient
from sciml.core.streams import draw
from sciml.core.wording import counted, n_of, told, verdict
from sciml.scans.answers import read_answer
from sciml.scans.ingest import labels_of
from sciml.scans.panels import PANELS, SUBJECT
from sciml.scans.settings import FINDINGS, Settings

__all__ = ["HEADLINE", "METRICS", "PANELS", "SUBJECT", "evaluate"]

# of (truth, decision)
KINDS = {(1, 1): "true positive", (0, 1): "false positive", (1, 0): "false negative", (0, 0): "true negative"}
OUTCOMES = ("true_positive", "false_positive", "false_negative", "true_negative")


def evaluate(settings: Settings, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    """Compare what each method says of an image with what is known of it; the unit is the patient.

    An image that is not gradable counts in the share of those, and in nothing else, whatever a method would say.
    """
    found = {method: read_answer(path) for method, path in answers.items()}
    graded = all(bool(answer["gradable"]) for answer in found.values())
    findings, truth = FINDINGS[settings.ingest.kind], labels_of(case.unit, settings.ingest.kind)
    site = str(case.unit.facts["site"])
    strata = ["all", *findings, f"site {site}"]
    return {
        method: Evaluation(
            _sums(case.group, answer.sel(finding=list(findings)), truth, graded, strata),
            _examples(case, answer, truth, site) if graded else [],
        )
        for method, answer in found.items()
    }


def _sums(patient: str, answer: xr.Dataset, truth: np.ndarray, graded: bool, strata: Sequence[str]) -> xr.Dataset:
    """Counts of one image.

    positives, negatives
        Images with and without a finding by score: (unit, stratum, finding, bin).
    true_positive, false_positive, false_negative, true_negative
        The same by decision; squared_error is that of the probabilities, known the number of them:
        (unit, stratum, finding).
    images, graded
        All images, and the gradable ones: (unit, stratum).
    """
    known = (truth >= 0) & graded
    one = np.zeros((len(OUTCOMES) + 2, len(truth)))
    bins = np.zeros((2, len(truth), BINS))
    decisions, scores, probability = (answer[name].values for name in ("decision", "score", "probability"))
    for place in np.flatnonzero(known):
        positive = truth[place] == 1
        bins[:, place] = histogram(scores[place : place + 1], np.array([positive]))
        kind = KINDS[int(positive), int(decisions[place] == 1)]
        one[OUTCOMES.index(kind.replace(" ", "_")), place] = 1
        one[-2:, place] = (probability[place] - positive) ** 2, 1
    findings = [str(name) for name in answer["finding"].values]
    # a stratum is of all findings (the whole, a site), or of one
    member = np.array([[stratum not in findings or stratum == name for name in findings] for stratum in strata], bool)
    counts = {
        name: (("unit", "stratum", "finding"), (member * values)[None])
        for name, values in zip((*OUTCOMES, "squared_error", "known"), one, strict=True)
    }
    histograms = {
        name: (("unit", "stratum", "finding", "bin"), (member[..., None] * values)[None])
        for name, values in zip(("positives", "negatives"), bins, strict=True)
    }
    asked = np.asarray((member & (truth >= 0)).any(axis=1), np.float64)
    images = {
        name: (("unit", "stratum"), (asked * share)[None]) for name, share in (("images", 1), ("graded", int(graded)))
    }
    where = {"unit": [patient], "stratum": list(strata), "finding": findings, "bin": BIN_EDGES}
    return xr.Dataset({**counts, **histograms, **images}, where)


def _examples(case: Case, answer: xr.Dataset, truth: np.ndarray, site: str) -> list[dict[str, Any]]:
    """A record for each known finding; `draw` follows from image and finding, so all methods show the same."""
    found = []
    for place, finding in enumerate(str(name) for name in answer["finding"].values):
        if truth[place] < 0:
            continue
        decision, score = int(answer["decision"].values[place] == 1), float(answer["score"].values[place])
        found.append(
            {
                "kind": KINDS[int(truth[place]), decision],
                "draw": draw(case.id, finding),
                "case": case.id,
                "unit": case.group,
                "site": site,
                "finding": finding,
                "score": score,
                "probability": round(float(answer["probability"].values[place]), 4),
                "truth": int(truth[place]),
                "decision": decision,
            }
        )
    return found


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the findings (the last axis) that have a value; NaN where none has."""
    there = np.isfinite(values)
    total, count = np.where(there, values, 0).sum(-1), there.sum(-1)
    return quotient(total, count)


def _auroc(sums: Sums) -> np.ndarray:
    return _mean(auroc(sums["positives"], sums["negatives"]))


def _average_precision(sums: Sums) -> np.ndarray:
    return _mean(average_precision(sums["positives"], sums["negatives"]))


def _sensitivity(sums: Sums) -> np.ndarray:
    return _mean(quotient(sums["true_positive"], sums["true_positive"] + sums["false_negative"]))


def _specificity(sums: Sums) -> np.ndarray:
    return _mean(quotient(sums["true_negative"], sums["true_negative"] + sums["false_positive"]))


def _brier(sums: Sums) -> np.ndarray:
    return _mean(quotient(sums["squared_error"], sums["known"]))


def _ungradable(sums: Sums) -> np.ndarray:
    return quotient(sums["images"] - sums["graded"], sums["images"])


_RANKS, _GRADED = ("positives", "negatives"), ("graded",)
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("auroc", "AUROC", "", "higher", _RANKS, _auroc, _GRADED),
        Metric(
            "sensitivity",
            "Sensitivity at the operating point",
            "",
            "higher",
            ("true_positive", "false_negative"),
            _sensitivity,
            ("true_positive", "false_negative"),
        ),
        Metric(
            "specificity",
            "Specificity at the operating point",
            "",
            "higher",
            ("true_negative", "false_positive"),
            _specificity,
            ("true_negative", "false_positive"),
        ),
        Metric("average_precision", "Average precision", "", "higher", _RANKS, _average_precision, _GRADED),
        Metric("brier", "Brier score", "", "lower", ("squared_error", "known"), _brier, _GRADED),
        # of no method, but of the images; n is the patients
        Metric("ungradable", "Not gradable", "", "lower", ("images", "graded"), _ungradable),
    )
}


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    return verdict(model, baseline, "No method was scored.", _reached, _value, _measured_on)


def _reached(standing: Standing) -> str:
    """The mean, and what it is the mean of."""
    findings = [name for known in FINDINGS.values() for name in known if (("auroc", name) in standing.estimates)]
    each = ", ".join(f"{name} {_value(standing, name)}" for name in findings)
    mean = f"a mean AUROC of {_value(standing)}"
    return f"{mean} ({each})" if each else mean


def _value(standing: Standing, stratum: str = "all") -> str:
    return told(standing.estimates.get(("auroc", stratum)))


def _measured_on(standing: Standing) -> str:
    patients = standing.estimates.get(("ungradable", "all"))
    share = None if patients is None else patients.value
    images, persons = (
        counted(n_of(standing, metric), noun) for metric, noun in (("auroc", "image"), ("ungradable", "patient"))
    )
    left_out = f"; {share:.1%} of the images were not gradable" if share else ""
    return f"Measured on {images} of {persons}{left_out}."


HEADLINE = Headline("auroc", "all", _sentence)
