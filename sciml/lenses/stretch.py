"""How does a cutout of the sky become a picture? Linear, in colour, and with the galaxy taken away.

All take an image (band, y, x) in sky sigmas, NaN where nothing was observed, and give uint8; what no band observed is
a plain grey. Colours are those of the bands in sky sigmas, not of calibrated magnitudes.
"""

from __future__ import annotations

import numpy as np

UNOBSERVED = 112
SOFTENING = 3.0  # sky sigmas at which asinh turns from linear to logarithmic
LINEAR_SHARE = 0.995
FAINTEST_WHITE = 12.0  # sky sigmas; an empty cutout stays dark


def linear(image: np.ndarray) -> np.ndarray:
    """(y, x): mean of the bands, white at the 99.5th percentile of the pixels."""
    seen = np.isfinite(image).any(axis=0)
    mean = _mean(image)
    white = max(_percentile(mean[seen], LINEAR_SHARE), FAINTEST_WHITE)
    return _bytes((mean + 1) / (white + 1), seen)


def colour(image: np.ndarray) -> np.ndarray:
    """(y, x, colour): red from the longest band, blue from the shortest, brightness by asinh of their mean.

    The colour of a pixel is that of its fluxes, however bright it is (Lupton et al. 2004, PASP 116, 133).
    """
    seen = np.isfinite(image).any(axis=0)
    # one sigma is added so that the noise of the sky is grey, not cut at zero
    channels = np.maximum(_channels(image) + 1, 0)
    mean = channels.mean(axis=-1)
    white = max(_percentile(mean[seen], LINEAR_SHARE), FAINTEST_WHITE)
    brightness = np.arcsinh(mean / SOFTENING) / np.arcsinh(white / SOFTENING)
    shown = channels * (brightness / np.maximum(mean, 1e-6))[..., None]
    # a saturated pixel keeps its colour
    return _bytes(shown / np.maximum(shown.max(axis=-1, keepdims=True), 1), seen)


def residual(image: np.ndarray) -> np.ndarray:
    """(y, x, colour): each band less a smooth profile around the centre, by asinh; middle grey is nothing left."""
    seen = np.isfinite(image).any(axis=0)
    left = _channels(np.stack([band - round_profile(band) for band in image]))
    return _bytes(0.5 + 0.5 * np.arcsinh(left / SOFTENING) / np.arcsinh(FAINTEST_WHITE * 2 / SOFTENING), seen)


def round_profile(band: np.ndarray) -> np.ndarray:
    """(y, x): the median of each ring around the centre, never rising outwards, so that a ring of light remains."""
    height, width = band.shape
    y, x = np.indices(band.shape)
    radius = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    rings = np.where(np.isfinite(band), np.rint(radius).astype(int), -1)
    seen = np.unique(rings[rings >= 0])
    if not seen.size:
        return np.zeros(band.shape)
    # the middle radius of a ring is not a whole number near the centre
    middles, medians = (np.array([np.median(values[rings == ring]) for ring in seen]) for values in (radius, band))
    falling = np.minimum.accumulate(medians)
    smooth: np.ndarray = np.interp(radius, middles, falling)
    return smooth


def _channels(image: np.ndarray) -> np.ndarray:
    """(y, x, colour) in sky sigmas: last, middle and first of the observed bands; unobserved pixels are 0."""
    observed = [band for band in image if np.isfinite(band).any()]
    if not observed:
        return np.zeros((*image.shape[1:], 3))
    first, last = observed[0], observed[-1]
    middle = _mean(np.stack(observed)) if len(observed) == 2 else observed[len(observed) // 2]
    channels: np.ndarray = np.nan_to_num(np.stack([last, middle, first], axis=-1), nan=0.0)
    return channels


def _mean(image: np.ndarray) -> np.ndarray:
    known = np.isfinite(image)
    total = np.where(known, image, 0).sum(axis=0, dtype=np.float64)
    mean: np.ndarray = total / np.maximum(known.sum(axis=0), 1)
    return mean


def _percentile(values: np.ndarray, share: float) -> float:
    return float(np.quantile(values, share)) if values.size else 0.0


def _bytes(shares: np.ndarray, seen: np.ndarray) -> np.ndarray:
    pixels: np.ndarray = np.rint(255 * np.clip(shares, 0, 1)).astype(np.uint8)
    pixels[~seen] = UNOBSERVED
    return pixels
