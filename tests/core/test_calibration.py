"""Temperature scaling."""

import numpy as np
import pytest

from sciml.core.calibration import softmax, temperature


def test_logits_twice_too_sure_get_a_temperature_of_two() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, size=(40_000, 3))
    draws = rng.random(len(honest))[:, None]
    labels = (softmax(honest).cumsum(1) < draws).sum(1)
    assert temperature(2 * honest, labels) == pytest.approx(2.0, rel=0.05)


def test_softmax_tells_small_errors_apart() -> None:
    # exp(-50) is far below float32's resolution beside 1
    assert softmax(np.array([[50.0, 0.0]]))[0, 1] == pytest.approx(np.exp(-50), rel=1e-9)
