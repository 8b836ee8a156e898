"""Chunks out of a shard's file, each into a place of its own, without the 0.5 ms that a codec pipeline takes.

A loader reads a few neighbours at a time and scatters them; Zarr's pipelines are made for large slices into one array,
which would have to be copied once more (measured in benchmarks/loader.py). The layout read here is the sharding codec's
(Zarr v3): chunks, then an index of offset and length of each chunk (little-endian, 64 bits), then its CRC-32C.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from google_crc32c import value as crc32c
from numcodecs import blosc  # type: ignore[import-untyped]

ENTRY_BYTES, CHECKSUM_BYTES = 16, 4


class Shard:
    """A shard open for reading; `compressed` says whether its chunks are Blosc frames or plain bytes.

    May be read from several threads at once. Raises ValueError or OSError where the file is damaged.
    """

    def __init__(self, path: Path, chunks: int, compressed: bool) -> None:
        self._file, self._compressed = os.open(path, os.O_RDONLY), compressed
        # not before: a thread may still read
        weakref.finalize(self, os.close, self._file)
        tail = chunks * ENTRY_BYTES + CHECKSUM_BYTES
        self._end = os.fstat(self._file).st_size - tail
        index = os.pread(self._file, tail, max(0, self._end))
        entries, checksum = index[:-CHECKSUM_BYTES], index[-CHECKSUM_BYTES:]
        if len(index) != tail or crc32c(entries) != int.from_bytes(checksum, "little"):
            raise ValueError(f"shard {path.name}: the index is damaged")
        self._offsets, self._lengths = np.frombuffer(entries, "<u8").reshape(chunks, 2).T

    def read(self, first: int, places: Sequence[memoryview]) -> None:
        """Fill each place, as large as a decoded chunk, with one chunk, from the chunk `first` on."""
        if self._read_together(first, places):
            return
        for chunk, place in enumerate(places, first):
            if not self._read_together(chunk, [place]):
                raise ValueError(f"chunk {chunk} of a shard is damaged")

    def _read_together(self, first: int, places: Sequence[memoryview]) -> bool:
        """One read for all; False where the chunks are not whole, or do not lie one after the other."""
        offsets, lengths = (column[first : first + len(places)] for column in (self._offsets, self._lengths))
        begin, total = int(offsets[0]), int(lengths.sum())
        if begin + total > self._end or (offsets[1:] != offsets[:-1] + lengths[:-1]).any():
            return False
        # not from mapped memory: a file cut short is an error here, and would end the process there
        if not self._compressed:
            return sum(map(len, places)) == total == os.preadv(self._file, places, begin)
        frames = memoryview(os.pread(self._file, total, begin))
        ends = np.cumsum(lengths).tolist()
        return all(
            _decompress(frames[end - length : end], place)
            for end, length, place in zip(ends, lengths.tolist(), places, strict=True)
        )


def _decompress(frame: memoryview, place: memoryview) -> bool:
    # a Blosc frame names its decoded size in bytes 4 to 8, and its own in 12 to 16
    if (int.from_bytes(frame[4:8], "little"), int.from_bytes(frame[12:16], "little")) != (len(place), len(frame)):
        return False
    blosc.decompress(frame, place)
    return True
