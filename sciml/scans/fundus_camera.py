"""How does a fundus camera turn the light of a retina into a picture?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage


@dataclass(frozen=True)
class Camera:
    """A camera at a site.

    `aspect`: width over height; `field`: least and greatest radius of the field over the height (above a half, top
    and bottom are cut off); `gain` by channel; `blur` in thousandths of the height; `noise` in parts of
    full scale; `quality` of JPEG.
    """

    site: str
    aspect: float
    field: tuple[float, float]
    gain: tuple[float, float, float]
    gamma: float
    blur: float
    noise: float
    quality: tuple[int, int]


CAMERAS = (
    Camera("clinic-a", 1.36, (0.57, 0.68), (1.00, 1.00, 1.00), 1.00, 1.1, 0.010, (86, 95)),
    Camera("clinic-b", 1.04, (0.470, 0.487), (1.06, 0.90, 1.10), 0.90, 1.8, 0.014, (76, 90)),
)


class View:
    """The pixels of a picture and where they look: `y`, `x` (y, x) in field radii, `distance` from the centre."""

    def __init__(self, height: int, width: int, camera: Camera, rng: np.random.Generator) -> None:
        self.shape = (height, width)
        self.radius = rng.uniform(*camera.field) * height
        self.centre = (
            (height - 1) / 2 + rng.normal(0, 0.004 * height),
            (width - 1) / 2 + rng.normal(0, 0.008 * height),
        )
        self.y = ((np.arange(height, dtype=np.float32) - self.centre[0]) / self.radius).astype(np.float32)[:, None]
        self.x = ((np.arange(width, dtype=np.float32) - self.centre[1]) / self.radius).astype(np.float32)[None, :]
        self.distance = np.hypot(self.y, self.x)

    def shows(self, y: float, x: float) -> bool:
        row, column = self.centre[0] + y * self.radius, self.centre[1] + x * self.radius
        margin = 0.03 * self.radius
        inside = margin < row < self.shape[0] - 1 - margin and margin < column < self.shape[1] - 1 - margin
        return inside and math.hypot(y, x) < 0.96

    def around(self, place: tuple[float, float], stretch: float = 1.0) -> np.ndarray:
        """Squared distance from a place, in field radii; heights count `stretch` times less."""
        return ((self.y - place[0]) / stretch) ** 2 + (self.x - place[1]) ** 2

    def field(self, scale: float, rng: np.random.Generator) -> np.ndarray:
        """A smooth random field of unit variance, with details of `scale` field radii."""
        step = max(scale * self.radius / 1.5, 1.0)
        rows, columns = (max(4, math.ceil(size / step) + 2) for size in self.shape)
        coarse = rng.standard_normal((rows, columns)).astype(np.float32)
        smooth = Image.fromarray(coarse).resize(self.shape[::-1], Image.Resampling.BICUBIC)
        field = np.asarray(smooth, np.float32)
        return field / max(float(field.std()), 1e-6)

    def streaks(self, origin: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
        """A net of meshes drawn out away from a point, about zero: bright vessels, dark between them."""
        angle = np.arctan2(self.y - origin[0], self.x - origin[1]) + 0.05 * self.field(0.25, rng)
        away = np.sqrt(self.around(origin)) + 0.03 * self.field(0.25, rng)
        meshes = np.abs(rng.standard_normal((100, 24)).astype(np.float32))
        meshes[-1] = meshes[0]
        at = np.stack([(angle / (2 * math.pi) % 1.0) * 99, away * 10])
        net: np.ndarray = ndimage.map_coordinates(meshes, at, order=1, mode="nearest")
        return np.float32(0.8) - net


def taken(light: np.ndarray, view: View, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Through the lens and onto the sensor: vignetting, exposure, colours, blur, noise, and black beyond the field."""
    exposure = rng.uniform(0.85, 1.15) * (1 - rng.uniform(0.0, 0.28) * view.distance**4)
    balance = np.array(camera.gain, np.float32) * np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    pixels = np.clip(light * exposure[..., None], 0, None) * balance
    # a shoulder instead of a cliff where a channel is full
    pixels = np.where(pixels > 0.75, 0.75 + 0.25 * np.tanh((pixels - 0.75) / 0.25), pixels) ** np.float32(camera.gamma)
    sigma = camera.blur / 1000 * view.shape[0] * rng.uniform(0.8, 1.3)
    pixels = ndimage.gaussian_filter(pixels, (sigma, sigma, 0), truncate=3, output=np.float32)
    grain = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(camera.noise)
    pixels += ndimage.gaussian_filter(grain, (0.6, 0.6, 0), truncate=2)
    inside = step((1 - view.distance) * view.radius / 1.5)
    if camera.field[0] > 0.5:  # the mark at the upper right by which photographers tell the sides of a slide
        inside = np.maximum(inside, step((0.03 - np.sqrt(view.around((-0.57, 0.82)))) * view.radius / 1.5))
    return np.asarray(np.clip(pixels * inside[..., None] + rng.uniform(0, 0.012), 0, 1), np.float32)


def step(value: np.ndarray) -> np.ndarray:
    """From 0 (at -1/2) to 1 (at 1/2), smoothly."""
    t = np.clip(value + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
