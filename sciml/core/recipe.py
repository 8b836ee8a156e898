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

    `function` is the stage's own in `sciml.core.stages`; `uses` is what it takes from the rooms of the domain
    (`room:name`); `reads` names settings by dotted key, and `omits` what is left out below them.
    """

    function: str
    uses: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    omits: tuple[str, ...] = ()
    stands_on: tuple[str, ...] = ()


_PREDICT = Stage(
    "predict",
    uses=("ingest:cases", "predict:load", "predict:predict", "predict:export", "predict:SUFFIX"),
    # the split and the number of parts say which cases a job answers; which other methods run is no business of it
    reads=("split", "prepare.parts", "predict"),
    omits=("predict.methods", "predict.model"),
    stands_on=("ingest",),
)

STAGES: Mapping[str, Stage] = {
    "simulate": Stage("simulate", ("simulate:simulate",), reads=("simulate",)),
    "ingest": Stage("ingest", ("ingest:ingest",), reads=("ingest",), stands_on=("simulate",)),
    "prepare": Stage(
        "prepare",
        ("ingest:cases", "prepare:LAYOUT", "prepare:prepare_part"),
        reads=("split", "prepare"),
        stands_on=("ingest",),
    ),
    "gather": Stage("gather", stands_on=("prepare",)),
    "preview": Stage("preview", ("evaluate:PANELS", "evaluate:SUBJECT"), stands_on=("gather",)),
    "train": Stage(
        "train",
        ("model:ARRAYS", "model:module", "model:calibrate", "model:record"),
        reads=("model", "train"),
        stands_on=("gather",),
    ),
    "predict:trained": replace(_PREDICT, stands_on=("train",)),
    "predict:shipped": _PREDICT,
    "predict:given": replace(_PREDICT, omits=("predict.methods",)),
    # a classical method may draw what it looks at as `prepare` does, but knows nothing of part stores
    "predict:baseline": replace(
        _PREDICT,
        uses=("ingest:cases", "baseline:METHODS", "predict:export", "predict:SUFFIX"),
        reads=("split", "prepare", "predict"),
        omits=(*_PREDICT.omits, "prepare.samples_per_shard", "prepare.max_part_gb", "prepare.codec"),
    ),
    # stands on the predictions of its method
    "collect": Stage("collect", ("ingest:cases", "predict:collect", "predict:SUFFIX")),
    # stands on all predictions of the run
    "evaluate": Stage(
        "evaluate",
        ("ingest:cases", "evaluate:evaluate", "evaluate:METRICS", "evaluate:HEADLINE", "predict:SUFFIX"),
        reads=("evaluate", "predict.methods"),
    ),
    # the page prints every setting; stands on the scores and, in a run that trains, on the data set
    "report": Stage("report", ("evaluate:PANELS", "evaluate:SUBJECT"), reads=("",)),
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
    """The keys of all stages of a domain by name; those of one method `predict:<method>` and `collect:<method>`.

    `settings` is the complete mapping, defaults filled in (`model_dump(mode="json")`).
    """
    keys: dict[str, str] = {}
    methods = [str(method) for method in settings["predict"]["methods"]]
    for name in ("simulate", "ingest", "prepare", "gather", "preview", "train"):
        keys[name] = _key(name, STAGES[name], domain, settings, around, keys)
    for method in methods:
        stage = STAGES[f"predict:{method if method in MODELS else 'baseline'}"]
        keys[f"predict:{method}"] = _key(method, stage, domain, settings, around, keys)
        collect = replace(STAGES["collect"], stands_on=(f"predict:{method}",))
        keys[f"collect:{method}"] = _key("collect", collect, domain, settings, around, keys)
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
        content["code"] = code_digest(roots_of(stage, domain, around.package), around.package)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def roots_of(stage: Stage, domain: str, package: Path = PACKAGE) -> list[str]:
    """Where the code of a stage begins, as `code_digest` takes it."""
    return [f"{package.name}.core.stages:{stage.function}", *(f"{package.name}.{domain}.{use}" for use in stage.uses)]


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
