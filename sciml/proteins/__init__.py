"""Which residues touch, and what is the fold? Distances and structures from alignments, as AlphaFold first did it.

    from sciml.proteins import fold

    folded = fold("family.a3m")
    folded.structure, folded.distances, folded.confidence

The way of one query, file by file: `alignments` (rows), `features` (profile and coevolution maps, by `couplings`),
`network` (distances of all pairs, as `distograms`), `folding` (coordinates), `model_files` and `contacts`.
Method: Senior et al. 2020, Nature 577, 706; coevolution: Morcos et al. 2011, PNAS 108, E1293.
"""

from typing import TYPE_CHECKING

from sciml.core.lazy import lazily

if TYPE_CHECKING:
    from sciml.proteins.alignments import read_alignment
    from sciml.proteins.folds import Fold, fold
    from sciml.proteins.structures import read_structure

_HOMES = {
    "Fold": "folds",
    "fold": "folds",
    "read_alignment": "alignments",
    "read_structure": "structures",
}

__all__ = ["Fold", "fold", "read_alignment", "read_structure"]


__getattr__, __dir__ = lazily(__name__, _HOMES)
