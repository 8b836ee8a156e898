"""What do four radar frames say without any learning? The rain stays, or it only drifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.nowcast.advection import advect, departures
from sciml.nowcast.motion import motion
from sciml.nowcast.settings import NowcastPredictSettings

WET_MM_H = 0.1


@dataclass(frozen=True)
class Request:
    """What is asked of a method: so many leads and members from frames of this step and cell size."""

    leads: int
    members: int
    seed: int
    step_minutes: int
    cell_km: float


def request_for(settings: NowcastPredictSettings, case: Case, context: xr.Dataset) -> Request:
    """What is asked for a case whose frames are `context`."""
    return Request(
        leads=int(case.place["leads"]),
        members=settings.members,
        seed=settings.seed,
        step_minutes=int(context.attrs["step_minutes"]),
        cell_km=float(context.attrs["cell_km"]),
    )


@dataclass(frozen=True)
class Answer:
    """Members (member, lead, y, x) in mm/h, NaN where unknown; `dry`: there was too little rain for the method."""

    members: np.ndarray
    status: Literal["ok", "dry"] = "ok"
    notes: str = ""


def persistence(frames: np.ndarray, request: Request) -> Answer:
    """The last frame stays where it is; `frames` (time, y, x) in mm/h."""
    latest, _ = last_seen(frames)
    stay = np.broadcast_to(latest, (1, request.leads, *latest.shape))
    return Answer(stay, "ok" if wet_share(latest) else "dry")


def extrapolation(frames: np.ndarray, request: Request) -> Answer:
    """The last frame drifts along the optical flow of all frames."""
    latest, age = last_seen(frames)
    if not wet_share(latest):
        return Answer(persistence(frames, request).members, "dry", "no rain in the last frame")
    return Answer(drifted(latest, motion(frames), request.leads, age)[None])


def drifted(latest: np.ndarray, flow: np.ndarray, leads: int, age: int = 0) -> np.ndarray:
    """The field (y, x), `age` steps old, carried along the flow (component, y, x) to each lead: (lead, y, x)."""
    return np.stack([advect(latest, back) for back in departures(flow, leads + age)[age:]])


def last_seen(frames: np.ndarray) -> tuple[np.ndarray, int]:
    """The last frame that is not missing, and how many steps before the end it lies."""
    seen = np.flatnonzero(np.isfinite(frames).any(axis=(1, 2)))
    if not len(seen):
        raise ValueError("every frame is missing")
    return frames[seen[-1]], len(frames) - 1 - int(seen[-1])


def wet_share(frame: np.ndarray) -> float:
    """Share of the observed cells with at least 0.1 mm/h."""
    observed = np.count_nonzero(np.isfinite(frame))
    return float(np.count_nonzero(frame >= WET_MM_H) / observed) if observed else 0.0
