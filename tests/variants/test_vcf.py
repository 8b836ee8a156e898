"""Reading and writing of VCF."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pysam
import pysam.bcftools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_files import random_letters, write_fasta
from vcf_text import calls_of, record, vcf_text

from sciml.core.errors import BadInput, DataWarning, Missing, ScimlError, SettingsError
from sciml.variants import vcf
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region
from sciml.variants.vcf import COLUMNS, read_vcf, to_dataset, to_frame, write_vcf

CONTIG = random_letters(1_200, seed=3)


def table(rows: list[tuple[Any, ...]], contigs: dict[str, int] | None = None) -> pd.DataFrame:
    calls = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))
    calls.attrs = {"sample": "NA1", "contigs": contigs or {"chr1": 1_200, "chr2": 900}, "source": "sciml 1.2"}
    return calls


def two_calls() -> pd.DataFrame:
    """A substitution and a site with two alternates, with REF as in CONTIG."""
    alt = "ACGT"[("ACGT".index(CONTIG[99]) + 1) % 4]
    alts = f"{CONTIG[200]}A,{CONTIG[200]}AA"
    return table(
        [
            ("chr1", 100, CONTIG[99], alt, 31.25, "PASS", "0/1", 30, 25, "12,13", "0.52", "31,0,280"),
            ("chr1", 201, CONTIG[200], alts, np.nan, "LowQual", "1/2", -1, -1, "1,2,3", "0.33,0.5", "9,8,7,6,0,5"),
        ]
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_vcf(two_calls(), tmp_path / "a.vcf.gz")
    back = read_vcf(tmp_path / "a.vcf.gz")
    pd.testing.assert_frame_equal(back, two_calls())
    assert back.attrs == two_calls().attrs


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["chr1", "chr2"]),
            st.integers(1, 900),
            st.text("ACGT", min_size=1, max_size=5),
            st.text("ACGT", min_size=1, max_size=5),
            st.floats(0, 9_999).map(lambda value: round(value, 2)) | st.just(float("nan")),
            st.sampled_from(["PASS", "RefCall", "LowQual", "."]),
            st.sampled_from(["0/1", "1|0", "./.", "1"]),
            st.integers(-1, 99),
            st.integers(-1, 500),
            st.sampled_from([".", "3,4"]),
            st.sampled_from([".", "0.57"]),
            st.sampled_from([".", "1,0,2"]),
        ),
        unique_by=lambda row: row[:4],
    )
)
def test_any_table_survives_the_round_trip_sorted_by_place(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    calls = table(rows)
    out = tmp_path_factory.mktemp("round") / "a.vcf"
    write_vcf(calls, out)
    expected = calls.sort_values(["contig", "position", "ref", "alts"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(read_vcf(out), expected)


def test_the_order_of_the_calls_and_the_file_name_do_not_change_a_byte(tmp_path: Path) -> None:
    write_vcf(two_calls(), tmp_path / "a.vcf.gz")
    write_vcf(two_calls().iloc[::-1], tmp_path / "b.vcf.gz")
    for ending in ("vcf.gz", "vcf.gz.tbi"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    text = gzip.decompress((tmp_path / "a.vcf.gz").read_bytes()).decode()
    assert not any(word in text for word in ("fileDate", "Command", str(tmp_path)))


def test_contigs_keep_the_order_of_the_reference(tmp_path: Path) -> None:
    rows = [(name, 5, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".") for name in ("chr10", "chr2")]
    write_vcf(table(rows, {"chr2": 900, "chr10": 900}), tmp_path / "a.vcf")
    assert read_vcf(tmp_path / "a.vcf")["contig"].tolist() == ["chr2", "chr10"]


def test_a_dataset_holds_the_same_calls_even_none() -> None:
    for calls in (two_calls(), two_calls().iloc[:0]):
        dataset = to_dataset(calls)
        assert dict(dataset.sizes) == {"call": len(calls)}
        pd.testing.assert_frame_equal(to_frame(dataset), calls)
        assert to_frame(dataset).attrs == calls.attrs


@pytest.mark.parametrize("rows", [0, 2])
def test_bcftools_accepts_what_is_written(tmp_path: Path, rows: int) -> None:
    fasta = write_fasta(tmp_path / "ref.fa", {"chr1": CONTIG, "chr2": CONTIG[:900]})
    out = tmp_path / "a.vcf.gz"
    write_vcf(two_calls().iloc[:rows], out)
    seen = pysam.bcftools.view("-H", str(out), "-r", "chr1:50-300")
    assert len(seen.splitlines()) == rows
    pysam.bcftools.norm("--check-ref", "e", "-f", str(fasta), str(out), catch_stdout=True)
    if program := shutil.which("bcftools"):
        for command in (["view"], ["norm", "--check-ref", "e", "-f", str(fasta)]):
            done = subprocess.run([program, *command, str(out)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert "[W::" not in done.stderr


def test_a_genome_with_longer_contigs_than_tbi_holds_gets_a_csi(tmp_path: Path) -> None:
    calls = table([("1A", 600_000_000, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".")], {"1A": 700_000_000})
    write_vcf(calls, tmp_path / "wheat.vcf.gz")
    assert not (tmp_path / "wheat.vcf.gz.tbi").exists()
    found = read_vcf(tmp_path / "wheat.vcf.gz", regions=[Region("1A", 599_999_999, 600_000_000)])
    assert found["position"].tolist() == [600_000_000]


def test_calls_on_an_unknown_contig_are_refused_before_a_file_is_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="contig chr1"):
        write_vcf(table(list(two_calls().itertuples(index=False, name=None)), {"chrX": 5}), tmp_path / "a.vcf.gz")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "a.vcf.gz"
    write_vcf(two_calls(), out)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(vcf, "_write_bgzip", full)
    with pytest.raises(ScimlError, match="no space left") as stopped:
        write_vcf(two_calls().iloc[:1], out)
    assert "\n" not in str(stopped.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_index_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError("building of index failed")

    monkeypatch.setattr(pysam, "tabix_index", full)
    with pytest.raises(ScimlError, match="index cannot be written"):
        write_vcf(two_calls(), tmp_path / "a.vcf.gz")
    assert list(tmp_path.iterdir()) == []


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScimlError, match="cannot be written"):
        write_vcf(two_calls(), tmp_path / "file" / "a.vcf.gz")
    (tmp_path / "folder.vcf.gz").mkdir()
    with pytest.raises(ScimlError, match="is a folder"):
        write_vcf(two_calls(), tmp_path / "folder.vcf.gz")
    with pytest.raises(SettingsError, match=r"end in \.vcf\.gz"):
        write_vcf(two_calls(), tmp_path / "a.bcf")


def test_regions_give_the_same_with_and_without_an_index(tmp_path: Path) -> None:
    rows = [("chr1", at, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".") for at in (100, 101, 200, 201)]
    write_vcf(table(rows), tmp_path / "a.vcf.gz")
    write_vcf(table(rows), tmp_path / "a.vcf")
    # [100, 200) from 0 is 101 to 200 from 1
    for name in ("a.vcf.gz", "a.vcf"):
        found = read_vcf(tmp_path / name, regions=[Region("chr1", 100, 200), Region("chr1", 150, 180)])
        assert found["position"].tolist() == [101, 200]


def test_an_index_of_an_earlier_file_hides_nothing(tmp_path: Path) -> None:
    rows = [("chr1", at, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".") for at in (100, 900)]
    write_vcf(table(rows[:1]), tmp_path / "a.vcf.gz")
    early = (tmp_path / "a.vcf.gz.tbi").read_bytes()
    write_vcf(table(rows), tmp_path / "a.vcf.gz")
    (tmp_path / "a.vcf.gz.tbi").write_bytes(early)
    os.utime(tmp_path / "a.vcf.gz.tbi", (1, 1))
    with pytest.warns(DataWarning, match="older than the file"):
        found = read_vcf(tmp_path / "a.vcf.gz", regions=[Region("chr1", 800, 1_000)])
    assert found["position"].tolist() == [900]


def test_a_deletion_that_starts_before_a_region_is_not_in_it(tmp_path: Path) -> None:
    rows = [("chr1", 95, "ACGTACGT", "A", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".")]
    write_vcf(table(rows), tmp_path / "a.vcf.gz")
    assert read_vcf(tmp_path / "a.vcf.gz", regions=[Region("chr1", 96, 200)]).empty


@pytest.mark.parametrize("ending", ["vcf", "vcf.gz"])
def test_another_naming_of_contigs_is_an_error_not_an_empty_truth(tmp_path: Path, ending: str) -> None:
    rows = [("20", 100, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".")]
    write_vcf(table(rows, {"20": 900}), tmp_path / f"a.{ending}")
    with pytest.raises(BadInput, match=r"'chr20' '20'.*rename-chrs"):
        read_vcf(tmp_path / f"a.{ending}", regions=[Region("chr20", 0, 500)])


def test_a_contig_without_variants_is_empty(tmp_path: Path) -> None:
    write_vcf(two_calls(), tmp_path / "a.vcf.gz")
    assert read_vcf(tmp_path / "a.vcf.gz", regions=[Region("chr7", 0, 500)]).empty


def test_symbolic_alleles_are_left_out_and_counted_once(tmp_path: Path) -> None:
    rows = [
        record(10, "A", "<DEL>", "0/1"),
        record(20, "A", "G]chr1:90]", "0/1"),
        record(30, "A", "G,*", "1/2"),
        record(40, "A", ".", "0/0"),
        record(50, "A", "T", "0/1"),
    ]
    (tmp_path / "a.vcf").write_text(vcf_text(rows))
    with pytest.warns(DataWarning, match="3 alleles") as seen:
        found = read_vcf(tmp_path / "a.vcf")
    assert len(seen) == 1
    assert found["position"].tolist() == [30, 50]
    assert found["alts"].tolist() == ["G,*", "T"]


BAD = {
    "has no genotypes": vcf_text(["chr1\t5\t.\tA\tC\t.\t.\t."], samples=""),
    "line 5 has no GT": vcf_text(["chr1\t5\t.\tA\tC\t.\t.\t.\tDP\t12"]),
    r"not sorted: line 6 \(chr1:4\)": vcf_text([record(5, "A", "C", "0/1"), record(4, "A", "C", "0/1")]),
    r"not sorted: line 7 \(chr1:9\)": vcf_text(
        [record(5, "A", "C", "0/1"), record(5, "A", "C", "0/1", "chr2"), record(9, "A", "C", "0/1")]
    ),
    "is not a VCF .its first line": "chr1\t5\t9\n",
    "no #CHROM line": "##fileformat=VCFv4.2\nchr1\t5\n",
    "is BCF": "BCF\x02\x02",
    "line 5 is not a VCF record": vcf_text(["chr1 5 . A C"]),
    "line 5 has 9 columns, the header 10": vcf_text(["chr1\t5\t.\tA\tC\t.\t.\t.\tGT"]),
    "do not agree": vcf_text([record(5, "A", "C", "0/2")]),
    "holds 2 samples": vcf_text([record(5, "A", "C", "0/1") + "\t0/0"], samples="NA1\tNA2"),
}


@pytest.mark.parametrize("said", list(BAD))
def test_a_bad_truth_is_told_in_one_line(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.vcf").write_text(BAD[said])
    with pytest.raises(BadInput, match=said) as stopped:
        read_vcf(tmp_path / "a.vcf")
    assert "\n" not in str(stopped.value)
    assert str(tmp_path / "a.vcf") in str(stopped.value)


def test_a_truncated_file_is_not_a_shorter_truth(tmp_path: Path) -> None:
    rows = [("chr1", at, "A", "C", 9.0, "PASS", "0/1", 9, 9, ".", ".", ".") for at in range(1, 900)]
    write_vcf(table(rows), tmp_path / "a.vcf.gz")
    whole = (tmp_path / "a.vcf.gz").read_bytes()
    (tmp_path / "a.vcf.gz").write_bytes(whole[:-28])
    for regions in (None, [Region("chr1", 0, 50)]):
        with pytest.raises(BadInput, match="truncated"):
            read_vcf(tmp_path / "a.vcf.gz", regions=regions)
    (tmp_path / "plain.vcf.gz").write_bytes(gzip.compress(gzip.decompress(whole))[:-40])
    with pytest.raises(BadInput, match="truncated or corrupt"):
        read_vcf(tmp_path / "plain.vcf.gz")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no such file"):
        read_vcf(tmp_path / "none.vcf.gz")


def test_a_sample_is_chosen_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_text(vcf_text([record(5, "A", "C", "0/1") + "\t1/1"], samples="NA1\tNA2"))
    assert read_vcf(tmp_path / "a.vcf", "NA2")["gt"].tolist() == ["1/1"]
    with pytest.raises(BadInput, match="no sample 'NA3'"):
        read_vcf(tmp_path / "a.vcf", "NA3")


def test_ref_is_checked_when_asked_for(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "ref.fa", {"chr1": "acgtN" * 10})
    with open_reference(fasta) as reference:
        (tmp_path / "good.vcf").write_text(vcf_text([record(1, "AC", "A", "0/1"), record(5, "A", "C", "0/1")]))
        assert len(read_vcf(tmp_path / "good.vcf", reference=reference)) == 2
        (tmp_path / "bad.vcf").write_text(vcf_text([record(2, "G", "A", "0/1")]))
        with pytest.raises(BadInput, match=r"chr1:2\) has REF G, the reference C"):
            read_vcf(tmp_path / "bad.vcf", reference=reference)


def test_lower_case_alleles_are_the_same_alleles(tmp_path: Path) -> None:
    calls = calls_of(tmp_path, (5, "a", "c", "0/1"))
    assert (calls["ref"].item(), calls["alts"].item()) == ("A", "C")


def test_reading_a_whole_file_says_nothing(tmp_path: Path) -> None:
    write_vcf(two_calls(), tmp_path / "a.vcf.gz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_vcf(tmp_path / "a.vcf.gz", regions=[Region("chr1", 0, 500)])
