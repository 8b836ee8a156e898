"""The pictures behind the examples: objects that evaluate chose, cut out of their tiles again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.contract import Index, Unit
from sciml.core.report.panels import RunView
from sciml.core.weights import RECORD, read_record
from sciml.lenses.catalogs import Objects
from sciml.lenses.compass import compass
from sciml.lenses.cutouts import cutouts
from sciml.lenses.gallery_view import Candidate
from sciml.lenses.ingest import objects_of_unit, tile_of_unit
from sciml.lenses.settings import PrepareSettings, Settings

Example = Mapping[str, Any]


def pictured(index: Index, examples: Sequence[Example], prepare: PrepareSettings) -> list[Candidate]:
    """A candidate for each example, in the same order, its cutout as the network sees it.

    An example whose tile is no longer where the index says is left out.
    """
    units = {unit.id: unit for unit in index.units}
    found: dict[int, Candidate] = {}
    # one tile in memory at a time
    for name in dict.fromkeys(str(example["unit"]) for example in examples):
        mine = [place for place, example in enumerate(examples) if example["unit"] == name]
        if name in units and all_there(units[name]):
            drawn = _of_tile(units[name], [examples[place] for place in mine], prepare)
            found |= dict(zip(mine, drawn, strict=True))
    return [found[place] for place in sorted(found) if np.isfinite(found[place].image).any()]


def shown_kinds(index: Index, prepare: PrepareSettings, tiles: int, of_a_kind: int) -> list[Candidate]:
    """A few objects of each kind of the first catalogued tiles, in the order of their catalogues."""
    chosen = [unit for unit in index.units if unit.facts["truths"] > 0 and all_there(unit)][:tiles]
    found: dict[str, list[Candidate]] = {}
    for unit in chosen:
        tile = tile_of_unit(unit)
        objects = objects_of_unit(unit, tile)
        for kind in sorted(set(_kinds(objects))):
            held = found.setdefault(kind, [])
            rows = np.flatnonzero(np.array(_kinds(objects)) == kind)[: of_a_kind - len(held)]
            examples = [{"unit": unit.id, "object": str(objects.id[row]), "kind": kind} for row in rows]
            held += _of_tile(unit, examples, prepare)
    return [each for kind in sorted(found, key=lambda kind: (kind != "lens", kind)) for each in found[kind]]


def seen_by(view: RunView, method: str) -> PrepareSettings:
    """Bands, size and scale of the cutouts of the model that answered: its own record beside its answers says so."""
    settings = view.settings
    assert isinstance(settings, Settings)
    for part in sorted((view.predictions / method).glob("*")) if view.predictions is not None else ():
        if (part / RECORD).exists():
            told = read_record(part).settings.get("prepare", {})
            return PrepareSettings.model_validate({**settings.prepare.model_dump(mode="json"), **told})
    return settings.prepare


def all_there(unit: Unit) -> bool:
    """Whether the files of a unit are where the index says."""
    return all(Path(file.path).exists() for file in unit.files.values())


def _of_tile(unit: Unit, examples: Sequence[Example], prepare: PrepareSettings) -> list[Candidate]:
    tile = tile_of_unit(unit)
    objects = objects_of_unit(unit, tile)
    rows = {str(name): row for row, name in enumerate(objects.id)}
    chosen = np.array([rows[str(example["object"])] for example in examples], int)
    images = cutouts(tile, objects[chosen], prepare)["image"].to_numpy()
    directions = None if tile.stack else compass(objects.ra, objects.dec, objects.x, objects.y)
    north, east = directions or (None, None)
    return [
        Candidate(
            name=str(objects.id[row]),
            tile=unit.id,
            image=image,
            kind=str(example["kind"]),
            lot=float(example.get("draw", 0.0)),
            score=example.get("score"),
            ra=_known(objects.ra[row]),
            dec=_known(objects.dec[row]),
            x=_known(objects.x[row]),
            y=_known(objects.y[row]),
            radius=_known(objects.theta_e[row]),
            north=north,
            east=east,
            facts=tuple(_facts(example, objects, int(row))),
        )
        for example, row, image in zip(examples, chosen, images, strict=True)
    ]


def _facts(example: Example, objects: Objects, row: int) -> Iterable[tuple[str, str]]:
    if "rank" in example:
        yield "Rank in its tile", f"{example['rank']} of {example['of']}"
    if _kinds(objects)[row]:
        yield "Truth", _kinds(objects)[row]
    for name, values, unit in (("Einstein radius", objects.theta_e, "″"), ("Arc S/N", objects.arc_snr, "")):
        if math.isfinite(values[row]):
            yield name, f"{values[row]:.3g}{unit}"


def _kinds(objects: Objects) -> list[str]:
    """What each object is, in a word: its kind, or else whether it is a lens."""
    words = {1: "lens", 0: "no lens"}
    return [str(kind) or words.get(int(lens), "") for kind, lens in zip(objects.kind, objects.lens, strict=True)]


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
