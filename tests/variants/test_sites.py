"""The reads at a site, as a page draws them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_files import Read, write_bam, write_fasta

from sciml.core.errors import BadInput
from sciml.variants.reads import open_reads
from sciml.variants.reference import open_reference
from sciml.variants.sites import site_reads


def records(
    folder: Path, contig: str, reads: list[Read], position: int, half: int = 20, most: int = 50
) -> dict[str, Any]:
    bam = write_bam(folder / "s.bam", reads, {"chr1": contig})
    fasta = write_fasta(folder / "s.fa", {"chr1": contig})
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        return site_reads(source, reference, "chr1", position, half, most)


def test_letters_follow_the_reference_with_gaps_insertions_and_clips(tmp_path: Path, contig: str) -> None:
    letters = "TTT" + contig[90:100] + "GA" + contig[100:105] + contig[108:112] + contig[115:118] + "CCCC"
    quality = "!!!" + "A" * 10 + "BC" + "D" * 5 + "E" * 4 + "F" * 3 + "!!!!"
    read = Read(90, "3S10M2I5M3D4M3N3M4S", letters, quality, flag=16, mapping_quality=33)
    (drawn,) = records(tmp_path, contig, [read], 100)["reads"]
    assert drawn == {
        "start": 90,
        "letters": contig[90:105] + "---" + contig[108:112] + "   " + contig[115:118],
        "qualities": "A" * 10 + "D" * 5 + "!!!" + "E" * 4 + "!!!" + "F" * 3,
        "insertions": [{"position": 99, "letters": "GA", "qualities": "BC"}],
        "mapping_quality": 33,
        "reverse": True,
        "clip_start": 3,
        "clip_end": 4,
    }


def test_reads_are_cut_at_the_window(tmp_path: Path, contig: str) -> None:
    read = Read(50, "5S40M2I60M6S")
    site = records(tmp_path, contig, [read], 100, half=5)
    (drawn,) = site["reads"]
    assert (site["start"], site["reference"]) == (95, contig[95:106])
    assert (drawn["start"], drawn["letters"]) == (95, contig[95:106])
    assert (drawn["insertions"], drawn["clip_start"], drawn["clip_end"]) == ([], 0, 0)
    assert len(drawn["qualities"]) == 11


def test_the_window_ends_with_the_contig(tmp_path: Path, contig: str) -> None:
    site = records(tmp_path, contig, [Read(0, "30M")], 3)
    assert (site["start"], site["reference"]) == (0, contig[:24])
    assert records(tmp_path, contig, [Read(1_170, "30M")], 1_199)["reference"] == contig[1_179:]


def test_only_usable_reads_over_the_position_are_shown(tmp_path: Path, contig: str) -> None:
    reads = [Read(90, "20M"), Read(90, "20M", flag=0x400), Read(90, "20M", mapping_quality=0), Read(101, "20M")]
    site = records(tmp_path, contig, reads, 100)
    assert (site["depth"], len(site["reads"])) == (1, 1)


def test_many_reads_are_sampled_the_same_way_each_time(tmp_path: Path, contig: str) -> None:
    reads = [Read(70 + n % 30, "50M", name=f"r{n}") for n in range(90)]
    first, second = (records(tmp_path, contig, order, 100, most=20) for order in (reads, reads[::-1]))
    assert (first["depth"], len(first["reads"])) == (90, 20)
    assert first == second
    starts = [read["start"] for read in first["reads"]]
    assert starts == sorted(starts)
    assert json.loads(json.dumps(first)) == first


def test_missing_qualities_are_drawn_as_the_constant(tmp_path: Path, contig: str) -> None:
    (drawn,) = records(tmp_path, contig, [Read(95, "10M", quality=None)], 100)["reads"]
    assert drawn["qualities"] == "?" * 10  # 30 + 33


def test_a_contig_that_is_not_there_is_an_error(tmp_path: Path, contig: str) -> None:
    bam = write_bam(tmp_path / "s.bam", [Read(90, "20M")], {"chr1": contig})
    fasta = write_fasta(tmp_path / "s.fa", {"chr1": contig})
    with (
        open_reference(fasta) as reference,
        open_reads(bam, reference) as source,
        pytest.raises(BadInput, match="'chr1'"),
    ):
        site_reads(source, reference, "1", 5, 5, 5)
