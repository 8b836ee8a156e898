"""The curves are those of the counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sciml.core.ranking import auroc
from sciml.core.report.ranking_figures import Ranked, precision_recall_series, roc, roc_series

# bins from low to high scores
POSITIVES, NEGATIVES = np.array([0.0, 1, 3]), np.array([2.0, 1, 0])
COUNTS = arrays(np.float64, 12, elements=st.integers(0, 9).map(float))


def test_the_roc_curve_goes_from_the_highest_scores_down() -> None:
    curve = roc_series(Ranked("m", POSITIVES, NEGATIVES))
    # 3 of 4 before any of 3; then 1 and 1 together; then the other 2
    assert curve.x == pytest.approx([0, 0, 1 / 3, 1])
    assert curve.y == pytest.approx([0, 0.75, 1, 1])


def test_precision_is_of_those_called_so_far() -> None:
    curve = precision_recall_series(Ranked("m", POSITIVES, NEGATIVES))
    # 3 of 3, 4 of 5, 4 of 7
    assert curve.x == pytest.approx([0.75, 1, 1])
    assert curve.y == pytest.approx([1, 0.8, 4 / 7])


@given(COUNTS, COUNTS)
def test_the_area_under_the_drawn_curve_is_the_auroc(positives: np.ndarray, negatives: np.ndarray) -> None:
    positives[3] += 1
    negatives[4] += 1
    curve = roc_series(Ranked("m", positives, negatives))
    area = np.trapezoid(np.asarray(curve.y, float), np.asarray(curve.x, float))
    # the drawn curve leaves out points that lie nearer than 0.004 to another
    assert area == pytest.approx(float(auroc(positives, negatives)), abs=0.01)


def test_a_method_without_negatives_has_no_curve_and_the_operating_point_stands_on_its_own() -> None:
    figure = roc(
        "roc",
        [Ranked("good", POSITIVES, NEGATIVES, 0, operating_bin=1), Ranked("none", POSITIVES, np.zeros(3), 1)],
        "Two methods.",
    )
    assert figure.data is not None
    assert {row[0] for row in figure.data.rows} == {"good"}
    # from bin 1 on: 4 of 4 positives, 1 of 3 negatives
    assert "good, operating point: 0.333, 1" in figure.svg.replace("1.00", "1")
