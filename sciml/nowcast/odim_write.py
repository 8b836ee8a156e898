"""A radar composite as an ODIM HDF5 file: rain rates, and a quality index beside them.

The layout is that of the OPERA data information model, version 2.2: `what`, `where` and `how` at the root, `RATE` in
`dataset1`, `QIND` in `dataset2`, packed with gain and offset; `nodata` is not observed, `undetect` is dry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyproj

RATE_GAIN = 0.01  # mm/h
RATE_NODATA, RATE_UNDETECT = 65_535, 0
QUALITY_GAIN = 0.01
QUALITY_NODATA = 255
COMPRESSION = 4


def write_odim(
    path: Path,
    rate: np.ndarray,
    quality: np.ndarray | None,
    end: datetime,
    step_minutes: int,
    proj4: str,
    lower_left: tuple[float, float],
    cell_m: float,
    source: str,
) -> None:
    """Write rain rates (y, x) in mm/h, rows from the north, and their quality (0 to 1), NaN where not observed.

    `lower_left` is the outer corner of the grid in the projection's metres; `end` is the nominal time, UTC.
    """
    begin = end - timedelta(minutes=step_minutes)
    times = {
        "startdate": f"{begin:%Y%m%d}",
        "starttime": f"{begin:%H%M%S}",
        "enddate": f"{end:%Y%m%d}",
        "endtime": f"{end:%H%M%S}",
    }
    with h5py.File(path, "w") as file:
        file.attrs.update(_plain({"Conventions": "ODIM_H5/V2_2"}))
        nominal = {"date": f"{end:%Y%m%d}", "time": f"{end:%H%M%S}"}
        what = {"object": "COMP", "version": "H5rad 2.2", "source": source, **nominal}
        _group(file, "what", what)
        _group(file, "where", _where(rate.shape, proj4, lower_left, cell_m))
        _group(file, "how", {"simulated": "True"})
        _field(file, "dataset1", "RATE", _packed_rate(rate), RATE_GAIN, RATE_NODATA, RATE_UNDETECT, times)
        if quality is not None:
            packed = np.where(np.isfinite(quality), np.rint(np.nan_to_num(quality) / QUALITY_GAIN), QUALITY_NODATA)
            # an index of 0 is a value like any other: no code is left for undetect but that of nodata
            code = packed.astype(np.uint8)
            _field(file, "dataset2", "QIND", code, QUALITY_GAIN, QUALITY_NODATA, QUALITY_NODATA, times)


def _packed_rate(rate: np.ndarray) -> np.ndarray:
    """Hundredths of mm/h as uint16; what rounds to 0 is dry."""
    steps = np.clip(np.rint(np.nan_to_num(rate) / RATE_GAIN), RATE_UNDETECT, RATE_NODATA - 1)
    return np.where(np.isfinite(rate), steps, RATE_NODATA).astype(np.uint16)


def _where(shape: tuple[int, ...], proj4: str, lower_left: tuple[float, float], cell_m: float) -> dict[str, Any]:
    height, width = shape
    left, bottom = lower_left
    right, top = left + width * cell_m, bottom + height * cell_m
    to_degrees = pyproj.Proj(proj4)
    corners = {"LL": (left, bottom), "UL": (left, top), "UR": (right, top), "LR": (right, bottom)}
    where: dict[str, Any] = {"projdef": proj4, "xscale": cell_m, "yscale": cell_m, "xsize": width, "ysize": height}
    for corner, (x, y) in corners.items():
        where[f"{corner}_lon"], where[f"{corner}_lat"] = map(float, to_degrees(x, y, inverse=True))
    return where


def _field(
    file: h5py.File,
    name: str,
    quantity: str,
    codes: np.ndarray,
    gain: float,
    nodata: int,
    undetect: int,
    times: Mapping[str, str],
) -> None:
    group = file.create_group(name)
    _group(group, "what", {"product": "COMP", **times})
    data = group.create_group("data1")
    packing = {"gain": gain, "offset": 0.0, "nodata": float(nodata), "undetect": float(undetect)}
    _group(data, "what", {"quantity": quantity, **packing})
    # without times the same rain gives the same bytes
    image = data.create_dataset(
        "data", data=codes, chunks=codes.shape, compression="gzip", compression_opts=COMPRESSION, track_times=False
    )
    image.attrs.update(_plain({"CLASS": "IMAGE", "IMAGE_VERSION": "1.2"}))


def _group(parent: h5py.Group, name: str, attributes: Mapping[str, Any]) -> None:
    parent.create_group(name).attrs.update(_plain(attributes))


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as the model asks for them: fixed-length text, 64-bit numbers."""
    return {
        key: np.bytes_(value) if isinstance(value, str) else np.float64(value) if isinstance(value, float) else value
        for key, value in attributes.items()
    }
