"""Tiny FASTA and BAM files for the tests of the variant caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pysam


@dataclass
class Read:
    """One alignment; letters None: as long as the CIGAR says and equal to the reference."""

    start: int
    cigar: str
    letters: str | None = None
    quality: int | str | None = 35
    name: str = ""
    flag: int = 0
    mapping_quality: int = 60
    template_length: int = 0
    contig: str = "chr1"
    tags: dict[str, Any] = field(default_factory=dict)


def random_letters(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def write_fasta(path: Path, contigs: dict[str, str], width: int = 60, index: bool = True) -> Path:
    """A FASTA with lines of `width` letters; a name that ends in .gz is bgzipped."""
    lines = []
    for name, letters in contigs.items():
        lines += [f">{name} made for a test", *(letters[at : at + width] for at in range(0, len(letters), width))]
    content = ("\n".join(lines) + "\n").encode()
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "wb") as file:
            file.write(content)
    else:
        path.write_bytes(content)
    if index:
        pysam.faidx(str(path))
    return path


def write_bam(
    path: Path,
    reads: Sequence[Read],
    contigs: dict[str, str],
    groups: Sequence[dict[str, str]] = ({"ID": "one", "SM": "NA1"},),
    reference: Path | None = None,
    index: bool = True,
    header: dict[str, Any] | None = None,
) -> Path:
    """A sorted, indexed BAM (or CRAM, by the suffix) of these reads."""
    sequences = [{"SN": name, "LN": len(letters)} for name, letters in contigs.items()]
    head: dict[str, Any] = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": sequences} | (header or {})
    if groups:
        head["RG"] = list(groups)
    mode = "wc" if path.suffix == ".cram" else "wb"
    names = list(contigs)
    ordered = sorted(enumerate(reads), key=lambda pair: (names.index(pair[1].contig), pair[1].start))
    with pysam.AlignmentFile(str(path), mode, header=head, reference_filename=str(reference or "") or None) as file:
        for number, read in ordered:
            file.write(_aligned(number, read, contigs, file.header, bool(groups)))
    if index:
        pysam.index(str(path))
    return path


def _aligned(number: int, read: Read, contigs: dict[str, str], header: Any, grouped: bool) -> pysam.AlignedSegment:
    segment = pysam.AlignedSegment(header)
    segment.query_name = read.name or f"read{number:05d}"
    segment.flag = read.flag
    segment.reference_name = read.contig
    segment.reference_start = read.start
    segment.mapping_quality = read.mapping_quality
    segment.cigarstring = read.cigar
    letters = read.letters if read.letters is not None else as_reference(read, contigs[read.contig])
    segment.query_sequence = letters
    if isinstance(read.quality, int):
        segment.query_qualities = pysam.qualitystring_to_array(chr(33 + read.quality) * len(letters))
    elif read.quality is not None:
        segment.query_qualities = pysam.qualitystring_to_array(read.quality)
    segment.template_length = read.template_length
    if read.template_length:
        segment.next_reference_name, segment.next_reference_start = read.contig, read.start
    for tag, value in (({"RG": "one"} if grouped else {}) | read.tags).items():
        segment.set_tag(tag, value)
    return segment


def as_reference(read: Read, contig: str) -> str:
    """The letters of a read that shows no variant: inserted and clipped bases are A."""
    letters, position = [], read.start
    for operation, length in pysam.AlignedSegment.fromstring(
        f"r\t0\t*\t1\t0\t{read.cigar}\t*\t0\t0\t*\t*", pysam.AlignmentHeader()
    ).cigartuples:
        if operation in (0, 7, 8):
            letters.append(contig[position : position + length])
            position += length
        elif operation in (1, 4):
            letters.append("A" * length)
        elif operation in (2, 3):
            position += length
    return "".join(letters).upper()
