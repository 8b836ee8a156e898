"""From fragments to read pairs, base by base: slips of the polymerase, qualities, errors (compiled)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sciml.core.compiled import compiled
from sciml.variants.instruments import KMER, LATENT_BINS, LATENT_LIMIT

SLOW, FAST = float(np.exp(-1 / 45)), float(np.exp(-1 / 3))  # how much of a drift of the quality is left a base later
SLOW_STEP, FAST_STEP = float(np.sqrt(12 * (1 - SLOW**2))), float(np.sqrt(12 * (1 - FAST**2)))  # of uniform numbers
TRIANGLE = float(np.sqrt(6.0))  # gives the sum of two uniform numbers, less one, the variance 1
MATES_ALIKE = 0.75  # correlation of the quality level of two mates
CONTRACTIONS = 0.65  # share of the slips that lose units
MORE_UNITS = 0.15  # chance that a slip goes on by another unit
AFTER_HOMOPOLYMER, LOST_AT_MOST = 2.3, 22.0  # phred lost for the rest of a read, per base of one beyond the eighth
DEPHASING, DEPHASED_AT_MOST = 0.025, 0.5  # chance to show a neighbour's base after it, per base beyond the ninth
BAD_TAILS, BAD_TAIL_LATENT, BAD_TAIL_ERRORS = 0.003, 2.0, 0.1  # reads whose end fails, what is lost and wrong there
NOTICED = (6, 19)  # phred of systematic errors: the instrument mostly sees that something is wrong
GAP_CHANCE = 3e-5  # chance per base that the instrument skips it or reads it twice
PESSIMISM = 0.75  # errors are rarer than the qualities say: of NA12878, 0.9 times at Q10, 0.6 at Q30
ERROR_CHANCE = PESSIMISM * 10.0 ** (-np.arange(94, dtype=np.float64) / 10.0)
# which base is read instead of A, C, G, T: cumulative chances over the bases in the order A C G T
SUBSTITUTED = np.array(
    [[0.0, 0.33, 0.64, 1.0], [0.48, 0.48, 0.65, 1.0], [0.31, 0.49, 0.49, 1.0], [0.35, 0.61, 1.0, 1.0]]
)
CODE = np.full(256, 4, np.uint8)
for _code, _letter in enumerate(b"ACGT"):
    CODE[_letter] = _code
LETTER = np.frombuffer(b"ACGTN", np.uint8)
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
LONGEST_MOLECULE = 4_096


class Fragments(NamedTuple):
    """One row per fragment, in the order of sequencing; places count in the templates joined end to end."""

    start: np.ndarray
    length: np.ndarray
    reverse: np.ndarray
    joint: np.ndarray  # base of the fragment at which a chimera goes on elsewhere; the length where none does
    elsewhere: np.ndarray  # where it goes on
    elsewhere_reverse: np.ndarray
    molecule: np.ndarray  # uint64 key of the original molecule: copies of one share its slips
    key: np.ndarray  # uint64 key of the fragment
    duplicate: np.ndarray  # a copy of another fragment


class Slips(NamedTuple):
    """Tracts of the joined templates in which the polymerase may slip, sorted and free of each other."""

    start: np.ndarray
    end: np.ndarray
    unit: np.ndarray
    chance: np.ndarray


class Chemistry(NamedTuple):
    """What makes qualities and errors: see Instrument."""

    qualities: np.ndarray  # uint8 (read, cycle, latent bin), phred
    spreads: np.ndarray  # standard deviations of the latent quality, in the order of Shares
    context: np.ndarray  # level of each context, see context_levels
    context_rates: np.ndarray
    adapters: np.ndarray  # uint8 (read, cycle), codes


@compiled
def read_pairs(letters: np.ndarray, slips: Slips, fragments: Fragments, chemistry: Chemistry) -> np.ndarray:
    """Both reads of each fragment: uint8 (pair, read, cycle, what), ASCII letter and phred + 33."""
    reads = np.empty((fragments.start.size, 2, chemistry.qualities.shape[1], 2), np.uint8)
    strand = np.empty(LONGEST_MOLECULE, np.uint8)  # the molecule in codes, as read 1 meets it
    met = np.empty(2 * chemistry.qualities.shape[1], np.uint8)  # the bases ahead of one read
    state = np.empty(1, np.uint64)
    for i in range(fragments.start.size):
        start, length, joint = fragments.start[i], fragments.length[i], fragments.joint[i]
        size = _append(strand, 0, letters, start, joint, fragments.reverse[i], slips, fragments.molecule[i])
        if joint < length:
            there, turned = fragments.elsewhere[i], fragments.elsewhere_reverse[i]
            size = _append(strand, size, letters, there, length - joint, turned, slips, fragments.molecule[i])
        state[0] = fragments.key[i]
        common = _normal(state)
        for which in range(2):
            level = np.sqrt(MATES_ALIKE) * common + np.sqrt(1 - MATES_ALIKE) * _normal(state)
            _meet(strand[:size], which, chemistry.adapters[which], met)
            _read(met, chemistry.qualities[which], level, chemistry, state, reads[i, which])
    return reads


@compiled
def _append(
    strand: np.ndarray,
    size: int,
    letters: np.ndarray,
    start: int,
    length: int,
    reverse: bool,
    slips: Slips,
    molecule: np.uint64,
) -> int:
    """Copy a stretch of the template, tracts lengthened or shortened by slips, onto the molecule; its new size."""
    end, first = start + length, size
    tract = int(np.searchsorted(slips.start, start))
    i = start
    while i < end and size < strand.size:
        if tract < slips.start.size and slips.start[tract] == i:
            if slips.end[tract] <= end:
                unit = slips.unit[tract]
                change = _slip(molecule, tract, slips.chance[tract])
                for k in range(min(change * unit, strand.size - size - 1)):  # units gained
                    strand[size] = CODE[letters[i + k % unit]]
                    size += 1
                if change < 0:  # units lost, but for the last one
                    i = min(i - change * unit, slips.end[tract] - unit)
            tract += 1
        strand[size] = CODE[letters[i]]
        size += 1
        i += 1
    if reverse:
        strand[first:size] = COMPLEMENT[strand[first:size][::-1]]
    return size


@compiled
def _slip(molecule: np.uint64, tract: int, chance: float) -> int:
    """Units gained (or lost, below zero) by this molecule in this tract; both of its reads see the same."""
    state = np.empty(1, np.uint64)
    state[0] = molecule ^ (np.uint64(tract + 1) * np.uint64(0xD6E8FEB86659FD93))
    if _uniform(state) >= chance:
        return 0
    units = 1
    while units < 4 and _uniform(state) < MORE_UNITS:
        units += 1
    return -units if _uniform(state) < CONTRACTIONS else units


@compiled
def _meet(strand: np.ndarray, which: int, adapter: np.ndarray, met: np.ndarray) -> None:
    """The bases that a read meets: on its strand of the molecule, then in the adapter."""
    for i in range(met.size):
        if i >= strand.size:
            met[i] = adapter[min(i - strand.size, adapter.size - 1)]
        elif which == 0:
            met[i] = strand[i]
        else:
            met[i] = COMPLEMENT[strand[strand.size - 1 - i]]


@compiled
def _read(
    met: np.ndarray, table: np.ndarray, level: float, chemistry: Chemistry, state: np.ndarray, read: np.ndarray
) -> None:
    """One read: a latent quality drifts along it, tables turn it into phred, and phred into errors."""
    slow, fast = _normal(state), _normal(state)
    u = _uniform(state)
    tail = int(read.shape[0] * (0.4 + 0.6 * u / BAD_TAILS)) if u < BAD_TAILS else read.shape[0]
    kmer, run, lost, dephased, previous, at = 0, 0, 0.0, 0.0, 4, 0
    for cycle in range(read.shape[0]):
        true = met[at]
        at += 1
        if true != previous:
            lost += AFTER_HOMOPOLYMER * max(run - 8, 0)
            dephased = max(dephased, min(DEPHASING * (run - 9), DEPHASED_AT_MOST))
            run = 0
        run += 1
        kmer = ((kmer << 2) | (true & 3)) & (4**KMER - 1)
        rate_level = chemistry.context[kmer] if cycle >= KMER else 0
        word = _word(state)
        slow = SLOW * slow + SLOW_STEP * (_piece(word, 0) - 0.5)
        fast = FAST * fast + FAST_STEP * (_piece(word, 1) - 0.5)
        latent = chemistry.spreads[0] * level + chemistry.spreads[1] * slow + chemistry.spreads[2] * fast
        latent += chemistry.spreads[3] * TRIANGLE * (_piece(word, 2) + _piece(word, 3) - 1.0)
        if cycle >= tail:
            latent -= BAD_TAIL_LATENT
        quality = _quality(table[cycle, _bin(latent)], lost)
        rate = BAD_TAIL_ERRORS if cycle >= tail else chemistry.context_rates[rate_level]
        u = _uniform(state)
        seen = true
        if quality <= 2 or true == 4:
            seen, quality = 4, 2
        elif u < ERROR_CHANCE[quality]:
            seen = _substitute(true, state)
        elif dephased > 0 and _uniform(state) < dephased:
            seen = previous if u < 0.5 else met[at]  # the molecules of the cluster lag behind or run ahead
            quality = quality if seen == true else min(quality, _noticed(state))
        elif u - ERROR_CHANCE[quality] < rate:
            seen = previous if previous != true and previous < 4 else (true + 1) & 3  # the base before, once more
            quality = min(quality, _noticed(state))
        elif u > 1 - GAP_CHANCE:
            at += 1 if u > 1 - GAP_CHANCE / 2 else -1
        read[cycle, 0], read[cycle, 1] = LETTER[seen], quality + 33
        previous = true


@compiled
def _bin(latent: float) -> int:
    return min(max(int((latent + LATENT_LIMIT) * (LATENT_BINS / (2 * LATENT_LIMIT))), 0), LATENT_BINS - 1)


@compiled
def _quality(fresh: int, lost: float) -> int:
    """What is left of a quality after the homopolymers passed."""
    return max(fresh - int(min(lost, LOST_AT_MOST)), 5) if lost >= 1 and fresh > 5 else fresh


@compiled
def _substitute(true: int, state: np.ndarray) -> int:
    """The base seen instead of the true one."""
    u, seen = _uniform(state), 0
    while u >= SUBSTITUTED[true, seen]:
        seen += 1
    return seen


@compiled
def _noticed(state: np.ndarray) -> int:
    return int(NOTICED[0] + _uniform(state) * (NOTICED[1] - NOTICED[0]))


@compiled
def _piece(word: np.uint64, which: int) -> float:
    """One of the four uniform numbers in a random word."""
    return float((word >> np.uint64(16 * which)) & np.uint64(0xFFFF)) / 65536.0


@compiled
def _word(state: np.ndarray) -> np.uint64:
    """The next 64 random bits of a stream (splitmix64, Steele 2014, doi:10.1145/2714064.2660195)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint64(z ^ (z >> np.uint64(31)))


@compiled
def _uniform(state: np.ndarray) -> float:
    return float(_word(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _normal(state: np.ndarray) -> float:
    """A standard normal number, by Box and Muller."""
    u, v = _uniform(state), _uniform(state)
    return float(np.sqrt(-2.0 * np.log(1.0 - u)) * np.cos(2.0 * np.pi * v))
