"""The variant caller beside bcftools and freebayes: quality on two frozen test sets, cost of one call.

    SCIML_DATA=../shared/data python benchmarks/variants.py [--cores 2] [--only simulated|real|cost]

`simulated`: 30x reads of chr20:6-10 Mb of GRCh38 (config/bench/variants.yaml), another seed and other sequence than
any training. `real`: NA12878, 49 kb at 53x, Genome in a Bottle v3.3.2 in its confident regions. `cost`: calling the
real reads on one core, processor seconds and peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OVERLAYS = {"simulated": "bench/variants", "real": "bench/variants-na12878"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", default="2")
    parser.add_argument("--only", choices=[*OVERLAYS, "cost"], action="append")
    arguments = parser.parse_args()
    data = Path(os.environ.get("SCIML_DATA", ROOT.parent / "shared" / "data")).resolve()
    if not (data / "variants").is_dir():
        sys.exit(f"{data}: no folder variants; set SCIML_DATA")
    for name in arguments.only or [*OVERLAYS, "cost"]:
        if name == "cost":
            cost(data / "variants")
        else:
            quality(name, data, arguments.cores)


def quality(name: str, data: Path, cores: str) -> None:
    """Run the chain on a frozen overlay and print the scores of every method."""
    run = f"bench-{name}"
    scores = ROOT / "results" / run / "variants" / "scores.json"
    command = ["snakemake", "--cores", cores, "--config", f"overlay={OVERLAYS[name]}", f"run={run}", "--"]
    command.append(str(scores.relative_to(ROOT)))
    subprocess.run(command, cwd=ROOT, env={**os.environ, "SCIML_DATA": str(data)}, check=True, stdout=sys.stderr)
    table = json.loads(scores.read_text())
    spent = json.loads(scores.with_name("cost.json").read_text())["methods"]
    print(f"\n{name}: {table['verdict']}")
    print(f"{'method':12} {'type':6} {'F1':>8} {'95 % interval':>20} {'recall':>8} {'precision':>9}", "     n   CPU-s")
    for method, kind in ((m, s) for m in table["methods"] for s in ("SNP", "INDEL")):
        rows = {r["metric"]: r for r in table["table"] if (r["method"], r["stratum"]) == (method, kind)}
        if not rows:
            print(f"{method:12} {table['methods'][method]['note']}")
            break
        f1 = rows["f1"]
        print(
            f"{method:12} {kind:6} {f1['value']:8.4f} {'[{low:.4f}, {high:.4f}]'.format(**f1):>20}"
            f" {rows['recall']['value']:8.4f} {rows['precision']['value']:9.4f} {f1['n']:6.0f}"
            f" {spent[method]['cpu_s']:7.1f}"
        )


def cost(data: Path) -> None:
    """Processor seconds and peak memory of whole processes that call the 49 kb on one core."""
    reads = str(data / "NA12878_S1.chr20.10_10p1mb.first_half.bam")
    fasta = str(data / "ucsc.hg19.chr20.unittest.fasta.gz")
    region = "chr20:10000001-10049000"
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "calls.vcf.gz")
        sciml = ["sciml", "variants", "call", reads, "--reference", fasta, "--region", region, "--out", out, "--quiet"]
        one_core: dict[str, Any] = {"preexec_fn": lambda: os.sched_setaffinity(0, {0})}
        runs: dict[str, Callable[[], Any]] = {
            "sciml": lambda: subprocess.run(sciml, check=True, **one_core),
            "bcftools": lambda: subprocess.run(
                f"bcftools mpileup -f {fasta} -r {region} {reads} 2>/dev/null | bcftools call -mv -Oz -o {out}",
                shell=True, check=True, **one_core,
            ),
            "freebayes": lambda: subprocess.run(
                f"gzip -dc {fasta} > {folder}/ref.fa && samtools faidx {folder}/ref.fa &&"
                f" freebayes -f {folder}/ref.fa -r chr20:10000000-10049000 {reads} > {folder}/out.vcf",
                shell=True, check=True, **one_core,
            ),
        }  # fmt: skip
        print(f"\ncost: calling {region} at 53x on one core, whole processes, best of 3")
        for name, run in runs.items():
            try:
                seconds = min(_cpu_s(run) for _ in range(3))
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name:12} not measured: {error}")
                continue
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{name:12} {seconds:7.2f} CPU-s" + (f" {peak:8.0f} MB peak" if name == "sciml" else ""))


def _cpu_s(run: Callable[[], Any]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
