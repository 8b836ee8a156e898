"""Which crops of a series are worth learning from? DGMR's importance sampling (Ravuri et al. 2021, Methods)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

import numpy as np
import xarray as xr

from sciml.nowcast.rain_store import LARGEST, PER_MM_H, WET
from sciml.nowcast.settings import PrepareSettings

# no crop is kept with a larger probability than the saturated share of rain in it (and the least probability): an hour
# of drizzle gives fewer crops than it is asked for, not many of the same drizzle
LARGEST_MULTIPLIER = 1.0


def candidates(
    packed: Iterable[np.ndarray], frames: int, begins: np.ndarray, settings: PrepareSettings, expected: float
) -> xr.Dataset:
    """Every crop that may be drawn: an index table with the dimension `crop`.

    Parameters
    ----------
    packed
        Rain (y, x) frame by frame, int16 hundredths of mm/h, -1 where not observed.
    frames
        Frames of a crop.
    begins
        Which frames a crop may begin at (time), one for each but the last `frames` - 1.
    expected
        How many crops shall be kept on average. The multiplier m of q = min(1, q_min + m / C * sum over the crop of
        (1 - exp(-x / s))), C its cells times frames, is solved for that; m is at most 1.

    Returns
    -------
    xr.Dataset
        time, y, x (index of the first frame, row and column), q (inclusion probability), wet (share of the observed
        cells with at least 0.1 mm/h), missing (share of unobserved cells). A crop with more than `max_missing` is not
        among them.
    """
    sums = _sliding_sums(packed, frames, settings)
    volume = frames * settings.crop**2
    missing = 1 - sums.observed / volume
    time, row, column = np.nonzero((missing <= settings.max_missing) & begins[:, None, None])
    chosen = time, row, column
    saturated, observed = sums.saturated[chosen] / volume, sums.observed[chosen]
    wet = np.divide(sums.wet[chosen], observed, out=np.zeros(len(time)), where=observed > 0)
    multiplier = solve_multiplier(saturated, settings.min_inclusion, expected)
    return xr.Dataset(
        {
            "time": ("crop", time),
            "y": ("crop", row * settings.stride),
            "x": ("crop", column * settings.stride),
            "q": ("crop", _inclusion(saturated, settings.min_inclusion, multiplier)),
            "wet": ("crop", wet),
            "missing": ("crop", missing[chosen]),
        }
    )


def draw(table: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
    """The crops that are kept, each by its own throw with probability q."""
    return table.isel(crop=np.flatnonzero(rng.random(table.sizes["crop"]) < table["q"].values))


def weights(inclusion: np.ndarray) -> np.ndarray:
    """What each drawn crop counts in a mean over all that might have been drawn: 1 / q, with a sum of one.

    The weighted mean of a statistic over the drawn crops then estimates its plain mean over all candidates (Hajek's
    estimator; DGMR re-weights its evaluation so).
    """
    inverse = 1 / np.asarray(inclusion, np.float64)
    return np.asarray(inverse / inverse.sum())


def solve_multiplier(saturated: np.ndarray, least: float, expected: float) -> float:
    """The m for which the inclusion probabilities add up to `expected`, between 0 and LARGEST_MULTIPLIER.

    Their sum rises with m in straight pieces; a crop reaches q = 1 at m = (1 - least) / saturated.
    """
    rain = np.sort(saturated[saturated > 0])[::-1].astype(np.float64)
    if expected <= least * len(saturated) or not len(rain):
        return 0.0
    # with the k wettest at one: k + least * others + m * (rain of the others) = expected
    full = np.arange(len(rain))
    others = np.cumsum(rain[::-1])[::-1]
    with np.errstate(over="ignore"):  # next to no rain: infinite, and the limit holds
        multiplier = (expected - full - least * (len(saturated) - full)) / others
    # the right k is the first whose m leaves the next wettest below one
    fits = least + multiplier * rain <= 1
    found = multiplier[np.argmax(fits)] if fits.any() else np.inf
    return float(min(found, LARGEST_MULTIPLIER))


def _inclusion(saturated: np.ndarray, least: float, multiplier: float) -> np.ndarray:
    return np.minimum(1, least + multiplier * saturated)


@dataclass(frozen=True)
class _Sums:
    """Sums over each crop (time, row, column), on the grid of places."""

    saturated: np.ndarray
    wet: np.ndarray
    observed: np.ndarray


def _sliding_sums(packed: Iterable[np.ndarray], frames: int, settings: PrepareSettings) -> _Sums:
    table = np.zeros(1 << 16, np.float32)
    # a packed rate, seen as unsigned, is its own place in the table; what is not observed (-1) lies at its end
    table[: LARGEST + 1] = -np.expm1(-np.arange(LARGEST + 1) / (PER_MM_H * settings.saturation))
    per_frame = [
        [_box_sums(field, settings) for field in (table[frame.view(np.uint16)], frame >= WET, frame >= 0)]
        for frame in packed
    ]
    stacked = np.asarray(per_frame)
    total = np.concatenate([np.zeros((1, *stacked.shape[1:])), np.cumsum(stacked, axis=0)])
    saturated, wet, observed = np.moveaxis(total[frames:] - total[:-frames], 1, 0)
    return _Sums(saturated, np.rint(wet), np.rint(observed))


def _box_sums(field: np.ndarray, settings: PrepareSettings) -> np.ndarray:
    """Sums (row, column) of `field` (y, x) over the crops of one frame: by blocks that tile both stride and crop."""
    block = gcd(settings.stride, settings.crop)
    height, width = (size - size % block for size in field.shape)
    tiled = field[:height, :width].reshape(height // block, block, width // block, block)
    blocks = tiled.sum(axis=3, dtype=np.float32).sum(axis=1, dtype=np.float64)
    total = np.pad(blocks.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side, step = settings.crop // block, settings.stride // block
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    return np.asarray(sums[::step, ::step])
