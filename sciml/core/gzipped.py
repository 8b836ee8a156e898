"""What are the bytes of a file, whether it was gzipped or not? Told by content, whatever its name."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

GZIP = b"\x1f\x8b"


def is_gzipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file as a stream, decompressed as far as they are read."""
    with path.open("rb") as raw:
        gzipped = raw.read(2) == GZIP
        raw.seek(0)
        if gzipped:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream  # type: ignore[misc]  # a GzipFile is a BinaryIO in all but its annotations
        else:
            yield raw
