"""A chain that was turned and shifted comes back; a mirror image does not."""

from __future__ import annotations

import numpy as np
import pytest
from chains import bundle, helix
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sciml.proteins.superposition import broad_side, superpose

CHAIN = bundle()
SHIFT = np.array([10.0, 20.0, 30.0])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_what_was_turned_and_shifted_comes_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turned = CHAIN @ Rotation.random(random_state=np.random.RandomState(seed)).as_matrix() + rng.normal(0, 50, 3)
    assert superpose(turned, CHAIN) == pytest.approx(CHAIN, abs=1e-6)


def test_a_residue_that_one_chain_lacks_does_not_count_and_is_moved_along() -> None:
    gone = CHAIN.copy()
    gone[3] = np.nan
    moved = superpose(CHAIN + SHIFT, gone)
    assert moved == pytest.approx(CHAIN, abs=1e-6)
    assert np.isnan(superpose(gone + SHIFT, CHAIN)[3]).all()


def test_a_mirror_image_stays_one() -> None:
    # a helix of the other hand lies nowhere within 1 angstrom of the first
    right = helix(20)
    left = right * [-1, 1, 1]
    away = np.sqrt(((superpose(left, right) - right) ** 2).sum(1).mean())
    assert away > 1


def test_two_residues_say_nothing_of_a_rotation() -> None:
    chain = np.full((5, 3), np.nan)
    chain[:2] = [[0, 0, 0], [3.8, 0, 0]]
    assert superpose(chain, CHAIN[:5])[:2] == pytest.approx(chain[:2])
    assert broad_side(chain) == pytest.approx(np.eye(3))


def test_the_broad_side_is_longest_across_and_flattest_in_depth() -> None:
    rotation = broad_side(CHAIN)
    assert rotation.T @ rotation == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)
    across, up, deep = (CHAIN @ rotation).std(0)
    assert across > up > deep
    first, last = (CHAIN @ rotation)[[0, -1]]
    assert first[0] <= last[0]
    assert first[1] <= last[1]


def test_the_same_chain_is_seen_alike_however_it_lies() -> None:
    turned = CHAIN @ Rotation.from_euler("xyz", [40, 110, -75], degrees=True).as_matrix()
    one, two = CHAIN @ broad_side(CHAIN), turned @ broad_side(turned)
    assert one == pytest.approx(two, abs=1e-6)
