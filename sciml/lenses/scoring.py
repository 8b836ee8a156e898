"""Every object of a tile cut out and scored, a piece of the catalogue at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from sciml import __version__
from sciml.core.parallel import map_ordered
from sciml.lenses.candidates import at_prevalence, ranks
from sciml.lenses.catalogs import Objects
from sciml.lenses.cutouts import ALL_BAD, OUTSIDE, cutouts
from sciml.lenses.settings import PrepareSettings
from sciml.lenses.tiles import Tile

# cutouts in memory at a time: 25 MB in three bands of 45 pixels
PIECE = 1024
UNSCORED = OUTSIDE | ALL_BAD


def scored(
    tile: Tile,
    objects: Objects,
    prepare: PrepareSettings,
    score: Callable[[np.ndarray], np.ndarray],
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """The objects with what a finder says of them, dimension (object), in the order of the catalogue.

    `score` takes images (object, band, y, x) in sky sigmas, NaN where unobserved, and returns log-odds (object). An
    object that lies outside, or of which less was observed than `prepare.max_missing` allows, gets none: NaN, rank 0.
    """
    pieces = [slice(first, first + PIECE) for first in range(0, max(1, len(objects)), PIECE)]
    done, found = 0, list[xr.Dataset]()
    for answer in map_ordered(lambda piece: _scored_piece(tile, objects[piece], prepare, score), pieces, threads):
        found.append(answer)
        done += answer.sizes["object"]
        if progress is not None:
            progress(done, len(objects))
    said = xr.concat(found, dim="object")
    return said.assign(rank=("object", ranks(said["score"].to_numpy())))


def with_probability(
    answer: xr.Dataset, share: float | None, prevalence: float, about: Mapping[str, Any]
) -> xr.Dataset:
    """Add probabilities, NaN where the scores are not calibrated (`share` is None), and what a table says of itself."""
    score = answer["score"].to_numpy()
    likely = np.full(len(score), np.nan) if share is None else at_prevalence(score, share, prevalence)
    attrs = {**about, "version": __version__}
    if share is not None:
        attrs["prevalence"] = prevalence
    return answer.assign(probability=("object", likely)).assign_attrs(attrs)


def _scored_piece(
    tile: Tile, objects: Objects, prepare: PrepareSettings, score: Callable[[np.ndarray], np.ndarray]
) -> xr.Dataset:
    cut = cutouts(tile, objects, prepare)
    image, flags = cut["image"].to_numpy(), cut["flags"].to_numpy()
    # a band that the whole tile lacks is no fault of the object
    present = [number for number, band in enumerate(prepare.bands) if band in tile.bands]
    missing = np.isnan(image[:, present]).mean(axis=(1, 2, 3)) if present else np.ones(len(objects))
    usable = (flags & UNSCORED == 0) & (missing <= prepare.max_missing)
    said = np.full(len(objects), np.nan)
    if usable.any():
        said[usable] = score(image[usable])
    columns = {name: getattr(objects, name) for name in ("id", "ra", "dec", "x", "y")}
    columns |= {"tile": np.full(len(objects), tile.name), "score": said, "flags": flags, "reason": cut["reason"].values}
    return xr.Dataset({name: ("object", values) for name, values in columns.items()})
