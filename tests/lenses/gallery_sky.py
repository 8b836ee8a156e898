"""Cutouts that tests can reason about: a round red galaxy, a blue arc on one side, noise of one sky sigma."""

from __future__ import annotations

import numpy as np
import xarray as xr
from astropy import units
from astropy.table import QTable

SIZE = 45
SCALE_ARCSEC = 0.2
BANDS = ("g", "r", "i")


def galaxy(arc: bool = False, noise: float = 1.0, seed: int = 1, size: int = SIZE) -> np.ndarray:
    """(band, y, x) in sky sigmas; the arc lies north of the centre (towards larger y), 8 pixels away."""
    y, x = np.indices((size, size)) - (size - 1) / 2
    radius = np.hypot(y, x)
    light = np.exp(-radius / 3.0)
    bright = np.exp(-((radius - 8) ** 2) / 4) * np.exp(-((np.arctan2(x, y) / 0.6) ** 2))
    image = np.stack([20 * light, 60 * light, 80 * light])
    if arc:
        image += np.stack([25 * bright, 12 * bright, 6 * bright])
    return (image + noise * np.random.default_rng(seed).standard_normal(image.shape)).astype(np.float32)


def search(objects: int = 30, tile: str = "field-1") -> tuple[xr.Dataset, QTable]:
    """What a search hands to the gallery: every third object has an arc and the higher score; the last is unscored."""
    images = np.stack([galaxy(arc=place % 3 == 0, seed=place) for place in range(objects)])
    score = np.array([3.0 - place / 100 if place % 3 == 0 else -4.0 - place / 100 for place in range(objects)])
    score[-1] = np.nan
    x, y = 30.0 * np.arange(objects), 17.0 * np.arange(objects) ** 1.5
    order = np.argsort(np.where(np.isnan(score), -np.inf, score))[::-1]
    rank = np.empty(objects, int)
    rank[order] = 1 + np.arange(objects)
    rank[np.isnan(score)] = 0
    table = QTable(
        {
            "id": [f"g{place}" for place in range(objects)],
            # north is up and east is left: right ascension falls along x
            "ra": (150.0 - x * SCALE_ARCSEC / 3600) * units.deg,
            "dec": (0.0 + y * SCALE_ARCSEC / 3600) * units.deg,
            "x": x,
            "y": y,
            "tile": [tile] * objects,
            "score": score,
            "probability": 1 / (1 + np.exp(-score)) / 1000,
            "rank": rank,
            "flags": [0] * objects,
            "reason": ["ok"] * (objects - 1) + ["all_bad"],
        },
        meta={"model": "trained"},
    )
    coords = {"band": list(BANDS)}
    cutouts = xr.Dataset({"image": (("object", "band", "y", "x"), images)}, coords, {"scale_arcsec": SCALE_ARCSEC})
    return cutouts, table
