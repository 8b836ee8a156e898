"""How are HDF5 files opened and their attributes read, whatever wrote them?"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sciml.core.gzipped import is_gzipped
from sciml.nowcast.file_bytes import whole

MAGIC = b"\x89HDF\r\n\x1a\n"


@contextmanager
def hdf5_file(path: Path) -> Iterator[Any]:
    """An HDF5 file for reading; a gzipped one is decompressed into memory."""
    with h5py.File(io.BytesIO(whole(path)) if is_gzipped(path) else path, "r") as file:
        yield file


def text(attrs: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text attribute, however it was stored: bytes, str, or an array of one."""
    value = attrs.get(name)
    if value is None:
        return default
    value = np.asarray(value).ravel()[0] if np.size(value) else ""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip("\0 ")


def number(attrs: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """A number attribute, scalar or an array of one; KeyError where it is needed and missing."""
    value = attrs.get(name)
    if value is None or not np.size(value):
        if default is None:
            raise KeyError(f"no attribute {name}")
        return default
    return float(np.asarray(value).ravel()[0])


def plain(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """All attributes as Python texts, numbers and lists of numbers."""
    return {name: _plain(value) for name, value in attrs.items() if np.asarray(value).dtype.kind in "SUOifub"}


def _plain(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "ifub":
        return text({"value": value}, "value")
    return array.ravel()[0].item() if array.size == 1 else array.ravel().tolist()
