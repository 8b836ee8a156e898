"""How do the variables of a forecast get into a NetCDF-4 file or a Zarr store, whole or not at all?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import h5netcdf
import numpy as np

from sciml.core.arrays import zarr_module
from sciml.core.whole import whole_file, whole_folder

# cells along each side of a chunk: a field of a member at one lead is a few chunks, read and unpacked on their own
CHUNK = 256
GZIP_LEVEL = 4


class Store(Protocol):
    """A file that takes variables."""

    def create(self, name: str, dims: tuple[str, ...], values: np.ndarray, attrs: Mapping[str, Any]) -> None:
        """A small variable, at once."""

    def field(self, name: str, dims: tuple[str, ...], shape: tuple[int, ...], attrs: Mapping[str, Any]) -> None:
        """A large int16 variable whose last two dimensions are the grid; `_FillValue` is in its attributes."""

    def put(self, name: str, index: tuple[int, ...], values: np.ndarray) -> None:
        """Fill a part of a field; `index` counts along its first dimensions."""

    def describe(self, attrs: Mapping[str, Any]) -> None:
        """The attributes of the file."""


@contextmanager
def netcdf_store(out: Path) -> Iterator[Store]:
    """A NetCDF-4 file that appears when the block ends well."""
    with whole_file(out) as path, h5netcdf.File(path, "w") as file:
        yield _NetCdf(file)


@contextmanager
def zarr_store(out: Path) -> Iterator[Store]:
    """A Zarr v3 store that appears when the block ends well; each member is one shard."""
    zarr = zarr_module()
    with whole_folder(out) as folder:
        yield _Zarr(zarr.create_group(store=folder))
        with warnings.catch_warnings():
            # xarray looks for it first; Zarr says of it that the specification of version 3 does not have it yet
            warnings.filterwarnings("ignore", "Consolidated metadata", UserWarning)
            zarr.consolidate_metadata(folder)


class _NetCdf:
    def __init__(self, file: Any) -> None:
        self._file = file

    def create(self, name: str, dims: tuple[str, ...], values: np.ndarray, attrs: Mapping[str, Any]) -> None:
        self._dimensions(dims, values.shape)
        variable = self._file.create_variable(name, dims, values.dtype, data=values)
        variable.attrs.update(_attributes(attrs))

    def field(self, name: str, dims: tuple[str, ...], shape: tuple[int, ...], attrs: Mapping[str, Any]) -> None:
        self._dimensions(dims, shape)
        chunks = (*(1 for _ in shape[:-2]), *(min(CHUNK, cells) for cells in shape[-2:]))
        own = dict(attrs)
        variable = self._file.create_variable(
            name,
            dims,
            np.dtype(np.int16),
            fillvalue=own.pop("_FillValue"),
            chunks=chunks,
            compression="gzip",
            compression_opts=GZIP_LEVEL,
            shuffle=True,
        )
        variable.attrs.update(_attributes(own))

    def put(self, name: str, index: tuple[int, ...], values: np.ndarray) -> None:
        self._file[name][(*index, Ellipsis)] = values

    def describe(self, attrs: Mapping[str, Any]) -> None:
        self._file.attrs.update(_attributes(attrs))

    def _dimensions(self, dims: tuple[str, ...], shape: tuple[int, ...]) -> None:
        for name, size in zip(dims, shape, strict=True):
            if name not in self._file.dimensions:
                self._file.dimensions[name] = size


class _Zarr:
    def __init__(self, group: Any) -> None:
        self._group = group

    def create(self, name: str, dims: tuple[str, ...], values: np.ndarray, attrs: Mapping[str, Any]) -> None:
        array = self._group.create_array(
            name, data=values, chunks=values.shape or "auto", dimension_names=dims, compressors=None
        )
        array.attrs.update(_json(attrs))

    def field(self, name: str, dims: tuple[str, ...], shape: tuple[int, ...], attrs: Mapping[str, Any]) -> None:
        zarr = zarr_module()
        tile = tuple(min(CHUNK, cells) for cells in shape[-2:])
        # all leads of one member lie in one file
        shard = (1, *shape[1:-2], *(-(-cells // side) * side for cells, side in zip(shape[-2:], tile, strict=True)))
        array = self._group.create_array(
            name,
            shape=shape,
            dtype=np.int16,
            chunks=(*(1 for _ in shape[:-2]), *tile),
            shards=shard,
            fill_value=int(attrs["_FillValue"]),
            dimension_names=dims,
            compressors=zarr.codecs.ZstdCodec(level=3),
        )
        array.attrs.update(_json(attrs))

    def put(self, name: str, index: tuple[int, ...], values: np.ndarray) -> None:
        self._group[name][(*index, Ellipsis)] = values

    def describe(self, attrs: Mapping[str, Any]) -> None:
        self._group.attrs.update(_json(attrs))


def _attributes(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as NetCDF can hold them: it has neither truth values nor null."""
    own = {name: value for name, value in attrs.items() if value is not None}
    return {name: int(value) if isinstance(value, (bool, np.bool_)) else value for name, value in own.items()}


def _json(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
        for name, value in _attributes(attrs).items()
    }
