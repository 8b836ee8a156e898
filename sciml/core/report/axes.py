"""Where a value lies on a drawing: ranges, ticks, and numbers written as a reader would."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Axis:
    """One axis: the values `low` to `high` lie on the pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round values inside the axis, about as many as wanted."""
        step = _round_step((self.high - self.low) / max(1, wanted))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(step * count, 12) for count in range(first, last + 1)]


def around(
    values: Iterable[float | None], floor: float | None = None, ceiling: float | None = None
) -> tuple[float, float]:
    """A range with a little room about the finite ones of these values, never beyond floor and ceiling."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    low, high = low - room, high + room
    low = low if floor is None else max(low, floor)
    high = high if ceiling is None else min(high, ceiling)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """All ticks with the same number of decimals, and no more than tell them apart."""
    if not ticks:
        return []
    for decimals in range(7):
        written = [f"{tick + 0.0:,.{decimals}f}" for tick in ticks]
        if all(abs(float(text.replace(",", "")) - tick) < 1e-9 for text, tick in zip(written, ticks, strict=True)):
            return [text.replace("-", MINUS) for text in written]
    return [f"{tick:.3g}" for tick in ticks]


def number(value: float | int | None, digits: int = 4) -> str:
    """A number cut after so many significant digits, thousands apart, trailing zeros kept: 0.9800, 12,345, 1.3e−06."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4:
        return f"{value:.{digits - 1}e}".replace("-", MINUS)
    # the first kept digit may move up: 0.99996 is 1.000, not 1.0000
    if abs(round(value, digits - 1 - size)) >= 10 ** (size + 1):
        size += 1
    return f"{value:,.{max(0, digits - 1 - size)}f}".replace("-", MINUS)


def measured(value: float | None, low: float | None, high: float | None, digits: int = 3) -> tuple[str, str]:
    """A value and its interval with the same decimals: ("0.944", "[0.893, 1.000]"); shares have `digits` decimals."""
    known = [abs(float(each)) for each in (value, low, high) if each is not None and math.isfinite(each)]
    largest = max(known, default=0.0) or 1.0
    decimals = digits - 1 - math.floor(math.log10(largest))
    # a share of one is shown as finely as any other share
    decimals = max(decimals, digits) if largest <= 1 else max(decimals, 0)

    def written(each: float) -> str:
        return f"{each + 0.0:,.{min(decimals, 12)}f}".replace("-", MINUS)

    if value is None or not math.isfinite(value):
        return "–", ""
    if low is None or high is None:
        return written(value), ""
    return written(value), f"[{written(low)}, {written(high)}]"


def _round_step(rough: float) -> float:
    size: float = 10 ** math.floor(math.log10(rough))
    for step in (1, 2, 2.5, 5, 10):
        if rough <= step * size * (1 + 1e-9):
            return step * size
    return 10 * size
