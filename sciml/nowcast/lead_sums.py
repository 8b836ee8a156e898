"""What does one method's forecast for one lead time add to the sums? Each compared on the cells of a given mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from sciml.nowcast import contingency, ensembles, spectra
from sciml.nowcast.settings import NowcastEvaluateSettings

# what every run measures, whatever its settings add: the scores are made of these
THRESHOLDS = (0.5, 1.0, 5.0, 10.0)  # mm/h
SCALES_KM = (1.0, 4.0, 16.0)

Sum: TypeAlias = float | np.ndarray | Sequence[float]

# every sum, and its dimensions beside unit and stratum; docs/nowcast-scores.md says what each one is
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "forecasts": (),
    "observed_cells": (),
    "known_cells": (),
    "common_cells": (),
    "error": (),
    "error_absolute": (),
    "error_square": (),
    "spread_square": (),
    "spread_cells": (),
    **{f"events_{threshold:g}": () for threshold in THRESHOLDS},
    "crps": ("scale",),
    "crps_cells": ("scale",),
    "hits": ("threshold",),
    "misses": ("threshold",),
    "false_alarms": ("threshold",),
    "fractions_error": ("threshold",),
    "fractions_squares": ("threshold",),
    "votes": ("threshold", "probability"),
    "votes_observed": ("threshold", "probability"),
    "ranks": ("rank",),
    "power": ("wavelength",),
    "power_observed": ("wavelength",),
    "wavenumbers": ("wavelength",),
}


@dataclass(frozen=True)
class Ruler:
    """What is measured on a grid: rates in mm/h, and how many cells the scales are."""

    thresholds: tuple[float, ...]
    scales_km: tuple[float, ...]
    box_km: float
    cell_km: float

    @classmethod
    def of(cls, settings: NowcastEvaluateSettings, cell_km: float) -> Ruler:
        """The fixed thresholds and scales first, then what the settings add."""
        thresholds, scales = (*THRESHOLDS, *settings.thresholds), (*SCALES_KM, *settings.pools_km)
        return cls(tuple(dict.fromkeys(thresholds)), tuple(dict.fromkeys(scales)), settings.fss_km, cell_km)

    def cells(self, km: float) -> int:
        return max(1, round(km / self.cell_km))


@dataclass(frozen=True)
class View:
    """The observation at one lead time and the mask, with what all methods are held against."""

    ruler: Ruler
    observed: np.ndarray
    mask: np.ndarray

    @cached_property
    def cells(self) -> np.ndarray:
        return np.asarray(self.observed[self.mask])

    @cached_property
    def events(self) -> list[np.ndarray]:
        """By threshold: does the observation reach it? (y, x), False outside the mask."""
        return [self.mask & ensembles.at_least(self.observed, rate) for rate in self.ruler.thresholds]

    @cached_property
    def shares(self) -> list[np.ndarray]:
        """By threshold: the share of each box that reaches it, for boxes around a cell of the mask."""
        return [self.box_share(events) for events in self.events]

    @cached_property
    def pools(self) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """By scale: cells along a side, which pools lie wholly in the mask, and what was observed there."""
        sides = [self.ruler.cells(km) for km in self.ruler.scales_km]
        whole = [pool(self.mask, side) == 1 for side in sides]
        return [(side, pools, pool(self.observed, side)[pools]) for side, pools in zip(sides, whole, strict=True)]

    @cached_property
    def power(self) -> np.ndarray:
        return spectra.band_power(spectra.decibels(self.observed, self.mask), self.ruler.cell_km)

    def box_share(self, reached: np.ndarray) -> np.ndarray:
        """Mean of `reached` (y, x) in the box around each cell of the mask (cell,)."""
        return np.asarray(contingency.box_share(reached, self.ruler.cells(self.ruler.box_km))[self.mask])


def lead_sums(view: View, members: np.ndarray) -> Iterator[tuple[str, Sum]]:
    """Every sum of one method at one lead time; `members` (member, y, x) may be NaN outside the mask."""
    count, mask = len(members), view.mask
    known = np.isfinite(view.observed) & np.isfinite(members).all(axis=0)
    yield "observed_cells", int(np.count_nonzero(np.isfinite(view.observed)))
    yield "known_cells", int(np.count_nonzero(known))
    yield "common_cells", len(view.cells)
    if not len(view.cells):
        return
    yield "forecasts", 1
    inside = members[:, mask]
    mean = inside.mean(axis=0)
    error = mean - view.cells
    yield "error", error.sum(dtype=np.float64)
    yield "error_absolute", np.abs(error).sum(dtype=np.float64)
    yield "error_square", np.square(error).sum(dtype=np.float64)
    if count > 1:
        yield "spread_square", ensembles.spread_square(inside)
        yield "spread_cells", len(view.cells)
        yield "ranks", ensembles.ranks(inside, view.cells)
    yield from _scales(view, members)
    yield from _thresholds(view, members, mean)
    yield "power", spectra.band_power(spectra.decibels(members[0], mask), view.ruler.cell_km)
    yield "power_observed", view.power
    yield "wavenumbers", spectra.band_wavenumbers(view.observed.shape, view.ruler.cell_km)


def _scales(view: View, members: np.ndarray) -> Iterator[tuple[str, Sum]]:
    crps = [
        ensembles.fair_crps(pool(members, side)[:, pools], observed) if len(observed) else 0.0
        for side, pools, observed in view.pools
    ]
    yield "crps", crps
    yield "crps_cells", [len(observed) for _, _, observed in view.pools]


def _thresholds(view: View, members: np.ndarray, mean: np.ndarray) -> Iterator[tuple[str, Sum]]:
    tables, fractions, votes = [], [], []
    for threshold, events, share in zip(view.ruler.thresholds, view.events, view.shares, strict=True):
        tables.append(contingency.contingency(ensembles.at_least(mean, threshold), events[view.mask]))
        reached = np.where(view.mask, ensembles.at_least(members, threshold).sum(axis=0, dtype=np.int64), 0)
        fractions.append(contingency.fractions_error(view.box_share(reached / len(members)), share))
        votes.append(ensembles.votes(reached[view.mask], events[view.mask], len(members)))
        if threshold in THRESHOLDS:
            yield f"events_{threshold:g}", int(np.count_nonzero(events))
    for name, column in zip(("hits", "misses", "false_alarms"), zip(*tables, strict=True), strict=True):
        yield name, column
    for name, column in zip(("fractions_error", "fractions_squares"), zip(*fractions, strict=True), strict=True):
        yield name, column
    yield "votes", np.array([cast for cast, _ in votes])
    yield "votes_observed", np.array([observed for _, observed in votes])


def pool(field: np.ndarray, side: int) -> np.ndarray:
    """Mean over squares of so many cells (..., y, x), from the first row and column; what is left over is dropped."""
    if side == 1:
        return np.asarray(field, np.float32)
    *others, height, width = field.shape
    rows, columns = height // side, width // side
    squares = field[..., : rows * side, : columns * side].reshape(*others, rows, side, columns, side)
    return np.asarray(squares.mean(axis=(-3, -1), dtype=np.float32))
