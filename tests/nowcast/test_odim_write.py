"""ODIM HDF5 as written: what it says, what it packs, what the reader makes of it."""

from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sciml.nowcast.formats import open_radar
from sciml.nowcast.odim_write import RATE_GAIN, write_odim

PROJ = "+proj=laea +lat_0=50 +lon_0=10 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
END = datetime(2024, 3, 1, 0, 5)
RATE = np.array([[0.0, 0.004, 0.25], [np.nan, 12.34, 700.0]])


def written(path: Path, rate: np.ndarray = RATE, quality: np.ndarray | None = None) -> Path:
    write_odim(path, rate, quality, END, 5, PROJ, (-3000.0, -2000.0), 2000.0, "ORG:0,CMT:test")
    return path


def test_it_says_what_the_information_model_asks_for(tmp_path: Path) -> None:
    with h5py.File(written(tmp_path / "a.h5")) as file:
        assert file.attrs["Conventions"] == b"ODIM_H5/V2_2"
        what = dict(file["what"].attrs)
        assert (what["object"], what["date"], what["time"]) == (b"COMP", b"20240301", b"000500")
        times = dict(file["dataset1/what"].attrs)
        assert (times["startdate"], times["starttime"]) == (b"20240301", b"000000")
        assert (times["enddate"], times["endtime"]) == (b"20240301", b"000500")
        assert file["dataset1/data1/what"].attrs["quantity"] == b"RATE"
        assert file["dataset1/data1/data"].attrs["CLASS"] == b"IMAGE"
        assert "dataset2" not in file


def test_a_step_over_midnight_begins_on_the_day_before(tmp_path: Path) -> None:
    write_odim(tmp_path / "a.h5", RATE, None, datetime(2024, 3, 1), 5, PROJ, (0.0, 0.0), 2000.0, "ORG:0")
    with h5py.File(tmp_path / "a.h5") as file:
        times = dict(file["dataset1/what"].attrs)
    assert (times["startdate"], times["starttime"]) == (b"20240229", b"235500")
    assert (times["enddate"], times["endtime"]) == (b"20240301", b"000000")


def test_dry_unobserved_and_rates_have_their_codes(tmp_path: Path) -> None:
    with h5py.File(written(tmp_path / "a.h5")) as file:
        codes = file["dataset1/data1/data"][()]
        packing = dict(file["dataset1/data1/what"].attrs)
    # 0.004 mm/h rounds to no hundredth, 700 is more than the packing holds
    assert codes.tolist() == [[0, 0, 25], [65535, 1234, 65534]]
    assert (packing["undetect"], packing["nodata"], packing["gain"], packing["offset"]) == (0, 65535, 0.01, 0)


def test_the_corners_are_those_of_the_grid(tmp_path: Path) -> None:
    with h5py.File(written(tmp_path / "a.h5")) as file:
        where = dict(file["where"].attrs)
    assert (where["xsize"], where["ysize"], where["xscale"], where["yscale"]) == (3, 2, 2000, 2000)
    # 3 km west and 2 km south of 50 N 10 E; a degree of latitude has 111.2 km there, of longitude 71.7 km
    assert where["LL_lat"] == pytest.approx(50 - 2 / 111.2, abs=2e-5)
    assert where["LL_lon"] == pytest.approx(10 - 3 / 71.7, abs=1e-4)
    assert where["UR_lat"] == pytest.approx(50 + 2 / 111.2, abs=2e-5)
    assert where["UR_lon"] == pytest.approx(10 + 3 / 71.7, abs=1e-4)


def test_open_radar_finds_the_same_rain_quality_and_place(tmp_path: Path) -> None:
    quality = np.array([[0.0, 0.5, 1.0], [np.nan, 0.25, 0.999]])
    found = open_radar([written(tmp_path / "a.h5", quality=quality)]).load().isel(time=0)
    expected = np.array([[0, 0, 0.25], [np.nan, 12.34, 655.34]])
    assert found["rain_rate"].values == pytest.approx(expected, abs=1e-3, nan_ok=True)
    assert found["quality"].values == pytest.approx(quality, abs=0.005, nan_ok=True)
    assert found["time"].values == np.datetime64("2024-03-01T00:05")
    assert found["x"].values == pytest.approx([-2000, 0, 2000], abs=0.01)
    assert found["y"].values == pytest.approx([1000, -1000], abs=0.01)


@given(arrays(np.float32, (4, 5), elements=st.floats(0, 600, width=32) | st.just(np.float32(np.nan))))
@settings(max_examples=8, deadline=None)
def test_any_rate_comes_back_to_half_a_hundredth(tmp_path_factory: pytest.TempPathFactory, rate: np.ndarray) -> None:
    path = written(tmp_path_factory.mktemp("odim") / "a.h5", rate)
    with h5py.File(path) as file:
        codes = file["dataset1/data1/data"][()].astype(float)
    found = np.where(codes == 65535, np.nan, codes * RATE_GAIN)
    assert found == pytest.approx(rate, abs=0.5 * RATE_GAIN + 1e-4, nan_ok=True)


def test_the_same_rain_is_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, quality=np.ones((2, 3))).read_bytes() for name in ("a.h5", "b.h5"))
    assert first == second
