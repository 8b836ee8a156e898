"""What do the classical methods say? Persistence and extrapolation of our own, and three methods of pysteps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import xarray as xr

from sciml import __version__
from sciml.core.contract import Case
from sciml.nowcast.answers import forecast_dataset
from sciml.nowcast.cases import context_of
from sciml.nowcast.classical import Answer, Request, extrapolation, persistence, request_for
from sciml.nowcast.pysteps_methods import lk_extrapolation, pysteps_version, s_prog, steps
from sciml.nowcast.settings import Settings

# each answers frames (time, y, x) in mm/h
CLASSICAL: Mapping[str, Callable[[np.ndarray, Request], Answer]] = {
    "persistence": persistence,
    "extrapolation": extrapolation,
    "lk-extrapolation": lk_extrapolation,
    "s-prog": s_prog,
    "steps": steps,
}


def answer_case(method: str, settings: Settings, case: Case) -> xr.Dataset:
    """The forecast of a classical method for a case, on its window."""
    context = context_of(case)
    request = request_for(settings.predict, case, context)
    answer = CLASSICAL[method](context["rain_rate"].values, request)
    return forecast_dataset(answer.members, context, described(method, answer, request))


def described(method: str, answer: Answer, request: Request) -> dict[str, str | int]:
    """What a forecast file says of how it was made."""
    return {"method": method, "seed": request.seed, "status": answer.status, "notes": answer.notes}


METHODS: Mapping[str, Callable[[Settings, Case], xr.Dataset]] = {
    method: partial(answer_case, method) for method in CLASSICAL
}
VERSIONS: Mapping[str, Callable[[], str]] = {
    "persistence": lambda: f"sciml {__version__}",
    "extrapolation": lambda: f"sciml {__version__}",
    "lk-extrapolation": pysteps_version,
    "s-prog": pysteps_version,
    "steps": pysteps_version,
}
