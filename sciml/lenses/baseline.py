"""What does the classical search say? Light around the galaxy that is not the galaxy's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import xarray as xr

from sciml import __version__
from sciml.core.contract import Case
from sciml.lenses.ingest import objects_of_unit, tile_of_unit
from sciml.lenses.ring_flux import ring_flux
from sciml.lenses.scoring import scored, with_probability
from sciml.lenses.settings import Settings


def find_rings(settings: Settings, case: Case) -> xr.Dataset:
    """The objects of a tile or stack by their ring flux, dimension (object); its scores are no probabilities."""
    tile, prepare = tile_of_unit(case.unit), settings.prepare

    answer = scored(
        tile, objects_of_unit(case.unit, tile), prepare, lambda image: ring_flux(image, prepare.scale_arcsec)
    )
    return with_probability(answer, None, settings.predict.prevalence, {"method": "ring-flux", "demonstration": False})


METHODS: Mapping[str, Callable[[Settings, Case], xr.Dataset]] = {"ring-flux": find_rings}
VERSIONS: Mapping[str, Callable[[], str]] = {"ring-flux": lambda: f"sciml {__version__}"}
