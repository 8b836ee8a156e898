"""What did the survey see here? One tile or stack of cutouts, its bands on one pixel grid."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError, VerifyWarning
from astropy.wcs import WCS, FITSFixedWarning
from astropy.wcs.utils import proj_plane_pixel_scales

from sciml.core.errors import BadInput, DataWarning, ScimlError, raise_all
from sciml.lenses.background import Sky, sky_of
from sciml.lenses.tile_files import FitsImage, read_image

MAX_OFFSET_PIXELS = 0.5
# keywords by which a file without a sky WCS may give its scale, arcsec
SCALE_KEYWORDS = ("PIXSCALE", "PIXSCAL1", "SCALE")
SATURATION_KEYWORDS = ("SATURATE", "SATLEVEL")


@dataclass(frozen=True)
class Tile:
    """flux(y, x) of a tile or flux(object, y, x) of a stack in each band, NaN where nothing was observed.

    `wcs` is None for a stack and for a tile whose header has none; `scale_arcsec` is NaN where it is not known.
    """

    name: str
    fluxes: Mapping[str, np.ndarray]
    skies: Mapping[str, Sky]
    wcs: WCS | None
    scale_arcsec: float
    saturation: Mapping[str, float] = field(default_factory=dict)
    specs: Mapping[str, str] = field(default_factory=dict)
    units: str = "not stated"

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands with anything observed."""
        return tuple(self.fluxes)

    @property
    def shape(self) -> tuple[int, ...]:
        """(y, x) of a tile, (object, y, x) of a stack."""
        return tuple(int(side) for side in next(iter(self.fluxes.values())).shape)

    @property
    def stack(self) -> bool:
        return len(self.shape) == 3

    def flux(self, band: str) -> np.ndarray:
        return self.fluxes[band]

    def sky(self, band: str) -> float:
        """Level of the empty sky of the whole tile or stack."""
        return self.skies[band].level

    def sky_sigma(self, band: str) -> float:
        """Scatter of the empty sky from pixel to pixel."""
        return self.skies[band].sigma


def open_tile(images: Mapping[str, str | Path], name: str = "") -> Tile:
    """Read the bands of a tile and check that they show the same sky; what is wrong with any is told of all."""
    read, errors = dict[str, FitsImage](), list[ScimlError]()
    for band, spec in images.items():
        try:
            read[band] = _squeezed(read_image(spec))
        except ScimlError as error:
            errors.append(error)
    raise_all(errors)
    if not read:
        raise BadInput(name or "tile", "has no image", "name a FITS image for at least one band")
    grids = {band: wcs_of(image.header, image.spec) for band, image in read.items()}
    _check_same_grid(read, grids)
    first = next(iter(read))
    skies = {band: sky_of(image.flux) for band, image in read.items()}
    # half of the pixels equal makes a scatter of zero, which is no measure of noise
    seen = [band for band in read if skies[band].sigma > 0]
    if not seen:
        problem = f"no band has anything but blank or constant pixels ({', '.join(read)})"
        raise BadInput(read[first].spec, problem, "check the files and their HDUs")
    for band in (band for band in read if band not in seen):
        kind = "constant" if np.isfinite(skies[band].level) else "blank"
        warnings.warn(DataWarning(f"{read[band].spec}: band {band} is {kind}; it counts as missing"), stacklevel=2)
    return Tile(
        name=name or Path(read[first].spec).name.split(".")[0],
        fluxes={band: read[band].flux for band in seen},
        skies={band: skies[band] for band in seen},
        wcs=grids[first],
        scale_arcsec=_scale_arcsec(read[first].header, grids[first]),
        saturation={band: level for band in seen if (level := _number(read[band].header, SATURATION_KEYWORDS)) > 0},
        specs={band: image.spec for band, image in read.items()},
        units=str(read[first].header.get("BUNIT") or "not stated"),
    )


def wcs_of(header: fits.Header, spec: str) -> WCS | None:
    """The celestial WCS of a header, or None if it has none."""
    with warnings.catch_warnings():
        # old spellings (PC001001, RADECSYS) that astropy has understood, and cards of other things that it has not
        warnings.simplefilter("ignore", FITSFixedWarning)
        warnings.simplefilter("ignore", VerifyWarning)
        try:
            wcs = WCS(header)
            if not wcs.has_celestial:
                return None
            wcs.celestial.wcs.set()  # tells now of a matrix that has no inverse
            return wcs.celestial
        except (ValueError, TypeError, AttributeError, MemoryError, VerifyError) as error:
            raise BadInput(spec, f"its WCS cannot be understood ({error})", "correct the header") from error


def _squeezed(image: FitsImage) -> FitsImage:
    """A cube of one plane with a sky WCS is a plane; one of several is nothing that can be guessed."""
    if image.flux.ndim == 2 or wcs_of(image.header, image.spec) is None:
        return image
    if image.flux.shape[0] == 1:
        return FitsImage(image.spec, image.flux[0], image.header)
    problem = f"is a cube of {image.flux.shape[0]} planes with a sky WCS: bands, not a stack of objects"
    raise BadInput(image.spec, problem, "write one 2-D file a band, or a stack (object, y, x) without CTYPE keywords")


def _check_same_grid(images: Mapping[str, FitsImage], grids: Mapping[str, WCS | None]) -> None:
    first, *others = images
    errors = list[ScimlError]()
    for band in others:
        problem = _difference(images[first], images[band], grids[first], grids[band])
        if problem:
            place = f"{images[first].spec} and {images[band].spec}"
            errors.append(BadInput(place, f"{problem} ({first}, {band})", "bring the bands to one pixel grid first"))
    raise_all(errors)


def _difference(image: FitsImage, other: FitsImage, grid: WCS | None, other_grid: WCS | None) -> str:
    """How two bands differ in their pixel grids; empty if they do not."""
    if image.flux.shape != other.flux.shape:
        sides = (" x ".join(map(str, one.flux.shape)) for one in (image, other))
        return "differ in shape: " + " and ".join(sides)
    if grid is None or other_grid is None:
        return "" if grid is other_grid else "differ: only one has a sky WCS"
    height, width = image.flux.shape
    x, y = np.array([0, width - 1, 0, width - 1, width / 2]), np.array([0, 0, height - 1, height - 1, height / 2])
    there = np.array(grid.all_world2pix(*other_grid.all_pix2world(x, y, 0), 0, quiet=True))
    offset = float(np.max(np.hypot(there[0] - x, there[1] - y)))
    if offset <= MAX_OFFSET_PIXELS:
        return ""
    ratio = float(np.mean(proj_plane_pixel_scales(other_grid)) / np.mean(proj_plane_pixel_scales(grid)))
    return f"differ by {offset:.1f} pixels in position and a factor of {ratio:.3f} in scale"


def _scale_arcsec(header: fits.Header, grid: WCS | None) -> float:
    if grid is not None:
        return float(3600 * np.sqrt(np.prod(proj_plane_pixel_scales(grid))))
    scale = _number(header, SCALE_KEYWORDS)
    return scale if scale > 0 else float("nan")


def _number(header: fits.Header, keywords: tuple[str, ...]) -> float:
    """The first of these keywords that holds a number; NaN if none does."""
    for keyword in keywords:
        value = header.get(keyword)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
            return float(value)
    return float("nan")
