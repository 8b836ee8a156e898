"""What does each forecast of one case add to the scores? Sums over the cells that every method knows.

One mask for each lead time: cells where the radar saw something and every member of every method has a value. So no
method gains by leaving the hard cells out, and none loses by rain that came in from beyond the grid.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.lead_sums import DIMENSIONS, Ruler, View, lead_sums
from sciml.nowcast.settings import NowcastEvaluateSettings
from sciml.nowcast.spectra import BANDS_KM

# a method that knows a smaller share of the observed cells does not decide where the others are measured
LEAST_SHARE = 0.05


def verify(
    settings: NowcastEvaluateSettings,
    truth: xr.DataArray,
    answers: Mapping[str, xr.Dataset],
    cell_km: float,
    case_id: str,
) -> dict[str, xr.Dataset]:
    """Sums of (stratum, ...) for every method; the strata are "all" and each lead time, "5 min" and so on.

    Parameters
    ----------
    truth
        Rain rate (lead_time, y, x) in mm/h, NaN where nothing was observed.
    answers
        Forecasts of that grid with `rain_rate` (member, lead_time, y, x) in mm/h, NaN where a member knows nothing.

    A method that knows less than 5 % of the observed cells at a lead is left out there, with a warning: its sums are
    zero and the mask does without it. "all" adds up the leads at which every method that knows anything in this case
    was measured, so that no method is judged on its easy leads alone.
    """
    ruler, minutes = Ruler.of(settings, cell_km), lead_minutes(truth)
    fields = {method: _field(answer, truth, f"{case_id}, {method}") for method, answer in answers.items()}
    tables = {method: _zeros(ruler, field.sizes["member"], len(minutes)) for method, field in fields.items()}
    # by lead that the radar observed: the methods that know too little of it
    left_out: dict[int, set[str]] = {}
    for place, minute in enumerate(minutes):
        observed = truth.isel(lead_time=place).to_numpy().astype(np.float32, copy=False)
        if np.isfinite(observed).any():
            members = {method: field.isel(lead_time=place).to_numpy() for method, field in fields.items()}
            mask, left_out[minute] = common_mask(observed, members)
            view = View(ruler, observed, mask)
            for method in members.keys() - left_out[minute]:
                for name, value in lead_sums(view, members[method]):
                    tables[method][name][1 + place] = value
    _warn(case_id, list(fields), left_out, _thin(tables, minutes))
    nowhere = set(fields).intersection(*left_out.values())
    pooled = [1 + place for place, minute in enumerate(minutes) if left_out.get(minute, set()) <= nowhere]
    return {method: _dataset(ruler, table, minutes, pooled) for method, table in tables.items()}


def lead_minutes(field: xr.DataArray | xr.Dataset) -> list[int]:
    """Lead times in whole minutes, whether they are stored as numbers or as time differences."""
    leads = field["lead_time"].to_numpy()
    return [int(lead) for lead in (leads // np.timedelta64(1, "m") if leads.dtype.kind == "m" else leads)]


def common_mask(observed: np.ndarray, members: Mapping[str, np.ndarray]) -> tuple[np.ndarray, set[str]]:
    """Cells (y, x) that were observed and that every member of every method knows; and the methods left out of that."""
    seen = np.isfinite(observed)
    known = {method: seen & np.isfinite(field).all(axis=0) for method, field in members.items()}
    least = LEAST_SHARE * np.count_nonzero(seen)
    without = {method for method, cells in known.items() if np.count_nonzero(cells) < least}
    return np.asarray(np.logical_and.reduce([seen, *(known[method] for method in known.keys() - without)])), without


def _field(answer: xr.Dataset, truth: xr.DataArray, place: str) -> xr.DataArray:
    """The forecast's rain on the lead times of the truth, or a plain word about why not."""
    rain = answer["rain_rate"]
    if rain.sizes["y"] != truth.sizes["y"] or rain.sizes["x"] != truth.sizes["x"]:
        grids = (f"{field.sizes['y']} x {field.sizes['x']}" for field in (rain, truth))
        raise BadInput(place, "forecast of {} cells for a case of {}".format(*grids), "make the predictions again")
    have, need = lead_minutes(rain), lead_minutes(truth)
    lacking = [minute for minute in need if minute not in have]
    if lacking:
        raise BadInput(place, f"no forecast for {lacking[0]} min", "make the predictions again, with as many leads")
    if have != need:
        rain = rain.isel(lead_time=[have.index(minute) for minute in need])
    return rain.transpose("member", "lead_time", "y", "x")


def _thin(tables: Mapping[str, Mapping[str, np.ndarray]], minutes: Sequence[int]) -> list[int]:
    """Leads at which methods that know enough each have next to nothing in common."""
    common, observed = (
        np.max([table[name][1:] for table in tables.values()], axis=0, initial=0)
        for name in ("common_cells", "observed_cells")
    )
    return [minutes[int(place)] for place in np.flatnonzero(common < LEAST_SHARE * observed)]


def _warn(case_id: str, methods: Sequence[str], left_out: Mapping[int, set[str]], thin: Sequence[int]) -> None:
    little = f"less than {LEAST_SHARE:.0%} of the observed cells at"
    for method in methods:
        if minutes := [minute for minute, some in left_out.items() if method in some]:
            text = f"{case_id}: {method} knows {little} {_listed(minutes)} min; it is not measured there"
            warnings.warn(text, DataWarning, stacklevel=3)
    if thin:
        text = f"{case_id}: together the methods know {little} {_listed(thin)} min; the scores there say little"
        warnings.warn(text, DataWarning, stacklevel=3)


def _listed(minutes: Sequence[int]) -> str:
    return ", ".join(map(str, minutes))


def _coordinates(ruler: Ruler, count: int) -> dict[str, list[float]]:
    return {
        "scale": list(ruler.scales_km),
        "threshold": list(ruler.thresholds),
        "probability": [votes / count for votes in range(count + 1)],
        "rank": list(range(count + 1)),
        "wavelength": list(BANDS_KM),
    }


def _zeros(ruler: Ruler, count: int, leads: int) -> dict[str, np.ndarray]:
    sizes = {dim: len(values) for dim, values in _coordinates(ruler, count).items()}
    return {name: np.zeros((1 + leads, *(sizes[dim] for dim in dims))) for name, dims in DIMENSIONS.items()}


def _dataset(ruler: Ruler, table: Mapping[str, np.ndarray], minutes: Sequence[int], pooled: list[int]) -> xr.Dataset:
    for values in table.values():
        values[0] = values[pooled].sum(axis=0)
    # a case is one forecast, however many leads it has
    table["forecasts"][0] = min(1.0, float(table["forecasts"][0]))
    count = table["ranks"].shape[1] - 1
    strata = ["all", *(f"{minute} min" for minute in minutes)]
    variables = {name: (("stratum", *DIMENSIONS[name]), values) for name, values in table.items()}
    return xr.Dataset(variables, {"stratum": strata, **_coordinates(ruler, count)})
