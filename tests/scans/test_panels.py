"""What the pages show of the scan reader is what its files say, and never who a patient is."""

from __future__ import annotations

import base64
import io
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_scans import PATIENTS, SECRET, THRESHOLDS, example_run
from PIL import Image

from sciml.core.ranking import auroc
from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.front_card import read_card
from sciml.core.report.panels import Estimate, Figure, RunView, Table, Text, Viewer
from sciml.core.report.score_tables import estimate
from sciml.scans.answers import read_answer
from sciml.scans.case_panels import cases_panel, chosen, images_panel
from sciml.scans.case_views import MOST_CASES
from sciml.scans.field_of_view import square
from sciml.scans.finding_panels import operating_panel, operating_table, sites_panel
from sciml.scans.formats import read_scan
from sciml.scans.panels import PANELS, SUBJECT

MAX_PICTURE_BYTES = 25_000


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"), gradable=False)


def viewer_of(panel: Any) -> Viewer:
    (found,) = (item for item in panel.items if isinstance(item, Viewer))
    return found


def test_the_image_shown_is_the_one_in_the_file(view: RunView) -> None:
    viewer = viewer_of(cases_panel(view))
    for case in viewer.header["cases"][::5]:
        unit = next(unit for unit in view.index.units if unit.id == case["name"])
        shown = np.asarray(Image.open(io.BytesIO(viewer.arrays[case["image"]].tobytes())).convert("RGB")).astype(int)
        original = np.moveaxis(square(read_scan(unit.files["image"].path), len(shown), "retina"), 0, -1)
        # a lossy file of a grainy image
        assert np.abs(shown - original).mean() < 8


def test_numbers_and_heatmaps_are_those_of_the_answer(view: RunView) -> None:
    assert view.predictions is not None
    viewer = viewer_of(cases_panel(view))
    for case in viewer.header["cases"]:
        answer = read_answer(view.predictions / "trained" / "1-of-1" / f"{case['name']}.nc")
        assert [one["probability"] for one in case["answers"]] == pytest.approx(answer["probability"].values, abs=1e-4)
        assert [one["threshold"] for one in case["answers"]] == pytest.approx(list(THRESHOLDS.values()), abs=1e-4)
        assert [one["decision"] == "yes" for one in case["answers"]] == (answer["decision"].values == 1).tolist()
        heat = viewer.arrays[case["heat"]["array"]] / 255
        assert np.abs(heat - answer["heatmap"].values).max() <= 0.5 / 255 + 1e-6


def test_an_image_is_chosen_once_and_every_outcome_has_a_share() -> None:
    examples = [
        {"kind": kind, "draw": place / 1000, "case": f"eye-{place // 2}"}
        for place, kind in enumerate(["true positive"] * 200 + ["false negative"] * 4)
    ]
    found = chosen(examples)
    assert [each["kind"] for each in found] == ["false negative"] * 2 + ["true positive"] * (MOST_CASES // 4)
    assert len({each["case"] for each in found}) == len(found)


def test_the_operating_table_counts_the_decisions(view: RunView) -> None:
    assert view.scores is not None
    assert view.predictions is not None
    counts = np.zeros((2, 2), int)
    for unit in view.index.units:
        answer = read_answer(view.predictions / "trained" / "1-of-1" / f"{unit.id}.nc")
        if bool(answer["gradable"]):
            called = int(answer["decision"].sel(finding="referable_dr"))
            counts[unit.facts["findings"]["referable_dr"], called] += 1
    (row,) = (
        row for row in operating_table(view.scores).rows if row[:2] == ("trained (demonstration)", "referable dr")
    )
    hit, alarm, miss, right = counts[1, 1], counts[0, 1], counts[1, 0], counts[0, 0]
    assert row[6:] == (hit, alarm, miss, right)
    # one of the 24 images is not gradable
    assert counts.sum() == 2 * PATIENTS - 1
    assert isinstance(row[2], Estimate)
    assert row[2].value == pytest.approx(hit / (hit + miss))
    assert isinstance(row[4], Estimate)
    assert row[4].value == pytest.approx(hit / (hit + alarm))


def test_the_slider_gets_the_histograms_and_the_models_own_threshold(view: RunView) -> None:
    assert view.scores is not None
    viewer = viewer_of(operating_panel(view))
    for place, (finding, threshold) in enumerate(THRESHOLDS.items()):
        test = viewer.header["tests"][place]
        assert test["label"] == finding.replace("_", " ")
        assert test["points"][0]["probability"] == threshold
        found = estimate(view.scores, "trained", finding, "auroc")
        assert found is not None
        counts = (viewer.arrays[f"{name}_{place}"].astype(float) for name in ("positives", "negatives"))
        assert float(auroc(*counts)) == pytest.approx(found[0].value, abs=1e-9)


def test_every_site_has_a_row_for_every_method(view: RunView) -> None:
    (table,) = (item for item in sites_panel(view).items if isinstance(item, Table))
    assert [row[:2] for row in table.rows] == [
        (site, method) for site in ("north", "south") for method in ("trained (demonstration)", "image-statistics")
    ]
    # six patients with two eyes; in the north one image is not gradable
    assert [row[2] for row in table.rows] == [11, 11, 12, 12]


def test_the_data_page_shows_the_images_of_each_label(view: RunView) -> None:
    titles = [
        item.sentence.split(": 3 ")[0].split(": 4 ")[0] for item in images_panel(view).items if isinstance(item, Figure)
    ]
    assert titles == [
        "any dr: no, referable dr: no",
        "any dr: yes, referable dr: no",
        "any dr: yes, referable dr: yes",
    ]


@pytest.mark.parametrize("kind", ["report", "data"])
def test_no_page_names_a_person_or_a_file(view: RunView, kind: str) -> None:
    make = report_page if kind == "report" else data_page
    page = make(view, SUBJECT, PANELS[kind])  # type: ignore[index]
    inside = "".join(unpacked(page))
    assert "eye-00-0" in inside
    for text in (page, inside):
        assert SECRET not in text
        assert ".jpg" not in text


def unpacked(page: str) -> list[str]:
    """The blocks of a page as text."""
    found = []
    for encoding, body in re.findall(
        r'<script type="application/x-sciml-block"[^>]*data-encoding="(\w+)">([^<]*)<', page
    ):
        content = base64.b64decode(body)
        found.append((zlib.decompress(content, 31) if encoding == "gzip" else content).decode("latin-1"))
    assert found
    return found


def test_both_pages_give_the_front_page_a_light_picture(view: RunView, tmp_path: Path) -> None:
    for make, kind in ((report_page, "report"), (data_page, "data")):
        page = tmp_path / f"{kind}.html"
        page.write_text(make(view, SUBJECT, PANELS[kind]), encoding="utf-8")  # type: ignore[index]
        card = read_card(page)
        assert card is not None
        assert SECRET not in str(card)
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
    for make in (cases_panel, images_panel):
        (why,) = make(replace(view, index=gone)).items
        assert isinstance(why, Text)
