"""Which series of radar frames are there to work on? Read every format, convert them, and list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from glob import glob
from pathlib import Path
from statistics import median_low
from typing import Any

import xarray as xr

from sciml.core.contract import Case, Index, Unit
from sciml.core.digests import file_record
from sciml.core.errors import BadInput, ScimlError, raise_all
from sciml.core.inputs import all_sound, repeated, rows_of
from sciml.core.sheets import read_sheet
from sciml.nowcast.formats import open_radar
from sciml.nowcast.issue_times import cases_of
from sciml.nowcast.rain_store import open_series, write_series
from sciml.nowcast.settings import InputSeries, Settings

MIN_SIDE = 64


def ingest(settings: Settings, source: Path | None, out: Path) -> Index:
    """Convert every series into a Zarr store in `out`; what is wrong with any is told of all at once."""
    rows = rows_of(settings.ingest, source, _sheet)
    raise_all(repeated("series", [row.name for row, _ in rows]))
    units = all_sound(rows, partial(_unit, settings.ingest.min_quality, out))
    _check_shared_frames(units)
    return Index("nowcast", tuple(replace(unit, facts=_among(unit, units)) for unit in units))


def cases(settings: Settings, index: Index) -> list[Case]:
    """The issue times of every series, in the order of the index."""
    return cases_of(settings.ingest, index.units)


def read(unit: Unit) -> xr.Dataset:
    """The CF Dataset of a series, rain_rate(time, y, x) in mm/h, lazily."""
    return open_series(Path(unit.store))


def _sheet(path: Path) -> list[InputSeries]:
    return read_sheet(path, InputSeries, paths=("frames",), lists=("frames",))


def _check_shared_frames(units: Sequence[Unit]) -> None:
    """The same frame under two sites would train under one and test under the other."""
    # by path: dry frames of formats that hold no time are alike to the byte
    holders = dict[Path, Unit]()
    for unit in units:
        for file in unit.files.values():
            first = holders.setdefault(Path(file.path).resolve(), unit)
            if first.sample != unit.sample:
                problem = f"is a frame of series {first.id} and of series {unit.id}, which are of different sites"
                raise BadInput(file.path, problem, "give both series the same site, or leave one out")


def _unit(min_quality: float, out: Path, row: InputSeries, simulated: bool, _: Sequence[Unit]) -> Unit:
    files = _frame_files(row)
    series = open_radar(files, min_quality)
    height, width = series.sizes["y"], series.sizes["x"]
    if min(height, width) < MIN_SIDE:
        raise BadInput(
            f"series {row.name}", f"has {height} x {width} cells", f"at least {MIN_SIDE} x {MIN_SIDE} are needed"
        )
    store = f"{row.name}.zarr"
    digits = max(4, len(str(len(files))))
    return Unit(
        id=row.name,
        sample=row.site or row.name,
        role=row.role,
        simulated=simulated,
        licence=row.licence,
        files={f"{number:0{digits}d}": file_record(file) for number, file in enumerate(files, start=1)},
        facts=write_series(series, out / store),
        store=store,
    )


def _among(unit: Unit, units: Sequence[Unit]) -> dict[str, Any]:
    """The facts of a series and the cell size of most series of its time step, which prepare holds against its own."""
    step = unit.facts["step_minutes"]
    alike = [other.facts["cell_km"] for other in units if other.facts["step_minutes"] == step]
    return {**unit.facts, "typical_cell_km": median_low(alike)}


def _frame_files(row: InputSeries) -> list[Path]:
    """The files of a series, each once, sorted by name."""
    found, errors = set[Path](), list[ScimlError]()
    for pattern in row.frames:
        # a plain name may hold a bracket; Path.glob would also find hidden files, such as those of a Mac's archive
        matches = [pattern] if Path(pattern).is_file() else glob(pattern, recursive=True)  # noqa: PTH207
        files = {path for path in map(Path, matches) if path.is_file()}
        if not files:
            errors.append(BadInput(pattern, f"series {row.name}: matches no file", "check the path and the pattern"))
        found |= files
    raise_all(errors)
    return sorted(found)
