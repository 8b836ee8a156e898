"""What a sample looks like: the arrays of a store by name, with dimensions, type, unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Array:
    """One array of a layout; `dims[0]` is the sample dimension, or one that counts."""

    dims: tuple[str, ...]
    dtype: str
    units: str
    meaning: str


@dataclass(frozen=True)
class Layout:
    """The written form of a sample: every array that a part store must hold, and nothing else.

    `counts` is for samples of unequal length: {"residue": "residues"} says that arrays whose first dimension is
    `residue` hold the rows of all samples end to end, and that the array `residues` (sample) counts those of each.
    """

    arrays: Mapping[str, Array]
    sample_dim: str = "sample"
    counts: Mapping[str, str] = field(default_factory=dict)
