"""Lightning's loop, as every science uses it: resumable, seeded, early stopping."""

from __future__ import annotations

import csv
import io
import logging
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor, nn

from sciml.core.errors import ScimlError
from sciml.core.settings import TrainSettings

Batch: TypeAlias = Mapping[str, Tensor]

_log = logging.getLogger(__name__)


class Loader(Protocol):
    """Batches with a known number and a place to resume from (see `sciml.core.batches`)."""

    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


class Trainable(pl.LightningModule):
    """What `fit` can train: it logs `validation_loss`, and `network` holds what leaves as weights.

    AdamW on a one-cycle schedule, unless a module says otherwise. With `automatic_optimization` off (several losses)
    it clips its own gradients, steps its own schedules, and makes `steps_per_batch` optimiser steps in each
    `training_step`.
    """

    network: nn.Module
    settings: TrainSettings
    steps_per_batch: int = 1

    def configure_optimizers(self) -> Any:
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._one_cycle)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _one_cycle(self, step: int) -> float:
        warm = max(1, round(self.settings.warmup * self.settings.steps))
        if step < warm:
            return (step + 1) / warm
        done = min(1.0, (step - warm) / max(1, self.settings.steps - warm))
        return 0.5 * (1 + math.cos(math.pi * done)) * 0.99 + 0.01


class Supervised(Trainable):
    """One network, one loss."""

    def __init__(
        self,
        network: nn.Module,
        inputs: Callable[[Batch], Any],
        loss: Callable[[Tensor, Batch], Tensor],
        augment: Callable[[Batch], Batch],
        settings: TrainSettings,
    ) -> None:
        super().__init__()
        self.network = network
        self.inputs, self.loss, self.augment, self.settings = inputs, loss, augment, settings

    def training_step(self, batch: Batch, _: int) -> Tensor:
        batch = self.augment(batch)
        loss = self.loss(self.network(self.inputs(batch)).float(), batch)
        self.log("train_loss", loss.detach(), batch_size=self.settings.batch_size)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        outputs = self.network(self.inputs(batch)).float()
        self.log("validation_loss", self.loss(outputs, batch), batch_size=len(outputs), sync_dist=True)


def supervised(
    network: nn.Module,
    inputs: Callable[[Batch], Any],
    loss: Callable[[Tensor, Batch], Tensor],
    settings: TrainSettings,
    augment: Callable[[Batch], Batch] | None = None,
) -> Supervised:
    """The ordinary case: a network, what it sees of a batch, and what it is held against."""
    return Supervised(network, inputs, loss, augment or (lambda batch: batch), settings)


def fit(
    module: Trainable,
    training: Loader,
    validation: Loader,
    settings: TrainSettings,
    checkpoints: Path,
    threads: int,
) -> str:
    """Train, or go on where a killed run of the same recipe stopped; leaves the weights to `keep` in `module`.

    Returns the learning curve as CSV. `checkpoints` holds last.ckpt and best.ckpt, this run's own files.
    """
    pl.seed_everything(settings.seed, workers=True, verbose=False)
    torch.set_num_threads(threads)
    last, best = checkpoints / "last.ckpt", checkpoints / "best.ckpt"
    curve = _Curve(settings)
    trainer = _trainer(module, settings, checkpoints, curve)
    with warnings.catch_warnings():
        # our loader keeps its own workers, and saves its place itself
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*treespec, LeafSpec.*")
        warnings.filterwarnings("ignore", message=".*You're resuming from a checkpoint that ended.*")
        # on a GPU some gradients (pooling, resampling) have no form that adds up in a fixed order
        warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
        warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")
        trainer.fit(module, training, validation, ckpt_path=last if last.exists() else None, weights_only=True)
    if not any(math.isfinite(row["validation_loss"]) for row in curve.rows):
        raise ScimlError("train", "no validation loss was ever finite", "lower train.learning_rate")
    if settings.keep == "best":
        module.load_state_dict(torch.load(best, map_location="cpu", weights_only=True)["state_dict"])
    elif not all(bool(tensor.isfinite().all()) for tensor in module.network.state_dict().values()):
        raise ScimlError("train", "the last weights are not finite", "lower train.learning_rate, or keep the best")
    module.eval()
    return curve.as_csv()


def outputs(network: nn.Module, inputs: Callable[[Batch], Tensor], batches: Iterable[Batch]) -> tuple[Tensor, Tensor]:
    """Outputs (sample, class) and labels (sample) of a trained classifier over a split."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        pairs = [(network(inputs(batch).to(device)).float().cpu(), batch["label"].long()) for batch in batches]
    return torch.cat([logits for logits, _ in pairs]), torch.cat([labels for _, labels in pairs])


class _Curve(Callback):
    """Keeps the learning curve and the state of the random numbers, and says how far training is."""

    def __init__(self, settings: TrainSettings) -> None:
        self.settings, self.rows = settings, list[dict[str, float]]()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        values = {name: round(float(value), 6) for name, value in sorted(trainer.callback_metrics.items())}
        assert isinstance(pl_module, Trainable)
        step = trainer.global_step // pl_module.steps_per_batch
        self.rows.append({"step": step, **values})
        losses = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in values.items())
        _log.info("step %d of %d: %s", step, self.settings.steps, losses)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "random": torch.get_rng_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = state_dict["rows"]
        self._random = state_dict["random"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Lightning does not keep it: without this a resumed training draws other dropout masks
        if hasattr(self, "_random"):
            torch.set_rng_state(self._random)

    def as_csv(self) -> str:
        text, first = io.StringIO(), ("step", "train_loss", "validation_loss")
        others = {name for row in self.rows for name in row}.difference(first)
        writer = csv.DictWriter(text, [*first, *sorted(others)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()


def _trainer(module: Trainable, settings: TrainSettings, checkpoints: Path, curve: _Curve) -> pl.Trainer:
    on_gpu = torch.cuda.is_available()
    half = settings.precision == "bf16" or (settings.precision == "auto" and on_gpu)
    every = min(settings.validate_every, settings.steps)
    # two of them: the option save_last writes last.ckpt only when the best improves
    best, last = (
        ModelCheckpoint(
            dirpath=checkpoints,
            filename=name,
            monitor=monitor,
            enable_version_counter=False,
            save_on_train_epoch_end=False,
        )
        for name, monitor in (("best", "validation_loss"), ("last", None))
    )
    stop = EarlyStopping("validation_loss", patience=settings.patience, check_finite=True)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    return pl.Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        devices="auto" if on_gpu else 1,
        precision="bf16-mixed" if half else "32-true",
        max_steps=settings.steps * module.steps_per_batch,
        max_epochs=-1,
        val_check_interval=every,
        check_val_every_n_epoch=None,
        gradient_clip_val=1.0 if module.automatic_optimization else None,
        num_sanity_val_steps=0,
        deterministic="warn" if on_gpu else True,
        logger=False,
        callbacks=[curve, stop, best, last],
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )
