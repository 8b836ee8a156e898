"""Does an ensemble surround what came? Fair CRPS, spread, ranks, and how many members foresaw each rate.

Members are (member, cell) arrays of rain rate in mm/h, the observation is (cell,); no value is NaN. Every function
returns sums over the cells, in float64, so that cells, frames and days add up.
"""

from __future__ import annotations

import numpy as np

# mm/h; less is called dry, as in pysteps, and tells no ranks apart
DRY = 0.1
# rates are stored in hundredths of mm/h: as float32, ten of these are 0.099999994
_TOLERANCE = 1e-3


def at_least(rain: np.ndarray, threshold: float) -> np.ndarray:
    """Does the rain reach a rate (mm/h)? Where it is NaN it does not."""
    return np.asarray(rain >= np.float32(threshold - _TOLERANCE))


def fair_crps(members: np.ndarray, observed: np.ndarray) -> float:
    """Sum over the cells of the fair continuous ranked probability score, mm/h.

    mean |x_i - y| - sum of |x_i - x_j| over all pairs i < j / (M (M - 1)): what an ensemble of endlessly many such
    members would score, so that ensembles of unequal size compare (Ferro 2014). The pairs are added up from the sorted
    members (Zamo and Naveau 2018). With one member it is the absolute error.
    """
    count = len(members)
    distance = np.abs(members - observed).sum(dtype=np.float64) / count
    if count == 1:
        return float(distance)
    # member i of the sorted ones is the larger of i pairs and the smaller of M - 1 - i
    larger_minus_smaller = 2 * np.arange(count) - (count - 1)
    sums = np.sort(members, axis=0).sum(axis=1, dtype=np.float64)
    return float(distance - larger_minus_smaller @ sums / (count * (count - 1)))


def spread_square(members: np.ndarray) -> float:
    """Sum over the cells of (M + 1) / M times the unbiased variance of the members, (mm/h)².

    Its expectation is that of the squared error of the ensemble mean, when members and observation are alike (Fortin
    et al. 2014).
    """
    count = len(members)
    deviation = members - members.mean(axis=0)
    return float(np.square(deviation).sum(dtype=np.float64) / (count - 1) * (count + 1) / count)


def ranks(members: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """(rank,) M + 1 counts: at how many cells that many members lie below the observation.

    Where members equal it, the cell is shared out evenly over the ranks that it may take: what breaking ties at random
    gives on average. Rates below 0.1 mm/h are equal, and a cell where neither members nor observation reach that is
    not counted, as there every rank is as likely.
    """
    count = len(members)
    wet = at_least(observed, DRY) | at_least(members, DRY).any(axis=0)
    some, seen = (np.where(at_least(rain, DRY), rain, 0) for rain in (members[:, wet], observed[wet]))
    below = (some < seen).sum(axis=0, dtype=np.int64)
    equal = (some == seen).sum(axis=0, dtype=np.int64)
    pairs = np.bincount(below * (count + 1) + equal, minlength=(count + 1) ** 2).reshape(count + 1, count + 1)
    histogram = np.zeros(count + 1)
    for low, ties in np.argwhere(pairs):
        histogram[low : low + ties + 1] += pairs[low, ties] / (ties + 1)
    return histogram


def votes(reached: np.ndarray, events: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """How often 0, 1, ... M members reach a rate (vote,), and how often it was then observed (vote,).

    `reached` is the number of members that do (cell,), `events` whether the observation does (cell,). All that a
    reliability diagram, the Brier score, the economic value and the members' own CSI need.
    """
    pairs = np.bincount(reached + (count + 1) * events.astype(np.int64), minlength=2 * (count + 1))
    without, with_event = pairs.reshape(2, count + 1).astype(np.float64)
    return without + with_event, with_event
