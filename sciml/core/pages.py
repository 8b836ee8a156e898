"""The pages of a run from what its stages left on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sciml.core.contract import DomainRooms
from sciml.core.records import read_index, read_json
from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.front_page import front_page
from sciml.core.report.panels import RunView
from sciml.core.versions import versions
from sciml.core.weights import read_record


def preview(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    dataset: Path,
    out: Path,
    run: str,
    origins: Mapping[str, str],
    overlay: str,
) -> str:
    """The page of the data, before anything has been learnt from them."""
    view = _view(rooms, settings, raw, dataset, out, run, origins, overlay)
    return data_page(view, rooms.evaluate.SUBJECT, rooms.evaluate.PANELS["data"])


def report(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    dataset: Path | None,
    model: Path | None,
    scores: Path,
    cost: Path,
    out: Path,
    run: str,
    origins: Mapping[str, str],
    overlay: str,
) -> str:
    """The report of one science; a run that trained nothing has neither data set nor model."""
    view = replace(
        _view(rooms, settings, raw, dataset, out, run, origins, overlay),
        scores=read_json(scores),
        cost=read_json(cost),
        record=None if model is None else read_record(model),
        model=model,
        predictions=scores.parent / "predictions",
    )
    return report_page(view, rooms.evaluate.SUBJECT, rooms.evaluate.PANELS["report"])


def index(run: str, results: Path, domains: Sequence[str], overlay: str) -> str:
    """The front page of the run whose results lie in `results/<run>`, whatever there is of it."""
    top = results.parent.parent
    return front_page(run, results, domains, top / "logs" / run, top / "benchmarks" / run, {}, [_again(run, overlay)])


def _view(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    dataset: Path | None,
    page: Path,
    run: str,
    origins: Mapping[str, str],
    overlay: str,
) -> RunView:
    return RunView(
        run=run,
        domain=rooms.name,
        settings=settings,
        index=read_index(raw),
        raw=raw,
        dataset=dataset,
        manifest=None if dataset is None else read_json(dataset),
        benchmarks=_beside(page, "benchmarks"),
        versions=versions(),
        origins=origins,
        commands=(_again(run, overlay),),
    )


def _again(run: str, overlay: str) -> str:
    return f"snakemake --cores 8 --config overlay={overlay} run={run}"


def _beside(page: Path, name: str) -> Path:
    """`<name>/<run>/<domain>` for a page at `results/<run>/<domain>/page.html`."""
    return page.parent.parent.parent.parent / name / page.parent.parent.name / page.parent.name
