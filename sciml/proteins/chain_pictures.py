"""What does a fold look like on paper? A trace coloured by its confidence, the native chain in grey behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sciml.core.report.shapes import Shape, Strokes, Words

LAYERS = 6


@dataclass(frozen=True)
class Band:
    """A band of confidence: from this value on, in words, and its colour."""

    least: float
    word: str
    range: str
    colour: str


# the bands and colours of the AlphaFold database, which structural biologists know
BANDS = (
    Band(90.0, "very high", "above 90", "#0053D6"),
    Band(70.0, "confident", "70 to 90", "#65CBF3"),
    Band(50.0, "low", "50 to 70", "#FFDB13"),
    Band(0.0, "very low", "below 50", "#FF7D45"),
)


def band_of(confidence: np.ndarray) -> np.ndarray:
    """The place in BANDS of each residue's confidence, 0-100; a value on an edge belongs to the lower band."""
    return np.asarray(sum((confidence <= band.least).astype(int) for band in BANDS[:-1]))


def trace_shapes(
    ca: np.ndarray, confidence: np.ndarray, native_ca: np.ndarray, x: float, y: float, side: float
) -> list[Shape]:
    """Both chains (residue, xyz), seen along z, fitted into a square at (x, y)."""
    everything = np.concatenate([ca, native_ca[np.isfinite(native_ca).all(1)]])
    low, high = everything.min(0), everything.max(0)
    scale = side / max(float((high - low)[:2].max()), 1e-6)
    middle = (low + high) / 2

    def placed(chain: np.ndarray) -> np.ndarray:
        # the paper's y runs downwards
        return np.stack(
            [
                x + side / 2 + scale * (chain[:, 0] - middle[0]),
                y + side / 2 - scale * (chain[:, 1] - middle[1]),
                chain[:, 2],
            ],
            axis=1,
        )

    native, fold = placed(native_ca), placed(ca)
    grey = [_stroke(native[at : at + 2]) for at in range(len(native) - 1) if np.isfinite(native[at : at + 2]).all()]
    return [Strokes("native", grey), *_layers(fold, band_of(confidence))]


def legend_shapes(x: float, y: float, step: float = 17.0) -> list[Shape]:
    """The bands in words, one a line, and what the grey line is."""
    shapes: list[Shape] = []
    for place, band in enumerate(BANDS):
        stroke = [(x, y + step * place - 4), (x + 22, y + step * place - 4)]
        shapes += [Strokes("halo", [stroke]), Strokes(f"confidence-{place}", [stroke])]
        shapes.append(Words("small", x + 30, y + step * place, f"{band.word} ({band.range})"))
    last = y + step * len(BANDS)
    return [*shapes, Strokes("native", [[(x, last - 4), (x + 22, last - 4)]]), Words("small", x + 30, last, "native")]


def _layers(fold: np.ndarray, bands: np.ndarray) -> list[Shape]:
    """Bonds from the farthest to the nearest, in a few layers: each with an outline, so that crossings can be read."""
    depth = (fold[1:, 2] + fold[:-1, 2]) / 2
    layers = np.array_split(np.argsort(depth, kind="stable"), LAYERS)
    shapes: list[Shape] = []
    for layer in layers:
        drawn = {place: [at for at in layer.tolist() if bands[at] == place] for place in range(len(BANDS))}
        if len(layer):
            shapes.append(Strokes("halo", [_stroke(fold[at : at + 2]) for at in sorted(layer.tolist())]))
        for place, bonds in drawn.items():
            if bonds:
                shapes.append(Strokes(f"confidence-{place}", [_stroke(fold[at : at + 2]) for at in sorted(bonds)]))
    return shapes


def _stroke(points: np.ndarray) -> Sequence[tuple[float, float]]:
    return [(round(float(x), 1), round(float(y), 1)) for x, y in points[:, :2]]
