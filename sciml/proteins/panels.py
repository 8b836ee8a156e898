"""What the pages of the structure predictor show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject

SUBJECT = Subject(
    title="Protein contacts and folds",
    question="Which residues touch, and what is the fold?",
    case="family",
    not_for="drug design or any use that needs atoms: the folds are coarse traces of the backbone",
    citations=(
        Citation(
            "Senior et al. 2020",
            "@article{senior2020,\n  title = {Improved protein structure prediction using potentials from deep learning},\n  author = {Senior, A. W. and others},\n  journal = {Nature 577, 706},\n  year = {2020}\n}",
        ),
        Citation(
            "Morcos et al. 2011",
            "@article{morcos2011,\n  title = {Direct-coupling analysis of residue coevolution captures native contacts across many protein families},\n  author = {Morcos, F. and others},\n  journal = {Proceedings of the National Academy of Sciences 108, E1293},\n  year = {2011}\n}",
        ),
    ),
)
PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {"data": (), "report": ()}
