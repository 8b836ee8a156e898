"""A reference genome to plant variants into: invented with human-like repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pysam

from sciml.core.compiled import compiled

A, C, G, T = (ord(letter) for letter in "ACGT")
BASES = np.frombuffer(b"ACGT", np.uint8)
LOWER = 32  # what turns an upper-case letter into a lower-case one

# Densities per megabase and lengths, counted in GRCh38 chr20:2-4 Mb. A geometric number of units above the shortest.
# motifs, tracts per megabase, fewest units, chance to stop at each further unit, most units
TANDEM: tuple[tuple[tuple[str, ...], float, int, float, int], ...] = (
    (("A", "T", "A", "T", "A", "T", "C", "G"), 350.0, 7, 0.6, 12),
    (("A", "T", "A", "T", "A", "T", "A", "T", "A", "T", "C", "G"), 260.0, 9, 0.13, 36),
    (("AC", "GT", "AC", "GT", "AT", "AG", "CT"), 95.0, 5, 0.5, 14),
    (("AC", "GT", "AC", "GT", "AT", "AG", "CT"), 45.0, 8, 0.1, 30),
    (("AAC", "AAT", "AAG", "ATT", "GTT", "AGG", "CTG", "CCT", "CAG", "CGG"), 75.0, 4, 0.6, 18),
    (("ATTT", "AAAT", "GTTT", "AAAG", "CTTT", "AAAC", "AAGG", "CCTT", "GATA", "TATG"), 220.0, 3, 0.55, 9),
    (("GATA", "AAAG", "AAGG", "TATC", "AATG", "CTTT"), 14.0, 7, 0.2, 20),
    (("GTTTT", "AAAAC", "AAAAG", "CTTTT", "AAAAT", "AGGGG"), 65.0, 3, 0.65, 12),
    (("ACCTCC", "ATTTTT", "AGGTGG", "AAAAAT", "CTTTTT", "GTTTTT", "CCCTCT"), 36.0, 3, 0.8, 10),
)
COMPOUND = 0.15  # share of the longer tracts that run into a second motif, such as (AC)n(AT)m
INTERRUPTED = 0.02  # chance that a base inside a longer tract was substituted since
LOW_COMPLEXITY_PER_MB = 25.0  # stretches drawn from two or three letters, 30-200 bases
SEGMENTAL_SHARE = 0.03  # share of the genome that is a young copy of another place
TELOMERE_N, GAP_N = 1_000, 500


def generate(bases: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Two contigs of together `bases` letters (ASCII); repeats in lower case, N at the ends and in one gap."""
    lengths = {"chr1s": bases - int(0.4 * bases), "chr2s": int(0.4 * bases)}
    families = _families(rng)
    return {name: _contig(length, families, rng) for name, length in lengths.items()}


def write_fasta(sequences: Mapping[str, np.ndarray], path: Path, width: int = 60) -> None:
    """A plain FASTA and its .fai; the folder must be one that appears whole."""
    with path.open("wb") as file:
        for name, letters in sequences.items():
            file.write(b">" + name.encode() + b"\n")
            text = letters.tobytes()
            file.writelines(text[start : start + width] + b"\n" for start in range(0, len(text), width))
    pysam.faidx(str(path))


def upper(letters: np.ndarray) -> np.ndarray:
    """ASCII letters in upper case; whatever is not A, C, G or T becomes N."""
    table = np.full(256, ord("N"), np.uint8)
    for base in BASES:
        table[base] = table[base + LOWER] = base
    return np.asarray(table[letters])


def random_bases(count: int, gc: float, rng: np.random.Generator) -> np.ndarray:
    """Independent letters with this share of G and C."""
    at = (1 - gc) / 2
    return rng.choice(BASES, count, p=(at, gc / 2, gc / 2, at))


def diverge(letters: np.ndarray, share: float, rng: np.random.Generator, indel_share: float = 0.1) -> np.ndarray:
    """A copy in which this share of the bases changed since, a tenth of the changes short gaps or insertions."""
    changed = np.nonzero(rng.random(len(letters)) < share)[0]
    gap = rng.random(len(changed)) < indel_share
    copy = letters.copy()
    points = changed[~gap]
    copy[points] = _another_base(letters[points], rng)
    if not gap.any():
        return copy
    pieces, last = [], 0
    for place in changed[gap]:
        length = int(rng.geometric(0.5))
        pieces.append(copy[last:place])
        if rng.random() < 0.5:
            pieces.append(rng.choice(BASES, length))
            last = place
        else:
            last = min(place + length, len(copy))
    return np.concatenate([*pieces, copy[last:]])


def reverse_complement(letters: np.ndarray) -> np.ndarray:
    """The other strand, read in its own direction; N stays N."""
    table = np.arange(256, dtype=np.uint8)
    for one, other in ("AT", "CG", "GC", "TA"):
        table[ord(one)] = ord(other)
        table[ord(one) + LOWER] = ord(other) + LOWER
    return np.asarray(table[letters][::-1])


def _contig(length: int, families: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    letters = _background(_isochores(length, rng), rng.random(length))
    _scatter_families(letters, families, rng)
    for motifs, per_mb, fewest, stop, most in TANDEM:
        _scatter(letters, per_mb, partial(_tract, motifs, fewest, stop, most, rng), rng)
    _scatter(letters, LOW_COMPLEXITY_PER_MB, partial(_low_complexity, rng), rng)
    _duplicate_segments(letters, rng)
    letters[: min(TELOMERE_N, length // 50)] = ord("N")
    gap = length // 2
    letters[gap : gap + min(GAP_N, length // 50)] = ord("N")
    return letters


def _isochores(length: int, rng: np.random.Generator) -> np.ndarray:
    """GC content around each base: long stretches of one level, with shorter waves on top."""
    gc = np.empty(length)
    start = 0
    while start < length:
        end = min(length, start + int(rng.uniform(20_000, 120_000)))
        gc[start:end] = 0.36 + 0.2 * rng.beta(1.5, 3.0)
        start = end
    waves = rng.normal(0.0, 0.04, length // 500 + 2)
    return np.clip(gc + np.interp(np.arange(length), np.arange(len(waves)) * 500.0, waves), 0.25, 0.7)


@compiled
def _background(gc: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Letters with this GC content, CpG at about a quarter of what chance gives (it decayed to TpG and CpA)."""
    letters = np.empty(gc.size, np.uint8)
    previous = A
    for i in range(gc.size):
        at, u = (1.0 - gc[i]) / 2.0, uniform[i]
        if u < at:
            base = A
        elif u < 2.0 * at:
            base = T
        elif u < 2.0 * at + gc[i] / 2.0:
            base = C
        else:
            base = G
            # the low digits of the same uniform number are as good as a second one
            if previous == C and (u * 1e6) % 1.0 < 0.93:
                if (u * 1e8) % 1.0 < 0.5:
                    letters[i - 1] = T
                else:
                    base = A
        letters[i] = base
        previous = base
    return letters


def _families(rng: np.random.Generator) -> list[np.ndarray]:
    """Consensus sequences of one Alu-like (300 b) and one L1-like (6 kb) family."""
    alu = np.concatenate([random_bases(130, 0.62, rng), np.full(6, A, np.uint8), random_bases(150, 0.6, rng)])
    return [alu, random_bases(6_000, 0.42, rng)]


def _scatter_families(letters: np.ndarray, families: list[np.ndarray], rng: np.random.Generator) -> None:
    alu, line = families

    def alu_copy() -> np.ndarray:
        # a twentieth is young: only those make a mapper doubt
        share = rng.uniform(0.005, 0.04) if rng.random() < 0.05 else rng.uniform(0.05, 0.2)
        return _either_strand(np.concatenate([diverge(alu, share, rng), _poly_a(rng)]), rng)

    def line_copy() -> np.ndarray:
        kept = min(len(line), int(rng.exponential(900.0)) + 200)  # truncated at the 5' end, as they are
        return _either_strand(np.concatenate([diverge(line[-kept:], rng.uniform(0.05, 0.2), rng), _poly_a(rng)]), rng)

    _scatter(letters, 250.0, alu_copy, rng)
    _scatter(letters, 100.0, line_copy, rng)


def _poly_a(rng: np.random.Generator) -> np.ndarray:
    tail = np.full(int(rng.integers(8, 32)), A, np.uint8)
    return diverge(tail, rng.uniform(0.0, 0.15), rng)


def _either_strand(letters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return reverse_complement(letters) if rng.random() < 0.5 else letters


def _scatter(letters: np.ndarray, per_mb: float, element: Callable[[], np.ndarray], rng: np.random.Generator) -> None:
    """Overwrite random places with elements, soft-masked."""
    for start in rng.integers(0, len(letters), rng.poisson(per_mb * len(letters) / 1e6)):
        new = element()[: len(letters) - start]
        letters[start : start + len(new)] = new | LOWER


def _tract(motifs: tuple[str, ...], fewest: int, stop: float, most: int, rng: np.random.Generator) -> np.ndarray:
    def one() -> np.ndarray:
        units = min(most, fewest - 1 + int(rng.geometric(stop)))
        return np.frombuffer((motifs[int(rng.integers(len(motifs)))] * units).encode(), np.uint8)

    tract = one()
    if len(tract) >= 16 and len(motifs[0]) > 1 and rng.random() < COMPOUND:
        tract = np.concatenate([tract, one()])
    if len(tract) >= 16 and rng.random() < 0.5:
        tract = diverge(tract, INTERRUPTED, rng)
    return tract


def _low_complexity(rng: np.random.Generator) -> np.ndarray:
    """A-rich, AT-rich or purine-rich stretches, in which alignments are ambiguous without a clean unit."""
    shares = ((0.8, 0.05, 0.1, 0.05), (0.5, 0.02, 0.02, 0.46), (0.55, 0.02, 0.41, 0.02))[int(rng.integers(3))]
    return _either_strand(rng.choice(BASES, int(rng.integers(30, 200)), p=shares), rng)


def _duplicate_segments(letters: np.ndarray, rng: np.random.Generator) -> None:
    """Young copies, 1-5 % diverged, of other places of the contig: there mapping quality drops."""
    longest = min(8_000, len(letters) // 8)
    budget = SEGMENTAL_SHARE * len(letters)
    while budget > 0:
        length = int(rng.uniform(min(800, longest / 2), longest))
        source, target = rng.integers(0, len(letters) - length, 2)
        copy = diverge(letters[source : source + length] & ~np.uint8(LOWER), rng.uniform(0.003, 0.05), rng)
        copy = _either_strand(copy, rng)[: len(letters) - target]
        letters[target : target + len(copy)] = copy
        budget -= length


def _another_base(letters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    code = np.searchsorted(BASES, letters & ~np.uint8(LOWER))
    return np.asarray(BASES[(code + rng.integers(1, 4, len(letters))) % 4])
