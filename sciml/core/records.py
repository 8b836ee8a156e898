"""The small JSON files that the stages hand to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sciml.core.contract import Case, DomainRooms, Index
from sciml.core.errors import BadInput
from sciml.core.whole import whole_file

INDEX, MISSING, COST = "index.json", "missing.json", "cost.json"


def read_index(raw: Path) -> Index:
    """The index that ingest wrote into the folder `raw`, with whole paths of what it converted."""
    index = Index.from_json(read_json(raw / INDEX))
    units = (replace(unit, store=str(raw.absolute() / unit.store)) if unit.store else unit for unit in index.units)
    return replace(index, units=tuple(units))


def find_answer(rooms: DomainRooms, case: Case, parts: Sequence[Path]) -> Path:
    """Which of the folders that predict wrote for one method holds the answer to this case."""
    for folder in parts:
        answer = folder / f"{case.id}{rooms.predict.SUFFIX}"
        if answer.exists():
            return answer
    raise BadInput(parts[0].parent if parts else "predictions", f"no answer to {case.id}", "run predict again")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object that an earlier stage wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(path, f"cannot be read ({error})", "make it again: run the stage before") from error
    if not isinstance(content, dict):
        raise BadInput(path, "holds no JSON object", "make it again: run the stage before")
    return content


def write_json(out: Path, content: Mapping[str, Any]) -> None:
    """Write an object so that the same content has the same bytes."""
    with whole_file(out) as temporary:
        text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
