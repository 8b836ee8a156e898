"""The compiled walk along CIGARs: how much room reads need, and every base to its place.

Text comes as (bytes, begins, ends), one line a read; `order` says which read fills which row.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from sciml.core.compiled import compiled

Array: TypeAlias = np.ndarray

UNKNOWN, DELETED, SKIPPED = 4, 5, 6  # codes beside 0-3 for A, C, G, T: N and the like; the read has no base here
MISSING_QUALITY = 30  # phred, for reads stored without base qualities
_NO_QUALITIES = -(1 << 62)  # in the place of the distance from a letter to its quality


@compiled
def measure(
    cigars: tuple[Array, Array, Array], sequences: tuple[Array, Array, Array], starts: Array, order: Array,
    low: int, high: int,
) -> tuple[tuple[Array, Array, Array], Array, int]:  # fmt: skip
    """How many bases, indels and inserted bases each read will need at most, where it ends, and a misfit if any."""
    text, begins, ends = cigars
    reads = len(order)
    bases, indels, inserted = np.zeros(reads, np.int64), np.zeros(reads, np.int64), np.zeros(reads, np.int64)
    last = np.zeros(reads, np.int64)
    for row in range(reads):
        read = order[row]
        number, consumed, position = 0, 0, starts[read]
        for at in range(begins[read], ends[read]):
            letter = text[at]
            if 48 <= letter <= 57:
                number = number * 10 + letter - 48
                continue
            if letter in (77, 61, 88):  # M = X
                consumed += number
                position += number
            elif letter == 73:  # I
                consumed += number
                inserted[row] += number
                indels[row] += 1
            elif letter == 83:  # S
                consumed += number
            elif letter in (68, 78):  # D N
                position += number
                indels[row] += 1
            number = 0
        if consumed != sequences[2][read] - sequences[1][read]:
            return (bases, indels, inserted), last, read
        last[row] = position
        bases[row] = max(0, min(position, high) - max(starts[read], low))
        if bases[row] == 0:
            indels[row], inserted[row] = 0, 0
    return (bases, indels, inserted), last, -1


@compiled
def fill(
    text: tuple[tuple[Array, Array, Array], ...], starts: Array, order: Array, window: tuple[int, int], offsets: Array,
    per_base: tuple[Array, Array], per_indel: tuple[Array, Array, Array, Array, Array],
) -> Array:  # fmt: skip
    """Place every base of every read; returns where the indels of each read begin (read + 1)."""
    letters, letters_begin, _ = text[0]
    phred, phred_begin, phred_end = text[1]
    cigar, cigar_begin, cigar_end = text[2]
    indel_offsets = np.zeros(len(order) + 1, np.int64)
    for row in range(len(order)):
        read = order[row]
        indel_offsets[row + 1] = indel_offsets[row]
        if offsets[row + 1] > offsets[row]:
            shift = phred_begin[read] - letters_begin[read] if phred_end[read] > phred_begin[read] else _NO_QUALITIES
            indel_offsets[row + 1] = _fill_read(
                cigar[cigar_begin[read] : cigar_end[read]], (letters, phred, shift), letters_begin[read], starts[read],
                window, offsets[row] - max(starts[read], window[0]), per_base, per_indel, indel_offsets[row],
            )  # fmt: skip
    return indel_offsets


@compiled
def _fill_read(
    cigar: Array, text: tuple[Array, Array, int], query: int, position: int, window: tuple[int, int], to_column: int,
    per_base: tuple[Array, Array], per_indel: tuple[Array, Array, Array, Array, Array], indel: int,
) -> int:  # fmt: skip
    """Walk one CIGAR; `to_column` leads from a reference position to its base. Returns the next free indel."""
    low, high = window
    number, deleted, inserted, anchored = 0, 0, 0, False
    for letter in cigar:
        if 48 <= letter <= 57:
            number = number * 10 + letter - 48
            continue
        if letter == 77 or letter == 61 or letter == 88:  # M = X
            if anchored and deleted + inserted > 0:
                change = (position - deleted, deleted, query - inserted, inserted)
                indel = _place_indel(change, text, window, to_column, per_base, per_indel, indel)
            deleted, inserted, anchored = 0, 0, True
            for step in range(max(0, low - position), min(number, high - position)):
                _place(position + step + to_column, query + step, text, per_base)
            query += number
            position += number
        elif letter == 73:  # I
            inserted += number
            query += number
        elif letter == 68 or letter == 78:  # D N
            for place in range(max(position, low), min(position + number, high)):
                per_base[0][place + to_column] = DELETED if letter == 68 else SKIPPED
                per_base[1][place + to_column] = 0
            deleted += number
            position += number
        if letter == 83 or letter == 78:  # S N: what lies beside has no base on one side
            deleted, inserted, anchored = 0, 0, False
            query += number if letter == 83 else 0
        number = 0
    return indel


@compiled
def _place_indel(
    change: tuple[int, int, int, int], text: tuple[Array, Array, int], window: tuple[int, int], to_column: int,
    per_base: tuple[Array, Array], per_indel: tuple[Array, Array, Array, Array, Array], indel: int,
) -> int:  # fmt: skip
    """Record a change (position, deleted, query, inserted); of an insertion beside a deletion only what is left over.

    The bases of such a pair are read as substitutions.
    """
    position, deleted, query, inserted = change
    anchors, gaps, bounds, indel_qualities, inserted_bases = per_indel
    paired = min(deleted, inserted)
    for step in range(paired):
        if window[0] <= position + step < window[1]:
            _place(position + step + to_column, query + step, text, per_base)
    anchor, gap = position + paired - 1, deleted - paired
    if deleted == inserted or anchor < window[0] or anchor + gap >= window[1]:
        return indel
    anchors[indel], gaps[indel] = anchor, gap
    total, size = 0, bounds[indel]
    for step in range(query + paired, query + inserted):
        inserted_bases[size] = _code(text[0][step])
        total += _quality(text, step)
        size += 1
    bounds[indel + 1] = size
    indel_qualities[0, indel] = _quality(text, query + paired - 1)
    indel_qualities[1, indel] = _quality(text, query + paired)
    indel_qualities[2, indel] = total // (inserted - paired) if inserted > paired else indel_qualities[0, indel]
    return indel + 1


@compiled
def _place(column: int, query: int, text: tuple[Array, Array, int], per_base: tuple[Array, Array]) -> None:
    per_base[0][column] = _code(text[0][query])
    per_base[1][column] = _quality(text, query)


@compiled
def _code(letter: int) -> int:
    if letter == 65:
        return 0
    if letter == 67:
        return 1
    if letter == 71:
        return 2
    return 3 if letter == 84 else UNKNOWN


@compiled
def _quality(text: tuple[Array, Array, int], query: int) -> int:
    if text[2] == _NO_QUALITIES:
        return MISSING_QUALITY
    return int(text[1][query + text[2]]) - 33
