"""When may a forecast be asked for?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.contract import Case, Unit
from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.cases import CONTEXT, wettest_window
from sciml.nowcast.rain_store import open_packed, open_series, unpack
from sciml.nowcast.settings import IngestSettings

MINUTE = np.timedelta64(1, "m")
MINUTES_A_DAY = 1_440


def cases_of(settings: IngestSettings, units: Sequence[Unit]) -> list[Case]:
    """The issue times of every series.

    A case belongs to the storm day (UTC) of its site, and all its frames lie in that day, at least `gap_minutes`
    after the last frame that the site has of an earlier day: no frame of one group comes near one of another.
    Issue times are the first possible frame of each stretch of `case_minutes` since midnight, so that further data
    move none of them. A time whose lead frames the series does not hold is only taken where there is no better one:
    first of those that have some truth, then the very last.
    """
    axes = {unit.id: _Axis.of(unit) for unit in units}
    sites = {unit.sample for unit in units}
    seen = {
        site: np.sort(np.concatenate([axes[unit.id].observed for unit in units if unit.sample == site]))
        for site in sites
    }
    found = [case for unit in units for case in _cases_of_unit(settings, unit, axes[unit.id], seen[unit.sample])]
    if not found:
        raise BadInput("ingest.inputs", "no series has a case", f"a case needs {CONTEXT} frames of one day in a row")
    return found


@dataclass(frozen=True)
class _Axis:
    """The frames of a series: their times, and whether each was observed."""

    times: np.ndarray
    ok: np.ndarray

    @classmethod
    def of(cls, unit: Unit) -> _Axis:
        series = open_series(Path(unit.store))
        return cls(series["time"].values, series["frame_ok"].values)

    @cached_property
    def days(self) -> np.ndarray:
        return self.times.astype("datetime64[D]")

    @property
    def observed(self) -> np.ndarray:
        return np.asarray(self.times[self.ok])


def _cases_of_unit(settings: IngestSettings, unit: Unit, axis: _Axis, seen: np.ndarray) -> Iterator[Case]:
    allowed = _within_one_day(axis, settings.leads) & _after_gap(axis, seen, settings.gap_minutes)
    shown = np.zeros(len(axis.times), bool)
    shown[1:] = axis.ok[1:] & axis.ok[:-1]
    truth = _any_ahead(axis.ok, settings.leads)
    whole = np.arange(len(axis.times)) + settings.leads < len(axis.times)
    possible = allowed & shown
    best = next((tier for tier in (possible & truth & whole, possible & truth) if tier.any()), _last_only(possible))
    issues = _first_of_each_stretch(axis, best, settings.case_minutes)
    _tell(unit, axis, allowed, possible, settings)
    if settings.cases_per_series is not None:
        count = min(settings.cases_per_series, len(issues))
        issues = issues[np.linspace(0, len(issues) - 1, count).round().astype(int)]
    ends = _ends_of_stretches(axis, issues, allowed & whole)
    for issue, end in zip(issues, ends, strict=True):
        yield _case(settings, unit, axis, int(issue), int(end), bool(truth[issue]))


def _within_one_day(axis: _Axis, leads: int) -> np.ndarray:
    """Which frames end a context whose frames and lead frames, as far as the series goes, are of one day."""
    frames = np.arange(len(axis.times))
    last = np.minimum(frames + leads, len(frames) - 1)
    first = np.maximum(frames - CONTEXT + 1, 0)
    return np.asarray((frames >= CONTEXT - 1) & (axis.days[first] == axis.days[last]))


def _after_gap(axis: _Axis, seen: np.ndarray, gap_minutes: int) -> np.ndarray:
    """Which frames end a context that begins at least the gap after the last of the times `seen` of an earlier day."""
    begins = axis.times[np.maximum(np.arange(len(axis.times)) - CONTEXT + 1, 0)]
    earlier = np.searchsorted(seen, axis.days.astype(axis.times.dtype))
    free = np.ones(len(axis.times), bool)
    before = earlier > 0
    free[before] = begins[before] - seen[earlier[before] - 1] >= gap_minutes * MINUTE
    return free


def _any_ahead(ok: np.ndarray, leads: int) -> np.ndarray:
    """Whether any of the next `leads` frames of each frame was observed."""
    seen = np.concatenate([[0], np.cumsum(ok)])
    frames = np.arange(len(ok))
    return np.asarray(seen[np.minimum(frames + leads, len(ok) - 1) + 1] > seen[frames + 1])


def _last_only(possible: np.ndarray) -> np.ndarray:
    only = np.zeros_like(possible)
    only[np.flatnonzero(possible)[-1:]] = True
    return only


def _first_of_each_stretch(axis: _Axis, possible: np.ndarray, case_minutes: int) -> np.ndarray:
    frames = np.flatnonzero(possible)
    _, first = np.unique(_stretches(axis, case_minutes)[frames], return_index=True)
    return frames[first]


def _stretches(axis: _Axis, case_minutes: int) -> np.ndarray:
    """A number of the stretch of `case_minutes` since midnight that each frame lies in."""
    minute = (axis.times - axis.days) // MINUTE
    return np.asarray(axis.days.astype(np.int64) * MINUTES_A_DAY + minute // case_minutes)


def _ends_of_stretches(axis: _Axis, issues: np.ndarray, allowed: np.ndarray) -> list[int]:
    """For each issue time the frame at which the next one begins, or after the last allowed one of its day."""
    ends = []
    for issue, following in zip_longest(issues, issues[1:], fillvalue=-1):
        if following >= 0 and axis.days[following] == axis.days[issue]:
            ends.append(int(following))
        else:
            of_day = np.flatnonzero(allowed & (axis.days == axis.days[issue]))
            ends.append(max(int(issue), int(of_day.max(initial=issue))) + 1)
    return ends


def _tell(unit: Unit, axis: _Axis, allowed: np.ndarray, possible: np.ndarray, settings: IngestSettings) -> None:
    """Say which issue times a series lost, and why."""
    stretches = _stretches(axis, settings.case_minutes)
    lost = np.setdiff1d(stretches[allowed], stretches[possible])
    text = ""
    if not allowed.any():
        text = f"{len(axis.times)} frames of which no {CONTEXT} in a row lie in one day with their leads: no case"
    elif len(lost):
        first = axis.times[allowed & (stretches == lost[0])][0]
        text = f"{len(lost)} issue times from {_iso(first)} are left out, the last two context frames are missing"
    if text:
        warnings.warn(DataWarning(f"series {unit.id}: {text}"), stacklevel=2)


def _case(settings: IngestSettings, unit: Unit, axis: _Axis, issue: int, end: int, has_truth: bool) -> Case:
    step, height, width = (int(unit.facts[name]) for name in ("step_minutes", "height", "width"))
    row, column = 0, 0
    if settings.window is not None:
        context = unpack(open_packed(Path(unit.store))[issue - CONTEXT + 1 : issue + 1])
        row, column = wettest_window(_mean_seen(context), settings.window)
        height, width = min(settings.window, height), min(settings.window, width)
    time = axis.times[issue]
    return Case(
        id=f"{unit.id}.{_iso(time).replace('-', '').replace(':', '')[:13]}",
        unit=unit,
        group=f"{unit.sample}:{axis.days[issue]}",
        has_truth=has_truth,
        place={
            "time": _iso(time),
            "context": CONTEXT,
            "leads": settings.leads,
            "y": row,
            "x": column,
            "height": height,
            "width": width,
            "minutes": (end - issue) * step,
        },
    )


def _mean_seen(frames: np.ndarray) -> np.ndarray:
    """Mean (y, x) over the frames that saw a cell, NaN where none did."""
    seen = np.isfinite(frames).sum(axis=0)
    return np.where(seen > 0, np.nansum(frames, axis=0) / np.maximum(seen, 1), np.nan)


def _iso(time: Any) -> str:
    return str(np.datetime_as_string(time, "s"))
