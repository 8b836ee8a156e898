"""Which rows of a flat array are whose? Samples of unequal length lie end to end, and counts say how long each one is.

This is the contiguous ragged array of the CF conventions (1.11, section 9.3.3): nothing is padded.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.core.arrays import Grain
from sciml.core.order import BLOCK, Numbers

CHUNK_ROWS, CHUNK_BYTES = 4096, 2**20


def edges(counts: NDArray[Any]) -> Numbers:
    """First row of each sample, and behind the last one the number of all rows: (sample + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def row_order(counts: NDArray[Any], order: Numbers) -> Numbers:
    """Rows in the order of whole samples: those of `order[0]` first."""
    lengths, starts = counts.astype(np.int64)[order], edges(counts)[:-1][order]
    before = edges(lengths)
    return np.repeat(starts - before[:-1], lengths) + np.arange(before[-1])


def flat_grain(rows: int, samples: int, samples_per_shard: int, row_bytes: int) -> Grain:
    """Rows in a chunk and in a shard.

    A chunk has 4,096 rows or 1 MB, but no more than a block of samples, which is read at once. A shard holds about so
    many samples, and no sample needs to end where a chunk or a shard does.
    """
    mean = rows / max(1, samples)
    chunk = max(1, min(CHUNK_ROWS, CHUNK_BYTES // max(1, row_bytes), math.ceil(BLOCK * mean)))
    return Grain(chunk, chunk * max(1, math.ceil(samples_per_shard * mean / chunk)))
