"""Candidates as the gallery viewer takes them: three pictures of each, and what is known of it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sciml.core.report.panels import Cell, Column, Figure, Table, Viewer
from sciml.core.report.photo import photo
from sciml.core.report.shapes import Picture, Shape, Words, drawing
from sciml.lenses.stretch import colour, linear, residual

# of all pictures together, gzipped: as base64 a third more, and room for the rest of a page of 5 MB
BUDGET_BYTES = 3_000_000
STATIC_TILES, ACROSS = 12, 6
TILE, GAP = 102.0, 6.0
# the noise of the sky does not compress; 64 steps of brightness are as good to the eye and weigh a third less
STEPS = 0xFC
STRETCHES = (
    ("linear", "Linear", "mean of the bands, white at the 99.5th percentile"),
    ("colour", "Colour", "asinh of the brightness, red from the longest band"),
    ("residual", "Residual", "less a smooth round profile, grey where nothing is left"),
)
HOW_TO_READ = (
    "Linear shows the core, Colour the faint arcs, Residual what is left of the image when a round galaxy is taken "
    "away: an arc stays as a bright crescent, a spiral as a pattern through the centre. An arc is usually bluer than "
    "the galaxy that bends it and curves around it. Plain grey was not observed. Colours are in sky sigmas of each "
    "band, so they are not those of other surveys."
)
LOOKS_WRONG = (
    "Galaxies away from the centre of their cutouts, the same object twice, one band shifted against the others "
    "(a red and a blue rim on opposite sides), or found lenses without anything around the galaxy."
)


@dataclass(frozen=True)
class Candidate:
    """One object: its image (band, y, x) in sky sigmas, y upwards as in FITS, and what to say of it.

    `score` is a log-odds; `east` and `north` are directions (right, down) of length 1 on the image, where known.
    `facts` are further names and values, in order.
    """

    name: str
    tile: str
    image: np.ndarray
    kind: str = ""
    lot: float = 0.0
    score: float | None = None
    probability: float | None = None
    ra: float | None = None
    dec: float | None = None
    x: float | None = None
    y: float | None = None
    radius: float | None = None
    north: tuple[float, float] | None = None
    east: tuple[float, float] | None = None
    facts: tuple[tuple[str, str], ...] = field(default=())


def gallery_viewer(
    candidates: Sequence[Candidate],
    kinds: Sequence[tuple[str, str]],
    scale_arcsec: float,
    caption: str,
    sentence: str,
    shown_scores: bool,
    left_out: str = "",
    budget: int = BUDGET_BYTES,
) -> Viewer:
    """The viewer `gallery` of these candidates (at least one), as many from the first on as the budget holds.

    `kinds` are (kind, tab); the images share one shape. `shown_scores` says whether scores are visible at the start.
    """
    arrays, kept = _packed(candidates, budget)
    header = {
        "caption": caption,
        "size": list(candidates[0].image.shape[1:]),
        "scale": scale_arcsec if math.isfinite(scale_arcsec) else None,
        "scores": shown_scores,
        "stretches": [list(stretch) for stretch in STRETCHES],
        "kinds": [list(kind) for kind in kinds if any(each.kind == kind[0] for each in kept)],
        "objects": [_object(each) for each in kept],
    }
    if len(kept) < len(candidates):
        left_out += f" {len(candidates) - len(kept):,} more would make the page heavier than 5 MB; the table lists all."
    static = sheets(kept, kinds)
    return Viewer("gallery", sentence, header, arrays, static, candidate_table(candidates), left_out.strip())


def candidate_table(candidates: Sequence[Candidate]) -> Table:
    """All candidates in the order given."""
    facts = list(dict.fromkeys(name for each in candidates for name, _ in each.facts))
    kinds = [Column("Kind")] if any(each.kind for each in candidates) else []
    rows: list[tuple[Cell, ...]] = []
    for each in candidates:
        said = dict(each.facts)
        place = (each.ra, each.dec) if each.ra is not None else (each.x, each.y)
        rows.append(
            (
                each.name,
                each.tile,
                *([each.kind] if kinds else []),
                each.score,
                each.probability,
                *place,
                *(said.get(name, "") for name in facts),
            )
        )
    sky = any(each.ra is not None for each in candidates)
    where = (Column("RA", "deg", 9), Column("Dec", "deg", 9)) if sky else (Column("x", "px", 6), Column("y", "px", 6))
    columns = (Column("Object"), Column("Tile"), *kinds, Column("Score"), Column("Probability"), *where)
    return Table("candidates", (*columns, *map(Column, facts)), tuple(rows), shown=24)


def sheets(candidates: Sequence[Candidate], kinds: Sequence[tuple[str, str]]) -> tuple[Figure, ...]:
    """The first candidates of each kind in colour, for paper and for a page without programs."""
    figures = []
    for kind, label in kinds or [("", "The first of them")]:
        mine = [each for each in candidates if each.kind == kind][:STATIC_TILES]
        if mine:
            figures.append(sheet(mine, label))
    return tuple(figures)


def sheet(candidates: Sequence[Candidate], label: str) -> Figure:
    """Candidates in rows, each with its name and score under it."""
    shapes: list[Shape] = [Words("name", 0, 13, label)]
    tall = TILE + 36
    for place, each in enumerate(candidates):
        x, y = (place % ACROSS) * (TILE + GAP), 22 + (place // ACROSS) * tall
        shapes += [
            Picture(x, y, TILE, TILE, photo(colour(_upright(each)))),
            Words("small", x, y + TILE + 13, _short(each.name)),
            Words("small", x, y + TILE + 27, "" if each.score is None else f"score {each.score:.2f}"),
        ]
    rows = -(-len(candidates) // ACROSS)
    sentence = f"{label}: {len(candidates)} objects in colour, with their scores."
    return drawing(ACROSS * (TILE + GAP) - GAP, 22 + rows * tall, shapes, sentence)


def thumbnail(candidates: Sequence[Candidate]) -> Figure | None:
    """One lens in colour and what is left of it without its galaxy, for the front page."""
    found = [each for each in candidates if each.kind == "lens found"] or list(candidates)
    if not found:
        return None
    one = max(found, key=lambda each: each.score if each.score is not None else -math.inf)
    side = 156.0
    shapes: list[Shape] = [
        Picture(0, 0, side, side, photo(colour(_upright(one))), sharp=False),
        Picture(side + 8, 0, side, side, photo(residual(_upright(one))), sharp=False),
    ]
    what = "A lens that was found" if one.kind == "lens found" else "A candidate"
    return drawing(2 * side + 8, side, shapes, f"{what}, in colour, and what is left without its galaxy.")


def _upright(each: Candidate) -> np.ndarray:
    """The image with its first row at the top of the screen."""
    return each.image[:, ::-1]


def _packed(candidates: Sequence[Candidate], budget: int) -> tuple[dict[str, np.ndarray], list[Candidate]]:
    """Pictures (object, y, x[, colour]) by stretch, of as many candidates as fit."""
    kept, spent = list[Candidate](), 0
    pictures: dict[str, list[np.ndarray]] = {name: [] for name, _, _ in STRETCHES}
    for each in candidates:
        image = _upright(each)
        drawn = {"linear": linear(image), "colour": colour(image), "residual": residual(image)}
        drawn = {name: pixels & np.uint8(STEPS) for name, pixels in drawn.items()}
        spent += sum(len(zlib.compress(pixels.tobytes(), 1)) for pixels in drawn.values())
        if spent > budget and kept:
            break
        kept.append(each)
        for name, pixels in drawn.items():
            pictures[name].append(pixels)
    return {name: np.stack(some) for name, some in pictures.items()}, kept


def _object(each: Candidate) -> Mapping[str, Any]:
    return {
        "name": each.name,
        "tile": each.tile,
        "kind": each.kind,
        "lot": each.lot,
        "score": _rounded(each.score, 4),
        "probability": _rounded(each.probability, 6),
        "ra": _rounded(each.ra, 6),
        "dec": _rounded(each.dec, 6),
        "x": _rounded(each.x, 2),
        "y": _rounded(each.y, 2),
        "radius": _rounded(each.radius, 3),
        "north": None if each.north is None else [round(value, 4) for value in each.north],
        "east": None if each.east is None else [round(value, 4) for value in each.east],
        "facts": [list(fact) for fact in each.facts],
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _short(name: str, most: int = 16) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
