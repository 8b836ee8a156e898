"""How one array of samples lies on disk: sharded Zarr v3, one sample a chunk where samples are large.

The codec pipeline is chosen here and nowhere else. Any Zarr reader can open what is written here; strings are kept as
a matrix of UTF-8 bytes (attribute `encoding`), because the format has no settled string type.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.core.shards import Shard

Codec: TypeAlias = Literal["none", "lz4"]
Rows: TypeAlias = NDArray[Any]

# what Zarr, its pipelines and the system raise for a damaged store
READ_ERRORS = (OSError, ValueError, TypeError, RuntimeError, LookupError)

# below this a chunk a sample would cost more in index entries than it saves in reading
LARGE_SAMPLE_BYTES = 1024


class Grain(NamedTuple):
    """How many rows share a chunk, and how many a shard, which is a file."""

    chunk: int
    shard: int


class Ordered:
    """Rows in another order, taken when they are asked for: one row is a view, several are a copy."""

    def __init__(self, rows: Rows, order: NDArray[np.int64]) -> None:
        self._rows, self._order = rows, order
        self.shape, self.dtype = (len(order), *rows.shape[1:]), rows.dtype

    def __getitem__(self, wanted: slice) -> Rows:
        chosen = self._order[wanted]
        return self._rows[chosen[0]][None] if len(chosen) == 1 else self._rows[chosen]


def sample_grain(rows: Rows, samples_per_shard: int) -> Grain:
    """A chunk for each large sample; small ones, such as labels, share one chunk a shard."""
    large = rows.ndim > 1 and rows[:1].nbytes >= LARGE_SAMPLE_BYTES
    return Grain(1 if large else samples_per_shard, samples_per_shard)


def zarrs_is_there() -> bool:
    """Whether the fast codec pipeline can be imported; without it Zarr's own does the same work more slowly."""
    try:
        import zarrs  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def zarr_module() -> ModuleType:
    """Zarr, with its codec pipeline chosen."""
    import zarr
    from numcodecs import blosc  # type: ignore[import-untyped]

    if zarrs_is_there():
        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    # one thread an operation: chunks then lie in a shard in their order, and reading costs a third less CPU;
    # what may run in parallel is shards, in the threads of Dask and of the loader
    zarr.config.set({"threading.max_workers": 1, "codec_pipeline.chunk_concurrent_maximum": 1})
    blosc.use_threads = False
    return zarr


def create(
    folder: Path,
    name: str,
    rows: Rows | Ordered,
    dims: tuple[str, ...],
    grain: Grain,
    codec: Codec,
    attrs: Mapping[str, Any],
) -> Any:
    """A new, still empty Zarr array in the store `folder`, shaped for these rows."""
    inner = tuple(max(1, size) for size in rows.shape[1:])
    return zarr_module().create_array(
        store=folder,
        name=name,
        shape=rows.shape,
        dtype=rows.dtype.newbyteorder("<"),
        chunks=(grain.chunk, *inner),
        shards=(grain.shard, *inner),
        compressors=_compressor(codec, rows.dtype.itemsize),
        filters=None,
        dimension_names=dims,
        attributes=dict(attrs),
        fill_value=_unused_value(rows, grain.chunk),
    )


def encode_strings(values: Rows) -> NDArray[np.uint8]:
    """Strings (sample) as UTF-8 bytes (sample, byte), padded with zeros."""
    encoded = np.char.encode(values.astype(np.str_), "utf-8")
    width = max(1, encoded.dtype.itemsize)
    return encoded.astype(f"S{width}").view(np.uint8).reshape(len(values), width)


def decode_strings(matrix: NDArray[np.uint8]) -> NDArray[np.str_]:
    """The reverse of `encode_strings`."""
    width = matrix.shape[1]
    joined = np.ascontiguousarray(matrix).view(f"S{width}")[:, 0]
    return np.char.decode(joined, "utf-8").astype(f"<U{width}")


def new_digest(dtype: np.dtype[Any], shape: tuple[int, ...]) -> hashlib._Hash:
    """SHA-256 of what an array holds, whatever the codec: feed it the rows in order."""
    return hashlib.sha256(f"{dtype.newbyteorder('<').str}{tuple(shape)}".encode())


class StoredArray:
    """One array of a part store, opened when the first rows are asked for; an array for Dask.

    `shape` and `dtype` are what the part's record says; strings come decoded. Whatever goes wrong in reading is a
    BadInput that names part and array.
    """

    def __init__(self, part: Path, name: str, shape: tuple[int, ...], dtype: str) -> None:
        self.part, self.name, self.shape, self.dtype = part, name, tuple(shape), np.dtype(dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, key: Any) -> Rows:
        first, *rest = key if isinstance(key, tuple) else (key,)
        wanted = range(self.shape[0])[first]
        if isinstance(wanted, int):
            return np.asarray(self.rows(wanted, wanted + 1)[(0, *rest)])
        low, high = (min(wanted), max(wanted) + 1) if wanted else (0, 0)
        return np.asarray(self.rows(low, high)[(slice(None, None, wanted.step), *rest)])

    def rows(self, start: int, stop: int) -> Rows:
        """Rows `start` to `stop` (excluded)."""
        with explained(self.part, self.name):
            stored, shard_rows = self._stored, self.rows_per_shard
            for shard in range(start // shard_rows, -(-stop // shard_rows)):
                # a missing shard would be read as if it held fill values
                self._shard_path(shard).stat()
            rows: Rows = stored[start:stop]
            return decode_strings(rows).astype(self.dtype) if self.dtype.kind == "U" else rows

    @cached_property
    def rows_per_shard(self) -> int:
        return int(self._stored.shards[0])

    @cached_property
    def rows_per_chunk(self) -> int:
        return int(self._stored.chunks[0])

    def shard(self, number: int) -> Shard:
        """A shard of an array of numbers, for reading it chunk by chunk."""
        with explained(self.part, self.name):
            chunks = self.rows_per_shard // self.rows_per_chunk
            return Shard(self._shard_path(number), chunks, self._compressed)

    @cached_property
    def _stored(self) -> Any:
        with explained(self.part, self.name):
            stored = zarr_module().open_array(store=self.part, path=self.name, mode="r")
            held = stored.shape[:1] if self.dtype.kind == "U" else stored.shape
            if held != self.shape or stored.shards is None:
                raise ValueError(f"has the shape {held}, the record says {self.shape}")
            return stored

    @cached_property
    def _compressed(self) -> bool:
        sharding = self._stored.metadata.codecs[0]
        named = [type(codec).__name__ for codec in sharding.codecs]
        if named not in (["BytesCodec"], ["BytesCodec", "BloscCodec"]) or sharding.index_location.value != "end":
            raise ValueError(f"was not written by sciml ({', '.join(named)})")
        return len(named) > 1

    def _shard_path(self, number: int) -> Path:
        place = (number, *(0 for _ in self._stored.shape[1:]))
        return self.part / self.name / str(self._stored.metadata.encode_chunk_key(place))


@contextmanager
def plain_os_errors() -> Iterator[None]:
    """The codec pipeline reports a full disk as a RuntimeError: make it the OSError that it was."""
    try:
        yield
    except Exception as error:
        number = re.search(r"os error (\d+)", str(error))
        if isinstance(error, OSError) or number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


@contextmanager
def explained(part: Path, name: str) -> Iterator[None]:
    """Whatever goes wrong in reading an array is a BadInput that names part and array."""
    try:
        yield
    except READ_ERRORS as error:
        raise unreadable(part, name, error) from error


def unreadable(part: Path, name: str, error: Exception) -> Exception:
    """What to raise for an error in reading; want of files or memory is not the part's fault."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return error
    said = str(error).partition("\n")[0] or type(error).__name__
    return BadInput(part, f"array {name} cannot be read ({said})", "make this part again: run prepare")


def _unused_value(rows: Rows | Ordered, chunk_rows: int) -> Any:
    """A fill value that no chunk consists of alone.

    Chunks of nothing but the fill value are not written; then a lost file could not be told from an empty one.
    """
    chunks = (rows[start : start + chunk_rows] for start in range(0, rows.shape[0], chunk_rows))
    # the last value first: it rules out most chunks at once
    constant = {c.flat[0].item() for c in chunks if c.flat[0] == c.flat[-1] and (c == c.flat[0]).all()}
    if rows.dtype.kind == "f":
        candidates = (rows.dtype.type(np.finfo(rows.dtype).max / 2**step) for step in range(64))
    else:
        limits = np.iinfo(rows.dtype)
        candidates = (
            rows.dtype.type(value) for value in range(limits.max, max(limits.min, limits.max - 65536) - 1, -1)
        )
    return next(value for value in candidates if value.item() not in constant)


def _compressor(codec: Codec, itemsize: int) -> Any:
    if codec == "none":
        return None
    from zarr.codecs import BloscCodec

    return BloscCodec(cname="lz4", clevel=5, shuffle="noshuffle" if itemsize == 1 else "shuffle", typesize=itemsize)
