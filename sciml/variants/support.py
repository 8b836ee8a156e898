"""Which reads lie over a candidate, and which of its alleles each one shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.candidates import MAX_SHIFT_BP, Candidate, Indels, indel_allele
from sciml.variants.cigar import SKIPPED, UNKNOWN
from sciml.variants.decode import DecodedReads
from sciml.variants.reference import BASES

Array: TypeAlias = np.ndarray

OTHER, POOR = -1, -2  # neither the reference nor an alternate of the candidate; a base of too low quality at the site
_NONE = 127


@dataclass(frozen=True)
class Support:
    """Per candidate, the reads over it: `reads[offsets[c]:offsets[c + 1]]`, in order, and their `alleles`.

    An allele is 0 for the reference, 1 and up for the alternates, OTHER or POOR.
    """

    offsets: Array
    reads: Array
    alleles: Array


def support(reads: DecodedReads, indels: Indels, candidates: Sequence[Candidate], min_base_quality: int) -> Support:
    """What every read over every candidate shows there."""
    most = max((len(candidate.alts) for candidate in candidates), default=1)
    substitutions = np.full((len(candidates), 5), OTHER, np.int8)
    changes = np.zeros((len(candidates), most), np.uint64)
    for number, candidate in enumerate(candidates):
        substitutions[number, BASES.index(candidate.ref[0])] = 0
        for allele, alt in enumerate(candidate.alts, start=1):
            deleted, inserted = max(len(candidate.ref) - len(alt), 0), max(len(alt) - len(candidate.ref), 0)
            if deleted or inserted:
                change = indel_allele(candidate.position, deleted, alt[1 : 1 + inserted])
                changes[number, allele - 1] = change
            else:
                substitutions[number, BASES.index(alt[0])] = allele
    substitutions[:, UNKNOWN] = OTHER
    positions = np.array([candidate.position for candidate in candidates], np.int64)
    spans = np.array([len(candidate.ref) for candidate in candidates], np.int64)
    return Support(
        *_support(
            (reads.starts, reads.ends, reads.reach),
            (reads.first, reads.offsets, reads.bases, reads.qualities),
            (indels.anchors, indels.alleles, indels.reads),
            (positions, spans), substitutions, changes, min_base_quality,
        )
    )  # fmt: skip


@compiled
def _support(
    extents: tuple[Array, Array, Array], columns: tuple[Array, Array, Array, Array], indels: tuple[Array, Array, Array],
    sites: tuple[Array, Array], substitutions: Array, changes: Array, min_quality: int,
) -> tuple[Array, Array, Array]:  # fmt: skip
    starts, ends, reach = extents
    first, offsets, bases, qualities = columns
    anchors, indel_alleles, owners = indels
    positions, spans = sites
    lows = np.searchsorted(reach, positions, side="right")
    highs = np.searchsorted(starts, positions + spans + MAX_SHIFT_BP)
    most = np.maximum(highs - lows, 0).sum()
    found, alleles, bounds = np.empty(most, np.int64), np.empty(most, np.int8), np.zeros(len(positions) + 1, np.int64)
    marks = np.full(len(starts), _NONE, np.int8)
    size = 0
    for site in range(len(positions)):
        position, end = positions[site], positions[site] + spans[site]
        here = np.searchsorted(anchors, position), np.searchsorted(anchors, position, side="right")
        _mark(marks, owners, indel_alleles, here, changes[site])
        for read in range(lows[site], highs[site]):
            over = starts[read] < end and ends[read] > position
            column = position - first[read] + offsets[read]
            covered = offsets[read] <= column < offsets[read + 1]
            if (not over and marks[read] == _NONE) or (covered and bases[column] == SKIPPED):
                continue
            found[size], alleles[size] = read, marks[read] if marks[read] != _NONE else OTHER
            if alleles[size] == OTHER and covered and bases[column] <= UNKNOWN:
                if qualities[column] < min_quality:
                    alleles[size] = POOR
                elif marks[read] == _NONE:
                    alleles[size] = substitutions[site, bases[column]]
            size += 1
        marks[owners[here[0] : here[1]]] = _NONE
        bounds[site + 1] = size
    return bounds, found[:size], alleles[:size]


@compiled
def _mark(marks: Array, owners: Array, indel_alleles: Array, here: tuple[int, int], changes: Array) -> None:
    """Note for every read with an indel at the site which alternate that is, or OTHER."""
    for indel in range(here[0], here[1]):
        shown = OTHER
        for alternate in range(len(changes)):
            if indel_alleles[indel] != 0 and indel_alleles[indel] == changes[alternate]:
                shown = alternate + 1
        before = marks[owners[indel]]  # two indels of one read may meet: the better supported one counts
        if before in (_NONE, OTHER) or 0 < shown < before:
            marks[owners[indel]] = shown
