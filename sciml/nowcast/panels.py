"""What the pages show of nowcasting, and how the science presents itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject
from sciml.nowcast.event_panels import every_event_panel, wins_panel
from sciml.nowcast.forecast_panel import forecasts_panel
from sciml.nowcast.series_panels import crops_panel, frames_panel, rain_panel, series_panel
from sciml.nowcast.skill_panels import (
    crps_panel,
    events_panel,
    ranks_panel,
    reliability_panel,
    spectra_panel,
    spread_panel,
    value_panel,
)

SUBJECT = Subject(
    title="Rain nowcasting",
    question="Where will it rain in the next ninety minutes, and how hard?",
    case="forecast",
    not_for="warnings of floods or storms, flight or road safety without a forecaster; radars or climates unlike those "
    "of the training data; hail or snow.",
    citations=(
        Citation(
            "Ravuri et al. 2021 (DGMR)",
            "@article{ravuri2021skilful,\n  author = {Ravuri, Suman and others},\n  title = {Skilful precipitation "
            "nowcasting using deep generative models of radar},\n  journal = {Nature},\n  volume = {597},\n  "
            "pages = {672--677},\n  year = {2021},\n  doi = {10.1038/s41586-021-03854-z}\n}",
        ),
        Citation(
            "Bowler et al. 2006 (STEPS)",
            "@article{bowler2006steps,\n  author = {Bowler, Neill E. and Pierce, Clive E. and Seed, Alan W.},\n  "
            "title = {{STEPS}: A probabilistic precipitation forecasting scheme which merges an extrapolation nowcast "
            "with downscaled {NWP}},\n  journal = {Quarterly Journal of the Royal Meteorological Society},\n  "
            "volume = {132},\n  pages = {2127--2155},\n  year = {2006},\n  doi = {10.1256/qj.04.100}\n}",
        ),
        Citation(
            "Pulkkinen et al. 2019 (pysteps)",
            "@article{pulkkinen2019pysteps,\n  author = {Pulkkinen, Seppo and others},\n  title = {Pysteps: an "
            "open-source {Python} library for probabilistic precipitation nowcasting},\n  journal = {Geoscientific "
            "Model Development},\n  volume = {12},\n  pages = {4185--4219},\n  year = {2019},\n  "
            "doi = {10.5194/gmd-12-4185-2019}\n}",
        ),
        Citation(
            "Ferro 2014 (fair scores of ensembles)",
            "@article{ferro2014fair,\n  author = {Ferro, Christopher A. T.},\n  title = {Fair scores for ensemble "
            "forecasts},\n  journal = {Quarterly Journal of the Royal Meteorological Society},\n  volume = {140},\n  "
            "pages = {1917--1923},\n  year = {2014},\n  doi = {10.1002/qj.2270}\n}",
        ),
    ),
)

PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {
    "data": (frames_panel, series_panel, rain_panel, crops_panel),
    "report": (
        forecasts_panel,
        wins_panel,
        every_event_panel,
        crps_panel,
        events_panel,
        spectra_panel,
        ranks_panel,
        reliability_panel,
        spread_panel,
        value_panel,
    ),
}
