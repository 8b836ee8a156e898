"""What does a sample sheet say? One input a row, tab-separated, every row checked before any error is told."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sciml.core.errors import BadInput, ScimlError, raise_all

Row = TypeVar("Row", bound=BaseModel)


def read_sheet(path: Path, model: type[Row], paths: Collection[str] = (), lists: Collection[str] = ()) -> list[Row]:
    """The rows of a sheet whose columns are fields of `model`; an empty cell is a field left out.

    `paths` names the columns whose cells are relative to the sheet, `lists` those whose cells hold several values,
    with a semicolon between them.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(path, f"cannot be read as a sample sheet ({error})", "write tab-separated UTF-8 text") from error
    known = set(model.model_fields)
    table = csv.DictReader(text.splitlines(), delimiter="\t")
    if strange := sorted(set(table.fieldnames or ["nothing"]) - known):
        raise BadInput(path, f"line 1: unknown column {strange[0]!r}", f"columns are {', '.join(sorted(known))}")
    rows, errors = list[Row](), list[ScimlError]()
    for number, cells in enumerate(table, start=2):
        try:
            rows.append(model.model_validate(_fields(cells, path.parent, paths, lists)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "row"
            errors.append(BadInput(f"{path}:{number}", f"{where}: {first['msg']}", "correct the row"))
    raise_all(errors)
    return rows


def _fields(
    cells: Mapping[Any, Any], folder: Path, paths: Collection[str], lists: Collection[str]
) -> dict[str, str | tuple[str, ...]]:
    filled: dict[str, str | tuple[str, ...]] = {}
    for name, cell in cells.items():
        if name is None or not cell:  # cells beyond the header have no name
            continue
        values = tuple(cell.split(";")) if name in lists else (cell,)
        if name in paths:
            values = tuple(str(folder / value) for value in values)
        filled[name] = values if name in lists else values[0]
    return filled
