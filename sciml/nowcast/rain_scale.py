"""Which colour is which rain rate? Steps that every kind of sight, and a grey print, can tell apart.

The test of this module holds every two colours of a scale apart for normal sight, three dichromacies and grey, so that
nobody changes them by taste.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DRY, NO_DATA = 0, 255
GROUND = "#ffffff"
HATCH = ("#d3d3d3", "#8f8f8f")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Scale:
    """Steps of one quantity: step k (from 1) begins at `edges[k - 1]`; what lies below the first edge is ground.

    `words` names stretches of steps: (first step, word).
    """

    name: str
    unit: str
    edges: tuple[float, ...]
    colours: tuple[str, ...]
    words: tuple[tuple[int, str], ...]

    def classes(self, field: np.ndarray) -> np.ndarray:
        """Numbers of the steps as uint8 of the same shape: 0 below the first edge, 255 where the field is NaN."""
        # an edge belongs to the step that it begins, also where 10 hundredths in float32 are 0.099999994
        edges = np.asarray(self.edges) * (1 - 1e-6)
        steps = np.searchsorted(edges, np.asarray(field), side="right").astype(np.uint8)
        return np.where(np.isnan(field), np.uint8(NO_DATA), steps)

    def label(self, step: int) -> str:
        """What a step means, with its unit."""
        if step == NO_DATA:
            return "no data"
        if step == DRY:
            return f"below {self.edges[0]:g} {self.unit}"
        if step == len(self.edges):
            return f"{self.edges[-1]:g} {self.unit} and more"
        return f"{self.edges[step - 1]:g} to {self.edges[step]:g} {self.unit}"

    def word(self, step: int) -> str:
        """The stretch that a step belongs to; empty for ground and for no data."""
        return "" if step == NO_DATA else next((word for first, word in reversed(self.words) if step >= first), "")

    def header(self) -> Mapping[str, Any]:
        """For the viewer: labels, words and colours of every step, the ground first."""
        steps = range(len(self.colours) + 1)
        return {
            "name": self.name,
            "unit": self.unit,
            "edges": list(self.edges),
            "colours": [GROUND, *self.colours],
            "labels": [self.label(step) for step in steps],
            "words": [self.word(step) for step in steps],
            "order": self.order(),
        }

    def order(self) -> list[int]:
        """Steps from the least value to the largest."""
        return list(range(len(self.colours) + 1))


class DifferenceScale(Scale):
    """Steps on both sides of zero: the middle one is ground, then too little from large to small, then too much."""

    def classes(self, field: np.ndarray) -> np.ndarray:
        steps = np.searchsorted(np.asarray(self.edges), np.asarray(field), side="right")
        middle = len(self.edges) // 2
        numbered = np.where(steps == middle, DRY, np.where(steps < middle, steps + 1, steps)).astype(np.uint8)
        return np.where(np.isnan(field), np.uint8(NO_DATA), numbered)

    def label(self, step: int) -> str:
        middle = len(self.edges) // 2
        if step == NO_DATA:
            return "no data"
        if step == DRY:
            return f"within {self.edges[middle]:g} {self.unit}"
        if step == 1:
            return f"{_signed(self.edges[0])} {self.unit} and less"
        if step == len(self.edges):
            return f"{_signed(self.edges[-1])} {self.unit} and more"
        low, high = (self.edges[step - 2], self.edges[step - 1]) if step <= middle else self.edges[step - 1 : step + 1]
        return f"{_signed(low)} to {_signed(high)} {self.unit}"

    def order(self) -> list[int]:
        middle = len(self.edges) // 2
        return [*range(1, middle + 1), DRY, *range(middle + 1, len(self.edges) + 1)]


RAIN = Scale(
    "rain rate",
    "mm/h",
    (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
    ("#9cfeff", "#00e6ff", "#00c6ed", "#04a6d6", "#0088c4", "#006ab0", "#004da1", "#062d88", "#290562"),
    ((0, "dry"), (1, "very light"), (3, "light"), (5, "moderate"), (7, "heavy"), (9, "very heavy")),
)
PROBABILITY = Scale(
    "probability",
    "%",
    (5.0, 20.0, 40.0, 60.0, 80.0),
    ("#f7dcab", "#efb262", "#d08130", "#9c520c", "#5a2b00"),
    ((0, ""), (1, "unlikely"), (3, "even"), (4, "likely")),
)
DIFFERENCE = DifferenceScale(
    "forecast minus observed",
    "mm/h",
    (-8.0, -2.0, -0.5, 0.5, 2.0, 8.0),
    ("#4a1d7a", "#8f63b8", "#cdb4e2", "#f8d9a8", "#d9902f", "#7a3d00"),
    ((0, "close"), (1, "too little"), (4, "too much")),
)


def classes(rain: np.ndarray) -> np.ndarray:
    """Steps of the rain scale for rates in mm/h: uint8, 0 dry (below 0.1 mm/h), 1 to 9, 255 not observed."""
    return RAIN.classes(rain)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", MINUS)
