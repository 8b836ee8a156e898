"""How do the callers fare when the real reads are thinned? NA12878, 49 kb, from 53x to 30x, 15x and 8x.

    SCIML_DATA=../shared/data python benchmarks/thinned.py

At 53x the real reads are easy. Here each fragment is kept or dropped by a hash of its name and a seed, three seeds a
depth, the same reads for every caller. Counts are alleles found, missed and falsely called inside the confident
regions of Genome in a Bottle v3.3.2, added over the seeds; bcftools and freebayes at QUAL 20.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pandas as pd
import pysam

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.errors import Missing
from sciml.variants import call, read_vcf
from sciml.variants.baseline import METHODS
from sciml.variants.compare import compare, summary
from sciml.variants.reference import open_reference
from sciml.variants.regions import read_bed
from sciml.variants.settings import Settings
from sciml.variants.vcf import to_frame

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[2] / "shared" / "data")) / "variants"
READS = DATA / "NA12878_S1.chr20.10_10p1mb.first_half.bam"
REFERENCE = DATA / "ucsc.hg19.chr20.unittest.fasta.gz"
REGION = "chr20:10000001-10049000"
FULL_DEPTH = 53
COUNTS = {"found": "TRUTH.TP", "missed": "TRUTH.FN", "false": "QUERY.FP"}


def main() -> None:
    truth = read_vcf(DATA / "truth_v3.3.2.NA12878.chr20_10000000_10049000.vcf.gz")
    print(f"{'depth':>5} {'caller':10} {'SNP F1':>7} {'found':>6} {'missed':>6} {'false':>6} ", end="")
    print(f"{'indel F1':>9} {'found':>6} {'missed':>6} {'false':>6}")
    for depth in (30, 15, 8):
        tables: dict[str, pd.DataFrame] = {}
        for seed in (1, 2, 3):
            with tempfile.TemporaryDirectory() as folder:
                reads = thinned(depth / FULL_DEPTH, seed, Path(folder) / "thinned.bam")
                for caller, calls in answers(reads).items():
                    found = judged(truth, calls)
                    tables[caller] = found if caller not in tables else tables[caller] + found
        for caller, table in tables.items():
            cells = [f"{depth:5} {caller:10}"]
            for kind, width in (("SNP", 7), ("INDEL", 9)):
                found, missed, false = (int(table.loc[kind, column]) for column in COUNTS.values())
                f1 = 2 * found / max(1, 2 * found + missed + false)
                cells.append(f"{f1:{width}.3f} {found:6} {missed:6} {false:6}")
            print(" ".join(cells))


def thinned(share: float, seed: int, out: Path) -> Path:
    """The real reads, whole fragments kept with this probability."""
    with pysam.AlignmentFile(str(READS)) as source, pysam.AlignmentFile(str(out), "wb", template=source) as kept:
        for read in source:
            lot = hashlib.blake2b(f"{seed}:{read.query_name}".encode(), digest_size=8).digest()
            if int.from_bytes(lot, "big") < share * 2**64:
                kept.write(read)
    pysam.index(str(out))
    return out


def answers(reads: Path) -> dict[str, pd.DataFrame]:
    """What each caller that is installed says of these reads."""
    shipped = call(reads, REFERENCE, [REGION])
    found = {"sciml": shipped[shipped["filter"] == "PASS"]}
    files = {"reads": FileRecord(str(reads), 0, ""), "reference": FileRecord(str(REFERENCE), 0, "")}
    place = {"contig": "chr20", "start": 10_000_000, "end": 10_049_000}
    case = Case("thinned", Unit("NA12878", "NA12878", "test", False, "", files), "thinned", False, place)
    for name, method in METHODS.items():
        try:
            calls = to_frame(method(Settings(), case))
        except Missing as missing:
            print(f"{name}: {missing}")
            continue
        found[name] = calls[calls["qual"] >= Settings().evaluate.baseline_min_qual]
    return found


def judged(truth: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    with open_reference(REFERENCE) as reference:
        confident = read_bed(DATA / "confident_wide.NA12878.chr20_10000000_10049000.bed", reference.contigs)
        return summary(compare(truth, calls, reference, confident))[list(COUNTS.values())]


if __name__ == "__main__":
    main()
