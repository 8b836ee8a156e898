from __future__ import annotations

import math

import numpy as np
import pytest

from sciml.core.streams import stream
from sciml.scans.lesions import MICROANEURYSM, Lesions, Spot, icdr_grade, is_referable, plant
from sciml.scans.vessels import Anatomy, Vessel

EYE = Anatomy(disc=(-0.08, -0.7), fovea=(0.0, 0.0), diameter=0.28, temporal=1)
DOT = Spot(0.3, 0.3, 0.01)
LOOP = Vessel(np.zeros((2, 2)), np.ones(2), True)


def everywhere(y: float, x: float) -> bool:
    return math.hypot(y, x) < 0.95


def quarters(*counts: int) -> list[Spot]:
    corners = ((-0.3, -0.3), (-0.3, 0.3), (0.3, -0.3), (0.3, 0.3))
    return [Spot(*corner, 0.02) for corner, count in zip(corners, counts, strict=True) for _ in range(count)]


@pytest.mark.parametrize(
    ("lesions", "grade"),
    [
        (Lesions(), 0),
        (Lesions(microaneurysms=[DOT]), 1),
        (Lesions(microaneurysms=[DOT], haemorrhages=[DOT]), 2),
        (Lesions(exudates=[DOT]), 2),
        (Lesions(cotton_wool=[DOT]), 2),
        (Lesions(haemorrhages=quarters(21, 21, 21, 21)), 3),
        (Lesions(haemorrhages=quarters(60, 60, 60, 20)), 2),
        (Lesions(new_vessels=[LOOP]), 4),
        (Lesions(haemorrhages=quarters(21, 21, 21, 21), preretinal=[DOT]), 4),
    ],
)
def test_the_grade_follows_from_the_counts(lesions: Lesions, grade: int) -> None:
    assert icdr_grade(lesions) == grade
    assert is_referable(lesions, EYE) == (grade >= 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("grade", range(5))
def test_what_is_planted_makes_the_grade_that_was_asked_for(grade: int, seed: int) -> None:
    planted = plant(grade, EYE, everywhere, stream(seed, "plant"))
    assert icdr_grade(planted) == grade
    spots = [*planted.microaneurysms, *planted.haemorrhages, *planted.cotton_wool, *planted.preretinal]
    for spot in spots:
        assert everywhere(spot.y, spot.x)
        assert math.hypot(spot.y - EYE.disc[0], spot.x - EYE.disc[1]) > 0.7 * EYE.diameter


def test_a_microaneurysm_survives_a_field_of_128_pixels() -> None:
    # a field radius is 64 pixels: a diameter of at least 2 * 0.0095 * 64 = 1.2 pixels
    assert 2 * MICROANEURYSM[0] * 64 > 1.2
    spots = plant(1, EYE, everywhere, stream(1, "size")).microaneurysms
    assert min(spot.radius for spot in spots) >= MICROANEURYSM[0]


def test_lesions_keep_to_what_the_camera_shows() -> None:
    def upper(y: float, x: float) -> bool:
        return y < -0.1

    planted = plant(2, EYE, upper, stream(3, "cut"))
    assert all(spot.y < -0.1 for spot in [*planted.microaneurysms, *planted.haemorrhages])
    with pytest.raises(ValueError, match="no visible place"):
        plant(1, EYE, lambda y, x: False, stream(1, "none"))
