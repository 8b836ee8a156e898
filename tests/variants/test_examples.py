"""From files to pileups: what a user of `pileups` may rely on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tiny_files import Read, write_bam, write_fasta

from sciml.variants.examples import CHANNELS, pileups
from sciml.variants.reads import open_reads
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import PrepareSettings


def test_a_heterozygous_site_gives_one_image_in_which_its_reads_support_it(tmp_path: Path, contig: str) -> None:
    fasta = write_fasta(tmp_path / "r.fa", {"chr1": contig})
    other = "A" if contig[500] != "A" else "C"
    plain = [Read(460 + n, "100M") for n in range(6)]
    variant = [Read(460 + n, "100M", contig[460 + n : 500] + other + contig[501 : 560 + n], flag=16) for n in range(4)]
    bam = write_bam(tmp_path / "r.bam", plain + variant, {"chr1": contig})
    with open_reference(fasta) as reference, open_reads(bam, reference) as source:
        (tile,) = pileups(source, reference, Region("chr1", 0, 1_200), PrepareSettings())
    (site,) = tile.candidates
    assert (site.position, site.ref, site.alts, site.depth, site.counts) == (500, contig[500], (other,), 10, (6, 4))
    assert tile.images.shape == (1, 7, 64, 101)
    assert tile.sets == [(0,)]
    supports = tile.images[0, CHANNELS.index("supports_alternate"), :, 50]
    assert (supports == 254).sum() == 4
    strand = tile.images[0, CHANNELS.index("strand"), :, 50]
    assert np.array_equal(strand == 240, supports == 254)
