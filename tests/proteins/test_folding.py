"""From distances to a chain: true distances give the true chain, of the right hand, and the same one every time."""

from __future__ import annotations

import numpy as np
import pytest
from chains import BINS, bundle, helix, told

from sciml.proteins.folding import _Wells, dihedrals, embedded, fold_chain, right_handed, told_distances
from sciml.proteins.similarity import distances, similarity

MIRROR = np.array([1.0, 1.0, -1.0])


@pytest.mark.parametrize("chain", [helix(30), bundle(), bundle(4, 24)])
def test_true_distances_give_the_true_chain(chain: np.ndarray) -> None:
    assert similarity(right_handed(embedded(distances(chain))), chain).tm > 0.99


@pytest.mark.parametrize("chain", [bundle(2, 20), bundle(), bundle(4, 24)])
def test_true_distances_in_bins_give_nearly_the_true_chain(chain: np.ndarray) -> None:
    found = similarity(fold_chain(told(chain), BINS, 300, seed=0), chain)
    assert found.tm > 0.97
    assert found.lddt > 90


@pytest.mark.parametrize("mirrored", [False, True])
def test_helices_are_right_handed_whatever_hand_the_distances_began_with(mirrored: bool) -> None:
    chain = bundle() * MIRROR if mirrored else bundle()
    np.testing.assert_allclose(distances(right_handed(chain)), distances(chain))
    np.testing.assert_allclose(right_handed(chain), bundle(), atol=1e-9)


def test_the_dihedral_of_a_helix_is_fifty_degrees() -> None:
    # 100 degrees and 1.5 A a residue on a radius of 2.3 A: the usual helix of C-alpha atoms (Levitt 1976)
    np.testing.assert_allclose(dihedrals(helix(10)), 50, atol=1.5)
    np.testing.assert_allclose(dihedrals(helix(10) * MIRROR), -50, atol=1.5)


def test_the_same_seed_gives_the_same_bits_and_another_one_other_ones() -> None:
    probabilities = told(bundle())
    one, again, other = (fold_chain(probabilities, BINS, 50, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_neighbours_are_bonded_and_no_two_residues_clash() -> None:
    chain = fold_chain(told(bundle()), BINS, 300, seed=0)
    apart = distances(chain)
    bonds = np.diagonal(apart, 1)
    assert (np.abs(bonds - 3.8) < 0.4).all()
    assert apart[np.triu_indices(len(chain), 3)].min() > 3.6


@pytest.mark.parametrize("length", [10, 40])
def test_a_distogram_that_knows_nothing_gives_some_chain(length: int) -> None:
    flat = np.full((BINS.count, length, length), 1 / BINS.count, np.float32)
    chain = fold_chain(flat, BINS, 100, seed=0)
    assert np.isfinite(chain).all()
    assert np.abs(np.diagonal(distances(chain), 1) - 3.8).max() < 1.0


def test_a_straight_chain_and_one_that_is_all_far_make_no_nan() -> None:
    straight = np.stack([3.8 * np.arange(40), np.zeros(40), np.zeros(40)], 1)
    # its variances across are zero, but for rounding
    assert np.isfinite(embedded(distances(straight))).all()
    far = np.zeros((BINS.count, 40, 40), np.float32)
    far[-1] = 1
    assert np.isfinite(fold_chain(far, BINS, 50, seed=0)).all()


def test_far_and_near_pairs_are_left_to_the_chain() -> None:
    probabilities = told(bundle())
    found = told_distances(probabilities, BINS)
    apart = distances(bundle())
    place = np.arange(len(apart))
    neighbours = np.abs(place[:, None] - place) < 2
    assert np.isnan(found[neighbours | (apart > 20)]).all()
    told_of = ~neighbours & (apart < 19.9)
    assert np.abs(found - np.maximum(apart, 4.0))[told_of].max() <= 0.5 + 1e-6


def test_the_force_is_the_slope_of_the_energy_at_every_distance() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(BINS.count), (12, 12)).transpose(2, 0, 1)
    wells = _Wells((probabilities + probabilities.transpose(0, 2, 1)) / 2, BINS)
    fine = np.arange(2.5, 20.5 + 1e-9, 1e-2)
    forces = np.stack([wells.force(np.full(len(wells.rows), distance)) for distance in fine])
    # the integral of the force from one bin centre to the next is the difference of their energies
    steps = (forces[1:] + forces[:-1]) / 2 * 1e-2
    for knot in range(BINS.count - 1):
        risen = steps[100 * knot : 100 * (knot + 1)].sum(0)
        np.testing.assert_allclose(risen, wells.energy[:, knot + 1] - wells.energy[:, knot], atol=1e-3)


@pytest.mark.parametrize(("distance", "direction"), [(4.0, -1), (7.0, -1), (12.0, 1), (18.0, 1)])
def test_a_pair_feels_its_well_from_afar(distance: float, direction: int) -> None:
    sure = np.zeros((BINS.count, 4, 4))
    sure[BINS.label(np.array(9.5))] = 1
    assert (np.sign(_Wells(sure, BINS).force(np.full(3, distance))) == direction).all()


def test_every_step_is_told() -> None:
    said: list[tuple[int, int]] = []
    fold_chain(told(helix(12)), BINS, 5, 0, lambda done, total: said.append((done, total)))
    assert said == [(number, 5) for number in range(1, 6)]
