"""What does a survey camera see of galaxies and stars: blurred, noisy, here saturated, there not at all?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from sciml.lenses.colours import ZERO_POINT
from sciml.lenses.galaxies import Population
from sciml.lenses.lookalikes import Shapes, arm_light, ring_light
from sciml.lenses.psf import blurred, moffat
from sciml.lenses.raytrace import Deflectors, Profiles, binned, grid, sersic, source_plane

SUPERSAMPLING = 2
# sides of stamps, arcsec: ellipticals have long wings, arcs, rings and discs have not
WIDE_ARCSEC, NARROW_ARCSEC, SMALL_ARCSEC = 16.2, 9.8, 7.0
# stamps at a time: what a processor keeps at hand
BATCH = 8
PSF_ARCSEC = 9.0
SATURATION = 20_000.0
# the cusp of a Sersic profile, averaged over a fine pixel, is that at 0.3 of its side
SOFTENING = 0.3
ARC_WINDOW_PIXELS = 45
BAD_COLUMN_SHARE = 0.2

Parameters = TypeVar("Parameters", Profiles, Deflectors, Shapes)
Places: TypeAlias = "Profiles | Deflectors | Shapes"
# (rows, x, y) -> surface brightness per square arcsec of these components for flux 1
Light: TypeAlias = "Callable[[slice, np.ndarray, np.ndarray], np.ndarray]"


class Depth(NamedTuple):
    """Magnitude of a point source of 5 sigma within 2 arcsec, and of the sky in a square arcsec: CFHTLS Wide."""

    limit: float
    sky: float


DEPTHS = {
    "u": Depth(25.2, 22.7),
    "g": Depth(25.5, 22.0),
    "r": Depth(25.0, 21.3),
    "i": Depth(24.8, 20.3),
    "z": Depth(23.9, 19.4),
    "y": Depth(23.0, 18.6),
}


@dataclass(frozen=True)
class Exposure:
    """One band of a tile as observed: `flux` (y, x) in counts, NaN where pixels are bad."""

    flux: np.ndarray
    sigma: float
    gain: float
    seeing_arcsec: float


def expose(
    scene: Population,
    side: int,
    scale_arcsec: float,
    bands: Sequence[str],
    seeing_arcsec: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[dict[str, Exposure], np.ndarray]:
    """Every band of a tile of `side` pixels, and the signal to noise of each catalogued object's arcs.

    That is the root of the sum of squares of the arcs' counts in a square of 45 pixels over the scatter of the sky, in
    the band where it is largest; NaN for what is no lens.
    """
    steady, arcs = paint(scene, side, scale_arcsec)
    seeing = _seeing(len(bands), seeing_arcsec, rng)
    half = round(PSF_ARCSEC / scale_arcsec)
    exposures, best = dict[str, Exposure](), np.zeros(len(scene.lensing))
    for number, band in enumerate(bands):
        kernel = moffat(seeing[number] / scale_arcsec, half)
        below, lensed = blurred(np.stack((steady[number], arcs[number])), kernel)
        sigma, gain = _noise(band, scale_arcsec, rng)
        best = np.maximum(best, _window_norms(lensed, scene, scale_arcsec) / sigma)
        flux = _recorded(below + lensed, sigma, gain, rng)
        exposures[band] = Exposure(flux, sigma, gain, float(seeing[number]))
    signal_to_noise = np.full(len(scene.kind), np.nan)
    signal_to_noise[scene.lensing] = best
    return exposures, signal_to_noise


def paint(scene: Population, side: int, scale_arcsec: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts (band, y, x) of all that is not lensed, and of the arcs, before the air blurs them.

    Each form is computed once; bands differ by its flux alone.
    """
    objects, softening = len(scene.kind), SOFTENING * scale_arcsec / SUPERSAMPLING
    steady = _Canvas(scene.light_flux.shape[1], side, scale_arcsec)
    arcs = _Canvas(scene.light_flux.shape[1], side, scale_arcsec)

    def galaxies(rows: slice, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return sersic(x, y, _some(scene.light, rows), softening)

    def lensed(rows: slice, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return sersic(*source_plane(x, y, _some(scene.deflectors, rows)), _some(scene.sources, rows), softening)

    def ringed(rows: slice, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ring_light(x, y, _some(scene.rings, rows))

    def armed(rows: slice, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return arm_light(x, y, _some(scene.arms, rows))

    steady.add(scene.light, slice(0, objects), scene.light_flux, galaxies, WIDE_ARCSEC)
    steady.add(scene.light, slice(objects, None), scene.light_flux, galaxies, SMALL_ARCSEC)
    steady.add(scene.rings, slice(None), scene.ring_flux, ringed, NARROW_ARCSEC)
    steady.add(scene.arms, slice(None), scene.arm_flux, armed, NARROW_ARCSEC)
    steady.add_points(scene.star_x, scene.star_y, scene.star_flux)
    arcs.add(scene.deflectors, slice(None), scene.source_flux, lensed, NARROW_ARCSEC)
    return steady.counts, arcs.counts


class _Canvas:
    """counts (band, y, x) of a square tile, the middle of which is at 0, 0 arcsec."""

    def __init__(self, bands: int, side: int, scale_arcsec: float) -> None:
        self.counts = np.zeros((bands, side, side), np.float32)
        self.side, self.scale = side, scale_arcsec

    def add(self, places: Places, rows: slice, flux: np.ndarray, light: Light, stamp_arcsec: float) -> None:
        """Paint components `rows`, each in a stamp about the pixel in which its place lies."""
        half = int(np.ceil(stamp_arcsec / self.scale / 2))
        first, last, _ = rows.indices(len(places.x))
        x, y = grid(2 * half + 1, self.scale, SUPERSAMPLING)
        taper = _taper(half)
        for begin in range(first, last, BATCH):
            some = slice(begin, min(begin + BATCH, last))
            column, row = self._pixel(places.x[some]), self._pixel(places.y[some])
            shape = light(some, x + self._arcsec(column), y + self._arcsec(row))
            stamps = binned(shape, self.scale, SUPERSAMPLING) * taper
            for number, stamp in enumerate(stamps):
                self._stamp(stamp, int(row[number]) - half, int(column[number]) - half, flux[begin + number])

    def add_points(self, x: np.ndarray, y: np.ndarray, flux: np.ndarray) -> None:
        """Stars: the light of each goes to the four pixels around it, as their distance asks."""
        column, row = x / self.scale + (self.side - 1) / 2, y / self.scale + (self.side - 1) / 2
        left, low = np.floor(column).astype(int), np.floor(row).astype(int)
        for number in range(len(x)):
            right, up = column[number] - left[number], row[number] - low[number]
            square = np.outer((1 - up, up), (1 - right, right)).astype(np.float32)
            self._stamp(square, int(low[number]), int(left[number]), flux[number])

    def _stamp(self, stamp: np.ndarray, top: int, left: int, flux: np.ndarray) -> None:
        rows = slice(max(0, top), max(0, min(self.side, top + stamp.shape[0])))
        columns = slice(max(0, left), max(0, min(self.side, left + stamp.shape[1])))
        part = stamp[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        for band, counts in enumerate(self.counts):
            counts[rows, columns] += np.float32(flux[band]) * part

    def _pixel(self, arcsec: np.ndarray) -> np.ndarray:
        return np.asarray(np.rint(arcsec / self.scale + (self.side - 1) / 2), int)

    def _arcsec(self, pixel: np.ndarray) -> np.ndarray:
        return np.asarray((pixel - (self.side - 1) / 2) * self.scale, np.float32)[:, None, None]


def _taper(half: int) -> np.ndarray:
    """1 in the middle of a stamp, 0 at its edge, so that no edge shows in the sky: (y, x)."""
    axis = np.arange(-half, half + 1) / (half + 1)
    outer = np.clip((1 - np.hypot(axis[None, :], axis[:, None])) / 0.25, 0, 1)
    return np.asarray(outer * outer * (3 - 2 * outer), np.float32)


def _some(parameters: Parameters, rows: slice) -> Parameters:
    return type(parameters)(*(values[rows] for values in parameters))


def _seeing(count: int, limits: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """FWHM in each band: the night's, and what it is worth while that band is taken."""
    return np.clip(rng.uniform(*limits) + rng.normal(0, 0.04, count), limits[0], limits[1])


def _noise(band: str, scale_arcsec: float, rng: np.random.Generator) -> tuple[float, float]:
    """Scatter of the sky in a pixel, counts, and electrons per count."""
    depth, pixel = DEPTHS[band], scale_arcsec**2
    limit = 10 ** (0.4 * (ZERO_POINT - depth.limit)) * rng.uniform(0.9, 1.1)
    sigma = float(limit / (5 * np.sqrt(np.pi / pixel)))
    sky = 10 ** (0.4 * (ZERO_POINT - depth.sky)) * pixel
    # the sky of Poisson has this scatter
    return sigma, float(sky / sigma**2)


def _recorded(counts: np.ndarray, sigma: float, gain: float, rng: np.random.Generator) -> np.ndarray:
    """What is read out: less the sky as far as it is known, NaN where charge ran over or a column is bad."""
    variance = np.float32(sigma**2) + np.maximum(counts, 0) * np.float32(1 / gain)
    flux: np.ndarray = counts + np.sqrt(variance) * rng.standard_normal(counts.shape, np.float32)
    flux += np.float32(rng.normal(0, 0.1 * sigma))
    full = counts > SATURATION
    height = full.sum(axis=0)
    for column in np.flatnonzero((height > 1) & (2 * height > height.max())):
        # the charge of full pixels runs along the columns in which most of them lie
        rows = np.flatnonzero(full[:, column])
        flux[max(0, rows[0] - 3 * len(rows)) : rows[-1] + 3 * len(rows) + 1, column] = np.nan
    flux[full | (flux > SATURATION)] = SATURATION
    if rng.uniform() < BAD_COLUMN_SHARE:
        flux[:, int(rng.integers(flux.shape[1]))] = np.nan
    return flux


def _window_norms(arcs: np.ndarray, scene: Population, scale_arcsec: float) -> np.ndarray:
    """Root of the sum of squares of the arcs around each lens."""
    half, middle = ARC_WINDOW_PIXELS // 2, (arcs.shape[0] - 1) / 2
    norms = np.zeros(len(scene.lensing))
    for number, (x, y) in enumerate(zip(scene.deflectors.x, scene.deflectors.y, strict=True)):
        row, column = round(y / scale_arcsec + middle), round(x / scale_arcsec + middle)
        window = arcs[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1]
        norms[number] = np.sqrt(np.sum(window.astype(np.float64) ** 2))
    return norms
