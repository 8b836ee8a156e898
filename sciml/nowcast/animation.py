"""A forecast as a page of its own: one file that runs in any browser, without a network."""

from __future__ import annotations

from typing import Any

import xarray as xr

from sciml import __version__
from sciml.core.report.markup import join, tag
from sciml.core.report.page import Section, page
from sciml.core.report.panels import Column, Panel, Table, Text
from sciml.core.report.render import Writer
from sciml.nowcast.forecast_view import ForecastView, forecast_view
from sciml.nowcast.radar_viewer import HOW_TO_READ, LOOKS_WRONG, radar_viewer

MAX_CELLS = 448  # along the longer side; a page of one forecast has room for more than one of three
NOT_FOR = "Not for warnings of floods or storms, flight or road safety without a forecaster."


def animation_page(context: xr.Dataset, forecast: xr.Dataset, truth: xr.DataArray | None = None) -> str:
    """The whole HTML file of at most 5 MB, the same bytes for the same forecast.

    `context` are the radar frames (time, y, x) that the forecast was made from, `forecast` is as
    `sciml.nowcast.answers` describes it, `truth` (lead_time, y, x) what came afterwards, where that is known.
    """
    view = forecast_view(context, forecast, truth, max_cells=MAX_CELLS)
    # of the forecast alone nobody can say whether its frames are simulated, so the page has no band for it
    writer = Writer("real")
    issued = view.times[len(view.context) - 1]
    sentence = f"Rain forecast issued {issued} by {view.method}."
    viewer = radar_viewer([view], f"{sentence} sciml {__version__}.", sentence)
    title = f"The next {view.leads[-1]} minutes" + (" beside what came" if truth is not None else "")
    made = Table("made", (Column("What"), Column("Value")), tuple(_facts(view, forecast.attrs)))
    shown = Panel("data", title, (viewer,), "", HOW_TO_READ, LOOKS_WRONG)
    how = Panel("data", "How it was made", (made, Text((NOT_FOR,))))
    head = join(
        [
            tag("p", "sciml · nowcast", class_="crumb"),
            tag("h1", f"Rain from {issued}"),
            tag("p", _summary(view, forecast.attrs), class_="question"),
        ]
    )
    body = writer.panels([shown, how])
    footer = join([tag("p", f"Made by sciml {__version__}."), writer.licences])
    return page(
        f"Rain from {issued}", head, [Section("forecast", "Forecast", body)], footer, writer.blocks, writer.scripts
    )


def _summary(view: ForecastView, attrs: Any) -> str:
    if attrs.get("status") == "dry":
        return "There was too little rain to forecast from: the forecast is dry."
    members = f"{view.ensemble} members" if view.ensemble > 1 else "one forecast"
    return f"The next {view.leads[-1]} minutes by {view.method}: {members}, every {view.leads[0]} minutes."


def _facts(view: ForecastView, attrs: Any) -> list[tuple[str, str]]:
    height, width = view.cell_km
    cell = f"{height / view.reduced:.3g} km" if abs(height - width) < 1e-6 else f"{height:.3g} x {width:.3g} km"
    facts = [
        ("Method", view.method),
        ("Members", str(view.ensemble)),
        ("Seed", str(attrs.get("seed", "none"))),
        ("Cell", cell),
    ]
    notes = [str(attrs[name]) for name in ("context_note", "notes") if attrs.get(name)]
    return [*facts, ("Notes", "; ".join(notes))] if notes else facts
