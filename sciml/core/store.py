"""A part of the samples on disk: one Zarr store with the groups train, validation and test, whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from sciml.core import parts
from sciml.core.arrays import (
    Codec,
    Grain,
    Ordered,
    create,
    decode_strings,
    encode_strings,
    new_digest,
    plain_os_errors,
    sample_grain,
    zarr_module,
)
from sciml.core.contract import Split
from sciml.core.errors import BadInput, ScimlError
from sciml.core.layout import Array, Layout
from sciml.core.layout_checks import check_samples, check_size
from sciml.core.moments import Moments, merged, moments
from sciml.core.order import Numbers
from sciml.core.ragged import flat_grain, row_order
from sciml.core.splits import SPLITS
from sciml.core.whole import whole_folder

if TYPE_CHECKING:
    import dask.array as da

# moments are taken along these dimensions one by one, and over all others together
CHANNEL_DIMS = ("channel", "band", "map")


def write_part(
    out: Path,
    splits: Mapping[Split, xr.Dataset],
    layout: Layout,
    samples_per_shard: int,
    rng: np.random.Generator,
    max_gb: float,
    attrs: Mapping[str, Any],
    codec: Codec = "none",
) -> None:
    """Write the samples of one part, in random order within each split; each stays whole.

    Parameters
    ----------
    splits
        Samples as `layout` describes them; a split that is left out or empty becomes an empty group.
    max_gb
        A part with more (1e9 bytes, uncompressed) is refused.
    attrs
        Facts about the data (JSON), the same for all parts of a data set; `domain` names the science.
    codec
        `none` reads fastest, `lz4` takes a seventh of the space for pileups (measured in benchmarks/loader.py).
    """
    filled: dict[Split, xr.Dataset] = {}
    for split in SPLITS:
        if split in splits:
            check_samples(out, split, splits[split], layout)
            if parts.count(splits[split]):
                filled[split] = splits[split]
    check_size(out, filled, max_gb)
    record = parts.new_record(filled, layout, samples_per_shard, attrs)
    with whole_folder(out) as folder, plain_os_errors():
        root = zarr_module().create_group(store=folder)
        for split in SPLITS:
            root.create_group(split)
        for split, samples in filled.items():
            order = rng.permutation(parts.count(samples))
            for name, array in layout.arrays.items():
                rows, grain = _laid_out(samples, name, layout, order, samples_per_shard)
                facts, found = _write_array(folder, f"{split}/{name}", array, rows, grain, codec)
                record["arrays"][split][name] = facts
                if split == "train" and found is not None:
                    record["moments"][name] = found.to_json()
        root.attrs.update({parts.ATTRIBUTE: parts.sealed(record)})


def open_split(manifest_or_part: Path, split: Split) -> xr.Dataset:
    """Samples of a split over all parts that dataset.json names, or of one part; lazy (Dask), a shard a chunk."""
    if manifest_or_part.is_dir():
        found = [(manifest_or_part, parts.read_record(manifest_or_part))]
    else:
        found = parts.gathered_parts(manifest_or_part)
    first = found[0][1]
    sizes = {dim: size for _, record in found for dim, size in record["sizes"].items()}
    variables = {}
    for name, array in first["layout"]["arrays"].items():
        inner = tuple(sizes.get(dim, 0) for dim in array["dims"][1:])
        pieces = [_lazy(part, record, split, name) for part, record in found if record["samples"][split]]
        described = {"units": array["units"], "long_name": array["meaning"]}
        variables[name] = xr.Variable(array["dims"], _concatenated(pieces, inner, array["dtype"]), described)
    return xr.Dataset(variables, attrs={"split": split, "domain": first["attrs"].get("domain", "")})


def check_part(path: Path) -> None:
    """Read everything and hold it against the digests in the record."""
    record = parts.read_record(path)
    for split in SPLITS:
        for name, stored in parts.arrays_of(path, record, split).items():
            facts, rows = record["arrays"][split][name], stored.shape[0]
            digest, step = new_digest(stored.dtype, stored.shape), facts["rows_per_shard"]
            for start in range(0, rows, step):
                digest.update(stored.rows(start, min(start + step, rows)).data)
            if digest.hexdigest() != facts["digest"]:
                raise BadInput(path, f"array {split}/{name} does not have the digest in the record", parts.REMEDY)


def store_array(source: da.Array, target: Any) -> None:
    """Write a Dask array into a Zarr array of the same shape, in parallel.

    Chunks that cross a shard's border are refused: two threads would rewrite one shard, and rows get lost silently.
    """
    place = str(target.store_path)
    if source.shape != target.shape:
        raise ScimlError(place, f"has the shape {target.shape}, the data {source.shape}")
    for axis, (pieces, shard) in enumerate(zip(source.chunks, target.shards or target.chunks, strict=True)):
        if any(edge % shard for edge in np.cumsum(pieces)[:-1]):
            raise ScimlError(
                place,
                f"Dask chunks of {max(pieces)} along axis {axis} cross the borders of shards of {shard}",
                f"rechunk the data to a multiple of {shard}",
            )
    import dask.array

    store: Any = dask.array.store
    with plain_os_errors():
        # no lock: no shard has two writers
        store(source, target, lock=False)


def _laid_out(
    samples: xr.Dataset, name: str, layout: Layout, order: Numbers, samples_per_shard: int
) -> tuple[Ordered, Grain]:
    """The rows of one array in the order of the samples, strings as bytes, and how they lie in files."""
    array, values = layout.arrays[name], np.asarray(samples[name].data)
    if array.dtype == "str":
        values = encode_strings(values)
    if array.dims[0] == layout.sample_dim:
        return Ordered(values, order), sample_grain(values, samples_per_shard)
    counts = samples[layout.counts[array.dims[0]]].values
    row_bytes = values.dtype.itemsize * int(np.prod(values.shape[1:]))
    return Ordered(values, row_order(counts, order)), flat_grain(len(values), len(order), samples_per_shard, row_bytes)


def _write_array(
    folder: Path, name: str, array: Array, rows: Ordered, grain: Grain, codec: Codec
) -> tuple[dict[str, Any], Moments | None]:
    """Write one array shard by shard; returns its entry in the record, and its moments if it has any."""
    attrs, dims, dtype = {"units": array.units, "long_name": array.meaning}, array.dims, rows.dtype.newbyteorder("<")
    if array.dtype == "str":
        attrs["encoding"], dtype = "utf-8", np.dtype(f"<U{rows.shape[1]}")
        dims = (*dims, f"{dims[0]}_{name.rpartition('/')[2]}_byte")
    shape = rows.shape[: len(array.dims)]
    target = create(folder, name, rows, dims, grain, codec, attrs)
    digest, found = new_digest(dtype, shape), list[Moments]()
    for start in range(0, shape[0], grain.shard):
        block = np.ascontiguousarray(rows[start : start + grain.shard])
        target[start : start + len(block)] = block
        digest.update((decode_strings(block) if array.dtype == "str" else block.astype(dtype, copy=False)).data)
        if _has_moments(array):
            found.append(moments(block, _channel_axis(array)))
    facts = {"shape": list(shape), "dtype": dtype.str, "rows_per_shard": grain.shard, "digest": digest.hexdigest()}
    return facts, merged(found) if found else None


def _lazy(part: Path, record: Mapping[str, Any], split: Split, name: str) -> da.Array:
    import dask.array

    stored, step = parts.arrays_of(part, record, split)[name], record["arrays"][split][name]["rows_per_shard"]
    from_array: Callable[..., da.Array] = dask.array.from_array
    return from_array(
        stored,
        chunks=(step, *stored.shape[1:]),
        # the same content is the same task, and Dask need not read it to name it
        name=f"{split}-{name}-{record['digest']}",
        meta=np.empty((0,) * stored.ndim, stored.dtype),
    )


def _concatenated(pieces: Sequence[da.Array], inner: tuple[int, ...], dtype: str) -> da.Array:
    """Pieces one after another; none: no sample, of the given inner shape."""
    import dask.array

    concatenate: Callable[..., da.Array] = dask.array.concatenate
    empty: Callable[..., da.Array] = dask.array.empty
    return concatenate(pieces) if pieces else empty((0, *inner), dtype=dtype, chunks=-1)


def _has_moments(array: Array) -> bool:
    return len(array.dims) > 1 and np.dtype(array.dtype).kind in "uif"


def _channel_axis(array: Array) -> int | None:
    return next((axis for axis, dim in enumerate(array.dims) if dim in CHANNEL_DIMS), None)
