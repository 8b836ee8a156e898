"""Where on Earth is this grid? Parallels and meridians across a map, and the place of any point on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np

STEPS_DEGREES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
WANTED_LINES = 4
POINTS = 97
LATTICE = 9
EARTH_KM_PER_DEGREE = 111.195


class GridLine(TypedDict):
    """A parallel or meridian; `points` are (across, down) as shares of the map, with one beyond it at either end."""

    label: str
    kind: str
    points: list[list[float]]


class Graticule(TypedDict):
    """Lines to draw, and latitude and longitude on an even lattice of the map's corners and inside."""

    lines: list[GridLine]
    latitude: list[list[float]]
    longitude: list[list[float]]


def graticule(y: np.ndarray, x: np.ndarray, crs: Mapping[str, Any]) -> Graticule | None:
    """Lines of round degrees over the grid with these cell centres; `crs` holds `crs_wkt` or CF's grid mapping.

    None where the grid mapping says nothing: the map then has its axes in km.
    """
    import pyproj

    if not crs.get("crs_wkt") and not crs.get("grid_mapping_name"):
        return None
    system = pyproj.CRS.from_wkt(crs["crs_wkt"]) if crs.get("crs_wkt") else pyproj.CRS.from_cf(dict(crs))
    # longitude before latitude, whatever the order that the authority prescribes
    to_earth = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
    (left, right), (top, bottom) = _edges(x), _edges(y)
    across, down = np.meshgrid(np.linspace(left, right, LATTICE), np.linspace(top, bottom, LATTICE))
    longitude, latitude = to_earth.transform(across, down)
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        return None
    longitude = np.degrees(np.unwrap(np.unwrap(np.radians(longitude), axis=1), axis=0))

    def placed(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        east, north = to_earth.transform(lon, lat, direction="INVERSE")
        return np.stack([(np.asarray(east) - left) / (right - left), (np.asarray(north) - top) / (bottom - top)], 1)

    south, north, west, east = latitude.min(), latitude.max(), longitude.min(), longitude.max()
    along_lat, along_lon = np.linspace(south, north, POINTS), np.linspace(west, east, POINTS)
    lines = [
        _line("parallel", _degrees(value, "N", "S"), placed(along_lon, np.full(POINTS, value)))
        for value in _round_values(south, north)
    ]
    lines += [
        _line("meridian", _degrees(_wrapped(value), "E", "W"), placed(np.full(POINTS, value), along_lat))
        for value in _round_values(west, east)
    ]
    return Graticule(
        lines=[line for line in lines if len(line["points"]) > 1],
        latitude=np.round(latitude, 4).tolist(),
        longitude=np.round(longitude, 4).tolist(),
    )


def cell_size_km(y: np.ndarray, x: np.ndarray, cell_km: float, crs: Mapping[str, Any]) -> tuple[float, float]:
    """Height and width of a cell in km: on a grid of degrees they differ, elsewhere both are `cell_km`."""
    import pyproj

    if crs.get("crs_wkt"):
        geographic = bool(pyproj.CRS.from_wkt(crs["crs_wkt"]).is_geographic)
    else:
        geographic = crs.get("grid_mapping_name") == "latitude_longitude"
    if not geographic or len(y) < 2 or len(x) < 2:
        return cell_km, cell_km
    height, width = abs(float(y[1] - y[0])), abs(float(x[1] - x[0]))
    return height * EARTH_KM_PER_DEGREE, width * EARTH_KM_PER_DEGREE * float(np.cos(np.radians(np.mean(y))))


def _edges(centres: np.ndarray) -> tuple[float, float]:
    first, last = float(centres[0]), float(centres[-1])
    half = (last - first) / max(1, len(centres) - 1) / 2
    return first - half, last + half


def _round_values(low: float, high: float) -> np.ndarray:
    step = next((step for step in STEPS_DEGREES if (high - low) / step <= WANTED_LINES + 1.001), STEPS_DEGREES[-1])
    # a line along the frame itself counts, whatever the last digit of the projection says
    return np.arange(np.ceil(low / step - 1e-6), np.floor(high / step + 1e-6) + 1) * step


def _line(kind: str, label: str, points: np.ndarray) -> GridLine:
    inside: np.ndarray = np.all((points >= 0) & (points <= 1), axis=1)
    # one point beyond the frame on either side, so that the line reaches it
    near = inside.copy()
    near[1:] |= inside[:-1]
    near[:-1] |= inside[1:]
    return GridLine(label=label, kind=kind, points=np.round(points[near], 4).tolist())


def _degrees(value: float, positive: str, negative: str) -> str:
    letter = "" if abs(value) < 1e-9 else positive if value > 0 else negative
    return f"{abs(round(value, 6)):g}°{letter}"


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180
