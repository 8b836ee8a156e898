"""Which inputs does a run have? What was invented, what the settings list and what a sheet lists, each checked."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sciml.core.contract import Unit
from sciml.core.errors import BadInput, DataWarning, ScimlError, raise_all

SHEET = "samples.tsv"

Row = TypeVar("Row")


class Listed(Protocol):
    """The part of a science's `ingest` settings that names inputs."""

    @property
    def inputs(self) -> Sequence[Any]: ...
    @property
    def sheet(self) -> str | None: ...


def rows_of(ingest: Listed, source: Path | None, read: Callable[[Path], list[Row]]) -> list[tuple[Row, bool]]:
    """Every input and whether it is simulated: those of the sheet in `source`, of the settings, of the user's sheet."""
    rows: list[Row] = [*ingest.inputs]
    if ingest.sheet is not None:
        rows += read(Path(ingest.sheet))
    invented = [] if source is None else read(source / SHEET)
    everything = [*((row, True) for row in invented), *((row, False) for row in rows)]
    if not everything:
        raise BadInput("ingest", "there is no input", "set ingest.inputs, ingest.sheet or simulate")
    return everything


def repeated(noun: str, names: Sequence[str]) -> list[ScimlError]:
    """An error for every name that stands there more than once.

    Names that differ in case alone are one: on many disks the files named after them are.
    """
    spelt = dict[str, list[str]]()
    for name in names:
        spelt.setdefault(name.casefold(), []).append(name)
    return [
        BadInput(f"{noun} {first}", "is listed twice", f"give each {noun} a name of its own")
        for first, *others in spelt.values()
        if others
    ]


def checked(
    rows: Sequence[tuple[Row, bool]], unit: Callable[[Row, bool, Sequence[Unit]], Unit]
) -> tuple[list[Unit], list[ScimlError]]:
    """The sound inputs as units, and what is wrong with the others; `unit` also gets the units before this one."""
    units, errors = list[Unit](), list[ScimlError]()
    for row, simulated in rows:
        try:
            units.append(unit(row, simulated, units))
        except ScimlError as error:
            errors.append(error)
    return units, errors


def all_sound(rows: Sequence[tuple[Row, bool]], unit: Callable[[Row, bool, Sequence[Unit]], Unit]) -> list[Unit]:
    """Every input as a unit; what is wrong with any is told of all at once."""
    units, errors = checked(rows, unit)
    raise_all(errors)
    return units


def those_sound(rows: Sequence[tuple[Row, bool]], unit: Callable[[Row, bool, Sequence[Unit]], Unit]) -> list[Unit]:
    """The sound inputs as units; each of the others is left out and said so, unless none remains."""
    units, errors = checked(rows, unit)
    if not units:
        raise_all(errors)
    for error in errors:
        warnings.warn(DataWarning(f"{error} (left out)"), stacklevel=2)
    return units
