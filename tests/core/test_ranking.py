"""Ranking measures of histograms, held against the same measures of the single scores, sorted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from sciml.core.ranking import (
    BIN_EDGES,
    BINS,
    auroc,
    average_precision,
    completeness_at,
    histogram,
    purity_at,
    tpr_at_fpr,
    tpr_before,
)

# few distinct values, so that most scores tie; some beyond the limits
SCORES = st.sampled_from([-40.0, -12.0, -3.02, -3.01, -0.5, 0.0, 0.049, 0.05, 1.0, 2.5, 11.96, 12.0, np.inf])


@st.composite
def drawn(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores with labels of both classes."""
    labels = [True, False, *draw(st.lists(st.booleans(), max_size=60))]
    scores = draw(st.lists(SCORES, min_size=len(labels), max_size=len(labels)))
    return np.array(scores), np.array(labels)


def binned(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each score, by the definition."""
    return np.searchsorted(BIN_EDGES, np.clip(scores, -12, 12) + 1e-9, side="right") - 1


def ranked(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> list[bool]:
    """Labels from the best to the worst, negatives first among ties."""
    return [label for _, label in sorted(zip(-binned(scores), labels, strict=True))]


def test_bins_are_a_twentieth_wide_and_hold_their_lower_edge() -> None:
    assert BINS == len(BIN_EDGES) == 480
    positives, negatives = histogram(np.array([0.0, 0.049, 0.05, -12, 12, 99, -np.inf]), np.array([True] * 6 + [False]))
    # (0 + 12) * 20 = 240
    assert {int(place): int(positives[place]) for place in np.flatnonzero(positives)} == {240: 2, 241: 1, 0: 1, 479: 2}
    assert negatives[0] == negatives.sum() == 1
    assert BIN_EDGES[240] == 0.0


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        histogram(np.array([0.0, np.nan]), np.array([True, False]))


def test_four_scores_have_the_auroc_that_one_counts_by_hand() -> None:
    # positives 2 and 0, negatives 1 and 0: above 1 and 0; below 1, tied with 0 -> (1 + 1 + 0 + 0.5) / 4
    counts = histogram(np.array([2.0, 0.0, 1.0, 0.0]), np.array([True, True, False, False]))
    assert auroc(*counts) == 2.5 / 4
    # 2 comes before any false positive; 0 ties with the second
    assert tpr_before(*counts, 1) == tpr_before(*counts, 2) == 0.5
    assert tpr_before(*counts, 3) == 1.0
    # found at precisions 1 and 2 / 4
    assert average_precision(*counts) == (1 + 2 / 4) / 2


@given(drawn())
def test_auroc_and_average_precision_are_those_of_the_binned_scores(case: tuple[NDArray, NDArray]) -> None:
    scores, labels = case
    counts = histogram(scores, labels)
    assert auroc(*counts) == pytest.approx(roc_auc_score(labels, binned(scores)), abs=1e-12)
    assert average_precision(*counts) == pytest.approx(average_precision_score(labels, binned(scores)), abs=1e-12)


@given(drawn(), st.integers(1, 70))
def test_recall_before_false_positives_is_exact_with_ties_against_the_finder(
    case: tuple[NDArray, NDArray], false_positives: int
) -> None:
    scores, labels = case
    found = missed = 0
    for label in ranked(scores, labels):
        if label and missed < false_positives:
            found += 1
        missed += not label
    assert tpr_before(*histogram(scores, labels), false_positives) == found / labels.sum()


@given(drawn(), st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.1, 0.3, 0.7])))
def test_recall_at_a_false_positive_rate_is_the_best_threshold_that_keeps_it(
    case: tuple[NDArray, NDArray], fpr: float
) -> None:
    scores, labels = case
    places = binned(scores)
    rates = [((places >= low) & ~labels).sum() / (~labels).sum() for low in range(BINS + 1)]
    recalls = [((places >= low) & labels).sum() / labels.sum() for low in range(BINS + 1)]
    expected = max(recall for rate, recall in zip(rates, recalls, strict=True) if rate <= fpr * (1 + 1e-12))
    assert tpr_at_fpr(*histogram(scores, labels), fpr) == pytest.approx(expected)


def test_a_share_that_is_whole_in_decimals_is_not_lost_in_binary() -> None:
    # 0.07 * 100 = 7.000000000000001, 0.29 * 100 = 28.999999999999996
    negatives = np.zeros(BINS)
    negatives[-100:] = 1
    positives = np.zeros(BINS)
    positives[-29] = 1
    assert tpr_at_fpr(positives, negatives, 0.29) == 1
    assert tpr_at_fpr(positives, negatives, 0.28) == 0


@given(drawn(), st.integers(1, 5), st.data())
def test_purity_in_a_population_is_that_of_a_list_with_so_many_copies(
    case: tuple[NDArray, NDArray], copies: int, data: st.DataObject
) -> None:
    """A population in which each negative stands `copies` times has the prevalence P / (P + copies * N)."""
    scores, labels = case
    population = np.repeat(np.arange(len(labels)), np.where(labels, 1, copies))
    order = ranked(scores[population], labels[population])
    looks = data.draw(st.integers(1, len(order)))
    prevalence = float(labels.sum() / len(order))
    counts = histogram(scores, labels)
    if prevalence < 1:
        found = sum(order[:looks])
        asked = (looks / len(order), prevalence)
        assert purity_at(*counts, *asked) == pytest.approx(found / looks, abs=1e-9)
        assert completeness_at(*counts, *asked) == pytest.approx(found / labels.sum(), abs=1e-9)


def test_looking_at_everything_finds_everything_at_the_purity_of_the_population() -> None:
    counts = histogram(np.array([1.0, 0.0, -1.0]), np.array([True, False, False]))
    assert completeness_at(*counts, 1.0, 0.001) == pytest.approx(1)
    assert purity_at(*counts, 1.0, 0.001) == pytest.approx(0.001)
    # one look in 500 while positives are one in 1,000 and come first: half of what is seen is one
    assert purity_at(*counts, 1 / 500, 0.001) == pytest.approx(0.5)


@pytest.mark.parametrize("looks", [0, -1, 100])
def test_looks_are_a_share_of_the_population_and_not_a_number(looks: float) -> None:
    with pytest.raises(ValueError, match="are shares"):
        purity_at(*histogram(np.array([1.0, 0.0]), np.array([True, False])), looks, 0.01)


def test_histograms_of_units_add_up_to_that_of_all() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(0, 3, 500), rng.random(500) < 0.3
    parts = [histogram(scores[cut], labels[cut]) for cut in (slice(0, 123), slice(123, None))]
    for added, whole in zip(np.sum(parts, axis=0), histogram(scores, labels), strict=True):
        assert (added == whole).all()


def test_leading_dimensions_are_kept_and_an_empty_class_has_no_value() -> None:
    rng = np.random.default_rng(0)
    positives, negatives = rng.integers(0, 3, (2, 4, 3, BINS)).astype(float)
    positives[1, 2], negatives[2, 0] = 0, 0
    for found in (
        auroc(positives, negatives),
        tpr_at_fpr(positives, negatives, 0.1),
        tpr_before(positives, negatives, 10),
        average_precision(positives, negatives),
        purity_at(positives, negatives, 0.01, 0.001),
    ):
        assert found.shape == (4, 3)
        assert np.argwhere(np.isnan(found)).tolist() == [[1, 2], [2, 0]]
