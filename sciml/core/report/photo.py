"""An image of many colours as a small WebP file, for a page: the same bytes for the same pixels."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

QUALITY = 82


def photo(pixels: np.ndarray, quality: int = QUALITY) -> bytes:
    """Pixels (y, x) grey or (y, x, colour) red, green, blue, uint8, as WebP of this quality (1 to 100)."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(f"{pixels.dtype} pixels of shape {pixels.shape} are neither grey nor in three colours")
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()


def fitted(pixels: np.ndarray, side: int) -> np.ndarray:
    """The same pixels (y, x) or (y, x, colour), made smaller where their longer side exceeds `side`; never larger."""
    height, width = pixels.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return pixels
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small: np.ndarray = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    return small
