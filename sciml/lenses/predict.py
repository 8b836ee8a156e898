"""From a tile to its ranked candidates: the finder on one case, and the table of all tiles together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from sciml.core.contract import Case
from sciml.lenses.candidates import candidate_table, joined, read_candidates, write_candidates
from sciml.lenses.finding import SHIPPED
from sciml.lenses.ingest import objects_of_unit, tile_of_unit
from sciml.lenses.scoring import scored, with_probability
from sciml.lenses.settings import Settings

if TYPE_CHECKING:  # baselines write through this room too, and should not pay for torch
    from sciml.lenses.finder import Finder

__all__ = ["SHIPPED", "SUFFIX", "collect", "export", "load", "predict"]

SUFFIX = ".ecsv"


def load(folder: Path) -> Finder:
    """The finder in a model folder."""
    from sciml.lenses.finder import load_finder

    return load_finder(folder)


def predict(settings: Settings, model: Finder, case: Case) -> xr.Dataset:
    """The objects of a tile or stack, dimension (object), with score, probability and rank."""
    from sciml.lenses.finder import log_odds, one_thread_a_pass

    one_thread_a_pass()
    tile = tile_of_unit(case.unit)
    answer = scored(tile, objects_of_unit(case.unit, tile), model.prepare, partial(log_odds, model))
    about = {"method": "sciml", "model": model.record.weights_sha256[:12], "demonstration": model.record.demonstration}
    return with_probability(answer, model.share, settings.predict.prevalence, about)


def export(answer: xr.Dataset, out: Path) -> None:
    """Write the candidates of one tile as ECSV."""
    write_candidates(candidate_table(answer), out)


def collect(answers: Sequence[tuple[Case, Path]], out: Path) -> None:
    """One list of all tiles, ranked together."""
    if answers:
        write_candidates(joined([read_candidates(path) for _, path in answers]), out / f"candidates{SUFFIX}")
