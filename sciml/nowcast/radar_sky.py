"""What a radar network makes of the rain: circles of range, a wide beam, shadows of hills, speckle and clutter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from sciml.nowcast.weather import Weather

RANGE_KM = (80.0, 150.0)
SPACING_RANGES = 1.2  # distance between radars over their range
DENSITY = (0.4, 1.1)  # radars there are over those that would leave no gap
MOST_SHADOWS = 3  # of one radar
SHADOW_DEGREES = (0.5, 4.0)
SHADOW_SHARE = (0.2, 0.7)  # of the rain that is still seen
CLUTTER_KM = 25.0  # mean distance of clutter from its radar
CLUTTER_LEAST, CLUTTER_MEDIAN, CLUTTER_GREATEST = 0.3, 2.0, 40.0  # mm/h
CLUTTER_SPREAD, CLUTTER_FLICKER = 0.9, 0.3  # of the logarithm, between cells and from frame to frame
CLUTTER_PRESENCE = 0.85  # share of the frames in which a clutter cell shows
DETECTABLE, SATURATED = 0.05, 300.0  # mm/h; weaker rain is seen as dry, heavier as that
LEAST_QUALITY = 0.05


@dataclass(frozen=True)
class Network:
    """The radars over a grid; arrays are (y, x), lengths in cells."""

    radars: tuple[tuple[float, float], ...]
    reach: float
    in_range: np.ndarray
    seen_share: np.ndarray  # of the rain, below 1 in a shadow
    quality: np.ndarray  # 0 to 1, NaN out of range
    clutter: np.ndarray  # mm/h, 0 where there is none
    beam: float
    speckle_db: float


def draw_network(
    size: int, cell_km: float, clutter_share: float, weather: Weather, rng: np.random.Generator
) -> Network:
    """Radars that cover most of a `size` x `size` grid, the first near its middle."""
    reach = float(rng.uniform(*RANGE_KM)) / cell_km
    radars = _places(size, reach, rng)
    distance, share = np.full((size, size), np.inf), np.ones((size, size))
    for radar in radars:  # each cell is seen by the nearest one
        rows, columns = (np.arange(max(0, int(at - reach)), min(size, int(at + reach) + 2)) for at in radar)
        box = np.ix_(rows, columns)
        down, right = rows[:, None] - radar[0], columns - radar[1]
        own = np.hypot(down, right)
        share[box] = np.where(own < distance[box], _shadows(down, right, reach, rng), share[box])
        distance[box] = np.minimum(own, distance[box])
    in_range = distance <= reach
    quality = np.maximum(LEAST_QUALITY, (1 - (distance / reach) ** 2) * share)
    return Network(
        radars=tuple((float(row), float(column)) for row, column in radars),
        reach=reach,
        in_range=in_range,
        seen_share=share.astype(np.float32),
        quality=np.where(in_range, quality, np.nan).astype(np.float32),
        clutter=_clutter(np.where(in_range, distance, np.inf), CLUTTER_KM / cell_km, clutter_share, rng),
        beam=weather.beam_km / cell_km,
        speckle_db=weather.speckle_db,
    )


def observed(rain: np.ndarray, network: Network, rng: np.random.Generator) -> np.ndarray:
    """Rain rates (y, x) in mm/h as the network reports them: NaN out of range, 0 where it sees none."""
    noise = rng.standard_normal(rain.shape, dtype=np.float32)
    smooth = ndimage.gaussian_filter(rain, network.beam, mode="nearest")
    seen = smooth * network.seen_share * np.power(np.float32(10), np.float32(network.speckle_db / 10) * noise)
    rows, columns = np.nonzero(network.clutter)
    shown = rng.uniform(size=len(rows)) < CLUTTER_PRESENCE
    echo = network.clutter[rows, columns] * rng.lognormal(0, CLUTTER_FLICKER, len(rows)) * shown
    seen[rows, columns] = np.maximum(seen[rows, columns], echo)
    seen = np.minimum(seen, np.float32(SATURATED))
    seen[seen < DETECTABLE] = 0
    return np.where(network.in_range, seen, np.float32(np.nan)).astype(np.float32)


def _places(size: int, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Radars (radar, component): each new one is the candidate farthest from the others."""
    count = max(1, round((size / (SPACING_RANGES * reach)) ** 2 * rng.uniform(*DENSITY)))
    places = [rng.uniform(0.35 * size, 0.65 * size, 2)]
    for _ in range(count - 1):
        candidates = rng.uniform(0, size, (8, 2))
        apart = np.hypot(*(candidates[:, None] - np.array(places)).transpose(2, 0, 1)).min(axis=1)
        places.append(candidates[int(apart.argmax())])
    return np.array(places)


def _shadows(down: np.ndarray, right: np.ndarray, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Share (y, x) of the rain that one radar still sees behind its hills."""
    share = np.ones(np.broadcast_shapes(down.shape, right.shape))
    azimuth, distance = np.arctan2(right, -down), np.hypot(down, right)
    for _ in range(int(rng.integers(0, MOST_SHADOWS + 1))):
        middle, start = rng.uniform(-np.pi, np.pi), rng.uniform(0.2, 0.6) * reach
        half = 0.5 * np.radians(rng.uniform(*SHADOW_DEGREES))
        apart = np.abs((azimuth - middle + np.pi) % (2 * np.pi) - np.pi)
        share[(apart < half) & (distance > start)] *= rng.uniform(*SHADOW_SHARE)
    return share


def _clutter(distance: np.ndarray, spread: float, share: float, rng: np.random.Generator) -> np.ndarray:
    """Echoes (y, x) of the ground in mm/h on `share` of the cells in range, thinning out with the radar's distance."""
    clutter = np.zeros(distance.shape, np.float32)
    rows, columns = np.nonzero(np.isfinite(distance))
    wanted = round(share * len(rows))
    weight = np.exp(-distance[rows, columns] / spread)
    chosen = rng.choice(len(rows), wanted, replace=False, p=weight / weight.sum())
    echo = CLUTTER_MEDIAN * rng.lognormal(0, CLUTTER_SPREAD, wanted)
    clutter[rows[chosen], columns[chosen]] = np.clip(echo, CLUTTER_LEAST, CLUTTER_GREATEST)
    return clutter
