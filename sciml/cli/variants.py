"""`sciml variants`: small variants from aligned reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sciml.cli.output import check_output
from sciml.cli.progress import progress

app = typer.Typer(
    help="Small variants (SNPs, short insertions and deletions) from aligned reads.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

CALL_SUFFIXES = (".vcf", ".vcf.gz")


@app.callback()
def variants() -> None:
    """Small variants (SNPs, short insertions and deletions) from aligned reads."""


@app.command("call")
def call(
    reads: Annotated[Path, typer.Argument(help="Sorted, indexed BAM or CRAM.", metavar="READS", show_default=False)],
    reference: Annotated[
        Path, typer.Option(help="FASTA that the reads were aligned to, plain or bgzipped.", metavar="FASTA")
    ],
    out: Annotated[Path, typer.Option(help="VCF to write: .vcf.gz (bgzipped, with index) or .vcf.", metavar="VCF")],
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="Where to call: chr20 or chr20:1000-2000 (both ends included); may be repeated.", metavar="REGION"
        ),
    ] = None,
    regions: Annotated[Path | None, typer.Option(help="Where to call: a BED file.", metavar="BED")] = None,
    sample: Annotated[
        str | None, typer.Option(help="Which person, when the reads are of several.", metavar="NAME")
    ] = None,
    model: Annotated[
        str, typer.Option(help="Shipped weights by name, or a model folder.", metavar="NAME|DIR")
    ] = "variants-wgs",
    min_qual: Annotated[float, typer.Option(help="Calls below get the filter LowQual.", metavar="PHRED", min=0)] = 3.0,
    threads: Annotated[int, typer.Option(help="Cores to use; the calls do not depend on it.", metavar="N", min=1)] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Find the small variants of one person in aligned READS and write them as VCF 4.2.

    \b
    Examples:
      sciml variants call reads.bam --reference ref.fa --out calls.vcf.gz
      sciml variants call reads.bam --reference ref.fa --region chr20:1-50000 --out calls.vcf
      sciml variants call reads.cram --reference ref.fa --regions exome.bed --threads 8 --out calls.vcf.gz
    """
    inputs = [reads, reference, *([regions] if regions else [])]
    check_output(out, CALL_SUFFIXES, inputs)
    from sciml.variants import call as call_variants
    from sciml.variants import write_vcf

    with progress("calling", "bases", quiet=quiet) as advance:
        calls = call_variants(
            reads,
            reference=reference,
            regions=[*(region or []), *([regions] if regions else [])],
            sample=sample,
            model=model,
            threads=threads,
            min_qual=min_qual,
            progress=advance,
        )
    write_vcf(calls, out)
