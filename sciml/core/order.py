"""In which order the samples of a split are read: a function of seed and epoch, and of nothing else.

A split is a row of blocks, at most 64 samples in one shard each. An epoch draws the blocks in random order, lays their
samples end to end and deals each rank an equal stretch. A stretch is cut into windows, and the samples of a window are
shuffled among themselves. So the disk is read by blocks, memory holds a window, ranks share nothing and have the same
number of batches, and any batch can be found again without replaying those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

BLOCK = 64

Numbers: TypeAlias = NDArray[np.int64]


class Run(NamedTuple):
    """Neighbouring samples of one part: `start` to `stop`, excluded."""

    part: int
    start: int
    stop: int


@dataclass(frozen=True)
class Blocks:
    """All blocks of a split: the part, the first sample and the number of samples of each."""

    part: Numbers
    start: Numbers
    length: Numbers

    @property
    def samples(self) -> int:
        return int(self.length.sum())


def blocks_of(samples: Sequence[int], samples_per_shard: int) -> Blocks:
    """Cut parts with so many samples into blocks that cross no shard's border."""
    none = np.zeros(0, np.int64)
    found: list[tuple[Numbers, Numbers, Numbers]] = [(none, none, none)]
    for part, count in enumerate(samples):
        within = np.arange(0, samples_per_shard, BLOCK)
        edges = (np.arange(0, count, samples_per_shard)[:, None] + within).ravel()
        edges = np.append(edges[edges < count], count)
        found.append((np.full(len(edges) - 1, part), edges[:-1], np.diff(edges)))
    numbers, starts, lengths = (np.concatenate(column) for column in zip(*found, strict=True))
    return Blocks(numbers, starts, lengths)


@dataclass(frozen=True)
class Epoch:
    """The order of one rank in one epoch, in windows of `window` samples; the last may be shorter."""

    blocks: Blocks
    ends: Numbers
    first: int
    samples: int
    window: int
    key: tuple[int, ...] | None

    def runs(self, window: int) -> list[Run]:
        """What to read for a window, in the order of its samples before they are shuffled."""
        low = self.first + window * self.window
        high = min(low + self.window, self.first + self.samples)
        begin, end = np.searchsorted(self.ends, [low, high - 1], side="right")
        chosen = slice(int(begin), int(end) + 1)
        part, start, length = (column[chosen] for column in (self.blocks.part, self.blocks.start, self.blocks.length))
        offset = self.ends[chosen] - length
        first, stop = start + np.maximum(low - offset, 0), start + np.minimum(high - offset, length)
        return [Run(*run) for run in zip(part.tolist(), first.tolist(), stop.tolist(), strict=True)]

    def shuffled(self, window: int) -> Numbers:
        """The order of the samples within a window."""
        count = min(self.window, self.samples - window * self.window)
        return np.arange(count) if self.key is None else np.random.default_rng((*self.key, window)).permutation(count)


def epoch_order(blocks: Blocks, window: int, rank: int, world: int, key: tuple[int, int] | None) -> Epoch:
    """The order of rank `rank` of `world`; `key` is (seed, epoch), or None for the order on disk."""
    if key is not None:
        drawn = np.random.default_rng(key).permutation(len(blocks.length))
        blocks = Blocks(blocks.part[drawn], blocks.start[drawn], blocks.length[drawn])
    share = blocks.samples // world
    within = None if key is None else (*key, rank)
    return Epoch(blocks, np.cumsum(blocks.length), rank * share, share, window, within)
