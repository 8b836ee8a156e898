"""Does a cutout show a lensed source? The compact residual network that answers, and how it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from sciml.core.calibration import classifier
from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable, outputs, supervised
from sciml.core.weights import ModelRecord
from sciml.lenses.augmentation import augmented
from sciml.lenses.network import CLASSES, LensNetwork
from sciml.lenses.settings import Settings

ARRAYS = ("image", "label")
SIMULATOR_NOTE = (
    "Where the tiles are simulated: every finder does best on the lenses of its own simulator (More et al. 2024), so "
    "figures on simulated tiles say little of a survey that the simulator was not made for."
)


def module(settings: Settings, manifest: Mapping[str, Any]) -> Trainable:
    """The network with its loss and augmentation, ready to train."""
    chosen = settings.model
    network = LensNetwork(len(settings.prepare.bands), chosen.width, chosen.stages, chosen.units, chosen.stretch)
    loss = nn.CrossEntropyLoss()

    def another_view(batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {**batch, "image": augmented(batch["image"], chosen.band_dropout)}

    return supervised(
        network,
        inputs=_image,
        loss=lambda logits, batch: loss(logits, batch["label"].long()),
        augment=another_view,
        settings=settings.train,
    )


def calibrate(settings: Settings, module: Trainable, batches: Iterable[Batch]) -> Calibrated:
    """The temperature of its probabilities, and how often the likelier class is the true one."""
    logits, labels = outputs(module.network, _image, batches)
    return classifier(logits.numpy(), labels.numpy())


def record(settings: Settings, manifest: Mapping[str, Any]) -> ModelRecord:
    """What finding needs to know beside the weights."""
    cut = {"bands", "size", "scale_arcsec", "max_missing"}
    return ModelRecord(
        domain="lenses",
        task="whether a galaxy is a strong gravitational lens, from a cutout in several bands",
        channels=settings.prepare.bands,
        classes=CLASSES,
        settings={
            "prepare": settings.prepare.model_dump(mode="json", include=cut),
            "model": settings.model.model_dump(mode="json"),
        },
        data={"note": SIMULATOR_NOTE},
    )


def _image(batch: Batch) -> Tensor:
    return batch["image"]
