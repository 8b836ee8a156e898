"""How well does a score rank? ROC and precision-recall curves from histograms of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sciml.core.report.facets import Facet, facets
from sciml.core.report.figures import Mark, Series, lines
from sciml.core.report.panels import Figure

# share of an axis that a curve must move on before its next point is drawn
STEP = 0.004


@dataclass(frozen=True)
class Ranked:
    """Scores of one method as counts (bin,), bins from low to high, and the bin from which it says yes."""

    name: str
    positives: np.ndarray
    negatives: np.ndarray
    look: int = 0
    operating_bin: int | None = None


def roc(name: str, ranked: Sequence[Ranked], sentence: str, most: float = 1.0) -> Figure:
    """True over false positive rate, up to a false positive rate of `most`; `name` is that of the CSV."""
    drawn = [one for one in ranked if _both(one)]
    marks = [
        Mark(f"{one.name}, operating point", *point, one.look)
        for one in drawn
        if (point := _operating(one)) is not None
    ]
    return lines(
        name,
        [roc_series(one) for one in drawn],
        "false positive rate",
        "true positive rate",
        sentence,
        (0.0, most),
        (0.0, 1.0),
        [mark for mark in marks if mark.x <= most],
        diagonal=True,
    )


def roc_facets(name: str, charts: Sequence[tuple[str, Sequence[Ranked]]], sentence: str) -> Figure:
    """One small ROC curve for each title."""
    shown = [Facet(title, [roc_series(one) for one in ranked if _both(one)]) for title, ranked in charts]
    return facets(name, shown, "false positive rate", "true positive rate", sentence, (0.0, 1.0), (0.0, 1.0))


def precision_recall_facets(name: str, charts: Sequence[tuple[str, Sequence[Ranked]]], sentence: str) -> Figure:
    """One small curve of precision over recall for each title, at the share of positives that was measured."""
    shown = [Facet(title, [precision_recall_series(one) for one in ranked if _both(one)]) for title, ranked in charts]
    return facets(name, shown, "recall", "precision", sentence, (0.0, 1.0), (0.0, 1.0))


def roc_series(ranked: Ranked) -> Series:
    """From no false positives to all; scores in one bin are taken together."""
    true, false = _above(ranked.positives), _above(ranked.negatives)
    return _series(ranked, false / false[-1], true / true[-1])


def precision_recall_series(ranked: Ranked) -> Series:
    """From the highest bin that holds anything down."""
    true, false = _above(ranked.positives), _above(ranked.negatives)
    some = true + false > 0
    return _series(ranked, true[some] / true[-1], true[some] / (true + false)[some])


def _series(ranked: Ranked, x: np.ndarray, y: np.ndarray) -> Series:
    kept = [0]
    for place in range(1, len(x)):
        moved = max(abs(x[place] - x[kept[-1]]), abs(y[place] - y[kept[-1]]))
        if moved >= STEP or place == len(x) - 1:
            kept.append(place)
    return Series(
        ranked.name, [float(x[place]) for place in kept], [float(y[place]) for place in kept], look=ranked.look
    )


def _above(counts: np.ndarray) -> np.ndarray:
    """How many lie in the upper bins: none, those of the highest bin, ..., all."""
    return np.concatenate([[0.0], np.cumsum(np.asarray(counts, np.float64)[::-1])])


def _both(ranked: Ranked) -> bool:
    return bool(np.sum(ranked.positives) > 0 and np.sum(ranked.negatives) > 0)


def _operating(ranked: Ranked) -> tuple[float, float] | None:
    if ranked.operating_bin is None:
        return None
    shares = (
        np.sum(counts[ranked.operating_bin :]) / np.sum(counts) for counts in (ranked.negatives, ranked.positives)
    )
    false, true = (float(share) for share in shares)
    return false, true
