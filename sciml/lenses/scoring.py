"""Every object of a tile cut out and scored, a piece of the catalogue at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from sciml import __version__
from sciml.core.parallel import map_ordered
from sciml.lenses.candidates import at_prevalence, ranks
from sciml.lenses.catalogs import Objects
from sciml.lenses.cutouts import cutouts
from sciml.lenses.settings import PrepareSettings
from sciml.lenses.tiles import Tile

# cutouts in memory at a time: 25 MB in three bands of 45 pixels
PIECE = 1024
OUTSIDE, ALL_BAD = 4, 8
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
    object that lies outside or shows too little gets none: NaN and rank 0.
    """
    pieces = [slice(first, min(first + PIECE, len(objects))) for first in range(0, len(objects), PIECE)]
    done, found = 0, list[xr.Dataset]()
    answers = map_ordered(lambda piece: _scored_piece(tile, objects[piece], prepare, score), pieces, threads)
    for piece, answer in zip(pieces, answers, strict=True):
        found.append(answer)
        done += piece.stop - piece.start
        if progress is not None:
            progress(done, len(objects))
    said = xr.concat(found, dim="object")
    return said.assign(rank=("object", ranks(said["score"].to_numpy())))


def with_probability(answer: xr.Dataset, share: float | None, prevalence: float, about: Mapping[str, Any]) -> xr.Dataset:
    """Add probabilities, NaN where the scores are not calibrated (`share` is None), and what a table says of itself."""
    score = answer["score"].to_numpy()
    likely = np.full(len(score), np.nan) if share is None else at_prevalence(score, share, prevalence)
    attrs = {**about, "version": __version__}
    if share is not None:
        attrs["prevalence"] = prevalence
    return answer.assign(probability=("object", likely)).assign_attrs(attrs)
