"""From reads to the pileups of every candidate, tile by tile.

Everything about a candidate is computed from its 10 kb tile of the contig alone, so that neither the region that was
asked for, nor the number of jobs, nor threads can change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sciml.variants.candidates import MAX_INDEL_BP, MAX_SHIFT_BP, Candidate, aligned_left, candidates_of
from sciml.variants.decode import DecodedReads
from sciml.variants.pileup import CHANNELS, draw_all
from sciml.variants.reads import ReadSource
from sciml.variants.reference import Reference, Window
from sciml.variants.regions import Region, blocks
from sciml.variants.settings import PrepareSettings
from sciml.variants.support import support

__all__ = ["CHANNELS", "TILE_BP", "Candidate", "Pileups", "pileups", "questions_of", "tile_reads"]

TILE_BP = 10_000
MARGIN_BP = MAX_INDEL_BP + 56  # bases kept beside a tile: half an image (200) and the longest deletion
_MOST_IMAGES = 1_024  # in one Pileups, so that a messy tile does not fill the memory


@dataclass(frozen=True)
class Pileups:
    """The candidates of a tile and their images (image, channel, row, column).

    `sites[i]` is the candidate of image i, and `sets[i]` the alternates (0-based) that the image asks about: each one
    alone, and each pair.
    """

    candidates: list[Candidate]
    images: np.ndarray
    sites: np.ndarray
    sets: list[tuple[int, ...]]


def pileups(source: ReadSource, reference: Reference, region: Region, settings: PrepareSettings) -> Iterator[Pileups]:
    """The candidates of a region in order, at least one Pileups (perhaps without candidates) for each tile."""
    reference.check(region.contig, region.start, region.end)
    for piece in blocks(region, TILE_BP):
        reads, window, tile = tile_reads(source, reference, piece.contig, piece.start, settings)
        indels = aligned_left(reads, window, settings.candidates)
        found = candidates_of(reads, indels, window, tile.start, tile.end, settings.candidates)
        found = [candidate for candidate in found if piece.start <= candidate.position < piece.end]
        for batch in _batches(found):
            shown = support(reads, indels, batch, settings.candidates.min_base_quality)
            questions = [(site, asked) for site, one in enumerate(batch) for asked in questions_of(one)]
            images = draw_all(reads, window, batch, shown, questions, settings)
            sites = np.array([site for site, _ in questions], np.int64)
            yield Pileups(batch, images, sites, [asked for _, asked in questions])


def tile_reads(
    source: ReadSource, reference: Reference, contig: str, position: int, settings: PrepareSettings
) -> tuple[DecodedReads, Window, Region]:
    """The reads, the reference around them, and the tile that holds a position."""
    start = position - position % TILE_BP
    length = reference.contigs.get(contig, 0)
    tile = Region(contig, start, min(start + TILE_BP, length))
    # an indel of the tile may be aligned to the right of it, and only moves in when it is shifted left
    reads = source.decode(tile._replace(end=min(tile.end + MAX_SHIFT_BP, length)), settings.reads, MARGIN_BP)
    return reads, reference.window(contig, reads.start, reads.end), tile


def questions_of(candidate: Candidate) -> list[tuple[int, ...]]:
    """The sets of alternates that images ask about: each alternate, and each pair of them."""
    alternates = range(len(candidate.alts))
    return [*((one,) for one in alternates), *combinations(alternates, 2)]


def _batches(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    images = 0
    for candidate in candidates:
        more = len(questions_of(candidate))
        if batch and images + more > _MOST_IMAGES:
            yield batch
            batch, images = [], 0
        batch.append(candidate)
        images += more
    yield batch
