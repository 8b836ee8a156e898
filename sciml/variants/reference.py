"""The reference genome: letters of a FASTA by position, with an index that is known to fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pysam

from sciml.core.errors import BadInput
from sciml.variants.fasta_index import indexed
from sciml.variants.regions import listed, other_style

BASES = "ACGTN"
UNKNOWN = 4  # code of N and of every other letter that is not a base
_CODES = np.full(256, UNKNOWN, np.uint8)
for _code, _letter in enumerate("ACGT"):
    _CODES[ord(_letter)] = _code


def encoded(letters: str) -> np.ndarray:
    """Letters as codes 0-3 for A, C, G, T and 4 for everything else; upper case expected."""
    return _CODES[np.frombuffer(letters.encode("ascii"), np.uint8)]


@dataclass(frozen=True)
class Window:
    """A stretch of the reference; beyond the ends of the contig it is N."""

    contig: str
    start: int
    letters: str
    codes: np.ndarray

    @property
    def end(self) -> int:
        return self.start + len(self.letters)

    def between(self, start: int, end: int) -> str:
        """Letters of the positions [start, end), which must lie in the window."""
        return self.letters[start - self.start : end - self.start]


class Reference:
    """An open FASTA.

    `path` is the file that the user named; `usable_path` is the same file with an index beside it, which other
    programs can open (a link in the cache folder where the index could not be written beside the file).
    """

    def __init__(self, path: Path, usable_path: Path) -> None:
        self.path, self.usable_path = path, usable_path
        self._file = pysam.FastaFile(str(usable_path))
        self.contigs: dict[str, int] = dict(zip(self._file.references, self._file.lengths, strict=True))

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case letters of [start, end), 0-based; the interval must lie inside the contig."""
        self.check(contig, start, end)
        try:
            letters: str = self._file.fetch(contig, start, end).upper()
        except (OSError, ValueError) as error:
            raise BadInput(self.path, f"cannot be read at {contig}:{start + 1}-{end}", "is the file whole?") from error
        if len(letters) != end - start or not letters.isascii():
            raise BadInput(self.path, "its index does not fit it", f"run samtools faidx {self.path}")
        return letters

    def window(self, contig: str, start: int, end: int) -> Window:
        """Letters of [start, end), which may reach beyond the contig."""
        self.check(contig)
        first, last = max(start, 0), min(end, self.contigs[contig])
        letters = "N" * (first - start) + self.fetch(contig, first, last) + "N" * (end - last)
        return Window(contig, start, letters, encoded(letters))

    def check(self, contig: str, start: int = 0, end: int = 0) -> None:
        """Raise unless the FASTA has this contig and [start, end) lies inside."""
        if contig not in self.contigs:
            twin = other_style(contig, self.contigs)
            remedy = f"there it is called {twin!r}" if twin else f"it has {listed(self.contigs)}"
            raise BadInput(self.path, f"has no contig {contig!r}", remedy)
        if not 0 <= start <= end <= self.contigs[contig]:
            problem = f"{contig}:{start + 1}-{end} is not inside 1-{self.contigs[contig]}"
            raise BadInput(self.path, problem, "choose another region")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Reference:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_reference(path: Path, cache: Path | None = None) -> Reference:
    """Open a plain or bgzipped FASTA; a missing index is made beside it, or in `cache` where that cannot be written."""
    path = Path(path)
    return Reference(path, indexed(path, cache))
