"""Frames of invented rain as one CF Dataset, for tests of what is made of them."""

from __future__ import annotations

import numpy as np
import pyproj
import xarray as xr
from scipy import ndimage

START = np.datetime64("2016-09-28T16:00", "ns")


def drifting(count: int = 4, size: int = 96, shift: tuple[int, int] = (2, 3), seed: int = 1) -> np.ndarray:
    """Smooth rain (time, y, x) in mm/h that moves by whole cells a step; about a third of the cells are wet."""
    margin = count * max(map(abs, shift))
    noise = np.random.default_rng(seed).normal(size=(size + 2 * margin, size + 2 * margin))
    rough = ndimage.gaussian_filter(noise, 4) + 0.3 * ndimage.gaussian_filter(noise, 1.5)
    field = np.clip(20 * (rough - np.quantile(rough, 0.65)), 0, None)
    frames = []
    for step in range(count):
        top, left = margin - step * shift[0], margin - step * shift[1]
        frames.append(field[top : top + size, left : left + size])
    return np.stack(frames).astype(np.float32)


def radar(rain: np.ndarray, step: int = 5, cell_km: float = 1.0) -> xr.Dataset:
    """A CF Dataset as `open_radar` makes it."""
    height, width = rain.shape[1:]
    metres = cell_km * 1000
    return xr.Dataset(
        {"rain_rate": (("time", "y", "x"), rain, {"units": "mm h-1", "standard_name": "rainfall_rate"})},
        coords={
            "time": START + np.arange(len(rain)) * np.timedelta64(step, "m"),
            "y": ("y", 7e6 - metres * np.arange(height), {"units": "m", "standard_name": "projection_y_coordinate"}),
            "x": ("x", metres * np.arange(width), {"units": "m", "standard_name": "projection_x_coordinate"}),
            "frame_ok": ("time", np.isfinite(rain).any(axis=(1, 2))),
            "crs": ((), np.int32(0), pyproj.CRS(3067).to_cf()),
        },
        attrs={"step_minutes": step, "accumulation_minutes": step, "cell_km": cell_km, "source_format": "test"},
    )
