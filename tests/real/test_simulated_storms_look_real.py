"""Simulated storms against four real days: Swiss (two), Finnish and Dutch composites, 256 km windows, 40 frames.

Each fact is measured in one way on both. The median of sixteen simulated days must lie among the real days, and every
real day among the simulated ones, within the tolerance stated beside the fact.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from scipy import ndimage

from sciml.nowcast.formats import open_radar
from sciml.nowcast.motion import motion
from sciml.nowcast.radar_sky import draw_network, observed
from sciml.nowcast.storms import Storm, Window, frames
from sciml.nowcast.weather import RANGES, draw_weather

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "radar"
# the wettest 256 x 256 cells that the radars see whole: first row, first column
DAYS = {
    "mch/20150515": (256, 336),
    "mch/20170131": (144, 176),
    "fmi/20160928": (576, 240),
    "knmi": (272, 256),
}
SIZE, FRAMES, STORMS = 256, 40, 4
SCALES = (4, 8, 16, 32, 64)  # km, the shorter end of an octave
LAGS = (1, 3, 6, 12)
Measured: TypeAlias = dict[str, dict[str, float]]
# by how much the middle of the simulated days may lie outside the real ones, and a real day outside the simulated ones
FACTORS = {
    "wet share": 1.3,
    "mean rain where wet": 1.3,
    "95th percentile": 1.3,
    "99th percentile": 1.3,
    "slope 4-16 km": 1.35,
    "slope 16-64 km": 1.25,
    "hourly growth": 1.3,
    "five-minute growth": 1.5,
    "growth of 64 km in 30 min": 1.3,
    "speed": 1.2,
}
MEMORY = 0.12  # the same for correlations

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not all((DATA / day).is_dir() for day in DAYS), reason="the radar archive is not here"),
]


def memory(scale: int, lag: int) -> str:
    return f"memory of {scale} km after {5 * lag} min"


def decibels(rate: np.ndarray) -> np.ndarray:
    return np.asarray(10 * np.log10(np.maximum(rate, 0.1)))


TAPER = np.outer(np.hanning(SIZE), np.hanning(SIZE))
WAVELENGTH = 1 / np.maximum(np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.fftfreq(SIZE)), 1e-9)


def octave(field: np.ndarray, shortest: float) -> np.ndarray:
    """The part of a decibel field between a wavelength and twice that, inside the taper's edge."""
    band = (shortest <= WAVELENGTH) & (2 * shortest > WAVELENGTH)
    return np.asarray(np.fft.ifft2(np.fft.fft2((field - field.mean()) * TAPER) * band).real[32:-32, 32:-32])


def slope(rain: np.ndarray, shortest: float, longest: float) -> float:
    """Fall of the power of the decibel field with the wavenumber, over rings one wavenumber wide."""
    ring = np.rint(SIZE / WAVELENGTH).astype(int).ravel()
    power = np.zeros(ring.max() + 1)
    for field in rain[::8]:
        power += np.bincount(ring, np.abs(np.fft.fft2((decibels(field) - decibels(field).mean()) * TAPER)).ravel() ** 2)
    mean = power / np.bincount(ring)
    used = np.arange(round(SIZE / longest), round(SIZE / shortest) + 1)
    return float(-np.polyfit(np.log(used), np.log(mean[used]), 1)[0])


def carried(field: np.ndarray, flow: np.ndarray, steps: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    places = [rows - steps * flow[0], columns - steps * flow[1]]
    return np.asarray(ndimage.map_coordinates(field, places, order=3, mode="nearest"))


def facts(rain: np.ndarray) -> dict[str, float]:
    """What the tests compare; `rain` (time, y, x) in mm/h."""
    wet = rain[rain >= 0.1]
    mean = rain.mean(axis=(1, 2))
    found = {
        "wet share": float((rain >= 0.1).mean()),
        "mean rain where wet": float(wet.mean()),
        "95th percentile": float(np.quantile(wet, 0.95)),
        "99th percentile": float(np.quantile(wet, 0.99)),
        "slope 4-16 km": slope(rain, 4, 16),
        "slope 16-64 km": slope(rain, 16, 64),
        "hourly growth": float(np.abs(np.log(mean[12:] / mean[:-12])).mean()),
        "five-minute growth": float(np.abs(np.diff(np.log(mean))).mean()),
    }
    alike: dict[tuple[int, int], list[float]] = {(scale, lag): [] for scale in SCALES for lag in LAGS}
    speeds, local = [], []
    for start in (4, 14, 24):
        flow = motion(rain[start - 3 : start + 1])
        speeds.append(np.hypot(*flow)[rain[start] >= 0.1].mean() * 12)
        for lag in LAGS:
            before, after = carried(decibels(rain[start]), flow, lag), decibels(rain[start + lag])
            for scale in SCALES:
                first, second = octave(before, scale), octave(after, scale)
                product = (first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum())
                alike[scale, lag].append(float(product))
        blocks = [
            ndimage.uniform_filter(field, 64)[32:-32:32, 32:-32:32].ravel()
            for field in (carried(rain[start], flow, 6), rain[start + 6])
        ]
        rained = (blocks[0] > 0.1) & (blocks[1] > 0.02)
        local += np.abs(np.log(blocks[1][rained] / blocks[0][rained])).tolist()
    found |= {memory(scale, lag): float(np.mean(values)) for (scale, lag), values in alike.items()}
    return found | {"speed": float(np.mean(speeds)), "growth of 64 km in 30 min": float(np.mean(local))}


@pytest.fixture(scope="module")
def real() -> Measured:
    measured = {}
    for day, (row, column) in DAYS.items():
        series = open_radar(sorted((DATA / day).iterdir())[:FRAMES])["rain_rate"]
        window = series.isel(y=slice(row, row + SIZE), x=slice(column, column + SIZE))
        measured[day] = facts(np.nan_to_num(window.values))
    return measured


@pytest.fixture(scope="module")
def made() -> Measured:
    measured = {}
    for kind in RANGES:
        for number in range(STORMS):
            rng = np.random.default_rng([number, *kind.encode()])
            weather = draw_weather(kind, rng)
            whole = np.ones((SIZE, SIZE), bool)
            network = replace(draw_network(SIZE, 1.0, 0.0, weather, rng), in_range=whole, seen_share=np.float32(whole))
            storm = Storm(weather, Window(SIZE, 1.0, 5.0), rng)
            rain = np.stack([observed(field, network, rng) for field in frames(storm, FRAMES)])
            measured[f"{kind} {number}"] = facts(rain)
    return measured


@pytest.mark.parametrize("name", FACTORS)
def test_amounts_shapes_and_speeds_agree(name: str, real: Measured, made: Measured) -> None:
    days, storms = ([facts[name] for facts in measured.values()] for measured in (real, made))
    factor = FACTORS[name]
    assert min(days) / factor <= np.median(storms) <= max(days) * factor
    assert min(storms) / factor <= min(days)
    assert max(days) <= max(storms) * factor


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("lag", LAGS)
def test_each_scale_is_remembered_as_long(scale: int, lag: int, real: Measured, made: Measured) -> None:
    name = memory(scale, lag)
    days, storms = ([facts[name] for facts in measured.values()] for measured in (real, made))
    assert min(days) - MEMORY <= np.median(storms) <= max(days) + MEMORY
    assert min(storms) - MEMORY <= min(days)
    assert max(days) <= max(storms) + MEMORY


def test_lifetimes_grow_with_scale(real: Measured, made: Measured) -> None:
    for measured in (real, made):
        half_hour = [np.mean([facts[memory(scale, 6)] for facts in measured.values()]) for scale in SCALES]
        assert half_hour == sorted(half_hour)
        assert half_hour[0] < 0.1
        assert half_hour[-1] > 0.7
