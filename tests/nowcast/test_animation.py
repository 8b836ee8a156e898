"""A forecast as a page of its own: whole, light, closed to the network."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr
from example_nowcast import LEADS, example_forecast
from series import series

from sciml.nowcast.animation import animation_page

MAX_BYTES = 5_000_000


@pytest.fixture(scope="module")
def frames() -> xr.Dataset:
    return series(frames=4 + LEADS, size=64).load()


@pytest.fixture(scope="module")
def context(frames: xr.Dataset) -> xr.Dataset:
    return frames.isel(time=slice(0, 4))


def test_the_page_names_its_forecast_and_loads_nothing(context: xr.Dataset) -> None:
    page = animation_page(context, example_forecast("trained", context))
    assert "Rain from 2020-06-01 12:15 UTC" in page
    assert "The next 90 minutes by trained: 4 members, every 5 minutes." in page
    assert "default-src &#x27;none&#x27;" in page
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<h1>") == 1
    assert 'data-viewer="radar"' in page


def test_the_same_forecast_gives_the_same_bytes(context: xr.Dataset) -> None:
    forecast = example_forecast("trained", context)
    assert animation_page(context, forecast) == animation_page(context, forecast)


def test_what_came_afterwards_can_be_shown_beside(context: xr.Dataset, frames: xr.Dataset) -> None:
    truth = frames["rain_rate"].isel(time=slice(4, None)).rename(time="lead_time")
    page = animation_page(context, example_forecast("trained", context), truth)
    assert "The next 90 minutes beside what came" in page


def test_a_dry_forecast_says_so(context: xr.Dataset) -> None:
    dry = context.assign(rain_rate=context["rain_rate"] * 0)
    forecast = example_forecast("persistence", dry).assign_attrs(status="dry", context_note="frame 12:05 was repeated")
    page = animation_page(dry, forecast)
    assert "too little rain to forecast from" in page
    assert "frame 12:05 was repeated" in page


def test_a_hostile_name_stays_text(context: xr.Dataset) -> None:
    hostile = "<img src=x onerror=alert(1)></script>"
    page = animation_page(context, example_forecast("trained", context).assign_attrs(method=hostile))
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.slow
def test_a_large_and_noisy_forecast_stays_below_five_megabytes() -> None:
    """White noise over all steps of the scale, on 700 x 640 cells: nothing compresses worse."""
    frames = series(frames=4, size=128).load()
    rng = np.random.default_rng(1)

    def noise(*shape: int) -> np.ndarray:
        # in squares of 2 x 2 cells, so that the page's means of such squares are as noisy
        steps = rng.uniform(-1, 9, (*shape[:-2], shape[-2] // 2, shape[-1] // 2))
        return (0.1 * 2 ** steps.repeat(2, axis=-1).repeat(2, axis=-2)).astype(np.float32)

    y, x = 3_000_000.0 - 1000 * np.arange(700), 4_000_000.0 + 1000 * np.arange(640)
    wide = xr.Dataset(
        {"rain_rate": (("time", "y", "x"), noise(4, 700, 640))},
        {"time": frames["time"], "y": y, "x": x, "crs": frames["crs"]},
        {**frames.attrs},
    )
    forecast = example_forecast("trained", wide, members=2)
    forecast["rain_rate"][:] = noise(2, LEADS, 700, 640)
    page = animation_page(wide, forecast)
    assert len(page.encode()) <= MAX_BYTES
    assert "Left out to keep the page below 5 MB" in page
