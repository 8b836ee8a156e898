"""FMI's PGM: the no-data value in the place of a largest one, its own Z-R relation, time and grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from radar_files import fmi

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar

PIXELS = np.array([[0, 64, 255], [144, 1, 110]])


def test_pixels_are_half_decibels_and_rain_is_finnish(tmp_path: Path) -> None:
    found = open_radar(fmi(tmp_path / "a", PIXELS))

    def rate(pixel: int) -> float:
        return float((10 ** ((pixel / 2 - 32) / 10) / 223) ** (1 / 1.53))

    # 144 is 40 dBZ: (10,000 / 223)^(1 / 1.53) = 12.01 mm/h
    expected = [[0, rate(64), np.nan], [rate(144), rate(1), rate(110)]]
    np.testing.assert_allclose(found["rain_rate"].values[0], expected, rtol=1e-6)
    assert rate(144) == pytest.approx(12.0, abs=0.05)
    assert (found.attrs["zr_a"], found.attrs["zr_b"], found.attrs["source_unit"]) == (223.0, 1.53, "dBZ")


def test_the_line_of_the_largest_value_is_that_of_no_data(tmp_path: Path) -> None:
    found = open_radar(fmi(tmp_path / "a", PIXELS, missing=144))["rain_rate"].values[0]
    assert np.isnan(found).tolist() == [[False, False, False], [True, False, False]]


def test_time_is_in_the_header_or_in_the_name(tmp_path: Path) -> None:
    named = "201609281445_fmi.radar.pgm"
    assert open_radar(fmi(tmp_path / named, PIXELS))["time"].values == [np.datetime64("2020-07-01T12:00")]
    without = fmi(tmp_path / named, PIXELS, obstime=None)
    assert open_radar(without)["time"].values == [np.datetime64("2016-09-28T14:45")]
    with pytest.raises(BadInput, match="no obstime"):
        open_radar(fmi(tmp_path / "frame.pgm", PIXELS, obstime=None))


def test_rows_begin_in_the_north_and_cells_are_not_quite_a_kilometre(tmp_path: Path) -> None:
    found = open_radar(fmi(tmp_path / "a", np.zeros((1226, 760))))
    assert found["x"].values[0] == pytest.approx(999.674053 / 2)
    # the lower left corner is the origin: 1226 rows of 999.62859 m
    assert found["y"].values[0] == pytest.approx(1225.5 * 999.62859, abs=0.02)
    assert found["y"].values[-1] == pytest.approx(999.62859 / 2, abs=0.02)
    assert found["crs"].attrs["semi_major_axis"] == 6_371_288.0


def test_comments_that_look_like_numbers_and_pixels_that_look_like_comments_do_not_mislead(tmp_path: Path) -> None:
    pixels = np.full((2, 3), ord("#"))
    found = open_radar(fmi(tmp_path / "a", pixels, note="7 8 9"))
    assert dict(found.sizes) == {"time": 1, "y": 2, "x": 3, "nv": 2}
    assert (found["rain_rate"].values > 0).all()


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds EchoTop, not reflectivity"):
        open_radar(fmi(tmp_path / "a", PIXELS, param="EchoTop"))
    with pytest.raises(BadInput, match="projection latlon, not stereographic"):
        open_radar(fmi(tmp_path / "b", PIXELS, type="latlon"))
    with pytest.raises(BadInput, match="two bytes a pixel"):
        open_radar(fmi(tmp_path / "c", PIXELS, missing=65535))
    plain = tmp_path / "d"
    plain.write_bytes(b"P5 2 2 255\n" + bytes(4))
    with pytest.raises(BadInput, match="holds an unnamed quantity"):
        open_radar(plain)
