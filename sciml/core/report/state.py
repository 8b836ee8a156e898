"""How far did a science come in a run, and if a stage failed, what did it say last?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """`word` is complete, failed or not finished; `log` and `last_line` are those of the stage that failed.

    `report` and `data` say which pages exist; the report of a run that failed is one of an earlier run.
    """

    word: str
    detail: str
    report: bool
    data: bool
    log: str | None = None
    last_line: str = ""


def state_of(results: Path, logs: Path) -> State:
    """The state of one science, from the files that its stages must leave and the logs that they wrote."""
    report, data = (results / "report.html").is_file(), (results / "data.html").is_file()
    # a stage that wrote a log and left no output has failed: the engine deletes what a failed job wrote
    failed = [
        path
        for path in sorted(logs.rglob("*.log"))
        if path.stat().st_size and not _output(results, path.relative_to(logs).with_suffix("")).exists()
    ]
    if failed:
        log = max(failed, key=lambda path: path.stat().st_mtime)
        stage = log.relative_to(logs).with_suffix("").as_posix()
        return State("failed", f"at {stage}", report, data, str(log), _last_line(log))
    if report:
        return State("complete", "", report, data)
    return State("not finished", "" if data else "nothing to show yet", report, data)


def _output(results: Path, stage: Path) -> Path:
    """What the job that writes the log `stage` leaves behind."""
    name, *rest = stage.parts
    single = {
        "simulate": "source",
        "ingest": "raw/index.json",
        "gather": "dataset.json",
        "preview": "data.html",
        "train": "model/model.json",
        "evaluate": "scores.json",
        "report": "report.html",
    }
    if name == "prepare" and rest:
        return results.joinpath("parts", *rest[:-1], f"{rest[-1]}.zarr")
    if name == "predict":
        return results.joinpath("predictions", *rest)
    if name == "collect":
        return results.joinpath("answers", *rest)
    # a log of a stage that is not known here: it cannot be told from its output
    return results / single[name] if name in single else results


def _last_line(log: Path, limit: int = 400) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:limit] if lines else ""
