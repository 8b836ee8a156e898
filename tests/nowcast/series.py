"""A small series of radar frames whose motion is known, as `open_radar` would return it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyproj
import xarray as xr
from scipy import ndimage

from sciml.core.contract import FileRecord, Role, Unit

MOTION = (2, 3)


def series(
    frames: int = 24,
    size: int = 128,
    step_minutes: int = 5,
    seed: int = 1,
    start: str = "2020-06-01T12:00",
    missing: Sequence[int] = (),
    motion: tuple[int, int] = MOTION,
    radius: float = 0.48,
) -> xr.Dataset:
    """Rain that keeps its shape and moves by `motion` (rows, columns) cells a step, coming in again where it leaves.

    The frames `missing` were never written; cells farther than `radius` x `size` from the centre are never observed.
    """
    rate = np.stack([np.roll(_rain(size, seed), (motion[0] * k, motion[1] * k), (0, 1)) for k in range(frames)])
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    in_range = np.hypot(rows, columns) <= radius * size
    rate[:, ~in_range] = np.nan
    rate[list(missing)] = np.nan
    step = np.timedelta64(step_minutes, "m")
    times = np.datetime64(start, "ns") + np.arange(frames) * step
    crs = pyproj.CRS.from_epsg(3035)
    transform = f"4000000 1000 0 {3_000_000 + 1000 * size} 0 -1000"
    return xr.Dataset(
        {
            "rain_rate": (
                ("time", "y", "x"),
                rate,
                {
                    "units": "mm h-1",
                    "standard_name": "rainfall_rate",
                    "cell_methods": "time: mean",
                    "grid_mapping": "crs",
                },
            ),
        },
        coords={
            "time": ("time", times, {"standard_name": "time", "bounds": "time_bnds"}),
            "y": ("y", 3_000_000.0 + 1000 * (size - 0.5 - np.arange(size)), {"units": "m"}),
            "x": ("x", 4_000_000.0 + 1000 * (0.5 + np.arange(size)), {"units": "m"}),
            "time_bnds": (("time", "nv"), np.stack([times - step, times], axis=1)),
            "frame_ok": ("time", ~np.isin(np.arange(frames), list(missing))),
            "range_mask": (("y", "x"), in_range),
            "crs": ((), 0, {**crs.to_cf(), "GeoTransform": transform}),
        },
        attrs={
            "Conventions": "CF-1.11",
            "source_format": "synthetic",
            "source_unit": "mm h-1",
            "step_minutes": step_minutes,
            "accumulation_minutes": step_minutes,
            "cell_km": 1.0,
        },
    ).chunk(time=1)


def stored_unit(
    dataset: xr.Dataset, folder: Path, name: str = "one", site: str = "here", role: Role | None = None
) -> Unit:
    """The unit that ingest would list for this series, with its store in `folder`."""
    from sciml.nowcast.rain_store import write_series

    store = folder / f"{name}.zarr"
    facts = write_series(dataset, store)
    files = {"0001": FileRecord("frames.h5", 1, "sha256:0")}
    typical = {"typical_cell_km": facts["cell_km"]}
    return Unit(name, site, role, True, "none", files, {**facts, **typical}, store=str(store))


def _rain(size: int, seed: int) -> np.ndarray:
    """Rain rates (y, x) in mm/h on a torus: wide rain with cells in it, dry over about half of the field."""
    rng = np.random.default_rng(seed)
    wide, cells = (
        ndimage.gaussian_filter(rng.standard_normal((size, size)), scale, mode="wrap") for scale in (size / 12, 2.5)
    )
    shape = wide / wide.std() + 0.5 * cells / cells.std()
    return np.where(shape > 0, np.round(4 * np.maximum(shape, 0) ** 2, 2), 0).astype(np.float32)
