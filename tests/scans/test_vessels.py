from __future__ import annotations

import math

import numpy as np
import pytest

from sciml.core.streams import stream
from sciml.scans.vessels import ARTERY_TO_VEIN, Anatomy, Vessel, draw_vessels, grow_vessels

LEFT_EYE = Anatomy(disc=(-0.08, -0.7), fovea=(0.0, 0.0), diameter=0.28, temporal=1)


@pytest.fixture(scope="module")
def tree() -> list[Vessel]:
    return grow_vessels(LEFT_EYE, 0.018, 0.05, stream(1, "tree"))


def test_no_vessel_enters_the_fovea_and_none_leaves_the_field_by_far(tree: list[Vessel]) -> None:
    points = np.concatenate([vessel.points for vessel in tree])
    assert np.hypot(*points.T).min() > 0.42 * LEFT_EYE.diameter
    assert np.hypot(*points.T).max() < 1.1


def test_vessels_get_thinner_away_from_the_disc(tree: list[Vessel]) -> None:
    assert all((np.diff(vessel.radius) <= 0).all() for vessel in tree)
    widest = max(tree, key=lambda vessel: vessel.radius[0])
    assert widest.vein
    widest_artery = max(vessel.radius[0] for vessel in tree if not vessel.vein)
    # both vary by 10 %
    assert widest_artery / widest.radius[0] == pytest.approx(ARTERY_TO_VEIN, rel=0.25)


def test_branches_obey_murray_s_law(tree: list[Vessel]) -> None:
    """Where a vessel gives off a branch, the cubes of the radii after it add up to that before it."""
    checked = 0
    for vessel in tree:
        for child in tree:
            at = np.flatnonzero((vessel.points == child.points[0]).all(axis=1))
            if child is vessel or not len(at) or at[0] == 0:
                continue
            before, after = vessel.radius[at[0] - 1] * 0.994, vessel.radius[at[0]]
            assert after**3 + child.radius[0] ** 3 == pytest.approx(before**3, rel=1e-6)
            checked += 1
    assert checked > 20


def test_temporal_arcades_arch_above_and_below_the_macula() -> None:
    reached = []
    for seed in range(8):
        for vessel in grow_vessels(LEFT_EYE, 0.018, 0.05, stream(seed, "arch"))[:8]:
            beside = vessel.points[np.abs(vessel.points[:, 1]) < 0.05]  # above or below the fovea
            if len(beside) and vessel.radius[0] > 0.010:
                reached.append(abs(beside[:, 0].mean() - LEFT_EYE.disc[0]) / LEFT_EYE.diameter)
    # four a tree, each 1.5 to 2.15 disc diameters high, by up to 14 % more or less, and wandering
    assert len(reached) >= 20
    assert 1.3 < np.median(reached) < 2.3


def test_a_drawn_vessel_has_a_gaussian_profile_whose_depth_grows_with_its_width() -> None:
    across = np.array([[0.0, -0.9], [0.0, 0.9]])
    thick = draw_vessels((101, 101), [Vessel(across, np.array([0.1, 0.1]), True)], (50.0, 50.0), 50.0)
    # half-width 5 pixels: sigma 0.62 * 5 = 3.1, depth 1 - exp(-1.6 * 5) = 0.99966
    profile = thick[50 - 6 : 50 + 7, 50]
    expected = (1 - math.exp(-8)) * np.exp(-0.5 * (np.arange(-6, 7) / 3.1) ** 2)
    np.testing.assert_allclose(profile, expected, atol=2e-3)
    thin = draw_vessels((101, 101), [Vessel(across, np.array([0.01, 0.01]), True)], (50.0, 50.0), 50.0)
    # half-width half a pixel: 1 - exp(-0.8)
    assert thin.max() == pytest.approx(1 - math.exp(-0.8), abs=0.01)


def test_the_same_stream_grows_the_same_tree() -> None:
    first, second = (grow_vessels(LEFT_EYE, 0.018, 0.05, stream(4, "same")) for _ in range(2))
    assert len(first) == len(second)
    assert all((a.points == b.points).all() for a, b in zip(first, second, strict=True))
