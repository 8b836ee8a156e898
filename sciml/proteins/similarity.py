"""How alike are a model and the native structure? TM-score, GDT_TS and lDDT of C-alpha atoms.

Residue k of the one is residue k of the other: nothing is realigned. Coordinates are (residue, xyz) in angstrom;
residues that are NaN in either are left out of the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# superpositions to begin with, for each length of fragment
MAX_STARTS = 100
SHORTEST_FRAGMENT = 4
ROUNDS = 20
LDDT_TOLERANCES = (0.5, 1.0, 2.0, 4.0)
GDT_CUTOFFS = (1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Similarity:
    """TM-score in [0, 1]; GDT_TS and lDDT in [0, 100]; `per_residue` (residue) is lDDT, NaN where not known."""

    tm: float
    gdt_ts: float
    lddt: float
    per_residue: np.ndarray


def similarity(model: np.ndarray, native: np.ndarray) -> Similarity:
    """All scores of a model, normalised by the residues that the native has coordinates of."""
    tm, gdt_ts = superposed(model, native)
    per_residue = lddt(model, native)
    known = np.isfinite(per_residue)
    return Similarity(tm, gdt_ts, float(per_residue[known].mean()) if known.any() else float("nan"), per_residue)


def superposed(model: np.ndarray, native: np.ndarray) -> tuple[float, float]:
    """TM-score (Zhang and Skolnick 2004, Proteins 57, 702) and GDT_TS (Zemla 2003, NAR 31, 3370).

    Both are maxima over superpositions. They are sought as the first paper does: from fragments of the chain, each
    refined by superposing what came to lie near, until nothing changes; all starts at once.
    """
    resolved = np.isfinite(native).all(1)
    length = int(resolved.sum())
    both = resolved & np.isfinite(model).all(1)
    if both.sum() < 3:
        return float("nan"), float("nan")
    moving, fixed = model[both].astype(np.float64), native[both].astype(np.float64)
    scale = tm_scale(length)
    search = min(max(scale, 4.5), 8.0)
    chosen = _fragments(len(moving))
    best, within = 0.0, np.zeros(len(GDT_CUTOFFS))
    for turn in range(ROUNDS):
        distance = _distances(moving, fixed, chosen)
        best = max(best, float((1 / (1 + (distance / scale) ** 2)).sum(1).max()))
        within = np.maximum(within, [(distance <= cutoff).sum(1).max() for cutoff in GDT_CUTOFFS])
        # a superposition needs three atoms, however far they are
        third = np.partition(distance, 2, axis=1)[:, 2:3]
        near = distance <= np.maximum(search + (-1.0 if turn == 0 else 1.0), third)
        changed = (near != chosen).any(1)
        if not changed.any():
            break
        chosen = np.unique(near[changed], axis=0)
    return best / length, float(100 * within.mean() / length)


def tm_scale(length: int) -> float:
    """The distance d0 (angstrom) at which a pair counts half, so that chance scores alike at every length."""
    return max(0.5, 1.24 * (length - 15) ** (1 / 3) - 1.8) if length > 15 else 0.5


def lddt(model: np.ndarray, native: np.ndarray, radius: float = 15.0) -> np.ndarray:
    """lDDT (residue), 0-100: share of distances within `radius` that are kept (Mariani et al. 2013).

    A residue that the model lacks keeps none of its distances; one that the native lacks has no value.
    """
    true, told = distances(native), distances(model)
    others = ~np.eye(len(native), dtype=bool)
    counted = others & (np.nan_to_num(true, nan=np.inf) < radius)
    error = np.nan_to_num(np.abs(told - true), nan=np.inf)
    kept = np.mean([error < tolerance for tolerance in LDDT_TOLERANCES], axis=0)
    total = counted.sum(1)
    share = np.where(counted, kept, 0).sum(1)
    return np.asarray(100 * np.divide(share, total, out=np.full(len(native), np.nan), where=total > 0))


def distances(points: np.ndarray) -> np.ndarray:
    """Distance (residue, residue2) between points (residue, xyz); NaN where one is unknown."""
    exact = points.astype(np.float64)
    return np.asarray(np.sqrt(((exact[:, None] - exact[None, :]) ** 2).sum(-1)))


def _fragments(length: int) -> np.ndarray:
    """Stretches of the whole chain, its half, its quarter and so on (start, residue)."""
    rows = []
    size = length
    while True:
        starts = length - size + 1
        for start in range(0, starts, -(-starts // MAX_STARTS)):
            row = np.zeros(length, dtype=bool)
            row[start : start + size] = True
            rows.append(row)
        if size <= SHORTEST_FRAGMENT:
            return np.stack(rows)
        size = max(size // 2, SHORTEST_FRAGMENT)


def _distances(moving: np.ndarray, fixed: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Distances (start, residue) after superposing the chosen residues of each start (Kabsch 1976)."""
    weight = chosen / chosen.sum(1, keepdims=True)
    from_centre, to_centre = weight @ moving, weight @ fixed
    products = (moving[:, :, None] * fixed[:, None, :]).reshape(len(moving), 9)
    covariance = (weight @ products).reshape(-1, 3, 3) - from_centre[:, :, None] * to_centre[:, None, :]
    left, _, right = np.linalg.svd(covariance)
    # a rotation, never a reflection
    right[:, 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    rotated = (moving[None] - from_centre[:, None]) @ (left @ right)
    return np.asarray(np.sqrt(((rotated - (fixed[None] - to_centre[:, None])) ** 2).sum(-1)))
