"""What the pages of the structure predictor show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject
from sciml.proteins.alignment_panels import alignment_panel, contacts_panel, depths_panel
from sciml.proteins.family_panels import against_panel, families_panel, structures_panel
from sciml.proteins.precision_panels import asked_panel, confidence_panel, depth_panel

SUBJECT = Subject(
    title="Protein contacts and folds",
    question="Which residues touch, and what is the fold?",
    case="family",
    not_for="drug design or any use that needs atoms: the folds are coarse traces of the backbone",
    citations=(
        Citation(
            "Senior et al. 2020 (AlphaFold)",
            "@article{senior2020alphafold,\n  author = {Senior, Andrew W. and others},\n  title = {Improved protein "
            "structure prediction using potentials from deep learning},\n  journal = {Nature},\n  volume = {577},\n  "
            "pages = {706--710},\n  year = {2020},\n  doi = {10.1038/s41586-019-1923-7}\n}",
        ),
        Citation(
            "Morcos et al. 2011 (direct-coupling analysis)",
            "@article{morcos2011dca,\n  author = {Morcos, Faruck and others},\n  title = {Direct-coupling analysis of "
            "residue coevolution captures native contacts across many protein families},\n  journal = {Proceedings of "
            "the National Academy of Sciences},\n  volume = {108},\n  pages = {E1293--E1301},\n  year = {2011},\n  "
            "doi = {10.1073/pnas.1111471108}\n}",
        ),
        Citation(
            "Dunn et al. 2008 (average product correction)",
            "@article{dunn2008apc,\n  author = {Dunn, S. D. and Wahl, L. M. and Gloor, G. B.},\n  title = {Mutual "
            "information without the influence of phylogeny or entropy dramatically improves residue contact "
            "prediction},\n  journal = {Bioinformatics},\n  volume = {24},\n  pages = {333--340},\n  year = {2008},\n  "
            "doi = {10.1093/bioinformatics/btm604}\n}",
        ),
        Citation(
            "3Dmol.js (Rego and Koes 2015), which draws the folds",
            "@article{rego20153dmol,\n  author = {Rego, Nicholas and Koes, David},\n  title = {3Dmol.js: molecular "
            "visualization with {WebGL}},\n  journal = {Bioinformatics},\n  volume = {31},\n  pages = {1322--1324},\n  "
            "year = {2015},\n  doi = {10.1093/bioinformatics/btu829}\n}",
        ),
    ),
)

PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {
    "data": (alignment_panel, depths_panel, contacts_panel),
    "report": (
        families_panel,
        structures_panel,
        against_panel,
        asked_panel,
        depth_panel,
        confidence_panel,
        depths_panel,
    ),
}
