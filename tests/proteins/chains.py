"""Chains of C-alpha atoms made by hand, distograms that tell them, alignments and a model to go with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sciml.proteins.distograms import Bins
from sciml.proteins.settings import FeatureSettings, ModelSettings, PrepareSettings, Settings
from sciml.proteins.similarity import distances

BINS = Bins.of(ModelSettings())
SMALL = Settings(
    model=ModelSettings(channels=8, dilations=(1, 2), crop=24),
    prepare=PrepareSettings(features=FeatureSettings(max_rows=200)),
)


def helix(residues: int) -> np.ndarray:
    """A right-handed alpha helix along z (residue, xyz): 1.5 A and 100 degrees a residue, radius 2.3 A."""
    turn = np.radians(100) * np.arange(residues)
    return np.stack([2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(residues)], 1)


def bundle(helices: int = 3, residues: int = 16) -> np.ndarray:
    """Helices side by side, up and down, with arches between them: 3 of 16 make a chain of 56."""
    places = [(0.0, 0.0), (9.5, 0.0), (4.75, 8.2), (14.25, 8.2)]
    points: list[np.ndarray] = []
    for number in range(helices):
        one = helix(residues)
        one[:, 2] -= one[:, 2].mean()
        if number % 2:  # half a turn about the axis x: downwards, and still right-handed
            one = one * np.array([1.0, -1.0, -1.0])
        one[:, :2] += places[number]
        if points:
            points.append(_arch(points[-1][-1], one[0]))
        points.append(one)
    return np.concatenate(points)


def _arch(start: np.ndarray, end: np.ndarray, residues: int = 4) -> np.ndarray:
    """Residues evenly on half an ellipse from one end to the other, as high as bonds of 3.8 A make it."""
    angle = np.linspace(0, np.pi, 2001)[:, None]
    middle, half = (start + end) / 2, (start - end) / 2

    def even(height: float) -> np.ndarray:
        up = np.array([0, 0, np.sign(start[2]) * height])
        curve = middle + np.cos(angle) * half + np.sin(angle) * up
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        places = np.linspace(0, along[-1], residues + 2)
        return np.stack([np.interp(places, along, curve[:, axis]) for axis in range(3)], 1)

    def strain(height: float) -> float:
        return float(np.abs(np.linalg.norm(np.diff(even(height), axis=0), axis=1) - 3.8).max())

    return even(min(np.arange(0.5, 12, 0.05), key=strain))[1:-1]


def told(points: np.ndarray, bins: Bins = BINS) -> np.ndarray:
    """A distogram (bin, residue, residue2) that is sure of these points, to a bin."""
    labels = bins.label(distances(points))
    return np.asarray((np.arange(bins.count)[:, None, None] == labels).astype(np.float32))


def family(residues: int = 40, rows: int = 30, seed: int = 0) -> list[str]:
    """Rows of an alignment, the query first; each differs from it in about a third of its columns."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
    query = rng.choice(letters, residues)
    others = [np.where(rng.random(residues) < 0.35, rng.choice(letters, residues), query) for _ in range(rows - 1)]
    return ["".join(row) for row in (query, *others)]


def write_a3m(path: Path, rows: list[str]) -> Path:
    path.write_text("".join(f">s{number}\n{row}\n" for number, row in enumerate(rows)), encoding="utf-8")
    return path


def write_model_folder(folder: Path, settings: Settings = SMALL, seed: int = 0) -> Path:
    """A model folder with weights that have learnt nothing."""
    import torch

    from sciml.core.weights import write_model
    from sciml.proteins.model import record
    from sciml.proteins.network import DistogramNetwork

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = DistogramNetwork(settings.model)
    write_model(folder, record(settings, {}), network.state_dict(), "", lambda _: "card")
    return folder
