"""What the pages of the scan reader show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject
from sciml.scans.case_panels import cases_panel, images_panel
from sciml.scans.finding_panels import operating_panel, precision_recall_panel, roc_panel, sites_panel

SUBJECT = Subject(
    title="Medical scans",
    question="Which findings does this scan show?",
    case="image",
    private=True,
    not_for="diagnosis, or any decision about a person: this is not a medical device",
    citations=(
        Citation(
            "Gulshan et al. 2016 (diabetic retinopathy)",
            "@article{gulshan2016retinopathy,\n  author = {Gulshan, Varun and others},\n  title = {Development and "
            "validation of a deep learning algorithm for detection of diabetic retinopathy in retinal fundus "
            "photographs},\n  journal = {JAMA},\n  volume = {316},\n  pages = {2402--2410},\n  year = {2016},\n  "
            "doi = {10.1001/jama.2016.17216}\n}",
        ),
        Citation(
            "Rajpurkar et al. 2017 (CheXNet)",
            "@misc{rajpurkar2017chexnet,\n  author = {Rajpurkar, Pranav and others},\n  title = {{CheXNet}: "
            "radiologist-level pneumonia detection on chest {X}-rays with deep learning},\n  year = {2017},\n  "
            "eprint = {1711.05225},\n  archiveprefix = {arXiv}\n}",
        ),
    ),
)

PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {
    "data": (images_panel,),
    "report": (cases_panel, sites_panel, operating_panel, roc_panel, precision_recall_panel),
}
