"""What is the one way to write each variant? Split, atomised, trimmed and as far left as it goes.

Two callers may write one change in many ways. The form here is that of `bcftools norm -a -m -any -f reference`
(1.17 and later): one alternate a row, blocks of substitutions taken apart, insertions and deletions shifted left
(Tan, Abecasis and Kang, Bioinformatics 31, 2202, 2015).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import pandas as pd

COLUMNS = {
    "contig": "str",
    "position": "int64",
    "ref": "str",
    "alt": "str",
    "copies": "int64",
    "record": "int64",
    "start": "int64",
    "end": "int64",
    "bases": "str",
}
CHUNK_BP = 4_096


class Letters(Protocol):
    """A reference genome: `sciml.variants.reference.Reference` or anything else with `fetch`."""

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Letters of [start, end), 0-based."""


class Edit(NamedTuple):
    """The bases [start, end) of the reference, 0-based, become `bases`; nothing here is an anchor."""

    start: int
    end: int
    bases: str

    @property
    def is_indel(self) -> bool:
        return self.end - self.start != len(self.bases)


def normalise(calls: pd.DataFrame, reference: Letters) -> pd.DataFrame:
    """The alternates of calls (columns of `sciml.variants.vcf`), one normalised allele a row, sorted by place.

    `copies` is how many of the two chromosomes carry it by GT (0: listed, but not called; a haploid genotype counts
    twice; a missing allele does not count), `record` the row of `calls` that it comes from. `start`, `end` and `bases`
    are the edit where the record puts it: two indels of one repeat may go left to the same place, and then only these
    still spell the chromosome.
    """
    near = _Nearby(reference)
    rows = [
        (contig, *written(contig, leftmost, near), copies, record, *edit)
        for record, (contig, position, ref, alts, gt) in enumerate(
            zip(*(calls[name].tolist() for name in ("contig", "position", "ref", "alts", "gt")), strict=True)
        )
        for (leftmost, edit), copies in _copies_of_edits(contig, position - 1, ref, alts.split(","), gt, near).items()
    ]
    alleles = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    # contigs stay in the order of the calls
    rank = alleles["contig"].map({name: number for number, name in enumerate(calls["contig"].unique())})
    order = alleles.assign(rank=rank).sort_values(["rank", "position", "ref", "alt"], kind="stable").index
    return alleles.loc[order].reset_index(drop=True)


def written(contig: str, edit: Edit, letters: Letters) -> tuple[int, str, str]:
    """POS (from 1), REF and ALT of an edit, with the anchor base that VCF wants for insertions and deletions."""
    start, end, bases = edit
    if not edit.is_indel:
        return start + 1, letters.fetch(contig, start, end), bases
    if start == 0:  # nothing lies before it: the base after it is the anchor
        anchored = letters.fetch(contig, 0, end + 1)
        return 1, anchored, bases + anchored[-1]
    anchored = letters.fetch(contig, start - 1, end)
    return start, anchored, anchored[0] + bases


def edit_of(position: int, ref: str, alt: str) -> Edit:
    """The edit that a normalised allele writes; the inverse of `written`."""
    start = position - 1
    if len(ref) == len(alt):
        return Edit(start, start + len(ref), alt)
    if ref[0] == alt[0]:
        return Edit(start + 1, start + len(ref), alt[1:])
    return Edit(start, start + len(ref) - 1, alt[:-1])


def trimmed(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """The same change with what both alleles share cut off, right before left."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return position, ref, alt


def _copies_of_edits(
    contig: str, start: int, ref: str, alts: list[str], gt: str, letters: Letters
) -> dict[tuple[Edit, Edit], int]:
    called = gt.replace("|", "/").split("/")
    called = called * 2 if len(called) == 1 else called
    copies: Counter[tuple[Edit, Edit]] = Counter()
    for number, alt in enumerate(alts, start=1):
        if not alt.isalpha():  # symbolic, or the `*` of a deletion that another record calls
            continue
        # an edit that two alternates share is carried by both chromosomes of a 1/2
        for both in _edits(contig, start, ref, alt, letters):
            copies[both] += called.count(str(number))
    return copies


def _edits(contig: str, start: int, ref: str, alt: str, letters: Letters) -> Iterator[tuple[Edit, Edit]]:
    """Substitutions column by column from the left; what is longer than the other allele is one edit at the end.

    Each leftmost, and where the record puts it: after the bases that both alleles begin with.
    """
    whole, shared = alt, _shared(ref, alt)
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    both, barrier = min(len(ref), len(alt)), 0
    for offset, (before, after) in enumerate(zip(ref, alt, strict=False)):
        if before != after:
            barrier = start + offset + 1
            snp = Edit(start + offset, start + offset + 1, after)
            yield snp, snp
    if len(ref) != len(alt):
        rest = Edit(start + both, start + len(ref), alt[both:])
        late = max(0, shared - both)
        put = Edit(rest.start + late, rest.end + late, whole[both + late : len(alt) + late])
        yield _leftmost(contig, rest, barrier, letters), put


def _shared(ref: str, alt: str) -> int:
    """How many bases both begin with."""
    return next((n for n, (a, b) in enumerate(zip(ref, alt, strict=False)) if a != b), min(len(ref), len(alt)))


def _leftmost(contig: str, edit: Edit, barrier: int, letters: Letters) -> Edit:
    """Shift an insertion or deletion left, but not across a substitution of the same allele, ending at `barrier`."""
    start, end, bases = edit
    moving = bases or letters.fetch(contig, start, end)
    shift = 0
    while start - shift > barrier:
        before = letters.fetch(contig, start - shift - 1, start - shift)
        if before != moving[-1 - shift % len(moving)]:
            break
        shift += 1
    turn = shift % len(moving)
    turned = moving[len(moving) - turn :] + moving[: len(moving) - turn]
    return Edit(start - shift, end - shift, turned if bases else "")


class _Nearby:
    """A reference with the last chunk kept: normalising asks for one base at a time."""

    def __init__(self, reference: Letters) -> None:
        self._reference, self._contig, self._first, self._letters = reference, "", 0, ""

    def fetch(self, contig: str, start: int, end: int) -> str:
        inside = contig == self._contig and self._first <= start and end <= self._first + len(self._letters)
        if not inside:
            # asked for leftwards, mostly
            self._contig, self._first = contig, max(0, start - CHUNK_BP)
            self._letters = self._reference.fetch(contig, self._first, end).upper()
        return self._letters[start - self._first : end - self._first]
