"""Which families are there to work on? Read every alignment and structure, and list those that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import xarray as xr
from dask.delayed import delayed

from sciml.core.contract import Case, Index, Unit
from sciml.core.digests import file_record
from sciml.core.errors import BadInput, raise_all
from sciml.core.inputs import repeated, rows_of, those_sound
from sciml.core.sheets import read_sheet
from sciml.proteins.alignments import Alignment, read_alignment
from sciml.proteins.settings import InputFamily, Settings
from sciml.proteins.structures import Structure, read_structure

MIN_LENGTH = 10


def ingest(settings: Settings, source: Path | None, out: Path) -> Index:
    """List the families that are sound; one that is not is left out and said so, unless none is left."""
    rows = rows_of(settings.ingest, source, _sheet)
    raise_all(repeated("family", [row.name for row, _ in rows]))
    return Index("proteins", tuple(those_sound(rows, partial(_unit, settings.ingest.max_length))))


def cases(settings: Settings, index: Index) -> list[Case]:
    """Every family is one; families of one fold never straddle a split."""
    return [Case(unit.id, unit, str(unit.facts["fold"]), has_truth="structure" in unit.files) for unit in index.units]


def read(unit: Unit) -> xr.Dataset:
    """alignment(row, residue) and, where the structure is known, ca and cb(residue, xyz), lazily."""
    lazy: Any = dask.array  # has no types of its own
    length, facts = int(unit.facts["length"]), unit.facts
    rows = lazy.from_delayed(delayed(_rows)(unit), shape=(int(facts["rows"]), length), dtype=np.uint8)
    variables = {"alignment": (("row", "residue"), rows, {"units": "1", "states": "ACDEFGHIKLMNPQRSTVWY-"})}
    if "structure" in unit.files:
        for atom in ("ca", "cb"):
            place = lazy.from_delayed(delayed(_atoms)(unit, atom), shape=(length, 3), dtype=np.float32)
            variables[atom] = (("residue", "xyz"), place, {"units": "angstrom"})
    return xr.Dataset(variables, attrs={"name": unit.id, "query": str(facts["query"]), "fold": str(facts["fold"])})


def alignment_of(unit: Unit) -> Alignment:
    """The alignment of a family."""
    return read_alignment(unit.files["alignment"].path)


def structure_of(unit: Unit) -> Structure:
    """The known structure of a family's query."""
    return read_structure(unit.files["structure"].path, str(unit.facts["query"]), unit.facts["chain"])


def _sheet(path: Path) -> list[InputFamily]:
    return read_sheet(path, InputFamily, paths=("alignment", "structure"))


def _unit(max_length: int, row: InputFamily, simulated: bool, others: Sequence[Unit]) -> Unit:
    place, fold = f"family {row.name}", row.fold or row.name
    paths = {"alignment": row.alignment, "structure": row.structure}
    files = {name: file_record(Path(path)) for name, path in paths.items() if path is not None}
    alignment = read_alignment(row.alignment)
    length = len(alignment.query)
    if not MIN_LENGTH <= length <= max_length:
        remedy = "raise ingest.max_length, or cut it into domains" if length > max_length else "nothing folds there"
        raise BadInput(place, f"its query has {length} residues, not {MIN_LENGTH} to {max_length}", remedy)
    for other in others:
        if other.facts["query"] == alignment.query and other.facts["fold"] != fold:
            problem = f"has the query of family {other.id}, and another fold"
            raise BadInput(place, problem, "give both the same fold, or leave one out")
    facts = {
        "fold": fold,
        "query": alignment.query,
        "length": length,
        "rows": len(alignment.rows),
        "insertions": alignment.insertions,
        "notes": list(alignment.notes),
        "chain": row.chain,
        "structure": row.structure is not None,
        "resolved": 0,
    }
    if row.structure is not None:
        known = read_structure(row.structure, alignment.query, row.chain)
        facts |= {"chain": known.chain, "resolved": int(np.isfinite(known.ca[:, 0]).sum())}
    return Unit(row.name, row.name, row.role, simulated, row.licence, files, facts)


def _rows(unit: Unit) -> np.ndarray:
    return alignment_of(unit).rows


def _atoms(unit: Unit, atom: str) -> np.ndarray:
    known = structure_of(unit)
    return known.ca if atom == "ca" else known.cb
