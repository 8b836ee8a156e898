"""Days of real radar frames through ingest and prepare: what the store keeps, and what is drawn from it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sciml.core.contract import Index
from sciml.nowcast.formats import open_radar
from sciml.nowcast.ingest import cases, ingest, read
from sciml.nowcast.prepare import prepare_part
from sciml.nowcast.settings import IngestSettings, InputSeries, PrepareSettings, Settings

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "radar"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "knmi").exists(), reason="the real radar frames are not here"),
]


def ingested(folder: str, pattern: str, raw: Path, settings: Settings) -> Index:
    inputs = (InputSeries(name=folder.replace("/", "-"), frames=(str(DATA / folder / pattern),)),)
    wanted = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"inputs": inputs})})
    index = ingest(wanted, None, raw)
    return replace(index, units=tuple(replace(unit, store=str(raw / unit.store)) for unit in index.units))


@pytest.mark.parametrize(
    ("folder", "pattern", "equal"),
    [
        # steps of 0.01 mm in five minutes are 0.12 mm/h, of 0.05 mm in ten 0.3 mm/h: hundredths lose nothing
        ("knmi", "*_20100826010[05].h5", 1.0),
        ("bom", "*_0[01]0000*.nc", 1.0),
        ("mch/20150515", "AQC15135160*.gif", 0.0),
        ("fmi/20160928", "20160928150*.pgm.gz", 0.0),
    ],
)
def test_the_store_keeps_rates_to_half_a_hundredth(folder: str, pattern: str, equal: float, tmp_path: Path) -> None:
    (unit,) = ingested(folder, pattern, tmp_path, Settings()).units
    decoded = open_radar([file.path for file in unit.files.values()])["rain_rate"].values
    stored = read(unit)["rain_rate"].values
    assert np.nanmax(decoded) > 1
    np.testing.assert_array_equal(np.isnan(stored), np.isnan(decoded))
    assert np.nanmax(np.abs(stored - decoded)) <= 0.005 + 1e-4
    seen = np.isfinite(decoded)
    assert np.mean(np.isclose(stored[seen], decoded[seen], rtol=1e-6, atol=1e-6)) >= equal


@pytest.mark.slow
def test_crops_of_a_real_day_are_wetter_than_the_day_and_move_as_rain_does(tmp_path: Path) -> None:
    settings = Settings(ingest=IngestSettings(), prepare=PrepareSettings(crops_per_hour=8))
    index = ingested("mch/20150515", "*.gif", tmp_path, settings)
    drawn = prepare_part(settings, cases(settings, index))
    # 16:00 to 17:30, 19 issue times of five minutes: 12.7 crops are expected, with a deviation below 3.6
    assert 3 <= drawn.sizes["sample"] <= 24
    assert float(drawn["wet"].mean()) > 1.5 * index.units[0].facts["wet_share"]
    assert float(drawn["missing"].max()) <= settings.prepare.max_missing
    speed = np.hypot(*drawn["motion"].mean(("coarse_y", "coarse_x")).values.T)
    # storms of a convective day move at 10 to 100 km/h: 0.8 to 8.3 cells of 1 km in five minutes
    assert np.all((speed > 10 / 12) & (speed < 100 / 12))
