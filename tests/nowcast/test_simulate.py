"""The simulated folder: whole, repeatable, and true."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from sciml.core.errors import SettingsError
from sciml.nowcast.formats import open_radar
from sciml.nowcast.motion import motion
from sciml.nowcast.settings import Settings, SimulatedStorm, SimulateSettings
from sciml.nowcast.simulate import _days, simulate

ONE = SimulatedStorm(name="one", role="train", kind="stratiform", frames=12)
TWO = SimulatedStorm(name="two", role="test", kind="convective", frames=12, file_format="netcdf")


def made(out: Path, *storms: SimulatedStorm, threads: int = 1, **changes: object) -> Path:
    wanted = SimulateSettings.model_validate({"size": 96, "storms": storms, **changes})
    simulate(Settings(simulate=wanted), 7, out, threads)
    return out


def truth(folder: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / f"{name}.truth.json").read_text())
    return read


def frames(folder: Path, name: str) -> xr.Dataset:
    return open_radar(sorted((folder / name).iterdir())).load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("simulate") / "out", ONE, TWO, missing_frames=0.3)


def test_the_sheet_lists_every_storm_with_files_that_exist(folder: Path) -> None:
    with (folder / "samples.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["name"], row["site"], row["role"]) for row in rows] == [
        ("one", "one", "train"),
        ("two", "two", "test"),
    ]
    for row in rows:
        assert len(list(folder.glob(row["frames"]))) == 12 - len(truth(folder, row["name"])["missing"])
        assert row["licence"]


def test_missing_frames_are_missing_files_and_nothing_else(folder: Path) -> None:
    for name in ("one", "two"):
        known = truth(folder, name)
        assert 0 < len(known["missing"]) < 10
        assert not {0, 11} & set(known["missing"])
        stamps = ["".join(character for character in time if character.isdigit())[:12] for time in known["times"]]
        kept = [stamp for number, stamp in enumerate(stamps) if number not in known["missing"]]
        assert sorted(path.stem for path in (folder / name).iterdir()) == kept
        shown = frames(folder, name)
        assert np.nonzero(~shown["frame_ok"].values)[0].tolist() == known["missing"]


def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads(folder: Path, tmp_path: Path) -> None:
    again = made(tmp_path / "again", ONE, TWO, threads=2, missing_frames=0.3)
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert names == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert [name for name in sorted(names) if (folder / name).read_bytes() != (again / name).read_bytes()] == []


def test_a_storm_does_not_depend_on_the_others_nor_on_its_gaps(folder: Path, tmp_path: Path) -> None:
    alone = made(tmp_path / "alone", TWO, missing_frames=0.0)
    kept = sorted(path.name for path in (folder / "two").iterdir())
    assert len(list((alone / "two").iterdir())) == 12
    for name in kept:
        assert (alone / "two" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_another_seed_is_another_day(folder: Path, tmp_path: Path) -> None:
    wanted = SimulateSettings(size=96, storms=(ONE,))
    simulate(Settings(simulate=wanted), 8, tmp_path / "other", 1)
    assert truth(tmp_path / "other", "one")["times"] != truth(folder, "one")["times"]
    assert truth(tmp_path / "other", "one")["weather"] != truth(folder, "one")["weather"]


def test_a_storm_keeps_to_one_day(folder: Path) -> None:
    days = [{time[:10] for time in truth(folder, name)["times"]} for name in ("one", "two")]
    assert [len(each) for each in days] == [1, 1]
    assert days[0] != days[1]


def test_no_two_storms_share_a_day_however_many_there_are() -> None:
    # of 400 names on 7,300 days some 11 pairs meet by chance
    days = _days([f"s{number}" for number in range(400)], 1)
    assert len(set(days.values())) == 400
    assert {name: days[name] for name in ("s0", "s1")} == _days(["s0", "s1"], 1)


def test_the_measured_motion_is_the_true_one(tmp_path: Path) -> None:
    out = made(tmp_path / "out", ONE, clutter=0.0, missing_frames=0.0)
    rain, known = frames(out, "one")["rain_rate"].values, truth(out, "one")
    found = motion(rain[4:8]).mean(axis=(1, 2))
    true = [np.mean(known[name][4:7]) for name in ("motion_rows", "motion_columns")]
    assert np.hypot(*true) > 2
    assert np.hypot(*(found - true)) < 0.15 * np.hypot(*true)


def test_clutter_stands_in_every_frame_and_no_clutter_leaves_none(tmp_path: Path) -> None:
    dusty, clean = (made(tmp_path / str(share), ONE, clutter=share, missing_frames=0) for share in (0.01, 0.0))
    more = (frames(dusty, "one")["rain_rate"] > frames(clean, "one")["rain_rate"] + 0.2).mean("time").values > 0.5
    assert truth(clean, "one")["clutter_cells"] == 0
    assert 0.2 * truth(dusty, "one")["clutter_cells"] < more.sum() <= truth(dusty, "one")["clutter_cells"]


def test_steps_and_cells_are_those_of_the_settings(tmp_path: Path) -> None:
    for storm in (ONE, TWO):
        out = made(tmp_path / storm.name, storm, step_minutes=10, cell_km=2.0)
        shown = frames(out, storm.name)
        assert shown.attrs["step_minutes"] == 10
        assert shown.attrs["cell_km"] == pytest.approx(2)
        assert shown.sizes["x"] == shown.sizes["y"] == 96


def test_two_storms_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"storms: 'one' is there twice"):
        made(tmp_path / "out", ONE, ONE)
    assert not (tmp_path / "out").exists()


def test_no_storms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is empty"):
        made(tmp_path / "out")


def test_a_simulation_that_is_switched_off_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is switched off"):
        simulate(Settings(simulate=None), 1, tmp_path / "out", 1)
