"""What a science may put on a page: tables, figures, viewers and text, never HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from sciml.core.contract import Index
from sciml.core.report.markup import Html

if TYPE_CHECKING:
    from sciml.core.settings import DomainSettings
    from sciml.core.weights import ModelRecord

SectionName: TypeAlias = Literal["answer", "scores", "cases", "errors", "curves", "data", "model", "run", "cite"]
Provenance: TypeAlias = Literal["simulated", "real", "mixed"]


@dataclass(frozen=True)
class RunView:
    """All that a page may know of one run of one science; what is not there yet is None or empty.

    `dataset` is the path of dataset.json and `manifest` its content; `model` the folder of the model trained in this
    run; `predictions` the folder whose subfolders are methods; `benchmarks` the folder of the stages' time tables;
    `origins` tells where each changed setting was written; `versions` names the software; `commands` make the run
    again.
    """

    run: str
    domain: str
    settings: DomainSettings
    index: Index
    raw: Path
    dataset: Path | None = None
    manifest: Mapping[str, Any] | None = None
    scores: Mapping[str, Any] | None = None
    cost: Mapping[str, Any] | None = None
    record: ModelRecord | None = None
    model: Path | None = None
    predictions: Path | None = None
    benchmarks: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    @property
    def provenance(self) -> Provenance:
        """Whether the cases on this page are simulated: the scores' own word, else the inputs'."""
        if self.scores is not None:
            word: Provenance = self.scores["simulated"]
            return word
        kinds = {unit.simulated for unit in self.index.units}
        return "mixed" if len(kinds) == 2 else "simulated" if kinds == {True} else "real"


@dataclass(frozen=True)
class Citation:
    """A work to cite: how it is named in a sentence, and its BibTeX entry."""

    text: str
    bibtex: str


@dataclass(frozen=True)
class Subject:
    """How a science presents itself: its name, the question it answers, what its answers must not be used for.

    The inputs of a `private` science are about persons: no page shows their paths or what the sheet says of them.
    """

    title: str
    question: str
    case: str
    not_for: str
    citations: tuple[Citation, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, and a word for what it means."""

    value: float | None
    low: float | None = None
    high: float | None = None
    word: str = ""


@dataclass(frozen=True)
class Strong:
    """A cell to be set in bold: the better one."""

    content: str | int | float | Estimate


Cell: TypeAlias = "str | int | float | Estimate | Strong | None"


@dataclass(frozen=True)
class Column:
    """Heading of a table's column; `digits` are the significant ones after which a number is cut."""

    name: str
    unit: str = ""
    digits: int = 3


@dataclass(frozen=True)
class Table:
    """Rows under headings; the page shows the first `shown` rows, the CSV button gives all of them.

    A table with a `folded` text is shown when a reader opens the line of that text.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: int = 60
    folded: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing with the sentence that says what it shows, made by `sciml.core.report.figures`.

    `data` are the numbers behind it; `chart`, where there is one, lets a reader zoom and read values.
    """

    svg: Html
    sentence: str
    data: Table | None = None
    chart: Mapping[str, Any] | None = None
    legend: Html | None = None


@dataclass(frozen=True)
class Viewer:
    """An interactive view from `report/viewers/<name>.js`: a JSON header and arrays.

    `static` stands in its place where no program runs and on paper; `table` lists what it holds; `left_out` says
    what did not fit and how to see it.
    """

    name: str
    sentence: str
    header: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    static: tuple[Figure, ...]
    table: Table | None = None
    left_out: str = ""


@dataclass(frozen=True)
class Text:
    """Paragraphs in plain words; `kind` 'code' is to be pasted into a terminal or a file."""

    paragraphs: tuple[str, ...]
    kind: Literal["prose", "code"] = "prose"


Item: TypeAlias = "Table | Figure | Viewer | Text"


@dataclass(frozen=True)
class Panel:
    """One thing to look at, with the words that a stranger needs to read it.

    A panel with nothing to show holds one `Text` that says why. `thumbnail` is offered to the front page.
    """

    section: SectionName
    title: str
    items: tuple[Item, ...]
    caption: str = ""
    how_to_read: str = ""
    what_would_look_wrong: str = ""
    thumbnail: Figure | None = None


def nothing(section: SectionName, title: str, why: str) -> Panel:
    """A panel that says in one line why there is nothing to show."""
    return Panel(section, title, (Text((why,)),))


def viewers(panels: Sequence[Panel]) -> list[Viewer]:
    """Every viewer on these panels, in order."""
    return [item for panel in panels for item in panel.items if isinstance(item, Viewer)]
