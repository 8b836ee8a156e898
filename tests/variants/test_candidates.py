"""Candidates: what is counted, where an indel stands, which alternates pass, and how a record is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_files import Read, random_letters, write_bam, write_fasta

from sciml.variants.candidates import MAX_INDEL_BP, MAX_SHIFT_BP, Candidate, find_candidates
from sciml.variants.decode import RawRead, decode
from sciml.variants.reads import open_reads
from sciml.variants.reference import Window, encoded, open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import CandidateSettings


def raw(read: Read, contig: str, number: int = 0) -> RawRead:
    letters = read.letters if read.letters is not None else "A"
    quality = chr(33 + read.quality) * len(letters) if isinstance(read.quality, int) else read.quality
    return RawRead(f"r{number}", letters, quality, read.cigar, read.start, read.flag, read.mapping_quality, 0)


def found(reads: list[Read], contig: str, **changes: float) -> list[Candidate]:
    """Candidates of the whole contig from reads that never touch a file."""
    decoded = decode("c", 0, len(contig), [raw(read, contig, number) for number, read in enumerate(reads)], seed=1)
    window = Window("c", 0, contig.upper(), encoded(contig.upper()))
    return find_candidates(decoded, window, 0, len(contig), CandidateSettings(**changes))


def plain(contig: str, start: int, length: int = 60, **changes: object) -> Read:
    return Read(start, f"{length}M", contig[start : start + length].upper(), **changes)


def substituted(contig: str, start: int, position: int, base: str, **changes: object) -> Read:
    letters = contig[start:position] + base + contig[position + 1 : start + 60]
    return Read(start, "60M", letters.upper(), **changes)


def inserted(contig: str, start: int, anchor: int, letters: str, **changes: object) -> Read:
    before, after = contig[start : anchor + 1], contig[anchor + 1 : anchor + 31]
    return Read(start, f"{len(before)}M{len(letters)}I{len(after)}M", before + letters + after, **changes)


def deleted(contig: str, start: int, anchor: int, length: int, **changes: object) -> Read:
    before, after = contig[start : anchor + 1], contig[anchor + 1 + length : anchor + 31 + length]
    return Read(start, f"{len(before)}M{length}D{len(after)}M", before + after, **changes)


def another(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def test_a_substitution_is_a_candidate_with_the_reads_of_both_alleles(contig: str) -> None:
    base = another(contig[100])
    reads = [plain(contig, 60 + n) for n in range(7)] + [substituted(contig, 70 + n, 100, base) for n in range(3)]
    assert found(reads, contig) == [Candidate("c", 100, contig[100], (base,), 10, (7, 3))]


def test_reads_that_agree_with_the_reference_make_no_candidate(contig: str) -> None:
    assert found([plain(contig, 60 + n) for n in range(30)], contig) == []
    assert found([], contig) == []


@pytest.mark.parametrize(("supporting", "others", "passes"), [(1, 1, False), (2, 14, True), (2, 15, False)])
def test_a_substitution_needs_two_reads_and_12_percent(contig: str, supporting: int, others: int, passes: bool) -> None:
    # 2 of 16 are 12.5 %, 2 of 17 are 11.8 %
    reads = [plain(contig, 60) for _ in range(others)]
    reads += [substituted(contig, 60, 100, another(contig[100])) for _ in range(supporting)]
    assert bool(found(reads, contig)) is passes


@pytest.mark.parametrize(("others", "passes"), [(31, True), (32, False)])
def test_an_indel_needs_6_percent(contig: str, others: int, passes: bool) -> None:
    # 2 of 33 are 6.06 %, 2 of 34 are 5.9 %
    reads = [plain(contig, 60) for _ in range(others)] + [deleted(contig, 60, 100, 5) for _ in range(2)]
    assert bool(found(reads, contig)) is passes


def test_a_base_of_low_quality_supports_nothing(contig: str) -> None:
    base = another(contig[100])
    poor = [substituted(contig, 60, 100, base, quality=9) for _ in range(9)]
    good = [plain(contig, 60) for _ in range(3)] + [substituted(contig, 60, 100, base, quality=10) for _ in range(2)]
    assert found(poor, contig) == []
    assert found(poor + good, contig) == [Candidate("c", 100, contig[100], (base,), 5, (3, 2))]


def test_an_insertion_of_poor_bases_supports_neither_allele(contig: str) -> None:
    letters = another(contig[101]) * 3
    quality = "I" * 41 + "#" * 3 + "I" * 30
    poor = [inserted(contig, 60, 100, letters, quality=quality) for _ in range(4)]
    good = [inserted(contig, 60, 100, letters) for _ in range(2)]
    (site,) = found(poor + good + [plain(contig, 60)], contig)
    assert (site.depth, site.counts) == (3, (1, 2))


def test_soft_clips_are_no_alleles(contig: str) -> None:
    clipped = [Read(100, "20S40M20S", "A" * 20 + contig[100:140] + "C" * 20) for _ in range(10)]
    assert found(clipped, contig) == []


def test_a_read_that_skips_the_site_is_not_counted(contig: str) -> None:
    base = another(contig[100])
    skipping = [Read(80, "10M40N10M", contig[80:90] + contig[130:140]) for _ in range(20)]
    reads = skipping + [substituted(contig, 60, 100, base) for _ in range(2)]
    assert found(reads, contig) == [Candidate("c", 100, contig[100], (base,), 2, (0, 2))]


def test_a_read_with_an_indel_does_not_show_the_reference_as_well() -> None:
    contig = random_letters(100, 1) + "ACGTTGCA" + random_letters(100, 2)
    reads = [deleted(contig, 70, 103, 1) for _ in range(6)] + [plain(contig, 70) for _ in range(4)]
    (site,) = found(reads, contig)
    assert (site.position, site.ref, site.alts) == (102, "GT", ("G",))  # the first of the two T, left-aligned
    assert (site.depth, site.counts) == (10, (4, 6))


@pytest.mark.parametrize("where", [0, 1, 5, 11])
def test_an_indel_in_a_repeat_stands_at_its_left_end_wherever_the_aligner_put_it(where: int) -> None:
    left, right = random_letters(100, 1) + "C", "G" + random_letters(100, 2)
    contig = left + "AT" * 12 + right
    start, anchor = 60, 100 + 2 * where
    gone = [deleted(contig, start, anchor, 2) for _ in range(3)]
    more = [inserted(contig, start, anchor, "ATAT") for _ in range(4)]
    (site,) = found(gone + more, contig)
    assert (site.position, site.ref, site.alts) == (100, "CAT", ("CATATAT", "C"))
    assert site.counts == (0, 4, 3)


def test_one_allele_aligned_in_several_ways_is_counted_once() -> None:
    contig = random_letters(100, 1) + "C" + "A" * 10 + "G" + random_letters(100, 2)
    reads = [deleted(contig, 70, 100 + n, 1) for n in range(10)]
    (site,) = found(reads, contig)
    assert (site.position, site.ref, site.alts, site.counts) == (100, "CA", ("C",), (0, 10))


def test_the_shift_is_limited() -> None:
    contig = random_letters(50, 1) + "A" * 500 + random_letters(100, 2)
    reads = [deleted(contig, 400, 440, 1) for _ in range(3)]
    (site,) = found(reads, contig)
    assert site.position == 440 - MAX_SHIFT_BP


def test_an_indel_longer_than_the_limit_is_no_small_variant() -> None:
    contig = random_letters(900, 1)
    assert found([deleted(contig, 100, 140, MAX_INDEL_BP + 1) for _ in range(3)], contig) == []
    assert len(found([deleted(contig, 100, 140, MAX_INDEL_BP) for _ in range(3)], contig)) == 1


def test_a_substitution_and_a_deletion_at_one_anchor_share_one_record() -> None:
    contig = random_letters(100, 1) + "ACGT" + random_letters(100, 2)
    reads = [substituted(contig, 70, 100, "T") for _ in range(6)] + [deleted(contig, 70, 100, 2) for _ in range(3)]
    reads += [inserted(contig, 70, 100, "GG") for _ in range(4)] + [plain(contig, 70) for _ in range(5)]
    (site,) = found(reads, contig)
    # T for A keeps CG behind it; the insertion keeps A before and CG behind; the deletion leaves A
    assert (site.position, site.ref, site.alts) == (100, "ACG", ("TCG", "AGGCG", "A"))
    assert (site.depth, site.counts) == (18, (5, 6, 4, 3))


def test_only_the_best_supported_alternates_are_kept_and_the_reference_allele_is_as_short_as_they_allow() -> None:
    contig = random_letters(100, 1) + "ACGT" + random_letters(100, 2)
    reads = [substituted(contig, 70, 100, base) for base in "CCCCGGGTT"] + [deleted(contig, 70, 100, 2)] * 2
    (site,) = found(reads, contig, max_alternates=2)
    assert (site.ref, site.alts, site.depth, site.counts) == ("A", ("C", "G"), 11, (0, 4, 3))


@pytest.mark.parametrize("unknown", ["N", "n", "R"])
def test_there_is_no_candidate_where_the_reference_is_unknown(contig: str, unknown: str) -> None:
    holed = contig[:100] + unknown + contig[101:]
    reads = [substituted(contig, 60, 100, "A") for _ in range(5)] + [deleted(contig, 60, 98, 4) for _ in range(5)]
    assert found(reads, holed) == []


def test_a_lower_case_reference_gives_the_same_candidates(contig: str) -> None:
    reads = [substituted(contig, 60, 100, another(contig[100])) for _ in range(5)]
    assert found(reads, contig.lower()) == found(reads, contig)


def test_an_insertion_with_an_unknown_base_is_no_allele(contig: str) -> None:
    assert found([inserted(contig, 60, 100, "GNG") for _ in range(5)], contig) == []


def test_a_read_is_counted_once_where_two_of_its_indels_meet() -> None:
    contig = random_letters(100, 1) + "C" + "A" * 20 + "G" + random_letters(100, 2)
    letters = contig[70:104] + contig[105:110] + contig[111:150]
    reads = [Read(70, "34M1D5M1D39M", letters) for _ in range(4)] + [plain(contig, 70, 80) for _ in range(4)]
    (site,) = found(reads, contig)
    assert (site.position, site.ref, site.alts, site.depth) == (100, "CA", ("C",), 8)
    assert site.counts[0] == 4


def test_equal_and_different_operations_count_like_aligned_ones(contig: str) -> None:
    base = another(contig[100])
    letters = contig[60:100] + base + contig[101:120]
    reads = [Read(60, "40=1X19=", letters) for _ in range(3)] + [Read(60, "5H60M3H", letters) for _ in range(3)]
    assert found(reads, contig) == [Candidate("c", 100, contig[100], (base,), 6, (0, 6))]


def brute_force_left(contig: str, position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Normalisation as in the paper of vt (Tan et al. 2015): trim the right, extend to the left, trim the left."""
    while True:
        if ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        elif not ref or not alt:
            position -= 1
            ref, alt = contig[position] + ref, contig[position] + alt
        else:
            break
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return position, ref, alt


@settings(max_examples=150, deadline=None)
@given(
    unit=st.text("ACGT", min_size=1, max_size=4),
    copies=st.integers(1, 12),
    size=st.integers(1, 9),
    offset=st.integers(0, 40),
    insertion=st.text("ACGT", min_size=0, max_size=6),
    seed=st.integers(0, 99),
)
def test_left_alignment_equals_normalisation_letter_by_letter(
    unit: str, copies: int, size: int, offset: int, insertion: str, seed: int
) -> None:
    contig = random_letters(60, seed) + unit * copies + random_letters(90, seed + 1)
    anchor = 50 + offset
    if insertion:
        reads = [inserted(contig, 20, anchor, insertion) for _ in range(3)]
        expected = brute_force_left(contig, anchor, contig[anchor], contig[anchor] + insertion)
    else:
        reads = [deleted(contig, 20, anchor, size) for _ in range(3)]
        expected = brute_force_left(contig, anchor, contig[anchor : anchor + 1 + size], contig[anchor])
    (site,) = found(reads, contig)
    assert (site.position, site.ref, site.alts[0]) == expected


def test_the_same_from_a_file(tmp_path: Path, contig: str) -> None:
    base = another(contig[300])
    reads = [substituted(contig, 260 + n, 300, base) for n in range(6)]
    bam = write_bam(tmp_path / "r.bam", reads, {"chr1": contig})
    with (
        open_reference(write_fasta(tmp_path / "r.fa", {"chr1": contig})) as reference,
        open_reads(bam, reference) as source,
    ):
        decoded = source.decode(Region("chr1", 250, 400), margin=30)
        window = reference.window("chr1", decoded.start, decoded.end)
        sites = find_candidates(decoded, window, 250, 400, CandidateSettings())
    assert sites == [Candidate("chr1", 300, contig[300], (base,), 6, (0, 6))]
