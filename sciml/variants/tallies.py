"""How many calls are right and wrong, by block and stratum: sums that add up over cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pysam
import xarray as xr

from sciml.core.contract import Case
from sciml.variants.reference import Reference
from sciml.variants.regions import Region, blocks
from sciml.variants.scored import Scored
from sciml.variants.settings import Settings
from sciml.variants.strata import STRATA, membership

# lower edges, phred
QUAL_BINS = (0, 1, 2, 3, 5, 7, 10, 13, 16, 20, 25, 30, 35, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000)
GQ_BINS = tuple(range(0, 100, 5))
BINS: Mapping[str, Sequence[int]] = {"qual_bin": QUAL_BINS, "gq_bin": GQ_BINS}
HISTOGRAMS = {
    "tp_by_qual": "qual_bin",
    "fp_by_qual": "qual_bin",
    "gq_right": "gq_bin",
    "gq_total": "gq_bin",
    "gq_expected": "gq_bin",
}
COUNTS = (
    "tp_truth",
    "fn",
    "fn_gt",
    "tp_query",
    "fp",
    "fp_gt",
    "fp_al",
    "candidate_found",
    "candidate_total",
)


def tallies(settings: Settings, case: Case, view: Scored, reference: Reference) -> xr.Dataset:
    """Counts of (unit, stratum); a unit is a block of `evaluate.block_bp` that holds confident bases.

    tp_truth, fn
        Alleles of the truth that were found, and that were not; fn_gt of these with another genotype.
    tp_query, fp
        Called alleles that are right, and wrong; fp_gt of these by their genotype, fp_al near a missed one.
    candidate_found, candidate_total
        Alleles of the truth that are among all records of a model's answer, RefCall included; zeros for a baseline.
    tp_by_qual, fp_by_qual
        All called alleles by QUAL (unit, stratum, qual_bin); bins are named by their lower edges.
    gq_right, gq_total, gq_expected
        All called alleles by GQ (unit, stratum, gq_bin): right ones, all, and the right ones that GQ promises.
    """
    table = _Table(settings, view)
    depth = _depth(settings, case, view.region, reference)

    def add(name: str, rows: pd.DataFrame, values: np.ndarray | None = None, weights: np.ndarray | None = None) -> None:
        at = rows["position"].to_numpy(np.int64) - 1
        here = np.clip(at, view.region.start, view.region.end - 1)
        over = depth[here - view.region.start] if depth is not None else None
        member = membership(rows, reference, reference.contigs[view.region.contig], over)
        table.add(name, here, member, values, weights)

    truth, query = view.counted.truth, view.counted.query
    add("tp_truth", truth[truth["matched"]])
    add("fn", truth[~truth["matched"]])
    add("fn_gt", truth[truth["reason"] == "gt"])
    add("tp_query", query[query["matched"]])
    add("fp", query[~query["matched"]])
    add("fp_gt", query[query["reason"] == "gt"])
    add("fp_al", query[query["reason"] == "al"])
    if view.by_model:
        everything = view.ranked.truth
        add("candidate_total", everything)
        add("candidate_found", everything[is_candidate(view)])
    _rank(view, add)
    return table.dataset(case)


def _rank(view: Scored, add: Callable[..., None]) -> None:
    """The histograms of all called genotypes."""
    ranked = view.ranked.query
    qual, gq = (view.ranked_calls[name].to_numpy()[ranked["record"]] for name in ("qual", "gq"))
    right, has_qual, has_gq = ranked["matched"].to_numpy(bool), ~np.isnan(qual), gq >= 0
    add("tp_by_qual", ranked[right & has_qual], qual[right & has_qual])
    add("fp_by_qual", ranked[~right & has_qual], qual[~right & has_qual])
    add("gq_right", ranked[right & has_gq], gq[right & has_gq])
    add("gq_total", ranked[has_gq], gq[has_gq])
    add("gq_expected", ranked[has_gq], gq[has_gq], 1 - 10 ** (-gq[has_gq] / 10))


def is_candidate(view: Scored) -> np.ndarray:
    """Is each allele of the ranked truth among the alleles that the answer lists, called or not?"""
    keys = ["contig", "position", "ref", "alt"]
    listed = set(view.listed[keys].itertuples(index=False, name=None))
    among = [key in listed for key in view.ranked.truth[keys].itertuples(index=False, name=None)]
    # one that is written differently counts as well, once it matched
    return np.asarray(np.logical_or(among, view.ranked.truth["matched"].to_numpy(bool)))


class _Table:
    """The arrays of one case, zero until something is added."""

    def __init__(self, settings: Settings, view: Scored) -> None:
        size = settings.evaluate.block_bp
        holding = [block for block in blocks(view.region, size) if _overlaps(block, view.confident)]
        self._starts = np.array([block.start for block in holding], np.int64)
        shape = (len(holding), len(STRATA))
        self._arrays = {name: np.zeros(shape) for name in COUNTS}
        self._arrays |= {name: np.zeros((*shape, len(BINS[dim]))) for name, dim in HISTOGRAMS.items()}

    def add(
        self, name: str, at: np.ndarray, member: np.ndarray, values: np.ndarray | None, weights: np.ndarray | None
    ) -> None:
        unit = np.maximum(0, np.searchsorted(self._starts, at, side="right") - 1)
        row, stratum = np.nonzero(member)
        places: tuple[np.ndarray, ...] = (unit[row], stratum)
        if values is not None:
            edges = BINS[HISTOGRAMS[name]]
            places = (*places, np.maximum(0, np.searchsorted(edges, values, side="right") - 1)[row])
        np.add.at(self._arrays[name], places, 1.0 if weights is None else weights[row])

    def dataset(self, case: Case) -> xr.Dataset:
        variables = {
            name: (("unit", "stratum", HISTOGRAMS[name]) if name in HISTOGRAMS else ("unit", "stratum"), array)
            for name, array in self._arrays.items()
        }
        # named by the case: two people share no unit, even at the same place
        units = np.array([f"{case.id}/{start + 1}" for start in self._starts], dtype=object)
        coordinates = {"unit": units, "stratum": list(STRATA), **{dim: list(edges) for dim, edges in BINS.items()}}
        return xr.Dataset(variables, coordinates)


def _overlaps(block: Region, confident: Sequence[Region]) -> bool:
    return any(region.start < block.end and block.start < region.end for region in confident)


def _depth(settings: Settings, case: Case, region: Region, reference: Reference) -> np.ndarray | None:
    """Reads over each base of a region that callers would use: the same for every method, called or missed."""
    if "reads" not in case.unit.files:
        return None
    least = settings.prepare.reads.min_mapping_quality
    change = np.zeros(region.length + 1, np.int64)
    path, fasta = case.unit.files["reads"].path, str(reference.usable_path)
    with pysam.AlignmentFile(path, reference_filename=fasta) as file:
        for read in file.fetch(*region):
            bad = read.is_duplicate or read.is_secondary or read.is_supplementary or read.is_qcfail
            if not bad and read.mapping_quality >= least and read.reference_end is not None:
                change[max(0, read.reference_start - region.start)] += 1
                change[min(region.length, read.reference_end - region.start)] -= 1
    return np.asarray(np.cumsum(change)[:-1])
