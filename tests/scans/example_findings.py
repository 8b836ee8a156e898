"""Small images, cases and models that the tests of the scan reader share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sciml.core.contract import Case, Unit
from sciml.core.digests import file_record
from sciml.core.weights import write_model
from sciml.scans.model import record
from sciml.scans.network import DenseNet, build
from sciml.scans.settings import FINDINGS, Kind, Settings

SIDE = 64
CURVE = "step,train_loss,validation_loss\n1,0.7,0.7\n"


def settings_of(kind: Kind = "retina") -> Settings:
    """A network of two shallow blocks on images of 64 pixels."""
    return Settings.model_validate(
        {
            "ingest": {"kind": kind},
            "prepare": {"side": SIDE},
            "model": {"blocks": [1, 1], "growth": 4, "stem": 8, "dropout": 0.0},
            "train": {"steps": 40, "batch_size": 16, "learning_rate": 0.01},
        }
    )


def fundus(seed: int, spots: int = 0, size: int = 192) -> np.ndarray:
    """An orange disc in black with a fine texture, and so many dark spots (y, x, red green blue) uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size] - (size - 1) / 2
    light = 0.8 + 0.1 * rng.normal(size=(size, size)).clip(-2, 2)
    for _ in range(spots):
        angle, distance = rng.uniform(0, 2 * np.pi), size * 0.38 * np.sqrt(rng.uniform())
        y, x = distance * np.sin(angle), distance * np.cos(angle)
        light[(rows - y) ** 2 + (columns - x) ** 2 < (size / 48) ** 2] = 0.15
    light[np.hypot(rows, columns) > 0.47 * size] = 0
    return (light[..., None] * np.array([215, 110, 60])).clip(0, 255).astype(np.uint8)


def written(picture: np.ndarray, path: Path) -> Path:
    """The picture as a lossless file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def case_of(image: Path, findings: Mapping[str, int], patient: str = "p-00000001", site: str = "here") -> Case:
    """An image as ingest would list it."""
    facts = {"kind": "retina", "site": site, "findings": dict(findings)}
    unit = Unit(image.stem, patient, None, True, "CC0", {"image": file_record(image)}, facts)
    return Case(unit.id, unit, group=patient, has_truth=bool(findings))


def model_folder(
    out: Path,
    kind: Kind = "retina",
    demonstration: bool = True,
    network: DenseNet | None = None,
    threshold: float = 0.5,
) -> Path:
    """The folder of a model, untrained unless a network is given, whose temperatures are 1."""
    settings = settings_of(kind)
    torch.manual_seed(5)
    layers = network or build(kind, settings.model)
    constants = {f"temperature.{name}": 1.0 for name in FINDINGS[kind]}
    constants |= {f"threshold.{name}": threshold for name in FINDINGS[kind]}
    source = {"id": "eye-1", "role": "train", "simulated": True, "licence": "CC0"}
    described = replace(
        record(settings, {}), calibration=constants, demonstration=demonstration, data={"sources": [source]}
    )
    write_model(out, described, layers.state_dict(), CURVE, lambda _: "# A card\n")
    return out
