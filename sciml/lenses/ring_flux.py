"""How much light lies around a galaxy that is not the galaxy's own? The classical search for arcs and rings.

In the manner of RingFinder (Gavazzi et al. 2014, ApJ 785, 144, section 3): take the galaxy away, by its own symmetry
in each band and by its colour between the outermost two, and look for what stays in an annulus around it.
"""

from __future__ import annotations

import numpy as np

INNER_ARCSEC, OUTER_ARCSEC = 0.8, 3.0
WINDOW_ARCSEC, STEP_ARCSEC = 0.6, 0.3
SECTORS = 16
# what a sector comes close to at most; so a short bright neighbour cannot outweigh a long faint arc
MAX_SECTOR_SNR = 4.0
CORE_ARCSEC = 0.5
# errors of the galaxy's model, as a share of its light: other seeing in each band, colours that change outwards
MODEL_ERROR = 0.05
SHAPE_ARCSEC, SHAPE_ROUNDS, MIN_AXIS_RATIO = 2.5, 5, 0.3
PROFILE_ROUNDS = 2
# the scores of lenses and others then spread over some ten units, like log-odds
SCALE, KNEE = 3.0, 2.0


def ring_flux(images: np.ndarray, scale_arcsec: float) -> np.ndarray:
    """Score (object), higher is more ring-like, of images (object, band, y, x) in sky sigmas, from blue to red bands.

    3 asinh(s / 2) of the largest signal-to-noise s of a ring in any residual, on the scale of log-odds but not
    calibrated. NaN pixels are unobserved. -12 for an image without any observed pixel in the annulus.
    """
    images = np.asarray(images, np.float64)
    zones = _zones(images.shape[-1], scale_arcsec)
    best = np.full(len(images), -np.inf)
    for residual, sigma in _residuals(images, scale_arcsec):
        best = np.maximum(best, _ring_snr(residual, sigma, zones))
    return np.where(np.isfinite(best), SCALE * np.arcsinh(best / KNEE), -12.0)


def elliptical_profile(images: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The galaxy's own light (object, band, y, x): the median of each elliptical annulus of one pixel's width.

    Within an annulus a steep galaxy falls by a third, so the medians of what the first round leaves are added.
    `shape` (object, 2, 2) is the matrix whose quadratic form is the squared elliptical radius, of determinant 1.
    """
    count, bands, side, _ = images.shape
    y, x = _grid(side)
    squares = shape[:, 0, 0, None] * x**2 + 2 * shape[:, 0, 1, None] * x * y + shape[:, 1, 1, None] * y**2
    radius = np.sqrt(np.maximum(squares, 0))
    rings = side // 2 + 1
    place = np.minimum(radius.astype(int), rings - 1)
    place = np.repeat(place, bands, axis=0)
    # between the middles of the annuli, straight lines
    along = np.clip(radius - 0.5, 0, rings - 1.001)
    low = along.astype(int)[:, None]
    share = along[:, None] - low
    low = np.broadcast_to(low, (count, bands, side * side))
    flat, model = images.reshape(count, bands, -1), np.zeros((count, bands, side * side))
    for _ in range(PROFILE_ROUNDS):
        medians = _medians((flat - model).reshape(count * bands, -1), place, rings).reshape(count, bands, rings)
        inner, outer = (np.take_along_axis(medians, low + step, axis=2) for step in (0, 1))
        model += inner * (1 - share) + outer * share
    return np.asarray(model.reshape(images.shape))


def shapes(images: np.ndarray, scale_arcsec: float) -> np.ndarray:
    """Matrix (object, 2, 2), determinant 1, of the ellipses of light in images (object, y, x).

    From second moments under an elliptical Gaussian that is fitted to its own result, so that noise and neighbours far
    out do not count (Bernstein and Jarvis 2002, AJ 123, 583, section 3).
    """
    side = images.shape[-1]
    y, x = _grid(side)
    near = np.hypot(x, y) * scale_arcsec <= SHAPE_ARCSEC
    y, x = y[near], x[near]
    light = np.clip(np.nan_to_num(images.reshape(len(images), -1)[:, near]), 0, None)
    start = (SHAPE_ARCSEC / 3 / scale_arcsec) ** 2
    moments = np.tile(np.eye(2) * start, (len(images), 1, 1))
    for _ in range(SHAPE_ROUNDS):
        inverse = np.linalg.inv(moments)
        squares = inverse[:, 0, 0, None] * x**2 + 2 * inverse[:, 0, 1, None] * x * y + inverse[:, 1, 1, None] * y**2
        weights = light * np.exp(-squares / 2)
        total = np.maximum(weights.sum(1), 1e-12)
        parts = [(weights * product).sum(1) / total for product in (x * x, x * y, y * y)]
        # the weight halves the moments of a Gaussian of its own shape
        moments = 2 * np.stack([parts[0], parts[1], parts[1], parts[2]], axis=1).reshape(-1, 2, 2)
        moments = _bounded(moments, scale_arcsec)
    inverse = np.linalg.inv(moments)
    return np.asarray(inverse / np.sqrt(np.linalg.det(inverse))[:, None, None])


def _residuals(images: np.ndarray, scale_arcsec: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """What is left of the galaxy, and its error, each (object, y, x)."""
    observed = np.isfinite(images)
    shown = observed.sum(1)
    together = np.where(shown > 0, np.nansum(images, axis=1) / np.maximum(shown, 1), np.nan)
    model = elliptical_profile(images, shapes(together, scale_arcsec))
    errors = np.sqrt(1 + (MODEL_ERROR * model) ** 2)
    found = [(images[:, band] - model[:, band], errors[:, band]) for band in range(images.shape[1])]
    if images.shape[1] > 1:
        blue, red = images[:, 0], images[:, -1]
        side = images.shape[-1]
        y, x = _grid(side)
        core = (np.hypot(x, y) * scale_arcsec <= CORE_ARCSEC).reshape(side, side)
        fluxes = [np.nansum(np.where(core, image, 0), axis=(1, 2)) for image in (blue, red)]
        ratio = np.clip(fluxes[0] / np.maximum(fluxes[1], 1.0), 0, 5)[:, None, None]
        noise = 1 + ratio**2 + (MODEL_ERROR * ratio * model[:, -1]) ** 2
        found.append((blue - ratio * red, np.sqrt(noise)))
    return found


def _ring_snr(residual: np.ndarray, sigma: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """Largest signal-to-noise (object) of a ring: over its sectors, none of which counts for more than its share."""
    windows, sectors, _ = zones.shape
    count = len(residual)
    deviation = (residual / sigma).reshape(count, -1)
    seen = np.isfinite(deviation)
    flat = zones.reshape(windows * sectors, -1).T
    sums = np.where(seen, deviation, 0.0) @ flat
    pixels = seen.astype(np.float64) @ flat
    snr = np.divide(sums, np.sqrt(pixels), out=np.full(sums.shape, np.nan), where=pixels > 0)
    snr = (snr / (1 + np.abs(snr) / MAX_SECTOR_SNR)).reshape(count, windows, sectors)
    known = np.isfinite(snr).sum(2)
    rings = np.divide(np.nansum(snr, axis=2), np.sqrt(known), out=np.full(known.shape, -np.inf), where=known > 0)
    return np.asarray(rings.max(axis=1))


def _zones(side: int, scale_arcsec: float) -> np.ndarray:
    """Which pixels (window, sector, y x) belong to each sector of each window of radii, 1 or 0."""
    y, x = _grid(side)
    radius = np.hypot(x, y) * scale_arcsec
    sector = ((np.arctan2(y, x) / (2 * np.pi)) % 1 * SECTORS).astype(int) % SECTORS
    windows = max(1, int((OUTER_ARCSEC - INNER_ARCSEC - WINDOW_ARCSEC) / STEP_ARCSEC + 1.5))
    starts = INNER_ARCSEC + STEP_ARCSEC * np.arange(windows)
    inside = (radius >= starts[:, None]) & (radius < starts[:, None] + WINDOW_ARCSEC)
    return np.asarray(inside[:, None] & (sector == np.arange(SECTORS)[:, None])[None], np.float64)


def _medians(values: np.ndarray, place: np.ndarray, rings: int) -> np.ndarray:
    """Lower median (image, ring) of the finite values (image, pixel) of each ring; 0 where there is none."""
    images = len(values)
    finite = np.isfinite(values)
    group = (place + rings * np.arange(images)[:, None])[finite]
    kept = values[finite]
    order = np.lexsort((kept, group))
    counts = np.bincount(group, minlength=images * rings)
    firsts = np.cumsum(counts) - counts
    middles = np.where(counts > 0, firsts + np.maximum(counts - 1, 0) // 2, 0)
    if not len(kept):
        return np.zeros((images, rings))
    return np.where(counts > 0, kept[order][middles], 0.0).reshape(images, rings)


def _bounded(moments: np.ndarray, scale_arcsec: float) -> np.ndarray:
    """No smaller than a pixel, no larger than the region looked at, no flatter than a disc that is seen edge on."""
    values, vectors = np.linalg.eigh(moments)
    large = np.clip(values[:, 1], 1.0, (SHAPE_ARCSEC / scale_arcsec) ** 2)
    small = np.clip(values[:, 0], MIN_AXIS_RATIO**2 * large, large)
    kept = np.stack([small, large], axis=1)
    return np.asarray((vectors * kept[:, None, :]) @ vectors.transpose(0, 2, 1))


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """y and x (pixel) from the central pixel, flat."""
    y, x = np.mgrid[:side, :side] - side // 2
    return y.ravel().astype(np.float64), x.ravel().astype(np.float64)
