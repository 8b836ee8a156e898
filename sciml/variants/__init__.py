"""Which small variants does this genome carry? A pileup-image caller in the spirit of DeepVariant.

    from sciml.variants import call, write_vcf

    calls = call("reads.bam", reference="ref.fa", regions=["chr20:10000000-10049000"])
    write_vcf(calls, "calls.vcf.gz")

The way of one read, file by file: `regions` (where to look), `reference` and `reads` (open, check, decode),
`candidates` (what differs often enough), `pileup` (the image), `examples` (both, tile by tile), `network` (the
layers), `caller` (network over images), `genotypes` (images to a genotype), `calls` (genotype to a record), `vcf`.
Around them the rooms that every science has: `settings`, `ingest`, `simulate`, `prepare`, `model`, `predict`,
`baseline`, `evaluate`. Method: Poplin et al. 2018, Nature Biotechnology 36, 983.
"""

from typing import TYPE_CHECKING

from sciml.core.lazy import lazily

if TYPE_CHECKING:
    from sciml.variants.caller import copy_probabilities, load_caller
    from sciml.variants.calls import as_frame, call_record
    from sciml.variants.candidates import find_candidates
    from sciml.variants.examples import Candidate, Pileups, pileups, questions_of, tile_reads
    from sciml.variants.genotypes import genotype
    from sciml.variants.pileup import draw
    from sciml.variants.predict import call
    from sciml.variants.reads import open_reads
    from sciml.variants.reference import open_reference
    from sciml.variants.vcf import read_vcf, write_vcf

_HOMES = {
    "call": "predict",
    "open_reads": "reads",
    "open_reference": "reference",
    "tile_reads": "examples",
    "find_candidates": "candidates",
    "questions_of": "examples",
    "draw": "pileup",
    "pileups": "examples",
    "Pileups": "examples",
    "Candidate": "examples",
    "load_caller": "caller",
    "copy_probabilities": "caller",
    "genotype": "genotypes",
    "call_record": "calls",
    "as_frame": "calls",
    "read_vcf": "vcf",
    "write_vcf": "vcf",
}

__all__ = [
    "Candidate",
    "Pileups",
    "as_frame",
    "call",
    "call_record",
    "copy_probabilities",
    "draw",
    "find_candidates",
    "genotype",
    "load_caller",
    "open_reads",
    "open_reference",
    "pileups",
    "questions_of",
    "read_vcf",
    "tile_reads",
    "write_vcf",
]


__getattr__, __dir__ = lazily(__name__, _HOMES)
