"""How light, how coloured and how spotted is an image? About forty numbers that need no learning."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

# a pixel as dark as this in every channel lies outside the field of view
OUTSIDE = 12
PERCENTILES = (2, 10, 25, 50, 75, 90, 98)
# radii of spots, in 1/128 of the side: from a microaneurysm to a large haemorrhage or a nodule
SPOT_RADII = (0.7, 1.4, 2.8, 5.6)
# a spot differs from its surroundings by so many robust deviations of the same filter over the image
SPOT_DEVIATIONS = 4.0
# a difference of Gaussians of these widths answers most to a disc of sqrt(2) times the first
WIDER = 1.6
RINGS = 5
BORDER = 3 / 128
_TINY = 1e-6


def image_statistics(pixels: np.ndarray) -> dict[str, float]:
    """Statistics by name of a square uint8 image (channel, y, x); the field of view alone counts.

    Of each channel its mean, deviation, skewness and percentiles; of the channel with the most contrast (green in a
    retina: haemoglobin absorbs it) local contrast, edges, dark and bright spots of four sizes, and the profile from
    the centre outwards. Brightness is 0 to 1.
    """
    inside = _field(pixels)
    light = pixels.astype(np.float32) / 255
    found: dict[str, float] = {"field_share": float(inside.mean())}
    if not inside.any():
        inside = np.ones_like(inside)
    for number, channel in enumerate(light):
        found |= {f"{name}_{number}": value for name, value in _moments(channel[inside])}
    if len(light) == 3:
        found |= dict(_colours(light[:, inside]))
    focus = light[1 if len(light) == 3 else 0]
    found |= dict(_texture(focus, inside))
    found |= dict(_spots(focus, inside))
    found |= dict(_rings(focus, inside))
    return found


def _field(pixels: np.ndarray) -> np.ndarray:
    """Where there is an image, (y, x), a little less than up to its border: the border is an edge, and no finding."""
    lit = ndimage.binary_fill_holes(pixels.max(axis=0) > OUTSIDE)
    worn = max(1, round(BORDER * pixels.shape[1]))
    return np.asarray(ndimage.binary_erosion(lit, iterations=worn))


def _moments(values: np.ndarray) -> Iterator[tuple[str, float]]:
    mean, deviation = float(values.mean()), float(values.std())
    yield "mean", mean
    yield "deviation", deviation
    yield "skewness", float(((values - mean) ** 3).mean() / max(deviation, _TINY) ** 3)
    for percent, value in zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True):
        yield f"percentile_{percent}", float(value)


def _colours(values: np.ndarray) -> Iterator[tuple[str, float]]:
    """Tints, and how much of the field is exudate-yellow; values (channel, pixel)."""
    red, green, blue = values.astype(np.float64)
    total = red + green + blue + _TINY
    yield "red_share", float((red / total).mean())
    yield "green_share", float((green / total).mean())
    yellow = (red + green) / 2 - blue
    yield "yellow_98", float(np.percentile(yellow, 98))
    yield "yellow_spread", float(np.percentile(yellow, 98) - np.percentile(yellow, 50))


def _texture(focus: np.ndarray, inside: np.ndarray) -> Iterator[tuple[str, float]]:
    side = len(focus)
    mean = ndimage.gaussian_filter(focus, side / 32)
    local = np.sqrt(np.maximum(ndimage.gaussian_filter(focus**2, side / 32) - mean**2, 0))[inside]
    yield "local_contrast", float(local.mean())
    yield "local_contrast_spread", float(local.std())
    slope = np.hypot(ndimage.sobel(focus, 0), ndimage.sobel(focus, 1))[inside] / 8
    yield "edge_mean", float(slope.mean())
    yield "edge_90", float(np.percentile(slope, 90))
    yield "edge_99", float(np.percentile(slope, 99))


def _spots(focus: np.ndarray, inside: np.ndarray) -> Iterator[tuple[str, float]]:
    """For each radius the logarithm of 1 + the number of dark and of bright spots, and how strong the strongest is."""
    side = len(focus)
    filled = np.where(inside, focus, focus[inside].mean())
    for radius in SPOT_RADII:
        width = radius * side / 128 / np.sqrt(2)
        answer = ndimage.gaussian_filter(filled, width) - ndimage.gaussian_filter(filled, WIDER * width)
        values = answer[inside]
        deviation = 1.4826 * float(np.median(np.abs(values - np.median(values)))) + _TINY
        for name, signed in (("dark", -answer), ("bright", answer)):
            strength = signed / deviation
            peaks = (strength == ndimage.maximum_filter(strength, 3)) & inside & (strength > SPOT_DEVIATIONS)
            yield f"{name}_spots_{radius}", float(np.log1p(peaks.sum()))
            yield f"{name}_strength_{radius}", float(np.log1p(max(0.0, float(strength[inside].max()))))


def _rings(focus: np.ndarray, inside: np.ndarray) -> Iterator[tuple[str, float]]:
    """Brightness by distance from the centre, each ring against the whole."""
    side = len(focus)
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    ring = np.minimum((np.hypot(rows, columns) / (side / 2) * RINGS).astype(int), RINGS - 1)
    whole = float(focus[inside].mean())
    for number in range(RINGS):
        here = inside & (ring == number)
        yield f"ring_{number}", float(focus[here].mean()) - whole if here.any() else 0.0
