"""Would this stage still make what it made? One key per stage, equal as long as the answer is yes.

A key adds up the settings that the stage reads, the code that it can reach, the files that its settings name, the
version of an outside program, and the keys of the stages it stands on. The last part is what makes a failed
retraining visible: whatever stands on it has another key until it succeeds.

The keys are handed to the workflow engine as parameters of the rules. They do not cover library versions; the
records that a run writes do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sciml.core.closure import code_digest

PACKAGE = Path(__file__).parents[1]
MODELS = ("trained", "shipped", "given")


@dataclass(frozen=True)
class Stage:
    """What a stage depends on.

    `reads` names settings by dotted key, `omits` what is left out below them; `rooms` are modules of the domain,
    `function` is the stage's own in `sciml.core.stages`; `without` names modules that it reaches but does not use.
    """

    function: str
    reads: tuple[str, ...] = ()
    omits: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    stands_on: tuple[str, ...] = ()


_PREDICT = Stage(
    "predict",
    # the split and the number of parts say which cases a job answers; which other methods run is no business of it
    reads=("split", "prepare.parts", "predict"),
    omits=("predict.methods", "predict.model"),
    stands_on=("ingest",),
)

STAGES: Mapping[str, Stage] = {
    "simulate": Stage("simulate", reads=("simulate",), rooms=("simulate",)),
    "ingest": Stage("ingest", reads=("ingest",), rooms=("ingest",), stands_on=("simulate",)),
    "prepare": Stage("prepare", reads=("split", "prepare"), rooms=("ingest", "prepare"), stands_on=("ingest",)),
    "gather": Stage("gather", stands_on=("prepare",)),
    "preview": Stage("preview", rooms=("ingest", "evaluate"), stands_on=("gather",)),
    "train": Stage("train", reads=("model", "train"), rooms=("model",), stands_on=("gather",)),
    "predict:trained": replace(_PREDICT, rooms=("ingest", "predict"), stands_on=("train",)),
    "predict:shipped": replace(_PREDICT, rooms=("ingest", "predict")),
    "predict:given": replace(_PREDICT, rooms=("ingest", "predict"), omits=("predict.methods",)),
    "predict:baseline": replace(_PREDICT, rooms=("ingest", "baseline")),
    # the panels are declared beside the metrics, but only the pages draw them
    "evaluate": Stage(
        "evaluate",
        reads=("evaluate", "predict.methods"),
        rooms=("ingest", "evaluate"),
        without=("sciml.core.report", "sciml.{domain}.panels"),
    ),
    # the page prints every setting
    "report": Stage("report", reads=("",), rooms=("ingest", "evaluate")),
    "index": Stage("index", stands_on=("report",)),
}


@dataclass(frozen=True)
class Surroundings:
    """What a recipe needs to know beside the settings.

    `root` is the folder that relative paths in the settings start from; `code` says whether the code counts;
    `versions` has one entry per baseline, `shipped` is a digest of the weights that come with the package.
    """

    root: Path
    code: bool = True
    versions: Mapping[str, str] | None = None
    shipped: str = ""
    package: Path = PACKAGE


def recipes(domain: str, settings: Mapping[str, Any], around: Surroundings) -> dict[str, str]:
    """The keys of all stages of a domain by name; those of predictions are called `predict:<method>`.

    `settings` is the complete mapping, defaults filled in (`model_dump(mode="json")`).
    """
    keys: dict[str, str] = {}
    methods = [str(method) for method in settings["predict"]["methods"]]
    for name in ("simulate", "ingest", "prepare", "gather", "preview", "train"):
        keys[name] = _key(name, STAGES[name], domain, settings, around, keys)
    for method in methods:
        stage = STAGES[f"predict:{method if method in MODELS else 'baseline'}"]
        keys[f"predict:{method}"] = _key(method, stage, domain, settings, around, keys)
    answers = tuple(f"predict:{method}" for method in sorted(methods))
    keys["evaluate"] = _key("evaluate", replace(STAGES["evaluate"], stands_on=answers), domain, settings, around, keys)
    # a run that trains nothing has no data set to report on
    below = ("gather", "evaluate") if "trained" in methods else ("evaluate",)
    keys["report"] = _key("report", replace(STAGES["report"], stands_on=below), domain, settings, around, keys)
    keys["index"] = _key("index", STAGES["index"], domain, settings, around, keys)
    return keys


def _key(
    name: str, stage: Stage, domain: str, settings: Mapping[str, Any], around: Surroundings, keys: Mapping[str, str]
) -> str:
    slices = {key: _slice(settings, key, stage.omits) for key in stage.reads}
    content: dict[str, Any] = {
        "stage": name,
        "settings": slices,
        "files": sorted({fact for value in slices.values() for fact in _files_in(value, around.root)}),
        "stands on": [keys[other] for other in stage.stands_on],
    }
    if name == "shipped":
        content["weights"] = around.shipped
    if name in (around.versions or {}):
        content["version"] = (around.versions or {})[name]
    if around.code:
        content["code"] = code_digest(
            roots=[f"{around.package.name}.core.stages:{stage.function}", *_rooms(stage, domain, around)],
            package=around.package,
            without=tuple(module.format(domain=domain) for module in stage.without),
        )
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _rooms(stage: Stage, domain: str, around: Surroundings) -> list[str]:
    return [f"{around.package.name}.{domain}.{room}" for room in stage.rooms]


def _slice(settings: Mapping[str, Any], key: str, omits: tuple[str, ...]) -> Any:
    value: Any = settings
    for part in key.split(".") if key else ():
        value = value[part]
    left_out = {omitted.removeprefix(f"{key}.") for omitted in omits if omitted.startswith(f"{key}.")}
    return {name: inner for name, inner in value.items() if name not in left_out} if left_out else value


def _files_in(value: Any, root: Path) -> Iterator[tuple[str, str]]:
    """Each file that a setting names, with size and time; of a model folder, the digest of its record."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _files_in(inner, root)
    elif isinstance(value, str) and value:
        yield from _facts(value, root)


def _facts(text: str, root: Path) -> Iterator[tuple[str, str]]:
    path = root / text
    try:
        if path.is_file():
            state = path.stat()
            yield text, f"{state.st_size} {state.st_mtime_ns}"
            if path.suffix == ".tsv":  # a sample sheet: the files in its cells, relative to the sheet
                cells = {cell for line in path.read_text().splitlines() for cell in line.split("\t")}
                yield from (fact for cell in sorted(cells) if cell for fact in _facts(cell, path.parent))
        elif (path / "model.json").is_file():
            yield text, hashlib.sha256((path / "model.json").read_bytes()).hexdigest()
    except (OSError, ValueError):  # too long for a path, or not to be read: the stage that opens it says so
        return
