"""Whether a file is still the one that was met before: its digest, cheap enough for a 100 GB alignment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from sciml.core.contract import FileRecord
from sciml.core.errors import BadInput

MIB = 1 << 20
WHOLE_UP_TO = 64 * MIB
EDGE = MIB


def file_record(path: Path) -> FileRecord:
    """Path, size and digest of an input file, as they enter the index."""
    try:
        return FileRecord(path=str(path), size=path.stat().st_size, digest=file_digest(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInput(path, f"cannot be read ({reason})", "check the path and its permissions") from error


def file_digest(path: Path) -> str:
    """`sha256:...` of a file of up to 64 MiB, `sha256-edges:...` of a larger one.

    The edges are the size in bytes (in decimal, then a line feed), the first and the last MiB. That notices a file
    cut short, grown, or written anew by any tool that compresses or keeps its index at an end; it does not notice
    bytes changed in place in the middle. Use `sha256` where that matters.
    """
    size = path.stat().st_size
    if size <= WHOLE_UP_TO:
        return f"sha256:{sha256(path)}"
    edges = hashlib.sha256(f"{size}\n".encode())
    with path.open("rb") as file:
        edges.update(file.read(EDGE))
        file.seek(size - EDGE)
        edges.update(file.read(EDGE))
    return f"sha256-edges:{edges.hexdigest()}"


def sha256(path: Path, progress: Callable[[int, int], None] | None = None) -> str:
    """SHA-256 of all bytes of a file; `progress` is called with (bytes done, bytes in all)."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(MIB):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done, size)
    return digest.hexdigest()
