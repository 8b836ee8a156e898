"""What the pages of the scan reader show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject

SUBJECT = Subject(
    title="Medical scans",
    question="Which findings does this scan show?",
    case="image",
    not_for="diagnosis, or any decision about a person: this is not a medical device",
    citations=(
        Citation(
            "Rajpurkar et al. 2017",
            "@article{rajpurkar2017,\n  title = {CheXNet: radiologist-level pneumonia detection on chest X-rays with deep learning},\n  author = {Rajpurkar, P. and others},\n  journal = {arXiv 1711.05225},\n  year = {2017}\n}",
        ),
        Citation(
            "Gulshan et al. 2016",
            "@article{gulshan2016,\n  title = {Development and validation of a deep learning algorithm for detection of diabetic retinopathy in retinal fundus photographs},\n  author = {Gulshan, V. and others},\n  journal = {JAMA 316, 2402},\n  year = {2016}\n}",
        ),
    ),
)
PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {"data": (), "report": ()}
