"""Invented people whose variants are known, sequenced and mapped: FASTA, BAM, truth VCF and confident BED.

Every sample has random streams of its own, keyed by its name: adding one changes no other, and another depth or
sequencer leaves its variants as they were. A region is sequenced with a margin on both sides, so that its depth is
even up to its ends; the truth lists the margins' variants too, the confident BED keeps to the region.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam

from sciml.core.errors import SettingsError
from sciml.core.streams import stream
from sciml.core.whole import whole_folder
from sciml.variants.alleles import Variant, haplotypes
from sciml.variants.genome import diverge, generate, random_bases, upper, write_fasta
from sciml.variants.instruments import instrument
from sciml.variants.mapping import BwaIndex, build_index, map_reads
from sciml.variants.planting import plant
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region, merge, parse_region
from sciml.variants.sequencer import Template, coverage_along, library
from sciml.variants.settings import Settings, SimulatedSample, SimulateSettings
from sciml.variants.tandem import find_tracts

COLUMNS = ("name", "reads", "reference", "regions", "truth", "confident", "role", "licence")
MARGIN_BP = 1_000  # sequenced beyond a region
INDEX_MARGIN_BP = 2_000  # beyond a region, known to the mapper
INDEX_WHOLE_BP = 5_000_000  # a reference up to this length is indexed whole: its repeats lower mapping quality
OUTER_BP = 500  # at the ends of a contig, where the depth falls off
NEAR_UNKNOWN_BP = 150  # on both sides of N, likewise
UNCLEAR_REPEAT_BP = 80  # a tandem repeat so long that few reads span it has no truth worth scoring
LONGEST_CONFIDENT_COPY_BP = 800  # hidden copies up to this length stay confident, as hard negatives
COPY_FLANK_BP = 400
N = ord("N")


class Copy(NamedTuple):
    """A copy, diverged since, of [start, end) of a piece that the reference lacks: its reads map onto the original."""

    start: int
    end: int
    letters: np.ndarray
    dose: float


def simulate(settings: Settings, seed: int, out: Path, threads: int) -> None:
    """Write the samples of `settings.simulate` into the folder `out`, which appears whole or not at all."""
    wanted = settings.simulate
    if wanted is None:
        raise SettingsError("variants.simulate", "is switched off", "give it settings, or name real inputs")
    _check_names(wanted)
    with whole_folder(out) as folder:
        path = folder / "reference.fa"
        if wanted.reference is None:
            write_fasta(generate(wanted.genome_bp, stream(seed, "genome")), path)
        else:
            path = Path(wanted.reference)
        with open_reference(path, folder / "index") as reference:
            indices: dict[tuple[Region, ...], BwaIndex] = {}
            for sample in wanted.samples:
                regions = _regions(sample, reference)
                index = _index_for(regions, reference, indices, folder / "index")
                _make_sample(sample, regions, reference, wanted, seed, index, folder, threads)
        shutil.rmtree(folder / "index")
        _write_sheet(wanted, folder / "samples.tsv")


def _check_names(wanted: SimulateSettings) -> None:
    names = [sample.name for sample in wanted.samples]
    if not names:
        raise SettingsError("variants.simulate.samples", "is empty", "name at least one sample, or set simulate: null")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError("variants.simulate.samples", f"{twice[0]!r} is there twice", "give each a name of its own")


def _regions(sample: SimulatedSample, reference: Reference) -> list[Region]:
    if not sample.regions:
        return [Region(name, 0, length) for name, length in reference.contigs.items()]
    order = list(reference.contigs)
    regions = merge(parse_region(text, reference.contigs) for text in sample.regions)
    return sorted(regions, key=lambda region: (order.index(region.contig), region.start))


def _widened(regions: Sequence[Region], by: int, contigs: Mapping[str, int]) -> list[Region]:
    wide = [Region(c, max(0, start - by), min(contigs[c], end + by)) for c, start, end in regions]
    joined: list[Region] = []
    for region in wide:  # in the order of the reference, which merge() does not keep
        if joined and joined[-1].contig == region.contig and region.start <= joined[-1].end:
            joined[-1] = joined[-1]._replace(end=region.end)
        else:
            joined.append(region)
    return joined


def _index_for(
    regions: Sequence[Region], reference: Reference, made: dict[tuple[Region, ...], BwaIndex], folder: Path
) -> BwaIndex:
    """The whole reference for the mapper where it is small, else the regions and a little more."""
    contigs = reference.contigs
    known = [Region(name, 0, length) for name, length in contigs.items()]
    if sum(contigs.values()) > INDEX_WHOLE_BP:
        known = _widened(regions, INDEX_MARGIN_BP, contigs)
    if tuple(known) not in made:
        letters = [_letters(reference, region) for region in known]
        made[tuple(known)] = build_index(letters, known, contigs, folder / str(len(made)))
    return made[tuple(known)]


def _letters(reference: Reference, region: Region) -> np.ndarray:
    return upper(np.frombuffer(reference.fetch(*region).encode(), np.uint8))


def _make_sample(
    sample: SimulatedSample,
    regions: Sequence[Region],
    reference: Reference,
    wanted: SimulateSettings,
    seed: int,
    index: BwaIndex,
    folder: Path,
    threads: int,
) -> None:
    """Plant, sequence and map one person."""
    variants, copies, hidden, reads = (stream(seed, sample.name, word) for word in ("variants", "copies", "h", "reads"))
    truth: list[tuple[Region, list[Variant]]] = []
    unclear: list[Region] = []
    templates: list[Template] = []
    for piece in _widened(regions, MARGIN_BP, reference.contigs):
        letters = _letters(reference, piece)
        planted = plant(letters, wanted, variants)
        both = haplotypes(letters, planted)
        coverage = coverage_along(letters, reads)
        templates += [Template(haplotype, 0, len(haplotype), 0.5, coverage) for haplotype in both]
        extra = _hidden_copies(both[0], wanted.hidden_copies_per_mb, copies)
        templates += [_copy_template(copy, hidden) for copy in extra]
        truth.append((piece, planted))
        unclear += _unclear(piece, letters, extra)
    _write_truth(truth, sample.name, reference.contigs, folder / f"{sample.name}.truth.vcf")
    _write_bed(_confident(regions, reference.contigs, unclear), folder / f"{sample.name}.confident.bed")
    machine = instrument(sample.sequencer)
    fragments = library(templates, sample.depth, wanted, machine, reads)
    map_reads(fragments, index, sample.name, folder / f"{sample.name}.bam", threads)


def _hidden_copies(letters: np.ndarray, per_mb: float, rng: np.random.Generator) -> list[Copy]:
    """Places of which the person has a second, diverged copy elsewhere that the reference lacks."""
    copies = []
    for start in np.sort(rng.integers(0, len(letters), rng.poisson(per_mb * len(letters) / 1e6))).tolist():
        end = start + min(6_000, 500 + int(rng.exponential(900.0)))
        share, dose = rng.uniform(0.01, 0.03), 0.5 if rng.random() < 0.7 else 1.0
        if end < len(letters) and not (letters[start:end] == N).any():
            copies.append(Copy(start, end, diverge(letters[start:end], share, rng), dose))
    return copies


def _copy_template(copy: Copy, rng: np.random.Generator) -> Template:
    """The copy between other sequence, so that reads over its borders are clipped."""
    flanks = [random_bases(COPY_FLANK_BP, 0.41, rng) for _ in range(2)]
    letters = np.concatenate([flanks[0], copy.letters, flanks[1]])
    return Template(letters, 0, len(letters), copy.dose)


def _unclear(piece: Region, letters: np.ndarray, copies: Sequence[Copy]) -> list[Region]:
    """Where the truth says little: near N, in very long tandem repeats, in long hidden copies."""
    unknown = np.diff(np.concatenate([[0], letters == N, [0]]).astype(np.int8))
    tracts = find_tracts(letters)
    long = tracts.end - tracts.start >= UNCLEAR_REPEAT_BP
    large = [copy for copy in copies if copy.end - copy.start > LONGEST_CONFIDENT_COPY_BP]
    starts = [*(np.nonzero(unknown == 1)[0] - NEAR_UNKNOWN_BP), *(tracts.start[long] - 5), *(c.start for c in large)]
    ends = [*(np.nonzero(unknown == -1)[0] + NEAR_UNKNOWN_BP), *(tracts.end[long] + 5), *(c.end for c in large)]
    return [
        Region(piece.contig, piece.start + max(0, int(start)), piece.start + min(len(letters), int(end)))
        for start, end in zip(starts, ends, strict=True)
    ]


def _confident(regions: Sequence[Region], contigs: Mapping[str, int], unclear: Sequence[Region]) -> list[Region]:
    """The regions without the ends of contigs and without what is unclear."""
    confident = []
    holes = merge(unclear)
    for contig, start, end in regions:
        at, end = max(start, OUTER_BP), min(end, contigs[contig] - OUTER_BP)
        for hole in holes:
            if hole.contig == contig and hole.end > at and hole.start < end:
                confident.append(Region(contig, at, hole.start))
                at = hole.end
        confident.append(Region(contig, at, end))
    return [region for region in confident if region.length > 0]


def _write_truth(
    truth: Sequence[tuple[Region, list[Variant]]], sample: str, contigs: Mapping[str, int], path: Path
) -> None:
    """A phased VCF, bgzipped and indexed beside `path`."""
    lines = ["##fileformat=VCFv4.2", '##FILTER=<ID=PASS,Description="All filters passed">', "##source=sciml"]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs.items()]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype, phased">']
    lines += ["\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample))]
    for piece, variants in truth:
        for position, ref, alts, genotype in variants:
            gt = "|".join(map(str, genotype))
            place = piece.start + position + 1
            lines.append(f"{piece.contig}\t{place}\t.\t{ref}\t{','.join(alts)}\t.\tPASS\t.\tGT\t{gt}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pysam.tabix_index(str(path), preset="vcf", force=True)


def _write_bed(regions: Sequence[Region], path: Path) -> None:
    path.write_text("".join(f"{contig}\t{start}\t{end}\n" for contig, start, end in regions), encoding="utf-8")


def _write_sheet(wanted: SimulateSettings, path: Path) -> None:
    """The sample sheet; paths are relative to it, but for a reference that was given."""
    given = None if wanted.reference is None else Path(wanted.reference).resolve()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        for sample in wanted.samples:
            table.writerow(
                (
                    sample.name,
                    f"{sample.name}.bam",
                    given or "reference.fa",
                    ";".join(sample.regions),
                    f"{sample.name}.truth.vcf.gz",
                    f"{sample.name}.confident.bed",
                    sample.role or "",
                    f"simulated from {given.name}" if given else "simulated, free of any terms",
                )
            )
