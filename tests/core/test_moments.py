"""Moments: pieces merged in any way give what the whole gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.moments import Moments, merged, moments


def test_known_values() -> None:
    # channel 0: 1, 3 -> mean 2, deviations -1 and 1; channel 1: 10, 10
    found = moments(np.array([[1.0, 10.0], [3.0, 10.0]]), channel_axis=1)
    assert found.count.tolist() == [2, 2]
    assert found.mean.tolist() == [2, 10]
    assert found.m2.tolist() == [2, 0]
    assert found.std.tolist() == [1, 0]


@given(
    pieces=st.lists(st.integers(0, 6), min_size=1, max_size=8),
    seed=st.integers(0, 99),
    dtype=st.sampled_from(["u1", "i2", "f4", "f8"]),
)
def test_any_way_of_cutting_gives_the_moments_of_the_whole(pieces: list[int], seed: int, dtype: str) -> None:
    values = np.random.default_rng(seed).uniform(0, 250, (sum(pieces), 3, 5)).astype(dtype)
    cut = np.split(values, np.cumsum(pieces)[:-1])
    total = merged([moments(piece, channel_axis=1) for piece in cut])
    assert total.count.tolist() == [sum(pieces) * 5] * 3
    if sum(pieces):
        exact = values.astype(np.float64)
        np.testing.assert_allclose(total.mean, exact.mean((0, 2)), rtol=1e-12)
        np.testing.assert_allclose(total.std, exact.std((0, 2)), rtol=1e-9, atol=1e-9)


def test_the_order_of_merging_matters_only_in_the_last_digits() -> None:
    pieces = [moments(np.random.default_rng(n).normal(n, 1 + n, (n + 1, 2)), 1) for n in range(20)]
    forward, backward = merged(pieces), merged(pieces[::-1])
    np.testing.assert_allclose(forward.mean, backward.mean, rtol=1e-13)
    np.testing.assert_allclose(forward.m2, backward.m2, rtol=1e-13)


def test_a_small_spread_on_a_large_mean_survives() -> None:
    """Sums of squares would lose it: 1e9 squared has 18 digits, float64 has 16."""
    values = 1e9 + np.array([[1.0], [2.0], [3.0], [4.0]])
    halves = merged([moments(values[:2], 1), moments(values[2:], 1)])
    # deviations -1.5, -0.5, 0.5, 1.5: squares sum to 5
    assert halves.m2.tolist() == [5.0]


def test_bytes_are_summed_exactly_up_to_their_largest() -> None:
    found = moments(np.full((40, 2, 300, 300), 255, np.uint8), channel_axis=1)
    assert found.mean.tolist() == [255, 255]
    assert found.m2.tolist() == [0, 0]


def test_missing_values_are_left_out_per_channel() -> None:
    values = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    found = merged([moments(values[:1], 1), moments(values[1:], 1)])
    assert found.count.tolist() == [2, 1, 0]
    assert found.mean.tolist() == [2, 5, 0]
    assert np.isnan(found.std).tolist() == [False, False, True]


def test_without_a_channel_axis_all_values_are_one_channel() -> None:
    assert moments(np.arange(4.0).reshape(2, 2), None).mean.tolist() == [1.5]


def test_json_keeps_every_bit() -> None:
    found = moments(np.random.default_rng(0).normal(size=(9, 3)), 1)
    again = Moments.from_json(found.to_json())
    assert (again.mean == found.mean).all()
    assert (again.m2 == found.m2).all()
    assert again.std.tolist() == pytest.approx(found.std.tolist(), abs=0)
