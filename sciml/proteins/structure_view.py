"""Families as the viewer `structure` takes them: maps of contacts, folds and native chains, and what they scored."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from sciml.core.report.axes import number
from sciml.core.report.panels import Cell, Column, Figure, Table, Viewer
from sciml.core.report.shapes import Shape, Words, drawing
from sciml.proteins.chain_pictures import BANDS, legend_shapes, trace_shapes
from sciml.proteins.contact_maps import MIN_SEPARATION, NEAR_ANGSTROM, map_labels, map_shapes, strength
from sciml.proteins.family_views import FamilyView, Map
from sciml.proteins.settings import ProteinsEvaluateSettings

BUDGET_BYTES = 3_000_000
STATIC_FAMILIES, SIDE, GAP = 4, 236.0, 34.0
EXPECTED_STEP = 0.1


def structure_viewer(
    views: Sequence[FamilyView], settings: ProteinsEvaluateSettings, sentence: str, left_out: str = ""
) -> Viewer:
    """The viewer `structure` of at least one family."""
    arrays, families, spent = dict[str, np.ndarray](), list[dict[str, Any]](), 0
    for place, view in enumerate(views):
        header, mine = _family(view, place)
        spent += sum(len(zlib.compress(array.tobytes(), 1)) for array in mine.values())
        if spent > BUDGET_BYTES and families:
            break
        families.append(header)
        arrays |= mine
    header = {
        "bands": [[band.least, band.word, band.range, band.colour] for band in BANDS],
        "contact_angstrom": settings.contact_angstrom,
        "near_angstrom": NEAR_ANGSTROM,
        "long_range": settings.min_separation,
        "min_separation": MIN_SEPARATION,
        "expected_step": EXPECTED_STEP,
        "families": families,
    }
    kept = views[: len(families)]
    if len(kept) < len(views):
        left_out += f" {len(views) - len(kept)} more are in the table alone, to keep the page below 5 MB."
    static = tuple(family_figure(view, settings) for view in _one_of_each(kept))
    return Viewer("structure", sentence, header, arrays, static, family_table(views), left_out.strip())


def family_table(views: Sequence[FamilyView]) -> Table:
    """One row for each family and method."""
    rows: list[tuple[Cell, ...]] = [
        (view.name, view.kind, len(view.sequence), view.rows, view.neff, one.label, one.precision, _tm(view, one))
        for view in views
        for one in (view.shown, *view.others)
    ]
    names = ("Family", "Shown as", "Residues", "Rows", "Neff", "Method", "Precision, top L", "TM-score")
    return Table("families_shown", tuple(map(Column, names)), tuple(rows), shown=24)


def family_figure(view: FamilyView, settings: ProteinsEvaluateSettings) -> Figure:
    """A family for paper, and for a page without programs: its map and, where there is one, its fold."""
    top = 44.0
    shapes: list[Shape] = [
        Words("name", 0, 13, view.name),
        Words("small", 0, 28, f"{view.kind}; {summary(view)}"),
        *map_labels(len(view.sequence), 0, top + 8, SIDE),
        *map_shapes(view.shown, view.native_cb, settings.contact_angstrom, 0, top + 8, SIDE),
    ]
    wide = SIDE
    if view.fold is not None:
        left = SIDE + GAP
        shapes += trace_shapes(view.fold.ca, view.fold.confidence, view.native_ca, left, top + 8, SIDE)
        shapes += legend_shapes(left + SIDE + GAP, top + 24)
        wide = left + SIDE + GAP + 172
    sentence = f"Family {view.name}, {view.kind}: {summary(view)}."
    return drawing(max(wide, 420), top + SIDE + 28, shapes, sentence)


def thumbnail(view: FamilyView, settings: ProteinsEvaluateSettings, provenance: str) -> Figure:
    """Map and fold of one family side by side, for the front page."""
    side = 156.0
    shapes: list[Shape] = [*map_shapes(view.shown, view.native_cb, settings.contact_angstrom, 0, 0, side)]
    if view.fold is not None:
        shapes += trace_shapes(view.fold.ca, view.fold.confidence, view.native_ca, side + 14, 4, side - 8)
    wide = 2 * side + 8 if view.fold is not None else side
    what = "Contacts and fold" if view.fold is not None else "Contacts"
    return drawing(wide, side, shapes, f"{what} of family {view.name}, {provenance} data.")


def summary(view: FamilyView) -> str:
    """Length, depth and scores in one line."""
    said = [f"{len(view.sequence):,} residues", f"{view.rows:,} rows, Neff {number(view.neff, 3)}"]
    said += [f"{one.label} {_percent(one.precision)} of top L right" for one in (view.shown,)]
    if view.fold is not None:
        said.append(f"TM-score {number(view.fold.tm_score, 2)}")
    return "; ".join(said)


def _family(view: FamilyView, place: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays; maps are their upper triangles without the diagonal, row by row."""
    arrays: dict[str, np.ndarray] = {f"cb_{place}": view.native_cb.astype(np.float32)}
    maps = []
    for turn, one in enumerate((view.shown, *view.others)):
        name = f"{place}_{turn}"
        arrays[f"map_{name}"] = _upper(np.rint(255 * strength(one))).astype(np.uint8)
        arrays[f"top_{name}"] = one.top.astype(np.uint16)
        maps.append({"id": name, "label": one.label, "probable": one.probable, "precision": one.precision})
    header: dict[str, Any] = {
        "name": view.name,
        "kind": view.kind,
        "sequence": view.sequence,
        "place": place,
        "maps": maps,
        "facts": _facts(view),
        "folded": view.fold is not None,
    }
    if view.fold is not None:
        arrays |= {
            f"fold_{place}": view.fold.ca.astype(np.float32),
            f"native_{place}": view.native_ca.astype(np.float32),
            f"confidence_{place}": view.fold.confidence.astype(np.float32),
            f"lddt_{place}": view.fold.lddt.astype(np.float32),
            f"expected_{place}": _upper(np.clip(np.rint(view.fold.expected / EXPECTED_STEP), 0, 255)).astype(np.uint8),
        }
    return header, arrays


def _facts(view: FamilyView) -> list[list[str]]:
    precisions = [f"{one.label} {_percent(one.precision)}" for one in (view.shown, *view.others)]
    facts = [
        ["Chain", f"{len(view.sequence):,} residues"],
        ["Alignment", f"{view.rows:,} rows, Neff {number(view.neff, 3)}"],
        ["Right of the top L", ", ".join(precisions)],
    ]
    if view.fold is not None:
        mean = float(view.fold.confidence.mean())
        facts += [["TM-score", number(view.fold.tm_score, 2)], ["Mean confidence", f"{mean:.0f}"]]
    return facts


def _upper(values: np.ndarray) -> np.ndarray:
    return values[np.triu_indices(len(values), 1)]


def _tm(view: FamilyView, one: Map) -> float | None:
    return view.fold.tm_score if one is view.shown and view.fold is not None else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _one_of_each(views: Sequence[FamilyView]) -> list[FamilyView]:
    """The first family of each kind, in their order."""
    first: dict[str, FamilyView] = {}
    for view in views:
        first.setdefault(view.kind, view)
    return list(first.values())[:STATIC_FAMILIES]
