"""What would a sequencing instrument read from a person's two haplotypes?

Fragments are drawn along the templates with the unevenness of real coverage; the polymerase may slip in repeats; both
ends of each fragment are read with qualities like the instrument's, and errors as likely as the qualities say.
Every fragment has a random stream of its own, so that its reads do not depend on the batch they are made in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sciml.variants.genome import upper
from sciml.variants.instruments import CONTEXT_RATES, Instrument, context_levels
from sciml.variants.molecules import CODE, Chemistry, Fragments, Slips, read_pairs
from sciml.variants.settings import SimulateSettings
from sciml.variants.tandem import find_tracts

WINDOW_BP = 64  # bases over which the expected coverage is constant
COVERAGE_SPREAD = 0.09  # spread of the coverage beyond chance and GC, relative
COVERAGE_WAVE_BP = 1_000  # over which distance it changes
GC_OPTIMUM, GC_LOSS = 0.36, 0.9  # coverage lost per unit of GC content away from the optimum
NEARBY_CHIMERAS = 0.5  # share of the chimeric fragments whose second part is an inverted neighbour
NEARBY_BP = 1_000
N = ord("N")


ADAPTERS = (  # TruSeq, as read 1 and read 2 run into them; then a dark cycle, which reads as G
    b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCACATCACGATCTCGTATGCCGTCTTCTGCTTG",
    b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGTAGATCTCGGTGGTCGCCGTATCATT",
)


class Template(NamedTuple):
    """A molecule that fragments come from: upper-case letters, sequenced between `start` and `end`.

    `dose` is the share of the whole depth that it gets: one half for a haplotype of a diploid. `coverage` is the
    relative coverage expected along it, None for evenly.
    """

    letters: np.ndarray
    start: int
    end: int
    dose: float
    coverage: np.ndarray | None = None


class Library(NamedTuple):
    """All fragments of a sample, with what they are read from."""

    letters: np.ndarray
    slips: Slips
    fragments: Fragments
    instrument: Instrument


def library(
    templates: Sequence[Template],
    depth: float,
    settings: SimulateSettings,
    instrument: Instrument,
    rng: np.random.Generator,
) -> Library:
    """Draw the fragments of a sample; `depth` counts the reads over a base without the marked duplicates."""
    letters = np.concatenate([template.letters for template in templates])
    offsets = np.cumsum([0, *(len(template.letters) for template in templates)])
    parts = [
        _fragments_of(template, int(offset), depth, instrument, rng)
        for template, offset in zip(templates, offsets, strict=False)
    ]
    start, length = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    readable = _readable(letters, start, length, instrument.read_length)
    start, length = start[readable], length[readable]
    copies = round(len(start) * settings.duplicates / max(1e-9, 1 - settings.duplicates)) if len(start) else 0
    fragments = _prepared(start, length, letters, settings.chimeras, rng)
    fragments = _with_copies(fragments, copies, rng)
    return Library(letters, _slips(letters, settings.stutter), fragments, instrument)


def sequence(library: Library, start: int, end: int) -> np.ndarray:
    """Read the fragments [start, end) from both ends: uint8 (pair, read, cycle, what), ASCII letter and phred + 33."""
    part = Fragments(*(column[start:end] for column in library.fragments))
    machine = library.instrument
    length = machine.qualities.shape[1]
    adapters = CODE[np.stack([np.frombuffer(adapter[:length].ljust(length, b"G"), np.uint8) for adapter in ADAPTERS])]
    spreads = np.sqrt(np.array(machine.shares))
    chemistry = Chemistry(machine.qualities, spreads, context_levels(), CONTEXT_RATES, adapters)
    return read_pairs(library.letters, library.slips, part, chemistry)


def coverage_along(letters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Relative coverage per window of WINDOW_BP bases: lost where GC is high or low, with slow random waves."""
    windows = len(letters) // WINDOW_BP + 1
    padded = np.full(windows * WINDOW_BP, N, np.uint8)
    padded[: len(letters)] = letters
    gc = ((padded == ord("G")) | (padded == ord("C"))).reshape(windows, WINDOW_BP).mean(1)
    kernel = np.ones(5) / 5  # what counts is the fragment's GC content, not the window's
    gc = np.convolve(np.pad(gc, 2, mode="edge"), kernel, "valid")
    knots = rng.standard_normal(len(letters) // COVERAGE_WAVE_BP + 2)
    waves = np.interp(np.arange(windows) * WINDOW_BP, np.arange(len(knots)) * COVERAGE_WAVE_BP, knots)
    # interpolation between knots keeps two thirds of their variance
    spread = np.exp(COVERAGE_SPREAD * waves * np.sqrt(1.5))
    return np.asarray(np.clip(1 - GC_LOSS * np.abs(gc - GC_OPTIMUM), 0.2, 1.0) * spread)


def _fragments_of(
    template: Template, offset: int, depth: float, instrument: Instrument, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths of a template's fragments, as many as its share of the depth needs."""
    windows = np.arange(template.start // WINDOW_BP, (template.end - 1) // WINDOW_BP + 1)
    known = np.cumsum(np.concatenate([[0], template.letters != N]))
    first = np.clip(windows * WINDOW_BP, template.start, template.end)
    last = np.clip((windows + 1) * WINDOW_BP, template.start, template.end)
    bases = (known[last] - known[first]).astype(float)
    count = rng.poisson(depth * template.dose * bases.sum() / (2 * instrument.read_length))
    weights = bases
    if template.coverage is not None:
        # a haplotype is a little longer or shorter than the reference that the coverage was drawn for
        weights = (
            bases * template.coverage[windows * len(template.coverage) // (len(template.letters) // WINDOW_BP + 1)]
        )
    if weights.sum() == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    chosen = rng.choice(len(windows), count, p=weights / weights.sum())
    start = first[chosen] + (rng.random(count) * (last - first)[chosen]).astype(np.int64)
    length = instrument.fragment_lengths(count, rng)
    inside = start + length <= len(template.letters)
    return start[inside] + offset, length[inside]


def _readable(letters: np.ndarray, start: np.ndarray, length: np.ndarray, read_length: int) -> np.ndarray:
    """Fragments neither of whose reads meets an N."""
    unknown = np.cumsum(np.concatenate([[0], letters == N]))
    reach = np.minimum(length, read_length)
    end = start + length
    return np.asarray((unknown[start + reach] == unknown[start]) & (unknown[end] == unknown[end - reach]))


def _prepared(
    start: np.ndarray, length: np.ndarray, letters: np.ndarray, chimeras: float, rng: np.random.Generator
) -> Fragments:
    """Strands, chimeras and keys, in random order."""
    count = len(start)
    order = rng.permutation(count)
    start, length = start[order], length[order]
    chimeric = rng.random(count) < chimeras
    joint = np.where(chimeric, (length * rng.uniform(0.05, 0.95, count)).astype(np.int64), length)
    nearby = rng.random(count) < NEARBY_CHIMERAS
    other = start[rng.integers(0, count, count)] if count else start
    beside = np.clip(start + rng.integers(-NEARBY_BP, NEARBY_BP + 1, count), 0, None)
    elsewhere = np.clip(np.where(nearby, beside, other), 0, np.maximum(len(letters) - length, 0))
    molecule = rng.integers(0, 2**64, count, dtype=np.uint64)
    return Fragments(
        start,
        length,
        rng.random(count) < 0.5,
        joint,
        elsewhere,
        nearby | (rng.random(count) < 0.5),
        molecule,
        molecule,
        np.zeros(count, bool),
    )


def _with_copies(fragments: Fragments, copies: int, rng: np.random.Generator) -> Fragments:
    """Add marked copies of random fragments, each at a random place in the order."""
    count = len(fragments.start)
    rows = np.concatenate([np.arange(count), rng.integers(0, max(count, 1), copies)])
    key = np.concatenate([fragments.key, rng.integers(0, 2**64, copies, dtype=np.uint64)])
    copied = np.arange(len(rows)) >= count
    order = rng.permutation(len(rows))
    taken = Fragments(*(column[rows][order] for column in fragments))
    return taken._replace(key=key[order], duplicate=copied[order])


def _slips(letters: np.ndarray, stutter: float) -> Slips:
    """Chance per molecule that a tract changes its length; rates read off homopolymers and AC repeats of NA12878."""
    tracts = find_tracts(upper(letters))
    units = np.minimum(tracts.units, 50).astype(float)
    rate = np.where(
        tracts.unit == 1,
        0.003 * np.exp(0.45 * (units - 10)),
        np.where(tracts.unit == 2, 0.004 * np.exp(0.25 * (units - 8)), 0.001 * np.exp(0.25 * (units - 4))),
    )
    chance = np.minimum(stutter * rate, 0.5)
    chance = np.where(chance > 5e-5, chance, 0.0)
    free, last = chance > 0, -1
    for i in np.nonzero(free)[0]:
        if tracts.start[i] < last:
            free[i] = False
        else:
            last = tracts.end[i]
    return Slips(tracts.start[free], tracts.end[free], tracts.unit[free], chance[free])
