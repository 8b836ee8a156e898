"""What a part store says of itself: its record, an attribute of the store's root.

It holds the layout, the counts, the groups, the moments, and shape, shard and digest of each array, so that gathering
thousands of parts reads one small file each, and needs no Zarr.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core.arrays import StoredArray
from sciml.core.contract import Split
from sciml.core.errors import BadInput
from sciml.core.layout import Layout
from sciml.core.records import read_json
from sciml.core.splits import SPLITS

FORMAT = 2
ATTRIBUTE = "sciml_part"
# the two arrays that core knows by name: what may never straddle a split, and what is counted
GROUP, LABEL = "group", "label"
REMEDY = "make this part again: run prepare"


def new_record(
    samples: Mapping[Split, xr.Dataset], layout: Layout, samples_per_shard: int, attrs: Mapping[str, Any]
) -> dict[str, Any]:
    """The record of these samples, before any array is written."""
    dims = {dim for array in layout.arrays.values() for dim in array.dims[1:]}
    return {
        "format": FORMAT,
        "layout": asdict(layout),
        "samples_per_shard": samples_per_shard,
        "sizes": {dim: size for dataset in samples.values() for dim, size in dataset.sizes.items() if dim in dims},
        "samples": {split: count(samples.get(split)) for split in SPLITS},
        "rows": {split: _rows(samples.get(split), layout) for split in SPLITS},
        "groups": {split: _groups(samples.get(split)) for split in SPLITS},
        "labels": {split: _label_counts(samples.get(split)) for split in SPLITS},
        "arrays": {split: {} for split in SPLITS},
        "moments": {},
        "attrs": dict(attrs),
    }


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its digest, which stands for everything that the part holds."""
    return {**record, "digest": _digest(record)}


def read_record(part: Path) -> dict[str, Any]:
    """The record of a part on disk."""
    attributes = read_json(part / "zarr.json").get("attributes")
    record = attributes.get(ATTRIBUTE) if isinstance(attributes, dict) else None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise BadInput(part, f"is not a part store of format {FORMAT}", REMEDY)
    if record.get("digest") != _digest(record):
        raise BadInput(part, "its record does not have the digest that it names", REMEDY)
    return record


def gathered_parts(manifest: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Paths and records of the parts that dataset.json names."""
    return [open_entry(manifest, entry) for entry in read_json(manifest)["parts"]]


def open_entry(manifest: Path, entry: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Path and record of one of the parts of dataset.json; it must be the one that was gathered."""
    part = manifest.parent / entry["path"]
    record = read_record(part)
    if record["digest"] != entry["digest"]:
        raise BadInput(part, f"has changed since {manifest.name} was written", "run gather again")
    return part, record


def arrays_of(part: Path, record: Mapping[str, Any], split: Split) -> dict[str, StoredArray]:
    """The arrays of one split of a part, not yet opened."""
    return {
        name: StoredArray(part, f"{split}/{name}", tuple(facts["shape"]), facts["dtype"])
        for name, facts in record["arrays"][split].items()
    }


def count(samples: xr.Dataset | None) -> int:
    """Number of samples; the sample dimension is the one of `group`."""
    return 0 if samples is None else int(samples[GROUP].size)


def _rows(samples: xr.Dataset | None, layout: Layout) -> dict[str, int]:
    """Rows of all samples together along each dimension that counts."""
    return {dim: 0 if samples is None else int(samples.sizes[dim]) for dim in layout.counts}


def _groups(samples: xr.Dataset | None) -> list[str]:
    return [] if samples is None else sorted({str(group) for group in samples[GROUP].values})


def _label_counts(samples: xr.Dataset | None) -> dict[str, int]:
    """How often each class occurs; a label that is no class (a map, a real number) is not counted."""
    if samples is None or LABEL not in samples or samples[LABEL].ndim != 1 or samples[LABEL].dtype.kind == "f":
        return {}
    values, counts = np.unique(samples[LABEL].values, return_counts=True)
    return {str(value): int(number) for value, number in zip(values, counts, strict=True)}


def _digest(record: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in record.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
