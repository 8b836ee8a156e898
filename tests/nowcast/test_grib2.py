"""GRIB2 by hand: packings, bitmaps and scanning modes give the values that ecCodes gives."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from radar_files import gzipped, mrms

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar
from sciml.nowcast.grib2 import fields, values

RATES = np.round(np.random.default_rng(3).gamma(0.4, 9.0, (7, 11)), 1)
SCANS = [0, 0x80, 0x40, 0xC0, 0x20, 0x10, 0x30, 0x50, 0xB0]
# in a process of its own: ecCodes brings another PROJ, and dies beside that of pyproj
ECCODES = """
import sys, json, eccodes
found = []
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        message = eccodes.codes_grib_new_from_file(file)
        eccodes.codes_set(message, "missingValue", 9999)
        names = "values", "longitudes", "latitudes"
        found.append([eccodes.codes_get_array(message, name).tolist() for name in names])
        eccodes.codes_release(message)
print(json.dumps(found))
"""


def read(path: Path) -> np.ndarray:
    with path.open("rb") as stream:
        (field,) = fields(stream)
    return values(path, field, lambda stored: stored)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_png_packing_holds_any_number_of_bytes(tmp_path: Path, bits: int) -> None:
    rates = np.clip(RATES, 0, 22)
    np.testing.assert_allclose(read(mrms(tmp_path / "a", rates, bits=bits)), rates, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(bits=st.integers(9, 32), rates=st.lists(st.integers(0, 400), min_size=12, max_size=12))
def test_simple_packing_holds_any_number_of_bits(
    tmp_path_factory: pytest.TempPathFactory, bits: int, rates: list[int]
) -> None:
    tenths = np.array(rates).reshape(3, 4) / 10
    path = mrms(tmp_path_factory.mktemp("grib") / "a", tenths, packing=0, bits=bits)
    np.testing.assert_allclose(read(path), tenths, atol=1e-5)


def test_a_field_of_one_value_needs_no_bits(tmp_path: Path) -> None:
    path = mrms(tmp_path / "a", np.full((3, 4), -3.0), packing=0, bits=8)
    content = path.read_bytes()
    section = content.index(struct.pack(">IB", 21, 5)) + 19
    path.write_bytes(content[:section] + b"\0" + content[section + 1 :])
    assert (read(path) == -3).all()


@pytest.mark.parametrize("packing", [0, 41])
def test_a_bitmap_leaves_cells_unobserved(tmp_path: Path, packing: int) -> None:
    seen = np.random.default_rng(5).random(RATES.shape) < 0.6
    np.testing.assert_allclose(
        read(mrms(tmp_path / "a", RATES, packing=packing, bitmap=seen)), np.where(seen, RATES, np.nan), atol=1e-5
    )


@pytest.mark.parametrize("scan", SCANS)
def test_any_scanning_mode_puts_the_rain_in_its_place(tmp_path: Path, scan: int) -> None:
    found = open_radar(mrms(tmp_path / "a", RATES, scan=scan))["rain_rate"].isel(time=0)
    found = found.sortby("x").sortby("y", ascending=False)
    np.testing.assert_allclose(found.values, RATES, atol=1e-5)
    assert found["x"].values[0] == pytest.approx(-129.995)
    assert found["y"].values[0] == pytest.approx(54.995)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("eccodes") is None, reason="ecCodes is not installed")
def test_values_and_places_are_those_of_eccodes(tmp_path: Path) -> None:
    seen = np.random.default_rng(5).random(RATES.shape) < 0.6
    cases = [(0, 11, 0, None), (41, 16, 0, seen), (0, 16, 0x40, seen), (41, 8, 0, None), (0, 12, 0x20, None)]
    files = [
        mrms(tmp_path / str(number), np.clip(RATES, 0, 22), packing=packing, bits=bits, scan=scan, bitmap=bitmap)
        for number, (packing, bits, scan, bitmap) in enumerate(cases)
    ]
    done = subprocess.run([sys.executable, "-c", ECCODES, *files], capture_output=True, text=True, check=True)
    for path, (rates, longitudes, latitudes) in zip(files, json.loads(done.stdout), strict=True):
        ours = open_radar(path)["rain_rate"].isel(time=0)
        assert len(rates) == ours.size
        for rate, longitude, latitude in zip(rates, longitudes, latitudes, strict=True):
            cell = float(ours.sel(x=longitude - 360, y=latitude, method="nearest", tolerance=1e-3))
            assert cell == pytest.approx(rate, abs=1e-4) or (rate == 9999 and np.isnan(cell))


def test_three_below_zero_is_no_coverage(tmp_path: Path) -> None:
    found = open_radar(mrms(tmp_path / "a", np.array([[-3.0, 0.0], [-1.0, 2.5]])))["rain_rate"].values[0]
    np.testing.assert_array_equal(found, [[np.nan, 0], [np.nan, 2.5]])


def test_longitudes_beyond_180_become_western(tmp_path: Path) -> None:
    found = open_radar(mrms(tmp_path / "a", RATES))
    assert found["x"].values[0] == pytest.approx(-129.995)
    assert (np.diff(found["x"].values) > 0).all()
    assert open_radar(mrms(tmp_path / "b", RATES, longitude=5.0))["x"].values[0] == pytest.approx(5)
    over = open_radar(mrms(tmp_path / "c", RATES, longitude=179.98))["x"].values
    assert (np.diff(over) > 0).all()


def test_the_time_is_that_of_the_observation(tmp_path: Path) -> None:
    files = [mrms(tmp_path / f"{minute}", RATES, minute=minute) for minute in (0, 2, 6)]
    found = open_radar([files[0], gzipped(files[1]), files[2]])
    assert found["frame_ok"].values.tolist() == [True, True, False, True]
    assert found.attrs["step_minutes"] == 2


def test_the_rain_is_found_among_other_fields(tmp_path: Path) -> None:
    other = mrms(tmp_path / "a", RATES + 1, parameter=(209, 9, 1)).read_bytes()
    both = tmp_path / "both"
    both.write_bytes(other + mrms(tmp_path / "b", RATES).read_bytes())
    np.testing.assert_allclose(open_radar(both)["rain_rate"].values[0], RATES, atol=1e-5)


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds 209/9/1 .*no rain rate"):
        open_radar(mrms(tmp_path / "a", RATES, parameter=(209, 9, 1)))
    with pytest.raises(BadInput, match=r"grid template 3\.30"):
        open_radar(mrms(tmp_path / "b", RATES, template=30))
    with pytest.raises(BadInput, match=r"packing 5\.40"):
        open_radar(mrms(tmp_path / "c", RATES, packing=40))
    content = bytearray(mrms(tmp_path / "d", RATES).read_bytes())
    content[7] = 1
    (tmp_path / "d").write_bytes(content)
    with pytest.raises(BadInput, match="GRIB edition 1, not 2"):
        open_radar(tmp_path / "d")
