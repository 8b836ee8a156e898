"""A small run of the scan reader with everything that a page may show, made from JPEG files that this file writes.

Twelve patients with two fundus photographs each, at two sites. Referable disease shows as dark spots; every odd patient
has it. The model's score is 4 x (truth - 0.5) plus noise, the baseline's half of that; the model's thresholds are those
of its record. Patients and folders have names that no page may show.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from example_findings import fundus
from PIL import Image

from sciml.core.contract import Case
from sciml.core.netcdf import write_netcdf
from sciml.core.report.panels import RunView
from sciml.core.scores import score
from sciml.core.weights import RECORD, ModelRecord
from sciml.scans.answers import answer
from sciml.scans.evaluate import HEADLINE, METRICS, evaluate
from sciml.scans.ingest import cases as cases_of
from sciml.scans.ingest import ingest, labels_of
from sciml.scans.settings import FINDINGS, Settings
from sciml.scans.sight import Sight

PATIENTS = 12
SECRET = "Mustermann"
METHODS = {"trained": "model", "image-statistics": "baseline"}
THRESHOLDS = {"any_dr": 0.31, "referable_dr": 0.62}
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def example_run(folder: Path, run: str = "example", site: str = "north", gradable: bool = True) -> RunView:
    """Write images, answers and time tables below `folder`, score them, and return the view of the report.

    With `gradable` False the first image of the second patient is not gradable to anybody.
    """
    results = folder / "results" / run / "scans"
    raw, predictions, model = results / "raw", results / "predictions", results / "model"
    for made in (raw, model):
        made.mkdir(parents=True)
    settings = example_settings(folder, site)
    index = ingest(settings, None, raw)
    found: dict[str, list[Any]] = {method: [] for method in METHODS}
    record = _record(settings)
    for place, case in enumerate(cases_of(settings, index)):
        paths = {method: predictions / method / "1-of-1" / f"{case.id}.nc" for method in METHODS}
        for method, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_netcdf(example_answer(case, method, place, gradable or place != 2), path)
        for method, evaluation in evaluate(settings, case, paths).items():
            found[method].append(evaluation)
    (predictions / "trained" / "1-of-1" / RECORD).write_text(json.dumps(record.to_json()))
    methods = {m: {"kind": k, "status": "done", "note": "", "demonstration": k == "model"} for m, k in METHODS.items()}
    scores = {
        **score(_added(found), METRICS, HEADLINE, settings.evaluate, methods=methods),
        "simulated": "real",
        "examples": {method: [dict(e) for each in some for e in each.examples] for method, some in found.items()},
    }
    (model / "training.csv").write_text("step,train_loss,validation_loss\n100,0.7,0.6\n200,0.5,0.45\n300,0.4,0.41\n")
    benchmarks = folder / "benchmarks" / run / "scans"
    benchmarks.mkdir(parents=True)
    (benchmarks / "train.tsv").write_text(f"{BENCHMARK}60\t0:01\t500.0\t0\t0\t0\t0\t0\t0\t210\n")
    return RunView(
        run=run,
        domain="scans",
        settings=settings,
        index=index,
        raw=raw,
        # as the stages read it: from JSON
        scores=json.loads(json.dumps(scores)),
        cost={"methods": {m: {"cpu_s": 2.0, "wall_s": 3.0, "peak_mb": 300.0, "cases": 24} for m in METHODS}},
        record=record,
        model=model,
        predictions=predictions,
        benchmarks=benchmarks,
        versions={"sciml": "0.1.0"},
        commands=(f"snakemake --cores 2 --config run={run}",),
    )


def example_settings(folder: Path, site: str) -> Settings:
    images = folder / f"{SECRET}-archive"
    images.mkdir(parents=True)
    rows = []
    for patient in range(PATIENTS):
        sick = patient % 2
        for eye in range(2):
            path = images / f"{SECRET}-{patient}-{eye}.jpg"
            Image.fromarray(fundus(2 * patient + eye, 40 * sick)).save(path)
            findings = [f"any_dr={int(patient % 4 > 0)}", f"referable_dr={sick}"]
            rows.append(
                {
                    "name": f"eye-{patient:02d}-{eye}",
                    "image": str(path),
                    "patient": f"{SECRET} {patient}",
                    "findings": findings,
                    "site": site if patient < PATIENTS // 2 else "south",
                    "licence": "CC0",
                }
            )
    return Settings.model_validate({"simulate": None, "ingest": {"inputs": rows}, "evaluate": {"bootstrap": 100}})


def example_answer(case: Case, method: str, place: int, gradable: bool = True) -> xr.Dataset:
    truth = labels_of(case.unit, "retina")
    rng = np.random.default_rng([place, len(method)])
    strength = 4.0 if method == "trained" else 2.0
    said = strength * (truth - 0.5) + 1.5 * rng.standard_normal(len(truth))
    thresholds = np.array(list(THRESHOLDS.values())) if method == "trained" else np.array([0.5, 0.5])
    heatmap = None
    if method == "trained":
        y, x = np.mgrid[:8, :8]
        heatmap = np.stack([np.exp(-((y - 2) ** 2 + (x - 5) ** 2) / 4), np.exp(-((y - 5) ** 2 + (x - 2) ** 2) / 4)])
    sight = Sight(np.zeros((3, 8, 8), np.uint8), gradable, "" if gradable else "too dark")
    return answer(FINDINGS["retina"], said, thresholds, sight, heatmap)


def _added(found: dict[str, list[Any]]) -> dict[str, xr.Dataset]:
    """Two eyes of a patient are one unit; a site that a patient was not at counts as nothing."""
    strata = list(dict.fromkeys(str(s) for some in found.values() for e in some for s in e.statistics.stratum.values))
    return {
        method: xr.concat(
            [each.statistics.reindex(stratum=strata, fill_value=0) for each in some], dim="unit", join="exact"
        )
        .groupby("unit")
        .sum()
        for method, some in found.items()
    }


def _record(settings: Settings) -> ModelRecord:
    constants = {f"temperature.{name}": 1.0 for name in THRESHOLDS}
    constants |= {f"threshold.{name}": value for name, value in THRESHOLDS.items()}
    return ModelRecord(
        domain="scans",
        task="findings of a retina",
        channels=("red", "green", "blue"),
        classes=FINDINGS["retina"],
        settings={"ingest": {"kind": "retina"}, "prepare": settings.prepare.model_dump(mode="json")},
        calibration=constants,
        data={
            "samples": {"train": 100, "validation": 20, "test": 0},
            "sources": [{"id": "eye-00-0", "role": "train", "simulated": False, "licence": "CC0"}],
        },
        training={"seed": 1, "steps": 300},
        demonstration=True,
        parameters=99_999,
        weights_sha256="ab" * 32,
    )
