"""From fragments to read pairs, base by base: slips of the polymerase, qualities, errors (compiled)."""

from __future__ import annotations

import numpy as np

from sciml.variants.compiled import compiled
from sciml.variants.instruments import KMER, LATENT_BINS, LATENT_LIMIT

ADAPTERS = (
    np.frombuffer(b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCACATCACGATCTCGTATGCCGTCTTCTGCTTG", np.uint8),
    np.frombuffer(b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGTAGATCTCGGTGGTCGCCGTATCATT", np.uint8),
)
SLOW, FAST = np.exp(-1 / 45), np.exp(-1 / 3)  # how much of a drift of the quality is left a base later
MATES_ALIKE = 0.75  # correlation of the quality level of two mates
CONTRACTIONS = 0.65  # share of the slips that lose units
MORE_UNITS = 0.15  # chance that a slip goes on by another unit
AFTER_HOMOPOLYMER = 2.3  # phred lost for the rest of the read, per base of a homopolymer beyond the eighth
HOT_SPOT_LATENT = 0.8  # a systematic error is often seen by the instrument: its quality is lower
# which base is read instead of A, C, G, T: cumulative chances over the other three in the order A C G T
SUBSTITUTED = np.array(
    [[0.0, 0.33, 0.64, 1.0], [0.48, 0.48, 0.65, 1.0], [0.31, 0.49, 0.49, 1.0], [0.35, 0.61, 1.0, 1.0]]
)
CODE = np.full(256, 4, np.uint8)
for _code, _letter in enumerate(b"ACGT"):
    CODE[_letter] = _code
LETTER = np.frombuffer(b"ACGTN", np.uint8)
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
ERROR_CHANCE = 10.0 ** (-np.arange(94, dtype=np.float64) / 10.0)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def read_pairs(
    letters: np.ndarray,
    slip_start: np.ndarray,
    slip_end: np.ndarray,
    slip_unit: np.ndarray,
    slip_chance: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    reverse: np.ndarray,
    joint: np.ndarray,
    elsewhere: np.ndarray,
    elsewhere_reverse: np.ndarray,
    molecule: np.ndarray,
    key: np.ndarray,
    qualities: np.ndarray,
    spreads: np.ndarray,
    context: np.ndarray,
    context_rates: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """ASCII letters and qualities, uint8 (pair, read, cycle); the columns are those of Slips and Fragments."""
    shape = (len(start), 2, qualities.shape[1])
    out_bases, out_qualities = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    slips = (slip_start, slip_end, slip_unit, slip_chance)
    pieces = (start, length, reverse, joint, elsewhere, elsewhere_reverse)
    adapters = np.full((2, shape[2]), ord("G"), np.uint8)
    for which, adapter in enumerate(ADAPTERS):
        adapters[which, : min(len(adapter), shape[2])] = adapter[: shape[2]]
    _read_all(
        letters, slips, pieces, molecule, key, CODE[adapters], qualities, spreads, context, context_rates,
        out_bases, out_qualities,
    )  # fmt: skip
    return out_bases, out_qualities


@compiled
def _read_all(
    letters, slips, pieces, molecule, key, adapters, qualities, spreads, context, context_rates, bases, phred
):  # type: ignore[no-untyped-def]
    start, length, reverse, joint, elsewhere, elsewhere_reverse = pieces
    strand = np.empty(4_096, np.uint8)  # the molecule as codes, as read 1 meets it
    for i in range(start.size):
        size = 0
        size = _append(strand, size, letters, start[i], joint[i], reverse[i], slips, molecule[i])
        if joint[i] < length[i]:
            rest = length[i] - joint[i]
            size = _append(strand, size, letters, elsewhere[i], rest, elsewhere_reverse[i], slips, molecule[i])
        state = key[i]
        state, common = _normal(state)
        for which in range(2):
            state = _read_one(
                strand, size, which, state, common, adapters[which], qualities[which], spreads, context, context_rates,
                bases[i, which], phred[i, which],
            )  # fmt: skip


@compiled
def _append(strand, size, letters, start, length, reverse, slips, molecule):  # type: ignore[no-untyped-def]
    """Copy a stretch of the template, tracts lengthened or shortened by slips, onto the molecule."""
    slip_start, slip_end, slip_unit, slip_chance = slips
    end, first = start + length, size
    tract = np.searchsorted(slip_start, start)
    i = start
    while i < end and size < strand.size - 1:
        while tract < slip_start.size and slip_start[tract] < i:
            tract += 1
        if tract < slip_start.size and slip_start[tract] == i and slip_end[tract] <= end:
            change = _slip(molecule, tract, slip_chance[tract])
            unit = slip_unit[tract]
            if change < 0:
                i += min(-change, (slip_end[tract] - slip_start[tract]) // unit - 1) * unit
            for _ in range(change):
                for k in range(unit):
                    if size < strand.size - 1:
                        strand[size] = CODE[letters[i + k]]
                        size += 1
            tract += 1
        strand[size] = CODE[letters[i]]
        size += 1
        i += 1
    if reverse:
        left, right = first, size - 1
        while left < right:
            strand[left], strand[right] = COMPLEMENT[strand[right]], COMPLEMENT[strand[left]]
            left, right = left + 1, right - 1
        if left == right:
            strand[left] = COMPLEMENT[strand[left]]
    return size


@compiled
def _slip(molecule, tract, chance):  # type: ignore[no-untyped-def]
    """Units gained (or lost, below zero) by this molecule in this tract; both of its reads see the same."""
    state = molecule ^ (np.uint64(tract + 1) * np.uint64(0xD6E8FEB86659FD93))
    state, u = _uniform(state)
    if u >= chance:
        return 0
    state, direction = _uniform(state)
    units = 1
    state, more = _uniform(state)
    while more < MORE_UNITS and units < 4:
        units += 1
        state, more = _uniform(state)
    return -units if direction < CONTRACTIONS else units


@compiled
def _read_one(
    strand, size, which, state, common, adapter, qualities, spreads, context, context_rates, bases, phred
):  # type: ignore[no-untyped-def]
    """One read: the latent quality drifts along it, tables turn it into phred, and phred into errors."""
    state, own = _normal(state)
    level = spreads[0] * (np.sqrt(MATES_ALIKE) * common + np.sqrt(1 - MATES_ALIKE) * own)
    state, slow = _normal(state)
    state, fast = _normal(state)
    slow_step, fast_step = np.sqrt(12 * (1 - SLOW * SLOW)), np.sqrt(12 * (1 - FAST * FAST))
    scale = LATENT_BINS / (2 * LATENT_LIMIT)
    kmer, run, lost, previous = 0, 0, 0.0, 4
    for cycle in range(bases.size):
        if cycle < size:
            true = strand[cycle] if which == 0 else COMPLEMENT[strand[size - 1 - cycle]]
        else:
            true = adapter[cycle - size]
        if true == previous:
            run += 1
        else:
            if run > 8:
                lost = min(25.0, lost + AFTER_HOMOPOLYMER * (run - 8))
            run = 1
        kmer = ((kmer << 2) | (true & 3)) & ((1 << (2 * KMER)) - 1)
        rate_level = context[kmer] if cycle >= KMER else 0
        state, word = _word(state)
        slow = SLOW * slow + slow_step * (np.float64(word & np.uint64(0xFFFF)) / 65536.0 - 0.5)
        fast = FAST * fast + fast_step * (np.float64((word >> np.uint64(16)) & np.uint64(0xFFFF)) / 65536.0 - 0.5)
        white = np.float64((word >> np.uint64(32)) & np.uint64(0xFFFF)) + np.float64(word >> np.uint64(48))
        latent = level + spreads[1] * slow + spreads[2] * fast + spreads[3] * (white / 65536.0 - 1.0) * 2.449489742783178
        if rate_level >= 4:
            latent -= HOT_SPOT_LATENT
        step = int((latent + LATENT_LIMIT) * scale)
        quality = int(qualities[cycle, min(max(step, 0), LATENT_BINS - 1)])
        if lost > 0 and quality > 2:
            quality = max(quality - int(lost), 5)
        state, u = _uniform(state)
        seen = true
        if quality <= 2 or true == 4:
            seen, quality = 4, 2
        elif u < ERROR_CHANCE[quality]:
            state, v = _uniform(state)
            seen = 0
            while v >= SUBSTITUTED[true, seen]:
                seen += 1
        elif u - ERROR_CHANCE[quality] < context_rates[rate_level]:
            # phasing: the base before is read once more
            seen = previous if previous != true and previous < 4 else (true + 1) & 3
        bases[cycle] = LETTER[seen]
        phred[cycle] = quality + 33
        previous = true
    return state


@compiled
def _word(state):  # type: ignore[no-untyped-def]
    """The next 64 random bits of a stream (splitmix64)."""
    state = state + GOLDEN
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, z ^ (z >> np.uint64(31))


@compiled
def _uniform(state):  # type: ignore[no-untyped-def]
    state, word = _word(state)
    return state, np.float64(word >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _normal(state):  # type: ignore[no-untyped-def]
    """A standard normal number, by Box and Muller."""
    state, u = _uniform(state)
    state, v = _uniform(state)
    return state, np.sqrt(-2.0 * np.log(1.0 - u)) * np.cos(2.0 * np.pi * v)
