"""Whether a FASTA has an index that fits it, and how it gets one."""

from __future__ import annotations

import gzip
import hashlib
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam

from sciml.core.errors import BadInput, Missing
from sciml.core.whole import whole_file

_MOST_BETWEEN = 1 << 20  # bytes read between two contigs
_BORDERS_CHECKED = 200  # contigs whose header is looked up; assemblies may have half a million


def indexed(path: Path, cache: Path | None) -> Path:
    """The path of this FASTA with `.fai` (and `.gzi`) beside it: itself, or a link in the cache folder."""
    bgzipped = _check_kind(path)
    usable = path if _index(path).exists() else _make(path, bgzipped, cache)
    if bgzipped and not _blocks_index(usable).exists():
        usable = _make(path, bgzipped, cache)
    _check_fit(usable, bgzipped, named=path)
    return usable


class _Entry(NamedTuple):
    """One line of a `.fai`."""

    name: str
    length: int
    offset: int
    line_bases: int
    line_width: int

    @property
    def end(self) -> int:
        """Where the bytes of the contig end, without its last line break."""
        if self.length == 0:
            return self.offset
        return (
            self.offset
            + (self.length - 1) // self.line_bases * self.line_width
            + (self.length - 1) % self.line_bases
            + 1
        )


def _check_kind(path: Path) -> bool:
    """Whether the FASTA is bgzipped; anything that is not a FASTA raises."""
    try:
        with path.open("rb") as file:
            head = file.read(18)
        with gzip.open(path) if head[:2] == b"\x1f\x8b" else path.open("rb") as text:
            first = text.read(64).lstrip()[:1]
    except FileNotFoundError:
        raise Missing(path, "there is no such file", "check the path of the reference") from None
    except (OSError, EOFError) as error:
        raise BadInput(path, f"cannot be read ({error})", "give a FASTA, plain or bgzipped") from error
    if not head:
        raise BadInput(path, "is empty", "give a FASTA, plain or bgzipped")
    if first != b">":
        raise BadInput(path, "is not a FASTA: it does not begin with '>'", "give a FASTA, plain or bgzipped")
    zipped = head[:2] == b"\x1f\x8b"
    if zipped and not (head[3] & 4 and head[12:14] == b"BC"):
        raise BadInput(
            path, "is gzipped, which has no random access", f"run gunzip -c {path} | bgzip > {path.with_suffix('')}.bgz"
        )
    return zipped


def _index(path: Path) -> Path:
    return path.with_name(path.name + ".fai")


def _blocks_index(path: Path) -> Path:
    return path.with_name(path.name + ".gzi")


def _make(path: Path, bgzipped: bool, cache: Path | None) -> Path:
    """Write the index beside the FASTA or, where that cannot be, beside a link to it in the cache."""
    if os.access(path.parent, os.W_OK):
        _write_index(path, bgzipped)
        return path
    if cache is None:
        raise Missing(
            path, "has no index, and its folder cannot be written", f"run samtools faidx {path}, or give a cache"
        )
    target = path.resolve()
    state = target.stat()
    key = hashlib.sha256(f"{target}\n{state.st_size}\n{state.st_mtime_ns}".encode()).hexdigest()[:16]
    link = cache / "references" / key / path.name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        with whole_file(link) as temporary:
            temporary.symlink_to(target)
    if not (_index(link).exists() and (not bgzipped or _blocks_index(link).exists())):
        _write_index(link, bgzipped)
    return link


def _write_index(path: Path, bgzipped: bool) -> None:
    with whole_file(_index(path)) as fai, quiet(), whole_file(_blocks_index(path)) if bgzipped else _nothing() as gzi:
        options = ["--fai-idx", str(fai), *(["--gzi-idx", str(gzi)] if bgzipped else [])]
        try:
            pysam.faidx(str(path), *options)
        except pysam.SamtoolsError as error:
            raise BadInput(path, "cannot be indexed", "are its lines equally long, is it whole?") from error


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep htslib's own messages off the terminal where a better one follows."""
    before = pysam.set_verbosity(0)
    try:
        yield
    finally:
        pysam.set_verbosity(before)


def _check_fit(path: Path, bgzipped: bool, named: Path) -> None:
    """Raise unless the bytes between two contigs of the index are exactly the header of the second one.

    An index made of another version of the file points somewhere else; other programs then hang or mislead.
    """
    remedy = f"run samtools faidx {named}"
    entries = sorted(_entries(_index(path), remedy), key=lambda entry: entry.offset)
    names = {entry.name for entry in entries}
    read, size = _reader(path, bgzipped)
    step = max(1, len(entries) // _BORDERS_CHECKED)
    for number in sorted({*range(0, len(entries), step), len(entries)}):
        begin = entries[number - 1].end if number else 0
        end, expected = (entries[number].offset, [entries[number].name]) if number < len(entries) else (size, [])
        between = read(begin, min(end - begin, _MOST_BETWEEN)).split(b"\n") if begin <= end <= size else [b"beyond"]
        headers = [line[1:].split()[0].decode("latin-1") for line in between if line[:1] == b">" and line[1:].split()]
        if repeated := [name for name in headers[: len(headers) - len(expected)] if name in names]:
            raise BadInput(named, f"contig {repeated[0]!r} occurs more than once", "remove or rename one of them")
        if headers != expected or any(line.strip() and line[:1] != b">" for line in between):
            raise BadInput(named, f"its index {_index(named).name} was made from another version of it", remedy)


def _entries(index: Path, remedy: str) -> list[_Entry]:
    try:
        rows = [line.split("\t") for line in index.read_text().splitlines() if line]
        entries = [_Entry(row[0], *(int(field) for field in row[1:5])) for row in rows]
    except (ValueError, TypeError, IndexError, UnicodeDecodeError):
        raise BadInput(index, "is not a FASTA index", remedy) from None
    if not entries or any(min(entry[1:]) < 0 or (entry.line_bases < 1 and entry.length > 0) for entry in entries):
        raise BadInput(index, "is empty or damaged", remedy)
    return entries


def _reader(path: Path, bgzipped: bool) -> tuple[Callable[[int, int], bytes], int]:
    """A function (offset, count) -> bytes of the unzipped FASTA, and how many bytes that has."""
    if not bgzipped:

        def read_plain(offset: int, count: int) -> bytes:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read(max(count, 0))

        return read_plain, path.stat().st_size
    pairs = np.fromfile(_blocks_index(path), "<u8")[1:].reshape(-1, 2)
    zipped, plain = [0, *map(int, pairs[:, 0])], [0, *map(int, pairs[:, 1])]

    def read_bgzipped(offset: int, count: int) -> bytes:
        block = bisect_right(plain, offset) - 1
        with path.open("rb") as file:
            file.seek(zipped[block])
            with gzip.open(file) as text:
                text.read(offset - plain[block])
                return text.read(max(count, 0))

    try:
        return read_bgzipped, plain[-1] + len(read_bgzipped(plain[-1], 1 << 26))
    except (OSError, EOFError, ValueError):
        raise BadInput(
            path, "its index .gzi does not fit it, or it is truncated", f"run samtools faidx {path}"
        ) from None
