"""What the pages of the lens finder show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject
from sciml.lenses.gallery_panels import gallery_panel, kinds_panel
from sciml.lenses.ranking_panels import completeness_panel, impostors_panel, roc_panel

SUBJECT = Subject(
    title="Strong lenses",
    question="Is this galaxy a strong gravitational lens?",
    case="tile",
    not_for="announcing a lens: a candidate needs a look at its image, and then a spectrum",
    citations=(
        Citation(
            "Lanusse et al. 2018 (CMU DeepLens)",
            "@article{lanusse2018deeplens,\n  author = {Lanusse, Fran{\\c{c}}ois and others},\n  title = {{CMU} "
            "{DeepLens}: deep learning for automatic image-based galaxy-galaxy strong lens finding},\n  "
            "journal = {Monthly Notices of the Royal Astronomical Society},\n  volume = {473},\n  "
            "pages = {3895--3906},\n  year = {2018},\n  doi = {10.1093/mnras/stx1665}\n}",
        ),
        Citation(
            "Metcalf et al. 2019 (lens finding challenge)",
            "@article{metcalf2019challenge,\n  author = {Metcalf, R. B. and others},\n  title = {The strong "
            "gravitational lens finding challenge},\n  journal = {Astronomy and Astrophysics},\n  volume = {625},\n  "
            "pages = {A119},\n  year = {2019},\n  doi = {10.1051/0004-6361/201832797}\n}",
        ),
        Citation(
            "Lupton et al. 2004 (colours of the pictures)",
            "@article{lupton2004,\n  author = {Lupton, Robert and others},\n  title = {Preparing red-green-blue "
            "images from {CCD} data},\n  journal = {Publications of the Astronomical Society of the Pacific},\n  "
            "volume = {116},\n  pages = {133--137},\n  year = {2004},\n  doi = {10.1086/382245}\n}",
        ),
    ),
)

PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {
    "data": (kinds_panel,),
    "report": (gallery_panel, impostors_panel, roc_panel, completeness_panel),
}
