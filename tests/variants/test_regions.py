"""Intervals: what text and BED files mean, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sciml.core.errors import BadInput, Missing
from sciml.variants.regions import Region, blocks, merge, parse_region, read_bed, wanted_regions

CONTIGS = {"chr20": 1_000_000, "chrM": 16_569, "HLA-A*01:01:01:01": 3_503}


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("chr20", Region("chr20", 0, 1_000_000)),
        ("chr20:5-10", Region("chr20", 4, 10)),
        (" chr20:1,000-2,000 ", Region("chr20", 999, 2_000)),
        ("HLA-A*01:01:01:01", Region("HLA-A*01:01:01:01", 0, 3_503)),
        ("HLA-A*01:01:01:01:2-3", Region("HLA-A*01:01:01:01", 1, 3)),
    ],
)
def test_text_counts_from_one_and_includes_the_end(text: str, region: Region) -> None:
    assert parse_region(text, CONTIGS) == region


def test_a_region_prints_as_it_is_read() -> None:
    assert parse_region(str(Region("chr20", 4, 10)), CONTIGS) == Region("chr20", 4, 10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chr20:5-", "not a region"),
        ("chr20:-5-10", "not a region"),
        ("chr20:5", "not a region"),
        ("chr20:a-b", "not a region"),
        ("chr20:", "not a region"),
        ("chr20:10-5", "not beyond the end"),
        ("chr20:0-5", "at least 1"),
        ("chr20:5-1000001", "ends at 1,000,000"),
        ("20:1-5", "'chr20'"),
        ("MT:1-5", "'chrM'"),
        ("20", "'chr20'"),
        ("chr7:1-5", "contigs are chr20, chrM"),
        ("", "there is no contig"),
    ],
)
def test_a_wrong_region_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_region(text, CONTIGS)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 3


def test_a_bed_may_have_headers_comments_and_further_columns(tmp_path: Path) -> None:
    bed = tmp_path / "a.bed"
    bed.write_text("track name=x\nbrowser position chr20\n# note\n\nchr20\t0\t5\tname\t0\r\nchrM 7 9\nchr20\t9\t9\n")
    assert read_bed(bed, CONTIGS) == [Region("chr20", 0, 5), Region("chrM", 7, 9)]


def test_a_gzipped_bed_reads_like_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "a.bed.gz").write_bytes(gzip.compress(b"chr20\t1\t5\n"))
    assert read_bed(tmp_path / "a.bed.gz") == [Region("chr20", 1, 5)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("chr20\t5", "2 column(s)"),
        ("chr20\tx\t5", "not whole numbers"),
        ("chr20\t1.5\t5", "not whole numbers"),
        ("chr20\t-1\t5", "-1-5"),
        ("chr20\t9\t5", "9-5"),
        ("20\t1\t5", "'chr20'"),
        ("chr20\t1\t1000001", "another assembly"),
    ],
)
def test_a_wrong_bed_line_is_named_by_file_and_number(tmp_path: Path, line: str, says: str) -> None:
    bed = tmp_path / "a.bed"
    bed.write_text(f"# header\nchr20\t0\t5\n{line}\n")
    with pytest.raises(BadInput, match=r"a\.bed:3: ") as error:
        read_bed(bed, CONTIGS)
    assert says in str(error.value)


def test_a_binary_or_absent_bed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.bed").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadInput, match="not a text file"):
        read_bed(tmp_path / "b.bed")
    (tmp_path / "c.bed").write_bytes(gzip.compress(b"chr20\t1\t5\n")[:12])
    with pytest.raises(BadInput, match="cannot be read"):
        read_bed(tmp_path / "c.bed")
    with pytest.raises(Missing, match="no such file"):
        read_bed(tmp_path / "none.bed")


def test_regions_that_overlap_or_touch_are_joined() -> None:
    regions = [Region("b", 3, 5), Region("a", 5, 9), Region("a", 1, 5), Region("a", 2, 3), Region("a", 10, 11)]
    assert merge(regions) == [Region("a", 1, 9), Region("a", 10, 11), Region("b", 3, 5)]


def test_wanted_regions_follow_the_contigs_and_fall_back_to_what_is_covered(tmp_path: Path) -> None:
    (tmp_path / "a.bed").write_text("chrM\t5\t9\nchr20\t7\t20\n")
    covered = [Region("chr20", 3, 4)]
    named = wanted_regions([str(tmp_path / "a.bed"), "chr20:1-10"], CONTIGS, covered)
    assert named == [Region("chr20", 0, 20), Region("chrM", 5, 9)]
    assert wanted_regions([], CONTIGS, covered) == covered


@example(500, 0, 90)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 90))
def test_blocks_cover_a_region_once_and_are_cut_on_the_grid(start: int, length: int, size: int) -> None:
    pieces = list(blocks(Region("c", start, start + length), size))
    assert [p for piece in pieces for p in range(piece.start, piece.end)] == list(range(start, start + length))
    assert all(piece.start % size == 0 for piece in pieces[1:])
    assert all(piece.length > 0 for piece in pieces)
