"""The shipped weights on NA12878 against GIAB v3.3.2: what the README says of them."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from sciml.variants import call, read_vcf, write_vcf
from sciml.variants.compare import compare, summary
from sciml.variants.reference import open_reference
from sciml.variants.regions import read_bed

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "variants"
READS = DATA / "NA12878_S1.chr20.10_10p1mb.first_half.bam"
REFERENCE = DATA / "ucsc.hg19.chr20.unittest.fasta.gz"
REGION = "chr20:10000001-10049000"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not READS.exists(), reason="the real reads are not here"),
]


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return call(READS, REFERENCE, [REGION])


def test_every_snp_is_found_and_errors_are_as_few_as_the_readme_says(calls: pd.DataFrame) -> None:
    truth = read_vcf(DATA / "truth_v3.3.2.NA12878.chr20_10000000_10049000.vcf.gz")
    with open_reference(REFERENCE) as reference:
        confident = read_bed(DATA / "confident_wide.NA12878.chr20_10000000_10049000.bed", reference.contigs)
        table = summary(compare(truth, calls[calls["filter"] == "PASS"], reference, confident))
    assert table.loc["SNP", ["TRUTH.TOTAL", "TRUTH.FN"]].tolist() == [83, 0]
    assert table.loc["INDEL", "TRUTH.TOTAL"] == 17
    assert table.loc["SNP", "QUERY.FP"] <= 2
    assert table.loc["INDEL", "TRUTH.FN"] <= 1
    assert table.loc["INDEL", "QUERY.FP"] <= 1


def test_threads_and_shards_of_real_reads_give_the_same_file(calls: pd.DataFrame, tmp_path: Path) -> None:
    shards = ["chr20:10000001-10013333", "chr20:10013334-10049000"]
    write_vcf(calls, tmp_path / "whole.vcf.gz")
    write_vcf(call(READS, REFERENCE, shards, threads=3), tmp_path / "shards.vcf.gz")
    assert (tmp_path / "whole.vcf.gz").read_bytes() == (tmp_path / "shards.vcf.gz").read_bytes()
