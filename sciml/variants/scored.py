"""Which calls of an answer count, and how do they compare with the truth of the case?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from sciml.core.contract import Case
from sciml.variants.compare import Comparison, compare
from sciml.variants.normalise import normalise
from sciml.variants.reference import Reference
from sciml.variants.regions import Region, merge, read_bed
from sciml.variants.settings import CallerEvaluateSettings
from sciml.variants.vcf import read_vcf
from sciml.variants.vcf_read import samples_of

# a variant of the truth may be written, or matched, a little outside the case
MARGIN_BP = 1_000


@dataclass(frozen=True)
class Scored:
    """A case's answer held against its truth.

    `counted` compares the calls that count, `ranked` every called genotype whatever its filter and QUAL; of both only
    what this case answers for is kept: truth inside the case, calls wherever they are (each is in one answer only), and
    only inside the `confident` regions. `listed` are all alleles of the answer, called or not, normalised. A
    comparison's `record` is a row of `counted_calls` or of `ranked_calls`, that of `listed` a row of `calls`.
    """

    region: Region
    confident: Sequence[Region]
    by_model: bool
    calls: pd.DataFrame
    listed: pd.DataFrame
    counted_calls: pd.DataFrame
    counted: Comparison
    ranked_calls: pd.DataFrame
    ranked: Comparison


def scored(settings: CallerEvaluateSettings, case: Case, answer: Path, reference: Reference) -> Scored:
    """Read answer and truth, and compare them.

    Of a model's answer (its ##source is sciml) the filter PASS counts, of a baseline's QUAL of at least
    `baseline_min_qual`.
    """
    region = Region(case.place["contig"], case.place["start"], case.place["end"])
    confident = confident_regions(Path(case.unit.files["confident"].path), region.contig)
    truth = _truth(case, region, reference)
    calls = read_vcf(answer)
    by_model = str(calls.attrs["source"]).startswith("sciml")
    ranked_calls = calls[calls["gt"].str.contains("[1-9]")]
    counts = ranked_calls["filter"] == "PASS" if by_model else ranked_calls["qual"] >= settings.baseline_min_qual
    counted_calls = ranked_calls[counts]

    def compared(some: pd.DataFrame) -> Comparison:
        both = compare(truth, some, reference, confident)
        mine = both.truth["inside"] & both.truth["position"].between(region.start + 1, region.end)
        return Comparison(both.truth[mine], both.query[both.query["inside"]])

    counted = compared(counted_calls)
    ranked = counted if counts.all() else compared(ranked_calls)
    listed = normalise(calls, reference)
    return Scored(region, confident, by_model, calls, listed, counted_calls, counted, ranked_calls, ranked)


@lru_cache(maxsize=4)
def confident_regions(path: Path, contig: str) -> tuple[Region, ...]:
    """The confident regions of one contig, sorted and joined; kept, since every case of a sample asks for them."""
    return tuple(merge(region for region in read_bed(path) if region.contig == contig))


def _truth(case: Case, region: Region, reference: Reference) -> pd.DataFrame:
    path = Path(case.unit.files["truth"].path)
    wide = Region(
        region.contig,
        max(0, region.start - MARGIN_BP),
        min(region.end + MARGIN_BP, reference.contigs[region.contig]),
    )
    # a truth of one sample may call the person by another name (HG001 is NA12878)
    sample = case.unit.sample if len(samples_of(path)) > 1 else None
    truth = read_vcf(path, sample, [wide], reference)
    return truth[truth["filter"].isin(["PASS", "."])]
