"""Small survey images for tests: known pixels, a known WCS, written as surveys write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from sciml.lenses.background import Sky
from sciml.lenses.catalogs import Objects
from sciml.lenses.tiles import Tile

RA, DEC = 150.0, 30.0


def noise(shape: Sequence[int], seed: int = 1, sigma: float = 2.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sigma, tuple(shape)).astype(np.float32)


def header(shape: Sequence[int], scale_arcsec: float = 0.2, ra: float = RA, dec: float = DEC) -> fits.Header:
    """North up, right ascension growing to the left; `ra`, `dec` in the middle."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
    wcs.wcs.cd = np.diag([-scale_arcsec / 3600, scale_arcsec / 3600])
    return wcs.to_header()


def write_image(path: Path, pixels: np.ndarray, scale_arcsec: float = 0.2, **cards: object) -> Path:
    """A 2-D image with a WCS, or a 3-D stack without."""
    cards_of = header(pixels.shape, scale_arcsec) if pixels.ndim == 2 else fits.Header()
    for keyword, value in cards.items():
        cards_of[keyword] = value
    fits.PrimaryHDU(pixels, cards_of).writeto(path)
    return path


def write_tile(folder: Path, name: str = "tile", bands: str = "gri", side: int = 120) -> dict[str, Path]:
    """One image of noise a band, all different."""
    return {
        band: write_image(folder / f"{name}_{band}.fits", noise((side, side), seed=number))
        for number, band in enumerate(bands, start=len(name))
    }


def write_catalog(path: Path, rows: Sequence[str], columns: str = "id,ra,dec,lens,kind") -> Path:
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return path


def tile_of(fluxes: Mapping[str, np.ndarray], level: float = 0.0, sigma: float = 1.0, scale: float = 0.2) -> Tile:
    """A tile in memory whose sky is what the test says."""
    return Tile("tile", dict(fluxes), dict.fromkeys(fluxes, Sky(level, sigma)), None, scale)


def objects_at(x: Sequence[float], y: Sequence[float], index: Sequence[int] | None = None) -> Objects:
    count = len(x)
    blank = np.full(count, np.nan)
    return Objects(
        id=np.array([str(number) for number in range(count)]),
        ra=blank,
        dec=blank,
        x=np.array(x, float),
        y=np.array(y, float),
        index=np.array([-1] * count if index is None else index),
        lens=np.full(count, -1, np.int8),
        kind=np.full(count, ""),
        theta_e=blank,
        arc_snr=blank,
    )
