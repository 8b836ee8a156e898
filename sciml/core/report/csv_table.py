"""A table as CSV: what the button beside it saves."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sciml.core.report.panels import Cell, Estimate, Strong, Table

# what an estimate adds to its column in the CSV
_SPREAD = {"plain": (), "interval": ("low", "high"), "word": ("low", "high", "meaning")}


def as_csv(table: Table) -> str:
    """All rows with all digits; an estimate takes three columns, or four where it has a word."""
    wide = [_width([bare_cell(row[place]) for row in table.rows]) for place in range(len(table.columns))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    headings = [f"{column.name} ({column.unit})" if column.unit else column.name for column in table.columns]
    writer.writerow(
        [cell for heading, wider in zip(headings, wide, strict=True) for cell in (heading, *_SPREAD[wider])]
    )
    for row in table.rows:
        cells: list[object] = []
        for cell, wider in zip(map(bare_cell, row), wide, strict=True):
            if isinstance(cell, Estimate):
                cells += [cell.value, cell.low, cell.high, *([cell.word] if wider == "word" else [])]
            else:
                cells += [cell, *[None] * (len(_SPREAD[wider]))]
        writer.writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue()


def _width(cells: Sequence[Cell]) -> str:
    estimates = [cell for cell in cells if isinstance(cell, Estimate)]
    return "word" if any(cell.word for cell in estimates) else "interval" if estimates else "plain"


def bare_cell(cell: Cell) -> str | int | float | Estimate | None:
    """A cell without its emphasis."""
    return cell.content if isinstance(cell, Strong) else cell
