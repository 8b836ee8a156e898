"""Rain rates in GRIB2, as the Multi-Radar Multi-Sensor system of the United States writes them: where, of when?"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.core.gzipped import opened
from sciml.nowcast import grib2
from sciml.nowcast.frames import Frame
from sciml.nowcast.grids import Grid, crs_of, west_of_date_line

NAME = "MRMS GRIB2"
# discipline, category and number, and what makes mm/h of it; ecCodes has no name for the first, NOAA's own
RATES = {(209, 6, 1): 1.0, (0, 1, 7): 3600.0, (0, 1, 52): 3600.0, (0, 1, 65): 3600.0}


def frames(path: Path) -> list[Frame]:
    """Every field of rain rate in a file; the time is the observation's."""
    try:
        with opened(path) as stream:
            found = list(grib2.fields(stream))
    except grib2.Unsupported as error:
        raise BadInput(path, f"is {error}", "convert it with wgrib2") from error
    rates = [field for field in found if field.parameter in RATES]
    if not rates:
        named = ", ".join("/".join(map(str, field.parameter)) for field in found) or "nothing"
        raise BadInput(
            path, f"holds {named} (discipline/category/number), no rain rate", "give MRMS PrecipRate (209/6/1)"
        )
    return [
        Frame(path, NAME, "mm h-1", field.time, _grid(field.grid), partial(decode, path, field), usual_minutes=2)
        for field in rates
    ]


def decode(path: Path, field: grib2.Field) -> NDArray[np.float32]:
    """Rain rate; -3, no coverage, and every other negative number is NaN."""
    factor = RATES[field.parameter]
    return grib2.values(path, field, lambda stored: np.where(stored < 0, np.nan, stored * factor))


@lru_cache(maxsize=8)
def _grid(grid: grib2.LatLon) -> Grid:
    """Longitudes from -180 to 180, still growing along a row that crosses the date line."""
    crs = str(crs_of(f"+proj=longlat {grid.earth} +type=crs").to_wkt())
    longitude = west_of_date_line(grid.longitude, grid.dx, grid.width)
    return Grid(
        crs, round(longitude, 9), round(grid.dx, 9), grid.width, round(grid.latitude, 9), round(grid.dy, 9), grid.height
    )  # fmt: skip
