"""How do two chains lie over each other, and from where is a chain seen best?"""

from __future__ import annotations

import numpy as np


def superpose(moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """`moving` (residue, xyz) turned and shifted onto `fixed` by least squares over the residues known in both.

    Kabsch 1976: a rotation, never a reflection. With fewer than three common residues it stays where it is.
    """
    both = np.isfinite(moving).all(1) & np.isfinite(fixed).all(1)
    if both.sum() < 3:
        return moving.astype(np.float64)
    here, there = moving[both].astype(np.float64), fixed[both].astype(np.float64)
    left, _, right = np.linalg.svd((here - here.mean(0)).T @ (there - there.mean(0)))
    right[2] *= np.sign(np.linalg.det(left @ right))
    return np.asarray((moving - here.mean(0)) @ (left @ right) + there.mean(0))


def broad_side(chain: np.ndarray) -> np.ndarray:
    """The rotation (xyz, xyz) by which `chain @ rotation` shows the chain longest along x and flattest along z.

    The first residue then lies left and below of the last one, so that the same chain is always seen alike.
    """
    known = chain[np.isfinite(chain).all(1)].astype(np.float64)
    if len(known) < 3:
        return np.eye(3)
    axes = np.linalg.svd(known - known.mean(0), full_matrices=False)[2]
    along = known[-1] - known[0]
    axes[:2] *= np.where(axes[:2] @ along < 0, -1, 1)[:, None]
    axes[2] = np.cross(axes[0], axes[1])
    return np.asarray(axes.T)
