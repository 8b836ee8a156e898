"""Which variants does an invented person carry, and what are the two haplotypes?

Rates as in human genomes: transitions about twice as common as transversions, CpG sites ten times as mutable as
others, indel lengths with a heavy tail, repeats that gain and lose whole units at a rate that grows with their length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sciml.variants.compiled import compiled
from sciml.variants.genome import BASES, random_bases
from sciml.variants.settings import SimulateSettings
from sciml.variants.tandem import Tracts, find_tracts

A, C, G, T, N = (ord(letter) for letter in "ACGTN")
TRANSITION = {A: G, G: A, C: T, T: C}
TRANSITION_SHARE = 2.1 / 3.1  # ti/tv 2.1 over the genome
CPG_TRANSITION_SHARE = 0.9
CPG_RATE = 10.0  # mutability of a base in CpG, others 1
CLUSTERED = 0.08  # share of the substitutions that lie near another one
CLUSTER_BP = 25.0  # mean distance to it
DENSITY_BP, DENSITY_SHAPE = 5_000, 2.0  # windows of one density, gamma distributed: real density is overdispersed
COMPOUND_CHANGES, COMPOUND_BP = 0.3, 12  # chance that the next repeat changed too, and how near it must be
DELETIONS = 0.52  # share of the indels outside repeats
TANDEM_COPIES = 0.5  # share of the insertions outside repeats that copy what stands beside them
LENGTH_EXPONENT = 1.7  # lengths outside repeats fall off as length ** -1.7
EDGE = 100  # no variant this near to an end of the sequence


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


def plant(letters: np.ndarray, settings: SimulateSettings, rng: np.random.Generator) -> list[Variant]:
    """Variants of one person in upper-case ASCII letters, sorted, left-aligned, none touching N or another one."""
    usable = _usable(letters)
    density = _density(len(letters), rng)
    tracts = find_tracts(letters)
    indels = rng.poisson(settings.indels_per_kb * usable.sum() / 1e3)
    in_repeats = rng.binomial(indels, settings.repeat_share)
    sites = _substitutions(letters, usable * density, rng.poisson(settings.snps_per_kb * usable.sum() / 1e3), rng)
    sites += _repeat_changes(letters, usable, tracts, in_repeats, settings.max_indel, rng)
    sites += _other_indels(letters, usable * density, indels - in_repeats, settings.max_indel, rng)
    second = _second_alleles(sites, settings, rng)
    return _records(letters, sites, second, settings, rng)


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


def _usable(letters: np.ndarray) -> np.ndarray:
    """Bases that may vary: not at the ends, and not within two of an N."""
    usable = np.asarray(letters != N)
    for shift in (1, 2):
        usable[shift:] &= letters[:-shift] != N
        usable[:-shift] &= letters[shift:] != N
    usable[:EDGE] = usable[-EDGE:] = False
    return usable


def _density(length: int, rng: np.random.Generator) -> np.ndarray:
    windows = rng.gamma(DENSITY_SHAPE, 1.0 / DENSITY_SHAPE, length // DENSITY_BP + 1)
    return np.repeat(windows, DENSITY_BP)[:length]


def _draw(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Different indices, likelier where the weight is larger: the first of exponential clocks to ring."""
    chosen = np.nonzero(weights > 0)[0]
    count = min(count, len(chosen))
    if count == 0:
        return chosen[:0]
    rings = rng.exponential(size=len(chosen)) / weights[chosen]
    return np.sort(chosen[np.argpartition(rings, count - 1)[:count]])


def _substitutions(letters: np.ndarray, weights: np.ndarray, count: int, rng: np.random.Generator) -> list[Change]:
    cpg = np.zeros(len(letters), bool)
    cpg[:-1] = (letters[:-1] == C) & (letters[1:] == G)
    cpg[1:] |= cpg[:-1]
    weights = weights * np.where(cpg, CPG_RATE, 1.0)
    clustered = rng.binomial(count, CLUSTERED)
    seeds = _draw(weights, count - clustered, rng)
    near = rng.choice(seeds, clustered) if len(seeds) else seeds
    near = near + rng.geometric(1.0 / CLUSTER_BP, len(near)) * rng.choice((-1, 1), len(near))
    near = near[(near >= 0) & (near < len(letters))]
    places = np.union1d(seeds, near[weights[near] > 0])
    # the other sites make up for the CpGs, so that ti/tv is the same in every sequence
    at_cpg = cpg[places].mean() if len(places) else 0.0
    elsewhere = np.clip((TRANSITION_SHARE - at_cpg * CPG_TRANSITION_SHARE) / max(1.0 - at_cpg, 1e-9), 0.3, 0.9)
    transition = rng.random(len(places)) < np.where(cpg[places], CPG_TRANSITION_SHARE, elsewhere)
    coin = rng.integers(0, 2, len(places))
    return [
        Change(place, place + 1, bytes((_substitute(int(letters[place]), change, side),)))
        for place, change, side in zip(places.tolist(), transition.tolist(), coin.tolist(), strict=True)
    ]


def _substitute(base: int, transition: bool, side: int) -> int:
    if transition:
        return TRANSITION[base]
    return [other for other in TRANSITION if other not in (base, TRANSITION[base])][side]


def _repeat_changes(
    letters: np.ndarray, usable: np.ndarray, tracts: Tracts, count: int, longest: int, rng: np.random.Generator
) -> list[Change]:
    """Gains and losses of whole units, likelier and larger in long tracts."""
    fits = usable[tracts.start] & usable[np.minimum(tracts.end, len(usable) - 1)] & (tracts.unit <= longest)
    chosen = _draw(np.where(fits, _mutability(tracts), 0.0), count, rng)
    # a neighbour in the same compound repeat, such as (AT)n(AC)m, has often changed too
    beside = chosen[rng.random(len(chosen)) < COMPOUND_CHANGES] + 1
    beside = beside[beside < len(tracts.start)]
    beside = beside[tracts.start[beside] - tracts.end[beside - 1] < COMPOUND_BP]
    changes = []
    for tract in np.union1d(chosen, beside[fits[beside]]).tolist():
        start, end, unit = int(tracts.start[tract]), int(tracts.end[tract]), int(tracts.unit[tract])
        changes.append(_unit_change(letters, start, end, unit, longest, rng))
    return changes


def _unit_change(
    letters: np.ndarray, start: int, end: int, unit: int, longest: int, rng: np.random.Generator
) -> Change:
    units = (end - start) // unit
    step = min(int(rng.geometric(0.85 if units < 8 else 0.65)), longest // unit)
    if rng.random() < 0.5 and units > step:
        return left_aligned(letters, Change(start, start + step * unit, b""))
    return left_aligned(letters, Change(start, start, letters[start : start + unit].tobytes() * step))


def _mutability(tracts: Tracts) -> np.ndarray:
    """Relative rate of change of a tract: grows with the number of units and levels off."""
    units = tracts.units.astype(float)
    homopolymer = np.exp(0.45 * (np.minimum(units, 12) - 4))
    dinucleotide = 4.0 * np.exp(0.40 * (np.minimum(units, 15) - 3))
    longer = 3.0 * np.exp(0.55 * (np.minimum(units, 12) - 3))
    return np.asarray(np.where(tracts.unit == 1, homopolymer, np.where(tracts.unit == 2, dinucleotide, longer)))


def _other_indels(
    letters: np.ndarray, weights: np.ndarray, count: int, longest: int, rng: np.random.Generator
) -> list[Change]:
    """Deletions, tandem copies and new sequence anywhere."""
    lengths = np.arange(1, longest + 1)
    chance = lengths**-LENGTH_EXPONENT * np.where(lengths % 4 == 0, 1.6, np.where(lengths % 2 == 0, 1.1, 1.0))
    changes = []
    for place in _draw(weights, count, rng).tolist():
        length = int(rng.choice(lengths, p=chance / chance.sum()))
        kind = rng.random()
        if kind < DELETIONS:
            change = Change(place, place + length, b"")
        elif kind < DELETIONS + (1 - DELETIONS) * TANDEM_COPIES:
            change = Change(place, place, letters[place : place + length].tobytes())
        else:
            change = Change(place, place, random_bases(length, 0.41, rng).tobytes())
        if (weights[place - 1 : place + length + 1] > 0).all():
            changes.append(left_aligned(letters, change))
    return changes


def left_aligned(letters: np.ndarray, change: Change) -> Change:
    """The same deletion or insertion as far to the left as it can be written."""
    start, end, new = change
    while start > 0 and letters[start - 1] == (new[-1] if new else letters[end - 1]):
        new = new[-1:] + new[:-1]
        start, end = start - 1, end - 1
    return Change(start, end, new)


def _second_alleles(changes: list[Change], settings: SimulateSettings, rng: np.random.Generator) -> list[bool]:
    """Which sites get a second alternate: mostly indels, which mutate again where they mutated before."""
    weights = np.array([0.3 if change.end - change.start == len(change.new) else 4.0 for change in changes])
    if not len(weights):
        return []
    return list(rng.random(len(weights)) < settings.multiallelic * weights / weights.mean())


def _records(
    letters: np.ndarray,
    changes: list[Change],
    second: list[bool],
    settings: SimulateSettings,
    rng: np.random.Generator,
) -> list[Variant]:
    """Genotypes for the changes that are free of each other on each haplotype."""
    free = [0, 0]  # the first base of each haplotype that no variant has used
    last, records = -1, []
    for which in sorted(range(len(changes)), key=lambda i: _anchor(changes[i])):
        change = changes[which]
        position = _anchor(change)
        genotype = _genotype(second[which], settings.homozygous, rng)
        carriers = [haplotype for haplotype in (0, 1) if genotype[haplotype]]
        if position in (-1, last) or any(position < free[haplotype] for haplotype in carriers):
            continue
        alleles = [change]
        if max(genotype) == 2:
            alleles.append(_other_allele(letters, change, settings.max_indel, rng))
        record = _record(letters, alleles, genotype)
        if "N" in record.ref:
            continue
        reach = max(_reach(letters, allele) for allele in alleles)
        for haplotype in carriers:
            free[haplotype] = reach
        last = position
        records.append(record)
    return records


def _genotype(two_alternates: bool, homozygous: float, rng: np.random.Generator) -> tuple[int, int]:
    if two_alternates:
        return (1, 2) if rng.random() < 0.5 else (2, 1)
    if rng.random() < homozygous:
        return (1, 1)
    return (1, 0) if rng.random() < 0.5 else (0, 1)


def _anchor(change: Change) -> int:
    """Position of the VCF record: the base itself, or the one before an insertion or deletion."""
    substitution = change.end - change.start == len(change.new)
    return change.start if substitution else change.start - 1


def _other_allele(letters: np.ndarray, change: Change, longest: int, rng: np.random.Generator) -> Change:
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


def _record(letters: np.ndarray, alleles: list[Change], genotype: tuple[int, int]) -> Variant:
    position = _anchor(alleles[0])
    end = max(max(change.end for change in alleles), position + 1)
    ref = letters[position:end].tobytes()
    alts = tuple(
        (ref[: change.start - position] + change.new + ref[change.end - position :]).decode() for change in alleles
    )
    return Variant(position, ref.decode(), alts, genotype)


def _reach(letters: np.ndarray, change: Change) -> int:
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
