"""Temperature scaling."""

import numpy as np
import pytest

from sciml.core.calibration import classifier, softmax, temperature


def test_logits_twice_too_sure_get_a_temperature_of_two() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, size=(40_000, 3))
    draws = rng.random(len(honest))[:, None]
    labels = (softmax(honest).cumsum(1) < draws).sum(1)
    assert temperature(2 * honest, labels) == pytest.approx(2.0, rel=0.05)


def test_softmax_tells_small_errors_apart() -> None:
    # exp(-50) is far below float32's resolution beside 1
    assert softmax(np.array([[50.0, 0.0]]))[0, 1] == pytest.approx(np.exp(-50), rel=1e-9)


def test_a_classifier_is_described_by_its_temperature_and_its_accuracy() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(4_000, 3))
    odds = np.cumsum(softmax(logits), axis=1)
    labels = (rng.random((4_000, 1)) > odds).sum(axis=1)
    found = classifier(2 * logits, labels)
    assert found.calibration["temperature"] == pytest.approx(2.0, rel=0.08)
    assert found.figures == {"validation_accuracy": round(float((logits.argmax(1) == labels).mean()), 6)}
