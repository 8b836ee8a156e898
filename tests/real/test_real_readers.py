"""The readers on every shared radar file: values as pysteps reads them, in mm/h; MRMS as ecCodes reads it."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest

from sciml.nowcast import open_radar

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "radar"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not DATA.exists(), reason="the real radar frames are not here")]

needs_pysteps = pytest.mark.skipif(find_spec("pysteps") is None, reason="pysteps is not installed")
needs_eccodes = pytest.mark.skipif(find_spec("eccodes") is None, reason="ecCodes is not installed")

# in a process of its own: ecCodes brings another PROJ, and dies beside that of pyproj
ECCODES = """
import gzip, sys
from pathlib import Path
import eccodes, numpy
out = Path(sys.argv[1])
for number, path in enumerate(sys.argv[2:]):
    content = Path(path).read_bytes()
    message = eccodes.codes_new_from_message(gzip.decompress(content) if content[:2] == b"\\x1f\\x8b" else content)
    rows, columns = (eccodes.codes_get(message, name) for name in ("Nj", "Ni"))
    values = eccodes.codes_get_values(message).reshape(rows, columns)
    numpy.save(out / f"{number}.npy", values.astype(numpy.float32))
    first = [eccodes.codes_get(message, name + "OfFirstGridPointInDegrees") for name in ("longitude", "latitude")]
    numpy.save(out / f"{number}-first.npy", first)
    eccodes.codes_release(message)
"""


def files(folder: str) -> list[Path]:
    return sorted(path for path in (DATA / folder).rglob("*") if path.is_file())


def fmi(path: Path) -> np.ndarray:
    decibels = np.asarray(importer("import_fmi_pgm")(str(path), gzipped=True)[0])
    # pixel 0, no echo, is -32 dBZ to pysteps; to us it is dry
    return np.where(decibels == -32, 0, (10 ** (decibels / 10) / 223) ** (1 / 1.53))


def mch(path: Path) -> np.ndarray:
    return np.asarray(importer("import_mch_gif")(str(path), "AQC", "mm", 5.0)[0]) * 12


def knmi(path: Path) -> np.ndarray:
    return np.asarray(importer("import_knmi_hdf5")(str(path), qty="ACRR", accutime=5.0, pixelsize=1000.0)[0]) * 12


def opera(path: Path) -> np.ndarray:
    return np.asarray(importer("import_opera_hdf5")(str(path))[0])


def bom(path: Path) -> np.ndarray:
    if find_spec("netCDF4") is None:
        pytest.skip("netCDF4, which pysteps needs for this format, is not installed")
    millimetres = np.asarray(np.ma.filled(importer("import_bom_rf3")(str(path))[0], np.nan))
    # the packed numbers below zero that are not the fill value: nothing has rained a negative amount
    return np.where(millimetres < 0, np.nan, millimetres * 6)


def importer(name: str) -> Callable[..., tuple[np.ndarray, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pysteps.io import importers
    function: Callable[..., tuple[np.ndarray, ...]] = getattr(importers, name)

    def quiet(*given: object, **named: object) -> tuple[np.ndarray, ...]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*given, **named)

    return quiet


PEERS = {"fmi": fmi, "mch/20150515": mch, "mch/20170131": mch, "knmi": knmi, "bom": bom, "opera": opera}


def agree(path: Path, theirs: np.ndarray) -> None:
    ours = open_radar(path)["rain_rate"].values[0]
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), err_msg=path.name)
    np.testing.assert_array_equal(ours == 0, theirs == 0, err_msg=path.name)
    # what float32 leaves of a float64: half of 2^-23
    np.testing.assert_allclose(ours, theirs, rtol=6e-8, atol=0, err_msg=path.name)


@needs_pysteps
@pytest.mark.parametrize("folder", PEERS)
def test_first_middle_and_last_frame_are_those_of_pysteps(folder: str) -> None:
    every = files(folder)
    for path in (every[0], every[len(every) // 2], every[-1]):
        agree(path, PEERS[folder](path))


@needs_pysteps
@pytest.mark.slow
@pytest.mark.parametrize("folder", PEERS)
def test_every_frame_is_that_of_pysteps(folder: str) -> None:
    for path in files(folder):
        agree(path, PEERS[folder](path))


def test_every_australian_frame_is_what_its_packed_numbers_say() -> None:
    for path in files("bom"):
        with h5py.File(path) as file:
            stored = file["precipitation"][()]
        # 0.05 mm in 10 minutes are 0.3 mm/h
        expected = np.where(stored < 0, np.nan, stored * 0.3)
        np.testing.assert_allclose(open_radar(path)["rain_rate"].values[0], expected, rtol=1e-6, err_msg=path.name)


@needs_eccodes
@pytest.mark.slow
@pytest.mark.parametrize("chosen", [slice(0, 18), slice(18, None)])
def test_every_american_frame_is_that_of_eccodes_without_its_codes(chosen: slice, tmp_path: Path) -> None:
    every = files("mrms")[chosen]
    for begin in range(0, len(every), 6):
        some = every[begin : begin + 6]
        subprocess.run([sys.executable, "-c", ECCODES, str(tmp_path), *some], check=True, capture_output=True)
        for number, path in enumerate(some):
            theirs = np.load(tmp_path / f"{number}.npy")
            theirs[theirs < 0] = np.nan  # -3 is no coverage
            frame = open_radar(path)["rain_rate"].isel(time=0)
            np.testing.assert_array_equal(frame.values, theirs, err_msg=path.name)
            longitude, latitude = np.load(tmp_path / f"{number}-first.npy")
            assert float(frame["x"][0]) == pytest.approx(longitude - 360)
            assert float(frame["y"][0]) == pytest.approx(latitude)


@pytest.mark.parametrize(
    ("folder", "first", "last", "frames", "step", "unobserved"),
    [
        ("fmi", "2016-09-28T14:45", "2016-09-28T18:00", 40, 5, 0.24),
        ("mch/20150515", "2015-05-15T15:45", "2015-05-15T19:00", 40, 5, 0.31),
        ("mch/20170131", "2017-01-31T09:45", "2017-01-31T13:00", 40, 5, 0.28),
        ("knmi", "2010-08-26T00:00", "2010-08-26T07:35", 92, 5, 0.74),
        ("bom", "2020-10-31T00:00", "2020-10-31T23:50", 144, 10, 0.0),
        ("opera", "2018-08-24T20:00", "2018-08-24T21:45", 8, 15, 0.50),
        ("mrms", "2019-06-10T00:00", "2019-06-10T01:10", 36, 2, 0.36),
    ],
)
def test_each_series_is_whole_regular_and_sees_its_share(
    folder: str, first: str, last: str, frames: int, step: int, unobserved: float
) -> None:
    series = open_radar(files(folder))
    assert series["time"].values[[0, -1]].tolist() == np.array([first, last], "datetime64[ns]").tolist()
    assert (series.sizes["time"], series.attrs["step_minutes"]) == (frames, step)
    assert series["frame_ok"].values.all()
    seen = series["rain_rate"].isel(time=0).values
    assert np.isnan(seen).mean() == pytest.approx(unobserved, abs=0.01)
    assert np.nanmin(seen) == 0
    assert 0.95 < series.attrs["cell_km"] * {"bom": 2, "opera": 0.5}.get(folder, 1) <= 1


def test_gzip_is_mixed_in_as_it_is_in_the_archives(tmp_path: Path) -> None:
    chosen = files("mrms")[:2]
    packed = tmp_path / chosen[1].name  # under the same name as a plain one
    content = chosen[1].read_bytes()
    packed.write_bytes(content if content[:2] == b"\x1f\x8b" else gzip.compress(content, 1))
    series = open_radar([chosen[0], packed])
    assert series["frame_ok"].values.all()
    plain = open_radar(chosen[1])["rain_rate"].isel(time=0, y=slice(0, 500)).values
    np.testing.assert_array_equal(series["rain_rate"].isel(time=1, y=slice(0, 500)).values, plain)


def test_the_corners_of_the_grids_lie_where_their_files_say() -> None:
    import pyproj

    places = {
        "opera": (-10.434576838640398, 31.746215319325056),  # LL_lon, LL_lat
        "knmi": (0.0, 49.362),  # geo_product_corners
        "fmi/20160928": (18.6, 57.93),  # bottomleft
    }
    for folder, (longitude, latitude) in places.items():
        series = open_radar(files(folder)[0])
        crs = pyproj.CRS.from_wkt(series["crs"].attrs["crs_wkt"])
        x, y = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(longitude, latitude)
        half = 500 * series.attrs["cell_km"]
        assert series["x"].values[0] - half == pytest.approx(x, abs=20), folder
        assert series["y"].values[-1] - half == pytest.approx(y, abs=20), folder


def test_a_quality_index_hides_poor_cells_and_no_dry_ones() -> None:
    path = files("opera")[0]
    plain, strict = open_radar(path), open_radar(path, min_quality=0.5)
    before, after = plain["rain_rate"].values, strict["rain_rate"].values
    quality = plain["quality"].values
    hidden = np.isfinite(before) & ~np.isfinite(after)
    np.testing.assert_array_equal(hidden, np.isfinite(before) & (quality < 0.5))
    assert hidden.any()
    # where these composites are dry they state no quality
    assert np.isnan(quality[before == 0]).mean() > 0.99
