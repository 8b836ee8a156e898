"""A series of radar frames on disk: a CF Dataset in Zarr, its rain rates in hundredths of a millimetre an hour."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import xarray as xr

from sciml.core.arrays import READ_ERRORS, plain_os_errors, zarr_module
from sciml.core.errors import BadInput, DataWarning
from sciml.core.whole import whole_folder

RAIN = "rain_rate"
UNOBSERVED = -1
PER_MM_H = 100
LARGEST = np.iinfo(np.int16).max
LARGEST_MM_H = LARGEST / PER_MM_H
WET = PER_MM_H // 10  # 0.1 mm/h

# a crop of 22 frames and 256 cells lies in two chunks along time, two along y and, on all but the widest grids, one
# along x: four at most
CHUNK_FRAMES, CHUNK_ROWS, CHUNK_COLUMNS = 24, 256, 1024
# what ingest holds of the frames of one chunk, packed; larger grids have fewer frames in a chunk
BLOCK_BYTES = 1 << 28
SHARD_BYTES = 1 << 26
# shards along time that are written at a time
BATCH = 4

lazy_array: Any = dask.array  # has no types of its own


def write_series(series: xr.Dataset, out: Path) -> dict[str, Any]:
    """Write a CF radar Dataset; returns the facts of the series that the index lists.

    Every frame is read once, and few more than one chunk holds are in memory. Rates above 327.67 mm/h, which
    hundredths in int16 cannot hold, are cut to it, counted in the attribute `clipped_cells` and warned of. A frame in
    which nothing was observed counts as missing. The quality field is left out: reading has applied it.
    """
    rate = series[RAIN].transpose("time", "y", "x")
    chunks, shards = chunk_shapes(rate.shape)
    tallies = _Tallies.of(rate.shape)
    with whole_folder(out) as folder, plain_os_errors():
        zarr_module().create_group(store=folder)
        target = _create(folder, rate, chunks, shards)
        # batch by batch: the graph of a year's frames would itself fill the memory
        for begin in range(0, len(rate), BATCH * shards[0]):
            _write_frames(rate, slice(begin, begin + BATCH * shards[0]), target, tallies)
        described = _described(series, tallies)
        described.to_zarr(folder, mode="a", consolidated=False, zarr_format=3, encoding=_encoding(described))
    if clipped := described.attrs["clipped_cells"]:
        text = f"{out.stem}: {clipped} cells with more than {LARGEST_MM_H} mm/h were cut to that"
        warnings.warn(DataWarning(text), stacklevel=2)
    return _facts(described, tallies)


def open_series(store: Path) -> xr.Dataset:
    """The Dataset that `write_series` wrote, its rain rates float32 mm/h and lazy, all else in memory."""
    stored = open_packed(store)
    with _explained(store):
        series: xr.Dataset = xr.open_zarr(
            store, chunks=None, consolidated=False, decode_coords="all", drop_variables=RAIN
        ).load()
    from_array: Callable[..., Any] = lazy_array.from_array
    chunks = (stored.chunks[0], *stored.shards[1:])
    packed = from_array(stored, chunks=chunks, meta=np.empty((0, 0, 0), np.int16))
    attrs = {name: value for name, value in stored.attrs.items() if name not in ("scale_factor", "_FillValue")}
    series[RAIN] = ("time", "y", "x"), packed.map_blocks(unpack, dtype=np.float32), attrs
    return series


def open_packed(store: Path) -> Any:
    """The Zarr array (time, y, x) of a series as it is stored: int16 hundredths of mm/h, -1 where not observed."""
    with _explained(store):
        return zarr_module().open_array(store=store, path=RAIN, mode="r")


class PackedFrames:
    """The packed frames of a series for reading in order: chunks are read whole, the last few stay in memory."""

    def __init__(self, store: Path, within: int) -> None:
        """`within` is how many frames back the reader may go without a second reading."""
        self._stored = open_packed(store)
        self._deep = int(self._stored.chunks[0])
        self._block = lru_cache(-(-(within - 1) // self._deep) + 1)(self._read)

    def cut(self, time: slice, y: slice = slice(None), x: slice = slice(None)) -> np.ndarray:
        """The frames from `time.start` to `time.stop`, (time, y, x), or a window of them."""
        first, last = time.start // self._deep, -(-time.stop // self._deep)
        pieces = []
        for number in range(first, last):
            begin = number * self._deep
            inside = slice(max(0, time.start - begin), max(0, time.stop - begin))
            pieces.append(self._block(number)[inside, y, x])
        return np.concatenate(pieces)

    def _read(self, number: int) -> np.ndarray:
        return np.asarray(self._stored[number * self._deep : (number + 1) * self._deep])


def pack(rate: np.ndarray) -> np.ndarray:
    """Rain rates in mm/h as int16 hundredths, -1 for NaN."""
    hundredths = np.rint(np.clip(rate, 0, LARGEST_MM_H) * PER_MM_H)
    return np.asarray(np.nan_to_num(hundredths, nan=UNOBSERVED).astype(np.int16))


def unpack(hundredths: np.ndarray) -> np.ndarray:
    """The reverse of `pack`: float32 mm/h, exactly the nearest float of each hundredth."""
    rate: np.ndarray = np.divide(hundredths, PER_MM_H, dtype=np.float32)
    rate[hundredths < 0] = np.nan
    return rate


def chunk_shapes(shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Chunks (time, y, x) and the shards that hold them: whole frames where SHARD_BYTES allows."""
    frames, height, width = shape
    deep = min(frames, CHUNK_FRAMES)
    while deep > 1 and deep * height * width * 2 > BLOCK_BYTES:
        deep = -(-deep // 2)
    rows, columns = min(height, CHUNK_ROWS), min(width, CHUNK_COLUMNS)
    across = -(-width // columns)
    down = max(1, min(-(-height // rows), SHARD_BYTES // (2 * deep * rows * columns * across)))
    return (deep, rows, columns), (deep, rows * down, columns * across)


def _create(folder: Path, rate: xr.DataArray, chunks: tuple[int, ...], shards: tuple[int, ...]) -> Any:
    from zarr.codecs import BloscCodec

    kept = {str(name): value for name, value in rate.attrs.items() if name not in ("_FillValue", "scale_factor")}
    return zarr_module().create_array(
        store=folder,
        name=RAIN,
        shape=rate.shape,
        dtype="<i2",
        chunks=chunks,
        shards=shards,
        compressors=BloscCodec(cname="zstd", clevel=3, shuffle="shuffle", typesize=2),
        filters=None,
        dimension_names=("time", "y", "x"),
        # what any CF reader needs to decode it
        attributes={**kept, "scale_factor": 1 / PER_MM_H, "_FillValue": UNOBSERVED},
        fill_value=UNOBSERVED,
    )


@dataclass(frozen=True)
class _Tallies:
    """What is counted while frames pass: observed, wet and cut cells (time, kind), and what any frame saw (y, x)."""

    counts: np.ndarray
    seen: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> _Tallies:
        return cls(np.zeros((shape[0], 3), np.int64), np.zeros(shape[1:], bool))


def _write_frames(rate: xr.DataArray, time: slice, target: Any, tallies: _Tallies) -> None:
    """Write some of the frames and count their cells, in one graph, so that each frame is read once for both."""
    frames = lazy_array.asarray(rate[time].data).rechunk({1: -1, 2: -1}).map_blocks(pack, dtype=np.int16)
    tallied = frames.map_blocks(_tally, dtype=np.int64, drop_axis=(1, 2), new_axis=1, chunks=(frames.chunks[0], (3,)))
    seen = np.zeros_like(tallies.seen)
    lazy_array.store(
        # Dask's chunks are the shards, so that no shard has two writers
        [frames.rechunk(target.shards), tallied, (frames >= 0).any(axis=0)],
        [target, tallies.counts[time], seen],
        regions=[(slice(time.start, time.start + len(frames)), slice(None), slice(None)), None, None],
        lock=False,
        # the counts are gathered in this process
        scheduler="threads",
    )
    tallies.seen[seen] = True


def _tally(packed: np.ndarray) -> np.ndarray:
    """Observed, wet and cut cells (time, kind) of some frames."""
    kinds = packed >= 0, packed >= WET, packed == LARGEST
    return np.stack([kind.sum(axis=(1, 2), dtype=np.int64) for kind in kinds], axis=1)


def _described(series: xr.Dataset, tallies: _Tallies) -> xr.Dataset:
    """All of a series but its rain, which is too large to pass through here."""
    # the reader's range mask is lazy, and computing it would decode every frame again
    rest = series.drop_vars([name for name in (RAIN, "quality", "range_mask") if name in series.variables])
    rest = rest.set_coords(list(rest.data_vars)).load()
    ok = tallies.counts[:, 0] > 0
    if "frame_ok" in rest.coords:
        ok &= rest["frame_ok"].values
    clipped = max(int(tallies.counts[:, 2].sum()), int(rest.attrs.get("clipped_cells", 0)))
    described = rest.assign_coords(
        frame_ok=("time", ok, {"long_name": "the frame was observed"}),
        range_mask=(("y", "x"), tallies.seen, {"long_name": "some frame observes the cell"}),
    )
    return described.assign_attrs(clipped_cells=clipped)


def _encoding(described: xr.Dataset) -> dict[Hashable, dict[str, Any]]:
    """Plain types; each array in one chunk, so that a year opens with a handful of reads."""
    encoding: dict[Hashable, dict[str, Any]] = {}
    for name, variable in described.variables.items():
        variable.encoding.clear()
        encoding[name] = {"chunks": tuple(max(1, size) for size in variable.shape)}
        if variable.dtype.kind == "M":
            encoding[name] |= {"dtype": "int64", "units": "seconds since 1970-01-01", "calendar": "standard"}
    return encoding


def _facts(described: xr.Dataset, tallies: _Tallies) -> dict[str, Any]:
    times, ok = described["time"].values, described["frame_ok"].values
    observed, wet, _ = (int(total) for total in tallies.counts.sum(axis=0))
    return {
        "times": [str(np.datetime_as_string(time, "s")) for time in (times[0], times[-1])],
        "step_minutes": int(described.attrs["step_minutes"]),
        "cell_km": float(described.attrs["cell_km"]),
        "height": described.sizes["y"],
        "width": described.sizes["x"],
        "frames": len(times),
        "missing_frames": int(np.sum(~ok)),
        "wet_share": round(wet / observed, 4) if observed else 0.0,
        "source_format": str(described.attrs["source_format"]),
    }


@contextmanager
def _explained(store: Path) -> Iterator[None]:
    try:
        yield
    except READ_ERRORS as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise BadInput(store, f"cannot be read as a series ({said})", "make it again: run ingest") from error
