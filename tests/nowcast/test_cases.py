from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from series import series, stored_unit

from sciml.core.contract import Case
from sciml.core.errors import BadInput, DataWarning
from sciml.core.settings import SplitSettings
from sciml.core.splits import assign
from sciml.nowcast.cases import context_of, truth_of, wettest_window
from sciml.nowcast.issue_times import cases_of
from sciml.nowcast.settings import IngestSettings

FOUR_LEADS = IngestSettings(leads=4, case_minutes=60, gap_minutes=120)


def times_of(cases: list[Case]) -> list[str]:
    return [case.place["time"] for case in cases]


def test_a_case_is_the_first_possible_frame_of_each_hour(tmp_path: Path) -> None:
    # 12:00 to 13:55: four frames are there at 12:15, four more after 13:35 at the latest
    unit = stored_unit(series(frames=24), tmp_path)
    cases = cases_of(FOUR_LEADS, [unit])
    assert times_of(cases) == ["2020-06-01T12:15:00", "2020-06-01T13:00:00"]
    assert [case.id for case in cases] == ["one.20200601T1215", "one.20200601T1300"]
    assert [case.group for case in cases] == ["here:2020-06-01"] * 2
    assert all(case.has_truth for case in cases)


def test_stretches_of_cases_meet_and_end_with_the_last_whole_truth(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=24), tmp_path)
    # the last issue time with four leads is 13:35, and its stretch ends one step later
    assert [case.place["minutes"] for case in cases_of(FOUR_LEADS, [unit])] == [45, 40]


def test_so_many_cases_are_spread_evenly_and_share_the_series(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=72), tmp_path)
    few = cases_of(FOUR_LEADS.model_copy(update={"cases_per_series": 2}), [unit])
    assert times_of(few) == ["2020-06-01T12:15:00", "2020-06-01T17:00:00"]
    assert few[0].place["minutes"] == 285


def test_a_series_without_a_whole_truth_is_asked_about_what_there_is(tmp_path: Path) -> None:
    short = stored_unit(series(frames=6), tmp_path)
    assert [(case.place["time"][11:16], case.has_truth) for case in cases_of(FOUR_LEADS, [short])] == [("12:15", True)]


def test_a_series_that_ends_with_its_context_is_asked_about_the_future(tmp_path: Path) -> None:
    now = stored_unit(series(frames=4), tmp_path)
    (case,) = cases_of(FOUR_LEADS, [now])
    assert (case.place["time"], case.has_truth) == ("2020-06-01T12:15:00", False)
    assert np.isnan(truth_of(case)).all()


def test_three_frames_are_no_case_and_say_so(tmp_path: Path) -> None:
    short = stored_unit(series(frames=3), tmp_path, "short")
    whole = stored_unit(series(frames=9, start="2020-06-03T12:00"), tmp_path, "whole")
    with pytest.warns(DataWarning, match=r"series short: 3 frames of which no 4 in a row"):
        assert {case.unit.id for case in cases_of(FOUR_LEADS, [short, whole])} == {"whole"}
    with pytest.warns(DataWarning), pytest.raises(BadInput, match="no series has a case"):
        cases_of(FOUR_LEADS, [short])


def test_a_case_without_its_last_frames_moves_to_the_next_that_has_them(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=24, missing=(12,)), tmp_path)  # 13:00
    assert times_of(cases_of(FOUR_LEADS, [unit])) == ["2020-06-01T12:15:00", "2020-06-01T13:10:00"]


def test_an_hour_without_two_frames_in_a_row_is_left_out_with_a_warning(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=36, missing=range(12, 24)), tmp_path)
    with pytest.warns(DataWarning, match="1 issue times from 2020-06-01T13:00:00 are left out"):
        assert times_of(cases_of(FOUR_LEADS, [unit])) == ["2020-06-01T12:15:00", "2020-06-01T14:05:00"]


def test_no_case_crosses_midnight_and_the_new_day_waits_for_the_gap(tmp_path: Path) -> None:
    two_days = stored_unit(series(frames=84, start="2020-06-01T20:00"), tmp_path)  # until 02:55
    # the last four leads of a day end at 23:55; contexts of the next day begin at 23:55 + 2 h = 01:55
    cases = cases_of(FOUR_LEADS, [two_days])
    assert [time[8:16] for time in times_of(cases)] == [
        "01T20:15",
        "01T21:00",
        "01T22:00",
        "01T23:00",
        "02T02:10",
    ]
    assert cases[3].place["minutes"] == 40  # 23:00 to 23:35, and its leads to 23:55


@pytest.mark.parametrize("gap", [0, 45, 120])
def test_frames_of_two_storm_days_are_never_closer_than_the_gap(tmp_path: Path, gap: int) -> None:
    settings = FOUR_LEADS.model_copy(update={"gap_minutes": gap, "case_minutes": 30})
    series_of_site = [
        stored_unit(series(frames=150, start="2020-06-01T17:00"), tmp_path, "a"),
        stored_unit(series(frames=60, start="2020-06-02T22:00", missing=(1, 5)), tmp_path, "b"),
    ]
    used = dict[str, list[np.datetime64]]()
    for case in cases_of(settings, series_of_site):
        issue, five = np.datetime64(case.place["time"]), np.timedelta64(5, "m")
        # all that prepare may touch: from the first context frame to the last lead of the last issue time
        frames = issue + five * np.arange(-3, case.place["minutes"] // 5 + settings.leads)
        used.setdefault(case.group, []).extend(frames)
    assert sorted(used) == ["here:2020-06-01", "here:2020-06-02", "here:2020-06-03"]
    for day, following in zip(sorted(used), sorted(used)[1:], strict=False):
        assert min(used[following]) - max(used[day]) >= np.timedelta64(max(gap, 5), "m")
    for group, frames in used.items():
        assert {str(time.astype("datetime64[D]")) for time in frames} == {group.partition(":")[2]}


def test_a_new_day_moves_no_other_day_to_another_split(tmp_path: Path) -> None:
    old = [stored_unit(series(frames=24, start=f"2020-06-{day:02d}T12:00"), tmp_path, f"d{day}") for day in (1, 5, 9)]
    new = stored_unit(series(frames=24, start="2020-06-04T12:00"), tmp_path, "new")
    splits = []
    for units in (old, [new, *old]):
        cases = [case for case in cases_of(FOUR_LEADS, units) if case.unit is not new]
        found = assign([case.group for case in cases], [None] * len(cases), SplitSettings(test=0.4, validation=0.3))
        splits.append({case.id: split for case, split in zip(cases, found, strict=True)})
    assert splits[0] == splits[1]


def test_sites_do_not_wait_for_each_other(tmp_path: Path) -> None:
    units = [
        stored_unit(series(frames=12, start="2020-06-01T22:00"), tmp_path, "a", site="a"),
        stored_unit(series(frames=12, start="2020-06-02T00:00"), tmp_path, "b", site="b"),
    ]
    assert times_of(cases_of(FOUR_LEADS, units))[-1] == "2020-06-02T00:15:00"


def test_context_ends_at_the_issue_time_and_truth_begins_after_it(tmp_path: Path) -> None:
    written = series(frames=24, size=96, missing=(13, 16))
    case = cases_of(FOUR_LEADS, [stored_unit(written, tmp_path)])[0]
    context, truth = context_of(case), truth_of(case)
    assert context["time"].values[-1] == np.datetime64("2020-06-01T12:15")
    np.testing.assert_array_equal(context["rain_rate"], written["rain_rate"][:4])
    np.testing.assert_array_equal(truth, written["rain_rate"][4:8])
    assert truth["lead_time"].values.tolist() == [5, 10, 15, 20]
    assert truth["time"].values[0] == np.datetime64("2020-06-01T12:20")


def test_what_lies_after_the_issue_time_leaves_the_context_as_it_is(tmp_path: Path) -> None:
    settings = FOUR_LEADS.model_copy(update={"window": 64})
    written = series(frames=8, size=128)
    future = written["rain_rate"].values.copy()
    future[4:] = 9 * future[4:, ::-1, ::-1]
    other = written.assign(rain_rate=written["rain_rate"].copy(data=future))
    first, second = (
        context_of(cases_of(settings, [stored_unit(each, tmp_path, name)])[0])
        for each, name in ((written, "a"), (other, "b"))
    )
    assert first["rain_rate"].identical(second["rain_rate"])


def test_missing_frames_are_nan_in_the_truth(tmp_path: Path) -> None:
    unit = stored_unit(series(frames=8, size=96, missing=(5,)), tmp_path)
    seen = np.isfinite(truth_of(cases_of(FOUR_LEADS, [unit])[0])).any(("y", "x")).values
    assert seen.tolist() == [True, False, True, True]


def test_a_window_holds_the_wettest_square_of_the_context_in_its_place(tmp_path: Path) -> None:
    written = series(frames=8, size=128)
    rate = np.where(np.isfinite(written["rain_rate"].values), 0, np.nan).astype(np.float32)
    rate[:4, 60:90, 50:70] = 5
    written["rain_rate"] = written["rain_rate"].copy(data=rate)
    case = cases_of(FOUR_LEADS.model_copy(update={"window": 64}), [stored_unit(written, tmp_path)])[0]
    row, column = case.place["y"], case.place["x"]
    assert 90 - 64 <= row <= 60
    assert 70 - 64 <= column <= 50
    context = context_of(case)
    assert (context["rain_rate"].sum() / 4).item() == 30 * 20 * 5
    # the transform names the outer corner of the first cell: half a cell left of and above its centre
    numbers = [float(number) for number in context["crs"].attrs["GeoTransform"].split()]
    assert numbers[0] == context["x"].values[0] - 500
    assert numbers[3] == context["y"].values[0] + 500
    assert truth_of(case).shape == (4, 64, 64)


def test_the_wettest_window_is_found_by_hand() -> None:
    field = np.zeros((6, 7))
    field[3, 4], field[0, 0] = 1.0, 1.5
    field[4, 5] = 0.6
    # the pair weighs 1.6; of the windows of three cells that hold it the first begins at row 2, column 3
    assert wettest_window(field, 3) == (2, 3)
    field[0, 0] = 1.7
    assert wettest_window(field, 3) == (0, 0)


def test_on_a_dry_day_the_window_lies_where_the_radar_sees() -> None:
    field = np.full((100, 100), np.nan)
    field[30:80, 40:90] = 0
    assert wettest_window(field, 50) == (30, 40)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 14), st.integers(0, 10**6))
def test_no_window_holds_more_rain_than_the_wettest(height: int, width: int, size: int, seed: int) -> None:
    field = np.random.default_rng(seed).gamma(0.3, size=(height, width))
    row, column = wettest_window(field, size)
    sums = {
        (y, x): field[y : y + size, x : x + size].sum()
        for y in range(max(1, height - size + 1))
        for x in range(max(1, width - size + 1))
    }
    assert sums[row, column] == pytest.approx(max(sums.values()))


def test_a_case_that_its_store_does_not_hold_is_bad_input(tmp_path: Path) -> None:
    from dataclasses import replace

    case = cases_of(FOUR_LEADS, [stored_unit(series(frames=8, size=64), tmp_path)])[0]
    moved = replace(case, place={**case.place, "time": "2021-01-01T00:00:00"})
    with pytest.raises(BadInput, match=r"no context that ends at 2021-01-01T00:00:00; run ingest again"):
        context_of(moved)
