"""Rain of one step as a CF NetCDF file, laid out like the accumulations of the Australian Bureau of Meteorology.

One file a step: packed `precipitation` on x and y in kilometres, scalar `start_time` and `valid_time`, the projection
in `proj`. Unlike the bureau's files these do use `_FillValue` outside the radars' range.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import h5netcdf
import numpy as np
import pyproj

FINEST_MM = 0.001
GREATEST_RATE = 300.0  # mm/h that the packing holds at least
FILL = -1
COMPRESSION = 4


def write_netcdf(
    path: Path,
    rate: np.ndarray,
    end: datetime,
    step_minutes: int,
    proj4: str,
    lower_left: tuple[float, float],
    cell_m: float,
    title: str,
) -> None:
    """Write rain rates (y, x) in mm/h, rows from the north, NaN where not observed, as mm in `step_minutes`.

    `lower_left` is the outer corner of the grid in the projection's metres; `end` is UTC.
    """
    height, width = rate.shape
    left, bottom = (corner / 1000 for corner in lower_left)
    cell = cell_m / 1000
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(Conventions="CF-1.7", title=title, institution="none: simulated", source="sciml")
        _axis(file, "y", bottom + cell * (height - 0.5 - np.arange(height)))
        _axis(file, "x", left + cell * (0.5 + np.arange(width)))
        projection = file.create_variable("proj", (), "i1")
        for name, value in pyproj.CRS.from_proj4(proj4).to_cf().items():
            projection.attrs[name] = value
        _moment(file, "start_time", end - timedelta(minutes=step_minutes), "Start of accumulation period")
        _moment(file, "valid_time", end, "End of accumulation period")
        file.variables["valid_time"].attrs["standard_name"] = "time"
        _precipitation(file, rate, step_minutes)


def unit_mm(step_minutes: int) -> float:
    """Precipitation that one step of the packing stands for, mm."""
    largest = GREATEST_RATE * step_minutes / 60
    return FINEST_MM * max(1, ceil(largest / (FINEST_MM * np.iinfo(np.int16).max)))


def _precipitation(file: h5netcdf.File, rate: np.ndarray, step_minutes: int) -> None:
    unit = unit_mm(step_minutes)
    steps = np.minimum(np.rint(np.nan_to_num(rate) * (step_minutes / 60 / unit)), np.iinfo(np.int16).max)
    codes = np.where(np.isfinite(rate), steps, FILL).astype(np.int16)
    variable = file.create_variable(
        "precipitation",
        ("y", "x"),
        "i2",
        data=codes,
        fillvalue=FILL,
        chunks=codes.shape,
        compression="gzip",
        compression_opts=COMPRESSION,
    )
    variable.attrs.update(
        long_name="Accumulated precipitation",
        standard_name="precipitation_amount",
        units="kg m-2",
        scale_factor=unit,
        add_offset=0.0,
        grid_mapping="proj",
    )


def _axis(file: h5netcdf.File, name: str, centres: np.ndarray) -> None:
    file.dimensions[name] = len(centres)
    axis = file.create_variable(name, (name,), "f8", data=centres)
    axis.attrs.update(standard_name=f"projection_{name}_coordinate", units="km")


def _moment(file: h5netcdf.File, name: str, moment: datetime, long_name: str) -> None:
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    variable = file.create_variable(name, (), "i8", data=np.int64(seconds))
    variable.attrs.update(long_name=long_name, units="seconds since 1970-01-01 00:00:00 UTC")
