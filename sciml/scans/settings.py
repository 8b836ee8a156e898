"""Every setting of the scan reader, one frozen class per stage, with units and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

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

Kind: TypeAlias = Literal["retina", "chest"]
# what a network of each kind answers
FINDINGS: Mapping[Kind, tuple[str, ...]] = {
    "retina": ("any_dr", "referable_dr"),
    "chest": ("cardiomegaly", "effusion", "nodule"),
}


class SimulateSettings(Frozen):
    """Fundus photographs (JPEG) whose lesions define the grade, and chest phantoms (DICOM)."""

    seed: int = Field(1, ge=0, description="seed of patients, lesions, cameras and noise")
    train_patients: int = Field(300, ge=1, description="retina patients that train, two eyes each")
    validation_patients: int = Field(60, ge=1, description="retina patients that validate")
    test_patients: int = Field(120, ge=0, description="retina patients that test")
    chest_patients: int = Field(8, ge=0, description="chest patients, an image each, shared out like those above")
    size: int = Field(384, ge=128, le=2048, description="height of a photograph, pixels; a phantom is as large")
    referable_share: Fraction = Field(0.5, description="share of the retina patients with referable disease")


class InputScan(Frozen):
    """One image, as the user has it."""

    name: Name = Field(description="what to call this image; must not name a person")
    image: str = Field(description="JPEG, PNG, TIFF or DICOM file")
    kind: Kind = Field("retina", description="retina: colour fundus photograph; chest: frontal X-ray")
    patient: str | None = Field(None, description="patient, the same for all images of one; None: name")
    findings: tuple[Annotated[str, Field(pattern=r"^[a-z_]+=[01]$")], ...] = Field(
        (), description="what is known, such as referable_dr=1; a finding left out is not known"
    )
    site: str | None = Field(None, description="camera or hospital, for tables by site")
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    licence: str = Field("not stated", description="terms of the data, shown in the report")


class IngestSettings(Frozen):
    """The inputs: images written here, a sample sheet, or both."""

    kind: Kind = Field("retina", description="the kind of image that this run is about; others are listed only")
    inputs: tuple[InputScan, ...] = Field((), description="images with their files")
    sheet: str | None = Field(None, description="TSV with the columns of an input, one image a row")


class PrepareSettings(PartSettings):
    """From images of any size to one size, cut to the field of view."""

    side: int = Field(128, ge=64, le=1024, description="side of the square image that the network sees, pixels")


class ModelSettings(Frozen):
    """The densely connected network."""

    blocks: tuple[int, ...] = Field((3, 6, 8), min_length=1, description="layers of each dense block")
    growth: int = Field(12, ge=4, le=48, description="feature maps that each layer adds")
    stem: int = Field(24, ge=8, le=96, description="feature maps of the first convolution, which has stride 2")
    dropout: Fraction = Field(0.1, description="share of features dropped before the last layer in training")


class ScansPredictSettings(PredictSettings):
    """Which methods answer."""

    methods: tuple[str, ...] = Field(
        ("shipped", "trained", "image-statistics"), description="shipped, trained, given or a baseline's name"
    )


class ScansEvaluateSettings(EvaluateSettings):
    """How findings are compared with the truth."""

    min_units: int = Field(10, ge=2, description="fewer patients get no interval")


class Settings(DomainSettings):
    """The settings of the scan reader."""

    simulate: SimulateSettings | None = SimulateSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    prepare: PrepareSettings = PrepareSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    predict: ScansPredictSettings = ScansPredictSettings()
    evaluate: ScansEvaluateSettings = ScansEvaluateSettings()
