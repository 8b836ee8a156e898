"""A small run of the nowcaster with everything that a page may show, made from series that a test writes.

Three storm days of one site, rain that keeps its shape and moves by 2 rows and 3 columns a step; the model moves the
last frame by 2 and 3 and scales its members at random, extrapolation moves it by 2 and 2, persistence not at all. Of
the second day the frame 25 minutes after the issue time is missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy import ndimage
from series import MOTION, series, stored_unit

from sciml.core.contract import Case, Index
from sciml.core.manifest import gather
from sciml.core.report.panels import RunView
from sciml.core.scores import score
from sciml.core.store import write_part
from sciml.core.weights import ModelRecord
from sciml.nowcast.answers import forecast_dataset, write_forecast
from sciml.nowcast.cases import context_of
from sciml.nowcast.evaluate import HEADLINE, METRICS, evaluate
from sciml.nowcast.ingest import cases as cases_of
from sciml.nowcast.prepare import LAYOUT, prepare_part
from sciml.nowcast.settings import Settings

MEMBERS = 4
LEADS = 18
SIZE = 96
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def example_run(folder: Path, run: str = "example", site: str = "here", days: int = 3, size: int = SIZE) -> RunView:
    """Write stores, forecasts and time tables below `folder`, score them, and return the view of the report."""
    results = folder / "results" / run / "nowcast"
    raw = results / "raw"
    raw.mkdir(parents=True)
    settings = example_settings()
    index = Index("nowcast", tuple(_unit(raw, day, site, size) for day in range(days)))
    cases = [case for case in cases_of(settings, index) if case.has_truth]
    predictions = results / "predictions"
    found = {method: list[Any]() for method in _METHODS}
    for case in cases:
        paths = {method: predictions / method / "1-of-1" / f"{case.id}.nc" for method in _METHODS}
        for method, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_forecast(example_forecast(method, context_of(case)), path)
        for method, evaluation in evaluate(settings, case, paths).items():
            found[method].append(evaluation)
    statistics = {
        method: xr.concat([each.statistics for each in some], dim="unit", join="exact")
        for method, some in found.items()
    }
    methods = {
        **{method: _method(kind, len(cases)) for method, kind in _METHODS.items()},
        "steps": _method("baseline", 0, "missing", "pysteps: is not installed; run `make .venv/.ready-pysteps`"),
    }
    scores = {
        **score(statistics, METRICS, HEADLINE, settings.evaluate, methods=methods),
        "simulated": "simulated",
        "examples": {method: [dict(e) for each in some for e in each.examples] for method, some in found.items()},
    }
    dataset, manifest = _data_set(results, settings, cases)
    model = results / "model"
    model.mkdir()
    (model / "training.csv").write_text("step,train_loss,validation_loss\n100,0.9,0.8\n200,0.5,0.45\n300,0.4,0.41\n")
    benchmarks = folder / "benchmarks" / run / "nowcast"
    for stage, seconds in (("ingest", 1.5), ("prepare/1-of-1", 20.25), ("predict/trained/1-of-1", 8.0)):
        path = benchmarks / f"{stage}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{BENCHMARK}{seconds}\t0:01\t500.0\t0\t0\t0\t0\t0\t0\t{seconds}\n")
    # as the stages read it: from JSON
    return RunView(
        run=run,
        domain="nowcast",
        settings=settings,
        index=index,
        raw=raw,
        dataset=dataset,
        manifest=manifest,
        scores=json.loads(json.dumps(scores)),
        cost={"methods": {m: {"cpu_s": 4.0, "wall_s": 5.0, "peak_mb": 300.0, "cases": 3} for m in _METHODS}},
        record=_record(settings, site),
        model=model,
        predictions=predictions,
        benchmarks=benchmarks,
        versions={"sciml": "0.1.0", "python": "3.11.4"},
        commands=(f"snakemake --cores 8 --config run={run}",),
    )


def example_settings() -> Settings:
    return Settings.model_validate(
        {
            "simulate": None,
            "ingest": {"case_minutes": 60, "cases_per_series": 1, "leads": LEADS},
            "prepare": {"crop": 64, "samples_per_shard": 8, "crops_per_hour": 12},
            "evaluate": {"bootstrap": 100},
        }
    )


def example_forecast(method: str, context: xr.Dataset, leads: int = LEADS, members: int = MEMBERS) -> xr.Dataset:
    """What a method says after this context; the rain known to move by MOTION cells a step."""
    last = np.asarray(context["rain_rate"].values[-1], np.float32)
    count = members if _METHODS[method] == "model" else 1
    step = {"trained": MOTION, "extrapolation": (MOTION[0], MOTION[1] - 1), "persistence": (0, 0)}[method]
    moved = np.stack([_moved(last, step, lead) for lead in range(1, leads + 1)])
    rng = np.random.default_rng(7)
    if count == 1:
        answer = moved[None]
    else:
        answer = np.stack([_disturbed(moved, rng) for _ in range(count)])
    return forecast_dataset(answer, context, {"method": method, "seed": 0, "status": "ok"})


def _moved(field: np.ndarray, motion: Sequence[int], steps: int) -> np.ndarray:
    """The field shifted by whole cells; NaN where it would come from beyond."""
    down, right = motion[0] * steps, motion[1] * steps
    moved = np.full(field.shape, np.nan, np.float32)
    height, width = field.shape
    if down < height and right < width:
        moved[down:, right:] = field[: height - down, : width - right]
    return moved


def _disturbed(moved: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Factors that vary over space, the more the later."""
    noise = ndimage.gaussian_filter(rng.standard_normal(moved.shape), (2, 6, 6))
    grown = np.linspace(0.2, 1.0, len(moved))[:, None, None] * noise / noise.std()
    return np.asarray(np.round(moved * np.exp(0.5 * grown), 2), np.float32)


_METHODS = {"trained": "model", "extrapolation": "baseline", "persistence": "baseline"}


def _unit(raw: Path, day: int, site: str, size: int) -> Any:
    missing = (8,) if day == 1 else ()
    start = f"2020-06-{1 + 2 * day:02d}T12:05"
    return stored_unit(
        series(frames=30, size=size, seed=day + 1, start=start, missing=missing), raw, f"day-{day}", site
    )


def _method(kind: str, cases: int, status: str = "done", note: str = "") -> dict[str, Any]:
    return {"kind": kind, "status": status, "note": note, "demonstration": kind == "model", "cases": cases}


def _data_set(results: Path, settings: Settings, cases: Sequence[Case]) -> tuple[Path, dict[str, Any]]:
    train, validation = (prepare_part(settings, [case]) for case in cases[:2])
    part = results / "parts" / "1-of-1.zarr"
    attrs = {"domain": "nowcast", "sources": []}
    splits = {"train": train, "validation": validation}
    write_part(part, splits, LAYOUT, 8, np.random.default_rng(1), 1.0, attrs)
    dataset = results / "dataset.json"
    return dataset, gather([part], dataset)


def _record(settings: Settings, site: str) -> ModelRecord:
    return ModelRecord(
        domain="nowcast",
        task="rain of the next 90 minutes",
        channels=("rain",),
        classes=(),
        settings={"prepare": settings.prepare.model_dump(mode="json")},
        calibration={},
        data={
            "samples": {"train": 100, "validation": 20, "test": 0},
            "sources": [{"id": site, "role": "train", "simulated": True, "licence": "none"}],
        },
        training={"seed": 1, "steps": 300},
        demonstration=True,
        parameters=227_000,
        weights_sha256="ab" * 32,
    )
