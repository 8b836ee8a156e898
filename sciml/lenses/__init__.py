"""Is this galaxy a strong gravitational lens? Candidates from survey images, in the spirit of CMU DeepLens.

    from sciml.lenses import find, write_candidates

    candidates = find({"g": "tile_g.fits", "r": "tile_r.fits", "i": "tile_i.fits"}, catalog="objects.csv")
    write_candidates(candidates, "candidates.ecsv")

The way of one object, file by file: `tiles` (open, check), `catalogs` or `detection` (where to look), `cutouts` (in
units of the sky's noise), `network` (the layers), `finder` (network over cutouts), `scoring` (piece by piece),
`candidates` (ranks, probabilities, the table). Method: Lanusse et al. 2018, MNRAS 473, 3895.
"""

from typing import TYPE_CHECKING

from sciml.core.lazy import lazily

if TYPE_CHECKING:
    from sciml.lenses.candidates import read_candidates, write_candidates
    from sciml.lenses.finding import find

_HOMES = {"find": "finding", "read_candidates": "candidates", "write_candidates": "candidates"}

__all__ = ["find", "read_candidates", "write_candidates"]


__getattr__, __dir__ = lazily(__name__, _HOMES)
