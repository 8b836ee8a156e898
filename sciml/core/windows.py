"""The samples that a loader shuffles among themselves, read from disk straight into their batches."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch

from sciml.core.arrays import READ_ERRORS, Rows, StoredArray, unreadable
from sciml.core.errors import BadInput
from sciml.core.order import Numbers, Run
from sciml.core.parts import REMEDY
from sciml.core.ragged import edges
from sciml.core.shards import Shard

Batch: TypeAlias = dict[str, torch.Tensor]

# what stays open or in memory between windows: shards of large samples, shards of small ones
OPEN_SHARDS, SMALL_SHARDS = 128, 512


@dataclass(frozen=True)
class Sample:
    """Shape of a sample in one array, and its type.

    In a flat array it is a row of a sample: `counts` names the array that says how many rows each sample has.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    counts: str | None = None

    @property
    def nbytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape)


class Reader:
    """Reads windows of samples: each run of neighbours is one sequential read into its places in the batches.

    May be used from several threads.
    """

    def __init__(self, samples: Mapping[str, Sample], keep: int) -> None:
        self._samples, self._memory = samples, Memory(keep)
        self._shard = lru_cache(OPEN_SHARDS)(StoredArray.shard)
        self._rows_of_shard = lru_cache(SMALL_SHARDS)(_rows_of_shard)
        self._edges = lru_cache(SMALL_SHARDS)(_edges)

    def read(
        self, runs: Sequence[Run], arrays: Sequence[Mapping[str, StoredArray]], drawn: Numbers, batch_size: int
    ) -> list[Batch]:
        """Batches of the samples `drawn` (numbered along the runs), in that order; the last may be smaller.

        `arrays` holds those of each run's part.
        """
        starts = range(0, len(drawn), batch_size)
        batches: list[Batch] = [{} for _ in starts]
        for name, sample in self._samples.items():
            stored = [known[name] for known in arrays]
            if sample.counts is not None:
                bounds = [self._edges(known[sample.counts], known[name]) for known in arrays]
                rows_of = self._flat(stored, runs, bounds)
                for start, batch in zip(starts, batches, strict=True):
                    chosen = [rows_of[number] for number in drawn[start : start + batch_size].tolist()]
                    batch[name] = torch.from_numpy(np.concatenate(chosen))
            elif stored[0].rows_per_chunk > 1:
                rows = np.concatenate([self._small(array, run) for array, run in zip(stored, runs, strict=True)])
                for start, batch in zip(starts, batches, strict=True):
                    batch[name] = torch.from_numpy(rows[drawn[start : start + batch_size]])
            else:
                places: list[memoryview] = []
                for start, batch in zip(starts, batches, strict=True):
                    batch[name], content = self._memory.batch(min(batch_size, len(drawn) - start), sample)
                    places += _cut(content, sample.nbytes)
                self._large(stored, runs, drawn, places)
        return batches

    def _small(self, stored: StoredArray, run: Run) -> Rows:
        """A run of small samples (labels), which share a chunk."""
        number, first = divmod(run.start, stored.rows_per_shard)
        return self._rows_of_shard(stored, number)[first : first + run.stop - run.start]

    def _large(
        self, arrays: Sequence[StoredArray], runs: Sequence[Run], drawn: Numbers, places: Sequence[memoryview]
    ) -> None:
        """Runs of large samples; `places[k]` takes the sample `drawn[k]`, and what was not drawn goes nowhere."""
        nowhere = memoryview(bytearray(places[0].nbytes))
        place_of = [nowhere] * sum(run.stop - run.start for run in runs)
        for sample, place in zip(drawn.tolist(), places, strict=True):
            place_of[sample] = place
        begin = 0
        for stored, run in zip(arrays, runs, strict=True):
            number, first = divmod(run.start, stored.rows_per_shard)
            shard, end = self._shard(stored, number), begin + run.stop - run.start
            _fill(stored, shard, first, place_of[begin:end])
            begin = end

    def _flat(self, arrays: Sequence[StoredArray], runs: Sequence[Run], bounds: Sequence[Numbers]) -> list[Rows]:
        """The rows of each sample along the runs; `bounds` says where those of a part's samples begin."""
        rows_of: list[Rows] = []
        for stored, run, edges_of_part in zip(arrays, runs, bounds, strict=True):
            edges_of_run = edges_of_part[run.start : run.stop + 1].tolist()
            rows = self._between(stored, edges_of_run[0], edges_of_run[-1])
            rows_of += [rows[low - edges_of_run[0] : high - edges_of_run[0]] for low, high in pairwise(edges_of_run)]
        return rows_of

    def _between(self, stored: StoredArray, start: int, stop: int) -> Rows:
        """Rows `start` to `stop` (excluded) of a flat array, in one sequential read of each shard that they touch."""
        step, per_shard = stored.rows_per_chunk, stored.rows_per_shard // stored.rows_per_chunk
        first, behind = start // step, -(-stop // step)
        rows = np.empty(((behind - first) * step, *stored.shape[1:]), stored.dtype)
        if start == stop or not rows.nbytes:
            return rows[: stop - start]
        places = _cut(rows.reshape(-1).view(np.uint8).data, rows[:1].nbytes * step)
        for number in range(first // per_shard, -(-behind // per_shard)):
            low, high = max(first, number * per_shard), min(behind, (number + 1) * per_shard)
            shard = self._shard(stored, number)
            _fill(stored, shard, low - number * per_shard, places[low - first : high - first])
        return rows[start - first * step : stop - first * step]


class Memory:
    """Memory of batches, used again once no tensor is left that stands on it.

    The system takes longer to hand out fresh pages than to fill them with samples from its cache.
    """

    def __init__(self, keep: int) -> None:
        self._free, self._keep = dict[int, list[Rows]](), keep

    def batch(self, rows: int, sample: Sample) -> tuple[torch.Tensor, memoryview]:
        """An empty tensor (sample, ...), and its bytes to be filled."""
        free = self._free.setdefault(rows * sample.nbytes, [])
        try:
            owner = free.pop()
        except IndexError:
            owner = np.empty(rows * sample.nbytes, np.uint8)
        lent = owner.view(sample.dtype).reshape(rows, *sample.shape)
        # the tensor's storage holds `lent`, and nothing else does: when it goes, so has every tensor on this memory
        weakref.finalize(lent, self._take_back, free, owner).atexit = False
        return torch.from_numpy(lent), owner.data

    def _take_back(self, free: list[Rows], owner: Rows) -> None:
        if len(free) < self._keep:
            free.append(owner)


def _cut(content: memoryview, step: int) -> list[memoryview]:
    return [content[at : at + step] for at in range(0, content.nbytes, step)]


def _edges(counts: StoredArray, flat: StoredArray) -> Numbers:
    """Where the rows of each sample begin in a flat array, which must have as many as the samples count."""
    found = edges(counts.rows(0, counts.shape[0]))
    if (np.diff(found) < 0).any() or found[-1] != flat.shape[0]:
        raise BadInput(
            counts.part, f"array {counts.name} does not add up to the {flat.shape[0]} rows of {flat.name}", REMEDY
        )
    return found


def _rows_of_shard(stored: StoredArray, number: int) -> Rows:
    """All rows of a shard of small samples."""
    rows = np.empty((stored.rows_per_shard, *stored.shape[1:]), stored.dtype)
    content = rows.reshape(-1).view(np.uint8).data
    step = content.nbytes * stored.rows_per_chunk // stored.rows_per_shard
    _fill(stored, stored.shard(number), 0, _cut(content, step))
    return rows


def _fill(stored: StoredArray, shard: Shard, first: int, places: Sequence[memoryview]) -> None:
    try:
        shard.read(first, places)
    except READ_ERRORS as error:
        raise unreadable(stored.part, stored.name, error) from error
