"""Which genotype do the network's answers about a site add up to?

A site with K alternates has one image for each alternate and one for each pair. Each image says how many of a
person's two chromosomes carry one of its alternates; a diploid genotype must agree with all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from sciml.variants.examples import Candidate

MAX_PHRED = 99.0
MAX_JOINT_SITES = 6


@dataclass(frozen=True)
class Genotyped:
    """A site with the probability of each diploid genotype, in VCF order (0/0, 0/1, 1/1, 0/2, 1/2, 2/2, ...)."""

    site: Candidate
    probabilities: np.ndarray
    chosen: tuple[int, int]


def genotypes_of(alternates: int) -> list[tuple[int, int]]:
    """Diploid genotypes over the reference and so many alternates, in the order of VCF 4.2, section 1.4.2 (GL)."""
    return [(first, second) for second in range(alternates + 1) for first in range(second + 1)]


def genotype(site: Candidate, sets: Sequence[tuple[int, ...]], copies: np.ndarray) -> Genotyped:
    """Combine the images of one site.

    Parameters
    ----------
    sets
        For each image the alternates (0-based) that it asks about.
    copies
        Probability of 0, 1 and 2 copies, (image, class).
    """
    kinds = genotypes_of(len(site.alts))
    logs = np.log(np.maximum(copies, 1e-12))
    total = np.zeros(len(kinds))
    for image, alternates in enumerate(sets):
        carried = [sum(allele - 1 in alternates for allele in kind) for kind in kinds]
        total += logs[image, carried]
    weights = np.exp(total - total.max())
    probabilities = weights / weights.sum()
    return Genotyped(site, probabilities, kinds[int(np.argmax(probabilities))])


def make_consistent(sites: Sequence[Genotyped]) -> list[Genotyped]:
    """Let overlapping sites share two chromosomes: together they never claim more than two copies of a base.

    Sites must be sorted by position. In each small cluster the joint genotype of the highest probability that
    holds this is chosen; a cluster of more than six sites is left as it is called.
    """
    result: list[Genotyped] = []
    for cluster in _clusters(sites):
        crowded = _crowded(cluster, [site.chosen for site in cluster])
        result += _best_joint(cluster) if crowded and len(cluster) <= MAX_JOINT_SITES else cluster
    return result


def phred(wrong: float) -> float:
    """-10 log10 of a probability of being wrong, at most 99."""
    return float(min(MAX_PHRED, -10 * np.log10(max(wrong, 1e-12))))


def _span(site: Candidate) -> tuple[int, int]:
    """Bases of the reference that a site changes, half open; an insertion changes none but stands at its anchor."""
    anchored = len(site.ref) > 1 or any(len(alt) > 1 for alt in site.alts)
    start = site.position + (1 if anchored and all(alt[0] == site.ref[0] for alt in site.alts) else 0)
    return start, max(start, site.position + len(site.ref))


def _clusters(sites: Sequence[Genotyped]) -> list[list[Genotyped]]:
    clusters: list[list[Genotyped]] = []
    reach = -1
    for called in sites:
        start, end = _span(called.site)
        if clusters and called.chosen != (0, 0) and start < reach:
            clusters[-1].append(called)
        else:
            clusters.append([called])
            reach = -1
        if called.chosen != (0, 0):
            reach = max(reach, end)
    return clusters


def _crowded(cluster: Sequence[Genotyped], chosen: Sequence[tuple[int, int]]) -> bool:
    spans = [_span(called.site) for called in cluster]
    used = [sum(allele > 0 for allele in kind) for kind in chosen]
    return any(
        sum(copies for copies, (start, end) in zip(used, spans, strict=True) if start <= base < end) > 2
        for base in {start for start, _ in spans}
    )


def _best_joint(cluster: Sequence[Genotyped]) -> list[Genotyped]:
    kinds = [genotypes_of(len(called.site.alts)) for called in cluster]
    logs = [np.log(np.maximum(called.probabilities, 1e-300)) for called in cluster]
    best, best_log = [called.chosen for called in cluster], -np.inf
    for picks in product(*(range(len(kind)) for kind in kinds)):
        chosen = [kind[pick] for kind, pick in zip(kinds, picks, strict=True)]
        joint = sum(float(log[pick]) for log, pick in zip(logs, picks, strict=True))
        if joint > best_log and not _crowded(cluster, chosen):
            best, best_log = chosen, joint
    return [Genotyped(c.site, c.probabilities, kind) for c, kind in zip(cluster, best, strict=True)]
