"""Does a cutout show a lensed source? The compact residual network that answers, and how it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sciml.core.calibration import classifier
from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable, outputs, supervised
from sciml.core.weights import ModelRecord
from sciml.lenses.network import CLASSES, LensNetwork
from sciml.lenses.settings import Settings

ARRAYS = ("image", "label")
MAX_SHIFT = 2  # pixels: catalogues are not centred better
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
        image = drop_bands(shifted(turned(batch["image"]), MAX_SHIFT), chosen.band_dropout)
        return {**batch, "image": image}

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


def turned(image: Tensor) -> Tensor:
    """Each cutout (sample, band, y, x) in one of its eight orientations: the sky has no up."""
    which = torch.randint(8, (len(image), 1, 1, 1), device=image.device)
    image = torch.where(which & 1 > 0, image.flip(2), image)
    image = torch.where(which & 2 > 0, image.flip(3), image)
    return torch.where(which & 4 > 0, image.transpose(2, 3), image)


def shifted(image: Tensor, most: int) -> Tensor:
    """Each cutout (sample, band, y, x) moved by up to `most` whole pixels; what comes in is unobserved."""
    samples, _, rows, columns = image.shape
    padded = nn.functional.pad(image, (most, most, most, most), value=torch.nan)
    start = torch.randint(2 * most + 1, (2, samples, 1), device=image.device)
    y = start[0] + torch.arange(rows, device=image.device)
    x = start[1] + torch.arange(columns, device=image.device)
    sample = torch.arange(samples, device=image.device)[:, None, None]
    return padded[sample, :, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)


def drop_bands(image: Tensor, share: float) -> Tensor:
    """Take one band from this share of the cutouts (sample, band, y, x), as surveys do; never the only one."""
    samples, bands = image.shape[:2]
    if bands == 1:
        return image
    lost = torch.randint(bands, (samples,), device=image.device)
    drops = (torch.rand(samples, device=image.device) < share)[:, None]
    gone = drops & (torch.arange(bands, device=image.device)[None] == lost[:, None])
    return torch.where(gone[:, :, None, None], torch.nan, image)


def _image(batch: Batch) -> Tensor:
    return batch["image"]
