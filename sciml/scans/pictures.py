"""What grey levels or colours does a JPEG, PNG or TIFF file hold?

Nothing that a file says in words (EXIF, comments, text chunks) is read, and no message of the decoder is passed on:
both may name a person.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sciml.core.errors import BadInput

MAX_PIXELS = 100_000_000
MIN_SIDE = 64
FORMATS = ("JPEG", "PNG", "TIFF")
# the last bytes of a whole file; a few programs write something behind them
ENDS = {"JPEG": (b"\xff\xd9", 65_536), "PNG": (b"IEND", 4_096)}
EIGHT_BIT = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")
GREY = ("1", "L", "LA", "La", *SIXTEEN_BIT)
TIFF_PHOTOMETRIC, WHITE_IS_ZERO = 262, 0


def read_picture(path: Path, at_least: int | None = None) -> np.ndarray:
    """Pixels (y, x, channel) in 0..1, upright, one channel for grey and three for red, green and blue.

    With `at_least`, the sides of a JPEG need only be so many pixels: it may come out at a half, a quarter or an eighth
    of its size (averaged by the decoder), which is several times faster.
    """
    with _decoding(path) as image:
        if at_least is not None:
            image.draft(image.mode, (at_least, at_least))
        image.load()
        if image.mode in SIXTEEN_BIT:
            return _sixteen_bit(image)
        eight_bit = ImageOps.exif_transpose(_plain(image))
    pixels = np.asarray(eight_bit, np.float32) / np.float32(255)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def check_picture(path: Path) -> tuple[str, int, int, int]:
    """Format, height, width and channels by the header; refuses what cannot be a whole picture of a usable size."""
    with _decoding(path) as image:
        width, height = image.size
        channels = 1 if image.mode in GREY else 3
        rotated = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    end, within = ENDS.get(kind, (b"", 0))
    if end and end not in _tail(path, within):
        raise _damaged(path)
    return (kind, width, height, channels) if rotated else (kind, height, width, channels)


def check_size(path: Path, height: int, width: int) -> None:
    """Refuse what is too small to be a scan, and what would fill the memory."""
    if min(height, width) < MIN_SIDE:
        problem = f"has {width} x {height} pixels"
        raise BadInput(path, problem, f"at least {MIN_SIDE} x {MIN_SIDE} are needed")
    if height * width > MAX_PIXELS:
        problem = f"has {width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million"
        raise BadInput(path, problem, "write a smaller picture")


@contextmanager
def _decoding(path: Path) -> Iterator[Image.Image]:
    """The opened image; whatever its decoder says becomes one line without the decoder's words."""
    try:
        # the decoder warns of large pictures and odd tags, in the file's own words
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                check_size(path, image.height, image.width)
                _check_supported(path, image)
                yield image
    except BadInput:
        raise
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise BadInput(path, f"cannot be read ({error.strerror})", "check the path and its permissions") from None
    except Image.DecompressionBombError:
        problem = f"has more than {MAX_PIXELS // 1_000_000} million pixels"
        raise BadInput(path, problem, "write a smaller picture") from None
    except (OSError, ValueError, TypeError, SyntaxError, EOFError, LookupError, struct.error, zlib.error):
        raise _damaged(path) from None


def _check_supported(path: Path, image: Image.Image) -> None:
    if image.mode not in EIGHT_BIT + SIXTEEN_BIT:
        problem = f"has pixels of the kind {image.mode}"
        raise BadInput(path, problem, "write 8 or 16 bits per channel, grey or colour")
    if image.format == "TIFF" and getattr(image, "n_frames", 1) > 1:
        raise BadInput(path, "holds several pictures", "write each into a file of its own")


def _plain(image: Image.Image) -> Image.Image:
    """Grey or RGB of 8 bits; what is transparent becomes black, like all that a scan does not show."""
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "PA":
        image = image.convert("RGBA")
    if image.mode in ("LA", "La", "RGBA", "RGBa"):
        grey = image.mode.startswith("L")
        whole = image.convert("LA" if grey else "RGBA")
        black = Image.new("L" if grey else "RGB", whole.size)
        black.paste(whole.convert(black.mode), mask=whole.getchannel("A"))
        # what was pasted has lost the orientation that the file states
        black.info["exif"] = image.getexif().tobytes() if image.getexif() else b""
        return black
    return image if image.mode in ("L", "RGB") else _converted(image)


def _converted(image: Image.Image) -> Image.Image:
    return image.convert("L" if image.mode == "1" else "RGB")


def _sixteen_bit(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image).astype(np.float32) / np.float32(65_535)
    if image.format == "TIFF" and getattr(image, "tag_v2", {}).get(TIFF_PHOTOMETRIC) == WHITE_IS_ZERO:
        pixels = 1 - pixels  # Pillow does so for 8 bits only
    return _upright(pixels, image.getexif().get(0x0112, 1))[..., None]


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """EXIF orientations 2 to 8 undone (TIFF 6.0, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _tail(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return file.read()


def _damaged(path: Path) -> BadInput:
    return BadInput(path, "cannot be decoded: it is cut short or damaged", "export the picture again")
