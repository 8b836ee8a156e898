"""Where does the model win, and where does it lose? Every event, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sciml.core.report.panels import Cell, Column, Estimate, Panel, RunView, Strong, Table, nothing
from sciml.core.report.score_tables import method_label, methods_in_order
from sciml.nowcast.forecast_panel import at_lead, examples_of, shown_leads
from sciml.nowcast.skill_panels import NO_SCORES

SHOWN = (
    ("fair_crps", "Fair CRPS", "mm/h"),
    ("csi_1", "CSI 1", ""),
    ("csi_5", "CSI 5", ""),
    ("spectra_ratio", "Spectra ratio", ""),
    ("common_share", "Mask", ""),
)


def wins_panel(view: RunView) -> Panel:
    """In how many forecasts each model beat each baseline, and in how many it lost."""
    title = "Forecasts in which the model wins and loses"
    if view.scores is None:
        return nothing("errors", title, NO_SCORES)
    scores, rows = view.scores, list[tuple[Cell, ...]]()
    for model, baseline in _pairs(scores):
        beside = {each["case"]: each for each in examples_of(scores, baseline)}
        for lead in _leads(scores, model):
            found = [
                (mine, theirs, str(each["case"]))
                for each in examples_of(scores, model)
                if (mine := at_lead(each, "fair_crps", lead)) is not None
                and (theirs := at_lead(beside.get(each["case"], {"leads": ()}), "fair_crps", lead)) is not None
            ]
            if found:
                lost = [(mine - theirs, mine, theirs, case) for mine, theirs, case in found if mine > theirs]
                worst = max(lost, default=None)
                said = "none" if worst is None else f"{worst[3]}: {worst[1]:.3f} beside {worst[2]:.3f}"
                won = sum(mine < theirs for mine, theirs, _ in found)
                rows.append((method_label(scores, model), baseline, lead, len(found), won, len(lost), said))
    if not rows:
        return nothing("errors", title, "No model was scored beside a baseline.")
    columns = (
        Column("Model"),
        Column("Baseline"),
        Column("Lead", "min"),
        Column("Forecasts"),
        Column("Model better"),
        Column("Model worse"),
        Column("Worst loss, mm/h"),
    )
    return Panel(
        "errors",
        title,
        (Table("wins_and_losses", columns, tuple(rows)),),
        "By fair CRPS, forecast by forecast, at half an hour and an hour.",
        "A mean hides losses: read in how many forecasts a baseline would have served better, and in which by most. "
        "Forecasts of one storm day resemble each other: ten of them are not ten independent tests.",
        "A model that loses in most forecasts and wins on the mean: one event carries its score.",
    )


def every_event_panel(view: RunView) -> Panel:
    """The scores of every forecast of every method; the best of each event is bold."""
    title = "Every event"
    if view.scores is None:
        return nothing("errors", title, NO_SCORES)
    scores, rows = view.scores, list[tuple[Cell, ...]]()
    methods = [method for method in methods_in_order(scores) if examples_of(scores, method)]
    if not methods:
        return nothing("errors", title, "The scores hold no example; evaluate.examples may be 0.")
    by_method = {method: {str(each["case"]): each for each in examples_of(scores, method)} for method in methods}
    events = sorted({case for found in by_method.values() for case in found})
    for case in events:
        some = next(found[case] for found in by_method.values() if case in found)
        for lead in shown_leads(some):
            best = _best([found.get(case) for found in by_method.values()], lead)
            for method in methods:
                if case in by_method[method]:
                    cells = [_cell(by_method[method][case], metric, lead, best) for metric, _, _ in SHOWN]
                    rows.append((case, str(some["unit"]), lead, method_label(scores, method), *cells))
    columns = (Column("Case"), Column("Storm day"), Column("Lead", "min"), Column("Method"))
    table = Table("every_event", (*columns, *(Column(name, unit) for _, name, unit in SHOWN)), tuple(rows), shown=12)
    scored = max(int(scores["methods"][method].get("cases", 0)) for method in methods)
    most = f" of {scored:,}" if scored > len(events) else ""
    return Panel(
        "errors",
        title,
        (table,),
        f"{len(events):,}{most} forecasts, one row a method and lead time. Mask: share of the observed cells that "
        "every method knows, on which all are measured.",
        "Sort by a column to find what is worst. The best fair CRPS of an event is bold, whoever has it. An event "
        "whose mask is small says little.",
        "One event that is far from all others: look at it above before the mean is believed.",
    )


def _cell(example: Mapping[str, Any], metric: str, lead: int, best: float | None) -> Cell:
    value = at_lead(example, metric, lead)
    return Strong(Estimate(value)) if metric == "fair_crps" and value is not None and value == best else value


def _best(examples: list[Mapping[str, Any] | None], lead: int) -> float | None:
    known = [at_lead(each, "fair_crps", lead) for each in examples if each is not None]
    values = [value for value in known if value is not None]
    return min(values) if len(set(values)) > 1 else None


def _pairs(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    order = [method for method in methods_in_order(scores) if examples_of(scores, method)]
    kinds = {method: scores["methods"][method]["kind"] for method in order}
    return [(a, b) for a in order for b in order if kinds[a] == "model" and kinds[b] == "baseline"]


def _leads(scores: Mapping[str, Any], method: str) -> list[int]:
    return sorted({lead for each in examples_of(scores, method) for lead in shown_leads(each)})
