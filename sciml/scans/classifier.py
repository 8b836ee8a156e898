"""A trained network at work: one square image in, scores and maps of its findings out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from sciml.core.errors import BadInput
from sciml.core.weights import ModelRecord, fill, load_tensors, read_record
from sciml.scans.answers import answer
from sciml.scans.heatmaps import scores_and_maps
from sciml.scans.light import SCALED
from sciml.scans.network import CHANNELS, DenseNet, build
from sciml.scans.operating_points import constants
from sciml.scans.settings import FINDINGS, Kind, ModelSettings, PrepareSettings
from sciml.scans.sight import Sight


@dataclass(frozen=True)
class Classifier:
    """The network with what it needs to know: the kind of image it reads, and how large it wants it (pixels)."""

    record: ModelRecord
    network: DenseNet
    kind: Kind
    side: int
    temperatures: np.ndarray
    thresholds: np.ndarray

    def answer(self, sight: Sight) -> xr.Dataset:
        """Scores, decisions and heatmaps for one image.

        Images are answered one by one, so that none depends on its neighbours.
        """
        # work spreads over images, not within an operation: so its sums keep their order
        torch.set_num_threads(1)
        logits, maps = scores_and_maps(self.network, torch.from_numpy(sight.pixels))
        scores = logits.double().numpy() / self.temperatures
        return answer(self.record.classes, scores, self.thresholds, sight, maps.numpy())


def load_classifier(folder: Path) -> Classifier:
    """Read a model folder; refuses one that is corrupt, of another science, or of an unknown shape."""
    record = read_record(folder, domain="scans")
    try:
        kind: Kind = record.settings["ingest"]["kind"]
        known = (CHANNELS[kind], FINDINGS[kind], dict(SCALED[kind]))
        side = PrepareSettings.model_validate(record.settings["prepare"]).side
        network = build(kind, ModelSettings.model_validate(record.settings["model"]))
        temperatures, thresholds = constants(record.calibration, record.classes)
        its_own = (record.channels, record.classes, record.settings["scaling"])
    except (KeyError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise BadInput(folder, f"has settings that this version does not know ({said})", "use another model") from error
    if its_own != known:
        raise BadInput(folder, "reads other channels, findings or brightness than this version", "use another model")
    fill(network, load_tensors(folder), folder)
    return Classifier(record, network.eval(), kind, side, temperatures, thresholds)
