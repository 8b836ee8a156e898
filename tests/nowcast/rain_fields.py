"""Fields, truths and forecasts to score, small and from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter


def showers(seed: int, *shape: int, width: float = 3.0) -> np.ndarray:
    """Rain of (..., y, x) in hundredths of mm/h, dry in somewhat more than half of the cells."""
    sigma = (*(0.0 for _ in shape[:-2]), width, width)
    field = gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)
    field /= field.std()
    return np.round(np.where(field > 0.2, 0.4 * np.exp(1.6 * field), 0.0), 2).astype(np.float32)


def truth_of(rain: np.ndarray, step: int = 5) -> xr.DataArray:
    """Observed rain (lead_time, y, x) at every `step` minutes."""
    minutes = np.arange(1, len(rain) + 1, dtype=np.int32) * step
    return xr.DataArray(np.asarray(rain, np.float32), dims=("lead_time", "y", "x"), coords={"lead_time": minutes})


def forecast_of(members: np.ndarray | Sequence[np.ndarray], step: int = 5) -> xr.Dataset:
    """A forecast (member, lead_time, y, x) at every `step` minutes."""
    rain = np.asarray(members, np.float32)
    minutes = np.arange(1, rain.shape[1] + 1, dtype=np.int32) * step
    return xr.Dataset({"rain_rate": (("member", "lead_time", "y", "x"), rain)}, {"lead_time": minutes})
