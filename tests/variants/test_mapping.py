"""Mapped reads lie where they came from, and pairs know their mates."""

from pathlib import Path

import numpy as np
import pysam
import pytest

from sciml.variants.instruments import instrument
from sciml.variants.mapping import build_index, map_reads
from sciml.variants.regions import Region
from sciml.variants.sequencer import Library, Template, library
from sciml.variants.settings import SimulateSettings

LETTERS = np.random.default_rng(1).choice(np.frombuffer(b"ACGT", np.uint8), 60_000)
CONTIGS = {"first": 60_000, "second": 500_000}
REGION = Region("second", 200_000, 260_000)  # the letters, somewhere on a long contig


@pytest.fixture(scope="module")
def reads() -> Library:
    whole = Template(LETTERS, 0, len(LETTERS), 1.0)
    return library([whole], 10, SimulateSettings(), instrument("hiseq2000"), np.random.default_rng(2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, reads: Library) -> Path:
    folder = tmp_path_factory.mktemp("mapping")
    whole = build_index([LETTERS], [Region("first", 0, 60_000)], {"first": 60_000}, folder / "whole")
    part = build_index([LETTERS], [REGION], CONTIGS, folder / "part")
    map_reads(reads, whole, "me", folder / "whole.bam", threads=1)
    map_reads(reads, part, "me", folder / "part.bam", threads=1)
    map_reads(reads, whole, "me", folder / "two.bam", threads=2)
    return folder


def records(path: Path) -> list[pysam.AlignedSegment]:
    with pysam.AlignmentFile(str(path)) as file:
        return list(file)


def test_nearly_every_read_lies_where_it_came_from(folder: Path, reads: Library) -> None:
    fragments = reads.fragments
    right = total = 0
    for read in records(folder / "whole.bam"):
        number = int(read.query_name[1:])
        if read.is_secondary or read.is_supplementary or fragments.joint[number] < fragments.length[number]:
            continue
        start, end = fragments.start[number], fragments.start[number] + fragments.length[number]
        near = read.is_mapped and min(abs(read.reference_start - start), abs(read.reference_end - end)) < 30
        right, total = right + near, total + 1
    assert right / total >= 0.98


def test_every_read_is_there_and_mates_agree(folder: Path, reads: Library) -> None:
    primary = [read for read in records(folder / "whole.bam") if not read.flag & 0x900]
    assert len(primary) == 2 * len(reads.fragments.start)
    mates = {(read.query_name, read.is_read1): read for read in primary}
    for read in primary:
        mate = mates[read.query_name, not read.is_read1]
        assert read.is_read1 != read.is_read2
        assert (read.mate_is_unmapped, read.mate_is_reverse) == (mate.is_unmapped, mate.is_reverse)
        assert (read.next_reference_id, read.next_reference_start) == (mate.reference_id, mate.reference_start)
        assert read.template_length == -mate.template_length
        assert read.is_proper_pair == mate.is_proper_pair


def test_most_pairs_are_proper_and_their_lengths_are_the_fragments(folder: Path, reads: Library) -> None:
    pairs = [read for read in records(folder / "whole.bam") if read.is_read1 and not read.flag & 0x900]
    assert np.mean([read.is_proper_pair for read in pairs]) > 0.97
    lengths = [abs(read.template_length) for read in pairs if read.is_proper_pair]
    assert np.median(lengths) == pytest.approx(np.median(reads.fragments.length), abs=5)


def test_copies_carry_the_duplicate_flag(folder: Path, reads: Library) -> None:
    marked = {int(read.query_name[1:]) for read in records(folder / "whole.bam") if read.is_duplicate}
    assert marked == set(np.nonzero(reads.fragments.duplicate)[0].tolist())


def test_a_region_of_a_long_contig_maps_like_the_whole_but_shifted(folder: Path) -> None:
    whole, part = records(folder / "whole.bam"), records(folder / "part.bam")
    places = {(read.query_name, read.flag): read for read in whole}
    for read in part:
        twin = places[read.query_name, read.flag]
        assert read.cigarstring == twin.cigarstring
        assert read.mapping_quality == twin.mapping_quality
        if read.is_mapped:
            assert read.reference_name == "second"
            assert read.reference_start == twin.reference_start + 200_000
            assert read.next_reference_start == twin.next_reference_start + 200_000


def test_supplementary_hits_name_places_on_the_real_contig(folder: Path) -> None:
    tagged = [str(read.get_tag("SA")) for read in records(folder / "part.bam") if read.has_tag("SA")]
    assert tagged
    for tag in tagged:
        for hit in tag.rstrip(";").split(";"):
            contig, position = hit.split(",")[:2]
            assert contig == "second"
            assert 200_000 < int(position) <= 260_000


def test_the_bytes_do_not_depend_on_the_threads(folder: Path) -> None:
    assert (folder / "whole.bam").read_bytes() == (folder / "two.bam").read_bytes()


def test_the_header_names_sample_and_contigs_and_no_path(folder: Path) -> None:
    with pysam.AlignmentFile(str(folder / "part.bam")) as file:
        header = file.header.to_dict()
        assert file.has_index()
    assert [(line["SN"], line["LN"]) for line in header["SQ"]] == list(CONTIGS.items())
    assert header["RG"] == [{"ID": "me", "SM": "me", "LB": "me", "PL": "ILLUMINA"}]
    assert header["HD"]["SO"] == "coordinate"
    assert str(folder) not in str(header)
