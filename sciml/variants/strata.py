"""In which parts of the table does a variant count? By type, length, the sequence around it, and depth."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sciml.variants.normalise import Letters, edit_of

LENGTHS = ((1, "1"), (2, "2-5"), (6, "6-15"), (16, "16+"))
DEPTHS = ((0, "below 10"), (10, "10-19"), (20, "20-29"), (30, "30-49"), (50, "50+"))
CONTEXTS = ("unique sequence", "homopolymer 4-6", "homopolymer 7+", "tandem repeat")
TYPES = ("SNP", "INDEL")
STRATA: tuple[str, ...] = (
    "all",
    *TYPES,
    *(f"{kind} {label}" for kind in ("insertion", "deletion") for _, label in LENGTHS),
    *(f"{kind} in {context}" for kind in TYPES for context in CONTEXTS),
    *(f"depth {label}" for _, label in DEPTHS),
)
AROUND_BP = 60
# three copies and ten bases at least of a unit of two to six: what aligners and polymerases slip on
TANDEM = re.compile(r"(?=(([ACGT]{2,6}?)\2{2,}))")
MIN_TANDEM_BP = 10


def membership(alleles: pd.DataFrame, reference: Letters, contig_bp: int, depth: np.ndarray | None) -> np.ndarray:
    """Which strata each normalised allele of one contig counts in: bool, (allele, stratum) in the order of STRATA.

    `depth` is the number of reads over each allele's position; None where it is not known.
    """
    column = {name: number for number, name in enumerate(STRATA)}
    member = np.zeros((len(alleles), len(STRATA)), bool)
    member[:, column["all"]] = True
    columns = (alleles[name].tolist() for name in ("contig", "position", "ref", "alt", "type"))
    for row, (contig, position, ref, alt, kind) in enumerate(zip(*columns, strict=True)):
        edit = edit_of(position, ref, alt)
        around = context(contig, edit.start, edit.end, reference, contig_bp)
        names = [kind, f"{kind} in {around}"]
        if grown := len(alt) - len(ref):
            names.append(f"{'insertion' if grown > 0 else 'deletion'} {_label(abs(grown), LENGTHS)}")
        if depth is not None:
            names.append(f"depth {_label(int(depth[row]), DEPTHS)}")
        member[row, [column[name] for name in names]] = True
    return member


def context(contig: str, start: int, end: int, reference: Letters, contig_bp: int) -> str:
    """What kind of sequence the bases [start, end), or those on either side of an insertion, touch."""
    first = max(0, start - AROUND_BP)
    letters = reference.fetch(contig, first, min(contig_bp, end + AROUND_BP)).upper()
    left, right = start - first, end - first
    longest = max((len(run) for run, at in _runs(letters) if at <= right and at + len(run) >= left), default=1)
    if longest >= 7:
        return "homopolymer 7+"
    for found in TANDEM.finditer(letters):
        at, length = found.start(), len(found.group(1))
        if length >= MIN_TANDEM_BP and len(set(found.group(2))) > 1 and at <= right and at + length >= left:
            return "tandem repeat"
    return "homopolymer 4-6" if longest >= 4 else "unique sequence"


def _runs(letters: str) -> list[tuple[str, int]]:
    return [(found.group(), found.start()) for found in re.finditer(r"A+|C+|G+|T+", letters)]


def _label(size: int, bins: Sequence[tuple[int, str]]) -> str:
    return next(label for least, label in reversed(bins) if size >= least)
