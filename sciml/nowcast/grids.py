"""Where on Earth do the cells of a radar image lie?"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

EARTH_KM_PER_DEGREE = 111.195  # of a great circle on a sphere of 6371 km


@dataclass(frozen=True)
class Grid:
    """A regular grid: centre of the first cell, signed steps and counts along x and y, in metres or degrees.

    `crs` is WKT. The first row is the first in the file, so `dy` is negative where files begin in the north.
    """

    crs: str
    x0: float
    dx: float
    width: int
    y0: float
    dy: float
    height: int

    def __post_init__(self) -> None:
        numbers = (self.x0, self.dx, self.y0, self.dy)
        if not all(map(math.isfinite, numbers)) or 0 in (self.dx, self.dy) or min(self.shape) < 1:
            raise ValueError(f"an impossible grid of {self.height} x {self.width} cells of {self.dx:g} x {self.dy:g}")
        if self.geographic and max(abs(self.y0), abs(self.y0 + self.dy * (self.height - 1))) > 90:
            raise ValueError("a grid beyond the poles")

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    @property
    def x(self) -> NDArray[np.float64]:
        return self.x0 + self.dx * np.arange(self.width, dtype=np.float64)

    @property
    def y(self) -> NDArray[np.float64]:
        return self.y0 + self.dy * np.arange(self.height, dtype=np.float64)

    @property
    def geographic(self) -> bool:
        return bool(crs_of(self.crs).is_geographic)

    @property
    def cell_km(self) -> float:
        """Side of a square as large as a cell; of a grid in degrees, the one in its middle."""
        area = abs(self.dx * self.dy)
        if not self.geographic:
            return math.sqrt(area) / 1000
        middle = math.radians(self.y0 + self.dy * (self.height - 1) / 2)
        return math.sqrt(area * math.cos(middle)) * EARTH_KM_PER_DEGREE

    def matches(self, other: Grid) -> bool:
        """The same cells, up to a hundredth of a cell."""
        if self.shape != other.shape:
            return False
        ends = zip(_ends(self), _ends(other), (self.dx, self.dx, self.dy, self.dy), strict=True)
        if any(abs(mine - its) > abs(step) / 100 for mine, its, step in ends):
            return False
        return self.crs == other.crs or bool(crs_of(self.crs) == crs_of(other.crs))

    def mapping(self) -> dict[str, Any]:
        """CF's grid mapping attributes, with WKT and GDAL's GeoTransform."""
        corner = (self.x0 - self.dx / 2, self.dx, 0.0, self.y0 - self.dy / 2, 0.0, self.dy)
        with warnings.catch_warnings():
            # CF cannot say all of the Swiss oblique projection; crs_wkt, which to_cf adds, can
            warnings.filterwarnings("ignore", message=".*lost in conversion to CF")
            stated = crs_of(self.crs).to_cf()
        terms = {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}
        return {**terms, "GeoTransform": " ".join(f"{number:.12g}" for number in corner)}


def _ends(grid: Grid) -> tuple[float, float, float, float]:
    right, bottom = grid.x0 + grid.dx * (grid.width - 1), grid.y0 + grid.dy * (grid.height - 1)
    return grid.x0, right, grid.y0, bottom


@lru_cache(maxsize=64)
def crs_of(definition: str | int) -> pyproj.CRS:
    """A coordinate system from WKT, a PROJ string or an EPSG number."""
    return pyproj.CRS.from_user_input(definition)


@lru_cache(maxsize=64)
def projected(crs: str, longitude: float, latitude: float) -> tuple[float, float]:
    """x and y of a place, in metres, or in degrees where the system is geographic."""
    system = crs_of(crs)
    x, y = pyproj.Transformer.from_crs(system.geodetic_crs, system, always_xy=True).transform(longitude, latitude)
    return float(x), float(y)


def rounded(metres: float) -> float:
    """To a centimetre: corners come from decimal degrees, and 1e-9 of noise would reach every coordinate."""
    return round(metres, 2) + 0.0  # no -0.0


def west_of_date_line(x0: float, dx: float, width: int) -> float:
    """The first longitude of a row, shifted by a full turn so that the row's middle lies in (-180, 180]."""
    middle = x0 + dx * (width - 1) / 2
    return x0 - 360 * math.ceil((middle - 180) / 360)
