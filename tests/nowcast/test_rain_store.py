from __future__ import annotations

import time
from pathlib import Path

import dask.array
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from series import series

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.rain_store import PackedFrames, chunk_shapes, open_packed, open_series, pack, unpack, write_series


def test_a_series_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = series(frames=30, missing=(3, 4))
    write_series(written, tmp_path / "a.zarr")
    opened = open_series(tmp_path / "a.zarr")
    xr.testing.assert_equal(opened.drop_attrs(), written.drop_attrs())
    assert opened["rain_rate"].dtype == np.float32
    assert opened.attrs == {**written.attrs, "clipped_cells": 0}
    assert opened["crs"].attrs["GeoTransform"] == written["crs"].attrs["GeoTransform"]
    assert opened["rain_rate"].attrs == written["rain_rate"].attrs


def test_any_cf_reader_decodes_the_store(tmp_path: Path) -> None:
    written = series(frames=5)
    write_series(written, tmp_path / "a.zarr")
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as opened:
        np.testing.assert_allclose(opened["rain_rate"], written["rain_rate"], rtol=1e-6)


def test_the_facts_count_frames_and_wet_cells(tmp_path: Path) -> None:
    written = series(frames=12, size=96, missing=(0, 5))
    facts = write_series(written, tmp_path / "a.zarr")
    rate = written["rain_rate"].values
    assert facts == {
        "times": ["2020-06-01T12:00:00", "2020-06-01T12:55:00"],
        "step_minutes": 5,
        "cell_km": 1.0,
        "height": 96,
        "width": 96,
        "frames": 12,
        "missing_frames": 2,
        "wet_share": round(float(np.sum(rate >= 0.095) / np.sum(np.isfinite(rate))), 4),
        "source_format": "synthetic",
    }


def test_a_frame_in_which_nothing_was_observed_counts_as_missing(tmp_path: Path) -> None:
    written = series(frames=6, missing=(2,)).assign_coords(frame_ok=("time", np.ones(6, bool)))
    assert write_series(written, tmp_path / "a.zarr")["missing_frames"] == 1
    assert open_series(tmp_path / "a.zarr")["frame_ok"].values.tolist() == [True, True, False, True, True, True]


def test_rates_that_int16_cannot_hold_are_cut_counted_and_told(tmp_path: Path) -> None:
    written = series(frames=4)
    rate = written["rain_rate"].values.copy()
    rate[1, 60:62, 60] = [327.68, 5_000.0]
    written["rain_rate"] = written["rain_rate"].copy(data=rate)
    with pytest.warns(DataWarning, match=r"a: 2 cells with more than 327.67 mm/h"):
        write_series(written, tmp_path / "a.zarr")
    opened = open_series(tmp_path / "a.zarr")
    assert opened.attrs["clipped_cells"] == 2
    assert opened["rain_rate"].values[1, 60:62, 60].tolist() == [np.float32(327.67)] * 2


def test_each_frame_is_read_once(tmp_path: Path) -> None:
    written, read = series(frames=30, size=64), list[int]()

    def load(block: np.ndarray, block_info: dict[int, dict[str, tuple[int, ...]]]) -> np.ndarray:
        read.append(block_info[0]["chunk-location"][0])
        return block

    counted = dask.array.map_blocks(load, written["rain_rate"].data, dtype=np.float32, meta=np.empty((0, 0, 0), "f4"))
    written["rain_rate"] = written["rain_rate"].copy(data=counted)
    write_series(written, tmp_path / "a.zarr")
    assert sorted(read) == list(range(30))


def test_a_frame_with_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    written = series(frames=4)

    def fail(block: np.ndarray) -> np.ndarray:
        raise BadInput("frame.h5", "is truncated")

    broken = written["rain_rate"].data.map_blocks(fail, meta=np.empty((0, 0, 0), "f4"))
    written["rain_rate"] = written["rain_rate"].copy(data=broken)
    with pytest.raises(BadInput, match=r"frame.h5: is truncated"):
        write_series(written, tmp_path / "a.zarr")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none.zarr: cannot be read as a series .*run ingest"):
        open_series(tmp_path / "none.zarr")


@given(st.integers(-1, 32_767))
def test_packing_undoes_unpacking(hundredths: int) -> None:
    packed = np.array([hundredths], np.int16)
    assert pack(unpack(packed)).tolist() == [hundredths]


@given(st.floats(0, 320, width=32))
def test_packing_is_off_by_half_a_hundredth_at_most(rate: float) -> None:
    assert abs(float(unpack(pack(np.array([rate], np.float32)))[0]) - rate) <= 0.005 + 3e-5


@given(
    st.integers(22, 400), st.integers(64, 3_000), st.integers(64, 1_024), st.integers(64, 256), st.integers(0, 10**9)
)
def test_a_crop_of_22_frames_lies_in_four_chunks_at_most(
    frames: int, height: int, width: int, crop: int, place: int
) -> None:
    chunks, shards = chunk_shapes((frames, height, width))
    side = min(crop, height, width)
    corner = (place % (frames - 21), place // 7 % (height - side + 1), place // 49 % (width - side + 1))
    touched = 1
    for first, size, chunk in zip(corner, (22, side, side), chunks, strict=True):
        touched *= (first + size - 1) // chunk - first // chunk + 1
    assert touched <= 4
    assert all(shard % chunk == 0 for shard, chunk in zip(shards, chunks, strict=True))


def test_frames_of_a_continent_are_not_held_by_the_dozen() -> None:
    # 3500 x 7000 cells of 2 bytes are 49 MB: five frames fit in a quarter of a gibibyte, three are a power-of-two cut
    chunks, _ = chunk_shapes((720, 3_500, 7_000))
    assert chunks[0] == 3


def test_packed_frames_are_cut_across_chunks(tmp_path: Path) -> None:
    write_series(series(frames=60, size=64), tmp_path / "a.zarr")
    frames, stored = PackedFrames(tmp_path / "a.zarr", within=22), open_packed(tmp_path / "a.zarr")[:]
    assert stored.dtype == np.int16
    for first, last in [(0, 4), (20, 42), (23, 25), (47, 60)]:
        cut = frames.cut(slice(first, last), slice(8, 40), slice(1, 9))
        np.testing.assert_array_equal(cut, stored[first:last, 8:40, 1:9])


@pytest.mark.slow
def test_a_year_of_frames_opens_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sciml.nowcast.rain_store.BATCH", 365)  # these frames are small
    frames, size = 365 * 288, 16
    times = np.datetime64("2020-01-01", "ns") + np.arange(frames) * np.timedelta64(5, "m")
    year = series(frames=2, size=size).drop_dims("time").assign_coords(time=times)
    rate = dask.array.full((frames, size, size), 0.5, np.float32, chunks=(288, size, size))
    write_series(year.assign(rain_rate=(("time", "y", "x"), rate)), tmp_path / "year.zarr")
    begin = time.process_time()
    opened = open_series(tmp_path / "year.zarr")
    seconds = time.process_time() - begin
    assert opened.sizes["time"] == frames
    assert seconds < 1
