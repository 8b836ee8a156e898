"""The four frames that a forecast starts from: the last steps of the axis, gaps left open and said."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from radar_frames import drifting, radar

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.context import last_frames


def test_the_last_four_of_many_are_taken() -> None:
    series = radar(drifting(7))
    context, note = last_frames(series)
    xr.testing.assert_identical(context, series.isel(time=slice(3, 7)))
    assert note == ""


def test_any_order_is_the_same_context() -> None:
    series = radar(drifting(6))
    context, note = last_frames(series.isel(time=[3, 0, 5, 1, 4, 2]))
    np.testing.assert_array_equal(context["rain_rate"], series["rain_rate"][2:])
    np.testing.assert_array_equal(context["time"], series["time"][2:])
    assert note == ""


def test_a_missing_frame_stays_missing_and_is_said() -> None:
    series = radar(drifting(6))
    with pytest.warns(DataWarning, match="no frame at"):
        context, note = last_frames(series.isel(time=[0, 1, 2, 3, 5]))  # 16:20 is not there
    assert context.sizes["time"] == 4
    assert np.isnan(context["rain_rate"][2]).all()
    np.testing.assert_array_equal(context["rain_rate"][[0, 1, 3]], series["rain_rate"][[2, 3, 5]])
    assert note == "no frame at 2016-09-28T16:20Z; nothing was put in its place"


def test_a_frame_without_an_observed_cell_is_a_missing_one() -> None:
    rain = drifting(4)
    rain[1] = np.nan
    with pytest.warns(DataWarning, match="no frame at"):
        _, note = last_frames(radar(rain))
    assert note == "no frame at 2016-09-28T16:05Z; nothing was put in its place"


def test_a_repeated_frame_counts_once_and_is_said() -> None:
    series = radar(drifting(5))
    with pytest.warns(DataWarning, match="more than one frame"):
        context, note = last_frames(series.isel(time=[0, 1, 2, 3, 3, 4]))
    np.testing.assert_array_equal(context["rain_rate"], series["rain_rate"][1:])
    assert note == "more than one frame at 2016-09-28T16:15Z; the first was used"


def test_a_repeat_before_the_context_is_nobodys_business() -> None:
    series = radar(drifting(6))
    assert last_frames(series.isel(time=[0, 0, 1, 2, 3, 4, 5]))[1] == ""


@pytest.mark.parametrize(("count", "words"), [(1, "there is one frame"), (3, "there are 3 frames")])
def test_fewer_than_four_frames_are_refused(count: int, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        last_frames(radar(drifting(4)).isel(time=slice(count)))


def test_frames_without_any_observed_cell_are_refused() -> None:
    with pytest.raises(BadInput, match="none of the last 4 frames"):
        last_frames(radar(np.full((5, 64, 64), np.nan, np.float32)))


def test_one_frame_among_four_steps_shows_no_motion() -> None:
    rain = drifting(4)
    rain[:3] = np.nan
    with pytest.raises(BadInput, match="only one of the last 4 steps"):
        last_frames(radar(rain))


@pytest.mark.parametrize("shape", [(63, 200), (200, 63)])
def test_a_domain_under_64_cells_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match=f"{shape[0]} x {shape[1]} cells"):
        last_frames(radar(np.zeros((4, *shape), np.float32)))


def test_times_that_are_no_steps_are_refused() -> None:
    series = radar(drifting(5))
    times = series["time"].values.copy()
    times[1] += np.timedelta64(2, "m")
    with pytest.raises(BadInput, match="steps of 5 minutes"):
        last_frames(series.assign_coords(time=times))


@pytest.mark.parametrize("lost", ["rain_rate", "time", "x"])
def test_a_foreign_dataset_is_refused(lost: str) -> None:
    with pytest.raises(BadInput, match=r"open_radar"):
        last_frames(radar(drifting(4)).drop_vars(lost))


def test_a_dataset_without_its_step_is_refused() -> None:
    series = radar(drifting(4))
    del series.attrs["step_minutes"]
    with pytest.raises(BadInput, match="open_radar"):
        last_frames(series)
