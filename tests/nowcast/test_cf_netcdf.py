"""CF NetCDF: packing, units, kilometres, longitudes, several times in a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from radar_files import bom

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar

STORED = np.array([[0, 1, -1], [40, -2, 7]], np.int16)


def test_packed_amounts_become_rates_and_what_is_below_zero_is_not_observed(tmp_path: Path) -> None:
    found = open_radar(bom(tmp_path / "a", STORED, scale_factor=0.05, _FillValue=np.int16(-1)))
    # 0.05 mm in 10 minutes are 0.3 mm/h
    np.testing.assert_allclose(found["rain_rate"].values[0], [[0, 0.3, np.nan], [12, np.nan, 2.1]], rtol=1e-6)
    assert not np.ma.isMaskedArray(found["rain_rate"].values)
    assert found["time"].values == [np.datetime64("2020-07-01T12:00")]
    assert found["time_bnds"].values[0, 0] == np.datetime64("2020-07-01T11:50")


def test_fill_missing_and_valid_range_hide_cells(tmp_path: Path) -> None:
    stored = np.array([[0, 5, 9], [200, 6, 120]], np.int16)
    path = bom(tmp_path / "a", stored, _FillValue=np.int16(5), missing_value=np.int16(6), valid_range=[0, 100])
    assert np.isnan(open_radar(path)["rain_rate"].values[0]).tolist() == [[False, True, False], [True, True, True]]


@pytest.mark.parametrize(
    ("units", "standard", "rate"),
    [
        ("mm", "precipitation_amount", 18.0),  # 3 mm in 10 minutes
        ("kg m-2", "rainfall_amount", 18.0),
        ("m", "lwe_thickness_of_precipitation_amount", 18_000.0),
        ("mm h-1", "rainfall_rate", 3.0),
        ("mm/h", "rainfall_rate", 3.0),
        ("kg m-2 s-1", "rainfall_flux", 10_800.0),
        ("dBZ", "equivalent_reflectivity_factor", (10**0.3 / 200) ** (1 / 1.6)),
    ],
)
def test_each_unit_is_converted(tmp_path: Path, units: str, standard: str, rate: float) -> None:
    path = bom(tmp_path / "a", np.full((2, 3), 3.0), units=units, standard_name=standard)
    np.testing.assert_allclose(open_radar(path)["rain_rate"].values, rate, rtol=1e-6)


@pytest.mark.parametrize("lengths", ["km", "m"])
def test_kilometres_become_metres(tmp_path: Path, lengths: str) -> None:
    found = open_radar(bom(tmp_path / "a", np.zeros((4, 4), np.int16), lengths=lengths))
    metre = 1000 if lengths == "km" else 1
    assert found["x"].values.tolist() == [-0.75 * metre, -0.25 * metre, 0.25 * metre, 0.75 * metre]
    assert found["y"].values.tolist() == found["x"].values.tolist()[::-1]
    assert found["x"].attrs["units"] == "m"


def test_a_false_easting_in_kilometres_is_scaled_with_its_coordinates(tmp_path: Path) -> None:
    path = bom(tmp_path / "a", np.zeros((4, 4), np.int16))
    with h5py.File(path, "a") as file:
        file["proj"].attrs["false_easting"] = 300.0
    assert open_radar(path)["crs"].attrs["false_easting"] == 300_000.0


@pytest.mark.parametrize(
    ("longitudes", "first", "last"),
    [
        (np.arange(230, 235), -130, -126),
        (np.arange(178, 183), 178, 182),  # crosses the date line, and goes on growing
        (np.array([358, 359, 0, 1, 2]), -2, 2),
        (np.arange(-10, -5), -10, -6),
    ],
)
def test_longitudes_stay_monotonic(tmp_path: Path, longitudes: np.ndarray, first: float, last: float) -> None:
    latitudes = np.array([50.0, 49, 48])
    path = bom(tmp_path / "a", np.zeros((3, 5), np.int16), lengths="degrees", x=longitudes, y=latitudes)
    found = open_radar(path)
    assert found["x"].values.tolist() == list(range(first, last + 1))
    assert found["x"].attrs == {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    # 1 by 1 degree at 49 N: 111.195 km * sqrt(cos 49)
    assert found.attrs["cell_km"] == pytest.approx(111.195 * np.cos(np.radians(49)) ** 0.5, abs=1e-3)


def test_rows_from_the_south_stay_so(tmp_path: Path) -> None:
    stored = np.array([[1, 1], [9, 9]], np.int16)
    found = open_radar(bom(tmp_path / "a", stored, y=np.array([0.0, 0.5])))
    assert found["y"].values.tolist() == [0, 500]
    assert found["rain_rate"].values[0, 1, 0] == 54  # 9 mm in 10 minutes
    assert found["crs"].attrs["GeoTransform"].split()[-1] == "500"


def test_a_file_may_hold_many_times_and_x_before_y(tmp_path: Path) -> None:
    times = np.datetime64("2020-07-01T12:00", "ns") + np.arange(3) * np.timedelta64(5, "m")
    rain = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
    source = xr.Dataset(
        {"rr": (("time", "lon", "lat"), rain, {"units": "mm h-1", "standard_name": "rainfall_rate"})},
        coords={
            "time": ("time", times, {"standard_name": "time", "bounds": "time_bnds"}),
            "lon": ("lon", np.arange(4) * 0.5, {"units": "degrees_east", "standard_name": "longitude"}),
            "lat": ("lat", np.array([10.0, 9.5]), {"units": "degrees_north", "standard_name": "latitude"}),
            "time_bnds": (("time", "nv"), np.stack([times, times + np.timedelta64(5, "m")], axis=1)),
        },
        attrs={"Conventions": "CF-1.8"},
    )
    source["time"].encoding["units"] = source["time_bnds"].encoding["units"] = "minutes since 2020-07-01"
    source.to_netcdf(tmp_path / "many.nc", engine="h5netcdf")
    found = open_radar(tmp_path / "many.nc")
    np.testing.assert_array_equal(found["rain_rate"].values, rain.transpose(0, 2, 1))
    # the file stamps starts; ours are ends
    np.testing.assert_array_equal(found["time"].values, times + np.timedelta64(5, "m"))


@pytest.mark.parametrize(
    ("units", "value", "time"),
    [
        ("hours since 2020-07-01 06:30:00", 5.5, "2020-07-01T12:00"),
        ("days since 2020-07-01", 0.5, "2020-07-01T12:00"),
        ("minutes since 2020-07-01T00:00:00Z", 720, "2020-07-01T12:00"),
        ("seconds since 1970-1-1 0:0:0 +00:00", 1593604800, "2020-07-01T12:00"),
    ],
)
def test_times_are_read_in_any_unit(tmp_path: Path, units: str, value: float, time: str) -> None:
    path = bom(tmp_path / "a", np.zeros((2, 3), np.int16))
    with h5py.File(path, "a") as file:
        del file["valid_time"]
        file["valid_time"] = np.float64(value)
        file["valid_time"].attrs["units"] = units
    assert open_radar(path)["time"].values == [np.datetime64(time)]


def test_what_cannot_be_understood_is_named(tmp_path: Path) -> None:
    field = np.zeros((3, 4), np.int16)
    with pytest.raises(BadInput, match=r"holds precipitation \(K\), neither rain nor reflectivity"):
        open_radar(bom(tmp_path / "a", field, units="K", standard_name="air_temperature"))
    with pytest.raises(BadInput, match="irregular coordinate x"):
        open_radar(bom(tmp_path / "b", field, x=np.array([0, 1, 2, 4])))
    with pytest.raises(BadInput, match="x in furlong"):
        open_radar(bom(tmp_path / "c", field, lengths="furlong"))
    with pytest.raises(BadInput, match="accumulation of unknown length"):
        open_radar(bom(tmp_path / "d", field, minutes=0))
    path = bom(tmp_path / "e", field, grid_mapping="nothing")
    with pytest.raises(BadInput, match="which projection"):
        open_radar(path)
    path = bom(tmp_path / "f", field)
    with h5py.File(path, "a") as file:
        file["valid_time"].attrs["calendar"] = "360_day"
    with pytest.raises(BadInput, match="360_day"):
        open_radar(path)


def test_the_simulator_s_files_come_back(tmp_path: Path) -> None:
    from sciml.nowcast.netcdf_write import unit_mm, write_netcdf
    from sciml.nowcast.odim_write import write_odim

    rate = np.random.default_rng(1).gamma(0.5, 8.0, (64, 80)).astype(np.float32)
    rate[:5] = np.nan
    rate[10:20] = 0
    end, proj = datetime(2021, 7, 3, 12, 5), "+proj=laea +lat_0=50 +lon_0=10 +ellps=WGS84"
    write_netcdf(tmp_path / "a.nc", rate, end, 5, proj, (-40_000.0, 7_000.0), 1000.0, "simulated")
    quality = np.where(np.isnan(rate), np.nan, 0.7)
    write_odim(tmp_path / "a.h5", rate, quality, end, 5, proj, (-40_000.0, 7_000.0), 1000.0, "ORG:999")
    amounts, rates = open_radar(tmp_path / "a.nc"), open_radar(tmp_path / "a.h5")
    # half a step of each packing
    np.testing.assert_allclose(rates["rain_rate"].values[0], rate, atol=0.00501)
    np.testing.assert_allclose(amounts["rain_rate"].values[0], rate, atol=0.501 * unit_mm(5) * 12)
    for name in ("x", "y", "time", "time_bnds"):
        np.testing.assert_array_equal(amounts[name].values, rates[name].values)
    assert rates["x"].values[0] == -39_500
    assert rates["y"].values[-1] == 7_500
    assert rates["time"].values == [np.datetime64("2021-07-03T12:05")]
