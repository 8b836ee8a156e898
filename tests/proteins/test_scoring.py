"""Precision of the likeliest pairs, on maps that fit on a page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.proteins.scoring import density, precision
from sciml.proteins.settings import ProteinsEvaluateSettings

# six residues; pairs at least three apart: 0-3, 0-4, 0-5, 1-4, 1-5, 2-5
SHORT = ProteinsEvaluateSettings(min_separation=3)


def symmetric(values: dict[tuple[int, int], float], fill: float) -> np.ndarray:
    found = np.full((6, 6), fill)
    for (i, j), value in values.items():
        found[i, j] = found[j, i] = value
    return found


SCORES = symmetric({(0, 3): 0.9, (1, 4): 0.8, (2, 5): 0.7, (0, 5): 0.6, (0, 4): 0.5, (1, 5): 0.4, (0, 1): 1.0}, 0.0)
DISTANCE = symmetric({(0, 3): 5.0, (1, 4): 9.0, (2, 5): 7.9, (0, 5): 8.0, (0, 4): 6.0, (1, 5): 20.0}, 3.8)


def test_the_top_pairs_are_counted() -> None:
    # L = 6: all six pairs, of which 0-3, 2-5 and 0-4 are below 8 A; L/2 = 3: 0-3, 1-4, 2-5; L/5 = 1: 0-3
    assert precision(SCORES, DISTANCE, SHORT) == (3 / 6, 2 / 3, 1.0)


def test_pairs_that_the_structure_does_not_know_are_not_ranked() -> None:
    holed = DISTANCE.copy()
    holed[0] = holed[:, 0] = np.nan
    # 1-4, 2-5 and 1-5 remain, of which 2-5 is one: fewer than L, all of them count
    assert precision(SCORES, holed, SHORT) == (1 / 3, 1 / 3, 0.0)


def test_a_chain_without_long_range_pairs_has_no_precision() -> None:
    assert np.isnan(precision(SCORES, DISTANCE, ProteinsEvaluateSettings())).all()
    assert np.isnan(precision(SCORES, np.full((6, 6), np.nan), SHORT)).all()


def test_equal_scores_rank_as_along_the_chain() -> None:
    assert precision(np.zeros((6, 6)), DISTANCE, SHORT)[2] == 1.0  # 0-3


@given(seed=st.integers(0, 1000), length=st.integers(2, 60))
def test_precision_depends_on_ranks_alone_and_truth_ranks_best(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    scores, distance = rng.normal(size=(length, length)), rng.uniform(3, 30, (length, length))
    settings = ProteinsEvaluateSettings(min_separation=6)
    found, same = precision(scores, distance, settings), precision(np.exp(scores), distance, settings)
    best = precision(-distance, distance, settings)
    if length <= 6:
        assert np.isnan(found).all()
    else:
        assert found == same
        assert all(0 <= one <= top <= 1 for one, top in zip(found, best, strict=True))
        assert best[0] <= best[1] <= best[2]


@pytest.mark.parametrize(("limit", "expected"), [(5.5, 1 / 6), (8.5, 4 / 6)])
def test_what_a_contact_is_can_be_set(limit: float, expected: float) -> None:
    settings = ProteinsEvaluateSettings(min_separation=3, contact_angstrom=limit)
    assert precision(SCORES, DISTANCE, settings)[0] == pytest.approx(expected)


def test_a_blind_guess_is_right_as_often_as_pairs_touch() -> None:
    settings = ProteinsEvaluateSettings(min_separation=2)
    # of the pairs 0-2, 0-3 and 1-3 one touches, and one is not known
    distance = np.full((4, 4), 20.0)
    distance[0, 3], distance[1, 3] = 5.0, np.nan
    assert density(distance, settings) == 0.5
    assert np.isnan(density(distance[:2, :2], settings))
