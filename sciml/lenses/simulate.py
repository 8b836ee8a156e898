"""Invented survey tiles whose lenses are known: a FITS image a band, and a catalogue with the truth.

Every tile has random streams of its own, keyed by its name: adding one changes no other.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

from sciml.core.errors import SettingsError
from sciml.core.streams import stream
from sciml.core.whole import whole_folder
from sciml.lenses.colours import ZERO_POINT, check_bands
from sciml.lenses.galaxies import Population, population
from sciml.lenses.settings import Settings, SimulateSettings
from sciml.lenses.sky import SATURATION, Exposure, expose

COLUMNS = ("name", "bands", "images", "catalog", "role", "licence")
LICENCE = "simulated, free of any terms"
# objects stand on a grid that is jittered, so that each has a cutout of its own
SPACING_PIXELS, JITTER_PIXELS, MARGIN_PIXELS = 48, 6.0, 6


def simulate(settings: Settings, seed: int, out: Path, threads: int) -> None:
    """Write the tiles of `settings.simulate` into the folder `out`, which appears whole or not at all."""
    wanted = settings.simulate
    if wanted is None:
        raise SettingsError("lenses.simulate", "is switched off", "give it settings, or name real inputs")
    check_bands(wanted.bands)
    low, high = wanted.seeing_arcsec
    if not 0 < low <= high:
        raise SettingsError("lenses.simulate.seeing_arcsec", f"is {low} to {high}", "give a smaller and a larger FWHM")
    roles = {"train": wanted.train_tiles, "validation": wanted.validation_tiles, "test": wanted.test_tiles}
    names = {f"{role}-{number:03d}": role for role, count in roles.items() for number in range(1, count + 1)}
    with whole_folder(out) as folder, ThreadPoolExecutor(max(1, threads)) as pool:
        for made in [pool.submit(_make_tile, name, wanted, seed, folder) for name in names]:
            made.result()
        _write_sheet(names, wanted, folder / "samples.tsv")


def _make_tile(name: str, wanted: SimulateSettings, seed: int, folder: Path) -> None:
    side, x, y = _places(wanted.objects_per_tile, stream(seed, name, "places"))
    middle, scale = (side - 1) / 2, wanted.scale_arcsec
    scene = population(
        (x - middle) * scale,
        (y - middle) * scale,
        side * scale,
        wanted.bands,
        (wanted.lens_share, wanted.contaminant_share),
        stream(seed, name, "galaxies"),
    )
    exposures, arc_snr = expose(scene, side, scale, wanted.bands, wanted.seeing_arcsec, stream(seed, name, "camera"))
    wcs = _wcs(side, scale, stream(seed, name, "pointing"))
    for band, exposure in exposures.items():
        _write_image(folder / f"{name}_{band}.fits", exposure, wcs, name, band)
    _write_catalog(folder / f"{name}_catalog.ecsv", scene, arc_snr, wcs, x, y)


def _places(count: int, rng: np.random.Generator) -> tuple[int, np.ndarray, np.ndarray]:
    """Side of the tile and positions in it, pixels; they keep 36 from each other and 24 from the border."""
    across = int(np.ceil(np.sqrt(count)))
    side = across * SPACING_PIXELS + 2 * MARGIN_PIXELS
    cell = rng.permutation(across**2)[:count]
    first = MARGIN_PIXELS + (SPACING_PIXELS - 1) / 2
    x, y = first + SPACING_PIXELS * (cell % across), first + SPACING_PIXELS * (cell // across)
    jitter = rng.uniform(-JITTER_PIXELS, JITTER_PIXELS, (2, count))
    return side, x + jitter[0], y + jitter[1]


def _wcs(side: int, scale_arcsec: float, rng: np.random.Generator) -> WCS:
    """North up, right ascension growing to the left, about a place on the sky."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [round(float(rng.uniform(0, 360)), 4), round(float(rng.uniform(-60, 60)), 4)]
    wcs.wcs.crpix = [(side + 1) / 2] * 2
    wcs.wcs.cd = np.diag([-scale_arcsec / 3600, scale_arcsec / 3600])
    wcs.wcs.set()
    return wcs


def _write_image(path: Path, exposure: Exposure, wcs: WCS, name: str, band: str) -> None:
    header = wcs.to_header()
    header["OBJECT"] = (name, "simulated tile")
    header["FILTER"] = band
    header["BUNIT"] = "count"
    header["MAGZERO"] = (ZERO_POINT, "AB magnitude of one count")
    header["GAIN"] = (round(exposure.gain, 4), "electrons per count")
    header["SATURATE"] = (SATURATION, "count")
    header["SKYSIGMA"] = (round(exposure.sigma, 5), "scatter of the empty sky, count")
    header["SEEING"] = (round(exposure.seeing_arcsec, 4), "FWHM of the PSF, arcsec")
    header["ORIGIN"] = "sciml lenses simulate"
    fits.PrimaryHDU(exposure.flux, header).writeto(path)


def _write_catalog(path: Path, scene: Population, arc_snr: np.ndarray, wcs: WCS, x: np.ndarray, y: np.ndarray) -> None:
    ra, dec = wcs.all_pix2world(x, y, 0)
    lens = scene.kind == "lens"
    table = Table(
        {
            "id": [f"{number:04d}" for number in range(1, len(x) + 1)],
            "ra": np.round(ra, 7),
            "dec": np.round(dec, 7),
            "lens": lens.astype(np.int8),
            "kind": scene.kind,
            "theta_e": np.where(lens, np.round(scene.einstein_radius, 4), np.nan),
            "arc_snr": np.round(arc_snr, 2),
        },
        units={"ra": "deg", "dec": "deg", "theta_e": "arcsec"},
    )
    table.write(path, format="ascii.ecsv", delimiter=",")


def _write_sheet(names: Mapping[str, str], wanted: SimulateSettings, path: Path) -> None:
    """The sample sheet; paths are relative to it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        for name, role in names.items():
            images = ";".join(f"{name}_{band}.fits" for band in wanted.bands)
            table.writerow((name, ";".join(wanted.bands), images, f"{name}_catalog.ecsv", role, LICENCE))
