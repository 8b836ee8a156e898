"""The aligned reads of one sample: which of them count, and how many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from sciml.core.errors import BadInput
from sciml.variants.decode import DecodedReads, RawRead, Undecodable, decode, read_hashes
from sciml.variants.fasta_index import quiet
from sciml.variants.read_checks import check_contig, chosen_sample, damage, opened, shared_contigs
from sciml.variants.reference import Reference
from sciml.variants.regions import Region
from sciml.variants.settings import ReadSettings

BIN_BP = 1_000
_DROPPED = 0x4 | 0x100 | 0x200 | 0x400 | 0x800  # unmapped, secondary, failed quality control, duplicate, supplementary


class ReadSource:
    """The open reads of one sample: `path`, `sample`, `contigs` (those that reads and FASTA share, with lengths).

    One source serves one thread; open another for another.
    """

    def __init__(self, file: Any, path: Path, reference: Reference, sample: str | None, settings: ReadSettings) -> None:
        self.path, self.reference, self.settings = path, reference, settings
        self._file = file
        self.sample, self._groups = chosen_sample(file, path, sample)
        self.contigs = shared_contigs(file, path, reference)

    def decode(self, region: Region, settings: ReadSettings | None = None, margin: int = 0) -> DecodedReads:
        """Usable reads over the region; their bases are kept as far as `margin` beyond its ends."""
        settings = settings or self.settings
        start, end = region.start - margin, region.end + margin
        try:
            return decode(region.contig, start, end, self.raw(region, settings), settings.seed)
        except Undecodable as misfit:
            raise BadInput(self.path, f"the CIGAR of read {misfit} does not fit its sequence", "align again") from None

    def raw(self, region: Region, settings: ReadSettings | None = None) -> list[RawRead]:
        """The same reads before they are decoded, in the order of the file."""
        settings = settings or self.settings
        self.check(region.contig)
        return _sampled(self._usable(region, settings), region, settings)

    def check(self, contig: str) -> None:
        """Raise unless reads and reference agree about a contig."""
        check_contig(self._file, self.path, self.reference, contig)

    def covered(self) -> list[Region]:
        """From the first to the last read of every shared contig that has any, in the order of the header."""
        spans = (self._span(contig, length) for contig, length in self.contigs.items())
        return [span for span in spans if span is not None]

    def _span(self, contig: str, length: int) -> Region | None:
        first = self._next_start(contig, 0)
        if first is None:
            return None
        low, high = first, length  # the last base with a read is at or beyond `low` and before `high`
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._next_start(contig, middle) is not None else (low, middle)
        return Region(contig, first, low + 1)

    def _next_start(self, contig: str, position: int) -> int | None:
        with quiet():
            try:
                read = next(self._file.fetch(contig, position), None)
            except (OSError, ValueError) as error:
                region = Region(contig, position, self.contigs[contig])
                raise damage(self._file, self.path, self.reference, region, error) from error
        return None if read is None else int(read.reference_start)

    def _usable(self, region: Region, settings: ReadSettings) -> Iterator[RawRead]:
        least, groups = settings.min_mapping_quality, self._groups
        with quiet():  # for the length of a fetch; what htslib would say is said better by `damage`
            try:
                for read in self._file.fetch(region.contig, region.start, region.end):
                    flag = read.flag
                    if flag & _DROPPED or read.mapping_quality < least:
                        continue
                    if groups is not None and (not read.has_tag("RG") or read.get_tag("RG") not in groups):
                        continue
                    sequence, cigar = read.query_sequence, read.cigarstring
                    if sequence is None or cigar is None:
                        continue
                    yield RawRead(
                        read.query_name, sequence, read.query_qualities_str, cigar, read.reference_start, flag,
                        read.mapping_quality, read.template_length,
                    )  # fmt: skip
            except (OSError, ValueError) as error:
                raise damage(self._file, self.path, self.reference, region, error) from error

    def close(self) -> None:
        with suppress(OSError):  # htslib repeats here an error of reading, which was raised when it happened
            self._file.close()

    def __enter__(self) -> ReadSource:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_reads(
    path: Path,
    reference: Reference,
    sample: str | None = None,
    settings: ReadSettings | None = None,
    threads: int = 1,
) -> ReadSource:
    """Open a sorted, indexed BAM or CRAM that was aligned to `reference`.

    `sample` picks one of several in the read groups; a file without read groups is named by its stem.
    """
    path = Path(path)
    file = opened(path, reference, threads)
    try:
        return ReadSource(file, path, reference, sample, settings or ReadSettings())
    except BaseException:
        file.close()
        raise


def _sampled(reads: Iterator[RawRead], region: Region, settings: ReadSettings) -> list[RawRead]:
    """At most `max_reads_per_kb` of the reads that start in each kilobase: those with the smallest hashes.

    Memory holds a few times that many, however deep the reads lie.
    """
    most = settings.max_reads_per_kb
    kept: list[RawRead] = []
    pending: list[RawRead] = []
    current, quota = -1, most
    for read in reads:
        bin_number = read.start // BIN_BP
        if bin_number != current:
            kept += _smallest(pending, quota, settings.seed)
            pending, current, quota = [], bin_number, most
            if read.start < region.start <= (bin_number + 1) * BIN_BP:
                # of the reads that start before the region only those that reach it are seen
                seen = min(region.start - read.start, BIN_BP)
                quota = max(most * seen // BIN_BP, most // 10, 1)
        pending.append(read)
        if len(pending) >= 4 * most:
            pending = _smallest(pending, quota, settings.seed)
    return kept + _smallest(pending, quota, settings.seed)


def _smallest(reads: list[RawRead], count: int, seed: int) -> list[RawRead]:
    if len(reads) <= count:
        return reads
    starts = np.array([read.start for read in reads], np.int64)
    flags = np.array([read.flag for read in reads], np.int64)
    hashes = read_hashes([read.name for read in reads], starts, flags, seed)
    return [reads[index] for index in np.sort(np.argsort(hashes, kind="stable")[:count])]
