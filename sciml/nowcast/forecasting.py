"""What will the next ninety minutes bring? Radar frames in, an ensemble out: one call for every method."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import xarray as xr

from sciml.core.errors import BadInput, DataWarning, Missing, SettingsError
from sciml.nowcast.answers import ForecastWriter, forecast_dataset, with_probabilities
from sciml.nowcast.baseline import CLASSICAL, described
from sciml.nowcast.classical import WET_MM_H, Request, last_seen
from sciml.nowcast.context import Frames, last_frames

if TYPE_CHECKING:  # the classical methods do without torch
    from sciml.core.weights import ModelRecord
    from sciml.nowcast.nowcaster import Nowcaster

Method = Literal["sciml", "dgmr", "steps", "s-prog", "lk-extrapolation", "extrapolation", "persistence"]
LEARNED = ("sciml", "dgmr")
SHIPPED = "nowcast-europe"
# a network trained on cells of one size has learnt how rain of that scale grows and fades
CELL_TOLERANCE = 0.25


def forecast(
    frames: Frames,
    leads: int = 18,
    members: int = 8,
    method: Method = "sciml",
    seed: int = 0,
    model: str | Path = SHIPPED,
    threads: int = 1,
    min_quality: float = 0.0,
) -> xr.Dataset:
    """Forecast rain from the last four of some radar frames.

    Parameters
    ----------
    frames
        Files of any supported format in any order, or the Dataset that `open_radar` makes of them.
    leads
        Steps to forecast, each as long as that of the frames.
    members
        Members of the ensemble; methods without chance ("persistence", "extrapolation", "s-prog") give one.
    method
        "sciml" for the trained network in `model` (shipped weights by name, or a model folder), "dgmr" for one of
        that family; "steps", "s-prog" and "lk-extrapolation" need pysteps.
    seed
        The same seed gives the same members.
    min_quality
        Cells whose quality the files state to be below this are taken as not observed.

    Returns
    -------
    `rain_rate(member, lead_time, y, x)` in mm h-1, NaN where the rain would come from where nothing was observed, and
    `probability(threshold, lead_time, y, x)`, where there are members. The attribute `status` is "dry" where there
    was too little rain to forecast from, `context_note` says what was wrong with the frames.
    """
    ensemble = start(frames, leads, members, method, seed, model, threads, min_quality)
    rain = np.stack(list(ensemble.fields))
    return with_probabilities(forecast_dataset(rain, ensemble.context, ensemble.attrs))


def forecast_file(
    frames: Frames,
    out: Path | str,
    leads: int = 18,
    members: int = 8,
    method: Method = "sciml",
    seed: int = 0,
    model: str | Path = SHIPPED,
    threads: int = 1,
    min_quality: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """The same, written to NetCDF or Zarr as the members come; returns the context, four frames in memory.

    `progress` is called with the members done and all of them.
    """
    ensemble = start(frames, leads, members, method, seed, model, threads, min_quality)
    with ForecastWriter(out, ensemble.context, leads, ensemble.members, ensemble.attrs) as writer:
        for number, field in enumerate(ensemble.fields):
            writer.write(number, field)
            # a classical method has made all members before the first is written: nothing to be foretold from that
            if progress and (method in LEARNED or number + 1 == ensemble.members):
                progress(number + 1, ensemble.members)
    return ensemble.context


@dataclass(frozen=True)
class Ensemble:
    """A forecast that is about to be made: `fields` yields the members (lead, y, x) one by one."""

    context: xr.Dataset
    members: int
    attrs: Mapping[str, Any]
    fields: Iterator[np.ndarray]


def start(
    frames: Frames,
    leads: int,
    members: int,
    method: Method,
    seed: int,
    model: str | Path,
    threads: int,
    min_quality: float = 0.0,
) -> Ensemble:
    """Check the frames and the model, and make ready; see `forecast`."""
    _check_request(leads, members, method, seed)
    context, note = last_frames(frames, min_quality)
    rain = np.asarray(context["rain_rate"].values, dtype=np.float32)
    about: dict[str, Any] = {"context_note": note}
    step, cell = int(context.attrs["step_minutes"]), float(context.attrs["cell_km"])
    request = Request(leads, members, seed, step, cell)
    if method in LEARNED:
        count, fields, made = _learned(rain, request, method, model, threads)
    else:
        answer = CLASSICAL[method](rain, request)
        count, fields, made = len(answer.members), iter(answer.members), described(method, answer, request)
    return Ensemble(context, count, {**about, **made}, fields)


def _learned(
    rain: np.ndarray, request: Request, method: Method, model: str | Path, threads: int
) -> tuple[int, Iterator[np.ndarray], dict[str, Any]]:
    from sciml.core.weights import find_model
    from sciml.nowcast.nowcaster import load_nowcaster

    if method == "dgmr" and str(model) == SHIPPED:
        remedy = "train one (model.family: dgmr) and name its folder as the model"
        raise Missing("method dgmr", "no weights of this family come with sciml", remedy)
    folder = find_model(model)
    nowcaster = load_nowcaster(folder)
    if method == "dgmr" and nowcaster.record.settings["model"].get("family") != "dgmr":
        raise BadInput(folder, "is not a model of the family dgmr", "use the method sciml, or name another model")
    check_model(nowcaster.record, str(folder), request)
    fields, made = ensemble_of(nowcaster, rain, request, threads)
    return request.members, fields, {**made, "method": method, "model": f"{folder.name} {made['model']}"}


def ensemble_of(
    nowcaster: Nowcaster, rain: np.ndarray, request: Request, threads: int
) -> tuple[Iterator[np.ndarray], dict[str, Any]]:
    """Members of a trained network, and what a file says of them; without a wet cell all are dry."""
    made = {
        "method": "sciml",
        "model": nowcaster.record.weights_sha256[:12],
        "seed": request.seed,
        "status": "ok",
        "notes": "demonstration weights, not to be used" if nowcaster.record.demonstration else "",
    }
    if (rain >= WET_MM_H).any():
        return nowcaster.members(rain, request.leads, request.members, request.seed, threads), made
    dry = np.where(np.isnan(last_seen(rain)[0]), np.nan, np.float32(0))
    fields = (np.broadcast_to(dry, (request.leads, *dry.shape)) for _ in range(request.members))
    return fields, {**made, "status": "dry", "notes": "no rain in any frame"}


def check_model(record: ModelRecord, place: str, request: Request) -> None:
    """A model knows one time step, leads up to some, and cells of about one size."""
    learnt = record.settings["step_minutes"]
    if learnt != request.step_minutes:
        raise BadInput(
            place,
            f"the model forecasts in steps of {learnt} minutes, and these frames come every"
            f" {request.step_minutes} minutes",
            "train one with prepare.step_minutes, or use the method steps or extrapolation, which take any step",
        )
    longest = int(record.settings["leads"])
    if request.leads > longest:
        told = f"the model learnt leads up to {longest * learnt} minutes: what comes later is its guess"
        warnings.warn(DataWarning(f"{place}: {told}"), stacklevel=4)
    cell = float(record.data.get("cell_km", 1.0))
    if abs(request.cell_km / cell - 1) > CELL_TOLERANCE:
        problem = f"the model learnt from cells of {cell:g} km, and these are of {request.cell_km:g} km"
        warnings.warn(DataWarning(f"{place}: {problem}: its skill here is not known"), stacklevel=4)


def _check_request(leads: int, members: int, method: str, seed: int) -> None:
    if method not in get_args(Method):
        raise SettingsError("method", f"{method!r} is not known", f"choose from {', '.join(get_args(Method))}")
    for name, value, least in (("leads", leads, 1), ("members", members, 1), ("seed", seed, 0)):
        if value < least:
            raise SettingsError(name, f"{value} is below {least}", f"give {least} or more")
