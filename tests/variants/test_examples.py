"""From files to pileups: what a user of `pileups` may rely on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_files import Read, random_letters, write_bam, write_fasta

from sciml.core.errors import BadInput
from sciml.variants import examples
from sciml.variants.examples import CHANNELS, TILE_BP, Pileups, pileups, questions_of
from sciml.variants.reads import ReadSource, open_reads
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import PrepareSettings, ReadSettings

LENGTH = 25_000
LETTERS = {"chr1": random_letters(LENGTH, 11)}


def another(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def planted_reads() -> list[Read]:
    """Reads at 20x with a substitution every 700 bases and at the tiles' borders, on every second read."""
    contig = LETTERS["chr1"]
    changed = list(contig)
    for position in [*range(350, LENGTH, 700), TILE_BP - 1, TILE_BP, 2 * TILE_BP]:
        changed[position] = another(contig[position])
    sequence = "".join(changed)
    starts = np.random.default_rng(2).integers(0, LENGTH - 100, 20 * LENGTH // 100)
    return [
        Read(int(start), "100M", (sequence, contig)[n % 2][start : start + 100], name=f"r{n}", flag=16 * (n % 3 == 0))
        for n, start in enumerate(starts)
    ]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReadSource, Reference]]:
    folder = tmp_path_factory.mktemp("planted")
    fasta = write_fasta(folder / "r.fa", LETTERS)
    bam = write_bam(folder / "r.bam", planted_reads(), LETTERS)
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        yield source, reference


def joined(tiles: list[Pileups]) -> tuple[list[object], np.ndarray]:
    return [one for tile in tiles for one in tile.candidates], np.concatenate([tile.images for tile in tiles])


def test_a_heterozygous_site_gives_one_image_in_which_its_reads_support_it(tmp_path: Path, contig: str) -> None:
    fasta = write_fasta(tmp_path / "r.fa", {"chr1": contig})
    other = another(contig[500])
    plain = [Read(460 + n, "100M") for n in range(6)]
    variant = [Read(460 + n, "100M", contig[460 + n : 500] + other + contig[501 : 560 + n], flag=16) for n in range(4)]
    bam = write_bam(tmp_path / "r.bam", plain + variant, {"chr1": contig})
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        (tile,) = pileups(source, reference, Region("chr1", 0, 1_200), PrepareSettings())
    (site,) = tile.candidates
    assert (site.position, site.ref, site.alts, site.depth, site.counts) == (500, contig[500], (other,), 10, (6, 4))
    assert tile.images.shape == (1, 7, 64, 101)
    assert (tile.sets, tile.sites.tolist()) == ([(0,)], [0])
    supports = tile.images[0, CHANNELS.index("supports_alternate"), :, 50]
    assert (supports == 254).sum() == 4
    strand = tile.images[0, CHANNELS.index("strand"), :, 50]
    assert np.array_equal(strand == 240, supports == 254)


def test_every_planted_site_is_found_once_and_in_order(opened: tuple[ReadSource, Reference]) -> None:
    sites, images = joined(list(pileups(*opened, Region("chr1", 0, LENGTH), PrepareSettings())))
    planted = sorted([*range(350, LENGTH, 700), TILE_BP - 1, TILE_BP, 2 * TILE_BP])
    assert [site.position for site in sites] == planted
    assert len(images) == len(planted)


@pytest.mark.parametrize("size", [333, 5_000, 10_000, 17_000])
def test_nothing_depends_on_how_a_region_is_cut(opened: tuple[ReadSource, Reference], size: int) -> None:
    settings = PrepareSettings(reads=ReadSettings(max_reads_per_kb=60))  # a limit that bites at 200 a kilobase
    whole_sites, whole = joined(list(pileups(*opened, Region("chr1", 0, LENGTH), settings)))
    pieces = [Region("chr1", start, min(start + size, LENGTH)) for start in range(0, LENGTH, size)]
    cut_sites, cut = joined([tile for piece in pieces for tile in pileups(*opened, piece, settings)])
    assert whole_sites == cut_sites
    assert np.array_equal(whole, cut)
    assert max(site.depth for site in whole_sites) < 15


def test_a_tile_without_reads_gives_pileups_without_candidates(opened: tuple[ReadSource, Reference]) -> None:
    (tile,) = pileups(*opened, Region("chr1", LENGTH - 20, LENGTH), PrepareSettings())
    assert tile.candidates == []
    assert tile.images.shape == (0, 7, 64, 101)


def test_an_empty_region_gives_nothing(opened: tuple[ReadSource, Reference]) -> None:
    assert list(pileups(*opened, Region("chr1", 500, 500), PrepareSettings())) == []


def test_a_region_beyond_the_contig_is_an_error(opened: tuple[ReadSource, Reference]) -> None:
    with pytest.raises(BadInput, match="not inside 1-25000"):
        list(pileups(*opened, Region("chr1", LENGTH - 5, LENGTH + 1), PrepareSettings()))


def test_a_contig_that_is_not_there_is_named(opened: tuple[ReadSource, Reference]) -> None:
    with pytest.raises(BadInput, match="'chr9'"):
        list(pileups(*opened, Region("chr9", 0, 500), PrepareSettings()))


def test_a_messy_tile_comes_in_several_pieces(
    opened: tuple[ReadSource, Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    region = Region("chr1", 0, TILE_BP)
    (whole,) = pileups(*opened, region, PrepareSettings())
    monkeypatch.setattr(examples, "_MOST_IMAGES", 4)
    pieces = list(pileups(*opened, region, PrepareSettings()))
    assert max(len(piece.images) for piece in pieces) == 4
    assert joined(pieces)[0] == whole.candidates
    assert np.array_equal(joined(pieces)[1], whole.images)


def test_three_alternates_are_asked_about_one_by_one_and_in_pairs(tmp_path: Path, contig: str) -> None:
    bases = [base for base in "ACGT" if base != contig[500]]
    reads = [
        Read(460, "100M", contig[460:500] + base + contig[501:560])
        for base, count in zip(bases, (5, 4, 3), strict=True)
        for _ in range(count)
    ]
    bam = write_bam(tmp_path / "r.bam", reads, {"chr1": contig})
    fasta = write_fasta(tmp_path / "r.fa", {"chr1": contig})
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        (tile,) = pileups(source, reference, Region("chr1", 0, 1_200), PrepareSettings())
    (site,) = tile.candidates
    assert site.counts == (0, 5, 4, 3)
    assert tile.sets == questions_of(site) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    supports = (tile.images[:, CHANNELS.index("supports_alternate"), :, 50] == 254).sum(axis=1)
    assert supports.tolist() == [5, 4, 3, 9, 8, 7]
    others = [index for index, channel in enumerate(CHANNELS) if channel != "supports_alternate"]
    assert (tile.images[:, others] == tile.images[:1, others]).all()


def test_an_indel_aligned_beyond_the_tile_belongs_to_the_tile_of_its_left_end(tmp_path: Path) -> None:
    left = random_letters(TILE_BP - 20, 5) + "C"
    contig = left + "A" * 50 + "G" + random_letters(900, 6)
    anchor = TILE_BP + 25
    reads = [Read(TILE_BP - 60, f"{85 + 1}M3D60M") for _ in range(6)]
    assert reads[0].start + 86 - 1 == anchor
    bam = write_bam(tmp_path / "r.bam", reads, {"chr1": contig})
    fasta = write_fasta(tmp_path / "r.fa", {"chr1": contig})
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        first, second = pileups(source, reference, Region("chr1", 0, len(contig)), PrepareSettings())
    assert [(site.position, site.ref, site.counts) for site in first.candidates] == [(TILE_BP - 20, "CAAA", (0, 6))]
    assert second.candidates == []
