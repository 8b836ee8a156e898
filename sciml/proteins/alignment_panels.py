"""What do the inputs look like? Lengths and depths of the alignments, and how conserved one of them is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from sciml.core.contract import Unit
from sciml.core.report.figures import Series, histogram, lines
from sciml.core.report.panels import Figure, Panel, RunView, nothing
from sciml.core.report.scatter import Point, scatter
from sciml.core.report.shapes import Boxes, Letters, Shape, Words, drawing
from sciml.proteins.alignments import ALPHABET, GAP
from sciml.proteins.ingest import alignment_of, structure_of
from sciml.proteins.settings import Settings
from sciml.proteins.similarity import distances

MOST_BINS = 12
ROLES = ("train", "validation", "test")
SHOWN_ROWS, SHOWN_RESIDUES = 24, 60
CELL, TALL = 9.6, 13.0


def depths_panel(view: RunView) -> Panel:
    """How long the chains are, and how many sequences each has."""
    title = "Length and depth of the alignments"
    units = view.index.units
    lengths = np.array([int(unit.facts["length"]) for unit in units])
    rows = np.array([int(unit.facts["rows"]) for unit in units])
    known = sum(bool(unit.facts["structure"]) for unit in units)
    sentence = (
        f"{len(units):,} families of {lengths.min():,} to {lengths.max():,} residues and {rows.min():,} to "
        f"{rows.max():,} rows; the structure of {known:,} is known."
    )
    edges = np.linspace(lengths.min(), lengths.max() + 1, min(MOST_BINS, max(1, len(units) // 2)) + 1)
    counts, _ = np.histogram(lengths, edges)
    long = histogram(
        "lengths", edges.tolist(), {"families": counts.tolist()}, "residues of the query", "families", sentence
    )
    groups = [(role, look) for look, role in enumerate(ROLES) if any(_role(unit) == role for unit in units)]
    groups += [("by the split", 3)] if any(_role(unit) == "by the split" for unit in units) else []
    low, high = math.log10(rows.min()), math.log10(rows.max())
    deep = scatter(
        "depths",
        [Point(unit.id, float(unit.facts["rows"]), float(unit.facts["length"]), _role(unit)) for unit in units],
        groups,
        "rows of the alignment, logarithmic",
        "residues of the query",
        f"Length over depth of {len(units):,} alignments.",
        (low - 0.1, high + 0.1),
        logarithmic=True,
    )
    return Panel(
        "data",
        title,
        (long, deep),
        sentence,
        "Long chains with few rows are the hard ones: pairs to be told grow with the square of the length. Markers "
        "tell what a family is used for, where its sheet says so; the others are divided by the split.",
        "Test families that are all deeper or all shorter than those that train.",
    )


def alignment_panel(view: RunView) -> Panel:
    """One alignment: its first rows, its conservation and its gaps."""
    title = "One alignment"
    unit = _middle(view)
    if unit is None:
        return nothing("cases", title, "No alignment is where the index says.")
    rows = alignment_of(unit).rows
    conserved, gaps = conservation(rows)
    # a step a column, from half a place before it to half a place behind it
    places = [column + 0.5 for column in range(rows.shape[1] + 1)]
    sentence = (
        f"Family {unit.id}: {len(rows):,} rows of {rows.shape[1]:,} columns; mean conservation "
        f"{float(conserved.mean()):.2f}, {100 * float(gaps.mean()):.0f} % gaps."
    )
    figure = lines(
        "conservation",
        [
            Series("conservation", places, _steps(conserved), look=0, stepped=True),
            Series("share of gaps", places, _steps(gaps), look=1, stepped=True),
        ],
        "column",
        "share",
        sentence,
        (places[0], places[-1]),
        (0.0, 1.0),
    )
    return Panel(
        "cases",
        title,
        (_letters(unit, rows), figure),
        f"{sentence} It has the median number of rows.",
        "Letters that agree with the query, the first row, stand on grey. Conservation is 1 where all rows have the "
        "same residue and 0 where all twenty are as common, from the entropy of each column without gaps and without "
        "weights. A column that never changes cannot tell of contacts, however important it is.",
        "Rows that are all alike, or columns of gaps: then there is little to learn, whatever their number.",
    )


def contacts_panel(view: RunView) -> Panel:
    """How many long-range contacts the known structures have."""
    title = "Long-range contacts of the known structures"
    assert isinstance(view.settings, Settings)
    evaluate = view.settings.evaluate
    found: list[Point] = []
    for unit in view.index.units:
        if "structure" not in unit.files or not Path(unit.files["structure"].path).exists():
            continue
        native = structure_of(unit)
        known = distances(native.cb)[np.triu_indices(len(native.sequence), evaluate.min_separation)]
        with np.errstate(invalid="ignore"):
            count = int((known < evaluate.contact_angstrom).sum())
        found.append(Point(unit.id, float(len(native.sequence)), float(count), _role(unit)))
    if not found:
        return nothing("data", title, "No structure is known.")
    groups = [(role, look) for look, role in enumerate((*ROLES, "by the split")) if any(p.group == role for p in found)]
    share = sum(point.y for point in found) / sum(point.x for point in found)
    sentence = f"{len(found):,} structures have {share:.2f} long-range contacts a residue."
    longest, most = max(point.x for point in found), max(point.y for point in found)
    figure = scatter(
        "contacts_known",
        found,
        groups,
        "residues",
        "long-range contacts",
        sentence,
        (0.0, 1.05 * longest),
        (0.0, max(1.0, 1.05 * most)),
        diagonal=True,
    )
    return Panel(
        "data",
        title,
        (figure,),
        sentence,
        f"A contact is a pair of C-beta atoms within {evaluate.contact_angstrom:g} angstrom; it is long-range from "
        f"{evaluate.min_separation} residues apart on. A family below the dotted line has fewer of them than residues: "
        "there even a perfect method cannot reach a precision of 1 at L.",
        "Structures without any: then they are no compact chains.",
    )


def conservation(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Conservation and share of gaps of each column of `rows` (row, residue), both 0 to 1.

    Conservation is 1 - H / log(20) with H the entropy of the residues in a column; 0 where there are gaps alone.
    """
    counts = np.stack([(rows == state).sum(0) for state in range(GAP)], 1).astype(np.float64)
    total = counts.sum(1, keepdims=True)
    share = np.divide(counts, total, out=np.full_like(counts, 1 / GAP), where=total > 0)
    entropy = -np.sum(share * np.log(share, out=np.zeros_like(share), where=share > 0), axis=1)
    return np.clip(1 - entropy / np.log(GAP), 0, 1), (rows == GAP).mean(0)


def _letters(unit: Unit, rows: np.ndarray) -> Figure:
    """Rows spread over the alignment, the query first, as letters; only their first columns."""
    picked = np.unique(np.linspace(0, len(rows) - 1, min(SHOWN_ROWS, len(rows))).astype(int))
    shown = rows[picked, :SHOWN_RESIDUES]
    letters = [
        (round(CELL * (column + 0.5), 1), 20 + TALL * (row + 0.8), ALPHABET[state])
        for row, states in enumerate(shown)
        for column, state in enumerate(states)
    ]
    agree = [
        (round(CELL * column, 1), 20 + TALL * row, CELL, TALL)
        for row, states in enumerate(shown)
        for column, state in enumerate(states)
        if state == shown[0, column] and state != GAP
    ]
    heading = f"{len(shown):,} of {len(rows):,} rows, columns 1 to {shown.shape[1]:,} of {rows.shape[1]:,}"
    shapes: list[Shape] = [Words("small", 0, 12, heading), Boxes("read", agree), Letters("letter", letters)]
    height, width = 24 + TALL * len(shown), CELL * shown.shape[1]
    return drawing(
        max(width, CELL * SHOWN_RESIDUES), height, shapes, f"Family {unit.id}: {heading}; the query is the first row."
    )


def _steps(values: np.ndarray) -> list[float]:
    return [*values.tolist(), float(values[-1])]


def _role(unit: Unit) -> str:
    return unit.role or "by the split"


def _middle(view: RunView) -> Unit | None:
    """The family with the median number of rows among those whose file is still there."""
    there = [unit for unit in view.index.units if Path(unit.files["alignment"].path).exists()]
    return sorted(there, key=lambda unit: (int(unit.facts["rows"]), unit.id))[len(there) // 2] if there else None
