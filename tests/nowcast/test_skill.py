"""Scores from sums, each by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.nowcast.lead_sums import DIMENSIONS, THRESHOLDS
from sciml.nowcast.skill import COST_LOSS, brier_score, metrics, relative_value, reliability
from sciml.nowcast.spectra import BANDS_KM

METRICS = metrics()


def sums(**values: object) -> dict[str, np.ndarray]:
    """One draw and one stratum of each."""
    return {name: np.asarray(value, np.float64)[None, None] for name, value in values.items()}


def of(name: str, **values: object) -> float:
    return float(METRICS[name].of(sums(**values))[0, 0])


def by_threshold(rate: float, value: float) -> list[float]:
    return [value if each == rate else np.nan for each in THRESHOLDS]


def test_every_score_asks_for_sums_that_there_are() -> None:
    for metric in METRICS.values():
        assert {*metric.needs, *metric.counted} <= set(DIMENSIONS)


def test_a_score_without_sums_is_no_number() -> None:
    empty = {name: np.zeros((3, 2, *([31] * len(dims)))) for name, dims in DIMENSIONS.items()}
    for metric in METRICS.values():
        found = metric.of(empty)
        assert found.shape == (3, 2), metric.name
        assert np.isnan(found).all(), metric.name


def test_means_over_cells() -> None:
    assert of("mae", error_absolute=30, common_cells=20) == 1.5
    assert of("bias", error=-5, common_cells=20) == -0.25
    assert of("rmse", error_square=80, common_cells=20) == 2
    assert of("common_share", common_cells=20, observed_cells=80) == 0.25
    assert of("fair_crps", crps=[6, 1, 1], crps_cells=[12, 1, 1]) == 0.5
    assert of("fair_crps_16km", crps=[6, 1, 3], crps_cells=[12, 1, 1]) == 3


@pytest.mark.parametrize("rate", THRESHOLDS)
def test_csi_is_hits_over_all_that_rained_or_was_said_to(rate: float) -> None:
    values = {"hits": by_threshold(rate, 30), "misses": by_threshold(rate, 20), "false_alarms": by_threshold(rate, 10)}
    assert of(f"csi_{rate:g}", **values) == 0.5


@pytest.mark.parametrize("rate", THRESHOLDS)
def test_fss_is_one_less_the_error_over_the_squares(rate: float) -> None:
    values = {"fractions_error": by_threshold(rate, 1), "fractions_squares": by_threshold(rate, 4)}
    assert of(f"fss_{rate:g}", **values) == 0.75


def test_the_members_csi_counts_every_member_as_a_forecast() -> None:
    # 2 members; 0, 1, 2 votes at 10, 4, 3 cells, of which 1, 2, 3 had the event
    votes, observed = [[10, 4, 3]] * 4, [[1, 2, 3]] * 4
    # hits 2 + 6, forecasts 4 + 6, events 2 * 6: 8 / (10 + 12 - 8)
    assert of("csi_member_1", votes=votes, votes_observed=observed) == pytest.approx(8 / 14)


def test_spread_over_error_is_of_their_roots() -> None:
    values = {"spread_square": 90, "spread_cells": 10, "error_square": 40, "common_cells": 10}
    assert of("spread_skill", **values) == 1.5


def test_a_flat_histogram_has_as_many_outliers_as_it_should() -> None:
    assert of("outliers", ranks=[5, 5, 5, 5]) == 1
    # 6 of 8 lie outside, where half should
    assert of("outliers", ranks=[3, 1, 1, 3]) == 1.5


def test_the_spectra_ratio_is_of_4_to_16_km() -> None:
    edges = np.array(BANDS_KM)
    inside = (edges >= 4) & (edges < 16)
    assert of("spectra_ratio", power=np.where(inside, 1.0, 99.0), power_observed=np.where(inside, 2.0, 7.0)) == 0.5
    assert inside.sum() == 6


def test_reliability_is_how_often_it_rained_at_each_probability() -> None:
    found = reliability(np.array([10, 0, 4]), np.array([1, 0, 3]))
    assert found[[0, 2]].tolist() == [0.1, 0.75]
    assert np.isnan(found[1])


def test_the_brier_score_is_the_mean_square_of_what_probabilities_lack() -> None:
    # p = 0: 10 cells with 1 event; p = 1/2: 4 cells; p = 1: 2 cells without one event
    assert brier_score(np.array([10, 4, 2]), np.array([1, 3, 0])) == pytest.approx((1 + 4 * 0.25 + 2) / 16)


def test_a_perfect_forecast_is_worth_all() -> None:
    np.testing.assert_allclose(relative_value(np.array([80, 20]), np.array([0, 20])), 1)


def test_always_saying_yes_is_worth_nothing_below_the_base_rate_and_less_above() -> None:
    value = dict(zip(COST_LOSS, relative_value(np.array([0, 100]), np.array([0, 20])), strict=True))
    # it always costs the ratio: as cheap as always protecting where that is the thing to do
    assert value[0.1] == pytest.approx(0)
    # 0.5 a day against 0.2 without any protection and 0.1 with perfect knowledge
    assert value[0.5] == pytest.approx((0.2 - 0.5) / (0.2 - 0.1))


def test_each_user_acts_at_the_probability_of_their_own_cost() -> None:
    # two members; 100 cells: no vote 70 (2 events), one 20 (6), two 10 (8); base rate 0.16
    votes, observed = np.array([70, 20, 10]), np.array([2, 6, 8])
    value = dict(zip(COST_LOSS, relative_value(votes, observed), strict=True))
    # at 0.3 one vote is enough: acts 30 times, misses 2
    assert value[0.3] == pytest.approx((0.16 - (0.3 * 0.3 + 0.02)) / (0.16 - 0.16 * 0.3))
    # at 0.6 both must vote: acts 10 times, misses 8
    assert value[0.6] == pytest.approx((0.16 - (0.1 * 0.6 + 0.08)) / (0.16 - 0.16 * 0.6))
    assert of("value_5", votes=[votes] * 4, votes_observed=[observed] * 4) == pytest.approx(max(value.values()))


def test_three_of_ten_members_are_a_probability_of_03() -> None:
    votes, observed = np.zeros(11), np.zeros(11)
    votes[[0, 3]], observed[3] = [90, 10], 10
    # acting there is perfect, up to a ratio of 0.3 and no further
    value = dict(zip(COST_LOSS, relative_value(votes, observed), strict=True))
    assert value[0.3] == pytest.approx(1)
    assert value[0.35] == pytest.approx(0)
