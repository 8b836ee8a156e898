"""A trained network at work on cutouts: images in, log-odds out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sciml.core.errors import BadInput
from sciml.core.weights import ModelRecord, fill, load_tensors, read_record
from sciml.lenses.network import CLASSES, LensNetwork
from sciml.lenses.settings import ModelSettings, PrepareSettings

BATCH = 128
DECIMALS = 6


@dataclass(frozen=True)
class Finder:
    """A network with the settings under which it learnt to look at cutouts.

    `share` is that of the lenses among the cutouts that it learnt from: what its log-odds hold for.
    """

    record: ModelRecord
    network: LensNetwork
    prepare: PrepareSettings
    share: float


def load_finder(folder: Path) -> Finder:
    """Read a model folder; refuses one that is corrupt, of another science, or that answers other questions."""
    record = read_record(folder, domain="lenses")
    if record.classes != CLASSES:
        raise BadInput(folder, f"tells apart {', '.join(record.classes)}", "use a model of this version")
    prepare, model = settings_of(record, folder)
    network = LensNetwork(len(prepare.bands), model.width, model.stages, model.units, model.stretch)
    fill(network, load_tensors(folder), folder)
    return Finder(record, network.eval(), prepare, lens_share(record, folder))


def settings_of(record: ModelRecord, folder: Path) -> tuple[PrepareSettings, ModelSettings]:
    """How cutouts are made for a model, and how it is built."""
    try:
        return (
            PrepareSettings.model_validate(record.settings["prepare"]),
            ModelSettings.model_validate(record.settings["model"]),
        )
    except (KeyError, ValueError) as error:
        raise BadInput(
            folder, f"has settings that this version does not know ({error})", "use another model"
        ) from error


def lens_share(record: ModelRecord, folder: Path) -> float:
    """Share of the lenses in the training split, by the counts in the record."""
    try:
        labels = {int(label): int(counts["train"]) for label, counts in record.data["labels"].items()}
        share = labels[1] / sum(labels.values())
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise BadInput(folder, "does not say how many lenses it learnt from", "use another model") from error
    # a model that saw one class alone knows no odds: half is as good as any
    return share if 0 < share < 1 else 0.5


def one_thread_a_pass() -> None:
    """Let the work spread over pieces of the catalogue, not within a pass: so its sums keep their order."""
    torch.set_num_threads(1)


def log_odds(finder: Finder, images: np.ndarray) -> np.ndarray:
    """Calibrated log-odds of a lens, float64 (object), of images (object, band, y, x) in sky sigmas.

    Every pass has the same shape, and what comes out is rounded: so an answer does not depend on its neighbours.
    """
    logits = np.zeros(len(images), np.float64)
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            chunk = images[start : start + BATCH]
            padded = np.zeros((BATCH, *images.shape[1:]), np.float32)
            padded[: len(chunk)] = chunk
            answers = finder.network(torch.from_numpy(padded))[: len(chunk)].numpy().astype(np.float64)
            logits[start : start + len(chunk)] = answers[:, 1] - answers[:, 0]
    return np.round(logits / finder.record.calibration.get("temperature", 1.0), DECIMALS)
