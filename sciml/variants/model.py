"""How many copies of an alternate does a pileup show? The compact residual network that answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sciml.core.calibration import classifier
from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable, outputs, supervised
from sciml.core.weights import ModelRecord
from sciml.variants.network import GenotypeNetwork
from sciml.variants.pileup import CHANNELS
from sciml.variants.settings import Settings

ARRAYS = ("image", "label")
CLASSES = ("hom_ref", "het", "hom_alt")
SIMULATOR_NOTE = (
    "Where the reads are simulated: the simulator's error rates, qualities and fragment lengths were fitted by hand to "
    "the reads of NA12878 (HiSeq 2000) at chr20:10.00-10.05 Mb of hg19, on which callers are also scored here. No "
    "variant or genotype of that person was used."
)


def module(settings: Settings, manifest: Mapping[str, Any]) -> Trainable:
    """The network with its loss and augmentation, ready to train."""
    network = GenotypeNetwork(settings.model.width, settings.model.blocks, settings.model.dropout)
    loss = nn.CrossEntropyLoss(label_smoothing=settings.model.label_smoothing)
    reference_rows, min_keep = settings.prepare.pileup.reference_rows, settings.model.min_row_keep

    def fewer_reads(batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {**batch, "image": drop_reads(batch["image"], reference_rows, min_keep)}

    return supervised(
        network,
        inputs=_image,
        loss=lambda logits, batch: loss(logits, batch["label"].long()),
        augment=fewer_reads,
        settings=settings.train,
    )


def calibrate(settings: Settings, module: Trainable, batches: Iterable[Batch]) -> Calibrated:
    """The temperature of its probabilities, and how often the likeliest genotype is the true one."""
    logits, labels = outputs(module.network, _image, batches)
    return classifier(logits.numpy(), labels.numpy())


def record(settings: Settings, manifest: Mapping[str, Any]) -> ModelRecord:
    """What calling needs to know beside the weights."""
    return ModelRecord(
        domain="variants",
        task="genotype of a candidate variant from a pileup of short reads of a diploid genome",
        channels=CHANNELS,
        classes=CLASSES,
        settings={
            "prepare": settings.prepare.model_dump(mode="json", include={"reads", "candidates", "pileup"}),
            "model": settings.model.model_dump(mode="json"),
        },
        data={"note": SIMULATOR_NOTE},
    )


def drop_reads(image: Tensor, reference_rows: int, min_keep: float) -> Tensor:
    """Thin each pileup (sample, channel, row, column) to a random share of its reads, closed up to the top.

    The share is uniform between `min_keep` and 1 for half of the images; the others stay whole. So one simulated
    depth teaches the depths below it.
    """
    samples, channels, rows, columns = image.shape
    share = torch.empty(samples, 1, device=image.device).uniform_(min_keep, 1.0)
    share = torch.where(torch.rand_like(share) < 0.5, share, torch.ones_like(share))
    keep = torch.rand(samples, rows, device=image.device) < share
    keep[:, :reference_rows] = True
    order = torch.argsort((~keep).to(torch.uint8), dim=1, stable=True)
    moved = torch.gather(image, 2, order[:, None, :, None].expand(samples, channels, rows, columns))
    kept = torch.arange(rows, device=image.device)[None] < keep.sum(1, keepdim=True)
    return moved * kept[:, None, :, None].to(image.dtype)


def _image(batch: Batch) -> Tensor:
    return batch["image"]
