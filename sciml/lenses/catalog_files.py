"""What do the columns of a catalogue file hold, whatever its format?"""

from __future__ import annotations

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units
from astropy.table import Table
from astropy.utils.exceptions import AstropyUserWarning

from sciml.core.errors import BadInput, Missing
from sciml.lenses.tile_files import DAMAGED

REMEDY = "give a CSV, TSV, ECSV or FITS table"
TRUTH_WORDS = {"true": "1", "false": "0", "yes": "1", "no": "0"}


@dataclass(frozen=True)
class Column:
    """The cells of one column as text, empty where there is nothing, and the unit that the file states."""

    name: str
    text: list[str]
    unit: Any = None

    def numbers(self, path: str | Path) -> np.ndarray:
        """float64, NaN where the cell is empty; angles in degrees."""
        values = np.full(len(self.text), np.nan)
        for row, cell in enumerate(self.text):
            try:
                values[row] = float(TRUTH_WORDS.get(cell.casefold(), cell)) if cell else np.nan
            except ValueError as error:
                remedy = "give degrees, as 215.538" if ":" in cell else "give numbers"
                raise BadInput(path, f"{self.name} is {cell!r} in row {row + 1}", remedy) from error
        if self.unit is not None and self.unit.physical_type == "angle" and self.unit != units.arcsec:
            values = values * self.unit.to(units.deg)
        return values


def read_columns(path: Path) -> dict[str, Column]:
    """The columns of the first table of a file, in its order."""
    if not path.is_file():
        if not path.exists():
            raise Missing(path, "there is no such file", "check the path")
        raise BadInput(path, "is not a file", REMEDY)
    suffixes = [suffix.casefold() for suffix in path.suffixes if suffix.casefold() not in (".gz", ".bz2")]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in (".csv", ".tsv", ".txt"):
        return _from_text(path, "\t" if suffix == ".tsv" else None)
    if suffix in (".ecsv", ".fits", ".fit", ".fz"):
        return _from_table(path, "ascii.ecsv" if suffix == ".ecsv" else "fits")
    raise BadInput(path, f"is no catalogue that is known by the ending {suffix!r}", REMEDY)


def _from_text(path: Path, delimiter: str | None) -> dict[str, Column]:
    try:
        # comments before the header, as TOPCAT and others write them
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip("# ,\t")]
        header = lines.pop(0).lstrip("# ") if lines else ""
        rows = list(csv.reader(lines, delimiter=delimiter or ("\t" if "\t" in header else ",")))
        names = next(csv.reader([header], delimiter=delimiter or ("\t" if "\t" in header else ",")), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(path, f"cannot be read as a table ({error})", REMEDY) from error
    if not names:
        raise BadInput(path, "is empty", REMEDY)
    names = [name.strip() for name in names]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            problem = f"row {number} has {len(row)} cells, the header {len(names)}"
            raise BadInput(path, problem, "quote cells that hold the separator")
    return {name: Column(name, [row[number].strip() for row in rows]) for number, name in enumerate(names)}


def _from_table(path: Path, kind: str) -> dict[str, Column]:
    try:
        with warnings.catch_warnings():
            # several tables in one file, units that astropy does not know: the first table, and no unit
            warnings.simplefilter("ignore", AstropyUserWarning)
            warnings.simplefilter("ignore", units.UnitsWarning)
            warnings.filterwarnings("error", message=".*truncated.*", category=AstropyUserWarning)
            with path.open("rb") as file:
                table = Table.read(file if kind == "fits" else path, format=kind)
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadInput(path, f"cannot be read as a table ({reason})", REMEDY) from error
    return {
        name: Column(name, _text(table[name]), table[name].unit) for name in table.colnames if table[name].ndim == 1
    }


def _text(column: Any) -> list[str]:
    """Cells as text that gives back the same number; masked ones are empty."""
    masked = np.ma.getmaskarray(column) if hasattr(column, "mask") else np.zeros(len(column), bool)
    values = np.asarray(column).tolist()
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values]
    return ["" if hidden else text.strip() for text, hidden in zip(texts, masked, strict=True)]
