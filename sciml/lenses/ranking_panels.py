"""How well are lenses ranked, and which of them are lost? Curves from the histograms behind the scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from sciml.core.report.figures import Series, lines
from sciml.core.report.panels import Figure, Panel, RunView, Text, nothing
from sciml.core.report.ranking_figures import Ranked, roc
from sciml.core.report.score_tables import estimate, method_label, method_looks, methods_in_order, stratum_table
from sciml.lenses.strata import ALL

NO_SCORES = "No finder was scored in this run."
STRICT = 0.05
AT = "tpr_at_1_percent"
# strata by a property of the lenses: their first words, and what the axis says
PROPERTIES = (("theta_E", "Einstein radius (arcsec)"), ("arc S/N", "S/N of the arc"))
_SPAN = re.compile(r"(?:(?P<above>[<>]) )?(?P<low>[\d.]+)(?:-(?P<high>[\d.]+))?")

Scores = Mapping[str, Any]


def roc_panel(view: RunView) -> Panel:
    """True over false positive rate of every method, whole and at the strict end."""
    title = "Receiver operating characteristic"
    ranked = ranked_methods(view.scores)
    if not ranked:
        return nothing("curves", title, NO_SCORES)
    lenses, others = (int(np.sum(counts)) for counts in (ranked[0].positives, ranked[0].negatives))
    if not lenses or not others:
        return nothing("curves", title, f"A curve needs both: there are {lenses:,} lenses and {others:,} others.")
    words = f"True over false positive rate of {len(ranked)} methods on {lenses:,} lenses and {others:,} others"
    whole = roc("roc", ranked, f"{words}.")
    strict = roc("roc_strict", ranked, f"{words}, up to a false positive rate of {STRICT:g}.", STRICT)
    return Panel(
        "curves",
        title,
        (whole, Text((f"The same up to a false positive rate of {STRICT:g}:",)), strict),
        f"Every threshold of the score, on {lenses:,} lenses and {others:,} others.",
        "A survey has a thousand to ten thousand other galaxies for each lens, so only the left end can be used: at a "
        "false positive rate of 0.01 a search of a million galaxies would look at ten thousand. The area under the "
        "curve hides this. The dotted line is guessing.",
        "A curve that starts flat: some others score higher than every lens.",
    )


def completeness_panel(view: RunView) -> Panel:
    """Which lenses are found: share at 1 % false positives by size and by strength of the arc."""
    title = "Which lenses are found"
    scores = view.scores
    if scores is None:
        return nothing("curves", title, NO_SCORES)
    looks, figures = method_looks(scores), list[Figure]()
    for place, (prefix, label) in enumerate(PROPERTIES, start=1):
        series = [
            Series(method_label(scores, method), *drawn, looks[method], markers=True)
            for method in _done(scores)
            if (drawn := _by_property(scores, method, prefix)) is not None
        ]
        if series:
            sentence = f"Share of the lenses found at 1 % false positives, over the {label}."
            figures.append(lines(f"completeness_{place}", series, label, "share found", sentence, None, (0.0, 1.0)))
    if not figures:
        return nothing("curves", title, "The catalogues do not say how large or strong the arcs are.")
    return Panel(
        "curves",
        title,
        tuple(figures),
        "At the threshold where 1 % of the other galaxies come along. Points stand in the middle of their bins, the "
        "last one at its lower edge.",
        "A line that rises shows which lenses the search would miss: its completeness. Small rings hide in the light "
        "of the galaxy and in the seeing, faint arcs in the noise.",
        "A share that falls towards brighter arcs, or the same for all: then it is not the arc that is seen.",
    )


def impostors_panel(view: RunView) -> Panel:
    """What is taken for a lens: ranking against each kind of other object."""
    title = "What is taken for a lens"
    scores = view.scores
    if scores is None:
        return nothing("errors", title, NO_SCORES)
    kept = [row for row in scores["table"] if row["stratum"].startswith("against ") and row["value"] is not None]
    if not kept:
        return nothing("errors", title, "The catalogues do not say what the other objects are.")
    table = stratum_table({**scores, "table": kept}, "auroc")
    return Panel(
        "errors",
        title,
        (table,),
        "AUROC of all lenses against one kind of other object; n is the number of lenses.",
        "Rings, spirals and blue companions look like arcs. The lower a row, the more often that kind will stand high "
        "in a list of candidates.",
        "Plain galaxies harder than rings and spirals: then colour or brightness was learnt, not the shape.",
    )


def ranked_methods(scores: Scores | None, stratum: str = ALL) -> list[Ranked]:
    """Histograms of every scored method in one stratum."""
    if scores is None:
        return []
    looks = method_looks(scores)
    return [
        Ranked(
            method_label(scores, method),
            _counts(scores, method, "positives", stratum),
            _counts(scores, method, "negatives", stratum),
            looks[method],
        )
        for method in _done(scores)
    ]


def _counts(scores: Scores, method: str, name: str, stratum: str) -> np.ndarray:
    record = scores["sums"][method][name]
    return np.asarray(record["values"][record["strata"].index(stratum)], np.float64)


def _by_property(
    scores: Scores, method: str, prefix: str
) -> tuple[list[float], list[float | None], list[float | None], list[float | None]] | None:
    """x, value, low and high of the strata of one property that hold lenses, in order."""
    points = []
    for stratum in scores["sums"][method]["positives"]["strata"]:
        span = _SPAN.search(stratum.removeprefix(prefix)) if stratum.startswith(f"{prefix} ") else None
        found = estimate(scores, method, stratum, AT)
        if span is not None and "," not in stratum and found is not None and found[0].value is not None:
            points.append((_middle(span), found[0]))
    if not points:
        return None
    points.sort(key=lambda point: point[0])
    x, values = [place for place, _ in points], [each.value for _, each in points]
    banded = all(each.low is not None for _, each in points)
    low, high = ([getattr(each, end) for _, each in points] if banded else [] for end in ("low", "high"))
    return x, values, low, high


def _middle(span: re.Match[str]) -> float:
    low = float(span["low"])
    if span["above"] == "<":
        return low / 2
    return (low + float(span["high"])) / 2 if span["high"] else low


def _done(scores: Scores) -> list[str]:
    return [method for method in methods_in_order(scores) if method in scores["sums"]]
