from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from series import MOTION, series, stored_unit

from sciml.core.contract import Case
from sciml.core.errors import BadInput, SettingsError
from sciml.core.store import open_split, write_part
from sciml.nowcast.issue_times import cases_of
from sciml.nowcast.motion import coarsened
from sciml.nowcast.prepare import LAYOUT, prepare_part
from sciml.nowcast.rain_store import pack
from sciml.nowcast.settings import IngestSettings, PrepareSettings, Settings

SMALL = Settings(
    ingest=IngestSettings(leads=4, case_minutes=30),
    prepare=PrepareSettings(crop=64, crops_per_hour=12, stride=16),
)


@pytest.fixture(scope="module")
def written() -> xr.Dataset:
    return series(frames=24, size=160, missing=(9,))


@pytest.fixture(scope="module")
def cases(written: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return cases_of(SMALL.ingest, [stored_unit(written, tmp_path_factory.mktemp("raw"))])


@pytest.fixture(scope="module")
def samples(cases: list[Case]) -> xr.Dataset:
    return prepare_part(SMALL, cases)


def place_of(name: str) -> tuple[np.datetime64, int, int]:
    _, time, row, column = name.split()
    return np.datetime64(time), int(row[1:]), int(column[1:])


def test_samples_are_as_the_layout_says(samples: xr.Dataset, tmp_path: Path) -> None:
    write_part(tmp_path / "p", {"train": samples}, LAYOUT, 16, np.random.default_rng(1), 1.0, {"domain": "nowcast"})
    stored = open_split(tmp_path / "p", "train")
    assert stored.sizes["sample"] == samples.sizes["sample"] > 5
    assert dict(stored["rain"].sizes) == {"sample": samples.sizes["sample"], "time": 8, "y": 64, "x": 64}
    assert dict(stored["motion"].sizes)["coarse_y"] == 64 // 8


def test_a_crop_is_what_the_radar_saw_there_and_then(samples: xr.Dataset, written: xr.Dataset) -> None:
    times = written["time"].values
    for sample in range(samples.sizes["sample"]):
        time, row, column = place_of(samples["name"].item(sample))
        issue = int(np.searchsorted(times, time))
        seen = written["rain_rate"][issue - 3 : issue + 5, row : row + 64, column : column + 64]
        np.testing.assert_array_equal(samples["rain"][sample], pack(seen.values))


def test_the_motion_of_a_crop_is_the_motion_of_the_rain(samples: xr.Dataset) -> None:
    mean = samples["motion"].mean(("sample", "coarse_y", "coarse_x"))
    np.testing.assert_allclose(mean, MOTION, atol=0.1)


def test_shares_of_a_sample_are_those_of_its_cells(samples: xr.Dataset) -> None:
    rain = samples["rain"]
    cells = ("time", "y", "x")
    np.testing.assert_allclose(samples["missing"], (rain < 0).mean(cells), atol=1e-6)
    np.testing.assert_allclose(samples["wet"], (rain >= 10).sum(cells) / (rain >= 0).sum(cells), atol=1e-6)
    assert np.all((samples["inclusion"] > 0) & (samples["inclusion"] <= 1))


def test_issue_times_stay_in_their_stretch_and_show_the_last_two_frames(
    samples: xr.Dataset, cases: list[Case], written: xr.Dataset
) -> None:
    issues = {place_of(name)[0] for name in samples["name"].values}
    first, last = np.datetime64(cases[0].place["time"]), written["time"].values[-5]
    assert min(issues) >= first
    assert max(issues) <= last
    missing = written["time"].values[9]
    assert not issues & {missing, missing + np.timedelta64(5, "m")}


def test_no_frame_after_the_issue_time_changes_the_motion(cases: list[Case], tmp_path: Path) -> None:
    kept = SMALL.model_copy(update={"prepare": SMALL.prepare.model_copy(update={"min_inclusion": 1.0, "stride": 64})})
    written = series(frames=8, size=128)
    rate = written["rain_rate"].values.copy()
    rate[4:] = rate[4:, ::-1, ::-1]
    changed = written.assign(rain_rate=written["rain_rate"].copy(data=rate))
    first, second = (
        prepare_part(kept, cases_of(kept.ingest, [stored_unit(each, tmp_path, name)]))
        for name, each in (("a", written), ("b", changed))
    )
    assert first.sizes["sample"] == 4
    assert first["motion"].identical(second["motion"])
    assert not first["rain"].identical(second["rain"])


def test_what_is_drawn_does_not_depend_on_the_parts(samples: xr.Dataset, cases: list[Case]) -> None:
    one_by_one = xr.concat([prepare_part(SMALL, [case]) for case in reversed(cases)], "sample")
    assert sorted(one_by_one["name"].values) == sorted(samples["name"].values)


def test_another_seed_draws_other_crops(samples: xr.Dataset, cases: list[Case]) -> None:
    other = SMALL.model_copy(update={"prepare": SMALL.prepare.model_copy(update={"seed": 2})})
    assert set(prepare_part(other, cases)["name"].values) != set(samples["name"].values)


def test_a_dry_series_gives_samples_without_motion(tmp_path: Path) -> None:
    kept = SMALL.model_copy(update={"prepare": SMALL.prepare.model_copy(update={"min_inclusion": 1.0, "stride": 64})})
    dry = series(frames=9, size=128)
    dry["rain_rate"] = dry["rain_rate"] * 0
    found = prepare_part(kept, cases_of(kept.ingest, [stored_unit(dry, tmp_path)]))
    assert found.sizes["sample"] > 0
    assert np.all(found["motion"] == 0)
    assert np.all(found["wet"] == 0)


def test_a_part_without_cases_has_no_sample() -> None:
    nothing = prepare_part(SMALL, [])
    assert nothing.sizes["sample"] == 0
    assert nothing["rain"].dtype == np.int16


def test_another_time_step_is_refused_with_the_remedy(tmp_path: Path) -> None:
    slow = stored_unit(series(frames=12, size=64, step_minutes=10), tmp_path, "slow")
    cases = cases_of(SMALL.ingest, [slow])
    with pytest.raises(SettingsError) as caught:
        prepare_part(SMALL, cases)
    assert str(caught.value) == (
        "series slow: has a frame every 10 minutes, prepare.step_minutes is 5; set prepare.step_minutes or leave the"
        " series out"
    )
    ten = SMALL.model_copy(update={"prepare": SMALL.prepare.model_copy(update={"step_minutes": 10})})
    assert prepare_part(ten, cases).sizes["sample"] >= 0


def test_cells_of_another_size_than_the_other_series_are_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    unit = stored_unit(series(frames=9, size=64), tmp_path, "coarse")
    odd = replace(unit, facts={**unit.facts, "cell_km": 2.0, "typical_cell_km": 1.0})
    with pytest.raises(SettingsError, match=r"series coarse: has cells of 2 km, typical of the inputs are 1 km"):
        prepare_part(SMALL, cases_of(SMALL.ingest, [odd]))


def test_a_grid_smaller_than_a_crop_is_refused(tmp_path: Path) -> None:
    cases = cases_of(SMALL.ingest, [stored_unit(series(frames=9, size=64), tmp_path, "small")])
    large = SMALL.model_copy(update={"prepare": PrepareSettings(crop=128)})
    with pytest.raises(SettingsError, match=r"series small: has 64 x 64 cells, prepare.crop is 128; lower"):
        prepare_part(large, cases)


def test_a_store_that_was_moved_is_bad_input(cases: list[Case], tmp_path: Path) -> None:
    from dataclasses import replace

    gone = replace(cases[0], unit=replace(cases[0].unit, store=str(tmp_path / "gone.zarr")))
    with pytest.raises(BadInput, match=r"gone.zarr: cannot be read as a series"):
        prepare_part(SMALL, [gone])


def test_block_means_are_taken_over_eight_cells_a_side() -> None:
    field = np.zeros((2, 16, 8))
    field[1, :8] = np.arange(8)
    # the mean of 0 to 7 is 3.5
    assert coarsened(field).tolist() == [[[0], [0]], [[3.5], [0]]]
