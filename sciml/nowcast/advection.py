"""Where will the rain be if it only drifts? Semi-Lagrangian advection along a constant motion."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SUBSTEPS = 2
# share of the weight in a bilinear mean that must lie on observed cells
KNOWN = 0.999


def departures(motion: np.ndarray, leads: int) -> np.ndarray:
    """Displacement (lead, component, y, x) in cells from where a parcel arrives back to where it came from.

    Backward trajectories through the constant flow (component, y, x), cells a step, by the midpoint rule with two
    substeps a step (Germann and Zawadzki 2002, Monthly Weather Review 130, 2859). Outside the grid the flow is that
    of the nearest cell.
    """
    rows, columns = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in motion.shape[1:]), indexing="ij")
    displacement: np.ndarray = np.zeros_like(motion, dtype=np.float32)
    found = np.empty((leads, *motion.shape), np.float32)
    for lead in range(leads):
        for _ in range(SUBSTEPS):
            here = _sampled(motion, rows + displacement[0], columns + displacement[1]) / SUBSTEPS
            middle = displacement - 0.5 * here
            displacement = displacement - (_sampled(motion, rows + middle[0], columns + middle[1]) / SUBSTEPS)
        found[lead] = displacement
    return found


def advect(field: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """The field (y, x) carried along: bilinear at the departure points, NaN where those were not observed."""
    rows, columns = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in field.shape), indexing="ij")
    places = np.stack([rows + displacement[0], columns + displacement[1]])
    seen = np.isfinite(field)
    carried = ndimage.map_coordinates(np.where(seen, field, 0).astype(np.float32), places, order=1, mode="constant")
    # a cell that has no weight in the mean must not spoil it, as NaN would
    share = ndimage.map_coordinates(seen.astype(np.float32), places, order=1, mode="constant")
    return np.where(share > KNOWN, carried / np.maximum(share, KNOWN), np.nan).astype(np.float32)


def _sampled(motion: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.stack([ndimage.map_coordinates(part, [rows, columns], order=1, mode="nearest") for part in motion])
