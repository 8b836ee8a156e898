"""What kind of day it is: the numbers that make rain convective, stratiform, mixed or orographic.

The ranges lie around what four days of Swiss, Finnish and Dutch composites show (tests/real holds them to that);
every storm draws its own day from the ranges of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Kind: TypeAlias = Literal["convective", "stratiform", "mixed", "orographic"]
Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Weather:
    """One day's rain and wind; lengths in km, times in minutes, rates in mm/h."""

    wet_share: float  # of the area, before convective cells are added
    median_rate: float  # of the wet area
    heavy_ratio: float  # 95th percentile of the wet area over its median
    large_slope: float  # fall of the power with the wavenumber, scales above `break_km`
    small_slope: float  # the same below
    break_km: float
    lifetime_10km: float  # of features 10 km across, in the frame of the moving air
    lifetime_exponent: float  # lifetime ~ scale ** exponent
    stretch: float  # length over breadth of rain bands
    band_degrees: float  # direction of the bands, from rows towards columns
    hills: float  # share of the Gaussian field's amplitude that stands still
    pulse: float  # slow growth and decay of everything, in standard deviations of the Gaussian field
    pulse_minutes: float  # its period
    cells_per_10000_km2: float  # convective cells alive at a time
    peak_rate: float  # median of the cells' greatest rain
    cell_minutes: float  # median life of a cell
    wind_km_h: float
    wind_degrees: float  # where the rain goes, from rows (down the grid) towards columns
    eddy_km_h: float  # root mean square of the wind's departure from its mean
    turn_degrees: float  # slow swing of the wind
    beam_km: float  # standard deviation of the radar beam across the rain
    speckle_db: float  # radar noise from cell to cell


RANGES: dict[Kind, dict[str, Range]] = {
    "convective": {
        "wet_share": (0.08, 0.45), "median_rate": (0.6, 1.5), "heavy_ratio": (3.5, 5.5),
        "lifetime_10km": (8.0, 13.0), "stretch": (1.0, 2.0), "hills": (0.0, 0.15), "pulse": (0.1, 0.35),
        "cells_per_10000_km2": (0.7, 2.5), "peak_rate": (20.0, 36.0), "wind_km_h": (20.0, 60.0),
        "eddy_km_h": (2.0, 6.0),
    },
    "stratiform": {
        "wet_share": (0.4, 0.85), "median_rate": (0.35, 1.0), "heavy_ratio": (3.0, 5.0),
        "lifetime_10km": (8.0, 14.0), "stretch": (1.1, 2.5), "hills": (0.0, 0.15), "pulse": (0.05, 0.3),
        "cells_per_10000_km2": (0.0, 0.0), "peak_rate": (20.0, 20.0), "wind_km_h": (30.0, 95.0),
        "eddy_km_h": (2.0, 6.0),
    },
    "mixed": {
        "wet_share": (0.2, 0.65), "median_rate": (0.4, 1.1), "heavy_ratio": (3.5, 5.5),
        "lifetime_10km": (8.0, 14.0), "stretch": (1.0, 2.0), "hills": (0.0, 0.25), "pulse": (0.1, 0.35),
        "cells_per_10000_km2": (0.2, 1.5), "peak_rate": (20.0, 35.0), "wind_km_h": (20.0, 90.0),
        "eddy_km_h": (2.0, 6.0),
    },
    "orographic": {
        "wet_share": (0.25, 0.6), "median_rate": (0.4, 1.0), "heavy_ratio": (3.5, 5.5),
        "lifetime_10km": (20.0, 32.0), "stretch": (1.0, 1.8), "hills": (0.35, 0.65), "pulse": (0.05, 0.15),
        "cells_per_10000_km2": (0.0, 0.3), "peak_rate": (20.0, 30.0), "wind_km_h": (20.0, 50.0),
        "eddy_km_h": (2.0, 5.0),
    },
}  # fmt: skip
EVERY_DAY: dict[str, Range] = {
    "large_slope": (2.2, 2.6),
    "small_slope": (3.2, 4.9),
    "break_km": (12.0, 20.0),
    "lifetime_exponent": (0.9, 1.0),
    "band_degrees": (0.0, 180.0),
    "pulse_minutes": (150.0, 400.0),
    "cell_minutes": (25.0, 45.0),
    "wind_degrees": (0.0, 360.0),
    "turn_degrees": (0.0, 20.0),
    "beam_km": (0.2, 1.2),
    "speckle_db": (0.0, 1.2),
}


def draw_weather(kind: Kind, rng: np.random.Generator) -> Weather:
    """A day of this kind, every number uniform in its range."""
    ranges = {**EVERY_DAY, **RANGES[kind]}
    return Weather(**{name: float(rng.uniform(*ranges[name])) for name in sorted(ranges)})
