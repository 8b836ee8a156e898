"""What does one radar file show, of when and of where?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sciml.nowcast.grids import Grid
from sciml.nowcast.rain_codes import Unit


@dataclass(frozen=True)
class Frame:
    """One frame as its file's metadata describe it; `rain` and `quality` decode it when they are called.

    `time` is the end of an accumulation, or the nominal time of an instantaneous field; `start` and `end`, where the
    file says them, are those of the observations behind it. `minutes` is the accumulation's length, or None.
    `rain()` gives mm/h, float32, NaN where nothing was observed; `quality()` 0 to 1, NaN where it is not known.
    """

    path: Path
    source_format: str
    unit: Unit
    time: np.datetime64
    grid: Grid
    rain: Callable[[], NDArray[np.float32]]
    quality: Callable[[], NDArray[np.float32]] | None = None
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    minutes: float | None = None
    zr: tuple[float, float] | None = None
    usual_minutes: int = 5
    remark: str = ""


def instant(date: str, clock: str) -> np.datetime64:
    """UTC from YYYYMMDD and HHMM or HHMMSS; 24:00 is the next day's midnight, a 60th second the next minute's first."""
    if not (date.isdigit() and clock.isdigit() and len(date) == 8 and len(clock) in (4, 6)):
        raise ValueError(f"{date} {clock} is not a date and a time")
    day = np.datetime64(f"{date[:4]}-{date[4:6]}-{date[6:]}", "ns")
    hours, minutes, seconds = int(clock[:2]), int(clock[2:4]), int(clock[4:6] or 0)
    if hours > 24 or minutes > 59 or seconds > 60:
        raise ValueError(f"{clock} is not a time of day")
    return day + np.timedelta64(hours * 3600 + minutes * 60 + seconds, "s")


def minutes_between(start: np.datetime64, end: np.datetime64) -> float:
    return float((end - start) / np.timedelta64(1, "s")) / 60
