"""Whatever the name says, content decides; and what is no radar file ends in one clear line."""

from __future__ import annotations

import gc
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import radar_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sciml.core.errors import BadInput, DataWarning, Missing, SettingsError
from sciml.nowcast import open_radar
from sciml.nowcast.formats import FORMATS, frames_of

BEGINNINGS = [b"", b"P5\n", b"GIF89a", b"GRIB", b"\x1f\x8b", b"\x89HDF\r\n\x1a\n"]
EACH = pytest.mark.parametrize("name", FORMATS)


@pytest.fixture(scope="module")
def each(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return radar_files.one_of_each(tmp_path_factory.mktemp("formats"))


def series_of(folder: Path, count: int = 4, minutes: int = 5) -> list[Path]:
    """ODIM files of 12:00, 12:05 and so on; in each one it rains as many mm/h as its number."""
    return [
        radar_files.odim(folder / f"{number}.h5", np.full((6, 8), float(number)), f"2020070112{number * minutes:02d}")
        for number in range(count)
    ]


@EACH
def test_a_file_is_told_by_its_content_and_shows_its_rain(each: dict[str, Path], tmp_path: Path, name: str) -> None:
    misnamed = tmp_path / "202007011200_AQC201831200.txt"
    shutil.copy(each[name], misnamed)

    series = open_radar(misnamed)

    assert series.attrs["source_format"] == name
    assert series["time"].values == [np.datetime64("2020-07-01T12:00")]
    rain = series["rain_rate"].values
    np.testing.assert_allclose(rain, radar_files.rain_of_each()[name], rtol=1e-6)
    assert rain.dtype == np.float32


@EACH
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_gzip_is_seen_with_and_without_its_suffix(
    each: dict[str, Path], tmp_path: Path, name: str, suffix: str
) -> None:
    copy = tmp_path / each[name].name
    shutil.copy(each[name], copy)
    packed = radar_files.gzipped(copy, copy.name + suffix)
    np.testing.assert_array_equal(open_radar(packed)["rain_rate"].values, open_radar(each[name])["rain_rate"].values)


def test_a_plain_file_may_be_called_gz(each: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "frame.pgm.gz"
    shutil.copy(each["FMI PGM"], copy)
    assert open_radar(copy).attrs["source_format"] == "FMI PGM"


@EACH
def test_every_format_gives_the_same_cf_form(each: dict[str, Path], name: str) -> None:
    series = open_radar(each[name])
    rain = series["rain_rate"]
    assert rain.dims == ("time", "y", "x")
    assert (rain.attrs["units"], rain.attrs["standard_name"]) == ("mm h-1", "rainfall_rate")
    assert rain.chunks is not None  # lazy
    assert series["y"].values[0] > series["y"].values[-1]
    assert series["crs"].attrs["crs_wkt"]
    left, dx, _, top, _, dy = map(float, series["crs"].attrs["GeoTransform"].split())
    assert series["x"].values[1] == pytest.approx(left + 1.5 * dx)
    assert series["y"].values[1] == pytest.approx(top + 1.5 * dy)
    assert series["frame_ok"].values.tolist() == [True]
    assert series["range_mask"].values.all()
    assert {"step_minutes", "accumulation_minutes", "cell_km", "source_unit"} <= set(series.attrs)
    low, high = series["time_bnds"].values[0]
    assert low < series["time"].values[0] <= high


@EACH
@pytest.mark.parametrize("share", [0.97, 0.5, 0.03])
@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_file_is_an_error_that_names_it(
    each: dict[str, Path], tmp_path: Path, name: str, share: float, packed: bool
) -> None:
    copy = tmp_path / each[name].name
    shutil.copy(each[name], copy)
    radar_files.truncated(radar_files.gzipped(copy) if packed else copy, share)
    with pytest.raises(BadInput, match=copy.name):
        open_radar(copy)["rain_rate"].values  # noqa: B018  # a lazy frame is decoded here at the latest


@EACH
def test_a_truncated_file_is_known_before_anything_is_decoded(each: dict[str, Path], tmp_path: Path, name: str) -> None:
    copy = tmp_path / each[name].name
    shutil.copy(each[name], copy)
    radar_files.truncated(copy, 0.8)
    with pytest.raises(BadInput, match=copy.name):
        open_radar(copy)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["FMI PGM", "MeteoSwiss GIF", "MRMS GRIB2"]), at=st.floats(0, 1), value=st.integers(0, 255))
def test_one_wrong_byte_never_crashes(each: dict[str, Path], tmp_path: Path, name: str, at: float, value: int) -> None:
    content = bytearray(each[name].read_bytes())
    content[min(int(at**3 * len(content)), len(content) - 1)] = value  # most of them in the header
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)
    with suppress(BadInput):
        assert not (open_radar(damaged)["rain_rate"].values < 0).any()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    magic=st.sampled_from([b"", b"P5\n", b"GIF89a", b"GRIB", b"\x1f\x8b", b"\x89HDF\r\n\x1a\n"]),
    rest=st.binary(max_size=80),
)
def test_any_bytes_are_a_clear_error(tmp_path: Path, magic: bytes, rest: bytes) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(magic + rest)
    with pytest.raises(BadInput, match="junk"):
        open_radar(junk)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>404 Not Found</html>", "web page"),
        (b"  <HTML><body>login</body></HTML>", "web page"),
        (b"CDF\x01" + bytes(40), "nccopy -k nc4"),
        (b"time,rain\n12:00,0.1\n", "no radar file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "no radar file"),
    ],
)
def test_what_is_no_radar_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "frame.h5"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"frame\.h5.*{said}"):
        open_radar(path)


def test_a_folder_a_missing_file_and_no_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        open_radar([tmp_path])
    with pytest.raises(Missing, match="no such file"):
        open_radar([tmp_path / "gone.h5"])
    with pytest.raises(BadInput, match="no file was given"):
        open_radar([])
    with pytest.raises(SettingsError, match="min_quality"):
        open_radar(["any.h5"], min_quality=30)


def test_other_hdf5_is_refused_by_what_is_inside(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(BadInput, match=r"unknown kind with weights inside"):
        open_radar(tmp_path / "other.h5")


@pytest.mark.parametrize("spoil", ["truncate", "empty", "web page"])
@pytest.mark.parametrize("place", [1, 2])
def test_an_unreadable_file_of_a_series_is_a_missing_frame(tmp_path: Path, spoil: str, place: int) -> None:
    files = series_of(tmp_path)
    if spoil == "truncate":
        radar_files.truncated(files[place])
    else:
        files[place].write_bytes(b"" if spoil == "empty" else b"<html>gone</html>")
    with pytest.warns(DataWarning, match=rf"{place}\.h5.*counts as missing"):
        series = open_radar(files)
    assert series.sizes["time"] == 4
    assert series["frame_ok"].values.tolist() == [number != place for number in range(4)]
    assert np.isnan(series["rain_rate"].values[place]).all()
    assert (series["rain_rate"].values[3] == 3).all()


def test_a_frame_that_turns_out_damaged_when_decoded_is_missing_with_a_warning(tmp_path: Path) -> None:
    files = [radar_files.mrms(tmp_path / f"{minute}", np.full((60, 80), 2.0), minute=minute) for minute in (0, 2, 4)]
    content = bytearray(files[1].read_bytes())
    middle = content.index(b"IDAT") + 10
    content[middle : middle + 8] = b"\xff" * 8  # sections and sizes are as before
    files[1].write_bytes(content)
    series = open_radar(files)
    with pytest.warns(DataWarning, match="counts as missing"):
        rain = series["rain_rate"].compute(scheduler="synchronous").values
    assert np.isnan(rain[1]).all()
    assert (rain[2] == 2).all()


def test_without_any_readable_file_a_series_is_an_error(tmp_path: Path) -> None:
    files = [radar_files.truncated(path) for path in series_of(tmp_path)]
    with pytest.raises(BadInput, match=r"0\.h5.*none of the other 3 files"):
        open_radar(files)


def test_a_folder_among_the_files_is_an_error_and_not_a_missing_frame(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        open_radar([*series_of(tmp_path), tmp_path])


def test_formats_do_not_mix(each: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"b\.h5: is KNMI HDF5, the others ODIM HDF5"):
        open_radar([*series_of(tmp_path), each["KNMI HDF5"]])


def test_opening_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sciml.nowcast import odim

    def no(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(odim, "rain_rate", no)
    monkeypatch.setattr(odim, "physical", no)
    series = open_radar(series_of(tmp_path), min_quality=0.5)
    with pytest.raises(AssertionError, match="decoded"):
        series["rain_rate"].values  # noqa: B018


def test_a_single_frame_is_decoded_for_a_single_time(tmp_path: Path) -> None:
    files = series_of(tmp_path)
    series = open_radar(files)
    for path in files[:3]:
        path.unlink()
    assert (series["rain_rate"].isel(time=3, x=slice(2, 5)).values == 3).all()


def test_progress_counts_files(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    open_radar(series_of(tmp_path), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.filterwarnings("error::ResourceWarning", "error::pytest.PytestUnraisableExceptionWarning")
def test_no_file_stays_open(each: dict[str, Path]) -> None:
    for path in each.values():
        open_radar(path)["rain_rate"].values  # noqa: B018
    gc.collect()  # an open file says so when it is collected


def test_a_path_may_be_text(each: dict[str, Path]) -> None:
    assert len(frames_of(each["FMI PGM"])) == 1
    assert open_radar(str(each["FMI PGM"])).sizes["time"] == 1


def test_all_that_is_opened_computes_in_other_processes(tmp_path: Path) -> None:
    import cloudpickle

    again = cloudpickle.loads(cloudpickle.dumps(open_radar(series_of(tmp_path))))
    assert (again["rain_rate"].values[2] == 2).all()
