"""The image of a candidate equals a plain walk through its reads, written without a thought for speed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_files import random_letters

from sciml.variants.candidates import MAX_SHIFT_BP, Candidate, find_candidates
from sciml.variants.decode import RawRead, decode, read_hashes
from sciml.variants.examples import questions_of
from sciml.variants.pileup import CHANNELS, draw, site_key
from sciml.variants.reference import Window, encoded
from sciml.variants.settings import CandidateSettings, PileupSettings, PrepareSettings, ReadSettings

BASE = {"A": 250, "C": 30, "G": 180, "T": 100}
SMALL = PrepareSettings(pileup=PileupSettings(rows=20, columns=41, reference_rows=3), reads=ReadSettings(seed=7))


def window_of(contig: str) -> Window:
    return Window("c", 0, contig, encoded(contig))


def plain_image(
    reads: list[RawRead], contig: str, site: Candidate, asked: tuple[int, ...], setup: PrepareSettings
) -> np.ndarray:
    size, least = setup.pileup, setup.candidates.min_base_quality
    left = site.position - size.columns // 2
    image = np.zeros((7, size.rows, size.columns), np.uint8)
    for column in range(size.columns):
        letter = contig[left + column] if 0 <= left + column < len(contig) else "N"
        image[:, : size.reference_rows, column] = np.array([[BASE.get(letter, 0), 254, 254, 70, 152, 50, 254]]).T
    hashes = hashes_of(reads, setup.reads.seed)
    ordered = sorted(range(len(reads)), key=lambda read: (reads[read].start, hashes[read]))
    rows = []
    for read in ordered:
        walked = walk(reads[read])
        shown = allele_of(walked, contig, site, least)
        if shown not in (None, "poor"):
            rows.append((read, walked, shown))
    most = size.rows - size.reference_rows
    if len(rows) > most:
        key = mix(int(site_key(setup.reads.seed, "c")) ^ site.position)
        keys = {read: mix(hashes[read] ^ key) for read, _, _ in rows}
        best = sorted(keys.values())[:most]
        rows = [row for row in rows if keys[row[0]] in best]
    alternates = {site.alts[index] for index in asked}
    for row, (read, (bases, indels), shown) in enumerate(rows, start=size.reference_rows):
        for position, (letter, quality) in bases.items():
            column = position - left
            if not 0 <= column < size.columns or letter in "- ":
                continue
            mark = next((indel for indel in indels if indel[0] == position), None)
            if mark is not None:
                quality = mark[3]
            image[:, row, column] = (
                0 if mark else BASE.get(letter, 0),
                254 * min(quality, 40) // 40,
                254 * min(reads[read].mapping_quality, 60) // 60,
                240 if reads[read].flag & 16 else 70,
                254 if shown in alternates else 152,
                254 if mark or letter != contig[position] else 50,
                254 * min(abs(reads[read].template_length), 1_000) // 1_000,
            )
    return image


def walk(read: RawRead) -> tuple[dict[int, tuple[str, int]], list[tuple[int, int, str, int, list[int]]]]:
    """Letter and quality at every position, and indels: anchor, deleted, inserted, quality shown, all qualities."""
    qualities = [ord(letter) - 33 for letter in read.qualities] if read.qualities else [30] * len(read.sequence)
    bases: dict[int, tuple[str, int]] = {}
    indels = []
    position, query = read.start, 0
    for block in re.findall(r"(?:\d+M)|(?:\d+[ID])+|(?:\d+[NS])", read.cigar):
        if block[-1] == "M":
            for step in range(int(block[:-1])):
                bases[position + step] = (read.sequence[query + step], qualities[query + step])
            position, query = position + int(block[:-1]), query + int(block[:-1])
        elif block[-1] == "S":
            query += int(block[:-1])
        elif block[-1] == "N":
            bases |= {position + step: (" ", 0) for step in range(int(block[:-1]))}
            position += int(block[:-1])
        else:
            gone = sum(int(size) for size in re.findall(r"(\d+)D", block))
            more = sum(int(size) for size in re.findall(r"(\d+)I", block))
            paired = min(gone, more)
            bases |= {position + step: ("-", 0) for step in range(gone)}
            for step in range(paired):
                bases[position + step] = (read.sequence[query + step], qualities[query + step])
            if gone != more:
                letters = read.sequence[query + paired : query + more]
                poor = qualities[query + paired : query + more]
                before = qualities[query + paired - 1]
                indels.append(
                    (position + paired - 1, gone - paired, letters, poor[0] if poor else before, [before, *poor])
                )
            position, query = position + gone, query + more
    return bases, indels


def allele_of(walked: tuple, contig: str, site: Candidate, least: int) -> str | None:
    """What a read shows at a site: an allele's letters, "other", "poor" (not drawn), or None (not there)."""
    bases, indels = walked
    shown = []
    for anchor, gone, letters, _, qualities in indels:
        place = anchor
        while place > 0 and anchor - place < MAX_SHIFT_BP:
            last = letters[-1] if letters else contig[place + gone]
            if contig[place] != last:
                break
            letters, place = contig[place] + letters[:-1] if letters else "", place - 1
        if place == site.position:
            usable = qualities[0] >= least and (
                len(qualities) == 1 or sum(qualities[1:]) // (len(qualities) - 1) >= least
            )
            fits = gone < len(site.ref)
            shown.append(site.ref[0] + letters + site.ref[1 + gone :] if usable and fits else "other")
    shown = [allele if allele in site.alts else "other" for allele in shown]
    alternates = sorted((allele for allele in shown if allele != "other"), key=site.alts.index)
    letter, quality = bases.get(site.position, (None, 0))
    if letter == " ":
        return None
    if alternates:
        return alternates[0]
    if letter is not None and letter != "-" and quality < least:
        return "poor"
    if shown or (letter is not None and letter in "-N"):
        return "other"
    if letter is None:
        over = set(bases) & set(range(site.position, site.position + len(site.ref)))
        return "other" if over else None
    return letter + site.ref[1:]


def hashes_of(reads: list[RawRead], seed: int) -> list[int]:
    starts, flags = np.array([read.start for read in reads]), np.array([read.flag for read in reads])
    return [int(value) for value in read_hashes([read.name for read in reads], starts, flags, seed)]


def mix(value: int) -> int:
    whole = (1 << 64) - 1
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & whole
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & whole
    return value ^ (value >> 31)


def random_reads(contig: str, rng: np.random.Generator, count: int) -> list[RawRead]:
    """Reads over the middle, with a planted substitution and indel, errors, and every kind of CIGAR operation."""
    middle = len(contig) // 2
    reads = []
    for number in range(count):
        start = int(rng.integers(middle - 50, middle + 5))
        pieces, letters, position = [], "", start
        if rng.random() < 0.2:
            pieces.append("4S")
            letters += "ACGT"
        while position < start + 50:
            size = int(rng.integers(3, 30))
            pieces.append(f"{size}M")
            aligned = list(contig[position : position + size])
            if position <= middle < position + size and rng.random() < 0.4:
                aligned[middle - position] = "T"
            for _ in range(int(rng.integers(0, 2))):
                aligned[int(rng.integers(size))] = "ACGTN"[int(rng.integers(5))]
            letters, position = letters + "".join(aligned), position + size
            for kind in rng.choice(["", "I", "D", "DI", "ID", "N"], p=[0.4, 0.2, 0.2, 0.05, 0.05, 0.1]):
                length = int(rng.integers(1, 4))
                pieces.append(f"{length}{kind}")
                letters += contig[position : position + length] if kind == "I" else ""
                position += 0 if kind == "I" else length
        pieces.append("9M")
        letters += contig[position : position + 9]
        qualities = "".join(
            chr(33 + q) for q in rng.choice([2, 9, 10, 25, 41], len(letters), p=[0.05, 0.05, 0.2, 0.4, 0.3])
        )
        reads.append(
            RawRead(f"r{number}", letters, qualities if rng.random() < 0.9 else None, "".join(pieces), start,
                    int(rng.choice([0, 16, 99, 147])), int(rng.integers(5, 70)), int(rng.integers(-1_500, 1_500)))
        )  # fmt: skip
    return reads


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    depth=st.sampled_from([1, 8, 30]),
    repeat=st.sampled_from(["", "AAAAAAA", "ACACACAC"]),
)
def test_the_compiled_image_equals_the_plain_one(seed: int, depth: int, repeat: str) -> None:
    rng = np.random.default_rng(seed)
    letters = random_letters(260, seed % 1_000)
    contig = letters[:120] + repeat + letters[120:]
    reads = random_reads(contig, rng, depth)
    decoded, window = decode("c", 0, len(contig), reads, SMALL.reads.seed), window_of(contig)
    sites = find_candidates(decoded, window, 0, len(contig), CandidateSettings(min_snp_reads=1, min_indel_reads=1))
    for site in sites[:12]:
        for asked in questions_of(site):
            drawn = draw(decoded, window, site, asked, SMALL)
            assert np.array_equal(drawn, plain_image(reads, contig, site, asked, SMALL)), (site, asked)


def one_read_image(
    cigar: str,
    letters: str,
    contig: str,
    site: Candidate,
    quality: list[int] | int = 40,
    flag: int = 0,
    mapping_quality: int = 60,
) -> dict[str, np.ndarray]:
    """The first read row of the image, by channel; the read starts at 100, its fragment has 400 bases."""
    phred = quality if isinstance(quality, list) else [quality] * len(letters)
    qualities = "".join(chr(33 + value) for value in phred)
    read = RawRead("r", letters, qualities, cigar, 100, flag, mapping_quality, 400)
    image = draw(decode("c", 0, len(contig), [read], 7), window_of(contig), site, (0,), SMALL)
    return dict(zip(CHANNELS, image[:, SMALL.pileup.reference_rows], strict=True))


def test_the_values_are_those_that_deepvariant_publishes() -> None:
    contig = "ACGT" * 60
    letters = contig[100:120] + "T" + contig[121:140]
    site = Candidate("c", 120, "A", ("T",), 1, (0, 1))
    row = one_read_image("40M", letters, contig, site, quality=[20] * 40, flag=16, mapping_quality=30)
    assert row["base"][16:24].tolist() == [250, 30, 180, 100, 100, 30, 180, 100]  # ACGT, then T for A
    assert set(row["base_quality"][:40]) == {127}  # 254 * 20 / 40
    assert set(row["mapping_quality"][:40]) == {127}  # 254 * 30 / 60
    assert set(row["strand"][:40]) == {240}
    assert set(row["supports_alternate"][:40]) == {254}
    assert row["differs_from_reference"][18:23].tolist() == [50, 50, 254, 50, 50]
    assert set(row["insert_size"][:40]) == {101}  # 254 * 400 / 1000, rounded down
    assert all(channel[40] == 0 for channel in row.values())


@pytest.mark.parametrize(("quality", "shown"), [(40, 254), (41, 254), (93, 254)])
def test_qualities_are_capped(quality: int, shown: int) -> None:
    contig = "ACGT" * 60
    row = one_read_image("40M", contig[100:140], contig, Candidate("c", 120, "A", ("T",), 1, (1, 0)), quality=quality)
    assert row["base_quality"][20] == shown
    assert row["supports_alternate"][20] == 152


def test_a_deletion_is_empty_behind_a_marked_anchor() -> None:
    contig = random_letters(240, 4)
    site = Candidate("c", 120, contig[120:124], (contig[120],), 1, (0, 1))
    row = one_read_image("21M3D20M", contig[100:121] + contig[124:144], contig, site)
    if contig[120] != contig[123]:  # else the deletion stands further left
        assert row["supports_alternate"][20] == 254
    assert (row["base"][20], row["differs_from_reference"][20]) == (0, 254)
    assert all(set(channel[21:24]) == {0} for channel in row.values())


def test_an_insertion_is_marked_at_its_anchor_with_the_quality_of_its_first_base() -> None:
    contig = "ACGT" * 60
    site = Candidate("c", 120, "A", ("AGG",), 1, (0, 1))
    quality = [40] * 21 + [10, 30] + [40] * 20
    row = one_read_image("21M2I20M", contig[100:121] + "GG" + contig[121:141], contig, site, quality=quality)
    assert (row["base"][20], row["differs_from_reference"][20], row["base_quality"][20]) == (0, 254, 63)  # 254 / 4
    assert (row["base"][21], row["differs_from_reference"][21], row["base_quality"][21]) == (30, 50, 254)
    assert row["supports_alternate"][20] == 254


def test_a_read_whose_base_at_the_site_is_poor_is_not_drawn() -> None:
    contig = "ACGT" * 60
    site = Candidate("c", 120, "A", ("T",), 1, (1, 0))
    row = one_read_image("40M", contig[100:140], contig, site, quality=[40] * 20 + [9] + [40] * 19)
    assert all(not channel.any() for channel in row.values())


@pytest.mark.parametrize("position", [0, 3, 236, 239])
def test_an_image_at_the_end_of_a_contig_is_padded(position: int) -> None:
    contig = random_letters(240, 4)
    other = "A" if contig[position] != "A" else "C"
    start = max(0, min(position - 10, 200))
    letters = contig[start:position] + other + contig[position + 1 : start + 40]
    reads = [RawRead(f"r{n}", letters, None, "40M", start, 0, 60, 0) for n in range(3)]
    site = Candidate("c", position, contig[position], (other,), 3, (0, 3))
    image = draw(decode("c", 0, 240, reads, 7), window_of(contig), site, (0,), SMALL)
    assert np.array_equal(image, plain_image(reads, contig, site, (0,), SMALL))
    outside = [column for column in range(41) if not 0 <= position - 20 + column < 240]
    assert outside
    assert not image[0, :, outside].any()


def test_more_reads_than_rows_are_sampled_by_position_and_not_by_order() -> None:
    contig = random_letters(300, 4)
    reads = [RawRead(f"r{n}", contig[100:160], None, "60M", 100, 0, 5 + n, 0) for n in range(50)]

    def drawn(order: list[RawRead], position: int, seed: int = 7) -> list[int]:
        """Mapping qualities, which tell the reads apart, of the 17 rows over the site."""
        site = Candidate("c", position, contig[position], ("N",), 50, (50, 0))
        setup = SMALL.model_copy(update={"reads": ReadSettings(seed=seed)})
        image = draw(decode("c", 0, 300, order, 7), window_of(contig), site, (0,), setup)
        return image[CHANNELS.index("mapping_quality"), 3:, 20].tolist()

    assert len(set(drawn(reads, 130))) == 17
    assert drawn(reads, 130) == drawn(reads[::-1], 130)
    assert drawn(reads, 130) != drawn(reads, 131)
    assert drawn(reads, 130) != drawn(reads, 130, seed=8)


def test_an_image_of_two_alternates_is_supported_by_the_reads_of_both() -> None:
    contig = random_letters(300, 4)
    first, second = [base for base in "ACGT" if base != contig[130]][:2]
    reads = [
        RawRead(f"r{n}", contig[100:130] + base + contig[131:160], None, "60M", 100, 0, 60, 0)
        for n, base in enumerate([first] * 4 + [second] * 3 + [contig[130]] * 2)
    ]
    decoded, window = decode("c", 0, 300, reads, 7), window_of(contig)
    (site,) = find_candidates(decoded, window, 0, 300, CandidateSettings())
    assert site.counts == (2, 4, 3)
    supporting = {
        asked: int((draw(decoded, window, site, asked, SMALL)[4, 3:, 20] == 254).sum()) for asked in questions_of(site)
    }
    assert supporting == {(0,): 4, (1,): 3, (0, 1): 7}
