"""What the sums behind the scores say: precision over recall, calibration of GQ, where the errors lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sciml.core.report.figures import Mark, Series, lines, reliability
from sciml.core.report.panels import Cell, Column, Figure, Panel, RunView, Table, nothing
from sciml.core.report.score_tables import estimate, method_label, method_looks, methods_in_order
from sciml.variants.strata import STRATA, TYPES

NO_SCORES = "No test case with a truth was scored in this run."
MAX_PHRED = 50.0
LEAST_OF_A_BIN = 20


def total(scores: Mapping[str, Any], method: str, variable: str, stratum: str) -> np.ndarray:
    """A sum of scores.json in one stratum: a number, or (bin) for a histogram."""
    record = scores["sums"][method][variable]
    return np.asarray(record["values"][record["strata"].index(stratum)], np.float64)


def precision_recall_panel(view: RunView) -> Panel:
    """Precision over recall as the least QUAL is raised, SNPs and indels apart."""
    if view.scores is None:
        return nothing("curves", "Precision and recall over QUAL", NO_SCORES)
    figures = tuple(_precision_recall(view.scores, kind) for kind in TYPES)
    return Panel(
        "curves",
        "Precision and recall over QUAL",
        figures,
        "Left to right: the least QUAL falls, and more calls count. The large marker is where the caller is scored.",
        "Nearer the upper right corner is better. A line that holds precision while recall grows can rank its own "
        "calls: raising the least QUAL buys precision.",
        "A line that falls at once (its most confident calls are wrong), or a marker far from its line's bend.",
    )


def calibration_panel(view: RunView) -> Panel:
    """Does GQ mean what it says?"""
    if view.scores is None:
        return nothing("curves", "Calibration of GQ", NO_SCORES)
    looks, series = method_looks(view.scores), []
    for method in _done(view.scores):
        right, promised, count = _joined(
            *(total(view.scores, method, name, "all") for name in ("gq_right", "gq_expected", "gq_total"))
        )
        if len(count):
            wrong, n = count - right, count
            said = _phred((count - promised) / n)
            # half a count more of each, so that a bin without an error is not beyond every scale
            low, high = _wilson(wrong, n)
            series.append(
                Series(
                    method_label(view.scores, method),
                    said.tolist(),
                    _phred((wrong + 0.5) / (n + 1)).tolist(),
                    _phred(high).tolist(),
                    _phred(low).tolist(),
                    looks[method],
                    markers=True,
                )
            )
    if not series:
        return nothing("curves", "Calibration of GQ", "No caller gave a GQ.")
    sentence = "Measured quality of genotypes over the quality that the caller gave them, in phred."
    return Panel(
        "curves",
        "Calibration of GQ",
        (reliability("gq_calibration", series, "GQ as given (phred)", "GQ as measured (phred)", sentence, MAX_PHRED),),
        f"Genotypes in bins of 5, joined until each holds {LEAST_OF_A_BIN}; the bands are 95 % Wilson intervals.",
        "On the dotted line a GQ of 20 is wrong once in a hundred. Above it the caller is too modest, below it too "
        "sure. A bin with few calls cannot show more than their number allows: 100 calls without an error measure "
        "as 23.",
        "A line well below the dotted one where GQ is high: filters on GQ would then let errors pass.",
    )


def counts_panel(view: RunView) -> Panel:
    """The table in hap.py's shape."""
    if view.scores is None:
        return nothing("scores", "Counts", NO_SCORES)
    rows: list[tuple[Cell, ...]] = []
    for kind in TYPES:
        for method in _done(view.scores):
            rows.append((kind, method_label(view.scores, method), *_counts(view.scores, method, kind)))
    names = ("Type", "Caller", "Truth", "Truth TP", "Truth FN", "Query", "Query FP", "FP.gt", "FP.al")
    columns = (*map(Column, names), Column("Recall"), Column("Precision"), Column("F1"))
    return Panel(
        "scores",
        "Counts of alleles",
        (Table("counts", columns, tuple(rows)),),
        "In the shape of hap.py, which counts records; here each allele counts once.",
        "Truth TP and FN add up to the truth's alleles in the confident regions. FP.gt are false positives with the "
        "right allele and the wrong genotype, FP.al those near a missed allele; both are part of Query FP.",
        "FP.gt as large as FP: the caller finds the site and errs on the genotype.",
    )


def errors_by_stratum_panel(view: RunView) -> Panel:
    """How many alleles each caller missed or invented in each part of the genome."""
    if view.scores is None:
        return nothing("errors", "Where the errors lie", NO_SCORES)
    scores, methods = view.scores, _done(view.scores)
    rows: list[tuple[Cell, ...]] = []
    for stratum in STRATA:
        counts = [(_number(scores, m, "fn", stratum), _number(scores, m, "fp", stratum)) for m in methods]
        truth = max(
            (_number(scores, m, "tp_truth", stratum) + fn for m, (fn, _) in zip(methods, counts, strict=True)),
            default=0,
        )
        if truth or any(fp for _, fp in counts):
            rows.append((stratum, truth, *(f"{fn} missed, {fp} false" for fn, fp in counts)))
    columns = (Column("Stratum"), Column("Truth"), *(Column(method_label(scores, method)) for method in methods))
    return Panel(
        "errors",
        "Where the errors lie",
        (Table("errors_by_stratum", columns, tuple(rows)),),
        "Alleles missed and alleles called that are not there, for each caller.",
        "Strata overlap: an insertion in a homopolymer counts in both. Look for rows where the model errs and the "
        "classical caller does not.",
        "One row that holds most errors of the model: it has not learnt that part.",
    )


def _precision_recall(scores: Mapping[str, Any], kind: str) -> Figure:
    looks, series, marks = method_looks(scores), [], []
    for method in _done(scores):
        right, wrong = (total(scores, method, name, kind) for name in ("tp_by_qual", "fp_by_qual"))
        truth = float(total(scores, method, "tp_truth", kind) + total(scores, method, "fn", kind))
        # from the highest QUAL down: calls of at least the lower edge of each bin
        found, false = np.cumsum(right[::-1]), np.cumsum(wrong[::-1])
        called = found + false
        if truth and called.any():
            recall = np.minimum(1.0, found / truth)[called > 0]
            precision = (found / np.maximum(called, 1))[called > 0]
            name = method_label(scores, method)
            series.append(Series(name, recall.tolist(), precision.tolist(), look=looks[method]))
            where = [estimate(scores, method, kind, metric) for metric in ("recall", "precision")]
            if all(found_ is not None and found_[0].value is not None for found_ in where):
                x, y = (found_[0].value or 0.0 for found_ in where if found_ is not None)
                marks.append(Mark(f"{name} as scored", x, y, looks[method]))
    # where the callers stand is what matters: a line's way there from the left is cut
    least_recall = min((mark.x for mark in marks), default=0.0)
    lowest = min((mark.y for mark in marks), default=0.0)
    x_range, y_range = ((max(0.0, math.floor(10 * (least - 0.2)) / 10), 1.01) for least in (least_recall, lowest))
    n = max((_number(scores, m, "tp_truth", kind) + _number(scores, m, "fn", kind) for m in _done(scores)), default=0)
    sentence = f"{kind}: precision over recall of {len(series)} callers; the truth holds {n:,} alleles."
    label = f"recall, {kind} (n = {n:,})"
    name = f"precision_recall_{kind}"
    return lines(name, series, label, "precision", sentence, x_range, y_range, marks)


def _counts(scores: Mapping[str, Any], method: str, kind: str) -> tuple[Cell, ...]:
    tp, fn, right, fp, gt, al = (
        _number(scores, method, name, kind) for name in ("tp_truth", "fn", "tp_query", "fp", "fp_gt", "fp_al")
    )
    metrics = [estimate(scores, method, kind, metric) for metric in ("recall", "precision", "f1")]
    return (tp + fn, tp, fn, right + fp, fp, gt, al, *(found[0] if found else None for found in metrics))


def _done(scores: Mapping[str, Any]) -> list[str]:
    return [method for method in methods_in_order(scores) if method in scores["sums"]]


def _number(scores: Mapping[str, Any], method: str, variable: str, stratum: str) -> int:
    return round(float(total(scores, method, variable, stratum)))


def _joined(right: np.ndarray, promised: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbouring bins added up from the lowest GQ until each holds enough to measure; the rest joins the last."""
    groups: list[list[int]] = [[]]
    for place in range(len(count)):
        if count[groups[-1]].sum() >= LEAST_OF_A_BIN:
            groups.append([])
        groups[-1].append(place)
    if len(groups) > 1 and count[groups[-1]].sum() < LEAST_OF_A_BIN:
        groups[-2:] = [groups[-2] + groups[-1]]
    sums = [np.array([array[group].sum() for group in groups]) for array in (right, promised, count)]
    filled = sums[2] > 0
    return sums[0][filled], sums[1][filled], sums[2][filled]


def _phred(wrong: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(MAX_PHRED, -10 * np.log10(np.maximum(wrong, 1e-9))))


def _wilson(wrong: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.96
    share = wrong / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)
