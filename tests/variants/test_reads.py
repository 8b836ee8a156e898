"""Reads: which count, how many, what they look like decoded, and which files are refused."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pysam
import pytest
from tiny_files import Read, random_letters, write_bam, write_fasta

from sciml.core.errors import BadInput, DataWarning, Missing
from sciml.variants.cigar import DELETED, MISSING_QUALITY, SKIPPED
from sciml.variants.decode import DecodedReads
from sciml.variants.reads import ReadSource, open_reads
from sciml.variants.reference import BASES, Reference, open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import ReadSettings

EVERYTHING = Region("chr1", 0, 1_200)
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@pytest.fixture
def reference(tmp_path: Path, contig: str) -> Reference:
    return open_reference(write_fasta(tmp_path / "r.fa", {"chr1": contig}))


def decoded(folder: Path, reference: Reference, contig: str, reads: list[Read], **changes: int) -> DecodedReads:
    bam = write_bam(folder / "d.bam", reads, {"chr1": contig})
    with open_reads(bam, reference, settings=ReadSettings(**changes)) as source:
        return source.decode(EVERYTHING)


def letters_of(reads: DecodedReads, read: int) -> str:
    alphabet = np.array(list(BASES + "- "))
    return "".join(alphabet[reads.bases[reads.offsets[read] : reads.offsets[read + 1]]])


def test_reads_that_the_field_drops_are_dropped(tmp_path: Path, reference: Reference, contig: str) -> None:
    dropped = [Read(100, "50M", flag=flag, name=f"flag{flag}") for flag in (0x4, 0x100, 0x200, 0x400, 0x800)]
    kept = [Read(100, "50M", flag=16), Read(101, "50M", mapping_quality=5)]
    reads = decoded(tmp_path, reference, contig, [*dropped, *kept, Read(102, "50M", mapping_quality=4)])
    assert reads.starts.tolist() == [100, 101]
    assert reads.reverse.tolist() == [True, False]
    assert reads.mapping_qualities.tolist() == [60, 5]


def test_every_base_stands_where_its_cigar_puts_it(tmp_path: Path, reference: Reference, contig: str) -> None:
    # 3 clipped, 4 aligned, 2 inserted, 3 aligned, 5 deleted, 2 aligned, 6 skipped, 3 aligned, 2 clipped
    letters = "TTT" + contig[100:104] + "GA" + contig[104:107] + contig[112:114] + contig[120:123] + "CC"
    read = Read(100, "5H3S4M2I3=5D2X6N3M2S1H", letters, quality="!!!" + "ABCD" + "EF" + "GHI" + "JK" + "LMN" + "!!")
    reads = decoded(tmp_path, reference, contig, [read])
    assert letters_of(reads, 0) == contig[100:107] + "-----" + contig[112:114] + "      " + contig[120:123]
    assert (reads.starts[0], reads.ends[0], reads.first[0]) == (100, 123, 100)
    shown = reads.bases <= 3
    assert "".join(chr(33 + q) for q in reads.qualities[shown]) == "ABCDGHIJKLMN"
    assert reads.anchors.tolist() == [103, 106]
    assert reads.deleted.tolist() == [0, 5]
    assert "".join(BASES[code] for code in reads.inserted_bases) == "GA"
    assert (reads.anchor_qualities + 33).tolist() == [ord("D"), ord("I")]
    assert reads.inserted_first[0] + 33 == ord("E")
    assert reads.inserted_mean[0] + 33 == (ord("E") + ord("F")) // 2


def test_an_indel_without_a_base_on_both_sides_is_none(tmp_path: Path, reference: Reference, contig: str) -> None:
    reads = [
        Read(100, "4I20M"),
        Read(101, "20M4I"),
        Read(102, "3S2I20M2D5S"),
        Read(103, "10M5N2I10M"),
        Read(104, "9M2D3N9M"),
    ]
    assert len(decoded(tmp_path, reference, contig, reads).anchors) == 0


def test_an_insertion_beside_a_deletion_becomes_substitutions_and_the_rest(
    tmp_path: Path, reference: Reference, contig: str
) -> None:
    around = (contig[100:110], contig[113:123])
    longer = Read(100, "10M3D5I10M", around[0] + "ACGTA" + around[1])
    equal = Read(100, "10M3I3D10M", around[0] + "ACG" + around[1], name="x")
    shorter = Read(100, "10M1I3D10M", around[0] + "T" + around[1], name="y")
    for read, shown, indel in ((longer, "ACG", (112, 0, "TA")), (equal, "ACG", None), (shorter, "T--", (110, 2, ""))):
        reads = decoded(tmp_path, reference, contig, [read])
        assert letters_of(reads, 0) == around[0] + shown + around[1]
        found = [
            (int(reads.anchors[i]), int(reads.deleted[i]), "".join(BASES[code] for code in reads.inserted_bases))
            for i in range(len(reads.anchors))
        ]
        assert found == ([indel] if indel else [])


def test_bases_are_kept_as_far_as_the_margin(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "d.bam", [Read(100, "50M30N50M"), Read(190, "10M")], {"chr1": contig})
    with open_reads(bam, reference) as source:
        reads = source.decode(Region("chr1", 140, 150), margin=20)
    assert (reads.start, reads.end) == (120, 170)
    assert (reads.starts.tolist(), reads.ends.tolist(), reads.first.tolist()) == ([100], [230], [120])
    assert letters_of(reads, 0) == contig[120:150] + " " * 20


def test_missing_qualities_become_the_documented_constant(tmp_path: Path, reference: Reference, contig: str) -> None:
    reads = decoded(tmp_path, reference, contig, [Read(100, "20M2I20M", quality=None)])
    assert set(reads.qualities.tolist()) == {MISSING_QUALITY}
    assert (reads.anchor_qualities[0], reads.inserted_mean[0]) == (MISSING_QUALITY, MISSING_QUALITY)


def test_unknown_letters_and_absent_sequences(tmp_path: Path, reference: Reference, contig: str) -> None:
    odd = Read(100, "10M", "ACGTNRYKMS")
    absent = Read(100, "10M", "", quality=None, name="absent")
    reads = decoded(tmp_path, reference, contig, [odd, absent])
    assert [letters_of(reads, read) for read in range(len(reads))] == ["ACGTNNNNNN"]


def test_codes_of_absent_bases_differ_from_letters() -> None:
    assert len({DELETED, SKIPPED, *range(5)}) == 7


@pytest.mark.parametrize("suffix", [".bam", ".cram"])
def test_the_order_of_reads_does_not_depend_on_the_file(
    tmp_path: Path, reference: Reference, contig: str, suffix: str
) -> None:
    reads = [Read(100 + n % 3, "30M5I30M", name=f"r{n}", flag=(0x40, 0x80 | 0x10)[n % 2] | 1) for n in range(40)]
    one = write_bam(tmp_path / "one.bam", reads, {"chr1": contig})
    two = write_bam(tmp_path / f"two{suffix}", reads[::-1], {"chr1": contig}, reference=reference.path)
    with open_reads(one, reference) as first, open_reads(two, reference) as second:
        a, b = first.decode(EVERYTHING), second.decode(EVERYTHING)
    assert len(set(a.hashes.tolist())) == 40
    for name in ("starts", "hashes", "bases", "qualities", "anchors", "inserted_bases", "insert_sizes", "reverse"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


def test_depth_is_limited_by_a_choice_that_depends_on_seed_and_reads_alone(
    tmp_path: Path, reference: Reference, contig: str
) -> None:
    reads = [Read(n % 900, "50M", name=f"r{n}") for n in range(600)] + [Read(1_000, "50M", name="alone")]
    forward = write_bam(tmp_path / "f.bam", reads, {"chr1": contig})
    backward = write_bam(tmp_path / "b.bam", reads[::-1], {"chr1": contig})
    chosen = []
    for bam, seed in ((forward, 1), (backward, 1), (forward, 2)):
        with open_reads(bam, reference, settings=ReadSettings(max_reads_per_kb=50, seed=seed)) as source:
            chosen.append(source.decode(EVERYTHING))
    assert [len(reads) for reads in chosen] == [51, 51, 51]
    assert np.array_equal(chosen[0].starts, chosen[1].starts)
    assert np.array_equal(chosen[0].hashes, chosen[1].hashes)
    assert not np.array_equal(chosen[0].starts, chosen[2].starts)
    assert 1_000 in chosen[0].starts


def test_no_more_reads_are_held_than_a_few_times_the_limit(
    tmp_path: Path, reference: Reference, contig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sciml.variants import reads as module

    held: list[int] = []
    original = module._smallest
    monkeypatch.setattr(module, "_smallest", lambda reads, *rest: held.append(len(reads)) or original(reads, *rest))
    bam = write_bam(tmp_path / "deep.bam", [Read(100, "50M") for _ in range(5_000)], {"chr1": contig})
    with open_reads(bam, reference, settings=ReadSettings(max_reads_per_kb=100)) as source:
        assert len(source.decode(EVERYTHING)) == 100
    assert max(held) <= 400


def test_reads_that_begin_before_the_region_get_a_share_of_their_kilobase(tmp_path: Path, contig: str) -> None:
    letters = {"chr1": random_letters(3_000, 8)}
    reference = open_reference(write_fasta(tmp_path / "two.fa", letters))
    # 1,000 reads a kilobase wherever they start; a limit of 300 keeps 30 % of them on both sides of the border
    bam = write_bam(tmp_path / "deep.bam", [Read(n, "100M") for n in range(2_900)], letters)
    with open_reads(bam, reference, settings=ReadSettings(max_reads_per_kb=300)) as source:
        starts = source.decode(Region("chr1", 1_000, 2_000)).starts
    assert (starts < 1_000).sum() == 30  # the first read seen starts 99 or 100 before; 300 * 100 // 1000
    assert ((starts >= 1_000) & (starts < 2_000)).sum() == 300


def test_only_the_reads_of_the_chosen_sample_are_used(tmp_path: Path, reference: Reference, contig: str) -> None:
    groups = [{"ID": "g1", "SM": "anna"}, {"ID": "g2", "SM": "berta"}, {"ID": "g3", "SM": "anna"}]
    reads = [Read(100 + n, "50M", tags={"RG": group}) for n, group in enumerate(("g1", "g2", "g3", "g2"))]
    bam = write_bam(tmp_path / "two.bam", reads, {"chr1": contig}, groups)
    with pytest.raises(BadInput, match="holds 2 samples: anna, berta; name one"):
        open_reads(bam, reference)
    with pytest.raises(BadInput, match="no reads of sample 'clara'; its read groups name anna, berta"):
        open_reads(bam, reference, "clara")
    with open_reads(bam, reference, "anna") as source:
        assert source.sample == "anna"
        assert source.decode(EVERYTHING).starts.tolist() == [100, 102]


def test_a_file_without_read_groups_is_named_by_its_stem(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "child.bam", [Read(100, "50M")], {"chr1": contig}, groups=())
    with open_reads(bam, reference) as source:
        assert source.sample == "child"
        assert len(source.decode(EVERYTHING)) == 1
    with open_reads(bam, reference, "Carl") as source:
        assert source.sample == "Carl"


def test_the_covered_span_reaches_from_the_first_to_the_last_read(tmp_path: Path) -> None:
    contigs = {"a": random_letters(2_000, 1), "b": random_letters(500, 2), "c": random_letters(900, 3)}
    reads = [Read(70, "50M", contig="a"), Read(1_200, "50M", contig="a"), Read(850, "50M", contig="c")]
    bam = write_bam(tmp_path / "r.bam", reads, contigs)
    with open_reference(write_fasta(tmp_path / "abc.fa", contigs)) as reference, open_reads(bam, reference) as source:
        assert source.covered() == [Region("a", 70, 1_250), Region("c", 850, 900)]


def refused(path: Path, reference: Reference, region: Region | None = None) -> str:
    """The error's text when opening, or else when reading."""
    with pytest.raises(BadInput) as error, open_reads(path, reference) as source:
        source.decode(region or EVERYTHING)
    assert error.value.exit_code == 3
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_bam_without_index_is_refused_with_the_remedy(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig}, index=False)
    assert refused(bam, reference) == f"{bam}: has no index; run samtools index {bam}"


def test_a_bam_with_a_damaged_index_is_refused(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    (tmp_path / "r.bam.bai").write_bytes(b"garbage")
    assert "samtools index" in refused(bam, reference)


@pytest.fixture
def long_bam(tmp_path: Path, contig: str) -> Path:
    """Some 50 blocks of BGZF, in names that do not compress."""
    rng = np.random.default_rng(5)
    qualities = ["".join(map(chr, rng.integers(33, 74, 100))) for _ in range(20_000)]
    reads = [
        Read(int(start), "100M", quality=quality)
        for start, quality in zip(np.sort(rng.integers(0, 1_100, len(qualities))), qualities, strict=True)
    ]
    return write_bam(tmp_path / "long.bam", reads, {"chr1": contig})


def test_a_truncated_bam_is_refused_at_the_door(long_bam: Path, reference: Reference) -> None:
    content = long_bam.read_bytes()
    long_bam.write_bytes(content[: len(content) // 2])
    assert "is truncated: the closing block of a BAM is missing" in refused(long_bam, reference)


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_bam_damaged_inside_is_refused_when_it_is_read(long_bam: Path, reference: Reference, damage: str) -> None:
    content = bytearray(long_bam.read_bytes())
    middle = len(content) // 2
    content[middle : len(content) if damage == "cut" else middle + 200] = b"" if damage == "cut" else bytes(200)
    long_bam.write_bytes(bytes(content) + (BGZF_END if damage == "cut" else b""))
    message = refused(long_bam, reference)
    assert str(long_bam) in message
    assert "truncated or damaged" in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"hello, world", "neither BAM nor CRAM"),
        (b"@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1200\n", "SAM text file"),
        (b"\x1f\x8b\x08\x00nonsense", "cannot be read"),
        (BGZF_END, "neither BAM nor CRAM"),
    ],
)
def test_what_is_not_a_bam_is_refused(tmp_path: Path, reference: Reference, content: bytes, says: str) -> None:
    (tmp_path / "r.bam").write_bytes(content)
    assert says in refused(tmp_path / "r.bam", reference)


def test_a_bam_with_a_broken_header_is_refused(tmp_path: Path, reference: Reference) -> None:
    with pysam.BGZFile(str(tmp_path / "r.bam"), "wb") as file:
        file.write(b"BAM\1\xff\xff\xff\x7f")
    assert "cannot be opened as BAM" in refused(tmp_path / "r.bam", reference)


def test_an_unaligned_bam_is_refused(tmp_path: Path, reference: Reference) -> None:
    with pysam.AlignmentFile(str(tmp_path / "r.bam"), "wb", header={"HD": {"VN": "1.6"}}):
        pass
    assert "no contigs" in refused(tmp_path / "r.bam", reference)


def test_a_missing_bam_is_exit_status_4(tmp_path: Path, reference: Reference) -> None:
    with pytest.raises(Missing, match="no such file"):
        open_reads(tmp_path / "none.bam", reference)


def test_an_index_older_than_its_bam_is_a_warning_only(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    os.utime(tmp_path / "r.bam.bai", (1, 1))
    with pytest.warns(DataWarning, match=r"r\.bam\.bai is older than r\.bam"), open_reads(bam, reference) as source:
        assert len(source.decode(EVERYTHING)) == 1


def test_contigs_under_another_name_are_said_in_words(tmp_path: Path, contig: str) -> None:
    reference = open_reference(write_fasta(tmp_path / "bare.fa", {"1": contig}))
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    message = refused(bam, reference)
    assert "the reads lie on 'chr1'" in message
    assert "the FASTA calls it '1'" in message


def test_contigs_of_another_length_are_said_with_both_lengths(tmp_path: Path, contig: str) -> None:
    reference = open_reference(write_fasta(tmp_path / "short.fa", {"chr1": contig[:1_000]}))
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    assert "1,200 bases in the reads' header and 1,000 in" in refused(bam, reference)


def test_no_shared_contig_lists_both(tmp_path: Path, contig: str) -> None:
    reference = open_reference(write_fasta(tmp_path / "other.fa", {"tomato": contig}))
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    message = refused(bam, reference)
    assert "the reads have chr1, the FASTA tomato" in message


def test_only_the_contigs_that_are_asked_for_need_to_agree(tmp_path: Path, contig: str) -> None:
    reference = open_reference(
        write_fasta(tmp_path / "some.fa", {"chr1": contig, "chr2": contig[:500], "chr3": contig})
    )
    contigs = {"chr1": contig, "chr2": contig[:400], "decoy": contig}
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], contigs)
    with open_reads(bam, reference) as source:
        assert source.contigs == {"chr1": 1_200}
        assert len(source.decode(EVERYTHING)) == 1
    assert "'decoy'" in refused(bam, reference, Region("decoy", 0, 100))
    assert "400 bases" in refused(bam, reference, Region("chr2", 0, 100))
    assert "has no contig 'chr3'" in refused(bam, reference, Region("chr3", 0, 100))


def _cram(tmp_path: Path, contig: str) -> Path:
    write_fasta(tmp_path / "own.fa", {"chr1": contig})
    reads = [Read(100 + n % 800, "100M") for n in range(3_000)]
    return write_bam(tmp_path / "r.cram", reads, {"chr1": contig}, reference=tmp_path / "own.fa")


def test_a_cram_with_another_reference_says_so(tmp_path: Path, contig: str) -> None:
    cram = _cram(tmp_path, contig)
    changed = write_fasta(tmp_path / "changed.fa", {"chr1": contig[:500] + random_letters(700, 9)})
    with open_reference(changed) as reference:
        assert f"was written with another chr1 than {changed} has" in refused(cram, reference)


def test_a_truncated_cram_is_refused(tmp_path: Path, contig: str) -> None:
    cram = _cram(tmp_path, contig)
    content = cram.read_bytes()
    with open_reference(tmp_path / "own.fa") as reference:
        cram.write_bytes(content[: len(content) // 2])
        assert "closing block of a CRAM is missing" in refused(cram, reference)
        cram.write_bytes(content[: len(content) // 2] + content[-38:])
        assert "truncated or damaged" in refused(cram, reference)


def test_htslib_says_nothing_beside_the_own_error(
    long_bam: Path, reference: Reference, capfd: pytest.CaptureFixture[str]
) -> None:
    content = long_bam.read_bytes()
    long_bam.write_bytes(content[: len(content) // 2] + BGZF_END)
    before = pysam.get_verbosity()
    refused(long_bam, reference)
    assert capfd.readouterr().err == ""
    assert pysam.get_verbosity() == before


def test_a_source_closes_without_an_error_of_its_own(tmp_path: Path, reference: Reference, contig: str) -> None:
    bam = write_bam(tmp_path / "r.bam", [Read(100, "50M")], {"chr1": contig})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source: ReadSource = open_reads(bam, reference)
        source.close()
        source.close()
