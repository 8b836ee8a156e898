"""Small rain and a small cascade model, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from sciml.core.weights import ModelRecord, write_model
from sciml.nowcast.network import CascadeNetwork
from sciml.nowcast.settings import ModelSettings

WIDTH = 8


def frames(shape: tuple[int, int] = (96, 96), seed: int = 0) -> np.ndarray:
    """Four frames (time, y, x) in mm/h of rain that drifts by (1, 2) cells a step and changes a little."""
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.standard_normal(shape), 4, mode="wrap") * 25
    series = []
    for step in range(4):
        change = ndimage.gaussian_filter(rng.standard_normal(shape), 2, mode="wrap") * 1.5
        series.append(np.roll(np.maximum(field + change, 0), (step, 2 * step), (0, 1)))
    return np.stack(series).astype(np.float32)


def cascade_folder(out: Path, domain: str = "nowcast", said_width: int = WIDTH, seed: int = 0) -> Path:
    """A model folder with weights that are no longer those of the beginning."""
    torch.manual_seed(seed)
    network = CascadeNetwork(WIDTH, 5.0)
    for parameter in network.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    record = ModelRecord(
        domain=domain,
        task="ensemble of rain rates",
        channels=("rain rate",),
        classes=("rain rate",),
        settings={"model": ModelSettings(width=said_width).model_dump(mode="json"), "step_minutes": 5, "leads": 12},
        data={"sources": [], "cell_km": 1.0},
        training={"seed": seed},
    )
    write_model(out, record, network.state_dict(), "step,train_loss,validation_loss\n", lambda _: "# card\n")
    return out
