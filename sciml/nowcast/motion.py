"""Which way does the rain move? Optical flow between radar frames."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

FLOOR_MM_H = 0.1
# cells of a block, over which networks are given the mean motion
BLOCK = 8
# cells of the finest grid that the flow is sought on, in cells of the frames; below it rain grows more than it moves
FINEST = 2
COARSEST_SIDE = 24
WINDOW_CELLS = 12.0
SMOOTH_CELLS = 24.0
ITERATIONS = 3
# the flow falls back to that of the surroundings where the squared gradients (dB per cell)^2 of the rain are below
CALM = 0.05


def motion(frames: np.ndarray) -> np.ndarray:
    """Motion of the rain (component, y, x) in cells a step, rows first, smooth and defined everywhere.

    `frames` (time, y, x) hold rain rates in mm/h, NaN where nothing was observed, one step apart; one flow is fitted
    to all pairs at once. Least squares over Gaussian windows (Lucas and Kanade 1981), from coarse to fine grids with
    the later frame carried back by the flow found so far (Bouguet 2000). Where there is no rain the flow is that of
    the surroundings, and without any rain it is zero.
    """
    if frames.ndim != 3:
        raise ValueError(f"frames must be (time, y, x), not {frames.shape}")
    levels = _pyramid(frames)
    flow = np.zeros((2, *levels[-1][0].shape[1:]), np.float32)
    for scale, (decibels, seen) in reversed(list(enumerate(levels))):
        if flow.shape[1:] != decibels.shape[1:]:
            flow = _resized(flow, decibels.shape[1:]) * 2
        cells = FINEST * 2**scale
        for _ in range(ITERATIONS):
            flow = _improved(flow, decibels, seen, max(1.5, WINDOW_CELLS / cells), max(2.0, SMOOTH_CELLS / cells))
    return _resized(flow, frames.shape[1:]) * FINEST


def coarsened(field: np.ndarray) -> np.ndarray:
    """Means over blocks of BLOCK x BLOCK cells of the last two dimensions, which are multiples of it."""
    *outer, height, width = field.shape
    blocks = field.reshape(*outer, height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return np.asarray(blocks.mean(axis=(-3, -1)))


def _pyramid(frames: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Decibels above the floor and observed shares (time, y, x), from fine to coarse."""
    seen = np.isfinite(frames)
    rain = 10 * np.log10(np.maximum(np.where(seen, frames, 0.0), FLOOR_MM_H) / FLOOR_MM_H, dtype=np.float32)
    level = _halved(rain, FINEST), _halved(seen.astype(np.float32), FINEST)
    levels = [level]
    while min(level[0].shape[1:]) >= 2 * COARSEST_SIDE:
        level = _halved(level[0], 2), _halved(level[1], 2)
        levels.append(level)
    return levels


def _halved(field: np.ndarray, factor: int) -> np.ndarray:
    """Block means; an incomplete last block repeats its last row or column."""
    height, width = (-(-size // factor) * factor for size in field.shape[1:])
    full = np.pad(field, ((0, 0), (0, height - field.shape[1]), (0, width - field.shape[2])), mode="edge")
    blocks = full.reshape(len(field), height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(2, 4)), dtype=np.float32)


def _improved(flow: np.ndarray, rain: np.ndarray, seen: np.ndarray, window: float, smooth: float) -> np.ndarray:
    """One Gauss-Newton step for all pairs together, then smoothing by how well each place is determined."""
    rows, columns = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in rain.shape[1:]), indexing="ij")
    later = np.stack([rows + flow[0], columns + flow[1]])
    sums = np.zeros((5, *rain.shape[1:]), np.float32)
    for first, second, here, there in zip(rain[:-1], rain[1:], seen[:-1], seen[1:], strict=True):
        carried = ndimage.map_coordinates(second, later, order=1, mode="nearest")
        weight = here * ndimage.map_coordinates(there, later, order=1, mode="constant")
        weight *= weight > 0.99
        middle = 0.5 * (first + carried)
        down, right = np.gradient(middle)
        change = carried - first
        sums += weight * np.stack([down * down, down * right, right * right, down * change, right * change])
    dd, dr, rr, dc, rc = (ndimage.gaussian_filter(each, window, mode="constant") for each in sums)
    # a change without a gradient says nothing of the motion: the diagonal keeps the step small there
    dd, rr = dd + CALM, rr + CALM
    determinant = dd * rr - dr * dr
    step = -np.stack([rr * dc - dr * rc, dd * rc - dr * dc]) / determinant
    confidence = np.sqrt(determinant) - CALM
    return _smoothed(flow + np.clip(step, -2, 2), np.maximum(confidence, 0), smooth)


def _smoothed(flow: np.ndarray, confidence: np.ndarray, smooth: float) -> np.ndarray:
    """Weighted means of the surroundings; far from all rain, the mean over everything."""
    total = float(confidence.sum())
    if total <= 0:
        return np.zeros_like(flow)
    mean = (flow * confidence).sum(axis=(1, 2)) / total
    weight = ndimage.gaussian_filter(confidence, smooth, mode="constant") + 1e-3 * float(confidence.mean()) + 1e-12
    outer = weight - ndimage.gaussian_filter(confidence, smooth, mode="constant")
    smoothed = [
        (ndimage.gaussian_filter(part * confidence, smooth, mode="constant") + outer * average) / weight
        for part, average in zip(flow, mean, strict=True)
    ]
    return np.stack(smoothed).astype(np.float32)


def _resized(flow: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bilinear, cell centres on cell centres."""
    axes = [
        np.clip((np.arange(size, dtype=np.float32) + 0.5) * coarse / full - 0.5, 0, coarse - 1)
        for size, coarse, full in zip(shape, flow.shape[1:], _covered(shape, flow.shape[1:]), strict=True)
    ]
    places = np.meshgrid(*axes, indexing="ij")
    return np.stack([ndimage.map_coordinates(part, places, order=1, mode="nearest") for part in flow])


def _covered(shape: tuple[int, ...], coarse: tuple[int, ...]) -> list[int]:
    """Cells that the coarse grid stands for, the padding of its last block included."""
    return [-(-size // part) * part for size, part in zip(shape, coarse, strict=True)]
