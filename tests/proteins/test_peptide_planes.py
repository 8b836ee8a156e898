"""Backbone atoms are put where the C-alpha trace says they are."""

import numpy as np
import pytest

from sciml.proteins.peptide_planes import backbone, dihedrals


def helix(hand: int = 1, residues: int = 16) -> np.ndarray:
    """C-alpha atoms of an ideal alpha helix: radius 2.3 angstrom, 100 degrees and 1.5 angstrom a residue."""
    turn = np.radians(100) * np.arange(residues)
    return np.stack([2.3 * np.cos(turn), hand * 2.3 * np.sin(turn), 1.5 * np.arange(residues)], axis=1)


def test_four_atoms_of_a_right_handed_helix_have_a_dihedral_of_fifty_degrees() -> None:
    np.testing.assert_allclose(dihedrals(helix()), 50, atol=1)
    np.testing.assert_allclose(dihedrals(helix(-1)), -50, atol=1)


def test_bonds_have_the_lengths_of_peptides() -> None:
    found = backbone(helix())
    # Engh & Huber 1991: N-CA 1.46, CA-C 1.52, C-N 1.33, C=O 1.23 angstrom
    for one, other, length in (
        (found.n, found.ca, 1.46),
        (found.ca, found.c, 1.52),
        (found.c[:-1], found.n[1:], 1.33),
        (found.c, found.o, 1.23),
        (found.ca, found.cb, 1.53),
    ):
        np.testing.assert_allclose(np.linalg.norm(one - other, axis=1), length, atol=0.06)


def test_the_oxygens_of_a_helix_point_along_it_to_the_hydrogens_four_residues_on() -> None:
    found = backbone(helix())
    direction = (found.o - found.c) / 1.23
    assert direction[:, 2].min() > 0.8
    # O of residue i accepts from N of i + 4, 2.9 angstrom away
    np.testing.assert_allclose(np.linalg.norm(found.o[:-4] - found.n[4:], axis=1), 2.9, atol=0.2)


def test_side_chains_of_a_helix_point_away_from_its_axis() -> None:
    found = backbone(helix())
    outward = np.linalg.norm(found.cb[:, :2], axis=1) - np.linalg.norm(found.ca[:, :2], axis=1)
    assert outward.min() > 0.7


def test_moving_the_trace_moves_every_atom_with_it() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    first, second = backbone(helix()), backbone(helix() @ turn.T + 7)
    np.testing.assert_allclose(second.cb, first.cb @ turn.T + 7, atol=1e-9)
    np.testing.assert_allclose(second.o, first.o @ turn.T + 7, atol=1e-9)


def test_a_helix_goes_on_beyond_its_ends() -> None:
    short, whole = backbone(helix(residues=8)), backbone(helix(residues=8 + 4))
    for one, other in ((short.n, whole.n), (short.o, whole.o), (short.cb, whole.cb)):
        np.testing.assert_allclose(one, other[:8], atol=1e-6)


def test_four_residues_are_enough() -> None:
    assert np.isfinite(backbone(helix(residues=4)).cb).all()
    assert backbone(helix(residues=4)).n.shape == (4, 3)


@pytest.mark.parametrize("length", [20, 57])
def test_a_strand_points_its_side_chains_to_both_sides_in_turn(length: int) -> None:
    number = np.arange(length)
    strand = np.stack([0.94 * (-1.0) ** number, np.zeros(length), 3.3 * number], axis=1)
    side = (backbone(strand).cb - strand)[1:-1, 0] * (-1.0) ** number[1:-1]
    assert side.min() > 0.7
