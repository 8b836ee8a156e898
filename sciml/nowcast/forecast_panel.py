"""How do the forecasts look beside what came? The best, the worst and a random one, on the report."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sciml.core.contract import Case
from sciml.core.errors import DataWarning
from sciml.core.report.axes import number
from sciml.core.report.panels import Column, Panel, RunView, Table, nothing
from sciml.core.report.score_tables import method_label
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.cases import context_of, truth_of
from sciml.nowcast.forecast_view import ForecastView, forecast_view
from sciml.nowcast.radar_picture import thumbnail
from sciml.nowcast.radar_viewer import HOW_TO_READ, LOOKS_WRONG, radar_viewer
from sciml.nowcast.settings import Settings

HALF_AND_HOUR = (30, 60)
RESOLUTION = 0.01  # mm/h, of the store: on a dry day a ratio of errors below it says nothing

Example = Mapping[str, Any]


def forecasts_panel(view: RunView) -> Panel:
    """Three forecasts of the model that the verdict is about, beside what came and beside the best baseline."""
    title = "Forecasts beside what came"
    scores = view.scores
    model = (scores["headline"]["model"] or scores["headline"]["baseline"]) if scores is not None else None
    if scores is None or model is None:
        return nothing("cases", title, "No forecast was scored in this run.")
    examples = examples_of(scores, model)
    if not examples or view.predictions is None:
        return nothing("cases", title, "The scores hold no example; evaluate.examples may be 0.")
    baseline = scores["headline"]["baseline"] if scores["headline"]["baseline"] != model else None
    chosen = chosen_examples(examples, examples_of(scores, baseline) if baseline else [])
    views = [shown for labels, example in chosen if (shown := _view(view, labels, example, model, baseline))]
    if not views:
        return nothing("cases", title, "The files of the forecasts are no longer in the folder of the run.")
    name = method_label(scores, model)
    against = f" against {baseline}" if baseline else ""
    return Panel(
        "cases",
        title,
        (
            radar_viewer(
                views,
                f"{name}, run {view.run}. {view.provenance.capitalize()} data.",
                f"Rain forecast by {name} beside what the radar saw.",
                _table(chosen, model, baseline),
                f"{len(views)} of {len(examples):,} scored forecasts are shown: one drawn by lot, and those in which "
                f"{name} did best and worst{against}.",
            ),
        ),
        f"Forecasts of {name}. The random one is shown first: the best alone would mislead.",
        HOW_TO_READ,
        LOOKS_WRONG,
        thumbnail(views),
    )


def examples_of(scores: Mapping[str, Any], method: str) -> list[Example]:
    """The scored forecasts of a method by case."""
    found = (each for each in scores["examples"].get(method, ()) if each["kind"] == "forecast")
    return sorted(found, key=lambda each: str(each["case"]))


def chosen_examples(examples: Sequence[Example], beside: Sequence[Example]) -> list[tuple[str, Example]]:
    """A random example, that with the least CRPS as a share of the baseline's, and that with the largest.

    One case may be two of them: then it is shown once, with both words.
    """
    baseline = {each["case"]: each for each in beside}
    lot = min(examples, key=lambda each: (float(each["draw"]), str(each["case"])))
    ratios = [(ratio, each) for each in examples if (ratio := _ratio(each, baseline.get(each["case"]))) is not None]
    picked = [("Random", lot)]
    if ratios:
        picked.append(("Best", min(ratios, key=lambda pair: pair[0])[1]))
        picked.append(("Worst", max(ratios, key=lambda pair: pair[0])[1]))
    words: dict[str, list[str]] = {}
    for word, each in picked:
        said = words.setdefault(str(each["case"]), [])
        said.append(word.lower() if said else word)
    by_case = {str(each["case"]): each for _, each in picked}
    return [(" and ".join(names), by_case[case]) for case, names in words.items()]


def at_lead(example: Example, metric: str, minutes: int) -> float | None:
    """A score of one forecast at one lead; None where it has none."""
    values = example.get(metric)
    if values is None or minutes not in example["leads"]:
        return None
    value = values[list(example["leads"]).index(minutes)]
    return None if value is None else float(value)


def shown_leads(example: Example) -> list[int]:
    """Half an hour and an hour, as far as they were forecast, else the last lead."""
    return [lead for lead in HALF_AND_HOUR if lead in example["leads"]] or [int(example["leads"][-1])]


def _ratio(example: Example, baseline: Example | None) -> float | None:
    pairs = [
        (value, at_lead(baseline, "fair_crps", lead) if baseline is not None else 1.0)
        for lead in shown_leads(example)
        if (value := at_lead(example, "fair_crps", lead)) is not None
    ]
    known = [(value + RESOLUTION) / (other + RESOLUTION) for value, other in pairs if other is not None]
    return float(np.mean(known)) if known else None


def _view(view: RunView, tab: str, example: Example, model: str, baseline: str | None) -> ForecastView | None:
    case = _case(view, str(example["case"]))
    answer = _answer(view, model, str(example["case"]))
    if case is None or answer is None:
        return None
    beside = _answer(view, baseline, case.id) if baseline is not None else None
    with open_forecast(answer) as forecast:
        if beside is None or baseline is None:
            return forecast_view(context_of(case), forecast, truth_of(case), None, tab, _title(case), _about(example))
        with open_forecast(beside) as other:
            return forecast_view(
                context_of(case), forecast, truth_of(case), (baseline, other), tab, _title(case), _about(example)
            )


def _case(view: RunView, identifier: str) -> Case | None:
    from sciml.nowcast.ingest import cases

    settings = view.settings
    assert isinstance(settings, Settings)
    with warnings.catch_warnings():
        # the stages before this one have told of cases that are left out
        warnings.simplefilter("ignore", DataWarning)
        return next((case for case in cases(settings, view.index) if case.id == identifier), None)


def _answer(view: RunView, method: str, case: str) -> Path | None:
    assert view.predictions is not None
    return next(iter(sorted((view.predictions / method).glob(f"*/{case}.nc"))), None)


def _title(case: Case) -> str:
    issued = str(case.place["time"])[:16].replace("T", " ")
    return f"{case.unit.id}, issued {issued} UTC"


def _about(example: Example) -> str:
    said = [
        f"{number(value, 3)} mm/h at +{lead} min"
        for lead in shown_leads(example)
        if (value := at_lead(example, "fair_crps", lead)) is not None
    ]
    return f"Fair CRPS of this forecast: {' and '.join(said)}." if said else "No radar frame came to score it."


def _table(chosen: Sequence[tuple[str, Example]], model: str, baseline: str | None) -> Table:
    rows = [
        (tab, str(each["case"]), lead, *(at_lead(each, metric, lead) for metric in ("fair_crps", "csi_1", "csi_5")))
        for tab, each in chosen
        for lead in shown_leads(each)
    ]
    columns = (Column("Shown as"), Column("Case"), Column("Lead", "min"), Column(f"Fair CRPS of {model}", "mm/h"))
    return Table("forecasts_shown", (*columns, Column("CSI 1"), Column("CSI 5")), tuple(rows))
