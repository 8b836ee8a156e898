"""An image of a few colours as PNG: small, sharp when enlarged, the same bytes for the same values."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np


def palette_png(values: np.ndarray, colours: Sequence[str]) -> bytes:
    """The image (row, column) whose values, from 0, are numbers of `colours` (#rrggbb).

    Up to 16 colours take four bits a pixel.
    """
    if values.ndim != 2 or not values.size or int(values.max()) >= len(colours):
        raise ValueError(f"values of {values.shape} up to {values.max(initial=0)} do not fit {len(colours)} colours")
    rows, columns = values.shape
    depth = 4 if len(colours) <= 16 else 8
    pixels = np.pad(values.astype(np.uint8), ((0, 0), (0, columns % 2 if depth == 4 else 0)))
    if depth == 4:
        pixels = (pixels[:, ::2] << 4 | pixels[:, 1::2]).astype(np.uint8)
    lines = np.zeros((rows, pixels.shape[1] + 1), np.uint8)  # each line begins with the number of its filter: none
    lines[:, 1:] = pixels
    palette = b"".join(bytes.fromhex(colour.removeprefix("#")) for colour in colours)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, depth, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
