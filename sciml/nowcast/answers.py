"""What does a forecast look like, in memory and on disk? Members over lead times on the grid of the radar, in CF-1.11.

In memory a forecast is a Dataset:

    rain_rate(member, lead_time, y, x)            float32, mm h-1; NaN: unknown, because the rain comes from outside
    probability(threshold, lead_time, y, x)       share of the members that know, of those at or above the threshold
    time(lead_time), time_bnds(lead_time, nv)     valid time: the end and the bounds of the accumulation
    forecast_reference_time                       when the last frame of the context ends

On disk, NetCDF-4 or Zarr, rain is int16 hundredths of mm/h. A file appears whole or not at all, and is written member
by member, so that an ensemble never needs to be in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import xarray as xr

from sciml import __version__
from sciml.core.errors import BadInput, Missing, SettingsError
from sciml.nowcast.forecast_files import Store, netcdf_store, zarr_store
from sciml.nowcast.packing import PER_MM, UNKNOWN, Tally, packed

SUFFIXES = (".nc", ".zarr")
THRESHOLDS = (0.5, 1.0, 5.0, 10.0)  # mm/h
_PACKED = {"_FillValue": np.int16(UNKNOWN)}
_RAIN = {
    "standard_name": "rainfall_rate",
    "long_name": "rain rate",
    "units": "mm h-1",
    "cell_methods": "time: mean",
    "grid_mapping": "crs",
}
_PROBABILITY = {
    "long_name": "probability that the rain rate reaches the threshold",
    "comment": "share of the members whose rain is known here",
    "units": "1",
    "grid_mapping": "crs",
}


def forecast_dataset(members: np.ndarray, context: xr.Dataset, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Members (member, lead, y, x) in mm/h, made from the context (time, y, x), as a Dataset with its coordinates.

    `attrs` takes `method`, `seed`, `status` ("ok" or "dry"), `notes` and what else is worth knowing.
    """
    count, leads = members.shape[:2]
    dataset = _frame(context, leads, count, attrs)
    dataset["rain_rate"] = (("member", "lead_time", "y", "x"), np.asarray(members, np.float32), _without_mapping(_RAIN))
    return dataset


def with_probabilities(dataset: xr.Dataset, thresholds: tuple[float, ...] = THRESHOLDS) -> xr.Dataset:
    """The same forecast with `probability`; a single member has none."""
    if dataset.sizes["member"] < 2:
        return dataset
    tally = Tally(thresholds, dataset["rain_rate"].shape[1:])
    for member in range(dataset.sizes["member"]):
        tally.add(packed(dataset["rain_rate"].isel(member=member).values)[0])
    added = dataset.assign_coords(threshold=_threshold(thresholds))
    added["probability"] = (
        ("threshold", "lead_time", "y", "x"),
        tally.probabilities().astype(np.float32),
        _without_mapping(_PROBABILITY),
    )
    return added


def write_forecast(dataset: xr.Dataset, out: Path | str) -> None:
    """Write a forecast as CF NetCDF (`.nc`) or Zarr (`.zarr`), with probabilities where the Dataset has them."""
    thresholds = tuple(dataset["threshold"].values.tolist()) if "probability" in dataset else ()
    frame = dataset.drop_vars([name for name in ("rain_rate", "probability", "threshold") if name in dataset.variables])
    with _Writer(Path(out), frame, thresholds) as writer:
        for member in range(dataset.sizes["member"]):
            writer.write(member, dataset["rain_rate"].isel(member=member).values)


def open_forecast(path: Path | str) -> xr.Dataset:
    """Open a forecast lazily, rain in mm/h as float32; close it, or use it in a `with` block."""
    path = Path(path)
    if not path.exists():
        raise Missing(path, "is not there", "check the path")
    engine = "zarr" if path.is_dir() else "h5netcdf"
    options: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}
    try:
        stored = xr.open_dataset(path, engine=engine, decode_cf=False, **options)
        for variable in stored.variables.values():
            if "scale_factor" in variable.attrs:  # float64 in the JSON of Zarr, and then twice the memory
                variable.attrs["scale_factor"] = np.float32(variable.attrs["scale_factor"])
        dataset = xr.decode_cf(stored, decode_coords="all", decode_timedelta=False)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(path, f"cannot be read as a forecast ({error})", "make it again") from error
    if "rain_rate" not in dataset or dataset["rain_rate"].dims != ("member", "lead_time", "y", "x"):
        dataset.close()
        raise BadInput(path, "has no rain_rate(member, lead_time, y, x)", "name a file that `sciml nowcast` wrote")
    return dataset


class ForecastWriter:
    """Writes a forecast member by member; the file appears when the block ends well with every member written.

    Probabilities are counted on the way, unless there is one member or `thresholds` is empty. `attrs` may be
    extended until the end, for what is known only then.
    """

    def __init__(
        self,
        out: Path | str,
        context: xr.Dataset,
        leads: int,
        members: int,
        attrs: Mapping[str, Any],
        thresholds: tuple[float, ...] = THRESHOLDS,
    ) -> None:
        frame = _frame(context, leads, members, attrs)
        self._writer = _Writer(Path(out), frame, thresholds if members > 1 else ())
        self.attrs = self._writer.attrs

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._writer.__exit__(kind, error, tb)

    def write(self, member_index: int, rain: np.ndarray) -> None:
        """One member (lead, y, x) in mm/h, counted from 0; each once, in any order."""
        self._writer.write(member_index, rain)


class _Writer:
    """Puts the coordinates of `frame` into a store, then rain as it comes, then the probabilities."""

    def __init__(self, out: Path, frame: xr.Dataset, thresholds: tuple[float, ...]) -> None:
        if out.suffix not in SUFFIXES:
            raise SettingsError(out, "is neither .nc nor .zarr", f"end its name in {' or '.join(SUFFIXES)}")
        self._out, self._frame, self._stack = out, frame, ExitStack()
        self._shape = (frame.sizes["lead_time"], frame.sizes["y"], frame.sizes["x"])
        self._tally = Tally(thresholds, self._shape)
        self._left = set(range(frame.sizes["member"]))
        self._clipped = 0
        self.attrs: dict[str, Any] = dict(frame.attrs)

    def __enter__(self) -> Self:
        make = netcdf_store if self._out.suffix == ".nc" else zarr_store
        self._store: Store = self._stack.enter_context(make(self._out))
        try:
            self._lay_out()
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, tb)
            return
        with self._stack:
            if self._left:
                raise ValueError(f"{self._out}: members {sorted(self._left)} were never written")
            if self._tally.thresholds:
                self._store.put("probability", (), self._tally.packed())
            clipped = int(self.attrs.get("clipped_cells", 0)) + self._clipped
            self._store.describe({**self.attrs, "clipped_cells": clipped})

    def write(self, member: int, rain: np.ndarray) -> None:
        if rain.shape != self._shape:
            raise ValueError(f"a member is (lead, y, x) = {self._shape}, not {rain.shape}")
        self._left.remove(member)
        hundredths, clipped = packed(rain)
        self._clipped += clipped
        self._tally.add(hundredths)
        self._store.put("rain_rate", (member,), hundredths)

    def _lay_out(self) -> None:
        frame, sizes = self._frame, dict(self._frame.sizes)
        if self._tally.thresholds:
            frame = frame.assign_coords(threshold=_threshold(self._tally.thresholds))
        for name, variable in frame.variables.items():
            self._store.create(str(name), tuple(map(str, variable.dims)), *_encoded(variable))
        beside = {"coordinates": "time forecast_reference_time"}
        rain = {**_RAIN, **beside, **_PACKED, "scale_factor": np.float32(1 / PER_MM)}
        lead, y, x = self._shape
        self._store.field("rain_rate", ("member", "lead_time", "y", "x"), (sizes["member"], lead, y, x), rain)
        if self._tally.thresholds:
            shares = {**_PROBABILITY, **beside, **_PACKED, "scale_factor": np.float32(1 / Tally.PARTS)}
            shape = (len(self._tally.thresholds), lead, y, x)
            self._store.field("probability", ("threshold", "lead_time", "y", "x"), shape, shares)


def _frame(context: xr.Dataset, leads: int, members: int, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Everything of a forecast but its fields."""
    step = int(context.attrs["step_minutes"])
    minutes = np.arange(1, leads + 1, dtype=np.int32) * step
    issued = context["time"].values[-1].astype("datetime64[ns]")
    valid = issued + minutes.astype("timedelta64[m]").astype("timedelta64[ns]")
    span = np.timedelta64(int(context.attrs.get("accumulation_minutes", step)), "m").astype("timedelta64[ns]")
    coords: dict[str, Any] = {
        "member": ("member", np.arange(members, dtype=np.int32), {"standard_name": "realization", "units": "1"}),
        "lead_time": ("lead_time", minutes, {"standard_name": "forecast_period", "units": "minutes"}),
        "time": ("lead_time", valid, {"standard_name": "time", "long_name": "valid time", "bounds": "time_bnds"}),
        "time_bnds": (("lead_time", "nv"), np.stack([valid - span, valid], axis=1)),
        "forecast_reference_time": ((), issued, {"standard_name": "forecast_reference_time"}),
        "y": context["y"].variable,
        "x": context["x"].variable,
        "crs": context["crs"].variable if "crs" in context.variables else ((), np.int32(0), {}),
    }
    kept = {name: context.attrs[name] for name in ("step_minutes", "cell_km", "source_format") if name in context.attrs}
    own = {
        "Conventions": "CF-1.11",
        "title": "Rain nowcast from weather radar",
        "source": f"sciml {__version__}, method {attrs.get('method', 'not stated')}",
        "members": members,
    }
    return xr.Dataset(coords=coords, attrs={**own, **kept, "status": "ok", **attrs})


def _threshold(thresholds: tuple[float, ...]) -> xr.Variable:
    about = {"long_name": "rain rate that is reached or exceeded", "units": "mm h-1"}
    return xr.Variable(("threshold",), np.array(thresholds, np.float32), about)


def _without_mapping(attrs: Mapping[str, Any]) -> dict[str, Any]:
    # xarray keeps the name of the grid mapping in the encoding, and refuses it in the attributes
    return {name: value for name, value in attrs.items() if name != "grid_mapping"}


def _encoded(variable: xr.Variable) -> tuple[np.ndarray, dict[str, Any]]:
    """Values and attributes of a coordinate, times as seconds since 1970."""
    if variable.dtype.kind != "M":
        return np.asarray(variable.values), dict(variable.attrs)
    seconds = variable.values.astype("datetime64[s]").astype(np.int64)
    # the bounds take unit and calendar from the variable that they bound, but not every reader knows
    return seconds, {**variable.attrs, "units": "seconds since 1970-01-01 00:00:00", "calendar": "standard"}
