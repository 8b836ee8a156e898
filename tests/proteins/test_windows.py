"""Windows of a ragged batch are what one would cut from each chain's own map."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sciml.proteins.pairs import pack, pair_count
from sciml.proteins.similarity import distances
from sciml.proteins.windows import (
    HALO,
    MAPS,
    PAIR_CHANNELS,
    RESIDUE_CHANNELS,
    SEPARATIONS,
    STATES,
    Places,
    cut,
    distance_windows,
    fixed_places,
    random_places,
    separations,
    whole,
)

LENGTHS = (14, 9, 20)


def batch(lengths: tuple[int, ...] = LENGTHS) -> tuple[dict[str, torch.Tensor], list[np.ndarray]]:
    """A ragged batch, and the maps (map, residue, residue2) of each chain."""
    rng = np.random.default_rng(0)
    maps = [rng.normal(size=(len(MAPS), length, length)) for length in lengths]
    maps = [((one + one.transpose(0, 2, 1)) / 2).astype(np.float16) for one in maps]
    total = sum(lengths)
    arrays = {
        "sequence": rng.integers(0, 20, total).astype(np.uint8),
        "profile": rng.dirichlet(np.ones(STATES), total).astype(np.float32),
        "maps": np.concatenate([pack(one) for one in maps]),
        "ca": rng.normal(0, 10, (total, 3)).astype(np.float32),
        "neff": np.arange(1, len(lengths) + 1).astype(np.float32) * 100,
        "residues": np.array(lengths, np.int32),
        "pairs": np.array([pair_count(length) for length in lengths], np.int32),
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}, maps


def at(*windows: tuple[int, int, int], size: int) -> Places:
    chain, row, column = (torch.tensor(values) for values in zip(*windows, strict=True))
    return Places(chain, row, column, size)


def test_the_maps_of_a_window_are_those_of_its_chain() -> None:
    flat, maps = batch()
    found = cut(flat, at((2, 11, 3), (0, 2, 5), (1, 0, 0), size=9))
    assert found.pairs.shape == (3, PAIR_CHANNELS, 9, 9)
    for window, (chain, row, column) in enumerate([(2, 11, 3), (0, 2, 5), (1, 0, 0)]):
        expected = maps[chain][:, row : row + 9, column : column + 9]
        np.testing.assert_array_equal(found.pairs[window, : len(MAPS)], expected.astype(np.float32))


def test_the_residues_of_a_window_are_seen_with_a_halo_that_ends_with_the_chain() -> None:
    flat, _ = batch()
    found = cut(flat, at((1, 0, 3), size=6))  # rows 0-5 and columns 3-8 of a chain of 9, which begins at 14
    assert found.rows.shape == found.columns.shape == (1, RESIDUE_CHANNELS, 6 + 2 * HALO)
    profile = slice(STATES, 2 * STATES)
    rows, columns = found.rows[0, profile].T, found.columns[0, profile].T
    np.testing.assert_array_equal(rows[HALO:], flat["profile"][14 : 14 + 9])
    np.testing.assert_array_equal(columns[:-HALO], flat["profile"][14:23])
    # nothing of the chain before, nothing of the chain behind
    assert (found.rows[0, :, :HALO] == 0).all()
    assert (found.columns[0, :, -HALO:] == 0).all()
    inside = found.rows[0, -1]
    assert inside.tolist() == [0.0] * HALO + [1.0] * (6 + HALO)


def test_the_query_is_one_hot_and_entropy_that_of_the_profile() -> None:
    flat, _ = batch()
    flat["profile"][0] = torch.eye(STATES)[4]
    flat["profile"][1] = 1 / STATES
    rows = cut(flat, at((0, 0, 0), size=9)).rows[0, :, HALO:]
    assert rows[:STATES, 0].argmax() == flat["sequence"][0]
    assert rows[:STATES].sum(0)[:9].tolist() == [1.0] * 9
    np.testing.assert_allclose(rows[2 * STATES, :2], [0, np.log(STATES)], atol=1e-5)


def test_separation_says_how_far_and_which_way() -> None:
    flat, _ = batch()
    pairs = cut(flat, at((2, 0, 0), size=20)).pairs[0]
    reached = pairs[len(MAPS) : len(MAPS) + len(SEPARATIONS)].sum(0)
    # 0 reaches nothing; 5 reaches 1, 2, 3, 4, 5; 13 also 6, 8, 12
    assert [reached[0, 0], reached[0, 5], reached[18, 5]] == [0, 5, 8]
    sign = pairs[len(MAPS) + len(SEPARATIONS)]
    assert [sign[3, 3], sign[3, 9], sign[9, 3]] == [0, 1, -1]


def test_depth_and_length_are_the_same_for_all_pairs_of_a_chain() -> None:
    flat, _ = batch()
    last = cut(flat, at((0, 0, 0), (2, 3, 4), size=9)).pairs[:, -2:]
    np.testing.assert_allclose(last[0], np.log([100, 14])[:, None, None] / 5 * np.ones((2, 9, 9)), rtol=1e-5)
    np.testing.assert_allclose(last[1], np.log([300, 20])[:, None, None] / 5 * np.ones((2, 9, 9)), rtol=1e-5)


def test_the_whole_map_of_one_chain_is_a_window() -> None:
    flat, maps = batch((17,))
    found = cut(flat, whole(flat["residues"]))
    np.testing.assert_array_equal(found.pairs[0, : len(MAPS)], maps[0].astype(np.float32))


def test_distances_are_those_of_the_chain_and_unknown_where_it_is() -> None:
    flat, _ = batch()
    flat["ca"][14 + 4] = torch.nan
    found = distance_windows(flat["ca"], flat["residues"], at((1, 1, 3), size=6))[0]
    expected = distances(flat["ca"][14:23].numpy())[1:7, 3:9]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.isnan().sum() == 6 + 6 - 1


def test_separations_are_counted_along_the_chain() -> None:
    assert separations(at((0, 2, 10), size=3))[0].tolist() == [[8, 9, 10], [7, 8, 9], [6, 7, 8]]


@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=8), crop=st.integers(1, 50), seed=st.integers(0, 99))
def test_windows_lie_inside_their_chains_and_none_is_padded(lengths: list[int], crop: int, seed: int) -> None:
    residues = torch.tensor(lengths)
    for places in (random_places(residues, crop, torch.Generator().manual_seed(seed)), fixed_places(residues, crop)):
        assert places.size == min(crop, *lengths)
        for first in (places.row, places.column):
            assert (first >= 0).all()
            assert (first + places.size <= residues[places.chain]).all()


def test_every_window_of_a_chain_is_drawn_alike() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = [random_places(torch.tensor([12]), 8, generator) for _ in range(2500)]
    counts = np.bincount([int(5 * one.row + one.column) for one in drawn], minlength=25)
    # 25 windows, 100 draws each, four standard deviations of a binomial
    assert np.abs(counts - 100).max() < 4 * np.sqrt(100)


def test_windows_of_validation_are_always_the_same() -> None:
    residues = torch.tensor([30, 50])
    one, again = fixed_places(residues, 16), fixed_places(residues, 16)
    assert one.row.tolist() == again.row.tolist() == [0, 0, 7, 17]
    assert one.column.tolist() == [14, 34, 7, 17]


@pytest.mark.parametrize("length", [1, 5, 40])
def test_pairs_are_found_where_they_are_kept(length: int) -> None:
    """The place of each pair, against the order in which `pack` writes them."""
    numbered = np.zeros((3, length, length))
    first, second = np.triu_indices(length)
    numbered[:, first, second] = np.arange(pair_count(length))
    numbered[:, second, first] = np.arange(pair_count(length))
    flat, _ = batch((7, length))
    flat["maps"] = torch.cat([torch.zeros(28, 3), torch.from_numpy(pack(numbered)).float()])
    pairs = cut(flat, at((1, 0, 0), size=length)).pairs[0, 0]
    np.testing.assert_array_equal(pairs, numbered[0])
