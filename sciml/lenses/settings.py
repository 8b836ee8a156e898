"""Every setting of the lens finder, one frozen class per stage, with units and bounds."""

from __future__ import annotations

from typing import Annotated

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

Band = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$")]


class SimulateSettings(Frozen):
    """Survey tiles with lensed galaxies, galaxies that only look like it, and plain ones."""

    seed: int = Field(1, ge=0, description="seed of galaxies, lenses and noise")
    train_tiles: int = Field(60, ge=1, description="tiles that train")
    validation_tiles: int = Field(8, ge=1, description="tiles that validate")
    test_tiles: int = Field(24, ge=0, description="tiles that test")
    objects_per_tile: int = Field(100, ge=4, le=10_000, description="catalogued galaxies in a tile")
    bands: tuple[Band, ...] = Field(("g", "r", "i"), min_length=1, description="bands of each tile")
    scale_arcsec: float = Field(0.2, gt=0, le=1, description="side of a pixel, arcsec")
    seeing_arcsec: tuple[float, float] = Field((0.6, 0.95), description="range of the FWHM of the PSF, arcsec")
    lens_share: Fraction = Field(0.5, description="share of the catalogued galaxies that lens a source")
    contaminant_share: Fraction = Field(0.25, description="share that are rings, spirals or have a blue companion")


class InputTile(Frozen):
    """One tile (2-D images with WCS) or one stack of cutouts (3-D: object, y, x), as the user has them."""

    name: Name = Field(description="what to call this tile")
    bands: tuple[Band, ...] = Field(min_length=1, description="bands, in the order of the images")
    images: tuple[str, ...] = Field(min_length=1, description="FITS files, one a band; file.fits[2] names an HDU")
    catalog: str | None = Field(None, description="CSV, ECSV or FITS table of objects; None: detect them")
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    licence: str = Field("not stated", description="terms of the data, shown in the report")

    @model_validator(mode="after")
    def each_band_has_an_image(self) -> InputTile:
        if len(self.bands) != len(self.images) or len(set(self.bands)) != len(self.bands):
            raise ValueError(
                f"{len(self.bands)} bands and {len(self.images)} images: give each band once, with its image"
            )
        return self


class IngestSettings(Frozen):
    """The inputs: tiles written here, a sample sheet, or both."""

    inputs: tuple[InputTile, ...] = Field((), description="tiles with their files")
    sheet: str | None = Field(None, description="TSV with the columns of an input, one tile a row")


class PrepareSettings(PartSettings):
    """From tiles to cutouts around catalogued objects, in units of the tile's sky noise."""

    bands: tuple[Band, ...] = Field(("g", "r", "i"), min_length=1, description="bands that the network sees, in order")
    size: int = Field(45, ge=15, le=201, description="side of a cutout, pixels, odd")
    scale_arcsec: float = Field(0.2, gt=0, le=1, description="side of a pixel of a cutout, arcsec")
    max_missing: Fraction = Field(0.5, description="an object with a larger share of unobserved pixels is left out")

    @field_validator("size")
    @classmethod
    def a_cutout_has_a_centre(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError(f"must be odd, so that one pixel is the centre, not {size}")
        return size


class ModelSettings(Frozen):
    """The residual network."""

    width: int = Field(16, ge=4, le=64, description="feature maps of the first block")
    stages: int = Field(4, ge=2, le=5, description="times that the maps are halved and widened")
    units: int = Field(2, ge=1, le=4, description="residual units in each stage")
    stretch: float = Field(3.0, gt=0, description="sky sigmas at which asinh turns from linear to logarithmic")
    band_dropout: Fraction = Field(0.05, description="share of the training cutouts that lose a band")


class LensesPredictSettings(PredictSettings):
    """How candidates are ranked."""

    methods: tuple[str, ...] = Field(
        ("shipped", "trained", "ring-flux"), description="shipped, trained, given or a baseline's name"
    )
    prevalence: Annotated[float, Field(gt=0, lt=1)] = Field(
        1e-3, description="share of lenses among the objects that the probabilities are for"
    )


class LensesEvaluateSettings(EvaluateSettings):
    """How rankings are compared with the truth."""

    min_units: int = Field(5, ge=2, description="fewer tiles get no interval")


class Settings(DomainSettings):
    """The settings of the lens finder."""

    simulate: SimulateSettings | None = SimulateSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    prepare: PrepareSettings = PrepareSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    predict: LensesPredictSettings = LensesPredictSettings()
    evaluate: LensesEvaluateSettings = LensesEvaluateSettings()
