"""ODIM HDF5: quantities, codes, quality, times and corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import radar_files
from radar_files import NODATA, UNDETECT, odim

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar


def rain(path: Path, min_quality: float = 0.0) -> np.ndarray:
    return open_radar(path, min_quality)["rain_rate"].values[0]


def test_undetect_is_dry_and_nodata_is_not_observed(tmp_path: Path) -> None:
    values = np.array([[NODATA, UNDETECT, 2.5], [0.0, -1.0, np.nan]])
    # a negative rate and a NaN are no observation either
    np.testing.assert_array_equal(rain(odim(tmp_path / "a", values)), [[np.nan, 0, 2.5], [0, np.nan, np.nan]])


def test_codes_are_compared_before_gain_and_offset(tmp_path: Path) -> None:
    stored = np.array([[0, 255, 1], [100, 254, 7]], np.uint8)
    codes = {"gain": 0.5, "offset": -0.5, "undetect": 0.0, "nodata": 255.0}
    # 1 -> 0, 100 -> 49.5, 254 -> 126.5, 7 -> 3
    expected = [[0, np.nan, 0], [49.5, 126.5, 3]]
    np.testing.assert_array_equal(rain(odim(tmp_path / "a", stored, what=codes)), expected)


@pytest.mark.parametrize("quantity", ["DBZH", "TH"])
def test_reflectivity_becomes_rain_by_marshall_and_palmer(tmp_path: Path, quantity: str) -> None:
    path = odim(tmp_path / "a", np.array([[UNDETECT, 23.0103, NODATA], [40.0, 60.0, -10.0]]), quantity=quantity)
    # 23.0103 dBZ is Z = 200, that is 1 mm/h; 40 dBZ is (10,000 / 200)^(1 / 1.6) = 11.53 mm/h
    found = rain(path)
    np.testing.assert_allclose(found[0], [0, 1, np.nan], rtol=1e-5)
    assert found[1, 0] == pytest.approx(50 ** (1 / 1.6))
    attrs = open_radar(path).attrs
    assert (attrs["zr_a"], attrs["zr_b"], attrs["source_unit"]) == (200.0, 1.6, "dBZ")


def test_an_accumulation_is_divided_by_its_length_and_stamped_with_its_end(tmp_path: Path) -> None:
    path = odim(
        tmp_path / "a", np.full((2, 3), 1.5), "202007011145", start="202007011145", end="202007011200", quantity="ACRR"
    )
    found = open_radar(path)
    assert (found["rain_rate"].values == 6).all()  # 1.5 mm in 15 minutes
    assert found["time"].values == [np.datetime64("2020-07-01T12:00")]
    assert found.attrs["accumulation_minutes"] == 15


def test_an_accumulation_of_unknown_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="accumulation of unknown length"):
        open_radar(odim(tmp_path / "a", np.ones((2, 3)), quantity="ACRR"))


@pytest.mark.parametrize(
    ("nominal", "start", "end", "time"),
    [
        ("202007011200", "202007011150", "202007011205", "12:00"),  # inside the window, as OPERA's composites
        ("202007011200", "202007011200", "202007011205", "12:05"),  # names the start of a mean
        ("202007011200", "202007011201", "202007011205", "12:00"),  # scans begin when they can
        ("202007011200", "202007011155", "202007011200", "12:00"),
        ("202007011200", None, None, "12:00"),
    ],
)
def test_a_rate_has_its_nominal_time_unless_that_names_a_start(
    tmp_path: Path, nominal: str, start: str | None, end: str | None, time: str
) -> None:
    found = open_radar(odim(tmp_path / "a", np.ones((2, 3)), nominal, start, end))
    assert found["time"].values == [np.datetime64(f"2020-07-01T{time}")]


def test_the_scans_of_an_instant_may_take_longer_or_shorter(tmp_path: Path) -> None:
    files = []
    for number, end in enumerate(("202007011204", "202007011209", "202007011213")):
        path = tmp_path / f"{number}.h5"
        files.append(odim(path, np.ones((2, 3)), f"2020070112{5 * number:02d}", "202007011159", end))
    assert open_radar(files).attrs["step_minutes"] == 5


def test_24_00_is_the_next_midnight(tmp_path: Path) -> None:
    path = odim(tmp_path / "a", np.ones((2, 3)), start="202006302355", end="202006302400", quantity="ACRR")
    assert open_radar(path)["time"].values == [np.datetime64("2020-07-01T00:00")]


def test_poor_quality_is_not_observed_and_unknown_quality_is_kept(tmp_path: Path) -> None:
    values = np.array([[1.0, 2.0, UNDETECT]])
    quality = np.array([[0.3, 0.8, NODATA]])  # none where it is dry, as in OPERA's composites
    path = odim(tmp_path / "a", np.vstack([values, values]), quality=np.vstack([quality, quality]))
    np.testing.assert_array_equal(rain(path)[0], [1, 2, 0])
    np.testing.assert_array_equal(rain(path, 0.5)[0], [np.nan, 2, 0])
    found = open_radar(path, 0.5)
    np.testing.assert_allclose(found["quality"].values[0, 0], [0.3, 0.8, np.nan], rtol=1e-6)
    assert found.attrs["min_quality"] == 0.5


def test_quality_groups_of_the_data_are_found(tmp_path: Path) -> None:
    import h5py

    path = odim(tmp_path / "a", np.full((2, 3), 4.0))
    with h5py.File(path, "a") as file:
        for number, (task, stored) in enumerate((("fi.fmi.ropo", 10), ("pl.imgw.qi_total", 51)), start=1):
            group = file.create_group(f"dataset1/data1/quality{number}")
            group.create_group("how").attrs["task"] = task
            codes = {"gain": 1 / 255, "offset": 0.0, "nodata": 255.0, "undetect": 254.0}
            group.create_group("what").attrs.update(codes)
            group["data"] = np.full((2, 3), stored, np.uint8)
    np.testing.assert_allclose(open_radar(path)["quality"].values, 0.2, rtol=1e-6)  # 51 / 255
    assert np.isnan(rain(path, 0.3)).all()


def test_an_unknown_quantity_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds VRADH, none of RATE, ACRR, DBZH, TH"):
        open_radar(odim(tmp_path / "a", np.ones((2, 3)), quantity="VRADH"))


def test_a_polar_volume_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is an ODIM PVOL, not a composite"):
        open_radar(odim(tmp_path / "a", np.ones((2, 3)), kind="PVOL"))


def test_one_corner_and_the_scale_place_the_grid(tmp_path: Path) -> None:
    found = open_radar(odim(tmp_path / "a", np.ones((2200, 1900), np.uint8)))
    # the lower left corner is at (0, -4,400,000) m
    assert found["x"].values[[0, -1]].tolist() == [1000.0, 3_799_000.0]
    assert found["y"].values[[0, -1]].tolist() == [-1000.0, -4_399_000.0]
    assert found["crs"].attrs["grid_mapping_name"] == "lambert_azimuthal_equal_area"
    assert found.attrs["cell_km"] == 2


def test_corners_alone_give_the_scale(tmp_path: Path) -> None:
    corners = {"UR_lon": 57.81196475014995, "UR_lat": 67.62103710275053, "xscale": None, "yscale": None}
    found = open_radar(odim(tmp_path / "a", np.ones((2200, 1900), np.uint8), where=corners))
    assert found["x"].values[1] - found["x"].values[0] == pytest.approx(2000, abs=1e-3)
    assert found["y"].values[1] - found["y"].values[0] == pytest.approx(-2000, abs=1e-3)


def test_kilometres_become_metres(tmp_path: Path) -> None:
    where = {"projdef": radar_files.LAEA.replace("+units=m", "+units=km")}
    found = open_radar(odim(tmp_path / "a", np.ones((2200, 1900), np.uint8), where=where))
    assert found["x"].values[0] == 1000.0


def test_without_a_corner_or_with_another_size_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no corner"):
        open_radar(odim(tmp_path / "a", np.ones((2, 3)), where={"LL_lon": None}))
    with pytest.raises(BadInput, match="5 x 3 cells and holds 2 x 3"):
        open_radar(odim(tmp_path / "b", np.ones((2, 3)), where={"ysize": 5}))
