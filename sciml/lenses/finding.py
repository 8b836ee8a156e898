"""Which objects of my images look like strong lenses? Images in, a ranked table out: the public verb `find`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from astropy.table import QTable

from sciml.core.errors import BadInput, SettingsError
from sciml.core.weights import find_model, read_record
from sciml.lenses.candidates import candidate_table
from sciml.lenses.catalogs import Objects, objects_of, read_catalog
from sciml.lenses.cutouts import cutouts
from sciml.lenses.scoring import scored, with_probability
from sciml.lenses.settings import LensesPredictSettings, PrepareSettings
from sciml.lenses.tiles import Tile, open_tile

if TYPE_CHECKING:
    from sciml.lenses.finder import Finder

SHIPPED = "lenses-ground"


@dataclass(frozen=True)
class Search:
    """A finished search: the table, and what its cutouts are made from."""

    name: str
    tile: Tile
    objects: Objects
    prepare: PrepareSettings
    answer: xr.Dataset

    @property
    def table(self) -> QTable:
        """One row an object, the best first."""
        return candidate_table(self.answer)

    def best(self, most: int) -> tuple[xr.Dataset, QTable]:
        """Cutouts (object, band, y, x) and rows of at most so many of the best ranked, in the order of their ranks.

        The metadata of the rows say how many `objects` there are, and how many were `scored`.
        """
        rank = self.answer["rank"].to_numpy()
        order = np.argsort(rank, kind="stable")
        chosen = order[rank[order] > 0][:most]
        shown = cutouts(self.tile, self.objects[chosen], self.prepare)
        rows = self.table[: len(chosen)]
        rows.meta |= {"objects": len(rank), "scored": int(np.count_nonzero(rank > 0))}
        return shown.assign_attrs(scale_arcsec=self.prepare.scale_arcsec), rows


def find(
    images: Mapping[str, str | Path],
    catalog: str | Path | None = None,
    prevalence: float = LensesPredictSettings().prevalence,
    model: str | Path = SHIPPED,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> QTable:
    """Rank the objects of one tile, or of one stack of cutouts, by how much they look like strong lenses.

    Parameters
    ----------
    images
        FITS files by band, on one pixel grid; `file.fits[2]` names an HDU. Bands that the model knows and that are
        not there are left out (flag 2); one must be there.
    catalog
        CSV, ECSV or FITS table of objects: `id` and `ra`, `dec` (degrees) or `x`, `y` (0-based pixels), or `index`
        for a stack. None: what stands out of the sky is looked at.
    prevalence
        Share of lenses that you expect among these objects; it moves the probabilities and no rank.
    model
        Name of shipped weights, or a folder that training wrote.
    threads
        Pieces of the catalogue worked on at the same time; the table does not depend on it.
    progress
        Called with (objects done, objects in all).

    Returns
    -------
    One row an object with the columns of `sciml.lenses.candidates`, by rank; what could not be scored stands last,
    with its reason. `meta` names model and prevalence.

    Raises
    ------
    BadInput
        Images, catalogue or model are not what they should be; the message names file and remedy.
    SettingsError
        A band that the model does not know, or a prevalence that is no share.
    Missing
        No shipped weights of this name.
    """
    return search(images, catalog, prevalence, model, threads, progress).table


def search(
    images: Mapping[str, str | Path],
    catalog: str | Path | None,
    prevalence: float,
    model: str | Path,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Search:
    """The same, with what a gallery needs; see `find`."""
    if not (math.isfinite(prevalence) and 0 < prevalence < 1):
        raise SettingsError("prevalence", f"{prevalence:g} is not a share", "give a number between 0 and 1")
    folder = find_model(model)
    check_bands(images, read_record(folder, domain="lenses").channels)
    name = tile_name(images)
    tile = open_tile(images, name)
    listed = None if catalog is None else read_catalog(Path(catalog))
    objects = objects_of(tile, listed)
    if not len(objects):
        raise BadInput(next(iter(images.values())), "nothing stands out of the sky", "name a catalogue of objects")
    from sciml.lenses.finder import load_finder, log_odds, one_thread_a_pass

    finder: Finder = load_finder(folder)
    one_thread_a_pass()
    answer = scored(tile, objects, finder.prepare, partial(log_odds, finder), threads, progress)
    name_and_digest = f"{folder.name} {finder.record.weights_sha256[:12]}"
    about = {"method": "sciml", "model": name_and_digest, "demonstration": finder.record.demonstration}
    return Search(name, tile, objects, finder.prepare, with_probability(answer, finder.share, prevalence, about))


def check_bands(images: Mapping[str, str | Path], known: tuple[str, ...]) -> None:
    """Refuse bands that a model has never seen; it could only take them for others."""
    if not images:
        raise SettingsError("images", "there are none", f"name the image of at least one band of {', '.join(known)}")
    strange = [band for band in images if band not in known]
    if strange:
        problem = f"the model does not know the band{'s' if len(strange) > 1 else ''} {', '.join(strange)}"
        raise SettingsError("images", problem, f"it knows {', '.join(known)}")


def tile_name(images: Mapping[str, str | Path]) -> str:
    """What the names of the images share, less the band: `w3-0811_g.fits` and `w3-0811_r.fits` are `w3-0811`."""
    stems = [Path(path).name.split(".fit")[0] for path in images.values()]
    shared = stems[0]
    if len(stems) > 1:
        ends = next((place for place, letters in enumerate(zip(*stems, strict=False)) if len(set(letters)) > 1), None)
        shared = shared[: len(min(stems, key=len)) if ends is None else ends]
    return shared.rstrip("_-. ") or stems[0]
