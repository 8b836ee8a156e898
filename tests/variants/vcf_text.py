"""VCF texts for the tests, written by hand rather than by the code under test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sciml.variants.vcf import read_vcf

Record = tuple[int, str, str, str]


def vcf_text(
    records: Sequence[str], contigs: Sequence[str] = ("chr1",), samples: str = "NA1", source: str = "", bp: int = 1_200
) -> str:
    """A VCF with these tab-separated records."""
    head = ["##fileformat=VCFv4.2", *([f"##source={source}"] if source else [])]
    head += [f"##contig=<ID={name},length={bp}>" for name in contigs]
    head += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT" + (f"\t{samples}" if samples else "")
    return "\n".join([*head, columns, *records]) + "\n"


def record(position: int, ref: str, alts: str, gt: str, contig: str = "chr1", qual: str = "50", more: str = "") -> str:
    """One record; `more` is `:`-separated GQ."""
    keys, values = ("GT:GQ", f"{gt}:{more}") if more else ("GT", gt)
    return f"{contig}\t{position}\t.\t{ref}\t{alts}\t{qual}\tPASS\t.\t{keys}\t{values}"


def calls_of(folder: Path, *records: Record) -> pd.DataFrame:
    """Calls (position, ref, alts, gt) as read_vcf gives them."""
    path = folder / "calls.vcf"
    path.write_text(vcf_text([record(*each) for each in records]))
    return read_vcf(path)
