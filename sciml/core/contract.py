"""What a science must bring: the records that pass between rooms, and one protocol per room.

A domain is a package whose modules (`ingest`, `simulate`, `prepare`, `model`, `predict`, `baseline`, `evaluate`)
fulfil these protocols; mypy holds the modules themselves against them in `tests/test_contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # the data rooms import this module, and must stay light
    import xarray as xr

    from sciml.core.layout import Layout
    from sciml.core.report.panels import Panel, RunView, Subject
    from sciml.core.scores import Headline, Metric
    from sciml.core.settings import DomainSettings
    from sciml.core.training import Batch, Trainable
    from sciml.core.weights import ModelRecord

Role: TypeAlias = Literal["train", "validation", "test"]
Split: TypeAlias = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class FileRecord:
    """One input file as ingest met it: where it is, how large, and what its bytes add up to."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True)
class Unit:
    """One row of the index: a sample with its files (a BAM with its reference, a storm, a tile, a patient).

    `store` is what ingest converted it to, if it did: `ingest` and index.json name it relative to the folder of the
    index, `read_index` returns the whole path.
    """

    id: str
    sample: str
    role: Role | None
    simulated: bool
    licence: str
    files: Mapping[str, FileRecord]
    facts: Mapping[str, Any] = field(default_factory=dict)
    store: str = ""


@dataclass(frozen=True)
class Index:
    """What there is to work on, in a fixed order: the content of `raw/index.json`."""

    domain: str
    units: tuple[Unit, ...]

    def to_json(self) -> dict[str, Any]:
        return {"format": 1, **asdict(self)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Index:
        units = (
            Unit(**{**row, "files": {name: FileRecord(**file) for name, file in row["files"].items()}})
            for row in record["units"]
        )
        return cls(domain=record["domain"], units=tuple(units))


@dataclass(frozen=True)
class Case:
    """What a user would ask about: a genomic region, a storm event, a sky tile, a protein family, a scan.

    `id` is safe as a file name; `group` may never straddle a split; `place` says where inside the unit it lies.
    """

    id: str
    unit: Unit
    group: str
    has_truth: bool
    place: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """Additive statistics of one method's answer to one case, and the examples worth showing.

    `statistics` has the dimensions (unit, stratum) and, for histograms, further ones; every variable is a sum or a
    count, so that adding over units and cases is all that merging needs. `unit` is what the bootstrap draws; cases may
    share one.
    `examples` are plain JSON records; each has a `kind` (for instance "false positive"), a random number `draw` by
    which few are chosen among many, and what a panel needs.
    """

    statistics: xr.Dataset
    examples: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Calibrated:
    """What the validation split says of a trained network.

    `calibration` is what applying it needs to turn outputs into probabilities; `figures` is what its card shows.
    """

    calibration: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


class SimulateRoom(Protocol):
    """Small truthful data in the native formats that `ingest` reads."""

    def simulate(self, settings: Any, seed: int, out: Path, threads: int) -> None:
        """Write native files and `samples.tsv`, the sample sheet that `ingest` reads, into the folder `out`."""


class IngestRoom(Protocol):
    """Every native format in; the index of what there is out."""

    def ingest(self, settings: Any, source: Path | None, out: Path) -> Index:
        """Check the inputs and list them; `source` is the simulated folder, `out` takes what must be converted."""

    def cases(self, settings: Any, index: Index) -> list[Case]:
        """Everything that a model or a baseline may be asked about, in a fixed order, whatever the split."""

    def read(self, unit: Unit) -> xr.Dataset:
        """Open one unit lazily."""


class PrepareRoom(Protocol):
    """One part of the cases as training samples."""

    LAYOUT: Layout

    def prepare_part(self, settings: Any, cases: Sequence[Case]) -> xr.Dataset:
        """Samples of these cases, all of one split, as LAYOUT describes them; `group` names each one's group."""


class ModelRoom(Protocol):
    """The network, its loss, and what a batch means."""

    @property
    def ARRAYS(self) -> Sequence[str]:
        """The arrays of a sample that a batch holds."""

    def module(self, settings: Any, manifest: Mapping[str, Any]) -> Trainable:
        """The module to train on the data set that `manifest` (dataset.json) describes."""

    def calibrate(self, settings: Any, module: Any, batches: Iterable[Batch]) -> Calibrated:
        """Held against the batches of the validation split, after training."""

    def record(self, settings: Any, manifest: Mapping[str, Any]) -> ModelRecord:
        """What `predict` must know beside the weights: settings slices, channels, classes.

        `data["note"]`, if there is one, is what a reader of the card should know of the training data.
        """


class PredictRoom(Protocol):
    """Apply a trained model to a case, and write the field's own file type."""

    SHIPPED: str
    SUFFIX: str

    def load(self, folder: Path) -> Any:
        """The model in this folder, checked: right domain, whole, channels as this version draws them."""

    def predict(self, settings: Any, model: Any, case: Case) -> xr.Dataset:
        """The model's answer to one case."""

    def export(self, answer: xr.Dataset, out: Path) -> None:
        """Write an answer (a model's or a baseline's) as the field's own file."""

    def collect(self, answers: Sequence[tuple[Case, Path]], out: Path) -> None:
        """Put the answers to all cases together as a user wants them, as files in the folder `out`."""


Baseline: TypeAlias = "Callable[[Any, Case], xr.Dataset]"


@dataclass(frozen=True)
class Learner:
    """A baseline that must be fitted first, to the cases with a truth that train; `fit` gets settings and cases.

    Every job that answers a part of the cases fits it anew: it must be cheap, and the same cases must give the same.
    """

    fit: Callable[[Any, Sequence[Case]], Baseline]


class BaselineRoom(Protocol):
    """The classical methods; one that is not installed raises `Missing`, and the table says so."""

    VERSIONS: Mapping[str, Callable[[], str]]

    @property
    def METHODS(self) -> Mapping[str, Baseline | Learner]:
        """What answers, by name."""


class EvaluateRoom(Protocol):
    """Statistics per case, metrics of their means, panels of the field; never runs a model."""

    METRICS: Mapping[str, Metric]
    HEADLINE: Headline
    SUBJECT: Subject
    PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]]

    def evaluate(self, settings: Any, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
        """Compare each method's exported answer to a case with its truth, all on the same ground."""


class SettingsRoom(Protocol):
    """One frozen settings model per stage."""

    @property
    def Settings(self) -> type[DomainSettings]:
        """The class that gathers them."""


class DomainRooms(Protocol):
    """The rooms of one domain, each imported when it is first asked for."""

    @property
    def name(self) -> str: ...
    @property
    def simulate(self) -> SimulateRoom: ...
    @property
    def ingest(self) -> IngestRoom: ...
    @property
    def prepare(self) -> PrepareRoom: ...
    @property
    def model(self) -> ModelRoom: ...
    @property
    def predict(self) -> PredictRoom: ...
    @property
    def baseline(self) -> BaselineRoom: ...
    @property
    def evaluate(self) -> EvaluateRoom: ...
