"""Was rain of a given rate foreseen, at the cell and near it?"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter


def contingency(forecast: np.ndarray, events: np.ndarray) -> tuple[int, int, int]:
    """Hits, misses and false alarms of two boolean arrays of the same cells."""
    hits = int(np.count_nonzero(forecast & events))
    return hits, int(np.count_nonzero(events)) - hits, int(np.count_nonzero(forecast)) - hits


def box_share(reached: np.ndarray, cells: int) -> np.ndarray:
    """Mean of `reached` (y, x), from 0 to 1, in the box of so many cells around each cell; outside the grid is 0."""
    share = np.asarray(reached, np.float32)
    return np.asarray(uniform_filter(share, size=cells, mode="constant", cval=0.0)) if cells > 1 else share


def fractions_error(forecast: np.ndarray, observed: np.ndarray) -> tuple[float, float]:
    """Sum of (f - o)² and of f² + o² over the shares of two sets of boxes (box,).

    One minus their ratio is the fractions skill score (Roberts and Lean 2008).
    """
    squares = np.square(forecast).sum(dtype=np.float64) + np.square(observed).sum(dtype=np.float64)
    return float(np.square(forecast - observed).sum(dtype=np.float64)), float(squares)
