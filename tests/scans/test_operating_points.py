"""Thresholds that keep a sensitivity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.scans.operating_points import UNTESTED, calibrated, constants, probabilities, threshold_at


def test_nine_of_ten_positives_are_called() -> None:
    # positives at 0.1, 0.2, ... 1.0: from 0.2 on lie nine of them; the tenth would cost the negative at 0.15
    probability = np.concatenate([np.arange(1, 11) / 10, [0.15, 0.95]])
    positive = np.array([True] * 10 + [False] * 2)
    threshold = threshold_at(probability, positive, 0.9)
    # halfway: the odds 0.15 / 0.85 times 0.2 / 0.8 are 0.0441, whose root 0.21 are the odds of 0.1736
    assert threshold == pytest.approx(0.1736, abs=1e-4)


def test_positives_that_cost_nothing_are_called_too() -> None:
    probability, positive = np.array([0.3, 0.6, 0.99, 0.999]), np.array([False, True, True, True])
    # two of three would do, from 0.99 on; but no negative lies between 0.3 and 0.6
    assert 0.3 < threshold_at(probability, positive, 0.6) < 0.6


def test_without_a_positive_the_threshold_is_a_half() -> None:
    assert threshold_at(np.array([0.1, 0.9]), np.array([False, False]), 0.9) == UNTESTED == 0.5


@given(
    st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=1, max_size=60),
    st.floats(0.05, 1.0),
)
def test_the_sensitivity_is_kept_at_the_price_of_as_few_negatives_as_can_be(
    rows: list[tuple[float, bool]], sensitivity: float
) -> None:
    probability, positive = (np.array(column) for column in zip(*rows, strict=True))
    if not positive.any():
        return
    threshold = threshold_at(probability, positive, sensitivity)
    assert (probability[positive] >= threshold).mean() >= sensitivity - 1e-9
    # a threshold that calls one negative fewer loses it, but for what the sixth digit cannot tell apart
    called = probability[~positive & (probability >= threshold + 2e-6)]
    if len(called):
        assert (probability[positive] > called.min()).mean() < sensitivity


def test_unknown_findings_move_neither_temperature_nor_threshold() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (400, 2)).astype(np.int8)
    logits = 3.0 * (2 * truth - 1) + 6 * rng.normal(size=truth.shape)
    alone = calibrated(logits, truth, ["a", "b"])
    more = calibrated(
        np.concatenate([logits, np.full((50, 2), 40.0)]), np.concatenate([truth, np.full((50, 2), -1, np.int8)]), "ab"
    )
    assert dict(alone.calibration) == pytest.approx(dict(more.calibration))
    assert set(alone.calibration) == {"temperature.a", "temperature.b", "threshold.a", "threshold.b"}
    assert set(alone.figures) == {"validation_auroc.a", "validation_auroc.b"}


def test_the_threshold_is_on_the_calibrated_probability() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (2000, 1)).astype(np.int8)
    # two normals at -+1 with deviation 1 have the log odds 2 x; five times as much is claimed
    scores = (2 * truth - 1) + rng.normal(size=truth.shape)
    temperatures, thresholds = constants(calibrated(10 * scores, truth, ["a"]).calibration, ["a"])
    assert temperatures[0] == pytest.approx(5, rel=0.1)
    called = probabilities(10 * scores[:, 0] / temperatures[0]) >= thresholds[0]
    assert called[truth[:, 0] == 1].mean() == pytest.approx(0.9, abs=0.001)
    # a tenth of the positives lies below 1 - 1.2816, where the odds are exp(2 x -0.2816) : 1, so 0.363
    assert thresholds[0] == pytest.approx(0.363, abs=0.05)


def test_findings_told_apart_without_error_make_no_probability_surer_than_the_network_was() -> None:
    truth = np.array([[0], [0], [1], [1]], np.int8)
    found = calibrated(4.0 * (2 * truth - 1), truth, ["a"]).calibration
    assert found["temperature.a"] == 1
    # halfway between log odds of -4 and 4
    assert found["threshold.a"] == pytest.approx(0.5, abs=1e-5)
