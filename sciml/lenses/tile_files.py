"""What are the pixels and the header of one FITS image?"""

from __future__ import annotations

import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError, VerifyWarning
from astropy.utils.exceptions import AstropyUserWarning

from sciml.core.errors import BadInput, Missing
from sciml.lenses.blanks import without_blanks

REMEDY = "give a FITS image: file.fits, or file.fits[2] or file.fits[NAME] for one of its HDUs"
# what astropy and zlib raise on files that are damaged, not on its own mistakes
DAMAGED = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, VerifyError, AstropyUserWarning),
    # compressed files, and a compression for which a package is not installed
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, ModuleNotFoundError),
)


@dataclass(frozen=True)
class FitsImage:
    """flux(y, x) or flux(object, y, x), float32, NaN where nothing was observed."""

    spec: str
    flux: np.ndarray
    header: fits.Header


def read_image(spec: str | Path) -> FitsImage:
    """The first image of a file, or the HDU that `file.fits[2]` (0 is the primary) or `file.fits[NAME]` names."""
    path, _ = split_spec(spec)
    with _image_hdu(spec) as hdu:
        header = hdu.header.copy()
        # a cast to another type leaves the numbers scaled (BZERO, BSCALE, BLANK), unpacked and in native byte order
        with np.errstate(over="ignore"):
            pixels = np.asarray(_decoded(hdu, path)).astype(np.float32)
        whole_numbers = header["BITPIX"] > 0 and "BSCALE" not in header
    if not pixels.size:
        raise BadInput(path, "its image has no pixel", REMEDY)
    return FitsImage(str(spec), without_blanks(pixels, whole_numbers), header)


def split_spec(spec: str | Path) -> tuple[Path, str | None]:
    """The file, and which HDU of it was asked for; a file that has brackets in its own name is that file."""
    found = re.fullmatch(r"(.+)\[([^\[\]]+)\]", str(spec))
    if found is None or Path(spec).is_file():
        return Path(spec), None
    return Path(found[1]), found[2]


@contextmanager
def _image_hdu(spec: str | Path) -> Iterator[Any]:
    path, wanted = split_spec(spec)
    if not path.is_file():
        if not path.exists():
            raise Missing(path, "there is no such file", "check the path")
        raise BadInput(path, "is not a file", REMEDY)
    try:
        with warnings.catch_warnings():
            # a BLANK in a header of floats, and cards that are not quite standard, harm nobody
            warnings.simplefilter("ignore", VerifyWarning)
            warnings.filterwarnings("error", message=".*truncated.*", category=AstropyUserWarning)
            # a file of our own: astropy leaves its own open when it gives up. Scaled integers cannot be mapped
            with path.open("rb") as file, fits.open(file, memmap=False) as hdus:
                yield _chosen(hdus, path, wanted)
    except BadInput:
        raise
    except DAMAGED as error:
        raise BadInput(path, f"cannot be read as FITS ({_reason(error)})", REMEDY) from error


def _decoded(hdu: Any, path: Path) -> Any:
    try:
        return hdu.data
    except Exception as error:  # the codecs of compressed images raise a class that has no public name
        raise BadInput(path, f"its pixels cannot be decoded ({_reason(error)})", REMEDY) from error


def _chosen(hdus: Any, path: Path, wanted: str | None) -> Any:
    # len() makes astropy read on to the end of the file, where a truncation shows
    names = [f"{number} {hdus[number].name}".strip() for number in range(len(hdus))]
    if wanted is None:
        found = next((hdu for hdu in hdus if _is_image(hdu)), None)
        if found is None:
            raise BadInput(path, f"none of its {len(names)} HDUs holds a 2-D or 3-D image", REMEDY)
        return found
    by_name = [hdu for hdu in hdus if hdu.name.casefold() == wanted.strip().casefold()]
    number = int(wanted) if wanted.strip().isdecimal() else None
    if number is not None and number < len(names):
        by_name = [hdus[number]]
    if not by_name:
        raise BadInput(path, f"has no HDU {wanted}", f"it has {', '.join(names)}")
    if not _is_image(by_name[0]):
        raise BadInput(path, f"its HDU {wanted} is no 2-D or 3-D image", f"it has {', '.join(names)}")
    return by_name[0]


def _is_image(hdu: Any) -> bool:
    return bool(hdu.is_image) and len(hdu.shape) in (2, 3) and all(hdu.shape)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
