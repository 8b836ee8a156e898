"""How well is each finding told, what would a threshold mean, and does it hold at every site?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sciml.core.ranking import BINS, BINS_PER_UNIT, LIMIT
from sciml.core.report.panels import Cell, Column, Estimate, Panel, RunView, Table, Viewer, nothing
from sciml.core.report.ranking_figures import Ranked, precision_recall_facets, roc_facets
from sciml.core.report.score_tables import estimate, method_label, method_looks, methods_in_order
from sciml.core.weights import RECORD, read_record
from sciml.scans.operating_points import SENSITIVITY, threshold_of

NO_SCORES = "No method was scored in this run."
ALL = "all"
SITE = "site "
PREVALENCE_PERCENT = 10.0
METRICS = ("auroc", "sensitivity", "specificity")

Scores = Mapping[str, Any]


def roc_panel(view: RunView) -> Panel:
    """One ROC curve a finding."""
    title = "Receiver operating characteristic"
    charts = _charts(view.scores)
    if not charts:
        return nothing("curves", title, NO_SCORES if view.scores is None else "No finding is known of both kinds.")
    sentence = f"Sensitivity over 1 - specificity of {len(charts)} findings, every method."
    return Panel(
        "curves",
        title,
        (roc_facets("roc", charts, sentence),),
        "Every threshold of the score, a chart for each finding.",
        "The curve does not depend on how common the finding is. The area under it is the chance that an image with "
        "the finding scores above one without.",
        "A curve below the straight line from corner to corner, or a perfect one on few images.",
    )


def precision_recall_panel(view: RunView) -> Panel:
    """One precision-recall curve a finding."""
    title = "Precision and recall"
    charts = _charts(view.scores)
    if not charts:
        return nothing("curves", title, NO_SCORES if view.scores is None else "No finding is known of both kinds.")
    sentence = f"Precision over recall of {len(charts)} findings, every method."
    return Panel(
        "curves",
        title,
        (precision_recall_facets("precision_recall", charts, sentence),),
        "At the share of images with the finding in this test, which is seldom that of a clinic.",
        "Precision is what the operating point below calls PPV. Where a finding is rarer than here, the whole curve "
        "sinks; set the prevalence below to see how far.",
    )


def operating_panel(view: RunView) -> Panel:
    """Sensitivity, specificity and what follows from them at any threshold and prevalence."""
    title = "Operating point"
    scores = view.scores
    method = (scores["headline"]["model"] or scores["headline"]["baseline"]) if scores is not None else None
    charts = _charts(scores)
    if scores is None or method is None or not charts:
        return nothing("curves", title, NO_SCORES if scores is None else "No finding is known of both kinds.")
    name = method_label(scores, method)
    label = {finding.replace("_", " "): finding for finding in _findings(scores, method)}
    arrays, tests = dict[str, np.ndarray](), list[dict[str, Any]]()
    for shown, ranked in charts:
        mine = next((one for one in ranked if one.name == name), None)
        if mine is None:
            continue
        arrays[f"positives_{len(tests)}"] = mine.positives.astype(np.int32)
        arrays[f"negatives_{len(tests)}"] = mine.negatives.astype(np.int32)
        tests.append({"label": shown, "points": _points(view, scores, method, label[shown])})
    header = {
        "tests": tests,
        "bins": BINS,
        "low": -LIMIT,
        "step": 1 / BINS_PER_UNIT,
        "prevalence": PREVALENCE_PERCENT,
        "note": "From the test images, scores in steps of 0.05 log-odds. Square brackets: 95 % intervals as if images "
        "were independent, though eyes of one person are not. PPV, NPV and the counts follow from the prevalence that "
        "you set.",
    }
    sentence = f"What each threshold of {name} would mean, at a prevalence that you set."
    table = operating_table(scores)
    viewer = Viewer("operating", sentence, header, arrays, ())
    return Panel(
        "curves",
        title,
        (viewer, table),
        f"The table holds the decisions of the test; the threshold of a model was set on validation images so that "
        f"{SENSITIVITY:.0%} or more of those with the finding are called.",
        "Move the threshold and set the share of people who have the finding where it would be used. Of a rare finding "
        "most calls are false alarms, however good the score is.",
        f"A sensitivity in the test far below {SENSITIVITY:g}: then the threshold does not carry over.",
    )


def sites_panel(view: RunView) -> Panel:
    """The same scores site by site."""
    title = "By site"
    scores = view.scores
    if scores is None:
        return nothing("errors", title, NO_SCORES)
    strata = [name for name in dict.fromkeys(row["stratum"] for row in scores["table"]) if name.startswith(SITE)]
    if not strata:
        return nothing("errors", title, "No image names its site.")
    rows: list[tuple[Cell, ...]] = []
    for stratum in strata:
        for method in _done(scores):
            found = {metric: estimate(scores, method, stratum, metric) for metric in METRICS}
            count = found["auroc"][1] if found["auroc"] else None
            cells = (each[0] if each else None for each in found.values())
            rows.append((stratum.removeprefix(SITE), method_label(scores, method), count, *cells))
    columns = [Column("Site"), Column("Method"), Column("Images")]
    columns += [Column(scores["metrics"][metric]["title"]) for metric in METRICS]
    return Panel(
        "errors",
        title,
        (Table("by_site", tuple(columns), tuple(rows)),),
        "Means over the findings; a site is a camera or a hospital.",
        "A method should be as good at every site. One that is good at a single site has learnt that site.",
        "A sensitivity that falls at one site while its AUROC does not: there the threshold is wrong.",
    )


def operating_table(scores: Scores) -> Table:
    """Decisions of every method by finding."""
    rows: list[tuple[Cell, ...]] = []
    for method in _done(scores):
        for finding in _findings(scores, method):
            hit, alarm, miss, right = (
                _count(scores, method, name, finding)
                for name in ("true_positive", "false_positive", "false_negative", "true_negative")
            )
            found = (estimate(scores, method, finding, metric) for metric in ("sensitivity", "specificity"))
            shares = [each[0] if each else Estimate(None) for each in found]
            called = Estimate(hit / (hit + alarm)) if hit + alarm else None
            others = Estimate(right / (right + miss)) if right + miss else None
            name = method_label(scores, method)
            rows.append((name, finding.replace("_", " "), *shares, called, others, hit, alarm, miss, right))
    names = ("Sensitivity", "Specificity", "PPV here", "NPV here", "Right calls", "False alarms", "Missed")
    columns = (Column("Method"), Column("Finding"), *map(Column, names), Column("Rightly not called"))
    return Table("operating_points", columns, tuple(rows))


def _charts(scores: Scores | None) -> list[tuple[str, list[Ranked]]]:
    """Finding and the histograms of every method, where there are images with and without it."""
    if scores is None or not _done(scores):
        return []
    looks, charts = method_looks(scores), []
    for finding in _findings(scores, _done(scores)[0]):
        ranked = [
            Ranked(
                method_label(scores, method),
                _histogram(scores, method, "positives", finding),
                _histogram(scores, method, "negatives", finding),
                looks[method],
            )
            for method in _done(scores)
        ]
        ranked = [one for one in ranked if one.positives.sum() and one.negatives.sum()]
        if ranked:
            charts.append((finding.replace("_", " "), ranked))
    return charts


def _points(view: RunView, scores: Scores, method: str, finding: str) -> list[dict[str, Any]]:
    """Named thresholds of a finding, as probabilities: the model's own with the decisions counted there, and a half.

    `counts` are those called among the images with and without the finding.
    """
    points: list[dict[str, Any]] = []
    for part in sorted((view.predictions / method).glob("*")) if view.predictions is not None else ():
        if (part / RECORD).exists():
            threshold = read_record(part).calibration.get(threshold_of(finding))
            if threshold is not None and 0 < threshold < 1:
                counts = [_count(scores, method, name, finding) for name in ("true_positive", "false_positive")]
                label = f"The model's threshold, {100 * threshold:.3g} %"
                points.append({"label": label, "probability": threshold, "counts": counts})
            break
    return [*points, {"label": "50 %", "probability": 0.5, "counts": None}]


def _findings(scores: Scores, method: str) -> list[str]:
    return [str(name) for name in scores["sums"][method]["positives"]["bins"]["finding"]]


def _histogram(scores: Scores, method: str, name: str, finding: str) -> np.ndarray:
    record = scores["sums"][method][name]
    place = _findings(scores, method).index(finding)
    return np.asarray(record["values"][record["strata"].index(ALL)][place], np.float64)


def _count(scores: Scores, method: str, name: str, finding: str) -> int:
    record = scores["sums"][method][name]
    place = [str(each) for each in record["bins"]["finding"]].index(finding)
    count: float = record["values"][record["strata"].index(ALL)][place]
    return round(count)


def _done(scores: Scores) -> list[str]:
    return [method for method in methods_in_order(scores) if method in scores["sums"]]
