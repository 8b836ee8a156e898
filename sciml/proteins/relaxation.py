"""How does a roughly drawn chain become one that could exist? C-alpha atoms under restraints, shaken and cooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from sciml.core.compiled import compiled

CLASH_ANGSTROM = 4.2
COAT, COAT_ANGSTROM, PULL = 0.25, 7.0, 0.01
# the four atoms of a tight turn span a box of this volume, positive for the right hand, cubic angstrom
TIGHT_ANGSTROM, RIGHT_VOLUME, TURN = 7.0, 18.0, 0.1
STEPS = 1200
MAX_STEP = 0.4


@dataclass(frozen=True)
class Restraint:
    """Two residues are to be between `low` and `high` angstrom apart."""

    first: int
    second: int
    low: float
    high: float
    weight: float


def relaxed(
    ca: np.ndarray, restraints: Sequence[Restraint], wanted_radius: float, rng: np.random.Generator
) -> np.ndarray:
    """(residue, xyz) in angstrom, after gradient descent with noise that dies away.

    No two residues may clash, those near each other attract, and a radius of gyration above the wanted one shrinks.
    """
    pairs = np.array([(one.first, one.second) for one in restraints], np.int64)
    bounds = np.array([(one.low, one.high, one.weight) for one in restraints], np.float64)
    noise = rng.normal(size=(STEPS, *ca.shape))
    return _descended(np.ascontiguousarray(ca, np.float64), pairs, bounds, wanted_radius, noise)


@compiled
def _descended(
    ca: np.ndarray, pairs: np.ndarray, bounds: np.ndarray, wanted_radius: float, noise: np.ndarray
) -> np.ndarray:
    place, speed = ca.copy(), np.zeros_like(ca)
    steps, size = noise.shape[0], ca.shape[0]
    for step in range(steps):
        force = np.zeros_like(place)
        _hold(place, pairs, bounds, force)
        _pack(place, force)
        _shrink(place, wanted_radius, force)
        _turn_right(place, force)
        heat = 0.35 * max(0.0, 1 - step / (0.7 * steps)) ** 2
        for residue in range(size):
            length = 0.0
            for axis in range(3):
                speed[residue, axis] = 0.85 * speed[residue, axis] + 0.015 * force[residue, axis]
                length += speed[residue, axis] ** 2
            scale = min(1.0, MAX_STEP / sqrt(length + 1e-12))
            for axis in range(3):
                speed[residue, axis] *= scale
                place[residue, axis] += speed[residue, axis] + 0.1 * heat * noise[step, residue, axis]
    return place


@compiled
def _hold(place: np.ndarray, pairs: np.ndarray, bounds: np.ndarray, force: np.ndarray) -> None:
    for number in range(pairs.shape[0]):
        first, second = pairs[number, 0], pairs[number, 1]
        distance = 1e-9
        for axis in range(3):
            distance += (place[first, axis] - place[second, axis]) ** 2
        distance = sqrt(distance)
        off = max(0.0, distance - bounds[number, 1]) - max(0.0, bounds[number, 0] - distance)
        pull = -2 * bounds[number, 2] * off / distance
        for axis in range(3):
            along = pull * (place[first, axis] - place[second, axis])
            force[first, axis] += along
            force[second, axis] -= along


@compiled
def _pack(place: np.ndarray, force: np.ndarray) -> None:
    """Three or more residues apart: hard spheres in a soft coat of side chains, drawn together from further away."""
    size = place.shape[0]
    for first in range(size - 3):
        for second in range(first + 3, size):
            x = place[first, 0] - place[second, 0]
            y = place[first, 1] - place[second, 1]
            z = place[first, 2] - place[second, 2]
            square = x * x + y * y + z * z
            if square > 144.0:
                continue
            distance = sqrt(square) + 1e-9
            if distance < CLASH_ANGSTROM:
                push = (COAT * (COAT_ANGSTROM - CLASH_ANGSTROM) + 12 * (CLASH_ANGSTROM - distance)) / distance
            elif distance < COAT_ANGSTROM:
                push = COAT * (COAT_ANGSTROM - distance) / distance
            else:
                push = -PULL * exp(-(((distance - 9) / 2.5) ** 2)) / distance
            force[first, 0] += push * x
            force[first, 1] += push * y
            force[first, 2] += push * z
            force[second, 0] -= push * x
            force[second, 1] -= push * y
            force[second, 2] -= push * z


@compiled
def _shrink(place: np.ndarray, wanted_radius: float, force: np.ndarray) -> None:
    size = place.shape[0]
    centre = np.zeros(3)
    for residue in range(size):
        for axis in range(3):
            centre[axis] += place[residue, axis] / size
    square = 0.0
    for residue in range(size):
        for axis in range(3):
            square += (place[residue, axis] - centre[axis]) ** 2 / size
    radius = sqrt(square)
    if radius > wanted_radius:
        pull = 0.6 * (radius - wanted_radius) / radius
        for residue in range(size):
            for axis in range(3):
                force[residue, axis] -= pull * (place[residue, axis] - centre[axis])


@compiled
def _turn_right(place: np.ndarray, force: np.ndarray) -> None:
    """Where a chain turns tightly, it does so as a right-handed helix, as nine of ten turns of real chains do."""
    step = np.empty((3, 3))
    across = np.empty((3, 3))
    for first in range(place.shape[0] - 3):
        square = 0.0
        for axis in range(3):
            square += (place[first + 3, axis] - place[first, axis]) ** 2
            for number in range(3):
                step[number, axis] = place[first + number + 1, axis] - place[first + number, axis]
        if square > TIGHT_ANGSTROM**2:
            continue
        for number in range(3):
            u, v = step[(number + 1) % 3], step[(number + 2) % 3]
            for axis in range(3):
                y, z = (axis + 1) % 3, (axis + 2) % 3
                across[number, axis] = u[y] * v[z] - u[z] * v[y]
        volume = step[0, 0] * across[0, 0] + step[0, 1] * across[0, 1] + step[0, 2] * across[0, 2]
        if volume < RIGHT_VOLUME:
            for axis in range(3):
                force[first, axis] -= TURN * across[0, axis]
                force[first + 1, axis] += TURN * (across[0, axis] - across[1, axis])
                force[first + 2, axis] += TURN * (across[1, axis] - across[2, axis])
                force[first + 3, axis] += TURN * across[2, axis]
