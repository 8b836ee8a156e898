"""Distances as probabilities over bins, with the arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from chains import BINS, bundle, told
from hypothesis import given
from hypothesis import strategies as st

from sciml.proteins.distograms import Bins, contacts, expected_distance, expected_lddt
from sciml.proteins.similarity import distances


def sure(distance: float, length: int = 6) -> np.ndarray:
    """Every pair of a chain lies in the bin of this distance."""
    return np.repeat((np.arange(BINS.count) == BINS.label(np.array(distance)))[:, None, None], length**2, 1).reshape(
        BINS.count, length, length
    )


def test_three_to_twenty_angstrom_are_nineteen_bins() -> None:
    # 17 of one angstrom, one below and one beyond
    assert BINS.count == 19
    np.testing.assert_allclose(BINS.edges, np.arange(3, 21))
    assert BINS.centres[[0, 1, 17, 18]].tolist() == [2.5, 3.5, 19.5, 20.5]


def test_a_distance_on_an_edge_belongs_to_the_bin_above() -> None:
    labels = BINS.label(np.array([0.0, 2.9, 3.0, 7.99, 8.0, 19.99, 20.0, 500.0, np.nan]))
    assert labels.tolist() == [0, 0, 1, 5, 6, 17, 18, 18, -1]


def test_other_widths_make_other_bins() -> None:
    bins = Bins(near=4.0, far=16.0, step=0.5)
    assert bins.count == 2 + 24
    assert bins.label(np.array([4.2, 4.6, 16.1])).tolist() == [1, 2, 25]


@pytest.mark.parametrize(("distance", "limit", "share"), [(7.5, 7.25, 0.25), (7.5, 8, 1), (8.5, 8, 0), (30, 25, 0.25)])
def test_within_a_bin_probability_is_even(distance: float, limit: float, share: float) -> None:
    # what lies beyond 20 A is spread to 40 A: a quarter of it is below 25 A
    np.testing.assert_allclose(BINS.below(sure(distance), limit), share)


def test_a_contact_is_all_that_lies_below_eight_angstrom() -> None:
    probabilities = np.zeros((19, 2, 2))
    probabilities[[0, 5, 6, 18]] = np.array([0.1, 0.2, 0.3, 0.4])[:, None, None]
    np.testing.assert_allclose(contacts(probabilities, BINS), 0.1 + 0.2, rtol=1e-6)


def test_the_expected_distance_is_the_mean_over_bins() -> None:
    probabilities = 0.25 * sure(5.5) + 0.75 * sure(9.5)
    np.testing.assert_allclose(expected_distance(probabilities, BINS), 0.25 * 5.5 + 0.75 * 9.5)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # the bin 9-10 A against 0.5, 1, 2 and 4 A about the model's distance
        (9.5, 100.0),
        (10.0, 100 * (0.5 + 1 + 1 + 1) / 4),
        (10.5, 100 * (0 + 0.5 + 1 + 1) / 4),
        (13.5, 100 * (0 + 0 + 0 + 0.5) / 4),
        (30.0, 0.0),
    ],
)
def test_the_expected_lddt_of_a_known_distribution(model: float, expected: float) -> None:
    found = expected_lddt(sure(9.5), BINS, np.full((6, 6), model))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_chain_that_nothing_is_near_has_no_confidence() -> None:
    assert expected_lddt(sure(30.0), BINS, np.full((6, 6), 30.0)).tolist() == [0.0] * 6


def test_confidence_is_high_where_the_distogram_is_sharp_and_low_where_it_is_flat() -> None:
    points = bundle()
    flat = np.full((19, 56, 56), 1 / 19)
    apart = distances(points)
    assert expected_lddt(told(points), BINS, apart).min() > 75
    assert expected_lddt(flat, BINS, apart).max() < 50


@given(
    shares=st.lists(st.floats(0, 1), min_size=19, max_size=19).filter(lambda some: sum(some) > 0.01),
    limits=st.tuples(st.floats(0, 60), st.floats(0, 60)),
)
def test_probability_below_a_limit_grows_with_it(shares: list[float], limits: tuple[float, float]) -> None:
    probabilities = (np.array(shares) / sum(shares))[:, None]
    low, high = (float(BINS.below(probabilities, limit)[0]) for limit in sorted(limits))
    assert -1e-9 <= low <= high + 1e-9 <= 1 + 2e-9
