"""How well do scores rank what is sought above what is not, told from histograms that add up?

Scores are log odds, binned by 0.05 on [-12, 12]: finer than any score means something, and coarse enough that the
histograms of units can be added, drawn and stored. Scores in one bin are ties. Every function takes counts (..., bin)
of positives and negatives, lowest scores first, and returns (...); NaN where a class is empty.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sciml.core.bootstrap import quotient

Floats: TypeAlias = NDArray[np.float64]

LIMIT = 12.0
BINS_PER_UNIT = 20
BINS = round(2 * LIMIT * BINS_PER_UNIT)
# lower edge of each bin, the coordinate `bin` of a statistic
BIN_EDGES = np.arange(BINS) / BINS_PER_UNIT - LIMIT


def histogram(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Counts (bin,) of positives and of negatives; a score beyond the limits, also infinity, counts in the last bin."""
    scores, positive = np.asarray(scores, np.float64), np.asarray(positive, np.bool_)
    if np.isnan(scores).any():
        raise ValueError("a score is NaN: leave it out, or give it the lowest, and say which")
    places = np.clip(np.floor((np.clip(scores, -LIMIT, LIMIT) + LIMIT) * BINS_PER_UNIT).astype(int), 0, BINS - 1)
    counted = (np.bincount(places[chosen], minlength=BINS) for chosen in (positive, ~positive))
    of_positives, of_negatives = (counts.astype(np.float64) for counts in counted)
    return of_positives, of_negatives


def auroc(positives: Floats, negatives: Floats) -> Floats:
    """Chance that a positive scores above a negative; a tie counts half (Hanley and McNeil 1982)."""
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    return _where_both(
        positives, negatives, quotient((positives * below).sum(-1), _total(positives) * _total(negatives))
    )


def tpr_at_fpr(positives: Floats, negatives: Floats, fpr: float) -> Floats:
    """Largest share of the positives found while at most this share of the negatives comes along.

    Ties count against the finder: the negatives of a bin come before its positives.
    """
    # a share of a whole number is seldom whole in binary
    allowed = fpr * _total(negatives) * (1 + 1e-12)
    return _found(positives, negatives, _from_top(negatives) <= allowed[..., None])


def tpr_before(positives: Floats, negatives: Floats, false_positives: int) -> Floats:
    """Share of the positives found before so many false positives, ties against the finder.

    With 1 and 10 these are TPR0 and TPR10 of the lens finding challenge (Metcalf et al. 2019, A&A 625, A119). They mean
    something only beside the number of negatives: before the tenth of 1,000 is at an FPR of 1 %.
    """
    return _found(positives, negatives, _from_top(negatives) < false_positives)


def average_precision(positives: Floats, negatives: Floats) -> Floats:
    """Mean precision over the positives, each taken with all that ties with it; depends on the share of positives."""
    hits = _from_top(positives)
    precision = quotient(hits, hits + _from_top(negatives))
    weighted = (positives * np.nan_to_num(precision)).sum(-1)
    return _where_both(positives, negatives, quotient(weighted, _total(positives)))


def completeness_at(positives: Floats, negatives: Floats, looks: float, prevalence: float) -> Floats:
    """Share of the positives among the best-scored share `looks` (0 to 1) of a population.

    The classes are weighted so that positives make up `prevalence` of the population. Ties count against the finder.
    """
    if not (0 < looks <= 1 and 0 < prevalence < 1):
        raise ValueError(f"looks {looks} and prevalence {prevalence} are shares: above 0, and at most or below 1")
    sought = prevalence * quotient(positives, _total(positives)[..., None])
    others = (1 - prevalence) * quotient(negatives, _total(negatives)[..., None])
    above = _from_top(sought + others) - sought - others
    found = np.clip(looks - above - others, 0, sought).sum(-1)
    return _where_both(positives, negatives, found / prevalence)


def purity_at(positives: Floats, negatives: Floats, looks: float, prevalence: float) -> Floats:
    """Share of positives among those looked at; arguments as for `completeness_at`."""
    return completeness_at(positives, negatives, looks, prevalence) * prevalence / looks


def _found(positives: Floats, negatives: Floats, taken: NDArray[np.bool_]) -> Floats:
    return _where_both(positives, negatives, quotient((positives * taken).sum(-1), _total(positives)))


def _from_top(counts: Floats) -> Floats:
    """What is taken with each bin: its own count and all above."""
    return np.asarray(np.flip(np.cumsum(np.flip(counts, -1), axis=-1), -1))


def _total(counts: Floats) -> Floats:
    return np.asarray(counts.sum(-1), np.float64)


def _where_both(positives: Floats, negatives: Floats, value: Floats) -> Floats:
    return np.where((_total(positives) > 0) & (_total(negatives) > 0), value, np.nan)
