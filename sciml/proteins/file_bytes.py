"""What are the bytes of an alignment or a structure, gzipped or not, and no more of them than memory holds?"""

from __future__ import annotations

import zlib
from pathlib import Path

from sciml.core.errors import BadInput, Missing
from sciml.core.gzipped import opened

MIB = 1 << 20
MAX_BYTES = 512 * MIB
_COPY = "is it truncated? copy it again"


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """All bytes of a file, decompressed as far as `max_bytes`; a larger one is refused, however well it was packed."""
    if path.is_dir():
        raise BadInput(path, "is a folder", "name a file")
    try:
        with opened(path) as stream:
            content = stream.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise Missing(path, "there is no such file", "check the path") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadInput(path, f"cannot be read ({reason})", _COPY) from error
    if len(content) > max_bytes:
        raise BadInput(path, f"holds more than {max_bytes // MIB} MiB", "thin it out, or check that it is what it says")
    if not content.strip():
        raise BadInput(path, "is empty", "copy it again")
    return content
