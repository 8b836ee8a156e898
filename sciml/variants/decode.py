"""Aligned reads as flat arrays: every base at the reference position it is aligned to.

The text of many reads is joined and walked by compiled code in one go: a read costs microseconds, not Python calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.cigar import fill, measure

Array: TypeAlias = np.ndarray

_REVERSE, _MATE = 0x10, 0x40 | 0x80


class RawRead(NamedTuple):
    """The fields of one alignment that are used, as pysam gives them."""

    name: str
    sequence: str
    qualities: str | None
    cigar: str
    start: int
    flag: int
    mapping_quality: int
    template_length: int


@dataclass(frozen=True)
class DecodedReads:
    """Reads over the window [start, end) of a contig, in the order of their start and then of their hash.

    Per read: `starts`, `ends` (reference positions of the whole alignment), `first` (the first position kept),
    `offsets` (read + 1) into the per-base arrays, `indel_offsets` (read + 1) into the per-indel arrays.
    Per base: `bases` (codes 0-3 for A, C, G, T; 4 N; 5 deleted; 6 skipped) and `qualities` (phred).
    Per indel: `anchors` (position of the base before), `deleted` (bases), `inserted` (indel + 1, offsets into
    `inserted_bases`), `anchor_qualities`, `inserted_first` and `inserted_mean` (qualities of the inserted bases).
    """

    contig: str
    start: int
    end: int
    starts: Array
    ends: Array
    first: Array
    offsets: Array
    bases: Array
    qualities: Array
    mapping_qualities: Array
    reverse: Array
    insert_sizes: Array
    hashes: Array
    indel_offsets: Array
    anchors: Array
    deleted: Array
    inserted: Array
    inserted_bases: Array
    anchor_qualities: Array
    inserted_first: Array
    inserted_mean: Array

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def reach(self) -> Array:
        """The largest end of all reads up to each one: where to begin looking for reads over a position."""
        return np.maximum.accumulate(self.ends) if len(self.ends) else self.ends


class Undecodable(ValueError):
    """The CIGAR of a read does not fit its sequence; the text is the read's name."""


def read_hashes(names: Sequence[str], starts: Array, flags: Array, seed: int) -> Array:
    """64 bits that depend on nothing but the seed and the read: name, which of the pair, strand and start."""
    text, begins, ends = _joined(names)
    return _hash_names(text, begins, ends, starts, flags & (_REVERSE | _MATE), np.uint64(seed))


def decode(contig: str, start: int, end: int, reads: Sequence[RawRead], seed: int) -> DecodedReads:
    """Walk the CIGARs of all reads and keep what lies in the window [start, end)."""
    columns = tuple(zip(*reads, strict=True)) if reads else ((),) * 8
    names, sequences, qualities, cigars = columns[:4]
    starts, flags, mapping_qualities, template_lengths = (np.array(column, np.int64) for column in columns[4:])
    hashes = read_hashes(names, starts, flags, seed)
    order = np.lexsort((hashes, starts))
    text = tuple(_joined(lines) for lines in (sequences, [line or "" for line in qualities], cigars))
    sizes, ends, bad = measure(text[2], text[0], starts, order, start, end)
    if bad >= 0:
        raise Undecodable(names[bad])
    offsets = np.append(0, np.cumsum(sizes[0]))
    most_indels, most_inserted = int(sizes[1].sum()), int(sizes[2].sum())
    per_base = np.empty(offsets[-1], np.uint8), np.empty(offsets[-1], np.uint8)
    per_indel = (
        np.empty(most_indels, np.int64), np.empty(most_indels, np.int64), np.zeros(most_indels + 1, np.int64),
        np.empty((3, most_indels), np.uint8), np.empty(most_inserted, np.uint8),
    )  # fmt: skip
    indel_offsets = fill(text, starts, order, (start, end), offsets, per_base, per_indel)
    anchors, deleted, inserted, indel_qualities, inserted_bases = per_indel
    indels = indel_offsets[-1]
    return DecodedReads(
        contig, start, end,
        starts=starts[order], ends=ends, first=np.maximum(starts[order], start), offsets=offsets,
        bases=per_base[0], qualities=per_base[1],
        mapping_qualities=mapping_qualities[order].astype(np.uint8), reverse=(flags[order] & _REVERSE) != 0,
        insert_sizes=np.abs(template_lengths[order]), hashes=hashes[order],
        indel_offsets=indel_offsets, anchors=anchors[:indels], deleted=deleted[:indels],
        inserted=inserted[: indels + 1], inserted_bases=inserted_bases[: inserted[indels]],
        anchor_qualities=indel_qualities[0, :indels], inserted_first=indel_qualities[1, :indels],
        inserted_mean=indel_qualities[2, :indels],
    )  # fmt: skip


def _joined(lines: Sequence[str]) -> tuple[Array, Array, Array]:
    """All lines as one array of bytes, and where each begins and ends in it."""
    text = np.frombuffer("\n".join([*lines, ""]).encode("latin-1"), np.uint8)
    ends = np.flatnonzero(text == 10) if lines else np.empty(0, np.int64)
    return text, np.append(0, ends[:-1] + 1) if lines else ends, ends


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """Spread the bits of a 64-bit number (the finaliser of splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def _hash_names(text: Array, begins: Array, ends: Array, starts: Array, flags: Array, seed: np.uint64) -> Array:
    hashes = np.empty(len(begins), np.uint64)
    for read in range(len(begins)):
        value = np.uint64(0xCBF29CE484222325) ^ mixed(seed)  # FNV-1a over the name
        for at in range(begins[read], ends[read]):
            value = (value ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
        value = mixed(value ^ mixed(np.uint64(starts[read]) * np.uint64(256) + np.uint64(flags[read])))
        hashes[read] = value
    return hashes
