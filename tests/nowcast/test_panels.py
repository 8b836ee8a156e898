"""What the pages show of the nowcaster is what its files say."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_nowcast import example_run

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.front_card import MAX_PICTURE_BYTES, read_card
from sciml.core.report.panels import Figure, Panel, RunView, Table, Text, Viewer
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.forecast_panel import forecasts_panel
from sciml.nowcast.panels import PANELS, SUBJECT
from sciml.nowcast.rain_scale import NO_DATA, classes
from sciml.nowcast.series_panels import crops_panel, frames_panel, rain_panel, series_panel

SECTIONS = ["answer", "scores", "cases", "errors", "curves", "data", "model", "run", "cite"]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def report(view: RunView) -> str:
    return report_page(view, SUBJECT, PANELS["report"])


@pytest.fixture(scope="module")
def panel(view: RunView) -> Panel:
    return forecasts_panel(view)


@pytest.fixture(scope="module")
def viewer(panel: Panel) -> Viewer:
    return viewer_of(panel)


def viewer_of(panel: Panel) -> Viewer:
    (found,) = (item for item in panel.items if isinstance(item, Viewer))
    return found


def test_the_nowcaster_has_panels_for_every_section_that_is_its_own(view: RunView) -> None:
    assert {make(view).section for make in PANELS["report"]} == {"cases", "errors", "curves"}
    assert {make(view).section for make in PANELS["data"]} == {"cases", "data"}
    assert SUBJECT.not_for


def test_the_forecast_shown_is_the_forecast_in_the_file(view: RunView, viewer: Viewer) -> None:
    """Cell by cell, lead by lead: the steps of the member in the NetCDF file."""
    assert view.predictions is not None
    assert view.scores is not None
    case = viewer.header["cases"][0]
    identifier = min(view.scores["examples"]["trained"], key=lambda each: each["draw"])["case"]
    assert case["title"].startswith(identifier.split(".")[0])
    with open_forecast(view.predictions / "trained" / "1-of-1" / f"{identifier}.nc") as forecast:
        rain = forecast["rain_rate"].values
    np.testing.assert_array_equal(viewer.arrays["0_member-1"], classes(rain[0]))
    with open_forecast(view.predictions / "extrapolation" / "1-of-1" / f"{identifier}.nc") as baseline:
        np.testing.assert_array_equal(viewer.arrays["0_baseline"], classes(baseline["rain_rate"].values[0]))


def test_a_random_forecast_is_shown_first_and_at_most_three(viewer: Viewer) -> None:
    cases = viewer.header["cases"]
    assert cases[0]["tab"].startswith("Random")
    assert 1 <= len(cases) <= 3
    assert "Worst" in " ".join(case["tab"] for case in cases)


def test_a_frame_that_is_missing_is_no_data_and_not_dry(viewer: Viewer) -> None:
    place = next(at for at, case in enumerate(viewer.header["cases"]) if case["title"].startswith("day-1"))
    observed = viewer.arrays[f"{place}_observed"]
    # four context frames, then the fifth lead: the frame 25 minutes after the issue time
    assert (observed[4 + 4] == NO_DATA).all()
    assert (observed[4 + 3] != NO_DATA).any()


def test_each_picture_has_its_words_and_every_shown_case_its_line(panel: Panel, viewer: Viewer) -> None:
    assert [figure.svg.count("<image ") for figure in viewer.static] == [22] * len(viewer.header["cases"])
    assert viewer.table is not None
    assert {row[0] for row in viewer.table.rows} == {case["tab"] for case in viewer.header["cases"]}
    assert "of 3 scored forecasts are shown" in viewer.left_out
    assert panel.how_to_read
    assert panel.what_would_look_wrong


def test_the_front_page_gets_a_small_picture(view: RunView, report: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(report, encoding="utf-8")
    card = read_card(page)
    assert card is not None
    assert card["title"] == "Rain nowcasting"
    assert "30 minutes ahead" in card["picture"]["sentence"]
    assert len(card["picture"]["svg"]) <= MAX_PICTURE_BYTES


def test_series_are_listed_with_what_the_index_says(view: RunView) -> None:
    (table,) = series_panel(view).items
    assert isinstance(table, Table)
    first, second, _ = table.rows
    assert first[:4] == ("day-0", "simulated", "synthetic", "2020-06-01 12:05")
    assert first[5:10] == (5, "96 x 96", 1.0, 30, 0)
    assert second[9] == 1


def test_mean_rain_is_that_of_the_observed_cells_with_a_gap_where_a_frame_is_missing(view: RunView) -> None:
    from sciml.nowcast.ingest import read

    (figure,) = rain_panel(view).items
    assert isinstance(figure, Figure)
    assert figure.data is not None
    second = [row[1:3] for row in figure.data.rows if row[0] == "day-1"]
    rain = read(view.index.units[1])["rain_rate"].values
    hours, means = zip(*second, strict=True)
    assert hours[1] == pytest.approx(5 / 60)
    assert means[8] is None
    assert means[3] == pytest.approx(float(np.nanmean(rain[3])), rel=1e-5)


def test_frames_are_four_in_a_row_with_the_motion_over_the_last(view: RunView) -> None:
    panel = frames_panel(view)
    (figure,) = panel.items
    assert isinstance(figure, Figure)
    assert figure.svg.count("<image ") == 5
    assert 'class="arrow"' in figure.svg
    assert panel.thumbnail is figure


def test_the_drawing_of_crops_is_shown(view: RunView) -> None:
    inclusion, wet, missing = crops_panel(view).items
    assert view.manifest is not None
    for figure in (inclusion, wet, missing):
        assert isinstance(figure, Figure)
        assert figure.data is not None
        assert sum(row[2] for row in figure.data.rows) == view.manifest["samples"]["train"]  # type: ignore[misc]


@pytest.mark.parametrize("make", PANELS["report"])
def test_without_scores_a_panel_says_so_in_one_line(make: Any, view: RunView) -> None:
    panel = make(replace(view, scores=None))
    assert [type(item) for item in panel.items] == [Text]


def test_without_training_data_the_page_of_the_data_says_so(view: RunView) -> None:
    assert [type(item) for item in crops_panel(replace(view, dataset=None)).items] == [Text]


def test_forecasts_that_are_gone_are_said_to_be_gone(view: RunView, tmp_path: Path) -> None:
    panel = forecasts_panel(replace(view, predictions=tmp_path))
    assert [type(item) for item in panel.items] == [Text]
    assert "no longer" in panel.items[0].paragraphs[0]  # type: ignore[union-attr]


def test_both_pages_are_the_same_bytes_twice(view: RunView, report: str) -> None:
    assert report_page(view, SUBJECT, PANELS["report"]) == report
    assert data_page(view, SUBJECT, PANELS["data"]) == data_page(view, SUBJECT, PANELS["data"])


def test_the_report_has_its_sections_in_order_and_its_answer_first(view: RunView, report: str) -> None:
    assert re.findall(r'<section id="(\w+)"', report) == SECTIONS
    assert view.scores is not None
    assert report.index(view.scores["verdict"]) < report.index('<section id="scores"')
    assert "Simulated data" in report
    assert "pysteps: is not installed" in report


def test_the_report_stays_light(report: str) -> None:
    assert len(report.encode()) <= 5_000_000
    assert len(re.findall(r"<[a-z]", report)) <= 3_000


def test_a_site_with_a_hostile_name_stays_text(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hostile = example_run(tmp_path, site="<img src=x onerror=alert(1)></script>", days=2, size=64)
    for page in (report_page(hostile, SUBJECT, PANELS["report"]), data_page(hostile, SUBJECT, PANELS["data"])):
        assert "<img" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
