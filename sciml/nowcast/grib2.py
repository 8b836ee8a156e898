"""What fields are in a GRIB2 file, and what are their values (WMO FM 92, edition 2)?

Read here are regular latitude-longitude grids (template 3.0), analyses and forecasts at a point in time (4.0), simple
and PNG packing (5.0 and 5.41) and bitmaps; anything else is refused by name.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sciml.core.gzipped import opened

Convert = Callable[[NDArray[np.float64]], NDArray[np.float64]]

MAGIC = b"GRIB"
TABLE_BITS = 16  # up to here, each number that can be stored is converted once
SIMPLE, PNG = 0, 41
_END = b"7777"
_PNG = b"\x89PNG\r\n\x1a\n"
_NO_BITMAP = 255
_LARGEST_SCALE = 99  # of powers of 2 and of 10 that rain can need
_MISSING_ANGLE = 0xFFFFFFFF
_DECIMAL = 1e-6
# signed numbers carry their sign in the first bit
_ELLIPSOIDS = {
    0: "+R=6367470", 2: "+a=6378160 +b=6356775", 4: "+ellps=GRS80", 5: "+ellps=WGS84", 6: "+R=6371229", 8: "+R=6371200",
}  # fmt: skip


@dataclass(frozen=True)
class LatLon:
    """A grid in degrees in the order of the file: first point, signed steps, counts; and the Earth as PROJ terms."""

    longitude: float
    dx: float
    width: int
    latitude: float
    dy: float
    height: int
    earth: str
    scan: int


@dataclass(frozen=True)
class Packing:
    """Value = (reference + stored * 2^binary) / 10^decimal, over `count` points of the bitmap."""

    template: int
    count: int
    reference: float
    binary: int
    decimal: int
    bits: int


@dataclass(frozen=True)
class Field:
    """One field of a file: what it is, of when, where, and the place of its packed values."""

    parameter: tuple[int, int, int]
    time: np.datetime64
    grid: LatLon
    packing: Packing
    bitmap: tuple[int, int] | None
    data: tuple[int, int]


class Unsupported(ValueError):
    """A valid field in a form that is not read here."""


def fields(stream: BinaryIO) -> Iterator[Field]:
    """The fields of all messages, without their values; the stream is left behind the last one."""
    while (indicator := stream.read(16)).startswith(MAGIC):
        if len(indicator) < 16:
            raise EOFError("the file ends inside a message")
        discipline, edition, length = indicator[6], indicator[7], struct.unpack(">Q", indicator[8:])[0]
        if edition != 2:
            raise Unsupported(f"GRIB edition {edition}, not 2")
        begin = stream.tell() - 16
        yield from _message(stream, discipline, begin + length)
        stream.seek(begin + length)


def values(path: Path, field: Field, convert: Convert) -> NDArray[np.float32]:
    """What `convert` makes of the values (row, column), in the order of the file; NaN where the bitmap has none."""
    with opened(path) as stream:
        mask = None if field.bitmap is None else np.unpackbits(np.frombuffer(_block(stream, field.bitmap), np.uint8))
        packed = _block(stream, field.data)
    points = field.grid.width * field.grid.height
    known = _unpacked(_stored(packed, field.packing), field.packing, convert)
    if mask is not None:
        spread = np.full(points, np.nan, np.float32)
        spread[mask[:points].astype(bool)] = known
        known = spread
    if known.size != points:
        raise ValueError(f"{known.size} values for {points} points")
    return ordered(known, field.grid)


def _unpacked(stored: NDArray[Any], packing: Packing, convert: Convert) -> NDArray[np.float32]:
    def physical(number: NDArray[Any]) -> NDArray[np.float32]:
        scaled = packing.reference + number.astype(np.float64) * 2.0**packing.binary
        return convert(scaled / 10.0**packing.decimal).astype(np.float32)

    if packing.bits > TABLE_BITS or stored.size < 1 << packing.bits:
        return physical(stored)
    return physical(np.arange(1 << packing.bits)).take(stored)


def ordered(flat: NDArray[Any], grid: LatLon) -> NDArray[Any]:
    """Points in scanning order as (row, column); rows and columns keep the directions of the file."""
    by_columns, alternating = bool(grid.scan & 0x20), bool(grid.scan & 0x10)
    lines = flat.reshape(grid.width, grid.height) if by_columns else flat.reshape(grid.height, grid.width)
    if alternating:
        lines = lines.copy()
        lines[1::2] = lines[1::2, ::-1]
    return lines.T if by_columns else lines


def _message(stream: BinaryIO, discipline: int, end: int) -> Iterator[Field]:
    """Sections 2 to 7 may repeat; what does not repeat holds on."""
    known: dict[int, Any] = {}
    while True:
        begin = stream.tell()
        if (opening := stream.read(4)) == _END:
            if stream.tell() != end:
                raise EOFError("a message is shorter or longer than it says")
            return
        length = struct.unpack(">I", opening)[0]
        number = stream.read(1)[0]
        if length < 5 or begin + length > end:
            raise EOFError("the file ends inside a section")
        if number in (1, 3, 4, 5):
            known[number] = opening + bytes([number]) + stream.read(length - 5)
        elif number == 6:
            indicator = stream.read(1)[0]
            known[6] = _bitmap(indicator, begin, length, known.get(6))
        elif number == 7:
            yield _field(discipline, known, (begin + 5, length - 5))
        stream.seek(begin + length)


def _bitmap(indicator: int, begin: int, length: int, previous: Any) -> tuple[int, int] | None:
    if indicator == _NO_BITMAP:
        return None
    if indicator == 254:
        return previous  # type: ignore[no-any-return]
    if indicator != 0:
        raise Unsupported(f"predefined bitmap {indicator}")
    return begin + 6, length - 6


def _field(discipline: int, known: dict[int, Any], data: tuple[int, int]) -> Field:
    identification, product = known[1], known[4]
    category, number = product[9], product[10]
    return Field(
        (discipline, category, number), _time(identification, product), _grid(known[3]), _packing(known[5]),
        known.get(6), data,
    )  # fmt: skip


def _time(identification: bytes, product: bytes) -> np.datetime64:
    """Reference time plus, in template 4.0, the forecast's."""
    year, month, day, hour, minute, second = struct.unpack(">HBBBBB", identification[12:19])
    time = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "ns")
    time += np.timedelta64(hour * 3600 + minute * 60 + second, "s")
    if struct.unpack(">H", product[7:9])[0] != 0:
        return time
    unit, ahead = product[17], _signed(product[18:22])
    seconds = {0: 60, 1: 3600, 13: 1}.get(unit)
    return time if not ahead or seconds is None else time + np.timedelta64(ahead * seconds, "s")


def _grid(section: bytes) -> LatLon:
    template = struct.unpack(">H", section[12:14])[0]
    if template != 0:
        raise Unsupported(f"grid template 3.{template}; only latitude-longitude grids (3.0) are read")
    width, height, basic, divisions = struct.unpack(">IIII", section[30:46])
    degree = _DECIMAL if basic in (0, _MISSING_ANGLE) or divisions in (0, _MISSING_ANGLE) else basic / divisions
    latitude, longitude = _signed(section[46:50]) * degree, _signed(section[50:54]) * degree
    dx, dy = (struct.unpack(">I", section[at : at + 4])[0] * degree for at in (63, 67))
    scan, points = section[71], struct.unpack(">I", section[6:10])[0]
    if points != width * height:
        raise ValueError(f"{width} x {height} cells, but {points} points")
    dx, dy = -dx if scan & 0x80 else dx, dy if scan & 0x40 else -dy
    return LatLon(longitude, dx, width, latitude, dy, height, _earth(section), scan)


def _earth(section: bytes) -> str:
    shape = section[14]
    if shape in _ELLIPSOIDS:
        return _ELLIPSOIDS[shape]
    if shape == 1:
        return f"+R={_scaled(section[15:20])}"
    if shape in (3, 7):
        unit = 1000 if shape == 3 else 1
        return f"+a={_scaled(section[20:25]) * unit} +b={_scaled(section[25:30]) * unit}"
    raise Unsupported(f"shape of the Earth {shape}")


def _packing(section: bytes) -> Packing:
    count, template = struct.unpack(">IH", section[5:11])
    if template not in (SIMPLE, PNG):
        raise Unsupported(f"packing 5.{template}; simple (5.0) and PNG packing (5.41) are read")
    reference = struct.unpack(">f", section[11:15])[0]
    binary, decimal = _signed(section[15:17]), _signed(section[17:19])
    if not math.isfinite(reference) or max(abs(binary), abs(decimal)) > _LARGEST_SCALE:
        raise ValueError("an impossible packing")
    return Packing(template, count, reference, binary, decimal, section[19])


def _stored(packed: bytes, packing: Packing) -> NDArray[Any]:
    if packing.bits == 0:  # a field of one value
        return np.zeros(packing.count, np.uint8)
    stored = _from_png(packed, packing) if packing.template == PNG else _from_bits(packed, packing)
    if stored.size != packing.count:
        raise ValueError(f"{stored.size} values, not {packing.count}")
    return stored


def _from_png(packed: bytes, packing: Packing) -> NDArray[Any]:
    bits = packing.bits
    # asked of the header before Pillow makes room for a damaged one
    if packed[:8] != _PNG or math.prod(struct.unpack(">II", packed[16:24])) != packing.count:
        raise ValueError("the packed image has another size than the field")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a large grid is none
        with Image.open(io.BytesIO(packed)) as image:
            pixels = np.asarray(image)
    if bits <= 16:
        return pixels.ravel()
    # 24 and 32 bits are the bytes of RGB and RGBA, the first the highest
    weights = 256 ** np.arange(bits // 8 - 1, -1, -1, dtype=np.uint32)
    return np.asarray((pixels.reshape(-1, bits // 8) * weights).sum(axis=1, dtype=np.uint32))


def _from_bits(packed: bytes, packing: Packing) -> NDArray[Any]:
    count, bits = packing.count, packing.bits
    if len(packed) * 8 < count * bits:
        raise EOFError("fewer values than the field has")
    if bits in (8, 16, 32):
        return np.frombuffer(packed, f">u{bits // 8}", count)
    single = np.unpackbits(np.frombuffer(packed, np.uint8), count=count * bits).reshape(count, bits)
    stored: NDArray[Any] = np.zeros(count, np.uint32)
    for bit in range(bits):
        stored = (stored << 1) | single[:, bit]
    return stored


def _block(stream: BinaryIO, place: tuple[int, int]) -> bytes:
    begin, length = place
    stream.seek(begin)
    block = stream.read(length)
    if len(block) < length:
        raise EOFError("the file ends inside its data")
    return block


def _signed(octets: bytes) -> int:
    value = int.from_bytes(octets, "big")
    sign = 1 << (8 * len(octets) - 1)
    return -(value - sign) if value & sign else value


def _scaled(octets: bytes) -> float:
    """A scale factor and the value scaled by it."""
    return int.from_bytes(octets[1:], "big") / 10.0 ** _signed(octets[:1])
