"""A small run of the lens finder with everything that a page may show, made from tiles that this file writes.

Six tiles of 12 objects: four lenses (an arc 8 pixels from the centre), three rings, three spirals and two plain ones.
The model scores a lens 2 higher than others on the average, the baseline 1. Object o3 of the first tile is a lens that
the model gives its lowest score.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from astropy.io import fits
from astropy.wcs import WCS
from gallery_sky import BANDS, SCALE_ARCSEC, galaxy

from sciml.core.contract import Case
from sciml.core.report.panels import RunView
from sciml.core.scores import score
from sciml.core.weights import ModelRecord
from sciml.lenses.evaluate import HEADLINE, METRICS, evaluate
from sciml.lenses.ingest import cases as cases_of
from sciml.lenses.ingest import ingest, objects_of_unit, tile_of_unit
from sciml.lenses.predict import export
from sciml.lenses.settings import Settings

TILES, CELL = 6, 60
KINDS = ("lens", "lens", "lens", "lens", "ring", "ring", "ring", "spiral", "spiral", "spiral", "plain", "plain")
ACROSS = 4
METHODS = {"trained": "model", "ring-flux": "baseline"}
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def example_run(folder: Path, run: str = "example", prefix: str = "o") -> RunView:
    """Write tiles, answers and time tables below `folder`, score them, and return the view of the report.

    The objects of a tile are called `prefix` and their number.
    """
    results = folder / "results" / run / "lenses"
    raw, predictions, model = results / "raw", results / "predictions", results / "model"
    for made in (raw, model):
        made.mkdir(parents=True)
    settings = example_settings(folder, prefix)
    index = ingest(settings, None, raw)
    found: dict[str, list[Any]] = {method: [] for method in METHODS}
    for place, case in enumerate(cases_of(settings, index)):
        paths = {method: predictions / method / "1-of-1" / f"{case.id}.ecsv" for method in METHODS}
        for method, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            export(example_answer(case, method, place), path)
        for method, evaluation in evaluate(settings, case, paths).items():
            found[method].append(evaluation)
    statistics = {m: xr.concat([e.statistics for e in some], dim="unit", join="exact") for m, some in found.items()}
    methods = {m: {"kind": k, "status": "done", "note": "", "demonstration": k == "model"} for m, k in METHODS.items()}
    scores = {
        **score(statistics, METRICS, HEADLINE, settings.evaluate, methods=methods),
        "simulated": "real",
        "examples": {method: [dict(e) for each in some for e in each.examples] for method, some in found.items()},
    }
    (model / "training.csv").write_text("step,train_loss,validation_loss\n100,0.7,0.6\n200,0.5,0.45\n300,0.4,0.41\n")
    benchmarks = folder / "benchmarks" / run / "lenses"
    benchmarks.mkdir(parents=True)
    (benchmarks / "train.tsv").write_text(f"{BENCHMARK}60\t0:01\t500.0\t0\t0\t0\t0\t0\t0\t210\n")
    return RunView(
        run=run,
        domain="lenses",
        settings=settings,
        index=index,
        raw=raw,
        # as the stages read it: from JSON
        scores=json.loads(json.dumps(scores)),
        cost={"methods": {m: {"cpu_s": 2.0, "wall_s": 3.0, "peak_mb": 300.0, "cases": TILES} for m in METHODS}},
        record=_record(settings),
        model=model,
        predictions=predictions,
        benchmarks=benchmarks,
        versions={"sciml": "0.1.0"},
        commands=(f"snakemake --cores 2 --config run={run}",),
    )


def example_settings(folder: Path, prefix: str = "o") -> Settings:
    tiles = [_tile(folder / "tiles", number, prefix) for number in range(TILES)]
    return Settings.model_validate({"simulate": None, "ingest": {"inputs": tiles}, "evaluate": {"bootstrap": 100}})


def example_answer(case: Case, method: str, place: int) -> xr.Dataset:
    """What a method says of a tile: never a NaN, and nothing that two tiles share."""
    objects = objects_of_unit(case.unit, tile_of_unit(case.unit))
    rng = np.random.default_rng([place, len(method)])
    apart = 2.0 if method == "trained" else 1.0
    said = apart * (objects.lens - 0.5) + rng.standard_normal(len(objects))
    if method == "trained" and place == 0:
        said[3] = -6.0
    order = np.argsort(-said)
    rank = np.empty(len(said), np.int32)
    rank[order] = 1 + np.arange(len(said))
    columns = {
        "id": objects.id,
        "ra": objects.ra,
        "dec": objects.dec,
        "x": objects.x,
        "y": objects.y,
        "tile": np.full(len(said), case.id),
        "score": said,
        "probability": 1 / (1 + np.exp(-said + 7)),
        "rank": rank,
        "flags": np.zeros(len(said), np.int32),
        "reason": np.full(len(said), "ok"),
    }
    return xr.Dataset({name: ("object", values) for name, values in columns.items()}, attrs={"method": method})


def _tile(folder: Path, number: int, prefix: str) -> dict[str, Any]:
    """One row of the inputs: three images on one grid and a catalogue with the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = -(-len(KINDS) // ACROSS)
    sky = np.random.default_rng(number).standard_normal((len(BANDS), rows * CELL, ACROSS * CELL)).astype(np.float32)
    grid = _grid()
    listed = []
    for place, kind in enumerate(KINDS):
        y, x = CELL * (place // ACROSS) + CELL // 2, CELL * (place % ACROSS) + CELL // 2
        half = 22
        sky[:, y - half : y + half + 1, x - half : x + half + 1] += _light(kind, number)
        at = grid.pixel_to_world(x, y)
        lens = kind == "lens"
        truth = {"theta_e": 0.8 + 0.3 * place if lens else "", "arc_snr": 6.0 + 12 * place if lens else ""}
        listed.append(
            {"id": f"{prefix}{place}", "ra": at.ra.deg, "dec": at.dec.deg, "lens": int(lens), "kind": kind, **truth}
        )
    catalog = folder / f"tile-{number}.csv"
    with catalog.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    images = []
    for band, plane in zip(BANDS, sky, strict=True):
        images.append(str(folder / f"tile-{number}-{band}.fits"))
        fits.PrimaryHDU((plane * 0.02).astype(np.float32), grid.to_header()).writeto(images[-1])
    return {"name": f"tile-{number}", "bands": BANDS, "images": images, "catalog": str(catalog), "licence": "CC0"}


def _light(kind: str, seed: int) -> np.ndarray:
    light = galaxy(arc=kind == "lens", noise=0.0, seed=seed)
    y, x = np.indices(light.shape[1:]) - 22
    radius = np.hypot(y, x)
    if kind == "ring":
        light += np.stack([12.0, 8.0, 6.0])[:, None, None] * np.exp(-((radius - 9) ** 2) / 3)
    if kind == "spiral":
        turn = np.cos(2 * np.arctan2(y, x) - radius / 2)
        light += np.stack([10.0, 8.0, 6.0])[:, None, None] * np.maximum(turn, 0) * np.exp(-radius / 8)
    return light


def _grid() -> WCS:
    grid = WCS(naxis=2)
    grid.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    grid.wcs.crval = [150.0, 2.0]
    grid.wcs.crpix = [1.0, 1.0]
    grid.wcs.cdelt = [-SCALE_ARCSEC / 3600, SCALE_ARCSEC / 3600]
    return grid


def _record(settings: Settings) -> ModelRecord:
    return ModelRecord(
        domain="lenses",
        task="lens or not",
        channels=settings.prepare.bands,
        classes=("other", "lens"),
        settings={"prepare": settings.prepare.model_dump(mode="json")},
        calibration={"temperature": 1.1},
        data={
            "samples": {"train": 100, "validation": 20, "test": 0},
            "sources": [{"id": "tile-0", "role": "train", "simulated": False, "licence": "CC0"}],
        },
        training={"seed": 1, "steps": 300},
        demonstration=True,
        parameters=104_545,
        weights_sha256="ab" * 32,
    )
