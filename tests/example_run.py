"""A small run of the variant caller with everything that a page may show, made from files that a test writes.

One person, one contig of 6 kb at about 24x: a heterozygous SNP at 1,001, a homozygous deletion of three bases after
2,001, a heterozygous insertion after 3,001 and a SNP at 4,001 that the model misses; at 4,501 a fifth of the reads
carry an artefact that the model calls.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from tiny_files import Read, random_letters, write_bam, write_fasta

from sciml.core.contract import Case, Evaluation
from sciml.core.manifest import gather
from sciml.core.report.panels import RunView
from sciml.core.scores import score
from sciml.core.store import write_part
from sciml.core.weights import ModelRecord
from sciml.variants import ingest
from sciml.variants.evaluate import HEADLINE, METRICS, evaluate
from sciml.variants.pileup import CHANNELS
from sciml.variants.prepare import LAYOUT, prepare_part
from sciml.variants.settings import Settings
from sciml.variants.vcf import write_vcf

LENGTH = 6_000
CONTIG = random_letters(LENGTH, 5)
SNP, DELETION, INSERTION, MISSED, ARTEFACT = 1_000, 2_000, 3_000, 4_000, 4_500
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def example_run(folder: Path, run: str = "example", sample: str = "NA1") -> RunView:
    """Write files, answers and time tables below `folder`, score them, and return the view of the report."""
    results = folder / "results" / run / "variants"
    settings = _settings(folder / "input", sample)
    index = ingest.ingest(settings, None, results / "raw")
    cases = ingest.cases(settings, index)
    predictions = results / "predictions"
    for method, calls in _answers().items():
        (predictions / method / "1-of-1").mkdir(parents=True)
        write_vcf(_frame(calls, method, sample), predictions / method / "1-of-1" / f"{cases[0].id}.vcf.gz")
    methods = {
        "shipped": _method("model"),
        "trained": _method("model", demonstration=True),
        "bcftools": _method("baseline"),
        "freebayes": _method("baseline", status="missing", note="freebayes: is not on the PATH; install it"),
    }
    found = {
        method: [_evaluated(settings, case, method, predictions / method / "1-of-1") for case in cases]
        for method in _answers()
    }
    statistics = {
        method: xr.concat([each.statistics for each in some], dim="unit", join="exact")
        for method, some in found.items()
    }
    scores = {
        **score(statistics, METRICS, HEADLINE, settings.evaluate, methods=methods),
        "simulated": "real",
        "examples": {method: [dict(e) for each in some for e in each.examples] for method, some in found.items()},
    }
    dataset, manifest = _data_set(results, settings, cases)
    model = results / "model"
    model.mkdir()
    (model / "training.csv").write_text("step,train_loss,validation_loss\n100,0.9,0.8\n200,0.5,0.45\n300,0.4,0.41\n")
    benchmarks = folder / "benchmarks" / run / "variants"
    for stage, seconds in (
        ("ingest", 1.5),
        ("prepare/1-of-1", 20.25),
        ("train", 60.0),
        ("predict/shipped/1-of-1", 8.0),
    ):
        path = benchmarks / f"{stage}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{BENCHMARK}{seconds}\t0:01\t500.0\t0\t0\t0\t0\t0\t0\t{seconds}\n")
    # as the stages read it: from JSON
    return RunView(
        run=run,
        domain="variants",
        settings=settings,
        index=index,
        raw=results / "raw",
        dataset=dataset,
        manifest=manifest,
        scores=json.loads(json.dumps(scores)),
        cost={"methods": {m: {"cpu_s": 4.0, "wall_s": 5.0, "peak_mb": 300.0, "cases": 2} for m in _answers()}},
        record=example_record(settings, sample),
        model=model,
        predictions=predictions,
        benchmarks=benchmarks,
        versions={"sciml": "0.1.0", "python": "3.11.4"},
        commands=(f"snakemake --cores 8 --config run={run}",),
    )


def example_record(settings: Settings, sample: str = "NA1") -> ModelRecord:
    """The record of a demonstration model."""
    return ModelRecord(
        domain="variants",
        task="genotype of a candidate variant",
        channels=CHANNELS,
        classes=("hom_ref", "het", "hom_alt"),
        settings={"prepare": settings.prepare.model_dump(mode="json", include={"reads", "candidates", "pileup"})},
        calibration={"temperature": 1.25},
        data={
            "samples": {"train": 100, "validation": 20, "test": 0},
            "labels": {"0": {"train": 60, "validation": 12, "test": 0}},
            "sources": [{"id": sample, "role": "train", "simulated": False, "licence": "CC0"}],
        },
        training={"seed": 1, "steps": 300},
        figures={"validation_accuracy": 0.95},
        demonstration=True,
        parameters=123_456,
        weights_sha256="ab" * 32,
    )


def another(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def _evaluated(settings: Settings, case: Case, method: str, folder: Path) -> Evaluation:
    return evaluate(settings, case, {method: folder / f"{case.id}.vcf.gz"})[method]


def _settings(folder: Path, sample: str) -> Settings:
    folder.mkdir(parents=True)
    fasta = write_fasta(folder / "reference.fa", {"chr1": CONTIG})
    groups = ({"ID": "one", "SM": sample},)
    reads = write_bam(folder / "reads.bam", _reads(), {"chr1": CONTIG}, groups=groups)
    truth = folder / "truth.vcf.gz"
    write_vcf(_frame(_truth(), "truth", sample), truth)
    (folder / "confident.bed").write_text(f"chr1\t100\t{LENGTH - 100}\n")
    unit = {
        "reads": str(reads),
        "reference": str(fasta),
        "truth": str(truth),
        "confident": str(folder / "confident.bed"),
        "licence": "CC0",
    }
    return Settings.model_validate(
        {
            "simulate": None,
            "ingest": {"inputs": [unit], "case_bp": LENGTH},
            "evaluate": {"bootstrap": 100, "block_bp": 1_000, "examples": 5},
            "prepare": {"samples_per_shard": 8},
        }
    )


def _reads() -> list[Read]:
    """Two haplotypes by turns; every fifth read over the artefact shows it, all of those on the reverse strand."""
    reads = []
    for number, start in enumerate(range(0, LENGTH - 110, 4)):
        first, artefact = number % 2 == 0, number % 5 == 0
        letters, cigar, position = "", [], start
        while position < start + 100:
            base = CONTIG[position]
            changed = position in (SNP, MISSED) and first
            letters += another(base) if changed or (position == ARTEFACT and artefact) else base
            cigar.append("M")
            if position == INSERTION and first and len(letters) < 100:
                letters, cigar = letters + "GAT", [*cigar, "III"]
            position += 1
            if position == DELETION + 1 and len(letters) < 100:
                cigar, position = [*cigar, "DDD"], position + 3
        runs = pd.Series(list("".join(cigar)))
        groups = runs.groupby((runs != runs.shift()).cumsum())
        written = "".join(f"{len(run)}{run.iloc[0]}" for _, run in groups)
        covers = start <= ARTEFACT < start + 100 and artefact
        quality = 20 + (number * 7) % 20
        reads.append(Read(start, written, letters, quality, flag=16 if covers or number % 3 == 0 else 0))
    return reads


def _truth() -> list[tuple[int, str, str, str, float]]:
    return [
        (SNP, CONTIG[SNP], another(CONTIG[SNP]), "0/1", 50.0),
        (DELETION, CONTIG[DELETION : DELETION + 4], CONTIG[DELETION], "1/1", 50.0),
        (INSERTION, CONTIG[INSERTION], CONTIG[INSERTION] + "GAT", "0/1", 50.0),
        (MISSED, CONTIG[MISSED], another(CONTIG[MISSED]), "0/1", 50.0),
    ]


def _answers() -> dict[str, list[tuple[int, str, str, str, float]]]:
    snp, deletion, insertion, missed = _truth()
    artefact = (ARTEFACT, CONTIG[ARTEFACT], another(CONTIG[ARTEFACT]), "0/1", 12.0)
    as_het = (*deletion[:3], "0/1", 30.0)
    return {
        "shipped": [snp, deletion, insertion, artefact],
        "trained": [snp, as_het],
        "bcftools": [snp, as_het, insertion, missed],
    }


def _frame(calls: list[tuple[int, str, str, str, float]], source: str, sample: str) -> pd.DataFrame:
    rows = [
        {
            "contig": "chr1",
            "position": position + 1,
            "ref": ref,
            "alts": alt,
            "qual": qual,
            "filter": "PASS",
            "gt": gt,
            "gq": int(qual),
            "dp": 24,
            "ad": "12,12",
            "vaf": "0.5",
            "pl": "40,0,50" if gt == "0/1" else "90,30,0",
        }
        for position, ref, alt, gt, qual in sorted(calls)
    ]
    frame = pd.DataFrame(rows)
    named = "sciml" if source in ("shipped", "trained") else source
    frame.attrs = {"sample": sample, "contigs": {"chr1": LENGTH}, "source": named}
    return frame


def _method(kind: str, status: str = "done", note: str = "", demonstration: bool = False) -> dict[str, Any]:
    return {"kind": kind, "status": status, "note": note, "demonstration": demonstration, "cases": 1}


def _data_set(results: Path, settings: Settings, cases: Any) -> tuple[Path, dict[str, Any]]:
    samples = prepare_part(settings, cases)
    part = results / "parts" / "1-of-1.zarr"
    tuned = samples.assign(group=("sample", np.array(["tuning"] * samples.sizes["sample"])))
    attrs = {"domain": "variants", "sources": []}
    write_part(part, {"train": samples, "validation": tuned}, LAYOUT, 8, np.random.default_rng(1), 1.0, attrs)
    dataset = results / "dataset.json"
    return dataset, gather([part], dataset)
