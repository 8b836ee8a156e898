"""Which network learns distances, how it is held against known structures, and what goes with its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sciml.core.calibration import temperature
from sciml.core.contract import Calibrated
from sciml.core.training import Batch, Trainable, supervised
from sciml.core.weights import ModelRecord
from sciml.proteins.distograms import MIN_SEPARATION, Bins, contacts
from sciml.proteins.features import MAPS
from sciml.proteins.network import ATOMS, DistogramNetwork, edges_of
from sciml.proteins.predictor import distograms_of, logits_of
from sciml.proteins.scoring import precision
from sciml.proteins.settings import ModelSettings, ProteinsEvaluateSettings, Settings
from sciml.proteins.similarity import distances
from sciml.proteins.windows import Places, cut, distance_windows, fixed_places, random_places, separations

ARRAYS = ("sequence", "profile", "maps", "ca", "cb", "neff", "residues", "pairs")
# pairs of one chain that calibration looks at, evenly taken
CALIBRATION_PAIRS = 2000
# no pair in a window is known: its label is left out of the loss
UNKNOWN = -100
NOTE = (
    "Inputs are the alignment's query, profile and three coevolution maps, z-scored. Accuracy falls with the depth of "
    "the alignment; below 100 effective sequences little can be told."
)
# what the card calls a contact, whatever a run evaluates by
LONG_RANGE = ProteinsEvaluateSettings()


def module(settings: Settings, manifest: Mapping[str, Any]) -> Trainable:
    """The network with its loss, ready to train on one random window of each chain."""
    return supervised(
        DistogramNetwork(settings.model),
        lambda batch: cut(batch, _places(batch, settings.model)),
        distogram_loss(settings.model),
        settings.train,
        augment=lambda batch: _with_places(batch, random_places(batch["residues"], settings.model.crop)),
    )


def distogram_loss(settings: ModelSettings) -> Callable[[Tensor, Batch], Tensor]:
    """Cross-entropy of both distograms over the pairs that the structure has; far pairs, the most, weigh less."""
    edges = edges_of(settings)
    weights = torch.ones(len(edges) + 1)
    weights[-1] = settings.far_weight

    def loss(logits: Tensor, batch: Batch) -> Tensor:
        places = _places(batch, settings)
        near = (separations(places) < MIN_SEPARATION).to(logits.device)
        total, count = logits.new_zeros(()), logits.new_zeros(())
        for place, atom in enumerate(ATOMS):
            distance = distance_windows(batch[atom].float(), batch["residues"], places)
            known = ~(near | distance.isnan())
            labels = torch.bucketize(distance, edges.to(distance.device), right=True)
            labels = torch.where(known, labels, UNKNOWN)
            weight = weights.to(logits.device)
            total = total + functional.cross_entropy(
                logits[:, place], labels, weight, ignore_index=UNKNOWN, reduction="sum"
            )
            count = count + (weight[labels.clamp(min=0)] * known).sum()
        return total / count.clamp(min=1)

    return loss


def calibrate(settings: Settings, module: Any, batches: Iterable[Batch]) -> Calibrated:
    """Temperatures of both distograms, and how precise contacts are, on whole chains of the validation split."""
    bins, network = Bins.of(settings.model), module.network
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {atom: [] for atom in ATOMS}
    precisions = []
    for chain in _chains(batches):
        logits = logits_of(network, chain, settings.model.far_weight)
        true = {atom: distances(chain[atom].numpy()) for atom in ATOMS}
        for atom in ATOMS:
            pairs[atom].append(_labelled(logits[atom], bins.label(true[atom])))
        told = contacts(distograms_of(logits, {})["cb"], bins)
        precisions.append(precision(told, true["cb"], LONG_RANGE))
    found = {atom: [np.concatenate(parts) for parts in zip(*some, strict=True)] for atom, some in pairs.items()}
    known = [one[0] for one in precisions if np.isfinite(one[0])]
    return Calibrated(
        {f"temperature.{atom}": round(_temperature(*found[atom]), 6) for atom in ATOMS},
        {"validation_precision_top_l": round(float(np.mean(known)), 6)} if known else {},
    )


def record(settings: Settings, manifest: Mapping[str, Any]) -> ModelRecord:
    """What folding needs to know beside the weights."""
    bins = Bins.of(settings.model)
    return ModelRecord(
        domain="proteins",
        task="distances between the residues of a chain, from an alignment of its family",
        channels=("sequence", "profile", *MAPS, "effective sequences"),
        classes=(*(f"below {edge:g} A" for edge in bins.edges), f"beyond {bins.edges[-1]:g} A"),
        settings={
            "model": settings.model.model_dump(mode="json"),
            "prepare": {"features": settings.prepare.features.model_dump(mode="json")},
        },
        data={"note": NOTE},
    )


def _with_places(batch: Batch, places: Places) -> Batch:
    size = torch.tensor(places.size)
    return {**batch, "window_chain": places.chain, "row": places.row, "column": places.column, "size": size}


def _places(batch: Batch, settings: ModelSettings) -> Places:
    """Where the windows of a batch were drawn; without that, always the same."""
    if "size" not in batch:
        return fixed_places(batch["residues"], settings.crop)
    return Places(batch["window_chain"], batch["row"], batch["column"], int(batch["size"]))


def _chains(batches: Iterable[Batch]) -> Iterable[dict[str, Tensor]]:
    """The chains of some batches, each as a batch of its own."""
    for batch in batches:
        flat = dict.fromkeys(("sequence", "profile", "ca", "cb"), batch["residues"])
        flat["maps"] = batch["pairs"]
        cut_up = {name: torch.split(batch[name], sizes.tolist()) for name, sizes in flat.items()}
        for number in range(len(batch["residues"])):
            one = {name: batch[name][number : number + 1] for name in ("residues", "pairs", "neff")}
            yield {**one, **{name: parts[number] for name, parts in cut_up.items()}}


def _labelled(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (pair, bin) and bins (pair) of some pairs of a chain, those that are known."""
    rows, columns = np.triu_indices(labels.shape[0], MIN_SEPARATION)
    known = labels[rows, columns] >= 0
    rows, columns = rows[known], columns[known]
    every = max(1, len(rows) // CALIBRATION_PAIRS)
    chosen = rows[::every], columns[::every]
    return logits[:, chosen[0], chosen[1]].T, labels[chosen]


def _temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    return temperature(logits, labels) if len(labels) else 1.0
