"""Composites in KNMI's own HDF5 (KNMI HDF5 Data Format Specification 3.5): which quantity, where, of when?"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.nowcast.frames import Frame, instant, minutes_between
from sciml.nowcast.grids import Grid, crs_of, rounded
from sciml.nowcast.hdf5 import hdf5_file, number, text
from sciml.nowcast.rain_codes import Packing, Unit, rain_rate

NAME = "KNMI HDF5"
QUANTITIES: dict[str, Unit] = {"ACCUMULATED_PRECIPITATION_[MM]": "mm", "REFLECTIVITY_[DBZ]": "dBZ"}
IMAGE = "image1"
# %b reads the months of the user's language
_MONTHS = {name: f"{number:02d}" for number, name in enumerate(
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
)}  # fmt: skip
_NUMBER = r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?"
_KM = 1000.0


def recognises(file: Any) -> bool:
    return IMAGE in file and "overview" in file and "geographic" in file


def frames(path: Path, file: Any) -> list[Frame]:
    """The one frame of a file; its time is the end of the accumulation."""
    image, overview = file[IMAGE], file["overview"].attrs
    parameter = text(image.attrs, "image_geo_parameter")
    unit = QUANTITIES.get(parameter.upper())
    if unit is None:
        known = ", ".join(QUANTITIES)
        raise BadInput(path, f"holds {parameter or 'an unnamed quantity'}, not {known}", "give another product")
    end = _instant(text(overview, "product_datetime_end"))
    named = text(overview, "product_datetime_start")
    start = _instant(named) if named else None
    minutes = minutes_between(start, end) if start is not None else None
    if unit == "mm" and not (minutes and minutes > 0):
        raise BadInput(path, "holds an accumulation of unknown length", "write product_datetime_start into it")
    packing = _packing(image["calibration"].attrs, unit, minutes)
    return [
        Frame(
            path, NAME, unit, end, _grid(file), partial(decode, path, packing),
            start=start, end=end, minutes=minutes, zr=packing.zr if unit == "dBZ" else None,
        )
    ]  # fmt: skip


def decode(path: Path, packing: Packing) -> NDArray[np.float32]:
    with hdf5_file(path) as file:
        return rain_rate(file[IMAGE]["image_data"][()], packing)


def _packing(calibration: Any, unit: Unit, minutes: float | None) -> Packing:
    """NaN outside the image and where data are missing.

    Reflectivity has one code, 0, for missing data and for no echo inside the image; it is the latter that occurs.
    """
    slope, offset = _calibration(text(calibration, "calibration_formulas"))
    codes = {number(calibration, f"calibration_{name}", -1.0) for name in ("out_of_image", "missing_data")}
    dry = (0.0,) if unit == "dBZ" else ()
    unknown = tuple(sorted(codes - {-1.0, *dry}))
    return Packing(unit, minutes, slope=slope, offset=offset, dry=dry, unknown=unknown)


def _calibration(formula: str) -> tuple[float, float]:
    """Factor and offset of a formula such as GEO=0.01*PV+0.0, or GEO=0.5*PV+-32.0."""
    match = re.fullmatch(rf"GEO=({_NUMBER})\*PV(?:\+?({_NUMBER}))?", formula.replace(" ", ""), re.IGNORECASE)
    if match is None:
        raise ValueError(f"unknown calibration {formula!r}")
    return float(match[1]), float(match[2] or 0)


def _instant(written: str) -> np.datetime64:
    """UTC of a text such as 26-AUG-2010;00:00:00.000."""
    match = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4});(\d{2}):(\d{2}):(\d{2})(?:\.\d*)?", written)
    if match is None or match[2].upper() not in _MONTHS:
        raise ValueError(f"unknown time {written!r}")
    day, month, year, *clock = match.groups()
    return instant(f"{year}{_MONTHS[month.upper()]}{int(day):02d}", "".join(clock))


def _grid(file: Any) -> Grid:
    """The grid in metres; the file states pixels, offsets and the ellipsoid in km."""
    where = file["geographic"].attrs
    definition = text(file["geographic/map_projection"].attrs, "projection_proj4_params")
    metres = _KM if text(where, "geo_dim_pixel", "KM,KM").upper().startswith("KM") else 1.0
    dx, dy = (number(where, f"geo_pixel_size_{axis}") * metres for axis in "xy")
    dx, dy = round(dx, 3), round(dy, 3)  # from float32
    height, width = file[IMAGE]["image_data"].shape
    return Grid(
        _crs(definition),
        rounded((number(where, "geo_column_offset") + 0.5) * dx), dx, width,
        rounded((number(where, "geo_row_offset") + 0.5) * dy), dy, height,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _crs(definition: str) -> str:
    """WKT in metres of a PROJ string with lengths in km, and, in some years, without a `+` before y_0."""
    terms = dict(re.findall(r"([a-z_0-9]+)=(\S+)", definition))
    if "a" in terms and float(terms["a"]) < 1e5:
        for name in ("a", "b", "x_0", "y_0"):
            if name in terms:
                terms[name] = repr(float(terms[name]) * _KM)
    return str(crs_of(" ".join(f"+{name}={value}" for name, value in terms.items()) + " +units=m +type=crs").to_wkt())
