"""Mean and variance of each channel, of data that come in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations (`m2`), one entry a channel, float64."""

    count: Floats
    mean: Floats
    m2: Floats

    @property
    def std(self) -> Floats:
        """Standard deviation of the population; NaN without values."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(self.m2 / self.count)

    def merge(self, other: Moments) -> Moments:
        """Moments of both sets of values together (Chan, Golub, LeVeque 1979)."""
        count = self.count + other.count
        share = np.divide(other.count, count, out=np.zeros_like(count), where=count > 0)
        step = other.mean - self.mean
        return Moments(count, self.mean + step * share, self.m2 + other.m2 + step**2 * self.count * share)

    def to_json(self) -> dict[str, list[float]]:
        return {"count": self.count.tolist(), "mean": self.mean.tolist(), "m2": self.m2.tolist()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Moments:
        count, mean, m2 = (np.asarray(record[name], np.float64) for name in ("count", "mean", "m2"))
        return cls(count, mean, m2)


def moments(values: NDArray[Any], channel_axis: int | None) -> Moments:
    """Moments of real values along all axes but `channel_axis` (None: one channel); NaN counts as missing."""
    channels = values[None] if channel_axis is None else np.moveaxis(values, channel_axis, 0)
    if values.dtype == np.uint8:
        return _of_bytes(channels)
    return _joined([_of_floats(channel.astype(np.float64).ravel()) for channel in channels])


def merged(pieces: Sequence[Moments]) -> Moments:
    """Moments of all pieces together, merged in the order given."""
    return reduce(Moments.merge, pieces)


def _of_bytes(channels: NDArray[np.uint8]) -> Moments:
    """The same for bytes, in whole numbers: exact, and four times as fast as in floating point."""
    axes, count = tuple(range(1, channels.ndim)), channels[0].size
    sums = channels.sum(axes, dtype=np.uint64).tolist()
    # 255 squared still fits into 16 bits
    squares = np.multiply(channels, channels, dtype=np.uint16).sum(axes, dtype=np.uint64).tolist()
    per_channel = max(count, 1)
    return Moments(
        count=np.full(len(sums), float(count)),
        mean=np.array([total / per_channel for total in sums]),
        m2=np.array([(count * square - total**2) / per_channel for total, square in zip(sums, squares, strict=True)]),
    )


def _of_floats(values: Floats) -> Moments:
    present = values[~np.isnan(values)]
    mean = present.mean() if present.size else 0.0
    deviation = present - mean
    return Moments(np.array([float(present.size)]), np.array([mean]), np.array([np.dot(deviation, deviation)]))


def _joined(channels: Sequence[Moments]) -> Moments:
    count, mean, m2 = (np.concatenate([getattr(c, name) for c in channels]) for name in ("count", "mean", "m2"))
    return Moments(count, mean, m2)
