"""Reflectivity composites in the Finnish Meteorological Institute's PGM: where, of when?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sciml.core.errors import BadInput
from sciml.nowcast.file_bytes import Unreadable, check_size, head, whole
from sciml.nowcast.frames import Frame, instant
from sciml.nowcast.grids import Grid, crs_of, projected, rounded
from sciml.nowcast.rain_codes import Packing, rain_rate

NAME = "FMI PGM"
MAGIC = b"P5"
ZR = (223.0, 1.53)  # FMI's own, not Marshall and Palmer's
# sphere, false easting and northing are not in the file; they put the lower left corner at (0, 0)
PROJECTION = (
    "+proj=stere +lon_0={centrallongitude} +lat_0={centrallatitude} +lat_ts={truelatitude} "
    "+x_0=380886.310 +y_0=3395677.920 +R=6371288 +units=m +type=crs"
)
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Header:
    """`words` of the comments by their first one; where the pixels begin; the pixel value of no data."""

    words: dict[str, tuple[str, ...]]
    width: int
    height: int
    missing: int
    begin: int


def frames(path: Path) -> list[Frame]:
    """The one frame of a file; its time is `obstime` of the header, or the digits that its name begins with."""
    header = _header(path, head(path, _HEAD_BYTES))
    quantity = " ".join(header.words.get("param", ("an unnamed quantity",)))
    if "reflectivity" not in quantity.lower():
        raise BadInput(path, f"holds {quantity}, not reflectivity", "give FMI's composites of CorrectedReflectivity")
    check_size(path, header.begin + header.width * header.height)
    time = _time(path, header)
    return [Frame(path, NAME, "dBZ", time, _grid(path, header), partial(decode, path), zr=ZR)]


def decode(path: Path) -> NDArray[np.float32]:
    """Rain rate of dBZ = pixel / 2 - 32; pixel 0 is no echo."""
    content = whole(path)
    header = _header(path, content[:_HEAD_BYTES])
    count = header.width * header.height
    pixels = np.frombuffer(content, np.uint8, count, header.begin).reshape(header.height, header.width)
    return rain_rate(pixels, Packing("dBZ", zr=ZR, slope=0.5, offset=-32, dry=(0,), unknown=(header.missing,)))


def _header(path: Path, begin: bytes) -> Header:
    """Comments `# key values`, then width and height, then, where a plain PGM has its largest value, no data."""
    words: dict[str, tuple[str, ...]] = {}
    numbers: list[int] = []
    position = len(MAGIC)
    while len(numbers) < 3:
        line = re.compile(rb"\s*(#[^\n]*\n|\d+)").match(begin, position)
        if line is None:
            raise Unreadable(path, "has no whole PGM header", "is it truncated? copy it again")
        position = line.end()
        if line[1].startswith(b"#"):
            key, *values = line[1][1:].decode("latin-1").split() or [""]
            words.setdefault(key, tuple(values))
        else:
            numbers.append(int(line[1]))
    width, height, missing = numbers
    if missing > 255:
        raise BadInput(path, "has two bytes a pixel", "give FMI's 8-bit composites")
    return Header(words, width, height, missing, position + 1)


def _time(path: Path, header: Header) -> np.datetime64:
    written = "".join(header.words.get("obstime", ())) or "".join(re.findall(r"^\d{12}", path.name))
    if not re.fullmatch(r"\d{12}", written):
        raise BadInput(path, "has no obstime in its header", "begin its name with the time, YYYYmmddHHMM")
    return instant(written[:8], written[8:])


def _grid(path: Path, header: Header) -> Grid:
    words = header.words
    if words.get("type") != ("stereographic",):
        kind = " ".join(words.get("type", ("none",)))
        raise BadInput(path, f"has the projection {kind}, not stereographic", "give FMI's composites of Finland")
    terms = {name: words[name][0] for name in ("centrallongitude", "centrallatitude", "truelatitude")}
    crs = str(crs_of(PROJECTION.format(**terms)).to_wkt())
    dx, dy = float(words["metersperpixel_x"][0]), float(words["metersperpixel_y"][0])
    left, bottom = projected(crs, float(words["bottomleft"][0]), float(words["bottomleft"][1]))
    top = rounded(bottom) + dy * header.height
    return Grid(crs, rounded(left) + dx / 2, dx, header.width, top - dy / 2, -dy, header.height)
