"""Where do the reads come from? bwa mem, on the sequenced regions only, into a sorted and indexed BAM.

bwa estimates the fragment length from the batch that it is given, so batches have a fixed size: the same reads give
the same BAM for any number of threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pybwa
import pysam

from sciml.variants.genome import write_fasta
from sciml.variants.regions import Region
from sciml.variants.sequencer import Library, sequence

BATCH_PAIRS = 20_000
PAIRED, PROPER, UNMAPPED, MATE_UNMAPPED, REVERSE, MATE_REVERSE = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20  # SAM flags
FIRST, SECOND, SECONDARY, DUPLICATE, SUPPLEMENTARY = 0x40, 0x80, 0x100, 0x400, 0x800
SORT_MEMORY = "256M"


class BwaIndex(NamedTuple):
    """An index of some stretches of a reference, and where they lie on it."""

    prefix: Path
    regions: tuple[Region, ...]
    contigs: Mapping[str, int]

    @property
    def whole(self) -> bool:
        """Every contig, end to end and in order: positions need no translation."""
        return self.regions == tuple(Region(name, 0, length) for name, length in self.contigs.items())


def build_index(
    letters: Sequence[np.ndarray], regions: Sequence[Region], contigs: Mapping[str, int], folder: Path
) -> BwaIndex:
    """Index these stretches (upper-case letters) for bwa; `contigs` are all those of the reference."""
    prefix = folder / "index.fa"
    folder.mkdir(parents=True)
    index = BwaIndex(prefix, tuple(regions), contigs)
    names = list(contigs) if index.whole else [str(number) for number in range(len(regions))]
    write_fasta(dict(zip(names, letters, strict=True)), prefix)
    pybwa.set_bwa_verbosity(pybwa.BwaVerbosity.QUIET)
    pybwa.BwaIndex.index(prefix)
    # pybwa takes the header of its records from here: with the real contigs, records can be moved to them
    prefix.with_suffix(".dict").write_text(str(_header(contigs, "index")), encoding="ascii")
    return index


def map_reads(library: Library, index: BwaIndex, sample: str, out: Path, threads: int) -> None:
    """Align the whole library and write `out` (BAM) with its index; the folder must be one that appears whole."""
    unsorted = out.with_suffix(".unsorted.bam")
    header = _header(index.contigs, sample)
    with pysam.AlignmentFile(str(unsorted), "wb", header=header, format_options=[b"level=1"]) as file:
        for read in _aligned(library, index, threads):
            read.set_tag("RG", sample)
            file.write(read)
    pysam.sort("--no-PG", "-m", SORT_MEMORY, "-T", str(unsorted) + ".part", "-o", str(out), str(unsorted))
    unsorted.unlink()
    pysam.index(str(out))


def _header(contigs: Mapping[str, int], sample: str) -> pysam.AlignmentHeader:
    return pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted"},
            "SQ": [{"SN": name, "LN": length} for name, length in contigs.items()],
            "RG": [{"ID": sample, "SM": sample, "LB": sample, "PL": "ILLUMINA"}],
            "PG": [{"ID": "bwa", "PN": "bwa"}],
        }
    )


def _aligned(library: Library, index: BwaIndex, threads: int) -> Iterator[pysam.AlignedSegment]:
    """Alignments of all reads, batch by batch, in coordinates of the reference."""
    options = pybwa.BwaMemOptions(interleaved_paired_end=True, threads=threads, chunk_size=10**8)
    place = None if index.whole else _Placer(index)
    fragments = library.fragments
    with pybwa.BwaMem(prefix=index.prefix) as aligner:
        for start in range(0, len(fragments.start), BATCH_PAIRS):
            end = min(start + BATCH_PAIRS, len(fragments.start))
            records = _records(library, start, end)
            with _without_chatter():
                batch = aligner.align(records, options)
            proper = _proper_lengths(fragments.length[start:end])
            for pair, duplicate in enumerate(fragments.duplicate[start:end].tolist()):
                first, second = batch[2 * pair], batch[2 * pair + 1]
                _set_flags(first, second, proper, DUPLICATE if duplicate else 0)
                for read in first + second:
                    if place is not None:
                        place(read)
                    yield read


def _proper_lengths(lengths: np.ndarray) -> tuple[float, float]:
    """Fragment lengths that a pair may have to count as proper, by bwa's rule of three interquartile ranges."""
    low, high = np.quantile(lengths, (0.25, 0.75))
    return low - 3 * (high - low), high + 3 * (high - low)


def _set_flags(
    first: list[pysam.AlignedSegment], second: list[pysam.AlignedSegment], proper: tuple[float, float], extra: int
) -> None:
    """The flags of a pair, which pybwa leaves to its caller; the primary alignment of each read comes first."""
    flags = [PAIRED | FIRST | extra, PAIRED | SECOND | extra]
    if _is_proper(first[0], second[0], proper):
        flags = [flag | PROPER for flag in flags]
    for flag, reads, mate in zip(flags, (first, second), (second[0].flag, first[0].flag), strict=True):
        flag |= (MATE_UNMAPPED if mate & UNMAPPED else 0) | (MATE_REVERSE if mate & REVERSE else 0)
        for read in reads:
            read.flag = flag | (read.flag & (UNMAPPED | REVERSE | SECONDARY | SUPPLEMENTARY))


def _is_proper(one: pysam.AlignedSegment, other: pysam.AlignedSegment, proper: tuple[float, float]) -> bool:
    """Facing each other on one contig, and as far apart as most."""
    both = one.flag | other.flag
    if both & UNMAPPED or one.reference_id != other.reference_id or not (one.flag ^ other.flag) & REVERSE:
        return False
    forward = other if one.flag & REVERSE else one
    return bool(forward.template_length > 0 and proper[0] <= forward.template_length <= proper[1])


def _records(library: Library, start: int, end: int) -> list[pysam.FastxRecord]:
    """Mates one after the other, as bwa wants interleaved pairs."""
    reads = sequence(library, start, end)
    length = reads.shape[2]
    bases, qualities = (reads[..., what].tobytes().decode("ascii") for what in (0, 1))
    return [
        pysam.FastxRecord(
            name=f"r{start + number // 2}",
            sequence=bases[number * length : (number + 1) * length],
            quality=qualities[number * length : (number + 1) * length],
        )
        for number in range(2 * (end - start))
    ]


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Silence bwa's notes on fragment lengths, which it writes to the process's stderr whatever its verbosity."""
    sys.stderr.flush()
    kept = os.dup(2)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(silent)
        os.close(kept)


class _Placer:
    """Moves an alignment from a stretch of the index to its place on the reference."""

    def __init__(self, index: BwaIndex) -> None:
        numbers = {name: number for number, name in enumerate(index.contigs)}
        self.regions = index.regions
        self.contig = [numbers[region.contig] for region in index.regions]

    def __call__(self, read: pysam.AlignedSegment) -> None:
        own, mate = read.reference_id, read.next_reference_id
        if own >= 0:
            read.reference_id = self.contig[own]
            read.reference_start += self.regions[own].start
        if mate >= 0:
            read.next_reference_id = self.contig[mate]
            read.next_reference_start += self.regions[mate].start
        for tag, position in (("SA", 1), ("XA", 1)):
            if read.has_tag(tag):
                read.set_tag(tag, "".join(self._moved(hit, position) + ";" for hit in _hits(read, tag)))

    def _moved(self, hit: str, position: int) -> str:
        fields = hit.split(",")
        region = self.regions[int(fields[0])]
        fields[0] = region.contig
        sign = fields[position][0] if fields[position][0] in "+-" else ""
        fields[position] = f"{sign}{int(fields[position].lstrip('+-')) + region.start}"
        return ",".join(fields)


def _hits(read: pysam.AlignedSegment, tag: str) -> list[str]:
    return [hit for hit in str(read.get_tag(tag)).split(";") if hit]
