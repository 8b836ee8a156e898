"""A patch of sky with galaxies, one of them in a ring, as FITS files; and a model folder that was never trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from astropy.io import fits
from astropy.wcs import WCS

from sciml.core.weights import ModelRecord, write_model
from sciml.lenses.network import CLASSES, LensNetwork
from sciml.lenses.settings import ModelSettings, PrepareSettings

SCALE_ARCSEC = 0.2
SIDE = 160
# x, y of the galaxies; the first has the ring
PLACES = ((40, 50), (110, 45), (60, 115), (120, 120))
COLOURS = {"g": (0.4, 1.0), "r": (0.8, 0.7), "i": (1.0, 0.5)}  # galaxy, ring
MODEL = ModelSettings(width=8, stages=2, units=1)


def galaxy(side: int, x: float, y: float, peak: float = 200.0, ratio: float = 0.7) -> np.ndarray:
    """An exponential disc (y, x) with a scale length of 0.6 arcsec."""
    rows, columns = np.mgrid[:side, :side]
    radius = SCALE_ARCSEC * np.hypot(columns - x, (rows - y) / ratio)
    return peak * np.exp(-radius / 0.6)


def ring(side: int, x: float, y: float, peak: float, radius_arcsec: float = 1.6) -> np.ndarray:
    """A ring (y, x), 0.6 arcsec wide."""
    rows, columns = np.mgrid[:side, :side]
    radius = SCALE_ARCSEC * np.hypot(columns - x, rows - y)
    return peak * np.exp(-((radius - radius_arcsec) ** 2) / 2 / 0.25**2)


def sky(band: str, rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """flux (y, x) with a noise of 1 on a pedestal of 10."""
    of_galaxy, of_ring = COLOURS[band]
    flux = 10 + rng.normal(0, 1, (side, side))
    for x, y in PLACES:
        flux += of_galaxy * galaxy(side, x, y)
    return flux + of_ring * ring(side, *PLACES[0], peak=6.0)


def header() -> fits.Header:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix = [150.0, 2.0], [SIDE / 2, SIDE / 2]
    wcs.wcs.cdelt = [-SCALE_ARCSEC / 3600, SCALE_ARCSEC / 3600]
    return wcs.to_header()


def write_images(folder: Path, bands: Sequence[str] = ("g", "r", "i")) -> dict[str, Path]:
    """patch_g.fits and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, paths = np.random.default_rng(5), {}
    for band in bands:
        paths[band] = folder / f"patch_{band}.fits"
        fits.PrimaryHDU(sky(band, rng).astype(np.float32), header()).writeto(paths[band])
    return paths


def write_catalog(path: Path, truth: bool = False) -> Path:
    """The galaxies by their pixels, and one that is not in the tile."""
    lines = ["id,x,y" + (",lens,kind,theta_e,arc_snr" if truth else "")]
    for number, (x, y) in enumerate(PLACES):
        known = ",1,lens,1.6,30" if number == 0 else ",0,plain,,"
        lines.append(f"galaxy-{number},{x},{y}" + (known if truth else ""))
    lines.append("far-away,900,900" + (",0,plain,," if truth else ""))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_finder(
    folder: Path, bands: tuple[str, ...] = ("g", "r", "i"), demonstration: bool = False, temperature: float = 1.0
) -> Path:
    """A network with the weights it was born with; a third of what it never saw were lenses."""
    torch.manual_seed(3)
    network = LensNetwork(len(bands), MODEL.width, MODEL.stages, MODEL.units, MODEL.stretch)
    cut = PrepareSettings(bands=bands, size=31).model_dump(
        mode="json", include={"bands", "size", "scale_arcsec", "max_missing"}
    )
    record = ModelRecord(
        domain="lenses",
        task="none",
        channels=bands,
        classes=CLASSES,
        settings={"prepare": cut, "model": MODEL.model_dump(mode="json")},
        calibration={"temperature": temperature},
        data={"labels": {"0": {"train": 200}, "1": {"train": 100}}},
        demonstration=demonstration,
    )
    write_model(folder, record, network.state_dict(), "step\n", lambda record: "a card\n")
    return folder
