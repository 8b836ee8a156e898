"""Every setting of the nowcaster, one frozen class per stage, with units and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

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


class SimulatedStorm(Frozen):
    """One day of radar frames to invent."""

    name: Name
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    kind: Literal["convective", "stratiform", "mixed", "orographic"] = Field(
        "mixed", description="cells that live for half an hour, wide rain, both, or rain that stands on hills"
    )
    frames: int = Field(40, ge=6, le=2_000, description="frames of the series")
    file_format: Literal["odim", "netcdf"] = Field("odim", description="ODIM HDF5 or CF NetCDF")


class SimulateSettings(Frozen):
    """Storms whose motion and growth are known, as a radar network would show them."""

    storms: tuple[SimulatedStorm, ...] = Field(
        (
            SimulatedStorm(name="sim-a", role="train", kind="convective"),
            SimulatedStorm(name="sim-b", role="train", kind="stratiform", file_format="netcdf"),
            SimulatedStorm(name="sim-c", role="train", kind="mixed"),
            SimulatedStorm(name="sim-d", role="validation", kind="mixed", file_format="netcdf"),
            SimulatedStorm(name="sim-e", role="test", kind="mixed"),
        ),
        description="the days to invent, each of its own date",
    )
    seed: int = Field(1, ge=0, description="seed of motion, rain and clutter")
    size: int = Field(256, ge=64, le=2_048, description="cells along each side of the grid")
    cell_km: float = Field(1.0, gt=0, le=10, description="size of a cell, km")
    step_minutes: int = Field(5, ge=1, le=60, description="time between two frames, minutes")
    clutter: Fraction = Field(0.0005, description="share of the cells with standing ground clutter")
    missing_frames: Fraction = Field(0.02, description="share of the frames that were never written")


class InputSeries(Frozen):
    """One series of radar frames, as the user has them."""

    name: Name = Field(description="what to call this series")
    frames: tuple[str, ...] = Field(min_length=1, description="files or patterns such as radar/*.h5")
    site: str | None = Field(None, description="radar or composite, the same for series that share a day; None: name")
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    licence: str = Field("not stated", description="terms of the data, shown in the report")


class IngestSettings(Frozen):
    """The inputs: series written here, a sample sheet, or both; and what a case is."""

    inputs: tuple[InputSeries, ...] = Field((), description="series with their files")
    sheet: str | None = Field(None, description="TSV with the columns of an input, one series a row")
    min_quality: Fraction = Field(0.0, description="cells whose quality (ODIM QIND) lies below are not observed")
    case_minutes: int = Field(60, ge=1, description="minutes between two issue times")
    cases_per_series: int | None = Field(None, ge=1, description="so many issue times, spread evenly; None: all")
    window: int | None = Field(None, ge=64, description="cells of the wettest square of a case; None: the whole grid")
    leads: int = Field(18, ge=1, le=72, description="steps to forecast")
    gap_minutes: int = Field(120, ge=0, description="left out before a day that is another group, minutes")


class PrepareSettings(PartSettings):
    """From series to crops, drawn as DGMR draws them (Ravuri et al. 2021, Methods, "Datasets")."""

    step_minutes: int = Field(5, ge=1, le=60, description="time step of the frames to learn from, minutes")
    samples_per_shard: int = Field(16, ge=1, description="samples in one file of a part store")
    crop: int = Field(128, ge=64, le=512, description="cells along each side of a crop, a multiple of 32")
    crops_per_hour: float = Field(24.0, gt=0, description="crops kept for each hour of a series, on average")
    stride: int = Field(32, ge=8, description="cells between the places a crop may start at")
    saturation: float = Field(1.0, gt=0, description="rain rate s of 1 - exp(-x / s), mm/h")
    min_inclusion: Fraction = Field(2e-4, description="least probability that a crop is kept")
    max_missing: Fraction = Field(0.6, description="a crop with a larger share of unobserved cells is not drawn")
    seed: int = Field(1, ge=0, description="seed of the drawing")

    @model_validator(mode="after")
    def a_crop_fits_the_network(self) -> PrepareSettings:
        if self.crop % 32:
            raise ValueError(f"crop must be a multiple of 32, not {self.crop}")
        return self


class ModelSettings(Frozen):
    """Which network, and how large."""

    family: Literal["cascade", "dgmr"] = Field(
        "cascade", description="cascade: advection, learned decay and noise by scale; dgmr: the published GAN"
    )
    width: int = Field(32, ge=8, le=256, description="cascade: feature maps at half resolution")
    members: int = Field(4, ge=2, le=32, description="cascade: members in training")
    fairness: Annotated[float, Field(gt=0, le=1)] = Field(
        0.95, description="cascade: alpha of the almost-fair CRPS; 1: fair"
    )
    leads_per_step: int = Field(2, ge=1, description="cascade: lead times of each sample in one training step")
    dgmr: Literal["published", "half", "tiny"] = Field("tiny", description="dgmr: size of the networks")
    dgmr_samples: int = Field(6, ge=1, le=6, description="dgmr: samples in the grid-cell regulariser")


class NowcastPredictSettings(PredictSettings):
    """How forecasts are made."""

    methods: tuple[str, ...] = Field(
        ("shipped", "trained", "persistence", "extrapolation", "s-prog", "steps"),
        description="shipped, trained, given or a baseline's name",
    )
    members: int = Field(8, ge=2, le=64, description="members of an ensemble")
    seed: int = Field(0, ge=0, description="seed of the members")


class NowcastEvaluateSettings(EvaluateSettings):
    """How forecasts are compared with what the radar saw."""

    min_units: int = Field(10, ge=2, description="fewer storm days get no interval")
    thresholds: tuple[float, ...] = Field((0.5, 1.0, 5.0, 10.0), description="rain rates of CSI, FSS, value, mm/h")
    pools_km: tuple[float, ...] = Field((1.0, 4.0, 16.0), description="scales of the CRPS, km")
    fss_km: float = Field(10.0, gt=0, description="side of the FSS box, km")


class Settings(DomainSettings):
    """The settings of the nowcaster."""

    simulate: SimulateSettings | None = SimulateSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    prepare: PrepareSettings = PrepareSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    predict: NowcastPredictSettings = NowcastPredictSettings()
    evaluate: NowcastEvaluateSettings = NowcastEvaluateSettings()
