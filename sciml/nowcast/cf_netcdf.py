"""Rain in NetCDF-4 with CF conventions, such as the Bureau of Meteorology's Rainfields: which variable, where, of when?

Read with h5py: libraries that build a whole Dataset of each file cost several times more.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.nowcast.frames import Frame, minutes_between
from sciml.nowcast.grids import Grid, crs_of, rounded, west_of_date_line
from sciml.nowcast.hdf5 import hdf5_file, plain, text
from sciml.nowcast.rain_codes import Packing, Unit, rain_rate

NAME = "CF NetCDF"
# units of rain, what they are and what makes that of them
UNITS: dict[str, tuple[Unit, float]] = {
    "mm h-1": ("mm h-1", 1.0), "mm/h": ("mm h-1", 1.0), "mm hr-1": ("mm h-1", 1.0), "mm/hr": ("mm h-1", 1.0),
    "kg m-2 h-1": ("mm h-1", 1.0), "kg m-2 s-1": ("mm h-1", 3600.0), "mm s-1": ("mm h-1", 3600.0),
    "m s-1": ("mm h-1", 3.6e6), "mm": ("mm", 1.0), "kg m-2": ("mm", 1.0), "m": ("mm", 1000.0), "dBZ": ("dBZ", 1.0),
}  # fmt: skip
STANDARD_NAMES = {
    "rainfall_rate", "rainfall_flux", "precipitation_flux", "lwe_precipitation_rate", "rainfall_amount",
    "precipitation_amount", "lwe_thickness_of_precipitation_amount", "thickness_of_rainfall_amount",
    "equivalent_reflectivity_factor",
}  # fmt: skip
_LENGTHS = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "km": 1000.0, "kilometre": 1000.0}
_SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "h": 3600, "day": 86400, "d": 86400}
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
_REMEDY = "give one variable of rain with the dimensions y and x, or time, y and x"


def recognises(file: Any) -> bool:
    conventions = text(file.attrs, "Conventions")
    return conventions.startswith(("CF", "COARDS")) or "_NCProperties" in file.attrs


def frames(path: Path, file: Any) -> list[Frame]:
    """Every time of a file. The time is the end of its bounds, or `valid_time` with `start_time` beside it."""
    name = _rain(path, file)
    variable = file[name]
    dimensions = [_dimension(axis) for axis in variable.dims]
    vertical, horizontal = _axes(path, file, dimensions)
    others = [dimension for dimension in dimensions if dimension not in (vertical, horizontal)]
    if len(others) > 1 or (others and dimensions.index(others[0]) != 0):
        raise BadInput(path, f"{name} has the dimensions {', '.join(dimensions)}", _REMEDY)
    grid = _grid(path, file, variable, file[vertical], file[horizontal])
    windows = _windows(path, file, others[0] if others else None)
    packing, transposed = _packing(variable), dimensions.index(horizontal) < dimensions.index(vertical)
    found = []
    for index, (start, end) in enumerate(windows):
        minutes = minutes_between(start, end) if start is not None else None
        if packing.unit == "mm" and not (minutes and minutes > 0):
            raise BadInput(path, f"{name} is an accumulation of unknown length", "give its time bounds")
        one = replace(packing, minutes=minutes)
        found.append(
            Frame(
                path, NAME, one.unit, end, grid,
                partial(decode, path, name, index if others else None, transposed, one),
                start=start, end=end, minutes=minutes, zr=one.zr if one.unit == "dBZ" else None,
            )
        )  # fmt: skip
    return found


def decode(path: Path, name: str, index: int | None, transposed: bool, packing: Packing) -> NDArray[np.float32]:
    """Rain rate of one frame, the one at `index` along time where there is such a dimension."""
    with hdf5_file(path) as file:
        stored: NDArray[Any] = file[name][()] if index is None else file[name][index]
    return rain_rate(stored.T if transposed else stored, packing)


def _packing(variable: Any) -> Packing:
    unit, factor = UNITS[_unit(variable)]
    attrs = plain(variable.attrs)
    low, high = attrs.get("valid_range", (-math.inf, math.inf))
    return Packing(
        unit, slope=attrs.get("scale_factor", 1.0), offset=attrs.get("add_offset", 0.0), factor=factor,
        unknown=tuple(attrs[name] for name in ("_FillValue", "missing_value") if name in attrs),
        low=attrs.get("valid_min", low), high=attrs.get("valid_max", high),
    )  # fmt: skip


def _rain(path: Path, file: Any) -> str:
    """The name of the one variable that holds rain: by its standard name, else by its unit."""
    images: dict[str, Any] = {name: item for name, item in file.items() if getattr(item, "ndim", 0) >= 2}
    measured = [name for name, item in images.items() if _unit(item) in UNITS and "bnds" not in name]
    standard = [name for name in measured if text(file[name].attrs, "standard_name") in STANDARD_NAMES]
    chosen = standard or [name for name in measured if _unit(file[name]) not in ("m", "mm s-1", "m s-1")]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise BadInput(path, f"holds more than one field of rain: {', '.join(chosen)}", "keep one of them")
    found = ", ".join(f"{name} ({_unit(item) or 'no units'})" for name, item in images.items()) or "no field"
    raise BadInput(path, f"holds {found}, neither rain nor reflectivity", f"known units: {', '.join(UNITS)}")


def _unit(variable: Any) -> str:
    written = " ".join(text(variable.attrs, "units").replace("**", "").replace("^", "").split())
    return "dBZ" if written.lower() == "dbz" else written


def _dimension(axis: Any) -> str:
    return str(axis[0].name).rsplit("/", 1)[-1] if len(axis) else ""


def _axes(path: Path, file: Any, dimensions: list[str]) -> tuple[str, str]:
    """The dimensions of rows and of columns, by standard name, CF axis or name."""
    roles = {"y": ("projection_y_coordinate", "latitude"), "x": ("projection_x_coordinate", "longitude")}
    found = {}
    for role, standard in roles.items():
        for dimension in dimensions:
            attrs = file[dimension].attrs if dimension in file else {}
            named = text(attrs, "standard_name") in standard or text(attrs, "axis").lower() == role
            if named or (not attrs.get("standard_name") and dimension.lower() in (role, standard[1], standard[1][:3])):
                found[role] = dimension
    if len(found) < 2:
        raise BadInput(path, f"has no coordinates x and y among {', '.join(dimensions) or 'nothing'}", _REMEDY)
    return found["y"], found["x"]


def _grid(path: Path, file: Any, variable: Any, vertical: Any, horizontal: Any) -> Grid:
    (y0, dy), (x0, dx) = _steps(path, vertical), _steps(path, horizontal)
    mapping = text(variable.attrs, "grid_mapping").split(":")[0].strip()
    degrees = _unit(horizontal).startswith("degree")
    scale = 1.0 if degrees else _LENGTHS.get(_unit(horizontal))
    if scale is None:
        raise BadInput(path, f"has x in {_unit(horizontal) or 'no units'}", "give metres, km or degrees")
    if mapping and mapping in file:
        terms = {name: value for name, value in plain(file[mapping].attrs).items() if value != ""}
        # CF gives false origins in the unit of the coordinates, PROJ reads them as metres
        for name in ("false_easting", "false_northing"):
            if name in terms:
                terms[name] *= scale
        crs = _crs(json.dumps(terms))
    elif degrees:
        crs = _crs(json.dumps({"grid_mapping_name": "latitude_longitude"}))
    else:
        raise BadInput(path, "does not say which projection its x and y are in", "give it a CF grid mapping")
    height, width = vertical.shape[0], horizontal.shape[0]
    if degrees:
        return Grid(crs, round(west_of_date_line(x0, dx, width), 9), dx, width, round(y0, 9), dy, height)
    return Grid(crs, rounded(x0 * scale), dx * scale, width, rounded(y0 * scale), dy * scale, height)


def _steps(path: Path, axis: Any) -> tuple[float, float]:
    """First value and step of a coordinate, checked to be regular; longitudes may jump from 359 to 0."""
    values = np.asarray(axis[()], np.float64)
    if _unit(axis).startswith("degree"):
        values = np.unwrap(values, period=360.0)
    if values.size < 2:
        raise BadInput(path, f"has a single cell along {axis.name.strip('/')}", "give an image")
    step = (values[-1] - values[0]) / (values.size - 1)
    if not np.isfinite(step) or step == 0 or np.abs(np.diff(values) - step).max() > abs(step) / 100:
        raise BadInput(path, f"has an irregular coordinate {axis.name.strip('/')}", "give a regular grid")
    return float(values[0]), round(float(step), 9)


@lru_cache(maxsize=16)
def _crs(terms: str) -> str:
    return str(crs_of(pyproj.CRS.from_cf(json.loads(terms)).to_wkt()).to_wkt())


def _windows(path: Path, file: Any, along: str | None) -> list[tuple[np.datetime64 | None, np.datetime64]]:
    """Start, where it is known, and end of each frame."""
    name = along or next(
        (name for name, item in file.items() if text(item.attrs, "standard_name") == "time"),
        next((name for name in ("valid_time", "time") if name in file), None),
    )
    if name is None or name not in file:
        raise BadInput(path, "says no time", "give it a variable with the standard name time")
    times = file[name]
    bounds = text(times.attrs, "bounds")
    if bounds in file:
        # bounds without units of their own have those of their variable
        attrs = file[bounds].attrs if "units" in file[bounds].attrs else times.attrs
        pairs = _instants(file[bounds][()].reshape(-1, 2), attrs)
        return [(start, end) for start, end in pairs]
    ends = _instants(np.atleast_1d(times[()]), times.attrs)
    if along is None and "start_time" in file:
        starts = _instants(np.atleast_1d(file["start_time"][()]), file["start_time"].attrs)
        return list(zip(starts, ends, strict=True))
    return [(None, end) for end in ends]


def _instants(values: NDArray[Any], attrs: Any) -> NDArray[np.datetime64]:
    """Times in UTC of numbers in CF's `<unit> since <time>`, to the second."""
    written, calendar = text(attrs, "units"), text(attrs, "calendar", "standard")
    match = re.fullmatch(r"(\w+?)s? since (\d{4}-\d{1,2}-\d{1,2})[T ]?([\d:.]*)\s*(?:UTC|Z|\+?00:?00)?", written)
    if match is None or match[1] not in _SECONDS or calendar not in _CALENDARS:
        raise ValueError(f"unknown time {written!r} in the calendar {calendar}")
    year, month, day = (int(part) for part in match[2].split("-"))
    clock = [float(part) for part in match[3].split(":")] if match[3] else []
    since = sum(part * unit for part, unit in zip(clock, (3600, 60, 1), strict=False))
    seconds = np.rint(np.asarray(values, np.float64) * _SECONDS[match[1]] + since).astype("timedelta64[s]")
    return np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "ns") + seconds
