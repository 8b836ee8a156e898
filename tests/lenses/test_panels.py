"""What the pages show of the lens finder is what its files say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from example_lenses import KINDS, TILES, example_run

from sciml.core.ranking import auroc
from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.front_card import read_card
from sciml.core.report.panels import Figure, RunView, Table, Text, Viewer
from sciml.core.report.score_tables import estimate
from sciml.lenses.cutouts import cutouts
from sciml.lenses.gallery_panels import gallery_panel, kinds_panel
from sciml.lenses.ingest import objects_of_unit, tile_of_unit
from sciml.lenses.panels import PANELS, SUBJECT
from sciml.lenses.ranking_panels import completeness_panel, impostors_panel, ranked_methods
from sciml.lenses.stretch import linear

MAX_PICTURE_BYTES = 25_000


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def viewer(view: RunView) -> Viewer:
    (found,) = (item for item in gallery_panel(view).items if isinstance(item, Viewer))
    return found


def test_the_picture_shown_is_the_one_in_the_image(view: RunView, viewer: Viewer) -> None:
    """Cut out of the FITS files again, object by object."""
    for place, shown in enumerate(viewer.header["objects"][::9]):
        unit = next(unit for unit in view.index.units if unit.id == shown["tile"])
        tile = tile_of_unit(unit)
        objects = objects_of_unit(unit, tile)
        (row,) = np.flatnonzero(objects.id == shown["name"])
        image = cutouts(tile, objects[np.array([row])], view.settings.prepare)["image"].to_numpy()[0]  # type: ignore[attr-defined]
        drawn = viewer.arrays["linear"][9 * place]
        assert np.abs(drawn.astype(int) - linear(image[:, ::-1])).max() <= 3
        assert shown["ra"] == pytest.approx(objects.ra[row], abs=1e-6)


def test_north_is_up_and_east_is_left_in_these_tiles(viewer: Viewer) -> None:
    for shown in viewer.header["objects"]:
        assert shown["north"] == pytest.approx([0, -1], abs=1e-3)
        assert shown["east"] == pytest.approx([-1, 0], abs=1e-3)


def test_every_object_is_in_the_kind_that_evaluate_gave_it(view: RunView, viewer: Viewer) -> None:
    assert view.scores is not None
    told = {(each["case"], each["object"]): each for each in view.scores["examples"]["trained"]}
    assert len(viewer.header["objects"]) == TILES * len(KINDS)
    for shown in viewer.header["objects"]:
        example = told[shown["tile"], shown["name"]]
        assert (shown["kind"], shown["score"]) == (example["kind"], example["score"])
    worst = min(viewer.header["objects"], key=lambda each: each["score"])
    assert (worst["tile"], worst["name"], worst["kind"]) == ("tile-0", "o3", "lens missed")


def test_curves_are_those_of_the_scores(view: RunView) -> None:
    assert view.scores is not None
    for one, method in zip(ranked_methods(view.scores), ("trained", "ring-flux"), strict=True):
        found = estimate(view.scores, method, "all", "auroc")
        assert found is not None
        assert float(auroc(one.positives, one.negatives)) == pytest.approx(found[0].value, abs=1e-9)


def test_completeness_is_the_share_found_in_each_bin(view: RunView) -> None:
    assert view.scores is not None
    figures = [item for item in completeness_panel(view).items if isinstance(item, Figure)]
    assert len(figures) == 2
    data = figures[0].data
    assert data is not None
    # below 1 the middle is 0.5; from 1 to 1.4 it is 1.2; the open bin stands at its edge
    trained = {row[1]: row[2] for row in data.rows if str(row[0]).startswith("trained")}
    assert list(trained) == pytest.approx([0.5, 1.2, 1.4])
    found = estimate(view.scores, "trained", 'theta_E 1-1.4 "', "tpr_at_1_percent")
    assert found is not None
    assert trained[1.2] == found[0].value


def test_impostors_that_no_tile_has_get_no_row(view: RunView) -> None:
    (table,) = (item for item in impostors_panel(view).items if isinstance(item, Table))
    assert [row[0] for row in table.rows] == ["against plain", "against ring", "against spiral"]


def test_the_data_page_shows_each_kind_lenses_first(view: RunView) -> None:
    panel = kinds_panel(replace(view, scores=None))
    titles = [item.sentence.split(":")[0] for item in panel.items if isinstance(item, Figure)]
    assert titles == ["Lenses", "Plain galaxies", "Ring galaxies", "Spirals"]


def test_both_pages_give_the_front_page_a_light_picture(view: RunView, tmp_path: Path) -> None:
    for make, kind in ((report_page, "report"), (data_page, "data")):
        page = tmp_path / f"{kind}.html"
        page.write_text(make(view, SUBJECT, PANELS[kind]), encoding="utf-8")  # type: ignore[index]
        card = read_card(page)
        assert card is not None
        # of these bytes most are the style sheet
        assert 1_000 < len(card["picture"]["svg"]) < MAX_PICTURE_BYTES


def test_without_scores_or_images_a_panel_says_why(view: RunView, tmp_path: Path) -> None:
    for make in PANELS["report"]:
        (why,) = make(replace(view, scores=None)).items
        assert isinstance(why, Text)
    lost = [
        replace(unit, files={name: replace(file, path=str(tmp_path / "no")) for name, file in unit.files.items()})
        for unit in view.index.units
    ]
    gone = replace(view.index, units=tuple(lost))
    for make in (gallery_panel, kinds_panel):
        (why,) = make(replace(view, index=gone)).items
        assert isinstance(why, Text)


def test_the_same_run_makes_the_same_bytes(view: RunView) -> None:
    assert report_page(view, SUBJECT, PANELS["report"]) == report_page(view, SUBJECT, PANELS["report"])
