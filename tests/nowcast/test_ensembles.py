"""Fair CRPS, spread, ranks and votes against arithmetic, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sciml.nowcast.ensembles import at_least, fair_crps, ranks, spread_square, votes

# rates as they are stored: hundredths of mm/h, many of them dry
RATES = st.integers(0, 3_000).map(lambda hundredths: hundredths / 100)
ENSEMBLES = st.tuples(st.integers(2, 9), st.integers(1, 30)).flatmap(
    lambda shape: st.tuples(
        arrays.arrays(np.float32, shape, elements=RATES), arrays.arrays(np.float32, shape[1:], elements=RATES)
    )
)


def column(*rates: float) -> np.ndarray:
    return np.array(rates, np.float32)[:, None]


def test_fair_crps_is_distance_to_the_members_less_half_their_own_distance() -> None:
    # |1-2|, |2-2|, |6-2| on the mean: 5/3; pairs 1, 5, 4: 10 / (3 * 2)
    assert fair_crps(column(6, 1, 2), np.array([2.0], np.float32)) == pytest.approx(5 / 3 - 10 / 6)


def test_fair_crps_of_one_member_is_the_absolute_error() -> None:
    assert fair_crps(column(3.5), np.array([5.0], np.float32)) == 1.5


def test_fair_crps_adds_up_over_the_cells() -> None:
    members = np.array([[0, 1], [2, 5]], np.float32)
    # (1 + 3) / 2 - 2 / 2 = 1, and (1 + 5) / 2 - 4 / 2 = 1
    assert fair_crps(members, np.array([3, 0], np.float32)) == pytest.approx(2)


@settings(max_examples=40, deadline=None)
@given(ENSEMBLES)
def test_fair_crps_is_the_double_sum_over_pairs(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    members, observed = (each.astype(np.float64) for each in drawn)
    count = len(members)
    pairs = np.abs(members[:, None] - members[None]).sum() / (2 * count * (count - 1))
    expected = np.abs(members - observed).sum() / count - pairs
    assert fair_crps(*drawn) == pytest.approx(expected, abs=1e-3, rel=1e-5)


def test_fair_crps_does_not_depend_on_the_number_of_members() -> None:
    # observation and members from one distribution: 400,000 cells, so that chance moves the third digit only
    rng = np.random.default_rng(3)
    rain = rng.gamma(0.5, 2.0, (17, 400_000)).astype(np.float32)
    few, many = (fair_crps(rain[1 : 1 + count], rain[0]) / rain.shape[1] for count in (2, 16))
    assert few == pytest.approx(many, rel=0.01)


@settings(max_examples=40, deadline=None)
@given(ENSEMBLES, st.randoms())
def test_the_order_of_the_members_says_nothing(drawn: tuple[np.ndarray, np.ndarray], random: object) -> None:
    members, observed = drawn
    order = list(range(len(members)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = members[order]
    assert fair_crps(shuffled, observed) == pytest.approx(fair_crps(members, observed), abs=1e-3, rel=1e-6)
    assert spread_square(shuffled) == pytest.approx(spread_square(members), abs=1e-3, rel=1e-4)
    np.testing.assert_array_equal(ranks(shuffled, observed), ranks(members, observed))


def test_spread_is_the_unbiased_variance_times_m_plus_1_over_m() -> None:
    # variance of 1, 3, 8 about 4: (9 + 1 + 16) / 2 = 13; 13 * 4 / 3
    assert spread_square(column(1, 3, 8)) == pytest.approx(13 * 4 / 3)


def test_spread_equals_squared_error_when_the_truth_is_a_member_like_any_other() -> None:
    rain = np.random.default_rng(4).normal(5, 2, (9, 200_000)).astype(np.float32)
    error = np.square(rain[1:].mean(axis=0) - rain[0]).sum()
    assert spread_square(rain[1:]) == pytest.approx(error, rel=0.01)


def test_a_rank_is_how_many_members_lie_below() -> None:
    observed = np.array([0.5, 3.0, 9.0], np.float32)
    members = np.repeat(column(1, 2, 4), 3, axis=1)
    assert ranks(members, observed).tolist() == [1, 0, 1, 1]


def test_a_tie_is_shared_over_the_ranks_it_may_take() -> None:
    # below: 1; equal: 2, 2; so ranks 1, 2 and 3 are as likely
    assert ranks(column(1, 2, 2, 5), np.array([2.0], np.float32)).tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0])


def test_cells_that_are_dry_for_everyone_have_no_rank() -> None:
    members = np.array([[0.0, 0.0], [0.05, 0.0]], np.float32)
    # the second cell rains 0.3 where both members are dry: the highest rank
    assert ranks(members, np.array([0.09, 0.3], np.float32)).tolist() == [0, 0, 1]


def test_dry_members_are_equal_however_dry() -> None:
    # observed dry; 0.00 and 0.05 are as dry, 3 is wet: ranks 0, 1 and 2 share the cell
    assert ranks(column(0.0, 0.05, 3.0), np.array([0.02], np.float32)).tolist() == pytest.approx(
        [1 / 3, 1 / 3, 1 / 3, 0]
    )


@settings(max_examples=40, deadline=None)
@given(ENSEMBLES)
def test_every_wet_cell_has_one_rank(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    members, observed = drawn
    wet = np.any(np.vstack([members, observed]) >= 0.0999, axis=0)
    assert ranks(members, observed).sum() == pytest.approx(np.count_nonzero(wet))


def test_ten_hundredths_reach_a_tenth_whatever_float32_makes_of_them() -> None:
    stored = np.arange(0, 2_000, dtype=np.int16) * np.float32(0.01)
    for threshold in (0.1, 0.5, 1.0, 5.0, 10.0):
        assert int(at_least(stored, threshold).argmax()) == round(threshold * 100)


def test_no_value_reaches_nothing() -> None:
    assert not at_least(np.array([np.nan], np.float32), 0.1).any()


def test_votes_count_cells_by_how_many_members_foresaw_the_event() -> None:
    reached, events = np.array([0, 0, 2, 2, 2, 1]), np.array([False, True, True, True, False, False])
    cast, observed = votes(reached, events, 2)
    assert cast.tolist() == [2, 1, 3]
    assert observed.tolist() == [1, 0, 2]
