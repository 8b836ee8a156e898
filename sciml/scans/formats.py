"""What does an image file show, whatever its format? Told by its first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.digests import file_record
from sciml.core.errors import BadInput
from sciml.scans.dicom import check_dicom, read_dicom
from sciml.scans.pictures import check_picture, read_picture
from sciml.scans.settings import Kind

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
PREAMBLE = 128  # bytes before the letters DICM (PS3.10, section 7.1)
REMEDY = "name a JPEG, PNG, TIFF or DICOM image"
# red over blue of a fundus photograph; a grey X-ray saved in colour has one
MIN_REDNESS = 1.15


@dataclass(frozen=True)
class Scan:
    """An image, and what its file says that names nobody.

    `pixels` (y, x, channel) float32 in 0..1, one channel or red, green and blue. `facts`: format, height, width and
    channels of the file; of DICOM also `view` (PA, AP, lateral or ""), `burned_in` and `grey`, the origin of black and
    white.
    """

    pixels: np.ndarray
    kind_hint: Kind
    facts: Mapping[str, Any]
    digest: str


def read_scan(path: str | Path, at_least: int | None = None) -> Scan:
    """Decode an image; with `at_least`, JPEG files may come out smaller, but not below so many pixels a side."""
    path = Path(path)
    facts = check_scan(path)
    if facts["format"] == "DICOM":
        pixels, said = read_dicom(path)
        hint: Kind = "retina" if said.pop("kind_hint") == "retina" else "chest"
        facts = {**facts, **said}
    else:
        pixels = read_picture(path, at_least)
        hint = "retina" if _is_red(pixels) else "chest"
    return Scan(pixels, hint, facts, file_record(path).digest)


def check_scan(path: str | Path) -> dict[str, Any]:
    """Format, height, width and channels (and of DICOM more) by the header alone; refuses what is no image."""
    path = Path(path)
    start = _first_bytes(path)
    if start[PREAMBLE:] == b"DICM":
        facts = check_dicom(path)
        del facts["kind_hint"]
        return {"format": "DICOM", **facts}
    if start.startswith(PICTURES):
        kind, height, width, channels = check_picture(path)
        return {"format": kind, "height": height, "width": width, "channels": channels}
    raise BadInput(path, "is neither a JPEG, PNG or TIFF picture nor a DICOM file" if start else "is empty", REMEDY)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(PREAMBLE + 4)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise BadInput(path, f"cannot be read ({reason})", "check the path and its permissions") from None


def _is_red(pixels: np.ndarray) -> bool:
    if pixels.shape[2] == 1:
        return False
    red, _, blue = pixels[::8, ::8].mean((0, 1), dtype=np.float64)
    return bool(red > MIN_REDNESS * blue)
