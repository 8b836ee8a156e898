"""What does an ensemble cost? The network and STEPS on the same frames and one core, each in a process of its own.

    SCIML_DATA=../shared/data python benchmarks/nowcast_cost.py [--model nowcast-europe] [--method steps ...]

8 members and 12 leads of the wettest 320 x 320 km of a Finnish day, and of a whole Swiss grid of 640 x 710 km, written
to NetCDF as the command does. `CPU-s` is the forecast itself, reading, model and writing included, after a tiny
forecast has imported and compiled what it needs; `process` is the whole process; `peak` its largest memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

import numpy as np
import xarray as xr

from sciml.core.cost import Meter
from sciml.nowcast import open_radar
from sciml.nowcast.cases import wettest_window
from sciml.nowcast.forecasting import SHIPPED, Method, forecast_file

ROOT = Path(__file__).parents[1]
MEMBERS, LEADS = 8, 12
GRIDS = {"320 x 320": ("fmi/20160928/*.pgm.gz", 320), "640 x 710": ("mch/20150515/*.gif", None)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=SHIPPED)
    parser.add_argument("--method", choices=get_args(Method), action="append")
    parser.add_argument("--inside", nargs=2, metavar=("GRID", "METHOD"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    data = Path(os.environ.get("SCIML_DATA", ROOT.parent / "shared" / "data")).resolve() / "radar"
    if not data.is_dir():
        sys.exit(f"{data}: is not there; set SCIML_DATA")
    if arguments.inside:
        print(json.dumps(inside(data, *arguments.inside, arguments.model)))
        return
    print(f"{MEMBERS} members, {LEADS} leads, one core")
    print(f"{'cells':10} {'method':16} {'CPU-s':>7} {'process':>8} {'peak MB':>8}")
    for grid in GRIDS:
        for method in arguments.method or ("sciml", "steps"):
            found = outside(grid, method, arguments.model)
            row = "".join(
                f" {found[name]:{width}.1f}" for name, width in (("cpu_s", 7), ("whole_s", 8), ("peak_mb", 8))
            )
            print(f"{grid:10} {method:16}{row}", flush=True)


def outside(grid: str, method: str, model: str) -> dict[str, float]:
    """Measure in a process of one core and one thread."""
    command = [sys.executable, __file__, "--inside", grid, method, "--model", model]
    environ = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    core = min(os.sched_getaffinity(0))
    ended = subprocess.run(
        command,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def inside(data: Path, grid: str, method: Method, model: str) -> dict[str, float]:
    """CPU-seconds of the forecast, of the process so far, and the peak of its memory."""
    pattern, side = GRIDS[grid]
    frames = open_radar(sorted(data.glob(pattern))[:4]).load()
    if side is not None:
        frames = cut(frames, side)
    with tempfile.TemporaryDirectory() as folder:
        first = cut(frames, 96)
        forecast_file(first, Path(folder) / "first.nc", leads=1, members=2, method=method, model=model)
        meter = Meter()
        forecast_file(frames, Path(folder) / "a.nc", leads=LEADS, members=MEMBERS, method=method, model=model)
        spent = meter.read()
    return {"cpu_s": spent["cpu_s"], "whole_s": time.process_time(), "peak_mb": spent["peak_mb"]}


def cut(frames: xr.Dataset, side: int) -> xr.Dataset:
    """The wettest square of so many cells."""
    row, column = wettest_window(np.nan_to_num(frames["rain_rate"].values).mean(axis=0), side)
    return frames.isel(y=slice(row, row + side), x=slice(column, column + side))


if __name__ == "__main__":
    main()
