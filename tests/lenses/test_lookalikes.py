"""Rings, arms and companions have the flux, the radius and the place that they were drawn with."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.lenses.lookalikes import Shapes, arm_light, companions, ring_light
from sciml.lenses.raytrace import grid

SIDE, SCALE = 61, 0.2


def shape(radius: float, width: float, ratio: float = 1, angle: float = 0, lopsided: float = 0) -> Shapes:
    return Shapes(*(np.array([value], np.float32) for value in (0, 0, radius, width, ratio, angle, lopsided)))


def test_light_has_unit_flux() -> None:
    x, y = grid(SIDE, SCALE, 2)
    assert ring_light(x, y, shape(1.4, 0.2, 0.7, 0.4, 0.5)).sum() * 0.01 == pytest.approx(1, rel=1e-4)
    assert arm_light(x, y, shape(1.0, 0.4)).sum() * 0.01 == pytest.approx(1, rel=1e-4)


def test_a_ring_is_brightest_at_its_radius() -> None:
    x, y = grid(SIDE, SCALE, 4)
    light = ring_light(x, y, shape(1.4, 0.2))[0]
    row, column = np.unravel_index(light.argmax(), light.shape)
    assert np.hypot(x[0, 0, column], y[0, row, 0]) == pytest.approx(1.4, abs=0.04)


def test_two_arms_look_the_same_after_half_a_turn_and_not_after_a_quarter() -> None:
    light = arm_light(*grid(SIDE, SCALE, 1), shape(1.0, 0.4))[0]
    np.testing.assert_allclose(light, light[::-1, ::-1], atol=1e-4 * light.max())
    assert np.abs(light - np.rot90(light)).max() > 0.3 * light.max()


def test_companions_lie_about_where_images_would() -> None:
    rng = np.random.default_rng(2)
    profiles, magnitudes = companions(np.zeros(300), np.zeros(300), np.full(300, 1.2), rng)
    distance = np.hypot(profiles.x, profiles.y)
    assert 0.7 * 1.2 <= distance.min() <= distance.max() <= 1.5 * 1.2
    assert 300 < len(distance) <= 900
    assert len(magnitudes) == len(distance)
