"""Every setting of the structure predictor, one frozen class per stage, with units and bounds."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from sciml.core.contract import Role
from sciml.core.settings import (
    DomainSettings,
    EvaluateSettings,
    Fraction,
    Frozen,
    Name,
    PartSettings,
    PredictSettings,
    SplitSettings,
    TrainSettings,
)


class SimulateSettings(Frozen):
    """Families that evolved under a Potts model whose couplings follow the contacts of a known fold."""

    seed: int = Field(1, ge=0, description="seed of folds, couplings and sequences")
    train_families: int = Field(40, ge=1, description="families that train, each of a fold of its own")
    validation_families: int = Field(6, ge=1, description="families that validate")
    test_families: int = Field(12, ge=0, description="families that test")
    min_length: int = Field(50, ge=20, le=500, description="shortest chain, residues")
    max_length: int = Field(110, ge=20, le=500, description="longest chain, residues")
    min_sequences: int = Field(200, ge=1, description="fewest rows of an alignment")
    max_sequences: int = Field(2000, ge=1, description="most rows of an alignment")

    @model_validator(mode="after")
    def ranges_are_ranges(self) -> SimulateSettings:
        if self.min_length > self.max_length or self.min_sequences > self.max_sequences:
            raise ValueError("a minimum lies above its maximum")
        return self


class InputFamily(Frozen):
    """One family: an alignment with its query first, and, where it is known, the structure of the query."""

    name: Name = Field(description="what to call this family")
    alignment: str = Field(description="A3M, Stockholm, .aln or FASTA, also .gz; the first row is the query")
    structure: str | None = Field(None, description="mmCIF or PDB of the query, also .gz; the truth")
    chain: str | None = Field(None, description="chain of the structure; None: the only one that fits the query")
    fold: str | None = Field(None, description="fold group, the same for families of one fold; None: name")
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    licence: str = Field("not stated", description="terms of the data, shown in the report")


class IngestSettings(Frozen):
    """The inputs: families written here, a sample sheet, or both."""

    inputs: tuple[InputFamily, ...] = Field((), description="families with their files")
    sheet: str | None = Field(None, description="TSV with the columns of an input, one family a row")
    max_length: int = Field(512, ge=20, le=2000, description="a longer query is left out, and said so")


class FeatureSettings(Frozen):
    """What is computed from an alignment, the same for training and for answering."""

    max_rows: int = Field(5000, ge=1, description="rows of an alignment at most; more are drawn from, by seed")
    max_gaps: Fraction = Field(0.5, description="a row with a larger share of gaps is left out")
    identity: float = Field(0.8, gt=0, le=1, description="rows at least this alike share their weight")
    seed: int = Field(1, ge=0, description="seed of the drawn rows")


class PrepareSettings(PartSettings):
    """From alignments and structures to features of residues and of pairs of residues."""

    samples_per_shard: int = Field(64, ge=1, description="samples in one file of a part store")
    features: FeatureSettings = FeatureSettings()


class ModelSettings(Frozen):
    """The residual network over pairs of residues, and its distance bins."""

    channels: int = Field(24, ge=8, le=256, description="feature maps")
    dilations: tuple[int, ...] = Field((1, 2, 4, 8, 1, 2), min_length=1, description="one residual block each")
    crop: int = Field(64, ge=16, le=256, description="side of the square cut from a pair map in training, residues")
    near_angstrom: float = Field(3.0, gt=0, description="where the first distance bin ends its lower side")
    far_angstrom: float = Field(20.0, gt=0, description="distances beyond share one bin")
    step_angstrom: float = Field(1.0, gt=0, description="width of a distance bin")
    far_weight: float = Field(0.3, gt=0, le=1, description="weight of the bin of far pairs in the loss")

    @field_validator("dilations")
    @classmethod
    def dilations_are_positive(cls, dilations: tuple[int, ...]) -> tuple[int, ...]:
        if min(dilations) < 1:
            raise ValueError("every dilation must be at least 1")
        return dilations


class ProteinsPredictSettings(PredictSettings):
    """Which methods answer, and how a chain is folded."""

    methods: tuple[str, ...] = Field(
        ("shipped", "trained", "mean-field-dca", "ridge-dca", "mutual-information"),
        description="shipped, trained, given or a baseline's name",
    )
    seed: int = Field(0, ge=0, description="seed of the folding")
    steps: int = Field(300, ge=1, description="steps of gradient descent on the coordinates")


class ProteinsEvaluateSettings(EvaluateSettings):
    """How contacts and folds are compared with the known structure."""

    min_units: int = Field(5, ge=2, description="fewer fold groups get no interval")
    contact_angstrom: float = Field(8.0, gt=0, description="residues whose C-beta atoms are nearer touch")
    min_separation: int = Field(24, ge=1, description="residues between the two of a long-range pair, at least")


class Settings(DomainSettings):
    """The settings of the structure predictor."""

    simulate: SimulateSettings | None = SimulateSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    prepare: PrepareSettings = PrepareSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    predict: ProteinsPredictSettings = ProteinsPredictSettings()
    evaluate: ProteinsEvaluateSettings = ProteinsEvaluateSettings()
