"""Which lesions does a diabetic retina show, and which grade do they make?

Counts by the International Clinical Diabetic Retinopathy scale (Wilkinson et al. 2003, Ophthalmology 110, 1677): the
grade is derived from what was planted, never drawn apart. Lesions are larger than real ones where those would vanish:
the smallest microaneurysm is 1.2 pixels wide when the field of view is 128 pixels wide (0.95 % of its diameter; real
ones have 0.1 to 0.3 %). Nothing that is learnt from them can claim to find real microaneurysms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sciml.scans.vessels import Anatomy, Vessel

# radii in field radii
MICROANEURYSM = (0.0095, 0.0150)
BLOT = (0.018, 0.045)
MANY_BLOTS = (0.012, 0.026)
EXUDATE = (0.006, 0.034)
COTTON_WOOL = (0.040, 0.075)
SEVERE_PER_QUADRANT = 20


@dataclass(frozen=True)
class Spot:
    """One lesion: centre (y, x), radius, elongation and its direction (radians), raggedness 0 to 1, depth 0 to 1."""

    y: float
    x: float
    radius: float
    elongation: float = 1.0
    direction: float = 0.0
    ragged: float = 0.0
    depth: float = 1.0


@dataclass(frozen=True)
class Lesions:
    """Everything planted in one eye, places and sizes in radii of the field of view, whose centre is (0, 0)."""

    microaneurysms: list[Spot] = field(default_factory=list)
    haemorrhages: list[Spot] = field(default_factory=list)
    exudates: list[Spot] = field(default_factory=list)
    cotton_wool: list[Spot] = field(default_factory=list)
    new_vessels: list[Vessel] = field(default_factory=list)
    preretinal: list[Spot] = field(default_factory=list)


def icdr_grade(lesions: Lesions) -> int:
    """0 none, 1 microaneurysms only, 2 more, 3 over 20 haemorrhages in every quarter of the field, 4 proliferative."""
    if lesions.new_vessels or lesions.preretinal:
        return 4
    quarters = [(spot.y > 0, spot.x > 0) for spot in lesions.haemorrhages]
    if all(quarters.count((low, right)) > SEVERE_PER_QUADRANT for low in (False, True) for right in (False, True)):
        return 3
    if lesions.haemorrhages or lesions.exudates or lesions.cotton_wool:
        return 2
    return int(bool(lesions.microaneurysms))


def is_referable(lesions: Lesions, anatomy: Anatomy) -> bool:
    """Grade 2 or more, or an exudate within one disc diameter of the fovea (Gulshan et al. 2016)."""
    y, x = anatomy.fovea
    near = any(math.hypot(spot.y - y, spot.x - x) < anatomy.diameter for spot in lesions.exudates)
    return icdr_grade(lesions) >= 2 or near


def plant(grade: int, anatomy: Anatomy, visible: Callable[[float, float], bool], rng: np.random.Generator) -> Lesions:
    """Lesions that make this grade, all where `visible(y, x)` holds and none on the optic disc."""
    ground = _Ground(anatomy, visible, rng)
    found = Lesions()
    if grade == 0:
        return found
    count = int(rng.integers(2, 9)) if grade == 1 else int(rng.integers(5, 21))
    found.microaneurysms.extend(ground.spot(MICROANEURYSM, depth=(0.75, 1.0)) for _ in range(count))
    if grade == 1:
        return found
    if grade == 3:
        for quarter in range(4):
            number = SEVERE_PER_QUADRANT + int(rng.integers(1, 8))
            found.haemorrhages.extend(ground.blot(MANY_BLOTS, quarter) for _ in range(number))
    else:
        found.haemorrhages.extend(ground.blot(BLOT) for _ in range(int(rng.integers(2, 13))))
    if rng.random() < 0.72 or grade == 3:
        for _ in range(int(rng.integers(1, 5))):
            found.exudates.extend(ground.exudates())
    found.cotton_wool.extend(ground.cotton_wool() for _ in range(max(0, int(rng.integers(-3, 4)))))
    if grade == 4:
        found.new_vessels.extend(ground.new_vessels())
        if rng.random() < 0.45:
            found.preretinal.append(ground.boat())
    return found


@dataclass(frozen=True)
class _Ground:
    """Where lesions may lie, and the stream that places them."""

    anatomy: Anatomy
    visible: Callable[[float, float], bool]
    rng: np.random.Generator

    def place(
        self, near: tuple[float, float] | None = None, spread: float = 0.0, quarter: int | None = None
    ) -> tuple[float, float]:
        """A visible point off the disc: anywhere, around a point, or in a quarter of the field."""
        for attempt in range(4_000):
            # what lies around the point may be the optic disc, or out of sight: then anywhere
            if near is None or attempt > 200:
                y, x = self.rng.uniform(-0.94, 0.94, 2)
            else:
                y, x = np.array(near) + self.rng.normal(0, spread, 2)
            if quarter is not None:
                y, x = abs(y) * (1 if quarter & 1 else -1), abs(x) * (1 if quarter & 2 else -1)
            off = math.hypot(y - self.anatomy.disc[0], x - self.anatomy.disc[1]) / self.anatomy.diameter
            if off > 0.72 and math.hypot(y, x) < 0.94 and self.visible(float(y), float(x)):
                return float(y), float(x)
        raise ValueError("no visible place for a lesion")

    def spot(self, radii: tuple[float, float], depth: tuple[float, float]) -> Spot:
        # denser towards the posterior pole, as in eyes
        near = self.anatomy.fovea if self.rng.random() < 0.6 else None
        y, x = self.place(near, 0.42)
        return Spot(y, x, self.rng.uniform(*radii), depth=self.rng.uniform(*depth))

    def blot(self, radii: tuple[float, float], quarter: int | None = None) -> Spot:
        """Dot and blot haemorrhages; every fourth is a flame along the nerve fibres, which leave the disc."""
        y, x = self.place(quarter=quarter)
        radius = radii[0] + (radii[1] - radii[0]) * self.rng.beta(1.2, 2.2)
        flame = self.rng.random() < 0.25
        direction = math.atan2(y - self.anatomy.disc[0], x - self.anatomy.disc[1]) + self.rng.normal(0, 0.2)
        elongation = self.rng.uniform(1.8, 3.2) if flame else self.rng.uniform(1.0, 1.5)
        return Spot(y, x, radius, elongation, direction, self.rng.uniform(0.2, 0.6), self.rng.uniform(0.4, 1.0))

    def exudates(self) -> list[Spot]:
        """A cluster, or a ring around a leaking spot; more often near the macula than elsewhere."""
        near, spread = (self.anatomy.fovea, 0.30) if self.rng.random() < 0.7 else (None, 0.0)
        centre = self.place(near, spread)
        ring = self.rng.uniform(0.10, 0.18) if self.rng.random() < 0.3 else 0.0
        size = self.rng.uniform(0.03, 0.12)
        spots = []
        for _ in range(int(self.rng.integers(6, 34))):
            angle = self.rng.uniform(0, 2 * math.pi)
            around = (centre[0] + ring * math.sin(angle), centre[1] + ring * math.cos(angle))
            y, x = self.place(around, size * (0.4 if ring else 1.0)) if self.visible(*around) else centre
            radius = EXUDATE[0] + (EXUDATE[1] - EXUDATE[0]) * self.rng.beta(0.9, 5.5)
            spots.append(Spot(y, x, radius, self.rng.uniform(1, 1.6), angle, 0.35, self.rng.uniform(0.5, 1.0)))
        return spots

    def cotton_wool(self) -> Spot:
        centre = (self.anatomy.disc[0], self.anatomy.disc[1])
        y, x = self.place(centre, 0.5)
        direction = math.atan2(y - centre[0], x - centre[1]) + math.pi / 2
        return Spot(
            y, x, self.rng.uniform(*COTTON_WOOL), self.rng.uniform(1.1, 1.6), direction, 0.3, self.rng.uniform(0.4, 0.8)
        )

    def new_vessels(self) -> list[Vessel]:
        """Tangles of fine loops, on the disc or elsewhere."""
        on_disc = self.rng.random() < 0.5
        tangles = []
        for _ in range(int(self.rng.integers(1, 4))):
            centre = self.anatomy.disc if on_disc else self.place(self.anatomy.disc, 0.6)
            for _ in range(int(self.rng.integers(5, 9))):
                turns = np.cumsum(self.rng.normal(self.rng.choice([-0.30, 0.30]), 0.30, 26))
                heading = self.rng.uniform(0, 2 * math.pi) + turns
                steps = 0.011 * np.column_stack([np.sin(heading), np.cos(heading)])
                points = np.array(centre) + self.rng.normal(0, 0.03, 2) + np.cumsum(steps, axis=0)
                tangles.append(Vessel(points, np.full(len(points), self.rng.uniform(0.0032, 0.0055)), vein=True))
        return tangles

    def boat(self) -> Spot:
        """A preretinal haemorrhage: blood that settles below a level top."""
        y, x = self.place((self.anatomy.fovea[0] + 0.35, self.anatomy.fovea[1]), 0.25)
        return Spot(y, x, self.rng.uniform(0.12, 0.24), self.rng.uniform(1.4, 2.2), ragged=0.25)
