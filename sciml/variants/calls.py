"""One genotyped site as one VCF record: alleles that are left, qualities, filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sciml.variants.genotypes import Genotyped, genotypes_of, phred
from sciml.variants.vcf_read import COLUMNS

MAX_PL = 990


def as_frame(rows: Iterable[Mapping[str, Any]], sample: str, contigs: Mapping[str, int]) -> pd.DataFrame:
    """Records as the table that `sciml.variants.vcf` reads and writes; no record is an empty table of that form."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(dict(COLUMNS))
    frame.attrs = {"sample": sample, "contigs": dict(contigs), "source": "sciml"}
    return frame


def call_record(called: Genotyped, min_qual: float) -> dict[str, Any]:
    """The record of a site: QUAL says that there is a variant, GQ that the genotype is right (both phred).

    Alternates that the genotype does not use are dropped, unless it uses none (then the record says RefCall).
    """
    site, chosen = called.site, called.chosen
    kept = [allele for allele in range(len(site.alts) + 1) if allele == 0 or allele in chosen or chosen == (0, 0)]
    probabilities = _over(kept, called)
    renamed = {allele: index for index, allele in enumerate(kept)}
    pick = genotypes_of(len(kept) - 1).index((renamed[chosen[0]], renamed[chosen[1]]))
    qual = round(phred(float(called.probabilities[0])), 2)
    position, ref, alts = _shortest(site.position, site.ref, [site.alts[allele - 1] for allele in kept[1:]])
    depths = [site.counts[allele] for allele in kept]
    return {
        "contig": site.contig,
        "position": position + 1,
        "ref": ref,
        "alts": ",".join(alts),
        "qual": qual,
        "filter": "RefCall" if chosen == (0, 0) else "PASS" if qual >= min_qual else "LowQual",
        "gt": "/".join(str(renamed[allele]) for allele in chosen),
        "gq": round(phred(1.0 - float(called.probabilities[_index(chosen)]))),
        "dp": site.depth,
        "ad": ",".join(map(str, depths)),
        "vaf": ",".join(f"{count / max(1, site.depth):.4g}" for count in depths[1:]),
        "pl": ",".join(map(str, _likelihoods(probabilities, pick))),
    }


def _index(kind: tuple[int, int]) -> int:
    first, second = kind
    return second * (second + 1) // 2 + first


def _over(kept: list[int], called: Genotyped) -> np.ndarray:
    """Probabilities of the genotypes over the kept alleles, made to add up to one."""
    kinds = [(kept[first], kept[second]) for first, second in genotypes_of(len(kept) - 1)]
    chosen = np.array([called.probabilities[_index(kind)] for kind in kinds])
    return np.asarray(chosen / chosen.sum())


def _likelihoods(probabilities: np.ndarray, pick: int) -> list[int]:
    logs = -10 * np.log10(np.maximum(probabilities, 1e-99))
    # the called genotype is 0 even where consistency with a neighbour chose a less likely one
    return [0 if kind == pick else int(min(MAX_PL, round(max(0.0, log - logs[pick])))) for kind, log in enumerate(logs)]


def _shortest(position: int, ref: str, alts: list[str]) -> tuple[int, str, list[str]]:
    """Trim what all alleles share, first at the right, then at the left, leaving each at least one base."""
    while len(ref) > 1 and all(len(alt) > 1 and alt[-1] == ref[-1] for alt in alts):
        ref, alts = ref[:-1], [alt[:-1] for alt in alts]
    while len(ref) > 1 and all(len(alt) > 1 and alt[0] == ref[0] for alt in alts):
        position, ref, alts = position + 1, ref[1:], [alt[1:] for alt in alts]
    return position, ref, alts
