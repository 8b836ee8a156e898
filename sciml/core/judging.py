"""Every method held against the same truth: statistics over all cases, then one table of scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from sciml.core.contract import Case, DomainRooms
from sciml.core.records import COST, MISSING, find_answer, read_json
from sciml.core.scores import score
from sciml.core.weights import RECORD, read_record


def judge(
    rooms: DomainRooms, settings: Any, cases: Sequence[Case], predictions: Sequence[Path]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scores (the same bytes for the same inputs) and costs (which differ from run to run).

    `predictions` are the folders `<method>/<k>-of-<n>` that predict wrote.
    """
    folders: dict[str, list[Path]] = defaultdict(list)
    for folder in sorted(predictions):
        folders[folder.parent.name].append(folder)
    methods = {method: _description(rooms, method, parts) for method, parts in folders.items()}
    done = {method: parts for method, parts in folders.items() if methods[method]["status"] == "done"}
    statistics, examples = _evaluate(rooms, settings, cases, done)
    for method in done:
        methods[method]["cases"] = len(cases)
    kinds = {case.unit.simulated for case in cases}
    scores = score(
        statistics,
        methods=methods,
        metrics=rooms.evaluate.METRICS,
        headline=rooms.evaluate.HEADLINE,
        settings=settings.evaluate,
    )
    simulated = "mixed" if len(kinds) > 1 else "simulated" if kinds == {True} else "real"
    facts = {"format": 1, "domain": rooms.name, "simulated": simulated, "examples": examples}
    return {**scores, **facts}, {"methods": {method: _cost(parts) for method, parts in folders.items()}}


def _description(rooms: DomainRooms, method: str, parts: Sequence[Path]) -> dict[str, Any]:
    lacking = [folder / MISSING for folder in parts if (folder / MISSING).exists()]
    model = [folder / RECORD for folder in parts if (folder / RECORD).exists()]
    return {
        "kind": "baseline" if method in rooms.baseline.METHODS else "model",
        "status": "missing" if lacking else "done",
        "note": read_json(lacking[0])["note"] if lacking else "",
        "demonstration": bool(model) and read_record(model[0].parent).demonstration,
        "cases": 0,
    }


def _evaluate(
    rooms: DomainRooms, settings: Any, cases: Sequence[Case], done: Mapping[str, Sequence[Path]]
) -> tuple[dict[str, xr.Dataset], dict[str, list[Mapping[str, Any]]]]:
    """Statistics and examples of each method, case by case: the methods' answers to a case are judged together."""
    statistics: dict[str, list[xr.Dataset]] = {method: [] for method in done}
    examples: dict[str, list[Mapping[str, Any]]] = {method: [] for method in done}
    for case in cases if done else ():
        answers = {method: find_answer(rooms, case, parts) for method, parts in done.items()}
        found = rooms.evaluate.evaluate(settings, case, answers)
        for method in answers:
            statistics[method].append(found[method].statistics)
            examples[method] += found[method].examples
    return (
        {method: _added(some) for method, some in statistics.items()},
        {method: _drawn(some, settings.evaluate.examples) for method, some in examples.items()},
    )


def _added(statistics: Sequence[xr.Dataset]) -> xr.Dataset:
    """The cases' statistics by unit; what several cases say of one unit is added up.

    A case may lack a stratum that another has, as a radar with frames every 6 minutes knows no lead of 5.
    """
    strata = list(dict.fromkeys(str(name) for dataset in statistics for name in dataset["stratum"].values))
    whole = [dataset.reindex(stratum=strata, fill_value=0) for dataset in statistics]
    together = xr.concat(whole, dim="unit", join="exact")
    if together.indexes["unit"].is_unique:
        return together
    return together.groupby("unit").sum(skipna=False)


def _drawn(examples: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """At most so many of each kind, by the random number that each example drew."""
    kinds: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for example in sorted(examples, key=lambda example: float(example["draw"])):
        kinds[example["kind"]].append(example)
    return [example for kind in sorted(kinds) for example in kinds[kind][:most]]


def _cost(parts: Sequence[Path]) -> dict[str, float]:
    costs = [read_json(folder / COST) for folder in sorted(parts)]
    total = {name: round(sum(cost[name] for cost in costs), 3) for name in ("cpu_s", "wall_s", "cases")}
    return {**total, "peak_mb": max(cost["peak_mb"] for cost in costs)}
