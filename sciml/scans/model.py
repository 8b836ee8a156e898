"""Which findings does an image show? The network that answers, its loss, and the operating points of its findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable, supervised
from sciml.core.weights import ModelRecord
from sciml.scans.augmentation import CHANGES, augmented
from sciml.scans.ingest import UNKNOWN
from sciml.scans.light import SCALED
from sciml.scans.network import CHANNELS, build
from sciml.scans.operating_points import SENSITIVITY, calibrated
from sciml.scans.settings import FINDINGS, Kind, Settings

ARRAYS = ("image", "labels")
TASKS: Mapping[Kind, str] = {
    "retina": "whether a colour photograph of the retina shows diabetic retinopathy, and whether a referable one",
    "chest": "which of some findings a frontal X-ray of the chest shows",
}


def module(settings: Settings, manifest: Mapping[str, Any]) -> Trainable:
    """The network with its loss and augmentation, ready to train."""
    changes = CHANGES[settings.ingest.kind]

    def otherwise(batch: Batch) -> Batch:
        return {**batch, "image": augmented(batch["image"], changes)}

    return supervised(
        build(settings.ingest.kind, settings.model),
        inputs=_image,
        loss=lambda logits, batch: known_loss(logits, batch["labels"]),
        augment=otherwise,
        settings=settings.train,
    )


def calibrate(settings: Settings, module: Trainable, batches: Iterable[Batch]) -> Calibrated:
    """A temperature and an operating point for each finding, and how well each is ranked."""
    device = next(module.network.parameters()).device
    with torch.inference_mode():
        pairs = [(module.network(_image(batch).to(device)).float().cpu(), batch["labels"]) for batch in batches]
    logits, labels = (torch.cat(list(some)).numpy() for some in zip(*pairs, strict=True))
    return calibrated(logits.astype(np.float64), labels, FINDINGS[settings.ingest.kind])


def record(settings: Settings, manifest: Mapping[str, Any]) -> ModelRecord:
    """What reading an image needs to know beside the weights."""
    kind = settings.ingest.kind
    return ModelRecord(
        domain="scans",
        task=TASKS[kind],
        channels=CHANNELS[kind],
        classes=FINDINGS[kind],
        settings={
            "ingest": {"kind": kind},
            "prepare": settings.prepare.model_dump(mode="json", include={"side"}),
            "model": settings.model.model_dump(mode="json"),
            "scaling": dict(SCALED[kind]),
        },
        data={
            "note": f"Operating points: a sensitivity of {SENSITIVITY:.0%} or more on the validation split. "
            "Not a medical device."
        },
    )


def known_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy (nat) of the findings that are known, logits and labels (sample, finding); -1 is unknown."""
    known = labels != UNKNOWN
    each = nn.functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0).to(logits.dtype), reduction="none"
    )
    return (each * known).sum() / known.sum().clamp(min=1)


def _image(batch: Batch) -> Tensor:
    return batch["image"]
