"""Invented days of rain whose motion and growth are known, as radar composites: ODIM HDF5 or CF NetCDF.

Every storm has random streams of its own, keyed by its name: adding one changes no other. Beside its folder of frames
lies `<name>.truth.json`: the wind, the slow growth, the convective cells, the radars, the frames that are missing.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.errors import SettingsError
from sciml.core.streams import stream
from sciml.core.whole import whole_folder
from sciml.nowcast.netcdf_write import write_netcdf
from sciml.nowcast.odim_write import write_odim
from sciml.nowcast.radar_sky import Network, draw_network, observed
from sciml.nowcast.settings import Settings, SimulatedStorm, SimulateSettings
from sciml.nowcast.storms import Storm, Window, frames
from sciml.nowcast.weather import draw_weather

COLUMNS = ("name", "frames", "site", "role", "licence")
SUFFIX = {"odim": "h5", "netcdf": "nc"}
LICENCE = "simulated, free of any terms"
FIRST_DAY, DAYS = datetime(2001, 1, 1), 7_300
DAY_MINUTES = 24 * 60


def simulate(settings: Settings, seed: int, out: Path, threads: int) -> None:
    """Write the storms of `settings.simulate` into the folder `out`, which appears whole or not at all."""
    wanted = settings.simulate
    if wanted is None:
        raise SettingsError("nowcast.simulate", "is switched off", "give it settings, or name real inputs")
    _check_names(wanted)
    days = _days([storm.name for storm in wanted.storms], seed)
    with whole_folder(out) as folder, ThreadPoolExecutor(max(1, threads)) as pool:
        made = [pool.submit(_make_storm, storm, days[storm.name], wanted, seed, folder) for storm in wanted.storms]
        for each in made:
            each.result()
        _write_sheet(wanted.storms, folder / "samples.tsv")


def _check_names(wanted: SimulateSettings) -> None:
    names = [storm.name for storm in wanted.storms]
    if not names:
        raise SettingsError("nowcast.simulate.storms", "is empty", "name at least one storm, or set simulate: null")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError("nowcast.simulate.storms", f"{twice[0]!r} is there twice", "give each a name of its own")


def _days(names: Sequence[str], seed: int) -> dict[str, datetime]:
    """A day of its own for every storm, by its name; of two that fall together the later in the list moves on."""
    days: dict[str, datetime] = {}
    for name in names:
        number = int(stream(seed, name, "day").integers(DAYS))
        while (day := FIRST_DAY + timedelta(days=number)) in days.values():
            number = (number + 1) % DAYS
        days[name] = day
    return days


def _make_storm(storm: SimulatedStorm, day: datetime, wanted: SimulateSettings, seed: int, folder: Path) -> None:
    """One storm's frames and truth."""
    rain, sky, noise, place, gaps = (
        stream(seed, storm.name, word) for word in ("rain", "sky", "noise", "place", "gaps")
    )
    weather = draw_weather(storm.kind, rain)
    window = Window(wanted.size, wanted.cell_km, wanted.step_minutes)
    fallen = Storm(weather, window, rain)
    network = draw_network(wanted.size, wanted.cell_km, wanted.clutter, weather, sky)
    times = _times(storm.frames, wanted.step_minutes, day, place)
    missing = _missing(storm.frames, wanted.missing_frames, gaps)
    (folder / storm.name).mkdir()
    georeference = _georeference(wanted, place)
    for number, (time, rate) in enumerate(zip(times, frames(fallen, storm.frames), strict=True)):
        seen = observed(rate, network, noise)
        if number not in missing:
            path = folder / storm.name / f"{time:%Y%m%d%H%M}.{SUFFIX[storm.file_format]}"
            _write_frame(path, seen, network, time, storm, wanted, georeference)
    truth = _truth(storm, fallen, network, times, missing, georeference)
    text = json.dumps(truth, indent=1, sort_keys=True)
    (folder / f"{storm.name}.truth.json").write_text(text + "\n", encoding="utf-8")


def _times(frames: int, step_minutes: int, day: datetime, rng: np.random.Generator) -> list[datetime]:
    """Ends of the steps, within one UTC day where they fit into it."""
    free = max(0, DAY_MINUTES // step_minutes - frames - 1)
    first = day + timedelta(minutes=step_minutes * (1 + int(rng.integers(free + 1))))
    return [first + timedelta(minutes=step_minutes * number) for number in range(frames)]


def _missing(frames: int, share: float, rng: np.random.Generator) -> set[int]:
    """Frames that were never written; the first and the last always are, so that the series keeps its length."""
    lost = np.nonzero(rng.uniform(size=frames) < share)[0]
    return set(lost.tolist()) - {0, frames - 1}


def _georeference(wanted: SimulateSettings, rng: np.random.Generator) -> dict[str, Any]:
    """An equal-area projection about a place in Europe, the grid around its origin."""
    latitude, longitude = round(float(rng.uniform(42, 60)), 2), round(float(rng.uniform(-4, 25)), 2)
    half = -0.5 * wanted.size * wanted.cell_km * 1000
    proj4 = f"+proj=laea +lat_0={latitude} +lon_0={longitude} +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
    return {"proj4": proj4, "lower_left": (half, half), "cell_m": wanted.cell_km * 1000}


def _write_frame(
    path: Path,
    seen: np.ndarray,
    network: Network,
    time: datetime,
    storm: SimulatedStorm,
    wanted: SimulateSettings,
    georeference: Mapping[str, Any],
) -> None:
    if storm.file_format == "odim":
        source = f"ORG:0,CMT:simulated {storm.name}"
        write_odim(path, seen, network.quality, time, wanted.step_minutes, **georeference, source=source)
    else:
        title = f"Simulated radar accumulation ({wanted.step_minutes} min), {storm.name}"
        write_netcdf(path, seen, time, wanted.step_minutes, **georeference, title=title)


def _truth(
    storm: SimulatedStorm,
    fallen: Storm,
    network: Network,
    times: Sequence[datetime],
    missing: set[int],
    georeference: Mapping[str, Any],
) -> dict[str, Any]:
    """What is known of a storm; motion is the mean over the grid from each frame to the next, cells a step."""
    motion = [fallen.motion(number + 0.5).mean(axis=(1, 2)) for number in range(storm.frames - 1)]
    return {
        "name": storm.name,
        "kind": storm.kind,
        "times": [f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in times],
        "missing": sorted(missing),
        "grid": {**asdict(fallen.window), **georeference},
        "weather": asdict(fallen.weather),
        "flow": asdict(fallen.flow),
        "motion_rows": [round(float(rows), 4) for rows, _ in motion],
        "motion_columns": [round(float(columns), 4) for _, columns in motion],
        "pulse": [round(fallen.pulse(number), 4) for number in range(storm.frames)],
        "cells": [asdict(cell) for cell in fallen.cells],
        "radars": network.radars,
        "range_cells": network.reach,
        "clutter_cells": int(np.count_nonzero(network.clutter)),
    }


def _write_sheet(storms: Sequence[SimulatedStorm], path: Path) -> None:
    """The sample sheet; patterns are relative to it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        for storm in storms:
            pattern = f"{storm.name}/*.{SUFFIX[storm.file_format]}"
            table.writerow((storm.name, pattern, storm.name, storm.role or "", LICENCE))
