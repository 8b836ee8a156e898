"""The settings that every science has: where the groups go, how long to train, what to run.

A domain's `settings.py` derives one frozen class per stage from these or from `Frozen`, and gathers them in
`Settings`. Reading the layered YAML files is the business of `sciml.core.layers`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
# what may name a sample, a series or a storm: it becomes a file name
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Frozen(BaseModel):
    """A settings class that cannot change after it was read and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SplitSettings(Frozen):
    """Which groups train, which validate, which test; a `role` on an input wins over all."""

    by: Literal["hash", "column", "folds"] = Field("hash", description="how a group finds its split")
    validation: Fraction = Field(0.15, description="share of the groups that validate, by hash")
    test: Fraction = Field(0.15, description="share of the groups that test, by hash")
    column: str = Field("split", description="fact of the input that names the split, for by: column")
    folds: int = Field(5, ge=3, description="number of folds, for by: folds")
    fold: int = Field(0, ge=0, description="the fold that tests; the next one validates")
    salt: str = Field("sciml", description="mixed into the hash; another word is another split")


class PartSettings(Frozen):
    """How the samples are cut into part stores."""

    parts: int = Field(2, ge=1, description="part stores, each made by one job")
    samples_per_shard: int = Field(256, ge=1, description="samples in one file of a part store")
    max_part_gb: float = Field(1.0, gt=0, description="a part larger than this is refused; raise `parts` instead")
    codec: Literal["none", "lz4"] = Field("none", description="none reads fastest, lz4 takes less space")


class TrainSettings(Frozen):
    """How the network is trained, the same for every science."""

    seed: int = Field(1, ge=0, description="seed of the weights, the order of the batches and the augmentation")
    steps: int = Field(2000, ge=1, description="steps at most, a batch each")
    batch_size: int = Field(64, ge=1, description="samples a step")
    learning_rate: float = Field(2e-3, gt=0, description="peak of the one-cycle schedule")
    weight_decay: float = Field(1e-2, ge=0, description="decoupled weight decay (AdamW)")
    warmup: Fraction = Field(0.1, description="share of the steps in which the learning rate rises")
    validate_every: int = Field(200, ge=1, description="steps between two validations")
    patience: int = Field(10, ge=1, description="validations without improvement before training stops")
    keep: Literal["best", "last"] = Field(
        "best", description="the weights that stay: of the best validation, or the last (a schedule that ends at zero)"
    )
    precision: Literal["auto", "32", "bf16"] = Field("auto", description="auto: bf16 on a GPU, 32 on a CPU")
    workers: int = Field(0, ge=0, description="threads that read samples ahead")
    start_from: str | None = Field(None, description="a model folder or shipped name to fine-tune")
    demonstration: bool = Field(False, description="marks the model as trained too briefly to be used")


class PredictSettings(Frozen):
    """Which models and baselines answer the test cases."""

    methods: tuple[str, ...] = Field(("shipped", "trained"), description="shipped, trained, given or a baseline's name")
    model: str | None = Field(None, description="folder of the model that the method `given` applies")


class EvaluateSettings(Frozen):
    """How the scores get their intervals."""

    bootstrap: int = Field(1000, ge=100, description="bootstrap draws")
    seed: int = Field(1, ge=0, description="seed of the draws")
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = Field(0.95, description="coverage of the intervals")
    min_units: int = Field(2, ge=2, description="fewer units (what the bootstrap draws) get no interval")
    examples: int = Field(60, ge=0, description="cases of each kind that the report may show, for each method")


class DomainSettings(Frozen):
    """The common part of every domain's `Settings`; a domain narrows the fields and adds its own.

    `simulate` (or None, for real data only), `ingest` and `model` are the domain's alone.
    """

    split: SplitSettings = SplitSettings()
    prepare: PartSettings = PartSettings()
    train: TrainSettings = TrainSettings()
    predict: PredictSettings = PredictSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
