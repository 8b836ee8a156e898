"""A trained network at work: an alignment's features in, distograms out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from sciml.core.errors import BadInput
from sciml.core.weights import ModelRecord, fill, load_tensors, read_record
from sciml.proteins.distograms import Bins
from sciml.proteins.network import ATOMS, DistogramNetwork, symmetric
from sciml.proteins.settings import FeatureSettings, ModelSettings
from sciml.proteins.windows import cut, whole


@dataclass(frozen=True)
class Predictor:
    """A network with what its record says: how features are made, which bins it tells, how sure it may be."""

    record: ModelRecord
    network: DistogramNetwork
    features: FeatureSettings
    bins: Bins
    far_weight: float

    def distograms(self, features: xr.Dataset, threads: int = 1) -> dict[str, np.ndarray]:
        """Probabilities (bin, residue, residue2) of each kind of atom, the same both ways round."""
        torch.set_num_threads(threads)
        return distograms_of(
            logits_of(self.network, one_chain(features), self.far_weight), dict(self.record.calibration)
        )


def load_predictor(folder: Path) -> Predictor:
    """Read a model folder; refuses one that is corrupt, of another science, or of an unknown shape."""
    record = read_record(folder, domain="proteins")
    try:
        model = ModelSettings.model_validate(record.settings["model"])
        features = FeatureSettings.model_validate(record.settings["prepare"]["features"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            folder, f"has settings that this version does not know ({error})", "use another model"
        ) from error
    network = DistogramNetwork(model)
    fill(network, load_tensors(folder), folder)
    return Predictor(record, network.eval(), features, Bins.of(model), model.far_weight)


def one_chain(features: xr.Dataset) -> dict[str, Tensor]:
    """The features of one alignment as a batch of one chain."""
    length, pairs = features.sizes["residue"], features.sizes["pair"]
    arrays = {name: torch.from_numpy(np.ascontiguousarray(features[name].values)) for name in ("sequence", "profile")}
    return {
        **arrays,
        "maps": torch.from_numpy(np.ascontiguousarray(features["maps"].values)),
        "neff": torch.tensor([float(features["neff"])]),
        "residues": torch.tensor([length]),
        "pairs": torch.tensor([pairs]),
    }


def logits_of(network: torch.nn.Module, chain: Mapping[str, Tensor], far_weight: float) -> dict[str, np.ndarray]:
    """Logits (bin, residue, residue2) of a whole chain by kind of atom, symmetric.

    Training counted a far pair `far_weight` times, which taught the network odds too small by that factor.
    """
    device = next(network.parameters()).device
    with torch.inference_mode():
        there = {name: tensor.to(device) for name, tensor in chain.items()}
        found = symmetric(network(cut(there, whole(chain["residues"])))[0].float()).cpu().numpy()
    # written anew: what came of inference mode must not be changed
    odds = np.concatenate([found[:, :-1], found[:, -1:] - np.float32(np.log(far_weight))], axis=1)
    return dict(zip(ATOMS, odds, strict=True))


def distograms_of(logits: Mapping[str, np.ndarray], calibration: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Probabilities (bin, residue, residue2), softened or sharpened by the temperature that validation found."""
    found = {}
    for atom, values in logits.items():
        scaled = values / calibration.get(f"temperature.{atom}", 1.0)
        weights = np.exp(scaled - scaled.max(0))
        found[atom] = weights / weights.sum(0)
    return found
