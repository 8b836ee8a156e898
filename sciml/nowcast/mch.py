"""Rain in MeteoSwiss' GIF images (AQC, CPC): which pixel is how much, of when?"""

from __future__ import annotations

import io
import re
import struct
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sciml.core.errors import BadInput
from sciml.nowcast.file_bytes import Unreadable, whole
from sciml.nowcast.frames import Frame
from sciml.nowcast.grids import Grid, crs_of

NAME = "MeteoSwiss GIF"
MAGIC = b"GIF8"
PRODUCTS = ("AQC", "CPC")
ZR = (316.0, 1.5)  # already in the pixels' table
MINUTES = 5.0
# the file has no georeference: Swiss coordinates of 1903 (EPSG:21781), cells of 1 km, from 255 to 965 km and 480 to
# -160 km
_WIDTH, _HEIGHT, _CELL_M, _LEFT_M, _TOP_M = 710, 640, 1000.0, 255_000.0, 480_000.0
_SWISS = 21781
_TRAILER = b"\x3b"
_NO_DATA = 255


def frames(path: Path) -> list[Frame]:
    """The one frame of a file.

    Its time is the end of the accumulation, in UTC, as in the product's name AQC<yy><day of year><HHMM>, which the
    image's comment repeats; the file's own name is asked only where there is no such comment.
    """
    content = whole(path)
    size = struct.unpack("<HH", content[6:10])
    if size != (_WIDTH, _HEIGHT):
        raise BadInput(
            path, f"is a GIF of {size[0]} x {size[1]}, not of the {_WIDTH} x {_HEIGHT} cells of MeteoSwiss' grid",
            "give MeteoSwiss' own file, not a picture made of it",
        )  # fmt: skip
    if content.rstrip(b"\0")[-1:] != _TRAILER:
        raise Unreadable(path, "breaks off before the end of the image", "is it truncated? copy it again")
    with _image(path, content) as image:
        comment = bytes(image.info.get("comment", b"")).decode("latin-1")
    terms = dict(word.split("=", 1) for word in comment.split() if "=" in word)
    time = _time(path, terms.get("PRDT", "") or path.name)
    minutes = float(terms.get("ACCUm", MINUTES)) or MINUTES
    return [
        Frame(
            path, NAME, "mm", time, _grid(), partial(decode, path, minutes),
            start=time - np.timedelta64(round(minutes), "m"), end=time, minutes=minutes, zr=ZR,
            remark="a and b of Z = a R^b were applied by MeteoSwiss",
        )
    ]  # fmt: skip


def decode(path: Path, minutes: float = MINUTES) -> NDArray[np.float32]:
    """Rain rate of the palette's indices; their colours are for the eye only."""
    with _image(path, whole(path)) as image:
        indices = np.asarray(image)
    return _table(minutes).take(indices)


def _image(path: Path, content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:  # not among the errors of a damaged file, but no less damaged
        raise Unreadable(path, "has an image larger than its canvas", "copy it again") from error


@lru_cache(maxsize=4)
def _table(minutes: float) -> NDArray[np.float32]:
    """An index is twice a reflectivity; its rain, at 316 R^1.5, is mm in the accumulation's minutes."""
    index = np.arange(256.0)
    amount = np.power(np.power(10.0, (index - 71.5) / 20) / ZR[0], 1 / ZR[1])
    amount[(index < 2) | (index > 250)] = 0
    amount[_NO_DATA] = np.nan
    return (amount * (60 / minutes)).astype(np.float32)


def _time(path: Path, product: str) -> np.datetime64:
    match = re.match(r"([A-Z]{3})(\d{2})(\d{3})(\d{2})(\d{2})", product)
    if match is None:
        raise BadInput(path, "is a GIF that does not say when it was measured", "is it an AQC image of MeteoSwiss?")
    name, year, day, hour, minute = match.groups()
    if name not in PRODUCTS:
        raise BadInput(path, f"holds {name}, not {' or '.join(PRODUCTS)}", "give one of these products")
    if not (1 <= int(day) <= 366 and int(hour) <= 24 and int(minute) < 60):
        raise BadInput(path, f"has the impossible time {match[0][3:]}", "expected yy, day of the year, HHMM")
    since = np.timedelta64((int(day) - 1) * 1440 + int(hour) * 60 + int(minute), "m")
    return np.datetime64(f"20{year}-01-01", "ns") + since


@lru_cache(maxsize=1)
def _grid() -> Grid:
    crs = str(crs_of(_SWISS).to_wkt())
    return Grid(crs, _LEFT_M + _CELL_M / 2, _CELL_M, _WIDTH, _TOP_M - _CELL_M / 2, -_CELL_M, _HEIGHT)
