"""Small part stores for the tests of the data core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.arrays import Codec
from sciml.core.contract import Split
from sciml.core.layout import Array, Layout
from sciml.core.store import write_part

LAYOUT = Layout(
    {
        "image": Array(("sample", "channel", "row", "column"), "uint8", "1", "picture"),
        "label": Array(("sample",), "int8", "1", "class"),
        "number": Array(("sample",), "int64", "1", "which sample this is"),
        "group": Array(("sample",), "str", "", "what may not straddle a split"),
    }
)


def samples(
    numbers: Sequence[int], groups: Sequence[str] | None = None, shape: Sequence[int] = (3, 32, 16)
) -> xr.Dataset:
    """Samples that can be told apart: image `n` holds bytes drawn with seed `n`, and the label is n modulo 3."""
    images = [np.random.default_rng(n).integers(0, 256, shape, np.uint8) for n in numbers]
    named = [f"g{n // 10}" for n in numbers] if groups is None else list(groups)
    return xr.Dataset(
        {
            "image": (("sample", "channel", "row", "column"), np.array(images, np.uint8).reshape(-1, *shape)),
            "label": ("sample", np.array([n % 3 for n in numbers], np.int8)),
            "number": ("sample", np.array(numbers, np.int64)),
            "group": ("sample", np.array(named, np.str_)),
        }
    )


def part(
    out: Path,
    splits: Mapping[Split, xr.Dataset],
    seed: int = 0,
    samples_per_shard: int = 16,
    attrs: Mapping[str, Any] | None = None,
    codec: Codec = "none",
) -> Path:
    """Write a part with the test layout."""
    facts = {"domain": "toy", "sources": ["a"]} if attrs is None else attrs
    write_part(out, splits, LAYOUT, samples_per_shard, np.random.default_rng(seed), 1.0, facts, codec)
    return out
