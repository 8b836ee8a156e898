"""What could a protein look like? Compact chains of ideal helices and strands, every one a fold of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sciml.proteins.architectures import HELIX, RISE, STRAND, STRANDS, Architecture, Kind, Segment, draw_architecture
from sciml.proteins.relaxation import Restraint, relaxed

BOND = 3.8
HELIX_RADIUS, HELIX_TURN = 2.3, np.radians(100.0)
PLEAT = 0.94
# radius of gyration of globular chains: 2.24 * length ** 0.38 in 43 crystal chains of 50 to 115 residues
RADIUS, RADIUS_POWER = 2.2, 0.38
MIN_LENGTH = 20


@dataclass(frozen=True, eq=False)
class Fold:
    """A trace of C-alpha atoms, (residue, xyz) in angstrom, and each residue's state: H, E or - for a loop."""

    ca: np.ndarray
    states: str


def draw_fold(length: int, kind: Kind, rng: np.random.Generator) -> Fold:
    """A compact chain that does not cross itself, its helices right-handed, its sheets twisted."""
    plan = draw_architecture(length, kind, rng)
    rough = _rough(plan, rng)
    ca = relaxed(rough, _restraints(plan, rough), RADIUS * length**RADIUS_POWER, rng)
    return Fold(ca - ca.mean(axis=0), _states(plan))


def _states(plan: Architecture) -> str:
    states = ["-"] * plan.length
    for segment in plan.segments:
        for residue in segment.residues:
            states[residue] = segment.state
    return "".join(states)


def _rough(plan: Architecture, rng: np.random.Generator) -> np.ndarray:
    """Segments in their places, loops drawn as arcs from one to the next."""
    ca = np.full((plan.length, 3), np.nan)
    middle = np.mean([segment.y for segment in plan.segments])
    for segment in plan.segments:
        slide = rng.normal(0, 1.5) if segment.state == HELIX else 0.0
        points = _stick(segment, rng) + np.array([segment.x, segment.y - middle, slide])
        angle = plan.twist * segment.x
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points[:, 1:] = points[:, 1:] @ turn.T
        ca[list(segment.residues)] = points
    for before, after in pairwise(plan.segments):
        start, end = before.residues[-1], after.residues[0]
        ca[start + 1 : end] = _arc(ca[start], ca[start] - ca[start - 2], ca[end], ca[end + 2] - ca[end], end - start)
    for end, inner, outer in ((plan.segments[0].first, 1, -1), (plan.segments[-1].residues[-1], -1, 1)):
        step = ca[end] - ca[end + 2 * inner]
        for residue in range(end + outer, -1 if outer < 0 else plan.length, outer):
            ca[residue] = ca[residue - outer] + 0.4 * step + rng.normal(0, 0.8, 3)
    return ca + rng.normal(0, 0.05, ca.shape)


def _stick(segment: Segment, rng: np.random.Generator) -> np.ndarray:
    """An ideal helix or strand along z about its own centre, (residue, xyz)."""
    number = np.arange(segment.size)
    if segment.state == HELIX:
        turn = number * HELIX_TURN + rng.uniform(0, 2 * np.pi)
        rise = RISE[HELIX] * (number - (segment.size - 1) / 2)
        points = np.stack([HELIX_RADIUS * np.cos(turn), HELIX_RADIUS * np.sin(turn), rise], axis=1)
        # turned over about x, so that the hand stays
        return points * [1, segment.up, segment.up]
    rows = _levels(segment)
    return np.stack([np.zeros(segment.size), PLEAT * (-1.0) ** rows, RISE[STRAND] * rows], axis=1)


def _levels(segment: Segment) -> np.ndarray:
    """At which multiples of the rise along z a strand's residues lie: those of one level are neighbours."""
    return segment.up * (np.arange(segment.size) - segment.size // 2)


def _arc(start: np.ndarray, leaving: np.ndarray, end: np.ndarray, arriving: np.ndarray, steps: int) -> np.ndarray:
    """Points between start and end on a cubic curve that leaves and arrives as the segments run."""
    bulge = 1.2 * steps
    first = start + bulge * leaving / np.linalg.norm(leaving)
    second = end - bulge * arriving / np.linalg.norm(arriving)
    t = (np.arange(1, steps) / steps)[:, None]
    curve: np.ndarray = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end
    return curve


def _restraints(plan: Architecture, rough: np.ndarray) -> list[Restraint]:
    found = [Restraint(i, i + 1, BOND, BOND, 10.0) for i in range(plan.length - 1)]
    found += [Restraint(i, i + 2, 5.1, 7.1, 4.0) for i in range(plan.length - 2)]
    for segment in plan.segments:
        ideal = _stick(segment, np.random.default_rng(0))
        # a strand may coil, a helix is stiff
        reach, slack = (segment.size, 0.1) if segment.state == HELIX else (5, 0.3)
        for a in range(segment.size):
            for b in range(a + 2, min(a + reach + 1, segment.size)):
                distance = float(np.linalg.norm(ideal[a] - ideal[b]))
                weight = 4.0 if b - a <= 5 else 0.5
                found.append(
                    Restraint(segment.first + a, segment.first + b, distance - slack, distance + slack, weight)
                )
    strands = [segment for segment in plan.segments if segment.state == STRAND]
    for number, one in enumerate(strands):
        for other in strands[number + 1 :]:
            if one.y == other.y and abs(abs(one.x - other.x) - STRANDS) < 0.1:
                found += _ladder(one, other)
    return found


def _ladder(one: Segment, other: Segment) -> list[Restraint]:
    """Residues of neighbouring strands that lie at one level."""
    level = {int(row): residue for row, residue in zip(_levels(other), other.residues, strict=True)}
    return [
        Restraint(residue, level[int(row)], 4.6, 5.3, 3.0)
        for row, residue in zip(_levels(one), one.residues, strict=True)
        if int(row) in level
    ]
