"""Which variants does an invented person carry, and what are the two haplotypes?

Rates as in human genomes: transitions about twice as common as transversions, CpG sites ten times as mutable as
others, indel lengths with a heavy tail, repeats that gain and lose whole units at a rate that grows with their length.
"""

from __future__ import annotations

import numpy as np

from sciml.variants.alleles import Change, Variant, anchor, left_aligned, other_allele, reach, record
from sciml.variants.genome import random_bases
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
    for which in sorted(range(len(changes)), key=lambda i: anchor(changes[i])):
        change = changes[which]
        position = anchor(change)
        genotype = _genotype(second[which], settings.homozygous, rng)
        carriers = [haplotype for haplotype in (0, 1) if genotype[haplotype]]
        if position in (-1, last) or any(position < free[haplotype] for haplotype in carriers):
            continue
        alleles = [change]
        if max(genotype) == 2:
            alleles.append(other_allele(letters, change, settings.max_indel, rng))
        variant = record(letters, alleles, genotype)
        if "N" in variant.ref:
            continue
        end = max(reach(letters, allele) for allele in alleles)
        for haplotype in carriers:
            free[haplotype] = end
        last = position
        records.append(variant)
    return records


def _genotype(two_alternates: bool, homozygous: float, rng: np.random.Generator) -> tuple[int, int]:
    if two_alternates:
        return (1, 2) if rng.random() < 0.5 else (2, 1)
    if rng.random() < homozygous:
        return (1, 1)
    return (1, 0) if rng.random() < 0.5 else (0, 1)
