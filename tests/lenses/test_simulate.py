"""Invented tiles are files that ingest reads, the same for the same seed, each by its own random numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from sciml.core.errors import SettingsError
from sciml.lenses.ingest import cases, ingest, objects_of_unit, tile_of_unit
from sciml.lenses.prepare import prepare_part
from sciml.lenses.settings import Settings, SimulateSettings
from sciml.lenses.simulate import simulate


def wanted(train: int = 1, **changes: object) -> Settings:
    counts = {"train_tiles": train, "validation_tiles": 1, "test_tiles": 1, "objects_per_tile": 9}
    return Settings(simulate=SimulateSettings.model_validate({**counts, **changes}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lenses") / "simulated"
    simulate(wanted(train=2), 5, out, 2)
    return out


def test_tiles_come_with_their_roles_and_the_truth(folder: Path, tmp_path: Path) -> None:
    index = ingest(wanted(), folder, tmp_path)
    assert {unit.id: unit.role for unit in index.units} == {
        "train-001": "train",
        "train-002": "train",
        "validation-001": "validation",
        "test-001": "test",
    }
    for unit in index.units:
        # half of nine, rounded to the even number
        assert (unit.simulated, unit.facts["objects"], unit.facts["truths"], unit.facts["lenses"]) == (True, 9, 9, 4)
        assert unit.facts["outside"] == 0
        assert unit.facts["scale_arcsec"] == pytest.approx(0.2)


def test_every_object_is_a_sample_with_a_galaxy_in_its_middle(folder: Path, tmp_path: Path) -> None:
    index = ingest(wanted(), folder, tmp_path)
    samples = prepare_part(wanted(), cases(wanted(), index))
    assert samples.sizes["sample"] == 36
    middle = samples["image"].isel(band=2, y=slice(21, 24), x=slice(21, 24)).values.reshape(36, 9)
    edge = samples["image"].isel(band=2, y=slice(0, 3)).values.reshape(36, -1)
    assert (np.nanmax(middle, axis=1) > np.nanmedian(edge, axis=1) + 5).mean() > 0.9


def test_the_catalogue_knows_the_arcs_of_lenses_alone(folder: Path, tmp_path: Path) -> None:
    for unit in ingest(wanted(), folder, tmp_path).units:
        objects = objects_of_unit(unit, tile_of_unit(unit))
        lens = objects.lens == 1
        assert (objects.kind[lens] == "lens").all()
        assert np.isfinite(objects.theta_e[lens]).all()
        assert (objects.arc_snr[lens] > 0).all()
        assert np.isnan(objects.theta_e[~lens]).all()


def test_the_header_says_what_the_pixels_are(folder: Path) -> None:
    cards = fits.getheader(folder / "test-001_r.fits")
    assert (cards["BUNIT"], cards["MAGZERO"], cards["FILTER"]) == ("count", 30, "r")
    # north up, right ascension growing to the left
    assert cards["PC1_1"] < 0 < cards["PC2_2"]
    assert 0.6 <= cards["SEEING"] <= 0.95


def test_a_tile_depends_on_the_seed_and_its_name_alone(folder: Path, tmp_path: Path) -> None:
    simulate(wanted(train=1), 5, tmp_path / "fewer", 1)
    simulate(wanted(train=1), 6, tmp_path / "other", 1)
    for name in ("train-001_g.fits", "test-001_i.fits", "test-001_catalog.ecsv"):
        assert (tmp_path / "fewer" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_what_cannot_be_simulated_is_refused_and_nothing_written(tmp_path: Path) -> None:
    for settings, problem in (
        (wanted(bands=("g", "VIS")), "'VIS' cannot be simulated"),
        (wanted(seeing_arcsec=(0.9, 0.6)), "give a smaller and a larger FWHM"),
        (Settings(simulate=None), "is switched off"),
    ):
        with pytest.raises(SettingsError, match=problem):
            simulate(settings, 1, tmp_path / "out", 1)
    assert not list(tmp_path.iterdir())
