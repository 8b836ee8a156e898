"""Simulated reads against real ones of the same instrument and the same 49 kb: NA12878 on a HiSeq 2000, at 53x."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pysam
import pytest

from sciml.variants.regions import read_bed
from sciml.variants.settings import Settings, SimulatedSample, SimulateSettings
from sciml.variants.simulate import simulate

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "variants"
READS = DATA / "NA12878_S1.chr20.10_10p1mb.first_half.bam"
FASTA = DATA / "ucsc.hg19.chr20.unittest.fasta.gz"
TRUTH = DATA / "truth_v3.3.2.NA12878.chr20_10000000_10049000.vcf.gz"
CONFIDENT = DATA / "confident_wide.NA12878.chr20_10000000_10049000.bed"
START, END = 10_000_000, 10_049_000

pytestmark = [pytest.mark.real, pytest.mark.skipif(not READS.exists(), reason="the real reads are not here")]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("real") / "out"
    sample = SimulatedSample(name="s", depth=53, regions=(f"chr20:{START + 1}-{END}",))
    wanted = SimulateSettings(reference=str(FASTA), samples=(sample,), duplicates=0.0055, hidden_copies_per_mb=0)
    simulate(Settings(simulate=wanted), 1, out, threads=1)
    return out


def reads(path: Path) -> list[pysam.AlignedSegment]:
    with pysam.AlignmentFile(str(path)) as file:
        return [read for read in file.fetch("chr20", START, END) if not read.flag & 0xF00]


def mean_quality_by_cycle(path: Path, first: bool) -> np.ndarray:
    of = [np.array(read.get_forward_qualities()) for read in reads(path) if read.is_read1 == first]
    return np.mean([phred for phred in of if len(phred) == 101], axis=0)


def disagreement(path: Path, truth: Path, quality: int) -> float:
    """Share of the bases of at least this quality that differ from the reference, away from true variants."""
    with pysam.AlignmentFile(str(path)) as file, pysam.FastaFile(str(FASTA)) as fasta:
        # primary alignments: pysam miscounts the bases of hard-clipped ones
        primary = file.count_coverage(
            "chr20", START, END, quality_threshold=quality, read_callback=lambda read: not read.flag & 0xF04
        )
        counts = np.array(primary)
        letters = np.frombuffer(fasta.fetch("chr20", START, END).upper().encode(), np.uint8)
    usable = np.zeros(END - START, bool)
    for _, start, end in read_bed(CONFIDENT):
        usable[start - START : end - START] = True
    before = pysam.set_verbosity(0)
    with pysam.VariantFile(str(truth)) as file:
        for record in file:
            usable[max(0, record.start - START - 5) : max(0, record.stop - START + 5)] = False
    pysam.set_verbosity(before)
    same = np.where(np.frombuffer(b"ACGT", np.uint8)[:, None] == letters, counts, 0)
    return 1 - same[:, usable].sum() / counts[:, usable].sum()


def test_mean_qualities_by_cycle_agree(simulated: Path) -> None:
    for first in (True, False):
        gap = np.abs(mean_quality_by_cycle(READS, first) - mean_quality_by_cycle(simulated / "s.bam", first))
        assert gap.mean() < 0.6
        assert np.quantile(gap, 0.95) < 2
        assert gap.max() < 3  # single cycles of that one run were worse


def test_reads_differ_in_their_mean_quality_as_real_ones_do(simulated: Path) -> None:
    real, made = ([np.mean(read.query_qualities) for read in reads(path)] for path in (READS, simulated / "s.bam"))
    for share in (0.05, 0.25, 0.5, 0.9):
        assert np.quantile(made, share) == pytest.approx(np.quantile(real, share), abs=1.5)


@pytest.mark.parametrize(("quality", "factor"), [(0, 1.5), (10, 1.7), (20, 1.5), (30, 1.5)])
def test_bases_are_wrong_about_as_often(simulated: Path, quality: int, factor: float) -> None:
    real = disagreement(READS, TRUTH, quality)
    made = disagreement(simulated / "s.bam", simulated / "s.truth.vcf.gz", quality)
    assert real / factor < made < real * factor


def test_fragments_are_as_long_and_spread_as_much(simulated: Path) -> None:
    real, made = (
        [abs(read.template_length) for read in reads(path) if read.is_proper_pair and read.is_read1]
        for path in (READS, simulated / "s.bam")
    )
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(made, share) == pytest.approx(np.quantile(real, share), rel=0.1)


def test_the_depth_is_about_as_uneven(simulated: Path) -> None:
    spreads = []
    for path in (READS, simulated / "s.bam"):
        with pysam.AlignmentFile(str(path)) as file:
            depth = np.array(file.count_coverage("chr20", START + 500, END - 500, quality_threshold=0)).sum(0)
        windows = depth.reshape(-1, 500).mean(1)
        spreads.append(windows.std() / windows.mean())
    assert spreads[1] == pytest.approx(spreads[0], rel=0.4)


def test_quality_falls_behind_long_homopolymers(simulated: Path) -> None:
    falls = []
    for path in (READS, simulated / "s.bam"):
        drops = []
        for read in reads(path):
            found = re.search("A{13,}|T{13,}", read.get_forward_sequence())
            if found is not None and found.start() > 15 and found.end() < 70:
                phred = np.array(read.get_forward_qualities())
                drops.append(phred[5 : found.start()].mean() - phred[found.end() : found.end() + 15].mean())
        assert len(drops) > 20
        falls.append(np.mean(drops))
    # 10 to 20 phred in NA12878
    assert falls[1] == pytest.approx(falls[0], abs=6)
