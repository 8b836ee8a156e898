"""Which chain in space has these distances? From a distogram to C-alpha coordinates.

Distances that are told well enough start the chain by multidimensional scaling; gradient descent on the distogram's
negative log-likelihood moves it, as AlphaFold did first (Senior et al. 2020, Nature 577, 706, Methods).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from sciml.core.streams import stream
from sciml.proteins.distograms import MIN_SEPARATION, Bins
from sciml.proteins.similarity import distances

BOND, CLASH = 3.8, 4.0
# C-alpha atoms two places apart, from the tightest turn to the straightest strand
NEXT_BUT_ONE = (4.9, 7.3)
BOND_WEIGHT, CLASH_WEIGHT, ANGLE_WEIGHT = 20.0, 10.0, 5.0
# a pair is taken for the start if its distance is beyond the last bin with less than this probability
BEYOND = 0.5
# share of the probability that is spread with a heavy tail, so that a chain far from its well still feels it
TAIL = 0.1
# bins that what lies beyond the last edge counts for
BEYOND_BINS = 10.0
START_NOISE = 0.5
FIRST_STEP, LAST_STEP = 0.5, 0.01
# right-handed helices (Levitt 1976): a dihedral of C-alpha atoms near +50 degrees where the ends are near each other
HELIX_DIHEDRAL, HELIX_END = (20.0, 90.0), 6.5


def fold_chain(
    probabilities: np.ndarray, bins: Bins, steps: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Coordinates (residue, xyz) in angstrom of the chain that a distogram (bin, residue, residue2) describes.

    The same seed gives the same coordinates. Distances know no hand: the mirror image with the right-handed helices
    is returned.
    """
    rng = stream(seed, "fold")
    start = embedded(told_distances(probabilities, bins))
    start = start + rng.normal(0, START_NOISE, start.shape)
    return right_handed(_descended(start, _Wells(probabilities, bins), steps, progress))


def told_distances(probabilities: np.ndarray, bins: Bins) -> np.ndarray:
    """Distances (residue, residue2) that a distogram tells, NaN where they probably lie beyond the last bin."""
    near = probabilities[:-1].sum(0)
    mean = np.tensordot(bins.centres[:-1], probabilities[:-1], axes=1) / np.maximum(near, 1e-6)
    told = np.where(probabilities[-1] < BEYOND, mean, np.nan)
    place = np.arange(len(told))
    apart = np.abs(place[:, None] - place[None, :])
    told[apart >= MIN_SEPARATION] = np.maximum(told, CLASH)[apart >= MIN_SEPARATION]
    told[apart < MIN_SEPARATION] = np.nan
    return told


def embedded(known: np.ndarray) -> np.ndarray:
    """Points (residue, xyz) with these distances, NaN where unknown; either hand.

    Unknown distances are those of the shortest way along known ones and bonds; then classical scaling.
    """
    length = len(known)
    whole = np.where(np.isnan(known), np.inf, known)
    place = np.arange(length)
    bonds = np.abs(place[:, None] - place[None, :]) == 1
    whole[bonds & ~np.isfinite(whole)] = BOND
    np.fill_diagonal(whole, 0.0)
    squared = np.asarray(floyd_warshall(whole)) ** 2
    centred = squared - squared.mean(0) - squared.mean(1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)
    # a straight chain has no second or third dimension, and rounding may leave a variance just below zero
    points: np.ndarray = vectors[:, -3:] * np.sqrt(np.maximum(values[-3:], 0.0))
    # the sign of an eigenvector is nobody's choice
    signs = np.where(points[np.abs(points).argmax(0), np.arange(3)] < 0, -1.0, 1.0)
    return np.asarray(points * signs)


def right_handed(points: np.ndarray) -> np.ndarray:
    """The chain or its mirror image, whichever has more right-handed helix."""
    turns = dihedrals(points)
    ends = np.linalg.norm(points[3:] - points[:-3], axis=1)
    low, high = HELIX_DIHEDRAL
    right = ((turns > low) & (turns < high) & (ends < HELIX_END)).sum()
    left = ((turns < -low) & (turns > -high) & (ends < HELIX_END)).sum()
    return points * np.array([1.0, 1.0, -1.0]) if left > right else points


def dihedrals(points: np.ndarray) -> np.ndarray:
    """Dihedral angles in degrees of each four consecutive points (residue - 3)."""
    bonds = np.diff(points, axis=0)
    first, middle, last = bonds[:-2], bonds[1:-1], bonds[2:]
    before, after = np.cross(first, middle), np.cross(middle, last)
    along = np.linalg.norm(middle, axis=1) * (first * after).sum(1)
    return np.asarray(np.degrees(np.arctan2(along, (before * after).sum(1))))


class _Wells:
    """The energy of each pair at each distance: cubic pieces through minus log probability at the bin centres."""

    def __init__(self, probabilities: np.ndarray, bins: Bins) -> None:
        length = probabilities.shape[1]
        self.rows, self.columns = np.triu_indices(length, MIN_SEPARATION)
        shares = probabilities[:, self.rows, self.columns].T.astype(np.float64)
        place = np.arange(bins.count)
        tail = 1 / (1 + (place[:, None] - place[None, :]) ** 2.0)
        spread = (1 - TAIL) * shares + TAIL * shares @ (tail / tail.sum(1, keepdims=True))
        spread[:, -1] /= BEYOND_BINS
        self.first, self.step, self.last = float(bins.centres[0]), bins.step, bins.count - 1
        # level beyond the last centre, and before the first
        self.energy = -np.log(np.maximum(spread, 1e-6))
        self.slope = np.zeros_like(self.energy)
        self.slope[:, 1:-1] = 0.5 * (self.energy[:, 2:] - self.energy[:, :-2])
        self._base = np.arange(len(self.rows)) * bins.count

    def force(self, distance: np.ndarray) -> np.ndarray:
        """Derivative of each pair's energy (pair) by its distance."""
        exact = (distance - self.first) / self.step
        inside = (exact > 0) & (exact < self.last)
        knot = np.clip(exact.astype(np.int64), 0, self.last - 1)
        t = np.clip(exact - knot, 0, 1)
        here = self._base + knot
        energy, slope = self.energy.ravel(), self.slope.ravel()
        rise = 6 * t * (1 - t) * (energy[here + 1] - energy[here])
        bend = (1 + t * (3 * t - 4)) * slope[here] + t * (3 * t - 2) * slope[here + 1]
        return np.asarray(np.where(inside, (rise + bend) / self.step, 0.0))


def _descended(start: np.ndarray, wells: _Wells, steps: int, progress: Callable[[int, int], None] | None) -> np.ndarray:
    """The chain after so many steps of Adam (Kingma and Ba 2015), each shorter than the one before."""
    points = start.astype(np.float64)
    mean, square = np.zeros_like(points), np.zeros_like(points)
    for step in range(1, steps + 1):
        gradient = _gradient(points, wells)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        length = LAST_STEP + (FIRST_STEP - LAST_STEP) * 0.5 * (1 + np.cos(np.pi * step / steps))
        points = points - length * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        if progress is not None:
            progress(step, steps)
    return np.asarray(points - points.mean(0))


def _gradient(points: np.ndarray, wells: _Wells) -> np.ndarray:
    """Gradient of the whole energy (residue, xyz)."""
    apart = np.maximum(distances(points), 1e-3)
    force = np.zeros_like(apart)
    pairs = apart[wells.rows, wells.columns]
    close = np.where(wells.columns - wells.rows > 2, np.minimum(pairs - CLASH, 0), 0)
    force[wells.rows, wells.columns] = wells.force(pairs) + 2 * CLASH_WEIGHT * close
    place = np.arange(len(points))
    one, two = (place[:-1], place[1:]), (place[:-2], place[2:])
    force[one] = 2 * BOND_WEIGHT * (apart[one] - BOND)
    force[two] += 2 * ANGLE_WEIGHT * (apart[two] - np.clip(apart[two], *NEXT_BUT_ONE))
    pull = (force + force.T) / apart
    return np.asarray(pull.sum(1)[:, None] * points - pull @ points)
