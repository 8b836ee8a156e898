"""Forecasts on disk: CF that other programs read, the same numbers back, and whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pyproj
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sciml.core.errors import BadInput, Missing, SettingsError
from sciml.nowcast.answers import (
    SUFFIXES,
    ForecastWriter,
    forecast_dataset,
    open_forecast,
    with_probabilities,
    write_forecast,
)

ATTRS = {"method": "test", "seed": 3, "notes": "made up"}


def context(rows: int = 70, columns: int = 65, step: int = 5) -> xr.Dataset:
    """Four dry frames that end at 16:15 UTC, y from the north."""
    metres = {"units": "m"}
    return xr.Dataset(
        {"rain_rate": (("time", "y", "x"), np.zeros((4, rows, columns), np.float32), {"units": "mm h-1"})},
        coords={
            "time": np.datetime64("2016-09-28T16:15", "ns") + np.arange(-3, 1) * np.timedelta64(step, "m"),
            "y": ("y", 7e6 - 1000.0 * np.arange(rows), {**metres, "standard_name": "projection_y_coordinate"}),
            "x": ("x", 1000.0 * np.arange(columns), {**metres, "standard_name": "projection_x_coordinate"}),
            "crs": ((), np.int32(0), pyproj.CRS(3067).to_cf()),
        },
        attrs={"step_minutes": step, "accumulation_minutes": step, "cell_km": 1.0},
    )


def members(count: int = 3, leads: int = 2) -> np.ndarray:
    """Rain with some cells that nobody knows."""
    rain = np.random.default_rng(0).gamma(0.3, 4.0, (count, leads, 70, 65)).astype(np.float32)
    rain[:, :, :5] = np.nan
    return rain


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_to_the_hundredth(tmp_path: Path, suffix: str) -> None:
    forecast = with_probabilities(forecast_dataset(members(), context(), ATTRS))
    write_forecast(forecast, tmp_path / f"a{suffix}")
    with open_forecast(tmp_path / f"a{suffix}") as found:
        assert found["rain_rate"].dtype == np.float32
        np.testing.assert_array_equal(np.isnan(found["rain_rate"]), np.isnan(forecast["rain_rate"]))
        # half a hundredth, and a little for the float32
        np.testing.assert_allclose(found["rain_rate"], forecast["rain_rate"], rtol=1e-6, atol=0.00501)
        np.testing.assert_allclose(found["probability"], forecast["probability"], atol=0.5001e-4)
        for name in ("time", "time_bnds", "forecast_reference_time", "y", "x", "lead_time", "member", "threshold"):
            np.testing.assert_array_equal(found[name], forecast[name])
        assert {name: found.attrs[name] for name in ATTRS} == ATTRS


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_xarray_alone_reads_it_without_a_word(tmp_path: Path, suffix: str) -> None:
    write_forecast(forecast_dataset(members(), context(), ATTRS), tmp_path / f"a{suffix}")
    engine = {".nc": "h5netcdf", ".zarr": "zarr"}[suffix]
    with xr.open_dataset(tmp_path / f"a{suffix}", engine=engine) as found:  # warnings are errors here
        assert float(found["rain_rate"].max()) == pytest.approx(float(np.nanmax(members())), abs=0.006)
        assert str(found["time"].values[0])[:16] == "2016-09-28T16:20"


def test_the_netcdf_keeps_the_conventions(tmp_path: Path) -> None:
    write_forecast(with_probabilities(forecast_dataset(members(), context(), ATTRS)), tmp_path / "a.nc")
    with h5netcdf.File(tmp_path / "a.nc") as file:
        assert file.attrs["Conventions"] == "CF-1.11"
        variables = file.variables
        no_units = {"crs", "forecast_reference_time", "time", "time_bnds"}  # times are looked at below
        for name, variable in variables.items():
            assert "units" in variable.attrs or name in no_units, name
            for beside in str(variable.attrs.get("coordinates", "")).split():
                # an auxiliary coordinate has no dimension that its field lacks
                assert set(variables[beside].dimensions) <= set(variable.dimensions)
        for field in ("rain_rate", "probability"):
            assert set(variables[field].attrs["coordinates"].split()) == {"time", "forecast_reference_time"}
            mapping = variables[variables[field].attrs["grid_mapping"]]
            assert mapping.attrs["grid_mapping_name"] == "transverse_mercator"
            assert pyproj.CRS.from_cf(dict(mapping.attrs)) == pyproj.CRS(3067)
        rain = variables["rain_rate"]
        assert (rain.dtype, rain.attrs["_FillValue"], rain.attrs["units"]) == (np.int16, -1, "mm h-1")
        assert rain.attrs["scale_factor"] == np.float32(0.01)
        valid, bounds = variables["time"], variables["time_bnds"]
        assert valid.attrs["bounds"] == "time_bnds"
        assert valid.attrs["units"] == bounds.attrs["units"] == "seconds since 1970-01-01 00:00:00"
        # each accumulation of five minutes ends at its valid time
        np.testing.assert_array_equal(bounds[:, 1], valid[:])
        np.testing.assert_array_equal(bounds[:, 1] - bounds[:, 0], 300)
        np.testing.assert_array_equal(valid[:] - variables["forecast_reference_time"][()], [300, 600])
        assert variables["lead_time"].attrs["standard_name"] == "forecast_period"


def test_lead_times_are_steps_of_the_context(tmp_path: Path) -> None:
    forecast = forecast_dataset(members(leads=3), context(step=10), ATTRS)
    assert forecast["lead_time"].values.tolist() == [10, 20, 30]
    assert str(forecast["time"].values[-1])[:16] == "2016-09-28T16:45"


def test_a_probability_is_the_share_of_the_members_that_know() -> None:
    rain = np.zeros((4, 1, 70, 65), np.float32)
    rain[:3, 0, 0, 0] = 0.5, 4.999, 10  # 4.999 is stored as 5.00
    rain[3, 0, 0, 0] = np.nan
    rain[:, 0, 0, 1] = np.nan
    shares = with_probabilities(forecast_dataset(rain, context(), ATTRS))["probability"]
    assert shares[:, 0, 0, 0].values == pytest.approx([3 / 3, 2 / 3, 2 / 3, 1 / 3])
    assert np.isnan(shares[:, 0, 0, 1]).all()
    assert (shares[:, 0, 1, 1] == 0).all()


def test_a_single_member_has_no_probability(tmp_path: Path) -> None:
    with ForecastWriter(tmp_path / "a.nc", context(), 2, 1, ATTRS) as writer:
        writer.write(0, members()[0])
    with open_forecast(tmp_path / "a.nc") as found:
        assert "probability" not in found
    assert "probability" not in with_probabilities(forecast_dataset(members(1), context(), ATTRS))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_stream_of_members_makes_the_file_of_the_whole(tmp_path: Path, suffix: str) -> None:
    whole, stream = tmp_path / f"whole{suffix}", tmp_path / f"stream{suffix}"
    write_forecast(with_probabilities(forecast_dataset(members(), context(), ATTRS)), whole)
    with ForecastWriter(stream, context(), 2, 3, ATTRS) as writer:
        for index in (2, 0, 1):
            writer.write(index, members()[index])
    with open_forecast(whole) as one, open_forecast(stream) as other:
        xr.testing.assert_identical(one, other)


def test_the_same_forecast_is_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for name in ("a.nc", "b.nc"):
        write_forecast(forecast_dataset(members(), context(), ATTRS), tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_rain_beyond_the_packing_is_cut_and_counted(tmp_path: Path) -> None:
    rain = members()
    rain[1, 0, 50, 50], rain[2, 1, 51, 51], rain[0, 0, 52, 52] = 327.68, np.inf, 327.67
    write_forecast(forecast_dataset(rain, context(), ATTRS), tmp_path / "a.nc")
    with open_forecast(tmp_path / "a.nc") as found:
        assert found.attrs["clipped_cells"] == 2
        assert float(found["rain_rate"].max()) == pytest.approx(327.67)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("fault", ["an error within", "a member missing"])
def test_nothing_half_written_appears(tmp_path: Path, suffix: str, fault: str) -> None:
    def write() -> None:
        with ForecastWriter(tmp_path / f"a{suffix}", context(), 2, 3, ATTRS) as writer:
            writer.write(0, members()[0])
            if fault == "an error within":
                raise ValueError(fault)

    with pytest.raises(ValueError, match=r"within|never written"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_member_is_written_once(tmp_path: Path) -> None:
    with pytest.raises(KeyError), ForecastWriter(tmp_path / "a.nc", context(), 2, 3, ATTRS) as writer:
        writer.write(0, members()[0])
        writer.write(0, members()[0])


def test_attributes_may_come_late(tmp_path: Path) -> None:
    with ForecastWriter(tmp_path / "a.nc", context(), 2, 1, ATTRS) as writer:
        writer.attrs["status"] = "dry"
        writer.write(0, members()[0])
    with open_forecast(tmp_path / "a.nc") as found:
        assert found.attrs["status"] == "dry"


@pytest.mark.parametrize("name", ["gone.nc", "text.nc", "other.nc", "empty.zarr", "a.tif"])
def test_what_is_no_forecast_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "text.nc":
        path.write_text("not a NetCDF file")
    elif name == "other.nc":
        context().to_netcdf(path, engine="h5netcdf")
    elif name == "empty.zarr":
        path.mkdir()
    elif name == "a.tif":
        with pytest.raises(SettingsError, match=r"neither \.nc nor \.zarr"):
            write_forecast(forecast_dataset(members(), context(), ATTRS), path)
        return
    with pytest.raises((BadInput, Missing), match=name):
        open_forecast(path)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_grid_and_any_number_of_leads_survive(tmp_path: Path, data: Any) -> None:
    rows, columns = data.draw(st.integers(2, 300)), data.draw(st.integers(2, 300))
    leads = data.draw(st.integers(1, 3))
    suffix = data.draw(st.sampled_from(SUFFIXES))
    hundredths = np.random.default_rng(rows).integers(-1, 32_768, (2, leads, rows, columns))
    rain = np.where(hundredths < 0, np.nan, hundredths / 100).astype(np.float32)
    write_forecast(forecast_dataset(rain, context(rows, columns), ATTRS), tmp_path / f"a{suffix}")
    with open_forecast(tmp_path / f"a{suffix}") as found:
        np.testing.assert_array_equal(np.rint(found["rain_rate"].fillna(-0.01) * 100), hundredths)
