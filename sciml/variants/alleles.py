"""How is a change of letters written as a VCF record, and how does a haplotype follow from the records?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.genome import BASES


class Variant(NamedTuple):
    """One VCF record: 0-based position, and which allele (0 is the reference) each haplotype carries."""

    position: int
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int, int]


class Change(NamedTuple):
    """Letters [start, end) that become `new` on a haplotype, left-aligned and without shared ends."""

    start: int
    end: int
    new: bytes


def haplotypes(letters: np.ndarray, variants: Sequence[Variant]) -> tuple[np.ndarray, np.ndarray]:
    """The letters of both haplotypes: the records applied one after the other."""
    return _haplotype(letters, variants, 0), _haplotype(letters, variants, 1)


def _haplotype(letters: np.ndarray, variants: Sequence[Variant], which: int) -> np.ndarray:
    pieces, last = [], 0
    for variant in variants:
        allele = variant.genotype[which]
        if allele:
            pieces += [
                letters[last : variant.position],
                np.frombuffer(variant.alts[allele - 1].encode(), np.uint8),
            ]
            last = variant.position + len(variant.ref)
    return np.concatenate([*pieces, letters[last:]])


def left_aligned(letters: np.ndarray, change: Change) -> Change:
    """The same deletion or insertion as far to the left as it can be written."""
    start, end, new = change
    while start > 0 and letters[start - 1] == (new[-1] if new else letters[end - 1]):
        new = new[-1:] + new[:-1]
        start, end = start - 1, end - 1
    return Change(start, end, new)


def anchor(change: Change) -> int:
    """Position of the VCF record: the base itself, or the one before an insertion or deletion."""
    substitution = change.end - change.start == len(change.new)
    return change.start if substitution else change.start - 1


def other_allele(letters: np.ndarray, change: Change, longest: int, rng: np.random.Generator) -> Change:
    """A different change with the same anchor: another base, one step more, or a step the other way."""
    start, end, new = change
    if end - start == len(new):
        third = [base for base in BASES.tolist() if base not in (letters[start], new[0])]
        return Change(start, end, bytes((third[int(rng.integers(2))],)))
    piece = new or letters[start:end].tobytes()
    size = len(piece)
    deletable = letters[start : start + 2 * size].tobytes()
    options: list[Change] = []
    if not new:
        options.append(Change(start, start, piece))
        if deletable == piece * 2 and 2 * size <= longest:
            options.append(Change(start, start + 2 * size, b""))
    elif deletable.startswith(piece):
        options.append(Change(start, start + size, b""))
    if new and 2 * size <= longest:
        options.append(Change(start, start, piece * 2))
    if not options:  # an insertion of another sequence; its last base must not be the anchor's, to stay where it is
        other = [base for base in BASES.tolist() if base not in (letters[start - 1], piece[-1])]
        options.append(Change(start, start, piece[:-1] + bytes((other[int(rng.integers(len(other)))],))))
    return options[int(rng.integers(len(options)))]


def record(letters: np.ndarray, alleles: list[Change], genotype: tuple[int, int]) -> Variant:
    position = anchor(alleles[0])
    end = max(max(change.end for change in alleles), position + 1)
    ref = letters[position:end].tobytes()
    alts = tuple(
        (ref[: change.start - position] + change.new + ref[change.end - position :]).decode() for change in alleles
    )
    return Variant(position, ref.decode(), alts, genotype)


def reach(letters: np.ndarray, change: Change) -> int:
    """One past the last base that the change could be written at; a neighbour must stay beyond."""
    start, end, new = change
    if end - start == len(new):
        return end
    piece = np.frombuffer(new, np.uint8) if new else letters[start:end]
    return end + _repeated(letters, end, piece) + 1


@compiled
def _repeated(letters: np.ndarray, start: int, piece: np.ndarray) -> int:
    """How many letters from `start` on go on repeating the piece."""
    count = 0
    while start + count < letters.size and letters[start + count] == piece[count % piece.size]:
        count += 1
    return count
