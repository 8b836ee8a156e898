"""Which sources stand out of the sky of a tile that comes without a catalogue?"""

from __future__ import annotations

import warnings

import numpy as np
from astropy.stats import SigmaClip
from astropy.table import Table
from astropy.utils.exceptions import AstropyUserWarning
from photutils.background import Background2D, MedianBackground
from photutils.detection import find_peaks
from photutils.utils.exceptions import NoDetectionsWarning
from scipy.ndimage import gaussian_filter

from sciml.lenses.background import sky_of
from sciml.lenses.tiles import Tile

USUAL_SCALE_ARCSEC = 0.2  # of the surveys from the ground, where a header is silent
MESH_ARCSEC = 12.0  # finer than the halo of a star, coarser than a galaxy
SEEING_SIGMA_ARCSEC = 0.35
APART_ARCSEC = 1.6  # an arc belongs to the galaxy that it lies around
THRESHOLD = 8.0  # of the noise of the smoothed image: a source that is too faint for this shows no arc


def detect(tile: Tile) -> Table:
    """Sources of a 2-D tile as `id`, `x`, `y` (0-based pixels), the brightest first; none is a table without rows.

    A source is a maximum of all bands together, each in units of its noise, above a background that follows the halos
    of stars. Of maxima closer than 1.6 arcsec the brightest counts; nothing is deblended further.
    """
    scale = tile.scale_arcsec if np.isfinite(tile.scale_arcsec) else USUAL_SCALE_ARCSEC
    bright = _smoothed(_together(tile), scale)
    noise = sky_of(bright).sigma
    if not noise > 0:
        return _table(np.zeros(0), np.zeros(0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoDetectionsWarning)
        box = 2 * max(1, round(APART_ARCSEC / scale)) + 1
        peaks = find_peaks(bright, THRESHOLD * noise, box_size=box)
    if peaks is None:
        return _table(np.zeros(0), np.zeros(0))
    order = np.argsort(-np.asarray(peaks["peak_value"]), kind="stable")
    x, y = (np.asarray(peaks[name], np.float64)[order] for name in ("x_peak", "y_peak"))
    return _table(x, y)


def _together(tile: Tile) -> np.ndarray:
    """The sum of the bands in sky sigmas over the root of their number, NaN where none observed."""
    total, bands = np.zeros(tile.shape, np.float32), np.zeros(tile.shape, np.float32)
    for band in tile.bands:
        deviation = (tile.flux(band) - np.float32(tile.sky(band))) / np.float32(tile.sky_sigma(band))
        seen = np.isfinite(deviation)
        total += np.where(seen, deviation, 0)
        bands += seen
    return np.divide(total, np.sqrt(bands), out=np.full(tile.shape, np.nan, np.float32), where=bands > 0)


def _smoothed(image: np.ndarray, scale: float) -> np.ndarray:
    """Less its background and weighted by the seeing; 0 where nothing was observed."""
    blank = ~np.isfinite(image)
    mesh = tuple(min(side, max(16, round(MESH_ARCSEC / scale))) for side in image.shape)
    with warnings.catch_warnings():
        # meshes that are blank are filled from their neighbours
        warnings.simplefilter("ignore", AstropyUserWarning)
        background = Background2D(
            np.where(blank, 0, image),
            mesh,
            mask=blank,
            sigma_clip=SigmaClip(3.0, maxiters=5),
            bkg_estimator=MedianBackground(),
            filter_size=3,
            exclude_percentile=90,
        ).background
    return np.asarray(gaussian_filter(np.where(blank, 0, image - background), SEEING_SIGMA_ARCSEC / scale, truncate=3))


def _table(x: np.ndarray, y: np.ndarray) -> Table:
    digits = len(str(max(1, len(x))))
    ids = np.array([f"source-{number:0{digits}}" for number in range(1, len(x) + 1)], np.str_)
    return Table({"id": ids, "x": x, "y": y})
