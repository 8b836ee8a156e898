"""How fast reads become pileups: CPU seconds on real reads at 53x, beside straight pysam and numpy.

    python benchmarks/pileups.py [--data ../shared/data/variants] [--repeats 5]

One row a step: its rate, the bar it must reach, the figure of a straight pysam + numpy encoder on the same reads (taken
on another, slower two-core machine) and a raw limit, measured here: reading the fields of every alignment with pysam
for the decoding, filling the memory of the images for the drawing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam

from sciml.variants.candidates import aligned_left, candidates_of
from sciml.variants.examples import MARGIN_BP, TILE_BP, pileups, questions_of, tile_reads
from sciml.variants.pileup import draw_all
from sciml.variants.reads import ReadSource, open_reads
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region, blocks
from sciml.variants.settings import PileupSettings, PrepareSettings
from sciml.variants.support import support

REGION = Region("chr20", 9_999_911, 10_049_345)
BUSY = 10_005_000  # a position of the tile with most candidates
SMALL = PrepareSettings()
WIDE = PrepareSettings(pileup=PileupSettings(rows=100, columns=221))


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of decoding, drawing and both, in CPU seconds.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/variants"))
    parser.add_argument("--repeats", type=int, default=5, help="the fastest of so many counts")
    given = parser.parse_args()
    bam = given.data / "NA12878_S1.chr20.10_10p1mb.first_half.bam"
    print(f"{'step':42s}{'per CPU-s':>12s}{'bar':>10s}{'straight':>10s}{'raw limit':>12s}")
    with (
        open_reference(given.data / "ucsc.hg19.chr20.unittest.fasta.gz") as reference,
        open_reads(bam, reference) as source,
    ):
        reads = fastest(lambda: decoded(source), given.repeats)
        report("reads decoded", *reads, "100,000", "25,000", fastest(lambda: fields(bam), given.repeats)[1])
        for settings, bar, straight in ((SMALL, "15,000", "3,900"), (WIDE, "", "")):
            draw, fill = drawing(source, reference, settings)
            limit = fastest(fill, given.repeats)[1]
            report(f"images drawn, {size(settings)}", *fastest(draw, given.repeats), bar, straight, limit)
        for settings in (SMALL, WIDE):
            windows = fastest(lambda chosen=settings: all_in(source, reference, chosen), given.repeats)  # type: ignore[misc]
            report(f"windows, all in, {size(settings)}", *windows, "400", "140", None)


def report(step: str, count: int, rate: float, bar: str, straight: str, limit: float | None) -> None:
    raw = "" if limit is None else f"{limit:,.0f}"
    print(f"{f'{step} (n = {count:,})':42s}{rate:12,.0f}{bar:>10s}{straight:>10s}{raw:>12s}")


def fastest(work: Callable[[], int], repeats: int) -> tuple[int, float]:
    """How many things the work did, and how many a CPU-second; a first run compiles and is not counted."""
    count, best = work(), float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count, count / best


def size(settings: PrepareSettings) -> str:
    return f"{settings.pileup.rows} x {settings.pileup.columns}"


def decoded(source: ReadSource) -> int:
    return sum(len(source.decode(tile, margin=MARGIN_BP)) for tile in blocks(REGION, TILE_BP))


def fields(bam: Path) -> int:
    """Nothing but the fields that decoding needs, of every read."""
    with pysam.AlignmentFile(str(bam)) as file:
        rows = [
            (r.query_name, r.query_sequence, r.query_qualities_str, r.cigarstring, r.reference_start, r.template_length)
            for r in file.fetch(*REGION)
        ]
    return len(rows)


def drawing(
    source: ReadSource, reference: Reference, settings: PrepareSettings
) -> tuple[Callable[[], int], Callable[[], int]]:
    """Draw 1,000 images of decoded reads; fill as much memory."""
    reads, window, tile = tile_reads(source, reference, "chr20", BUSY, settings)
    indels = aligned_left(reads, window, settings.candidates)
    sites = candidates_of(reads, indels, window, tile.start, tile.end, settings.candidates)
    shown = support(reads, indels, sites, settings.candidates.min_base_quality)
    questions = [(site, asked) for site, one in enumerate(sites) for asked in questions_of(one)]
    questions = (questions * (1_000 // len(questions) + 1))[:1_000]
    shape = draw_all(reads, window, sites, shown, questions, settings).shape
    return (
        lambda: len(draw_all(reads, window, sites, shown, questions, settings)),
        lambda: len(np.full(shape, 254, np.uint8)),
    )


def all_in(source: ReadSource, reference: Reference, settings: PrepareSettings) -> int:
    return sum(len(piece.images) for piece in pileups(source, reference, REGION, settings))


if __name__ == "__main__":
    main()
