"""`sciml nowcast forecast`: whatever the frames are, a flagged forecast or one clear line; nothing half-written."""

from __future__ import annotations

import gzip
import inspect
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from sciml.cli import nowcast as command
from sciml.nowcast import answers, forecasting
from sciml.nowcast.answers import open_forecast
from sciml.nowcast.netcdf_write import write_netcdf
from sciml.nowcast.odim_write import write_odim

PROJECTION = "+proj=laea +lat_0=52 +lon_0=10 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
OTHER_PROJECTION = "+proj=stere +lat_0=60 +lon_0=25 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
START = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
SAID = pytest.mark.filterwarnings("always::sciml.core.errors.DataWarning")
FAST = ("--method", "extrapolation", "--leads", "2", "-q")


def rain(number: int, size: int = 72) -> np.ndarray:
    """A shower that goes one column a step, with an unobserved corner."""
    rows, columns = np.mgrid[:size, :size]
    field = 8 * np.exp(-((rows - size / 2) ** 2 + (columns - size / 3 - number) ** 2) / 60)
    field[field < 0.1] = 0
    field[:6, :6] = np.nan
    return field


def odim(folder: Path, number: int, field: np.ndarray | None = None, step: int = 5, proj4: str = PROJECTION) -> Path:
    path = folder / f"frame{number:02}.h5"
    end = START + timedelta(minutes=step * number)
    write_odim(path, rain(number) if field is None else field, None, end, step, proj4, (0.0, 0.0), 1000.0, "NOD:xxtst")
    return path


@pytest.fixture
def frames(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "frames"
    folder.mkdir()
    return [odim(folder, number) for number in range(5)]


@pytest.fixture
def forecast(sciml: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run the verb on files; the forecast goes to out/a.nc."""

    def run(paths: list[Path], *words: str) -> Any:
        return sciml("nowcast", "forecast", *map(str, paths), *FAST, "--out", str(tmp_path / "out" / "a.nc"), *words)

    return run


@pytest.fixture
def made(tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """What the file says of itself, and its rain."""

    def read() -> dict[str, Any]:
        with open_forecast(tmp_path / "out" / "a.nc") as found:
            issued = np.datetime_as_string(found["forecast_reference_time"].values, "m")
            return {**found.attrs, "issued": issued, "rain": found["rain_rate"].values}

    return read


def refused(ended: Any, tmp_path: Path, code: int) -> str:
    """The one line of a command that ended with this status and left nothing."""
    assert ended.code == code, ended.err
    assert list((tmp_path / "out").rglob("*")) == []
    return str(ended.error)


# --- what the words do -----------------------------------------------------------------------------------------------


def test_every_word_reaches_the_forecast(sciml, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    signature = inspect.signature(forecasting.forecast_file)

    def stand_in(*words: Any, **named: Any) -> None:
        given.update(signature.bind(*words, **named).arguments)

    monkeypatch.setattr(forecasting, "forecast_file", stand_in)
    words = (
        "nowcast forecast a.h5 b.h5 --leads 7 --members 3 --seed 9 --method steps --model folder --min-quality 0.4"
        f" --threads 2 --quiet --out {tmp_path / 'a.zarr'}"
    )
    ended = sciml(*words.split())
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    del given["progress"]
    assert given == {
        "frames": [Path("a.h5"), Path("b.h5")],
        "out": tmp_path / "a.zarr",
        "leads": 7,
        "members": 3,
        "seed": 9,
        "method": "steps",
        "model": "folder",
        "min_quality": 0.4,
        "threads": 2,
    }


def test_the_defaults_are_the_librarys_own() -> None:
    own = inspect.signature(forecasting.forecast).parameters
    offered = inspect.signature(command.forecast).parameters
    for name in ("leads", "members", "seed", "method", "model", "min_quality", "threads"):
        assert offered[name].default == own[name].default, name


def test_the_methods_and_suffixes_are_the_librarys_own() -> None:
    assert get_args(command.Method) == get_args(forecasting.Method)
    assert command.FORECAST_SUFFIXES == answers.SUFFIXES


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_forecast_of_the_frames_is_written(sciml, frames: list[Path], tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"a{suffix}"
    for _ in range(2):  # an earlier forecast is replaced
        ended = sciml("nowcast", "forecast", *map(str, frames), *FAST[:-1], "--out", str(out))
        assert ended.code == 0, ended.err
        assert ended.err.startswith("forecasting: 100 % of 1 members in ")
    with open_forecast(out) as found:
        assert found["rain_rate"].shape == (1, 2, 72, 72)
        # the shower at column 24 + 4 goes one column a step: lead 2 has its peak at column 30
        peak = np.unravel_index(np.nanargmax(found["rain_rate"][0, 1]), (72, 72))
        assert abs(peak[1] - 30) <= 1


def test_the_animation_is_a_page_beside_the_forecast(forecast, frames: list[Path], tmp_path: Path) -> None:
    ended = forecast(frames, "--animation", str(tmp_path / "out" / "a.html"))
    assert ended.code == 0, ended.err
    text = (tmp_path / "out" / "a.html").read_text(encoding="utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert "extrapolation" in text


# --- frames that are odd, and forecast from with a word --------------------------------------------------------------


def test_any_order_and_any_names_give_the_same_forecast(forecast, made, frames: list[Path]) -> None:
    assert forecast(frames).code == 0
    expected = made()["rain"]
    renamed = [frame.rename(frame.with_name(name)) for frame, name in zip(frames, "zcaxb", strict=True)]
    assert forecast([renamed[i] for i in (2, 0, 4, 1, 3)]).err == ""
    np.testing.assert_array_equal(made()["rain"], expected)


def test_gzip_is_seen_by_content_and_not_by_name(forecast, made, frames: list[Path]) -> None:
    packed = gzip.compress(frames[3].read_bytes())
    frames[3].write_bytes(packed)  # gzipped, and named .h5
    plain = frames[2].rename(frames[2].with_name("plain.h5.gz"))  # plain, and named .gz
    ended = forecast([*frames[:2], plain, *frames[3:]])
    assert (ended.code, ended.err) == (0, "")
    assert made()["context_note"] == ""


@SAID
def test_a_gap_in_the_context_is_said_and_left_open(forecast, made, frames: list[Path]) -> None:
    ended = forecast([*frames[:3], frames[4]])
    assert ended.code == 0
    assert "no frame at 2024-06-01T12:15Z" in ended.error
    assert "no frame at 2024-06-01T12:15Z" in made()["context_note"]


@SAID
def test_a_repeated_frame_is_said_and_counts_once(forecast, made, frames: list[Path]) -> None:
    again = shutil.copy(frames[-1], frames[-1].with_name("again.h5"))
    ended = forecast([*frames, again])
    assert ended.code == 0
    assert "again.h5" in ended.error
    assert "again.h5" in made()["context_note"]


@SAID
def test_one_truncated_file_is_said_and_counts_as_missing(forecast, made, frames: list[Path]) -> None:
    frames[3].write_bytes(frames[3].read_bytes()[:2000])
    ended = forecast(frames)
    assert ended.code == 0
    assert "frame03.h5" in ended.err
    assert "no frame at 2024-06-01T12:15Z" in made()["context_note"]


def test_all_dry_is_a_dry_forecast_that_says_so(forecast, made, tmp_path: Path) -> None:
    dry = np.where(np.isnan(rain(0)), np.nan, 0.0)
    ended = forecast([odim(tmp_path, number, dry) for number in range(4)])
    assert (ended.code, ended.err) == (0, "")
    found = made()
    assert found["status"] == "dry"
    assert np.nanmax(found["rain"]) == 0
    assert np.isnan(found["rain"][:, :, :6, :6]).all()


def test_one_dry_frame_in_four_is_no_crash(forecast, made, frames: list[Path]) -> None:
    odim(frames[0].parent, 3, np.where(np.isnan(rain(3)), np.nan, 0.0))
    assert forecast(frames).code == 0
    assert np.nanmax(made()["rain"]) > 5


@SAID
def test_an_unobserved_frame_is_a_gap(forecast, made, frames: list[Path]) -> None:
    odim(frames[0].parent, 3, np.full((72, 72), np.nan))
    ended = forecast(frames)
    assert ended.code == 0
    assert "no frame at 2024-06-01T12:15Z" in made()["context_note"]


def test_a_grid_that_no_power_of_two_divides_will_do(forecast, made, tmp_path: Path) -> None:
    assert forecast([odim(tmp_path, number, rain(number, 67)) for number in range(4)]).code == 0
    assert made()["rain"].shape == (1, 2, 67, 67)


def test_hail_and_clutter_are_cut_to_what_the_file_can_hold(forecast, made, tmp_path: Path) -> None:
    def spiked(number: int) -> np.ndarray:
        field = rain(number)
        field[40:44, 40:44] = 500.0
        return field

    assert forecast([odim(tmp_path, number, spiked(number)) for number in range(4)]).code == 0
    found = made()
    assert np.nanmax(found["rain"]) <= 327.68
    assert found["clipped_cells"] > 0


# --- frames that nothing can be forecast from ------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(forecast, frames: list[Path], tmp_path: Path) -> None:
    line = refused(forecast([*frames, tmp_path / "gone.h5"]), tmp_path, 4)
    assert "gone.h5" in line


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_files_of_which_none_can_be_read_are_named(forecast, tmp_path: Path, content: bytes) -> None:
    paths = [tmp_path / f"frame{number}.h5" for number in range(4)]
    for path in paths:
        path.write_bytes(content)
    assert "frame0.h5" in refused(forecast(paths), tmp_path, 3)


def test_a_folder_is_no_frame(forecast, tmp_path: Path) -> None:
    refused(forecast([tmp_path]), tmp_path, 3)


def test_fewer_than_four_frames_are_refused(forecast, frames: list[Path], tmp_path: Path) -> None:
    assert "there are 3 frames" in refused(forecast(frames[:3]), tmp_path, 3)


def test_frames_without_an_observed_cell_are_refused(forecast, tmp_path: Path) -> None:
    paths = [odim(tmp_path, number, np.full((72, 72), np.nan)) for number in range(4)]
    assert "observed" in refused(forecast(paths), tmp_path, 3)


def test_a_domain_under_64_cells_is_refused(forecast, tmp_path: Path) -> None:
    paths = [odim(tmp_path, number, rain(number, 63)) for number in range(4)]
    assert "63 x 63 cells" in refused(forecast(paths), tmp_path, 3)


def test_frames_of_another_shape_are_refused(forecast, frames: list[Path], tmp_path: Path) -> None:
    odim(frames[0].parent, 2, rain(2, 80))
    assert "frame02.h5" in refused(forecast(frames), tmp_path, 3)


def test_frames_of_another_projection_are_refused(forecast, frames: list[Path], tmp_path: Path) -> None:
    odim(frames[0].parent, 2, proj4=OTHER_PROJECTION)
    assert "frame02.h5" in refused(forecast(frames), tmp_path, 3)


def test_frames_of_two_formats_are_refused(forecast, frames: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "frame05.nc"
    write_netcdf(other, rain(5), START + timedelta(minutes=25), 5, PROJECTION, (0.0, 0.0), 1000.0, "test")
    assert "frame05.nc" in refused(forecast([*frames, other]), tmp_path, 3)


def test_a_change_of_step_within_the_series_is_refused(forecast, frames: list[Path], tmp_path: Path) -> None:
    path = odim(tmp_path, 4, step=6)  # 12:24
    refused(forecast([*frames, path]), tmp_path, 3)


# --- outputs and words that cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.tif", "a", ".nc", "a.nc.gz"])
def test_another_suffix_is_refused_before_the_work(sciml, tmp_path: Path, name: str) -> None:
    ended = sciml("nowcast", "forecast", "gone.h5", "--out", str(tmp_path / name))
    assert ended.code == 2
    assert ".nc or .zarr" in ended.error


def test_an_input_is_not_overwritten(sciml, frames: list[Path]) -> None:
    path = frames[0].rename(frames[0].with_name("a.nc"))
    before = path.read_bytes()
    ended = sciml("nowcast", "forecast", str(path), *map(str, frames[1:]), *FAST, "--out", str(path))
    assert ended.code == 2
    assert "is also an input" in ended.error
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["a folder of other things", "the folder of the frames"])
def test_a_folder_that_is_no_forecast_is_not_replaced(sciml, frames: list[Path], tmp_path: Path, kind: str) -> None:
    out = tmp_path / "a.zarr"
    if kind == "the folder of the frames":
        frames = [Path(shutil.move(frame, out / frame.name)) for frame in frames if out.mkdir(exist_ok=True) is None]
        (out / "zarr.json").write_text("{}")
    else:
        out.mkdir()
        (out / "diary.txt").write_text("dear")
    before = sorted(out.iterdir())
    ended = sciml("nowcast", "forecast", *map(str, frames), *FAST, "--out", str(out))
    assert ended.code == 2
    assert sorted(out.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written_is_refused_before_the_work(
    sciml, frames: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    ended = sciml("nowcast", "forecast", *map(str, frames), *FAST, "--out", str(tmp_path / "locked" / "a.nc"))
    assert ended.code == 2
    assert "no permission" in ended.error


def test_a_file_in_the_way_is_said(sciml, frames: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = sciml("nowcast", "forecast", *map(str, frames), *FAST, "--out", str(tmp_path / "file" / "a.nc"))
    assert ended.code == 2
    assert "is not a folder" in ended.error


def test_an_animation_of_another_suffix_is_refused_before_the_work(forecast, tmp_path: Path) -> None:
    line = refused(forecast([tmp_path / "gone.h5"], "--animation", str(tmp_path / "a.gif")), tmp_path, 2)
    assert ".html" in line


@pytest.mark.parametrize(
    "words",
    ["--leads 0", "--members 0", "--seed -1", "--threads 0", "--method magic", "--min-quality 2", "--leads many"],
)
def test_a_word_that_cannot_be_is_a_wrong_usage(forecast, frames: list[Path], tmp_path: Path, words: str) -> None:
    assert words.split()[0] in refused(forecast(frames, *words.split()), tmp_path, 2)


def test_weights_that_do_not_exist_are_missing(forecast, frames: list[Path], tmp_path: Path) -> None:
    ended = forecast(frames, "--method", "sciml", "--model", "no-such-weights")
    assert "no-such-weights" in refused(ended, tmp_path, 4)


def test_no_frames_at_all_is_a_wrong_usage(sciml, tmp_path: Path) -> None:
    ended = sciml("nowcast", "forecast", "--out", str(tmp_path / "a.nc"))
    assert ended.code == 2
    assert "FRAMES" in ended.error
