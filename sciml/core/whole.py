"""Outputs that appear whole or not at all: write to a temporary sibling, then rename."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sciml.core.errors import ScimlError

STALE_AFTER_S = 3600.0


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """Yield a temporary path beside `out`; it takes the name `out` only if the block ends well."""
    with _explained(out):
        temporary = _sibling(out)
        try:
            yield temporary
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a new temporary folder beside `out`; it replaces `out` only if the block ends well."""
    with _explained(out):
        clear_stale(out)
        temporary = _sibling(out)
        try:
            temporary.mkdir()
            yield temporary
            if out.exists():
                retired = _sibling(out)
                out.rename(retired)
                temporary.rename(out)
                shutil.rmtree(retired)
            else:
                temporary.rename(out)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def clear_stale(out: Path) -> None:
    """Remove temporaries of `out` that a killed run left behind, once they are older than an hour."""
    now = time.time()
    for left in out.parent.glob(f"{out.name}.tmp-*"):
        if now - left.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _sibling(out: Path) -> Path:
    # host, process and a random part: a requeued job may start while the old one still writes
    out.parent.mkdir(parents=True, exist_ok=True)
    return out.with_name(f"{out.name}.tmp-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}")


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ScimlError(out, "no space left on the device", "free some, or write elsewhere") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise ScimlError(out, f"cannot be written ({error.strerror})", "choose another output path") from error
        if error.errno == errno.ENAMETOOLONG:
            raise ScimlError(out, "a name is too long for this file system", "choose a shorter one") from error
        raise
