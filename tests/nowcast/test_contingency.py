"""Hits, misses and fractions of boxes against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.nowcast.contingency import box_share, contingency, fractions_error


def test_hits_misses_and_false_alarms() -> None:
    forecast = np.array([True, True, True, False, False])
    events = np.array([True, False, False, True, False])
    assert contingency(forecast, events) == (1, 1, 2)


def test_a_box_of_three_cells_holds_nine() -> None:
    reached = np.zeros((5, 5))
    reached[2, 2] = 1
    share = box_share(reached, 3)
    expected = np.zeros((5, 5))
    expected[1:4, 1:4] = 1 / 9
    np.testing.assert_allclose(share, expected, atol=1e-7)


def test_beyond_the_grid_nothing_is_reached() -> None:
    # the box around a corner has four of its nine cells on the grid
    assert box_share(np.ones((5, 5)), 3)[0, 0] == pytest.approx(4 / 9)


def test_a_box_of_one_cell_is_the_cell() -> None:
    reached = np.eye(3)
    np.testing.assert_array_equal(box_share(reached, 1), reached)


def test_fractions_that_agree_have_no_error_and_those_that_never_meet_have_all() -> None:
    one, other = np.array([0.5, 0.0]), np.array([0.0, 1.0])
    assert fractions_error(one, one) == (0, 0.5)
    # 0.25 + 1, and 0.25 + 1: a skill of 0
    assert fractions_error(one, other) == (1.25, 1.25)
