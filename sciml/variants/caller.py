"""A trained network at work on a stretch of the genome: draw every candidate, look at it, genotype it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sciml.core.calibration import softmax
from sciml.core.errors import BadInput
from sciml.core.weights import ModelRecord, fill, load_tensors, read_record
from sciml.variants.calls import call_record
from sciml.variants.examples import Pileups, pileups
from sciml.variants.genotypes import Genotyped, genotype, make_consistent
from sciml.variants.network import GenotypeNetwork
from sciml.variants.pileup import CHANNELS
from sciml.variants.reads import ReadSource
from sciml.variants.reference import Reference
from sciml.variants.regions import Region
from sciml.variants.settings import CallerPredictSettings, ModelSettings, PrepareSettings

LOGIT_DECIMALS = 3


@dataclass(frozen=True)
class Caller:
    """A network with the settings under which it learnt to look at reads."""

    record: ModelRecord
    network: GenotypeNetwork
    prepare: PrepareSettings


def load_caller(folder: Path) -> Caller:
    """Read a model folder; refuses one that is corrupt, of another science, or that sees other channels."""
    record = read_record(folder, domain="variants")
    if record.channels != CHANNELS:
        raise BadInput(folder, f"sees the channels {', '.join(record.channels)}", "use a model of this version")
    try:
        model = ModelSettings.model_validate(record.settings["model"])
        prepare = PrepareSettings.model_validate(record.settings["prepare"])
    except (KeyError, ValueError) as error:
        raise BadInput(
            folder, f"has settings that this version does not know ({error})", "use another model"
        ) from error
    network = GenotypeNetwork(model.width, model.blocks, dropout=0.0)
    fill(network, load_tensors(folder), folder)
    network.eval()
    return Caller(record, network, prepare)


def one_thread_a_pass() -> None:
    """Let the work spread over stretches, not within a forward pass: so its sums keep their order."""
    torch.set_num_threads(1)


def call_stretch(
    caller: Caller, source: ReadSource, reference: Reference, stretch: Region, settings: CallerPredictSettings
) -> list[dict[str, Any]]:
    """Records (see `sciml.variants.calls`) whose candidates are anchored in the stretch, sorted by position."""
    tiles = list(pileups(source, reference, stretch, caller.prepare))
    if not tiles:
        return []
    copies = copy_probabilities(caller, np.concatenate([tile.images for tile in tiles]), settings.batch_size)
    ends = np.cumsum([len(tile.images) for tile in tiles])
    called: list[Genotyped] = []
    for tile, answers in zip(tiles, np.split(copies, ends[:-1]), strict=True):
        called += _genotype_tile(tile, answers)
    records = [call_record(site, settings.min_qual) for site in make_consistent(called)]
    return sorted(records, key=lambda record: (record["position"], record["ref"], record["alts"]))


def copy_probabilities(caller: Caller, images: np.ndarray, batch_size: int) -> np.ndarray:
    """Probability of 0, 1 and 2 copies, (image, class), of uint8 images (image, channel, row, column).

    Every forward pass has the same shape, and logits are rounded: so an image's answer does not depend on its
    neighbours in the batch, and the file that is written does not depend on shards or threads.
    """
    logits = np.zeros((len(images), 3), np.float64)
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            chunk = images[start : start + batch_size]
            padded = np.zeros((batch_size, *images.shape[1:]), np.uint8)
            padded[: len(chunk)] = chunk
            logits[start : start + len(chunk)] = caller.network(torch.from_numpy(padded))[: len(chunk)].numpy()
    return softmax(np.round(logits / caller.record.calibration.get("temperature", 1.0), LOGIT_DECIMALS))


def _genotype_tile(tile: Pileups, copies: np.ndarray) -> Iterator[Genotyped]:
    for index, site in enumerate(tile.candidates):
        images = np.flatnonzero(tile.sites == index)
        yield genotype(site, [tile.sets[image] for image in images], copies[images])
