"""Which calls are right? Query against truth, haplotype by haplotype, in the terms of hap.py.

Both sides are normalised. Where the alleles and copies of a neighbourhood are the same on both sides, all of them
match; elsewhere the haplotypes are replayed (`sciml.variants.replay`). What is left over is a false positive or a
false negative, and both at once where only the genotype is wrong, as in hap.py (Krusche et al., Nature Biotechnology
37, 555, 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from sciml.variants.normalise import Edit, Letters, edit_of, normalise
from sciml.variants.regions import Region, merge
from sciml.variants.replay import replay

CLUSTER_BP = 30


@dataclass(frozen=True)
class Comparison:
    """The alleles of both sides, one a row, with the columns of `normalise` and these.

    `type`: SNP or INDEL. `inside`: does POS lie in the confident regions? Only those rows count. `matched`: is it
    right? `reason` of what did not match: "gt", the allele is on the other side in another number of copies; "al",
    another allele of the other side within 30 bases did not match either; "" neither.
    """

    truth: pd.DataFrame
    query: pd.DataFrame


def compare(truth: pd.DataFrame, query: pd.DataFrame, reference: Letters, confident: Sequence[Region]) -> Comparison:
    """Compare called genotypes; `truth` and `query` have the columns of `sciml.variants.vcf`.

    A homozygous reference or missing genotype calls nothing. Which filters count is the caller's choice.
    """
    result = Comparison(*(_called(normalise(calls, reference), confident) for calls in (truth, query)))
    for contig in set(result.truth["contig"]) & set(result.query["contig"]):
        _match_contig(result, contig, reference)
    _mark_near_misses(result.truth, result.query)
    _mark_near_misses(result.query, result.truth)
    return result


def summary(comparison: Comparison) -> pd.DataFrame:
    """Counts and metrics inside the confident regions, one row a type, in the columns of hap.py's summary."""
    rows = []
    for kind in ("SNP", "INDEL"):
        truth, query = (side[side["inside"] & (side["type"] == kind)] for side in (comparison.truth, comparison.query))
        found, right = int(truth["matched"].sum()), int(query["matched"].sum())
        recall, precision = _share(found, len(truth)), _share(right, len(query))
        rows.append(
            {
                "Type": kind,
                "TRUTH.TOTAL": len(truth),
                "TRUTH.TP": found,
                "TRUTH.FN": len(truth) - found,
                "QUERY.TOTAL": len(query),
                "QUERY.TP": right,
                "QUERY.FP": len(query) - right,
                "FP.gt": int((query["reason"] == "gt").sum()),
                "FP.al": int((query["reason"] == "al").sum()),
                "METRIC.Recall": recall,
                "METRIC.Precision": precision,
                "METRIC.F1_Score": _share(2 * recall * precision, recall + precision),
            }
        )
    return pd.DataFrame(rows).set_index("Type")


def inside(contigs: Sequence[str], positions: np.ndarray, regions: Sequence[Region]) -> np.ndarray:
    """Does each position (from 1) lie in one of the regions?"""
    result = np.zeros(len(positions), bool)
    names = np.asarray(contigs, object)
    joined = merge(regions)
    for contig in {region.contig for region in joined}:
        of_contig = [region for region in joined if region.contig == contig]
        mine = np.flatnonzero(names == contig)
        at = positions[mine] - 1
        before = np.searchsorted([region.start for region in of_contig], at, side="right") - 1
        ends = np.array([region.end for region in of_contig])
        result[mine] = (before >= 0) & (at < ends[before])
    return result


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _called(alleles: pd.DataFrame, confident: Sequence[Region]) -> pd.DataFrame:
    called = alleles[alleles["copies"] > 0].reset_index(drop=True)
    called["type"] = np.where(called["ref"].str.len() == called["alt"].str.len(), "SNP", "INDEL")
    called["inside"] = inside(called["contig"].tolist(), called["position"].to_numpy(np.int64), confident)
    called["matched"], called["reason"] = False, ""
    return called


class _Allele(NamedTuple):
    """A called allele: `leftmost` says which it is, `edit` where its record has it, as the haplotypes need it."""

    leftmost: Edit
    copies: int
    edit: Edit
    row: int

    @property
    def start(self) -> int:
        return min(self.leftmost.start, self.edit.start)


_Both: TypeAlias = "tuple[Sequence[_Allele], Sequence[_Allele]]"
_NONE: _Both = ((), ())


def _match_contig(comparison: Comparison, contig: str, reference: Letters) -> None:
    sides = (comparison.truth, comparison.query)
    right: tuple[list[int], list[int]] = ([], [])
    wrong_genotype: tuple[list[int], list[int]] = ([], [])
    for truth, query in _clusters(*(_alleles(side, contig) for side in sides)):
        if not truth or not query:
            continue
        if sorted(allele[:2] for allele in truth) == sorted(allele[:2] for allele in query):
            matched, nearly = (truth, query), _NONE
        else:
            matched, nearly = _match_cluster(truth, query, contig, reference)
        for number in (0, 1):
            right[number].extend(allele.row for allele in matched[number])
            wrong_genotype[number].extend(allele.row for allele in nearly[number])
    for side, matches, near_matches in zip(sides, right, wrong_genotype, strict=True):
        side.loc[matches, "matched"] = True
        side.loc[near_matches, "reason"] = "gt"


def _match_cluster(
    truth: Sequence[_Allele], query: Sequence[_Allele], contig: str, reference: Letters
) -> tuple[_Both, _Both]:
    """What matches, and what matches but for its genotype."""
    start = min(allele.edit.start for allele in (*truth, *query))
    letters = reference.fetch(contig, start, max(allele.edit.end for allele in (*truth, *query))).upper()

    def replayed(ploidy: int) -> _Both:
        true, called = ([(allele.edit, allele.copies) for allele in side] for side in (open_truth, open_query))
        used = replay(true, called, letters, start, ploidy)
        return [open_truth[n] for n in sorted(used[0])], [open_query[n] for n in sorted(used[1])]

    def same(fields: int) -> _Both:
        pairs = list[tuple[_Allele, _Allele]]()
        for allele in open_truth:
            twins = (q for q in open_query if q[:fields] == allele[:fields] and all(q is not used for _, used in pairs))
            pairs += [(allele, twin) for twin in islice(twins, 1)]
        return [t for t, _ in pairs], [q for _, q in pairs]

    open_truth, open_query = list(truth), list(query)
    found: list[_Both] = []
    # alleles that overlap on a chromosome cannot be replayed, yet both sides may say the same
    for step, what in ((replayed, 2), (same, 2), (same, 1), (replayed, 1)):
        found.append(step(what))
        open_truth = [allele for allele in open_truth if allele not in found[-1][0]]
        open_query = [allele for allele in open_query if allele not in found[-1][1]]
    first, second, third, fourth = found
    return ([*first[0], *second[0]], [*first[1], *second[1]]), ([*third[0], *fourth[0]], [*third[1], *fourth[1]])


def _alleles(side: pd.DataFrame, contig: str) -> list[_Allele]:
    mine = side[side["contig"] == contig]
    columns = (mine[name].tolist() for name in ("position", "ref", "alt", "copies", "start", "end", "bases"))
    return [
        _Allele(edit_of(position, ref, alt), copies, Edit(start, end, bases), row)
        for row, position, ref, alt, copies, start, end, bases in zip(mine.index, *columns, strict=True)
    ]


def _clusters(truth: Sequence[_Allele], query: Sequence[_Allele]) -> Iterator[_Both]:
    """Alleles of both sides, cut where more than CLUSTER_BP bases without any lie between."""
    both: tuple[list[_Allele], list[_Allele]] = ([], [])
    reach = 0
    both_sides = [*((t, 0) for t in truth), *((q, 1) for q in query)]
    for allele, side in sorted(both_sides, key=lambda pair: (pair[0].start, pair[0].edit.end)):
        if allele.start > reach + CLUSTER_BP:
            yield both
            both = ([], [])
        both[side].append(allele)
        reach = max(reach, allele.edit.end)
    yield both


def _mark_near_misses(side: pd.DataFrame, other: pd.DataFrame) -> None:
    """An unmatched allele with an unmatched one of the other side within CLUSTER_BP bases gets the reason "al"."""
    for contig in side["contig"].unique():
        lone, others = (
            frame[(frame["contig"] == contig) & ~frame["matched"] & (frame["reason"] != "gt")]
            for frame in (side, other)
        )
        places = np.sort(others["position"].to_numpy(np.int64))
        at = lone["position"].to_numpy(np.int64)
        near = np.searchsorted(places, at + CLUSTER_BP, "right") > np.searchsorted(places, at - CLUSTER_BP, "left")
        side.loc[lone.index[near], "reason"] = "al"
