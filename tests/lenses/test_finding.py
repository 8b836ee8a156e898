"""The verb `find`: images in, a ranked table out, whatever the pieces and threads."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from small_sky import PLACES, write_catalog, write_finder, write_images

from sciml.core.errors import BadInput, Missing, SettingsError
from sciml.lenses import find, scoring
from sciml.lenses.finder import load_finder, log_odds
from sciml.lenses.finding import check_bands, search, tile_name


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_images(tmp_path_factory.mktemp("sky"))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalog(tmp_path_factory.mktemp("catalog") / "objects.csv")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_finder(tmp_path_factory.mktemp("model") / "finder", demonstration=True)


def test_every_object_has_a_row_and_those_that_were_scored_a_rank(
    images: dict[str, Path], catalog: Path, model: Path
) -> None:
    table = find(images, catalog, model=model)
    assert len(table) == len(PLACES) + 1
    assert sorted(table["rank"]) == [0, 1, 2, 3, 4]
    scores = np.asarray(table["score"])
    assert (np.diff(scores[:-1]) <= 0).all()
    last = table[-1]
    assert (last["id"], last["rank"], last["reason"]) == ("far-away", 0, "outside")
    assert math.isnan(last["score"])
    assert set(table["tile"]) == {"patch"}
    assert table.meta["prevalence"] == 1e-3
    assert table.meta["demonstration"] is True


def test_positions_in_pixels_get_their_place_on_the_sky(images: dict[str, Path], catalog: Path, model: Path) -> None:
    table = find(images, catalog, model=model)
    row = table[list(table["id"]).index("galaxy-0")]
    # the reference pixel (1-based 80) is 79; the ring is at x 40, y 50: 39 and 29 pixels of 0.2 arcsec
    assert row["dec"].value == pytest.approx(2.0 - 29 * 0.2 / 3600, abs=1e-6)
    assert row["ra"].value == pytest.approx(150.0 + 39 * 0.2 / 3600 / math.cos(math.radians(2.0)), abs=1e-6)


def test_probabilities_follow_the_odds_of_training_and_of_the_search(
    images: dict[str, Path], catalog: Path, model: Path
) -> None:
    table = find(images, catalog, prevalence=0.01, model=model)
    # a third of the training were lenses, odds of 1:2; the search has odds of 1:99
    odds = math.exp(table["score"][0]) * 2 / 99
    assert table["probability"][0] == pytest.approx(odds / (1 + odds), rel=1e-5)


def test_neither_pieces_nor_threads_change_the_table(
    images: dict[str, Path], catalog: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = find(images, catalog, model=model)
    monkeypatch.setattr(scoring, "PIECE", 2)
    done: list[tuple[int, int]] = []
    pieces = find(images, catalog, model=model, threads=2, progress=lambda now, all_: done.append((now, all_)))
    assert whole.pformat() == pieces.pformat()
    assert done == [(2, 5), (4, 5), (5, 5)]


def test_without_a_catalogue_the_sources_are_looked_at(images: dict[str, Path], model: Path) -> None:
    table = find(images, model=model)
    assert len(table) >= len(PLACES)
    assert min(np.hypot(table["x"].value - PLACES[0][0], table["y"].value - PLACES[0][1])) <= 1


def test_a_missing_band_is_flagged_and_changes_scores(images: dict[str, Path], catalog: Path, model: Path) -> None:
    one = find({"r": images["r"]}, catalog, model=model)
    assert (np.asarray(one["flags"])[:-1] & 2 == 2).all()
    assert sorted(one["rank"]) == [0, 1, 2, 3, 4]
    assert not np.allclose(np.sort(one["score"])[:4], np.sort(find(images, catalog, model=model)["score"])[:4])


def test_the_order_of_the_images_does_not_matter(images: dict[str, Path], catalog: Path, model: Path) -> None:
    turned = dict(reversed(images.items()))
    assert find(turned, catalog, model=model).pformat() == find(images, catalog, model=model).pformat()


def test_the_best_come_with_their_cutouts(images: dict[str, Path], catalog: Path, model: Path) -> None:
    found = search(images, catalog, 1e-3, model)
    cut, rows = found.best(2)
    assert cut["image"].shape == (2, 3, 31, 31)
    assert list(rows["rank"]) == [1, 2]
    assert (rows.meta["objects"], rows.meta["scored"]) == (5, 4)
    scores = log_odds(load_finder(model), cut["image"].to_numpy())
    np.testing.assert_allclose(scores, np.asarray(rows["score"]), atol=1e-5)
    assert len(found.best(99)[1]) == len(PLACES)
    assert "scored" not in found.table.meta


def test_a_temperature_softens_the_scores(tmp_path: Path, images: dict[str, Path], catalog: Path, model: Path) -> None:
    soft = write_finder(tmp_path / "soft", temperature=2.0)
    hard, half = (find(images, catalog, model=each)["score"][0] for each in (model, soft))
    assert half == pytest.approx(hard / 2, abs=1e-5)


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, 2.0, math.nan, math.inf])
def test_a_prevalence_that_is_no_share_is_refused(images: dict[str, Path], model: Path, prevalence: float) -> None:
    with pytest.raises(SettingsError, match="is not a share; give a number between 0 and 1"):
        find(images, prevalence=prevalence, model=model)


def test_bands_are_those_of_the_model() -> None:
    with pytest.raises(SettingsError, match="does not know the bands z, Y; it knows g, r, i"):
        check_bands({"g": "a", "z": "b", "Y": "c"}, ("g", "r", "i"))
    with pytest.raises(SettingsError, match="at least one band of g, r"):
        check_bands({}, ("g", "r"))


def test_other_models_are_refused(tmp_path: Path, images: dict[str, Path], model: Path) -> None:
    with pytest.raises(Missing, match="no weights of this name"):
        find(images, model="no-such-model")
    with pytest.raises(BadInput, match="is not a model folder"):
        find(images, model=tmp_path)
    record = (model / "model.json").read_text(encoding="utf-8")
    for change, said in (
        (('"domain": "lenses"', '"domain": "nowcast"'), "is a model for nowcast"),
        (('"other"', '"galaxy"'), "tells apart galaxy, lens"),
        (('"train": 100', '"train": "many"'), "does not say how many lenses"),
        (('"stretch": 3.0', '"strech": 3.0'), "has settings that this version does not know"),
        (('"units": 1', '"units": 2'), "does not fit the network"),
    ):
        other = write_finder(tmp_path / "other")
        text = record.replace(*change)
        assert text != record
        (other / "model.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=said):
            find(images, model=other)


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["a/w3-0811_g.fits", "a/w3-0811_r.fits"], "w3-0811"),
        (["tile.fits"], "tile"),
        (["g/deep.fits.gz", "r/deep.fits.gz"], "deep"),
        (["g.fits", "r.fits"], "g"),
        (["cube.fits[1]", "cube.fits[2]"], "cube"),
    ],
)
def test_a_tile_is_called_what_its_images_share(paths: list[str], name: str) -> None:
    assert tile_name({str(number): path for number, path in enumerate(paths)}) == name
