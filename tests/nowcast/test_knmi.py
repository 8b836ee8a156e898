"""KNMI HDF5: formula, codes, kilometres and English months."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from radar_files import knmi

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar

CODES = np.array([[0, 1, 250], [65535, 65534, 100]], np.uint16)


def test_the_formula_gives_millimetres_and_the_times_their_minutes(tmp_path: Path) -> None:
    found = open_radar(knmi(tmp_path / "a", CODES))
    # 0.01 mm in 5 minutes are 0.12 mm/h
    np.testing.assert_allclose(found["rain_rate"].values[0], [[0, 0.12, 30], [np.nan, 7864.08, 12]], rtol=1e-6)
    assert found["time"].values == [np.datetime64("2020-07-01T12:00")]
    assert found["time_bnds"].values[0, 0] == np.datetime64("2020-07-01T11:55")


def test_missing_data_and_out_of_image_may_be_two_codes(tmp_path: Path) -> None:
    found = open_radar(knmi(tmp_path / "a", CODES, missing=(65534, 65535)))["rain_rate"].values[0]
    assert np.isnan(found).tolist() == [[False] * 3, [True, True, False]]


@pytest.mark.parametrize("formula", ["GEO=0.5*PV+-32.0", "GEO = 0.5 * PV - 32"])
def test_reflectivity_is_converted_and_its_zero_is_no_echo(tmp_path: Path, formula: str) -> None:
    codes = np.array([[0, 110], [255, 144]], np.uint8)
    path = knmi(tmp_path / "a", codes, parameter="REFLECTIVITY_[DBZ]", formula=formula, missing=(0, 255))
    found = open_radar(path)
    # 110 / 2 - 32 = 23 dBZ: (10^2.3 / 200)^(1 / 1.6); 144: 40 dBZ
    expected = [[0, (10**2.3 / 200) ** (1 / 1.6)], [np.nan, 50 ** (1 / 1.6)]]
    np.testing.assert_allclose(found["rain_rate"].values[0], expected, rtol=1e-6)
    assert (found.attrs["zr_a"], found.attrs["zr_b"]) == (200.0, 1.6)


def test_kilometres_become_metres_and_so_does_the_ellipsoid(tmp_path: Path) -> None:
    found = open_radar(knmi(tmp_path / "a", np.zeros((765, 700), np.uint16)))
    assert found["x"].values[[0, -1]].tolist() == [500.0, 699_500.0]
    assert found["y"].values[[0, -1]].tolist() == [-3_650_500.0, -4_414_500.0]
    assert found["crs"].attrs["semi_major_axis"] == 6_378_137.0
    assert found.attrs["cell_km"] == 1


def test_the_projection_of_other_years_lacks_a_plus(tmp_path: Path) -> None:
    crs = "+proj=stere +lat_0=90 +lon_0=0 +lat_ts=60 +a=6378.14 +b=6356.75 +x_0=0 y_0=0"
    found = open_radar(knmi(tmp_path / "a", CODES, crs=crs))
    assert found["crs"].attrs["semi_major_axis"] == 6_378_140.0
    assert found["crs"].attrs["straight_vertical_longitude_from_pole"] == 0
    assert found["crs"].attrs["false_northing"] == 0


@pytest.mark.parametrize("month", ["MAY", "May", "may"])
def test_months_are_english_in_any_letters(tmp_path: Path, month: str) -> None:
    path = knmi(tmp_path / "a", CODES, f"1-{month}-2020;00:00:00.000", "30-APR-2020;23:55:00.000")
    assert open_radar(path)["time"].values == [np.datetime64("2020-05-01T00:00")]


def test_what_cannot_be_understood_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds ECHO_TOP_.*, not ACCUMULATED"):
        open_radar(knmi(tmp_path / "a", CODES, parameter="ECHO_TOP_[KM]"))
    with pytest.raises(BadInput, match="unknown calibration"):
        open_radar(knmi(tmp_path / "b", CODES, formula="GEO=exp(PV)"))
    with pytest.raises(BadInput, match="unknown time '01-MEI-2020"):
        open_radar(knmi(tmp_path / "c", CODES, end="01-MEI-2020;12:00:00.000"))
    with pytest.raises(BadInput, match="accumulation of unknown length"):
        open_radar(knmi(tmp_path / "d", CODES, start=""))
