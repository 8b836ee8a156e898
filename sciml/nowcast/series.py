"""How do single frames become one series on a regular time axis, its missing frames still missing?"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import dask.array
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.file_bytes import Unreadable, whole, whole_or_unreadable
from sciml.nowcast.frames import Frame

_MINUTE = np.timedelta64(1, "m")
_SPARSE = 50  # axis steps a file; beyond it, a clock is wrong
_COMMENT = "rates as decoded: neither hail nor clutter is cut; above 327.67 mm/h they do not fit into packed hundredths"
_RAIN = {
    "standard_name": "rainfall_rate",
    "long_name": "rain rate",
    "units": "mm h-1",
    "grid_mapping": "crs",
    "comment": _COMMENT,
}


def series(frames: Sequence[Frame], min_quality: float = 0.0) -> xr.Dataset:
    """The CF Dataset of frames in any order; nothing is decoded until it is computed.

    A step that no frame shows is NaN and `frame_ok` False. `range_mask` is lazy too, and computing it decodes all.
    """
    ordered = sorted(frames, key=lambda frame: frame.time)
    _check_alike(ordered)
    single = _without_repeats(ordered)
    step, indices = _regular(single)
    placed: list[Frame | None] = [None] * (indices[-1] + 1)
    for index, frame in zip(indices, single, strict=True):
        placed[index] = frame
    first = single[0]
    if first.unit == "mm" and first.minutes and first.minutes > step:
        text = f"{first.path}: accumulations over {first.minutes:g} minutes every {step}: they overlap and are smooth"
        warnings.warn(DataWarning(text), stacklevel=3)
    times = _to_minute(first.time) + np.arange(len(placed)) * step * _MINUTE
    fields = _fields(placed, first, min_quality)
    coords = _coords(fields["rain_rate"][1], placed, times, first, step)
    found = xr.Dataset(fields, coords=coords, attrs=_attrs(first, step, min_quality))
    for name in ("time", "time_bnds"):
        found[name].encoding = {"units": "seconds since 1970-01-01", "calendar": "standard", "dtype": "int64"}
    return found


class FrameStack:
    """Frames as an array (time, y, x) that decodes those which are indexed; None is a frame of NaN."""

    ndim = 3
    dtype = np.dtype(np.float32)

    def __init__(self, frames: Sequence[Frame | None], shape: tuple[int, int], min_quality: float, field: str) -> None:
        self.shape = (len(frames), *shape)
        self._frames, self._min_quality, self._field = tuple(frames), min_quality, field
        self._alone = sum(frame is not None for frame in frames) == 1

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        along, *inside = key if isinstance(key, tuple) else (key,)
        chosen = np.arange(len(self._frames))[along]
        if chosen.ndim == 0:
            return np.asarray(self._decoded(int(chosen))[tuple(inside)])
        blocks = [self._decoded(int(index))[tuple(inside)] for index in chosen]
        return np.stack(blocks) if blocks else np.empty((0, *self.shape[1:]), self.dtype)[(slice(None), *inside)]

    def _decoded(self, index: int) -> NDArray[np.float32]:
        frame = self._frames[index]
        if frame is None:
            return np.full(self.shape[1:], np.nan, np.float32)
        try:
            return self._field_of(frame)
        except Unreadable as error:
            if self._alone:
                raise
            warnings.warn(DataWarning(f"{error}; the frame counts as missing"), stacklevel=2)
            return np.full(self.shape[1:], np.nan, np.float32)

    def _field_of(self, frame: Frame) -> NDArray[np.float32]:
        with whole_or_unreadable(frame.path):
            if self._field == "quality":
                return frame.quality() if frame.quality else np.full(self.shape[1:], np.nan, np.float32)
            rain = frame.rain()
            if rain.shape != self.shape[1:]:
                raise ValueError(f"{rain.shape} cells, not {self.shape[1:]}")
            if self._min_quality > 0 and frame.quality is not None:
                rain[frame.quality() < self._min_quality] = np.nan
            return rain


def _check_alike(frames: Sequence[Frame]) -> None:
    """Raise where a frame is of another format, unit, accumulation or grid than most."""
    # the scans of an instant may begin and end as they like, an accumulation may not
    lengths = [frame.minutes if frame.unit == "mm" else None for frame in frames]
    kinds = Counter((frame.source_format, frame.unit, length) for frame, length in zip(frames, lengths, strict=True))
    usual = kinds.most_common(1)[0][0]
    grid = Counter(frame.grid for frame in frames).most_common(1)[0][0]
    same = {grid}
    remedy = "give frames of one kind, or leave this file out"
    for frame, length in zip(frames, lengths, strict=True):
        if frame.source_format != usual[0]:
            raise BadInput(frame.path, f"is {frame.source_format}, the others {usual[0]}", remedy)
        if frame.unit != usual[1]:
            raise BadInput(frame.path, f"holds {frame.unit}, the others {usual[1]}", remedy)
        if length != usual[2]:
            mine, its = (f"{minutes:g} minutes" for minutes in (length, usual[2]) if minutes is not None)
            raise BadInput(frame.path, f"was observed over {mine}, the others over {its}", remedy)
        if frame.grid in same:
            continue
        if frame.grid.shape != grid.shape:
            mine, its = (" x ".join(map(str, shape)) for shape in (frame.grid.shape, grid.shape))
            raise BadInput(frame.path, f"has {mine} cells, the others {its}", remedy)
        if not frame.grid.matches(grid):
            raise BadInput(frame.path, "lies elsewhere or has another projection than the others", remedy)
        same.add(frame.grid)


def _without_repeats(frames: Sequence[Frame]) -> list[Frame]:
    """One frame of each minute; a repeat with the same content is warned of, one with another is an error."""
    kept: list[Frame] = []
    for frame in frames:
        if kept and _to_minute(frame.time) == _to_minute(kept[-1].time):
            kept[-1] = _one_of_two(kept[-1], frame)
        else:
            kept.append(frame)
    return kept


def _one_of_two(first: Frame, second: Frame) -> Frame:
    """The one of two frames of the same time to go on with."""
    if (first.path, first.time) != (second.path, second.time) and whole(first.path) != whole(second.path):
        rain, other = _rain_or_none(first), _rain_or_none(second)
        if rain is None or other is None:
            good, bad = (first, second) if other is None else (second, first)
            text = f"{bad.path}: cannot be decoded and is left out, {good.path} is of the same time"
            warnings.warn(DataWarning(text), stacklevel=5)
            return good
        if not np.array_equal(rain, other, equal_nan=True):
            moment = np.datetime_as_string(second.time, unit="m")
            raise BadInput(second.path, f"and {first.path} show {moment} differently", "leave one of them out")
    warnings.warn(DataWarning(f"{second.path}: repeats {first.path} and is left out"), stacklevel=5)
    return first


def _rain_or_none(frame: Frame) -> NDArray[np.float32] | None:
    try:
        with whole_or_unreadable(frame.path):
            return frame.rain()
    except Unreadable:
        return None


def _regular(frames: Sequence[Frame]) -> tuple[int, list[int]]:
    """The step in minutes, the most common one, and the place of each frame on the axis of such steps."""
    if len(frames) == 1:
        return round(frames[0].minutes or frames[0].usual_minutes), [0]
    minutes = [round((frame.time - frames[0].time) / _MINUTE) for frame in frames]
    steps = Counter(after - before for before, after in pairwise(minutes))
    step = max(steps, key=lambda length: (steps[length], -length))
    for (before, after), (first, second) in zip(pairwise(minutes), pairwise(frames), strict=True):
        if (after - before) % step:
            raise BadInput(
                second.path, f"comes {after - before} minutes after {first.path.name}, the others {step}",
                "give series of different steps one by one",
            )  # fmt: skip
        if (after - before) // step > _SPARSE * (len(frames) + 20):
            raise BadInput(
                second.path, f"comes {(after - before) / 1440:,.0f} days after {first.path.name}",
                "is its clock right? give series that lie apart one by one",
            )  # fmt: skip
    return step, [minute // step for minute in minutes]


def _to_minute(time: np.datetime64) -> np.datetime64:
    minutes = round((time - np.datetime64(0, "ns")) / _MINUTE)
    return np.datetime64(0, "ns") + np.timedelta64(minutes, "m")


def _fields(placed: Sequence[Frame | None], first: Frame, min_quality: float) -> dict[str, Any]:
    shape = first.grid.shape
    fields: dict[str, Any] = {"rain_rate": (("time", "y", "x"), _lazy(FrameStack(placed, shape, min_quality, "rain")))}
    fields["rain_rate"] += ({**_RAIN, "cell_methods": "time: mean" if first.unit == "mm" else "time: point"},)
    if any(frame is not None and frame.quality is not None for frame in placed):
        attrs = {"long_name": "quality index", "units": "1", "grid_mapping": "crs", "valid_range": [0.0, 1.0]}
        fields["quality"] = (("time", "y", "x"), _lazy(FrameStack(placed, shape, 0.0, "quality")), attrs)
    return fields


def _lazy(stack: FrameStack) -> Any:
    from_array: Any = dask.array.from_array  # has no types of its own
    # name=False: a digest of thousands of frames would cost more than it could save
    return from_array(stack, (1, *stack.shape[1:]), name=False, fancy=False, meta=np.empty((0, 0, 0), np.float32))


def _coords(
    rain: Any, placed: Sequence[Frame | None], times: NDArray[np.datetime64], first: Frame, step: int
) -> dict[str, Any]:
    grid, (begin, end) = first.grid, _window(first, step)
    lengths = {"units": "m"} if not grid.geographic else {}
    directions = {
        axis: {"standard_name": name, "units": f"degrees_{compass}"} if grid.geographic
        else {"standard_name": f"projection_{axis}_coordinate", **lengths}
        for axis, name, compass in (("x", "longitude", "east"), ("y", "latitude", "north"))
    }  # fmt: skip
    seen = (~dask.array.isnan(rain)).any(axis=0)
    ok = np.array([frame is not None for frame in placed])
    return {
        "time": ("time", times, {"standard_name": "time", "axis": "T", "bounds": "time_bnds"}),
        "y": ("y", grid.y, {**directions["y"], "axis": "Y"}),
        "x": ("x", grid.x, {**directions["x"], "axis": "X"}),
        "time_bnds": (("time", "nv"), np.stack([times + begin, times + end], axis=1)),
        "frame_ok": ("time", ok, {"long_name": "the frame is there"}),
        "range_mask": (("y", "x"), seen, {"long_name": "some frame observes the cell"}),
        "crs": ((), np.int32(0), grid.mapping()),
    }


def _window(frame: Frame, step: int) -> tuple[np.timedelta64, np.timedelta64]:
    """Bounds of a frame relative to its time; where its file says none, the step that ends with it."""
    if frame.start is None or frame.end is None:
        return np.timedelta64(-step, "m"), np.timedelta64(0, "m")
    return frame.start - frame.time, frame.end - frame.time


def _attrs(first: Frame, step: int, min_quality: float) -> dict[str, Any]:
    minutes = round(first.minutes or step, 2)
    attrs: dict[str, Any] = {
        "Conventions": "CF-1.11",
        "source_format": first.source_format,
        "source_unit": first.unit,
        "step_minutes": step,
        "accumulation_minutes": int(minutes) if float(minutes).is_integer() else minutes,
        "cell_km": round(first.grid.cell_km, 4),
    }
    if first.zr is not None:
        attrs |= {"zr_a": first.zr[0], "zr_b": first.zr[1]}
    if min_quality > 0:
        attrs["min_quality"] = min_quality
    if first.remark:
        attrs["comment"] = first.remark
    return attrs


def missing_files(errors: Iterable[Unreadable]) -> None:
    """Warn of each file that a series has to do without."""
    for error in errors:
        warnings.warn(DataWarning(f"{error}; the frame counts as missing"), stacklevel=3)
