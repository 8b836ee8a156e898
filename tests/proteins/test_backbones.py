"""Invented folds are compact, free of clashes, right-handed, and as dense in contacts as crystal chains."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.proteins.architectures import HELIX, KINDS, SHORTEST, STRAND, Kind, draw_architecture
from sciml.proteins.backbones import Fold, draw_fold
from sciml.proteins.peptide_planes import backbone, dihedrals

SEEDS = range(8)


@pytest.fixture(scope="module")
def folds() -> dict[Kind, list[Fold]]:
    lengths = np.random.default_rng(0).integers(50, 111, len(SEEDS))
    return {
        kind: [
            draw_fold(int(length), kind, np.random.default_rng([seed, number])) for seed, length in enumerate(lengths)
        ]
        for number, kind in enumerate(KINDS)
    }


def distances(points: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return found


def everyone(folds: dict[Kind, list[Fold]]) -> list[Fold]:
    return [fold for its in folds.values() for fold in its]


def test_neighbours_are_3_8_angstrom_apart_and_no_two_residues_clash(folds: dict[Kind, list[Fold]]) -> None:
    for fold in everyone(folds):
        distance = distances(fold.ca)
        np.testing.assert_allclose(np.diagonal(distance, 1), 3.8, atol=0.25)
        assert distance[np.triu_indices(len(fold.ca), 3)].min() > 3.6


def test_the_radius_of_gyration_is_that_of_globular_chains(folds: dict[Kind, list[Fold]]) -> None:
    # crystal chains of 50 to 115 residues: 2.24 on the mean, 2.10 to 2.44 for eight of ten
    ratio = [
        np.sqrt(((fold.ca - fold.ca.mean(0)) ** 2).sum(1).mean()) / len(fold.ca) ** 0.38 for fold in everyone(folds)
    ]
    assert min(ratio) > 2.05
    assert max(ratio) < 2.5


def test_contacts_of_beta_carbons_are_as_many_as_in_crystal_chains(folds: dict[Kind, list[Fold]]) -> None:
    # pairs a residue in 43 crystal chains: 0.34 at 6 to 11 residues apart, 0.44 at 12 to 23, 1.07 from 24 on
    wanted = {(6, 12): (0.15, 0.6), (12, 24): (0.25, 1.1), (24, 999): (0.6, 1.5)}
    for (nearest, furthest), (low, high) in wanted.items():
        counts = []
        for fold in everyone(folds):
            contact, length = distances(backbone(fold.ca).cb) < 8, len(fold.ca)
            apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
            counts.append((contact & (apart >= nearest) & (apart < furthest)).sum() / 2 / length)
        assert low < np.mean(counts) < high


def test_helices_are_right_handed_and_helices_alone_are_helical(folds: dict[Kind, list[Fold]]) -> None:
    for fold in everyone(folds):
        turn = dihedrals(fold.ca)
        tight = np.linalg.norm(fold.ca[3:] - fold.ca[:-3], axis=1) < 6.5
        inside = np.array([fold.states[i : i + 4] == HELIX * 4 for i in range(len(fold.ca) - 3)])
        assert ((turn[inside] > 30) & (turn[inside] < 70)).all()
        if tight.any():
            # 0.74 to 1 of the tight turns of crystal chains are right-handed
            assert ((turn[tight] > 20) & (turn[tight] < 90)).mean() > 0.7


def test_strands_are_extended_and_have_a_neighbour_in_a_sheet(folds: dict[Kind, list[Fold]]) -> None:
    for fold in folds["beta"]:
        strand = np.array([state == STRAND for state in fold.states])
        near = distances(fold.ca) < 6
        near &= np.abs(np.subtract.outer(np.arange(len(strand)), np.arange(len(strand)))) > 3
        assert near[strand].any(axis=1).mean() > 0.7


def test_kinds_hold_what_they_are_called_after(folds: dict[Kind, list[Fold]]) -> None:
    states = {kind: ["".join(sorted(set(fold.states))) for fold in its] for kind, its in folds.items()}
    assert set(states["alpha"]) == {"-H"}
    assert set(states["beta"]) == {"-E"}
    assert set(states["mixed"]) == {"-EH"}


def test_every_fold_is_one_of_its_own(folds: dict[Kind, list[Fold]]) -> None:
    assert len({fold.states for fold in everyone(folds)}) == len(everyone(folds))


def test_the_same_stream_draws_the_same_fold() -> None:
    one, two = (draw_fold(60, "mixed", np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.ca, two.ca)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [20, 34, 160])
def test_a_plan_fills_its_chain_exactly_whatever_its_length(kind: Kind, length: int) -> None:
    for seed in range(3):
        plan = draw_architecture(length, kind, np.random.default_rng(seed))
        taken = [residue for segment in plan.segments for residue in segment.residues]
        assert plan.segments
        assert taken == sorted(set(taken))
        assert taken[0] > 0
        assert taken[-1] < length - 1
        assert all(segment.size >= SHORTEST[segment.state] for segment in plan.segments)
        assert np.isfinite(draw_fold(length, kind, np.random.default_rng(seed)).ca).all()
