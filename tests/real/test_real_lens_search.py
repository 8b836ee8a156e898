"""Real survey tiles through the search: a known lens is detected and stands out, and no unit or hole stops it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from small_sky import write_finder

from sciml.lenses import find
from sciml.lenses.catalogs import objects_of
from sciml.lenses.ring_flux import ring_flux
from sciml.lenses.scoring import scored
from sciml.lenses.settings import PrepareSettings
from sciml.lenses.tiles import open_tile

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "survey"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "cfhtls").exists(), reason="the real survey images are not here"),
    # a band that is blank in a part of the sky is said
    pytest.mark.filterwarnings("always::sciml.core.errors.DataWarning"),
]
# SL2SJ142209+524652 in the catalogue of known lenses
LENS_RA, LENS_DEC = 215.53862, 52.78123


def images(folder: str, pattern: str, bands: tuple[str, ...]) -> dict[str, Path]:
    return {band: DATA / folder / pattern.format(band) for band in bands}


def away_arcsec(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    return np.asarray(3600 * np.hypot((ra - LENS_RA) * np.cos(np.radians(LENS_DEC)), dec - LENS_DEC))


def test_the_known_lens_is_detected_and_is_among_the_best_three_by_its_ring_flux() -> None:
    tile = open_tile(images("cfhtls", "CFHTLS-test_{}.fits", ("g", "r", "i")))
    objects = objects_of(tile, None)
    assert 40 <= len(objects) <= 120
    nearest = int(np.argmin(away_arcsec(objects.ra, objects.dec)))
    assert away_arcsec(objects.ra, objects.dec)[nearest] < 1.0
    answer = scored(tile, objects, PrepareSettings(), lambda image: ring_flux(image, 0.2))
    assert 1 <= answer["rank"].to_numpy()[nearest] <= 3


@pytest.mark.parametrize(
    ("folder", "pattern", "bands"),
    [
        ("kids", "KiDS-test_{}.fits", ("g", "r", "i")),  # fluxes of 1e-12
        ("vics82", "VICS82-test_{}.fits", ("i", "J", "Ks")),  # NaN in two bands
        ("ps1", "PS1-test_{}.fits", ("r", "i", "z")),  # a third of z is NaN, on 49 pixels
    ],
)
def test_no_unit_and_no_hole_stops_a_search(folder: str, pattern: str, bands: tuple[str, ...], tmp_path: Path) -> None:
    table = find(images(folder, pattern, bands), model=write_finder(tmp_path / "finder", bands))
    ranked = np.asarray(table["rank"]) > 0
    assert ranked.any()
    assert np.isfinite(np.asarray(table["score"])[ranked]).all()
    assert sorted(np.asarray(table["rank"])[ranked]) == list(range(1, ranked.sum() + 1))
