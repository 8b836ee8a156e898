"""What does the survey show around each object, in units of the noise of its sky?"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.lib.stride_tricks import sliding_window_view

from sciml.lenses.catalogs import Objects, within
from sciml.lenses.resampling import MAX_SAME_SCALE, Resampler
from sciml.lenses.settings import PrepareSettings
from sciml.lenses.tiles import Tile

PARTIAL, MISSING_BAND, OUTSIDE, ALL_BAD, SATURATED = 1, 2, 4, 8, 16
# what is told of an object is the worst that happened to it
REASONS = ((OUTSIDE, "outside"), (ALL_BAD, "all_bad"), (MISSING_BAND, "missing_band"), (PARTIAL, "partial"))


def cutouts(tile: Tile, objects: Objects, prepare: PrepareSettings) -> xr.Dataset:
    """image(object, band, y, x): (flux - sky) / scatter of the sky of the tile, NaN where nothing was observed.

    A cutout is centred on the pixel in which its object lies. Where the scale of the tile is another one by more than
    2 %, it is resampled about that pixel, so that the noise of an empty sky has the same scatter (on the average over
    phases, if it was independent from pixel to pixel). `flags` adds up 1 (partly off the tile or blank), 2 (a band
    that the tile lacks), 4 (off the tile), 8 (nothing observed), 16 (a saturated pixel); `missing` is the unobserved
    share of all pixels.
    """
    resampler = _resampler(tile, prepare)
    side = prepare.size if resampler is None else resampler.side
    image = np.full((len(objects), len(prepare.bands), prepare.size, prepare.size), np.nan, np.float32)
    flags = np.zeros(len(objects), np.int16)
    inside = within(tile, objects.x, objects.y)
    here, there = objects[inside], np.flatnonzero(inside)
    for number, band in enumerate(prepare.bands):
        if band not in tile.bands:
            flags |= MISSING_BAND
            continue
        native = _gathered(tile.flux(band), here, side)
        if band in tile.saturation:
            full = (native >= np.float32(tile.saturation[band])).any(axis=(1, 2))
            flags[there[full]] |= SATURATED
        native -= np.float32(tile.sky(band))
        native /= np.float32(tile.sky_sigma(band))
        image[there, number] = native if resampler is None else resampler(native)
    blank = np.isnan(image)
    present = [number for number, band in enumerate(prepare.bands) if band in tile.bands]
    flags[blank[:, present].any(axis=(1, 2, 3))] |= PARTIAL
    flags[blank.all(axis=(1, 2, 3))] |= ALL_BAD
    flags[~inside] |= OUTSIDE
    return xr.Dataset(
        {
            "image": (("object", "band", "y", "x"), image, {"units": "sky sigma"}),
            "flags": ("object", flags),
            "reason": ("object", _reasons(flags)),
            "missing": ("object", blank.mean(axis=(1, 2, 3)).astype(np.float32)),
        },
        coords={"band": list(prepare.bands)},
    )


def _resampler(tile: Tile, prepare: PrepareSettings) -> Resampler | None:
    """None where pixels can be taken as they are: the scale is the right one, or nobody knows it."""
    ratio = prepare.scale_arcsec / tile.scale_arcsec
    if not np.isfinite(ratio) or abs(ratio - 1) <= MAX_SAME_SCALE:
        return None
    return Resampler(prepare.size, ratio)


def _gathered(flux: np.ndarray, objects: Objects, side: int) -> np.ndarray:
    """A copy of the square of `side` pixels around each object, NaN beyond the border: (object, y, x)."""
    height, width = flux.shape[-2:]
    half = side // 2
    # the nearest pixel centre; a position half-way goes up, whatever its parity
    top, left = np.floor(objects.y + 0.5).astype(int) - half, np.floor(objects.x + 0.5).astype(int) - half
    out = np.full((len(objects), side, side), np.nan, np.float32)
    whole = (top >= 0) & (left >= 0) & (top + side <= height) & (left + side <= width)
    if whole.any():
        windows = sliding_window_view(flux, (side, side), axis=(-2, -1))
        where = (top[whole], left[whole])
        out[whole] = windows[where] if flux.ndim == 2 else windows[(objects.index[whole], *where)]
    for number in np.flatnonzero(~whole):
        plane = flux if flux.ndim == 2 else flux[objects.index[number]]
        first_y, first_x = max(0, top[number]), max(0, left[number])
        part = plane[first_y : max(0, top[number] + side), first_x : max(0, left[number] + side)]
        y, x = first_y - top[number], first_x - left[number]
        out[number, y : y + part.shape[0], x : x + part.shape[1]] = part
    return out


def _reasons(flags: np.ndarray) -> np.ndarray:
    return np.select([(flags & bit) > 0 for bit, _ in REASONS], [word for _, word in REASONS], "ok")
