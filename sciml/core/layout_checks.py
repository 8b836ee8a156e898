"""Are samples what the layout of their science says, and do they fit into a part?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from sciml.core import parts
from sciml.core.contract import Split
from sciml.core.errors import ScimlError, SettingsError
from sciml.core.layout import Layout


def check_samples(out: Path, split: Split, samples: xr.Dataset, layout: Layout) -> None:
    """Refuse samples that are not what the layout says: the domain's `prepare` and its LAYOUT disagree."""
    if parts.GROUP not in layout.arrays:
        raise ScimlError(out, f"the layout has no array {parts.GROUP}", "name the group of each sample")
    if odd := sorted(set(map(str, samples.variables)) ^ layout.arrays.keys()):
        problem = "is not in the layout" if odd[0] in samples.variables else "is missing"
        raise ScimlError(out, f"{split}: array {odd[0]} {problem}", "the layout and prepare must agree")
    for name, array in layout.arrays.items():
        found = samples[name]
        if array.dims[0] not in (layout.sample_dim, *layout.counts) or found.dims != array.dims:
            raise ScimlError(out, f"{split}: array {name} has dimensions {found.dims}, the layout says {array.dims}")
        fits = found.dtype.kind in "UTO" if array.dtype == "str" else found.dtype == np.dtype(array.dtype)
        if not fits:
            raise ScimlError(out, f"{split}: array {name} has type {found.dtype}, the layout says {array.dtype}")
        if array.dtype != "str" and found.dtype.kind not in "uif":
            raise ScimlError(
                out, f"{split}: array {name} has type {found.dtype}", "store whole or real numbers, or str"
            )
    for dim, name in layout.counts.items():
        _check_counts(f"{out}: {split}", samples, dim, name, layout)


def check_size(out: Path, samples: Mapping[Split, xr.Dataset], max_gb: float) -> None:
    size_gb = sum(dataset.nbytes for dataset in samples.values()) / 1e9
    if size_gb > max_gb:
        raise SettingsError(
            out,
            f"would hold {size_gb:.3g} GB of samples, prepare.max_part_gb is {max_gb:g}",
            f"raise prepare.parts at least {np.ceil(size_gb / max_gb):.0f}-fold",
        )


def _check_counts(place: str, samples: xr.Dataset, dim: str, name: str, layout: Layout) -> None:
    """The rows along `dim` must be dealt out to the samples without a rest."""
    if name not in layout.arrays or layout.arrays[name].dims != (layout.sample_dim,) or dim not in samples.sizes:
        remedy = f"it needs an array {name} ({layout.sample_dim}), and one along {dim}"
        raise ScimlError(place, f"the layout counts {dim} by {name}", remedy)
    counts = samples[name].values
    if counts.dtype.kind not in "ui":
        raise ScimlError(place, f"array {name} has type {counts.dtype}", f"count {dim} in whole numbers")
    if len(counts) and counts.min() < 0:
        raise ScimlError(place, f"sample {counts.argmin()} has {counts.min()} {name}", "no count may be negative")
    if (total := int(counts.sum(dtype=np.int64))) != samples.sizes[dim]:
        remedy = f"the array {name} must say how many rows each sample has along {dim}"
        raise ScimlError(place, f"the {name} add up to {total}, but {dim} has {samples.sizes[dim]} rows", remedy)
