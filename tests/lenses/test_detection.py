"""Sources are found where they are, the brightest first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_sky import PLACES, galaxy, write_images

from sciml.lenses.detection import detect
from sciml.lenses.tiles import Tile, open_tile


@pytest.fixture(scope="module")
def tile(tmp_path_factory: pytest.TempPathFactory) -> Tile:
    return open_tile(write_images(tmp_path_factory.mktemp("sky")), "patch")


def changed(tile: Tile, change: object) -> Tile:
    return replace(tile, fluxes={band: change(flux.copy()) for band, flux in tile.fluxes.items()})  # type: ignore[operator]


def places(tile: Tile) -> set[tuple[float, float]]:
    found = detect(tile)
    return set(zip(found["x"].tolist(), found["y"].tolist(), strict=True))


def test_every_galaxy_is_found_on_its_pixel_and_nothing_in_the_noise(tile: Tile) -> None:
    found = sorted(places(tile))
    for place in PLACES:
        assert min(np.hypot(x - place[0], y - place[1]) for x, y in found) <= 1
    # what else there is are knots of the ring, 1.6 arcsec or 8 pixels off its galaxy
    for x, y in found:
        assert min(np.hypot(x - place[0], y - place[1]) for place in PLACES) <= 12


def test_the_brightest_comes_first(tile: Tile) -> None:
    brighter = changed(tile, lambda flux: flux + galaxy(160, *PLACES[3], peak=500.0))
    found = detect(brighter)[0]
    assert (found["x"], found["y"]) == PLACES[3]


def test_ids_are_distinct_and_in_order(tile: Tile) -> None:
    ids = [str(name) for name in detect(tile)["id"]]
    assert ids == sorted(set(ids))


def test_an_unobserved_corner_is_no_source(tile: Tile) -> None:
    def blanked(flux: np.ndarray) -> np.ndarray:
        flux[:60, 80:] = np.nan
        return flux

    assert all(not (x >= 78 and y < 62) for x, y in places(changed(tile, blanked)))


def test_the_halo_of_a_star_hides_no_galaxy_in_it(tile: Tile) -> None:
    rows, columns = np.mgrid[:160, :160]
    halo = 300 * np.exp(-np.hypot(columns - 140, rows - 80) / 25)
    assert min(np.hypot(x - 110, y - 45) for x, y in places(changed(tile, lambda flux: flux + halo))) <= 1


def test_pure_noise_holds_no_source(tile: Tile) -> None:
    rng = np.random.default_rng(8)
    noise = changed(tile, lambda flux: (10 + rng.normal(0, 1, flux.shape)).astype(np.float32))
    assert len(detect(noise)) == 0


def test_a_tile_of_one_value_holds_no_source(tile: Tile) -> None:
    assert len(detect(changed(tile, lambda flux: np.full_like(flux, 10.0)))) == 0


def test_a_tile_smaller_than_a_mesh_is_borne(tile: Tile) -> None:
    assert len(detect(changed(tile, lambda flux: flux[30:70, 20:60]))) >= 1


def test_the_images_are_left_as_they_were(tile: Tile, tmp_path: Path) -> None:
    before = {band: tile.flux(band).copy() for band in tile.bands}
    detect(tile)
    assert all(np.array_equal(before[band], tile.flux(band)) for band in tile.bands)
