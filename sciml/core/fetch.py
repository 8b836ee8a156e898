"""Real data sets on this machine: fetched once, checked, and checked again when asked.

A file lies at `<data>/<domain>/<set>/<file>`, with its digest beside it in `<file>.sha256` as sha256sum writes it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from sciml.core.digests import sha256
from sciml.core.errors import BadInput, ScimlError
from sciml.core.sources import DataSet, SourceFile
from sciml.core.transfer import copy, download
from sciml.core.whole import whole_file

State: TypeAlias = Literal["ok", "unverified", "missing", "wrong"]
Progress: TypeAlias = Callable[[int, int], None]

# what a file must begin with, by the end of its name; https://samtools.github.io/hts-specs/ and RFC 1952
SIGNATURES = {".gz": b"\x1f\x8b", ".bam": b"\x1f\x8b", ".tbi": b"\x1f\x8b", ".bai": b"BAI\x01", ".cram": b"CRAM"}


@dataclass(frozen=True)
class FileState:
    """How a file on this machine compares with the table: `detail` says it in words."""

    path: Path
    state: State
    detail: str


def fetch(wanted: DataSet, file: SourceFile, data: Path, mirror: str | None, progress: Progress) -> FileState:
    """Bring one file here unless it is here already; `mirror` is a folder or an address laid out like `data`."""
    path = wanted.folder(data) / file.name
    if path.exists():
        return _accept(wanted, file, path, address(wanted, file, mirror))
    import pooch

    part = path.with_name(f"{path.name}.part")
    source = address(wanted, file, mirror)

    def downloader(url: str, out: str, _: object) -> None:
        if url.startswith(("http://", "https://")):
            download(url, part, file.size, progress)
        else:
            copy(Path(url), part, progress)
        _check(wanted, file, part, url)
        part.replace(out)

    path.parent.mkdir(parents=True, exist_ok=True)
    logger = pooch.get_logger()
    before, _ = logger.level, logger.setLevel(logging.WARNING)  # it would print a line for each file
    try:
        pooch.retrieve(source, file.sha256, fname=path.name, path=path.parent, downloader=downloader)
    finally:
        logger.setLevel(before)
    return _accept(wanted, file, path, source)


def verify(wanted: DataSet, file: SourceFile, data: Path, progress: Progress | None = None) -> FileState:
    """Read the whole file and compare it with the table, or with what the first download recorded."""
    path = wanted.folder(data) / file.name
    if not path.exists():
        return FileState(path, "missing", f"not here; `sciml data fetch {wanted.name}` brings it")
    recorded = _recorded(path)
    expected = file.sha256 or recorded
    found = sha256(path, progress)
    if expected is not None and found != expected:
        whose = "the publisher's" if file.sha256 else "that of the first download"
        return FileState(path, "wrong", f"sha256 is {found}, not {whose}, {expected}")
    if file.sha256 is not None:
        return FileState(path, "ok", "sha256 is the publisher's")
    if recorded is not None:
        return FileState(path, "unverified", f"as first downloaded (sha256 {found}); the publisher states no digest")
    return FileState(path, "unverified", f"sha256 {found}; neither the publisher nor a first download confirms it")


def here(wanted: DataSet, data: Path) -> int:
    """How many files of the set are here; nothing is read."""
    return sum((wanted.folder(data) / file.name).exists() for file in wanted.files)


def address(wanted: DataSet, file: SourceFile, mirror: str | None) -> str:
    """Where a file comes from: the mirror if there is one, else its publisher."""
    if mirror is None:
        return file.url
    if mirror.startswith(("http://", "https://")):
        return "/".join([mirror.rstrip("/"), wanted.domain, wanted.name, file.name])
    return str(wanted.folder(Path(mirror)) / file.name)


def in_words(first_bytes: bytes) -> str:
    """What a file seems to be by its first bytes, for an error message."""
    start = first_bytes.lstrip()[:200].lower()
    if not first_bytes:
        return "an empty file"
    if re.match(rb"(<!--.*?-->\s*)*<(!doctype html|html|head|body)", start, re.DOTALL):
        return "an HTML page"
    if start.startswith((b"<?xml", b"<error")):
        return "an XML message"
    if first_bytes.startswith(b"\x1f\x8b"):
        return "gzip data"
    if start.startswith((b"{", b"[")):
        return "JSON text"
    if b"\0" not in first_bytes and not re.search(rb"[^\t\n\r\x20-\x7e]", first_bytes):
        return "plain text"
    return f"binary data that begins with {first_bytes[:4].hex(' ')}"


def _accept(wanted: DataSet, file: SourceFile, path: Path, source: str) -> FileState:
    """Record the digest of a file that is here for the first time, however it came."""
    recorded = _recorded(path)
    if recorded is None:
        found = _check(wanted, file, path, source)
        with whole_file(_record(path)) as temporary:
            temporary.write_text(f"{found}  {path.name}\n", encoding="utf-8")
        recorded = found
    elif file.sha256 is not None and recorded != file.sha256:
        raise _wrong(wanted, file, path, source, f"sha256 {recorded}", f"sha256 {file.sha256}")
    if file.sha256 is None:
        return FileState(path, "unverified", f"sha256 {recorded} recorded; the publisher states no digest")
    return FileState(path, "ok", "sha256 is the publisher's")


def _check(wanted: DataSet, file: SourceFile, path: Path, source: str) -> str:
    """The digest of a file, if it is what the table says; a wrong download is removed, the user's own file is not."""
    try:
        with path.open("rb") as content:
            first = content.read(512)
        size = path.stat().st_size
        signature = next((mark for end, mark in SIGNATURES.items() if file.name.endswith(end)), b"")
        if not first or not first.startswith(signature) or (not signature and in_words(first) == "an HTML page"):
            expected = {b"\x1f\x8b": "gzip data", b"": "data"}.get(signature, f"a {Path(file.name).suffix} file")
            raise _wrong(wanted, file, path, source, f"{in_words(first)} of {size:,} bytes", expected)
        if file.size is not None and size != file.size:
            raise _wrong(wanted, file, path, source, f"{size:,} bytes, {in_words(first)}", f"{file.size:,} bytes")
        found = sha256(path)
        if file.sha256 is not None and found != file.sha256:
            raise _wrong(wanted, file, path, source, f"sha256 {found}, {in_words(first)}", f"sha256 {file.sha256}")
    except BadInput:
        if path.name.endswith(".part"):
            path.unlink()
        raise
    return found


def _wrong(wanted: DataSet, file: SourceFile, path: Path, source: str, found: str, expected: str) -> ScimlError:
    target = path.with_name(file.name)
    return BadInput(
        f"{wanted.name}, {file.name}",
        f"expected {expected}, found {found} (from {source})",
        f"fetch it by hand from {file.url}, put it at {target} and run `sciml data verify {wanted.name}`",
    )


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _recorded(path: Path) -> str | None:
    """The digest that the first download left beside the file."""
    try:
        found = re.match(r"[0-9a-f]{64}\b", _record(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found[0] if found else None
