"""What does one forecast look like beside what came? Fields on the page's grid, ready to be drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from sciml.nowcast.graticule import Graticule, cell_size_km, graticule
from sciml.nowcast.motion import motion

MAX_CELLS = 256
SHOWN_MEMBERS = 3
THRESHOLDS = (1.0, 5.0)  # mm/h
ARROWS = 9
ARROW_MINUTES = 30


@dataclass(frozen=True)
class ForecastView:
    """One issue time: fields in mm/h on the page's grid, rows from the north, NaN where nothing is known.

    `context` and `truth` are (time, y, x), the others (lead_time, y, x) or (member, lead_time, y, x); probabilities
    are in percent. `reduced` cells of the radar along each side make one cell here. `minutes` are those of context
    and leads, 0 at the issue time. `arrows` are (across, down, along x, along y) as shares of the map: where the rain
    goes in 30 minutes.
    """

    tab: str
    title: str
    about: str
    method: str
    minutes: tuple[int, ...]
    times: tuple[str, ...]
    context: np.ndarray
    truth: np.ndarray | None
    mean: np.ndarray
    members: np.ndarray
    ensemble: int
    probabilities: dict[float, np.ndarray]
    baseline: tuple[str, np.ndarray] | None
    cell_km: tuple[float, float]
    reduced: int
    earth: Graticule | None
    arrows: tuple[tuple[float, float, float, float], ...] = field(default=())

    @property
    def leads(self) -> tuple[int, ...]:
        """Minutes after the issue time."""
        return self.minutes[len(self.context) :]


def forecast_view(
    context: xr.Dataset,
    forecast: xr.Dataset,
    truth: xr.DataArray | None = None,
    baseline: tuple[str, xr.Dataset] | None = None,
    tab: str = "Forecast",
    title: str = "",
    about: str = "",
    max_cells: int = MAX_CELLS,
) -> ForecastView:
    """A forecast, its context, what came and the best baseline, on a grid of at most `max_cells` along each side."""
    rain = forecast["rain_rate"]
    y, x = np.asarray(context["y"].values, float), np.asarray(context["x"].values, float)
    flips = _flips(y, x)
    factor = max(1, math.ceil(max(len(y), len(x)) / max_cells))

    def shown(values: np.ndarray) -> np.ndarray:
        return block_mean(np.flip(np.asarray(values, np.float32), tuple(axis - 2 for axis in flips)), factor)

    mean, members, probabilities = _ensemble(rain, shown)
    frames = np.asarray(context["rain_rate"].values, np.float32)
    step = int(context.attrs["step_minutes"])
    leads = [int(lead) for lead in rain["lead_time"].values]
    crs = dict(context["crs"].attrs) if "crs" in context.variables else {}
    shown_y, shown_x = (np.flip(axis) if place in flips else axis for place, axis in enumerate((y, x)))
    height, width = cell_size_km(shown_y, shown_x, float(context.attrs["cell_km"]), crs)
    before = [-step * back for back in range(len(frames))][::-1]
    issued = context["time"].values[-1].astype("datetime64[m]")
    return ForecastView(
        tab=tab,
        title=title or f"Issued {written_time(issued)}",
        about=about,
        method=str(forecast.attrs.get("method", "forecast")),
        minutes=(*before, *leads),
        times=tuple(written_time(issued + np.timedelta64(minutes, "m")) for minutes in (*before, *leads)),
        context=shown(frames),
        truth=None if truth is None else shown(truth.values),
        mean=mean,
        members=members,
        ensemble=rain.sizes["member"],
        probabilities=probabilities,
        baseline=None if baseline is None else (baseline[0], shown(baseline[1]["rain_rate"].isel(member=0).values)),
        cell_km=(height * factor, width * factor),
        reduced=factor,
        earth=graticule(shown_y, shown_x, crs),
        arrows=arrows(np.flip(frames, tuple(axis - 2 for axis in flips)), step),
    )


def block_mean(values: np.ndarray, factor: int) -> np.ndarray:
    """Means of the known cells of blocks (..., y, x); NaN where fewer than half of a block's cells are known."""
    if factor == 1:
        return values
    *front, height, width = values.shape
    rows, columns = -(-height // factor), -(-width // factor)
    room = [(0, 0)] * len(front) + [(0, rows * factor - height), (0, columns * factor - width)]
    known = np.isfinite(values)
    shape = (*front, rows, factor, columns, factor)
    total = np.pad(np.where(known, values, 0), room).reshape(shape).sum(axis=(-3, -1))
    count = np.pad(known, room).reshape(shape).sum(axis=(-3, -1))
    # a block at the border has fewer cells than others
    cells = np.minimum(factor, height - factor * np.arange(rows))[:, None]
    cells = cells * np.minimum(factor, width - factor * np.arange(columns))
    means = np.full(total.shape, np.nan, np.float32)
    np.divide(total, count, out=means, where=2 * count >= cells)
    return means


def arrows(frames: np.ndarray, step_minutes: int, along: int = ARROWS) -> tuple[tuple[float, float, float, float], ...]:
    """The motion of the rain over ARROW_MINUTES at places of frames (time, y, x), `along` on the longer side."""
    seen = [frame for frame in frames if np.isfinite(frame).any()]
    if len(seen) < 2 or not any((frame > 0).any() for frame in seen):
        return ()
    flow = motion(np.stack(seen))
    height, width = flow.shape[1:]
    spacing = max(height, width) / along
    observed = np.isfinite(frames).any(axis=0)
    found = []
    for row in np.arange(spacing / 2, height, spacing):
        for column in np.arange(spacing / 2, width, spacing):
            if observed[int(row), int(column)]:
                down, right = flow[:, int(row), int(column)] * (ARROW_MINUTES / step_minutes)
                place = (column / width, row / height, float(right) / width, float(down) / height)
                found.append(tuple(round(value, 4) for value in place))
    return tuple((a, b, c, d) for a, b, c, d in found)


def nearest_leads(leads: Sequence[int], wanted: Sequence[int] = (10, 30, 60, 90)) -> list[int]:
    """The leads (minutes) nearest to those wanted, each once; none beyond the last."""
    reached = [want for want in wanted if want <= leads[-1]] or [leads[-1]]
    return list(dict.fromkeys(min(leads, key=lambda lead: (abs(lead - want), lead)) for want in reached))


def written_time(time: np.datetime64) -> str:
    """As a person reads it: 2016-09-28 15:00 UTC."""
    return f"{str(time.astype('datetime64[m]')).replace('T', ' ')} UTC"


def _ensemble(
    rain: xr.DataArray, shown: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray, dict[float, np.ndarray]]:
    """Mean, the first members and probabilities (percent); one member at a time, so that memory stays small."""
    shape, count = rain.shape[1:], rain.sizes["member"]
    total, known = np.zeros(shape, np.float32), np.zeros(shape, np.uint16)
    above = {threshold: np.zeros(shape, np.uint16) for threshold in THRESHOLDS}
    kept = list[np.ndarray]()
    for member in range(count):
        values = np.asarray(rain.isel(member=member).values, np.float32)
        there = np.isfinite(values)
        total += np.where(there, values, 0)
        known += there
        for threshold, reached in above.items():
            # the store keeps hundredths, which float32 holds a little below their value
            reached += values >= threshold - 1e-3
        if member < SHOWN_MEMBERS:
            kept.append(shown(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = shown(total / known)
        probabilities = {t: shown(100 * reached / known.astype(np.float32)) for t, reached in above.items()}
    return mean, np.stack(kept), probabilities if count > 1 else {}


def _flips(y: np.ndarray, x: np.ndarray) -> list[int]:
    """Axes (0 rows, 1 columns) to turn round so that north is up and east is right."""
    return [axis for axis, wrong in ((0, y[-1] > y[0]), (1, x[-1] < x[0])) if wrong]
