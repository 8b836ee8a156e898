"""From series of radar frames to crops with their motion, the samples that the network learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Unit
from sciml.core.errors import ScimlError, SettingsError, raise_all
from sciml.core.layout import Array, Layout
from sciml.nowcast.cases import CONTEXT, last_context
from sciml.nowcast.crops import candidates, draw
from sciml.nowcast.motion import BLOCK, coarsened, motion
from sciml.nowcast.rain_store import PackedFrames, open_series, unpack
from sciml.nowcast.settings import Settings

CELL_TOLERANCE = 0.25

LAYOUT = Layout(
    arrays={
        "rain": Array(
            ("sample", "time", "y", "x"), "int16", "0.01 mm h-1", "rain of context and leads, -1 where not observed"
        ),
        "motion": Array(
            ("sample", "component", "coarse_y", "coarse_x"),
            "float32",
            "cells per step",
            f"motion over the context (down, right), means over {BLOCK} x {BLOCK} cells",
        ),
        "inclusion": Array(("sample",), "float32", "1", "probability that this crop was kept"),
        "wet": Array(("sample",), "float32", "1", "share of the observed cells with at least 0.1 mm/h"),
        "missing": Array(("sample",), "float32", "1", "share of the cells that were not observed"),
        "group": Array(("sample",), "str", "", "site and storm day, never in two splits"),
        "name": Array(("sample",), "str", "", "series, end of the context, first row and column of the crop"),
    }
)


def prepare_part(settings: Settings, cases: Sequence[Case]) -> xr.Dataset:
    """The crops drawn from the stretches of these cases, as LAYOUT describes them.

    What is drawn for a case depends on `prepare.seed` and the case alone, not on what else is in the part.
    """
    check_learnable(settings, [case.unit for case in cases])
    drawn = [samples for case in cases for samples in _samples(settings, case)]
    joined = {name: np.concatenate([each[name] for each in [_none(settings), *drawn]]) for name in LAYOUT.arrays}
    return xr.Dataset({name: (array.dims, joined[name]) for name, array in LAYOUT.arrays.items()})


def check_learnable(settings: Settings, units: Sequence[Unit]) -> None:
    """Refuse to learn from series of another time step or another size of cell than the model is for."""
    step, crop, errors = settings.prepare.step_minutes, settings.prepare.crop, list[ScimlError]()
    for unit in {unit.id: unit for unit in units}.values():
        place, facts = f"series {unit.id}", unit.facts
        if facts["step_minutes"] != step:
            problem = f"has a frame every {facts['step_minutes']} minutes, prepare.step_minutes is {step}"
            errors.append(SettingsError(place, problem, "set prepare.step_minutes or leave the series out"))
        elif abs(facts["cell_km"] / facts["typical_cell_km"] - 1) > CELL_TOLERANCE:
            problem = f"has cells of {facts['cell_km']:g} km, typical of the inputs are {facts['typical_cell_km']:g} km"
            errors.append(SettingsError(place, problem, "leave the series out, or learn from it alone"))
        elif min(facts["height"], facts["width"]) < crop:
            problem = f"has {facts['height']} x {facts['width']} cells, prepare.crop is {crop}"
            errors.append(SettingsError(place, problem, "lower prepare.crop or leave the series out"))
    raise_all(errors)


def _samples(settings: Settings, case: Case) -> Iterator[dict[str, np.ndarray]]:
    """The samples of a case, those of one issue time after the other."""
    prepare, length = settings.prepare, CONTEXT + settings.ingest.leads
    first, times, shown = _issue_times(case, length)
    if not len(times):
        return
    frames = PackedFrames(Path(case.unit.store), within=length)
    table = candidates(
        (frames.cut(slice(time, time + 1))[0] for time in range(first, first + len(times) + length - 1)),
        length,
        shown,
        prepare,
        expected=prepare.crops_per_hour * len(times) * int(case.unit.facts["step_minutes"]) / 60,
    )
    case_seed = hashlib.blake2b(case.id.encode(), digest_size=16).digest()
    drawn = draw(table, np.random.default_rng([prepare.seed, *case_seed]))
    for begin in np.unique(drawn["time"]):
        its = drawn.isel(crop=np.flatnonzero(drawn["time"] == begin))
        names = [
            f"{case.unit.id} {np.datetime_as_string(times[begin], 'm')} y{row} x{column}"
            for row, column in zip(its["y"].values, its["x"].values, strict=True)
        ]
        yield {
            **_cut(frames, first + int(begin), length, prepare.crop, its),
            "inclusion": its["q"].values.astype(np.float32),
            "wet": its["wet"].values.astype(np.float32),
            "missing": its["missing"].values.astype(np.float32),
            "group": np.full(len(names), case.group),
            "name": np.array(names),
        }


def _issue_times(case: Case, length: int) -> tuple[int, np.ndarray, np.ndarray]:
    """The first frame of the case's first context, the issue times of its stretch, and which of them show rain's way.

    An issue time is one of the stretch if the series goes on to its last lead; motion needs the last two frames.
    """
    series = open_series(Path(case.unit.store))
    times, ok = series["time"].values, series["frame_ok"].values
    issue = last_context(times, case)
    end = min(issue + int(case.place["minutes"]) // int(series.attrs["step_minutes"]), len(times) - length + CONTEXT)
    return issue - CONTEXT + 1, times[issue:end], ok[issue:end] & ok[issue - 1 : max(issue, end) - 1]


def _cut(frames: PackedFrames, begin: int, length: int, crop: int, drawn: xr.Dataset) -> dict[str, np.ndarray]:
    """Rain and motion of the crops of one issue time, which share the motion of the whole grid."""
    flow = motion(unpack(frames.cut(slice(begin, begin + CONTEXT))))
    windows = [
        (slice(int(row), int(row) + crop), slice(int(column), int(column) + crop))
        for row, column in zip(drawn["y"].values, drawn["x"].values, strict=True)
    ]
    return {
        "rain": np.stack([frames.cut(slice(begin, begin + length), *window) for window in windows]),
        "motion": np.stack([coarsened(flow[:, *window]) for window in windows]),
    }


def _none(settings: Settings) -> dict[str, np.ndarray]:
    """No sample, of the right shapes and types."""
    side = settings.prepare.crop
    inner = {
        "rain": (CONTEXT + settings.ingest.leads, side, side),
        "motion": (2, side // BLOCK, side // BLOCK),
    }
    return {
        name: np.zeros((0, *inner.get(name, ())), np.str_ if array.dtype == "str" else array.dtype)
        for name, array in LAYOUT.arrays.items()
    }
