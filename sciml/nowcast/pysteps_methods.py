"""What does pysteps say? Lucas-Kanade extrapolation, S-PROG and STEPS, set up as its authors do.

Lucas-Kanade flow and semi-Lagrangian extrapolation; S-PROG: Seed 2003, Journal of Applied Meteorology 42, 381;
STEPS: Bowler et al. 2006, Quarterly Journal 132, 2127; pysteps: Pulkkinen et al. 2019, Geoscientific Model
Development 12, 4185. pysteps is optional: it has no wheels.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module, metadata, util
from typing import Any

import numpy as np

from sciml.core.errors import Missing
from sciml.nowcast.classical import Answer, Request, drifted, extrapolation, last_seen, wet_share

FLOOR_DB = -15.0  # of less than 0.1 mm/h, which is -10 dB
THRESHOLD_DB = -10.0
CASCADE_LEVELS = 6
AUTOREGRESSION = 2
ENOUGH_RAIN = 1e-3  # share of wet cells below which cascades and autoregression have nothing to be fitted to


def lk_extrapolation(frames: np.ndarray, request: Request) -> Answer:
    """The last frame drifts along the dense Lucas-Kanade flow of the frames (time, y, x), in mm/h."""
    with _pysteps() as pysteps:
        usable, note = _usable(frames, 2)
        if len(usable) < 2:
            return _fallback(frames, request, note)
        latest, age = last_seen(frames)
        extrapolate = pysteps("extrapolation.semilagrangian").extrapolate
        rain = extrapolate(
            latest.astype(np.float64), _flow(pysteps, usable), request.leads + age, allow_nonfinite_values=True
        )
    return Answer(rain[None, age:].astype(np.float32), notes=note)


def s_prog(frames: np.ndarray, request: Request) -> Answer:
    """The spectral prognosis: each scale fades as fast as it can be predicted."""

    def run(pysteps: Any, decibels: np.ndarray, flow: np.ndarray, leads: int) -> np.ndarray:
        return np.asarray(
            pysteps("nowcasts.sprog").forecast(
                decibels,
                flow,
                leads,
                n_cascade_levels=CASCADE_LEVELS,
                precip_thr=THRESHOLD_DB,
                ar_order=len(decibels) - 1,
                fft_method="scipy",
            )
        )[None]

    return _cascade(frames, request, run)


def steps(frames: np.ndarray, request: Request) -> Answer:
    """The ensemble of S-PROG: what fades is replaced by noise of the same spectrum, and the flow is perturbed."""

    def run(pysteps: Any, decibels: np.ndarray, flow: np.ndarray, leads: int) -> np.ndarray:
        found = np.empty((request.members, leads, *flow.shape[1:]), np.float32)
        lead = iter(range(leads))

        def keep(members: np.ndarray) -> None:  # float32 at once: the whole in float64 is the peak of the memory
            found[:, next(lead)] = members.reshape(request.members, *flow.shape[1:])

        pysteps("nowcasts.steps").forecast(
            decibels,
            flow,
            leads,
            n_ens_members=request.members,
            n_cascade_levels=CASCADE_LEVELS,
            precip_thr=THRESHOLD_DB,
            kmperpixel=request.cell_km,
            timestep=request.step_minutes,
            noise_method="nonparametric",
            vel_pert_method="bps",
            mask_method="incremental",
            probmatching_method="cdf",
            ar_order=len(decibels) - 1,
            fft_method="scipy",
            seed=request.seed,
            callback=keep,
            return_output=False,
        )
        return found

    answer = _cascade(frames, request, run)
    # where extrapolation stands in, there is one field for all members: a file has as many as were asked for
    return replace(answer, members=np.broadcast_to(answer.members, (request.members, *answer.members.shape[1:])))


def pysteps_version() -> str:
    """The version of pysteps, or that it is not there."""
    try:
        return f"pysteps {metadata.version('pysteps')}"
    except metadata.PackageNotFoundError:
        return "not installed"


def _cascade(frames: np.ndarray, request: Request, run: Any) -> Answer:
    """Run a method of cascades on what frames there are; where it cannot, the drifting rain stands in and says so."""
    with _pysteps() as pysteps:
        usable, note = _usable(frames, AUTOREGRESSION + 1)
        if len(usable) < 2:
            return _fallback(frames, request, note)
        latest, age = last_seen(frames)
        flow = _flow(pysteps, usable)
        try:
            decibels = run(pysteps, _decibels(usable[-AUTOREGRESSION - 1 :]), flow, request.leads + age)
        except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
            return _fallback(frames, request, f"pysteps failed: {' '.join(str(error).split())}")
    rain = np.where(decibels < THRESHOLD_DB, 0.0, 10.0 ** (0.1 * decibels)).astype(np.float32)[:, age:]
    # the unobserved was filled with dry for pysteps: what comes from there is not known
    rain[:, np.isnan(drifted(latest, flow[::-1].astype(np.float32), request.leads, age))] = np.nan
    rain[:, np.isnan(decibels[:, age:]).any(axis=0)] = np.nan
    return Answer(rain, notes=note)


def _usable(frames: np.ndarray, wanted: int) -> tuple[np.ndarray, str]:
    """The last frames without a gap that hold enough rain, the newest last, and what was wrong with the others."""
    count = len(frames) - last_seen(frames)[1]
    start = count
    while start and wet_share(frames[start - 1]) >= ENOUGH_RAIN:
        start -= 1
    usable = frames[start:count]
    if not len(usable):
        return usable, "too little rain in the last frame"
    if len(usable) < wanted:
        return usable, f"only the last {len(usable)} frames hold enough rain"
    return usable, ""


def _fallback(frames: np.ndarray, request: Request, why: str) -> Answer:
    """Drifting rain instead, every member the same."""
    drift = extrapolation(frames, request)
    return Answer(drift.members, "dry", f"{why}; extrapolation stands in")


def _flow(pysteps: Any, frames: np.ndarray) -> np.ndarray:
    """Dense Lucas-Kanade flow (component, y, x), columns first as pysteps has it, cells a step."""
    flow = pysteps("motion.lucaskanade").dense_lucaskanade(_decibels(frames))
    return np.asarray(flow, dtype=np.float64)


def _decibels(frames: np.ndarray) -> np.ndarray:
    """dB of mm/h in float64; what is dry or not observed gets the floor."""
    wet = frames >= 0.1
    return np.where(wet, 10 * np.log10(np.where(wet, frames, 1.0), dtype=np.float64), FLOOR_DB)


@contextlib.contextmanager
def _pysteps() -> Iterator[Any]:
    """Yield a function that imports modules of pysteps; in the block its prints and warnings are kept from the user.

    pysteps announces itself when it is imported, tabulates its settings at every forecast, and draws from the global
    generator of numpy in places, which is put back.
    """
    if util.find_spec("pysteps") is None or util.find_spec("cv2") is None:
        raise Missing(
            "pysteps", "is not installed", "run `make .venv/.ready-pysteps` or `pip install 'sciml[pysteps]'`"
        )
    state = np.random.get_state()  # noqa: NPY002
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield lambda name: import_module(f"pysteps.{name}")
    finally:
        np.random.set_state(state)  # noqa: NPY002
