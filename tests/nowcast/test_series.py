"""Frames fall on a regular axis; what is missing stays missing, and what does not belong together is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import radar_files
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast import open_radar
from sciml.nowcast.frames import Frame
from sciml.nowcast.grids import Grid, crs_of
from sciml.nowcast.series import series

NOON = np.datetime64("2020-07-01T12:00", "ns")
GRID = Grid(str(crs_of(3067).to_wkt()), 500.0, 1000.0, 5, 9500.0, -1000.0, 4)


def frame(minute: float, rain: float = 1.0, **other: object) -> Frame:
    """A frame that needs no file."""
    terms = {"source_format": "test", "unit": "mm h-1", "grid": GRID, **other}
    time = NOON + np.timedelta64(round(minute * 60), "s")
    path = Path(f"{minute}-{rain}.test")
    return Frame(path=path, time=time, rain=lambda: np.full(GRID.shape, rain, np.float32), **terms)  # type: ignore[arg-type]


def file_at(folder: Path, minute: int, rain: float = 1.0, name: str = "", **other: object) -> Path:
    path = folder / (name or f"{minute}.h5")
    field = np.full((6, 8), rain)
    return radar_files.odim(path, field, f"20200701{12 + minute // 60}{minute % 60:02d}", **other)  # type: ignore[arg-type]


def test_the_order_of_the_files_does_not_matter() -> None:
    found = series([frame(10, 2), frame(0, 0), frame(15, 3), frame(5, 1)])
    assert (found["time"].values == NOON + np.arange(4) * np.timedelta64(5, "m")).all()
    assert found["rain_rate"].values[:, 0, 0].tolist() == [0, 1, 2, 3]


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(15, 30)))
def test_missing_frames_are_nan_and_never_filled(later: set[int]) -> None:
    places = {*range(15), *later}  # so that five minutes remain the most common step
    found = series([frame(5 * place, place) for place in places])
    last = max(places)
    assert found.sizes["time"] == last + 1
    assert found["frame_ok"].values.tolist() == [place in places for place in range(last + 1)]
    rain = found["rain_rate"].values[:, 2, 2]
    np.testing.assert_array_equal(rain, [place if place in places else np.nan for place in range(last + 1)])


def test_an_accumulation_ends_at_its_time_and_bounds_say_when_it_began() -> None:
    start, end = NOON + np.timedelta64(5, "m"), NOON + np.timedelta64(10, "m")
    found = series([frame(10, unit="mm", minutes=5.0, start=start, end=end)])
    assert found["time"].values == [end]
    assert found["time_bnds"].values.tolist() == [[start.astype(int), end.astype(int)]]
    assert found.attrs["accumulation_minutes"] == found.attrs["step_minutes"] == 5
    assert found["rain_rate"].attrs["cell_methods"] == "time: mean"


def test_an_instant_stands_for_the_step_that_ends_with_it() -> None:
    found = series([frame(0), frame(10)])
    assert (found["time_bnds"].values[1] == [NOON, NOON + np.timedelta64(10, "m")]).all()


def test_seconds_of_jitter_fall_on_the_minute() -> None:
    found = series([frame(0), frame(2.1), frame(3.9), frame(6)])
    assert (found["time"].values == NOON + np.arange(4) * np.timedelta64(2, "m")).all()
    assert found["frame_ok"].values.all()


def test_a_file_named_twice_is_taken_once() -> None:
    with pytest.warns(DataWarning, match="repeats"):
        found = series([frame(0), frame(5), frame(5), frame(10)])
    assert found.sizes["time"] == 3


def test_the_same_rain_in_two_files_is_taken_once(tmp_path: Path) -> None:
    files = [file_at(tmp_path, minute) for minute in (0, 5, 10)]
    again = tmp_path / "again.h5"
    again.write_bytes(files[1].read_bytes())
    with pytest.warns(DataWarning, match=r"again\.h5: repeats .*5\.h5|5\.h5: repeats .*again\.h5"):
        found = open_radar([*files, radar_files.gzipped(again)])
    assert found.sizes["time"] == 3


def test_equal_rain_in_files_that_differ_is_a_repeat_too(tmp_path: Path) -> None:
    files = [file_at(tmp_path, 0), file_at(tmp_path, 5), file_at(tmp_path, 5, name="more.h5", what={"remark": "x"})]
    with pytest.warns(DataWarning, match="repeats"):
        assert open_radar(files).sizes["time"] == 2


def test_two_different_frames_of_one_time_are_an_error_that_names_both(tmp_path: Path) -> None:
    files = [file_at(tmp_path, 0), file_at(tmp_path, 5), file_at(tmp_path, 5, rain=2, name="other.h5")]
    with pytest.raises(BadInput, match=r"(5\.h5.*other\.h5|other\.h5.*5\.h5) show 2020-07-01T12:05 differently"):
        open_radar(files)


def test_a_damaged_repeat_yields_to_the_whole_one(tmp_path: Path) -> None:
    whole = [radar_files.mrms(tmp_path / f"{minute}", np.full((60, 80), 2.0), minute=minute) for minute in (0, 2)]
    content = bytearray(whole[1].read_bytes())
    middle = content.index(b"IDAT") + 10
    content[middle : middle + 8] = b"\xff" * 8
    (tmp_path / "damaged").write_bytes(content)
    for files in ([*whole, tmp_path / "damaged"], [tmp_path / "damaged", *whole]):
        with pytest.warns(DataWarning, match="damaged.*left out"):
            found = open_radar(files)
        assert (found["rain_rate"].values == 2).all()


def test_a_step_that_changes_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"36-1\.0\.test: comes 6 minutes after 30-1\.0\.test, the others 10"):
        series([frame(minute) for minute in (0, 10, 20, 30, 36, 42)])


def test_a_clock_years_off_is_an_error_and_no_axis_of_millions() -> None:
    with pytest.raises(BadInput, match="is its clock right"):
        series([frame(0), frame(5), frame(10), frame(5 * 2_000_000)])


def test_another_shape_place_or_projection_is_named(tmp_path: Path) -> None:
    files = [file_at(tmp_path, minute) for minute in (0, 5, 10)]
    odd = radar_files.odim(tmp_path / "odd.h5", np.zeros((6, 9)), "202007011215")
    with pytest.raises(BadInput, match=r"odd\.h5: has 6 x 9 cells, the others 6 x 8; .*leave this file out"):
        open_radar([odd, *files])
    moved = {"LL_lon": -10.40, "LL_lat": 31.75}
    with pytest.raises(BadInput, match=r"15\.h5: lies elsewhere"):
        open_radar([*files, file_at(tmp_path, 15, where=moved)])
    turned = {"projdef": radar_files.LAEA.replace("lon_0=10.0", "lon_0=11.0")}
    with pytest.raises(BadInput, match=r"15\.h5: lies elsewhere or has another projection"):
        open_radar([*files, file_at(tmp_path, 15, where=turned)])


def test_the_same_place_written_in_other_digits_is_the_same(tmp_path: Path) -> None:
    near = {"LL_lon": -10.4345768, "LL_lat": 31.7462153}
    files = [file_at(tmp_path, 0), file_at(tmp_path, 5), file_at(tmp_path, 10, where=near)]
    assert open_radar(files).sizes["time"] == 3


def test_another_unit_or_accumulation_is_named(tmp_path: Path) -> None:
    files = [file_at(tmp_path, minute) for minute in (0, 5)]
    other = file_at(tmp_path, 10, quantity="DBZH")
    with pytest.raises(BadInput, match=r"10\.h5: holds dBZ, the others mm h-1"):
        open_radar([*files, other])
    hours = [
        radar_files.bom(tmp_path / f"{end}.nc", np.ones((4, 4), np.int16), end=1593604800 + 600 * end, minutes=minutes)
        for end, minutes in ((0, 10), (1, 10), (2, 20))
    ]
    with pytest.raises(BadInput, match=r"2\.nc: was observed over 20 minutes, the others over 10 minutes"):
        open_radar(hours)


def test_accumulations_that_overlap_are_said(tmp_path: Path) -> None:
    files = [
        radar_files.bom(tmp_path / f"{end}.nc", np.full((4, 4), 60, np.int16), end=1593604800 + 300 * end, minutes=60)
        for end in range(3)
    ]
    with pytest.warns(DataWarning, match="over 60 minutes every 5"):
        assert (open_radar(files)["rain_rate"].values == 60).all()  # 60 kg m-2 in an hour


def test_dry_and_unobserved_frames_are_frames_like_others() -> None:
    found = series([frame(0, 0), frame(5, np.nan), frame(10, 0), frame(15, 2)])
    assert found["frame_ok"].values.all()
    assert np.isnan(found["rain_rate"].values[1]).all()
    assert (found["rain_rate"].values[0] == 0).all()
    alone = series([frame(0, np.nan)])
    assert not alone["range_mask"].values.any()


def test_the_range_mask_is_what_any_frame_observes() -> None:
    sights = [np.full(GRID.shape, np.nan, np.float32) for _ in range(2)]
    sights[0][0], sights[1][:, 1] = 0, 3
    found = series([frame(5 * number, rain=0) for number in range(2)])
    assert found["range_mask"].values.all()
    seen = [replace(frame(5 * number), rain=lambda sight=sight: sight) for number, sight in enumerate(sights)]
    expected = np.zeros(GRID.shape, bool)
    expected[0], expected[:, 1] = True, True
    np.testing.assert_array_equal(series(seen)["range_mask"].values, expected)


def test_heavy_rain_is_not_cut(tmp_path: Path) -> None:
    values = np.array([[400.0, 150.0], [0.0, 327.7]])
    found = open_radar(radar_files.odim(tmp_path / "hail.h5", values))["rain_rate"]
    np.testing.assert_allclose(found.values[0], values)
    assert "327.67" in found.attrs["comment"]


def test_any_part_of_the_frames_is_the_part_of_the_whole() -> None:
    found = series([frame(5 * number, number) for number in range(5)])["rain_rate"]
    whole = found.values
    for key in (
        (slice(1, 4), slice(0, 2), 3),
        (2,),
        ([0, 3], slice(None), slice(4, 1, -1)),
        (slice(0, 0),),
        (-1, 1, 1),
    ):
        np.testing.assert_array_equal(found[key].values, whole[key])


def test_the_dataset_can_be_written_as_it_is(tmp_path: Path) -> None:
    import xarray as xr

    found = open_radar([file_at(tmp_path, minute) for minute in (0, 5, 15)])
    found.to_netcdf(tmp_path / "series.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "series.nc", engine="h5netcdf", decode_coords="all") as again:
        xr.testing.assert_equal(again.load(), found.compute())
