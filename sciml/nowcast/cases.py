"""What did the radar see before and after the issue time of a case, and where is the rain?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.core.errors import BadInput
from sciml.nowcast.rain_store import RAIN, open_series

CONTEXT = 4
# what an observed dry cell weighs against rain, mm/h
DRY_WEIGHT = 1e-6


def context_of(case: Case) -> xr.Dataset:
    """The CF Dataset of a case up to its issue time: the context frames, its window, in memory."""
    series = open_series(Path(case.unit.store))
    last = last_context(series["time"].values, case)
    window = _window(case)
    cut = series.isel({"time": slice(last - CONTEXT + 1, last + 1), **window}).load()
    return _placed(cut, window)


def truth_of(case: Case) -> xr.DataArray:
    """What the radar saw at each lead: rain_rate(lead_time, y, x) in mm/h, NaN where it saw nothing."""
    series, leads = open_series(Path(case.unit.store)), int(case.place["leads"])
    times, window = series["time"].values, _window(case)
    last, step = last_context(times, case), int(series.attrs["step_minutes"])
    seen = series[RAIN].isel({"time": slice(last + 1, last + 1 + leads), **window}).load()
    rate = np.full((leads, *seen.shape[1:]), np.nan, np.float32)
    rate[: len(seen)] = seen.values
    minutes = step * np.arange(1, leads + 1, dtype=np.int32)
    valid = times[last] + minutes.astype("timedelta64[m]")
    return xr.DataArray(
        rate,
        dims=("lead_time", "y", "x"),
        coords={
            "lead_time": ("lead_time", minutes, {"units": "minutes"}),
            "time": ("lead_time", valid),
            "y": seen["y"],
            "x": seen["x"],
            "crs": seen["crs"],
        },
        name=RAIN,
        attrs=series[RAIN].attrs,
    )


def wettest_window(field: np.ndarray, size: int) -> tuple[int, int]:
    """First row and column of the square of `size` cells with the most rain in `field` (y, x), NaN unobserved.

    Among equals, as on a dry day, it is the one of which the radar sees most.
    """
    # whole numbers: sums that are equal shall be so, whatever the order of adding
    weight = np.rint(np.nan_to_num(field) / DRY_WEIGHT).astype(np.int64) + np.isfinite(field)
    height, width = field.shape
    total = np.pad(weight.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    deep, wide = min(size, height), min(size, width)
    sums = total[deep:, wide:] - total[:-deep, wide:] - total[deep:, :-wide] + total[:-deep, :-wide]
    row, column = np.unravel_index(np.argmax(sums), sums.shape)
    return int(row), int(column)


def last_context(times: np.ndarray, case: Case) -> int:
    """Where a case's issue time lies in its series."""
    found = np.flatnonzero(times == np.datetime64(case.place["time"]))
    if not len(found) or found[0] < CONTEXT - 1:
        raise BadInput(case.unit.store, f"has no context that ends at {case.place['time']}", "run ingest again")
    return int(found[0])


def _window(case: Case) -> dict[str, slice]:
    row, column = int(case.place["y"]), int(case.place["x"])
    return {"y": slice(row, row + int(case.place["height"])), "x": slice(column, column + int(case.place["width"]))}


def _placed(cut: xr.Dataset, window: Mapping[str, slice]) -> xr.Dataset:
    """The origin in the GeoTransform moved to the first cell of the window."""
    known = cut["crs"].attrs.get("GeoTransform")
    if known is not None:
        left, right_x, right_y, top, down_x, down_y = (float(number) for number in str(known).split())
        row, column = window["y"].start, window["x"].start
        left, top = left + column * right_x + row * right_y, top + column * down_x + row * down_y
        numbers = (left, right_x, right_y, top, down_x, down_y)
        cut["crs"].attrs["GeoTransform"] = " ".join(f"{number:.15g}" for number in numbers)
    return cut
