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
    Rows,
    create,
    decode_strings,
    encode_strings,
    new_digest,
    plain_os_errors,
    zarr_module,
)
from sciml.core.contract import Split
from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.core.layout import Array, Layout
from sciml.core.moments import Moments, merged, moments
from sciml.core.splits import SPLITS
from sciml.core.whole import whole_folder

if TYPE_CHECKING:
    import dask.array as da

# moments are taken along these dimensions one by one, and over all others together
CHANNEL_DIMS = ("channel", "band")


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
    """Write the samples of one part, in random order within each split.

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
            _check_layout(out, split, splits[split], layout)
            if parts.count(splits[split]):
                filled[split] = splits[split]
    _check_size(out, filled, max_gb)
    record = parts.new_record(filled, layout, samples_per_shard, attrs)
    with whole_folder(out) as folder, plain_os_errors():
        root = zarr_module().create_group(store=folder)
        for split in SPLITS:
            root.create_group(split)
        for split, samples in filled.items():
            order = rng.permutation(parts.count(samples))
            for name, array in layout.arrays.items():
                values = np.asarray(samples[name].data)
                facts, found = _write_array(folder, f"{split}/{name}", array, values, order, samples_per_shard, codec)
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
            digest, step, samples = new_digest(stored.dtype, stored.shape), record["samples_per_shard"], stored.shape[0]
            for start in range(0, samples, step):
                digest.update(stored.rows(start, min(start + step, samples)).data)
            if digest.hexdigest() != record["arrays"][split][name]["digest"]:
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


def _write_array(
    folder: Path, name: str, array: Array, values: Rows, order: Rows, samples_per_shard: int, codec: Codec
) -> tuple[dict[str, Any], Moments | None]:
    """Write one array shard by shard; returns its entry in the record, and its moments if it has any."""
    attrs, dims = {"units": array.units, "long_name": array.meaning}, array.dims
    if array.dtype == "str":
        values, attrs["encoding"] = encode_strings(values), "utf-8"
        dims = (*dims, f"{dims[0]}_{name.rpartition('/')[2]}_byte")
    dtype = np.dtype(f"<U{values.shape[1]}") if array.dtype == "str" else values.dtype.newbyteorder("<")
    shape = values.shape[: len(array.dims)]
    target = create(folder, name, values, dims, samples_per_shard, codec, attrs)
    digest, found = new_digest(dtype, shape), list[Moments]()
    for start in range(0, len(order), samples_per_shard):
        block = np.ascontiguousarray(values[order[start : start + samples_per_shard]])
        target[start : start + len(block)] = block
        digest.update((decode_strings(block) if array.dtype == "str" else block.astype(dtype, copy=False)).data)
        if _has_moments(array):
            found.append(moments(block, _channel_axis(array)))
    facts = {"shape": list(shape), "dtype": dtype.str, "digest": digest.hexdigest()}
    return facts, merged(found) if found else None


def _lazy(part: Path, record: Mapping[str, Any], split: Split, name: str) -> da.Array:
    import dask.array

    stored, step = parts.arrays_of(part, record, split)[name], record["samples_per_shard"]
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


def _check_layout(out: Path, split: Split, samples: xr.Dataset, layout: Layout) -> None:
    """Refuse samples that are not what the layout says: the domain's `prepare` and its LAYOUT disagree."""
    if parts.GROUP not in layout.arrays:
        raise ScimlError(out, f"the layout has no array {parts.GROUP}", "name the group of each sample")
    if odd := sorted(set(map(str, samples.variables)) ^ layout.arrays.keys()):
        problem = "is not in the layout" if odd[0] in samples.variables else "is missing"
        raise ScimlError(out, f"{split}: array {odd[0]} {problem}", "the layout and prepare must agree")
    for name, array in layout.arrays.items():
        found = samples[name]
        if array.dims[0] != layout.sample_dim or found.dims != array.dims:
            raise ScimlError(out, f"{split}: array {name} has dimensions {found.dims}, the layout says {array.dims}")
        fits = found.dtype.kind in "UTO" if array.dtype == "str" else found.dtype == np.dtype(array.dtype)
        if not fits:
            raise ScimlError(out, f"{split}: array {name} has type {found.dtype}, the layout says {array.dtype}")
        if array.dtype != "str" and found.dtype.kind not in "uif":
            raise ScimlError(
                out, f"{split}: array {name} has type {found.dtype}", "store whole or real numbers, or str"
            )


def _check_size(out: Path, samples: Mapping[Split, xr.Dataset], max_gb: float) -> None:
    size_gb = sum(dataset.nbytes for dataset in samples.values()) / 1e9
    if size_gb > max_gb:
        raise SettingsError(
            out,
            f"would hold {size_gb:.3g} GB of samples, prepare.max_part_gb is {max_gb:g}",
            f"raise prepare.parts at least {np.ceil(size_gb / max_gb):.0f}-fold",
        )
