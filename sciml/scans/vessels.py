"""Where do the vessels of a retina run? Arcades that bend round the macula, and their branches.

A constrained random walk: the heading follows the course that the vessel's place suggests, with noise that remembers.
Radii at a branch obey Murray's law, r0^3 = r1^3 + r2^3 (Murray 1926, PNAS 12, 207).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from sciml.core.compiled import compiled

Course: TypeAlias = Literal["arcade", "radial", "inward", "outward"]

ARTERY_TO_VEIN = 0.67
# in radii of the field of view
STEP = 0.03
THINNEST = 0.0032
LONGEST = 2.4
MAX_VESSELS = 150
# share of the turn towards the suggested course that is taken at a step
PULL = {"arcade": 0.35, "radial": 0.12, "inward": 0.16, "outward": 0.10}
BRANCH_SPACING = {"arcade": 0.16, "radial": 0.27, "inward": 0.36, "outward": 0.26}
MAX_GENERATION = 4


@dataclass(frozen=True)
class Anatomy:
    """Landmarks of one eye as (y down, x right) in radii of the field of view, whose centre is (0, 0).

    `diameter` is that of the optic disc, `temporal` +1 where the temple lies to the right.
    """

    disc: tuple[float, float]
    fovea: tuple[float, float]
    diameter: float
    temporal: int


@dataclass(frozen=True)
class Vessel:
    """From a branch to an end: `points` (point, (y, x)) and half-widths `radius` (point), in field radii."""

    points: np.ndarray
    radius: np.ndarray
    vein: bool


@dataclass(frozen=True)
class _Bud:
    y: float
    x: float
    heading: float  # radians; 0 is right, a quarter turn is down
    radius: float
    vein: bool
    course: Course
    generation: int
    height: float = 0.0  # of an arcade above the line from disc to fovea, where it is highest; down is positive


def grow_vessels(anatomy: Anatomy, calibre: float, tortuosity: float, rng: np.random.Generator) -> list[Vessel]:
    """The tree of one eye.

    `calibre` is the half-width of a temporal vein at the disc, in field radii (0.016 to 0.022 in photographs);
    `tortuosity` the noise of the heading at a step, in radians (about 0.05).
    """
    buds = deque(_trunks(anatomy, calibre, rng))
    grown = list[Vessel]()
    while buds and len(grown) < MAX_VESSELS:
        vessel, branches = _grow(buds.popleft(), anatomy, tortuosity, rng)
        if len(vessel.points) > 2:
            grown.append(vessel)
        buds.extend(branches)
    return grown


def draw_vessels(
    shape: tuple[int, int], vessels: Sequence[Vessel], centre: tuple[float, float], scale: float
) -> np.ndarray:
    """How much of a vessel lies over each pixel (y, x), 0 to 1: a Gaussian profile across, the deepest vessel counts.

    `centre` is the pixel of (0, 0) and `scale` the field's radius in pixels. Thin vessels are fainter.
    """
    canvas = np.zeros(shape, np.float32)
    for vessel in vessels:
        points, radius = _resampled(vessel.points * scale + np.array(centre), vessel.radius * scale)
        stamp(canvas, points, radius)
    return canvas


@compiled
def stamp(canvas: np.ndarray, points: np.ndarray, radius: np.ndarray) -> None:
    """Raise the canvas (y, x) to Gaussian spots at points (point, (y, x)); a spot is as deep as its width allows."""
    height, width = canvas.shape
    for number in range(len(points)):
        y, x, sigma = points[number, 0], points[number, 1], max(0.62 * radius[number], 0.45)
        depth = 1.0 - math.exp(-1.6 * radius[number])
        reach = 2.6 * sigma
        for row in range(max(0, int(y - reach)), min(height, int(y + reach) + 2)):
            for column in range(max(0, int(x - reach)), min(width, int(x + reach) + 2)):
                distance = ((row - y) ** 2 + (column - x) ** 2) / (sigma * sigma)
                value = depth * math.exp(-0.5 * distance)
                if value > canvas[row, column]:
                    canvas[row, column] = value


def _trunks(anatomy: Anatomy, calibre: float, rng: np.random.Generator) -> list[_Bud]:
    """An artery and a vein up and down on the temporal and on the nasal side, and small vessels all around."""
    found = list[_Bud]()
    y, x = anatomy.disc
    for up in (-1, 1):
        arch = rng.uniform(1.5, 2.15) * anatomy.diameter
        for temporal in (True, False):
            side = anatomy.temporal if temporal else -anatomy.temporal
            for vein in (True, False):
                # from the vertical: the temporal ones leave steeply and bend, the nasal ones fan out
                lean = rng.uniform(-0.15, 0.15) if temporal else rng.uniform(0.45, 1.15)
                height = up * arch * rng.uniform(0.86, 1.14)
                radius = (
                    calibre * (1.0 if vein else ARTERY_TO_VEIN) * rng.uniform(0.9, 1.1) * (1.0 if temporal else 0.72)
                )
                at = rng.normal(0, 0.05 * anatomy.diameter, 2) - [0, 0.12 * anatomy.temporal * anatomy.diameter]
                heading = math.atan2(up * math.cos(lean), side * math.sin(lean))
                course: Course = "arcade" if temporal else "radial"
                found.append(_Bud(y + at[0], x + at[1] + 0.03 * side * vein, heading, radius, vein, course, 0, height))
    for _ in range(int(rng.integers(5, 10))):
        heading, radius = rng.uniform(-math.pi, math.pi), calibre * rng.uniform(0.25, 0.42)
        found.append(_Bud(y, x, heading, radius, bool(rng.integers(2)), "radial", 2))
    return found


def _grow(bud: _Bud, anatomy: Anatomy, tortuosity: float, rng: np.random.Generator) -> tuple[Vessel, list[_Bud]]:
    y, x, heading, radius, wander = bud.y, bud.x, bud.heading, bud.radius, 0.0
    points, radii, branches = [(y, x)], [radius], list[_Bud]()
    steps = int(LONGEST / STEP)
    first = int(0.7 * anatomy.diameter / STEP) if bud.generation == 0 else 3  # on the disc itself there is no branch
    noise = rng.normal(0, tortuosity * (1.0 if bud.vein else 0.8), steps)
    chance = rng.random((steps, 3))
    pull, spacing, side = PULL[bud.course], BRANCH_SPACING[bud.course], 1 if rng.random() < 0.5 else -1
    for step in range(steps):
        wander = 0.75 * wander + noise[step]
        turn = math.remainder(_suggested(bud, y, x, anatomy) - heading, 2 * math.pi)
        heading += max(-0.22, min(0.22, pull * turn)) + wander
        y, x = y + STEP * math.sin(heading), x + STEP * math.cos(heading)
        if y * y + x * x > 1.1 or radius < THINNEST or _ends_at_fovea(bud, step, y, x, heading, anatomy):
            break
        radius *= 0.994
        if chance[step, 0] < STEP / spacing and bud.generation < MAX_GENERATION and step > first:
            share = 0.1 + 0.33 * chance[step, 1]  # of the flow, for the smaller branch
            angle = side * math.radians(30 + 30 * chance[step, 2])
            course = _course_of_branch(bud.course, y, x, heading + angle, anatomy)
            if course == "inward":
                share *= 0.6
            thin = radius * share ** (1 / 3)
            branches.append(
                replace(
                    bud, y=y, x=x, heading=heading + angle, radius=thin, course=course, generation=bud.generation + 1
                )
            )
            radius, side = radius * (1 - share) ** (1 / 3), -side
            heading -= 0.25 * angle
        points.append((y, x))
        radii.append(radius)
    return Vessel(np.array(points), np.array(radii), bud.vein), branches


def _suggested(bud: _Bud, y: float, x: float, anatomy: Anatomy) -> float:
    """The heading that a vessel's course suggests at a place."""
    down, along, course = y - anatomy.disc[0], anatomy.temporal * (x - anatomy.disc[1]), bud.course
    if course == "arcade":
        # along the parabola y^2 = k x, which closes again beyond the macula, and back to it from beside it
        u = max(along / anatomy.diameter, 0.03)
        wanted = bud.height * math.sqrt(u / 2.0) * (1.25 - 0.125 * u)
        slope = bud.height / anatomy.diameter * (0.442 / math.sqrt(u) - 0.1326 * math.sqrt(u))
        return math.atan2(slope + 2.0 * (wanted - down) / anatomy.diameter, anatomy.temporal)
    if course == "radial":
        return math.atan2(down, x - anatomy.disc[1])
    to_fovea = math.atan2(anatomy.fovea[0] - y, anatomy.fovea[1] - x)
    return to_fovea if course == "inward" else to_fovea + math.pi


def _course_of_branch(course: Course, y: float, x: float, heading: float, anatomy: Anatomy) -> Course:
    if course != "arcade":
        return course
    towards = (anatomy.fovea[0] - y) * math.sin(heading) + (anatomy.fovea[1] - x) * math.cos(heading)
    return "inward" if towards > 0 else "outward"


def _ends_at_fovea(bud: _Bud, step: int, y: float, x: float, heading: float, anatomy: Anatomy) -> bool:
    """The fovea has no vessels; those that lead to it end where they would pass it."""
    down, right = anatomy.fovea[0] - y, anatomy.fovea[1] - x
    if math.hypot(down, right) < 0.42 * anatomy.diameter:
        return True
    return bud.course == "inward" and step > 8 and down * math.sin(heading) + right * math.cos(heading) < 0


def _resampled(points: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points at most half a pixel or half a radius apart, in pixels."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    spacing = max(0.5, 0.5 * float(radius.min()))
    along = np.linspace(0, length[-1], max(2, int(length[-1] / spacing) + 1))
    placed = np.column_stack([np.interp(along, length, points[:, axis]) for axis in (0, 1)])
    return placed, np.interp(along, length, radius)
