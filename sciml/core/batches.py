"""Batches of tensors from part stores: random, resumable with the very next batch, in bounded memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.arrays import StoredArray
from sciml.core.contract import Split
from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.core.order import Epoch, blocks_of, epoch_order
from sciml.core.parallel import map_ordered
from sciml.core.parts import arrays_of, open_entry
from sciml.core.records import read_json
from sciml.core.windows import Batch, Reader, Sample

# a window, in which samples are shuffled, holds so many of them at most
WINDOW_SAMPLES, WINDOW_BYTES = 1024, 32 * 2**20
# records of parts that stay in memory
OPEN_PARTS = 256


class Batches:
    """The samples of a split, batch by batch, as `{array: tensor (sample, ...)}` in the types on disk.

    Of a flat array come the rows of all samples of the batch, end to end, and always with the array that counts them.

    The order is a function of `seed` and the epoch. Each iteration is an epoch of its own; after `load_state_dict`
    the first one goes on behind the last batch that was delivered. All ranks have the same number of batches, and
    fewer than `world` samples are left out of an epoch for it.

    `workers` threads read ahead (the reading holds no interpreter lock); the batches do not depend on their number.
    """

    def __init__(
        self,
        manifest: Path,
        split: Split,
        batch_size: int,
        *,
        seed: int,
        arrays: Sequence[str],
        shuffle: bool = True,
        drop_last: bool = True,
        workers: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        content = read_json(manifest)
        self._entries = [entry for entry in content["parts"] if entry["samples"][split]]
        self._manifest, self._split = manifest, split
        self._seed, self._shuffle, self._workers = seed, shuffle, workers
        self._rank, self._world, self._batch_size = rank, world, batch_size
        shapes = _shapes(manifest, content, arrays)
        self._blocks = blocks_of([e["samples"][split] for e in self._entries], content["samples_per_shard"])
        share = self._blocks.samples // world
        self._samples = share - share % batch_size if drop_last else share
        if not self._samples:
            raise SettingsError(
                manifest,
                f"{split} has {self._blocks.samples} samples, too few for a batch of {batch_size} on {world} rank(s)",
                "lower train.batch_size, or add inputs",
            )
        fitting = WINDOW_BYTES // max(1, round(sum(_bytes(content, split, name, shapes[name]) for name in shapes)))
        wanted = max(batch_size, min(WINDOW_SAMPLES, fitting))
        self._window = wanted - wanted % batch_size
        self._reader = Reader(shapes, keep=2 * (workers + 1) * self._window // batch_size)
        self._part = lru_cache(OPEN_PARTS)(self._open_part)
        self._epoch, self._delivered, self._resumes = 0, 0, True

    def __len__(self) -> int:
        """Batches in an epoch, also while one is being resumed."""
        return -(-self._samples // self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        # a generator: an iterator that is made and never asked leaves the place untouched
        if not self._resumes:
            self._epoch, self._delivered = self._epoch + 1, 0
        self._resumes = False
        key = (self._seed, self._epoch) if self._shuffle else None
        order = epoch_order(self._blocks, self._window, self._rank, self._world, key)
        first, skipped = divmod(self._delivered, self._window // self._batch_size)
        numbers = range(first, -(-self._samples // self._window))
        with closing(map_ordered(partial(self._read, order), numbers, self._workers)) as windows:
            for batches in windows:
                # handed out one by one and not kept: their memory is needed again
                for batch in _popped(batches, skipped):
                    self._delivered += 1
                    yield batch
                skipped = 0

    def set_epoch(self, epoch: int) -> None:
        """Begin the next iteration at the start of this epoch."""
        self._epoch, self._delivered, self._resumes = epoch, 0, True

    def state_dict(self) -> dict[str, Any]:
        """The place: how many batches of which epoch were delivered, and of what."""
        return {"epoch": self._epoch, "delivered": self._delivered, "of": self._identity()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on behind the last batch that was delivered when `state` was taken."""
        if state["of"] != self._identity():
            raise ScimlError(self._manifest, "is not what the checkpoint was made with", "start the training afresh")
        self._epoch, self._delivered, self._resumes = state["epoch"], state["delivered"], True
        if self._delivered >= len(self):
            self.set_epoch(self._epoch + 1)

    def _read(self, order: Epoch, number: int) -> list[Batch]:
        """The batches of a window."""
        runs, drawn = order.runs(number), order.shuffled(number)[: self._samples - number * self._window]
        return self._reader.read(runs, [self._part(run.part) for run in runs], drawn, self._batch_size)

    def _open_part(self, number: int) -> dict[str, StoredArray]:
        part, record = open_entry(self._manifest, self._entries[number])
        return arrays_of(part, record, self._split)

    def _identity(self) -> str:
        """Stands for all that the meaning of "the next batch" hangs on."""
        chosen = (self._split, self._batch_size, self._world, self._seed, self._shuffle)
        parts = [entry["digest"] for entry in self._entries]
        return hashlib.sha256(json.dumps([parts, *chosen]).encode()).hexdigest()


def _popped(batches: list[Batch], skipped: int) -> Iterator[Batch]:
    batches.reverse()
    del batches[len(batches) - skipped :]
    while batches:
        yield batches.pop()


def _shapes(manifest: Path, content: Mapping[str, Any], arrays: Sequence[str]) -> dict[str, Sample]:
    """Shape of a sample and type of each array that is asked for; strings make no tensors."""
    known = {name: array for name, array in content["layout"]["arrays"].items() if array["dtype"] != "str"}
    if unknown := [name for name in arrays if name not in known]:
        raise BadInput(manifest, f"has no array of numbers {unknown[0]}", f"it has {', '.join(sorted(known))}")
    counts: Mapping[str, str] = content["layout"]["counts"]
    counting = {name: counts.get(known[name]["dims"][0]) for name in arrays}
    # what cuts the rows apart comes along, asked for or not
    wanted = dict.fromkeys([*arrays, *filter(None, counting.values())])
    return {
        name: Sample(
            tuple(content["sizes"][dim] for dim in known[name]["dims"][1:]),
            np.dtype(known[name]["dtype"]),
            counting.get(name),
        )
        for name in wanted
    }


def _bytes(content: Mapping[str, Any], split: Split, name: str, sample: Sample) -> float:
    """Bytes of a sample in one array, of a flat one on average."""
    if sample.counts is None:
        return sample.nbytes
    dim = content["layout"]["arrays"][name]["dims"][0]
    return float(sample.nbytes * content["rows"][split][dim] / content["samples"][split])
