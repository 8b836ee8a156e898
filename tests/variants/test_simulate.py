"""The simulated folder: whole, repeatable, and true."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pysam
import pytest

from sciml.core.errors import BadInput, ScimlError, SettingsError
from sciml.variants.regions import read_bed
from sciml.variants.settings import Settings, SimulatedSample, SimulateSettings
from sciml.variants.simulate import simulate

ONE = SimulatedSample(name="one", role="train")
TWO = SimulatedSample(name="two", role="test", depth=12, sequencer="hiseqx")


def made(out: Path, *samples: SimulatedSample, threads: int = 1, **changes: object) -> Path:
    wanted = SimulateSettings.model_validate({"genome_bp": 60_000, "samples": samples, **changes})
    simulate(Settings(simulate=wanted), 7, out, threads)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("simulate") / "out", ONE, TWO, hidden_copies_per_mb=0)


def truth(folder: Path, name: str) -> Iterator[tuple[str, int, str, tuple[str, ...], tuple[int, ...]]]:
    with pysam.VariantFile(str(folder / f"{name}.truth.vcf.gz")) as file:
        for record in file:
            yield record.chrom, record.start, record.ref, record.alts, record.samples[name]["GT"]


def test_the_sheet_lists_every_sample_with_files_that_exist(folder: Path) -> None:
    with (folder / "samples.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["name"], row["role"]) for row in rows] == [("one", "train"), ("two", "test")]
    for row in rows:
        for column in ("reads", "reference", "truth", "confident"):
            assert (folder / row[column]).exists()
    assert not list(folder.glob("*index*"))


def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads(folder: Path, tmp_path: Path) -> None:
    again = made(tmp_path / "again", ONE, TWO, threads=2, hidden_copies_per_mb=0)
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in again.iterdir()}
    assert [name for name in sorted(names) if (folder / name).read_bytes() != (again / name).read_bytes()] == []


def test_a_sample_does_not_depend_on_the_others(folder: Path, tmp_path: Path) -> None:
    alone = made(tmp_path / "alone", TWO, hidden_copies_per_mb=0)
    for suffix in ("bam", "truth.vcf.gz", "confident.bed"):
        assert (alone / f"two.{suffix}").read_bytes() == (folder / f"two.{suffix}").read_bytes()


def test_another_depth_leaves_the_variants_as_they_were(folder: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", ONE.model_copy(update={"depth": 3.0}), hidden_copies_per_mb=0)
    assert list(truth(other, "one")) == list(truth(folder, "one"))
    assert (other / "one.bam").stat().st_size < 0.3 * (folder / "one.bam").stat().st_size


def test_nearly_all_reads_are_mapped_and_the_depth_is_right(folder: Path) -> None:
    for name, depth, length in (("one", 30, 101), ("two", 12, 151)):
        with pysam.AlignmentFile(str(folder / f"{name}.bam")) as file:
            reads = [read for read in file if not read.flag & 0x900]
        assert np.mean([read.is_mapped for read in reads]) >= 0.98
        # 1500 + 1500 bases are N; the ends of the contigs are thin
        bases = length * sum(not read.is_duplicate for read in reads)
        assert bases / (60_000 - 3_000) == pytest.approx(depth, rel=0.08)


def test_heterozygous_sites_show_each_allele_in_half_of_the_reads(folder: Path) -> None:
    shares = []
    with pysam.AlignmentFile(str(folder / "one.bam")) as file:
        for contig, start, ref, alts, genotype in truth(folder, "one"):
            if len(ref) > 1 or any(len(alt) > 1 for alt in alts) or start < 2_000:
                continue
            coverage = file.count_coverage(contig, start, start + 1, read_callback=_well_mapped)
            counts = {base: int(count[0]) for base, count in zip("ACGT", coverage, strict=True)}
            if sum(counts.values()) < 10:
                continue
            share = counts[alts[0]] / (counts[ref] + counts[alts[0]])
            if sorted(genotype) == [0, 1]:
                shares.append(share)
            elif genotype == (1, 1):
                assert share > 0.9
    assert len(shares) >= 15
    assert min(shares) > 0.1
    # the standard deviation of one site at 30x is 0.09
    assert np.mean(shares) == pytest.approx(0.5, abs=4 * 0.09 / np.sqrt(len(shares)))


def _well_mapped(read: pysam.AlignedSegment) -> bool:
    # young copies of one sequence lend each other reads, and hardly any of them is well mapped
    return read.mapping_quality >= 40 and not read.is_duplicate


def test_bcftools_accepts_the_truth_and_finds_nothing_to_normalise(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "normalised.vcf"
    work = "import sys, pysam.bcftools; pysam.bcftools.norm(*sys.argv[1:], catch_stdout=False)"
    arguments = ["--check-ref", "e", "-f", folder / "reference.fa", "-o", out, folder / "one.truth.vcf.gz"]
    subprocess.run([sys.executable, "-c", work, *map(str, arguments)], check=True, capture_output=True)
    with pysam.VariantFile(str(out)) as file:
        after = [(r.chrom, r.start, r.ref, r.alts, r.samples["one"]["GT"]) for r in file]
    assert after == list(truth(folder, "one"))
    assert len(after) > 40


def test_the_truth_is_phased(folder: Path) -> None:
    with pysam.VariantFile(str(folder / "one.truth.vcf.gz")) as file:
        assert all(record.samples[0].phased for record in file)


def test_the_confident_regions_leave_out_unknown_bases_and_contig_ends(folder: Path) -> None:
    with pysam.FastaFile(str(folder / "reference.fa")) as fasta:
        regions = read_bed(folder / "one.confident.bed", dict(zip(fasta.references, fasta.lengths, strict=True)))
        assert sum(region.length for region in regions) > 0.9 * 56_000
        for contig, start, end in regions:
            assert start >= 500
            assert end <= fasta.get_reference_length(contig) - 500
            assert "N" not in fasta.fetch(contig, start, end).upper()


def test_hidden_copies_make_doubtful_sites_where_the_truth_has_none(tmp_path: Path) -> None:
    noisy = made(tmp_path / "noisy", ONE, hidden_copies_per_mb=60, snps_per_kb=0, indels_per_kb=0)
    assert list(truth(noisy, "one")) == []
    with pysam.AlignmentFile(str(noisy / "one.bam")) as file, pysam.FastaFile(str(noisy / "reference.fa")) as fasta:
        reference = np.frombuffer(fasta.fetch("chr1s").upper().encode(), np.uint8)
        counts = np.array(file.count_coverage("chr1s", quality_threshold=20))
    other = counts * (reference != np.frombuffer(b"ACGT", np.uint8)[:, None])
    doubtful = (other.max(0) >= 8) & (other.max(0) > 0.15 * counts.sum(0))
    # about two copies of 1,400 bases, 2 % diverged
    assert doubtful.sum() >= 10


def test_a_region_of_a_given_bgzipped_fasta_is_sequenced_evenly(folder: Path, tmp_path: Path) -> None:
    fasta = tmp_path / "given.fa.gz"
    pysam.tabix_compress(str(folder / "reference.fa"), str(fasta))
    sample = ONE.model_copy(update={"regions": ("chr1s:10001-15000",)})
    out = made(tmp_path / "out", sample, reference=str(fasta))
    assert not (out / "reference.fa").exists()
    with pysam.AlignmentFile(str(out / "one.bam")) as file:
        assert file.header.references == ("chr1s", "chr2s")
        depth = np.array(file.count_coverage("chr1s", 10_000, 15_000)).sum(0)
        assert file.count("chr2s") < 20
    assert depth[:100].mean() > 12
    assert depth[-100:].mean() > 12
    regions = read_bed(out / "one.confident.bed")
    assert min(region.start for region in regions) == 10_000
    assert max(region.end for region in regions) == 15_000
    with (out / "samples.tsv").open() as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    assert (out / row["reference"]).samefile(fasta)
    assert row["regions"] == "chr1s:10001-15000"


def test_two_samples_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'one' is there twice"):
        made(tmp_path / "out", ONE, ONE)


def test_a_region_that_is_not_there_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="chr9"):
        made(tmp_path / "out", ONE.model_copy(update={"regions": ("chr9:1-100",)}))
    assert list(tmp_path.iterdir()) == []


def test_a_reference_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScimlError, match="nowhere"):
        made(tmp_path / "out", ONE, reference=str(tmp_path / "nowhere.fa"))
    assert list(tmp_path.iterdir()) == []
