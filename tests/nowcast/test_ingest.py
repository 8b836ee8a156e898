from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from series import series

from sciml.core.contract import Index
from sciml.core.errors import BadInput, SettingsError, Several
from sciml.core.records import INDEX, read_index, write_json
from sciml.nowcast.ingest import cases, ingest, read
from sciml.nowcast.odim_write import write_odim
from sciml.nowcast.prepare import check_learnable
from sciml.nowcast.settings import IngestSettings, InputSeries, Settings

LAEA = "+proj=laea +lat_0=55 +lon_0=10 +x_0=1950000 +y_0=-2100000 +ellps=WGS84 +units=m"


def write_frames(
    folder: Path, frames: int = 8, size: int = 64, step_minutes: int = 5, cell_m: float = 1_000.0, day: int = 1
) -> np.ndarray:
    """ODIM files of the tests' series in a new folder; their rain rates (time, y, x)."""
    rate = series(frames=frames, size=size, step_minutes=step_minutes)["rain_rate"].values
    folder.mkdir(parents=True)
    for number, frame in enumerate(rate):
        end = datetime(2020, 6, day, 12) + timedelta(minutes=number * step_minutes)
        path = folder / f"radar_{end:%Y%m%d%H%M}.h5"
        write_odim(path, frame, None, end, step_minutes, LAEA, (500_000.0, 400_000.0), cell_m, "NOD:test")
    return rate


def settings(*inputs: InputSeries, sheet: Path | None = None) -> Settings:
    return Settings(ingest=IngestSettings(inputs=inputs, sheet=None if sheet is None else str(sheet), leads=3))


def write_sheet(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, ["name", "frames", "site", "role", "licence"], delimiter="\t")
        table.writeheader()
        table.writerows(rows)
    return path


def stored_index(index: Index, raw: Path) -> Index:
    write_json(raw / INDEX, index.to_json())
    return read_index(raw)


def test_a_series_of_files_becomes_a_unit_with_a_store(tmp_path: Path) -> None:
    rate = write_frames(tmp_path / "radar")
    row = InputSeries(name="may", frames=(f"{tmp_path}/radar/*.h5",), site="north", role="test", licence="CC0")
    raw = tmp_path / "raw"
    (unit,) = stored_index(ingest(settings(row), None, raw), raw).units
    assert (unit.id, unit.sample, unit.role, unit.licence, unit.simulated) == ("may", "north", "test", "CC0", False)
    assert list(unit.files) == [f"{number:04d}" for number in range(1, 9)]
    assert [Path(file.path).name[-7:-3] for file in unit.files.values()][:3] == ["1200", "1205", "1210"]
    assert unit.facts["times"] == ["2020-06-01T12:00:00", "2020-06-01T12:35:00"]
    assert unit.facts["source_format"].startswith("ODIM")
    assert unit.facts["typical_cell_km"] == unit.facts["cell_km"]
    np.testing.assert_allclose(read(unit)["rain_rate"], rate, atol=0.006)


def test_the_index_names_stores_relative_to_its_folder(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar")
    raw = tmp_path / "raw"
    index = ingest(settings(InputSeries(name="may", frames=(f"{tmp_path}/radar/*.h5",))), None, raw)
    assert index.units[0].store == "may.zarr"
    assert str(tmp_path / "raw") not in json.dumps(index.to_json())


def test_a_unit_is_read_lazily(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar")
    raw = tmp_path / "raw"
    index = stored_index(ingest(settings(InputSeries(name="a", frames=(f"{tmp_path}/radar/*.h5",))), None, raw), raw)
    rain = read(index.units[0])["rain_rate"]
    assert rain.chunks == ((8,), (64,), (64,))
    assert not rain.variable._in_memory


def test_a_sheet_and_simulated_series_are_relative_to_their_folders(tmp_path: Path) -> None:
    write_frames(tmp_path / "invented" / "sim")
    write_frames(tmp_path / "mine" / "even", day=3)
    write_frames(tmp_path / "mine" / "odd", day=4)
    write_sheet(
        tmp_path / "invented" / "samples.tsv",
        [{"name": "sim", "frames": "sim/*.h5", "site": "sim", "role": "train", "licence": "simulated"}],
    )
    rows = [{"name": "mine", "frames": "even/*1200.h5;even/*1205.h5;even/*121?.h5;odd/*.h5", "site": "south"}]
    sheet = write_sheet(tmp_path / "mine" / "sheet.tsv", rows)
    index = ingest(settings(sheet=sheet), tmp_path / "invented", tmp_path / "raw")
    assert [(unit.id, unit.simulated, unit.role) for unit in index.units] == [
        ("sim", True, "train"),
        ("mine", False, None),
    ]
    assert len(index.units[1].files) == 4 + 8
    assert index.units[1].sample == "south"


def test_the_order_of_patterns_and_repeats_change_nothing(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar")
    late, early, all_of_them = (f"{tmp_path}/radar/*{end}" for end in ("123?.h5", "121?.h5", ".h5"))
    row = InputSeries(name="a", frames=(late, early, all_of_them, early))
    unit = ingest(settings(row), None, tmp_path / "raw").units[0]
    paths = [file.path for file in unit.files.values()]
    assert paths == sorted(set(paths))
    assert len(paths) == 8


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar")
    (tmp_path / "page.h5").write_text("<html>not found</html>")
    rows = (
        InputSeries(name="none", frames=(f"{tmp_path}/nothing/*.h5", f"{tmp_path}/gone.h5")),
        InputSeries(name="page", frames=(f"{tmp_path}/page.h5",)),
        InputSeries(name="whole", frames=(f"{tmp_path}/radar/*.h5",)),
    )
    with pytest.raises(Several) as caught:
        ingest(settings(*rows), None, tmp_path / "raw")
    lines = str(caught.value).splitlines()
    assert lines[0] == (f"{tmp_path}/nothing/*.h5: series none: matches no file; check the path and the pattern")
    assert lines[1].startswith(f"{tmp_path}/gone.h5: series none")
    assert lines[2].startswith(f"{tmp_path}/page.h5: is a web page")
    assert len(lines) == 3
    assert caught.value.exit_code == 3


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar", frames=4)
    for number, path in enumerate(sorted((tmp_path / "radar").iterdir())):
        path.rename(path.with_name(f"scan[{number}].h5"))
    row = InputSeries(name="a", frames=tuple(f"{tmp_path}/radar/scan[{number}].h5" for number in range(4)))
    assert len(ingest(settings(row), None, tmp_path / "raw").units[0].files) == 4


def test_a_domain_under_64_cells_is_bad_input(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar", frames=2, size=60)
    row = InputSeries(name="tiny", frames=(f"{tmp_path}/radar/*.h5",))
    with pytest.raises(BadInput, match=r"series tiny: has 60 x 60 cells; at least 64 x 64 are needed"):
        ingest(settings(row), None, tmp_path / "raw")


@pytest.mark.parametrize("second", ["may", "May"])
def test_two_series_of_one_name_are_refused_before_anything_is_read(tmp_path: Path, second: str) -> None:
    rows = (InputSeries(name="may", frames=("a.h5",)), InputSeries(name=second, frames=("b.h5",)))
    with pytest.raises(BadInput, match=r"is listed twice; give each series a name of its own"):
        ingest(settings(*rows), None, tmp_path / "raw")


def test_one_frame_may_not_be_seen_at_two_sites(tmp_path: Path) -> None:
    write_frames(tmp_path / "radar", frames=6)
    first, second = (f"{tmp_path}/radar/*120?.h5", f"{tmp_path}/radar/*12?5.h5")  # 12:05 is in both
    rows = [InputSeries(name="a", frames=(first,), site="here"), InputSeries(name="b", frames=(second,), site="there")]
    with pytest.raises(BadInput, match=r"1205.h5: is a frame of series a and of series b, .* different sites"):
        ingest(settings(*rows), None, tmp_path / "raw")
    together = [row.model_copy(update={"site": "here"}) for row in rows]
    assert len(ingest(settings(*together), None, tmp_path / "raw2").units) == 2


def test_no_input_at_all_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no input"):
        ingest(settings(), None, tmp_path / "raw")


def test_series_of_another_step_are_listed_but_not_learnt_from(tmp_path: Path) -> None:
    write_frames(tmp_path / "five")
    write_frames(tmp_path / "ten", step_minutes=10, cell_m=2_000.0)
    write_frames(tmp_path / "wide", cell_m=2_000.0)
    write_frames(tmp_path / "other")
    names = ("five", "ten", "wide", "other")
    rows = [InputSeries(name=name, frames=(f"{tmp_path}/{name}/*.h5",)) for name in names]
    wanted, raw = settings(*rows), tmp_path / "raw"
    index = stored_index(ingest(wanted, None, raw), raw)
    assert {case.unit.id for case in cases(wanted, index)} == set(names)
    with pytest.raises(Several) as caught:
        check_learnable(
            wanted.model_copy(update={"prepare": wanted.prepare.model_copy(update={"crop": 64})}), index.units
        )
    # the ten-minute series sets no standard for the cells of the others
    assert [str(error).partition(":")[0] for error in caught.value.errors] == ["series ten", "series wide"]
    assert all(isinstance(error, SettingsError) for error in caught.value.errors)
    assert "a frame every 10 minutes" in str(caught.value.errors[0])
    assert "leave the series out" in str(caught.value.errors[1])
