"""What do the classical callers say? bcftools, which pysam carries, and freebayes where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pysam
import xarray as xr

from sciml.core.contract import Case
from sciml.core.errors import Missing, ScimlError
from sciml.variants import bcftools
from sciml.variants.reads import open_reads
from sciml.variants.reference import Reference, open_reference
from sciml.variants.regions import Region
from sciml.variants.settings import Settings
from sciml.variants.vcf import read_vcf, to_dataset

# bcftools looks at 250 reads by default, also for indels, and draws them anew in every region
MAX_DEPTH = 8_000
# reads reach this far out of a case
MARGIN_BP = 20_000


def call_bcftools(settings: Settings, case: Case) -> xr.Dataset:
    """`bcftools mpileup | call -mv | norm` with the options of its own manual, on the case's region."""

    def run(reference: Reference, region: Region, folder: Path) -> tuple[Path, str]:
        reads, fasta = case.unit.files["reads"].path, str(reference.usable_path)
        chosen = ["-s", case.unit.sample] if len(_samples(reads)) > 1 else []
        depth = ["-d", str(MAX_DEPTH), "-L", str(MAX_DEPTH)]
        steps = (
            ["mpileup", "-f", fasta, "-r", str(region), "-a", "AD,DP", *depth, *chosen, "-Ou", reads],
            ["call", "-m", "-v", "-a", "GQ", "-Ou", "-"],
            ["norm", "-f", fasta, "-Ov", "-"],
        )
        out = folder / "calls.vcf"
        _pipe([[sys.executable, "-m", bcftools.__name__, *step] for step in steps], out, "bcftools", reads)
        return out, bcftools.version()

    return _answer(case, run)


def call_freebayes(settings: Settings, case: Case) -> xr.Dataset:
    """freebayes as it comes, on the case's region."""
    program = _freebayes()

    def run(reference: Reference, region: Region, folder: Path) -> tuple[Path, str]:
        reads, chosen = case.unit.files["reads"].path, list[str]()
        if len(_samples(reads)) > 1:
            (folder / "samples.txt").write_text(f"{case.unit.sample}\n", encoding="utf-8")
            chosen = ["--samples", str(folder / "samples.txt")]
        fasta = str(_plain_fasta(reference, region, folder))
        place = f"{region.contig}:{region.start}-{region.end}"  # counts from 0, unlike bcftools
        out = folder / "calls.vcf"
        command = [program, "-f", fasta, "-r", place, "--genotype-qualities", *chosen, reads]
        _pipe([command], out, "freebayes", reads)
        return out, freebayes_version()

    return _answer(case, run)


def freebayes_version() -> str:
    """What freebayes says of itself, or that it is not there."""
    try:
        said = subprocess.run([_freebayes(), "--version"], capture_output=True, text=True, check=False).stdout
    except Missing:
        return "not installed"
    return f"freebayes {said.removeprefix('version:').strip()}"


METHODS: Mapping[str, Callable[[Settings, Case], xr.Dataset]] = {
    "bcftools": call_bcftools,
    "freebayes": call_freebayes,
}
VERSIONS: Mapping[str, Callable[[], str]] = {"bcftools": bcftools.version, "freebayes": freebayes_version}


def _freebayes() -> str:
    program = shutil.which("freebayes")
    if program is None:
        raise Missing("freebayes", "is not installed", "install the package freebayes of Debian or of bioconda")
    return program


def _answer(case: Case, run: Callable[[Reference, Region, Path], tuple[Path, str]]) -> xr.Dataset:
    """Check the inputs, run a caller in a folder of its own, and keep the calls whose POS is in the case."""
    region = Region(case.place["contig"], case.place["start"], case.place["end"])
    files = case.unit.files
    with ExitStack() as stack:
        reference = stack.enter_context(open_reference(Path(files["reference"].path)))
        # these programs call from damaged or foreign reads as if all were well
        stack.enter_context(open_reads(Path(files["reads"].path), reference, case.unit.sample)).check(region.contig)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sciml-baseline-")))
        out, source = run(reference, region, folder)
        calls = read_vcf(out)
        contigs = dict(reference.contigs)
    kept = calls[calls["position"].between(region.start + 1, region.end)].reset_index(drop=True)
    kept["vaf"] = [_fractions(ad) for ad in kept["ad"]]
    kept.attrs = {"sample": case.unit.sample, "contigs": contigs, "source": source}
    return to_dataset(kept)


def _fractions(ad: str) -> str:
    """Share of the reads for each alternate, from the depths of all alleles."""
    depths = [int(depth) if depth.isdigit() else 0 for depth in ad.split(",")]
    return ",".join(f"{depth / max(1, sum(depths)):.4g}" for depth in depths[1:]) or "."


def _samples(reads: str) -> set[str]:
    with pysam.AlignmentFile(reads, check_sq=False) as file:
        return {group["SM"] for group in file.header.to_dict().get("RG", []) if "SM" in group}


def _plain_fasta(reference: Reference, region: Region, folder: Path) -> Path:
    """A FASTA that freebayes can read: the file itself, or the contig out of a bgzipped one, N far from the case."""
    if reference.usable_path.suffix not in (".gz", ".bgz"):
        return reference.usable_path
    length = reference.contigs[region.contig]
    first, last = max(0, region.start - MARGIN_BP), min(length, region.end + MARGIN_BP)
    out = folder / "reference.fa"
    with out.open("w", encoding="ascii") as file:
        file.write(f">{region.contig}\n{'N' * first}{reference.fetch(region.contig, first, last)}")
        file.write(f"{'N' * (length - last)}\n")
    pysam.faidx(str(out))
    return out


def _pipe(commands: Sequence[Sequence[str]], out: Path, name: str, reads: str) -> None:
    """Run commands as a pipe into a file; the failure of any of them fails the whole.

    All of them are waited for, so that their time and memory are counted as this process's children.
    """
    with ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands]
        processes: list[subprocess.Popen[bytes]] = []
        with out.open("wb") as file:
            for command, error in zip(commands, errors, strict=True):
                before = processes[-1].stdout if processes else subprocess.DEVNULL
                after = file if len(processes) == len(commands) - 1 else subprocess.PIPE
                processes.append(subprocess.Popen(command, stdin=before, stdout=after, stderr=error))
                if processes[:-1] and processes[-2].stdout:
                    processes[-2].stdout.close()  # or the one before would not notice that this one has ended
        codes = [process.wait() for process in processes]
        for code, error in zip(codes, errors, strict=True):
            # one that was cut off by the failure of the next is not the reason
            if code not in (0, -13):
                error.seek(0)
                lines = error.read().decode(errors="replace").strip().splitlines() or ["no message"]
                raise ScimlError(reads, f"{name} failed on it with exit status {code} ({lines[-1]})", "check the file")
        if any(codes):
            raise ScimlError(reads, f"{name} stopped before its end", "check the file")
