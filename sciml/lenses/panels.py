"""What the pages of the lens finder show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject

SUBJECT = Subject(
    title="Strong lenses",
    question="Is this galaxy a strong gravitational lens?",
    case="tile",
    not_for="announcing a lens: a candidate needs a look at its image, and then a spectrum",
    citations=(
        Citation(
            "Lanusse et al. 2018",
            "@article{lanusse2018,\n  title = {CMU DeepLens: deep learning for automatic image-based galaxy-galaxy strong lens finding},\n  author = {Lanusse, F. and others},\n  journal = {Monthly Notices of the Royal Astronomical Society 473, 3895},\n  year = {2018}\n}",
        ),
        Citation(
            "Metcalf et al. 2019",
            "@article{metcalf2019,\n  title = {The strong gravitational lens finding challenge},\n  author = {Metcalf, R. B. and others},\n  journal = {Astronomy and Astrophysics 625, A119},\n  year = {2019}\n}",
        ),
    ),
)
PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {"data": (), "report": ()}
