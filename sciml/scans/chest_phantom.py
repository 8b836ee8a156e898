"""What would a chest X-ray show? An invented chest whose heart, fluid and nodules are known.

Attenuation along the rays is put together from simple bodies: trunk, lungs full of air, heart and great vessels,
spine, ribs, collar bones, diaphragm. Places are shares of the picture's height: y from 0 (top) to 1, x from -0.5 (the
patient's right, which lies to the left) to 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from sciml.scans.vessels import stamp

ENLARGED = 0.5  # cardio-thoracic ratio above which a heart is called enlarged (Danzer 1919)
RIBS = 10


@dataclass(frozen=True)
class Chest:
    """What is drawn: `ratio` of heart to chest width; depth of fluid and radius of a nodule in heights, None: none."""

    ratio: float
    fluid: float | None
    nodule: float | None

    @property
    def findings(self) -> Mapping[str, bool]:
        return {
            "cardiomegaly": self.ratio > ENLARGED,
            "effusion": self.fluid is not None,
            "nodule": self.nodule is not None,
        }


def draw_chest(rng: np.random.Generator) -> Chest:
    """A person; each finding is there in two of five, whatever the others."""
    enlarged, wet, spotted = rng.random(3) < 0.4
    ratio = rng.uniform(0.54, 0.64) if enlarged else rng.uniform(0.40, 0.48)
    return Chest(ratio, rng.uniform(0.07, 0.16) if wet else None, rng.uniform(0.016, 0.030) if spotted else None)


def radiograph(size: int, chest: Chest, rng: np.random.Generator) -> np.ndarray:
    """Frontal X-ray (y, x), 0 to 1, bright where much is absorbed; `size` pixels high and wide."""
    frame = _Frame(size, rng)
    wet_side, spotted_lung = int(rng.choice([-1, 1])), int(rng.integers(2))
    lungs = [frame.lung(side) for side in (-1, 1)]
    body = frame.trunk()
    heart = frame.heart(chest.ratio)
    air = np.maximum(*lungs)
    if chest.fluid is not None:
        air = air * (1 - frame.fluid(chest.fluid, wet_side))
    absorbed = 0.86 * body + 0.03 * body * frame.cloud(0.4)
    absorbed -= (0.50 + 0.025 * frame.cloud(0.03)) * air * (1 - 0.80 * heart)
    absorbed += 0.15 * frame.middle() + 0.06 * heart
    absorbed += (0.085 * frame.ribs() + 0.12 * frame.collar_bones()) * body
    absorbed += 0.12 * frame.lung_vessels() * air * (1 - heart)
    if chest.nodule is not None:
        absorbed += 0.22 * frame.nodule(chest.nodule, lungs[spotted_lung] * (1 - heart))
    return frame.exposed(absorbed)


class _Frame:
    """One picture and the bodies in it, each a map (y, x) of 0 to 1."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.rng, self.size = rng, size
        grid = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.y = grid[:, None] + np.float32(rng.normal(0, 0.015))
        self.x = grid[None, :] - 0.5 + np.float32(rng.normal(0, 0.015))
        self.half = rng.uniform(0.30, 0.34)  # from the middle to the outer edge of a lung
        self.apex, self.base = rng.uniform(0.11, 0.15), rng.uniform(0.68, 0.76)

    def trunk(self) -> np.ndarray:
        width = 0.47 - 0.36 * _step((0.085 + 0.10 * np.abs(self.x) - self.y) / 0.15)
        inside = _step((width - np.abs(self.x)) / 0.012)
        thickness = np.sqrt(np.clip(1 - (self.x / (width + 0.02)) ** 2, 0, 1))
        return np.asarray(inside * (0.45 + 0.55 * thickness))

    def dome(self, side: int) -> np.ndarray:
        """Height of the diaphragm along x; the right one is higher, for the liver lies below it."""
        middle = side * 0.52 * self.half
        return np.asarray(self.base - 0.018 * (side < 0) + 1.3 * (self.x - middle) ** 2)

    def lung(self, side: int) -> np.ndarray:
        inner, outer = 0.030, self.half
        centre, width = side * (inner + outer) / 2, (outer - inner) / 2
        height = (self.base + 0.12 - self.apex) / 2
        middle = self.apex + height
        across = np.abs(self.x - centre + side * 0.11 * np.clip(0.45 - self.y, 0, 1)) / width
        down = np.abs(self.y - middle) / height
        inside = _step((1 - (across**2.8 + down**2.6)) / 0.10)
        return np.asarray(inside * _step((self.dome(side) - self.y) / 0.012))

    def heart(self, ratio: float) -> np.ndarray:
        """An ellipse whose width is the given share of the chest's, a third of it right of the middle."""
        half = ratio * self.half
        centre = (self.base - 0.135, half / 3)
        dy, dx = (self.y - centre[0]) / 0.155, (self.x - centre[1]) / half
        tilted = dx**2 + (dy - 0.30 * dx) ** 2
        return np.asarray(_step((1 - tilted) / 0.16))

    def middle(self) -> np.ndarray:
        """Spine with its discs, windpipe, great vessels and the knob of the aorta."""
        column = _step((0.032 - np.abs(self.x)) / 0.012)
        discs = 1 - 0.18 * (0.5 + 0.5 * np.cos(2 * math.pi * self.y / 0.045)) ** 3
        vessels = _step((0.060 - np.abs(self.x - 0.006)) / 0.03) * _step((self.y - 0.17) / 0.12)
        knob = _step((0.042 - np.hypot(self.y - 0.30, self.x - 0.050)) / 0.012)
        windpipe = _step((0.011 - np.abs(self.x)) / 0.008) * _step((0.33 - self.y) / 0.03)
        return np.asarray(0.8 * column * discs + 0.6 * np.maximum(vessels, knob) - 0.5 * windpipe)

    def ribs(self) -> np.ndarray:
        """Behind, arcs that fall outwards; in front, fainter ones that rise; with bright edges."""
        found = np.zeros((self.size, self.size), np.float32)
        away = np.clip(np.abs(self.x) / (self.half + 0.02), 0, 1)
        end = _step((self.half + 0.03 - np.abs(self.x)) / 0.02)
        spacing = (self.base + 0.10 - self.apex) / RIBS
        for number in range(RIBS):
            start = self.apex - 0.02 + spacing * number
            behind = start + (0.035 + 0.008 * number) * away**1.7 - 0.05 * np.sin(math.pi * away) * (1 - 0.07 * number)
            front = start + 0.14 - 0.07 * away**1.5
            for line, weight, begin in ((behind, 1.0, 0.02), (front, 0.45, 0.12)):
                across = np.abs(self.y - line) / 0.0125
                bone = _step((1 - across) / 0.35) * (0.55 + 0.45 * np.clip(across, 0, 1) ** 3)
                found += np.float32(weight) * bone * end * _step((np.abs(self.x) - begin) / 0.03)
        return np.clip(found, 0, 1.5)

    def collar_bones(self) -> np.ndarray:
        away = np.clip((np.abs(self.x) - 0.025) / 0.30, 0, 1)
        line = self.apex + 0.075 - 0.09 * away + 0.02 * np.sin(2 * math.pi * away)
        end = _step((0.36 - np.abs(self.x)) / 0.03) * _step((np.abs(self.x) - 0.03) / 0.02)
        return np.asarray(_step((0.013 - np.abs(self.y - line)) / 0.007) * end)

    def lung_vessels(self) -> np.ndarray:
        """Trees that leave the roots of the lungs."""
        canvas = np.zeros((self.size, self.size), np.float32)
        origin = np.array([float(self.y[0, 0]), float(self.x[0, 0])])
        for side in (-1, 1):
            for _ in range(26):
                turns = self.rng.normal(0, 0.16, 30).cumsum() + self.rng.uniform(-1.4, 1.5)
                steps = 0.008 * np.column_stack([np.sin(turns), side * np.cos(turns)])
                points = np.array([0.43, side * 0.055]) + steps.cumsum(axis=0)
                pixels = np.repeat(points - origin, 4, axis=0) * self.size
                smooth = ndimage.uniform_filter1d(pixels, 4, axis=0)
                stamp(canvas, smooth, np.linspace(0.0055, 0.0010, len(smooth)) * self.size * self.rng.uniform(0.6, 1.0))
        return canvas

    def fluid(self, depth: float, side: int) -> np.ndarray:
        """Pleural fluid on one side: its top climbs along the outer wall."""
        outwards = np.clip(side * self.x / self.half, 0, 1)
        top = self.base + 0.02 - depth * (0.55 + 0.9 * outwards**3)
        return np.asarray(_step((self.y - top) / 0.02) * (side * self.x > 0))

    def nodule(self, radius: float, free: np.ndarray) -> np.ndarray:
        """A round shadow well inside the lung."""
        inner = ndimage.binary_erosion(free[::4, ::4] > 0.9, iterations=max(1, round(0.05 * self.size / 4)))
        rows, columns = np.nonzero(inner if inner.any() else free[::4, ::4] > 0.9)
        chosen = int(self.rng.integers(len(rows)))
        y, x = float(self.y[4 * rows[chosen], 0]), float(self.x[0, 4 * columns[chosen]])
        return np.asarray(_step((1 - np.hypot(self.y - y, self.x - x) / radius) / 0.6))

    def cloud(self, scale: float) -> np.ndarray:
        """A smooth random field of unit variance, with details of `scale` heights."""
        cells = max(4, math.ceil(1.5 / scale))
        coarse = self.rng.standard_normal((cells, cells)).astype(np.float32)
        field = np.asarray(Image.fromarray(coarse).resize((self.size, self.size), Image.Resampling.BICUBIC))
        return field / max(float(field.std()), 1e-6)

    def exposed(self, absorbed: np.ndarray) -> np.ndarray:
        """Scatter veils, the detector blurs and counts; the maker's processing lifts the edges again."""
        veiled = 0.80 * absorbed + 0.20 * ndimage.gaussian_filter(absorbed, 0.06 * self.size, truncate=2)
        sharp = veiled + 0.5 * (veiled - ndimage.gaussian_filter(veiled, 0.02 * self.size, truncate=2))
        noise = self.rng.standard_normal(sharp.shape, dtype=np.float32) * 0.012
        picture = ndimage.gaussian_filter(sharp + noise, 0.0012 * self.size)
        return np.asarray(np.clip((picture - 0.08) / 0.98, 0, 1), np.float32)


def _step(value: np.ndarray) -> np.ndarray:
    """From 0 (at -1/2) to 1 (at 1/2), smoothly."""
    t = np.clip(value + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
