"""Which four frames does a forecast start from, and what is wrong with them?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import xarray as xr

from sciml.core.errors import BadInput, DataWarning

Frames: TypeAlias = "xr.Dataset | str | Path | Sequence[str | Path]"

CONTEXT = 4
MIN_SIDE = 64
MINUTE = np.timedelta64(1, "m")


def last_frames(frames: Frames, min_quality: float = 0.0) -> tuple[xr.Dataset, str]:
    """The last four steps as a Dataset in memory, and a note on what is wrong with them and their files, or "".

    `frames` are files of any format that `open_radar` reads, or what it returns, in any order. The four are steps of
    the regular time axis: one that is missing stays missing, and is not made up from its neighbours. Each piece of
    the note is a DataWarning as well.
    """
    series, said = _opened(frames, min_quality)
    regular, repeated = _regular(series)
    if regular.sizes["time"] < CONTEXT:
        raise BadInput(_name(frames), f"{_frames(regular.sizes['time'])}", f"a forecast needs {CONTEXT} in a row")
    context = regular.isel(time=slice(-CONTEXT, None)).load()
    _check_grid(context, frames)
    seen = np.isfinite(context["rain_rate"].values).any(axis=(1, 2))
    if not seen.any():
        raise BadInput(_name(frames), f"none of the last {CONTEXT} frames holds an observed cell", "name other frames")
    if seen.sum() < 2:
        problem = f"only one of the last {CONTEXT} steps has a frame: no motion can be seen"
        raise BadInput(_name(frames), problem, "name the frames in between")
    notes = [note for note in (*said, _gaps(context, seen), _repeats(context, repeated)) if note]
    for note in notes:
        warnings.warn(DataWarning(note), stacklevel=2)
    return context, "; ".join(notes)


def _opened(frames: Frames, min_quality: float) -> tuple[xr.Dataset, list[str]]:
    """The series, and what was said of its files: unreadable ones, repeats."""
    if isinstance(frames, xr.Dataset):
        for needed in ("rain_rate", "time", "y", "x"):
            if needed not in frames.variables:
                raise BadInput("frames", f"the Dataset has no {needed}", "make it with sciml.nowcast.open_radar")
        if frames["rain_rate"].dims != ("time", "y", "x") or "step_minutes" not in frames.attrs:
            raise BadInput("frames", "is not a Dataset of radar frames", "make it with sciml.nowcast.open_radar")
        return frames, []
    from sciml.nowcast.formats import open_radar

    paths = [frames] if isinstance(frames, (str, Path)) else list(frames)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        series = open_radar(paths, min_quality=min_quality)
    return series, [str(each.message) for each in caught if issubclass(each.category, DataWarning)]


def _regular(series: xr.Dataset) -> tuple[xr.Dataset, list[np.datetime64]]:
    """Sorted, without repeats (the first is kept), missing steps as frames of NaN; and the times that came twice."""
    times = series["time"].values
    ordered, first, counts = np.unique(times, return_index=True, return_counts=True)
    repeated = list(ordered[counts > 1])
    step = int(series.attrs["step_minutes"]) * MINUTE
    steps = (ordered - ordered[-1]) / step
    if not np.array_equal(steps, np.rint(steps)):
        raise BadInput("frames", f"do not lie on steps of {step}", "name the frames of one product")
    axis = ordered[-1] + np.arange(round(steps[0]), 1) * step.astype("timedelta64[ns]")
    if len(axis) == len(times) and np.array_equal(axis, times):
        return series, repeated
    chosen = series.isel(time=first)
    return chosen.reindex(time=axis[-CONTEXT:] if len(axis) > CONTEXT else axis), repeated


def _check_grid(context: xr.Dataset, frames: Frames) -> None:
    height, width = context.sizes["y"], context.sizes["x"]
    if min(height, width) < MIN_SIDE:
        problem = f"the grid has {height} x {width} cells, and at least {MIN_SIDE} x {MIN_SIDE} are needed"
        raise BadInput(_name(frames), problem, "name frames of a larger domain")


def _gaps(context: xr.Dataset, seen: np.ndarray) -> str:
    lost = [_clock(time) for time, there in zip(context["time"].values, seen, strict=True) if not there]
    return f"no frame at {', '.join(lost)}; nothing was put in its place" if lost else ""


def _repeats(context: xr.Dataset, repeated: Sequence[np.datetime64]) -> str:
    own = [_clock(time) for time in repeated if time in context["time"].values]
    return f"more than one frame at {', '.join(own)}; the first was used" if own else ""


def _name(frames: Frames) -> str:
    if isinstance(frames, xr.Dataset):
        return "frames"
    return str(frames) if isinstance(frames, (str, Path)) else ", ".join(map(str, frames[-1:])) or "frames"


def _frames(count: int) -> str:
    return "there is one frame" if count == 1 else f"there are {count} frames"


def _clock(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time, unit='m')}Z"
