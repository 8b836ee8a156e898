"""Couplings find what changes together, and tell direct from indirect."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sciml.proteins.couplings import Couplings, mean_field, mutual_information, ridge, sequence_weights

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
SCORES: tuple[Score, ...] = (mutual_information, mean_field, ridge)


def chained(rows: int = 3000, columns: int = 6, seed: int = 0) -> np.ndarray:
    """Columns 0 - 1 - 2 where each copies the one before in half of the rows, and others of their own."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 20, (rows, columns))
    for column in (1, 2):
        copied = rng.random(rows) < 0.5
        found[copied, column] = found[copied, column - 1]
    return found.astype(np.uint8)


def test_rows_alike_share_their_weight() -> None:
    rows = np.array([[0] * 10, [0] * 10, [0] * 8 + [1] * 2, [5] * 10], np.uint8)
    # the third agrees with the first two in 8 of 10 columns
    np.testing.assert_allclose(sequence_weights(rows, 0.8), [1 / 3, 1 / 3, 1 / 3, 1])
    np.testing.assert_allclose(sequence_weights(rows, 0.81), [1 / 2, 1 / 2, 1, 1])


def test_weights_of_many_rows_are_those_of_counting_every_pair() -> None:
    rows = np.random.default_rng(1).integers(0, 3, (2300, 12)).astype(np.uint8)
    alike = (rows[:, None] == rows[None]).mean(axis=2) >= 0.75
    np.testing.assert_allclose(sequence_weights(rows, 0.75), 1 / alike.sum(axis=1), rtol=1e-6)


def test_mutual_information_of_two_columns_that_are_one_is_their_entropy_less_the_correction() -> None:
    rows = np.array([[0, 0, 7], [1, 1, 7]], np.uint8)
    # ln 2 between columns 0 and 1, nothing else; row sums ln 2, ln 2, 0, all 2 ln 2: ln 2 - ln 2 ln 2 / (2 ln 2)
    found = mutual_information(rows, np.ones(2, np.float32))
    np.testing.assert_allclose(found, np.log(2) / 2 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), atol=1e-5)


def test_a_gap_tells_nothing_to_mutual_information() -> None:
    gaps = np.array([[20, 20, 7], [20, 20, 8], [0, 0, 7], [0, 0, 8]], np.uint8)
    # columns 0 and 1: states 0 in half of the rows, ln 2 / 2 of information from them; the gaps add nothing
    found = Couplings(gaps, np.ones(4, np.float32)).mutual_information()
    assert found[0, 1] == pytest.approx(np.log(2) / 4, abs=1e-5)


@pytest.mark.parametrize("score", [mean_field, ridge])
def test_of_what_information_makes_of_an_indirect_coupling_the_inverse_takes_a_part_away(score: Score) -> None:
    rows = chained(10_000, columns=20)
    weights = np.ones(len(rows), np.float32)
    information, direct = mutual_information(rows, weights), score(rows, weights)
    # the pseudocount and the shrinking keep the inverse from taking all
    assert direct[0, 2] / direct[0, 1] < 0.8 * information[0, 2] / information[0, 1]
    assert min(direct[0, 1], direct[1, 2]) > 20 * np.abs(direct[3:, 3:]).max()


@pytest.mark.parametrize("score", SCORES)
def test_the_order_of_rows_changes_nothing_and_that_of_columns_moves_the_map(score: Score) -> None:
    rows, rng = chained(400), np.random.default_rng(3)
    weights = rng.uniform(0.2, 1, 400).astype(np.float32)
    found = score(rows, weights)
    order = rng.permutation(400)
    np.testing.assert_allclose(score(rows[order], weights[order]), found, atol=2e-4)
    columns = rng.permutation(6)
    np.testing.assert_allclose(score(rows[:, columns], weights), found[np.ix_(columns, columns)], atol=2e-4)


@pytest.mark.parametrize("score", SCORES)
def test_a_map_is_symmetric_float32_and_zero_on_its_diagonal(score: Score) -> None:
    found = score(chained(50), np.ones(50, np.float32))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, found.T)
    assert not found.diagonal().any()


@pytest.mark.parametrize("score", SCORES)
def test_a_single_sequence_and_copies_of_it_give_zeros(score: Score) -> None:
    for rows in (chained(1), np.repeat(chained(1), 5, axis=0)):
        assert not score(rows, np.full(len(rows), 1 / len(rows), np.float32)).any()


def test_pair_frequencies_add_up_to_those_of_single_columns() -> None:
    found = Couplings(chained(1500), np.random.default_rng(2).uniform(0.1, 1, 1500).astype(np.float32))
    np.testing.assert_allclose(found.pairs.sum(axis=3)[:, :, 4], found.single, atol=1e-5)
    assert found.single.sum(axis=1) == pytest.approx(1, abs=1e-5)
