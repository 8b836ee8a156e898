"""Reads to pileups on the real reads of NA12878: 49 kb of chr20 at 53x."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pysam
import pytest

from sciml.variants.candidates import Candidate
from sciml.variants.examples import Pileups, pileups
from sciml.variants.reads import open_reads
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region, read_bed
from sciml.variants.settings import PrepareSettings

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "variants"
READS = DATA / "NA12878_S1.chr20.10_10p1mb.first_half.bam"
FASTA = DATA / "ucsc.hg19.chr20.unittest.fasta.gz"
WHOLE = Region("chr20", 10_000_000, 10_049_000)

pytestmark = [pytest.mark.real, pytest.mark.skipif(not READS.exists(), reason="the real reads are not here")]


def drawn(reads: Path, region: Region) -> list[Pileups]:
    with open_reference(FASTA) as reference, open_reads(reads, reference) as source:
        return list(pileups(source, reference, region, PrepareSettings()))


@pytest.fixture(scope="module")
def candidates() -> list[Candidate]:
    return [candidate for tile in drawn(READS, WHOLE) for candidate in tile.candidates]


def changes(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """One alternate, trimmed and moved left as far as it goes."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    while len(ref) != len(alt) and ref[-1] == alt[-1]:
        before = letters(position - 1)
        position, ref, alt = position - 1, before + ref[:-1], before + alt[:-1]
    return position, ref, alt


@cache
def letters(position: int) -> str:
    with open_reference(FASTA) as reference:
        return reference.fetch("chr20", position, position + 1)


def truth(vcf: str, bed: str | None) -> set[tuple[int, str, str]]:
    """Alternates that NA12878 carries; with a BED only those inside it."""
    inside = [(region.start, region.end) for region in read_bed(DATA / bed)] if bed else [(WHOLE.start, WHOLE.end)]
    with pysam.VariantFile(str(DATA / vcf)) as file:
        carried = [
            changes(record.start, record.ref, record.alleles[allele])
            for record in file
            for allele in set(record.samples[0]["GT"]) - {0, None}
        ]
    return {one for one in carried if any(start <= one[0] and one[0] + len(one[1]) <= end for start, end in inside)}


def missed(wanted: set[tuple[int, str, str]], candidates: list[Candidate]) -> list[tuple[int, str, str]]:
    return sorted(wanted - {changes(one.position, one.ref, alt) for one in candidates for alt in one.alts})


def is_snp(change: tuple[int, str, str]) -> bool:
    return len(change[1]) == len(change[2]) == 1


def test_every_confident_variant_of_na12878_is_a_candidate(candidates: list[Candidate]) -> None:
    wanted = truth(
        "truth_v3.3.2.NA12878.chr20_10000000_10049000.vcf.gz", "confident_wide.NA12878.chr20_10000000_10049000.bed"
    )
    assert sum(map(is_snp, wanted)) == 83
    assert len(wanted) - 83 == 17
    assert missed(wanted, candidates) == []


def test_the_older_truth_of_the_whole_region_is_found_but_for_one_repeat(candidates: list[Candidate]) -> None:
    wanted = truth("truth.NA12878.chr20_10000000_10049000.vcf.gz", None)
    assert sum(map(is_snp, wanted)) == 106
    # a tandem repeat expansion that reads of 101 bases do not span
    assert len(wanted) - 106 == 24
    assert missed(wanted, candidates) == [(10_037_143, "T", "TGATAGATA")]


def test_there_are_few_candidates_beside_the_truth(candidates: list[Candidate]) -> None:
    # a straight count at DeepVariant's thresholds gave 173
    assert 165 <= len(candidates) <= 185


def test_bam_and_cram_and_any_cut_give_the_same_images(tmp_path: Path) -> None:
    region = Region("chr20", 10_009_000, 10_012_000)
    cram = tmp_path / "same.cram"
    with pysam.AlignmentFile(str(READS)) as source:
        header = source.header.to_dict() | {"SQ": [line for line in source.header["SQ"] if line["SN"] == "chr20"]}
        with pysam.AlignmentFile(str(cram), "wc", header=header, reference_filename=str(FASTA)) as out:
            for read in source.fetch("chr20", 9_999_000, 10_025_000):
                if read.next_reference_id in (-1, read.reference_id):
                    read.next_reference_id = min(read.next_reference_id, 0)
                else:  # the mate lies on a contig that the smaller header does not have
                    read.next_reference_id, read.next_reference_start = -1, -1
                read.reference_id = 0
                out.write(read)
    pysam.index(str(cram))
    whole = drawn(READS, region)
    cut = [drawn(cram, Region("chr20", start, start + 500)) for start in range(region.start, region.end, 500)]
    assert [one for tile in whole for one in tile.candidates] == [
        one for tiles in cut for tile in tiles for one in tile.candidates
    ]
    images = np.concatenate([tile.images for tile in whole])
    assert np.array_equal(images, np.concatenate([tile.images for tiles in cut for tile in tiles]))
    assert len(images) == 20
