"""Which genotype should the network have answered? Candidates held against a truth, for training."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sciml.variants.examples import Candidate
from sciml.variants.normalise import trimmed
from sciml.variants.regions import Region

DOUBT_BP = 20


@dataclass(frozen=True)
class Truth:
    """The true alleles of a region: copies by (position, ref, alt), 0-based, trimmed; and where they are complete."""

    copies: Mapping[tuple[int, str, str], int]
    confident: Sequence[Region]


def truth_of(calls: pd.DataFrame, confident: Sequence[Region]) -> Truth:
    """Truth from the records of one contig and the confident regions of the same contig, sorted."""
    copies: dict[tuple[int, str, str], int] = {}
    for position, ref, alts, gt in zip(*(calls[name] for name in ("position", "ref", "alts", "gt")), strict=True):
        alleles = gt.replace("|", "/").split("/")
        for number, alt in enumerate(alts.split(","), start=1):
            if count := alleles.count(str(number)):
                copies[trimmed(position - 1, ref, alt)] = count
    return Truth(copies, confident)


def labels(sites: Sequence[Candidate], sets: Iterable[tuple[int, tuple[int, ...]]], truth: Truth) -> list[int | None]:
    """For each image, (site, alternates), how many true copies its alternates have: 0, 1, 2; None where in doubt.

    A site is in doubt outside the confident regions, and within 20 bases of a true variant that no candidate
    matches: there the reads say the same in other words (a shifted indel, a block of substitutions), or the
    simulator's variant could not be seen, and a label of 0 would teach a falsehood.
    """
    keys = [[trimmed(site.position, site.ref, alt) for alt in site.alts] for site in sites]
    matched = {key for of_site in keys for key in of_site} & truth.copies.keys()
    lost = sorted((start, start + len(ref)) for start, ref, _ in truth.copies.keys() - matched)
    usable = [_confident(site, truth.confident) and not _near(site, lost) for site in sites]
    return [
        min(2, sum(truth.copies.get(keys[site][alternate], 0) for alternate in alternates)) if usable[site] else None
        for site, alternates in sets
    ]


def _confident(site: Candidate, regions: Sequence[Region]) -> bool:
    after = bisect_left([region.start for region in regions], site.position + 1)
    return after > 0 and site.position + len(site.ref) <= regions[after - 1].end


def _near(site: Candidate, lost: Sequence[tuple[int, int]]) -> bool:
    start, end = site.position - DOUBT_BP, site.position + len(site.ref) + DOUBT_BP
    first = bisect_left(lost, (start - 200, 0))
    return any(begin < end and stop > start for begin, stop in lost[first:] if begin < end)
