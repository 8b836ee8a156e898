"""From tiles to cutouts around catalogued objects, the samples that the network learns from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from sciml.core.contract import Case
from sciml.core.layout import Array, Layout
from sciml.lenses.cutouts import cutouts
from sciml.lenses.ingest import objects_of_unit, tile_of_unit
from sciml.lenses.settings import PrepareSettings, Settings

LAYOUT = Layout(
    arrays={
        "image": Array(("sample", "band", "y", "x"), "float32", "sky sigma", "flux above the sky, NaN not observed"),
        "label": Array(("sample",), "int8", "1", "1 a lens, 0 none"),
        "kind": Array(("sample",), "str", "", "lens, or what a galaxy that is none looks like"),
        "group": Array(("sample",), "str", "", "tile, never in two splits"),
        "name": Array(("sample",), "str", "", "tile and object"),
    }
)


def prepare_part(settings: Settings, cases: Sequence[Case]) -> xr.Dataset:
    """The cutouts of the objects of these tiles of which the truth is known and enough was observed."""
    drawn = [_samples(settings.prepare, case) for case in cases]
    joined = {
        name: np.concatenate([each[name] for each in [_none(settings.prepare), *drawn]]) for name in LAYOUT.arrays
    }
    return xr.Dataset({name: (array.dims, joined[name]) for name, array in LAYOUT.arrays.items()})


def _samples(prepare: PrepareSettings, case: Case) -> dict[str, np.ndarray]:
    tile = tile_of_unit(case.unit)
    objects = objects_of_unit(case.unit, tile)
    known = objects[objects.lens >= 0]
    cut = cutouts(tile, known, prepare)
    enough = cut["missing"].values <= prepare.max_missing
    kept = known[enough]
    return {
        "image": cut["image"].values[enough],
        "label": kept.lens,
        "kind": np.where(kept.kind == "", np.where(kept.lens == 1, "lens", "plain"), kept.kind),
        "group": np.full(len(kept), case.group),
        "name": np.array([f"{case.unit.id} {name}" for name in kept.id], np.str_),
    }


def _none(prepare: PrepareSettings) -> dict[str, np.ndarray]:
    """No sample, of the right shapes and types."""
    inner = {"image": (len(prepare.bands), prepare.size, prepare.size)}
    return {
        name: np.zeros((0, *inner.get(name, ())), np.str_ if array.dtype == "str" else array.dtype)
        for name, array in LAYOUT.arrays.items()
    }
