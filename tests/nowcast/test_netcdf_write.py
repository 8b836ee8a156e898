"""CF NetCDF as written: units, packing, times, and what readers make of it."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pyproj
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sciml.nowcast.formats import open_radar
from sciml.nowcast.netcdf_write import GREATEST_RATE, unit_mm, write_netcdf

PROJ = "+proj=laea +lat_0=50 +lon_0=10 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
END = datetime(2024, 3, 1, 0, 5)
RATE = np.array([[0.0, 0.12, 24.0], [np.nan, 120.0, 3000.0]])


def written(path: Path, rate: np.ndarray = RATE, step_minutes: int = 5) -> Path:
    write_netcdf(path, rate, END, step_minutes, PROJ, (-3000.0, -2000.0), 2000.0, "a test")
    return path


def test_xarray_decodes_it_as_cf(tmp_path: Path) -> None:
    with xr.open_dataset(written(tmp_path / "a.nc"), engine="h5netcdf") as found:
        # 0.12 mm/h are 0.01 mm in 5 minutes; int16 ends at 32.767 mm
        expected = np.array([[0, 0.01, 2], [np.nan, 10, 32.767]])
        assert found["precipitation"].values == pytest.approx(expected, abs=1e-6, nan_ok=True)
        assert found["precipitation"].dims == ("y", "x")
        assert found["precipitation"].attrs["units"] == "kg m-2"
        assert found["start_time"].values == np.datetime64("2024-03-01T00:00")
        assert found["valid_time"].values == np.datetime64("2024-03-01T00:05")
        assert found["x"].values.tolist() == [-2, 0, 2]
        assert found["y"].values.tolist() == [1, -1]
        assert found["x"].attrs["units"] == "km"


def test_the_projection_is_the_one_given(tmp_path: Path) -> None:
    with xr.open_dataset(written(tmp_path / "a.nc"), engine="h5netcdf") as found:
        assert found["precipitation"].attrs["grid_mapping"] == "proj"
        crs = pyproj.CRS.from_cf(found["proj"].attrs)
    assert pyproj.Proj(crs)(11.0, 51.0) == pytest.approx(pyproj.Proj(PROJ)(11.0, 51.0))


def test_open_radar_finds_the_same_rain_and_place(tmp_path: Path) -> None:
    found = open_radar([written(tmp_path / "a.nc")]).load().isel(time=0)
    expected = np.array([[0, 0.12, 24], [np.nan, 120, 393.204]])
    assert found["rain_rate"].values == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert found["time"].values == np.datetime64("2024-03-01T00:05")
    assert found["x"].values.tolist() == [-2000, 0, 2000]
    assert found["y"].values.tolist() == [1000, -1000]


@pytest.mark.parametrize(("minutes", "unit"), [(1, 0.001), (5, 0.001), (6, 0.001), (10, 0.002), (60, 0.010)])
def test_the_packing_holds_the_heaviest_rain_of_a_step(minutes: int, unit: float) -> None:
    assert unit_mm(minutes) == pytest.approx(unit)
    assert unit_mm(minutes) * 32_767 >= GREATEST_RATE * minutes / 60


@given(arrays(np.float32, (4, 5), elements=st.floats(0, 300, width=32) | st.just(np.float32(np.nan))))
@settings(max_examples=8, deadline=None)
def test_any_rate_comes_back_to_half_a_step(tmp_path_factory: pytest.TempPathFactory, rate: np.ndarray) -> None:
    path = written(tmp_path_factory.mktemp("netcdf") / "a.nc", rate)
    with xr.open_dataset(path, engine="h5netcdf") as file:
        found = file["precipitation"].values * 12
    assert found == pytest.approx(rate, abs=0.5 * 0.012 + 1e-4, nan_ok=True)


def test_the_same_rain_is_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "a.nc").read_bytes() == written(tmp_path / "b.nc").read_bytes()
