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
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput

Codec: TypeAlias = Literal["none", "lz4"]
Rows: TypeAlias = NDArray[Any]

# below this a chunk a sample would cost more in index entries than it saves in reading
LARGE_SAMPLE_BYTES = 1024


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

    if zarrs_is_there():
        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    # one thread an operation: chunks then lie in a shard in their order, and reading costs a third less CPU;
    # what may run in parallel is shards, in the threads of Dask and of the loader
    zarr.config.set({"threading.max_workers": 1, "codec_pipeline.chunk_concurrent_maximum": 1})
    return zarr


def create(
    folder: Path,
    name: str,
    rows: Rows,
    dims: tuple[str, ...],
    samples_per_shard: int,
    codec: Codec,
    attrs: Mapping[str, Any],
) -> Any:
    """A new, still empty Zarr array in the store `folder`, shaped for these rows (sample first)."""
    large = rows.ndim > 1 and rows[:1].nbytes >= LARGE_SAMPLE_BYTES
    inner = tuple(max(1, size) for size in rows.shape[1:])
    return zarr_module().create_array(
        store=folder,
        name=name,
        shape=rows.shape,
        dtype=rows.dtype.newbyteorder("<"),
        chunks=(1 if large else samples_per_shard, *inner),
        shards=(samples_per_shard, *inner),
        compressors=_compressor(codec, rows.dtype.itemsize),
        filters=None,
        dimension_names=dims,
        attributes=dict(attrs),
        # every shard whole, so that a lost file is noticed and not read as zeros
        config={"write_empty_chunks": True},
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
        with _explained(self.part, self.name):
            inner = self._stored.shape[1:]
        out = np.empty((stop - start, *inner), np.uint8 if self.dtype.kind == "U" else self.dtype)
        self.read_into(out, start)
        return decode_strings(out).astype(self.dtype) if self.dtype.kind == "U" else out

    def read_into(self, out: Rows, start: int) -> None:
        """Fill `out` (contiguous, sample first) with the rows from `start` on."""
        with _explained(self.part, self.name):
            shard_rows, stop = self._stored.shards[0], start + len(out)
            while start < stop:
                end = min(stop, (start // shard_rows + 1) * shard_rows)
                self._read_of_shard(out[: end - start], start)
                out, start = out[end - start :], end

    def _read_of_shard(self, out: Rows, start: int) -> None:
        if self._raw and self._read_raw(out, start):
            return
        # a missing shard would be read as zeros
        self._shard_path(start).stat()
        buffers = zarr_module().core.buffer.default_buffer_prototype()
        self._stored.get_basic_selection(slice(start, start + len(out)), out=buffers.nd_buffer.from_numpy_array(out))

    def _read_raw(self, out: Rows, start: int) -> bool:
        """Rows that lie uncompressed and in order in their shard: one read, three times as fast as a pipeline.

        False where they do not, and the pipeline must look for them.
        """
        shard_rows, chunk_rows = self._stored.shards[0], self._stored.chunks[0]
        entries, row_bytes = shard_rows // chunk_rows, out[0].nbytes
        first = start % shard_rows
        with self._shard_path(start).open("rb", buffering=0) as file:
            # the index: offset and length of each chunk, then a checksum of four bytes
            file.seek(-(16 * entries + 4), os.SEEK_END)
            index = np.frombuffer(file.read(16 * entries), "<u8").reshape(entries, 2)
            index = index[first // chunk_rows : (first + len(out) - 1) // chunk_rows + 1]
            chunk_bytes = chunk_rows * row_bytes
            expected = index[0, 0] + np.arange(len(index), dtype=np.uint64) * np.uint64(chunk_bytes)
            if (index[:, 0] != expected).any() or (index[:, 1] != chunk_bytes).any():
                return False
            file.seek(int(index[0, 0]) + first % chunk_rows * row_bytes)
            return file.readinto(out.reshape(-1).view(np.uint8).data) == out.nbytes

    @cached_property
    def _stored(self) -> Any:
        stored = zarr_module().open_array(store=self.part, path=self.name, mode="r")
        held = stored.shape[:1] if self.dtype.kind == "U" else stored.shape
        if held != self.shape:
            raise ValueError(f"has the shape {held}, the record says {self.shape}")
        return stored

    @cached_property
    def _raw(self) -> bool:
        sharding = self._stored.metadata.codecs[0]
        names = [type(codec).__name__ for codec in sharding.codecs]
        return names == ["BytesCodec"] and sharding.index_location.value == "end" and self.dtype.isnative

    def _shard_path(self, row: int) -> Path:
        place = (row // self._stored.shards[0], *(0 for _ in self._stored.shape[1:]))
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
def _explained(part: Path, name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, RuntimeError, LookupError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENOMEM):
            raise
        said = str(error).partition("\n")[0] or type(error).__name__
        raise BadInput(part, f"array {name} cannot be read ({said})", "make this part again: run prepare") from error


def _compressor(codec: Codec, itemsize: int) -> Any:
    if codec == "none":
        return None
    from zarr.codecs import BloscCodec

    return BloscCodec(cname="lz4", clevel=5, shuffle="noshuffle" if itemsize == 1 else "shuffle", typesize=itemsize)
