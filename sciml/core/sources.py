"""Which real, public data sets sciml knows: address, licence, size and digest."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from sciml.core.errors import SettingsError
from sciml.core.layers import load
from sciml.core.settings import Frozen
from sciml.core.suggest import did_you_mean

# no separators and no leading dot, so that a table can never name a path outside the data folder
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")]


class SourceFile(Frozen):
    """One file of a data set; size and digest are null where the publisher states none."""

    name: PlainName
    url: Annotated[str, Field(pattern=r"^https?://")]
    size: int | None = Field(ge=1, description="bytes")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None


class DataSet(Frozen):
    """One public data set."""

    name: PlainName
    domain: PlainName
    about: str
    licence: str
    licence_page: Annotated[str, Field(pattern=r"^https?://")]
    restrictive: bool = Field(False, description="the licence must be accepted before the download")
    cite: str
    files: tuple[SourceFile, ...] = Field(min_length=1)

    def folder(self, data: Path) -> Path:
        """Where the files lie below the data folder; a mirror is laid out in the same way."""
        return data / self.domain / self.name


class Sources(Frozen):
    """The whole table."""

    sets: tuple[DataSet, ...]


def known_sets(table: Path | None = None) -> tuple[DataSet, ...]:
    """Every data set of the table that comes with the package, or of another one."""
    return load([table or Path(str(files("sciml"))) / "data" / "sources.yaml"], Sources, {}).sets


def find_set(name: str, sets: Sequence[DataSet]) -> DataSet:
    """The data set of this name."""
    for known in sets:
        if known.name == name:
            return known
    raise SettingsError(name, "is not a data set that sciml knows", did_you_mean(name, [known.name for known in sets]))
