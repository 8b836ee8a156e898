"""A plain day to change one thing of, for tests of the simulator."""

from __future__ import annotations

import math
from dataclasses import replace

from sciml.nowcast.flow import Flow, Wave
from sciml.nowcast.weather import Weather

PLAIN = Weather(
    wet_share=0.5,
    median_rate=1.0,
    heavy_ratio=5.0,
    large_slope=2.4,
    small_slope=4.0,
    break_km=15.0,
    lifetime_10km=10.0,
    lifetime_exponent=0.95,
    stretch=1.0,
    band_degrees=0.0,
    hills=0.0,
    pulse=0.0,
    pulse_minutes=300.0,
    cells_per_10000_km2=0.0,
    peak_rate=30.0,
    cell_minutes=35.0,
    wind_km_h=36.0,
    wind_degrees=90.0,
    eddy_km_h=0.0,
    turn_degrees=0.0,
    beam_km=0.5,
    speckle_db=0.0,
)
FROZEN = replace(PLAIN, lifetime_10km=1e9)  # minutes: nothing grows or decays


def uniform_flow(torus: int, rows: float, columns: float, *waves: Wave) -> Flow:
    """So many cells a step in each direction, with waves on top."""
    speed, angle = (rows**2 + columns**2) ** 0.5, math.atan2(columns, rows)
    return Flow(torus, speed, angle, swing=0.0, swing_steps=100.0, swing_phase=0.0, waves=waves)
