"""From alignments and known structures to features of residues and of pairs, with the coordinates to learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.core.layout import Array, Layout
from sciml.proteins.couplings import STATES
from sciml.proteins.features import MAPS, features
from sciml.proteins.ingest import alignment_of, structure_of
from sciml.proteins.settings import Settings

LAYOUT = Layout(
    arrays={
        "sequence": Array(("residue",), "uint8", "1", "residues of the query, places in ACDEFGHIKLMNPQRSTVWY-"),
        "profile": Array(("residue", "state"), "float32", "1", "weighted frequencies in a column, gap last"),
        "maps": Array(("pair", "map"), "float16", "1", f"{', '.join(MAPS)}, standardised, of pairs i <= j row by row"),
        "ca": Array(("residue", "xyz"), "float32", "angstrom", "C-alpha, NaN where it is not resolved"),
        "cb": Array(("residue", "xyz"), "float32", "angstrom", "C-beta, NaN where it is not resolved"),
        "neff": Array(("sample",), "float32", "rows", "effective rows: each shares its weight with those alike"),
        "residues": Array(("sample",), "int32", "1", "residues of the query"),
        "pairs": Array(("sample",), "int32", "1", "pairs of its residues, each with itself among them"),
        "group": Array(("sample",), "str", "", "fold, never in two splits"),
        "name": Array(("sample",), "str", "", "family"),
    },
    counts={"residue": "residues", "pair": "pairs"},
)
_INNER = {"profile": (STATES,), "maps": (len(MAPS),), "ca": (3,), "cb": (3,)}


def prepare_part(settings: Settings, cases: Sequence[Case]) -> xr.Dataset:
    """The families of these cases, residues and pairs of all of them end to end."""
    samples = [_none(), *(_sample(settings, case) for case in cases)]
    joined = {name: np.concatenate([sample[name] for sample in samples]) for name in LAYOUT.arrays}
    return xr.Dataset({name: (array.dims, joined[name]) for name, array in LAYOUT.arrays.items()})


def _sample(settings: Settings, case: Case) -> dict[str, np.ndarray]:
    found, known = features(alignment_of(case.unit), settings.prepare.features), structure_of(case.unit)
    return {
        "sequence": found["sequence"].values,
        "profile": found["profile"].values,
        "maps": found["maps"].values,
        "ca": known.ca,
        "cb": known.cb,
        "neff": found["neff"].values[None],
        "residues": np.array([found.sizes["residue"]], np.int32),
        "pairs": np.array([found.sizes["pair"]], np.int32),
        "group": np.array([case.group]),
        "name": np.array([case.id]),
    }


def _none() -> dict[str, np.ndarray]:
    """No sample, of the right shapes and types."""
    return {
        name: np.zeros((0, *_INNER.get(name, ())), np.str_ if array.dtype == "str" else array.dtype)
        for name, array in LAYOUT.arrays.items()
    }
