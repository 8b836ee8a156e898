"""What a run took and what it was told: time by stage, settings that differ from the defaults."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sciml.core.settings import DomainSettings

# settings that name the files of the inputs
INPUTS = frozenset({"ingest.inputs", "ingest.sheet"})
NOT_SHOWN = "not shown: inputs about persons"
STAGES = ("simulate", "ingest", "prepare", "gather", "preview", "train", "predict", "evaluate", "report")


@dataclass(frozen=True)
class StageCost:
    """What the jobs of one stage took together; `peak_mb` is that of the largest job."""

    stage: str
    jobs: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def stage_costs(benchmarks: Path | None) -> list[StageCost]:
    """Add up the engine's time tables of one science: `<stage>.tsv` or `<stage>/.../<job>.tsv`, in chain order.

    A table that a killed job left without a row counts as no job.
    """
    if benchmarks is None or not benchmarks.is_dir():
        return []
    rows: dict[str, list[Mapping[str, str]]] = {}
    for path in sorted(benchmarks.rglob("*.tsv")):
        stage = path.relative_to(benchmarks).parts[0].removesuffix(".tsv")
        with path.open(encoding="utf-8", newline="") as file:
            rows.setdefault(stage, []).extend(csv.DictReader(file, delimiter="\t"))
    order = {stage: place for place, stage in enumerate(STAGES)}
    return [_add(stage, rows[stage]) for stage in sorted(rows, key=lambda s: (order.get(s, len(order)), s))]


def changed_settings(settings: DomainSettings, private: bool = False) -> list[tuple[str, Any, Any]]:
    """Dotted key, value and default of every setting that differs from its default; private inputs without value."""
    own = _flat(settings.model_dump(mode="json"))
    default = _flat(type(settings)().model_dump(mode="json"))
    hidden = INPUTS if private else frozenset()
    return [
        (key, NOT_SHOWN if key in hidden else own[key], default.get(key)) for key in own if own[key] != default.get(key)
    ]


def _add(stage: str, rows: list[Mapping[str, str]]) -> StageCost:
    def values(column: str) -> list[float]:
        # the engine writes NA or - where a job was too short to be sampled
        return [float(row[column]) for row in rows if (row.get(column) or "NA") not in ("NA", "-")]

    return StageCost(stage, len(rows), sum(values("s")), sum(values("cpu_time")), max(values("max_rss"), default=0.0))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
