"""Composites in ODIM HDF5 (EUMETNET OPERA information model 2.x): which quantity, where, of when?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.nowcast.frames import Frame, instant, minutes_between
from sciml.nowcast.grids import Grid, crs_of, projected, rounded
from sciml.nowcast.hdf5 import hdf5_file, number, text
from sciml.nowcast.rain_codes import MARSHALL_PALMER, Packing, Unit, physical, rain_rate

NAME = "ODIM HDF5"
QUANTITIES: dict[str, Unit] = {"RATE": "mm h-1", "ACRR": "mm", "DBZH": "dBZ", "TH": "dBZ"}  # the first there is read
QUALITY = "QIND"
_IMAGES = ("COMP", "IMAGE")


def recognises(file: Any) -> bool:
    return text(file.attrs, "Conventions").startswith("ODIM") or ("what" in file and "dataset1" in file)


def frames(path: Path, file: Any) -> list[Frame]:
    """The one frame of a composite."""
    kind = text(file["what"].attrs, "object", "COMP")
    if kind not in _IMAGES:
        raise BadInput(path, f"is an ODIM {kind}, not a composite", "give Cartesian composites (COMP or IMAGE)")
    fields = dict(_fields(file))
    quantity = next((name for name in QUANTITIES if name in fields), None)
    if quantity is None:
        known, found = ", ".join(QUANTITIES), ", ".join(sorted(fields)) or "nothing"
        raise BadInput(path, f"holds {found}, none of {known}", "give a product that holds rain or reflectivity")
    unit, data = QUANTITIES[quantity], fields[quantity]
    what = _what(file, data)
    time, start, end = _times(what, unit)
    minutes = minutes_between(start, end) if start is not None and end is not None else None
    if unit == "mm" and not (minutes and minutes > 0):
        raise BadInput(path, "holds an accumulation of unknown length", "write start and end into its group what")
    zr = _z_r(file, data) if unit == "dBZ" else None
    grid = _grid(path, file, data)
    packing = replace(_packing(what, unit), minutes=minutes, zr=zr or MARSHALL_PALMER)
    return [
        Frame(
            path, NAME, unit, time, grid, partial(decode, path, data, packing),
            quality=partial(decode_quality, path, fields[QUALITY]) if QUALITY in fields else None,
            start=start, end=end, minutes=minutes, zr=zr, usual_minutes=15 if unit == "mm h-1" else 5,
        )
    ]  # fmt: skip


def decode(path: Path, data: str, packing: Packing) -> NDArray[np.float32]:
    with hdf5_file(path) as file:
        return rain_rate(file[data]["data"][()], packing)


def decode_quality(path: Path, data: str) -> NDArray[np.float32]:
    """Quality index, 0 to 1; NaN where there is none, which in some products is wherever it does not rain."""
    with hdf5_file(path) as file:
        packing = _packing(_what(file, data), "mm h-1")
        coded = replace(packing, unknown=packing.unknown + packing.dry)
        return physical(file[data]["data"][()], coded).astype(np.float32)


def _packing(what: dict[str, Any], unit: Unit) -> Packing:
    """`undetect` is dry, `nodata` not observed; both are codes, compared before gain and offset."""
    codes = {name: (number(what, name),) if name in what else () for name in ("undetect", "nodata")}
    return Packing(
        unit, slope=number(what, "gain", 1.0), offset=number(what, "offset", 0.0),
        dry=codes["undetect"], unknown=codes["nodata"],
    )  # fmt: skip


def _fields(file: Any) -> Iterator[tuple[str, str]]:
    """Quantities and their groups; the last one of a name is the first in the file, so that `dict` keeps that."""
    found = []
    for dataset in _numbered(file, "dataset"):
        for data in _numbered(file[dataset], "data"):
            group = f"{dataset}/{data}"
            found.append((text(_what(file, group), "quantity", "unnamed"), group))
            found += [(QUALITY, f"{group}/{name}") for name in _quality_groups(file[group])]
        found += [(QUALITY, f"{dataset}/{name}") for name in _quality_groups(file[dataset])]
    yield from reversed(found)


def _quality_groups(group: Any) -> list[str]:
    """Groups `quality<n>` that hold the total quality index; others hold one single disturbance each."""
    named = []
    for name in _numbered(group, "quality"):
        own = group[name]["what"].attrs if "what" in group[name] else {}
        task = text(group[name]["how"].attrs, "task") if "how" in group[name] else ""
        if text(own, "quantity") == QUALITY or "qi_total" in task:
            named.append(name)
    return named


def _numbered(group: Any, stem: str) -> list[str]:
    return sorted(
        (name for name in group if re.fullmatch(rf"{stem}\d+", name)), key=lambda name: int(name.removeprefix(stem))
    )


def _what(file: Any, data: str) -> dict[str, Any]:
    """The attributes that hold for a field: those of the file, of its dataset, its own, the nearest one winning."""
    merged: dict[str, Any] = {}
    parts = data.split("/")
    for depth in range(len(parts) + 1):
        group = file["/".join(parts[:depth]) or "/"]
        if "what" in group:
            merged |= dict(group["what"].attrs)
    return merged


def _times(what: dict[str, Any], unit: Unit) -> tuple[np.datetime64, np.datetime64 | None, np.datetime64 | None]:
    """The frame's time and the window of its observations.

    An accumulation is stamped with the end of its window. A rate or a reflectivity is an instant at its nominal time,
    the window being that in which scans were accepted; only where both begin at once does the nominal time name the
    start of a mean, and then the end is taken.
    """
    named = {name: (text(what, f"{name}date"), text(what, f"{name}time")) for name in ("", "start", "end")}
    found = {name: instant(*pair) if all(pair) else None for name, pair in named.items()}
    nominal, start, end = found[""], found["start"], found["end"]
    if end is None:
        if nominal is None:
            raise KeyError("no date and time")
        return nominal, None, None
    if nominal is None or unit == "mm" or nominal == start:
        return end, start, end
    return nominal, start, end


def _z_r(file: Any, data: str) -> tuple[float, float]:
    """a and b of Z = a R^b as the file states them, or those of Marshall and Palmer."""
    how: dict[str, Any] = {}
    for group in (file, file[data.split("/")[0]], file[data]):
        how |= dict(group["how"].attrs) if "how" in group else {}
    return number(how, "zr_a", MARSHALL_PALMER[0]), number(how, "zr_b", MARSHALL_PALMER[1])


def _grid(path: Path, file: Any, data: str) -> Grid:
    where: dict[str, Any] = {}
    for group in (file, file[data.split("/")[0]]):
        where |= dict(group["where"].attrs) if "where" in group else {}
    height, width = file[data]["data"].shape
    if (number(where, "ysize", height), number(where, "xsize", width)) != (height, width):
        raise BadInput(path, f"says {where['ysize']} x {where['xsize']} cells and holds {height} x {width}", "")
    # coordinates in km would be 1000 times off; PROJ's x_0 and y_0 are metres in any case
    crs = crs_of(text(where, "projdef").replace("+units=km", "+units=m")).to_wkt()
    corners = {
        name: projected(crs, number(where, f"{name}_lon"), number(where, f"{name}_lat"))
        for name in ("LL", "LR", "UL", "UR")
        if f"{name}_lon" in where and f"{name}_lat" in where
    }
    if not corners:
        raise BadInput(path, "has no corner in its group where", "write LL_lon and LL_lat, as ODIM asks")
    dx = number(where, "xscale", 0.0) or _spacing(corners, 0, width)
    dy = number(where, "yscale", 0.0) or _spacing(corners, 1, height)
    name, (x, y) = next(iter(corners.items()))
    left = x if name[1] == "L" else x - dx * width
    top = y if name[0] == "U" else y + dy * height
    tidy = (lambda degrees: round(degrees, 9)) if crs_of(crs).is_geographic else rounded
    return Grid(crs, tidy(left + dx / 2), dx, width, tidy(top - dy / 2), -dy, height)


def _spacing(corners: dict[str, tuple[float, float]], axis: int, count: int) -> float:
    """Cell size from the corners, for files that state no scale."""
    places = [corner[axis] for corner in corners.values()]
    if max(places) == min(places):
        raise KeyError("no cell size: neither xscale and yscale nor opposite corners")
    return (max(places) - min(places)) / count
