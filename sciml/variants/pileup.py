"""How a candidate's reads become an image, channel by channel.

The encoding is the one DeepVariant publishes (v1.5, `pileup_channel_lib`): 0 is empty, values reach 254. Deleted bases
stay empty; the base before an insertion or deletion loses its letter and counts as different from the reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.candidates import Candidate, aligned_left
from sciml.variants.decode import DecodedReads, mixed
from sciml.variants.reference import Window
from sciml.variants.settings import PrepareSettings
from sciml.variants.support import POOR, Support, support

Array: TypeAlias = np.ndarray

CHANNELS: tuple[str, ...] = (
    "base",
    "base_quality",
    "mapping_quality",
    "strand",
    "supports_alternate",
    "differs_from_reference",
    "insert_size",
)
FULL = 254
BASE_VALUES = (250, 30, 180, 100, 0)  # A, C, G, T, N
FORWARD, REVERSE = 70, 240
SUPPORTS, SUPPORTS_NOT = 254, 152
DIFFERS, MATCHES = 254, 50
MAX_BASE_QUALITY, MAX_MAPPING_QUALITY, MAX_INSERT_SIZE = 40, 60, 1_000


def draw(
    reads: DecodedReads,
    window: Window,
    candidate: Candidate,
    alternates: Sequence[int],
    settings: PrepareSettings,
) -> Array:
    """One image (channel, row, column) that asks about these alternates (0-based) of a candidate."""
    quality = settings.candidates.min_base_quality
    shown = support(reads, aligned_left(reads, window, settings.candidates), [candidate], quality)
    images: Array = draw_all(reads, window, [candidate], shown, [(0, tuple(alternates))], settings)
    image: Array = images[0]
    return image


def draw_all(
    reads: DecodedReads,
    window: Window,
    candidates: Sequence[Candidate],
    shown: Support,
    questions: Sequence[tuple[int, tuple[int, ...]]],
    settings: PrepareSettings,
) -> Array:
    """Images (image, channel, row, column), one for each question (candidate, its alternates)."""
    size = settings.pileup
    images = np.zeros((len(questions), len(CHANNELS), size.rows, size.columns), np.uint8)
    sites = np.array([site for site, _ in questions], np.int64)
    asked = np.array([sum(1 << (alternate + 1) for alternate in alternates) for _, alternates in questions], np.int64)
    positions = np.array([candidate.position for candidate in candidates], np.int64)
    _draw(
        images, sites, asked, positions, (shown.offsets, shown.reads, shown.alleles),
        (reads.first, reads.offsets, reads.bases, reads.qualities),
        (reads.mapping_qualities, reads.reverse, reads.insert_sizes, reads.hashes),
        (reads.indel_offsets, reads.anchors, reads.inserted, reads.anchor_qualities, reads.inserted_first),
        (window.codes, window.start), size.reference_rows, site_key(settings.reads.seed, window.contig),
    )  # fmt: skip
    return images


def site_key(seed: int, contig: str) -> np.uint64:
    """What the choice of reads at a site depends on beside its position."""
    return np.uint64(int.from_bytes(hashlib.blake2b(f"{seed}\n{contig}".encode(), digest_size=8).digest(), "little"))


@compiled
def chosen_rows(found: Array, alleles: Array, hashes: Array, most: int, key: np.uint64) -> Array:
    """At most `most` of the reads over a site, in their order; which ones depends on the key and the reads alone."""
    drawable = found[alleles != POOR]
    if len(drawable) <= most:
        return np.flatnonzero(alleles != POOR)
    keys = np.empty(len(drawable), np.uint64)
    for index in range(len(drawable)):
        keys[index] = mixed(hashes[drawable[index]] ^ key)
    last = np.sort(keys)[most - 1]
    chosen: Array = np.flatnonzero(alleles != POOR)[keys <= last][:most]
    return chosen


@compiled
def _draw(
    images: Array, sites: Array, asked: Array, positions: Array, shown: tuple[Array, Array, Array],
    columns: tuple[Array, Array, Array, Array], per_read: tuple[Array, Array, Array, Array],
    indels: tuple[Array, Array, Array, Array, Array], reference: tuple[Array, int], reference_rows: int, key: np.uint64,
) -> None:  # fmt: skip
    bounds, found, alleles = shown
    letters = np.array(BASE_VALUES, np.uint8)
    rows = np.empty(0, np.int64)
    for number in range(len(images)):
        image, site = images[number], sites[number]
        left = positions[site] - image.shape[2] // 2
        _draw_reference(image, letters, reference[0], left - reference[1], reference_rows)
        low, high = bounds[site], bounds[site + 1]
        if number == 0 or sites[number - 1] != site:
            most = image.shape[1] - reference_rows
            site_seed = mixed(key ^ np.uint64(positions[site]))
            rows = chosen_rows(found[low:high], alleles[low:high], per_read[3], most, site_seed)
        for row in range(len(rows)):
            allele = alleles[low + rows[row]]
            supports = allele > 0 and (asked[number] >> allele) & 1 == 1
            _draw_read(
                image[:, reference_rows + row], found[low + rows[row]], supports, left, letters, columns, per_read,
                indels, reference,
            )  # fmt: skip


@compiled
def _draw_reference(image: Array, letters: Array, codes: Array, begin: int, rows: int) -> None:
    for row in range(rows):
        for column in range(image.shape[2]):
            at = begin + column
            code = codes[at] if 0 <= at < len(codes) else 4
            image[0, row, column] = letters[code]
            image[1, row, column] = FULL
            image[2, row, column] = FULL
            image[3, row, column] = FORWARD
            image[4, row, column] = SUPPORTS_NOT
            image[5, row, column] = MATCHES
            image[6, row, column] = FULL


@compiled
def _draw_read(
    row: Array, read: int, supports: bool, left: int, letters: Array, columns: tuple[Array, Array, Array, Array],
    per_read: tuple[Array, Array, Array, Array], indels: tuple[Array, Array, Array, Array, Array],
    reference: tuple[Array, int],
) -> None:  # fmt: skip
    first, offsets, bases, qualities = columns
    indel_offsets, anchors, inserted, anchor_qualities, inserted_first = indels
    width = row.shape[1]
    mapping = np.uint8(FULL * min(per_read[0][read], MAX_MAPPING_QUALITY) // MAX_MAPPING_QUALITY)
    strand = np.uint8(REVERSE if per_read[1][read] else FORWARD)
    support_value = np.uint8(SUPPORTS if supports else SUPPORTS_NOT)
    insert = np.uint8(FULL * min(per_read[2][read], MAX_INSERT_SIZE) // MAX_INSERT_SIZE)
    shift = offsets[read] - first[read] + left  # from a column of the image to a base of the read
    for column in range(max(0, first[read] - left), min(width, first[read] - left + offsets[read + 1] - offsets[read])):
        base = bases[column + shift]
        if base > 4:
            continue
        row[0, column] = letters[base]
        row[1, column] = FULL * min(qualities[column + shift], MAX_BASE_QUALITY) // MAX_BASE_QUALITY
        row[2, column] = mapping
        row[3, column] = strand
        row[4, column] = support_value
        row[5, column] = MATCHES if base == reference[0][column + left - reference[1]] else DIFFERS
        row[6, column] = insert
    for indel in range(indel_offsets[read], indel_offsets[read + 1]):
        column = anchors[indel] - left
        if 0 <= column < width:
            longer = inserted[indel + 1] > inserted[indel]
            quality = inserted_first[indel] if longer else anchor_qualities[indel]
            row[0, column] = 0
            row[1, column] = FULL * min(quality, MAX_BASE_QUALITY) // MAX_BASE_QUALITY
            row[5, column] = DIFFERS
