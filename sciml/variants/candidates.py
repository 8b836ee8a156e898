"""Which positions show enough evidence of a variant to be worth an image.

The counting follows DeepVariant's allele counter (v1.5): at every position a read shows one allele, its base there or
the insertion or deletion that follows; alternates pass by count and by share of the reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.decode import DecodedReads
from sciml.variants.reference import BASES, UNKNOWN, Window
from sciml.variants.settings import CandidateSettings

Array: TypeAlias = np.ndarray

MAX_INDEL_BP = 200  # longer ones are structural variants
MAX_SHIFT_BP = 200  # how far an indel may move left through a repeat


@dataclass(frozen=True)
class Candidate:
    """A site of a VCF record: `position` is 0-based, `counts` are reads of the reference and of each alternate."""

    contig: str
    position: int
    ref: str
    alts: tuple[str, ...]
    depth: int
    counts: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.position + len(self.ref)


class _Alternate(NamedTuple):
    """One alternate of a site: the reads that show it, and what it changes."""

    support: int
    deleted: int
    inserted: str
    base: str


@dataclass(frozen=True)
class Indels:
    """The indels of the reads, moved left, sorted by anchor and allele.

    Per indel: `anchors`, `deleted`, `shifts` (how far it moved), `alleles` (hash of anchor, length and letters; 0 if
    its bases are too poor or unknown to support anything), `reads`, and `sources` (its index in the reads' arrays).
    """

    anchors: Array
    deleted: Array
    shifts: Array
    alleles: Array
    reads: Array
    sources: Array


def find_candidates(
    reads: DecodedReads, window: Window, start: int, end: int, settings: CandidateSettings
) -> list[Candidate]:
    """Candidates with their anchor in [start, end), in order; the window must hold the reads' window."""
    return candidates_of(reads, aligned_left(reads, window, settings), window, start, end, settings)


def candidates_of(
    reads: DecodedReads, indels: Indels, window: Window, start: int, end: int, settings: CandidateSettings
) -> list[Candidate]:
    """The same with the indels at hand."""
    counts, totals = _count(reads, indels, start, end, settings.min_base_quality)
    alternates = _substitutions(counts, totals, window, start, settings)
    for position, indel in _supported_indels(reads, indels, totals, start, end, settings):
        at = position - window.start
        if window.codes[at : at + indel.deleted + 1].max() < UNKNOWN:
            alternates.setdefault(position, []).append(indel)
    candidates = []
    for position in sorted(alternates):
        ref, kept, alts = _record(window, position, alternates[position], settings.max_alternates)
        place = position - start
        support = (int(counts[place, BASES.index(ref[0])]), *(one.support for one in kept))
        candidates.append(Candidate(window.contig, position, ref, tuple(alts), int(totals[place]), support))
    return candidates


def aligned_left(reads: DecodedReads, window: Window, settings: CandidateSettings) -> Indels:
    """Move every indel as far left as the reference allows, so that one change has one position."""
    anchors, shifts, alleles = _shift(
        (reads.anchors, reads.deleted, reads.inserted, reads.inserted_bases),
        (reads.anchor_qualities, reads.inserted_mean),
        window.codes, window.start, settings.min_base_quality,
    )  # fmt: skip
    owners = np.repeat(np.arange(len(reads)), np.diff(reads.indel_offsets))
    order = np.lexsort((owners, alleles, anchors))
    return Indels(anchors[order], reads.deleted[order], shifts[order], alleles[order], owners[order], order)


def indel_allele(anchor: int, deleted: int, inserted: str) -> int:
    """The hash under which `Indels.alleles` knows this allele."""
    codes = np.array([BASES.index(letter) for letter in inserted], np.uint8)
    return int(_allele(anchor, deleted, codes, 0, len(codes), 0))


@compiled
def _allele(anchor: int, deleted: int, inserted: Array, begin: int, size: int, shift: int) -> np.uint64:
    value = np.uint64(0xCBF29CE484222325) ^ np.uint64(anchor)
    value = (value * np.uint64(0x100000001B3)) ^ np.uint64(deleted)
    for step in range(size):
        value = (value * np.uint64(0x100000001B3)) ^ np.uint64(inserted[begin + (step - shift) % size] + 1)
    value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (value ^ (value >> np.uint64(32))) | np.uint64(1)


@compiled
def _shift(
    indels: tuple[Array, Array, Array, Array], quality: tuple[Array, Array], reference: Array, origin: int,
    min_quality: int,
) -> tuple[Array, Array, Array]:  # fmt: skip
    anchors, deleted, inserted, inserted_bases = indels
    moved, shifts, alleles = anchors.copy(), np.zeros(len(anchors), np.int64), np.zeros(len(anchors), np.uint64)
    for indel in range(len(anchors)):
        begin, size, gap = inserted[indel], inserted[indel + 1] - inserted[indel], deleted[indel]
        shift, at = 0, anchors[indel] - origin
        while shift < MAX_SHIFT_BP and at > 0 and reference[at - 1] < UNKNOWN:
            last = inserted_bases[begin + (size - 1 - shift) % size] if size > 0 else reference[at + gap]
            if reference[at] != last or last >= UNKNOWN:
                break
            at -= 1
            shift += 1
        moved[indel], shifts[indel] = at + origin, shift
        usable = min(quality[0][indel], quality[1][indel]) >= min_quality and max(size, gap) <= MAX_INDEL_BP
        for step in range(size):
            usable = usable and inserted_bases[begin + step] < UNKNOWN
        if usable:
            alleles[indel] = _allele(moved[indel], gap, inserted_bases, begin, size, shift)
    return moved, shifts, alleles


def _count(reads: DecodedReads, indels: Indels, start: int, end: int, min_quality: int) -> tuple[Array, Array]:
    """Reads that show each base (position, code) and reads that show anything (position), over [start, end)."""
    counts = _count_bases((reads.first, reads.offsets, reads.bases, reads.qualities), start, end, min_quality)
    totals = counts.sum(axis=1)
    order = np.lexsort((indels.reads, indels.anchors))
    _exchange(
        (indels.anchors[order], indels.alleles[order], indels.reads[order]),
        (reads.first, reads.offsets, reads.bases, reads.qualities),
        counts, totals, start, min_quality,
    )  # fmt: skip
    return counts, totals


@compiled
def _count_bases(columns: tuple[Array, Array, Array, Array], start: int, end: int, min_quality: int) -> Array:
    first, offsets, bases, qualities = columns
    counts = np.zeros((end - start, 4), np.int32)
    for read in range(len(first)):
        to_place = first[read] - offsets[read] - start
        for column in range(max(offsets[read], -to_place), min(offsets[read + 1], end - start - to_place)):
            if bases[column] < 4 and qualities[column] >= min_quality:
                counts[column + to_place, bases[column]] += 1
    return counts


@compiled
def _exchange(
    indels: tuple[Array, Array, Array], columns: tuple[Array, Array, Array, Array], counts: Array, totals: Array,
    start: int, min_quality: int,
) -> None:  # fmt: skip
    """A read with an indel at a position does not show its base there as well; indels sorted by anchor and read."""
    anchors, alleles, owners = indels
    first, offsets, bases, qualities = columns
    added = False
    for indel in range(len(anchors)):
        place, read = anchors[indel] - start, owners[indel]
        if place < 0 or place >= len(totals):
            continue
        # two indels of one read may meet at one anchor
        if indel == 0 or anchors[indel - 1] != anchors[indel] or owners[indel - 1] != read:
            added = False
            column = anchors[indel] - first[read] + offsets[read]
            if offsets[read] <= column < offsets[read + 1] and bases[column] < 4 and qualities[column] >= min_quality:
                counts[place, bases[column]] -= 1
                totals[place] -= 1
        if alleles[indel] != 0 and not added:
            totals[place] += 1
            added = True


def _substitutions(
    counts: Array, totals: Array, window: Window, start: int, settings: CandidateSettings
) -> dict[int, list[_Alternate]]:
    reference = window.codes[start - window.start : start - window.start + len(totals)]
    passing = (counts >= settings.min_snp_reads) & (counts >= settings.min_snp_fraction * totals[:, None])
    passing &= (reference[:, None] != np.arange(4)) & (reference[:, None] < UNKNOWN)
    found: dict[int, list[_Alternate]] = {}
    for place, code in np.argwhere(passing):
        found.setdefault(int(place) + start, []).append(_Alternate(int(counts[place, code]), 0, "", BASES[code]))
    return found


def _supported_indels(
    reads: DecodedReads, indels: Indels, totals: Array, start: int, end: int, settings: CandidateSettings
) -> Iterator[tuple[int, _Alternate]]:
    inside = np.flatnonzero((indels.anchors >= start) & (indels.anchors < end) & (indels.alleles != 0))
    if not len(inside):
        return
    anchors, alleles = indels.anchors[inside], indels.alleles[inside]
    heads = np.flatnonzero(np.append(True, (np.diff(anchors) != 0) | (alleles[1:] != alleles[:-1])))
    for head, support in zip(heads, np.diff(np.append(heads, len(inside))), strict=True):
        position, indel = int(anchors[head]), inside[head]
        share = support / totals[position - start]
        if support >= settings.min_indel_reads and share >= settings.min_indel_fraction:
            source = indels.sources[indel]
            letters = reads.inserted_bases[reads.inserted[source] : reads.inserted[source + 1]]
            letters = np.roll(letters, indels.shifts[indel])
            inserted = "".join(BASES[code] for code in letters)
            yield position, _Alternate(int(support), int(indels.deleted[indel]), inserted, "")


def _record(
    window: Window, position: int, alternates: list[_Alternate], most: int
) -> tuple[str, list[_Alternate], list[str]]:
    """The REF that all alternates of a site share, the alternates that are kept, and their letters."""
    kept = sorted(alternates, key=lambda one: (-one.support, one[1:]))[:most]
    ref = window.between(position, position + 1 + max(one.deleted for one in kept))
    return ref, kept, [(one.base or ref[0]) + one.inserted + ref[1 + one.deleted :] for one in kept]
