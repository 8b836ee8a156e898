"""What are the reads of a sequencing instrument like: length, fragments, qualities, chemistry?

The figures of `hiseq2000` and `hiseqx` were fitted to public reads of NA12878 (Platinum Genomes, 2 x 101, unbinned)
and of the trio NA12878/91/92 (2 x 151, binned); those of `novaseq` follow its four quality bins as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

LATENT_BINS, LATENT_LIMIT = 256, 4.0  # the latent quality is normal; the tables cut it into steps
KMER = 10  # bases of context that decide on systematic errors, the one being read included
CONTEXT_RATES = np.array([0.0, 0.0001, 0.0002, 0.0008, 0.06, 0.12, 0.2, 0.3])  # error rate of each level of a context


class Shares(NamedTuple):
    """Variance shares of the latent quality: of the read, of slow and fast drifts along it, of single bases."""

    read: float
    slow: float
    fast: float
    base: float


@dataclass(frozen=True)
class Instrument:
    """One instrument with its usual library; fragment lengths are normal with heavy tails, or log-normal."""

    read_length: int
    fragment_median: float
    fragment_spread: float
    log_normal: bool
    shares: Shares
    qualities: np.ndarray  # uint8 (read, cycle, latent bin), phred

    def fragment_lengths(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Lengths of fragments, bases; a few are shorter than a read, which then runs into the adapter."""
        if self.log_normal:
            lengths = self.fragment_median * np.exp(self.fragment_spread * rng.standard_normal(count))
        else:
            lengths = self.fragment_median + self.fragment_spread * rng.standard_t(9, count)
        return np.clip(lengths, 60, 1_500).astype(np.int64)


@cache
def instrument(name: str) -> Instrument:
    """One of hiseq2000, hiseqx and novaseq."""
    return {"hiseq2000": _hiseq2000, "hiseqx": _hiseqx, "novaseq": _novaseq}[name]()


@cache
def context_levels() -> np.ndarray:
    """uint8 (4**KMER): row of CONTEXT_RATES for each context, in the direction of reading, the newest base last.

    Most contexts are harmless. A base after GG is often misread; about one context in several thousand is a hot spot
    of one strand (Nakamura 2011, doi:10.1093/nar/gkr344). The same for every sample, as chemistry is: so the seed of
    the table is a constant.
    """
    chemistry = np.random.default_rng(20_110_516)
    size = 4**KMER
    levels = np.zeros(size, np.uint8)
    last = np.arange(size) % 4
    before = np.arange(size) // 4 % 16
    after_gg = before == 2 * 4 + 2
    levels[after_gg & (last != 2)] = 2
    levels[after_gg & (last == 3)] = 3
    levels[(before % 4 == 2) & (last == 3) & ~after_gg] = 1
    hot = chemistry.random(size) < np.where(after_gg & (last != 2), 1 / 350, 1 / 8_000)
    levels[hot] = chemistry.choice([4, 5, 6, 7], int(hot.sum()), p=[0.45, 0.3, 0.15, 0.1])
    return levels


def _hiseq2000() -> Instrument:
    levels = (0.001, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
    cycles = (0, 2, 3, 8, 15, 40, 60, 75, 90, 98, 100)
    first = (
        (10, 26, 28, 30, 31, 31, 33, 34, 34, 34),
        (16, 26, 30, 31, 31, 31, 34, 34, 34, 34),
        (16, 28, 32, 35, 35, 37, 37, 37, 37, 37),
        (11, 27, 32, 34, 35, 38, 39, 39, 39, 39),
        (10, 25, 32, 34, 36, 38, 40, 41, 41, 41),
        (7, 17, 29, 33, 35, 38, 40, 40, 41, 41),
        (6, 9, 23, 29, 33, 36, 39, 40, 41, 41),
        (5, 8, 22, 28, 31, 35, 37, 38, 40, 41),
        (5, 7, 19, 26, 29, 33, 35, 35, 36, 37),
        (5, 7, 17, 24, 29, 32, 34, 35, 35, 36),
        (5, 7, 8, 18, 23, 29, 31, 34, 34, 35),
    )
    second = (
        (10, 16, 25, 28, 30, 31, 31, 34, 34, 34),
        (4, 16, 25, 28, 30, 31, 33, 34, 34, 34),
        (4, 16, 28, 32, 35, 35, 37, 37, 37, 37),
        (4, 11, 27, 32, 35, 37, 39, 39, 39, 39),
        (4, 11, 27, 32, 35, 38, 40, 41, 41, 41),
        (4, 9, 20, 29, 33, 37, 39, 40, 41, 41),
        (4, 8, 19, 28, 32, 36, 39, 40, 41, 41),
        (4, 7, 17, 26, 30, 34, 36, 38, 39, 41),
        (4, 7, 12, 23, 28, 33, 35, 35, 36, 37),
        (4, 7, 10, 21, 27, 32, 34, 35, 35, 36),
        (4, 7, 8, 19, 25, 31, 34, 34, 35, 36),
    )
    tables = np.stack([_from_quantiles(101, cycles, levels, read) for read in (first, second)])
    tables = np.minimum(tables, np.repeat((34, 37, 39, 41), (3, 5, 7, 86)).astype(np.uint8)[:, None])
    for rare, usual in ((11, 10), (12, 13), (14, 18), (16, 19), (17, 20)):  # values this instrument hardly gives
        tables[tables == rare] = usual
    return Instrument(101, 320.0, 62.0, False, Shares(0.36, 0.32, 0.12, 0.20), tables)


def _hiseqx() -> Instrument:
    values = (2, 5, 6, 10, 20, 30)
    cycles = (0, 2, 25, 55, 85, 112, 132, 144, 149)
    first = (
        (0.0064, 0.0065, 0.0066, 0.0110, 0.0185),
        (0.0001, 0.0002, 0.0004, 0.0017, 0.0135),
        (0.0001, 0.0003, 0.0012, 0.0032, 0.0143),
        (0.0001, 0.0010, 0.0036, 0.0099, 0.0288),
        (0.0001, 0.0012, 0.0053, 0.0136, 0.0393),
        (0.0001, 0.0031, 0.0108, 0.0275, 0.0668),
        (0.0003, 0.0045, 0.0161, 0.0394, 0.0931),
        (0.0003, 0.0038, 0.0168, 0.0424, 0.1177),
        (0.0003, 0.0039, 0.0176, 0.0509, 0.2110),
    )
    second = (
        (0.0090, 0.0091, 0.0092, 0.0289, 0.0455),
        (0.0002, 0.0010, 0.0031, 0.0107, 0.0388),
        (0.0003, 0.0033, 0.0073, 0.0200, 0.0474),
        (0.0005, 0.0051, 0.0126, 0.0305, 0.0688),
        (0.0004, 0.0050, 0.0153, 0.0360, 0.0812),
        (0.0004, 0.0071, 0.0239, 0.0558, 0.1227),
        (0.0005, 0.0095, 0.0331, 0.0774, 0.1703),
        (0.0004, 0.0094, 0.0309, 0.0814, 0.2083),
        (0.0003, 0.0093, 0.0270, 0.0889, 0.4230),
    )
    tables = np.stack([_from_bins(151, cycles, values, read) for read in (first, second)])
    return Instrument(151, 385.0, 0.215, True, Shares(0.28, 0.18, 0.10, 0.44), tables)


def _novaseq() -> Instrument:
    values = (2, 12, 23, 37)
    cycles = (0, 2, 75, 120, 150)
    first = (
        (0.0010, 0.0100, 0.0200),
        (0.0001, 0.0060, 0.0180),
        (0.0001, 0.0150, 0.0400),
        (0.0002, 0.0250, 0.0650),
        (0.0005, 0.0400, 0.1000),
    )
    second = (
        (0.0020, 0.0200, 0.0400),
        (0.0002, 0.0100, 0.0300),
        (0.0002, 0.0250, 0.0650),
        (0.0004, 0.0450, 0.1050),
        (0.0010, 0.0700, 0.1600),
    )
    tables = np.stack([_from_bins(151, cycles, values, read) for read in (first, second)])
    return Instrument(151, 430.0, 0.23, True, Shares(0.28, 0.18, 0.10, 0.44), tables)


def _latent() -> np.ndarray:
    """The latent value in the middle of each bin."""
    edges = np.linspace(-LATENT_LIMIT, LATENT_LIMIT, LATENT_BINS + 1)
    return (edges[1:] + edges[:-1]) / 2


def _from_quantiles(
    length: int, cycles: Sequence[int], levels: Sequence[float], quantiles: Sequence[Sequence[int]]
) -> np.ndarray:
    """Qualities (cycle, latent bin) whose distribution at the given cycles has the given quantiles."""
    at_level = np.array(
        [np.interp(np.arange(length), cycles, column) for column in zip(*quantiles, strict=True)]
    )  # (level, cycle)
    z = norm.ppf(levels)
    return np.array([np.rint(np.interp(_latent(), z, at_level[:, cycle])) for cycle in range(length)]).astype(np.uint8)


def _from_bins(
    length: int, cycles: Sequence[int], values: Sequence[int], cumulative: Sequence[Sequence[float]]
) -> np.ndarray:
    """Qualities (cycle, latent bin) of an instrument that knows few values, from P(quality <= value) by cycle."""
    logits = np.log(np.array(cumulative) / (1 - np.array(cumulative)))
    at_bin = np.array([np.interp(np.arange(length), cycles, column) for column in logits.T]).T  # (cycle, value)
    below = norm.ppf(1 / (1 + np.exp(-at_bin)))
    picked = (_latent()[None, :, None] > below[:, None, :]).sum(-1)
    return np.asarray(np.array(values, np.uint8)[picked])
