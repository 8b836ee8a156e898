"""What the pages show is what the answers and structures say."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_families import FAMILIES, UNRESOLVED, example_run, truth

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.panels import Figure, Panel, RunView, Table, Text, Viewer
from sciml.proteins.alignment_panels import alignment_panel, conservation, contacts_panel, depths_panel
from sciml.proteins.family_panels import against_panel, families_panel, structures_panel
from sciml.proteins.family_views import BEST, MIDDLE, MOST, RANDOM, WORST, answer_of, chosen
from sciml.proteins.panels import PANELS, SUBJECT
from sciml.proteins.precision_panels import asked_panel, confidence_panel, depth_panel
from sciml.proteins.similarity import distances


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def panel(view: RunView) -> Panel:
    return structures_panel(view)


@pytest.fixture(scope="module")
def viewer(panel: Panel) -> Viewer:
    return item(panel, Viewer)  # type: ignore[no-any-return]


def item(panel: Panel, kind: type) -> Any:
    return next(each for each in panel.items if isinstance(each, kind))


def example(place: int, precision: float | None, draw: float) -> dict[str, Any]:
    return {"case": f"f{place:02d}", "precision_top_l": precision, "tm_score": None, "draw": draw}


def test_families_are_drawn_by_lot_first_then_worst_middle_and_best() -> None:
    examples = [example(place, place / 20, 1 - place / 20) for place in range(20)]
    found = [(kind, one["case"]) for kind, one in chosen(examples)]
    # lots are 1 - place / 20: the smallest are those of the last places, of which 18 and 19 are the best
    assert found == [
        *[(RANDOM, "f17"), (RANDOM, "f16")],
        *[(WORST, "f00"), (WORST, "f01")],
        *[(MIDDLE, "f09"), (MIDDLE, "f10")],
        *[(BEST, "f18"), (BEST, "f19")],
    ]
    assert len(found) == MOST


@pytest.mark.parametrize("count", range(7))
def test_few_families_are_all_shown_once(count: int) -> None:
    found = [one["case"] for _, one in chosen([example(place, place / 20, 0.5) for place in range(count)])]
    assert sorted(found) == [f"f{place:02d}" for place in range(count)]


def test_a_family_without_long_range_pairs_can_only_be_drawn_by_lot() -> None:
    assert chosen([example(0, None, 0.5)]) == [(RANDOM, example(0, None, 0.5))]


def test_the_viewer_holds_the_answers_and_the_native_chains(view: RunView, viewer: Viewer) -> None:
    assert len(viewer.header["families"]) == MOST
    assert f"8 of {FAMILIES} families" in viewer.left_out
    for family in viewer.header["families"]:
        place, length = family["place"], len(family["sequence"])
        assert [one["label"] for one in family["maps"]] == [
            "trained (demonstration)",
            "mutual-information",
            "ridge-dca",
        ]
        for one in family["maps"]:
            assert viewer.arrays[f"map_{one['id']}"].shape == (length * (length - 1) // 2,)
            assert len(viewer.arrays[f"top_{one['id']}"]) == length
        native = truth(view, family["name"])
        assert viewer.arrays[f"cb_{place}"] == pytest.approx(native.cb, nan_ok=True)
        # both were turned and shifted, neither was bent
        assert distances(viewer.arrays[f"native_{place}"]) == pytest.approx(distances(native.ca), abs=1e-3, nan_ok=True)
        answer = answer_of(view, "trained", family["name"])
        assert answer is not None
        assert distances(viewer.arrays[f"fold_{place}"]) == pytest.approx(distances(answer["ca"].values), abs=1e-3)


def test_the_marked_pairs_are_those_that_the_score_counts(viewer: Viewer) -> None:
    for family in viewer.header["families"]:
        known = distances(viewer.arrays[f"cb_{family['place']}"])
        for one in family["maps"]:
            i, j = viewer.arrays[f"top_{one['id']}"].astype(int).T
            assert (j - i >= 24).all()
            assert (known[i, j] < 8).mean() == pytest.approx(one["precision"], abs=1e-5)


def test_a_map_is_packed_row_by_row_above_the_diagonal(viewer: Viewer) -> None:
    family = viewer.header["families"][0]
    values, top = (viewer.arrays[f"{name}_{family['maps'][0]['id']}"] for name in ("map", "top"))
    size = len(family["sequence"])
    whole = np.zeros((size, size))
    whole[np.triu_indices(size, 1)] = values / 255
    i, j = top[0]
    # the likeliest long-range pair is the highest value there
    assert whole[i, j] == pytest.approx(whole[np.triu_indices(size, 24)].max())
    # where viewer and page meet: contact_map.js finds a pair at this place
    assert values[i * size - i * (i + 1) // 2 + j - i - 1] / 255 == pytest.approx(whole[i, j])


def test_residues_that_are_not_resolved_have_no_distance(viewer: Viewer) -> None:
    family = next(one for one in viewer.header["families"] if one["name"] == "fam-00")
    for name in ("cb", "native"):
        unknown = np.flatnonzero(np.isnan(viewer.arrays[f"{name}_{family['place']}"][:, 0]))
        assert tuple(unknown.tolist()) == UNRESOLVED


def test_the_static_pictures_and_the_thumbnail_are_small(panel: Panel, viewer: Viewer) -> None:
    # by lot, worst, middle, best
    assert len(viewer.static) == 4
    assert panel.thumbnail is not None
    assert len(panel.thumbnail.svg.encode()) <= 25_000
    assert "simulated data" in panel.thumbnail.sentence
    for figure in viewer.static:
        assert "data:image/png" in figure.svg
        assert figure.svg.count("<") < 250


def test_a_baseline_alone_shows_its_map_and_no_fold(tmp_path: Path) -> None:
    view = example_run(tmp_path, families=3, methods=("ridge-dca",))
    panel = structures_panel(view)
    viewer = item(panel, Viewer)
    assert not any(family["folded"] for family in viewer.header["families"])
    assert not any(name.startswith(("fold", "native", "confidence")) for name in viewer.arrays)
    assert "confidence-" not in "".join(figure.svg for figure in viewer.static)
    assert panel.thumbnail is not None
    assert isinstance(against_panel(view).items[0], Text)
    assert isinstance(confidence_panel(view).items[0], Text)
    assert item(asked_panel(view), Figure)


def test_the_table_of_families_has_every_method_and_marks_the_best(view: RunView) -> None:
    assert view.scores is not None
    table = item(families_panel(view), Table)
    assert len(table.rows) == FAMILIES
    names = [column.name for column in table.columns]
    trained, ridge = names.index("trained (demonstration)"), names.index("ridge-dca")
    known = {one["case"]: one for one in view.scores["examples"]["trained"]}
    for row in table.rows:
        value = row[trained].content if hasattr(row[trained], "content") else row[trained]
        assert value == known[row[0]]["precision_top_l"]
        assert row[-1] == known[row[0]]["tm_score"]
    # in the best family the model is ahead
    assert hasattr(table.rows[0][trained], "content")
    assert not hasattr(table.rows[0][ridge], "content")


def test_wins_and_losses_are_counted_in_both_directions(view: RunView) -> None:
    assert view.scores is not None
    panel = against_panel(view)
    mine, theirs = (
        {one["case"]: one["precision_top_l"] for one in view.scores["examples"][method]}
        for method in (view.scores["headline"]["model"], view.scores["headline"]["baseline"])
    )
    ahead = sum(mine[case] > theirs[case] for case in mine)
    behind = sum(mine[case] < theirs[case] for case in mine)
    assert ahead > 0
    told = re.search(r"ahead in (\d+) of (\d+) families, \S+ in (\d+)", panel.caption)
    assert told is not None
    assert tuple(map(int, told.groups())) == (ahead, FAMILIES, behind)
    assert len(item(panel, Figure).data.rows) == FAMILIES


def test_precision_by_pairs_asked_for_is_the_table_of_scores(view: RunView) -> None:
    assert view.scores is not None
    points = {row[0]: row[3:] for row in item(asked_panel(view), Figure).data.rows}
    for row in view.scores["table"]:
        if row["stratum"] == "all" and row["metric"] == "precision_top_l5" and row["method"] == "ridge-dca":
            assert points["ridge-dca, top L/5"] == (row["value"], row["low"], row["high"])
    assert len(points) == 9


def test_depth_and_confidence_have_a_marker_for_each_family(view: RunView) -> None:
    depth, sure = (item(panel(view), Figure).data.rows for panel in (depth_panel, confidence_panel))
    assert len(depth) == 2 * FAMILIES
    assert len(sure) == FAMILIES
    # 12 + 20 x place rows, and a Neff of 0.8 of them
    assert [row[2] for row in depth if row[0] == "fam-03"] == [0.8 * 72] * 2


def test_conservation_is_one_without_change_and_zero_without_preference() -> None:
    every = np.arange(20, dtype=np.uint8)
    rows = np.stack([np.zeros(20, np.uint8), every, np.where(every < 10, 20, 0).astype(np.uint8), np.full(20, 20)], 1)
    conserved, gaps = conservation(rows)
    assert conserved == pytest.approx([1, 0, 1, 0])
    assert gaps.tolist() == [0, 0, 0.5, 1]


def test_the_data_panels_count_what_the_index_lists(view: RunView) -> None:
    depths = depths_panel(view)
    assert f"{FAMILIES} families of 50 to 59 residues and 12 to 192 rows" in depths.caption
    counts = item(depths, Figure).data.rows
    assert sum(row[-1] for row in counts) == FAMILIES
    contacts = item(contacts_panel(view), Figure).data.rows
    cb = distances(truth(view, "fam-01").cb)
    expected = int((cb[np.triu_indices(len(cb), 24)] < 8).sum())
    assert next(row[3] for row in contacts if row[0] == "fam-01") == expected
    letters = item(alignment_panel(view), Figure)
    assert "24 of 112 rows" in letters.sentence


def test_pages_say_what_is_no_longer_there(view: RunView, tmp_path: Path) -> None:
    """Inputs may be moved after a run: the page is still written."""
    run = example_run(tmp_path, families=2)
    for file in tmp_path.glob("fam-*"):
        file.unlink()
    for panel in (structures_panel(run), alignment_panel(run), contacts_panel(run)):
        assert isinstance(panel.items[0], Text), panel.title
    assert "no longer" in report_page(run, SUBJECT, PANELS["report"])
    assert run.predictions is not None
    shutil.rmtree(run.predictions)
    assert isinstance(structures_panel(run).items[0], Text)


def test_a_run_without_scores_or_examples_says_so(view: RunView) -> None:
    assert view.scores is not None
    no_scores = replace(view, scores=None)
    empty = replace(view, scores={**view.scores, "examples": {}})
    for run in (no_scores, empty):
        for maker in (structures_panel, families_panel, against_panel, depth_panel, confidence_panel):
            assert isinstance(maker(run).items[0], Text), maker.__name__


def test_pages_are_light_the_same_every_time_and_hold_the_licence_only_where_needed(view: RunView) -> None:
    report, data = report_page(view, SUBJECT, PANELS["report"]), data_page(view, SUBJECT, PANELS["data"])
    assert report == report_page(view, SUBJECT, PANELS["report"])
    assert len(report.encode()) < 2_000_000
    assert 'id="library-3dmol"' in report
    assert "University of Pittsburgh" in report
    assert 'id="library-3dmol"' not in data
    assert "University of Pittsburgh" not in data
