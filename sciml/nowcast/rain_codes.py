"""How do the numbers stored in a file become mm/h, and which of them are dry or not observed?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Unit = Literal["mm h-1", "mm", "dBZ"]
MARSHALL_PALMER = (200.0, 1.6)  # Z = a R^b, where a format states no other


@dataclass(frozen=True)
class Packing:
    """Decoded = (stored * slope + offset) * factor, in `unit`.

    `dry` and `unknown` are stored numbers, as are `low` and `high`, the ends of the valid range. `minutes` is the
    length of an accumulation, `zr` holds a and b of Z = a R^b.
    """

    unit: Unit
    minutes: float | None = None
    zr: tuple[float, float] = MARSHALL_PALMER
    slope: float = 1.0
    offset: float = 0.0
    factor: float = 1.0
    dry: tuple[float, ...] = ()
    unknown: tuple[float, ...] = ()
    low: float = -math.inf
    high: float = math.inf


def rain_rate(stored: NDArray[Any], packing: Packing) -> NDArray[np.float32]:
    """Rain rate in mm/h, NaN where not observed; an amount or a rate below zero is no observation either."""
    if stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2:
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        return _table(native.dtype.str, packing).take(native.view(f"u{native.dtype.itemsize}"))
    return _rates(stored.astype(np.float64), packing)


def physical(stored: NDArray[Any], packing: Packing) -> NDArray[np.float64]:
    """Decoded values in the unit of the packing, NaN where unknown."""
    values = (stored * packing.slope + packing.offset) * packing.factor
    # a NaN lies in no range
    known = (stored >= packing.low) & (stored <= packing.high) & ~_is_one_of(stored, packing.unknown)
    return np.where(known, values, np.nan)


@lru_cache(maxsize=16)
def _table(dtype: str, packing: Packing) -> NDArray[np.float32]:
    """Rain rate of every number that 8 or 16 bits can hold, each converted once; by its bits read without a sign."""
    octets = np.dtype(dtype).itemsize
    return _rates(np.arange(1 << 8 * octets, dtype=f"u{octets}").view(dtype).astype(np.float64), packing)


def _rates(stored: NDArray[np.float64], packing: Packing) -> NDArray[np.float32]:
    # codes for unknown may be huge, and overflow before they are masked
    with np.errstate(over="ignore", invalid="ignore"):
        rate = _per_hour(physical(stored, packing), packing).astype(np.float32)
    rate[~((rate >= 0) & (rate < np.inf))] = np.nan
    if packing.dry:
        rate[_is_one_of(stored, packing.dry) & ~_is_one_of(stored, packing.unknown)] = 0
    return rate


def _is_one_of(stored: NDArray[Any], codes: tuple[float, ...]) -> NDArray[np.bool_]:
    found = np.zeros(stored.shape, bool)
    for code in codes:
        found |= stored == code
    return found


def _per_hour(values: NDArray[np.float64], packing: Packing) -> NDArray[np.float64]:
    if packing.unit == "dBZ":
        a, b = packing.zr
        return np.asarray((10.0 ** (values / 10) / a) ** (1 / b))
    if packing.unit == "mm":
        if not packing.minutes:
            raise ValueError("an accumulation of unknown length")
        return values * (60 / packing.minutes)
    return values
