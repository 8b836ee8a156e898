"""What are the bytes of a radar file, whether it was gzipped or not?"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sciml.core.errors import BadInput, Missing
from sciml.core.gzipped import GZIP, opened

_COPY = "is it truncated? copy it again"
# what h5py, Pillow, pyproj, zlib and numpy were seen to raise on files with random bytes changed; no warning is among
# them, so that one which is an error stays one
_DAMAGE = (
    OSError, EOFError, zlib.error, struct.error, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    RuntimeError, SyntaxError,
)  # fmt: skip


class Unreadable(BadInput):
    """A file that is damaged, empty or no radar file: of a series of many, this frame is then missing."""


@contextmanager
def whole_or_unreadable(path: Path) -> Iterator[None]:
    """Turn what libraries raise on a damaged file into one line that names the file."""
    try:
        yield
    except BadInput:
        raise
    except FileNotFoundError as error:
        raise Missing(path, "there is no such file", "check the path") from error
    except _DAMAGE as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise Unreadable(path, f"cannot be read ({reason})", _COPY) from error


def checked(path: Path) -> Path:
    """The path of a file that is there and not empty."""
    if path.is_dir():
        raise BadInput(path, "is a folder", "name the files in it, for instance with a pattern")
    if not path.exists():
        raise Missing(path, "there is no such file", "check the path")
    if path.stat().st_size == 0:
        raise Unreadable(path, "is empty", "copy it again")
    return path


def head(path: Path, count: int) -> bytes:
    """The first bytes of a file, decompressed."""
    with opened(path) as stream:
        return stream.read(count)


def whole(path: Path) -> bytes:
    """All bytes of a file, decompressed."""
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == GZIP else content


def check_size(path: Path, expected: int) -> None:
    """Raise unless a file has `expected` bytes or more, without decompressing it where that can be avoided."""
    with path.open("rb") as file:
        gzipped = file.read(2) == GZIP
        size = file.seek(0, 2)
        if gzipped:
            # the last four bytes of a gzip stream are the size of what it holds; those of a truncated one are not,
            # and those of several streams in a row are the last one's
            file.seek(-4, 2)
            if struct.unpack("<I", file.read(4))[0] == expected & 0xFFFFFFFF:
                return
            size = len(whole(path))
    if size < expected:
        raise Unreadable(path, f"has {size} bytes of {expected}", _COPY)
