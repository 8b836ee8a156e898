"""From a data set on disk to a trained, calibrated model: loaders, the loop, the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sciml.core.batches import Batches
from sciml.core.contract import DomainRooms
from sciml.core.errors import BadInput, SettingsError
from sciml.core.records import read_json
from sciml.core.training import fit
from sciml.core.weights import ModelRecord, fill, find_model, load_tensors, read_record


@dataclass(frozen=True)
class Trained:
    """Weights by name, the record that goes with them and the learning curve (CSV)."""

    tensors: Mapping[str, Tensor]
    record: ModelRecord
    curve: str


def train_model(rooms: DomainRooms, settings: Any, dataset: Path, checkpoint: Path, threads: int) -> Trained:
    """Train on the split `train`, choose and calibrate on `validation`; `test` is not touched."""
    manifest, chosen = read_json(dataset), settings.train
    arrays, size = rooms.model.ARRAYS, chosen.batch_size
    training = Batches(dataset, "train", size, seed=chosen.seed, arrays=arrays, workers=chosen.workers)
    validation = Batches(dataset, "validation", size, seed=0, arrays=arrays, shuffle=False, drop_last=False)
    torch.manual_seed(chosen.seed)  # the first weights are drawn here
    module = rooms.model.module(settings, manifest)
    if chosen.start_from is not None:
        start_from(find_model(chosen.start_from), rooms.name, module.network)
    curve = fit(module, training, validation, chosen, checkpoint, threads)
    calibrated = rooms.model.calibrate(settings, module, validation)
    described = rooms.model.record(settings, manifest)
    record = replace(
        described,
        calibration=dict(calibrated.calibration),
        figures=dict(calibrated.figures),
        data={**described.data, "samples": manifest["samples"], "labels": manifest["labels"], **manifest["attrs"]},
        training=chosen.model_dump(mode="json"),
        demonstration=chosen.demonstration,
    )
    return Trained(module.network.state_dict(), record, curve)


def start_from(folder: Path, domain: str, network: torch.nn.Module) -> None:
    """Fine-tune: begin with the weights of a model that was built with the same settings."""
    built = read_record(folder, domain).settings["model"]
    tensors = load_tensors(folder)
    try:
        fill(network, tensors, folder)
    except BadInput as error:
        raise SettingsError(
            "train.start_from", f"{folder.name} does not fit the network of `model`", f"it was built with {built}"
        ) from error
