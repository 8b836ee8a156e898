"""The reads at a site as plain records that a page can draw."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from sciml.variants.cigar import MISSING_QUALITY
from sciml.variants.decode import RawRead, read_hashes
from sciml.variants.reads import ReadSource
from sciml.variants.reference import Reference
from sciml.variants.regions import Region


def site_reads(
    source: ReadSource, reference: Reference, contig: str, position: int, half_width: int, max_reads: int
) -> dict[str, Any]:
    """What a viewer needs of the reads over a position (0-based): a record that JSON can hold.

    `start` and `reference` are the window; `reads` come in the order of a pileup image, at most `max_reads` of the
    `depth` usable ones, the choice being seeded. Per read: `start`; `letters` along the reference (`-` deleted, a
    space where the alignment skips) and their `qualities` (phred + 33, `!` where there is no base); `insertions`, each
    with the `position` of the base before it, `letters` and `qualities`; `mapping_quality`, `reverse`, and the soft
    clipped bases `clip_start` and `clip_end` (0 where the read is cut at the window).
    """
    source.check(contig)
    length = reference.contigs[contig]
    start, end = max(0, position - half_width), min(length, position + half_width + 1)
    raw = source.raw(Region(contig, position, position + 1))
    starts, flags = np.array([read.start for read in raw], np.int64), np.array([read.flag for read in raw], np.int64)
    hashes = read_hashes([read.name for read in raw], starts, flags, source.settings.seed)
    chosen = np.argsort(hashes, kind="stable")[:max_reads]
    ordered = sorted(chosen.tolist(), key=lambda read: (starts[read], hashes[read]))
    return {
        "contig": contig,
        "position": position,
        "start": start,
        "reference": reference.fetch(contig, start, end),
        "depth": len(raw),
        "reads": [_record(raw[read], start, end) for read in ordered],
    }


def _record(read: RawRead, start: int, end: int) -> dict[str, Any]:
    phred = read.qualities or chr(33 + MISSING_QUALITY) * len(read.sequence)
    letters: list[str] = []
    qualities: list[str] = []
    insertions: list[dict[str, Any]] = []
    query, position, clips = 0, read.start, [0, 0]
    for count, operation in re.findall(r"(\d+)([MIDNSHP=X])", read.cigar):
        size = int(count)
        low, high = max(start - position, 0), min(end - position, size)
        if operation in "M=X":
            letters.append(read.sequence[query + low : query + max(low, high)])
            qualities.append(phred[query + low : query + max(low, high)])
        elif operation in "DN":
            letters.append(("-" if operation == "D" else " ") * max(0, high - low))
            qualities.append("!" * max(0, high - low))
        elif operation == "I" and start <= position - 1 < end:
            inserted = slice(query, query + size)
            insertions.append(
                {"position": position - 1, "letters": read.sequence[inserted], "qualities": phred[inserted]}
            )
        elif operation == "S":
            clips[query > 0] = size
        position += size if operation in "M=XDN" else 0
        query += size if operation in "M=XIS" else 0
    return {
        "start": max(read.start, start),
        "letters": "".join(letters),
        "qualities": "".join(qualities),
        "insertions": insertions,
        "mapping_quality": read.mapping_quality,
        "reverse": bool(read.flag & 0x10),
        "clip_start": clips[0] if read.start >= start else 0,
        "clip_end": clips[1] if position <= end else 0,
    }
